// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what is attached through a device file, and DMA with it
 *
 * Many files may have PASIDs of one device. A PASID is one file's from before its
 * attach until after its detach, and only that file's DMA may have it: the driver
 * asks with iopasid_iommufd_file_enter().
 *
 * A number must not change hands under a DMA: one that was let through for the old
 * file would reach the new one's memory. So a detach
 *
 *	1. lets no DMA begin any more,
 *	2. takes the page table away, which also answers page requests: DMA that
 *	   is under way comes to an end,
 *	3. waits for that end,
 *	4. gives the number back.
 *
 * A file that has the device in full shares it with nobody. Its DMA may have any
 * PASID: the unit blocks what is not attached.
 */
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include <iopasid/vfio-device.h>

#include "attach.h"
#include "change.h"
#include "device.h"
#include "vfio-device.h"

/**
 * struct iofd_pasid - a PASID of a file
 * @users: one while it is attached, and one of each DMA that has it
 * @idle: the last one is gone
 */
struct iofd_pasid {
	refcount_t users;
	struct completion idle;
};

static void iofd_pasid_put(struct iofd_pasid *entry)
{
	if (refcount_dec_and_test(&entry->users))
		complete(&entry->idle);
}

/* A number for a file, with nothing attached yet: no DMA gets in. */
static int iofd_pasid_reserve(struct iofd_file *file, u32 pasid)
{
	struct iofd_pasid *entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!entry)
		return -ENOMEM;
	init_completion(&entry->idle);
	ret = xa_insert(&file->node->pasids, pasid, file, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto free;
	ret = xa_insert(&file->pasids, pasid, entry, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto release;
	return 0;

release:
	xa_erase(&file->node->pasids, pasid);
free:
	kfree(entry);
	return ret;
}

static void iofd_pasid_release(struct iofd_file *file, u32 pasid)
{
	/* Who has looked it up has a count: nobody has, or will. */
	kfree(xa_erase(&file->pasids, pasid));
	xa_erase(&file->node->pasids, pasid);
}

static int iofd_file_attach_pasid(struct iofd_file *file, u32 pasid,
				  struct iofd_change *change)
{
	struct iofd_pasid *entry = xa_load(&file->pasids, pasid);
	int ret;

	if (entry)
		return iofd_change_try(change, file->idev, pasid,
				       iofd_replace_locked);
	ret = iofd_pasid_reserve(file, pasid);
	if (ret)
		return ret;
	ret = iofd_change_try(change, file->idev, pasid, iofd_attach_locked);
	if (ret) {
		iofd_pasid_release(file, pasid);
		return ret;
	}
	entry = xa_load(&file->pasids, pasid);
	refcount_set(&entry->users, 1);
	return 0;
}

static int iofd_file_attach_rid(struct iofd_file *file,
				struct iofd_change *change)
{
	int ret;

	if (file->attached)
		return iofd_change_try(change, file->idev, IOMMU_NO_PASID,
				       iofd_replace_locked);
	ret = iofd_change_try(change, file->idev, IOMMU_NO_PASID,
			      iofd_attach_locked);
	file->attached = !ret;
	return ret;
}

/**
 * iofd_file_attach() - DMA reaches a page table, in place of what it reached
 * @file: with a device bound
 * @pasid: or IOMMU_NO_PASID: the device itself
 * @change: to what: an address space or a page table
 *
 * Context: node->live read and file->lock held; may sleep.
 * Return: as iofd_change_try() with iofd_attach_locked() or iofd_replace_locked();
 * -EBUSY when another file has the PASID; -ENOMEM.
 */
int iofd_file_attach(struct iofd_file *file, u32 pasid,
		     struct iofd_change *change)
{
	lockdep_assert_held(&file->lock);

	if (pasid == IOMMU_NO_PASID)
		return iofd_file_attach_rid(file, change);
	return iofd_file_attach_pasid(file, pasid, change);
}

static void iofd_file_detach_pasid(struct iofd_file *file, u32 pasid,
				   struct iofd_pasid *entry)
{
	iofd_pasid_put(entry);
	iofd_device_detach(file->idev, pasid);
	wait_for_completion(&entry->idle);
	iofd_pasid_release(file, pasid);
}

/**
 * iofd_file_detach() - DMA reaches nothing any more
 * @file: with a device bound
 * @pasid: or IOMMU_NO_PASID: the device itself; nothing attached: nothing to do
 *
 * Context: as iofd_file_attach().
 */
void iofd_file_detach(struct iofd_file *file, u32 pasid)
{
	struct iofd_pasid *entry;

	lockdep_assert_held(&file->lock);

	if (pasid != IOMMU_NO_PASID) {
		entry = xa_load(&file->pasids, pasid);
		if (entry)
			iofd_file_detach_pasid(file, pasid, entry);
		return;
	}
	if (file->attached)
		iofd_device_detach(file->idev, pasid);
	file->attached = false;
}

/**
 * iofd_file_detach_all() - all of what is attached
 * @file: with a device bound
 *
 * Context: as iofd_file_attach().
 */
void iofd_file_detach_all(struct iofd_file *file)
{
	struct iofd_pasid *entry;
	unsigned long pasid;

	lockdep_assert_held(&file->lock);

	xa_for_each(&file->pasids, pasid, entry)
		iofd_file_detach_pasid(file, pasid, entry);
	iofd_file_detach(file, IOMMU_NO_PASID);
}

/* DMA */

static struct iofd_pasid *iofd_file_get_pasid(struct iofd_file *file, u32 pasid)
{
	struct iofd_pasid *entry;

	xa_lock(&file->pasids);
	entry = xa_load(&file->pasids, pasid);
	if (entry && !refcount_inc_not_zero(&entry->users))
		entry = NULL;
	xa_unlock(&file->pasids);
	return entry;
}

static bool iofd_file_is_full(const struct iofd_file *file)
{
	return file->node->ops->mode == IOPASID_IOMMUFD_FULL;
}

/**
 * iopasid_iommufd_file_enter() - use a device for the user of a file
 * @file: the file
 * @pasid: of the DMA that is to follow; IOMMU_NO_PASID: DMA without one
 * @dev: gets the device, with its driver bound
 *
 * To be followed by iopasid_iommufd_file_leave(), in any case within bounded time:
 * until then the driver cannot be unbound, and @pasid does not go to another user.
 * Page requests of the DMA are answered meanwhile.
 *
 * Context: process, in the driver's ioctl; may sleep.
 * Return: 0; -ENODEV when the device is gone; -EINVAL when it is not bound;
 * -EPERM when the user has neither the device in full nor attached @pasid; -EINTR
 * when he is killed.
 */
int iopasid_iommufd_file_enter(struct iofd_file *file, u32 pasid,
			       struct device **dev)
{
	int ret = iofd_file_start_bound(file);

	if (ret)
		return ret;
	if (!iofd_file_is_full(file) && !iofd_file_get_pasid(file, pasid)) {
		iofd_file_end(file);
		return -EPERM;
	}
	*dev = file->node->dev;
	return 0;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_file_enter);

/**
 * iopasid_iommufd_file_leave() - the DMA is over
 * @file: the file
 * @pasid: as for iopasid_iommufd_file_enter()
 */
void iopasid_iommufd_file_leave(struct iofd_file *file, u32 pasid)
{
	if (!iofd_file_is_full(file))
		iofd_pasid_put(xa_load(&file->pasids, pasid));
	iofd_file_end(file);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_file_leave);
