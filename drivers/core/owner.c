// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: ownership of a group's RID
 *
 * Drivers through the DMA API or one user context, never both. A bound driver
 * makes the group the DMA API's; a claim makes it the user's, with its RID
 * blocked until the user attaches something. A driver that is probed while a
 * user owns the group gets DMA ops that refuse every mapping.
 *
 * A user holds the modules as a driver does: without a unit his device would
 * reach all memory. The claim ends with the group's last member, too.
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
	nr = iopasid_detach_all_locked(idev) + dma_pasid;
	if (nr)
		dev_warn(idev->dev, "iopasid: driver left with %u PASID(s) attached%s: detached\n",
			 nr, dma_pasid ? ", one of them the DMA API's" : "");
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
		return;
	}
	if (--group->nr_bound)
		return;
	if (group->owner == IOPASID_OWNER_DMA)
		group->owner = IOPASID_OWNER_NONE;
	iopasid_group_reset_locked(idev);
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
	if (!iopasid_modules_get(group->unit->provider))
		return -ENODEV;
	group->owner = IOPASID_OWNER_USER;
	group->owner_ctx = ctx;
	ret = iopasid_group_settle_locked(group);
	if (ret)
		iopasid_group_disown_locked(group);
	return ret;
}

/**
 * iopasid_group_disown_locked() - the user, if there is one, is gone
 * @group: the group; the caller settles it
 *
 * Context: group lock held: the provider's exit waits for it.
 */
void iopasid_group_disown_locked(struct iopasid_group *group)
{
	lockdep_assert_held(&group->lock);

	if (group->owner != IOPASID_OWNER_USER)
		return;
	group->owner = IOPASID_OWNER_NONE;
	group->owner_ctx = NULL;
	iopasid_modules_put(group->unit->provider);
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
 * Return: 0; -ENODEV when no unit manages @dev, or its provider's module is on
 * its way out; -EBUSY when a kernel driver is bound to a member, a PASID of one
 * is attached or another context owns the group; -EPERM when firmware demands a
 * fixed mapping (RMRR) for a member.
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
		iopasid_group_disown_locked(group);
		iopasid_group_resettle_locked(group);
	}
	mutex_unlock(&group->lock);
	iopasid_device_put(idev);
}
EXPORT_SYMBOL_GPL(iopasid_group_release_user);
