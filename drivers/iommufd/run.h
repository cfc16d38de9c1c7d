/* SPDX-License-Identifier: GPL-2.0-only */
/* Pinned pages that follow one another in physical memory. */
#ifndef _IOFD_RUN_H
#define _IOFD_RUN_H

#include "pages.h"

/**
 * struct iofd_run_walk - where a walk over runs is
 * @run: what was found, cut to the range
 */
struct iofd_run_walk {
	struct iofd_run run;

	/* private: where to go on, and to */
	struct iofd_pages *pages;
	unsigned long pos;
	unsigned long end;
	bool more;
};

static inline void iofd_run_walk_begin(struct iofd_run_walk *walk,
				       struct iofd_pages *pages,
				       unsigned long first, unsigned long last)
{
	walk->pages = pages;
	walk->pos = first;
	walk->end = last;
	walk->more = true;
}

bool iofd_run_walk_next(struct iofd_run_walk *walk);
int iofd_run_add(struct iofd_pages *pages, const struct iofd_run *run);
void iofd_run_remove(struct iofd_pages *pages, unsigned long first,
		     unsigned long last);

/* What of [first, last] is pinned, in ascending order */
#define iofd_for_each_run(walk, pages, first, last)			\
	for (iofd_run_walk_begin(walk, pages, first, last);		\
	     iofd_run_walk_next(walk);)

#endif /* _IOFD_RUN_H */
