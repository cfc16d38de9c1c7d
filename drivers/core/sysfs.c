// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: sysfs
 *
 * A folder "iopasid" in the folder of each device that is managed: its group,
 * how the group's DMA API works, and how many PASIDs it has. Documented in
 * Documentation/ABI/testing/sysfs-bus-pci-devices-iopasid.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/sysfs.h>

#include "core.h"

static ssize_t group_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int id;

	if (!idev)
		return -ENODEV;
	id = idev->group->id;
	iopasid_device_put(idev);
	return sysfs_emit(buf, "%d\n", id);
}
static DEVICE_ATTR_RO(group);

static ssize_t max_pasids_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	u32 max_pasids;

	if (!idev)
		return -ENODEV;
	max_pasids = idev->max_pasids;
	iopasid_device_put(idev);
	return sysfs_emit(buf, "%u\n", max_pasids);
}
static DEVICE_ATTR_RO(max_pasids);

static ssize_t type_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	enum iopasid_domain_type type;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	type = idev->group->type;
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return sysfs_emit(buf, "%s\n", iopasid_domain_type_name(type));
}

static ssize_t type_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct iopasid_device *idev;
	enum iopasid_domain_type type;
	int ret;

	if (sysfs_streq(buf, "translated"))
		type = IOPASID_DOMAIN_PAGING;
	else if (sysfs_streq(buf, "identity"))
		type = IOPASID_DOMAIN_IDENTITY;
	else
		return -EINVAL;

	idev = iopasid_device_get(dev);
	if (!idev)
		return -ENODEV;
	ret = iopasid_group_set_type(idev->group, type);
	iopasid_device_put(idev);
	return ret ?: count;
}
static DEVICE_ATTR_RW(type);

static struct attribute *iopasid_attrs[] = {
	&dev_attr_group.attr,
	&dev_attr_max_pasids.attr,
	&dev_attr_type.attr,
	NULL
};

static const struct attribute_group iopasid_attr_group = {
	.name = "iopasid",
	.attrs = iopasid_attrs,
};

/**
 * iopasid_sysfs_add() - show a device's folder
 * @idev: the device
 *
 * Return: 0, errno of sysfs.
 */
int iopasid_sysfs_add(struct iopasid_device *idev)
{
	return sysfs_create_group(&idev->dev->kobj, &iopasid_attr_group);
}

/**
 * iopasid_sysfs_remove() - take the folder away; nobody is in it afterwards
 * @idev: the device
 *
 * Context: no group lock held.
 */
void iopasid_sysfs_remove(struct iopasid_device *idev)
{
	sysfs_remove_group(&idev->dev->kobj, &iopasid_attr_group);
}
