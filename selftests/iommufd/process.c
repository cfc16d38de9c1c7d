// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts and devices in more than one process: forked, executed, handed over by
 * a socket, killed.
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "test.h"

#define PASID	11

/* What a child tells by its exit status: 0 is good. */
#define CHECK(what)	do { if (!(what)) _exit(__LINE__ % 200 + 1); } while (0)

static int wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

FIXTURE(process)
{
	struct setup s;
	__u32 hwpt;
	unsigned char *memory;		/* a page at IOVA */
	int ready[2];
};

FIXTURE_SETUP(process)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, setup_open(s, EP_A));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas,
				IOPASID_HWPT_ALLOC_PASID, &self->hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID, self->hwpt));
	self->memory = anonymous(PAGE);
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, PAGE, IOVA));
	ASSERT_EQ(0, pipe2(self->ready, O_CLOEXEC));
}

FIXTURE_TEARDOWN(process)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

/* Who opens the device next finds nothing of what was. */
static bool is_free(const char *name)
{
	struct setup s;
	bool clean;

	if (setup_open(&s, name))
		return false;
	clean = ep_is_blocked(s.ep, NO_PASID, IOVA) &&
		ep_is_blocked(s.ep, PASID, IOVA);
	setup_close(&s);
	return clean;
}

/* The child has the same context and device, and memory of its own. */
TEST_F(process, fork)
{
	struct setup *s = &self->s;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		unsigned char *memory = anonymous(PAGE);

		CHECK(memory);
		CHECK(!ioas_map_at(s->iommu, s->ioas, memory, PAGE,
				   IOVA + PAGE));
		CHECK(charged("VmPin") == PAGE / 1024);
		CHECK(!ep_check(s->ep, PASID, IOVA + PAGE, memory, PAGE));
		CHECK(!ioas_unmap(s->iommu, s->ioas, IOVA + PAGE, PAGE));
		CHECK(!charged("VmPin"));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for(child));
	EXPECT_EQ(0, ep_check(s->ep, PASID, IOVA, self->memory, PAGE));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID, IOVA + PAGE));
}

/* Memory that a process leaves behind is the context's until it is unmapped. */
TEST_F(process, memory_of_a_dead_process)
{
	struct setup *s = &self->s;
	unsigned int seed = new_seed();
	unsigned char data[PAGE];
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		unsigned char *memory = anonymous(PAGE);

		pattern(memory, PAGE, seed);
		CHECK(!ioas_map_at(s->iommu, s->ioas, memory, PAGE,
				   IOVA + PAGE));
		_exit(0);
	}
	ASSERT_EQ(0, wait_for(child));
	ASSERT_EQ(0, ep_dma(s->ep, PASID, IOVA + PAGE, data, PAGE, 0));
	EXPECT_TRUE(matches(data, PAGE, seed));
	EXPECT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA + PAGE, PAGE));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID, IOVA + PAGE));
}

/* Memory that is needed only when its process is gone */
TEST_F(process, memory_of_a_dead_process_is_needed)
{
	struct setup *s = &self->s;
	__u32 other, hwpt;
	pid_t child;

	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		unsigned char *memory = anonymous(PAGE);

		CHECK(!ioas_map_at(s->iommu, other, memory, PAGE, IOVA));
		_exit(0);
	}
	ASSERT_EQ(0, wait_for(child));
	EXPECT_EQ(-EFAULT, hwpt_alloc(s->iommu, s->dev, other,
				      IOPASID_HWPT_ALLOC_PASID, &hwpt));
	EXPECT_EQ(0, ioas_unmap(s->iommu, other, IOVA, PAGE));
	EXPECT_EQ(0, hwpt_alloc(s->iommu, s->dev, other,
				IOPASID_HWPT_ALLOC_PASID, &hwpt));
}

/* The parent goes first: the child's copies keep all of it. */
TEST_F(process, parent_closes)
{
	struct setup *s = &self->s;
	pid_t child = fork();
	char byte;

	ASSERT_LE(0, child);
	if (!child) {
		close(self->ready[1]);
		CHECK(!read(self->ready[0], &byte, 1));
		CHECK(!ep_attach_to(s->ep, PASID + 1, self->hwpt));
		/* The pages are the parent's still: look through the device. */
		CHECK(!ep_dma(s->ep, PASID + 1, IOVA, &byte, 1, 0));
		CHECK(!ioas_unmap(s->iommu, s->ioas, IOVA, PAGE));
		_exit(0);
	}
	setup_close(s);
	EXPECT_FALSE(is_free(EP_A));
	close(self->ready[1]);
	EXPECT_EQ(0, wait_for(child));
	EXPECT_TRUE(is_free(EP_A));
}

/* exec: descriptors that are not closed go on, memory does not. */
TEST_F(process, exec)
{
	struct setup *s = &self->s;
	char iommu[16], ep[16], ioas[16];
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		unsigned char *memory = anonymous(PAGE);

		pattern(memory, PAGE, 1);
		CHECK(!ioas_map_at(s->iommu, s->ioas, memory, PAGE,
				   IOVA + PAGE));
		CHECK(!fcntl(s->iommu, F_SETFD, 0));
		CHECK(!fcntl(s->ep, F_SETFD, 0));
		snprintf(iommu, sizeof(iommu), "%d", s->iommu);
		snprintf(ep, sizeof(ep), "%d", s->ep);
		snprintf(ioas, sizeof(ioas), "%u", s->ioas);
		execl("/proc/self/exe", "executed", iommu, ep, ioas, NULL);
		_exit(255);
	}
	EXPECT_EQ(0, wait_for(child));
	EXPECT_TRUE(ep_is_blocked(s->ep, PASID, IOVA + PAGE));
	EXPECT_EQ(0, ep_check(s->ep, PASID, IOVA, self->memory, PAGE));
}

/* This program, executed by the test above */
static int executed(char **argv)
{
	int iommu = atoi(argv[1]), ep = atoi(argv[2]);
	unsigned char data[PAGE], *memory = anonymous(PAGE);
	__u32 ioas = atoi(argv[3]);

	/* The old program's pages, which are nobody's but the context's */
	CHECK(!ep_dma(ep, PASID, IOVA + PAGE, data, PAGE, 0));
	CHECK(matches(data, PAGE, 1));
	CHECK(!ioas_map_at(iommu, ioas, memory, PAGE, IOVA + 2 * PAGE));
	CHECK(!ep_check(ep, PASID, IOVA + 2 * PAGE, memory, PAGE));
	CHECK(!ioas_unmap(iommu, ioas, IOVA + PAGE, 2 * PAGE));
	CHECK(ep_is_blocked(ep, PASID, IOVA + PAGE));
	return 0;
}

/* Descriptors over a socket */

static int send_fds(int socket, const int *fds, unsigned int nr)
{
	char byte = 0, control[CMSG_SPACE(4 * sizeof(int))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(nr * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(nr * sizeof(int));
	memcpy(CMSG_DATA(header), fds, nr * sizeof(int));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

static int receive_fds(int socket, int *fds, unsigned int nr)
{
	char byte = 0, control[CMSG_SPACE(4 * sizeof(int))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    !CMSG_FIRSTHDR(&message))
		return -errno;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), nr * sizeof(int));
	return 0;
}

/* One process opens, another one that never could uses. */
TEST_F(process, descriptors_over_a_socket)
{
	struct setup *s = &self->s;
	int sockets[2], fds[2] = { s->iommu, s->ep };
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		unsigned char *memory = anonymous(PAGE);

		setup_close(s);
		CHECK(!setgroups(0, NULL) && !setgid(65534) && !setuid(65534));
		CHECK(iommu_open() < 0);
		CHECK(!receive_fds(sockets[1], fds, 2));
		CHECK(!ioas_map_at(fds[0], s->ioas, memory, PAGE, IOVA + PAGE));
		CHECK(!ep_attach_to(fds[1], PASID + 1, self->hwpt));
		CHECK(!ep_check(fds[1], PASID + 1, IOVA + PAGE, memory, PAGE));
		CHECK(!ioas_unmap(fds[0], s->ioas, IOVA + PAGE, PAGE));
		_exit(0);
	}
	ASSERT_EQ(0, send_fds(sockets[0], fds, 2));
	EXPECT_EQ(0, wait_for(child));
	EXPECT_EQ(0, ep_check(s->ep, PASID + 1, IOVA, self->memory, PAGE));
}

/* A descriptor that is in flight keeps the device, and nothing when it is lost. */
TEST_F(process, descriptors_in_a_socket_that_is_closed)
{
	struct setup *s = &self->s;
	int sockets[2], fds[2] = { s->iommu, s->ep };

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets));
	ASSERT_EQ(0, send_fds(sockets[0], fds, 2));
	setup_close(s);
	EXPECT_FALSE(is_free(EP_A));
	EXPECT_EQ(PAGE / 1024, charged("VmPin"));
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_TRUE(is_free(EP_A));
}

/* Two processes, two contexts, two devices, the same addresses */
TEST_F(process, two_of_all)
{
	struct setup *s = &self->s;
	pid_t child = fork();
	int n;

	ASSERT_LE(0, child);
	if (!child) {
		unsigned char *memory = anonymous(PAGE);
		struct setup other;

		CHECK(!setup_open(&other, EP_B));
		CHECK(!ep_attach_to(other.ep, NO_PASID, other.ioas));
		CHECK(!ioas_map_at(other.iommu, other.ioas, memory, PAGE,
				   IOVA));
		for (n = 0; n < 100; n++)
			CHECK(!ep_check(other.ep, NO_PASID, IOVA, memory,
					PAGE));
		/* Nobody else's */
		CHECK(ep_bind(other.ep, s->iommu, &other.dev) == -EINVAL);
		_exit(0);
	}
	for (n = 0; n < 100; n++) {
		EXPECT_EQ(0, ep_check(s->ep, PASID, IOVA, self->memory, PAGE));
	}
	EXPECT_EQ(0, wait_for(child));
	EXPECT_TRUE(is_free(EP_B));
}

/* Killed while it maps, attaches and sends; more of that is in kill.c */
TEST_F(process, killed)
{
	pid_t child = fork();
	char byte;

	ASSERT_LE(0, child);
	if (!child) {
		struct setup other;
		unsigned char *memory = anonymous(PAGE);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(!setup_open(&other, EP_B));
		CHECK(!ioas_map_at(other.iommu, other.ioas, memory, PAGE,
				   IOVA));
		CHECK(!ep_attach_to(other.ep, NO_PASID, other.ioas));
		CHECK(write(self->ready[1], "x", 1) == 1);
		for (;;)
			ep_check(other.ep, NO_PASID, IOVA, memory, PAGE);
	}
	close(self->ready[1]);
	ASSERT_EQ(1, read(self->ready[0], &byte, 1));
	EXPECT_FALSE(is_free(EP_B));
	EXPECT_EQ(0, kill(child, SIGKILL));
	EXPECT_EQ(-SIGKILL, wait_for(child));
	EXPECT_TRUE(is_free(EP_B));
}

/* The charge for a file's pages goes to who takes the context over. */
TEST_F(process, change_process)
{
	struct setup *s = &self->s;
	int file = memfd(4 * PAGE);
	__u64 iova = 0, before;
	pid_t child;

	ASSERT_LE(0, file);
	/* Not with other memory */
	EXPECT_EQ(-EINVAL, change_process(s->iommu));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, PAGE));
	ASSERT_EQ(0, ioas_map_file(s->iommu, s->ioas, file, 0, 4 * PAGE, &iova,
				   RW));
	before = charged("VmPin");
	EXPECT_EQ(4 * PAGE / 1024, before);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		CHECK(!charged("VmPin"));
		CHECK(!change_process(s->iommu));
		CHECK(charged("VmPin") == 4 * PAGE / 1024);
		CHECK(!ioas_unmap(s->iommu, s->ioas, iova, 4 * PAGE));
		CHECK(!charged("VmPin"));
		_exit(0);
	}
	EXPECT_EQ(0, wait_for(child));
	EXPECT_EQ(0, charged("VmPin"));
}

int main(int argc, char **argv)
{
	if (!strcmp(argv[0], "executed"))
		return executed(argv);
	return test_harness_run(argc, argv);
}
