// SPDX-License-Identifier: GPL-2.0-only
/*
 * First-stage translation, alone or on top of the second stage.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "vtdm-walk.h"

/**
 * DOC: first stage
 *
 * The processor's own format with four or five levels (specification 3.6).
 * A is set in every entry of the way and D in the leaf that is written, by
 * compare and exchange, always: there is no switch, but a walk that is not
 * snooped (PWSNP) may not, and faults. With EAFE, EA is set beside A.
 *
 * Tables of a process are walked as they are. What the CPU and the kernel keep in
 * present entries beside that (memory type, global, protection key, bits for
 * software) is ignored; of an entry without P, nothing is looked at. So is XD by
 * a unit without execute requests (ERS). With them it needs NXE.
 *
 * Nested: addresses of tables and pages are guest addresses, and go through
 * the second stage each (3.8). A table is read there; where A or D is set it
 * is written. The page is translated before D is set for it, so that a write
 * that the second stage blocks does not make it dirty.
 */

#define VTDM_UPDATE_TRIES	16

static unsigned int vtdm_first_levels(const struct vtdm_walk *walk)
{
	return FIELD_GET(VTDM_PASID_FSPM, walk->entry[2]) == VTDM_FSPM_5_LEVELS ? 5 : 4;
}

/* All bits from the highest one that counts up are the same. */
static bool vtdm_first_canonical(const struct vtdm_walk *walk, u64 addr)
{
	unsigned int top = vtdm_level_lg2(vtdm_first_levels(walk) + 1) - 1;

	return !(addr >> top) || addr >> top == GENMASK_ULL(63 - top, 0);
}

static bool vtdm_first_is_leaf(u64 entry, unsigned int level)
{
	return level == 1 || entry & VTDM_FIRST_PS;
}

/* 9.7; in the table of 4 KiB pages bit 7 is PAT. 3.6: XD is reserved without NXE. */
static bool vtdm_first_reserved(const struct vtdm_walk *walk, u64 entry, unsigned int level)
{
	if (entry & VTDM_FIRST_XD && vtdm_ecap(walk->unit, VTDM_ECAP_ERS) &&
	    !(walk->entry[2] & VTDM_PASID_NXE))
		return true;
	if (level == 1 || !(entry & VTDM_FIRST_PS))
		return false;
	if (level == 2)
		return entry & VTDM_FIRST_2M_RESERVED;
	if (level == 3 && vtdm_cap(walk->unit, VTDM_CAP_FS1GP))
		return entry & VTDM_FIRST_1G_RESERVED;
	return true;
}

static u8 vtdm_first_rights(const struct vtdm_walk *walk, u64 entry)
{
	u8 rights = VTDM_ALL_RIGHTS;

	if (!(entry & VTDM_FIRST_US))
		rights &= ~VTDM_MAY_USER;
	if (!(entry & VTDM_FIRST_RW))
		rights &= ~VTDM_MAY_WRITE;
	if (!(entry & VTDM_FIRST_RW) && walk->entry[2] & VTDM_PASID_WPE)
		rights &= ~VTDM_MAY_PRIV_WRITE;
	if (entry & VTDM_FIRST_XD && walk->entry[2] & VTDM_PASID_NXE)
		rights &= ~VTDM_MAY_EXEC;
	return rights;
}

static u8 vtdm_first_check(const struct vtdm_walk *walk, u64 entry, unsigned int level,
			   u8 *rights)
{
	if (!(entry & VTDM_FIRST_P))
		return VTDM_REASON_FIRST_P;
	if (vtdm_first_reserved(walk, entry, level))
		return VTDM_REASON_FIRST_RESERVED;
	*rights &= vtdm_first_rights(walk, entry);
	if (!vtdm_first_is_leaf(entry, level))
		return 0;
	return vtdm_walk_refusal(walk, *rights);
}

static u64 vtdm_first_marks(const struct vtdm_walk *walk, u64 entry, unsigned int level)
{
	u64 marks = VTDM_FIRST_A;

	if (walk->entry[2] & VTDM_PASID_EAFE)
		marks |= VTDM_FIRST_EA;
	if (walk->request->write && vtdm_first_is_leaf(entry, level))
		marks |= VTDM_FIRST_D;
	return marks;
}

/* 7.2.3: faults of the second stage have other names under a table. */
static u8 vtdm_first_table_reason(u8 reason, bool root, bool write)
{
	switch (reason) {
	case VTDM_REASON_BEYOND_SECOND:
		return VTDM_REASON_NESTED_TABLE_BEYOND;
	case VTDM_REASON_NO_WRITE:
		return VTDM_REASON_NESTED_TABLE_WRITE;
	case VTDM_REASON_NO_READ:
		return root ? VTDM_REASON_NESTED_ROOT_READ : VTDM_REASON_NESTED_TABLE_READ;
	default:
		return reason;
	}
}

/* The host address of a first-stage table. */
static bool vtdm_first_table(struct vtdm_walk *walk, struct vtdm_step *step, bool write)
{
	struct vtdm_page page;

	step->table = step->guest;
	if (walk->type != VTDM_PGTT_NESTED)
		return true;
	if (!vtdm_second_walk(walk, step->guest, write, &page))
		return vtdm_walk_failed(walk,
					vtdm_first_table_reason(walk->reason,
								step->level == step->levels,
								write));
	step->table = page.phys;
	return true;
}

static void vtdm_first_page(const struct vtdm_walk *walk, u64 entry, u8 rights,
			    unsigned int level, struct vtdm_page *page)
{
	u64 offset = BIT_ULL(vtdm_level_lg2(level)) - 1;

	page->phys = (entry & VTDM_TABLE_ADDR & ~offset) | (walk->request->addr & offset);
	page->lg2 = vtdm_level_lg2(level);
	page->rights = rights;
	if (entry & VTDM_FIRST_D)
		page->rights |= VTDM_DIRTY;
}

/* A leaf's page, through the second stage when nested. */
static bool vtdm_first_leaf(struct vtdm_walk *walk, u64 entry, u8 rights, unsigned int level)
{
	struct vtdm_page *page = &walk->page, second;

	vtdm_first_page(walk, entry, rights, level, page);
	if (walk->type != VTDM_PGTT_NESTED)
		return true;
	if (!vtdm_second_walk(walk, page->phys, walk->request->write, &second))
		return false;
	page->phys = second.phys;
	page->lg2 = min(page->lg2, second.lg2);
	page->rights &= second.rights;
	return true;
}

static bool vtdm_first_mark(struct vtdm_walk *walk, struct vtdm_step *step, u64 phys,
			    u64 *entry, u64 marks, bool *again)
{
	struct vtdm_step table = *step;

	*again = false;
	if (!(marks & ~*entry))
		return true;
	if (!(walk->entry[1] & VTDM_PASID_PWSNP))
		return vtdm_walk_failed(walk, VTDM_REASON_FIRST_NO_SNOOP);
	if (!vtdm_first_table(walk, &table, true))
		return false;
	switch (vtdm_paging_update(walk, phys, entry, marks)) {
	case VTDM_UPDATE_DONE:
		return true;
	case VTDM_UPDATE_AGAIN:
		*again = true;
		return true;
	default:
		return vtdm_walk_failed(walk, VTDM_REASON_FIRST_ATOMIC);
	}
}

/* Read, check and mark the entry of one level; for a leaf, walk->page is done. */
static bool vtdm_first_entry(struct vtdm_walk *walk, struct vtdm_step *step, u64 *entry)
{
	u64 phys = vtdm_level_entry(step->table, walk->request->addr, step->level);
	unsigned int tries = VTDM_UPDATE_TRIES;
	u8 reason, rights;
	bool again;

	if (!vtdm_paging_load(walk, phys, entry))
		return vtdm_walk_failed(walk, step->level == step->levels ?
					VTDM_REASON_FIRST_ROOT_ACCESS :
					VTDM_REASON_FIRST_ACCESS);
	while (tries--) {
		rights = step->rights;
		reason = vtdm_first_check(walk, *entry, step->level, &rights);
		if (reason)
			return vtdm_walk_failed(walk, reason);
		if (vtdm_first_is_leaf(*entry, step->level) &&
		    !vtdm_first_leaf(walk, *entry, rights, step->level))
			return false;
		if (!vtdm_first_mark(walk, step, phys, entry,
				     vtdm_first_marks(walk, *entry, step->level), &again))
			return false;
		if (again)
			continue;
		step->rights = rights;
		return true;
	}
	return vtdm_walk_failed(walk, VTDM_REASON_FIRST_ATOMIC);
}

/**
 * vtdm_first_walk() - translate through the first stage (3.6), or both (3.8)
 * @walk: the translation, with its PASID table entry; gets the page
 *
 * Return: false: a fault.
 */
bool vtdm_first_walk(struct vtdm_walk *walk)
{
	u64 addr = walk->request->addr, entry;
	struct vtdm_step step = {
		.level = vtdm_first_levels(walk),
		.levels = vtdm_first_levels(walk),
		.rights = VTDM_ALL_RIGHTS,
	};

	if (!vtdm_first_canonical(walk, addr))
		return vtdm_walk_failed(walk, VTDM_REASON_NOT_CANONICAL);
	vtdm_paging_find(walk, walk->type, addr, &step);
	if (step.level == step.levels) {
		step.guest = walk->entry[2] & VTDM_TABLE_ADDR;
		if (!vtdm_first_table(walk, &step, false))
			return false;
	}
	for (;;) {
		if (!vtdm_first_entry(walk, &step, &entry))
			return false;
		if (vtdm_first_is_leaf(entry, step.level))
			break;
		step.guest = entry & VTDM_TABLE_ADDR;
		step.level--;
		if (!vtdm_first_table(walk, &step, false))
			return false;
		vtdm_paging_fill(walk, walk->type, addr, &step);
	}
	/* D of both stages: what the walk has just set, too */
	if (entry & VTDM_FIRST_D && walk->request->write)
		walk->page.rights |= VTDM_DIRTY;
	return true;
}
