// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: units in front of a bus of their own
 *
 * A real bus with a real driver, so that the driver core itself sends the
 * notifications.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "core-state.h"

static const struct bus_type other_bus = {
	.name = "iopasid-kunit-other",
};

static int probe_result;

static int driver_probe(struct device *dev)
{
	return probe_result;
}

static const struct bus_type test_bus = {
	.name = "iopasid-kunit",
	.probe = driver_probe,
};

static struct device_driver test_driver = {
	.name = "iopasid-kunit-driver",
	.bus = &test_bus,
	.suppress_bind_attrs = true,
};

KUNIT_DEFINE_ACTION_WRAPPER(unregister_bus, bus_unregister, const struct bus_type *);
KUNIT_DEFINE_ACTION_WRAPPER(unregister_driver, driver_unregister, struct device_driver *);

/* A provider whose only unit is in front of the test's bus. */
static struct fake *bus_fake(struct kunit *test)
{
	struct fake_unit *funit;
	struct fake *fake;

	probe_result = 0;
	KUNIT_ASSERT_EQ(test, bus_register(&test_bus), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_bus,
							(void *)&test_bus), 0);
	fake = fake_create(test);
	funit = fake_first_unit(fake);
	fake_unit_unregister(funit);
	funit->unit.bus = &test_bus;
	fake_unit_reregister(funit);
	return fake;
}

static struct fake_device *bus_device(struct fake *fake)
{
	return fake_device_create_unannounced(fake, &(struct fake_device_config){
		.max_pasids = MAX_PASIDS,
		.bus = &test_bus,
	});
}

static void driver_create(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, driver_register(&test_driver), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver,
							&test_driver), 0);
}

static void present_and_late(struct kunit *test)
{
	struct fake *fake = bus_fake(test);
	struct fake_unit *funit = fake_first_unit(fake);
	struct fake_device *present, *late;

	fake_unit_unregister(funit);
	present = bus_device(fake);
	KUNIT_EXPECT_NULL(test, present->idev);
	fake_unit_reregister(funit);
	KUNIT_EXPECT_NOT_NULL(test, present->idev);
	late = bus_device(fake);
	KUNIT_ASSERT_NOT_NULL(test, late->idev);

	/* As the driver core says it, not as the fake says it. */
	device_del(&late->dev);
	KUNIT_EXPECT_NULL(test, late->idev);
	KUNIT_ASSERT_EQ(test, device_add(&late->dev), 0);
	KUNIT_EXPECT_NOT_NULL(test, late->idev);

	fake_unit_unregister(funit);
	device_del(&late->dev);
	KUNIT_ASSERT_EQ(test, device_add(&late->dev), 0);
	KUNIT_EXPECT_NULL(test, late->idev);
}

static void drivers_come_and_go(struct kunit *test)
{
	struct fake *fake = bus_fake(test);
	struct fake_device *fdev = bus_device(fake);

	KUNIT_ASSERT_NOT_NULL(test, fdev->idev);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
	driver_create(test);
	KUNIT_EXPECT_PTR_EQ(test, fdev->dev.driver, &test_driver);
	KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
	KUNIT_EXPECT_TRUE(test, fdev->idev->bound);
	device_release_driver(&fdev->dev);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
	KUNIT_EXPECT_FALSE(test, fdev->idev->bound);

	probe_result = -EIO;
	KUNIT_EXPECT_LT(test, device_attach(&fdev->dev), 1);
	KUNIT_EXPECT_TRUE(test, fake_device_wait_unbound(fdev));
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
}

static void bind_work(struct work_struct *work)
{
	/* A failure shows: the device has no driver then. */
	if (driver_register(&test_driver))
		pr_err("%s: not registered\n", test_driver.name);
}

static DECLARE_WORK(binder, bind_work);

/* A driver is probed while the unit looks at its device. */
static void bind_meanwhile(struct fake *fake, const struct fake_call *call)
{
	unsigned int i;

	if (call->op != FAKE_PROBE_DEVICE)
		return;
	schedule_work(&binder);
	for (i = 0; i < 1000 && !READ_ONCE(call->fdev->dev.driver); i++)
		msleep(1);
	/* Until the bus has told whom it tells */
	msleep(20);
}

/* The driver waits for the scan, and is not forgotten by it. */
static void bound_during_the_scan(struct kunit *test)
{
	struct fake *fake = bus_fake(test);
	struct fake_unit *funit = fake_first_unit(fake);
	struct fake_device *fdev;

	fake_unit_unregister(funit);
	fdev = bus_device(fake);
	fake->hook = bind_meanwhile;
	fake_unit_reregister(funit);
	fake->hook = NULL;
	flush_work(&binder);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver,
							&test_driver), 0);
	KUNIT_EXPECT_PTR_EQ(test, fdev->dev.driver, &test_driver);
	KUNIT_ASSERT_NOT_NULL(test, fdev->idev);
	KUNIT_EXPECT_TRUE(test, fdev->idev->bound);
	KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
}

/* Each event is acted upon once, whatever the number of units. */
static void two_units(struct kunit *test)
{
	struct fake *fake = bus_fake(test);
	struct fake_unit *second = fake_unit_create(fake);
	struct fake_device *fdev;
	int refs;

	fake_unit_unregister(second);
	second->unit.bus = &test_bus;
	fake_unit_reregister(second);

	fdev = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.unit = second,
		.bus = &test_bus,
	});
	KUNIT_ASSERT_NOT_NULL(test, fdev->idev);
	KUNIT_EXPECT_PTR_EQ(test, fdev->idev->unit, &second->unit);
	refs = module_refcount(fake->provider.owner);
	driver_create(test);
	KUNIT_EXPECT_TRUE(test, fdev->idev->bound);
	KUNIT_EXPECT_EQ(test, module_refcount(fake->provider.owner), refs + 1);
	device_release_driver(&fdev->dev);
	KUNIT_EXPECT_EQ(test, module_refcount(fake->provider.owner), refs);
}

static void bus_that_is_not_there(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_unit *funit = fake_first_unit(fake);

	fake_unit_unregister(funit);
	funit->unit.bus = &other_bus;
	KUNIT_EXPECT_EQ(test, iopasid_unit_register(&funit->unit), -EINVAL);
	funit->unit.bus = NULL;
	fake_unit_reregister(funit);
}

static struct kunit_case bus_cases[] = {
	KUNIT_CASE(present_and_late),
	KUNIT_CASE(drivers_come_and_go),
	KUNIT_CASE(bound_during_the_scan),
	KUNIT_CASE(two_units),
	KUNIT_CASE(bus_that_is_not_there),
	{}
};

static struct kunit_suite bus_suite = {
	.name = "iopasid-core-bus",
	.test_cases = bus_cases,
};
kunit_test_suite(bus_suite);
