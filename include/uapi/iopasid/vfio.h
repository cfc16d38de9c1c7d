/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Attaching a device file to page tables: VFIO's calls 119 and 120 with PASIDs,
 * as kernels after 6.12 have them. The device is bound with VFIO's call 118,
 * struct vfio_device_bind_iommufd.
 */
#ifndef _UAPI_IOPASID_VFIO_H
#define _UAPI_IOPASID_VFIO_H

#include <linux/types.h>

/* Flags of the structures below: pasid is valid; without: the RID */
#define IOPASID_VFIO_ATTACH_PASID	(1U << 0)
#define IOPASID_VFIO_DETACH_PASID	(1U << 0)

/**
 * struct iopasid_vfio_attach_pt - ioctl(IOPASID_VFIO_ATTACH_PT)
 * @argsz: size of the structure; without @pasid: 12
 * @flags: IOPASID_VFIO_ATTACH_PASID
 * @pt_id: an IOAS or an HWPT; the answer is the HWPT
 * @pasid: the PASID
 *
 * What is attached already is replaced.
 */
struct iopasid_vfio_attach_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
	__u32 pasid;
};

#define IOPASID_VFIO_ATTACH_PT		_IO(';', 119)

/**
 * struct iopasid_vfio_detach_pt - ioctl(IOPASID_VFIO_DETACH_PT)
 * @argsz: size of the structure; without @pasid: 8
 * @flags: IOPASID_VFIO_DETACH_PASID
 * @pasid: the PASID
 *
 * Success, too, when nothing is attached.
 */
struct iopasid_vfio_detach_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pasid;
};

#define IOPASID_VFIO_DETACH_PT		_IO(';', 120)

#endif /* _UAPI_IOPASID_VFIO_H */
