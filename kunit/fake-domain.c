// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fake domains
 *
 * A paging domain is a plain table of 4K entries in pages of 512. An entry is
 *
 *	free	-> map ->	mapped	-> unmap ->	stale	-> flush -> free
 *
 * A stale entry stands for what hardware may still have in its caches: to map
 * over it, or to free the domain with it, is a broken contract. A page of the
 * table goes with the flush that frees its last entry. A flush that fails
 * leaves everything stale, for good.
 *
 * Map, unmap and flush work in any context: one irq-safe spinlock a domain,
 * and memory is got outside of it.
 */
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

#include "../drivers/core/core.h"

static struct fake *fake_of(const struct iopasid_domain *domain)
{
	return container_of(domain->provider, struct fake, provider);
}

/* For ops that are called with the device's group locked */
void fake_check_group_lock(struct fake_device *fdev)
{
	if (!fdev->group || (IS_ENABLED(CONFIG_LOCKDEP) &&
			     !lockdep_is_held(&fdev->group->lock)))
		fake_complain(fdev->fake, "group lock not held");
}

static int fake_attach_dev(struct iopasid_domain *domain,
			   struct iopasid_device *idev,
			   struct iopasid_domain *old)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct fake *fake = fdev->fake;
	int ret;

	fake_check_group_lock(fdev);
	if (domain->provider != &fake->provider)
		fake_complain(fake, "attach_dev of another provider's domain");
	if (old != fdev->rid)
		fake_complain(fake, "attach_dev with the wrong old domain");
	ret = fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_ATTACH_DEV,
		.domain = domain,
		.old = old,
		.fdev = fdev,
	});
	/* Cannot fail by its contract. */
	if (domain == &fake->blocked)
		ret = 0;
	if (!ret)
		WRITE_ONCE(fdev->rid, domain);
	return ret;
}

/* domain_ops.attach_dev_pasid */
int fake_attach_dev_pasid(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid,
			  struct iopasid_domain *old)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct fake *fake = fdev->fake;
	int ret;

	fake_check_group_lock(fdev);
	if (domain->provider != &fake->provider)
		fake_complain(fake, "attach_dev_pasid of another provider's domain");
	if (!pasid || pasid >= idev->max_pasids)
		fake_complain(fake, "attach_dev_pasid beyond the device's limit");
	if (old != xa_load(&fdev->pasids, pasid))
		fake_complain(fake, "attach_dev_pasid with the wrong old domain");
	ret = fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_ATTACH_PASID,
		.domain = domain,
		.old = old,
		.fdev = fdev,
		.pasid = pasid,
	});
	return ret ?: xa_err(xa_store(&fdev->pasids, pasid, domain, GFP_KERNEL));
}

/* domain_ops.detach_dev_pasid */
void fake_detach_dev_pasid(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid)
{
	struct fake_device *fdev = fake_device_of(idev);

	fake_check_group_lock(fdev);
	fake_call_begin(fdev->fake, &(struct fake_call){
		.op = FAKE_DETACH_PASID,
		.domain = domain,
		.fdev = fdev,
		.pasid = pasid,
	});
	if (xa_erase(&fdev->pasids, pasid) != domain)
		fake_complain(fdev->fake, "detach_dev_pasid of what is not there");
}

/* The entry of @iova, NULL: there is no table for it */
u64 *fake_entry_locked(struct fake_domain *fdom, u64 iova, struct page **table)
{
	lockdep_assert_held(&fdom->lock);

	*table = xa_load(&fdom->tables, iova >> FAKE_TABLE_LG2);
	if (!*table)
		return NULL;
	return (u64 *)page_address(*table) +
		((iova >> PAGE_SHIFT) & (FAKE_ENTRIES - 1));
}

/* Put a page for @iova into the table, if none is there yet. */
static int fake_table_make(struct fake_domain *fdom, u64 iova, gfp_t gfp)
{
	XA_STATE(xas, &fdom->tables, iova >> FAKE_TABLE_LG2);
	struct page *page = alloc_page(gfp | __GFP_ZERO);
	unsigned long flags;

	if (!page)
		return -ENOMEM;
	set_page_private(page, 0);
	do {
		spin_lock_irqsave(&fdom->lock, flags);
		xas_lock(&xas);
		if (!xas_load(&xas)) {
			xas_store(&xas, page);
			if (!xas_error(&xas)) {
				fdom->nr_tables++;
				page = NULL;
			}
		}
		xas_unlock(&xas);
		spin_unlock_irqrestore(&fdom->lock, flags);
	} while (xas_nomem(&xas, gfp));
	if (page)
		__free_page(page);
	return xas_error(&xas);
}

/* One entry: -EAGAIN when the table has no page for it. */
static int fake_map_one(struct fake_domain *fdom, u64 iova, u64 entry)
{
	struct page *table;
	unsigned long flags;
	int ret = -EAGAIN;
	u64 *slot;

	spin_lock_irqsave(&fdom->lock, flags);
	slot = fake_entry_locked(fdom, iova, &table);
	if (!slot)
		goto unlock;
	ret = -EEXIST;
	if (*slot & FAKE_MAPPED)
		goto unlock;
	if (*slot & FAKE_STALE) {
		fake_complain(fdom->fake, "map before the flush of the last unmap");
		fdom->nr_stale--;
	} else {
		set_page_private(table, page_private(table) + 1);
	}
	*slot = entry;
	fdom->nr_mapped++;
	ret = 0;
unlock:
	spin_unlock_irqrestore(&fdom->lock, flags);
	return ret;
}

/* What fake_walk() does with the entries of a range */
enum fake_walk {
	FAKE_WALK_UNMAP,	/* mapped -> stale */
	FAKE_WALK_UNDO,		/* mapped -> free */
	FAKE_WALK_FLUSH,	/* stale -> free */
};

static bool fake_walk_entry_locked(struct fake_domain *fdom, u64 *slot,
				   struct page *table, enum fake_walk what)
{
	lockdep_assert_held(&fdom->lock);

	if (!(*slot & (what == FAKE_WALK_FLUSH ? FAKE_STALE : FAKE_MAPPED)))
		return false;
	if (what == FAKE_WALK_FLUSH)
		fdom->nr_stale--;
	else
		fdom->nr_mapped--;
	if (what == FAKE_WALK_UNMAP) {
		*slot = FAKE_STALE;
		fdom->nr_stale++;
	} else {
		*slot = 0;
		set_page_private(table, page_private(table) - 1);
	}
	return true;
}

/* Walk the entries of [first, last]; what changed is in @gather, if given. */
static size_t fake_walk(struct fake_domain *fdom, u64 first, u64 last,
			enum fake_walk what, struct iopasid_gather *gather)
{
	unsigned long index, flags;
	struct page *table;
	size_t size = 0;

	spin_lock_irqsave(&fdom->lock, flags);
	xa_for_each_range(&fdom->tables, index, table,
			  first >> FAKE_TABLE_LG2, last >> FAKE_TABLE_LG2) {
		u64 addr = (u64)index << FAKE_TABLE_LG2;
		u64 *slot = page_address(table);
		unsigned int i;

		for (i = 0; i < FAKE_ENTRIES; i++, addr += PAGE_SIZE) {
			if (addr < first || addr > last ||
			    !fake_walk_entry_locked(fdom, &slot[i], table, what))
				continue;
			size += PAGE_SIZE;
			if (gather)
				iopasid_gather_add(gather, addr,
						   addr + PAGE_SIZE - 1);
		}
	}
	spin_unlock_irqrestore(&fdom->lock, flags);
	return size;
}

/* Give back the pages of the table that hold nothing any more. */
static void fake_tables_shrink(struct fake_domain *fdom, u64 first, u64 last)
{
	unsigned long index, flags;
	struct page *table;

	spin_lock_irqsave(&fdom->lock, flags);
	xa_for_each_range(&fdom->tables, index, table,
			  first >> FAKE_TABLE_LG2, last >> FAKE_TABLE_LG2) {
		if (page_private(table))
			continue;
		xa_lock(&fdom->tables);
		__xa_erase(&fdom->tables, index);
		xa_unlock(&fdom->tables);
		fdom->nr_tables--;
		__free_page(table);
	}
	spin_unlock_irqrestore(&fdom->lock, flags);
}

static int fake_map_pages(struct iopasid_domain *domain, u64 iova,
			  phys_addr_t phys, size_t size, unsigned int prot,
			  gfp_t gfp)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	size_t done = 0;
	int ret;

	if (!IS_ALIGNED(iova | phys | size, PAGE_SIZE) || !size ||
	    !(prot & FAKE_PROT))
		fake_complain(fdom->fake, "map_pages of parts of a page, or of nothing");
	ret = fake_call_begin(fdom->fake, &(struct fake_call){
		.op = FAKE_MAP,
		.domain = domain,
		.iova = iova,
		.size = size,
	});
	if (!ret && (iova > domain->aperture_last ||
		     size - 1 > domain->aperture_last - iova))
		ret = -ERANGE;
	while (!ret && done < size) {
		ret = fake_map_one(fdom, iova + done,
				   (phys + done) | prot | FAKE_MAPPED);
		if (!ret)
			done += PAGE_SIZE;
		else if (ret == -EAGAIN)
			ret = fake_table_make(fdom, iova + done, gfp);
	}
	if (ret) {
		if (done)
			fake_walk(fdom, iova, iova + done - 1, FAKE_WALK_UNDO,
				  NULL);
		fake_tables_shrink(fdom, iova, iova + size - 1);
	}
	return ret;
}

static void fake_tables_add(struct fake_domain *fdom, long nr)
{
	unsigned long flags;

	spin_lock_irqsave(&fdom->lock, flags);
	fdom->nr_tables += nr;
	spin_unlock_irqrestore(&fdom->lock, flags);
}

/* A table with nothing in it, unlinked in passing */
static void fake_gather_table(struct fake_domain *fdom,
			      struct iopasid_gather *gather)
{
	struct page *page = alloc_page(GFP_ATOMIC);

	if (!page)
		return;
	list_add(&page->lru, &gather->pages);
	fake_tables_add(fdom, 1);
}

static void fake_gather_free(struct fake_domain *fdom,
			     struct iopasid_gather *gather)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &gather->pages, lru) {
		list_del(&page->lru);
		__free_page(page);
		fake_tables_add(fdom, -1);
	}
}

static size_t fake_unmap_pages(struct iopasid_domain *domain, u64 iova,
			       size_t size, struct iopasid_gather *gather)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	size_t unmapped;

	if (!size)
		fake_complain(fdom->fake, "unmap_pages of nothing");
	fake_call_begin(fdom->fake, &(struct fake_call){
		.op = FAKE_UNMAP,
		.domain = domain,
		.iova = iova,
		.size = size,
	});
	unmapped = fake_walk(fdom, iova, iova + size - 1, FAKE_WALK_UNMAP,
			     gather);
	if (!unmapped && fdom->fake->empty_tables)
		fake_gather_table(fdom, gather);
	return unmapped;
}

static int fake_flush_call(struct iopasid_domain *domain, enum fake_op op,
			   u64 first, u64 last)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	unsigned long flags;
	int ret;

	ret = fake_call_begin(fdom->fake, &(struct fake_call){
		.op = op,
		.domain = domain,
		.iova = first,
		.size = last - first + 1,
	});
	if (!ret) {
		fake_walk(fdom, first, last, FAKE_WALK_FLUSH, NULL);
		fake_tables_shrink(fdom, first, last);
		return 0;
	}
	spin_lock_irqsave(&fdom->lock, flags);
	fdom->nr_failed_flushes++;
	spin_unlock_irqrestore(&fdom->lock, flags);
	return ret;
}

static int fake_flush(struct iopasid_domain *domain,
		      struct iopasid_gather *gather)
{
	int ret;

	if (gather->cleaned && !list_empty(&gather->pages))
		fake_complain(fake_of(domain), "flush of unmaps and of dirty pages at once");
	if (!list_empty(&gather->pages) && !fake_of(domain)->empty_tables)
		fake_complain(fake_of(domain), "flush of pages that are not the provider's");
	if (iopasid_gather_empty(gather) && list_empty(&gather->pages))
		return 0;
	if (iopasid_gather_empty(gather))
		iopasid_gather_add(gather, 0, domain->aperture_last);
	ret = fake_flush_call(domain, FAKE_FLUSH, gather->first, gather->last);
	if (!ret)
		fake_flush_dirty(fake_domain_of(domain), gather->first,
				 gather->last);
	if (!ret)
		fake_gather_free(fake_domain_of(domain), gather);
	return ret;
}

static int fake_flush_all(struct iopasid_domain *domain)
{
	return fake_flush_call(domain, FAKE_FLUSH_ALL, 0,
			       domain->aperture_last);
}

static u64 fake_entry_read(struct iopasid_domain *domain, u64 iova)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	unsigned long flags;
	struct page *table;
	u64 *slot, entry;

	spin_lock_irqsave(&fdom->lock, flags);
	slot = fake_entry_locked(fdom, iova, &table);
	entry = slot ? *slot : 0;
	spin_unlock_irqrestore(&fdom->lock, flags);
	return entry;
}

static phys_addr_t fake_iova_to_phys(struct iopasid_domain *domain, u64 iova)
{
	u64 entry = fake_entry_read(domain, iova);

	if (!(entry & FAKE_MAPPED))
		return PHYS_ADDR_MAX;
	return (entry & PAGE_MASK) | (iova & ~PAGE_MASK);
}

/**
 * fake_is_stale() - an address was unmapped and is not flushed
 * @domain: a paging domain
 * @iova: the address
 *
 * Return: true if a device might still reach what was there.
 */
bool fake_is_stale(struct iopasid_domain *domain, u64 iova)
{
	return fake_entry_read(domain, iova) & FAKE_STALE;
}
EXPORT_SYMBOL_IF_KUNIT(fake_is_stale);

/**
 * fake_translate() - what a DMA would hit
 * @fdev: the device
 * @pasid: the PASID, 0 for DMA without one
 * @iova: the address
 * @prot: IOPASID_READ, IOPASID_WRITE or both
 *
 * Return: the physical address; PHYS_ADDR_MAX when the DMA is blocked.
 */
phys_addr_t fake_translate(struct fake_device *fdev, u32 pasid, u64 iova,
			   unsigned int prot)
{
	struct iopasid_domain *domain = fake_reaches(fdev, pasid);

	if (!domain)
		return pasid ? PHYS_ADDR_MAX : iova;
	switch (domain->type) {
	case IOPASID_DOMAIN_IDENTITY:
		return iova;
	case IOPASID_DOMAIN_PAGING:
		if (prot & ~fake_entry_read(domain, iova))
			return PHYS_ADDR_MAX;
		return fake_iova_to_phys(domain, iova);
	case IOPASID_DOMAIN_SVA:
		return fake_sva_walk(domain, iova, prot);
	default:
		return PHYS_ADDR_MAX;
	}
}
EXPORT_SYMBOL_IF_KUNIT(fake_translate);

static void fake_domain_free(struct iopasid_domain *domain)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	struct fake *fake = fdom->fake;
	struct page *table;
	unsigned long index;

	fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_DOMAIN_FREE,
		.domain = domain,
	});
	if (fake_is_attached(fake, domain))
		fake_complain(fake, "free of a domain that is attached");
	if (fdom->nr_stale && !fdom->nr_failed_flushes)
		fake_complain(fake, "free of a domain with unmaps not flushed");
	xa_for_each(&fdom->tables, index, table)
		__free_page(table);
	xa_destroy(&fdom->tables);
	atomic_dec(&fake->nr_domains);
	kfree(fdom);
}

static const struct iopasid_domain_ops fake_paging_ops = {
	.attach_dev = fake_attach_dev,
	.attach_dev_pasid = fake_attach_dev_pasid,
	.detach_dev_pasid = fake_detach_dev_pasid,
	.map_pages = fake_map_pages,
	.unmap_pages = fake_unmap_pages,
	.flush = fake_flush,
	.flush_all = fake_flush_all,
	.iova_to_phys = fake_iova_to_phys,
	.set_dirty_tracking = fake_set_dirty_tracking,
	.read_and_clear_dirty = fake_read_and_clear_dirty,
	.free = fake_domain_free,
};

/* An empty domain */
struct iopasid_domain *fake_domain_make(struct fake *fake)
{
	struct fake_domain *fdom = kzalloc(sizeof(*fdom), GFP_KERNEL);

	if (!fdom)
		return ERR_PTR(-ENOMEM);
	fdom->domain.type = IOPASID_DOMAIN_PAGING;
	fdom->domain.provider = &fake->provider;
	fdom->domain.ops = &fake_paging_ops;
	fdom->domain.aperture_last = fake->aperture_last;
	fdom->domain.pgsizes = fake->pgsizes;
	fdom->fake = fake;
	spin_lock_init(&fdom->lock);
	xa_init(&fdom->tables);
	atomic_inc(&fake->nr_domains);
	return &fdom->domain;
}

/* unit_ops.domain_alloc_paging */
struct iopasid_domain *fake_domain_alloc_paging(struct iopasid_device *idev)
{
	struct fake_device *fdev = fake_device_of(idev);
	int ret;

	ret = fake_call_begin(fdev->fake, &(struct fake_call){
		.op = FAKE_DOMAIN_ALLOC,
		.fdev = fdev,
	});
	return ret ? ERR_PTR(ret) : fake_domain_make(fdev->fake);
}

/* The static domains: where a RID or PASID leads, no page table. */
const struct iopasid_domain_ops fake_static_ops = {
	.attach_dev = fake_attach_dev,
	.attach_dev_pasid = fake_attach_dev_pasid,
	.detach_dev_pasid = fake_detach_dev_pasid,
};
