// SPDX-License-Identifier: GPL-2.0-only
/*
 * A populate that waits for memory which somebody brings late: its page table is
 * destroyed meanwhile, or its process is killed. Nothing stays pinned.
 */
#include <signal.h>
#include <sys/prctl.h>

#include "sva.h"

#define PASID		90
#define THERE		3		/* pages in front of the late one */
#define WRITE		IOPASID_SVA_POPULATE_WRITE
#define PIN		IOPASID_SVA_POPULATE_PIN

/* A call in a thread of its own */
struct waiting {
	pthread_t id;
	int (*call)(void *fixture);
	void *fixture;
	bool done;
	int result;
};

/* What the killed process and the test both see */
struct board {
	__u32 hwpt;
	bool ready;
};

FIXTURE(late)
{
	struct setup s;
	__u32 hwpt;
	__u32 flags;
	int late;
	unsigned char *memory;		/* its last page is late */
	long pinned;
};

FIXTURE_VARIANT(late)
{
	__u32 flags;
};

FIXTURE_VARIANT_ADD(late, populate)
{
	.flags = WRITE,
};

FIXTURE_VARIANT_ADD(late, pin)
{
	.flags = WRITE | PIN,
};

FIXTURE_VARIANT_ADD(late, pin_for_reading)
{
	.flags = PIN,
};

FIXTURE_SETUP(late)
{
	self->pinned = pages_pinned();
	self->flags = variant->flags;
	ASSERT_LE(0, self->pinned);
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
}

FIXTURE_TEARDOWN(late)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
}

/* An address space, and memory of which the last page is late */
static int prepare(FIXTURE_DATA(late) *self)
{
	size_t size = THERE * PAGE;
	void *page;

	self->late = late_memory(&page);
	if (self->late < 0)
		return self->late;
	self->memory = (unsigned char *)page - size;
	if (mmap(self->memory, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
	    self->memory)
		return -errno;
	return sva_alloc(self->s.iommu, self->s.dev, IOPASID_SVA_NO_FAULTS,
			 &self->hwpt);
}

static void *wait_run(void *argument)
{
	struct waiting *w = argument;

	w->result = w->call(w->fixture);
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static int start(struct waiting *w)
{
	return -pthread_create(&w->id, NULL, wait_run, w);
}

static bool is_done(struct waiting *w)
{
	return __atomic_load_n(&w->done, __ATOMIC_ACQUIRE);
}

static int result(struct waiting *w)
{
	pthread_join(w->id, NULL);
	return w->result;
}

static int populate(void *fixture)
{
	FIXTURE_DATA(late) *self = fixture;

	return sva_populate(self->s.iommu, self->hwpt, self->memory,
			    (THERE + 1) * PAGE, self->flags);
}

static int destroy_it(void *fixture)
{
	FIXTURE_DATA(late) *self = fixture;

	return destroy(self->s.iommu, self->hwpt);
}

/* A call without a range says only whether there is such a page table. */
static bool has_gone(FIXTURE_DATA(late) *self)
{
	unsigned int n;

	for (n = 0; n < 1000; n++) {
		if (sva_populate(self->s.iommu, self->hwpt, self->memory, 0,
				 0) == -ENOENT)
			return true;
		usleep(10000);
	}
	return false;
}

TEST_F(late, destroyed)
{
	struct waiting first = { .call = populate, .fixture = self };
	struct waiting second = { .call = destroy_it, .fixture = self };

	ASSERT_EQ(0, prepare(self));
	ASSERT_EQ(0, start(&first));
	ASSERT_TRUE(late_is_awaited(self->late));
	ASSERT_EQ(0, start(&second));
	/* Nobody finds it any more; it goes with the last call that has it. */
	EXPECT_TRUE(has_gone(self));
	usleep(100000);
	EXPECT_FALSE(is_done(&first));
	EXPECT_FALSE(is_done(&second));
	ASSERT_EQ(0, late_give(self->late, self->memory + THERE * PAGE));
	EXPECT_EQ(0, result(&first));
	EXPECT_EQ(0, result(&second));
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
	EXPECT_EQ(-ENOENT, destroy(self->s.iommu, self->hwpt));
	close(self->late);
}

/* In use at a PASID it stays, also while somebody waits. */
TEST_F(late, in_use)
{
	struct waiting first = { .call = populate, .fixture = self };
	__u64 addr;

	ASSERT_EQ(0, prepare(self));
	addr = (uintptr_t)self->memory + THERE * PAGE;
	ASSERT_EQ(0, ep_attach_to(self->s.ep, PASID, self->hwpt));
	ASSERT_EQ(0, start(&first));
	ASSERT_TRUE(late_is_awaited(self->late));
	EXPECT_EQ(-EBUSY, destroy(self->s.iommu, self->hwpt));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, PASID, addr));
	ASSERT_EQ(0, late_give(self->late, self->memory + THERE * PAGE));
	EXPECT_EQ(0, result(&first));
	self->memory[THERE * PAGE] = 0;
	EXPECT_EQ(0, ep_check(self->s.ep, PASID, addr,
			      self->memory + THERE * PAGE, PAGE));
	ASSERT_EQ(0, ep_detach(self->s.ep, PASID));
	EXPECT_EQ(0, destroy(self->s.iommu, self->hwpt));
	close(self->late);
}

static void wait_for_death(FIXTURE_DATA(late) *self, struct board *board)
{
	struct waiting first = { .call = populate, .fixture = self };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CHECK(!prepare(self));
	board->hwpt = self->hwpt;
	CHECK(!start(&first));
	CHECK(late_is_awaited(self->late));
	__atomic_store_n(&board->ready, true, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

TEST_F(late, killed)
{
	struct board *board = shared(PAGE);
	pid_t child = fork();
	unsigned int n;

	if (!child)
		wait_for_death(self, board);
	ASSERT_LT(0, child);
	for (n = 0; n < 1000 && !__atomic_load_n(&board->ready,
						 __ATOMIC_ACQUIRE); n++)
		usleep(10000);
	ASSERT_TRUE(board->ready);
	ASSERT_EQ(0, kill(child, SIGKILL));
	EXPECT_EQ(-SIGKILL, sva_wait(child));
	EXPECT_EQ(self->pinned, pages_pinned());
	/* The call has let its page table go. */
	EXPECT_EQ(0, destroy(self->s.iommu, board->hwpt));
}

TEST_HARNESS_MAIN
