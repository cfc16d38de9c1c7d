// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches of the software VT-d unit: entries that are found, filled, evicted.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "vtdm-walk.h"

/**
 * DOC: caches
 *
 * A cache is an array of entries, a hash to find them, a list in the order of
 * use, and a hash of those that the same device has filled with the same PASID:
 * the detector asks for them. Context and PASID caches hold entries of those
 * tables by source id (and PASID); the paging-structure cache holds entries that
 * point to tables, the IOTLB and the device TLBs hold translations.
 *
 * Entries stay until an invalidation names them, or until there is no room: the
 * least recently used goes, so that tests can say which. Nothing is re-read or
 * compared with memory in between. A translation is found by as little as
 * specification 6.2.1 allows: second stage by the domain id, first stage and
 * nested by domain id and PASID, none by the source id. So a domain id that is
 * used again without a flush shows. Pass-through is the same for all domain ids:
 * it is found by source id and PASID, before the PASID cache is asked, so that it
 * shows when these do not pass through any more.
 *
 * A knob may make a cache smaller at any time; entries beyond go with the next
 * fill. Memory is taken when a unit or a device is made, and never fails later.
 *
 * While translation is off nothing is looked up or filled, but nothing goes
 * either: who switches it on again has to flush first.
 *
 * Locking: none, the unit's caller serialises.
 */

static unsigned int vtdm_store_limit(const struct vtdm *unit,
				     const struct vtdm_store *store)
{
	unsigned int knob = unit->knobs.entries[store->which];

	return knob ? min(knob, store->size) : store->size;
}

/* Fibonacci hashing: 2^64 / golden ratio */
static unsigned int vtdm_store_hash(const struct vtdm_store *store, u64 value)
{
	return value * 0x9e3779b97f4a7c15ULL >> (64 - store->buckets_lg2);
}

static struct vtdm_entry **vtdm_store_bucket(struct vtdm_store *store,
					     const struct vtdm_key *key)
{
	u64 hash = key->addr >> VTDM_PAGE_LG2;

	hash ^= (u64)key->pasid << 24 ^ (u64)key->id << 44;
	hash ^= (u64)key->type << 60 ^ (u64)key->lg2 << 36;
	return &store->bucket[vtdm_store_hash(store, hash)];
}

static struct vtdm_entry **vtdm_store_kin(const struct vtdm_store *store, u16 source_id,
					  u32 pasid)
{
	return &store->filled[vtdm_store_hash(store, (u64)source_id << 32 | pasid)];
}

static bool vtdm_key_equal(const struct vtdm_key *a, const struct vtdm_key *b)
{
	return a->addr == b->addr && a->pasid == b->pasid && a->id == b->id &&
	       a->type == b->type && a->lg2 == b->lg2;
}

static void vtdm_store_unlist(struct vtdm_store *store, struct vtdm_entry *entry)
{
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		store->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		store->oldest = entry->newer;
}

static void vtdm_store_list(struct vtdm_store *store, struct vtdm_entry *entry)
{
	entry->newer = NULL;
	entry->older = store->newest;
	if (store->newest)
		store->newest->newer = entry;
	else
		store->oldest = entry;
	store->newest = entry;
}

static void vtdm_store_add_kin(struct vtdm_store *store, struct vtdm_entry *entry)
{
	struct vtdm_entry **head = vtdm_store_kin(store, entry->source_id, entry->pasid);

	entry->kin = *head;
	entry->kin_link = head;
	if (*head)
		(*head)->kin_link = &entry->kin;
	*head = entry;
}

static void vtdm_store_drop_kin(struct vtdm_entry *entry)
{
	*entry->kin_link = entry->kin;
	if (entry->kin)
		entry->kin->kin_link = entry->kin_link;
}

/**
 * vtdm_store_init() - make an empty cache
 * @unit: whose
 * @store: the cache
 * @which: one of the caches; its size comes from the configuration
 *
 * Return: false: no memory.
 */
bool vtdm_store_init(struct vtdm *unit, struct vtdm_store *store,
		     enum vtdm_cache which)
{
	unsigned int size = max(unit->config.entries[which], 1U);

	*store = (struct vtdm_store){ .which = which, .size = size, .buckets_lg2 = 1 };
	while (size >> store->buckets_lg2)
		store->buckets_lg2++;
	store->entries = unit->ops->alloc(unit->host, size * sizeof(*store->entries));
	store->bucket = unit->ops->alloc(unit->host,
					 sizeof(*store->bucket) << store->buckets_lg2);
	store->filled = unit->ops->alloc(unit->host,
					 sizeof(*store->filled) << store->buckets_lg2);
	if (!store->entries || !store->bucket || !store->filled) {
		vtdm_store_destroy(unit, store);
		return false;
	}
	vtdm_store_clear(store);
	return true;
}

/**
 * vtdm_store_destroy() - free a cache
 * @unit: whose
 * @store: the cache, possibly never made
 */
void vtdm_store_destroy(struct vtdm *unit, struct vtdm_store *store)
{
	if (store->entries)
		unit->ops->free(unit->host, store->entries);
	if (store->bucket)
		unit->ops->free(unit->host, store->bucket);
	if (store->filled)
		unit->ops->free(unit->host, store->filled);
	*store = (struct vtdm_store){ .which = store->which };
}

/**
 * vtdm_store_clear() - forget everything
 * @store: the cache
 */
void vtdm_store_clear(struct vtdm_store *store)
{
	unsigned int i;

	memset(store->bucket, 0, sizeof(*store->bucket) << store->buckets_lg2);
	memset(store->filled, 0, sizeof(*store->filled) << store->buckets_lg2);
	store->newest = NULL;
	store->oldest = NULL;
	store->free = NULL;
	store->count = 0;
	for (i = store->size; i--;) {
		store->entries[i].next = store->free;
		store->free = &store->entries[i];
	}
}

/**
 * vtdm_store_peek() - look for an entry and leave no trace
 * @store: the cache
 * @key: of the entry
 *
 * Return: the entry, NULL: there is none.
 */
struct vtdm_entry *vtdm_store_peek(struct vtdm_store *store, const struct vtdm_key *key)
{
	struct vtdm_entry *entry = *vtdm_store_bucket(store, key);

	while (entry && !vtdm_key_equal(&entry->key, key))
		entry = entry->next;
	return entry;
}

/**
 * vtdm_store_find() - look an entry up
 * @unit: counts the hit
 * @store: the cache
 * @key: of the entry
 *
 * Return: the entry, now the one used last; NULL: there is none.
 */
struct vtdm_entry *vtdm_store_find(struct vtdm *unit, struct vtdm_store *store,
				   const struct vtdm_key *key)
{
	struct vtdm_entry *entry = vtdm_store_peek(store, key);

	if (!entry)
		return NULL;
	unit->stats.hits[store->which]++;
	vtdm_store_unlist(store, entry);
	vtdm_store_list(store, entry);
	return entry;
}

/**
 * vtdm_store_drop() - forget an entry
 * @store: the cache
 * @entry: in it
 */
void vtdm_store_drop(struct vtdm_store *store, struct vtdm_entry *entry)
{
	struct vtdm_entry **link = vtdm_store_bucket(store, &entry->key);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	vtdm_store_drop_kin(entry);
	vtdm_store_unlist(store, entry);
	entry->next = store->free;
	store->free = entry;
	store->count--;
}

static void vtdm_store_forget(struct vtdm_store *store, const struct vtdm_key *key)
{
	struct vtdm_entry *entry = vtdm_store_peek(store, key);

	if (entry)
		vtdm_store_drop(store, entry);
}

/**
 * vtdm_store_add() - make an entry, instead of one with the same key
 * @unit: counts fills and evictions
 * @store: the cache
 * @key: of the entry
 * @source_id: of the device that fills it
 * @pasid: with which it does, as in reports
 *
 * Return: an entry to fill in; the tables that it names are none.
 */
struct vtdm_entry *vtdm_store_add(struct vtdm *unit, struct vtdm_store *store,
				  const struct vtdm_key *key, u16 source_id, u32 pasid)
{
	struct vtdm_entry **bucket = vtdm_store_bucket(store, key);
	struct vtdm_entry *entry;
	unsigned int i;

	vtdm_store_forget(store, key);
	while (store->count >= vtdm_store_limit(unit, store)) {
		vtdm_store_drop(store, store->oldest);
		unit->stats.evictions[store->which]++;
	}
	entry = store->free;
	store->free = entry->next;
	*entry = (struct vtdm_entry){
		.key = *key,
		.next = *bucket,
		.source_id = source_id,
		.pasid = pasid,
		.number = ++unit->filled,
	};
	for (i = 0; i < VTDM_ENTRY_TABLES; i++)
		entry->table[i] = VTDM_NO_TABLE;
	*bucket = entry;
	vtdm_store_add_kin(store, entry);
	vtdm_store_list(store, entry);
	store->count++;
	unit->stats.fills[store->which]++;
	return entry;
}

static struct vtdm_entry *vtdm_store_next_kin(struct vtdm_entry *entry, u16 source_id, u32 pasid)
{
	while (entry && (entry->source_id != source_id || entry->pasid != pasid))
		entry = entry->kin;
	return entry;
}

/**
 * vtdm_store_filled() - what a device has filled with a PASID
 * @store: the cache
 * @source_id: of the device
 * @pasid: PASID, as in reports
 *
 * Return: the first entry, NULL: there is none.
 */
struct vtdm_entry *vtdm_store_filled(const struct vtdm_store *store, u16 source_id, u32 pasid)
{
	return vtdm_store_next_kin(*vtdm_store_kin(store, source_id, pasid), source_id, pasid);
}

/**
 * vtdm_store_filled_next() - the next one
 * @entry: of vtdm_store_filled(), or from here
 *
 * Return: the next entry, NULL: that was the last.
 */
struct vtdm_entry *vtdm_store_filled_next(const struct vtdm_entry *entry)
{
	return vtdm_store_next_kin(entry->kin, entry->source_id, entry->pasid);
}

/**
 * vtdm_entry_overlaps() - does an entry serve an address of a range?
 * @entry: of a paging-structure cache or TLB
 * @first: first address
 * @last: last address
 *
 * Return: whether.
 */
bool vtdm_entry_overlaps(const struct vtdm_entry *entry, u64 first, u64 last)
{
	u64 entry_last = entry->key.addr | (BIT_ULL(entry->key.lg2) - 1);

	return entry->key.addr <= last && entry_last >= first;
}

/**
 * vtdm_caches_init() - make the caches of a unit
 * @unit: with its configuration and host
 *
 * Return: false: no memory, nothing is left behind.
 */
bool vtdm_caches_init(struct vtdm *unit)
{
	unsigned int i;

	for (i = 0; i < VTDM_CACHE_DEVICE; i++)
		if (!vtdm_store_init(unit, &unit->caches.store[i], i)) {
			vtdm_caches_destroy(unit);
			return false;
		}
	return true;
}

/**
 * vtdm_caches_destroy() - free the caches of a unit
 * @unit: the unit
 */
void vtdm_caches_destroy(struct vtdm *unit)
{
	unsigned int i;

	for (i = 0; i < VTDM_CACHE_DEVICE; i++)
		vtdm_store_destroy(unit, &unit->caches.store[i]);
}

/**
 * vtdm_caches_reset() - empty the caches of a unit, as at power-up
 * @unit: the unit; device TLBs are not its own
 */
void vtdm_caches_reset(struct vtdm *unit)
{
	unsigned int i;

	for (i = 0; i < VTDM_CACHE_DEVICE; i++)
		vtdm_store_clear(&unit->caches.store[i]);
}
