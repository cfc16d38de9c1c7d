/* SPDX-License-Identifier: GPL-2.0-only */
/* What is mapped at a range of addresses. */
#ifndef _IOFD_AREA_H
#define _IOFD_AREA_H

#include <linux/atomic.h>
#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/types.h>

#include <iopasid/domain.h>

#include "pages.h"

/**
 * struct iofd_area - one mapping of an address space
 * @iova: its addresses; in space->areas
 * @pages: the memory
 * @offset: which byte of it is at the first address
 * @prot: enum iopasid_prot
 * @user: what page tables need of @pages; in there while @in_tables
 * @leaving: the call that unmaps it, NULL: none. Drivers may not begin to use it
 * @in_tables: there are page tables, and they have it
 * @busy: somebody maps or unmaps it, and it is his: hands off
 * @lost: hardware has not confirmed that it was unmapped. Addresses and pins are
 *	kept for good
 * @nr_pins: pins of drivers
 * @item: in the list of whoever is @busy with it
 *
 * @iova, @busy, @leaving, @lost and @nr_pins: ioas->iova_rwsem; @nr_pins changes
 * while it is held for reading, too, atomically. @in_tables: ioas->domains_rwsem,
 * or @busy.
 */
struct iofd_area {
	struct interval_tree_node iova;
	struct iofd_pages *pages;
	unsigned long offset;
	unsigned int prot;
	struct iofd_user user;
	const void *leaving;
	bool in_tables;
	bool busy;
	bool lost;
	atomic_t nr_pins;
	struct list_head item;
};

struct iofd_area *iofd_area_create(struct iofd_pages *pages,
				   unsigned long offset, unsigned long length,
				   unsigned int prot);
void iofd_area_free(struct iofd_area *area);
void iofd_area_free_list(struct list_head *areas);
int iofd_area_pin(struct iofd_area *area);
void iofd_area_unpin(struct iofd_area *area);

/* The areas of a tree that reach into [first, last], in ascending order */
struct iofd_area *iofd_area_first(struct rb_root_cached *areas,
				  unsigned long first, unsigned long last);
struct iofd_area *iofd_area_next(struct iofd_area *area, unsigned long first,
				 unsigned long last);

#define iofd_for_each_area(area, areas, first, last)			\
	for ((area) = iofd_area_first(areas, first, last); (area);	\
	     (area) = iofd_area_next(area, first, last))

/* enum iopasid_prot of a mapping */
static inline unsigned int iofd_prot(bool readable, bool writable)
{
	return (readable ? IOPASID_READ : 0) | (writable ? IOPASID_WRITE : 0);
}

static inline unsigned long iofd_area_length(const struct iofd_area *area)
{
	return area->iova.last - area->iova.start + 1;
}

/* Which byte of its pages is at an address of the area */
static inline unsigned long iofd_area_offset(const struct iofd_area *area,
					     unsigned long iova)
{
	return area->offset + (iova - area->iova.start);
}

/* Which page */
static inline unsigned long iofd_area_index(const struct iofd_area *area,
					    unsigned long iova)
{
	return iofd_area_offset(area, iova) >> PAGE_SHIFT;
}

#endif /* _IOFD_AREA_H */
