// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page tables in use by several CPUs, first with the
 * interleavings that matter staged one by one, then with real threads.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "vtd-pt-fake.h"
#include "vtd-pt-formats.h"

#define RAM		0x4000000000ULL
/* The machine's CPUs: they wait for each other by spinning. */
#define NR_THREADS	2
#define NR_ROUNDS	1000
/* So many rounds share a table of level 3, in which each has its own entry. */
#define ROUNDS_A_CLEAN	256

/* CPU B of the DOC: block: the page beside the one that A maps, in full. */
static void map_beside(struct fake *fake)
{
	int *result = fake->data;

	*result = fake_map(fake, SZ_4K, RAM + SZ_4K, SZ_4K);
	/* It was reported as mapped, so a unit must get there. */
	if (!*result && !fake_maps(fake, SZ_4K, RAM + SZ_4K))
		*result = -EIO;
}

/*
 * A has stored the pointer to a new table and not flushed it yet, when B maps
 * something below; for the table of each level in turn.
 */
static void pointer_not_flushed(struct kunit *test)
{
	static const u64 grandparents[] = { 0, SZ_1G, SZ_2M };
	struct fake *fake;
	unsigned int i;
	int result;

	for (i = 0; i < ARRAY_SIZE(grandparents); i++) {
		fake = fake_create(test);
		/* Tables of level 3, and 2, are there already. */
		if (grandparents[i])
			KUNIT_ASSERT_EQ(test, fake_map(fake, grandparents[i], 0,
						       SZ_4K), 0);
		result = -ECANCELED;
		fake->data = &result;
		fake->on_flush = map_beside;
		KUNIT_EXPECT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
		KUNIT_EXPECT_EQ_MSG(test, result, 0, "with %llx",
				    grandparents[i]);
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0, RAM));
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_4K, RAM + SZ_4K));
		KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt),
				grandparents[i] == SZ_1G ? 6 :
				grandparents[i] == SZ_2M ? 5 : 4);
		fake_destroy(fake);
	}
}

/* A has a page for a new table when B puts its own there. */
static void lost_race(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	int result = -ECANCELED;

	fake->data = &result;
	fake->on_alloc = map_beside;
	KUNIT_EXPECT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, result, 0);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0, RAM));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_4K, RAM + SZ_4K));
	/* Five pages were asked for, the one too many is free again. */
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_allocs), 5);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 4);
	KUNIT_EXPECT_EQ(test, fake_reap(fake), 4);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_8K);
	fake_destroy(fake);
}

/* No entry keeps the note that only a flush in progress needs. */
static void expect_synced(unsigned int level, unsigned int index, u64 entry,
			  void *data)
{
	struct kunit *test = data;

	KUNIT_EXPECT_FALSE(test, entry & VTD_PTE_UNSYNCED);
}

static void notes_removed(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	int result;

	fake->data = &result;
	fake->on_flush = map_beside;
	KUNIT_EXPECT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
	vtd_pt_walk(&fake->pt, 0, expect_synced, test);
	vtd_pt_walk(&fake->pt, SZ_4K, expect_synced, test);
	fake_destroy(fake);
}

/* Threads that go through rounds together, and what they found wrong. */
struct race {
	struct fake *fake;
	atomic_t next_thread;
	atomic_t arrived;
	atomic_t nr_wrong;
	struct completion done;
	bool stop;
};

/* All threads are here before one goes on. */
static void meet(struct race *race, unsigned int *nr_meetings)
{
	int target = ++*nr_meetings * NR_THREADS;

	atomic_inc(&race->arrived);
	while (atomic_read(&race->arrived) < target)
		cond_resched();
}

static void expect_in_thread(struct race *race, bool right)
{
	if (!right)
		atomic_inc(&race->nr_wrong);
}

/*
 * One thread's part of a round: a region of the address space where no table
 * is, shared by all, so that tables of all levels are fought for. The slices
 * of the threads lie side by side, the second one spans two tables.
 */
static void race_round(struct race *race, unsigned int thread, u64 region)
{
	static const struct { u64 first; u64 size; } slices[NR_THREADS] = {
		{ SZ_2M - 40 * SZ_4K, 37 * SZ_4K },
		{ SZ_2M - 3 * SZ_4K, 8 * SZ_4K },
	};
	u64 iova = region + slices[thread].first;
	u64 size = slices[thread].size;
	u64 phys = RAM * (thread + 1) + SZ_4K;
	struct fake *fake = race->fake;

	expect_in_thread(race, !fake_map(fake, iova, phys, size));
	expect_in_thread(race, fake_maps(fake, iova, phys));
	expect_in_thread(race, fake_maps(fake, iova + size - 1,
					 phys + size - 1));
	expect_in_thread(race, fake_unmap(fake, iova, size) == size);
	expect_in_thread(race, fake_maps(fake, iova, PHYS_ADDR_MAX));
	expect_in_thread(race, fake_maps(fake, iova + size - 1,
					 PHYS_ADDR_MAX));
	/* Leave some for the last unmap, which counts. */
	expect_in_thread(race, !fake_map(fake, iova, phys, SZ_4K));
}

static void race_clean(struct race *race, unsigned int nr_rounds)
{
	expect_in_thread(race, fake_unmap_all(race->fake) ==
			       (u64)nr_rounds * NR_THREADS * SZ_4K);
	expect_in_thread(race, vtd_pt_nr_tables(&race->fake->pt) == 1);
	expect_in_thread(race, fake_reap(race->fake) == 1);
}

static int race_thread(void *data)
{
	struct race *race = data;
	unsigned int thread = atomic_fetch_inc(&race->next_thread);
	unsigned int nr_meetings = 0;
	unsigned int round;

	for (round = 1; round <= NR_ROUNDS; round++) {
		meet(race, &nr_meetings);
		race_round(race, thread, (u64)(round % ROUNDS_A_CLEAN) * SZ_1G);
		if (round % ROUNDS_A_CLEAN)
			continue;
		meet(race, &nr_meetings);
		if (!thread)
			race_clean(race, ROUNDS_A_CLEAN);
	}
	kthread_complete_and_exit(&race->done, 0);
}

static struct race *create_race(struct kunit *test, struct fake *fake)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->fake = fake;
	init_completion(&race->done);
	return race;
}

static void neighbours(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct race *race = create_race(test, fake);
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++) {
		task = kthread_run(race_thread, race, "pt-race/%u", i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	}
	for (i = 0; i < NR_THREADS; i++)
		wait_for_completion(&race->done);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->nr_wrong), 0);
	race_clean(race, NR_ROUNDS % ROUNDS_A_CLEAN);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->nr_wrong), 0);
	kunit_info(test, "%d pages for tables\n",
		   atomic_read(&fake->nr_allocs));
	fake_destroy(fake);
}

static void look(unsigned int level, unsigned int index, u64 entry, void *data)
{
	(*(unsigned long *)data)++;
}

static int looking_thread(void *data)
{
	struct race *race = data;
	unsigned long nr_entries = 0;
	u64 iova = 0;

	while (!READ_ONCE(race->stop)) {
		vtd_pt_walk(&race->fake->pt, iova, look, &nr_entries);
		iova = (iova + SZ_4K) % SZ_4M;
		if (!iova)
			cond_resched();
	}
	expect_in_thread(race, nr_entries > 0);
	kthread_complete_and_exit(&race->done, 0);
}

/*
 * Tables are freed while somebody looks at them. With the kernel's own pages,
 * not the fake's: KASAN must see a read of one that is free.
 */
static void looked_at_while_freed(struct kunit *test)
{
	const struct vtd_pt_config config = {
		.levels = 4,
		.pgsizes = FAKE_ALL_SIZES,
		.node = NUMA_NO_NODE,
	};
	struct fake *fake = fake_create_with(test, &config);
	struct race *race = create_race(test, fake);
	struct task_struct *task;
	unsigned int i;

	task = kthread_run(looking_thread, race, "pt-look");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	for (i = 0; i < 3000; i++) {
		KUNIT_EXPECT_EQ(test, fake_map(fake, 0, RAM + SZ_4K, SZ_4M), 0);
		KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_4M);
		cond_resched();
	}
	WRITE_ONCE(race->stop, true);
	wait_for_completion(&race->done);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->nr_wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->pt.nr_readers), 0);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	fake_destroy(fake);
}

static int freeing_thread(void *data)
{
	struct race *race = data;

	expect_in_thread(race, fake_unmap_all(race->fake) == SZ_4K);
	kthread_complete_and_exit(&race->done, 0);
}

/* The same, staged: a walk is under way for a tenth of a second. */
static void free_waits_for_readers(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct race *race = create_race(test, fake);
	struct task_struct *task;

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
	atomic_set(&fake->pt.nr_readers, 1);
	task = kthread_run(freeing_thread, race, "pt-free");
	if (!IS_ERR(task)) {
		msleep(100);
		KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 4);
		KUNIT_EXPECT_EQ(test, fake_reap(fake), 4);
	}
	atomic_set(&fake->pt.nr_readers, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&race->done);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->nr_wrong), 0);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	fake_destroy(fake);
}

static struct kunit_case vtd_pt_race_cases[] = {
	KUNIT_CASE_PARAM(pointer_not_flushed, format_gen_params),
	KUNIT_CASE_PARAM(lost_race, format_gen_params),
	KUNIT_CASE_PARAM(notes_removed, format_gen_params),
	KUNIT_CASE_PARAM_ATTR(neighbours, format_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM_ATTR(looked_at_while_freed, format_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(free_waits_for_readers, format_gen_params),
	{}
};

static struct kunit_suite vtd_pt_race_suite = {
	.name = "vtd-pt-race",
	.test_cases = vtd_pt_race_cases,
};

kunit_test_suite(vtd_pt_race_suite);
