// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page tables of an address space
 *
 * Each page table of an address space has all that is mapped in it. What a new
 * one cannot do, the address space cannot do from then on: addresses that it does
 * not reach are reserved, and its smallest page is what everything is aligned to.
 * With the first page table memory is pinned, with the last one unpinned.
 *
 * While they come and go nothing is mapped or unmapped; drivers with accesses go
 * on.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include <iopasid/domain.h>
#include <iopasid/group.h>

#include "area.h"
#include "ioas.h"
#include "map.h"

static bool iofd_ioas_is_aligned(struct iofd_ioas *ioas,
				 unsigned long alignment)
{
	struct iofd_area *area;

	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX)
		if ((area->iova.start | iofd_area_length(area) | area->offset) &
		    (alignment - 1))
			return false;
	return true;
}

/**
 * iofd_ioas_update_alignment() - what everything must be aligned to
 * @ioas: the address space; who needs an alignment has changed
 *
 * Context: domains_rwsem and iova_rwsem held for writing.
 * Return: 0; -EINVAL when it were more than a page; -EADDRINUSE when there are
 * mappings that are not: then it is as before.
 */
int iofd_ioas_update_alignment(struct iofd_ioas *ioas)
{
	unsigned long alignment = iofd_access_alignment(ioas);
	struct iofd_ioas_domain *iod;

	lockdep_assert_held_write(&ioas->domains_rwsem);
	lockdep_assert_held_write(&ioas->iova_rwsem);

	/* Cutting needs each page for itself. */
	if (!ioas->huge_pages)
		alignment = PAGE_SIZE;
	list_for_each_entry(iod, &ioas->domains, item)
		alignment = max(alignment, 1UL << __ffs(iod->domain->pgsizes));
	if (alignment > PAGE_SIZE)
		return -EINVAL;
	if (alignment > ioas->space.alignment &&
	    !iofd_ioas_is_aligned(ioas, alignment))
		return -EADDRINUSE;
	ioas->space.alignment = alignment;
	return 0;
}

static int iofd_domain_fill_area(struct iofd_ioas *ioas,
				 struct iopasid_domain *domain,
				 struct iofd_area *area)
{
	int ret = area->in_tables ? 0 : iofd_area_pin(area);

	return ret ?: iofd_area_map(area, domain, ioas->huge_pages);
}

static int iofd_domain_fill(struct iofd_ioas *ioas,
			    struct iopasid_domain *domain)
{
	struct iofd_area *area;
	int ret = 0;

	lockdep_assert_held_write(&ioas->domains_rwsem);

	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX) {
		if (area->lost)
			continue;
		ret = iofd_domain_fill_area(ioas, domain, area);
		if (ret)
			break;
	}
	return ret;
}

/* Hardware may still reach what it has reached through a page table. */
static void iofd_ioas_lose(struct iofd_ioas *ioas)
{
	struct iofd_area *area;

	down_write(&ioas->iova_rwsem);
	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX)
		area->lost |= area->in_tables;
	up_write(&ioas->iova_rwsem);
}

static void iofd_domain_empty(struct iofd_ioas *ioas,
			      struct iopasid_domain *domain)
{
	struct iopasid_gather gather;
	struct iofd_area *area;

	lockdep_assert_held_write(&ioas->domains_rwsem);

	iopasid_gather_init(&gather);
	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX) {
		iofd_area_unmap(area, domain, &gather);
		cond_resched();
	}
	if (iofd_domain_flush(domain, &gather))
		iofd_ioas_lose(ioas);
	if (!list_is_singular(&ioas->domains))
		return;
	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX)
		if (!area->lost)
			iofd_area_unpin(area);
}

static struct iofd_ioas_domain *
iofd_ioas_find_domain(struct iofd_ioas *ioas, struct iopasid_domain *domain)
{
	struct iofd_ioas_domain *iod;

	lockdep_assert_held(&ioas->domains_rwsem);

	list_for_each_entry(iod, &ioas->domains, item)
		if (iod->domain == domain)
			return iod;
	return NULL;
}

/* Frees @iod. */
static void iofd_ioas_drop_domain(struct iofd_ioas *ioas,
				  struct iofd_ioas_domain *iod)
{
	lockdep_assert_held_write(&ioas->domains_rwsem);

	down_write(&ioas->iova_rwsem);
	list_del(&iod->item);
	iofd_space_unreserve(&ioas->space, iod->domain);
	/* Only less is needed. */
	WARN_ON_ONCE(iofd_ioas_update_alignment(ioas));
	up_write(&ioas->iova_rwsem);
	kfree(iod);
}

/* What @iod cannot do; @ranges are those that it does not reach. */
static int iofd_ioas_restrict(struct iofd_ioas *ioas,
			      struct iofd_ioas_domain *iod,
			      struct rb_root_cached *ranges)
{
	int ret;

	lockdep_assert_held_write(&ioas->domains_rwsem);

	down_write(&ioas->iova_rwsem);
	list_add_tail(&iod->item, &ioas->domains);
	ret = iofd_ioas_update_alignment(ioas);
	if (!ret)
		ret = iofd_space_reserve(&ioas->space, ranges);
	up_write(&ioas->iova_rwsem);
	return ret;
}

/**
 * iofd_ioas_add_domain() - have a page table filled, now and from now on
 * @ioas: the address space
 * @domain: an empty paging domain that is attached nowhere
 *
 * Context: may sleep; pins memory.
 * Return: 0; -EINVAL when its smallest page is larger than the CPU's;
 * -EADDRINUSE when something is mapped, or allowed, that it cannot have; -ENOMEM;
 * as iofd_pages_add_user() and iofd_area_map(). All or nothing.
 */
int iofd_ioas_add_domain(struct iofd_ioas *ioas, struct iopasid_domain *domain)
{
	struct rb_root_cached ranges = RB_ROOT_CACHED;
	struct iofd_ioas_domain *iod;
	int ret;

	iod = kzalloc(sizeof(*iod), GFP_KERNEL_ACCOUNT);
	if (!iod)
		return -ENOMEM;
	iod->domain = domain;
	if (domain->aperture_last < ULONG_MAX) {
		ret = iofd_ranges_add(&ranges, domain->aperture_last + 1,
				      ULONG_MAX, domain);
		if (ret) {
			kfree(iod);
			return ret;
		}
	}

	down_write(&ioas->domains_rwsem);
	ret = iofd_ioas_restrict(ioas, iod, &ranges);
	if (!ret) {
		ret = iofd_domain_fill(ioas, domain);
		if (iofd_map_is_lost(ret))
			iofd_ioas_lose(ioas);
		if (ret)
			iofd_domain_empty(ioas, domain);
	}
	if (ret)
		iofd_ioas_drop_domain(ioas, iod);
	up_write(&ioas->domains_rwsem);
	iofd_ranges_free(&ranges);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_add_domain);

/**
 * iofd_ioas_remove_domain() - empty a page table
 * @ioas: the address space
 * @domain: from iofd_ioas_add_domain(), attached nowhere
 *
 * Context: may sleep.
 */
void iofd_ioas_remove_domain(struct iofd_ioas *ioas,
			     struct iopasid_domain *domain)
{
	struct iofd_ioas_domain *iod;

	down_write(&ioas->domains_rwsem);
	iod = iofd_ioas_find_domain(ioas, domain);
	if (!WARN_ON_ONCE(!iod)) {
		iofd_domain_empty(ioas, domain);
		iofd_ioas_drop_domain(ioas, iod);
	}
	up_write(&ioas->domains_rwsem);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_remove_domain);

/**
 * iofd_ioas_reserve() - addresses that nothing may be mapped at
 * @ioas: the address space
 * @resv: struct iopasid_resv
 * @owner: for iofd_ioas_unreserve()
 *
 * Context: may sleep.
 * Return: 0; -EADDRINUSE when some are mapped, or allowed; -ENOMEM. All or
 * nothing.
 */
int iofd_ioas_reserve(struct iofd_ioas *ioas, struct list_head *resv,
		      const void *owner)
{
	struct rb_root_cached ranges = RB_ROOT_CACHED;
	struct iopasid_resv *range;
	int ret = 0;

	list_for_each_entry(range, resv, node) {
		ret = iofd_ranges_add(&ranges, range->first, range->last,
				      owner);
		if (ret)
			goto free_ranges;
	}
	down_write(&ioas->iova_rwsem);
	ret = iofd_space_reserve(&ioas->space, &ranges);
	up_write(&ioas->iova_rwsem);
free_ranges:
	iofd_ranges_free(&ranges);
	return ret;
}

/**
 * iofd_ioas_unreserve() - they are free again, as far as the owner is concerned
 * @ioas: the address space
 * @owner: who reserved them
 *
 * Context: may sleep.
 */
void iofd_ioas_unreserve(struct iofd_ioas *ioas, const void *owner)
{
	down_write(&ioas->iova_rwsem);
	iofd_space_unreserve(&ioas->space, owner);
	up_write(&ioas->iova_rwsem);
}
