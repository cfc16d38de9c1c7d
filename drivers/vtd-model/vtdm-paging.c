// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paging entries that point to tables: kept, and their A and D bits.
 */
#include <linux/kernel.h>

#include "vtdm-walk.h"

/**
 * DOC: paging-structure cache
 *
 * An entry stands for the way from the root of a table down to one entry that
 * points to a table (specification 6.2.5): it has the address of that table
 * and the rights of all levels passed. A walk begins at the lowest one that it
 * finds. Second-stage ones are tagged with the domain id, those of the first
 * stage with domain id and PASID. Nested ones are a kind of their own: they
 * have the host address of the first-stage table, so second-stage leaves hide
 * in them.
 *
 * A and D bits (3.6.2, 3.7.2) are set by compare and exchange in the live
 * entry. Software may have changed it since it was read: then nothing is
 * written, and the walk looks at the entry again. So none is ever set in an
 * entry that is not present, or in one that the walk did not use.
 */

static struct vtdm_key vtdm_paging_key(const struct vtdm_walk *walk, u8 type, u64 addr,
				       unsigned int level)
{
	unsigned int lg2 = vtdm_level_lg2(level);

	return (struct vtdm_key){
		.addr = addr & ~(BIT_ULL(lg2) - 1),
		.pasid = type == VTDM_PGTT_SECOND ? 0 : walk->pasid,
		.id = walk->did,
		.type = type,
		.lg2 = lg2,
	};
}

/**
 * vtdm_paging_find() - the lowest table that is known for an address
 * @walk: the translation
 * @type: of the table: first stage, second stage, first stage of a nested one
 * @addr: input address of the stage
 * @step: at the root; gets the table and the rights
 */
void vtdm_paging_find(struct vtdm_walk *walk, u8 type, u64 addr, struct vtdm_step *step)
{
	struct vtdm_store *store = &walk->unit->caches.store[VTDM_CACHE_PAGING];
	struct vtdm_entry *entry;
	struct vtdm_key key;
	unsigned int level;

	if (walk->mode != VTDM_WALK_CACHED)
		return;
	for (level = 2; level <= step->levels; level++) {
		key = vtdm_paging_key(walk, type, addr, level);
		entry = vtdm_store_find(walk->unit, store, &key);
		if (!entry)
			continue;
		vtdm_walk_used(walk, store, entry);
		walk->used_cached = true;
		step->table = entry->word[0];
		step->guest = entry->word[1];
		step->rights = entry->rights;
		step->level = level - 1;
		return;
	}
}

/**
 * vtdm_paging_fill() - keep the way to a table
 * @walk: the translation
 * @type: of the table
 * @addr: input address of the stage
 * @step: the table, its level and the rights so far
 */
void vtdm_paging_fill(struct vtdm_walk *walk, u8 type, u64 addr, const struct vtdm_step *step)
{
	unsigned int stage = type == VTDM_PGTT_SECOND ? VTDM_STAGE_SECOND : VTDM_STAGE_FIRST;
	struct vtdm_key key = vtdm_paging_key(walk, type, addr, step->level + 1);
	struct vtdm *unit = walk->unit;
	struct vtdm_entry *entry;

	walk->tables[stage][step->level + 1] = step->table;
	entry = vtdm_walk_fill(walk, VTDM_CACHE_PAGING, &key);
	if (!entry)
		return;
	entry->word[0] = step->table;
	entry->word[1] = step->guest;
	entry->word[2] = walk->type;
	entry->rights = step->rights;
	if (unit->detector != VTDM_DETECTOR_OFF &&
	    unit->ops->in_use(unit->host, step->table & VTDM_PAGE_MASK))
		entry->table[0] = step->table & VTDM_PAGE_MASK;
}

/**
 * vtdm_paging_load() - read a paging entry
 * @walk: the translation; is counted if the table is the kernel's
 * @phys: where the entry is
 * @entry: gets it
 *
 * Return: false: there is no memory.
 */
bool vtdm_paging_load(struct vtdm_walk *walk, u64 phys, u64 *entry)
{
	struct vtdm *unit = walk->unit;

	if (unit->detector != VTDM_DETECTOR_OFF && unit->ops->is_kernel &&
	    walk->mode != VTDM_WALK_FRESH && !walk->kernel &&
	    unit->ops->is_kernel(unit->host, phys)) {
		walk->kernel = true;
		unit->stats.kernel_walks++;
	}
	return vtdm_walk_load(walk, phys, entry);
}

/**
 * vtdm_paging_update() - set bits of a paging entry
 * @walk: the translation; a fresh one sets nothing
 * @phys: where the entry is
 * @entry: as it was read; gets the bits, or what is there now
 * @bits: A, D, EA
 *
 * Return: as enum vtdm_update says.
 */
enum vtdm_update vtdm_paging_update(struct vtdm_walk *walk, u64 phys, u64 *entry, u64 bits)
{
	u64 old = *entry, seen;

	if (walk->mode == VTDM_WALK_FRESH)
		return VTDM_UPDATE_DONE;
	if (!walk->unit->ops->cmpxchg64(walk->unit->host, phys, old, old | bits, &seen))
		return VTDM_UPDATE_FAILED;
	if (seen != old) {
		*entry = seen;
		return VTDM_UPDATE_AGAIN;
	}
	*entry = old | bits;
	return VTDM_UPDATE_DONE;
}
