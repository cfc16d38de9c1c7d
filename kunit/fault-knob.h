/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's fault injection, for a test that makes allocations fail.
 */
#ifndef _FAULT_KNOB_H
#define _FAULT_KNOB_H

#include <linux/dcache.h>
#include <linux/debugfs.h>

/* A knob of fault injection: where debugfs keeps its value; NULL: none. */
static inline void *fault_knob(const char *folder, const char *name)
{
	struct dentry *dir = debugfs_lookup(folder, NULL), *file;
	void *value = NULL;

	if (!dir)
		return NULL;
	file = debugfs_lookup(name, dir);
	if (file)
		value = d_inode(file)->i_private;
	dput(file);
	dput(dir);
	return value;
}

#endif /* _FAULT_KNOB_H */
