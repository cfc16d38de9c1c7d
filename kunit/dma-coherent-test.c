// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: coherent memory on a fake provider, through the DMA API.
 */
#include <linux/anon_inodes.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "dma-test.h"

/* What the DMA API's memory may look like to the CPU */
static struct page *page_of(const char *vaddr)
{
	return is_vmalloc_addr(vaddr) ? vmalloc_to_page(vaddr) :
					virt_to_page(vaddr);
}

static const struct allocation {
	const char *name;
	size_t size;
	gfp_t gfp;
	unsigned long attrs;
	bool fails;
	bool scattered;
} allocations[] = {
	{ "one byte", 1, GFP_KERNEL },
	{ "a page", P, GFP_KERNEL },
	{ "a page, single", P, GFP_KERNEL, DMA_ATTR_ALLOC_SINGLE_PAGES },
	{ "three pages", 3 * P, GFP_KERNEL },
	{ "64K", SZ_64K, GFP_KERNEL },
	{ "64K, atomic", SZ_64K, GFP_ATOMIC },
	{ "5 pages, atomic, single", 5 * P, GFP_ATOMIC,
	  DMA_ATTR_ALLOC_SINGLE_PAGES },
	{ "zones mean nothing", P, GFP_KERNEL | GFP_DMA32 },
	{ "no kernel mapping wanted", P, GFP_KERNEL,
	  DMA_ATTR_NO_KERNEL_MAPPING },
	{ "64K, single pages", SZ_64K, GFP_KERNEL, DMA_ATTR_ALLOC_SINGLE_PAGES,
	  false, true },
	{ "beyond the page allocator", SZ_8M, GFP_KERNEL, 0, false, true },
	{ "not a multiple of anything", SZ_8M + 100, GFP_KERNEL, 0, false,
	  true },
	{ "beyond it, contiguous", SZ_8M, GFP_KERNEL,
	  DMA_ATTR_FORCE_CONTIGUOUS, true },
	{ "beyond it, atomic", SZ_8M, GFP_ATOMIC, 0, true },
	{ "nothing", 0, GFP_KERNEL, 0, true },
	{ "too much", SIZE_MAX, GFP_KERNEL, DMA_ATTR_NO_WARN, true },
};

static void allocation_name(const struct allocation *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(allocation, allocations, allocation_name);

/* The device reads and writes what the CPU sees, page by page. */
static void expect_same_memory(struct kunit *test, const struct dma_test *t,
			       const char *vaddr, dma_addr_t addr, size_t size)
{
	size_t pos;

	for (pos = 0; pos < size; pos += P)
		KUNIT_ASSERT_EQ(test, page_to_phys(page_of(vaddr + pos)),
				fake_translate(t->fdev, 0, addr + pos,
					       IOPASID_READ | IOPASID_WRITE));
	KUNIT_EXPECT_EQ(test, t->fdom->nr_mapped * P, PAGE_ALIGN(size));
}

static void expect_sgtable(struct kunit *test, const struct dma_test *t,
			   char *vaddr, dma_addr_t addr, size_t size)
{
	struct sg_page_iter iter;
	struct sg_table sgt;
	size_t pos = 0;

	KUNIT_ASSERT_EQ(test, 0, dma_get_sgtable(t->dev, &sgt, vaddr, addr,
						 size));
	for_each_sgtable_page((&sgt), &iter, 0) {
		KUNIT_ASSERT_PTR_EQ(test, sg_page_iter_page(&iter),
				    page_of(vaddr + pos));
		pos += P;
	}
	KUNIT_EXPECT_EQ(test, pos, PAGE_ALIGN(size));
	sg_free_table(&sgt);
}

static void coherent(struct kunit *test)
{
	const struct allocation *row = test->param_value;
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr;
	char *vaddr = dma_alloc_attrs(t.dev, row->size, &addr, row->gfp,
				      row->attrs);

	KUNIT_ASSERT_EQ(test, !vaddr, row->fails);
	if (row->fails) {
		dma_test_expect_empty(test, &t);
		return;
	}
	KUNIT_EXPECT_EQ(test, is_vmalloc_addr(vaddr), row->scattered);
	KUNIT_EXPECT_NULL(test, memchr_inv(vaddr, 0, PAGE_ALIGN(row->size)));
	memset(vaddr, 0x5a, row->size);
	expect_same_memory(test, &t, vaddr, addr, row->size);
	expect_sgtable(test, &t, vaddr, addr, row->size);
	dma_free_attrs(t.dev, row->size, vaddr, addr, row->attrs);
	dma_test_expect_empty(test, &t);
}

/* A failure at each step leaves no memory mapped and no address taken. */
static void coherent_fails(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(16));
	unsigned int n;
	dma_addr_t addr;
	void *vaddr;

	fake_fail_nth(t.fake, FAKE_MAP, 1, -ENOMEM);
	KUNIT_EXPECT_NULL(test, dma_alloc_coherent(t.dev, P, &addr,
						   GFP_KERNEL));
	for (n = 1; n < 3; n++) {
		fake_fail_nth(t.fake, FAKE_MAP, n, -ENOMEM);
		vaddr = dma_alloc_attrs(t.dev, 4 * P, &addr, GFP_KERNEL,
					DMA_ATTR_ALLOC_SINGLE_PAGES);
		/* The pages may be neighbours by chance: one call then. */
		if (vaddr)
			dma_free_attrs(t.dev, 4 * P, vaddr, addr,
				       DMA_ATTR_ALLOC_SINGLE_PAGES);
		fake_fail_nth(t.fake, FAKE_MAP, 0, 0);
		dma_test_expect_empty(test, &t);
	}
	/* 16 pages of addresses, page 0 taken */
	KUNIT_EXPECT_NULL(test, dma_alloc_coherent(t.dev, SZ_64K, &addr,
						   GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, dma_alloc_attrs(t.dev, SZ_64K, &addr,
						GFP_KERNEL,
						DMA_ATTR_ALLOC_SINGLE_PAGES));
	vaddr = dma_alloc_coherent(t.dev, SZ_32K, &addr, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vaddr);
	dma_free_coherent(t.dev, SZ_32K, vaddr, addr);
	dma_test_expect_empty(test, &t);
}

/* The coherent mask counts, not the streaming one. */
static void coherent_mask(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	u64 streaming = DMA_BIT_MASK(64);
	dma_addr_t addr;
	void *vaddr;

	t.dev->dma_mask = &streaming;
	KUNIT_ASSERT_EQ(test, 0, dma_set_coherent_mask(t.dev,
						       DMA_BIT_MASK(20)));
	vaddr = dma_alloc_coherent(t.dev, P, &addr, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vaddr);
	KUNIT_EXPECT_EQ(test, addr + P, BIT(20));
	dma_free_coherent(t.dev, P, vaddr, addr);
	t.dev->dma_mask = &t.dev->coherent_dma_mask;
}

/* A device may still write there: the memory must not be given back. */
static void coherent_failed_flush(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr;
	void *vaddr = dma_alloc_coherent(t.dev, P, &addr, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vaddr);
	fake_fail_nth(t.fake, FAKE_FLUSH, 1, -ETIMEDOUT);
	dma_free_coherent(t.dev, P, vaddr, addr);
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(vaddr)), 1);
	free_page((unsigned long)vaddr);
}

static void pages(struct kunit *test)
{
	static const size_t sizes[] = { P, 3 * P, SZ_64K };
	struct dma_test t = dma_test_create(test);
	struct sg_table *sgt;
	struct page *page;
	dma_addr_t addr;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		page = dma_alloc_pages(t.dev, sizes[i], &addr,
				       DMA_BIDIRECTIONAL, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		expect_same_memory(test, &t, page_address(page), addr,
				   sizes[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0,
						   sizes[i]));
		dma_free_pages(t.dev, sizes[i], page, addr, DMA_BIDIRECTIONAL);
		dma_test_expect_empty(test, &t);
	}
	fake_fail_nth(t.fake, FAKE_MAP, 1, -ENOMEM);
	KUNIT_EXPECT_NULL(test, dma_alloc_pages(t.dev, P, &addr,
						DMA_BIDIRECTIONAL,
						GFP_KERNEL));

	sgt = dma_alloc_noncontiguous(t.dev, 5 * P, DMA_BIDIRECTIONAL,
				      GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, sgt);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 5);
	dma_free_noncontiguous(t.dev, 5 * P, sgt, DMA_BIDIRECTIONAL);
	dma_test_expect_empty(test, &t);
}

/**
 * struct window - coherent memory that a file shows to processes
 * @dev: whose it is
 * @vaddr: the address for the CPU
 * @addr: the address for the device
 * @size: its bytes
 */
struct window {
	struct device *dev;
	void *vaddr;
	dma_addr_t addr;
	size_t size;
};

static int window_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct window *w = file->private_data;

	return dma_mmap_coherent(w->dev, vma, w->vaddr, w->addr, w->size);
}

static const struct file_operations window_fops = {
	.mmap = window_mmap,
};

static void expect_mapped(struct kunit *test, struct file *file,
			  const char *vaddr, size_t pos, size_t size)
{
	unsigned long addr = kunit_vm_mmap(test, file, 0, size,
					   PROT_READ | PROT_WRITE, MAP_SHARED,
					   pos);
	char user[16], mark = pos / P;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_EXPECT_EQ(test, 0, copy_from_user(user, (void __user *)addr,
						sizeof(user)));
	KUNIT_EXPECT_MEMEQ(test, user, vaddr + pos, sizeof(user));
	/* And the other way, in the last page */
	KUNIT_EXPECT_EQ(test, 0, put_user(mark, (char __user *)addr + size - 1));
	KUNIT_EXPECT_EQ(test, vaddr[pos + size - 1], mark);
	vm_munmap(addr, size);
}

static void expect_not_mapped(struct kunit *test, struct file *file,
			      size_t pos, size_t size)
{
	unsigned long addr = kunit_vm_mmap(test, file, 0, size, PROT_READ,
					   MAP_SHARED, pos);

	KUNIT_EXPECT_EQ(test, (long)addr, -ENXIO);
}

static void user_mapping(struct kunit *test)
{
	static const unsigned long attrs[] = { 0, DMA_ATTR_ALLOC_SINGLE_PAGES };
	struct dma_test t = dma_test_create(test);
	struct window w = { .dev = t.dev, .size = 5 * P - 100 };
	struct file *file;
	unsigned int i, page;

	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		w.vaddr = dma_alloc_attrs(t.dev, w.size, &w.addr, GFP_KERNEL,
					  attrs[i]);
		KUNIT_ASSERT_NOT_NULL(test, w.vaddr);
		for (page = 0; page < 5; page++)
			memset(w.vaddr + page * P, 'a' + page, 100);
		file = anon_inode_getfile("dma-test", &window_fops, &w, O_RDWR);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);

		KUNIT_EXPECT_TRUE(test, dma_can_mmap(t.dev));
		expect_mapped(test, file, w.vaddr, 0, 5 * P);
		expect_mapped(test, file, w.vaddr, 2 * P, 2 * P);
		expect_mapped(test, file, w.vaddr, 4 * P, P);
		expect_not_mapped(test, file, 0, 6 * P);
		expect_not_mapped(test, file, 4 * P, 2 * P);
		expect_not_mapped(test, file, 5 * P, P);
		expect_not_mapped(test, file, SZ_1G, P);

		fput(file);
		dma_free_attrs(t.dev, w.size, w.vaddr, w.addr, attrs[i]);
		dma_test_expect_empty(test, &t);
	}
}

static struct kunit_case coherent_cases[] = {
	KUNIT_CASE_PARAM(coherent, allocation_gen_params),
	KUNIT_CASE(coherent_fails),
	KUNIT_CASE(coherent_mask),
	KUNIT_CASE(coherent_failed_flush),
	KUNIT_CASE(pages),
	KUNIT_CASE(user_mapping),
	{}
};

static struct kunit_suite coherent_suite = {
	.name = "iopasid-dma-coherent",
	.test_cases = coherent_cases,
};

kunit_test_suite(coherent_suite);
