// SPDX-License-Identifier: GPL-2.0-only
/*
 * sva-cycles COUNT: so many processes, one after the other, attach their address
 * space, let a device write and read in it, and end in one of the ways there are.
 * None reaches what another one had.
 *
 * Prints "cycles COUNT" when all went well. Status 0: they did.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "sva.h"

#define PASID	400

enum way { ENDS, IS_KILLED, EXECUTES, FORKS, LEAVES_ALL, NR_WAYS };

static unsigned char *memory;		/* a page, never touched by the first one */
static int told[2];

static void use(struct sva *sva)
{
	CHECK(!sva_reads_zero(sva, memory, PAGE));
	CHECK(!sva_check(sva, memory, PAGE));
}

static void live(enum way way, struct sva *left)
{
	struct sva own;
	pid_t child;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (way == LEAVES_ALL) {
		own = *left;
		CHECK(!sva_alloc(own.s.iommu, own.s.dev, 0, &own.hwpt));
		CHECK(!ep_attach_to(own.s.ep, PASID, own.hwpt));
	} else {
		CHECK(!sva_open(&own, EP_A, 0, PASID));
	}
	use(&own);
	if (way == FORKS) {
		child = fork();
		CHECK(child >= 0);
		if (!child)
			_exit(0);
		CHECK(!sva_check(&own, memory, PAGE));
		CHECK(!sva_wait(child));
	}
	CHECK(write(told[1], &own.hwpt, sizeof(own.hwpt)) ==
	      sizeof(own.hwpt));
	if (way == IS_KILLED)
		for (;;)
			pause();
	if (way == EXECUTES)
		execl("/bin/true", "true", NULL);
	_exit(way == EXECUTES);
}

/* What a process leaves in files that it did not open is cut off. */
static int check_left(struct sva *left, __u32 hwpt)
{
	int ret = 0;

	if (!ep_is_blocked(left->s.ep, PASID, (uintptr_t)memory))
		ret = -EBADMSG;
	ret = ret ?: ep_detach(left->s.ep, PASID);
	return ret ?: destroy(left->s.iommu, hwpt);
}

/* Killed as soon as it says that it is ready */
static int kill_ready(pid_t child)
{
	struct pollfd pfd = { told[0], POLLIN };
	bool ready = poll(&pfd, 1, 60000) == 1;
	__u32 hwpt;

	if (ready && read(told[0], &hwpt, sizeof(hwpt)) != sizeof(hwpt))
		ready = false;
	kill(child, SIGKILL);
	return sva_wait(child) == -SIGKILL && ready ? 0 : -ECHILD;
}

static int cycle(enum way way)
{
	struct sva left = { .pasid = PASID };
	__u32 hwpt;
	pid_t child;
	int ret = 0;

	if (way == LEAVES_ALL)
		ret = setup_open(&left.s, EP_A);
	if (ret)
		return ret;
	child = fork();
	if (!child)
		live(way, &left);
	if (child < 0)
		return -errno;
	if (way == IS_KILLED)
		return kill_ready(child);
	ret = sva_wait(child);
	if (!ret && read(told[0], &hwpt, sizeof(hwpt)) != sizeof(hwpt))
		ret = -EPIPE;
	if (way != LEAVES_ALL)
		return ret;
	ret = ret ?: check_left(&left, hwpt);
	sva_close(&left);
	return ret;
}

int main(int argc, char **argv)
{
	unsigned int n, nr = argc == 2 ? atoi(argv[1]) : 0;
	int ret;

	memory = anonymous(PAGE);
	if (!nr || !memory || pipe2(told, O_CLOEXEC))
		errx(2, "usage: sva-cycles COUNT");
	for (n = 0; n < nr; n++) {
		ret = cycle(n % NR_WAYS);
		if (ret)
			errx(1, "cycle %u: %d", n, ret);
	}
	printf("cycles %u\n", nr);
	return 0;
}
