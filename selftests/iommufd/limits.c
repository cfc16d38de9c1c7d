// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: memory that may be pinned, by user or by process, and descriptors.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sva.h"

#define LIMIT		(16 * PAGE)

/* From now on without privileges, and with a limit. */
static int become_nobody(void)
{
	struct rlimit limit = { LIMIT, LIMIT };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setuid(NOBODY))
		return -errno;
	/* Its own status can be read again. */
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

FIXTURE(memlock)
{
	struct setup s;
	__u32 hwpt;
	unsigned char *memory;		/* 64 pages */
};

FIXTURE_VARIANT(memlock)
{
	bool process;
};

FIXTURE_VARIANT_ADD(memlock, user)
{
	.process = false,
};

FIXTURE_VARIANT_ADD(memlock, process)
{
	.process = true,
};

FIXTURE_SETUP(memlock)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, ep_set_driver(EP_A, EP_FULL));
	s->iommu = iommu_open();
	ASSERT_LE(0, s->iommu);
	ASSERT_EQ(0, option_set(s->iommu, IOMMU_OPTION_RLIMIT_MODE, 0,
				variant->process));
	ASSERT_EQ(0, ioas_alloc(s->iommu, &s->ioas));
	s->ep = ep_open(EP_A);
	ASSERT_LE(0, s->ep);
	ASSERT_EQ(0, ep_bind(s->ep, s->iommu, &s->dev));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas, 0, &self->hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, NO_PASID, self->hwpt));
	self->memory = anonymous(64 * PAGE);
	ASSERT_NE(NULL, self->memory);
	ASSERT_EQ(0, become_nobody());
}

FIXTURE_TEARDOWN(memlock)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(0, charged("VmLck"));
}

static int map(FIXTURE_DATA(memlock) *self, size_t first, size_t nr)
{
	return ioas_map_at(self->s.iommu, self->s.ioas,
			   self->memory + first * PAGE, nr * PAGE,
			   IOVA + first * PAGE);
}

static int unmap(FIXTURE_DATA(memlock) *self, size_t first, size_t nr)
{
	return ioas_unmap(self->s.iommu, self->s.ioas, IOVA + first * PAGE,
			  nr * PAGE);
}

TEST_F(memlock, as_much_as_allowed)
{
	ASSERT_EQ(0, map(self, 0, 16));
	EXPECT_EQ(LIMIT / 1024, charged("VmPin"));
	EXPECT_EQ(variant->process ? LIMIT / 1024 : 0, charged("VmLck"));
	EXPECT_EQ(-ENOMEM, map(self, 16, 1));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, LIMIT));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA + LIMIT));
	/* Given back */
	ASSERT_EQ(0, unmap(self, 0, 16));
	EXPECT_EQ(0, charged("VmLck"));
	ASSERT_EQ(0, map(self, 20, 16));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA + 20 * PAGE,
			      self->memory + 20 * PAGE, LIMIT));
}

TEST_F(memlock, one_too_many)
{
	ASSERT_EQ(0, map(self, 0, 8));
	EXPECT_EQ(-ENOMEM, map(self, 8, 9));
	EXPECT_EQ(-ENOMEM, map(self, 8, 56));
	EXPECT_EQ(8 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(0, map(self, 8, 8));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, LIMIT));
}

/* Charged is what is pinned, once, however often it is mapped. */
TEST_F(memlock, shared_pages_count_once)
{
	struct setup *s = &self->s;
	__u64 iova = IOVA + MEGA;

	ASSERT_EQ(0, map(self, 0, 16));
	ASSERT_EQ(0, ioas_copy(s->iommu, s->ioas, &iova, s->ioas, IOVA, LIMIT,
			       RW | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, iova, self->memory, LIMIT));
	ASSERT_EQ(0, unmap(self, 0, 16));
	EXPECT_EQ(LIMIT / 1024, charged("VmPin"));
	EXPECT_EQ(-ENOMEM, map(self, 16, 1));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, iova, LIMIT));
	EXPECT_EQ(0, map(self, 16, 16));
}

/* Nor without a page table */
TEST_F(memlock, needed_when_a_page_table_comes)
{
	struct setup *s = &self->s;
	__u32 other, hwpt;

	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	ASSERT_EQ(0, ioas_map_at(s->iommu, other, self->memory, 32 * PAGE,
				 IOVA));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(-ENOMEM, hwpt_alloc(s->iommu, s->dev, other, 0, &hwpt));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(0, map(self, 0, 16));
}

/* A second address space shares the user's limit, and the process's. */
TEST_F(memlock, two_address_spaces)
{
	struct setup *s = &self->s;
	__u32 other, hwpt;

	ASSERT_EQ(0, map(self, 0, 10));
	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, other, 0, &hwpt));
	EXPECT_EQ(-ENOMEM, ioas_map_at(s->iommu, other, self->memory, 7 * PAGE,
				       IOVA));
	EXPECT_EQ(0, ioas_map_at(s->iommu, other, self->memory, 6 * PAGE,
				 IOVA));
}

/* Three quarters of what is allowed: not twice, not even for a moment */
#define PART		(LIMIT / 4 * 3)

static bool pays_when_it_wants(int iommu)
{
	return !change_process(iommu) && charged("VmPin") == PART / 1024;
}

/* The test that follows goes on here, as another program. */
static void __attribute__((constructor)) after_exec(void)
{
	const char *iommu = getenv("IOMMU");

	if (iommu)
		_exit(!pays_when_it_wants(atoi(iommu)));
}

TEST_F(memlock, another_process_of_the_user_pays)
{
	struct setup *s = &self->s;
	int file = memfd(PART), fd = dup(s->iommu), status;
	__u64 iova = IOVA;
	char text[16];
	pid_t child;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ioas_map_file(s->iommu, s->ioas, file, 0, PART, &iova,
				   RW | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(PART / 1024, charged("VmPin"));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		snprintf(text, sizeof(text), "%d", fd);
		if (setenv("IOMMU", text, 1) || !pays_when_it_wants(fd))
			_exit(2);
		execl("/proc/self/exe", "limits", NULL);
		_exit(3);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, charged("VmPin"));
	/* From one that is gone */
	EXPECT_TRUE(pays_when_it_wants(fd));
	close(fd);
	EXPECT_EQ(-ENOMEM, map(self, 16, 5));
	EXPECT_EQ(0, map(self, 16, 4));
	close(file);
}

/* Pins of the program's own address space are pinned pages like others. */
TEST_F(memlock, populated_and_pinned)
{
	struct setup *s = &self->s;
	const __u32 pin = IOPASID_SVA_POPULATE_PIN | IOPASID_SVA_POPULATE_WRITE;
	__u32 sva;

	ASSERT_EQ(0, sva_alloc(s->iommu, s->dev, 0, &sva));
	EXPECT_EQ(-ENOMEM, sva_populate(s->iommu, sva, self->memory, 17 * PAGE,
					pin));
	EXPECT_EQ(0, charged("VmPin"));
	ASSERT_EQ(0, sva_populate(s->iommu, sva, self->memory, 10 * PAGE, pin));
	EXPECT_EQ(10 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(variant->process ? 10 * PAGE / 1024 : 0, charged("VmLck"));
	EXPECT_EQ(-ENOMEM, map(self, 0, 7));
	ASSERT_EQ(0, map(self, 0, 6));
	EXPECT_EQ(-ENOMEM, sva_populate(s->iommu, sva, self->memory, PAGE,
					pin));
	/* Without a pin there is no limit. */
	EXPECT_EQ(0, sva_populate(s->iommu, sva, self->memory, 64 * PAGE,
				  IOPASID_SVA_POPULATE_WRITE));
	/* It goes with the page table. */
	ASSERT_EQ(0, destroy(s->iommu, sva));
	EXPECT_EQ(6 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(0, map(self, 10, 10));
}

TEST_F(memlock, mode_is_roots)
{
	__u64 value;

	EXPECT_EQ(0, option_get(self->s.iommu, IOMMU_OPTION_RLIMIT_MODE, 0,
				&value));
	EXPECT_EQ(variant->process, value);
	EXPECT_EQ(-EPERM, option_set(self->s.iommu, IOMMU_OPTION_RLIMIT_MODE, 0,
				     !variant->process));
}

TEST(root_has_no_limit)
{
	struct rlimit limit = { 0, 0 };
	unsigned char *memory = anonymous(32 * PAGE);
	struct setup s;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, setup_open(&s, EP_A));
	ASSERT_EQ(0, ep_attach_to(s.ep, NO_PASID, s.ioas));
	ASSERT_EQ(0, ioas_map_at(s.iommu, s.ioas, memory, 32 * PAGE, IOVA));
	EXPECT_EQ(32 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(0, charged("VmLck"));
	EXPECT_EQ(0, ep_check(s.ep, NO_PASID, IOVA, memory, 32 * PAGE));
	setup_close(&s);
	EXPECT_EQ(0, charged("VmPin"));
}

/* Options */

TEST(options)
{
	int fd = iommu_open();
	__u64 value;
	__u32 ioas;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 2));
	EXPECT_EQ(-EOPNOTSUPP, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 1, 1));
	EXPECT_EQ(-EOPNOTSUPP, option_set(fd, 2, 0, 0));
	EXPECT_EQ(0, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	EXPECT_EQ(0, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 0));
	ASSERT_EQ(0, ioas_alloc(fd, &ioas));
	EXPECT_EQ(-EBUSY, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1));

	EXPECT_EQ(0, option_get(fd, IOMMU_OPTION_HUGE_PAGES, ioas, &value));
	EXPECT_EQ(1, value);
	EXPECT_EQ(-EINVAL, option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 2));
	EXPECT_EQ(0, option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 0));
	EXPECT_EQ(0, option_get(fd, IOMMU_OPTION_HUGE_PAGES, ioas, &value));
	EXPECT_EQ(0, value);
	close(fd);
}

/* No descriptor is left for the file of a fault queue. */
TEST(descriptors)
{
	struct rlimit limit;
	__u32 first, second;
	int fd, fault, last;

	fd = iommu_open();
	ASSERT_LE(0, fd);
	last = dup(fd);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = last + 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, fault_alloc(fd, &first, &fault));
	/* Nothing is left of it. */
	EXPECT_EQ(0, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	close(last);
	ASSERT_EQ(0, fault_alloc(fd, &second, &fault));
	EXPECT_EQ(last, fault);
	close(fault);
	close(fd);
}

TEST_HARNESS_MAIN
