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

#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

static const struct fake_resv direct_resv = {
	.first = SZ_16M, .last = SZ_16M + SZ_64K - 1,
	.type = IOPASID_RESV_DIRECT,
};

static const struct fake_resv harmless_resv[] = {
	{ 0xfee00000, 0xfeefffff, IOPASID_RESV_MSI },
	{ 0xc0000000, 0xcfffffff, IOPASID_RESV_WINDOW },
};

/* Can the driver that is bound map memory for DMA? */
static bool can_map(struct fake_device *fdev)
{
	void *buf = kunit_kzalloc(fdev->fake->test, SZ_4K, GFP_KERNEL);
	dma_addr_t addr;

	KUNIT_ASSERT_NOT_NULL(fdev->fake->test, buf);
	addr = dma_map_single(&fdev->dev, buf, SZ_4K, DMA_TO_DEVICE);
	if (dma_mapping_error(&fdev->dev, addr))
		return false;
	KUNIT_EXPECT_EQ(fdev->fake->test, virt_to_phys(buf),
			fake_translate(fdev, 0, addr, IOPASID_READ));
	dma_unmap_single(&fdev->dev, addr, SZ_4K, DMA_TO_DEVICE);
	return true;
}

static void claim(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a, *b, *late;
	int ctx, other;

	a = core_device(fake, 1);
	b = fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .max_pasids = 1 << 5, .resv = harmless_resv,
		.nr_resv = ARRAY_SIZE(harmless_resv),
	});
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&b->dev, &ctx), 0);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);
	/* All members are blocked, and a late one at once. */
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), &fake->blocked);
	late = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), &fake->blocked);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_dma_domain(&a->dev)), -EBUSY);

	/* One context, once */
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&a->dev, &other),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&a->dev, &ctx), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			-EBUSY);
	iopasid_group_release_user(&a->dev, &other);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);

	/* Through any member */
	iopasid_group_release_user(&late->dev, &ctx);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	KUNIT_EXPECT_EQ(test, fake_reaches(a, 0)->type, IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(late, 0));
	iopasid_group_release_user(&a->dev, &ctx);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&a->dev, &other), 0);
	iopasid_group_release_user(&a->dev, &other);
}

static void expect_claim_refused(struct kunit *test, struct fake_device *fdev,
				 int err)
{
	const char *before = core_state(fdev->fake);

	fake_forget_calls(fdev->fake);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&fdev->dev, test), err);
	KUNIT_EXPECT_STREQ(test, core_state(fdev->fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fdev->fake));
}

static void claim_refused(struct kunit *test)
{
	const struct fake_device_config config = {};
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1), *other, *stranger;
	struct iopasid_domain *domain = core_domain(a);

	fake_device_bind(b);
	expect_claim_refused(test, a, -EBUSY);
	fake_device_unbind(b);

	/* Somebody in the kernel has a PASID of it. */
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &b->dev, 7), 0);
	expect_claim_refused(test, a, -EBUSY);
	KUNIT_ASSERT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);

	other = fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .foreign = true,
	});
	expect_claim_refused(test, a, -EBUSY);
	fake_device_remove(other);

	other = fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .resv = &direct_resv, .nr_resv = 1,
	});
	expect_claim_refused(test, a, -EPERM);
	fake_device_remove(other);

	/* Without memory to ask, the answer is the safe one. */
	fake_fail_nth(fake, FAKE_RESV_REGIONS, 2, -ENOMEM);
	expect_claim_refused(test, a, -EPERM);

	stranger = fake_device_create_unannounced(fake, &config);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&stranger->dev, test),
			-ENODEV);
	iopasid_group_release_user(&stranger->dev, test);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	iopasid_group_release_user(&a->dev, test);
	iopasid_domain_free(domain);
}

/* Firmware's ranges cannot be there while the RIDs are a user's. */
static void direct_range_joins_late(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *late;
	const char *before;

	late = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1, .resv = &direct_resv, .nr_resv = 1,
	});
	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	iopasid_group_release_user(&a->dev, test);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), 0);
	KUNIT_EXPECT_EQ(test, iopasid_group_claim_user(&a->dev, test), -EPERM);
}

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
	KUNIT_EXPECT_TRUE(test, can_map(a));
	KUNIT_EXPECT_TRUE(test, can_map(b));
	fake_device_unbind(a);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_DMA);
	KUNIT_EXPECT_TRUE(test, can_map(b));
	fake_device_unbind(b);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
}

/* A driver that is probed while a user owns the group can map nothing. */
static void bind_under_a_user(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);

	core_device(fake, 1);
	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	fake_log_mark();
	fake_device_bind(a);
	KUNIT_EXPECT_EQ(test, fake_log_lines("every mapping is refused",
					     dev_name(&a->dev)), 1);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_FALSE(test, can_map(a));
	fake_device_unbind(a);
	KUNIT_EXPECT_NULL(test, a->dev.dma_ops);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);

	iopasid_group_release_user(&a->dev, test);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, can_map(a));
	fake_device_unbind(a);
}

/* It stays refused when the user goes; the next driver is not. */
static void bind_beside_a_refused_driver(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);

	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	fake_device_bind(a);
	iopasid_group_release_user(&a->dev, test);
	KUNIT_EXPECT_FALSE(test, can_map(a));
	expect_claim_refused(test, b, -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			-EBUSY);

	fake_device_bind(b);
	KUNIT_EXPECT_TRUE(test, can_map(b));
	KUNIT_EXPECT_FALSE(test, can_map(a));
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
	KUNIT_EXPECT_FALSE(test, can_map(a));
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
	KUNIT_EXPECT_FALSE(test, can_map(b));
	fake_device_unbind(b);
	fake_fail_always(fake, c->op, 0);
	fake_device_bind(b);
	KUNIT_EXPECT_TRUE(test, can_map(b));
	KUNIT_EXPECT_FALSE(test, can_map(a));
	KUNIT_EXPECT_PTR_EQ(test, iopasid_dma_domain(&b->dev),
			    fake_reaches(b, 0));
	fake_device_unbind(a);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, can_map(a));
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

static struct kunit_case owner_cases[] = {
	KUNIT_CASE(claim),
	KUNIT_CASE(claim_refused),
	KUNIT_CASE(direct_range_joins_late),
	KUNIT_CASE(bind_makes_it_the_dma_apis),
	KUNIT_CASE(bind_under_a_user),
	KUNIT_CASE(bind_beside_a_refused_driver),
	KUNIT_CASE_PARAM(bind_without_a_dma_domain, failing_gen_params),
	KUNIT_CASE(dma_domain_of_a_group),
	{}
};

static struct kunit_suite owner_suite = {
	.name = "iopasid-core-owners",
	.test_cases = owner_cases,
};
kunit_test_suite(owner_suite);
