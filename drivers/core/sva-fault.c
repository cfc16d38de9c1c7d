// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page requests of processes
 *
 * A page that a device asks for is brought in as if the process had touched it,
 * with the permissions of its mapping; memory, and page tables, are charged to
 * the process. What the mapping does not allow is refused, and some more: the stack
 * does not grow, memory of devices and shadow stacks are not for devices. Protection
 * keys are the CPU's affair.
 *
 * That may take as long as the process likes (FUSE, userfaultfd). So each record
 * has a workqueue of its own, and a worker has a reference to the record, not to
 * a domain: a detach answers the group itself, and waits for no worker. Who is in
 * a worker keeps the process's memory from being freed, and the provider's module
 * from being removed, until its page has come.
 *
 * A group that is withdrawn before a worker took it is let go of at once.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "sva.h"

/**
 * struct iopasid_sva_request - a group on its way to a worker
 * @work: in the record's workqueue
 * @sva: the record, with a reference
 * @node: in the record's requests; requests_lock
 * @group: the group, NULL when it was withdrawn; requests_lock
 */
struct iopasid_sva_request {
	struct work_struct work;
	struct iopasid_sva *sva;
	struct list_head node;
	struct iopasid_fault_group *group;
};

/* May a device do to a mapping what it asks for? */
static bool iopasid_sva_allows(const struct vm_area_struct *vma, u8 access)
{
	const u8 others = IOPASID_PAGE_WRITE | IOPASID_PAGE_EXEC;
	bool reads = access & IOPASID_PAGE_READ || !(access & others);
	vm_flags_t flags = vma->vm_flags;

	if (access & IOPASID_PAGE_PRIV ||
	    flags & (VM_IO | VM_PFNMAP | VM_SHADOW_STACK))
		return false;
	if (access & IOPASID_PAGE_WRITE && !(flags & VM_WRITE))
		return false;
	if (access & IOPASID_PAGE_EXEC && !(flags & VM_EXEC))
		return false;
	/* What can be written can be read: page tables know no other way. */
	return !reads || flags & (VM_READ | VM_WRITE);
}

static unsigned int iopasid_sva_fault_flags(u8 access)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE |
			     FAULT_FLAG_REMOTE;

	if (access & IOPASID_PAGE_WRITE)
		flags |= FAULT_FLAG_WRITE;
	else if (access & IOPASID_PAGE_EXEC)
		flags |= FAULT_FLAG_INSTRUCTION;
	return flags;
}

/*
 * One try; VM_FAULT_RETRY: to be tried again. The mmap lock is given back while
 * the page is waited for.
 */
static vm_fault_t iopasid_sva_try(struct mm_struct *mm, u64 addr, u8 access,
				  unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t fault;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (!vma || !iopasid_sva_allows(vma, access))
		fault = VM_FAULT_SIGSEGV;
	else
		fault = handle_mm_fault(vma, addr, flags, NULL);
	/* These have given it back. */
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		mmap_read_unlock(mm);
	return fault;
}

/* The root follows when the answer is given (iopasid_sva_settle()). */
static enum iopasid_page_code
iopasid_sva_page_in(struct mm_struct *mm,
		    const struct iopasid_page_request *request)
{
	unsigned int flags = iopasid_sva_fault_flags(request->access);
	vm_fault_t fault;

	do {
		fault = iopasid_sva_try(mm, request->addr, request->access,
					flags);
		flags |= FAULT_FLAG_TRIED;
		cond_resched();
	} while (fault & VM_FAULT_RETRY);

	if (fault & VM_FAULT_OOM)
		return IOPASID_PAGE_FAILURE;
	return fault & VM_FAULT_ERROR ? IOPASID_PAGE_INVALID :
					IOPASID_PAGE_SUCCESS;
}

static enum iopasid_page_code
iopasid_sva_serve(struct iopasid_sva *sva,
		  const struct iopasid_fault_group *group)
{
	enum iopasid_page_code code = IOPASID_PAGE_SUCCESS;
	const struct iopasid_page_request *request;
	struct mem_cgroup *memcg, *old;

	if (!mmget_not_zero(sva->mm))
		return IOPASID_PAGE_INVALID;
	memcg = get_mem_cgroup_from_mm(sva->mm);
	old = set_active_memcg(memcg);
	list_for_each_entry(request, &group->requests, node) {
		code = iopasid_sva_page_in(sva->mm, request);
		if (code != IOPASID_PAGE_SUCCESS)
			break;
	}
	set_active_memcg(old);
	mem_cgroup_put(memcg);
	/* The last user would free the address space here, and wait for us. */
	mmput_async(sva->mm);
	return code;
}

static void iopasid_sva_request_free(struct iopasid_sva_request *request)
{
	iopasid_sva_put_by_worker(request->sva);
	kfree(request);
}

static void iopasid_sva_work(struct work_struct *work)
{
	struct iopasid_sva_request *request =
		container_of(work, struct iopasid_sva_request, work);
	struct iopasid_sva *sva = request->sva;
	struct iopasid_fault_group *group;

	spin_lock(&sva->requests_lock);
	list_del(&request->node);
	group = request->group;
	spin_unlock(&sva->requests_lock);
	if (group)
		iopasid_fault_group_respond(group,
					    iopasid_sva_serve(sva, group));
	/*
	 * Not before: another one at its address would be taken for the one
	 * that is running, and wait for it (find_worker_executing_work()).
	 */
	iopasid_sva_request_free(request);
}

/**
 * iopasid_sva_handle() - an iopasid_fault_fn: leave a group to a worker
 * @group: the group
 * @data: the record
 *
 * Context: process.
 */
void iopasid_sva_handle(struct iopasid_fault_group *group, void *data)
{
	struct iopasid_sva_request *request;
	struct iopasid_sva *sva = data;

	request = kzalloc(sizeof(*request), GFP_KERNEL);
	if (!request) {
		iopasid_fault_group_respond(group, IOPASID_PAGE_FAILURE);
		return;
	}
	INIT_WORK(&request->work, iopasid_sva_work);
	request->group = group;
	request->sva = sva;
	kref_get(&sva->ref);
	spin_lock(&sva->requests_lock);
	list_add_tail(&request->node, &sva->requests);
	spin_unlock(&sva->requests_lock);
	queue_work(sva->wq, &request->work);
}

static struct iopasid_sva_request *
iopasid_sva_request_find_locked(struct iopasid_sva *sva,
				const struct iopasid_fault_group *group)
{
	struct iopasid_sva_request *request;

	lockdep_assert_held(&sva->requests_lock);

	list_for_each_entry(request, &sva->requests, node)
		if (request->group == group)
			return request;
	return NULL;
}

/**
 * iopasid_sva_withdraw() - an iopasid_withdraw_fn: the core has answered a group
 * @group: the group
 * @data: the record
 *
 * Context: process.
 */
void iopasid_sva_withdraw(struct iopasid_fault_group *group, void *data)
{
	struct iopasid_sva_request *request;
	struct iopasid_sva *sva = data;
	bool found, gone = false;

	spin_lock(&sva->requests_lock);
	request = iopasid_sva_request_find_locked(sva, group);
	found = request;
	if (found) {
		request->group = NULL;
		/* It is not to wait for a worker behind slow pages. */
		gone = cancel_work(&request->work);
	}
	if (gone)
		list_del(&request->node);
	spin_unlock(&sva->requests_lock);
	/* Not the last reference to the record: there is the domain's. */
	if (gone)
		iopasid_sva_request_free(request);
	/* Otherwise a worker has it. The code has no effect any more. */
	if (found)
		iopasid_fault_group_respond(group, IOPASID_PAGE_INVALID);
}
