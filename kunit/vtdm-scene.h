/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the detector play: a unit, its devices, and one page.
 */
#ifndef _VTDM_SCENE_H
#define _VTDM_SCENE_H

#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-host.h"

#define IOVA		0x40000000ULL
#define PASID		9
#define SID_B		(HOST_SID + 8)

struct scene {
	struct host *host;
	struct vtdm *unit;
	u64 root;
	u64 leaf;
	u64 old;
	u64 new;
};

static inline void make(struct kunit *test, struct scene *scene, u8 pgtt, bool caching_mode)
{
	bool first = pgtt == VTDM_PGTT_FIRST;
	struct vtdm_config config;

	host_config(&config);
	config.cap |= caching_mode ? VTDM_CAP_CM : 0;
	scene->host = host_create(test, &config);
	scene->unit = scene->host->unit;
	vtdm_detector_set(scene->unit, VTDM_DETECTOR_ON);
	host_add(scene->host, SID_B);
	scene->root = host_page(scene->host);
	scene->old = host_page(scene->host);
	scene->new = host_page(scene->host);
	scene->leaf = host_map(scene->host, scene->root, 4, IOVA, 1,
			       scene->old | (first ? FIRST_LEAF : SECOND_LEAF),
			       first ? FIRST_LINK : SECOND_LINK);
	host_attach(scene->host, HOST_SID, PASID, pgtt, HOST_DID, first ? scene->root : 0,
		    first ? 0 : scene->root);
}

static inline u64 dma(struct scene *scene)
{
	return host_phys(scene->host, PASID, IOVA, true);
}

static inline u64 dma_b(struct scene *scene)
{
	struct vtdm_request request = { .addr = IOVA, .size = 8, .pasid = PASID };

	return vtdm_translate(vtdm_endpoint_find(scene->unit, SID_B), &request).phys;
}

static inline u64 *leaf(struct scene *scene)
{
	return host_word(scene->host, scene->leaf);
}

static inline void gone(struct scene *scene, u64 first, u64 last)
{
	vtdm_reported_gone(scene->unit, HOST_SID, PASID, first, last, "unmap");
}

static inline void expect(struct scene *scene, unsigned int nr)
{
	KUNIT_EXPECT_EQ(scene->host->test, scene->host->nr_defects, nr);
}

static inline void expect_defect(struct scene *scene,
				 enum vtdm_defect_kind kind,
				 enum vtdm_cache cache, const char *missing)
{
	struct vtdm_defect *defect = &scene->host->defect;
	struct kunit *test = scene->host->test;

	KUNIT_EXPECT_EQ(test, scene->host->nr_defects, 1);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene->unit)->defects[kind], 1);
	KUNIT_EXPECT_EQ(test, defect->kind, kind);
	KUNIT_EXPECT_EQ(test, defect->cache, cache);
	KUNIT_EXPECT_EQ(test, defect->source_id, HOST_SID);
	KUNIT_EXPECT_EQ(test, defect->pasid, PASID);
	KUNIT_EXPECT_EQ(test, defect->did, HOST_DID);
	KUNIT_EXPECT_STREQ(test, defect->missing, missing);
}

#endif /* _VTDM_SCENE_H */
