// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must be invalidated after which change. All of it is here.
 */
#include <kunit/visibility.h>
#include <linux/bitops.h>

#include "vtd.h"
#include "vtd-plant.h"
#include "vtd-rules.h"

/**
 * DOC: flush rules
 *
 * The rules are the table vtd_rules, one row a kind of change, to be held
 * against 6.5.3.3 of the specification (the guidance for invalidations). Its
 * columns go from outside to inside, because an inner cache is refilled from an
 * outer one: context cache, PASID cache, IOTLB. A fence between them keeps a
 * later one from running before an earlier one is done (6.5.2.8). One batch,
 * one doorbell, one poll.
 *
 * What the table leaves to the code is which row a range needs:
 *
 * - second stage: one descriptor does for RID and all PASIDs of a domain id;
 * - first stage: one for each PASID, up to VTD_FLUSH_PASIDS in a batch. Beyond
 *   that, and when a flush was lost and nobody knows any more which PASIDs the
 *   unit has cached, one that drops all PASIDs of the domain id: 6.5.2.3 has
 *   the domain-selective descriptor drop first-stage translations, too. So the
 *   cost of a flush is bounded, however many PASIDs a domain is attached at;
 * - a block of pages larger than CAP.MAMV, or no CAP.PSI: the next wider row.
 *   The specification gives first stage any size, but QEMU 11 does not;
 * - the last level only, unless tables went, too (IH).
 *
 * Device TLBs come last, behind a fence, because they are filled from the IOTLB
 * (vtd-dev-tlb.c). Of an entry that changes: all that the device keeps for the
 * PASID. Of a range: each user with a device TLB, in batches of their own.
 *
 * Locking: none is held while polling. A batch is made under the tag lock, then
 * sent without. Tags are never freed before their domain, so a pointer to one
 * outlives the lock.
 */

/* How many units one round of a range flush can wait for */
#define VTD_FLUSH_ROUND		8
/* How many PASIDs of a domain are flushed one by one */
#define VTD_FLUSH_PASIDS	VTD_BATCH_MAX
/* The largest block with an address mask, whatever CAP.MAMV says */
#define VTD_FLUSH_AM_MAX	(63 - VTD_PAGE_LG2)

const struct vtd_rule vtd_rules[VTD_NR_CHANGES] = {
	/*
	 *			 context PASID   IOTLB   PASID   device
	 *						 IOTLB   TLB
	 */

	/* 6.5.3.3: the root table is set; also when nothing less is sure */
	[VTD_ALL]		= { GLOBAL, GLOBAL, GLOBAL, NONE,   NONE },
	/*
	 * 6.5.3.3: a context entry has another directory. The domain id is
	 * that of pass-through, all that the old one had; first-time entries
	 * have no row, in caching mode they are cached under domain id 0,
	 * whoever caches them: VTD_ALL.
	 */
	[VTD_CONTEXT_MOVED]	= { DEVICE, DOMAIN, DOMAIN, NONE,   NONE },
	/* RID_PASID of a context entry; facts of QEMU 10 */
	[VTD_CONTEXT_STEERED]	= { DEVICE, NONE,   NONE,   NONE,   NONE },
	/*
	 * A table left a directory, which is under no domain id: any will do.
	 * That of its last entry, so that who attaches and detaches for ever
	 * costs nobody else what is cached. The IOTLB, for walks under way.
	 */
	[VTD_DIRECTORY]		= { NONE,   DOMAIN, DOMAIN, NONE,   NONE },

	/* 6.5.3.3: a present PASID entry changed, by what it was; old id */
	[VTD_WAS_FIRST]		= { NONE,   PASID,  NONE,   PASID,  PASID },
	[VTD_WAS_SECOND]	= { NONE,   PASID,  DOMAIN, NONE,   PASID },
	[VTD_WAS_NESTED]	= { NONE,   PASID,  DOMAIN, NONE,   PASID },
	/* It asks for the two PASIDs; the others are for QEMU 10 */
	[VTD_WAS_PASS]		= { DEVICE, PASID,  DOMAIN, PASID,  PASID },

	/* 6.1: a PASID entry appeared, in caching mode; new id */
	[VTD_NEW_FIRST]		= { NONE,   PASID,  NONE,   PASID,  NONE },
	[VTD_NEW_SECOND]	= { NONE,   PASID,  DOMAIN, NONE,   NONE },
	[VTD_NEW_NESTED]	= { NONE,   PASID,  DOMAIN, NONE,   NONE },
	[VTD_NEW_PASS]		= { NONE,   PASID,  DOMAIN, PASID,  NONE },

	/* 6.5.3.3: entries of page tables, for each PASID or for all */
	[VTD_FIRST_LEAVES]	= { NONE,   NONE,   NONE,   LEAVES, RANGE },
	[VTD_FIRST_TABLES]	= { NONE,   NONE,   NONE,   TABLES, RANGE },
	[VTD_FIRST_FAR]		= { NONE,   NONE,   NONE,   PASID,  RANGE },
	[VTD_FIRST_MANY]	= { NONE,   NONE,   DOMAIN, NONE,   RANGE },
	[VTD_SECOND_LEAVES]	= { NONE,   NONE,   LEAVES, NONE,   RANGE },
	[VTD_SECOND_TABLES]	= { NONE,   NONE,   TABLES, NONE,   RANGE },
	[VTD_SECOND_FAR]	= { NONE,   NONE,   DOMAIN, NONE,   RANGE },
};

/**
 * struct vtd_target - what a rule is applied to
 * @unit: whose caches
 * @req: for DEVICE, and whose device TLB
 * @did: for DOMAIN, PASID, TABLES, LEAVES
 * @pasid: for PASID; PASID-based TABLES and LEAVES
 * @first: for TABLES and LEAVES: an address in the block
 * @am: log2 of the pages of the block
 */
struct vtd_target {
	const struct vtd_unit *unit;
	const struct vtd_requester *req;
	u16 did;
	u32 pasid;
	u64 first;
	unsigned int am;
};

static void vtd_add_context(struct vtd_batch *batch, enum vtd_reach reach,
			    const struct vtd_target *target)
{
	struct vtd_desc *desc = vtd_batch_add(batch);

	desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_CONTEXT);
	if (reach == GLOBAL)
		desc->qw[0] |= FIELD_PREP(VTD_DESC_CONTEXT_G,
					  VTD_CONTEXT_GLOBAL);
	else
		desc->qw[0] |= FIELD_PREP(VTD_DESC_CONTEXT_G,
					  VTD_CONTEXT_DEVICE) |
			       FIELD_PREP(VTD_DESC_CONTEXT_SID,
					  target->req->source_id);
}

static void vtd_add_pasid(struct vtd_batch *batch, enum vtd_reach reach,
			  const struct vtd_target *target)
{
	static const u8 granularity[] = {
		[GLOBAL]	= VTD_PASID_GLOBAL,
		[DOMAIN]	= VTD_PASID_DOMAIN,
		[PASID]		= VTD_PASID_SELECTIVE,
	};
	u16 did = reach == GLOBAL ? 0 : target->did;
	u32 pasid = reach == PASID ? target->pasid : 0;

	vtd_batch_add(batch)->qw[0] =
		FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_PASID) |
		FIELD_PREP(VTD_DESC_PASID_G, granularity[reach]) |
		FIELD_PREP(VTD_DESC_PASID_DID, did) |
		FIELD_PREP(VTD_DESC_PASID_PASID, pasid);
}

/* Word 1 of both IOTLB descriptors. */
static u64 vtd_block_word(enum vtd_reach reach, const struct vtd_target *target)
{
	if (reach != TABLES && reach != LEAVES)
		return 0;
	return (target->first & VTD_DESC_IOTLB_ADDR &
		GENMASK_ULL(63, VTD_PAGE_LG2 + target->am)) |
	       (reach == LEAVES ? VTD_DESC_IOTLB_IH : 0) |
	       FIELD_PREP(VTD_DESC_IOTLB_AM, target->am);
}

/* The unit also drains what is under way. */
static void vtd_add_iotlb(struct vtd_batch *batch, enum vtd_reach reach,
			  const struct vtd_target *target)
{
	static const u8 granularity[] = {
		[GLOBAL]	= VTD_IOTLB_GLOBAL,
		[DOMAIN]	= VTD_IOTLB_DOMAIN,
		[TABLES]	= VTD_IOTLB_PAGE,
		[LEAVES]	= VTD_IOTLB_PAGE,
	};
	u64 cap = target->unit->cap;
	u16 did = reach == GLOBAL ? 0 : target->did;
	struct vtd_desc *desc = vtd_batch_add(batch);

	desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_IOTLB) |
		      FIELD_PREP(VTD_DESC_IOTLB_G, granularity[reach]) |
		      (cap & VTD_CAP_DRD ? VTD_DESC_IOTLB_DR : 0) |
		      (cap & VTD_CAP_DWD ? VTD_DESC_IOTLB_DW : 0) |
		      FIELD_PREP(VTD_DESC_IOTLB_DID, did);
	desc->qw[1] = vtd_block_word(reach, target);
}

static void vtd_add_pasid_iotlb(struct vtd_batch *batch, enum vtd_reach reach,
				const struct vtd_target *target)
{
	struct vtd_desc *desc = vtd_batch_add(batch);

	desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_PASID_IOTLB) |
		      FIELD_PREP(VTD_DESC_PIOTLB_G,
				 reach == PASID ? VTD_PIOTLB_PASID :
						  VTD_PIOTLB_PAGE) |
		      FIELD_PREP(VTD_DESC_PIOTLB_DID, target->did) |
		      FIELD_PREP(VTD_DESC_PIOTLB_PASID, target->pasid);
	desc->qw[1] = vtd_block_word(reach, target);
}

/* What follows starts when all before is done. */
static void vtd_add_fence(struct vtd_batch *batch)
{
	vtd_batch_add(batch)->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_WAIT) |
				      VTD_DESC_WAIT_FN;
}

/* The descriptors of one row, with fences between the steps. */
static void vtd_add(struct vtd_batch *batch, enum vtd_change change,
		    const struct vtd_target *target)
{
	const struct vtd_rule *rule = &vtd_rules[change];
	unsigned int from = batch->nr;
	bool any = rule->context;

	if (rule->context)
		vtd_add_context(batch, rule->context, target);

	if (rule->pasid) {
		if (any)
			vtd_add_fence(batch);
		any = true;
		vtd_add_pasid(batch, rule->pasid, target);
	}

	if (any && (rule->iotlb || rule->pasid_iotlb))
		vtd_add_fence(batch);
	if (rule->iotlb)
		vtd_add_iotlb(batch, rule->iotlb, target);
	if (rule->pasid_iotlb)
		vtd_add_pasid_iotlb(batch, rule->pasid_iotlb, target);

	if (rule->dev_tlb == PASID && READ_ONCE(target->req->ats)) {
		vtd_add_fence(batch);
		vtd_add_dev_tlb(batch, target->req, target->pasid, 0, U64_MAX);
	}
	vtd_plant_row(change, batch, from);
}

static int vtd_flush(struct vtd_unit *unit, enum vtd_change change,
		     const struct vtd_target *target)
{
	/* Of a unit that is gone only its teardown still flushes. */
	bool inside = vtd_unit_enter(unit);
	struct vtd_batch batch;
	int ret;

	batch.nr = 0;
	vtd_add(&batch, change, target);
	ret = vtd_queue_run(unit, &batch);
	if (inside)
		vtd_unit_leave(unit);
	return ret;
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
	const struct vtd_target target = { .unit = unit };

	return vtd_flush(unit, VTD_ALL, &target);
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
	const struct vtd_target target = {
		.unit		= req->unit,
		.req		= req,
		.did		= VTD_DID_PASS,
	};

	return vtd_flush(req->unit, VTD_CONTEXT_MOVED, &target);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_context);

/**
 * vtd_flush_directory() - a PASID directory has lost a table without entries
 * @unit: who walked it
 * @did: a domain id that an entry of the table had
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_directory(struct vtd_unit *unit, u16 did)
{
	const struct vtd_target target = { .unit = unit, .did = did };

	return vtd_flush(unit, VTD_DIRECTORY, &target);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_directory);

/**
 * vtd_flush_steering() - the RID_PASID of a context entry has changed
 * @req: whose
 *
 * Context: polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_flush_steering(struct vtd_requester *req)
{
	const struct vtd_target target = {
		.unit		= req->unit,
		.req		= req,
	};

	return vtd_flush(req->unit, VTD_CONTEXT_STEERED, &target);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_steering);

/* The row for the type of @entry, in the block of rows from @first on. */
static enum vtd_change vtd_rule_of(enum vtd_change first,
				   const struct vtd_entry *entry)
{
	u64 pgtt = FIELD_GET(VTD_PASID_PGTT, entry->word[0]);

	/* No entry of ours has another type. */
	if (pgtt < VTD_PGTT_FIRST || pgtt > VTD_PGTT_PASS)
		return VTD_ALL;
	return first + pgtt - VTD_PGTT_FIRST;
}

static int vtd_flush_of(struct vtd_requester *req, u32 pasid,
			enum vtd_change first, const struct vtd_entry *entry)
{
	const struct vtd_target target = {
		.unit		= req->unit,
		.req		= req,
		.did		= FIELD_GET(VTD_PASID_DID, entry->word[1]),
		.pasid		= pasid,
	};

	return vtd_flush(req->unit, vtd_rule_of(first, entry), &target);
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
	return vtd_flush_of(req, pasid, VTD_WAS_FIRST, old);
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
	return vtd_flush_of(req, pasid, VTD_NEW_FIRST, new);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_new_entry);

/**
 * struct vtd_range - a range that is flushed, and how far the flush is
 * @vdom: of this domain
 * @first: first address
 * @last: last address, inclusive
 * @leaves_only: no table page was taken out
 * @tag: the last tag that was looked at, NULL: none
 * @dev_tlbs: it has users with device TLBs
 * @end: there was no tag behind it
 */
struct vtd_range {
	struct vtd_domain *vdom;
	u64 first;
	u64 last;
	bool leaves_only;
	struct vtd_tag *tag;
	bool dev_tlbs;
	bool end;
};

/* VTD_FIRST_LEAVES or VTD_SECOND_LEAVES, or a row behind it. */
static enum vtd_change vtd_range_rule(const struct vtd_range *range,
				      const struct vtd_target *target,
				      enum vtd_change leaves)
{
	u64 cap = target->unit->cap;
	unsigned int am_max = min_t(unsigned int, FIELD_GET(VTD_CAP_MAMV, cap),
				    VTD_FLUSH_AM_MAX);

	if (!(cap & VTD_CAP_PSI) || target->am > am_max)
		return leaves + (VTD_FIRST_FAR - VTD_FIRST_LEAVES);
	return leaves + !range->leaves_only;
}

/* First stage: each PASID, or all of them. */
static void vtd_range_add_pasids_locked(const struct vtd_range *range,
					struct vtd_target *target,
					struct vtd_batch *batch)
{
	enum vtd_change change = vtd_range_rule(range, target,
						VTD_FIRST_LEAVES);
	bool many = READ_ONCE(range->tag->lost);
	unsigned int nr = 0;

	lockdep_assert_held(&range->vdom->tag_lock);

	for (; !many && vtd_tag_next_pasid_locked(range->vdom, range->tag,
						  &target->pasid);
	     target->pasid++) {
		if (nr && vtd_planted(VTD_PLANT_ONE_PASID))
			break;
		many = nr++ == VTD_FLUSH_PASIDS;
		if (!many)
			vtd_add(batch, change, target);
	}
	if (many) {
		batch->nr = 0;
		vtd_add(batch, VTD_FIRST_MANY, target);
	}
}

/* What the tag where the range is needs. */
static void vtd_range_add_locked(const struct vtd_range *range,
				 struct vtd_batch *batch)
{
	const struct vtd_tag *tag = range->tag;
	struct vtd_target target = {
		.unit	= tag->unit,
		.did	= tag->did,
		.first	= range->first,
		/* Of the smallest aligned block with both ends */
		.am	= fls64((range->first ^ range->last) >> VTD_PAGE_LG2),
	};

	lockdep_assert_held(&range->vdom->tag_lock);

	if (vtd_planted(VTD_PLANT_WRONG_DID))
		target.did++;
	if (vtd_planted(VTD_PLANT_ONE_PAGE))
		target.am = 0;
	if (range->vdom->pt.config.format == &vtd_pt_first)
		vtd_range_add_pasids_locked(range, &target, batch);
	else
		vtd_add(batch, vtd_range_rule(range, &target,
					      VTD_SECOND_LEAVES), &target);
}

/* Go to the next tag that is in use, or lost, and say what it needs. */
static bool vtd_range_next(struct vtd_range *range, struct vtd_batch *batch)
{
	struct vtd_domain *vdom = range->vdom;
	struct vtd_tag *tag = range->tag;
	unsigned long flags;

	batch->nr = 0;
	spin_lock_irqsave(&vdom->tag_lock, flags);
	tag = list_prepare_entry(tag, &vdom->tags, node);
	list_for_each_entry_continue(tag, &vdom->tags, node) {
		if (RB_EMPTY_ROOT(&tag->users) && !READ_ONCE(tag->lost))
			continue;
		/* Whoever waits for those inside is not to see new ones for ever. */
		if (!READ_ONCE(tag->unit->queue.on))
			continue;
		/* A unit that is gone has no caches; vtd_range_round() leaves. */
		if (!vtd_unit_enter(tag->unit))
			continue;
		range->tag = tag;
		vtd_range_add_locked(range, batch);
		range->dev_tlbs = tag->nr_dev_tlbs;
		if (!batch->nr)
			vtd_unit_leave(tag->unit);
		break;
	}
	range->end = !batch->nr || list_is_last(&tag->node, &vdom->tags);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
	return batch->nr;
}

/* All units first get their doorbell, then are waited for. */
static int vtd_range_round(struct vtd_range *range)
{
	struct vtd_tag *tags[VTD_FLUSH_ROUND];
	struct vtd_ticket tickets[VTD_FLUSH_ROUND];
	int results[VTD_FLUSH_ROUND];
	bool dev_tlbs[VTD_FLUSH_ROUND];
	struct vtd_batch batch;
	unsigned int i, nr;
	int ret = 0;

	for (nr = 0; nr < VTD_FLUSH_ROUND && !range->end; nr++) {
		if (!vtd_range_next(range, &batch))
			break;
		tags[nr] = range->tag;
		dev_tlbs[nr] = range->dev_tlbs;
		if (vtd_planted(VTD_PLANT_DEV_TLB_EARLY) && dev_tlbs[nr]) {
			vtd_flush_dev_tlbs(range->vdom, range->tag,
					   range->first, range->last);
			dev_tlbs[nr] = false;
		}
		results[nr] = vtd_queue_submit(range->tag->unit, batch.desc,
					       batch.nr, &tickets[nr]);
	}
	for (i = 0; i < nr; i++) {
		if (!results[i])
			results[i] = vtd_queue_wait(tags[i]->unit, &tickets[i]);
		if (unlikely(results[i])) {
			WRITE_ONCE(tags[i]->lost, true);
			ret = results[i];
		}
	}
	for (i = 0; i < nr; i++) {
		/* A unit that does not answer is not asked once more. */
		if (!dev_tlbs[i] || results[i] == -ETIMEDOUT)
			continue;
		ret = vtd_flush_dev_tlbs(range->vdom, tags[i], range->first,
					 range->last) ?: ret;
	}
	for (i = 0; i < nr; i++)
		vtd_unit_leave(tags[i]->unit);
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
	struct vtd_range range = {
		.vdom		= vdom,
		.first		= first,
		.last		= last,
		.leaves_only	= leaves_only,
	};
	int ret = 0;

	while (!range.end)
		ret = vtd_range_round(&range) ?: ret;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_flush_range);
