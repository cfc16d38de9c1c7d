// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a process, for tests
 *
 * A kernel thread that has an address space and does what the test tells it, so
 * that everything is real which the core hears of it: its page tables, its
 * notifications, its end.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

#include "core-sva.h"

/* The thread has an address space from here on. */
#define SVA_FIRST_MAP	0x10000UL

static int sva_process_main(void *data)
{
	struct sva_process *process = data;

	/* The only way for a module to get an address space */
	if (kunit_vm_mmap(process->test, NULL, SVA_FIRST_MAP, PAGE_SIZE,
			  PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED, 0))
		process->mm = current->mm;
	complete(&process->ready);
	for (;;) {
		wait_for_completion(&process->wanted);
		if (!process->job)
			break;
		process->result = process->job(process, process->data);
		complete(&process->done);
	}
	return 0;
}

static void sva_process_drop(void *data)
{
	struct sva_process *process = data;

	sva_process_end(process);
	mmdrop(process->mm);
}

/**
 * sva_process_create() - start a process
 * @test: the test; the process ends with it
 *
 * Return: the process.
 */
struct sva_process *sva_process_create(struct kunit *test)
{
	struct sva_process *process = kunit_kzalloc(test, sizeof(*process),
						    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, process);
	process->test = test;
	init_completion(&process->ready);
	init_completion(&process->wanted);
	init_completion(&process->done);
	process->task = kthread_run(sva_process_main, process, "sva-process");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, process->task);
	get_task_struct(process->task);
	wait_for_completion(&process->ready);
	KUNIT_ASSERT_NOT_NULL(test, process->mm);
	mmgrab(process->mm);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, sva_process_drop,
							process), 0);
	return process;
}

/**
 * sva_process_end() - the process ends, if it has not
 * @process: the process
 *
 * Waits until its address space is gone, unless somebody else has it.
 */
void sva_process_end(struct sva_process *process)
{
	unsigned int i;

	if (process->ended)
		return;
	process->ended = true;
	process->job = NULL;
	complete(&process->wanted);
	kthread_stop(process->task);
	/* That waits for the thread, but not until it has let go of all. */
	for (i = 0; i < 1000 && (!READ_ONCE(process->task->exit_state) ||
				 atomic_read(&process->mm->mm_users)); i++)
		msleep(20);
	put_task_struct(process->task);
}

/**
 * sva_process_run() - the process does something
 * @process: the process
 * @job: what
 * @data: for @job
 *
 * Return: what @job returned.
 */
long sva_process_run(struct sva_process *process, sva_job_fn job,
		     const void *data)
{
	process->job = job;
	process->data = data;
	complete(&process->wanted);
	wait_for_completion(&process->done);
	return process->result;
}

static long sva_job_map(struct sva_process *process, const void *data)
{
	const struct sva_map *map = data;

	return vm_mmap(map->file, map->addr, map->length, map->prot,
		       map->flags | MAP_FIXED_NOREPLACE, 0);
}

/**
 * sva_map() - the process maps something
 * @process: the process
 * @map: what
 */
void sva_map(struct sva_process *process, const struct sva_map *map)
{
	KUNIT_ASSERT_EQ(process->test,
			sva_process_run(process, sva_job_map, map), map->addr);
}

/**
 * sva_map_anon() - the process maps memory that it can read and write
 * @process: the process
 * @addr: where
 * @length: bytes
 */
void sva_map_anon(struct sva_process *process, unsigned long addr,
		  unsigned long length)
{
	sva_map(process, &(struct sva_map){
		.addr = addr, .length = length, .prot = PROT_READ | PROT_WRITE,
		.flags = MAP_ANONYMOUS | MAP_PRIVATE,
	});
}

static long sva_job_unmap(struct sva_process *process, const void *data)
{
	const struct sva_map *map = data;

	return vm_munmap(map->addr, map->length);
}

/**
 * sva_unmap() - the process unmaps something
 * @process: the process
 * @addr: where
 * @length: bytes
 */
void sva_unmap(struct sva_process *process, unsigned long addr,
	       unsigned long length)
{
	const struct sva_map map = { .addr = addr, .length = length };

	KUNIT_ASSERT_EQ(process->test,
			sva_process_run(process, sva_job_unmap, &map), 0);
}

struct sva_store {
	unsigned long addr;
	u32 value;
};

static long sva_job_write(struct sva_process *process, const void *data)
{
	const struct sva_store *store = data;

	return put_user(store->value, (u32 __user *)store->addr);
}

/**
 * sva_write() - the process writes to its memory
 * @process: the process
 * @addr: where
 * @value: what
 */
void sva_write(struct sva_process *process, unsigned long addr, u32 value)
{
	const struct sva_store store = { .addr = addr, .value = value };

	KUNIT_ASSERT_EQ(process->test,
			sva_process_run(process, sva_job_write, &store), 0);
}

/**
 * sva_reads() - what does a device read that is attached to a process?
 * @domain: the address space
 * @addr: where
 * @value: what it should read
 *
 * Return: false when it reads something else, or faults.
 */
bool sva_reads(struct iopasid_domain *domain, u64 addr, u32 value)
{
	phys_addr_t phys = fake_sva_walk(sva_table(domain), addr, IOPASID_READ);

	return phys != PHYS_ADDR_MAX && *(u32 *)phys_to_virt(phys) == value;
}

/**
 * sva_domain() - the address space of a process, for a device
 * @fdev: the device
 * @process: the process
 * @flags: enum iopasid_sva_flags
 *
 * Return: the domain; the test frees it.
 */
struct iopasid_domain *sva_domain(struct fake_device *fdev,
				  struct sva_process *process, u32 flags)
{
	struct iopasid_domain *domain;
	enum iopasid_sva_why why;

	domain = iopasid_domain_alloc_sva(&fdev->dev, process->mm, flags, &why);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(process->test, domain);
	KUNIT_ASSERT_EQ(process->test, why, IOPASID_SVA_WHY_NONE);
	return domain;
}

/**
 * sva_device() - a device that tags its DMA and asks for pages
 * @fake: the provider
 *
 * Return: the device.
 */
struct fake_device *sva_device(struct fake *fake)
{
	return fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = MAX_PASIDS,
		.page_requests = true,
	});
}
