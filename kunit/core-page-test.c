// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: page requests
 *
 * Which requests are a group, who gets it, what the device is told, and what a
 * device cannot make the core do. How it all ends is in core-page-end-test.c.
 */
#include <linux/delay.h>
#include <linux/iommu.h>

#include "core-page.h"

static void one_request(struct kunit *test)
{
	struct pages *pages = pages_create(test);

	pages->at_once = true;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	page_ask(pages->fdev, PAGE_PASID, 511, true);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 1);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 1);
	pages_expect_answer(pages, 0, PAGE_PASID, 511, IOPASID_PAGE_SUCCESS);
	pages_expect_idle(pages);

	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.requests, 1);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.success, 1);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 1);
	pages_destroy(pages);
}

static void later_answers(struct kunit *test)
{
	static const enum iopasid_page_code codes[] = {
		IOPASID_PAGE_FAILURE, IOPASID_PAGE_SUCCESS,
		IOPASID_PAGE_INVALID,
	};
	struct pages *pages = pages_create(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		page_ask(pages->fdev, PAGE_PASID, i, true);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, ARRAY_SIZE(codes));
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);
	/* Not in the order of the requests */
	for (i = ARRAY_SIZE(codes); i--;)
		iopasid_fault_group_respond(pages_take(pages, i), codes[i]);
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		pages_expect_answer(pages, i, PAGE_PASID, 2 - i, codes[2 - i]);
	pages_expect_idle(pages);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.success, 1);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.invalid, 1);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.failure, 1);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_destroy(pages);
}

static void ask_at(struct pages *pages, u16 index, u64 addr, bool last)
{
	fake_page_request(pages->fdev, &(struct iopasid_page_request){
		.pasid = PAGE_PASID,
		.index = index,
		.access = IOPASID_PAGE_EXEC | IOPASID_PAGE_PRIV,
		.last = last,
		.addr = addr,
	});
}

static void expect_group(struct kunit *test, struct iopasid_fault_group *group,
			 u16 index, const u64 *addrs, unsigned int nr)
{
	struct iopasid_page_request *request;
	unsigned int i = 0;

	KUNIT_ASSERT_NOT_NULL(test, group);
	KUNIT_EXPECT_EQ(test, group->pasid, PAGE_PASID);
	KUNIT_EXPECT_EQ(test, group->index, index);
	KUNIT_EXPECT_EQ(test, group->nr_requests, nr);
	list_for_each_entry(request, &group->requests, node) {
		KUNIT_ASSERT_LT(test, i, nr);
		KUNIT_EXPECT_EQ(test, request->addr, addrs[i]);
		KUNIT_EXPECT_EQ(test, request->access,
				IOPASID_PAGE_EXEC | IOPASID_PAGE_PRIV);
		KUNIT_EXPECT_EQ(test, request->last, i == nr - 1);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, nr);
}

/* Two groups, their requests mixed: the one that is complete first is first. */
static void groups(struct kunit *test)
{
	static const u64 addrs[] = { 0x5000, 0x1000, 0xffff800000003000 };
	struct pages *pages = pages_create(test);
	struct iopasid_fault_group *group;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	ask_at(pages, 8, addrs[0], false);
	ask_at(pages, 9, addrs[0], false);
	ask_at(pages, 8, addrs[1], false);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 0);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->nr_open, 3);
	ask_at(pages, 9, addrs[1], true);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 1);
	ask_at(pages, 8, addrs[2], true);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 2);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);

	group = pages_take(pages, 0);
	expect_group(test, group, 9, addrs, 2);
	KUNIT_EXPECT_PTR_EQ(test, group->dev, &pages->fdev->dev);
	iopasid_fault_group_respond(group, IOPASID_PAGE_SUCCESS);
	group = pages_take(pages, 0);
	expect_group(test, group, 8, addrs, 3);
	iopasid_fault_group_respond(group, IOPASID_PAGE_SUCCESS);

	KUNIT_EXPECT_EQ(test, pages_answers(pages), 2);
	pages_expect_idle(pages);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_destroy(pages);
}

/* The same index with another PASID, or without one, is another group. */
static void indexes_of_pasids(struct kunit *test)
{
	struct pages *pages = pages_create(test);

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	KUNIT_ASSERT_EQ(test, pages_attach(pages, OTHER_PASID), 0);
	page_ask(pages->fdev, PAGE_PASID, 1, false);
	page_ask(pages->fdev, OTHER_PASID, 1, true);
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 1, true);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, 1);
	pages_expect_answer(pages, 0, IOMMU_PASID_INVALID, 1,
			    IOPASID_PAGE_INVALID);
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, 2);
	KUNIT_EXPECT_EQ(test, pages->kept[1]->nr_requests, 2);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 3);
	pages_expect_idle(pages);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	iopasid_detach_dev_pasid(&pages->fdev->dev, OTHER_PASID);
	pages_destroy(pages);
}

struct no_one_case {
	const char *name;
	u32 pasid;
};

static const struct no_one_case no_one_cases[] = {
	{ "not attached",	NO_ONES_PASID },
	{ "no handler",		OTHER_PASID },
	{ "no PASID",		IOMMU_PASID_INVALID },
	{ "PASID 0",		0 },
};

KUNIT_ARRAY_PARAM_DESC(no_one, no_one_cases, name);

/* Nobody takes it: invalid at its last request, and nothing is kept. */
static void no_one(struct kunit *test)
{
	const struct no_one_case *c = test->param_value;
	struct pages *pages = pages_create(test);
	struct iopasid_domain *silent = core_domain(pages->fdev);
	struct device *dev = &pages->fdev->dev;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(silent, dev,
						       OTHER_PASID), 0);
	page_ask(pages->fdev, c->pasid, 7, false);
	page_ask(pages->fdev, c->pasid, 7, false);
	pages_expect_idle(pages);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);
	page_ask(pages->fdev, c->pasid, 7, true);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 1);
	pages_expect_answer(pages, 0, c->pasid, 7, IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 0);
	pages_expect_idle(pages);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.invalid, 1);

	iopasid_detach_dev_pasid(dev, PAGE_PASID);
	iopasid_detach_dev_pasid(dev, OTHER_PASID);
	iopasid_domain_free(silent);
	pages_destroy(pages);
}

/* A member that has not joined is not attached, whatever its sibling is. */
static void members(struct kunit *test)
{
	const struct fake_device_config config = {
		.max_pasids = MAX_PASIDS, .page_requests = true, .group = 1,
	};
	struct pages *pages = pages_create(test);
	struct fake_device *joined = fake_device_create(pages->fake, &config);
	struct fake_device *other = fake_device_create(pages->fake, &config);

	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(pages->domain,
						       &joined->dev,
						       PAGE_PASID), 0);
	page_ask(other, PAGE_PASID, 1, true);
	KUNIT_EXPECT_TRUE(test, fake_page_is_answered(other, PAGE_PASID, 1));
	page_ask(joined, PAGE_PASID, 1, true);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 1);
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(pages->domain,
						       &other->dev,
						       PAGE_PASID), 0);
	page_ask(other, PAGE_PASID, 1, true);
	KUNIT_ASSERT_EQ(test, pages->nr_handed, 2);
	KUNIT_EXPECT_PTR_EQ(test, pages->kept[0]->dev, &joined->dev);
	KUNIT_EXPECT_PTR_EQ(test, pages->kept[1]->dev, &other->dev);

	/* One leaves: its group is answered, the other's waits. */
	iopasid_detach_dev_pasid(&other->dev, PAGE_PASID);
	KUNIT_EXPECT_TRUE(test, fake_page_is_answered(other, PAGE_PASID, 1));
	KUNIT_EXPECT_FALSE(test, fake_page_is_answered(joined, PAGE_PASID, 1));
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_TRUE(test, fake_page_is_answered(joined, PAGE_PASID, 1));
	iopasid_detach_dev_pasid(&joined->dev, PAGE_PASID);
	pages_destroy(pages);
}

static void handlers(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct fake_device *silent = core_device(pages->fake, 0);
	struct device *unmanaged = fake_first_unit(pages->fake)->unit.dev;
	struct iopasid_domain *domain = core_domain(pages->fdev);
	struct iopasid_unit_ops *ops = &pages->fake->ops;
	typeof(ops->page_response) page_response = ops->page_response;

	KUNIT_EXPECT_TRUE(test, iopasid_has_page_requests(&pages->fdev->dev));
	KUNIT_EXPECT_FALSE(test, iopasid_has_page_requests(&silent->dev));
	KUNIT_EXPECT_FALSE(test, iopasid_has_page_requests(unmanaged));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iopasid_domain_set_fault_handler(pages->domain,
							 pages_handler, NULL,
							 NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iopasid_domain_set_fault_handler(&pages->fake->identity,
							 pages_handler, NULL,
							 NULL));
	ops->page_response = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iopasid_domain_set_fault_handler(domain, pages_handler,
							 NULL, NULL));
	ops->page_response = page_response;
	iopasid_domain_free(domain);
	pages_destroy(pages);
}

/* A device that never completes its groups: it is told of those it completes. */
static void open_groups(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);
	const unsigned int nr = IOPASID_PAGE_OPEN_MAX + 100;
	unsigned int i;

	pages->at_once = true;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	for (i = 0; i < nr; i++)
		page_ask(pages->fdev, PAGE_PASID, i, false);
	/* More of a group that has begun is lost, too. */
	page_ask(pages->fdev, PAGE_PASID, 0, false);
	KUNIT_EXPECT_EQ(test, queue->nr_open, IOPASID_PAGE_OPEN_MAX);
	KUNIT_EXPECT_EQ(test, atomic_read(&queue->nr_held),
			IOPASID_PAGE_OPEN_MAX);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);

	/* Groups of one have their place. */
	page_ask(pages->fdev, PAGE_PASID, 500, true);
	pages_expect_answer(pages, 0, PAGE_PASID, 500, IOPASID_PAGE_SUCCESS);
	fake_forget_calls(pages->fake);

	for (i = 0; i < nr; i++)
		page_ask(pages->fdev, PAGE_PASID, i, true);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), nr);
	for (i = 0; i < nr; i++)
		pages_expect_answer(pages, i, PAGE_PASID, i,
				    i && i < IOPASID_PAGE_OPEN_MAX ?
				    IOPASID_PAGE_SUCCESS :
				    IOPASID_PAGE_FAILURE);
	pages_expect_idle(pages);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 101);

	/* And that was that: the same groups again are good ones. */
	page_ask(pages->fdev, PAGE_PASID, nr - 1, false);
	page_ask(pages->fdev, PAGE_PASID, nr - 1, true);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 101);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_destroy(pages);
}

/* The first request is lost, the second is not: the group is. */
static void lost_beginning(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);
	unsigned int i;

	pages->at_once = true;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	for (i = 0; i <= IOPASID_PAGE_OPEN_MAX; i++)
		page_ask(pages->fdev, PAGE_PASID, i, false);
	page_ask(pages->fdev, PAGE_PASID, 0, true);
	i = IOPASID_PAGE_OPEN_MAX;
	page_ask(pages->fdev, PAGE_PASID, i, false);
	KUNIT_EXPECT_EQ(test, queue->nr_open, IOPASID_PAGE_OPEN_MAX);
	page_ask(pages->fdev, PAGE_PASID, i, true);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 2);
	pages_expect_answer(pages, 0, PAGE_PASID, 0, IOPASID_PAGE_SUCCESS);
	pages_expect_answer(pages, 1, PAGE_PASID, i, IOPASID_PAGE_FAILURE);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

/* A unit has answered for what it lost: no group goes on, none is remembered. */
static void lost_by_the_unit(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	page_ask(pages->fdev, PAGE_PASID, 500, true);
	for (i = 0; i <= IOPASID_PAGE_OPEN_MAX; i++)
		page_ask(pages->fdev, PAGE_PASID, i, false);
	KUNIT_EXPECT_FALSE(test, bitmap_empty(queue->broken,
					      IOPASID_PAGE_GROUPS));
	iopasid_forget_page_requests(pages->fdev->idev);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);
	KUNIT_EXPECT_EQ(test, queue->counts.dropped, IOPASID_PAGE_OPEN_MAX);

	/* The complete one has been in nobody's way. */
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	pages_expect_answer(pages, 0, PAGE_PASID, 500, IOPASID_PAGE_SUCCESS);
	pages_expect_idle(pages);

	/* The last ones come all the same: groups of one, and good ones. */
	page_ask(pages->fdev, PAGE_PASID, 0, true);
	page_ask(pages->fdev, PAGE_PASID, IOPASID_PAGE_OPEN_MAX, true);
	KUNIT_ASSERT_EQ(test, pages->nr_kept, 2);
	KUNIT_EXPECT_EQ(test, pages->kept[0]->nr_requests, 1);
	KUNIT_EXPECT_EQ(test, pages->kept[1]->nr_requests, 1);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, queue->counts.success, 3);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 0);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

/* A handler that does not answer takes memory, up to a bound, and for a time. */
static void unanswered_groups(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);
	unsigned int i;

	pages->lets_go = true;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	KUNIT_ASSERT_EQ(test, pages_attach(pages, OTHER_PASID), 0);
	for (i = 0; i < IOPASID_PAGE_HELD_MAX; i++)
		page_ask(pages->fdev, i & 1 ? PAGE_PASID : OTHER_PASID, i / 2,
			 true);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, IOPASID_PAGE_HELD_MAX);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 0, true);
	KUNIT_EXPECT_EQ(test, queue->counts.invalid, 1);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 0);

	/* The next one finds no place. */
	KUNIT_ASSERT_EQ(test, pages_attach(pages, NO_ONES_PASID), 0);
	page_ask(pages->fdev, NO_ONES_PASID, 0, true);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 1);
	KUNIT_EXPECT_EQ(test, pages->nr_withdrawn, 0);

	/* Given up, and gone from the handler, who is told of each. */
	fake_page_expire(pages->fdev);
	KUNIT_EXPECT_EQ(test, queue->counts.timeouts, IOPASID_PAGE_HELD_MAX);
	KUNIT_EXPECT_EQ(test, pages->nr_withdrawn, IOPASID_PAGE_HELD_MAX);
	KUNIT_EXPECT_EQ(test, queue->counts.late, IOPASID_PAGE_HELD_MAX);
	pages_expect_idle(pages);

	page_ask(pages->fdev, NO_ONES_PASID, 0, true);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 1);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, IOPASID_PAGE_HELD_MAX + 1);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, queue->counts.success, 1);
	pages_expect_idle(pages);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	iopasid_detach_dev_pasid(&pages->fdev->dev, OTHER_PASID);
	iopasid_detach_dev_pasid(&pages->fdev->dev, NO_ONES_PASID);
	pages_destroy(pages);
}

/* Without a flush: a timeout may ask for pages itself, in other tests. */
static void expire_inside(struct pages *pages)
{
	unsigned int answers = pages_answers(pages);

	fake_page_time_is_over(pages->fdev);
	while (pages_answers(pages) == answers)
		msleep(1);
	msleep(20);
	/* Not yet: the handler does not know the group. */
	KUNIT_EXPECT_EQ(pages->fake->test, pages->nr_withdrawn,
			pages->nr_handed);
}

/* The time of a group is over while its handler is being called. */
static void withdrawn_after_the_call(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);

	pages->lets_go = true;
	pages->hook = expire_inside;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	KUNIT_EXPECT_EQ(test, queue->counts.timeouts, 1);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 1);
	KUNIT_EXPECT_EQ(test, pages->nr_withdrawn, 1);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, 0);
	pages_expect_answer(pages, 0, PAGE_PASID, 1, IOPASID_PAGE_INVALID);
	pages_expect_idle(pages);

	/* It is over anyhow for a handler that answers before it returns. */
	pages->at_once = true;
	page_ask(pages->fdev, PAGE_PASID, 2, true);
	KUNIT_EXPECT_EQ(test, queue->counts.timeouts, 2);
	pages_expect_idle(pages);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_destroy(pages);
}

/* Whoever cuts groups off withdraws them; what has been answered is not. */
static void withdrawn_by_others(struct kunit *test)
{
	struct pages *pages = pages_create(test);

	pages->lets_go = true;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	page_ask(pages->fdev, PAGE_PASID, 2, true);
	iopasid_end_page_requests(pages->fdev->idev);
	KUNIT_EXPECT_EQ(test, pages->nr_withdrawn, 1);
	pages_expect_idle(pages);

	page_ask(pages->fdev, PAGE_PASID, 3, true);
	page_ask(pages->fdev, PAGE_PASID, 4, false);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	KUNIT_EXPECT_EQ(test, pages->nr_withdrawn, 2);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, 0);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE(one_request),
	KUNIT_CASE(later_answers),
	KUNIT_CASE(groups),
	KUNIT_CASE(indexes_of_pasids),
	KUNIT_CASE_PARAM(no_one, no_one_gen_params),
	KUNIT_CASE(members),
	KUNIT_CASE(handlers),
	KUNIT_CASE(open_groups),
	KUNIT_CASE(lost_beginning),
	KUNIT_CASE(lost_by_the_unit),
	KUNIT_CASE(unanswered_groups),
	KUNIT_CASE(withdrawn_after_the_call),
	KUNIT_CASE(withdrawn_by_others),
	{}
};

static struct kunit_suite page_suite = {
	.name = "iopasid-core-page-requests",
	.test_cases = page_cases,
};
kunit_test_suite(page_suite);
