// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: reserved ranges of a DMA domain
 *
 * What iopasid_resv_regions() reports for a member - interrupt window, bridge
 * windows, ranges that firmware uses - is reserved in the IOVA allocator;
 * ranges that firmware uses (RMRR) are identity-mapped as well, before any
 * member reaches the page table. Both are kept in ascending lists without
 * overlap, because members report the same ranges again and again: only the
 * parts that are new are reserved and mapped.
 *
 * An allocator that drivers have used takes no new ranges: an address in there
 * may be somebody's. A late member that needs one is refused until the group's
 * drivers are gone. That is rare: members share the interrupt window and the
 * bridge windows, and what firmware uses is known at boot.
 *
 * The ranges of a member stay when it goes: others may share them, and an
 * address that is kept free harms nobody.
 */
#include <linux/align.h>
#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "../core/core.h"
#include "dma.h"

/**
 * iopasid_range_gap() - the next part of a range that a list leaves out
 * @ranges: ascending, disjoint
 * @first: where to start; where the part starts
 * @last: last address of the range, not below *@first
 * @gap_last: last address of the part
 *
 * Return: false when there is no such part.
 */
bool iopasid_range_gap(const struct list_head *ranges, u64 *first, u64 last,
		       u64 *gap_last)
{
	struct iopasid_dma_range *range;

	*gap_last = last;
	list_for_each_entry(range, ranges, node) {
		if (range->last < *first)
			continue;
		if (range->first > *first) {
			*gap_last = min(last, range->first - 1);
			return true;
		}
		if (range->last >= last)
			return false;
		*first = range->last + 1;
	}
	return true;
}

static void iopasid_range_insert(struct list_head *ranges,
				 struct iopasid_dma_range *new)
{
	struct iopasid_dma_range *range;

	list_for_each_entry(range, ranges, node)
		if (range->first > new->last)
			break;
	list_add_tail(&new->node, &range->node);
}

static int iopasid_range_keep_free(struct iopasid_dma *dma, u64 first, u64 last)
{
	struct iopasid_dma_range *range;
	int ret;

	if (dma->used)
		return -EBUSY;
	range = kzalloc(sizeof(*range), GFP_KERNEL);
	if (!range)
		return -ENOMEM;
	range->first = first;
	range->last = last;
	ret = iopasid_iova_reserve(dma->iovad, first, last);
	if (ret)
		kfree(range);
	else
		iopasid_range_insert(&dma->reserved, range);
	return ret;
}

static int iopasid_range_map(struct iopasid_dma *dma, u64 first, u64 last)
{
	struct iopasid_dma_range *range = kzalloc(sizeof(*range), GFP_KERNEL);
	int ret;

	if (!range)
		return -ENOMEM;
	range->first = first;
	range->last = last;
	ret = dma->domain->ops->map_pages(dma->domain, first, first,
					  last - first + 1,
					  IOPASID_READ | IOPASID_WRITE,
					  GFP_KERNEL);
	if (ret)
		kfree(range);
	else
		iopasid_range_insert(&dma->directs, range);
	return ret;
}

/* Do @add to every part of [first, last] that @ranges leaves out. */
static int iopasid_range_fill(struct iopasid_dma *dma, struct list_head *ranges,
			      u64 first, u64 last,
			      int (*add)(struct iopasid_dma *dma, u64 first,
					 u64 last))
{
	u64 gap_last;
	int ret;

	while (iopasid_range_gap(ranges, &first, last, &gap_last)) {
		ret = add(dma, first, gap_last);
		if (ret || gap_last == last)
			return ret;
		first = gap_last + 1;
	}
	return 0;
}

static int iopasid_range_add(struct iopasid_dma *dma,
			     const struct iopasid_resv *resv)
{
	u64 first = ALIGN_DOWN(resv->first, PAGE_SIZE);
	u64 last = resv->last | (PAGE_SIZE - 1);
	int ret;

	ret = iopasid_range_fill(dma, &dma->reserved, first, last,
				 iopasid_range_keep_free);
	if (ret || resv->type != IOPASID_RESV_DIRECT)
		return ret;
	return iopasid_range_fill(dma, &dma->directs, first, last,
				  iopasid_range_map);
}

static void iopasid_range_complain(struct iopasid_dma *dma, struct device *dev,
				   const struct iopasid_resv *resv, int ret)
{
	if (ret == -EBUSY)
		dev_err(dev, "iopasid: group %d is in use and has not reserved %#llx-%#llx; unbind the drivers of the group, then remove and rescan the device\n",
			dma->group_id, resv->first, resv->last);
	else
		dev_err(dev, "iopasid: group %d cannot reserve %#llx-%#llx (%pe)\n",
			dma->group_id, resv->first, resv->last, ERR_PTR(ret));
}

/**
 * iopasid_range_reserve() - respect a member's reserved ranges from now on
 * @dma: the address space, perhaps in use by other members
 * @idev: the member
 *
 * Context: group lock held, may sleep.
 * Return: 0; -EBUSY when a part of a range is not reserved yet and drivers of
 * other members may have addresses there; -ENOMEM; -ERANGE when a range of the
 * firmware is beyond the page table; -EINVAL when a range ends before it
 * starts. What was reserved stays reserved.
 */
int iopasid_range_reserve(struct iopasid_dma *dma, struct iopasid_device *idev)
{
	struct iopasid_resv *resv;
	LIST_HEAD(list);
	int ret;

	ret = iopasid_resv_regions(idev, &list);
	if (ret)
		goto free_list;
	list_for_each_entry(resv, &list, node) {
		ret = resv->last < resv->first ? -EINVAL :
			iopasid_range_add(dma, resv);
		if (ret) {
			iopasid_range_complain(dma, idev->dev, resv, ret);
			break;
		}
	}
free_list:
	iopasid_resv_free(&list);
	return ret;
}

/**
 * iopasid_range_free() - forget ranges
 * @ranges: those of an address space that ends
 */
void iopasid_range_free(struct list_head *ranges)
{
	struct iopasid_dma_range *range, *next;

	list_for_each_entry_safe(range, next, ranges, node) {
		list_del(&range->node);
		kfree(range);
	}
}
