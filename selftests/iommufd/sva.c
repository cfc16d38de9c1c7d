// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's own address space at PASIDs: memory of all kinds, pages that come
 * when the device asks, what no device reaches, and many page tables of one
 * address space.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "sva.h"

#define PASID		40
#define SIZE		(16 * PAGE)
#define MANY		64

#define MOST		(MANY * PAGE)

/* Memory of a kind, MOST bytes or more of it, all zero; NULL: the machine has none. */
typedef void *(*kind_fn)(void);

static void *heap(void)
{
	/* Not at the start of a page, either */
	char *memory = calloc(1, MOST + 100);

	return memory ? memory + 52 : NULL;
}

static void *zero_pages(void)
{
	return anonymous(MOST);
}

static void *shared_file(void)
{
	return file_memory(memfd(MOST), MOST);
}

static void *huge_page(void)
{
	return huge(HUGE);
}

static void *huge_file(void)
{
	return file_memory(memfd_huge(HUGE), HUGE);
}

/* One large page */
static void *transparent(void)
{
	char *memory = anonymous(2 * HUGE);

	if (!memory || madvise(memory, 2 * HUGE, MADV_HUGEPAGE))
		return NULL;
	memory = (void *)(((uintptr_t)memory + HUGE - 1) & ~(HUGE - 1));
	memory[0] = 1;
	memory[0] = 0;
	return large_pages(memory) < (long)HUGE / 1024 ? NULL : memory;
}

static pid_t child;

static int end_child(void)
{
	pid_t pid = child;

	child = 0;
	if (pid <= 0)
		return 0;
	kill(pid, SIGKILL);
	return sva_wait(pid) == -SIGKILL ? 0 : -ECHILD;
}

/* Pages that a child has, too, until one of both writes */
static void *with_child(void)
{
	char *memory = anonymous(MOST);

	if (!memory)
		return NULL;
	memset(memory, 0, MOST);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_range(3, ~0U, 0);
		for (;;)
			pause();
	}
	return child < 0 ? NULL : memory;
}

FIXTURE(kind)
{
	struct sva sva;
	unsigned char *memory;
};

FIXTURE_VARIANT(kind)
{
	kind_fn make;
};

FIXTURE_VARIANT_ADD(kind, heap)
{
	.make = heap,
};

FIXTURE_VARIANT_ADD(kind, zero)
{
	.make = zero_pages,
};

FIXTURE_VARIANT_ADD(kind, shared)
{
	.make = shared_file,
};

FIXTURE_VARIANT_ADD(kind, huge)
{
	.make = huge_page,
};

FIXTURE_VARIANT_ADD(kind, huge_file)
{
	.make = huge_file,
};

FIXTURE_VARIANT_ADD(kind, transparent)
{
	.make = transparent,
};

FIXTURE_VARIANT_ADD(kind, with_child)
{
	.make = with_child,
};

FIXTURE_SETUP(kind)
{
	ASSERT_EQ(0, sva_open(&self->sva, EP_A, 0, PASID));
	self->memory = variant->make();
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(kind)
{
	EXPECT_EQ(0, end_child());
	sva_close(&self->sva);
}

TEST_F(kind, device_writes_first)
{
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory + 3, SIZE / 2 + 1));
}

TEST_F(kind, device_reads_first)
{
	unsigned int seed = new_seed();

	EXPECT_EQ(0, sva_reads_zero(&self->sva, self->memory + PAGE, PAGE));
	pattern(self->memory, SIZE, seed);
	EXPECT_EQ(0, sva_reads(&self->sva, self->memory, SIZE, seed));
	EXPECT_EQ(0, sva_check(&self->sva, self->memory, SIZE));
}

/* What the program writes after the device has read is seen by the next DMA. */
TEST_F(kind, in_turns)
{
	unsigned int n, seed = new_seed();

	for (n = 0; n < 8; n++) {
		pattern(self->memory, SIZE, seed + n);
		ASSERT_EQ(0, sva_reads(&self->sva, self->memory, SIZE,
				       seed + n));
		ASSERT_EQ(0, sva_check(&self->sva, self->memory + n * PAGE,
				       PAGE));
	}
}

/* One device, more than one kind of memory */

FIXTURE(sva)
{
	struct sva sva;
};

FIXTURE_SETUP(sva)
{
	ASSERT_EQ(0, sva_open(&self->sva, EP_A, 0, PASID));
}

FIXTURE_TEARDOWN(sva)
{
	sva_close(&self->sva);
}

TEST_F(sva, stack)
{
	unsigned char memory[2 * PAGE];
	unsigned int seed = new_seed();

	pattern(memory, sizeof(memory), seed);
	EXPECT_EQ(0, sva_reads(&self->sva, memory, sizeof(memory), seed));
	EXPECT_EQ(0, sva_check(&self->sva, memory, sizeof(memory)));
}

/* The program's copy of a file: the file stays as it is. */
TEST_F(sva, file_private)
{
	char name[] = "/tmp/sva-XXXXXX", data[SIZE];
	unsigned int seed = new_seed();
	int fd = mkstemp(name);
	unsigned char *memory;

	ASSERT_LE(0, fd);
	unlink(name);
	pattern(data, SIZE, seed);
	ASSERT_EQ(SIZE, write(fd, data, SIZE));
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_EQ(0, sva_reads(&self->sva, memory, SIZE, seed));
	EXPECT_EQ(0, sva_check(&self->sva, memory, SIZE));
	EXPECT_FALSE(matches(memory, SIZE, seed));
	memset(data, 0, SIZE);
	ASSERT_EQ(SIZE, pread(fd, data, SIZE, 0));
	EXPECT_TRUE(matches(data, SIZE, seed));
	close(fd);
}

/* A file that others see: what the device writes is in it. */
TEST_F(sva, file_shared)
{
	unsigned char *memory, data[SIZE];
	unsigned int seed = new_seed();
	int fd = memfd(SIZE);

	ASSERT_LE(0, fd);
	memory = file_memory(fd, SIZE);
	ASSERT_NE(NULL, memory);
	pattern(data, SIZE, seed);
	EXPECT_EQ(0, sva_write(&self->sva, memory, data, SIZE));
	memset(data, 0, SIZE);
	ASSERT_EQ(SIZE, pread(fd, data, SIZE, 0));
	EXPECT_TRUE(matches(data, SIZE, seed));
	close(fd);
}

/* Constants, and the program's instructions */
TEST_F(sva, program)
{
	static const char text[] = "constants can be read";
	char data[sizeof(text)] = "";

	EXPECT_EQ(0, sva_read(&self->sva, text, data, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, data, sizeof(text)));
	EXPECT_EQ(0, sva_read(&self->sva, sva_alloc_why, data, sizeof(data)));
	EXPECT_EQ(0, memcmp(sva_alloc_why, data, sizeof(data)));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  sva_write(&self->sva, text, data, sizeof(data)));
	EXPECT_EQ(0, strcmp(text, "constants can be read"));
}

/* Nobody has ever touched it: each page comes when the device asks. */
TEST_F(sva, on_demand)
{
	size_t size = 256 * PAGE, n;
	unsigned char *memory = anonymous(size), in_core[256];

	ASSERT_NE(NULL, memory);
	ASSERT_EQ(0, madvise(memory, size, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, mincore(memory, size, in_core));
	for (n = 0; n < 256; n++) {
		ASSERT_EQ(0, in_core[n] & 1);
	}
	EXPECT_TRUE(ep_is_blocked(self->sva.s.ep, PASID, (uintptr_t)memory));
	EXPECT_EQ(0, sva_reads_zero(&self->sva, memory, size / 2));
	EXPECT_EQ(0, sva_check(&self->sva, memory, size));
}

/* A page that another thread gives when it is asked for */
TEST_F(sva, page_of_userfaultfd)
{
	char data[64];
	struct sva_dma dma = {
		.sva = &self->sva, .data = data, .size = sizeof(data),
	};
	void *page;
	int late = late_memory(&page);

	ASSERT_LE(0, late);
	memset(data, 0xff, sizeof(data));
	dma.addr = (uintptr_t)page;
	ASSERT_EQ(0, sva_dma_start(&dma));
	EXPECT_TRUE(late_is_awaited(late));
	EXPECT_EQ(0, late_give(late, page));
	EXPECT_EQ(IOPASID_ENDPOINT_DONE, sva_dma_result(&dma));
	EXPECT_TRUE(is_zero(data, sizeof(data)));
	close(late);
}

/* What a program may not do its device may not, either */

TEST_F(sva, read_only)
{
	unsigned char *memory = anonymous(2 * PAGE), data[64] = "";
	unsigned int seed = new_seed();

	/* One page has been written, the other one never touched. */
	pattern(memory, PAGE, seed);
	ASSERT_EQ(0, mprotect(memory, 2 * PAGE, PROT_READ));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  sva_write(&self->sva, memory, data, sizeof(data)));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  sva_write(&self->sva, memory + PAGE, data, sizeof(data)));
	EXPECT_EQ(0, sva_reads(&self->sva, memory, PAGE, seed));
	EXPECT_EQ(0, sva_reads_zero(&self->sva, memory + PAGE, PAGE));
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  sva_write(&self->sva, memory + PAGE, data, sizeof(data)));
	EXPECT_TRUE(matches(memory, PAGE, seed));
}

TEST_F(sva, no_access)
{
	unsigned char *memory = anonymous(2 * PAGE);

	memset(memory, 1, PAGE);
	ASSERT_EQ(0, mprotect(memory, 2 * PAGE, PROT_NONE));
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, memory));
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, memory + PAGE));
}

TEST_F(sva, hole)
{
	unsigned char *memory = anonymous(3 * PAGE), data[PAGE] = "";

	memset(memory, 1, 3 * PAGE);
	ASSERT_EQ(0, munmap(memory + PAGE, PAGE));
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, memory + PAGE));
	/* Half of it is there. */
	EXPECT_EQ(IOPASID_ENDPOINT_BLOCKED,
		  sva_read(&self->sva, memory + PAGE / 2, data, PAGE));
	EXPECT_EQ(0, sva_check(&self->sva, memory, PAGE));
	EXPECT_EQ(0, sva_check(&self->sva, memory + 2 * PAGE, PAGE));
}

/* A program makes its stack larger by using it, a device does not. */
TEST_F(sva, below_the_stack)
{
	__u64 first, end, again;

	ASSERT_EQ(0, sva_mapping("[stack]", &first, &end));
	EXPECT_TRUE(sva_is_blocked(&self->sva, first - PAGE));
	EXPECT_TRUE(sva_is_blocked(&self->sva, first - 16 * PAGE));
	ASSERT_EQ(0, sva_mapping("[stack]", &again, &end));
	EXPECT_EQ(first, again);
}

static __u64 symbol(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[256], found[128] = "";
	unsigned long long addr = 0;

	if (!file)
		return 0;
	while (strcmp(found, name) && fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %*c %127s", &addr, found) != 2)
			found[0] = '\0';
	fclose(file);
	return strcmp(found, name) ? 0 : addr;
}

/* Where the kernel is, where nothing is, and the last bytes of each half */
TEST_F(sva, not_the_users_half)
{
	static const __u64 addrs[] = {
		USER_END, USER_END - PAGE, USER_END + PAGE,
		0xff00000000000000, 0xffff800000000000, 0xffff888000000000,
		0xffff888000001000, 0xffffc90000000000, 0xffffea0000000000,
		0xffffffff80000000, 0xffffffff81000000, 0xffffffffc0000000,
		0xffffffffff600000, 0xfffffffffffff000,
	};
	static const char * const symbols[] = { "_stext", "init_task" };
	__u64 addr;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(addrs); n++) {
		EXPECT_TRUE(sva_is_blocked(&self->sva, addrs[n]))
			TH_LOG("address %#llx", addrs[n]);
	}
	for (n = 0; n < 2; n++) {
		addr = symbol(symbols[n]);
		ASSERT_LT(USER_END, addr);
		EXPECT_TRUE(sva_is_blocked(&self->sva, addr));
	}
}

/* With five levels a program can have memory that no page table of ours leads to. */
TEST_F(sva, beyond_four_levels)
{
	void *wanted = (void *)(1ULL << 50), *memory;
	unsigned char data[64] = "";

	memory = mmap(wanted, PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, memory);
	if ((uintptr_t)memory < USER_END)
		SKIP(return, "four levels");
	memset(memory, 1, PAGE);
	EXPECT_TRUE(sva_is_blocked_at(&self->sva, memory));
	EXPECT_EQ(-ERANGE, sva_populate(self->sva.s.iommu, self->sva.hwpt,
					memory, PAGE, 0));
	/* Nor does the lower half of the address lead to it. */
	EXPECT_NE(IOPASID_ENDPOINT_DONE,
		  sva_read(&self->sva, (void *)((uintptr_t)memory &
						(USER_END - 1)), data, 64));
}

/* The kernel's access is not the device's, either. */
TEST_F(sva, privileged)
{
	char data[64];
	int ep = self->sva.s.ep;

	EXPECT_NE(IOPASID_ENDPOINT_DONE,
		  ep_dma(ep, PASID, symbol("_stext"), data, sizeof(data),
			 IOPASID_ENDPOINT_PRIV));
	EXPECT_NE(IOPASID_ENDPOINT_DONE,
		  ep_dma(ep, PASID, symbol("_stext"), data, sizeof(data),
			 IOPASID_ENDPOINT_PRIV | IOPASID_ENDPOINT_NO_WAIT |
			 IOPASID_ENDPOINT_NO_ATS));
}

/* Many page tables of one address space, at PASIDs of three devices */

static const char * const names[] = { EP_A, EP_B, EP_C };

FIXTURE(many)
{
	int iommu;
	int ep[3];
	__u32 dev[3];
	__u32 hwpt[MANY];
	unsigned char *memory;
};

FIXTURE_SETUP(many)
{
	__u32 n;

	self->iommu = iommu_open();
	ASSERT_LE(0, self->iommu);
	ASSERT_EQ(0, ep_set_driver(EP_D, EP_FULL));
	for (n = 0; n < 3; n++) {
		ASSERT_EQ(0, ep_set_driver(names[n], EP_FULL));
		self->ep[n] = ep_open(names[n]);
		ASSERT_LE(0, self->ep[n]);
		ASSERT_EQ(0, ep_bind(self->ep[n], self->iommu, &self->dev[n]));
	}
	/* Made for one device, attached to another */
	for (n = 0; n < MANY; n++) {
		ASSERT_EQ(0, sva_alloc(self->iommu, self->dev[(n + 1) % 3], 0,
				       &self->hwpt[n]));
		ASSERT_EQ(0, ep_attach_to(self->ep[n % 3], PASID + n,
					  self->hwpt[n]));
	}
	self->memory = anonymous(MANY * PAGE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(many)
{
	__u32 n;

	for (n = 0; n < 3; n++)
		close(self->ep[n]);
	close(self->iommu);
}

static int check_nth(FIXTURE_DATA(many) *self, __u32 n, void *memory,
		     size_t size)
{
	return ep_check(self->ep[n % 3], PASID + n, (uintptr_t)memory, memory,
			size);
}

static int nr_blocked(FIXTURE_DATA(many) *self, void *memory)
{
	int nr = 0;
	__u32 n;

	for (n = 0; n < MANY; n++)
		nr += ep_is_blocked(self->ep[n % 3], PASID + n,
				    (uintptr_t)memory);
	return nr;
}

TEST_F(many, each_reaches_all)
{
	__u32 n;

	for (n = 0; n < MANY; n++) {
		/* A page of its own, and one of all */
		EXPECT_EQ(0, check_nth(self, n, self->memory + n * PAGE, PAGE));
		EXPECT_EQ(0, check_nth(self, n, self->memory, PAGE));
	}
	EXPECT_EQ(0, nr_blocked(self, self->memory));
	ASSERT_EQ(0, munmap(self->memory, PAGE));
	EXPECT_EQ(MANY, nr_blocked(self, self->memory));
	EXPECT_EQ(0, check_nth(self, 1, self->memory + PAGE, PAGE));
}

/* A page of its own, which others have not touched, and one that all have */
static int nr_reaching(FIXTURE_DATA(many) *self, unsigned char *memory)
{
	int nr = 0;
	__u32 n;

	for (n = 0; n < MANY; n++)
		nr += !check_nth(self, n, memory + n * PAGE, PAGE) &&
		      !check_nth(self, n, memory, PAGE);
	return nr;
}

TEST_F(many, memory_of_all_kinds)
{
	static const kind_fn makers[] = {
		heap, zero_pages, shared_file, huge_page, huge_file,
		transparent, with_child,
	};
	unsigned char on_stack[MOST];
	unsigned char *memory;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(makers); n++) {
		memory = makers[n]();
		ASSERT_NE(NULL, memory)
			TH_LOG("kind %zu", n);
		EXPECT_EQ(MANY, nr_reaching(self, memory))
			TH_LOG("kind %zu", n);
	}
	EXPECT_EQ(0, end_child());
	/* The program makes its stack larger, a device does not. */
	memset(on_stack, 0, MOST);
	EXPECT_EQ(MANY, nr_reaching(self, on_stack));
}

TEST_F(many, go_one_by_one)
{
	__u32 n;

	memset(self->memory, 0, PAGE);
	for (n = 0; n < MANY; n++) {
		ASSERT_EQ(0, check_nth(self, n, self->memory, 64));
		EXPECT_EQ(-EBUSY, destroy(self->iommu, self->hwpt[n]));
		ASSERT_EQ(0, ep_detach(self->ep[n % 3], PASID + n));
		EXPECT_EQ(0, destroy(self->iommu, self->hwpt[n]));
		EXPECT_EQ(n + 1, nr_blocked(self, self->memory));
	}
}

/* Of the group of C, D takes part only when it has joined. */
TEST_F(many, group)
{
	int d = ep_open(EP_D);
	__u32 dev, pasid = PASID + 2;

	ASSERT_LE(0, d);
	ASSERT_EQ(0, ep_bind(d, self->iommu, &dev));
	memset(self->memory, 0, PAGE);
	EXPECT_TRUE(ep_is_blocked(d, pasid, (uintptr_t)self->memory));
	EXPECT_EQ(-EINVAL, ep_attach_to(d, pasid, self->hwpt[3]));
	ASSERT_EQ(0, ep_attach_to(d, pasid, self->hwpt[2]));
	EXPECT_EQ(0, ep_check(d, pasid, (uintptr_t)self->memory, self->memory,
			      PAGE));
	ASSERT_EQ(0, munmap(self->memory, PAGE));
	EXPECT_TRUE(ep_is_blocked(d, pasid, (uintptr_t)self->memory));
	close(d);
}

TEST_HARNESS_MAIN
