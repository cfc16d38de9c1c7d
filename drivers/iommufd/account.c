// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: accounting of pinned pages
 *
 * Pinned pages are memory that cannot be swapped out, and count like memory that
 * a process has locked: against RLIMIT_MEMLOCK. Whoever maps them first pays, for
 * as long as they are pinned: page tables and copies that share them add nothing.
 * Two countings are in use, and a context chooses (IOMMU_OPTION_RLIMIT_MODE):
 *
 *	by user		all processes of the user together, as io_uring counts
 *	by process	mm->locked_vm, together with mlock(), as VFIO counts
 *
 * A process with CAP_IPC_LOCK is not limited. mm->pinned_vm, which only informs
 * (VmPin), is kept in each case.
 *
 * Pages are charged before they are pinned. A limit is exceeded only when it was
 * lowered meanwhile, or when pages that were to be charged to another process go
 * back to the one that had them. When the process is gone, so is what it was
 * charged; the user remains.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>

#include <kunit/visibility.h>

#include "account.h"

/**
 * iofd_payer_mode_of() - how the current process pays
 * @account: the choice of its context
 *
 * Return: the mode.
 */
enum iofd_payer_mode iofd_payer_mode_of(enum iofd_account account)
{
	if (capable(CAP_IPC_LOCK))
		return IOFD_PAYER_NONE;
	return account == IOFD_ACCOUNT_MM ? IOFD_PAYER_MM : IOFD_PAYER_USER;
}

/**
 * iofd_payer_init() - let the current process pay
 * @payer: to be filled
 * @mode: how
 *
 * Context: a process with an address space.
 */
void iofd_payer_init(struct iofd_payer *payer, enum iofd_payer_mode mode)
{
	payer->mode = mode;
	payer->task = get_task_struct(current->group_leader);
	payer->user = get_uid(current_user());
	payer->mm = current->mm;
	mmgrab(payer->mm);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_payer_init);

/**
 * iofd_payer_release() - nobody is to pay any more
 * @payer: the payer; nothing is charged
 */
void iofd_payer_release(struct iofd_payer *payer)
{
	mmdrop(payer->mm);
	free_uid(payer->user);
	put_task_struct(payer->task);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_payer_release);

/**
 * iofd_payer_is_current() - the current process pays already
 * @payer: the payer
 *
 * Return: true when charging the current process would change nothing.
 */
bool iofd_payer_is_current(const struct iofd_payer *payer)
{
	return payer->mm == current->mm && payer->user == current_user() &&
		payer->task == current->group_leader;
}

static int iofd_payer_charge_user(struct iofd_payer *payer,
				  unsigned long nr_pages)
{
	unsigned long limit = task_rlimit(payer->task, RLIMIT_MEMLOCK) >>
		PAGE_SHIFT;
	long old = atomic_long_read(&payer->user->locked_vm);

	do {
		if (nr_pages > limit || old > limit - nr_pages)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&payer->user->locked_vm, &old,
					  old + nr_pages));
	return 0;
}

/* @always: over the limit, if it must be */
static int iofd_payer_account_mm(struct iofd_payer *payer,
				 unsigned long nr_pages, bool inc, bool always)
{
	bool other = payer->mm != current->mm;
	int ret;

	/* What a process that is gone had locked is gone with it. */
	if (other && !mmget_not_zero(payer->mm))
		return -EFAULT;
	mmap_write_lock(payer->mm);
	ret = __account_locked_vm(payer->mm, nr_pages, inc, payer->task,
				  always);
	mmap_write_unlock(payer->mm);
	if (other)
		mmput_async(payer->mm);
	return ret;
}

/**
 * iofd_payer_charge() - charge pages that are about to be pinned
 * @payer: who pays
 * @nr_pages: how many
 *
 * Context: may sleep; takes the mmap lock of the payer.
 * Return: 0; -ENOMEM over the limit; -EFAULT when the process is gone that was
 * to pay.
 */
int iofd_payer_charge(struct iofd_payer *payer, unsigned long nr_pages)
{
	int ret = 0;

	if (!nr_pages)
		return 0;
	switch (payer->mode) {
	case IOFD_PAYER_NONE:
		break;
	case IOFD_PAYER_USER:
		ret = iofd_payer_charge_user(payer, nr_pages);
		break;
	case IOFD_PAYER_MM:
		ret = iofd_payer_account_mm(payer, nr_pages, true, false);
		break;
	}
	if (!ret)
		atomic64_add(nr_pages, &payer->mm->pinned_vm);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_payer_charge);

/**
 * iofd_payer_uncharge() - pages were unpinned
 * @payer: who paid
 * @nr_pages: how many
 *
 * Context: may sleep; takes the mmap lock of the payer.
 */
void iofd_payer_uncharge(struct iofd_payer *payer, unsigned long nr_pages)
{
	if (!nr_pages)
		return;
	if (payer->mode == IOFD_PAYER_USER)
		atomic_long_sub(nr_pages, &payer->user->locked_vm);
	else if (payer->mode == IOFD_PAYER_MM)
		iofd_payer_account_mm(payer, nr_pages, false, false);
	atomic64_sub(nr_pages, &payer->mm->pinned_vm);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_payer_uncharge);

/* Does it count as the same, whoever of the two pays? */
static bool iofd_payer_counts_as(const struct iofd_payer *payer,
				 const struct iofd_payer *other)
{
	return (payer->mode == IOFD_PAYER_USER && payer->user == other->user) ||
		(payer->mode == IOFD_PAYER_MM && payer->mm == other->mm);
}

/**
 * iofd_payer_move() - let somebody else pay
 * @from: who paid
 * @to: who is to pay, in the same mode
 * @nr_pages: how many
 *
 * Where both are one user, or one process, nothing is charged twice.
 *
 * Context: may sleep; takes the mmap locks of both.
 * Return: as iofd_payer_charge(), then all is as before.
 */
int iofd_payer_move(struct iofd_payer *from, struct iofd_payer *to,
		    unsigned long nr_pages)
{
	int ret;

	if (iofd_payer_counts_as(from, to)) {
		atomic64_add(nr_pages, &to->mm->pinned_vm);
		atomic64_sub(nr_pages, &from->mm->pinned_vm);
		return 0;
	}
	ret = iofd_payer_charge(to, nr_pages);
	if (!ret)
		iofd_payer_uncharge(from, nr_pages);
	return ret;
}

/**
 * iofd_payer_move_back() - after a failure: let those pay that paid before
 * @from: who pays
 * @to: who paid, and is charged whatever the limit
 * @nr_pages: how many
 *
 * Context: may sleep; takes the mmap locks of both.
 */
void iofd_payer_move_back(struct iofd_payer *from, struct iofd_payer *to,
			  unsigned long nr_pages)
{
	atomic64_add(nr_pages, &to->mm->pinned_vm);
	if (iofd_payer_counts_as(from, to)) {
		atomic64_sub(nr_pages, &from->mm->pinned_vm);
		return;
	}
	if (to->mode == IOFD_PAYER_USER)
		atomic_long_add(nr_pages, &to->user->locked_vm);
	else if (nr_pages && to->mode == IOFD_PAYER_MM)
		iofd_payer_account_mm(to, nr_pages, true, true);
	iofd_payer_uncharge(from, nr_pages);
}
