// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: edu, the example of a device for programs
 *
 * What the author of a driver reads who hands his device to user space:
 *
 * 1. The driver, iopasid-edu-user, has no DMA of its own, and says so. A device
 *    gets it by its driver_override, as with vfio-pci.
 * 2. probe() makes the device's file, /dev/iopasid-edu/<device>. VFIO's calls bind
 *    the device to a program's /dev/iommu and attach page tables; the framework
 *    does them.
 * 3. open() and close() come with a program that has bound the device and with its
 *    end. The device's DMA is on between them, and is over when close() returns.
 * 4. ioctl() does what only this device can. The device is there, and the program's,
 *    between enter and leave.
 *
 * The device may be unplugged while a program has it: remove() takes it away, and
 * the program gets -ENODEV.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/iopasid/edu.h>

#include <iopasid/group.h>
#include <iopasid/vfio-device.h>

#include "edu.h"

/**
 * struct edu_user - a device for programs
 * @edu: the engine; without the members that are for DMA of the kernel
 * @node: the file
 */
struct edu_user {
	struct edu edu;
	struct iofd_node *node;
};

static int edu_user_open(struct device *dev)
{
	pci_set_master(to_pci_dev(dev));
	return 0;
}

static void edu_user_close(struct device *dev)
{
	pci_clear_master(to_pci_dev(dev));
}

static int edu_user_run(struct iofd_file *file,
			const struct iopasid_edu_copy *copy)
{
	bool from_device = copy->flags & IOPASID_EDU_FROM_DEVICE;
	struct edu_user *user;
	struct device *dev;
	int ret;

	/* edu has no PASIDs: whatever its DMA reaches was attached to it. */
	ret = iopasid_iommufd_file_enter(file, IOMMU_NO_PASID, &dev);
	if (ret)
		return ret;
	user = dev_get_drvdata(dev);
	ret = edu_copy_part(&user->edu, copy->offset, copy->addr, copy->length,
			    from_device ? DMA_FROM_DEVICE : DMA_TO_DEVICE);
	iopasid_iommufd_file_leave(file, IOMMU_NO_PASID);
	return ret;
}

static long edu_user_ioctl(struct iofd_file *file, unsigned int cmd,
			   void __user *arg)
{
	struct iopasid_edu_copy copy;

	if (cmd != IOPASID_EDU_COPY)
		return -ENOTTY;
	if (copy_from_user(&copy, arg, sizeof(copy)))
		return -EFAULT;
	if (copy.argsz < sizeof(copy) || copy.flags & ~IOPASID_EDU_FROM_DEVICE)
		return -EINVAL;
	return edu_user_run(file, &copy);
}

static const struct iopasid_iommufd_node_ops edu_user_ops = {
	.owner	= THIS_MODULE,
	.mode	= IOPASID_IOMMUFD_FULL,
	.open	= edu_user_open,
	.close	= edu_user_close,
	.ioctl	= edu_user_ioctl,
};

static int edu_user_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_user *user;
	int ret;

	user = devm_kzalloc(&pdev->dev, sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;
	pci_set_drvdata(pdev, user);
	ret = iopasid_no_kernel_dma(&pdev->dev) ?: edu_map(&user->edu, pdev);
	if (ret)
		return ret;
	user->node = iopasid_iommufd_node_add(&pdev->dev, EDU_NAME,
					      &edu_user_ops);
	return PTR_ERR_OR_ZERO(user->node);
}

static void edu_user_remove(struct pci_dev *pdev)
{
	struct edu_user *user = pci_get_drvdata(pdev);

	iopasid_iommufd_node_remove(user->node);
}

static const struct pci_device_id edu_user_ids[] = {
	{ PCI_DEVICE_DRIVER_OVERRIDE(EDU_VENDOR_ID, EDU_DEVICE_ID, 1) },
	{ }
};

static struct pci_driver edu_user_driver = {
	.name = EDU_NAME "-user",
	.id_table = edu_user_ids,
	.probe = edu_user_probe,
	.remove = edu_user_remove,
	.driver_managed_dma = true,
};

/**
 * edu_user_init() - register the driver
 *
 * Return: 0, or what the driver core says.
 */
int edu_user_init(void)
{
	return pci_register_driver(&edu_user_driver);
}

/** edu_user_exit() - unregister it */
void edu_user_exit(void)
{
	pci_unregister_driver(&edu_user_driver);
}
