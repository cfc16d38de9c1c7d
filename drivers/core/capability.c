// SPDX-License-Identifier: GPL-2.0-only
/*
 * What units can do for their devices.
 */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "core.h"

/**
 * iopasid_capabilities() - what its unit can do for a device
 * @dev: the device
 *
 * Context: any.
 * Return: enum iopasid_cap; 0 when no unit manages @dev.
 */
u32 iopasid_capabilities(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	u32 caps = 0;

	if (idev) {
		caps = idev->caps;
		iopasid_device_put(idev);
	}
	return caps;
}
EXPORT_SYMBOL_GPL(iopasid_capabilities);

static int iopasid_hw_info_locked(struct iopasid_device *idev,
				  struct iopasid_hw_info *info)
{
	const struct iopasid_unit_ops *ops = idev->unit->provider->ops;

	lockdep_assert_held(&idev->group->lock);

	*info = (struct iopasid_hw_info){
		.caps		= idev->caps,
		.max_pasids_lg2	= idev->max_pasids ? ilog2(idev->max_pasids) : 0,
	};
	return ops->hw_info ? ops->hw_info(idev, info) : 0;
}

/**
 * iopasid_hw_info() - what a program is told about a device's unit
 * @dev: the device
 * @info: filled in on success; the caller frees @info->data with kfree()
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no unit manages @dev; -ENOMEM.
 */
int iopasid_hw_info(struct device *dev, struct iopasid_hw_info *info)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret = -ENODEV;

	if (!idev)
		return ret;
	/* The lock keeps the unit: a device that left has no group_node. */
	mutex_lock(&idev->group->lock);
	if (!list_empty(&idev->group_node))
		ret = iopasid_hw_info_locked(idev, info);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_hw_info);
