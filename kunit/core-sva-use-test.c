// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: who gets the address space of a process
 *
 * What is missing, which ranges may be populated and by whom, and what drivers and
 * people see of it.
 */
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include "core-sva.h"

#define NO_FAULTS	IOPASID_SVA_ALLOC_NO_FAULTS
#define HERE		0x20000000UL
#define P		PAGE_SIZE
#define PASID		7

static void refusals(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *plain = core_device(fake, 0);
	struct fake_device *fdev = sva_device(fake);
	struct fake_device *untagged = fake_device_create(fake,
							  &(struct fake_device_config){
		.page_requests = true,
	});
	struct sva_process *process = sva_process_create(test);
	/* Of the DMA API */
	int nr_domains = atomic_read(&fake->nr_domains);
	struct sva_process *stranger = sva_process_create(test);
	struct iopasid_domain *domain;
	enum iopasid_sva_why why;

#define EXPECT_REFUSAL(errno, reason, fdev, flags) do {			\
	KUNIT_EXPECT_EQ(test, errno,					\
		PTR_ERR(iopasid_domain_alloc_sva(&(fdev)->dev,		\
						 process->mm, flags,	\
						 &why)));		\
	KUNIT_EXPECT_EQ(test, why, IOPASID_SVA_WHY_##reason);		\
} while (0)
	EXPECT_REFUSAL(-EOPNOTSUPP, NONE, fdev, BIT(1));
	EXPECT_REFUSAL(-EOPNOTSUPP, PASID, untagged, NO_FAULTS);
	EXPECT_REFUSAL(-EOPNOTSUPP, PAGE_REQUESTS, plain, 0);

	fake_fail_sva(fake, IOPASID_SVA_WHY_COHERENCY);
	EXPECT_REFUSAL(-EOPNOTSUPP, COHERENCY, fdev, 0);
	fake_fail_nth(fake, FAKE_DOMAIN_ALLOC_SVA, 1, -ENOMEM);
	EXPECT_REFUSAL(-ENOMEM, NONE, fdev, 0);

	iopasid_sva_process_max = 0;
	EXPECT_REFUSAL(-ENOSPC, PROCESS_LIMIT, fdev, 0);
	iopasid_sva_process_max = 1;
	fake_fail_nth(fake, FAKE_DOMAIN_ALLOC_SVA, 1, -ENOMEM);
	EXPECT_REFUSAL(-ENOMEM, NONE, fdev, 0);
	/* What failed does not count; the second domain of a process neither. */
	domain = sva_domain(fdev, process, 0);
	iopasid_domain_free(sva_domain(fdev, process, 0));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			PTR_ERR(iopasid_domain_alloc_sva(&fdev->dev,
							 stranger->mm, 0,
							 &why)));
	iopasid_domain_free(domain);
	iopasid_domain_free(sva_domain(fdev, stranger, 0));
	iopasid_sva_process_max = 4096;

	fake->ops.domain_alloc_sva = NULL;
	EXPECT_REFUSAL(-EOPNOTSUPP, PROVIDER, fdev, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), nr_domains);
	fake_device_remove(fdev);
	EXPECT_REFUSAL(-ENODEV, NONE, fdev, 0);
#undef EXPECT_REFUSAL
}

static unsigned int saved_max;

static void restore_max(void *unused)
{
	iopasid_sva_attach_max = saved_max;
}

/* A process may be attached so often; who goes back finds his place. */
static void attachments_are_limited(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	const struct fake_device_config config = {
		.max_pasids = MAX_PASIDS, .group = 1,
	};
	struct fake_device *a = fake_device_create(fake, &config);
	struct fake_device *b = fake_device_create(fake, &config);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *sva = sva_domain(a, process, NO_FAULTS);
	struct iopasid_domain *twin = sva_domain(a, process, NO_FAULTS);
	struct iopasid_domain *paging = core_domain(a);

	saved_max = iopasid_sva_attach_max;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max,
							   NULL));
	iopasid_sva_attach_max = 2;
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(sva, &a->dev, 1));
	/* A failure takes no place. */
	fake_fail_nth(fake, FAKE_ATTACH_PASID, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iopasid_attach_dev_pasid(sva, &b->dev, 1));
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(sva, &b->dev, 1));
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iopasid_attach_dev_pasid(sva, &a->dev, 2));
	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(paging, &a->dev, 2));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iopasid_replace_dev_pasid(sva, &a->dev, 2));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 2), paging);

	/* The same places */
	KUNIT_EXPECT_EQ(test, 0, iopasid_replace_dev_pasid(twin, &a->dev, 1));
	/* The second member cannot leave: the first one is back. */
	fake_fail_nth(fake, FAKE_ATTACH_PASID, 2, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO,
			iopasid_replace_dev_pasid(paging, &a->dev, 1));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 1), sva_table(sva));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 1), sva_table(sva));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iopasid_attach_dev_pasid(sva, &a->dev, 3));

	/* They leave, and the places are free. */
	KUNIT_EXPECT_EQ(test, 0, iopasid_replace_dev_pasid(paging, &a->dev, 1));
	KUNIT_EXPECT_EQ(test, 0, iopasid_attach_dev_pasid(sva, &a->dev, 3));
	KUNIT_EXPECT_EQ(test, 0, iopasid_replace_dev_pasid(sva, &a->dev, 2));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iopasid_attach_dev_pasid(sva, &b->dev, 3));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&a->dev, 3));
	KUNIT_EXPECT_EQ(test, 0, iopasid_attach_dev_pasid(sva, &b->dev, 3));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&b->dev, 3));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&a->dev, 2));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&a->dev, 1));
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&b->dev, 1));
	iopasid_domain_free(paging);
	iopasid_domain_free(twin);
	iopasid_domain_free(sva);
}

static long job_check(struct sva_process *process, const void *data)
{
	const u64 *row = data;

	return iopasid_sva_check((struct iopasid_domain *)row[0], row[1],
				 row[2]);
}

static void ranges(struct kunit *test)
{
	static const struct {
		u64 addr, length;
		int ret;
	} rows[] = {
		{ 0, PAGE_SIZE, 0 },
		{ HERE, 0x100000, 0 },
		{ BIT_ULL(47) - P, P, 0 },
		{ 0, BIT_ULL(47), 0 },
		{ HERE, 0, -EINVAL },
		{ HERE + 1, P, -EINVAL },
		{ HERE, P + 8, -EINVAL },
		{ BIT_ULL(47), P, -ERANGE },
		{ BIT_ULL(47) - P, 2 * P, -ERANGE },
		{ 0, BIT_ULL(47) + P, -ERANGE },
		{ -2 * P, 4 * P, -ERANGE },
		{ 0xffff888000000000, P, -ERANGE },
	};
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct sva_process *stranger = sva_process_create(test);
	struct iopasid_domain *domain = sva_domain(fdev, process, 0);
	struct iopasid_domain *paging = core_domain(fdev);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const u64 row[] = { (u64)domain, rows[i].addr, rows[i].length };

		KUNIT_EXPECT_EQ_MSG(test, rows[i].ret,
				    sva_process_run(process, job_check, row),
				    "row %u", i);
		if (!rows[i].ret)
			KUNIT_EXPECT_EQ(test, -EPERM,
					sva_process_run(stranger, job_check,
							row));
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, iopasid_sva_check(paging, HERE, P));
	/* The test itself is no process at all. */
	KUNIT_EXPECT_EQ(test, -EPERM, iopasid_sva_check(domain, HERE, P));
	iopasid_domain_free(domain);
	iopasid_domain_free(paging);
}

static void for_drivers(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct fake_device *plain = core_device(fake, 0);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain, *second;
	u32 pasid, other;

	sva_map_anon(process, HERE, P);
	sva_write(process, HERE, 0xabc);
	domain = iopasid_sva_attach(&fdev->dev, process->mm, 0, &pasid);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_NE(test, pasid, 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, pasid), sva_table(domain));
	KUNIT_EXPECT_TRUE(test, sva_reads(domain, HERE, 0xabc));
	second = iopasid_sva_attach(&fdev->dev, process->mm, 0, &other);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, second);
	KUNIT_EXPECT_NE(test, pasid, other);
	iopasid_sva_detach(&fdev->dev, second, other);
	KUNIT_EXPECT_FALSE(test, core_number_taken(fdev, other));

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			PTR_ERR(iopasid_sva_attach(&plain->dev, process->mm, 0,
						   &other)));
	KUNIT_EXPECT_EQ(test, other, IOMMU_PASID_INVALID);
	fake_fail_nth(fake, FAKE_ATTACH_PASID, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			PTR_ERR(iopasid_sva_attach(&fdev->dev, process->mm, 0,
						   &other)));
	KUNIT_EXPECT_EQ(test, other, IOMMU_PASID_INVALID);
	KUNIT_EXPECT_FALSE(test, core_number_taken(fdev, pasid + 1));

	sva_process_end(process);
	iopasid_sva_detach(&fdev->dev, domain, pasid);
	KUNIT_EXPECT_FALSE(test, core_number_taken(fdev, pasid));
	KUNIT_EXPECT_NULL(test, fake_reaches(fdev, pasid));
}

static void for_drivers_whose_device_goes(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *sibling = core_device(fake, 1);
	struct fake_device *fdev = core_device(fake, 1);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain;
	u32 pasid;

	domain = iopasid_sva_attach(&fdev->dev, process->mm, NO_FAULTS, &pasid);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_EXPECT_TRUE(test, core_number_taken(sibling, pasid));
	fake_device_remove(fdev);
	/* The group lives on, and has the number back. */
	KUNIT_EXPECT_FALSE(test, core_number_taken(sibling, pasid));
	iopasid_sva_detach(&fdev->dev, domain, pasid);
}

static void faults_after_the_end_are_quiet(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = sva_device(fake);
	struct sva_process *process = sva_process_create(test);
	struct iopasid_domain *domain = sva_domain(fdev, process, 0);
	struct iopasid_unit *unit = fdev->idev->unit;
	const struct iopasid_fault fault = {
		.dev = &fdev->dev, .source_id = 0x0102, .pasid = PASID,
		.addr = 0x5000, .reason = 0x71, .text = "test",
	};

	KUNIT_ASSERT_EQ(test, 0, iopasid_attach_dev_pasid(domain, &fdev->dev,
							  PASID));
	fake_log_mark();
	iopasid_report_fault(unit, &fault);
	KUNIT_EXPECT_EQ(test, fake_log_lines("DMA read by",
					     dev_name(&fdev->dev)), 1);
	sva_process_end(process);
	fake_log_mark();
	iopasid_report_fault(unit, &fault);
	KUNIT_EXPECT_EQ(test, fake_log_lines("DMA read by",
					     dev_name(&fdev->dev)), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&unit->nr_faults), 2);

	/* Nobody's PASID is news again. */
	KUNIT_EXPECT_EQ(test, 0, iopasid_detach_dev_pasid(&fdev->dev, PASID));
	iopasid_report_fault(unit, &fault);
	KUNIT_EXPECT_EQ(test, fake_log_lines("DMA read by",
					     dev_name(&fdev->dev)), 1);
	iopasid_domain_free(domain);
}

static struct kunit_case sva_use_cases[] = {
	KUNIT_CASE(refusals),
	KUNIT_CASE(attachments_are_limited),
	KUNIT_CASE(ranges),
	KUNIT_CASE(for_drivers),
	KUNIT_CASE(for_drivers_whose_device_goes),
	KUNIT_CASE(faults_after_the_end_are_quiet),
	{}
};

static struct kunit_suite sva_use_suite = {
	.name = "iopasid-core-sva-use",
	.test_cases = sva_use_cases,
};
kunit_test_suite(sva_use_suite);
