// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: page tables for user space
 *
 * What the core looks at before it asks the provider for one, for its dirty
 * pages, and for what it is.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include <iopasid/capability.h>
#include <iopasid/pasid.h>

#include "core-state.h"

#define RW	(IOPASID_READ | IOPASID_WRITE)
#define DIRTY	IOPASID_ALLOC_DIRTY_TRACKING

static void alloc(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	struct iopasid_domain *domain;

	domain = iopasid_domain_alloc_user(&fdev->dev,
					   DIRTY | IOPASID_ALLOC_PASID, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, domain->flags, DIRTY | IOPASID_ALLOC_PASID);
	KUNIT_EXPECT_TRUE(test, domain->coherent);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DOMAIN_ALLOC_USER), 1);
	iopasid_domain_free(domain);

	domain = iopasid_domain_alloc_paging(&fdev->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, domain->flags, 0);
	KUNIT_EXPECT_FALSE(test, domain->coherent);
	iopasid_domain_free(domain);
}

static void alloc_with_data(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	const u32 words[2] = { 42, 0 };
	struct iopasid_alloc_data data = {
		.type = FAKE_DATA_TYPE,
		.size = sizeof(words[0]),
		.data = words,
	};
	struct iopasid_domain *domain;

	domain = iopasid_domain_alloc_user(&fdev->dev, 0, &data);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, fake_domain_of(domain)->user_data, 42);
	iopasid_domain_free(domain);
	data.size = sizeof(words);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&fdev->dev, 0,
								&data)),
			-EINVAL);
	data.type++;
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&fdev->dev, 0,
								&data)),
			-EOPNOTSUPP);
}

/* Nothing of it comes to the provider. */
static void alloc_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev, *stranger;

	fake->caps &= ~IOPASID_CAP_DIRTY_TRACKING;
	fdev = core_device(fake, 0);
	stranger = fake_device_create_unannounced(fake,
						  &(struct fake_device_config){});
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&stranger->dev,
								0, NULL)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&fdev->dev,
								DIRTY, NULL)),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&fdev->dev,
								BIT(2), NULL)),
			-EOPNOTSUPP);
	fake->ops.domain_alloc_user = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&fdev->dev, 0,
								NULL)),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DOMAIN_ALLOC_USER), 0);
}

static void alloc_fails(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0);
	unsigned int refs = module_refcount(THIS_MODULE);

	/* The fake's module is its provider's owner. */
	refs = module_refcount(fake->provider.owner);
	fake_fail_nth(fake, FAKE_DOMAIN_ALLOC_USER, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, PTR_ERR(iopasid_domain_alloc_user(&fdev->dev, 0,
								NULL)),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, module_refcount(fake->provider.owner), refs);
}

/* What was recorded, and how often */
struct seen {
	struct kunit *test;
	unsigned int nr;
	u64 iova[4];
};

static void note(u64 iova, size_t size, void *data)
{
	struct seen *seen = data;

	KUNIT_EXPECT_EQ(seen->test, size, SZ_4K);
	KUNIT_ASSERT_LT(seen->test, seen->nr, ARRAY_SIZE(seen->iova));
	seen->iova[seen->nr++] = iova;
}

/* [1M, 1M + 64K) is mapped, and reached by PASID 7. */
static struct iopasid_domain *dirty_domain(struct kunit *test, u32 flags,
					   struct fake_device **fdev)
{
	struct fake *fake = fake_create(test);
	struct iopasid_domain *domain;

	fake->aperture_last = SZ_4G - 1;
	*fdev = core_device(fake, 0);
	domain = iopasid_domain_alloc_user(&(*fdev)->dev, flags, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &(*fdev)->dev,
						       7), 0);
	KUNIT_ASSERT_EQ(test, iopasid_domain_map(domain, SZ_1M, SZ_2M, SZ_64K,
						 RW, GFP_KERNEL), 0);
	return domain;
}

static void end(struct iopasid_domain *domain, struct fake_device *fdev)
{
	struct kunit *test = fdev->fake->test;

	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, 0, SZ_4G), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev, 7), 0);
	iopasid_domain_free(domain);
}

static void dirty(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = dirty_domain(test, DIRTY, &fdev);
	struct seen seen = { .test = test };
	struct iopasid_gather gather;
	struct iopasid_dirty reader = {
		.record = note, .data = &seen, .gather = &gather,
	};

	iopasid_gather_init(&gather);
	KUNIT_ASSERT_EQ(test, iopasid_domain_set_dirty_tracking(domain, true),
			0);
	KUNIT_EXPECT_TRUE(test, fake_write(fdev, 7, SZ_1M + SZ_4K + 5));
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0,
								  SZ_2M,
								  &reader), 0);
	KUNIT_ASSERT_EQ(test, seen.nr, 1);
	KUNIT_EXPECT_EQ(test, seen.iova[0], SZ_1M + SZ_4K);
	KUNIT_EXPECT_TRUE(test, gather.cleaned);
	KUNIT_EXPECT_EQ(test, gather.first, SZ_1M + SZ_4K);
	KUNIT_EXPECT_EQ(test, gather.last, SZ_1M + SZ_8K - 1);

	/* Before the flush it is not marked again, after it it is. */
	fake_write(fdev, 7, SZ_1M + SZ_4K);
	iopasid_domain_read_and_clear_dirty(domain, 0, SZ_2M, &reader);
	KUNIT_EXPECT_EQ(test, seen.nr, 1);
	KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather), 0);
	fake_write(fdev, 7, SZ_1M + SZ_4K);
	iopasid_gather_init(&gather);
	iopasid_domain_read_and_clear_dirty(domain, 0, SZ_2M, &reader);
	KUNIT_EXPECT_EQ(test, seen.nr, 2);
	KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather), 0);
	end(domain, fdev);
}

/* Read twice, then only cleared. */
static void dirty_flags(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = dirty_domain(test, DIRTY, &fdev);
	struct seen seen = { .test = test };
	struct iopasid_gather gather;
	struct iopasid_dirty look = {
		.record = note, .data = &seen, .flags = IOPASID_DIRTY_NO_CLEAR,
	};
	struct iopasid_dirty clear = { .gather = &gather };

	KUNIT_ASSERT_EQ(test, iopasid_domain_set_dirty_tracking(domain, true),
			0);
	fake_write(fdev, 7, SZ_1M);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, SZ_1M,
								  SZ_4K, &look),
			0);
	iopasid_domain_read_and_clear_dirty(domain, SZ_1M, SZ_4K, &look);
	KUNIT_EXPECT_EQ(test, seen.nr, 2);
	iopasid_gather_init(&gather);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, SZ_1M,
								  SZ_4K,
								  &clear), 0);
	KUNIT_EXPECT_FALSE(test, iopasid_gather_empty(&gather));
	iopasid_domain_read_and_clear_dirty(domain, SZ_1M, SZ_4K, &look);
	KUNIT_EXPECT_EQ(test, seen.nr, 2);
	KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather), 0);
	end(domain, fdev);
}

/* On and off; asked for twice is asked for once. */
static void tracking(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = dirty_domain(test, DIRTY, &fdev);
	struct fake *fake = fdev->fake;
	struct seen seen = { .test = test };
	struct iopasid_dirty look = {
		.record = note, .data = &seen, .flags = IOPASID_DIRTY_NO_CLEAR,
	};

	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, false),
			0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_SET_DIRTY), 0);
	fake_fail_nth(fake, FAKE_SET_DIRTY, 1, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, true),
			-ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0,
								  SZ_4K, &look),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, true),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, true),
			0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_SET_DIRTY), 2);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0,
								  SZ_4K, &look),
			0);
	fake_fail_nth(fake, FAKE_SET_DIRTY, 1, -EIO);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, false),
			-EIO);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0,
								  SZ_4K, &look),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, false),
			0);
	end(domain, fdev);
}

/* A unit that needs no switch: there is none to be called. */
static void no_switch(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = dirty_domain(test, DIRTY, &fdev);
	struct iopasid_domain_ops ops = *domain->ops;
	const struct iopasid_domain_ops *own = domain->ops;
	struct iopasid_dirty look = { .flags = IOPASID_DIRTY_NO_CLEAR };
	struct seen seen = { .test = test };

	look.record = note;
	look.data = &seen;
	ops.set_dirty_tracking = NULL;
	domain->ops = &ops;
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, true),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0,
								  SZ_4K, &look),
			0);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(domain, false),
			0);
	domain->ops = own;
	end(domain, fdev);
}

static void dirty_refused(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = dirty_domain(test, DIRTY, &fdev);
	struct iopasid_domain *other;
	struct iopasid_gather gather;
	struct iopasid_dirty clear = { .gather = &gather };
	struct iopasid_dirty nowhere = { };

	iopasid_gather_init(&gather);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0,
								  SZ_4K,
								  &nowhere),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 8,
								  SZ_4K,
								  &clear),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain, 0, 0,
								  &clear),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(domain,
								  SZ_4G - SZ_4K,
								  SZ_8K,
								  &clear),
			-ERANGE);
	KUNIT_EXPECT_FALSE(test, gather.cleaned);

	other = iopasid_domain_alloc_user(&fdev->dev, 0, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	KUNIT_EXPECT_EQ(test, iopasid_domain_set_dirty_tracking(other, true),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, iopasid_domain_read_and_clear_dirty(other, 0,
								  SZ_4K,
								  &clear),
			-EOPNOTSUPP);
	iopasid_domain_free(other);
	KUNIT_EXPECT_EQ(test,
			iopasid_domain_set_dirty_tracking(&fdev->fake->identity,
							  true), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fake_calls(fdev->fake, FAKE_SET_DIRTY), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fdev->fake, FAKE_READ_DIRTY), 0);
	end(domain, fdev);
}

struct width_case {
	const char *name;
	u32 max_pasids;
	unsigned int lg2;
};

static const struct width_case width_cases[] = {
	{ "none",		0, 0 },
	{ "20 bits",		1 << 20, 20 },
	{ "5 bits",		1 << 5, 5 },
	/* A table that has less room than the device has bits */
	{ "no whole bits",	1000, 9 },
};

KUNIT_ARRAY_PARAM_DESC(width, width_cases, name);

static void hw_info(struct kunit *test)
{
	const struct width_case *c = test->param_value;
	struct fake *fake = fake_create(test);
	struct iopasid_hw_info info;
	struct fake_device *fdev;

	fake->caps = IOPASID_CAP_COHERENT | IOPASID_CAP_PASID_PRIV;
	fdev = fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = c->max_pasids,
	});
	KUNIT_EXPECT_EQ(test, iopasid_capabilities(&fdev->dev), fake->caps);
	memset(&info, 0xff, sizeof(info));
	KUNIT_ASSERT_EQ(test, iopasid_hw_info(&fdev->dev, &info), 0);
	KUNIT_EXPECT_EQ(test, info.caps, fake->caps);
	KUNIT_EXPECT_EQ(test, info.max_pasids_lg2, c->lg2);
	KUNIT_EXPECT_EQ(test, info.type, FAKE_INFO_TYPE);
	KUNIT_ASSERT_EQ(test, info.length, sizeof(u32));
	KUNIT_EXPECT_EQ(test, *(u32 *)info.data, FAKE_INFO);
	kfree(info.data);

	fake->ops.hw_info = NULL;
	memset(&info, 0xff, sizeof(info));
	KUNIT_ASSERT_EQ(test, iopasid_hw_info(&fdev->dev, &info), 0);
	KUNIT_EXPECT_EQ(test, info.max_pasids_lg2, c->lg2);
	KUNIT_EXPECT_EQ(test, info.type | info.length, 0);
	KUNIT_EXPECT_NULL(test, info.data);
}

static void hw_info_fails(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 0), *stranger;
	struct iopasid_hw_info info;

	fake_fail_nth(fake, FAKE_HW_INFO, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_hw_info(&fdev->dev, &info), -ENOMEM);
	stranger = fake_device_create_unannounced(fake,
						  &(struct fake_device_config){});
	KUNIT_EXPECT_EQ(test, iopasid_hw_info(&stranger->dev, &info), -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_capabilities(&stranger->dev), 0);
}

static struct kunit_case user_cases[] = {
	KUNIT_CASE(alloc),
	KUNIT_CASE(alloc_with_data),
	KUNIT_CASE(alloc_refused),
	KUNIT_CASE(alloc_fails),
	KUNIT_CASE(dirty),
	KUNIT_CASE(dirty_flags),
	KUNIT_CASE(tracking),
	KUNIT_CASE(no_switch),
	KUNIT_CASE(dirty_refused),
	KUNIT_CASE_PARAM(hw_info, width_gen_params),
	KUNIT_CASE(hw_info_fails),
	{}
};

static struct kunit_suite user_suite = {
	.name = "iopasid-core-user",
	.test_cases = user_cases,
};
kunit_test_suite(user_suite);
