// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request, from the source id to the page.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "vtdm-walk.h"

/**
 * DOC: translation
 *
 * A request needs its context entry, its PASID table entry, and its page, each
 * from a cache or from memory (specification 3.4, 6.2). With all three cached
 * no memory is read. A page that passed through is in the IOTLB under source id
 * and PASID and needs no PASID table entry: one that has changed meanwhile is not
 * looked at.
 *
 * Where the specification leaves a choice, the stalest is taken, with one
 * exception. A cached translation that lacks a right, and a cached way to a
 * table that does, are not the last word: the walk is done again from the root,
 * because software need not invalidate anything after it has added rights
 * (6.5.3.3). Nor is a cached translation without D for a write: the leaf is
 * looked at again to set it. "Not present" behind a cached pointer to a table
 * is a fault at once.
 *
 * A large page is one entry. Nested, an entry is as large as the smaller page
 * of both stages.
 *
 * Unhappy paths: the first reason ends the walk. With CAP.CM, a leaf that is
 * not present is kept too, as one page of 4 KiB with that reason (6.1).
 */

static const u8 vtdm_page_lg2[] = { 12, 21, 30 };

/**
 * vtdm_in_interrupt_range() - is an address one of interrupt messages? (3.14)
 * @addr: the address
 *
 * Return: whether.
 */
bool vtdm_in_interrupt_range(u64 addr)
{
	return addr >= VTDM_INTERRUPT_FIRST && addr <= VTDM_INTERRUPT_LAST;
}

/**
 * vtdm_walk_refusal() - what a request may not do
 * @walk: the request
 * @rights: of the page
 *
 * Return: fault reason, 0: it may.
 */
u8 vtdm_walk_refusal(const struct vtdm_walk *walk, u8 rights)
{
	u8 write = walk->priv ? VTDM_MAY_PRIV_WRITE : VTDM_MAY_WRITE;

	if (!walk->priv && !(rights & VTDM_MAY_USER))
		return VTDM_REASON_PRIVILEGE;
	if (walk->request->exec && !(rights & VTDM_MAY_EXEC))
		return VTDM_REASON_NO_EXECUTE;
	if (walk->request->write)
		return rights & write ? 0 : VTDM_REASON_NO_WRITE;
	return rights & VTDM_MAY_READ ? 0 : VTDM_REASON_NO_READ;
}

/**
 * vtdm_walk_used() - a cached entry serves a walk
 * @walk: the walk; gets its doom
 * @store: the cache
 * @entry: in it
 */
void vtdm_walk_used(struct vtdm_walk *walk, struct vtdm_store *store,
		    struct vtdm_entry *entry)
{
	walk->not_present = entry->reason;
	if (entry->reason || !walk->doom.who)
		walk->doom = entry->doom;
	vtdm_detect_freed(walk->unit, store, entry);
}

/**
 * vtdm_walk_fill() - make a cache entry for what a walk has found
 * @walk: the walk
 * @which: one of the unit's caches
 * @key: of the entry
 *
 * Return: an entry to fill in, NULL: a fresh walk fills nothing.
 */
struct vtdm_entry *vtdm_walk_fill(struct vtdm_walk *walk, enum vtdm_cache which,
				  const struct vtdm_key *key)
{
	struct vtdm *unit = walk->unit;
	struct vtdm_entry *entry;
	bool shared = which == VTDM_CACHE_CONTEXT ||
		      (which == VTDM_CACHE_PASID && key->lg2);
	u32 pasid = 0;

	if (walk->mode == VTDM_WALK_FRESH)
		return NULL;
	if (!shared)
		pasid = vtdm_report_pasid(walk->request->pasid);
	entry = vtdm_store_add(unit, &unit->caches.store[which], key, walk->source_id, pasid);
	entry->did = walk->did;
	entry->doom = walk->doom;
	return entry;
}

/* The page of a walk, or one that passes through if @type says so */
static struct vtdm_key vtdm_iotlb_key(const struct vtdm_walk *walk, u8 type, u8 lg2)
{
	return (struct vtdm_key){
		.addr = walk->request->addr & ~(BIT_ULL(lg2) - 1),
		.pasid = type == VTDM_PGTT_SECOND ? 0 : walk->pasid,
		.id = type == VTDM_PGTT_PASS ? walk->source_id : walk->did,
		.type = type,
		.lg2 = lg2,
	};
}

static void vtdm_iotlb_fill(struct vtdm_walk *walk)
{
	struct vtdm_key key = vtdm_iotlb_key(walk, walk->type, walk->page.lg2);
	struct vtdm_entry *entry = vtdm_walk_fill(walk, VTDM_CACHE_IOTLB, &key);

	if (!entry)
		return;
	entry->word[0] = walk->page.phys & ~(BIT_ULL(key.lg2) - 1);
	entry->rights = walk->page.rights;
}

static void vtdm_iotlb_fill_not_present(struct vtdm_walk *walk)
{
	struct vtdm_key key = vtdm_iotlb_key(walk, walk->type, VTDM_PAGE_LG2);
	struct vtdm_entry *entry;

	if (!vtdm_cap(walk->unit, VTDM_CAP_CM) ||
	    (walk->reason != VTDM_REASON_FIRST_P && walk->reason != VTDM_REASON_SECOND_P))
		return;
	entry = vtdm_walk_fill(walk, VTDM_CACHE_IOTLB, &key);
	if (entry)
		entry->reason = walk->reason;
}

/* The cached translation that decides the request; NULL: walk the tables. */
static struct vtdm_entry *vtdm_iotlb_find(struct vtdm_walk *walk)
{
	struct vtdm_store *store = &walk->unit->caches.store[VTDM_CACHE_IOTLB];
	struct vtdm_entry *entry;
	struct vtdm_key key;
	unsigned int i;

	if (walk->mode == VTDM_WALK_FRESH)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(vtdm_page_lg2); i++) {
		key = vtdm_iotlb_key(walk, walk->type, vtdm_page_lg2[i]);
		entry = vtdm_store_find(walk->unit, store, &key);
		if (!entry)
			continue;
		if (!entry->reason && vtdm_walk_refusal(walk, entry->rights)) {
			walk->mode = VTDM_WALK_AGAIN;
			return NULL;
		}
		if (!entry->reason && walk->request->write && !(entry->rights & VTDM_DIRTY))
			return NULL;
		vtdm_walk_used(walk, store, entry);
		return entry;
	}
	return NULL;
}

static bool vtdm_walk_tables(struct vtdm_walk *walk)
{
	if (walk->mode != VTDM_WALK_FRESH)
		walk->unit->stats.walks++;
	if (walk->type == VTDM_PGTT_SECOND)
		return vtdm_second_walk(walk, walk->request->addr, walk->request->write,
					&walk->page);
	return vtdm_first_walk(walk);
}

static bool vtdm_is_refusal(u8 reason)
{
	switch (reason) {
	case VTDM_REASON_PRIVILEGE:
	case VTDM_REASON_NO_EXECUTE:
	case VTDM_REASON_NO_WRITE:
	case VTDM_REASON_NO_READ:
	case VTDM_REASON_NESTED_ROOT_READ:
	case VTDM_REASON_NESTED_TABLE_READ:
	case VTDM_REASON_NESTED_TABLE_WRITE:
		return true;
	default:
		return false;
	}
}

static bool vtdm_walk_page(struct vtdm_walk *walk)
{
	struct vtdm_entry *entry = vtdm_iotlb_find(walk);
	struct vtdm_doom doom = walk->doom;
	bool found;

	if (entry) {
		walk->number = entry->number;
		walk->page.phys = entry->word[0] |
				  (walk->request->addr & (BIT_ULL(entry->key.lg2) - 1));
		walk->page.lg2 = entry->key.lg2;
		walk->page.rights = entry->rights;
		return !entry->reason || vtdm_walk_failed(walk, entry->reason);
	}
	found = vtdm_walk_tables(walk);
	if (!found && walk->used_cached && vtdm_is_refusal(walk->reason)) {
		walk->mode = VTDM_WALK_AGAIN;
		walk->reason = 0;
		walk->doom = doom;
		found = vtdm_walk_tables(walk);
	}
	if (!found) {
		vtdm_iotlb_fill_not_present(walk);
		return false;
	}
	if (vtdm_in_interrupt_range(walk->page.phys))
		return vtdm_walk_failed(walk, VTDM_REASON_INTERRUPT_RANGE);
	vtdm_iotlb_fill(walk);
	return true;
}

static void vtdm_pass_page(struct vtdm_walk *walk)
{
	walk->page.phys = walk->request->addr;
	walk->page.lg2 = VTDM_PAGE_LG2;
	walk->page.rights = VTDM_ALL_RIGHTS | VTDM_DIRTY;
}

/* Of these two modes the PASID table entry is asked, not the page. */
static u8 vtdm_pass_modes(bool exec, bool priv)
{
	return (exec ? VTDM_MAY_EXEC : 0) | (priv ? VTDM_MAY_PRIV_WRITE : 0);
}

static void vtdm_pass_fill(struct vtdm_walk *walk)
{
	struct vtdm_key key = vtdm_iotlb_key(walk, VTDM_PGTT_PASS, VTDM_PAGE_LG2);
	struct vtdm_entry *entry = vtdm_walk_fill(walk, VTDM_CACHE_IOTLB, &key);

	if (!entry)
		return;
	entry->word[0] = key.addr;
	entry->rights = VTDM_MAY_READ | VTDM_MAY_WRITE | VTDM_MAY_USER | VTDM_DIRTY |
			vtdm_pass_modes(walk->entry[2] & VTDM_PASID_ERE,
					walk->entry[2] & VTDM_PASID_SRE);
}

/* A page that is known to pass through; false: ask the PASID table entry. */
static bool vtdm_pass_find(struct vtdm_walk *walk)
{
	struct vtdm_store *store = &walk->unit->caches.store[VTDM_CACHE_IOTLB];
	struct vtdm_key key = vtdm_iotlb_key(walk, VTDM_PGTT_PASS, VTDM_PAGE_LG2);
	struct vtdm_entry *entry = NULL;

	if (walk->mode != VTDM_WALK_FRESH)
		entry = vtdm_store_find(walk->unit, store, &key);
	if (!entry || vtdm_pass_modes(walk->request->exec, walk->priv) & ~entry->rights)
		return false;
	vtdm_walk_used(walk, store, entry);
	walk->did = entry->did;
	walk->type = VTDM_PGTT_PASS;
	vtdm_pass_page(walk);
	return true;
}

static bool vtdm_walk_pass(struct vtdm_walk *walk)
{
	u64 addr = walk->request->addr;

	if (addr >> VTDM_HOST_BITS)
		return vtdm_walk_failed(walk, VTDM_REASON_BEYOND_HOST);
	if (vtdm_in_interrupt_range(addr))
		return vtdm_walk_failed(walk, VTDM_REASON_INTERRUPT_RANGE);
	vtdm_pass_page(walk);
	vtdm_pass_fill(walk);
	return true;
}

/**
 * vtdm_walk() - translate a request
 * @walk: unit, request, source id, address type and mode are set, the rest is
 *	zero; gets the page or the reason
 *
 * Return: false: a fault.
 */
bool vtdm_walk(struct vtdm_walk *walk)
{
	if (!vtdm_walk_context(walk))
		return false;
	if (vtdm_pass_find(walk))
		return true;
	if (!vtdm_walk_pasid(walk))
		return false;
	if (walk->type == VTDM_PGTT_PASS)
		return vtdm_walk_pass(walk);
	return vtdm_walk_page(walk);
}
