// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's edu device in the address space of a program: a device that does not ask
 * for pages, behind QEMU's own unit. Its DMA by source id means a PASID
 * (RID_PASID steering). The program touches memory before the device does, or
 * populates it: QEMU's unit writes Accessed and Dirty as no hardware would.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <iopasid/edu.h>

#include "sva.h"

#define NAME	"0000:00:04.0"
#define NODE	"/dev/iopasid-edu/" NAME
#define VTD	"/sys/kernel/debug/iopasid/vtd/"
#define KNOB	VTD "devices/" NAME "/rid_pasid"
#define FAULT	VTD "dmar0/last_fault"
#define PASID	64
/* What a first-stage walk finds not present, or forbidden */
#define ABSENT	0x71
#define FAR	0x300000000000ULL

static int copy(int edu, const void *memory, __u32 flags)
{
	struct iopasid_edu_copy cmd = {
		.argsz = sizeof(cmd),
		.flags = flags,
		.addr = (uintptr_t)memory,
		.length = PAGE,
	};

	return call(edu, IOPASID_EDU_COPY, &cmd);
}

static int to_device(int edu, const void *memory)
{
	return copy(edu, memory, 0);
}

static int from_device(int edu, void *memory)
{
	return copy(edu, memory, IOPASID_EDU_FROM_DEVICE);
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

struct fault {
	unsigned long long count;
	unsigned int pasid;
	char verb[8];
	unsigned long long addr;
	unsigned int reason;
};

/* How many there were, and the last one */
static int last_fault(struct fault *fault)
{
	FILE *file = fopen(FAULT, "r");
	int found;

	*fault = (struct fault){ };
	if (!file)
		return -errno;
	found = fscanf(file, "%llu source %*x PASID %x %7s %llx reason %x",
		       &fault->count, &fault->pasid, fault->verb, &fault->addr,
		       &fault->reason);
	fclose(file);
	return found == 5 || (found == 1 && !fault->count) ? 0 : -EIO;
}

static int edu_open(struct setup *s)
{
	s->iommu = iommu_open();
	if (s->iommu < 0)
		return s->iommu;
	s->ep = open(NODE, O_RDWR | O_CLOEXEC);
	return s->ep < 0 ? -errno : ep_bind(s->ep, s->iommu, &s->dev);
}

/* Why not */

static void refused(struct __test_metadata *_metadata, __u32 flags, __u32 reason)
{
	__u32 hwpt, why;
	struct setup s;

	ASSERT_EQ(0, edu_open(&s));
	EXPECT_EQ(-EOPNOTSUPP, sva_alloc_why(s.iommu, s.dev, flags, 0, &hwpt,
					     &why));
	EXPECT_EQ(reason, why);
	setup_close(&s);
}

TEST(first_stage)
{
	refused(_metadata, IOPASID_SVA_NO_FAULTS,
		IOPASID_SVA_WHY_FIRST_STAGE);
}

TEST(coherency)
{
	refused(_metadata, IOPASID_SVA_NO_FAULTS, IOPASID_SVA_WHY_COHERENCY);
}

TEST(caching_mode)
{
	refused(_metadata, IOPASID_SVA_NO_FAULTS, IOPASID_SVA_WHY_CACHING_MODE);
}

FIXTURE(edu)
{
	struct setup s;
	__u32 hwpt;
	unsigned char *memory;		/* two pages, touched */
};

FIXTURE_SETUP(edu)
{
	const char *qemu = getenv("QEMU");

	if (qemu && atoi(qemu) > 10)
		SKIP(return, "QEMU 11 ignores RID_PASID");
	ASSERT_EQ(0, edu_open(&self->s));
	ASSERT_EQ(0, sva_alloc(self->s.iommu, self->s.dev,
			       IOPASID_SVA_NO_FAULTS, &self->hwpt));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, PASID, self->hwpt));
	ASSERT_EQ(0, steer("64"));
	self->memory = anonymous(2 * PAGE);
	ASSERT_NE(NULL, self->memory);
	memset(self->memory, 0, 2 * PAGE);
}

FIXTURE_TEARDOWN(edu)
{
	steer("0");
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

/* The first page goes through the device to the second one. */
static bool carries(FIXTURE_DATA(edu) *self, unsigned char *memory)
{
	unsigned int seed = new_seed();

	pattern(memory, PAGE, seed);
	memset(memory + PAGE, 0, PAGE);
	return !to_device(self->s.ep, memory) &&
	       !from_device(self->s.ep, memory + PAGE) &&
	       matches(memory + PAGE, PAGE, seed);
}

/* A DMA is reported as blocked, by that reason if it is not 0. */
static bool is_blocked(FIXTURE_DATA(edu) *self, void *memory, __u32 flags,
		       unsigned int reason)
{
	struct fault before, after;

	return !last_fault(&before) && !copy(self->s.ep, memory, flags) &&
	       !last_fault(&after) && after.count > before.count &&
	       after.pasid == PASID &&
	       (after.addr & ~(PAGE - 1)) == (uintptr_t)memory &&
	       !strcmp(after.verb, flags ? "write" : "read") &&
	       (!reason || after.reason == reason);
}

static bool is_absent(FIXTURE_DATA(edu) *self, void *memory)
{
	return is_blocked(self, memory, 0, ABSENT) &&
	       is_blocked(self, memory, IOPASID_EDU_FROM_DEVICE, ABSENT);
}

TEST_F(edu, page_requests)
{
	__u32 hwpt, why;

	EXPECT_EQ(-EOPNOTSUPP, sva_alloc_why(self->s.iommu, self->s.dev, 0, 0,
					     &hwpt, &why));
	EXPECT_EQ(IOPASID_SVA_WHY_PAGE_REQUESTS, why);
}

TEST_F(edu, carries)
{
	unsigned char *stack[2 * PAGE / sizeof(void *)];
	unsigned int n;

	for (n = 0; n < 8; n++) {
		EXPECT_TRUE(carries(self, self->memory));
	}
	memset(stack, 0, sizeof(stack));
	EXPECT_TRUE(carries(self, (unsigned char *)stack));
}

TEST_F(edu, detached)
{
	EXPECT_TRUE(carries(self, self->memory));
	ASSERT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_FALSE(carries(self, self->memory));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, PASID, self->hwpt));
	EXPECT_TRUE(carries(self, self->memory));
}

TEST_F(edu, unmapped)
{
	unsigned char *page = self->memory;

	ASSERT_TRUE(carries(self, page));
	ASSERT_EQ(0, munmap(page, PAGE));
	EXPECT_TRUE(is_absent(self, page));
	ASSERT_EQ(page, mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			     MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	EXPECT_TRUE(is_absent(self, page));
	page[0] = 1;
	EXPECT_TRUE(carries(self, page));
}

TEST_F(edu, protected)
{
	unsigned char *page = self->memory;

	ASSERT_TRUE(carries(self, page));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_TRUE(is_blocked(self, page, IOPASID_EDU_FROM_DEVICE, 0));
	EXPECT_EQ(0, to_device(self->s.ep, page));
	ASSERT_EQ(0, from_device(self->s.ep, page + PAGE));
	EXPECT_EQ(0, memcmp(page, page + PAGE, PAGE));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_NONE));
	EXPECT_TRUE(is_absent(self, page));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_TRUE(carries(self, page));
}

TEST_F(edu, moved)
{
	void *room = anonymous(2 * PAGE);

	ASSERT_TRUE(carries(self, self->memory));
	ASSERT_EQ(room, mremap(self->memory, 2 * PAGE, 2 * PAGE,
			       MREMAP_MAYMOVE | MREMAP_FIXED, room));
	EXPECT_TRUE(is_absent(self, self->memory));
	EXPECT_TRUE(carries(self, room));
}

TEST_F(edu, populated)
{
	unsigned char *memory = (void *)FAR;

	ASSERT_EQ(memory, mmap(memory, 4 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS |
			       MAP_FIXED_NOREPLACE, -1, 0));
	EXPECT_TRUE(is_absent(self, memory));
	ASSERT_EQ(0, sva_populate(self->s.iommu, self->hwpt, memory, 2 * PAGE,
				  IOPASID_SVA_POPULATE_WRITE));
	EXPECT_EQ(0, charged("VmPin"));
	/* The program has not touched it. */
	EXPECT_EQ(0, from_device(self->s.ep, memory));
	EXPECT_TRUE(carries(self, memory));
	EXPECT_TRUE(is_absent(self, memory + 2 * PAGE));
	ASSERT_EQ(0, munmap(memory, 4 * PAGE));
	EXPECT_TRUE(is_absent(self, memory));
}

TEST_F(edu, pinned)
{
	unsigned char *memory = anonymous(2 * PAGE);
	long before = pages_pinned();

	ASSERT_EQ(0, sva_populate(self->s.iommu, self->hwpt, memory, 2 * PAGE,
				  IOPASID_SVA_POPULATE_WRITE |
				  IOPASID_SVA_POPULATE_PIN));
	EXPECT_EQ(2 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(before + 2, pages_pinned());
	EXPECT_TRUE(carries(self, memory));
	ASSERT_EQ(0, sva_populate(self->s.iommu, self->hwpt, memory, 2 * PAGE,
				  IOPASID_SVA_POPULATE_UNPIN));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(before, pages_pinned());
	EXPECT_TRUE(carries(self, memory));
}

/* Of the kernel's half the private root has nothing. */
TEST_F(edu, not_the_users_half)
{
	EXPECT_EQ(-ERANGE, sva_populate(self->s.iommu, self->hwpt,
					(void *)USER_END, PAGE, 0));
	EXPECT_TRUE(is_blocked(self, (void *)0xffff888000000000, 0, 0));
	EXPECT_TRUE(is_blocked(self, (void *)0xffffffff81000000, 0, 0));
	EXPECT_TRUE(carries(self, self->memory));
}

/* The PASID is that of a process which ends. */
TEST_F(edu, process_ends)
{
	unsigned int *seen = shared(PAGE);
	struct setup *s = &self->s;
	pid_t child = fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(!sva_alloc(s->iommu, s->dev, IOPASID_SVA_NO_FAULTS,
				 &self->hwpt));
		CHECK(!ep_attach_to(s->ep, PASID, self->hwpt));
		CHECK(carries(self, self->memory));
		*seen = self->hwpt;
		_exit(0);
	}
	ASSERT_LT(0, child);
	EXPECT_EQ(0, sva_wait(child));
	EXPECT_TRUE(is_blocked(self, self->memory, 0, 0));
	EXPECT_EQ(-ESRCH, ep_attach_to(s->ep, PASID + 1, *seen));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, self->hwpt));
	EXPECT_TRUE(carries(self, self->memory));
	EXPECT_EQ(0, destroy(s->iommu, *seen));
}

TEST_HARNESS_MAIN
