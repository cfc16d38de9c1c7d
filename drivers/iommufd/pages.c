// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: pages
 *
 * A piece of memory as a program has mapped it: of its own, or of a memfd. Areas
 * of any address space share it (IOMMU_IOAS_COPY), so that its pages are pinned
 * and charged once, however many page tables have them.
 *
 * Pages are pinned when the first user comes: an area of an address space with a
 * page table, or a driver's pin. They are unpinned where the last one leaves. An
 * address space that nobody uses pins nothing. A file that devices may write to
 * counts as mapped for writing all the time: F_SEAL_WRITE is -EBUSY.
 *
 * Unhappy paths: pinning fails half way, because memory is not there or not
 * allowed, or there is none for the record: what was pinned for this user is
 * unpinned, what others have stays. The process that mapped its memory may be
 * gone: what is pinned remains usable, nothing more can be pinned. Unpinning
 * cannot fail.
 */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include <uapi/linux/fcntl.h>

#include "hole.h"
#include "memfd.h"
#include "pages.h"
#include "pin.h"
#include "run.h"

/* @length bytes, the first of which is the @skip-th of index 0 */
static struct iofd_pages *iofd_pages_create(enum iofd_account account,
					    unsigned long skip,
					    unsigned long length, bool writable)
{
	struct iofd_pages *pages;
	unsigned long size;

	if (!length || check_add_overflow(skip, length, &size) ||
	    size > ULONG_MAX - PAGE_SIZE)
		return ERR_PTR(-EINVAL);
	pages = kzalloc(sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return ERR_PTR(-ENOMEM);
	kref_init(&pages->kref);
	pages->nr_pages = DIV_ROUND_UP(size, PAGE_SIZE);
	pages->writable = writable;
	mutex_init(&pages->lock);
	iofd_payer_init(&pages->payer, iofd_payer_mode_of(account));
	pages->users = RB_ROOT_CACHED;
	mt_init_flags(&pages->runs, MT_FLAGS_LOCK_EXTERN);
	mt_set_external_lock(&pages->runs, &pages->lock);
	return pages;
}

/**
 * iofd_pages_create_user() - memory of the current process
 * @account: how its context counts
 * @address: of the first byte
 * @length: bytes
 * @writable: devices may write
 *
 * Nothing is looked at yet.
 *
 * Context: may sleep.
 * Return: the pages; ERR_PTR(-EINVAL) for no bytes, ERR_PTR(-EOVERFLOW) past the
 * end of all addresses, ERR_PTR(-ENOMEM).
 */
struct iofd_pages *iofd_pages_create_user(enum iofd_account account,
					  unsigned long address,
					  unsigned long length, bool writable)
{
	struct iofd_pages *pages;
	unsigned long end;

	if (check_add_overflow(address, length, &end))
		return ERR_PTR(-EOVERFLOW);
	pages = iofd_pages_create(account, offset_in_page(address), length,
				  writable);
	if (!IS_ERR(pages))
		pages->address = address & PAGE_MASK;
	return pages;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_create_user);

/*
 * What memfd_pin_folios() takes, and who has opened it may write to. F_SEAL_WRITE
 * is not looked at here: it can come at any time.
 */
static int iofd_pages_check_file(struct file *file, bool writable)
{
	unsigned int seals;
	int ret = iofd_memfd_seals(file, &seals);

	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_READ))
		return -EPERM;
	if (writable && (!(file->f_mode & FMODE_WRITE) ||
			 seals & F_SEAL_FUTURE_WRITE))
		return -EPERM;
	return 0;
}

/**
 * iofd_pages_create_file() - memory of a file
 * @account: how its context counts
 * @file: the file; the caller keeps its reference
 * @start: first byte
 * @length: bytes
 * @writable: devices may write; until the pages are gone the file cannot be
 *	sealed against it, pinned or not
 *
 * Context: may sleep.
 * Return: the pages; ERR_PTR(-EINVAL) for no bytes, or a file that is neither of
 * tmpfs nor of hugetlbfs; ERR_PTR(-EOVERFLOW) past the end of all files;
 * ERR_PTR(-EPERM) when the file is not open for that, or sealed against it;
 * ERR_PTR(-ENOMEM).
 */
struct iofd_pages *iofd_pages_create_file(enum iofd_account account,
					  struct file *file, u64 start,
					  unsigned long length, bool writable)
{
	struct iofd_pages *pages;
	u64 end;
	int ret;

	if (check_add_overflow(start, length, &end) ||
	    end > MAX_LFS_FILESIZE - PAGE_SIZE)
		return ERR_PTR(-EOVERFLOW);
	ret = iofd_pages_check_file(file, writable);
	if (ret)
		return ERR_PTR(ret);
	pages = iofd_pages_create(account, offset_in_page(start), length,
				  writable);
	if (IS_ERR(pages))
		return pages;
	if (writable && mapping_map_writable(file->f_mapping)) {
		iofd_pages_put(pages);
		return ERR_PTR(-EPERM);
	}
	pages->file = get_file(file);
	pages->position = start & PAGE_MASK;
	return pages;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_create_file);

static void iofd_pages_release(struct kref *kref)
{
	struct iofd_pages *pages = container_of(kref, struct iofd_pages, kref);

	if (WARN_ON_ONCE(pages->nr_charged))
		return;
	if (pages->file) {
		if (pages->writable)
			mapping_unmap_writable(pages->file->f_mapping);
		fput(pages->file);
	}
	iofd_payer_release(&pages->payer);
	/* Nobody else has it; the tree wants to see its lock. */
	mutex_lock(&pages->lock);
	__mt_destroy(&pages->runs);
	mutex_unlock(&pages->lock);
	mutex_destroy(&pages->lock);
	kfree(pages);
}

/**
 * iofd_pages_put() - give a reference back
 * @pages: the pages; with the last one they are gone
 *
 * Context: may sleep.
 */
void iofd_pages_put(struct iofd_pages *pages)
{
	kref_put(&pages->kref, iofd_pages_release);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_put);

/**
 * iofd_pages_drain() - unpin what no user needs
 * @pages: the memory
 * @first: first index
 * @last: last index
 *
 * Context: pages->lock held, may sleep.
 * Return: the number of pages.
 */
unsigned long iofd_pages_drain(struct iofd_pages *pages, unsigned long first,
			       unsigned long last)
{
	struct iofd_holes holes;
	unsigned long nr = 0;

	lockdep_assert_held(&pages->lock);

	iofd_for_each_hole(&holes, &pages->users, first, last)
		nr += pages->file ?
			iofd_unpin_file(pages, holes.first, holes.last) :
			iofd_unpin_user(pages, holes.first, holes.last);
	return nr;
}

/**
 * iofd_pages_fill() - pin what no user has pinned
 * @pages: the memory
 * @first: first index
 * @last: last index
 *
 * Charges nothing. Undone by iofd_pages_drain(), unless a user is added.
 *
 * Context: pages->lock held, may sleep.
 * Return: 0; as iofd_pin_user() and iofd_pin_file(), then all is as before.
 */
int iofd_pages_fill(struct iofd_pages *pages, unsigned long first,
		    unsigned long last)
{
	struct iofd_holes holes;
	int ret;

	lockdep_assert_held(&pages->lock);

	iofd_for_each_hole(&holes, &pages->users, first, last) {
		ret = pages->file ?
			iofd_pin_file(pages, holes.first, holes.last) :
			iofd_pin_user(pages, holes.first, holes.last);
		if (ret) {
			iofd_pages_drain(pages, first, last);
			return ret;
		}
	}
	return 0;
}

static unsigned long iofd_pages_count_unused(struct iofd_pages *pages,
					     unsigned long first,
					     unsigned long last)
{
	struct iofd_holes holes;
	unsigned long nr = 0;

	iofd_for_each_hole(&holes, &pages->users, first, last)
		nr += holes.last - holes.first + 1;
	return nr;
}

/**
 * iofd_pages_add_user() - have pages pinned
 * @pages: the memory
 * @user: who needs them, with its range filled in
 *
 * Context: pages->lock held, may sleep.
 * Return: 0; -ENOMEM over the limit; as iofd_pages_fill().
 */
int iofd_pages_add_user(struct iofd_pages *pages, struct iofd_user *user)
{
	unsigned long first = user->node.start;
	unsigned long last = user->node.last;
	unsigned long nr;
	int ret;

	lockdep_assert_held(&pages->lock);

	nr = iofd_pages_count_unused(pages, first, last);
	ret = iofd_payer_charge(&pages->payer, nr);
	if (ret)
		return ret;
	ret = iofd_pages_fill(pages, first, last);
	if (ret) {
		iofd_payer_uncharge(&pages->payer, nr);
		return ret;
	}
	pages->nr_charged += nr;
	interval_tree_insert(&user->node, &pages->users);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_add_user);

/**
 * iofd_pages_remove_user() - they are needed no more
 * @pages: the memory
 * @user: who needed them; no device reaches them for it
 *
 * Context: pages->lock held, may sleep.
 */
void iofd_pages_remove_user(struct iofd_pages *pages, struct iofd_user *user)
{
	unsigned long nr;

	lockdep_assert_held(&pages->lock);

	interval_tree_remove(&user->node, &pages->users);
	nr = iofd_pages_drain(pages, user->node.start, user->node.last);
	iofd_payer_uncharge(&pages->payer, nr);
	pages->nr_charged -= nr;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_remove_user);

/* The driver's pin of exactly this range, if there is one */
static struct iofd_user *iofd_pages_find_pin(struct iofd_pages *pages,
					     unsigned long first,
					     unsigned long last)
{
	struct interval_tree_node *node;

	lockdep_assert_held(&pages->lock);

	for (node = interval_tree_iter_first(&pages->users, first, last); node;
	     node = interval_tree_iter_next(node, first, last)) {
		struct iofd_user *user = container_of(node, struct iofd_user,
						      node);

		if (user->nr_pins && node->start == first &&
		    node->last == last)
			return user;
	}
	return NULL;
}

static int iofd_pages_pin_new(struct iofd_pages *pages, unsigned long first,
			      unsigned long last)
{
	struct iofd_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!user)
		return -ENOMEM;
	user->node.start = first;
	user->node.last = last;
	user->nr_pins = 1;
	ret = iofd_pages_add_user(pages, user);
	if (ret)
		kfree(user);
	return ret;
}

/**
 * iofd_pages_pin() - pin pages for a driver
 * @pages: the memory
 * @first: first index
 * @last: last index
 * @list: gets them
 *
 * Context: may sleep.
 * Return: 0; as iofd_pages_add_user().
 */
int iofd_pages_pin(struct iofd_pages *pages, unsigned long first,
		   unsigned long last, struct page **list)
{
	struct iofd_run_walk walk;
	struct iofd_user *user;
	unsigned long i;
	int ret = 0;

	mutex_lock(&pages->lock);
	user = iofd_pages_find_pin(pages, first, last);
	if (user)
		user->nr_pins++;
	else
		ret = iofd_pages_pin_new(pages, first, last);
	if (!ret)
		iofd_for_each_run(&walk, pages, first, last)
			for (i = walk.run.first; i <= walk.run.last; i++)
				*list++ = pfn_to_page(walk.run.pfn + i -
						      walk.run.first);
	mutex_unlock(&pages->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_pin);

/**
 * iofd_pages_unpin() - the driver needs them no more
 * @pages: the memory
 * @first: first index, as it was pinned
 * @last: last index, as it was pinned
 *
 * Context: may sleep.
 */
void iofd_pages_unpin(struct iofd_pages *pages, unsigned long first,
		      unsigned long last)
{
	struct iofd_user *user;

	mutex_lock(&pages->lock);
	user = iofd_pages_find_pin(pages, first, last);
	/* A driver that unpins what it has not pinned: nothing changes. */
	if (!WARN_ON_ONCE(!user) && !--user->nr_pins) {
		iofd_pages_remove_user(pages, user);
		kfree(user);
	}
	mutex_unlock(&pages->lock);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_pages_unpin);
