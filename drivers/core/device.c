// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: devices
 *
 * One record for each struct device behind a unit, found by its address. A
 * record lives from iopasid_device_add() to iopasid_device_remove(), or to the
 * end of its unit; whoever else looks at it holds a reference.
 *
 * Drivers come and go:
 *
 *	BIND_DRIVER	the modules are held, the group's DMA domain takes
 *			effect, dma_ops are ours in translated mode
 *	UNBOUND_DRIVER	attachments that the driver forgot are removed,
 *			dma_ops are put back with the group's last driver,
 *			the modules let go
 *	NOT_BOUND	as UNBOUND, but later: the driver core frees the
 *			driver's managed DMA memory after this notification,
 *			through dma_ops that must still be ours. A work item
 *			waits for the device lock, which the prober holds.
 *
 * A driver that is bound when its device is taken (foreign) holds physical
 * addresses. Its group stays pass-through until it is unbound.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <kunit/visibility.h>

#include "core.h"

DEFINE_MUTEX(iopasid_topology_lock);
EXPORT_SYMBOL_IF_KUNIT(iopasid_topology_lock);

/* Protects the table; a leaf */
static DEFINE_SPINLOCK(iopasid_devices_lock);
static DEFINE_HASHTABLE(iopasid_devices, 8);

static struct workqueue_struct *iopasid_device_wq;

static void iopasid_device_release(struct kref *ref)
{
	struct iopasid_device *idev =
		container_of(ref, struct iopasid_device, ref);

	if (idev->group)
		iopasid_group_put(idev->group);
	iopasid_page_queue_put(idev->page_queue);
	put_device(idev->dev);
	kfree(idev);
}

/**
 * iopasid_device_put() - give a record back
 * @idev: from iopasid_device_get()
 */
void iopasid_device_put(struct iopasid_device *idev)
{
	kref_put(&idev->ref, iopasid_device_release);
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_put);

/**
 * iopasid_device_get() - the record of a device
 * @dev: any device
 *
 * Context: any.
 * Return: the record with a reference, NULL when no unit manages @dev.
 */
struct iopasid_device *iopasid_device_get(struct device *dev)
{
	struct iopasid_device *idev, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&iopasid_devices_lock, flags);
	hash_for_each_possible(iopasid_devices, idev, hash_node,
			       (unsigned long)dev) {
		if (idev->dev == dev) {
			kref_get(&idev->ref);
			found = idev;
			break;
		}
	}
	spin_unlock_irqrestore(&iopasid_devices_lock, flags);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_get);

static void iopasid_device_hash(struct iopasid_device *idev)
{
	spin_lock_irq(&iopasid_devices_lock);
	hash_add(iopasid_devices, &idev->hash_node, (unsigned long)idev->dev);
	spin_unlock_irq(&iopasid_devices_lock);
}

static void iopasid_device_unhash(struct iopasid_device *idev)
{
	spin_lock_irq(&iopasid_devices_lock);
	hash_del(&idev->hash_node);	/* and it reads as unhashed */
	spin_unlock_irq(&iopasid_devices_lock);
}

/**
 * iopasid_modules_get() - neither module goes under a driver or a user
 * @provider: of its device
 *
 * Context: any.
 * Return: false when the provider's module is on its way out already; then no
 * driver of its units is bound.
 */
bool iopasid_modules_get(const struct iopasid_provider *provider)
{
	if (!try_module_get(provider->owner))
		return false;
	__module_get(THIS_MODULE);
	return true;
}

/**
 * iopasid_modules_put() - take one iopasid_modules_get() back
 * @provider: as there; its ops may be gone afterwards, unless a lock that its
 *	exit takes is held
 *
 * Context: any.
 */
void iopasid_modules_put(const struct iopasid_provider *provider)
{
	module_put(provider->owner);
	module_put(THIS_MODULE);
}

/*
 * The driver is gone for good, with everything that was managed for it. With the
 * device lock held.
 */
static void iopasid_device_left(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;
	bool was_bound;

	mutex_lock(&group->lock);
	was_bound = idev->bound;
	iopasid_group_unbind_locked(idev);
	/* A driver that stood by is gone, and no other one is to come. */
	if (iopasid_fence_add_locked(idev))
		dev_err(idev->dev, "iopasid: no memory to keep drivers away from it\n");
	mutex_unlock(&group->lock);
	if (was_bound)
		iopasid_modules_put(idev->unit->provider);
}

static void iopasid_device_settle(struct iopasid_group *group)
{
	mutex_lock(&group->lock);
	iopasid_group_resettle_locked(group);
	mutex_unlock(&group->lock);
}

static void iopasid_device_leave_work(struct work_struct *work)
{
	struct iopasid_device *idev =
		container_of(work, struct iopasid_device, leave_work);

	device_lock(idev->dev);
	mutex_lock(&iopasid_topology_lock);
	/* Not if another driver has bound, or the device or its unit went. */
	if (!idev->dev->driver && !hlist_unhashed(&idev->hash_node)) {
		iopasid_device_left(idev);
		iopasid_device_settle(idev->group);
	}
	mutex_unlock(&iopasid_topology_lock);
	device_unlock(idev->dev);
	iopasid_device_put(idev);
}

/**
 * iopasid_device_bind() - a driver is about to be probed
 * @dev: its device
 *
 * Context: device_lock held, may sleep.
 */
void iopasid_device_bind(struct device *dev)
{
	struct iopasid_device *idev;

	mutex_lock(&iopasid_topology_lock);
	idev = iopasid_device_get(dev);
	if (idev) {
		struct iopasid_group *group = idev->group;

		mutex_lock(&group->lock);
		if (idev->bound || iopasid_modules_get(idev->unit->provider))
			iopasid_group_bind_locked(idev);
		else
			iopasid_group_pass_locked(idev);
		mutex_unlock(&group->lock);
		iopasid_device_put(idev);
	}
	mutex_unlock(&iopasid_topology_lock);
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_bind);

/**
 * iopasid_device_unbind() - a driver is gone
 * @dev: its device
 *
 * Context: device_lock held, may sleep.
 */
void iopasid_device_unbind(struct device *dev)
{
	struct iopasid_device *idev;

	mutex_lock(&iopasid_topology_lock);
	idev = iopasid_device_get(dev);
	if (idev) {
		iopasid_device_left(idev);
		iopasid_device_settle(idev->group);
		iopasid_device_put(idev);
	}
	mutex_unlock(&iopasid_topology_lock);
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_unbind);

/**
 * iopasid_device_bind_failed() - a probe failed, its clean-up is to come
 * @dev: its device
 *
 * Context: device_lock held, may sleep.
 */
void iopasid_device_bind_failed(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);

	if (idev && !queue_work(iopasid_device_wq, &idev->leave_work))
		iopasid_device_put(idev);
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_bind_failed);

static struct iopasid_device *iopasid_device_alloc(struct iopasid_unit *unit,
						   struct device *dev)
{
	struct iopasid_device *idev = kzalloc(sizeof(*idev), GFP_KERNEL);

	if (!idev)
		return NULL;
	idev->page_queue = iopasid_page_queue_create(idev);
	if (!idev->page_queue) {
		kfree(idev);
		return NULL;
	}
	idev->dev = get_device(dev);
	idev->unit = unit;
	/*
	 * Without device_lock, which ranks above the topology lock. Who binds
	 * meanwhile waits in iopasid_device_bind() until the device is known;
	 * who leaves is seen in iopasid_device_recheck().
	 */
	idev->foreign = READ_ONCE(dev->driver);
	kref_init(&idev->ref);
	INIT_LIST_HEAD(&idev->group_node);
	INIT_LIST_HEAD(&idev->users);
	INIT_WORK(&idev->leave_work, iopasid_device_leave_work);
	return idev;
}

/**
 * iopasid_device_recheck() - see if a device has a driver, when that is settled
 * @idev: its record, found by others now or soon
 *
 * Context: any.
 */
void iopasid_device_recheck(struct iopasid_device *idev)
{
	kref_get(&idev->ref);
	if (!queue_work(iopasid_device_wq, &idev->leave_work))
		iopasid_device_put(idev);
}

static void iopasid_device_fence(struct iopasid_device *idev)
{
	mutex_lock(&idev->group->lock);
	if (iopasid_fence_member_locked(idev))
		dev_err(idev->dev, "iopasid: no memory to keep drivers away from it\n");
	mutex_unlock(&idev->group->lock);
}

static int iopasid_device_probe(struct iopasid_unit *unit, struct device *dev)
{
	const struct iopasid_unit_ops *ops = unit->provider->ops;
	struct iopasid_device *idev = iopasid_device_alloc(unit, dev);
	struct iopasid_group *group;
	int ret;

	if (!idev)
		return -ENOMEM;
	ret = ops->probe_device(unit, idev);
	if (ret)
		goto put;
	/* Only now: who is behind no unit, or another one, is not refused. */
	if (iopasid_pci_untrusted(dev)) {
		ret = -EPERM;
		goto release;
	}
	/* Its files say ENODEV until the record can be found. */
	ret = iopasid_sysfs_add(idev);
	if (ret)
		goto release;
	group = ops->device_group(idev);
	if (IS_ERR(group)) {
		ret = PTR_ERR(group);
		goto remove_files;
	}
	ret = iopasid_group_join(group, idev);
	iopasid_group_put(group);
	if (ret)
		goto remove_files;
	list_add_tail(&idev->unit_node, &unit->devices);
	iopasid_device_hash(idev);
	/*
	 * A driver that looked bound may have been on its way out of a failed
	 * probe, whose notification came too early for us, or never
	 * (dma_configure).
	 */
	if (idev->foreign)
		iopasid_device_recheck(idev);
	iopasid_device_fence(idev);
	return 0;

remove_files:
	iopasid_sysfs_remove(idev);
release:
	ops->release_device(idev);
put:
	iopasid_device_put(idev);
	return ret;
}

/**
 * iopasid_device_add_locked() - take a device, if a unit is in front of it
 * @unit: the unit
 * @dev: the device
 *
 * The device joins its group pass-through, or at what the group's RID reaches
 * already; iopasid_group_settle_locked() comes after.
 *
 * Context: topology lock held, may sleep.
 * Return: 0 (also when it is known already), -ENODEV when @unit is not in front
 * of it, -EPERM when the kernel does not trust it, -ENOMEM, -EBUSY when its
 * group cannot take it.
 */
int iopasid_device_add_locked(struct iopasid_unit *unit, struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	lockdep_assert_held(&iopasid_topology_lock);

	if (idev) {
		iopasid_device_put(idev);
		return 0;
	}
	ret = iopasid_device_probe(unit, dev);
	if (ret == -EPERM)
		dev_warn(dev, "iopasid: untrusted device not managed: its DMA would need bouncing\n");
	else if (ret && ret != -ENODEV)
		dev_err(dev, "iopasid: not taken (%pe): it stays as its unit left it\n",
			ERR_PTR(ret));
	return ret;
}

/**
 * iopasid_unit_settle_locked() - give every group of a unit its domain
 * @unit: the unit, after a scan
 *
 * Apart from the scan, because the last member to be found may have a driver
 * that keeps the whole group pass-through.
 *
 * Context: topology lock held, may sleep.
 */
void iopasid_unit_settle_locked(struct iopasid_unit *unit)
{
	struct iopasid_device *idev;

	lockdep_assert_held(&iopasid_topology_lock);

	list_for_each_entry(idev, &unit->devices, unit_node)
		iopasid_device_settle(idev->group);
}

/**
 * iopasid_device_add() - a device came
 * @dev: the device, before any driver is probed
 *
 * Context: process. Takes the topology lock.
 * Return: as iopasid_device_add_locked(), -ENODEV when no unit is in front.
 */
int iopasid_device_add(struct device *dev)
{
	struct iopasid_device *idev;
	struct iopasid_unit *unit;
	int ret = -ENODEV;

	mutex_lock(&iopasid_topology_lock);
	list_for_each_entry(unit, &iopasid_units, node) {
		ret = iopasid_device_add_locked(unit, dev);
		if (ret != -ENODEV)
			break;
	}
	if (!ret) {
		idev = iopasid_device_get(dev);
		iopasid_device_settle(idev->group);
		iopasid_device_put(idev);
	}
	mutex_unlock(&iopasid_topology_lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_add);

/**
 * iopasid_device_remove_locked() - let go of a device
 * @idev: its record
 * @gone: the device itself went: what it could reach is blocked. Otherwise
 *	its unit goes: it passes through.
 *
 * Context: topology lock held, may sleep.
 */
void iopasid_device_remove_locked(struct iopasid_device *idev, bool gone)
{
	const struct iopasid_provider *provider = idev->unit->provider;
	bool was_bound = idev->bound;

	lockdep_assert_held(&iopasid_topology_lock);

	iopasid_device_unhash(idev);
	list_del(&idev->unit_node);
	iopasid_sysfs_remove(idev);
	iopasid_group_leave(idev, gone);
	provider->ops->release_device(idev);
	iopasid_device_put(idev);
	if (was_bound)
		iopasid_modules_put(provider);
}

/**
 * iopasid_device_remove() - a device went
 * @dev: the device, its driver unbound
 *
 * Context: process. Takes the topology lock.
 */
void iopasid_device_remove(struct device *dev)
{
	struct iopasid_device *idev;

	mutex_lock(&iopasid_topology_lock);
	idev = iopasid_device_get(dev);
	if (idev) {
		iopasid_device_remove_locked(idev, true);
		iopasid_device_settle(idev->group);
		iopasid_device_put(idev);
	}
	mutex_unlock(&iopasid_topology_lock);
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_device_remove);

/**
 * iopasid_device_init() - before the first unit
 *
 * Return: 0, -ENOMEM.
 */
int iopasid_device_init(void)
{
	iopasid_device_wq = alloc_workqueue("iopasid", WQ_UNBOUND, 0);
	return iopasid_device_wq ? 0 : -ENOMEM;
}

/**
 * iopasid_device_exit() - after the last notification: wait for late leavers
 */
void iopasid_device_exit(void)
{
	destroy_workqueue(iopasid_device_wq);
}
