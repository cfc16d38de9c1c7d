// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must be invalidated after which change. All of it is here.
 */
#include <kunit/visibility.h>
#include <linux/bitops.h>

#include "vtd.h"

/**
 * DOC: flush rules
 *
 * From outside to inside, because an inner cache is refilled from an outer one:
 * context cache, PASID cache, IOTLB. A fence between them keeps a later one
 * from running before an earlier one is done (6.5.2.8). One batch, one
 * doorbell, one poll.
 *
 * ============================ ======= ======= ========= =====================
 * change                       context PASID   IOTLB     specification, facts
 * ============================ ======= ======= ========= =====================
 * root table set               global  global  global    6.5.3.3
 * context entry: directory     device  domain  domain    6.5.3.3; old DID is
 *                                                        that of pass-through
 * the same, not present, CM    global  global  global    6.1; cached under DID
 *                                                        0, whoever caches it
 * context entry: RID_PASID     device  -       -         facts 7: QEMU 10
 * PASID entry was second stage -       this    domain    6.5.3.3; old DID
 * PASID entry was pass-through device  this    this and  6.5.3.3: the PASID-
 *                                              domain    based descriptor; old
 *                                                        DID. The others: facts
 *                                                        7, QEMU 10
 * PASID entry was not present  -       -       -         nothing is cached
 * the same, caching mode       -       this    domain    6.1; new DID
 * second-stage leaves          -       -       page, IH  one descriptor does
 * second-stage tables          -       -       page      for RID and all
 *                                                        PASIDs of the DID
 * the same, large range        -       -       domain    beyond CAP.MAMV, or
 *                                                        no CAP.PSI
 * ============================ ======= ======= ========= =====================
 *
 * First-stage entries and device TLBs (after the IOTLB) are not used by this
 * driver.
 *
 * Locking: none is held while polling. Tags are never freed before their
 * domain, so a pointer to one outlives the tag lock.
 */

/* How many units one round of a range flush can wait for */
#define VTD_FLUSH_ROUND		8

static void vtd_add_context(struct vtd_batch *batch,
			    enum vtd_context_granularity granularity,
			    u16 source_id)
{
	struct vtd_desc *desc = vtd_batch_add(batch);

	desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_CONTEXT) |
		      FIELD_PREP(VTD_DESC_CONTEXT_G, granularity) |
		      FIELD_PREP(VTD_DESC_CONTEXT_SID, source_id);
}

static void vtd_add_pasid(struct vtd_batch *batch,
			  enum vtd_pasid_granularity granularity, u16 did,
			  u32 pasid)
{
	struct vtd_desc *desc = vtd_batch_add(batch);

	desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_PASID) |
		      FIELD_PREP(VTD_DESC_PASID_G, granularity) |
		      FIELD_PREP(VTD_DESC_PASID_DID, did) |
		      FIELD_PREP(VTD_DESC_PASID_PASID, pasid);
}

/* Word 0 of an IOTLB descriptor; the unit drains what is under way. */
static u64 vtd_iotlb_word(const struct vtd_unit *unit,
			  enum vtd_iotlb_granularity granularity, u16 did)
{
	return FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_IOTLB) |
	       FIELD_PREP(VTD_DESC_IOTLB_G, granularity) |
	       (unit->cap & VTD_CAP_DRD ? VTD_DESC_IOTLB_DR : 0) |
	       (unit->cap & VTD_CAP_DWD ? VTD_DESC_IOTLB_DW : 0) |
	       FIELD_PREP(VTD_DESC_IOTLB_DID, did);
}

static void vtd_add_iotlb(struct vtd_batch *batch, const struct vtd_unit *unit,
			  enum vtd_iotlb_granularity granularity, u16 did)
{
	vtd_batch_add(batch)->qw[0] = vtd_iotlb_word(unit, granularity, did);
}

/* All that is cached for one PASID of a domain, but for second-stage tables. */
static void vtd_add_pasid_iotlb(struct vtd_batch *batch, u16 did, u32 pasid)
{
	vtd_batch_add(batch)->qw[0] =
		FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_PASID_IOTLB) |
		FIELD_PREP(VTD_DESC_PIOTLB_G, VTD_PIOTLB_PASID) |
		FIELD_PREP(VTD_DESC_PIOTLB_DID, did) |
		FIELD_PREP(VTD_DESC_PIOTLB_PASID, pasid);
}

/* What follows starts when all before is done. */
static void vtd_add_fence(struct vtd_batch *batch)
{
	vtd_batch_add(batch)->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_WAIT) |
				      VTD_DESC_WAIT_FN;
}

/**
 * vtd_flush_everything() - drop all that a unit has cached
 * @unit: the unit
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_everything(struct vtd_unit *unit)
{
	struct vtd_batch batch = {};

	vtd_add_context(&batch, VTD_CONTEXT_GLOBAL, 0);
	vtd_add_fence(&batch);
	vtd_add_pasid(&batch, VTD_PASID_GLOBAL, 0, 0);
	vtd_add_fence(&batch);
	vtd_add_iotlb(&batch, unit, VTD_IOTLB_GLOBAL, 0);
	return vtd_queue_run(unit, &batch);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_everything);

/**
 * vtd_flush_context() - a present context entry points to another directory
 * @req: whose; the old directory had pass-through or nothing
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_context(struct vtd_requester *req)
{
	struct vtd_batch batch = {};

	vtd_add_context(&batch, VTD_CONTEXT_DEVICE, req->source_id);
	vtd_add_fence(&batch);
	vtd_add_pasid(&batch, VTD_PASID_DOMAIN, VTD_DID_PASS, 0);
	vtd_add_fence(&batch);
	vtd_add_iotlb(&batch, req->unit, VTD_IOTLB_DOMAIN, VTD_DID_PASS);
	return vtd_queue_run(req->unit, &batch);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_context);

/**
 * vtd_flush_steering() - the RID_PASID of a context entry has changed
 * @req: whose
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_steering(struct vtd_requester *req)
{
	struct vtd_batch batch = {};

	vtd_add_context(&batch, VTD_CONTEXT_DEVICE, req->source_id);
	return vtd_queue_run(req->unit, &batch);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_steering);

static void vtd_add_entry(struct vtd_batch *batch,
			  const struct vtd_requester *req, u32 pasid,
			  const struct vtd_entry *entry)
{
	u16 did = FIELD_GET(VTD_PASID_DID, entry->word[1]);

	vtd_add_pasid(batch, VTD_PASID_SELECTIVE, did, pasid);
	vtd_add_fence(batch);
	vtd_add_iotlb(batch, req->unit, VTD_IOTLB_DOMAIN, did);
}

/**
 * vtd_flush_entry() - a PASID table entry that was present has changed
 * @req: whose
 * @pasid: which
 * @old: what it said
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_entry(struct vtd_requester *req, u32 pasid,
		    const struct vtd_entry *old)
{
	bool pass = FIELD_GET(VTD_PASID_PGTT, old->word[0]) == VTD_PGTT_PASS;
	struct vtd_batch batch = {};

	if (pass) {
		vtd_add_context(&batch, VTD_CONTEXT_DEVICE, req->source_id);
		vtd_add_fence(&batch);
	}
	vtd_add_entry(&batch, req, pasid, old);
	if (pass)
		vtd_add_pasid_iotlb(&batch, FIELD_GET(VTD_PASID_DID,
						      old->word[1]), pasid);
	return vtd_queue_run(req->unit, &batch);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_entry);

/**
 * vtd_flush_new_entry() - a PASID table entry appeared, in caching mode
 * @req: whose
 * @pasid: which
 * @new: what it says
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_new_entry(struct vtd_requester *req, u32 pasid,
			const struct vtd_entry *new)
{
	struct vtd_batch batch = {};

	vtd_add_entry(&batch, req, pasid, new);
	return vtd_queue_run(req->unit, &batch);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_new_entry);

/* The descriptor for [first, last] on one tag. */
static struct vtd_desc vtd_range_desc(const struct vtd_tag *tag, u64 first,
				      u64 last, bool leaves_only)
{
	const struct vtd_unit *unit = tag->unit;
	/* log2 of the smallest aligned block of pages with both ends */
	unsigned int am = fls64((first ^ last) >> VTD_PAGE_LG2);
	struct vtd_desc desc = {};

	if (!(unit->cap & VTD_CAP_PSI) ||
	    am > FIELD_GET(VTD_CAP_MAMV, unit->cap)) {
		desc.qw[0] = vtd_iotlb_word(unit, VTD_IOTLB_DOMAIN, tag->did);
		return desc;
	}
	desc.qw[0] = vtd_iotlb_word(unit, VTD_IOTLB_PAGE, tag->did);
	desc.qw[1] = (first & VTD_DESC_IOTLB_ADDR &
		      GENMASK_ULL(63, VTD_PAGE_LG2 + am)) |
		     (leaves_only ? VTD_DESC_IOTLB_IH : 0) |
		     FIELD_PREP(VTD_DESC_IOTLB_AM, am);
	return desc;
}

/* The next tags in use, or lost, behind @prev; NULL: from the start. */
static unsigned int vtd_tags_collect(struct vtd_domain *vdom,
				     struct vtd_tag *prev,
				     struct vtd_tag **tags)
{
	struct vtd_tag *tag = prev;
	unsigned int nr = 0;
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	tag = list_prepare_entry(tag, &vdom->tags, node);
	list_for_each_entry_continue(tag, &vdom->tags, node) {
		if (nr == VTD_FLUSH_ROUND)
			break;
		if (tag->nr_users || READ_ONCE(tag->lost))
			tags[nr++] = tag;
	}
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
	return nr;
}

/* All units first get their doorbell, then are waited for. */
static int vtd_flush_round(struct vtd_tag **tags, unsigned int nr, u64 first,
			   u64 last, bool leaves_only)
{
	struct vtd_ticket tickets[VTD_FLUSH_ROUND];
	int results[VTD_FLUSH_ROUND];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < nr; i++) {
		struct vtd_desc desc = vtd_range_desc(tags[i], first, last,
						      leaves_only);

		results[i] = vtd_queue_submit(tags[i]->unit, &desc, 1,
					      &tickets[i]);
	}
	for (i = 0; i < nr; i++) {
		if (!results[i])
			results[i] = vtd_queue_wait(tags[i]->unit, &tickets[i]);
		if (unlikely(results[i])) {
			WRITE_ONCE(tags[i]->lost, true);
			ret = results[i];
		}
	}
	return ret;
}

/**
 * vtd_flush_range() - no device reaches a range through a domain any more
 * @vdom: the domain, whose page table no longer has the range
 * @first: first address
 * @last: last address, inclusive
 * @leaves_only: no table page was taken out
 *
 * Context: any, irqs may be off; polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT: what the failing tag's unit cached is lost.
 */
int vtd_flush_range(struct vtd_domain *vdom, u64 first, u64 last,
		    bool leaves_only)
{
	struct vtd_tag *tags[VTD_FLUSH_ROUND];
	struct vtd_tag *prev = NULL;
	unsigned int nr;
	int ret = 0;

	do {
		nr = vtd_tags_collect(vdom, prev, tags);
		ret = vtd_flush_round(tags, nr, first, last, leaves_only) ?:
		      ret;
		prev = nr ? tags[nr - 1] : NULL;
	} while (nr == VTD_FLUSH_ROUND);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_range);
