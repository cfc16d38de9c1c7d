// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: devices and their drivers come and go
 *
 * Also in the wrong order: with PASIDs attached, between a failed probe and
 * its clean-up, with the unit going first; and the references to the
 * provider's module that keep it from going under a driver.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>
#include <linux/module.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/fault.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

static int provider_refs(struct fake *fake)
{
	return module_refcount(fake->provider.owner);
}

static void add_failures(struct kunit *test)
{
	static const enum fake_op ops[] = {
		FAKE_PROBE_DEVICE, FAKE_DEVICE_GROUP, FAKE_ATTACH_DEV,
	};
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;
	const char *before;
	unsigned int i;

	core_device(fake, 1);
	fdev = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1,
	});
	before = core_state(fake);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		fake_fail_nth(fake, ops[i], 1, -ENOMEM);
		fake_log_mark();
		KUNIT_EXPECT_EQ(test, iopasid_device_add(&fdev->dev), -ENOMEM);
		KUNIT_EXPECT_EQ(test, fake_log_lines("not taken",
						     dev_name(&fdev->dev)), 1);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
		KUNIT_EXPECT_NULL(test, fdev->idev);
		KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev, 1),
				-ENODEV);
	}
	/* A device that no unit is in front of is left alone, quietly. */
	fake_fail_nth(fake, FAKE_PROBE_DEVICE, 1, -ENODEV);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&fdev->dev), -ENODEV);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid",
					     dev_name(&fdev->dev)), 0);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&fdev->dev), 0);
	/* A second announcement is no second device. */
	before = core_state(fake);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&fdev->dev), 0);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_PROBE_DEVICE), 0);
}

static void unmanaged_device(struct kunit *test)
{
	const struct fake_device_config config = {};
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;

	fdev = fake_device_create_unannounced(fake, &config);
	fake_device_bind(fdev);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
	fake_device_unbind(fdev);
	fake_device_fail_probe_begin(fdev);
	fake_device_fail_probe_end(fdev);
	iopasid_device_remove(&fdev->dev);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_RELEASE_DEVICE), 0);
}

static void modules_are_held_by_drivers(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1), *foreign;
	int refs = provider_refs(fake);

	foreign = fake_device_create(fake, &(struct fake_device_config){
		.foreign = true,
	});
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
	fake_device_bind(a);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	fake_device_bind(b);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 2);
	fake_device_unbind(foreign);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 2);
	fake_device_unbind(a);
	/* A second notification finds nobody bound. */
	fake_device_unbind(a);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	/* Unplugged with its driver: unbound, then removed */
	fake_device_remove(b);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);

	/* Removed first, for whatever reason: the references go as well. */
	fake_device_bind(a);
	iopasid_device_remove(&a->dev);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
	a->dev.driver = NULL;
}

/* A page table is the provider's code at work: it holds the module. */
static void modules_are_held_by_domains(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	int refs = provider_refs(fake);
	struct iopasid_domain *domain = core_domain(fdev);

	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	fake_fail_nth(fake, FAKE_DOMAIN_ALLOC, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test,
			PTR_ERR_OR_ZERO(iopasid_domain_alloc_paging(&fdev->dev)),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	fake_device_remove(fdev);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	iopasid_domain_free(domain);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
}

/* Without the unit his device would reach all memory: as under a driver */
static void modules_are_held_by_users(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	int refs = provider_refs(fake);

	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&b->dev, test), -EBUSY);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	iopasid_group_release_user(&b->dev, fake);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	iopasid_group_release_user(&b->dev, test);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);

	/* To the end of the group */
	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	fake_device_remove(a);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	iopasid_device_remove(&b->dev);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
	iopasid_group_release_user(&b->dev, test);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
}

static void bind_and_unbind(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	const char *before = core_state(fake);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fake_device_bind(fdev);
		KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
		KUNIT_EXPECT_EQ(test, fdev->group->nr_bound, 1);
		KUNIT_EXPECT_TRUE(test, fdev->idev->bound);
		fake_device_unbind(fdev);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	}
}

/* The driver core gives managed DMA memory back after it said "not bound". */
static void failed_probe(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	const char *before = core_state(fake);
	int refs = provider_refs(fake);
	void *buf;

	fake_device_fail_probe_begin(fdev);
	buf = dmam_alloc_coherent(&fdev->dev, SZ_4K,
				  &(dma_addr_t){ 0 }, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, buf);
	/* Time for a clean-up that does not wait for us */
	msleep(50);
	KUNIT_EXPECT_TRUE(test, fdev->idev->bound);
	KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
	fake_log_mark();
	fake_device_fail_probe_end(fdev);
	KUNIT_EXPECT_TRUE(test, fake_device_wait_unbound(fdev));
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
	KUNIT_EXPECT_EQ(test, fake_log_lines("left", dev_name(&fdev->dev)), 0);
}

/* The next driver is probed before the clean-up of the first had its turn. */
static void second_driver_after_failed_probe(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	const char *before = core_state(fake), *bound;
	int refs = provider_refs(fake);

	fake_device_fail_probe_begin(fdev);
	fake_device_probe_next(fdev);
	bound = core_state(fake);
	KUNIT_EXPECT_TRUE(test, fdev->idev->bound);
	KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
	msleep(100);
	/* The clean-up finds a driver, and leaves it alone. */
	KUNIT_EXPECT_STREQ(test, core_state(fake), bound);
	KUNIT_EXPECT_EQ(test, fdev->group->nr_bound, 1);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs + 1);
	fake_device_unbind(fdev);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
}

/* What a driver left when its probe failed is not the next driver's. */
static void second_driver_starts_afresh(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	struct iopasid_domain *domain = core_domain(fdev);
	u32 pasid;

	fake_device_fail_probe_begin(fdev);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &fdev->dev, 7),
			0);
	KUNIT_EXPECT_EQ(test, iommu_attach_dma_api_pasid(&fdev->dev, &pasid),
			0);
	fake_device_probe_next(fdev);
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, 7));
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, pasid));
	KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
	fake_device_unbind(fdev);
	iopasid_domain_free(domain);
}

static void two_failed_probes(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	const char *before = core_state(fake);
	int refs = provider_refs(fake);
	unsigned int i;

	for (i = 0; i < 20; i++) {
		fake_device_fail_probe_begin(fdev);
		fake_device_fail_probe_end(fdev);
	}
	KUNIT_EXPECT_TRUE(test, fake_device_wait_unbound(fdev));
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
}

/* The device goes while the clean-up of its failed probe still waits. */
static void removal_after_failed_probe(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 1);
	struct fake_device *sibling = core_device(fake, 1);
	int refs = provider_refs(fake);

	fake_device_fail_probe_begin(fdev);
	iopasid_device_remove(&fdev->dev);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
	fake_device_fail_probe_end(fdev);
	fake_device_remove(fdev);
	msleep(100);
	KUNIT_EXPECT_EQ(test, provider_refs(fake), refs);
	KUNIT_EXPECT_EQ(test, sibling->group->nr_bound, 0);
	fake_device_bind(sibling);
	KUNIT_EXPECT_EQ(test, sibling->group->nr_bound, 1);
}

/*
 * Taken while a driver was bound, which then failed without a word to us: not
 * foreign for good.
 */
static void driver_on_its_way_out(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;

	fdev = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.foreign = true,
	});
	/* The prober holds it to the end of its clean-up. */
	device_lock(&fdev->dev);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&fdev->dev), 0);
	KUNIT_EXPECT_NE(test, work_busy(&fdev->idev->leave_work), 0);
	while (work_busy(&fdev->idev->leave_work) & WORK_BUSY_PENDING)
		cond_resched();
	KUNIT_EXPECT_TRUE(test, fdev->idev->foreign);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->identity);
	fdev->dev.driver = NULL;
	device_unlock(&fdev->dev);
	flush_work(&fdev->idev->leave_work);
	KUNIT_EXPECT_FALSE(test, fdev->idev->foreign);
	KUNIT_EXPECT_EQ(test, fake_reaches(fdev, 0)->type,
			IOPASID_DOMAIN_PAGING);
}

/* Taken while a driver is bound that stays: foreign, as long as it does */
static void driver_that_stays(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;

	fdev = fake_device_create(fake, &(struct fake_device_config){
		.foreign = true,
	});
	flush_work(&fdev->idev->leave_work);
	KUNIT_EXPECT_TRUE(test, fdev->idev->foreign);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->identity);
}

static void attach_all(struct kunit *test, struct iopasid_domain *domain,
		       struct fake_device *a, struct fake_device *b)
{
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 8), 0);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 9), 0);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7), 0);
}

struct leave_case {
	const char *name;
	bool bound;
	bool remove;
};

static const struct leave_case leave_cases[] = {
	{ "unbound",			true,	false },
	{ "unbound and removed",	true,	true },
	{ "removed, no driver",		false,	true },
};

KUNIT_ARRAY_PARAM_DESC(leave, leave_cases, name);

/* Detached from everything, said once; the sibling keeps what it has. */
static void leave_while_attached(struct kunit *test)
{
	const struct leave_case *c = test->param_value;
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(b);
	char name[32];

	strscpy(name, dev_name(&a->dev));
	if (c->bound)
		fake_device_bind(a);
	KUNIT_ASSERT_EQ(test, iopasid_pasid_reserve(&b->dev, 8), 0);
	attach_all(test, domain, a, b);
	fake_log_mark();
	fake_forget_calls(fake);
	if (c->remove)
		fake_device_remove(a);
	else
		fake_device_unbind(a);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DETACH_PASID), 3);
	KUNIT_EXPECT_EQ(test, fake_log_lines("3 PASID(s) attached", name), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid", name), 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 7), domain);
	/* 8 was somebody's before, 9 came and went with its attachment. */
	KUNIT_EXPECT_TRUE(test, core_number_taken(b, 8));
	KUNIT_EXPECT_FALSE(test, core_number_taken(b, 9));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);
	iopasid_domain_free(domain);
}

static void watch_blocked(struct fake *fake, const struct fake_call *call)
{
	unsigned int *blocked = fake->hook_data;

	/* The driver of a foreign device goes on all the while. */
	if (call->op == FAKE_ATTACH_DEV &&
	    call->domain->type != IOPASID_DOMAIN_IDENTITY)
		++*blocked;
}

/* The unit goes first: foreign drivers and attachments are still there. */
static void unit_goes_first(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_unit *funit = fake_first_unit(fake);
	struct fake_device *a, *b;
	struct iopasid_domain *domain;
	unsigned int blocked = 0;

	a = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = 1 << 5, .group = 1, .foreign = true,
	});
	b = core_device(fake, 1);
	domain = core_domain(a);
	attach_all(test, domain, a, b);

	fake->hook_data = &blocked;
	fake->hook = watch_blocked;
	fake_unit_unregister(funit);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, blocked, 0);
	KUNIT_EXPECT_TRUE(test, xa_empty(&a->pasids));
	KUNIT_EXPECT_TRUE(test, xa_empty(&b->pasids));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->identity);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), &fake->identity);

	/* Nobody's devices now */
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), -ENODEV);
	fake_device_unbind(a);
	iopasid_domain_free(domain);

	/* And somebody's again */
	fake_unit_reregister(funit);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&a->dev), 0);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&b->dev), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
	KUNIT_EXPECT_EQ(test, fake_reaches(a, 0)->type, IOPASID_DOMAIN_PAGING);
}

/*
 * The provider's module is being removed, its unit is still there: a driver
 * that comes then runs pass-through, before and after.
 */
static void provider_goes_under_a_probe(struct kunit *test)
{
	struct module *going = kunit_kzalloc(test, sizeof(*going), GFP_KERNEL);
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 1);
	struct fake_device *sibling = core_device(fake, 1);
	struct fake_device *other = core_device(fake, 0);
	unsigned int blocked = 0;
	u32 pasid;

	KUNIT_ASSERT_NOT_NULL(test, going);
	going->state = MODULE_STATE_GOING;
	fake->provider.owner = going;
	fake_device_bind(fdev);
	KUNIT_EXPECT_FALSE(test, fdev->idev->bound);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->identity);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(sibling, 0), &fake->identity);
	KUNIT_EXPECT_EQ(test, fdev->group->nr_foreign, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 1);
	/* Announced once more, it is one driver. */
	iopasid_device_bind(&fdev->dev);
	KUNIT_EXPECT_EQ(test, fdev->group->nr_foreign, 1);
	/* No page table whose code would go, but pass-through needs none. */
	KUNIT_EXPECT_EQ(test,
			PTR_ERR_OR_ZERO(iopasid_domain_alloc_paging(&fdev->dev)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, iommu_attach_dma_api_pasid(&fdev->dev, &pasid),
			0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, pasid), &fake->identity);
	/* No user either */
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&other->dev, test),
			-ENODEV);

	fake->hook_data = &blocked;
	fake->hook = watch_blocked;
	fake_log_mark();
	fake_unit_unregister(fake_first_unit(fake));
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, blocked, 0);
	KUNIT_EXPECT_EQ(test, fake_log_lines("PASID(s) attached",
					     dev_name(&fdev->dev)), 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->identity);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
	fake_device_unbind(fdev);
}

/* The same, and the unit does not answer: said, and tried again as it goes. */
static void provider_goes_and_does_not_answer(struct kunit *test)
{
	struct module *going = kunit_kzalloc(test, sizeof(*going), GFP_KERNEL);
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);

	KUNIT_ASSERT_NOT_NULL(test, going);
	going->state = MODULE_STATE_GOING;
	fake->provider.owner = going;
	fake_fail_nth(fake, FAKE_ATTACH_DEV, 1, -ETIMEDOUT);
	fake_log_mark();
	fake_device_bind(fdev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("group", "stay at the translated domain"),
			1);
	KUNIT_EXPECT_EQ(test, fake_reaches(fdev, 0)->type,
			IOPASID_DOMAIN_PAGING);
	fake_unit_unregister(fake_first_unit(fake));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->identity);
	fake_device_unbind(fdev);
}

static void two_units(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_unit *second = fake_unit_create(fake);
	struct fake_device *a = core_device(fake, 0), *b;

	b = fake_device_create(fake, &(struct fake_device_config){
		.unit = second, .max_pasids = 1 << 5,
	});
	KUNIT_EXPECT_PTR_EQ(test, b->idev->unit, &second->unit);
	KUNIT_EXPECT_PTR_NE(test, a->idev->unit, &second->unit);
	fake_unit_unregister(second);
	KUNIT_EXPECT_EQ(test, fake_reaches(a, 0)->type, IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_NULL(test, b->idev);
}

static void faults_are_counted(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	struct iopasid_unit *unit = fdev->idev->unit;
	struct iopasid_fault fault = {
		.dev = &fdev->dev, .source_id = 0x0102, .pasid = 7,
		.addr = 0x5000, .write = true, .reason = 0x21, .text = "test",
	};

	fake_log_mark();
	iopasid_report_fault(unit, &fault);
	fault.dev = NULL;
	iopasid_report_fault(unit, &fault);
	KUNIT_EXPECT_EQ(test, atomic64_read(&unit->nr_faults), 2);
	KUNIT_EXPECT_EQ(test, fake_log_lines("DMA write by", dev_name(&fdev->dev)),
			1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("source id 0x0102",
					     "PASID 0x7 address 0x5000"), 1);
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(add_failures),
	KUNIT_CASE(unmanaged_device),
	KUNIT_CASE(modules_are_held_by_drivers),
	KUNIT_CASE(modules_are_held_by_domains),
	KUNIT_CASE(modules_are_held_by_users),
	KUNIT_CASE(bind_and_unbind),
	KUNIT_CASE(failed_probe),
	KUNIT_CASE(second_driver_after_failed_probe),
	KUNIT_CASE(second_driver_starts_afresh),
	KUNIT_CASE(two_failed_probes),
	KUNIT_CASE(removal_after_failed_probe),
	KUNIT_CASE(driver_on_its_way_out),
	KUNIT_CASE(driver_that_stays),
	KUNIT_CASE_PARAM(leave_while_attached, leave_gen_params),
	KUNIT_CASE(unit_goes_first),
	KUNIT_CASE(provider_goes_under_a_probe),
	KUNIT_CASE(provider_goes_and_does_not_answer),
	KUNIT_CASE(two_units),
	KUNIT_CASE(faults_are_counted),
	{}
};

static struct kunit_suite device_suite = {
	.name = "iopasid-core-devices",
	.test_cases = device_cases,
};
kunit_test_suite(device_suite);
