/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What <linux/iommufd.h> of Linux 6.12 lacks, with the numbers and layouts that
 * later kernels have, and from 0xc0 on what no other kernel has: the caller's own
 * address space for devices. The names are ours: both headers can be included.
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

/**
 * enum iopasid_sva_flags_bits - flags of struct iopasid_sva_alloc
 * @IOPASID_SVA_NO_FAULTS: the device does without page requests; DMA to pages
 *	that are not there is blocked. Not with @IOPASID_SVA_FAULT_ID_VALID
 * @IOPASID_SVA_FAULT_ID_VALID: page requests go to the queue fault_id, and not to
 *	the kernel
 */
enum iopasid_sva_flags_bits {
	IOPASID_SVA_NO_FAULTS		= 1U << 0,
	IOPASID_SVA_FAULT_ID_VALID	= 1U << 1,
};

/**
 * enum iopasid_sva_why - why there is no address space for the device
 * @IOPASID_SVA_WHY_NONE: the errno says it all
 * @IOPASID_SVA_WHY_ENCRYPTION: -EOPNOTSUPP: memory is encrypted: a unit that follows
 *	the CPU's page tables would read what the CPU does not mean
 * @IOPASID_SVA_WHY_PASID: -EOPNOTSUPP: the device cannot tag its DMA with a PASID
 * @IOPASID_SVA_WHY_PROVIDER: -EOPNOTSUPP: nor can this kind of unit walk page
 *	tables of a process
 * @IOPASID_SVA_WHY_FIRST_STAGE: -EOPNOTSUPP: the unit has no first stage, or was
 *	told not to use it (iopasid-vtd stage=second)
 * @IOPASID_SVA_WHY_COHERENCY: -EOPNOTSUPP: the unit does not snoop the CPU caches
 *	when it walks, and the kernel does not write page tables back
 *	(iopasid-vtd sva_noncoherent=1 lifts it, for tests)
 * @IOPASID_SVA_WHY_PAGE_SIZE: -EOPNOTSUPP: the unit has no 1 GiB pages, the CPU has
 * @IOPASID_SVA_WHY_CACHING_MODE: -EOPNOTSUPP: the unit caches what is not present,
 *	and the kernel does not say what it maps
 * @IOPASID_SVA_WHY_PAGE_REQUESTS: -EOPNOTSUPP: the device does not ask for pages
 *	and IOPASID_SVA_NO_FAULTS is not set
 * @IOPASID_SVA_WHY_CONTEXT_LIMIT: -ENOSPC: this file has as many as one may have
 *	(iopasid-iommufd sva_context_max)
 * @IOPASID_SVA_WHY_GLOBAL_LIMIT: -ENOSPC: all files together have as many as there
 *	may be (iopasid-iommufd sva_max)
 * @IOPASID_SVA_WHY_PROCESS_LIMIT: -ENOSPC: devices have the address spaces of as
 *	many processes as there may be (iopasid sva_process_max)
 */
enum iopasid_sva_why {
	IOPASID_SVA_WHY_NONE		= 0,
	IOPASID_SVA_WHY_ENCRYPTION	= 1,
	IOPASID_SVA_WHY_PASID		= 2,
	IOPASID_SVA_WHY_PROVIDER	= 3,
	IOPASID_SVA_WHY_FIRST_STAGE	= 4,
	IOPASID_SVA_WHY_COHERENCY	= 5,
	IOPASID_SVA_WHY_PAGE_SIZE	= 6,
	IOPASID_SVA_WHY_CACHING_MODE	= 7,
	IOPASID_SVA_WHY_PAGE_REQUESTS	= 8,
	IOPASID_SVA_WHY_CONTEXT_LIMIT	= 9,
	IOPASID_SVA_WHY_GLOBAL_LIMIT	= 10,
	IOPASID_SVA_WHY_PROCESS_LIMIT	= 11,
};

/**
 * struct iopasid_sva_alloc - ioctl(IOPASID_SVA_ALLOC)
 * @size: sizeof(struct iopasid_sva_alloc)
 * @flags: enum iopasid_sva_flags_bits
 * @dev_id: a device that is bound to this file
 * @fault_id: with IOPASID_SVA_FAULT_ID_VALID a fault queue, else 0
 * @out_hwpt_id: the page table: for attach and IOMMU_DESTROY
 * @out_why: enum iopasid_sva_why; also written when the call fails, unless it does
 *	with -EFAULT, or because of @size
 *
 * A page table that is the caller's address space, as it is now and as it becomes,
 * until the process ends or executes another program: then DMA through it is
 * blocked. It can be attached at PASIDs of any device whose unit can walk it; not
 * at a RID. A child of fork() has another address space.
 */
struct iopasid_sva_alloc {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 fault_id;
	__u32 out_hwpt_id;
	__u32 out_why;
};

#define IOPASID_SVA_ALLOC		_IO(';', 0xc0)

/**
 * enum iopasid_sva_populate_flags - flags of struct iopasid_sva_populate
 * @IOPASID_SVA_POPULATE_WRITE: for a device that writes
 * @IOPASID_SVA_POPULATE_PIN: and keep the pages in memory, charged to
 *	RLIMIT_MEMLOCK
 * @IOPASID_SVA_POPULATE_UNPIN: alone: end the oldest pin of exactly this range
 */
enum iopasid_sva_populate_flags {
	IOPASID_SVA_POPULATE_WRITE	= 1U << 0,
	IOPASID_SVA_POPULATE_PIN	= 1U << 1,
	IOPASID_SVA_POPULATE_UNPIN	= 1U << 2,
};

/**
 * struct iopasid_sva_populate - ioctl(IOPASID_SVA_POPULATE)
 * @size: sizeof(struct iopasid_sva_populate)
 * @flags: enum iopasid_sva_populate_flags
 * @hwpt_id: a page table from IOPASID_SVA_ALLOC, and but to unpin of the calling
 *	process
 * @__reserved: must be 0
 * @addr: first address, a multiple of the page size
 * @length: bytes, a multiple of the page size, not 0
 *
 * The pages of the range are there when the call returns, as if the program had
 * read or written each. A pin keeps the memory, not the mapping: after munmap(),
 * mremap() or madvise(MADV_DONTNEED) the addresses lead elsewhere, or nowhere; and
 * the copy of private memory that a fork() makes for the child is not pinned.
 */
struct iopasid_sva_populate {
	__u32 size;
	__u32 flags;
	__u32 hwpt_id;
	__u32 __reserved;
	__aligned_u64 addr;
	__aligned_u64 length;
};

#define IOPASID_SVA_POPULATE		_IO(';', 0xc1)

#endif /* _UAPI_IOPASID_IOMMUFD_H */
