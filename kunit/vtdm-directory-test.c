// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: PASID directory entries are kept, and the detector judges them.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-scene.h"

#define MISSING	"PASID-cache invalidate, domain-selective or global, directory entry of PASIDs 0 to 63"

static u64 *directory(struct scene *scene, u32 pasid)
{
	u64 context = *host_word(scene->host, host_context(scene->host, HOST_SID));

	return host_word(scene->host, (context & VTDM_TABLE_ADDR) + (pasid >> 6) * sizeof(u64));
}

/* A directory entry is under no domain id. */
static void expect_find(struct scene *scene, enum vtdm_defect_kind kind, u32 pasid, u64 stale,
			u64 fresh)
{
	struct vtdm_defect *defect = &scene->host->defect;
	struct kunit *test = scene->host->test;

	KUNIT_EXPECT_EQ(test, scene->host->nr_defects, 1);
	KUNIT_EXPECT_EQ(test, defect->kind, kind);
	KUNIT_EXPECT_EQ(test, defect->cache, VTDM_CACHE_PASID);
	KUNIT_EXPECT_EQ(test, defect->source_id, HOST_SID);
	KUNIT_EXPECT_EQ(test, defect->pasid, pasid);
	KUNIT_EXPECT_EQ(test, defect->did, 0);
	KUNIT_EXPECT_EQ(test, defect->stale, stale);
	KUNIT_EXPECT_EQ(test, defect->fresh, fresh);
	KUNIT_EXPECT_STREQ(test, defect->missing, MISSING);
}

/* Another table for the same PASIDs; the page of the old one. */
static u64 change_table(struct scene *scene)
{
	u64 *word = directory(scene, PASID), old = *word & VTDM_TABLE_ADDR;

	*word = 0;
	host_pasid(scene->host, HOST_SID, PASID);
	return old;
}

/* One that leads to another page */
static u64 change_page(struct scene *scene)
{
	u64 root = host_page(scene->host), old = change_table(scene);

	host_map(scene->host, root, 4, IOVA, 1, scene->new | SECOND_LEAF, SECOND_LINK);
	host_attach(scene->host, HOST_SID, PASID, VTDM_PGTT_SECOND, HOST_DID, 0, root);
	return old;
}

/* What the change of a PASID table entry needs, and no more */
static void flush_entry(struct scene *scene)
{
	vtdm_flush_pasid_selective(scene->unit, HOST_DID, PASID);
	vtdm_flush_iotlb_domain(scene->unit, HOST_DID);
}

/* One look at the directory serves all PASIDs of a table, whatever that says. */
static void serves_its_pasids(struct kunit *test)
{
	struct scene scene;
	unsigned int loads;
	u64 *word;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID + 1, IOVA, true), VTDM_REASON_PASID_P);
	loads = scene.host->loads;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID + 2, IOVA, true), VTDM_REASON_PASID_P);
	/* The entry's eight words alone */
	KUNIT_EXPECT_EQ(test, scene.host->loads - loads, VTDM_PASID_WORDS);
	word = directory(&scene, PASID);
	*word = 0;
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID + 64, IOVA, true),
			VTDM_REASON_DIRECTORY_P);
	vtdm_flush_pasid_global(scene.unit);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_DIRECTORY_P);
}

/* FPD of a cached entry counts as that of memory. */
static void no_faults_recorded(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	*directory(&scene, PASID) |= VTDM_DIRECTORY_FPD;
	host_reason(scene.host, PASID + 1, IOVA, true);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), 0);
	*directory(&scene, PASID) &= ~VTDM_DIRECTORY_FPD;
	host_reason(scene.host, PASID + 2, IOVA, true);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), 0);
	vtdm_flush_pasid_global(scene.unit);
	host_reason(scene.host, PASID + 1, IOVA, true);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), VTDM_REASON_PASID_P);
}

static void not_flushed(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	change_page(&scene);
	flush_entry(&scene);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect_find(&scene, VTDM_DEFECT_STALE, PASID, scene.old, scene.new);
}

static void flushed(struct kunit *test, void (*flush)(struct scene *scene))
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	host_free_page(scene.host, change_page(&scene));
	scene.unit->detector = VTDM_DETECTOR_OFF;
	flush(&scene);
	flush_entry(&scene);
	scene.unit->detector = VTDM_DETECTOR_ON;
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.new);
	expect(&scene, 0);
}

static void flush_global(struct scene *scene)
{
	vtdm_flush_pasid_global(scene->unit);
}

static void flush_any_domain(struct scene *scene)
{
	vtdm_flush_pasid_domain(scene->unit, HOST_DID + 1);
}

static void flushed_global(struct kunit *test)
{
	flushed(test, flush_global);
}

static void flushed_domain(struct kunit *test)
{
	flushed(test, flush_any_domain);
}

/* A table without entries was taken out and freed. */
static void freed(struct kunit *test)
{
	struct scene scene;
	u64 table;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	memset(host_word(scene.host, host_pasid(scene.host, HOST_SID, PASID)), 0,
	       VTDM_PASID_SIZE);
	flush_entry(&scene);
	gone(&scene, 0, ~0ULL);
	table = change_table(&scene);
	host_free_page(scene.host, table);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_PASID_P);
	expect_find(&scene, VTDM_DEFECT_FREED, 0, table, ~0ULL);
}

/* Reports of another PASID of the table, of another table, of the source id */
static void other_reports(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	dma(&scene);
	change_page(&scene);
	flush_entry(&scene);
	vtdm_reported_gone(scene.unit, HOST_SID, PASID + 64, 0, ~0ULL, "detach");
	vtdm_reported_gone(scene.unit, SID_B, PASID, 0, ~0ULL, "detach");
	dma(&scene);
	expect(&scene, 0);
	flush_entry(&scene);
	vtdm_reported_gone(scene.unit, HOST_SID, PASID + 1, 0, ~0ULL, "detach");
	KUNIT_EXPECT_EQ(test, dma(&scene), scene.old);
	expect(&scene, 1);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.missing, MISSING);
}

/* The context entry got another directory: all entries of the old one count. */
static void directory_moved(struct kunit *test)
{
	u32 far = 3 * 64 + 1;
	struct scene scene;
	u64 context;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	host_attach(scene.host, HOST_SID, far, VTDM_PGTT_SECOND, HOST_DID, 0, scene.root);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, far, IOVA, true), scene.old);
	context = host_context(scene.host, HOST_SID);
	*host_word(scene.host, context) = 0;
	host_attach(scene.host, HOST_SID, 0, VTDM_PGTT_SECOND, HOST_DID, 0, scene.root);
	vtdm_flush_context_device(scene.unit, 0, HOST_SID, 0);
	vtdm_flush_pasid_selective(scene.unit, HOST_DID, far);
	vtdm_flush_iotlb_domain(scene.unit, HOST_DID);
	vtdm_reported_gone(scene.unit, HOST_SID, 0, 0, ~0ULL, "context entry");
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, far, IOVA, true), scene.old);
	expect(&scene, 1);
	KUNIT_EXPECT_STREQ(test, scene.host->defect.missing,
			   "PASID-cache invalidate, domain-selective or global, directory entry of PASIDs 192 to 255");
}

/* What a stale directory entry hides is a find, too. */
static void blocked(struct kunit *test)
{
	struct scene scene;
	u64 entry;

	make(test, &scene, VTDM_PGTT_SECOND, false);
	entry = host_pasid(scene.host, HOST_SID, PASID);
	dma(&scene);
	change_page(&scene);
	memset(host_word(scene.host, entry), 0, VTDM_PASID_SIZE);
	flush_entry(&scene);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_PASID_P);
	expect(&scene, 0);
	gone(&scene, 0, ~0ULL);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_PASID_P);
	expect_find(&scene, VTDM_DEFECT_STALE, PASID, ~0ULL, scene.new);
	/* Blocked here and there: nothing to find */
	host_reason(scene.host, PASID + 1, IOVA, true);
	expect(&scene, 1);
}

static void directory_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case directory_tests[] = {
	KUNIT_CASE(serves_its_pasids),
	KUNIT_CASE(no_faults_recorded),
	KUNIT_CASE(not_flushed),
	KUNIT_CASE(flushed_global),
	KUNIT_CASE(flushed_domain),
	KUNIT_CASE(freed),
	KUNIT_CASE(other_reports),
	KUNIT_CASE(directory_moved),
	KUNIT_CASE(blocked),
	{}
};

static struct kunit_suite directory_suite = {
	.name = "vtdm-directory",
	.exit = directory_exit,
	.test_cases = directory_tests,
};

kunit_test_suite(directory_suite);
