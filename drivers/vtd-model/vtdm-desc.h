/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A descriptor of the invalidation queue, read and checked.
 */
#ifndef _VTDM_DESC_H
#define _VTDM_DESC_H

#include <linux/types.h>

#include "vtdm.h"
#include "vtdm-desc-bits.h"
#include "vtdm-reg-bits.h"

/**
 * struct vtdm_desc - what a descriptor asks for; what its type has not is 0
 * @type: which
 * @granularity: G, as the enum of its type has it
 * @did: domain id
 * @source_id: of the device
 * @pasid: VTDM_NO_PASID in a response to a group without PASID
 * @addr: word 1 of device TLB types; else the address, aligned to a page
 * @am: log2 of pages from @addr on
 * @function_mask: how many high bits of the function do not count
 * @leaves_only: the hint IH
 * @all_pasids: G of a PASID-based device TLB invalidation
 * @interrupt: IF of a wait
 * @store: SW of a wait
 * @fence: FN of a wait
 * @data: what @store stores, at @addr
 * @group: page request group
 * @code: answer to it
 */
struct vtdm_desc {
	enum vtdm_desc_type type;
	unsigned int granularity;
	u16 did;
	u16 source_id;
	u32 pasid;
	u64 addr;
	unsigned int am;
	unsigned int function_mask;
	bool leaves_only;
	bool all_pasids;
	bool interrupt;
	bool store;
	bool fence;
	u32 data;
	u32 group;
	u8 code;
};

/* vtdm-desc.c */
enum vtdm_iqei vtdm_desc_decode(const struct vtdm_config *config, bool wide,
				const u64 words[VTDM_DESC_WORDS],
				struct vtdm_desc *desc);

#endif /* _VTDM_DESC_H */
