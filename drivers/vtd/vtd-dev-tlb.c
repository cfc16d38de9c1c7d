// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device TLBs: what ATS lets a device keep.
 */
#include <kunit/visibility.h>
#include <linux/bitops.h>

#include "vtd.h"
#include "vtd-plant.h"

/**
 * DOC: device TLBs
 *
 * With ATS a device asks for translations, keeps them, and sends DMA with
 * translated addresses, which the unit lets pass. So a device TLB is one more
 * cache, filled from the unit's: it is flushed when the flush of the IOTLB is
 * done, never before, or it is filled again with what goes.
 *
 * It is keyed by PASID, DMA without one apart, and knows no domain id: an unmap
 * flushes each attachment of a device with ATS by a descriptor of its own.
 * Their number is the users' choice, so they go in batches, each of which is
 * waited for.
 *
 * Ranges are given as one aligned block (6.5.2.5): the lowest zero bit of the
 * page number says how large it is.
 *
 * Unhappy path: a device that does not answer keeps what it has, which are
 * addresses of memory that goes to somebody else. So the unit is told to let no
 * translated request of that device pass any more; then it does not matter. The
 * flush fails all the same, and who unmapped must not reuse the addresses.
 *
 * Locking: the tag lock while a batch is made, none while it is waited for.
 */

/* Word 1: all addresses, but for the highest bit, which says so */
#define VTD_DEV_TLB_ALL		(VTD_DESC_DEV_TLB_ADDR & GENMASK_ULL(62, 0))

/* The smallest aligned block with both ends; its size is in it, if not one page. */
static u64 vtd_dev_tlb_block(u64 first, u64 last, u64 size_bit)
{
	unsigned int am = fls64((first ^ last) >> VTD_PAGE_LG2);
	u64 addr;

	if (!am)
		return first & VTD_PAGE_MASK;
	if (am >= 63 - VTD_PAGE_LG2)
		return VTD_DEV_TLB_ALL | size_bit;
	addr = first & GENMASK_ULL(63, VTD_PAGE_LG2 + am);
	if (am > 1)
		addr |= GENMASK_ULL(VTD_PAGE_LG2 + am - 2, VTD_PAGE_LG2);
	return addr | size_bit;
}

/**
 * vtd_add_dev_tlb() - one more descriptor: a device TLB drops a range
 * @batch: gets it
 * @source_id: the device's
 * @pasid: of the attachment, 0 for DMA without
 * @first: first address
 * @last: last address, inclusive
 *
 * Origin: specification 6.5.2.5, 6.5.2.6.
 */
void vtd_add_dev_tlb(struct vtd_batch *batch, u16 source_id, u32 pasid,
		     u64 first, u64 last)
{
	struct vtd_desc *desc = vtd_batch_add(batch);

	if (pasid) {
		desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE,
					 VTD_DESC_PASID_DEV_TLB) |
			      FIELD_PREP(VTD_DESC_PDEV_TLB_SID, source_id) |
			      FIELD_PREP(VTD_DESC_PDEV_TLB_PASID, pasid);
		desc->qw[1] = vtd_dev_tlb_block(first, last,
						VTD_DESC_PDEV_TLB_S);
	} else {
		desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_DEV_TLB) |
			      FIELD_PREP(VTD_DESC_DEV_TLB_SID, source_id);
		desc->qw[1] = vtd_dev_tlb_block(first, last,
						VTD_DESC_DEV_TLB_S);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_add_dev_tlb);

/*
 * The next users of @tag with a device TLB, from @cursor on; who they are goes to
 * @reqs, which outlive the lock: source ids go with their unit.
 */
static void vtd_dev_tlbs_collect(struct vtd_domain *vdom, struct vtd_tag *tag,
				 struct vtd_tag_cursor *cursor, u64 first,
				 u64 last, struct vtd_batch *batch,
				 struct vtd_requester **reqs)
{
	const struct vtd_tag_user *user;
	unsigned long flags;

	batch->nr = 0;
	spin_lock_irqsave(&vdom->tag_lock, flags);
	while (batch->nr < VTD_BATCH_MAX) {
		user = vtd_tag_next_user_locked(vdom, tag, cursor);
		if (!user)
			break;
		if (!user->vdev || !user->vdev->ats ||
		    !READ_ONCE(user->vdev->sources[0].req->ats) ||
		    vtd_planted(VTD_PLANT_RANGE_DEV_TLB))
			continue;
		reqs[batch->nr] = user->vdev->sources[0].req;
		vtd_add_dev_tlb(batch, reqs[batch->nr]->source_id, user->pasid,
				first, last);
	}
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}

/* One of these devices did not answer, and nobody says which. */
static void vtd_dev_tlbs_shut_out(struct vtd_requester **reqs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (READ_ONCE(reqs[i]->ats))
			vtd_context_drop_tlb(reqs[i]);
}

/**
 * vtd_flush_dev_tlbs() - no device keeps a range of a domain any more
 * @vdom: the domain
 * @tag: of one unit, whose IOTLB was flushed
 * @first: first address
 * @last: last address, inclusive
 *
 * Context: any, irqs may be off; polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT: what the tag's devices cached is lost.
 */
int vtd_flush_dev_tlbs(struct vtd_domain *vdom, struct vtd_tag *tag, u64 first,
		       u64 last)
{
	struct vtd_requester *reqs[VTD_BATCH_MAX];
	struct vtd_tag_cursor cursor = {};
	struct vtd_batch batch;
	int failed, ret = 0;

	do {
		vtd_dev_tlbs_collect(vdom, tag, &cursor, first, last, &batch,
				     reqs);
		failed = batch.nr ? vtd_queue_run(tag->unit, &batch) : 0;
		if (unlikely(failed)) {
			vtd_dev_tlbs_shut_out(reqs, batch.nr);
			ret = failed;
		}
	} while (batch.nr == VTD_BATCH_MAX);
	if (unlikely(ret))
		WRITE_ONCE(tag->lost, true);
	return ret;
}
