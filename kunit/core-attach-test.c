// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: attach and detach
 *
 * The rows of the table of attachments: who may attach what where, who joins,
 * who is refused with which errno, what is left when somebody leaves, and in
 * which order record and hardware change.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

struct limit_case {
	const char *name;
	u32 max_pasids;
	u32 pasid;
	int ret;
};

static const struct limit_case limit_cases[] = {
	{ "20 bits, the first",		MAX_PASIDS, 1, 0 },
	{ "20 bits, the last",		MAX_PASIDS, MAX_PASIDS - 1, 0 },
	{ "20 bits, none",		MAX_PASIDS, 0, -EINVAL },
	{ "20 bits, one too many",	MAX_PASIDS, MAX_PASIDS, -EINVAL },
	{ "20 bits, PASID_INVALID",	MAX_PASIDS, U32_MAX, -EINVAL },
	{ "5 bits, the first",		1 << 5, 1, 0 },
	{ "5 bits, the last",		1 << 5, 31, 0 },
	{ "5 bits, none",		1 << 5, 0, -EINVAL },
	{ "5 bits, one too many",	1 << 5, 32, -EINVAL },
	{ "5 bits, the last of 20",	1 << 5, MAX_PASIDS - 1, -EINVAL },
	{ "no PASIDs, the first",	0, 1, -EOPNOTSUPP },
	{ "no PASIDs, none",		0, 0, -EOPNOTSUPP },
};

KUNIT_ARRAY_PARAM_DESC(limit, limit_cases, name);

static void attach_limits(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;
	struct iopasid_domain *domain;
	const char *before;

	fdev = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = c->max_pasids,
	});
	domain = core_domain(fdev);
	KUNIT_EXPECT_EQ(test, iopasid_max_pasids(&fdev->dev), c->max_pasids);

	before = core_state(fake);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &fdev->dev,
						       c->pasid), c->ret);
	if (c->ret) {
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
		KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	} else {
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, c->pasid), domain);
		KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_PASID), 1);
		KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev,
							       c->pasid), 0);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	}
	iopasid_domain_free(domain);
}

/* Every member has its own limit, whatever the group's other members can do. */
static void limit_is_each_members_own(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *wide, *narrow, *none;
	struct iopasid_domain *domain;

	wide = core_device(fake, 1);
	narrow = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = 1 << 5, .group = 1,
	});
	none = fake_device_create(fake, &(struct fake_device_config){
		.group = 1,
	});
	domain = core_domain(wide);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &wide->dev, 32),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &narrow->dev, 32),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &none->dev, 32),
			-EOPNOTSUPP);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(wide, 32), domain);
	KUNIT_EXPECT_NULL(test, fake_reaches(narrow, 32));
	KUNIT_EXPECT_NULL(test, fake_reaches(none, 32));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&wide->dev, 32), 0);
	iopasid_domain_free(domain);
}

static void unmanaged_device(struct kunit *test)
{
	const struct fake_device_config config = { .max_pasids = 64 };
	struct fake *fake = fake_create(test);
	struct fake_device *stranger, *fdev = core_device(fake, 0);
	struct iopasid_domain *domain = core_domain(fdev);
	u32 pasid;

	stranger = fake_device_create_unannounced(fake, &config);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &stranger->dev,
						       1), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(domain, &stranger->dev,
							1), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&stranger->dev, 1),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&stranger->dev, 1),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_alloc(&stranger->dev, 1, 9, &pasid),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_max_pasids(&stranger->dev), 0);
	iopasid_pasid_free(&stranger->dev, 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_paging(&stranger->dev)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_dma_domain(&stranger->dev)),
			-ENODEV);
	iopasid_domain_free(domain);
}

static void domain_of_another_provider(struct kunit *test)
{
	struct fake *fake = fake_create(test), *other = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	struct fake_device *stranger = core_device(other, 0);
	struct iopasid_domain *domain = core_domain(stranger);
	const char *before = core_state(fake);

	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &fdev->dev, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(&other->identity,
						       &fdev->dev, 1), -EINVAL);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	iopasid_domain_free(domain);
}

static void sibling_joins(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct fake_device *c = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_attachment *att;

	KUNIT_ASSERT_PTR_EQ(test, a->group, b->group);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	KUNIT_EXPECT_NULL(test, fake_reaches(b, 7));
	att = xa_load(&a->group->pasids, 7);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7), 0);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(&a->group->pasids, 7), (void *)att);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 7), domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 7), domain);
	/* Programmed only where somebody joined */
	KUNIT_EXPECT_NULL(test, fake_reaches(c, 7));
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_PASID), 2);

	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	KUNIT_EXPECT_NULL(test, fake_reaches(a, 7));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 7), domain);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(&a->group->pasids, 7), (void *)att);
	/* The one that left may come back */
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 7), domain);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	KUNIT_EXPECT_NULL(test, xa_load(&a->group->pasids, 7));
	iopasid_domain_free(domain);
}

static void other_domain_is_busy(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct fake_device *apart = core_device(fake, 0);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_domain *other = core_domain(a);
	const char *before;

	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	before = core_state(fake);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(other, &b->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(other, &a->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(&fake->identity, &b->dev,
						       7), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	/* Another PASID, or another group, is another matter. */
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(other, &b->dev, 8), 0);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(other, &apart->dev, 7),
			0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 7), domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 8), other);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(apart, 7), other);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&apart->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 8), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	iopasid_domain_free(other);
	iopasid_domain_free(domain);
}

static void same_device_twice_is_busy(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	const char *before;

	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7), 0);
	before = core_state(fake);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);
	iopasid_domain_free(domain);
}

static void detach_of_nothing(struct kunit *test)
{
	static const u32 pasids[] = { 0, 1, 7, 9, MAX_PASIDS, U32_MAX };
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	const char *before;
	unsigned int i;

	/* At 7 only the sibling is attached, 9 is a number without attachment. */
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&a->dev, 9), 0);
	before = core_state(fake);
	fake_forget_calls(fake);
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev,
							       pasids[i]),
				-ENOENT);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	iopasid_pasid_free(&a->dev, 9);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);
	iopasid_domain_free(domain);
}

/* One domain at many PASIDs of many devices; static domains as well. */
static void many_pasids(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 0);
	struct iopasid_domain *domain = core_domain(a);
	const char *before = core_state(fake);
	u32 pasid;

	for (pasid = 1; pasid <= 10; pasid++) {
		KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev,
							       pasid), 0);
		KUNIT_EXPECT_EQ(test,
				iopasid_attach_dev_pasid(&fake->identity,
							 &b->dev, pasid), 0);
	}
	for (pasid = 1; pasid <= 10; pasid++) {
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, pasid), domain);
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, pasid),
				    &fake->identity);
	}
	for (pasid = 1; pasid <= 10; pasid++) {
		KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, pasid),
				0);
		KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, pasid),
				0);
		KUNIT_EXPECT_NULL(test, fake_reaches(a, pasid));
	}
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	iopasid_domain_free(domain);
}

static void failing_hardware(struct kunit *test)
{
	static const int errors[] = { -ENOMEM, -ENOSPC, -EINVAL, -EOPNOTSUPP };
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	const char *before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		/* The first member: no record and no number is left. */
		before = core_state(fake);
		fake_fail_nth(fake, FAKE_ATTACH_PASID, 1, errors[i]);
		KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev,
							       7), errors[i]);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);

		/* A joining one: the record stays as it was. */
		KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev,
							       7), 0);
		before = core_state(fake);
		fake_fail_nth(fake, FAKE_ATTACH_PASID, 1, errors[i]);
		KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev,
							       7), errors[i]);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
		KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	}
	iopasid_domain_free(domain);
}

/* What the hook of the next test saw */
struct order {
	unsigned int attaches;
	unsigned int detaches;
	unsigned int published_early;
	unsigned int number_not_taken;
	unsigned int unpublished_late;
};

static void watch_order(struct fake *fake, const struct fake_call *call)
{
	struct iopasid_group *group = call->fdev ? call->fdev->group : NULL;
	struct order *order = fake->hook_data;
	struct iopasid_attachment *att;
	struct iopasid_join *join;

	if (call->op != FAKE_ATTACH_PASID && call->op != FAKE_DETACH_PASID)
		return;
	att = xa_load(&group->pasids, call->pasid);
	if (call->op == FAKE_ATTACH_PASID) {
		order->attaches++;
		order->number_not_taken +=
			!core_number_taken(call->fdev, call->pasid);
	} else {
		order->detaches++;
	}
	if (!att)
		return;
	list_for_each_entry(join, &att->joined, node) {
		if (join->idev != call->fdev->idev)
			continue;
		order->published_early += call->op == FAKE_ATTACH_PASID;
		order->unpublished_late += call->op == FAKE_DETACH_PASID;
	}
	if (list_empty(&att->joined)) {
		order->published_early += call->op == FAKE_ATTACH_PASID;
		order->unpublished_late += call->op == FAKE_DETACH_PASID;
	}
}

/* Reserve, program, publish; unpublish, clear. */
static void order_of_record_and_hardware(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct order order = {};

	fake->hook_data = &order;
	fake->hook = watch_order;
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	KUNIT_EXPECT_NOT_NULL(test, xa_load(&a->group->pasids, 7));
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);
	fake->hook = NULL;

	KUNIT_EXPECT_EQ(test, order.attaches, 2);
	KUNIT_EXPECT_EQ(test, order.detaches, 2);
	KUNIT_EXPECT_EQ(test, order.number_not_taken, 0);
	KUNIT_EXPECT_EQ(test, order.published_early, 0);
	KUNIT_EXPECT_EQ(test, order.unpublished_late, 0);
	iopasid_domain_free(domain);
}

static void late_joiner_gets_no_pasid(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *late;
	struct iopasid_domain *domain = core_domain(a);

	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	late = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, late->group, a->group);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), fake_reaches(a, 0));
	KUNIT_EXPECT_NULL(test, fake_reaches(late, 7));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&late->dev, 7), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &late->dev, 7),
			0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 7), domain);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&late->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	iopasid_domain_free(domain);
}

/* The DMA API's own PASID comes and goes with the DMA API's own calls. */
static void pasid_of_the_dma_api(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	const char *before;
	u32 pasid;

	fake_device_bind(a);
	KUNIT_ASSERT_EQ(test, iommu_attach_dma_api_pasid(&a->dev, &pasid), 0);
	before = core_state(fake);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, pasid), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(domain, &a->dev, pasid),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, pasid),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, pasid),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, pasid),
			-ENOENT);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	iommu_destroy_dma_api_pasid(&a->dev);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, pasid),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, pasid), 0);
	iopasid_domain_free(domain);
}

static void group_of_a_user(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_user *user;
	const char *before;

	user = fake_claim(a, test);
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(domain, &b->dev, 7),
			-EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	iopasid_user_release(user);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	iopasid_domain_free(domain);
}

static struct kunit_case attach_cases[] = {
	KUNIT_CASE_PARAM(attach_limits, limit_gen_params),
	KUNIT_CASE(limit_is_each_members_own),
	KUNIT_CASE(unmanaged_device),
	KUNIT_CASE(domain_of_another_provider),
	KUNIT_CASE(sibling_joins),
	KUNIT_CASE(other_domain_is_busy),
	KUNIT_CASE(same_device_twice_is_busy),
	KUNIT_CASE(detach_of_nothing),
	KUNIT_CASE(many_pasids),
	KUNIT_CASE(failing_hardware),
	KUNIT_CASE(order_of_record_and_hardware),
	KUNIT_CASE(late_joiner_gets_no_pasid),
	KUNIT_CASE(pasid_of_the_dma_api),
	KUNIT_CASE(group_of_a_user),
	{}
};

static struct kunit_suite attach_suite = {
	.name = "iopasid-core-attachments",
	.test_cases = attach_cases,
};
kunit_test_suite(attach_suite);

MODULE_DESCRIPTION("KUnit tests of drivers/core");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
