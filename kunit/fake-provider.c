// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the fake provider
 *
 * Everything that the provider contract says about units, domains and devices,
 * done in software, with the contract checked from the provider's side. A
 * broken contract is a complaint: a line in the log at once, from any context,
 * and a failure of the test that made the provider at its end.
 *
 * All calls go through fake_call_begin(): it records the call, shows it to the
 * test's hook and says whether this is the one that is to fail. A call that is
 * to fail has no other effect.
 *
 * Each provider has its own struct iopasid_provider, so that a second one is
 * "another provider" to the core. What a test makes is undone at its end, in
 * the order devices, units, provider; what is left over then is a complaint.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

#include "../drivers/core/core.h"

/**
 * fake_complain() - the core broke the contract
 * @fake: the provider
 * @what: how
 */
void fake_complain(struct fake *fake, const char *what)
{
	atomic_inc(&fake->nr_complaints);
	if (!fake->expect_complaints)
		pr_err("fake provider: %s\n", what);
}

/**
 * fake_call_begin() - an op is called
 * @fake: the provider
 * @call: the call; copied
 *
 * Return: 0, or the errno that the op must fail with.
 */
int fake_call_begin(struct fake *fake, const struct fake_call *call)
{
	struct fake_fail *fail = &fake->fail[call->op];
	unsigned long flags;
	int ret = 0;

	if (fake->hook)
		fake->hook(fake, call);
	spin_lock_irqsave(&fake->lock, flags);
	fake->nr_calls[call->op]++;
	if (fail->times) {
		if (fail->skip) {
			fail->skip--;
		} else {
			fail->times--;
			ret = fail->err;
		}
	}
	if (fake->nr_recorded < FAKE_MAX_CALLS) {
		fake->calls[fake->nr_recorded] = *call;
		fake->calls[fake->nr_recorded++].ret = ret;
	}
	spin_unlock_irqrestore(&fake->lock, flags);
	return ret;
}

/**
 * fake_fail_nth() - let one call of an op fail
 * @fake: the provider
 * @op: the op; one that cannot fail by its contract takes no notice
 * @nth: which call from now on, from 1; 0: none
 * @err: with this errno, negative
 */
void fake_fail_nth(struct fake *fake, enum fake_op op, unsigned int nth,
		   int err)
{
	spin_lock_irq(&fake->lock);
	fake->fail[op] = (struct fake_fail){
		.skip = nth ? nth - 1 : 0,
		.times = nth ? 1 : 0,
		.err = err,
	};
	spin_unlock_irq(&fake->lock);
}
EXPORT_SYMBOL_IF_KUNIT(fake_fail_nth);

/**
 * fake_fail_always() - let every call of an op fail
 * @fake: the provider
 * @op: the op
 * @err: with this errno, negative; 0: no more
 */
void fake_fail_always(struct fake *fake, enum fake_op op, int err)
{
	spin_lock_irq(&fake->lock);
	fake->fail[op] = (struct fake_fail){
		.times = err ? UINT_MAX : 0,
		.err = err,
	};
	spin_unlock_irq(&fake->lock);
}
EXPORT_SYMBOL_IF_KUNIT(fake_fail_always);

/**
 * fake_forget_calls() - start the record of calls anew
 * @fake: the provider
 */
void fake_forget_calls(struct fake *fake)
{
	spin_lock_irq(&fake->lock);
	memset(fake->nr_calls, 0, sizeof(fake->nr_calls));
	fake->nr_recorded = 0;
	spin_unlock_irq(&fake->lock);
}
EXPORT_SYMBOL_IF_KUNIT(fake_forget_calls);

/**
 * fake_calls() - how often an op was called
 * @fake: the provider
 * @op: the op
 *
 * Return: calls since the start, or since fake_forget_calls(); failed ones
 * included.
 */
unsigned int fake_calls(struct fake *fake, enum fake_op op)
{
	unsigned int nr_calls;

	spin_lock_irq(&fake->lock);
	nr_calls = fake->nr_calls[op];
	spin_unlock_irq(&fake->lock);
	return nr_calls;
}
EXPORT_SYMBOL_IF_KUNIT(fake_calls);

static int fake_pasid_alloc(struct iopasid_unit *unit, u32 min, u32 max,
			    u32 *pasid)
{
	struct fake *fake = container_of(unit, struct fake_unit, unit)->fake;
	int ret;

	ret = fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_PASID_ALLOC,
	});
	if (ret)
		return ret;
	/* From anywhere but the bottom, so that it shows whose number it is. */
	ret = xa_alloc(&fake->numbers, pasid, unit,
		       XA_LIMIT(min(min + 100, max), max), GFP_KERNEL);
	if (ret == -EBUSY)
		ret = xa_alloc(&fake->numbers, pasid, unit, XA_LIMIT(min, max),
			       GFP_KERNEL);
	return ret == -EBUSY ? -ENOSPC : ret;
}

static void fake_pasid_free(struct iopasid_unit *unit, u32 pasid)
{
	struct fake *fake = container_of(unit, struct fake_unit, unit)->fake;

	fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_PASID_FREE,
		.pasid = pasid,
	});
	if (xa_erase(&fake->numbers, pasid) != unit)
		fake_complain(fake, "pasid_free of a number that is not taken");
}

/**
 * fake_use_own_numbers() - PASID numbers come from this provider
 * @fake: the provider, before its first device comes
 */
void fake_use_own_numbers(struct fake *fake)
{
	fake->ops.pasid_alloc = fake_pasid_alloc;
	fake->ops.pasid_free = fake_pasid_free;
}
EXPORT_SYMBOL_IF_KUNIT(fake_use_own_numbers);

/**
 * fake_first_unit() - the unit that fake_create() made
 * @fake: the provider
 *
 * Return: the unit.
 */
struct fake_unit *fake_first_unit(struct fake *fake)
{
	return list_first_entry(&fake->units, struct fake_unit, node);
}
EXPORT_SYMBOL_IF_KUNIT(fake_first_unit);

/**
 * fake_unit_unregister() - a unit goes, with or without devices behind it
 * @funit: the unit; its record stays until the test ends
 */
void fake_unit_unregister(struct fake_unit *funit)
{
	struct fake *fake = funit->fake;
	struct fake_device *fdev;

	if (!funit->registered)
		return;
	iopasid_unit_unregister(&funit->unit);
	funit->registered = false;
	list_for_each_entry(fdev, &fake->devices, node) {
		if (fdev->config.unit != funit)
			continue;
		if (fdev->idev)
			fake_complain(fake, "the unit goes, its device stays");
		if (fdev->rid && fdev->rid != &fake->identity)
			fake_complain(fake, "the unit goes, a device does not pass through");
	}
}
EXPORT_SYMBOL_IF_KUNIT(fake_unit_unregister);

/**
 * fake_unit_reregister() - a unit that went comes back
 * @funit: a unit that is not registered; its devices are announced by the test
 */
void fake_unit_reregister(struct fake_unit *funit)
{
	KUNIT_ASSERT_EQ(funit->fake->test,
			iopasid_unit_register(&funit->unit), 0);
	funit->registered = true;
}
EXPORT_SYMBOL_IF_KUNIT(fake_unit_reregister);

/**
 * fake_unit_create() - one more unit, registered
 * @fake: the provider
 *
 * Return: the unit.
 */
struct fake_unit *fake_unit_create(struct fake *fake)
{
	static atomic_t ids = ATOMIC_INIT(0);
	struct fake_unit *funit = kzalloc(sizeof(*funit), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fake->test, funit);
	funit->fake = fake;
	snprintf(funit->name, sizeof(funit->name), "fake-unit%d",
		 atomic_inc_return(&ids));
	funit->unit.name = funit->name;
	funit->unit.provider = &fake->provider;
	funit->unit.dev = root_device_register(funit->name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(fake->test, funit->unit.dev);
	list_add_tail(&funit->node, &fake->units);
	fake_unit_reregister(funit);
	return funit;
}
EXPORT_SYMBOL_IF_KUNIT(fake_unit_create);

/*
 * The core may look at a device a little longer: a work item has it. And page
 * tables of a process go when nobody can be in the notifier any more.
 */
static void fake_wait_gone(struct fake *fake)
{
	unsigned int i;

	for (i = 0; i < 1000 && (atomic_read(&fake->nr_devices) ||
				 atomic_read(&fake->nr_domains)); i++)
		msleep(10);
	if (atomic_read(&fake->nr_devices))
		fake_complain(fake, "a device was never given back");
}

static void fake_destroy(void *data)
{
	struct fake *fake = data;
	struct fake_device *fdev, *next;
	struct fake_unit *funit, *next_unit;

	list_for_each_entry_safe(fdev, next, &fake->devices, node)
		fake_device_remove(fdev);
	list_for_each_entry_safe(funit, next_unit, &fake->units, node) {
		fake_unit_unregister(funit);
		root_device_unregister(funit->unit.dev);
		kfree(funit);
	}
	fake_wait_gone(fake);
	if (atomic_read(&fake->nr_domains))
		fake_complain(fake, "a domain was never freed");
	if (!xa_empty(&fake->numbers))
		fake_complain(fake, "a PASID number was never freed");
	xa_destroy(&fake->numbers);
	if (!fake->expect_complaints)
		KUNIT_EXPECT_EQ(fake->test, atomic_read(&fake->nr_complaints),
				0);
}

static const struct iopasid_unit_ops fake_unit_ops = {
	.probe_device = fake_probe_device,
	.release_device = fake_release_device,
	.device_group = fake_device_group,
	.default_domain_type = fake_default_domain_type,
	.domain_alloc_paging = fake_domain_alloc_paging,
	.domain_alloc_user = fake_domain_alloc_user,
	.domain_alloc_sva = fake_domain_alloc_sva,
	.hw_info = fake_hw_info,
	.resv_regions = fake_resv_regions,
	.page_response = fake_page_response,
	.drain_page_requests = fake_drain_page_requests,
};

/**
 * fake_create() - a provider with one unit
 * @test: the test; its end undoes everything
 *
 * Return: the provider, its unit registered.
 */
struct fake *fake_create(struct kunit *test)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->test = test;
	fake->ops = fake_unit_ops;
	fake->provider = (struct iopasid_provider){
		.name = "fake",
		.owner = THIS_MODULE,
		.ops = &fake->ops,
		.identity = &fake->identity,
		.blocked = &fake->blocked,
	};
	fake->identity = (struct iopasid_domain){
		.type = IOPASID_DOMAIN_IDENTITY,
		.provider = &fake->provider,
		.ops = &fake_static_ops,
	};
	fake->blocked = fake->identity;
	fake->blocked.type = IOPASID_DOMAIN_BLOCKED;
	fake->pgsizes = SZ_4K | SZ_2M | SZ_1G;
	fake->aperture_last = BIT_ULL(48) - 1;
	fake->caps = IOPASID_CAP_COHERENT | IOPASID_CAP_ENFORCE_COHERENCY |
		     IOPASID_CAP_DIRTY_TRACKING |
		     IOPASID_CAP_ISOLATED_INTERRUPTS;
	INIT_LIST_HEAD(&fake->units);
	INIT_LIST_HEAD(&fake->devices);
	init_rwsem(&fake->page_reports);
	spin_lock_init(&fake->lock);
	xa_init_flags(&fake->numbers, XA_FLAGS_ALLOC1);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fake_destroy,
							fake), 0);
	fake_unit_create(fake);
	return fake;
}
EXPORT_SYMBOL_IF_KUNIT(fake_create);

MODULE_DESCRIPTION("A provider in software, for KUnit");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
