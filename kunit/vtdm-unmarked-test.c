// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the detector finds writes that leave no mark, and not their near
 * misses.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-scene.h"

/* A page that was written, by a unit that marks, and is cached as dirty. */
static void make_dirty(struct kunit *test, struct scene *scene, u8 pgtt)
{
	make(test, scene, pgtt, false);
	if (pgtt == VTDM_PGTT_SECOND)
		*host_word(scene->host, host_pasid(scene->host, HOST_SID, PASID)) |=
			VTDM_PASID_SSADE;
	KUNIT_ASSERT_EQ(test, dma(scene), scene->old);
}

static u64 mark(u8 pgtt)
{
	return pgtt == VTDM_PGTT_SECOND ? VTDM_SECOND_D : VTDM_FIRST_D;
}

static void clear_mark(struct kunit *test, struct scene *scene, u8 pgtt)
{
	KUNIT_ASSERT_TRUE(test, *leaf(scene) & mark(pgtt));
	*leaf(scene) &= ~mark(pgtt);
}

static void clean(struct scene *scene, u64 first, u64 last)
{
	vtdm_reported_clean(scene->unit, HOST_SID, PASID, first, last, "clear");
}

static u64 dma_read(struct scene *scene)
{
	return host_phys(scene->host, PASID, IOVA, false);
}

static void not_flushed(struct kunit *test, u8 pgtt, const char *missing)
{
	struct scene scene;

	make_dirty(test, &scene, pgtt);
	clear_mark(test, &scene, pgtt);
	/* nobody was promised anything yet */
	dma(&scene);
	expect(&scene, 0);
	clean(&scene, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 1);
	dma_read(&scene);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	KUNIT_EXPECT_FALSE(test, *leaf(&scene) & mark(pgtt));
	expect_defect(&scene, VTDM_DEFECT_UNMARKED, VTDM_CACHE_IOTLB, missing);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.who, "clear");
	KUNIT_EXPECT_EQ(test, scene.host->defect.stale, scene.old);
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh, scene.old);
	/* software marks it itself: nothing is missed any more */
	*leaf(&scene) |= mark(pgtt);
	dma(&scene);
	expect(&scene, 1);
}

static void second_stage(struct kunit *test)
{
	not_flushed(test, VTDM_PGTT_SECOND,
		    "IOTLB invalidate, page-selective, DID 7, address 0x40000000 AM 0");
}

static void first_stage(struct kunit *test)
{
	not_flushed(test, VTDM_PGTT_FIRST,
		    "PASID IOTLB invalidate, page, DID 7, PASID 9, address 0x40000000 AM 0");
}

/* The order that drivers must keep, with DMA in between. */
static void flushed(struct kunit *test, u8 pgtt)
{
	struct scene scene;
	unsigned int i;

	make_dirty(test, &scene, pgtt);
	for (i = 0; i < 3; i++) {
		clear_mark(test, &scene, pgtt);
		dma(&scene);
		vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, true);
		dma(&scene);
		clean(&scene, IOVA, IOVA + SZ_4K - 1);
		dma(&scene);
		KUNIT_EXPECT_TRUE(test, *leaf(&scene) & mark(pgtt));
	}
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
}

static void flushed_second(struct kunit *test)
{
	flushed(test, VTDM_PGTT_SECOND);
}

static void flushed_first(struct kunit *test)
{
	flushed(test, VTDM_PGTT_FIRST);
}

/* Filled by a read after the flush: the next write looks at the leaf. */
static void cached_clean(struct kunit *test)
{
	struct scene scene;

	make_dirty(test, &scene, VTDM_PGTT_SECOND);
	clear_mark(test, &scene, VTDM_PGTT_SECOND);
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, true);
	dma_read(&scene);
	clean(&scene, 0, ~0ULL);
	dma(&scene);
	KUNIT_EXPECT_TRUE(test, *leaf(&scene) & VTDM_SECOND_D);
	expect(&scene, 0);
}

/* Another page, another PASID, another device: not what was reported. */
static void other_reports(struct kunit *test)
{
	struct scene scene;

	make_dirty(test, &scene, VTDM_PGTT_FIRST);
	clear_mark(test, &scene, VTDM_PGTT_FIRST);
	clean(&scene, IOVA + SZ_4K, ~0ULL);
	clean(&scene, 0, IOVA - 1);
	vtdm_reported_clean(scene.unit, HOST_SID, PASID + 1, 0, ~0ULL, "clear");
	vtdm_reported_clean(scene.unit, HOST_SID, 0, 0, ~0ULL, "clear");
	vtdm_reported_clean(scene.unit, HOST_SID + 1, PASID, 0, ~0ULL, "clear");
	vtdm_reported_clean(scene.unit, SID_B, PASID, 0, ~0ULL, "clear");
	dma(&scene);
	expect(&scene, 0);
}

/* An unmap under way is not what is reported. */
static void unmapped(struct kunit *test)
{
	struct scene scene;

	make_dirty(test, &scene, VTDM_PGTT_SECOND);
	*leaf(&scene) = 0;
	clean(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
	dma(&scene);
	expect(&scene, 0);
}

/* A unit that does not mark: who reports clean pages did not look there. */
static void no_marks(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	clean(&scene, 0, ~0ULL);
	dma(&scene);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
}

/* ATS: the IOTLB was flushed, the device TLB was not. */
static void device_tlb(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, true), 0);
	dma(&scene);
	clear_mark(test, &scene, VTDM_PGTT_FIRST);
	vtdm_flush_pasid_iotlb_page(scene.unit, HOST_DID, PASID, IOVA, 0, true);
	clean(&scene, IOVA, IOVA + SZ_4K - 1);
	dma_read(&scene);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_UNMARKED, VTDM_CACHE_DEVICE,
		      "PASID device TLB invalidate, source id 0x123, PASID 9, address 0x40000000 S 0");
	vtdm_flush_pasid_device_tlb(scene.unit, HOST_SID, PASID, IOVA, false);
	dma(&scene);
	KUNIT_EXPECT_TRUE(test, *leaf(&scene) & VTDM_FIRST_D);
	expect(&scene, 1);
}

static void unmarked_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case unmarked_tests[] = {
	KUNIT_CASE(second_stage),
	KUNIT_CASE(first_stage),
	KUNIT_CASE(flushed_second),
	KUNIT_CASE(flushed_first),
	KUNIT_CASE(cached_clean),
	KUNIT_CASE(other_reports),
	KUNIT_CASE(unmapped),
	KUNIT_CASE(no_marks),
	KUNIT_CASE(device_tlb),
	{}
};

static struct kunit_suite unmarked_suite = {
	.name = "vtdm-unmarked",
	.exit = unmarked_exit,
	.test_cases = unmarked_tests,
};

kunit_test_suite(unmarked_suite);
