/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The file of a test endpoint, /dev/iopasid-endpoint/NAME: VFIO's device calls
 * (vfio.h) and one more: DMA.
 */
#ifndef _UAPI_IOPASID_ENDPOINT_H
#define _UAPI_IOPASID_ENDPOINT_H

#include <linux/types.h>

/* The most that one call moves */
#define IOPASID_ENDPOINT_DMA_MAX	(1 << 20)

/**
 * enum iopasid_endpoint_dma_flags - what a DMA is like
 * @IOPASID_ENDPOINT_WRITE: device to memory; else memory to device
 * @IOPASID_ENDPOINT_PASID: it is tagged with a PASID
 * @IOPASID_ENDPOINT_EXEC: the device wants to execute what it reads
 * @IOPASID_ENDPOINT_PRIV: privileged mode requested
 * @IOPASID_ENDPOINT_NO_ATS: untranslated even when the device has a device TLB
 * @IOPASID_ENDPOINT_NO_WAIT: do not ask for pages
 */
enum iopasid_endpoint_dma_flags {
	IOPASID_ENDPOINT_WRITE		= 1 << 0,
	IOPASID_ENDPOINT_PASID		= 1 << 1,
	IOPASID_ENDPOINT_EXEC		= 1 << 2,
	IOPASID_ENDPOINT_PRIV		= 1 << 3,
	IOPASID_ENDPOINT_NO_ATS		= 1 << 4,
	IOPASID_ENDPOINT_NO_WAIT	= 1 << 5,
};

/**
 * enum iopasid_endpoint_result - what became of a DMA
 * @IOPASID_ENDPOINT_DONE: every byte was moved
 * @IOPASID_ENDPOINT_BLOCKED: the unit did not let it pass
 * @IOPASID_ENDPOINT_NO_MEMORY: there is no memory where the unit led it
 * @IOPASID_ENDPOINT_DENIED: the device may not send it: bus mastering or its
 *	PASIDs are off, or the PASID is too wide
 * @IOPASID_ENDPOINT_NO_ANSWER: it asked for a page, and gave up waiting
 */
enum iopasid_endpoint_result {
	IOPASID_ENDPOINT_DONE,
	IOPASID_ENDPOINT_BLOCKED,
	IOPASID_ENDPOINT_NO_MEMORY,
	IOPASID_ENDPOINT_DENIED,
	IOPASID_ENDPOINT_NO_ANSWER,
};

/**
 * struct iopasid_endpoint_dma - ioctl(IOPASID_ENDPOINT_DMA)
 * @argsz: size of this struct
 * @flags: enum iopasid_endpoint_dma_flags
 * @pasid: of the DMA, with IOPASID_ENDPOINT_PASID; from 1 on, 20 bits
 * @out_result: enum iopasid_endpoint_result
 * @addr: where the DMA begins
 * @length: bytes, 1 to IOPASID_ENDPOINT_DMA_MAX
 * @data_uptr: what the device writes, or gets what it has read
 *
 * The call returns when the DMA is over. A page that is not mapped is asked for,
 * if the device can, some seconds long, unless the caller is killed. What is
 * blocked after some pages has moved the pages before; what the device read is
 * copied out only if all of it came.
 *
 * Returns 0 also for a DMA that failed: see @out_result. -EINVAL: a flag that is
 * not known, a size or a PASID that is not possible, a range that wraps round, a
 * device that is not bound; -EPERM: the user has neither the device itself nor
 * attached this PASID; -ENODEV: the device is gone; -ENOMEM; -EFAULT: a bad pointer;
 * -EINTR: killed before the DMA was over, which nobody is told any more.
 */
struct iopasid_endpoint_dma {
	__u32 argsz;
	__u32 flags;
	__u32 pasid;
	__u32 out_result;
	__aligned_u64 addr;
	__aligned_u64 length;
	__aligned_u64 data_uptr;
};

/* Of VFIO's type, and as its calls without a size */
#define IOPASID_ENDPOINT_DMA		_IO(';', 0xe0)

#endif /* _UAPI_IOPASID_ENDPOINT_H */
