/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PASID for users of the DMA API.
 *
 * DMA that a device tags with this PASID reaches exactly the addresses that
 * the driver's dma_map_*() and dma_alloc_*() calls return: one dma_addr_t is
 * good with the PASID and without it (requirements A1.2, A1.4).
 */
#ifndef _IOPASID_DMA_PASID_H
#define _IOPASID_DMA_PASID_H

#include <linux/errno.h>
#include <linux/iommu.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct device;

#if IS_ENABLED(CONFIG_IOPASID)

int iommu_attach_dma_api_pasid(struct device *dev, u32 *pasid);
void iommu_destroy_dma_api_pasid(struct device *dev);

#else /* IS_ENABLED(CONFIG_IOPASID) */

static inline int iommu_attach_dma_api_pasid(struct device *dev, u32 *pasid)
{
	*pasid = IOMMU_PASID_INVALID;
	return -ENODEV;
}

static inline void iommu_destroy_dma_api_pasid(struct device *dev)
{
}

#endif /* IS_ENABLED(CONFIG_IOPASID) */

#endif /* _IOPASID_DMA_PASID_H */
