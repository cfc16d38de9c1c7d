// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the invalidation queue of a software unit: order, errors, recovery.
 */
#include "vtdm-log-host.h"

#define SID	0x0108

static u32 fsts(struct log_host *host)
{
	return log_read32(host, VTDM_FSTS);
}

/* ---- it runs ---- */

/**
 * struct shape - of a queue
 * @wide: descriptors of 256 bits
 * @qs: IQA.QS
 */
struct shape {
	bool wide;
	unsigned int qs;
};

static const struct shape shapes[] = {
	{ false, 0 }, { true, 0 }, { false, 3 }, { true, 3 }, { false, 7 },
	{ true, 7 },
};

static void describe(const struct shape *shape, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%d bits, QS %u",
		  shape->wide ? 256 : 128, shape->qs);
}

KUNIT_ARRAY_PARAM(shape, shapes, describe);

/* Each wait stores its number; more than twice round, in uneven steps. */
static void round_and_round(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct log_host *host = log_host_default(test);
	unsigned int slots = (SZ_4K << shape->qs) / (shape->wide ? 32 : 16);
	unsigned int at = 0, done = 0, nr, i;

	log_queue_on(host, shape->wide, shape->qs);
	KUNIT_ASSERT_EQ(test, log_read32(host, VTDM_GSTS), (u32)VTDM_G_QIE);
	while (done < 2 * slots + 5) {
		nr = 1 + done % (slots - 1);
		for (i = 0; i < nr; i++)
			log_wait(host, (at + i) % slots, done + i + 1, 0);
		at = (at + nr) % slots;
		done += nr;
		log_tail(host, at);
		KUNIT_ASSERT_EQ(test, log_head(host), at);
		KUNIT_ASSERT_EQ(test, log_status(host), done);
		KUNIT_ASSERT_EQ(test, host->nr_stores, done);
	}
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->descriptors[5], (u64)done);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
}

/* IQA counts when the queue is switched on; the head begins at 0. */
static void off_and_on(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_wait(host, 0, 1, 0);
	log_wait(host, 1, 2, 0);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	log_write64(host, VTDM_IQA, LOG_NOWHERE << 12 | VTDM_IQA_DW);
	log_tail(host, 2);
	KUNIT_EXPECT_EQ(test, log_status(host), 2u);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);

	log_write32(host, VTDM_GCMD, 0);
	KUNIT_EXPECT_EQ(test, log_head(host), 0u);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_IQT), 2 * 32ULL);
	/* Off, a tail is no doorbell. */
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 2u);
	/* On again with the tail as it is: all that is before it is replayed. */
	log_wait(host, 2, 3, 0);
	log_write64(host, VTDM_IQA, LOG_QUEUE | VTDM_IQA_DW);
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 5u);
	KUNIT_EXPECT_EQ(test, log_head(host), 3u);
}

/* The upper half of the tail by itself rings, too, and changes nothing. */
static void tail_by_halves(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_wait(host, 0, 1, 0);
	log_write32(host, VTDM_IQT, 32);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	log_write32(host, VTDM_IQT + 4, ~0U);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 1u);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
}

static void completion_event(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_event_on(host, VTDM_IECTL);
	log_queue_on(host, true, 0);
	log_wait(host, 0, 1, VTDM_DESC_WAIT_IF);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_COMPLETION], 1u);
	/* Who is interrupted finds the status there. */
	KUNIT_EXPECT_EQ(test, host->stores_at_event, 1u);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_ICS), (u32)VTDM_ICS_IWC);

	/* IF without SW; IWC is still set, so no second message. */
	log_desc(host, 1, 5 | VTDM_DESC_WAIT_IF, LOG_STATUS);
	log_tail(host, 2);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_COMPLETION], 1u);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 1u);
	log_write32(host, VTDM_ICS, VTDM_ICS_IWC);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_ICS), 0u);
	log_desc(host, 2, 5 | VTDM_DESC_WAIT_IF, LOG_STATUS);
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_COMPLETION], 2u);
}

/* A wait may order only, and its address may lead nowhere. */
static void odd_waits(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_desc(host, 0, 5 | VTDM_DESC_WAIT_FN, 0);
	log_desc(host, 1, 5 | VTDM_DESC_WAIT_SW, LOG_NOWHERE);
	log_wait(host, 2, 3, 0);
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
	KUNIT_EXPECT_EQ(test, host->nr_lost_stores, 1u);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 1u);
	KUNIT_EXPECT_EQ(test, log_status(host), 3u);
}

/* ---- errors ---- */

/* Good, bad, good: the bad one stops the queue at its slot. */
static struct log_host *stopped(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_event_on(host, VTDM_FECTL);
	log_queue_on(host, true, 0);
	log_wait(host, 0, 1, 0);
	log_desc(host, 1, LOG_BAD_TYPE, 0);
	log_wait(host, 2, 3, 0);
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_TYPE);
	KUNIT_EXPECT_EQ(test, log_head(host), 1u);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 1u);
	return host;
}

/* Frozen: no doorbell helps, no poll, no vtdm_advance(). */
static void frozen(struct kunit *test)
{
	struct log_host *host = stopped(test);

	log_wait(host, 1, 2, 0);
	log_wait(host, 3, 4, 0);
	log_tail(host, 4);
	KUNIT_EXPECT_FALSE(test, vtdm_advance(host->unit));
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_head(host), 1u);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	/* Other bits of FSTS do not thaw it. */
	log_write32(host, VTDM_FSTS, ~(u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_head(host), 1u);
}

/* Clearing IQE goes on from the slot, which is fetched again. */
static void recover_by_clearing(struct kunit *test)
{
	struct log_host *host = stopped(test);

	log_wait(host, 1, 2, 0);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
	KUNIT_EXPECT_EQ(test, log_head(host), 3u);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 3u);
	/* A tail that says the same again does nothing. */
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 3u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 1u);
}

/* A driver that clears first and repairs after meets the error again. */
static void clear_before_repair(struct kunit *test)
{
	struct log_host *host = stopped(test);

	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 2u);
	KUNIT_EXPECT_EQ(test, log_head(host), 1u);
}

/* Off and on gets rid of the slot, not of the error. */
static void off_under_error(struct kunit *test)
{
	struct log_host *host = stopped(test);

	log_write32(host, VTDM_GCMD, 0);
	log_write64(host, VTDM_IQT, 0);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_head(host), 0u);
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	log_wait(host, 0, 9, 0);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_status(host), 9u);
}

static void reserved_bit(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_desc(host, 0, LOG_CONTEXT_GLOBAL, 1);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, log_head(host), 0u);
	/* Refused descriptors are not counted. */
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->descriptors[1], 0ULL);
}

/* A queue that lies beyond memory, at once and after some slots. */
static void no_memory_there(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_write64(host, VTDM_IQA, LOG_NOWHERE | VTDM_IQA_DW);
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_FETCH);
	KUNIT_EXPECT_EQ(test, log_head(host), 0u);

	log_write32(host, VTDM_GCMD, 0);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	log_write64(host, VTDM_IQT, 0);
	log_write64(host, VTDM_IQA, (LOG_END - SZ_4K) | 1);
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	/* Zeroes are no descriptors; 256 good ones reach the end of memory. */
	for (unsigned int i = 0; i < 256; i++)
		*log_word(host, LOG_END - SZ_4K + i * 16) = LOG_CONTEXT_GLOBAL;
	log_write64(host, VTDM_IQT, 0x1010);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_FETCH);
	KUNIT_EXPECT_EQ(test, log_head(host), 256u);
}

/**
 * struct bad_tail - a tail that cannot be
 * @wide: in a queue of 256-bit descriptors
 * @tail: the offset
 * @iqei: what is said about it
 */
struct bad_tail {
	bool wide;
	u64 tail;
	enum vtdm_iqei iqei;
};

static const struct bad_tail bad_tails[] = {
	{ false, 0x1000, VTDM_IQEI_TAIL },
	{ true, 0x1000, VTDM_IQEI_TAIL },
	{ true, 0x7ffe0, VTDM_IQEI_TAIL },
	{ true, 0x7fff0, VTDM_IQEI_TAIL },
	{ true, 0x10, VTDM_IQEI_MISALIGNED },
	{ true, 0xff0, VTDM_IQEI_MISALIGNED },
};

static void describe_tail(const struct bad_tail *bad, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%#llx", (unsigned long long)bad->tail);
}

KUNIT_ARRAY_PARAM(bad_tail, bad_tails, describe_tail);

/* Nothing runs, not even what is before; both orders of repair work. */
static void bad_tail(struct kunit *test)
{
	const struct bad_tail *bad = test->param_value;
	struct log_host *host = log_host_default(test);

	log_queue_on(host, bad->wide, 0);
	log_wait(host, 0, 1, 0);
	log_write64(host, VTDM_IQT, bad->tail);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)bad->iqei);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 0u);
	/* Cleared, with the tail still bad: said once. */
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
	KUNIT_EXPECT_FALSE(test, vtdm_advance(host->unit));
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);

	log_write64(host, VTDM_IQT, bad->tail);
	log_wait(host, 1, 2, 0);
	log_tail(host, 2);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_status(host), 2u);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);

	/* And when the queue is switched on with it. */
	log_write32(host, VTDM_GCMD, 0);
	log_write64(host, VTDM_IQT, bad->tail);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)bad->iqei);
}

/* The width of descriptors belongs to the mode of the root table. */
static void wrong_mode(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_write64(host, VTDM_RTADDR, FIELD_PREP(VTDM_RTADDR_TTM,
						  VTDM_TTM_SCALABLE));
	log_write32(host, VTDM_GCMD, VTDM_G_SRTP);
	log_queue_on(host, false, 0);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_WIDTH);

	vtdm_reset(host->unit);
	log_write64(host, VTDM_RTADDR, FIELD_PREP(VTDM_RTADDR_TTM,
						  VTDM_TTM_RESERVED));
	log_write32(host, VTDM_GCMD, VTDM_G_SRTP);
	log_queue_on(host, true, 0);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_TTM);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	log_write64(host, VTDM_RTADDR, FIELD_PREP(VTDM_RTADDR_TTM,
						  VTDM_TTM_SCALABLE));
	log_write32(host, VTDM_GCMD, VTDM_G_SRTP | VTDM_G_QIE);
	log_wait(host, 0, 1, 0);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
}

static void width_without_scalable_mode(struct kunit *test)
{
	struct vtdm_config config;
	struct log_host *host;

	vtdm_config_default(&config);
	config.cap &= ~(VTDM_CAP_SSLPS | VTDM_CAP_FS1GP);
	config.ecap = VTDM_ECAP_QI | FIELD_PREP(VTDM_ECAP_IRO, 0x50);
	host = log_host_create(test, &config);
	log_queue_on(host, true, 0);
	KUNIT_EXPECT_EQ(test, log_iqei(host), (u32)VTDM_IQEI_WIDTH);
}

/* ---- devices that do not answer ---- */

/* Device TLB, wait, wait: the first wait is aborted, the queue stands. */
static struct log_host *timed_out(struct kunit *test, u64 word0)
{
	struct log_host *host = log_host_default(test);

	log_event_on(host, VTDM_FECTL);
	log_event_on(host, VTDM_IECTL);
	log_queue_on(host, true, 0);
	log_desc(host, 0, word0, 0);
	log_desc(host, 1, LOG_CONTEXT_GLOBAL, 0);
	log_wait(host, 2, 3, VTDM_DESC_WAIT_IF);
	log_wait(host, 3, 4, 0);
	log_tail(host, 4);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VTDM_IQERCD_ITESID,
					log_read64(host, VTDM_IQERCD)),
			(u64)SID);
	KUNIT_EXPECT_EQ(test, log_head(host), 3u);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 0u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_COMPLETION], 0u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 1u);
	/* What is between was done. */
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->descriptors[1], 1ULL);
	return host;
}

static const struct device_tlb {
	const char *name;
	u64 word0;
} device_tlbs[] = {
	{ "device TLB", 3 | (u64)SID << 32 },
	{ "PASID-based device TLB", 8 | SID << 16 },
};

static void describe_device_tlb(const struct device_tlb *device_tlb,
				char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", device_tlb->name);
}

KUNIT_ARRAY_PARAM(device_tlb, device_tlbs, describe_device_tlb);

static void nobody_answers(struct kunit *test)
{
	const struct device_tlb *device_tlb = test->param_value;
	struct log_host *host = timed_out(test, device_tlb->word0);

	/* Frozen until ITE is cleared; the aborted wait does not come back. */
	log_tail(host, 4);
	KUNIT_EXPECT_EQ(test, log_head(host), 3u);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 1u);
	KUNIT_EXPECT_EQ(test, log_status(host), 4u);
}

/* With no wait to come the end of the queue tells. */
static void nobody_answers_or_waits(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_desc(host, 0, 3 | (u64)SID << 32, 0);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_ITE);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_ITE);
	log_wait(host, 1, 2, 0);
	log_tail(host, 2);
	KUNIT_EXPECT_EQ(test, log_status(host), 2u);
}

/* Of two silent devices one is named, which the specification allows. */
static void two_silent_devices(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_desc(host, 0, 3 | (u64)SID << 32, 0);
	log_desc(host, 1, 3 | (u64)0x99 << 32, 0);
	log_wait(host, 2, 3, 0);
	log_tail(host, 3);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_IQERCD) >> 32, (u64)SID);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, fsts(host), 0u);
}

/* A device that is there answers, unless the knob has it silent. */
static void knob_ite_at(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	unsigned int i;

	log_endpoint(host, SID);
	log_queue_on(host, true, 0);
	vtdm_knobs(host->unit)->ite_at = 2;
	for (i = 0; i < 3; i++) {
		log_desc(host, 2 * i, 3 | (u64)SID << 32, 0);
		log_wait(host, 2 * i + 1, i + 1, 0);
	}
	log_tail(host, 6);
	KUNIT_EXPECT_EQ(test, fsts(host), (u32)VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, log_head(host), 4u);
	KUNIT_EXPECT_EQ(test, log_status(host), 1u);
	KUNIT_EXPECT_EQ(test, vtdm_knobs(host->unit)->ite_at, 0u);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_ITE);
	KUNIT_EXPECT_EQ(test, log_status(host), 3u);
	KUNIT_EXPECT_EQ(test, host->nr_stores, 2u);
}

static struct kunit_case vtdm_queue_cases[] = {
	KUNIT_CASE_PARAM(round_and_round, shape_gen_params),
	KUNIT_CASE(off_and_on),
	KUNIT_CASE(tail_by_halves),
	KUNIT_CASE(completion_event),
	KUNIT_CASE(odd_waits),
	KUNIT_CASE(frozen),
	KUNIT_CASE(recover_by_clearing),
	KUNIT_CASE(clear_before_repair),
	KUNIT_CASE(off_under_error),
	KUNIT_CASE(reserved_bit),
	KUNIT_CASE(no_memory_there),
	KUNIT_CASE_PARAM(bad_tail, bad_tail_gen_params),
	KUNIT_CASE(wrong_mode),
	KUNIT_CASE(width_without_scalable_mode),
	KUNIT_CASE_PARAM(nobody_answers, device_tlb_gen_params),
	KUNIT_CASE(nobody_answers_or_waits),
	KUNIT_CASE(two_silent_devices),
	KUNIT_CASE(knob_ite_at),
	{}
};

static struct kunit_suite vtdm_queue_suite = {
	.name = "vtdm-queue",
	.exit = log_host_exit,
	.test_cases = vtdm_queue_cases,
};

kunit_test_suite(vtdm_queue_suite);
