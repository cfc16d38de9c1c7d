/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOFD_CLAIM_H
#define _IOFD_CLAIM_H

#include <linux/types.h>

struct iofd_ctx;
struct iofd_device;
struct iopasid_domain;
struct list_head;

int iofd_claim(struct iofd_device *idev, struct iofd_ctx *ctx);
void iofd_unclaim(struct iofd_device *idev, struct iofd_ctx *ctx);
int iofd_claim_group_id(struct iofd_device *idev);
int iofd_claim_attach(struct iofd_device *idev, u32 pasid,
		      struct iopasid_domain *domain);
int iofd_claim_replace(struct iofd_device *idev, u32 pasid,
		       struct iopasid_domain *domain);
void iofd_claim_detach(struct iofd_device *idev, u32 pasid);
int iofd_claim_resv(struct iofd_device *idev, struct list_head *resv);
void iofd_claim_resv_free(struct list_head *resv);

#endif /* _IOFD_CLAIM_H */
