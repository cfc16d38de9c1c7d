/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of a device: its node, and one open of it. */
#ifndef _IOFD_VFIO_DEVICE_H
#define _IOFD_VFIO_DEVICE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct device;
struct iofd_change;
struct iofd_ctx;
struct iofd_device;
struct iopasid_iommufd_node_ops;

/**
 * struct iofd_node - the node of a device in /dev
 * @misc: as the kernel knows it
 * @dev: the device; to be used while @live is held and not @gone
 * @ops: the driver's; likewise, but for its owner
 * @ref: the driver's, and one of each open
 * @live: read by who uses the device through a file; written by who takes it away.
 *	Outside of all locks below and of those of /dev/iommu. Memory of users is
 *	not touched under it: a user who makes us wait there would keep the driver
 *	from being unbound
 * @gone: the driver is; @live
 * @lock: @files
 * @files: struct iofd_file that have the device, or are about to
 * @pasids: PASID to the struct iofd_file that may attach it; in PASIDs-only mode
 *	a number changes hands only when no DMA with it is under way
 */
struct iofd_node {
	struct miscdevice misc;
	struct device *dev;
	const struct iopasid_iommufd_node_ops *ops;
	struct kref ref;
	struct rw_semaphore live;
	bool gone;
	struct mutex lock;
	struct list_head files;
	struct xarray pasids;
};

/**
 * struct iofd_file - one open of a node
 * @node: of which
 * @list: in the node's files
 * @lock: below @node->live: what is bound and attached
 * @ctx: the user's context, NULL before the bind
 * @idev: the device in that context; set by the bind, with @lock, and cleared by
 *	who has @node->live alone
 * @attached: the device itself is; @lock
 * @pasids: PASID to struct iofd_pasid; changed with @lock
 */
struct iofd_file {
	struct iofd_node *node;
	struct list_head list;
	struct mutex lock;
	struct iofd_ctx *ctx;
	struct iofd_device *idev;
	bool attached;
	struct xarray pasids;
};

/**
 * iofd_file_end() - a call does not use the device any more
 * @file: the file, after iofd_file_start()
 */
static inline void iofd_file_end(struct iofd_file *file)
{
	up_read(&file->node->live);
}

/* vfio-node.c */
int iofd_node_take(struct iofd_node *node, struct iofd_file *file);
void iofd_node_drop(struct iofd_node *node, struct iofd_file *file);

/* vfio-file.c */
void iofd_file_init(struct iofd_file *file, struct iofd_node *node);
int iofd_file_start(struct iofd_file *file);
int iofd_file_start_bound(struct iofd_file *file);
void iofd_file_unbind(struct iofd_file *file);
long iofd_file_ioctl(struct iofd_file *file, unsigned int cmd,
		     void __user *arg);

/* vfio-pasid.c */
int iofd_file_attach(struct iofd_file *file, u32 pasid,
		     struct iofd_change *change);
void iofd_file_detach(struct iofd_file *file, u32 pasid);
void iofd_file_detach_all(struct iofd_file *file);

#endif /* _IOFD_VFIO_DEVICE_H */
