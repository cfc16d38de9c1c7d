// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the detector finds what is left of tables that somebody else changes,
 * and blames nothing that was filled after the flush.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-scene.h"

#define LEAF_PASID	"PASID IOTLB invalidate, page, DID 7, PASID 9, address 0x40000000 AM 0"
#define WAY_PASID	"PASID IOTLB invalidate, page, DID 7, PASID 9, address 0x40000000 AM 9 IH 0"
#define LEAF_DEVICE	"PASID device TLB invalidate, source id 0x123, PASID 9, address 0x40000000 S 0"

static void changed(struct scene *scene, u64 first, u64 last)
{
	vtdm_reported_changed(scene->unit, HOST_SID, PASID, first, last, "notifier");
}

static void changed_page(struct scene *scene)
{
	changed(scene, IOVA, IOVA + SZ_4K - 1);
}

/* As a driver has to: leaves, and the tables that lead there */
static void flush(struct scene *scene)
{
	vtdm_flush_pasid_iotlb_page(scene->unit, HOST_DID, PASID, IOVA, 0, false);
	vtdm_flush_pasid_device_tlb(scene->unit, HOST_SID, PASID, IOVA, false);
}

static void make_process(struct kunit *test, struct scene *scene, bool ats)
{
	make(test, scene, VTDM_PGTT_FIRST, false);
	if (ats)
		KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene->host->ep, VTDM_ATS, true), 0);
	KUNIT_ASSERT_EQ(test, dma(scene), scene->old);
}

static u64 dma_read(struct scene *scene)
{
	return host_phys(scene->host, PASID, IOVA, false);
}

/* One more descriptor that is needed to see the device TLB alone */
static void flush_iotlb(struct scene *scene)
{
	vtdm_flush_pasid_iotlb_page(scene->unit, HOST_DID, PASID, IOVA, 0, false);
}

/* ---- what must be found: what the leaf is now, and who kept the old one ---- */

static const struct stale {
	const char *name;
	enum { GONE, OTHER, READ_ONLY } leaf;
	bool ats;
	bool hears;
} stales[] = {
	{ "gone, IOTLB", GONE, false, false },
	{ "other page, IOTLB", OTHER, false, false },
	{ "read only, IOTLB", READ_ONLY, false, false },
	{ "gone, device TLB", GONE, true, false },
	{ "other page, device TLB", OTHER, true, false },
	{ "read only, device TLB", READ_ONLY, true, false },
	{ "gone, IOTLB, with begin", GONE, false, true },
	{ "other page, IOTLB, with begin", OTHER, false, true },
	{ "read only, IOTLB, with begin", READ_ONLY, false, true },
	{ "gone, device TLB, with begin", GONE, true, true },
	{ "other page, device TLB, with begin", OTHER, true, true },
	{ "read only, device TLB, with begin", READ_ONLY, true, true },
};

static void stale_text(const struct stale *stale, char *text)
{
	strscpy(text, stale->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(stales, stales, stale_text);

static u64 stale_leaf(const struct scene *scene, const struct stale *stale)
{
	switch (stale->leaf) {
	case OTHER:
		return scene->new | FIRST_LEAF;
	case READ_ONLY:
		return scene->old | (FIRST_LEAF & ~VTDM_FIRST_RW);
	default:
		return 0;
	}
}

static void not_flushed(struct kunit *test)
{
	const struct stale *stale = test->param_value;
	struct scene scene;

	make_process(test, &scene, stale->ats);
	*leaf(&scene) = stale_leaf(&scene, stale);
	/* nobody was promised anything yet */
	dma(&scene);
	expect(&scene, 0);
	if (stale->hears)
		vtdm_changing(scene.unit, true);
	if (stale->ats)
		flush_iotlb(&scene);
	changed_page(&scene);
	if (stale->hears)
		vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 1);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	KUNIT_ASSERT_EQ(test, scene.host->nr_defects, 1);
	expect_defect(&scene, VTDM_DEFECT_STALE,
		      stale->ats ? VTDM_CACHE_DEVICE : VTDM_CACHE_IOTLB,
		      stale->ats ? LEAF_DEVICE : LEAF_PASID);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.who, "notifier");
	KUNIT_EXPECT_EQ(test, scene.host->defect.stale, scene.old);
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh,
			stale->leaf == OTHER ? scene.new : ~0ULL);
	flush(&scene);
	dma(&scene);
	expect(&scene, 1);
}

/* What may still be read there may be read: only the write is wrong. */
static void lost_write_reads(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	*leaf(&scene) &= ~VTDM_FIRST_RW;
	changed_page(&scene);
	KUNIT_EXPECT_EQ(test, dma_read(&scene), scene.old);
	expect(&scene, 0);
	dma(&scene);
	expect(&scene, 1);
}

/* D was cleared for the next write to set it, but the unit thinks that it is set. */
static void lost_mark(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	*leaf(&scene) &= ~VTDM_FIRST_D;
	changed_page(&scene);
	dma_read(&scene);
	expect(&scene, 0);
	dma(&scene);
	expect_defect(&scene, VTDM_DEFECT_UNMARKED, VTDM_CACHE_IOTLB, LEAF_PASID);
}

/* The table of leaves is another one; the flush said that only leaves changed. */
static void other_way(struct kunit *test)
{
	struct scene scene;
	u64 table, way;

	make_process(test, &scene, false);
	table = host_page(scene.host);
	*host_word(scene.host, vtdm_level_entry(table, IOVA, 1)) = scene.new | FIRST_LEAF;
	way = scene.leaf & VTDM_PAGE_MASK;
	host_map(scene.host, scene.root, 4, IOVA, 2, table | FIRST_LINK, FIRST_LINK);
	vtdm_changing(scene.unit, true);
	vtdm_flush_pasid_iotlb_page(scene.unit, HOST_DID, PASID, IOVA, 0, true);
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, *host_word(scene.host, vtdm_level_entry(way, IOVA, 1)),
			scene.old | FIRST_LEAF);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_PAGING, WAY_PASID);
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh, scene.new);
}

/* A large page took the place of a table, and the way to the table was kept. */
static void collapsed(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	host_map(scene.host, scene.root, 4, IOVA, 2, SZ_2M | VTDM_FIRST_PS | FIRST_LEAF,
		 FIRST_LINK);
	vtdm_flush_pasid_iotlb_page(scene.unit, HOST_DID, PASID, IOVA, 0, true);
	changed(&scene, IOVA, IOVA + SZ_2M - 1);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_PAGING, WAY_PASID);
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh, SZ_2M);
}

/* ATS, in the wrong order: the device takes the old one from the IOTLB once more. */
static void device_asks_again(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, true);
	*leaf(&scene) = scene.new | FIRST_LEAF;
	vtdm_changing(scene.unit, true);
	vtdm_flush_pasid_device_tlb(scene.unit, HOST_SID, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	flush_iotlb(&scene);
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_DEVICE, LEAF_DEVICE);
}

/* ---- what is innocent ---- */

/* The order that drivers must keep, with DMA at each step. */
static void flushed(struct kunit *test, bool ats, u64 entry)
{
	struct scene scene;

	make_process(test, &scene, ats);
	*leaf(&scene) = entry ? scene.new | entry : 0;
	vtdm_changing(scene.unit, true);
	dma(&scene);
	flush(&scene);
	dma(&scene);
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), entry ? scene.new : ~0ULL);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
}

static void flushed_gone(struct kunit *test)
{
	flushed(test, false, 0);
}

static void flushed_other(struct kunit *test)
{
	flushed(test, false, FIRST_LEAF);
}

static void flushed_device_gone(struct kunit *test)
{
	flushed(test, true, 0);
}

static void flushed_device_other(struct kunit *test)
{
	flushed(test, true, FIRST_LEAF);
}

/* Filled after the flush, changed once more: that flush is on its way. */
static void changed_again(struct kunit *test, bool ats)
{
	struct scene scene;

	make_process(test, &scene, ats);
	*leaf(&scene) = scene.new | FIRST_LEAF;
	vtdm_changing(scene.unit, true);
	flush(&scene);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	*leaf(&scene) = 0;
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	expect(&scene, 0);
	/* if that flush does not come, its own report finds it */
	vtdm_changing(scene.unit, true);
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	dma(&scene);
	expect(&scene, 1);
}

static void changed_again_iotlb(struct kunit *test)
{
	changed_again(test, false);
}

static void changed_again_device(struct kunit *test)
{
	changed_again(test, true);
}

/* Two at a time: the report of the second is not about what the first lets in. */
static void two_at_a_time(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	vtdm_changing(scene.unit, true);
	flush(&scene);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	*leaf(&scene) = scene.new | FIRST_LEAF;
	vtdm_changing(scene.unit, true);
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 0);
	flush(&scene);
	changed_page(&scene);
	vtdm_changing(scene.unit, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
}

/* Equal to memory at the report, and changed later. */
static void equal_at_the_report(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	*leaf(&scene) = 0;
	*leaf(&scene) = scene.old | FIRST_LEAF;
	changed(&scene, 0, ~0ULL);
	*leaf(&scene) = 0;
	dma(&scene);
	expect(&scene, 0);
}

/* More is allowed than is cached, and A is clear: not what a flush is for. */
static void gained(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	*leaf(&scene) = scene.old | (FIRST_LEAF & ~(VTDM_FIRST_RW | VTDM_FIRST_D));
	KUNIT_EXPECT_EQ(test, dma_read(&scene), scene.old);
	*leaf(&scene) = (scene.old | FIRST_LEAF) & ~VTDM_FIRST_A;
	changed_page(&scene);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 0);
}

/* Another page, another PASID, another device: not what was reported. */
static void other_reports(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	*leaf(&scene) = 0;
	changed(&scene, IOVA + SZ_2M, ~0ULL);
	changed(&scene, 0, IOVA - 1);
	vtdm_reported_changed(scene.unit, HOST_SID, PASID + 1, 0, ~0ULL, "notifier");
	vtdm_reported_changed(scene.unit, HOST_SID, 0, 0, ~0ULL, "notifier");
	vtdm_reported_changed(scene.unit, SID_B, PASID, 0, ~0ULL, "notifier");
	dma(&scene);
	expect(&scene, 0);
}

/* Only a report of this address is about it, but every one of its ways is. */
static void ways_touch(struct kunit *test)
{
	struct scene scene;

	make_process(test, &scene, false);
	host_map(scene.host, scene.root, 4, IOVA, 2, 0, FIRST_LINK);
	vtdm_flush_pasid_iotlb_page(scene.unit, HOST_DID, PASID, IOVA, 0, true);
	changed(&scene, IOVA + SZ_4K, IOVA + 2 * SZ_4K - 1);
	dma(&scene);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_PAGING, WAY_PASID);
}

/* The process frees its tables after the report: the walks are over by then. */
static void no_walks_later(struct kunit *test)
{
	struct scene scene;
	unsigned int loads;

	make_process(test, &scene, false);
	host_map(scene.host, scene.root, 4, IOVA, 2, 0, FIRST_LINK);
	flush(&scene);
	changed_page(&scene);
	host_free_page(scene.host, scene.leaf & VTDM_PAGE_MASK);
	loads = scene.host->loads;
	/* The unit's own walk: context and PASID entries are cached, three levels */
	KUNIT_EXPECT_EQ(test, host_dma(scene.host, PASID, IOVA, true).outcome, VTDM_BLOCKED);
	KUNIT_EXPECT_EQ(test, scene.host->loads, loads + 3);
	expect(&scene, 0);
	/* Switched off, a report costs nothing */
	vtdm_detector_set(scene.unit, VTDM_DETECTOR_OFF);
	changed(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, scene.host->loads, loads + 3);
}

static void changed_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case changed_tests[] = {
	KUNIT_CASE_PARAM(not_flushed, stales_gen_params),
	KUNIT_CASE(lost_write_reads),
	KUNIT_CASE(lost_mark),
	KUNIT_CASE(other_way),
	KUNIT_CASE(collapsed),
	KUNIT_CASE(device_asks_again),
	KUNIT_CASE(flushed_gone),
	KUNIT_CASE(flushed_other),
	KUNIT_CASE(flushed_device_gone),
	KUNIT_CASE(flushed_device_other),
	KUNIT_CASE(changed_again_iotlb),
	KUNIT_CASE(changed_again_device),
	KUNIT_CASE(two_at_a_time),
	KUNIT_CASE(equal_at_the_report),
	KUNIT_CASE(gained),
	KUNIT_CASE(other_reports),
	KUNIT_CASE(ways_touch),
	KUNIT_CASE(no_walks_later),
	{}
};

static struct kunit_suite changed_suite = {
	.name = "vtdm-changed",
	.exit = changed_exit,
	.test_cases = changed_tests,
};

kunit_test_suite(changed_suite);
