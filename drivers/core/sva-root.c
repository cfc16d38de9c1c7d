// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the private root
 *
 * A unit that walked the top table of a process would walk the kernel's page
 * tables, too, and keep what it read of them: the kernel frees those without a
 * word to anybody (CVE-2025-71089). So it gets another one: a page whose lower
 * half has the entries of the process, and whose upper half is empty for ever.
 * The tables below are the process's own.
 *
 * The format is that of the CPU's 48-bit mode. A process of a kernel with five
 * levels has such a top table one level down; addresses from 2^47 on have none.
 *
 * Nothing keeps the page tables of a process from being freed while another
 * thread looks at them, except that the notification comes between the clearing
 * of an entry and the freeing of the page that it led to. That is enough, if the
 * walk to an entry and the store to the root are under one lock, which the
 * notification takes::
 *
 *   copy                              munmap
 *
 *                                     clear the entry
 *   lock; walk; store; unlock
 *                                     notify: lock; read it again, and store;
 *                                       unlock; flush
 *                                     free the page
 *
 * A copy that comes first is overwritten, and what the unit has read of it is
 * flushed; one that comes later finds the entry cleared. Which addresses the
 * notification names matters little: every entry that covers one is read again.
 *
 * Memory appears without a notification. A new entry is copied when somebody
 * needs it: a page request, a populate, an answer of user space.
 *
 * The end of a process is notified first of all (release). From then on nothing
 * is copied, because its page tables are freed without further notice. The same
 * holds when a unit has not confirmed a flush: the notification cannot be
 * refused, so what the unit may reach is cut down to what it has cached, and
 * further notifications try to flush all of that, until it confirms. Not each of
 * them: whoever changes the address space waits for the unit's time-out, among
 * them those who look for free memory.
 *
 * A page of 2 MiB or 1 GiB that goes may be notified as its first 4 KiB (hugetlb
 * does that). Units may keep a translation that is larger than the block that they
 * are told to forget. So what could be the beginning of a large page is taken for
 * the whole.
 */
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

#include "sva.h"

/* Entries of the root that may be used, and what each of them covers */
#define IOPASID_SVA_SLOTS	(PTRS_PER_PGD / 2)
#define IOPASID_SVA_SLOT_LG2	P4D_SHIFT

/* What the process has in a slot now, 0 for nothing */
static u64 iopasid_sva_read_locked(struct iopasid_sva *sva, unsigned int slot)
{
	unsigned long addr = (unsigned long)slot << IOPASID_SVA_SLOT_LG2;
	pgd_t *pgd = pgd_offset(sva->mm, addr);
	pgd_t top = READ_ONCE(*pgd);
	p4d_t entry;

	lockdep_assert_held(&sva->lock);

	/* With four levels this is no level of its own, and always there. */
	if (pgd_none(top))
		return 0;
	entry = READ_ONCE(*p4d_offset(&top, addr));
	return p4d_present(entry) ? p4d_val(entry) : 0;
}

static void iopasid_sva_copy_locked(struct iopasid_sva *sva, unsigned int from,
				    unsigned int to)
{
	u64 *root = sva->table->root;
	unsigned int slot;

	lockdep_assert_held(&sva->lock);

	for (slot = from; slot <= to; slot++) {
		u64 entry = iopasid_sva_read_locked(sva, slot);

		/* The unit marks ours as accessed, the CPU its own. */
		if ((READ_ONCE(root[slot]) ^ entry) & ~(u64)_PAGE_ACCESSED)
			WRITE_ONCE(root[slot], entry);
	}
}

static void iopasid_sva_empty_locked(struct iopasid_sva *sva)
{
	u64 *root = sva->table->root;
	unsigned int slot;

	lockdep_assert_held(&sva->lock);

	for (slot = 0; slot < IOPASID_SVA_SLOTS; slot++)
		WRITE_ONCE(root[slot], 0);
}

static int iopasid_sva_error_locked(const struct iopasid_sva *sva)
{
	lockdep_assert_held(&sva->lock);

	switch (sva->state) {
	case IOPASID_SVA_LIVE:
		return 0;
	case IOPASID_SVA_CUT:
		return -EIO;
	case IOPASID_SVA_GONE:
		break;
	}
	return -ESRCH;
}

/**
 * iopasid_sva_error() - why a process cannot be reached any more
 * @sva: the process
 *
 * Context: process.
 * Return: 0; -ESRCH: it is gone; -EIO: its unit did not confirm a flush.
 */
int iopasid_sva_error(struct iopasid_sva *sva)
{
	int ret;

	spin_lock(&sva->lock);
	ret = iopasid_sva_error_locked(sva);
	spin_unlock(&sva->lock);
	return ret;
}

/**
 * iopasid_sva_copy() - let the unit see what the process has now
 * @sva: the process
 * @first: first address
 * @last: last address, inclusive; what is beyond the root's reach is left out
 *
 * Context: process.
 * Return: as iopasid_sva_error().
 */
int iopasid_sva_copy(struct iopasid_sva *sva, u64 first, u64 last)
{
	u64 from = first >> IOPASID_SVA_SLOT_LG2;
	u64 to = min_t(u64, last >> IOPASID_SVA_SLOT_LG2, IOPASID_SVA_SLOTS - 1);
	int ret;

	spin_lock(&sva->lock);
	ret = iopasid_sva_error_locked(sva);
	if (!ret && from <= to)
		iopasid_sva_copy_locked(sva, from, to);
	spin_unlock(&sva->lock);
	return ret;
}

/* How long those who change the process are left in peace */
#define IOPASID_SVA_RETRY	HZ

/* Of a process that is cut off: is the unit to be asked once more? */
static bool iopasid_sva_retry_locked(struct iopasid_sva *sva)
{
	lockdep_assert_held(&sva->lock);

	if (!sva->unconfirmed || time_before(jiffies, sva->retry))
		return false;
	sva->retry = jiffies + IOPASID_SVA_RETRY;
	return true;
}

/* The root is empty: the unit is to forget the rest. */
static void iopasid_sva_flush_cut(struct iopasid_sva *sva)
{
	bool retry;

	spin_lock(&sva->lock);
	retry = iopasid_sva_retry_locked(sva);
	spin_unlock(&sva->lock);
	if (!retry || sva->table->ops->invalidate(sva->table, 0, U64_MAX))
		return;
	spin_lock(&sva->lock);
	sva->unconfirmed = false;
	spin_unlock(&sva->lock);
}

static void iopasid_sva_cut(struct iopasid_sva *sva)
{
	spin_lock(&sva->lock);
	if (sva->state == IOPASID_SVA_LIVE)
		sva->state = IOPASID_SVA_CUT;
	iopasid_sva_empty_locked(sva);
	sva->unconfirmed = true;
	sva->retry = jiffies;
	spin_unlock(&sva->lock);
	iopasid_sva_flush_cut(sva);
}

/* One small page: or the beginning of a large one? The last address of it */
static u64 iopasid_sva_last(u64 first, u64 last)
{
	if (last - first != PAGE_SIZE - 1)
		return last;
	if (IS_ALIGNED(first, PUD_SIZE))
		return first + PUD_SIZE - 1;
	return IS_ALIGNED(first, PMD_SIZE) ? first + PMD_SIZE - 1 : last;
}

/*
 * Entries of the process in [start, end) have been cleared or changed; what they
 * led to is freed when this returns. @end is -1 for all of it.
 */
static void iopasid_sva_changed(struct mmu_notifier *notifier,
				struct mm_struct *mm, unsigned long start,
				unsigned long end)
{
	struct iopasid_sva *sva = container_of(notifier, struct iopasid_sva,
					       notifier);
	u64 last;

	if (start >= end || start >> IOPASID_SVA_SLOT_LG2 >= IOPASID_SVA_SLOTS)
		return;
	last = iopasid_sva_last(start, end - 1);
	if (iopasid_sva_copy(sva, start, last) == -EIO)
		iopasid_sva_flush_cut(sva);
	else if (sva->table->ops->invalidate(sva->table, start, last))
		iopasid_sva_cut(sva);
}

/* The process ends; none of its page tables is freed yet. */
static void iopasid_sva_release(struct mmu_notifier *notifier,
				struct mm_struct *mm)
{
	struct iopasid_sva *sva = container_of(notifier, struct iopasid_sva,
					       notifier);

	spin_lock(&sva->lock);
	sva->state = IOPASID_SVA_GONE;
	iopasid_sva_empty_locked(sva);
	spin_unlock(&sva->lock);
	/*
	 * If it fails, the provider knows: the unit keeps what it has until it
	 * confirms a later flush, of a detach at the latest.
	 */
	sva->table->ops->invalidate(sva->table, 0, U64_MAX);
}

const struct mmu_notifier_ops iopasid_sva_notifier_ops = {
	.release			= iopasid_sva_release,
	.arch_invalidate_secondary_tlbs	= iopasid_sva_changed,
};
