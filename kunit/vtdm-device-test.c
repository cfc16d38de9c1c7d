// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: devices of the software VT-d unit, their DMA and their TLBs.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "vtdm-host.h"

#define IOVA		0x40000000ULL
#define PASID		2
/* Word 1 of a device-TLB invalidation: S, and all addresses */
#define S_ALL		(GENMASK_ULL(62, 12) | BIT_ULL(0))
#define PASID_S_ALL	(GENMASK_ULL(62, 12) | BIT_ULL(11))

struct scene {
	struct host *host;
	u64 root;
	u64 data;
	u64 leaf;
};

static void make(struct kunit *test, struct scene *scene)
{
	scene->host = host_create(test, NULL);
	scene->root = host_page(scene->host);
	scene->data = host_page(scene->host);
	scene->leaf = host_map(scene->host, scene->root, 4, IOVA, 1, scene->data | FIRST_LEAF,
			       FIRST_LINK);
	host_attach(scene->host, HOST_SID, PASID, VTDM_PGTT_FIRST, HOST_DID, scene->root, 0);
	host_attach(scene->host, HOST_SID, 0, VTDM_PGTT_FIRST, HOST_DID, scene->root, 0);
}

static void make_ats(struct kunit *test, struct scene *scene)
{
	make(test, scene);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene->host->ep, VTDM_ATS, true), 0);
}

static unsigned int device_entries(struct scene *scene)
{
	return scene->host->ep->tlb.store.count;
}

static void data_moves(struct kunit *test)
{
	struct vtdm_request request = { .addr = IOVA + 16, .size = 8, .pasid = PASID,
					.write = true };
	u64 sent = 0x1122334455667788, got = 0;
	struct scene scene;

	make(test, &scene);
	KUNIT_EXPECT_EQ(test, vtdm_dma(scene.host->ep, &request, &sent).outcome, VTDM_DONE);
	KUNIT_EXPECT_EQ(test, *host_word(scene.host, scene.data + 16), sent);
	request.write = false;
	KUNIT_EXPECT_EQ(test, vtdm_dma(scene.host->ep, &request, &got).outcome, VTDM_DONE);
	KUNIT_EXPECT_EQ(test, got, sent);
	/* nothing answers at the address */
	*host_word(scene.host, scene.leaf) = BIT_ULL(40) | FIRST_LEAF;
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, vtdm_dma(scene.host->ep, &request, &got).outcome, VTDM_ABORTED);
	/* blocked: not a byte */
	*host_word(scene.host, scene.leaf) = scene.data | (FIRST_LEAF & ~VTDM_FIRST_RW);
	host_flush_all(scene.host);
	request.write = true;
	got = 0;
	KUNIT_EXPECT_EQ(test, vtdm_dma(scene.host->ep, &request, &got).outcome, VTDM_BLOCKED);
	KUNIT_EXPECT_EQ(test, *host_word(scene.host, scene.data + 16), sent);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.host->unit)->dmas, 4);
}

static void denied(struct kunit *test)
{
	struct vtdm_endpoint_config config = { .source_id = 0x4000, .pasid_width = 4 };
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = 15 };
	struct vtdm_endpoint *ep;
	struct scene scene;

	make(test, &scene);
	ep = vtdm_endpoint_add(scene.host->unit, &config);
	KUNIT_ASSERT_NOT_NULL(test, ep);
	KUNIT_EXPECT_EQ(test, vtdm_translate(ep, &request).outcome, VTDM_DENIED);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PASID, true), 0);
	KUNIT_EXPECT_EQ(test, vtdm_translate(ep, &request).reason, VTDM_REASON_ROOT_P);
	request.pasid = 16;
	KUNIT_EXPECT_EQ(test, vtdm_translate(ep, &request).outcome, VTDM_DENIED);
	/* across a page */
	request.pasid = PASID;
	request.addr = IOVA + SZ_4K - 4;
	KUNIT_EXPECT_EQ(test, vtdm_translate(ep, &request).outcome, VTDM_DENIED);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.host->unit)->dmas, 1);
}

static void endpoints(struct kunit *test)
{
	struct vtdm_endpoint_config config = { .source_id = HOST_SID };
	struct vtdm_endpoint *ep;
	struct scene scene;

	make(test, &scene);
	KUNIT_EXPECT_NULL(test, vtdm_endpoint_add(scene.host->unit, &config));
	config.source_id++;
	config.pasid_width = 21;
	KUNIT_EXPECT_NULL(test, vtdm_endpoint_add(scene.host->unit, &config));
	config.pasid_width = 0;
	config.pri = true;
	KUNIT_EXPECT_NULL(test, vtdm_endpoint_add(scene.host->unit, &config));
	config.pri = false;
	config.data = &scene;
	ep = vtdm_endpoint_add(scene.host->unit, &config);
	KUNIT_ASSERT_NOT_NULL(test, ep);
	KUNIT_EXPECT_TRUE(test, vtdm_endpoint_data(ep) == &scene);
	KUNIT_EXPECT_TRUE(test, vtdm_endpoint_find(scene.host->unit, HOST_SID + 1) == ep);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PASID, true), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_ATS, true), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PRI, true), -EOPNOTSUPP);
	vtdm_endpoint_remove(ep);
	KUNIT_EXPECT_NULL(test, vtdm_endpoint_find(scene.host->unit, HOST_SID + 1));
}

/* What is plugged in again has an empty TLB; the unit knows what it knew. */
static void plugged_again(struct kunit *test)
{
	struct vtdm_endpoint_config config = {
		.source_id = HOST_SID, .pasid_width = 20, .ats = true,
	};
	struct vtdm_endpoint *again;
	struct scene scene;

	make_ats(test, &scene);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	again = vtdm_endpoint_make(scene.host->unit, &config);
	KUNIT_ASSERT_NOT_NULL(test, again);
	KUNIT_EXPECT_FALSE(test, vtdm_endpoint_plug(again));
	vtdm_endpoint_remove(scene.host->ep);
	KUNIT_EXPECT_NULL(test, vtdm_endpoint_find(scene.host->unit, HOST_SID));
	KUNIT_EXPECT_FALSE(test, vtdm_flush_pasid_device_tlb(scene.host->unit, HOST_SID, PASID,
							     PASID_S_ALL, false));
	*host_word(scene.host, scene.leaf) = 0;
	KUNIT_EXPECT_TRUE(test, vtdm_endpoint_plug(again));
	scene.host->ep = again;
	KUNIT_EXPECT_EQ(test, device_entries(&scene), 0);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(again, VTDM_PASID, true), 0);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	vtdm_flush_pasid_iotlb_pasid(scene.host->unit, HOST_DID, PASID);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), ~0ULL);
}

static void abilities(struct kunit *test)
{
	struct vtdm_endpoint *ep;
	struct scene scene;

	make(test, &scene);
	ep = scene.host->ep;
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PRI, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_ATS, true), 0);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_ATS, true), 0);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PASID, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PRI, true), 0);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_ATS, false), -EINVAL);
	KUNIT_EXPECT_TRUE(test, vtdm_endpoint_enabled(ep, VTDM_ATS));
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PRI, false), 0);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_ATS, false), 0);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(ep, VTDM_PASID, false), 0);
	KUNIT_EXPECT_FALSE(test, vtdm_endpoint_enabled(ep, VTDM_PASID));
}

/* Privilege and execute are of the PASID prefix: without one they are not. */
static void no_prefix(struct kunit *test)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = VTDM_NO_PASID,
					.exec = true, .priv = true };
	struct scene scene;

	make(test, &scene);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &request).phys, scene.data);
	request.pasid = PASID;
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &request).reason,
			VTDM_REASON_PASID_ERE);
}

/* The device keeps its translation when all else has forgotten it. */
static void device_keeps(struct kunit *test)
{
	struct scene scene;

	make_ats(test, &scene);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	memset(host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID)), 0, 64);
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	/* but the context entry counts, and its DTE */
	*host_word(scene.host, host_context(scene.host, HOST_SID)) &= ~VTDM_CONTEXT_DTE;
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true),
			VTDM_REASON_CONTEXT_DTE);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), VTDM_REASON_CONTEXT_DTE);
}

static void device_forgets_with_ats(struct kunit *test)
{
	struct scene scene;

	make_ats(test, &scene);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_EQ(test, device_entries(&scene), 1);
	KUNIT_EXPECT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, false), 0);
	KUNIT_EXPECT_EQ(test, device_entries(&scene), 0);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	KUNIT_EXPECT_EQ(test, device_entries(&scene), 0);
}

static void untranslated_on_wish(struct kunit *test)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = PASID, .no_ats = true };
	struct scene scene;

	make_ats(test, &scene);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &request).phys, scene.data);
	KUNIT_EXPECT_EQ(test, device_entries(&scene), 0);
}

/* What the page does not allow is an answer, not a fault. */
static void no_permission(struct kunit *test)
{
	struct scene scene;

	make_ats(test, &scene);
	*host_word(scene.host, scene.leaf) &= ~VTDM_FIRST_RW;
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.data);
	KUNIT_EXPECT_EQ(test, host_dma(scene.host, PASID, IOVA, true).outcome,
			VTDM_NO_PERMISSION);
	KUNIT_EXPECT_EQ(test, host_dma(scene.host, PASID, IOVA + SZ_4K, true).outcome,
			VTDM_NO_PERMISSION);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), 0);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.host->unit)->blocked, 0);
	/* then software adds the right */
	*host_word(scene.host, scene.leaf) |= VTDM_FIRST_RW;
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
}

/* Permission to write comes with D: a reader asks again. */
static void write_needs_dirty(struct kunit *test)
{
	struct scene scene;

	make_ats(test, &scene);
	*host_word(scene.host, scene.leaf) &= ~VTDM_FIRST_D;
	host_phys(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_FALSE(test, *host_word(scene.host, scene.leaf) & VTDM_FIRST_D);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_TRUE(test, *host_word(scene.host, scene.leaf) & VTDM_FIRST_D);
}

static void other_faults_are_recorded(struct kunit *test)
{
	struct scene scene;

	make_ats(test, &scene);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID + 1, IOVA, true),
			VTDM_REASON_PASID_P);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), VTDM_REASON_PASID_P);
}

static void fill_three(struct scene *scene)
{
	host_map(scene->host, scene->root, 4, IOVA + SZ_2M, 2,
		 4ULL * SZ_1G | FIRST_LEAF | VTDM_FIRST_PS, FIRST_LINK);
	host_phys(scene->host, PASID, IOVA, true);
	host_phys(scene->host, PASID, IOVA + SZ_2M, true);
	host_phys(scene->host, VTDM_NO_PASID, IOVA, true);
	KUNIT_EXPECT_EQ(scene->host->test, device_entries(scene), 3);
}

/* What each invalidation leaves of two entries with PASID and one without */
static void device_invalidations(struct kunit *test)
{
	static const struct {
		bool tagged;
		u32 pasid;
		bool global;
		u64 addr_s;
		unsigned int left;
	} rows[] = {
		{ false, 0, false, IOVA, 2 },
		{ false, 0, false, IOVA + SZ_4K, 3 },
		{ false, 0, false, (IOVA + 2 * SZ_4K) | BIT(0), 3 },
		{ false, 0, false, (IOVA + SZ_4K) | BIT(0), 2 },
		{ false, 0, false, S_ALL, 2 },
		{ true, PASID, false, IOVA, 2 },
		{ true, PASID, false, IOVA + SZ_2M + 5 * SZ_4K, 2 },
		{ true, PASID, false, PASID_S_ALL, 1 },
		{ true, PASID + 1, false, PASID_S_ALL, 3 },
		{ true, PASID + 1, true, PASID_S_ALL, 1 },
		{ true, PASID, false, IOVA | (SZ_2M - SZ_4K) | BIT(11), 1 },
		{ true, PASID, false, IOVA | (SZ_1M - SZ_4K) | BIT(11), 2 },
	};
	struct scene scene;
	unsigned int i;

	make_ats(test, &scene);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		vtdm_device_tlb_reset(scene.host->ep);
		fill_three(&scene);
		if (rows[i].tagged)
			KUNIT_EXPECT_TRUE(test, vtdm_flush_pasid_device_tlb(scene.host->unit,
									    HOST_SID, rows[i].pasid,
									    rows[i].addr_s,
									    rows[i].global));
		else
			KUNIT_EXPECT_TRUE(test, vtdm_flush_device_tlb(scene.host->unit, HOST_SID,
								      rows[i].addr_s));
		KUNIT_EXPECT_EQ(test, device_entries(&scene), rows[i].left);
	}
}

static void nobody_answers(struct kunit *test)
{
	struct scene scene;

	make(test, &scene);
	KUNIT_EXPECT_FALSE(test, vtdm_flush_device_tlb(scene.host->unit, HOST_SID, S_ALL));
	KUNIT_EXPECT_FALSE(test, vtdm_flush_device_tlb(scene.host->unit, HOST_SID + 1, S_ALL));
	KUNIT_EXPECT_FALSE(test, vtdm_flush_pasid_device_tlb(scene.host->unit, HOST_SID, PASID,
							     PASID_S_ALL, false));
}

static void page_requests(struct kunit *test)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = PASID };
	struct scene scene;

	make_ats(test, &scene);
	KUNIT_EXPECT_TRUE(test, vtdm_page_request_allowed(scene.host->ep, &request));
	*host_word(scene.host, host_context(scene.host, HOST_SID)) &= ~VTDM_CONTEXT_PRE;
	host_flush_all(scene.host);
	KUNIT_EXPECT_FALSE(test, vtdm_page_request_allowed(scene.host->ep, &request));
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), VTDM_REASON_CONTEXT_PRE);
}

/* Of what the unit keeps, a request costs the page that it is about, no more. */
static void expect_one_flushed(struct kunit *test, u8 pgtt)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = PASID };
	bool first = pgtt == VTDM_PGTT_FIRST;
	u64 rights = first ? FIRST_LEAF : SECOND_LEAF;
	struct scene scene;
	u64 next, moved;
	u64 *leaves;
	u32 pasid;

	make(test, &scene);
	next = host_page(scene.host);
	moved = host_page(scene.host);
	leaves = host_word(scene.host, scene.leaf);
	leaves[1] = next | rights;
	for (pasid = PASID; pasid <= PASID + 1; pasid++)
		host_attach(scene.host, HOST_SID, pasid, pgtt, HOST_DID,
			    first ? scene.root : 0, first ? 0 : scene.root);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA + SZ_4K, true), next);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID + 1, IOVA, true), scene.data);

	leaves[0] = moved | rights;
	leaves[1] = moved | rights;
	KUNIT_EXPECT_TRUE(test, vtdm_page_request_allowed(scene.host->ep, &request));
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), moved);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA + SZ_4K, true), next);
	/* Second stage has no PASID in its caches. */
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID + 1, IOVA, true),
			first ? scene.data : moved);
}

/* The entry that leads to the table of the leaf */
static u64 *way_to_leaf(struct scene *scene)
{
	u64 table = scene->root;
	unsigned int level;

	for (level = 4; level > 2; level--)
		table = *host_word(scene->host, table + (IOVA >> (9 * level + 3) & 511) * 8) &
			GENMASK_ULL(51, 12);
	return host_word(scene->host, table + (IOVA >> 21 & 511) * 8);
}

/* What a request is about is the leaf: a table that went without a flush must show. */
static void expect_way_stays(struct kunit *test, u8 pgtt)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = PASID };
	bool first = pgtt == VTDM_PGTT_FIRST;
	u64 table, moved, *way;
	struct scene scene;

	make(test, &scene);
	table = host_page(scene.host);
	moved = host_page(scene.host);
	host_attach(scene.host, HOST_SID, PASID, pgtt, HOST_DID, first ? scene.root : 0,
		    first ? 0 : scene.root);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);

	*host_word(scene.host, table + scene.leaf % SZ_4K) =
		moved | (first ? FIRST_LEAF : SECOND_LEAF);
	way = way_to_leaf(&scene);
	KUNIT_ASSERT_EQ(test, *way & GENMASK_ULL(51, 12), scene.leaf & ~(SZ_4K - 1ULL));
	*way = table | (*way & ~GENMASK_ULL(51, 12));
	KUNIT_EXPECT_TRUE(test, vtdm_page_request_allowed(scene.host->ep, &request));
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.data);
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), moved);
}

static void page_request_keeps_first_ways(struct kunit *test)
{
	expect_way_stays(test, VTDM_PGTT_FIRST);
}

static void page_request_keeps_second_ways(struct kunit *test)
{
	expect_way_stays(test, VTDM_PGTT_SECOND);
}

static void page_request_of_first_stage(struct kunit *test)
{
	expect_one_flushed(test, VTDM_PGTT_FIRST);
}

static void page_request_of_second_stage(struct kunit *test)
{
	expect_one_flushed(test, VTDM_PGTT_SECOND);
}

static void device_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case device_tests[] = {
	KUNIT_CASE(data_moves),
	KUNIT_CASE(denied),
	KUNIT_CASE(endpoints),
	KUNIT_CASE(plugged_again),
	KUNIT_CASE(abilities),
	KUNIT_CASE(no_prefix),
	KUNIT_CASE(device_keeps),
	KUNIT_CASE(device_forgets_with_ats),
	KUNIT_CASE(untranslated_on_wish),
	KUNIT_CASE(no_permission),
	KUNIT_CASE(write_needs_dirty),
	KUNIT_CASE(other_faults_are_recorded),
	KUNIT_CASE(device_invalidations),
	KUNIT_CASE(nobody_answers),
	KUNIT_CASE(page_requests),
	KUNIT_CASE(page_request_of_first_stage),
	KUNIT_CASE(page_request_keeps_first_ways),
	KUNIT_CASE(page_request_keeps_second_ways),
	KUNIT_CASE(page_request_of_second_stage),
	{}
};

static struct kunit_suite device_suite = {
	.name = "vtdm-device",
	.exit = device_exit,
	.test_cases = device_tests,
};

kunit_test_suite(device_suite);
