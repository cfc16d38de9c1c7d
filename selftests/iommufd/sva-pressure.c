// SPDX-License-Identifier: GPL-2.0-only
/*
 * sva-pressure MIB: so much memory that only a device writes, in a control group that
 * may have less. What is swapped out comes back when the device asks for it, as
 * the device has written it. Pinned pages stay, others go.
 *
 * Prints a line "WORD NUMBER" for each thing that is counted. Status 0: no error.
 */
#include <err.h>
#include <sys/mman.h>

#include "sva.h"

#define PASID		300
#define PASID_FAULTLESS	301
#define NR_KEPT		16

static unsigned long written, read_back, compared, kept, missing, refetched;
static unsigned long errors;
static struct sva sva;

/* The same device, which does not ask for pages. Its page table */
static __u32 open_device(void)
{
	int ret = sva_open(&sva, EP_A, 0, PASID);
	__u32 hwpt;

	ret = ret ?: sva_alloc(sva.s.iommu, sva.s.dev, IOPASID_SVA_NO_FAULTS,
			       &hwpt);
	ret = ret ?: ep_attach_to(sva.s.ep, PASID_FAULTLESS, hwpt);
	if (ret)
		errx(2, EP_A ": %d", ret);
	return hwpt;
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
	ret = sva_write(&sva, memory + page * PAGE, data, PAGE);
	if (ret)
		failed("write", page, ret);
	else
		written++;
}

static void read_page(unsigned char *memory, size_t page, unsigned int seed)
{
	unsigned char data[PAGE] = "";
	int ret;

	ret = sva_read(&sva, memory + page * PAGE, data, PAGE);
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
	return ep_dma(sva.s.ep, PASID_FAULTLESS, (uintptr_t)where, data, PAGE,
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

static void populate(__u32 hwpt, void *memory, __u32 flags)
{
	int ret = sva_populate(sva.s.iommu, hwpt, memory, NR_KEPT * PAGE,
			       IOPASID_SVA_POPULATE_WRITE | flags);

	if (ret)
		failed("populate", 0, ret);
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
	hwpt = open_device();
	populate(hwpt, pinned, IOPASID_SVA_POPULATE_PIN);
	fill(pinned, seed);
	fill(loose, seed);
	look_at(loose, seed, &refetched, &unwanted);
	press(memory, size / PAGE, seed);
	look_at(pinned, seed, &kept, &unwanted);
	look_at(loose, seed, &refetched, &missing);
	/* They come back with what was in them. */
	refetched = 0;
	populate(hwpt, loose, 0);
	look_at(loose, seed, &refetched, &unwanted);
	if (unwanted)
		failed("pages that must be there and are not", 0, unwanted);
	printf("written %lu\nread %lu\ncompared %lu\nkept %lu\nmissing %lu\n"
	       "refetched %lu\nerrors %lu\n", written, read_back, compared, kept,
	       missing, refetched, errors);
	return !!errors;
}
