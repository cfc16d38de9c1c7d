// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the driver of endpoints that belong to programs
 *
 * As vfio-pci does for PCI devices, iopasid-endpoint-user has no DMA of its own: it
 * makes the file of the device (endpoint-file.c), and who opens that may bind the
 * device in full. A device gets this driver by the file bind in its folder below
 * /sys/bus/vtd-model/drivers, or by the device's driver_override.
 *
 * The device's DMA is off while it has no user.
 */
#include <linux/err.h>
#include <linux/module.h>

#include <iopasid/group.h>
#include <iopasid/vfio-device.h>
#include <vtd-model/endpoint.h>

#include "endpoint.h"

static int endpoint_user_open(struct device *dev)
{
	return vtd_model_set_master(dev, true);
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
	struct iofd_node *node;
	int ret = iopasid_no_kernel_dma(dev);

	if (ret)
		return ret;
	node = iopasid_iommufd_node_add(dev, ENDPOINT_NAME, &endpoint_user_ops);
	if (IS_ERR(node))
		return PTR_ERR(node);
	dev_set_drvdata(dev, node);
	return 0;
}

static int endpoint_user_remove(struct device *dev)
{
	/* Nobody waits for a page any more. */
	vtd_model_set_master(dev, false);
	iopasid_iommufd_node_remove(dev_get_drvdata(dev));
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
