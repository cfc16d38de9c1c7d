// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: PASIDs of user contexts
 *
 * With all of a group, or beside a driver that goes on. A PASID is one context's
 * or the kernel's, and only who attached it can change it.
 */
#include <kunit/test.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

static struct iopasid_user *claim_pasids(struct fake_device *fdev, void *ctx)
{
	return iopasid_user_claim(&fdev->dev, ctx, IOPASID_USER_PASIDS);
}

/* A device alone in its group, whose driver DMAs, with a claim on it */
struct beside {
	struct fake *fake;
	struct fake_device *fdev;
	struct iopasid_domain *domain;
	struct iopasid_domain *other;
	struct iopasid_user *user;
};

static void beside_begin(struct kunit *test, struct beside *b)
{
	b->fake = fake_create(test);
	b->fdev = core_device(b->fake, 0);
	b->domain = core_domain(b->fdev);
	b->other = core_domain(b->fdev);
	fake_device_bind(b->fdev);
	b->user = claim_pasids(b->fdev, b);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b->user);
}

static void beside_end(struct kunit *test, struct beside *b)
{
	iopasid_user_release(b->user);
	KUNIT_EXPECT_TRUE(test, core_can_map(b->fdev));
	fake_device_unbind(b->fdev);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(b->fake, b->domain));
	iopasid_domain_free(b->domain);
	iopasid_domain_free(b->other);
}

static void expect_no_claim(struct kunit *test, struct fake_device *fdev,
			    int err)
{
	const char *before = core_state(fdev->fake);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(claim_pasids(fdev, test)), err);
	KUNIT_EXPECT_STREQ(test, core_state(fdev->fake), before);
}

static void claim_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *b, *foreign, *none;
	struct iopasid_user *user;

	expect_no_claim(test, a, -ENODEV);
	foreign = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = 32, .foreign = true,
	});
	expect_no_claim(test, foreign, -ENODEV);
	none = fake_device_create(fake, &(struct fake_device_config){});
	fake_device_bind(none);
	expect_no_claim(test, none, -EOPNOTSUPP);

	/* Two that cannot be kept apart, whatever the other one does */
	fake_device_bind(a);
	b = core_device(fake, 1);
	expect_no_claim(test, a, -EPERM);
	fake_device_remove(b);

	/* Somebody has all of it. */
	KUNIT_ASSERT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	user = fake_claim(a, fake);
	expect_no_claim(test, a, -EBUSY);
	iopasid_user_release(user);
	user = claim_pasids(a, test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, user);
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), -EBUSY);
	iopasid_user_release(user);
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), 0);
}

/* The driver goes on: RID, mappings, the DMA API's PASID, its own ones. */
static void driver_goes_on(struct kunit *test)
{
	struct iopasid_domain *rid;
	struct beside b;
	u32 pasid;

	beside_begin(test, &b);
	rid = fake_reaches(b.fdev, 0);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(b.user, b.domain, 0),
			-EPERM);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(b.user, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, 1), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 1), b.domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 0), rid);
	KUNIT_EXPECT_EQ(test, b.fdev->group->owner, IOPASID_OWNER_DMA);
	KUNIT_EXPECT_TRUE(test, core_can_map(b.fdev));

	/* The lowest that is free: not the user's */
	KUNIT_EXPECT_EQ(test, iommu_attach_dma_api_pasid(&b.fdev->dev, &pasid),
			0);
	KUNIT_EXPECT_EQ(test, pasid, 2);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, pasid),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, rid, pasid), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(b.user, pasid), -ENOENT);
	iommu_destroy_dma_api_pasid(&b.fdev->dev);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 1), b.domain);
	beside_end(test, &b);
}

/* What is the kernel's is not a user's, and the other way round. */
static void kernel_and_user(struct kunit *test)
{
	struct device *dev;
	struct beside b;
	const char *before;
	u32 global;

	beside_begin(test, &b);
	dev = &b.fdev->dev;
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(b.domain, dev, 7), 0);
	KUNIT_ASSERT_EQ(test, iopasid_pasid_reserve(dev, 8), 0);
	KUNIT_ASSERT_EQ(test, iopasid_pasid_alloc_global(9, &global), 0);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(b.user, b.domain, 10), 0);
	before = core_state(b.fake);

	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, 8), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, global),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(b.user, b.other, 7),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(b.user, 7), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(b.user, 8), -ENOENT);

	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(b.domain, dev, 10),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(b.other, dev, 10),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(dev, 10), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(dev, 10), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(b.fake), before);

	/* The number is free with the last detach. */
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(b.user, 10), 0);
	KUNIT_EXPECT_FALSE(test, core_number_taken(b.fdev, 10));
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(b.domain, dev, 10), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(dev, 10), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(dev, 7), 0);
	iopasid_pasid_free(dev, 8);
	iopasid_pasid_free_global(global);
	beside_end(test, &b);
}

static void two_contexts(struct kunit *test)
{
	struct iopasid_user *second, *third;
	struct beside b;

	beside_begin(test, &b);
	second = claim_pasids(b.fdev, test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, second);
	/* The first one's context, through another file */
	third = claim_pasids(b.fdev, &b);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, third);

	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, b.domain, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(third, b.domain, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(second, b.other, 7),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(second, 7), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(third, 7), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, b.domain, 8), 0);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(b.user, b.other, 7), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 7), b.other);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 8), b.domain);

	/* Each ends with what is its own. */
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(third, b.other, 9), 0);
	iopasid_user_release(second);
	KUNIT_EXPECT_NULL(test, fake_reaches(b.fdev, 8));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 7), b.other);
	iopasid_user_release(third);
	KUNIT_EXPECT_NULL(test, fake_reaches(b.fdev, 9));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b.fdev, 7), b.other);
	beside_end(test, &b);
}

/* PASID DMA would reach it: no neighbour while a user has PASIDs. */
static void neighbour_comes(struct kunit *test)
{
	const struct fake_device_config config = {
		.group = 1, .max_pasids = MAX_PASIDS,
	};
	struct fake *fake = fake_create(test);
	struct fake_device *a = fake_device_create(fake, &config), *late;
	struct iopasid_user *user;
	const char *before;

	late = fake_device_create_unannounced(fake, &config);
	fake_device_bind(a);
	user = claim_pasids(a, test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, user);
	before = core_state(fake);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, fake_log_lines("not isolated from",
					     dev_name(&late->dev)), 1);
	iopasid_user_release(user);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), 0);
	fake_device_unbind(a);
}

static void limits(struct kunit *test)
{
	struct fake *fake = fake_create(test), *stranger = fake_create(test);
	struct fake_device *a, *none;
	struct iopasid_domain *domain, *foreign;
	struct iopasid_user *user;

	a = fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .max_pasids = 32,
	});
	none = fake_device_create(fake, &(struct fake_device_config){
		.group = 1,
	});
	domain = core_domain(a);
	foreign = core_domain(core_device(stranger, 1));
	user = fake_claim(a, test);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 32), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, foreign, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, &fake->identity, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, &fake->blocked, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(user, domain, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(user, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 31), 0);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 31), -EBUSY);
	iopasid_user_release(user);
	user = fake_claim(none, test);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 1),
			-EOPNOTSUPP);
	iopasid_user_release(user);
	iopasid_domain_free(domain);
	iopasid_domain_free(foreign);
}

/* Numbers that the provider hands out are not a user's choice. */
static void providers_numbers(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct iopasid_domain *domain;
	struct iopasid_user *user;
	struct fake_device *a;
	u32 pasid;

	fake_use_own_numbers(fake);
	a = core_device(fake, 1);
	domain = core_domain(a);
	KUNIT_ASSERT_EQ(test, iopasid_pasid_alloc(&a->dev, 1, U32_MAX, &pasid),
			0);
	user = fake_claim(a, test);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, pasid), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 7), -EBUSY);
	iopasid_user_release(user);
	iopasid_pasid_free(&a->dev, pasid);
	iopasid_domain_free(domain);
}

/* Members of one group, one context: joined, as the kernel's PASIDs are */
static void members(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a), *other = core_domain(a);
	struct iopasid_user *first = fake_claim(a, test);
	struct iopasid_user *second = fake_claim(b, test);

	KUNIT_EXPECT_EQ(test, iopasid_user_attach(first, domain, 7), 0);
	KUNIT_EXPECT_NULL(test, fake_reaches(b, 7));
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, other, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(second, other, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(second, 7), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, domain, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(second, other, 7), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 7), other);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 7), other);
	iopasid_user_release(first);
	KUNIT_EXPECT_NULL(test, fake_reaches(a, 7));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 7), other);
	iopasid_user_release(second);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(fake, other));
	KUNIT_EXPECT_FALSE(test, core_number_taken(a, 7));
	iopasid_domain_free(domain);
	iopasid_domain_free(other);
}

/* The driver leaves: its own PASIDs and those of users, each told once */
static void driver_leaves(struct kunit *test)
{
	struct iopasid_user *second;
	struct device *dev;
	struct beside b;

	beside_begin(test, &b);
	dev = &b.fdev->dev;
	second = claim_pasids(b.fdev, test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, second);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(b.domain, dev, 6), 0);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(b.user, b.domain, 7), 0);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(second, b.domain, 8), 0);
	fake_log_mark();
	fake_device_unbind(b.fdev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("1 PASID(s) attached",
					     dev_name(dev)), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("2 claim(s) of users",
					     dev_name(dev)), 1);
	KUNIT_EXPECT_TRUE(test, xa_empty(&b.fdev->pasids));
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, b.domain, 8),
			-ENODEV);
	iopasid_user_release(second);

	/* The next driver has nothing to do with it. */
	fake_device_bind(b.fdev);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(b.user, b.domain, 7),
			-ENODEV);
	beside_end(test, &b);
}

static struct kunit_case user_pasid_cases[] = {
	KUNIT_CASE(claim_refused),
	KUNIT_CASE(driver_goes_on),
	KUNIT_CASE(kernel_and_user),
	KUNIT_CASE(two_contexts),
	KUNIT_CASE(neighbour_comes),
	KUNIT_CASE(limits),
	KUNIT_CASE(providers_numbers),
	KUNIT_CASE(members),
	KUNIT_CASE(driver_leaves),
	{}
};

static struct kunit_suite user_pasid_suite = {
	.name = "iopasid-core-user-pasids",
	.test_cases = user_pasid_cases,
};
kunit_test_suite(user_pasid_suite);
