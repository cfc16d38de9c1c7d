// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page requests, for tests
 *
 * The handler here keeps what it gets until the test answers it, so that each
 * state of a group can be held as long as a test wants.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core-page.h"

/**
 * pages_handler() - a handler that keeps groups, or answers them
 * @group: the group
 * @data: struct pages
 */
void pages_handler(struct iopasid_fault_group *group, void *data)
{
	struct pages *pages = data;
	bool keep = false;

	if (pages->hook)
		pages->hook(pages);
	spin_lock(&pages->lock);
	pages->nr_handed++;
	if (!pages->at_once && pages->nr_kept < PAGE_KEPT_MAX) {
		pages->kept[pages->nr_kept++] = group;
		keep = true;
	}
	spin_unlock(&pages->lock);
	if (!keep)
		iopasid_fault_group_respond(group, pages->code);
}

static void pages_forget_locked(struct pages *pages, unsigned int nth)
{
	lockdep_assert_held(&pages->lock);

	pages->nr_kept--;
	memmove(&pages->kept[nth], &pages->kept[nth + 1],
		(pages->nr_kept - nth) * sizeof(pages->kept[0]));
}

/* What the core has answered goes, if the test's handler is a good one. */
static void pages_withdraw(struct iopasid_fault_group *group, void *data)
{
	struct pages *pages = data;
	bool found = false;
	unsigned int i;

	spin_lock(&pages->lock);
	pages->nr_withdrawn++;
	for (i = 0; i < pages->nr_kept && pages->lets_go && !found; i++) {
		found = pages->kept[i] == group;
		if (found)
			pages_forget_locked(pages, i);
	}
	spin_unlock(&pages->lock);
	if (found)
		iopasid_fault_group_respond(group, IOPASID_PAGE_SUCCESS);
}

/**
 * pages_domain() - one more domain with the handler
 * @pages: the test's
 *
 * Return: the domain; the test frees it.
 */
struct iopasid_domain *pages_domain(struct pages *pages)
{
	struct iopasid_domain *domain = core_domain(pages->fdev);

	KUNIT_ASSERT_EQ(pages->fake->test, 0,
			iopasid_domain_set_fault_handler(domain, pages_handler,
							 pages_withdraw,
							 pages));
	return domain;
}

/**
 * pages_create() - a device that asks, and a domain that answers
 * @test: the test
 *
 * Return: nothing attached.
 */
struct pages *pages_create(struct kunit *test)
{
	struct pages *pages = kunit_kzalloc(test, sizeof(*pages), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	spin_lock_init(&pages->lock);
	pages->fake = fake_create(test);
	pages->fdev = fake_device_create(pages->fake,
					 &(struct fake_device_config){
		.max_pasids = MAX_PASIDS,
		.page_requests = true,
	});
	pages->domain = pages_domain(pages);
	fake_forget_calls(pages->fake);
	return pages;
}

/**
 * pages_destroy() - nothing may be left
 * @pages: nothing attached, nothing kept
 */
void pages_destroy(struct pages *pages)
{
	KUNIT_EXPECT_EQ(pages->fake->test, pages->nr_kept, 0);
	iopasid_domain_free(pages->domain);
}

/**
 * page_ask() - a device asks to write to a page
 * @fdev: the device
 * @pasid: with this PASID
 * @index: in this group
 * @last: which is complete
 *
 * Return: as fake_page_request().
 */
bool page_ask(struct fake_device *fdev, u32 pasid, u16 index, bool last)
{
	return fake_page_request(fdev, &(struct iopasid_page_request){
		.pasid = pasid,
		.index = index,
		.access = IOPASID_PAGE_READ | IOPASID_PAGE_WRITE,
		.last = last,
		.addr = 0x1000,
	});
}

/**
 * pages_take() - take one of the groups that the handler has kept
 * @pages: the test's
 * @nth: which, the oldest is 0
 *
 * Return: the group; NULL when there are not so many.
 */
struct iopasid_fault_group *pages_take(struct pages *pages, unsigned int nth)
{
	struct iopasid_fault_group *group = NULL;

	spin_lock(&pages->lock);
	if (nth < pages->nr_kept) {
		group = pages->kept[nth];
		pages_forget_locked(pages, nth);
	}
	spin_unlock(&pages->lock);
	return group;
}

/**
 * pages_answer_all() - answer everything that the handler has kept
 * @pages: the test's
 * @code: the answer
 */
void pages_answer_all(struct pages *pages, enum iopasid_page_code code)
{
	struct iopasid_fault_group *group;

	while ((group = pages_take(pages, 0)))
		iopasid_fault_group_respond(group, code);
}

/**
 * pages_call() - a call of an op that the fake recorded
 * @pages: the test's
 * @op: which op
 * @nth: which call of it, from 0
 *
 * Return: the call, NULL when there are not so many.
 */
const struct fake_call *pages_call(struct pages *pages, enum fake_op op,
				   unsigned int nth)
{
	struct fake *fake = pages->fake;
	unsigned int i;

	for (i = 0; i < fake->nr_recorded; i++)
		if (fake->calls[i].op == op && !nth--)
			return &fake->calls[i];
	return NULL;
}

/**
 * pages_expect_answer() - an answer reached the device
 * @pages: the test's
 * @nth: which answer since fake_forget_calls(), from 0
 * @pasid: of the group
 * @index: of the group
 * @code: what it says
 */
void pages_expect_answer(struct pages *pages, unsigned int nth, u32 pasid,
			 u16 index, enum iopasid_page_code code)
{
	const struct fake_call *call = pages_call(pages, FAKE_PAGE_RESPONSE,
						  nth);
	struct kunit *test = pages->fake->test;

	KUNIT_ASSERT_NOT_NULL(test, call);
	KUNIT_EXPECT_PTR_EQ(test, call->fdev, pages->fdev);
	KUNIT_EXPECT_EQ(test, call->pasid, pasid);
	KUNIT_EXPECT_EQ(test, call->index, index);
	KUNIT_EXPECT_EQ(test, call->code, code);
}

/**
 * pages_expect_idle() - the core keeps nothing of the device
 * @pages: the test's
 */
void pages_expect_idle(struct pages *pages)
{
	struct iopasid_page_queue *queue = pages_queue(pages);
	struct kunit *test = pages->fake->test;

	KUNIT_EXPECT_TRUE(test, list_empty(&queue->open));
	KUNIT_EXPECT_TRUE(test, list_empty(&queue->pending));
	KUNIT_EXPECT_EQ(test, queue->nr_open, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&queue->nr_held), 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(queue->broken,
					     IOPASID_PAGE_GROUPS));
}
