// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: a user context has all of a group
 *
 * Who may take it, what its RIDs reach then, and how it ends. PASIDs are in
 * core-user-pasid-test.c.
 */
#include <kunit/test.h>
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

/* A driver that hands its device out, as a driver for user space would be */
static void bind_without_dma(struct fake_device *fdev)
{
	fake_device_bind(fdev);
	KUNIT_ASSERT_EQ(fdev->fake->test, iopasid_no_kernel_dma(&fdev->dev), 0);
}

static void claim(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct iopasid_user *first, *second;
	struct fake_device *a, *b, *late;
	int ctx, other;

	a = core_device(fake, 1);
	b = fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .max_pasids = 1 << 5, .resv = harmless_resv,
		.nr_resv = ARRAY_SIZE(harmless_resv),
	});
	first = fake_claim(b, &ctx);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);
	/* All members are blocked, and a late one at once. */
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), &fake->blocked);
	late = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), &fake->blocked);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_dma_domain(&a->dev)), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			-EBUSY);

	/* One context, which may have more of it, and counts. */
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, &other), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_claim_error(b, &other), -EBUSY);
	second = fake_claim(late, &ctx);
	KUNIT_EXPECT_EQ(test, fake_claim_error(late, &ctx), 0);
	iopasid_user_release(first);
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, &other), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), &fake->blocked);

	iopasid_user_release(second);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	KUNIT_EXPECT_EQ(test, fake_reaches(a, 0)->type, IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(late, 0));
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, &other), 0);
}

static void expect_claim_refused(struct kunit *test, struct fake_device *fdev,
				 int err)
{
	const char *before = core_state(fdev->fake);

	fake_forget_calls(fdev->fake);
	KUNIT_EXPECT_EQ(test, fake_claim_error(fdev, test), err);
	KUNIT_EXPECT_STREQ(test, core_state(fdev->fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fdev->fake));
}

static void claim_refused(struct kunit *test)
{
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
	fake_log_mark();
	expect_claim_refused(test, a, -EPERM);
	/* Of whose memory that is */
	KUNIT_EXPECT_EQ(test, fake_log_lines("(RMRR)", dev_name(&other->dev)),
			1);
	fake_device_remove(other);

	/* Without memory to ask, nobody is blamed. */
	fake_fail_nth(fake, FAKE_RESV_REGIONS, 2, -ENOMEM);
	fake_log_mark();
	expect_claim_refused(test, a, -ENOMEM);
	KUNIT_EXPECT_EQ(test, fake_log_lines("(RMRR)", "iopasid"), 0);

	stranger = fake_device_create_unannounced(fake,
						  &(struct fake_device_config){});
	KUNIT_EXPECT_EQ(test, fake_claim_error(stranger, test), -ENODEV);
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR_OR_ZERO(iopasid_user_claim(&a->dev, test,
							   IOPASID_USER_PASIDS + 1)));
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), 0);
	iopasid_domain_free(domain);
}

/* By the drivers that are bound: none of them may DMA. */
static void claim_by_drivers(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_user *first, *second;
	int ctx, other;

	fake_device_bind(a);
	expect_claim_refused(test, a, -EBUSY);
	KUNIT_ASSERT_EQ(test, iopasid_no_kernel_dma(&a->dev), 0);
	fake_device_bind(b);
	expect_claim_refused(test, a, -EBUSY);
	expect_claim_refused(test, b, -EBUSY);
	KUNIT_ASSERT_EQ(test, iopasid_no_kernel_dma(&b->dev), 0);

	first = fake_claim(a, &ctx);
	KUNIT_EXPECT_EQ(test, fake_claim_error(b, &other), -EBUSY);
	second = fake_claim(b, &ctx);
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	iopasid_user_release(first);
	iopasid_user_release(second);

	/* No DMA for them after the user, either. */
	KUNIT_EXPECT_FALSE(test, core_can_map(a));
	fake_device_unbind(a);
	fake_device_unbind(b);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, core_can_map(a));
	fake_device_unbind(a);
}

/* Who slipped in has no DMA, and is not a way to a claim. */
static void claim_by_a_refused_driver(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_user *user = fake_claim(a, test);

	fake_device_bind(b);
	KUNIT_EXPECT_TRUE(test, b->idev->refused);
	expect_claim_refused(test, b, -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_no_kernel_dma(&b->dev), 0);
	KUNIT_EXPECT_EQ(test, fake_claim_error(b, test), 0);
	fake_device_unbind(b);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);
	iopasid_user_release(user);
}

/* Firmware's ranges cannot be there while the RIDs are a user's. */
static void direct_range_joins_late(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *late;
	struct iopasid_user *user;
	const char *before;

	late = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1, .resv = &direct_resv, .nr_resv = 1,
	});
	user = fake_claim(a, test);
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	iopasid_user_release(user);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), 0);
	KUNIT_EXPECT_EQ(test, fake_claim_error(a, test), -EPERM);
}

/* Two claims, one RID: they share a domain, and the last one's end blocks. */
static void rid(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1), *late;
	struct iopasid_domain *domain = core_domain(a), *other = core_domain(a);
	struct iopasid_user *first = fake_claim(a, test);
	struct iopasid_user *second = fake_claim(b, test);

	KUNIT_EXPECT_EQ(test, iopasid_user_detach(first, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(first, domain, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(first, domain, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), domain);
	late = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), domain);

	KUNIT_EXPECT_EQ(test, iopasid_user_attach(first, domain, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, other, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(second, 0), -ENOENT);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, domain, 0), 0);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));

	KUNIT_EXPECT_EQ(test, iopasid_user_replace(second, domain, 0), 0);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(second, other, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), other);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), other);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(fake, domain));

	KUNIT_EXPECT_EQ(test, iopasid_user_detach(second, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), other);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(first, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), &fake->blocked);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(second, domain, 0), 0);
	iopasid_user_release(first);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	iopasid_user_release(second);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(fake, domain));
	KUNIT_EXPECT_EQ(test, fake_reaches(a, 0)->type, IOPASID_DOMAIN_PAGING);
	iopasid_domain_free(domain);
	iopasid_domain_free(other);
}

static void rid_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test), *stranger = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_domain *foreign = core_domain(core_device(stranger, 1));
	struct iopasid_user *user = fake_claim(a, test);
	const char *before;
	unsigned int nth;

	core_device(fake, 1);
	before = core_state(fake);
	/* Never what has no page table: it would be all memory, or none. */
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, &fake->identity, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, &fake->blocked, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, foreign, 0), -EINVAL);
	for (nth = 1; nth <= 2; nth++) {
		fake_fail_nth(fake, FAKE_ATTACH_DEV, nth, -ENOSPC);
		KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 0),
				-ENOSPC);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	}
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 0), 0);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(user, &fake->identity, 0),
			-EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	iopasid_user_release(user);
	iopasid_domain_free(domain);
	iopasid_domain_free(foreign);
}

/* The DMA API's type is not the user's, whoever joins. */
static void rid_in_an_identity_group(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *late;
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_user *user;

	KUNIT_ASSERT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	user = fake_claim(a, test);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 0), 0);
	late = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), domain);
	fake_device_remove(late);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	iopasid_user_release(user);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->identity);
	iopasid_domain_free(domain);
}

/* No way back: blocked, and never pass-through, even if memory is short. */
static void rid_cannot_go_back(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a), *other = core_domain(a);
	struct iopasid_user *user;

	core_device(fake, 1);
	user = fake_claim(a, test);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(user, domain, 0), 0);
	spin_lock_irq(&fake->lock);
	fake->fail[FAKE_ATTACH_DEV] = (struct fake_fail){
		.skip = 1, .times = 2, .err = -ETIMEDOUT,
	};
	spin_unlock_irq(&fake->lock);
	fake_fail_always(fake, FAKE_RESV_REGIONS, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(user, other, 0), -ETIMEDOUT);
	fake_fail_always(fake, FAKE_RESV_REGIONS, 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(fake, other));
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(user, domain, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	iopasid_user_release(user);
	iopasid_domain_free(domain);
	iopasid_domain_free(other);
}

static void expect_revoked(struct kunit *test, struct iopasid_user *user,
			   struct iopasid_domain *domain)
{
	LIST_HEAD(list);

	KUNIT_EXPECT_FALSE(test, fake_is_attached(container_of(domain->provider,
							       struct fake,
							       provider), domain));
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_user_attach(user, domain, 7), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_user_replace(user, domain, 7), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(user, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(user, 7), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_user_resv_regions(user, &list), -ENODEV);
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
	iopasid_user_release(user);
}

/* The driver forgets its claim: said, and undone. The other member's stays. */
static void driver_leaves(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_user *first, *second;

	bind_without_dma(a);
	first = fake_claim(a, test);
	second = fake_claim(b, test);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(first, domain, 0), 0);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(first, domain, 7), 0);
	fake_log_mark();
	fake_device_unbind(a);
	KUNIT_EXPECT_EQ(test, fake_log_lines("1 claim(s) of users",
					     dev_name(&a->dev)), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("PASID(s) attached",
					     dev_name(&a->dev)), 0);
	expect_revoked(test, first, domain);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_USER);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), &fake->blocked);
	iopasid_user_release(second);
	KUNIT_EXPECT_EQ(test, a->group->owner, IOPASID_OWNER_NONE);
	KUNIT_EXPECT_EQ(test, fake_reaches(a, 0)->type, IOPASID_DOMAIN_PAGING);
	iopasid_domain_free(domain);
}

/* A driver that slipped in is not the one that made the claim. */
static void another_driver_leaves(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_user *user = fake_claim(a, test);

	KUNIT_ASSERT_EQ(test, iopasid_user_attach(user, domain, 0), 0);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(user, domain, 7), 0);
	fake_device_bind(a);
	fake_device_unbind(a);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 7), domain);
	KUNIT_EXPECT_EQ(test, iopasid_user_detach(user, 7), 0);
	iopasid_user_release(user);
	iopasid_domain_free(domain);
}

struct removal_case {
	const char *name;
	bool unit_goes;
};

static const struct removal_case removal_cases[] = {
	{ "device", false },
	{ "unit", true },
};

KUNIT_ARRAY_PARAM_DESC(removal, removal_cases, name);

static void removal(struct kunit *test)
{
	const struct removal_case *c = test->param_value;
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);
	struct iopasid_domain *domain = core_domain(a);
	struct iopasid_user *user = fake_claim(a, test);

	KUNIT_ASSERT_EQ(test, iopasid_user_attach(user, domain, 0), 0);
	KUNIT_ASSERT_EQ(test, iopasid_user_attach(user, domain, 7), 0);
	if (c->unit_goes)
		fake_unit_unregister(fake_first_unit(fake));
	else
		fake_device_remove(a);
	/* The other member is nobody's, or passes through. */
	if (!c->unit_goes) {
		KUNIT_EXPECT_EQ(test, b->group->owner, IOPASID_OWNER_NONE);
		KUNIT_EXPECT_EQ(test, fake_reaches(b, 0)->type,
				IOPASID_DOMAIN_PAGING);
	}
	expect_revoked(test, user, domain);
	iopasid_domain_free(domain);
}

static void reserved_regions(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a;
	struct iopasid_resv *resv;
	struct iopasid_user *user;
	unsigned int nr = 0;
	LIST_HEAD(list);

	a = fake_device_create(fake, &(struct fake_device_config){
		.resv = harmless_resv, .nr_resv = ARRAY_SIZE(harmless_resv),
	});
	user = fake_claim(a, test);
	KUNIT_EXPECT_EQ(test, iopasid_user_resv_regions(user, &list), 0);
	list_for_each_entry(resv, &list, node) {
		KUNIT_ASSERT_LT(test, nr, ARRAY_SIZE(harmless_resv));
		KUNIT_EXPECT_EQ(test, resv->first, harmless_resv[nr].first);
		KUNIT_EXPECT_EQ(test, resv->last, harmless_resv[nr].last);
		KUNIT_EXPECT_EQ(test, resv->type, harmless_resv[nr++].type);
	}
	KUNIT_EXPECT_EQ(test, nr, ARRAY_SIZE(harmless_resv));
	iopasid_resv_free(&list);
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
	fake_fail_nth(fake, FAKE_RESV_REGIONS, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_user_resv_regions(user, &list), -ENOMEM);
	iopasid_resv_free(&list);
	iopasid_user_release(user);
}

static struct kunit_case user_cases[] = {
	KUNIT_CASE(claim),
	KUNIT_CASE(claim_refused),
	KUNIT_CASE(claim_by_drivers),
	KUNIT_CASE(claim_by_a_refused_driver),
	KUNIT_CASE(direct_range_joins_late),
	KUNIT_CASE(rid),
	KUNIT_CASE(rid_refused),
	KUNIT_CASE(rid_in_an_identity_group),
	KUNIT_CASE(rid_cannot_go_back),
	KUNIT_CASE(driver_leaves),
	KUNIT_CASE(another_driver_leaves),
	KUNIT_CASE_PARAM(removal, removal_gen_params),
	KUNIT_CASE(reserved_regions),
	{}
};

static struct kunit_suite user_suite = {
	.name = "iopasid-core-users",
	.test_cases = user_cases,
};
kunit_test_suite(user_suite);
