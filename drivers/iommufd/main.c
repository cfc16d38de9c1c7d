// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: contexts
 *
 * One open of /dev/iommu is one context: a table of objects that nobody else can
 * name. It lives as long as its file, which processes, drivers with a device
 * bound and fault files refer to; the last of them tears down all objects.
 *
 * The name is mainline's. If another driver has it, the file is /dev/iopasid, and one
 * line says so. Only a device of the class can tell whether the name is taken, and to
 * try it would have sysfs shout; so the file is /dev/iopasid first, in any case, for a
 * moment.
 */
#define pr_fmt(fmt) "iopasid-iommufd: " fmt

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <kunit/visibility.h>

#include <iopasid/iommufd.h>

#include "attach.h"
#include "ioctl.h"
#include "iofd.h"

static int iofd_open(struct inode *inode, struct file *file)
{
	struct iofd_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return -ENOMEM;
	ctx->file = file;
	xa_init_flags(&ctx->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&ctx->idle);
	mutex_init(&ctx->attach_lock);
	INIT_LIST_HEAD(&ctx->groups);
	INIT_LIST_HEAD(&ctx->auto_hwpts);
	INIT_LIST_HEAD(&ctx->left_hwpts);
	INIT_WORK(&ctx->left_work, iofd_left_work);
	file->private_data = ctx;
	return 0;
}

static int iofd_release(struct inode *inode, struct file *file)
{
	struct iofd_ctx *ctx = file->private_data;

	mutex_lock(&ctx->attach_lock);
	ctx->closing = true;
	mutex_unlock(&ctx->attach_lock);
	flush_work(&ctx->left_work);
	iofd_object_destroy_all(ctx);
	mutex_destroy(&ctx->attach_lock);
	xa_destroy(&ctx->objects);
	kfree(ctx);
	return 0;
}

static long iofd_unlocked_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	return iofd_ioctl(file->private_data, cmd, arg);
}

static const struct file_operations iofd_fops = {
	.owner = THIS_MODULE,
	.open = iofd_open,
	.release = iofd_release,
	.unlocked_ioctl = iofd_unlocked_ioctl,
};

/**
 * iopasid_iommufd_ctx_from_fd() - the context that user space means
 * @fd: an open /dev/iommu of the current process
 *
 * Return: the context, with a reference for iopasid_iommufd_ctx_put();
 * ERR_PTR(-EBADF) when there is no such file, ERR_PTR(-EBADFD) when it is of
 * another kind.
 */
struct iofd_ctx *iopasid_iommufd_ctx_from_fd(int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op != &iofd_fops) {
		fput(file);
		return ERR_PTR(-EBADFD);
	}
	return file->private_data;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_ctx_from_fd);

/**
 * iopasid_iommufd_ctx_get() - another reference to a context
 * @ctx: a context that the caller has a reference to
 */
void iopasid_iommufd_ctx_get(struct iofd_ctx *ctx)
{
	get_file(ctx->file);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_ctx_get);

/**
 * iopasid_iommufd_ctx_put() - give a reference back
 * @ctx: the context
 *
 * Context: any; the last one tears the context down later, from a process.
 */
void iopasid_iommufd_ctx_put(struct iofd_ctx *ctx)
{
	fput(ctx->file);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_ctx_put);

static struct miscdevice iofd_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &iofd_fops,
	.mode = 0660,
};

static int iofd_register_as(struct miscdevice *misc, const char *name)
{
	misc->name = name;
	return misc_register(misc);
}

static bool iofd_name_is_taken(const struct miscdevice *misc, const char *name)
{
	struct device *dev;

	dev = class_find_device_by_name(misc->this_device->class, name);
	put_device(dev);
	return dev;
}

/**
 * iofd_register() - make the file
 * @misc: all but its name
 *
 * Return: 0, errno of misc_register().
 */
int iofd_register(struct miscdevice *misc)
{
	int ret = iofd_register_as(misc, "iopasid");

	if (ret)
		return ret;
	if (!iofd_name_is_taken(misc, "iommu")) {
		misc_deregister(misc);
		ret = iofd_register_as(misc, "iommu");
		if (ret != -EEXIST)
			return ret;
		/* Somebody was faster. */
		ret = iofd_register_as(misc, "iopasid");
	}
	if (!ret)
		pr_info("another driver has /dev/iommu: this is /dev/iopasid\n");
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_register);

static int __init iofd_init(void)
{
	return iofd_register(&iofd_misc);
}

static void __exit iofd_exit(void)
{
	misc_deregister(&iofd_misc);
}

module_init(iofd_init);
module_exit(iofd_exit);

MODULE_DESCRIPTION("/dev/iommu: address spaces of user space, with PASIDs");
MODULE_LICENSE("GPL");
