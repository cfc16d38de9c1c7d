// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: DMA that is compared
 *
 * A pattern is a number, the seed: every word of it follows from the seed and its
 * place, so that both ends know all bytes, and bytes that come from elsewhere, or
 * from another time, differ.
 */
#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include <vtd-model/endpoint.h>

#include "endpoint.h"

static u8 endpoint_byte(u32 seed, size_t offset)
{
	return hash_32(seed ^ hash_32(offset + 1, 32), 8);
}

/**
 * endpoint_pattern() - fill memory
 * @data: the memory
 * @size: bytes
 * @seed: which pattern
 */
void endpoint_pattern(void *data, size_t size, u32 seed)
{
	u8 *bytes = data;
	size_t n;

	for (n = 0; n < size; n++)
		bytes[n] = endpoint_byte(seed, n);
}

/**
 * endpoint_matches() - is this what endpoint_pattern() left?
 * @data: the memory
 * @size: bytes
 * @seed: which pattern
 *
 * Return: true if every byte is the same.
 */
bool endpoint_matches(const void *data, size_t size, u32 seed)
{
	const u8 *bytes = data;
	size_t n;

	for (n = 0; n < size; n++)
		if (bytes[n] != endpoint_byte(seed, n))
			return false;
	return true;
}

/**
 * endpoint_send() - the device writes a pattern to memory
 * @ep: the device
 * @pasid: or VTD_MODEL_NO_PASID
 * @addr: any address
 * @size: 1 to ENDPOINT_SIZE_MAX
 * @seed: which pattern
 * @flags: enum vtd_model_dma_flags, but for the direction
 *
 * Context: sleeps.
 * Return: as vtd_model_dma(); -EINVAL, -ENOMEM.
 */
int endpoint_send(struct endpoint *ep, u32 pasid, u64 addr, size_t size,
		  u32 seed, unsigned int flags)
{
	void *data __free(kvfree) = NULL;

	if (!size || size > ENDPOINT_SIZE_MAX)
		return -EINVAL;
	data = kvmalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	endpoint_pattern(data, size, seed);
	return vtd_model_dma(ep->dev, pasid, addr, data, size,
			     flags | VTD_MODEL_WRITE);
}

/**
 * endpoint_fetch() - the device reads memory and compares
 * @ep: the device
 * @pasid: or VTD_MODEL_NO_PASID
 * @addr: any address
 * @size: 1 to ENDPOINT_SIZE_MAX
 * @seed: the pattern that must be there
 * @flags: enum vtd_model_dma_flags, but for the direction
 *
 * Context: sleeps.
 * Return: as vtd_model_dma(); -EBADMSG: other bytes; -EINVAL, -ENOMEM.
 */
int endpoint_fetch(struct endpoint *ep, u32 pasid, u64 addr, size_t size,
		   u32 seed, unsigned int flags)
{
	void *data __free(kvfree) = NULL;
	int ret;

	if (!size || size > ENDPOINT_SIZE_MAX)
		return -EINVAL;
	data = kvzalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = vtd_model_dma(ep->dev, pasid, addr, data, size, flags);
	if (ret)
		return ret;
	return endpoint_matches(data, size, seed) ? 0 : -EBADMSG;
}

static void endpoint_sync_for_cpu(struct endpoint *ep,
				  const struct endpoint_area *area)
{
	if (area->streaming)
		dma_sync_single_for_cpu(ep->dev, area->addr, area->size,
					DMA_BIDIRECTIONAL);
}

static void endpoint_sync_for_device(struct endpoint *ep,
				     const struct endpoint_area *area)
{
	if (area->streaming)
		dma_sync_single_for_device(ep->dev, area->addr, area->size,
					   DMA_BIDIRECTIONAL);
}

/**
 * endpoint_round_trip() - a pattern from device to CPU, another one back
 * @ep: the device
 * @pasid: or VTD_MODEL_NO_PASID
 * @area: where; mapped for both directions
 *
 * The patterns differ from call to call: what an earlier one left behind cannot
 * look like success.
 *
 * Context: sleeps.
 * Return: 0, -EBADMSG when bytes differ, or as vtd_model_dma().
 */
int endpoint_round_trip(struct endpoint *ep, u32 pasid,
			const struct endpoint_area *area)
{
	u32 there = get_random_u32(), back = ~there;
	bool same;
	int ret;

	ret = endpoint_send(ep, pasid, area->addr, area->size, there, 0);
	if (ret)
		return ret;
	endpoint_sync_for_cpu(ep, area);
	same = endpoint_matches(area->data, area->size, there);
	endpoint_pattern(area->data, area->size, back);
	endpoint_sync_for_device(ep, area);
	if (!same)
		return -EBADMSG;
	return endpoint_fetch(ep, pasid, area->addr, area->size, back, 0);
}
