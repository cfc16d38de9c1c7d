// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: areas
 *
 * An area is one mapping: a range of addresses, and the piece of memory that is
 * there. It is mapped and unmapped as a whole, so the page tables always see the
 * same boundaries again. While somebody maps or unmaps it, it is in the address
 * space already, or still, so that nobody takes the addresses; it is busy then,
 * and nobody else touches it.
 */
#include <linux/kmemleak.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "area.h"

/**
 * iofd_area_create() - a mapping that is nowhere yet
 * @pages: the memory; gets a reference
 * @offset: first byte of it
 * @length: bytes
 * @prot: enum iopasid_prot
 *
 * Return: the area, NULL without memory.
 */
struct iofd_area *iofd_area_create(struct iofd_pages *pages,
				   unsigned long offset, unsigned long length,
				   unsigned int prot)
{
	struct iofd_area *area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);

	if (!area)
		return NULL;
	area->pages = pages;
	iofd_pages_get(pages);
	area->offset = offset;
	area->prot = prot;
	area->iova.last = length - 1;
	area->user.node.start = offset >> PAGE_SHIFT;
	area->user.node.last = (offset + length - 1) >> PAGE_SHIFT;
	INIT_LIST_HEAD(&area->item);
	return area;
}

/**
 * iofd_area_free() - a mapping is gone
 * @area: an area that is in no address space and no page table
 */
void iofd_area_free(struct iofd_area *area)
{
	/* Hardware may still reach its pages: they stay, and so does this. */
	if (area->lost) {
		kmemleak_not_leak(area);
		return;
	}
	iofd_pages_put(area->pages);
	kfree(area);
}

/**
 * iofd_area_free_list() - mappings are gone
 * @areas: a list of them, as iofd_area_free()
 */
void iofd_area_free_list(struct list_head *areas)
{
	struct iofd_area *area, *next;

	list_for_each_entry_safe(area, next, areas, item) {
		list_del_init(&area->item);
		iofd_area_free(area);
	}
}

/**
 * iofd_area_pin() - have the pages pinned, for page tables
 * @area: an area that is in none
 *
 * Context: may sleep.
 * Return: as iofd_pages_add_user().
 */
int iofd_area_pin(struct iofd_area *area)
{
	struct iofd_pages *pages = area->pages;
	int ret;

	mutex_lock(&pages->lock);
	ret = iofd_pages_add_user(pages, &area->user);
	mutex_unlock(&pages->lock);
	if (!ret)
		area->in_tables = true;
	return ret;
}

/**
 * iofd_area_unpin() - no page table has the area any more
 * @area: the area; its pages are unpinned if they were pinned
 *
 * Context: may sleep.
 */
void iofd_area_unpin(struct iofd_area *area)
{
	struct iofd_pages *pages = area->pages;

	if (!area->in_tables)
		return;
	mutex_lock(&pages->lock);
	iofd_pages_remove_user(pages, &area->user);
	mutex_unlock(&pages->lock);
	area->in_tables = false;
}

static struct iofd_area *iofd_area_of(struct interval_tree_node *node)
{
	return node ? container_of(node, struct iofd_area, iova) : NULL;
}

/**
 * iofd_area_first() - the first area in a range
 * @areas: the tree
 * @first: first address
 * @last: last address
 *
 * Return: the area, which may reach out of the range, or NULL.
 */
struct iofd_area *iofd_area_first(struct rb_root_cached *areas,
				  unsigned long first, unsigned long last)
{
	return iofd_area_of(interval_tree_iter_first(areas, first, last));
}
EXPORT_SYMBOL_IF_KUNIT(iofd_area_first);

/**
 * iofd_area_next() - the next one
 * @area: the last one
 * @first: first address
 * @last: last address
 *
 * Return: the area, or NULL.
 */
struct iofd_area *iofd_area_next(struct iofd_area *area, unsigned long first,
				 unsigned long last)
{
	return iofd_area_of(interval_tree_iter_next(&area->iova, first, last));
}
