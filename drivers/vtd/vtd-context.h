/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Source ids, their context entries and their PASID tables.
 */
#ifndef _VTD_CONTEXT_H
#define _VTD_CONTEXT_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "vtd-entry.h"

struct vtd_unit;

/* ---- vtd-pasid.c: PASID directories and tables ---- */

/**
 * struct vtd_pasid_dir - a PASID directory with its tables
 * @unit: the unit that walks it
 * @words: the directory; group mutex to write, @lock as well to empty a slot
 * @lock: held by who uses a table without the group mutex
 * @nr_lg2: log2 of its number of entries
 * @order: of its pages
 */
struct vtd_pasid_dir {
	struct vtd_unit *unit;
	u64 *words;
	struct mutex lock;
	unsigned int nr_lg2;
	unsigned int order;
};

struct vtd_pasid_dir *vtd_pasid_dir_alloc(struct vtd_unit *unit,
					  u32 max_pasids);
void vtd_pasid_dir_free(struct vtd_pasid_dir *dir);
u32 vtd_pasid_dir_limit(const struct vtd_pasid_dir *dir);
struct vtd_entry *vtd_pasid_entry(struct vtd_pasid_dir *dir, u32 pasid);
int vtd_pasid_prepare(struct vtd_pasid_dir *dir, u32 pasid);
void vtd_pasid_trim(struct vtd_pasid_dir *dir, u32 pasid, u16 did);
void vtd_pasid_make_pass(struct vtd_pasid_dir *dir);
void vtd_table_sync(struct vtd_unit *unit, void *addr, size_t size);

/* ---- vtd-context.c: source ids ---- */

/**
 * struct vtd_requester - one source id behind a unit
 * @unit: the unit
 * @source_id: bus 15:8, device-function 7:0
 * @users: the devices that DMA with it, struct vtd_requester_user:
 *	more than one when they share an alias; unit->table_lock
 * @dir: own PASID directory, NULL while nobody manages the source id;
 *	unit->table_lock, stable while there are users
 * @rid_pasid: the PASID of a DMA without PASID; unit->table_lock to write
 * @ats: its device has a device TLB; topology lock to write
 * @ats_queue_depth: of that device, as in its ATS capability; as @ats
 * @unflushed: the unit did not confirm a change of the context entry or of a
 *	PASID table entry
 *
 * Lives from the first sight of its source id until the unit goes, so it can
 * be looked up without a lock.
 */
struct vtd_requester {
	struct vtd_unit *unit;
	u16 source_id;
	struct list_head users;
	struct vtd_pasid_dir *dir;
	u32 rid_pasid;
	bool ats;
	u8 ats_queue_depth;
	bool unflushed;
};

/**
 * enum vtd_context_state - what a context entry does
 * @VTD_CONTEXT_BLOCKED: not present
 * @VTD_CONTEXT_PASS: the unit's pass-through directory
 * @VTD_CONTEXT_OWN: the requester's own directory
 */
enum vtd_context_state {
	VTD_CONTEXT_BLOCKED,
	VTD_CONTEXT_PASS,
	VTD_CONTEXT_OWN,
};

struct vtd_requester *vtd_requester_find(struct vtd_unit *unit, u16 source_id);
struct vtd_requester *vtd_requester_get(struct vtd_unit *unit, u16 source_id);
enum vtd_context_state vtd_context_state(struct vtd_requester *req);
bool vtd_context_tags(struct vtd_requester *req);
int vtd_context_set(struct vtd_requester *req, enum vtd_context_state state,
		    u64 abilities);
int vtd_context_steer(struct vtd_requester *req, u32 pasid);
int vtd_context_drop_tlb(struct vtd_requester *req);
int vtd_context_pass(u16 source_id, void *data);
void vtd_context_destroy(struct vtd_unit *unit);
u64 *vtd_context_words(struct vtd_unit *unit, u16 source_id);

#endif /* _VTD_CONTEXT_H */
