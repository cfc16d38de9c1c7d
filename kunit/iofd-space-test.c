// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the addresses of an address space, against a reference with one flag
 * for each page.
 */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../drivers/iommufd/hole.h"
#include "../drivers/iommufd/space.h"

#define P		PAGE_SIZE
/* The reference knows the addresses of so many pages, from page 1 on. */
#define NR_PAGES	512UL
#define NR_STEPS	4000

/**
 * struct reference - what should be where
 * @space: what is tested
 * @nodes: the mapping that begins at a page, or NULL
 * @taken: pages that are mapped
 * @reserved: pages that are reserved
 * @random: for the choice of what to do
 */
struct reference {
	struct iofd_space space;
	struct interval_tree_node *nodes[NR_PAGES];
	bool taken[NR_PAGES];
	bool reserved[NR_PAGES];
	struct rnd_state random;
};

static unsigned long draw(struct reference *ref, unsigned long below)
{
	return prandom_u32_state(&ref->random) % below;
}

/* Everything is within the first NR_PAGES pages. */
static struct reference *reference_create(struct kunit *test)
{
	struct reference *ref = kunit_kzalloc(test, sizeof(*ref), GFP_KERNEL);
	struct rb_root_cached ranges = RB_ROOT_CACHED;

	KUNIT_ASSERT_NOT_NULL(test, ref);
	prandom_seed_state(&ref->random, 0x10fd);
	iofd_space_init(&ref->space);
	KUNIT_ASSERT_EQ(test, 0, iofd_ranges_add(&ranges, NR_PAGES * P,
						 ULONG_MAX, test));
	KUNIT_ASSERT_EQ(test, 0, iofd_space_reserve(&ref->space, &ranges));
	return ref;
}

static bool reference_is_free(struct reference *ref, unsigned long page,
			      unsigned long nr)
{
	unsigned long i;

	for (i = page; i < page + nr; i++)
		if (i >= NR_PAGES || ref->taken[i] || ref->reserved[i])
			return false;
	return true;
}

/* With the least alignment: that of the memory, or of the length */
static bool reference_has_room(struct reference *ref, unsigned long memory,
			       unsigned long nr)
{
	unsigned long align = roundup_pow_of_two(nr);
	unsigned long page;

	if (memory)
		align = min(align, (1UL << __ffs(memory)) / P);
	for (page = 1; page < NR_PAGES; page++)
		if (page % align == 0 && reference_is_free(ref, page, nr))
			return true;
	return false;
}

static void reference_map(struct kunit *test, struct reference *ref,
			  unsigned long page, unsigned long nr)
{
	struct interval_tree_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, node);
	node->start = page * P;
	node->last = (page + nr) * P - 1;
	iofd_space_insert(&ref->space, node);
	ref->nodes[page] = node;
	memset(ref->taken + page, true, nr);
}

static void reference_unmap(struct reference *ref, unsigned long page)
{
	struct interval_tree_node *node = ref->nodes[page];

	if (!node)
		return;
	iofd_space_remove(&ref->space, node);
	memset(ref->taken + page, false, (node->last + 1 - node->start) / P);
	ref->nodes[page] = NULL;
	kfree(node);
}

static void reference_destroy(struct reference *ref)
{
	unsigned long page;

	for (page = 0; page < NR_PAGES; page++)
		reference_unmap(ref, page);
	iofd_space_destroy(&ref->space);
}

/* An address is found if there is one, and it is free and aligned. */
static void find_step(struct kunit *test, struct reference *ref)
{
	unsigned long nr = 1 + draw(ref, 16);
	unsigned long memory = draw(ref, NR_PAGES) * P;
	unsigned long iova, page;
	int ret;

	ret = iofd_space_find(&ref->space, memory, nr * P, &iova);
	if (ret) {
		KUNIT_ASSERT_EQ(test, ret, -ENOSPC);
		KUNIT_ASSERT_FALSE(test, reference_has_room(ref, memory, nr));
		return;
	}
	page = iova / P;
	KUNIT_ASSERT_EQ(test, iova % P, 0);
	KUNIT_ASSERT_GT(test, page, 0);
	KUNIT_ASSERT_TRUE(test, reference_is_free(ref, page, nr));
	KUNIT_ASSERT_EQ(test, 0, iofd_space_check(&ref->space, iova, nr * P));
	reference_map(test, ref, page, nr);
}

static void check_step(struct kunit *test, struct reference *ref)
{
	unsigned long page = draw(ref, NR_PAGES), nr = 1 + draw(ref, 8), i;
	int want = 0;

	for (i = page; i < page + nr && !want; i++)
		if (i < NR_PAGES && ref->taken[i])
			want = -EEXIST;
	/* What is reserved counts first. */
	for (i = page; i < page + nr; i++)
		if (i >= NR_PAGES || ref->reserved[i])
			want = -EINVAL;
	KUNIT_ASSERT_EQ(test, want,
			iofd_space_check(&ref->space, page * P, nr * P));
}

static void reserve_step(struct kunit *test, struct reference *ref)
{
	struct rb_root_cached ranges = RB_ROOT_CACHED;
	unsigned long page = draw(ref, NR_PAGES - 8), nr = 1 + draw(ref, 8), i;
	int want = 0, ret;

	for (i = page; i < page + nr; i++)
		if (ref->taken[i])
			want = -EADDRINUSE;
	KUNIT_ASSERT_EQ(test, 0, iofd_ranges_add(&ranges, page * P,
						 (page + nr) * P - 1, ref));
	ret = iofd_space_reserve(&ref->space, &ranges);
	KUNIT_ASSERT_EQ(test, want, ret);
	if (!ret)
		memset(ref->reserved + page, true, nr);
	iofd_ranges_free(&ranges);
}

static void against_reference(struct kunit *test)
{
	struct reference *ref = reference_create(test);
	unsigned int step;

	for (step = 0; step < NR_STEPS; step++) {
		switch (draw(ref, 10)) {
		case 0:
			reserve_step(test, ref);
			break;
		case 1:
			iofd_space_unreserve(&ref->space, ref);
			memset(ref->reserved, false, sizeof(ref->reserved));
			break;
		case 2 ... 4:
			reference_unmap(ref, draw(ref, NR_PAGES));
			break;
		case 5:
			check_step(test, ref);
			break;
		default:
			find_step(test, ref);
		}
	}
	reference_destroy(ref);
}

/* An address has the offset of the memory in the largest page that fits. */
static void like_the_memory(struct kunit *test)
{
	static const struct {
		unsigned long memory, length, align;
	} cases[] = {
		{ SZ_1G, SZ_1G, SZ_1G },
		{ SZ_1G + SZ_2M, SZ_1G, SZ_1G },
		{ SZ_1G + 5 * SZ_4K, SZ_4M, SZ_4M },
		{ 7 * SZ_4K, SZ_4K, SZ_4K },
		{ 3 * SZ_4K + 512, 3 * SZ_4K, SZ_16K },
	};
	struct iofd_space space;
	unsigned long iova;
	unsigned int i;

	iofd_space_init(&space);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_ASSERT_EQ(test, 0, iofd_space_find(&space,
							 cases[i].memory,
							 cases[i].length,
							 &iova));
		KUNIT_EXPECT_EQ(test, 0, (iova ^ cases[i].memory) &
				(cases[i].align - 1));
		KUNIT_EXPECT_GE(test, iova, PAGE_SIZE);
	}
	iofd_space_destroy(&space);
}

/* Only what is allowed is searched, to its last byte; large pages if possible */
static void allowed_ranges(struct kunit *test)
{
	struct rb_root_cached ranges = RB_ROOT_CACHED;
	struct iofd_space space;
	unsigned long iova;

	iofd_space_init(&space);
	iofd_ranges_add(&ranges, SZ_64K, SZ_64K + SZ_16K - 1, NULL);
	iofd_ranges_add(&ranges, SZ_1G + SZ_4K, SZ_1G + SZ_4K + SZ_2M - 1, NULL);
	KUNIT_ASSERT_EQ(test, 0, iofd_space_allow(&space, &ranges));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&ranges.rb_root));

	KUNIT_EXPECT_EQ(test, 0, iofd_space_find(&space, 0, SZ_16K, &iova));
	KUNIT_EXPECT_EQ(test, iova, SZ_64K);
	/* It has no place like the memory's, but one. */
	KUNIT_EXPECT_EQ(test, 0, iofd_space_find(&space, 3 * SZ_4K, SZ_2M,
						 &iova));
	KUNIT_EXPECT_EQ(test, iova, SZ_1G + SZ_4K);
	/* Memory that is aligned gets no address that is not. */
	KUNIT_EXPECT_EQ(test, -ENOSPC, iofd_space_find(&space, 0, SZ_2M,
						       &iova));
	KUNIT_EXPECT_EQ(test, -ENOSPC, iofd_space_find(&space, 0, SZ_2M + SZ_4K,
						       &iova));

	/* Nobody may reserve any of it, nor allow what is reserved. */
	iofd_ranges_add(&ranges, SZ_64K + SZ_16K - 1, SZ_1M, test);
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iofd_space_reserve(&space, &ranges));
	iofd_ranges_free(&ranges);
	iofd_ranges_add(&ranges, SZ_64K + SZ_16K, SZ_1M, test);
	KUNIT_EXPECT_EQ(test, 0, iofd_space_reserve(&space, &ranges));
	iofd_ranges_add(&ranges, 0, SZ_64K + SZ_16K, NULL);
	KUNIT_EXPECT_EQ(test, -EADDRINUSE, iofd_space_allow(&space, &ranges));
	iofd_ranges_free(&ranges);

	/* None means all again. */
	KUNIT_EXPECT_EQ(test, 0, iofd_space_allow(&space, &ranges));
	iofd_ranges_free(&ranges);
	KUNIT_EXPECT_EQ(test, 0, iofd_space_find(&space, 0, SZ_2M + SZ_4K,
						 &iova));
	iofd_space_destroy(&space);
}

static void ends_of_all_addresses(struct kunit *test)
{
	struct iofd_space space;
	unsigned long iova;

	iofd_space_init(&space);
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			iofd_space_check(&space, ULONG_MAX, 2));
	KUNIT_EXPECT_EQ(test, 0, iofd_space_check(&space, ULONG_MAX, 1));
	KUNIT_EXPECT_EQ(test, 0, iofd_space_check(&space, 0, ULONG_MAX));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			iofd_space_find(&space, 0, ULONG_MAX / 2, &iova));
	KUNIT_EXPECT_EQ(test, 0,
			iofd_space_find(&space, 0, ULONG_MAX / 2 - 1, &iova));
	space.alignment = SZ_2K;
	KUNIT_EXPECT_EQ(test, -EINVAL, iofd_space_check(&space, SZ_1K, SZ_2K));
	KUNIT_EXPECT_EQ(test, -EINVAL, iofd_space_check(&space, SZ_2K, SZ_1K));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iofd_space_find(&space, SZ_1K, SZ_2K, &iova));
	iofd_space_destroy(&space);
}

/* Ranges overlap, touch, and lie at both ends. */
static void holes_between_ranges(struct kunit *test)
{
	static const struct {
		unsigned long first, last;
	} ranges[] = {
		{ 0, 3 }, { 2, 5 }, { 6, 6 }, { 10, 20 }, { 11, 12 },
		{ 30, ULONG_MAX },
	}, want[] = { { 7, 9 }, { 21, 29 } };
	struct rb_root_cached tree = RB_ROOT_CACHED;
	struct iofd_holes holes;
	unsigned int i = 0;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		KUNIT_ASSERT_EQ(test, 0, iofd_ranges_add(&tree, ranges[i].first,
							 ranges[i].last, NULL));
	i = 0;
	iofd_for_each_hole(&holes, &tree, 0, ULONG_MAX) {
		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(want));
		KUNIT_EXPECT_EQ(test, holes.first, want[i].first);
		KUNIT_EXPECT_EQ(test, holes.last, want[i].last);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(want));
	iofd_holes_begin(&holes, &tree, 8, 8);
	KUNIT_EXPECT_TRUE(test, iofd_holes_next(&holes));
	KUNIT_EXPECT_EQ(test, holes.first, 8);
	KUNIT_EXPECT_EQ(test, holes.last, 8);
	KUNIT_EXPECT_FALSE(test, iofd_holes_next(&holes));
	iofd_ranges_free(&tree);
	iofd_holes_begin(&holes, &tree, 0, ULONG_MAX);
	KUNIT_EXPECT_TRUE(test, iofd_holes_next(&holes));
	KUNIT_EXPECT_EQ(test, holes.last, ULONG_MAX);
	KUNIT_EXPECT_FALSE(test, iofd_holes_next(&holes));
}

static struct kunit_case space_cases[] = {
	KUNIT_CASE(against_reference),
	KUNIT_CASE(like_the_memory),
	KUNIT_CASE(allowed_ranges),
	KUNIT_CASE(ends_of_all_addresses),
	KUNIT_CASE(holes_between_ranges),
	{}
};

static struct kunit_suite space_suite = {
	.name = "iopasid-iommufd-space",
	.test_cases = space_cases,
};
kunit_test_suite(space_suite);
