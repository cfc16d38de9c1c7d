// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: VFIO's calls on a device file
 *
 *	VFIO_DEVICE_BIND_IOMMUFD	the device, or its PASIDs, become the
 *					user's: once for each open
 *	VFIO_DEVICE_ATTACH_IOMMUFD_PT	DMA, or DMA with a PASID, reaches a page
 *					table; a second call replaces it
 *	VFIO_DEVICE_DETACH_IOMMUFD_PT	and reaches nothing any more
 *
 * All else needs a device that is bound and is the driver's. Closing the file
 * detaches and unbinds. Numbers, structures and errnos are VFIO's.
 *
 * The user's structures are copied with no lock held. So an answer that cannot be
 * written is found out afterwards, and what was done is undone: the bind as a whole;
 * of an attach that attachment, whether it was new or took another's place.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include <uapi/iopasid/vfio.h>
#include <uapi/linux/vfio.h>

#include <iopasid/vfio-device.h>

#include "attach.h"
#include "change.h"
#include "vfio-device.h"

/**
 * iofd_file_init() - a file that can do nothing yet
 * @file: zeroed memory
 * @node: of which it is an open
 */
void iofd_file_init(struct iofd_file *file, struct iofd_node *node)
{
	file->node = node;
	INIT_LIST_HEAD(&file->list);
	mutex_init(&file->lock);
	xa_init_flags(&file->pasids, XA_FLAGS_ACCOUNT);
}

/**
 * iofd_file_start() - a call begins to use the device
 * @file: the file
 *
 * To be followed by iofd_file_end(): the driver cannot be unbound until then.
 *
 * Context: may sleep; no lock of ours held.
 * Return: 0, -ENODEV when the device is gone, -EINTR when the caller is killed.
 */
int iofd_file_start(struct iofd_file *file)
{
	struct iofd_node *node = file->node;
	int ret = down_read_killable(&node->live);

	if (ret)
		return ret;
	if (!node->gone)
		return 0;
	up_read(&node->live);
	return -ENODEV;
}

/**
 * iofd_file_start_bound() - likewise, of a device that is bound
 * @file: the file
 *
 * Context: as iofd_file_start().
 * Return: likewise, and -EINVAL when it is not bound.
 */
int iofd_file_start_bound(struct iofd_file *file)
{
	int ret = iofd_file_start(file);

	/* Pairs with the release in iofd_file_bind_locked(). */
	if (ret || smp_load_acquire(&file->idev))
		return ret;
	iofd_file_end(file);
	return -EINVAL;
}

/* Bind */

static int iofd_file_bind_locked(struct iofd_file *file, u32 *id)
{
	const struct iopasid_iommufd_node_ops *ops = file->node->ops;
	struct device *dev = file->node->dev;
	struct iofd_device *idev;
	int ret;

	lockdep_assert_held(&file->lock);

	idev = iopasid_iommufd_bind(file->ctx, dev, ops->mode, id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	ret = ops->open ? ops->open(dev) : 0;
	if (ret) {
		iopasid_iommufd_unbind(idev);
		return ret;
	}
	/* Whoever sees it finds all that open() did. */
	smp_store_release(&file->idev, idev);
	return 0;
}

static int iofd_file_bind(struct iofd_file *file, int fd, u32 *id)
{
	struct iofd_ctx *ctx;
	int ret;

	guard(mutex)(&file->lock);
	if (file->idev)
		return -EINVAL;
	ctx = iopasid_iommufd_ctx_from_fd(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	ret = iofd_node_take(file->node, file);
	if (ret)
		goto put_ctx;
	file->ctx = ctx;
	ret = iofd_file_bind_locked(file, id);
	if (ret)
		goto drop;
	return 0;

drop:
	file->ctx = NULL;
	iofd_node_drop(file->node, file);
put_ctx:
	iopasid_iommufd_ctx_put(ctx);
	return ret;
}

/**
 * iofd_file_unbind() - the device is not this file's any more
 * @file: the file; no call that uses the device runs
 *
 * Context: node->live held, and not gone until now; may sleep.
 */
void iofd_file_unbind(struct iofd_file *file)
{
	struct iofd_node *node = file->node;

	if (!file->idev)
		return;
	if (node->ops->close)
		node->ops->close(node->dev);
	mutex_lock(&file->lock);
	iofd_file_detach_all(file);
	mutex_unlock(&file->lock);
	iopasid_iommufd_unbind(file->idev);
	iopasid_iommufd_ctx_put(file->ctx);
	WRITE_ONCE(file->idev, NULL);
	file->ctx = NULL;
	iofd_node_drop(node, file);
}

/* The user did not hear of his device, and others may be using it through him. */
static void iofd_file_undo_bind(struct iofd_file *file)
{
	struct iofd_node *node = file->node;

	down_write(&node->live);
	if (!node->gone)
		iofd_file_unbind(file);
	up_write(&node->live);
}

static long iofd_file_bind_ioctl(struct iofd_file *file,
				 struct vfio_device_bind_iommufd __user *arg)
{
	size_t size = offsetofend(struct vfio_device_bind_iommufd, out_devid);
	struct vfio_device_bind_iommufd bind;
	int ret;

	if (copy_from_user(&bind, arg, size))
		return -EFAULT;
	if (bind.argsz < size || bind.flags || bind.iommufd < 0)
		return -EINVAL;
	ret = iofd_file_start(file);
	if (ret)
		return ret;
	ret = iofd_file_bind(file, bind.iommufd, &bind.out_devid);
	iofd_file_end(file);
	if (ret)
		return ret;
	if (!put_user(bind.out_devid, &arg->out_devid))
		return 0;
	iofd_file_undo_bind(file);
	return -EFAULT;
}

/* Attach and detach */

/*
 * The structures of both calls end with a PASID that only a flag makes count, and
 * that older programs do not have. @size: without it.
 */
static int iofd_file_copy(void *to, const void __user *from, size_t size,
			  u32 flag)
{
	struct iopasid_vfio_detach_pt *head = to;
	u32 *pasid = to + size;

	static_assert(offsetof(struct iopasid_vfio_detach_pt, argsz) ==
		      offsetof(struct iopasid_vfio_attach_pt, argsz));
	static_assert(offsetof(struct iopasid_vfio_detach_pt, flags) ==
		      offsetof(struct iopasid_vfio_attach_pt, flags));

	if (copy_from_user(to, from, size))
		return -EFAULT;
	if (head->argsz < size || head->flags & ~flag)
		return -EINVAL;
	if (!(head->flags & flag)) {
		*pasid = IOMMU_NO_PASID;
		return 0;
	}
	if (head->argsz < size + sizeof(*pasid))
		return -EINVAL;
	if (get_user(*pasid, (u32 __user *)(from + size)))
		return -EFAULT;
	return *pasid == IOMMU_NO_PASID ? -EINVAL : 0;
}

/* One try. The object is looked for in the first one, in the context of now. */
static int iofd_file_attach_try(struct iofd_file *file, u32 pasid, u32 pt_id,
				struct iofd_change *change)
{
	int ret = iofd_file_start_bound(file);

	if (ret)
		return ret;
	if (!change->ctx)
		ret = iofd_change_begin(change, file->ctx, pt_id);
	if (ret)
		goto end;
	mutex_lock(&file->lock);
	ret = iofd_file_attach(file, pasid, change);
	mutex_unlock(&file->lock);
end:
	iofd_file_end(file);
	return ret;
}

static int iofd_file_attach_call(struct iofd_file *file, u32 pasid, u32 *pt_id)
{
	struct iofd_change change = {};
	int ret;

	ret = iofd_file_attach_try(file, pasid, *pt_id, &change);
	/* While pages are waited for the device may go. */
	if (ret > 0)
		ret = iofd_change_fill(&change) ?:
			iofd_file_attach_try(file, pasid, *pt_id, &change);
	if (!ret)
		*pt_id = change.pt_id;
	if (change.ctx)
		iofd_change_end(&change);
	return ret;
}

static int iofd_file_detach_call(struct iofd_file *file, u32 pasid)
{
	int ret = iofd_file_start_bound(file);
	struct iofd_ctx *ctx;

	if (ret)
		return ret;
	ctx = file->ctx;
	iopasid_iommufd_ctx_get(ctx);
	mutex_lock(&file->lock);
	iofd_file_detach(file, pasid);
	mutex_unlock(&file->lock);
	iofd_file_end(file);
	iofd_ctx_settle(ctx);
	iopasid_iommufd_ctx_put(ctx);
	return 0;
}

static long iofd_file_attach_ioctl(struct iofd_file *file,
				   struct iopasid_vfio_attach_pt __user *arg)
{
	struct iopasid_vfio_attach_pt attach;
	int ret;

	ret = iofd_file_copy(&attach, arg,
			     offsetof(struct iopasid_vfio_attach_pt, pasid),
			     IOPASID_VFIO_ATTACH_PASID);
	if (ret)
		return ret;
	ret = iofd_file_attach_call(file, attach.pasid, &attach.pt_id);
	if (ret)
		return ret;
	if (!put_user(attach.pt_id, &arg->pt_id))
		return 0;
	iofd_file_detach_call(file, attach.pasid);
	return -EFAULT;
}

static long iofd_file_detach_ioctl(struct iofd_file *file,
				   struct iopasid_vfio_detach_pt __user *arg)
{
	struct iopasid_vfio_detach_pt detach;
	int ret;

	ret = iofd_file_copy(&detach, arg,
			     offsetof(struct iopasid_vfio_detach_pt, pasid),
			     IOPASID_VFIO_DETACH_PASID);
	return ret ?: iofd_file_detach_call(file, detach.pasid);
}

static long iofd_file_driver_ioctl(struct iofd_file *file, unsigned int cmd,
				   void __user *arg)
{
	const struct iopasid_iommufd_node_ops *ops = file->node->ops;
	int ret = iofd_file_start_bound(file);

	if (ret)
		return ret;
	iofd_file_end(file);
	/* The module that has @ops is held as long as the file is open. */
	return ops->ioctl ? ops->ioctl(file, cmd, arg) : -ENOTTY;
}

/**
 * iofd_file_ioctl() - a call of the file
 * @file: the file
 * @cmd: which
 * @arg: the user's structure
 *
 * Context: may sleep.
 * Return: see above; -ENODEV: the device is gone; -EINVAL: it is not bound;
 * -ENOTTY: there is no such call.
 */
long iofd_file_ioctl(struct iofd_file *file, unsigned int cmd, void __user *arg)
{
	switch (cmd) {
	case VFIO_DEVICE_BIND_IOMMUFD:
		return iofd_file_bind_ioctl(file, arg);
	case IOPASID_VFIO_ATTACH_PT:
		return iofd_file_attach_ioctl(file, arg);
	case IOPASID_VFIO_DETACH_PT:
		return iofd_file_detach_ioctl(file, arg);
	}
	return iofd_file_driver_ioctl(file, cmd, arg);
}
