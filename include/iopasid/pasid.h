/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PASID numbers and attachments, for kernel drivers.
 *
 * Two number spaces share 1..2^20-1: global numbers, the same on every device,
 * and numbers of one group. Hardware limits are parameters of each call
 * (requirements A3.20). A collision is refused, never shared.
 */
#ifndef _IOPASID_PASID_H
#define _IOPASID_PASID_H

#include <linux/types.h>

struct device;
struct iopasid_domain;

/* The largest PASID that the bus can carry: 20 bits */
#define IOPASID_PASID_LAST	((1U << 20) - 1)

u32 iopasid_max_pasids(struct device *dev);

int iopasid_pasid_alloc(struct device *dev, u32 min, u32 max, u32 *pasid);
int iopasid_pasid_reserve(struct device *dev, u32 pasid);
void iopasid_pasid_free(struct device *dev, u32 pasid);
int iopasid_pasid_alloc_global(u32 max, u32 *pasid);
void iopasid_pasid_free_global(u32 pasid);

int iopasid_attach_dev_pasid(struct iopasid_domain *domain, struct device *dev,
			     u32 pasid);
int iopasid_detach_dev_pasid(struct device *dev, u32 pasid);
int iopasid_replace_dev_pasid(struct iopasid_domain *domain,
			      struct device *dev, u32 pasid);

#endif /* _IOPASID_PASID_H */
