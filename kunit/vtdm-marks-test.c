// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: A and D bits of the software VT-d unit, and races about them; sizes
 * and levels of tables.
 */
#include <kunit/test.h>

#include "vtdm-host.h"

#define IOVA		0x40000000ULL
#define PASID		2
#define FIRST_BARE	(VTDM_FIRST_P | VTDM_FIRST_RW | VTDM_FIRST_US)

struct scene {
	struct host *host;
	u64 root;
	u64 data;
	u64 leaf;
	u64 *entry;
};

static void make(struct kunit *test, struct scene *scene, u8 pgtt)
{
	bool first = pgtt == VTDM_PGTT_FIRST;

	scene->host = host_create(test, NULL);
	scene->root = host_page(scene->host);
	scene->data = host_page(scene->host);
	scene->leaf = host_map(scene->host, scene->root, 4, IOVA, 1,
			       scene->data | (first ? FIRST_BARE : SECOND_LEAF),
			       first ? FIRST_BARE : SECOND_LINK);
	host_attach(scene->host, HOST_SID, PASID, pgtt, HOST_DID, first ? scene->root : 0,
		    first ? 0 : scene->root);
	scene->entry = host_word(scene->host, host_pasid(scene->host, HOST_SID, PASID));
}

static u64 top(struct scene *scene)
{
	return *host_word(scene->host, vtdm_level_entry(scene->root, IOVA, 4));
}

static u64 leaf(struct scene *scene)
{
	return *host_word(scene->host, scene->leaf);
}

/* A on every level, D on the leaf with the first write, also after a read. */
static void first_stage_marks(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST);
	host_phys(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, top(&scene) & (VTDM_FIRST_A | VTDM_FIRST_D | VTDM_FIRST_EA),
			VTDM_FIRST_A);
	KUNIT_EXPECT_EQ(test, leaf(&scene) & (VTDM_FIRST_A | VTDM_FIRST_D | VTDM_FIRST_EA),
			VTDM_FIRST_A);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_TRUE(test, leaf(&scene) & VTDM_FIRST_D);
	KUNIT_EXPECT_FALSE(test, top(&scene) & VTDM_FIRST_D);
	/* once set and cached, they are not set again until a flush */
	*host_word(scene.host, scene.leaf) &= ~(VTDM_FIRST_A | VTDM_FIRST_D);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_FALSE(test, leaf(&scene) & VTDM_FIRST_D);
	vtdm_flush_pasid_iotlb_page(scene.host->unit, HOST_DID, PASID, IOVA, 0, true);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_TRUE(test, leaf(&scene) & VTDM_FIRST_D);
}

static void extended_accessed(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST);
	scene.entry[2] |= VTDM_PASID_EAFE;
	host_phys(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_TRUE(test, leaf(&scene) & VTDM_FIRST_EA);
	KUNIT_EXPECT_TRUE(test, top(&scene) & VTDM_FIRST_EA);
}

static void second_stage_marks(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_EQ(test, leaf(&scene), scene.data | SECOND_LEAF);
	KUNIT_EXPECT_EQ(test, scene.host->exchanges, 0);
	scene.entry[0] |= VTDM_PASID_SSADE;
	host_flush_all(scene.host);
	host_phys(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, leaf(&scene), scene.data | SECOND_LEAF | VTDM_SECOND_A);
	KUNIT_EXPECT_TRUE(test, top(&scene) & VTDM_SECOND_A);
	host_phys(scene.host, PASID, IOVA, true);
	KUNIT_EXPECT_EQ(test, leaf(&scene),
			scene.data | SECOND_LEAF | VTDM_SECOND_A | VTDM_SECOND_D);
}

/* A request that is blocked leaves no D. */
static void blocked_is_not_dirty(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST);
	*host_word(scene.host, scene.leaf) &= ~VTDM_FIRST_RW;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_NO_WRITE);
	KUNIT_EXPECT_FALSE(test, leaf(&scene) & (VTDM_FIRST_A | VTDM_FIRST_D));
}

/* Software wins the race for the leaf. */
static u64 race_to;
static u64 race_at;

static void race_once(struct host *host, u64 phys)
{
	if (phys != race_at)
		return;
	*host_word(host, phys) = race_to;
	race_at = 0;
}

static void cleared_meanwhile(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_FIRST);
	scene.host->race = race_once;
	race_at = scene.leaf;
	race_to = 0;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_FIRST_P);
	KUNIT_EXPECT_EQ(test, leaf(&scene), 0);
}

static void replaced_meanwhile(struct kunit *test)
{
	struct scene scene;
	u64 other;

	make(test, &scene, VTDM_PGTT_FIRST);
	other = host_page(scene.host);
	scene.host->race = race_once;
	race_at = scene.leaf;
	race_to = other | FIRST_BARE;
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), other);
	KUNIT_EXPECT_EQ(test, leaf(&scene), other | FIRST_LEAF);
}

static void read_only_meanwhile(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, VTDM_PGTT_SECOND);
	scene.entry[0] |= VTDM_PASID_SSADE;
	scene.host->race = race_once;
	race_at = scene.leaf;
	race_to = scene.data | VTDM_SECOND_R;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_NO_WRITE);
	KUNIT_EXPECT_EQ(test, leaf(&scene), race_to);
}

/* Pages of all sizes at all depths; a large page is one entry. */
static void sizes(struct kunit *test, u8 pgtt, unsigned int levels)
{
	bool first = pgtt == VTDM_PGTT_FIRST;
	struct host *host = host_create(test, NULL);
	u64 root = host_page(host), phys, size;
	unsigned int level;
	u64 *entry;

	for (level = 1; level <= 3; level++) {
		size = BIT_ULL(vtdm_level_lg2(level));
		host_map(host, root, levels, level * SZ_1G, level,
			 4ULL * SZ_1G | (first ? FIRST_LEAF : SECOND_LEAF) |
			 (level > 1 ? VTDM_FIRST_PS : 0), first ? FIRST_LINK : SECOND_LINK);
	}
	host_attach(host, HOST_SID, PASID, pgtt, HOST_DID, first ? root : 0, first ? 0 : root);
	entry = host_word(host, host_pasid(host, HOST_SID, PASID));
	entry[0] = (entry[0] & ~VTDM_PASID_AW) | FIELD_PREP(VTDM_PASID_AW, first ? 2 : levels - 2);
	entry[2] |= first && levels == 5 ? FIELD_PREP(VTDM_PASID_FSPM, VTDM_FSPM_5_LEVELS) : 0;
	for (level = 1; level <= 3; level++) {
		size = BIT_ULL(vtdm_level_lg2(level));
		phys = host_phys(host, PASID, level * SZ_1G + size - 8, true);
		KUNIT_EXPECT_EQ(test, phys, 4ULL * SZ_1G + size - 8);
		KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->fills[VTDM_CACHE_IOTLB], level);
		host_phys(host, PASID, level * SZ_1G, false);
		KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->hits[VTDM_CACHE_IOTLB], level);
	}
	host_destroy(host);
	test->priv = NULL;
}

static void all_sizes(struct kunit *test)
{
	unsigned int levels;

	for (levels = 3; levels <= 5; levels++)
		sizes(test, VTDM_PGTT_SECOND, levels);
	for (levels = 4; levels <= 5; levels++)
		sizes(test, VTDM_PGTT_FIRST, levels);
}

static void sizes_that_the_unit_lacks(struct kunit *test)
{
	struct vtdm_config config;
	struct host *host;
	u64 root;

	host_config(&config);
	config.cap &= ~(VTDM_CAP_SSLPS | VTDM_CAP_FS1GP | VTDM_CAP_SAGAW);
	config.cap |= FIELD_PREP(VTDM_CAP_SSLPS, VTDM_SSLPS_2M) |
		      FIELD_PREP(VTDM_CAP_SAGAW, VTDM_SAGAW_5_LEVEL);
	host = host_create(test, &config);
	root = host_page(host);
	host_map(host, root, 4, IOVA, 3, FIRST_LEAF | VTDM_FIRST_PS, FIRST_LINK);
	host_attach(host, HOST_SID, 1, VTDM_PGTT_FIRST, HOST_DID, root, 0);
	host_attach(host, HOST_SID, 2, VTDM_PGTT_SECOND, HOST_DID, 0, root);
	KUNIT_EXPECT_EQ(test, host_reason(host, 1, IOVA, false), VTDM_REASON_FIRST_RESERVED);
	KUNIT_EXPECT_EQ(test, host_reason(host, 2, IOVA, false), VTDM_REASON_PASID_INVALID);
}

/* CAP.MGAW counts when it is smaller than AW. */
static void narrow_unit(struct kunit *test)
{
	struct vtdm_config config;
	struct host *host;

	host_config(&config);
	config.cap &= ~(VTDM_CAP_MGAW | VTDM_CAP_SAGAW);
	config.cap |= FIELD_PREP(VTDM_CAP_MGAW, 42 - 1) |
		      FIELD_PREP(VTDM_CAP_SAGAW, VTDM_SAGAW_4_LEVEL);
	host = host_create(test, &config);
	host_attach(host, HOST_SID, PASID, VTDM_PGTT_SECOND, HOST_DID, 0, host_page(host));
	KUNIT_EXPECT_EQ(test, host_reason(host, PASID, BIT_ULL(42) - 8, false),
			VTDM_REASON_SECOND_P);
	KUNIT_EXPECT_EQ(test, host_reason(host, PASID, BIT_ULL(42), false),
			VTDM_REASON_BEYOND_SECOND);
}

/* Nested: the entry is as large as the smaller page. */
static void nested_size(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	u64 guest = host_page(host), root = host_page(host);
	struct vtdm_key key = { IOVA, PASID, HOST_DID, VTDM_PGTT_NESTED, 12 };
	unsigned int i;

	host_map(host, root, 4, IOVA, 2, SZ_2M | FIRST_LEAF | VTDM_FIRST_PS, FIRST_LINK);
	for (i = 0; i < 64; i++)
		host_map(host, guest, 4, HOST_BASE + i * SZ_4K, 1,
			 (HOST_BASE + i * SZ_4K) | SECOND_LEAF, SECOND_LINK);
	host_map(host, guest, 4, SZ_2M, 1, SZ_1G | SECOND_LEAF, SECOND_LINK);
	host_attach(host, HOST_SID, PASID, VTDM_PGTT_NESTED, HOST_DID, root, guest);
	KUNIT_EXPECT_EQ(test, host_phys(host, PASID, IOVA, true), SZ_1G);
	KUNIT_EXPECT_NOT_NULL(test,
			      vtdm_store_find(host->unit,
					      &host->unit->caches.store[VTDM_CACHE_IOTLB], &key));
}

static void marks_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case marks_tests[] = {
	KUNIT_CASE(first_stage_marks),
	KUNIT_CASE(extended_accessed),
	KUNIT_CASE(second_stage_marks),
	KUNIT_CASE(blocked_is_not_dirty),
	KUNIT_CASE(cleared_meanwhile),
	KUNIT_CASE(replaced_meanwhile),
	KUNIT_CASE(read_only_meanwhile),
	KUNIT_CASE(all_sizes),
	KUNIT_CASE(sizes_that_the_unit_lacks),
	KUNIT_CASE(narrow_unit),
	KUNIT_CASE(nested_size),
	{}
};

static struct kunit_suite marks_suite = {
	.name = "vtdm-marks",
	.exit = marks_exit,
	.test_cases = marks_tests,
};

kunit_test_suite(marks_suite);
