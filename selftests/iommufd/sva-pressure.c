// SPDX-License-Identifier: GPL-2.0-only
/*
 * sva-pressure MIB: so much memory that only a device writes, in a control group that
 * may have less. What is swapped out comes back when the device asks for it, as
 * the device has written it. Pinned pages stay, others go.
 *
 * Prints a line "WORD NUMBER" for each thing that is counted. Status 0: no error.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "endpoint.h"
#include "iommu.h"
#include "memory.h"

#define PASID		300
#define PASID_FAULTLESS	301
#define NR_KEPT		16

static unsigned long written, read_back, compared, kept, missing, refetched;
static unsigned long errors;
static int iommu, ep;
static __u32 dev;

static __u32 attach(__u32 flags, __u32 pasid)
{
	struct iopasid_sva_alloc alloc = {
		.size = sizeof(alloc),
		.flags = flags,
		.dev_id = dev,
	};
	int ret = call(iommu, IOPASID_SVA_ALLOC, &alloc);

	ret = ret ?: ep_attach_to(ep, pasid, alloc.out_hwpt_id);
	if (ret)
		errx(2, "no address space: %d, why %u", ret, alloc.out_why);
	return alloc.out_hwpt_id;
}

static void open_device(void)
{
	int ret;

	ep_set_driver(EP_A, EP_FULL);
	iommu = iommu_open();
	ep = ep_open(EP_A);
	ret = iommu < 0 ? iommu : ep < 0 ? ep : ep_bind(ep, iommu, &dev);
	if (ret)
		errx(2, EP_A ": %d", ret);
}

static void failed(const char *what, size_t page, long value)
{
	fprintf(stderr, "%s, page %zu: %ld\n", what, page, value);
	errors++;
}

static void write_page(unsigned char *memory, size_t page, unsigned int seed)
{
	unsigned char data[PAGE];
	int ret;

	pattern(data, PAGE, seed + page);
	ret = ep_dma(ep, PASID, (uintptr_t)memory + page * PAGE, data, PAGE,
		     IOPASID_ENDPOINT_WRITE);
	if (ret)
		failed("write", page, ret);
	else
		written++;
}

static void read_page(unsigned char *memory, size_t page, unsigned int seed)
{
	unsigned char data[PAGE] = "";
	int ret;

	ret = ep_dma(ep, PASID, (uintptr_t)memory + page * PAGE, data, PAGE, 0);
	if (ret) {
		failed("read", page, ret);
		return;
	}
	read_back++;
	if (!matches(data, PAGE, seed + page))
		failed("the device reads something else", page, 0);
	compared++;
}

static void press(unsigned char *memory, size_t pages, unsigned int seed)
{
	unsigned int random = seed;
	size_t n;

	for (n = 0; n < pages; n++)
		write_page(memory, n, seed);
	for (n = 0; n < pages / 2; n++)
		read_page(memory, rand_r(&random) % pages, seed);
	for (n = 0; n < pages; n++) {
		if (!matches(memory + n * PAGE, PAGE, seed + n))
			failed("the program reads something else", n, 0);
		compared++;
	}
}

static bool arrives(void *where, void *data)
{
	return ep_dma(ep, PASID_FAULTLESS, (uintptr_t)where, data, PAGE,
		      IOPASID_ENDPOINT_NO_WAIT) == IOPASID_ENDPOINT_DONE;
}

/* Of a device that does not ask, @memory; all of it there at first */
static void look_at(unsigned char *memory, unsigned int seed,
		    unsigned long *there, unsigned long *gone)
{
	unsigned char data[PAGE];
	size_t n;

	for (n = 0; n < NR_KEPT; n++) {
		if (!arrives(memory + n * PAGE, data)) {
			++*gone;
			continue;
		}
		++*there;
		if (!matches(data, PAGE, seed + n))
			failed("a page that was there", n, 0);
	}
}

static void fill(unsigned char *memory, unsigned int seed)
{
	size_t n;

	for (n = 0; n < NR_KEPT; n++)
		pattern(memory + n * PAGE, PAGE, seed + n);
}

static int populate(__u32 hwpt, void *memory, __u32 flags)
{
	struct iopasid_sva_populate cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.hwpt_id = hwpt,
		.addr = (uintptr_t)memory,
		.length = NR_KEPT * PAGE,
	};

	return call(iommu, IOPASID_SVA_POPULATE, &cmd);
}

int main(int argc, char **argv)
{
	size_t size = (argc == 2 ? atoi(argv[1]) : 0) * MEGA;
	unsigned char *memory = anonymous(size);
	unsigned char *pinned = anonymous(NR_KEPT * PAGE);
	unsigned char *loose = anonymous(NR_KEPT * PAGE);
	unsigned long unwanted = 0;
	unsigned int seed = new_seed();
	__u32 hwpt;

	if (!size || !memory || !pinned || !loose)
		errx(2, "usage: sva-pressure MIB");
	/* Large pages in one half, if the kernel makes some by itself */
	madvise(memory, size / 2, MADV_NOHUGEPAGE);
	open_device();
	attach(0, PASID);
	hwpt = attach(IOPASID_SVA_NO_FAULTS, PASID_FAULTLESS);
	if (populate(hwpt, pinned, IOPASID_SVA_POPULATE_WRITE |
		     IOPASID_SVA_POPULATE_PIN))
		failed("pin", 0, errno);
	fill(pinned, seed);
	fill(loose, seed);
	look_at(loose, seed, &refetched, &unwanted);
	press(memory, size / PAGE, seed);
	look_at(pinned, seed, &kept, &unwanted);
	look_at(loose, seed, &refetched, &missing);
	/* They come back with what was in them. */
	refetched = 0;
	if (populate(hwpt, loose, IOPASID_SVA_POPULATE_WRITE))
		failed("populate", 0, errno);
	look_at(loose, seed, &refetched, &unwanted);
	if (unwanted)
		failed("pages that must be there and are not", 0, unwanted);
	printf("written %lu\nread %lu\ncompared %lu\nkept %lu\nmissing %lu\n"
	       "refetched %lu\nerrors %lu\n", written, read_back, compared, kept,
	       missing, refetched, errors);
	return !!errors;
}
