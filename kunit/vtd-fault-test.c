// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: fault records are read in the order they came, and none stays behind.
 */
#include "vtd-fake-port.h"

#define NR_RECORDS	3
#define CAP_RECORDS	FIELD_PREP(VTD_CAP_NFR, NR_RECORDS - 1)

static void set_fsts(struct fake_unit *fake, unsigned int oldest, u32 more)
{
	u32 *fsts = (u32 *)((char *)fake->regs + VTD_REG_FSTS);

	*fsts = FIELD_PREP(VTD_FSTS_FRI, oldest) | more;
}

static u64 counter(struct fake_unit *fake, enum vtd_counter which)
{
	return atomic64_read(&fake->unit.counters[which]);
}

/* With an event that failed the handler drains, and nobody reports. */
static struct fake_unit *silent_unit(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_RECORDS);

	fake->irq_error = -ENOSPC;
	vtd_fault_start(&fake->unit);
	return fake;
}

static void expect_source(struct fake_unit *fake, u16 source_id)
{
	struct vtd_fault_record record = {};

	KUNIT_EXPECT_TRUE(fake->test, kfifo_get(&fake->unit.faults, &record));
	KUNIT_EXPECT_EQ(fake->test, FIELD_GET(VTD_FRCD_SID, record.high),
			source_id);
}

/* The ring of records goes round. */
static void oldest_first(struct kunit *test)
{
	struct fake_unit *fake = silent_unit(test);

	fake_unit_fault(fake, 2, 1);
	fake_unit_fault(fake, 0, 2);
	fake_unit_fault(fake, 1, 3);
	set_fsts(fake, 2, VTD_FSTS_PPF);
	KUNIT_EXPECT_EQ(test, fake->handler(0, &fake->unit), IRQ_HANDLED);
	expect_source(fake, 1);
	expect_source(fake, 2);
	expect_source(fake, 3);
	KUNIT_EXPECT_TRUE(test, kfifo_is_empty(&fake->unit.faults));
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT), 3);

	/* All are free again. */
	fake->handler(0, &fake->unit);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT), 3);
}

/* What would keep the next event from being sent is cleared, and counted. */
static void status_is_cleared(struct kunit *test)
{
	struct fake_unit *fake = silent_unit(test);

	set_fsts(fake, 0, VTD_FSTS_PFO | VTD_FSTS_ICE);
	fake->handler(0, &fake->unit);
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_FSTS), 0);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT_LOST), 1);

	/* The queue's errors are the queue's. */
	set_fsts(fake, 0, VTD_FSTS_IQE | VTD_FSTS_ITE);
	fake->handler(0, &fake->unit);
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_FSTS),
			VTD_FSTS_IQE | VTD_FSTS_ITE);
	set_fsts(fake, 0, 0);
}

/* An error of the queue that comes when nobody polls any more. */
static void stopped_queue(struct kunit *test)
{
	static const u32 errors[] = { VTD_FSTS_IQE, VTD_FSTS_ITE };
	struct fake_unit *fake = fake_unit_create(test, CAP_RECORDS);
	unsigned int i;

	vtd_fault_start(&fake->unit);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		set_fsts(fake, 0, errors[i]);
		fake->handler(0, &fake->unit);
		flush_work(&fake->unit.fault_work);
		KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_FSTS), 0);
	}
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_QUEUE_ERROR),
			ARRAY_SIZE(errors));
}

/* All ones are no faults: the work would never come to an end. */
static void unit_is_gone(struct kunit *test)
{
	struct fake_unit *fake = silent_unit(test);
	unsigned int i;

	for (i = 0; i < NR_RECORDS; i++)
		fake_unit_fault(fake, i, i);
	set_fsts(fake, 0, U32_MAX);
	fake->handler(0, &fake->unit);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT), 0);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT_LOST), 0);
	set_fsts(fake, 0, 0);
}

static void backlog_is_full(struct kunit *test)
{
	struct fake_unit *fake = silent_unit(test);
	unsigned int i;

	for (i = 0; i < VTD_FAULT_BACKLOG + 5; i++) {
		fake_unit_fault(fake, 0, i);
		fake->handler(0, &fake->unit);
	}
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT),
			VTD_FAULT_BACKLOG + 5);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT_LOST), 5);
}

/* One event, many records; and one without an event, behind a queue error. */
static void all_are_reported(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, CAP_RECORDS);
	struct vtd_unit *unit = &fake->unit;
	unsigned int i;

	vtd_fault_start(unit);
	for (i = 0; i < NR_RECORDS; i++)
		fake_unit_fault(fake, i, i);
	fake->handler(0, unit);
	flush_work(&unit->fault_work);
	KUNIT_EXPECT_TRUE(test, kfifo_is_empty(&unit->faults));
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT), NR_RECORDS);

	fake_unit_fault(fake, 0, 0);
	vtd_fault_kick(unit);
	flush_work(&unit->fault_work);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_FAULT), NR_RECORDS + 1);
}

static struct kunit_case vtd_fault_cases[] = {
	KUNIT_CASE(oldest_first),
	KUNIT_CASE(status_is_cleared),
	KUNIT_CASE(stopped_queue),
	KUNIT_CASE(unit_is_gone),
	KUNIT_CASE(backlog_is_full),
	KUNIT_CASE(all_are_reported),
	{}
};

static struct kunit_suite vtd_fault_suite = {
	.name = "vtd-fault",
	.test_cases = vtd_fault_cases,
};

kunit_test_suite(vtd_fault_suite);
