// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that somebody brings late: calls that pin it wait for as long as he likes,
 * and a driver that leaves its device does not wait for them.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "test.h"

/* An ioctl in a thread of its own: it waits for the page */
struct waiting {
	pthread_t id;
	int (*call)(void *fixture);
	void *fixture;
	int result;
};

static void *wait_run(void *argument)
{
	struct waiting *w = argument;

	w->result = w->call(w->fixture);
	return NULL;
}

FIXTURE(late)
{
	struct setup s;
	__u32 late_ioas;		/* with the late page, if any */
	int uffd;
	unsigned char *page;		/* late */
	unsigned char *there;		/* not late */
	struct waiting waiting;
};

FIXTURE_SETUP(late)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.len = PAGE,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, ioas_alloc(self->s.iommu, &self->late_ioas));
	if (access("/proc/sys/vm/unprivileged_userfaultfd", F_OK))
		SKIP(return, "the kernel has no userfaultfd");
	self->uffd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, self->uffd);
	ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_API, &api));
	self->there = anonymous(PAGE);
	self->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	range.range.start = (unsigned long)self->page;
	ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_REGISTER, &range));
}

FIXTURE_TEARDOWN(late)
{
	close(self->uffd);
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

/* Returns when the call waits for the page. */
static int start(FIXTURE_DATA(late) *self, int (*call)(void *fixture))
{
	struct pollfd pfd = { self->uffd, POLLIN };
	struct uffd_msg message;

	self->waiting.call = call;
	self->waiting.fixture = self;
	if (pthread_create(&self->waiting.id, NULL, wait_run, &self->waiting))
		return -EAGAIN;
	if (poll(&pfd, 1, SLOW * 1000) != 1)
		return -ETIMEDOUT;
	if (read(self->uffd, &message, sizeof(message)) != sizeof(message))
		return -EIO;
	return message.event == UFFD_EVENT_PAGEFAULT ? 0 : -EPROTO;
}

/* What the call says when the page has come */
static int finish(FIXTURE_DATA(late) *self)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)self->page, PAGE },
	};

	if (ioctl(self->uffd, UFFDIO_ZEROPAGE, &zero))
		return -errno;
	pthread_join(self->waiting.id, NULL);
	return self->waiting.result;
}

static int map_late(void *fixture)
{
	FIXTURE_DATA(late) *self = fixture;

	return ioas_map_at(self->s.iommu, self->late_ioas, self->page, PAGE,
			   IOVA);
}

static int attach_late(void *fixture)
{
	FIXTURE_DATA(late) *self = fixture;

	return ep_attach_to(self->s.ep, NO_PASID, self->late_ioas);
}

static int detach(void *fixture)
{
	FIXTURE_DATA(late) *self = fixture;

	return ep_detach(self->s.ep, NO_PASID);
}

/* An attach fills a page table. */
TEST_F(late, attach)
{
	ASSERT_EQ(0, map_late(self));
	ASSERT_EQ(0, start(self, attach_late));
	/* The device is there for others, and others for it. */
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA));
	ASSERT_EQ(0, finish(self));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->page, PAGE));
}

TEST_F(late, attach_and_the_driver_leaves)
{
	ASSERT_EQ(0, map_late(self));
	ASSERT_EQ(0, start(self, attach_late));
	EXPECT_EQ(0, ep_unbind(EP_A));
	EXPECT_EQ(-ENODEV, finish(self));
	EXPECT_EQ(0, destroy(self->s.iommu, self->late_ioas));
}

/* Another attach is faster; what the late one has made is not needed. */
TEST_F(late, attach_and_another_one)
{
	ASSERT_EQ(0, map_late(self));
	ASSERT_EQ(0, start(self, attach_late));
	ASSERT_EQ(0, ioas_map_at(self->s.iommu, self->s.ioas, self->there, PAGE,
				 IOVA));
	EXPECT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->s.ioas));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->there, PAGE));
	/* The second call replaces. */
	EXPECT_EQ(0, finish(self));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->page, PAGE));
	EXPECT_EQ(0, destroy(self->s.iommu, self->s.ioas));
}

/* The page table that a map fills is that of the device. */
TEST_F(late, map_and_the_driver_leaves)
{
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->late_ioas));
	ASSERT_EQ(0, start(self, map_late));
	EXPECT_EQ(0, ep_unbind(EP_A));
	EXPECT_EQ(0, finish(self));
	/* Nobody uses it, although the page table could not go at once. */
	EXPECT_EQ(0, destroy(self->s.iommu, self->late_ioas));
}

TEST_F(late, map_and_a_detach)
{
	pthread_t id;
	struct waiting second = { .call = detach, .fixture = self };

	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->late_ioas));
	ASSERT_EQ(0, start(self, map_late));
	ASSERT_EQ(0, pthread_create(&id, NULL, wait_run, &second));
	EXPECT_EQ(0, finish(self));
	pthread_join(id, NULL);
	EXPECT_EQ(0, second.result);
	EXPECT_EQ(0, destroy(self->s.iommu, self->late_ioas));
}

/* A process that waits can be killed. */
TEST_F(late, killed)
{
	pid_t child;
	int status;

	ASSERT_EQ(0, map_late(self));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		ASSERT_EQ(0, start(self, attach_late));
		kill(getpid(), SIGKILL);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA));
}

/* A process that ends leaves no use of a page table behind, and waits for nobody. */
static void end_attached(FIXTURE_DATA(late) *self, int ready)
{
	int ep = ep_open(EP_B);
	__u32 dev;

	/* Also when the test has failed */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ep < 0 || ep_bind(ep, self->s.iommu, &dev) ||
	    ep_attach_to(ep, NO_PASID, self->late_ioas) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	pause();
	_exit(1);
}

static bool reaped(pid_t child, int *status)
{
	unsigned int n;

	for (n = 0; n < SLOW / 2 * 100; n++) {
		if (waitpid(child, status, WNOHANG) == child)
			return true;
		usleep(10000);
	}
	return false;
}

TEST_F(late, killed_beside_a_map)
{
	int ready[2], status;
	pid_t child;
	char c;

	ASSERT_EQ(0, ep_set_driver(EP_B, EP_FULL));
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		end_attached(self, ready[1]);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &c, 1));
	ASSERT_EQ(0, start(self, map_late));
	ASSERT_EQ(0, kill(child, SIGKILL));
	EXPECT_TRUE(reaped(child, &status));
	EXPECT_EQ(0, finish(self));
	close(ready[0]);
	EXPECT_EQ(0, destroy(self->s.iommu, self->late_ioas));
}

/* Whoever brings the page may attach something else before. */
TEST_F(late, attach_beside_what_is_left)
{
	__u32 dev, other;
	int ep;

	ASSERT_EQ(0, ep_set_driver(EP_B, EP_FULL));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->late_ioas));
	ASSERT_EQ(0, start(self, map_late));
	EXPECT_EQ(0, ep_unbind(EP_A));
	ep = ep_open(EP_B);
	ASSERT_LE(0, ep);
	EXPECT_EQ(0, ioas_alloc(self->s.iommu, &other));
	EXPECT_EQ(0, ep_bind(ep, self->s.iommu, &dev));
	EXPECT_EQ(0, ep_attach_to(ep, NO_PASID, other));
	EXPECT_EQ(0, finish(self));
	close(ep);
}

TEST_HARNESS_MAIN
