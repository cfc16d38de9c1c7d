// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: dirty tracking
 *
 * The two calls, of a HWPT that was allocated for it. What is mapped, and so what
 * may be asked for, is the address space's to know. The address space of a process
 * is not marked for us: its dirty bits are the kernel's.
 */
#include <linux/errno.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>

#include "hwpt.h"
#include "ioas.h"
#include "iofd.h"

/* For the time of a call; ERR_PTR(-ENOENT), ERR_PTR(-EOPNOTSUPP) */
static struct iofd_hwpt *iofd_dirty_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_hwpt *hwpt = iofd_hwpt_get(ctx, id);

	if (IS_ERR(hwpt) || hwpt->ioas)
		return hwpt;
	iofd_object_put(&hwpt->obj);
	return ERR_PTR(-EOPNOTSUPP);
}

/**
 * iofd_hwpt_set_dirty_tracking() - IOMMU_HWPT_SET_DIRTY_TRACKING
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is no such HWPT; -EOPNOTSUPP for unknown flags,
 * a field that must be 0, and a HWPT that cannot; the unit's errors.
 */
int iofd_hwpt_set_dirty_tracking(struct iofd_call *call)
{
	struct iommu_hwpt_set_dirty_tracking *cmd = call->cmd;
	struct iofd_hwpt *hwpt;
	int ret;

	if (cmd->flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE || cmd->__reserved)
		return -EOPNOTSUPP;
	hwpt = iofd_dirty_get(call->ctx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	ret = iofd_ioas_set_dirty(hwpt->ioas, hwpt->domain,
				  cmd->flags & IOMMU_HWPT_DIRTY_TRACKING_ENABLE);
	iofd_object_put(&hwpt->obj);
	return ret;
}

/**
 * iofd_hwpt_get_dirty_bitmap() - IOMMU_HWPT_GET_DIRTY_BITMAP
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is no such HWPT; -EOPNOTSUPP for unknown flags,
 * a field that must be 0, and a HWPT that cannot; -EINVAL and others as
 * iofd_ioas_read_dirty().
 */
int iofd_hwpt_get_dirty_bitmap(struct iofd_call *call)
{
	struct iommu_hwpt_get_dirty_bitmap *cmd = call->cmd;
	struct iofd_hwpt *hwpt;
	int ret;

	if (cmd->flags & ~IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR ||
	    cmd->__reserved)
		return -EOPNOTSUPP;
	hwpt = iofd_dirty_get(call->ctx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	ret = iofd_ioas_read_dirty(hwpt->ioas, hwpt->domain, cmd->iova,
				   cmd->length, cmd->page_size,
				   u64_to_user_ptr(cmd->data), cmd->flags);
	iofd_object_put(&hwpt->obj);
	return ret;
}
