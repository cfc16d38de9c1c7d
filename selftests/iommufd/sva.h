/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs about address spaces of processes include beside test.h. */
#ifndef SVA_H
#define SVA_H

#include <pthread.h>
#include <sys/mman.h>

#include <linux/mman.h>

#include "test.h"

/* The user half of addresses ends here. */
#define USER_END	(1ULL << 47)

/* What a child tells by its exit status: 0 is good. */
#define CHECK(what)	do { if (!(what)) _exit(__LINE__ % 200 + 1); } while (0)

/* *why is NO_ID if the call has not written it. */
static inline int sva_alloc_why(int fd, __u32 dev, __u32 flags, __u32 fault,
				__u32 *hwpt, __u32 *why)
{
	struct iopasid_sva_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev,
		.fault_id = fault,
		.out_why = NO_ID,
	};
	int ret = call(fd, IOPASID_SVA_ALLOC, &cmd);

	*hwpt = cmd.out_hwpt_id;
	*why = cmd.out_why;
	return ret;
}

static inline int sva_alloc(int fd, __u32 dev, __u32 flags, __u32 *hwpt)
{
	__u32 why;

	return sva_alloc_why(fd, dev, flags, 0, hwpt, &why);
}

static inline int sva_populate(int fd, __u32 hwpt, const void *memory,
			       __u64 length, __u32 flags)
{
	struct iopasid_sva_populate cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.hwpt_id = hwpt,
		.addr = (uintptr_t)memory,
		.length = length,
	};

	return call(fd, IOPASID_SVA_POPULATE, &cmd);
}

/* A device that is bound, and the program's address space at a PASID of it */
struct sva {
	struct setup s;
	__u32 hwpt;
	__u32 pasid;
};

static inline int sva_open(struct sva *sva, const char *name, __u32 flags,
			   __u32 pasid)
{
	int ret = setup_open(&sva->s, name);

	sva->pasid = pasid;
	ret = ret ?: sva_alloc(sva->s.iommu, sva->s.dev, flags, &sva->hwpt);
	return ret ?: ep_attach_to(sva->s.ep, pasid, sva->hwpt);
}

static inline void sva_close(struct sva *sva)
{
	setup_close(&sva->s);
}

/* Both ways, compared; the device writes first. 0, -EBADMSG, a result, -errno. */
static inline int sva_check(struct sva *sva, void *memory, size_t size)
{
	return ep_check(sva->s.ep, sva->pasid, (uintptr_t)memory, memory, size);
}

/* One DMA, for which the device asks for pages if it must */
static inline int sva_write(struct sva *sva, const void *to, void *data,
			    size_t size)
{
	return ep_dma(sva->s.ep, sva->pasid, (uintptr_t)to, data, size,
		      IOPASID_ENDPOINT_WRITE);
}

static inline int sva_read(struct sva *sva, const void *from, void *data,
			   size_t size)
{
	return ep_dma(sva->s.ep, sva->pasid, (uintptr_t)from, data, size, 0);
}

/* Neither way gets there, however often the device asks. */
static inline bool sva_is_blocked(struct sva *sva, __u64 addr)
{
	char data[64] = "";

	return ep_dma(sva->s.ep, sva->pasid, addr, data, sizeof(data), 0) ==
	       IOPASID_ENDPOINT_BLOCKED &&
	       ep_dma(sva->s.ep, sva->pasid, addr, data, sizeof(data),
		      IOPASID_ENDPOINT_WRITE) == IOPASID_ENDPOINT_BLOCKED &&
	       ep_is_blocked(sva->s.ep, sva->pasid, addr);
}

static inline bool sva_is_blocked_at(struct sva *sva, const void *memory)
{
	return sva_is_blocked(sva, (uintptr_t)memory);
}

/* Reading brings what the pattern says. */
static inline int sva_reads(struct sva *sva, const void *from, size_t size,
			    unsigned int seed)
{
	unsigned char *data = malloc(size);
	int ret;

	if (!data)
		return -ENOMEM;
	pattern(data, size, ~seed);
	ret = sva_read(sva, from, data, size);
	if (!ret && !matches(data, size, seed))
		ret = -EBADMSG;
	free(data);
	return ret;
}

static inline bool is_zero(const void *data, size_t size)
{
	const unsigned char *bytes = data;

	return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

static inline int sva_reads_zero(struct sva *sva, const void *from, size_t size)
{
	unsigned char *data = malloc(size);
	int ret;

	if (!data)
		return -ENOMEM;
	memset(data, 0xff, size);
	ret = sva_read(sva, from, data, size);
	if (!ret && !is_zero(data, size))
		ret = -EBADMSG;
	free(data);
	return ret;
}

/* A DMA in a thread of its own: it waits. */
struct sva_dma {
	pthread_t id;
	struct sva *sva;
	__u64 addr;
	void *data;
	size_t size;
	__u32 flags;
	int result;
};

static inline void *sva_dma_run(void *argument)
{
	struct sva_dma *dma = argument;

	dma->result = ep_dma(dma->sva->s.ep, dma->sva->pasid, dma->addr,
			     dma->data, dma->size, dma->flags);
	return NULL;
}

static inline int sva_dma_start(struct sva_dma *dma)
{
	return -pthread_create(&dma->id, NULL, sva_dma_run, dma);
}

static inline int sva_dma_result(struct sva_dma *dma)
{
	pthread_join(dma->id, NULL);
	return dma->result;
}

/* How a child has ended: its status, or -signal */
static inline int sva_wait(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The first and the next address of the mapping of that name, as "[stack]" */
static inline int sva_mapping(const char *name, __u64 *first, __u64 *end)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long long from, to;
	char line[256];
	int ret = -ENOENT;

	if (!file)
		return -errno;
	while (ret && fgets(line, sizeof(line), file)) {
		if (!strstr(line, name) ||
		    sscanf(line, "%llx-%llx", &from, &to) != 2)
			continue;
		*first = from;
		*end = to;
		ret = 0;
	}
	fclose(file);
	return ret;
}

/* KiB of large pages in the mapping with that address, or -errno */
static inline long large_pages(const void *memory)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long long from, to;
	bool inside = false;
	long size = -ENOENT;
	char line[256];

	if (!file)
		return -errno;
	while (size < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
			inside = from <= (uintptr_t)memory &&
				 (uintptr_t)memory < to;
		else if (inside)
			sscanf(line, "AnonHugePages: %ld", &size);
	fclose(file);
	return size;
}

/* One large page of small ones. Somebody may have one of them in hand just now. */
static inline int collapse(void *memory)
{
	unsigned int n;

	for (n = 0; n < 100; n++) {
		if (!madvise(memory, HUGE, MADV_COLLAPSE))
			return 0;
		if (errno != EAGAIN && errno != EBUSY)
			break;
		usleep(10000);
	}
	return -errno;
}

#endif /* SVA_H */
