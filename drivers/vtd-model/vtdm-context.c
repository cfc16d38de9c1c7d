// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source id to a context entry.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "vtdm-ats.h"

/**
 * DOC: root and context entries
 *
 * Scalable mode (specification 3.4.3): the root table has two words for each
 * bus, which point to the context tables of its devices 0 to 15 and 16 to 31.
 * A context entry points to a PASID directory (vtdm-pasid.c). Legacy mode does
 * not exist here: each request is a fault of the root table address then.
 *
 * An entry of several words is read word 0 first, where P is. So an entry that
 * software makes present last is never seen half done, and one that it clears
 * in another order than P first can be.
 *
 * The context cache keeps the words of valid entries. What depends on the
 * request is checked each time, from the cached words. "Not present" is kept if
 * CAP.CM says so (6.1).
 *
 * Unhappy paths: FPD of the first entry that has it set keeps all later faults
 * of the request from being recorded, that of the entry itself included.
 */

#define VTDM_BUS(source_id)		((source_id) >> 8)
#define VTDM_DEVFN(source_id)		((source_id) & 0xff)
#define VTDM_CONTEXTS_LG2		7

static bool vtdm_root_valid(struct vtdm_walk *walk, u64 *root)
{
	struct vtdm *unit = walk->unit;
	bool tagged = walk->request->pasid != VTDM_NO_PASID;

	*root = vtdm_root(unit);
	switch (FIELD_GET(VTDM_RTADDR_TTM, *root)) {
	case VTDM_TTM_SCALABLE:
		return true;
	case VTDM_TTM_ABORT:
		return vtdm_walk_failed(walk, vtdm_ecap(unit, VTDM_ECAP_ADMS) ?
					VTDM_REASON_RTADDR_ABORT : VTDM_REASON_RTADDR);
	case VTDM_TTM_LEGACY:
		return vtdm_walk_failed(walk, tagged ? VTDM_REASON_RTADDR_PASID :
					VTDM_REASON_RTADDR);
	default:
		return vtdm_walk_failed(walk, VTDM_REASON_RTADDR);
	}
}

/**
 * vtdm_words_load() - read an entry, word 0 first
 * @walk: for this translation
 * @phys: where it is
 * @word: gets the words
 * @count: how many
 *
 * Return: false: there is no memory.
 */
bool vtdm_words_load(struct vtdm_walk *walk, u64 phys, u64 *word, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!vtdm_walk_load(walk, phys + i * sizeof(*word), &word[i]))
			return false;
	return true;
}

static bool vtdm_root_read(struct vtdm_walk *walk, u64 root, u64 *table)
{
	unsigned int half = VTDM_DEVFN(walk->source_id) >> VTDM_CONTEXTS_LG2;
	u64 phys = (root & VTDM_RTADDR_RTA) +
		   VTDM_BUS(walk->source_id) * VTDM_ROOT_SIZE + half * sizeof(u64);
	u64 word;

	if (!vtdm_walk_load(walk, phys, &word))
		return vtdm_walk_failed(walk, VTDM_REASON_ROOT_ACCESS);
	if (!(word & VTDM_ROOT_P))
		return vtdm_walk_failed(walk, VTDM_REASON_ROOT_P);
	if (word & VTDM_ROOT_RESERVED)
		return vtdm_walk_failed(walk, VTDM_REASON_ROOT_RESERVED);
	*table = word & VTDM_TABLE_ADDR;
	return true;
}

/* 9.4: fields of features that the unit lacks are reserved. */
static u64 vtdm_context_reserved(const struct vtdm *unit)
{
	u64 reserved = VTDM_CONTEXT_RESERVED;

	if (!vtdm_ecap(unit, VTDM_ECAP_DT))
		reserved |= VTDM_CONTEXT_DTE;
	if (!vtdm_ecap(unit, VTDM_ECAP_PASID))
		reserved |= VTDM_CONTEXT_PASIDE;
	if (!vtdm_ecap(unit, VTDM_ECAP_PRS))
		reserved |= VTDM_CONTEXT_PRE;
	return reserved;
}

static bool vtdm_context_read(struct vtdm_walk *walk, u64 root)
{
	u64 *word = walk->context;
	u64 table;

	if (!vtdm_root_read(walk, root, &table))
		return false;
	walk->context_table = table;
	table += (VTDM_DEVFN(walk->source_id) & (BIT(VTDM_CONTEXTS_LG2) - 1)) *
		 VTDM_CONTEXT_SIZE;
	if (!vtdm_words_load(walk, table, word, VTDM_CONTEXT_WORDS))
		return vtdm_walk_failed(walk, VTDM_REASON_CONTEXT_ACCESS);
	walk->fpd = word[0] & VTDM_CONTEXT_FPD;
	if (!(word[0] & VTDM_CONTEXT_P))
		return vtdm_walk_failed(walk, VTDM_REASON_CONTEXT_P);
	if (word[0] & vtdm_context_reserved(walk->unit) ||
	    word[1] & VTDM_CONTEXT1_RESERVED || word[2] || word[3])
		return vtdm_walk_failed(walk, VTDM_REASON_CONTEXT_RESERVED);
	return true;
}

/**
 * vtdm_table_in_use() - a table that can be found freed later
 * @unit: reads it
 * @phys: in it
 *
 * Return: its page, if that is in use now and the detector looks; VTDM_NO_TABLE.
 */
u64 vtdm_table_in_use(const struct vtdm *unit, u64 phys)
{
	phys &= VTDM_TABLE_ADDR;
	if (unit->detector == VTDM_DETECTOR_OFF || !unit->ops->in_use(unit->host, phys))
		return VTDM_NO_TABLE;
	return phys;
}

static bool vtdm_not_present(u8 reason)
{
	return reason == VTDM_REASON_ROOT_P || reason == VTDM_REASON_CONTEXT_P ||
	       reason == VTDM_REASON_DIRECTORY_P || reason == VTDM_REASON_PASID_P;
}

/**
 * vtdm_may_keep() - is what was read kept?
 * @walk: with what was wrong with it
 *
 * Return: true: it is valid, or "not present" and the unit keeps that (6.1).
 */
bool vtdm_may_keep(const struct vtdm_walk *walk)
{
	return !walk->reason ||
	       (vtdm_not_present(walk->reason) && vtdm_cap(walk->unit, VTDM_CAP_CM));
}

static void vtdm_context_keep(struct vtdm_walk *walk, const struct vtdm_key *key)
{
	struct vtdm_entry *entry;

	if (!vtdm_may_keep(walk))
		return;
	entry = vtdm_walk_fill(walk, VTDM_CACHE_CONTEXT, key);
	if (!entry)
		return;
	entry->reason = walk->reason;
	entry->word[0] = walk->context[0];
	entry->word[1] = walk->context[1];
	if (entry->reason)
		return;
	entry->table[0] = vtdm_table_in_use(walk->unit, walk->context_table);
	entry->table[1] = vtdm_table_in_use(walk->unit, walk->context[0]);
}

static bool vtdm_context_get(struct vtdm_walk *walk, u64 root)
{
	struct vtdm_store *store = &walk->unit->caches.store[VTDM_CACHE_CONTEXT];
	struct vtdm_key key = { .id = walk->source_id };
	struct vtdm_entry *entry = NULL;
	bool valid;

	if (walk->mode != VTDM_WALK_FRESH)
		entry = vtdm_store_find(walk->unit, store, &key);
	if (!entry) {
		valid = vtdm_context_read(walk, root);
		vtdm_context_keep(walk, &key);
		return valid;
	}
	vtdm_walk_used(walk, store, entry);
	walk->context[0] = entry->word[0];
	walk->context[1] = entry->word[1];
	walk->fpd = entry->word[0] & VTDM_CONTEXT_FPD;
	return !entry->reason || vtdm_walk_failed(walk, entry->reason);
}

/* The PASID that counts, within what the directory and the unit have. */
static bool vtdm_context_pasid(struct vtdm_walk *walk)
{
	const struct vtdm *unit = walk->unit;
	unsigned int width = FIELD_GET(VTDM_CONTEXT_PDTS, walk->context[0]) +
			     VTDM_DIRECTORY_PASIDS_LG2;
	bool tagged = walk->request->pasid != VTDM_NO_PASID;

	if (tagged) {
		if (!(walk->context[0] & VTDM_CONTEXT_PASIDE))
			return vtdm_walk_failed(walk, VTDM_REASON_CONTEXT_PASIDE);
		walk->pasid = walk->request->pasid;
		walk->priv = walk->request->priv;
		width = min_t(unsigned int, width,
			      FIELD_GET(VTDM_ECAP_PSS, unit->config.ecap) + 1);
	} else {
		if (vtdm_ecap(unit, VTDM_ECAP_RPS))
			walk->pasid = FIELD_GET(VTDM_CONTEXT_RID_PASID, walk->context[1]);
		else
			walk->pasid = 0;
		walk->priv = walk->context[1] & VTDM_CONTEXT_RID_PRIV &&
			     vtdm_ecap(unit, VTDM_ECAP_RPRIVS);
	}
	if (walk->pasid >> width)
		return vtdm_walk_failed(walk, tagged ? VTDM_REASON_CONTEXT_PDTS :
					VTDM_REASON_CONTEXT_RID_PASID);
	return true;
}

/**
 * vtdm_walk_context() - the context entry of a request (9.3, 9.4)
 * @walk: the request; gets the words and the PASID that counts
 *
 * Return: false: a fault.
 */
bool vtdm_walk_context(struct vtdm_walk *walk)
{
	u64 root;

	if (!vtdm_root_valid(walk, &root) || !vtdm_context_get(walk, root))
		return false;
	if (walk->address_type && !(walk->context[0] & VTDM_CONTEXT_DTE))
		return vtdm_walk_failed(walk, VTDM_REASON_CONTEXT_DTE);
	return vtdm_context_pasid(walk);
}

static bool vtdm_page_request_fault(struct vtdm_walk *walk)
{
	return !vtdm_walk_context(walk) ||
	       (!(walk->context[0] & VTDM_CONTEXT_PRE) &&
		!vtdm_walk_failed(walk, VTDM_REASON_CONTEXT_PRE));
}

/**
 * vtdm_page_request_allowed() - may a device send this page request? (7.4)
 * @ep: the device
 * @request: the page that it wants
 *
 * If so, what the unit keeps of that page goes, but not of the tables that lead
 * there, so that the device sees what software makes of the request.
 *
 * Return: false: no; the fault is recorded.
 */
bool vtdm_page_request_allowed(struct vtdm_endpoint *ep, const struct vtdm_request *request)
{
	struct vtdm *unit = ep->unit;
	struct vtdm_walk walk = {
		.unit = unit,
		.request = request,
		.source_id = ep->config.source_id,
	};

	if (!vtdm_translating(unit))
		return false;
	if (vtdm_page_request_fault(&walk)) {
		vtdm_walk_blocked(&walk);
		return false;
	}
	if (!vtdm_walk_pasid(&walk))
		return true;
	/* No more than that leaf: what is stale elsewhere must show. */
	if (walk.type == VTDM_PGTT_SECOND)
		vtdm_flush_iotlb_page(unit, walk.did, request->addr, 0, true);
	else
		vtdm_flush_pasid_iotlb_page(unit, walk.did, walk.pasid,
					    request->addr, 0, true);
	return true;
}
