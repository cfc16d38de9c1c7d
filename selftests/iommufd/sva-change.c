// SPDX-License-Identifier: GPL-2.0-only
/*
 * An address space that changes while devices have it: DMA follows at once. Two
 * devices have it, each by a context and a PASID of its own.
 */
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "sva.h"

#define PASID		50
#define SIZE		(8 * PAGE)
/* Nothing of a program is there by itself. Entries of the top-level table */
#define FAR		0x200000000000ULL
#define FAR_STEP	(1ULL << 39)
#define NR_FAR		6

FIXTURE(change)
{
	struct sva a;
	struct sva b;
	unsigned char *memory;
	unsigned int seed;
};

FIXTURE_SETUP(change)
{
	ASSERT_EQ(0, sva_open(&self->a, EP_A, 0, PASID));
	ASSERT_EQ(0, sva_open(&self->b, EP_B, 0, PASID + 1));
	self->memory = anonymous(SIZE);
	ASSERT_NE(NULL, self->memory);
	self->seed = new_seed();
	pattern(self->memory, SIZE, self->seed);
	/* What a device may remember of it, both do. */
	ASSERT_EQ(0, sva_check(&self->a, self->memory, SIZE));
	ASSERT_EQ(0, sva_check(&self->b, self->memory, SIZE));
	pattern(self->memory, SIZE, self->seed);
}

FIXTURE_TEARDOWN(change)
{
	sva_close(&self->a);
	sva_close(&self->b);
}

static bool both_blocked(FIXTURE_DATA(change) *self, const void *memory)
{
	return sva_is_blocked_at(&self->a, memory) &&
	       sva_is_blocked_at(&self->b, memory);
}

static int both_check(FIXTURE_DATA(change) *self, void *memory, size_t size)
{
	return sva_check(&self->a, memory, size) ?:
	       sva_check(&self->b, memory, size);
}

/* Neither can write. */
static bool both_read_only(FIXTURE_DATA(change) *self, void *memory)
{
	char data[64] = "";

	return sva_write(&self->a, memory, data, sizeof(data)) ==
	       IOPASID_ENDPOINT_BLOCKED &&
	       sva_write(&self->b, memory, data, sizeof(data)) ==
	       IOPASID_ENDPOINT_BLOCKED;
}

static int both_read(FIXTURE_DATA(change) *self, void *memory, size_t size,
		     unsigned int seed)
{
	return sva_reads(&self->a, memory, size, seed) ?:
	       sva_reads(&self->b, memory, size, seed);
}

static void *map_at(void *memory, size_t size)
{
	return mmap(memory, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

TEST_F(change, unmapped)
{
	unsigned char *page = self->memory + PAGE;

	ASSERT_EQ(0, munmap(page, PAGE));
	EXPECT_TRUE(both_blocked(self, page));
	EXPECT_EQ(0, both_read(self, self->memory, PAGE, self->seed));
	/* Another page at that address */
	ASSERT_EQ(page, map_at(page, PAGE));
	EXPECT_EQ(0, sva_reads_zero(&self->a, page, PAGE));
	EXPECT_EQ(0, sva_reads_zero(&self->b, page, PAGE));
	EXPECT_EQ(0, both_check(self, page, PAGE));
}

TEST_F(change, protected)
{
	ASSERT_EQ(0, mprotect(self->memory, SIZE, PROT_READ));
	EXPECT_TRUE(both_read_only(self, self->memory));
	EXPECT_EQ(0, both_read(self, self->memory, SIZE, self->seed));
	ASSERT_EQ(0, mprotect(self->memory, SIZE, PROT_NONE));
	EXPECT_TRUE(both_blocked(self, self->memory));
	ASSERT_EQ(0, mprotect(self->memory, SIZE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, both_read(self, self->memory, SIZE, self->seed));
	EXPECT_EQ(0, both_check(self, self->memory, SIZE));
}

TEST_F(change, moved)
{
	void *room = anonymous(SIZE), *moved;

	moved = mremap(self->memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       room);
	ASSERT_EQ(room, moved);
	EXPECT_TRUE(both_blocked(self, self->memory));
	EXPECT_TRUE(both_blocked(self, self->memory + SIZE - PAGE));
	EXPECT_EQ(0, both_read(self, moved, SIZE, self->seed));
	EXPECT_EQ(0, both_check(self, moved, SIZE));
}

/* Whole tables move with it, and one is left empty. */
TEST_F(change, much_moved)
{
	size_t size = 4 * HUGE;
	unsigned char *from = (void *)FAR, *to = (void *)(FAR + FAR_STEP);

	ASSERT_EQ(from, map_at(from, size));
	ASSERT_EQ(0, madvise(from, size, MADV_NOHUGEPAGE));
	ASSERT_EQ(to, map_at(to, size));
	pattern(from, size, self->seed);
	ASSERT_EQ(0, both_check(self, from, PAGE));
	ASSERT_EQ(0, both_check(self, from + size - PAGE, PAGE));
	pattern(from, size, self->seed);
	ASSERT_EQ(to, mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
			     to));
	EXPECT_TRUE(both_blocked(self, from));
	EXPECT_TRUE(both_blocked(self, from + size - PAGE));
	EXPECT_EQ(0, both_read(self, to, MEGA, self->seed));
	EXPECT_TRUE(matches(to, size, self->seed));
	EXPECT_EQ(0, both_check(self, to + size - PAGE, PAGE));
}

TEST_F(change, not_needed)
{
	ASSERT_EQ(0, madvise(self->memory, SIZE, MADV_DONTNEED));
	EXPECT_TRUE(ep_is_blocked(self->a.s.ep, PASID,
				  (uintptr_t)self->memory));
	EXPECT_EQ(0, sva_reads_zero(&self->a, self->memory, SIZE));
	EXPECT_EQ(0, sva_reads_zero(&self->b, self->memory, SIZE));
	EXPECT_EQ(0, both_check(self, self->memory, SIZE));
}

TEST_F(change, truncated)
{
	int fd = memfd(SIZE);
	unsigned char *memory = file_memory(fd, SIZE);

	ASSERT_NE(NULL, memory);
	ASSERT_EQ(0, both_check(self, memory, SIZE));
	ASSERT_EQ(0, ftruncate(fd, PAGE));
	EXPECT_TRUE(both_blocked(self, memory + PAGE));
	EXPECT_EQ(0, both_check(self, memory, PAGE));
	ASSERT_EQ(0, ftruncate(fd, SIZE));
	EXPECT_EQ(0, sva_reads_zero(&self->a, memory + PAGE, PAGE));
	EXPECT_EQ(0, both_check(self, memory, SIZE));
	close(fd);
}

/* A large page comes to pieces, and its pieces to one again. */
TEST_F(change, large_page)
{
	unsigned char *memory = (void *)FAR, *middle = memory + HUGE / 2;

	ASSERT_EQ(memory, map_at(memory, HUGE));
	ASSERT_EQ(0, madvise(memory, HUGE, MADV_HUGEPAGE));
	pattern(memory, HUGE, self->seed);
	ASSERT_EQ(HUGE / 1024, large_pages(memory));
	EXPECT_EQ(0, both_read(self, memory, MEGA, self->seed));
	ASSERT_EQ(0, both_check(self, middle, PAGE));
	ASSERT_EQ(0, mprotect(middle, PAGE, PROT_READ));
	EXPECT_TRUE(both_read_only(self, middle));
	EXPECT_EQ(0, both_check(self, middle - PAGE, PAGE));
	EXPECT_EQ(0, both_check(self, middle + PAGE, PAGE));
	ASSERT_EQ(0, mprotect(middle, PAGE, PROT_NONE));
	EXPECT_TRUE(both_blocked(self, middle));
	ASSERT_EQ(0, mprotect(middle, PAGE, PROT_READ | PROT_WRITE));
	pattern(memory, HUGE, self->seed);
	ASSERT_EQ(0, large_pages(memory));
	ASSERT_EQ(0, collapse(memory));
	ASSERT_EQ(HUGE / 1024, large_pages(memory));
	EXPECT_TRUE(matches(memory, HUGE, self->seed));
	EXPECT_EQ(0, both_read(self, memory, MEGA, self->seed));
	EXPECT_EQ(0, both_check(self, memory, HUGE));
	ASSERT_EQ(0, munmap(memory, HUGE));
	EXPECT_TRUE(both_blocked(self, memory));
	EXPECT_TRUE(both_blocked(self, middle));
}

/* Entries of the top-level table come and go after the attach. */
TEST_F(change, top_level)
{
	unsigned char *memory;
	unsigned int n, round;

	for (round = 0; round < 2; round++) {
		for (n = 0; n < NR_FAR; n++) {
			memory = (void *)(FAR + n * FAR_STEP);
			ASSERT_TRUE(both_blocked(self, memory));
			ASSERT_EQ(memory, map_at(memory, SIZE));
			/* The program first, or the device */
			if (n % 2)
				pattern(memory, SIZE, self->seed);
			ASSERT_EQ(0, both_check(self, memory, SIZE));
		}
		for (n = 0; n < NR_FAR; n++) {
			memory = (void *)(FAR + n * FAR_STEP);
			ASSERT_EQ(0, munmap(memory, SIZE));
			EXPECT_TRUE(both_blocked(self, memory));
		}
	}
}

/* The highest addresses that a program can have */
TEST_F(change, end_of_the_users_half)
{
	unsigned char *last = (void *)(USER_END - 2 * PAGE);

	ASSERT_EQ(last, map_at(last, PAGE));
	EXPECT_EQ(0, both_check(self, last, PAGE));
	EXPECT_TRUE(both_blocked(self, last + PAGE));
	ASSERT_EQ(0, munmap(last, PAGE));
	EXPECT_TRUE(both_blocked(self, last));
}

/* What a child shares until one of both writes */

TEST_F(change, child_keeps_the_old)
{
	unsigned char data[SIZE], byte = 0;
	unsigned int seed = self->seed;
	int go[2];
	pid_t child;

	ASSERT_EQ(0, pipe(go));
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(read(go[0], &byte, 1) == 1);
		CHECK(matches(self->memory, SIZE, seed));
		_exit(0);
	}
	ASSERT_LT(0, child);
	/* Neither device writes into what is the child's, too. */
	pattern(data, SIZE, ~seed);
	EXPECT_EQ(0, sva_write(&self->a, self->memory, data, SIZE / 2));
	EXPECT_EQ(0, sva_write(&self->b, self->memory + SIZE / 2,
			       data + SIZE / 2, SIZE / 2));
	EXPECT_TRUE(matches(self->memory, SIZE, ~seed));
	EXPECT_EQ(1, write(go[1], &byte, 1));
	EXPECT_EQ(0, sva_wait(child));
	EXPECT_EQ(0, both_check(self, self->memory, SIZE));
}

TEST_F(change, what_a_child_writes)
{
	unsigned int seed = self->seed;
	pid_t child = fork();

	if (!child) {
		pattern(self->memory, SIZE, ~seed);
		CHECK(matches(self->memory, SIZE, ~seed));
		_exit(0);
	}
	ASSERT_LT(0, child);
	EXPECT_EQ(0, sva_wait(child));
	EXPECT_EQ(0, both_read(self, self->memory, SIZE, seed));
	/* The program, after a fork, gets another page. */
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	pattern(self->memory, SIZE, seed + 1);
	EXPECT_EQ(0, both_read(self, self->memory, SIZE, seed + 1));
	kill(child, SIGKILL);
	EXPECT_EQ(-SIGKILL, sva_wait(child));
	EXPECT_EQ(0, both_check(self, self->memory, SIZE));
}

/* A thread changes what a device uses: what arrives is old or new, never else's. */

struct flip {
	pthread_t id;
	void *memory;
	bool stop;
	unsigned int rounds;
};

static void *flip_run(void *argument)
{
	struct flip *flip = argument;

	while (!__atomic_load_n(&flip->stop, __ATOMIC_RELAXED)) {
		flip->rounds++;
		if (mprotect(flip->memory, PAGE, PROT_READ) ||
		    mprotect(flip->memory, PAGE, PROT_READ | PROT_WRITE) ||
		    madvise(flip->memory, PAGE, MADV_DONTNEED))
			break;
	}
	return NULL;
}

TEST_F(change, meanwhile)
{
	struct flip flip = { .memory = self->memory };
	unsigned char data[PAGE], wanted[PAGE];
	unsigned int n, arrived = 0;
	int ret;

	memset(wanted, 0xa5, PAGE);
	ASSERT_EQ(0, pthread_create(&flip.id, NULL, flip_run, &flip));
	for (n = 0; n < 300; n++) {
		ret = sva_write(n % 2 ? &self->a : &self->b, self->memory,
				wanted, PAGE);
		arrived += !ret;
		EXPECT_TRUE(!ret || ret == IOPASID_ENDPOINT_BLOCKED);
		if (sva_read(n % 2 ? &self->b : &self->a, self->memory, data,
			     PAGE))
			continue;
		EXPECT_TRUE(is_zero(data, 64) || !memcmp(data, wanted, 64));
	}
	__atomic_store_n(&flip.stop, true, __ATOMIC_RELAXED);
	pthread_join(flip.id, NULL);
	EXPECT_LT(0, arrived);
	EXPECT_LT(0, flip.rounds);
	EXPECT_EQ(0, both_check(self, self->memory, SIZE));
}

/* The program serves its device itself */

FIXTURE(queue)
{
	struct sva sva;
	__u32 id;
	int fd;
};

FIXTURE_SETUP(queue)
{
	struct setup *s = &self->sva.s;
	__u32 why;

	self->sva.pasid = PASID;
	ASSERT_EQ(0, setup_open(s, EP_A));
	ASSERT_EQ(0, fault_alloc(s->iommu, &self->id, &self->fd));
	ASSERT_EQ(0, sva_alloc_why(s->iommu, s->dev,
				   IOPASID_SVA_FAULT_ID_VALID, self->id,
				   &self->sva.hwpt, &why));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, self->sva.hwpt));
}

FIXTURE_TEARDOWN(queue)
{
	close(self->fd);
	sva_close(&self->sva);
}

static int read_request(int fd, struct iommu_hwpt_pgfault *request)
{
	struct pollfd pfd = { fd, POLLIN };

	if (poll(&pfd, 1, 20000) != 1)
		return -ETIMEDOUT;
	return read(fd, request, sizeof(*request)) == sizeof(*request) ? 0 :
	       -EIO;
}

static int answer(int fd, __u32 cookie, __u32 code)
{
	struct iommu_hwpt_page_response response = { cookie, code };

	return write(fd, &response, sizeof(response)) == sizeof(response) ?
	       0 : -errno;
}

/* The request, the page, the answer, the bytes */
static void served(struct __test_metadata *_metadata, FIXTURE_DATA(queue) *self,
		   void *memory)
{
	char data[64], wanted[64];
	struct sva_dma dma = {
		.sva = &self->sva,
		.addr = (uintptr_t)memory,
		.data = data,
		.size = sizeof(data),
		.flags = IOPASID_ENDPOINT_WRITE,
	};
	struct iommu_hwpt_pgfault request;

	pattern(data, sizeof(data), 7);
	ASSERT_EQ(0, sva_dma_start(&dma));
	ASSERT_EQ(0, read_request(self->fd, &request));
	EXPECT_EQ(dma.addr, request.addr);
	EXPECT_EQ(PASID, request.pasid);
	EXPECT_EQ(self->sva.s.dev, request.dev_id);
	EXPECT_TRUE(request.perm & IOMMU_PGFAULT_PERM_WRITE);
	memset(memory, 1, sizeof(data));
	ASSERT_EQ(0, answer(self->fd, request.cookie,
			    IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, sva_dma_result(&dma));
	memcpy(wanted, memory, sizeof(wanted));
	EXPECT_TRUE(matches(wanted, sizeof(wanted), 7));
}

TEST_F(queue, served)
{
	void *memory = (void *)FAR;

	served(_metadata, self, anonymous(PAGE));
	ASSERT_EQ(memory, map_at(memory, PAGE));
	served(_metadata, self, memory);
}

TEST_F(queue, refused)
{
	char data[64];
	struct sva_dma dma = {
		.sva = &self->sva,
		.addr = (uintptr_t)anonymous(PAGE),
		.data = data,
		.size = sizeof(data),
	};
	struct iommu_hwpt_pgfault request;

	ASSERT_EQ(0, sva_dma_start(&dma));
	ASSERT_EQ(0, read_request(self->fd, &request));
	EXPECT_EQ(IOMMU_PGFAULT_PERM_READ, request.perm);
	ASSERT_EQ(0, answer(self->fd, request.cookie,
			    IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED, sva_dma_result(&dma));
}

TEST_HARNESS_MAIN
