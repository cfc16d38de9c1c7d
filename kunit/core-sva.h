/* SPDX-License-Identifier: GPL-2.0-only */
/* A process whose address space devices use, for tests of SVA. */
#ifndef _CORE_SVA_H
#define _CORE_SVA_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/mm_types.h>

#include <iopasid/fault.h>
#include <iopasid/pasid.h>
#include <iopasid/sva.h>

#include "../drivers/core/core.h"
#include "../drivers/core/sva.h"

#include "core-state.h"

/* What one entry of the root covers */
#define SVA_SLOT	BIT_ULL(39)

struct file;
struct sva_process;
struct task_struct;

/* A piece of the process's program */
typedef long (*sva_job_fn)(struct sva_process *process, const void *data);

/**
 * struct sva_process - a kernel thread with an address space of its own
 * @test: the test
 * @task: the thread
 * @mm: its address space, as long as the test has a reference to the struct
 * @ready: there is @mm
 * @wanted: there is a job, or the thread is to end
 * @done: the job is done
 * @job: the job; NULL: end
 * @data: for @job
 * @result: of @job
 * @ended: the thread was told to end
 */
struct sva_process {
	struct kunit *test;
	struct task_struct *task;
	struct mm_struct *mm;
	struct completion ready;
	struct completion wanted;
	struct completion done;
	sva_job_fn job;
	const void *data;
	long result;
	bool ended;
};

/**
 * struct sva_map - what a process maps
 * @addr: where, exactly
 * @length: bytes
 * @prot: PROT_*
 * @flags: MAP_*, beside MAP_FIXED_NOREPLACE
 * @file: NULL with MAP_ANONYMOUS
 */
struct sva_map {
	unsigned long addr;
	unsigned long length;
	unsigned long prot;
	unsigned long flags;
	struct file *file;
};

struct sva_process *sva_process_create(struct kunit *test);
void sva_process_end(struct sva_process *process);
long sva_process_run(struct sva_process *process, sva_job_fn job,
		     const void *data);
void sva_map(struct sva_process *process, const struct sva_map *map);
void sva_map_anon(struct sva_process *process, unsigned long addr,
		  unsigned long length);
void sva_unmap(struct sva_process *process, unsigned long addr,
	       unsigned long length);
void sva_write(struct sva_process *process, unsigned long addr, u32 value);
bool sva_reads(struct iopasid_domain *domain, u64 addr, u32 value);
struct iopasid_domain *sva_domain(struct fake_device *fdev,
				  struct sva_process *process, u32 flags);
struct fake_device *sva_device(struct fake *fake);

static inline struct iopasid_domain *sva_table(struct iopasid_domain *domain)
{
	return to_iopasid_sva(domain)->table;
}

#endif /* _CORE_SVA_H */
