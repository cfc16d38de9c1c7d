// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: address spaces of processes, everybody at once
 *
 * A process maps, writes and unmaps without end. Meanwhile devices attach to it and
 * leave it, so that its record comes and goes, they ask for its pages, and the
 * process ends while they do. KASAN and lockdep look on; at the end the fake
 * provider must have no domain left and nothing to complain about.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include "core-sva.h"

#define HERE		0x20000000UL
#define NR_PAGES	16UL
#define NR_ROUNDS	150
#define NR_LIVES	4
#define PASID		7
#define NR_ATTACHERS	2

/**
 * struct sva_race - what the threads share
 * @fake: the provider
 * @fdevs: a device for each attacher
 * @process: who is attached to
 * @nr_domains: the DMA API's
 * @over: stop
 * @nr_attached: how often somebody was
 * @nr_refused: how often it was too late
 * @nr_rounds: of the process
 */
struct sva_race {
	struct fake *fake;
	struct fake_device *fdevs[NR_ATTACHERS];
	struct sva_process *process;
	int nr_domains;
	bool over;
	atomic_t nr_attached;
	atomic_t nr_refused;
	atomic_t nr_rounds;
};

struct sva_racer {
	struct sva_race *race;
	struct fake_device *fdev;
	struct completion done;
};

/* The process: a page table comes, and goes with its last page. */
static long job_churn(struct sva_process *process, const void *data)
{
	struct sva_race *race = (struct sva_race *)data;
	unsigned long addr, i;

	for (i = 0; i < NR_ROUNDS; i++) {
		addr = HERE + (i & 7) * SVA_SLOT;
		if (vm_mmap(NULL, addr, NR_PAGES * PAGE_SIZE,
			    PROT_READ | PROT_WRITE, MAP_ANONYMOUS |
			    MAP_PRIVATE | MAP_FIXED_NOREPLACE, 0) != addr)
			return -ENOMEM;
		if (put_user(i, (u64 __user *)(addr + PAGE_SIZE)))
			return -EFAULT;
		cond_resched();
		if (vm_munmap(addr, NR_PAGES * PAGE_SIZE))
			return -EINVAL;
		atomic_inc(&race->nr_rounds);
	}
	return 0;
}

static void ask_some(struct sva_racer *racer, u32 pasid)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (!fake_page_is_answered(racer->fdev, pasid, i))
			continue;
		fake_page_request(racer->fdev, &(struct iopasid_page_request){
			.pasid = pasid, .index = i, .last = true,
			.access = i & 1 ? IOPASID_PAGE_WRITE :
					  IOPASID_PAGE_READ,
			.addr = HERE + (i & 7) * SVA_SLOT + i * PAGE_SIZE,
		});
	}
}

/* Attached, asked, detached; the record lives as long as anybody has it. */
static void attach_once(struct sva_racer *racer)
{
	struct sva_race *race = racer->race;
	struct mm_struct *mm = race->process->mm;
	struct iopasid_domain *domain;
	u32 pasid;

	if (!mmget_not_zero(mm)) {
		atomic_inc(&race->nr_refused);
		return;
	}
	domain = iopasid_sva_attach(&racer->fdev->dev, mm, 0, &pasid);
	mmput(mm);
	if (IS_ERR(domain)) {
		/* It ended in between. */
		KUNIT_EXPECT_EQ(race->fake->test, PTR_ERR(domain), -ESRCH);
		atomic_inc(&race->nr_refused);
		return;
	}
	atomic_inc(&race->nr_attached);
	if (pasid < FAKE_PAGE_PASIDS)
		ask_some(racer, pasid);
	iopasid_sva_sync(domain, 0, U64_MAX);
	iopasid_sva_detach(&racer->fdev->dev, domain, pasid);
}

static int racer_main(void *data)
{
	struct sva_racer *racer = data;

	while (!READ_ONCE(racer->race->over)) {
		attach_once(racer);
		cond_resched();
	}
	complete(&racer->done);
	return 0;
}

static void race_start(struct sva_race *race, struct sva_racer *racers)
{
	unsigned int i;

	for (i = 0; i < NR_ATTACHERS; i++) {
		struct task_struct *task;

		racers[i].race = race;
		racers[i].fdev = race->fdevs[i];
		init_completion(&racers[i].done);
		task = kthread_run(racer_main, &racers[i], "sva-racer");
		/* Nobody else would stop those that run. */
		if (IS_ERR(task))
			complete(&racers[i].done);
		KUNIT_EXPECT_FALSE(race->fake->test, IS_ERR(task));
	}
}

static void race_stop(struct sva_race *race, struct sva_racer *racers)
{
	unsigned int i;

	WRITE_ONCE(race->over, true);
	for (i = 0; i < NR_ATTACHERS; i++)
		wait_for_completion(&racers[i].done);
	WRITE_ONCE(race->over, false);
}

static void race_init(struct sva_race *race, struct kunit *test)
{
	unsigned int i;

	race->fake = fake_create(test);
	for (i = 0; i < NR_ATTACHERS; i++)
		race->fdevs[i] = sva_device(race->fake);
	race->nr_domains = atomic_read(&race->fake->nr_domains);
}

static void expect_nothing_left(struct sva_race *race)
{
	unsigned int i;

	/* A worker may have been the last one. */
	for (i = 0; i < 1000 && atomic_read(&race->fake->nr_domains) !=
				race->nr_domains; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(race->fake->test, atomic_read(&race->fake->nr_domains),
			race->nr_domains);
}

static void records_come_and_go(struct kunit *test)
{
	struct sva_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct sva_racer racers[NR_ATTACHERS];

	KUNIT_ASSERT_NOT_NULL(test, race);
	race_init(race, test);
	race->process = sva_process_create(test);
	race_start(race, racers);
	KUNIT_EXPECT_EQ(test, 0, sva_process_run(race->process, job_churn,
						 race));
	race_stop(race, racers);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->nr_rounds), NR_ROUNDS);
	KUNIT_EXPECT_GT(test, atomic_read(&race->nr_attached), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->nr_refused), 0);
	expect_nothing_left(race);
}

static void processes_end_meanwhile(struct kunit *test)
{
	struct sva_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct sva_racer racers[NR_ATTACHERS];
	unsigned int i, attached, refused;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race_init(race, test);
	for (i = 0; i < NR_LIVES; i++) {
		race->process = sva_process_create(test);
		attached = atomic_read(&race->nr_attached);
		refused = atomic_read(&race->nr_refused);
		race_start(race, racers);
		while (atomic_read(&race->nr_attached) < attached + 3)
			cond_resched();
		sva_process_end(race->process);
		while (atomic_read(&race->nr_refused) == refused)
			cond_resched();
		race_stop(race, racers);
		expect_nothing_left(race);
	}
}

static struct kunit_case sva_race_cases[] = {
	KUNIT_CASE(records_come_and_go),
	KUNIT_CASE(processes_end_meanwhile),
	{}
};

static struct kunit_suite sva_race_suite = {
	.name = "iopasid-core-sva-races",
	.test_cases = sva_race_cases,
};
kunit_test_suite(sva_race_suite);
