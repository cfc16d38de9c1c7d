// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: page requests of processes
 *
 * What a device gets that asks for pages of a process, and that a page which does
 * not come holds up nobody else.
 */
#include <linux/anon_inodes.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include "core-sva.h"

#define HERE		0x20000000UL
#define P		PAGE_SIZE
#define PASID		7

#define R	IOPASID_PAGE_READ
#define W	IOPASID_PAGE_WRITE
#define X	IOPASID_PAGE_EXEC
#define PRIV	IOPASID_PAGE_PRIV

/**
 * struct asker - a device that is attached to a process
 * @fake: the provider
 * @fdev: the device
 * @process: the process
 * @domain: its address space, attached at PASID
 */
struct asker {
	struct fake *fake;
	struct fake_device *fdev;
	struct sva_process *process;
	struct iopasid_domain *domain;
};

static void asker_create(struct asker *asker, struct kunit *test, u32 flags)
{
	asker->fake = fake_create(test);
	asker->fdev = sva_device(asker->fake);
	asker->process = sva_process_create(test);
	asker->domain = sva_domain(asker->fdev, asker->process, flags);
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(asker->domain,
							  &asker->fdev->dev,
							  PASID));
	fake_forget_calls(asker->fake);
}

static void asker_destroy(struct asker *asker)
{
	KUNIT_EXPECT_EQ(asker->fake->test, 0,
			iopasid_detach_dev_pasid(&asker->fdev->dev, PASID));
	iopasid_domain_free(asker->domain);
}

static void ask(struct asker *asker, u16 index, u64 addr, u8 access, bool last)
{
	fake_page_request(asker->fdev, &(struct iopasid_page_request){
		.pasid = PASID, .index = index, .access = access,
		.last = last, .addr = addr,
	});
}

/* Of any PASID: a test has an index only once at a time. */
static bool answered(struct asker *asker, u16 index)
{
	return fake_page_is_answered(asker->fdev, PASID, index) &&
	       fake_page_is_answered(asker->fdev, PASID - 1, index);
}

/* What the device was told about a group */
static enum iopasid_page_code answer(struct asker *asker, u16 index)
{
	struct kunit *test = asker->fake->test;
	unsigned int i;

	for (i = 0; i < 1000 && !answered(asker, index); i++)
		msleep(20);
	KUNIT_EXPECT_TRUE(test, answered(asker, index));
	for (i = asker->fake->nr_recorded; i--;) {
		const struct fake_call *call = &asker->fake->calls[i];

		if (call->op == FAKE_PAGE_RESPONSE && call->index == index)
			return call->code;
	}
	KUNIT_FAIL(test, "the device was told nothing about group %u", index);
	return IOPASID_PAGE_FAILURE;
}

static enum iopasid_page_code ask_one(struct asker *asker, u64 addr, u8 access)
{
	fake_forget_calls(asker->fake);
	ask(asker, 1, addr, access, true);
	return answer(asker, 1);
}

static void pages_come(struct kunit *test)
{
	u64 far = 5 * SVA_SLOT;
	struct asker asker;

	asker_create(&asker, test, 0);
	sva_map_anon(asker.process, HERE, 4 * P);
	sva_map_anon(asker.process, far, P);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, W), IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_TRUE(test, sva_reads(asker.domain, HERE, 0));
	KUNIT_EXPECT_NE(test, fake_sva_walk(sva_table(asker.domain), HERE,
					    IOPASID_WRITE), PHYS_ADDR_MAX);
	KUNIT_EXPECT_FALSE(test, sva_reads(asker.domain, HERE + P, 0));

	/* A read gets a page that is not to be written to. */
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE + P, R),
			IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_TRUE(test, sva_reads(asker.domain, HERE + P, 0));
	KUNIT_EXPECT_EQ(test, fake_sva_walk(sva_table(asker.domain), HERE + P,
					    IOPASID_WRITE), PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE + P, R | W),
			IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_NE(test, fake_sva_walk(sva_table(asker.domain), HERE + P,
					    IOPASID_WRITE), PHYS_ADDR_MAX);

	/* In a slot that the root does not have yet */
	KUNIT_EXPECT_EQ(test, sva_table(asker.domain)->root[5], 0);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, far, R), IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_TRUE(test, sva_reads(asker.domain, far, 0));
	asker_destroy(&asker);
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct page *page = file->private_data;

	/* Makes it VM_IO and VM_PFNMAP */
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(page), P,
			       vma->vm_page_prot);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.mmap = device_mmap,
};

struct permission {
	const char *name;
	unsigned long prot;
	unsigned long flags;
	bool device;
	/* What may be asked for of read, write, read and write, execute */
	bool r, w, rw, x;
};

static const struct permission permissions[] = {
	{ "nothing",	PROT_NONE, 0, false, false, false, false, false },
	{ "read",	PROT_READ, 0, false, true, false, false, false },
	{ "write",	PROT_WRITE, 0, false, true, true, true, false },
	{ "read, write", PROT_READ | PROT_WRITE, 0, false, true, true, true,
	  false },
	{ "execute",	PROT_EXEC, 0, false, false, false, false, true },
	{ "read, execute", PROT_READ | PROT_EXEC, 0, false, true, false, false,
	  true },
	{ "everything",	PROT_READ | PROT_WRITE | PROT_EXEC, 0, false, true,
	  true, true, true },
	{ "shared",	PROT_READ | PROT_WRITE, MAP_SHARED, false, true, true,
	  true, false },
	{ "shared, read", PROT_READ, MAP_SHARED, false, true, false, false,
	  false },
	{ "stack",	PROT_READ | PROT_WRITE, MAP_GROWSDOWN, false, true,
	  true, true, false },
	{ "memory of a device", PROT_READ | PROT_WRITE, MAP_SHARED, true,
	  false, false, false, false },
};

KUNIT_ARRAY_PARAM_DESC(permission, permissions, name);

static enum iopasid_page_code expected(bool allowed)
{
	return allowed ? IOPASID_PAGE_SUCCESS : IOPASID_PAGE_INVALID;
}

static void permission(struct kunit *test)
{
	const struct permission *row = test->param_value;
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	struct file *file = NULL;
	struct asker asker;

	KUNIT_ASSERT_NOT_NULL(test, page);
	asker_create(&asker, test, 0);
	if (row->device) {
		file = anon_inode_getfile("sva-device", &device_fops, page,
					  O_RDWR);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	}
	sva_map(asker.process, &(struct sva_map){
		.addr = HERE, .length = P, .prot = row->prot,
		.flags = (row->flags & MAP_SHARED ? 0 : MAP_PRIVATE) |
			 (file ? 0 : MAP_ANONYMOUS) | row->flags,
		.file = file,
	});
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, R), expected(row->r));
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, W), expected(row->w));
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, R | W), expected(row->rw));
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, R | X), expected(row->x &&
								     row->r));
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, X), expected(row->x));
	/* Never as a supervisor, nor beside a mapping; no stack grows. */
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, R | PRIV),
			IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE - P, R),
			IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE + P, W),
			IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(test, fake_sva_walk(sva_table(asker.domain), HERE - P,
					    IOPASID_READ), PHYS_ADDR_MAX);
	sva_unmap(asker.process, HERE, P);
	if (file)
		fput(file);
	sva_process_end(asker.process);
	__free_page(page);
	asker_destroy(&asker);
}

static void groups_have_one_answer(struct kunit *test)
{
	struct asker asker;
	unsigned int i;

	asker_create(&asker, test, 0);
	sva_map_anon(asker.process, HERE, 8 * P);
	for (i = 0; i < 4; i++)
		ask(&asker, 9, HERE + i * P, W, i == 3);
	KUNIT_EXPECT_EQ(test, answer(&asker, 9), IOPASID_PAGE_SUCCESS);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, sva_reads(asker.domain, HERE + i * P,
						  0));
	KUNIT_EXPECT_EQ(test, fake_calls(asker.fake, FAKE_PAGE_RESPONSE), 1);

	/* One that is not there spoils it, and what comes after is left. */
	ask(&asker, 9, HERE + 4 * P, R, false);
	ask(&asker, 9, HERE + 8 * P, R, false);
	ask(&asker, 9, HERE + 5 * P, R, true);
	KUNIT_EXPECT_EQ(test, answer(&asker, 9), IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_FALSE(test, sva_reads(asker.domain, HERE + 5 * P, 0));
	asker_destroy(&asker);
}

static void not_for_the_dead(struct kunit *test)
{
	struct asker asker;

	asker_create(&asker, test, 0);
	sva_map_anon(asker.process, HERE, P);
	sva_process_end(asker.process);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, R), IOPASID_PAGE_INVALID);
	asker_destroy(&asker);
}

static void not_without_faults(struct kunit *test)
{
	struct asker asker;

	asker_create(&asker, test, IOPASID_SVA_ALLOC_NO_FAULTS);
	sva_map_anon(asker.process, HERE, P);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, HERE, R), IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_FALSE(test, sva_reads(asker.domain, HERE, 0));
	asker_destroy(&asker);
}

/* A program that brings its pages in itself */
static void own_handler(struct iopasid_fault_group *group, void *data)
{
	struct sva_process *process = data;
	struct iopasid_page_request *request =
		list_first_entry(&group->requests, struct iopasid_page_request,
				 node);

	sva_write(process, request->addr, 0x0b0e);
	iopasid_fault_group_respond(group, IOPASID_PAGE_SUCCESS);
}

static void somebody_else_serves(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct asker asker = {
		.fake = fake,
		.fdev = sva_device(fake),
		.process = sva_process_create(test),
	};
	u64 addr = 9 * SVA_SLOT;

	asker.domain = sva_domain(asker.fdev, asker.process, 0);
	KUNIT_ASSERT_EQ(test, 0,
			iopasid_domain_set_fault_handler(asker.domain,
							 own_handler, NULL,
							 asker.process));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iopasid_domain_set_fault_handler(asker.domain,
							 own_handler, NULL,
							 asker.process));
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(asker.domain,
							  &asker.fdev->dev,
							  PASID));
	sva_map_anon(asker.process, addr, P);
	KUNIT_EXPECT_EQ(test, ask_one(&asker, addr, R), IOPASID_PAGE_SUCCESS);
	/* Its answer has brought the slot, too. */
	KUNIT_EXPECT_TRUE(test, sva_reads(asker.domain, addr, 0x0b0e));
	asker_destroy(&asker);
}

/* A file whose pages come when the test wants */
struct slow {
	struct completion wanted;
	struct completion come;
	struct page *page;
};

static vm_fault_t slow_fault(struct vm_fault *vmf)
{
	struct slow *slow = vmf->vma->vm_file->private_data;

	complete(&slow->wanted);
	/* The mmap lock is not held up. */
	if (fault_flag_allow_retry_first(vmf->flags) &&
	    !(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)) {
		mmap_read_unlock(vmf->vma->vm_mm);
		wait_for_completion(&slow->come);
		return VM_FAULT_RETRY;
	}
	get_page(slow->page);
	vmf->page = slow->page;
	return 0;
}

static const struct vm_operations_struct slow_vm_ops = {
	.fault = slow_fault,
};

static int slow_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &slow_vm_ops;
	return 0;
}

static const struct file_operations slow_fops = {
	.owner = THIS_MODULE,
	.mmap = slow_mmap,
};

static struct file *slow_map(struct sva_process *process, struct slow *slow)
{
	struct kunit *test = process->test;
	struct file *file;

	init_completion(&slow->wanted);
	init_completion(&slow->come);
	slow->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, slow->page);
	file = anon_inode_getfile("sva-slow", &slow_fops, slow, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	sva_map(process, &(struct sva_map){
		.addr = HERE, .length = 64 * P, .prot = PROT_READ,
		.flags = MAP_SHARED, .file = file,
	});
	return file;
}

static void a_slow_page_holds_up_nobody(struct kunit *test)
{
	struct sva_process *stranger = sva_process_create(test);
	struct iopasid_domain *theirs;
	struct asker asker;
	struct file *file;
	struct slow slow;
	int nr_domains;
	unsigned int i;

	asker_create(&asker, test, 0);
	nr_domains = atomic_read(&asker.fake->nr_domains);
	file = slow_map(asker.process, &slow);
	/* More than there are workers: some of them have to wait. */
	for (i = 0; i < IOPASID_SVA_WORKERS + 2; i++)
		ask(&asker, i, HERE + i * P, R, true);
	for (i = 0; i < IOPASID_SVA_WORKERS; i++)
		wait_for_completion(&slow.wanted);
	KUNIT_EXPECT_EQ(test, fake_calls(asker.fake, FAKE_PAGE_RESPONSE), 0);

	/* Another process is served. */
	theirs = sva_domain(asker.fdev, stranger, 0);
	sva_map_anon(stranger, HERE, P);
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(theirs,
							  &asker.fdev->dev,
							  PASID - 1));
	fake_page_request(asker.fdev, &(struct iopasid_page_request){
		.pasid = PASID - 1, .index = 100, .access = W, .last = true,
		.addr = HERE,
	});
	KUNIT_EXPECT_EQ(test, answer(&asker, 100), IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&asker.fdev->dev,
							  PASID - 1));
	iopasid_domain_free(theirs);

	/* A detach does not wait; what no worker has is let go of at once. */
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&asker.fdev->dev,
							  PASID));
	for (i = 0; i < IOPASID_SVA_WORKERS + 2; i++)
		KUNIT_EXPECT_EQ(test, answer(&asker, i), IOPASID_PAGE_INVALID);
	KUNIT_EXPECT_EQ(test, IOPASID_SVA_WORKERS,
			atomic_read(&asker.fdev->idev->page_queue->nr_held));

	/* Nor does the domain, whose table the workers keep. */
	iopasid_domain_free(asker.domain);
	KUNIT_EXPECT_EQ(test, atomic_read(&asker.fake->nr_domains), nr_domains);
	complete_all(&slow.come);
	for (i = 0; i < 1000 &&
	     atomic_read(&asker.fake->nr_domains) == nr_domains; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&asker.fake->nr_domains),
			nr_domains - 1);
	KUNIT_EXPECT_EQ(test, 0,
			atomic_read(&asker.fdev->idev->page_queue->nr_held));
	sva_unmap(asker.process, HERE, 64 * P);
	fput(file);
	sva_process_end(asker.process);
	__free_page(slow.page);
}

static void slow_pages_come_in_the_end(struct kunit *test)
{
	struct asker asker;
	struct file *file;
	struct slow slow;

	asker_create(&asker, test, 0);
	file = slow_map(asker.process, &slow);
	ask(&asker, 3, HERE, R, true);
	wait_for_completion(&slow.wanted);
	KUNIT_EXPECT_FALSE(test, answered(&asker, 3));
	/* The address space is not held up meanwhile. */
	sva_map_anon(asker.process, HERE - P, P);
	sva_write(asker.process, HERE - P, 4);
	complete_all(&slow.come);
	KUNIT_EXPECT_EQ(test, answer(&asker, 3), IOPASID_PAGE_SUCCESS);
	KUNIT_EXPECT_TRUE(test, sva_reads(asker.domain, HERE, 0));
	sva_unmap(asker.process, HERE, 64 * P);
	asker_destroy(&asker);
	fput(file);
	sva_process_end(asker.process);
	__free_page(slow.page);
}

static struct kunit_case sva_fault_cases[] = {
	KUNIT_CASE(pages_come),
	KUNIT_CASE_PARAM(permission, permission_gen_params),
	KUNIT_CASE(groups_have_one_answer),
	KUNIT_CASE(not_for_the_dead),
	KUNIT_CASE(not_without_faults),
	KUNIT_CASE(somebody_else_serves),
	KUNIT_CASE(a_slow_page_holds_up_nobody),
	KUNIT_CASE(slow_pages_come_in_the_end),
	{}
};

static struct kunit_suite sva_fault_suite = {
	.name = "iopasid-core-sva-faults",
	.test_cases = sva_fault_cases,
};
kunit_test_suite(sva_fault_suite);
