// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: how device TLBs are told, when, and what happens when one does not
 * answer.
 */
#include <linux/sizes.h>

#include <iopasid/pasid.h>

#include "vtd-attach-rig.h"
#include "vtd-bus-rig.h"

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
	const struct vtd_requester req = { .source_id = 0x0420 };
	struct vtd_batch batch = {};

	vtd_add_dev_tlb(&batch, &req, 0, row->first, row->last);
	vtd_add_dev_tlb(&batch, &req, PASID, row->first, row->last);
	KUNIT_ASSERT_EQ(test, batch.nr, 2);
	KUNIT_EXPECT_EQ(test, batch.desc[0].qw[0], 0x0000042000000003);
	KUNIT_EXPECT_EQ(test, batch.desc[0].qw[1], row->word1);
	KUNIT_EXPECT_EQ(test, batch.desc[1].qw[0], 0x0005432104200008);
	KUNIT_EXPECT_EQ(test, batch.desc[1].qw[1], row->pasid_word1);
}

/* By hand from 6.5.2.5 and 6.5.2.6: MIP is in bits 20:16, or in 8:4. */
static void queue_depth(struct kunit *test)
{
	static const struct {
		u8 depth;
		u64 word0;
		u64 pasid_word0;
	} rows[] = {
		{ 0,	0x0000042000000003, 0x0005432104200008 },
		{ 1,	0x0000042000010003, 0x0005432104200018 },
		{ 21,	0x0000042000150003, 0x0005432104200158 },
		{ 31,	0x00000420001f0003, 0x00054321042001f8 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct vtd_requester req = {
			.source_id = 0x0420, .ats_queue_depth = rows[i].depth,
		};
		struct vtd_batch batch = {};

		vtd_add_dev_tlb(&batch, &req, 0, 0, 0xfff);
		vtd_add_dev_tlb(&batch, &req, PASID, 0, 0xfff);
		KUNIT_EXPECT_EQ(test, batch.desc[0].qw[0], rows[i].word0);
		KUNIT_EXPECT_EQ(test, batch.desc[1].qw[0], rows[i].pasid_word0);
	}
}

/* What a device says when it is taken is in what it gets, whatever changes. */
static void queue_depth_of_device(struct kunit *test)
{
	struct bus_rig *rig = bus_rig_prepare(test);
	struct fake_unit *fake = rig->fake;
	unsigned int i, nr = 0;

	rig->ats_queue_depth = 21;
	bus_rig_start(rig);
	bus_rig_attach(rig);
	KUNIT_ASSERT_EQ(test, map(rig->domain, 0x1000), 0);
	KUNIT_ASSERT_EQ(test, unmap(rig->domain, 0x1000), 0);
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_detach_dev_pasid(rig->devices[0], BUS_PASID));
	for (i = 0; i < fake->nr_log; i++) {
		u64 word0 = fake->log[i].qw[0];

		if ((word0 & 0xf) != 8)
			continue;
		KUNIT_EXPECT_EQ(test, word0 >> 4 & 0x1f, 21);
		nr++;
	}
	/* Both at the unmap, one at its detach */
	KUNIT_EXPECT_EQ(test, nr, 3);
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

/* More than are gone through at a time */
#define KEPT_USERS	(3 * VTD_TAG_STRIDE)

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
	struct vtd_tag_user users[KEPT_USERS];
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

/* Devices with a TLB are few, the others many: none is left out either. */
static void few_of_many(struct kunit *test)
{
	struct kept *kept = kept_create(test, KEPT_USERS);
	struct fake_unit *fake = kept->fake;
	struct vtd_device plain = kept->vdev;
	unsigned int i, seen = 0;

	plain.ats = false;
	for (i = 1; i < KEPT_USERS - 1; i++)
		kept->users[i].vdev = &plain;
	kept->tag.nr_dev_tlbs = 2;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true), 0);
	for (i = 0; i < fake->nr_log; i++)
		seen += (fake->log[i].qw[0] & 0xf) == 3 ||
			(fake->log[i].qw[0] & 0xf) == 8;
	KUNIT_EXPECT_EQ(test, seen, 2);
	/* In one batch, behind that of the IOTLB */
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, 2);
	for (i = 1; i < KEPT_USERS - 1; i++)
		kept->users[i].vdev = &kept->vdev;
	kept->tag.nr_dev_tlbs = KEPT_USERS;
}

/* The unit does its work when somebody polls, who must not be in the way. */
static void work_when_polled(struct fake_unit *fake, u32 reg, bool write)
{
	struct kept *kept = fake->data;

	if (reg != VTD_REG_FSTS || write)
		return;
	KUNIT_EXPECT_FALSE(fake->test, irqs_disabled());
	KUNIT_EXPECT_FALSE(fake->test, spin_is_locked(&kept->vdom.tag_lock));
	KUNIT_EXPECT_FALSE(fake->test, spin_is_locked(&fake->unit.queue.lock));
	fake_unit_thaw(fake);
	fake->frozen = true;
}

/* However many: interrupts come after each batch, and while it is waited for. */
static void interrupts(struct kunit *test)
{
	struct kept *kept = kept_create(test, KEPT_USERS);
	struct fake_unit *fake = kept->fake;

	fake->data = kept;
	fake->hook = work_when_polled;
	fake->frozen = true;
	fake->longest = 0;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true), 0);
	fake->hook = NULL;
	fake_unit_thaw(fake);
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells,
			1 + KEPT_USERS / VTD_BATCH_MAX);
	/* One doorbell is one batch. */
	KUNIT_EXPECT_EQ(test, fake->longest, 1);
}

/* A unit that is dead: one time-out, however many devices and PASIDs. */
static void dead_unit(struct kunit *test)
{
	struct kept *kept = kept_create(test, KEPT_USERS);
	struct fake_unit *fake = kept->fake;

	fake->frozen = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true),
			-ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, 1,
			atomic64_read(&fake->unit.counters[VTD_COUNT_TIMEOUT]));
	KUNIT_EXPECT_TRUE(test, kept->tag.lost);
	fake_unit_thaw(fake);
}

/* It dies behind the IOTLB's batch */
static void die_at_tlb(struct fake_unit *fake, u32 reg, bool write)
{
	if (reg == VTD_REG_FSTS && !write && fake->nr_doorbells == 1) {
		fake_unit_thaw(fake);
		fake->frozen = true;
	}
}

/* One for the devices, one for shutting the first of them out */
static void dying_unit(struct kunit *test)
{
	struct kept *kept = kept_create(test, KEPT_USERS);
	struct fake_unit *fake = kept->fake;

	fake->hook = die_at_tlb;
	fake->frozen = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true),
			-ETIMEDOUT);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, 2,
			atomic64_read(&fake->unit.counters[VTD_COUNT_TIMEOUT]));
	KUNIT_EXPECT_TRUE(test, kept->tag.lost);
	fake_unit_thaw(fake);
}

/*
 * Its translations may come back: the tag is lost, who unmaps hears of it. And no
 * translated request passes any more, so that its TLB does not matter.
 */
static void range_of_silent(struct kunit *test)
{
	struct kept *kept = kept_create(test, 1);
	struct fake_unit *fake = kept->fake;
	u64 *words = vtd_context_words(&fake->unit, 0x0420);

	words[0] = VTD_CONTEXT_P | VTD_CONTEXT_DTE | VTD_CONTEXT_PRE |
		   VTD_CONTEXT_PASIDE;
	fake->silent = 0x0420;
	fake->tells = true;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true), -EIO);
	KUNIT_EXPECT_TRUE(test, kept->tag.lost);
	KUNIT_EXPECT_EQ(test, words[0], VTD_CONTEXT_P | VTD_CONTEXT_PASIDE);
	/* Everything, the IOTLB last; then the wait */
	KUNIT_ASSERT_GE(test, fake->nr_log, 6);
	KUNIT_EXPECT_EQ(test, fake->log[fake->nr_log - 6].qw[0], 0x11);
	KUNIT_EXPECT_EQ(test, fake->log[fake->nr_log - 2].qw[0], 0x12);

	/* Only then: if it may still pass, it is flushed. */
	KUNIT_EXPECT_FALSE(test, kept->req.ats);
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, vtd_flush_range(&kept->vdom, 0, 0xfff, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	KUNIT_EXPECT_TRUE(test, kept->tag.lost);
}

/* The second of two devices on one domain, each with its context entry */
#define MATE		0x0421

#define ENTRY		(VTD_CONTEXT_P | VTD_CONTEXT_DTE | VTD_CONTEXT_PASIDE)

/**
 * struct mated - two devices with TLBs on one domain
 * @kept: the domain, and the first of them
 * @req: source id of the other
 * @vdev: the other
 * @user: its use of the domain
 * @words: context entries of both
 */
struct mated {
	struct kept *kept;
	struct vtd_requester req;
	struct vtd_device vdev;
	struct vtd_tag_user user;
	u64 *words[2];
};

static struct mated *mated_create(struct kunit *test)
{
	struct mated *mated = kunit_kzalloc(test, sizeof(*mated), GFP_KERNEL);
	struct kept *kept = kept_create(test, 1);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mated);
	kept->fake->data = mated;
	mated->kept = kept;
	mated->req = kept->req;
	mated->req.source_id = MATE;
	mated->vdev = kept->vdev;
	mated->vdev.sources[0].req = &mated->req;
	mated->user.vdev = &mated->vdev;
	vtd_tag_use(&kept->vdom, &kept->tag, &mated->user, 0);
	for (i = 0; i < 2; i++) {
		mated->words[i] = vtd_context_words(&kept->fake->unit,
						    0x0420 + i);
		mated->words[i][0] = ENTRY;
	}
	return mated;
}

/* How many times a device was told, and has heard it */
static unsigned int told(struct fake_unit *fake, u16 source_id)
{
	unsigned int i, nr = 0;

	for (i = 0; i < fake->nr_log; i++) {
		u64 word0 = fake->log[i].qw[0];

		nr += FIELD_GET(VTD_DESC_TYPE, word0) == VTD_DESC_DEV_TLB &&
		      FIELD_GET(VTD_DESC_DEV_TLB_SID, word0) == source_id;
	}
	return nr;
}

/* The unit says which one was silent: the other keeps its TLB, and was told. */
static void mate_of_silent(struct kunit *test)
{
	struct mated *mated = mated_create(test);
	struct fake_unit *fake = mated->kept->fake;

	fake->silent = 0x0420;
	fake->mute = true;
	fake->tells = true;
	KUNIT_EXPECT_EQ(test, -EIO, vtd_flush_range(&mated->kept->vdom, 0, 0xfff,
						    true));
	KUNIT_EXPECT_TRUE(test, mated->kept->tag.lost);
	KUNIT_EXPECT_FALSE(test, mated->kept->req.ats);
	KUNIT_EXPECT_EQ(test, mated->words[0][0], ENTRY & ~VTD_CONTEXT_DTE);
	KUNIT_EXPECT_TRUE(test, mated->req.ats);
	KUNIT_EXPECT_EQ(test, mated->words[1][0], ENTRY);
	KUNIT_EXPECT_GE(test, told(fake, MATE), 1);
}

/* It does not say: both are asked again, and if one is silent still, both go. */
static void mate_of_unnamed(struct kunit *test)
{
	struct mated *mated = mated_create(test);
	struct fake_unit *fake = mated->kept->fake;

	fake->silent = 0x0420;
	KUNIT_EXPECT_EQ(test, 0, vtd_flush_range(&mated->kept->vdom, 0, 0xfff,
						 true));
	KUNIT_EXPECT_FALSE(test, mated->kept->tag.lost);
	KUNIT_EXPECT_EQ(test, told(fake, 0x0420), 1);
	KUNIT_EXPECT_EQ(test, mated->words[0][0], ENTRY);

	fake->silent = 0x0420;
	fake->mute = true;
	KUNIT_EXPECT_EQ(test, -EIO, vtd_flush_range(&mated->kept->vdom, 0, 0xfff,
						    true));
	KUNIT_EXPECT_TRUE(test, mated->kept->tag.lost);
	KUNIT_EXPECT_EQ(test, mated->words[0][0], ENTRY & ~VTD_CONTEXT_DTE);
	KUNIT_EXPECT_EQ(test, mated->words[1][0], ENTRY & ~VTD_CONTEXT_DTE);
}

/* ATS of the first goes off when its batch has been made. */
static void goes_off(struct fake_unit *fake, u32 reg, bool write)
{
	struct mated *mated = fake->data;

	if (reg == VTD_REG_FSTS && !write &&
	    fake_read32(fake, VTD_REG_FSTS) & VTD_FSTS_ITE)
		WRITE_ONCE(mated->kept->req.ats, false);
}

/* A device whose ATS has been switched off keeps nothing: nobody is to blame. */
static void mate_of_leaver(struct kunit *test)
{
	struct mated *mated = mated_create(test);
	struct fake_unit *fake = mated->kept->fake;
	unsigned int tells;

	for (tells = 0; tells < 2; tells++) {
		WRITE_ONCE(mated->kept->req.ats, true);
		fake->silent = 0x0420;
		fake->mute = true;
		fake->tells = tells;
		fake->nr_log = 0;
		fake->hook = goes_off;
		KUNIT_EXPECT_EQ(test, 0, vtd_flush_range(&mated->kept->vdom, 0,
							 0xfff, true));
		fake->hook = NULL;
		KUNIT_EXPECT_FALSE(test, mated->kept->tag.lost);
		KUNIT_EXPECT_EQ(test, mated->words[0][0], ENTRY);
		KUNIT_EXPECT_EQ(test, mated->words[1][0], ENTRY);
		KUNIT_EXPECT_TRUE(test, mated->req.ats);
		KUNIT_EXPECT_GE(test, told(fake, MATE), 1);
	}
}

static void expect_off(struct bus_rig *rig, struct vtd_device *vdev)
{
	KUNIT_EXPECT_FALSE(rig->test, READ_ONCE(vdev->sources[0].req->ats));
	rig->ats_queue_depth++;
}

/* Who flushes can know before the device is deaf. */
static void off_before_it_is(struct kunit *test)
{
	struct bus_rig *rig = bus_rig_prepare(test);

	bus_rig_start(rig);
	rig->in_disable_tlb = expect_off;
	rig->ats_queue_depth = 0;
	bus_rig_stop(rig);
	KUNIT_EXPECT_EQ(test, rig->ats_queue_depth, BUS_DEVICES);
}

static struct kunit_case vtd_dev_tlb_cases[] = {
	KUNIT_CASE_PARAM(block, block_gen_params),
	KUNIT_CASE(queue_depth),
	KUNIT_CASE(queue_depth_of_device),
	KUNIT_CASE(entry_order),
	KUNIT_CASE(range_order),
	KUNIT_CASE(many_users),
	KUNIT_CASE(few_of_many),
	KUNIT_CASE(interrupts),
	KUNIT_CASE_SLOW(dead_unit),
	KUNIT_CASE_SLOW(dying_unit),
	KUNIT_CASE(range_of_silent),
	KUNIT_CASE(mate_of_silent),
	KUNIT_CASE(mate_of_unnamed),
	KUNIT_CASE(mate_of_leaver),
	KUNIT_CASE(off_before_it_is),
	{}
};

static struct kunit_suite vtd_dev_tlb_suite = {
	.name = "vtd-dev-tlb",
	.test_cases = vtd_dev_tlb_cases,
};

kunit_test_suite(vtd_dev_tlb_suite);
