// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fake devices
 *
 * A fake device is a struct device without a bus: the functions here do what
 * the bus and the driver core would do, in their order, under the device lock,
 * and tell iopasid as its bus notifier would. "Bound" means that dev->driver
 * points at a driver that does nothing.
 *
 * The group of a device is the test's choice: devices of one provider with the
 * same key get the group that the first of them got.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/lockdep.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

#include "../drivers/core/core.h"

static struct device_driver fake_driver = {
	.name = "fake-driver",
};

static atomic_t fake_device_ids = ATOMIC_INIT(0);

static void fake_device_free(struct device *dev)
{
	struct fake_device *fdev = container_of(dev, struct fake_device, dev);

	xa_destroy(&fdev->pasids);
	atomic_dec(&fdev->fake->nr_devices);
	kfree(fdev);
}

/**
 * fake_device_of() - the fake behind the core's record
 * @idev: a record that probe_device has seen
 *
 * Return: the fake device.
 */
struct fake_device *fake_device_of(struct iopasid_device *idev)
{
	return container_of(idev->dev, struct fake_device, dev);
}

static void fake_check_topology_lock(struct fake *fake)
{
	if (IS_ENABLED(CONFIG_LOCKDEP) &&
	    !lockdep_is_held(&iopasid_topology_lock))
		fake_complain(fake, "topology lock not held");
}

/* unit_ops.probe_device */
int fake_probe_device(struct iopasid_unit *unit, struct iopasid_device *idev)
{
	struct fake_unit *funit = container_of(unit, struct fake_unit, unit);
	struct fake_device *fdev;
	int ret;

	if (idev->dev->release != fake_device_free)
		return -ENODEV;
	fdev = fake_device_of(idev);
	if (fdev->config.unit != funit)
		return -ENODEV;

	fake_check_topology_lock(funit->fake);
	ret = fake_call_begin(funit->fake, &(struct fake_call){
		.op = FAKE_PROBE_DEVICE,
		.fdev = fdev,
	});
	if (ret)
		return ret;
	if (fdev->idev)
		fake_complain(funit->fake, "probe_device of a known device");
	fdev->rid = NULL;
	idev->max_pasids = fdev->config.max_pasids;
	idev->page_requests = fdev->config.page_requests;
	idev->caps = funit->fake->caps;
	idev->priv = fdev;
	down_write(&funit->fake->page_reports);
	fdev->idev = idev;
	up_write(&funit->fake->page_reports);
	return 0;
}

/* unit_ops.release_device */
void fake_release_device(struct iopasid_device *idev)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct fake *fake = fdev->fake;

	fake_check_topology_lock(fake);
	fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_RELEASE_DEVICE,
		.fdev = fdev,
	});
	if (fdev->idev != idev)
		fake_complain(fake, "release_device of an unknown device");
	if (fdev->rid && fdev->rid != &fake->identity &&
	    fdev->rid != &fake->blocked)
		fake_complain(fake, "release_device with a domain at the RID");
	if (!xa_empty(&fdev->pasids))
		fake_complain(fake, "release_device with a PASID attached");
	down_write(&fake->page_reports);
	fdev->idev = NULL;
	up_write(&fake->page_reports);
	fake_page_check_answers(fdev);
	fdev->group = NULL;
}

/* unit_ops.device_group */
struct iopasid_group *fake_device_group(struct iopasid_device *idev)
{
	struct fake_device *fdev = fake_device_of(idev), *other;
	struct fake *fake = fdev->fake;
	int ret;

	fake_check_topology_lock(fake);
	ret = fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_DEVICE_GROUP,
		.fdev = fdev,
	});
	if (ret)
		return ERR_PTR(ret);

	spin_lock_irq(&fake->lock);
	list_for_each_entry(other, &fake->devices, node) {
		if (fdev->config.group && other->group &&
		    other->config.group == fdev->config.group) {
			fdev->group = iopasid_group_get(other->group);
			break;
		}
	}
	spin_unlock_irq(&fake->lock);
	if (!fdev->group) {
		struct iopasid_group *group = iopasid_generic_device_group(idev);

		if (IS_ERR(group))
			return group;
		fdev->group = group;
	}
	return fdev->group;
}

/* unit_ops.default_domain_type */
int fake_default_domain_type(struct iopasid_device *idev)
{
	return fake_device_of(idev)->config.type ?: -1;
}

/* unit_ops.resv_regions */
int fake_resv_regions(struct iopasid_device *idev, struct list_head *list)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct iopasid_resv *resv;
	unsigned int i;
	int ret;

	ret = fake_call_begin(fdev->fake, &(struct fake_call){
		.op = FAKE_RESV_REGIONS,
		.fdev = fdev,
	});
	for (i = 0; !ret && i < fdev->config.nr_resv; i++) {
		resv = kzalloc(sizeof(*resv), GFP_KERNEL);
		if (!resv)
			return -ENOMEM;
		resv->first = fdev->config.resv[i].first;
		resv->last = fdev->config.resv[i].last;
		resv->type = fdev->config.resv[i].type;
		list_add_tail(&resv->node, list);
	}
	return ret;
}

/**
 * fake_is_attached() - a device of a provider reaches a domain
 * @fake: the provider
 * @domain: the domain
 *
 * Return: true when a RID or a PASID leads there.
 */
bool fake_is_attached(struct fake *fake, struct iopasid_domain *domain)
{
	struct fake_device *fdev;
	unsigned long pasid;
	bool found = false;
	unsigned long flags;
	void *entry;

	spin_lock_irqsave(&fake->lock, flags);
	list_for_each_entry(fdev, &fake->devices, node) {
		found |= fdev->rid == domain;
		xa_for_each(&fdev->pasids, pasid, entry)
			found |= entry == domain;
	}
	spin_unlock_irqrestore(&fake->lock, flags);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(fake_is_attached);

/**
 * fake_reaches() - where a device's DMA leads, as the hardware knows it
 * @fdev: the device
 * @pasid: the PASID, 0 for DMA without one
 *
 * Return: the domain; NULL for a PASID that is not attached.
 */
struct iopasid_domain *fake_reaches(struct fake_device *fdev, u32 pasid)
{
	return pasid ? xa_load(&fdev->pasids, pasid) : READ_ONCE(fdev->rid);
}
EXPORT_SYMBOL_IF_KUNIT(fake_reaches);

/**
 * fake_device_create_unannounced() - a device that the core does not know
 * @fake: its provider
 * @config: what it is like; copied
 *
 * For tests of iopasid_device_add() itself.
 *
 * Return: the device.
 */
struct fake_device *
fake_device_create_unannounced(struct fake *fake,
			       const struct fake_device_config *config)
{
	struct fake_device *fdev = kzalloc(sizeof(*fdev), GFP_KERNEL);
	struct device *dev = &fdev->dev;

	KUNIT_ASSERT_NOT_NULL(fake->test, fdev);
	fdev->fake = fake;
	fdev->config = *config;
	if (!fdev->config.unit)
		fdev->config.unit = fake_first_unit(fake);
	xa_init(&fdev->pasids);

	device_initialize(dev);
	atomic_inc(&fake->nr_devices);
	dev->release = fake_device_free;
	dev->bus = config->bus;
	dev->dma_parms = &fdev->dma_parms;
	dev->dma_mask = &dev->coherent_dma_mask;
	dev->coherent_dma_mask = config->dma_mask ?: DMA_BIT_MASK(64);
	KUNIT_ASSERT_EQ(fake->test, 0, config->name ?
			dev_set_name(dev, "%s", config->name) :
			dev_set_name(dev, "fake-device%d",
				     atomic_inc_return(&fake_device_ids)));
	KUNIT_ASSERT_EQ(fake->test, device_add(dev), 0);
	if (config->foreign)
		dev->driver = &fake_driver;

	spin_lock_irq(&fake->lock);
	list_add_tail(&fdev->node, &fake->devices);
	spin_unlock_irq(&fake->lock);
	return fdev;
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_create_unannounced);

/**
 * fake_device_create() - a device comes, and the core takes it
 * @fake: its provider
 * @config: what it is like; copied
 *
 * Return: the device, good until fake_device_remove() or the test's end.
 */
struct fake_device *fake_device_create(struct fake *fake,
				       const struct fake_device_config *config)
{
	struct fake_device *fdev = fake_device_create_unannounced(fake, config);

	KUNIT_ASSERT_EQ(fake->test, iopasid_device_add(&fdev->dev), 0);
	KUNIT_ASSERT_NOT_NULL(fake->test, fdev->idev);
	return fdev;
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_create);

/* Where a device's RID leads when it is gone: blocked, but for firmware */
static struct iopasid_domain *fake_last_domain(struct fake_device *fdev)
{
	unsigned int i;

	for (i = 0; i < fdev->config.nr_resv; i++)
		if (fdev->config.resv[i].type == IOPASID_RESV_DIRECT)
			return &fdev->fake->identity;
	return &fdev->fake->blocked;
}

/**
 * fake_device_remove() - a device goes, as by hot unplug
 * @fdev: the device, gone afterwards; its driver is unbound first
 */
void fake_device_remove(struct fake_device *fdev)
{
	struct fake *fake = fdev->fake;
	bool known = fdev->idev;

	if (fdev->dev.driver)
		fake_device_unbind(fdev);
	iopasid_device_remove(&fdev->dev);
	if (fdev->idev)
		fake_complain(fake, "the device is gone, its record is not");
	if (known && fdev->rid != fake_last_domain(fdev))
		fake_complain(fake, "the device is gone, its RID is where it was");

	spin_lock_irq(&fake->lock);
	list_del(&fdev->node);
	spin_unlock_irq(&fake->lock);
	device_unregister(&fdev->dev);
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_remove);

/* A driver, and the resources that the driver core manages for it */
static void fake_driver_begin(struct fake_device *fdev)
{
	/* The core looks at it without the device lock. */
	WRITE_ONCE(fdev->dev.driver, &fake_driver);
	fdev->devres = devres_open_group(&fdev->dev, NULL, GFP_KERNEL);
}

static void fake_driver_end(struct fake_device *fdev)
{
	if (fdev->devres)
		devres_release_group(&fdev->dev, fdev->devres);
	fdev->devres = NULL;
	WRITE_ONCE(fdev->dev.driver, NULL);
}

/**
 * fake_device_bind() - a driver is probed, and succeeds
 * @fdev: the device; no effect if it has a driver
 */
void fake_device_bind(struct fake_device *fdev)
{
	device_lock(&fdev->dev);
	if (!fdev->dev.driver) {
		fake_driver_begin(fdev);
		iopasid_device_bind(&fdev->dev);
	}
	device_unlock(&fdev->dev);
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_bind);

/**
 * fake_device_unbind() - the driver goes
 * @fdev: the device
 */
void fake_device_unbind(struct fake_device *fdev)
{
	device_lock(&fdev->dev);
	fake_driver_end(fdev);
	iopasid_device_unbind(&fdev->dev);
	device_unlock(&fdev->dev);
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_unbind);

/**
 * fake_device_fail_probe_begin() - a driver is probed, and fails
 * @fdev: the device; a driver that it has is unbound first
 *
 * Returns where the driver core gives the driver's managed resources back,
 * after it has told its notifiers, with the device lock held.
 */
void fake_device_fail_probe_begin(struct fake_device *fdev)
{
	device_lock(&fdev->dev);
	if (fdev->dev.driver) {
		fake_driver_end(fdev);
		iopasid_device_unbind(&fdev->dev);
	}
	fake_driver_begin(fdev);
	iopasid_device_bind(&fdev->dev);
	iopasid_device_bind_failed(&fdev->dev);
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_fail_probe_begin);

/**
 * fake_device_fail_probe_end() - the failed probe is over
 * @fdev: the device
 *
 * Gives the device lock back. What the core does then, it does in its own
 * time: see fake_device_wait_unbound().
 */
void fake_device_fail_probe_end(struct fake_device *fdev)
{
	fake_driver_end(fdev);
	device_unlock(&fdev->dev);
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_fail_probe_end);

/**
 * fake_device_probe_next() - the failed probe is over, the next driver's
 *	succeeds
 * @fdev: the device, after fake_device_fail_probe_begin()
 *
 * The driver core tries all drivers with the device lock held all the while.
 */
void fake_device_probe_next(struct fake_device *fdev)
{
	fake_driver_end(fdev);
	fake_driver_begin(fdev);
	iopasid_device_bind(&fdev->dev);
	device_unlock(&fdev->dev);
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_probe_next);

/**
 * fake_device_wait_unbound() - wait for the core to let go after a failed probe
 * @fdev: the device
 *
 * Return: false if it did not within ten seconds.
 */
bool fake_device_wait_unbound(struct fake_device *fdev)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		bool bound;

		mutex_lock(&fdev->group->lock);
		bound = fdev->idev->bound;
		mutex_unlock(&fdev->group->lock);
		if (!bound) {
			/* The core does it under this lock, to its end. */
			mutex_lock(&iopasid_topology_lock);
			mutex_unlock(&iopasid_topology_lock);
			return true;
		}
		msleep(10);
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(fake_device_wait_unbound);
