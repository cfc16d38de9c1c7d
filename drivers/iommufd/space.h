/* SPDX-License-Identifier: GPL-2.0-only */
/* The addresses of an address space: what is taken, and what may be. */
#ifndef _IOFD_SPACE_H
#define _IOFD_SPACE_H

#include <linux/interval_tree.h>
#include <linux/types.h>

/**
 * struct iofd_range - a range of addresses that somebody has an interest in
 * @node: first and last address
 * @owner: who reserved it
 */
struct iofd_range {
	struct interval_tree_node node;
	const void *owner;
};

/**
 * struct iofd_space - all addresses from 0 to ULONG_MAX
 * @areas: what is mapped: iofd_area.iova
 * @reserved: struct iofd_range that nothing may be mapped at, overlapping
 * @allowed: struct iofd_range that are searched for free addresses, and that
 *	nobody may reserve; empty: all
 * @alignment: of addresses, lengths and the memory behind them; a power of two,
 *	PAGE_SIZE at most
 * @rover: where a search begins; free addresses below are found if there are none
 *	above
 *
 * Protected by its owner.
 */
struct iofd_space {
	struct rb_root_cached areas;
	struct rb_root_cached reserved;
	struct rb_root_cached allowed;
	unsigned long alignment;
	unsigned long rover;
};

void iofd_space_init(struct iofd_space *space);
void iofd_space_destroy(struct iofd_space *space);

/* Where to map something */
int iofd_space_check(struct iofd_space *space, unsigned long iova,
		     unsigned long length);
int iofd_space_find(struct iofd_space *space, unsigned long memory,
		    unsigned long length, unsigned long *iova);
void iofd_space_insert(struct iofd_space *space,
		       struct interval_tree_node *node);
void iofd_space_remove(struct iofd_space *space,
		       struct interval_tree_node *node);

/* Ranges that are special */
int iofd_space_reserve(struct iofd_space *space, struct rb_root_cached *ranges);
void iofd_space_unreserve(struct iofd_space *space, const void *owner);
int iofd_space_allow(struct iofd_space *space, struct rb_root_cached *ranges);
int iofd_ranges_add(struct rb_root_cached *ranges, unsigned long first,
		    unsigned long last, const void *owner);
void iofd_ranges_free(struct rb_root_cached *ranges);

#endif /* _IOFD_SPACE_H */
