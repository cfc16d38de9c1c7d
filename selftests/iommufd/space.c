// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: what is mapped is what DMA reaches, byte for byte, and nothing
 * else. Every test runs with DMA by source id and with a PASID.
 */
#include <pthread.h>

#include "test.h"

#define PASID	77

FIXTURE(space)
{
	struct setup s;
	__u32 pasid;
	__u32 hwpt;
	unsigned char *memory;		/* 16 pages */
};

FIXTURE_VARIANT(space)
{
	__u32 pasid;
};

FIXTURE_VARIANT_ADD(space, rid)
{
	.pasid = NO_PASID,
};

FIXTURE_VARIANT_ADD(space, pasid)
{
	.pasid = PASID,
};

#define SIZE	(16 * PAGE)

FIXTURE_SETUP(space)
{
	self->pasid = variant->pasid;
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, hwpt_alloc(self->s.iommu, self->s.dev, self->s.ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, self->pasid, self->hwpt));
	self->memory = anonymous(SIZE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(space)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

static int check(FIXTURE_DATA(space) *self, __u64 iova, void *memory,
		 size_t length)
{
	return ep_check(self->s.ep, self->pasid, iova, memory, length);
}

static bool is_blocked(FIXTURE_DATA(space) *self, __u64 iova)
{
	return ep_is_blocked(self->s.ep, self->pasid, iova);
}

/* Map */

TEST_F(space, fixed)
{
	struct setup *s = &self->s;

	EXPECT_TRUE(is_blocked(self, IOVA));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, SIZE, IOVA));
	EXPECT_EQ(0, check(self, IOVA, self->memory, SIZE));
	EXPECT_TRUE(is_blocked(self, IOVA - PAGE));
	EXPECT_TRUE(is_blocked(self, IOVA + SIZE));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, SIZE));
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_TRUE(is_blocked(self, IOVA + SIZE - PAGE));
}

TEST_F(space, allocated)
{
	struct setup *s = &self->s;
	__u64 first = 0, second = 0;

	ASSERT_EQ(0, ioas_map(s->iommu, s->ioas, self->memory, 3 * PAGE,
			      &first));
	ASSERT_EQ(0, ioas_map(s->iommu, s->ioas, self->memory + 4 * PAGE,
			      3 * PAGE, &second));
	EXPECT_EQ(0, first % PAGE);
	EXPECT_EQ(0, second % PAGE);
	EXPECT_TRUE(first + 3 * PAGE <= second || second + 3 * PAGE <= first);
	EXPECT_EQ(0, check(self, first, self->memory, 3 * PAGE));
	EXPECT_EQ(0, check(self, second, self->memory + 4 * PAGE, 3 * PAGE));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, first, 3 * PAGE));
	EXPECT_TRUE(is_blocked(self, first));
	EXPECT_EQ(0, check(self, second, self->memory + 4 * PAGE, 3 * PAGE));
}

TEST_F(space, overlap)
{
	struct setup *s = &self->s;
	unsigned char *other = self->memory + 8 * PAGE;
	__u64 iova;

	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, 2 * PAGE,
				 IOVA));
	for (iova = IOVA - PAGE; iova <= IOVA + PAGE; iova += PAGE) {
		EXPECT_EQ(-EEXIST, ioas_map_at(s->iommu, s->ioas, other,
					       2 * PAGE, iova));
	}
	EXPECT_EQ(-EEXIST, ioas_map_at(s->iommu, s->ioas, other, 4 * PAGE,
				       IOVA - PAGE));
	EXPECT_EQ(0, check(self, IOVA, self->memory, 2 * PAGE));
	EXPECT_TRUE(is_blocked(self, IOVA - PAGE));
	EXPECT_TRUE(is_blocked(self, IOVA + 2 * PAGE));
	EXPECT_EQ(0, ioas_map_at(s->iommu, s->ioas, other, PAGE,
				 IOVA + 2 * PAGE));
	EXPECT_EQ(0, check(self, IOVA + 2 * PAGE, other, PAGE));
}

TEST_F(space, read_only)
{
	struct setup *s = &self->s;
	__u64 iova = IOVA;
	char data[64] = "not this";

	pattern(self->memory, PAGE, 1);
	ASSERT_EQ(0, ioas_map_flags(s->iommu, s->ioas, self->memory, PAGE,
				    &iova, RO | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  ep_dma(s->ep, self->pasid, IOVA, data, sizeof(data),
			 IOPASID_ENDPOINT_WRITE | IOPASID_ENDPOINT_NO_WAIT));
	EXPECT_TRUE(matches(self->memory, PAGE, 1));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE,
		  ep_dma(s->ep, self->pasid, IOVA, data, sizeof(data), 0));
	EXPECT_TRUE(matches(data, sizeof(data), 1));
}

/* Memory that the process may only read */
TEST_F(space, protected_memory)
{
	struct setup *s = &self->s;
	__u64 iova = IOVA;
	char data[64];

	pattern(self->memory, PAGE, 2);
	ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE,
				       IOVA));
	ASSERT_EQ(0, ioas_map_flags(s->iommu, s->ioas, self->memory, PAGE,
				    &iova, RO | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE,
		  ep_dma(s->ep, self->pasid, IOVA, data, sizeof(data), 0));
	EXPECT_TRUE(matches(data, sizeof(data), 2));
}

TEST_F(space, impossible_arguments)
{
	struct setup *s = &self->s;
	void *top = (void *)(UINTPTR_MAX & ~(PAGE - 1));
	void *memory = self->memory;
	__u64 iova = IOVA;

	/* No permission */
	EXPECT_EQ(-EINVAL, ioas_map_flags(s->iommu, s->ioas, memory, PAGE,
					  &iova, IOMMU_IOAS_MAP_FIXED_IOVA));
	/* Nothing */
	EXPECT_EQ(-EINVAL, ioas_map_at(s->iommu, s->ioas, memory, 0, IOVA));
	/* Parts of pages */
	EXPECT_EQ(-EINVAL, ioas_map_at(s->iommu, s->ioas, memory, 1, IOVA));
	EXPECT_EQ(-EINVAL, ioas_map_at(s->iommu, s->ioas, memory, PAGE,
				       IOVA + 1));
	EXPECT_EQ(-EINVAL, ioas_map_at(s->iommu, s->ioas, memory + 1, PAGE,
				       IOVA));
	/* Past the end of addresses, at either side */
	EXPECT_EQ(-EOVERFLOW, ioas_map_at(s->iommu, s->ioas, memory, 2 * PAGE,
					  -PAGE));
	EXPECT_EQ(-EOVERFLOW, ioas_map_at(s->iommu, s->ioas, top, 2 * PAGE,
					  IOVA));
	EXPECT_EQ(-EOVERFLOW, ioas_map_at(s->iommu, s->ioas, memory,
					  SIZE_MAX & ~(PAGE - 1), IOVA));
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(space, hole_in_memory)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, munmap(self->memory + 2 * PAGE, PAGE));
	EXPECT_EQ(-EFAULT, ioas_map_at(s->iommu, s->ioas, self->memory,
				       4 * PAGE, IOVA));
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_EQ(0, charged("VmPin"));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, 2 * PAGE,
				 IOVA));
	EXPECT_EQ(0, check(self, IOVA, self->memory, 2 * PAGE));
}

/* Unmap */

TEST_F(space, unmap_whole_areas_only)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, 4 * PAGE,
				 IOVA));
	EXPECT_EQ(-ENOENT, ioas_unmap(s->iommu, s->ioas, IOVA, PAGE));
	EXPECT_EQ(-ENOENT, ioas_unmap(s->iommu, s->ioas, IOVA + PAGE, PAGE));
	EXPECT_EQ(-ENOENT, ioas_unmap(s->iommu, s->ioas, IOVA + 3 * PAGE,
				      PAGE));
	EXPECT_EQ(-ENOENT, ioas_unmap(s->iommu, s->ioas, IOVA - PAGE,
				      4 * PAGE));
	EXPECT_EQ(0, check(self, IOVA, self->memory, 4 * PAGE));
	EXPECT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, 4 * PAGE));
}

TEST_F(space, unmap_more_than_there_is)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->s.ioas,
		.iova = IOVA - PAGE,
		.length = 8 * PAGE,
	};
	struct setup *s = &self->s;

	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE, IOVA));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory + PAGE,
				 2 * PAGE, IOVA + 3 * PAGE));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory + 4 * PAGE,
				 PAGE, IOVA + 9 * PAGE));
	EXPECT_EQ(0, call(s->iommu, IOMMU_IOAS_UNMAP, &cmd));
	EXPECT_EQ(3 * PAGE, cmd.length);
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_TRUE(is_blocked(self, IOVA + 3 * PAGE));
	EXPECT_TRUE(is_blocked(self, IOVA + 4 * PAGE));
	EXPECT_EQ(0, check(self, IOVA + 9 * PAGE, self->memory + 4 * PAGE,
			   PAGE));
}

TEST_F(space, unmap_nothing)
{
	struct setup *s = &self->s;
	__u64 length;

	EXPECT_EQ(-ENOENT, ioas_unmap(s->iommu, s->ioas, IOVA, PAGE));
	EXPECT_EQ(-EINVAL, ioas_unmap(s->iommu, s->ioas, IOVA, 0));
	EXPECT_EQ(-EOVERFLOW, ioas_unmap(s->iommu, s->ioas, -PAGE, 2 * PAGE));
	/* All of nothing is something else. */
	EXPECT_EQ(0, ioas_unmap_all(s->iommu, s->ioas, &length));
	EXPECT_EQ(0, length);
}

TEST_F(space, unmap_all)
{
	struct setup *s = &self->s;
	__u64 length;
	int n;

	for (n = 0; n < 16; n++) {
		ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas,
					 self->memory + n * PAGE, PAGE,
					 IOVA + n * MEGA));
	}
	EXPECT_EQ(0, ioas_unmap_all(s->iommu, s->ioas, &length));
	EXPECT_EQ(SIZE, length);
	for (n = 0; n < 16; n++) {
		EXPECT_TRUE(is_blocked(self, IOVA + n * MEGA));
	}
	EXPECT_EQ(0, charged("VmPin"));
}

/* Sharing */

TEST_F(space, copy)
{
	struct setup *s = &self->s;
	__u64 iova = IOVA + MEGA;
	__u32 other, hwpt;

	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, other,
				IOPASID_HWPT_ALLOC_PASID, &hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID + 1, hwpt));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, 4 * PAGE,
				 IOVA));
	ASSERT_EQ(0, ioas_copy(s->iommu, other, &iova, s->ioas, IOVA, 4 * PAGE,
			       RW | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(0, check(self, IOVA, self->memory, 4 * PAGE));
	EXPECT_EQ(0, ep_check(s->ep, PASID + 1, iova, self->memory, 4 * PAGE));
	/* Pinned once */
	EXPECT_EQ(4 * PAGE / 1024, charged("VmPin"));

	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, 4 * PAGE));
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_EQ(0, ep_check(s->ep, PASID + 1, iova, self->memory, 4 * PAGE));
	ASSERT_EQ(0, ioas_unmap(s->iommu, other, iova, 4 * PAGE));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID + 1, iova));
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(space, copy_within)
{
	struct setup *s = &self->s;
	__u64 iova = 0, middle = 0;

	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, 4 * PAGE,
				 IOVA));
	ASSERT_EQ(0, ioas_copy(s->iommu, s->ioas, &iova, s->ioas, IOVA,
			       4 * PAGE, RW));
	ASSERT_EQ(0, ioas_copy(s->iommu, s->ioas, &middle, s->ioas,
			       IOVA + PAGE, PAGE, RW));
	EXPECT_EQ(0, check(self, iova, self->memory, 4 * PAGE));
	EXPECT_EQ(0, check(self, middle, self->memory + PAGE, PAGE));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, 4 * PAGE));
	EXPECT_EQ(0, check(self, iova, self->memory, 4 * PAGE));
	EXPECT_EQ(0, check(self, middle, self->memory + PAGE, PAGE));
}

TEST_F(space, copy_impossible)
{
	struct setup *s = &self->s;
	__u64 iova = IOVA, dst = 0;

	pattern(self->memory, PAGE, 3);
	ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
	ASSERT_EQ(0, ioas_map_flags(s->iommu, s->ioas, self->memory, PAGE,
				    &iova, RO | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(-ENOENT, ioas_copy(s->iommu, s->ioas, &dst, s->ioas,
				     IOVA + PAGE, PAGE, RO));
	EXPECT_EQ(-ENOENT, ioas_copy(s->iommu, s->ioas, &dst, s->ioas, IOVA,
				     2 * PAGE, RO));
	EXPECT_EQ(-EINVAL, ioas_copy(s->iommu, s->ioas, &dst, s->ioas, IOVA, 0,
				     RO));
	EXPECT_EQ(-EINVAL, ioas_copy(s->iommu, s->ioas, &dst, s->ioas, IOVA,
				     PAGE, 0));
	/* More than the source may */
	EXPECT_EQ(-EPERM, ioas_copy(s->iommu, s->ioas, &dst, s->ioas, IOVA,
				    PAGE, RW));
}

/* The same memory twice, independent of each other */
TEST_F(space, mapped_twice)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE, IOVA));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE,
				 IOVA + PAGE));
	EXPECT_EQ(0, check(self, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, check(self, IOVA + PAGE, self->memory, PAGE));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, PAGE));
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_EQ(0, check(self, IOVA + PAGE, self->memory, PAGE));
}

/* A page table that comes later gets what is mapped; one that goes lets go. */
TEST_F(space, mapped_before_the_attach)
{
	struct setup *s = &self->s;
	__u32 other, hwpt;

	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	ASSERT_EQ(0, ioas_map_at(s->iommu, other, self->memory, SIZE, IOVA));
	EXPECT_EQ(0, charged("VmPin"));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, other,
				IOPASID_HWPT_ALLOC_PASID, &hwpt));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	ASSERT_EQ(0, ep_attach_to(s->ep, self->pasid, hwpt));
	EXPECT_EQ(0, check(self, IOVA, self->memory, SIZE));
	ASSERT_EQ(0, ep_detach(s->ep, self->pasid));
	EXPECT_TRUE(is_blocked(self, IOVA));
	ASSERT_EQ(0, destroy(s->iommu, hwpt));
	EXPECT_EQ(0, charged("VmPin"));
}

/* Two page tables of one address space */
TEST_F(space, two_page_tables)
{
	struct setup *s = &self->s;
	__u32 hwpt;

	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &hwpt));
	ASSERT_NE(self->hwpt, hwpt);
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID + 1, hwpt));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, SIZE, IOVA));
	EXPECT_EQ(0, check(self, IOVA, self->memory, SIZE));
	EXPECT_EQ(0, ep_check(s->ep, PASID + 1, IOVA, self->memory, SIZE));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, SIZE));
	EXPECT_TRUE(is_blocked(self, IOVA));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID + 1, IOVA));
}

/* Addresses */

TEST_F(space, ranges)
{
	struct iommu_iova_range ranges[8];
	struct setup *s = &self->s;
	__u64 alignment = 0;
	__u32 nr = 0;
	int n;

	EXPECT_EQ(-EMSGSIZE, ioas_ranges(s->iommu, s->ioas, ranges, &nr, NULL));
	ASSERT_LE(1, nr);
	ASSERT_GE(ARRAY_SIZE(ranges), nr);
	ASSERT_EQ(0, ioas_ranges(s->iommu, s->ioas, ranges, &nr, &alignment));
	EXPECT_EQ(PAGE, alignment);
	for (n = 0; n < nr; n++) {
		EXPECT_LT(ranges[n].start, ranges[n].last);
		/* Messages are no DMA: not where DMA has no PASID. */
		EXPECT_TRUE(self->pasid != NO_PASID ||
			    ranges[n].last < 0xfee00000 ||
			    ranges[n].start > 0xfeefffff);
	}
	nr = ARRAY_SIZE(ranges);
	EXPECT_EQ(-EFAULT, ioas_ranges(s->iommu, s->ioas, NULL, &nr, NULL));
}

/* A program that does not take its answer holds up nobody else. */

struct asker {
	struct setup *s;
	void *page;
	int ret;
};

static void *asker_run(void *argument)
{
	struct asker *asker = argument;
	__u32 nr = PAGE / sizeof(struct iommu_iova_range);

	asker->ret = ioas_ranges(asker->s->iommu, asker->s->ioas, asker->page,
				 &nr, NULL);
	return NULL;
}

TEST_F(space, ranges_are_not_taken)
{
	struct asker asker = { .s = &self->s };
	struct setup *s = &self->s;
	pthread_t thread;
	int late = late_memory(&asker.page);

	if (late < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, pthread_create(&thread, NULL, asker_run, &asker));
	ASSERT_TRUE(late_is_awaited(late));
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, SIZE, IOVA));
	EXPECT_EQ(0, check(self, IOVA, self->memory, SIZE));
	ASSERT_EQ(0, late_give(late, asker.page));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, asker.ret);
	close(late);
}

TEST_F(space, beyond_the_page_table)
{
	struct iommu_iova_range ranges[8];
	__u32 nr = ARRAY_SIZE(ranges);
	struct setup *s = &self->s;
	__u64 end;

	ASSERT_EQ(0, ioas_ranges(s->iommu, s->ioas, ranges, &nr, NULL));
	end = ranges[nr - 1].last + 1;
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE,
				 end - PAGE));
	EXPECT_EQ(0, check(self, end - PAGE, self->memory, PAGE));
	EXPECT_EQ(-EINVAL, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE,
				       end));
	EXPECT_TRUE(is_blocked(self, end));
}

TEST_F(space, allowed_addresses)
{
	struct iommu_iova_range allowed[] = {
		{ IOVA, IOVA + 2 * PAGE - 1 },
		{ IOVA + MEGA, IOVA + MEGA + PAGE - 1 },
	};
	struct setup *s = &self->s;
	__u64 iova = 0, last;
	int n;

	ASSERT_EQ(0, ioas_allow(s->iommu, s->ioas, allowed, 2));
	for (n = 0; n < 3; n++) {
		ASSERT_EQ(0, ioas_map(s->iommu, s->ioas,
				      self->memory + n * PAGE, PAGE, &iova));
		last = iova + PAGE - 1;
		EXPECT_TRUE((iova >= allowed[0].start &&
			     last <= allowed[0].last) ||
			    (iova >= allowed[1].start &&
			     last <= allowed[1].last));
		EXPECT_EQ(0, check(self, iova, self->memory + n * PAGE, PAGE));
	}
	EXPECT_EQ(-ENOSPC, ioas_map(s->iommu, s->ioas, self->memory + n * PAGE,
				    PAGE, &iova));
	ASSERT_EQ(0, ioas_allow(s->iommu, s->ioas, NULL, 0));
	EXPECT_EQ(0, ioas_map(s->iommu, s->ioas, self->memory + n * PAGE, PAGE,
			      &iova));
	EXPECT_EQ(0, check(self, iova, self->memory + n * PAGE, PAGE));
}

TEST_F(space, allowed_impossible)
{
	struct iommu_iova_range backwards = { IOVA + PAGE, IOVA };
	struct iommu_iova_range overlap[] = {
		{ IOVA, IOVA + 2 * PAGE - 1 }, { IOVA + PAGE, IOVA + MEGA - 1 },
	};
	struct iommu_iova_range message = { 0xfee00000, 0xfee00fff };
	struct setup *s = &self->s;

	EXPECT_EQ(-EINVAL, ioas_allow(s->iommu, s->ioas, &backwards, 1));
	EXPECT_EQ(-EINVAL, ioas_allow(s->iommu, s->ioas, overlap, 2));
	EXPECT_EQ(-EFAULT, ioas_allow(s->iommu, s->ioas, NULL, 1));
	EXPECT_EQ(self->pasid == NO_PASID ? -EADDRINUSE : 0,
		  ioas_allow(s->iommu, s->ioas, &message, 1));
}

TEST_F(space, message_addresses)
{
	struct setup *s = &self->s;

	EXPECT_EQ(self->pasid == NO_PASID ? -EINVAL : 0,
		  ioas_map_at(s->iommu, s->ioas, self->memory, PAGE,
			      0xfee00000));
}

/* Amounts */

TEST_F(space, many_areas)
{
	struct setup *s = &self->s;
	__u64 length;
	int n, wrong = 0;

	for (n = 0; n < 1000; n++) {
		ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas,
					 self->memory + n % 16 * PAGE, PAGE,
					 IOVA + n * 3 * PAGE));
	}
	for (n = 0; n < 1000; n++)
		wrong += !!check(self, IOVA + n * 3 * PAGE,
				 self->memory + n % 16 * PAGE, 64);
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, ioas_unmap_all(s->iommu, s->ioas, &length));
	EXPECT_EQ(1000 * PAGE, length);
	for (n = 0, wrong = 0; n < 1000; n++)
		wrong += !is_blocked(self, IOVA + n * 3 * PAGE);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
