// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: how page requests end
 *
 * Detach, replace, a new domain for the RID, the removal of the device or its
 * unit, the sleep of the unit, and the timeout: each meets groups that are open,
 * pending and in the hands of a handler. The device is told once, whoever is
 * first, and a handler that answers later does no harm. The fake provider
 * complains about a second answer and about a missing one.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/iommu.h>
#include <linux/kthread.h>

#include "../drivers/dma/dma.h"

#include "core-page.h"

/* One open group, two that wait for the handler */
static void ask_three(struct pages *pages)
{
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	page_ask(pages->fdev, PAGE_PASID, 2, false);
	page_ask(pages->fdev, PAGE_PASID, 3, true);
	KUNIT_ASSERT_EQ(pages->fake->test, pages->nr_kept, 2);
	KUNIT_ASSERT_EQ(pages->fake->test, pages_answers(pages), 0);
}

/* What ask_three() asked is answered, and a late answer is not sent. */
static void expect_three_cut(struct pages *pages)
{
	pages_expect_answer(pages, 0, PAGE_PASID, 2, IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 1, PAGE_PASID, 1, IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 2, PAGE_PASID, 3, IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(pages->fake->test, pages_answers(pages), 3);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(pages->fake->test, pages_answers(pages), 3);
}

static void detach(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct device *dev = &pages->fdev->dev;
	const struct fake_call *entry, *drain, *answer;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	KUNIT_ASSERT_EQ(test, pages_attach(pages, OTHER_PASID), 0);
	ask_three(pages);
	page_ask(pages->fdev, OTHER_PASID, 1, true);
	page_ask(pages->fdev, OTHER_PASID, 2, false);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(dev, PAGE_PASID), 0);

	/* First the hardware, then what it had sent, then the answers */
	entry = pages_call(pages, FAKE_DETACH_PASID, 0);
	drain = pages_call(pages, FAKE_DRAIN_PAGES, 0);
	answer = pages_call(pages, FAKE_PAGE_RESPONSE, 0);
	KUNIT_EXPECT_TRUE(test, entry < drain && drain < answer);
	KUNIT_EXPECT_EQ(test, drain->pasid, PAGE_PASID);

	/* The other PASID's: one in the handler's hands, one open */
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->nr_open, 1);
	iopasid_fault_group_respond(pages_take(pages, 2), IOPASID_PAGE_SUCCESS);
	pages_expect_answer(pages, 3, OTHER_PASID, 1, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(dev, OTHER_PASID), 0);
	pages_expect_answer(pages, 4, OTHER_PASID, 2, IOPASID_PAGE_INVALID);

	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.late, 0);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 5);
	KUNIT_EXPECT_EQ(test, pages_queue(pages)->counts.late, 2);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

/* Requests that come while their PASID is detached: @op is where */
struct straggler_case {
	const char *name;
	enum fake_op op;
};

static const struct straggler_case straggler_cases[] = {
	{ "entry still there",	FAKE_DETACH_PASID },
	{ "drained",		FAKE_DRAIN_PAGES },
};

KUNIT_ARRAY_PARAM_DESC(straggler, straggler_cases, name);

struct stragglers {
	struct pages *pages;
	enum fake_op op;
};

static void send_stragglers(struct fake *fake, const struct fake_call *call)
{
	struct stragglers *s = fake->hook_data;
	struct fake_device *fdev = s->pages->fdev;

	if (call->op != s->op)
		return;
	/* The end of an open group, a whole one, the beginning of one */
	page_ask(fdev, PAGE_PASID, 2, true);
	page_ask(fdev, PAGE_PASID, 4, true);
	page_ask(fdev, PAGE_PASID, 5, false);
}

static void stragglers(struct kunit *test)
{
	const struct straggler_case *c = test->param_value;
	struct pages *pages = pages_create(test);
	struct stragglers s = { .pages = pages, .op = c->op };

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	ask_three(pages);
	pages->fake->hook_data = &s;
	pages->fake->hook = send_stragglers;
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages->fake->hook = NULL;

	KUNIT_EXPECT_EQ(test, pages->nr_handed, 2);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 4);
	pages_expect_answer(pages, 0, PAGE_PASID, 2, IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 1, PAGE_PASID, 4, IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 2, PAGE_PASID, 1, IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 3, PAGE_PASID, 3, IOPASID_PAGE_INVALID);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

static void replace(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_domain *next = core_domain(pages->fdev);
	struct device *dev = &pages->fdev->dev;
	struct pages *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, other);
	spin_lock_init(&other->lock);
	other->at_once = true;
	KUNIT_ASSERT_EQ(test, iopasid_domain_set_fault_handler(next,
							       pages_handler,
							       NULL, other), 0);
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	ask_three(pages);

	/* A replace that fails leaves them to the old domain. */
	fake_fail_nth(pages->fake, FAKE_ATTACH_PASID, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(next, dev, PAGE_PASID),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 0);
	page_ask(pages->fdev, PAGE_PASID, 4, true);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, 3);
	iopasid_fault_group_respond(pages_take(pages, 2), IOPASID_PAGE_SUCCESS);
	fake_forget_calls(pages->fake);

	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(next, dev, PAGE_PASID),
			0);
	expect_three_cut(pages);
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	KUNIT_EXPECT_EQ(test, other->nr_handed, 1);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 3);
	iopasid_detach_dev_pasid(dev, PAGE_PASID);
	pages_expect_idle(pages);
	iopasid_domain_free(next);
	pages_destroy(pages);
}

/* The second member cannot move: the first is back, its handler is the old. */
static void replace_reverted(struct kunit *test)
{
	const struct fake_device_config config = {
		.max_pasids = MAX_PASIDS, .page_requests = true, .group = 1,
	};
	struct pages *pages = pages_create(test);
	struct iopasid_domain *next = core_domain(pages->fdev);
	struct fake_device *fdevs[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		fdevs[i] = fake_device_create(pages->fake, &config);
		KUNIT_ASSERT_EQ(test, 0,
				iopasid_attach_dev_pasid(pages->domain,
							 &fdevs[i]->dev,
							 PAGE_PASID));
		page_ask(fdevs[i], PAGE_PASID, i, true);
	}
	fake_fail_nth(pages->fake, FAKE_ATTACH_PASID, 2, -ENOMEM);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iopasid_replace_dev_pasid(next, &fdevs[0]->dev,
						  PAGE_PASID));
	KUNIT_EXPECT_TRUE(test, fake_page_is_answered(fdevs[0], PAGE_PASID, 0));
	KUNIT_EXPECT_FALSE(test, fake_page_is_answered(fdevs[1], PAGE_PASID, 1));
	for (i = 0; i < 2; i++)
		page_ask(fdevs[i], PAGE_PASID, 2 + i, true);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 4);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 4);
	for (i = 0; i < 2; i++)
		iopasid_detach_dev_pasid(&fdevs[i]->dev, PAGE_PASID);
	iopasid_domain_free(next);
	pages_destroy(pages);
}

/* Requests without PASID follow the RID. */
static void rid(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_group *group = pages->fdev->group;

	KUNIT_ASSERT_PTR_EQ(test, group->rid_domain, group->dma_domain);
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_domain_set_fault_handler(group->dma_domain,
							 pages_handler, NULL,
							 pages));
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 1, true);
	page_ask(pages->fdev, 0, 1, true);
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 2, false);
	KUNIT_EXPECT_EQ(test, pages->nr_kept, 2);
	KUNIT_EXPECT_EQ(test, pages->kept[0]->pasid, IOMMU_PASID_INVALID);
	KUNIT_EXPECT_EQ(test, pages->kept[1]->pasid, 0);

	KUNIT_EXPECT_EQ(test, 0,
			iopasid_group_set_type(group, IOPASID_DOMAIN_IDENTITY));
	pages_expect_answer(pages, 0, IOMMU_PASID_INVALID, 2,
			    IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 1, IOMMU_PASID_INVALID, 1,
			    IOPASID_PAGE_INVALID);
	pages_expect_answer(pages, 2, 0, 1, IOPASID_PAGE_INVALID);
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 3, true);
	pages_expect_answer(pages, 3, IOMMU_PASID_INVALID, 3,
			    IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 2);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 4);
	pages_expect_idle(pages);
	pages_destroy(pages);
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

/* A request in the last moment */
static void ask_at_release(struct fake *fake, const struct fake_call *call)
{
	struct pages *pages = fake->hook_data;

	if (call->op == FAKE_RELEASE_DEVICE)
		page_ask(pages->fdev, PAGE_PASID, 9, true);
}

static void removal(struct kunit *test)
{
	const struct removal_case *c = test->param_value;
	struct pages *pages = pages_create(test);
	struct iopasid_group *group = pages->fdev->group;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_domain_set_fault_handler(group->dma_domain,
							 pages_handler, NULL,
							 pages));
	ask_three(pages);
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 4, false);
	page_ask(pages->fdev, IOMMU_PASID_INVALID, 5, true);
	pages->fake->hook_data = pages;
	pages->fake->hook = ask_at_release;
	if (c->unit_goes)
		fake_unit_unregister(pages->fdev->config.unit);
	else
		fake_device_remove(pages->fdev);
	pages->fake->hook = NULL;

	KUNIT_EXPECT_EQ(test, pages_answers(pages), 6);
	KUNIT_EXPECT_EQ(test, pages->nr_handed, 3);
	KUNIT_EXPECT_EQ(test, pages_call(pages, FAKE_PAGE_RESPONSE, 5)->index,
			9);
	/* The record is gone, the groups are not. */
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 6);
	pages_destroy(pages);
}

static void timeout(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_counts *counts = &pages_queue(pages)->counts;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	ask_three(pages);
	KUNIT_EXPECT_TRUE(test,
			  delayed_work_pending(&pages_queue(pages)->timeout_work));
	fake_page_expire(pages->fdev);
	KUNIT_EXPECT_EQ(test, counts->timeouts, 3);
	KUNIT_EXPECT_EQ(test, counts->invalid, 3);
	expect_three_cut(pages);
	KUNIT_EXPECT_EQ(test, counts->late, 2);
	KUNIT_EXPECT_FALSE(test,
			   delayed_work_pending(&pages_queue(pages)->timeout_work));

	/* The work finds what is young, and comes back for it. */
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	mod_delayed_work(system_unbound_wq, &pages_queue(pages)->timeout_work,
			 0);
	flush_delayed_work(&pages_queue(pages)->timeout_work);
	KUNIT_EXPECT_EQ(test, counts->timeouts, 3);
	KUNIT_EXPECT_TRUE(test,
			  delayed_work_pending(&pages_queue(pages)->timeout_work));
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, counts->success, 1);
	pages_expect_idle(pages);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_destroy(pages);
}

static void ask_once_more(struct fake *fake, const struct fake_call *call)
{
	struct pages *pages = fake->hook_data;

	if (call->op == FAKE_PAGE_RESPONSE)
		page_ask(pages->fdev, PAGE_PASID, 3, false);
}

/* A group that comes while the work runs does not put the next one off. */
static void timeout_of_the_oldest(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);
	unsigned long deadline = jiffies + 10 * HZ;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	page_ask(pages->fdev, PAGE_PASID, 1, true);
	page_ask(pages->fdev, PAGE_PASID, 2, true);
	KUNIT_ASSERT_EQ(test, pages->nr_kept, 2);
	spin_lock(&queue->lock);
	pages->kept[0]->deadline = jiffies;
	pages->kept[1]->deadline = deadline;
	spin_unlock(&queue->lock);
	pages->fake->hook_data = pages;
	pages->fake->hook = ask_once_more;
	mod_delayed_work(system_unbound_wq, &queue->timeout_work, 0);
	flush_delayed_work(&queue->timeout_work);
	pages->fake->hook = NULL;

	KUNIT_EXPECT_EQ(test, queue->counts.timeouts, 1);
	KUNIT_EXPECT_EQ(test, queue->nr_open, 1);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&queue->timeout_work));
	/* Its time is reckoned from when the work has ended. */
	KUNIT_EXPECT_TRUE(test, time_before(queue->timeout_work.timer.expires,
					    deadline + HZ));
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

/* A unit that sleeps answers nobody: all of its devices' groups are over then. */
static void asleep(struct kunit *test)
{
	struct pages *pages = pages_create(test);
	struct iopasid_page_queue *queue = pages_queue(pages);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	ask_three(pages);
	/* One more than may be open, which nothing but a mark remembers */
	for (i = 0; i < IOPASID_PAGE_OPEN_MAX; i++)
		page_ask(pages->fdev, PAGE_PASID, 100 + i, false);
	KUNIT_EXPECT_FALSE(test, bitmap_empty(queue->broken,
					      IOPASID_PAGE_GROUPS));
	iopasid_end_page_requests(pages->fdev->idev);
	KUNIT_EXPECT_EQ(test, queue->counts.invalid, IOPASID_PAGE_OPEN_MAX + 2);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), IOPASID_PAGE_OPEN_MAX + 2);
	KUNIT_EXPECT_TRUE(test, list_empty(&queue->open));
	KUNIT_EXPECT_TRUE(test, list_empty(&queue->pending));

	/* Neither the timeout nor a handler has anything to say meanwhile. */
	mod_delayed_work(system_unbound_wq, &queue->timeout_work, 0);
	flush_delayed_work(&queue->timeout_work);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), IOPASID_PAGE_OPEN_MAX + 2);
	KUNIT_EXPECT_EQ(test, queue->counts.timeouts, 0);
	KUNIT_EXPECT_EQ(test, queue->counts.late, 2);
	pages_expect_idle(pages);

	/* It is awake: the same groups again. */
	fake_forget_calls(pages->fake);
	for (i = 0; i < IOPASID_PAGE_GROUPS; i++) {
		page_ask(pages->fdev, PAGE_PASID, i, true);
		pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, queue->counts.success, IOPASID_PAGE_GROUPS);
	KUNIT_EXPECT_EQ(test, queue->counts.failure, 0);
	iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

/**
 * struct crossing - somebody is stopped in the middle, a detach or a sleep comes
 * @pages: the device
 * @stop_answers: in page_response; otherwise in the handler
 * @sleeps: the unit goes to sleep
 * @inside: somebody is there
 * @go: let him go
 * @asked: the one who was stopped has returned
 * @ended: the detach or the sleep has
 * @asker: who is stopped
 * @ender: who comes
 */
struct crossing {
	struct pages *pages;
	bool stop_answers;
	bool sleeps;
	struct completion inside;
	struct completion go;
	struct completion asked;
	struct completion ended;
	struct task_struct *asker;
	struct task_struct *ender;
};

static void stop_once(struct crossing *x)
{
	if (completion_done(&x->inside))
		return;
	complete_all(&x->inside);
	wait_for_completion(&x->go);
}

static void stop_in_handler(struct pages *pages)
{
	stop_once(pages->hook_data);
}

static void stop_in_answer(struct fake *fake, const struct fake_call *call)
{
	struct crossing *x = fake->hook_data;

	if (call->op == FAKE_PAGE_RESPONSE)
		stop_once(x);
}

static int ask_thread(void *data)
{
	struct crossing *x = data;

	if (x->stop_answers)
		pages_answer_all(x->pages, IOPASID_PAGE_SUCCESS);
	else
		page_ask(x->pages->fdev, PAGE_PASID, 1, true);
	kthread_complete_and_exit(&x->asked, 0);
}

static int end_thread(void *data)
{
	struct crossing *x = data;
	struct fake_device *fdev = x->pages->fdev;

	if (x->sleeps)
		iopasid_end_page_requests(fdev->idev);
	else
		iopasid_detach_dev_pasid(&fdev->dev, PAGE_PASID);
	kthread_complete_and_exit(&x->ended, 0);
}

struct crossing_case {
	const char *name;
	bool stop_answers;
	bool own_drain;
	bool sleeps;
};

static const struct crossing_case crossing_cases[] = {
	{ "in the handler",			false,	false,	false },
	{ "in the handler, no drain op",	false,	true,	false },
	{ "in the answer",			true,	false,	false },
	{ "in the answer, no drain op",		true,	true,	false },
	{ "in the answer, a sleep",		true,	false,	true },
};

KUNIT_ARRAY_PARAM_DESC(crossing, crossing_cases, name);

/* Both or none: one that runs needs what the test would leave behind. */
static void prepare(struct kunit *test, struct crossing *x)
{
	x->asker = kthread_create(ask_thread, x, "iopasid-ask");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, x->asker);
	x->ender = kthread_create(end_thread, x, "iopasid-end");
	if (IS_ERR(x->ender))
		kthread_stop(x->asker);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, x->ender);
}

/* Both wait for an answer on its way, a detach for a handler that runs, too. */
static void crossing(struct kunit *test)
{
	const struct crossing_case *c = test->param_value;
	struct crossing x = {
		.pages = pages_create(test),
		.stop_answers = c->stop_answers,
		.sleeps = c->sleeps,
	};
	struct pages *pages = x.pages;

	init_completion(&x.inside);
	init_completion(&x.go);
	init_completion(&x.asked);
	init_completion(&x.ended);
	if (c->own_drain)
		pages->fake->ops.drain_page_requests = NULL;
	KUNIT_ASSERT_EQ(test, pages_attach(pages, PAGE_PASID), 0);
	if (x.stop_answers) {
		page_ask(pages->fdev, PAGE_PASID, 1, true);
		pages->fake->hook_data = &x;
		pages->fake->hook = stop_in_answer;
	} else {
		pages->hook_data = &x;
		pages->hook = stop_in_handler;
	}
	prepare(test, &x);
	wake_up_process(x.asker);
	wait_for_completion(&x.inside);
	wake_up_process(x.ender);
	while (!x.sleeps && !fake_calls(pages->fake, FAKE_DETACH_PASID))
		msleep(1);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&x.ended,
							     HZ / 5));
	complete_all(&x.go);
	wait_for_completion(&x.asked);
	wait_for_completion(&x.ended);
	pages->fake->hook = NULL;

	KUNIT_EXPECT_EQ(test, pages_answers(pages), 1);
	pages_expect_answer(pages, 0, PAGE_PASID, 1, x.stop_answers ?
			    IOPASID_PAGE_SUCCESS : IOPASID_PAGE_INVALID);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), 1);
	if (x.sleeps)
		iopasid_detach_dev_pasid(&pages->fdev->dev, PAGE_PASID);
	pages_expect_idle(pages);
	pages_destroy(pages);
}

static struct kunit_case end_cases[] = {
	KUNIT_CASE(detach),
	KUNIT_CASE_PARAM(stragglers, straggler_gen_params),
	KUNIT_CASE(replace),
	KUNIT_CASE(replace_reverted),
	KUNIT_CASE(rid),
	KUNIT_CASE_PARAM(removal, removal_gen_params),
	KUNIT_CASE(timeout),
	KUNIT_CASE(timeout_of_the_oldest),
	KUNIT_CASE(asleep),
	KUNIT_CASE_PARAM(crossing, crossing_gen_params),
	{}
};

static struct kunit_suite end_suite = {
	.name = "iopasid-core-page-requests-end",
	.test_cases = end_cases,
};
kunit_test_suite(end_suite);
