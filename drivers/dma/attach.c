// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the DMA API PASID
 *
 * iommu_attach_dma_api_pasid() attaches a group's DMA domain, whatever its
 * type, at one PASID, the same for every member of the group; DMA tagged with
 * it reaches exactly what the driver's dma_map_*() calls return.
 *
 *	first attach in the group	a number is taken
 *	first attach of a device	the PASID is programmed on it
 *	further attaches		are counted
 *	last destroy of a device	the PASID is cleared on it and flushed
 *	last destroy in the group	the number is given back
 *
 * A member whose own limit does not reach the number that the group uses gets
 * -ENOSPC: a smaller number for all would be a second number.
 *
 * A driver that leaves without its destroys is cleaned up after, with one
 * line; the group's DMA domain cannot change its type in between.
 */
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/export.h>

#include <kunit/visibility.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/pasid.h>

#include "../core/core.h"
#include "../core/dma-hooks.h"
#include "dma.h"

/* Program the group's number, or a new one, on a device that has none yet. */
static int iopasid_dma_pasid_first_locked(struct iopasid_device *idev,
					  struct iopasid_domain *domain)
{
	struct iopasid_group *group = idev->group;
	u32 pasid = group->dma_pasid;
	int ret;

	lockdep_assert_held(&group->lock);

	if (group->dma_pasid_users) {
		if (pasid >= idev->max_pasids)
			return -ENOSPC;
		return iopasid_attach_locked(domain, idev, pasid, NULL);
	}

	ret = iopasid_number_alloc_locked(idev, iopasid_dma_pasid_min(),
					  IOPASID_PASID_LAST, &pasid);
	if (ret)
		return ret;
	ret = iopasid_attach_locked(domain, idev, pasid, NULL);
	if (ret)
		iopasid_number_free_locked(group, pasid);
	else
		group->dma_pasid = pasid;
	return ret;
}

static int iopasid_dma_pasid_attach_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;
	struct iopasid_domain *domain;
	int ret;

	lockdep_assert_held(&group->lock);

	if (list_empty(&idev->group_node))
		return -ENODEV;
	domain = iopasid_group_dma_domain_locked(group);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	/* Mappings are refused: what the RID reaches is not the DMA API's. */
	if (idev->refused)
		return -ENODEV;
	if (!idev->max_pasids)
		return -EOPNOTSUPP;
	if (!idev->dma_pasid_users) {
		ret = iopasid_dma_pasid_first_locked(idev, domain);
		if (ret)
			return ret;
	}
	idev->dma_pasid_users++;
	group->dma_pasid_users++;
	return 0;
}

/* @nr: how many of the device's attaches end; there are as many */
static void iopasid_dma_pasid_put_locked(struct iopasid_device *idev,
					 unsigned int nr)
{
	struct iopasid_group *group = idev->group;
	struct iopasid_attachment *att;

	lockdep_assert_held(&group->lock);

	idev->dma_pasid_users -= nr;
	group->dma_pasid_users -= nr;
	if (!idev->dma_pasid_users)
		WARN_ON_ONCE(iopasid_detach_locked(idev, group->dma_pasid,
						   NULL));
	if (group->dma_pasid_users)
		return;
	/* A member may have attached it by itself: the number is its now. */
	att = iopasid_attachment_find_locked(group, group->dma_pasid);
	if (att)
		att->owns_number = true;
	else
		iopasid_number_free_locked(group, group->dma_pasid);
	group->dma_pasid = IOMMU_PASID_INVALID;
}

/**
 * iommu_attach_dma_api_pasid() - DMA with a PASID reaches the DMA API's memory
 * @dev: a device that the calling driver is bound to
 * @pasid: the PASID to tag DMA with; IOMMU_PASID_INVALID on failure
 *
 * From now on a dma_addr_t of this device is good with @pasid and without it,
 * whether the DMA domain is translated or pass-through. Every member of the
 * device's group gets the same number. Attaches are counted: each needs its
 * iommu_destroy_dma_api_pasid().
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV when no unit manages @dev or its group has no DMA domain;
 * -EOPNOTSUPP when the device cannot tag its DMA, or its ability cannot be
 * switched on; -ENOSPC when no number from dma_pasid_min up is free within the
 * device's limit, when the number that other members of the group use is
 * beyond it, or when the unit has no domain id left; -EBUSY when the group
 * belongs to a user context, or the driver has itself attached the DMA domain
 * at the number that other members use; -ENOMEM; -EINVAL when the unit cannot walk the
 * page table.
 */
int iommu_attach_dma_api_pasid(struct device *dev, u32 *pasid)
{
	struct iopasid_device *idev;
	int ret;

	might_sleep();
	*pasid = IOMMU_PASID_INVALID;
	idev = iopasid_device_get(dev);
	if (!idev)
		return -ENODEV;

	mutex_lock(&idev->group->lock);
	ret = iopasid_dma_pasid_attach_locked(idev);
	if (!ret)
		*pasid = idev->group->dma_pasid;
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iommu_attach_dma_api_pasid);

/**
 * iopasid_dma_pasid_destroy_locked() - take one attach of a device back
 * @idev: the device
 *
 * Context: group lock held, may sleep.
 * Return: as iopasid_dma_pasid_destroy(); -ENODEV also when the device has left
 * its group since it was found, with all that was attached.
 */
int iopasid_dma_pasid_destroy_locked(struct iopasid_device *idev)
{
	lockdep_assert_held(&idev->group->lock);

	if (list_empty(&idev->group_node))
		return -ENODEV;
	if (!idev->dma_pasid_users)
		return -ENOENT;
	iopasid_dma_pasid_put_locked(idev, 1);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_dma_pasid_destroy_locked);

/**
 * iopasid_dma_pasid_destroy() - iommu_destroy_dma_api_pasid() for those who
 *	ask whether there was something to destroy
 * @dev: the device
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT when nothing is attached, -ENODEV when no unit manages
 * @dev (any more): then nothing changes.
 */
int iopasid_dma_pasid_destroy(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = iopasid_dma_pasid_destroy_locked(idev);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_dma_pasid_destroy);

/**
 * iommu_destroy_dma_api_pasid() - take back one iommu_attach_dma_api_pasid()
 * @dev: the device; its DMA with the PASID has ended (requirements A2.13)
 *
 * After the last one of the device, DMA with the PASID is blocked and nothing
 * that it left in a cache is used any more. A call without an attach is a bug
 * of the driver: it warns once and has no effect. When the device's unit went
 * before, it took the PASID along: nothing is left to do, and nothing is said
 * unless the unit is there again.
 *
 * Context: process, may sleep.
 */
void iommu_destroy_dma_api_pasid(struct device *dev)
{
	might_sleep();
	if (iopasid_dma_pasid_destroy(dev) == -ENOENT)
		dev_warn_once(dev, "iopasid: %ps destroys a DMA API PASID that it has not attached\n",
			      __builtin_return_address(0));
}
EXPORT_SYMBOL_GPL(iommu_destroy_dma_api_pasid);

/**
 * iopasid_dma_drop_pasid() - a driver is gone: end the attaches it left
 * @idev: its device
 *
 * Context: group lock held, may sleep.
 * Return: true if there were any; to be said by the caller.
 */
bool iopasid_dma_drop_pasid(struct iopasid_device *idev)
{
	lockdep_assert_held(&idev->group->lock);

	if (!idev->dma_pasid_users)
		return false;
	iopasid_dma_pasid_put_locked(idev, idev->dma_pasid_users);
	return true;
}
