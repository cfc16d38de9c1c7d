// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page tables that show which pages were written.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include "vtd-pt-fake.h"
#include "vtd-pt-formats.h"

#define RAM	0x4000000000ULL

static struct fake *dirty_create(struct kunit *test)
{
	const struct vtd_pt_config config = {
		.levels = 4,
		.pgsizes = FAKE_ALL_SIZES,
		.coherent = true,
		.dirty = true,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};

	return fake_create_with(test, &config);
}

/* Accessed and Dirty by their places in 9.7 and 9.8. */
static u64 accessed_bit(struct fake *fake)
{
	return fake->pt.config.format == &vtd_pt_first ? BIT(5) : BIT(8);
}

static unsigned int dirty_nr(struct fake *fake)
{
	return fake->pt.config.format == &vtd_pt_first ? 6 : 9;
}

/* The leaf that a device uses for @iova, NULL: it faults. */
static u64 *leaf_at(struct fake *fake, u64 iova)
{
	unsigned int level = fake->pt.config.levels;
	u64 *table = fake->pt.root;
	u64 *entry;

	for (;; level--) {
		entry = &table[(iova >> (9 * level + 3)) & 511];
		if (!(READ_ONCE(*entry) & 3))
			return NULL;
		if (level == 1 || READ_ONCE(*entry) & BIT(7))
			return entry;
		table = phys_to_virt(READ_ONCE(*entry) & GENMASK_ULL(51, 12));
	}
}

/* A device that has nothing cached writes. */
static bool device_writes(struct fake *fake, u64 iova)
{
	u64 *leaf = leaf_at(fake, iova);

	if (leaf)
		set_bit(dirty_nr(fake), (unsigned long *)leaf);
	return leaf;
}

/* What was reported, as "first-last first-last " */
struct report {
	struct iopasid_gather gather;
	struct iopasid_dirty dirty;
	u64 end;
	unsigned int nr_wrong;
	char text[256];
};

static void note(u64 iova, size_t size, void *data)
{
	struct report *report = data;
	size_t len = strlen(report->text);

	/* Ascending, and never two pieces where one would do */
	if (!size || (len && iova <= report->end))
		report->nr_wrong++;
	report->end = iova + size;
	snprintf(report->text + len, sizeof(report->text) - len, "%llx-%llx ",
		 iova, iova + size - 1);
}

static const char *read_dirty(struct fake *fake, struct report *report,
			      u64 iova, u64 size, unsigned int flags)
{
	memset(report, 0, sizeof(*report));
	iopasid_gather_init(&report->gather);
	report->dirty = (struct iopasid_dirty){
		.record = note,
		.data = report,
		.flags = flags,
		.gather = flags & IOPASID_DIRTY_NO_CLEAR ? NULL :
							   &report->gather,
	};
	vtd_pt_read_dirty(&fake->pt, iova, size, &report->dirty);
	KUNIT_EXPECT_EQ(fake->test, report->nr_wrong, 0);
	return report->text;
}

/* A unit would write behind the cache. */
static void needs_snooping(struct kunit *test)
{
	const struct vtd_pt_config config = {
		.format = fake_format(test),
		.levels = 4,
		.pgsizes = SZ_4K,
		.dirty = true,
	};
	struct vtd_pt pt;

	KUNIT_EXPECT_EQ(test, vtd_pt_init(&pt, &config, GFP_KERNEL), -EINVAL);
}

static void note_entry(unsigned int level, unsigned int index, u64 entry,
		       void *data)
{
	u64 *entries = data;

	entries[level] = entry;
}

/* Accessed at all levels: the unit writes Dirty of leaves, and nothing else. */
static void new_entries(struct kunit *test)
{
	struct fake *fake = dirty_create(test);
	u64 accessed = accessed_bit(fake), dirty = BIT(dirty_nr(fake));
	u64 entries[6] = { };
	unsigned int level;

	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_2M, RAM, SZ_4K), 0);
	vtd_pt_walk(&fake->pt, SZ_2M, note_entry, entries);
	for (level = 1; level <= 4; level++) {
		KUNIT_EXPECT_TRUE_MSG(test, entries[level] & accessed,
				      "level %u", level);
		KUNIT_EXPECT_FALSE(test, entries[level] & dirty);
	}
	KUNIT_ASSERT_EQ(test, vtd_pt_map(&fake->pt, SZ_1G, RAM, SZ_1G,
					 IOPASID_READ, GFP_KERNEL), 0);
	vtd_pt_walk(&fake->pt, SZ_1G, note_entry, entries);
	KUNIT_EXPECT_EQ(test, entries[3] & (accessed | dirty), accessed);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_1G + SZ_4K);
	fake_destroy(fake);
}

static void found_and_cleared(struct kunit *test)
{
	struct fake *fake = dirty_create(test);
	struct report report;

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0x10000, RAM, SZ_64K), 0);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, SZ_1G, 0), "");
	KUNIT_EXPECT_TRUE(test, iopasid_gather_empty(&report.gather));

	device_writes(fake, 0x10000);
	device_writes(fake, 0x13000);
	device_writes(fake, 0x14fff);
	device_writes(fake, 0x1f008);
	KUNIT_EXPECT_STREQ(test,
			   read_dirty(fake, &report, 0, SZ_1G,
				      IOPASID_DIRTY_NO_CLEAR),
			   "10000-10fff 13000-14fff 1f000-1ffff ");
	/* Part of it: the rest keeps its marks. */
	KUNIT_EXPECT_STREQ(test,
			   read_dirty(fake, &report, 0x14000, 0xb000, 0),
			   "14000-14fff ");
	KUNIT_EXPECT_EQ(test, report.gather.first, 0x14000);
	KUNIT_EXPECT_EQ(test, report.gather.last, 0x14fff);
	KUNIT_EXPECT_TRUE(test, list_empty(&report.gather.pages));
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, SZ_1G, 0),
			   "10000-10fff 13000-13fff 1f000-1ffff ");
	KUNIT_EXPECT_EQ(test, report.gather.first, 0x10000);
	KUNIT_EXPECT_EQ(test, report.gather.last, 0x1ffff);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, SZ_1G, 0), "");
	/* Nothing but the mark has changed. */
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0x13008, RAM + 0x3008));
	device_writes(fake, 0x13000);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, SZ_1G, 0),
			   "13000-13fff ");
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_64K);
	fake_destroy(fake);
}

/* Only to clear, nobody wants to hear of it. */
static void nobody_listens(struct kunit *test)
{
	struct fake *fake = dirty_create(test);
	struct iopasid_gather gather;
	struct iopasid_dirty clear = { .gather = &gather };
	struct report report;

	iopasid_gather_init(&gather);
	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, SZ_64K), 0);
	device_writes(fake, 0x3000);
	vtd_pt_read_dirty(&fake->pt, 0, SZ_64K, &clear);
	KUNIT_EXPECT_EQ(test, gather.first, 0x3000);
	KUNIT_EXPECT_EQ(test, gather.last, 0x3fff);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, SZ_64K, 0), "");
	fake_unmap_all(fake);
	fake_destroy(fake);
}

/* One mark for all of a large page; beside small ones it is one piece. */
static void large_pages(struct kunit *test)
{
	struct fake *fake = dirty_create(test);
	struct report report;

	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_1G - SZ_2M - SZ_4K,
				       RAM + SZ_1G - SZ_2M - SZ_4K,
				       SZ_1G + SZ_2M + SZ_8K), 0);
	KUNIT_ASSERT_EQ(test, fake_leaf_level(fake, SZ_1G - SZ_2M), 2);
	KUNIT_ASSERT_EQ(test, fake_leaf_level(fake, SZ_1G), 3);
	device_writes(fake, SZ_1G + 0x12345678);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, 4UL * SZ_1G, 0),
			   "40000000-7fffffff ");
	KUNIT_EXPECT_EQ(test, report.gather.first, SZ_1G);
	KUNIT_EXPECT_EQ(test, report.gather.last, 2UL * SZ_1G - 1);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, 4UL * SZ_1G, 0),
			   "");
	device_writes(fake, SZ_1G - SZ_2M - 8);
	device_writes(fake, SZ_1G - 8);
	device_writes(fake, SZ_1G);
	device_writes(fake, 2UL * SZ_1G);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, 4UL * SZ_1G, 0),
			   "3fdff000-80000fff ");
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_1G + SZ_2M + SZ_8K);
	fake_destroy(fake);
}

/* Or somebody else would miss what is not reported here. */
static void page_reaches_out(struct kunit *test)
{
	struct fake *fake = dirty_create(test);
	struct report report;

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, 3 * SZ_2M), 0);
	device_writes(fake, SZ_2M);
	KUNIT_EXPECT_STREQ(test,
			   read_dirty(fake, &report, SZ_2M, SZ_2M - SZ_4K, 0),
			   "200000-3fefff ");
	KUNIT_EXPECT_TRUE(test, iopasid_gather_empty(&report.gather));
	KUNIT_EXPECT_STREQ(test,
			   read_dirty(fake, &report, SZ_2M + SZ_4K, SZ_2M, 0),
			   "201000-3fffff ");
	KUNIT_EXPECT_TRUE(test, iopasid_gather_empty(&report.gather));
	device_writes(fake, 0);
	device_writes(fake, 3 * SZ_2M - 8);
	KUNIT_EXPECT_STREQ(test,
			   read_dirty(fake, &report, SZ_4K, 3 * SZ_2M - SZ_8K,
				      0),
			   "1000-5fefff ");
	/* The one in the middle was cleared. */
	KUNIT_EXPECT_EQ(test, report.gather.first, SZ_2M);
	KUNIT_EXPECT_EQ(test, report.gather.last, 2 * SZ_2M - 1);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, SZ_1G, 0),
			   "0-1fffff 400000-5fffff ");
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), 3 * SZ_2M);
	fake_destroy(fake);
}

static void both_ends(struct kunit *test)
{
	struct fake *fake = dirty_create(test);
	u64 last = vtd_pt_last(&fake->pt);
	struct report report;
	char want[64];

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
	KUNIT_ASSERT_EQ(test, fake_map(fake, last - SZ_4K + 1, RAM, SZ_4K), 0);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, last + 1, 0), "");
	device_writes(fake, 0);
	device_writes(fake, last);
	snprintf(want, sizeof(want), "0-fff %llx-%llx ", last - SZ_4K + 1, last);
	KUNIT_EXPECT_STREQ(test, read_dirty(fake, &report, 0, last + 1, 0),
			   want);
	KUNIT_EXPECT_EQ(test, report.gather.first, 0);
	KUNIT_EXPECT_EQ(test, report.gather.last, last);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_8K);
	fake_destroy(fake);
}

#define RANDOM_PAGES	2048
#define RANDOM_ROUNDS	300

/* The same in the simplest way */
struct reference {
	struct fake *fake;
	DECLARE_BITMAP(dirty, RANDOM_PAGES);
	DECLARE_BITMAP(seen, RANDOM_PAGES);
};

static void note_pages(u64 iova, size_t size, void *data)
{
	struct reference *reference = data;

	bitmap_set(reference->seen, iova / SZ_4K, size / SZ_4K);
}

/* All of the leaf: a large page has one mark. */
static void random_write(struct reference *reference, u64 iova)
{
	unsigned int level = fake_leaf_level(reference->fake, iova);
	u64 size = level ? 1ULL << (9 * level + 3) : 0;

	KUNIT_EXPECT_EQ(reference->fake->test,
			device_writes(reference->fake, iova), level > 0);
	if (level)
		bitmap_set(reference->dirty, ALIGN_DOWN(iova, size) / SZ_4K,
			   size / SZ_4K);
}

/* Leaves in the range lose their marks in the reference, too. */
static void random_clear(struct reference *reference, u64 first, u64 end)
{
	u64 iova = first, size;

	while (iova < end) {
		unsigned int level = fake_leaf_level(reference->fake, iova);

		size = level ? 1ULL << (9 * level + 3) : SZ_4K;
		if (IS_ALIGNED(iova, size) && iova + size <= end)
			bitmap_clear(reference->dirty, iova / SZ_4K,
				     size / SZ_4K);
		iova = ALIGN_DOWN(iova, size) + size;
	}
}

static void random_round(struct reference *reference)
{
	struct kunit *test = reference->fake->test;
	unsigned int first = get_random_u32_below(RANDOM_PAGES);
	unsigned int nr = 1 + get_random_u32_below(RANDOM_PAGES - first);
	DECLARE_BITMAP(want, RANDOM_PAGES) = { };
	struct iopasid_gather gather;
	struct iopasid_dirty dirty = {
		.record	= note_pages,
		.data	= reference,
		.gather	= &gather,
	};
	unsigned int i;

	for (i = get_random_u32_below(32); i; i--)
		random_write(reference,
			     (u64)get_random_u32_below(RANDOM_PAGES) * SZ_4K);
	iopasid_gather_init(&gather);
	bitmap_zero(reference->seen, RANDOM_PAGES);
	vtd_pt_read_dirty(&reference->fake->pt, (u64)first * SZ_4K,
			  (u64)nr * SZ_4K, &dirty);
	bitmap_set(want, first, nr);
	bitmap_and(want, want, reference->dirty, RANDOM_PAGES);
	KUNIT_EXPECT_TRUE(test, bitmap_equal(want, reference->seen,
					     RANDOM_PAGES));
	random_clear(reference, (u64)first * SZ_4K, (u64)(first + nr) * SZ_4K);
}

/* Pages of two sizes with holes: 2M at 0 and 4M, small ones between, a gap. */
static void random_ranges(struct kunit *test)
{
	struct reference *reference = kunit_kzalloc(test, sizeof(*reference),
						    GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, reference);
	reference->fake = dirty_create(test);
	KUNIT_ASSERT_EQ(test, fake_map(reference->fake, 0, RAM, SZ_2M), 0);
	KUNIT_ASSERT_EQ(test, fake_map(reference->fake, SZ_2M, RAM + SZ_4K,
				       SZ_1M), 0);
	KUNIT_ASSERT_EQ(test, fake_map(reference->fake, 2 * SZ_2M, RAM, SZ_2M),
			0);
	KUNIT_ASSERT_EQ(test, fake_map(reference->fake, 3 * SZ_2M + SZ_4K,
				       RAM + SZ_4K, SZ_1M), 0);
	for (i = 0; i < RANDOM_ROUNDS; i++)
		random_round(reference);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(reference->fake),
			2 * SZ_2M + 2 * SZ_1M);
	fake_destroy(reference->fake);
}

#define RACE_PAGES	64
#define RACE_ROUNDS	200000

/* A device that writes, somebody who looks for it, and what either knows */
struct race {
	struct fake *fake;
	struct completion done;
	u32 written[RACE_PAGES];
	u32 copied[RACE_PAGES];
};

static int writing_thread(void *data)
{
	struct race *race = data;
	u32 round;

	for (round = 1; round <= RACE_ROUNDS; round++) {
		unsigned int i = (round * 7) % RACE_PAGES;

		/* Nothing is cached: there is no flush to wait for writes. */
		WRITE_ONCE(race->written[i], round);
		device_writes(race->fake, i * SZ_4K);
		if (!(round % 1024))
			cond_resched();
	}
	kthread_complete_and_exit(&race->done, 0);
}

static void copy_pages(u64 iova, size_t size, void *data)
{
	struct race *race = data;
	u64 end = iova + size;

	for (; iova < end; iova += SZ_4K)
		race->copied[iova / SZ_4K] =
			READ_ONCE(race->written[iova / SZ_4K]);
}

/* A mark is gone before it is reported: what is written later has a new one. */
static void race(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct iopasid_gather gather;
	struct iopasid_dirty dirty = { .record = copy_pages, .gather = &gather };
	struct task_struct *task;
	unsigned int looks = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	dirty.data = race;
	race->fake = dirty_create(test);
	init_completion(&race->done);
	iopasid_gather_init(&gather);
	KUNIT_ASSERT_EQ(test, fake_map(race->fake, 0, RAM, RACE_PAGES * SZ_4K),
			0);
	task = kthread_run(writing_thread, race, "pt-write");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (!completion_done(&race->done)) {
		vtd_pt_read_dirty(&race->fake->pt, 0, RACE_PAGES * SZ_4K,
				  &dirty);
		looks++;
		cond_resched();
	}
	wait_for_completion(&race->done);
	vtd_pt_read_dirty(&race->fake->pt, 0, RACE_PAGES * SZ_4K, &dirty);
	for (i = 0; i < RACE_PAGES; i++)
		KUNIT_EXPECT_EQ_MSG(test, race->copied[i], race->written[i],
				    "page %u", i);
	kunit_info(test, "%u looks\n", looks);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(race->fake), RACE_PAGES * SZ_4K);
	fake_destroy(race->fake);
}

static struct kunit_case vtd_pt_dirty_cases[] = {
	KUNIT_CASE_PARAM(needs_snooping, format_gen_params),
	KUNIT_CASE_PARAM(new_entries, format_gen_params),
	KUNIT_CASE_PARAM(found_and_cleared, format_gen_params),
	KUNIT_CASE_PARAM(nobody_listens, format_gen_params),
	KUNIT_CASE_PARAM(large_pages, format_gen_params),
	KUNIT_CASE_PARAM(page_reaches_out, format_gen_params),
	KUNIT_CASE_PARAM(both_ends, format_gen_params),
	KUNIT_CASE_PARAM(random_ranges, format_gen_params),
	KUNIT_CASE_PARAM(race, format_gen_params),
	{}
};

static struct kunit_suite vtd_pt_dirty_suite = {
	.name = "vtd-pt-dirty",
	.test_cases = vtd_pt_dirty_cases,
};

kunit_test_suite(vtd_pt_dirty_suite);
