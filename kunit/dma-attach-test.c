// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: iommu_attach_dma_api_pasid() and iommu_destroy_dma_api_pasid(), row
 * by row of the design's section 3.
 */
#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "dma-test.h"

#include "../drivers/core/core.h"
#include "../drivers/dma/dma.h"

static struct fake_device *bound(struct fake *fake,
				 const struct fake_device_config *config)
{
	struct fake_device *fdev = fake_device_create(fake, config);

	fake_device_bind(fdev);
	return fdev;
}

#define BOUND(fake, ...)						\
	bound(fake, &(struct fake_device_config){ __VA_ARGS__ })

static void expect_attach(struct kunit *test, struct fake_device *fdev, int ret)
{
	u32 pasid = 0;

	KUNIT_EXPECT_EQ(test, iommu_attach_dma_api_pasid(&fdev->dev, &pasid),
			ret);
	if (ret)
		KUNIT_EXPECT_EQ(test, pasid, IOMMU_PASID_INVALID);
}

static u32 attach(struct kunit *test, struct fake_device *fdev)
{
	u32 pasid;

	KUNIT_EXPECT_EQ(test, iommu_attach_dma_api_pasid(&fdev->dev, &pasid),
			0);
	return pasid;
}

static void destroy(struct fake_device *fdev)
{
	iommu_destroy_dma_api_pasid(&fdev->dev);
}

/* One dma_addr_t, with the PASID and without it, until the destroy */
static void same_address_space(struct kunit *test)
{
	struct dma_test t = dma_test_create(test, .max_pasids = 1 << 20);
	dma_addr_t before = dma_test_map(&t, 0, P), after;
	u32 pasid = attach(test, t.fdev);

	after = dma_test_map(&t, 1, P);
	KUNIT_EXPECT_EQ(test, fake_translate(t.fdev, pasid, before,
					     IOPASID_READ),
			page_to_phys(t.pages));
	KUNIT_EXPECT_EQ(test, fake_translate(t.fdev, pasid, after,
					     IOPASID_READ),
			page_to_phys(t.pages + 1));
	dma_test_unmap(&t, before, P);
	KUNIT_EXPECT_EQ(test, fake_translate(t.fdev, pasid, before,
					     IOPASID_READ), PHYS_ADDR_MAX);
	destroy(t.fdev);
	KUNIT_EXPECT_NULL(test, fake_reaches(t.fdev, pasid));
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, after),
			page_to_phys(t.pages + 1));
	dma_test_unmap(&t, after, P);
}

static void same_mode(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = BOUND(fake, .max_pasids = 32,
					 .type = IOPASID_DOMAIN_IDENTITY);
	u32 pasid = attach(test, fdev);

	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, pasid), &fake->identity);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(fdev->group,
						     IOPASID_DOMAIN_PAGING),
			-EBUSY);
	destroy(fdev);
}

static void number_comes_from_the_bottom(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = BOUND(fake, .max_pasids = 1 << 20);
	struct fake_device *other = BOUND(fake, .max_pasids = 1 << 20);
	u32 min = iopasid_dma_pasid_min();

	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&fdev->dev, min), 0);
	KUNIT_EXPECT_EQ(test, attach(test, fdev), min + 1);
	/* Another group has numbers of its own. */
	KUNIT_EXPECT_EQ(test, attach(test, other), min);
	destroy(fdev);
	destroy(other);
	iopasid_pasid_free(&fdev->dev, min);
	KUNIT_EXPECT_EQ(test, attach(test, fdev), min);
	destroy(fdev);
}

static void no_unit(struct kunit *test)
{
	static const struct fake_device_config config = { .max_pasids = 32 };
	struct fake *fake = fake_create(test);

	expect_attach(test, fake_device_create_unannounced(fake, &config),
		      -ENODEV);
}

static void no_dma_domain(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev;

	fake_fail_always(fake, FAKE_DOMAIN_ALLOC, -ENOMEM);
	fdev = BOUND(fake, .max_pasids = 32);
	expect_attach(test, fdev, -ENODEV);
	fake_fail_always(fake, FAKE_DOMAIN_ALLOC, 0);

	fake_device_unbind(fdev);
	fake_device_bind(fdev);
	expect_attach(test, fdev, 0);
	destroy(fdev);
}

static void no_pasid_ability(struct kunit *test)
{
	struct fake *fake = fake_create(test);

	expect_attach(test, BOUND(fake, .max_pasids = 0), -EOPNOTSUPP);
}

static void no_number_left(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *none = BOUND(fake, .max_pasids = 1);
	struct fake_device *five_bits = BOUND(fake, .max_pasids = 1 << 5);
	u32 pasid;

	expect_attach(test, none, -ENOSPC);
	for (pasid = iopasid_dma_pasid_min(); pasid < 1 << 5; pasid++)
		KUNIT_ASSERT_EQ(test, 0, iopasid_pasid_reserve(&five_bits->dev,
							       pasid));
	expect_attach(test, five_bits, -ENOSPC);
	iopasid_pasid_free(&five_bits->dev, 31);
	KUNIT_EXPECT_EQ(test, attach(test, five_bits), 31);
	destroy(five_bits);
}

static void user_owns_group(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = fake_device_create(fake,
		&(struct fake_device_config){ .max_pasids = 32 });
	struct iopasid_user *user;

	user = fake_claim(fdev, test);
	expect_attach(test, fdev, -EBUSY);
	iopasid_user_release(user);
	expect_attach(test, fdev, 0);
	destroy(fdev);
}

/* What the provider refuses is passed on, and the number is free again. */
static void provider_refuses(struct kunit *test)
{
	static const int errors[] = { -ENOMEM, -ENOSPC, -EOPNOTSUPP, -EINVAL };
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = BOUND(fake, .max_pasids = 2);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		fake_fail_nth(fake, FAKE_ATTACH_PASID, 1, errors[i]);
		expect_attach(test, fdev, errors[i]);
	}
	/* There is only one number: none was lost. */
	KUNIT_EXPECT_EQ(test, attach(test, fdev), 1);
	destroy(fdev);
}

static void counted_by_device(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = BOUND(fake, .max_pasids = 32);
	u32 pasid = attach(test, fdev);

	KUNIT_EXPECT_EQ(test, attach(test, fdev), pasid);
	KUNIT_EXPECT_EQ(test, attach(test, fdev), pasid);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_PASID), 1);
	destroy(fdev);
	destroy(fdev);
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(fdev, pasid));
	destroy(fdev);
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, pasid));
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DETACH_PASID), 1);
}

static void siblings_share_the_number(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *one = BOUND(fake, .max_pasids = 64, .group = 1);
	struct fake_device *two = BOUND(fake, .max_pasids = 64, .group = 1);
	u32 pasid = attach(test, one);

	/* Programmed on one, and only there */
	KUNIT_EXPECT_NULL(test, fake_reaches(two, pasid));
	KUNIT_EXPECT_EQ(test, attach(test, two), pasid);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(two, pasid),
			    fake_reaches(one, pasid));
	destroy(one);
	KUNIT_EXPECT_NULL(test, fake_reaches(one, pasid));
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(two, pasid));
	/* The number is taken as long as one of them uses it. */
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&one->dev, pasid), -EBUSY);
	KUNIT_EXPECT_EQ(test, attach(test, one), pasid);
	destroy(one);
	destroy(two);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&one->dev, pasid), 0);
	iopasid_pasid_free(&one->dev, pasid);
}

static void sibling_with_a_smaller_limit(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *big = BOUND(fake, .max_pasids = 64, .group = 1);
	struct fake_device *small = BOUND(fake, .max_pasids = 2, .group = 1);
	struct fake_device *none = BOUND(fake, .max_pasids = 0, .group = 1);
	u32 pasid;

	KUNIT_ASSERT_EQ(test, iopasid_pasid_reserve(&big->dev, 1), 0);
	pasid = attach(test, big);
	KUNIT_EXPECT_EQ(test, pasid, 2);
	expect_attach(test, small, -ENOSPC);
	expect_attach(test, none, -EOPNOTSUPP);
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(big, pasid));
	destroy(big);
	iopasid_pasid_free(&big->dev, 1);
	KUNIT_EXPECT_EQ(test, attach(test, big), 1);
	KUNIT_EXPECT_EQ(test, attach(test, small), 1);
	destroy(big);
	destroy(small);
}

/* The number that a sibling uses is this one's by its own attach already. */
static void attached_by_itself(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *one = BOUND(fake, .max_pasids = 64, .group = 1);
	struct fake_device *two = BOUND(fake, .max_pasids = 64, .group = 1);
	u32 pasid = attach(test, one);

	KUNIT_ASSERT_EQ(test, 0,
			iopasid_attach_dev_pasid(iopasid_dma_domain(&two->dev),
						 &two->dev, pasid));
	expect_attach(test, two, -EBUSY);
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(two, pasid));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&two->dev, pasid), 0);
	KUNIT_EXPECT_EQ(test, attach(test, two), pasid);
	destroy(one);
	destroy(two);
}

/*
 * The API says so in one line, once in the module's life; the function below it
 * says it each time.
 */
static void destroy_without_attach(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *one = BOUND(fake, .max_pasids = 64, .group = 1);
	struct fake_device *two = BOUND(fake, .max_pasids = 64, .group = 1);
	u32 pasid;

	destroy(one);
	destroy(one);
	fake_log_mark_oldest();
	KUNIT_EXPECT_EQ(test, fake_log_lines("destroys a DMA API PASID that it has not attached",
					     "iopasid"), 1);
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&one->dev), -ENOENT);
	pasid = attach(test, one);
	/* Not the other member's */
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&two->dev), -ENOENT);
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(one, pasid));
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&one->dev), 0);
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&one->dev), -ENOENT);
	KUNIT_EXPECT_EQ(test, attach(test, one), pasid);
	destroy(one);
}

static void driver_forgets(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *one = BOUND(fake, .max_pasids = 64, .group = 1);
	struct fake_device *two = BOUND(fake, .max_pasids = 64, .group = 1);
	u32 pasid = attach(test, one);

	attach(test, one);
	attach(test, two);
	fake_device_unbind(one);
	KUNIT_EXPECT_NULL(test, fake_reaches(one, pasid));
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(two, pasid));
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&one->dev), -ENOENT);
	/* Unplugged while attached */
	fake_device_remove(two);
	KUNIT_EXPECT_EQ(test, one->group->dma_pasid_users, 0);
	KUNIT_EXPECT_EQ(test, iopasid_pasid_reserve(&one->dev, pasid), 0);
	iopasid_pasid_free(&one->dev, pasid);
}

/* One line for all that a driver left, the DMA API's PASID among it or not */
static void driver_forgets_more(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = BOUND(fake, .max_pasids = 64);
	struct iopasid_domain *domain = iopasid_dma_domain(&fdev->dev);
	u32 pasid = attach(test, fdev);

	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(domain, &fdev->dev,
							  pasid + 1));
	fake_log_mark();
	fake_device_unbind(fdev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("2 PASID(s) attached, one of them the DMA API's",
					     dev_name(&fdev->dev)), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid", dev_name(&fdev->dev)),
			1);

	fake_device_bind(fdev);
	attach(test, fdev);
	fake_log_mark();
	fake_device_unbind(fdev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("1 PASID(s) attached, one of them",
					     dev_name(&fdev->dev)), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid", dev_name(&fdev->dev)),
			1);
}

/* The unit went with the PASID: no mistake of the driver's */
static void destroy_after_the_unit_went(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = fake_device_create(fake,
		&(struct fake_device_config){
			.max_pasids = 32, .foreign = true,
		});
	u32 pasid = attach(test, fdev);

	fake_unit_unregister(fake_first_unit(fake));
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, pasid));
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&fdev->dev), -ENODEV);
	destroy(fdev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid", dev_name(&fdev->dev)),
			0);
	expect_attach(test, fdev, -ENODEV);

	/* Another unit's life: the old attach is not its business. */
	fake_unit_reregister(fake_first_unit(fake));
	KUNIT_ASSERT_EQ(test, iopasid_device_add(&fdev->dev), 0);
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&fdev->dev), -ENOENT);
	KUNIT_EXPECT_EQ(test, attach(test, fdev), pasid);
	destroy(fdev);
}

static struct kunit_case attach_cases[] = {
	KUNIT_CASE(same_address_space),
	KUNIT_CASE(same_mode),
	KUNIT_CASE(number_comes_from_the_bottom),
	KUNIT_CASE(no_unit),
	KUNIT_CASE(no_dma_domain),
	KUNIT_CASE(no_pasid_ability),
	KUNIT_CASE(no_number_left),
	KUNIT_CASE(user_owns_group),
	KUNIT_CASE(provider_refuses),
	KUNIT_CASE(counted_by_device),
	KUNIT_CASE(siblings_share_the_number),
	KUNIT_CASE(sibling_with_a_smaller_limit),
	KUNIT_CASE(attached_by_itself),
	KUNIT_CASE(destroy_without_attach),
	KUNIT_CASE(driver_forgets),
	KUNIT_CASE(driver_forgets_more),
	KUNIT_CASE(destroy_after_the_unit_went),
	{}
};

static struct kunit_suite attach_suite = {
	.name = "iopasid-dma-attach",
	.test_cases = attach_cases,
};

kunit_test_suite(attach_suite);
