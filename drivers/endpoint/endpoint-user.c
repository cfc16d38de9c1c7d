// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the driver of endpoints that belong to programs
 *
 * As vfio-pci does for PCI devices, iopasid-endpoint-user has no DMA of its own: it
 * makes the file of the device (endpoint-file.c), and who opens that may bind the
 * device in full. A device gets this driver by the file bind in its folder below
 * /sys/bus/vtd-model/drivers, or by the device's driver_override.
 *
 * The device's DMA is off while it has no user, and once the driver goes: who binds
 * the device at that moment gets -ENODEV.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>

#include <iopasid/group.h>
#include <iopasid/vfio-device.h>
#include <vtd-model/endpoint.h>

#include "endpoint.h"

/**
 * struct endpoint_user - a device that belongs to a program
 * @node: its file
 * @master: bus mastering
 */
struct endpoint_user {
	struct iofd_node *node;
	struct endpoint_master master;
};

static int endpoint_user_open(struct device *dev)
{
	struct endpoint_user *user = dev_get_drvdata(dev);

	return endpoint_master_set(&user->master, true);
}

static void endpoint_user_close(struct device *dev)
{
	vtd_model_set_master(dev, false);
}

static const struct iopasid_iommufd_node_ops endpoint_user_ops = {
	.owner	= THIS_MODULE,
	.mode	= IOPASID_IOMMUFD_FULL,
	.open	= endpoint_user_open,
	.close	= endpoint_user_close,
	.ioctl	= endpoint_file_ioctl,
};

static int endpoint_user_probe(struct device *dev)
{
	struct endpoint_user *user;
	int ret = iopasid_no_kernel_dma(dev);

	if (ret)
		return ret;
	user = devm_kzalloc(dev, sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;
	endpoint_master_init(&user->master, dev);
	/* Before the file: who opens it wants this. */
	dev_set_drvdata(dev, user);
	user->node = iopasid_iommufd_node_add(dev, ENDPOINT_NAME,
					      &endpoint_user_ops);
	return PTR_ERR_OR_ZERO(user->node);
}

static int endpoint_user_remove(struct device *dev)
{
	struct endpoint_user *user = dev_get_drvdata(dev);

	/* Nobody waits for a page any more. */
	endpoint_master_leave(&user->master);
	iopasid_iommufd_node_remove(user->node);
	return 0;
}

static struct device_driver endpoint_user_driver = {
	.name	= ENDPOINT_NAME "-user",
	.owner	= THIS_MODULE,
	.bus	= &vtd_model_bus,
	.probe	= endpoint_user_probe,
	.remove	= endpoint_user_remove,
};

/**
 * endpoint_user_init() - register the driver, after the one with DMA of its own,
 * which devices get first
 *
 * Return: 0, or what the driver core says.
 */
int endpoint_user_init(void)
{
	return driver_register(&endpoint_user_driver);
}

/** endpoint_user_exit() - unregister it */
void endpoint_user_exit(void)
{
	driver_unregister(&endpoint_user_driver);
}
