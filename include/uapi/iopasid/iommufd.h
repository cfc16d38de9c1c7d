/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What <linux/iommufd.h> of Linux 6.12 lacks, with the numbers and layouts that
 * later kernels have. The names are ours: both headers can be included.
 */
#ifndef _UAPI_IOPASID_IOMMUFD_H
#define _UAPI_IOPASID_IOMMUFD_H

#include <linux/types.h>

/*
 * Flags of struct iommu_hwpt_alloc, beside enum iommufd_hwpt_alloc_flags: the
 * page table can be attached at PASIDs, and at the RID of a device that is
 * attached at PASIDs, too.
 */
#define IOPASID_HWPT_ALLOC_PASID	(1U << 3)

/*
 * Flags of struct iommu_hw_info: out_data_type is an input as well: the type
 * that the caller understands, 0 for any. Another one is -EOPNOTSUPP.
 */
#define IOPASID_HW_INFO_INPUT_TYPE	(1U << 0)

/**
 * struct iopasid_ioas_map_file - ioctl(IOPASID_IOAS_MAP_FILE)
 * @size: sizeof(struct iopasid_ioas_map_file)
 * @flags: enum iommufd_ioas_map_flags
 * @ioas_id: the IOAS
 * @fd: a memfd, or another file of tmpfs or hugetlbfs
 * @start: first byte of the file, a multiple of the page size
 * @length: bytes, a multiple of the page size
 * @iova: with IOMMU_IOAS_MAP_FIXED_IOVA where; else the answer
 *
 * As IOMMU_IOAS_MAP, with the memory of a file that need not be mapped.
 */
struct iopasid_ioas_map_file {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOPASID_IOAS_MAP_FILE		_IO(';', 0x8f)

/**
 * struct iopasid_ioas_change_process - ioctl(IOPASID_IOAS_CHANGE_PROCESS)
 * @size: sizeof(struct iopasid_ioas_change_process)
 * @__reserved: must be 0
 *
 * What is pinned is charged to the caller from now on. Every mapping of the
 * context must be one of IOPASID_IOAS_MAP_FILE, else -EINVAL.
 */
struct iopasid_ioas_change_process {
	__u32 size;
	__u32 __reserved;
};

#define IOPASID_IOAS_CHANGE_PROCESS	_IO(';', 0x92)

#endif /* _UAPI_IOPASID_IOMMUFD_H */
