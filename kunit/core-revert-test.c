// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: no way back
 *
 * A change of several members fails at one of them, and the unit does not take
 * back those that had moved. They must not stay at the domain that was refused,
 * whose owner frees it: their DMA is blocked, their page requests are nobody's,
 * and they are where they belong again after the next change.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-page.h"

#define NR_MEMBERS	4

static const struct fake_resv direct_resv = {
	.first = SZ_16M, .last = SZ_16M + SZ_64K - 1,
	.type = IOPASID_RESV_DIRECT,
};

/* Let the n-th call of an op fail, and all after it. */
static void fail_from(struct fake *fake, enum fake_op op, unsigned int nth)
{
	spin_lock_irq(&fake->lock);
	fake->fail[op] = (struct fake_fail){
		.skip = nth - 1,
		.times = UINT_MAX,
		.err = -ETIMEDOUT,
	};
	spin_unlock_irq(&fake->lock);
}

/* A group whose members ask for pages, all attached at PAGE_PASID */
struct revert {
	struct pages *pages;
	struct fake *fake;
	struct fake_device *members[NR_MEMBERS];
	struct iopasid_domain *old;
	struct iopasid_domain *new;
	struct pages new_pages;
};

static struct revert *revert_begin(struct kunit *test)
{
	struct revert *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->pages = pages_create(test);
	r->fake = r->pages->fake;
	r->old = r->pages->domain;
	r->new = core_domain(r->pages->fdev);
	spin_lock_init(&r->new_pages.lock);
	r->new_pages.at_once = true;
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_domain_set_fault_handler(r->new, pages_handler,
							 NULL, &r->new_pages));
	for (i = 0; i < NR_MEMBERS; i++) {
		r->members[i] = fake_device_create(r->fake,
						   &(struct fake_device_config){
			.group = 1, .max_pasids = MAX_PASIDS,
			.page_requests = true,
		});
		KUNIT_ASSERT_EQ(test, 0,
				iopasid_attach_dev_pasid(r->old,
							 &r->members[i]->dev,
							 PAGE_PASID));
	}
	fake_forget_calls(r->fake);
	return r;
}

static void revert_end(struct kunit *test, struct revert *r)
{
	unsigned int i;

	for (i = 0; i < NR_MEMBERS; i++)
		KUNIT_EXPECT_EQ(test, 0,
				iopasid_detach_dev_pasid(&r->members[i]->dev,
							 PAGE_PASID));
	iopasid_domain_free(r->new);
	pages_destroy(r->pages);
}

static int replace(struct revert *r, struct iopasid_domain *domain)
{
	return iopasid_replace_dev_pasid(domain, &r->members[3]->dev,
					 PAGE_PASID);
}

/* The third cannot move, the first two cannot go back. */
static void replace_fails(struct kunit *test, struct revert *r)
{
	fail_from(r->fake, FAKE_ATTACH_PASID, 3);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, replace(r, r->new), -ETIMEDOUT);
	fake_fail_always(r->fake, FAKE_ATTACH_PASID, 0);
}

static void pasid_is_blocked(struct kunit *test)
{
	struct revert *r = revert_begin(test);
	unsigned int i;

	replace_fails(test, r);
	for (i = 0; i < NR_MEMBERS; i++) {
		struct fake_device *fdev = r->members[i];

		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PAGE_PASID),
				    i < 2 ? NULL : r->old);
		KUNIT_EXPECT_EQ(test, fake_log_lines("is blocked",
						     dev_name(&fdev->dev)),
				i < 2);
	}
	KUNIT_EXPECT_FALSE(test, fake_is_attached(r->fake, r->new));

	/* Still the same attachment: nobody can have the number. */
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iopasid_attach_dev_pasid(r->old, &r->members[0]->dev,
						 PAGE_PASID));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iopasid_attach_dev_pasid(r->new, &r->members[0]->dev,
						 PAGE_PASID));
	fake_forget_calls(r->fake);
	KUNIT_EXPECT_EQ(test, 0,
			iopasid_detach_dev_pasid(&r->members[0]->dev,
						 PAGE_PASID));
	/* Nothing is there to be cleared. */
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(r->fake));
	KUNIT_EXPECT_EQ(test, 0,
			iopasid_attach_dev_pasid(r->old, &r->members[0]->dev,
						 PAGE_PASID));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(r->members[0], PAGE_PASID),
			    r->old);
	revert_end(test, r);
}

/* Requests go to nobody, least of all to the domain that was refused. */
static void pages_are_nobodys(struct kunit *test)
{
	struct revert *r = revert_begin(test);
	unsigned int i;

	replace_fails(test, r);
	for (i = 0; i < NR_MEMBERS; i++) {
		page_ask(r->members[i], PAGE_PASID, i, true);
		KUNIT_EXPECT_EQ(test, i < 2,
				fake_page_is_answered(r->members[i],
						      PAGE_PASID, i));
	}
	KUNIT_EXPECT_EQ(test, r->new_pages.nr_handed, 0);
	KUNIT_EXPECT_EQ(test, r->pages->nr_handed, 2);
	pages_answer_all(r->pages, IOPASID_PAGE_SUCCESS);
	revert_end(test, r);
}

/* The next replace takes all of them along, those that are blocked as new. */
static void next_replace_heals(struct kunit *test)
{
	struct revert *r = revert_begin(test);
	unsigned int i;

	replace_fails(test, r);
	fake_forget_calls(r->fake);
	KUNIT_EXPECT_EQ(test, replace(r, r->new), 0);
	for (i = 0; i < NR_MEMBERS; i++) {
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(r->members[i],
						       PAGE_PASID), r->new);
		page_ask(r->members[i], PAGE_PASID, i, true);
	}
	KUNIT_EXPECT_EQ(test, r->new_pages.nr_handed, NR_MEMBERS);
	KUNIT_EXPECT_NULL(test, pages_call(r->pages, FAKE_ATTACH_PASID, 0)->old);
	KUNIT_EXPECT_NULL(test, pages_call(r->pages, FAKE_ATTACH_PASID, 1)->old);
	revert_end(test, r);
}

/* A replace by the same domain is no change, but for those that are blocked. */
static void same_domain_heals(struct kunit *test)
{
	struct revert *r = revert_begin(test);
	unsigned int i;

	replace_fails(test, r);
	fake_forget_calls(r->fake);
	KUNIT_EXPECT_EQ(test, replace(r, r->old), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(r->fake, FAKE_ATTACH_PASID), 2);
	for (i = 0; i < NR_MEMBERS; i++)
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(r->members[i],
						       PAGE_PASID), r->old);
	revert_end(test, r);
}

/* It fails once more: who was blocked stays so, or is back by then. */
static void next_replace_fails_too(struct kunit *test)
{
	struct revert *r = revert_begin(test);
	unsigned int nth;

	for (nth = 1; nth <= NR_MEMBERS; nth++) {
		replace_fails(test, r);
		fake_fail_nth(r->fake, FAKE_ATTACH_PASID, nth, -ENOMEM);
		KUNIT_EXPECT_EQ(test, replace(r, r->new), -ENOMEM);
		KUNIT_EXPECT_FALSE(test, fake_is_attached(r->fake, r->new));
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(r->members[0],
						       PAGE_PASID),
				    nth > 1 ? r->old : NULL);
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(r->members[1],
						       PAGE_PASID),
				    nth > 2 ? r->old : NULL);
		KUNIT_EXPECT_EQ(test, replace(r, r->old), 0);
	}
	revert_end(test, r);
}

/* A group that goes pass-through: the third member does not, the others hang. */
static struct fake_device *rid_fails(struct kunit *test,
				     const struct fake_device_config *config,
				     struct fake_device **members)
{
	struct fake *fake = fake_create(test);
	unsigned int i;

	for (i = 0; i < NR_MEMBERS; i++)
		members[i] = fake_device_create(fake, config);
	fail_from(fake, FAKE_ATTACH_DEV, 3);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(members[0]->group,
						     IOPASID_DOMAIN_IDENTITY),
			-ETIMEDOUT);
	fake_fail_always(fake, FAKE_ATTACH_DEV, 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[2], 0),
			    members[0]->group->dma_domain);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[3], 0),
			    members[0]->group->dma_domain);
	return members[0];
}

static const struct fake_device_config member_config = {
	.max_pasids = MAX_PASIDS, .group = 1,
};

static void rid_is_blocked(struct kunit *test)
{
	struct fake_device *members[NR_MEMBERS];
	struct fake_device *a = rid_fails(test, &member_config, members);
	struct iopasid_group *group = a->group;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[i], 0),
				    &a->fake->blocked);
		KUNIT_EXPECT_EQ(test, fake_log_lines("is blocked",
						     dev_name(&members[i]->dev)),
				1);
	}
	KUNIT_EXPECT_EQ(test, group->type, IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, group->rid_domain, group->dma_domain);

	/* The next driver has all of them back, or is refused. */
	fake_fail_nth(a->fake, FAKE_ATTACH_DEV, 1, -ETIMEDOUT);
	fake_device_bind(a);
	KUNIT_EXPECT_TRUE(test, a->idev->refused);
	fake_device_unbind(a);
	fake_device_bind(a);
	KUNIT_EXPECT_FALSE(test, a->idev->refused);
	for (i = 0; i < NR_MEMBERS; i++)
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[i], 0),
				    group->dma_domain);
	fake_device_unbind(a);
}

/* A sibling's driver is bound already; it keeps what it has. */
static void rid_comes_back_beside_a_driver(struct kunit *test)
{
	struct fake_device *members[NR_MEMBERS];
	struct fake_device *a = rid_fails(test, &member_config, members);
	struct iopasid_group *group = a->group;

	fake_fail_always(a->fake, FAKE_ATTACH_DEV, -ETIMEDOUT);
	fake_device_bind(members[3]);
	fake_fail_always(a->fake, FAKE_ATTACH_DEV, 0);
	KUNIT_EXPECT_TRUE(test, members[3]->idev->refused);
	fake_device_bind(members[2]);
	KUNIT_EXPECT_FALSE(test, members[2]->idev->refused);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), group->dma_domain);
	fake_device_unbind(members[3]);
	fake_device_unbind(members[2]);
}

/* What firmware does must go on: pass-through, if the unit lets it. */
static void rid_of_firmware_passes(struct kunit *test)
{
	static const struct fake_device_config config = {
		.group = 1, .resv = &direct_resv, .nr_resv = 1,
	};
	struct fake_device *members[NR_MEMBERS];
	struct fake *fake = fake_create(test);
	unsigned int i;

	/* From pass-through to translated, which the third refuses. */
	for (i = 0; i < NR_MEMBERS; i++)
		members[i] = fake_device_create(fake, &config);
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_group_set_type(members[0]->group,
					       IOPASID_DOMAIN_IDENTITY));
	/* Members 0 and 1 move, 2 does not, 1 cannot go back at first. */
	spin_lock_irq(&fake->lock);
	fake->fail[FAKE_ATTACH_DEV] = (struct fake_fail){
		.skip = 2, .times = 2, .err = -ETIMEDOUT,
	};
	spin_unlock_irq(&fake->lock);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			iopasid_group_set_type(members[0]->group,
					       IOPASID_DOMAIN_PAGING));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[0], 0), &fake->identity);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[1], 0), &fake->blocked);
	/* The page table that was refused is gone. */
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);

	/* From translated: pass-through is where it is safe. */
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_group_set_type(members[0]->group,
					       IOPASID_DOMAIN_PAGING));
	spin_lock_irq(&fake->lock);
	fake->fail[FAKE_ATTACH_DEV] = (struct fake_fail){
		.skip = 2, .times = 2, .err = -ETIMEDOUT,
	};
	spin_unlock_irq(&fake->lock);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			iopasid_group_set_type(members[0]->group,
					       IOPASID_DOMAIN_IDENTITY));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[1], 0), &fake->identity);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(members[0], 0),
			    members[0]->group->dma_domain);
}

/* A unit that goes and does not answer leaves no device at a page table. */
static void unit_goes_and_does_not_answer(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 1);

	fake_fail_always(fake, FAKE_ATTACH_DEV, -ETIMEDOUT);
	fake->expect_complaints = true;
	fake_unit_unregister(fake_first_unit(fake));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->blocked);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);
	/* "does not pass through", and nothing else */
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_complaints), 1);
}

static struct kunit_case revert_cases[] = {
	KUNIT_CASE(pasid_is_blocked),
	KUNIT_CASE(pages_are_nobodys),
	KUNIT_CASE(next_replace_heals),
	KUNIT_CASE(same_domain_heals),
	KUNIT_CASE(next_replace_fails_too),
	KUNIT_CASE(rid_is_blocked),
	KUNIT_CASE(rid_comes_back_beside_a_driver),
	KUNIT_CASE(rid_of_firmware_passes),
	KUNIT_CASE(unit_goes_and_does_not_answer),
	{}
};

static struct kunit_suite revert_suite = {
	.name = "iopasid-core-reverts",
	.test_cases = revert_cases,
};
kunit_test_suite(revert_suite);
