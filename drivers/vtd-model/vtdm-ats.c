// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device TLBs: translation requests, translated requests, invalidations.
 */
#include <linux/kernel.h>

#include "vtdm-ats.h"

/**
 * DOC: address translation services
 *
 * With ATS on, a device asks for a translation (AT=1), keeps it, and sends what
 * it wants to the host address (AT=2; specification 4.1). The unit translates
 * as for any request, from its own caches: a device TLB that is invalidated
 * before the IOTLB can get the stale translation again. A translated request
 * meets only the context entry and its DTE (4.2.3); nothing of the PASID or
 * the page is looked at.
 *
 * What a page does not allow is an answer without that right, not a fault: the
 * device then sends a page request. Other faults are recorded (7.2.3). Write
 * permission is given only with D set, so a device that asked for reading asks
 * again before it writes.
 *
 * Entries are under a PASID, or none. An invalidation without PASID takes the
 * latter only, a global one those of all PASIDs (PCI Express 10.3.8). A device
 * with ATS off does not answer.
 */

static const u8 vtdm_device_lg2[] = { 12, 21, 30 };

static struct vtdm_key vtdm_device_key(const struct vtdm_request *request, u8 lg2)
{
	return (struct vtdm_key){
		.addr = request->addr & ~(BIT_ULL(lg2) - 1),
		.pasid = request->pasid,
		.lg2 = lg2,
	};
}

static bool vtdm_device_allows(const struct vtdm_walk *walk, const struct vtdm_entry *entry)
{
	struct vtdm_walk asked = *walk;

	asked.priv = walk->request->priv;
	return !vtdm_walk_refusal(&asked, entry->rights);
}

static struct vtdm_entry *vtdm_device_find(struct vtdm_endpoint *ep,
					   const struct vtdm_walk *walk)
{
	struct vtdm_entry *entry;
	struct vtdm_key key;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vtdm_device_lg2); i++) {
		key = vtdm_device_key(walk->request, vtdm_device_lg2[i]);
		entry = vtdm_store_find(ep->unit, &ep->tlb.store, &key);
		if (entry && vtdm_device_allows(walk, entry))
			return entry;
	}
	return NULL;
}

static struct vtdm_entry *vtdm_device_fill(struct vtdm_endpoint *ep,
					   const struct vtdm_walk *walk)
{
	struct vtdm_key key = vtdm_device_key(walk->request, walk->page.lg2);
	u32 pasid = vtdm_report_pasid(walk->request->pasid);
	struct vtdm_entry *entry = vtdm_store_add(ep->unit, &ep->tlb.store, &key,
						  walk->source_id, pasid);

	entry->did = walk->did;
	entry->doom = walk->doom;
	if (walk->number)
		entry->number = walk->number;
	entry->word[0] = walk->page.phys & ~(BIT_ULL(key.lg2) - 1);
	entry->rights = walk->page.rights;
	/* The context entry's RID_PRIV is not the device's to know */
	if (walk->priv && !walk->request->priv)
		entry->rights |= VTDM_MAY_USER;
	if (!(walk->page.rights & VTDM_DIRTY))
		entry->rights &= ~(VTDM_MAY_WRITE | VTDM_MAY_PRIV_WRITE);
	return entry;
}

/* 7.2.3: what a translation request gets as an answer, not as a fault */
static bool vtdm_is_answer(u8 reason)
{
	switch (reason) {
	case VTDM_REASON_FIRST_P:
	case VTDM_REASON_SECOND_P:
	case VTDM_REASON_PRIVILEGE:
	case VTDM_REASON_NO_EXECUTE:
	case VTDM_REASON_NO_WRITE:
	case VTDM_REASON_NO_READ:
		return true;
	default:
		return false;
	}
}

/* AT=2: what the unit still looks at */
static struct vtdm_result vtdm_translated_request(struct vtdm_walk *walk, u64 phys)
{
	walk->address_type = 2;
	walk->reason = 0;
	if (!vtdm_walk_context(walk))
		return vtdm_walk_blocked(walk);
	return (struct vtdm_result){ .outcome = VTDM_DONE, .phys = phys };
}

/**
 * vtdm_ats_translate() - a request of a device with ATS on
 * @ep: the device
 * @request: the request
 *
 * Return: as for vtdm_translate().
 */
struct vtdm_result vtdm_ats_translate(struct vtdm_endpoint *ep,
				      const struct vtdm_request *request)
{
	struct vtdm_walk walk = {
		.unit = ep->unit,
		.request = request,
		.source_id = ep->config.source_id,
		.address_type = 1,
	};
	struct vtdm_entry *entry = vtdm_device_find(ep, &walk);
	u64 phys;

	if (entry) {
		phys = entry->word[0] + (request->addr - entry->key.addr);
		vtdm_detect_device(ep, entry, request, phys);
		return vtdm_translated_request(&walk, phys);
	}
	if (!vtdm_walk(&walk)) {
		vtdm_detect_dma(&walk);
		if (vtdm_is_answer(walk.reason))
			return (struct vtdm_result){ .outcome = VTDM_NO_PERMISSION };
		return vtdm_walk_blocked(&walk);
	}
	vtdm_detect_dma(&walk);
	vtdm_device_fill(ep, &walk);
	return vtdm_translated_request(&walk, walk.page.phys);
}

/* 6.5.2.5: with S, the lowest address bit that is 0 says how large it is. */
static void vtdm_device_range(u64 addr, bool s, u64 *first, u64 *last)
{
	unsigned int lg2 = VTDM_PAGE_LG2;

	if (s) {
		while (lg2 < 63 && addr & BIT_ULL(lg2))
			lg2++;
		lg2++;
	}
	*first = lg2 > 63 ? 0 : addr & ~(BIT_ULL(lg2) - 1);
	*last = lg2 > 63 ? ~0ULL : *first | (BIT_ULL(lg2) - 1);
}

static struct vtdm_store *vtdm_device_store(struct vtdm *unit, u16 source_id)
{
	struct vtdm_endpoint *ep = vtdm_endpoint_find(unit, source_id);

	return ep && vtdm_endpoint_enabled(ep, VTDM_ATS) ? &ep->tlb.store : NULL;
}

/**
 * vtdm_flush_device_tlb() - device-TLB invalidate (6.5.2.5)
 * @unit: the unit
 * @source_id: of the device
 * @addr_s: word 1 of the descriptor
 *
 * Return: false: nobody answers.
 */
bool vtdm_flush_device_tlb(struct vtdm *unit, u16 source_id, u64 addr_s)
{
	struct vtdm_store *store = vtdm_device_store(unit, source_id);
	struct vtdm_entry *entry, *after;
	u64 first, last;

	if (!store)
		return false;
	vtdm_device_range(addr_s, addr_s & VTDM_DEVICE_S, &first, &last);
	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after))
		if (entry->key.pasid == VTDM_NO_PASID &&
		    vtdm_entry_overlaps(entry, first, last))
			vtdm_store_drop(store, entry);
	return true;
}

/**
 * vtdm_flush_pasid_device_tlb() - PASID-based device-TLB invalidate (6.5.2.6)
 * @unit: the unit
 * @source_id: of the device
 * @pasid: PASID
 * @addr_s: word 1 of the descriptor
 * @global: entries of all PASIDs
 *
 * Return: false: nobody answers.
 */
bool vtdm_flush_pasid_device_tlb(struct vtdm *unit, u16 source_id, u32 pasid,
				 u64 addr_s, bool global)
{
	struct vtdm_store *store = vtdm_device_store(unit, source_id);
	struct vtdm_entry *entry, *after;
	u64 first, last;

	if (!store)
		return false;
	vtdm_device_range(addr_s, addr_s & VTDM_PASID_DEVICE_S, &first, &last);
	for (entry = vtdm_store_first(store, &after); entry;
	     entry = vtdm_store_next(&after)) {
		if (entry->key.pasid == VTDM_NO_PASID ||
		    (entry->key.pasid != pasid && !global))
			continue;
		if (vtdm_entry_overlaps(entry, first, last))
			vtdm_store_drop(store, entry);
	}
	return true;
}

/**
 * vtdm_device_tlb_reset() - a device forgets its translations
 * @ep: the device
 */
void vtdm_device_tlb_reset(struct vtdm_endpoint *ep)
{
	vtdm_store_clear(&ep->tlb.store);
}
