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
 * flushes each attachment of a device with ATS by a descriptor of its own. There
 * is no shorter way: an invalidation without a PASID reaches nothing that has one,
 * and one for all PASIDs (G) is only for devices that say so, of which there is
 * none so far.
 *
 * Their number is the users' choice, so they go in batches of VTD_BATCH_MAX, each
 * of which is waited for. Between two of them interrupts may come, unless the
 * caller keeps them off; who does is the DMA API, whose domain is attached at two
 * PASIDs of a device at most, its RID included.
 *
 * Each descriptor says how many invalidations the device takes at a time (MIP),
 * so that the unit holds back the others.
 *
 * Ranges are given as one aligned block (6.5.2.5): the lowest zero bit of the
 * page number says how large it is.
 *
 * Unhappy paths:
 *
 * 1. A device that does not answer keeps what it has, which are addresses of
 *    memory that goes to somebody else. So the unit is told to let no translated
 *    request of that device pass any more; then it does not matter. The flush
 *    fails all the same, and who unmapped must not reuse the addresses. The others
 *    of the batch are told again. Where the unit does not say which one it was,
 *    all are asked once more, and shut out if that fails, too.
 * 2. ATS of a device was switched off after the batch was made: it answers to
 *    nothing and keeps nothing. The others are told again, nobody is to blame.
 * 3. A unit that does not answer is not asked about the rest: each try would
 *    take as long.
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
 * @req: the device's
 * @pasid: of the attachment, 0 for DMA without
 * @first: first address
 * @last: last address, inclusive
 *
 * Origin: specification 6.5.2.5, 6.5.2.6.
 */
void vtd_add_dev_tlb(struct vtd_batch *batch, const struct vtd_requester *req,
		     u32 pasid, u64 first, u64 last)
{
	struct vtd_desc *desc = vtd_batch_add(batch);
	u64 depth = READ_ONCE(req->ats_queue_depth);

	if (pasid) {
		desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE,
					 VTD_DESC_PASID_DEV_TLB) |
			      FIELD_PREP(VTD_DESC_PDEV_TLB_MIP, depth) |
			      FIELD_PREP(VTD_DESC_PDEV_TLB_SID,
					 req->source_id) |
			      FIELD_PREP(VTD_DESC_PDEV_TLB_PASID, pasid);
		desc->qw[1] = vtd_dev_tlb_block(first, last,
						VTD_DESC_PDEV_TLB_S);
	} else {
		desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_DEV_TLB) |
			      FIELD_PREP(VTD_DESC_DEV_TLB_MIP, depth) |
			      FIELD_PREP(VTD_DESC_DEV_TLB_SID, req->source_id);
		desc->qw[1] = vtd_dev_tlb_block(first, last,
						VTD_DESC_DEV_TLB_S);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_add_dev_tlb);

/**
 * struct vtd_dev_tlbs - device TLBs that are told of a range together
 * @first: first address
 * @last: last address, inclusive
 * @batch: what they are told
 * @reqs: whose they are, by descriptor; source ids outlive the tag lock
 */
struct vtd_dev_tlbs {
	u64 first;
	u64 last;
	struct vtd_batch batch;
	struct vtd_requester *reqs[VTD_BATCH_MAX];
};

/* A vtd_tag_user_fn: until there is no room */
static bool vtd_dev_tlbs_add(const struct vtd_tag_user *user, void *data)
{
	struct vtd_dev_tlbs *tlbs = data;
	struct vtd_batch *batch = &tlbs->batch;
	struct vtd_requester *req;

	if (!user->vdev || !user->vdev->ats ||
	    vtd_planted(VTD_PLANT_RANGE_DEV_TLB))
		return true;
	req = user->vdev->sources[0].req;
	if (!READ_ONCE(req->ats))
		return true;
	tlbs->reqs[batch->nr] = req;
	vtd_add_dev_tlb(batch, req, user->pasid, tlbs->first, tlbs->last);
	return batch->nr < VTD_BATCH_MAX;
}

/* The next ones from @cursor on; are there users behind them? */
static bool vtd_dev_tlbs_collect(struct vtd_domain *vdom, struct vtd_tag *tag,
				 struct vtd_tag_cursor *cursor,
				 struct vtd_dev_tlbs *tlbs)
{
	bool more;

	tlbs->batch.nr = 0;
	do {
		more = vtd_tag_walk(vdom, tag, cursor, vtd_dev_tlbs_add, tlbs);
	} while (more && tlbs->batch.nr < VTD_BATCH_MAX);
	return more;
}

/* Take out @silent, and who has no device TLB any more; are there fewer then? */
static bool vtd_dev_tlbs_left(struct vtd_dev_tlbs *tlbs,
			      const struct vtd_requester *silent)
{
	struct vtd_batch *batch = &tlbs->batch;
	unsigned int i, nr = 0;

	/* After the batch has failed; pairs with vtd_device_disable_tlb(). */
	smp_mb();
	for (i = 0; i < batch->nr; i++) {
		if (tlbs->reqs[i] == silent || !READ_ONCE(tlbs->reqs[i]->ats))
			continue;
		tlbs->reqs[nr] = tlbs->reqs[i];
		batch->desc[nr++] = batch->desc[i];
	}
	swap(nr, batch->nr);
	return batch->nr < nr;
}

static struct vtd_requester *vtd_dev_tlbs_find(const struct vtd_dev_tlbs *tlbs,
					       u16 source_id)
{
	unsigned int i;

	for (i = 0; source_id && i < tlbs->batch.nr; i++)
		if (tlbs->reqs[i]->source_id == source_id)
			return tlbs->reqs[i];
	return NULL;
}

static int vtd_dev_tlbs_shut_out(const struct vtd_dev_tlbs *tlbs)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < tlbs->batch.nr && ret != -ETIMEDOUT; i++)
		if (READ_ONCE(tlbs->reqs[i]->ats))
			ret = vtd_context_drop_tlb(tlbs->reqs[i]);
	return ret;
}

static int vtd_dev_tlbs_submit(struct vtd_unit *unit,
			       const struct vtd_dev_tlbs *tlbs,
			       struct vtd_ticket *ticket)
{
	int ret = vtd_queue_submit(unit, tlbs->batch.desc, tlbs->batch.nr,
				   ticket);

	return ret ?: vtd_queue_wait(unit, ticket);
}

/* Each round but one, and the last, leaves fewer. */
static int vtd_dev_tlbs_run(struct vtd_unit *unit, struct vtd_dev_tlbs *tlbs)
{
	bool asked_again = false;
	int failed, ret = 0;

	while (tlbs->batch.nr) {
		struct vtd_requester *silent;
		struct vtd_ticket ticket;

		failed = vtd_dev_tlbs_submit(unit, tlbs, &ticket);
		if (likely(!failed))
			break;
		if (failed == -ETIMEDOUT) {
			vtd_dev_tlbs_shut_out(tlbs);
			return failed;
		}
		if (vtd_dev_tlbs_left(tlbs, NULL))
			continue;
		silent = vtd_dev_tlbs_find(tlbs, ticket.silent);
		if (!silent && !asked_again) {
			asked_again = true;
			continue;
		}
		ret = failed;
		if (!silent)
			return vtd_dev_tlbs_shut_out(tlbs) == -ETIMEDOUT ?
			       -ETIMEDOUT : ret;
		if (vtd_context_drop_tlb(silent) == -ETIMEDOUT)
			return -ETIMEDOUT;
		vtd_dev_tlbs_left(tlbs, silent);
	}
	return ret;
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
	struct vtd_dev_tlbs tlbs = { .first = first, .last = last };
	struct vtd_tag_cursor cursor = {};
	int failed, ret = 0;
	bool more;

	do {
		more = vtd_dev_tlbs_collect(vdom, tag, &cursor, &tlbs);
		failed = vtd_dev_tlbs_run(tag->unit, &tlbs);
		ret = failed ?: ret;
	} while (more && failed != -ETIMEDOUT);
	if (unlikely(ret))
		WRITE_ONCE(tag->lost, true);
	return ret;
}
