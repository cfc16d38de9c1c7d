// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: devices that come while a software unit starts. Translation may go on at
 * any moment from the start on, and the core takes over some time later: until
 * then every device passes through, whenever it came.
 */
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/slab.h>

#include <vtd-model/unit.h>

#include "vtd-fake-port.h"

#define SOURCE_ID	0x0108

static int soft_match(struct device *dev, const struct device_driver *driver)
{
	return 0;
}

static const struct bus_type soft_bus = {
	.name	= "vtd-soft-test",
	.match	= soft_match,
};

/* A device's name is its source id; others are not behind the unit. */
static int soft_identify(struct vtd_model_unit *unit, struct device *dev,
			 struct vtd_model_identity *identity)
{
	*identity = (struct vtd_model_identity){};
	return kstrtou16(dev_name(dev), 16, &identity->source_id) ?
	       -ENODEV : 0;
}

static const struct vtd_model_unit_ops soft_unit_ops = {
	.identify = soft_identify,
};

static const struct vtd_model_platform_data soft_data = {
	.ops	= &soft_unit_ops,
	.bus	= &soft_bus,
};

static struct vtd_unit *soft_unit(struct kunit *test)
{
	struct vtd_unit *unit = &fake_unit_create(test, 0)->unit;

	unit->soft = &soft_data;
	unit->bus_ops = &vtd_soft_ops;
	unit->iounit.dev = root_device_register("vtd-soft-test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, unit->iounit.dev);
	unit->root = (void *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, unit->root);
	unit->pass_dir = vtd_pasid_dir_alloc(unit, 1);
	KUNIT_ASSERT_NOT_NULL(test, unit->pass_dir);
	return unit;
}

static void soft_unit_end(struct vtd_unit *unit)
{
	unit->bus_ops->stop(unit);
	root_device_unregister(unit->iounit.dev);
}

static void soft_device_release(struct device *dev)
{
	kfree(dev);
}

static struct device *soft_device(struct kunit *test, const char *name)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->bus = &soft_bus;
	dev->release = soft_device_release;
	dev_set_name(dev, "%s", name);
	KUNIT_ASSERT_EQ(test, device_register(dev), 0);
	return dev;
}

static int soft_state(struct vtd_unit *unit, u16 source_id)
{
	struct vtd_requester *req = xa_load(&unit->requesters, source_id);

	return req ? (int)vtd_context_state(req) : -1;
}

static void comes_before(struct kunit *test)
{
	struct device *stranger = soft_device(test, "stranger");
	struct device *dev = soft_device(test, "0108");
	struct vtd_unit *unit = soft_unit(test);

	KUNIT_EXPECT_EQ(test, unit->bus_ops->start(unit), 0);
	KUNIT_EXPECT_EQ(test, soft_state(unit, SOURCE_ID), VTD_CONTEXT_PASS);
	KUNIT_EXPECT_EQ(test, atomic_read(&unit->nr_requesters), 1);
	soft_unit_end(unit);
	device_unregister(dev);
	device_unregister(stranger);
}

static void comes_between(struct kunit *test)
{
	struct vtd_unit *unit = soft_unit(test);
	struct device *dev, *late;

	KUNIT_EXPECT_EQ(test, unit->bus_ops->start(unit), 0);
	dev = soft_device(test, "0108");
	KUNIT_EXPECT_EQ(test, soft_state(unit, SOURCE_ID), VTD_CONTEXT_PASS);

	/* From here on the core sees who comes, before a driver does. */
	KUNIT_ASSERT_NOT_NULL(test, unit->bus_ops->settled);
	unit->bus_ops->settled(unit);
	late = soft_device(test, "0110");
	KUNIT_EXPECT_EQ(test, soft_state(unit, 0x0110), -1);
	soft_unit_end(unit);
	device_unregister(dev);
	device_unregister(late);
}

/* The core has it already when the bus tells of it: that is its state. */
static void comes_and_is_taken(struct kunit *test)
{
	struct vtd_unit *unit = soft_unit(test);
	struct vtd_requester *req;

	req = vtd_requester_get(unit, SOURCE_ID);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	req->dir = vtd_pasid_dir_alloc(unit, 1);
	KUNIT_ASSERT_NOT_NULL(test, req->dir);
	KUNIT_ASSERT_EQ(test, vtd_context_set(req, VTD_CONTEXT_OWN, 0), 0);
	KUNIT_EXPECT_EQ(test, unit->bus_ops->start(unit), 0);
	device_unregister(soft_device(test, "0108"));
	KUNIT_EXPECT_EQ(test, soft_state(unit, SOURCE_ID), VTD_CONTEXT_OWN);
	soft_unit_end(unit);
	vtd_context_set(req, VTD_CONTEXT_BLOCKED, 0);
	vtd_pasid_dir_free(req->dir);
	req->dir = NULL;
}

/* A stop that no start came before, and one after a start that failed */
static void stop_without_start(struct kunit *test)
{
	struct vtd_unit *unit = soft_unit(test);

	unit->bus_ops->stop(unit);
	KUNIT_EXPECT_EQ(test, unit->bus_ops->start(unit), 0);
	unit->bus_ops->stop(unit);
	device_unregister(soft_device(test, "0108"));
	KUNIT_EXPECT_EQ(test, soft_state(unit, SOURCE_ID), -1);
	soft_unit_end(unit);
}

static int soft_init(struct kunit_suite *suite)
{
	return bus_register(&soft_bus);
}

static void soft_exit(struct kunit_suite *suite)
{
	bus_unregister(&soft_bus);
}

static struct kunit_case soft_cases[] = {
	KUNIT_CASE(comes_before),
	KUNIT_CASE(comes_between),
	KUNIT_CASE(comes_and_is_taken),
	KUNIT_CASE(stop_without_start),
	{}
};

static struct kunit_suite soft_suite = {
	.name = "iopasid-vtd-soft",
	.suite_init = soft_init,
	.suite_exit = soft_exit,
	.test_cases = soft_cases,
};
kunit_test_suite(soft_suite);
