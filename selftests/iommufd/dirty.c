// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking: the pages that the device has written, and no others, are told;
 * once.
 */
#include <pthread.h>

#include "test.h"

#define PASID	31
#define PAGES	1024UL
#define SIZE	(PAGES * PAGE)

FIXTURE(dirty)
{
	struct setup s;
	__u32 pasid;
	__u32 hwpt;
	unsigned char *memory;
	__u64 bitmap[PAGES / 64];
};

FIXTURE_VARIANT(dirty)
{
	__u32 pasid;
	bool large;
};

FIXTURE_VARIANT_ADD(dirty, rid)
{
	.pasid = NO_PASID,
};

FIXTURE_VARIANT_ADD(dirty, pasid)
{
	.pasid = PASID,
};

FIXTURE_VARIANT_ADD(dirty, large_pages)
{
	.pasid = PASID,
	.large = true,
};

FIXTURE_SETUP(dirty)
{
	struct setup *s = &self->s;
	struct iommu_hw_info info;

	self->pasid = variant->pasid;
	ASSERT_EQ(0, setup_open(s, EP_A));
	ASSERT_EQ(0, hw_info(s->iommu, s->dev, &info));
	if (!(info.out_capabilities & IOMMU_HW_CAP_DIRTY_TRACKING))
		SKIP(return, "the unit does not track dirty pages");
	ASSERT_EQ(0, option_set(s->iommu, IOMMU_OPTION_HUGE_PAGES, s->ioas,
				variant->large));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID |
				IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &self->hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, self->pasid, self->hwpt));
	self->memory = variant->large ? huge(SIZE) : anonymous(SIZE);
	if (!self->memory)
		SKIP(return, "no huge pages");
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, SIZE, IOVA));
}

FIXTURE_TEARDOWN(dirty)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

static int touch(FIXTURE_DATA(dirty) *self, unsigned int page, __u32 flags)
{
	char data[16] = "touched";

	return ep_dma(self->s.ep, self->pasid, IOVA + page * PAGE + 100, data,
		      sizeof(data), flags);
}

static int set(FIXTURE_DATA(dirty) *self, bool on)
{
	return dirty_set(self->s.iommu, self->hwpt, on);
}

static int get_with(FIXTURE_DATA(dirty) *self, __u32 flags)
{
	memset(self->bitmap, 0, sizeof(self->bitmap));
	return dirty_get(self->s.iommu, self->hwpt, IOVA, SIZE, PAGE,
			 self->bitmap, flags);
}

static int get(FIXTURE_DATA(dirty) *self)
{
	return get_with(self, 0);
}

static bool is_dirty(FIXTURE_DATA(dirty) *self, unsigned int page)
{
	return self->bitmap[page / 64] >> page % 64 & 1;
}

static unsigned int nr_dirty(FIXTURE_DATA(dirty) *self)
{
	unsigned int n, nr = 0;

	for (n = 0; n < ARRAY_SIZE(self->bitmap); n++)
		nr += __builtin_popcountll(self->bitmap[n]);
	return nr;
}

/* Pages of one I/O page: all of them are told. */
static unsigned int pages_of(const FIXTURE_VARIANT(dirty) *variant)
{
	return variant->large ? HUGE / PAGE : 1;
}

TEST_F(dirty, written_pages)
{
	static const unsigned int pages[] = { 0, 5, 63, 64, 500, PAGES - 1 };
	unsigned int n;

	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
	for (n = 0; n < ARRAY_SIZE(pages); n++) {
		ASSERT_EQ(0, touch(self, pages[n], IOPASID_ENDPOINT_WRITE));
	}
	ASSERT_EQ(0, get(self));
	for (n = 0; n < ARRAY_SIZE(pages); n++) {
		EXPECT_TRUE(is_dirty(self, pages[n]));
	}
	EXPECT_EQ(variant->large ? PAGES : ARRAY_SIZE(pages), nr_dirty(self));
	/* Told once */
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
	/* And again when it is written again: no cache keeps the mark. */
	ASSERT_EQ(0, touch(self, 5, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, get(self));
	EXPECT_TRUE(is_dirty(self, 5));
	EXPECT_EQ(pages_of(variant), nr_dirty(self));
}

TEST_F(dirty, read_pages)
{
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, touch(self, 7, 0));
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
}

TEST_F(dirty, without_clearing)
{
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, touch(self, 9, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, get_with(self, IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	EXPECT_EQ(pages_of(variant), nr_dirty(self));
	ASSERT_EQ(0, get(self));
	EXPECT_TRUE(is_dirty(self, 9));
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
}

TEST_F(dirty, switched_on_and_off)
{
	/* Written before: not of interest */
	ASSERT_EQ(0, touch(self, 3, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
	/* Switched on again, it starts afresh. */
	ASSERT_EQ(0, touch(self, 4, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
	ASSERT_EQ(0, set(self, false));
	ASSERT_EQ(0, set(self, false));
	EXPECT_EQ(-EINVAL, get(self));
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, get(self));
	EXPECT_EQ(0, nr_dirty(self));
}

/* A bit for more than a page; a part of the space */
TEST_F(dirty, coarse_and_in_parts)
{
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, touch(self, 17, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, touch(self, 700, IOPASID_ENDPOINT_WRITE));
	memset(self->bitmap, 0, sizeof(self->bitmap));
	ASSERT_EQ(0, dirty_get(self->s.iommu, self->hwpt, IOVA, SIZE / 2,
			       16 * PAGE, self->bitmap,
			       IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	EXPECT_TRUE(is_dirty(self, 1));
	EXPECT_EQ(variant->large ? 32 : 1, nr_dirty(self));
	memset(self->bitmap, 0, sizeof(self->bitmap));
	ASSERT_EQ(0, dirty_get(self->s.iommu, self->hwpt, IOVA + SIZE / 2,
			       SIZE / 2, PAGE, self->bitmap, 0));
	EXPECT_TRUE(is_dirty(self, 700 - PAGES / 2));
	EXPECT_EQ(pages_of(variant), nr_dirty(self));
	/* The other half is as it was. */
	ASSERT_EQ(0, get(self));
	EXPECT_TRUE(is_dirty(self, 17));
	EXPECT_EQ(pages_of(variant), nr_dirty(self));
}

/* What is mapped while tracking is on is tracked. */
TEST_F(dirty, mapped_later)
{
	unsigned char *memory = anonymous(PAGE);
	__u64 bit = 0;

	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, memory, PAGE,
				 IOVA + SIZE));
	ASSERT_EQ(0, touch(self, PAGES, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, dirty_get(self->s.iommu, self->hwpt, IOVA + SIZE, PAGE,
			       PAGE, &bit, 0));
	EXPECT_EQ(1, bit);
}

/* Less than a page: all bits of a page are alike. */
TEST_F(dirty, finer_than_pages)
{
	const __u64 iova = IOVA + SIZE;
	unsigned char *memory = anonymous(4 * PAGE);
	static __u8 bytes[4 * PAGE / 8];
	char data[16] = "touched";
	__u64 bits = 0;
	int fd = self->s.iommu;
	size_t n;

	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, ioas_map_at(fd, self->s.ioas, memory, 4 * PAGE, iova));
	ASSERT_EQ(0, ep_dma(self->s.ep, self->pasid, iova + PAGE, data,
			    sizeof(data), IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, dirty_get(fd, self->hwpt, iova, 4 * PAGE, PAGE / 2, &bits,
			       IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	EXPECT_EQ(0x0c, bits);
	bits = 0;
	ASSERT_EQ(0, dirty_get(fd, self->hwpt, iova + PAGE, 2 * PAGE, PAGE / 16,
			       &bits, IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	EXPECT_EQ(0xffff, bits);
	ASSERT_EQ(0, dirty_get(fd, self->hwpt, iova, 4 * PAGE, 1, bytes, 0));
	for (n = 0; n < sizeof(bytes); n++)
		if (bytes[n] != (n / (PAGE / 8) == 1 ? 0xff : 0))
			break;
	EXPECT_EQ(sizeof(bytes), n);
}

/* From the middle of a byte of the bitmap on another part of it begins. */
TEST_F(dirty, across_a_gigabyte)
{
	const __u64 iova = (1ULL << 30) - 3 * PAGE;
	unsigned char *memory = anonymous(8 * PAGE);
	char data[16] = "touched";
	__u32 bits = 1 << 16;

	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, memory, 8 * PAGE,
				 iova));
	ASSERT_EQ(0, ep_dma(self->s.ep, self->pasid, iova + PAGE, data,
			    sizeof(data), IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, ep_dma(self->s.ep, self->pasid, iova + 4 * PAGE, data,
			    sizeof(data), IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, dirty_get(self->s.iommu, self->hwpt, iova, 8 * PAGE, PAGE,
			       &bits, 0));
	EXPECT_EQ(1 << 16 | 1 << 4 | 1 << 1, bits);
	bits = 0;
	ASSERT_EQ(0, dirty_get(self->s.iommu, self->hwpt, 0, 1ULL << 32,
			       1ULL << 30, &bits, 0));
	EXPECT_EQ(0, bits);
}

/* A program whose bitmap does not come holds up nobody else. */

struct reader {
	FIXTURE_DATA(dirty) *self;
	void *page;
	int ret;
};

static void *reader_run(void *argument)
{
	struct reader *reader = argument;

	reader->ret = dirty_get(reader->self->s.iommu, reader->self->hwpt, IOVA,
				SIZE, PAGE, reader->page, 0);
	return NULL;
}

TEST_F(dirty, bitmap_does_not_come)
{
	struct reader reader = { .self = self };
	pthread_t thread;
	int late = late_memory(&reader.page);

	if (late < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, touch(self, 8, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, pthread_create(&thread, NULL, reader_run, &reader));
	ASSERT_TRUE(late_is_awaited(late));
	/* Until then the marks are anybody's. */
	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, anonymous(PAGE),
				 PAGE, IOVA + SIZE));
	ASSERT_EQ(0, get_with(self, IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	EXPECT_TRUE(is_dirty(self, 8));
	ASSERT_EQ(0, late_give(late, reader.page));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, reader.ret);
	EXPECT_EQ(1, *((unsigned char *)reader.page + 1) & 1);
	close(late);
}

TEST_F(dirty, impossible_arguments)
{
	int fd = self->s.iommu;
	__u32 hwpt = self->hwpt;
	void *map = self->bitmap;

	ASSERT_EQ(0, set(self, true));
	EXPECT_EQ(-EINVAL, dirty_get(fd, hwpt, IOVA, SIZE, 0, map, 0));
	EXPECT_EQ(-EINVAL, dirty_get(fd, hwpt, IOVA, SIZE, 3 * PAGE, map, 0));
	EXPECT_EQ(-EINVAL, dirty_get(fd, hwpt, IOVA + 1, SIZE, PAGE, map, 0));
	EXPECT_EQ(-EINVAL, dirty_get(fd, hwpt, IOVA, SIZE + 1, PAGE, map, 0));
	EXPECT_EQ(-EINVAL, dirty_get(fd, hwpt, IOVA, 0, PAGE, map, 0));
	EXPECT_EQ(-EOVERFLOW, dirty_get(fd, hwpt, -PAGE, 2 * PAGE, PAGE, map,
					0));
	ASSERT_EQ(0, touch(self, 2, IOPASID_ENDPOINT_WRITE));
	EXPECT_EQ(-EFAULT, dirty_get(fd, hwpt, IOVA, SIZE, PAGE, (void *)-PAGE,
				     0));
	EXPECT_EQ(-EFAULT, dirty_get(fd, hwpt, IOVA, SIZE, PAGE, NULL, 0));
	ASSERT_EQ(0, touch(self, 3, IOPASID_ENDPOINT_WRITE));
	ASSERT_EQ(0, get(self));
	EXPECT_TRUE(is_dirty(self, 3));
	/* The marks are taken when they can be told. */
	EXPECT_TRUE(is_dirty(self, 2));
}

TEST_F(dirty, page_table_without_tracking)
{
	struct setup *s = &self->s;
	__u32 plain;

	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas, 0, &plain));
	EXPECT_EQ(-EOPNOTSUPP, dirty_set(s->iommu, plain, true));
	EXPECT_EQ(-EOPNOTSUPP, dirty_get(s->iommu, plain, IOVA, SIZE, PAGE,
					 self->bitmap, 0));
	/* Whether something is mapped there, and the bitmap is one, or not */
	EXPECT_EQ(-EOPNOTSUPP, dirty_get(s->iommu, plain, IOVA, SIZE, PAGE,
					 NULL, 0));
	EXPECT_EQ(-EOPNOTSUPP, dirty_get(s->iommu, plain, IOVA + SIZE, SIZE,
					 PAGE, self->bitmap, 0));
	EXPECT_EQ(-EINVAL, dirty_get(s->iommu, self->hwpt, IOVA + SIZE, SIZE,
				     PAGE, self->bitmap, 0));
}

/* Nothing is lost while the device writes and the program reads. */

struct writer {
	FIXTURE_DATA(dirty) *self;
	int wrong;
};

static void *writer_run(void *argument)
{
	struct writer *writer = argument;
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		writer->wrong += !!touch(writer->self, page,
					 IOPASID_ENDPOINT_WRITE);
	return NULL;
}

TEST_F(dirty, while_it_is_written)
{
	struct writer writer = { self };
	__u64 sum[PAGES / 64] = { };
	pthread_t thread;
	unsigned int n;
	bool more;

	ASSERT_EQ(0, set(self, true));
	ASSERT_EQ(0, pthread_create(&thread, NULL, writer_run, &writer));
	do {
		/* Once more when the last one has written */
		more = pthread_tryjoin_np(thread, NULL);
		ASSERT_EQ(0, get(self));
		for (n = 0; n < ARRAY_SIZE(sum); n++)
			sum[n] |= self->bitmap[n];
	} while (more);
	EXPECT_EQ(0, writer.wrong);
	for (n = 0; n < ARRAY_SIZE(sum); n++) {
		EXPECT_EQ(UINT64_MAX, sum[n]);
	}
}

TEST_HARNESS_MAIN
