// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains with a page table and its cache tags.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vtd.h"
#include "vtd-plant.h"

/**
 * DOC: paging domains
 *
 * The page table (vtd-pt.c) needs no lock, the flush of an unmap takes the
 * tag lock for a moment and polls without any. So map and unmap of disjoint
 * ranges run in parallel, also with interrupts off.
 *
 * Lifecycle: alloc -> attach and detach any number of times (vtd-attach.c)
 * while it is mapped and unmapped -> free, attached nowhere. A domain may outlive
 * its unit (vtd-unit.c): then it is a table that is walked by nobody, until it is
 * attached behind another unit.
 *
 * Domains for memory of a program differ in two ways. Where the unit can see to
 * it (ECAP.SC), no device gets past the CPU's caches; such a domain is not for a
 * unit that cannot, nor one that was made without for a unit that can. And they
 * may show which pages were written (vtd-pt-dirty.c).
 *
 * Unhappy path: table pages that a unit may still walk, because it did not
 * confirm a flush, are never freed; the counter "pages_leaked" has them.
 */

/* The unit may walk these for ever. */
static void vtd_domain_leak(struct vtd_domain *vdom, struct list_head *pages)
{
	atomic_long_add(vtd_pt_leak_pages(&vdom->pt, pages),
			&vdom->unit->nr_leaked_pages);
}

/* Unmap what the unit does not get to see. */
static void vtd_domain_take_back(struct vtd_domain *vdom, u64 iova, size_t size)
{
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	vtd_pt_unmap(&vdom->pt, iova, size, &gather);
	vtd_domain_leak(vdom, &gather.pages);
}

static int vtd_domain_map(struct iopasid_domain *domain, u64 iova,
			  phys_addr_t phys, size_t size, unsigned int prot,
			  gfp_t gfp)
{
	struct vtd_domain *vdom = to_vtd_domain(domain);
	int flushed, ret;

	ret = vtd_pt_map(&vdom->pt, iova, phys, size, prot, gfp);
	if (likely(!ret && !vdom->flush_maps)) {
		vtd_promise_range(vdom, iova, iova + size - 1,
				  VTD_PROMISE_MAPPED, "map");
		return 0;
	}
	if (ret == -EINVAL || ret == -ERANGE)
		return ret;
	/*
	 * A unit in caching mode caches "not present". And after a failure the
	 * unit may have used the part that was there for a moment.
	 */
	flushed = vtd_flush_range(vdom, iova, iova + size - 1, false);
	if (likely(!flushed)) {
		if (!ret)
			vtd_promise_range(vdom, iova, iova + size - 1,
					  VTD_PROMISE_MAPPED, "map");
		return ret;
	}
	if (!ret)
		vtd_domain_take_back(vdom, iova, size);
	return ret == -EEXIST ? ret : flushed;
}

static size_t vtd_domain_unmap(struct iopasid_domain *domain, u64 iova,
			       size_t size, struct iopasid_gather *gather)
{
	return vtd_pt_unmap(&to_vtd_domain(domain)->pt, iova, size, gather);
}

static void vtd_domain_promise(struct vtd_domain *vdom,
			       const struct iopasid_gather *gather)
{
	if (gather->cleaned)
		vtd_promise_range(vdom, gather->first, gather->last,
				  VTD_PROMISE_CLEAN, "clear of dirty marks");
	else
		vtd_promise_range(vdom, gather->first, gather->last,
				  VTD_PROMISE_GONE, "unmap");
}

static int vtd_domain_flush(struct iopasid_domain *domain,
			    struct iopasid_gather *gather)
{
	struct vtd_domain *vdom = to_vtd_domain(domain);
	bool leaves_only = list_empty(&gather->pages);
	int ret;

	if (iopasid_gather_empty(gather))
		return 0;
	if (vtd_planted(VTD_PLANT_FREE_EARLY))
		vtd_pt_free_pages(&vdom->pt, &gather->pages);
	if (unlikely(READ_ONCE(vdom->unit->suppress_flush))) {
		vtd_count(vdom->unit, VTD_COUNT_SUPPRESSED);
		vtd_domain_leak(vdom, &gather->pages);
		vtd_domain_promise(vdom, gather);
		iopasid_gather_init(gather);
		return 0;
	}
	ret = vtd_flush_range(vdom, gather->first, gather->last, leaves_only);
	if (likely(!ret)) {
		vtd_domain_promise(vdom, gather);
		vtd_pt_free_pages(&vdom->pt, &gather->pages);
	} else {
		vtd_domain_leak(vdom, &gather->pages);
	}
	iopasid_gather_init(gather);
	return ret;
}

static int vtd_domain_flush_all(struct iopasid_domain *domain)
{
	return vtd_flush_range(to_vtd_domain(domain), 0, U64_MAX, false);
}

static phys_addr_t vtd_domain_iova_to_phys(struct iopasid_domain *domain,
					   u64 iova)
{
	return vtd_pt_iova_to_phys(&to_vtd_domain(domain)->pt, iova);
}

static void vtd_domain_read_and_clear_dirty(struct iopasid_domain *domain,
					    u64 iova, size_t size,
					    const struct iopasid_dirty *dirty)
{
	vtd_pt_read_dirty(&to_vtd_domain(domain)->pt, iova, size, dirty);
}

/* A unit may walk the tables for ever: let it find nothing, and keep them. */
static void vtd_domain_abandon(struct vtd_domain *vdom)
{
	u64 last = vdom->domain.aperture_last;
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	vtd_pt_unmap(&vdom->pt, 0, last + 1, &gather);
	/* If it fails again, that has been said before. */
	vtd_flush_range(vdom, 0, last, false);
	vtd_domain_leak(vdom, &gather.pages);
	atomic_long_add(vtd_pt_nr_tables(&vdom->pt),
			&vdom->unit->nr_leaked_pages);
}

/**
 * vtd_domain_free() - a page table goes
 * @domain: attached nowhere
 *
 * Context: may sleep.
 */
void vtd_domain_free(struct iopasid_domain *domain)
{
	struct vtd_domain *vdom = to_vtd_domain(domain);
	struct vtd_unit *unit = vdom->unit;
	bool lost = vtd_tags_lost(vdom);

	mutex_lock(&unit->domains_lock);
	list_del(&vdom->node);
	mutex_unlock(&unit->domains_lock);

	if (domain->type == IOPASID_DOMAIN_SVA)
		vtd_sva_root_free(vdom, lost);
	else if (unlikely(lost))
		vtd_domain_abandon(vdom);
	else
		vtd_pt_destroy(&vdom->pt);
	vtd_tags_free(vdom);
	kfree(vdom);
	vtd_unit_put(unit);
}

static const struct iopasid_domain_ops vtd_paging_ops = {
	.attach_dev		= vtd_attach_dev,
	.attach_dev_pasid	= vtd_attach_dev_pasid,
	.detach_dev_pasid	= vtd_detach_dev_pasid,
	.map_pages		= vtd_domain_map,
	.unmap_pages		= vtd_domain_unmap,
	.flush			= vtd_domain_flush,
	.flush_all		= vtd_domain_flush_all,
	.iova_to_phys		= vtd_domain_iova_to_phys,
	.read_and_clear_dirty	= vtd_domain_read_and_clear_dirty,
	.free			= vtd_domain_free,
};

/**
 * vtd_domain_aperture_last() - the highest address that a unit can translate
 * @unit: the unit
 * @tables: its page tables of a stage
 *
 * CAP.MGAW bounds both stages (3.6, 3.7).
 *
 * Return: the address, inclusive.
 */
u64 vtd_domain_aperture_last(const struct vtd_unit *unit,
			     const struct vtd_stage_tables *tables)
{
	u64 guest = BIT_ULL(FIELD_GET(VTD_CAP_MGAW, unit->cap) + 1) - 1;

	return min(guest, vtd_pt_aperture_last(tables->format, tables->levels));
}

/* Leaves for memory of a program: no device gets past the CPU's caches */
static bool vtd_domain_snoops(const struct vtd_unit *unit, bool user)
{
	return user && unit->ecap & VTD_ECAP_SC;
}

/**
 * vtd_domain_fits() - can a unit use a domain that was made for another?
 * @vdom: the domain
 * @unit: the unit
 *
 * An address space of a process follows the same rules: it has the page sizes of
 * the CPU, and is coherent unless that was waived (vtd-sva.c); flush_maps is never
 * set in it.
 *
 * Return: whether it can walk the table, and the table is what it would have got
 * for this unit.
 */
bool vtd_domain_fits(const struct vtd_domain *vdom,
		     const struct vtd_unit *unit)
{
	const struct vtd_pt_config *config = &vdom->pt.config;
	const struct vtd_stage_tables *tables = vtd_stage_of(unit,
							     config->format);

	return (vdom->flush_maps || !(unit->cap & VTD_CAP_CM)) &&
	       config->levels == tables->levels &&
	       vdom->domain.aperture_last <=
			vtd_domain_aperture_last(unit, tables) &&
	       !(config->pgsizes & ~tables->pgsizes) &&
	       (!config->coherent || (unit->ecap & VTD_ECAP_SMPWC)) &&
	       (!config->dirty || config->format == &vtd_pt_first ||
		(unit->ecap & VTD_ECAP_SSADS)) &&
	       config->snoop == vtd_domain_snoops(unit, vdom->user);
}

/**
 * vtd_domain_alloc() - an empty page table
 * @unit: who is to walk it
 * @tables: as it wants them
 * @kind: what it is for
 *
 * Context: may sleep.
 * Return: the domain; ERR_PTR(-ENOMEM).
 */
struct iopasid_domain *
vtd_domain_alloc(struct vtd_unit *unit, const struct vtd_stage_tables *tables,
		 const struct vtd_domain_kind *kind)
{
	struct vtd_pt_config config = {
		.format		= tables->format,
		.levels		= tables->levels,
		.pgsizes	= tables->pgsizes,
		.coherent	= unit->ecap & VTD_ECAP_SMPWC,
		.snoop		= vtd_domain_snoops(unit, kind->user),
		.dirty		= kind->dirty,
		.node		= dev_to_node(unit->iounit.dev),
	};
	/* A program makes as many as it likes. */
	gfp_t gfp = kind->user ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;
	struct vtd_domain *vdom;
	int ret;

	vdom = kzalloc(sizeof(*vdom), gfp);
	if (!vdom)
		return ERR_PTR(-ENOMEM);
	ret = vtd_pt_init(&vdom->pt, &config, gfp);
	if (ret) {
		kfree(vdom);
		return ERR_PTR(ret);
	}
	vdom->unit = vtd_unit_get(unit);
	vdom->flush_maps = unit->cap & VTD_CAP_CM;
	vdom->user = kind->user;
	spin_lock_init(&vdom->tag_lock);
	INIT_LIST_HEAD(&vdom->tags);
	vdom->domain.type = kind->type;
	vdom->domain.provider = &vtd_provider;
	vdom->domain.ops = kind->ops;
	vdom->domain.aperture_last = vtd_domain_aperture_last(unit, tables);
	vdom->domain.pgsizes = config.pgsizes;
	vdom->domain.coherent = config.snoop;

	mutex_lock(&unit->domains_lock);
	list_add_tail(&vdom->node, &unit->domains);
	mutex_unlock(&unit->domains_lock);
	return &vdom->domain;
}

/**
 * vtd_domain_alloc_paging() - an empty page table for a device's unit
 * @idev: the device
 *
 * Context: may sleep.
 * Return: the domain; ERR_PTR(-ENOMEM); ERR_PTR(-EOPNOTSUPP): the unit has
 * neither stage.
 */
struct iopasid_domain *vtd_domain_alloc_paging(struct iopasid_device *idev)
{
	static const struct vtd_domain_kind kind = {
		.type	= IOPASID_DOMAIN_PAGING,
		.ops	= &vtd_paging_ops,
	};
	struct vtd_unit *unit = to_vtd_unit(idev->unit);

	if (!unit->stage)
		return ERR_PTR(-EOPNOTSUPP);
	return vtd_domain_alloc(unit, unit->stage, &kind);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_domain_alloc_paging);

/**
 * vtd_domain_alloc_user() - an empty page table for memory of a program
 * @idev: the device
 * @flags: enum iopasid_alloc_flags. Any table can be attached to PASIDs
 * @data: there is no kind of it
 *
 * Context: may sleep.
 * Return: the domain; ERR_PTR(-ENOMEM); ERR_PTR(-EOPNOTSUPP): the unit has
 * neither stage, or cannot tell which pages were written, or there is @data.
 */
struct iopasid_domain *
vtd_domain_alloc_user(struct iopasid_device *idev, u32 flags,
		      const struct iopasid_alloc_data *data)
{
	struct vtd_unit *unit = to_vtd_unit(idev->unit);
	const struct vtd_domain_kind kind = {
		.type	= IOPASID_DOMAIN_PAGING,
		.ops	= &vtd_paging_ops,
		.user	= true,
		.dirty	= flags & IOPASID_ALLOC_DIRTY_TRACKING,
	};
	const struct vtd_stage_tables *tables;

	tables = kind.dirty ? vtd_stage_dirty(unit) : unit->stage;
	if (!tables || data)
		return ERR_PTR(-EOPNOTSUPP);
	return vtd_domain_alloc(unit, tables, &kind);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_domain_alloc_user);
