/* SPDX-License-Identifier: GPL-2.0-only */
/* A DMA that a unit refused: provider to core. */
#ifndef _IOPASID_FAULT_H
#define _IOPASID_FAULT_H

#include <linux/types.h>

struct device;
struct iopasid_unit;

/**
 * struct iopasid_fault - one blocked DMA, decoded by the provider
 * @dev: the device that sent it, NULL when the source id is nobody's
 * @source_id: what the bus stamped on it: bus 15:8, device-function 7:0
 * @pasid: the PASID whose table was used, 0 for a DMA without PASID
 * @addr: page of the address that it asked for
 * @write: it was a write
 * @reason: the hardware's code
 * @text: what the code means, static
 */
struct iopasid_fault {
	struct device *dev;
	u16 source_id;
	u32 pasid;
	u64 addr;
	bool write;
	u8 reason;
	const char *text;
};

void iopasid_report_fault(struct iopasid_unit *unit,
			  const struct iopasid_fault *fault);

#endif /* _IOPASID_FAULT_H */
