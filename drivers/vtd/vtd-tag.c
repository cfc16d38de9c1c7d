// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the translations of a domain can be cached.
 */
#include <kunit/visibility.h>
#include <linux/slab.h>

#include "vtd.h"

/**
 * DOC: cache tags
 *
 * dma_unmap names an address space and an address, not a device and not a
 * PASID. The domain's list of cache tags says what must be flushed for it: one
 * tag for each unit whose caches the domain may be in, with its domain id there.
 * A tag knows its users, attachments of devices at PASIDs, sorted by PASID,
 * because what one flush reaches differs:
 *
 * - second stage: the unit's caches are keyed by domain id. One descriptor
 *   flushes all devices and PASIDs; it only matters whether there is a user.
 * - first stage: they are keyed by domain id and PASID. Each PASID in use needs
 *   a descriptor, however many devices use it (vtd-flush.c).
 *
 * Lifecycle: prepare (memory and a domain id, may fail) -> use (one more
 * attachment; before the entry can be seen by the unit) -> unuse (after the
 * entry was cleared and flushed). The record of a use is part of the
 * attachment, so going back to a domain needs no memory, and a million PASIDs
 * that come and go leave nothing behind. A tag without users caches nothing,
 * but keeps its id until the domain is freed, for the same reason.
 *
 * Unhappy path: a flush that the unit did not confirm marks the tag lost: the
 * unit may use the tables for ever. So its domain id is never given out again,
 * unmaps flush it whether or not anybody is attached, and when the domain goes
 * its tables are emptied, but never freed.
 *
 * Locking: the tag lock for list and users; irq-safe, unmap takes it. Why
 * unmap cannot miss a user::
 *
 *   attach                            unmap
 *
 *   lock; add the user; unlock        clear the page-table entries
 *   write the PASID table entry       lock; read the users; unlock
 *
 * If unmap does not see the user, its lock came first, so the cleared entries
 * are visible before the PASID table entry is: the unit never walks the old
 * ones. If it sees one whose entry is not written yet, or has just been
 * cleared, it flushes once too often.
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
	tag->unit = vtd_unit_get(unit);
	tag->did = did;
	tag->users = RB_ROOT;
	atomic_inc(&unit->nr_tags);
	return tag;
}

static void vtd_tag_free(struct vtd_tag *tag)
{
	if (!tag->lost)
		ida_free(&tag->unit->dids, tag->did);
	atomic_dec(&tag->unit->nr_tags);
	vtd_unit_put(tag->unit);
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
EXPORT_SYMBOL_IF_KUNIT(vtd_tag_prepare);

static struct vtd_tag_user *to_vtd_tag_user(const struct rb_node *node)
{
	return rb_entry(node, struct vtd_tag_user, node);
}

static u64 vtd_tag_user_key(const struct vtd_tag_user *user)
{
	u16 source_id = user->vdev ? user->vdev->sources[0].req->source_id : 0;

	return (u64)user->pasid << 16 | source_id;
}

static bool vtd_tag_user_less(struct rb_node *a, const struct rb_node *b)
{
	return vtd_tag_user_key(to_vtd_tag_user(a)) <
	       vtd_tag_user_key(to_vtd_tag_user(b));
}

static bool vtd_tag_user_has_tlb(const struct vtd_tag_user *user)
{
	return user->vdev && user->vdev->ats;
}

/**
 * vtd_tag_use() - one more attachment feeds the caches
 * @vdom: the domain
 * @tag: its tag
 * @user: with its vdev, the tag's until vtd_tag_unuse() or vtd_tag_hand_over()
 * @pasid: where it is attached, 0: RID
 *
 * Context: any; before the PASID table entry is written.
 */
void vtd_tag_use(struct vtd_domain *vdom, struct vtd_tag *tag,
		 struct vtd_tag_user *user, u32 pasid)
{
	unsigned long flags;

	user->pasid = pasid;
	spin_lock_irqsave(&vdom->tag_lock, flags);
	rb_add(&user->node, &tag->users, vtd_tag_user_less);
	tag->nr_dev_tlbs += vtd_tag_user_has_tlb(user);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_tag_use);

/**
 * vtd_tag_unuse() - one attachment less
 * @vdom: the domain
 * @tag: its tag
 * @user: as given to vtd_tag_use()
 *
 * Context: any; after the PASID table entry was cleared and flushed.
 */
void vtd_tag_unuse(struct vtd_domain *vdom, struct vtd_tag *tag,
		   struct vtd_tag_user *user)
{
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	rb_erase(&user->node, &tag->users);
	tag->nr_dev_tlbs -= vtd_tag_user_has_tlb(user);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_tag_unuse);

/**
 * vtd_tag_hand_over() - the record of a use moves to another place
 * @vdom: the domain
 * @from: as given to vtd_tag_use(); free afterwards
 * @tag: the tag
 * @to: takes its place
 *
 * Context: any.
 */
void vtd_tag_hand_over(struct vtd_domain *vdom, struct vtd_tag_user *from,
		       struct vtd_tag *tag, struct vtd_tag_user *to)
{
	unsigned long flags;

	to->vdev = from->vdev;
	to->pasid = from->pasid;
	spin_lock_irqsave(&vdom->tag_lock, flags);
	rb_replace_node(&from->node, &to->node, &tag->users);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}

/**
 * vtd_tag_next_pasid_locked() - go through the PASIDs of a tag
 * @vdom: the domain; its tag lock is held
 * @tag: its tag
 * @pasid: where to start; becomes the first PASID from there on that is in use
 *
 * Each call costs the logarithm of the number of users, many of which may have
 * the same PASID.
 *
 * Return: false when there is none.
 */
bool vtd_tag_next_pasid_locked(struct vtd_domain *vdom,
			       const struct vtd_tag *tag, u32 *pasid)
{
	const struct vtd_tag_user *found = NULL;
	struct rb_node *node;

	lockdep_assert_held(&vdom->tag_lock);

	node = tag->users.rb_node;
	while (node) {
		const struct vtd_tag_user *user = to_vtd_tag_user(node);

		if (user->pasid < *pasid) {
			node = node->rb_right;
		} else {
			found = user;
			node = node->rb_left;
		}
	}
	if (found)
		*pasid = found->pasid;
	return found;
}

/* The first user from @key on, NULL when there is none */
static struct rb_node *vtd_tag_user_from(const struct vtd_tag *tag, u64 key)
{
	struct rb_node *node = tag->users.rb_node;
	struct rb_node *found = NULL;

	while (node) {
		if (vtd_tag_user_key(to_vtd_tag_user(node)) < key) {
			node = node->rb_right;
		} else {
			found = node;
			node = node->rb_left;
		}
	}
	return found;
}

/**
 * vtd_tag_walk() - go through some users of a tag
 * @vdom: the domain
 * @tag: its tag
 * @cursor: where to start; moves behind the last one
 * @fn: gets them one by one, with the tag lock held; false: enough for now
 * @data: for @fn
 *
 * Up to VTD_TAG_STRIDE of them: interrupts are off meanwhile. Who comes or goes
 * between two calls may be missed. A source id has one use of a domain at a
 * PASID, so no two have one key.
 *
 * Context: any.
 * Return: whether there are more.
 */
bool vtd_tag_walk(struct vtd_domain *vdom, const struct vtd_tag *tag,
		  struct vtd_tag_cursor *cursor, vtd_tag_user_fn fn, void *data)
{
	unsigned int left = VTD_TAG_STRIDE;
	struct rb_node *node;
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	node = vtd_tag_user_from(tag, cursor->key);
	while (node && left) {
		const struct vtd_tag_user *user = to_vtd_tag_user(node);

		cursor->key = vtd_tag_user_key(user) + 1;
		left = fn(user, data) ? left - 1 : 0;
		node = rb_next(node);
	}
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
	return node;
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
		if (WARN_ON_ONCE(!RB_EMPTY_ROOT(&tag->users)))
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
