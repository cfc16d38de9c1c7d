// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables: the pages that devices have written.
 */
#include <linux/bitops.h>
#include <linux/sched.h>
#include <kunit/visibility.h>

#include <iopasid/domain.h>

#include "vtd-pt-cursor.h"

/**
 * DOC: Dirty pages
 *
 * A page table with vtd_pt_config.dirty has leaves without Dirty. The unit sets
 * it, by an atomic update of the live entry, with the first write that it does
 * not find in a cache; it never clears it. A reader clears it, and has the range
 * flushed::
 *
 *   reader                            device
 *
 *   D is set: clear_bit(D)
 *                                     writes through the IOTLB, sets nothing
 *   flush: IOTLB, device TLBs;
 *   waits for writes under way
 *                                     writes: reads the leaf, sets D
 *   copies the page
 *
 * A write before the flush is over is in the copy, and one after it is in the
 * next report. Both sides change the entry by atomic operations, so that none
 * undoes the other; no lock is needed.
 *
 * The unit marks pages from the attach on, whether somebody looks or not: first
 * stage has no switch, and to use that of the second (SSADE) would save one write
 * for each leaf, at the price of changing all PASID table entries of the domain,
 * which are other groups', and may fail half way. So there is nothing to switch on;
 * who wants to begin clears what is there.
 *
 * Only leaves are written by the unit: all entries are made with Accessed, and
 * tables have no Dirty. So the plain stores of vtd-pt.c still have one writer,
 * but for leaves: an unmap does not care what the unit stored, and a map finds
 * them empty, which the unit leaves alone.
 *
 * A unit that does not snoop could not store into a CPU's cache line: there are
 * no such tables for it.
 */

/*
 * What a read has found: [first, end) is dirty and was not handed on, to be one
 * piece with what follows.
 */
struct dirty_read {
	const struct iopasid_dirty *dirty;
	u64 mark;
	u64 first;
	u64 end;
};

static void hand_on(struct dirty_read *read)
{
	const struct iopasid_dirty *dirty = read->dirty;

	if (dirty->record && read->first < read->end)
		dirty->record(read->first, read->end - read->first,
			      dirty->data);
}

static void found(struct dirty_read *read, u64 first, u64 end)
{
	if (first != read->end) {
		hand_on(read);
		read->first = first;
	}
	read->end = end;
}

/* A leaf at the cursor. One that reaches out of the range keeps its mark. */
static void read_leaf(struct dirty_read *read, const struct vtd_cursor *cursor)
{
	u64 size = BIT_ULL(vtd_pt_entry_lg2(cursor->level));
	u64 first = ALIGN_DOWN(cursor->iova, size);
	u64 last = first + size - 1;

	if (!(read->dirty->flags & IOPASID_DIRTY_NO_CLEAR) &&
	    first == cursor->iova && last <= cursor->last) {
		/* Partner: the unit's update of the entry, see the DOC: block. */
		clear_bit(__ffs64(read->mark),
			  (unsigned long *)vtd_cursor_entry(cursor));
		iopasid_gather_add(read->dirty->gather, first, last);
	}
	found(read, cursor->iova, min(last, cursor->last) + 1);
}

/**
 * vtd_pt_read_dirty() - read the marks of written pages, and clear them
 * @pt: a page table with config.dirty
 * @iova: first address, 4K aligned
 * @size: in bytes, 4K aligned, not 0, within the aperture
 * @dirty: who gets them; @dirty->gather gets the leaves that were cleared
 *
 * The caller keeps the range from being unmapped. Maps may go on.
 *
 * Context: may sleep.
 */
void vtd_pt_read_dirty(struct vtd_pt *pt, u64 iova, size_t size,
		       const struct iopasid_dirty *dirty)
{
	struct dirty_read read = {
		.dirty	= dirty,
		.mark	= pt->config.format->dirty,
	};
	struct vtd_cursor cursor __uninitialized;

	vtd_cursor_init(&cursor, pt, iova, iova + size - 1);
	do {
		u64 value = READ_ONCE(*vtd_cursor_entry(&cursor));

		if (!vtd_pte_empty(value) &&
		    !vtd_pte_leaf(value, cursor.level)) {
			vtd_cursor_descend(&cursor, value);
			cond_resched();
			continue;
		}
		if (value & read.mark)
			read_leaf(&read, &cursor);
		vtd_cursor_advance(&cursor, 1);
	} while (cursor.iova <= cursor.last);
	hand_on(&read);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_read_dirty);
