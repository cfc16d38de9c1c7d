// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: the fake provider itself
 *
 * A watchman who never barks proves nothing: each complaint of the fake is
 * provoked here, by calling its ops as a broken core would, and each way to
 * make a call fail is tried.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "fake-provider.h"

#define PASID	7

static struct fake_device *lone_device(struct fake *fake)
{
	return fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = 1 << 5,
	});
}

struct broken_case {
	const char *name;
	void (*provoke)(struct fake_device *fdev, struct iopasid_domain *domain);
};

static void no_group_lock(struct fake_device *fdev,
			  struct iopasid_domain *domain)
{
	domain->ops->attach_dev(domain, fdev->idev, fdev->rid);
	mutex_lock(&fdev->group->lock);
	domain->ops->attach_dev(&fdev->fake->identity, fdev->idev, domain);
	mutex_unlock(&fdev->group->lock);
}

static void wrong_old_rid(struct fake_device *fdev,
			  struct iopasid_domain *domain)
{
	mutex_lock(&fdev->group->lock);
	domain->ops->attach_dev(&fdev->fake->identity, fdev->idev, domain);
	mutex_unlock(&fdev->group->lock);
}

static void wrong_old_pasid(struct fake_device *fdev,
			    struct iopasid_domain *domain)
{
	mutex_lock(&fdev->group->lock);
	domain->ops->attach_dev_pasid(domain, fdev->idev, PASID, domain);
	domain->ops->detach_dev_pasid(domain, fdev->idev, PASID);
	mutex_unlock(&fdev->group->lock);
}

static void beyond_limit(struct fake_device *fdev,
			 struct iopasid_domain *domain)
{
	mutex_lock(&fdev->group->lock);
	domain->ops->attach_dev_pasid(domain, fdev->idev, 32, NULL);
	domain->ops->detach_dev_pasid(domain, fdev->idev, 32);
	mutex_unlock(&fdev->group->lock);
}

static void detach_nothing(struct fake_device *fdev,
			   struct iopasid_domain *domain)
{
	mutex_lock(&fdev->group->lock);
	domain->ops->detach_dev_pasid(domain, fdev->idev, PASID);
	mutex_unlock(&fdev->group->lock);
}

static void map_without_flush(struct fake_device *fdev,
			      struct iopasid_domain *domain)
{
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	domain->ops->map_pages(domain, SZ_4K, SZ_1M, SZ_4K, IOPASID_READ,
			       GFP_KERNEL);
	domain->ops->unmap_pages(domain, SZ_4K, SZ_4K, &gather);
	domain->ops->map_pages(domain, SZ_4K, SZ_1M, SZ_4K, IOPASID_READ,
			       GFP_KERNEL);
	domain->ops->unmap_pages(domain, SZ_4K, SZ_4K, &gather);
	domain->ops->flush(domain, &gather);
}

static void free_without_flush(struct fake_device *fdev,
			       struct iopasid_domain *domain)
{
	struct iopasid_domain *other = iopasid_domain_alloc_paging(&fdev->dev);
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	other->ops->map_pages(other, SZ_4K, SZ_1M, SZ_4K, IOPASID_READ,
			      GFP_KERNEL);
	other->ops->unmap_pages(other, SZ_4K, SZ_4K, &gather);
	iopasid_domain_free(other);
}

static void map_part_of_page(struct fake_device *fdev,
			     struct iopasid_domain *domain)
{
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	domain->ops->map_pages(domain, SZ_4K, SZ_1M + 1, SZ_4K, IOPASID_READ,
			       GFP_KERNEL);
	domain->ops->unmap_pages(domain, SZ_4K, SZ_4K, &gather);
	domain->ops->flush(domain, &gather);
}

/* Taken away only after the complaint, or nobody could go on. */
static void free_attached(struct fake_device *fdev,
			  struct iopasid_domain *domain)
{
	struct iopasid_domain *other = iopasid_domain_alloc_paging(&fdev->dev);

	iopasid_attach_dev_pasid(other, &fdev->dev, PASID);
	if (fake_is_attached(fdev->fake, other))
		fake_complain(fdev->fake, "as domain_free would");
	iopasid_detach_dev_pasid(&fdev->dev, PASID);
	iopasid_domain_free(other);
}

static const struct broken_case broken_cases[] = {
	{ "attach without the group lock",	no_group_lock },
	{ "the wrong old domain at the RID",	wrong_old_rid },
	{ "the wrong old domain at a PASID",	wrong_old_pasid },
	{ "a PASID beyond the limit",		beyond_limit },
	{ "detach of nothing",			detach_nothing },
	{ "map before the flush",		map_without_flush },
	{ "free before the flush",		free_without_flush },
	{ "map of half a page",			map_part_of_page },
	{ "free of an attached domain",		free_attached },
};

KUNIT_ARRAY_PARAM_DESC(broken, broken_cases, name);

static void complains(struct kunit *test)
{
	const struct broken_case *c = test->param_value;
	struct fake_device *fdev;
	struct iopasid_domain *domain;
	struct fake *fake;

	if (c->provoke == no_group_lock && !IS_ENABLED(CONFIG_LOCKDEP))
		kunit_skip(test, "lockdep tells who holds a lock");
	fake = fake_create(test);
	fdev = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = 1 << 5,
		.type = IOPASID_DOMAIN_IDENTITY,
	});
	domain = iopasid_domain_alloc_paging(&fdev->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_complaints), 0);
	fake->expect_complaints = true;
	c->provoke(fdev, domain);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_complaints), 1);
	iopasid_domain_free(domain);
}

static void page_table(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = lone_device(fake);
	struct iopasid_domain *domain = iopasid_domain_alloc_paging(&fdev->dev);
	struct fake_domain *fdom = fake_domain_of(domain);
	struct iopasid_gather gather;
	const u64 iova = SZ_2M - SZ_4K;

	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &fdev->dev,
						       PASID), 0);
	KUNIT_EXPECT_EQ(test, domain->ops->map_pages(domain, iova, SZ_1M, SZ_8K,
						     IOPASID_READ, GFP_ATOMIC),
			0);
	KUNIT_EXPECT_EQ(test, fdom->nr_tables, 2);
	KUNIT_EXPECT_EQ(test, fdom->nr_mapped, 2);
	KUNIT_EXPECT_EQ(test, domain->ops->map_pages(domain, iova - SZ_4K, 0,
						     SZ_8K, IOPASID_READ,
						     GFP_ATOMIC), -EEXIST);
	KUNIT_EXPECT_EQ(test, fdom->nr_mapped, 2);
	KUNIT_EXPECT_EQ(test, fake_translate(fdev, PASID, iova + 5,
					     IOPASID_READ), SZ_1M + 5);
	KUNIT_EXPECT_EQ(test, fake_translate(fdev, PASID, iova, IOPASID_WRITE),
			PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, fake_translate(fdev, PASID + 1, iova,
					     IOPASID_READ), PHYS_ADDR_MAX);

	iopasid_gather_init(&gather);
	KUNIT_EXPECT_EQ(test, domain->ops->unmap_pages(domain, 0, SZ_4M,
						       &gather), SZ_8K);
	KUNIT_EXPECT_EQ(test, gather.first, iova);
	KUNIT_EXPECT_EQ(test, gather.last, iova + SZ_8K - 1);
	KUNIT_EXPECT_TRUE(test, fake_is_stale(domain, iova));
	KUNIT_EXPECT_EQ(test, fdom->nr_stale, 2);
	KUNIT_EXPECT_EQ(test, fdom->nr_tables, 2);
	KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_stale(domain, iova));
	KUNIT_EXPECT_EQ(test, fdom->nr_stale, 0);
	KUNIT_EXPECT_EQ(test, fdom->nr_tables, 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev, PASID), 0);
	iopasid_domain_free(domain);
}

static void failing_calls(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = lone_device(fake);
	struct iopasid_domain *domain = iopasid_domain_alloc_paging(&fdev->dev);
	struct iopasid_gather gather;
	unsigned int i;

	fake_forget_calls(fake);
	fake_fail_nth(fake, FAKE_MAP, 3, -ENOMEM);
	for (i = 1; i <= 4; i++)
		KUNIT_EXPECT_EQ(test, domain->ops->map_pages(domain, i * SZ_4K,
							     0, SZ_4K,
							     IOPASID_READ,
							     GFP_KERNEL),
				i == 3 ? -ENOMEM : 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_MAP), 4);
	KUNIT_EXPECT_EQ(test, fake->nr_recorded, 4);
	KUNIT_EXPECT_EQ(test, fake->calls[2].ret, -ENOMEM);
	KUNIT_EXPECT_EQ(test, fake->calls[3].iova, 4 * SZ_4K);

	/* A flush that fails leaves everything stale, and that is no crime. */
	fake_fail_always(fake, FAKE_FLUSH, -ETIMEDOUT);
	iopasid_gather_init(&gather);
	domain->ops->unmap_pages(domain, 0, SZ_2M, &gather);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather),
				-ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, fake_domain_of(domain)->nr_failed_flushes, 3);
	KUNIT_EXPECT_EQ(test, fake_domain_of(domain)->nr_stale, 3);
	iopasid_domain_free(domain);
}

static struct kunit_case fake_cases[] = {
	KUNIT_CASE_PARAM(complains, broken_gen_params),
	KUNIT_CASE(page_table),
	KUNIT_CASE(failing_calls),
	{}
};

static struct kunit_suite fake_suite = {
	.name = "iopasid-fake-provider",
	.test_cases = fake_cases,
};
kunit_test_suite(fake_suite);
