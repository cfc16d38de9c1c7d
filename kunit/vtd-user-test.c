// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page tables for user space: which stage, what entries and leaves say,
 * which units take them, and what a look for written pages flushes.
 */
#include <linux/sizes.h>
#include <uapi/linux/iommufd.h>

#include "vtd-attach-rig.h"

#define SAGAW		VTD_CAP_SAGAW_48
#define SECOND		(VTD_ECAP_SSTS | VTD_ECAP_SSADS)
#define BOTH		(SECOND | VTD_ECAP_FSTS)
#define SNOOPS		VTD_ECAP_SMPWC
#define DIRTY		IOPASID_ALLOC_DIRTY_TRACKING

struct choice {
	const char *name;
	u64 cap;
	u64 ecap;
	enum vtd_stage stage;
	const struct vtd_pt_format *format;
};

/* Which stage shows what was written; NULL: neither */
static const struct choice choices[] = {
	{ "both", SAGAW, BOTH | SNOOPS, VTD_STAGE_AUTO, &vtd_pt_second },
	{ "second", SAGAW, SECOND | SNOOPS, VTD_STAGE_AUTO, &vtd_pt_second },
	{ "first", 0, VTD_ECAP_FSTS | SNOOPS, VTD_STAGE_AUTO, &vtd_pt_first },
	{ "second without the ability", SAGAW, VTD_ECAP_SSTS | SNOOPS,
	  VTD_STAGE_AUTO, NULL },
	{ "both, second without the ability", SAGAW,
	  VTD_ECAP_SSTS | VTD_ECAP_FSTS | SNOOPS, VTD_STAGE_AUTO,
	  &vtd_pt_first },
	{ "the same, second only", SAGAW, VTD_ECAP_SSTS | VTD_ECAP_FSTS | SNOOPS,
	  VTD_STAGE_SECOND, NULL },
	{ "both, first only", SAGAW, BOTH | SNOOPS, VTD_STAGE_FIRST,
	  &vtd_pt_first },
	{ "both, no snooping", SAGAW, BOTH, VTD_STAGE_AUTO, NULL },
	{ "first, no snooping", 0, VTD_ECAP_FSTS, VTD_STAGE_AUTO, NULL },
	{ "neither", SAGAW, SNOOPS, VTD_STAGE_AUTO, NULL },
	{ "second without a width", 0, BOTH | SNOOPS, VTD_STAGE_AUTO,
	  &vtd_pt_first },
};

KUNIT_ARRAY_PARAM_DESC(choice, choices, name);

static void choose(struct kunit *test)
{
	const struct choice *choice = test->param_value;
	struct vtd_unit *unit = kunit_kzalloc(test, sizeof(*unit), GFP_KERNEL);
	const struct vtd_stage_tables *tables;

	KUNIT_ASSERT_NOT_NULL(test, unit);
	unit->cap = choice->cap;
	unit->ecap = choice->ecap;
	KUNIT_ASSERT_EQ(test, vtd_stage_choose(unit, choice->stage), 0);
	tables = vtd_stage_dirty(unit);
	KUNIT_ASSERT_EQ(test, !tables, !choice->format);
	if (tables)
		KUNIT_EXPECT_PTR_EQ(test, tables->format, choice->format);
}

/* A device whose unit has all of @ecap */
static struct rig *user_rig(struct kunit *test, u64 ecap)
{
	struct rig *rig = rig_create(test, VTD_CAP_PSI |
				     FIELD_PREP(VTD_CAP_MAMV, 18));

	rig->unit->ecap = ecap;
	rig->unit->second.levels = 0;
	KUNIT_ASSERT_EQ(test, vtd_stage_choose(rig->unit, VTD_STAGE_AUTO), 0);
	return rig;
}

static struct iopasid_domain *user_domain(struct rig *rig, u32 flags)
{
	struct iopasid_domain *domain = vtd_domain_alloc_user(&rig->idev, flags,
							      NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(rig->fake->test, domain);
	return domain;
}

static void refused(struct kunit *test)
{
	const struct iopasid_alloc_data data = { .type = 1 };
	struct rig *rig = user_rig(test, VTD_ECAP_SSTS | SNOOPS);

	KUNIT_EXPECT_EQ(test, PTR_ERR(vtd_domain_alloc_user(&rig->idev, DIRTY,
							    NULL)),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, PTR_ERR(vtd_domain_alloc_user(&rig->idev, 0,
							    &data)),
			-EOPNOTSUPP);
	rig->unit->stage = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR(vtd_domain_alloc_user(&rig->idev, 0,
							    NULL)),
			-EOPNOTSUPP);
}

/* Of a page of 4K */
static u64 *leaf_of(struct iopasid_domain *domain, u64 iova)
{
	u64 *table = to_vtd_domain(domain)->pt.root;
	unsigned int level;

	for (level = 4; level > 1; level--)
		table = phys_to_virt(table[(iova >> (9 * level + 3)) & 511] &
				     GENMASK_ULL(51, 12));
	return &table[(iova >> 12) & 511];
}

/*
 * Bits by their places in 9.6 to 9.8. SSADE 9 of word 0, PWSNP 23 and PGSNP 24
 * of word 1; in second-stage leaves A 8, D 9, SNP 11, in first-stage A 5, D 6.
 */
struct bits {
	const char *name;
	u64 ecap;
	bool user;
	u32 flags;
	bool coherent;
	u64 word0;
	u64 word1;
	u64 leaf;
};

static const struct bits bits[] = {
	{ "second", VTD_ECAP_SSTS | SNOOPS, true, 0, false,
	  0x89, BIT(23) | 2, 3 },
	{ "second, forced", VTD_ECAP_SSTS | SNOOPS | VTD_ECAP_SC, true, 0, true,
	  0x89, BIT(23) | 2, 3 | BIT(11) },
	{ "second, the kernel's", SECOND | SNOOPS | VTD_ECAP_SC, false, 0, false,
	  0x89, BIT(23) | 2, 3 },
	{ "second, dirty", SECOND | SNOOPS, true, DIRTY, false,
	  0x89 | BIT(9), BIT(23) | 2, 3 | BIT(8) },
	{ "second, all", BOTH | SNOOPS | VTD_ECAP_SC, true,
	  DIRTY | IOPASID_ALLOC_PASID, true,
	  0x89 | BIT(9), BIT(23) | 2, 3 | BIT(8) | BIT(11) },
	{ "first", VTD_ECAP_FSTS | SNOOPS, true, 0, false,
	  0x49, BIT(23) | 2, 0x67 },
	{ "first, forced", VTD_ECAP_FSTS | VTD_ECAP_SC, true, 0, true,
	  0x49, BIT(24) | 2, 0x67 },
	{ "first, the kernel's", VTD_ECAP_FSTS | VTD_ECAP_SC, false, 0, false,
	  0x49, 2, 0x67 },
	{ "first, all", VTD_ECAP_FSTS | SNOOPS | VTD_ECAP_SC, true, DIRTY, true,
	  0x49, BIT(24) | BIT(23) | 2, 0x27 },
	{ "first for second", VTD_ECAP_SSTS | VTD_ECAP_FSTS | SNOOPS, true, DIRTY,
	  false, 0x49, BIT(23) | 2, 0x27 },
};

KUNIT_ARRAY_PARAM_DESC(bits, bits, name);

static void entries(struct kunit *test)
{
	const struct bits *row = test->param_value;
	struct rig *rig = user_rig(test, row->ecap);
	struct iopasid_domain *domain = row->user ?
		user_domain(rig, row->flags) : domain_create(test, rig);
	u64 root = virt_to_phys(to_vtd_domain(domain)->pt.root);
	bool first = (row->word0 & 0x1c0) == 0x40;
	const struct vtd_entry *e;

	KUNIT_EXPECT_EQ(test, domain->coherent, row->coherent);
	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(domain, &rig->idev, 9, NULL),
			0);
	e = entry(rig, 0, 9);
	KUNIT_EXPECT_EQ(test, e->word[0], row->word0 | (first ? 0 : root));
	KUNIT_EXPECT_EQ(test, e->word[1], row->word1);
	KUNIT_EXPECT_EQ(test, e->word[2], first ? root : 0);
	KUNIT_ASSERT_EQ(test, map(domain, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, *leaf_of(domain, SZ_2M), SZ_1M | row->leaf);
	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_2M), 0);
	vtd_detach_dev_pasid(domain, &rig->idev, 9);
	domain->ops->free(domain);
}

struct fit {
	const char *name;
	u64 made_for;
	u32 flags;
	bool user;
	u64 used_by;
	int ret;
};

static const struct fit fits[] = {
	{ "the same", BOTH | SNOOPS | VTD_ECAP_SC, DIRTY, true,
	  BOTH | SNOOPS | VTD_ECAP_SC, 0 },
	/* To the other, SSADE and A of the table would be reserved or lost. */
	{ "no SSADS", BOTH | SNOOPS, DIRTY, true,
	  VTD_ECAP_SSTS | VTD_ECAP_FSTS | SNOOPS, -EINVAL },
	{ "no SSADS, nobody asks", BOTH | SNOOPS, 0, true,
	  VTD_ECAP_SSTS | VTD_ECAP_FSTS | SNOOPS, 0 },
	{ "first stage beside second", VTD_ECAP_FSTS | SNOOPS, DIRTY, true,
	  BOTH | SNOOPS, 0 },
	{ "no first stage", VTD_ECAP_FSTS | SNOOPS, DIRTY, true,
	  SECOND | SNOOPS, -EINVAL },
	{ "no snooping", VTD_ECAP_FSTS | SNOOPS, DIRTY, true,
	  VTD_ECAP_FSTS, -EINVAL },
	/* SNP is reserved there; here a device could get past the caches. */
	{ "forced, cannot", SECOND | VTD_ECAP_SC, 0, true, SECOND, -EINVAL },
	{ "not forced, could", SECOND, 0, true, SECOND | VTD_ECAP_SC, -EINVAL },
	{ "the kernel's, could", SECOND, 0, false, SECOND | VTD_ECAP_SC, 0 },
};

KUNIT_ARRAY_PARAM_DESC(fit, fits, name);

static void other_units(struct kunit *test)
{
	const struct fit *row = test->param_value;
	struct rig *maker = user_rig(test, row->made_for);
	struct rig *user = user_rig(test, row->used_by);
	struct iopasid_domain *domain = row->user ?
		user_domain(maker, row->flags) : domain_create(test, maker);

	KUNIT_EXPECT_EQ(test, vtd_attach_dev_pasid(domain, &user->idev, 5, NULL),
			row->ret);
	if (!row->ret)
		vtd_detach_dev_pasid(domain, &user->idev, 5);
	domain->ops->free(domain);
}

static void note(u64 iova, size_t size, void *data)
{
	*(size_t *)data += size;
}

/* The look itself sends nothing; its flush is of leaves, and of all PASIDs. */
static void flushes(struct kunit *test, u64 ecap, const u64 *want,
		    unsigned int nr)
{
	struct rig *rig = user_rig(test, ecap | SNOOPS);
	struct iopasid_domain *domain = user_domain(rig, DIRTY);
	const struct vtd_pt_format *format =
		to_vtd_domain(domain)->pt.config.format;
	struct fake_unit *fake = rig->fake;
	struct iopasid_gather gather;
	size_t dirty_bytes = 0;
	struct iopasid_dirty dirty = {
		.record	= note,
		.data	= &dirty_bytes,
		.gather	= &gather,
	};
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(domain, &rig->idev, 3, NULL),
			0);
	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(domain, &rig->idev, 5, NULL),
			0);
	KUNIT_ASSERT_EQ(test, map(domain, SZ_2M), 0);
	*leaf_of(domain, SZ_2M) |= format->dirty;

	fake->nr_log = 0;
	iopasid_gather_init(&gather);
	gather.cleaned = true;
	domain->ops->read_and_clear_dirty(domain, 0, SZ_1G, &dirty);
	KUNIT_EXPECT_EQ(test, dirty_bytes, SZ_4K);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);
	KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather), 0);
	/* And the wait */
	KUNIT_ASSERT_EQ(test, fake->nr_log, nr + 1);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, fake->log[i].qw[0], want[i]);
		KUNIT_EXPECT_EQ(test, fake->log[i].qw[1], SZ_2M | BIT(6));
	}
	KUNIT_EXPECT_TRUE(test, iopasid_gather_empty(&gather));
	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_2M), 0);
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	vtd_detach_dev_pasid(domain, &rig->idev, 5);
	domain->ops->free(domain);
}

static void second_stage_flush(struct kunit *test)
{
	static const u64 want[] = { 0x00020032 };

	flushes(test, SECOND, want, ARRAY_SIZE(want));
}

static void first_stage_flush(struct kunit *test)
{
	static const u64 want[] = { 0x300020036, 0x500020036 };

	flushes(test, VTD_ECAP_FSTS, want, ARRAY_SIZE(want));
}

static void hw_info(struct kunit *test)
{
	struct rig *rig = user_rig(test, BOTH);
	struct iopasid_hw_info info = { };
	const struct iommu_hw_info_vtd *vtd;

	KUNIT_ASSERT_EQ(test, vtd_unit_ops.hw_info(&rig->idev, &info), 0);
	KUNIT_EXPECT_EQ(test, info.type, IOMMU_HW_INFO_TYPE_INTEL_VTD);
	KUNIT_ASSERT_EQ(test, info.length, sizeof(*vtd));
	vtd = info.data;
	KUNIT_EXPECT_EQ(test, vtd->flags, 0);
	KUNIT_EXPECT_EQ(test, vtd->cap_reg, rig->unit->cap);
	KUNIT_EXPECT_EQ(test, vtd->ecap_reg, rig->unit->ecap);
	kfree(info.data);
}

static struct kunit_case vtd_user_cases[] = {
	KUNIT_CASE_PARAM(choose, choice_gen_params),
	KUNIT_CASE(refused),
	KUNIT_CASE_PARAM(entries, bits_gen_params),
	KUNIT_CASE_PARAM(other_units, fit_gen_params),
	KUNIT_CASE(second_stage_flush),
	KUNIT_CASE(first_stage_flush),
	KUNIT_CASE(hw_info),
	{}
};

static struct kunit_suite vtd_user_suite = {
	.name = "vtd-user",
	.test_cases = vtd_user_cases,
};

kunit_test_suite(vtd_user_suite);
