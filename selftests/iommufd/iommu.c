// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "iommu.h"

/* The name is taken where the kernel itself has a /dev/iommu. */
int iommu_open(void)
{
	int fd = open("/dev/iopasid", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

int destroy(int fd, __u32 id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return call(fd, IOMMU_DESTROY, &cmd);
}

int ioas_alloc(int fd, __u32 *id)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };
	int ret = call(fd, IOMMU_IOAS_ALLOC, &cmd);

	*id = cmd.out_ioas_id;
	return ret;
}

int ioas_map_flags(int fd, __u32 ioas, const void *va, size_t length,
		   __u64 *iova, __u32 flags)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas,
		.user_va = (uintptr_t)va,
		.length = length,
		.iova = *iova,
	};
	int ret = call(fd, IOMMU_IOAS_MAP, &cmd);

	*iova = cmd.iova;
	return ret;
}

int ioas_map(int fd, __u32 ioas, const void *va, size_t length, __u64 *iova)
{
	return ioas_map_flags(fd, ioas, va, length, iova, RW);
}

int ioas_map_at(int fd, __u32 ioas, const void *va, size_t length, __u64 iova)
{
	return ioas_map_flags(fd, ioas, va, length, &iova,
			      RW | IOMMU_IOAS_MAP_FIXED_IOVA);
}

int ioas_map_file(int fd, __u32 ioas, int file, __u64 start, size_t length,
		  __u64 *iova, __u32 flags)
{
	struct iopasid_ioas_map_file cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas,
		.fd = file,
		.start = start,
		.length = length,
		.iova = *iova,
	};
	int ret = call(fd, IOPASID_IOAS_MAP_FILE, &cmd);

	*iova = cmd.iova;
	return ret;
}

int ioas_copy(int fd, __u32 dst, __u64 *dst_iova, __u32 src, __u64 src_iova,
	      size_t length, __u32 flags)
{
	struct iommu_ioas_copy cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dst_ioas_id = dst,
		.src_ioas_id = src,
		.length = length,
		.dst_iova = *dst_iova,
		.src_iova = src_iova,
	};
	int ret = call(fd, IOMMU_IOAS_COPY, &cmd);

	*dst_iova = cmd.dst_iova;
	return ret;
}

static int unmap(int fd, __u32 ioas, __u64 iova, __u64 *length)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.iova = iova,
		.length = *length,
	};
	int ret = call(fd, IOMMU_IOAS_UNMAP, &cmd);

	*length = cmd.length;
	return ret;
}

/* What is unmapped must be all of it: else -ERANGE. */
int ioas_unmap(int fd, __u32 ioas, __u64 iova, __u64 length)
{
	__u64 unmapped = length;
	int ret = unmap(fd, ioas, iova, &unmapped);

	return ret ?: unmapped == length ? 0 : -ERANGE;
}

int ioas_unmap_all(int fd, __u32 ioas, __u64 *length)
{
	*length = UINT64_MAX;
	return unmap(fd, ioas, 0, length);
}

int ioas_ranges(int fd, __u32 ioas, struct iommu_iova_range *ranges,
		__u32 *nr, __u64 *alignment)
{
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.num_iovas = *nr,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int ret = call(fd, IOMMU_IOAS_IOVA_RANGES, &cmd);

	*nr = cmd.num_iovas;
	if (alignment)
		*alignment = cmd.out_iova_alignment;
	return ret;
}

int ioas_allow(int fd, __u32 ioas, const struct iommu_iova_range *ranges,
	       __u32 nr)
{
	struct iommu_ioas_allow_iovas cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.num_iovas = nr,
		.allowed_iovas = (uintptr_t)ranges,
	};

	return call(fd, IOMMU_IOAS_ALLOW_IOVAS, &cmd);
}

int option_set(int fd, __u32 option, __u32 object, __u64 value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option,
		.op = IOMMU_OPTION_OP_SET,
		.object_id = object,
		.val64 = value,
	};

	return call(fd, IOMMU_OPTION, &cmd);
}

int option_get(int fd, __u32 option, __u32 object, __u64 *value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option,
		.op = IOMMU_OPTION_OP_GET,
		.object_id = object,
	};
	int ret = call(fd, IOMMU_OPTION, &cmd);

	*value = cmd.val64;
	return ret;
}

int change_process(int fd)
{
	struct iopasid_ioas_change_process cmd = { .size = sizeof(cmd) };

	return call(fd, IOPASID_IOAS_CHANGE_PROCESS, &cmd);
}

int hwpt_alloc_fault(int fd, __u32 dev, __u32 ioas, __u32 flags, __u32 fault,
		     __u32 *id)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev,
		.pt_id = ioas,
		.fault_id = fault,
	};
	int ret = call(fd, IOMMU_HWPT_ALLOC, &cmd);

	*id = cmd.out_hwpt_id;
	return ret;
}

int hwpt_alloc(int fd, __u32 dev, __u32 ioas, __u32 flags, __u32 *id)
{
	return hwpt_alloc_fault(fd, dev, ioas, flags, 0, id);
}

int hw_info(int fd, __u32 dev, struct iommu_hw_info *info)
{
	*info = (struct iommu_hw_info){ .size = sizeof(*info), .dev_id = dev };
	return call(fd, IOMMU_GET_HW_INFO, info);
}

int dirty_set(int fd, __u32 hwpt, bool on)
{
	struct iommu_hwpt_set_dirty_tracking cmd = {
		.size = sizeof(cmd),
		.flags = on ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt,
	};

	return call(fd, IOMMU_HWPT_SET_DIRTY_TRACKING, &cmd);
}

int dirty_get(int fd, __u32 hwpt, __u64 iova, size_t length, size_t page_size,
	      void *bitmap, __u32 flags)
{
	struct iommu_hwpt_get_dirty_bitmap cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.flags = flags,
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.data = (uintptr_t)bitmap,
	};

	return call(fd, IOMMU_HWPT_GET_DIRTY_BITMAP, &cmd);
}

int fault_alloc(int fd, __u32 *id, int *fault_fd)
{
	struct iommu_fault_alloc cmd = { .size = sizeof(cmd) };
	int ret = call(fd, IOMMU_FAULT_QUEUE_ALLOC, &cmd);

	*id = cmd.out_fault_id;
	*fault_fd = cmd.out_fault_fd;
	return ret;
}
