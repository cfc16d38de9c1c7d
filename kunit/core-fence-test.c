// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: drivers are kept away from a user's group
 *
 * A real bus and a real driver, whose probe the driver core puts off while a user
 * has the group, and takes up again afterwards.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/workqueue.h>

#include <iopasid/group.h>

#include "../drivers/core/core.h"

#include "core-state.h"

static atomic_t nr_probes;
static bool wants_no_dma;
static int probe_result;

/* A probe that is stopped in the middle, once */
static struct completion *inside;
static struct completion *go_on;

static int fence_probe(struct device *dev)
{
	atomic_inc(&nr_probes);
	if (inside) {
		struct completion *said = inside;

		inside = NULL;
		complete(said);
		wait_for_completion(go_on);
	}
	return probe_result ?: wants_no_dma ? iopasid_no_kernel_dma(dev) : 0;
}

static const struct bus_type fence_bus = {
	.name = "iopasid-kunit-fence",
	.probe = fence_probe,
};

static struct device_driver fence_driver = {
	.name = "iopasid-kunit-fence-driver",
	.bus = &fence_bus,
	.suppress_bind_attrs = true,
};

KUNIT_DEFINE_ACTION_WRAPPER(unregister_bus, bus_unregister, const struct bus_type *);
KUNIT_DEFINE_ACTION_WRAPPER(unregister_driver, driver_unregister, struct device_driver *);

static struct fake *fence_fake(struct kunit *test)
{
	struct fake_unit *funit;
	struct fake *fake;

	atomic_set(&nr_probes, 0);
	wants_no_dma = false;
	probe_result = 0;
	inside = NULL;
	KUNIT_ASSERT_EQ(test, bus_register(&fence_bus), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_bus,
							(void *)&fence_bus), 0);
	fake = fake_create(test);
	funit = fake_first_unit(fake);
	fake_unit_unregister(funit);
	funit->unit.bus = &fence_bus;
	fake_unit_reregister(funit);
	return fake;
}

static struct fake_device *fence_device(struct fake *fake)
{
	struct fake_device *fdev;

	fdev = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.max_pasids = MAX_PASIDS,
		.group = 1,
		.bus = &fence_bus,
	});
	KUNIT_ASSERT_NOT_NULL(fake->test, fdev->idev);
	return fdev;
}

static void driver_create(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, driver_register(&fence_driver), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver,
							&fence_driver), 0);
}

/* The driver core has tried everything that it would try. */
static void settle(void)
{
	msleep(100);
	wait_for_device_probe();
}

static bool comes_to_be_bound(struct fake_device *fdev)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		bool bound;

		/* A probe is over when the lock can be had. */
		device_lock(&fdev->dev);
		bound = fdev->dev.driver;
		device_unlock(&fdev->dev);
		if (bound)
			return true;
		msleep(10);
	}
	return false;
}

/*
 * By hand, and by itself: in that order, because 6.12 leaks the reason of a probe
 * that was put off by hand, unless the device waits for another one.
 */
static void expect_kept_away(struct kunit *test, struct fake_device *fdev)
{
	KUNIT_EXPECT_EQ(test, device_driver_attach(&fence_driver, &fdev->dev),
			-EAGAIN);
	KUNIT_EXPECT_LT(test, device_attach(&fdev->dev), 1);
	KUNIT_EXPECT_NULL(test, fdev->dev.driver);
}

/* A driver that comes meanwhile waits, and has its device afterwards. */
static void driver_waits(struct kunit *test)
{
	struct fake *fake = fence_fake(test);
	struct fake_device *a = fence_device(fake), *b = fence_device(fake);
	struct fake_device *late;
	struct iopasid_user *user = fake_claim(a, test);

	driver_create(test);
	KUNIT_EXPECT_NULL(test, a->dev.driver);
	KUNIT_EXPECT_NULL(test, b->dev.driver);
	late = fence_device(fake);
	KUNIT_EXPECT_NULL(test, late->dev.driver);
	expect_kept_away(test, b);
	settle();
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_probes), 0);

	iopasid_user_release(user);
	KUNIT_EXPECT_TRUE(test, comes_to_be_bound(a));
	KUNIT_EXPECT_TRUE(test, comes_to_be_bound(b));
	KUNIT_EXPECT_TRUE(test, comes_to_be_bound(late));
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_probes), 3);
	KUNIT_EXPECT_FALSE(test, b->idev->refused);
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
}

/* One that was unbound on purpose is not bound by the end of a claim. */
static void driver_that_did_not_ask(struct kunit *test)
{
	struct fake *fake = fence_fake(test);
	struct fake_device *a = fence_device(fake);
	struct iopasid_user *user;

	driver_create(test);
	KUNIT_ASSERT_TRUE(test, a->idev->bound);
	device_release_driver(&a->dev);
	user = fake_claim(a, test);
	iopasid_user_release(user);
	settle();
	KUNIT_EXPECT_NULL(test, a->dev.driver);
	KUNIT_EXPECT_EQ(test, device_attach(&a->dev), 1);
}

/* Drivers that stand by stay; when one goes nobody takes its place. */
static void driver_stands_by(struct kunit *test)
{
	struct fake *fake = fence_fake(test);
	struct fake_device *a = fence_device(fake), *b = fence_device(fake);
	struct iopasid_user *first, *second;

	wants_no_dma = true;
	driver_create(test);
	KUNIT_ASSERT_TRUE(test, a->idev->no_dma && b->idev->no_dma);
	first = fake_claim(a, test);
	second = fake_claim(b, test);
	KUNIT_EXPECT_PTR_EQ(test, a->dev.driver, &fence_driver);
	iopasid_user_release(second);
	device_release_driver(&b->dev);
	expect_kept_away(test, b);

	/* With the last claim's driver the group is free again. */
	device_release_driver(&a->dev);
	KUNIT_EXPECT_TRUE(test, comes_to_be_bound(b));
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_probes), 3);
	iopasid_user_release(first);
}

struct on_its_way {
	struct work_struct work;
	struct device *dev;
};

static void attach_work(struct work_struct *work)
{
	struct on_its_way *way = container_of(work, struct on_its_way, work);

	/* Both results are looked at by the test. */
	if (device_attach(way->dev) < 0)
		dev_err(way->dev, "not attached\n");
}

struct way_case {
	const char *name;
	int result;
};

static const struct way_case way_cases[] = {
	{ "succeeds", 0 },
	{ "fails", -EIO },
};

KUNIT_ARRAY_PARAM_DESC(way, way_cases, name);

/* A probe that has begun: no DMA for it, and no link in its way. */
static void driver_on_its_way(struct kunit *test)
{
	const struct way_case *c = test->param_value;
	DECLARE_COMPLETION_ONSTACK(stopped);
	DECLARE_COMPLETION_ONSTACK(go);
	struct fake *fake = fence_fake(test);
	struct fake_device *a = fence_device(fake), *b = fence_device(fake);
	struct on_its_way way = { .dev = &b->dev };
	struct iopasid_user *user;

	wants_no_dma = true;
	driver_create(test);
	device_release_driver(&b->dev);
	inside = &stopped;
	go_on = &go;
	probe_result = c->result;
	INIT_WORK_ONSTACK(&way.work, attach_work);
	schedule_work(&way.work);
	wait_for_completion(&stopped);

	/* It has the DMA API's word by now; that is in the way, and says so. */
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&b->dev), 0);
	user = fake_claim(a, test);
	complete(&go);
	flush_work(&way.work);
	destroy_work_on_stack(&way.work);
	if (c->result) {
		KUNIT_EXPECT_TRUE(test, fake_device_wait_unbound(b));
		expect_kept_away(test, b);
	} else {
		KUNIT_EXPECT_PTR_EQ(test, b->dev.driver, &fence_driver);
		KUNIT_EXPECT_FALSE(test, core_can_map(b));
	}
	iopasid_user_release(user);
	device_release_driver(&a->dev);
	device_release_driver(&b->dev);
}

/* Somebody has the device lock when a claim comes: the link comes later. */
static void lock_is_taken(struct kunit *test)
{
	struct fake *fake = fence_fake(test);
	struct fake_device *a = fence_device(fake), *b = fence_device(fake);
	struct iopasid_user *user;
	int ret = 0;
	unsigned int i;

	device_lock(&b->dev);
	user = fake_claim(a, test);
	KUNIT_EXPECT_FALSE(test, list_empty(&a->dev.links.suppliers));
	KUNIT_EXPECT_TRUE(test, list_empty(&b->dev.links.suppliers));
	device_unlock(&b->dev);
	for (i = 0; i < 1000 && !ret; i++) {
		msleep(10);
		device_lock(&b->dev);
		ret = !list_empty(&b->dev.links.suppliers);
		device_unlock(&b->dev);
	}
	KUNIT_EXPECT_EQ(test, ret, 1);
	iopasid_user_release(user);
	KUNIT_EXPECT_TRUE(test, list_empty(&b->dev.links.suppliers));
}

/* Devices and the unit go under a user. */
static void devices_go(struct kunit *test)
{
	struct fake *fake = fence_fake(test);
	struct fake_device *a = fence_device(fake), *b = fence_device(fake);
	struct iopasid_user *user = fake_claim(a, test);
	struct fake_device *late;

	device_del(&b->dev);
	KUNIT_EXPECT_NULL(test, b->idev);
	KUNIT_ASSERT_EQ(test, device_add(&b->dev), 0);
	KUNIT_EXPECT_NOT_NULL(test, b->idev);
	/* The driver core has done with one that went; not so with this. */
	late = fence_device(fake);
	driver_create(test);
	KUNIT_EXPECT_NULL(test, a->dev.driver);
	KUNIT_EXPECT_NULL(test, late->dev.driver);
	fake_unit_unregister(fake_first_unit(fake));
	/* Nobody manages them any more. */
	KUNIT_EXPECT_TRUE(test, comes_to_be_bound(a));
	KUNIT_EXPECT_TRUE(test, comes_to_be_bound(late));
	iopasid_user_release(user);
}

static struct kunit_case fence_cases[] = {
	KUNIT_CASE(driver_waits),
	KUNIT_CASE(driver_that_did_not_ask),
	KUNIT_CASE(driver_stands_by),
	KUNIT_CASE_PARAM(driver_on_its_way, way_gen_params),
	KUNIT_CASE(lock_is_taken),
	KUNIT_CASE(devices_go),
	{}
};

static struct kunit_suite fence_suite = {
	.name = "iopasid-core-fences",
	.test_cases = fence_cases,
};
kunit_test_suite(fence_suite);
