// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: how device TLBs are told, when, and what happens when one does not
 * answer.
 */
#include <linux/sizes.h>

#include "vtd-attach-rig.h"

#define DID		0x1234
#define PASID		0x54321

/* By hand from 6.5.2.5 and 6.5.2.6: the lowest 0 of the page number is the size. */
struct block_case {
	const char *name;
	u64 first;
	u64 last;
	u64 word1;
	u64 pasid_word1;
};

static const struct block_case block_cases[] = {
	{ "one page", 0x5000, 0x5fff, 0x5000, 0x5000 },
	{ "a part of one", 0x5010, 0x5020, 0x5000, 0x5000 },
	{ "two pages that are a block", 0x4000, 0x5fff, 0x4001, 0x4800 },
	{ "two pages that are none", 0x5000, 0x6fff, 0x5001, 0x5800 },
	{ "four pages", 0x8000, 0xbfff, 0x9001, 0x9800 },
	{ "2 MiB", SZ_2M, 2 * SZ_2M - 1, 0x2ff001, 0x2ff800 },
	{ "1 GiB", SZ_1G, 2UL * SZ_1G - 1, 0x5ffff001, 0x5ffff800 },
	{ "over the middle", 0x7fffffffffff, 0x800000000000,
	  0x00007ffffffff001, 0x00007ffffffff800 },
	/* As everything: nobody needs it apart */
	{ "the lower half", 0, S64_MAX, 0x7ffffffffffff001, 0x7ffffffffffff800 },
	{ "everything", 0, U64_MAX, 0x7ffffffffffff001, 0x7ffffffffffff800 },
};

KUNIT_ARRAY_PARAM_DESC(block, block_cases, name);

static void block(struct kunit *test)
{
	const struct block_case *row = test->param_value;
	struct vtd_batch batch = {};

	vtd_add_dev_tlb(&batch, 0x0420, 0, row->first, row->last);
	vtd_add_dev_tlb(&batch, 0x0420, PASID, row->first, row->last);
	KUNIT_ASSERT_EQ(test, batch.nr, 2);
	KUNIT_EXPECT_EQ(test, batch.desc[0].qw[0], 0x0000042000000003);
	KUNIT_EXPECT_EQ(test, batch.desc[0].qw[1], row->word1);
	KUNIT_EXPECT_EQ(test, batch.desc[1].qw[0], 0x0005432104200008);
	KUNIT_EXPECT_EQ(test, batch.desc[1].qw[1], row->pasid_word1);
}

/* Word 0 of all that was executed; of waits only type and FN, SW is the queue's. */
static void expect_log(struct fake_unit *fake, const u64 *want, unsigned int nr)
{
	struct kunit *test = fake->test;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, fake->nr_log, nr);
	for (i = 0; i < nr; i++) {
		u64 got = fake->log[i].qw[0];

		if ((got & 0xf) == 5)
			got &= 0x4f;
		KUNIT_EXPECT_EQ_MSG(test, got, want[i], "descriptor %u", i);
	}
	fake->nr_log = 0;
	fake->nr_doorbells = 0;
}

#define FENCE		0x45
#define WAIT		0x05

/* The outer caches first: a device TLB is filled from them. */
static void entry_order(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_requester req = {
		.unit = &fake->unit, .source_id = 0x0420, .ats = true,
	};
	struct vtd_entry second = {
		.word[0] = VTD_PASID_P |
			   FIELD_PREP(VTD_PASID_PGTT, VTD_PGTT_SECOND),
		.word[1] = FIELD_PREP(VTD_PASID_DID, DID),
	};
	struct vtd_entry first = {
		.word[0] = VTD_PASID_P |
			   FIELD_PREP(VTD_PASID_PGTT, VTD_PGTT_FIRST),
		.word[1] = FIELD_PREP(VTD_PASID_DID, DID),
	};
	static const u64 was_second[] = {
		0x0005432112340017, FENCE, 0x12340022, FENCE,
		0x0005432104200008, WAIT,
	};
	static const u64 was_first[] = {
		0x0005432112340017, FENCE, 0x0005432112340026, FENCE,
		0x0005432104200008, WAIT,
	};
	static const u64 rid_was_second[] = {
		0x12340017, FENCE, 0x12340022, FENCE, 0x0000042000000003, WAIT,
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &second), 0);
	KUNIT_EXPECT_EQ(test, fake->log[4].qw[1], 0x7ffffffffffff800);
	expect_log(fake, was_second, ARRAY_SIZE(was_second));
	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, PASID, &first), 0);
	expect_log(fake, was_first, ARRAY_SIZE(was_first));
	KUNIT_EXPECT_EQ(test, vtd_flush_entry(&req, 0, &second), 0);
	KUNIT_EXPECT_EQ(test, fake->log[4].qw[1], 0x7ffffffffffff001);
	expect_log(fake, rid_was_second, ARRAY_SIZE(rid_was_second));
}

/**
 * struct kept - a domain that a device with a TLB reaches
 * @fake: the unit
 * @req: the device's source id
 * @vdev: the device
 * @vdom: the domain
 * @tag: its tag
 * @users: by PASID
 */
struct kept {
	struct fake_unit *fake;
	struct vtd_requester req;
	struct vtd_device vdev;
	struct vtd_domain vdom;
	struct vtd_tag tag;
	struct vtd_tag_user users[40];
};

/* Attached at PASIDs 0 to @nr - 1. */
static struct kept *kept_create(struct kunit *test, unsigned int nr)
{
	struct kept *kept = kunit_kzalloc(test, sizeof(*kept), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, kept);
	kept->fake = fake_unit_create(test, VTD_CAP_PSI |
				      FIELD_PREP(VTD_CAP_MAMV, 9));
	kept->req.unit = &kept->fake->unit;
	kept->req.source_id = 0x0420;
	kept->req.ats = true;
	/* With a context entry, for the device that does not answer */
	kept->fake->unit.root = (u64 *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kept->fake->unit.root);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vtd_requester_get(&kept->fake->unit,
							     0x0420));
	kept->vdev.unit = &kept->fake->unit;
	kept->vdev.ats = true;
	kept->vdev.nr_sources = 1;
	kept->vdev.sources[0].req = &kept->req;
	spin_lock_init(&kept->vdom.tag_lock);
	INIT_LIST_HEAD(&kept->vdom.tags);
	kept->vdom.pt.config.format = &vtd_pt_second;
	kept->tag.unit = &kept->fake->unit;
	kept->tag.did = DID;
	kept->tag.users = RB_ROOT;
	list_add(&kept->tag.node, &kept->vdom.tags);
	for (i = 0; i < nr; i++) {
		kept->users[i].vdev = &kept->vdev;
		vtd_tag_use(&kept->vdom, &kept->tag, &kept->users[i], i);
	}
	return kept;
}

/* The IOTLB is confirmed before the device is asked. */
static void range_order(struct kunit *test)
{
	struct kept *kept = kept_create(test, 2);
	static const u64 want[] = {
		0x12340032, WAIT, 0x0000042000000003, 0x0000000104200008, WAIT,
	};

	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0x4000, 0x5fff, true),
			0);
	KUNIT_EXPECT_EQ(test, kept->fake->nr_doorbells, 2);
	KUNIT_EXPECT_EQ(test, kept->fake->log[2].qw[1], 0x4001);
	KUNIT_EXPECT_EQ(test, kept->fake->log[3].qw[1], 0x4800);
	expect_log(kept->fake, want, ARRAY_SIZE(want));
}

/* More attachments than a batch holds: none is left out, none comes twice. */
static void many_users(struct kunit *test)
{
	static const unsigned int nrs[] = {
		1, VTD_BATCH_MAX - 1, VTD_BATCH_MAX, VTD_BATCH_MAX + 1,
		2 * VTD_BATCH_MAX,
	};
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(nrs); n++) {
		struct kept *kept = kept_create(test, nrs[n]);
		struct fake_unit *fake = kept->fake;
		unsigned int seen = 0;

		KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff,
						      true), 0);
		for (i = 0; i < fake->nr_log; i++) {
			u64 word0 = fake->log[i].qw[0];
			u64 type = word0 & 0xf;

			if (type != 3 && type != 8)
				continue;
			KUNIT_EXPECT_EQ(test, type == 3 ? 0 : word0 >> 32, seen);
			seen++;
		}
		KUNIT_EXPECT_EQ(test, seen, nrs[n]);
	}
}

/* Its translations may come back: the tag is lost, who unmaps hears of it. */
static void range_of_silent(struct kunit *test)
{
	struct kept *kept = kept_create(test, 1);

	kept->fake->silent = 0x0420;
	kept->fake->tells = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true), -EIO);
	KUNIT_EXPECT_TRUE(test, kept->tag.lost);
	/* No translated request passes any more: its TLB does not matter. */
	KUNIT_EXPECT_FALSE(test, kept->req.ats);
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true), 0);
	KUNIT_EXPECT_TRUE(test, kept->tag.lost);
}

/* What a silent device keeps of a domain that goes leads nowhere. */
static void detach_of_silent(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	struct vtd_unit *unit = rig->unit;
	const struct vtd_desc *last;
	u64 *words[NR_SOURCES];
	unsigned int i;

	unit->root = (u64 *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, unit->root);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vtd_requester_get(unit, 0));
	rig->vdev.ats = true;
	for (i = 0; i < NR_SOURCES; i++) {
		rig->req[i].ats = true;
		words[i] = vtd_context_words(unit, rig->req[i].source_id);
		words[i][0] = VTD_CONTEXT_P | VTD_CONTEXT_DTE | VTD_CONTEXT_PRE |
			      VTD_CONTEXT_PASIDE;
	}
	KUNIT_ASSERT_EQ(test, vtd_attach_dev(domain, &rig->idev, NULL), 0);

	rig->fake->silent = rig->req[1].source_id;
	rig->fake->tells = true;
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     domain), 0);
	for (i = 0; i < NR_SOURCES; i++)
		KUNIT_EXPECT_EQ(test, words[i][0],
				VTD_CONTEXT_P | VTD_CONTEXT_PASIDE);
	/* Everything, the IOTLB last; then the wait */
	last = &rig->fake->log[rig->fake->nr_log - 2];
	KUNIT_EXPECT_EQ(test, last->qw[0], 0x12);
	domain->ops->free(domain);
	KUNIT_EXPECT_GT(test, leaked(rig), 0);
}

static struct kunit_case vtd_dev_tlb_cases[] = {
	KUNIT_CASE_PARAM(block, block_gen_params),
	KUNIT_CASE(entry_order),
	KUNIT_CASE(range_order),
	KUNIT_CASE(many_users),
	KUNIT_CASE(range_of_silent),
	KUNIT_CASE(detach_of_silent),
	{}
};

static struct kunit_suite vtd_dev_tlb_suite = {
	.name = "vtd-dev-tlb",
	.test_cases = vtd_dev_tlb_cases,
};

kunit_test_suite(vtd_dev_tlb_suite);
