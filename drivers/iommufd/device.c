// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: devices
 *
 * A driver binds its device to a context: from then on the context decides what
 * the device reaches, in full or for PASIDs only. The device is an object, so
 * that user space can make page tables for it, but it belongs to its driver:
 * IOMMU_DESTROY is -EBUSY, and the unbind takes everything off it.
 *
 * An attach names a HWPT, or an address space: then an automatic HWPT of it is
 * taken that fits the device, or one is made. It is filled without the lock,
 * because that waits for users' pages; if another thread has made one that fits
 * meanwhile, ours is thrown away.
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
#include "claim.h"
#include "device.h"
#include "hwpt.h"
#include "ioas.h"
#include "iofd.h"

/* iofd_attach_locked() or iofd_replace_locked() */
typedef int (*iofd_change_fn)(struct iofd_device *idev, u32 pasid,
			      struct iofd_hwpt *hwpt, struct iofd_left *left);

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
	idev->group = iofd_group_get_locked(ctx, iofd_claim_group_id(idev));
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
	ret = iofd_claim(idev, ctx);
	if (ret)
		goto free_idev;
	ret = iofd_device_init(idev, ctx);
	if (ret)
		goto unclaim;
	/* The driver is its user; given up by the unbind. */
	iofd_object_use(&idev->obj);
	*id = idev->obj.id;
	iofd_object_publish(&idev->obj);
	return idev;

unclaim:
	iofd_unclaim(idev, ctx);
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
	iofd_unclaim(idev, obj->ctx);
	kfree(idev);
}

const struct iofd_object_type iofd_device_type = {
	.destroy = iofd_device_destroy,
};

/**
 * iopasid_iommufd_unbind() - take a device back
 * @idev: from iopasid_iommufd_bind(); gone afterwards
 *
 * Detaches its RID and all PASIDs.
 *
 * Context: may sleep; no other call for @idev is running.
 */
void iopasid_iommufd_unbind(struct iofd_device *idev)
{
	struct iofd_attachment *att;
	unsigned long pasid;

	/* More than this device's: the others have no effect. */
	xa_for_each(&idev->group->attachments, pasid, att)
		iopasid_iommufd_detach(idev, pasid);
	iofd_object_release(&idev->obj);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_unbind);

/* To a HWPT that user space has named */
static int iofd_change_hwpt(struct iofd_device *idev, u32 pasid,
			    struct iofd_hwpt *hwpt, iofd_change_fn change,
			    struct iofd_left *left)
{
	int ret;

	mutex_lock(&idev->obj.ctx->attach_lock);
	ret = change(idev, pasid, hwpt, left);
	mutex_unlock(&idev->obj.ctx->attach_lock);
	return ret;
}

/* To an automatic HWPT that there is; -ENOENT: none fits, and a new one would. */
static int iofd_change_found_locked(struct iofd_device *idev, u32 pasid,
				    struct iofd_ioas *ioas,
				    iofd_change_fn change,
				    struct iofd_left *left, u32 *pt_id)
{
	struct iofd_ctx *ctx = idev->obj.ctx;
	struct iofd_hwpt *hwpt;
	int ret;

	lockdep_assert_held(&ctx->attach_lock);

	left->hwpt = NULL;
	list_for_each_entry(hwpt, &ctx->auto_hwpts, auto_node) {
		if (hwpt->ioas != ioas)
			continue;
		ret = change(idev, pasid, hwpt, left);
		if (!ret)
			*pt_id = hwpt->obj.id;
		if (ret != -EINVAL && ret != -ENOENT)
			return ret;
		/* It does not fit the device. */
		iofd_left_unuse(left);
	}
	ret = change(idev, pasid, NULL, left);
	return ret ?: -ENOENT;
}

/* To one that was made for it */
static int iofd_change_made_locked(struct iofd_device *idev, u32 pasid,
				   struct iofd_hwpt *hwpt,
				   iofd_change_fn change,
				   struct iofd_left *left, u32 *pt_id)
{
	int ret;

	lockdep_assert_held(&idev->obj.ctx->attach_lock);

	hwpt->automatic = true;
	ret = change(idev, pasid, hwpt, left);
	if (ret) {
		iofd_left_unuse(left);
		return ret;
	}
	*pt_id = hwpt->obj.id;
	iofd_object_publish(&hwpt->obj);
	return 0;
}

/* An automatic HWPT, to be aborted if it is not used */
static struct iofd_hwpt *iofd_auto_create(struct iofd_device *idev,
					  struct iofd_ioas *ioas)
{
	struct iopasid_domain *domain =
		iopasid_domain_alloc_user(idev->dev, 0, NULL);

	return IS_ERR(domain) ? ERR_CAST(domain) :
		iofd_hwpt_create(ioas, domain, 0, NULL);
}

static int iofd_change_make(struct iofd_device *idev, u32 pasid,
			    struct iofd_ioas *ioas, iofd_change_fn change,
			    struct iofd_left *left, u32 *pt_id)
{
	struct iofd_hwpt *hwpt = iofd_auto_create(idev, ioas);
	bool used = false;
	int ret;

	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	mutex_lock(&idev->obj.ctx->attach_lock);
	/* Look again: another thread may have made one. */
	ret = iofd_change_found_locked(idev, pasid, ioas, change, left, pt_id);
	if (ret == -ENOENT) {
		ret = iofd_change_made_locked(idev, pasid, hwpt, change, left,
					      pt_id);
		used = !ret;
	}
	mutex_unlock(&idev->obj.ctx->attach_lock);
	if (!used)
		iofd_hwpt_abort(hwpt);
	return ret;
}

/* To an address space that user space has named */
static int iofd_change_ioas(struct iofd_device *idev, u32 pasid,
			    struct iofd_ioas *ioas, iofd_change_fn change,
			    struct iofd_left *left, u32 *pt_id)
{
	int ret;

	mutex_lock(&idev->obj.ctx->attach_lock);
	ret = iofd_change_found_locked(idev, pasid, ioas, change, left, pt_id);
	mutex_unlock(&idev->obj.ctx->attach_lock);
	return ret == -ENOENT ?
		iofd_change_make(idev, pasid, ioas, change, left, pt_id) : ret;
}

static int iofd_change(struct iofd_device *idev, u32 pasid, u32 *pt_id,
		       iofd_change_fn change)
{
	struct iofd_object *obj = iofd_object_get(idev->obj.ctx, *pt_id, NULL);
	struct iofd_left left = {};
	int ret;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (obj->type == &iofd_ioas_type)
		ret = iofd_change_ioas(idev, pasid,
				       container_of(obj, struct iofd_ioas, obj),
				       change, &left, pt_id);
	else if (obj->type == &iofd_hwpt_type)
		ret = iofd_change_hwpt(idev, pasid,
				       container_of(obj, struct iofd_hwpt, obj),
				       change, &left);
	else
		ret = -EINVAL;
	/* In this order: the release may wait for calls that look at it. */
	iofd_object_put(obj);
	iofd_left_release(&left);
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
	return iofd_change(idev, pasid, pt_id, iofd_attach_locked);
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
	return iofd_change(idev, pasid, pt_id, iofd_replace_locked);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_replace);

/**
 * iopasid_iommufd_detach() - let a device reach nothing
 * @idev: the device
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 *
 * No effect when it is not attached.
 *
 * Context: may sleep.
 */
void iopasid_iommufd_detach(struct iofd_device *idev, u32 pasid)
{
	struct iofd_left left;

	mutex_lock(&idev->obj.ctx->attach_lock);
	iofd_detach_locked(idev, pasid, &left);
	mutex_unlock(&idev->obj.ctx->attach_lock);
	iofd_left_release(&left);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_detach);
