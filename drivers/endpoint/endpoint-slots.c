// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: single steps
 *
 * Sixteen slots of memory that a script maps, fills, lets the device reach, checks
 * and unmaps. A slot keeps its memory after the unmap, so that a DMA which gets
 * there nevertheless harms nobody and can be seen; "free" lets go of it.
 *
 * The only addresses that a script chooses are those of a DMA: the unit judges
 * them. With pass-through they reach any memory of the machine.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <vtd-model/endpoint.h>

#include "endpoint.h"

static const char * const endpoint_directions[] = {
	[DMA_BIDIRECTIONAL]	= "both",
	[DMA_TO_DEVICE]		= "to-device",
	[DMA_FROM_DEVICE]	= "from-device",
};

static bool endpoint_slot_mapped(const struct endpoint_slot *slot)
{
	return slot->addr != DMA_MAPPING_ERROR;
}

static struct endpoint_slot *endpoint_slot_of(struct endpoint *ep,
					      unsigned int number)
{
	return number < ENDPOINT_SLOTS ? &ep->slots[number] : NULL;
}

static void endpoint_slot_unmap(struct endpoint *ep, struct endpoint_slot *slot)
{
	if (!endpoint_slot_mapped(slot))
		return;
	dma_unmap_single(ep->dev, slot->addr, slot->size, slot->dir);
	slot->addr = DMA_MAPPING_ERROR;
}

static void endpoint_slot_free(struct endpoint_slot *slot)
{
	if (slot->data)
		free_pages_exact(slot->data, slot->size);
	slot->data = NULL;
	slot->size = 0;
}

/* Memory that is there already is used again: the same pages, other addresses. */
static int endpoint_slot_alloc(struct endpoint_slot *slot, size_t size)
{
	if (slot->data && slot->size == size)
		return 0;
	endpoint_slot_free(slot);
	slot->data = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO |
				       __GFP_NOWARN);
	if (!slot->data)
		return -ENOMEM;
	slot->size = size;
	return 0;
}

/**
 * endpoint_slots_init() - nothing is mapped
 * @ep: being made
 */
void endpoint_slots_init(struct endpoint *ep)
{
	unsigned int n;

	for (n = 0; n < ENDPOINT_SLOTS; n++)
		ep->slots[n].addr = DMA_MAPPING_ERROR;
}

/**
 * endpoint_slots_free() - unmap and free all
 * @ep: the device, its files are gone
 */
void endpoint_slots_free(struct endpoint *ep)
{
	unsigned int n;

	for (n = 0; n < ENDPOINT_SLOTS; n++) {
		endpoint_slot_unmap(ep, &ep->slots[n]);
		endpoint_slot_free(&ep->slots[n]);
	}
}

/**
 * endpoint_slots_show_locked() - the file slots is read
 * @ep: the device
 * @s: gets "SLOT ADDRESS SIZE DIRECTION" or "SLOT unmapped SIZE" for each with
 *	memory
 *
 * Context: ep->lock held.
 */
void endpoint_slots_show_locked(struct endpoint *ep, struct seq_file *s)
{
	const struct endpoint_slot *slot;
	unsigned int n;

	lockdep_assert_held(&ep->lock);

	for (n = 0; n < ENDPOINT_SLOTS; n++) {
		slot = &ep->slots[n];
		if (endpoint_slot_mapped(slot))
			seq_printf(s, "%u %pad %zu %s\n", n, &slot->addr,
				   slot->size, endpoint_directions[slot->dir]);
		else if (slot->data)
			seq_printf(s, "%u unmapped %zu\n", n, slot->size);
	}
}

/**
 * endpoint_map_locked() - the file map is written
 * @ep: the device
 * @line: "SLOT SIZE [both|to-device|from-device]"
 *
 * Context: ep->lock held, sleeps.
 * Return: 0, -EBUSY, -EINVAL, -ENOMEM.
 */
int endpoint_map_locked(struct endpoint *ep, const char *line)
{
	unsigned int number, size;
	struct endpoint_slot *slot;
	char word[16] = "both";
	int ret, dir;

	lockdep_assert_held(&ep->lock);

	if (sscanf(line, "%u %u %15s", &number, &size, word) < 2)
		return -EINVAL;
	slot = endpoint_slot_of(ep, number);
	dir = match_string(endpoint_directions,
			   ARRAY_SIZE(endpoint_directions), word);
	if (!slot || !size || size > ENDPOINT_SIZE_MAX || dir < 0)
		return -EINVAL;
	if (endpoint_slot_mapped(slot) || (slot->kept && slot->size != size))
		return -EBUSY;
	ret = endpoint_slot_alloc(slot, size);
	if (ret)
		return ret;
	slot->dir = dir;
	slot->addr = dma_map_single(ep->dev, slot->data, size, dir);
	return dma_mapping_error(ep->dev, slot->addr);
}

/**
 * endpoint_unmap_locked() - the file unmap is written
 * @ep: the device
 * @line: "SLOT"
 *
 * Context: ep->lock held.
 * Return: 0, -EINVAL, -ENOENT.
 */
int endpoint_unmap_locked(struct endpoint *ep, const char *line)
{
	struct endpoint_slot *slot;
	unsigned int number;

	lockdep_assert_held(&ep->lock);

	if (kstrtouint(line, 0, &number))
		return -EINVAL;
	slot = endpoint_slot_of(ep, number);
	if (!slot)
		return -EINVAL;
	if (!endpoint_slot_mapped(slot))
		return -ENOENT;
	endpoint_slot_unmap(ep, slot);
	return 0;
}

/**
 * endpoint_free_locked() - the file free is written
 * @ep: the device
 * @line: "SLOT"
 *
 * Context: ep->lock held.
 * Return: 0, -EBUSY while it is mapped, here or in the domain; -EINVAL.
 */
int endpoint_free_locked(struct endpoint *ep, const char *line)
{
	struct endpoint_slot *slot;
	unsigned int number;

	lockdep_assert_held(&ep->lock);

	if (kstrtouint(line, 0, &number))
		return -EINVAL;
	slot = endpoint_slot_of(ep, number);
	if (!slot)
		return -EINVAL;
	if (endpoint_slot_mapped(slot) || slot->kept)
		return -EBUSY;
	endpoint_slot_free(slot);
	return 0;
}

/**
 * struct endpoint_part - bytes of a slot, and what is or shall be there
 * @slot: whose
 * @offset: in it
 * @size: bytes
 * @seed: the pattern
 */
struct endpoint_part {
	struct endpoint_slot *slot;
	unsigned int offset;
	unsigned int size;
	u32 seed;
};

static int endpoint_part_parse(struct endpoint *ep, const char *line,
			       struct endpoint_part *part)
{
	unsigned int number;

	if (sscanf(line, "%u %u %u %u", &number, &part->offset, &part->size,
		   &part->seed) != 4)
		return -EINVAL;
	part->slot = endpoint_slot_of(ep, number);
	if (!part->slot || part->offset > part->slot->size ||
	    part->size > part->slot->size - part->offset)
		return -EINVAL;
	return 0;
}

/**
 * endpoint_fill_locked() - the file fill is written: the CPU writes
 * @ep: the device
 * @line: "SLOT OFFSET SIZE SEED"
 *
 * Context: ep->lock held.
 * Return: 0, -EINVAL.
 */
int endpoint_fill_locked(struct endpoint *ep, const char *line)
{
	struct endpoint_part part;
	int ret;

	lockdep_assert_held(&ep->lock);

	ret = endpoint_part_parse(ep, line, &part);
	if (ret)
		return ret;
	endpoint_pattern(part.slot->data + part.offset, part.size, part.seed);
	if (endpoint_slot_mapped(part.slot))
		dma_sync_single_for_device(ep->dev, part.slot->addr,
					   part.slot->size, part.slot->dir);
	return 0;
}

/**
 * endpoint_check_locked() - the file check is written: the CPU compares
 * @ep: the device
 * @line: "SLOT OFFSET SIZE SEED"
 *
 * Context: ep->lock held.
 * Return: 0, -EBADMSG: other bytes; -EINVAL.
 */
int endpoint_check_locked(struct endpoint *ep, const char *line)
{
	struct endpoint_part part;
	int ret;

	lockdep_assert_held(&ep->lock);

	ret = endpoint_part_parse(ep, line, &part);
	if (ret)
		return ret;
	if (endpoint_slot_mapped(part.slot))
		dma_sync_single_for_cpu(ep->dev, part.slot->addr,
					part.slot->size, part.slot->dir);
	return endpoint_matches(part.slot->data + part.offset, part.size,
				part.seed) ? 0 : -EBADMSG;
}

/* DMA */

static int endpoint_parse_way(struct endpoint *ep, const char *word, u32 *pasid)
{
	if (!strcmp(word, "rid")) {
		*pasid = VTD_MODEL_NO_PASID;
		return 0;
	}
	if (!strcmp(word, "api")) {
		*pasid = ep->pasid;
		return *pasid == IOMMU_PASID_INVALID ? -ENOENT : 0;
	}
	return kstrtou32(word, 0, pasid);
}

static int endpoint_parse_flags(char *words, unsigned int *flags)
{
	static const struct {
		const char *word;
		unsigned int flag;
	} known[] = {
		{ "exec", VTD_MODEL_EXEC },
		{ "priv", VTD_MODEL_PRIV },
		{ "no-ats", VTD_MODEL_NO_ATS },
		{ "no-wait", VTD_MODEL_NO_WAIT },
	};
	unsigned int n;
	char *word;

	*flags = 0;
	while ((word = strsep(&words, " "))) {
		if (!*word)
			continue;
		for (n = 0; n < ARRAY_SIZE(known); n++)
			if (!strcmp(known[n].word, word))
				break;
		if (n == ARRAY_SIZE(known))
			return -EINVAL;
		*flags |= known[n].flag;
	}
	return 0;
}

/**
 * endpoint_dma_locked() - the file dma is written: the device sends or fetches
 * @ep: the device
 * @line: "rid|api|PASID read|write ADDRESS SIZE SEED [exec] [priv] [no-ats]
 *	[no-wait]"
 *
 * Context: ep->lock held, sleeps.
 * Return: as endpoint_send() and endpoint_fetch(); -EINVAL, -ENOENT.
 */
int endpoint_dma_locked(struct endpoint *ep, const char *line)
{
	char way[16], verb[8], words[ENDPOINT_LINE_SIZE] = "";
	unsigned int size, flags;
	unsigned long long addr;
	u32 pasid, seed;
	int used = 0;
	int ret;

	lockdep_assert_held(&ep->lock);

	if (sscanf(line, "%15s %7s %llx %u %u%n", way, verb, &addr, &size, &seed,
		   &used) < 5)
		return -EINVAL;
	strscpy(words, line + used);
	ret = endpoint_parse_way(ep, way, &pasid) ?:
	      endpoint_parse_flags(words, &flags);
	if (ret)
		return ret;
	if (!strcmp(verb, "write"))
		return endpoint_send(ep, pasid, addr, size, seed, flags);
	if (!strcmp(verb, "read"))
		return endpoint_fetch(ep, pasid, addr, size, seed, flags);
	return -EINVAL;
}
