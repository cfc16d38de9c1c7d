// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "endpoint.h"
#include "iommu.h"
#include "memory.h"

#define BUS	"/sys/bus/vtd-model"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Take the device away from its driver, if it has one. */
int ep_unbind(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), BUS "/devices/%s/driver/unbind", name);
	return access(path, F_OK) ? 0 : write_file(path, name);
}

static bool has_driver(const char *name, const char *driver)
{
	char link[PATH_MAX], now[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), BUS "/devices/%s/driver", name);
	length = readlink(link, now, sizeof(now) - 1);
	if (length < 0)
		return false;
	now[length] = '\0';
	return !strcmp(basename(now), driver);
}

int ep_set_driver(const char *name, const char *driver)
{
	char path[PATH_MAX];
	int ret;

	if (has_driver(name, driver))
		return 0;
	ret = ep_unbind(name);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), BUS "/drivers/%s/bind", driver);
	return write_file(path, name);
}

/* What the write says when the probe is put off is no errno. */
void ep_probe(const char *name)
{
	write_file(BUS "/drivers_probe", name);
}

int ep_open(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/dev/iopasid-endpoint/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ep_bind(int ep, int iommu, __u32 *id)
{
	struct vfio_device_bind_iommufd cmd = {
		.argsz = sizeof(cmd),
		.iommufd = iommu,
	};
	int ret = call(ep, VFIO_DEVICE_BIND_IOMMUFD, &cmd);

	*id = cmd.out_devid;
	return ret;
}

int ep_attach(int ep, __u32 pasid, __u32 *pt)
{
	struct iopasid_vfio_attach_pt cmd = {
		.argsz = sizeof(cmd),
		.flags = pasid == NO_PASID ? 0 : IOPASID_VFIO_ATTACH_PASID,
		.pt_id = *pt,
		.pasid = pasid,
	};
	int ret = call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &cmd);

	*pt = cmd.pt_id;
	return ret;
}

int ep_attach_to(int ep, __u32 pasid, __u32 pt)
{
	return ep_attach(ep, pasid, &pt);
}

int ep_detach(int ep, __u32 pasid)
{
	struct iopasid_vfio_detach_pt cmd = {
		.argsz = sizeof(cmd),
		.flags = pasid == NO_PASID ? 0 : IOPASID_VFIO_DETACH_PASID,
		.pasid = pasid,
	};

	return call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT, &cmd);
}

int ep_dma(int ep, __u32 pasid, __u64 addr, void *data, size_t length,
	   __u32 flags)
{
	struct iopasid_endpoint_dma cmd = {
		.argsz = sizeof(cmd),
		.flags = flags | (pasid == NO_PASID ? 0 :
				  IOPASID_ENDPOINT_PASID),
		.pasid = pasid,
		.out_result = UINT32_MAX,
		.addr = addr,
		.length = length,
		.data_uptr = (uintptr_t)data,
	};
	int ret = call(ep, IOPASID_ENDPOINT_DMA, &cmd);

	return ret ?: (int)cmd.out_result;
}

static int check_part(int ep, __u32 pasid, __u64 addr, unsigned char *memory,
		      unsigned char *data, size_t length)
{
	unsigned int seed = new_seed();
	int ret;

	pattern(data, length, seed);
	ret = ep_dma(ep, pasid, addr, data, length, IOPASID_ENDPOINT_WRITE);
	if (ret)
		return ret;
	if (!matches(memory, length, seed))
		return -EBADMSG;
	pattern(memory, length, ~seed);
	ret = ep_dma(ep, pasid, addr, data, length, 0);
	if (ret)
		return ret;
	return matches(data, length, ~seed) ? 0 : -EBADMSG;
}

int ep_check(int ep, __u32 pasid, __u64 addr, void *memory, size_t length)
{
	unsigned char *data = malloc(IOPASID_ENDPOINT_DMA_MAX);
	size_t part, done = 0;
	int ret = 0;

	if (!data)
		return -ENOMEM;
	while (!ret && done < length) {
		part = length - done;
		if (part > IOPASID_ENDPOINT_DMA_MAX)
			part = IOPASID_ENDPOINT_DMA_MAX;
		ret = check_part(ep, pasid, addr + done, memory + done, data,
				 part);
		done += part;
	}
	free(data);
	return ret;
}

bool ep_is_blocked(int ep, __u32 pasid, __u64 addr)
{
	__u32 flags = IOPASID_ENDPOINT_NO_WAIT;
	char data[64];

	return ep_dma(ep, pasid, addr, data, sizeof(data), flags) ==
	       IOPASID_ENDPOINT_BLOCKED &&
	       ep_dma(ep, pasid, addr, data, sizeof(data),
		      flags | IOPASID_ENDPOINT_WRITE) ==
	       IOPASID_ENDPOINT_BLOCKED;
}
