// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the translations of a domain can be cached.
 */
#include <linux/slab.h>

#include "vtd.h"

/**
 * DOC: cache tags
 *
 * dma_unmap names an address space and an address, not a device and not a
 * PASID. The domain's list of cache tags says what must be flushed for it. A
 * tag stands for one effect of the hardware, not for one user: all devices and
 * PASIDs of a unit that use a second-stage table under one domain id are
 * flushed by one descriptor, so they are one tag with a count. Ten PASIDs cost
 * what one costs.
 *
 * Lifecycle: prepare (memory and a domain id, may fail) -> use (counts one
 * more attachment; before the entry can be seen by the unit) -> unuse (after
 * the entry was cleared and flushed). A tag with a count of zero caches
 * nothing, but keeps its id until the domain is freed, so that going back to
 * a domain cannot fail.
 *
 * Unhappy path: a flush that the unit did not confirm marks the tag lost: the
 * unit may use the tables for ever. So its domain id is never given out again,
 * unmaps flush it whether or not anybody is attached, and when the domain goes
 * its tables are emptied, but never freed.
 *
 * Locking: the tag lock for list and counts; irq-safe, unmap takes it. Why
 * unmap cannot miss a tag::
 *
 *   attach                            unmap
 *
 *   lock; count++; unlock             clear the page-table entries
 *   write the PASID table entry       lock; read the counts; unlock
 *
 * If unmap sees no count, its lock came first, so the cleared entries are
 * visible before the PASID table entry is: the unit never walks the old ones.
 */

static struct vtd_tag *vtd_tag_find_locked(struct vtd_domain *vdom,
					   const struct vtd_unit *unit)
{
	struct vtd_tag *tag;

	lockdep_assert_held(&vdom->tag_lock);

	list_for_each_entry(tag, &vdom->tags, node)
		if (tag->unit == unit)
			return tag;
	return NULL;
}

static struct vtd_tag *vtd_tag_find(struct vtd_domain *vdom,
				    const struct vtd_unit *unit)
{
	struct vtd_tag *tag;
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	tag = vtd_tag_find_locked(vdom, unit);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
	return tag;
}

static struct vtd_tag *vtd_tag_alloc(struct vtd_unit *unit)
{
	struct vtd_tag *tag;
	int did;

	tag = kzalloc(sizeof(*tag), GFP_KERNEL);
	if (!tag)
		return ERR_PTR(-ENOMEM);
	did = ida_alloc_range(&unit->dids, VTD_DID_FIRST, unit->did_last,
			      GFP_KERNEL);
	if (did < 0) {
		kfree(tag);
		return ERR_PTR(did);
	}
	tag->unit = unit;
	tag->did = did;
	atomic_inc(&unit->nr_tags);
	return tag;
}

static void vtd_tag_free(struct vtd_tag *tag)
{
	if (!tag->lost)
		ida_free(&tag->unit->dids, tag->did);
	atomic_dec(&tag->unit->nr_tags);
	kfree(tag);
}

/**
 * vtd_tag_prepare() - the tag of a domain on a unit, made at the first call
 * @vdom: the domain
 * @unit: the unit
 *
 * Context: may sleep.
 * Return: the tag; ERR_PTR(-ENOMEM); ERR_PTR(-ENOSPC): no domain id is left.
 */
struct vtd_tag *vtd_tag_prepare(struct vtd_domain *vdom,
				struct vtd_unit *unit)
{
	struct vtd_tag *tag = vtd_tag_find(vdom, unit);
	struct vtd_tag *other;
	unsigned long flags;

	if (tag)
		return tag;
	tag = vtd_tag_alloc(unit);
	if (IS_ERR(tag))
		return tag;

	/* Another group may have been quicker */
	spin_lock_irqsave(&vdom->tag_lock, flags);
	other = vtd_tag_find_locked(vdom, unit);
	if (!other)
		list_add_tail(&tag->node, &vdom->tags);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);

	if (other) {
		vtd_tag_free(tag);
		return other;
	}
	return tag;
}

/**
 * vtd_tag_use() - one more attachment feeds the cache
 * @vdom: the domain
 * @tag: its tag
 *
 * Context: any; before the PASID table entry is written.
 */
void vtd_tag_use(struct vtd_domain *vdom, struct vtd_tag *tag)
{
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	tag->nr_users++;
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}

/**
 * vtd_tag_unuse() - one attachment less
 * @vdom: the domain
 * @tag: its tag
 *
 * Context: any; after the PASID table entry was cleared and flushed.
 */
void vtd_tag_unuse(struct vtd_domain *vdom, struct vtd_tag *tag)
{
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	tag->nr_users--;
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}

/**
 * vtd_tags_lost() - may a unit still walk the tables of a domain that goes?
 * @vdom: the domain, attached nowhere
 *
 * Context: may sleep; nobody else uses the domain.
 * Return: whether one may.
 */
bool vtd_tags_lost(struct vtd_domain *vdom)
{
	struct vtd_tag *tag;
	bool lost = false;

	list_for_each_entry(tag, &vdom->tags, node) {
		/* Our bug; the unit may use the table: treat it as lost */
		if (WARN_ON_ONCE(tag->nr_users))
			tag->lost = true;
		lost |= tag->lost;
	}
	return lost;
}

/**
 * vtd_tags_free() - the domain goes
 * @vdom: the domain, attached nowhere
 *
 * Context: may sleep.
 */
void vtd_tags_free(struct vtd_domain *vdom)
{
	struct vtd_tag *tag, *next;

	list_for_each_entry_safe(tag, next, &vdom->tags, node) {
		list_del(&tag->node);
		vtd_tag_free(tag);
	}
}
