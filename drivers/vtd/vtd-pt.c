// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of both stages.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/processor.h>
#include <kunit/visibility.h>

#include <asm/cacheflush.h>
#include <asm/io.h>

#include <iopasid/domain.h>

#include "vtd-pt-cursor.h"

/**
 * DOC: Page tables without a lock
 *
 * Words: a *table* is a page of 512 entries; an *entry* is empty, a *leaf*
 * (maps memory), or points to a table of the next lower level. Levels count
 * from 1, the table of 4K leaves. A *run* is a row of entries in one table.
 *
 * **The rule that all rests on** is the caller's: at any moment an address
 * belongs to at most one call of map or unmap. Two calls meet only in entries
 * that cover more than either range. It follows that
 *
 * - a leaf, and an entry whose whole span is inside a range, has one writer;
 *   plain stores do. The unit reads entries of 64 bits in one piece. It is the
 *   second writer where dirty pages are looked for: see vtd-pt-dirty.c.
 * - an entry that two ranges share can only go from empty to a table, by
 *   cmpxchg(); the CPU that loses frees its page and uses the winner's.
 * - a table is unlinked only by an unmap that covers its whole span, so no
 *   other call is below it. It is then only hardware that may still walk it:
 *   the page goes into the gather, and the caller frees it with
 *   vtd_pt_free_pages() after the flush, not before.
 *
 * **Units that do not snoop.** A new table is flushed from the CPU cache
 * before its pointer is stored, a run of leaves after it was stored. The
 * pointer itself has a window between its store and its flush, in which
 * another CPU can find it and finish a mapping below it::
 *
 *   CPU A: maps page 1                CPU B: maps page 2, same table
 *
 *   flush(table)
 *   cmpxchg(entry, 0, table|UNSYNCED)
 *                                     e = READ_ONCE(entry)
 *                                     table[2] = leaf; flush(table[2])
 *                                     e & UNSYNCED: flush(entry)
 *                                     returns: page 2 is mapped
 *   flush(entry)
 *   WRITE_ONCE(entry, table)
 *
 * Without its own flush of the entry B would promise a mapping that no unit
 * can reach yet. The flush acts on all CPUs' caches, so it does not matter who
 * stored. If B does not see the note, A's flush was over before the store that
 * removed it. The store that removes the note needs no flush, the unit ignores
 * the bit.
 *
 * **Page sizes.** Each position takes the largest page that the alignment of
 * both addresses and the rest of the range allow. Where a table is already
 * present, be it empty, the walk goes down into it and uses smaller pages:
 * to replace a table by a leaf would need a flush in between. A table goes
 * when an unmap covers its span.
 *
 * **Unhappy paths.** A map that fails clears the leaves it wrote; tables that
 * it installed stay, for the next map or for destroy, because the unit may
 * have cached their pointers by then. For the same reason a caller who cannot
 * exclude DMA to a range before its map has succeeded flushes it after a map
 * that failed. A leaf that reaches out of an unmapped range is left alone.
 */

static void flush_cpu(struct vtd_pt *pt, void *addr, size_t size)
{
	if (pt->config.coherent)
		return;
	if (pt->config.ops)
		pt->config.ops->flush_cpu(pt, addr, size);
	else
		clflush_cache_range(addr, size);
}

static struct page *alloc_table(struct vtd_pt *pt, gfp_t gfp)
{
	gfp = (gfp & ~__GFP_HIGHMEM) | __GFP_ZERO;
	if (pt->config.ops)
		return pt->config.ops->alloc_table(pt, gfp);
	return alloc_pages_node(pt->config.node, gfp, 0);
}

/*
 * What the unit is to find in a new entry of these bits: all marks, or where
 * pages that are written are looked for, all but that.
 */
static u64 with_marks(const struct vtd_pt *pt, u64 bits)
{
	const struct vtd_pt_format *format = pt->config.format;

	return pt->config.dirty ? (bits & ~format->dirty) | format->accessed :
				  bits;
}

/*
 * Put a new table into an empty entry, or find that another CPU was faster.
 * Returns the entry without a note of ours, 0 when there is no memory.
 */
static u64 install_table(struct vtd_pt *pt, u64 *entry, gfp_t gfp)
{
	struct page *page = alloc_table(pt, gfp);
	u64 new, old;

	if (!page)
		return 0;
	flush_cpu(pt, page_address(page), PAGE_SIZE);
	new = page_to_phys(page) | with_marks(pt, pt->config.format->table);
	/*
	 * The zeroes of the table are visible before its pointer. Partners:
	 * the address dependency of those who find it by READ_ONCE(), and of
	 * the unit.
	 */
	old = cmpxchg64(entry, 0, pt->config.coherent ?
				  new : new | VTD_PTE_UNSYNCED);
	if (old) {
		__free_page(page);
		return old;
	}
	atomic_long_inc(&pt->nr_tables);
	if (!pt->config.coherent) {
		flush_cpu(pt, entry, sizeof(*entry));
		/*
		 * Nobody else writes a table entry that a call is below. The
		 * flush ends with a full barrier. Partner: map_descend().
		 */
		WRITE_ONCE(*entry, new);
	}
	return new;
}

static int map_descend(struct vtd_cursor *cursor, gfp_t gfp)
{
	u64 *entry = vtd_cursor_entry(cursor);
	u64 value = READ_ONCE(*entry);

	if (vtd_pte_empty(value))
		value = install_table(cursor->pt, entry, gfp);
	if (!value)
		return -ENOMEM;
	if (vtd_pte_leaf(value, cursor->level))
		return -EEXIST;
	/* Partner: install_table() on another CPU, see the DOC: block. */
	if (value & VTD_PTE_UNSYNCED)
		flush_cpu(cursor->pt, entry, sizeof(*entry));
	vtd_cursor_descend(cursor, value);
	return 0;
}

/* How many of @nr entries, all ours, are empty before one is not. */
static unsigned int nr_empty(const u64 *entry, unsigned int nr)
{
	unsigned int i = 0;

	for (; i + 8 <= nr; i += 8)
		if (entry[i] | entry[i + 1] | entry[i + 2] | entry[i + 3] |
		    entry[i + 4] | entry[i + 5] | entry[i + 6] | entry[i + 7])
			break;
	while (i < nr && vtd_pte_empty(entry[i]))
		i++;
	return i;
}

/* Half of all time of a large map is here: eight stores a turn. */
static void fill(u64 *entry, unsigned int nr, u64 value, u64 step)
{
	for (; nr >= 8; nr -= 8, entry += 8, value += 8 * step) {
		WRITE_ONCE(entry[0], value);
		WRITE_ONCE(entry[1], value + step);
		WRITE_ONCE(entry[2], value + 2 * step);
		WRITE_ONCE(entry[3], value + 3 * step);
		WRITE_ONCE(entry[4], value + 4 * step);
		WRITE_ONCE(entry[5], value + 5 * step);
		WRITE_ONCE(entry[6], value + 6 * step);
		WRITE_ONCE(entry[7], value + 7 * step);
	}
	for (; nr; nr--, entry++, value += step)
		WRITE_ONCE(*entry, value);
}

/*
 * Store a run of leaves, as long as entries are empty. @bias is what to add to
 * an IOVA to get the leaf. Returns the length of the run.
 *
 * No barrier after the stores: whoever tells a device to use them does that
 * with a write that orders them (writel(), or the doorbell of a queue).
 */
static unsigned int map_run(struct vtd_cursor *cursor, u64 bias)
{
	unsigned int level = cursor->level;
	u64 *entry = vtd_cursor_entry(cursor);
	unsigned int nr = nr_empty(entry, vtd_cursor_nr_whole(cursor));

	if (!nr)
		return 0;
	fill(entry, nr, (cursor->iova + bias) | (level > 1 ? VTD_PTE_PS : 0),
	     BIT_ULL(vtd_pt_entry_lg2(level)));
	flush_cpu(cursor->pt, entry, nr * sizeof(*entry));
	if (nr == VTD_PT_ENTRIES && level < cursor->pt->config.levels) {
		/* The whole span is ours, so the entry is, too. */
		u64 *parent = cursor->table[level + 1] +
			      vtd_pt_index(cursor->iova, level + 1);

		WRITE_ONCE(*parent, *parent | VTD_PTE_FULL);
	}
	return nr;
}

/* The level of the largest page that fits at the cursor. */
static unsigned int leaf_level(const struct vtd_cursor *cursor, u64 phys)
{
	u64 left = cursor->last - cursor->iova + 1;
	unsigned int max_lg2 = min_t(unsigned int, ilog2(left),
				     __ffs64(cursor->iova | phys | BIT_ULL(63)));
	unsigned long fits = cursor->pt->config.pgsizes &
			     GENMASK(max_lg2, 0);

	/* Most ranges are short. */
	if (left < SZ_2M)
		return 1;
	return (__fls(fits) - VTD_PT_PAGE_LG2) / VTD_PT_ENTRIES_LG2 + 1;
}

/* Map from the cursor on; on failure the cursor is where it got to. */
static int map_range(struct vtd_cursor *cursor, u64 phys, u64 leaf_bits,
		     gfp_t gfp)
{
	u64 offset = phys - cursor->iova;

	do {
		unsigned int leaf = leaf_level(cursor, cursor->iova + offset);
		unsigned int nr;
		int ret;

		for (;;) {
			nr = cursor->level > leaf ?
			     0 : map_run(cursor, offset + leaf_bits);
			if (nr)
				break;
			ret = map_descend(cursor, gfp);
			if (ret)
				return ret;
		}
		vtd_cursor_advance(cursor, nr);
	} while (cursor->iova <= cursor->last);
	return 0;
}

/*
 * Move a table that is being unlinked, and all below it, to the gather.
 * Returns how many bytes its leaves mapped. Goes as deep as there are levels.
 */
static u64 gather_table(u64 entry, unsigned int level,
			struct iopasid_gather *gather)
{
	const u64 *table = vtd_pte_table(entry);
	u64 nr_leaves = 0;
	u64 bytes = 0;
	unsigned int i;

	list_add(&virt_to_page(table)->lru, &gather->pages);
	if (entry & VTD_PTE_FULL)
		return BIT_ULL(vtd_pt_table_lg2(level));
	for (i = 0; i < VTD_PT_ENTRIES; i++) {
		/* The unit may set Dirty meanwhile. */
		u64 value = READ_ONCE(table[i]);

		if (vtd_pte_empty(value))
			continue;
		if (vtd_pte_leaf(value, level))
			nr_leaves++;
		else
			bytes += gather_table(value, level - 1, gather);
	}
	return bytes + (nr_leaves << vtd_pt_entry_lg2(level));
}

/* What an unmap has done so far. */
struct unmapped {
	struct iopasid_gather *gather;
	u64 bytes;
	bool any;
};

/*
 * Clear the run of entries at the cursor that are inside the range from end to
 * end: holes, leaves and tables with all below them. Without a gather, stop at
 * the first table. Returns how many entries the cursor can advance; 0 when it
 * is in the middle of an entry, or at a table that it must go down into.
 */
static unsigned int clear_run(struct vtd_cursor *cursor,
			      struct unmapped *unmapped)
{
	unsigned int level = cursor->level;
	u64 *entry = vtd_cursor_entry(cursor);
	unsigned int nr_leaves = 0;
	unsigned int nr, i;
	bool any = false;

	if (!IS_ALIGNED(cursor->iova, BIT_ULL(vtd_pt_entry_lg2(level))))
		return 0;
	nr = vtd_cursor_nr_whole(cursor);
	for (i = 0; i < nr; i++) {
		/* As above */
		u64 value = READ_ONCE(entry[i]);

		if (vtd_pte_empty(value))
			continue;
		if (vtd_pte_leaf(value, level))
			nr_leaves++;
		else if (unmapped->gather)
			unmapped->bytes += gather_table(value, level - 1,
							unmapped->gather);
		else
			break;
		WRITE_ONCE(entry[i], 0);
		any = true;
	}
	if (any) {
		flush_cpu(cursor->pt, entry, i * sizeof(*entry));
		unmapped->bytes += (u64)nr_leaves << vtd_pt_entry_lg2(level);
		unmapped->any = true;
	}
	return i;
}

/* Down into a table of which only a part is unmapped. */
static void unmap_descend(struct vtd_cursor *cursor, u64 value)
{
	/*
	 * Others may be here at the same time, to unmap other parts: all of
	 * them store the same.
	 */
	if (value & VTD_PTE_FULL)
		WRITE_ONCE(*vtd_cursor_entry(cursor), value & ~VTD_PTE_FULL);
	vtd_cursor_descend(cursor, value);
}

static void unmap_range(struct vtd_cursor *cursor, struct unmapped *unmapped)
{
	do {
		unsigned int nr = clear_run(cursor, unmapped);

		if (!nr) {
			u64 value = READ_ONCE(*vtd_cursor_entry(cursor));

			if (!vtd_pte_empty(value) &&
			    !vtd_pte_leaf(value, cursor->level)) {
				unmap_descend(cursor, value);
				continue;
			}
			/* A hole, or a leaf that reaches out of the range. */
			nr = 1;
		}
		vtd_cursor_advance(cursor, nr);
	} while (cursor->iova <= cursor->last);
}

/**
 * vtd_pt_init() - make an empty page table
 * @pt: filled
 * @config: what kind; copied
 * @gfp: for the root
 *
 * Return: 0, -EINVAL (levels out of range, pgsizes that are not 4K, 4K and 2M,
 * or all three, dirty without coherent), -ENOMEM.
 */
int vtd_pt_init(struct vtd_pt *pt, const struct vtd_pt_config *config,
		gfp_t gfp)
{
	struct page *page;

	if (config->levels < config->format->min_levels ||
	    config->levels > VTD_PT_MAX_LEVELS ||
	    (config->dirty && !config->coherent))
		return -EINVAL;
	if (config->pgsizes != SZ_4K && config->pgsizes != (SZ_4K | SZ_2M) &&
	    config->pgsizes != (SZ_4K | SZ_2M | SZ_1G))
		return -EINVAL;
	*pt = (struct vtd_pt){ .config = *config };
	page = alloc_table(pt, gfp);
	if (!page)
		return -ENOMEM;
	pt->root = page_address(page);
	flush_cpu(pt, pt->root, PAGE_SIZE);
	atomic_long_set(&pt->nr_tables, 1);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_init);

/**
 * vtd_pt_destroy() - free a page table with all that is in it
 * @pt: a page table that no unit walks any more
 *
 * Gathered pages must have been freed before. To find mappings that somebody
 * forgot, unmap everything first and look at what that returns.
 */
void vtd_pt_destroy(struct vtd_pt *pt)
{
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	vtd_pt_unmap(pt, 0, SIZE_MAX, &gather);
	vtd_pt_free_pages(pt, &gather.pages);
	free_page((unsigned long)pt->root);
	pt->root = NULL;
	atomic_long_dec(&pt->nr_tables);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_destroy);

/* Does the range fit between 0 and @last, both ends included? */
static bool range_fits(u64 first, size_t size, u64 last)
{
	return first <= last && size - 1 <= last - first;
}

static u64 leaf_bits(const struct vtd_pt *pt, unsigned int prot)
{
	const struct vtd_pt_format *format = pt->config.format;
	bool snoop = pt->config.snoop && !(prot & IOPASID_MMIO);

	return with_marks(pt, (prot & IOPASID_READ ? format->read : 0) |
			      (prot & IOPASID_WRITE ? format->write : 0) |
			      (snoop ? format->snoop : 0));
}

/**
 * vtd_pt_map() - map a contiguous range
 * @pt: the page table
 * @iova: first address, 4K aligned
 * @phys: what it maps to, 4K aligned
 * @size: in bytes, 4K aligned, not 0
 * @prot: enum iopasid_prot; READ, WRITE or both, and MMIO
 * @gfp: for table pages
 *
 * The caller owns the range, and nothing of it is mapped or waits for a flush.
 *
 * Context: any; sleeps only if @gfp allows it.
 * Return: 0, -ENOMEM, -EEXIST (a part was mapped), -ERANGE (an address is
 * beyond what the table can hold), -EINVAL (the rules above). On failure the
 * range is as it was, except that tables may have been added.
 */
int vtd_pt_map(struct vtd_pt *pt, u64 iova, phys_addr_t phys,
	       size_t size, unsigned int prot, gfp_t gfp)
{
	struct unmapped undone = {};
	struct vtd_cursor cursor __uninitialized;
	int ret;

	if (!size || !IS_ALIGNED(iova | phys | size, SZ_4K) ||
	    !(prot & (IOPASID_READ | IOPASID_WRITE)))
		return -EINVAL;
	if (!range_fits(iova, size, vtd_pt_last(pt)) ||
	    !range_fits(phys, size, VTD_PTE_ADDR | (SZ_4K - 1)))
		return -ERANGE;
	vtd_cursor_init(&cursor, pt, iova, iova + size - 1);
	ret = map_range(&cursor, phys, leaf_bits(pt, prot), gfp);
	if (ret && cursor.iova > iova) {
		vtd_cursor_init(&cursor, pt, iova, cursor.iova - 1);
		unmap_range(&cursor, &undone);
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_map);

/**
 * vtd_pt_unmap() - clear a range, holes and all
 * @pt: the page table
 * @iova: first address
 * @size: in bytes; what is beyond the aperture is ignored
 * @gather: gets the range, if anything was there, and the unlinked tables
 *
 * The caller owns the range. Leaves that reach out of it stay. With @gather
 * pages the flush must drop the unit's cached table pointers, too.
 *
 * Context: any. Needs no memory.
 * Return: the number of bytes that were mapped and no longer are.
 */
size_t vtd_pt_unmap(struct vtd_pt *pt, u64 iova, size_t size,
		    struct iopasid_gather *gather)
{
	u64 aperture_last = vtd_pt_last(pt);
	struct unmapped unmapped = { .gather = gather };
	struct vtd_cursor cursor __uninitialized;
	u64 last;

	if (!size || iova > aperture_last)
		return 0;
	last = iova + min_t(u64, size - 1, aperture_last - iova);
	vtd_cursor_init(&cursor, pt, iova, last);
	unmap_range(&cursor, &unmapped);
	if (unmapped.any)
		iopasid_gather_add(gather, iova, last);
	return unmapped.bytes;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_unmap);

/**
 * vtd_pt_free_pages() - free unlinked tables
 * @pt: the page table that they were unlinked from
 * @pages: gather->pages, after the flush; empty afterwards
 *
 * Context: any.
 */
void vtd_pt_free_pages(struct vtd_pt *pt, struct list_head *pages)
{
	struct page *page, *next;
	long nr = 0;

	if (list_empty(pages))
		return;
	/*
	 * Partner: vtd_pt_walk(). Either it sees that these tables are
	 * unlinked, or we see that it is under way. It takes a few reads, with
	 * interrupts off.
	 */
	smp_mb();
	while (atomic_read(&pt->nr_readers))
		cpu_relax();
	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
		nr++;
	}
	atomic_long_sub(nr, &pt->nr_tables);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_free_pages);

/**
 * vtd_pt_leak_pages() - unlinked tables that a unit may walk for ever
 * @pt: the page table that they were unlinked from
 * @pages: of gathers
 *
 * They stay linked among themselves, and are the page table's no more.
 *
 * Context: any.
 * Return: how many there are.
 */
unsigned long vtd_pt_leak_pages(struct vtd_pt *pt, struct list_head *pages)
{
	unsigned long nr = list_count_nodes(pages);

	list_del_init(pages);
	atomic_long_sub(nr, &pt->nr_tables);
	return nr;
}
