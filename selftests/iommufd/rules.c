// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of attachments that the calls of a device file cannot break, because they
 * replace where there is something: an attach of its own, and a replace of its own,
 * of the mock unit's devices (selftests/mock).
 */
#include "../mock/command.h"
#include "test.h"

#define COMMAND		_IO(IOMMUFD_TYPE, 0xa0)
#define PASID		7

FIXTURE(rules)
{
	int iommu;
	__u32 ioas;
	__u32 device;		/* a mock device with PASIDs */
	__u32 bound;		/* its id for page tables */
	__u32 hwpt[2];		/* for PASIDs */
};

static int mock(FIXTURE_DATA(rules) *self, enum mock_op op,
		struct mock_command *command)
{
	command->size = sizeof(*command);
	command->op = op;
	command->id = command->id ?: self->device;
	return call(self->iommu, COMMAND, command);
}

static int on_pasid(FIXTURE_DATA(rules) *self, enum mock_op op, __u32 pt)
{
	struct mock_command command = {
		.pasid = { .pasid = PASID, .id = pt },
	};

	return mock(self, op, &command);
}

/* Returns: 0 when the PASID leads to @pt; 0 means nothing. */
static int leads_to(FIXTURE_DATA(rules) *self, __u32 pt)
{
	return on_pasid(self, MOCK_OP_PASID_CHECK, pt);
}

FIXTURE_SETUP(rules)
{
	struct mock_command command = { .device.flags = MOCK_DEVICE_PASID };
	unsigned int n;

	self->iommu = iommu_open();
	ASSERT_LE(0, self->iommu);
	ASSERT_EQ(0, ioas_alloc(self->iommu, &self->ioas));
	/* It is born with its RID attached there. */
	command.id = self->ioas;
	ASSERT_EQ(0, mock(self, MOCK_OP_DEVICE_FLAGS, &command));
	self->device = command.device.device_id;
	self->bound = command.device.bound_id;
	for (n = 0; n < ARRAY_SIZE(self->hwpt); n++) {
		ASSERT_EQ(0, hwpt_alloc(self->iommu, self->bound, self->ioas,
					IOPASID_HWPT_ALLOC_PASID,
					&self->hwpt[n]));
	}
	command = (struct mock_command){ .replace.pt_id = self->hwpt[0] };
	ASSERT_EQ(0, mock(self, MOCK_OP_REPLACE, &command));
}

FIXTURE_TEARDOWN(rules)
{
	close(self->iommu);
}

TEST_F(rules, attach_twice)
{
	ASSERT_EQ(0, on_pasid(self, MOCK_OP_PASID_ATTACH, self->hwpt[0]));
	EXPECT_EQ(-EBUSY, on_pasid(self, MOCK_OP_PASID_ATTACH, self->hwpt[0]));
	EXPECT_EQ(-EBUSY, on_pasid(self, MOCK_OP_PASID_ATTACH, self->hwpt[1]));
	EXPECT_EQ(0, leads_to(self, self->hwpt[0]));
}

TEST_F(rules, replace_of_nothing)
{
	EXPECT_EQ(-EINVAL, on_pasid(self, MOCK_OP_PASID_REPLACE,
				    self->hwpt[0]));
	EXPECT_EQ(0, leads_to(self, 0));
}

TEST_F(rules, replace_by_the_same)
{
	ASSERT_EQ(0, on_pasid(self, MOCK_OP_PASID_ATTACH, self->hwpt[0]));
	EXPECT_EQ(0, on_pasid(self, MOCK_OP_PASID_REPLACE, self->hwpt[0]));
	EXPECT_EQ(0, leads_to(self, self->hwpt[0]));
	EXPECT_EQ(0, on_pasid(self, MOCK_OP_PASID_REPLACE, self->hwpt[1]));
	EXPECT_EQ(0, leads_to(self, self->hwpt[1]));
}

TEST_F(rules, detach_of_nothing)
{
	EXPECT_EQ(0, on_pasid(self, MOCK_OP_PASID_DETACH, 0));
	ASSERT_EQ(0, on_pasid(self, MOCK_OP_PASID_ATTACH, self->hwpt[0]));
	EXPECT_EQ(0, on_pasid(self, MOCK_OP_PASID_DETACH, 0));
	EXPECT_EQ(0, leads_to(self, 0));
	EXPECT_EQ(0, on_pasid(self, MOCK_OP_PASID_DETACH, 0));
}

/* What devices, or page tables, use is not destroyed under them. */
TEST_F(rules, what_is_used_stays)
{
	ASSERT_EQ(0, on_pasid(self, MOCK_OP_PASID_ATTACH, self->hwpt[1]));
	EXPECT_EQ(-EBUSY, destroy(self->iommu, self->hwpt[0]));
	EXPECT_EQ(-EBUSY, destroy(self->iommu, self->hwpt[1]));
	EXPECT_EQ(-EBUSY, destroy(self->iommu, self->ioas));
	EXPECT_EQ(-EBUSY, destroy(self->iommu, self->bound));
	ASSERT_EQ(0, on_pasid(self, MOCK_OP_PASID_DETACH, 0));
	EXPECT_EQ(0, destroy(self->iommu, self->hwpt[1]));
}

TEST_HARNESS_MAIN
