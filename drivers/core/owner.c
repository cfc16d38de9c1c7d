// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: ownership of a group's RID
 *
 * Drivers through the DMA API or one user context, never both. A bound driver
 * makes the group the DMA API's; a claim makes it the user's, with its RID
 * blocked until the user attaches something. A driver that is probed while a
 * user owns the group gets DMA ops that refuse every mapping.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>

#include <kunit/visibility.h>

#include <iopasid/group.h>

#include "core.h"
#include "dma-hooks.h"

/* Give the driver that is about to be probed its way to DMA, or none. */
static int iopasid_group_open_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;
	int ret;

	lockdep_assert_held(&group->lock);

	if (group->owner == IOPASID_OWNER_USER)
		return -EBUSY;
	ret = iopasid_group_settle_locked(group);
	if (ret)
		return ret;
	return group->dma ? iopasid_dma_bind(idev, group->dma) : 0;
}

/**
 * iopasid_group_pass_locked() - let a driver run pass-through, like a foreign
 * @idev: its device, whose unit is about to go; nobody is bound behind it
 *
 * Context: topology and group lock held, may sleep.
 */
void iopasid_group_pass_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;

	lockdep_assert_held(&group->lock);

	if (!idev->foreign) {
		idev->foreign = true;
		group->nr_foreign++;
	}
	iopasid_group_resettle_locked(group);
}

/**
 * iopasid_group_unbind_locked() - a driver is gone
 * @idev: its device
 *
 * What the driver left attached is detached, once and loudly; what it left
 * mapped goes with the last driver of the group. The caller settles the group.
 *
 * Context: topology and group lock held, may sleep.
 */
void iopasid_group_unbind_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;
	unsigned int nr;
	size_t leaked;

	lockdep_assert_held(&group->lock);

	iopasid_dma_drop_pasid(idev);
	nr = iopasid_detach_all_locked(idev);
	if (nr)
		dev_warn(idev->dev, "iopasid: driver left with %u PASID(s) attached: detached\n",
			 nr);

	if (idev->foreign) {
		idev->foreign = false;
		group->nr_foreign--;
	}
	if (!idev->bound)
		return;
	iopasid_dma_unbind(idev);
	idev->bound = false;
	if (idev->refused) {
		idev->refused = false;
		return;
	}
	if (--group->nr_bound)
		return;
	if (group->owner == IOPASID_OWNER_DMA)
		group->owner = IOPASID_OWNER_NONE;
	if (group->dma) {
		leaked = iopasid_dma_reset(group->dma);
		if (leaked)
			dev_warn(idev->dev, "iopasid: driver left %zu bytes mapped for DMA: unmapped\n",
				 leaked);
	}
}

/**
 * iopasid_group_bind_locked() - a driver is about to be probed
 * @idev: its device
 *
 * Context: topology and group lock held, may sleep.
 */
void iopasid_group_bind_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;
	int ret;

	lockdep_assert_held(&group->lock);

	/* Seen as foreign between being set and being announced. */
	if (idev->foreign) {
		idev->foreign = false;
		group->nr_foreign--;
	}
	/* The next driver, after one whose probe failed: it starts afresh. */
	if (idev->bound)
		iopasid_group_unbind_locked(idev);

	ret = iopasid_group_open_locked(idev);
	if (ret) {
		dev_err(idev->dev, "iopasid: group %d gives its driver no DMA (%pe): every mapping is refused\n",
			group->id, ERR_PTR(ret));
		iopasid_dma_refuse(idev);
	} else {
		group->owner = IOPASID_OWNER_DMA;
		group->nr_bound++;
	}
	idev->bound = true;
	idev->refused = ret;
}

/**
 * iopasid_dma_domain() - the DMA domain of a device's group
 * @dev: a device with a driver bound
 *
 * For drivers that attach it at more PASIDs of their own with
 * iopasid_attach_dev_pasid().
 *
 * Context: may sleep.
 * Return: the domain, good until the driver is unbound; ERR_PTR(-ENODEV) when
 * no unit manages the device, or its driver was bound before the unit came or
 * is refused DMA; ERR_PTR(-EBUSY) when a user context owns the group.
 */
struct iopasid_domain *iopasid_dma_domain(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	struct iopasid_domain *domain;

	if (!idev)
		return ERR_PTR(-ENODEV);
	mutex_lock(&idev->group->lock);
	domain = iopasid_group_dma_domain_locked(idev->group);
	if (!IS_ERR(domain) && (!idev->bound || idev->refused))
		domain = ERR_PTR(-ENODEV);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return domain;
}
EXPORT_SYMBOL_GPL(iopasid_dma_domain);

static int iopasid_group_claim_locked(struct iopasid_group *group, void *ctx)
{
	int ret;

	lockdep_assert_held(&group->lock);

	if (group->owner != IOPASID_OWNER_NONE ||
	    iopasid_group_has_driver_locked(group) ||
	    iopasid_is_attached_locked(group, NULL))
		return -EBUSY;
	if (iopasid_group_has_direct_locked(group))
		return -EPERM;
	group->owner = IOPASID_OWNER_USER;
	group->owner_ctx = ctx;
	ret = iopasid_group_settle_locked(group);
	if (ret) {
		group->owner = IOPASID_OWNER_NONE;
		group->owner_ctx = NULL;
	}
	return ret;
}

/**
 * iopasid_group_claim_user() - a user context takes the RIDs of a group
 * @dev: any member
 * @ctx: the context; names the owner for the release
 *
 * The RIDs are blocked, and no kernel driver of the group can map DMA, until
 * iopasid_group_release_user().
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no unit manages @dev; -EBUSY when a kernel driver is
 * bound to a member, a PASID of one is attached or another context owns the
 * group; -EPERM when firmware demands a fixed mapping (RMRR) for a member.
 */
int iopasid_group_claim_user(struct device *dev, void *ctx)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = list_empty(&idev->group_node) ? -ENODEV :
		iopasid_group_claim_locked(idev->group, ctx);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_group_claim_user);

/**
 * iopasid_group_release_user() - the context gives the group back
 * @dev: any member
 * @ctx: the context that claimed it; anyone else's call has no effect
 *
 * Context: may sleep.
 */
void iopasid_group_release_user(struct device *dev, void *ctx)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	struct iopasid_group *group;

	if (!idev)
		return;
	group = idev->group;
	mutex_lock(&group->lock);
	if (group->owner == IOPASID_OWNER_USER && group->owner_ctx == ctx) {
		group->owner = IOPASID_OWNER_NONE;
		group->owner_ctx = NULL;
		iopasid_group_resettle_locked(group);
	}
	mutex_unlock(&group->lock);
	iopasid_device_put(idev);
}
EXPORT_SYMBOL_GPL(iopasid_group_release_user);
