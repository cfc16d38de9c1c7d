// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that changes under a mapping: unmapped, given back, cut off, protected,
 * moved, copied by a fork. DMA goes to the pages that were mapped, which nobody
 * else gets until they are unmapped, and then to none.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "test.h"

#define SIZE	(8 * PAGE)

FIXTURE(pinned)
{
	struct setup s;
	unsigned char *memory;
};

FIXTURE_SETUP(pinned)
{
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->s.ioas));
	self->memory = anonymous(SIZE);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(pinned)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
}

static int map(FIXTURE_DATA(pinned) *self, const void *memory, size_t size)
{
	return ioas_map_at(self->s.iommu, self->s.ioas, memory, size, IOVA);
}

static int unmap(FIXTURE_DATA(pinned) *self, size_t size)
{
	return ioas_unmap(self->s.iommu, self->s.ioas, IOVA, size);
}

static int dma(FIXTURE_DATA(pinned) *self, void *data, size_t size,
	       bool to_memory)
{
	return ep_dma(self->s.ep, NO_PASID, IOVA, data, size,
		      to_memory ? IOPASID_ENDPOINT_WRITE : 0);
}

/* What the device writes it reads again, whatever the process sees. */
static bool device_has_memory(FIXTURE_DATA(pinned) *self, size_t size)
{
	unsigned int seed = new_seed();
	void *data = anonymous(size);
	bool same;

	pattern(data, size, seed);
	same = data && !dma(self, data, size, true);
	memset(data, 0, size);
	same = same && !dma(self, data, size, false) &&
	       matches(data, size, seed);
	munmap(data, size);
	return same;
}

static bool is_blocked(FIXTURE_DATA(pinned) *self)
{
	return ep_is_blocked(self->s.ep, NO_PASID, IOVA);
}

TEST_F(pinned, process_unmaps)
{
	char data[64];

	pattern(self->memory, SIZE, 1);
	ASSERT_EQ(0, map(self, self->memory, SIZE));
	ASSERT_EQ(0, munmap(self->memory, SIZE));
	EXPECT_EQ(0, dma(self, data, sizeof(data), false));
	EXPECT_TRUE(matches(data, sizeof(data), 1));
	EXPECT_TRUE(device_has_memory(self, SIZE));
	EXPECT_EQ(SIZE / 1024, charged("VmPin"));
	EXPECT_EQ(0, unmap(self, SIZE));
	EXPECT_TRUE(is_blocked(self));
}

/* Other memory at the same addresses is not the device's. */
TEST_F(pinned, process_maps_something_else)
{
	ASSERT_EQ(0, map(self, self->memory, SIZE));
	ASSERT_EQ(self->memory,
		  mmap(self->memory, SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	pattern(self->memory, SIZE, 2);
	EXPECT_TRUE(device_has_memory(self, SIZE));
	EXPECT_TRUE(matches(self->memory, SIZE, 2));
	EXPECT_EQ(0, unmap(self, SIZE));
}

TEST_F(pinned, dont_need)
{
	static const unsigned char zeroes[SIZE];

	pattern(self->memory, SIZE, 3);
	ASSERT_EQ(0, map(self, self->memory, SIZE));
	ASSERT_EQ(0, madvise(self->memory, SIZE, MADV_DONTNEED));
	EXPECT_TRUE(device_has_memory(self, SIZE));
	EXPECT_EQ(0, memcmp(self->memory, zeroes, SIZE));
	EXPECT_EQ(0, unmap(self, SIZE));
	EXPECT_TRUE(is_blocked(self));
	/* Mapped again, it is the new memory. */
	ASSERT_EQ(0, map(self, self->memory, SIZE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, SIZE));
}

TEST_F(pinned, moved)
{
	unsigned char *moved;

	ASSERT_EQ(0, map(self, self->memory, SIZE));
	moved = mremap(self->memory, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, moved);
	moved = mremap(moved, 2 * SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       moved + MEGA);
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, moved, SIZE));
	EXPECT_EQ(0, unmap(self, SIZE));
}

TEST_F(pinned, no_access_any_more)
{
	ASSERT_EQ(0, map(self, self->memory, SIZE));
	ASSERT_EQ(0, mprotect(self->memory, SIZE, PROT_NONE));
	EXPECT_TRUE(device_has_memory(self, SIZE));
	ASSERT_EQ(0, mprotect(self->memory, SIZE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, SIZE));
}

/* The parent keeps the pages that the device has; the child gets others. */
TEST_F(pinned, copied_by_a_fork)
{
	pid_t child;
	int status;

	pattern(self->memory, SIZE, 4);
	ASSERT_EQ(0, map(self, self->memory, SIZE));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		pattern(self->memory, SIZE, 5);
		_exit(0);
	}
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(matches(self->memory, SIZE, 4));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory, SIZE));
}

/* Memory that is gone before it is needed */
TEST_F(pinned, gone_before_the_attach)
{
	struct setup *s = &self->s;
	__u32 other, hwpt;

	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	ASSERT_EQ(0, ioas_map_at(s->iommu, other, self->memory, SIZE, IOVA));
	ASSERT_EQ(0, munmap(self->memory + 4 * PAGE, PAGE));
	EXPECT_EQ(-EFAULT, hwpt_alloc(s->iommu, s->dev, other, 0, &hwpt));
	EXPECT_EQ(-EFAULT, ep_attach_to(s->ep, NO_PASID, other));
	EXPECT_EQ(0, charged("VmPin"));
	/* What was attached is attached still. */
	ASSERT_EQ(0, map(self, self->memory, PAGE));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA, self->memory, PAGE));
}

/* Kinds of memory */

TEST_F(pinned, shared_memory)
{
	unsigned char *memory = shared(SIZE);

	ASSERT_NE(NULL, memory);
	ASSERT_EQ(0, map(self, memory, SIZE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory, SIZE));
}

TEST_F(pinned, huge_pages)
{
	unsigned char *memory = huge(4 * HUGE);

	if (!memory)
		SKIP(return, "no huge pages");
	ASSERT_EQ(0, map(self, memory, 4 * HUGE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory, 4 * HUGE));
	EXPECT_EQ(4 * HUGE / 1024, charged("VmPin"));
	ASSERT_EQ(0, unmap(self, 4 * HUGE));
	EXPECT_TRUE(is_blocked(self));
	/* From the middle of one to the middle of another */
	ASSERT_EQ(0, map(self, memory + PAGE, 2 * HUGE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory + PAGE,
			      2 * HUGE));
	ASSERT_EQ(0, unmap(self, 2 * HUGE));
	/* And where their addresses do not fit */
	ASSERT_EQ(0, option_set(self->s.iommu, IOMMU_OPTION_HUGE_PAGES,
				self->s.ioas, 0));
	ASSERT_EQ(0, map(self, memory, 2 * HUGE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory, 2 * HUGE));
}

TEST_F(pinned, transparent_huge_pages)
{
	unsigned char *memory = anonymous(4 * HUGE), *aligned;

	ASSERT_NE(NULL, memory);
	aligned = memory + HUGE - (uintptr_t)memory % HUGE;
	madvise(aligned, 2 * HUGE, MADV_HUGEPAGE);
	ASSERT_EQ(0, map(self, aligned, 2 * HUGE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, aligned, 2 * HUGE));
	/* The kernel may split it now: the device does not care. */
	ASSERT_EQ(0, munmap(aligned + PAGE, PAGE));
	EXPECT_TRUE(device_has_memory(self, MEGA / 2));
	ASSERT_EQ(0, unmap(self, 2 * HUGE));
	EXPECT_TRUE(is_blocked(self));
}

TEST_F(pinned, private_file)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	unsigned char *memory;

	ASSERT_LE(0, fd);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_EQ(0, map(self, memory, SIZE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory, SIZE));
}

/* Memory that is no memory: registers, or what the kernel shows of itself */
TEST_F(pinned, no_memory)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long vvar = 0;
	char line[256];

	ASSERT_NE(NULL, maps);
	while (!vvar && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			vvar = strtoul(line, NULL, 16);
	fclose(maps);
	ASSERT_NE(0, vvar);
	EXPECT_EQ(-EFAULT, map(self, (void *)vvar, PAGE));
	EXPECT_TRUE(is_blocked(self));
}

/* Files */

FIXTURE(file_memory)
{
	struct setup s;
	int file;
	size_t page;
	size_t size;
	unsigned char *memory;
};

FIXTURE_VARIANT(file_memory)
{
	bool huge;
};

FIXTURE_VARIANT_ADD(file_memory, plain)
{
	.huge = false,
};

FIXTURE_VARIANT_ADD(file_memory, huge)
{
	.huge = true,
};

FIXTURE_SETUP(file_memory)
{
	self->page = variant->huge ? HUGE : PAGE;
	self->size = 4 * self->page;
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, self->s.ioas));
	self->file = variant->huge ? memfd_huge(self->size) : memfd(self->size);
	ASSERT_LE(0, self->file);
	self->memory = file_memory(self->file, self->size);
	if (!self->memory)
		SKIP(return, "no huge pages");
}

FIXTURE_TEARDOWN(file_memory)
{
	setup_close(&self->s);
	EXPECT_EQ(0, charged("VmPin"));
	close(self->file);
}

static int map_file(FIXTURE_DATA(file_memory) *self, size_t start, size_t size)
{
	__u64 iova = IOVA;

	return ioas_map_file(self->s.iommu, self->s.ioas, self->file, start,
			     size, &iova, RW | IOMMU_IOAS_MAP_FIXED_IOVA);
}

TEST_F(file_memory, map_file)
{
	struct setup *s = &self->s;
	size_t part = self->page;
	__u64 iova = 0;

	ASSERT_EQ(0, map_file(self, 0, self->size));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA, self->memory, self->size));
	EXPECT_EQ(self->size / 1024, charged("VmPin"));
	ASSERT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, self->size));
	EXPECT_TRUE(ep_is_blocked(s->ep, NO_PASID, IOVA));
	/* A part of it */
	ASSERT_EQ(0, ioas_map_file(s->iommu, s->ioas, self->file, part, part,
				   &iova, RW));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, iova, self->memory + part,
			      part));
	ASSERT_EQ(0, ioas_map_file(s->iommu, s->ioas, self->file, PAGE, PAGE,
				   &iova, RW));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, iova, self->memory + PAGE,
			      PAGE));
}

TEST_F(file_memory, map_memory_of_it)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, self->memory, self->size,
				 IOVA));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA, self->memory, self->size));
}

TEST_F(file_memory, truncated)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, map_file(self, 0, self->size));
	EXPECT_EQ(0, ftruncate(self->file, self->page));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA, self->memory, self->page));
	EXPECT_EQ(0, ftruncate(self->file, 0));
	/* The pages are the device's only, and nobody's who makes it longer. */
	EXPECT_EQ(0, ftruncate(self->file, self->page));
	pattern(self->memory, PAGE, 6);
	EXPECT_EQ(-EBADMSG, ep_check(s->ep, NO_PASID, IOVA, self->memory,
				     PAGE));
	EXPECT_TRUE(matches(self->memory, PAGE, 6) ||
		    !matches(self->memory, PAGE, 7));
	EXPECT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, self->size));
	EXPECT_TRUE(ep_is_blocked(s->ep, NO_PASID, IOVA));
}

TEST_F(file_memory, hole_is_punched)
{
	struct setup *s = &self->s;

	ASSERT_EQ(0, map_file(self, 0, self->size));
	EXPECT_EQ(0, fallocate(self->file,
			       FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			       self->page));
	EXPECT_EQ(0, self->memory[0]);
	EXPECT_EQ(-EBADMSG, ep_check(s->ep, NO_PASID, IOVA, self->memory,
				     PAGE));
	EXPECT_EQ(0, ep_check(s->ep, NO_PASID, IOVA + self->page,
			      self->memory + self->page, self->page));
	EXPECT_EQ(0, ioas_unmap(s->iommu, s->ioas, IOVA, self->size));
}

TEST_F(file_memory, closed)
{
	ASSERT_EQ(0, map_file(self, 0, self->size));
	ASSERT_EQ(0, close(self->file));
	self->file = -1;
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, self->memory,
			      self->size));
}

TEST_F(file_memory, beyond_its_end)
{
	EXPECT_EQ(-EINVAL, map_file(self, 0, self->size + PAGE));
	EXPECT_EQ(-EINVAL, map_file(self, self->size, PAGE));
	ASSERT_EQ(0, ftruncate(self->file, 0));
	EXPECT_EQ(-EINVAL, map_file(self, 0, PAGE));
	EXPECT_TRUE(ep_is_blocked(self->s.ep, NO_PASID, IOVA));
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(file_memory, impossible_arguments)
{
	int file = self->file;

	EXPECT_EQ(-EINVAL, map_file(self, 1, PAGE));
	EXPECT_EQ(-EINVAL, map_file(self, 0, PAGE + 1));
	EXPECT_EQ(-EINVAL, map_file(self, 0, 0));
	EXPECT_EQ(-EOVERFLOW, map_file(self, -PAGE, 2 * PAGE));
	/* Its end could not be told from one that is not there. */
	EXPECT_EQ(-EOVERFLOW, map_file(self, LONG_MAX - 2 * PAGE + 1, PAGE));
	self->file = -1;
	EXPECT_EQ(-EBADF, map_file(self, 0, PAGE));
	/* No memory of its own */
	self->file = self->s.iommu;
	EXPECT_EQ(-EINVAL, map_file(self, 0, PAGE));
	self->file = open("/dev/null", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(-EINVAL, map_file(self, 0, PAGE));
	close(self->file);
	self->file = file;
}

static int map_all(FIXTURE_DATA(pinned) *self, int file, size_t size, __u32 flags)
{
	__u64 iova = IOVA;

	return ioas_map_file(self->s.iommu, self->s.ioas, file, 0, size, &iova,
			     flags | IOMMU_IOAS_MAP_FIXED_IOVA);
}

/* Of the same kind as a memfd, but with a name */
TEST_F(pinned, file_of_tmpfs)
{
	int file = open("/dev/iommufd-test", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ASSERT_LE(0, file);
	ASSERT_EQ(0, unlink("/dev/iommufd-test"));
	ASSERT_EQ(0, ftruncate(file, SIZE));
	EXPECT_EQ(0, map_all(self, file, SIZE, RW));
	EXPECT_EQ(0, ioas_unmap(self->s.iommu, self->s.ioas, IOVA, SIZE));
	close(file);
	file = open("/proc/version", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, file);
	EXPECT_EQ(-EINVAL, map_all(self, file, PAGE, RO));
	close(file);
}

/* A seal says that nobody writes to a file any more: no device either, later. */
TEST_F(pinned, sealed_file)
{
	struct setup *s = &self->s;
	int file = memfd_sealable(SIZE);
	__u64 iova = IOVA;
	__u32 other;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ioas_alloc(s->iommu, &other));
	/* Nothing is pinned here. */
	ASSERT_EQ(0, ioas_map_file(s->iommu, other, file, 0, SIZE, &iova,
				   RW | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(-1, fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, ioas_unmap(s->iommu, other, IOVA, SIZE));
	/* To be read only */
	ASSERT_EQ(0, ioas_map_file(s->iommu, other, file, 0, SIZE, &iova,
				   RO | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(0, fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(-EPERM, map_all(self, file, SIZE, RW));
	EXPECT_EQ(-EPERM, ioas_copy(s->iommu, s->ioas, &iova, other, IOVA,
				    SIZE, RW | IOMMU_IOAS_MAP_FIXED_IOVA));
	EXPECT_EQ(0, map_all(self, file, SIZE, RO));
	close(file);
}

/* Who maps it for writing before may go on. */
TEST_F(pinned, file_sealed_against_new_writers)
{
	int file = memfd_sealable(SIZE);
	unsigned char *memory;

	ASSERT_LE(0, file);
	memory = file_memory(file, SIZE);
	ASSERT_NE(NULL, memory);
	ASSERT_EQ(0, map_all(self, file, SIZE, RW));
	ASSERT_EQ(0, fcntl(file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory, SIZE));
	ASSERT_EQ(0, unmap(self, SIZE));
	EXPECT_EQ(-EPERM, map_all(self, file, SIZE, RW));
	close(file);
}

/* Killed while a file is filled: it is not filled to its end first. */
TEST_F(pinned, killed_while_it_is_pinned)
{
	const size_t size = 1024 * MEGA;
	int file = memfd(size), status;
	struct stat stat = { };
	pid_t child;

	ASSERT_LE(0, file);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(map_all(self, file, size, RW) ? 1 : 0);
	while (!stat.st_blocks && !waitpid(child, &status, WNOHANG))
		ASSERT_EQ(0, fstat(file, &stat));
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ASSERT_EQ(0, fstat(file, &stat));
	EXPECT_GT(size / 2, stat.st_blocks * 512);
	TH_LOG("killed after %ld MiB", (long)(stat.st_blocks * 512 / MEGA));
	EXPECT_TRUE(is_blocked(self));
	close(file);
}

/* Files of huge pages that nothing has filled yet */

TEST_F(pinned, empty_file_of_huge_pages)
{
	long reserved = huge_pages("HugePages_Rsvd");
	int file = memfd_huge(4 * HUGE);
	unsigned char *memory;

	if (file < 0 || huge_pages("HugePages_Free") - reserved < 4)
		SKIP(return, "no huge pages");
	/* One is there, which is in the middle. */
	ASSERT_EQ(0, fallocate(file, 0, HUGE, HUGE));
	ASSERT_EQ(0, map_all(self, file, 4 * HUGE, RW));
	EXPECT_EQ(reserved, huge_pages("HugePages_Rsvd"));
	memory = file_memory(file, 4 * HUGE);
	ASSERT_NE(NULL, memory);
	EXPECT_EQ(0, ep_check(self->s.ep, NO_PASID, IOVA, memory, 4 * HUGE));
	EXPECT_EQ(reserved, huge_pages("HugePages_Rsvd"));
	EXPECT_EQ(0, unmap(self, 4 * HUGE));
	EXPECT_EQ(0, munmap(memory, 4 * HUGE));
	close(file);
	EXPECT_EQ(reserved, huge_pages("HugePages_Rsvd"));
}

TEST_F(pinned, huge_pages_that_somebody_reserved)
{
	long nr = huge_pages("HugePages_Free") - huge_pages("HugePages_Rsvd");
	int file = memfd_huge(HUGE), other;
	long reserved;

	if (file < 0 || nr < 1)
		SKIP(return, "no huge pages");
	other = memfd_huge(nr * HUGE);
	ASSERT_NE(NULL, file_memory(other, nr * HUGE));
	reserved = huge_pages("HugePages_Rsvd");
	EXPECT_EQ(-ENOMEM, map_all(self, file, HUGE, RW));
	EXPECT_EQ(reserved, huge_pages("HugePages_Rsvd"));
	EXPECT_TRUE(is_blocked(self));
	close(other);
	close(file);
}

TEST_F(pinned, huge_pages_to_be_read)
{
	int file = memfd_huge(2 * HUGE), reader;
	char path[64];

	if (file < 0)
		SKIP(return, "no huge pages");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, reader);
	ASSERT_EQ(0, fallocate(file, 0, 0, HUGE));
	EXPECT_EQ(-EFAULT, map_all(self, reader, 2 * HUGE, RO));
	EXPECT_TRUE(is_blocked(self));
	EXPECT_EQ(0, map_all(self, reader, HUGE, RO));
	EXPECT_EQ(0, unmap(self, HUGE));
	EXPECT_EQ(-EPERM, map_all(self, reader, HUGE, RW));
	close(reader);
	close(file);
}

TEST_HARNESS_MAIN
