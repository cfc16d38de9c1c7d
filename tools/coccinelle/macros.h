/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What spatch must know of <linux/cleanup.h>: without these lines it skips any
 * function that uses one of the macros, and says nothing.
 */
#define scoped_guard(...) if (1)
#define scoped_cond_guard(...) if (1)

/* ... and of <linux/list.h>: "list_for_each_entry(p, ...) *n += 1;" is no product. */
#define list_for_each_entry YACFE_ITERATOR
