// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: ownership of a group's RID
 *
 * Drivers through the DMA API or one user context (user.c), never both. A bound
 * driver makes the group the DMA API's, unless it says that it wants no DMA. While
 * a user owns the group drivers are kept away (fence.c); one whose probe had begun
 * before gets DMA ops that refuse every mapping.
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

	iopasid_dma_unbind(idev);
	if (!idev->foreign) {
		idev->foreign = true;
		group->nr_foreign++;
	}
	iopasid_group_resettle_locked(group);
}

static void iopasid_group_detach_locked(struct iopasid_device *idev)
{
	bool dma_pasid;
	unsigned int nr;

	lockdep_assert_held(&idev->group->lock);

	dma_pasid = iopasid_dma_drop_pasid(idev);
	nr = iopasid_detach_all_locked(idev, NULL) + dma_pasid;
	if (nr)
		dev_warn(idev->dev, "iopasid: driver left with %u PASID(s) attached%s: detached\n",
			 nr, dma_pasid ? ", one of them the DMA API's" : "");
	nr = iopasid_users_revoke_locked(idev, false);
	if (nr)
		dev_warn(idev->dev, "iopasid: driver left with %u claim(s) of users: revoked\n",
			 nr);
}

/*
 * The last driver of the group is gone: so are all mappings. Members get their
 * own dma_ops back, unless something was left mapped: a driver that unmaps it
 * now must not do so through dma-direct, which would take its address for a
 * physical one.
 */
static void iopasid_group_reset_locked(struct iopasid_device *last)
{
	struct iopasid_group *group = last->group;
	struct iopasid_device *idev;
	size_t leaked;

	lockdep_assert_held(&group->lock);

	if (!group->dma)
		return;
	list_for_each_entry(idev, &group->devices, group_node)
		if (!idev->bound)
			iopasid_dma_orphan(idev);
	leaked = iopasid_dma_reset(group->dma);
	if (leaked) {
		dev_warn(last->dev, "iopasid: driver left %zu bytes mapped for DMA: unmapped\n",
			 leaked);
		return;
	}
	list_for_each_entry(idev, &group->devices, group_node)
		if (!idev->bound)
			iopasid_dma_unbind(idev);
}

/* One driver less that DMAs */
static void iopasid_group_unuse_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;

	lockdep_assert_held(&group->lock);

	if (--group->nr_bound)
		return;
	if (group->owner == IOPASID_OWNER_DMA)
		group->owner = IOPASID_OWNER_NONE;
	iopasid_group_reset_locked(idev);
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

	lockdep_assert_held(&group->lock);

	iopasid_group_detach_locked(idev);

	if (idev->foreign) {
		idev->foreign = false;
		group->nr_foreign--;
	}
	if (!idev->bound)
		return;
	idev->bound = false;
	if (idev->refused) {
		iopasid_dma_unbind(idev);
		idev->refused = false;
		idev->no_dma = false;
		return;
	}
	iopasid_group_unuse_locked(idev);
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
	iopasid_dma_unbind(idev);

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

/* Its driver goes on without DMA: as if another one were unbound. */
static int iopasid_group_shed_locked(struct iopasid_device *idev)
{
	lockdep_assert_held(&idev->group->lock);

	if (list_empty(&idev->group_node) || !idev->bound)
		return -ENODEV;
	if (idev->no_dma)
		return 0;
	if (idev->dma_pasid_users || iopasid_device_is_attached_locked(idev))
		return -EBUSY;
	if (!idev->refused) {
		iopasid_group_unuse_locked(idev);
		iopasid_dma_unbind(idev);
		iopasid_dma_refuse(idev);
		idev->refused = true;
	}
	idev->no_dma = true;
	iopasid_group_resettle_locked(idev->group);
	return 0;
}

/**
 * iopasid_no_kernel_dma() - a driver wants no DMA of its own
 * @dev: the device that it is bound to
 *
 * For drivers that only hand their device to user contexts: in probe, before
 * anything is mapped or attached, and before the device may DMA. Until the driver
 * is unbound every mapping is refused, and what is in the way of a context that
 * takes the group is not this driver.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV: no unit manages @dev, or the driver was bound before the
 * unit came: there is nothing to hand out; -EBUSY: @dev is attached at a PASID.
 */
int iopasid_no_kernel_dma(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = iopasid_group_shed_locked(idev);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_no_kernel_dma);
