// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: map, DMA, unmap, again and again
 *
 * Each writer of "ROUNDS" or "ROUNDS SIZE" to the file stress does that many rounds
 * with memory of its own, 1 to SIZE bytes (default 64 KiB); any number of writers at
 * a time. The stale-translation detector of the unit, not this file, sees a DMA
 * that lands in the memory of another round.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include <vtd-model/endpoint.h>

#include "endpoint.h"

/* The PASID as it was at the start: who destroys it meanwhile gets failures. */
static u32 endpoint_stress_pasid(struct endpoint *ep)
{
	guard(mutex)(&ep->lock);
	return ep->pasid;
}

static int endpoint_stress_dma(struct endpoint *ep, u32 pasid, void *data,
			       size_t size)
{
	struct endpoint_area area = {
		.data		= data,
		.size		= size,
		.streaming	= true,
	};
	int ret;

	area.addr = dma_map_single(ep->dev, data, size, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(ep->dev, area.addr))
		return -ENOMEM;
	ret = endpoint_round_trip(ep, VTD_MODEL_NO_PASID, &area);
	if (!ret && pasid != IOMMU_PASID_INVALID)
		ret = endpoint_round_trip(ep, pasid, &area);
	dma_unmap_single(ep->dev, area.addr, size, DMA_BIDIRECTIONAL);
	return ret;
}

static int endpoint_stress_round(struct endpoint *ep, u32 pasid, size_t size_max)
{
	size_t size = get_random_u32_inclusive(1, size_max);
	void *data = alloc_pages_exact(size, GFP_KERNEL);
	int ret;

	if (!data)
		return -ENOMEM;
	ret = endpoint_stress_dma(ep, pasid, data, size);
	free_pages_exact(data, size);
	atomic64_inc(&ep->stress_rounds);
	if (ret)
		atomic64_inc(&ep->stress_failures);
	return ret;
}

/**
 * endpoint_stress() - the file stress is written
 * @ep: the device
 * @line: "ROUNDS [SIZE]"
 *
 * Context: ep->use read, ep->lock not held; sleeps.
 * Return: 0, or what the first round returned that failed.
 */
int endpoint_stress(struct endpoint *ep, const char *line)
{
	u32 pasid = endpoint_stress_pasid(ep);
	unsigned int rounds, size = SZ_64K;
	int ret = 0;

	if (sscanf(line, "%u %u", &rounds, &size) < 1)
		return -EINVAL;
	if (!size || size > ENDPOINT_SIZE_MAX)
		return -EINVAL;
	while (rounds-- && !ret) {
		ret = endpoint_stress_round(ep, pasid, size);
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return ret;
}

/**
 * endpoint_stress_show() - the file stress is read
 * @ep: the device
 * @s: gets how many rounds there were, and how many failed
 */
void endpoint_stress_show(struct endpoint *ep, struct seq_file *s)
{
	seq_printf(s, "rounds %lld failures %lld\n",
		   atomic64_read(&ep->stress_rounds),
		   atomic64_read(&ep->stress_failures));
}
