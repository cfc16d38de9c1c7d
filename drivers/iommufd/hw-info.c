// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what a device's unit is
 *
 * IOMMU_GET_HW_INFO. Nothing is copied to the user while the device is held: a
 * user's memory can make us wait, and the driver waits for us when it unbinds the
 * device.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/capability.h>

#include "device.h"
#include "iofd.h"

static int iofd_hw_info_read(struct iofd_ctx *ctx, u32 dev_id,
			     struct iopasid_hw_info *info)
{
	struct iofd_device *idev = iofd_device_get(ctx, dev_id);
	int ret;

	if (IS_ERR(idev))
		return PTR_ERR(idev);
	ret = iopasid_hw_info(idev->dev, info);
	iofd_object_put(&idev->obj);
	return ret;
}

static u64 iofd_hw_info_caps(const struct iopasid_hw_info *info)
{
	u64 caps = 0;

	if (info->caps & IOPASID_CAP_DIRTY_TRACKING)
		caps |= IOMMU_HW_CAP_DIRTY_TRACKING;
	if (info->caps & IOPASID_CAP_PASID_EXEC && info->max_pasids_lg2)
		caps |= IOMMU_HW_CAP_PCI_PASID_EXEC;
	if (info->caps & IOPASID_CAP_PASID_PRIV && info->max_pasids_lg2)
		caps |= IOMMU_HW_CAP_PCI_PASID_PRIV;
	return caps;
}

static int iofd_hw_info_respond(struct iofd_call *call,
				const struct iopasid_hw_info *info)
{
	struct iommu_hw_info *cmd = call->cmd;
	void __user *user = u64_to_user_ptr(cmd->data_uptr);
	u32 length = min(cmd->data_len, info->length);
	u32 type = cmd->out_data_type;

	if (cmd->flags & IOPASID_HW_INFO_INPUT_TYPE && type &&
	    type != info->type)
		return -EOPNOTSUPP;
	if (copy_to_user(user, info->data, length) ||
	    clear_user(user + length, cmd->data_len - length))
		return -EFAULT;
	cmd->data_len = info->length;
	cmd->out_data_type = info->type;
	cmd->out_max_pasid_log2 = info->max_pasids_lg2;
	cmd->out_capabilities = iofd_hw_info_caps(info);
	return iofd_call_respond(call, sizeof(*cmd));
}

/**
 * iofd_get_hw_info() - IOMMU_GET_HW_INFO
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is no such device; -EOPNOTSUPP for unknown
 * flags, fields that must be 0, and another type than the unit's; -ENODEV when
 * the device has left its unit; -ENOMEM, -EFAULT.
 */
int iofd_get_hw_info(struct iofd_call *call)
{
	struct iommu_hw_info *cmd = call->cmd;
	struct iopasid_hw_info info;
	int ret;

	if (cmd->flags & ~IOPASID_HW_INFO_INPUT_TYPE ||
	    memchr_inv(cmd->__reserved, 0, sizeof(cmd->__reserved)))
		return -EOPNOTSUPP;
	ret = iofd_hw_info_read(call->ctx, cmd->dev_id, &info);
	if (ret)
		return ret;
	ret = iofd_hw_info_respond(call, &info);
	kfree(info.data);
	return ret;
}
