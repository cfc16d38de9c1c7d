// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: PASID numbers
 *
 * Numbers of a group come from the bottom or by choice, global ones from the
 * top; limits are those of the device at hand; a collision is refused; what
 * ends gives its numbers back.
 */
#include <kunit/test.h>

#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

/* Expect the lowest free number in [min, max] to be @want, or an errno. */
static void expect_alloc(struct kunit *test, struct fake_device *fdev, u32 min,
			 u32 max, int want)
{
	u32 pasid = 0;
	int ret = iopasid_pasid_alloc(&fdev->dev, min, max, &pasid);

	KUNIT_EXPECT_EQ_MSG(test, ret ?: (int)pasid, want, "[%u, %u]", min,
			    max);
}

static void expect_global(struct kunit *test, u32 max, int want)
{
	u32 pasid = 0;
	int ret = iopasid_pasid_alloc_global(max, &pasid);

	KUNIT_EXPECT_EQ_MSG(test, ret ?: (int)pasid, want, "up to %u", max);
}

static void lowest_first(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	u32 pasid;

	for (pasid = 1; pasid <= 20; pasid++)
		expect_alloc(test, fdev, 0, MAX_PASIDS - 1, pasid);
	iopasid_pasid_free(&fdev->dev, 13);
	iopasid_pasid_free(&fdev->dev, 4);
	expect_alloc(test, fdev, 5, U32_MAX, 13);
	expect_alloc(test, fdev, 1, U32_MAX, 4);
	expect_alloc(test, fdev, 1, U32_MAX, 21);
	expect_alloc(test, fdev, 64, 64, 64);
	expect_alloc(test, fdev, 64, 64, -ENOSPC);
	expect_alloc(test, fdev, 10, 9, -ENOSPC);
	/* Numbers are the group's until the group ends. */
}

struct limit_case {
	const char *name;
	u32 max_pasids;
	u32 last;
	int too_far;
};

static const struct limit_case limit_cases[] = {
	{ "20 bits",	MAX_PASIDS,	MAX_PASIDS - 1,	-EINVAL },
	{ "5 bits",	1 << 5,		31,		-EINVAL },
	{ "1 bit",	1 << 1,		1,		-EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(limit, limit_cases, name);

static void limits(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;
	const char *before;

	fdev = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = c->max_pasids,
	});
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, c->last + 1),
			c->too_far);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, U32_MAX),
			c->too_far);
	expect_alloc(test, fdev, c->last + 1, U32_MAX, -ENOSPC);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	expect_alloc(test, fdev, c->last, U32_MAX, c->last);
	expect_alloc(test, fdev, c->last, U32_MAX, -ENOSPC);
	iopasid_pasid_free(&fdev->dev, c->last);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, c->last), 0);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, c->last),
			-EBUSY);
	iopasid_pasid_free(&fdev->dev, c->last);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
}

static void device_without_pasids(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;

	fdev = fake_device_create(fake, &(struct fake_device_config){});
	expect_alloc(test, fdev, 1, U32_MAX, -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, 1),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, 0),
			-EOPNOTSUPP);
}

static void exhaustion(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *narrow, *wide;
	u32 pasid;

	narrow = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = 1 << 5, .group = 1,
	});
	wide = core_device(fake, 1);
	for (pasid = 1; pasid <= 31; pasid++)
		expect_alloc(test, narrow, 1, U32_MAX, pasid);
	expect_alloc(test, narrow, 1, U32_MAX, -ENOSPC);
	/* The group's numbers are one space, the limits are each device's. */
	expect_alloc(test, wide, 1, U32_MAX, 32);
	iopasid_pasid_free(&wide->dev, 17);
	expect_alloc(test, narrow, 1, U32_MAX, 17);
	expect_alloc(test, narrow, 1, U32_MAX, -ENOSPC);
}

static void groups_do_not_see_each_other(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *sibling = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 2);

	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&a->dev, 5), 0);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&sibling->dev, 5), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&b->dev, 5), 0);
	iopasid_pasid_free(&sibling->dev, 5);
	KUNIT_EXPECT_FALSE(test, core_number_taken(a, 5));
	KUNIT_EXPECT_TRUE(test, core_number_taken(b, 5));
	/* Free of what is not taken: no effect on anybody */
	iopasid_pasid_free(&a->dev, 5);
	iopasid_pasid_free(&a->dev, 0);
	iopasid_pasid_free(&a->dev, U32_MAX);
	KUNIT_EXPECT_TRUE(test, core_number_taken(b, 5));
	iopasid_pasid_free(&b->dev, 5);
	expect_global(test, 5, 5);
	iopasid_pasid_free_global(5);
}

static void attach_takes_its_number(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);

	/* A number that nobody has: taken by attach, freed by the last detach */
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 1), 0);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 1), 0);
	expect_alloc(test, a, 1, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&b->dev, 1), -EBUSY);
	expect_global(test, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 1), 0);
	KUNIT_EXPECT_TRUE(test, core_number_taken(a, 1));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 1), 0);
	KUNIT_EXPECT_FALSE(test, core_number_taken(a, 1));
	expect_global(test, 1, 1);
	iopasid_pasid_free_global(1);

	/* A number that somebody has stays his. */
	expect_alloc(test, a, 1, 1, 1);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 1), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 1), 0);
	KUNIT_EXPECT_TRUE(test, core_number_taken(a, 1));
	iopasid_pasid_free(&a->dev, 1);
	KUNIT_EXPECT_FALSE(test, core_number_taken(a, 1));
	iopasid_domain_free(domain);
}

static void global_from_the_top(struct kunit *test)
{
	expect_global(test, 0, -EINVAL);
	expect_global(test, MAX_PASIDS, -EINVAL);
	expect_global(test, U32_MAX, -EINVAL);
	expect_global(test, MAX_PASIDS - 1, MAX_PASIDS - 1);
	expect_global(test, MAX_PASIDS - 1, MAX_PASIDS - 2);
	expect_global(test, 3, 3);
	expect_global(test, 3, 2);
	expect_global(test, 3, 1);
	expect_global(test, 3, -ENOSPC);
	expect_global(test, 4, 4);
	iopasid_pasid_free_global(2);
	expect_global(test, 4, 2);
	iopasid_pasid_free_global(1);
	iopasid_pasid_free_global(2);
	iopasid_pasid_free_global(3);
	iopasid_pasid_free_global(4);
	iopasid_pasid_free_global(MAX_PASIDS - 1);
	iopasid_pasid_free_global(MAX_PASIDS - 2);
}

/* A number is global or some groups', never both. */
static void global_against_groups(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 2);
	struct iopasid_domain *domain = core_domain(a);

	/* Global first: no group can have it ... */
	expect_global(test, 5, 5);
	expect_alloc(test, a, 5, 5, -ENOSPC);
	expect_alloc(test, a, 5, 6, 6);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&a->dev, 5), -EBUSY);
	KUNIT_EXPECT_FALSE(test, core_number_taken(a, 5));
	/* ... but its owner can attach it, everywhere. */
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 5), 0);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 5), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 5), 0);
	expect_global(test, 5, 4);
	expect_alloc(test, a, 5, 5, -ENOSPC);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 5), 0);
	iopasid_pasid_free_global(5);
	iopasid_pasid_free_global(4);

	/* Groups first: it is global only when the last of them gave it up. */
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&a->dev, 5), 0);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&b->dev, 5), 0);
	expect_global(test, 5, 4);
	iopasid_pasid_free_global(4);
	iopasid_pasid_free(&a->dev, 5);
	expect_global(test, 5, 4);
	iopasid_pasid_free_global(4);
	iopasid_pasid_free(&b->dev, 5);
	expect_global(test, 5, 5);
	iopasid_pasid_free_global(5);
	iopasid_pasid_free(&a->dev, 6);
	iopasid_domain_free(domain);
}

static void freed_when_the_group_ends(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);

	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&a->dev, 9), 0);
	expect_alloc(test, b, 3, 9, 3);
	fake_device_remove(a);
	/* Its sibling keeps the group, and the group its numbers. */
	KUNIT_EXPECT_TRUE(test, core_number_taken(b, 9));
	expect_global(test, 9, 8);
	iopasid_pasid_free_global(8);
	fake_device_remove(b);
	expect_global(test, 9, 9);
	expect_global(test, 3, 3);
	iopasid_pasid_free_global(9);
	iopasid_pasid_free_global(3);
}

static void numbers_of_the_provider(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct iopasid_domain *domain;
	struct fake_device *a, *b;
	u32 pasid, second;

	fake_use_own_numbers(fake);
	a = core_device(fake, 1);
	b = core_device(fake, 2);
	domain = core_domain(a);

	KUNIT_EXPECT_EQ(test, iopasid_pasid_alloc(&a->dev, 1, U32_MAX, &pasid),
			0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_PASID_ALLOC), 1);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(&fake->numbers, pasid),
			    (void *)a->idev->unit);
	/* Chosen numbers would be numbers that the provider knows nothing of. */
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&a->dev, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 1),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, pasid),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, pasid), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_PASID_FREE), 0);

	/* One space for all groups of the unit */
	KUNIT_EXPECT_EQ(test, iopasid_pasid_alloc(&b->dev, 1, U32_MAX, &second),
			0);
	KUNIT_EXPECT_NE(test, pasid, second);
	iopasid_pasid_free(&a->dev, pasid);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_PASID_FREE), 1);
	KUNIT_EXPECT_NULL(test, xa_load(&fake->numbers, pasid));

	fake_fail_nth(fake, FAKE_PASID_ALLOC, 1, -ENOSPC);
	expect_alloc(test, a, 1, U32_MAX, -ENOSPC);
	/* The range is asked of the provider, cut by the device's limit. */
	expect_alloc(test, a, 70, 70, 70);
	expect_alloc(test, a, 70, 70, -ENOSPC);
	iopasid_domain_free(domain);

	/* Given back when the groups end: the fake complains if not. */
	fake_device_remove(a);
	fake_device_remove(b);
	KUNIT_EXPECT_TRUE(test, xa_empty(&fake->numbers));
}

/* The provider hands out a number that is global here: back it goes. */
static void provider_number_is_global(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct iopasid_domain *domain;
	struct fake_device *fdev;

	fake_use_own_numbers(fake);
	fdev = core_device(fake, 0);
	domain = core_domain(fdev);
	expect_global(test, 50, 50);
	expect_alloc(test, fdev, 50, 50, -ENOSPC);
	KUNIT_EXPECT_FALSE(test, core_number_taken(fdev, 50));
	KUNIT_EXPECT_TRUE(test, xa_empty(&fake->numbers));
	/* A global number is attached and left without the provider's say. */
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(domain, &fdev->dev, 50),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev, 50), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_PASID_FREE), 1);
	iopasid_pasid_free_global(50);
	iopasid_domain_free(domain);
}

static struct kunit_case number_cases[] = {
	KUNIT_CASE(lowest_first),
	KUNIT_CASE_PARAM(limits, limit_gen_params),
	KUNIT_CASE(device_without_pasids),
	KUNIT_CASE(exhaustion),
	KUNIT_CASE(groups_do_not_see_each_other),
	KUNIT_CASE(attach_takes_its_number),
	KUNIT_CASE(global_from_the_top),
	KUNIT_CASE(global_against_groups),
	KUNIT_CASE(freed_when_the_group_ends),
	KUNIT_CASE(numbers_of_the_provider),
	KUNIT_CASE(provider_number_is_global),
	{}
};

static struct kunit_suite number_suite = {
	.name = "iopasid-core-numbers",
	.test_cases = number_cases,
};
kunit_test_suite(number_suite);
