// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: coherent memory
 *
 * dma_alloc_coherent() and its kin. Memory is zeroed, of whole pages, near the
 * device, and comes in two forms, told apart by its address:
 *
 * contiguous
 *	Pages of the linear map: one entry in every table, no mapping to set
 *	up. Tried first; the only form in atomic context, for
 *	DMA_ATTR_FORCE_CONTIGUOUS and for dma_alloc_pages(). Pages beyond the
 *	size are given back at once.
 * scattered
 *	vmalloc() memory, where the caller may sleep and contiguous memory is
 *	not to be had or not wanted (DMA_ATTR_ALLOC_SINGLE_PAGES).
 *
 * Zones mean nothing, since every address is translated. x86 devices see the
 * CPU's caches: the memory is cached as any other, for users as well.
 * DMA_ATTR_NO_KERNEL_MAPPING permits what DMA_ATTR_WRITE_COMBINE and
 * DMA_ATTR_WEAK_ORDERING permit, and nothing here makes use of it;
 * DMA_ATTR_PRIVILEGED has no meaning for these page tables.
 *
 * Memory that a device may still reach, because the hardware did not confirm
 * the flush, is never given back; nor is memory that is freed with another size
 * than it has.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "dma.h"

#define IOPASID_GFP_ZONES	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

static gfp_t iopasid_coherent_gfp(gfp_t gfp, unsigned long attrs)
{
	gfp &= ~(IOPASID_GFP_ZONES | __GFP_COMP);
	if (attrs & DMA_ATTR_NO_WARN)
		gfp |= __GFP_NOWARN;
	return gfp;
}

/* @size: whole pages */
static struct page *iopasid_contiguous_alloc(struct device *dev, size_t size,
					     gfp_t gfp)
{
	unsigned long nr_pages = size >> PAGE_SHIFT, i;
	unsigned int order = get_order(size);
	struct page *page;

	if (order > MAX_PAGE_ORDER)
		return NULL;
	page = alloc_pages_node(dev_to_node(dev), gfp | __GFP_ZERO, order);
	if (!page || is_power_of_2(nr_pages))
		return page;
	split_page(page, order);
	for (i = nr_pages; i < 1UL << order; i++)
		__free_page(page + i);
	return page;
}

static void iopasid_contiguous_free(struct page *page, size_t size)
{
	if (is_power_of_2(size))
		__free_pages(page, get_order(size));
	else
		free_pages_exact(page_address(page), size);
}

/* Map what vmalloc() returned, run by run, into one range. */
static dma_addr_t iopasid_scattered_map(struct device *dev, const char *vaddr,
					size_t size, gfp_t gfp)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;
	const unsigned int prot = IOPASID_READ | IOPASID_WRITE;
	struct iopasid_dma_run run = {}, next = { .size = PAGE_SIZE };
	dma_addr_t iova;
	size_t pos;
	int ret = 0;

	iova = iopasid_iova_alloc(dev, size, dev->coherent_dma_mask);
	if (!iova)
		return DMA_MAPPING_ERROR;
	for (pos = 0; pos < size && !ret; pos += PAGE_SIZE) {
		next.phys = page_to_phys(vmalloc_to_page(vaddr + pos));
		next.iova = iova + pos;
		ret = iopasid_run_add(dma, &run, next, prot, gfp);
	}
	if (!ret)
		ret = iopasid_run_end(dma, &run, prot, gfp);
	if (!ret) {
		iopasid_dma_account_map(dma, size);
		return iova;
	}
	iopasid_dma_map_failed(dma, iova, size, run.iova - iova, ret);
	return DMA_MAPPING_ERROR;
}

static void *iopasid_scattered_alloc(struct device *dev, size_t size,
				     dma_addr_t *handle, gfp_t gfp)
{
	void *vaddr = __vmalloc(size, gfp | __GFP_ZERO);

	if (!vaddr)
		return NULL;
	*handle = iopasid_scattered_map(dev, vaddr, size, gfp);
	if (*handle != DMA_MAPPING_ERROR)
		return vaddr;
	vfree(vaddr);
	return NULL;
}

/**
 * iopasid_dma_alloc() - dma_alloc_coherent() and dma_alloc_attrs()
 * @dev: the device
 * @size: bytes
 * @handle: the address for the device
 * @gfp: zones are ignored
 * @attrs: DMA_ATTR_FORCE_CONTIGUOUS, DMA_ATTR_ALLOC_SINGLE_PAGES and
 *	DMA_ATTR_NO_WARN; the others mean nothing
 *
 * Context: any; sleeps only if @gfp allows it.
 * Return: the address for the CPU, on a page boundary; NULL when @size is 0 or
 * memory or addresses have run out.
 */
void *iopasid_dma_alloc(struct device *dev, size_t size, dma_addr_t *handle,
			gfp_t gfp, unsigned long attrs)
{
	size_t len = PAGE_ALIGN(size);
	bool may_scatter, single;
	struct page *page = NULL;
	gfp_t try;

	if (!len)
		return NULL;
	gfp = iopasid_coherent_gfp(gfp, attrs);
	may_scatter = len > PAGE_SIZE && gfpflags_allow_blocking(gfp) &&
		      !(attrs & DMA_ATTR_FORCE_CONTIGUOUS);
	single = attrs & DMA_ATTR_ALLOC_SINGLE_PAGES;
	try = may_scatter ? gfp | __GFP_NORETRY | __GFP_NOWARN : gfp;

	if (!may_scatter || !single)
		page = iopasid_contiguous_alloc(dev, len, try);
	if (!page)
		return may_scatter ?
			iopasid_scattered_alloc(dev, len, handle, gfp) : NULL;

	*handle = iopasid_dma_map_phys(dev, page_to_phys(page), len,
				       IOPASID_READ | IOPASID_WRITE,
				       dev->coherent_dma_mask, gfp);
	if (*handle != DMA_MAPPING_ERROR)
		return page_address(page);
	iopasid_contiguous_free(page, len);
	return NULL;
}

/**
 * iopasid_dma_free() - dma_free_coherent() and dma_free_attrs()
 * @dev: the device
 * @size: as it was allocated
 * @vaddr: the address for the CPU
 * @handle: the address for the device
 * @attrs: as it was allocated
 *
 * Context: irqs enabled; scattered memory: may sleep, unless in an interrupt.
 */
void iopasid_dma_free(struct device *dev, size_t size, void *vaddr,
		      dma_addr_t handle, unsigned long attrs)
{
	size_t len = PAGE_ALIGN(size);

	if (iopasid_dma_unmap(dev, handle, len))
		return;
	if (is_vmalloc_addr(vaddr))
		vfree(vaddr);
	else
		iopasid_contiguous_free(virt_to_page(vaddr), len);
}

/**
 * iopasid_dma_alloc_pages() - dma_alloc_pages() and its kin
 * @dev: the device
 * @size: bytes, whole pages
 * @handle: the address for the device
 * @dir: direction of the transfers
 * @gfp: how to allocate
 *
 * Context: any; sleeps only if @gfp allows it.
 * Return: the first of contiguous pages, NULL when memory or addresses have
 * run out.
 */
struct page *iopasid_dma_alloc_pages(struct device *dev, size_t size,
				     dma_addr_t *handle,
				     enum dma_data_direction dir, gfp_t gfp)
{
	struct page *page;

	if (!size)
		return NULL;
	gfp = iopasid_coherent_gfp(gfp, 0);
	page = iopasid_contiguous_alloc(dev, size, gfp);
	if (!page)
		return NULL;
	*handle = iopasid_dma_map_phys(dev, page_to_phys(page), size,
				       iopasid_dma_prot(dir),
				       min_not_zero(dma_get_mask(dev),
						    dev->coherent_dma_mask),
				       gfp);
	if (*handle != DMA_MAPPING_ERROR)
		return page;
	iopasid_contiguous_free(page, size);
	return NULL;
}

/**
 * iopasid_dma_free_pages() - dma_free_pages() and its kin
 * @dev: the device
 * @size: as it was allocated
 * @page: the first page
 * @handle: the address for the device
 * @dir: direction of the transfers
 *
 * Context: any.
 */
void iopasid_dma_free_pages(struct device *dev, size_t size, struct page *page,
			    dma_addr_t handle, enum dma_data_direction dir)
{
	if (!iopasid_dma_unmap(dev, handle, size))
		iopasid_contiguous_free(page, size);
}

/* The pages of scattered memory; kvfree() */
static struct page **iopasid_scattered_pages(const char *vaddr, size_t size)
{
	unsigned long i, nr_pages = size >> PAGE_SHIFT;
	struct page **pages;

	pages = kvmalloc_array(nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < nr_pages; i++)
		pages[i] = vmalloc_to_page(vaddr + (i << PAGE_SHIFT));
	return pages;
}

/**
 * iopasid_dma_mmap() - dma_mmap_coherent() and dma_mmap_attrs()
 * @dev: the device
 * @vma: where a process wants it; vm_pgoff counts from the memory's start
 * @vaddr: the address for the CPU
 * @handle: the address for the device
 * @size: as it was allocated
 * @attrs: as it was allocated
 *
 * Context: mmap lock held for writing, may sleep.
 * Return: 0; -ENXIO when @vma reaches beyond the memory; -ENOMEM; -EINVAL from
 * remap_pfn_range() for a private mapping of a part.
 */
int iopasid_dma_mmap(struct device *dev, struct vm_area_struct *vma,
		     void *vaddr, dma_addr_t handle, size_t size,
		     unsigned long attrs)
{
	unsigned long nr_pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct page **pages;
	int ret;

	if (vma->vm_pgoff >= nr_pages ||
	    vma_pages(vma) > nr_pages - vma->vm_pgoff)
		return -ENXIO;
	if (!is_vmalloc_addr(vaddr))
		return remap_pfn_range(vma, vma->vm_start,
				       page_to_pfn(virt_to_page(vaddr)) +
				       vma->vm_pgoff,
				       vma->vm_end - vma->vm_start,
				       vma->vm_page_prot);

	pages = iopasid_scattered_pages(vaddr, PAGE_ALIGN(size));
	if (!pages)
		return -ENOMEM;
	ret = vm_map_pages(vma, pages, nr_pages);
	kvfree(pages);
	return ret;
}

/**
 * iopasid_dma_get_sgtable() - dma_get_sgtable() and dma_get_sgtable_attrs()
 * @dev: the device
 * @sgt: gets the pages; sg_free_table()
 * @vaddr: the address for the CPU
 * @handle: the address for the device
 * @size: as it was allocated
 * @attrs: as it was allocated
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int iopasid_dma_get_sgtable(struct device *dev, struct sg_table *sgt,
			    void *vaddr, dma_addr_t handle, size_t size,
			    unsigned long attrs)
{
	size_t len = PAGE_ALIGN(size);
	struct page **pages;
	int ret;

	if (!is_vmalloc_addr(vaddr)) {
		ret = sg_alloc_table(sgt, 1, GFP_KERNEL);
		if (!ret)
			sg_set_page(sgt->sgl, virt_to_page(vaddr), len, 0);
		return ret;
	}

	pages = iopasid_scattered_pages(vaddr, len);
	if (!pages)
		return -ENOMEM;
	ret = sg_alloc_table_from_pages(sgt, pages, len >> PAGE_SHIFT, 0, len,
					GFP_KERNEL);
	kvfree(pages);
	return ret;
}
