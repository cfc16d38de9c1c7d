// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: options
 *
 * IOMMU_OPTION: small values of the context and of its address spaces.
 */
#include <linux/capability.h>
#include <linux/errno.h>

#include <uapi/linux/iommufd.h>

#include "iofd.h"

static int iofd_option_set_account(struct iofd_ctx *ctx, u64 value)
{
	int ret = 0;

	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;

	/* The lock keeps objects from being made that count in the old way. */
	xa_lock(&ctx->objects);
	if (!xa_empty(&ctx->objects))
		ret = -EBUSY;
	else if (value == 0)
		ctx->account = IOFD_ACCOUNT_USER;
	else if (value == 1)
		ctx->account = IOFD_ACCOUNT_MM;
	else
		ret = -EINVAL;
	xa_unlock(&ctx->objects);
	return ret;
}

static int iofd_option_account(struct iofd_ctx *ctx, struct iommu_option *cmd)
{
	if (cmd->object_id)
		return -EOPNOTSUPP;
	switch (cmd->op) {
	case IOMMU_OPTION_OP_GET:
		cmd->val64 = READ_ONCE(ctx->account) == IOFD_ACCOUNT_MM;
		return 0;
	case IOMMU_OPTION_OP_SET:
		return iofd_option_set_account(ctx, cmd->val64);
	default:
		return -EOPNOTSUPP;
	}
}

static int iofd_option_dispatch(struct iofd_ctx *ctx, struct iommu_option *cmd)
{
	switch (cmd->option_id) {
	case IOMMU_OPTION_RLIMIT_MODE:
		return iofd_option_account(ctx, cmd);
	case IOMMU_OPTION_HUGE_PAGES:
		return iofd_ioas_option_huge_pages(ctx, cmd);
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * iofd_option() - IOMMU_OPTION
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP for an unknown option or operation, and when a field
 * that must be 0 is not; -EPERM, -EBUSY, -EINVAL and -ENOENT as the option
 * says; -EFAULT.
 */
int iofd_option(struct iofd_call *call)
{
	struct iommu_option __user *user = call->ubuffer;
	struct iommu_option *cmd = call->cmd;
	int ret;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	ret = iofd_option_dispatch(call->ctx, cmd);
	if (ret)
		return ret;
	return copy_to_user(&user->val64, &cmd->val64, sizeof(cmd->val64)) ?
		-EFAULT : 0;
}
