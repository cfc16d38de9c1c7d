/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs share in which each allocation of a call fails in turn, on a
 * kernel that can make allocations fail.
 */
#ifndef NOMEM_H
#define NOMEM_H

#include <fcntl.h>

#include "test.h"

#define PASID		9
#define NR_PAGES	16
#define SIZE		(NR_PAGES * PAGE)
#define IOVA_2		(IOVA + SIZE)
/* No call needs so many. */
#define MAX_NTH		2000

struct nomem {
	struct setup s;
	int nth_file;
	int file;
	unsigned char *memory;
	__u32 hwpt;		/* with all abilities that an HWPT may have */
	__u32 second;
	__u32 fault;
	int fault_file;
	__u32 fault_hwpt;
	__u32 sva;
	__u32 made;
	int opened;
	unsigned long bitmap;
	__u64 iova;		/* what a call is to change, if not 0 */
	__u32 pasid;
	bool blocked;		/* there, before it */
};

typedef int (*nomem_fn)(struct nomem *n);

static inline bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, text, strlen(text)) == strlen(text);
	close(fd);
	return good;
}

/* All allocations may be made to fail, without a word. */
static inline bool can_fail(void)
{
	return write_file("/sys/kernel/debug/failslab/ignore-gfp-wait", "N") &&
	       write_file("/sys/kernel/debug/failslab/verbose", "0") &&
	       write_file("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait",
			  "N") &&
	       write_file("/sys/kernel/debug/fail_page_alloc/min-order", "0") &&
	       write_file("/sys/kernel/debug/fail_page_alloc/verbose", "0");
}

static inline bool fail_nth(struct nomem *n, unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(n->nth_file, text, length, 0) == length;
}

/* Has the one failed that was to fail? No other one does any more. -ECHILD */
static inline int has_failed(struct nomem *n)
{
	char left[16] = "";

	if (pread(n->nth_file, left, sizeof(left) - 1, 0) <= 0 ||
	    !fail_nth(n, 0))
		return -ECHILD;
	return !atoi(left);
}

static inline bool is_blocked(struct nomem *n)
{
	return n->iova && ep_is_blocked(n->s.ep, n->pasid, n->iova);
}

/*
 * How many times it failed, in the end it has not; -EBADMSG: it failed, but a device
 * reaches what it did not before, or not what it did; -errno: failed otherwise. What
 * can do without an allocation may.
 */
static inline int fail_each(struct nomem *n, nomem_fn step, nomem_fn undo)
{
	unsigned int nth;
	int failures = 0;
	int failed, ret;

	for (nth = 1; nth < MAX_NTH; nth++) {
		if (!fail_nth(n, nth))
			return -ECHILD;
		ret = step(n);
		failed = has_failed(n);
		if (failed < 0)
			return failed;
		if (!failed)
			return ret ?: failures;
		if (ret && ret != -ENOMEM)
			return ret;
		if (ret && is_blocked(n) != n->blocked)
			return -EBADMSG;
		failures += !!ret;
		ret = !ret && undo ? undo(n) : 0;
		if (ret)
			return ret;
	}
	return -E2BIG;
}

static inline int undo_made(struct nomem *n)
{
	return destroy(n->s.iommu, n->made);
}

/* A device that is bound, memory, and the way to let allocations fail */
static inline int nomem_open(struct nomem *n)
{
	int ret = setup_open(&n->s, EP_A);

	if (ret)
		return ret;
	n->nth_file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (n->nth_file < 0)
		return -errno;
	n->memory = anonymous(SIZE);
	return n->memory ? 0 : -ENOMEM;
}

#endif /* NOMEM_H */
