// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: everybody at once
 *
 * Some threads attach, detach, replace, bind, unbind, fail probes, take numbers
 * and unplug devices of one group, at random, without regard for each other.
 * No single result is expected: the fake provider watches the contract, lockdep
 * the locks, KASAN the memory, and at the end nothing must be left. A user
 * context claims and releases in between.
 *
 * Seeds are fixed; the interleaving is not.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"
#include "../drivers/dma/dma.h"

#include "core-state.h"

#define NR_DEVICES	3
#define NR_DOMAINS	3
#define NR_THREADS	4
#define NR_STEPS	2000

/* Numbers of the DMA API PASID are below, those of number() apart. */
#define FIRST_PASID	200
#define NR_PASIDS	6
#define FIRST_NUMBER	100
#define NR_NUMBERS	10
#define LAST_NUMBER	(FIRST_NUMBER + NR_NUMBERS - 1)

struct race {
	struct fake *fake;
	struct fake_device *devices[NR_DEVICES];
	struct iopasid_domain *domains[NR_DOMAINS];
	atomic_t successes;
};

struct racer {
	struct race *race;
	struct task_struct *task;
	struct completion done;
	struct rnd_state rnd;
};

static u32 pick(struct racer *racer, u32 nr)
{
	return prandom_u32_state(&racer->rnd) % nr;
}

static void change_driver(struct racer *racer, struct fake_device *fdev)
{
	if (pick(racer, 2))
		fake_device_bind(fdev);
	else
		fake_device_unbind(fdev);
}

static void fail_probe(struct racer *racer, struct fake_device *fdev)
{
	fake_device_fail_probe_begin(fdev);
	if (pick(racer, 4))
		fake_device_fail_probe_end(fdev);
	else
		fake_device_probe_next(fdev);
}

/* Unplugged and plugged in again; its struct device stays. */
static void replug(struct racer *racer, struct fake_device *fdev)
{
	fake_device_unbind(fdev);
	/* Another thread's driver may be back: it is foreign then. */
	iopasid_device_remove(&fdev->dev);
	iopasid_device_add(&fdev->dev);
}

static void dma_pasid(struct racer *racer, struct fake_device *fdev)
{
	u32 pasid;

	if (!iommu_attach_dma_api_pasid(&fdev->dev, &pasid) &&
	    pick(racer, 2))
		iopasid_dma_pasid_destroy(&fdev->dev);
}

/* Two members, perhaps; each may go meanwhile, with what is attached. */
static void claim(struct racer *racer, struct fake_device *fdev)
{
	struct fake_device *other = racer->race->devices[pick(racer, NR_DEVICES)];
	struct iopasid_domain *domain = racer->race->domains[0];
	struct iopasid_user *user, *more;

	user = iopasid_user_claim(&fdev->dev, racer, IOPASID_USER_ALL);
	if (IS_ERR(user))
		return;
	more = iopasid_user_claim(&other->dev, racer, IOPASID_USER_ALL);
	iopasid_attach_dev_pasid(domain, &fdev->dev, FIRST_PASID);
	iopasid_user_attach(user, domain, 0);
	iopasid_user_attach(user, domain, FIRST_PASID);
	if (!IS_ERR(more)) {
		iopasid_user_attach(more, domain, 0);
		iopasid_user_replace(more, racer->race->domains[1], 0);
		iopasid_user_release(user);
		user = more;
	}
	iopasid_user_detach(user, pick(racer, 2) ? FIRST_PASID : 0);
	iopasid_user_release(user);
}

/* A driver hands its device out, if it is its own. */
static void hand_out(struct racer *racer, struct fake_device *fdev)
{
	struct iopasid_user *user;

	fake_device_bind(fdev);
	if (pick(racer, 2))
		iopasid_no_kernel_dma(&fdev->dev);
	user = iopasid_user_claim(&fdev->dev, racer, pick(racer, 2) ?
				  IOPASID_USER_ALL : IOPASID_USER_PASIDS);
	if (!IS_ERR(user)) {
		iopasid_user_attach(user, racer->race->domains[2],
				    FIRST_PASID + pick(racer, NR_PASIDS));
		iopasid_user_release(user);
	}
}

static void change_type(struct racer *racer, struct fake_device *fdev)
{
	enum iopasid_domain_type type = pick(racer, 2) ?
		IOPASID_DOMAIN_PAGING : IOPASID_DOMAIN_IDENTITY;

	/* It keeps the group. */
	mutex_lock(&iopasid_topology_lock);
	if (fdev->group)
		iopasid_group_set_type(fdev->group, type);
	mutex_unlock(&iopasid_topology_lock);
}

/* Numbers that nobody attaches: to free one that is attached is a bug. */
static void number(struct racer *racer, struct fake_device *fdev)
{
	u32 pasid = FIRST_NUMBER + pick(racer, NR_NUMBERS);

	switch (pick(racer, 3)) {
	case 0:
		if (!iopasid_pasid_alloc(&fdev->dev, FIRST_NUMBER, LAST_NUMBER,
					 &pasid))
			iopasid_pasid_free(&fdev->dev, pasid);
		break;
	case 1:
		if (!iopasid_pasid_reserve(&fdev->dev, pasid))
			iopasid_pasid_free(&fdev->dev, pasid);
		break;
	case 2:
		if (!iopasid_pasid_alloc_global(LAST_NUMBER, &pasid))
			iopasid_pasid_free_global(pasid);
		break;
	}
}

static int step(struct racer *racer)
{
	struct race *race = racer->race;
	struct fake_device *fdev = race->devices[pick(racer, NR_DEVICES)];
	struct iopasid_domain *domain = race->domains[pick(racer, NR_DOMAINS)];
	u32 pasid = FIRST_PASID + pick(racer, NR_PASIDS);

	switch (pick(racer, 16)) {
	case 0 ... 3:
		return iopasid_attach_dev_pasid(domain, &fdev->dev, pasid);
	case 4 ... 6:
		return iopasid_detach_dev_pasid(&fdev->dev, pasid);
	case 7 ... 8:
		return iopasid_replace_dev_pasid(domain, &fdev->dev, pasid);
	case 9 ... 10:
		change_driver(racer, fdev);
		return 0;
	case 11:
		fail_probe(racer, fdev);
		return 0;
	case 12:
		replug(racer, fdev);
		return 0;
	case 13:
		dma_pasid(racer, fdev);
		return 0;
	case 14:
		switch (pick(racer, 3)) {
		case 0:
			claim(racer, fdev);
			break;
		case 1:
			hand_out(racer, fdev);
			break;
		default:
			change_type(racer, fdev);
		}
		return 0;
	default:
		number(racer, fdev);
		return 0;
	}
}

static int race_thread(void *data)
{
	struct racer *racer = data;
	unsigned int i;

	for (i = 0; i < NR_STEPS; i++) {
		if (!step(racer))
			atomic_inc(&racer->race->successes);
		cond_resched();
	}
	kthread_complete_and_exit(&racer->done, 0);
}

static void race_begin(struct race *race)
{
	unsigned int i;

	for (i = 0; i < NR_DEVICES; i++)
		race->devices[i] = core_device(race->fake, 1);
	for (i = 0; i < NR_DOMAINS; i++)
		race->domains[i] = core_domain(race->devices[0]);
}

static void run_threads(struct kunit *test, struct race *race,
			struct racer *racers)
{
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++) {
		racers[i].race = race;
		init_completion(&racers[i].done);
		prandom_seed_state(&racers[i].rnd, 42 + i);
		racers[i].task = kthread_run(race_thread, &racers[i],
					     "iopasid-race%u", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(racers[i].task));
		if (IS_ERR(racers[i].task))
			complete(&racers[i].done);
	}
	for (i = 0; i < NR_THREADS; i++)
		wait_for_completion(&racers[i].done);
}

/* Take back whatever the last steps left. */
static void race_end(struct kunit *test, struct race *race)
{
	struct iopasid_group *group;
	unsigned int i;
	u32 pasid;

	for (i = 0; i < NR_DEVICES; i++) {
		struct device *dev = &race->devices[i]->dev;

		fake_device_unbind(race->devices[i]);
		iopasid_device_add(dev);
		for (pasid = FIRST_PASID; pasid < FIRST_PASID + NR_PASIDS;
		     pasid++)
			iopasid_detach_dev_pasid(dev, pasid);
	}
	group = race->devices[0]->group;
	KUNIT_ASSERT_NOT_NULL(test, group);
	KUNIT_EXPECT_EQ(test, group->owner, IOPASID_OWNER_NONE);
	KUNIT_EXPECT_EQ(test, group->nr_bound, 0);
	KUNIT_EXPECT_EQ(test, group->nr_foreign, 0);
	KUNIT_EXPECT_EQ(test, group->dma_pasid_users, 0);
	for (i = 0; i < NR_DEVICES; i++) {
		KUNIT_EXPECT_PTR_EQ(test, race->devices[i]->group, group);
		KUNIT_EXPECT_TRUE(test, xa_empty(&race->devices[i]->pasids));
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(race->devices[i], 0),
				    group->rid_domain);
	}
	/* Those of number() stay when their device went before it freed them. */
	for (pasid = 1; pasid < FIRST_PASID + NR_PASIDS; pasid++)
		KUNIT_EXPECT_FALSE_MSG(test, core_number_taken(race->devices[0],
							       pasid) &&
				       (pasid < FIRST_NUMBER ||
					pasid > LAST_NUMBER), "%u", pasid);
	for (i = 0; i < NR_DOMAINS; i++)
		iopasid_domain_free(race->domains[i]);
}

static void everybody_at_once(struct kunit *test)
{
	struct racer *racers = kunit_kcalloc(test, NR_THREADS, sizeof(*racers),
					     GFP_KERNEL);
	struct race race = {};
	int refs;

	KUNIT_ASSERT_NOT_NULL(test, racers);
	race.fake = fake_create(test);
	refs = module_refcount(race.fake->provider.owner);
	race_begin(&race);
	run_threads(test, &race, racers);
	race_end(test, &race);
	KUNIT_EXPECT_EQ(test, module_refcount(race.fake->provider.owner), refs);
	/* They did not only get in each other's way. */
	KUNIT_EXPECT_GT(test, atomic_read(&race.successes), NR_STEPS);
	KUNIT_EXPECT_GT(test, fake_calls(race.fake, FAKE_ATTACH_PASID),
			NR_STEPS / 10);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE_SLOW(everybody_at_once),
	{}
};

static struct kunit_suite race_suite = {
	.name = "iopasid-core-races",
	.test_cases = race_cases,
};
kunit_test_suite(race_suite);
