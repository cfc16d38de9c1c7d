// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a software unit that is slow, out of order, or finds fault with good
 * descriptors. Page group responses show when a descriptor is done: the device
 * gets its answer.
 */
#include "vtdm-log-host.h"

#define SID	0x0108

static struct log_host *slow(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_endpoint(host, SID);
	log_queue_on(host, true, 0);
	return host;
}

/* A descriptor that says @number to the device. */
static void log_number(struct log_host *host, unsigned int slot,
		       unsigned int number)
{
	log_desc(host, slot, FIELD_PREP(VTDM_DESC_TYPE, VTDM_DESC_PAGE_GROUP) |
			     FIELD_PREP(VTDM_DESC_PAGE_GROUP_RID, SID),
		 FIELD_PREP(VTDM_DESC_PAGE_GROUP_PRGI, number));
}

static void expect_order(struct kunit *test, const unsigned int *numbers,
			 unsigned int nr)
{
	struct log_host *host = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, host->nr_responses, nr);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, host->response[i].group, numbers[i]);
}

#define EXPECT_ORDER(test, ...) \
	expect_order(test, (const unsigned int []) { __VA_ARGS__ }, \
		     sizeof((const unsigned int []) { __VA_ARGS__ }) / \
		     sizeof(unsigned int))

/* Each descriptor costs its reads, whichever register is read. */
static void completion_reads(struct kunit *test)
{
	static const unsigned int regs[] = { VTDM_FSTS, VTDM_VER, VTDM_IQH, 0xff8 };
	struct log_host *host = slow(test);
	unsigned int i;

	vtdm_knobs(host->unit)->completion_reads = 3;
	for (i = 0; i < 4; i++)
		log_wait(host, i, i + 1, 0);
	/* Reads while there is nothing to do are free. */
	for (i = 0; i < 10; i++)
		log_read32(host, VTDM_FSTS);
	log_tail(host, 4);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 0u);
	for (i = 1; i <= 20; i++) {
		log_read32(host, regs[i % ARRAY_SIZE(regs)]);
		KUNIT_EXPECT_EQ(test, host->nr_stores, min(i / 3, 4u));
	}
	/* Writes, and reads that nothing answers, are no polls. */
	log_wait(host, 4, 5, 0);
	log_tail(host, 5);
	for (i = 0; i < 10; i++) {
		log_write32(host, VTDM_FSTS, 0);
		vtdm_read(host->unit, 0x1000, 4);
		vtdm_read(host->unit, 1, 4);
	}
	KUNIT_EXPECT_EQ(test, host->nr_stores, 4u);
}

/* Who stops being slow goes on with the next read. */
static void completion_reads_off(struct kunit *test)
{
	struct log_host *host = slow(test);
	unsigned int i;

	vtdm_knobs(host->unit)->completion_reads = 1000;
	for (i = 0; i < 4; i++)
		log_wait(host, i, i + 1, 0);
	log_tail(host, 4);
	log_read32(host, VTDM_FSTS);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 0u);
	vtdm_knobs(host->unit)->completion_reads = 0;
	log_read32(host, VTDM_FSTS);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 4u);
}

static void completion_held(struct kunit *test)
{
	struct log_host *host = slow(test);
	unsigned int i;

	vtdm_knobs(host->unit)->completion_held = true;
	for (i = 0; i < 3; i++)
		log_wait(host, i, i + 1, 0);
	log_tail(host, 3);
	for (i = 0; i < 100; i++)
		log_read32(host, VTDM_FSTS);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 0u);
	KUNIT_EXPECT_TRUE(test, vtdm_advance(host->unit));
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	KUNIT_EXPECT_TRUE(test, vtdm_advance(host->unit));
	KUNIT_EXPECT_FALSE(test, vtdm_advance(host->unit));
	KUNIT_EXPECT_EQ(test, log_status(host), 3u);
	KUNIT_EXPECT_FALSE(test, vtdm_advance(host->unit));
	KUNIT_EXPECT_EQ(test, host->nr_stores, 3u);
	/* Switched off: nothing is left to do. */
	log_tail(host, 5);
	log_write32(host, VTDM_GCMD, 0);
	KUNIT_EXPECT_FALSE(test, vtdm_advance(host->unit));
}

static void completion_held_off(struct kunit *test)
{
	struct log_host *host = slow(test);

	vtdm_knobs(host->unit)->completion_held = true;
	log_wait(host, 0, 1, 0);
	log_tail(host, 1);
	vtdm_knobs(host->unit)->completion_held = false;
	KUNIT_EXPECT_EQ(test, log_status(host), 0u);
	log_read32(host, VTDM_FSTS);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
}

/* The second descriptor is refused though it is good, and only once. */
static void error_at(struct kunit *test)
{
	struct log_host *host = slow(test);
	unsigned int i;

	vtdm_knobs(host->unit)->error_at = 2;
	for (i = 0; i < 3; i++)
		log_wait(host, i, i + 1, 0);
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	KUNIT_EXPECT_EQ(test, log_head(host), 1u);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_FSTS), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_NONE);
	KUNIT_EXPECT_EQ(test, vtdm_knobs(host->unit)->error_at, 0u);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_status(host), 3u);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_FSTS), 0u);
}

/* Done, counted, and for nothing; all others work. */
static void lost_descriptors(struct kunit *test)
{
	struct log_host *host = slow(test);

	vtdm_knobs(host->unit)->lost_descriptors = BIT(VTDM_DESC_PAGE_GROUP);
	log_number(host, 0, 1);
	log_wait(host, 1, 1, 0);
	log_tail(host, 2);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	KUNIT_EXPECT_EQ(test, host->nr_responses, 0u);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->descriptors[VTDM_DESC_PAGE_GROUP], 1u);
	vtdm_knobs(host->unit)->lost_descriptors = 0;
	log_number(host, 2, 2);
	log_tail(host, 3);
	EXPECT_ORDER(test, 2);
}

/* Last to first; a wait promises all that came before it. */
static void reorder(struct kunit *test)
{
	struct log_host *host = slow(test);

	vtdm_knobs(host->unit)->reorder = true;
	log_number(host, 0, 10);
	log_number(host, 1, 11);
	log_wait(host, 2, 1, 0);
	log_number(host, 3, 12);
	log_wait(host, 4, 2, 0);
	log_tail(host, 5);
	EXPECT_ORDER(test, 12, 11, 10);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 2u);
	KUNIT_EXPECT_EQ(test, log_status(host), 2u);
	KUNIT_EXPECT_EQ(test, log_head(host), 5u);
}

/* Nothing passes a fence, in either direction. */
static void reorder_stops_at_fence(struct kunit *test)
{
	struct log_host *host = slow(test);

	vtdm_knobs(host->unit)->reorder = true;
	vtdm_knobs(host->unit)->completion_held = true;
	log_number(host, 0, 10);
	log_number(host, 1, 11);
	log_wait(host, 2, 1, VTDM_DESC_WAIT_FN);
	log_number(host, 3, 12);
	log_number(host, 4, 13);
	log_wait(host, 5, 2, 0);
	log_tail(host, 6);
	KUNIT_EXPECT_TRUE(test, vtdm_advance(host->unit));
	KUNIT_EXPECT_EQ(test, log_head(host), 3u);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	KUNIT_EXPECT_EQ(test, host->nr_responses, 2u);
	KUNIT_EXPECT_FALSE(test, vtdm_advance(host->unit));
	EXPECT_ORDER(test, 11, 10, 13, 12);
	KUNIT_EXPECT_EQ(test, log_status(host), 2u);
}

/* What is before a bad descriptor is done, what is behind it is not. */
static void reorder_stops_at_error(struct kunit *test)
{
	struct log_host *host = slow(test);

	vtdm_knobs(host->unit)->reorder = true;
	log_number(host, 0, 10);
	log_number(host, 1, 11);
	log_desc(host, 2, LOG_BAD_TYPE, 0);
	log_number(host, 3, 12);
	log_tail(host, 4);
	EXPECT_ORDER(test, 11, 10);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_FSTS), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_head(host), 2u);
	log_number(host, 2, 13);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	EXPECT_ORDER(test, 11, 10, 12, 13);
}

/* All waits that were fetched with a silent device's descriptor are aborted. */
static void reorder_time_out(struct kunit *test)
{
	struct log_host *host = slow(test);

	vtdm_knobs(host->unit)->reorder = true;
	log_wait(host, 0, 1, 0);
	log_desc(host, 1, 3 | (u64)0x99 << 32, 0);
	log_wait(host, 2, 2, 0);
	log_wait(host, 3, 3, VTDM_DESC_WAIT_FN);
	log_wait(host, 4, 4, 0);
	log_tail(host, 5);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_FSTS), (u32)VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 0u);
	KUNIT_EXPECT_EQ(test, log_head(host), 4u);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 1u);
	KUNIT_EXPECT_EQ(test, log_status(host), 4u);
}

/* More descriptors than are held at once: all are done. */
static void reorder_many(struct kunit *test)
{
	struct log_host *host = slow(test);
	unsigned int i;

	vtdm_knobs(host->unit)->reorder = true;
	for (i = 0; i < 3 * VTDM_REORDER_MAX; i++)
		log_number(host, i, i);
	log_wait(host, i, 1, 0);
	log_tail(host, i + 1);
	KUNIT_EXPECT_EQ(test, host->nr_responses, i);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
}

static struct kunit_case vtdm_knob_cases[] = {
	KUNIT_CASE(completion_reads),
	KUNIT_CASE(completion_reads_off),
	KUNIT_CASE(completion_held),
	KUNIT_CASE(completion_held_off),
	KUNIT_CASE(error_at),
	KUNIT_CASE(lost_descriptors),
	KUNIT_CASE(reorder),
	KUNIT_CASE(reorder_stops_at_fence),
	KUNIT_CASE(reorder_stops_at_error),
	KUNIT_CASE(reorder_time_out),
	KUNIT_CASE(reorder_many),
	{}
};

static struct kunit_suite vtdm_knob_suite = {
	.name = "vtdm-knob",
	.exit = log_host_exit,
	.test_cases = vtdm_knob_cases,
};

kunit_test_suite(vtdm_knob_suite);
