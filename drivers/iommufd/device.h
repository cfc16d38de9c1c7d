/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices of a user context, and what they are attached to. */
#ifndef _IOFD_DEVICE_H
#define _IOFD_DEVICE_H

#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/xarray.h>

#include <iopasid/iommufd.h>

#include "object.h"

struct device;
struct iofd_fault_source;
struct iofd_hwpt;
struct iopasid_user;

/**
 * struct iofd_group - devices of a context that hardware cannot keep apart
 * @node: in the context's groups
 * @id: the core's
 * @nr_devices: how many are bound to the context
 * @attachments: PASID, 0 for the RID, to struct iofd_attachment
 *
 * All under the context's attach_lock.
 */
struct iofd_group {
	struct list_head node;
	int id;
	unsigned int nr_devices;
	struct xarray attachments;
};

/**
 * struct iofd_attachment - a PASID of a group, or its RID, leads to a HWPT
 * @hwpt: the HWPT; each member is a user of it
 * @pasid: the PASID, 0: the RID
 * @members: struct iofd_member, not empty
 */
struct iofd_attachment {
	struct iofd_hwpt *hwpt;
	u32 pasid;
	struct list_head members;
};

/**
 * struct iofd_member - a device that is attached there
 * @node: in the attachment
 * @idev: the device
 * @source: its way to the HWPT's fault queue, if there is one
 */
struct iofd_member {
	struct list_head node;
	struct iofd_device *idev;
	struct iofd_fault_source *source;
};

/**
 * struct iofd_device - a device that its driver has bound
 * @obj: the object; the driver is its one user
 * @dev: the device
 * @mode: what of it is the user's
 * @user: the core's record of that
 * @group: its group
 */
struct iofd_device {
	struct iofd_object obj;
	struct device *dev;
	enum iopasid_iommufd_bind_mode mode;
	struct iopasid_user *user;
	struct iofd_group *group;
};

extern const struct iofd_object_type iofd_device_type;

void iofd_device_detach(struct iofd_device *idev, u32 pasid);

/* For the time of a call, which must not wait for users; ERR_PTR(-ENOENT) */
static inline struct iofd_device *iofd_device_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj = iofd_object_get(ctx, id, &iofd_device_type);

	return IS_ERR(obj) ? ERR_CAST(obj) :
		container_of(obj, struct iofd_device, obj);
}

#endif /* _IOFD_DEVICE_H */
