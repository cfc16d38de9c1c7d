// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's edu device in the hands of a program: a real PCI device, behind QEMU's own
 * unit. The device copies between memory and 4 KiB of its own, by source id; where
 * the unit can be told that this means a PASID, also with one.
 */
#include <fcntl.h>

#include <iopasid/edu.h>

#include "test.h"

#define NAME	"0000:00:04.0"
#define NODE	"/dev/iopasid-edu/" NAME
#define KNOB	"/sys/kernel/debug/iopasid/vtd/devices/" NAME "/rid_pasid"
#define PASID	64

static int copy(int edu, __u64 addr, __u32 offset, __u32 length, __u32 flags)
{
	struct iopasid_edu_copy cmd = {
		.argsz = sizeof(cmd),
		.flags = flags,
		.addr = addr,
		.offset = offset,
		.length = length,
	};

	return call(edu, IOPASID_EDU_COPY, &cmd);
}

/* The DMA of the device means that PASID; 0: none again. */
static int steer(const char *pasid)
{
	int fd = open(KNOB, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, pasid, strlen(pasid)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Without isolated interrupts no program gets a device in full. */
TEST(refused)
{
	int iommu = iommu_open(), edu = open(NODE, O_RDWR | O_CLOEXEC);
	__u32 dev;

	ASSERT_LE(0, iommu);
	ASSERT_LE(0, edu);
	EXPECT_EQ(-EPERM, ep_bind(edu, iommu, &dev));
	EXPECT_EQ(-EINVAL, copy(edu, IOVA, 0, 64, 0));
	close(edu);
	close(iommu);
}

FIXTURE(edu)
{
	int iommu;
	int edu;
	__u32 dev;
	__u32 ioas;
	__u32 hwpt;
	unsigned char *memory;		/* two pages at IOVA */
};

FIXTURE_SETUP(edu)
{
	self->iommu = iommu_open();
	ASSERT_LE(0, self->iommu);
	self->edu = open(NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->edu);
	ASSERT_EQ(0, ep_bind(self->edu, self->iommu, &self->dev));
	ASSERT_EQ(0, ioas_alloc(self->iommu, &self->ioas));
	ASSERT_EQ(0, hwpt_alloc(self->iommu, self->dev, self->ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	self->memory = anonymous(2 * PAGE);
	ASSERT_NE(NULL, self->memory);
	ASSERT_EQ(0, ioas_map_at(self->iommu, self->ioas, self->memory,
				 2 * PAGE, IOVA));
}

FIXTURE_TEARDOWN(edu)
{
	close(self->edu);
	close(self->iommu);
	EXPECT_EQ(0, charged("VmPin"));
}

/* The first page goes through the device to the second one. */
static bool carries(FIXTURE_DATA(edu) *self)
{
	unsigned int seed = new_seed();

	pattern(self->memory, PAGE, seed);
	memset(self->memory + PAGE, 0, PAGE);
	return !copy(self->edu, IOVA, 0, PAGE, 0) &&
	       !copy(self->edu, IOVA + PAGE, 0, PAGE,
		     IOPASID_EDU_FROM_DEVICE) &&
	       matches(self->memory + PAGE, PAGE, seed);
}

/* What the device writes does not arrive, and it reads nothing of ours. */
static bool is_cut_off(FIXTURE_DATA(edu) *self)
{
	unsigned int seed = new_seed();

	pattern(self->memory, PAGE, seed);
	memset(self->memory + PAGE, 0, PAGE);
	return !copy(self->edu, IOVA, 0, PAGE, 0) &&
	       !copy(self->edu, IOVA, 0, PAGE, IOPASID_EDU_FROM_DEVICE) &&
	       !copy(self->edu, IOVA + PAGE, 0, PAGE,
		     IOPASID_EDU_FROM_DEVICE) &&
	       matches(self->memory, PAGE, seed) &&
	       !matches(self->memory + PAGE, PAGE, seed);
}

TEST_F(edu, rid)
{
	EXPECT_TRUE(is_cut_off(self));
	ASSERT_EQ(0, ep_attach_to(self->edu, NO_PASID, self->hwpt));
	EXPECT_TRUE(carries(self));
	ASSERT_EQ(0, ioas_unmap(self->iommu, self->ioas, IOVA, 2 * PAGE));
	EXPECT_TRUE(is_cut_off(self));
	ASSERT_EQ(0, ioas_map_at(self->iommu, self->ioas, self->memory,
				 2 * PAGE, IOVA));
	EXPECT_TRUE(carries(self));
	ASSERT_EQ(0, ep_detach(self->edu, NO_PASID));
	EXPECT_TRUE(is_cut_off(self));
}

TEST_F(edu, automatic_page_table)
{
	ASSERT_EQ(0, ep_attach_to(self->edu, NO_PASID, self->ioas));
	EXPECT_TRUE(carries(self));
}

TEST_F(edu, pasid)
{
	const char *qemu = getenv("QEMU");

	if (qemu && atoi(qemu) > 10)
		SKIP(return, "QEMU 11 ignores RID_PASID");
	ASSERT_EQ(0, ep_attach_to(self->edu, PASID, self->hwpt));
	EXPECT_TRUE(is_cut_off(self));
	ASSERT_EQ(0, steer("64"));
	EXPECT_TRUE(carries(self));
	ASSERT_EQ(0, ep_detach(self->edu, PASID));
	EXPECT_TRUE(is_cut_off(self));
	EXPECT_EQ(0, steer("0"));
}

TEST_F(edu, wrong_arguments)
{
	struct iopasid_edu_copy good = {
		.argsz = sizeof(good), .addr = IOVA, .length = PAGE,
	}, cmd = good;

	for (cmd.argsz = 0; cmd.argsz < sizeof(cmd); cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(self->edu, IOPASID_EDU_COPY, &cmd));
	}
	for (cmd.flags = 2; cmd.flags; cmd.flags <<= 1) {
		EXPECT_EQ(-EINVAL, call(self->edu, IOPASID_EDU_COPY, &cmd));
	}
	EXPECT_EQ(-EINVAL, copy(self->edu, IOVA, 0, 0, 0));
	EXPECT_EQ(-EINVAL, copy(self->edu, IOVA, 0, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, copy(self->edu, IOVA, 1, PAGE, 0));
	EXPECT_EQ(-EINVAL, copy(self->edu, IOVA, UINT32_MAX, 1, 0));
	EXPECT_EQ(-EFAULT, call(self->edu, IOPASID_EDU_COPY, NULL));
	EXPECT_EQ(-ENOTTY, call(self->edu, VFIO_DEVICE_GET_INFO, &cmd));
}

TEST_HARNESS_MAIN
