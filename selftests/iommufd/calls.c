// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call of /dev/iommu with every wrong length, flag, reserved field, id, type
 * and pointer. Each call is a row: a structure that is right but for an id that is
 * nobody's, and what the call says to that.
 */
#include "calls.h"

/* One call, with a context of its own: it may have worked. */
static int try_pointer(const struct row *row, void *data)
{
	int fd = iommu_open();
	/* No errno of a call */
	int ret = fd < 0 ? -ECHILD : call(fd, row->cmd, data);

	/* Among the results may be an open file. */
	if (!ret && row->cmd == IOMMU_FAULT_QUEUE_ALLOC)
		close(((struct iommu_fault_alloc *)data)->out_fault_fd);
	close(fd);
	return ret;
}

static int try(const struct row *row, size_t size, struct field field,
	       __u64 value)
{
	union data data = row->data;

	data.size = size;
	memcpy(data.bytes + field.offset, &value, field.size);
	return try_pointer(row, &data);
}

#define NOTHING ((struct field){})

#define for_each_row(row) \
	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)

TEST(as_it_stands)
{
	const struct row *row;

	for_each_row(row) {
		EXPECT_EQ(row->ret, try(row, row->size, NOTHING, 0))
			TH_LOG("%s", row->name);
	}
}

TEST(too_short)
{
	const struct row *row;
	size_t size;

	for_each_row(row)
		for (size = 0; size < row->min_size; size++) {
			EXPECT_EQ(-EINVAL, try(row, size, NOTHING, 0))
				TH_LOG("%s with %zu bytes", row->name, size);
		}
}

TEST(shorter_than_ours)
{
	const struct row *row;
	size_t size;

	for_each_row(row)
		for (size = row->min_size; size < row->size; size++) {
			EXPECT_EQ(row->ret, try(row, size, NOTHING, 0))
				TH_LOG("%s with %zu bytes", row->name, size);
		}
}

TEST(longer_with_zeroes)
{
	const struct row *row;
	size_t more;

	for_each_row(row)
		for (more = 1; more <= PAGE; more *= 2) {
			EXPECT_EQ(row->ret, try(row, row->size + more, NOTHING,
						0))
				TH_LOG("%s with %zu more", row->name, more);
		}
}

TEST(longer_with_something)
{
	struct field tail = { .size = 1 };
	const struct row *row;
	size_t more;

	for_each_row(row)
		for (more = 1; row->size + more <= 2 * 128; more++) {
			tail.offset = row->size + more - 1;
			EXPECT_EQ(-E2BIG, try(row, row->size + more, tail, 1))
				TH_LOG("%s with %zu more", row->name, more);
			/* What is behind the end does not matter. */
			tail.offset++;
			EXPECT_EQ(row->ret, try(row, row->size + more, tail, 1))
				TH_LOG("%s with %zu more", row->name, more);
		}
}

TEST(unknown_flag)
{
	const struct row *row;
	__u64 flag;

	for_each_row(row)
		for (flag = 1; row->flags.size && flag <= UINT32_MAX;
		     flag <<= 1) {
			__u64 now = 0;

			if (flag & row->known)
				continue;
			memcpy(&now, row->data.bytes + row->flags.offset,
			       row->flags.size);
			EXPECT_EQ(-EOPNOTSUPP, try(row, row->size, row->flags,
						   now | flag))
				TH_LOG("%s flag %llx", row->name, flag);
		}
}

TEST(reserved_field)
{
	struct field byte = { .size = 1 };
	const struct row *row;
	size_t n;

	for_each_row(row)
		for (n = 0; n < row->reserved.size; n++) {
			byte.offset = row->reserved.offset + n;
			EXPECT_EQ(-EOPNOTSUPP, try(row, row->size, byte, 0x80))
				TH_LOG("%s byte %zu", row->name, n);
		}
}

TEST(nobodys_id)
{
	static const __u32 ids[] = { 0, 1, 2, INT32_MAX, 1U << 31, UINT32_MAX };
	const struct row *row;
	unsigned int n, id;

	for_each_row(row)
		for (n = 0; n < ARRAY_SIZE(row->id); n++)
			for (id = 0; row->id[n].size && id < ARRAY_SIZE(ids);
			     id++) {
				EXPECT_EQ(-ENOENT, try(row, row->size,
						       row->id[n], ids[id]))
					TH_LOG("%s id %u", row->name, ids[id]);
			}
}

/* Pointers */

static void *no_access(size_t size)
{
	return mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(no_memory_there)
{
	void *none = no_access(PAGE);
	const struct row *row;

	ASSERT_NE(MAP_FAILED, none);
	for_each_row(row) {
		EXPECT_EQ(-EFAULT, try_pointer(row, NULL));
		EXPECT_EQ(-EFAULT, try_pointer(row, none));
		EXPECT_EQ(-EFAULT, try_pointer(row, (void *)-PAGE));
		EXPECT_EQ(-EFAULT, try_pointer(row, (void *)(1UL << 63)));
	}
}

/* The structure ends where memory ends, or has its last byte behind that. */
TEST(memory_ends)
{
	unsigned char *pages = anonymous(2 * PAGE), *data;
	const struct row *row;
	size_t part;

	ASSERT_NE(NULL, pages);
	ASSERT_EQ(0, munmap(pages + PAGE, PAGE));
	for_each_row(row)
		for (part = sizeof(__u32); part <= row->size; part++) {
			data = pages + PAGE - part;
			memcpy(data, row->data.bytes, part);
			memcpy(data, &(__u32){ row->size }, sizeof(__u32));
			EXPECT_EQ(part < row->size ? -EFAULT : row->ret,
				  try_pointer(row, data))
				TH_LOG("%s, %zu bytes", row->name, part);
		}
}

/* No object is left of a call whose answer cannot be written. */
TEST(answer_cannot_be_written)
{
	static const unsigned long makers[] = {
		IOMMU_IOAS_ALLOC, IOMMU_FAULT_QUEUE_ALLOC,
	};
	int files = dup(0);
	__u32 *data = anonymous(PAGE);
	unsigned int n;
	int fd;

	ASSERT_NE(NULL, data);
	ASSERT_LE(0, files);
	close(files);
	data[0] = sizeof(struct iommu_ioas_alloc);
	for (n = 0; n < ARRAY_SIZE(makers); n++) {
		if (makers[n] == IOMMU_FAULT_QUEUE_ALLOC) {
			ASSERT_EQ(0, mprotect(data, PAGE, PROT_WRITE));
			data[0] = sizeof(struct iommu_fault_alloc);
		}
		ASSERT_EQ(0, mprotect(data, PAGE, PROT_READ));
		fd = iommu_open();
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EFAULT, call(fd, makers[n], data));
		/* Possible only while there is no object. */
		EXPECT_EQ(0, option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1));
		close(fd);
	}
	/* Nor a file. */
	EXPECT_EQ(files, dup(0));
}

/* Why not: told whatever the errno, once the structure is one. */
TEST(answer_of_a_refusal)
{
	static const __u32 flags[] = {
		0, 1U << 31,
		IOPASID_SVA_NO_FAULTS | IOPASID_SVA_FAULT_ID_VALID,
	};
	static const int errors[] = { -ENOENT, -EOPNOTSUPP, -EINVAL };
	struct iopasid_sva_alloc cmd;
	int fd = iommu_open();
	unsigned int n;

	ASSERT_LE(0, fd);
	for (n = 0; n < ARRAY_SIZE(flags); n++) {
		cmd = (struct iopasid_sva_alloc){
			.size = sizeof(cmd),
			.flags = flags[n],
			.dev_id = NO_ID,
			.out_hwpt_id = NO_ID,
			.out_why = NO_ID,
		};
		EXPECT_EQ(errors[n], call(fd, IOPASID_SVA_ALLOC, &cmd));
		EXPECT_EQ(IOPASID_SVA_WHY_NONE, cmd.out_why);
		EXPECT_EQ(NO_ID, cmd.out_hwpt_id);
	}
	cmd.size--;
	cmd.out_why = NO_ID;
	EXPECT_EQ(-EINVAL, call(fd, IOPASID_SVA_ALLOC, &cmd));
	EXPECT_EQ(NO_ID, cmd.out_why);
	close(fd);
}

/* Numbers */

static bool is_known(unsigned int nr)
{
	const struct row *row;

	for_each_row(row)
		if (_IOC_NR(row->cmd) == nr)
			return true;
	return false;
}

TEST(unknown_number)
{
	union data data = { .size = PAGE };
	int fd = iommu_open();
	unsigned int nr;

	ASSERT_LE(0, fd);
	for (nr = IOMMUFD_CMD_BASE; nr < 256; nr++) {
		if (is_known(nr))
			continue;
		EXPECT_EQ(-ENOTTY, call(fd, _IO(IOMMUFD_TYPE, nr), &data))
			TH_LOG("number %#x", nr);
	}
	close(fd);
}

/* The number alone does not make a call. */
TEST(number_of_another_kind)
{
	const struct row *row;
	int fd = iommu_open();

	ASSERT_LE(0, fd);
	for_each_row(row) {
		union data data = row->data;
		unsigned int nr = _IOC_NR(row->cmd);

		data.size = row->size;
		EXPECT_EQ(-ENOTTY, call(fd, _IO(IOMMUFD_TYPE + 1, nr), &data));
		EXPECT_EQ(-ENOTTY, call(fd, _IOC(_IOC_WRITE, IOMMUFD_TYPE, nr,
						 row->size), &data));
		EXPECT_EQ(-ENOTTY, call(fd, _IOC(_IOC_NONE, IOMMUFD_TYPE, nr,
						 8), &data));
	}
	close(fd);
}

/* Types: an object of each, and every call with one of the wrong type */

FIXTURE(types)
{
	struct setup s;
	__u32 hwpt;
	__u32 fault;
	int fault_fd;
};

FIXTURE_SETUP(types)
{
	ASSERT_EQ(0, setup_open(&self->s, EP_A));
	ASSERT_EQ(0, hwpt_alloc(self->s.iommu, self->s.dev, self->s.ioas, 0,
				&self->hwpt));
	ASSERT_EQ(0, fault_alloc(self->s.iommu, &self->fault, &self->fault_fd));
}

FIXTURE_TEARDOWN(types)
{
	close(self->fault_fd);
	setup_close(&self->s);
}

/* The id that fits into a field of a call; 0: any would do */
static __u32 right_id(const FIXTURE_DATA(types) *self, unsigned long cmd,
		      unsigned int which)
{
	switch (cmd) {
	case IOMMU_DESTROY:
		return 0;
	case IOMMU_HWPT_ALLOC:
		return which ? self->s.ioas : self->s.dev;
	case IOMMU_GET_HW_INFO:
	case IOPASID_SVA_ALLOC:
		return self->s.dev;
	case IOMMU_HWPT_SET_DIRTY_TRACKING:
	case IOMMU_HWPT_GET_DIRTY_BITMAP:
	case IOPASID_SVA_POPULATE:
		return self->hwpt;
	}
	return self->s.ioas;
}

/* What it says to an id of the wrong type; one field may be one of two. */
static int wrong_type(const FIXTURE_DATA(types) *self, unsigned long cmd,
		      unsigned int which, __u32 id)
{
	if (cmd != IOMMU_HWPT_ALLOC || !which)
		return -ENOENT;
	/* A page table in a page table: known, and not here */
	return id == self->hwpt ? -EOPNOTSUPP : -EINVAL;
}

TEST_F(types, wrong_type)
{
	const __u32 ids[] = {
		self->s.ioas, self->s.dev, self->hwpt, self->fault,
	};
	const struct row *row;
	unsigned int n, id;
	__u32 right, other;

	for_each_row(row)
		for (n = 0; n < ARRAY_SIZE(row->id) && row->id[n].size; n++)
			for (id = 0; id < ARRAY_SIZE(ids); id++) {
				union data data = row->data;

				right = right_id(self, row->cmd, n);
				other = right_id(self, row->cmd, !n);
				if (!right || ids[id] == right)
					continue;
				data.size = row->size;
				if (row->id[!n].size)
					memcpy(data.bytes +
					       row->id[!n].offset, &other,
					       sizeof(other));
				memcpy(data.bytes + row->id[n].offset,
				       &ids[id], sizeof(ids[id]));
				EXPECT_EQ(wrong_type(self, row->cmd, n, ids[id]),
					  call(self->s.iommu, row->cmd, &data))
					TH_LOG("%s id %u", row->name, ids[id]);
			}
}

TEST_F(types, destroyed_id)
{
	ASSERT_EQ(0, destroy(self->s.iommu, self->hwpt));
	EXPECT_EQ(-ENOENT, destroy(self->s.iommu, self->hwpt));
	EXPECT_EQ(-ENOENT, dirty_set(self->s.iommu, self->hwpt, true));
	EXPECT_EQ(-ENOENT, ep_attach_to(self->s.ep, NO_PASID, self->hwpt));
}

TEST_F(types, destroy_what_is_used)
{
	int iommu = self->s.iommu;
	__u32 hwpt;

	/* The page table needs its address space, the driver its device. */
	EXPECT_EQ(-EBUSY, destroy(iommu, self->s.ioas));
	EXPECT_EQ(-EBUSY, destroy(iommu, self->s.dev));
	ASSERT_EQ(0, hwpt_alloc_fault(iommu, self->s.dev, self->s.ioas,
				      IOMMU_HWPT_FAULT_ID_VALID, self->fault,
				      &hwpt));
	EXPECT_EQ(-EBUSY, destroy(iommu, self->fault));
	ASSERT_EQ(0, ep_attach_to(self->s.ep, NO_PASID, hwpt));
	EXPECT_EQ(-EBUSY, destroy(iommu, hwpt));
	ASSERT_EQ(0, ep_detach(self->s.ep, NO_PASID));
	EXPECT_EQ(0, destroy(iommu, hwpt));
	EXPECT_EQ(0, destroy(iommu, self->hwpt));
	EXPECT_EQ(0, destroy(iommu, self->s.ioas));
	/* An open fault file is a user, too. */
	EXPECT_EQ(-EBUSY, destroy(iommu, self->fault));
}

TEST_HARNESS_MAIN
