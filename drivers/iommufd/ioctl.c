// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: calls
 *
 * One table says what there is. Every structure begins with its size as the user
 * knows it, so that both sides can grow:
 *
 *	smaller than the first version of the call	-EINVAL
 *	smaller than ours				the rest is 0
 *	larger than ours				the rest must be 0: -E2BIG
 *
 * Handlers get a complete copy. A number that is not in the table is -ENOTTY,
 * unless it is one of VFIO's, which lie below and have rules of their own.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/stddef.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include "ioctl.h"
#include "iofd.h"
#include "test.h"

/* No structure of the table is larger. */
#define IOFD_CMD_MAX	64

/**
 * struct iofd_ioctl_op - one call; its number is the place in the table
 * @size: of its structure
 * @min_size: of the structure's first version
 * @handler: does it
 */
struct iofd_ioctl_op {
	unsigned int size;
	unsigned int min_size;
	int (*handler)(struct iofd_call *call);
};

#define IOFD_OP(_cmd, _handler, _struct, _last)				\
	[_IOC_NR(_cmd) - IOMMUFD_CMD_BASE] = {				\
		.size = sizeof(_struct) +				\
			BUILD_BUG_ON_ZERO(sizeof(_struct) > IOFD_CMD_MAX), \
		.min_size = offsetofend(_struct, _last),		\
		.handler = _handler,					\
	}

static const struct iofd_ioctl_op iofd_ioctl_ops[] = {
	IOFD_OP(IOMMU_DESTROY, iofd_destroy, struct iommu_destroy, id),
	IOFD_OP(IOMMU_IOAS_ALLOC, iofd_ioas_alloc,
		struct iommu_ioas_alloc, out_ioas_id),
	IOFD_OP(IOMMU_IOAS_ALLOW_IOVAS, iofd_ioas_allow_iovas,
		struct iommu_ioas_allow_iovas, allowed_iovas),
	IOFD_OP(IOMMU_IOAS_COPY, iofd_ioas_copy,
		struct iommu_ioas_copy, src_iova),
	IOFD_OP(IOMMU_IOAS_IOVA_RANGES, iofd_ioas_iova_ranges,
		struct iommu_ioas_iova_ranges, out_iova_alignment),
	IOFD_OP(IOMMU_IOAS_MAP, iofd_ioas_map, struct iommu_ioas_map, iova),
	IOFD_OP(IOMMU_IOAS_UNMAP, iofd_ioas_unmap,
		struct iommu_ioas_unmap, length),
	IOFD_OP(IOMMU_OPTION, iofd_option, struct iommu_option, val64),
	IOFD_OP(IOMMU_VFIO_IOAS, iofd_vfio_ioas,
		struct iommu_vfio_ioas, __reserved),
	IOFD_OP(IOMMU_HWPT_ALLOC, iofd_hwpt_alloc,
		struct iommu_hwpt_alloc, __reserved),
	IOFD_OP(IOMMU_GET_HW_INFO, iofd_get_hw_info,
		struct iommu_hw_info, __reserved),
	IOFD_OP(IOMMU_HWPT_SET_DIRTY_TRACKING, iofd_hwpt_set_dirty_tracking,
		struct iommu_hwpt_set_dirty_tracking, __reserved),
	IOFD_OP(IOMMU_HWPT_GET_DIRTY_BITMAP, iofd_hwpt_get_dirty_bitmap,
		struct iommu_hwpt_get_dirty_bitmap, data),
	IOFD_OP(IOMMU_FAULT_QUEUE_ALLOC, iofd_fault_queue_alloc,
		struct iommu_fault_alloc, out_fault_fd),
	IOFD_OP(IOPASID_IOAS_MAP_FILE, iofd_ioas_map_file,
		struct iopasid_ioas_map_file, iova),
	IOFD_OP(IOPASID_IOAS_CHANGE_PROCESS, iofd_ioas_change_process,
		struct iopasid_ioas_change_process, __reserved),
	IOFD_OP(IOPASID_SVA_ALLOC, iofd_sva_alloc,
		struct iopasid_sva_alloc, out_why),
	IOFD_OP(IOPASID_SVA_POPULATE, iofd_sva_populate,
		struct iopasid_sva_populate, length),
};

static long iofd_ioctl_call(struct iofd_ctx *ctx,
			    const struct iofd_ioctl_op *op, void __user *arg)
{
	u64 cmd[IOFD_CMD_MAX / sizeof(u64)];
	struct iofd_call call = {
		.ctx = ctx,
		.ubuffer = arg,
		.cmd = cmd,
	};
	int ret;

	if (get_user(call.user_size, (u32 __user *)arg))
		return -EFAULT;
	if (call.user_size < op->min_size)
		return -EINVAL;
	ret = copy_struct_from_user(cmd, op->size, arg, call.user_size);
	return ret ?: op->handler(&call);
}

/**
 * iofd_ioctl() - one call of a context
 * @ctx: the context
 * @cmd: its number
 * @arg: the user's pointer, for some of VFIO's a value
 *
 * Context: may sleep.
 * Return: the handler's; -ENOIOCTLCMD for a number that is none of ours; -EINVAL
 * when the structure is too small, -E2BIG when it has something that we do not
 * know, -EFAULT.
 */
long iofd_ioctl(struct iofd_ctx *ctx, unsigned int cmd, unsigned long arg)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct iofd_ioctl_op *op;

	if (cmd == IOFD_TEST_CMD)
		return iofd_test_command(ctx, (void __user *)arg);
	if (nr < IOMMUFD_CMD_BASE ||
	    nr - IOMMUFD_CMD_BASE >= ARRAY_SIZE(iofd_ioctl_ops))
		return iofd_vfio_ioctl(ctx, cmd, arg);

	op = &iofd_ioctl_ops[nr - IOMMUFD_CMD_BASE];
	if (!op->handler || cmd != _IO(IOMMUFD_TYPE, nr))
		return -ENOIOCTLCMD;
	return iofd_ioctl_call(ctx, op, (void __user *)arg);
}
