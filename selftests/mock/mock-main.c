// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a module that mainline's selftest of /dev/iommu asks for
 *
 * IOMMU_TEST_CMD is one call for many things; each has a row in the table here.
 * What is about page tables in page tables, guests' units and dma-buf is not
 * there, as in the module that is tested: -EOPNOTSUPP.
 */
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/uaccess.h>

#include <iopasid/iommufd-test.h>

#include "mock.h"

static int mock_add_reserved(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	u64 last;

	if (!cmd->add_reserved.length)
		return -EINVAL;
	if (check_add_overflow(cmd->add_reserved.first,
			       cmd->add_reserved.length - 1, &last))
		return -EOVERFLOW;
	return iopasid_iommufd_test_reserve(call->ctx, cmd->id,
					    cmd->add_reserved.first, last);
}

static int mock_batch_limit(struct mock_call *call)
{
	u32 limit = call->command.batch_limit.limit;

	if (limit < MOCK_BATCH_LIMIT_MIN)
		return -EINVAL;
	return iopasid_iommufd_test_batch_limit(limit);
}

static const mock_call_fn mock_calls[] = {
	[MOCK_OP_ADD_RESERVED]		= mock_add_reserved,
	[MOCK_OP_DEVICE]		= mock_device_create,
	[MOCK_OP_CHECK_MAP]		= mock_check_map,
	[MOCK_OP_CHECK_REFS]		= mock_check_refs,
	[MOCK_OP_CREATE_ACCESS]		= mock_access_create,
	[MOCK_OP_DESTROY_ACCESS_PAGES]	= mock_access_unpin,
	[MOCK_OP_ACCESS_PAGES]		= mock_access_pages,
	[MOCK_OP_ACCESS_RW]		= mock_access_rw,
	[MOCK_OP_BATCH_LIMIT]		= mock_batch_limit,
	[MOCK_OP_REPLACE]		= mock_device_replace,
	[MOCK_OP_ACCESS_REPLACE]	= mock_access_replace,
	[MOCK_OP_DEVICE_FLAGS]		= mock_device_create,
	[MOCK_OP_DIRTY]			= mock_set_dirty,
	[MOCK_OP_PAGE_REQUEST]		= mock_device_page_request,
	[MOCK_OP_CHECK_CACHE]		= mock_device_check_cache,
	[MOCK_OP_PASID_ATTACH]		= mock_pasid_attach,
	[MOCK_OP_PASID_REPLACE]		= mock_pasid_replace,
	[MOCK_OP_PASID_DETACH]		= mock_pasid_detach,
	[MOCK_OP_PASID_CHECK]		= mock_pasid_check,
};

static long mock_command(struct iofd_ctx *ctx, void __user *ubuffer,
			 u32 user_size)
{
	struct mock_call call = { .ctx = ctx };
	struct mock_command *cmd = &call.command;
	u32 op;
	int ret;

	if (user_size < MOCK_COMMAND_MIN)
		return -EINVAL;
	ret = copy_struct_from_user(cmd, sizeof(*cmd), ubuffer, user_size);
	if (ret)
		return ret;
	op = cmd->op;
	if (op >= ARRAY_SIZE(mock_calls) || !mock_calls[op])
		return -EOPNOTSUPP;
	ret = mock_calls[op](&call);
	/* What was made stays with the context when the answer is lost. */
	if (!ret && call.answers &&
	    copy_to_user(ubuffer, cmd, min_t(size_t, user_size, sizeof(*cmd))))
		ret = -EFAULT;
	return ret;
}

static const struct iofd_test_ops mock_test_ops = {
	.owner		= THIS_MODULE,
	.command	= mock_command,
};

static int __init mock_init(void)
{
	int ret;

	ret = bus_register(&mock_bus);
	if (ret)
		return ret;
	ret = mock_unit_init();
	if (ret)
		goto unregister_bus;
	ret = iopasid_iommufd_test_register(&mock_test_ops);
	if (ret)
		goto exit_unit;
	pr_warn("iopasid-iommufd-mock: anybody who may open /dev/iommu can make devices now; for tests only\n");
	return 0;

exit_unit:
	mock_unit_exit();
unregister_bus:
	bus_unregister(&mock_bus);
	return ret;
}
module_init(mock_init);

static void __exit mock_exit(void)
{
	iopasid_iommufd_test_unregister(&mock_test_ops);
	mock_unit_exit();
	bus_unregister(&mock_bus);
}
module_exit(mock_exit);

MODULE_DESCRIPTION("A unit and devices for mainline's selftest of /dev/iommu");
MODULE_LICENSE("GPL");
