// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: pinned memory. Whether pages are pinned is asked of the pages
 * themselves, before, in between, and after everything that can fail.
 */
#include <kunit/test.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <iopasid/iommufd-test.h>
#include <iopasid/iommufd.h>

#include "../drivers/iommufd/pages.h"
#include "../drivers/iommufd/run.h"

#define P		PAGE_SIZE
#define NR_PAGES	16UL

/* Memory of the test's own address space, each page with its number in it */
static unsigned long user_memory(struct kunit *test)
{
	unsigned long address, i;

	address = kunit_vm_mmap(test, NULL, 0, NR_PAGES * P,
				PROT_READ | PROT_WRITE,
				MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, address, 0);
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_ASSERT_EQ(test, 0, put_user(i, (unsigned long __user *)
						  (address + i * P)));
	return address;
}

/* Pins of a small page */
static unsigned int pins_of_page(struct page *page)
{
	return page_ref_count(page) / GUP_PIN_COUNTING_BIAS;
}

static unsigned int pins_at(struct kunit *test, unsigned long address)
{
	unsigned int pins;
	struct page *page;

	KUNIT_ASSERT_EQ(test, 1, get_user_pages_fast(address, 1, 0, &page));
	pins = pins_of_page(page);
	put_page(page);
	return pins;
}

/* "1" for a page that is pinned once, and so on; also what is charged */
static void expect_pins(struct kunit *test, struct iofd_pages *pages,
			const char *want)
{
	unsigned long i, nr = 0;
	char pins[NR_PAGES + 1] = "";

	for (i = 0; want[i]; i++) {
		pins[i] = '0' + pins_at(test, pages->address + i * P);
		nr += pins[i] - '0';
	}
	KUNIT_EXPECT_STREQ(test, pins, want);
	KUNIT_EXPECT_EQ(test, pages->nr_charged, nr);
}

static struct iofd_pages *pages_of(struct kunit *test, unsigned long address)
{
	struct iofd_pages *pages;

	pages = iofd_pages_create_user(IOFD_ACCOUNT_USER, address,
				       NR_PAGES * P, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pages));
	return pages;
}

static int add_user(struct iofd_pages *pages, struct iofd_user *user,
		    unsigned long first, unsigned long last)
{
	int ret;

	user->node.start = first;
	user->node.last = last;
	user->nr_pins = 0;
	mutex_lock(&pages->lock);
	ret = iofd_pages_add_user(pages, user);
	mutex_unlock(&pages->lock);
	return ret;
}

static void remove_user(struct iofd_pages *pages, struct iofd_user *user)
{
	mutex_lock(&pages->lock);
	iofd_pages_remove_user(pages, user);
	mutex_unlock(&pages->lock);
}

static void users_overlap(struct kunit *test)
{
	struct iofd_pages *pages = pages_of(test, user_memory(test));
	u64 pinned_vm = atomic64_read(&current->mm->pinned_vm);
	struct iofd_user a, b, c;

	KUNIT_ASSERT_EQ(test, 0, add_user(pages, &a, 0, 7));
	KUNIT_ASSERT_EQ(test, 0, add_user(pages, &b, 4, 11));
	KUNIT_ASSERT_EQ(test, 0, add_user(pages, &c, 2, 2));
	expect_pins(test, pages, "1111111111110000");
	KUNIT_EXPECT_EQ(test, atomic64_read(&current->mm->pinned_vm),
			pinned_vm + 12);
	remove_user(pages, &a);
	expect_pins(test, pages, "0010111111110000");
	KUNIT_ASSERT_EQ(test, 0, add_user(pages, &a, 0, 15));
	expect_pins(test, pages, "1111111111111111");
	remove_user(pages, &b);
	remove_user(pages, &a);
	expect_pins(test, pages, "0010000000000000");
	remove_user(pages, &c);
	expect_pins(test, pages, "0000000000000000");
	KUNIT_EXPECT_EQ(test, atomic64_read(&current->mm->pinned_vm),
			pinned_vm);
	iofd_pages_put(pages);
}

/* The rest of the memory is not there: what others have stays, exactly. */
static void half_of_it_is_missing(struct kunit *test)
{
	unsigned long address = user_memory(test);
	struct iofd_pages *pages = pages_of(test, address);
	struct iofd_user a, b;
	size_t limit;

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(address + 8 * P, 8 * P));
	KUNIT_ASSERT_EQ(test, 0, add_user(pages, &a, 2, 3));
	for (limit = sizeof(void *); limit <= 8 * sizeof(void *); limit *= 2) {
		KUNIT_ASSERT_EQ(test, 0,
				iopasid_iommufd_test_batch_limit(limit));
		KUNIT_EXPECT_EQ(test, -EFAULT, add_user(pages, &b, 0, 15));
		expect_pins(test, pages, "00110000");
		KUNIT_EXPECT_EQ(test, 0, add_user(pages, &b, 1, 7));
		expect_pins(test, pages, "01111111");
		remove_user(pages, &b);
	}
	iopasid_iommufd_test_batch_limit(0);
	remove_user(pages, &a);
	expect_pins(test, pages, "00000000");
	iofd_pages_put(pages);
}

/* Each of two drivers pins the same pages, and they are what is in memory. */
static void pins_of_drivers(struct kunit *test)
{
	unsigned long address = user_memory(test), i;
	struct iofd_pages *pages = pages_of(test, address);
	struct page *list[NR_PAGES], *again[NR_PAGES];

	KUNIT_ASSERT_EQ(test, 0, iofd_pages_pin(pages, 3, 9, list));
	KUNIT_ASSERT_EQ(test, 0, iofd_pages_pin(pages, 3, 9, again));
	expect_pins(test, pages, "0001111111000000");
	for (i = 3; i <= 9; i++) {
		unsigned long number;

		KUNIT_EXPECT_PTR_EQ(test, list[i - 3], again[i - 3]);
		memcpy_from_page((char *)&number, list[i - 3], 0,
				 sizeof(number));
		KUNIT_EXPECT_EQ(test, number, i);
	}
	iofd_pages_unpin(pages, 3, 9);
	expect_pins(test, pages, "0001111111000000");
	iofd_pages_unpin(pages, 3, 9);
	expect_pins(test, pages, "0000000000000000");
	iofd_pages_put(pages);
}

/* By address, by page, and by page of what is pinned in part */
static void copies(struct kunit *test)
{
	unsigned long address = user_memory(test);
	struct iofd_pages *pages = pages_of(test, address);
	unsigned long number, offset = 5 * P - 3;
	const size_t size = 3 * P;
	char *got = kunit_kzalloc(test, size, GFP_KERNEL);
	char *want = kunit_kzalloc(test, size, GFP_KERNEL);
	struct iofd_user a;
	unsigned int flags, round;

	KUNIT_ASSERT_NOT_NULL(test, got);
	KUNIT_ASSERT_NOT_NULL(test, want);
	get_random_bytes(want, size);
	for (round = 0; round < 3; round++) {
		flags = round == 1 ? IOPASID_IOMMUFD_FORCE_KTHREAD : 0;
		if (round == 2)
			KUNIT_ASSERT_EQ(test, 0, add_user(pages, &a, 6, 6));
		want[0]++;
		KUNIT_EXPECT_EQ(test, 0, iofd_pages_copy(pages, offset, want,
							 size, flags |
							 IOPASID_IOMMUFD_WRITE));
		KUNIT_EXPECT_EQ(test, 0, copy_from_user(got, (void __user *)
							(address + offset),
							size));
		KUNIT_EXPECT_MEMEQ(test, got, want, size);
		memset(got, 0, size);
		KUNIT_EXPECT_EQ(test, 0, iofd_pages_copy(pages, offset, got,
							 size, flags));
		KUNIT_EXPECT_MEMEQ(test, got, want, size);
		expect_pins(test, pages, round == 2 ? "0000001000000000" :
			    "0000000000000000");
	}

	/* What is pinned counts, not what the process has there now. */
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(address + 6 * P, P));
	KUNIT_EXPECT_EQ(test, 0, iofd_pages_copy(pages, 6 * P + 1, &number,
						 sizeof(number), 0));
	KUNIT_EXPECT_MEMEQ(test, &number, want + P + 4, sizeof(number));
	remove_user(pages, &a);
	KUNIT_EXPECT_EQ(test, -EFAULT, iofd_pages_copy(pages, 6 * P, &number,
						       sizeof(number), 0));
	iofd_pages_put(pages);
}

static void memory_limit(struct kunit *test)
{
	struct rlimit *limit = &current->signal->rlim[RLIMIT_MEMLOCK];
	struct rlimit old = *limit;
	struct iofd_payer payer;
	long locked;

	KUNIT_ASSERT_NE(test, user_memory(test), 0);
	iofd_payer_init(&payer, IOFD_PAYER_USER);
	locked = atomic_long_read(&payer.user->locked_vm);
	limit->rlim_cur = (locked + 8) * P;
	KUNIT_EXPECT_EQ(test, 0, iofd_payer_charge(&payer, 5));
	KUNIT_EXPECT_EQ(test, -ENOMEM, iofd_payer_charge(&payer, 4));
	KUNIT_EXPECT_EQ(test, -ENOMEM, iofd_payer_charge(&payer, ULONG_MAX));
	KUNIT_EXPECT_EQ(test, 0, iofd_payer_charge(&payer, 3));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&payer.user->locked_vm),
			locked + 8);
	iofd_payer_uncharge(&payer, 8);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&payer.user->locked_vm),
			locked);
	limit->rlim_cur = old.rlim_cur;
	iofd_payer_release(&payer);
}

static struct iofd_pages *pages_of_file(struct kunit *test, struct file *file,
					unsigned long first)
{
	struct iofd_pages *pages;

	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, first * P,
				       (NR_PAGES - first) * P, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pages));
	return pages;
}

/* A hole is punched into the file under pins: they keep what they have. */
static void file_loses_its_pages(struct kunit *test)
{
	struct file *file = shmem_file_setup("pages", NR_PAGES * P, 0);
	struct page *list[4], *now[4];
	struct iofd_pages *pages;
	loff_t pos = 5 * P;
	char byte = 'x';

	KUNIT_ASSERT_NE(test, user_memory(test), 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	pages = pages_of_file(test, file, 2);
	KUNIT_ASSERT_EQ(test, 1, kernel_write(file, &byte, 1, &pos));
	KUNIT_ASSERT_EQ(test, 0, iofd_pages_pin(pages, 2, 5, list));
	KUNIT_EXPECT_EQ(test, pins_of_page(list[0]), 1);
	KUNIT_EXPECT_EQ(test, 0, vfs_fallocate(file, FALLOC_FL_PUNCH_HOLE |
					       FALLOC_FL_KEEP_SIZE, 0,
					       NR_PAGES * P));
	KUNIT_EXPECT_EQ(test, pins_of_page(list[0]), 1);
	byte = 0;
	KUNIT_EXPECT_EQ(test, 0, iofd_pages_copy(pages, 3 * P, &byte, 1, 0));
	KUNIT_EXPECT_EQ(test, byte, 'x');
	/* Its neighbours are pages of today. */
	KUNIT_EXPECT_EQ(test, 0, iofd_pages_pin(pages, 1, 4, now));
	KUNIT_EXPECT_PTR_EQ(test, now[1], list[0]);
	KUNIT_EXPECT_EQ(test, pins_of_page(list[0]), 1);
	KUNIT_EXPECT_EQ(test, pins_of_page(now[0]), 1);
	KUNIT_EXPECT_EQ(test, pages->nr_charged, 5);
	get_page(list[0]);
	get_page(now[0]);
	iofd_pages_unpin(pages, 2, 5);
	iofd_pages_unpin(pages, 1, 4);
	KUNIT_EXPECT_EQ(test, pins_of_page(list[0]), 0);
	KUNIT_EXPECT_EQ(test, pins_of_page(now[0]), 0);
	put_page(list[0]);
	put_page(now[0]);
	KUNIT_EXPECT_EQ(test, pages->nr_charged, 0);

	/* Past the end: nothing remains of the beginning. */
	KUNIT_EXPECT_EQ(test, 0, vfs_fallocate(file, 0, 0, 4 * P));
	iofd_pages_put(pages);
	fput(file);
}

static void files_that_are_none(struct kunit *test)
{
	struct file *file = filp_open("/dev/iommu", O_RDWR, 0);
	struct iofd_pages *pages;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_NE(test, user_memory(test), 0);
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, 0, P, false);
	KUNIT_EXPECT_EQ(test, PTR_ERR(pages), -EINVAL);
	fput(file);

	file = shmem_file_setup("pages", P, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, U64_MAX - P,
				       P, false);
	KUNIT_EXPECT_EQ(test, PTR_ERR(pages), -EOVERFLOW);
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, 0, 0, false);
	KUNIT_EXPECT_EQ(test, PTR_ERR(pages), -EINVAL);
	file->f_mode &= ~FMODE_WRITE;
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, 0, P, true);
	KUNIT_EXPECT_EQ(test, PTR_ERR(pages), -EPERM);
	file->f_mode |= FMODE_WRITE;
	SHMEM_I(file_inode(file))->seals |= F_SEAL_FUTURE_WRITE;
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, 0, P, true);
	KUNIT_EXPECT_EQ(test, PTR_ERR(pages), -EPERM);
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, 0, P, false);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pages));
	iofd_pages_put(pages);
	fput(file);
}

#define NR_INDICES	256UL
#define NR_STEPS	3000

/* Runs against one page number for each index; 0: none */
static void compare_runs(struct kunit *test, struct iofd_pages *pages,
			 const unsigned long *pfns)
{
	struct iofd_run_walk walk;
	unsigned long i = 0;

	iofd_for_each_run(&walk, pages, 0, NR_INDICES - 1) {
		/* As long as it can be */
		KUNIT_ASSERT_FALSE(test, i && walk.run.first == i &&
				   pfns[i - 1] + 1 == pfns[i]);
		for (; i < walk.run.first; i++)
			KUNIT_ASSERT_EQ(test, pfns[i], 0);
		for (; i <= walk.run.last; i++)
			KUNIT_ASSERT_EQ(test, pfns[i],
					walk.run.pfn + i - walk.run.first);
	}
	for (; i < NR_INDICES; i++)
		KUNIT_ASSERT_EQ(test, pfns[i], 0);
}

static void runs_against_reference(struct kunit *test)
{
	unsigned long *pfns = kunit_kcalloc(test, NR_INDICES, sizeof(*pfns),
					    GFP_KERNEL);
	struct iofd_pages *pages;
	struct rnd_state random;
	unsigned int step;

	KUNIT_ASSERT_NOT_NULL(test, pfns);
	KUNIT_ASSERT_NE(test, user_memory(test), 0);
	pages = iofd_pages_create_user(IOFD_ACCOUNT_USER, P, NR_INDICES * P,
				       true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pages));
	prandom_seed_state(&random, 0x10fd);
	mutex_lock(&pages->lock);
	for (step = 0; step < NR_STEPS; step++) {
		unsigned long i = prandom_u32_state(&random) % NR_INDICES;
		unsigned long last = min(i + prandom_u32_state(&random) % 8,
					 NR_INDICES - 1);
		struct iofd_run run = { .first = i };

		if (step % 3 == 2) {
			iofd_run_remove(pages, i, last);
			memset(pfns + i, 0, (last - i + 1) * sizeof(*pfns));
			compare_runs(test, pages, pfns);
			continue;
		}
		/* Two places: above the indices, and one that lies below */
		run.pfn = i + (prandom_u32_state(&random) & 1 ? 5000 : 1);
		for (run.last = i; run.last <= last && !pfns[run.last];
		     run.last++)
			pfns[run.last] = run.pfn + run.last - i;
		if (run.last-- == i)
			continue;
		KUNIT_ASSERT_EQ(test, 0, iofd_run_add(pages, &run));
		compare_runs(test, pages, pfns);
	}
	iofd_run_remove(pages, 0, NR_INDICES - 1);
	mutex_unlock(&pages->lock);
	iofd_pages_put(pages);
}

/* The page number may be below the index. */
static void runs_below_their_index(struct kunit *test)
{
	struct iofd_run run = { .first = 1UL << 40, .last = (1UL << 40) + 9,
				.pfn = 3 };
	struct iofd_run_walk walk;
	struct iofd_pages *pages;

	KUNIT_ASSERT_NE(test, user_memory(test), 0);
	pages = iofd_pages_create_user(IOFD_ACCOUNT_USER, 0, ULONG_MAX - 2 * P,
				       true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pages));
	mutex_lock(&pages->lock);
	KUNIT_ASSERT_EQ(test, 0, iofd_run_add(pages, &run));
	iofd_run_walk_begin(&walk, pages, run.first + 4, ULONG_MAX);
	KUNIT_ASSERT_TRUE(test, iofd_run_walk_next(&walk));
	KUNIT_EXPECT_EQ(test, walk.run.first, run.first + 4);
	KUNIT_EXPECT_EQ(test, walk.run.last, run.last);
	KUNIT_EXPECT_EQ(test, walk.run.pfn, 7);
	KUNIT_EXPECT_FALSE(test, iofd_run_walk_next(&walk));
	iofd_run_remove(pages, 0, ULONG_MAX);
	mutex_unlock(&pages->lock);
	iofd_pages_put(pages);
}

static struct kunit_case pages_cases[] = {
	KUNIT_CASE(users_overlap),
	KUNIT_CASE(half_of_it_is_missing),
	KUNIT_CASE(pins_of_drivers),
	KUNIT_CASE(copies),
	KUNIT_CASE(memory_limit),
	KUNIT_CASE(file_loses_its_pages),
	KUNIT_CASE(files_that_are_none),
	KUNIT_CASE(runs_against_reference),
	KUNIT_CASE(runs_below_their_index),
	{}
};

static struct kunit_suite pages_suite = {
	.name = "iopasid-iommufd-pages",
	.test_cases = pages_cases,
};
kunit_test_suite(pages_suite);
