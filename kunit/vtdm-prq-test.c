// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page requests of a software unit and the answers to them.
 */
#include "vtdm-log-host.h"

#define SID		0x0108
#define NR_SLOTS	128
/* P, DTE, PASIDE, PRE, PDTS 7 of a context entry (specification 9.4) */
#define ALL		0xe1d
#define NO_PRE		0xe0d

/* Room for two pages of requests, so that the size can be told from one. */
static struct log_host *asking(struct kunit *test, unsigned int pqs, u64 flags)
{
	struct log_host *host = log_host_default(test);

	log_translate(host, SID, flags);
	log_write64(host, VTDM_PQA, LOG_REQUESTS | pqs);
	log_event_on(host, VTDM_PECTL);
	return host;
}

static bool ask(struct vtdm_endpoint *ep, u64 addr, u32 group, bool last)
{
	return vtdm_page_request(ep, &(struct vtdm_request) {
		.addr = addr, .size = 1, .pasid = 0x12345 }, group, last);
}

static u32 prs(struct log_host *host)
{
	return log_read32(host, VTDM_PRS);
}

static void contents(struct kunit *test)
{
	struct log_host *host = asking(test, 0, ALL);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);
	u64 *words = log_word(host, LOG_REQUESTS);

	memset(words, 0xff, SZ_4K);
	KUNIT_EXPECT_TRUE(test, vtdm_page_request(ep, &(struct vtdm_request) {
		.addr = 0xfedcba9876543210ULL, .size = 1, .pasid = 0x54321,
		.write = true, .priv = true }, 0x1ff, true));
	KUNIT_EXPECT_EQ(test, words[0], 0x0025432101080101ULL);
	KUNIT_EXPECT_EQ(test, words[1], 0xfedcba9876543ffeULL);
	KUNIT_EXPECT_EQ(test, words[2], 0ULL);
	KUNIT_EXPECT_EQ(test, words[3], 0ULL);
	KUNIT_EXPECT_EQ(test, words[4], ~0ULL);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_PQT), 32ULL);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_PQH), 0ULL);

	KUNIT_EXPECT_TRUE(test, vtdm_page_request(ep, &(struct vtdm_request) {
		.addr = 0x1000, .size = 1, .pasid = 0, .exec = true }, 2, false));
	KUNIT_EXPECT_EQ(test, words[4], 0x0010000001080101ULL);
	KUNIT_EXPECT_EQ(test, words[5], 0x1011ULL);

	/* Without a PASID there is no mode to tell. */
	KUNIT_EXPECT_TRUE(test, vtdm_page_request(ep, &(struct vtdm_request) {
		.addr = 0x2fff, .size = 1, .pasid = VTDM_NO_PASID, .exec = true,
		.priv = true }, 3, true));
	KUNIT_EXPECT_EQ(test, words[8], 0x0000000001080001ULL);
	KUNIT_EXPECT_EQ(test, words[9], 0x201dULL);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->page_requests, 3ULL);
	KUNIT_EXPECT_EQ(test, host->nr_responses, 0u);
}

/* Software hears of a group when it is complete. */
static void event(struct kunit *test)
{
	struct log_host *host = asking(test, 0, ALL);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);

	KUNIT_EXPECT_TRUE(test, ask(ep, 0x1000, 1, false));
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x2000, 1, false));
	KUNIT_EXPECT_EQ(test, prs(host), 0u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 0u);
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x3000, 1, true));
	KUNIT_EXPECT_EQ(test, prs(host), (u32)VTDM_PRS_PPR);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 1u);

	/* Not told of the next while PPR is set. */
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x4000, 2, true));
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 1u);
	log_write32(host, VTDM_PRS, VTDM_PRS_PPR);
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x5000, 3, true));
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 2u);
}

/* Round the queue, with software right behind. */
static void wrap(struct kunit *test)
{
	unsigned int pqs, i;

	for (pqs = 0; pqs < 2; pqs++) {
		struct log_host *host = asking(test, pqs, ALL);
		struct vtdm_endpoint *ep = log_endpoint(host, SID);
		unsigned int nr = NR_SLOTS << pqs;

		for (i = 0; i < 2 * nr + 3; i++) {
			u64 at = i % nr * 32;

			KUNIT_ASSERT_TRUE(test, ask(ep, (u64)i << 12, 1, true));
			KUNIT_ASSERT_EQ(test, log_read64(host, VTDM_PQT),
					(i + 1) % nr * 32ULL);
			KUNIT_ASSERT_EQ(test, *log_word(host, LOG_REQUESTS + at + 8) >> 12,
					(u64)i);
			log_write64(host, VTDM_PQH, (i + 1) % nr * 32);
		}
		KUNIT_EXPECT_EQ(test, prs(host), (u32)VTDM_PRS_PPR);
		log_host_exit(test);
	}
}

static void overflow(struct kunit *test)
{
	struct log_host *host = asking(test, 0, ALL);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);
	unsigned int i;

	/* One slot stays empty. */
	for (i = 0; i < NR_SLOTS - 1; i++)
		KUNIT_ASSERT_TRUE(test, ask(ep, 0x1000, 1, false));
	KUNIT_EXPECT_EQ(test, prs(host), 0u);
	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 7, false));
	KUNIT_EXPECT_EQ(test, prs(host), (u32)VTDM_PRS_PRO);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 1u);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_PQT), (NR_SLOTS - 1) * 32ULL);
	KUNIT_EXPECT_EQ(test, host->nr_responses, 0u);

	/* The unit answers for the last, so that the device tries again. */
	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 7, true));
	KUNIT_ASSERT_EQ(test, host->nr_responses, 1u);
	KUNIT_EXPECT_TRUE(test, host->response[0].ep == ep);
	KUNIT_EXPECT_EQ(test, host->response[0].pasid, 0x12345u);
	KUNIT_EXPECT_EQ(test, host->response[0].group, 7u);
	KUNIT_EXPECT_EQ(test, host->response[0].code, VTDM_RESPONSE_SUCCESS);

	/* Room alone does not help. */
	log_write64(host, VTDM_PQH, log_read64(host, VTDM_PQT));
	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 8, true));
	KUNIT_EXPECT_EQ(test, host->nr_responses, 2u);
	log_write32(host, VTDM_PRS, VTDM_PRS_PRO);
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x1000, 9, true));
	KUNIT_EXPECT_EQ(test, host->nr_responses, 2u);
	KUNIT_EXPECT_EQ(test, host->nr_events[VTDM_EVENT_PAGE_REQUEST], 2u);
}

/* Head and tail beyond the queue are taken within it. */
static void offsets_beyond(struct kunit *test)
{
	struct log_host *host = asking(test, 0, ALL);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);

	log_write64(host, VTDM_PQT, 0x7ffe0);
	log_write64(host, VTDM_PQH, 0x7ffa0);
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x5000, 1, true));
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_PQT), 0ULL);
	KUNIT_EXPECT_EQ(test, *log_word(host, LOG_REQUESTS + 0xfe8) >> 12, 5ULL);
}

static void expect_failure(struct kunit *test, struct vtdm_endpoint *ep)
{
	struct log_host *host = test->priv;
	unsigned int before = host->nr_responses;

	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 4, false));
	KUNIT_EXPECT_EQ(test, host->nr_responses, before);
	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 5, true));
	KUNIT_ASSERT_EQ(test, host->nr_responses, before + 1);
	KUNIT_EXPECT_EQ(test, host->response[before].group, 5u);
	KUNIT_EXPECT_EQ(test, host->response[before].code, VTDM_RESPONSE_FAILURE);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_PQT), 0ULL);
	KUNIT_EXPECT_EQ(test, prs(host), 0u);
}

static void refused(struct kunit *test)
{
	struct log_host *host = asking(test, 0, ALL);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);

	/* No memory under the queue. */
	log_write64(host, VTDM_PQA, LOG_NOWHERE);
	expect_failure(test, ep);
	/* Translation is off. */
	log_write64(host, VTDM_PQA, LOG_REQUESTS);
	log_write32(host, VTDM_GCMD, 0);
	expect_failure(test, ep);
	/* Switched off in the device: it has not even sent it. */
	log_write32(host, VTDM_GCMD, VTDM_G_TE);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PRI, false), 0);
	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 5, true));
	KUNIT_EXPECT_EQ(test, host->nr_responses, 2u);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PRI, true), 0);
	KUNIT_EXPECT_TRUE(test, ask(ep, 0x1000, 5, true));
}

/* The context entry has PRE clear: a fault, and a failure. */
static void not_allowed(struct kunit *test)
{
	struct log_host *host = asking(test, 0, NO_PRE);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);

	expect_failure(test, ep);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VTDM_FRCD_REASON,
					log_read64(host, 0x808)), 0x47ULL);
}

/* Software's answer reaches the device that it names. */
static void response(struct kunit *test)
{
	static const u8 codes[] = { 0, 1, 15 };
	struct log_host *host = log_host_default(test);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);
	unsigned int i;

	log_endpoint(host, SID + 1);
	log_queue_on(host, true, 0);
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		log_desc(host, i, 9 | 0x10 | codes[i] << 12 | SID << 16 |
				  0x54321ULL << 32, i << 3);
	log_desc(host, 3, 9 | SID << 16, 0x1ff << 3);
	/* Nobody is there. */
	log_desc(host, 4, 9 | 0x7777 << 16, 0);
	log_tail(host, 5);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_FSTS), 0u);
	KUNIT_ASSERT_EQ(test, host->nr_responses, 4u);
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		KUNIT_EXPECT_TRUE(test, host->response[i].ep == ep);
		KUNIT_EXPECT_EQ(test, host->response[i].pasid, 0x54321u);
		KUNIT_EXPECT_EQ(test, host->response[i].group, i);
		KUNIT_EXPECT_EQ(test, host->response[i].code, codes[i]);
	}
	KUNIT_EXPECT_EQ(test, host->response[3].pasid, VTDM_NO_PASID);
	KUNIT_EXPECT_EQ(test, host->response[3].group, 0x1ffu);
}

/* The knob: neither software's answers nor the unit's arrive. */
static void deaf(struct kunit *test)
{
	struct log_host *host = asking(test, 0, ALL);
	struct vtdm_endpoint *ep = log_endpoint(host, SID);

	vtdm_knobs(host->unit)->pri_deaf = true;
	log_write64(host, VTDM_PQA, LOG_NOWHERE);
	KUNIT_EXPECT_FALSE(test, ask(ep, 0x1000, 5, true));
	log_write64(host, VTDM_IQA, LOG_QUEUE | VTDM_IQA_DW);
	log_desc(host, 0, 9 | SID << 16, 0);
	log_write32(host, VTDM_GCMD, VTDM_G_TE | VTDM_G_QIE);
	log_tail(host, 1);
	KUNIT_EXPECT_EQ(test, log_head(host), 1u);
	KUNIT_EXPECT_EQ(test, host->nr_responses, 0u);
}

/* A unit without PRS answers for all that ask. */
static void no_prs(struct kunit *test)
{
	struct vtdm_config config;
	struct vtdm_endpoint *ep;
	struct log_host *host;

	vtdm_config_default(&config);
	config.ecap &= ~(VTDM_ECAP_PRS | VTDM_ECAP_PDS);
	host = log_host_create(test, &config);
	log_translate(host, SID, ALL);
	ep = log_endpoint(host, SID);
	expect_failure(test, ep);
}

static struct kunit_case vtdm_prq_cases[] = {
	KUNIT_CASE(contents),
	KUNIT_CASE(event),
	KUNIT_CASE(wrap),
	KUNIT_CASE(overflow),
	KUNIT_CASE(offsets_beyond),
	KUNIT_CASE(refused),
	KUNIT_CASE(not_allowed),
	KUNIT_CASE(response),
	KUNIT_CASE(deaf),
	KUNIT_CASE(no_prs),
	{}
};

static struct kunit_suite vtdm_prq_suite = {
	.name = "vtdm-prq",
	.exit = log_host_exit,
	.test_cases = vtdm_prq_cases,
};

kunit_test_suite(vtdm_prq_suite);
