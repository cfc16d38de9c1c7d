// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: devices
 *
 * A driver binds its device to a context: from then on the context decides what
 * the device reaches, in full or for PASIDs only. The device is an object, so
 * that user space can make page tables for it, but it belongs to its driver:
 * IOMMU_DESTROY is -EBUSY, and the unbind takes everything off it.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include <iopasid/capability.h>
#include <iopasid/domain.h>
#include <iopasid/group.h>
#include <iopasid/iommufd.h>

#include "attach.h"
#include "change.h"
#include "claim.h"
#include "device.h"
#include "iofd.h"

/* The context's record of a group, which lives as long as its devices */
static struct iofd_group *iofd_group_get_locked(struct iofd_ctx *ctx, int id)
{
	struct iofd_group *group;

	lockdep_assert_held(&ctx->attach_lock);

	list_for_each_entry(group, &ctx->groups, node)
		if (group->id == id)
			goto found;
	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	if (!group)
		return ERR_PTR(-ENOMEM);
	group->id = id;
	xa_init_flags(&group->attachments, XA_FLAGS_ACCOUNT);
	list_add_tail(&group->node, &ctx->groups);
found:
	group->nr_devices++;
	return group;
}

static void iofd_group_put_locked(struct iofd_ctx *ctx,
				  struct iofd_group *group)
{
	lockdep_assert_held(&ctx->attach_lock);

	if (--group->nr_devices)
		return;
	list_del(&group->node);
	kfree(group);
}

static int iofd_device_init(struct iofd_device *idev, struct iofd_ctx *ctx)
{
	int ret = iofd_object_reserve(ctx, &idev->obj, &iofd_device_type);

	if (ret)
		return ret;
	mutex_lock(&ctx->attach_lock);
	idev->group = iofd_group_get_locked(ctx,
					    iopasid_user_group_id(idev->user));
	mutex_unlock(&ctx->attach_lock);
	if (!IS_ERR(idev->group))
		return 0;
	iofd_object_abort(&idev->obj);
	return PTR_ERR(idev->group);
}

/**
 * iopasid_iommufd_bind() - let a context decide what a device reaches
 * @ctx: the context; the caller keeps its reference until the unbind
 * @dev: the device, whose driver calls
 * @mode: what of it
 * @id: its id in the context
 *
 * A full bind blocks the device's RID until something is attached, and keeps the
 * kernel's drivers of its whole group from having DMA.
 *
 * Context: may sleep.
 * Return: the device; ERR_PTR(-ENODEV) when no unit manages @dev;
 * ERR_PTR(-EINVAL) when its DMA is not coherent with the CPU; ERR_PTR(-EBUSY)
 * when the group is in use, by a kernel driver or another context;
 * ERR_PTR(-EPERM) when interrupts of the group are not isolated, firmware demands
 * a fixed mapping for a member, or, for PASIDs only, the group has other members;
 * ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC).
 */
struct iofd_device *iopasid_iommufd_bind(struct iofd_ctx *ctx,
					 struct device *dev,
					 enum iopasid_iommufd_bind_mode mode,
					 u32 *id)
{
	struct iofd_device *idev = kzalloc(sizeof(*idev), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!idev)
		return ERR_PTR(-ENOMEM);
	idev->dev = dev;
	idev->mode = mode;
	idev->user = iofd_claim(ctx, dev, mode);
	if (IS_ERR(idev->user)) {
		ret = PTR_ERR(idev->user);
		goto free_idev;
	}
	ret = iofd_device_init(idev, ctx);
	if (ret)
		goto release_user;
	/* The driver is its user; given up by the unbind. */
	iofd_object_use(&idev->obj);
	*id = idev->obj.id;
	iofd_object_publish(&idev->obj);
	return idev;

release_user:
	iopasid_user_release(idev->user);
free_idev:
	kfree(idev);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_bind);

static void iofd_device_destroy(struct iofd_object *obj)
{
	struct iofd_device *idev = container_of(obj, struct iofd_device, obj);

	mutex_lock(&obj->ctx->attach_lock);
	iofd_group_put_locked(obj->ctx, idev->group);
	mutex_unlock(&obj->ctx->attach_lock);
	iopasid_user_release(idev->user);
	kfree(idev);
}

const struct iofd_object_type iofd_device_type = {
	.destroy = iofd_device_destroy,
};

/**
 * iopasid_iommufd_unbind() - take a device back
 * @idev: from iopasid_iommufd_bind(); gone afterwards
 *
 * Detaches its RID and all PASIDs. Does not wait for memory of users: an automatic
 * HWPT that nobody is attached to any more goes later.
 *
 * Context: may sleep; no other call for @idev is running.
 */
void iopasid_iommufd_unbind(struct iofd_device *idev)
{
	struct iofd_attachment *att;
	unsigned long pasid;

	/* More than this device's: the others have no effect. */
	xa_for_each(&idev->group->attachments, pasid, att)
		iofd_device_detach(idev, pasid);
	iofd_object_release(&idev->obj);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_unbind);

static int iofd_device_change(struct iofd_device *idev, u32 pasid, u32 *pt_id,
			      iofd_change_fn fn)
{
	struct iofd_change change;
	int ret;

	ret = iofd_change_begin(&change, idev->obj.ctx, *pt_id);
	if (ret)
		return ret;
	ret = iofd_change_try(&change, idev, pasid, fn);
	if (ret > 0)
		ret = iofd_change_fill(&change) ?:
			iofd_change_try(&change, idev, pasid, fn);
	if (!ret)
		*pt_id = change.pt_id;
	iofd_change_end(&change);
	return ret;
}

/**
 * iopasid_iommufd_attach() - let a device reach a page table
 * @idev: the device
 * @pasid: with this PASID, or, with IOMMU_NO_PASID, without one
 * @pt_id: from the user: an HWPT, or an address space, which has or gets an
 *	automatic HWPT for the device; on success the id of the HWPT. An automatic
 *	HWPT goes with the last detach
 *
 * Context: may sleep, and wait for memory of users.
 * Return: 0; -ENOENT when there is no such object; -EBUSY when @idev is attached
 * there, or the PASID is in use elsewhere; -EINVAL when the object is of another
 * kind, the PASID leads the group to another HWPT, HWPTs that are not made for
 * PASIDs would meet one, as an automatic one always would, or the device cannot
 * use the HWPT; -ENODEV when it has a fault queue and the device no page
 * requests; -EPERM for the RID of a device that is bound for PASIDs only;
 * -EOPNOTSUPP when it has no PASIDs; -EADDRINUSE when reserved regions of the
 * device are in the way; -ENOMEM, -ENOSPC; -EIO or -ETIMEDOUT when the unit does
 * not confirm.
 */
int iopasid_iommufd_attach(struct iofd_device *idev, u32 pasid, u32 *pt_id)
{
	return iofd_device_change(idev, pasid, pt_id, iofd_attach_locked);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_attach);

/**
 * iopasid_iommufd_replace() - let a device reach another page table
 * @idev: the device, attached at @pasid; other devices of its group that are
 *	attached there go along
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 * @pt_id: as for iopasid_iommufd_attach()
 *
 * Context: may sleep, and wait for memory of users.
 * Return: as iopasid_iommufd_attach(), with -EINVAL when @idev is not attached
 * at @pasid, and without -EBUSY. On failure all is as before.
 */
int iopasid_iommufd_replace(struct iofd_device *idev, u32 pasid, u32 *pt_id)
{
	return iofd_device_change(idev, pasid, pt_id, iofd_replace_locked);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_replace);

/**
 * iofd_device_detach() - let a device reach nothing, without a wait for users
 * @idev: the device
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 *
 * iofd_ctx_settle() waits until an automatic HWPT has gone.
 *
 * Context: may sleep.
 */
void iofd_device_detach(struct iofd_device *idev, u32 pasid)
{
	struct iofd_ctx *ctx = idev->obj.ctx;
	struct iofd_left left;

	mutex_lock(&ctx->attach_lock);
	iofd_detach_locked(idev, pasid, &left);
	iofd_left_defer_locked(ctx, &left);
	mutex_unlock(&ctx->attach_lock);
	iofd_left_release(&left);
}

/**
 * iopasid_iommufd_detach() - let a device reach nothing
 * @idev: the device
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 *
 * No effect when it is not attached.
 *
 * Context: may sleep, and wait for memory of users.
 */
void iopasid_iommufd_detach(struct iofd_device *idev, u32 pasid)
{
	iofd_device_detach(idev, pasid);
	iofd_ctx_settle(idev->obj.ctx);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_detach);
