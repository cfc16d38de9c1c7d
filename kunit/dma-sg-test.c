// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: scatter lists on a fake provider, through the DMA API.
 *
 * The debug kernel's DMA_API_DEBUG_SG checks the segments' boundaries as well,
 * with code that nobody here wrote.
 */
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "dma-test.h"

#define MAX_ENTRIES	40

/**
 * struct entry - an entry of a scatter list
 * @page: of struct dma_test.pages
 * @offset: sg->offset
 * @length: sg->length
 */
struct entry {
	unsigned int page;
	unsigned int offset;
	unsigned int length;
};

/**
 * struct segment - a DMA segment that is expected
 * @offset: from the start of the list's first page
 * @length: its bytes
 */
struct segment {
	u64 offset;
	unsigned int length;
};

static const struct packing {
	const char *name;
	unsigned int max_size;
	unsigned long boundary;
	unsigned int nr_maps;
	unsigned int nr_entries;
	struct entry entries[8];
	unsigned int nr_segments;
	struct segment segments[8];
} packings[] = {
	{ "one page", 0, 0, 1,
	  1, { { 0, 0, P } },
	  1, { { 0, P } } },
	{ "part of a page", 0, 0, 1,
	  1, { { 3, 24, 40 } },
	  1, { { 24, 40 } } },
	{ "neighbours need one walk", 0, 0, 1,
	  2, { { 0, 0, P }, { 1, 0, P } },
	  1, { { 0, 2 * P } } },
	{ "scattered pages become one segment", 0, 0, 3,
	  3, { { 0, 0, P }, { 5, 0, P }, { 3, 0, P } },
	  1, { { 0, 3 * P } } },
	{ "head and tail of a buffer", 0, 0, 3,
	  3, { { 0, 512, P - 512 }, { 4, 0, P }, { 7, 0, 100 } },
	  1, { { 512, P - 512 + P + 100 } } },
	{ "a gap after a short entry", 0, 0, 2,
	  2, { { 0, 0, 100 }, { 4, 0, P } },
	  2, { { 0, 100 }, { P, P } } },
	{ "a gap before an offset", 0, 0, 2,
	  2, { { 0, 0, P }, { 4, 8, 100 } },
	  2, { { 0, P }, { P + 8, 100 } } },
	{ "one page twice", 0, 0, 2,
	  2, { { 2, 0, 100 }, { 2, 100, 100 } },
	  2, { { 0, 100 }, { P + 100, 100 } } },
	{ "an offset beyond the page", 0, 0, 1,
	  1, { { 0, P + 16, 100 } },
	  1, { { 16, 100 } } },
	{ "an entry across pages", 0, 0, 1,
	  2, { { 0, P - 1, 2 }, { 2, 0, P } },
	  2, { { P - 1, 2 }, { 2 * P, P } } },
	{ "an empty entry", 0, 0, 2,
	  3, { { 0, 0, P }, { 9, 4, 0 }, { 2, 0, P } },
	  1, { { 0, 2 * P } } },
	{ "an empty entry first", 0, 0, 1,
	  2, { { 9, 4, 0 }, { 2, 0, P } },
	  1, { { 0, P } } },
	{ "segments of two pages", 2 * P, 0, 1,
	  5, { { 0, 0, P }, { 1, 0, P }, { 2, 0, P }, { 3, 0, P }, { 4, 0, P } },
	  3, { { 0, 2 * P }, { 2 * P, 2 * P }, { 4 * P, P } } },
	{ "segments of a page and a half", P + P / 2, 0, 1,
	  3, { { 0, 0, P }, { 1, 0, P }, { 2, 0, P / 2 } },
	  2, { { 0, P }, { P, P + P / 2 } } },
	{ "boundary of two pages", 0, 2 * P - 1, 1,
	  3, { { 0, 0, P }, { 1, 0, P }, { 2, 0, P } },
	  2, { { 0, 2 * P }, { 2 * P, P } } },
	{ "boundary of one page", 0, P - 1, 1,
	  3, { { 0, 0, P }, { 1, 0, P }, { 2, 0, P } },
	  3, { { 0, P }, { P, P }, { 2 * P, P } } },
	{ "moved up to a boundary", 0, 4 * P - 1, 2,
	  2, { { 0, 0, 3 * P }, { 3, 0, 2 * P } },
	  2, { { 0, 3 * P }, { 4 * P, 2 * P } } },
	{ "moved up twice", 0, 4 * P - 1, 3,
	  3, { { 0, 0, 3 * P }, { 3, 0, 3 * P }, { 6, 4, 3 * P } },
	  3, { { 0, 3 * P }, { 4 * P, 3 * P }, { 8 * P + 4, 3 * P } } },
	{ "up to a boundary without a hole", 0, 4 * P - 1, 1,
	  3, { { 0, 0, 2 * P }, { 2, 0, 2 * P }, { 4, 0, 2 * P } },
	  2, { { 0, 4 * P }, { 4 * P, 2 * P } } },
	{ "boundary and largest segment", 3 * P, 4 * P - 1, 1,
	  6, { { 0, 0, P }, { 1, 0, P }, { 2, 0, P }, { 3, 0, P }, { 4, 0, P },
	       { 5, 0, P } },
	  3, { { 0, 3 * P }, { 3 * P, P }, { 4 * P, 2 * P } } },
};

static void packing_name(const struct packing *packing, char *name)
{
	strscpy(name, packing->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(packing, packings, packing_name);

static void fill(struct kunit *test, const struct dma_test *t,
		 struct sg_table *sgt, const struct entry *entries,
		 unsigned int nr_entries)
{
	struct scatterlist *s;
	int i;

	KUNIT_ASSERT_EQ(test, sg_alloc_table(sgt, nr_entries, GFP_KERNEL), 0);
	for_each_sgtable_sg(sgt, s, i)
		sg_set_page(s, t->pages + entries[i].page, entries[i].length,
			    entries[i].offset);
}

/* The device reads the bytes of the list, in order, through the segments. */
static void expect_same_bytes(struct kunit *test, const struct dma_test *t,
			      struct sg_table *sgt)
{
	struct scatterlist *in, *out = sgt->sgl;
	unsigned int used = 0, pos, chunk;
	int i;

	for_each_sgtable_sg(sgt, in, i) {
		for (pos = 0; pos < in->length; pos += chunk) {
			dma_addr_t addr;

			if (used == sg_dma_len(out)) {
				out = sg_next(out);
				used = 0;
			}
			KUNIT_ASSERT_NOT_NULL(test, out);
			addr = sg_dma_address(out) + used;
			KUNIT_ASSERT_EQ(test, dma_test_read(t, addr),
					sg_phys(in) + pos);
			chunk = min3(in->length - pos, sg_dma_len(out) - used,
				     (unsigned int)(P - offset_in_page(addr)));
			used += chunk;
		}
	}
	KUNIT_EXPECT_EQ(test, used, sg_dma_len(out));
}

/* As many pages as the entries touch, no more: holes hold nothing. */
static void expect_no_more(struct kunit *test, const struct dma_test *t,
			   struct sg_table *sgt)
{
	struct scatterlist *s;
	unsigned long nr = 0;
	int i;

	for_each_sgtable_sg(sgt, s, i)
		if (s->length)
			nr += PAGE_ALIGN(offset_in_page(s->offset) + s->length) /
			      P;
	KUNIT_EXPECT_EQ(test, t->fdom->nr_mapped, nr);
}

static void unmap(struct kunit *test, const struct dma_test *t,
		  struct sg_table *sgt)
{
	fake_forget_calls(t->fake);
	dma_unmap_sgtable(t->dev, sgt, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, fake_calls(t->fake, FAKE_UNMAP), 1);
	KUNIT_EXPECT_EQ(test, fake_calls(t->fake, FAKE_FLUSH), 1);
	dma_test_expect_empty(test, t);
	sg_free_table(sgt);
}

static void sg_packing(struct kunit *test)
{
	const struct packing *packing = test->param_value;
	struct dma_test t = dma_test_create(test);
	struct scatterlist *s;
	struct sg_table sgt;
	dma_addr_t first;
	int i;

	dma_set_max_seg_size(t.dev, packing->max_size ?: UINT_MAX);
	if (packing->boundary)
		dma_set_seg_boundary(t.dev, packing->boundary);
	fill(test, &t, &sgt, packing->entries, packing->nr_entries);
	fake_forget_calls(t.fake);
	KUNIT_ASSERT_EQ(test, dma_map_sgtable(t.dev, &sgt, DMA_TO_DEVICE, 0),
			0);
	KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_MAP), packing->nr_maps);

	KUNIT_ASSERT_EQ(test, sgt.nents, packing->nr_segments);
	first = ALIGN_DOWN(sg_dma_address(sgt.sgl), P);
	for_each_sgtable_dma_sg((&sgt), s, i) {
		KUNIT_EXPECT_EQ(test, sg_dma_address(s) - first,
				packing->segments[i].offset);
		KUNIT_EXPECT_EQ(test, sg_dma_len(s),
				packing->segments[i].length);
	}
	for_each_sgtable_sg((&sgt), s, i) {
		KUNIT_EXPECT_EQ(test, s->offset, packing->entries[i].offset);
		KUNIT_EXPECT_EQ(test, s->length, packing->entries[i].length);
	}
	expect_same_bytes(test, &t, &sgt);
	expect_no_more(test, &t, &sgt);
	unmap(test, &t, &sgt);
}

static void random_list(struct rnd_state *rnd, unsigned int limit,
			struct entry *entries, unsigned int nr_entries)
{
	unsigned int i;

	for (i = 0; i < nr_entries; i++) {
		struct entry *e = &entries[i];

		e->page = prandom_u32_state(rnd) % (DMA_TEST_NR_PAGES - 4);
		/* Half of them on page boundaries, so that some merge */
		e->offset = prandom_u32_state(rnd) % 2 ?
			prandom_u32_state(rnd) % P : 0;
		e->length = 1 + prandom_u32_state(rnd) % (limit - e->offset);
		if (prandom_u32_state(rnd) % 2)
			e->length = limit - e->offset;
	}
}

/* No segment is too long, crosses a boundary, or could have been merged. */
static void expect_limits(struct kunit *test, const struct dma_test *t,
			  struct sg_table *sgt)
{
	unsigned long boundary = dma_get_seg_boundary(t->dev);
	unsigned int max_size = dma_get_max_seg_size(t->dev);
	struct scatterlist *s;
	int i;

	for_each_sgtable_dma_sg(sgt, s, i) {
		dma_addr_t first = sg_dma_address(s);
		dma_addr_t last = first + sg_dma_len(s) - 1;

		KUNIT_EXPECT_LE(test, sg_dma_len(s), max_size);
		KUNIT_EXPECT_EQ(test, (first ^ last) & ~boundary, 0);
	}
}

static void sg_random(struct kunit *test)
{
	static const unsigned long boundaries[] = {
		P - 1, 4 * P - 1, SZ_64K - 1, U32_MAX, ULONG_MAX,
	};
	struct dma_test t = dma_test_create(test);
	struct entry entries[MAX_ENTRIES];
	struct rnd_state rnd;
	unsigned int round;

	prandom_seed_state(&rnd, 20211207);
	for (round = 0; round < 1000 && test->status == KUNIT_SUCCESS; round++) {
		unsigned long boundary =
			boundaries[round % ARRAY_SIZE(boundaries)];
		unsigned int nr = 1 + prandom_u32_state(&rnd) % MAX_ENTRIES;
		unsigned int limit = boundary == P - 1 ? P : 3 * P;
		struct sg_table sgt;

		dma_set_seg_boundary(t.dev, boundary);
		dma_set_max_seg_size(t.dev, limit +
				     prandom_u32_state(&rnd) % SZ_64K);
		random_list(&rnd, limit, entries, nr);
		fill(test, &t, &sgt, entries, nr);
		KUNIT_ASSERT_EQ(test, 0, dma_map_sgtable(t.dev, &sgt,
							 DMA_TO_DEVICE, 0));
		expect_limits(test, &t, &sgt);
		expect_same_bytes(test, &t, &sgt);
		expect_no_more(test, &t, &sgt);
		unmap(test, &t, &sgt);
	}
}

/* The n-th piece cannot be mapped: the pieces before it are taken back. */
static void sg_map_fails(struct kunit *test)
{
	static const struct entry entries[] = {
		{ 0, 0, P }, { 2, 0, P }, { 4, 0, P }, { 6, 0, P },
	};
	static const struct {
		int err;
		int ret;
	} errors[] = {
		{ -ENOMEM, -ENOMEM },
		{ -ERANGE, -EIO },
		{ -EEXIST, -EIO },
	};
	struct dma_test t = dma_test_create(test);
	struct sg_table sgt;
	unsigned int n, i;

	fill(test, &t, &sgt, entries, ARRAY_SIZE(entries));
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		for (n = 1; n <= ARRAY_SIZE(entries); n++) {
			fake_fail_nth(t.fake, FAKE_MAP, n, errors[i].err);
			KUNIT_EXPECT_EQ(test, errors[i].ret,
					dma_map_sgtable(t.dev, &sgt,
							DMA_TO_DEVICE, 0));
			dma_test_expect_empty(test, &t);
		}
	}
	KUNIT_ASSERT_EQ(test, 0, dma_map_sgtable(t.dev, &sgt, DMA_TO_DEVICE,
						 0));
	expect_same_bytes(test, &t, &sgt);
	unmap(test, &t, &sgt);
}

static void sg_refused(struct kunit *test)
{
	static const struct entry nothing[] = { { 0, 0, 0 }, { 1, 8, 0 } };
	static const struct entry huge[] = { { 0, 0, SZ_16M } };
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(24));
	struct sg_table sgt;

	fill(test, &t, &sgt, nothing, ARRAY_SIZE(nothing));
	KUNIT_EXPECT_EQ(test, dma_map_sgtable(t.dev, &sgt, DMA_TO_DEVICE, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dma_map_sg(t.dev, sgt.sgl, 0, DMA_TO_DEVICE), 0);
	sg_free_table(&sgt);

	/* All of 24 bits would fit, were it not for page 0. */
	fill(test, &t, &sgt, huge, ARRAY_SIZE(huge));
	KUNIT_EXPECT_EQ(test, dma_map_sgtable(t.dev, &sgt, DMA_TO_DEVICE, 0),
			-ENOMEM);
	sgt.sgl->length = SZ_16M + 1;
	KUNIT_EXPECT_EQ(test, dma_map_sgtable(t.dev, &sgt, DMA_TO_DEVICE, 0),
			-EINVAL);
	sgt.sgl->length = P;
	dma_set_min_align_mask(t.dev, SZ_64K - 1);
	KUNIT_EXPECT_EQ(test, dma_map_sgtable(t.dev, &sgt, DMA_TO_DEVICE, 0),
			-EINVAL);
	sg_free_table(&sgt);
	dma_test_expect_empty(test, &t);
}

static struct kunit_case sg_cases[] = {
	KUNIT_CASE_PARAM(sg_packing, packing_gen_params),
	KUNIT_CASE_SLOW(sg_random),
	KUNIT_CASE(sg_map_fails),
	KUNIT_CASE(sg_refused),
	{}
};

static struct kunit_suite sg_suite = {
	.name = "iopasid-dma-sg",
	.test_cases = sg_cases,
};

kunit_test_suite(sg_suite);
