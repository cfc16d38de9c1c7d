// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: domains that are filled by hand
 *
 * iopasid_domain_map() and iopasid_domain_unmap(): the checks in front of the
 * provider's page table, and the flush that follows an unmap.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include <iopasid/pasid.h>

#include "core-state.h"

#define RW	(IOPASID_READ | IOPASID_WRITE)

struct map_case {
	const char *name;
	u64 iova;
	phys_addr_t phys;
	size_t size;
	unsigned int prot;
	int ret;
};

/* In a domain of 32 bits with [1M, 1M + 64K) mapped */
static const struct map_case map_cases[] = {
	{ "a page",		SZ_4K, SZ_8K, SZ_4K, RW, 0 },
	{ "the first",		0, SZ_8K, SZ_4K, RW, 0 },
	{ "the last",		SZ_4G - SZ_4K, SZ_8K, SZ_4K, RW, 0 },
	{ "everything below",	0, 0, SZ_1M, IOPASID_READ, 0 },
	{ "write only",		SZ_4K, SZ_8K, SZ_4K, IOPASID_WRITE, 0 },
	{ "a peer's memory",	SZ_4K, SZ_8K, SZ_4K, RW | IOPASID_MMIO, 0 },
	{ "nothing",		SZ_4K, SZ_8K, 0, RW, -EINVAL },
	{ "half a page",	SZ_4K, SZ_8K, SZ_2K, RW, -EINVAL },
	{ "iova in a page",	SZ_4K + 8, SZ_8K, SZ_4K, RW, -EINVAL },
	{ "phys in a page",	SZ_4K, SZ_8K + 8, SZ_4K, RW, -EINVAL },
	{ "no access",		SZ_4K, SZ_8K, SZ_4K, 0, -EINVAL },
	{ "no access, MMIO",	SZ_4K, SZ_8K, SZ_4K, IOPASID_MMIO, -EINVAL },
	{ "beyond the end",	SZ_4G, SZ_8K, SZ_4K, RW, -ERANGE },
	{ "across the end",	SZ_4G - SZ_4K, SZ_8K, SZ_8K, RW, -ERANGE },
	{ "around the world",	-SZ_4K, SZ_8K, SZ_8K, RW, -ERANGE },
	{ "all of size_t",	SZ_4K, SZ_8K, -(size_t)SZ_4K, RW, -ERANGE },
	{ "mapped already",	SZ_1M, SZ_8K, SZ_4K, RW, -EEXIST },
	{ "across a mapping",	SZ_1M - SZ_8K, SZ_8K, SZ_16K, RW, -EEXIST },
};

KUNIT_ARRAY_PARAM_DESC(map, map_cases, name);

static struct iopasid_domain *small_domain(struct kunit *test,
					   struct fake_device **fdev)
{
	struct fake *fake = fake_create(test);
	struct iopasid_domain *domain;

	fake->aperture_last = SZ_4G - 1;
	*fdev = core_device(fake, 0);
	domain = core_domain(*fdev);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(domain, &(*fdev)->dev,
						       7), 0);
	KUNIT_ASSERT_EQ(test, iopasid_domain_map(domain, SZ_1M, SZ_2M, SZ_64K,
						 RW, GFP_KERNEL), 0);
	fake_forget_calls(fake);
	return domain;
}

static void end_domain(struct kunit *test, struct iopasid_domain *domain,
		       struct fake_device *fdev)
{
	struct fake_domain *fdom = fake_domain_of(domain);

	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, 0, SZ_4G), 0);
	KUNIT_EXPECT_EQ(test, fdom->nr_mapped, 0);
	KUNIT_EXPECT_EQ(test, fdom->nr_stale, 0);
	KUNIT_EXPECT_EQ(test, fdom->nr_tables, 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev, 7), 0);
	iopasid_domain_free(domain);
}

static void map(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	struct fake_device *fdev;
	struct iopasid_domain *domain = small_domain(test, &fdev);

	KUNIT_EXPECT_EQ(test, iopasid_domain_map(domain, c->iova, c->phys,
						 c->size, c->prot, GFP_KERNEL),
			c->ret);
	/* Refusals other than the table's own do not come to the provider. */
	KUNIT_EXPECT_EQ(test, fake_calls(fdev->fake, FAKE_MAP),
			!c->ret || c->ret == -EEXIST);
	KUNIT_EXPECT_EQ(test, fake_domain_of(domain)->nr_mapped,
			(SZ_64K + (c->ret ? 0 : c->size)) / SZ_4K);
	if (!c->ret)
		KUNIT_EXPECT_EQ(test, fake_translate(fdev, 7, c->iova + 5,
						     c->prot), c->phys + 5);
	KUNIT_EXPECT_EQ(test, fake_translate(fdev, 7, SZ_1M + 5, RW),
			SZ_2M + 5);
	end_domain(test, domain, fdev);
}

static void unmap(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = small_domain(test, &fdev);
	struct fake *fake = fdev->fake;

	/* The range, once; on return nothing of it is reachable. */
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_1M, SZ_8K), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_FLUSH), 1);
	KUNIT_EXPECT_EQ(test, fake->calls[1].iova, SZ_1M);
	KUNIT_EXPECT_EQ(test, fake->calls[1].size, SZ_8K);
	KUNIT_EXPECT_FALSE(test, fake_is_stale(domain, SZ_1M));
	KUNIT_EXPECT_EQ(test, fake_translate(fdev, 7, SZ_1M, RW),
			PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, fake_translate(fdev, 7, SZ_1M + SZ_8K, RW),
			SZ_2M + SZ_8K);

	/* A hole has nothing to flush. */
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_1M, SZ_8K), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_FLUSH), 1);
	/* Holes in a range are skipped: flushed is what was mapped. */
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, 0, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, fake->calls[1].iova, SZ_1M + SZ_8K);
	KUNIT_EXPECT_EQ(test, fake->calls[1].size, SZ_64K - SZ_8K);

	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_1M, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_1M + 8, SZ_4K),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_4G, SZ_4K),
			-ERANGE);
	end_domain(test, domain, fdev);
}

static void failures(struct kunit *test)
{
	struct fake_device *fdev;
	struct iopasid_domain *domain = small_domain(test, &fdev);

	fake_fail_nth(fdev->fake, FAKE_MAP, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_domain_map(domain, 0, 0, SZ_4K, RW,
						 GFP_KERNEL), -ENOMEM);
	fake_fail_nth(fdev->fake, FAKE_FLUSH, 1, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_1M, SZ_4K),
			-ETIMEDOUT);
	fake_fail_nth(fdev->fake, FAKE_FLUSH, 1, -EIO);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, SZ_1M + SZ_4K,
						   SZ_4K), -EIO);
	KUNIT_EXPECT_TRUE(test, fake_is_stale(domain, SZ_1M));
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&fdev->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domain, 0, SZ_4G), 0);
	iopasid_domain_free(domain);
}

static void static_domains(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct iopasid_domain *domains[] = { &fake->identity, &fake->blocked };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(domains); i++) {
		KUNIT_EXPECT_EQ(test, iopasid_domain_map(domains[i], 0, 0,
							 SZ_4K, RW, GFP_KERNEL),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(domains[i], 0,
							   SZ_4K), -EINVAL);
	}
	KUNIT_EXPECT_STREQ(test, iopasid_domain_type_name(domains[0]->type),
			   "identity");
	KUNIT_EXPECT_STREQ(test, iopasid_domain_type_name(domains[1]->type),
			   "blocked");
	KUNIT_EXPECT_STREQ(test,
			   iopasid_domain_type_name(IOPASID_DOMAIN_PAGING),
			   "translated");
}

static struct kunit_case domain_cases[] = {
	KUNIT_CASE_PARAM(map, map_gen_params),
	KUNIT_CASE(unmap),
	KUNIT_CASE(failures),
	KUNIT_CASE(static_domains),
	{}
};

static struct kunit_suite domain_suite = {
	.name = "iopasid-core-domains",
	.test_cases = domain_cases,
};
kunit_test_suite(domain_suite);
