// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: page requests, everybody at once
 *
 * Two devices ask, each from a thread of its own as a provider would report.
 * Others answer what the handler has kept, attach, detach, replace, unplug, let
 * the time of groups be over, lose requests and send the unit to sleep, at random.
 * Each group must be answered once: the fake provider complains otherwise, and at
 * the end nothing may be left.
 *
 * Groups of several requests are cut off in the middle by detaches and the like, so
 * that the rest is another group to the core: with them the number of answers only
 * lies between two bounds.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/prandom.h>

#include "core-page.h"

#define NR_ASKERS	2
#define NR_THREADS	(NR_ASKERS + 3)
#define NR_CHANGES	3000
#define NR_DOMAINS	3

struct page_race {
	struct pages *pages;
	struct fake_device *devices[NR_ASKERS];
	/* The last one has no handler. */
	struct iopasid_domain *domains[NR_DOMAINS];
	bool of_several;
	atomic_t nr_complete;
	atomic_t nr_cut;
	bool over;
};

struct page_racer {
	struct page_race *race;
	int (*run)(struct page_racer *racer);
	struct fake_device *fdev;
	struct completion done;
	struct rnd_state rnd;
};

static u32 pick(struct page_racer *racer, u32 nr)
{
	return prandom_u32_state(&racer->rnd) % nr;
}

/* An honest device: an index is free when its group has been answered. */
static void ask_one(struct page_racer *racer, u32 pasid, u16 index)
{
	struct page_race *race = racer->race;
	unsigned int more = race->of_several ? pick(racer, 4) : 0;

	if (!fake_page_is_answered(racer->fdev, pasid, index))
		return;
	while (more--)
		if (page_ask(racer->fdev, pasid, index, false))
			atomic_inc(&race->nr_cut);
	if (page_ask(racer->fdev, pasid, index, true))
		atomic_inc(&race->nr_complete);
}

static int ask(struct page_racer *racer)
{
	while (!READ_ONCE(racer->race->over)) {
		ask_one(racer, PAGE_PASID + pick(racer, 3), pick(racer, 64));
		cond_resched();
	}
	return 0;
}

static int answer(struct page_racer *racer)
{
	static const enum iopasid_page_code codes[] = {
		IOPASID_PAGE_SUCCESS, IOPASID_PAGE_INVALID,
		IOPASID_PAGE_FAILURE,
	};
	struct iopasid_fault_group *group;

	while (!READ_ONCE(racer->race->over)) {
		group = pages_take(racer->race->pages, pick(racer, 4));
		if (group)
			iopasid_fault_group_respond(group,
						    codes[pick(racer, 3)]);
		else
			schedule_timeout_uninterruptible(1);
		cond_resched();
	}
	return 0;
}

static void replug(struct page_race *race, struct fake_device *fdev)
{
	iopasid_device_remove(&fdev->dev);
	iopasid_device_add(&fdev->dev);
}

/* As a provider: not while a request is reported */
static void lose(struct page_race *race, struct fake_device *fdev, bool sleeps)
{
	struct rw_semaphore *reports = &race->pages->fake->page_reports;

	down_write(reports);
	if (sleeps)
		iopasid_end_page_requests(fdev->idev);
	else
		iopasid_forget_page_requests(fdev->idev);
	up_write(reports);
}

/* The only one who unplugs: the records are there for the other calls. */
static int change(struct page_racer *racer)
{
	struct page_race *race = racer->race;
	unsigned int i;

	for (i = 0; i < NR_CHANGES; i++) {
		struct fake_device *fdev = race->devices[pick(racer, NR_ASKERS)];
		struct iopasid_domain *domain =
			race->domains[pick(racer, NR_DOMAINS)];
		u32 pasid = PAGE_PASID + pick(racer, 2);

		switch (pick(racer, 128)) {
		case 0 ... 47:
			iopasid_attach_dev_pasid(domain, &fdev->dev, pasid);
			break;
		case 48 ... 95:
			iopasid_detach_dev_pasid(&fdev->dev, pasid);
			break;
		case 96 ... 119:
			iopasid_replace_dev_pasid(domain, &fdev->dev, pasid);
			break;
		case 120:
			replug(race, fdev);
			break;
		case 121 ... 124:
			fake_page_expire(fdev);
			break;
		case 125:
		case 126:
			lose(race, fdev, pick(racer, 2));
			break;
		default:
			schedule_timeout_uninterruptible(1);
			break;
		}
		cond_resched();
	}
	WRITE_ONCE(race->over, true);
	return 0;
}

static int race_thread(void *data)
{
	struct page_racer *racer = data;

	racer->run(racer);
	kthread_complete_and_exit(&racer->done, 0);
}

static void race_begin(struct kunit *test, struct page_race *race)
{
	const struct fake_device_config config = {
		.max_pasids = MAX_PASIDS, .page_requests = true, .group = 1,
	};
	unsigned int i;

	race->pages = pages_create(test);
	race->pages->fake->cuts_groups = race->of_several;
	/* Answers that are late, or that meet what takes the group away */
	race->pages->lets_go = !race->of_several;
	for (i = 0; i < NR_ASKERS; i++)
		race->devices[i] = fake_device_create(race->pages->fake,
						      &config);
	for (i = 0; i < NR_DOMAINS; i++)
		race->domains[i] = i == NR_DOMAINS - 1 ?
			core_domain(race->devices[0]) :
			pages_domain(race->pages);
}

static void run_threads(struct kunit *test, struct page_race *race,
			struct page_racer *racers)
{
	static int (* const runs[NR_THREADS])(struct page_racer *) = {
		ask, ask, answer, answer, change,
	};
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++) {
		racers[i].race = race;
		racers[i].run = runs[i];
		racers[i].fdev = race->devices[i % NR_ASKERS];
		init_completion(&racers[i].done);
		prandom_seed_state(&racers[i].rnd, 7 + i);
		task = kthread_run(race_thread, &racers[i], "iopasid-page%u",
				   i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(task));
		if (IS_ERR(task)) {
			WRITE_ONCE(race->over, true);
			complete(&racers[i].done);
		}
	}
	/* Also those that were started before one that was not */
	for (i = 0; i < NR_THREADS; i++)
		wait_for_completion(&racers[i].done);
}

static void race_end(struct kunit *test, struct page_race *race)
{
	struct pages *pages = race->pages;
	unsigned int i, answers;
	u32 pasid;

	for (i = 0; i < NR_ASKERS; i++)
		for (pasid = PAGE_PASID; pasid <= OTHER_PASID; pasid++)
			iopasid_detach_dev_pasid(&race->devices[i]->dev, pasid);
	answers = pages_answers(pages);
	pages_answer_all(pages, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages_answers(pages), answers);
	KUNIT_EXPECT_GE(test, answers, atomic_read(&race->nr_complete));
	KUNIT_EXPECT_LE(test, answers, atomic_read(&race->nr_complete) +
			atomic_read(&race->nr_cut));
	/* Not only in each other's way */
	KUNIT_EXPECT_GT(test, pages->nr_handed, NR_CHANGES / 30);
	KUNIT_EXPECT_GT(test, fake_calls(pages->fake, FAKE_DETACH_PASID),
			NR_CHANGES / 10);
	kunit_info(test, "%d complete, %d partial, %u handed, %u answers, %u attached, %u detached\n",
		   atomic_read(&race->nr_complete), atomic_read(&race->nr_cut),
		   pages->nr_handed, answers,
		   fake_calls(pages->fake, FAKE_ATTACH_PASID),
		   fake_calls(pages->fake, FAKE_DETACH_PASID));
	for (i = 0; i < NR_ASKERS; i++) {
		struct iopasid_page_queue *queue =
			race->devices[i]->idev->page_queue;

		KUNIT_EXPECT_TRUE(test, list_empty(&queue->open));
		KUNIT_EXPECT_TRUE(test, list_empty(&queue->pending));
		KUNIT_EXPECT_EQ(test, queue->nr_open, 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&queue->nr_held), 0);
	}
	for (i = 0; i < NR_DOMAINS; i++)
		iopasid_domain_free(race->domains[i]);
	pages_destroy(pages);
}

static void run_race(struct kunit *test, bool of_several)
{
	struct page_racer *racers = kunit_kcalloc(test, NR_THREADS,
						  sizeof(*racers), GFP_KERNEL);
	struct page_race race = { .of_several = of_several };

	KUNIT_ASSERT_NOT_NULL(test, racers);
	race_begin(test, &race);
	run_threads(test, &race, racers);
	race_end(test, &race);
}

static void groups_of_one(struct kunit *test)
{
	run_race(test, false);
}

static void groups_of_several(struct kunit *test)
{
	run_race(test, true);
}

static struct kunit_case page_race_cases[] = {
	KUNIT_CASE_SLOW(groups_of_one),
	KUNIT_CASE_SLOW(groups_of_several),
	{}
};

static struct kunit_suite page_race_suite = {
	.name = "iopasid-core-page-requests-races",
	.test_cases = page_race_cases,
};
kunit_test_suite(page_race_suite);
