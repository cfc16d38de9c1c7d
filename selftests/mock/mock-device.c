// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: devices of a program
 *
 * A command makes a device on a bus of its own, binds it to the context and
 * attaches its RID; the id that the program gets for it undoes all that when it is
 * destroyed. Page requests are sent by a command, too, in the name of the device.
 */
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>

#include <iopasid/fault.h>
#include <iopasid/iommufd-test.h>
#include <iopasid/iommufd.h>

#include "mock.h"

static DEFINE_IDA(mock_ids);

/* Protects the list and its members' fields after node */
static DEFINE_MUTEX(mock_bound_lock);
static LIST_HEAD(mock_bound);

const struct bus_type mock_bus = {
	.name = "iommufd-mock",
};

static void mock_device_free(struct device *dev)
{
	struct mock_device *mdev = mock_device_of(dev);

	xa_destroy(&mdev->pasids);
	ida_free(&mock_ids, mdev->id);
	kfree(mdev);
}

/**
 * mock_is_device() - a device is one of ours
 * @dev: any device
 *
 * Return: true if so.
 */
bool mock_is_device(struct device *dev)
{
	return dev->release == mock_device_free;
}

/**
 * mock_device_of() - the device behind a struct device
 * @dev: one of ours
 *
 * Return: it.
 */
struct mock_device *mock_device_of(struct device *dev)
{
	return container_of(dev, struct mock_device, dev);
}

static struct mock_device *mock_device_add(u32 flags)
{
	struct mock_device *mdev;
	int ret;

	if (flags & ~(MOCK_DEVICE_NO_DIRTY | MOCK_DEVICE_PASID))
		return ERR_PTR(-EINVAL);
	mdev = kzalloc(sizeof(*mdev), GFP_KERNEL);
	if (!mdev)
		return ERR_PTR(-ENOMEM);
	mdev->id = ida_alloc(&mock_ids, GFP_KERNEL);
	if (mdev->id < 0) {
		kfree(mdev);
		return ERR_PTR(-ENOMEM);
	}
	mdev->flags = flags;
	memset32(mdev->cache, MOCK_CACHE_VALUE, MOCK_CACHE_ENTRIES);
	INIT_LIST_HEAD(&mdev->node);
	init_rwsem(&mdev->reports);
	xa_init(&mdev->pasids);

	device_initialize(&mdev->dev);
	mdev->dev.bus = &mock_bus;
	mdev->dev.release = mock_device_free;
	ret = dev_set_name(&mdev->dev, "iommufd-mock%d", mdev->id);
	if (!ret)
		ret = device_add(&mdev->dev);
	if (ret) {
		put_device(&mdev->dev);
		return ERR_PTR(ret);
	}
	return mdev;
}

static int mock_device_bind(struct mock_device *mdev, struct iofd_ctx *ctx)
{
	struct iofd_device *bound;

	bound = iopasid_iommufd_bind(ctx, &mdev->dev, IOPASID_IOMMUFD_FULL,
				     &mdev->bound_id);
	if (IS_ERR(bound))
		return PTR_ERR(bound);
	mutex_lock(&mock_bound_lock);
	mdev->bound = bound;
	mdev->ctx = ctx;
	list_add_tail(&mdev->node, &mock_bound);
	mutex_unlock(&mock_bound_lock);
	return 0;
}

static void mock_device_unbind(struct mock_device *mdev)
{
	mutex_lock(&mock_bound_lock);
	list_del_init(&mdev->node);
	mutex_unlock(&mock_bound_lock);
	iopasid_iommufd_unbind(mdev->bound);
}

/* The program's id is gone. */
static void mock_device_destroy(void *data)
{
	struct mock_device *mdev = data;

	mock_device_unbind(mdev);
	device_unregister(&mdev->dev);
}

/**
 * mock_device_create() - MOCK_OP_DEVICE, MOCK_OP_DEVICE_FLAGS
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for flags that are not known; as binding and attaching.
 */
int mock_device_create(struct mock_call *call)
{
	struct mock_command *cmd = &call->command;
	u32 flags = cmd->op == MOCK_OP_DEVICE ? 0 : cmd->device.flags;
	struct mock_device *mdev = mock_device_add(flags);
	u32 pt_id = cmd->id;
	u32 id;
	int ret;

	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	ret = mock_device_bind(mdev, call->ctx);
	if (ret)
		goto unregister;
	ret = iopasid_iommufd_attach(mdev->bound, IOMMU_NO_PASID, &pt_id);
	if (ret)
		goto unbind;
	cmd->device.bound_id = mdev->bound_id;
	/* From here on another thread may destroy it. */
	ret = iopasid_iommufd_test_object_add(call->ctx, mdev,
					      mock_device_destroy, &id);
	if (ret)
		goto unbind;
	cmd->device.device_id = id;
	cmd->device.hwpt_id = pt_id;
	call->answers = true;
	return 0;

unbind:
	mock_device_unbind(mdev);
unregister:
	device_unregister(&mdev->dev);
	return ret;
}

/* What a call is about, until iopasid_iommufd_test_object_put() */
static struct mock_device *mock_device_get(struct mock_call *call,
					   struct iofd_test_object **tobj)
{
	*tobj = iopasid_iommufd_test_object_get(call->ctx, call->command.id);
	return IS_ERR(*tobj) ? ERR_CAST(*tobj) :
		iopasid_iommufd_test_object_data(*tobj);
}

/* iopasid_iommufd_attach() or iopasid_iommufd_replace() */
typedef int (*mock_change_fn)(struct iofd_device *idev, u32 pasid, u32 *pt_id);

static int mock_device_change(struct mock_call *call, u32 pasid, u32 *pt_id,
			      mock_change_fn change)
{
	struct iofd_test_object *tobj;
	struct mock_device *mdev = mock_device_get(call, &tobj);
	int ret;

	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	ret = change(mdev->bound, pasid, pt_id);
	iopasid_iommufd_test_object_put(tobj);
	call->answers = !ret;
	return ret;
}

/**
 * mock_device_replace() - MOCK_OP_REPLACE
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT; as iopasid_iommufd_replace().
 */
int mock_device_replace(struct mock_call *call)
{
	return mock_device_change(call, IOMMU_NO_PASID,
				  &call->command.replace.pt_id,
				  iopasid_iommufd_replace);
}

static int mock_pasid_change(struct mock_call *call, mock_change_fn change)
{
	struct mock_command *cmd = &call->command;

	if (cmd->pasid.pasid == IOMMU_NO_PASID)
		return -EINVAL;
	return mock_device_change(call, cmd->pasid.pasid, &cmd->pasid.id,
				  change);
}

/**
 * mock_pasid_attach() - MOCK_OP_PASID_ATTACH
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT; -EINVAL for PASID 0; as iopasid_iommufd_attach().
 */
int mock_pasid_attach(struct mock_call *call)
{
	return mock_pasid_change(call, iopasid_iommufd_attach);
}

/**
 * mock_pasid_replace() - MOCK_OP_PASID_REPLACE
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT; -EINVAL for PASID 0; as iopasid_iommufd_replace().
 */
int mock_pasid_replace(struct mock_call *call)
{
	return mock_pasid_change(call, iopasid_iommufd_replace);
}

/**
 * mock_pasid_detach() - MOCK_OP_PASID_DETACH
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0, also when nothing was attached; -ENOENT; -EINVAL for PASID 0.
 */
int mock_pasid_detach(struct mock_call *call)
{
	u32 pasid = call->command.pasid.pasid;
	struct iofd_test_object *tobj;
	struct mock_device *mdev;

	if (pasid == IOMMU_NO_PASID)
		return -EINVAL;
	mdev = mock_device_get(call, &tobj);
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	iopasid_iommufd_detach(mdev->bound, pasid);
	iopasid_iommufd_test_object_put(tobj);
	return 0;
}

static int mock_pasid_same(struct iopasid_domain *domain, void *data)
{
	return data == domain ? 0 : -EINVAL;
}

/**
 * mock_pasid_check() - MOCK_OP_PASID_CHECK
 * @call: the call: an HWPT, or 0 for nothing
 *
 * Context: may sleep.
 * Return: 0 when the PASID leads there; -EINVAL; -ENOENT.
 */
int mock_pasid_check(struct mock_call *call)
{
	struct mock_command *cmd = &call->command;
	struct iofd_test_object *tobj;
	struct mock_device *mdev = mock_device_get(call, &tobj);
	void *domain;
	int ret;

	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	domain = xa_load(&mdev->pasids, cmd->pasid.pasid);
	if (cmd->pasid.id)
		ret = iopasid_iommufd_test_hwpt(call->ctx, cmd->pasid.id,
						mock_pasid_same, domain);
	else
		ret = domain ? -EINVAL : 0;
	iopasid_iommufd_test_object_put(tobj);
	return ret;
}

/* By the id of the bind, which is not ours; with a reference */
static struct mock_device *mock_device_find(struct iofd_ctx *ctx, u32 bound_id)
{
	struct mock_device *mdev, *found = NULL;

	mutex_lock(&mock_bound_lock);
	list_for_each_entry(mdev, &mock_bound, node) {
		if (mdev->ctx == ctx && mdev->bound_id == bound_id) {
			get_device(&mdev->dev);
			found = mdev;
			break;
		}
	}
	mutex_unlock(&mock_bound_lock);
	return found;
}

/**
 * mock_device_check_cache() - MOCK_OP_CHECK_CACHE
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0 when the entry has the value; -EINVAL; -ENOENT.
 */
int mock_device_check_cache(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	struct mock_device *mdev = mock_device_find(call->ctx, cmd->id);
	u32 entry = cmd->check_cache.entry;
	int ret;

	if (!mdev)
		return -ENOENT;
	ret = entry < MOCK_CACHE_ENTRIES &&
		mdev->cache[entry] == cmd->check_cache.value ? 0 : -EINVAL;
	put_device(&mdev->dev);
	return ret;
}

static u8 mock_page_access(u32 perm)
{
	return (perm & IOMMU_PGFAULT_PERM_READ ? IOPASID_PAGE_READ : 0) |
	       (perm & IOMMU_PGFAULT_PERM_WRITE ? IOPASID_PAGE_WRITE : 0) |
	       (perm & IOMMU_PGFAULT_PERM_EXEC ? IOPASID_PAGE_EXEC : 0) |
	       (perm & IOMMU_PGFAULT_PERM_PRIV ? IOPASID_PAGE_PRIV : 0);
}

/**
 * mock_device_page_request() - MOCK_OP_PAGE_REQUEST
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT; -EINVAL for what no device can send.
 */
int mock_device_page_request(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	struct iopasid_page_request request = {
		.pasid = cmd->page_request.pasid ?: IOMMU_PASID_INVALID,
		.index = cmd->page_request.index,
		.access = mock_page_access(cmd->page_request.perm),
		.last = true,
		.addr = cmd->page_request.addr & PAGE_MASK,
	};
	struct mock_device *mdev;
	int ret = -ENOENT;

	if (cmd->page_request.index >= IOPASID_PAGE_GROUPS ||
	    cmd->page_request.pasid >> MOCK_PASID_WIDTH)
		return -EINVAL;
	mdev = mock_device_find(call->ctx, cmd->page_request.bound_id);
	if (!mdev)
		return -ENOENT;
	down_read(&mdev->reports);
	if (mdev->idev) {
		iopasid_report_page_request(mdev->idev, &request);
		ret = 0;
	}
	up_read(&mdev->reports);
	put_device(&mdev->dev);
	return ret;
}
