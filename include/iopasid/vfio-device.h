/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device files for user space that speak VFIO's device calls, for drivers.
 *
 * A driver adds a node for its device; whoever opens it binds the device to his
 * /dev/iommu and attaches page tables. What else can be done with the file is the
 * driver's to say.
 */
#ifndef _IOPASID_VFIO_DEVICE_H
#define _IOPASID_VFIO_DEVICE_H

#include <linux/types.h>

#include <iopasid/iommufd.h>

struct device;
struct iofd_file;
struct iofd_node;
struct module;

/** struct iopasid_iommufd_node_ops - a driver's part in the files of a device */
struct iopasid_iommufd_node_ops {
	/** @owner: the driver's module; held while a file is open */
	struct module *owner;

	/**
	 * @mode: what users get. In full: the device, one of them at a time.
	 * PASIDs only: any number of them, each what he attaches.
	 */
	enum iopasid_iommufd_bind_mode mode;

	/**
	 * @open: optional: the device has been bound to a user, with its DMA
	 * blocked: make it ready for him.
	 *
	 * Context: as of iopasid_iommufd_file_enter(); alone, in full mode.
	 * Returns: 0 or an errno, which the user gets.
	 */
	int (*open)(struct device *dev);

	/**
	 * @close: there if @open is: the user goes. No DMA of the device is
	 * under way when this returns.
	 *
	 * Context: as @open.
	 */
	void (*close)(struct device *dev);

	/**
	 * @ioctl: optional: a call that is not VFIO's, on a device that is bound.
	 * What needs the device is between iopasid_iommufd_file_enter() and
	 * iopasid_iommufd_file_leave(); what may sleep for long in the hands of
	 * the user (copies from and to his memory) is not.
	 *
	 * Context: process, may sleep.
	 * Returns: 0, -ENOTTY when it is not known, or another errno.
	 */
	long (*ioctl)(struct iofd_file *file, unsigned int cmd,
		      void __user *arg);
};

struct iofd_node *
iopasid_iommufd_node_add(struct device *dev, const char *name,
			 const struct iopasid_iommufd_node_ops *ops);
void iopasid_iommufd_node_remove(struct iofd_node *node);

int iopasid_iommufd_file_enter(struct iofd_file *file, u32 pasid,
			       struct device **dev);
void iopasid_iommufd_file_leave(struct iofd_file *file, u32 pasid);

#endif /* _IOPASID_VFIO_DEVICE_H */
