// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: fault files
 *
 * What a reader gets, which answers count, and how groups end that nobody
 * answers, down to the reader that is dropped in the middle of his copy.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>

#include <iopasid/fault.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "../drivers/iommufd/fault-queue.h"
#include "../drivers/iommufd/hwpt.h"
#include "../drivers/iommufd/iofd.h"

#include "fake-provider.h"

#define DEV_ID		77
#define PASID		3
#define RECORD		sizeof(struct iommu_hwpt_pgfault)
#define ANSWER		sizeof(struct iommu_hwpt_page_response)
/* Long enough for a thread to go to sleep */
#define MOMENT_MS	50

/**
 * struct faults - a device that is attached to a HWPT with a fault queue
 * @test: the test
 * @fake: its provider
 * @fdev: the device
 * @domain: of @hwpt
 * @ctx: an open /dev/iommu
 * @file: the fault file
 * @hwpt: the HWPT, no object
 * @source: the device's way to the queue
 * @user: a page of user memory
 */
struct faults {
	struct kunit *test;
	struct fake *fake;
	struct fake_device *fdev;
	struct iopasid_domain *domain;
	struct file *ctx;
	struct file *file;
	struct iofd_hwpt hwpt;
	struct iofd_fault_source *source;
	void __user *user;
};

static long faults_ioctl(struct faults *faults, unsigned int cmd, void *arg,
			 size_t size)
{
	long ret;

	KUNIT_ASSERT_EQ(faults->test, 0,
			copy_to_user(faults->user, arg, size));
	ret = faults->ctx->f_op->unlocked_ioctl(faults->ctx, cmd,
						(unsigned long)faults->user);
	KUNIT_ASSERT_EQ(faults->test, 0,
			copy_from_user(arg, faults->user, size));
	return ret;
}

/* The queue, and its file in place of the descriptor */
static void faults_open(struct faults *faults)
{
	struct iommu_fault_alloc alloc = { .size = sizeof(alloc) };
	struct kunit *test = faults->test;
	struct iofd_fault_queue *queue;

	faults->ctx = filp_open("/dev/iommu", O_RDWR, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, faults->ctx);
	KUNIT_ASSERT_EQ(test, 0, faults_ioctl(faults, IOMMU_FAULT_QUEUE_ALLOC,
					      &alloc, sizeof(alloc)));
	faults->file = fget(alloc.out_fault_fd);
	KUNIT_ASSERT_NOT_NULL(test, faults->file);
	close_fd(alloc.out_fault_fd);
	queue = iofd_fault_queue_get(faults->ctx->private_data,
				     alloc.out_fault_id);
	KUNIT_ASSERT_FALSE(test, IS_ERR(queue));
	faults->hwpt.fault = queue;
	iofd_object_put(&queue->obj);
}

static struct iofd_fault_source *faults_source(struct faults *faults,
					       struct iofd_hwpt *hwpt)
{
	struct iofd_fault_source *source;

	source = iofd_fault_source_create(hwpt, &faults->fdev->dev, DEV_ID,
					  PASID);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(faults->test, source);
	return source;
}

static struct faults *faults_create(struct kunit *test)
{
	struct faults *faults = kunit_kzalloc(test, sizeof(*faults),
					      GFP_KERNEL);
	unsigned long user;

	KUNIT_ASSERT_NOT_NULL(test, faults);
	faults->test = test;
	user = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, user, 0);
	faults->user = (void __user *)user;
	faults->fake = fake_create(test);
	faults->fdev = fake_device_create(faults->fake,
					  &(struct fake_device_config){
		.max_pasids = 1 << 5,
		.page_requests = true,
	});
	faults_open(faults);
	faults->domain = iopasid_domain_alloc_paging(&faults->fdev->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, faults->domain);
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_domain_set_fault_handler(faults->domain,
							 iofd_fault_queue_handle,
							 iofd_fault_queue_withdraw,
							 &faults->hwpt));
	faults->source = faults_source(faults, &faults->hwpt);
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(faults->domain,
							  &faults->fdev->dev,
							  PASID));
	fake_forget_calls(faults->fake);
	return faults;
}

static void faults_detach(struct faults *faults)
{
	iopasid_detach_dev_pasid(&faults->fdev->dev, PASID);
	iofd_fault_source_destroy(faults->source);
	faults->source = NULL;
}

static void faults_destroy(struct faults *faults)
{
	if (faults->source)
		faults_detach(faults);
	if (faults->file)
		fput(faults->file);
	filp_close(faults->ctx, NULL);
	iopasid_domain_free(faults->domain);
}

static void ask(struct faults *faults, u16 index, u64 addr, bool last)
{
	fake_page_request(faults->fdev, &(struct iopasid_page_request){
		.pasid = PASID,
		.index = index,
		.access = IOPASID_PAGE_WRITE,
		.last = last,
		.addr = addr,
	});
}

static ssize_t read_to(struct faults *faults, void __user *user, size_t count)
{
	loff_t pos = 0;

	return faults->file->f_op->read(faults->file, user, count, &pos);
}

static ssize_t read_records(struct faults *faults, size_t count,
			    struct iommu_hwpt_pgfault *records)
{
	ssize_t ret = read_to(faults, faults->user, count);

	if (ret > 0)
		KUNIT_ASSERT_EQ(faults->test, 0,
				copy_from_user(records, faults->user, ret));
	return ret;
}

static ssize_t answer(struct faults *faults, size_t count,
		      const struct iommu_hwpt_page_response *answers)
{
	loff_t pos = 0;

	KUNIT_ASSERT_EQ(faults->test, 0,
			copy_to_user(faults->user, answers, count));
	return faults->file->f_op->write(faults->file, faults->user, count,
					 &pos);
}

static bool readable(struct faults *faults)
{
	return vfs_poll(faults->file, NULL) & EPOLLIN;
}

/* Requests that the device has in memory */
static int nr_held(struct faults *faults)
{
	return atomic_read(&faults->fdev->idev->page_queue->nr_held);
}

/* The device has got @nr answers in all, the last one this. */
static void expect_answer(struct faults *faults, unsigned int nr, u16 index,
			  enum iopasid_page_code code)
{
	struct fake *fake = faults->fake;
	struct fake_call *last = NULL;
	unsigned int i;

	KUNIT_EXPECT_EQ(faults->test, fake_calls(fake, FAKE_PAGE_RESPONSE), nr);
	for (i = 0; i < fake->nr_recorded; i++)
		if (fake->calls[i].op == FAKE_PAGE_RESPONSE)
			last = &fake->calls[i];
	KUNIT_ASSERT_NOT_NULL(faults->test, last);
	KUNIT_EXPECT_EQ(faults->test, last->index, index);
	KUNIT_EXPECT_EQ(faults->test, last->code, code);
}

static void reads(struct kunit *test)
{
	struct iommu_hwpt_pgfault records[4] = {};
	struct faults *faults = faults_create(test);
	int i;

	KUNIT_EXPECT_EQ(test, read_records(faults, RECORD, records), 0);
	KUNIT_EXPECT_FALSE(test, readable(faults));
	ask(faults, 8, 0x1000, true);
	for (i = 0; i < 3; i++)
		ask(faults, 9, 0x2000 + i * PAGE_SIZE, i == 2);
	KUNIT_EXPECT_TRUE(test, readable(faults));

	/* Whole records, whole groups, and as many as fit */
	KUNIT_EXPECT_EQ(test, read_records(faults, RECORD - 1, records),
			-ESPIPE);
	KUNIT_EXPECT_EQ(test, read_records(faults, RECORD + 1, records),
			-ESPIPE);
	KUNIT_EXPECT_EQ(test, read_records(faults, 0, records), 0);
	KUNIT_EXPECT_EQ(test, read_records(faults, 3 * RECORD, records),
			RECORD);
	KUNIT_EXPECT_EQ(test, records[0].flags,
			IOMMU_PGFAULT_FLAGS_PASID_VALID |
			IOMMU_PGFAULT_FLAGS_LAST_PAGE);
	KUNIT_EXPECT_EQ(test, records[0].dev_id, DEV_ID);
	KUNIT_EXPECT_EQ(test, records[0].pasid, PASID);
	KUNIT_EXPECT_EQ(test, records[0].grpid, 8);
	KUNIT_EXPECT_EQ(test, records[0].perm, IOMMU_PGFAULT_PERM_WRITE);
	KUNIT_EXPECT_EQ(test, records[0].addr, 0x1000);
	KUNIT_EXPECT_EQ(test, records[0].length, 0);

	KUNIT_EXPECT_EQ(test, read_records(faults, 2 * RECORD, records + 1),
			-EINVAL);
	KUNIT_EXPECT_TRUE(test, readable(faults));
	KUNIT_EXPECT_EQ(test, read_records(faults, 3 * RECORD, records + 1),
			3 * RECORD);
	for (i = 1; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, records[i].grpid, 9);
		KUNIT_EXPECT_EQ(test, records[i].addr, 0x1000 + i * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, records[i].cookie, records[1].cookie);
		KUNIT_EXPECT_EQ(test, records[i].flags,
				IOMMU_PGFAULT_FLAGS_PASID_VALID |
				(i == 3 ? IOMMU_PGFAULT_FLAGS_LAST_PAGE : 0));
	}
	KUNIT_EXPECT_NE(test, records[0].cookie, records[1].cookie);
	KUNIT_EXPECT_FALSE(test, readable(faults));
	KUNIT_EXPECT_EQ(test, fake_calls(faults->fake, FAKE_PAGE_RESPONSE), 0);
	faults_destroy(faults);
}

/**
 * struct poller - who waits until there is something to read
 * @entry: in the queue's wait queue
 * @nr_woken: how often he was told so
 */
struct poller {
	struct wait_queue_entry entry;
	unsigned int nr_woken;
};

static int poller_wake(struct wait_queue_entry *entry, unsigned int mode,
		       int flags, void *key)
{
	struct poller *poller = container_of(entry, struct poller, entry);

	if (key_to_poll(key) & EPOLLIN)
		poller->nr_woken++;
	return 0;
}

static void read_to_nowhere(struct kunit *test)
{
	struct faults *faults = faults_create(test);
	struct iommu_hwpt_pgfault record = {};
	struct poller poller = {};

	ask(faults, 1, 0x1000, true);
	ask(faults, 2, 0x2000, true);
	/* Whoever looks while they are being read finds nothing. */
	init_waitqueue_func_entry(&poller.entry, poller_wake);
	add_wait_queue(&faults->hwpt.fault->wait, &poller.entry);
	KUNIT_EXPECT_EQ(test, read_to(faults, NULL, RECORD), -EFAULT);
	remove_wait_queue(&faults->hwpt.fault->wait, &poller.entry);
	KUNIT_EXPECT_EQ(test, poller.nr_woken, 1);
	/* As before, in the same order */
	KUNIT_EXPECT_TRUE(test, readable(faults));
	KUNIT_EXPECT_EQ(test, read_records(faults, RECORD, &record), RECORD);
	KUNIT_EXPECT_EQ(test, record.grpid, 1);
	faults_destroy(faults);
}

static void answers(struct kunit *test)
{
	struct iommu_hwpt_page_response good[2] = {}, bad = {};
	struct faults *faults = faults_create(test);
	struct iommu_hwpt_pgfault records[2] = {};

	ask(faults, 1, 0x1000, true);
	/* Nobody has read it: cookie 1 is not known yet. */
	bad.cookie = 1;
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &bad), -EINVAL);
	ask(faults, 2, 0x1000, true);
	KUNIT_ASSERT_EQ(test, read_records(faults, 2 * RECORD, records),
			2 * RECORD);
	good[0].cookie = records[1].cookie;
	good[1].cookie = records[0].cookie;
	good[1].code = IOMMUFD_PAGE_RESP_INVALID;
	bad.cookie = records[0].cookie;
	bad.code = 2;
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &bad), -EINVAL);
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER - 1, good), -ESPIPE);
	KUNIT_EXPECT_EQ(test, answer(faults, 0, good), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(faults->fake, FAKE_PAGE_RESPONSE), 0);

	/* In any order, and each once */
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, good), ANSWER);
	expect_answer(faults, 1, 2, IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, answer(faults, 2 * ANSWER, good), -EINVAL);
	good[0] = good[1];
	KUNIT_EXPECT_EQ(test, answer(faults, 2 * ANSWER, good), ANSWER);
	expect_answer(faults, 2, 1, IOPASID_PAGE_INVALID);
	faults_destroy(faults);
}

/* What is not answered ends with the attachment, read or not. */
static void detach_drops(struct kunit *test)
{
	struct iommu_hwpt_page_response late = {};
	struct faults *faults = faults_create(test);
	struct iommu_hwpt_pgfault record = {};

	ask(faults, 1, 0x1000, true);
	ask(faults, 2, 0x2000, true);
	KUNIT_ASSERT_EQ(test, read_records(faults, RECORD, &record), RECORD);
	faults_detach(faults);
	KUNIT_EXPECT_EQ(test, fake_calls(faults->fake, FAKE_PAGE_RESPONSE), 2);
	KUNIT_EXPECT_FALSE(test, readable(faults));
	late.cookie = record.cookie;
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &late), -EINVAL);
	KUNIT_EXPECT_TRUE(test, xa_empty(&faults->hwpt.fault->asked));

	/* A late answer is not taken for one to the next group. */
	faults->source = faults_source(faults, &faults->hwpt);
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(faults->domain,
							  &faults->fdev->dev,
							  PASID));
	ask(faults, 3, 0x1000, true);
	KUNIT_ASSERT_EQ(test, read_records(faults, RECORD, &record), RECORD);
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &late), -EINVAL);
	late.cookie = record.cookie;
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &late), ANSWER);
	expect_answer(faults, 3, 3, IOPASID_PAGE_SUCCESS);
	faults_destroy(faults);
}

/* A replace that stays with the queue: the new HWPT's groups are not the old's. */
static void sources_are_told_apart(struct kunit *test)
{
	struct faults *faults = faults_create(test);
	struct iofd_hwpt other = { .fault = faults->hwpt.fault };
	struct iofd_fault_source *source;
	struct iommu_hwpt_pgfault record = {};

	ask(faults, 1, 0x1000, true);
	source = faults_source(faults, &other);
	iofd_fault_source_destroy(source);
	KUNIT_EXPECT_TRUE(test, readable(faults));
	source = faults_source(faults, &other);
	KUNIT_EXPECT_EQ(test, read_records(faults, RECORD, &record), RECORD);
	faults_detach(faults);
	expect_answer(faults, 1, 1, IOPASID_PAGE_INVALID);
	iofd_fault_source_destroy(source);
	faults_destroy(faults);
}

static void nobody_answers(struct kunit *test)
{
	struct faults *faults = faults_create(test);

	/* A member of the group that is not attached itself */
	iofd_fault_source_destroy(faults->source);
	ask(faults, 1, 0x1000, true);
	expect_answer(faults, 1, 1, IOPASID_PAGE_INVALID);

	/* The file closes; what waits is invalid, and what comes. */
	faults->source = faults_source(faults, &faults->hwpt);
	ask(faults, 2, 0x1000, true);
	KUNIT_EXPECT_EQ(test, fake_calls(faults->fake, FAKE_PAGE_RESPONSE), 1);
	__fput_sync(faults->file);
	faults->file = NULL;
	expect_answer(faults, 2, 2, IOPASID_PAGE_INVALID);
	ask(faults, 3, 0x1000, true);
	expect_answer(faults, 3, 3, IOPASID_PAGE_INVALID);
	faults_destroy(faults);
}

/* What the core gives up leaves the file, read or not, and makes room. */
static void nobody_reads(struct kunit *test)
{
	struct iommu_hwpt_page_response late = {};
	struct faults *faults = faults_create(test);
	struct iofd_fault_queue *queue = faults->hwpt.fault;
	struct iommu_hwpt_pgfault record = {};

	ask(faults, 1, 0x1000, true);
	ask(faults, 2, 0x2000, true);
	KUNIT_ASSERT_EQ(test, read_records(faults, RECORD, &record), RECORD);
	fake_page_expire(faults->fdev);
	KUNIT_EXPECT_EQ(test, fake_calls(faults->fake, FAKE_PAGE_RESPONSE), 2);
	KUNIT_EXPECT_FALSE(test, readable(faults));
	KUNIT_EXPECT_TRUE(test, xa_empty(&queue->asked));
	KUNIT_EXPECT_TRUE(test, list_empty(&queue->read));
	KUNIT_EXPECT_EQ(test, nr_held(faults), 0);
	late.cookie = record.cookie;
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &late), -EINVAL);

	/* One that comes after that is answered as ever. */
	ask(faults, 3, 0x1000, true);
	KUNIT_ASSERT_EQ(test, read_records(faults, RECORD, &record), RECORD);
	late.cookie = record.cookie;
	KUNIT_EXPECT_EQ(test, answer(faults, ANSWER, &late), ANSWER);
	expect_answer(faults, 3, 3, IOPASID_PAGE_SUCCESS);
	/* And nothing is left to give up. */
	fake_page_expire(faults->fdev);
	KUNIT_EXPECT_EQ(test, fake_calls(faults->fake, FAKE_PAGE_RESPONSE), 3);
	faults_destroy(faults);
}

/**
 * struct reader - a thread that reads one record
 * @faults: from here
 * @mm: whose memory it writes to
 * @done: it has
 * @ret: what that returned
 */
struct reader {
	struct faults *faults;
	struct mm_struct *mm;
	struct completion done;
	ssize_t ret;
};

static int reader_thread(void *data)
{
	struct reader *reader = data;

	kthread_use_mm(reader->mm);
	reader->ret = read_to(reader->faults, reader->faults->user, RECORD);
	kthread_unuse_mm(reader->mm);
	kthread_complete_and_exit(&reader->done, 0);
}

struct under_case {
	const char *name;
	bool expires;
};

static const struct under_case under_cases[] = {
	{ "detach",	false },
	{ "timeout",	true },
};

KUNIT_ARRAY_PARAM_DESC(under, under_cases, name);

/* A reader's page is not there, and its mm locked: his copy waits. */
static void gone_under_a_reader(struct kunit *test)
{
	const struct under_case *c = test->param_value;
	struct faults *faults = faults_create(test);
	struct reader reader = { .faults = faults, .mm = current->mm };
	struct task_struct *task;
	unsigned long user;

	user = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, user, 0);
	faults->user = (void __user *)user;
	init_completion(&reader.done);
	task = kthread_create(reader_thread, &reader, "reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	ask(faults, 1, 0x1000, true);

	mmap_write_lock(reader.mm);
	wake_up_process(task);
	msleep(MOMENT_MS);
	KUNIT_EXPECT_FALSE(test, completion_done(&reader.done));
	KUNIT_EXPECT_FALSE(test, readable(faults));
	/* It does not wait for him, and the device does not, either. */
	if (c->expires)
		fake_page_expire(faults->fdev);
	else
		faults_detach(faults);
	KUNIT_EXPECT_FALSE(test, completion_done(&reader.done));
	expect_answer(faults, 1, 1, IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_TRUE(test, xa_empty(&faults->hwpt.fault->asked));
	mmap_write_unlock(reader.mm);

	wait_for_completion(&reader.done);
	KUNIT_EXPECT_EQ(test, reader.ret, RECORD);
	KUNIT_EXPECT_TRUE(test, list_empty(&faults->hwpt.fault->read));
	KUNIT_EXPECT_FALSE(test, readable(faults));
	KUNIT_EXPECT_EQ(test, nr_held(faults), 0);
	faults_destroy(faults);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(reads),
	KUNIT_CASE(read_to_nowhere),
	KUNIT_CASE(answers),
	KUNIT_CASE(detach_drops),
	KUNIT_CASE(sources_are_told_apart),
	KUNIT_CASE(nobody_answers),
	KUNIT_CASE(nobody_reads),
	KUNIT_CASE_PARAM(gone_under_a_reader, under_gen_params),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "iopasid-iommufd-faults",
	.test_cases = fault_cases,
};
kunit_test_suite(fault_suite);
