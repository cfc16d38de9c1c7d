// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source ids: the root table, context tables, requesters.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vtd.h"

/**
 * DOC: requesters
 *
 * A requester is one source id behind a unit, and its context entry is in one
 * of three states: BLOCKED (not present), PASS (the unit's one pass-through
 * directory, for whom nobody manages), OWN (a directory of its own, while a
 * managed device uses it).
 *
 * Lifecycle: at start every PCI function in the unit's scope, bridges
 * included, gets a requester in state PASS, so that nothing breaks when
 * translation goes on. probe_device moves those of its device to OWN,
 * release_device back to PASS, or to BLOCKED when the device goes. Those that
 * the core does not take follow the policy (vtd-scope.c). Requesters are freed
 * when the unit goes.
 *
 * Context entries have 256 bits, but a change of a present one touches one
 * word only: word 0 holds the directory, word 1 the RID_PASID. So the unit sees
 * the old or the new entry, and the caller flushes what it cached of the old.
 *
 * Locking: table lock for root, context entries and the lists of users.
 * Memory is allocated before the lock is taken.
 */

static unsigned int vtd_root_index(u16 source_id)
{
	return FIELD_GET(VTD_SOURCE_BUS, source_id) * VTD_ROOT_WORDS +
	       !!(source_id & VTD_SOURCE_UPPER);
}

/**
 * vtd_context_words() - the context entry of a source id
 * @unit: the unit
 * @source_id: the source id
 *
 * Context: any.
 * Return: its four words, NULL when there is no context table for it.
 */
u64 *vtd_context_words(struct vtd_unit *unit, u16 source_id)
{
	u64 root = READ_ONCE(unit->root[vtd_root_index(source_id)]);
	u64 *table;

	if (!(root & VTD_ROOT_P))
		return NULL;
	table = phys_to_virt(root & VTD_ROOT_TABLE);
	return table + FIELD_GET(VTD_SOURCE_INDEX, source_id) *
	       VTD_CONTEXT_WORDS;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_context_words);

/* Make sure that there is a context table for a source id. */
static int vtd_context_prepare(struct vtd_unit *unit, u16 source_id)
{
	u64 *slot = &unit->root[vtd_root_index(source_id)];
	unsigned long flags;
	struct page *page;

	if (vtd_context_words(unit, source_id))
		return 0;
	page = alloc_pages_node(dev_to_node(unit->iounit.dev),
				GFP_KERNEL | __GFP_ZERO, 0);
	if (!page)
		return -ENOMEM;
	vtd_table_sync(unit, page_address(page), PAGE_SIZE);

	spin_lock_irqsave(&unit->table_lock, flags);
	if (!(*slot & VTD_ROOT_P)) {
		WRITE_ONCE(*slot, page_to_phys(page) | VTD_ROOT_P);
		vtd_table_sync(unit, slot, sizeof(*slot));
		page = NULL;
	}
	spin_unlock_irqrestore(&unit->table_lock, flags);

	if (page)
		__free_page(page);
	return 0;
}

/**
 * vtd_requester_find() - look a source id up
 * @unit: the unit
 * @source_id: the source id
 *
 * Context: any.
 * Return: the requester, NULL when the unit never saw it.
 */
struct vtd_requester *vtd_requester_find(struct vtd_unit *unit, u16 source_id)
{
	return xa_load(&unit->requesters, source_id);
}

/**
 * vtd_requester_get() - the requester of a source id, made if need be
 * @unit: the unit
 * @source_id: the source id
 *
 * Context: may sleep.
 * Return: the requester, in state BLOCKED when it is new; ERR_PTR(-ENOMEM).
 */
struct vtd_requester *vtd_requester_get(struct vtd_unit *unit, u16 source_id)
{
	struct vtd_requester *req = vtd_requester_find(unit, source_id);
	struct vtd_requester *other;
	int ret;

	if (req)
		return req;
	ret = vtd_context_prepare(unit, source_id);
	if (ret)
		return ERR_PTR(ret);
	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return ERR_PTR(-ENOMEM);
	req->unit = unit;
	req->source_id = source_id;
	INIT_LIST_HEAD(&req->users);
	other = xa_cmpxchg(&unit->requesters, source_id, NULL, req, GFP_KERNEL);
	if (other) {
		kfree(req);
		return xa_is_err(other) ? ERR_PTR(xa_err(other)) : other;
	}
	atomic_inc(&unit->nr_requesters);
	return req;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_requester_get);

/**
 * vtd_context_state() - what the context entry of a requester does now
 * @req: the requester
 *
 * Context: any.
 * Return: the state.
 */
enum vtd_context_state vtd_context_state(struct vtd_requester *req)
{
	u64 *words = vtd_context_words(req->unit, req->source_id);
	u64 word = READ_ONCE(words[0]);

	if (!(word & VTD_CONTEXT_P))
		return VTD_CONTEXT_BLOCKED;
	if ((word & VTD_CONTEXT_DIR) ==
	    virt_to_phys(req->unit->pass_dir->words))
		return VTD_CONTEXT_PASS;
	return VTD_CONTEXT_OWN;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_context_state);

/**
 * vtd_context_tags() - do requests with a PASID pass?
 * @req: the requester
 *
 * Context: any.
 * Return: whether the context entry lets them.
 */
bool vtd_context_tags(struct vtd_requester *req)
{
	u64 *words = vtd_context_words(req->unit, req->source_id);

	return READ_ONCE(words[0]) & VTD_CONTEXT_PASIDE;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_context_tags);

/* Word 0 of a context entry that points to @dir; 0 for no directory. */
static u64 vtd_context_word0(const struct vtd_pasid_dir *dir, u64 abilities)
{
	if (!dir)
		return 0;
	return VTD_CONTEXT_P | abilities |
	       FIELD_PREP(VTD_CONTEXT_PDTS, dir->nr_lg2 - VTD_PDTS_BASE_LG2) |
	       virt_to_phys(dir->words);
}

static struct vtd_pasid_dir *vtd_context_dir(struct vtd_requester *req,
					     enum vtd_context_state state)
{
	switch (state) {
	case VTD_CONTEXT_PASS:
		return req->unit->pass_dir;
	case VTD_CONTEXT_OWN:
		return req->dir;
	default:
		return NULL;
	}
}

/* A context entry was changed: what the unit cached of it, and what it owes. */
static int vtd_context_flush(struct vtd_requester *req, bool was_present)
{
	bool owed = READ_ONCE(req->unflushed);
	int ret = 0;

	/* First: what fails from here on is owed again. */
	if (owed)
		WRITE_ONCE(req->unflushed, false);
	/* What an earlier flush did not reach may be anything by now. */
	if (owed || (!was_present && req->unit->cap & VTD_CAP_CM))
		ret = vtd_flush_everything(req->unit);
	else if (was_present)
		ret = vtd_flush_context(req);
	if (ret)
		WRITE_ONCE(req->unflushed, true);
	return ret;
}

/*
 * Point the context entry of a requester at @state, if it is not present or
 * @always. What the unit cached of the old one is flushed.
 */
static int vtd_context_write(struct vtd_requester *req,
			     enum vtd_context_state state, u64 abilities,
			     bool always)
{
	u64 *words = vtd_context_words(req->unit, req->source_id);
	u64 word0 = vtd_context_word0(vtd_context_dir(req, state), abilities);
	unsigned long flags;
	bool was_present;
	int ret;

	spin_lock_irqsave(&req->unit->table_lock, flags);
	was_present = words[0] & VTD_CONTEXT_P;
	if (was_present && !always) {
		spin_unlock_irqrestore(&req->unit->table_lock, flags);
		return 0;
	}
	WRITE_ONCE(words[1], 0);
	WRITE_ONCE(req->rid_pasid, 0);
	vtd_table_sync(req->unit, words, VTD_CONTEXT_WORDS * sizeof(u64));
	WRITE_ONCE(words[0], word0);
	vtd_table_sync(req->unit, words, VTD_CONTEXT_WORDS * sizeof(u64));
	spin_unlock_irqrestore(&req->unit->table_lock, flags);

	ret = vtd_context_flush(req, was_present);
	if (!ret && was_present)
		vtd_promise_source(req, 0, "context entry");
	return ret;
}

/**
 * vtd_context_set() - move a requester to another state
 * @req: the requester
 * @state: the state; OWN needs req->dir
 * @abilities: what the source id may send (OWN): VTD_CONTEXT_PASIDE requests
 *	with a PASID, DTE translation requests, PRE page requests
 *
 * Steering ends: RID DMA uses PASID 0. What the unit cached of the old state
 * is flushed; the old and the new directory have pass-through or nothing at
 * PASID 0 and nothing else. A device TLB is off before and after.
 *
 * Context: polls; may be called before translation is on. The caller is the
 * only one who changes the requester, vtd_context_pass() apart.
 * Return: 0, -EIO, -ETIMEDOUT: the entry has changed all the same, and the next
 * change flushes for both.
 */
int vtd_context_set(struct vtd_requester *req, enum vtd_context_state state,
		    u64 abilities)
{
	return vtd_context_write(req, state, abilities, true);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_context_set);

/**
 * vtd_context_pass() - pass-through for a source id that has nothing yet
 * @source_id: the source id
 * @data: the unit; an iopasid_alias_fn
 *
 * Whoever gives it something at the same time has the last word.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -EIO, -ETIMEDOUT.
 */
int vtd_context_pass(u16 source_id, void *data)
{
	struct vtd_unit *unit = data;
	struct vtd_requester *req = vtd_requester_get(unit, source_id);

	if (IS_ERR(req))
		return PTR_ERR(req);
	return vtd_context_write(req, VTD_CONTEXT_PASS, 0, false);
}

/**
 * vtd_context_steer() - let RID DMA use another PASID's table
 * @req: a requester in state OWN
 * @pasid: the PASID
 *
 * Sends what the change of the field needs, and nothing for the entries.
 *
 * Context: polls.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_context_steer(struct vtd_requester *req, u32 pasid)
{
	u64 *words = vtd_context_words(req->unit, req->source_id);
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&req->unit->table_lock, flags);
	WRITE_ONCE(words[1], FIELD_PREP(VTD_CONTEXT_RID_PASID, pasid));
	WRITE_ONCE(req->rid_pasid, pasid);
	vtd_table_sync(req->unit, words, VTD_CONTEXT_WORDS * sizeof(u64));
	spin_unlock_irqrestore(&req->unit->table_lock, flags);

	ret = vtd_flush_steering(req);
	if (!ret)
		vtd_promise_source(req, 0, "steering");
	return ret;
}

/**
 * vtd_context_drop_tlb() - let no translated request of a source id pass
 * @req: a requester in state OWN
 *
 * For a device that does not drop what its TLB has. Once confirmed, its TLB is
 * not flushed any more.
 *
 * Context: any, irqs may be off; polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_context_drop_tlb(struct vtd_requester *req)
{
	u64 *words = vtd_context_words(req->unit, req->source_id);
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&req->unit->table_lock, flags);
	WRITE_ONCE(words[0], words[0] & ~(VTD_CONTEXT_DTE | VTD_CONTEXT_PRE));
	vtd_table_sync(req->unit, words, VTD_CONTEXT_WORDS * sizeof(u64));
	spin_unlock_irqrestore(&req->unit->table_lock, flags);

	/* All of it: translated requests under way are over, too. */
	ret = vtd_flush_everything(req->unit);
	if (!ret)
		WRITE_ONCE(req->ats, false);
	return ret;
}

/**
 * vtd_context_destroy() - free all requesters, context tables and the root
 * @unit: the unit, which does not translate any more
 *
 * Context: may sleep.
 */
void vtd_context_destroy(struct vtd_unit *unit)
{
	struct vtd_requester *req;
	unsigned long index;
	unsigned int i;

	xa_for_each(&unit->requesters, index, req) {
		/* The core released all devices: our bug, leak their tables */
		WARN_ON_ONCE(req->dir);
		kfree(req);
	}
	xa_destroy(&unit->requesters);
	if (!unit->root)
		return;
	for (i = 0; i < VTD_NR_BUSES * VTD_ROOT_WORDS; i++) {
		u64 root = unit->root[i];

		if (root & VTD_ROOT_P)
			free_page((unsigned long)
				  phys_to_virt(root & VTD_ROOT_TABLE));
	}
	free_page((unsigned long)unit->root);
	unit->root = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_context_destroy);
