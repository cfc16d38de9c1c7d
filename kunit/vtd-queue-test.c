// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the invalidation queue on a unit that answers, that is late, that
 * refuses.
 */
#include <linux/module.h>

#include "vtd-fake-port.h"

/* A descriptor that can be told from others, of a type that exists or not. */
static struct vtd_desc numbered(unsigned int number)
{
	return (struct vtd_desc) {
		.qw = { FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_IOTLB) |
			FIELD_PREP(VTD_DESC_IOTLB_G, VTD_IOTLB_DOMAIN) |
			FIELD_PREP(VTD_DESC_IOTLB_DID, number) },
	};
}

static const struct vtd_desc refused = { .qw = { VTD_DESC_TYPE } };

static unsigned int type_of(const struct vtd_desc *desc)
{
	return FIELD_GET(VTD_DESC_TYPE, desc->qw[0]);
}

static unsigned int number_of(const struct vtd_desc *desc)
{
	return FIELD_GET(VTD_DESC_IOTLB_DID, desc->qw[0]);
}

/* Each descriptor once, in order, then a wait; many times round the ring. */
static void batches_in_order(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	unsigned int nr = 3 * VTD_QUEUE_SLOTS;
	unsigned int i, number = 0, at = 0;

	for (i = 0; at < nr; i++) {
		struct vtd_batch batch = {};
		unsigned int size = 1 + i % VTD_BATCH_MAX;
		unsigned int j;

		for (j = 0; j < size; j++)
			*vtd_batch_add(&batch) = numbered(number + j);
		KUNIT_ASSERT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
		KUNIT_ASSERT_EQ(test, fake->nr_doorbells, i + 1);
		KUNIT_ASSERT_EQ(test, fake->nr_log, at + size + 1);
		for (j = 0; j < size; j++, at++)
			KUNIT_ASSERT_EQ(test, number_of(&fake->log[at]),
					number++);
		KUNIT_ASSERT_EQ(test, type_of(&fake->log[at++]), VTD_DESC_WAIT);
	}
}

/* A fence is a wait that nobody polls: it keeps its flag and its place. */
static void fence(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_batch batch = {};

	*vtd_batch_add(&batch) = numbered(1);
	vtd_batch_add(&batch)->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_WAIT) |
				       VTD_DESC_WAIT_FN;
	*vtd_batch_add(&batch) = numbered(2);
	KUNIT_ASSERT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
	KUNIT_ASSERT_EQ(test, fake->nr_log, 4);
	KUNIT_EXPECT_EQ(test, type_of(&fake->log[1]), VTD_DESC_WAIT);
	KUNIT_EXPECT_TRUE(test, fake->log[1].qw[0] & VTD_DESC_WAIT_FN);
	KUNIT_EXPECT_FALSE(test, fake->log[3].qw[0] & VTD_DESC_WAIT_FN);
	/* Their words are different ones. */
	KUNIT_EXPECT_NE(test, fake->log[1].qw[1], fake->log[3].qw[1]);
}

/* A full ring takes no more, and all that it took is done when it moves on. */
static void full(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	const unsigned int nr = (VTD_QUEUE_SLOTS - 1) / 2;
	struct vtd_desc desc = numbered(7);
	struct vtd_ticket *tickets;
	struct vtd_ticket more;
	unsigned int i;

	tickets = kunit_kcalloc(test, nr, sizeof(*tickets), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tickets);
	fake->frozen = true;
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, &desc, 1,
						       &tickets[i]), 0);
	KUNIT_EXPECT_EQ(test, vtd_queue_submit(&fake->unit, &desc, 1, &more),
			-ETIMEDOUT);
	fake_unit_thaw(fake);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2 * nr);
	/* Others take the slots before the first has looked at its result. */
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, &desc, 1,
						       &more), 0);
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[i]), 0);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &more), 0);
}

/* A unit that is late: an error for who waits, and the slots come back. */
static void late(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_batch batch = {};
	unsigned int i;

	*vtd_batch_add(&batch) = numbered(7);
	fake->frozen = true;
	KUNIT_EXPECT_EQ(test, vtd_queue_run(&fake->unit, &batch), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, atomic64_read(&fake->unit.counters[VTD_COUNT_TIMEOUT]),
			1);
	fake_unit_thaw(fake);
	for (i = 0; i < VTD_QUEUE_SLOTS; i++)
		KUNIT_ASSERT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
}

/*
 * The unit refuses a descriptor in the middle: its submitter alone hears of it,
 * the rest of its batch runs, so do the batches behind.
 */
static void refusal(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_desc good[2] = { numbered(1), numbered(2) };
	struct vtd_desc bad[3] = { numbered(3), refused, numbered(4) };
	struct vtd_desc behind[2] = { numbered(5), numbered(6) };
	struct vtd_ticket tickets[3];
	unsigned int i, seen = 0;

	fake->frozen = true;
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, good, 2,
					       &tickets[0]), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, bad, 3,
					       &tickets[1]), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, behind, 2,
					       &tickets[2]), 0);
	fake_unit_thaw(fake);
	/* Who finds out is not who is to blame. */
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[2]), 0);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[1]), -EIO);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[0]), 0);
	for (i = 0; i < fake->nr_log; i++)
		if (type_of(&fake->log[i]) == VTD_DESC_IOTLB)
			KUNIT_EXPECT_EQ(test, number_of(&fake->log[i]), ++seen);
	KUNIT_EXPECT_EQ(test, seen, 6);
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_FSTS), 0);
	KUNIT_EXPECT_EQ(test,
			atomic64_read(&fake->unit.counters[VTD_COUNT_QUEUE_ERROR]),
			1);
}

/* Every batch is refused, more of them than the ring has slots. */
static void refusals(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_batch good = {}, bad = {};
	unsigned int i;

	*vtd_batch_add(&good) = numbered(1);
	*vtd_batch_add(&bad) = numbered(2);
	*vtd_batch_add(&bad) = refused;
	*vtd_batch_add(&bad) = refused;
	for (i = 0; i < VTD_QUEUE_SLOTS; i++)
		KUNIT_ASSERT_EQ(test, vtd_queue_run(&fake->unit, &bad), -EIO);
	KUNIT_EXPECT_EQ(test, vtd_queue_run(&fake->unit, &good), 0);
}

/* Off: translation is too, and all is flushed before it comes back. */
static void off_and_on(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_batch batch = {};

	*vtd_batch_add(&batch) = numbered(1);
	KUNIT_ASSERT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
	vtd_queue_stop(&fake->unit);
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_start(&fake->unit), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);
	KUNIT_EXPECT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
}

/* A unit that is deaf may do it later: it is never trusted again. */
static void stuck(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_unit *unit = &fake->unit;

	fake->deaf = true;
	KUNIT_EXPECT_EQ(test, vtd_gcmd_set(unit, VTD_G_TE, true), -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, unit->stuck);
	/* The register says "off" and is told so all the same. */
	fake->nr_commands = 0;
	vtd_gcmd_set(unit, VTD_G_TE, false);
	KUNIT_EXPECT_EQ(test, fake->nr_commands, 1);
	fake->deaf = false;
	KUNIT_EXPECT_EQ(test, vtd_gcmd_set(unit, VTD_G_TE, false), 0);
	KUNIT_EXPECT_TRUE(test, unit->stuck);
}

static struct vtd_desc for_device(u16 source_id)
{
	return (struct vtd_desc) {
		.qw = { FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_DEV_TLB) |
			FIELD_PREP(VTD_DESC_DEV_TLB_SID, source_id) },
	};
}

/**
 * struct silence - a device that does not answer
 * @prefetch: descriptors behind that were fetched by then
 * @tells: the unit says who it was
 */
struct silence {
	unsigned int prefetch;
	bool tells;
};

static const struct silence silences[] = {
	{ 0, true }, { 1, true }, { 2, true }, { 3, true }, { 4, true },
	{ 5, true }, { 0, false }, { 2, false }, { 4, false }, { 5, false },
};

static void describe_silence(const struct silence *silence, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u fetched, %s",
		 silence->prefetch, silence->tells ? "named" : "not named");
}

KUNIT_ARRAY_PARAM(silence, silences, describe_silence);

/* Who asked the device hears of it; what only was under way runs again. */
static void device_is_silent(struct kunit *test)
{
	const struct silence *silence = test->param_value;
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_desc before[2] = { numbered(1), for_device(0x200) };
	struct vtd_desc asks[3] = { numbered(2), for_device(0x100), numbered(3) };
	struct vtd_desc behind[1] = { numbered(4) };
	struct vtd_ticket tickets[3];
	unsigned int i, seen = 0;

	fake->silent = 0x100;
	fake->tells = silence->tells;
	fake->prefetch = silence->prefetch;
	fake->frozen = true;
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, before, 2,
					       &tickets[0]), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, asks, 3,
					       &tickets[1]), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, behind, 1,
					       &tickets[2]), 0);
	fake_unit_thaw(fake);

	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[2]), 0);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[1]), -EIO);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[0]), 0);
	for (i = 0; i < fake->nr_log; i++)
		if (type_of(&fake->log[i]) == VTD_DESC_IOTLB &&
		    number_of(&fake->log[i]) == 4)
			seen++;
	KUNIT_EXPECT_EQ(test, seen, 1);
	KUNIT_EXPECT_FALSE(test, fake_read32(fake, VTD_REG_FSTS) & VTD_FSTS_ITE);

	/* All slots come back. */
	for (i = 0; i < VTD_QUEUE_SLOTS; i++)
		KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, behind, 1,
						       &tickets[0]) ?:
				      vtd_queue_wait(&fake->unit, &tickets[0]), 0);
}

/* Two devices' batches under way: only the one that was asked for fails. */
static void other_device_answers(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_desc other = for_device(0x200);
	struct vtd_desc asks = for_device(0x100);
	struct vtd_ticket tickets[2];

	fake->silent = 0x100;
	fake->tells = true;
	fake->prefetch = 3;
	fake->frozen = true;
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, &asks, 1,
					       &tickets[0]), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, &other, 1,
					       &tickets[1]), 0);
	fake_unit_thaw(fake);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[0]), -EIO);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[1]), 0);
}

/* An answer to page requests that was fetched may have been given: no second. */
static void answer_is_not_repeated(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_desc answers[2] = { numbered(5), {
		.qw = { FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_PAGE_GROUP) },
	} };
	struct vtd_desc asks = for_device(0x100);
	struct vtd_ticket tickets[2];
	unsigned int i;

	fake->silent = 0x100;
	fake->tells = true;
	fake->prefetch = 4;
	fake->frozen = true;
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, &asks, 1,
					       &tickets[0]), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_submit(&fake->unit, answers, 2,
					       &tickets[1]), 0);
	fake_unit_thaw(fake);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[0]), -EIO);
	KUNIT_EXPECT_EQ(test, vtd_queue_wait(&fake->unit, &tickets[1]), 0);
	/* The fake has executed nothing of what it fetched: the flush comes. */
	KUNIT_EXPECT_EQ(test, number_of(&fake->log[0]), 5);
	for (i = 0; i < fake->nr_log; i++)
		KUNIT_EXPECT_NE(test, type_of(&fake->log[i]),
				VTD_DESC_PAGE_GROUP);
}

/* A queue that stays on is not rung by accident: it would run what is over. */
static void does_not_stop(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_batch batch = {};

	*vtd_batch_add(&batch) = numbered(1);
	KUNIT_ASSERT_EQ(test, vtd_queue_run(&fake->unit, &batch), 0);
	fake->deaf = true;
	fake->nr_doorbells = 0;
	vtd_queue_stop(&fake->unit);
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	KUNIT_EXPECT_TRUE(test, fake->unit.stuck);
	fake->deaf = false;
}

/* A healthy unit is not written to for nothing. */
static void level_is_there(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);

	KUNIT_EXPECT_EQ(test, vtd_gcmd_set(&fake->unit, VTD_G_TE, true), 0);
	fake->nr_commands = 0;
	KUNIT_EXPECT_EQ(test, vtd_gcmd_set(&fake->unit, VTD_G_TE, true), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_commands, 0);
	KUNIT_EXPECT_EQ(test, vtd_gcmd_set(&fake->unit, VTD_G_TE, false), 0);
	/* The queue is another level: it is still on. */
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_GSTS), VTD_G_QIE);
	KUNIT_EXPECT_FALSE(test, fake->unit.stuck);
}

static struct kunit_case vtd_queue_cases[] = {
	KUNIT_CASE(batches_in_order),
	KUNIT_CASE(fence),
	KUNIT_CASE(full),
	KUNIT_CASE(late),
	KUNIT_CASE(refusal),
	KUNIT_CASE(refusals),
	KUNIT_CASE(off_and_on),
	KUNIT_CASE_PARAM(device_is_silent, silence_gen_params),
	KUNIT_CASE(other_device_answers),
	KUNIT_CASE(answer_is_not_repeated),
	KUNIT_CASE(stuck),
	KUNIT_CASE(does_not_stop),
	KUNIT_CASE(level_is_there),
	{}
};

static struct kunit_suite vtd_queue_suite = {
	.name = "vtd-queue",
	.test_cases = vtd_queue_cases,
};

kunit_test_suite(vtd_queue_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of VT-d's queue, flush rules and fault records");
MODULE_LICENSE("GPL");
