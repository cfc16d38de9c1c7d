// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: which stage a unit gets, and first-stage domains on devices.
 */
#include <linux/sizes.h>

#include "vtd-attach-rig.h"

#define NONE		0
#define SECOND_4K	SZ_4K
#define UP_TO_2M	(SZ_4K | SZ_2M)
#define UP_TO_1G	(SZ_4K | SZ_2M | SZ_1G)
#define SAGAW		(VTD_CAP_SAGAW_39 | VTD_CAP_SAGAW_48)
#define LARGE		(VTD_CAP_SSLPS_2M | VTD_CAP_SSLPS_1G)
#define BOTH		(VTD_ECAP_SSTS | VTD_ECAP_FSTS)

struct choice {
	const char *name;
	u64 cap;
	u64 ecap;
	enum vtd_stage stage;
	int ret;
	const struct vtd_pt_format *format;
	unsigned int levels;
	unsigned long pgsizes;
};

static const struct choice choices[] = {
	{ "auto, both", SAGAW | LARGE, BOTH, VTD_STAGE_AUTO,
	  0, &vtd_pt_second, 4, UP_TO_1G },
	{ "auto, second", SAGAW | VTD_CAP_SSLPS_2M, VTD_ECAP_SSTS,
	  VTD_STAGE_AUTO, 0, &vtd_pt_second, 4, UP_TO_2M },
	{ "auto, first", 0, VTD_ECAP_FSTS, VTD_STAGE_AUTO,
	  0, &vtd_pt_first, 4, UP_TO_2M },
	{ "auto, neither", SAGAW, 0, VTD_STAGE_AUTO, 0, NULL, 0, NONE },
	{ "auto, second without a width", 0, BOTH, VTD_STAGE_AUTO,
	  0, &vtd_pt_first, 4, UP_TO_2M },
	{ "second, both", SAGAW, BOTH, VTD_STAGE_SECOND,
	  0, &vtd_pt_second, 4, SECOND_4K },
	{ "second, 39 bits", VTD_CAP_SAGAW_39 | VTD_CAP_SAGAW_57, VTD_ECAP_SSTS,
	  VTD_STAGE_SECOND, 0, &vtd_pt_second, 3, SECOND_4K },
	{ "second, 57 bits", VTD_CAP_SAGAW_57, VTD_ECAP_SSTS,
	  VTD_STAGE_SECOND, 0, &vtd_pt_second, 5, SECOND_4K },
	{ "second, 1G without 2M", SAGAW | VTD_CAP_SSLPS_1G, VTD_ECAP_SSTS,
	  VTD_STAGE_SECOND, 0, &vtd_pt_second, 4, SECOND_4K },
	{ "second, first", SAGAW, VTD_ECAP_FSTS, VTD_STAGE_SECOND,
	  -EOPNOTSUPP, NULL, 0, NONE },
	{ "second, neither", SAGAW, 0, VTD_STAGE_SECOND,
	  -EOPNOTSUPP, NULL, 0, NONE },
	{ "first, both, 1G", SAGAW | VTD_CAP_FS1GP, BOTH, VTD_STAGE_FIRST,
	  0, &vtd_pt_first, 4, UP_TO_1G },
	{ "first, 5 levels too", VTD_CAP_FS5LP, VTD_ECAP_FSTS, VTD_STAGE_FIRST,
	  0, &vtd_pt_first, 4, UP_TO_2M },
	{ "first, second", SAGAW | VTD_CAP_FS1GP, VTD_ECAP_SSTS,
	  VTD_STAGE_FIRST, -EOPNOTSUPP, NULL, 0, NONE },
};

KUNIT_ARRAY_PARAM_DESC(choice, choices, name);

static void choose(struct kunit *test)
{
	const struct choice *choice = test->param_value;
	struct vtd_unit *unit = kunit_kzalloc(test, sizeof(*unit), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, unit);
	unit->cap = choice->cap;
	unit->ecap = choice->ecap;
	strscpy(unit->name, "fake", sizeof(unit->name));
	KUNIT_EXPECT_EQ(test, vtd_stage_choose(unit, choice->stage),
			choice->ret);
	KUNIT_EXPECT_EQ(test, !unit->stage, !choice->format);
	if (!unit->stage)
		return;
	KUNIT_EXPECT_EQ(test, unit->stage->levels, choice->levels);
	KUNIT_EXPECT_EQ(test, unit->stage->pgsizes, choice->pgsizes);
	KUNIT_EXPECT_PTR_EQ(test, unit->stage->format, choice->format);
}

static void parse(struct kunit *test)
{
	static const char * const wrong[] = {
		"", "both", "nested", "autox", "aut", "AUTO", "first second",
	};
	enum vtd_stage stage = VTD_STAGE_AUTO;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, vtd_stage_parse("first", &stage), 0);
	KUNIT_EXPECT_EQ(test, stage, VTD_STAGE_FIRST);
	KUNIT_EXPECT_EQ(test, vtd_stage_parse("second\n", &stage), 0);
	KUNIT_EXPECT_EQ(test, stage, VTD_STAGE_SECOND);
	KUNIT_EXPECT_EQ(test, vtd_stage_parse("auto", &stage), 0);
	KUNIT_EXPECT_EQ(test, stage, VTD_STAGE_AUTO);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ_MSG(test, vtd_stage_parse(wrong[i], &stage),
				    -EINVAL, "%s", wrong[i]);
}

/* A unit with neither stage: nobody gets a page table, all pass through. */
static void neither(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);

	rig->unit->ecap = 0;
	rig->unit->stage = NULL;
	KUNIT_EXPECT_EQ(test, vtd_stage_choose(rig->unit, VTD_STAGE_AUTO), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(vtd_domain_alloc_paging(&rig->idev)),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, vtd_unit_ops.default_domain_type(&rig->idev),
			IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_identity_domain, &rig->idev,
					     NULL), 0);
	KUNIT_EXPECT_TRUE(test, vtd_entry_present(entry(rig, 0, 0)));
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     &vtd_identity_domain), 0);
}

struct width {
	const char *name;
	unsigned int mgaw;
	u64 last;
};

static const struct width widths[] = {
	{ "39 of 47 bits", 39, BIT_ULL(39) - 1 },
	{ "as many", 47, BIT_ULL(47) - 1 },
	{ "48", 48, BIT_ULL(47) - 1 },
	{ "57", 57, BIT_ULL(47) - 1 },
};

KUNIT_ARRAY_PARAM_DESC(width, widths, name);

/* 3.6: below both the canonical half and CAP.MGAW. */
static void aperture(struct kunit *test)
{
	const struct width *width = test->param_value;
	struct rig *rig = rig_create_first(test, 0);
	struct iopasid_domain *domain;

	rig->unit->cap &= ~VTD_CAP_MGAW;
	rig->unit->cap |= FIELD_PREP(VTD_CAP_MGAW, width->mgaw - 1);
	domain = domain_create(test, rig);
	KUNIT_EXPECT_EQ(test, domain->aperture_last, width->last);
	domain->ops->free(domain);
}

/* Word by word as in 9.6: P, AW 48 bits, PGTT first; domain id; the root. */
static void entry_words(struct kunit *test)
{
	struct rig *rig = rig_create_first(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	struct vtd_domain *vdom = to_vtd_domain(domain);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(domain, &rig->idev, 9, NULL),
			0);
	for (i = 0; i < NR_SOURCES; i++) {
		const struct vtd_entry *e = entry(rig, i, 9);

		KUNIT_EXPECT_EQ(test, e->word[0], 0x49);
		KUNIT_EXPECT_EQ(test, e->word[1], 2);
		KUNIT_EXPECT_EQ(test, e->word[2], virt_to_phys(vdom->pt.root));
		KUNIT_EXPECT_EQ(test, e->word[3] | e->word[4] | e->word[5] |
				e->word[6] | e->word[7], 0);
	}
	rig->unit->ecap |= VTD_ECAP_SMPWC;
	KUNIT_ASSERT_EQ(test, vtd_attach_dev(domain, &rig->idev, NULL), 0);
	KUNIT_EXPECT_EQ(test, entry(rig, 0, 0)->word[1], 2 | BIT(23));
	vtd_attach_dev(&vtd_blocked_domain, &rig->idev, domain);
	vtd_detach_dev_pasid(domain, &rig->idev, 9);
	domain->ops->free(domain);
}

/* The tables of one stage mean nothing in the other. */
static void stages_do_not_mix(struct kunit *test)
{
	struct rig *first = rig_create_first(test, 0);
	struct rig *second = rig_create(test, 0);
	struct iopasid_domain *a = domain_create(test, first);
	struct iopasid_domain *b = domain_create(test, second);

	KUNIT_EXPECT_EQ(test, vtd_attach_dev(a, &second->idev, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(b, &first->idev, NULL), -EINVAL);
	a->ops->free(a);
	b->ops->free(b);
}

/* The descriptors since the last call, without the wait at the end. */
static unsigned int sent(struct fake_unit *fake)
{
	unsigned int nr = fake->nr_log ? fake->nr_log - 1 : 0;

	fake->nr_log = 0;
	return nr;
}

/* In caching mode what is mapped is flushed, at each PASID. */
static void caching_mode(struct kunit *test)
{
	struct rig *rig = rig_create_first(test, VTD_CAP_CM);
	struct iopasid_domain *domain = domain_create(test, rig);
	u32 pasid;

	for (pasid = 1; pasid <= 3; pasid++)
		KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(domain, &rig->idev,
							   pasid, NULL), 0);
	sent(rig->fake);
	KUNIT_EXPECT_EQ(test, map(domain, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 3);
	for (pasid = 1; pasid <= 3; pasid++)
		vtd_detach_dev_pasid(domain, &rig->idev, pasid);
	domain->ops->free(domain);
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
}

/* A PASID is flushed as long as anyone uses it, through every replacement. */
static void uses_move(struct kunit *test)
{
	struct rig *rig = rig_create_first(test, 0);
	struct iopasid_domain *a = domain_create(test, rig);
	struct iopasid_domain *b = domain_create(test, rig);

	KUNIT_ASSERT_EQ(test, vtd_attach_dev(a, &rig->idev, NULL), 0);
	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(a, &rig->idev, 7, NULL), 0);
	KUNIT_ASSERT_EQ(test, map(a, SZ_2M), 0);
	KUNIT_ASSERT_EQ(test, map(b, SZ_2M), 0);
	sent(rig->fake);
	KUNIT_EXPECT_EQ(test, unmap(a, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 2);
	KUNIT_EXPECT_EQ(test, unmap(b, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 0);

	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(b, &rig->idev, 7, a), 0);
	/* Another domain takes both words and the domain id along. */
	KUNIT_EXPECT_EQ(test, entry(rig, 1, 7)->word[2],
			virt_to_phys(to_vtd_domain(b)->pt.root));
	KUNIT_ASSERT_EQ(test, map(a, SZ_2M), 0);
	KUNIT_ASSERT_EQ(test, map(b, SZ_2M), 0);
	sent(rig->fake);
	KUNIT_EXPECT_EQ(test, unmap(a, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 1);
	KUNIT_EXPECT_EQ(test, unmap(b, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 1);

	/* A replacement that is not confirmed: both go on as before. */
	rig->fake->refuse_at = rig->fake->nr_doorbells + 2;
	KUNIT_EXPECT_EQ(test, vtd_attach_dev_pasid(a, &rig->idev, 7, b), -EIO);
	KUNIT_EXPECT_EQ(test, entry(rig, 0, 7)->word[2],
			virt_to_phys(to_vtd_domain(b)->pt.root));
	KUNIT_ASSERT_EQ(test, map(b, SZ_2M), 0);
	sent(rig->fake);
	KUNIT_EXPECT_EQ(test, unmap(b, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 1);

	vtd_detach_dev_pasid(b, &rig->idev, 7);
	vtd_attach_dev(&vtd_blocked_domain, &rig->idev, a);
	a->ops->free(a);
	b->ops->free(b);
}

#define MANY	10000

/* So many PASIDs on one domain, then none: nothing of them is left. */
static void many_pasids(struct kunit *test)
{
	struct rig *rig = rig_create_first(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	struct vtd_domain *vdom = to_vtd_domain(domain);
	struct vtd_tag *tag;
	u32 pasid;

	for (pasid = 1; pasid <= MANY; pasid++)
		KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(domain, &rig->idev,
							   pasid, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unit->nr_tags), 1);
	KUNIT_EXPECT_EQ(test, map(domain, SZ_2M), 0);
	sent(rig->fake);
	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 1);

	for (pasid = 1; pasid <= MANY; pasid++)
		vtd_detach_dev_pasid(domain, &rig->idev, pasid);
	KUNIT_EXPECT_TRUE(test, xa_empty(&rig->vdev.pasids));
	tag = list_first_entry(&vdom->tags, struct vtd_tag, node);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&tag->users));
	KUNIT_EXPECT_FALSE(test, tag->lost);
	KUNIT_EXPECT_EQ(test, map(domain, SZ_2M), 0);
	sent(rig->fake);
	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, sent(rig->fake), 0);
	domain->ops->free(domain);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unit->nr_tags), 0);
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
}

/* The unit has no domain id left: nothing has changed. */
static void no_domain_id(struct kunit *test)
{
	struct rig *rig = rig_create_first(test, 0);
	struct iopasid_domain *a = domain_create(test, rig);
	struct iopasid_domain *b = domain_create(test, rig);

	rig->unit->did_last = VTD_DID_FIRST;
	KUNIT_ASSERT_EQ(test, vtd_attach_dev_pasid(a, &rig->idev, 3, NULL), 0);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev_pasid(b, &rig->idev, 4, NULL),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev_pasid(b, &rig->idev, 3, a),
			-ENOSPC);
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(entry(rig, 0, 4)));
	KUNIT_EXPECT_NULL(test, vtd_device_attachment(&rig->vdev, 4));
	vtd_detach_dev_pasid(a, &rig->idev, 3);
	a->ops->free(a);
	/* The id is free again. */
	KUNIT_EXPECT_EQ(test, vtd_attach_dev_pasid(b, &rig->idev, 4, NULL), 0);
	vtd_detach_dev_pasid(b, &rig->idev, 4);
	b->ops->free(b);
}

static struct kunit_case vtd_stage_cases[] = {
	KUNIT_CASE_PARAM(choose, choice_gen_params),
	KUNIT_CASE(parse),
	KUNIT_CASE(neither),
	KUNIT_CASE_PARAM(aperture, width_gen_params),
	KUNIT_CASE(entry_words),
	KUNIT_CASE(stages_do_not_mix),
	KUNIT_CASE(caching_mode),
	KUNIT_CASE(uses_move),
	KUNIT_CASE_SLOW(many_pasids),
	KUNIT_CASE(no_domain_id),
	{}
};

static struct kunit_suite vtd_stage_suite = {
	.name = "vtd-stage",
	.test_cases = vtd_stage_cases,
};

kunit_test_suite(vtd_stage_suite);
