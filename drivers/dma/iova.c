// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: IOVAs of a DMA domain
 *
 * The kernel's iova.c hands out addresses: from the top of the limit down,
 * aligned to their size rounded up to a power of two, with per-CPU caches for
 * ranges up to 128 KiB. This file adds
 *
 * limits
 *	The smallest of the device's mask, its bus and the page table. Above
 *	4 GiB the addresses below 4 GiB are tried first: enough devices claim
 *	64 bits and drop some. The first time that they have run out is
 *	remembered per device, and from then on the whole range is used.
 * reserved ranges
 *	Only as long as nothing was handed out: reserve_iova() silently grows a
 *	range that is in use into the reserved one, and with its end makes both
 *	free.
 * sizes
 *	Whoever gives back another size than he got poisons the caches: a part
 *	of a range, or two neighbours, are handed out again as they came. Above
 *	the cached sizes iova.c looks for the range anyway, and so do we.
 *
 * IOVA 0 is never handed out: iova.c uses 0 for "none".
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "dma.h"

/**
 * iopasid_iova_create() - an allocator with every address but 0 free
 *
 * Context: may sleep.
 * Return: the allocator, ERR_PTR(-ENOMEM).
 */
struct iova_domain *iopasid_iova_create(void)
{
	struct iova_domain *iovad;
	int ret;

	ret = iova_cache_get();
	if (ret)
		return ERR_PTR(ret);
	iovad = kzalloc(sizeof(*iovad), GFP_KERNEL);
	if (!iovad) {
		ret = -ENOMEM;
		goto put_cache;
	}
	init_iova_domain(iovad, PAGE_SIZE, 1);
	ret = iova_domain_init_rcaches(iovad);
	if (ret)
		goto free_iovad;
	return iovad;

free_iovad:
	kfree(iovad);
put_cache:
	iova_cache_put();
	return ERR_PTR(ret);
}

/**
 * iopasid_iova_destroy() - free an allocator with all that it handed out
 * @iovad: the allocator
 *
 * Context: may sleep.
 */
void iopasid_iova_destroy(struct iova_domain *iovad)
{
	put_iova_domain(iovad);
	kfree(iovad);
	iova_cache_put();
}

/**
 * iopasid_iova_reserve() - keep a range from being handed out
 * @iovad: an allocator that has handed out nothing yet
 * @first: first address, on a page boundary
 * @last: last address, the end of a page; nothing in between is reserved yet
 *
 * Context: any.
 * Return: 0, -ENOMEM.
 */
int iopasid_iova_reserve(struct iova_domain *iovad, u64 first, u64 last)
{
	return reserve_iova(iovad, first >> PAGE_SHIFT, last >> PAGE_SHIFT) ?
		0 : -ENOMEM;
}

/**
 * iopasid_iova_limit() - the highest address that a device can be given
 * @dma: the address space
 * @dev: the device
 * @mask: its streaming or coherent mask
 *
 * Context: any.
 * Return: the address, inclusive.
 */
u64 iopasid_iova_limit(const struct iopasid_dma *dma, struct device *dev,
		       u64 mask)
{
	return min(min_not_zero(mask, dev->bus_dma_limit),
		   dma->domain->aperture_last);
}

/*
 * A search that fails below 4 GiB leaves its size behind as "no range of this
 * size is free below 4 GiB", whatever its limit was: after a 24-bit mask ran
 * out, 32-bit masks would be refused until something is freed.
 */
static void iopasid_iova_forget_failure(struct iova_domain *iovad,
					unsigned long limit_pfn)
{
	unsigned long flags;

	if (limit_pfn + 1 >= iovad->dma_32bit_pfn)
		return;
	spin_lock_irqsave(&iovad->iova_rbtree_lock, flags);
	iovad->max32_alloc_size = iovad->dma_32bit_pfn;
	spin_unlock_irqrestore(&iovad->iova_rbtree_lock, flags);
}

/**
 * iopasid_iova_alloc() - find addresses for a mapping of a device
 * @dev: the device, with our DMA ops
 * @size: bytes, whole pages, not 0
 * @mask: its streaming or coherent mask
 *
 * Context: any.
 * Return: the first address, aligned to @size rounded up to a power of two;
 * 0 when there is none.
 */
dma_addr_t iopasid_iova_alloc(struct device *dev, u64 size, u64 mask)
{
	struct iopasid_dma_device *ddev = iopasid_dma_device_of(dev);
	struct iova_domain *iovad = ddev->dma->iovad;
	u64 limit = iopasid_iova_limit(ddev->dma, dev, mask);
	unsigned long nr_pages = size >> PAGE_SHIFT;
	unsigned long limit_pfn, pfn;

	/* Page 0 is taken, and the last page must fit as a whole. */
	if (limit < 2 * PAGE_SIZE - 1)
		return 0;
	limit_pfn = (limit >> PAGE_SHIFT) -
		    (offset_in_page(limit) != PAGE_SIZE - 1);
	/* The caches of iova.c round up, and do not survive size > limit. */
	if (!nr_pages || roundup_pow_of_two(nr_pages) > limit_pfn)
		return 0;
	if (limit > DMA_BIT_MASK(32) && !READ_ONCE(ddev->beyond_4g)) {
		pfn = alloc_iova_fast(iovad, nr_pages,
				      DMA_BIT_MASK(32) >> PAGE_SHIFT, false);
		if (pfn)
			return (dma_addr_t)pfn << PAGE_SHIFT;
		WRITE_ONCE(ddev->beyond_4g, true);
	}
	pfn = alloc_iova_fast(iovad, nr_pages, limit_pfn, true);
	if (!pfn)
		iopasid_iova_forget_failure(iovad, limit_pfn);
	return (dma_addr_t)pfn << PAGE_SHIFT;
}

/**
 * iopasid_iova_free() - addresses that no device reaches any more
 * @dma: the address space
 * @iova: the first address
 * @size: bytes, as they were allocated
 *
 * Context: any.
 * Return: false when it can be seen that they were not allocated like that:
 * then they stay taken.
 */
bool iopasid_iova_free(struct iopasid_dma *dma, dma_addr_t iova, size_t size)
{
	unsigned long pfn = iova >> PAGE_SHIFT, nr_pages = size >> PAGE_SHIFT;
	struct iova *range;

	if (size <= IOPASID_IOVA_CACHED) {
		free_iova_fast(dma->iovad, pfn, nr_pages);
		return true;
	}
	/* It stays there: nobody else has unmapped all of it just now. */
	range = find_iova(dma->iovad, pfn);
	if (!range || range->pfn_lo != pfn || iova_size(range) != nr_pages)
		return false;
	__free_iova(dma->iovad, range);
	return true;
}
