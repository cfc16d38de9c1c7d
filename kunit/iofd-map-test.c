// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: an address space and its page tables, which are the fake provider's:
 * how often a table is flushed, what remains after a failure, and what is never
 * given back when hardware does not answer.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>
#include <uapi/linux/vfio.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/iommufd.h>

#include "fake-provider.h"

#include "../drivers/iommufd/area.h"
#include "../drivers/iommufd/iofd.h"
#include "../drivers/iommufd/ioas.h"

#define P		PAGE_SIZE
#define NR_PAGES	64UL
#define BASE		BIT(24)
#define NR_DOMAINS	2

/**
 * struct map_test - an address space, and page tables that it may get
 * @file: the context's
 * @ctx: the context
 * @ioas: the address space
 * @fake: the provider
 * @domains: page tables
 * @nr_domains: those that the address space has
 * @address: NR_PAGES pages of memory
 */
struct map_test {
	struct file *file;
	struct iofd_ctx *ctx;
	struct iofd_ioas *ioas;
	struct fake *fake;
	struct iopasid_domain *domains[NR_DOMAINS];
	unsigned int nr_domains;
	unsigned long address;
};

static void map_test_end(void *data)
{
	struct map_test *t = data;
	unsigned int i;

	for (i = 0; i < t->nr_domains; i++)
		iofd_ioas_remove_domain(t->ioas, t->domains[i]);
	for (i = 0; i < NR_DOMAINS; i++)
		iopasid_domain_free(t->domains[i]);
	__fput_sync(t->file);
}

static struct map_test *map_test_create(struct kunit *test,
					unsigned int nr_domains)
{
	struct map_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct fake_device *fdev;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->address = kunit_vm_mmap(test, NULL, 0, NR_PAGES * P,
				   PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, t->address, 0);
	t->fake = fake_create(test);
	fdev = fake_device_create(t->fake, &(struct fake_device_config){});
	for (i = 0; i < NR_DOMAINS; i++) {
		t->domains[i] = iopasid_domain_alloc_paging(&fdev->dev);
		KUNIT_ASSERT_FALSE(test, IS_ERR(t->domains[i]));
	}
	t->file = filp_open("/dev/iommu", O_RDWR, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->file));
	t->ctx = t->file->private_data;
	t->ioas = iofd_ioas_create(t->ctx);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ioas));
	iofd_object_publish(&t->ioas->obj);
	for (; t->nr_domains < nr_domains; t->nr_domains++)
		KUNIT_ASSERT_EQ(test, 0,
				iofd_ioas_add_domain(t->ioas,
						     t->domains[t->nr_domains]));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, map_test_end,
							   t));
	fake_forget_calls(t->fake);
	return t;
}

/* @nr pages of memory, from page @page on, at BASE + @at pages */
static int map(struct map_test *t, unsigned long at, unsigned long page,
	       unsigned long nr)
{
	unsigned long iova = BASE + at * P;
	struct iofd_pages *pages;

	pages = iofd_pages_create_user(IOFD_ACCOUNT_USER, t->address + page * P,
				       nr * P, true);
	return iofd_ioas_map_pages(t->ioas, pages, 0, nr * P,
				   IOPASID_READ | IOPASID_WRITE, &iova, true);
}

static int unmap(struct map_test *t, unsigned long at, unsigned long nr,
		 unsigned long *unmapped)
{
	return iofd_ioas_remove(t->ioas, BASE + at * P,
				BASE + (at + nr) * P - 1, unmapped);
}

static unsigned long mapped(struct map_test *t, unsigned int i)
{
	return fake_domain_of(t->domains[i])->nr_mapped;
}

static unsigned long pinned(void)
{
	return atomic64_read(&current->mm->pinned_vm);
}

/* Three mappings go at once: each page table is flushed once. */
static void one_flush_for_all(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 2);
	unsigned long unmapped;

	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 8));
	KUNIT_ASSERT_EQ(test, 0, map(t, 16, 8, 1));
	KUNIT_ASSERT_EQ(test, 0, map(t, 20, 9, 3));
	KUNIT_EXPECT_EQ(test, mapped(t, 0), 12);
	KUNIT_EXPECT_EQ(test, mapped(t, 1), 12);
	KUNIT_EXPECT_EQ(test, pinned(), 12);
	fake_forget_calls(t->fake);
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, 32, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 12 * P);
	KUNIT_EXPECT_EQ(test, fake_calls(t->fake, FAKE_UNMAP), 6);
	KUNIT_EXPECT_EQ(test, fake_calls(t->fake, FAKE_FLUSH), 2);
	KUNIT_EXPECT_EQ(test, mapped(t, 0) + mapped(t, 1), 0);
	KUNIT_EXPECT_EQ(test, pinned(), 0);
}

/* One of them reaches out of the range: nothing happens to the others. */
static void all_or_none(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 1);
	unsigned long unmapped;

	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 4));
	KUNIT_ASSERT_EQ(test, 0, map(t, 8, 4, 4));
	KUNIT_EXPECT_EQ(test, -ENOENT, unmap(t, 0, 10, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 0);
	KUNIT_EXPECT_EQ(test, mapped(t, 0), 8);
	KUNIT_EXPECT_EQ(test, pinned(), 8);
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, 12, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 8 * P);
	/* None is no error. */
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, 12, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 0);
}

/* The n-th call that maps fails: nothing is left, the addresses are free. */
static void mapping_fails(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 2);
	unsigned long unmapped;
	unsigned int nth;
	int ret = -1;

	for (nth = 1; ret; nth++) {
		KUNIT_ASSERT_LT(test, nth, 200);
		fake_forget_calls(t->fake);
		fake_fail_nth(t->fake, FAKE_MAP, nth, -ENOMEM);
		ret = map(t, 0, 0, NR_PAGES);
		if (!ret)
			break;
		KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
		KUNIT_ASSERT_EQ(test, mapped(t, 0) + mapped(t, 1), 0);
		KUNIT_ASSERT_EQ(test, pinned(), 0);
	}
	KUNIT_EXPECT_GT(test, nth, 2);
	fake_fail_nth(t->fake, FAKE_MAP, 0, 0);
	KUNIT_EXPECT_EQ(test, mapped(t, 0), NR_PAGES);
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, NR_PAGES, &unmapped));
}

/* A page table comes, fails to, and goes: memory is pinned by the first one. */
static void page_tables_come_and_go(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 0);
	unsigned long unmapped;

	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 8));
	KUNIT_ASSERT_EQ(test, 0, map(t, 32, 8, 8));
	KUNIT_EXPECT_EQ(test, pinned(), 0);
	KUNIT_EXPECT_EQ(test, t->ioas->space.alignment, 1);

	fake_fail_nth(t->fake, FAKE_MAP, 2, -ENOMEM);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iofd_ioas_add_domain(t->ioas, t->domains[0]));
	KUNIT_EXPECT_EQ(test, mapped(t, 0), 0);
	KUNIT_EXPECT_EQ(test, pinned(), 0);
	KUNIT_EXPECT_EQ(test, t->ioas->space.alignment, 1);
	fake_fail_nth(t->fake, FAKE_MAP, 0, 0);

	KUNIT_ASSERT_EQ(test, 0, iofd_ioas_add_domain(t->ioas, t->domains[0]));
	KUNIT_ASSERT_EQ(test, 0, iofd_ioas_add_domain(t->ioas, t->domains[1]));
	KUNIT_EXPECT_EQ(test, t->ioas->space.alignment, P);
	KUNIT_EXPECT_EQ(test, mapped(t, 1), 16);
	KUNIT_EXPECT_EQ(test, pinned(), 16);
	KUNIT_EXPECT_EQ(test, -EEXIST, map(t, 7, 0, 1));
	iofd_ioas_remove_domain(t->ioas, t->domains[0]);
	KUNIT_EXPECT_EQ(test, mapped(t, 0), 0);
	KUNIT_EXPECT_EQ(test, pinned(), 16);
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, 8, &unmapped));
	KUNIT_EXPECT_EQ(test, pinned(), 8);
	iofd_ioas_remove_domain(t->ioas, t->domains[1]);
	KUNIT_EXPECT_EQ(test, pinned(), 0);
	KUNIT_EXPECT_EQ(test, t->ioas->space.alignment, 1);
}

/* What a page table does not reach must be neither mapped nor mappable. */
static void beyond_the_aperture(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 0);
	unsigned long unmapped;

	t->domains[0]->aperture_last = BASE + 8 * P - 1;
	KUNIT_ASSERT_EQ(test, 0, map(t, 8, 0, 1));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iofd_ioas_add_domain(t->ioas, t->domains[0]));
	KUNIT_EXPECT_EQ(test, t->ioas->space.alignment, 1);
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 8, 1, &unmapped));
	KUNIT_EXPECT_EQ(test, 0, iofd_ioas_add_domain(t->ioas, t->domains[0]));
	KUNIT_EXPECT_EQ(test, -EINVAL, map(t, 8, 0, 1));
	KUNIT_EXPECT_EQ(test, 0, map(t, 7, 0, 1));
	iofd_ioas_remove_domain(t->ioas, t->domains[0]);
	KUNIT_EXPECT_EQ(test, 0, map(t, 8, 0, 1));
}

/* No answer: the pages and the addresses are nobody's any more. */
static void unit_does_not_answer(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 1);
	unsigned long unmapped;

	t->fake->expect_complaints = true;
	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 2));
	KUNIT_ASSERT_EQ(test, 0, map(t, 8, 2, 2));
	fake_fail_nth(t->fake, FAKE_FLUSH, 1, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, -EIO, unmap(t, 0, 4, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 0);
	KUNIT_EXPECT_EQ(test, pinned(), 4);
	KUNIT_EXPECT_EQ(test, -EEXIST, map(t, 0, 0, 1));
	/* Everything else goes on. */
	KUNIT_EXPECT_EQ(test, -EIO, unmap(t, 0, 16, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 2 * P);
	KUNIT_EXPECT_EQ(test, pinned(), 2);
	KUNIT_EXPECT_EQ(test, 0, map(t, 8, 0, 2));
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 8, 2, &unmapped));
}

/* A call with a structure of which the last page of memory gets a copy */
static long call(struct map_test *t, unsigned int cmd, void *arg, size_t size)
{
	void __user *user = (void __user *)(t->address + (NR_PAGES - 1) * P);
	long ret;

	if (copy_to_user(user, arg, size))
		return -EFAULT;
	ret = t->file->f_op->unlocked_ioctl(t->file, cmd, (unsigned long)user);
	return copy_from_user(arg, user, size) ? -EFAULT : ret;
}

/* Programs are told what is unmapped, whichever call they use. */
static void told_what_is_unmapped(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 1);
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = t->ioas->obj.id,
		.iova = BASE,
		.length = 16 * P,
	};
	struct vfio_iommu_type1_dma_unmap vfio = {
		.argsz = sizeof(vfio),
		.iova = BASE,
		.size = 16 * P,
	};
	struct iommu_vfio_ioas choose = {
		.size = sizeof(choose),
		.ioas_id = t->ioas->obj.id,
		.op = IOMMU_VFIO_IOAS_SET,
	};
	unsigned long unmapped;

	t->fake->expect_complaints = true;
	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 2));
	fake_fail_nth(t->fake, FAKE_FLUSH, 1, -ETIMEDOUT);
	KUNIT_ASSERT_EQ(test, -EIO, unmap(t, 0, 4, &unmapped));
	KUNIT_ASSERT_EQ(test, 0, map(t, 8, 2, 3));
	KUNIT_EXPECT_EQ(test, -EIO, call(t, IOMMU_IOAS_UNMAP, &cmd,
					 sizeof(cmd)));
	KUNIT_EXPECT_EQ(test, cmd.length, 3 * P);
	KUNIT_ASSERT_EQ(test, 0, map(t, 8, 2, 5));
	KUNIT_ASSERT_EQ(test, 0, call(t, IOMMU_VFIO_IOAS, &choose,
				      sizeof(choose)));
	KUNIT_EXPECT_EQ(test, -EIO, call(t, VFIO_IOMMU_UNMAP_DMA, &vfio,
					 sizeof(vfio)));
	KUNIT_EXPECT_EQ(test, vfio.size, 5 * P);
}

/* Without large pages a mapping is cut, and each part goes by itself. */
static void cut_in_three(struct kunit *test)
{
	struct map_test *t = map_test_create(test, 1);
	unsigned long unmapped;

	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 8));
	KUNIT_EXPECT_EQ(test, -EINVAL, iofd_ioas_cut(t->ioas, BASE + 3 * P));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iofd_ioas_set_huge_pages(t->ioas, false));
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, 8, &unmapped));

	KUNIT_EXPECT_EQ(test, 0, iofd_ioas_set_huge_pages(t->ioas, false));
	fake_forget_calls(t->fake);
	KUNIT_ASSERT_EQ(test, 0, map(t, 0, 0, 8));
	KUNIT_EXPECT_EQ(test, fake_calls(t->fake, FAKE_MAP), 8);
	KUNIT_EXPECT_EQ(test, -EINVAL, iofd_ioas_cut(t->ioas, BASE + 3 * P + 1));
	KUNIT_EXPECT_EQ(test, 0, iofd_ioas_cut(t->ioas, BASE + 3 * P));
	KUNIT_EXPECT_EQ(test, 0, iofd_ioas_cut(t->ioas, BASE + 5 * P));
	KUNIT_EXPECT_EQ(test, 0, iofd_ioas_cut(t->ioas, BASE));
	KUNIT_EXPECT_EQ(test, 0, iofd_ioas_cut(t->ioas, BASE + 8 * P));
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 3, 2, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 2 * P);
	KUNIT_EXPECT_EQ(test, pinned(), 6);
	KUNIT_EXPECT_EQ(test, mapped(t, 0), 6);
	KUNIT_EXPECT_EQ(test, 0, unmap(t, 0, 8, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 6 * P);
	KUNIT_EXPECT_EQ(test, pinned(), 0);
}

/**
 * struct map_call - a call that waits for the lock of pages
 * @t: the test
 * @fn: the call
 * @mm: its memory
 * @ret: what it said
 * @done: that it has
 */
struct map_call {
	struct map_test *t;
	int (*fn)(struct map_test *t);
	struct mm_struct *mm;
	int ret;
	struct completion done;
};

static int map_call_thread(void *data)
{
	struct map_call *c = data;

	kthread_use_mm(c->mm);
	c->ret = c->fn(c->t);
	kthread_unuse_mm(c->mm);
	kthread_complete_and_exit(&c->done, 0);
}

/*
 * Somebody pins the pages at BASE, and waits for memory of a user. The call waits for
 * him as soon as it has the pages, too, but with no lock that an attach or detach
 * needs.
 */
static void waits_alone(struct kunit *test, struct map_call *c)
{
	unsigned long deadline = jiffies + 20 * HZ;
	struct iofd_ioas *ioas = c->t->ioas;
	struct iofd_pages *pages = iofd_area_first(&ioas->space.areas, BASE,
						   BASE)->pages;
	struct task_struct *task;
	bool free = false;

	c->mm = current->mm;
	init_completion(&c->done);
	mutex_lock(&pages->lock);
	task = kthread_run(map_call_thread, c, "map-call");
	if (IS_ERR(task))
		complete(&c->done);
	while (!free && time_before(jiffies, deadline)) {
		msleep(20);
		if (!down_write_trylock(&ioas->iova_rwsem))
			continue;
		free = kref_read(&pages->kref) == 2;
		up_write(&ioas->iova_rwsem);
	}
	mutex_unlock(&pages->lock);
	wait_for_completion(&c->done);
	KUNIT_EXPECT_TRUE(test, free);
	KUNIT_EXPECT_FALSE(test, IS_ERR(task));
	KUNIT_EXPECT_EQ(test, c->ret, 0);
}

static int cut_at_3(struct map_test *t)
{
	return iofd_ioas_cut(t->ioas, BASE + 3 * P);
}

static void cut_waits_alone(struct kunit *test)
{
	struct map_call c = { .t = map_test_create(test, 1), .fn = cut_at_3 };
	unsigned long unmapped;

	KUNIT_ASSERT_EQ(test, 0, iofd_ioas_set_huge_pages(c.t->ioas, false));
	KUNIT_ASSERT_EQ(test, 0, map(c.t, 0, 0, 8));
	waits_alone(test, &c);
	KUNIT_EXPECT_EQ(test, 0, unmap(c.t, 3, 5, &unmapped));
	KUNIT_EXPECT_EQ(test, unmapped, 5 * P);
	KUNIT_EXPECT_EQ(test, pinned(), 3);
	KUNIT_EXPECT_EQ(test, 0, unmap(c.t, 0, 3, &unmapped));
	KUNIT_EXPECT_EQ(test, pinned(), 0);
}

static int change_process(struct map_test *t)
{
	struct iopasid_ioas_change_process cmd = { .size = sizeof(cmd) };
	struct iofd_call call = { .ctx = t->ctx, .cmd = &cmd };

	return iofd_ioas_change_process(&call);
}

static void change_process_waits_alone(struct kunit *test)
{
	struct map_call c = {
		.t = map_test_create(test, 1),
		.fn = change_process,
	};
	struct file *file = shmem_file_setup("late", 8 * P, 0);
	unsigned long iova = BASE;
	struct iofd_pages *pages;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	pages = iofd_pages_create_file(IOFD_ACCOUNT_USER, file, 0, 8 * P, true);
	fput(file);
	KUNIT_ASSERT_EQ(test, 0,
			iofd_ioas_map_pages(c.t->ioas, pages, 0, 8 * P,
					    IOPASID_READ | IOPASID_WRITE, &iova,
					    true));
	waits_alone(test, &c);
	KUNIT_EXPECT_EQ(test, pinned(), 8);
}

/**
 * struct map_driver - a driver that has pinned pages
 * @t: the test
 * @access: how
 * @asked: how often it was asked to stop
 * @unmap_ret: what came of an unmapping while it was asked
 * @pin_ret: what came of one more pin then
 */
struct map_driver {
	struct map_test *t;
	struct iofd_access *access;
	unsigned int asked;
	int unmap_ret;
	int pin_ret;
};

/* Map four pages, of which the driver pins the first. */
static void map_driver_pin(struct kunit *test, struct map_driver *driver,
			   const struct iopasid_iommufd_access_ops *ops)
{
	struct page *page;
	u32 id;

	driver->access = iopasid_iommufd_access_create(driver->t->ctx, ops,
						       driver, &id);
	KUNIT_ASSERT_FALSE(test, IS_ERR(driver->access));
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_iommufd_access_attach(driver->access,
						      driver->t->ioas->obj.id));
	KUNIT_ASSERT_EQ(test, 0, map(driver->t, 0, 0, 4));
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_iommufd_access_pin(driver->access, BASE, P,
						   &page,
						   IOPASID_IOMMUFD_WRITE));
}

/* Somebody else wants to unmap a part of it meanwhile, which is no area. */
static void map_driver_other(void *data, u64 iova, u64 length)
{
	struct map_driver *driver = data;
	unsigned long unmapped;
	struct page *page;

	if (++driver->asked > 1)
		return;
	driver->unmap_ret = unmap(driver->t, 0, 2, &unmapped);
	driver->pin_ret = iopasid_iommufd_access_pin(driver->access, BASE, P,
						     &page,
						     IOPASID_IOMMUFD_WRITE);
	iopasid_iommufd_access_unpin(driver->access, BASE, P);
}

/* Nobody pins what is being unmapped, whatever others do. */
static void leaving_is_the_callers(struct kunit *test)
{
	static const struct iopasid_iommufd_access_ops ops = {
		.needs_pin = true,
		.unmap = map_driver_other,
	};
	struct map_driver driver = { .t = map_test_create(test, 1) };
	unsigned long unmapped;

	map_driver_pin(test, &driver, &ops);
	KUNIT_EXPECT_EQ(test, 0, unmap(driver.t, 0, 4, &unmapped));
	KUNIT_EXPECT_EQ(test, driver.unmap_ret, -ENOENT);
	KUNIT_EXPECT_LT(test, driver.pin_ret, 0);
	KUNIT_EXPECT_EQ(test, driver.asked, 1);
	KUNIT_EXPECT_EQ(test, pinned(), 0);
	iopasid_iommufd_access_destroy(driver.access);
}

/* Takes its time, and somebody unmaps meanwhile. */
static void map_driver_unmap(void *data, u64 iova, u64 length)
{
	struct map_driver *driver = data;
	unsigned long unmapped;

	if (++driver->asked == 1)
		driver->unmap_ret = unmap(driver->t, 0, 4, &unmapped);
	else if (driver->asked == 2)
		iopasid_iommufd_access_unpin(driver->access, BASE, P);
}

/* A driver that gives up its access is asked as any other, until it is out. */
static void unmapped_while_an_access_is_destroyed(struct kunit *test)
{
	static const struct iopasid_iommufd_access_ops ops = {
		.needs_pin = true,
		.unmap = map_driver_unmap,
	};
	struct map_driver driver = { .t = map_test_create(test, 1) };

	map_driver_pin(test, &driver, &ops);
	iopasid_iommufd_access_destroy(driver.access);
	KUNIT_EXPECT_EQ(test, driver.unmap_ret, 0);
	KUNIT_EXPECT_EQ(test, driver.asked, 2);
	KUNIT_EXPECT_EQ(test, mapped(driver.t, 0), 0);
	KUNIT_EXPECT_EQ(test, pinned(), 0);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(one_flush_for_all),
	KUNIT_CASE(all_or_none),
	KUNIT_CASE(mapping_fails),
	KUNIT_CASE(page_tables_come_and_go),
	KUNIT_CASE(beyond_the_aperture),
	KUNIT_CASE(unit_does_not_answer),
	KUNIT_CASE(told_what_is_unmapped),
	KUNIT_CASE(cut_in_three),
	KUNIT_CASE(cut_waits_alone),
	KUNIT_CASE(change_process_waits_alone),
	KUNIT_CASE(leaving_is_the_callers),
	KUNIT_CASE(unmapped_while_an_access_is_destroyed),
	{}
};

static struct kunit_suite map_suite = {
	.name = "iopasid-iommufd-map",
	.test_cases = map_cases,
};
kunit_test_suite(map_suite);
