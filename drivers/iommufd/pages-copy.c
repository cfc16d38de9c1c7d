// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: copies from and to pages
 *
 * For drivers that emulate a device. As long as nothing is pinned, the process
 * that mapped the memory, or a kernel thread in its stead, copies by its
 * addresses. Otherwise it is the pages that count, those that devices reach: what
 * is not pinned is pinned for the time of the copy, and not charged.
 */
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include <kunit/visibility.h>

#include <iopasid/iommufd.h>

#include "pages.h"
#include "run.h"

/* Pinned at a time */
#define IOFD_COPY_PAGES		64UL

/* @offset is in the first page of the range. */
static void iofd_copy_runs(struct iofd_pages *pages, unsigned long first,
			   unsigned long last, unsigned long offset, void *buf,
			   size_t length, bool write)
{
	struct iofd_run_walk walk;
	unsigned long i;

	iofd_for_each_run(&walk, pages, first, last) {
		for (i = walk.run.first; i <= walk.run.last; i++) {
			struct page *page = pfn_to_page(walk.run.pfn + i -
							walk.run.first);
			size_t bytes = min(length, PAGE_SIZE - offset);

			if (write)
				memcpy_to_page(page, offset, buf, bytes);
			else
				memcpy_from_page(buf, page, offset, bytes);
			buf += bytes;
			length -= bytes;
			offset = 0;
		}
	}
}

static int iofd_copy_by_page(struct iofd_pages *pages, unsigned long offset,
			     void *buf, size_t length, bool write)
{
	while (length) {
		unsigned long in_page = offset_in_page(offset);
		size_t bytes = min(length, IOFD_COPY_PAGES * PAGE_SIZE -
				   in_page);
		unsigned long first = offset >> PAGE_SHIFT;
		unsigned long last = (offset + bytes - 1) >> PAGE_SHIFT;
		int ret = iofd_pages_fill(pages, first, last);

		if (ret)
			return ret;
		iofd_copy_runs(pages, first, last, in_page, buf, bytes, write);
		iofd_pages_drain(pages, first, last);
		offset += bytes;
		buf += bytes;
		length -= bytes;
	}
	return 0;
}

static int iofd_copy_by_address(struct iofd_pages *pages, unsigned long offset,
				void *buf, size_t length, bool write)
{
	void __user *address = (void __user *)(pages->address + offset);
	unsigned long left = write ? copy_to_user(address, buf, length) :
		copy_from_user(buf, address, length);

	return left ? -EFAULT : 0;
}

static int iofd_copy_by_kthread(struct iofd_pages *pages, unsigned long offset,
				void *buf, size_t length, bool write)
{
	struct mm_struct *mm = pages->payer.mm;
	int ret;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	kthread_use_mm(mm);
	ret = iofd_copy_by_address(pages, offset, buf, length, write);
	kthread_unuse_mm(mm);
	mmput_async(mm);
	return ret;
}

/**
 * iofd_pages_copy() - copy from or to memory
 * @pages: the memory
 * @offset: first byte, from index 0 on
 * @buf: kernel memory
 * @length: bytes
 * @flags: enum iopasid_iommufd_access_flags
 *
 * Context: may sleep.
 * Return: 0; -EPERM when it is not writable; -EFAULT; as iofd_pages_fill(). After
 * a failure some may have been copied.
 */
int iofd_pages_copy(struct iofd_pages *pages, unsigned long offset, void *buf,
		    size_t length, unsigned int flags)
{
	bool write = flags & IOPASID_IOMMUFD_WRITE;
	bool by_page;
	int ret;

	if (write && !pages->writable)
		return -EPERM;
	mutex_lock(&pages->lock);
	by_page = pages->file || pages->nr_charged ||
		flags & IOPASID_IOMMUFD_FORCE_KTHREAD;
	if (!by_page && pages->payer.mm == current->mm)
		ret = iofd_copy_by_address(pages, offset, buf, length, write);
	else if (!by_page && flags & IOPASID_IOMMUFD_KTHREAD &&
		 current->flags & PF_KTHREAD)
		ret = iofd_copy_by_kthread(pages, offset, buf, length, write);
	else
		ret = iofd_copy_by_page(pages, offset, buf, length, write);
	mutex_unlock(&pages->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_copy);
