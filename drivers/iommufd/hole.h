/* SPDX-License-Identifier: GPL-2.0-only */
/* The gaps between the ranges of an interval tree. */
#ifndef _IOFD_HOLE_H
#define _IOFD_HOLE_H

#include <linux/interval_tree.h>
#include <linux/types.h>

/**
 * struct iofd_holes - where a walk over the gaps is
 * @first: first address of the gap that was found
 * @last: its last address
 *
 * The tree may change between two steps: each looks anew, from the end of the
 * last gap on.
 */
struct iofd_holes {
	unsigned long first;
	unsigned long last;

	/* private: where to go on, and to */
	struct rb_root_cached *tree;
	unsigned long pos;
	unsigned long end;
	bool more;
};

static inline void iofd_holes_begin(struct iofd_holes *holes,
				    struct rb_root_cached *tree,
				    unsigned long first, unsigned long last)
{
	holes->tree = tree;
	holes->pos = first;
	holes->end = last;
	holes->more = true;
}

bool iofd_holes_next(struct iofd_holes *holes);

/* Whatever of [first, last] no range of the tree covers, in ascending order */
#define iofd_for_each_hole(holes, tree, first, last)			\
	for (iofd_holes_begin(holes, tree, first, last);		\
	     iofd_holes_next(holes);)

#endif /* _IOFD_HOLE_H */
