/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of /dev/iommu as functions. All return 0, or something that is not
 * negative, or -errno.
 */
#ifndef IOMMU_H
#define IOMMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>
#include <linux/iommufd.h>
#include <iopasid/iommufd.h>

/* An address that nothing reserves, and enough room behind it */
#define IOVA		0x10000000ULL

/* How to map, but for where */
#define RW		(IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)
#define RO		IOMMU_IOAS_MAP_READABLE

/* An id that is nobody's */
#define NO_ID		0xdeadbeef

int iommu_open(void);
int call(int fd, unsigned long cmd, void *arg);

int destroy(int fd, __u32 id);
int ioas_alloc(int fd, __u32 *id);
int ioas_map(int fd, __u32 ioas, const void *va, size_t length, __u64 *iova);
int ioas_map_at(int fd, __u32 ioas, const void *va, size_t length, __u64 iova);
int ioas_map_flags(int fd, __u32 ioas, const void *va, size_t length,
		   __u64 *iova, __u32 flags);
int ioas_map_file(int fd, __u32 ioas, int file, __u64 start, size_t length,
		  __u64 *iova, __u32 flags);
int ioas_copy(int fd, __u32 dst, __u64 *dst_iova, __u32 src, __u64 src_iova,
	      size_t length, __u32 flags);
int ioas_unmap(int fd, __u32 ioas, __u64 iova, __u64 length);
int ioas_unmap_all(int fd, __u32 ioas, __u64 *length);
int ioas_ranges(int fd, __u32 ioas, struct iommu_iova_range *ranges,
		__u32 *nr, __u64 *alignment);
int ioas_allow(int fd, __u32 ioas, const struct iommu_iova_range *ranges,
	       __u32 nr);
int option_set(int fd, __u32 option, __u32 object, __u64 value);
int option_get(int fd, __u32 option, __u32 object, __u64 *value);
int change_process(int fd);

int hwpt_alloc(int fd, __u32 dev, __u32 ioas, __u32 flags, __u32 *id);
int hwpt_alloc_fault(int fd, __u32 dev, __u32 ioas, __u32 flags, __u32 fault,
		     __u32 *id);
int hw_info(int fd, __u32 dev, struct iommu_hw_info *info);
int dirty_set(int fd, __u32 hwpt, bool on);
int dirty_get(int fd, __u32 hwpt, __u64 iova, size_t length, size_t page_size,
	      void *bitmap, __u32 flags);
int fault_alloc(int fd, __u32 *id, int *fault_fd);

#endif /* IOMMU_H */
