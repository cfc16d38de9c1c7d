// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: device files
 *
 * A driver that lets programs have its device, or PASIDs of it, adds a node. Who
 * opens it gets a file that can do nothing until VFIO_DEVICE_BIND_IOMMUFD; see
 * vfio-file.c. What all such drivers need is here, once:
 *
 * - The device may go while files are open: iopasid_iommufd_node_remove() waits for
 *   calls inside, takes the device away from every file, and leaves files behind
 *   that answer -ENODEV.
 * - The driver's module stays while a file is open.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <iopasid/vfio-device.h>

#include "attach.h"
#include "vfio-device.h"

static void iofd_node_free(struct kref *ref)
{
	struct iofd_node *node = container_of(ref, struct iofd_node, ref);

	put_device(node->dev);
	xa_destroy(&node->pasids);
	mutex_destroy(&node->lock);
	kfree(node->misc.name);
	kfree(node->misc.nodename);
	kfree(node);
}

/**
 * iofd_node_take() - a file is about to get the device
 * @node: the node
 * @file: the file; not in its list
 *
 * Context: node->live read; may sleep.
 * Return: 0, -EINVAL when the device has its one user.
 */
int iofd_node_take(struct iofd_node *node, struct iofd_file *file)
{
	int ret = 0;

	mutex_lock(&node->lock);
	if (node->ops->mode == IOPASID_IOMMUFD_FULL && !list_empty(&node->files))
		ret = -EINVAL;
	else
		list_add_tail(&file->list, &node->files);
	mutex_unlock(&node->lock);
	return ret;
}

/**
 * iofd_node_drop() - a file has the device no more
 * @node: the node
 * @file: the file
 *
 * Context: may sleep.
 */
void iofd_node_drop(struct iofd_node *node, struct iofd_file *file)
{
	mutex_lock(&node->lock);
	list_del(&file->list);
	mutex_unlock(&node->lock);
}

/* The lock of all nodes of the kernel is held: the node cannot go meanwhile. */
static int iofd_node_open(struct inode *inode, struct file *f)
{
	struct iofd_node *node = container_of(f->private_data,
					      struct iofd_node, misc);
	struct iofd_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	if (!try_module_get(node->ops->owner)) {
		kfree(file);
		return -ENODEV;
	}
	kref_get(&node->ref);
	iofd_file_init(file, node);
	f->private_data = file;
	return 0;
}

static int iofd_node_release(struct inode *inode, struct file *f)
{
	struct iofd_file *file = f->private_data;
	struct iofd_node *node = file->node;
	struct module *owner = node->ops->owner;
	struct iofd_ctx *ctx = NULL;

	down_read(&node->live);
	if (!node->gone && file->ctx) {
		ctx = file->ctx;
		iopasid_iommufd_ctx_get(ctx);
		iofd_file_unbind(file);
	}
	up_read(&node->live);
	if (ctx) {
		/* These have nobody to tell, and cannot be killed. */
		if (!(current->flags & (PF_EXITING | PF_KTHREAD)))
			iofd_ctx_settle(ctx);
		iopasid_iommufd_ctx_put(ctx);
	}
	mutex_destroy(&file->lock);
	kfree(file);
	kref_put(&node->ref, iofd_node_free);
	module_put(owner);
	return 0;
}

static long iofd_node_ioctl(struct file *f, unsigned int cmd,
			    unsigned long arg)
{
	return iofd_file_ioctl(f->private_data, cmd, (void __user *)arg);
}

static const struct file_operations iofd_node_fops = {
	.owner = THIS_MODULE,
	.open = iofd_node_open,
	.release = iofd_node_release,
	.unlocked_ioctl = iofd_node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct iofd_node *iofd_node_alloc(struct device *dev, const char *dir)
{
	struct iofd_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	node->dev = get_device(dev);
	kref_init(&node->ref);
	init_rwsem(&node->live);
	mutex_init(&node->lock);
	INIT_LIST_HEAD(&node->files);
	xa_init(&node->pasids);
	node->misc.name = kasprintf(GFP_KERNEL, "%s-%s", dir, dev_name(dev));
	node->misc.nodename = kasprintf(GFP_KERNEL, "%s/%s", dir,
					dev_name(dev));
	if (!node->misc.name || !node->misc.nodename) {
		kref_put(&node->ref, iofd_node_free);
		return NULL;
	}
	return node;
}

/**
 * iopasid_iommufd_node_add() - make a node for a device
 * @dev: the device, with the caller's driver bound
 * @dir: the folder in /dev, of the driver's name; the node has the device's
 * @ops: the driver's part
 *
 * Mode 0600: the files are root's, until he gives them away.
 *
 * Context: may sleep. Files may be opened before this returns.
 * Return: the node, for iopasid_iommufd_node_remove(); ERR_PTR(-ENOMEM),
 * ERR_PTR(-EBUSY): no number is left, or what the driver core says.
 */
struct iofd_node *
iopasid_iommufd_node_add(struct device *dev, const char *dir,
			 const struct iopasid_iommufd_node_ops *ops)
{
	struct iofd_node *node = iofd_node_alloc(dev, dir);
	int ret;

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->ops = ops;
	node->misc.minor = MISC_DYNAMIC_MINOR;
	node->misc.fops = &iofd_node_fops;
	node->misc.parent = dev;
	node->misc.mode = 0600;
	ret = misc_register(&node->misc);
	if (ret) {
		kref_put(&node->ref, iofd_node_free);
		return ERR_PTR(ret);
	}
	return node;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_node_add);

/**
 * iopasid_iommufd_node_remove() - the driver leaves the device
 * @node: from iopasid_iommufd_node_add()
 *
 * Nobody uses the device through a file any more when this returns: everything is
 * detached and unbound. A call that waits for the device must be made to return
 * by the driver, before this.
 *
 * Context: may sleep; device_lock held.
 */
void iopasid_iommufd_node_remove(struct iofd_node *node)
{
	struct iofd_file *file, *next;

	misc_deregister(&node->misc);
	down_write(&node->live);
	node->gone = true;
	list_for_each_entry_safe(file, next, &node->files, list)
		iofd_file_unbind(file);
	up_write(&node->live);
	kref_put(&node->ref, iofd_node_free);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_node_remove);
