// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/userfaultfd.h>

#include "memory.h"

unsigned int new_seed(void)
{
	unsigned int seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = getpid();
	return seed;
}

static uint64_t word(unsigned int seed, size_t place)
{
	uint64_t value = ((uint64_t)seed << 32 | 1) + place;

	value *= 0x9e3779b97f4a7c15ULL;
	return value ^ value >> 29;
}

void pattern(void *data, size_t size, unsigned int seed)
{
	unsigned char *bytes = data;
	uint64_t value;
	size_t n, part;

	for (n = 0; n < size; n += sizeof(value)) {
		value = word(seed, n);
		part = size - n < sizeof(value) ? size - n : sizeof(value);
		memcpy(bytes + n, &value, part);
	}
}

bool matches(const void *data, size_t size, unsigned int seed)
{
	const unsigned char *bytes = data;
	uint64_t value;
	size_t n, part;

	for (n = 0; n < size; n += sizeof(value)) {
		value = word(seed, n);
		part = size - n < sizeof(value) ? size - n : sizeof(value);
		if (memcmp(bytes + n, &value, part))
			return false;
	}
	return true;
}

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void *anonymous(size_t size)
{
	return map(size, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

void *shared(size_t size)
{
	return map(size, MAP_SHARED | MAP_ANONYMOUS, -1);
}

void *huge(size_t size)
{
	return map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
		   MAP_HUGE_2MB, -1);
}

void *file_memory(int fd, size_t size)
{
	return map(size, MAP_SHARED, fd);
}

static int make_memfd(size_t size, unsigned int flags)
{
	int fd = memfd_create("iommufd", MFD_CLOEXEC | flags);

	if (fd < 0)
		return -errno;
	if (!ftruncate(fd, size))
		return fd;
	close(fd);
	return -errno;
}

int memfd(size_t size)
{
	return make_memfd(size, 0);
}

int memfd_sealable(size_t size)
{
	return make_memfd(size, MFD_ALLOW_SEALING);
}

int memfd_huge(size_t size)
{
	return make_memfd(size, MFD_HUGETLB | MFD_HUGE_2MB);
}

int late_memory(void **page)
{
	struct uffdio_register range = {
		.range.len = PAGE,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	/* Only one that does not block can be polled. */
	int late = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	*page = anonymous(PAGE);
	range.range.start = (uintptr_t)*page;
	if (late < 0 || !*page || ioctl(late, UFFDIO_API, &api) ||
	    ioctl(late, UFFDIO_REGISTER, &range))
		return -errno;
	return late;
}

bool late_is_awaited(int late)
{
	struct pollfd event = { .fd = late, .events = POLLIN };

	return poll(&event, 1, 10000) == 1 && event.revents == POLLIN;
}

int late_give(int late, void *page)
{
	struct uffdio_zeropage zero = {
		.range.start = (uintptr_t)page,
		.range.len = PAGE,
	};

	return ioctl(late, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

/* The number behind a word and a colon or a blank, at the start of a line */
static long number(const char *path, const char *what)
{
	FILE *file = fopen(path, "r");
	size_t length = strlen(what);
	char line[256];
	long value = -ENOENT;

	if (!file)
		return -errno;
	while (value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, what, length) && strchr(": ", line[length]))
			sscanf(line + length + 1, "%ld", &value);
	fclose(file);
	return value;
}

long pages_pinned(void)
{
	FILE *file = fopen("/proc/sys/vm/stat_refresh", "r");
	char byte;
	bool good;

	if (!file)
		return -errno;
	/* What processors have counted, to where all is */
	fread(&byte, 1, 1, file);
	good = !ferror(file);
	fclose(file);
	if (!good)
		return -EIO;
	return number("/proc/vmstat", "nr_foll_pin_acquired") -
	       number("/proc/vmstat", "nr_foll_pin_released");
}

long huge_pages(const char *what)
{
	return number("/proc/meminfo", what);
}

long charged(const char *what)
{
	return number("/proc/self/status", what);
}
