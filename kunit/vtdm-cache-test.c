// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a cache knows who has filled what, whatever comes and goes.
 */
#include <kunit/test.h>

#include "vtdm-host.h"
#include "vtdm-random.h"

#define NR_STEPS	4000
#define NR_KEYS		40
#define NR_DEVICES	3
#define NR_PASIDS	5

static struct vtdm_store *store_of(struct host *host)
{
	return &host->unit->caches.store[VTDM_CACHE_IOTLB];
}

/* By the list of all entries */
static unsigned int count_all(const struct vtdm_store *store, u16 source_id, u32 pasid)
{
	struct vtdm_entry *entry, *after;
	unsigned int nr = 0;

	for (entry = vtdm_store_first(store, &after); entry; entry = vtdm_store_next(&after))
		nr += entry->source_id == source_id && entry->pasid == pasid;
	return nr;
}

/* By the list of those; ~0: one of them is not */
static unsigned int count_filled(const struct vtdm_store *store, u16 source_id, u32 pasid)
{
	struct vtdm_entry *entry;
	unsigned int nr = 0;

	for (entry = vtdm_store_filled(store, source_id, pasid); entry;
	     entry = vtdm_store_filled_next(entry), nr++)
		if (entry->source_id != source_id || entry->pasid != pasid)
			return ~0U;
	return nr;
}

static bool is_consistent(struct host *host)
{
	struct vtdm_store *store = store_of(host);
	unsigned int device, pasid;

	for (device = 0; device < NR_DEVICES; device++)
		for (pasid = 0; pasid < NR_PASIDS; pasid++)
			if (count_all(store, device, pasid) != count_filled(store, device, pasid))
				return false;
	return true;
}

static void random_step(struct host *host, u64 *rnd)
{
	struct vtdm_store *store = store_of(host);
	struct vtdm_key key = { .addr = random_below(rnd, NR_KEYS) * SZ_4K, .lg2 = 12 };
	struct vtdm_entry *entry;

	switch (random_below(rnd, 8)) {
	case 0:
		entry = vtdm_store_find(host->unit, store, &key);
		if (entry)
			vtdm_store_drop(store, entry);
		break;
	case 1:
		vtdm_knobs(host->unit)->entries[VTDM_CACHE_IOTLB] = 1 + random_below(rnd, NR_KEYS);
		break;
	default:
		vtdm_store_add(host->unit, store, &key, random_below(rnd, NR_DEVICES),
			       random_below(rnd, NR_PASIDS));
	}
}

static void who_filled_what(struct kunit *test)
{
	struct host *host = host_create(test, NULL);
	unsigned int i, nr = 0;
	u64 rnd = 1;

	for (i = 0; i < NR_STEPS; i++) {
		random_step(host, &rnd);
		nr += store_of(host)->count;
		if (is_consistent(host))
			continue;
		KUNIT_FAIL(test, "step %u: a list of entries lacks one, or has another's", i);
		return;
	}
	/* There was something to compare */
	KUNIT_EXPECT_GT(test, nr, NR_STEPS);
	vtdm_store_clear(store_of(host));
	KUNIT_EXPECT_TRUE(test, is_consistent(host));
	KUNIT_EXPECT_NULL(test, vtdm_store_filled(store_of(host), 0, 0));
}

static void cache_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case cache_tests[] = {
	KUNIT_CASE(who_filled_what),
	{}
};

static struct kunit_suite cache_suite = {
	.name = "vtdm-cache",
	.exit = cache_exit,
	.test_cases = cache_tests,
};

kunit_test_suite(cache_suite);
