/* SPDX-License-Identifier: GPL-2.0-only */
/* What units can do for their devices, and what a program is told of it. */
#ifndef _IOPASID_CAPABILITY_H
#define _IOPASID_CAPABILITY_H

#include <linux/bits.h>
#include <linux/types.h>

struct device;

/**
 * enum iopasid_cap - what a unit can do for a device
 * @IOPASID_CAP_COHERENT: DMA of the device snoops the CPU caches, unless it asks
 *	for the contrary
 * @IOPASID_CAP_ENFORCE_COHERENCY: page tables for user space let it not ask for
 *	that: their iopasid_domain.coherent is set
 * @IOPASID_CAP_DIRTY_TRACKING: there are page tables with
 *	IOPASID_ALLOC_DIRTY_TRACKING
 * @IOPASID_CAP_PASID_EXEC: DMA with a PASID may ask for instructions
 * @IOPASID_CAP_PASID_PRIV: DMA with a PASID may be a supervisor's
 */
enum iopasid_cap {
	IOPASID_CAP_COHERENT		= BIT(0),
	IOPASID_CAP_ENFORCE_COHERENCY	= BIT(1),
	IOPASID_CAP_DIRTY_TRACKING	= BIT(2),
	IOPASID_CAP_PASID_EXEC		= BIT(3),
	IOPASID_CAP_PASID_PRIV		= BIT(4),
};

/**
 * struct iopasid_hw_info - a unit as a program is told about it
 * @caps: enum iopasid_cap
 * @max_pasids_lg2: the device's PASIDs are below 2 to the power of this; 0: none
 * @type: of @data: an enum iommu_hw_info_type of linux/iommufd.h; 0: none
 * @length: bytes of @data
 * @data: from kmalloc(), the caller frees it; NULL: none
 */
struct iopasid_hw_info {
	u32 caps;
	unsigned int max_pasids_lg2;
	u32 type;
	u32 length;
	void *data;
};

u32 iopasid_capabilities(struct device *dev);
int iopasid_hw_info(struct device *dev, struct iopasid_hw_info *info);

#endif /* _IOPASID_CAPABILITY_H */
