// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of PASIDs: what may be attached where, beside what, and who shares it.
 */
#include "test.h"

#define PASID		5
#define LAST_PASID	((1U << 20) - 1)

FIXTURE(pasid)
{
	struct setup s;
	__u32 ioas2;
	__u32 plain;		/* page tables: not for PASIDs */
	__u32 hwpt;		/* for PASIDs, of s.ioas */
	__u32 hwpt2;		/* for PASIDs, of ioas2 */
	unsigned char *memory;	/* at IOVA in s.ioas */
	unsigned char *memory2;	/* at IOVA in ioas2 */
};

FIXTURE_SETUP(pasid)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, setup_open(s, EP_A));
	ASSERT_EQ(0, ioas_alloc(s->iommu, &self->ioas2));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas, 0, &self->plain));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, self->ioas2,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt2));
	self->memory = anonymous(PAGE);
	self->memory2 = anonymous(PAGE);
	ASSERT_NE(NULL, self->memory);
	ASSERT_NE(NULL, self->memory2);
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE, IOVA));
	ASSERT_EQ(0, ioas_map_at(s->iommu, self->ioas2, self->memory2, PAGE,
				 IOVA));
}

FIXTURE_TEARDOWN(pasid)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

/* DMA with that PASID reaches the memory of hwpt, or of hwpt2. */
static int reaches(FIXTURE_DATA(pasid) *self, __u32 pasid)
{
	return ep_check(self->s.ep, pasid, IOVA, self->memory, PAGE);
}

static int reaches2(FIXTURE_DATA(pasid) *self, __u32 pasid)
{
	return ep_check(self->s.ep, pasid, IOVA, self->memory2, PAGE);
}

static bool is_blocked(FIXTURE_DATA(pasid) *self, __u32 pasid)
{
	return ep_is_blocked(self->s.ep, pasid, IOVA);
}

static int attach(FIXTURE_DATA(pasid) *self, __u32 pasid, __u32 pt)
{
	return ep_attach_to(self->s.ep, pasid, pt);
}

/* The page table */

TEST_F(pasid, page_table_must_be_for_pasids)
{
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->plain));
	EXPECT_TRUE(is_blocked(self, PASID));
	EXPECT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(0, reaches(self, PASID));
}

TEST_F(pasid, that_of_the_rid_too)
{
	ASSERT_EQ(0, attach(self, NO_PASID, self->plain));
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->hwpt));
	EXPECT_TRUE(is_blocked(self, PASID));
	EXPECT_EQ(0, reaches(self, NO_PASID));
	ASSERT_EQ(0, attach(self, NO_PASID, self->hwpt2));
	EXPECT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(0, reaches(self, PASID));
	EXPECT_EQ(0, reaches2(self, NO_PASID));
}

TEST_F(pasid, rid_attach_beside_a_pasid)
{
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(-EINVAL, attach(self, NO_PASID, self->plain));
	EXPECT_TRUE(is_blocked(self, NO_PASID));
	EXPECT_EQ(0, reaches(self, PASID));
	ASSERT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_EQ(0, attach(self, NO_PASID, self->plain));
	EXPECT_EQ(0, reaches(self, NO_PASID));
}

TEST_F(pasid, rid_replace_beside_a_pasid)
{
	ASSERT_EQ(0, attach(self, NO_PASID, self->hwpt2));
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(-EINVAL, attach(self, NO_PASID, self->plain));
	EXPECT_EQ(0, reaches2(self, NO_PASID));
	EXPECT_EQ(0, reaches(self, PASID));
	EXPECT_EQ(0, attach(self, NO_PASID, self->hwpt));
	EXPECT_EQ(0, reaches(self, NO_PASID));
}

TEST_F(pasid, no_automatic_page_table)
{
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->s.ioas));
	EXPECT_TRUE(is_blocked(self, PASID));
	/* Nor one beside it */
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(-EINVAL, attach(self, NO_PASID, self->s.ioas));
	EXPECT_EQ(0, reaches(self, PASID));
}

TEST_F(pasid, automatic_page_table_of_the_rid)
{
	__u32 pt = self->s.ioas, again = self->s.ioas;

	ASSERT_EQ(0, ep_attach(self->s.ep, NO_PASID, &pt));
	EXPECT_NE(self->s.ioas, pt);
	EXPECT_EQ(0, reaches(self, NO_PASID));
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach(self->s.ep, NO_PASID, &again));
	EXPECT_EQ(pt, again);
	ASSERT_EQ(0, ep_detach(self->s.ep, NO_PASID));
	/* It goes with its last attachment. */
	EXPECT_EQ(-ENOENT, destroy(self->s.iommu, pt));
}

/* The number */

TEST_F(pasid, numbers_that_there_are_not)
{
	struct iopasid_vfio_attach_pt cmd = {
		.argsz = sizeof(cmd),
		.flags = IOPASID_VFIO_ATTACH_PASID,
		.pt_id = self->hwpt,
		.pasid = 0,
	};

	EXPECT_EQ(-EINVAL, call(self->s.ep, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
				&cmd));
	EXPECT_TRUE(is_blocked(self, NO_PASID));
	EXPECT_EQ(-EINVAL, attach(self, LAST_PASID + 1, self->hwpt));
	EXPECT_EQ(-EINVAL, attach(self, INT32_MAX, self->hwpt));
	EXPECT_EQ(-EINVAL, attach(self, UINT32_MAX, self->hwpt));
}

TEST_F(pasid, first_and_last_number)
{
	ASSERT_EQ(0, attach(self, 1, self->hwpt));
	ASSERT_EQ(0, attach(self, LAST_PASID, self->hwpt2));
	EXPECT_EQ(0, reaches(self, 1));
	EXPECT_EQ(0, reaches2(self, LAST_PASID));
	EXPECT_TRUE(is_blocked(self, 2));
	EXPECT_TRUE(is_blocked(self, LAST_PASID - 1));
}

TEST_F(pasid, width_that_is_told)
{
	struct iommu_hw_info info;

	ASSERT_EQ(0, hw_info(self->s.iommu, self->s.dev, &info));
	EXPECT_EQ(20, info.out_max_pasid_log2);
}

TEST_F(pasid, many_numbers)
{
	__u32 pasid;
	int wrong = 0;

	for (pasid = 1; pasid <= 1000; pasid++) {
		ASSERT_EQ(0, attach(self, pasid * 1000, pasid % 2 ?
				    self->hwpt : self->hwpt2));
	}
	for (pasid = 1; pasid <= 1000; pasid++)
		wrong += !!ep_check(self->s.ep, pasid * 1000, IOVA,
				    pasid % 2 ? self->memory : self->memory2,
				    64);
	EXPECT_EQ(0, wrong);
	ASSERT_EQ(0, ioas_unmap(self->s.iommu, self->s.ioas, IOVA, PAGE));
	for (pasid = 1; pasid <= 1000; pasid++)
		wrong += is_blocked(self, pasid * 1000) != pasid % 2;
	EXPECT_EQ(0, wrong);
	for (pasid = 1; pasid <= 1000; pasid++) {
		ASSERT_EQ(0, ep_detach(self->s.ep, pasid * 1000));
	}
	for (pasid = 1; pasid <= 1000; pasid++)
		wrong += !is_blocked(self, pasid * 1000);
	EXPECT_EQ(0, wrong);
}

/* Attach, replace, detach */

TEST_F(pasid, each_has_its_own_space)
{
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	ASSERT_EQ(0, attach(self, PASID + 1, self->hwpt2));
	EXPECT_EQ(0, reaches(self, PASID));
	EXPECT_EQ(0, reaches2(self, PASID + 1));
	EXPECT_EQ(-EBADMSG, reaches2(self, PASID));
	EXPECT_TRUE(is_blocked(self, NO_PASID));
	ASSERT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_TRUE(is_blocked(self, PASID));
	EXPECT_EQ(0, reaches2(self, PASID + 1));
}

TEST_F(pasid, second_attach_replaces)
{
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	ASSERT_EQ(0, attach(self, PASID, self->hwpt2));
	EXPECT_EQ(0, reaches2(self, PASID));
	/* The old one is not in use any more. */
	EXPECT_EQ(0, destroy(self->s.iommu, self->hwpt));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt2));
	/* By itself */
	EXPECT_EQ(0, attach(self, PASID, self->hwpt2));
	EXPECT_EQ(0, reaches2(self, PASID));
}

TEST_F(pasid, failed_replace_changes_nothing)
{
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->plain));
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->s.ioas));
	EXPECT_EQ(-ENOENT, attach(self, PASID, NO_ID));
	EXPECT_EQ(-EINVAL, attach(self, PASID, self->s.dev));
	EXPECT_EQ(0, reaches(self, PASID));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt));
}

TEST_F(pasid, detach_of_nothing)
{
	EXPECT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_EQ(0, ep_detach(self->s.ep, NO_PASID));
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(0, ep_detach(self->s.ep, PASID + 1));
	EXPECT_EQ(0, ep_detach(self->s.ep, NO_PASID));
	EXPECT_EQ(0, reaches(self, PASID));
	EXPECT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_EQ(0, ep_detach(self->s.ep, PASID));
}

TEST_F(pasid, page_table_in_use)
{
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	ASSERT_EQ(0, attach(self, PASID + 1, self->hwpt));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt));
	ASSERT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt));
	ASSERT_EQ(0, ep_detach(self->s.ep, PASID + 1));
	EXPECT_EQ(0, destroy(self->s.iommu, self->hwpt));
}

/* Reserved addresses are the RID's business: a PASID makes a DMA no message. */
TEST_F(pasid, reserved_addresses)
{
	__u64 message = 0xfee00000;

	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, self->memory2,
				 PAGE, message));
	ASSERT_EQ(0, attach(self, PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(self->s.ep, PASID, message, self->memory2, PAGE));
	EXPECT_EQ(-EADDRINUSE, attach(self, NO_PASID, self->hwpt));
	EXPECT_TRUE(is_blocked(self, NO_PASID));
	ASSERT_EQ(0, ioas_unmap(self->s.iommu, self->s.ioas, message, PAGE));
	EXPECT_EQ(0, attach(self, NO_PASID, self->hwpt));
	EXPECT_EQ(0, reaches(self, NO_PASID));
	/* Attached, it reserves. */
	EXPECT_EQ(-EINVAL, ioas_map_at(self->s.iommu, self->s.ioas,
				       self->memory2, PAGE, message));
	ASSERT_EQ(0, ep_detach(self->s.ep, NO_PASID));
	EXPECT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, self->memory2,
				 PAGE, message));
}

/* Groups: two endpoints that hardware cannot keep apart */

FIXTURE(group)
{
	struct setup c;
	int d;
	__u32 d_dev;
	__u32 ioas2;
	__u32 hwpt;
	__u32 hwpt2;
	unsigned char *memory;
	unsigned char *memory2;
};

FIXTURE_SETUP(group)
{
	struct setup *c = &self->c;

	ASSERT_EQ(0, ep_set_driver(EP_D, EP_FULL));
	ASSERT_EQ(0, setup_open(c, EP_C));
	self->d = ep_open(EP_D);
	ASSERT_LE(0, self->d);
	ASSERT_EQ(0, ep_bind(self->d, c->iommu, &self->d_dev));
	ASSERT_EQ(0, ioas_alloc(c->iommu, &self->ioas2));
	ASSERT_EQ(0, hwpt_alloc(c->iommu, c->dev, c->ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	ASSERT_EQ(0, hwpt_alloc(c->iommu, c->dev, self->ioas2,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt2));
	self->memory = anonymous(PAGE);
	self->memory2 = anonymous(PAGE);
	ASSERT_EQ(0, ioas_map_at(c->iommu, c->ioas, self->memory, PAGE, IOVA));
	ASSERT_EQ(0, ioas_map_at(c->iommu, self->ioas2, self->memory2, PAGE,
				 IOVA));
}

FIXTURE_TEARDOWN(group)
{
	close(self->d);
	setup_close(&self->c);
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(group, same_page_table_joins)
{
	int c = self->c.ep, d = self->d;

	ASSERT_EQ(0, ep_attach_to(c, PASID, self->hwpt));
	EXPECT_TRUE(ep_is_blocked(d, PASID, IOVA));
	EXPECT_EQ(-EINVAL, ep_attach_to(d, PASID, self->hwpt2));
	EXPECT_TRUE(ep_is_blocked(d, PASID, IOVA));
	ASSERT_EQ(0, ep_attach_to(d, PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(c, PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, ep_check(d, PASID, IOVA, self->memory, PAGE));
}

TEST_F(group, each_leaves_by_itself)
{
	int c = self->c.ep, d = self->d;

	ASSERT_EQ(0, ep_attach_to(c, PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(d, PASID, self->hwpt));
	ASSERT_EQ(0, ep_detach(c, PASID));
	EXPECT_TRUE(ep_is_blocked(c, PASID, IOVA));
	EXPECT_EQ(0, ep_check(d, PASID, IOVA, self->memory, PAGE));
	/* Not to be taken away by one who has left */
	ASSERT_EQ(0, ep_detach(c, PASID));
	EXPECT_EQ(0, ep_check(d, PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(-EBUSY, destroy(self->c.iommu, self->hwpt));
	ASSERT_EQ(0, ep_detach(d, PASID));
	EXPECT_TRUE(ep_is_blocked(d, PASID, IOVA));
	EXPECT_EQ(0, destroy(self->c.iommu, self->hwpt));
}

TEST_F(group, replace_moves_all)
{
	int c = self->c.ep, d = self->d;

	ASSERT_EQ(0, ep_attach_to(c, PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(d, PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(c, PASID, self->hwpt2));
	EXPECT_EQ(0, ep_check(c, PASID, IOVA, self->memory2, PAGE));
	EXPECT_EQ(0, ep_check(d, PASID, IOVA, self->memory2, PAGE));
	EXPECT_EQ(0, destroy(self->c.iommu, self->hwpt));
}

TEST_F(group, rid_likewise)
{
	int c = self->c.ep, d = self->d;

	ASSERT_EQ(0, ep_attach_to(c, NO_PASID, self->hwpt));
	EXPECT_EQ(-EINVAL, ep_attach_to(d, NO_PASID, self->hwpt2));
	ASSERT_EQ(0, ep_attach_to(d, NO_PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(c, NO_PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, ep_check(d, NO_PASID, IOVA, self->memory, PAGE));
	ASSERT_EQ(0, ep_attach_to(d, NO_PASID, self->hwpt2));
	EXPECT_EQ(0, ep_check(c, NO_PASID, IOVA, self->memory2, PAGE));
	ASSERT_EQ(0, ep_detach(c, NO_PASID));
	EXPECT_EQ(0, ep_check(d, NO_PASID, IOVA, self->memory2, PAGE));
}

/* The rule about the RID's page table is one of the group. */
TEST_F(group, page_table_of_the_other_ones_rid)
{
	__u32 plain;

	ASSERT_EQ(0, hwpt_alloc(self->c.iommu, self->c.dev, self->c.ioas, 0,
				&plain));
	ASSERT_EQ(0, ep_attach_to(self->c.ep, NO_PASID, plain));
	EXPECT_EQ(-EINVAL, ep_attach_to(self->d, PASID, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(self->c.ep, NO_PASID, self->hwpt2));
	EXPECT_EQ(0, ep_attach_to(self->d, PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(self->d, PASID, IOVA, self->memory, PAGE));
}

TEST_F(group, belongs_to_one_context)
{
	int other = iommu_open();
	__u32 dev;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, close(self->d));
	self->d = ep_open(EP_D);
	ASSERT_LE(0, self->d);
	EXPECT_EQ(-EBUSY, ep_bind(self->d, other, &dev));
	EXPECT_EQ(0, ep_bind(self->d, self->c.iommu, &dev));
	close(other);
}

TEST_HARNESS_MAIN
