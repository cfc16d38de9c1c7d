/* SPDX-License-Identifier: GPL-2.0-only */
/* To take pages where they are, and to give them back. */
#ifndef _IOFD_PIN_H
#define _IOFD_PIN_H

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

#include "pages.h"

/* For which no memory is allocated */
#define IOFD_BATCH_SMALL	8

/**
 * struct iofd_batch - a list for the pages, or folios, of one step
 * @list: the list
 * @size: its length
 * @small: memory for a short one
 */
struct iofd_batch {
	void **list;
	unsigned int size;
	void *small[IOFD_BATCH_SMALL];
};

void iofd_batch_init(struct iofd_batch *batch, unsigned long nr_pages);
void iofd_batch_free(struct iofd_batch *batch);

/* Between two steps: pinning takes as long as there is memory to be filled. */
static inline int iofd_pin_may_go_on(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* A process's memory: pin-user.c */
int iofd_pin_user(struct iofd_pages *pages, unsigned long first,
		  unsigned long last);
unsigned long iofd_unpin_user(struct iofd_pages *pages, unsigned long first,
			      unsigned long last);

/* A file's: pin-file.c */
int iofd_pin_file(struct iofd_pages *pages, unsigned long first,
		  unsigned long last);
unsigned long iofd_unpin_file(struct iofd_pages *pages, unsigned long first,
			      unsigned long last);

#endif /* _IOFD_PIN_H */
