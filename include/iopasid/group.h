/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups, for kernel drivers: who has a device, and its DMA domain.
 *
 * A driver DMAs through the DMA API, or it hands its device to user contexts: all
 * of it, or single PASIDs beside its own DMA.
 */
#ifndef _IOPASID_GROUP_H
#define _IOPASID_GROUP_H

#include <linux/list.h>
#include <linux/types.h>

struct device;
struct iopasid_domain;
struct iopasid_user;

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
 * @node: in the list that was filled; the caller frees it (kfree)
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

/**
 * enum iopasid_user_scope - how much of a device a user context takes
 * @IOPASID_USER_ALL: the RID and all PASIDs: nobody in the kernel DMAs in the
 *	group any more
 * @IOPASID_USER_PASIDS: PASIDs of its choice that nobody has; its driver goes on
 *	with everything else
 */
enum iopasid_user_scope {
	IOPASID_USER_ALL,
	IOPASID_USER_PASIDS,
};

struct iopasid_domain *iopasid_dma_domain(struct device *dev);
int iopasid_no_kernel_dma(struct device *dev);

struct iopasid_user *iopasid_user_claim(struct device *dev, void *ctx,
					enum iopasid_user_scope scope);
void iopasid_user_release(struct iopasid_user *user);
int iopasid_user_group_id(struct iopasid_user *user);
int iopasid_user_attach(struct iopasid_user *user,
			struct iopasid_domain *domain, u32 pasid);
int iopasid_user_replace(struct iopasid_user *user,
			 struct iopasid_domain *domain, u32 pasid);
int iopasid_user_detach(struct iopasid_user *user, u32 pasid);
int iopasid_user_resv_regions(struct iopasid_user *user,
			      struct list_head *list);
void iopasid_resv_free(struct list_head *list);

#endif /* _IOPASID_GROUP_H */
