// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: address spaces of processes: which units can walk them, and what entries
 * say.
 */
#include <linux/sizes.h>

#include <asm/cpufeature.h>

#include "vtd-attach-rig.h"

#define FIRST		VTD_ECAP_FSTS
#define SECOND		VTD_ECAP_SSTS
#define SNOOPS		VTD_ECAP_SMPWC

/* ---- which units ---- */

struct refusal {
	const char *name;
	u64 cap;
	u64 ecap;
	bool cpu_1g;
	enum iopasid_sva_why why;
};

/* Each reason alone, and before all that come after it */
static const struct refusal refusals[] = {
	{ "all", VTD_CAP_FS1GP, FIRST | SNOOPS, true, IOPASID_SVA_WHY_NONE },
	{ "beside second stage", VTD_CAP_FS1GP, FIRST | SECOND | SNOOPS, true,
	  IOPASID_SVA_WHY_NONE },
	{ "five levels", VTD_CAP_FS1GP | VTD_CAP_FS5LP, FIRST | SNOOPS, true,
	  IOPASID_SVA_WHY_NONE },
	{ "a small CPU", 0, FIRST | SNOOPS, false, IOPASID_SVA_WHY_NONE },
	{ "no first stage", VTD_CAP_FS1GP, SECOND | SNOOPS, true,
	  IOPASID_SVA_WHY_FIRST_STAGE },
	{ "neither stage", VTD_CAP_FS1GP, SNOOPS, true,
	  IOPASID_SVA_WHY_FIRST_STAGE },
	{ "caching mode", VTD_CAP_FS1GP | VTD_CAP_CM, FIRST | SNOOPS, true,
	  IOPASID_SVA_WHY_CACHING_MODE },
	{ "no snooping", VTD_CAP_FS1GP, FIRST, true,
	  IOPASID_SVA_WHY_COHERENCY },
	{ "no 1G", 0, FIRST | SNOOPS, true, IOPASID_SVA_WHY_PAGE_SIZE },
	{ "nothing", VTD_CAP_CM, SECOND, true, IOPASID_SVA_WHY_FIRST_STAGE },
	{ "only first stage", VTD_CAP_CM, FIRST, true,
	  IOPASID_SVA_WHY_CACHING_MODE },
	{ "first stage, no caching", 0, FIRST, true, IOPASID_SVA_WHY_COHERENCY },
};

KUNIT_ARRAY_PARAM_DESC(refusal, refusals, name);

static void refused(struct kunit *test)
{
	const struct refusal *row = test->param_value;
	struct rig *rig = rig_create_sva(test, row->cap, row->ecap);
	enum iopasid_sva_why why = IOPASID_SVA_WHY_NONE;
	struct iopasid_domain *domain;

	KUNIT_EXPECT_EQ(test, vtd_sva_refusal(rig->unit, row->cpu_1g), row->why);
	domain = vtd_sva_alloc(rig->unit, row->cpu_1g, &why);
	KUNIT_EXPECT_EQ(test, why, row->why);
	if (row->why) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -EOPNOTSUPP);
		KUNIT_EXPECT_TRUE(test, list_empty(&rig->unit->domains));
		return;
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	domain->ops->free(domain);
	KUNIT_EXPECT_TRUE(test, list_empty(&rig->unit->domains));
}

/* stage=second */
static void told_not_to(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, VTD_CAP_FS1GP, FIRST | SNOOPS);
	struct vtd_unit *unit = rig->unit;

	unit->ecap |= SECOND;
	unit->first.levels = 0;
	KUNIT_ASSERT_EQ(test, vtd_stage_choose(unit, VTD_STAGE_SECOND), 0);
	KUNIT_EXPECT_EQ(test, vtd_sva_refusal(unit, true),
			IOPASID_SVA_WHY_FIRST_STAGE);
}

static bool saved_noncoherent;

static void restore_noncoherent(void *unused)
{
	vtd_sva_noncoherent = saved_noncoherent;
}

/* The parameter waives snooping, and nothing else. */
static void noncoherent(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, FIRST);
	struct rig *caching = rig_create_sva(test, VTD_CAP_CM, FIRST);
	struct iopasid_domain *domain;

	saved_noncoherent = vtd_sva_noncoherent;
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, restore_noncoherent,
						  NULL));
	vtd_sva_noncoherent = true;
	KUNIT_EXPECT_EQ(test, vtd_sva_refusal(rig->unit, true),
			IOPASID_SVA_WHY_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vtd_sva_refusal(caching->unit, true),
			IOPASID_SVA_WHY_CACHING_MODE);
	domain = sva_create(test, rig);
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 9, NULL), 0);
	KUNIT_EXPECT_EQ(test, entry(rig, 0, 9)->word[1], 2);
	vtd_detach_dev_pasid(domain, &rig->idev, 9);
	domain->ops->free(domain);
}

/* As the core asks: it depends on the CPU where the unit has no pages of 1 GiB. */
static void this_cpu(struct kunit *test)
{
	struct rig *able = rig_create_sva(test, VTD_CAP_FS1GP, FIRST | SNOOPS);
	struct rig *small = rig_create_sva(test, 0, FIRST | SNOOPS);
	enum iopasid_sva_why why = IOPASID_SVA_WHY_NONE;
	struct iopasid_domain *domain;

	domain = vtd_unit_ops.domain_alloc_sva(&able->idev, &why);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	domain->ops->free(domain);

	domain = vtd_unit_ops.domain_alloc_sva(&small->idev, &why);
	if (boot_cpu_has(X86_FEATURE_GBPAGES)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -EOPNOTSUPP);
		KUNIT_EXPECT_EQ(test, why, IOPASID_SVA_WHY_PAGE_SIZE);
		return;
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	domain->ops->free(domain);
}

/* ---- what there is then ---- */

/* Nothing that would read or write the process's tables */
static void shape(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, FIRST | SNOOPS);
	struct iopasid_domain *domain = sva_create(test, rig);
	const struct iopasid_domain_ops *ops = domain->ops;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, domain->type, IOPASID_DOMAIN_SVA);
	KUNIT_EXPECT_PTR_EQ(test, domain->provider, &vtd_provider);
	KUNIT_EXPECT_PTR_EQ(test, domain->root, to_vtd_domain(domain)->pt.root);
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(domain->root));
	for (i = 0; i < 512; i++)
		KUNIT_EXPECT_EQ(test, domain->root[i], 0);
	KUNIT_EXPECT_NOT_NULL(test, ops->attach_dev_pasid);
	KUNIT_EXPECT_NOT_NULL(test, ops->detach_dev_pasid);
	KUNIT_EXPECT_NOT_NULL(test, ops->invalidate);
	KUNIT_EXPECT_TRUE(test, !ops->attach_dev && !ops->map_pages &&
			  !ops->unmap_pages && !ops->flush && !ops->flush_all &&
			  !ops->iova_to_phys && !ops->read_and_clear_dirty);
	domain->ops->free(domain);
}

struct bits {
	const char *name;
	u64 cap;
	u64 ecap;
	u64 word1;
	u64 nxe;
	bool coherent;
};

static const struct bits bits[] = {
	{ "no snoop control", 0, FIRST | SNOOPS, BIT(23) | 2, 0, false },
	{ "snoop control", 0, FIRST | SNOOPS | VTD_ECAP_SC,
	  BIT(24) | BIT(23) | 2, 0, true },
	{ "five levels", VTD_CAP_FS5LP, FIRST | SNOOPS, BIT(23) | 2, 0, false },
	{ "second stage, too", VTD_CAP_FS5LP, FIRST | SECOND | SNOOPS,
	  BIT(23) | 2, 0, false },
	{ "execute requests", 0, FIRST | SNOOPS | BIT(30), BIT(23) | 2, 0x20,
	  false },
};

KUNIT_ARRAY_PARAM_DESC(bits, bits, name);

/* 9.6: P, AW 48 bits, PGTT first; PWSNP, PGSNP, domain id; FSPM 0: four levels, NXE. */
static void entry_words(struct kunit *test)
{
	const struct bits *row = test->param_value;
	struct rig *rig = rig_create_sva(test, row->cap, row->ecap);
	struct iopasid_domain *domain = sva_create(test, rig);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, domain->coherent, row->coherent);
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 9, NULL), 0);
	for (i = 0; i < NR_SOURCES; i++) {
		const struct vtd_entry *e = entry(rig, i, 9);

		KUNIT_EXPECT_EQ(test, e->word[0], 0x49);
		KUNIT_EXPECT_EQ(test, e->word[1], row->word1);
		KUNIT_EXPECT_EQ(test, e->word[2],
				virt_to_phys(domain->root) | row->nxe);
		KUNIT_EXPECT_EQ(test, e->word[3] | e->word[4] | e->word[5] |
				e->word[6] | e->word[7], 0);
	}
	vtd_detach_dev_pasid(domain, &rig->idev, 9);
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(entry(rig, 0, 9)) ||
			   vtd_entry_present(entry(rig, 1, 9)));
	domain->ops->free(domain);
}

/* Tables of our own have no Execute Disable. */
static void entry_of_paging(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, FIRST | SNOOPS | BIT(30));
	struct iopasid_domain *domain = domain_create(test, rig);

	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 9, NULL), 0);
	KUNIT_EXPECT_EQ(test, entry(rig, 0, 9)->word[2],
			virt_to_phys(to_vtd_domain(domain)->pt.root));
	vtd_detach_dev_pasid(domain, &rig->idev, 9);
	domain->ops->free(domain);
}

struct width {
	const char *name;
	unsigned int mgaw;
	u64 last;
};

static const struct width widths[] = {
	{ "39 of 47 bits", 39, BIT_ULL(39) - 1 },
	{ "as many", 47, BIT_ULL(47) - 1 },
	{ "57", 57, BIT_ULL(47) - 1 },
};

KUNIT_ARRAY_PARAM_DESC(width, widths, name);

static void aperture(struct kunit *test)
{
	const struct width *row = test->param_value;
	struct rig *rig = rig_create_sva(test, 0, FIRST | SNOOPS);
	struct iopasid_domain *domain;

	rig->unit->cap &= ~VTD_CAP_MGAW;
	rig->unit->cap |= FIELD_PREP(VTD_CAP_MGAW, row->mgaw - 1);
	domain = sva_create(test, rig);
	KUNIT_EXPECT_EQ(test, domain->aperture_last, row->last);
	domain->ops->free(domain);
}

/* ---- another unit ---- */

struct fit {
	const char *name;
	bool cpu_1g;
	u64 made_cap;
	u64 made_ecap;
	u64 used_cap;
	u64 used_ecap;
	unsigned int used_mgaw;
	int ret;
};

static const struct fit fits[] = {
	{ "the same", true, VTD_CAP_FS1GP, FIRST | SNOOPS,
	  VTD_CAP_FS1GP, FIRST | SNOOPS, 48, 0 },
	{ "more", false, 0, FIRST | SNOOPS, VTD_CAP_FS1GP | VTD_CAP_FS5LP,
	  FIRST | SECOND | SNOOPS, 57, 0 },
	{ "no 1G, nobody asks", false, VTD_CAP_FS1GP, FIRST | SNOOPS,
	  0, FIRST | SNOOPS, 48, 0 },
	{ "no 1G", true, VTD_CAP_FS1GP, FIRST | SNOOPS,
	  0, FIRST | SNOOPS, 48, -EINVAL },
	{ "caching mode", false, 0, FIRST | SNOOPS,
	  VTD_CAP_CM, FIRST | SNOOPS, 48, -EINVAL },
	{ "no snooping", false, 0, FIRST | SNOOPS, 0, FIRST, 48, -EINVAL },
	{ "no first stage", false, 0, FIRST | SNOOPS,
	  0, SECOND | SNOOPS, 48, -EINVAL },
	{ "narrower", false, 0, FIRST | SNOOPS, 0, FIRST | SNOOPS, 39, -EINVAL },
	{ "a way past the caches", false, 0, FIRST | SNOOPS | VTD_ECAP_SC,
	  0, FIRST | SNOOPS, 48, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(fit, fits, name);

static void other_units(struct kunit *test)
{
	const struct fit *row = test->param_value;
	struct rig *maker = rig_create_sva(test, row->made_cap, row->made_ecap);
	struct rig *user = rig_create_sva(test, row->used_cap, row->used_ecap);
	enum iopasid_sva_why why;
	struct iopasid_domain *domain;

	user->unit->cap &= ~VTD_CAP_MGAW;
	user->unit->cap |= FIELD_PREP(VTD_CAP_MGAW, row->used_mgaw - 1);
	domain = vtd_sva_alloc(maker->unit, row->cpu_1g, &why);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, sva_attach(user, domain, 5, NULL), row->ret);
	if (!row->ret)
		vtd_detach_dev_pasid(domain, &user->idev, 5);
	domain->ops->free(domain);
}

static struct kunit_case vtd_sva_cases[] = {
	KUNIT_CASE_PARAM(refused, refusal_gen_params),
	KUNIT_CASE(told_not_to),
	KUNIT_CASE(noncoherent),
	KUNIT_CASE(this_cpu),
	KUNIT_CASE(shape),
	KUNIT_CASE_PARAM(entry_words, bits_gen_params),
	KUNIT_CASE(entry_of_paging),
	KUNIT_CASE_PARAM(aperture, width_gen_params),
	KUNIT_CASE_PARAM(other_units, fit_gen_params),
	{}
};

static struct kunit_suite vtd_sva_suite = {
	.name = "vtd-sva",
	.test_cases = vtd_sva_cases,
};

kunit_test_suite(vtd_sva_suite);
