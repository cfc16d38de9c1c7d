/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IOMMU_TEST_CMD as mainline's selftest sends it: numbers, layouts and values of
 * that program, which is not part of this project.
 */
#ifndef _MOCK_COMMAND_H
#define _MOCK_COMMAND_H

#include <linux/const.h>
#include <linux/types.h>

/** enum mock_op - what is asked for */
enum mock_op {
	MOCK_OP_ADD_RESERVED		= 1,
	MOCK_OP_DEVICE			= 2,
	MOCK_OP_CHECK_MAP		= 3,
	MOCK_OP_CHECK_REFS		= 4,
	MOCK_OP_CREATE_ACCESS		= 5,
	MOCK_OP_DESTROY_ACCESS_PAGES	= 6,
	MOCK_OP_ACCESS_PAGES		= 7,
	MOCK_OP_ACCESS_RW		= 8,
	MOCK_OP_BATCH_LIMIT		= 9,
	MOCK_OP_REPLACE			= 10,
	MOCK_OP_ACCESS_REPLACE		= 11,
	MOCK_OP_DEVICE_FLAGS		= 12,
	MOCK_OP_DIRTY			= 13,
	MOCK_OP_PAGE_REQUEST		= 15,
	MOCK_OP_CHECK_CACHE		= 16,
	MOCK_OP_PASID_ATTACH		= 18,
	MOCK_OP_PASID_REPLACE		= 19,
	MOCK_OP_PASID_DETACH		= 20,
	MOCK_OP_PASID_CHECK		= 21,
};

/** enum mock_device_flags - what a device is like */
enum mock_device_flags {
	MOCK_DEVICE_NO_DIRTY	= _BITUL(0),
	MOCK_DEVICE_PASID	= _BITUL(2),
};

/* Of an access: it pins; of a pin or copy: it writes, by another process' way */
#define MOCK_ACCESS_PINS	_BITUL(0)
#define MOCK_ACCESS_WRITE	_BITUL(0)
#define MOCK_ACCESS_SLOW	_BITUL(2)

#define MOCK_PAGE_SIZE		2048UL
#define MOCK_HUGE_PAGE_SIZE	(512 * MOCK_PAGE_SIZE)
#define MOCK_APERTURE_FIRST	_BITULL(24)
#define MOCK_APERTURE_LAST	(_BITULL(31) - 1)
#define MOCK_PASID_WIDTH	20
#define MOCK_BATCH_LIMIT_MIN	12
/* Entries that a device has cached, and what they are at first */
#define MOCK_CACHE_ENTRIES	4
#define MOCK_CACHE_VALUE	0xbaddad
/* Nothing can take its place there */
#define MOCK_PASID_STUBBORN	1024

#define MOCK_HW_INFO_TYPE	0xfeedbeef
#define MOCK_HW_INFO_VALUE	0xdeadbeef
#define MOCK_HWPT_DATA_TYPE	0xdead

/** struct mock_hw_info - what the unit says about itself */
struct mock_hw_info {
	__u32 flags;
	__u32 value;
};

/** enum mock_table - kinds of page tables */
enum mock_table {
	MOCK_TABLE_SMALL,
	MOCK_TABLE_HUGE,
};

/** struct mock_hwpt_data - what the program says about a page table */
struct mock_hwpt_data {
	__u32 iotlb;
	__u32 table;
};

/** struct mock_command - the program's structure */
struct mock_command {
	__u32 size;
	__u32 op;
	__u32 id;
	__u32 reserved;
	union {
		struct {
			__aligned_u64 first;
			__aligned_u64 length;
		} add_reserved;
		struct {
			__u32 device_id;
			__u32 hwpt_id;
			__u32 bound_id;
			__u32 flags;
		} device;
		struct {
			__u32 pt_id;
		} replace;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} check_map;
		struct {
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 refs;
		} check_refs;
		struct {
			__u32 fd;
			__u32 flags;
		} create_access;
		struct {
			__u32 pin_id;
		} destroy_access_pages;
		struct {
			__u32 flags;
			__u32 pin_id;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} access_pages;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 flags;
		} access_rw;
		struct {
			__u32 limit;
		} batch_limit;
		struct {
			__u32 ioas_id;
		} access_replace;
		struct {
			__u32 flags;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 page_size;
			__aligned_u64 uptr;
			__aligned_u64 nr_dirty;
		} dirty;
		struct {
			__u32 bound_id;
			__u32 pasid;
			__u32 index;
			__u32 perm;
			__u64 addr;
		} page_request;
		struct {
			__u32 entry;
			__u32 value;
		} check_cache;
		struct {
			__u32 pasid;
			__u32 id;
		} pasid;
	};
	__u32 last;
};

/* All that the program sends, but not what the compiler pads it with */
#define MOCK_COMMAND_MIN	offsetofend(struct mock_command, last)

#endif /* _MOCK_COMMAND_H */
