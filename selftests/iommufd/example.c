// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that uses a device with a PASID: example DEVICE-FILE
 *
 * It gets an address space, maps memory there, lets the device's DMA with PASID 42
 * reach it, has the device write and compares. The last step is only this device's;
 * all before it is the same for any.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include <iopasid/endpoint.h>
#include <iopasid/iommufd.h>
#include <iopasid/vfio.h>

#define SIZE	8192
#define PASID	42

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void call(int fd, unsigned long cmd, void *arg, const char *what)
{
	if (ioctl(fd, cmd, arg))
		err(1, "%s", what);
}

/* 1. The device becomes ours: its id in the context is what page tables need. */
static __u32 bind_device(int device, int iommu)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommu,
	};

	call(device, VFIO_DEVICE_BIND_IOMMUFD, &bind, "bind");
	return bind.out_devid;
}

/* 2. An address space, with our memory at an address that the kernel chooses */
static __u32 make_space(int iommu, void *memory, __u64 *iova)
{
	struct iommu_ioas_alloc space = { .size = sizeof(space) };
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
		.user_va = (uintptr_t)memory,
		.length = SIZE,
	};

	call(iommu, IOMMU_IOAS_ALLOC, &space, "address space");
	map.ioas_id = space.out_ioas_id;
	call(iommu, IOMMU_IOAS_MAP, &map, "map");
	*iova = map.iova;
	return space.out_ioas_id;
}

/* 3. A page table of it that the device's unit can walk, good for PASIDs */
static __u32 make_page_table(int iommu, __u32 device_id, __u32 space)
{
	struct iommu_hwpt_alloc table = {
		.size = sizeof(table),
		.flags = IOPASID_HWPT_ALLOC_PASID,
		.dev_id = device_id,
		.pt_id = space,
	};

	call(iommu, IOMMU_HWPT_ALLOC, &table, "page table");
	return table.out_hwpt_id;
}

/* 4. From here on DMA of the device with the PASID reaches the memory. */
static void attach(int device, __u32 table)
{
	struct iopasid_vfio_attach_pt attach = {
		.argsz = sizeof(attach),
		.flags = IOPASID_VFIO_ATTACH_PASID,
		.pt_id = table,
		.pasid = PASID,
	};

	call(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach, "attach");
}

/* 5. What the device is for: it writes bytes to an address, with the PASID. */
static int device_writes(int device, __u64 iova, const void *bytes, size_t size)
{
	struct iopasid_endpoint_dma dma = {
		.argsz = sizeof(dma),
		.flags = IOPASID_ENDPOINT_WRITE | IOPASID_ENDPOINT_PASID,
		.pasid = PASID,
		.addr = iova,
		.length = size,
		.data_uptr = (uintptr_t)bytes,
	};

	call(device, IOPASID_ENDPOINT_DMA, &dma, "DMA");
	return dma.out_result;
}

int main(int argc, char **argv)
{
	static const char text[] = "written by the device";
	int iommu = open_file("/dev/iommu");
	int device = open_file(argc > 1 ? argv[1] : "");
	__u32 device_id, space, table;
	char *memory;
	__u64 iova;

	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "memory");

	device_id = bind_device(device, iommu);
	space = make_space(iommu, memory, &iova);
	table = make_page_table(iommu, device_id, space);
	attach(device, table);
	printf("memory %p is at address %#llx for PASID %d\n", memory,
	       (unsigned long long)iova, PASID);

	if (device_writes(device, iova, text, sizeof(text)))
		errx(1, "the DMA was blocked");
	printf("there is now: %s\n", memory);

	/* Nothing is mapped there. */
	if (device_writes(device, iova + SIZE, text, sizeof(text)) !=
	    IOPASID_ENDPOINT_BLOCKED)
		errx(1, "the DMA was not blocked");
	printf("beyond it: blocked\n");

	/* The end of the process detaches, unbinds and unmaps. */
	return strcmp(memory, text) ? 1 : 0;
}
