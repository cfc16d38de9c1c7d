// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: mapping
 *
 * An area gets its addresses first, under the lock of the addresses; then, under
 * none that would keep others from mapping, its pages are pinned and put into all
 * page tables, whole runs at a time, so that a large piece of memory becomes large
 * pages; then it is handed over. A list of areas (a copy of several mappings) is
 * one mapping: all or nothing.
 *
 * Unhappy paths: after any failure the areas are unmapped as usual, which skips
 * what was not mapped, and give their addresses back.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include <iopasid/domain.h>

#include "area.h"
#include "ioas.h"
#include "map.h"
#include "run.h"

/* The part of the run that is in the area; the first and last page may be cut. */
static int iofd_map_run(struct iofd_area *area, struct iopasid_domain *domain,
			const struct iofd_run *run, bool huge_pages)
{
	unsigned long run_offset = run->first << PAGE_SHIFT;
	unsigned long begin = max(run_offset, area->offset);
	unsigned long last = min((run->last << PAGE_SHIFT) + PAGE_SIZE - 1,
				 iofd_area_offset(area, area->iova.last));
	unsigned long iova = area->iova.start + (begin - area->offset);
	phys_addr_t phys = PFN_PHYS(run->pfn) + (begin - run_offset);
	size_t size = last - begin + 1;
	size_t step = huge_pages ? size : PAGE_SIZE;
	int ret = 0;

	while (size && !ret) {
		ret = iopasid_domain_map(domain, iova, phys, step, area->prot,
					 GFP_KERNEL_ACCOUNT);
		iova += step;
		phys += step;
		size -= step;
	}
	return ret;
}

/**
 * iofd_area_map() - put an area into a page table
 * @area: the area; its pages are pinned
 * @domain: the page table, with nothing at the area's addresses
 * @huge_pages: it may have large pages
 *
 * Context: may sleep; takes pages->lock.
 * Return: as iopasid_domain_map(). After a failure some is mapped, and is to be
 * unmapped.
 */
int iofd_area_map(struct iofd_area *area, struct iopasid_domain *domain,
		  bool huge_pages)
{
	struct iofd_pages *pages = area->pages;
	struct iofd_run_walk walk;
	int ret = 0;

	mutex_lock(&pages->lock);
	iofd_for_each_run(&walk, pages, area->user.node.start,
			  area->user.node.last) {
		ret = iofd_map_run(area, domain, &walk.run, huge_pages);
		if (ret)
			break;
	}
	mutex_unlock(&pages->lock);
	return ret;
}

/**
 * iofd_map_is_lost() - may the unit have cached what it did not map?
 * @ret: what iofd_area_map() returned
 *
 * Return: true when it has not answered.
 */
bool iofd_map_is_lost(int ret)
{
	return ret == -EIO || ret == -ETIMEDOUT;
}

/* Into all page tables */
static int iofd_areas_fill(struct iofd_ioas *ioas, struct list_head *areas)
{
	struct iofd_ioas_domain *iod;
	struct iofd_area *area;
	int ret;

	lockdep_assert_held_read(&ioas->domains_rwsem);

	if (list_empty(&ioas->domains))
		return 0;
	list_for_each_entry(area, areas, item) {
		ret = iofd_area_pin(area);
		if (ret)
			return ret;
		list_for_each_entry(iod, &ioas->domains, item) {
			ret = iofd_area_map(area, iod->domain,
					    ioas->huge_pages);
			area->lost = iofd_map_is_lost(ret);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int iofd_areas_check_alignment(struct iofd_ioas *ioas,
				      struct list_head *areas,
				      unsigned long iova)
{
	struct iofd_area *area;

	list_for_each_entry(area, areas, item) {
		if ((iova | area->offset | iofd_area_length(area)) &
		    (ioas->space.alignment - 1))
			return -EINVAL;
		iova += iofd_area_length(area);
	}
	return 0;
}

/* Give the areas addresses. */
static int iofd_areas_insert(struct iofd_ioas *ioas, struct list_head *areas,
			     unsigned long length, unsigned long *iova,
			     bool fixed)
{
	struct iofd_area *area = list_first_entry(areas, struct iofd_area,
						  item);
	unsigned long memory = area->pages->address + area->pages->position +
		area->offset;
	unsigned long pos;
	int ret;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	ret = fixed ? iofd_space_check(&ioas->space, *iova, length) :
		iofd_space_find(&ioas->space, memory, length, iova);
	if (!ret)
		ret = iofd_areas_check_alignment(ioas, areas, *iova);
	if (ret)
		return ret;

	pos = *iova;
	list_for_each_entry(area, areas, item) {
		area->iova.last = pos + iofd_area_length(area) - 1;
		area->iova.start = pos;
		area->busy = true;
		iofd_space_insert(&ioas->space, &area->iova);
		pos = area->iova.last + 1;
	}
	return 0;
}

/**
 * iofd_ioas_place() - map areas, one after the other
 * @ioas: where
 * @areas: new areas; those that were placed are taken out of the list, the
 *	caller frees the others
 * @length: of all together
 * @iova: first address, or gets it
 * @fixed: it is given
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EOVERFLOW, -EEXIST and -ENOSPC as iofd_space_check() and
 * iofd_space_find(); as iofd_pages_add_user() and iofd_area_map(); -EINTR when
 * the caller is killed. All or nothing.
 */
int iofd_ioas_place(struct iofd_ioas *ioas, struct list_head *areas,
		    unsigned long length, unsigned long *iova, bool fixed)
{
	int ret;

	ret = down_read_killable(&ioas->domains_rwsem);
	if (ret)
		return ret;
	down_write(&ioas->iova_rwsem);
	ret = iofd_areas_insert(ioas, areas, length, iova, fixed);
	up_write(&ioas->iova_rwsem);
	if (ret)
		goto unlock;

	ret = iofd_areas_fill(ioas, areas);
	if (ret)
		iofd_areas_clear(ioas, areas);
	iofd_areas_settle(ioas, areas, !ret);
unlock:
	up_read(&ioas->domains_rwsem);
	return ret;
}

static struct iofd_area *iofd_area_copy(struct iofd_area *src,
					unsigned long first, unsigned long last,
					unsigned int prot)
{
	struct iofd_area *area;

	if (src->busy || src->lost)
		return ERR_PTR(-ENOENT);
	if (prot & IOPASID_WRITE && !src->pages->writable)
		return ERR_PTR(-EPERM);
	area = iofd_area_create(src->pages, iofd_area_offset(src, first),
				last - first + 1, prot);
	return area ?: ERR_PTR(-ENOMEM);
}

/**
 * iofd_ioas_collect() - what is mapped in a range, to map it again
 * @ioas: where
 * @iova: first address
 * @length: bytes
 * @prot: of the new mapping, enum iopasid_prot
 * @areas: gets new areas for it, for iofd_ioas_place(); also after a failure
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for no bytes; -EOVERFLOW; -ENOENT when not all of it is
 * mapped; -EPERM when some is not writable; -ENOMEM; -EINTR when the caller is
 * killed.
 */
int iofd_ioas_collect(struct iofd_ioas *ioas, unsigned long iova,
		      unsigned long length, unsigned int prot,
		      struct list_head *areas)
{
	struct iofd_area *src, *area;
	unsigned long last;
	int ret;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;

	ret = down_read_killable(&ioas->iova_rwsem);
	if (ret)
		return ret;
	for (;;) {
		src = iofd_area_first(&ioas->space.areas, iova, iova);
		if (!src) {
			ret = -ENOENT;
			break;
		}
		area = iofd_area_copy(src, iova, min(src->iova.last, last),
				      prot);
		if (IS_ERR(area)) {
			ret = PTR_ERR(area);
			break;
		}
		list_add_tail(&area->item, areas);
		if (src->iova.last >= last)
			break;
		iova = src->iova.last + 1;
	}
	up_read(&ioas->iova_rwsem);
	return ret;
}
