// SPDX-License-Identifier: GPL-2.0-only
/*
 * A gigabyte at sixteen PASIDs of three endpoints, two of which share a group; DMA
 * with each of them, and none after the unmap.
 */
#include "test.h"

#define SIZE		(1UL << 30)
#define PASIDS		16
#define FIRST_PASID	100
#define SAMPLES		64

enum kind {
	PLAIN,
	HUGE_PAGES,
	FILE_OF_HUGE_PAGES,
};

FIXTURE(large)
{
	struct setup s;		/* C */
	int eps[3];		/* C, D of its group, B of another one */
	__u32 devs[3];
	__u32 hwpt;
	int file;
	unsigned char *memory;
};

FIXTURE_VARIANT(large)
{
	enum kind kind;
};

FIXTURE_VARIANT_ADD(large, plain_pages)
{
	.kind = PLAIN,
};

FIXTURE_VARIANT_ADD(large, huge_pages)
{
	.kind = HUGE_PAGES,
};

FIXTURE_VARIANT_ADD(large, file_of_huge_pages)
{
	.kind = FILE_OF_HUGE_PAGES,
};

FIXTURE_SETUP(large)
{
	static const char * const names[] = { EP_C, EP_D, EP_B };
	struct setup *s = &self->s;
	unsigned int n, p;

	self->file = -1;
	switch (variant->kind) {
	case PLAIN:
		self->memory = anonymous(SIZE);
		madvise(self->memory, SIZE, MADV_NOHUGEPAGE);
		break;
	case HUGE_PAGES:
		self->memory = huge(SIZE);
		break;
	case FILE_OF_HUGE_PAGES:
		self->file = memfd_huge(SIZE);
		ASSERT_LE(0, self->file);
		self->memory = file_memory(self->file, SIZE);
		break;
	}
	ASSERT_NE(NULL, self->memory)
		TH_LOG("no gigabyte of such memory");
	for (n = 1; n < ARRAY_SIZE(names); n++) {
		ASSERT_EQ(0, ep_set_driver(names[n], EP_FULL));
	}
	ASSERT_EQ(0, setup_open(s, names[0]));
	self->eps[0] = s->ep;
	self->devs[0] = s->dev;
	for (n = 1; n < ARRAY_SIZE(names); n++) {
		self->eps[n] = ep_open(names[n]);
		ASSERT_LE(0, self->eps[n]);
		ASSERT_EQ(0, ep_bind(self->eps[n], s->iommu, &self->devs[n]));
	}
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	for (n = 0; n < ARRAY_SIZE(self->eps); n++)
		for (p = 0; p < PASIDS; p++) {
			ASSERT_EQ(0, ep_attach_to(self->eps[n], FIRST_PASID + p,
						  self->hwpt));
		}
}

FIXTURE_TEARDOWN(large)
{
	close(self->eps[1]);
	close(self->eps[2]);
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
	if (self->file >= 0)
		close(self->file);
}

/* Places all over it, among them both ends, that differ from PASID to PASID */
static size_t place(unsigned int sample, unsigned int pasid)
{
	switch (sample) {
	case 0:
		return 0;
	case 1:
		return SIZE - PAGE;
	}
	return (sample * 16180339887UL + pasid * 2654435761UL) %
		(SIZE / PAGE - 1) * PAGE + 8 * pasid;
}

static unsigned int count_wrong(FIXTURE_DATA(large) *self, bool mapped)
{
	unsigned int n, p, sample, wrong = 0;
	__u32 pasid;
	size_t at;

	for (n = 0; n < ARRAY_SIZE(self->eps); n++)
		for (p = 0; p < PASIDS; p++)
			for (sample = 0; sample < SAMPLES; sample++) {
				pasid = FIRST_PASID + p;
				at = place(sample, p);
				if (mapped)
					wrong += !!ep_check(self->eps[n], pasid,
							    IOVA + at,
							    self->memory + at,
							    256);
				else
					wrong += !ep_is_blocked(self->eps[n],
								pasid,
								IOVA + at);
			}
	return wrong;
}

TEST_F_TIMEOUT(large, gigabyte, 5 * SLOW)
{
	struct setup *s = &self->s;
	__u64 iova = IOVA;

	if (self->file >= 0) {
		ASSERT_EQ(0, ioas_map_file(s->iommu, s->ioas, self->file, 0,
					   SIZE, &iova,
					   RW | IOMMU_IOAS_MAP_FIXED_IOVA));
	} else {
		ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, SIZE,
					 IOVA));
	}
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	EXPECT_EQ(0, count_wrong(self, true));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, SIZE));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(0, count_wrong(self, false));
}

TEST_HARNESS_MAIN
