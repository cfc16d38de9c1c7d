/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The file of an edu device, /dev/iopasid-edu/NAME: VFIO's device calls (vfio.h)
 * and one more: a copy between the device's own memory and an address.
 */
#ifndef _UAPI_IOPASID_EDU_H
#define _UAPI_IOPASID_EDU_H

#include <linux/types.h>

/* The device's own memory */
#define IOPASID_EDU_MEMORY		4096

/* Flags of struct iopasid_edu_copy: device to memory; else memory to device */
#define IOPASID_EDU_FROM_DEVICE		(1 << 0)

/**
 * struct iopasid_edu_copy - ioctl(IOPASID_EDU_COPY)
 * @argsz: size of this struct
 * @flags: 0 or IOPASID_EDU_FROM_DEVICE
 * @addr: where the DMA begins
 * @offset: in the device's memory
 * @length: bytes, from 1 on, to the end of the device's memory at most
 *
 * The call returns when the DMA is over. The device does not know whether it was
 * blocked: then it has read ones or zeroes, and what it wrote is lost.
 *
 * -EINVAL: a flag that is not known, a size that is not possible, a device that is
 * not bound; -ENODEV: the device is gone; -ETIMEDOUT: the DMA does not end;
 * -EFAULT: a bad pointer.
 */
struct iopasid_edu_copy {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 addr;
	__u32 offset;
	__u32 length;
};

/* Of VFIO's type, and as its calls without a size */
#define IOPASID_EDU_COPY		_IO(';', 0xe1)

#endif /* _UAPI_IOPASID_EDU_H */
