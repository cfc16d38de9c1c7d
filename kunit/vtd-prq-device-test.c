// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page requests of devices that the core knows, when the ring was full,
 * around a sleep, and while a device is taken.
 */
#include "vtd-bus-rig.h"

/* Answers since nr_log was 0; all of them must say @code. */
static unsigned int answers(struct bus_rig *rig, enum iopasid_page_code code)
{
	unsigned int i, nr = 0;

	for (i = 0; i < rig->fake->nr_log; i++) {
		u64 word = rig->fake->log[i].qw[0];

		if (FIELD_GET(VTD_DESC_TYPE, word) != VTD_DESC_PAGE_GROUP)
			continue;
		KUNIT_EXPECT_EQ(rig->test, code,
				FIELD_GET(VTD_DESC_PAGE_GROUP_CODE, word));
		nr++;
	}
	return nr;
}

static void answer_all(struct bus_rig *rig)
{
	while (rig->nr_kept)
		iopasid_fault_group_respond(rig->kept[--rig->nr_kept],
					    IOPASID_PAGE_SUCCESS);
}

static void expect_nothing_open(struct bus_rig *rig)
{
	unsigned int i;

	for (i = 0; i < BUS_DEVICES; i++) {
		struct iopasid_page_queue *queue = bus_rig_queue(rig, i);

		KUNIT_EXPECT_TRUE(rig->test, list_empty(&queue->open));
		KUNIT_EXPECT_TRUE(rig->test, bitmap_empty(queue->broken,
							  IOPASID_PAGE_GROUPS));
	}
}

/* The unit must not add requests to groups of before. */
static void look_at_overflow(struct fake_unit *fake, u32 reg, bool write)
{
	struct bus_rig *rig = fake->data;

	/* The second write of the work item clears the flag. */
	if (reg == VTD_REG_PRS && write &&
	    !(fake_read32(fake, VTD_REG_PRS) & VTD_PRS_PPR))
		expect_nothing_open(rig);
}

/* The ring was full: what is open belongs to a time that is over. */
static void overflow(struct kunit *test)
{
	struct bus_rig *rig = bus_rig_prepare(test);
	struct fake_unit *fake = rig->fake;
	unsigned int i;

	bus_rig_start(rig);
	bus_rig_attach(rig);
	for (i = 0; i <= IOPASID_PAGE_OPEN_MAX; i++)
		bus_rig_ask(rig, 0, i, false);
	bus_rig_ask(rig, 1, 7, false);
	bus_rig_ask(rig, 1, 8, true);
	fake_unit_page_event(fake);
	KUNIT_EXPECT_FALSE(test, bitmap_empty(bus_rig_queue(rig, 0)->broken,
					      IOPASID_PAGE_GROUPS));
	KUNIT_EXPECT_FALSE(test, list_empty(&bus_rig_queue(rig, 1)->open));

	fake_write32(fake, VTD_REG_PRS, VTD_PRS_PRO);
	fake->hook = look_at_overflow;
	fake_unit_page_event(fake);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_PRS), 0);
	expect_nothing_open(rig);
	KUNIT_EXPECT_EQ(test, answers(rig, IOPASID_PAGE_SUCCESS), 0);
	KUNIT_EXPECT_EQ(test, rig->nr_kept, 1);

	/* Each of these is a group of one, and none has been lost. */
	bus_rig_ask(rig, 0, 0, true);
	bus_rig_ask(rig, 0, IOPASID_PAGE_OPEN_MAX, true);
	bus_rig_ask(rig, 1, 7, true);
	fake_unit_page_event(fake);
	KUNIT_ASSERT_EQ(test, rig->nr_kept, 4);
	for (i = 0; i < rig->nr_kept; i++)
		KUNIT_EXPECT_EQ(test, rig->kept[i]->nr_requests, 1);
	answer_all(rig);
	KUNIT_EXPECT_EQ(test, answers(rig, IOPASID_PAGE_SUCCESS), 4);
}

/* An answer that finds the queue off would never get out. */
static void expect_ended(struct bus_rig *rig)
{
	struct kunit *test = rig->test;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, answers(rig, IOPASID_PAGE_INVALID), 4);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(rig->fake->unit.queue.on));
	for (i = 0; i < BUS_DEVICES; i++)
		KUNIT_EXPECT_TRUE(test,
				  list_empty(&bus_rig_queue(rig, i)->pending));
	expect_nothing_open(rig);
}

/* The unit's registers mean nothing now, whoever looks for requests. */
static void wander_about(struct bus_rig *rig)
{
	struct iopasid_device *idev = iopasid_device_get(rig->devices[0]);
	struct fake_unit *fake = rig->fake;
	struct kunit *test = rig->test;
	u64 requests = atomic64_read(&fake->unit.counters[VTD_COUNT_PAGE_REQUEST]);
	u64 *head = &fake->regs[VTD_REG_PQH / 8];

	KUNIT_ASSERT_NOT_NULL(test, idev);
	bus_rig_ask(rig, 0, 9, true);
	*head = 0x1000;
	vtd_unit_ops.drain_page_requests(idev, BUS_PASID);
	fake->handler(0, &fake->unit);
	vtd_prq_settle(&fake->unit);
	KUNIT_EXPECT_EQ(test, *head, 0x1000);
	KUNIT_EXPECT_EQ(test, requests,
			atomic64_read(&fake->unit.counters[VTD_COUNT_PAGE_REQUEST]));
	iopasid_device_put(idev);
}

/* What was asked before a sleep is over when the queue is off. */
static void asleep(struct kunit *test)
{
	struct bus_rig *rig = bus_rig_prepare(test);
	struct fake_unit *fake = rig->fake;
	unsigned int doorbells, i;

	bus_rig_start(rig);
	bus_rig_attach(rig);
	bus_rig_ask(rig, 0, 1, true);
	bus_rig_ask(rig, 0, 2, false);
	bus_rig_ask(rig, 1, 3, true);
	fake_unit_page_event(fake);
	KUNIT_ASSERT_EQ(test, rig->nr_kept, 2);
	/* The event of this one does not come any more. */
	bus_rig_ask(rig, 1, 4, true);

	vtd_unit_quiesce(&fake->unit);
	KUNIT_EXPECT_EQ(test, rig->nr_kept, 3);
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_PECTL), VTD_FECTL_IM);
	expect_ended(rig);

	doorbells = fake->nr_doorbells;
	answer_all(rig);
	for (i = 0; i < BUS_DEVICES; i++) {
		struct iopasid_page_queue *queue = bus_rig_queue(rig, i);

		mod_delayed_work(system_unbound_wq, &queue->timeout_work, 0);
		flush_delayed_work(&queue->timeout_work);
		KUNIT_EXPECT_EQ(test, queue->counts.timeouts, 0);
	}
	wander_about(rig);
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, doorbells);

	/* The same indexes are new groups, in a ring that starts anew. */
	fake->nr_programmed = 0;
	vtd_unit_resume(&fake->unit);
	KUNIT_EXPECT_GT(test, fake->nr_programmed, 0);
	KUNIT_EXPECT_EQ(test, fake->regs[VTD_REG_PQH / 8], 0);
	fake->nr_log = 0;
	bus_rig_ask(rig, 0, 2, true);
	bus_rig_ask(rig, 1, 3, true);
	fake_unit_page_event(fake);
	KUNIT_ASSERT_EQ(test, rig->nr_kept, 2);
	KUNIT_EXPECT_EQ(test, rig->kept[0]->nr_requests, 1);
	answer_all(rig);
	KUNIT_EXPECT_EQ(test, answers(rig, IOPASID_PAGE_SUCCESS), 2);
}

/* A request while the device is taken: the core cannot answer it yet. */
static void ask_early(struct bus_rig *rig, struct vtd_device *vdev)
{
	rig->fake->nr_log = 0;
	bus_rig_ask(rig, vdev->dev->id, 5, true);
	fake_unit_page_event(rig->fake);
	KUNIT_EXPECT_EQ(rig->test, answers(rig, IOPASID_PAGE_FAILURE), 1);
}

static void early(struct kunit *test)
{
	struct bus_rig *rig = bus_rig_prepare(test);
	struct fake_unit *fake = rig->fake;

	rig->in_enable_tlb = ask_early;
	bus_rig_start(rig);
	rig->in_enable_tlb = NULL;

	bus_rig_ask(rig, 0, 5, true);
	fake_unit_page_event(fake);
	KUNIT_EXPECT_EQ(test, answers(rig, IOPASID_PAGE_INVALID), 1);
	KUNIT_EXPECT_EQ(test, bus_rig_queue(rig, 0)->counts.requests, 1);
}

static struct kunit_case vtd_prq_device_cases[] = {
	KUNIT_CASE(overflow),
	KUNIT_CASE(asleep),
	KUNIT_CASE(early),
	{}
};

static struct kunit_suite vtd_prq_device_suite = {
	.name = "vtd-prq-device",
	.test_cases = vtd_prq_device_cases,
};

kunit_test_suite(vtd_prq_device_suite);
