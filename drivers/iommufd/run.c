// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: runs
 *
 * Which pages are pinned, for as long as they are: no page table is ever asked
 * for it. An entry of the tree covers all indices whose pages follow one another
 * in physical memory, be it 4 KiB or a gigabyte, and has for its value the page
 * number less the index: the same for all pages of the run, so a run is cut by
 * storing into the middle of it, and two are neighbours in memory if their values
 * are equal.
 */
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "run.h"

/* The difference may be negative, and an entry's value has 63 bits. */
static void *iofd_run_entry(const struct iofd_run *run)
{
	return xa_mk_value((run->pfn - run->first) & LONG_MAX);
}

static unsigned long iofd_run_pfn(void *entry, unsigned long index)
{
	return (xa_to_value(entry) + index) & LONG_MAX;
}

/**
 * iofd_run_walk_next() - the next run
 * @walk: from iofd_run_walk_begin()
 *
 * Context: pages->lock held.
 * Return: true with the run in @walk, false when there is none left.
 */
bool iofd_run_walk_next(struct iofd_run_walk *walk)
{
	MA_STATE(mas, &walk->pages->runs, walk->pos, walk->pos);
	void *entry;

	lockdep_assert_held(&walk->pages->lock);

	if (!walk->more)
		return false;
	entry = mas_find(&mas, walk->end);
	if (!entry) {
		walk->more = false;
		return false;
	}
	walk->run.first = max(mas.index, walk->pos);
	walk->run.last = min(mas.last, walk->end);
	walk->run.pfn = iofd_run_pfn(entry, walk->run.first);
	walk->more = walk->run.last < walk->end;
	walk->pos = walk->run.last + 1;
	return true;
}

/**
 * iofd_run_add() - record pages that were pinned
 * @pages: the memory
 * @run: the pages; none of the indices has one
 *
 * Context: pages->lock held, may sleep.
 * Return: 0, -ENOMEM.
 */
int iofd_run_add(struct iofd_pages *pages, const struct iofd_run *run)
{
	MA_STATE(mas, &pages->runs, 0, 0);
	void *entry = iofd_run_entry(run);
	unsigned long first = run->first;
	unsigned long last = run->last;

	lockdep_assert_held(&pages->lock);

	/* One entry for what is one piece of memory */
	if (first) {
		mas_set(&mas, first - 1);
		if (mas_walk(&mas) == entry)
			first = mas.index;
	}
	if (last + 1 < pages->nr_pages) {
		mas_set(&mas, last + 1);
		if (mas_walk(&mas) == entry)
			last = mas.last;
	}
	mas_set_range(&mas, first, last);
	return mas_store_gfp(&mas, entry, GFP_KERNEL_ACCOUNT);
}

/**
 * iofd_run_remove() - forget pages
 * @pages: the memory
 * @first: first index
 * @last: last index; runs that reach out of the range are cut
 *
 * Context: pages->lock held, may sleep.
 */
void iofd_run_remove(struct iofd_pages *pages, unsigned long first,
		     unsigned long last)
{
	MA_STATE(mas, &pages->runs, first, last);

	lockdep_assert_held(&pages->lock);

	/* Cutting may need a node, and unmapping must not fail. */
	WARN_ON_ONCE(mas_store_gfp(&mas, NULL, GFP_KERNEL | __GFP_NOFAIL));
}
