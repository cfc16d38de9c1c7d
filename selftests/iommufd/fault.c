// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests: a DMA to a page that is not there waits until the program, which
 * reads what the device asks for from a fault queue, has answered.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "test.h"

#define PASID	21

/* A DMA in a thread of its own: it waits */
struct dma {
	pthread_t id;
	int ep;
	__u32 pasid;
	__u64 addr;
	__u32 flags;
	void *data;
	size_t size;
	int result;
};

static void *dma_run(void *argument)
{
	struct dma *dma = argument;

	dma->result = ep_dma(dma->ep, dma->pasid, dma->addr, dma->data,
			     dma->size, dma->flags);
	return NULL;
}

static int dma_result(struct dma *dma)
{
	pthread_join(dma->id, NULL);
	return dma->result;
}

FIXTURE(fault)
{
	struct setup s;
	__u32 pasid;
	__u32 queue_id;
	int queue;
	__u32 hwpt;
	unsigned char *memory;		/* 8 pages */
	struct dma dma;
};

FIXTURE_VARIANT(fault)
{
	__u32 pasid;
};

FIXTURE_VARIANT_ADD(fault, rid)
{
	.pasid = NO_PASID,
};

FIXTURE_VARIANT_ADD(fault, pasid)
{
	.pasid = PASID,
};

FIXTURE_SETUP(fault)
{
	struct setup *s = &self->s;

	self->pasid = variant->pasid;
	ASSERT_EQ(0, setup_open(s, EP_A));
	ASSERT_EQ(0, fault_alloc(s->iommu, &self->queue_id, &self->queue));
	ASSERT_EQ(0, hwpt_alloc_fault(s->iommu, s->dev, s->ioas,
				      IOMMU_HWPT_FAULT_ID_VALID |
				      IOPASID_HWPT_ALLOC_PASID, self->queue_id,
				      &self->hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, self->pasid, self->hwpt));
	self->memory = anonymous(8 * PAGE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(fault)
{
	close(self->queue);
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

static void start(FIXTURE_DATA(fault) *self, __u64 addr, void *data,
		  size_t size, __u32 flags)
{
	self->dma = (struct dma){
		.ep = self->s.ep,
		.pasid = self->pasid,
		.addr = addr,
		.flags = flags,
		.data = data,
		.size = size,
	};
	pthread_create(&self->dma.id, NULL, dma_run, &self->dma);
}

static int map(FIXTURE_DATA(fault) *self, unsigned int page)
{
	return ioas_map_at(self->s.iommu, self->s.ioas,
			   self->memory + page * PAGE, PAGE,
			   IOVA + page * PAGE);
}

/* Returns: 1 when something can be read, 0 after the time. */
static int wait_queue(FIXTURE_DATA(fault) *self, int ms)
{
	struct pollfd pfd = { self->queue, POLLIN };

	return poll(&pfd, 1, ms);
}

static int read_request(FIXTURE_DATA(fault) *self,
			struct iommu_hwpt_pgfault *request)
{
	ssize_t size;

	if (wait_queue(self, 20000) != 1)
		return -ETIMEDOUT;
	size = read(self->queue, request, sizeof(*request));
	return size == sizeof(*request) ? 0 : size < 0 ? -errno : -EIO;
}

static int answer(FIXTURE_DATA(fault) *self, __u32 cookie, __u32 code)
{
	struct iommu_hwpt_page_response response = { cookie, code };
	ssize_t size = write(self->queue, &response, sizeof(response));

	return size == sizeof(response) ? 0 : size < 0 ? -errno : -EIO;
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - begin->tv_sec +
	       (now.tv_nsec - begin->tv_nsec) / 1e9;
}

/* Answered */

TEST_F(fault, read)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];

	EXPECT_EQ(0, wait_queue(self, 0));
	start(self, IOVA + 8, data, sizeof(data), 0);
	ASSERT_EQ(0, read_request(self, &request));
	EXPECT_EQ(IOMMU_PGFAULT_FLAGS_LAST_PAGE |
		  (self->pasid == NO_PASID ? 0 :
		   IOMMU_PGFAULT_FLAGS_PASID_VALID), request.flags);
	EXPECT_EQ(self->s.dev, request.dev_id);
	EXPECT_EQ(self->pasid, request.pasid);
	EXPECT_EQ(IOMMU_PGFAULT_PERM_READ, request.perm);
	EXPECT_EQ(IOVA, request.addr);
	EXPECT_EQ(0, request.length);
	EXPECT_EQ(0, request.__reserved);
	pattern(self->memory, PAGE, 1);
	ASSERT_EQ(0, map(self, 0));
	ASSERT_EQ(0, answer(self, request.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&self->dma));
	EXPECT_EQ(0, memcmp(data, self->memory + 8, sizeof(data)));
	EXPECT_EQ(0, wait_queue(self, 0));
}

TEST_F(fault, write)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[PAGE];

	pattern(data, PAGE, 2);
	start(self, IOVA, data, PAGE, IOPASID_ENDPOINT_WRITE);
	ASSERT_EQ(0, read_request(self, &request));
	EXPECT_TRUE(request.perm & IOMMU_PGFAULT_PERM_WRITE);
	ASSERT_EQ(0, map(self, 0));
	ASSERT_EQ(0, answer(self, request.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&self->dma));
	EXPECT_TRUE(matches(self->memory, PAGE, 2));
}

TEST_F(fault, page_after_page)
{
	struct iommu_hwpt_pgfault request;
	unsigned char *data = anonymous(8 * PAGE);
	unsigned int page;

	pattern(data, 8 * PAGE, 3);
	start(self, IOVA, data, 8 * PAGE, IOPASID_ENDPOINT_WRITE);
	for (page = 0; page < 8; page++) {
		ASSERT_EQ(0, read_request(self, &request));
		EXPECT_EQ(IOVA + page * PAGE, request.addr);
		ASSERT_EQ(0, map(self, page));
		ASSERT_EQ(0, answer(self, request.cookie,
				    IOMMUFD_PAGE_RESP_SUCCESS));
	}
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&self->dma));
	EXPECT_TRUE(matches(self->memory, 8 * PAGE, 3));
}

TEST_F(fault, refused)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];

	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(0, read_request(self, &request));
	ASSERT_EQ(0, answer(self, request.cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED, dma_result(&self->dma));
	/* The next one asks again. */
	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(0, read_request(self, &request));
	ASSERT_EQ(0, map(self, 0));
	ASSERT_EQ(0, answer(self, request.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&self->dma));
}

/* "It is there" and it is not: the device tries some times, and gives up. */
TEST_F(fault, lies)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];
	int nr = 0;

	start(self, IOVA, data, sizeof(data), 0);
	while (wait_queue(self, 3000) == 1) {
		ASSERT_EQ(0, read_request(self, &request));
		ASSERT_EQ(0, answer(self, request.cookie,
				    IOMMUFD_PAGE_RESP_SUCCESS));
		nr++;
	}
	EXPECT_LT(1, nr);
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED, dma_result(&self->dma));
}

/* Wrong answers and reads */

TEST_F(fault, wrong_answers)
{
	struct iommu_hwpt_page_response two[2] = { };
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];
	size_t size;

	/* To nothing */
	EXPECT_EQ(-EINVAL, answer(self, 0, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(-EINVAL, answer(self, 1, IOMMUFD_PAGE_RESP_SUCCESS));
	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(0, read_request(self, &request));
	EXPECT_EQ(-EINVAL, answer(self, request.cookie + 1,
				  IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(-EINVAL, answer(self, request.cookie, 2));
	EXPECT_EQ(-EINVAL, answer(self, request.cookie, UINT32_MAX));
	for (size = 1; size < sizeof(two[0]); size++) {
		EXPECT_EQ(-1, write(self->queue, two, size));
		EXPECT_EQ(ESPIPE, errno);
	}
	EXPECT_EQ(-1, write(self->queue, (void *)-PAGE, sizeof(two[0])));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, write(self->queue, two, 0));
	/* One good, one bad: one is taken. */
	ASSERT_EQ(0, map(self, 0));
	two[0].cookie = request.cookie;
	two[1].cookie = request.cookie;
	EXPECT_EQ(sizeof(two[0]), write(self->queue, two, sizeof(two)));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&self->dma));
	/* Once */
	EXPECT_EQ(-EINVAL, answer(self, request.cookie,
				  IOMMUFD_PAGE_RESP_SUCCESS));
}

TEST_F(fault, answer_before_it_is_read)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];

	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(1, wait_queue(self, 20000));
	EXPECT_EQ(-EINVAL, answer(self, 1, IOMMUFD_PAGE_RESP_SUCCESS));
	ASSERT_EQ(0, read_request(self, &request));
	ASSERT_EQ(0, map(self, 0));
	ASSERT_EQ(0, answer(self, request.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&self->dma));
}

TEST_F(fault, wrong_reads)
{
	struct iommu_hwpt_pgfault requests[4];
	unsigned char data[64];
	size_t size;

	EXPECT_EQ(0, read(self->queue, requests, sizeof(requests)));
	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(1, wait_queue(self, 20000));
	for (size = 1; size < sizeof(requests[0]); size++) {
		EXPECT_EQ(-1, read(self->queue, requests, size));
		EXPECT_EQ(ESPIPE, errno);
	}
	EXPECT_EQ(-1, read(self->queue, requests, sizeof(requests) - 1));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pread(self->queue, requests, sizeof(requests), 8));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(0, read(self->queue, requests, 0));
	EXPECT_EQ(-1, read(self->queue, (void *)-PAGE, sizeof(requests)));
	EXPECT_EQ(EFAULT, errno);
	/* All this took nothing away. */
	EXPECT_EQ(sizeof(requests[0]),
		  read(self->queue, requests, sizeof(requests)));
	EXPECT_EQ(0, read(self->queue, requests, sizeof(requests)));
	ASSERT_EQ(0, answer(self, requests[0].cookie,
			    IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED, dma_result(&self->dma));
}

/* Teardown with a request that nobody has answered, read or not */

static void teardown(struct __test_metadata *_metadata,
		     FIXTURE_DATA(fault) *self, bool is_read,
		     int (*end)(FIXTURE_DATA(fault) *self), int result)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];
	struct timespec begin;

	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(1, wait_queue(self, 20000));
	if (is_read) {
		ASSERT_EQ(0, read_request(self, &request));
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ASSERT_EQ(0, end(self));
	EXPECT_EQ(result, dma_result(&self->dma));
	/* The device did not wait until its patience ended. */
	EXPECT_GT(8, seconds_since(&begin));
	if (is_read && self->queue >= 0) {
		EXPECT_EQ(-EINVAL, answer(self, request.cookie,
					  IOMMUFD_PAGE_RESP_SUCCESS));
	}
}

static int end_detach(FIXTURE_DATA(fault) *self)
{
	return ep_detach(self->s.ep, self->pasid);
}

static int end_replace(FIXTURE_DATA(fault) *self)
{
	__u32 plain;
	int ret;

	ret = hwpt_alloc(self->s.iommu, self->s.dev, self->s.ioas,
			 IOPASID_HWPT_ALLOC_PASID, &plain);
	return ret ?: ep_attach_to(self->s.ep, self->pasid, plain);
}

static int end_close(FIXTURE_DATA(fault) *self)
{
	int ret = close(self->queue);

	self->queue = -1;
	return ret;
}

/* The device's DMA is off by then. */
static int end_unbind(FIXTURE_DATA(fault) *self)
{
	return ep_unbind(EP_A);
}

TEST_F(fault, detach)
{
	teardown(_metadata, self, false, end_detach, IOPASID_ENDPOINT_BLOCKED);
}

TEST_F(fault, detach_after_the_read)
{
	teardown(_metadata, self, true, end_detach, IOPASID_ENDPOINT_BLOCKED);
}

TEST_F(fault, replace)
{
	teardown(_metadata, self, false, end_replace, IOPASID_ENDPOINT_BLOCKED);
}

TEST_F(fault, replace_after_the_read)
{
	teardown(_metadata, self, true, end_replace, IOPASID_ENDPOINT_BLOCKED);
}

TEST_F(fault, close_queue)
{
	teardown(_metadata, self, false, end_close, IOPASID_ENDPOINT_BLOCKED);
}

TEST_F(fault, close_queue_after_the_read)
{
	teardown(_metadata, self, true, end_close, IOPASID_ENDPOINT_BLOCKED);
}

TEST_F(fault, driver_goes)
{
	teardown(_metadata, self, false, end_unbind, IOPASID_ENDPOINT_DENIED);
}

TEST_F(fault, driver_goes_after_the_read)
{
	teardown(_metadata, self, true, end_unbind, IOPASID_ENDPOINT_DENIED);
}

/* Nobody answers: the device gives up by itself. */
TEST_F(fault, no_answer)
{
	struct iommu_hwpt_pgfault request;
	unsigned char data[64];

	start(self, IOVA, data, sizeof(data), 0);
	ASSERT_EQ(0, read_request(self, &request));
	EXPECT_EQ(IOPASID_ENDPOINT_NO_ANSWER, dma_result(&self->dma));
	/* Too late, and no harm */
	ASSERT_EQ(0, map(self, 0));
	answer(self, request.cookie, IOMMUFD_PAGE_RESP_SUCCESS);
	EXPECT_EQ(0, ep_check(self->s.ep, self->pasid, IOVA, self->memory,
			      PAGE));
}

/* Killed while its device waits: that ends, too. */
TEST_F(fault, killed)
{
	struct timespec begin;
	struct setup s;
	pid_t child;
	int status;

	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		char data[64];

		/* All of this process is in the call. */
		ep_dma(self->s.ep, self->pasid, IOVA, data, sizeof(data), 0);
		_exit(0);
	}
	ASSERT_EQ(1, wait_queue(self, 20000));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ASSERT_EQ(0, kill(child, SIGKILL));
	close(self->queue);
	self->queue = -1;
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_GT(20, seconds_since(&begin));
	setup_close(&self->s);
	ASSERT_EQ(0, setup_open(&s, EP_A));
	EXPECT_TRUE(ep_is_blocked(s.ep, self->pasid, IOVA));
	setup_close(&s);
}

/* Page tables with and without a queue */

TEST_F(fault, page_table_without_a_queue)
{
	unsigned char data[64];
	struct timespec begin;
	__u32 plain;

	ASSERT_EQ(0, hwpt_alloc(self->s.iommu, self->s.dev, self->s.ioas,
				IOPASID_HWPT_ALLOC_PASID, &plain));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, self->pasid, plain));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  ep_dma(self->s.ep, self->pasid, IOVA, data, sizeof(data), 0));
	EXPECT_GT(8, seconds_since(&begin));
	EXPECT_EQ(0, wait_queue(self, 0));
}

TEST_F(fault, two_page_tables_with_one_queue)
{
	struct iommu_hwpt_pgfault request;
	struct setup *s = &self->s;
	unsigned char data[64];
	bool refused = false, mapped = false;
	struct dma other;
	__u32 hwpt;

	ASSERT_EQ(0, hwpt_alloc_fault(s->iommu, s->dev, s->ioas,
				      IOMMU_HWPT_FAULT_ID_VALID |
				      IOPASID_HWPT_ALLOC_PASID, self->queue_id,
				      &hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID + 1, hwpt));
	start(self, IOVA, data, sizeof(data), 0);
	other = self->dma;
	other.pasid = PASID + 1;
	other.addr = IOVA + PAGE;
	pthread_create(&other.id, NULL, dma_run, &other);
	/* They come in any order. */
	while (!refused || !mapped) {
		bool first;

		ASSERT_EQ(0, read_request(self, &request));
		first = request.addr == IOVA;
		EXPECT_EQ(first ? self->pasid : PASID + 1, request.pasid);
		if (first)
			refused = true;
		else if (!mapped)
			ASSERT_EQ(0, map(self, 1));
		mapped |= !first;
		ASSERT_EQ(0, answer(self, request.cookie, first ?
				    IOMMUFD_PAGE_RESP_INVALID :
				    IOMMUFD_PAGE_RESP_SUCCESS));
	}
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED, dma_result(&self->dma));
	while (wait_queue(self, 1000) == 1) {
		ASSERT_EQ(0, read_request(self, &request));
		ASSERT_EQ(0, answer(self, request.cookie,
				    IOMMUFD_PAGE_RESP_SUCCESS));
	}
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, dma_result(&other));
}

TEST_F(fault, impossible_page_tables)
{
	struct setup *s = &self->s;
	__u32 hwpt;

	EXPECT_EQ(-ENOENT, hwpt_alloc_fault(s->iommu, s->dev, s->ioas,
					    IOMMU_HWPT_FAULT_ID_VALID, NO_ID,
					    &hwpt));
	EXPECT_EQ(-ENOENT, hwpt_alloc_fault(s->iommu, s->dev, s->ioas,
					    IOMMU_HWPT_FAULT_ID_VALID, s->ioas,
					    &hwpt));
	EXPECT_EQ(-EOPNOTSUPP,
		  hwpt_alloc_fault(s->iommu, s->dev, s->ioas,
				   IOMMU_HWPT_FAULT_ID_VALID |
				   IOMMU_HWPT_ALLOC_NEST_PARENT,
				   self->queue_id, &hwpt));
}

TEST_HARNESS_MAIN
