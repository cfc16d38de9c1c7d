// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables: what reads them.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <kunit/visibility.h>

#include "vtd-pt.h"

/**
 * DOC: Looking into a page table
 *
 * Two kinds of readers. Those who own the address (a copy of a mapping, the
 * end of an unmap) just read: nobody takes away the tables on their way. Those
 * who look from outside (debugfs) own nothing: the tables on their way may be
 * unlinked and freed at any moment. They count themselves in
 * vtd_pt.nr_readers for the few reads that a walk takes, with interrupts
 * off, and vtd_pt_free_pages() waits until that count is 0. So looking costs
 * those who map and unmap nothing, but for one read when they free tables.
 */

/*
 * Read the entries on the way to @iova, entry[level], root first. Returns the
 * level where the way ends.
 */
static unsigned int read_way(const struct vtd_pt *pt, u64 iova, u64 *entry)
{
	const u64 *table = pt->root;
	unsigned int level;

	for (level = pt->config.levels;; level--) {
		entry[level] = READ_ONCE(table[vtd_pt_index(iova, level)]);
		if (vtd_pte_empty(entry[level]) ||
		    vtd_pte_leaf(entry[level], level))
			return level;
		table = vtd_pte_table(entry[level]);
	}
}

/**
 * vtd_pt_iova_to_phys() - what an address is mapped to
 * @pt: the page table
 * @iova: the address; its offset in the page is kept
 *
 * Context: any. The caller keeps the address from being unmapped.
 * Return: the physical address, PHYS_ADDR_MAX when there is none.
 */
phys_addr_t vtd_pt_iova_to_phys(struct vtd_pt *pt, u64 iova)
{
	u64 entry[VTD_PT_MAX_LEVELS + 1];
	unsigned int level;
	u64 mask;

	if (iova > vtd_pt_last(pt))
		return PHYS_ADDR_MAX;
	level = read_way(pt, iova, entry);
	if (vtd_pte_empty(entry[level]))
		return PHYS_ADDR_MAX;
	mask = BIT_ULL(vtd_pt_entry_lg2(level)) - 1;
	return (entry[level] & VTD_PTE_ADDR & ~mask) | (iova & mask);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_iova_to_phys);

/**
 * vtd_pt_walk() - show the entries that the unit reads for an address
 * @pt: the page table
 * @iova: the address
 * @fn: called for each level from the root to where the walk ends
 * @data: for @fn
 *
 * For people who look: the range may be mapped and unmapped meanwhile.
 *
 * Context: that of @fn.
 */
void vtd_pt_walk(struct vtd_pt *pt, u64 iova, vtd_pt_walk_fn fn,
		 void *data)
{
	u64 entry[VTD_PT_MAX_LEVELS + 1];
	unsigned int level, end;
	unsigned long flags;

	if (iova > vtd_pt_last(pt))
		return;
	local_irq_save(flags);
	atomic_inc(&pt->nr_readers);
	/* Partner: vtd_pt_free_pages(). */
	smp_mb__after_atomic();
	end = read_way(pt, iova, entry);
	/* The reads are over before the tables may be freed. */
	smp_mb__before_atomic();
	atomic_dec(&pt->nr_readers);
	local_irq_restore(flags);
	for (level = pt->config.levels; level >= end; level--)
		fn(level, vtd_pt_index(iova, level), entry[level], data);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_walk);
