// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: streaming mappings
 *
 * One mapping is one IOVA range: whole pages around the buffer, the offset in
 * the first page kept. Unmapping is strict:
 *
 *	unmap_pages -> flush -> the addresses may be used again
 *
 * When the hardware does not confirm the flush, devices may still reach the
 * pages through the old translation. The addresses are then quarantined: they
 * stay taken, so that no later mapping can be mistaken for the old one, until
 * a reset finds a flush that works.
 *
 * An unmap of what was not mapped like that is a driver's bug: a second unmap,
 * an address that never was one, another size than the mapping's. It is seen
 * when a part of the range was not mapped, by what unmap_pages() returns, or,
 * beyond the sizes that iova.c caches, when the range is none that was handed
 * out. One line names it, and the addresses are not freed: they may belong to
 * someone else by now, or a piece of them is still mapped.
 *
 * Otherwise it is as on stock Linux: a part of a mapping, or two neighbours at
 * once, go back as a range of that size, and their addresses may be handed out
 * while somebody still uses them. A mapping that finds a page of another one
 * where it is to go fails, and leaves that page alone.
 *
 * All of this runs in any context, takes no lock of ours and sleeps only if a
 * caller's GFP flags say so. x86 devices see the CPU's caches, so there is
 * nothing to synchronise and DMA_ATTR_SKIP_CPU_SYNC means nothing.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "dma.h"

/**
 * iopasid_run_end() - put the pages of a run into the page table
 * @dma: the address space
 * @run: the run, perhaps empty
 * @prot: what devices may do
 * @gfp: for table pages
 *
 * Context: any; sleeps only if @gfp allows it.
 * Return: 0 or the errno of map_pages; then nothing of the run is mapped.
 */
int iopasid_run_end(struct iopasid_dma *dma, const struct iopasid_dma_run *run,
		    unsigned int prot, gfp_t gfp)
{
	struct iopasid_domain *domain = dma->domain;

	if (!run->size)
		return 0;
	return domain->ops->map_pages(domain, run->iova, run->phys, run->size,
				      prot, gfp);
}

/**
 * iopasid_run_add() - lengthen a run, or map it and start the next one
 * @dma: the address space
 * @run: the run so far, zeroed at the start
 * @next: whole pages that come next
 * @prot: what devices may do
 * @gfp: for table pages
 *
 * One walk of the page table for pages that are neighbours on both sides.
 *
 * Context: any; sleeps only if @gfp allows it.
 * Return: 0 or the errno of map_pages; then @run is the one that failed, and
 * nothing of it is mapped.
 */
int iopasid_run_add(struct iopasid_dma *dma, struct iopasid_dma_run *run,
		    struct iopasid_dma_run next, unsigned int prot, gfp_t gfp)
{
	int ret;

	if (run->size && run->phys + run->size == next.phys &&
	    run->iova + run->size == next.iova) {
		run->size += next.size;
		return 0;
	}
	ret = iopasid_run_end(dma, run, prot, gfp);
	if (!ret)
		*run = next;
	return ret;
}

/**
 * iopasid_dma_account_map() - count a range that was mapped
 * @dma: the address space
 * @size: its IOVA bytes
 */
void iopasid_dma_account_map(struct iopasid_dma *dma, size_t size)
{
	this_cpu_inc(dma->stats->nr_maps);
	this_cpu_add(dma->stats->map_bytes, size);
}

static int iopasid_dma_quarantine(struct iopasid_dma *dma, dma_addr_t iova,
				  size_t size, int ret)
{
	atomic64_inc(&dma->nr_failed_flushes);
	atomic64_add(size, &dma->quarantined_bytes);
	pr_err_ratelimited("group %d: flush of %#llx-%#llx not confirmed (%pe): devices may still reach it, its addresses are not used again\n",
			   dma->group_id, iova, iova + size - 1, ERR_PTR(ret));
	return ret;
}

/* Empty an IOVA range and flush; @mapped: bytes of it that were not holes */
static int iopasid_dma_clear(struct iopasid_dma *dma, dma_addr_t iova,
			     size_t size, size_t *mapped)
{
	struct iopasid_domain *domain = dma->domain;
	struct iopasid_gather gather;
	int ret;

	iopasid_gather_init(&gather);
	*mapped = domain->ops->unmap_pages(domain, iova, size, &gather);
	/* Without a byte there may still be tables, unlinked because empty. */
	if (iopasid_gather_empty(&gather) && list_empty(&gather.pages))
		return 0;
	ret = domain->ops->flush(domain, &gather);
	if (unlikely(ret))
		return iopasid_dma_quarantine(dma, iova, size, ret);
	return 0;
}

/**
 * iopasid_dma_map_failed() - a mapping could not be completed: take it back
 * @dma: the address space
 * @iova: first address, on a page boundary
 * @size: bytes, as they were allocated
 * @mapped: bytes from @iova on that were mapped for this mapping
 * @err: why it failed
 *
 * -EEXIST: the addresses are not as free as the allocator says, and beyond
 * @mapped there is a page of somebody else, which stays. -ETIMEDOUT, -EIO: the
 * unit may have seen a part of it. Nobody gets them any more.
 *
 * Context: any; polls the hardware.
 */
void iopasid_dma_map_failed(struct iopasid_dma *dma, dma_addr_t iova,
			    size_t size, size_t mapped, int err)
{
	int ret = mapped ? iopasid_dma_clear(dma, iova, mapped, &mapped) : 0;

	if (err == -EEXIST)
		pr_err_ratelimited("group %d: a piece of %#llx-%#llx is mapped already, a driver has unmapped another size than it mapped: its addresses are not used again\n",
				   dma->group_id, iova, iova + size - 1);
	else if (!ret && (err == -ETIMEDOUT || err == -EIO))
		iopasid_dma_quarantine(dma, iova, size, err);
	else if (!ret)
		iopasid_iova_free(dma, iova, size);
}

/**
 * iopasid_dma_map_phys() - give a device a way to a piece of memory
 * @dev: the device
 * @phys: first byte
 * @size: bytes
 * @prot: what the device may do
 * @mask: its streaming or coherent mask
 * @gfp: for table pages
 *
 * Context: any; sleeps only if @gfp allows it.
 * Return: the address for the device, DMA_MAPPING_ERROR when @size is 0 or too
 * large, the device wants an alignment beyond a page, or addresses or memory
 * for table pages have run out.
 */
dma_addr_t iopasid_dma_map_phys(struct device *dev, phys_addr_t phys,
				size_t size, unsigned int prot, u64 mask,
				gfp_t gfp)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;
	unsigned int offset = offset_in_page(phys);
	dma_addr_t iova;
	size_t len;
	int ret;

	if (!size || check_add_overflow(size, offset + PAGE_SIZE - 1, &len) ||
	    dma_get_min_align_mask(dev) >= PAGE_SIZE)
		return DMA_MAPPING_ERROR;
	len &= PAGE_MASK;

	iova = iopasid_iova_alloc(dev, len, mask);
	if (!iova)
		return DMA_MAPPING_ERROR;
	ret = dma->domain->ops->map_pages(dma->domain, iova, phys - offset, len,
					  prot, gfp);
	if (ret) {
		iopasid_dma_map_failed(dma, iova, len, 0, ret);
		return DMA_MAPPING_ERROR;
	}
	iopasid_dma_account_map(dma, len);
	return iova + offset;
}

static int iopasid_dma_bad_unmap(struct device *dev, dma_addr_t addr,
				 size_t size, size_t mapped)
{
	dev_err_ratelimited(dev, "iopasid: driver unmaps %zu bytes at %#llx, which is no mapping of that size (%zu bytes were mapped there): its addresses are not freed\n",
			    size, addr, mapped);
	return -EINVAL;
}

/**
 * iopasid_dma_unmap_holes() - end a mapping that has holes
 * @dev: the device
 * @addr: what the mapping returned
 * @size: from the first mapped byte to the last
 * @holes: bytes of whole pages in between that were never mapped
 *
 * Context: any; polls the hardware.
 * Return: 0; -EINVAL when that is no mapping: the addresses stay taken;
 * -ETIMEDOUT or -EIO from the flush: the addresses are quarantined and devices
 * may still reach what was mapped.
 */
int iopasid_dma_unmap_holes(struct device *dev, dma_addr_t addr, size_t size,
			    size_t holes)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;
	unsigned int offset = offset_in_page(addr);
	size_t len, mapped;
	int ret;

	/* To the allocator a range of no page is one of a page. */
	if (unlikely(!size ||
		     check_add_overflow(size, offset + PAGE_SIZE - 1, &len)))
		return iopasid_dma_bad_unmap(dev, addr, size, 0);
	len &= PAGE_MASK;

	ret = iopasid_dma_clear(dma, addr - offset, len, &mapped);
	if (unlikely(mapped != len - holes))
		return iopasid_dma_bad_unmap(dev, addr, size, mapped);
	if (likely(!ret) &&
	    unlikely(!iopasid_iova_free(dma, addr - offset, len)))
		return iopasid_dma_bad_unmap(dev, addr, size, mapped);
	this_cpu_inc(dma->stats->nr_unmaps);
	this_cpu_add(dma->stats->unmap_bytes, len);
	return ret;
}

/**
 * iopasid_dma_unmap() - end a mapping without holes
 * @dev: the device
 * @addr: what the mapping returned
 * @size: as it was mapped
 *
 * Context: any; polls the hardware.
 * Return: as iopasid_dma_unmap_holes().
 */
int iopasid_dma_unmap(struct device *dev, dma_addr_t addr, size_t size)
{
	return iopasid_dma_unmap_holes(dev, addr, size, 0);
}

/**
 * iopasid_dma_map_page() - dma_map_page() and dma_map_single()
 * @dev: the device
 * @page: first page of the buffer
 * @offset: where it starts, perhaps beyond the first page
 * @size: its bytes
 * @dir: direction of the transfer
 * @attrs: ignored
 *
 * Context: any.
 * Return: as iopasid_dma_map_phys(); DMA_MAPPING_ERROR for a peer's memory.
 */
dma_addr_t iopasid_dma_map_page(struct device *dev, struct page *page,
				unsigned long offset, size_t size,
				enum dma_data_direction dir,
				unsigned long attrs)
{
	if (is_pci_p2pdma_page(page))
		return DMA_MAPPING_ERROR;
	return iopasid_dma_map_phys(dev, page_to_phys(page) + offset, size,
				    iopasid_dma_prot(dir), dma_get_mask(dev),
				    GFP_ATOMIC);
}

/**
 * iopasid_dma_unmap_page() - dma_unmap_page() and dma_unmap_single()
 * @dev: the device
 * @addr: what the mapping returned
 * @size: as it was mapped
 * @dir: direction of the transfer
 * @attrs: ignored
 *
 * Context: any.
 */
void iopasid_dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size,
			    enum dma_data_direction dir, unsigned long attrs)
{
	iopasid_dma_unmap(dev, addr, size);
}

/**
 * iopasid_dma_map_resource() - dma_map_resource(): a peer's registers
 * @dev: the device
 * @phys: where they are
 * @size: their bytes
 * @dir: direction of the transfer
 * @attrs: ignored
 *
 * Context: any.
 * Return: as iopasid_dma_map_phys().
 */
dma_addr_t iopasid_dma_map_resource(struct device *dev, phys_addr_t phys,
				    size_t size, enum dma_data_direction dir,
				    unsigned long attrs)
{
	return iopasid_dma_map_phys(dev, phys, size,
				    iopasid_dma_prot(dir) | IOPASID_MMIO,
				    dma_get_mask(dev), GFP_ATOMIC);
}

/**
 * iopasid_dma_unmap_resource() - dma_unmap_resource()
 * @dev: the device
 * @addr: what the mapping returned
 * @size: as it was mapped
 * @dir: direction of the transfer
 * @attrs: ignored
 *
 * Context: any.
 */
void iopasid_dma_unmap_resource(struct device *dev, dma_addr_t addr,
				size_t size, enum dma_data_direction dir,
				unsigned long attrs)
{
	iopasid_dma_unmap(dev, addr, size);
}
