// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page tables, 10,000 random steps against a plain
 * reference, and maps that run out of memory at every allocation.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "vtd-pt-fake.h"
#include "vtd-pt-formats.h"

#define NR_STEPS	10000
#define STEPS_A_LOOK	250
#define NR_SLOTS	1024U
#define NOT_MAPPED	PHYS_ADDR_MAX

/*
 * The reference: windows of the address space, cut into slots of one size.
 * @phys says what a slot is mapped to, @map which map did that.
 */
struct window {
	u64 first;
	size_t slot_size;
	u64 phys[NR_SLOTS];
	unsigned int map[NR_SLOTS];
};

/* Stands for the last addresses of the format. */
#define LAST_WINDOW	U64_MAX

/* 4K slots at the ends and across borders of tables; 2M slots for 1G leaves. */
static const struct {
	u64 first;
	size_t slot_size;
} window_table[] = {
	{ 0, SZ_4K },
	{ SZ_1G - SZ_2M, SZ_4K },
	{ BIT_ULL(39) - SZ_2M + SZ_4K, SZ_4K },
	{ LAST_WINDOW, SZ_4K },
	{ BIT_ULL(40), SZ_2M },
	{ BIT_ULL(46) - SZ_1G - SZ_2M, SZ_2M },
};

#define NR_WINDOWS	ARRAY_SIZE(window_table)

struct world {
	struct kunit *test;
	struct fake *fake;
	struct rnd_state rnd;
	unsigned int nr_maps;
	unsigned int nr_refused;
	struct window window[NR_WINDOWS];
};

static u32 below(struct world *world, u32 end)
{
	return prandom_u32_state(&world->rnd) % end;
}

static u64 slot_iova(const struct window *window, unsigned int slot)
{
	return window->first + slot * window->slot_size;
}

static bool any_mapped(const struct window *window, unsigned int first,
		       unsigned int end)
{
	for (; first < end; first++)
		if (window->phys[first] != NOT_MAPPED)
			return true;
	return false;
}

static u64 bytes_mapped(const struct window *window, unsigned int first,
			unsigned int end)
{
	u64 bytes = 0;

	for (; first < end; first++)
		if (window->phys[first] != NOT_MAPPED)
			bytes += window->slot_size;
	return bytes;
}

/* Any byte of a slot will do. */
static void expect_slot(struct world *world, const struct window *window,
			unsigned int slot)
{
	u64 offset = below(world, window->slot_size);
	u64 phys = window->phys[slot];

	KUNIT_EXPECT_TRUE_MSG(world->test,
			      fake_maps(world->fake,
					slot_iova(window, slot) + offset,
					phys == NOT_MAPPED ?
					phys : phys + offset),
			      "slot %u of the window at %llx", slot,
			      window->first);
}

/* Both ends of a run from both sides, and one in the middle. */
static void expect_run(struct world *world, const struct window *window,
		       unsigned int first, unsigned int end)
{
	expect_slot(world, window, first ? first - 1 : 0);
	expect_slot(world, window, first);
	expect_slot(world, window, first + below(world, end - first));
	expect_slot(world, window, end - 1);
	expect_slot(world, window, min(end, NR_SLOTS - 1));
}

static void expect_all(struct world *world)
{
	unsigned int i, slot;

	for (i = 0; i < NR_WINDOWS; i++)
		for (slot = 0; slot < NR_SLOTS; slot++)
			expect_slot(world, &world->window[i], slot);
	fake_reap(world->fake);
}

/* Most runs are short, some are a whole window. */
static void random_run(struct world *world, unsigned int *first,
		       unsigned int *end)
{
	static const unsigned int lengths[] = { 1, 2, 8, 70, 600, NR_SLOTS };
	unsigned int length = lengths[below(world, ARRAY_SIZE(lengths))];

	*first = below(world, NR_SLOTS);
	*end = min_t(unsigned int, *first + 1 + below(world, length), NR_SLOTS);
	/* Large pages want round numbers. */
	if (below(world, 2))
		*first = ALIGN_DOWN(*first, 512);
}

static void random_map(struct world *world, struct window *window)
{
	static const u64 grains[] = { SZ_4K, SZ_2M, SZ_1G };
	unsigned int first, end, slot;
	u64 iova, phys, grain;
	bool refused;
	int ret;

	random_run(world, &first, &end);
	iova = slot_iova(window, first);
	/*
	 * Alike in the low bits, as far as the grain says. A large range of
	 * 4K leaves takes too long.
	 */
	grain = grains[below(world, ARRAY_SIZE(grains))];
	if ((end - first) * window->slot_size > SZ_32M)
		grain = max_t(u64, grain, SZ_2M);
	phys = (u64)below(world, 1U << 20) * SZ_1G +
	       below(world, SZ_1G / SZ_4K) * (u64)SZ_4K;
	phys = (phys & ~(grain - 1)) | (iova & (grain - 1));
	refused = any_mapped(window, first, end);
	ret = fake_map(world->fake, iova, phys,
		       (end - first) * window->slot_size);
	KUNIT_EXPECT_EQ(world->test, ret, refused ? -EEXIST : 0);
	world->nr_refused += refused;
	world->nr_maps++;
	for (slot = first; !refused && slot < end; slot++) {
		window->phys[slot] = phys + (slot - first) * window->slot_size;
		window->map[slot] = world->nr_maps;
	}
	expect_run(world, window, first, end);
}

/* Maps are unmapped whole; holes and many maps at once are welcome. */
static void random_unmap(struct world *world, struct window *window)
{
	unsigned int first, end, slot;

	random_run(world, &first, &end);
	while (first > 0 && window->phys[first] != NOT_MAPPED &&
	       window->map[first - 1] == window->map[first])
		first--;
	while (end < NR_SLOTS && window->phys[end - 1] != NOT_MAPPED &&
	       window->map[end] == window->map[end - 1])
		end++;
	KUNIT_EXPECT_EQ(world->test,
			fake_unmap(world->fake, slot_iova(window, first),
				   (end - first) * window->slot_size),
			bytes_mapped(window, first, end));
	for (slot = first; slot < end; slot++) {
		window->phys[slot] = NOT_MAPPED;
		window->map[slot] = 0;
	}
	expect_run(world, window, first, end);
}

static struct world *create_world(struct kunit *test)
{
	struct world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);
	unsigned int i, slot;

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->test = test;
	world->fake = fake_create(test);
	prandom_seed_state(&world->rnd, 20241124);
	for (i = 0; i < NR_WINDOWS; i++) {
		world->window[i].first = window_table[i].first;
		world->window[i].slot_size = window_table[i].slot_size;
		if (window_table[i].first == LAST_WINDOW)
			world->window[i].first = vtd_pt_last(&world->fake->pt) +
						 1 - NR_SLOTS * SZ_4K;
		for (slot = 0; slot < NR_SLOTS; slot++)
			world->window[i].phys[slot] = NOT_MAPPED;
	}
	return world;
}

static void random_steps(struct kunit *test)
{
	struct world *world = create_world(test);
	struct fake *fake = world->fake;
	u64 bytes = 0;
	unsigned int i;

	/* What comes after a mistake is noise. */
	for (i = 1; i <= NR_STEPS && test->status == KUNIT_SUCCESS; i++) {
		struct window *window = &world->window[below(world, NR_WINDOWS)];

		if (below(world, 2))
			random_map(world, window);
		else
			random_unmap(world, window);
		if (i % STEPS_A_LOOK == 0)
			expect_all(world);
	}
	/* Both answers were given often. */
	KUNIT_EXPECT_GT(test, world->nr_refused, NR_STEPS / 20);
	KUNIT_EXPECT_GT(test, world->nr_maps - world->nr_refused,
			NR_STEPS / 20);
	for (i = 0; i < NR_WINDOWS; i++)
		bytes += bytes_mapped(&world->window[i], 0, NR_SLOTS);
	KUNIT_EXPECT_GT(test, bytes, 0);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), bytes);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	KUNIT_EXPECT_EQ(test, fake_reap(fake), 1);
	fake_destroy(fake);
}

/* A map, and how many tables it needs: alone, and with neighbours. */
struct attempt {
	u64 iova;
	u64 phys;
	size_t size;
	int nr_tables[2];
};

#define BORDER	BIT_ULL(39)

static const struct attempt attempts[] = {
	{ SZ_1G, SZ_1G, SZ_4K, { 3, 0 } },
	/* Across a border of level 4, with leaves of 4K, of 2M, of all sizes. */
	{ BORDER - SZ_4M - SZ_4K, BORDER, 2 * (SZ_4M + SZ_4K), { 10, 4 } },
	{ BORDER - SZ_1G - SZ_2M, BORDER, 2ULL * (SZ_1G + SZ_2M), { 6, 2 } },
	{ BORDER - SZ_2M - SZ_4K, 2 * BORDER - SZ_2M - SZ_4K,
	  SZ_1G + 2 * (SZ_2M + SZ_4K), { 6, 0 } },
};

/*
 * Try with the @n-th allocation failing, and with neighbours at both ends.
 * Returns whether one failed.
 */
static bool attempt_fails(struct kunit *test, const struct attempt *attempt,
			  bool neighbours, int n)
{
	struct fake *fake = fake_create(test);
	u64 before = attempt->iova - SZ_4K;
	u64 behind = attempt->iova + attempt->size;
	int ret;

	if (neighbours) {
		KUNIT_ASSERT_EQ(test, fake_map(fake, before, SZ_4K, SZ_4K), 0);
		KUNIT_ASSERT_EQ(test, fake_map(fake, behind, SZ_8K, SZ_4K), 0);
	}
	fake->fail_at = atomic_read(&fake->nr_allocs) + n;
	ret = fake_map(fake, attempt->iova, attempt->phys, attempt->size);
	KUNIT_EXPECT_TRUE(test, ret == 0 || ret == -ENOMEM);
	fake->fail_at = 0;
	if (ret) {
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, attempt->iova,
						  NOT_MAPPED));
		KUNIT_EXPECT_EQ(test, fake_unmap(fake, attempt->iova,
						 attempt->size), 0);
		/* The same map works when there is memory. */
		KUNIT_EXPECT_EQ(test, fake_map(fake, attempt->iova,
					       attempt->phys, attempt->size),
				0);
	}
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, behind - 1, attempt->phys +
					  attempt->size - 1));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, before,
					  neighbours ? SZ_4K : NOT_MAPPED));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, behind,
					  neighbours ? SZ_8K : NOT_MAPPED));
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake),
			attempt->size + (neighbours ? SZ_8K : 0));
	fake_destroy(fake);
	return ret;
}

static void no_memory(struct kunit *test)
{
	unsigned int i, j;
	int n;

	for (i = 0; i < ARRAY_SIZE(attempts); i++) {
		for (j = 0; j < 2; j++) {
			n = 1;
			while (n < 20 &&
			       attempt_fails(test, &attempts[i], j, n))
				n++;
			KUNIT_EXPECT_EQ_MSG(test, n - 1,
					    attempts[i].nr_tables[j],
					    "attempt %u, %u", i, j);
		}
	}
}

static void no_memory_for_root(struct kunit *test)
{
	const struct vtd_pt_config config = {
		.format = fake_format(test),
		.levels = 4,
		.pgsizes = SZ_4K,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	/* What vtd_pt_init() overwrites is not what fails. */
	xa_init(&fake->pages);
	fake->fail_at = 1;
	KUNIT_EXPECT_EQ(test, vtd_pt_init(&fake->pt, &config, GFP_KERNEL),
			-ENOMEM);
}

/*
 * Every way in which a range can begin and end in its table, on a range of
 * three tables: what is left and right of it must not notice.
 */
static void every_cut(struct kunit *test)
{
	static const unsigned int cuts[] = { 0, 1, 7, 8, 9, 255, 503, 511 };
	struct fake *fake = fake_create(test);
	unsigned int i, j;

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, SZ_1G + SZ_4K, 3 * SZ_2M), 0);
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		for (j = 0; j < ARRAY_SIZE(cuts); j++) {
			u64 first = cuts[i] * SZ_4K;
			u64 size = 2 * SZ_2M + (cuts[j] + 1) * SZ_4K - first;

			KUNIT_EXPECT_EQ(test, fake_unmap(fake, first, size),
					size);
			KUNIT_EXPECT_EQ(test, fake_unmap(fake, first, size), 0);
			KUNIT_EXPECT_EQ(test, fake_map(fake, first,
						       SZ_1G + SZ_4K + first,
						       size), 0);
			KUNIT_EXPECT_TRUE(test, fake_maps(fake, first + size - 1,
							  SZ_1G + SZ_4K +
							  first + size - 1));
		}
	}
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), 3 * SZ_2M);
	fake_destroy(fake);
}

static struct kunit_case vtd_pt_random_cases[] = {
	KUNIT_CASE_PARAM_ATTR(random_steps, format_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(no_memory, format_gen_params),
	KUNIT_CASE_PARAM(no_memory_for_root, format_gen_params),
	KUNIT_CASE_PARAM(every_cut, format_gen_params),
	{}
};

static struct kunit_suite vtd_pt_random_suite = {
	.name = "vtd-pt-random",
	.test_cases = vtd_pt_random_cases,
};

kunit_test_suite(vtd_pt_random_suite);
