/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls of /dev/iommu: a row for each. */
#ifndef CALLS_H
#define CALLS_H

#include "test.h"

/* Fields of a structure, by offset and size */
struct field {
	size_t offset;
	size_t size;
};

#define FIELD(type, member) \
	{ offsetof(type, member), sizeof(((type *)0)->member) }

/* Room for a tail behind any of them */
union data {
	__u32 size;
	struct iommu_destroy destroy;
	struct iommu_ioas_alloc ioas_alloc;
	struct iommu_ioas_allow_iovas allow;
	struct iommu_ioas_copy copy;
	struct iommu_ioas_iova_ranges ranges;
	struct iommu_ioas_map map;
	struct iommu_ioas_unmap unmap;
	struct iommu_option option;
	struct iommu_vfio_ioas vfio_ioas;
	struct iommu_hwpt_alloc hwpt_alloc;
	struct iommu_hw_info hw_info;
	struct iommu_hwpt_set_dirty_tracking set_dirty;
	struct iommu_hwpt_get_dirty_bitmap get_dirty;
	struct iommu_fault_alloc fault_alloc;
	struct iopasid_ioas_map_file map_file;
	struct iopasid_ioas_change_process change_process;
	struct iopasid_sva_alloc sva_alloc;
	struct iopasid_sva_populate sva_populate;
	unsigned char bytes[2 * PAGE];
};

struct row {
	const char *name;
	unsigned long cmd;
	size_t size;
	size_t min_size;
	int ret;		/* of the structure as it stands here */
	struct field flags;
	__u64 known;		/* flags */
	struct field reserved;
	struct field id[2];	/* of objects that must exist */
	union data data;
};

#define CALL(_name, _cmd, _type, _last, _ret)				\
	.name = _name,							\
	.cmd = _cmd,							\
	.size = sizeof(_type),						\
	.min_size = offsetof(_type, _last) +				\
		sizeof(((_type *)0)->_last),				\
	.ret = _ret

static const struct row rows[] = {
	{
		CALL("destroy", IOMMU_DESTROY, struct iommu_destroy, id,
		     -ENOENT),
		.id = { FIELD(struct iommu_destroy, id) },
		.data.destroy = { .id = NO_ID },
	}, {
		CALL("ioas_alloc", IOMMU_IOAS_ALLOC, struct iommu_ioas_alloc,
		     out_ioas_id, 0),
		.flags = FIELD(struct iommu_ioas_alloc, flags),
	}, {
		CALL("ioas_allow_iovas", IOMMU_IOAS_ALLOW_IOVAS,
		     struct iommu_ioas_allow_iovas, allowed_iovas, -ENOENT),
		.reserved = FIELD(struct iommu_ioas_allow_iovas, __reserved),
		.id = { FIELD(struct iommu_ioas_allow_iovas, ioas_id) },
		.data.allow = { .ioas_id = NO_ID },
	}, {
		CALL("ioas_copy", IOMMU_IOAS_COPY, struct iommu_ioas_copy,
		     src_iova, -ENOENT),
		.flags = FIELD(struct iommu_ioas_copy, flags),
		.known = RW | IOMMU_IOAS_MAP_FIXED_IOVA,
		.id = {
			FIELD(struct iommu_ioas_copy, dst_ioas_id),
			FIELD(struct iommu_ioas_copy, src_ioas_id),
		},
		.data.copy = {
			.flags = RW | IOMMU_IOAS_MAP_FIXED_IOVA,
			.dst_ioas_id = NO_ID,
			.src_ioas_id = NO_ID,
			.length = PAGE,
			.dst_iova = IOVA,
			.src_iova = IOVA,
		},
	}, {
		CALL("ioas_iova_ranges", IOMMU_IOAS_IOVA_RANGES,
		     struct iommu_ioas_iova_ranges, out_iova_alignment,
		     -ENOENT),
		.reserved = FIELD(struct iommu_ioas_iova_ranges, __reserved),
		.id = { FIELD(struct iommu_ioas_iova_ranges, ioas_id) },
		.data.ranges = { .ioas_id = NO_ID },
	}, {
		CALL("ioas_map", IOMMU_IOAS_MAP, struct iommu_ioas_map, iova,
		     -ENOENT),
		.flags = FIELD(struct iommu_ioas_map, flags),
		.known = RW | IOMMU_IOAS_MAP_FIXED_IOVA,
		.reserved = FIELD(struct iommu_ioas_map, __reserved),
		.id = { FIELD(struct iommu_ioas_map, ioas_id) },
		.data.map = {
			.flags = RW | IOMMU_IOAS_MAP_FIXED_IOVA,
			.ioas_id = NO_ID,
			.user_va = PAGE,
			.length = PAGE,
			.iova = IOVA,
		},
	}, {
		CALL("ioas_unmap", IOMMU_IOAS_UNMAP, struct iommu_ioas_unmap,
		     length, -ENOENT),
		.id = { FIELD(struct iommu_ioas_unmap, ioas_id) },
		.data.unmap = {
			.ioas_id = NO_ID, .iova = IOVA, .length = PAGE,
		},
	}, {
		CALL("option", IOMMU_OPTION, struct iommu_option, val64,
		     -ENOENT),
		.reserved = FIELD(struct iommu_option, __reserved),
		.id = { FIELD(struct iommu_option, object_id) },
		.data.option = {
			.option_id = IOMMU_OPTION_HUGE_PAGES,
			.op = IOMMU_OPTION_OP_GET,
			.object_id = NO_ID,
		},
	}, {
		CALL("vfio_ioas", IOMMU_VFIO_IOAS, struct iommu_vfio_ioas,
		     __reserved, -ENOENT),
		.reserved = FIELD(struct iommu_vfio_ioas, __reserved),
		.id = { FIELD(struct iommu_vfio_ioas, ioas_id) },
		.data.vfio_ioas = {
			.ioas_id = NO_ID, .op = IOMMU_VFIO_IOAS_SET,
		},
	}, {
		CALL("hwpt_alloc", IOMMU_HWPT_ALLOC, struct iommu_hwpt_alloc,
		     __reserved, -ENOENT),
		.flags = FIELD(struct iommu_hwpt_alloc, flags),
		.known = IOMMU_HWPT_ALLOC_NEST_PARENT |
			 IOMMU_HWPT_ALLOC_DIRTY_TRACKING |
			 IOMMU_HWPT_FAULT_ID_VALID | IOPASID_HWPT_ALLOC_PASID,
		.reserved = FIELD(struct iommu_hwpt_alloc, __reserved),
		.id = {
			FIELD(struct iommu_hwpt_alloc, dev_id),
			FIELD(struct iommu_hwpt_alloc, pt_id),
		},
		.data.hwpt_alloc = { .dev_id = NO_ID, .pt_id = NO_ID },
	}, {
		CALL("get_hw_info", IOMMU_GET_HW_INFO, struct iommu_hw_info,
		     __reserved, -ENOENT),
		.flags = FIELD(struct iommu_hw_info, flags),
		.known = IOPASID_HW_INFO_INPUT_TYPE,
		.reserved = FIELD(struct iommu_hw_info, __reserved),
		.id = { FIELD(struct iommu_hw_info, dev_id) },
		.data.hw_info = { .dev_id = NO_ID },
	}, {
		CALL("hwpt_set_dirty_tracking", IOMMU_HWPT_SET_DIRTY_TRACKING,
		     struct iommu_hwpt_set_dirty_tracking, __reserved, -ENOENT),
		.flags = FIELD(struct iommu_hwpt_set_dirty_tracking, flags),
		.known = IOMMU_HWPT_DIRTY_TRACKING_ENABLE,
		.id = { FIELD(struct iommu_hwpt_set_dirty_tracking, hwpt_id) },
		.data.set_dirty = { .hwpt_id = NO_ID },
	}, {
		CALL("hwpt_get_dirty_bitmap", IOMMU_HWPT_GET_DIRTY_BITMAP,
		     struct iommu_hwpt_get_dirty_bitmap, data, -ENOENT),
		.flags = FIELD(struct iommu_hwpt_get_dirty_bitmap, flags),
		.known = IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR,
		.reserved = FIELD(struct iommu_hwpt_get_dirty_bitmap,
				  __reserved),
		.id = { FIELD(struct iommu_hwpt_get_dirty_bitmap, hwpt_id) },
		.data.get_dirty = {
			.hwpt_id = NO_ID,
			.iova = IOVA,
			.length = PAGE,
			.page_size = PAGE,
		},
	}, {
		CALL("fault_queue_alloc", IOMMU_FAULT_QUEUE_ALLOC,
		     struct iommu_fault_alloc, out_fault_fd, 0),
		.flags = FIELD(struct iommu_fault_alloc, flags),
	}, {
		CALL("ioas_map_file", IOPASID_IOAS_MAP_FILE,
		     struct iopasid_ioas_map_file, iova, -ENOENT),
		.flags = FIELD(struct iopasid_ioas_map_file, flags),
		.known = RW | IOMMU_IOAS_MAP_FIXED_IOVA,
		.id = { FIELD(struct iopasid_ioas_map_file, ioas_id) },
		.data.map_file = {
			.flags = RW | IOMMU_IOAS_MAP_FIXED_IOVA,
			.ioas_id = NO_ID,
			.fd = -1,
			.length = PAGE,
			.iova = IOVA,
		},
	}, {
		CALL("ioas_change_process", IOPASID_IOAS_CHANGE_PROCESS,
		     struct iopasid_ioas_change_process, __reserved, 0),
		.reserved = FIELD(struct iopasid_ioas_change_process,
				  __reserved),
	}, {
		CALL("sva_alloc", IOPASID_SVA_ALLOC, struct iopasid_sva_alloc,
		     out_why, -ENOENT),
		.flags = FIELD(struct iopasid_sva_alloc, flags),
		.known = IOPASID_SVA_NO_FAULTS | IOPASID_SVA_FAULT_ID_VALID,
		.id = { FIELD(struct iopasid_sva_alloc, dev_id) },
		.data.sva_alloc = { .dev_id = NO_ID, .out_why = NO_ID },
	}, {
		CALL("sva_populate", IOPASID_SVA_POPULATE,
		     struct iopasid_sva_populate, length, -ENOENT),
		.flags = FIELD(struct iopasid_sva_populate, flags),
		.known = IOPASID_SVA_POPULATE_WRITE |
			 IOPASID_SVA_POPULATE_PIN | IOPASID_SVA_POPULATE_UNPIN,
		.reserved = FIELD(struct iopasid_sva_populate, __reserved),
		.id = { FIELD(struct iopasid_sva_populate, hwpt_id) },
		.data.sva_populate = {
			.hwpt_id = NO_ID, .addr = PAGE, .length = PAGE,
		},
	},
};

#endif /* CALLS_H */
