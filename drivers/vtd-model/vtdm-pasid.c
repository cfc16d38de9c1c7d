// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a PASID to a PASID table entry.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "vtdm-walk.h"

/**
 * DOC: PASID directories and tables
 *
 * A PASID directory entry points to a PASID table of 64 PASIDs, and an entry of
 * that says how to translate (specification 3.4.3, 9.5, 9.6).
 *
 * The PASID cache keeps the words of valid entries of both. One of a directory
 * serves its 64 PASIDs, whichever brought it in and whatever the table says to
 * that. It is under no domain id and no single PASID: an invalidation for any
 * domain drops it, which is what a context entry that gets another directory
 * needs (6.5.3.3); one for a PASID, which is what an entry of a table needs, does
 * not. So a directory entry outlives the entries of its table: the guidance asks
 * for nothing when a table goes whose entries were flushed one by one, as if what
 * is kept of the directory went with them. This unit is stricter than that.
 *
 * "Not present" of either is kept for the PASID that met it if CAP.CM says so
 * (6.1); it is under no domain id, either, so an invalidation for any domain
 * drops it.
 */

/* 9.6: fields of features that the unit lacks are reserved. */
static bool vtdm_pasid_reserved(const struct vtdm *unit, const u64 *word)
{
	u64 reserved1 = VTDM_PASID1_RESERVED, reserved2 = VTDM_PASID2_RESERVED;
	u64 rest = word[3] | word[4] | word[5] | word[6] | word[7];

	if (!vtdm_ecap(unit, VTDM_ECAP_SMPWC))
		reserved1 |= VTDM_PASID_PWSNP;
	if (!vtdm_ecap(unit, VTDM_ECAP_SC))
		reserved1 |= VTDM_PASID_PGSNP;
	if (!vtdm_ecap(unit, VTDM_ECAP_MTS))
		reserved1 |= VTDM_PASID_MEMORY_TYPE;
	if (!vtdm_ecap(unit, VTDM_ECAP_SRS))
		reserved2 |= VTDM_PASID_SRE;
	if (!vtdm_ecap(unit, VTDM_ECAP_ERS))
		reserved2 |= VTDM_PASID_ERE | VTDM_PASID_NXE | VTDM_PASID_SMEP;
	if (!vtdm_ecap(unit, VTDM_ECAP_EAFS))
		reserved2 |= VTDM_PASID_EAFE;
	return word[0] & VTDM_PASID_RESERVED || word[1] & reserved1 ||
	       word[2] & reserved2 || rest ||
	       (word[0] & VTDM_PASID_SSADE && !vtdm_ecap(unit, VTDM_ECAP_SSADS));
}

static bool vtdm_second_possible(const struct vtdm *unit, const u64 *word)
{
	unsigned int aw = FIELD_GET(VTDM_PASID_AW, word[0]);

	return aw >= 1 && aw <= 3 && FIELD_GET(VTDM_CAP_SAGAW, unit->config.cap) & BIT(aw);
}

static bool vtdm_first_possible(const struct vtdm *unit, const u64 *word)
{
	switch (FIELD_GET(VTDM_PASID_FSPM, word[2])) {
	case VTDM_FSPM_4_LEVELS:
		return true;
	case VTDM_FSPM_5_LEVELS:
		return vtdm_cap(unit, VTDM_CAP_FS5LP);
	default:
		return false;
	}
}

static bool vtdm_pasid_possible(const struct vtdm *unit, const u64 *word)
{
	switch (FIELD_GET(VTDM_PASID_PGTT, word[0])) {
	case VTDM_PGTT_FIRST:
		return vtdm_ecap(unit, VTDM_ECAP_FSTS) && vtdm_first_possible(unit, word);
	case VTDM_PGTT_SECOND:
		return vtdm_ecap(unit, VTDM_ECAP_SSTS) && vtdm_second_possible(unit, word);
	case VTDM_PGTT_NESTED:
		return vtdm_ecap(unit, VTDM_ECAP_NEST) && vtdm_first_possible(unit, word) &&
		       vtdm_second_possible(unit, word);
	case VTDM_PGTT_PASS:
		return vtdm_ecap(unit, VTDM_ECAP_PT);
	default:
		return false;
	}
}

/**
 * vtdm_directory_key() - what a directory entry is cached under
 * @source_id: of the device
 * @pasid: one that it serves
 *
 * Return: the key in the PASID cache.
 */
struct vtdm_key vtdm_directory_key(u16 source_id, u32 pasid)
{
	return (struct vtdm_key){
		.id = source_id,
		.pasid = pasid & ~(u32)(BIT(VTDM_PASID_LOW_LG2) - 1),
		.lg2 = VTDM_PASID_LOW_LG2,
	};
}

static void vtdm_directory_keep(struct vtdm_walk *walk, const struct vtdm_key *key, u64 phys)
{
	struct vtdm_entry *entry = vtdm_walk_fill(walk, VTDM_CACHE_PASID, key);

	if (!entry)
		return;
	entry->word[0] = walk->directory;
	entry->table[0] = vtdm_table_in_use(walk->unit, walk->directory);
	entry->table[1] = vtdm_table_in_use(walk->unit, phys);
}

static bool vtdm_directory_read(struct vtdm_walk *walk, const struct vtdm_key *key)
{
	u64 phys = (walk->context[0] & VTDM_TABLE_ADDR) +
		   (walk->pasid >> VTDM_PASID_LOW_LG2) * sizeof(u64);

	if (!vtdm_walk_load(walk, phys, &walk->directory))
		return vtdm_walk_failed(walk, VTDM_REASON_DIRECTORY_ACCESS);
	walk->fpd |= !!(walk->directory & VTDM_DIRECTORY_FPD);
	if (!(walk->directory & VTDM_DIRECTORY_P))
		return vtdm_walk_failed(walk, VTDM_REASON_DIRECTORY_P);
	if (walk->directory & VTDM_DIRECTORY_RESERVED)
		return vtdm_walk_failed(walk, VTDM_REASON_DIRECTORY_RESERVED);
	vtdm_directory_keep(walk, key, phys);
	return true;
}

static bool vtdm_directory_get(struct vtdm_walk *walk)
{
	struct vtdm_store *store = &walk->unit->caches.store[VTDM_CACHE_PASID];
	struct vtdm_key key = vtdm_directory_key(walk->source_id, walk->pasid);
	struct vtdm_entry *entry = NULL;

	if (walk->mode != VTDM_WALK_FRESH)
		entry = vtdm_store_find(walk->unit, store, &key);
	if (!entry)
		return vtdm_directory_read(walk, &key);
	vtdm_walk_used(walk, store, entry);
	walk->directory = entry->word[0];
	walk->fpd |= !!(walk->directory & VTDM_DIRECTORY_FPD);
	return true;
}

static bool vtdm_pasid_read(struct vtdm_walk *walk)
{
	u64 *word = walk->entry;
	u64 table;

	if (!vtdm_directory_get(walk))
		return false;
	table = walk->directory & VTDM_TABLE_ADDR;
	table += (walk->pasid & (BIT(VTDM_PASID_LOW_LG2) - 1)) * VTDM_PASID_SIZE;
	if (!vtdm_words_load(walk, table, word, VTDM_PASID_WORDS))
		return vtdm_walk_failed(walk, VTDM_REASON_PASID_ACCESS);
	walk->fpd |= !!(word[0] & VTDM_PASID_FPD);
	if (!(word[0] & VTDM_PASID_P))
		return vtdm_walk_failed(walk, VTDM_REASON_PASID_P);
	if (vtdm_pasid_reserved(walk->unit, word))
		return vtdm_walk_failed(walk, VTDM_REASON_PASID_RESERVED);
	if (!vtdm_pasid_possible(walk->unit, word))
		return vtdm_walk_failed(walk, VTDM_REASON_PASID_INVALID);
	return true;
}

static void vtdm_pasid_keep(struct vtdm_walk *walk, const struct vtdm_key *key)
{
	struct vtdm_entry *entry;
	unsigned int i, pgtt = FIELD_GET(VTDM_PASID_PGTT, walk->entry[0]);

	if (!vtdm_may_keep(walk))
		return;
	entry = vtdm_walk_fill(walk, VTDM_CACHE_PASID, key);
	if (!entry)
		return;
	entry->reason = walk->reason;
	for (i = 0; i < VTDM_ENTRY_WORDS; i++)
		entry->word[i] = walk->entry[i];
	if (walk->fpd)
		entry->word[0] |= VTDM_PASID_FPD;
	if (entry->reason)
		return;
	entry->table[0] = vtdm_table_in_use(walk->unit, walk->directory);
	if (pgtt == VTDM_PGTT_SECOND || pgtt == VTDM_PGTT_NESTED)
		entry->table[1] = vtdm_table_in_use(walk->unit, walk->entry[0]);
	/* That of a nested table is not a host address */
	if (pgtt == VTDM_PGTT_FIRST)
		entry->table[2] = vtdm_table_in_use(walk->unit, walk->entry[2]);
}

static bool vtdm_pasid_get(struct vtdm_walk *walk)
{
	struct vtdm_store *store = &walk->unit->caches.store[VTDM_CACHE_PASID];
	struct vtdm_key key = { .id = walk->source_id, .pasid = walk->pasid };
	struct vtdm_entry *entry = NULL;
	bool valid;
	unsigned int i;

	if (walk->mode != VTDM_WALK_FRESH)
		entry = vtdm_store_find(walk->unit, store, &key);
	if (!entry) {
		valid = vtdm_pasid_read(walk);
		walk->did = FIELD_GET(VTDM_PASID_DID, walk->entry[1]);
		vtdm_pasid_keep(walk, &key);
		return valid;
	}
	vtdm_walk_used(walk, store, entry);
	for (i = 0; i < VTDM_ENTRY_WORDS; i++)
		walk->entry[i] = entry->word[i];
	walk->did = entry->did;
	walk->fpd |= !!(entry->word[0] & VTDM_PASID_FPD);
	return !entry->reason || vtdm_walk_failed(walk, entry->reason);
}

/**
 * vtdm_walk_pasid() - the PASID table entry of a request (9.5, 9.6)
 * @walk: after vtdm_walk_context(); gets the words, domain id, type
 *
 * Return: false: a fault.
 */
bool vtdm_walk_pasid(struct vtdm_walk *walk)
{
	if (!vtdm_pasid_get(walk))
		return false;
	walk->type = FIELD_GET(VTDM_PASID_PGTT, walk->entry[0]);
	if (walk->request->exec && !(walk->entry[2] & VTDM_PASID_ERE))
		return vtdm_walk_failed(walk, VTDM_REASON_PASID_ERE);
	if (walk->priv && !(walk->entry[2] & VTDM_PASID_SRE))
		return vtdm_walk_failed(walk, VTDM_REASON_PASID_SRE);
	return true;
}
