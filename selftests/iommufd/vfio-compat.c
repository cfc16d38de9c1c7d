// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO's type-1 calls on /dev/iommu, as a program has them that knows no /dev/iommu:
 * one address space, which a device is attached to.
 */
#include "test.h"

#define SIZE	(8 * PAGE)

FIXTURE(vfio)
{
	struct setup s;
	unsigned char *memory;
};

FIXTURE_SETUP(vfio)
{
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->s.ioas));
	self->memory = anonymous(SIZE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(vfio)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

static int vfio_ioas(int fd, __u16 op, __u32 *id)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd), .ioas_id = *id, .op = op,
	};
	int ret = call(fd, IOMMU_VFIO_IOAS, &cmd);

	*id = cmd.ioas_id;
	return ret;
}

static int set_iommu(int fd, unsigned long type)
{
	return call(fd, VFIO_SET_IOMMU, (void *)type);
}

static int map(int fd, void *memory, __u64 iova, __u64 size, __u32 flags)
{
	struct vfio_iommu_type1_dma_map cmd = {
		.argsz = sizeof(cmd),
		.flags = flags,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	return call(fd, VFIO_IOMMU_MAP_DMA, &cmd);
}

static int unmap(int fd, __u64 iova, __u64 *size, __u32 flags)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.flags = flags,
		.iova = iova,
		.size = *size,
	};
	int ret = call(fd, VFIO_IOMMU_UNMAP_DMA, &cmd);

	*size = cmd.size;
	return ret;
}

#define VFIO_RW	(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

TEST_F(vfio, which_address_space)
{
	int fd = self->s.iommu;
	__u32 id = 0;

	EXPECT_EQ(-ENODEV, vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id));
	EXPECT_EQ(-ENODEV, map(fd, self->memory, IOVA, SIZE, VFIO_RW));
	id = NO_ID;
	EXPECT_EQ(-ENOENT, vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id));
	id = self->s.ioas;
	ASSERT_EQ(0, vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id));
	id = 0;
	EXPECT_EQ(0, vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id));
	EXPECT_EQ(self->s.ioas, id);
	EXPECT_EQ(0, vfio_ioas(fd, IOMMU_VFIO_IOAS_CLEAR, &id));
	EXPECT_EQ(-ENODEV, vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id));
	EXPECT_EQ(-EOPNOTSUPP, vfio_ioas(fd, 3, &id));
}

FIXTURE(type1)
{
	struct setup s;
	unsigned char *memory;
};

FIXTURE_VARIANT(type1)
{
	unsigned long type;
};

FIXTURE_VARIANT_ADD(type1, v1)
{
	.type = VFIO_TYPE1_IOMMU,
};

FIXTURE_VARIANT_ADD(type1, v2)
{
	.type = VFIO_TYPE1v2_IOMMU,
};

FIXTURE_SETUP(type1)
{
	__u32 id;

	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	id = self->s.ioas;
	ASSERT_EQ(0, vfio_ioas(self->s.iommu, IOMMU_VFIO_IOAS_SET, &id));
	ASSERT_EQ(VFIO_API_VERSION, call(self->s.iommu, VFIO_GET_API_VERSION,
					 NULL));
	ASSERT_EQ(1, call(self->s.iommu, VFIO_CHECK_EXTENSION,
			  (void *)variant->type));
	ASSERT_EQ(0, set_iommu(self->s.iommu, variant->type));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->s.ioas));
	self->memory = anonymous(SIZE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(type1)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(type1, map_and_unmap)
{
	int fd = self->s.iommu;
	__u64 size = SIZE;

	ASSERT_EQ(0, map(fd, self->memory, IOVA, SIZE, VFIO_RW));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, SIZE));
	EXPECT_EQ(-EEXIST, map(fd, self->memory, IOVA, SIZE, VFIO_RW));
	EXPECT_EQ(0, unmap(fd, IOVA, &size, 0));
	EXPECT_EQ(SIZE, size);
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA));
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(type1, unmap_all)
{
	int fd = self->s.iommu;
	__u64 size = 0;

	ASSERT_EQ(0, map(fd, self->memory, IOVA, PAGE, VFIO_RW));
	ASSERT_EQ(0, map(fd, self->memory + PAGE, IOVA + MEGA, PAGE, VFIO_RW));
	EXPECT_EQ(0, unmap(fd, 0, &size, VFIO_DMA_UNMAP_FLAG_ALL));
	EXPECT_EQ(2 * PAGE, size);
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA + MEGA));
}

/* The first version cuts mappings, the second does not. */
TEST_F(type1, unmap_a_part)
{
	bool cuts = variant->type == VFIO_TYPE1_IOMMU;
	int fd = self->s.iommu, ep = self->s.ep;
	__u64 size = 2 * PAGE;

	ASSERT_EQ(0, map(fd, self->memory, IOVA, SIZE, VFIO_RW));
	EXPECT_EQ(cuts ? 0 : -ENOENT, unmap(fd, IOVA + 2 * PAGE, &size, 0));
	if (!cuts) {
		EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, SIZE));
		return;
	}
	EXPECT_EQ(2 * PAGE, size);
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, 2 * PAGE));
	EXPECT_TRUE(ep_is_blocked(ep, NO_PASID, IOVA + 2 * PAGE));
	EXPECT_TRUE(ep_is_blocked(ep, NO_PASID, IOVA + 3 * PAGE));
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA + 4 * PAGE,
			      self->memory + 4 * PAGE, 4 * PAGE));
}

TEST_F(type1, read_only)
{
	char data[64] = "";

	ASSERT_EQ(0, map(self->s.iommu, self->memory, IOVA, PAGE,
			 VFIO_DMA_MAP_FLAG_READ));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE,
		  ep_dma(self->s.ep, NO_PASID, IOVA, data, sizeof(data), 0));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  ep_dma(self->s.ep, NO_PASID, IOVA, data, sizeof(data),
			 IOPASID_ENDPOINT_WRITE | IOPASID_ENDPOINT_NO_WAIT));
}

TEST_F(type1, info)
{
	char buffer[PAGE] = "";
	struct vfio_iommu_type1_info *info = (void *)buffer;

	info->argsz = sizeof(buffer);
	ASSERT_EQ(0, call(self->s.iommu, VFIO_IOMMU_GET_INFO, info));
	EXPECT_TRUE(info->flags & VFIO_IOMMU_INFO_PGSIZES);
	EXPECT_TRUE(info->iova_pgsizes & PAGE);
	EXPECT_TRUE(info->flags & VFIO_IOMMU_INFO_CAPS);
	EXPECT_LT(0, info->cap_offset);
}

TEST_F(type1, impossible_arguments)
{
	struct vfio_iommu_type1_dma_map cmd = {
		.vaddr = (uintptr_t)self->memory,
		.flags = VFIO_RW,
		.iova = IOVA,
		.size = PAGE,
	};
	int fd = self->s.iommu;

	for (cmd.argsz = 0; cmd.argsz < sizeof(cmd); cmd.argsz++) {
		EXPECT_EQ(-EINVAL, call(fd, VFIO_IOMMU_MAP_DMA, &cmd));
	}
	EXPECT_EQ(-EFAULT, call(fd, VFIO_IOMMU_MAP_DMA, NULL));
	EXPECT_EQ(-EINVAL, map(fd, self->memory, IOVA, PAGE, 0));
	EXPECT_EQ(-EINVAL, map(fd, self->memory, IOVA, PAGE, 1 << 30));
	EXPECT_EQ(0, call(fd, VFIO_CHECK_EXTENSION, (void *)VFIO_SPAPR_TCE_IOMMU));
	EXPECT_GT(0, set_iommu(fd, VFIO_SPAPR_TCE_IOMMU));
}

TEST_HARNESS_MAIN
