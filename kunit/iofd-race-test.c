// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: /dev/iommu, everybody at once
 *
 * Some threads attach, replace and detach devices of two groups, at the RID and
 * at PASIDs, and make and destroy address spaces and page tables, all by ids that
 * they guess, without regard for each other. No single result is expected: the
 * fake provider watches its contract, lockdep the locks, KASAN the memory, and at
 * the end nothing is left.
 *
 * Seeds are fixed; the interleaving is not.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/prandom.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/iommufd.h>

#include "../drivers/iommufd/iofd.h"

#include "fake-provider.h"

#define NR_DEVICES	3
#define NR_PASIDS	3
#define NR_THREADS	4
#define NR_STEPS	1500
/* Few enough that a guess is often an object */
#define NR_IDS		16
#define USER_SIZE	64

struct race {
	struct fake *fake;
	struct file *file;
	struct mm_struct *mm;
	struct iofd_device *devices[NR_DEVICES];
	u32 device_ids[NR_DEVICES];
	atomic_t successes;
};

struct racer {
	struct race *race;
	void __user *user;
	struct completion done;
	struct rnd_state rnd;
};

static u32 pick(struct racer *racer, u32 nr)
{
	return prandom_u32_state(&racer->rnd) % nr;
}

static void call(struct racer *racer, unsigned int cmd, void *arg, size_t size)
{
	struct file *file = racer->race->file;

	if (!copy_to_user(racer->user, arg, size) &&
	    !file->f_op->unlocked_ioctl(file, cmd, (unsigned long)racer->user))
		atomic_inc(&racer->race->successes);
}

static void make(struct racer *racer)
{
	struct iommu_ioas_alloc ioas = { .size = sizeof(ioas) };
	struct iommu_hwpt_alloc hwpt = {
		.size = sizeof(hwpt),
		.flags = pick(racer, 4) ? IOPASID_HWPT_ALLOC_PASID : 0,
		.dev_id = racer->race->device_ids[pick(racer, NR_DEVICES)],
		.pt_id = pick(racer, NR_IDS),
	};

	if (pick(racer, 3))
		call(racer, IOMMU_HWPT_ALLOC, &hwpt, sizeof(hwpt));
	else
		call(racer, IOMMU_IOAS_ALLOC, &ioas, sizeof(ioas));
}

static void unmake(struct racer *racer)
{
	struct iommu_destroy cmd = {
		.size = sizeof(cmd),
		.id = pick(racer, NR_IDS),
	};

	call(racer, IOMMU_DESTROY, &cmd, sizeof(cmd));
}

static void move(struct racer *racer)
{
	struct iofd_device *idev =
		racer->race->devices[pick(racer, NR_DEVICES)];
	u32 pasid = pick(racer, NR_PASIDS);
	u32 id = pick(racer, NR_IDS);
	int ret = -EINVAL;

	switch (pick(racer, 3)) {
	case 0:
		ret = iopasid_iommufd_attach(idev, pasid, &id);
		break;
	case 1:
		ret = iopasid_iommufd_replace(idev, pasid, &id);
		break;
	default:
		iopasid_iommufd_detach(idev, pasid);
		break;
	}
	if (!ret)
		atomic_inc(&racer->race->successes);
}

static int racer_thread(void *data)
{
	struct racer *racer = data;
	unsigned int i;

	kthread_use_mm(racer->race->mm);
	for (i = 0; i < NR_STEPS; i++) {
		u32 what = pick(racer, 8);

		if (!what)
			make(racer);
		else if (what == 1)
			unmake(racer);
		else
			move(racer);
	}
	kthread_unuse_mm(racer->race->mm);
	kthread_complete_and_exit(&racer->done, 0);
}

static void race_devices(struct kunit *test, struct race *race)
{
	int i;

	race->fake = fake_create(test);
	race->file = filp_open("/dev/iommu", O_RDWR, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, race->file);
	for (i = 0; i < NR_DEVICES; i++) {
		struct fake_device *fdev;

		fdev = fake_device_create(race->fake,
					  &(struct fake_device_config){
			.max_pasids = 1 << 5,
			/* The last one is alone. */
			.group = i < NR_DEVICES - 1,
		});
		race->devices[i] =
			iopasid_iommufd_bind(race->file->private_data,
					     &fdev->dev, IOPASID_IOMMUFD_FULL,
					     &race->device_ids[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, race->devices[i]);
	}
}

static void everybody_at_once(struct kunit *test)
{
	struct race race = {};
	struct racer racers[NR_THREADS];
	struct task_struct *task;
	unsigned long user;
	int i;

	user = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, user, 0);
	race.mm = current->mm;
	race_devices(test, &race);
	for (i = 0; i < NR_THREADS; i++) {
		racers[i].race = &race;
		racers[i].user = (void __user *)user + i * USER_SIZE;
		init_completion(&racers[i].done);
		prandom_seed_state(&racers[i].rnd, i + 1);
		task = kthread_run(racer_thread, &racers[i], "racer%d", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(task));
		if (IS_ERR(task))
			complete(&racers[i].done);
	}
	/* Also those that were started before one that was not */
	for (i = 0; i < NR_THREADS; i++)
		wait_for_completion(&racers[i].done);

	KUNIT_EXPECT_GT(test, atomic_read(&race.successes), NR_STEPS / 10);
	for (i = 0; i < NR_DEVICES; i++)
		iopasid_iommufd_unbind(race.devices[i]);
	__fput_sync(race.file);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE_SLOW(everybody_at_once),
	{}
};

static struct kunit_suite race_suite = {
	.name = "iopasid-iommufd-race",
	.test_cases = race_cases,
};
kunit_test_suite(race_suite);
