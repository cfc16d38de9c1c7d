// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: memory of a process that is there before a device needs it, and stays;
 * and processes that are gone.
 */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include "iofd-sva-rig.h"

/**
 * struct bad_range - what cannot be populated
 * @addr: first address
 * @length: bytes
 * @flags: of the call
 * @ret: what it returns
 */
struct bad_range {
	u64 addr;
	u64 length;
	u32 flags;
	int ret;
};

static const struct bad_range bad_ranges[] = {
	{ FAR, SIZE, 1U << 3, -EOPNOTSUPP },
	{ FAR, SIZE, 1U << 31, -EOPNOTSUPP },
	{ FAR, SIZE, PIN | UNPIN, -EINVAL },
	{ FAR, SIZE, WR | UNPIN, -EINVAL },
	{ FAR, SIZE, WR | PIN | UNPIN, -EINVAL },
	{ FAR, 0, 0, -EINVAL },
	{ FAR, 0, UNPIN, -EINVAL },
	{ FAR, PAGE_SIZE + 1, WR, -EINVAL },
	{ FAR + 1, PAGE_SIZE, PIN, -EINVAL },
	{ FAR + 1, PAGE_SIZE, UNPIN, -EINVAL },
	{ FAR, SIZE, UNPIN, -ENOENT },
	{ BIT_ULL(47), PAGE_SIZE, 0, -ERANGE },
	{ BIT_ULL(47) - PAGE_SIZE, 2 * PAGE_SIZE, WR, -ERANGE },
	{ FAR, -PAGE_SIZE, PIN, -ERANGE },
	{ -PAGE_SIZE, 2 * PAGE_SIZE, 0, -ERANGE },
	{ -PAGE_SIZE, 2 * PAGE_SIZE, UNPIN, -ENOENT },
	/* One page too many, at either end */
	{ FAR, SIZE + PAGE_SIZE, 0, -EFAULT },
	{ FAR, SIZE + PAGE_SIZE, WR | PIN, -EFAULT },
	{ FAR - PAGE_SIZE, SIZE, PIN, -EFAULT },
};

static void bad_range_describe(const struct bad_range *bad, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%llx + %llx, flags %x",
		 bad->addr, bad->length, bad->flags);
}

KUNIT_ARRAY_PARAM(bad_range, bad_ranges, bad_range_describe);

static void bad_range(struct kunit *test)
{
	const struct bad_range *bad = test->param_value;
	struct sva_rig *rig = sva_rig_create(test);
	u64 pinned = atomic64_read(&current->mm->pinned_vm);
	u32 sva = sva_new(rig);

	sva_untouched(rig, FAR);
	KUNIT_EXPECT_EQ(test, populate(rig, sva, bad->addr, bad->length,
				       bad->flags), bad->ret);
	KUNIT_EXPECT_EQ(test, atomic64_read(&current->mm->pinned_vm), pinned);
	/* Nothing of it was left to be unpinned. */
	KUNIT_EXPECT_NE(test, populate(rig, sva, bad->addr, bad->length, UNPIN),
			0);
	KUNIT_EXPECT_EQ(test, populate(rig, NO_ID, bad->addr, bad->length, 0),
			-ENOENT);
	sva_rig_destroy(rig);
}

static void populated(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	unsigned long addr = sva_untouched(rig, FAR), i;
	u32 sva = sva_new(rig);

	KUNIT_ASSERT_EQ(test, attach(rig->idev, PASID, sva), 0);
	KUNIT_EXPECT_FALSE(test, sva_reaches(rig, addr, IOPASID_READ));
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, 2 * PAGE_SIZE, 0), 0);
	KUNIT_EXPECT_TRUE(test, sva_reaches(rig, addr + PAGE_SIZE,
					    IOPASID_READ));
	/* Zeroes: to be read by whoever likes */
	KUNIT_EXPECT_FALSE(test, sva_reaches(rig, addr, IOPASID_WRITE));
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, WR), 0);
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_TRUE(test, sva_reaches(rig, addr + i * PAGE_SIZE,
						    IOPASID_WRITE));
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
	KUNIT_EXPECT_FALSE(test, sva_reaches(rig, addr, IOPASID_READ));
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, WR), -EFAULT);
	sva_rig_destroy(rig);
}

/* Pinned pages of the process, which is the test's own */
static s64 pinned_pages(void)
{
	return atomic64_read(&current->mm->pinned_vm);
}

static void pins(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	unsigned long addr = sva_untouched(rig, FAR);
	u32 sva = sva_new(rig), other = sva_new(rig);
	s64 before = pinned_pages();

	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, WR | PIN), 0);
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, PIN), 0);
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, PAGE_SIZE, PIN), 0);
	KUNIT_EXPECT_EQ(test, populate(rig, other, addr, SIZE, PIN), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + 3 * NR_PAGES + 1);
	/* Exactly what was pinned, there */
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, 2 * PAGE_SIZE, UNPIN),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, populate(rig, other, addr, PAGE_SIZE, UNPIN),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, UNPIN), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + 2 * NR_PAGES + 1);
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, UNPIN), 0);
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, UNPIN), -ENOENT);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + NR_PAGES + 1);
	/* It keeps the memory, not the mapping. */
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, SIZE), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + NR_PAGES + 1);
	KUNIT_EXPECT_EQ(test, populate(rig, other, addr, SIZE, UNPIN), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + 1);
	/* What is left goes with the HWPT. */
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, other), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + 1);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before);
	sva_rig_destroy(rig);
}

/* Or with the file */
static void pins_of_a_file(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	unsigned long addr = sva_untouched(rig, FAR);
	s64 before = pinned_pages();

	KUNIT_EXPECT_EQ(test, populate(rig, sva_new(rig), addr, SIZE, PIN), 0);
	KUNIT_EXPECT_EQ(test, populate(rig, sva_new(rig), addr, SIZE, PIN), 0);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before + 2 * NR_PAGES);
	sva_rig_destroy(rig);
	KUNIT_EXPECT_EQ(test, pinned_pages(), before);
}

/**
 * struct process - a process that is gone when it was waited for
 * @rig: the context that it uses
 * @theirs: the HWPT of another one
 * @ours: its own, if it was made
 * @alloc: what the calls returned, in this order
 * @pin: likewise
 * @populate_theirs: likewise
 */
struct process {
	struct sva_rig *rig;
	u32 theirs;
	u32 ours;
	int alloc;
	int pin;
	int populate_theirs;
};

static int process_run(void *data)
{
	struct process *process = data;
	struct sva_rig *rig = process->rig;
	unsigned long addr;
	u32 why;

	/* It comes with its first memory, and goes with the thread. */
	addr = kunit_vm_mmap(rig->test, NULL, FAR, SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED, 0);
	process->alloc = sva_alloc(rig, rig->idev->obj.id, 0, &process->ours,
				   &why);
	process->pin = populate(rig, process->ours, addr, SIZE, WR | PIN);
	process->populate_theirs = populate(rig, process->theirs, addr, SIZE,
					    WR);
	return 0;
}

static void process_gone(struct sva_rig *rig, struct process *process)
{
	struct task_struct *task;

	process->rig = rig;
	task = kthread_create(process_run, process, "iofd-sva-process");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(rig->test, task);
	get_task_struct(task);
	wake_up_process(task);
	/* Its address space goes before it does. */
	while (!READ_ONCE(task->exit_state))
		schedule_timeout_uninterruptible(1);
	put_task_struct(task);
}

static void other_process(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	struct process process = { .theirs = sva_new(rig) };

	process_gone(rig, &process);
	KUNIT_ASSERT_EQ(test, process.alloc, 0);
	KUNIT_EXPECT_EQ(test, process.pin, 0);
	KUNIT_EXPECT_EQ(test, process.populate_theirs, -EPERM);
	/* It is not ours, and it is gone. */
	KUNIT_EXPECT_EQ(test, populate(rig, process.ours, FAR, SIZE, WR),
			-EPERM);
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, process.ours), -ESRCH);
	KUNIT_EXPECT_NULL(test, fake_reaches(rig->fdev, PASID));
	/* What it pinned is whoever's who has the file. */
	KUNIT_EXPECT_EQ(test, populate(rig, process.ours, FAR, SIZE, UNPIN), 0);
	KUNIT_EXPECT_EQ(test, populate(rig, process.ours, FAR, SIZE, UNPIN),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, process.ours), 0);
	/* Ours still is. */
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, process.theirs), 0);
	sva_rig_destroy(rig);
}

static struct kunit_case pin_cases[] = {
	KUNIT_CASE_PARAM(bad_range, bad_range_gen_params),
	KUNIT_CASE(populated),
	KUNIT_CASE(pins),
	KUNIT_CASE(pins_of_a_file),
	KUNIT_CASE(other_process),
	{}
};

static struct kunit_suite pin_suite = {
	.name = "iopasid-iommufd-sva-pin",
	.test_cases = pin_cases,
};
kunit_test_suite(pin_suite);
