// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: unmapping
 *
 * In this order, for all areas of a range together:
 *
 *	drivers that use them (accesses) are asked to stop
 *	the areas are taken: nobody else sees them
 *	they leave each page table, and each page table is flushed once
 *	their pages are unpinned
 *	their addresses are free
 *
 * Whole areas only, and all that are in the range or none.
 *
 * Unhappy path: hardware does not confirm the flush. Then a device may still
 * reach the memory, so it stays pinned, and its addresses taken, for good; the
 * call fails with what the unit said.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include <kunit/visibility.h>

#include <iopasid/domain.h>

#include "area.h"
#include "ioas.h"
#include "map.h"

/* So often a driver is asked to stop using the same pages. */
#define IOFD_NOTIFY_MAX		100

/**
 * iofd_area_unmap() - take an area out of a page table
 * @area: the area; what of it is not there is skipped
 * @domain: the page table
 * @gather: for iofd_domain_flush()
 */
void iofd_area_unmap(struct iofd_area *area, struct iopasid_domain *domain,
		     struct iopasid_gather *gather)
{
	domain->ops->unmap_pages(domain, area->iova.start,
				 iofd_area_length(area), gather);
}

/**
 * iofd_domain_flush() - after it no device reaches what was taken out
 * @domain: the page table
 * @gather: what was
 *
 * Return: 0; -EIO, -ETIMEDOUT when that is not sure.
 */
int iofd_domain_flush(struct iopasid_domain *domain,
		      struct iopasid_gather *gather)
{
	return iopasid_gather_empty(gather) ? 0 :
		domain->ops->flush(domain, gather);
}

static int iofd_areas_unmap(struct iopasid_domain *domain,
			    struct list_head *areas)
{
	struct iopasid_gather gather;
	struct iofd_area *area;

	iopasid_gather_init(&gather);
	list_for_each_entry(area, areas, item) {
		iofd_area_unmap(area, domain, &gather);
		cond_resched();
	}
	return iofd_domain_flush(domain, &gather);
}

/**
 * iofd_areas_clear() - out of all page tables, and unpinned
 * @ioas: where
 * @areas: busy areas; those that hardware may still reach are lost afterwards
 *
 * Context: domains_rwsem held for reading, may sleep.
 */
void iofd_areas_clear(struct iofd_ioas *ioas, struct list_head *areas)
{
	struct iofd_ioas_domain *iod;
	struct iofd_area *area;
	bool lost = false;

	lockdep_assert_held_read(&ioas->domains_rwsem);

	list_for_each_entry(iod, &ioas->domains, item)
		if (iofd_areas_unmap(iod->domain, areas))
			lost = true;
	list_for_each_entry(area, areas, item) {
		area->lost |= lost;
		if (!area->lost)
			iofd_area_unpin(area);
	}
}

/**
 * iofd_areas_settle() - the areas are busy no more
 * @ioas: where
 * @areas: the areas; those that stay are taken out of the list
 * @keep: all stay; else only those that are lost
 *
 * Context: domains_rwsem held for reading, may sleep.
 */
void iofd_areas_settle(struct iofd_ioas *ioas, struct list_head *areas,
		       bool keep)
{
	struct iofd_area *area, *next;

	lockdep_assert_held_read(&ioas->domains_rwsem);

	down_write(&ioas->iova_rwsem);
	list_for_each_entry_safe(area, next, areas, item) {
		area->busy = false;
		if (keep || area->lost)
			list_del_init(&area->item);
		else
			iofd_space_remove(&ioas->space, &area->iova);
	}
	up_write(&ioas->iova_rwsem);
}

/* Can all areas of the range go, as far as others are concerned? */
static int iofd_unmap_check(struct iofd_ioas *ioas, unsigned long first,
			    unsigned long last)
{
	struct iofd_area *area;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	iofd_for_each_area(area, &ioas->space.areas, first, last) {
		if (area->busy)
			return -EBUSY;
		if (area->iova.start < first || area->iova.last > last)
			return -ENOENT;
	}
	return 0;
}

/*
 * Keep drivers from using more of the range. Returns true with what they use
 * already, in @first and @last; counts in @tries, which stands for the call, too,
 * when they were told before.
 */
static bool iofd_unmap_used(struct iofd_ioas *ioas, unsigned long *first,
			    unsigned long *last, unsigned int *tries)
{
	unsigned long used_first = ULONG_MAX, used_last = 0;
	struct iofd_area *area;
	bool told = false;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	iofd_for_each_area(area, &ioas->space.areas, *first, *last) {
		if (!atomic_read(&area->nr_pins))
			continue;
		told |= !!area->leaving;
		area->leaving = area->leaving ?: tries;
		used_first = min(used_first, area->iova.start);
		used_last = area->iova.last;
	}
	if (used_first > used_last)
		return false;
	*first = used_first;
	*last = used_last;
	*tries += told;
	return true;
}

/* It was not unmapped after all, at least not by this call. */
static void iofd_unmap_cancel(struct iofd_ioas *ioas, unsigned long first,
			      unsigned long last, const void *call)
{
	struct iofd_area *area;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	iofd_for_each_area(area, &ioas->space.areas, first, last)
		if (area->leaving == call)
			area->leaving = NULL;
}

/* Returns -EIO when there are some that stay for good. */
static int iofd_unmap_take(struct iofd_ioas *ioas, unsigned long first,
			   unsigned long last, struct list_head *areas)
{
	struct iofd_area *area;
	int ret = 0;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	iofd_for_each_area(area, &ioas->space.areas, first, last) {
		if (area->lost) {
			ret = -EIO;
			continue;
		}
		area->busy = true;
		list_add_tail(&area->item, areas);
	}
	return ret;
}

/*
 * One attempt, with domains_rwsem held for reading: -EAGAIN when drivers use some
 * of the range, which is in @used_first and @used_last then.
 */
static int iofd_unmap_try(struct iofd_ioas *ioas, unsigned long first,
			  unsigned long last, unsigned long *used_first,
			  unsigned long *used_last, unsigned int *tries,
			  struct list_head *areas)
{
	int ret;

	lockdep_assert_held_read(&ioas->domains_rwsem);

	*used_first = first;
	*used_last = last;
	down_write(&ioas->iova_rwsem);
	ret = iofd_unmap_check(ioas, first, last);
	if (!ret && iofd_unmap_used(ioas, used_first, used_last, tries))
		ret = *tries > IOFD_NOTIFY_MAX ? -EDEADLK : -EAGAIN;
	if (!ret)
		ret = iofd_unmap_take(ioas, first, last, areas);
	else if (ret != -EAGAIN)
		iofd_unmap_cancel(ioas, first, last, tries);
	up_write(&ioas->iova_rwsem);
	return ret;
}

/**
 * iofd_ioas_remove() - unmap all areas of a range
 * @ioas: where
 * @first: first address
 * @last: last address
 * @unmapped: gets the number of bytes
 *
 * Context: may sleep, calls drivers that have accesses; no lock held.
 * Return: 0, also when there are none; -ENOENT when an area reaches out of the
 * range; -EBUSY when somebody maps or unmaps in it at the same time; -EDEADLK
 * when a driver does not stop using it; -EINTR when the caller is killed before it
 * begins: then nothing has changed. -EIO when hardware does not confirm: then the
 * rest is unmapped.
 */
int iofd_ioas_remove(struct iofd_ioas *ioas, unsigned long first,
		     unsigned long last, unsigned long *unmapped)
{
	unsigned long used_first, used_last;
	unsigned int tries = 0;
	struct iofd_area *area;
	LIST_HEAD(areas);
	int ret;

	*unmapped = 0;
	ret = down_read_killable(&ioas->domains_rwsem);
	if (ret)
		return ret;
	for (;;) {
		ret = iofd_unmap_try(ioas, first, last, &used_first,
				     &used_last, &tries, &areas);
		if (ret != -EAGAIN)
			break;
		up_read(&ioas->domains_rwsem);
		iofd_access_notify(ioas, used_first, used_last);
		/* Areas are marked by now: to the end of it. */
		down_read(&ioas->domains_rwsem);
	}
	/* What drivers hold on to does not depend on a user. */
	WARN_ON_ONCE(ret == -EDEADLK);
	if (!list_empty(&areas)) {
		iofd_areas_clear(ioas, &areas);
		list_for_each_entry(area, &areas, item) {
			if (area->lost)
				ret = -EIO;
			else
				*unmapped += iofd_area_length(area);
		}
		iofd_areas_settle(ioas, &areas, false);
	}
	up_read(&ioas->domains_rwsem);
	iofd_area_free_list(&areas);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_remove);

/* Give what is at @iova and behind it to another area. */
static int iofd_area_split_locked(struct iofd_ioas *ioas,
				  struct iofd_area *area, unsigned long iova)
{
	struct iofd_pages *pages = area->pages;
	unsigned long offset = iofd_area_offset(area, iova);
	struct iofd_area *right;

	lockdep_assert_held_write(&ioas->iova_rwsem);
	lockdep_assert_held(&pages->lock);

	right = iofd_area_create(pages, offset, area->iova.last - iova + 1,
				 area->prot);
	if (!right)
		return -ENOMEM;

	iofd_space_remove(&ioas->space, &area->iova);
	right->iova.start = iova;
	right->iova.last = area->iova.last;
	area->iova.last = iova - 1;
	iofd_space_insert(&ioas->space, &area->iova);
	iofd_space_insert(&ioas->space, &right->iova);

	if (area->in_tables) {
		interval_tree_remove(&area->user.node, &pages->users);
		interval_tree_insert(&right->user.node, &pages->users);
	}
	area->user.node.last = (offset - 1) >> PAGE_SHIFT;
	if (area->in_tables)
		interval_tree_insert(&area->user.node, &pages->users);
	right->in_tables = area->in_tables;
	return 0;
}

/*
 * @iova is not its first address. -EAGAIN: somebody pins the pages, which are in
 * @pinning then, with a reference.
 */
static int iofd_area_cut(struct iofd_ioas *ioas, struct iofd_area *area,
			 unsigned long iova, struct iofd_pages **pinning)
{
	struct iofd_pages *pages = area->pages;
	unsigned long offset = iofd_area_offset(area, iova);
	int ret;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	if (area->busy || area->leaving)
		return -EBUSY;
	if (atomic_read(&area->nr_pins) || area->lost ||
	    (area->in_tables && ioas->huge_pages) ||
	    (iova | offset) & (ioas->space.alignment - 1))
		return -EINVAL;
	if (!mutex_trylock(&pages->lock)) {
		iofd_pages_get(pages);
		*pinning = pages;
		return -EAGAIN;
	}
	ret = iofd_area_split_locked(ioas, area, iova);
	mutex_unlock(&pages->lock);
	return ret;
}

/* Whoever pins them has the lock, and may wait for a user. */
static int iofd_pages_wait(struct iofd_pages *pages)
{
	int ret = mutex_lock_killable(&pages->lock);

	if (!ret)
		mutex_unlock(&pages->lock);
	iofd_pages_put(pages);
	return ret;
}

/**
 * iofd_ioas_cut() - make two areas of the one that is at an address
 * @ioas: where
 * @iova: first address of the second
 *
 * Nothing changes for page tables, nor for what is pinned.
 *
 * Context: may sleep.
 * Return: 0, also when there is nothing to cut; -EBUSY when somebody unmaps it;
 * -EINVAL when it is in page tables that may have large pages, used by a driver,
 * or would not be aligned; -ENOMEM; -EINTR when the caller is killed.
 */
int iofd_ioas_cut(struct iofd_ioas *ioas, unsigned long iova)
{
	struct iofd_pages *pinning;
	struct iofd_area *area;
	int ret;

	ret = down_read_killable(&ioas->domains_rwsem);
	if (ret)
		return ret;
	do {
		down_write(&ioas->iova_rwsem);
		area = iofd_area_first(&ioas->space.areas, iova, iova);
		ret = area && area->iova.start != iova ?
			iofd_area_cut(ioas, area, iova, &pinning) : 0;
		up_write(&ioas->iova_rwsem);
	} while (ret == -EAGAIN && !(ret = iofd_pages_wait(pinning)));
	up_read(&ioas->domains_rwsem);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_cut);
