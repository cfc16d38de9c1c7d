/* SPDX-License-Identifier: GPL-2.0-only */
/* Groups, for kernel drivers: who owns one, and its DMA domain. */
#ifndef _IOPASID_GROUP_H
#define _IOPASID_GROUP_H

struct device;
struct iopasid_domain;

struct iopasid_domain *iopasid_dma_domain(struct device *dev);
int iopasid_group_claim_user(struct device *dev, void *ctx);
void iopasid_group_release_user(struct device *dev, void *ctx);

#endif /* _IOPASID_GROUP_H */
