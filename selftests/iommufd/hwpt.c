// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables that a program makes, what it is told about a device, and devices
 * that can do less than others. Of a second unit, which iommufd.sh describes, POOR has
 * neither PASIDs nor page requests, RICH has both.
 */
#include "test.h"

#define POOR		"vtdm1:00:01.0"
#define RICH		"vtdm1:00:02.0"
#define PASID		5

FIXTURE(hwpt)
{
	struct setup s;
	unsigned char *data;		/* a page, and after it nothing */
};

FIXTURE_SETUP(hwpt)
{
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	self->data = anonymous(2 * PAGE);
	ASSERT_NE(NULL, self->data);
	ASSERT_EQ(0, mprotect(self->data + PAGE, PAGE, PROT_NONE));
}

FIXTURE_TEARDOWN(hwpt)
{
	setup_close(&self->s);
}

/* Unlike hw_info(), with what is in the structure */
static int info_call(struct setup *s, struct iommu_hw_info *info)
{
	info->size = sizeof(*info);
	info->dev_id = s->dev;
	return call(s->iommu, IOMMU_GET_HW_INFO, info);
}

static struct iommu_hwpt_alloc alloc_of(const struct setup *s)
{
	return (struct iommu_hwpt_alloc){
		.size = sizeof(struct iommu_hwpt_alloc),
		.dev_id = s->dev,
		.pt_id = s->ioas,
	};
}

/* No page table is left, which would use the address space. */
TEST_F(hwpt, answer_cannot_be_written)
{
	struct iommu_hwpt_alloc *cmd = (void *)self->data;

	*cmd = alloc_of(&self->s);
	ASSERT_EQ(0, mprotect(self->data, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, call(self->s.iommu, IOMMU_HWPT_ALLOC, cmd));
	EXPECT_EQ(0, destroy(self->s.iommu, self->s.ioas));
}

TEST_F(hwpt, wrong_data)
{
	struct iommu_hwpt_alloc cmd = alloc_of(&self->s);
	int fd = self->s.iommu;

	/* A kind of unit without data for it, and data for no kind */
	cmd.data_type = IOMMU_HWPT_DATA_VTD_S1;
	EXPECT_EQ(-EINVAL, call(fd, IOMMU_HWPT_ALLOC, &cmd));
	cmd = alloc_of(&self->s);
	cmd.data_len = 8;
	cmd.data_uptr = (unsigned long)self->data;
	EXPECT_EQ(-EINVAL, call(fd, IOMMU_HWPT_ALLOC, &cmd));
	/* More of it than any unit wants, and memory that is not there */
	cmd.data_type = IOMMU_HWPT_DATA_VTD_S1;
	cmd.data_len = PAGE + 1;
	EXPECT_EQ(-E2BIG, call(fd, IOMMU_HWPT_ALLOC, &cmd));
	cmd.data_len = 8;
	cmd.data_uptr = (unsigned long)self->data + PAGE - 4;
	EXPECT_EQ(-EFAULT, call(fd, IOMMU_HWPT_ALLOC, &cmd));
	/* The unit wants none. */
	cmd.data_uptr = (unsigned long)self->data;
	EXPECT_EQ(-EOPNOTSUPP, call(fd, IOMMU_HWPT_ALLOC, &cmd));
	EXPECT_EQ(0, destroy(fd, self->s.ioas));
}

/* The data goes where, and as far as, the program says. */
TEST_F(hwpt, info_lengths)
{
	struct iommu_hw_info info = {};
	__u32 length, n;

	ASSERT_EQ(0, info_call(&self->s, &info));
	length = info.data_len;
	EXPECT_EQ(IOMMU_HW_INFO_TYPE_INTEL_VTD, info.out_data_type);
	ASSERT_EQ(sizeof(struct iommu_hw_info_vtd), length);

	memset(self->data, 0xee, PAGE);
	info = (struct iommu_hw_info){
		.data_len = 2 * length,
		.data_uptr = (unsigned long)self->data,
	};
	ASSERT_EQ(0, info_call(&self->s, &info));
	EXPECT_EQ(length, info.data_len);
	EXPECT_NE(0, ((struct iommu_hw_info_vtd *)self->data)->cap_reg);
	for (n = length; n < 2 * length; n++)
		EXPECT_EQ(0, self->data[n]);
	EXPECT_EQ(0xee, self->data[n]);

	/* A program that knows less */
	memset(self->data, 0xee, PAGE);
	info.data_len = 8;
	ASSERT_EQ(0, info_call(&self->s, &info));
	EXPECT_EQ(length, info.data_len);
	EXPECT_EQ(0xee, self->data[8]);
}

TEST_F(hwpt, info_pointers)
{
	struct iommu_hw_info info = {
		.data_len = sizeof(struct iommu_hw_info_vtd),
		.data_uptr = (unsigned long)self->data + PAGE - 8,
	};

	EXPECT_EQ(-EFAULT, info_call(&self->s, &info));
	info.data_uptr = 0;
	EXPECT_EQ(-EFAULT, info_call(&self->s, &info));
}

TEST_F(hwpt, info_type)
{
	struct iommu_hw_info info = {
		.flags = IOPASID_HW_INFO_INPUT_TYPE,
		.out_data_type = IOMMU_HW_INFO_TYPE_INTEL_VTD + 1,
	};

	EXPECT_EQ(-EOPNOTSUPP, info_call(&self->s, &info));
	info.out_data_type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	EXPECT_EQ(0, info_call(&self->s, &info));
	info.flags = 0x80;
	EXPECT_EQ(-EOPNOTSUPP, info_call(&self->s, &info));
}

/* A device that can do less */

FIXTURE(poor)
{
	struct setup s;
	int queue;
	__u32 queue_id;
};

FIXTURE_SETUP(poor)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, setup_open(s, POOR));
	ASSERT_EQ(0, fault_alloc(s->iommu, &self->queue_id, &self->queue));
}

FIXTURE_TEARDOWN(poor)
{
	close(self->queue);
	setup_close(&self->s);
}

TEST_F(poor, no_pasids)
{
	struct iommu_hw_info info = {};
	struct setup *s = &self->s;
	__u32 hwpt;

	ASSERT_EQ(0, hw_info(s->iommu, s->dev, &info));
	EXPECT_EQ(0, info.out_max_pasid_log2);
	EXPECT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas, 0, &hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, NO_PASID, hwpt));
	ASSERT_EQ(0, ep_detach(s->ep, NO_PASID));
	/* A page table for PASIDs is one for the RID, too. */
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &hwpt));
	EXPECT_EQ(0, ep_attach_to(s->ep, NO_PASID, hwpt));
	EXPECT_EQ(-EOPNOTSUPP, ep_attach_to(s->ep, PASID, hwpt));
}

/* A page table that wants them */
TEST_F(poor, no_page_requests)
{
	struct setup *s = &self->s;
	__u32 rich, hwpt;
	int other;

	ASSERT_EQ(0, ep_set_driver(RICH, EP_FULL));
	other = ep_open(RICH);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, ep_bind(other, s->iommu, &rich));
	ASSERT_EQ(0, hwpt_alloc_fault(s->iommu, rich, s->ioas,
				      IOMMU_HWPT_FAULT_ID_VALID, self->queue_id,
				      &hwpt));
	EXPECT_EQ(-ENODEV, ep_attach_to(s->ep, NO_PASID, hwpt));
	EXPECT_TRUE(ep_is_blocked(s->ep, NO_PASID, IOVA));
	EXPECT_EQ(0, ep_attach_to(other, NO_PASID, hwpt));
	close(other);
}

/* That of another unit's device fits, because that unit walks the same tables. */
TEST_F(poor, page_table_of_another_unit)
{
	struct setup *s = &self->s;
	unsigned char *memory = anonymous(PAGE);
	__u32 rich, hwpt;
	int other;

	ASSERT_EQ(0, ep_set_driver(EP_A, EP_FULL));
	other = ep_open(EP_A);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, ep_bind(other, s->iommu, &rich));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, rich, s->ioas, 0, &hwpt));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, memory, PAGE, IOVA));
	ASSERT_EQ(0, ep_attach_to(s->ep, NO_PASID, hwpt));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA, memory, PAGE));
	/* The address space itself has one for each. */
	ASSERT_EQ(0, ep_attach_to(other, NO_PASID, s->ioas));
	ASSERT_EQ(0, ep_attach_to(s->ep, NO_PASID, s->ioas));
	EXPECT_EQ(0, ep_check(other, NO_PASID, IOVA, memory, PAGE));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA, memory, PAGE));
	close(other);
}

TEST_HARNESS_MAIN
