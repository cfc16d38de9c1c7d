/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address space of a process for devices, at any PASID (SVA).
 *
 * There is none of the kernel's: kernel memory reaches devices through the DMA
 * API (requirements).
 */
#ifndef _IOPASID_SVA_H
#define _IOPASID_SVA_H

#include <linux/bits.h>
#include <linux/types.h>

#include <uapi/iopasid/iommufd.h>

struct device;
struct iopasid_domain;
struct mm_struct;

/**
 * enum iopasid_sva_flags - how a device uses an address space
 * @IOPASID_SVA_ALLOC_NO_FAULTS: it does without page requests: DMA to what is
 *	not present is blocked
 */
enum iopasid_sva_flags {
	IOPASID_SVA_ALLOC_NO_FAULTS	= BIT(0),
};

struct iopasid_domain *iopasid_domain_alloc_sva(struct device *dev,
						struct mm_struct *mm, u32 flags,
						enum iopasid_sva_why *why);
int iopasid_sva_check(const struct iopasid_domain *domain, u64 addr,
		      u64 length);
int iopasid_sva_sync(struct iopasid_domain *domain, u64 first, u64 last);

struct iopasid_domain *iopasid_sva_attach(struct device *dev,
					  struct mm_struct *mm, u32 flags,
					  u32 *pasid);
void iopasid_sva_detach(struct device *dev, struct iopasid_domain *domain,
			u32 pasid);

#endif /* _IOPASID_SVA_H */
