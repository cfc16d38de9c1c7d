/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core asks of drivers/dma as a group lives: the one place where the
 * core looks at the DMA API. All of it runs with the group's lock held.
 */
#ifndef _IOPASID_DMA_HOOKS_H
#define _IOPASID_DMA_HOOKS_H

#include <linux/types.h>

struct iopasid_device;
struct iopasid_dma;
struct iopasid_domain;
struct iopasid_group;
struct seq_file;

int iopasid_dma_init(void);
enum iopasid_domain_type iopasid_dma_default_type(void);

struct iopasid_dma *iopasid_dma_create(struct iopasid_group *group);
void iopasid_dma_destroy(struct iopasid_dma *dma);
struct iopasid_domain *iopasid_dma_get_domain(struct iopasid_dma *dma);
int iopasid_dma_add_device(struct iopasid_dma *dma,
			   struct iopasid_device *idev, bool idle);
size_t iopasid_dma_reset(struct iopasid_dma *dma);

int iopasid_dma_bind(struct iopasid_device *idev, struct iopasid_dma *dma);
void iopasid_dma_refuse(struct iopasid_device *idev);
void iopasid_dma_orphan(struct iopasid_device *idev);
void iopasid_dma_unbind(struct iopasid_device *idev);
bool iopasid_dma_drop_pasid(struct iopasid_device *idev);

void iopasid_dma_show(struct seq_file *s, struct iopasid_dma *dma);

#endif /* _IOPASID_DMA_HOOKS_H */
