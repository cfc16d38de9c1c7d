// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the ring of page requests. They come from devices that nobody manages,
 * so each is answered by the driver itself, in the order in which it was read.
 */
#include <linux/log2.h>

#include "vtd-fake-port.h"

#define NR_SLOTS	(FAKE_PRQ_SIZE / VTD_PAGE_REQ_SIZE)
/* One slot stays free: a full ring is not an empty one */
#define NR_FULL		(NR_SLOTS - 1)
#define SOURCE		0x1234

static void prq_stop(void *data)
{
	vtd_prq_stop(data);
}

/* A unit that hears page requests. */
static struct fake_unit *prq_create(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);

	fake->unit.ecap |= VTD_ECAP_PRS | VTD_ECAP_DT | VTD_ECAP_PDS;
	vtd_prq_start(&fake->unit);
	KUNIT_ASSERT_NOT_NULL(test, fake->unit.prq);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, prq_stop, &fake->unit), 0);
	return fake;
}

static u64 *reg(struct fake_unit *fake, u32 offset)
{
	return &fake->regs[offset / 8];
}

/* A group of one; the index says which. */
static void request_nth(struct fake_unit *fake, unsigned int n)
{
	fake_unit_page_request(fake, 0x0000000012340001, (u64)(n % 512) << 3 | 5);
}

/* Answers since the last call: of the n-th request and those behind it. */
static void expect_answers(struct fake_unit *fake, unsigned int n,
			   unsigned int nr)
{
	struct kunit *test = fake->test;
	unsigned int i, at = n;

	for (i = 0; i < fake->nr_log; i++) {
		if (FIELD_GET(VTD_DESC_TYPE, fake->log[i].qw[0]) !=
		    VTD_DESC_PAGE_GROUP)
			continue;
		KUNIT_EXPECT_EQ(test, fake->log[i].qw[0], 0x1234f009);
		KUNIT_EXPECT_EQ(test, fake->log[i].qw[1], (at % 512) << 3);
		at++;
	}
	KUNIT_EXPECT_EQ(test, at - n, nr);
	fake->nr_log = 0;
}

static u64 counter(struct fake_unit *fake, enum vtd_counter which)
{
	return atomic64_read(&fake->unit.counters[which]);
}

/* 11.4.11: the registers say where the ring is, and that it has 512 slots. */
static void programmed(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);

	KUNIT_EXPECT_EQ(test, *reg(fake, VTD_REG_PQA),
			virt_to_phys(fake->unit.prq) | 2);
	KUNIT_EXPECT_EQ(test, virt_to_phys(fake->unit.prq) % FAKE_PRQ_SIZE, 0);
	KUNIT_EXPECT_EQ(test, *reg(fake, VTD_REG_PQH), 0);
	KUNIT_EXPECT_EQ(test, *reg(fake, VTD_REG_PQT), 0);
	fake_unit_page_event(fake);
	expect_answers(fake, 0, 0);
}

/* Three times round the ring, in pieces that do not divide it. */
static void goes_round(struct kunit *test)
{
	static const unsigned int pieces[] = { 1, 300, 300, NR_FULL, 400, 24 };
	struct fake_unit *fake = prq_create(test);
	unsigned int i, k, n = 0;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		for (k = 0; k < pieces[i]; k++)
			request_nth(fake, n + k);
		fake_unit_page_event(fake);
		expect_answers(fake, n, pieces[i]);
		n += pieces[i];
		KUNIT_EXPECT_EQ(test, *reg(fake, VTD_REG_PQH),
				*reg(fake, VTD_REG_PQT));
		KUNIT_EXPECT_FALSE(test, fake_read32(fake, VTD_REG_PRS) &
					 VTD_PRS_PPR);
	}
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST), n);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST_LOST), 0);
}

/* The ring was full: what is in it counts, and then there is room again. */
static void overflow(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);
	unsigned int n;

	for (n = 0; n < NR_FULL; n++)
		request_nth(fake, n);
	fake_write32(fake, VTD_REG_PRS, VTD_PRS_PRO);
	fake_unit_page_event(fake);
	expect_answers(fake, 0, NR_FULL);
	KUNIT_EXPECT_EQ(test, fake_read32(fake, VTD_REG_PRS), 0);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST_LOST), 1);

	request_nth(fake, n);
	fake_unit_page_event(fake);
	expect_answers(fake, n, 1);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST_LOST), 1);
}

/* A device that says that it stops asking wants no answer. */
static void stop_marker(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);

	fake_unit_page_request(fake, 0x0000000012340001, 4);
	fake_unit_page_event(fake);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST), 1);
}

/* By hand from 7.4 and 7.7; only the last of a group is answered. */
static void strangers(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);

	fake_unit_page_request(fake, 0x0005432112340101, 0x123000 | 0x1ab << 3 | 1);
	fake_unit_page_event(fake);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);
	fake_unit_page_request(fake, 0x0005432112340101, 0x124000 | 0x1ab << 3 | 7);
	fake_unit_page_event(fake);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[0], 0x000543211234f019);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[1], 0x1ab << 3);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
}

/* A source id that the unit knows, of a device without page requests. */
static void known_source(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);
	struct vtd_requester *req;
	struct iopasid_device idev = { .unit = &fake->unit.iounit };
	struct vtd_device vdev = { .idev = &idev, .unit = &fake->unit };

	fake->unit.root = (u64 *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->unit.root);
	req = vtd_requester_get(&fake->unit, SOURCE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	request_nth(fake, 0);
	fake_unit_page_event(fake);
	expect_answers(fake, 0, 1);

	vdev.sources[0].vdev = &vdev;
	vdev.sources[0].req = req;
	list_add(&vdev.sources[0].node, &req->users);
	request_nth(fake, 1);
	fake_unit_page_event(fake);
	expect_answers(fake, 1, 1);
	list_del(&vdev.sources[0].node);
}

/* All ones: nothing that is in the ring means anything. */
static void unit_is_gone(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);

	request_nth(fake, 0);
	*reg(fake, VTD_REG_PQT) = U64_MAX;
	fake_unit_page_event(fake);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST), 0);
	*reg(fake, VTD_REG_PQT) = VTD_PAGE_REQ_SIZE;
	*reg(fake, VTD_REG_PQH) = U64_MAX;
	fake_unit_page_event(fake);
	KUNIT_EXPECT_EQ(test, counter(fake, VTD_COUNT_PAGE_REQUEST), 0);
}

/* Bits that are no address: the ring is never left. */
static void strange_registers(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);

	*reg(fake, VTD_REG_PQH) = ~(u64)FAKE_PRQ_SIZE;
	*reg(fake, VTD_REG_PQT) = 0x7777777777777777;
	fake_unit_page_event(fake);
	KUNIT_EXPECT_LT(test, counter(fake, VTD_COUNT_PAGE_REQUEST), NR_SLOTS);
	KUNIT_EXPECT_LT(test, *reg(fake, VTD_REG_PQH), FAKE_PRQ_SIZE);
}

/* What was sent before is reported when the drain returns, event or not. */
static void drain(struct kunit *test)
{
	const u64 mask = VTD_DESC_TYPE | VTD_DESC_WAIT_FN | VTD_DESC_WAIT_PD;
	struct fake_unit *fake = prq_create(test);
	struct iopasid_device idev = { .unit = &fake->unit.iounit };
	struct vtd_device vdev = { .idev = &idev, .unit = &fake->unit };

	idev.priv = &vdev;
	request_nth(fake, 0);
	vtd_unit_ops.drain_page_requests(&idev, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);

	idev.page_requests = true;
	vtd_unit_ops.drain_page_requests(&idev, 0);
	KUNIT_ASSERT_GT(test, fake->nr_log, 0);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[0] & mask, 0xc5);
	expect_answers(fake, 0, 1);
}

/* A unit that does without says so once, and starts all the same. */
static void without(struct kunit *test)
{
	static const int errors[] = { -EOPNOTSUPP, -ENOSPC };
	struct fake_unit *fake = fake_unit_create(test, 0);
	unsigned int i;

	vtd_prq_start(&fake->unit);
	KUNIT_EXPECT_NULL(test, fake->unit.prq);
	fake->unit.ecap |= VTD_ECAP_PRS | VTD_ECAP_DT;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		fake->irq_error = errors[i];
		vtd_prq_start(&fake->unit);
		KUNIT_EXPECT_NULL(test, fake->unit.prq);
		vtd_prq_settle(&fake->unit);
		vtd_prq_stop(&fake->unit);
	}
}

/* The ring is taken from the unit; one that cannot be told keeps it. */
static void stops(struct kunit *test)
{
	struct fake_unit *fake = prq_create(test);
	u64 *ring;

	vtd_prq_stop(&fake->unit);
	KUNIT_EXPECT_NULL(test, fake->unit.prq);
	KUNIT_EXPECT_EQ(test, *reg(fake, VTD_REG_PQA), 0);

	vtd_prq_start(&fake->unit);
	ring = fake->unit.prq;
	KUNIT_ASSERT_NOT_NULL(test, ring);
	fake->unit.stuck = true;
	vtd_prq_stop(&fake->unit);
	fake->unit.stuck = false;
	KUNIT_EXPECT_PTR_EQ(test, fake->unit.prq, ring);
	KUNIT_EXPECT_NE(test, *reg(fake, VTD_REG_PQA), 0);
	fake->unit.prq = NULL;
	free_pages((unsigned long)ring, ilog2(FAKE_PRQ_SIZE / PAGE_SIZE));
}

static struct kunit_case vtd_prq_cases[] = {
	KUNIT_CASE(programmed),
	KUNIT_CASE(goes_round),
	KUNIT_CASE(overflow),
	KUNIT_CASE(stop_marker),
	KUNIT_CASE(strangers),
	KUNIT_CASE(known_source),
	KUNIT_CASE(unit_is_gone),
	KUNIT_CASE(strange_registers),
	KUNIT_CASE(drain),
	KUNIT_CASE(without),
	KUNIT_CASE(stops),
	{}
};

static struct kunit_suite vtd_prq_suite = {
	.name = "vtd-prq",
	.test_cases = vtd_prq_cases,
};

kunit_test_suite(vtd_prq_suite);
