// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a device's DMA ops
 *
 * From before a driver's probe until the group's last driver is gone,
 * dev->dma_ops of a device in translated mode points into a record of ours. The
 * ops are a copy of one table, one for each device, so that an op finds its
 * device's address space by its own address, without a look-up. Then
 * dev->dma_ops is what it was before. Not so after drivers that left something
 * mapped: what they unmap or free later has no effect, because dev->dma_ops
 * refuses everything until the next driver binds, or the device or its unit
 * goes.
 *
 * A device that must not do DMA, because a user context owns its group or its
 * address space could not be made, gets ops that refuse every mapping. Its
 * masks are refused too, so that most drivers fail in their probe and not in
 * their first transfer.
 *
 * In identity mode dev->dma_ops stays as it is: dma-direct, with its SWIOTLB.
 */
#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "../core/core.h"
#include "../core/dma-hooks.h"
#include "dma.h"

static int iopasid_dma_supported(struct device *dev, u64 mask)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;

	/* One page above page 0, which is never handed out */
	return iopasid_iova_limit(dma, dev, mask) >= 2 * PAGE_SIZE - 1;
}

/* Addresses are translated: 32 bits reach all memory. */
static u64 iopasid_dma_get_required_mask(struct device *dev)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;

	return min_t(u64, DMA_BIT_MASK(32), dma->domain->aperture_last);
}

/*
 * Ranges are aligned to their size, and some part of the upper half is always
 * reserved below 4 GiB: half of the largest power of two is what can be had.
 */
static size_t iopasid_dma_max_mapping_size(struct device *dev)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;
	u64 limit = iopasid_iova_limit(dma, dev, dma_get_mask(dev));

	return limit ? rounddown_pow_of_two(limit) / 2 : 0;
}

static size_t iopasid_dma_opt_mapping_size(void)
{
	return IOPASID_IOVA_CACHED;
}

static unsigned long iopasid_dma_get_merge_boundary(struct device *dev)
{
	return PAGE_SIZE - 1;
}

static dma_addr_t iopasid_refuse_map_page(struct device *dev, struct page *page,
					  unsigned long offset, size_t size,
					  enum dma_data_direction dir,
					  unsigned long attrs)
{
	return DMA_MAPPING_ERROR;
}

static void iopasid_refuse_unmap_page(struct device *dev, dma_addr_t addr,
				      size_t size, enum dma_data_direction dir,
				      unsigned long attrs)
{
}

static int iopasid_refuse_map_sg(struct device *dev, struct scatterlist *sg,
				 int nents, enum dma_data_direction dir,
				 unsigned long attrs)
{
	return -EIO;
}

static int iopasid_refuse_dma_supported(struct device *dev, u64 mask)
{
	return 0;
}

static const struct iopasid_dma_device iopasid_dma_mapping = {
	.ops = {
		.alloc = iopasid_dma_alloc,
		.free = iopasid_dma_free,
		.alloc_pages_op = iopasid_dma_alloc_pages,
		.free_pages = iopasid_dma_free_pages,
		.mmap = iopasid_dma_mmap,
		.get_sgtable = iopasid_dma_get_sgtable,
		.map_page = iopasid_dma_map_page,
		.unmap_page = iopasid_dma_unmap_page,
		.map_sg = iopasid_dma_map_sg,
		.unmap_sg = iopasid_dma_unmap_sg,
		.map_resource = iopasid_dma_map_resource,
		.unmap_resource = iopasid_dma_unmap_resource,
		.dma_supported = iopasid_dma_supported,
		.get_required_mask = iopasid_dma_get_required_mask,
		.max_mapping_size = iopasid_dma_max_mapping_size,
		.opt_mapping_size = iopasid_dma_opt_mapping_size,
		.get_merge_boundary = iopasid_dma_get_merge_boundary,
	},
};

/* What is left out refuses by itself. */
static const struct iopasid_dma_device iopasid_dma_refusing = {
	.ops = {
		.map_page = iopasid_refuse_map_page,
		.unmap_page = iopasid_refuse_unmap_page,
		.map_sg = iopasid_refuse_map_sg,
		.dma_supported = iopasid_refuse_dma_supported,
	},
};

static int iopasid_dma_set_ops(struct iopasid_device *idev,
			       const struct iopasid_dma_device *template,
			       struct iopasid_dma *dma, gfp_t gfp)
{
	struct iopasid_dma_device *ddev;

	lockdep_assert_held(&idev->group->lock);

	ddev = kmemdup(template, sizeof(*template), gfp);
	if (!ddev)
		return -ENOMEM;
	ddev->saved_ops = idev->dev->dma_ops;
	ddev->dma = dma;
	idev->dma = ddev;
	set_dma_ops(idev->dev, &ddev->ops);
	return 0;
}

/**
 * iopasid_dma_bind() - a device's DMA API fills its group's address space
 * @idev: the device; its driver is about to be probed
 * @dma: the address space
 *
 * Context: group lock held, may sleep.
 * Return: 0, -ENOMEM.
 */
int iopasid_dma_bind(struct iopasid_device *idev, struct iopasid_dma *dma)
{
	int ret;

	lockdep_assert_held(&idev->group->lock);

	ret = iopasid_dma_set_ops(idev, &iopasid_dma_mapping, dma, GFP_KERNEL);
	if (!ret)
		dma->used = true;
	return ret;
}

/**
 * iopasid_dma_refuse() - a device's DMA API refuses every mapping
 * @idev: the device; its driver is about to be probed
 *
 * Context: group lock held, may sleep.
 */
void iopasid_dma_refuse(struct iopasid_device *idev)
{
	/* Must not fail: DMA would not be refused. */
	iopasid_dma_set_ops(idev, &iopasid_dma_refusing, NULL,
			    GFP_KERNEL | __GFP_NOFAIL);
}

/**
 * iopasid_dma_orphan() - a device's DMA API has no effect any more
 * @idev: the device; no driver is bound any more
 *
 * For what a driver has left mapped: to dma-direct its addresses would be
 * physical ones, of memory that it would free.
 *
 * Context: group lock held. No effect in identity mode.
 */
void iopasid_dma_orphan(struct iopasid_device *idev)
{
	lockdep_assert_held(&idev->group->lock);

	if (idev->dma)
		set_dma_ops(idev->dev, &iopasid_dma_refusing.ops);
}

/**
 * iopasid_dma_unbind() - a device's DMA API is what it was before
 * @idev: the device; no driver is bound any more
 *
 * Context: group lock held. No effect in identity mode.
 */
void iopasid_dma_unbind(struct iopasid_device *idev)
{
	struct iopasid_dma_device *ddev = idev->dma;

	lockdep_assert_held(&idev->group->lock);

	if (!ddev)
		return;
	set_dma_ops(idev->dev, ddev->saved_ops);
	idev->dma = NULL;
	kfree(ddev);
}
