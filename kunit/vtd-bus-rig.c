// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices on a bus of their own behind a unit in name only.
 */
#include <linux/slab.h>

#include <iopasid/pasid.h>

#include "vtd-bus-rig.h"

static const struct bus_type rig_bus = {
	.name = "iopasid-kunit-vtd",
};

static struct bus_rig *rig_of(struct vtd_unit *unit)
{
	return container_of(unit, struct fake_unit, unit)->data;
}

/* ---- what is behind the unit ---- */

static int rig_bus_start(struct vtd_unit *unit)
{
	return 0;
}

static void rig_bus_stop(struct vtd_unit *unit)
{
}

static bool rig_covers(struct vtd_unit *unit, struct device *dev)
{
	return dev->bus == &rig_bus;
}

static u32 rig_enable(struct vtd_device *vdev)
{
	vdev->ats = true;
	vdev->ats_queue_depth = rig_of(vdev->unit)->ats_queue_depth;
	vdev->pri = vdev->unit->prq;
	return BIT(10);
}

static void rig_enable_tlb(struct vtd_device *vdev)
{
	struct bus_rig *rig = rig_of(vdev->unit);

	if (rig->in_enable_tlb)
		rig->in_enable_tlb(rig, vdev);
}

static void rig_disable_tlb(struct vtd_device *vdev)
{
	struct bus_rig *rig = rig_of(vdev->unit);

	if (rig->in_disable_tlb)
		rig->in_disable_tlb(rig, vdev);
}

static void rig_nothing(struct vtd_device *vdev)
{
}

static int rig_for_each_source(struct vtd_device *vdev, iopasid_alias_fn fn,
			       void *data)
{
	return fn(BUS_SOURCE + vdev->dev->id, data);
}

static struct iopasid_group *rig_group(struct vtd_device *vdev)
{
	return iopasid_generic_device_group(vdev->idev);
}

static const struct vtd_bus_ops rig_bus_ops = {
	.start			= rig_bus_start,
	.stop			= rig_bus_stop,
	.covers			= rig_covers,
	.enable			= rig_enable,
	.disable		= rig_nothing,
	.enable_tlb		= rig_enable_tlb,
	.disable_tlb		= rig_disable_tlb,
	.for_each_source	= rig_for_each_source,
	.group			= rig_group,
};

/* ---- life ---- */

KUNIT_DEFINE_ACTION_WRAPPER(unregister_bus, bus_unregister, const struct bus_type *);
KUNIT_DEFINE_ACTION_WRAPPER(remove_supplier, root_device_unregister, struct device *);
KUNIT_DEFINE_ACTION_WRAPPER(remove_device, device_unregister, struct device *);
KUNIT_DEFINE_ACTION_WRAPPER(stop_requests, vtd_prq_stop, struct vtd_unit *);
KUNIT_DEFINE_ACTION_WRAPPER(unregister_unit, iopasid_unit_unregister,
			    struct iopasid_unit *);

static void rig_device_free(struct device *dev)
{
	kfree(dev);
}

static struct device *rig_device_create(struct kunit *test, unsigned int n)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->bus = &rig_bus;
	dev->id = n;
	dev->release = rig_device_free;
	dev_set_name(dev, "iopasid-kunit-vtd-%u", n);
	ret = device_register(dev);
	if (ret)
		put_device(dev);
	KUNIT_ASSERT_EQ(test, ret, 0);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, remove_device, dev));
	return dev;
}

/* With its own place in the order of devices, and tables of its own */
static void rig_unit_prepare(struct bus_rig *rig)
{
	struct vtd_unit *unit = &rig->fake->unit;
	struct kunit *test = rig->test;

	rig->supplier = root_device_register("iopasid-kunit-vtd-unit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rig->supplier);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, remove_supplier,
						  rig->supplier));
	unit->ecap |= VTD_ECAP_PRS | VTD_ECAP_DT | VTD_ECAP_PDS |
		      VTD_ECAP_PASID | FIELD_PREP(VTD_ECAP_PSS, 19);
	unit->root = (u64 *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, unit->root);
	unit->pass_dir = vtd_pasid_dir_alloc(unit, 1);
	KUNIT_ASSERT_NOT_NULL(test, unit->pass_dir);
	unit->bus_ops = &rig_bus_ops;
	unit->iounit.dev = rig->supplier;
	unit->iounit.bus = &rig_bus;
	unit->iounit.provider = &vtd_provider;
	vtd_prq_start(unit);
	KUNIT_ASSERT_NOT_NULL(test, unit->prq);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, stop_requests, unit));
}

/**
 * bus_rig_prepare() - a unit with devices behind it
 * @test: goes with it
 *
 * Return: the rig; the core does not know it yet.
 */
struct bus_rig *bus_rig_prepare(struct kunit *test)
{
	struct bus_rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->test = test;
	rig->fake = fake_unit_create(test, VTD_CAP_PSI |
				     FIELD_PREP(VTD_CAP_MAMV, 9));
	rig->fake->data = rig;
	KUNIT_ASSERT_EQ(test, bus_register(&rig_bus), 0);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unregister_bus,
						  (void *)&rig_bus));
	rig_unit_prepare(rig);
	for (i = 0; i < BUS_DEVICES; i++)
		rig->devices[i] = rig_device_create(test, i);
	return rig;
}

/**
 * bus_rig_start() - the core takes the devices
 * @rig: prepared
 */
void bus_rig_start(struct bus_rig *rig)
{
	struct iopasid_unit *iounit = &rig->fake->unit.iounit;
	struct kunit *test = rig->test;

	KUNIT_ASSERT_EQ(test, vtd_gcmd_set(&rig->fake->unit, VTD_G_TE, true), 0);
	KUNIT_ASSERT_EQ(test, iopasid_unit_register(iounit), 0);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unregister_unit, iounit));
	KUNIT_ASSERT_EQ(test, list_count_nodes(&iounit->devices), BUS_DEVICES);
	rig->fake->nr_log = 0;
}

/**
 * bus_rig_stop() - the core lets go of the devices
 * @rig: started, with nothing attached
 */
void bus_rig_stop(struct bus_rig *rig)
{
	kunit_release_action(rig->test, unregister_unit,
			     &rig->fake->unit.iounit);
}

/* ---- page requests ---- */

static void keep_group(struct iopasid_fault_group *group, void *data)
{
	struct bus_rig *rig = data;

	rig->kept[rig->nr_kept++] = group;
}

static void rig_detach(void *data)
{
	struct bus_rig *rig = data;
	unsigned int i;

	for (i = 0; i < BUS_DEVICES; i++)
		iopasid_detach_dev_pasid(rig->devices[i], BUS_PASID);
	while (rig->nr_kept)
		iopasid_fault_group_respond(rig->kept[--rig->nr_kept],
					    IOPASID_PAGE_SUCCESS);
	iopasid_domain_free(rig->domain);
}

/**
 * bus_rig_attach() - a domain whose handler keeps what it gets, at all devices
 * @rig: started
 */
void bus_rig_attach(struct bus_rig *rig)
{
	struct kunit *test = rig->test;
	unsigned int i;

	rig->domain = iopasid_domain_alloc_paging(rig->devices[0]);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rig->domain);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, rig_detach, rig));
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_domain_set_fault_handler(rig->domain,
							 keep_group, NULL, rig));
	for (i = 0; i < BUS_DEVICES; i++)
		KUNIT_ASSERT_EQ(test, 0,
				iopasid_attach_dev_pasid(rig->domain,
							 rig->devices[i],
							 BUS_PASID));
	rig->fake->nr_log = 0;
}

/**
 * bus_rig_queue() - what the core keeps of a device's page requests
 * @rig: started
 * @n: which device
 *
 * Return: the queue.
 */
struct iopasid_page_queue *bus_rig_queue(struct bus_rig *rig, unsigned int n)
{
	struct iopasid_device *idev = iopasid_device_get(rig->devices[n]);

	KUNIT_ASSERT_NOT_NULL(rig->test, idev);
	iopasid_device_put(idev);
	return idev->page_queue;
}

/**
 * bus_rig_ask() - a device asks to read a page, with BUS_PASID; no event
 * @rig: the rig
 * @n: which device
 * @index: in this group
 * @last: which is complete
 */
void bus_rig_ask(struct bus_rig *rig, unsigned int n, u16 index, bool last)
{
	fake_unit_page_request(rig->fake,
			       VTD_PAGE_REQ_PP | 1 |
			       FIELD_PREP(VTD_PAGE_REQ_RID, BUS_SOURCE + n) |
			       FIELD_PREP(VTD_PAGE_REQ_PASID, BUS_PASID),
			       0x1000 | VTD_PAGE_REQ_READ |
			       (last ? VTD_PAGE_REQ_LPIG : 0) |
			       FIELD_PREP(VTD_PAGE_REQ_PRGI, index));
}
