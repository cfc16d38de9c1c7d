// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation that would have removed a cache entry, in words.
 */
#include <linux/kernel.h>

#include "vtdm-walk.h"

/* No unit invalidates more pages at once (10.4.2: CAP.MAMV is at most this). */
#define VTDM_MOST_AM	18

static void vtdm_missing_iotlb(const struct vtdm_doom *doom, bool way, char *text, size_t size)
{
	const struct vtdm_key *key = &doom->key;
	unsigned int am = key->lg2 - VTDM_PAGE_LG2;
	const char *hint = way ? " IH 0" : "";

	if (am > VTDM_MOST_AM)
		scnprintf(text, size, "IOTLB invalidate, domain-selective, DID %u", doom->did);
	else
		scnprintf(text, size,
			  "IOTLB invalidate, page-selective, DID %u, address %#llx AM %u%s",
			  doom->did, key->addr, am, hint);
}

static void vtdm_missing_pasid_iotlb(const struct vtdm_doom *doom, bool way, char *text,
				     size_t size)
{
	const struct vtdm_key *key = &doom->key;
	unsigned int am = key->lg2 - VTDM_PAGE_LG2;
	const char *hint = way ? " IH 0" : "";

	/* Pass-through has no pages that go one by one. */
	if (am > VTDM_MOST_AM || key->type == VTDM_PGTT_PASS)
		scnprintf(text, size, "PASID IOTLB invalidate, all of PASID %u, DID %u",
			  key->pasid, doom->did);
	else
		scnprintf(text, size,
			  "PASID IOTLB invalidate, page, DID %u, PASID %u, address %#llx AM %u%s",
			  doom->did, key->pasid, key->addr, am, hint);
}

static void vtdm_missing_device(const struct vtdm_key *key, u16 source_id, char *text,
				size_t size)
{
	/* S: the address ends in ones below the size's bit (6.5.2.5) */
	unsigned int s = key->lg2 > VTDM_PAGE_LG2;
	u64 addr = key->addr;

	if (s)
		addr |= (BIT_ULL(key->lg2 - 1) - 1) & VTDM_PAGE_MASK;
	if (key->pasid == VTDM_NO_PASID)
		scnprintf(text, size,
			  "device TLB invalidate, source id %#x, address %#llx S %u",
			  source_id, addr, s);
	else
		scnprintf(text, size,
			  "PASID device TLB invalidate, source id %#x, PASID %u, address %#llx S %u",
			  source_id, key->pasid, addr, s);
}

static void vtdm_missing_pasid(const struct vtdm_doom *doom, char *text, size_t size)
{
	const struct vtdm_key *key = &doom->key;

	if (key->lg2)
		scnprintf(text, size,
			  "PASID-cache invalidate, domain-selective or global, directory entry of PASIDs %u to %u",
			  key->pasid, key->pasid + (u32)BIT(key->lg2) - 1);
	else
		scnprintf(text, size, "PASID-cache invalidate, PASID %u, DID %u", key->pasid,
			  doom->did);
}

/**
 * vtdm_missing_text() - name the descriptor that was not sent (6.5.2)
 * @doom: the entry that it would have removed
 * @source_id: of the device that the entry is about
 * @text: gets the words
 * @size: of @text
 */
void vtdm_missing_text(const struct vtdm_doom *doom, u16 source_id, char *text, size_t size)
{
	const struct vtdm_key *key = &doom->key;
	bool way = doom->cache == VTDM_CACHE_PAGING;

	switch (doom->cache) {
	case VTDM_CACHE_CONTEXT:
		scnprintf(text, size, "context-cache invalidate, device, source id %#x", key->id);
		break;
	case VTDM_CACHE_PASID:
		vtdm_missing_pasid(doom, text, size);
		break;
	case VTDM_CACHE_DEVICE:
		vtdm_missing_device(key, source_id, text, size);
		break;
	default:
		if (key->type == VTDM_PGTT_SECOND)
			vtdm_missing_iotlb(doom, way, text, size);
		else
			vtdm_missing_pasid_iotlb(doom, way, text, size);
	}
}
