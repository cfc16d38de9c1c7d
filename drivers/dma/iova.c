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
 * claims
 *	Ranges that are never handed out. reserve_iova() would silently grow a
 *	range that is in use into the reserved one, and with its end make both
 *	free: a claim is refused instead. Its tree node is ours, not from
 *	iova.c's cache, so every claim is taken out before put_iova_domain().
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
 * @iovad: the allocator, without claims
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
 * iopasid_iova_claim() - keep a range from being handed out
 * @iovad: the allocator
 * @claim: pfn_lo and pfn_hi are set; stays in the allocator's tree
 *
 * A range that was freed into one of iova.c's caches counts as in use.
 *
 * Context: any.
 * Return: 0, -EBUSY when a part of the range is in use or claimed.
 */
int iopasid_iova_claim(struct iova_domain *iovad, struct iova *claim)
{
	struct rb_node **link, *parent = NULL;
	unsigned long flags;
	struct iova *iova;
	int ret = 0;

	spin_lock_irqsave(&iovad->iova_rbtree_lock, flags);
	link = &iovad->rbroot.rb_node;
	while (*link && !ret) {
		parent = *link;
		iova = rb_entry(parent, struct iova, node);
		if (claim->pfn_hi < iova->pfn_lo)
			link = &parent->rb_left;
		else if (claim->pfn_lo > iova->pfn_hi)
			link = &parent->rb_right;
		else
			ret = -EBUSY;
	}
	if (!ret) {
		rb_link_node(&claim->node, parent, link);
		rb_insert_color(&claim->node, &iovad->rbroot);
	}
	spin_unlock_irqrestore(&iovad->iova_rbtree_lock, flags);
	return ret;
}

/**
 * iopasid_iova_unclaim() - take a claim out of an allocator that ends
 * @iovad: the allocator; nobody allocates from it any more, because its hints
 *	where to search may still name @claim
 * @claim: the claim
 */
void iopasid_iova_unclaim(struct iova_domain *iovad, struct iova *claim)
{
	unsigned long flags;

	/* The allocator's own clean-up may still be at work on the tree. */
	spin_lock_irqsave(&iovad->iova_rbtree_lock, flags);
	rb_erase(&claim->node, &iovad->rbroot);
	spin_unlock_irqrestore(&iovad->iova_rbtree_lock, flags);
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
 */
void iopasid_iova_free(struct iopasid_dma *dma, dma_addr_t iova, size_t size)
{
	free_iova_fast(dma->iovad, iova >> PAGE_SHIFT, size >> PAGE_SHIFT);
}
