// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page tables, one property a case.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "vtd-pt-fake.h"
#include "vtd-pt-formats.h"

/* Physical addresses are numbers here: nobody reads there. */
#define RAM	0x4000000000ULL

static void bad_config(struct kunit *test)
{
	static const struct vtd_pt_config configs[] = {
		{ .levels = 0, .pgsizes = SZ_4K },
		{ .levels = 2, .pgsizes = SZ_4K },
		{ .levels = 6, .pgsizes = SZ_4K },
		{ .levels = 4, .pgsizes = 0 },
		{ .levels = 4, .pgsizes = SZ_2M },
		{ .levels = 4, .pgsizes = SZ_4K | SZ_1G },
		{ .levels = 4, .pgsizes = SZ_4K | SZ_64K },
	};
	struct vtd_pt_config config;
	struct vtd_pt pt;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++) {
		config = configs[i];
		config.format = fake_format(test);
		KUNIT_EXPECT_EQ(test, vtd_pt_init(&pt, &config, GFP_KERNEL),
				-EINVAL);
	}
	/* First stage has no table of three levels. */
	config = (struct vtd_pt_config){
		.format		= &vtd_pt_first,
		.levels		= 3,
		.pgsizes	= SZ_4K,
	};
	KUNIT_EXPECT_EQ(test, vtd_pt_init(&pt, &config, GFP_KERNEL), -EINVAL);
}

/* Of four levels: the first address that cannot be mapped. */
static u64 end_of(const struct vtd_pt_format *format)
{
	return format == &vtd_pt_first ? 1ULL << 47 : 1ULL << 48;
}

static void bad_ranges(struct kunit *test)
{
	const u64 end = end_of(fake_format(test));
	const struct {
		u64 iova;
		u64 phys;
		size_t size;
		unsigned int prot;
		int ret;
	} maps[] = {
		{ 0, RAM, 0, FAKE_RW, -EINVAL },
		{ 0, RAM, SZ_4K + 1, FAKE_RW, -EINVAL },
		{ 1, RAM, SZ_4K, FAKE_RW, -EINVAL },
		{ 0, RAM + 8, SZ_4K, FAKE_RW, -EINVAL },
		{ 0, RAM, SZ_4K, 0, -EINVAL },
		{ 0, RAM, SZ_4K, IOPASID_MMIO, -EINVAL },
		{ end, RAM, SZ_4K, FAKE_RW, -ERANGE },
		{ end - SZ_4K, RAM, SZ_8K, FAKE_RW, -ERANGE },
		{ SZ_4K, RAM, -SZ_4K, FAKE_RW, -ERANGE },
		{ -SZ_4K, RAM, SZ_8K, FAKE_RW, -ERANGE },
		{ 0, 1ULL << 52, SZ_4K, FAKE_RW, -ERANGE },
		{ 0, (1ULL << 52) - SZ_4K, SZ_8K, FAKE_RW, -ERANGE },
		{ 0, -SZ_4K, SZ_8K, FAKE_RW, -ERANGE },
	};
	struct fake *fake = fake_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    vtd_pt_map(&fake->pt, maps[i].iova,
					       maps[i].phys, maps[i].size,
					       maps[i].prot, GFP_KERNEL),
				    maps[i].ret, "row %u", i);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, end, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, -SZ_4K, SZ_8K), 0);
	KUNIT_EXPECT_EQ(test, fake_leaf_level(fake, end), 0);
	KUNIT_EXPECT_EQ(test, vtd_pt_iova_to_phys(&fake->pt, U64_MAX),
			PHYS_ADDR_MAX);
	fake_destroy(fake);
}

/* The first and the last page of each width. */
static void both_ends(struct kunit *test)
{
	struct vtd_pt_config config = {
		.pgsizes = FAKE_ALL_SIZES,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};
	bool first = fake_format(test) == &vtd_pt_first;
	struct fake *fake;
	u64 last_page;

	for (config.levels = first ? 4 : 3; config.levels <= 5;
	     config.levels++) {
		fake = fake_create_with(test, &config);
		last_page = (1ULL << (config.levels * 9 + 12 - first)) - SZ_4K;
		KUNIT_EXPECT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
		KUNIT_EXPECT_EQ(test, fake_map(fake, last_page, 0, SZ_4K), 0);
		KUNIT_EXPECT_EQ(test, fake_map(fake, last_page + SZ_4K, 0,
					       SZ_4K), -ERANGE);
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, 5, RAM + 5));
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, last_page + 6, 6));
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_4K, PHYS_ADDR_MAX));
		KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt),
				2 * config.levels - 1);
		/* More than the aperture is the aperture. */
		KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SIZE_MAX), SZ_8K);
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0, PHYS_ADDR_MAX));
		KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
		fake_destroy(fake);
	}
}

/*
 * Which page sizes a map takes: @levels are those at iova, and at the offsets
 * of the next change of size.
 */
static const struct sizes {
	const char *name;
	unsigned long pgsizes;
	u64 iova;
	u64 phys;
	size_t size;
	struct {
		u64 offset;
		unsigned int level;
	} at[5];
} sizes[] = {
	{ "4K", FAKE_ALL_SIZES, 0, RAM, SZ_4K, { { 0, 1 } } },
	{ "2M", FAKE_ALL_SIZES, SZ_2M, RAM, SZ_2M, { { 0, 2 } } },
	{ "1G", FAKE_ALL_SIZES, SZ_1G, RAM, SZ_1G, { { 0, 3 } } },
	{ "a page short of 2M", FAKE_ALL_SIZES, SZ_2M, RAM, SZ_2M - SZ_4K,
	  { { 0, 1 }, { SZ_2M - SZ_8K, 1 } } },
	{ "iova is odd", FAKE_ALL_SIZES, SZ_2M + SZ_4K, RAM, SZ_2M,
	  { { 0, 1 }, { SZ_2M - SZ_4K, 1 } } },
	{ "phys is odd", FAKE_ALL_SIZES, SZ_2M, RAM + SZ_4K, SZ_2M,
	  { { 0, 1 }, { SZ_2M - SZ_4K, 1 } } },
	{ "phys is odd in 1G", FAKE_ALL_SIZES, 0, RAM + SZ_2M, SZ_1G,
	  { { 0, 2 }, { SZ_1G - SZ_2M, 2 } } },
	{ "unit without 1G", SZ_4K | SZ_2M, 0, RAM, SZ_1G,
	  { { 0, 2 }, { SZ_1G - SZ_2M, 2 } } },
	{ "unit with 4K only", SZ_4K, 0, RAM, SZ_2M,
	  { { 0, 1 }, { SZ_2M - SZ_4K, 1 } } },
	{ "4K 2M 4K", FAKE_ALL_SIZES, SZ_2M - SZ_4K, RAM + SZ_2M - SZ_4K,
	  SZ_2M + SZ_8K, { { 0, 1 }, { SZ_4K, 2 }, { SZ_2M + SZ_4K, 1 } } },
	{ "4K 2M 1G 2M 4K", FAKE_ALL_SIZES, SZ_1G - SZ_2M - SZ_4K,
	  RAM + SZ_1G - SZ_2M - SZ_4K, SZ_1G + 2 * (SZ_2M + SZ_4K),
	  { { 0, 1 }, { SZ_4K, 2 }, { SZ_4K + SZ_2M, 3 },
	    { SZ_4K + SZ_2M + SZ_1G, 2 }, { SZ_4K + 2 * SZ_2M + SZ_1G, 1 } } },
};

KUNIT_ARRAY_PARAM_DESC(sizes, sizes, name);

static void page_sizes_of(struct kunit *test, const struct sizes *row,
			  const struct vtd_pt_format *format)
{
	struct vtd_pt_config config = {
		.format = format,
		.levels = 4,
		.pgsizes = row->pgsizes,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};
	struct fake *fake = fake_create_with(test, &config);
	unsigned int i;
	u64 offset;

	KUNIT_ASSERT_EQ(test, fake_map(fake, row->iova, row->phys, row->size),
			0);
	for (i = 0; i < ARRAY_SIZE(row->at) && row->at[i].level; i++) {
		offset = row->at[i].offset;
		KUNIT_EXPECT_EQ_MSG(test,
				    fake_leaf_level(fake, row->iova + offset),
				    row->at[i].level, "at %llx", offset);
		KUNIT_EXPECT_TRUE(test, fake_maps(fake, row->iova + offset,
						  row->phys + offset));
	}
	offset = row->size - 1;
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, row->iova + offset,
					  row->phys + offset));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, row->iova + row->size,
					  PHYS_ADDR_MAX));
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, row->iova, row->size),
			row->size);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, row->iova, PHYS_ADDR_MAX));
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), 0);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	fake_destroy(fake);
}

static void page_sizes(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		page_sizes_of(test, test->param_value, formats[i]);
}

/* Where a table is, even an empty one, no leaf takes its place. */
static void table_below_large_leaf(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_2M, RAM, SZ_4K), 0);
	KUNIT_ASSERT_EQ(test, fake_unmap(fake, SZ_2M, SZ_4K), SZ_4K);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 4);
	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, fake_leaf_level(fake, 0), 2);
	KUNIT_EXPECT_EQ(test, fake_leaf_level(fake, SZ_2M), 1);
	KUNIT_EXPECT_EQ(test, fake_leaf_level(fake, 2 * SZ_2M), 2);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_2M, RAM + SZ_2M));
	/* The unmap of the table's span takes it away. */
	KUNIT_ASSERT_EQ(test, fake_unmap(fake, 0, SZ_1G), SZ_1G);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 2);
	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, fake_leaf_level(fake, SZ_2M), 3);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_1G);
	fake_destroy(fake);
}

static void note_leaf(unsigned int level, unsigned int index, u64 entry,
		      void *data)
{
	*(u64 *)data = entry;
}

static u64 leaf_of(struct vtd_pt *pt, unsigned int prot)
{
	u64 leaf = 0;

	vtd_pt_map(pt, SZ_2M, RAM, SZ_4K, prot, GFP_KERNEL);
	vtd_pt_walk(pt, SZ_2M, note_leaf, &leaf);
	return leaf;
}

/* Write alone is read and write in first stage, where nothing snoops. */
static void leaf_bits(struct kunit *test)
{
	static const struct {
		bool snoop;
		unsigned int prot;
		u64 second;
		u64 first;
	} rows[] = {
		{ false, IOPASID_READ, 1, 0x25 },
		{ false, IOPASID_WRITE, 2, 0x67 },
		{ false, FAKE_RW, 3, 0x67 },
		{ false, FAKE_RW | IOPASID_MMIO, 3, 0x67 },
		{ true, IOPASID_READ, 1 | BIT(11), 0x25 },
		{ true, FAKE_RW, 3 | BIT(11), 0x67 },
		{ true, FAKE_RW | IOPASID_MMIO, 3, 0x67 },
	};
	bool first = fake_format(test) == &vtd_pt_first;
	struct vtd_pt_config config = {
		.levels = 4,
		.pgsizes = SZ_4K,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};
	struct fake *fake;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		config.snoop = rows[i].snoop;
		fake = fake_create_with(test, &config);
		KUNIT_EXPECT_EQ_MSG(test, leaf_of(&fake->pt, rows[i].prot),
				    RAM | (first ? rows[i].first :
						   rows[i].second),
				    "row %u", i);
		fake_destroy(fake);
	}
}

static void already_mapped(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0x300000, RAM, SZ_4K), 0);
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_1G, RAM, SZ_1G), 0);
	/* Leaves of 2M and 4K are written, then undone. */
	KUNIT_EXPECT_EQ(test, fake_map(fake, 0, 2 * RAM, SZ_4M), -EEXIST);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0, PHYS_ADDR_MAX));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0x2ff000, PHYS_ADDR_MAX));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0x300000, RAM));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0x301000, PHYS_ADDR_MAX));
	/* Below and across a large leaf. */
	KUNIT_EXPECT_EQ(test, fake_map(fake, SZ_1G + SZ_4K, 0, SZ_4K), -EEXIST);
	KUNIT_EXPECT_EQ(test, fake_map(fake, SZ_1G - SZ_4K, 0, SZ_8K), -EEXIST);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_1G - SZ_4K, PHYS_ADDR_MAX));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_1G + SZ_4K, RAM + SZ_4K));
	KUNIT_EXPECT_EQ(test, fake_map(fake, SZ_1G, RAM, SZ_1G), -EEXIST);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_1G + SZ_4K);
	fake_destroy(fake);
}

/* A full table undone: the note that it is full goes, too. */
static void full_table_undone(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_2M, RAM, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, fake_map(fake, 0, RAM + SZ_4K, SZ_4M), -EEXIST);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0, PHYS_ADDR_MAX));
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), SZ_4K);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	fake_destroy(fake);
}

static void partial_leaf(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, 3 * SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, SZ_4K, SZ_2M - SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SZ_2M - 1), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 1, SZ_2M), 0);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 0, RAM));
	/* The middle one is inside, its neighbours reach out. */
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, SZ_4K, 2 * SZ_2M), SZ_2M);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_4K, RAM + SZ_4K));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_2M, PHYS_ADDR_MAX));
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, 2 * SZ_2M, RAM + 2 * SZ_2M));
	/* Half a page at either end is not a page. */
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_2M, RAM, 3 * SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, SZ_2M + 8, 3 * SZ_4K - 16),
			SZ_4K);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), 2 * SZ_2M + SZ_8K);
	fake_destroy(fake);
}

/* The count of a table that is dropped unread must be right all the same. */
static void full_tables(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM + SZ_4K, SZ_4M), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 5 * SZ_4K, SZ_8K), SZ_8K);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SZ_2M), SZ_2M - SZ_8K);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SZ_4M), SZ_2M);
	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM + SZ_4K, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, SZ_4K, SZ_4K), SZ_4K);
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_4K, RAM, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, 0, SZ_2M), SZ_2M);
	/* One level up: a full table of 2M leaves. */
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_1G, RAM + SZ_2M, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, SZ_1G + SZ_4M, SZ_2M), SZ_2M);
	KUNIT_EXPECT_EQ(test, fake_unmap(fake, SZ_1G, SZ_1G), SZ_1G - SZ_2M);
	KUNIT_EXPECT_EQ(test, fake_unmap_all(fake), 0);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	fake_destroy(fake);
}

static void gather_and_counter(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct vtd_pt *pt = &fake->pt;
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_2M, RAM, SZ_8K), 0);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(pt), 4);
	KUNIT_EXPECT_EQ(test, vtd_pt_unmap(pt, 0, SZ_2M, &gather), 0);
	KUNIT_EXPECT_TRUE(test, iopasid_gather_empty(&gather));
	KUNIT_EXPECT_EQ(test, vtd_pt_unmap(pt, SZ_2M, SZ_4K, &gather),
			SZ_4K);
	KUNIT_EXPECT_EQ(test, gather.first, SZ_2M);
	KUNIT_EXPECT_EQ(test, gather.last, SZ_2M + SZ_4K - 1);
	KUNIT_EXPECT_TRUE(test, list_empty(&gather.pages));
	KUNIT_EXPECT_EQ(test, vtd_pt_unmap(pt, SZ_2M, SZ_2M, &gather),
			SZ_4K);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&gather.pages), 1);
	KUNIT_EXPECT_EQ(test, gather.last, 2 * SZ_2M - 1);
	/* Unlinked, not freed: the unit may still walk it. */
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(pt), 4);
	KUNIT_EXPECT_EQ(test, fake_reap(fake), 4);
	vtd_pt_free_pages(pt, &gather.pages);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(pt), 3);
	KUNIT_EXPECT_EQ(test, fake_reap(fake), 3);
	/* Empty tables: nothing was mapped, but there is something to flush. */
	iopasid_gather_init(&gather);
	KUNIT_EXPECT_EQ(test, vtd_pt_unmap(pt, 0, SIZE_MAX, &gather), 0);
	KUNIT_EXPECT_EQ(test, gather.first, 0);
	KUNIT_EXPECT_EQ(test, gather.last, end_of(fake_format(test)) - 1);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&gather.pages), 2);
	vtd_pt_free_pages(pt, &gather.pages);
	KUNIT_EXPECT_EQ(test, vtd_pt_nr_tables(pt), 1);
	fake_destroy(fake);
}

/* One flush for a run, none where the unit snoops. */
static void cache_flushes(struct kunit *test)
{
	struct vtd_pt_config config = {
		.levels = 4,
		.pgsizes = FAKE_ALL_SIZES,
		.coherent = true,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};
	struct fake *fake = fake_create(test);

	KUNIT_ASSERT_EQ(test, fake_map(fake, 0, RAM, SZ_4K), 0);
	atomic_set(&fake->nr_flushes, 0);
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_64K, RAM, 64 * SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_flushes), 1);
	KUNIT_ASSERT_EQ(test, fake_unmap(fake, 0, SZ_2M), 65 * SZ_4K);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_flushes), 2);
	fake_destroy(fake);

	fake = fake_create_with(test, &config);
	KUNIT_ASSERT_EQ(test, fake_map(fake, SZ_4K, RAM, SZ_1G), 0);
	KUNIT_EXPECT_TRUE(test, fake_maps(fake, SZ_1G, RAM + SZ_1G - SZ_4K));
	KUNIT_ASSERT_EQ(test, fake_unmap_all(fake), SZ_1G);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_flushes), 0);
	fake_destroy(fake);
}

static void gfp_respected(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	KUNIT_EXPECT_EQ(test, vtd_pt_map(&fake->pt, 0, RAM, SZ_4K, FAKE_RW,
					 GFP_ATOMIC), 0);
	KUNIT_EXPECT_TRUE(test, fake->gfp == (GFP_ATOMIC | __GFP_ZERO));
	KUNIT_EXPECT_EQ(test, vtd_pt_map(&fake->pt, SZ_2M, RAM, SZ_4K,
					 FAKE_RW, GFP_HIGHUSER), 0);
	KUNIT_EXPECT_TRUE(test, fake->gfp == ((GFP_HIGHUSER & ~__GFP_HIGHMEM) |
					      __GFP_ZERO));
	fake_destroy(fake);
}

static struct kunit_case vtd_pt_cases[] = {
	KUNIT_CASE_PARAM(bad_config, format_gen_params),
	KUNIT_CASE_PARAM(bad_ranges, format_gen_params),
	KUNIT_CASE_PARAM(both_ends, format_gen_params),
	KUNIT_CASE_PARAM(page_sizes, sizes_gen_params),
	KUNIT_CASE_PARAM(table_below_large_leaf, format_gen_params),
	KUNIT_CASE_PARAM(leaf_bits, format_gen_params),
	KUNIT_CASE_PARAM(already_mapped, format_gen_params),
	KUNIT_CASE_PARAM(full_table_undone, format_gen_params),
	KUNIT_CASE_PARAM(partial_leaf, format_gen_params),
	KUNIT_CASE_PARAM(full_tables, format_gen_params),
	KUNIT_CASE_PARAM(gather_and_counter, format_gen_params),
	KUNIT_CASE_PARAM(cache_flushes, format_gen_params),
	KUNIT_CASE_PARAM(gfp_respected, format_gen_params),
	{}
};

static struct kunit_suite vtd_pt_suite = {
	.name = "vtd-pt",
	.test_cases = vtd_pt_cases,
};

kunit_test_suite(vtd_pt_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of page tables");
MODULE_LICENSE("GPL");
