// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: self-tests of an endpoint
 *
 * - selftest: both ways, compared byte for byte, in coherent memory and in a
 *   streaming mapping that begins inside of a page; by source id, and with the DMA
 *   API's PASID if there is one.
 * - dma_all: both ways in coherent memory, each way of DMA that is attached.
 * - blocked: memory that was mapped and is not any more is out of reach of each
 *   way of DMA. The memory is kept until all have tried, so that a unit that
 *   fails writes to nobody's memory.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <vtd-model/endpoint.h>

#include "endpoint.h"

/* So that the streaming mapping crosses a page and fills none */
#define ENDPOINT_STREAM_OFFSET	256
#define ENDPOINT_STREAM_SIZE	6000

/* Enough to tell one memory from another */
#define ENDPOINT_SAMPLE_SIZE	64

static void endpoint_report(struct seq_file *s, const char *what, u32 pasid,
			    int ret)
{
	seq_printf(s, "%s", what);
	if (pasid != VTD_MODEL_NO_PASID)
		seq_printf(s, " PASID %#x", pasid);
	if (ret == -EBADMSG)
		seq_puts(s, ": bytes differ\n");
	else if (ret)
		seq_printf(s, ": error %d\n", ret);
	else
		seq_puts(s, ": same\n");
}

static int endpoint_test_coherent(struct endpoint *ep, u32 pasid)
{
	struct endpoint_area area = {
		.data	= ep->buffer,
		.addr	= ep->buffer_addr,
		.size	= ENDPOINT_BUFFER_SIZE,
	};

	return endpoint_round_trip(ep, pasid, &area);
}

static int endpoint_test_streaming(struct endpoint *ep, u32 pasid)
{
	void *memory = alloc_pages_exact(2 * PAGE_SIZE, GFP_KERNEL);
	struct endpoint_area area = {
		.data		= memory + ENDPOINT_STREAM_OFFSET,
		.size		= ENDPOINT_STREAM_SIZE,
		.streaming	= true,
	};
	int ret = -ENOMEM;

	if (!memory)
		return -ENOMEM;
	area.addr = dma_map_single(ep->dev, area.data, area.size,
				   DMA_BIDIRECTIONAL);
	if (dma_mapping_error(ep->dev, area.addr))
		goto free;
	ret = endpoint_round_trip(ep, pasid, &area);
	dma_unmap_single(ep->dev, area.addr, area.size, DMA_BIDIRECTIONAL);
free:
	free_pages_exact(memory, 2 * PAGE_SIZE);
	return ret;
}

/**
 * endpoint_selftest_locked() - run the self-test
 * @ep: the device
 * @s: gets one line for each part
 *
 * Context: ep->lock held, sleeps.
 */
void endpoint_selftest_locked(struct endpoint *ep, struct seq_file *s)
{
	u32 pasid = VTD_MODEL_NO_PASID;

	lockdep_assert_held(&ep->lock);

	endpoint_report(s, "coherent", pasid, endpoint_test_coherent(ep, pasid));
	endpoint_report(s, "streaming", pasid,
			endpoint_test_streaming(ep, pasid));
	pasid = ep->pasid;
	if (pasid == IOMMU_PASID_INVALID)
		return;
	endpoint_report(s, "coherent", pasid, endpoint_test_coherent(ep, pasid));
	endpoint_report(s, "streaming", pasid,
			endpoint_test_streaming(ep, pasid));
}

static int endpoint_sample(struct endpoint *ep, u32 pasid, void *unused)
{
	struct endpoint_area area = {
		.data	= ep->buffer,
		.addr	= ep->buffer_addr,
		.size	= ENDPOINT_SAMPLE_SIZE,
	};

	return endpoint_round_trip(ep, pasid, &area);
}

/**
 * endpoint_dma_all_locked() - DMA by all ways that are attached
 * @ep: the device
 * @s: gets the failures and a sum
 *
 * Context: ep->lock held, sleeps.
 */
void endpoint_dma_all_locked(struct endpoint *ep, struct seq_file *s)
{
	lockdep_assert_held(&ep->lock);

	endpoint_each_way_locked(ep, s, "same", endpoint_sample, NULL);
}

static int endpoint_expect_blocked(struct endpoint *ep, u32 pasid, void *data)
{
	const dma_addr_t *addr = data;
	int ret;

	ret = endpoint_send(ep, pasid, *addr, ENDPOINT_SAMPLE_SIZE, pasid, 0);
	if (ret == -EFAULT)
		return 0;
	return ret ?: -EBADMSG;
}

/**
 * endpoint_blocked_locked() - what is unmapped is out of reach
 * @ep: the device
 * @s: gets the failures and a sum
 *
 * Context: ep->use written and ep->lock held, sleeps. Other members of the group
 * must not map meanwhile: the address could be theirs.
 */
void endpoint_blocked_locked(struct endpoint *ep, struct seq_file *s)
{
	struct endpoint_area area = { .size = PAGE_SIZE, .streaming = true };
	int ret = -ENOMEM;

	lockdep_assert_held(&ep->lock);

	area.data = (void *)__get_free_page(GFP_KERNEL);
	if (!area.data)
		goto report;
	area.addr = dma_map_single(ep->dev, area.data, area.size,
				   DMA_BIDIRECTIONAL);
	if (dma_mapping_error(ep->dev, area.addr))
		goto free;
	ret = endpoint_round_trip(ep, VTD_MODEL_NO_PASID, &area);
	dma_unmap_single(ep->dev, area.addr, area.size, DMA_BIDIRECTIONAL);
	if (ret)
		goto free;
	endpoint_each_way_locked(ep, s, "blocked", endpoint_expect_blocked,
				 &area.addr);
free:
	free_page((unsigned long)area.data);
report:
	if (ret)
		endpoint_report(s, "mapped", VTD_MODEL_NO_PASID, ret);
}
