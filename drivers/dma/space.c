// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the DMA API's address space of a group
 *
 * One struct iopasid_dma for each group whose DMA domain is translated: the
 * page table, the IOVA allocator, what is reserved in it, and counters.
 *
 *	create	page table and allocator; every member's reserved ranges are
 *		kept free, what firmware uses is identity-mapped. Nothing is
 *		attached yet.
 *	use	map and unmap, from any context, without the group's lock
 *	add	a late member: new ranges only before the next use
 *	reset	the last driver is gone: what it left mapped is unmapped, the
 *		allocator is replaced by a new one
 *	destroy	nothing is attached any more
 *
 * When a reset cannot be completed - the hardware does not confirm the flush,
 * no memory for a new allocator - the old allocator stays, and with it every
 * address that a driver left behind stays taken: nothing is ever reused that
 * a device might still reach. It counts as used, and takes no new ranges, until
 * a reset succeeds: the next driver's, or that of a member that comes while
 * there is none.
 */
#include <linux/cc_platform.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../core/core.h"
#include "../core/dma-hooks.h"
#include "dma.h"

static struct iopasid_dma *iopasid_dma_alloc_space(struct iopasid_group *group,
						   struct iopasid_device *idev)
{
	struct iopasid_dma *dma = kzalloc(sizeof(*dma), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!dma)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&dma->reserved);
	INIT_LIST_HEAD(&dma->directs);
	dma->group_id = group->id;
	dma->stats = alloc_percpu(struct iopasid_dma_stats);
	if (!dma->stats)
		goto free_dma;
	dma->iovad = iopasid_iova_create();
	if (IS_ERR(dma->iovad)) {
		ret = PTR_ERR(dma->iovad);
		goto free_stats;
	}
	dma->domain = idev->unit->provider->ops->domain_alloc_paging(idev);
	if (IS_ERR(dma->domain)) {
		ret = PTR_ERR(dma->domain);
		goto free_iovad;
	}
	return dma;

free_iovad:
	iopasid_iova_destroy(dma->iovad);
free_stats:
	free_percpu(dma->stats);
free_dma:
	kfree(dma);
	return ERR_PTR(ret);
}

/**
 * iopasid_dma_create() - a group's DMA API gets an address space
 * @group: the group, with at least one member
 *
 * Context: group lock held, may sleep.
 * Return: the address space, all members' ranges reserved;
 * ERR_PTR(-EOPNOTSUPP) from the provider, or because a confidential guest's
 * memory is closed to devices; ERR_PTR(-EINVAL) when the page table does not
 * know the CPU's page size, or firmware's ranges are nonsense;
 * ERR_PTR(-ERANGE) when they are beyond the page table; ERR_PTR(-ENOMEM).
 */
struct iopasid_dma *iopasid_dma_create(struct iopasid_group *group)
{
	struct iopasid_device *idev;
	struct iopasid_dma *dma;
	int ret;

	lockdep_assert_held(&group->lock);

	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return ERR_PTR(-EOPNOTSUPP);
	idev = list_first_entry(&group->devices, struct iopasid_device,
				group_node);
	dma = iopasid_dma_alloc_space(group, idev);
	if (IS_ERR(dma))
		return dma;

	ret = dma->domain->pgsizes & PAGE_SIZE ? 0 : -EINVAL;
	list_for_each_entry(idev, &group->devices, group_node) {
		if (ret)
			break;
		ret = iopasid_range_reserve(dma, idev);
	}
	if (ret) {
		iopasid_dma_destroy(dma);
		return ERR_PTR(ret);
	}
	return dma;
}

/**
 * iopasid_dma_destroy() - a group's DMA API loses its address space
 * @dma: from iopasid_dma_create(), attached nowhere, nobody maps
 *
 * Context: group lock held, may sleep.
 */
void iopasid_dma_destroy(struct iopasid_dma *dma)
{
	iopasid_iova_destroy(dma->iovad);
	dma->domain->ops->free(dma->domain);
	iopasid_range_free(&dma->reserved);
	iopasid_range_free(&dma->directs);
	free_percpu(dma->stats);
	kfree(dma);
}

/**
 * iopasid_dma_get_domain() - the page table of an address space
 * @dma: the address space
 *
 * Context: any.
 * Return: the domain, for as long as @dma lives.
 */
struct iopasid_domain *iopasid_dma_get_domain(struct iopasid_dma *dma)
{
	return dma->domain;
}

static struct iopasid_dma_stats iopasid_dma_sum(const struct iopasid_dma *dma)
{
	struct iopasid_dma_stats sum = {};
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const struct iopasid_dma_stats *stats =
			per_cpu_ptr(dma->stats, cpu);

		sum.nr_maps += READ_ONCE(stats->nr_maps);
		sum.nr_unmaps += READ_ONCE(stats->nr_unmaps);
		sum.map_bytes += READ_ONCE(stats->map_bytes);
		sum.unmap_bytes += READ_ONCE(stats->unmap_bytes);
	}
	return sum;
}

/* Unmap all but the identity mappings; what was mapped is in @gather. */
static size_t iopasid_dma_unmap_all(struct iopasid_dma *dma,
				    struct iopasid_gather *gather)
{
	struct iopasid_domain *domain = dma->domain;
	u64 first = 0, gap_last, last = domain->aperture_last;
	size_t unmapped = 0;

	while (iopasid_range_gap(&dma->directs, &first, last, &gap_last)) {
		unmapped += domain->ops->unmap_pages(domain, first,
						     gap_last - first + 1,
						     gather);
		if (gap_last == last)
			break;
		first = gap_last + 1;
	}
	return unmapped;
}

/* Nobody maps: start with an allocator that has handed out nothing. */
static void iopasid_dma_renew_iovas(struct iopasid_dma *dma)
{
	struct iova_domain *new = iopasid_iova_create();
	struct iopasid_dma_range *range;

	if (IS_ERR(new))
		return;
	list_for_each_entry(range, &dma->reserved, node) {
		if (iopasid_iova_reserve(new, range->first, range->last)) {
			iopasid_iova_destroy(new);
			return;
		}
	}
	iopasid_iova_destroy(dma->iovad);
	dma->iovad = new;
	dma->used = false;
}

/**
 * iopasid_dma_reset() - the last driver of the group is gone
 * @dma: the address space; nobody maps or unmaps
 *
 * Context: group lock held, may sleep.
 * Return: how many bytes were still mapped, identity mappings apart.
 */
size_t iopasid_dma_reset(struct iopasid_dma *dma)
{
	struct iopasid_dma_stats sum = iopasid_dma_sum(dma);
	struct iopasid_domain *domain = dma->domain;
	struct iopasid_gather gather;
	u64 live, nr_live;
	size_t unmapped;
	int ret = 0;

	iopasid_gather_init(&gather);
	unmapped = iopasid_dma_unmap_all(dma, &gather);

	live = sum.map_bytes - sum.unmap_bytes - dma->leaked_bytes;
	nr_live = sum.nr_maps - sum.nr_unmaps - dma->nr_leaked;
	dma->leaked_bytes += live;
	dma->nr_leaked += nr_live;

	if (!iopasid_gather_empty(&gather) || !list_empty(&gather.pages))
		ret = domain->ops->flush(domain, &gather);
	if (!ret && atomic64_read(&dma->quarantined_bytes))
		ret = domain->ops->flush_all(domain);
	if (ret) {
		atomic64_inc(&dma->nr_failed_flushes);
		atomic64_add(live, &dma->quarantined_bytes);
		return unmapped;
	}
	atomic64_set(&dma->quarantined_bytes, 0);
	iopasid_dma_renew_iovas(dma);
	return unmapped;
}

/**
 * iopasid_dma_add_device() - one more member, perhaps while others map
 * @dma: the address space
 * @idev: the member; not attached yet
 * @idle: nobody maps or unmaps: an earlier reset is tried again if it failed
 *
 * Context: group lock held, may sleep.
 * Return: as iopasid_range_reserve(); after a failure, which was reported in
 * one line, @idev must not be attached.
 */
int iopasid_dma_add_device(struct iopasid_dma *dma, struct iopasid_device *idev,
			   bool idle)
{
	if (idle && dma->used)
		iopasid_dma_reset(dma);
	return iopasid_range_reserve(dma, idev);
}

/**
 * iopasid_dma_show() - what an address space holds and has done, for debugfs
 * @s: gets one "name value" a line
 * @dma: the address space
 *
 * Context: group lock held.
 */
void iopasid_dma_show(struct seq_file *s, struct iopasid_dma *dma)
{
	struct iopasid_dma_stats sum = iopasid_dma_sum(dma);
	struct iopasid_dma_range *range;

	seq_printf(s, "  live_bytes %llu\n",
		   sum.map_bytes - sum.unmap_bytes - dma->leaked_bytes);
	seq_printf(s, "  live_ranges %llu\n",
		   sum.nr_maps - sum.nr_unmaps - dma->nr_leaked);
	seq_printf(s, "  maps %llu\n", sum.nr_maps);
	seq_printf(s, "  unmaps %llu\n", sum.nr_unmaps);
	seq_printf(s, "  leaked_bytes %llu\n", dma->leaked_bytes);
	seq_printf(s, "  failed_flushes %lld\n",
		   (s64)atomic64_read(&dma->nr_failed_flushes));
	seq_printf(s, "  quarantined_bytes %lld\n",
		   (s64)atomic64_read(&dma->quarantined_bytes));
	list_for_each_entry(range, &dma->reserved, node)
		seq_printf(s, "  reserved %#llx-%#llx\n", range->first,
			   range->last);
	list_for_each_entry(range, &dma->directs, node)
		seq_printf(s, "  direct %#llx-%#llx\n", range->first,
			   range->last);
}
