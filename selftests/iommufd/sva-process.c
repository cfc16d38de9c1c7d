// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose address space it is: processes that end, execute another program, have
 * children, or are not the ones that attach. The test opens the device, a process
 * that it starts, the owner, makes a page table of its own address space.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "sva.h"

#define PASID	70

/* What owner and test both see */
struct board {
	__u32 hwpt;
	pid_t child;
	bool good;
};

FIXTURE(owner)
{
	struct sva sva;			/* hwpt: the owner's */
	unsigned char *memory;		/* a page, at one address in all */
	void *late_page;
	int late;
	struct board *board;
	int ready[2];			/* the owner has attached, or is gone */
	int go[2];
	pid_t pid;
};

typedef void (*owner_fn)(FIXTURE_DATA(owner) *self);

static void wait_for_go(FIXTURE_DATA(owner) *self)
{
	char byte;

	CHECK(read(self->go[0], &byte, 1) == 1);
}

static void then_end(FIXTURE_DATA(owner) *self)
{
	wait_for_go(self);
	_exit(0);
}

static void then_wait(FIXTURE_DATA(owner) *self)
{
	for (;;)
		pause();
}

static void *wait_for_late_page(void *argument)
{
	FIXTURE_DATA(owner) *self = argument;
	char data[64];

	ep_dma(self->sva.s.ep, PASID, (uintptr_t)self->late_page, data,
	       sizeof(data), 0);
	return NULL;
}

/* Killed while a DMA waits for a page that never comes */
static void then_wait_in_dma(FIXTURE_DATA(owner) *self)
{
	pthread_t id;

	self->late = late_memory(&self->late_page);
	CHECK(self->late >= 0);
	CHECK(!pthread_create(&id, NULL, wait_for_late_page, self));
	CHECK(late_is_awaited(self->late));
	self->board->good = true;
	for (;;)
		pause();
}

static void then_execute(FIXTURE_DATA(owner) *self)
{
	wait_for_go(self);
	execl("/bin/sleep", "sleep", "60", NULL);
	_exit(1);
}

/* Its child goes on, with its copy of all descriptors. */
static void then_leave_a_child(FIXTURE_DATA(owner) *self)
{
	pid_t child;

	wait_for_go(self);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		close(self->ready[1]);
		for (;;)
			pause();
	}
	self->board->child = child;
	_exit(0);
}

static void own(FIXTURE_DATA(owner) *self, owner_fn then)
{
	struct setup *s = &self->sva.s;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(self->ready[0]);
	pattern(self->memory, PAGE, 1);
	CHECK(!sva_alloc(s->iommu, s->dev, 0, &self->board->hwpt));
	CHECK(!ep_attach_to(s->ep, PASID, self->board->hwpt));
	CHECK(write(self->ready[1], "", 1) == 1);
	then(self);
	_exit(99);
}

static int start(FIXTURE_DATA(owner) *self, owner_fn then)
{
	char byte;

	self->pid = fork();
	if (self->pid < 0)
		return -errno;
	if (!self->pid)
		own(self, then);
	close(self->ready[1]);
	if (read(self->ready[0], &byte, 1) != 1)
		return -EPIPE;
	self->sva.hwpt = self->board->hwpt;
	return 0;
}

/* Its page; that of the test, at the same address, is another one. */
static int reaches_owner(FIXTURE_DATA(owner) *self)
{
	int ret = sva_reads(&self->sva, self->memory, PAGE, 1);

	return ret ?: is_zero(self->memory, PAGE) ? 0 : -EBADMSG;
}

/* The descriptor is closed when the address space has gone. */
static bool is_gone(FIXTURE_DATA(owner) *self)
{
	char byte;

	return read(self->ready[0], &byte, 1) == 0;
}

static bool is_blocked_now(FIXTURE_DATA(owner) *self)
{
	return ep_is_blocked(self->sva.s.ep, PASID, (uintptr_t)self->memory);
}

FIXTURE_SETUP(owner)
{
	self->sva.pasid = PASID;
	ASSERT_EQ(0, setup_open(&self->sva.s, EP_A));
	self->memory = anonymous(PAGE);
	ASSERT_NE(NULL, self->memory);
	self->board = shared(PAGE);
	ASSERT_NE(NULL, self->board);
	ASSERT_EQ(0, pipe2(self->ready, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(self->go, O_CLOEXEC));
}

FIXTURE_TEARDOWN(owner)
{
	sva_close(&self->sva);
}

/* Cut off, and for ever; the device and the PASID are for somebody else. */
static void is_cut_off(struct __test_metadata *_metadata,
		       FIXTURE_DATA(owner) *self)
{
	struct setup *s = &self->sva.s;
	__u32 own;

	EXPECT_TRUE(sva_is_blocked_at(&self->sva, self->memory));
	EXPECT_EQ(-ESRCH, ep_attach_to(s->ep, PASID + 1, self->sva.hwpt));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID + 1, (uintptr_t)self->memory));
	EXPECT_EQ(-EBUSY, destroy(s->iommu, self->sva.hwpt));
	EXPECT_EQ(-EPERM, sva_populate(s->iommu, self->sva.hwpt, self->memory,
				       PAGE, 0));
	ASSERT_EQ(0, sva_alloc(s->iommu, s->dev, 0, &own));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID + 1, own));
	EXPECT_EQ(0, ep_check(s->ep, PASID + 1, (uintptr_t)self->memory,
			      self->memory, PAGE));
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, self->memory));
	ASSERT_EQ(0, ep_detach(s->ep, PASID));
	EXPECT_EQ(0, destroy(s->iommu, self->sva.hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, own));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, PAGE));
}

TEST_F(owner, ends)
{
	ASSERT_EQ(0, start(self, then_end));
	EXPECT_EQ(0, reaches_owner(self));
	ASSERT_EQ(1, write(self->go[1], "", 1));
	EXPECT_EQ(0, sva_wait(self->pid));
	is_cut_off(_metadata, self);
}

TEST_F(owner, is_killed)
{
	ASSERT_EQ(0, start(self, then_wait));
	EXPECT_EQ(0, reaches_owner(self));
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	EXPECT_EQ(-SIGKILL, sva_wait(self->pid));
	is_cut_off(_metadata, self);
}

TEST_F(owner, is_killed_in_dma)
{
	unsigned int n;

	ASSERT_EQ(0, start(self, then_wait_in_dma));
	for (n = 0; n < 1000 && !self->board->good; n++)
		usleep(10000);
	ASSERT_TRUE(self->board->good);
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	EXPECT_EQ(-SIGKILL, sva_wait(self->pid));
	/* Who serves the device has the address space until he hears of it. */
	for (n = 0; n < 1000 && !is_blocked_now(self); n++)
		usleep(10000);
	is_cut_off(_metadata, self);
}

TEST_F(owner, executes)
{
	ASSERT_EQ(0, start(self, then_execute));
	EXPECT_EQ(0, reaches_owner(self));
	ASSERT_EQ(1, write(self->go[1], "", 1));
	ASSERT_TRUE(is_gone(self));
	/* The process is there, its new program is nobody's business. */
	ASSERT_EQ(0, kill(self->pid, 0));
	is_cut_off(_metadata, self);
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	EXPECT_EQ(-SIGKILL, sva_wait(self->pid));
}

TEST_F(owner, leaves_a_child)
{
	/* Who leaves it leaves it to the test. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, start(self, then_leave_a_child));
	EXPECT_EQ(0, reaches_owner(self));
	ASSERT_EQ(1, write(self->go[1], "", 1));
	EXPECT_EQ(0, sva_wait(self->pid));
	ASSERT_LT(0, self->board->child);
	ASSERT_EQ(0, kill(self->board->child, 0));
	is_cut_off(_metadata, self);
	EXPECT_EQ(0, kill(self->board->child, SIGKILL));
	/* Its descriptors are closed: the device is for the next test. */
	EXPECT_EQ(-SIGKILL, sva_wait(self->board->child));
}

/* The files go before the process does, or after it. */
TEST_F(owner, files_go_first)
{
	struct setup *s = &self->sva.s;

	ASSERT_EQ(0, start(self, then_wait));
	EXPECT_EQ(0, reaches_owner(self));
	ASSERT_EQ(0, ep_detach(s->ep, PASID));
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, self->memory));
	ASSERT_EQ(0, destroy(s->iommu, self->sva.hwpt));
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	EXPECT_EQ(-SIGKILL, sva_wait(self->pid));
}

/* One that is not the owner */

TEST_F(owner, of_another_process)
{
	struct setup *s = &self->sva.s;
	unsigned char data[PAGE];

	ASSERT_EQ(0, start(self, then_wait));
	EXPECT_EQ(-EPERM, sva_populate(s->iommu, self->sva.hwpt, self->memory,
				       PAGE, 0));
	EXPECT_EQ(-EPERM, sva_populate(s->iommu, self->sva.hwpt, self->memory,
				       PAGE, IOPASID_SVA_POPULATE_WRITE |
				       IOPASID_SVA_POPULATE_PIN));
	EXPECT_EQ(0, charged("VmPin"));
	/* Whoever attaches it, it stays the owner's. */
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID + 1, self->sva.hwpt));
	EXPECT_EQ(0, ep_dma(s->ep, PASID + 1, (uintptr_t)self->memory, data,
			    PAGE, 0));
	EXPECT_TRUE(matches(data, PAGE, 1));
	pattern(data, PAGE, 2);
	EXPECT_EQ(0, ep_dma(s->ep, PASID + 1, (uintptr_t)self->memory, data,
			    PAGE, IOPASID_ENDPOINT_WRITE));
	EXPECT_EQ(0, sva_reads(&self->sva, self->memory, PAGE, 2));
	EXPECT_TRUE(is_zero(self->memory, PAGE));
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	EXPECT_EQ(-SIGKILL, sva_wait(self->pid));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID + 1, (uintptr_t)self->memory));
}

/* A program that got the descriptors by a socket, and nothing else */
static void receiver(int socket, __u32 hwpt, void *memory)
{
	char byte, control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fds[2];

	close_range(socket + 1, ~0U, 0);
	CHECK(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1);
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fds));
	pattern(memory, PAGE, 5);
	CHECK(sva_populate(fds[0], hwpt, memory, PAGE, 0) == -EPERM);
	CHECK(!ep_attach_to(fds[1], PASID + 1, hwpt));
	CHECK(!ep_dma(fds[1], PASID + 1, (uintptr_t)memory, memory, PAGE, 0));
	/* What the device has read there is not what is here. */
	CHECK(matches(memory, PAGE, 1));
	pattern(memory, PAGE, 5);
	CHECK(!ep_dma(fds[1], PASID, (uintptr_t)memory, memory, PAGE,
		      IOPASID_ENDPOINT_WRITE));
	CHECK(matches(memory, PAGE, 5));
	_exit(0);
}

static int send_both(int socket, int iommu, int ep)
{
	int fds[2] = { iommu, ep };
	char byte = 0, control[CMSG_SPACE(sizeof(fds))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(header), fds, sizeof(fds));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

TEST_F(owner, descriptors_over_a_socket)
{
	struct setup *s = &self->sva.s;
	int sockets[2];
	pid_t child;

	/* Here the test is the owner. */
	pattern(self->memory, PAGE, 1);
	ASSERT_EQ(0, sva_alloc(s->iommu, s->dev, 0, &self->sva.hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, self->sva.hwpt));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	child = fork();
	if (!child) {
		/* None but this one is left. */
		CHECK(dup2(sockets[1], 3) == 3);
		receiver(3, self->sva.hwpt, self->memory);
	}
	ASSERT_LT(0, child);
	ASSERT_EQ(0, send_both(sockets[0], s->iommu, s->ep));
	EXPECT_EQ(0, sva_wait(child));
	/* The other one has ended, and nothing of it was reached. */
	EXPECT_TRUE(matches(self->memory, PAGE, 5));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, PAGE));
	EXPECT_EQ(0, ep_check(s->ep, PASID + 1, (uintptr_t)self->memory,
			      self->memory, PAGE));
}

/* The owner forks while its PASID is in use: the child's pages are its own. */
TEST_F(owner, a_childs_memory)
{
	struct setup *s = &self->sva.s;
	unsigned char data[PAGE];
	__u32 own;
	pid_t child;

	ASSERT_EQ(0, sva_alloc(s->iommu, s->dev, 0, &self->sva.hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, self->sva.hwpt));
	pattern(self->memory, PAGE, 1);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pattern(self->memory, PAGE, 3);
		CHECK(sva_populate(s->iommu, self->sva.hwpt, self->memory,
				   PAGE, 0) == -EPERM);
		CHECK(!sva_alloc(s->iommu, s->dev, 0, &own));
		CHECK(!ep_attach_to(s->ep, PASID + 1, own));
		CHECK(write(self->ready[1], "", 1) == 1);
		wait_for_go(self);
		CHECK(matches(self->memory, PAGE, 4));
		_exit(0);
	}
	ASSERT_LT(0, child);
	ASSERT_EQ(1, read(self->ready[0], data, 1));
	EXPECT_EQ(0, sva_reads(&self->sva, self->memory, PAGE, 1));
	EXPECT_EQ(0, ep_dma(s->ep, PASID + 1, (uintptr_t)self->memory, data,
			    PAGE, 0));
	EXPECT_TRUE(matches(data, PAGE, 3));
	pattern(data, PAGE, 2);
	EXPECT_EQ(0, sva_write(&self->sva, self->memory, data, PAGE));
	pattern(data, PAGE, 4);
	EXPECT_EQ(0, ep_dma(s->ep, PASID + 1, (uintptr_t)self->memory, data,
			    PAGE, IOPASID_ENDPOINT_WRITE));
	EXPECT_TRUE(matches(self->memory, PAGE, 2));
	ASSERT_EQ(1, write(self->go[1], "", 1));
	EXPECT_EQ(0, sva_wait(child));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID + 1, (uintptr_t)self->memory));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, PAGE));
}

/* A child with the same address space; the test sleeps until it ends or executes. */
struct sharer {
	FIXTURE_DATA(owner) *self;
	bool executes;
};

static int share(void *argument)
{
	struct sharer *sharer = argument;
	struct sva *sva = &sharer->self->sva;

	CHECK(!sva_alloc(sva->s.iommu, sva->s.dev, 0, &sva->hwpt));
	CHECK(!ep_attach_to(sva->s.ep, PASID, sva->hwpt));
	CHECK(!sva_check(sva, sharer->self->memory, PAGE));
	if (sharer->executes)
		execl("/bin/true", "true", NULL);
	_exit(sharer->executes);
}

/* The address space goes on after the process that made a page table of it. */
static void shares(struct __test_metadata *_metadata,
		   FIXTURE_DATA(owner) *self, bool executes)
{
	struct sharer sharer = { self, executes };
	unsigned char *stack = anonymous(MEGA);
	pid_t child;

	ASSERT_NE(NULL, stack);
	child = clone(share, stack + MEGA, CLONE_VM | CLONE_VFORK | SIGCHLD,
		      &sharer);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, sva_wait(child));
	pattern(self->memory, PAGE, 6);
	EXPECT_EQ(0, sva_reads(&self->sva, self->memory, PAGE, 6));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, PAGE));
	EXPECT_EQ(0, sva_populate(self->sva.s.iommu, self->sva.hwpt,
				  self->memory, PAGE,
				  IOPASID_SVA_POPULATE_WRITE));
	ASSERT_EQ(0, munmap(self->memory, PAGE));
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, self->memory));
}

TEST_F(owner, shares_its_memory)
{
	shares(_metadata, self, false);
}

TEST_F(owner, shares_its_memory_and_executes)
{
	shares(_metadata, self, true);
}

TEST_HARNESS_MAIN
