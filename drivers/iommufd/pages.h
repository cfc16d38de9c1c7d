/* SPDX-License-Identifier: GPL-2.0-only */
/* A piece of memory that is mapped once and shared from then on. */
#ifndef _IOFD_PAGES_H
#define _IOFD_PAGES_H

#include <linux/interval_tree.h>
#include <linux/kref.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "account.h"

struct file;
struct page;

/**
 * struct iofd_pages - a range of a process's memory, or of a memfd
 * @kref: areas, and calls that look at them
 * @nr_pages: its length; pages are named by their index, from 0
 * @address: of index 0 in the process, when @file is NULL
 * @file: the memfd, or NULL
 * @position: of index 0 in the file, in bytes
 * @writable: devices may write to it
 * @lock: protects all below, and makes all pinning and unpinning one thing after
 *	the other. A reference to a process's memory is given back under it with
 *	mmput_async(): the last one ends a process, which takes any lock
 * @payer: who pays for what is pinned; of a process's memory @payer.mm is the
 *	process, and stays
 * @nr_charged: pages that are charged
 * @users: struct iofd_user by index, overlapping
 * @runs: the pinned pages: an entry for each run of indices whose pages are one
 *	after the other in physical memory
 *
 * A page is in @runs if and only if a user covers it; while the lock is held
 * there may be more.
 */
struct iofd_pages {
	struct kref kref;
	unsigned long nr_pages;
	unsigned long address;
	struct file *file;
	loff_t position;
	bool writable;
	struct mutex lock;
	struct iofd_payer payer;
	unsigned long nr_charged;
	struct rb_root_cached users;
	struct maple_tree runs;
};

/**
 * struct iofd_user - somebody for whom a range of pages stays pinned
 * @node: first and last index
 * @nr_pins: how many times drivers pinned it; 0: an area that is in page tables
 */
struct iofd_user {
	struct interval_tree_node node;
	unsigned int nr_pins;
};

/**
 * struct iofd_run - pinned pages that follow one another in physical memory
 * @first: first index
 * @last: last index
 * @pfn: of the page at @first
 */
struct iofd_run {
	unsigned long first;
	unsigned long last;
	unsigned long pfn;
};

struct iofd_pages *iofd_pages_create_user(enum iofd_account account,
					  unsigned long address,
					  unsigned long length, bool writable);
struct iofd_pages *iofd_pages_create_file(enum iofd_account account,
					  struct file *file, u64 start,
					  unsigned long length, bool writable);
void iofd_pages_put(struct iofd_pages *pages);

unsigned long iofd_pages_drain(struct iofd_pages *pages, unsigned long first,
			       unsigned long last);
int iofd_pages_fill(struct iofd_pages *pages, unsigned long first,
		    unsigned long last);
int iofd_pages_add_user(struct iofd_pages *pages, struct iofd_user *user);
void iofd_pages_remove_user(struct iofd_pages *pages, struct iofd_user *user);
int iofd_pages_pin(struct iofd_pages *pages, unsigned long first,
		   unsigned long last, struct page **list);
void iofd_pages_unpin(struct iofd_pages *pages, unsigned long first,
		      unsigned long last);
int iofd_pages_copy(struct iofd_pages *pages, unsigned long offset, void *buf,
		    size_t length, unsigned int flags);

static inline void iofd_pages_get(struct iofd_pages *pages)
{
	kref_get(&pages->kref);
}

#endif /* _IOFD_PAGES_H */
