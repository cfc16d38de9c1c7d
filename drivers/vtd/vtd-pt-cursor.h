/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A way through a page table, entry by entry.
 */
#ifndef _VTD_PT_CURSOR_H
#define _VTD_PT_CURSOR_H

#include <linux/align.h>
#include <linux/minmax.h>

#include "vtd-pt.h"

/*
 * Where a walk is: table[level] is the table of that level on the way. Those
 * below @level are not known yet: cursors on the stack are __uninitialized.
 */
struct vtd_cursor {
	struct vtd_pt *pt;
	u64 iova;
	u64 last;
	unsigned int level;
	u64 *table[VTD_PT_MAX_LEVELS + 1];
};

static inline void vtd_cursor_init(struct vtd_cursor *cursor,
				   struct vtd_pt *pt, u64 first, u64 last)
{
	cursor->pt = pt;
	cursor->iova = first;
	cursor->last = last;
	cursor->level = pt->config.levels;
	cursor->table[cursor->level] = pt->root;
}

static inline u64 *vtd_cursor_entry(const struct vtd_cursor *cursor)
{
	return cursor->table[cursor->level] +
	       vtd_pt_index(cursor->iova, cursor->level);
}

static inline void vtd_cursor_descend(struct vtd_cursor *cursor, u64 entry)
{
	cursor->level--;
	cursor->table[cursor->level] = vtd_pte_table(entry);
}

/*
 * How many entries from here to the end of the table, or of the range if that
 * comes first, are inside the range from end to end. For a cursor that is at
 * the start of an entry.
 */
static inline unsigned int vtd_cursor_nr_whole(const struct vtd_cursor *cursor)
{
	u64 nr = (cursor->last - cursor->iova + 1) >>
		 vtd_pt_entry_lg2(cursor->level);

	return min_t(u64, nr, VTD_PT_ENTRIES -
			      vtd_pt_index(cursor->iova, cursor->level));
}

/* Go behind @nr entries from here, and up where that leaves the table. */
static inline void vtd_cursor_advance(struct vtd_cursor *cursor,
				      unsigned int nr)
{
	u64 size = BIT_ULL(vtd_pt_entry_lg2(cursor->level));

	cursor->iova = ALIGN_DOWN(cursor->iova, size) + nr * size;
	while (cursor->level < cursor->pt->config.levels &&
	       !vtd_pt_index(cursor->iova, cursor->level))
		cursor->level++;
}

#endif /* _VTD_PT_CURSOR_H */
