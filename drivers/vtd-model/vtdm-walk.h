/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One translation on its way through the tables.
 */
#ifndef _VTDM_WALK_H
#define _VTDM_WALK_H

#include "vtdm-private.h"
#include "vtdm-reg-bits.h"
#include "vtdm-table-bits.h"

/**
 * enum vtdm_walk_mode - what a walk may touch
 * @VTDM_WALK_CACHED: use and fill the caches, set A and D bits
 * @VTDM_WALK_AGAIN: the same, but read all paging entries from memory
 * @VTDM_WALK_FRESH: only read memory; for the detector
 */
enum vtdm_walk_mode {
	VTDM_WALK_CACHED,
	VTDM_WALK_AGAIN,
	VTDM_WALK_FRESH,
};

/**
 * struct vtdm_page - what an address leads to
 * @phys: the address after translation
 * @lg2: log2 of the bytes that the same translation serves
 * @rights: enum vtdm_right
 */
struct vtdm_page {
	u64 phys;
	u8 lg2;
	u8 rights;
};

/**
 * struct vtdm_walk - a translation
 * @unit: in it
 * @request: what the device wants; its size does not count
 * @source_id: of the device
 * @address_type: AT field: 0 untranslated, 1 translation request, 2 translated
 * @mode: above
 * @context: words of the context entry
 * @directory: the PASID directory entry, 0: the walk has not got there
 * @entry: words of the PASID table entry
 * @pasid: RID_PASID for a request without PASID
 * @did: domain id
 * @type: enum vtdm_pgtt
 * @priv: privileged mode requested
 * @fpd: the fault is not recorded
 * @used_cached: an entry came from the IOTLB or the paging-structure cache
 * @not_present: a cached "not present" ended it
 * @number: of the IOTLB entry that is the answer, 0: there was none
 * @kernel: it has read a table of the kernel's
 * @doom: of the entries that served
 * @context_table: page that the context entry is in
 * @tables: where entries lead to, by stage (first, second) and level; the
 *	detector compares cached pointers with these
 * @page: the result
 * @reason: why it failed, 0: it did not
 */
struct vtdm_walk {
	struct vtdm *unit;
	const struct vtdm_request *request;
	u16 source_id;
	u8 address_type;
	enum vtdm_walk_mode mode;
	u64 context[VTDM_CONTEXT_WORDS];
	u64 directory;
	u64 entry[VTDM_PASID_WORDS];
	u32 pasid;
	u16 did;
	u8 type;
	bool priv;
	bool fpd;
	bool used_cached;
	bool not_present;
	u64 number;
	bool kernel;
	struct vtdm_doom doom;
	u64 context_table;
	u64 tables[2][VTDM_MAX_LEVELS + 1];
	struct vtdm_page page;
	u8 reason;
};

#define VTDM_STAGE_FIRST	0
#define VTDM_STAGE_SECOND	1

static inline bool vtdm_cap(const struct vtdm *unit, u64 bits)
{
	return unit->config.cap & bits;
}

static inline bool vtdm_ecap(const struct vtdm *unit, u64 bits)
{
	return unit->config.ecap & bits;
}

/* The PASID as reports name it */
static inline u32 vtdm_report_pasid(u32 pasid)
{
	return pasid == VTDM_NO_PASID ? 0 : pasid;
}

static inline bool vtdm_walk_failed(struct vtdm_walk *walk, u8 reason)
{
	walk->reason = reason;
	return false;
}

static inline bool vtdm_walk_load(struct vtdm_walk *walk, u64 phys, u64 *value)
{
	return walk->unit->ops->load64(walk->unit->host, phys, value);
}

/* vtdm-walk.c */
bool vtdm_walk(struct vtdm_walk *walk);
void vtdm_walk_used(struct vtdm_walk *walk, struct vtdm_store *store,
		    struct vtdm_entry *entry);
struct vtdm_entry *vtdm_walk_fill(struct vtdm_walk *walk, enum vtdm_cache which,
				  const struct vtdm_key *key);
u8 vtdm_walk_refusal(const struct vtdm_walk *walk, u8 rights);
bool vtdm_in_interrupt_range(u64 addr);

/**
 * struct vtdm_step - how far a walk of one stage has come
 * @table: of the next level
 * @guest: nested: the same before the second stage
 * @level: the next level
 * @levels: of the whole table
 * @rights: enum vtdm_right, of all levels above
 */
struct vtdm_step {
	u64 table;
	u64 guest;
	unsigned int level;
	unsigned int levels;
	u8 rights;
};

/* vtdm-paging.c: the cache of entries that point to tables */
void vtdm_paging_find(struct vtdm_walk *walk, u8 type, u64 addr,
		      struct vtdm_step *step);
void vtdm_paging_fill(struct vtdm_walk *walk, u8 type, u64 addr,
		      const struct vtdm_step *step);
/**
 * enum vtdm_update - what became of setting A and D
 * @VTDM_UPDATE_DONE: they are set
 * @VTDM_UPDATE_AGAIN: the entry is another one meanwhile
 * @VTDM_UPDATE_FAILED: there is no memory
 */
enum vtdm_update {
	VTDM_UPDATE_DONE,
	VTDM_UPDATE_AGAIN,
	VTDM_UPDATE_FAILED,
};

bool vtdm_paging_load(struct vtdm_walk *walk, u64 phys, u64 *entry);
enum vtdm_update vtdm_paging_update(struct vtdm_walk *walk, u64 phys, u64 *entry,
				    u64 bits);

/* vtdm-context.c */
bool vtdm_words_load(struct vtdm_walk *walk, u64 phys, u64 *word,
		     unsigned int count);
u64 vtdm_table_in_use(const struct vtdm *unit, u64 phys);
bool vtdm_may_keep(const struct vtdm_walk *walk);
bool vtdm_walk_context(struct vtdm_walk *walk);

/* vtdm-pasid.c */
struct vtdm_key vtdm_directory_key(u16 source_id, u32 pasid);
bool vtdm_walk_pasid(struct vtdm_walk *walk);

/* vtdm-second.c */
bool vtdm_second_walk(struct vtdm_walk *walk, u64 addr, bool write,
		      struct vtdm_page *page);

/* vtdm-first.c */
bool vtdm_first_walk(struct vtdm_walk *walk);

/* vtdm-detect.c */
void vtdm_detect_dma(struct vtdm_walk *walk);
void vtdm_detect_device(struct vtdm_endpoint *ep, struct vtdm_entry *entry,
			const struct vtdm_request *request, u64 phys);
void vtdm_detect_freed(struct vtdm *unit, struct vtdm_store *store,
		       struct vtdm_entry *entry);

/* vtdm-missing.c */
void vtdm_missing_text(const struct vtdm_doom *doom, u16 source_id, char *text,
		       size_t size);

#endif /* _VTDM_WALK_H */
