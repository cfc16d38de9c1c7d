// SPDX-License-Identifier: GPL-2.0-only
/*
 * What invalidation descriptors do to the caches of a unit.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "vtdm-walk.h"

/**
 * DOC: effects of invalidations
 *
 * Exactly what the specification promises (6.5.2), and nothing beyond. SS and
 * FS are the second and the first stage, N is nested, PT is pass-through; "ways"
 * are entries of the paging-structure cache.
 *
 * ==================== ============== ============== =======================
 * descriptor           context, PASID IOTLB          ways
 * ==================== ============== ============== =======================
 * context global       context        -              -
 * context domain       context: all   -              -
 * context device       of the device  -              -
 * PASID global         PASID          -              -
 * PASID domain         PASID of the   -              -
 *                      DID, directory
 * PASID selective      of DID, PASID  -              -
 * IOTLB global         -              all            all
 * IOTLB domain         -              of the DID     of the DID
 * IOTLB page           -              SS, PT in      SS in range, not with
 *                                     range; FS, N:  IH; FS, N: DID
 *                                     DID
 * PASID IOTLB, PASID   -              FS, N, PT of   FS, N of both
 *                                     both
 * PASID IOTLB, page    -              the same, in   the same, in range,
 *                                     range          not with IH
 * ==================== ============== ============== =======================
 *
 * Context entries have no domain id in scalable mode, so those of a domain are
 * all (6.2.2). "Not present" and a PASID directory entry are under no domain id:
 * each one fits (6.1, 6.5.3.3); a PASID does not fit the latter, which is for many. A
 * second-stage page may hold first-stage tables, which is why the page-
 * selective IOTLB invalidation takes all nested entries of the domain.
 *
 * An entry goes as a whole if any part of it is in range.
 */

static void vtdm_flush_entry(struct vtdm *unit, struct vtdm_store *store,
			     struct vtdm_entry *entry)
{
	vtdm_detect_freed(unit, store, entry);
	vtdm_store_drop(store, entry);
}

static void vtdm_flush_all(struct vtdm *unit, enum vtdm_cache which)
{
	struct vtdm_store *store = &unit->caches.store[which];

	while (store->newest)
		vtdm_flush_entry(unit, store, store->newest);
}

/**
 * vtdm_flush_context_global() - context-cache invalidate, global (6.5.2.1)
 * @unit: the unit
 */
void vtdm_flush_context_global(struct vtdm *unit)
{
	vtdm_flush_all(unit, VTDM_CACHE_CONTEXT);
}

/**
 * vtdm_flush_context_domain() - context-cache invalidate, domain (6.5.2.1)
 * @unit: the unit
 * @did: domain id, which no scalable-mode context entry has
 */
void vtdm_flush_context_domain(struct vtdm *unit, u16 did)
{
	vtdm_flush_all(unit, VTDM_CACHE_CONTEXT);
}

/**
 * vtdm_flush_context_device() - context-cache invalidate, device (6.5.2.1)
 * @unit: the unit
 * @did: domain id, ignored in scalable mode
 * @source_id: of the device
 * @function_mask: how many high bits of the function number do not count
 */
void vtdm_flush_context_device(struct vtdm *unit, u16 did, u16 source_id,
			       unsigned int function_mask)
{
	static const u16 ignored[] = { 0, 4, 6, 7 };
	struct vtdm_store *store = &unit->caches.store[VTDM_CACHE_CONTEXT];
	u16 mask = ~ignored[function_mask & 3];
	struct vtdm_entry *entry, *after;

	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after))
		if (!((entry->key.id ^ source_id) & mask))
			vtdm_flush_entry(unit, store, entry);
}

/**
 * vtdm_flush_pasid_global() - PASID-cache invalidate, global (6.5.2.2)
 * @unit: the unit
 */
void vtdm_flush_pasid_global(struct vtdm *unit)
{
	vtdm_flush_all(unit, VTDM_CACHE_PASID);
}

/**
 * vtdm_flush_pasid_domain() - PASID-cache invalidate, domain (6.5.2.2)
 * @unit: the unit
 * @did: domain id
 */
void vtdm_flush_pasid_domain(struct vtdm *unit, u16 did)
{
	struct vtdm_store *store = &unit->caches.store[VTDM_CACHE_PASID];
	struct vtdm_entry *entry, *after;

	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after))
		if (entry->did == did || entry->reason || vtdm_entry_is_directory(entry))
			vtdm_flush_entry(unit, store, entry);
}

/**
 * vtdm_flush_pasid_selective() - PASID-cache invalidate, one PASID (6.5.2.2)
 * @unit: the unit
 * @did: domain id
 * @pasid: PASID
 */
void vtdm_flush_pasid_selective(struct vtdm *unit, u16 did, u32 pasid)
{
	struct vtdm_store *store = &unit->caches.store[VTDM_CACHE_PASID];
	struct vtdm_entry *entry, *after;

	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after))
		if (!vtdm_entry_is_directory(entry) && entry->key.pasid == pasid &&
		    (entry->did == did || entry->reason))
			vtdm_flush_entry(unit, store, entry);
}

/**
 * vtdm_flush_iotlb_global() - IOTLB invalidate, global (6.5.2.3)
 * @unit: the unit
 */
void vtdm_flush_iotlb_global(struct vtdm *unit)
{
	vtdm_flush_all(unit, VTDM_CACHE_PAGING);
	vtdm_flush_all(unit, VTDM_CACHE_IOTLB);
}

static void vtdm_flush_domain(struct vtdm *unit, enum vtdm_cache which, u16 did)
{
	struct vtdm_store *store = &unit->caches.store[which];
	struct vtdm_entry *entry, *after;

	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after))
		if (entry->did == did)
			vtdm_flush_entry(unit, store, entry);
}

/**
 * vtdm_flush_iotlb_domain() - IOTLB invalidate, domain (6.5.2.3)
 * @unit: the unit
 * @did: domain id
 */
void vtdm_flush_iotlb_domain(struct vtdm *unit, u16 did)
{
	vtdm_flush_domain(unit, VTDM_CACHE_PAGING, did);
	vtdm_flush_domain(unit, VTDM_CACHE_IOTLB, did);
}

/* The range that an address and its mask name; low bits do not count. */
static u64 vtdm_flush_range(u64 addr, unsigned int am, u64 *last)
{
	u64 size = BIT_ULL(VTDM_PAGE_LG2 + min(am, 63U - VTDM_PAGE_LG2));

	addr &= ~(size - 1);
	*last = addr | (size - 1);
	return addr;
}

/**
 * vtdm_flush_iotlb_page() - IOTLB invalidate, page (6.5.2.3)
 * @unit: the unit
 * @did: domain id
 * @addr: in the range
 * @am: log2 of its pages of 4 KiB
 * @leaves_only: the hint IH: no entry that points to a table has changed
 */
void vtdm_flush_iotlb_page(struct vtdm *unit, u16 did, u64 addr,
			   unsigned int am, bool leaves_only)
{
	struct vtdm_entry *entry, *after;
	struct vtdm_store *store;
	unsigned int which;
	bool second, exact;
	u64 first, last;

	first = vtdm_flush_range(addr, am, &last);
	for (which = VTDM_CACHE_PAGING; which <= VTDM_CACHE_IOTLB; which++) {
		store = &unit->caches.store[which];
		for (entry = vtdm_store_first(store, &after); entry;
		     entry = vtdm_store_next(&after)) {
			second = entry->key.type == VTDM_PGTT_SECOND;
			exact = second || entry->key.type == VTDM_PGTT_PASS;
			if (entry->did != did)
				continue;
			if (second && leaves_only && which == VTDM_CACHE_PAGING)
				continue;
			if (!exact || vtdm_entry_overlaps(entry, first, last))
				vtdm_flush_entry(unit, store, entry);
		}
	}
}

static void vtdm_flush_pasid_range(struct vtdm *unit, enum vtdm_cache which, u16 did,
				   u32 pasid, u64 first, u64 last)
{
	struct vtdm_store *store = &unit->caches.store[which];
	struct vtdm_entry *entry, *after;

	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after))
		if (entry->key.type != VTDM_PGTT_SECOND && entry->did == did &&
		    entry->key.pasid == pasid && vtdm_entry_overlaps(entry, first, last))
			vtdm_flush_entry(unit, store, entry);
}

/**
 * vtdm_flush_pasid_iotlb_pasid() - PASID-based IOTLB invalidate, all (6.5.2.4)
 * @unit: the unit
 * @did: domain id
 * @pasid: PASID
 */
void vtdm_flush_pasid_iotlb_pasid(struct vtdm *unit, u16 did, u32 pasid)
{
	vtdm_flush_pasid_range(unit, VTDM_CACHE_PAGING, did, pasid, 0, ~0ULL);
	vtdm_flush_pasid_range(unit, VTDM_CACHE_IOTLB, did, pasid, 0, ~0ULL);
}

/**
 * vtdm_flush_pasid_iotlb_page() - PASID-based IOTLB invalidate, page (6.5.2.4)
 * @unit: the unit
 * @did: domain id
 * @pasid: PASID
 * @addr: in the range
 * @am: log2 of its pages of 4 KiB
 * @leaves_only: the hint IH: no entry that points to a table has changed
 */
void vtdm_flush_pasid_iotlb_page(struct vtdm *unit, u16 did, u32 pasid,
				 u64 addr, unsigned int am, bool leaves_only)
{
	u64 first, last;

	first = vtdm_flush_range(addr, am, &last);
	if (!leaves_only)
		vtdm_flush_pasid_range(unit, VTDM_CACHE_PAGING, did, pasid, first, last);
	vtdm_flush_pasid_range(unit, VTDM_CACHE_IOTLB, did, pasid, first, last);
}
