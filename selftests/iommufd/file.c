// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a device: VFIO's calls with wrong lengths, flags and pointers; who
 * may have the device and when; and the device that goes.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "test.h"

#define PASID	9

/* A page that can be read only, with a structure at its start */
static void *read_only_copy(const void *data, size_t size)
{
	void *page = anonymous(PAGE);

	memcpy(page, data, size);
	return mprotect(page, PAGE, PROT_READ) ? NULL : page;
}

FIXTURE(file)
{
	int iommu;
	__u32 ioas;
	int ep;
	unsigned char *memory;
};

FIXTURE_SETUP(file)
{
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_FULL));
	self->iommu = iommu_open();
	ASSERT_LE(0, self->iommu);
	ASSERT_EQ(0, ioas_alloc(self->iommu, &self->ioas));
	self->ep = ep_open(EP_A);
	ASSERT_LE(0, self->ep);
	self->memory = anonymous(PAGE);
	ASSERT_EQ(0, ioas_map_at(self->iommu, self->ioas, self->memory, PAGE,
				 IOVA));
}

FIXTURE_TEARDOWN(file)
{
	close(self->ep);
	close(self->iommu);
	EXPECT_EQ(0, charged("VmPin"));
}

/* Bind */

TEST_F(file, is_roots)
{
	struct stat st;

	ASSERT_EQ(0, fstat(self->ep, &st));
	EXPECT_EQ(S_IFCHR | 0600, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
}

TEST_F(file, useless_before_the_bind)
{
	char data[64] = "";

	EXPECT_EQ(-EINVAL, ep_attach_to(self->ep, NO_PASID, self->ioas));
	EXPECT_EQ(-EINVAL, ep_detach(self->ep, NO_PASID));
	EXPECT_EQ(-EINVAL, ep_dma(self->ep, NO_PASID, IOVA, data, sizeof(data),
				  0));
	EXPECT_EQ(-EINVAL, call(self->ep, VFIO_DEVICE_GET_INFO, data));
}

TEST_F(file, bind_with_wrong_arguments)
{
	struct vfio_device_bind_iommufd cmd = { .iommufd = self->iommu };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (cmd.argsz = 0; cmd.argsz < sizeof(cmd); cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD,
					&cmd));
	}
	for (cmd.flags = 1; cmd.flags; cmd.flags <<= 1) {
		EXPECT_EQ(-EINVAL, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD,
					&cmd));
	}
	cmd.iommufd = -1;
	EXPECT_EQ(-EINVAL, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD, &cmd));
	cmd.iommufd = 1000;
	EXPECT_EQ(-EBADF, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD, &cmd));
	cmd.iommufd = null;
	EXPECT_EQ(-EBADFD, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD, &cmd));
	cmd.iommufd = self->ep;
	EXPECT_EQ(-EBADFD, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD, &cmd));
	EXPECT_EQ(-EFAULT, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD, NULL));
	close(null);
}

TEST_F(file, bind_whose_answer_cannot_be_written)
{
	struct vfio_device_bind_iommufd cmd = {
		.argsz = sizeof(cmd), .iommufd = self->iommu,
	};
	void *page = read_only_copy(&cmd, sizeof(cmd));
	__u32 dev;

	ASSERT_NE(NULL, page);
	EXPECT_EQ(-EFAULT, call(self->ep, VFIO_DEVICE_BIND_IOMMUFD, page));
	EXPECT_EQ(-EINVAL, ep_attach_to(self->ep, NO_PASID, self->ioas));
	ASSERT_EQ(0, ep_bind(self->ep, self->iommu, &dev));
	ASSERT_EQ(0, ep_attach_to(self->ep, NO_PASID, self->ioas));
	EXPECT_EQ(0, ep_check(self->ep, NO_PASID, IOVA, self->memory, PAGE));
}

TEST_F(file, once_for_each_open)
{
	__u32 dev, again;
	int other;

	ASSERT_EQ(0, ep_bind(self->ep, self->iommu, &dev));
	EXPECT_EQ(-EINVAL, ep_bind(self->ep, self->iommu, &again));
	/* And one user at a time */
	other = ep_open(EP_A);
	ASSERT_LE(0, other);
	EXPECT_EQ(-EINVAL, ep_bind(other, self->iommu, &again));
	close(self->ep);
	EXPECT_EQ(0, ep_bind(other, self->iommu, &again));
	self->ep = other;
	ASSERT_EQ(0, ep_attach_to(other, NO_PASID, self->ioas));
	EXPECT_EQ(0, ep_check(other, NO_PASID, IOVA, self->memory, PAGE));
}

TEST_F(file, context_is_closed_first)
{
	__u32 dev;
	int other;

	ASSERT_EQ(0, ep_bind(self->ep, self->iommu, &dev));
	ASSERT_EQ(0, ep_attach_to(self->ep, NO_PASID, self->ioas));
	close(self->iommu);
	self->iommu = -1;
	EXPECT_EQ(0, ep_check(self->ep, NO_PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(PAGE / 1024, charged("VmPin"));
	other = ep_open(EP_A);
	close(self->ep);
	EXPECT_EQ(0, charged("VmPin"));
	self->iommu = iommu_open();
	self->ep = other;
	ASSERT_EQ(0, ep_bind(self->ep, self->iommu, &dev));
	EXPECT_TRUE(ep_is_blocked(self->ep, NO_PASID, IOVA));
}

/* Whatever was attached is not when the file is closed. */
TEST_F(file, close_detaches)
{
	__u32 dev, hwpt;
	int n;

	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, ep_bind(self->ep, self->iommu, &dev));
		EXPECT_TRUE(ep_is_blocked(self->ep, NO_PASID, IOVA));
		EXPECT_TRUE(ep_is_blocked(self->ep, PASID, IOVA));
		EXPECT_TRUE(ep_is_blocked(self->ep, PASID + 1, IOVA));
		ASSERT_EQ(0, hwpt_alloc(self->iommu, dev, self->ioas,
					IOPASID_HWPT_ALLOC_PASID, &hwpt));
		ASSERT_EQ(0, ep_attach_to(self->ep, NO_PASID, hwpt));
		ASSERT_EQ(0, ep_attach_to(self->ep, PASID, hwpt));
		ASSERT_EQ(0, ep_attach_to(self->ep, PASID + 1, hwpt));
		EXPECT_EQ(0, ep_check(self->ep, PASID + 1, IOVA, self->memory,
				      PAGE));
		close(self->ep);
		EXPECT_EQ(-ENOENT, destroy(self->iommu, dev));
		EXPECT_EQ(0, destroy(self->iommu, hwpt));
		self->ep = ep_open(EP_A);
		ASSERT_LE(0, self->ep);
	}
}

/* Attach and detach */

FIXTURE(bound)
{
	struct setup s;
	__u32 hwpt;
	unsigned char *memory;
};

FIXTURE_SETUP(bound)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, setup_open(s, EP_A));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	self->memory = anonymous(PAGE);
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE, IOVA));
}

FIXTURE_TEARDOWN(bound)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(bound, attach_with_wrong_arguments)
{
	struct iopasid_vfio_attach_pt cmd = { .pt_id = self->hwpt };
	int ep = self->s.ep;

	for (cmd.argsz = 0; cmd.argsz < 12; cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
					&cmd));
	}
	cmd.pasid = PASID;
	cmd.flags = IOPASID_VFIO_ATTACH_PASID;
	for (cmd.argsz = 12; cmd.argsz < 16; cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
					&cmd));
	}
	for (cmd.flags = 2; cmd.flags; cmd.flags <<= 1) {
		EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
					&cmd));
	}
	EXPECT_EQ(-EFAULT, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT, NULL));
	EXPECT_EQ(-ENOENT, ep_attach_to(ep, NO_PASID, NO_ID));
	EXPECT_EQ(-ENOENT, ep_attach_to(ep, NO_PASID, 0));
	EXPECT_EQ(-EINVAL, ep_attach_to(ep, NO_PASID, self->s.dev));
	EXPECT_TRUE(ep_is_blocked(ep, NO_PASID, IOVA));
	EXPECT_TRUE(ep_is_blocked(ep, PASID, IOVA));
}

/* A structure of 12 bytes, as programs that know no PASIDs have it */
TEST_F(bound, short_structures)
{
	struct iopasid_vfio_attach_pt attach = {
		.argsz = 12, .pt_id = self->hwpt, .pasid = PASID,
	};
	struct iopasid_vfio_detach_pt detach = { .argsz = 8, .pasid = PASID };
	void *end = anonymous(2 * PAGE) + PAGE;
	int ep = self->s.ep;

	ASSERT_EQ(0, munmap(end, PAGE));
	memcpy(end - 12, &attach, 12);
	ASSERT_EQ(0, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT, end - 12));
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, PAGE));
	memcpy(end - 8, &detach, 8);
	ASSERT_EQ(0, call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT, end - 8));
	EXPECT_TRUE(ep_is_blocked(ep, NO_PASID, IOVA));
}

TEST_F(bound, detach_with_wrong_arguments)
{
	struct iopasid_vfio_detach_pt cmd = { };
	int ep = self->s.ep;

	ASSERT_EQ(0, ep_attach_to(ep, PASID, self->hwpt));
	for (cmd.argsz = 0; cmd.argsz < 8; cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT,
					&cmd));
	}
	cmd.pasid = PASID;
	cmd.flags = IOPASID_VFIO_DETACH_PASID;
	for (cmd.argsz = 8; cmd.argsz < 12; cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT,
					&cmd));
	}
	for (cmd.flags = 2; cmd.flags; cmd.flags <<= 1) {
		EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT,
					&cmd));
	}
	cmd.flags = IOPASID_VFIO_DETACH_PASID;
	cmd.pasid = 0;
	EXPECT_EQ(-EINVAL, call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT, &cmd));
	EXPECT_EQ(-EFAULT, call(ep, VFIO_DEVICE_DETACH_IOMMUFD_PT, NULL));
	EXPECT_EQ(0, ep_check(ep, PASID, IOVA, self->memory, PAGE));
}

/* What is undone is the attach that failed, and nothing else. */
TEST_F(bound, pasid_attach_whose_answer_cannot_be_written)
{
	struct iopasid_vfio_attach_pt cmd = {
		.argsz = sizeof(cmd),
		.flags = IOPASID_VFIO_ATTACH_PASID,
		.pt_id = self->hwpt,
		.pasid = PASID,
	};
	void *page = read_only_copy(&cmd, sizeof(cmd));
	int ep = self->s.ep;

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, ep_attach_to(ep, NO_PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(ep, PASID + 1, self->hwpt));
	EXPECT_EQ(-EFAULT, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT, page));
	EXPECT_TRUE(ep_is_blocked(ep, PASID, IOVA));
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, ep_check(ep, PASID + 1, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, ep_attach_to(ep, PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(ep, PASID, IOVA, self->memory, PAGE));
	/* That of a replacement leaves nothing there, either. */
	EXPECT_EQ(-EFAULT, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT, page));
	EXPECT_TRUE(ep_is_blocked(ep, PASID, IOVA));
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, PAGE));
}

TEST_F(bound, rid_attach_whose_answer_cannot_be_written)
{
	struct iopasid_vfio_attach_pt cmd = {
		.argsz = sizeof(cmd), .pt_id = self->hwpt,
	};
	void *page = read_only_copy(&cmd, sizeof(cmd));
	int ep = self->s.ep;

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, ep_attach_to(ep, PASID, self->hwpt));
	EXPECT_EQ(-EFAULT, call(ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT, page));
	EXPECT_TRUE(ep_is_blocked(ep, NO_PASID, IOVA));
	EXPECT_EQ(0, ep_check(ep, PASID, IOVA, self->memory, PAGE));
}

TEST_F(bound, unknown_calls)
{
	char data[64] = "";

	EXPECT_EQ(-ENOTTY, call(self->s.ep, VFIO_DEVICE_GET_INFO, data));
	EXPECT_EQ(-ENOTTY, call(self->s.ep, IOMMU_DESTROY, data));
	EXPECT_EQ(-ENOTTY, call(self->s.ep, IOPASID_ENDPOINT_DMA | 1, data));
}

/* DMA */

TEST_F(bound, dma_with_wrong_arguments)
{
	struct iopasid_endpoint_dma good = {
		.argsz = sizeof(good),
		.addr = IOVA,
		.length = 64,
		.data_uptr = (uintptr_t)self->memory,
	}, cmd = good;
	int ep = self->s.ep;

	for (cmd.argsz = 0; cmd.argsz < sizeof(cmd); cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	}
	for (cmd.flags = 1 << 6; cmd.flags; cmd.flags <<= 1) {
		EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	}
	cmd.length = 0;
	EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	cmd.length = IOPASID_ENDPOINT_DMA_MAX + 1;
	EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	cmd = good;
	cmd.addr = -1;
	EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	cmd = good;
	cmd.flags = IOPASID_ENDPOINT_PASID;
	EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	cmd.pasid = 1 << 20;
	EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	cmd.pasid = UINT32_MAX;
	EXPECT_EQ(-EINVAL, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	cmd = good;
	cmd.flags = IOPASID_ENDPOINT_WRITE;
	cmd.data_uptr = 0;
	EXPECT_EQ(-EFAULT, call(ep, IOPASID_ENDPOINT_DMA, &cmd));
	EXPECT_EQ(-EFAULT, call(ep, IOPASID_ENDPOINT_DMA, NULL));
}

/* The device goes */

TEST_F(bound, driver_goes_while_it_is_used)
{
	int ep = self->s.ep;
	char data[64] = "";
	__u32 dev;

	ASSERT_EQ(0, ep_attach_to(ep, NO_PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(ep, PASID, self->hwpt));
	ASSERT_EQ(0, ep_check(ep, PASID, IOVA, self->memory, PAGE));
	ASSERT_EQ(0, ep_unbind(EP_A));
	EXPECT_EQ(-ENODEV, ep_attach_to(ep, PASID, self->hwpt));
	EXPECT_EQ(-ENODEV, ep_detach(ep, PASID));
	EXPECT_EQ(-ENODEV, ep_dma(ep, NO_PASID, IOVA, data, sizeof(data), 0));
	EXPECT_EQ(-ENODEV, ep_bind(ep, self->s.iommu, &dev));
	EXPECT_EQ(-ENOENT, ep_open(EP_A));
	/* The device is not the context's any more; all else is. */
	EXPECT_EQ(-ENOENT, destroy(self->s.iommu, self->s.dev));
	EXPECT_EQ(0, destroy(self->s.iommu, self->hwpt));
	close(ep);
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_FULL));
	self->s.ep = ep_open(EP_A);
	ASSERT_LE(0, self->s.ep);
	ASSERT_EQ(0, ep_bind(self->s.ep, self->s.iommu, &dev));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, PASID, IOVA));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->s.ioas));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, PAGE));
}

TEST_HARNESS_MAIN
