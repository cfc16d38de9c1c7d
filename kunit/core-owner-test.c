// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: whose a group is
 *
 * Kernel drivers or one user context, never both; what a driver gets that is
 * probed at the wrong moment; and what the next one gets after it.
 */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

static void bind_makes_it_the_dma_apis(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);

	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	fake_device_bind(a);
	fake_device_bind(b);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_DMA);
	KUNIT_EXPECT_PTR_EQ(test, iopasid_dma_domain(&a->dev),
			    fake_reaches(a, 0));
	KUNIT_EXPECT_TRUE(test, core_can_map(a));
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	fake_device_unbind(a);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_DMA);
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	fake_device_unbind(b);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
}

/* A driver that is probed while a user owns the group can map nothing. */
static void bind_under_a_user(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct iopasid_user *user;

	core_device(fake, 1);
	user = fake_claim(a, test);
	fake_log_mark();
	fake_device_bind(a);
	KUNIT_EXPECT_EQ(test, fake_log_lines("every mapping is refused",
					     dev_name(&a->dev)), 1);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	fake_device_unbind(a);
	KUNIT_EXPECT_NULL(test, a->dev.dma_ops);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);

	iopasid_user_release(user);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, core_can_map(a));
	fake_device_unbind(a);
}

/* It stays refused when the user goes; the next driver is not. */
static void bind_beside_a_refused_driver(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_user *user = fake_claim(a, test);

	fake_device_bind(a);
	iopasid_user_release(user);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	KUNIT_EXPECT_EQ(test, fake_claim_error(b, test), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			-EBUSY);

	fake_device_bind(b);
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	KUNIT_EXPECT_EQ(test, fake_reaches(b, 0)->type, IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
	fake_device_unbind(b);
	fake_device_unbind(a);
}

struct failing_case {
	const char *name;
	enum fake_op op;
	int err;
};

static const struct failing_case failing_cases[] = {
	{ "no page table",	FAKE_DOMAIN_ALLOC,	-ENOMEM },
	{ "no ranges",		FAKE_RESV_REGIONS,	-ENOMEM },
	{ "no attach",		FAKE_ATTACH_DEV,	-ENOSPC },
};

KUNIT_ARRAY_PARAM_DESC(failing, failing_cases, name);

/* The DMA domain cannot be made: refused, and tried again with each driver */
static void bind_without_a_dma_domain(struct kunit *test)
{
	const struct failing_case *c = test->param_value;
	struct fake *fake = fake_create(test);
	struct fake_device *a, *b;

	a = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1, .max_pasids = 1 << 5,
	});
	/* The first attach_dev is the one that takes the device. */
	fake_fail_always(fake, c->op, c->err);
	if (c->op == FAKE_ATTACH_DEV)
		fake_fail_nth(fake, c->op, 2, c->err);
	fake_log_mark();
	KUNIT_ASSERT_EQ(test, iopasid_device_add(&a->dev), 0);
	KUNIT_EXPECT_EQ(test, fake_log_lines("group", "stay at the identity domain"),
			1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->identity);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(iopasid_dma_domain(&a->dev)),
			-ENODEV);

	fake_fail_always(fake, c->op, c->err);
	fake_device_bind(a);
	KUNIT_EXPECT_EQ(test, fake_log_lines("every mapping is refused",
					     dev_name(&a->dev)), 1);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	/* Not the pass-through domain that its RID happens to be at */
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(iopasid_dma_domain(&a->dev)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);

	/* A sibling's driver, as long as nothing has changed, and after */
	fake_fail_always(fake, c->op, 0);
	b = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1, .max_pasids = 1 << 5,
	});
	fake_fail_always(fake, c->op, c->err);
	if (c->op == FAKE_ATTACH_DEV)
		fake_fail_nth(fake, c->op, 2, c->err);
	KUNIT_ASSERT_EQ(test, iopasid_device_add(&b->dev), 0);
	fake_fail_always(fake, c->op, c->err);
	fake_device_bind(b);
	KUNIT_EXPECT_FALSE(test, core_can_map(b));
	fake_device_unbind(b);
	fake_fail_always(fake, c->op, 0);
	fake_device_bind(b);
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	KUNIT_EXPECT_PTR_EQ(test, iopasid_dma_domain(&b->dev),
			    fake_reaches(b, 0));
	fake_device_unbind(a);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, core_can_map(a));
	fake_device_unbind(a);
	fake_device_unbind(b);
}

static void dma_domain_of_a_group(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *paging = core_device(fake, 0), *identity, *foreign;

	identity = fake_device_create(fake, &(struct fake_device_config){
		.type = IOPASID_DOMAIN_IDENTITY,
	});
	foreign = fake_device_create(fake, &(struct fake_device_config){
		.foreign = true,
	});
	/* It is the driver's, and there is none that the core has seen. */
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(iopasid_dma_domain(&paging->dev)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(iopasid_dma_domain(&foreign->dev)),
			-ENODEV);
	fake_device_bind(paging);
	fake_device_bind(identity);
	KUNIT_EXPECT_PTR_EQ(test, iopasid_dma_domain(&paging->dev),
			    fake_reaches(paging, 0));
	KUNIT_EXPECT_PTR_EQ(test, iopasid_dma_domain(&identity->dev),
			    &fake->identity);
}

/* A driver that hands its device out: no DMA for it, and not in the way. */
static void driver_without_dma(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	u32 pasid;

	fake_device_bind(a);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_DMA);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(iopasid_dma_domain(&a->dev)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, iommu_attach_dma_api_pasid(&a->dev, &pasid),
			-ENODEV);
	/* It holds no address that a change of the group would make wrong. */
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->identity);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));

	/* The next one does not inherit that. */
	fake_device_unbind(a);
	KUNIT_EXPECT_NULL(test, a->dev.dma_ops);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_PAGING), 0);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, core_can_map(a));
	fake_device_unbind(a);
}

static void driver_without_dma_beside_one(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);

	fake_device_bind(a);
	fake_device_bind(b);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_DMA);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	fake_device_unbind(b);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	fake_device_bind(b);
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	fake_device_unbind(a);
	KUNIT_EXPECT_TRUE(test, core_can_map(b));
	fake_device_unbind(b);
}

/* It was probed without DMA anyway: it is not in the way any more. */
static void refused_driver_without_dma(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);

	fake_fail_nth(fake, FAKE_RESV_REGIONS, 1, -ENOMEM);
	KUNIT_ASSERT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	KUNIT_ASSERT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_PAGING),
			-ENOMEM);
	a->group->type = IOPASID_DOMAIN_PAGING;
	fake_fail_nth(fake, FAKE_RESV_REGIONS, 1, -ENOMEM);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, a->idev->refused);
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), 0);
	fake_device_unbind(a);
}

static void driver_without_dma_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *foreign, *stranger;
	struct iopasid_domain *domain = core_domain(a);
	const char *before;
	u32 pasid;

	foreign = fake_device_create(fake, &(struct fake_device_config){
		.foreign = true,
	});
	stranger = fake_device_create_unannounced(fake,
						  &(struct fake_device_config){});
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&foreign->dev), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&stranger->dev), -ENODEV);

	fake_device_bind(a);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &a->dev, 7), 0);
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);
	KUNIT_ASSERT_EQ(test, iommu_attach_dma_api_pasid(&a->dev, &pasid), 0);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), -EBUSY);
	KUNIT_EXPECT_TRUE(test, core_can_map(a));
	iommu_destroy_dma_api_pasid(&a->dev);
	fake_device_unbind(a);
	iopasid_domain_free(domain);
}

/* What it had mapped before it said so is unmapped, as if it had left. */
static void driver_without_dma_left_mappings(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct page *page = alloc_page(GFP_KERNEL);
	dma_addr_t addr;

	KUNIT_ASSERT_NOT_NULL(test, page);
	fake_device_bind(a);
	addr = dma_map_page(&a->dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(&a->dev, addr));
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	KUNIT_EXPECT_EQ(test, fake_log_lines("bytes mapped for DMA",
					     dev_name(&a->dev)), 1);
	KUNIT_EXPECT_EQ(test, fake_translate(a, 0, addr, IOPASID_READ),
			PHYS_ADDR_MAX);
	dma_unmap_page(&a->dev, addr, PAGE_SIZE, DMA_TO_DEVICE);
	fake_device_unbind(a);
	KUNIT_EXPECT_NULL(test, a->dev.dma_ops);
	__free_page(page);
}

static struct kunit_case owner_cases[] = {
	KUNIT_CASE(bind_makes_it_the_dma_apis),
	KUNIT_CASE(bind_under_a_user),
	KUNIT_CASE(bind_beside_a_refused_driver),
	KUNIT_CASE_PARAM(bind_without_a_dma_domain, failing_gen_params),
	KUNIT_CASE(dma_domain_of_a_group),
	KUNIT_CASE(driver_without_dma),
	KUNIT_CASE(driver_without_dma_beside_one),
	KUNIT_CASE(refused_driver_without_dma),
	KUNIT_CASE(driver_without_dma_refused),
	KUNIT_CASE(driver_without_dma_left_mappings),
	{}
};

static struct kunit_suite owner_suite = {
	.name = "iopasid-core-owners",
	.test_cases = owner_cases,
};
kunit_test_suite(owner_suite);
