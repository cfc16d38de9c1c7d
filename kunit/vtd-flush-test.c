// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: which descriptors follow which change, and in which order.
 */
#include <linux/sizes.h>

#include "vtd-fake-port.h"

#define SOURCE		0x0420
#define PASID		0x54321
#define DID		0x1234

#define TYPE(what)	FIELD_PREP_CONST(VTD_DESC_TYPE, VTD_DESC_##what)
#define CONTEXT(g)	(TYPE(CONTEXT) | \
			 FIELD_PREP_CONST(VTD_DESC_CONTEXT_G, VTD_CONTEXT_##g))
#define CONTEXT_OF(sid)	(CONTEXT(DEVICE) | \
			 FIELD_PREP_CONST(VTD_DESC_CONTEXT_SID, sid))
#define PASID_CACHE(g, did, pasid) \
			(TYPE(PASID) | \
			 FIELD_PREP_CONST(VTD_DESC_PASID_G, VTD_PASID_##g) | \
			 FIELD_PREP_CONST(VTD_DESC_PASID_DID, did) | \
			 FIELD_PREP_CONST(VTD_DESC_PASID_PASID, pasid))
#define IOTLB(g, did)	(TYPE(IOTLB) | \
			 FIELD_PREP_CONST(VTD_DESC_IOTLB_G, VTD_IOTLB_##g) | \
			 FIELD_PREP_CONST(VTD_DESC_IOTLB_DID, did))
#define PASID_IOTLB(did, pasid) \
			(TYPE(PASID_IOTLB) | \
			 FIELD_PREP_CONST(VTD_DESC_PIOTLB_G, VTD_PIOTLB_PASID) | \
			 FIELD_PREP_CONST(VTD_DESC_PIOTLB_DID, did) | \
			 FIELD_PREP_CONST(VTD_DESC_PIOTLB_PASID, pasid))
#define FENCE		(TYPE(WAIT) | VTD_DESC_WAIT_FN)
#define DRAIN		(VTD_DESC_IOTLB_DR | VTD_DESC_IOTLB_DW)

/* Word 0 of all but the last wait, which is the queue's own; one doorbell. */
static void expect_log(struct fake_unit *fake, const u64 *want, unsigned int nr)
{
	struct kunit *test = fake->test;
	const u64 fence = VTD_DESC_TYPE | VTD_DESC_WAIT_FN;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, 1);
	KUNIT_ASSERT_EQ(test, fake->nr_log, nr + 1);
	for (i = 0; i < nr; i++) {
		u64 got = fake->log[i].qw[0];

		if (want[i] == FENCE)
			got &= fence;
		KUNIT_EXPECT_EQ_MSG(test, got, want[i], "descriptor %u", i);
	}
	fake->nr_log = 0;
	fake->nr_doorbells = 0;
}

static void whole_unit(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	static const u64 want[] = {
		CONTEXT(GLOBAL), FENCE, PASID_CACHE(GLOBAL, 0, 0), FENCE,
		IOTLB(GLOBAL, 0),
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_everything(&fake->unit), 0);
	expect_log(fake, want, ARRAY_SIZE(want));
}

static void context_entry(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_requester req = { .unit = &fake->unit, .source_id = SOURCE };
	static const u64 moved[] = {
		CONTEXT_OF(SOURCE), FENCE,
		PASID_CACHE(DOMAIN, VTD_DID_PASS, 0), FENCE,
		IOTLB(DOMAIN, VTD_DID_PASS),
	};
	static const u64 steered[] = { CONTEXT_OF(SOURCE) };

	KUNIT_EXPECT_EQ(test, vtd_flush_context(&req), 0);
	expect_log(fake, moved, ARRAY_SIZE(moved));
	KUNIT_EXPECT_EQ(test, vtd_flush_steering(&req), 0);
	expect_log(fake, steered, ARRAY_SIZE(steered));
}

/* By hand from 6.5.2, so that a wrong field is not on both sides. */
static void literally(struct kunit *test)
{
	static const u64 want[] = {
		0x0000042000000031,	/* context cache, device 04:04.0 */
		0x0005432112340017,	/* PASID cache, one PASID of a domain */
		0x0000000012340022,	/* IOTLB, a domain */
		0x0005432112340026,	/* PASID-based IOTLB, a whole PASID */
	};

	KUNIT_EXPECT_EQ(test, CONTEXT_OF(SOURCE), want[0]);
	KUNIT_EXPECT_EQ(test, PASID_CACHE(SELECTIVE, DID, PASID), want[1]);
	KUNIT_EXPECT_EQ(test, IOTLB(DOMAIN, DID), want[2]);
	KUNIT_EXPECT_EQ(test, PASID_IOTLB(DID, PASID), want[3]);
	KUNIT_EXPECT_EQ(test, CONTEXT(GLOBAL), 0x11);
	KUNIT_EXPECT_EQ(test, PASID_CACHE(GLOBAL, 0, 0), 0x37);
	KUNIT_EXPECT_EQ(test, PASID_CACHE(DOMAIN, DID, 0), 0x12340007);
	KUNIT_EXPECT_EQ(test, IOTLB(GLOBAL, 0), 0x12);
	KUNIT_EXPECT_EQ(test, IOTLB(PAGE, DID) | DRAIN, 0x123400f2);
	KUNIT_EXPECT_EQ(test, FENCE, 0x45);
}

static struct vtd_entry entry_of(enum vtd_pasid_pgtt pgtt)
{
	return (struct vtd_entry) {
		.word[0] = VTD_PASID_P | FIELD_PREP(VTD_PASID_PGTT, pgtt),
		.word[1] = FIELD_PREP(VTD_PASID_DID, DID),
	};
}

static void pasid_entry(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_requester req = { .unit = &fake->unit, .source_id = SOURCE };
	struct vtd_entry second = entry_of(VTD_PGTT_SECOND);
	struct vtd_entry pass = entry_of(VTD_PGTT_PASS);
	static const u64 was_second[] = {
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE, IOTLB(DOMAIN, DID),
	};
	static const u64 was_pass[] = {
		CONTEXT_OF(SOURCE), FENCE,
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE,
		IOTLB(DOMAIN, DID), PASID_IOTLB(DID, PASID),
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &second), 0);
	expect_log(fake, was_second, ARRAY_SIZE(was_second));
	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &pass), 0);
	expect_log(fake, was_pass, ARRAY_SIZE(was_pass));
	KUNIT_EXPECT_EQ(test, vtd_flush_new_entry(&req, PASID, &second), 0);
	expect_log(fake, was_second, ARRAY_SIZE(was_second));
}

/* A domain with tags on @nr units that share one fake. */
static struct vtd_domain *domain_with(struct fake_unit *fake,
				      struct vtd_tag *tags, unsigned int nr)
{
	struct vtd_domain *vdom = kunit_kzalloc(fake->test, sizeof(*vdom),
						GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(fake->test, vdom);
	spin_lock_init(&vdom->tag_lock);
	INIT_LIST_HEAD(&vdom->tags);
	for (i = 0; i < nr; i++) {
		tags[i].unit = &fake->unit;
		tags[i].did = DID + i;
		tags[i].nr_users = 1;
		list_add_tail(&tags[i].node, &vdom->tags);
	}
	return vdom;
}

struct range_case {
	const char *name;
	u64 cap;
	u64 first;
	u64 last;
	bool leaves_only;
	u64 word0;
	u64 word1;
};

#define CAP_PAGES	(VTD_CAP_PSI | FIELD_PREP_CONST(VTD_CAP_MAMV, 9))

static const struct range_case range_cases[] = {
	{
		"one page", CAP_PAGES, 0x5000, 0x5fff, true,
		IOTLB(PAGE, DID), 0x5000 | VTD_DESC_IOTLB_IH,
	}, {
		"a table went too", CAP_PAGES, 0x5000, 0x5fff, false,
		IOTLB(PAGE, DID), 0x5000,
	}, {
		"two pages that are a block", CAP_PAGES, 0x4000, 0x5fff, true,
		IOTLB(PAGE, DID), 0x4000 | VTD_DESC_IOTLB_IH | 1,
	}, {
		"two pages that are none", CAP_PAGES, 0x5000, 0x6fff, true,
		IOTLB(PAGE, DID), 0x4000 | VTD_DESC_IOTLB_IH | 2,
	}, {
		"as large as it gets", CAP_PAGES, SZ_2M, 2 * SZ_2M - 1, true,
		IOTLB(PAGE, DID), SZ_2M | VTD_DESC_IOTLB_IH | 9,
	}, {
		"larger", CAP_PAGES, 0, 2 * SZ_2M - 1, true,
		IOTLB(DOMAIN, DID), 0,
	}, {
		"everything", CAP_PAGES, 0, U64_MAX, false,
		IOTLB(DOMAIN, DID), 0,
	}, {
		"no page-selective", FIELD_PREP_CONST(VTD_CAP_MAMV, 9), 0x5000,
		0x5fff, true, IOTLB(DOMAIN, DID), 0,
	}, {
		"with draining", CAP_PAGES | VTD_CAP_DRD | VTD_CAP_DWD, 0x5000,
		0x5fff, true, IOTLB(PAGE, DID) | DRAIN,
		0x5000 | VTD_DESC_IOTLB_IH,
	},
};

static void range_describe(const struct range_case *range, char *text)
{
	strscpy(text, range->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(range, range_cases, range_describe);

static void one_range(struct kunit *test)
{
	const struct range_case *range = test->param_value;
	struct fake_unit *fake = fake_unit_create(test, range->cap);
	struct vtd_tag tag = {};
	struct vtd_domain *vdom = domain_with(fake, &tag, 1);

	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, range->first, range->last,
					      range->leaves_only), 0);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[1], range->word1);
	expect_log(fake, &range->word0, 1);
}

/* More tags than one round waits for; those that nobody uses are left out. */
static void many_tags(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	struct vtd_tag tags[20] = {};
	struct vtd_domain *vdom = domain_with(fake, tags, ARRAY_SIZE(tags));
	unsigned int i, at = 0;

	tags[3].nr_users = 0;
	tags[7].nr_users = 0;
	tags[19].nr_users = 0;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2 * 17);
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		if (!tags[i].nr_users)
			continue;
		KUNIT_EXPECT_EQ(test, FIELD_GET(VTD_DESC_IOTLB_DID,
						fake->log[at].qw[0]), DID + i);
		at += 2;
	}
}

/* A unit that does not answer loses the tag, and only for who waited. */
static void lost_tag(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	struct vtd_tag tags[2] = {};
	struct vtd_domain *vdom = domain_with(fake, tags, ARRAY_SIZE(tags));

	tags[1].nr_users = 0;
	fake->frozen = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true),
			-ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, tags[0].lost);
	KUNIT_EXPECT_FALSE(test, tags[1].lost);
	fake_unit_thaw(fake);
	/* It is flushed for ever, users or not. */
	tags[0].nr_users = 0;
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	KUNIT_EXPECT_TRUE(test, tags[0].lost);
}

static struct kunit_case vtd_flush_cases[] = {
	KUNIT_CASE(literally),
	KUNIT_CASE(whole_unit),
	KUNIT_CASE(context_entry),
	KUNIT_CASE(pasid_entry),
	KUNIT_CASE_PARAM(one_range, range_gen_params),
	KUNIT_CASE(many_tags),
	KUNIT_CASE(lost_tag),
	{}
};

static struct kunit_suite vtd_flush_suite = {
	.name = "vtd-flush",
	.test_cases = vtd_flush_cases,
};

kunit_test_suite(vtd_flush_suite);
