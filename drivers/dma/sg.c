// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: scatter lists
 *
 * The whole list gets one IOVA range. Each entry starts on a page of its own
 * there, its offset in the page kept; an entry that would cross the device's
 * segment boundary is moved up to it, which leaves a hole that nothing is
 * mapped in. The range is aligned to its size, so a place in the list that is
 * on a boundary is on a boundary in the address space as well:
 *
 *	list	|offset,  4096| 0, 4096 | 0, 512| 0, 512|
 *	IOVA	.   [#### ####|#### ####|## ....|## ....
 *	device	    [-------------------------] [--]
 *
 * What is adjacent for the device becomes one DMA segment, as long as the
 * device's largest segment allows and unless a segment boundary lies between.
 * Entries are never split: one that is itself larger than a segment may be
 * (the caller's mistake) passes as it is.
 *
 * The list's own fields are only read; the result goes into the DMA fields,
 * from the first entry on. A DMA length of 0 ends it.
 *
 * Peer-to-peer pages are refused: pci_p2pdma_map_segment(), which knows the
 * route that such a transfer takes, is not exported. dma_pci_p2pdma_supported()
 * says so to drivers that ask first.
 */
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/kconfig.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "dma.h"

/* The DMA length has a field of its own, so sg->length is never changed. */
static_assert(IS_ENABLED(CONFIG_NEED_SG_DMA_LENGTH));

/* How much of the IOVA range an entry takes */
static u64 iopasid_sg_size(const struct scatterlist *s)
{
	if (!s->length)
		return 0;
	return PAGE_ALIGN((u64)offset_in_page(s->offset) + s->length);
}

/* Where in the IOVA range an entry of @size bytes goes that comes after @pos */
static u64 iopasid_sg_place(u64 pos, u64 size, unsigned long boundary)
{
	u64 room = -pos & boundary;

	return room && room < size ? pos + room : pos;
}

/* IOVA bytes for the list, 0 when it holds nothing */
static int iopasid_sg_measure(struct device *dev, struct scatterlist *sg,
			      int nents, u64 *total)
{
	unsigned long boundary = dma_get_seg_boundary(dev);
	struct scatterlist *s;
	u64 size;
	int i;

	*total = 0;
	for_each_sg(sg, s, nents, i) {
		if (is_pci_p2pdma_page(sg_page(s)))
			return -EREMOTEIO;
		size = iopasid_sg_size(s);
		if (size)
			*total = iopasid_sg_place(*total, size, boundary) +
				 size;
	}
	return 0;
}

/**
 * struct iopasid_sg_out - the DMA segments of a list as they come into being
 * @cur: the entry whose DMA fields hold the last segment
 * @count: segments so far
 * @end: address after the last segment
 * @boundary: no segment crosses a multiple of this plus 1
 * @max_size: largest segment
 */
struct iopasid_sg_out {
	struct scatterlist *cur;
	int count;
	dma_addr_t end;
	unsigned long boundary;
	unsigned int max_size;
};

static void iopasid_sg_emit(struct iopasid_sg_out *out, dma_addr_t addr,
			    unsigned int len)
{
	if (out->count && addr == out->end && (addr & out->boundary) &&
	    (u64)sg_dma_len(out->cur) + len <= out->max_size) {
		sg_dma_len(out->cur) += len;
	} else {
		if (out->count)
			out->cur = sg_next(out->cur);
		sg_dma_address(out->cur) = addr;
		sg_dma_len(out->cur) = len;
		out->count++;
	}
	out->end = addr + len;
}

/* The entry after the last segment says that it has none. */
static void iopasid_sg_end(struct scatterlist *s)
{
	sg_dma_address(s) = DMA_MAPPING_ERROR;
	sg_dma_len(s) = 0;
}

/* Map every entry into the range at @iova. On failure @mapped bytes of it are. */
static int iopasid_sg_map(struct device *dev, struct scatterlist *sg, int nents,
			  dma_addr_t iova, unsigned int prot, size_t *mapped)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;
	struct iopasid_sg_out out = {
		.cur = sg,
		.boundary = dma_get_seg_boundary(dev),
		.max_size = dma_get_max_seg_size(dev),
	};
	struct iopasid_dma_run run = {}, next;
	struct scatterlist *s;
	u64 pos = 0;
	int i, ret;

	for_each_sg(sg, s, nents, i) {
		unsigned int offset = offset_in_page(s->offset);

		next.size = iopasid_sg_size(s);
		if (!next.size)
			continue;
		pos = iopasid_sg_place(pos, next.size, out.boundary);
		next.iova = iova + pos;
		next.phys = sg_phys(s) - offset;
		ret = iopasid_run_add(dma, &run, next, prot, GFP_ATOMIC);
		if (ret)
			goto failed;
		iopasid_sg_emit(&out, next.iova + offset, s->length);
		pos += next.size;
	}
	ret = iopasid_run_end(dma, &run, prot, GFP_ATOMIC);
	if (ret)
		goto failed;
	if (out.count < nents)
		iopasid_sg_end(sg_next(out.cur));
	return out.count;

failed:
	*mapped = run.iova - iova;
	return ret;
}

/**
 * iopasid_dma_map_sg() - dma_map_sg() and dma_map_sgtable()
 * @dev: the device
 * @sg: the list
 * @nents: entries that count
 * @dir: direction of the transfer
 * @attrs: ignored
 *
 * Context: any.
 * Return: the number of DMA segments; -EINVAL when the list is empty, holds no
 * byte, is larger than what the device can address, or the device wants an
 * alignment beyond a page; -ENOMEM when addresses or memory for table pages
 * have run out; -EREMOTEIO for a peer's memory; -EIO when the page table
 * refuses for another reason. On failure nothing is mapped.
 */
int iopasid_dma_map_sg(struct device *dev, struct scatterlist *sg, int nents,
		       enum dma_data_direction dir, unsigned long attrs)
{
	struct iopasid_dma *dma = iopasid_dma_device_of(dev)->dma;
	u64 mask = dma_get_mask(dev), total;
	size_t mapped = 0;
	dma_addr_t iova;
	int ret;

	if (nents <= 0)
		return -EINVAL;
	ret = iopasid_sg_measure(dev, sg, nents, &total);
	if (ret)
		goto fail;
	ret = -EINVAL;
	if (!total || total - 1 > iopasid_iova_limit(dma, dev, mask) ||
	    dma_get_min_align_mask(dev) >= PAGE_SIZE)
		goto fail;
	ret = -ENOMEM;
	iova = iopasid_iova_alloc(dev, total, mask);
	if (!iova)
		goto fail;

	ret = iopasid_sg_map(dev, sg, nents, iova, iopasid_dma_prot(dir),
			     &mapped);
	if (ret > 0) {
		iopasid_dma_account_map(dma, total);
		return ret;
	}
	iopasid_dma_map_failed(dma, iova, total, mapped, ret);
	if (ret != -ENOMEM)
		ret = -EIO;
fail:
	iopasid_sg_end(sg);
	return ret;
}

/**
 * iopasid_dma_unmap_sg() - dma_unmap_sg() and dma_unmap_sgtable()
 * @dev: the device
 * @sg: the list
 * @nents: entries that counted when it was mapped
 * @dir: direction of the transfer
 * @attrs: ignored
 *
 * One unmap and one flush for the list.
 *
 * Context: any.
 */
void iopasid_dma_unmap_sg(struct device *dev, struct scatterlist *sg,
			  int nents, enum dma_data_direction dir,
			  unsigned long attrs)
{
	dma_addr_t first = sg_dma_address(sg), end = 0;
	struct scatterlist *s;
	size_t holes = 0;
	int i;

	for_each_sg(sg, s, nents, i) {
		if (!sg_dma_len(s))
			break;
		if (end)
			holes += (sg_dma_address(s) & PAGE_MASK) -
				 PAGE_ALIGN(end);
		end = sg_dma_address(s) + sg_dma_len(s);
	}
	if (end)
		iopasid_dma_unmap_holes(dev, first, end - first, holes);
}
