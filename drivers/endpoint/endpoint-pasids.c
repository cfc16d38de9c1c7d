// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: many PASIDs for one endpoint
 *
 * Write "COUNT" or "COUNT FIRST" to the file pasids to attach COUNT more PASIDs to
 * the DMA domain, with the lowest free numbers from FIRST (by default 1) on; write
 * 0 to detach them all. It reads as how many there are, the lowest and the highest.
 * A write that fails part of the way keeps what it attached.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <iopasid/group.h>
#include <iopasid/pasid.h>
#include <vtd-model/endpoint.h>

#include "endpoint.h"

#define ENDPOINT_PASIDS		(IOPASID_PASID_LAST + 1)

/* More are counted but not listed */
#define ENDPOINT_FAILURES_SHOWN	16

static int endpoint_attach_one(struct endpoint *ep,
			       struct iopasid_domain *domain, u32 first)
{
	u32 pasid, nr_pasids = iopasid_max_pasids(ep->dev);
	int ret;

	if (!nr_pasids)
		return -EOPNOTSUPP;
	ret = iopasid_pasid_alloc(ep->dev, first, nr_pasids - 1, &pasid);
	if (ret)
		return ret;
	ret = iopasid_attach_dev_pasid(domain, ep->dev, pasid);
	if (ret) {
		iopasid_pasid_free(ep->dev, pasid);
		return ret;
	}
	__set_bit(pasid, ep->pasids);
	ep->nr_pasids++;
	return 0;
}

static int endpoint_attach_many(struct endpoint *ep, unsigned int nr, u32 first)
{
	struct iopasid_domain *domain = iopasid_dma_domain(ep->dev);
	int ret = 0;

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	if (!ep->pasids)
		ep->pasids = bitmap_zalloc(ENDPOINT_PASIDS, GFP_KERNEL);
	if (!ep->pasids)
		return -ENOMEM;
	while (nr-- && !ret) {
		ret = endpoint_attach_one(ep, domain, first);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return ret;
}

static void endpoint_detach_many(struct endpoint *ep)
{
	unsigned int pasid;

	if (!ep->pasids)
		return;
	for_each_set_bit(pasid, ep->pasids, ENDPOINT_PASIDS) {
		iopasid_detach_dev_pasid(ep->dev, pasid);
		iopasid_pasid_free(ep->dev, pasid);
		cond_resched();
	}
	bitmap_free(ep->pasids);
	ep->pasids = NULL;
	ep->nr_pasids = 0;
}

/**
 * endpoint_pasids_write_locked() - the file pasids is written
 * @ep: the device
 * @line: "COUNT [FIRST]"
 *
 * Context: ep->lock held, sleeps.
 * Return: 0, or why not all are attached.
 */
int endpoint_pasids_write_locked(struct endpoint *ep, const char *line)
{
	unsigned int nr, first = 1;

	lockdep_assert_held(&ep->lock);

	if (sscanf(line, "%u %u", &nr, &first) < 1)
		return -EINVAL;
	if (!nr) {
		endpoint_detach_many(ep);
		return 0;
	}
	return endpoint_attach_many(ep, nr, first);
}

/**
 * endpoint_pasids_show_locked() - the file pasids is read
 * @ep: the device
 * @s: gets "COUNT LOWEST HIGHEST"
 *
 * Context: ep->lock held.
 */
void endpoint_pasids_show_locked(struct endpoint *ep, struct seq_file *s)
{
	lockdep_assert_held(&ep->lock);

	if (ep->nr_pasids)
		seq_printf(s, "%u %lu %lu\n", ep->nr_pasids,
			   find_first_bit(ep->pasids, ENDPOINT_PASIDS),
			   find_last_bit(ep->pasids, ENDPOINT_PASIDS));
	else
		seq_puts(s, "0\n");
}

/**
 * endpoint_pasids_detach_all() - undo what was written
 * @ep: the device, its files are gone
 */
void endpoint_pasids_detach_all(struct endpoint *ep)
{
	endpoint_detach_many(ep);
}

/**
 * struct endpoint_ways - the sum of endpoint_each_way_locked()
 * @nr: tried
 * @failed: of these
 */
struct endpoint_ways {
	unsigned int nr;
	unsigned int failed;
};

static void endpoint_way(struct endpoint *ep, struct seq_file *s, u32 pasid,
			 endpoint_way_fn fn, void *data,
			 struct endpoint_ways *ways)
{
	int ret = fn(ep, pasid, data);

	ways->nr++;
	cond_resched();
	if (!ret || ways->failed++ >= ENDPOINT_FAILURES_SHOWN)
		return;
	if (pasid == VTD_MODEL_NO_PASID)
		seq_printf(s, "RID: error %d\n", ret);
	else
		seq_printf(s, "PASID %#x: error %d\n", pasid, ret);
}

/**
 * endpoint_each_way_locked() - by source id, the DMA API's PASID, all others
 * @ep: the device
 * @s: gets the first failures and "N of N DONE"
 * @done: the word for success
 * @fn: what to do for each; 0 or an errno
 * @data: for @fn
 *
 * Context: ep->lock held.
 */
void endpoint_each_way_locked(struct endpoint *ep, struct seq_file *s,
			      const char *done, endpoint_way_fn fn, void *data)
{
	struct endpoint_ways ways = { };
	unsigned int pasid;

	lockdep_assert_held(&ep->lock);

	endpoint_way(ep, s, VTD_MODEL_NO_PASID, fn, data, &ways);
	if (ep->pasid != IOMMU_PASID_INVALID)
		endpoint_way(ep, s, ep->pasid, fn, data, &ways);
	if (ep->pasids)
		for_each_set_bit(pasid, ep->pasids, ENDPOINT_PASIDS)
			endpoint_way(ep, s, pasid, fn, data, &ways);
	seq_printf(s, "%u of %u %s\n", ways.nr - ways.failed, ways.nr, done);
}
