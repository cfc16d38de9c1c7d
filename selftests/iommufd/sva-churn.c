// SPDX-License-Identifier: GPL-2.0-only
/*
 * sva-churn SECONDS: a thread changes an address space in all ways that there are,
 * while devices read and write in it. What a device wrote last is found there, by
 * devices and by the program, or zeroes, if the memory has been given back since,
 * which that of a file never is; never what was there before. A child sees what was
 * there when it was made.
 *
 * Prints a line "WORD NUMBER" for each thing that is counted. Status 0: no error.
 */
#include <err.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

#include "sva.h"

#define PASID		200
#define NR_DEVICES	3
#define NR_DMA_THREADS	2
#define NR_REGIONS	3
#define LINE		64

enum count {
	WRITTEN, READ, BLOCKED, COMPARED, LOST, ERRORS,
	PROTECTED, UNMAPPED, MOVED, FORKED, GIVEN_BACK, SPLIT, COLLAPSED,
	COMPACTED, MERGED, SWAPPED, MARKED, NR_COUNTS,
};

static const char * const words[NR_COUNTS] = {
	[WRITTEN] = "written", [READ] = "read", [BLOCKED] = "blocked",
	[COMPARED] = "compared", [LOST] = "zeroes", [ERRORS] = "errors",
	[PROTECTED] = "protected", [UNMAPPED] = "unmapped", [MOVED] = "moved",
	[FORKED] = "forked", [GIVEN_BACK] = "given_back", [SPLIT] = "split",
	[COLLAPSED] = "collapsed", [COMPACTED] = "compacted",
	[MERGED] = "merged", [SWAPPED] = "swapped", [MARKED] = "marked",
};

static unsigned long counts[NR_COUNTS];
static bool stop;

/**
 * struct region - memory that changes
 * @at: a multiple of 2 MiB; as much after it is for what moves
 * @pages: how much
 * @file: -1: anonymous memory
 * @seeds: what devices have written, of each page; 0: nothing yet
 */
static struct region {
	unsigned char *at;
	size_t pages;
	int file;
	unsigned int *seeds;
} regions[NR_REGIONS];

static struct device {
	int ep;
	__u32 pasid;
} devices[NR_DEVICES];

static int self_mem;

static void count(enum count what)
{
	__atomic_add_fetch(&counts[what], 1, __ATOMIC_RELAXED);
}

static void failed(const char *what, const void *where, long value)
{
	fprintf(stderr, "%s at %p: %ld\n", what, where, value);
	count(ERRORS);
}

/* Memory */

static void *map(struct region *r, size_t first, size_t pages)
{
	return mmap(r->at + first * PAGE, pages * PAGE, PROT_READ | PROT_WRITE,
		    MAP_FIXED | (r->file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS :
				 MAP_SHARED), r->file,
		    r->file < 0 ? 0 : first * PAGE);
}

static void make_region(struct region *r, size_t pages, int file, int advice)
{
	size_t size = pages * PAGE;
	uintptr_t at;

	at = (uintptr_t)mmap(NULL, 2 * size + HUGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r->at = (void *)((at + HUGE - 1) & ~(HUGE - 1));
	r->pages = pages;
	r->file = file;
	r->seeds = calloc(pages, sizeof(*r->seeds));
	if (!r->seeds || map(r, 0, pages) != r->at)
		err(2, "memory");
	madvise(r->at, size, advice);
}

/* Devices */

static bool line_is(const unsigned char *line, const unsigned char *wanted,
		    bool may_be_lost)
{
	if (wanted && !memcmp(line, wanted, LINE))
		return true;
	if (!may_be_lost || !is_zero(line, LINE))
		return false;
	count(LOST);
	return true;
}

/* Each line is the last that a device wrote, or was given back: not to a file. */
static void compare(const struct region *r, size_t page,
		    const unsigned char *data, const char *who)
{
	unsigned int seed = r->seeds[page];
	bool may_be_lost = !seed || r->file < 0;
	unsigned char wanted[PAGE];
	size_t n;

	if (seed)
		pattern(wanted, PAGE, seed);
	for (n = 0; n < PAGE; n += LINE) {
		if (line_is(data + n, seed ? wanted + n : NULL, may_be_lost))
			continue;
		failed(who, r->at + page * PAGE, n);
		break;
	}
	count(COMPARED);
}

static int dma(struct device *device, void *where, void *data, __u32 flags)
{
	int ret = ep_dma(device->ep, device->pasid, (uintptr_t)where, data,
			 PAGE, flags);

	if (ret == IOPASID_ENDPOINT_BLOCKED)
		count(BLOCKED);
	else if (ret)
		failed(flags & IOPASID_ENDPOINT_WRITE ? "write" : "read", where,
		       ret);
	return ret;
}

/* Two pages alike, for who merges pages that are */
static void write_pair(struct region *r, size_t page, unsigned int seed,
		       unsigned int *random)
{
	unsigned char data[PAGE];
	size_t n;

	pattern(data, PAGE, seed);
	for (n = page & ~1UL; n <= (page | 1); n++) {
		if (dma(&devices[rand_r(random) % NR_DEVICES],
			r->at + n * PAGE, data, IOPASID_ENDPOINT_WRITE))
			continue;
		r->seeds[n] = seed;
		count(WRITTEN);
	}
}

static void read_page(struct region *r, size_t page, unsigned int *random)
{
	struct device *device = &devices[rand_r(random) % NR_DEVICES];
	void *where = r->at + page * PAGE;
	unsigned char data[PAGE];

	if (!dma(device, where, data, rand_r(random) % 4 ? 0 :
		 IOPASID_ENDPOINT_NO_ATS)) {
		count(READ);
		compare(r, page, data, "a device finds something else");
	}
	/* Where there is nothing at the moment, the file says so. */
	if (pread(self_mem, data, PAGE, (uintptr_t)where) == PAGE)
		compare(r, page, data, "the program finds something else");
}

/* The pages of each thread are its own. */
static void *dma_run(void *argument)
{
	unsigned int me = (uintptr_t)argument, random = new_seed();
	unsigned int seed = random | 1;
	struct region *r;
	size_t page;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		r = &regions[rand_r(&random) % NR_REGIONS];
		page = rand_r(&random) % r->pages;
		if (page / 2 % NR_DMA_THREADS != me)
			continue;
		if (rand_r(&random) % 2)
			write_pair(r, page, seed += 2, &random);
		else
			read_page(r, page, &random);
	}
	return NULL;
}

/* Changes; each leaves the region as accessible as it was. */

struct part {
	struct region *r;
	size_t first;
	size_t pages;
	unsigned char *at;
	size_t size;
};

static void protect(struct part *p, unsigned int *random)
{
	int prot = rand_r(random) % 2 ? PROT_READ : PROT_NONE;

	if (mprotect(p->at, p->size, prot))
		failed("mprotect", p->at, errno);
	usleep(rand_r(random) % 3000);
	if (mprotect(p->at, p->size, PROT_READ | PROT_WRITE))
		failed("mprotect", p->at, errno);
	count(PROTECTED);
}

static void unmap(struct part *p, unsigned int *random)
{
	if (rand_r(random) % 2) {
		munmap(p->at, p->size);
		usleep(rand_r(random) % 3000);
	}
	if (map(p->r, p->first, p->pages) != p->at)
		failed("mmap", p->at, errno);
	count(UNMAPPED);
}

/* To the room behind the region, and back */
static void move(struct part *p, unsigned int *random)
{
	unsigned char *room = p->at + p->r->pages * PAGE;

	if (mremap(p->at, p->size, p->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   room) != room) {
		/* Only what is one mapping can. */
		if (errno != EFAULT)
			failed("mremap", p->at, errno);
		return;
	}
	usleep(rand_r(random) % 3000);
	if (mremap(room, p->size, p->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   p->at) != p->at)
		failed("mremap back", p->at, errno);
	count(MOVED);
}

/* In a child, which has no other thread: status 1 if its memory changes */
static void stays(const unsigned char *at, size_t size, unsigned int ms)
{
	static unsigned char before[64 * PAGE];

	memcpy(before, at, size);
	usleep(ms * 1000);
	_exit(!!memcmp(before, at, size));
}

static void make_child(struct part *p, unsigned int *random)
{
	unsigned int ms = rand_r(random) % 30;
	pid_t child;
	int status;

	if (p->r->file >= 0)
		return;
	child = fork();
	if (!child)
		stays(p->at, p->size, ms);
	usleep(rand_r(random) % 3000);
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		failed("a child sees what comes later", p->at,
		       child < 0 ? errno : status);
	count(FORKED);
}

static void give_back(struct part *p, unsigned int *random)
{
	if (p->r->file >= 0)
		return;
	if (madvise(p->at, p->size, MADV_DONTNEED))
		failed("madvise", p->at, errno);
	count(GIVEN_BACK);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		warn("%s", path);
	close(fd);
}

/* A large page comes to pieces, if it is one, and the pieces to one. */
static bool split_and_collapse(unsigned char *large, unsigned int *random)
{
	unsigned char *page = large + HUGE / 2;

	if (mprotect(page, PAGE, PROT_READ) ||
	    mprotect(page, PAGE, PROT_READ | PROT_WRITE))
		failed("mprotect", page, errno);
	count(SPLIT);
	usleep(rand_r(random) % 3000);
	if (madvise(large, HUGE, MADV_COLLAPSE))
		return false;
	count(COLLAPSED);
	usleep(rand_r(random) % 3000);
	return true;
}

/* What other changes have left of it may be many mappings: then it is made anew. */
static void split(struct part *p, unsigned int *random)
{
	size_t first = rand_r(random) % 2 * (HUGE / PAGE);
	unsigned char *large = p->r->at + first * PAGE;

	if (p->r->file >= 0 || p->r->pages < 2 * HUGE / PAGE ||
	    split_and_collapse(large, random))
		return;
	if (map(p->r, first, HUGE / PAGE) != large ||
	    madvise(large, HUGE, MADV_HUGEPAGE) ||
	    madvise(large, HUGE, MADV_POPULATE_WRITE))
		failed("a large page", large, errno);
	split_and_collapse(large, random);
}

/* Pages move to other places. */
static void compact(struct part *p, unsigned int *random)
{
	write_to("/proc/sys/vm/compact_memory", "1");
	write_to("/proc/sys/vm/nr_hugepages", rand_r(random) % 2 ? "8" : "0");
	count(COMPACTED);
}

static void merge(struct part *p, unsigned int *random)
{
	if (p->r->file >= 0)
		return;
	if (!madvise(p->at, p->size, rand_r(random) % 4 ? MADV_MERGEABLE :
		     MADV_UNMERGEABLE))
		count(MERGED);
}

static void swap_out(struct part *p, unsigned int *random)
{
	if (!madvise(p->at, p->size, MADV_PAGEOUT))
		count(SWAPPED);
}

/* Pages are written to for the first time again. */
static void mark(struct part *p, unsigned int *random)
{
	write_to("/proc/self/clear_refs", rand_r(random) % 2 ? "1" : "4");
	count(MARKED);
}

static void change(unsigned int *random)
{
	static void (* const ways[])(struct part *, unsigned int *) = {
		protect, unmap, move, make_child, give_back, split, merge,
		swap_out, protect, unmap, move, make_child, give_back, mark,
		compact,
	};
	struct part p = { .r = &regions[rand_r(random) % NR_REGIONS] };

	p.first = rand_r(random) % p.r->pages;
	p.pages = 1 + rand_r(random) % 63;
	if (p.pages > p.r->pages - p.first)
		p.pages = p.r->pages - p.first;
	p.at = p.r->at + p.first * PAGE;
	p.size = p.pages * PAGE;
	ways[rand_r(random) % ARRAY_SIZE(ways)](&p, random);
}

/* The program */

static void open_devices(void)
{
	static const char * const names[NR_DEVICES] = { EP_A, EP_B, EP_C };
	int iommu = iommu_open(), ret;
	__u32 n, dev, hwpt;

	if (iommu < 0)
		errx(2, "/dev/iommu: %d", iommu);
	ep_set_driver(EP_D, EP_FULL);
	for (n = 0; n < NR_DEVICES; n++) {
		ep_set_driver(names[n], EP_FULL);
		devices[n].ep = ep_open(names[n]);
		devices[n].pasid = PASID + n;
		ret = ep_bind(devices[n].ep, iommu, &dev);
		ret = ret ?: sva_alloc(iommu, dev, 0, &hwpt);
		ret = ret ?: ep_attach_to(devices[n].ep, PASID + n, hwpt);
		if (ret)
			errx(2, "%s: %d", names[n], ret);
	}
}

int main(int argc, char **argv)
{
	unsigned int n, random = new_seed();
	pthread_t threads[NR_DMA_THREADS];
	time_t end;

	if (argc != 2 || atoi(argv[1]) < 1)
		errx(2, "usage: sva-churn SECONDS");
	end = time(NULL) + atoi(argv[1]);
	self_mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	if (self_mem < 0)
		err(2, "/proc/self/mem");
	make_region(&regions[0], 2 * HUGE / PAGE, -1, MADV_HUGEPAGE);
	make_region(&regions[1], 256, -1, MADV_MERGEABLE);
	make_region(&regions[2], 64, memfd(64 * PAGE), MADV_NORMAL);
	open_devices();
	for (n = 0; n < NR_DMA_THREADS; n++)
		if (pthread_create(&threads[n], NULL, dma_run,
				   (void *)(uintptr_t)n))
			errx(2, "no thread");
	while (time(NULL) < end)
		change(&random);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (n = 0; n < NR_DMA_THREADS; n++)
		pthread_join(threads[n], NULL);
	for (n = 0; n < NR_COUNTS; n++)
		printf("%s %lu\n", words[n], counts[n]);
	return !!counts[ERRORS];
}
