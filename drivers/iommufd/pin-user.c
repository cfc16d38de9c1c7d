// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: memory of a process
 *
 * Each page has a pin of its own, and pages of a run go back together whatever
 * folios they are in.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "pin.h"
#include "run.h"

/* Unpinned before others may run */
#define IOFD_UNPIN_PAGES	1024UL

/* As many as the list has room for, or fewer */
static long iofd_pin_user_step(struct iofd_pages *pages, unsigned long index,
			       unsigned int nr, struct page **list)
{
	unsigned long address = pages->address + index * PAGE_SIZE;
	unsigned int flags = FOLL_LONGTERM | (pages->writable ? FOLL_WRITE : 0);
	struct mm_struct *mm = pages->payer.mm;
	int locked = 1;
	long ret;

	if (mm == current->mm)
		return pin_user_pages_fast(address, nr, flags, list);
	mmap_read_lock(mm);
	ret = pin_user_pages_remote(mm, address, nr, flags, list, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return ret;
}

static unsigned int iofd_count_neighbours(struct page **list, unsigned int nr)
{
	unsigned long pfn = page_to_pfn(list[0]);
	unsigned int i = 1;

	while (i < nr && page_to_pfn(list[i]) == pfn + i)
		i++;
	return i;
}

/* Record them, or unpin those that are not. */
static int iofd_pin_user_record(struct iofd_pages *pages, unsigned long index,
				unsigned int nr, struct page **list)
{
	unsigned int done, len;

	for (done = 0; done < nr; done += len) {
		struct iofd_run run;
		int ret;

		len = iofd_count_neighbours(list + done, nr - done);
		run.first = index + done;
		run.last = run.first + len - 1;
		run.pfn = page_to_pfn(list[done]);
		ret = iofd_run_add(pages, &run);
		if (ret) {
			unpin_user_pages(list + done, nr - done);
			return ret;
		}
	}
	return 0;
}

static int iofd_pin_user_locked(struct iofd_pages *pages, unsigned long first,
				unsigned long last)
{
	struct iofd_batch batch;
	int ret = 0;

	lockdep_assert_held(&pages->lock);

	iofd_batch_init(&batch, last - first + 1);
	while (first <= last) {
		unsigned int nr = min_t(unsigned long, batch.size,
					last - first + 1);
		long got;

		ret = iofd_pin_may_go_on();
		if (ret)
			break;
		got = iofd_pin_user_step(pages, first, nr,
					 (struct page **)batch.list);
		if (got <= 0) {
			ret = got ?: -EFAULT;
			break;
		}
		ret = iofd_pin_user_record(pages, first, got,
					   (struct page **)batch.list);
		if (ret)
			break;
		first += got;
	}
	iofd_batch_free(&batch);
	return ret;
}

/**
 * iofd_pin_user() - pin memory of a process
 * @pages: the memory
 * @first: first index
 * @last: last index; nothing of the range is pinned
 *
 * Context: pages->lock held, may sleep, takes the mmap lock of the process.
 * Return: 0; -EFAULT when the memory, or the process, is not there, or not
 * writable; -ENOMEM; -EINTR when the caller is killed. After a failure the
 * beginning of the range is pinned, and to be given back with iofd_unpin_user().
 */
int iofd_pin_user(struct iofd_pages *pages, unsigned long first,
		  unsigned long last)
{
	struct mm_struct *mm = pages->payer.mm;
	int ret;

	lockdep_assert_held(&pages->lock);

	if (mm == current->mm)
		return iofd_pin_user_locked(pages, first, last);
	if (!mmget_not_zero(mm))
		return -EFAULT;
	ret = iofd_pin_user_locked(pages, first, last);
	mmput_async(mm);
	return ret;
}

/* A run may be as large as memory is. */
static void iofd_unpin_run(unsigned long pfn, unsigned long nr, bool dirty)
{
	while (nr) {
		unsigned long step = min(nr, IOFD_UNPIN_PAGES);

		unpin_user_page_range_dirty_lock(pfn_to_page(pfn), step, dirty);
		cond_resched();
		pfn += step;
		nr -= step;
	}
}

/**
 * iofd_unpin_user() - give memory of a process back
 * @pages: the memory
 * @first: first index
 * @last: last index; what of the range is not pinned is skipped
 *
 * Context: pages->lock held, may sleep.
 * Return: the number of pages that were pinned.
 */
unsigned long iofd_unpin_user(struct iofd_pages *pages, unsigned long first,
			      unsigned long last)
{
	struct iofd_run_walk walk;
	unsigned long nr = 0;

	iofd_for_each_run(&walk, pages, first, last) {
		unsigned long len = walk.run.last - walk.run.first + 1;

		iofd_unpin_run(walk.run.pfn, len, pages->writable);
		nr += len;
	}
	if (nr)
		iofd_run_remove(pages, first, last);
	return nr;
}
