// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: keeping kernel drivers away from a user's group
 *
 * While a user context has all of a group, no driver is to be probed on a member,
 * nor on one that joins late: it would get no DMA, and its device's DMA would
 * reach what the user has attached. A notifier cannot veto a probe. A supplier
 * without a driver can: the driver core defers the probe of its consumers (those
 * with a managed device link to it) until it has one.
 *
 * So such a group has a device "iopasid-group<id>-user", which is on no bus and
 * never has a driver, and each member without a driver is its consumer. A bind by
 * hand fails with EAGAIN; /sys/kernel/debug/devices_deferred names the device as
 * the reason of a probe that was put off. When the user goes so does the device,
 * and the links with it. What was put off is tried again whenever a driver binds
 * anywhere, so the core binds one to a device of its own then.
 *
 * Bus mastering of these members is switched off: nobody drives them.
 *
 * A link must not come while its consumer is being probed. It is made with the
 * consumer's device lock held, which ranks above the group's lock: that one is
 * only tried, and a work item waits for it if it is taken.
 *
 * Unhappy path: a driver whose probe had begun by then, and that was not announced
 * yet when the group was claimed, is not kept away, and can switch bus mastering on.
 * Its DMA ops refuse every mapping (owner.c), so it has no address to give to its
 * device; what the device sends on its own reaches the user's memory, and none of
 * the kernel's. To block its RID would block the user's: the group has one.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

#include "core.h"

/* Bound to the device that lets the driver core try again; does nothing. */
static struct platform_driver iopasid_retry_driver = {
	.driver = {
		.name			= "iopasid-retry",
		.probe_type		= PROBE_FORCE_SYNCHRONOUS,
		.suppress_bind_attrs	= true,
	},
};

/* Without memory the next driver that binds in the machine does as well. */
static void iopasid_retry(struct work_struct *unused)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple(iopasid_retry_driver.driver.name,
					       PLATFORM_DEVID_NONE, NULL, 0);
	if (!IS_ERR(pdev))
		platform_device_unregister(pdev);
}

static DECLARE_WORK(iopasid_retry_work, iopasid_retry);

/**
 * iopasid_fence_add_locked() - keep drivers away from one member
 * @idev: the member; nothing is done unless its group is a user's, or if it has a
 *	driver
 *
 * Context: device lock of @idev and group lock held, may sleep.
 * Return: 0, -ENOMEM.
 */
int iopasid_fence_add_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;

	lockdep_assert_held(&group->lock);
	device_lock_assert(idev->dev);

	if (!group->fence || idev->dev->driver)
		return 0;
	if (dev_is_pci(idev->dev))
		pci_clear_master(to_pci_dev(idev->dev));
	/* One that is there already is that one. */
	return device_link_add(idev->dev, group->fence, 0) ? 0 : -ENOMEM;
}

/**
 * iopasid_fence_member_locked() - the same, without the device lock
 * @idev: the member
 *
 * Context: group lock held, may sleep.
 * Return: 0, also when it is done later because the device lock is taken;
 * -ENOMEM.
 */
int iopasid_fence_member_locked(struct iopasid_device *idev)
{
	int ret;

	lockdep_assert_held(&idev->group->lock);

	/* A driver that stands by; its end is seen. */
	if (!idev->group->fence || idev->bound)
		return 0;
	if (!device_trylock(idev->dev)) {
		iopasid_device_recheck(idev);
		return 0;
	}
	ret = iopasid_fence_add_locked(idev);
	device_unlock(idev->dev);
	return ret;
}

/**
 * iopasid_fence_raise_locked() - keep drivers away from a group
 * @group: the group
 *
 * Context: group lock held, may sleep.
 * Return: 0, -ENOMEM: then nobody is kept away.
 */
int iopasid_fence_raise_locked(struct iopasid_group *group)
{
	struct iopasid_device *idev;
	struct device *fence;
	char name[32];
	int ret;

	lockdep_assert_held(&group->lock);

	snprintf(name, sizeof(name), "iopasid-group%d-user", group->id);
	fence = root_device_register(name);
	if (IS_ERR(fence))
		return PTR_ERR(fence);
	group->fence = fence;
	list_for_each_entry(idev, &group->devices, group_node) {
		ret = iopasid_fence_member_locked(idev);
		if (ret)
			goto drop;
	}
	return 0;

drop:
	iopasid_fence_drop_locked(group);
	return ret;
}

/**
 * struct iopasid_fence_drop - a fence that goes
 * @work: lets it go
 * @fence: the fence
 */
struct iopasid_fence_drop {
	struct work_struct work;
	struct device *fence;
};

static void iopasid_fence_unregister(struct work_struct *work)
{
	root_device_unregister(container_of(work, struct iopasid_fence_drop,
					    work)->fence);
}

/**
 * iopasid_fence_drop_locked() - let drivers in again, those first that waited
 * @group: the group
 *
 * Context: group lock held, may sleep.
 */
void iopasid_fence_drop_locked(struct iopasid_group *group)
{
	struct iopasid_fence_drop drop = { .fence = group->fence };

	lockdep_assert_held(&group->lock);

	/*
	 * The driver core wants memory for this, and warns if there is none. A
	 * user who is killed for want of memory gets none; a worker does.
	 */
	INIT_WORK_ONSTACK(&drop.work, iopasid_fence_unregister);
	schedule_work(&drop.work);
	flush_work(&drop.work);
	destroy_work_on_stack(&drop.work);
	group->fence = NULL;
	schedule_work(&iopasid_retry_work);
}

/**
 * iopasid_fence_init() - before the first unit
 *
 * Return: 0, errno of the driver core.
 */
int iopasid_fence_init(void)
{
	return platform_driver_register(&iopasid_retry_driver);
}

/**
 * iopasid_fence_exit() - after the last user
 */
void iopasid_fence_exit(void)
{
	flush_work(&iopasid_retry_work);
	platform_driver_unregister(&iopasid_retry_driver);
}
