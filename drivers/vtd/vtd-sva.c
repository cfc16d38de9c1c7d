// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces of processes: a root for tables that are not ours.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/sizes.h>

#include <asm/cpufeature.h>

#include "vtd.h"

/**
 * DOC: address spaces of processes
 *
 * The unit walks a process's tables as the CPU does: first stage, four levels.
 * Only the root is ours, an empty page that the core fills with entries that lead
 * to the process's own tables. So nothing here goes down from the root, not even to
 * free it: below it there is memory that the kernel may take away at any moment.
 *
 * What the unit must be able to, because the kernel does for no device what it
 * would do for this one:
 *
 * - not to cache what is not present (CAP.CM): nobody is told of what is mapped;
 * - to snoop the CPU's caches when it walks (ECAP.SMPWC): tables are not written
 *   back. The module parameter sva_noncoherent waives this, for QEMU's unit, which
 *   has no cache to go past but does not say so;
 * - to know all page sizes that the CPU uses (CAP.FS1GP).
 *
 * Each change of the process is one flush of all attachments, with the
 * paging-structure caches (IH 0): what a table entry led to is freed right
 * afterwards. It comes from under page-table locks: nothing here sleeps, and as
 * device TLBs are told one by one, the core limits the number of attachments.
 *
 * Unhappy path: after a flush that the unit did not confirm the core empties the
 * root; that page is then kept for good, as the unit may walk it for ever.
 */

static int vtd_sva_invalidate(struct iopasid_domain *domain, u64 first,
			      u64 last)
{
	struct vtd_domain *vdom = to_vtd_domain(domain);
	struct vtd_promise_ears ears;
	int ret = 0;

	vtd_promise_begin(vdom, &ears);
	if (unlikely(READ_ONCE(vdom->unit->suppress_flush)))
		vtd_count(vdom->unit, VTD_COUNT_SUPPRESSED);
	else
		ret = vtd_flush_range(vdom, first, last, false);
	if (likely(!ret))
		vtd_promise_changed(vdom, &ears, first, last,
				    "change of an address space");
	vtd_promise_end(&ears);
	return ret;
}

static const struct iopasid_domain_ops vtd_sva_ops = {
	.attach_dev_pasid	= vtd_attach_dev_pasid,
	.detach_dev_pasid	= vtd_detach_dev_pasid,
	.invalidate		= vtd_sva_invalidate,
	.free			= vtd_domain_free,
};

/**
 * vtd_sva_refusal() - why a unit cannot walk the tables of a process
 * @unit: the unit
 * @cpu_1g: the CPU has pages of 1 GiB
 *
 * Return: the first reason, IOPASID_SVA_WHY_NONE: it can.
 */
enum iopasid_sva_why vtd_sva_refusal(const struct vtd_unit *unit, bool cpu_1g)
{
	if (!unit->first.levels)
		return IOPASID_SVA_WHY_FIRST_STAGE;
	if (unit->cap & VTD_CAP_CM)
		return IOPASID_SVA_WHY_CACHING_MODE;
	if (!(unit->ecap & VTD_ECAP_SMPWC) && !vtd_sva_noncoherent)
		return IOPASID_SVA_WHY_COHERENCY;
	if (cpu_1g && !(unit->first.pgsizes & SZ_1G))
		return IOPASID_SVA_WHY_PAGE_SIZE;
	return IOPASID_SVA_WHY_NONE;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_sva_refusal);

/**
 * vtd_sva_alloc() - a root for the tables of a process
 * @unit: who is to walk it
 * @cpu_1g: the CPU has pages of 1 GiB
 * @why: set with -EOPNOTSUPP
 *
 * Context: may sleep.
 * Return: the domain; ERR_PTR(-ENOMEM); ERR_PTR(-EOPNOTSUPP).
 */
struct iopasid_domain *vtd_sva_alloc(struct vtd_unit *unit, bool cpu_1g,
				     enum iopasid_sva_why *why)
{
	static const struct vtd_domain_kind kind = {
		.type	= IOPASID_DOMAIN_SVA,
		.ops	= &vtd_sva_ops,
		.user	= true,
	};
	/* What the CPU has: another unit must know these. */
	struct vtd_stage_tables tables = {
		.format		= unit->first.format,
		.levels		= unit->first.levels,
		.pgsizes	= SZ_4K | SZ_2M | (cpu_1g ? SZ_1G : 0),
	};
	enum iopasid_sva_why refusal = vtd_sva_refusal(unit, cpu_1g);
	struct iopasid_domain *domain;

	if (refusal) {
		*why = refusal;
		return ERR_PTR(-EOPNOTSUPP);
	}
	domain = vtd_domain_alloc(unit, &tables, &kind);
	if (!IS_ERR(domain))
		domain->root = to_vtd_domain(domain)->pt.root;
	return domain;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_sva_alloc);

/**
 * vtd_domain_alloc_sva() - a root for the tables of a process
 * @idev: a device behind the unit that is to walk it
 * @why: set with -EOPNOTSUPP
 *
 * Context: may sleep.
 * Return: as the contract (provider.h): the domain; ERR_PTR(-ENOMEM);
 * ERR_PTR(-EOPNOTSUPP).
 */
struct iopasid_domain *vtd_domain_alloc_sva(struct iopasid_device *idev,
					    enum iopasid_sva_why *why)
{
	return vtd_sva_alloc(to_vtd_unit(idev->unit),
			     boot_cpu_has(X86_FEATURE_GBPAGES), why);
}

/**
 * vtd_sva_root_free() - the root goes, and nothing below it
 * @vdom: an address space of a process, attached nowhere
 * @lost: a unit may walk it for ever
 *
 * The core has emptied the root; it must be empty whoever walks it.
 *
 * Context: may sleep.
 */
void vtd_sva_root_free(struct vtd_domain *vdom, bool lost)
{
	u64 *root = vdom->pt.root;
	unsigned int i;

	for (i = 0; i < VTD_PT_ENTRIES; i++)
		WRITE_ONCE(root[i], 0);
	if (likely(!lost)) {
		free_page((unsigned long)root);
		return;
	}
	vtd_table_sync(vdom->unit, root, PAGE_SIZE);
	/* If it fails again, that has been said before. */
	vtd_flush_range(vdom, 0, U64_MAX, false);
	atomic_long_inc(&vdom->unit->nr_leaked_pages);
}
