// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of the invalidation queue: what they ask for, and whether they
 * may.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "vtdm-desc.h"

/**
 * DOC: descriptors
 *
 * One table says of each type which capabilities it needs, which bits are
 * reserved, and how its fields are read; a reader may refuse values that the
 * specification reserves. Everything that is not said to be valid is refused,
 * as a driver cannot know what a later unit makes of it:
 *
 * - types of what the unit has not: device TLBs, page requests, scalable mode,
 *   interrupt remapping (which the model never has);
 * - types 6 and up in a queue of 128-bit descriptors: they belong to scalable
 *   mode, which has 256-bit ones;
 * - the page stream response (type 10), which was taken out of the
 *   specification;
 * - domain ids wider than CAP.ND, where the granularity uses them;
 * - AM beyond CAP.MAMV of second-stage invalidations; those of the first stage
 *   have no limit but the address itself.
 *
 * A wait that neither stores nor interrupts is valid: it only orders.
 */

#define VTDM_PAGE_LG2	12

/* AM of an invalidation by page cannot be about more than all addresses. */
#define VTDM_AM_ALL	(64 - VTDM_PAGE_LG2)

struct desc_type {
	u64 ecap;
	bool wide;
	u64 reserved[2];
	bool (*read)(const struct vtdm_config *config, const u64 *words,
		     struct vtdm_desc *desc);
};

static bool did_is_valid(const struct vtdm_config *config, u16 did)
{
	unsigned int bits = VTDM_ND_BASE +
			    VTDM_ND_STEP * FIELD_GET(VTDM_CAP_ND, config->cap);

	return !((u32)did >> bits);
}

static bool read_context(const struct vtdm_config *config, const u64 *words,
			 struct vtdm_desc *desc)
{
	desc->granularity = FIELD_GET(VTDM_DESC_CONTEXT_G, words[0]);
	desc->did = FIELD_GET(VTDM_DESC_CONTEXT_DID, words[0]);
	desc->source_id = FIELD_GET(VTDM_DESC_CONTEXT_SID, words[0]);
	desc->function_mask = FIELD_GET(VTDM_DESC_CONTEXT_FM, words[0]);

	switch (desc->granularity) {
	case VTDM_DESC_CONTEXT_GLOBAL:
		return true;
	case VTDM_DESC_CONTEXT_DOMAIN:
	case VTDM_DESC_CONTEXT_DEVICE:
		return did_is_valid(config, desc->did);
	}
	return false;
}

static bool read_pasid(const struct vtdm_config *config, const u64 *words,
		       struct vtdm_desc *desc)
{
	desc->granularity = FIELD_GET(VTDM_DESC_PASID_G, words[0]);
	desc->did = FIELD_GET(VTDM_DESC_PASID_DID, words[0]);
	desc->pasid = FIELD_GET(VTDM_DESC_PASID_PASID, words[0]);

	switch (desc->granularity) {
	case VTDM_DESC_PASID_GLOBAL:
		return true;
	case VTDM_DESC_PASID_DOMAIN:
	case VTDM_DESC_PASID_SELECTIVE:
		return did_is_valid(config, desc->did);
	}
	return false;
}

static void read_page(u64 word, struct vtdm_desc *desc)
{
	desc->addr = word & VTDM_DESC_IOTLB_ADDR;
	desc->am = FIELD_GET(VTDM_DESC_IOTLB_AM, word);
	desc->leaves_only = word & VTDM_DESC_IOTLB_IH;
}

static bool read_iotlb(const struct vtdm_config *config, const u64 *words,
		       struct vtdm_desc *desc)
{
	desc->granularity = FIELD_GET(VTDM_DESC_IOTLB_G, words[0]);
	desc->did = FIELD_GET(VTDM_DESC_IOTLB_DID, words[0]);
	read_page(words[1], desc);

	switch (desc->granularity) {
	case VTDM_DESC_IOTLB_GLOBAL:
		return true;
	case VTDM_DESC_IOTLB_DOMAIN:
		return did_is_valid(config, desc->did);
	case VTDM_DESC_IOTLB_PAGE:
		return did_is_valid(config, desc->did) &&
		       config->cap & VTDM_CAP_PSI &&
		       desc->am <= FIELD_GET(VTDM_CAP_MAMV, config->cap);
	}
	return false;
}

static bool read_pasid_iotlb(const struct vtdm_config *config, const u64 *words,
			     struct vtdm_desc *desc)
{
	desc->granularity = FIELD_GET(VTDM_DESC_PIOTLB_G, words[0]);
	desc->did = FIELD_GET(VTDM_DESC_PIOTLB_DID, words[0]);
	desc->pasid = FIELD_GET(VTDM_DESC_PIOTLB_PASID_ID, words[0]);
	read_page(words[1], desc);

	switch (desc->granularity) {
	case VTDM_DESC_PIOTLB_PASID:
		return did_is_valid(config, desc->did);
	case VTDM_DESC_PIOTLB_PAGE:
		return did_is_valid(config, desc->did) &&
		       desc->am < VTDM_AM_ALL;
	}
	return false;
}

/* PFSID, where the unit throttles invalidations, changes nothing for it. */
static bool pfsid_is_valid(const struct vtdm_config *config, u64 word)
{
	return config->ecap & VTDM_ECAP_DIT || !(word & VTDM_DESC_DTLB_PFSID);
}

static bool read_device_tlb(const struct vtdm_config *config, const u64 *words,
			    struct vtdm_desc *desc)
{
	desc->source_id = FIELD_GET(VTDM_DESC_DTLB_SID, words[0]);
	desc->addr = words[1];
	return pfsid_is_valid(config, words[0]);
}

static bool read_pasid_device_tlb(const struct vtdm_config *config,
				  const u64 *words, struct vtdm_desc *desc)
{
	desc->source_id = FIELD_GET(VTDM_DESC_PDTLB_SID, words[0]);
	desc->pasid = FIELD_GET(VTDM_DESC_PDTLB_PASID, words[0]);
	desc->all_pasids = words[1] & VTDM_DESC_PDTLB_G;
	desc->addr = words[1] & ~VTDM_DESC_PDTLB_G;
	return pfsid_is_valid(config, words[0]);
}

/* PD: page requests are in their queue as soon as a device has sent them. */
static bool read_wait(const struct vtdm_config *config, const u64 *words,
		      struct vtdm_desc *desc)
{
	desc->interrupt = words[0] & VTDM_DESC_WAIT_IF;
	desc->store = words[0] & VTDM_DESC_WAIT_SW;
	desc->fence = words[0] & VTDM_DESC_WAIT_FN;
	desc->data = FIELD_GET(VTDM_DESC_WAIT_DATA, words[0]);
	desc->addr = words[1] & VTDM_DESC_WAIT_ADDR;
	return config->ecap & VTDM_ECAP_PDS || !(words[0] & VTDM_DESC_WAIT_PD);
}

static bool read_page_group(const struct vtdm_config *config, const u64 *words,
			    struct vtdm_desc *desc)
{
	desc->source_id = FIELD_GET(VTDM_DESC_PAGE_GROUP_RID, words[0]);
	desc->pasid = VTDM_NO_PASID;
	if (words[0] & VTDM_DESC_PAGE_GROUP_PP)
		desc->pasid = FIELD_GET(VTDM_DESC_PAGE_GROUP_PASID, words[0]);
	desc->code = FIELD_GET(VTDM_DESC_PAGE_GROUP_CODE, words[0]);
	desc->group = FIELD_GET(VTDM_DESC_PAGE_GROUP_PRGI, words[1]);
	return true;
}

/* What is not named as valid is reserved. */
#define RESERVED(valid0, valid1) { ~(VTDM_DESC_ANY_TYPE | (valid0)), ~(valid1) }

static const struct desc_type types[VTDM_DESC_TYPES] = {
	[VTDM_DESC_CONTEXT] = {
		.reserved = RESERVED(VTDM_DESC_CONTEXT_G | VTDM_DESC_CONTEXT_DID |
				     VTDM_DESC_CONTEXT_SID |
				     VTDM_DESC_CONTEXT_FM, 0ULL),
		.read = read_context,
	},
	[VTDM_DESC_IOTLB] = {
		.reserved = RESERVED(VTDM_DESC_IOTLB_G | VTDM_DESC_IOTLB_DRAIN |
				     VTDM_DESC_IOTLB_DID,
				     VTDM_DESC_IOTLB_AM | VTDM_DESC_IOTLB_IH |
				     VTDM_DESC_IOTLB_ADDR),
		.read = read_iotlb,
	},
	[VTDM_DESC_DEVICE_TLB] = {
		.ecap = VTDM_ECAP_DT,
		.reserved = RESERVED(VTDM_DESC_DTLB_PFSID | VTDM_DESC_DTLB_MIP |
				     VTDM_DESC_DTLB_SID,
				     VTDM_DESC_DTLB_S | VTDM_DESC_DTLB_ADDR),
		.read = read_device_tlb,
	},
	[VTDM_DESC_WAIT] = {
		.reserved = RESERVED(VTDM_DESC_WAIT_IF | VTDM_DESC_WAIT_SW |
				     VTDM_DESC_WAIT_FN | VTDM_DESC_WAIT_PD |
				     VTDM_DESC_WAIT_DATA, VTDM_DESC_WAIT_ADDR),
		.read = read_wait,
	},
	[VTDM_DESC_PASID_IOTLB] = {
		.ecap = VTDM_ECAP_SMTS,
		.wide = true,
		.reserved = RESERVED(VTDM_DESC_PIOTLB_G | VTDM_DESC_PIOTLB_DID |
				     VTDM_DESC_PIOTLB_PASID_ID,
				     VTDM_DESC_IOTLB_AM | VTDM_DESC_IOTLB_IH |
				     VTDM_DESC_IOTLB_ADDR),
		.read = read_pasid_iotlb,
	},
	[VTDM_DESC_PASID] = {
		.ecap = VTDM_ECAP_SMTS,
		.wide = true,
		.reserved = RESERVED(VTDM_DESC_PASID_G | VTDM_DESC_PASID_DID |
				     VTDM_DESC_PASID_PASID, 0ULL),
		.read = read_pasid,
	},
	[VTDM_DESC_PASID_DEVICE_TLB] = {
		.ecap = VTDM_ECAP_SMTS | VTDM_ECAP_DT,
		.wide = true,
		.reserved = RESERVED(VTDM_DESC_DTLB_PFSID | VTDM_DESC_PDTLB_MIP |
				     VTDM_DESC_PDTLB_SID | VTDM_DESC_PDTLB_PASID,
				     VTDM_DESC_PDTLB_G | VTDM_DESC_PDTLB_S |
				     VTDM_DESC_PDTLB_ADDR),
		.read = read_pasid_device_tlb,
	},
	[VTDM_DESC_PAGE_GROUP] = {
		.ecap = VTDM_ECAP_PRS,
		.wide = true,
		.reserved = RESERVED(VTDM_DESC_PAGE_GROUP_PP |
				     VTDM_DESC_PAGE_GROUP_CODE |
				     VTDM_DESC_PAGE_GROUP_RID |
				     VTDM_DESC_PAGE_GROUP_PASID,
				     VTDM_DESC_PAGE_GROUP_PRGI),
		.read = read_page_group,
	},
};

/**
 * vtdm_desc_decode() - read and check a descriptor
 * @config: what the unit can do
 * @wide: it has 256 bits, else 128
 * @words: the descriptor; words 2 and 3 are not looked at unless @wide
 * @desc: is filled in when the descriptor is valid, else undefined
 *
 * Origin: specification 6.5.2, 7.7.
 *
 * Context: any.
 * Return: VTDM_IQEI_NONE: it is valid; else what IQERCD has to say.
 */
enum vtdm_iqei vtdm_desc_decode(const struct vtdm_config *config, bool wide,
				const u64 words[VTDM_DESC_WORDS],
				struct vtdm_desc *desc)
{
	unsigned int number = FIELD_GET(VTDM_DESC_TYPE, words[0]);
	const struct desc_type *type = &types[number];

	if (words[0] & VTDM_DESC_TYPE_UPPER || !type->read ||
	    (config->ecap & type->ecap) != type->ecap || (type->wide && !wide))
		return VTDM_IQEI_TYPE;
	if (words[0] & type->reserved[0] || words[1] & type->reserved[1] ||
	    (wide && (words[2] || words[3])))
		return VTDM_IQEI_RESERVED;

	*desc = (struct vtdm_desc) { .type = number };
	if (!type->read(config, words, desc))
		return VTDM_IQEI_RESERVED;
	return VTDM_IQEI_NONE;
}
