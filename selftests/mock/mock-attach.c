// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device reaches, with and without a PASID.
 */
#include <linux/slab.h>

#include "mock.h"

static int mock_attach(struct iopasid_domain *domain,
		       struct iopasid_device *idev, u32 pasid)
{
	struct mock_device *mdev = idev->priv;

	if (mock_domain_tracks(domain) && mdev->flags & MOCK_DEVICE_NO_DIRTY)
		return -EINVAL;
	/* A replace finds the slot: only a first attach needs memory. */
	return xa_err(xa_store(&mdev->pasids, pasid, domain, GFP_KERNEL));
}

/* domain_ops.attach_dev: the slot of the RID is there since the probe. */
int mock_attach_dev(struct iopasid_domain *domain, struct iopasid_device *idev,
		    struct iopasid_domain *old)
{
	return mock_attach(domain, idev, 0);
}

/* domain_ops.attach_dev_pasid */
int mock_attach_dev_pasid(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid,
			  struct iopasid_domain *old)
{
	if (old && pasid == MOCK_PASID_STUBBORN)
		return -ENOMEM;
	return mock_attach(domain, idev, pasid);
}

/* domain_ops.detach_dev_pasid */
void mock_detach_dev_pasid(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid)
{
	struct mock_device *mdev = idev->priv;

	xa_erase(&mdev->pasids, pasid);
}
