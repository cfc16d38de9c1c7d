// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: address spaces of processes
 *
 * What a unit can reach of a process, and when it has to forget. Who is refused, and
 * what drivers get, is in core-sva-use-test.c; page requests are in
 * core-sva-fault-test.c.
 */
#include <linux/delay.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include <iopasid/group.h>

#include "core-sva.h"

#define NO_FAULTS	IOPASID_SVA_ALLOC_NO_FAULTS
#define HERE		0x20000000UL
#define P		PAGE_SIZE
#define PASID		7

static void one_table_for_a_process(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_unit *second = fake_unit_create(fake);
	struct fake_device *fdev = sva_device(fake);
	struct fake_device *other = fake_device_create(fake,
						       &(struct fake_device_config){
		.unit = second, .max_pasids = MAX_PASIDS,
	});
	struct sva_process *process = sva_process_create(test);
	struct sva_process *stranger = sva_process_create(test);
	struct iopasid_domain *a = sva_domain(fdev, process, 0);
	struct iopasid_domain *b = sva_domain(fdev, process, NO_FAULTS);
	struct iopasid_domain *there = sva_domain(other, process, NO_FAULTS);
	struct iopasid_domain *theirs = sva_domain(fdev, stranger, 0);

	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, a->type, IOPASID_DOMAIN_SVA);
	KUNIT_EXPECT_PTR_EQ(test, sva_table(a), sva_table(b));
	KUNIT_EXPECT_PTR_NE(test, sva_table(a), sva_table(there));
	KUNIT_EXPECT_PTR_NE(test, sva_table(a), sva_table(theirs));
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DOMAIN_ALLOC_SVA), 3);
	iopasid_domain_free(a);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DOMAIN_FREE), 0);
	iopasid_domain_free(b);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DOMAIN_FREE), 1);
	iopasid_domain_free(there);
	iopasid_domain_free(theirs);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DOMAIN_FREE), 3);
}

static void upper_half_is_empty(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain;
	const u64 *root;
	unsigned int i, nr = 0;

	sva_map_anon(process, HERE, P);
	sva_write(process, HERE, 0x600d);
	domain = sva_domain(sva_device(fake), process, 0);
	root = sva_table(domain)->root;
	for (i = 0; i < FAKE_ENTRIES; i++)
		nr += !!root[i];
	/* That of the first map, and of this one, is the same. */
	KUNIT_EXPECT_EQ(test, nr, 1);
	KUNIT_EXPECT_NE(test, root[0], 0);
	KUNIT_EXPECT_TRUE(test, sva_reads(domain, HERE, 0x600d));
	/* The tables below are the process's own. */
	sva_write(process, HERE, 0xbeef);
	KUNIT_EXPECT_TRUE(test, sva_reads(domain, HERE, 0xbeef));
	iopasid_domain_free(domain);
}

static void new_slots_are_copied_on_demand(struct kunit *test)
{
	static const u64 slots[] = { 1, 2, 3, 255 };
	struct fake *fake = fake_create(test);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain = sva_domain(sva_device(fake), process, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		/* The last page that a program can have is out of reach. */
		u64 addr = slots[i] * SVA_SLOT + SVA_SLOT / 2;

		sva_map_anon(process, addr, P);
		sva_write(process, addr, i);
		KUNIT_EXPECT_FALSE(test, sva_reads(domain, addr, i));
		/* Another slot does not bring this one. */
		KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, 0,
							  SVA_SLOT - 1));
		KUNIT_EXPECT_FALSE(test, sva_reads(domain, addr, i));
		KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, addr, addr));
		KUNIT_EXPECT_TRUE(test, sva_reads(domain, addr, i));
	}
	/* Beyond the root, and from one end to the other */
	KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, BIT_ULL(47), U64_MAX));
	KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, 0, U64_MAX));
	KUNIT_EXPECT_EQ(test, sva_table(domain)->root[256], 0);
	iopasid_domain_free(domain);
}

/* The range of some invalidation covers [@first, @last]. */
static bool invalidated(struct fake *fake, u64 first, u64 last)
{
	unsigned int i;

	for (i = 0; i < fake->nr_recorded; i++) {
		const struct fake_call *call = &fake->calls[i];

		if (call->op == FAKE_INVALIDATE && call->iova <= first &&
		    call->last >= last)
			return true;
	}
	return false;
}

static void what_goes_is_forgotten(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain;

	sva_map_anon(process, HERE, 8 * P);
	sva_write(process, HERE, 1);
	sva_write(process, HERE + 5 * P, 5);
	domain = sva_domain(sva_device(fake), process, 0);

	fake_forget_calls(fake);
	sva_unmap(process, HERE + 5 * P, P);
	KUNIT_EXPECT_TRUE(test, invalidated(fake, HERE + 5 * P,
					    HERE + 6 * P - 1));
	KUNIT_EXPECT_FALSE(test, invalidated(fake, HERE, HERE));
	KUNIT_EXPECT_FALSE(test, sva_reads(domain, HERE + 5 * P, 5));
	KUNIT_EXPECT_TRUE(test, sva_reads(domain, HERE, 1));

	/* Nothing was there: nothing to forget. */
	fake_forget_calls(fake);
	sva_unmap(process, HERE + 6 * P, P);
	KUNIT_EXPECT_FALSE(test, invalidated(fake, HERE + 6 * P, HERE + 6 * P));
	iopasid_domain_free(domain);
}

/* What the unit could read at the last invalidation */
static void root_at_invalidation(struct fake *fake, const struct fake_call *call)
{
	u64 *stale = fake->hook_data;

	if (call->op == FAKE_INVALIDATE)
		*stale = call->domain->root[3];
}

static void freed_tables_leave_the_root_first(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct sva_process *process = sva_process_create(test);
	u64 addr = 3 * SVA_SLOT + 0x123456000;
	struct iopasid_domain *domain;
	u64 stale = 1;

	sva_map_anon(process, addr, P);
	sva_write(process, addr, 1);
	domain = sva_domain(sva_device(fake), process, 0);
	KUNIT_EXPECT_NE(test, sva_table(domain)->root[3], 0);

	/* The last page of the slot: all tables below the entry go. */
	fake_forget_calls(fake);
	sva_unmap(process, addr, P);
	KUNIT_EXPECT_EQ(test, sva_table(domain)->root[3], 0);
	KUNIT_EXPECT_TRUE(test, invalidated(fake, addr, addr + P - 1));

	/* The last one that was asked for sees no entry. */
	sva_map_anon(process, addr, P);
	sva_write(process, addr, 1);
	KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, addr, addr));
	KUNIT_EXPECT_NE(test, sva_table(domain)->root[3], 0);
	fake_forget_calls(fake);
	fake->hook_data = &stale;
	fake->hook = root_at_invalidation;
	sva_unmap(process, addr, P);
	fake->hook = NULL;
	KUNIT_EXPECT_NE(test, fake_calls(fake, FAKE_INVALIDATE), 0);
	KUNIT_EXPECT_EQ(test, stale, 0);
	iopasid_domain_free(domain);
}

/* What hugetlb says of a page that it takes away */
static void large_pages_are_told_by_their_beginning(struct kunit *test)
{
	static const struct {
		u64 start, end, last;
	} rows[] = {
		{ 0x201000, 0x202000, 0x201fff },
		{ 0x200000, 0x201000, 0x3fffff },
		{ 0x40000000, 0x40001000, 0x7fffffff },
		/* A range is what it says. */
		{ 0x200000, 0x202000, 0x201fff },
	};
	struct fake *fake = fake_create(test);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain = sva_domain(sva_device(fake), process, 0);
	struct mmu_notifier *notifier = &to_iopasid_sva(domain)->notifier;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_forget_calls(fake);
		notifier->ops->arch_invalidate_secondary_tlbs(notifier,
							      process->mm,
							      rows[i].start,
							      rows[i].end);
		KUNIT_ASSERT_EQ(test, fake_calls(fake, FAKE_INVALIDATE), 1);
		KUNIT_EXPECT_EQ(test, fake->calls[0].iova, rows[i].start);
		KUNIT_EXPECT_EQ(test, fake->calls[0].last, rows[i].last);
	}
	iopasid_domain_free(domain);
}

static void accessed_marks_stay(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain;
	u64 *root;

	sva_map_anon(process, HERE, P);
	sva_write(process, HERE, 1);
	domain = sva_domain(sva_device(fake), process, 0);
	root = sva_table(domain)->root;
	/* The unit has set it, or the CPU its own: no reason to store. */
	root[0] ^= _PAGE_ACCESSED;
	KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, 0, U64_MAX));
	root[0] ^= _PAGE_ACCESSED;
	KUNIT_EXPECT_TRUE(test, sva_reads(domain, HERE, 1));
	/* Anything else is one. */
	root[0] ^= _PAGE_RW;
	KUNIT_EXPECT_EQ(test, 0, iopasid_sva_sync(domain, 0, U64_MAX));
	KUNIT_EXPECT_NE(test, root[0] & _PAGE_RW, 0);
	iopasid_domain_free(domain);
}

static bool root_is_empty(struct iopasid_domain *domain)
{
	return !memchr_inv(sva_table(domain)->root, 0, PAGE_SIZE);
}

static void the_process_ends(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain, *again;

	sva_map_anon(process, HERE, P);
	sva_write(process, HERE, 1);
	domain = sva_domain(fdev, process, 0);
	again = sva_domain(fdev, process, 0);
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(domain, &fdev->dev,
							  PASID));
	fake_forget_calls(fake);
	sva_process_end(process);
	KUNIT_EXPECT_TRUE(test, root_is_empty(domain));
	KUNIT_EXPECT_TRUE(test, invalidated(fake, 0, U64_MAX));
	/* Its entry stays, and leads nowhere. */
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DETACH_PASID), 0);

	KUNIT_EXPECT_EQ(test, -ESRCH, iopasid_sva_sync(domain, 0, U64_MAX));
	KUNIT_EXPECT_TRUE(test, root_is_empty(domain));
	KUNIT_EXPECT_EQ(test, -ESRCH,
			iopasid_attach_dev_pasid(again, &fdev->dev, PASID + 1));
	KUNIT_EXPECT_EQ(test, -ESRCH,
			iopasid_replace_dev_pasid(again, &fdev->dev, PASID));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&fdev->dev, PASID));
	iopasid_domain_free(domain);
	iopasid_domain_free(again);
}

static void the_unit_does_not_confirm(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain;

	sva_map_anon(process, HERE, 8 * P);
	sva_write(process, HERE, 1);
	sva_write(process, HERE + 4 * P, 4);
	sva_write(process, HERE + 6 * P, 6);
	domain = sva_domain(fdev, process, 0);

	/* The range, and everything after it, are not confirmed. */
	fake_fail_always(fake, FAKE_INVALIDATE, -ETIMEDOUT);
	fake_forget_calls(fake);
	sva_unmap(process, HERE + 4 * P, P);
	KUNIT_EXPECT_TRUE(test, root_is_empty(domain));
	KUNIT_EXPECT_TRUE(test, invalidated(fake, 0, U64_MAX));
	KUNIT_EXPECT_EQ(test, -EIO, iopasid_sva_sync(domain, 0, U64_MAX));
	KUNIT_EXPECT_TRUE(test, root_is_empty(domain));
	KUNIT_EXPECT_EQ(test, -EIO,
			iopasid_attach_dev_pasid(domain, &fdev->dev, PASID));

	/* Not each change asks once more, nor waits for it. */
	fake_forget_calls(fake);
	sva_unmap(process, HERE + 5 * P, P);
	sva_write(process, HERE + 7 * P, 7);
	sva_unmap(process, HERE + 7 * P, P);
	KUNIT_EXPECT_LE(test, fake_calls(fake, FAKE_INVALIDATE), 1);

	/* It comes back: the next one is for everything, and the last. */
	fake_fail_always(fake, FAKE_INVALIDATE, 0);
	fake_forget_calls(fake);
	msleep(1100);
	sva_unmap(process, HERE + 6 * P, P);
	KUNIT_EXPECT_TRUE(test, invalidated(fake, 0, U64_MAX));
	KUNIT_EXPECT_TRUE(test, root_is_empty(domain));
	fake_forget_calls(fake);
	msleep(1100);
	sva_unmap(process, HERE, P);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_INVALIDATE), 0);
	KUNIT_EXPECT_TRUE(test, root_is_empty(domain));

	sva_process_end(process);
	KUNIT_EXPECT_EQ(test, -ESRCH, iopasid_sva_sync(domain, 0, 0));
	iopasid_domain_free(domain);
}

static void attach_and_replace(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct sva_process *stranger = sva_process_create(test);
	struct iopasid_domain *a = sva_domain(fdev, process, 0);
	struct iopasid_domain *b = sva_domain(fdev, process, 0);
	struct iopasid_domain *theirs = sva_domain(fdev, stranger, 0);
	struct iopasid_domain *paging = core_domain(fdev);

	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(a, &fdev->dev, PASID));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PASID), sva_table(a));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iopasid_attach_dev_pasid(b, &fdev->dev, PASID));

	/* The same table: nothing for the hardware to do */
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, 0,
			iopasid_replace_dev_pasid(b, &fdev->dev, PASID));
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_PASID), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PASID), sva_table(b));

	KUNIT_EXPECT_EQ(test, 0,
			iopasid_replace_dev_pasid(theirs, &fdev->dev, PASID));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PASID), sva_table(theirs));
	KUNIT_EXPECT_EQ(test, 0,
			iopasid_replace_dev_pasid(paging, &fdev->dev, PASID));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PASID), paging);
	KUNIT_EXPECT_EQ(test, 0,
			iopasid_replace_dev_pasid(a, &fdev->dev, PASID));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PASID), sva_table(a));

	/* A replace that fails changes nothing. */
	fake_fail_nth(fake, FAKE_ATTACH_PASID, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iopasid_replace_dev_pasid(paging, &fdev->dev, PASID));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, PASID), sva_table(a));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&fdev->dev, PASID));
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, PASID));

	iopasid_domain_free(paging);
	iopasid_domain_free(theirs);
	iopasid_domain_free(b);
	iopasid_domain_free(a);
}

static void not_at_a_rid(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain = sva_domain(fdev, process, 0);
	struct iopasid_user *user = fake_claim(fdev, test);

	KUNIT_EXPECT_EQ(test, -EINVAL, iopasid_user_attach(user, domain, 0));
	KUNIT_EXPECT_EQ(test, 0, iopasid_user_attach(user, domain, PASID));
	iopasid_user_release(user);
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, PASID));
	iopasid_domain_free(domain);
}

static void the_device_goes(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct fake_device *stays = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain = sva_domain(fdev, process, 0);
	enum iopasid_sva_why why;

	sva_map_anon(process, HERE, P);
	sva_write(process, HERE, 1);
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(domain, &fdev->dev,
							  PASID));
	fake_device_remove(fdev);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(fake, sva_table(domain)));
	/* The domain is good for others behind the unit. */
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(domain, &stays->dev,
							  PASID));
	fake_unit_unregister(fake_first_unit(fake));
	KUNIT_EXPECT_FALSE(test, fake_is_attached(fake, sva_table(domain)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			PTR_ERR(iopasid_domain_alloc_sva(&stays->dev,
							 process->mm, 0, &why)));
	KUNIT_EXPECT_EQ(test, why, IOPASID_SVA_WHY_NONE);
	/* Notifications go on until it is freed. */
	sva_unmap(process, HERE, P);
	iopasid_domain_free(domain);
}

static struct kunit_case sva_cases[] = {
	KUNIT_CASE(one_table_for_a_process),
	KUNIT_CASE(upper_half_is_empty),
	KUNIT_CASE(new_slots_are_copied_on_demand),
	KUNIT_CASE(what_goes_is_forgotten),
	KUNIT_CASE(freed_tables_leave_the_root_first),
	KUNIT_CASE(large_pages_are_told_by_their_beginning),
	KUNIT_CASE(accessed_marks_stay),
	KUNIT_CASE(the_process_ends),
	KUNIT_CASE(the_unit_does_not_confirm),
	KUNIT_CASE(attach_and_replace),
	KUNIT_CASE(not_at_a_rid),
	KUNIT_CASE(the_device_goes),
	{}
};

static struct kunit_suite sva_suite = {
	.name = "iopasid-core-sva",
	.test_cases = sva_cases,
};
kunit_test_suite(sva_suite);
