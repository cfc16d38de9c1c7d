// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what each invalidation takes from each cache, and what it leaves.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-host.h"

/**
 * DOC: truth table of invalidations
 *
 * Two devices, A and B, and ten address spaces. Each row is an invalidation,
 * with the entries that it takes; all others must stay. What is there is asked
 * of the caches themselves, by key: a look that fills nothing.
 */

#define SID_A		HOST_SID
#define SID_B		(HOST_SID ^ 4)
#define IOVA		0x40000000ULL
#define DID_SECOND	11
#define DID_FIRST	12
#define DID_NESTED	13
#define DID_LARGE	14
#define DID_PASS	15
#define P_SECOND	1
#define P_FIRST		2
#define P_NESTED	3
#define P_LARGE		4
#define P_FIRST_B	5
#define P_PASS		6
#define P_PASS_B	7

/* Entries that are cached before each row, one bit each */
enum probe {
	CONTEXT_A, CONTEXT_B,
	PASID_SECOND, PASID_FIRST, PASID_NESTED, PASID_B, DIRECTORY_A, DIRECTORY_B,
	TLB_SECOND, TLB_SECOND_NEXT, TLB_LARGE,
	TLB_FIRST, TLB_FIRST_NEXT, TLB_FIRST_B, TLB_NESTED,
	TLB_PASS, TLB_PASS_NEXT, TLB_PASS_B, TLB_PASS_OTHER,
	WAY_SECOND, WAY_FIRST, WAY_FIRST_B, WAY_NESTED, WAY_GUEST,
	NR_PROBES
};

static const struct {
	enum vtdm_cache cache;
	struct vtdm_key key;
} probes[NR_PROBES] = {
	[CONTEXT_A]	= { VTDM_CACHE_CONTEXT, { .id = SID_A } },
	[CONTEXT_B]	= { VTDM_CACHE_CONTEXT, { .id = SID_B } },
	[PASID_SECOND]	= { VTDM_CACHE_PASID, { .id = SID_A, .pasid = P_SECOND } },
	[PASID_FIRST]	= { VTDM_CACHE_PASID, { .id = SID_A, .pasid = P_FIRST } },
	[PASID_NESTED]	= { VTDM_CACHE_PASID, { .id = SID_A, .pasid = P_NESTED } },
	[PASID_B]	= { VTDM_CACHE_PASID, { .id = SID_B, .pasid = P_SECOND } },
	[DIRECTORY_A]	= { VTDM_CACHE_PASID, { .id = SID_A, .lg2 = 6 } },
	[DIRECTORY_B]	= { VTDM_CACHE_PASID, { .id = SID_B, .lg2 = 6 } },
	[TLB_SECOND]	= { VTDM_CACHE_IOTLB, { IOVA, 0, DID_SECOND, VTDM_PGTT_SECOND, 12 } },
	[TLB_SECOND_NEXT] = { VTDM_CACHE_IOTLB, { IOVA + SZ_4K, 0, DID_SECOND,
						  VTDM_PGTT_SECOND, 12 } },
	[TLB_LARGE]	= { VTDM_CACHE_IOTLB, { IOVA, 0, DID_LARGE, VTDM_PGTT_SECOND, 21 } },
	[TLB_FIRST]	= { VTDM_CACHE_IOTLB, { IOVA, P_FIRST, DID_FIRST, VTDM_PGTT_FIRST, 12 } },
	[TLB_FIRST_NEXT] = { VTDM_CACHE_IOTLB, { IOVA + SZ_4K, P_FIRST, DID_FIRST,
						 VTDM_PGTT_FIRST, 12 } },
	[TLB_FIRST_B]	= { VTDM_CACHE_IOTLB, { IOVA, P_FIRST_B, DID_FIRST,
						VTDM_PGTT_FIRST, 12 } },
	[TLB_NESTED]	= { VTDM_CACHE_IOTLB, { IOVA, P_NESTED, DID_NESTED,
						VTDM_PGTT_NESTED, 12 } },
	[TLB_PASS]	= { VTDM_CACHE_IOTLB, { IOVA, P_PASS, SID_A, VTDM_PGTT_PASS, 12 } },
	[TLB_PASS_NEXT]	= { VTDM_CACHE_IOTLB, { IOVA + SZ_4K, P_PASS, SID_A,
						VTDM_PGTT_PASS, 12 } },
	[TLB_PASS_B]	= { VTDM_CACHE_IOTLB, { IOVA, P_PASS_B, SID_A, VTDM_PGTT_PASS, 12 } },
	[TLB_PASS_OTHER] = { VTDM_CACHE_IOTLB, { IOVA, P_PASS, SID_B, VTDM_PGTT_PASS, 12 } },
	[WAY_SECOND]	= { VTDM_CACHE_PAGING, { IOVA, 0, DID_SECOND, VTDM_PGTT_SECOND, 21 } },
	[WAY_FIRST]	= { VTDM_CACHE_PAGING, { IOVA, P_FIRST, DID_FIRST, VTDM_PGTT_FIRST, 21 } },
	[WAY_FIRST_B]	= { VTDM_CACHE_PAGING, { IOVA, P_FIRST_B, DID_FIRST,
						 VTDM_PGTT_FIRST, 21 } },
	[WAY_NESTED]	= { VTDM_CACHE_PAGING, { IOVA, P_NESTED, DID_NESTED,
						 VTDM_PGTT_NESTED, 21 } },
	[WAY_GUEST]	= { VTDM_CACHE_PAGING, { 0, 0, DID_NESTED, VTDM_PGTT_SECOND, 21 } },
};

#define ALL_CONTEXT	(BIT(CONTEXT_A) | BIT(CONTEXT_B))
#define ALL_DIRECTORY	(BIT(DIRECTORY_A) | BIT(DIRECTORY_B))
#define ALL_PASID	(BIT(PASID_SECOND) | BIT(PASID_FIRST) | BIT(PASID_NESTED) |	\
			 BIT(PASID_B) | ALL_DIRECTORY)
#define ALL_SECOND	(BIT(TLB_SECOND) | BIT(TLB_SECOND_NEXT) | BIT(WAY_SECOND))
#define ALL_NESTED	(BIT(TLB_NESTED) | BIT(WAY_NESTED))
#define ALL_FIRST	(BIT(TLB_FIRST) | BIT(TLB_FIRST_NEXT) | BIT(WAY_FIRST))
#define ALL_FIRST_B	(BIT(TLB_FIRST_B) | BIT(WAY_FIRST_B))
#define ALL_PASS	(BIT(TLB_PASS) | BIT(TLB_PASS_NEXT) | BIT(TLB_PASS_OTHER))
#define ALL_TLB		(ALL_SECOND | BIT(TLB_LARGE) | ALL_NESTED | BIT(WAY_GUEST) |	\
			 ALL_FIRST | ALL_FIRST_B | ALL_PASS | BIT(TLB_PASS_B))

enum kind {
	CONTEXT_GLOBAL, CONTEXT_DOMAIN, CONTEXT_DEVICE, PASID_GLOBAL, PASID_DOMAIN,
	PASID_SELECTIVE, IOTLB_GLOBAL, IOTLB_DOMAIN, IOTLB_PAGE, PIOTLB_PASID, PIOTLB_PAGE,
};

static const struct row {
	const char *name;
	enum kind kind;
	u16 did;
	u32 pasid;
	u64 addr;
	unsigned int am;
	bool ih;
	unsigned int takes;
} rows[] = {
	{ "context global", CONTEXT_GLOBAL, .takes = ALL_CONTEXT },
	{ "context domain", CONTEXT_DOMAIN, .did = 99, .takes = ALL_CONTEXT },
	{ "context device", CONTEXT_DEVICE, .did = 99, .addr = SID_A,
	  .takes = BIT(CONTEXT_A) },
	{ "context functions", CONTEXT_DEVICE, .addr = SID_A, .am = 1, .takes = ALL_CONTEXT },
	{ "context other device", CONTEXT_DEVICE, .addr = SID_A ^ 0x100, .am = 3 },
	{ "PASID global", PASID_GLOBAL, .takes = ALL_PASID },
	{ "PASID domain", PASID_DOMAIN, .did = DID_SECOND,
	  .takes = BIT(PASID_SECOND) | BIT(PASID_B) | ALL_DIRECTORY },
	{ "PASID domain, wrong DID", PASID_DOMAIN, .did = 99, .takes = ALL_DIRECTORY },
	{ "PASID selective", PASID_SELECTIVE, .did = DID_FIRST, .pasid = P_FIRST,
	  .takes = BIT(PASID_FIRST) },
	{ "PASID selective, wrong DID", PASID_SELECTIVE, .did = DID_SECOND,
	  .pasid = P_FIRST },
	{ "PASID selective, wrong PASID", PASID_SELECTIVE, .did = DID_FIRST,
	  .pasid = P_SECOND },
	{ "PASID selective, first of a table", PASID_SELECTIVE, .did = DID_FIRST,
	  .pasid = 0 },
	{ "IOTLB global", IOTLB_GLOBAL, .takes = ALL_TLB },
	{ "IOTLB domain, SS", IOTLB_DOMAIN, .did = DID_SECOND, .takes = ALL_SECOND },
	{ "IOTLB domain, FS", IOTLB_DOMAIN, .did = DID_FIRST,
	  .takes = ALL_FIRST | ALL_FIRST_B },
	{ "IOTLB domain, N", IOTLB_DOMAIN, .did = DID_NESTED,
	  .takes = ALL_NESTED | BIT(WAY_GUEST) },
	{ "IOTLB domain, PT", IOTLB_DOMAIN, .did = DID_PASS,
	  .takes = ALL_PASS | BIT(TLB_PASS_B) },
	{ "IOTLB domain, source id", IOTLB_DOMAIN, .did = SID_A },
	{ "IOTLB domain, wrong DID", IOTLB_DOMAIN, .did = 99 },
	{ "IOTLB page, SS", IOTLB_PAGE, .did = DID_SECOND, .addr = IOVA,
	  .takes = BIT(TLB_SECOND) | BIT(WAY_SECOND) },
	{ "IOTLB page, SS, IH", IOTLB_PAGE, .did = DID_SECOND, .addr = IOVA, .ih = true,
	  .takes = BIT(TLB_SECOND) },
	{ "IOTLB page, SS, AM 1", IOTLB_PAGE, .did = DID_SECOND, .addr = IOVA + SZ_4K, .am = 1,
	  .takes = ALL_SECOND },
	{ "IOTLB page, SS, other page", IOTLB_PAGE, .did = DID_SECOND, .addr = IOVA + 2 * SZ_4K,
	  .ih = true },
	{ "IOTLB page, SS, wrong DID", IOTLB_PAGE, .did = 99, .addr = IOVA },
	{ "IOTLB page, within 2M", IOTLB_PAGE, .did = DID_LARGE, .addr = IOVA + SZ_1M,
	  .ih = true, .takes = BIT(TLB_LARGE) },
	{ "IOTLB page, FS, other page", IOTLB_PAGE, .did = DID_FIRST, .addr = 0,
	  .takes = ALL_FIRST | ALL_FIRST_B },
	{ "IOTLB page, N, other page, IH", IOTLB_PAGE, .did = DID_NESTED, .addr = IOVA,
	  .ih = true, .takes = ALL_NESTED },
	{ "IOTLB page, PT", IOTLB_PAGE, .did = DID_PASS, .addr = IOVA + SZ_4K, .ih = true,
	  .takes = BIT(TLB_PASS_NEXT) },
	{ "IOTLB page, PT, other page", IOTLB_PAGE, .did = DID_PASS, .addr = 0 },
	{ "PASID IOTLB, PT", PIOTLB_PASID, .did = DID_PASS, .pasid = P_PASS,
	  .takes = ALL_PASS },
	{ "PASID IOTLB, PT, wrong PASID", PIOTLB_PASID, .did = DID_PASS, .pasid = 0 },
	{ "PASID IOTLB page, PT", PIOTLB_PAGE, .did = DID_PASS, .pasid = P_PASS,
	  .addr = IOVA, .ih = true, .takes = BIT(TLB_PASS) | BIT(TLB_PASS_OTHER) },
	{ "PASID IOTLB, FS", PIOTLB_PASID, .did = DID_FIRST, .pasid = P_FIRST,
	  .takes = ALL_FIRST },
	{ "PASID IOTLB, N", PIOTLB_PASID, .did = DID_NESTED, .pasid = P_NESTED,
	  .takes = ALL_NESTED },
	{ "PASID IOTLB, SS", PIOTLB_PASID, .did = DID_SECOND, .pasid = P_SECOND },
	{ "PASID IOTLB, SS, PASID 0", PIOTLB_PASID, .did = DID_SECOND, .pasid = 0 },
	{ "PASID IOTLB, wrong DID", PIOTLB_PASID, .did = 99, .pasid = P_FIRST },
	{ "PASID IOTLB, wrong PASID", PIOTLB_PASID, .did = DID_FIRST, .pasid = 99 },
	{ "PASID IOTLB page, FS", PIOTLB_PAGE, .did = DID_FIRST, .pasid = P_FIRST,
	  .addr = IOVA, .takes = BIT(TLB_FIRST) | BIT(WAY_FIRST) },
	{ "PASID IOTLB page, FS, IH", PIOTLB_PAGE, .did = DID_FIRST, .pasid = P_FIRST,
	  .addr = IOVA, .ih = true, .takes = BIT(TLB_FIRST) },
	{ "PASID IOTLB page, FS, AM 1", PIOTLB_PAGE, .did = DID_FIRST, .pasid = P_FIRST,
	  .addr = IOVA + SZ_4K, .am = 1, .takes = ALL_FIRST },
	{ "PASID IOTLB page, FS, other page", PIOTLB_PAGE, .did = DID_FIRST, .pasid = P_FIRST,
	  .addr = IOVA + SZ_2M },
	{ "PASID IOTLB page, N", PIOTLB_PAGE, .did = DID_NESTED, .pasid = P_NESTED,
	  .addr = IOVA, .takes = ALL_NESTED },
	{ "PASID IOTLB page, SS", PIOTLB_PAGE, .did = DID_SECOND, .pasid = P_SECOND,
	  .addr = IOVA },
	{ "PASID IOTLB page, all", PIOTLB_PAGE, .did = DID_FIRST, .pasid = P_FIRST,
	  .addr = IOVA, .am = 63, .takes = ALL_FIRST },
};

static void row_describe(const struct row *row, char *text)
{
	strscpy(text, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_describe);

static bool is_cached(struct host *host, enum probe probe)
{
	struct vtdm_store *store = &host->unit->caches.store[probes[probe].cache];

	return vtdm_store_find(host->unit, store, &probes[probe].key);
}

static unsigned int cached(struct host *host)
{
	unsigned int probe, all = 0;

	for (probe = 0; probe < NR_PROBES; probe++)
		all |= is_cached(host, probe) ? BIT(probe) : 0;
	return all;
}

static void make_spaces(struct host *host)
{
	u64 second = host_page(host), large = host_page(host), guest = host_page(host);
	u64 first = host_page(host);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		host_map(host, second, 4, IOVA + i * SZ_4K, 1, host_page(host) | SECOND_LEAF,
			 SECOND_LINK);
		host_map(host, first, 4, IOVA + i * SZ_4K, 1, host_page(host) | FIRST_LEAF,
			 FIRST_LINK);
	}
	host_map(host, large, 4, IOVA, 2, SZ_2M | SECOND_LEAF | VTDM_SECOND_PS, SECOND_LINK);
	for (i = 0; i < 64; i++)
		host_map(host, guest, 4, HOST_BASE + i * SZ_4K, 1,
			 (HOST_BASE + i * SZ_4K) | SECOND_LEAF, SECOND_LINK);
	host_attach(host, SID_A, P_SECOND, VTDM_PGTT_SECOND, DID_SECOND, 0, second);
	host_attach(host, SID_B, P_SECOND, VTDM_PGTT_SECOND, DID_SECOND, 0, second);
	host_attach(host, SID_A, P_FIRST, VTDM_PGTT_FIRST, DID_FIRST, first, 0);
	host_attach(host, SID_A, P_FIRST_B, VTDM_PGTT_FIRST, DID_FIRST, first, 0);
	host_attach(host, SID_A, P_NESTED, VTDM_PGTT_NESTED, DID_NESTED, first, guest);
	host_attach(host, SID_A, P_LARGE, VTDM_PGTT_SECOND, DID_LARGE, 0, large);
	host_attach(host, SID_A, P_PASS, VTDM_PGTT_PASS, DID_PASS, 0, 0);
	host_attach(host, SID_A, P_PASS_B, VTDM_PGTT_PASS, DID_PASS, 0, 0);
	host_attach(host, SID_B, P_PASS, VTDM_PGTT_PASS, DID_PASS, 0, 0);
}

static void fill(struct host *host)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = P_SECOND };
	struct vtdm_endpoint *b = vtdm_endpoint_find(host->unit, SID_B);
	u32 pasid;

	for (pasid = P_SECOND; pasid <= P_PASS_B; pasid++)
		KUNIT_EXPECT_NE(host->test, host_phys(host, pasid, IOVA, false), ~0ULL);
	host_phys(host, P_SECOND, IOVA + SZ_4K, false);
	host_phys(host, P_FIRST, IOVA + SZ_4K, false);
	host_phys(host, P_PASS, IOVA + SZ_4K, false);
	KUNIT_EXPECT_EQ(host->test, vtdm_translate(b, &request).outcome, VTDM_DONE);
	request.pasid = P_PASS;
	KUNIT_EXPECT_EQ(host->test, vtdm_translate(b, &request).outcome, VTDM_DONE);
}

static void invalidate(struct vtdm *unit, const struct row *row)
{
	switch (row->kind) {
	case CONTEXT_GLOBAL:
		return vtdm_flush_context_global(unit);
	case CONTEXT_DOMAIN:
		return vtdm_flush_context_domain(unit, row->did);
	case CONTEXT_DEVICE:
		return vtdm_flush_context_device(unit, row->did, row->addr, row->am);
	case PASID_GLOBAL:
		return vtdm_flush_pasid_global(unit);
	case PASID_DOMAIN:
		return vtdm_flush_pasid_domain(unit, row->did);
	case PASID_SELECTIVE:
		return vtdm_flush_pasid_selective(unit, row->did, row->pasid);
	case IOTLB_GLOBAL:
		return vtdm_flush_iotlb_global(unit);
	case IOTLB_DOMAIN:
		return vtdm_flush_iotlb_domain(unit, row->did);
	case IOTLB_PAGE:
		return vtdm_flush_iotlb_page(unit, row->did, row->addr, row->am, row->ih);
	case PIOTLB_PASID:
		return vtdm_flush_pasid_iotlb_pasid(unit, row->did, row->pasid);
	case PIOTLB_PAGE:
		return vtdm_flush_pasid_iotlb_page(unit, row->did, row->pasid, row->addr, row->am,
						   row->ih);
	}
}

static void truth_table(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct host *host = host_create(test, NULL);

	host_add(host, SID_B);
	make_spaces(host);
	fill(host);
	KUNIT_ASSERT_EQ(test, cached(host), BIT(NR_PROBES) - 1);
	invalidate(host->unit, row);
	KUNIT_EXPECT_EQ(test, ~cached(host) & (BIT(NR_PROBES) - 1), row->takes);
}

/* With everything cached a DMA reads no memory, whatever memory says now. */
static void hits_read_nothing(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	unsigned int loads;
	u32 pasid;

	host_add(host, SID_B);
	make_spaces(host);
	fill(host);
	loads = host->loads;
	for (pasid = P_SECOND; pasid <= P_PASS_B; pasid++)
		host_phys(host, pasid, IOVA, false);
	KUNIT_EXPECT_EQ(test, host->loads, loads);
	KUNIT_EXPECT_EQ(test, host->exchanges, 0);
	memset(host_word(host, host->root), 0, SZ_4K);
	memset(host_word(host, host_pasid(host, SID_A, P_SECOND)), 0, VTDM_PASID_SIZE);
	KUNIT_EXPECT_NE(test, host_phys(host, P_SECOND, IOVA, false), ~0ULL);
}

/* 6.1: without CAP.CM "not present" is never kept, with it until invalidated. */
static void not_present(struct kunit *test, bool caching_mode)
{
	struct vtdm_config config;
	struct host *host;
	u64 second, leaf;

	host_config(&config);
	config.cap |= caching_mode ? VTDM_CAP_CM : 0;
	host = host_create(test, &config);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false), VTDM_REASON_ROOT_P);
	host_pasid(host, HOST_SID, 1);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false),
			caching_mode ? VTDM_REASON_ROOT_P : VTDM_REASON_PASID_P);
	vtdm_flush_context_device(host->unit, 0, HOST_SID, 0);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false), VTDM_REASON_PASID_P);
	second = host_page(host);
	host_attach(host, HOST_SID, 1, VTDM_PGTT_SECOND, HOST_DID, 0, second);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false),
			caching_mode ? VTDM_REASON_PASID_P : VTDM_REASON_SECOND_P);
	vtdm_flush_pasid_selective(host->unit, HOST_DID, 1);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false), VTDM_REASON_SECOND_P);
	leaf = host_map(host, second, 4, IOVA, 1, SECOND_LEAF | SZ_1G, SECOND_LINK);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false),
			caching_mode ? VTDM_REASON_SECOND_P : 0);
	vtdm_flush_iotlb_page(host->unit, HOST_DID, IOVA, 0, false);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, false), SZ_1G);
	/* present stays when memory loses it */
	*host_word(host, leaf) = 0;
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, false), SZ_1G);
}

static void not_present_is_not_kept(struct kunit *test)
{
	not_present(test, false);
}

static void not_present_is_kept(struct kunit *test)
{
	not_present(test, true);
}

/* More rights need no invalidation; fewer do. */
static void rights(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	u64 second = host_page(host), data = host_page(host);
	u64 leaf = host_map(host, second, 4, IOVA, 1, data | VTDM_SECOND_R, SECOND_LINK);

	host_attach(host, HOST_SID, 1, VTDM_PGTT_SECOND, HOST_DID, 0, second);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, false), data);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, true), VTDM_REASON_NO_WRITE);
	KUNIT_EXPECT_EQ(test, host_recorded(host), VTDM_REASON_NO_WRITE);
	*host_word(host, leaf) = data | SECOND_LEAF;
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, true), data);
	*host_word(host, leaf) = data | VTDM_SECOND_R;
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, true), data);
	vtdm_flush_iotlb_page(host->unit, HOST_DID, IOVA, 0, true);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, true), VTDM_REASON_NO_WRITE);
}

/* The same for the way to a table. */
static void rights_of_ways(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	u64 second = host_page(host), data = host_page(host), way;

	host_map(host, second, 4, IOVA, 1, data | SECOND_LEAF, SECOND_LINK);
	way = vtdm_level_entry(second, IOVA, 4);
	*host_word(host, way) &= ~VTDM_SECOND_W;
	host_attach(host, HOST_SID, 1, VTDM_PGTT_SECOND, HOST_DID, 0, second);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, true), VTDM_REASON_NO_WRITE);
	*host_word(host, way) |= VTDM_SECOND_W;
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, true), data);
}

/* A leaf behind a cached way is read through it, whatever is above. */
static void stale_ways(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	u64 second = host_page(host), old = host_page(host), new = host_page(host);
	u64 way;

	host_map(host, second, 4, IOVA, 1, old | SECOND_LEAF, SECOND_LINK);
	host_map(host, second, 4, IOVA + SZ_4K, 1, old | SECOND_LEAF, SECOND_LINK);
	host_attach(host, HOST_SID, 1, VTDM_PGTT_SECOND, HOST_DID, 0, second);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, false), old);
	way = host_map(host, second, 4, IOVA, 2, 0, SECOND_LINK);
	host_map(host, second, 4, IOVA + SZ_4K, 1, new | SECOND_LEAF, SECOND_LINK);
	KUNIT_EXPECT_NE(test, *host_word(host, way), 0);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA + SZ_4K, false), old);
	/* IH 1 keeps the way */
	vtdm_flush_iotlb_page(host->unit, HOST_DID, IOVA, 1, true);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA + SZ_4K, false), old);
	vtdm_flush_iotlb_page(host->unit, HOST_DID, IOVA, 1, false);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA + SZ_4K, false), new);
}

/* The least recently used entry goes; a knob makes a cache smaller at once. */
static void least_recently_used(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	u64 second = host_page(host);
	unsigned int i;

	for (i = 0; i < 4; i++)
		host_map(host, second, 4, IOVA + i * SZ_4K, 1, SECOND_LEAF | SZ_1G, SECOND_LINK);
	host_attach(host, HOST_SID, 1, VTDM_PGTT_SECOND, HOST_DID, 0, second);
	vtdm_knobs(host->unit)->entries[VTDM_CACHE_IOTLB] = 2;
	host_phys(host, 1, IOVA, false);
	host_phys(host, 1, IOVA + SZ_4K, false);
	host_phys(host, 1, IOVA, false);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->hits[VTDM_CACHE_IOTLB], 1);
	host_phys(host, 1, IOVA + 2 * SZ_4K, false);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->evictions[VTDM_CACHE_IOTLB], 1);
	host_phys(host, 1, IOVA, false);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->hits[VTDM_CACHE_IOTLB], 2);
	host_phys(host, 1, IOVA + SZ_4K, false);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->hits[VTDM_CACHE_IOTLB], 2);
	vtdm_knobs(host->unit)->entries[VTDM_CACHE_IOTLB] = 1;
	host_phys(host, 1, IOVA + 3 * SZ_4K, false);
	KUNIT_EXPECT_EQ(test, host->unit->caches.store[VTDM_CACHE_IOTLB].count, 1);
}

/* A domain id that is used again serves what is left of the last user. */
static void domain_id_again(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	u64 one = host_page(host), two = host_page(host);

	host_add(host, SID_B);
	host_map(host, one, 4, IOVA, 1, SECOND_LEAF | SZ_1G, SECOND_LINK);
	host_map(host, two, 4, IOVA, 1, SECOND_LEAF | SZ_2M, SECOND_LINK);
	host_attach(host, HOST_SID, 1, VTDM_PGTT_SECOND, HOST_DID, 0, one);
	host_attach(host, HOST_SID, 2, VTDM_PGTT_SECOND, HOST_DID, 0, two);
	KUNIT_EXPECT_EQ(test, host_phys(host, 1, IOVA, false), SZ_1G);
	KUNIT_EXPECT_EQ(test, host_phys(host, 2, IOVA, false), SZ_1G);
	vtdm_flush_iotlb_domain(host->unit, HOST_DID);
	KUNIT_EXPECT_EQ(test, host_phys(host, 2, IOVA, false), SZ_2M);
}

static void flush_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case flush_tests[] = {
	KUNIT_CASE_PARAM(truth_table, row_gen_params),
	KUNIT_CASE(hits_read_nothing),
	KUNIT_CASE(not_present_is_not_kept),
	KUNIT_CASE(not_present_is_kept),
	KUNIT_CASE(rights),
	KUNIT_CASE(rights_of_ways),
	KUNIT_CASE(stale_ways),
	KUNIT_CASE(least_recently_used),
	KUNIT_CASE(domain_id_again),
	{}
};

static struct kunit_suite flush_suite = {
	.name = "vtdm-flush",
	.exit = flush_exit,
	.test_cases = flush_tests,
};

kunit_test_suite(flush_suite);
