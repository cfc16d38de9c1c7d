/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that memfd_pin_folios() takes. */
#ifndef _IOFD_MEMFD_H
#define _IOFD_MEMFD_H

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/shmem_fs.h>

#ifdef CONFIG_HUGETLBFS
static inline unsigned int iofd_hugetlb_seals(struct file *file)
{
	return HUGETLBFS_I(file_inode(file))->seals;
}
#else
static inline unsigned int iofd_hugetlb_seals(struct file *file)
{
	return 0;
}
#endif

/**
 * iofd_memfd_seals() - what a file is sealed against
 * @file: any file
 * @seals: gets F_SEAL_*
 *
 * Return: 0, -EINVAL when it is neither of tmpfs nor of hugetlbfs: a memfd is.
 */
static inline int iofd_memfd_seals(struct file *file, unsigned int *seals)
{
	if (is_file_hugepages(file))
		*seals = iofd_hugetlb_seals(file);
	else if (shmem_mapping(file->f_mapping))
		*seals = SHMEM_I(file_inode(file))->seals;
	else
		return -EINVAL;
	return 0;
}

#endif /* _IOFD_MEMFD_H */
