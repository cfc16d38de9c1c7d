// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: messages of a software unit, and fault records.
 */
#include "vtdm-log-host.h"

#define FRO		0x800
#define NR_RECORDS	8
/* the upper half of the high word: bit F is in it */
#define RECORD_F(n)	(FRO + (n) * 16 + 12)
#define F		BIT(31)

/* ---- what all three events have in common ---- */

/**
 * struct kind - an event and how to provoke it
 * @event: which
 * @control: its first register
 * @status: its status register
 * @condition: a bit of it
 */
struct kind {
	enum vtdm_event event;
	unsigned int control;
	unsigned int status;
	u32 condition;
};

static const struct kind kinds[] = {
	{ VTDM_EVENT_FAULT, 0x38, 0x34, BIT(4) },
	{ VTDM_EVENT_COMPLETION, 0xa0, 0x9c, BIT(0) },
	{ VTDM_EVENT_PAGE_REQUEST, 0xe0, 0xdc, BIT(0) },
	{ VTDM_EVENT_PAGE_REQUEST, 0xe0, 0xdc, BIT(1) },
};

static void describe(const struct kind *kind, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "event %d, bit %#x",
		  kind->event, kind->condition);
}

KUNIT_ARRAY_PARAM(kind, kinds, describe);

static void message(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct log_host *host = log_host_default(test);

	log_write32(host, kind->control + 4, 0xda7a);
	log_write32(host, kind->control + 8, 0xfee01234);
	log_write32(host, kind->control + 12, 0x77);
	log_event_on(host, kind->control);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 0u);

	vtdm_event_raise(host->unit, kind->event, kind->condition);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 1u);
	KUNIT_EXPECT_EQ(test, host->addr[kind->event], 0x77fee01234ULL);
	KUNIT_EXPECT_EQ(test, host->data[kind->event], 0xda7au);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->control), 0u);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->status), kind->condition);

	/* Nothing more while it is set, whatever is written. */
	vtdm_event_raise(host->unit, kind->event, kind->condition);
	log_write32(host, kind->control, 0);
	log_write32(host, kind->status, 0);
	log_write32(host, kind->status, ~kind->condition);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 1u);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->status), kind->condition);

	/* Cleared: the next one counts again. */
	log_write32(host, kind->status, kind->condition);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->status), 0u);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 1u);
	vtdm_event_raise(host->unit, kind->event, kind->condition);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 2u);
}

static void masked(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct log_host *host = log_host_default(test);
	u32 pending = VTDM_EVENT_IM | VTDM_EVENT_IP;

	vtdm_event_raise(host->unit, kind->event, kind->condition);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 0u);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->control), pending);
	/* IP is the unit's. */
	log_write32(host, kind->control, VTDM_EVENT_IM);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->control), pending);
	/* With the mask away it is sent, once. */
	log_write32(host, kind->control, VTDM_EVENT_IP);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 1u);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->control), 0u);
	log_write32(host, kind->control, VTDM_EVENT_IM);
	log_write32(host, kind->control, 0);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 1u);
}

/* Who clears the condition while it is masked has seen to it. */
static void serviced_while_masked(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct log_host *host = log_host_default(test);

	vtdm_event_raise(host->unit, kind->event, kind->condition);
	log_write32(host, kind->status, kind->condition);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->control),
			(u32)VTDM_EVENT_IM);
	log_write32(host, kind->control, 0);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 0u);
}

/* A message that gets lost is as good as sent. */
static void lost(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct log_host *host = log_host_default(test);

	log_event_on(host, kind->control);
	vtdm_knobs(host->unit)->lost_events = BIT(kind->event);
	vtdm_event_raise(host->unit, kind->event, kind->condition);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 0u);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->control), 0u);
	KUNIT_EXPECT_EQ(test, log_read32(host, kind->status), kind->condition);

	log_write32(host, kind->status, kind->condition);
	vtdm_knobs(host->unit)->lost_events = ~BIT(kind->event);
	vtdm_event_raise(host->unit, kind->event, kind->condition);
	KUNIT_EXPECT_EQ(test, host->nr_events[kind->event], 1u);
}

/* One of two conditions cleared: the other one still silences. */
static void two_conditions(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_event_on(host, VTDM_PECTL);
	vtdm_event_raise(host->unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PPR);
	vtdm_event_raise(host->unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PRO);
	log_write32(host, VTDM_PRS, VTDM_PRS_PPR);
	vtdm_event_raise(host->unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PPR);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 1u);

	/* Pending, it stays so until both are clear. */
	log_write32(host, VTDM_PRS, VTDM_PRS_PPR | VTDM_PRS_PRO);
	log_write32(host, VTDM_PECTL, VTDM_EVENT_IM);
	vtdm_event_raise(host->unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PPR);
	vtdm_event_raise(host->unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PRO);
	log_write32(host, VTDM_PRS, VTDM_PRS_PPR);
	KUNIT_EXPECT_TRUE(test, log_read32(host, VTDM_PECTL) & VTDM_EVENT_IP);
	log_write32(host, VTDM_PRS, VTDM_PRS_PRO);
	KUNIT_EXPECT_FALSE(test, log_read32(host, VTDM_PECTL) & VTDM_EVENT_IP);
}

/* ---- fault records ---- */

static void fault(struct log_host *host, u16 source_id)
{
	vtdm_fault_record(host->unit, &(struct vtdm_fault) {
		.source_id = source_id, .pasid = VTDM_NO_PASID, .reason = 0x71,
		.addr = 0x12345678 });
}

static u32 fsts(struct log_host *host)
{
	return log_read32(host, VTDM_FSTS);
}

static u32 pending(unsigned int index)
{
	return VTDM_FSTS_PPF | FIELD_PREP(VTDM_FSTS_FRI, index);
}

static void contents(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	vtdm_fault_record(host->unit, &(struct vtdm_fault) {
		.source_id = 0xabcd, .pasid = 0x54321, .addr = ~0ULL,
		.reason = 0x85, .write = true, .exec = true, .priv = true,
		.address_type = 2 });
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO), 0xfffffffffffff000ULL);
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 8), 0xa5432185e000abcdULL);

	/* Without PASID there is no mode either; a read. */
	vtdm_fault_record(host->unit, &(struct vtdm_fault) {
		.source_id = 0x0001, .pasid = VTDM_NO_PASID, .addr = 0x1fff,
		.reason = 0x02, .exec = true, .priv = true,
		.address_type = 1 });
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 16), 0x1000ULL);
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 24), 0xd000000200000001ULL);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->faults, 2ULL);

	/* PASID 0 is a PASID. */
	vtdm_fault_record(host->unit, &(struct vtdm_fault) {
		.source_id = 2, .pasid = 0, .reason = 1 });
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 40), 0xc000000180000002ULL);
}

/* Records stay as they are but for F, which 1 clears. */
static void record_is_read_only(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	u64 low, high;

	fault(host, 5);
	low = log_read64(host, FRO);
	high = log_read64(host, FRO + 8);
	log_write64(host, FRO, ~0ULL);
	log_write64(host, FRO + 8, ~VTDM_FRCD_F);
	log_write32(host, FRO + 8, ~0U);
	log_write32(host, FRO + 12, ~(u32)F);
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO), low);
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 8), high);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	log_write64(host, FRO + 8, VTDM_FRCD_F);
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 8), high & ~VTDM_FRCD_F);
	KUNIT_EXPECT_EQ(test, fsts(host) & VTDM_FSTS_PPF, 0u);
}

/* PPF cannot be written away; FRI says where the oldest is. */
static void ring_of_records(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	unsigned int i;

	log_event_on(host, VTDM_FECTL);
	for (i = 0; i < 3 * NR_RECORDS; i++) {
		fault(host, i);
		KUNIT_EXPECT_EQ(test, fsts(host), pending(i % NR_RECORDS));
		log_write32(host, VTDM_FSTS, ~0U);
		KUNIT_EXPECT_EQ(test, fsts(host), pending(i % NR_RECORDS));
		KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], i + 1);
		log_write32(host, RECORD_F(i % NR_RECORDS), F);
		KUNIT_EXPECT_EQ(test, fsts(host) & VTDM_FSTS_PPF, 0u);
	}
	/* Two at once: FRI stays with the first, even when that is gone. */
	fault(host, 1);
	fault(host, 2);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	log_write32(host, RECORD_F(0), F);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	log_write32(host, RECORD_F(1), F);
	KUNIT_EXPECT_EQ(test, fsts(host) & VTDM_FSTS_PPF, 0u);
	fault(host, 3);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(2));
}

static void collapse(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	fault(host, 7);
	fault(host, 8);
	fault(host, 7);
	fault(host, 8);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->faults, 2ULL);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->faults_lost, 2ULL);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	log_write32(host, RECORD_F(0), F);
	fault(host, 7);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->faults, 3ULL);
}

static void overflow(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	unsigned int i;

	log_event_on(host, VTDM_FECTL);
	for (i = 0; i < NR_RECORDS; i++)
		fault(host, i);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	fault(host, i);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0) | VTDM_FSTS_PFO);
	KUNIT_EXPECT_EQ(test, log_read32(host, FRO + 8) & 0xffff, 0u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 1u);

	/* Empty, but nobody cleared the overflow: nothing is recorded. */
	for (i = 0; i < NR_RECORDS; i++)
		log_write32(host, RECORD_F(i), F);
	KUNIT_EXPECT_EQ(test, fsts(host) & VTDM_FSTS_PFO, (u32)VTDM_FSTS_PFO);
	fault(host, 0x44);
	KUNIT_EXPECT_EQ(test, fsts(host) & VTDM_FSTS_PPF, 0u);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->faults_lost, 2ULL);

	log_write32(host, VTDM_FSTS, VTDM_FSTS_PFO);
	fault(host, 0x45);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	KUNIT_EXPECT_EQ(test, log_read32(host, FRO + 8) & 0xffff, 0x45u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 2u);
}

/* The next record in the ring counts, not any that is free. */
static void overflow_beside_free_records(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	unsigned int i;

	for (i = 0; i < NR_RECORDS; i++)
		fault(host, i);
	log_write32(host, RECORD_F(3), F);
	fault(host, 0x50);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0) | VTDM_FSTS_PFO);
	KUNIT_EXPECT_EQ(test, log_read32(host, RECORD_F(3)) & F, 0u);
}

/* Masked, and all records emptied: no message when the mask goes. */
static void records_serviced_while_masked(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	fault(host, 1);
	fault(host, 2);
	log_write32(host, RECORD_F(0), F);
	KUNIT_EXPECT_TRUE(test, log_read32(host, VTDM_FECTL) & VTDM_EVENT_IP);
	log_write32(host, RECORD_F(1), F);
	KUNIT_EXPECT_FALSE(test, log_read32(host, VTDM_FECTL) & VTDM_EVENT_IP);
	log_event_on(host, VTDM_FECTL);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 0u);
}

/* An error of the queue silences faults, and the other way round. */
static void faults_and_queue_errors(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_event_on(host, VTDM_FECTL);
	vtdm_event_raise(host->unit, VTDM_EVENT_FAULT, VTDM_FSTS_IQE);
	fault(host, 1);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 1u);
	log_write32(host, VTDM_FSTS, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, fsts(host), pending(0));
	vtdm_event_raise(host->unit, VTDM_EVENT_FAULT, VTDM_FSTS_IQE);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_FAULT], 1u);
}

static struct kunit_case vtdm_event_cases[] = {
	KUNIT_CASE_PARAM(message, kind_gen_params),
	KUNIT_CASE_PARAM(masked, kind_gen_params),
	KUNIT_CASE_PARAM(serviced_while_masked, kind_gen_params),
	KUNIT_CASE_PARAM(lost, kind_gen_params),
	KUNIT_CASE(two_conditions),
	{}
};

static struct kunit_suite vtdm_event_suite = {
	.name = "vtdm-event",
	.exit = log_host_exit,
	.test_cases = vtdm_event_cases,
};

static struct kunit_case vtdm_fault_cases[] = {
	KUNIT_CASE(contents),
	KUNIT_CASE(record_is_read_only),
	KUNIT_CASE(ring_of_records),
	KUNIT_CASE(collapse),
	KUNIT_CASE(overflow),
	KUNIT_CASE(overflow_beside_free_records),
	KUNIT_CASE(records_serviced_while_masked),
	KUNIT_CASE(faults_and_queue_errors),
	{}
};

static struct kunit_suite vtdm_fault_suite = {
	.name = "vtdm-fault",
	.exit = log_host_exit,
	.test_cases = vtdm_fault_cases,
};

kunit_test_suites(&vtdm_event_suite, &vtdm_fault_suite);
