// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the detector finds each kind of defect, and not its near misses.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-scene.h"

/* The page was unmapped and reported, but not flushed. */
static void unmap_without_flush(struct kunit *test, u8 pgtt, const char *missing)
{
	struct scene scene;

	make(test, &scene, pgtt, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	*leaf(&scene) = 0;
	/* not promised to anybody yet: hardware may do that */
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 0);
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 1);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_IOTLB, missing);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.who, "unmap");
	KUNIT_EXPECT_EQ(test, scene.host->defect.stale, scene.old);
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh, ~0ULL);
	KUNIT_EXPECT_EQ(test, scene.host->defect.addr, IOVA);
}

static void second_stage_page(struct kunit *test)
{
	unmap_without_flush(test, VTDM_PGTT_SECOND,
			    "IOTLB invalidate, page-selective, DID 7, address 0x40000000 AM 0");
}

static void first_stage_page(struct kunit *test)
{
	unmap_without_flush(test, VTDM_PGTT_FIRST,
			    "PASID IOTLB invalidate, page, DID 7, PASID 9, address 0x40000000 AM 0");
}

/* Mapped again to another page before the flush: where does it lead? */
static void mapped_again(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	*leaf(&scene) = 0;
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	*leaf(&scene) = scene.new | SECOND_LEAF;
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 1);
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh, scene.new);
	/* to the same page: nothing is wrong */
	*leaf(&scene) = scene.old | SECOND_LEAF;
	dma(&scene);
	expect(&scene, 1);
}

/* The order that drivers must keep, twice, with all DMA in between. */
static void flushed(struct kunit *test, u8 pgtt, u64 entry)
{
	struct scene scene;
	unsigned int i;

	make(test, &scene, pgtt, false);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
		*leaf(&scene) = 0;
		dma(&scene);
		vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, true);
		dma(&scene);
		gone(&scene, IOVA, IOVA + SZ_4K - 1);
		dma(&scene);
		*leaf(&scene) = entry | scene.old;
	}
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
}

static void flushed_is_no_defect(struct kunit *test)
{
	flushed(test, VTDM_PGTT_SECOND, SECOND_LEAF);
}

static void flushed_first_is_no_defect(struct kunit *test)
{
	flushed(test, VTDM_PGTT_FIRST, FIRST_LEAF);
}

/* An entry that was filled again after the flush is not what was reported. */
static void filled_again(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	*leaf(&scene) = 0;
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, true);
	*leaf(&scene) = scene.new | SECOND_LEAF;
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	/* the next unmap is under way, not flushed yet */
	*leaf(&scene) = 0;
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	expect(&scene, 0);
}

/* Another page, another PASID, another device: not what was reported. */
static void other_reports(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	*leaf(&scene) = 0;
	gone(&scene, IOVA + SZ_4K, ~0ULL);
	gone(&scene, 0, IOVA - 1);
	vtdm_reported_gone(scene.unit, HOST_SID, PASID + 1, 0, ~0ULL, "unmap");
	vtdm_reported_gone(scene.unit, HOST_SID, 0, 0, ~0ULL, "unmap");
	vtdm_reported_gone(scene.unit, HOST_SID + 1, PASID, 0, ~0ULL, "unmap");
	vtdm_reported_gone(scene.unit, SID_B, PASID, 0, ~0ULL, "unmap");
	dma(&scene);
	expect(&scene, 0);
}

/* One of two devices with the same domain id leaves; the other goes on. */
static void shared_domain(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	host_attach(scene.host, SID_B, PASID, VTDM_PGTT_SECOND, HOST_DID, 0, scene.root);
	dma(&scene);
	KUNIT_EXPECT_EQ(test, dma_b(&scene), scene.old);
	memset(host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID)), 0,
	       VTDM_PASID_SIZE);
	vtdm_flush_pasid_selective(scene.unit, HOST_DID, PASID);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma_b(&scene), scene.old);
	expect(&scene, 0);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_PASID_P);
	/* the entry that it had filled was never flushed: that shows now */
	*leaf(&scene) = 0;
	KUNIT_EXPECT_EQ(test, dma_b(&scene), scene.old);
	expect(&scene, 1);
}

/* The same with the flush: an unmap of the other is under way. */
static void shared_domain_flushed(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	host_attach(scene.host, SID_B, PASID, VTDM_PGTT_SECOND, HOST_DID, 0, scene.root);
	dma(&scene);
	dma_b(&scene);
	memset(host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID)), 0,
	       VTDM_PASID_SIZE);
	vtdm_flush_pasid_selective(scene.unit, HOST_DID, PASID);
	vtdm_flush_iotlb_domain(scene.unit, HOST_DID);
	dma_b(&scene);
	gone(&scene, 0, ~0ULL);
	*leaf(&scene) = 0;
	KUNIT_EXPECT_EQ(test, dma_b(&scene), scene.old);
	expect(&scene, 0);
}

/* Detached: the PASID cache was not flushed. */
static void pasid_cache(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	memset(host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID)), 0,
	       VTDM_PASID_SIZE);
	vtdm_flush_iotlb_domain(scene.unit, HOST_DID);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_PASID,
		      "PASID-cache invalidate, PASID 9, DID 7");
	/* what was filled through it is no better, also after that flush */
	vtdm_flush_pasid_selective(scene.unit, HOST_DID, PASID);
	host_attach(scene.host, HOST_SID, PASID, VTDM_PGTT_SECOND, HOST_DID, 0,
		    host_page(scene.host));
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 2);
}

/* A device is gone: the context cache was not flushed. */
static void context_cache(struct kunit *test)
{
	struct scene scene;
	u64 context;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	host_attach(scene.host, HOST_SID, 0, VTDM_PGTT_SECOND, HOST_DID, 0, scene.root);
	context = host_context(scene.host, HOST_SID);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, false), scene.old);
	*host_word(scene.host, context) = 0;
	vtdm_flush_pasid_global(scene.unit);
	vtdm_flush_iotlb_global(scene.unit);
	vtdm_reported_gone(scene.unit, HOST_SID, 0, 0, ~0ULL, "removal");
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, false), scene.old);
	expect(&scene, 1);
	KUNIT_EXPECT_EQ(test, scene.host->defect.cache, VTDM_CACHE_CONTEXT);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.missing,
			   "context-cache invalidate, device, source id 0x123");
	KUNIT_EXPECT_STREQ(test, scene.host->defect.who, "removal");
}

/* A table was replaced, but the flush said that only leaves had changed. */
static void paging_structure(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	host_map(scene.host, scene.root, 4, IOVA, 2, 0, SECOND_LINK);
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 9, true);
	gone(&scene, IOVA, IOVA + SZ_2M - 1);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_PAGING,
		      "IOTLB invalidate, page-selective, DID 7, address 0x40000000 AM 9 IH 0");
}

/* Only leaves have changed: the way to them may stay, and serve the next ones. */
static void leaves_only(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	*leaf(&scene) = 0;
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, true);
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	*leaf(&scene) = scene.new | SECOND_LEAF;
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	*leaf(&scene) = 0;
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	expect(&scene, 0);
}

/* ATS: the IOTLB was flushed, the device TLB was not. */
static void device_tlb(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, true), 0);
	dma(&scene);
	*leaf(&scene) = 0;
	vtdm_flush_pasid_iotlb_page(scene.unit, HOST_DID, PASID, IOVA, 0, true);
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_defect(&scene, VTDM_DEFECT_STALE, VTDM_CACHE_DEVICE,
		      "PASID device TLB invalidate, source id 0x123, PASID 9, address 0x40000000 S 0");
	vtdm_flush_pasid_device_tlb(scene.unit, HOST_SID, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, host_dma(scene.host, PASID, IOVA, true).outcome,
			VTDM_NO_PERMISSION);
	expect(&scene, 1);
}

/* ATS, in the wrong order: the device asks again before the IOTLB is flushed. */
static void device_tlb_first(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, true), 0);
	dma(&scene);
	*leaf(&scene) = 0;
	vtdm_flush_pasid_device_tlb(scene.unit, HOST_SID, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	vtdm_flush_pasid_iotlb_page(scene.unit, HOST_DID, PASID, IOVA, 0, true);
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 1);
	KUNIT_EXPECT_EQ(test, scene.host->defect.cache, VTDM_CACHE_DEVICE);
}

/* ATS: filled from a doomed entry of the IOTLB, which is then flushed. */
static void device_tlb_inherits(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	dma(&scene);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, true), 0);
	*leaf(&scene) = 0;
	gone(&scene, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 1);
	vtdm_flush_pasid_iotlb_pasid(scene.unit, HOST_DID, PASID);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 2);
	/* the cause is not in the device */
	KUNIT_EXPECT_EQ(test, scene.host->defect.cache, VTDM_CACHE_IOTLB);
}

/* A PASID leaves while the context entry is about to change for another reason. */
static void context_of_others(struct kunit *test)
{
	struct scene scene;
	u64 *context;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	context = host_word(scene.host, host_context(scene.host, HOST_SID));
	context[0] &= ~VTDM_CONTEXT_PASIDE;
	vtdm_flush_iotlb_domain(scene.unit, HOST_DID);
	vtdm_flush_pasid_selective(scene.unit, HOST_DID, PASID);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 0);
}

/* Nested: second-stage ways are about guest addresses, reports are not. */
static void nested_reports(struct kunit *test)
{
	struct scene scene;
	u64 guest, way;
	unsigned int i;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	guest = host_page(scene.host);
	for (i = 0; i < 64; i++)
		host_map(scene.host, guest, 4, HOST_BASE + i * SZ_4K, 1,
			 (HOST_BASE + i * SZ_4K) | SECOND_LEAF, SECOND_LINK);
	host_attach(scene.host, HOST_SID, PASID, VTDM_PGTT_NESTED, HOST_DID, scene.root, guest);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	/* 0 to 2 MiB are gone for the device; there it had nothing */
	gone(&scene, 0, SZ_2M - 1);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.unit)->would_be_stale, 0);
	/* the guest's own table goes on being used while it changes */
	way = vtdm_level_entry(scene.root, IOVA, 4);
	*host_word(scene.host, way) = 0;
	dma(&scene);
	expect(&scene, 0);
}

/* A table is freed before the flush: the flush shows it, and so does a DMA. */
static void freed_before_flush(struct kunit *test)
{
	struct scene scene;
	u64 table;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	table = scene.leaf & VTDM_PAGE_MASK;
	host_map(scene.host, scene.root, 4, IOVA, 2, 0, SECOND_LINK);
	host_free_page(scene.host, table);
	expect(&scene, 0);
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, false);
	expect_defect(&scene, VTDM_DEFECT_FREED, VTDM_CACHE_PAGING,
		      "IOTLB invalidate, page-selective, DID 7, address 0x40000000 AM 9 IH 0");
	KUNIT_EXPECT_EQ(test, scene.host->defect.stale, table);
}

/* The table that led there was flushed with IH, reported, and freed. */
static void freed_with_hint(struct kunit *test)
{
	struct scene scene;
	u64 table;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	table = scene.leaf & VTDM_PAGE_MASK;
	host_map(scene.host, scene.root, 4, IOVA, 2, 0, SECOND_LINK);
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, true);
	gone(&scene, IOVA, IOVA + SZ_2M - 1);
	/* nothing is found there, so that this is the only find */
	*leaf(&scene) = 0;
	host_free_page(scene.host, table);
	dma(&scene);
	expect_defect(&scene, VTDM_DEFECT_FREED, VTDM_CACHE_PAGING,
		      "IOTLB invalidate, page-selective, DID 7, address 0x40000000 AM 9 IH 0");
	KUNIT_EXPECT_STREQ(test, scene.host->defect.who, "unmap");
}

static void freed_and_used(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	host_free_page(scene.host, scene.root);
	dma(&scene);
	expect_defect(&scene, VTDM_DEFECT_FREED, VTDM_CACHE_PASID,
		      "PASID-cache invalidate, PASID 9, DID 7");
	dma(&scene);
	expect(&scene, 1);
}

/* The same in the right order; and freeing with translation off. */
static void freed_after_flush(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	host_map(scene.host, scene.root, 4, IOVA, 2, 0, SECOND_LINK);
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, false);
	host_free_page(scene.host, scene.leaf & VTDM_PAGE_MASK);
	host_dma(scene.host, PASID, IOVA, true);
	host_translate(scene.host, false);
	host_free_page(scene.host, scene.root);
	host_free_page(scene.host, host_pasid(scene.host, HOST_SID, PASID) & VTDM_PAGE_MASK);
	host_flush_all(scene.host);
	host_translate(scene.host, true);
	expect(&scene, 0);
}

/* CAP.CM: a page was mapped and said to be, but "not present" not flushed. */
static void caching_mode(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, true);
	*leaf(&scene) = 0;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_SECOND_P);
	*leaf(&scene) = scene.old | SECOND_LEAF;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_SECOND_P);
	expect(&scene, 0);
	vtdm_mapped(scene.unit, HOST_SID, PASID, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_SECOND_P);
	expect_defect(&scene, VTDM_DEFECT_NOT_PRESENT, VTDM_CACHE_IOTLB,
		      "IOTLB invalidate, page-selective, DID 7, address 0x40000000 AM 0");
	KUNIT_EXPECT_EQ(test, scene.host->defect.fresh, scene.old);
	/* unmapped again: blocked rightly */
	*leaf(&scene) = 0;
	host_dma(scene.host, PASID, IOVA, true);
	expect(&scene, 1);
}

static void caching_mode_flushed(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, true);
	*leaf(&scene) = 0;
	host_dma(scene.host, PASID, IOVA, true);
	*leaf(&scene) = scene.old | SECOND_LEAF;
	vtdm_flush_iotlb_page(scene.unit, HOST_DID, IOVA, 0, false);
	vtdm_mapped(scene.unit, HOST_SID, PASID, IOVA, IOVA + SZ_4K - 1);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 0);
}

/* The PASID table entry was "not present", and that was not flushed. */
static void caching_mode_pasid(struct kunit *test)
{
	struct scene scene;
	u64 *entry;

	make(test, &scene, VTDM_PGTT_SECOND, true);
	entry = host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID));
	entry[0] &= ~VTDM_PASID_P;
	host_dma(scene.host, PASID, IOVA, true);
	entry[0] |= VTDM_PASID_P;
	vtdm_mapped(scene.unit, HOST_SID, PASID, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_PASID_P);
	expect_defect(&scene, VTDM_DEFECT_NOT_PRESENT, VTDM_CACHE_PASID,
		      "PASID-cache invalidate, PASID 9, DID 7");
}

/* The detector's walks leave no trace; switched off, there are none. */
static void no_trace(struct kunit *test)
{
	struct vtdm_stats before;
	struct scene scene;
	unsigned int loads;

	make(test, &scene, VTDM_PGTT_FIRST, false);
	dma(&scene);
	*leaf(&scene) = scene.new | (FIRST_LEAF & ~(VTDM_FIRST_A | VTDM_FIRST_D));
	before = *vtdm_stats(scene.unit);
	gone(&scene, 0, ~0ULL);
	before.would_be_stale = 1;
	KUNIT_EXPECT_MEMEQ(test, vtdm_stats(scene.unit), &before, sizeof(before));
	KUNIT_EXPECT_EQ(test, *leaf(&scene) & (VTDM_FIRST_A | VTDM_FIRST_D), 0);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), 0);
	KUNIT_EXPECT_EQ(test, scene.host->exchanges, 0);
	vtdm_detector_set(scene.unit, VTDM_DETECTOR_OFF);
	loads = scene.host->loads;
	gone(&scene, 0, ~0ULL);
	dma(&scene);
	KUNIT_EXPECT_EQ(test, scene.host->loads, loads);
	expect(&scene, 0);
}

static void detect_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case detect_tests[] = {
	KUNIT_CASE(second_stage_page),
	KUNIT_CASE(first_stage_page),
	KUNIT_CASE(mapped_again),
	KUNIT_CASE(flushed_is_no_defect),
	KUNIT_CASE(flushed_first_is_no_defect),
	KUNIT_CASE(filled_again),
	KUNIT_CASE(other_reports),
	KUNIT_CASE(shared_domain),
	KUNIT_CASE(shared_domain_flushed),
	KUNIT_CASE(pasid_cache),
	KUNIT_CASE(context_cache),
	KUNIT_CASE(paging_structure),
	KUNIT_CASE(leaves_only),
	KUNIT_CASE(device_tlb),
	KUNIT_CASE(device_tlb_first),
	KUNIT_CASE(device_tlb_inherits),
	KUNIT_CASE(context_of_others),
	KUNIT_CASE(nested_reports),
	KUNIT_CASE(freed_before_flush),
	KUNIT_CASE(freed_with_hint),
	KUNIT_CASE(freed_and_used),
	KUNIT_CASE(freed_after_flush),
	KUNIT_CASE(caching_mode),
	KUNIT_CASE(caching_mode_flushed),
	KUNIT_CASE(caching_mode_pasid),
	KUNIT_CASE(no_trace),
	{}
};

static struct kunit_suite detect_suite = {
	.name = "vtdm-detect",
	.exit = detect_exit,
	.test_cases = detect_tests,
};

kunit_test_suite(detect_suite);
