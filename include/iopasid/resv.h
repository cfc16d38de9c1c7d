/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of a device that are not for mappings. */
#ifndef _IOPASID_RESV_H
#define _IOPASID_RESV_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * enum iopasid_resv_type - why a range of addresses is not for mappings
 * @IOPASID_RESV_MSI: the interrupt window, never translated
 * @IOPASID_RESV_DIRECT: firmware demands an identity mapping (RMRR)
 * @IOPASID_RESV_WINDOW: a PCI bridge window: a DMA there may be routed to a
 *	peer without reaching the unit
 */
enum iopasid_resv_type {
	IOPASID_RESV_MSI,
	IOPASID_RESV_DIRECT,
	IOPASID_RESV_WINDOW,
};

/**
 * struct iopasid_resv - one reserved range of a device
 * @node: in the list that resv_regions fills; the caller frees it (kfree)
 * @first: first address
 * @last: last address, inclusive
 * @type: why
 */
struct iopasid_resv {
	struct list_head node;
	u64 first;
	u64 last;
	enum iopasid_resv_type type;
};

#endif /* _IOPASID_RESV_H */
