/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of drivers/dma share: one bound device of a fake provider. */
#ifndef _DMA_TEST_H
#define _DMA_TEST_H

#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "fake-provider.h"

/**
 * struct dma_test - a device whose driver is bound, and memory for it
 * @fake: its provider
 * @fdev: the fake device
 * @dev: the same, for the DMA API
 * @fdom: the page table of its group
 * @pages: DMA_TEST_NR_PAGES contiguous pages
 */
struct dma_test {
	struct fake *fake;
	struct fake_device *fdev;
	struct device *dev;
	struct fake_domain *fdom;
	struct page *pages;
};

#define P			PAGE_SIZE
#define DMA_TEST_ORDER		4
#define DMA_TEST_NR_PAGES	BIT(DMA_TEST_ORDER)

static inline void dma_test_free_pages(void *pages)
{
	__free_pages(pages, DMA_TEST_ORDER);
}

static inline struct page *dma_test_pages(struct kunit *test)
{
	struct page *pages = alloc_pages(GFP_KERNEL, DMA_TEST_ORDER);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, dma_test_free_pages,
						  pages));
	return pages;
}

/* A device as @config says, with its driver bound */
static inline struct dma_test
dma_test_start(struct kunit *test, const struct fake_device_config *config)
{
	struct dma_test t = { .fake = fake_create(test) };

	t.fdev = fake_device_create(t.fake, config);
	t.dev = &t.fdev->dev;
	fake_device_bind(t.fdev);
	t.fdom = fake_domain_of(fake_reaches(t.fdev, 0));
	t.pages = dma_test_pages(test);
	return t;
}

#define dma_test_create(test, ...)					\
	dma_test_start(test, &(struct fake_device_config){ __VA_ARGS__ })

/* Map @size bytes from the start of a page; 0 when that fails */
static inline dma_addr_t dma_test_map(const struct dma_test *t,
				      unsigned int page, size_t size)
{
	dma_addr_t addr = dma_map_page(t->dev, t->pages + page, 0, size,
				       DMA_TO_DEVICE);

	return dma_mapping_error(t->dev, addr) ? 0 : addr;
}

static inline void dma_test_unmap(const struct dma_test *t, dma_addr_t addr,
				  size_t size)
{
	dma_unmap_page(t->dev, addr, size, DMA_TO_DEVICE);
}

/* Where a read of the device at @addr lands */
static inline phys_addr_t dma_test_read(const struct dma_test *t,
					dma_addr_t addr)
{
	return fake_translate(t->fdev, 0, addr, IOPASID_READ);
}

/* Nothing is mapped, and nothing waits for a flush */
static inline void dma_test_expect_empty(struct kunit *test,
					 const struct dma_test *t)
{
	KUNIT_EXPECT_EQ(test, t->fdom->nr_mapped, 0);
	KUNIT_EXPECT_EQ(test, t->fdom->nr_stale, 0);
	KUNIT_EXPECT_EQ(test, t->fdom->nr_tables, 0);
}

#endif /* _DMA_TEST_H */
