/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a unit and its devices keep of the tables in memory.
 */
#ifndef _VTDM_CACHE_H
#define _VTDM_CACHE_H

#include "vtdm.h"

struct vtdm_walk;

/**
 * struct vtdm_key - what an entry is found by (specification 6.2.1)
 * @addr: the first address that it serves; 0 in the context and PASID cache
 * @pasid: of PASID table entries; the first that a PASID directory entry
 *	serves; of first-stage, nested and pass-through translations, of device
 *	TLB entries; else 0
 * @id: source id in the context and PASID cache, and of pass-through
 *	translations; else the domain id
 * @type: enum vtdm_pgtt of translations, else 0
 * @lg2: log2 of the bytes that it serves; of the PASIDs in the PASID cache
 */
struct vtdm_key {
	u64 addr;
	u32 pasid;
	u16 id;
	u8 type;
	u8 lg2;
};

/**
 * struct vtdm_doom - an entry that must not serve any more
 * @who: the words of the report, NULL: it may serve
 * @cache: where the entry is that was not flushed
 * @key: of that entry
 * @did: of that entry
 *
 * An entry that is filled through a doomed one gets its doom.
 */
struct vtdm_doom {
	const char *who;
	enum vtdm_cache cache;
	struct vtdm_key key;
	u16 did;
};

/** enum vtdm_right - what a translation allows */
enum vtdm_right {
	VTDM_MAY_READ	= 0x01,
	VTDM_MAY_WRITE	= 0x02,
	VTDM_MAY_EXEC	= 0x04,
	VTDM_MAY_USER	= 0x08,
	/* Writes of privileged mode: RW counts only with WPE */
	VTDM_MAY_PRIV_WRITE	= 0x10,
	VTDM_ALL_RIGHTS	= 0x1f,
	/* D is set in memory, or nobody wants it set */
	VTDM_DIRTY	= 0x20,
};

#define VTDM_ENTRY_TABLES	3
#define VTDM_ENTRY_WORDS	3
#define VTDM_NO_TABLE		(~0ULL)

/**
 * struct vtdm_entry - one cached entry
 * @next: in its bucket, or free
 * @newer: least recently used order
 * @older: least recently used order
 * @key: above
 * @did: domain id
 * @kin: the next one that the same device has filled with the same PASID
 * @kin_link: where that of the one before points here
 * @source_id: who has filled it
 * @pasid: the same; 0 for DMA without PASID, as in reports, and for what serves
 *	more than one PASID: context and PASID directory entries
 * @number: how many entries there were before it, and itself, in all caches of the
 *	unit and its devices; of the one that it was taken from if that was cached
 * @reason: the fault that it stands for, 0: it is present (CAP.CM)
 * @rights: enum vtdm_right: of a page, or of the way down to a table
 * @told: a freed table was reported
 * @word: words 0 to 2 in the context and PASID cache; else an address
 * @table: pages of tables that it was read from or leads to
 * @doom: above
 */
struct vtdm_entry {
	struct vtdm_entry *next;
	struct vtdm_entry *newer;
	struct vtdm_entry *older;
	struct vtdm_entry *kin;
	struct vtdm_entry **kin_link;
	struct vtdm_key key;
	u16 did;
	u16 source_id;
	u32 pasid;
	u64 number;
	u8 reason;
	u8 rights;
	bool told;
	u64 word[VTDM_ENTRY_WORDS];
	u64 table[VTDM_ENTRY_TABLES];
	struct vtdm_doom doom;
};

/**
 * struct vtdm_store - entries of one cache
 * @which: one of the caches
 * @size: entries that there are
 * @count: entries in use
 * @buckets_lg2: log2 of the number of buckets
 * @entries: all
 * @bucket: heads of hash chains, by key
 * @filled: heads of hash chains, by who has filled them
 * @free: the first unused entry
 * @newest: least recently used order
 * @oldest: least recently used order
 */
struct vtdm_store {
	enum vtdm_cache which;
	unsigned int size;
	unsigned int count;
	unsigned int buckets_lg2;
	struct vtdm_entry *entries;
	struct vtdm_entry **bucket;
	struct vtdm_entry **filled;
	struct vtdm_entry *free;
	struct vtdm_entry *newest;
	struct vtdm_entry *oldest;
};

/**
 * struct vtdm_caches - of a unit
 * @store: by enum vtdm_cache, but for that of devices
 */
struct vtdm_caches {
	struct vtdm_store store[VTDM_CACHE_DEVICE];
};

/**
 * struct vtdm_device_tlb - of a device
 * @store: its entries
 */
struct vtdm_device_tlb {
	struct vtdm_store store;
};

/* In the PASID cache: a directory entry, not one of a table? */
static inline bool vtdm_entry_is_directory(const struct vtdm_entry *entry)
{
	return entry->key.lg2;
}

/* Steps through a store; the entry of a step may be dropped, but no other. */
static inline struct vtdm_entry *vtdm_store_next(struct vtdm_entry **after)
{
	struct vtdm_entry *entry = *after;

	if (entry)
		*after = entry->older;
	return entry;
}

static inline struct vtdm_entry *vtdm_store_first(const struct vtdm_store *store,
						  struct vtdm_entry **after)
{
	*after = store->newest;
	return vtdm_store_next(after);
}

/* vtdm-cache.c */
bool vtdm_store_init(struct vtdm *unit, struct vtdm_store *store,
		     enum vtdm_cache which);
void vtdm_store_destroy(struct vtdm *unit, struct vtdm_store *store);
void vtdm_store_clear(struct vtdm_store *store);
struct vtdm_entry *vtdm_store_find(struct vtdm *unit, struct vtdm_store *store,
				   const struct vtdm_key *key);
struct vtdm_entry *vtdm_store_peek(struct vtdm_store *store,
				   const struct vtdm_key *key);
struct vtdm_entry *vtdm_store_add(struct vtdm *unit, struct vtdm_store *store,
				  const struct vtdm_key *key, u16 source_id,
				  u32 pasid);
struct vtdm_entry *vtdm_store_filled(const struct vtdm_store *store,
				     u16 source_id, u32 pasid);
struct vtdm_entry *vtdm_store_filled_next(const struct vtdm_entry *entry);
void vtdm_store_drop(struct vtdm_store *store, struct vtdm_entry *entry);
bool vtdm_entry_overlaps(const struct vtdm_entry *entry, u64 first, u64 last);

#endif /* _VTDM_CACHE_H */
