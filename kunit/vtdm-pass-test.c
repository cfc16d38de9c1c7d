// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: pass-through translations are kept, and the detector judges them.
 */
#include <kunit/test.h>

#include "vtdm-scene.h"

#define MISSING	"PASID IOTLB invalidate, all of PASID 9, DID 8"
#define DID_PASS	(HOST_DID + 1)

static void pass(struct scene *scene)
{
	host_attach(scene->host, HOST_SID, PASID, VTDM_PGTT_PASS, DID_PASS, 0, 0);
}

static void translate(struct scene *scene)
{
	host_attach(scene->host, HOST_SID, PASID, VTDM_PGTT_SECOND, HOST_DID, 0, scene->root);
}

/* A DMA passed through, and the entry changed. */
static void make_passed(struct kunit *test, struct scene *scene)
{
	make(test, scene, VTDM_PGTT_SECOND, false);
	pass(scene);
	KUNIT_EXPECT_EQ(test, dma(scene), IOVA);
	translate(scene);
}

/* With the page cached nothing is read, whatever memory and the PASID cache say. */
static void kept(struct kunit *test)
{
	struct scene scene;
	unsigned int loads;

	make_passed(test, &scene);
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	loads = scene.host->loads;
	KUNIT_EXPECT_EQ(test, dma(&scene), IOVA);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA + 24, false), IOVA + 24);
	KUNIT_EXPECT_EQ(test, scene.host->loads, loads);
	/* The next page is not there, and neither is this one for others. */
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA + SZ_4K, false), ~0ULL);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID + 1, IOVA, false), ~0ULL);
	KUNIT_EXPECT_EQ(test, dma_b(&scene), 0);
	vtdm_flush_pasid_iotlb_pasid(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
}

/* What the PASID table entry allows is asked before, and is not in the page. */
static void modes(struct kunit *test)
{
	struct vtdm_request exec = { .addr = IOVA, .size = 8, .pasid = PASID, .exec = true };
	struct vtdm_request priv = { .addr = IOVA, .size = 8, .pasid = PASID, .priv = true };
	struct scene scene;
	u64 *entry;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	pass(&scene);
	entry = host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID));
	dma(&scene);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &exec).reason,
			VTDM_REASON_PASID_ERE);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &priv).reason,
			VTDM_REASON_PASID_SRE);
	entry[2] = VTDM_PASID_ERE | VTDM_PASID_SRE;
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &exec).phys, IOVA);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &priv).phys, IOVA);
	/* Now it is kept with both. */
	entry[2] = 0;
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &exec).phys, IOVA);
	KUNIT_EXPECT_EQ(test, vtdm_translate(scene.host->ep, &priv).phys, IOVA);
}

/* DMA without PASID is under the PASID that its context entry names. */
static void without_pasid(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	pass(&scene);
	host_word(scene.host, host_context(scene.host, HOST_SID))[1] = PASID;
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, true), IOVA);
	translate(&scene);
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, true), IOVA);
	vtdm_flush_pasid_iotlb_pasid(scene.unit, DID_PASS, 0);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, true), IOVA);
	vtdm_flush_pasid_iotlb_pasid(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, true), scene.old);
}

static void not_flushed(struct kunit *test)
{
	struct vtdm_defect *defect;
	struct scene scene;

	make_passed(test, &scene);
	defect = &scene.host->defect;
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), IOVA);
	expect(&scene, 1);
	KUNIT_EXPECT_EQ(test, defect->kind, VTDM_DEFECT_STALE);
	KUNIT_EXPECT_EQ(test, defect->cache, VTDM_CACHE_IOTLB);
	KUNIT_EXPECT_EQ(test, defect->source_id, HOST_SID);
	KUNIT_EXPECT_EQ(test, defect->pasid, PASID);
	KUNIT_EXPECT_EQ(test, defect->did, DID_PASS);
	KUNIT_EXPECT_EQ(test, defect->stale, IOVA);
	KUNIT_EXPECT_EQ(test, defect->fresh, scene.old);
	KUNIT_EXPECT_STREQ(test, defect->missing, MISSING);
	/* A report of the other PASID is not about it. */
	vtdm_flush_pasid_iotlb_pasid(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 1);
}

/* Each of the two that take it is enough. */
static void flushed(struct kunit *test)
{
	struct scene scene;

	make_passed(test, &scene);
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	vtdm_flush_iotlb_domain(scene.unit, DID_PASS);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	vtdm_flush_iotlb_domain(scene.unit, HOST_DID);

	pass(&scene);
	vtdm_flush_pasid_selective(scene.unit, HOST_DID, PASID);
	KUNIT_EXPECT_EQ(test, dma(&scene), IOVA);
	translate(&scene);
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	vtdm_flush_pasid_iotlb_pasid(scene.unit, DID_PASS, PASID);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 0);
}

/* A device TLB that was filled through one that was reported as gone */
static void device_tlb_inherits(struct kunit *test)
{
	struct scene scene;

	make_passed(test, &scene);
	KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, true), 0);
	vtdm_flush_pasid_selective(scene.unit, DID_PASS, PASID);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), IOVA);
	expect(&scene, 1);
	vtdm_flush_pasid_iotlb_pasid(scene.unit, DID_PASS, PASID);
	KUNIT_EXPECT_EQ(test, dma(&scene), IOVA);
	expect(&scene, 2);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.missing, MISSING);
}

static void pass_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case pass_tests[] = {
	KUNIT_CASE(kept),
	KUNIT_CASE(modes),
	KUNIT_CASE(without_pasid),
	KUNIT_CASE(not_flushed),
	KUNIT_CASE(flushed),
	KUNIT_CASE(device_tlb_inherits),
	{}
};

static struct kunit_suite pass_suite = {
	.name = "vtdm-pass",
	.exit = pass_exit,
	.test_cases = pass_tests,
};

kunit_test_suite(pass_suite);
