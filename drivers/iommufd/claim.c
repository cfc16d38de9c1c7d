// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: claims
 *
 * What the core is asked for a device of a context: nothing else here talks to it
 * about devices.
 */
#include <linux/errno.h>
#include <linux/iommu.h>

#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "claim.h"
#include "device.h"
#include "iofd.h"

int iofd_claim(struct iofd_device *idev, struct iofd_ctx *ctx)
{
	if (idev->mode != IOPASID_IOMMUFD_FULL)
		return -EOPNOTSUPP;
	return iopasid_group_claim_user(idev->dev, ctx);
}

void iofd_unclaim(struct iofd_device *idev, struct iofd_ctx *ctx)
{
	iopasid_group_release_user(idev->dev, ctx);
}

int iofd_claim_group_id(struct iofd_device *idev)
{
	return (int)(long)idev->dev;
}

int iofd_claim_attach(struct iofd_device *idev, u32 pasid,
		      struct iopasid_domain *domain)
{
	return iopasid_attach_dev_pasid(domain, idev->dev, pasid);
}

int iofd_claim_replace(struct iofd_device *idev, u32 pasid,
		       struct iopasid_domain *domain)
{
	return iopasid_replace_dev_pasid(domain, idev->dev, pasid);
}

void iofd_claim_detach(struct iofd_device *idev, u32 pasid)
{
	iopasid_detach_dev_pasid(idev->dev, pasid);
}

int iofd_claim_resv(struct iofd_device *idev, struct list_head *resv)
{
	return 0;
}

void iofd_claim_resv_free(struct list_head *resv)
{
}
