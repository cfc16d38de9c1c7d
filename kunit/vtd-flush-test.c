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
#define PASID_IOTLB(g, did, pasid) \
			(TYPE(PASID_IOTLB) | \
			 FIELD_PREP_CONST(VTD_DESC_PIOTLB_G, VTD_PIOTLB_##g) | \
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

static const u64 everything[] = {
	CONTEXT(GLOBAL), FENCE, PASID_CACHE(GLOBAL, 0, 0), FENCE,
	IOTLB(GLOBAL, 0),
};

static void whole_unit(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);

	KUNIT_EXPECT_EQ(test, vtd_flush_everything(&fake->unit), 0);
	expect_log(fake, everything, ARRAY_SIZE(everything));
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
	static const u64 lost_table[] = {
		PASID_CACHE(DOMAIN, DID, 0), FENCE, IOTLB(DOMAIN, DID),
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_context(&req), 0);
	expect_log(fake, moved, ARRAY_SIZE(moved));
	KUNIT_EXPECT_EQ(test, vtd_flush_steering(&req), 0);
	expect_log(fake, steered, ARRAY_SIZE(steered));
	KUNIT_EXPECT_EQ(test, vtd_flush_directory(&fake->unit, DID), 0);
	expect_log(fake, lost_table, ARRAY_SIZE(lost_table));
}

/* By hand from 6.5.2, so that a wrong field is not on both sides. */
static void literally(struct kunit *test)
{
	static const u64 want[] = {
		0x0000042000000031,	/* context cache, device 04:04.0 */
		0x0005432112340017,	/* PASID cache, one PASID of a domain */
		0x0000000012340022,	/* IOTLB, a domain */
		0x0005432112340026,	/* PASID-based IOTLB, a whole PASID */
		0x0005432112340036,	/* PASID-based IOTLB, pages */
	};

	KUNIT_EXPECT_EQ(test, CONTEXT_OF(SOURCE), want[0]);
	KUNIT_EXPECT_EQ(test, PASID_CACHE(SELECTIVE, DID, PASID), want[1]);
	KUNIT_EXPECT_EQ(test, IOTLB(DOMAIN, DID), want[2]);
	KUNIT_EXPECT_EQ(test, PASID_IOTLB(PASID, DID, PASID), want[3]);
	KUNIT_EXPECT_EQ(test, PASID_IOTLB(PAGE, DID, PASID), want[4]);
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
	struct vtd_entry first = entry_of(VTD_PGTT_FIRST);
	struct vtd_entry second = entry_of(VTD_PGTT_SECOND);
	struct vtd_entry nested = entry_of(VTD_PGTT_NESTED);
	struct vtd_entry pass = entry_of(VTD_PGTT_PASS);
	static const u64 was_first[] = {
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE,
		PASID_IOTLB(PASID, DID, PASID),
	};
	static const u64 was_second[] = {
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE, IOTLB(DOMAIN, DID),
	};
	static const u64 was_pass[] = {
		CONTEXT_OF(SOURCE), FENCE,
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE,
		IOTLB(DOMAIN, DID), PASID_IOTLB(PASID, DID, PASID),
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &first), 0);
	expect_log(fake, was_first, ARRAY_SIZE(was_first));
	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &second), 0);
	expect_log(fake, was_second, ARRAY_SIZE(was_second));
	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &nested), 0);
	expect_log(fake, was_second, ARRAY_SIZE(was_second));
	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &pass), 0);
	expect_log(fake, was_pass, ARRAY_SIZE(was_pass));
}

/* In caching mode; of what an entry may become. */
static void new_entry(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, VTD_CAP_CM);
	struct vtd_requester req = { .unit = &fake->unit, .source_id = SOURCE };
	struct vtd_entry first = entry_of(VTD_PGTT_FIRST);
	struct vtd_entry second = entry_of(VTD_PGTT_SECOND);
	struct vtd_entry pass = entry_of(VTD_PGTT_PASS);
	static const u64 is_first[] = {
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE,
		PASID_IOTLB(PASID, DID, PASID),
	};
	static const u64 is_second[] = {
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE, IOTLB(DOMAIN, DID),
	};
	static const u64 is_pass[] = {
		PASID_CACHE(SELECTIVE, DID, PASID), FENCE, IOTLB(DOMAIN, DID),
		PASID_IOTLB(PASID, DID, PASID),
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_new_entry(&req, PASID, &first), 0);
	expect_log(fake, is_first, ARRAY_SIZE(is_first));
	KUNIT_EXPECT_EQ(test, vtd_flush_new_entry(&req, PASID, &second), 0);
	expect_log(fake, is_second, ARRAY_SIZE(is_second));
	KUNIT_EXPECT_EQ(test, vtd_flush_new_entry(&req, PASID, &pass), 0);
	expect_log(fake, is_pass, ARRAY_SIZE(is_pass));
}

/* A type that no entry of the driver has: everything goes. */
static void strange_entry(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_requester req = { .unit = &fake->unit, .source_id = SOURCE };
	static const u64 types[] = { 0, 5, 7 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct vtd_entry entry = entry_of(types[i]);

		KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &entry), 0);
		expect_log(fake, everything, ARRAY_SIZE(everything));
	}
}

/*
 * A domain with tags on @nr units that share one fake, each in use at PASID 0.
 */
static struct vtd_domain *domain_with(struct fake_unit *fake,
				      struct vtd_tag *tags, unsigned int nr)
{
	struct vtd_domain *vdom = kunit_kzalloc(fake->test, sizeof(*vdom),
						GFP_KERNEL);
	struct vtd_tag_user *users = kunit_kcalloc(fake->test, nr,
						   sizeof(*users), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(fake->test, vdom);
	KUNIT_ASSERT_NOT_NULL(fake->test, users);
	spin_lock_init(&vdom->tag_lock);
	INIT_LIST_HEAD(&vdom->tags);
	vdom->pt.config.format = fake->unit.stage->format;
	for (i = 0; i < nr; i++) {
		tags[i].unit = &fake->unit;
		tags[i].did = DID + i;
		tags[i].users = RB_ROOT;
		list_add_tail(&tags[i].node, &vdom->tags);
		vtd_tag_use(vdom, &tags[i], &users[i], 0);
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
	/* First stage, PASID 0; word 1 is the same */
	u64 first_word0;
};

#define CAP_PAGES	(VTD_CAP_PSI | FIELD_PREP_CONST(VTD_CAP_MAMV, 9))

static const struct range_case range_cases[] = {
	{
		"one page", CAP_PAGES, 0x5000, 0x5fff, true,
		IOTLB(PAGE, DID), 0x5000 | VTD_DESC_IOTLB_IH,
		PASID_IOTLB(PAGE, DID, 0),
	}, {
		"a table went too", CAP_PAGES, 0x5000, 0x5fff, false,
		IOTLB(PAGE, DID), 0x5000,
		PASID_IOTLB(PAGE, DID, 0),
	}, {
		"two pages that are a block", CAP_PAGES, 0x4000, 0x5fff, true,
		IOTLB(PAGE, DID), 0x4000 | VTD_DESC_IOTLB_IH | 1,
		PASID_IOTLB(PAGE, DID, 0),
	}, {
		"two pages that are none", CAP_PAGES, 0x5000, 0x6fff, true,
		IOTLB(PAGE, DID), 0x4000 | VTD_DESC_IOTLB_IH | 2,
		PASID_IOTLB(PAGE, DID, 0),
	}, {
		"as large as it gets", CAP_PAGES, SZ_2M, 2 * SZ_2M - 1, true,
		IOTLB(PAGE, DID), SZ_2M | VTD_DESC_IOTLB_IH | 9,
		PASID_IOTLB(PAGE, DID, 0),
	}, {
		"larger", CAP_PAGES, 0, 2 * SZ_2M - 1, true,
		IOTLB(DOMAIN, DID), 0,
		PASID_IOTLB(PASID, DID, 0),
	}, {
		"everything", CAP_PAGES, 0, U64_MAX, false,
		IOTLB(DOMAIN, DID), 0,
		PASID_IOTLB(PASID, DID, 0),
	}, {
		"everything, any mask", VTD_CAP_PSI | VTD_CAP_MAMV, 0, U64_MAX,
		false, IOTLB(DOMAIN, DID), 0,
		PASID_IOTLB(PASID, DID, 0),
	}, {
		"the upper half, any mask", VTD_CAP_PSI | VTD_CAP_MAMV,
		BIT_ULL(63), U64_MAX, false,
		IOTLB(PAGE, DID), BIT_ULL(63) | 51,
		PASID_IOTLB(PAGE, DID, 0),
	}, {
		"no page-selective", FIELD_PREP_CONST(VTD_CAP_MAMV, 9), 0x5000,
		0x5fff, true, IOTLB(DOMAIN, DID), 0,
		PASID_IOTLB(PASID, DID, 0),
	}, {
		"with draining", CAP_PAGES | VTD_CAP_DRD | VTD_CAP_DWD, 0x5000,
		0x5fff, true, IOTLB(PAGE, DID) | DRAIN,
		0x5000 | VTD_DESC_IOTLB_IH,
		PASID_IOTLB(PAGE, DID, 0),
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

static void one_range_first(struct kunit *test)
{
	const struct range_case *range = test->param_value;
	struct fake_unit *fake = fake_unit_create(test, range->cap);
	struct vtd_domain *vdom;
	struct vtd_tag tag = {};

	fake_unit_use_first(fake);
	vdom = domain_with(fake, &tag, 1);
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, range->first, range->last,
					      range->leaves_only), 0);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[1], range->word1);
	expect_log(fake, &range->first_word0, 1);
}

/* Take all users from a tag. */
static void unuse(struct vtd_domain *vdom, struct vtd_tag *tag)
{
	while (!RB_EMPTY_ROOT(&tag->users))
		vtd_tag_unuse(vdom, tag, rb_entry(rb_first(&tag->users),
						  struct vtd_tag_user, node));
}

/* More tags than one round waits for; those that nobody uses are left out. */
static void many_tags(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	struct vtd_tag tags[20] = {};
	struct vtd_domain *vdom = domain_with(fake, tags, ARRAY_SIZE(tags));
	unsigned int i, at = 0;

	unuse(vdom, &tags[3]);
	unuse(vdom, &tags[7]);
	unuse(vdom, &tags[19]);
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2 * 17);
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		if (RB_EMPTY_ROOT(&tags[i].users))
			continue;
		KUNIT_EXPECT_EQ(test, FIELD_GET(VTD_DESC_IOTLB_DID,
						fake->log[at].qw[0]), DID + i);
		at += 2;
	}
}

/* One to eight rounds that are just full, and a tag more. */
static void full_rounds(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	struct vtd_tag *tags = kunit_kcalloc(test, 17, sizeof(*tags),
					     GFP_KERNEL);
	static const unsigned int nrs[] = { 0, 1, 7, 8, 9, 16, 17 };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, tags);
	for (i = 0; i < ARRAY_SIZE(nrs); i++) {
		struct vtd_domain *vdom = domain_with(fake, tags, nrs[i]);

		fake->nr_log = 0;
		KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true),
				0);
		KUNIT_EXPECT_EQ(test, fake->nr_log, 2 * nrs[i]);
	}
}

#define MANY		10000

/* How many users, at how many PASIDs, and what one unmap sends. */
struct users_case {
	const char *name;
	unsigned int nr_users;
	unsigned int nr_pasids;
	unsigned int nr_descs;
};

static const struct users_case users_cases[] = {
	{ "one", 1, 1, 1 },
	{ "ten PASIDs", 10, 10, 10 },
	{ "ten users of one PASID", 10, 1, 1 },
	{ "as many PASIDs as fit", 16, 16, 16 },
	{ "as many PASIDs, more users", 1000, 16, 16 },
	{ "one PASID more", 17, 17, 1 },
	{ "10,000 PASIDs", MANY, MANY, 1 },
	{ "10,000 users of one PASID", MANY, 1, 1 },
};

static void users_describe(const struct users_case *users, char *text)
{
	strscpy(text, users->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(users, users_cases, users_describe);

/* First stage: descriptors by PASID, or one for all of the domain id. */
static void many_users(struct kunit *test)
{
	const struct users_case *row = test->param_value;
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	struct vtd_tag_user *users = kunit_kcalloc(test, row->nr_users,
						   sizeof(*users), GFP_KERNEL);
	struct vtd_domain *vdom;
	struct vtd_tag tag = {};
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, users);
	fake_unit_use_first(fake);
	vdom = domain_with(fake, &tag, 1);
	unuse(vdom, &tag);
	for (i = 0; i < row->nr_users; i++)
		vtd_tag_use(vdom, &tag, &users[i], 5 + i % row->nr_pasids);
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, 1);
	KUNIT_ASSERT_EQ(test, fake->nr_log, row->nr_descs + 1);
	if (row->nr_pasids > 16)
		KUNIT_EXPECT_EQ(test, fake->log[0].qw[0], IOTLB(DOMAIN, DID));
	for (i = 0; row->nr_pasids <= 16 && i < row->nr_descs; i++)
		KUNIT_EXPECT_EQ(test, fake->log[i].qw[0],
				PASID_IOTLB(PAGE, DID, 0) |
				FIELD_PREP(VTD_DESC_PIOTLB_PASID, 5 + i));
	/* In another order than they came, and the last one counts. */
	for (i = 0; i < row->nr_users; i++)
		vtd_tag_unuse(vdom, &tag, &users[(i + row->nr_users / 2) %
						 row->nr_users]);
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, 1);
}

/* A unit that does not answer loses the tag, and only for who waited. */
static void lost_tag(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	struct vtd_tag tags[2] = {};
	struct vtd_domain *vdom = domain_with(fake, tags, ARRAY_SIZE(tags));

	unuse(vdom, &tags[1]);
	fake->frozen = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true),
			-ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, tags[0].lost);
	KUNIT_EXPECT_FALSE(test, tags[1].lost);
	fake_unit_thaw(fake);
	/* It is flushed for ever, users or not. */
	unuse(vdom, &tags[0]);
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	KUNIT_EXPECT_TRUE(test, tags[0].lost);
}

/* First stage: nobody knows the PASIDs of a lost tag, so all are flushed. */
static void lost_tag_first(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_PAGES);
	static const u64 all[] = { IOTLB(DOMAIN, DID) };
	struct vtd_domain *vdom;
	struct vtd_tag tag = {};

	fake_unit_use_first(fake);
	vdom = domain_with(fake, &tag, 1);
	tag.lost = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	expect_log(fake, all, 1);
	unuse(vdom, &tag);
	KUNIT_EXPECT_EQ(test, vtd_flush_range(vdom, 0, SZ_4K - 1, true), 0);
	expect_log(fake, all, 1);
}

static struct kunit_case vtd_flush_cases[] = {
	KUNIT_CASE(literally),
	KUNIT_CASE(whole_unit),
	KUNIT_CASE(context_entry),
	KUNIT_CASE(pasid_entry),
	KUNIT_CASE(new_entry),
	KUNIT_CASE(strange_entry),
	KUNIT_CASE_PARAM(one_range, range_gen_params),
	KUNIT_CASE_PARAM(one_range_first, range_gen_params),
	KUNIT_CASE(many_tags),
	KUNIT_CASE(full_rounds),
	KUNIT_CASE_PARAM(many_users, users_gen_params),
	KUNIT_CASE(lost_tag),
	KUNIT_CASE(lost_tag_first),
	{}
};

static struct kunit_suite vtd_flush_suite = {
	.name = "vtd-flush",
	.test_cases = vtd_flush_cases,
};

kunit_test_suite(vtd_flush_suite);
