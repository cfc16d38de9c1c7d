// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: streaming mappings on a fake provider, through the DMA API.
 *
 * Pages are mapped DMA_TO_DEVICE: the debug kernel's DMA_API_DEBUG lets one
 * page be mapped more than once only so.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "dma-test.h"

#include "../drivers/core/core.h"
#include "../drivers/core/dma-hooks.h"
#include "../drivers/dma/dma.h"

/* One round trip: every byte of the buffer, and nothing around it */
static void map_unmap(struct kunit *test)
{
	static const struct {
		unsigned int offset;
		size_t size;
	} buffers[] = {
		{ 0, 1 }, { 0, P }, { 4095, 1 }, { 4095, 2 }, { 100, P },
		{ 3 * P + 7, 5 * P }, { 0, 16 * P },
	};
	struct dma_test t = dma_test_create(test);
	phys_addr_t phys = page_to_phys(t.pages);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(buffers); i++) {
		unsigned int offset = buffers[i].offset;
		size_t size = buffers[i].size, pos;
		dma_addr_t addr = dma_map_page(t.dev, t.pages, offset, size,
					       DMA_TO_DEVICE);

		KUNIT_ASSERT_FALSE(test, dma_mapping_error(t.dev, addr));
		for (pos = 0; pos < size; pos += min(P, size - pos - 1) ?: 1)
			KUNIT_EXPECT_EQ(test, dma_test_read(&t, addr + pos),
					phys + offset + pos);
		KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped * P,
				PAGE_ALIGN(offset_in_page(offset) + size));
		KUNIT_EXPECT_EQ(test, fake_translate(t.fdev, 0, addr,
						     IOPASID_WRITE),
				PHYS_ADDR_MAX);
		fake_forget_calls(t.fake);
		dma_test_unmap(&t, addr, size);
		KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_UNMAP), 1);
		KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_FLUSH), 1);
		dma_test_expect_empty(test, &t);
	}
}

static void directions(struct kunit *test)
{
	static const struct {
		enum dma_data_direction dir;
		bool read;
		bool write;
	} rows[] = {
		{ DMA_TO_DEVICE, true, false },
		{ DMA_FROM_DEVICE, false, true },
		{ DMA_BIDIRECTIONAL, true, true },
	};
	struct dma_test t = dma_test_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		dma_addr_t addr = dma_map_page(t.dev, t.pages, 0, P,
					       rows[i].dir);

		KUNIT_ASSERT_FALSE(test, dma_mapping_error(t.dev, addr));
		KUNIT_EXPECT_EQ(test, rows[i].read,
				fake_translate(t.fdev, 0, addr, IOPASID_READ) !=
				PHYS_ADDR_MAX);
		KUNIT_EXPECT_EQ(test, rows[i].write,
				fake_translate(t.fdev, 0, addr,
					       IOPASID_WRITE) != PHYS_ADDR_MAX);
		dma_unmap_page(t.dev, addr, P, rows[i].dir);
	}
}

static void resource(struct kunit *test)
{
	const phys_addr_t bar = 0xc0001234;
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr = dma_map_resource(t.dev, bar, 0x100,
					   DMA_BIDIRECTIONAL, 0);

	KUNIT_ASSERT_FALSE(test, dma_mapping_error(t.dev, addr));
	KUNIT_EXPECT_EQ(test, bar, fake_translate(t.fdev, 0, addr,
						  IOPASID_READ | IOPASID_WRITE |
						  IOPASID_MMIO));
	dma_unmap_resource(t.dev, addr, 0x100, DMA_BIDIRECTIONAL, 0);
	dma_test_expect_empty(test, &t);
}

/* Sizes that cannot be mapped leave nothing behind. */
static void bad_sizes(struct kunit *test)
{
	static const size_t sizes[] = {
		0, BIT(48), SIZE_MAX, SIZE_MAX - P, SIZE_MAX - 2 * P,
	};
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		addr = dma_map_resource(t.dev, 0xc0000fff, sizes[i],
					DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_TRUE(test, dma_mapping_error(t.dev, addr));
	}
	dma_set_min_align_mask(t.dev, SZ_64K - 1);
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), 0);
	dma_test_expect_empty(test, &t);
	/* The search for 2^48 bytes does not spoil later ones. */
	dma_set_min_align_mask(t.dev, P - 1);
	addr = dma_test_map(&t, 0, P);
	KUNIT_EXPECT_NE(test, addr, 0);
	dma_test_unmap(&t, addr, P);
}

static const struct mask {
	const char *name;
	u64 mask;
	u64 bus_limit;
	u64 last;
	int ret;
} masks[] = {
	{ "64 bits", DMA_BIT_MASK(64), 0, DMA_BIT_MASK(32), 0 },
	{ "32 bits", DMA_BIT_MASK(32), 0, DMA_BIT_MASK(32), 0 },
	{ "31 bits", DMA_BIT_MASK(31), 0, DMA_BIT_MASK(31), 0 },
	{ "28 bits", DMA_BIT_MASK(28), 0, DMA_BIT_MASK(28), 0 },
	{ "24 bits", DMA_BIT_MASK(24), 0, DMA_BIT_MASK(24), 0 },
	{ "13 bits", DMA_BIT_MASK(13), 0, DMA_BIT_MASK(13), 0 },
	{ "12 bits", DMA_BIT_MASK(12), 0, 0, -EIO },
	{ "no mask of ones", 0x12345678, 0, 0x12344fff, 0 },
	{ "a narrower bus", DMA_BIT_MASK(64), DMA_BIT_MASK(30),
	  DMA_BIT_MASK(30), 0 },
	{ "a wider bus", DMA_BIT_MASK(24), DMA_BIT_MASK(30), DMA_BIT_MASK(24),
	  0 },
	{ "no bus at all", DMA_BIT_MASK(64), P, 0, -EIO },
};

static void mask_name(const struct mask *mask, char *name)
{
	strscpy(name, mask->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mask, masks, mask_name);

/* Addresses come from the top: the first page shows the limit. */
static void mask_limits(struct kunit *test)
{
	const struct mask *mask = test->param_value;
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr;

	t.dev->bus_dma_limit = mask->bus_limit;
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(t.dev, mask->mask),
			mask->ret);
	if (mask->ret)
		return;
	addr = dma_test_map(&t, 0, P);
	KUNIT_EXPECT_EQ(test, addr + P - 1, mask->last);
	dma_test_unmap(&t, addr, P);
}

static void sizes_reported(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	size_t size;
	dma_addr_t addr;

	KUNIT_EXPECT_EQ(test, dma_get_required_mask(t.dev), DMA_BIT_MASK(32));
	KUNIT_EXPECT_FALSE(test, dma_addressing_limited(t.dev));
	KUNIT_EXPECT_EQ(test, dma_get_merge_boundary(t.dev), P - 1);
	KUNIT_EXPECT_EQ(test, dma_opt_mapping_size(t.dev), SZ_128K);
	KUNIT_EXPECT_EQ(test, dma_max_mapping_size(t.dev), BIT(46));
	KUNIT_EXPECT_FALSE(test, dma_pci_p2pdma_supported(t.dev));

	KUNIT_ASSERT_EQ(test, 0, dma_set_mask_and_coherent(t.dev,
							   DMA_BIT_MASK(24)));
	size = dma_max_mapping_size(t.dev);
	KUNIT_EXPECT_EQ(test, size, SZ_4M);
	/* It can be had, with the first page kept free. */
	addr = dma_map_resource(t.dev, 0xc0000000, size, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(t.dev, addr));
	dma_unmap_resource(t.dev, addr, size, DMA_TO_DEVICE, 0);
}

/* 24 bits run out; 32 bits must not notice. */
static void small_mask_does_not_spoil(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(24));
	dma_addr_t small[4], addr;
	unsigned int i;

	/* Four would fit, were it not for page 0. */
	for (i = 0; i < ARRAY_SIZE(small); i++) {
		small[i] = dma_map_resource(t.dev, 0xc0000000, SZ_4M,
					    DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, i == 3,
				dma_mapping_error(t.dev, small[i]) != 0);
	}

	KUNIT_ASSERT_EQ(test, 0, dma_set_mask_and_coherent(t.dev,
							   DMA_BIT_MASK(32)));
	addr = dma_map_resource(t.dev, 0xc0000000, SZ_4M, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(t.dev, addr));
	dma_unmap_resource(t.dev, addr, SZ_4M, DMA_TO_DEVICE, 0);
	for (i = 0; i < 3; i++)
		dma_unmap_resource(t.dev, small[i], SZ_4M, DMA_TO_DEVICE, 0);
	dma_test_expect_empty(test, &t);
}

/* Below 4 GiB everything is reserved: a 64-bit device goes beyond. */
static void beyond_4g(struct kunit *test)
{
	static const struct fake_resv low[] = {
		{ 0, U32_MAX, IOPASID_RESV_WINDOW },
	};
	struct dma_test t = dma_test_create(test, .resv = low, .nr_resv = 1);
	dma_addr_t addr = dma_test_map(&t, 0, P);

	KUNIT_EXPECT_EQ(test, addr, BIT_ULL(48) - P);
	dma_test_unmap(&t, addr, P);
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask_and_coherent(t.dev,
							   DMA_BIT_MASK(32)));
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), 0);
	dma_test_expect_empty(test, &t);
}

/**
 * struct worker - one thread that maps and unmaps
 * @t: the device
 * @seed: of its own
 * @nr_wrong: mappings that did not lead where they should
 * @done: it has finished
 */
struct worker {
	const struct dma_test *t;
	u64 seed;
	unsigned int nr_wrong;
	struct completion done;
};

#define NR_STEPS	1500

static int work(void *data)
{
	struct worker *w = data;
	struct rnd_state rnd;
	dma_addr_t addrs[8] = {};
	u8 nr_pages[8] = {};
	unsigned int i, slot;

	prandom_seed_state(&rnd, w->seed);
	for (i = 0; i < NR_STEPS + ARRAY_SIZE(addrs); i++) {
		slot = i % ARRAY_SIZE(addrs);
		if (addrs[slot])
			dma_test_unmap(w->t, addrs[slot], nr_pages[slot] * P);
		addrs[slot] = 0;
		if (i >= NR_STEPS)
			continue;
		nr_pages[slot] = 1 + prandom_u32_state(&rnd) % 8;
		addrs[slot] = dma_test_map(w->t, slot, nr_pages[slot] * P);
		if (dma_test_read(w->t, addrs[slot]) !=
		    page_to_phys(w->t->pages + slot))
			w->nr_wrong++;
	}
	kthread_complete_and_exit(&w->done, 0);
}

/* Four threads; the fake provider complains when two get one address. */
static void many_threads(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(24));
	struct iopasid_dma *dma = t.fdev->group->dma;
	struct worker *workers = kunit_kcalloc(test, 4, sizeof(*workers),
					       GFP_KERNEL);
	struct task_struct *task;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (i = 0; i < 4; i++) {
		workers[i].t = &t;
		workers[i].seed = i;
		init_completion(&workers[i].done);
		task = kthread_run(work, &workers[i], "dma-test-%u", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(task));
		if (IS_ERR(task))
			complete(&workers[i].done);
	}
	for (i = 0; i < 4; i++) {
		wait_for_completion(&workers[i].done);
		KUNIT_EXPECT_EQ(test, workers[i].nr_wrong, 0);
	}
	dma_test_expect_empty(test, &t);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma->nr_leaked, 0);
}

static struct kunit_case dma_cases[] = {
	KUNIT_CASE(map_unmap),
	KUNIT_CASE(directions),
	KUNIT_CASE(resource),
	KUNIT_CASE(bad_sizes),
	KUNIT_CASE_PARAM(mask_limits, mask_gen_params),
	KUNIT_CASE(sizes_reported),
	KUNIT_CASE(small_mask_does_not_spoil),
	KUNIT_CASE(beyond_4g),
	KUNIT_CASE_SLOW(many_threads),
	{}
};

static struct kunit_suite dma_suite = {
	.name = "iopasid-dma",
	.test_cases = dma_cases,
};

kunit_test_suite(dma_suite);

MODULE_DESCRIPTION("KUnit tests of the DMA API on a group's DMA domain");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
