// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is no address space for a device, and why: wrong arguments, attachments that
 * there cannot be, limits, devices and units that lack something. sva.sh describes
 * the units vtdm1 to vtdm5.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "sva.h"

#define PASID		90
#define PARAMETERS	"/sys/module/iopasid_iommufd/parameters/"
#define WHY(name)	IOPASID_SVA_WHY_##name
#define FAULT_ID	IOPASID_SVA_FAULT_ID_VALID
#define NO_FAULTS	IOPASID_SVA_NO_FAULTS

FIXTURE(refused)
{
	struct setup s;
	__u32 hwpt;			/* no PASID has it */
	unsigned char *memory;
};

FIXTURE_SETUP(refused)
{
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, sva_alloc(self->s.iommu, self->s.dev, 0, &self->hwpt));
	self->memory = anonymous(PAGE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(refused)
{
	setup_close(&self->s);
}

static int check_at(FIXTURE_DATA(refused) *self, __u32 pasid)
{
	return ep_check(self->s.ep, pasid, (uintptr_t)self->memory,
			self->memory, PAGE);
}

static bool is_blocked_at(FIXTURE_DATA(refused) *self, __u32 pasid)
{
	return ep_is_blocked(self->s.ep, pasid, (uintptr_t)self->memory);
}

TEST_F(refused, wrong_arguments)
{
	struct setup *s = &self->s;
	__u32 flags, hwpt, why;

	for (flags = FAULT_ID << 1; flags; flags <<= 1) {
		EXPECT_EQ(-EOPNOTSUPP, sva_alloc(s->iommu, s->dev, flags,
						 &hwpt));
	}
	EXPECT_EQ(-ENOENT, sva_alloc(s->iommu, NO_ID, 0, &hwpt));
	EXPECT_EQ(-ENOENT, sva_alloc(s->iommu, s->ioas, 0, &hwpt));
	EXPECT_EQ(-ENOENT, sva_alloc(s->iommu, self->hwpt, 0, &hwpt));
	/* Fault queues */
	EXPECT_EQ(-ENOENT, sva_alloc_why(s->iommu, s->dev, FAULT_ID, NO_ID,
					 &hwpt, &why));
	EXPECT_EQ(-ENOENT, sva_alloc_why(s->iommu, s->dev, FAULT_ID, s->ioas,
					 &hwpt, &why));
	EXPECT_EQ(0, destroy(s->iommu, self->hwpt));
}

/* Page requests go to a queue, or there are none. */
TEST_F(refused, queue_without_faults)
{
	struct setup *s = &self->s;
	__u32 hwpt, why, id;
	int queue;

	ASSERT_EQ(0, fault_alloc(s->iommu, &id, &queue));
	EXPECT_EQ(-EINVAL, sva_alloc_why(s->iommu, s->dev, FAULT_ID | NO_FAULTS,
					 id, &hwpt, &why));
	ASSERT_EQ(0, sva_alloc_why(s->iommu, s->dev, FAULT_ID, id, &hwpt,
				   &why));
	EXPECT_EQ(WHY(NONE), why);
	EXPECT_EQ(-EBUSY, destroy(s->iommu, id));
	ASSERT_EQ(0, destroy(s->iommu, hwpt));
	close(queue);
	EXPECT_EQ(0, destroy(s->iommu, id));
}

/* The answer has no room: no page table is left over. */
TEST_F(refused, answer_cannot_be_written)
{
	struct iopasid_sva_alloc *cmd = anonymous(PAGE);

	*cmd = (struct iopasid_sva_alloc){
		.size = sizeof(*cmd),
		.dev_id = self->s.dev,
	};
	ASSERT_EQ(0, mprotect(cmd, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, call(self->s.iommu, IOPASID_SVA_ALLOC, cmd));
	ASSERT_EQ(0, mprotect(cmd, PAGE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, call(self->s.iommu, IOPASID_SVA_ALLOC, cmd));
	EXPECT_EQ(WHY(NONE), cmd->out_why);
	EXPECT_EQ(0, destroy(self->s.iommu, cmd->out_hwpt_id));
}

/* Kernel and program must never have one page table at a device itself. */
TEST_F(refused, the_device_itself)
{
	int ep = self->s.ep;
	__u32 plain;

	EXPECT_EQ(-EINVAL, ep_attach_to(ep, NO_PASID, self->hwpt));
	EXPECT_TRUE(is_blocked_at(self, NO_PASID));
	/* Nor in place of another one, nor beside a PASID */
	ASSERT_EQ(0, hwpt_alloc(self->s.iommu, self->s.dev, self->s.ioas,
				IOPASID_HWPT_ALLOC_PASID, &plain));
	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, self->memory,
				 PAGE, IOVA));
	ASSERT_EQ(0, ep_attach_to(ep, NO_PASID, plain));
	EXPECT_EQ(-EINVAL, ep_attach_to(ep, NO_PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, PAGE));
	ASSERT_EQ(0, ep_attach_to(ep, PASID, self->hwpt));
	EXPECT_EQ(-EINVAL, ep_attach_to(ep, NO_PASID, self->hwpt));
	EXPECT_EQ(0, ep_check(ep, NO_PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, check_at(self, PASID));
}

TEST_F(refused, numbers)
{
	int ep = self->s.ep;

	EXPECT_EQ(-EINVAL, ep_attach_to(ep, 1U << 20, self->hwpt));
	EXPECT_EQ(-EINVAL, ep_attach_to(ep, UINT32_MAX, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(ep, (1U << 20) - 1, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(ep, 1, self->hwpt));
	EXPECT_EQ(0, check_at(self, (1U << 20) - 1));
	EXPECT_EQ(0, check_at(self, 1));
	EXPECT_TRUE(is_blocked_at(self, 2));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt));
	ASSERT_EQ(0, ep_detach(ep, 1));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt));
	ASSERT_EQ(0, ep_detach(ep, (1U << 20) - 1));
	EXPECT_EQ(0, destroy(self->s.iommu, self->hwpt));
}

/* In place of mappings, and mappings in place of it */
TEST_F(refused, replaced)
{
	int ep = self->s.ep;
	__u32 plain, other;

	ASSERT_EQ(0, hwpt_alloc(self->s.iommu, self->s.dev, self->s.ioas,
				IOPASID_HWPT_ALLOC_PASID, &plain));
	ASSERT_EQ(0, sva_alloc(self->s.iommu, self->s.dev, 0, &other));
	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, self->memory,
				 PAGE, IOVA));
	ASSERT_EQ(0, ep_attach_to(ep, PASID, plain));
	ASSERT_EQ(0, ep_attach_to(ep, PASID, self->hwpt));
	EXPECT_TRUE(ep_is_blocked(ep, PASID, IOVA));
	EXPECT_EQ(0, check_at(self, PASID));
	ASSERT_EQ(0, ep_attach_to(ep, PASID, other));
	EXPECT_EQ(0, check_at(self, PASID));
	ASSERT_EQ(0, destroy(self->s.iommu, self->hwpt));
	ASSERT_EQ(0, ep_attach_to(ep, PASID, plain));
	EXPECT_TRUE(is_blocked_at(self, PASID));
	EXPECT_EQ(0, ep_check(ep, PASID, IOVA, self->memory, PAGE));
	EXPECT_EQ(0, destroy(self->s.iommu, other));
}

/* What is for page tables of mappings only */
TEST_F(refused, calls_of_mappings)
{
	struct setup *s = &self->s;
	unsigned long bitmap = 0;
	__u32 hwpt;

	EXPECT_GT(0, dirty_set(s->iommu, self->hwpt, true));
	EXPECT_GT(0, dirty_get(s->iommu, self->hwpt, (uintptr_t)self->memory,
			       PAGE, PAGE, &bitmap, 0));
	EXPECT_GT(0, ioas_map_at(s->iommu, self->hwpt, self->memory, PAGE,
				 IOVA));
	EXPECT_GT(0, hwpt_alloc(s->iommu, s->dev, self->hwpt, 0, &hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, self->hwpt));
	EXPECT_EQ(0, check_at(self, PASID));
}

/* A PASID of somebody else's, of a device that is shared */
TEST(number_in_use)
{
	int iommu = iommu_open(), a, b;
	__u32 dev, hwpt;

	ASSERT_LE(0, iommu);
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_PASIDS));
	a = ep_open(EP_A);
	b = ep_open(EP_A);
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	ASSERT_EQ(0, ep_bind(a, iommu, &dev));
	ASSERT_EQ(0, ep_bind(b, iommu, &dev));
	ASSERT_EQ(0, sva_alloc(iommu, dev, 0, &hwpt));
	ASSERT_EQ(0, ep_attach_to(a, PASID, hwpt));
	EXPECT_EQ(-EBUSY, ep_attach_to(b, PASID, hwpt));
	EXPECT_EQ(0, ep_attach_to(b, PASID + 1, hwpt));
	EXPECT_EQ(-EPERM, ep_attach_to(b, NO_PASID, hwpt));
	close(a);
	EXPECT_EQ(0, ep_attach_to(b, PASID, hwpt));
	close(b);
	close(iommu);
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_FULL));
}

/* Limits */

static long parameter(const char *name)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return atol(text);
}

/* How many more there can be, and why not one more; they stay. */
static long fill(struct setup *s, int *error, __u32 *last, __u32 *why)
{
	__u32 hwpt;
	long n = 0;

	*last = NO_ID;
	for (;;) {
		*error = sva_alloc_why(s->iommu, s->dev, 0, 0, &hwpt, why);
		if (*error)
			return n;
		*last = hwpt;
		n++;
	}
}

TEST_F(refused, more_than_a_file_may_have)
{
	long most = parameter("sva_context_max");
	struct setup other;
	__u32 last, hwpt, why;
	int error;

	ASSERT_LT(1, most);
	ASSERT_LT(most, parameter("sva_max"));
	/* The fixture has one. */
	EXPECT_EQ(most - 1, fill(&self->s, &error, &last, &why));
	EXPECT_EQ(-ENOSPC, error);
	EXPECT_EQ(WHY(CONTEXT_LIMIT), why);
	/* One goes, one comes; a failed call takes none. */
	ASSERT_EQ(0, destroy(self->s.iommu, last));
	EXPECT_EQ(-ENOENT, sva_alloc(self->s.iommu, NO_ID, 0, &hwpt));
	EXPECT_EQ(1, fill(&self->s, &error, &last, &why));
	/* Another file has its own. */
	ASSERT_EQ(0, setup_open(&other, EP_B));
	EXPECT_EQ(0, sva_alloc(other.iommu, other.dev, 0, &hwpt));
	setup_close(&other);
}

/* Two files have all that they may, a third one what is left of all together. */
TEST_F(refused, more_than_all_may_have)
{
	long most = parameter("sva_context_max"), all = parameter("sva_max");
	struct setup b, c;
	__u32 last, why;
	int error;

	ASSERT_LT(2 * most, all);
	ASSERT_LT(all, 3 * most);
	ASSERT_EQ(0, setup_open(&b, EP_B));
	ASSERT_EQ(0, ep_set_driver(EP_D, EP_FULL));
	ASSERT_EQ(0, setup_open(&c, EP_C));
	EXPECT_EQ(most - 1, fill(&self->s, &error, &last, &why));
	EXPECT_EQ(most, fill(&b, &error, &last, &why));
	EXPECT_EQ(WHY(CONTEXT_LIMIT), why);
	EXPECT_EQ(all - 2 * most, fill(&c, &error, &last, &why));
	EXPECT_EQ(-ENOSPC, error);
	EXPECT_EQ(WHY(GLOBAL_LIMIT), why);
	/* A file that goes gives back all it had. */
	setup_close(&b);
	EXPECT_EQ(3 * most - all, fill(&c, &error, &last, &why));
	EXPECT_EQ(WHY(CONTEXT_LIMIT), why);
	setup_close(&c);
}

/* Devices and units that lack something */

FIXTURE(lacking)
{
	struct setup s;
};

FIXTURE_VARIANT(lacking)
{
	const char *name;
	__u32 flags;
	__u32 why;
	bool if_cpu_has_1g;
};

FIXTURE_VARIANT_ADD(lacking, pasid)
{
	.name = "vtdm1:00:01.0",
	.why = WHY(PASID),
};

FIXTURE_VARIANT_ADD(lacking, pasid_no_faults)
{
	.name = "vtdm1:00:01.0",
	.flags = NO_FAULTS,
	.why = WHY(PASID),
};

FIXTURE_VARIANT_ADD(lacking, page_requests)
{
	.name = "vtdm1:00:02.0",
	.why = WHY(PAGE_REQUESTS),
};

FIXTURE_VARIANT_ADD(lacking, nothing)
{
	.name = "vtdm1:00:03.0",
	.why = WHY(NONE),
};

FIXTURE_VARIANT_ADD(lacking, nothing_needed)
{
	.name = "vtdm1:00:02.0",
	.flags = NO_FAULTS,
	.why = WHY(NONE),
};

FIXTURE_VARIANT_ADD(lacking, first_stage)
{
	.name = "vtdm2:00:01.0",
	.why = WHY(FIRST_STAGE),
};

FIXTURE_VARIANT_ADD(lacking, coherency)
{
	.name = "vtdm3:00:01.0",
	.why = WHY(COHERENCY),
};

FIXTURE_VARIANT_ADD(lacking, caching_mode)
{
	.name = "vtdm4:00:01.0",
	.why = WHY(CACHING_MODE),
};

FIXTURE_VARIANT_ADD(lacking, page_size)
{
	.name = "vtdm5:00:01.0",
	.why = WHY(PAGE_SIZE),
	.if_cpu_has_1g = true,
};

FIXTURE_SETUP(lacking)
{
	ASSERT_EQ(0, setup_open(&self->s, variant->name));
}

FIXTURE_TEARDOWN(lacking)
{
	setup_close(&self->s);
}

static bool cpu_has_1g(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[4096];
	bool has = false;

	while (file && !has && fgets(line, sizeof(line), file))
		has = !strncmp(line, "flags", 5) && strstr(line, " pdpe1gb");
	if (file)
		fclose(file);
	return has;
}

TEST_F(lacking, why)
{
	__u32 expected = variant->why, hwpt, why, other, last;
	struct setup a, *s = &self->s;
	int error = expected ? -EOPNOTSUPP : 0;
	unsigned char *memory = anonymous(PAGE);
	unsigned int n;

	if (variant->if_cpu_has_1g && !cpu_has_1g()) {
		expected = WHY(NONE);
		error = 0;
	}
	/* The same again: a refusal takes nothing. */
	for (n = 0; n < 3; n++) {
		EXPECT_EQ(error, sva_alloc_why(s->iommu, s->dev, variant->flags,
					       0, &hwpt, &why));
		EXPECT_EQ(expected, why);
	}
	/* One of a device that has all that it takes, in the same context */
	a.iommu = s->iommu;
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_FULL));
	a.ep = ep_open(EP_A);
	ASSERT_LE(0, a.ep);
	ASSERT_EQ(0, ep_bind(a.ep, a.iommu, &a.dev));
	ASSERT_EQ(0, sva_alloc(a.iommu, a.dev, 0, &other));
	memset(memory, 0, PAGE);
	if (expected == WHY(PASID)) {
		EXPECT_EQ(-EOPNOTSUPP, ep_attach_to(s->ep, PASID, other));
	} else if (error && expected != WHY(PAGE_REQUESTS)) {
		EXPECT_GT(0, ep_attach_to(s->ep, PASID, other));
		EXPECT_TRUE(ep_is_blocked(s->ep, PASID, (uintptr_t)memory));
	} else {
		ASSERT_EQ(0, ep_attach_to(s->ep, PASID, other));
		EXPECT_EQ(0, ep_check(s->ep, PASID, (uintptr_t)memory, memory,
				      PAGE));
		ASSERT_EQ(0, munmap(memory, PAGE));
		EXPECT_TRUE(ep_is_blocked(s->ep, PASID, (uintptr_t)memory));
	}
	fill(&a, &error, &last, &why);
	EXPECT_EQ(WHY(CONTEXT_LIMIT), why);
	close(a.ep);
}

TEST_HARNESS_MAIN
