// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that do not ask for pages: what is not there is blocked, until it is
 * populated; pages that stay. One device can ask and must not, one cannot.
 * sva.sh describes the second unit.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sva.h"

#define PASID		80
#define SIZE		(8 * PAGE)
#define NO_PRI		"vtdm1:00:02.0"
#define FAR		0x300000000000ULL

#define WRITE		IOPASID_SVA_POPULATE_WRITE
#define PIN		IOPASID_SVA_POPULATE_PIN
#define UNPIN		IOPASID_SVA_POPULATE_UNPIN

FIXTURE(pin)
{
	struct sva sva;
	unsigned char *memory;		/* never touched */
	long pinned;
};

FIXTURE_VARIANT(pin)
{
	const char *name;
};

FIXTURE_VARIANT_ADD(pin, could_ask)
{
	.name = EP_A,
};

FIXTURE_VARIANT_ADD(pin, cannot_ask)
{
	.name = NO_PRI,
};

FIXTURE_SETUP(pin)
{
	self->pinned = pages_pinned();
	ASSERT_EQ(0, sva_open(&self->sva, variant->name, IOPASID_SVA_NO_FAULTS,
			      PASID));
	self->memory = anonymous(SIZE);
	ASSERT_NE(NULL, self->memory);
	ASSERT_EQ(0, madvise(self->memory, SIZE, MADV_NOHUGEPAGE));
}

FIXTURE_TEARDOWN(pin)
{
	sva_close(&self->sva);
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
}

static int populate(FIXTURE_DATA(pin) *self, const void *memory, __u64 length,
		    __u32 flags)
{
	return sva_populate(self->sva.s.iommu, self->sva.hwpt, memory, length,
			    flags);
}

static bool is_blocked(FIXTURE_DATA(pin) *self, const void *memory)
{
	return sva_is_blocked_at(&self->sva, memory);
}

TEST_F(pin, populated)
{
	unsigned char *memory = self->memory;

	EXPECT_TRUE(is_blocked(self, memory));
	ASSERT_EQ(0, populate(self, memory, 2 * PAGE, WRITE));
	EXPECT_EQ(0, sva_check(&self->sva, memory, 2 * PAGE));
	EXPECT_TRUE(is_blocked(self, memory + 2 * PAGE));
	EXPECT_EQ(0, charged("VmPin"));
	/* What the program has touched is there as well. */
	pattern(memory + 4 * PAGE, PAGE, 1);
	EXPECT_EQ(0, sva_check(&self->sva, memory + 4 * PAGE, PAGE));
}

TEST_F(pin, populated_for_reading)
{
	char data[64] = "";

	ASSERT_EQ(0, populate(self, self->memory, SIZE, 0));
	EXPECT_EQ(0, sva_reads_zero(&self->sva, self->memory, SIZE));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  sva_write(&self->sva, self->memory, data, sizeof(data)));
	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
}

/* Much of it, in parts of the address space that had nothing before */
TEST_F(pin, populated_far_away)
{
	unsigned char *memory = (void *)FAR;
	size_t size = 600 * PAGE;

	ASSERT_EQ(memory, mmap(memory, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS |
			       MAP_FIXED_NOREPLACE, -1, 0));
	EXPECT_TRUE(is_blocked(self, memory));
	ASSERT_EQ(0, populate(self, memory, size, WRITE));
	EXPECT_EQ(0, sva_check(&self->sva, memory, size));
	ASSERT_EQ(0, munmap(memory, size));
	EXPECT_TRUE(is_blocked(self, memory));
	EXPECT_TRUE(is_blocked(self, memory + size - PAGE));
}

TEST_F(pin, gone_and_populated_again)
{
	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
	ASSERT_EQ(0, madvise(self->memory, SIZE, MADV_DONTNEED));
	EXPECT_TRUE(is_blocked(self, self->memory));
	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE));
	EXPECT_EQ(0, sva_reads_zero(&self->sva, self->memory, SIZE));
	ASSERT_EQ(0, mprotect(self->memory, SIZE, PROT_READ));
	EXPECT_EQ(-EFAULT, populate(self, self->memory, SIZE, WRITE));
	EXPECT_EQ(0, populate(self, self->memory, SIZE, 0));
	EXPECT_EQ(0, sva_reads_zero(&self->sva, self->memory, SIZE));
}

TEST_F(pin, what_cannot_be_populated)
{
	unsigned char *memory = self->memory;

	ASSERT_EQ(0, munmap(memory + PAGE, PAGE));
	ASSERT_EQ(0, mprotect(memory + 4 * PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, populate(self, memory, 2 * PAGE, 0));
	EXPECT_EQ(-EFAULT, populate(self, memory, 2 * PAGE, WRITE | PIN));
	EXPECT_EQ(-EFAULT, populate(self, memory + PAGE, PAGE, 0));
	EXPECT_EQ(-EFAULT, populate(self, memory + 4 * PAGE, PAGE, 0));
	/* The pages before it are not pinned, either. */
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
	EXPECT_EQ(-ENOENT, populate(self, memory, 2 * PAGE, UNPIN));
}

/* Pins */

TEST_F(pin, pinned_until_unpinned)
{
	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE | PIN));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	EXPECT_EQ(self->pinned + SIZE / PAGE, pages_pinned());
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
	ASSERT_EQ(0, populate(self, self->memory, SIZE, UNPIN));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
	/* The page is not unmapped by that. */
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
	EXPECT_EQ(-ENOENT, populate(self, self->memory, SIZE, UNPIN));
}

TEST_F(pin, of_exactly_that_range)
{
	unsigned char *memory = self->memory;

	ASSERT_EQ(0, populate(self, memory, 4 * PAGE, WRITE | PIN));
	ASSERT_EQ(0, populate(self, memory, 4 * PAGE, WRITE | PIN));
	ASSERT_EQ(0, populate(self, memory + 6 * PAGE, PAGE, PIN));
	EXPECT_EQ(9 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(-ENOENT, populate(self, memory, 3 * PAGE, UNPIN));
	EXPECT_EQ(-ENOENT, populate(self, memory + PAGE, 3 * PAGE, UNPIN));
	EXPECT_EQ(-ENOENT, populate(self, memory, SIZE, UNPIN));
	EXPECT_EQ(0, populate(self, memory, 4 * PAGE, UNPIN));
	EXPECT_EQ(5 * PAGE / 1024, charged("VmPin"));
	EXPECT_EQ(0, populate(self, memory + 6 * PAGE, PAGE, UNPIN));
	EXPECT_EQ(0, populate(self, memory, 4 * PAGE, UNPIN));
	EXPECT_EQ(-ENOENT, populate(self, memory, 4 * PAGE, UNPIN));
	EXPECT_EQ(self->pinned, pages_pinned());
}

/* The memory is kept, not the mapping. */
TEST_F(pin, unmapped)
{
	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE | PIN));
	ASSERT_EQ(0, munmap(self->memory, SIZE));
	EXPECT_TRUE(is_blocked(self, self->memory));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	EXPECT_EQ(self->pinned + SIZE / PAGE, pages_pinned());
	EXPECT_EQ(0, populate(self, self->memory, SIZE, UNPIN));
	EXPECT_EQ(self->pinned, pages_pinned());
}

/* It goes with the page table. */
TEST_F(pin, page_table_goes)
{
	struct setup *s = &self->sva.s;

	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE | PIN));
	ASSERT_EQ(0, ep_detach(s->ep, PASID));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	ASSERT_EQ(0, destroy(s->iommu, self->sva.hwpt));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
}

TEST_F(pin, file_goes)
{
	struct setup *s = &self->sva.s;

	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE | PIN));
	close(s->ep);
	close(s->iommu);
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
	s->ep = -1;
	s->iommu = -1;
}

/* Another process takes the context over, and may end the pin, which is not its. */
TEST_F(pin, stays_its_makers)
{
	struct setup *s = &self->sva.s;
	pid_t child;

	ASSERT_EQ(0, populate(self, self->memory, SIZE, WRITE | PIN));
	ASSERT_EQ(0, populate(self, self->memory, PAGE, WRITE | PIN));
	child = fork();
	if (!child) {
		CHECK(!change_process(s->iommu));
		CHECK(!charged("VmPin"));
		CHECK(!populate(self, self->memory, PAGE, UNPIN));
		CHECK(!charged("VmPin"));
		_exit(0);
	}
	ASSERT_LT(0, child);
	EXPECT_EQ(0, sva_wait(child));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	EXPECT_EQ(self->pinned + SIZE / PAGE, pages_pinned());
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
	ASSERT_EQ(0, populate(self, self->memory, SIZE, UNPIN));
	EXPECT_EQ(0, charged("VmPin"));
}

/* Which page it is, or 0: there is none */
static __u64 frame(const void *memory)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)memory / PAGE *
		  sizeof(entry)) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? entry & ((1ULL << 55) - 1) : 0;
}

/* Of a page that is pinned, also for reading, the child gets a copy at once. */
TEST_F(pin, stays_the_parents)
{
	unsigned char *memory = self->memory;
	__u64 before;
	pid_t child;

	pattern(memory, SIZE, 1);
	ASSERT_EQ(0, populate(self, memory, SIZE, PIN));
	EXPECT_EQ(0, sva_reads(&self->sva, memory, SIZE, 1));
	before = frame(memory);
	ASSERT_NE(0, before);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(frame(memory) != before);
		CHECK(matches(memory, SIZE, 1));
		for (;;)
			pause();
	}
	ASSERT_LT(0, child);
	pattern(memory, SIZE, 2);
	EXPECT_EQ(before, frame(memory));
	EXPECT_EQ(0, sva_reads(&self->sva, memory, SIZE, 2));
	kill(child, SIGKILL);
	EXPECT_EQ(-SIGKILL, sva_wait(child));
	EXPECT_EQ(before, frame(memory));
	EXPECT_EQ(0, sva_check(&self->sva, memory, SIZE));
	ASSERT_EQ(0, populate(self, memory, SIZE, UNPIN));
}

/* A process that was killed leaves what it had pinned to whoever has the file. */
TEST_F(pin, process_goes)
{
	struct setup *s = &self->sva.s;
	struct { __u32 hwpt; bool done; } *board = shared(PAGE);
	pid_t child = fork();
	unsigned int n;

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(!sva_alloc(s->iommu, s->dev, IOPASID_SVA_NO_FAULTS,
				 &board->hwpt));
		CHECK(!ep_attach_to(s->ep, PASID + 1, board->hwpt));
		CHECK(!sva_populate(s->iommu, board->hwpt, self->memory, SIZE,
				    WRITE | PIN));
		board->done = true;
		for (;;)
			pause();
	}
	for (n = 0; n < 1000 && !__atomic_load_n(&board->done, __ATOMIC_RELAXED); n++)
		usleep(10000);
	ASSERT_TRUE(board->done);
	EXPECT_EQ(self->pinned + SIZE / PAGE, pages_pinned());
	kill(child, SIGKILL);
	EXPECT_EQ(-SIGKILL, sva_wait(child));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID + 1, (uintptr_t)self->memory));
	ASSERT_EQ(0, ep_detach(s->ep, PASID + 1));
	EXPECT_EQ(0, destroy(s->iommu, board->hwpt));
	EXPECT_EQ(self->pinned, pages_pinned());
}

TEST_F(pin, no_more_than_allowed)
{
	struct rlimit limit = { 4 * PAGE, 4 * PAGE };
	unsigned char *memory = self->memory;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, setresuid(NOBODY, NOBODY, 0));
	ASSERT_EQ(0, prctl(PR_SET_DUMPABLE, 1));
	EXPECT_EQ(-ENOMEM, populate(self, memory, 5 * PAGE, WRITE | PIN));
	EXPECT_EQ(0, charged("VmPin"));
	ASSERT_EQ(0, populate(self, memory, 3 * PAGE, WRITE | PIN));
	EXPECT_EQ(-ENOMEM, populate(self, memory, 2 * PAGE, WRITE | PIN));
	EXPECT_EQ(0, populate(self, memory + 4 * PAGE, PAGE, PIN));
	EXPECT_EQ(4 * PAGE / 1024, charged("VmPin"));
	/* Without a pin it costs nothing. */
	EXPECT_EQ(0, populate(self, memory, SIZE, WRITE));
	EXPECT_EQ(0, sva_check(&self->sva, memory, SIZE));
	ASSERT_EQ(0, populate(self, memory, 3 * PAGE, UNPIN));
	EXPECT_EQ(0, populate(self, memory + 4 * PAGE, 3 * PAGE, WRITE | PIN));
	/* Who counts all pages that are pinned must be root. */
	ASSERT_EQ(0, seteuid(0));
}

/* Arguments */

TEST_F(pin, wrong_arguments)
{
	struct setup *s = &self->sva.s;
	unsigned char *memory = self->memory;
	const void *last = (void *)(USER_END - PAGE);
	__u32 flags, hwpt;

	for (flags = UNPIN << 1; flags; flags <<= 1) {
		EXPECT_EQ(-EOPNOTSUPP, populate(self, memory, PAGE, flags));
	}
	EXPECT_EQ(-EINVAL, populate(self, memory, PAGE, PIN | UNPIN));
	EXPECT_EQ(-EINVAL, populate(self, memory, PAGE, WRITE | UNPIN));
	EXPECT_EQ(-EINVAL, populate(self, memory, 0, 0));
	EXPECT_EQ(-EINVAL, populate(self, memory, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, populate(self, memory, PAGE / 2, 0));
	EXPECT_EQ(-EINVAL, populate(self, memory + 1, PAGE, 0));
	EXPECT_EQ(-ERANGE, populate(self, last + PAGE, PAGE, 0));
	EXPECT_EQ(-ERANGE, populate(self, last, 2 * PAGE, 0));
	EXPECT_EQ(-ERANGE, populate(self, memory, -PAGE, 0));
	EXPECT_EQ(-ERANGE, populate(self, memory, 1ULL << 63, 0));
	EXPECT_EQ(-ERANGE, populate(self, (void *)0xffff888000000000, PAGE, 0));
	EXPECT_EQ(-ERANGE, populate(self, (void *)-PAGE, 2 * PAGE, 0));
	EXPECT_EQ(-EFAULT, populate(self, last, PAGE, 0));
	/* Not an address space */
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &hwpt));
	EXPECT_EQ(-EINVAL, sva_populate(s->iommu, hwpt, memory, PAGE, 0));
	EXPECT_EQ(-ENOENT, sva_populate(s->iommu, NO_ID, memory, PAGE, 0));
	EXPECT_EQ(-ENOENT, sva_populate(s->iommu, s->ioas, memory, PAGE, 0));
	EXPECT_EQ(-ENOENT, sva_populate(s->iommu, s->dev, memory, PAGE, 0));
	EXPECT_EQ(self->pinned, pages_pinned());
	EXPECT_TRUE(is_blocked(self, memory));
}

TEST_HARNESS_MAIN
