// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that uses two devices in every way it can, killed at any point, again
 * and again: the next one finds devices that work and nothing of the one before.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "test.h"

#define KILLS		200
#define LONGEST_MS	120
#define PASID		60
#define PAGES		64

struct victim {
	struct setup s;
	int other;		/* another device */
	__u32 other_dev;
	int queue;
	__u32 fault_id;
	unsigned char *memory;
	unsigned int seed;
};

static unsigned int draw(struct victim *v, unsigned int below)
{
	return rand_r(&v->seed) % below;
}

/* One of the many things to be killed in; errors are of no interest. */
static void step(struct victim *v)
{
	struct setup *s = &v->s;
	__u64 iova = IOVA + draw(v, PAGES) * PAGE, length;
	unsigned int first = draw(v, PAGES);
	__u32 pasid = draw(v, 3) ? PASID + draw(v, 4) : NO_PASID, id, hwpt;
	int ep = draw(v, 2) ? s->ep : v->other;
	char data[512] = "";

	switch (draw(v, 9)) {
	case 0:
	case 1:
		ioas_map_at(s->iommu, s->ioas, v->memory + first * PAGE,
			    (1 + draw(v, PAGES - first)) * PAGE, iova);
		break;
	case 2:
		ioas_unmap_all(s->iommu, s->ioas, &length);
		break;
	case 3:
		if (hwpt_alloc_fault(s->iommu, draw(v, 2) ? s->dev :
				     v->other_dev, s->ioas,
				     IOPASID_HWPT_ALLOC_PASID |
				     (draw(v, 2) ? IOMMU_HWPT_FAULT_ID_VALID :
				      0), v->fault_id, &hwpt))
			break;
		ep_attach_to(ep, pasid, hwpt);
		destroy(s->iommu, hwpt);
		break;
	case 4:
		ep_detach(ep, pasid);
		break;
	case 5:
		if (ioas_alloc(s->iommu, &id))
			break;
		ioas_copy(s->iommu, id, &iova, s->ioas, IOVA, PAGE, RW);
		ep_attach_to(ep, NO_PASID, id);
		destroy(s->iommu, id);
		break;
	default:
		/* Some of these wait for a page, which others bring. */
		ep_dma(ep, pasid, iova, data, sizeof(data),
		       draw(v, 2) ? IOPASID_ENDPOINT_WRITE : 0);
	}
}

static void *serve(void *argument)
{
	struct iommu_hwpt_page_response response;
	struct iommu_hwpt_pgfault request;
	struct victim *v = argument;
	struct pollfd pfd = { v->queue, POLLIN };

	while (poll(&pfd, 1, -1) == 1) {
		if (read(v->queue, &request, sizeof(request)) <= 0)
			continue;
		response.cookie = request.cookie;
		response.code = request.cookie % 2;
		if (write(v->queue, &response, sizeof(response)) < 0)
			continue;
	}
	return NULL;
}

static void *steps(void *argument)
{
	struct victim v = *(struct victim *)argument;

	v.seed = new_seed();
	for (;;)
		step(&v);
	return NULL;
}

static void live(void)
{
	struct victim v = { .seed = new_seed() };
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	v.memory = anonymous(PAGES * PAGE);
	if (setup_open(&v.s, EP_A))
		_exit(1);
	v.other = ep_open(EP_B);
	if (v.other < 0 || ep_bind(v.other, v.s.iommu, &v.other_dev) ||
	    fault_alloc(v.s.iommu, &v.fault_id, &v.queue))
		_exit(2);
	pthread_create(&thread, NULL, serve, &v);
	pthread_create(&thread, NULL, steps, &v);
	steps(&v);
}

static int live_and_die(unsigned int ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000L };
	pid_t child = fork();
	int status;

	if (child < 0)
		return -errno;
	if (!child)
		live();
	nanosleep(&time, NULL);
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child)
		return -errno;
	/* It must not have ended by itself. */
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : -ECHILD;
}

/* The devices are free, reach nothing, and then what they shall. */
static int next_user(void *memory)
{
	struct setup s, other;
	__u32 pasid;
	int ret;

	ret = setup_open(&s, EP_A);
	ret = ret ?: setup_open(&other, EP_B);
	if (ret)
		return ret;
	for (pasid = PASID; pasid < PASID + 4; pasid++)
		if (!ep_is_blocked(s.ep, pasid, IOVA) ||
		    !ep_is_blocked(other.ep, pasid, IOVA))
			ret = -EBUSY;
	if (!ep_is_blocked(s.ep, NO_PASID, IOVA) ||
	    !ep_is_blocked(other.ep, NO_PASID, IOVA))
		ret = -EBUSY;
	ret = ret ?: ioas_map_at(s.iommu, s.ioas, memory, PAGE, IOVA);
	ret = ret ?: ep_attach_to(s.ep, NO_PASID, s.ioas);
	ret = ret ?: ep_check(s.ep, NO_PASID, IOVA, memory, PAGE);
	setup_close(&other);
	setup_close(&s);
	return ret;
}

FIXTURE(kills)
{
	unsigned char *memory;
	long pinned;
};

FIXTURE_SETUP(kills)
{
	self->memory = anonymous(PAGE);
	ASSERT_EQ(0, ep_set_driver(EP_B, EP_FULL));
	/* What is made at the first use does not count. */
	ASSERT_EQ(0, live_and_die(LONGEST_MS));
	ASSERT_EQ(0, next_user(self->memory));
	self->pinned = pages_pinned();
}

FIXTURE_TEARDOWN(kills)
{
	EXPECT_EQ(self->pinned, pages_pinned());
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F_TIMEOUT(kills, at_any_point, 10 * SLOW)
{
	unsigned int n, seed = new_seed();

	for (n = 0; n < KILLS; n++) {
		ASSERT_EQ(0, live_and_die(rand_r(&seed) % LONGEST_MS))
			TH_LOG("kill %u", n);
		ASSERT_EQ(0, next_user(self->memory))
			TH_LOG("after kill %u", n);
	}
}

TEST_HARNESS_MAIN
