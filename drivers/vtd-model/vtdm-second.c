// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second-stage translation.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "vtdm-walk.h"

/**
 * DOC: second stage
 *
 * Three, four or five levels, as AW of the PASID table entry says
 * (specification 3.7). R and W must be set on every level of the way; an entry
 * with neither is not present. Pages of 2 MiB and 1 GiB if CAP.SSLPS has them.
 * A and D bits are set only with SSADE, and only if the walk is snooped
 * (PWSNP): else an entry that lacks one is a fault.
 *
 * The nested translation uses this for its tables too, and gives the faults of
 * those other names.
 */

/* An entry that software changes each time it is looked at */
#define VTDM_UPDATE_TRIES	16

static unsigned int vtdm_second_levels(const struct vtdm_walk *walk)
{
	return FIELD_GET(VTDM_PASID_AW, walk->entry[0]) + 2;
}

/* 3.7: the smaller of what AW and CAP.MGAW say counts. */
static bool vtdm_second_beyond(const struct vtdm_walk *walk, u64 addr)
{
	unsigned int width = vtdm_level_lg2(vtdm_second_levels(walk) + 1);
	unsigned int most = FIELD_GET(VTDM_CAP_MGAW, walk->unit->config.cap) + 1;

	return addr >> min(width, most);
}

static bool vtdm_second_is_leaf(u64 entry, unsigned int level)
{
	return level == 1 || entry & VTDM_SECOND_PS;
}

/* 9.8 */
static bool vtdm_second_reserved(const struct vtdm *unit, u64 entry, unsigned int level)
{
	u64 reserved = VTDM_SECOND_RESERVED;
	unsigned int sizes = FIELD_GET(VTDM_CAP_SSLPS, unit->config.cap);

	if (level > VTDM_MAX_LEAF_LEVEL ||
	    (level > 1 && !(sizes & BIT(level - 2))))
		reserved |= VTDM_SECOND_PS;
	if (vtdm_second_is_leaf(entry, level)) {
		if (!vtdm_ecap(unit, VTDM_ECAP_SC))
			reserved |= VTDM_SECOND_SNP;
		if (level == 2)
			reserved |= VTDM_SECOND_2M_RESERVED;
		if (level == 3)
			reserved |= VTDM_SECOND_1G_RESERVED;
	}
	/* In the table of 4 KiB pages bit 7 is ignored */
	return entry & reserved;
}

static u8 vtdm_second_rights(u64 entry)
{
	u8 rights = VTDM_ALL_RIGHTS;

	if (!(entry & VTDM_SECOND_R))
		rights &= ~(VTDM_MAY_READ | VTDM_MAY_EXEC);
	if (!(entry & VTDM_SECOND_W))
		rights &= ~(VTDM_MAY_WRITE | VTDM_MAY_PRIV_WRITE);
	return rights;
}

/* What the entry says of the request; on success its rights are in @rights. */
static u8 vtdm_second_check(const struct vtdm_walk *walk, u64 entry, unsigned int level,
			    bool write, u8 *rights)
{
	if (!(entry & (VTDM_SECOND_R | VTDM_SECOND_W)))
		return VTDM_REASON_SECOND_P;
	if (vtdm_second_reserved(walk->unit, entry, level))
		return VTDM_REASON_SECOND_RESERVED;
	*rights &= vtdm_second_rights(entry);
	if (!vtdm_second_is_leaf(entry, level))
		return 0;
	if (write && !(*rights & VTDM_MAY_WRITE))
		return VTDM_REASON_NO_WRITE;
	if (!write && !(*rights & VTDM_MAY_READ))
		return VTDM_REASON_NO_READ;
	return 0;
}

static u64 vtdm_second_marks(const struct vtdm_walk *walk, u64 entry, unsigned int level,
			     bool write)
{
	if (!(walk->entry[0] & VTDM_PASID_SSADE))
		return 0;
	if (write && vtdm_second_is_leaf(entry, level))
		return VTDM_SECOND_A | VTDM_SECOND_D;
	return VTDM_SECOND_A;
}

/* Read, check and mark the entry of one level. */
static bool vtdm_second_entry(struct vtdm_walk *walk, u64 addr, bool write,
			      struct vtdm_step *step, u64 *entry)
{
	u64 phys = vtdm_level_entry(step->table, addr, step->level), marks;
	unsigned int tries = VTDM_UPDATE_TRIES;
	u8 reason, rights;

	if (!vtdm_paging_load(walk, phys, entry))
		return vtdm_walk_failed(walk, step->level == step->levels ?
					VTDM_REASON_SECOND_ROOT_ACCESS :
					VTDM_REASON_SECOND_ACCESS);
	while (tries--) {
		rights = step->rights;
		reason = vtdm_second_check(walk, *entry, step->level, write, &rights);
		if (reason)
			return vtdm_walk_failed(walk, reason);
		marks = vtdm_second_marks(walk, *entry, step->level, write);
		if (marks & ~*entry && !(walk->entry[1] & VTDM_PASID_PWSNP))
			return vtdm_walk_failed(walk, VTDM_REASON_SECOND_NO_SNOOP);
		if (marks & ~*entry) {
			switch (vtdm_paging_update(walk, phys, entry, marks)) {
			case VTDM_UPDATE_AGAIN:
				continue;
			case VTDM_UPDATE_FAILED:
				return vtdm_walk_failed(walk, VTDM_REASON_SECOND_ATOMIC);
			case VTDM_UPDATE_DONE:
				break;
			}
		}
		step->rights = rights;
		return true;
	}
	return vtdm_walk_failed(walk, VTDM_REASON_SECOND_ATOMIC);
}

static void vtdm_second_page(const struct vtdm_walk *walk, u64 addr, u64 entry,
			     const struct vtdm_step *step, struct vtdm_page *page)
{
	u64 offset = BIT_ULL(vtdm_level_lg2(step->level)) - 1;

	page->phys = (entry & VTDM_TABLE_ADDR & ~offset) | (addr & offset);
	page->lg2 = vtdm_level_lg2(step->level);
	page->rights = step->rights;
	if (entry & VTDM_SECOND_D || !(walk->entry[0] & VTDM_PASID_SSADE))
		page->rights |= VTDM_DIRTY;
}

/**
 * vtdm_second_walk() - translate through the second stage (3.7)
 * @walk: the translation, with its PASID table entry
 * @addr: input address
 * @write: a write; else a read
 * @page: gets what it leads to
 *
 * Return: false: a fault.
 */
bool vtdm_second_walk(struct vtdm_walk *walk, u64 addr, bool write, struct vtdm_page *page)
{
	struct vtdm_step step = {
		.table = walk->entry[0] & VTDM_TABLE_ADDR,
		.level = vtdm_second_levels(walk),
		.levels = vtdm_second_levels(walk),
		.rights = VTDM_ALL_RIGHTS,
	};
	u64 entry;

	if (vtdm_second_beyond(walk, addr))
		return vtdm_walk_failed(walk, VTDM_REASON_BEYOND_SECOND);
	vtdm_paging_find(walk, VTDM_PGTT_SECOND, addr, &step);
	for (;;) {
		if (!vtdm_second_entry(walk, addr, write, &step, &entry))
			return false;
		if (vtdm_second_is_leaf(entry, step.level))
			break;
		step.table = entry & VTDM_TABLE_ADDR;
		step.level--;
		vtdm_paging_fill(walk, VTDM_PGTT_SECOND, addr, &step);
	}
	vtdm_second_page(walk, addr, entry, &step, page);
	return true;
}
