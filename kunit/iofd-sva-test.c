// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: address spaces of processes at /dev/iommu
 *
 * The process is the test's thread, whose memory is mapped by hand. What the
 * unit lacks, and what fails, is the fake provider's to say. The page tables that
 * it walks are the real ones.
 */
#include <kunit/test.h>
#include <linux/file.h>
#include <linux/fs.h>

#include "iofd-sva-rig.h"

#define PARAMETERS	"/sys/module/iopasid_iommufd/parameters/"

static void set_parameter(struct kunit *test, const char *path, unsigned int to)
{
	struct file *file = filp_open(path, O_WRONLY, 0);
	char text[16];
	loff_t pos = 0;
	int length = snprintf(text, sizeof(text), "%u", to);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_EQ(test, kernel_write(file, text, length, &pos), length);
	__fput_sync(file);
}

static void limit_context(struct kunit *test, unsigned int to)
{
	set_parameter(test, PARAMETERS "sva_context_max", to);
}

static void limit_all(struct kunit *test, unsigned int to)
{
	set_parameter(test, PARAMETERS "sva_max", to);
}

/* Alone in its context: what a refused call counts, the next one would lack. */
static void expect_refused(struct sva_rig *rig, u32 dev, u32 flags, int ret,
			   u32 why)
{
	struct kunit *test = rig->test;
	int domains = atomic_read(&rig->fake->nr_domains);
	u32 hwpt, got;

	limit_context(test, 1);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, dev, flags, &hwpt, &got), ret);
	KUNIT_EXPECT_EQ(test, got, why);
	KUNIT_EXPECT_EQ(test, hwpt, NO_ID);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, dev, flags, &hwpt, &got), ret);
	KUNIT_EXPECT_EQ(test, got, why);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->fake->nr_domains), domains);
	limit_context(test, 1024);
}

static void arguments(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	u32 dev = rig->idev->obj.id, ioas = sva_new_ioas(rig);
	struct iopasid_sva_alloc cmd = {
		.size = sizeof(cmd), .dev_id = dev, .fault_id = ioas,
	};

	expect_refused(rig, dev, 1U << 2, -EOPNOTSUPP, WHY(NONE));
	expect_refused(rig, dev, 1U << 31, -EOPNOTSUPP, WHY(NONE));
	expect_refused(rig, dev, NO_FAULTS | FAULT_ID, -EINVAL, WHY(NONE));
	expect_refused(rig, NO_ID, 0, -ENOENT, WHY(NONE));
	expect_refused(rig, ioas, 0, -ENOENT, WHY(NONE));
	/* The queue 0, after all else was there */
	expect_refused(rig, dev, FAULT_ID, -ENOENT, WHY(NONE));
	KUNIT_EXPECT_EQ(test, sva_ioctl(rig, IOPASID_SVA_ALLOC, &cmd,
					sizeof(cmd)), -EINVAL);
	KUNIT_EXPECT_EQ(test, cmd.out_why, WHY(NONE));
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva_new(rig)), 0);
	sva_rig_destroy(rig);
}

/* What the provider lacks, and what it fails with */
static void provider_refuses(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	u32 dev = rig->idev->obj.id;
	u32 why;

	for (why = WHY(FIRST_STAGE); why <= WHY(CACHING_MODE); why++) {
		fake_fail_sva(rig->fake, why);
		expect_refused(rig, dev, 0, -EOPNOTSUPP, why);
		expect_refused(rig, dev, NO_FAULTS, -EOPNOTSUPP, why);
	}
	fake_fail_sva(rig->fake, WHY(NONE));
	fake_fail_always(rig->fake, FAKE_DOMAIN_ALLOC_SVA, -ENOMEM);
	expect_refused(rig, dev, 0, -ENOMEM, WHY(NONE));
	fake_fail_always(rig->fake, FAKE_DOMAIN_ALLOC_SVA, 0);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva_new(rig)), 0);
	sva_rig_destroy(rig);
}

static void provider_cannot(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);

	rig->fake->ops.domain_alloc_sva = NULL;
	expect_refused(rig, rig->idev->obj.id, 0, -EOPNOTSUPP, WHY(PROVIDER));
	sva_rig_destroy(rig);
}

static struct fake_device *device_without(struct sva_rig *rig, bool pasids)
{
	return fake_device_create(rig->fake, &(struct fake_device_config){
		.max_pasids = pasids ? 1 << 5 : 0,
		.page_requests = !pasids,
	});
}

static void device_cannot(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	struct fake_device *a = device_without(rig, false);
	struct fake_device *b = device_without(rig, true);
	struct iofd_device *no_pasids = sva_bind(rig, a);
	struct iofd_device *no_requests = sva_bind(rig, b);
	u32 hwpt, why;

	expect_refused(rig, no_pasids->obj.id, 0, -EOPNOTSUPP, WHY(PASID));
	expect_refused(rig, no_pasids->obj.id, NO_FAULTS, -EOPNOTSUPP,
		       WHY(PASID));
	expect_refused(rig, no_requests->obj.id, 0, -EOPNOTSUPP,
		       WHY(PAGE_REQUESTS));
	expect_refused(rig, no_requests->obj.id, FAULT_ID, -EOPNOTSUPP,
		       WHY(PAGE_REQUESTS));
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, no_requests->obj.id, NO_FAULTS,
					&hwpt, &why), 0);
	KUNIT_EXPECT_EQ(test, why, WHY(NONE));
	KUNIT_EXPECT_EQ(test, attach(no_requests, PASID, hwpt), 0);
	/* It was asked for by one device; another one may not do without. */
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, hwpt), 0);
	iopasid_iommufd_unbind(no_pasids);
	iopasid_iommufd_unbind(no_requests);
	sva_rig_destroy(rig);
}

static void limits(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	struct sva_rig *other = sva_rig_create(test);
	u32 dev = rig->idev->obj.id, odev = other->idev->obj.id;
	u32 first, second, hwpt, why;

	limit_context(test, 2);
	limit_all(test, 3);
	first = sva_new(rig);
	second = sva_new(rig);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, dev, 0, &hwpt, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, why, WHY(CONTEXT_LIMIT));
	sva_new(other);
	KUNIT_EXPECT_EQ(test, sva_alloc(other, odev, 0, &hwpt, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, why, WHY(GLOBAL_LIMIT));
	/* One goes, one may come, in whatever context. */
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, first), 0);
	sva_new(other);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, dev, 0, &hwpt, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, why, WHY(GLOBAL_LIMIT));
	sva_rig_destroy(other);
	/* What the other had came back; a lower limit takes none away. */
	first = sva_new(rig);
	limit_context(test, 1);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, dev, 0, &hwpt, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, first), 0);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, dev, 0, &hwpt, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, why, WHY(CONTEXT_LIMIT));
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, second), 0);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva_new(rig)), 0);
	limit_context(test, 1024);
	limit_all(test, 16384);
	sva_rig_destroy(rig);
}

/* A PASID leads to mappings, to a process, and back. */
static void replaced(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	u32 sva = sva_new(rig), again = sva_new(rig), ioas = sva_new_ioas(rig);
	unsigned long addr = sva_untouched(rig, FAR);
	u32 paging;

	KUNIT_ASSERT_EQ(test, sva_hwpt_alloc(rig, ioas, &paging), 0);
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, paging), 0);
	KUNIT_EXPECT_EQ(test, replace(rig->idev, PASID, sva), 0);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva), -EBUSY);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, paging), 0);
	KUNIT_EXPECT_FALSE(test, sva_reaches(rig, addr, IOPASID_READ));
	KUNIT_EXPECT_EQ(test, populate(rig, sva, addr, SIZE, WR), 0);
	KUNIT_EXPECT_TRUE(test, sva_reaches(rig, addr, IOPASID_WRITE));
	KUNIT_EXPECT_EQ(test, replace(rig->idev, PASID, again), 0);
	KUNIT_EXPECT_TRUE(test, sva_reaches(rig, addr, IOPASID_WRITE));
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva), 0);
	KUNIT_ASSERT_EQ(test, sva_hwpt_alloc(rig, ioas, &paging), 0);
	KUNIT_EXPECT_EQ(test, replace(rig->idev, PASID, paging), 0);
	KUNIT_EXPECT_FALSE(test, sva_reaches(rig, addr, IOPASID_READ));
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, again), 0);
	iopasid_iommufd_detach(rig->idev, PASID);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, paging), 0);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, ioas), 0);
	sva_rig_destroy(rig);
}

/* A replace that the unit refuses leaves all where it was. */
static void replace_refused(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	u32 sva = sva_new(rig), ioas = sva_new_ioas(rig);
	struct iopasid_domain *before;
	u32 paging;

	KUNIT_ASSERT_EQ(test, sva_hwpt_alloc(rig, ioas, &paging), 0);
	fake_fail_nth(rig->fake, FAKE_ATTACH_PASID, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, sva), -ENOSPC);
	KUNIT_EXPECT_NULL(test, fake_reaches(rig->fdev, PASID));
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, sva), 0);
	before = fake_reaches(rig->fdev, PASID);
	KUNIT_ASSERT_NOT_NULL(test, before);
	fake_fail_nth(rig->fake, FAKE_ATTACH_PASID, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, replace(rig->idev, PASID, paging), -ENOMEM);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(rig->fdev, PASID), before);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, paging), 0);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva), -EBUSY);
	sva_rig_destroy(rig);
}

/* It is for PASIDs, and nothing but a process maps there. */
static void not_for(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	u32 sva = sva_new(rig), paging, hwpt;
	struct iommu_hwpt_set_dirty_tracking set = {
		.size = sizeof(set),
		.flags = IOMMU_HWPT_DIRTY_TRACKING_ENABLE,
		.hwpt_id = sva,
	};
	struct iommu_hwpt_get_dirty_bitmap get = {
		.size = sizeof(get),
		.hwpt_id = sva,
		.length = PAGE_SIZE,
		.page_size = PAGE_SIZE,
	};

	KUNIT_EXPECT_EQ(test, attach(rig->idev, 0, sva), -EINVAL);
	KUNIT_ASSERT_EQ(test, sva_hwpt_alloc(rig, sva_new_ioas(rig), &paging),
			0);
	KUNIT_EXPECT_EQ(test, attach(rig->idev, 0, paging), 0);
	KUNIT_EXPECT_EQ(test, replace(rig->idev, 0, sva), -EINVAL);
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID, sva), 0);
	KUNIT_EXPECT_EQ(test, replace(rig->idev, 0, sva), -EINVAL);
	KUNIT_EXPECT_EQ(test, sva_hwpt_alloc(rig, sva, &hwpt), -EINVAL);
	KUNIT_EXPECT_EQ(test, sva_ioctl(rig, IOMMU_HWPT_SET_DIRTY_TRACKING,
					&set, sizeof(set)), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, sva_ioctl(rig, IOMMU_HWPT_GET_DIRTY_BITMAP,
					&get, sizeof(get)), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, populate(rig, paging, PAGE_SIZE, PAGE_SIZE, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, populate(rig, paging, PAGE_SIZE, PAGE_SIZE,
				       UNPIN), -EINVAL);
	sva_rig_destroy(rig);
}

static void device_goes(struct kunit *test)
{
	struct sva_rig *rig = sva_rig_create(test);
	u32 sva = sva_new(rig), hwpt, why;

	KUNIT_ASSERT_EQ(test, attach(rig->idev, PASID, sva), 0);
	fake_device_remove(rig->fdev);
	KUNIT_EXPECT_EQ(test, attach(rig->idev, PASID + 1, sva), -ENODEV);
	KUNIT_EXPECT_EQ(test, sva_alloc(rig, rig->idev->obj.id, 0, &hwpt, &why),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, why, WHY(NONE));
	KUNIT_EXPECT_EQ(test, populate(rig, sva, sva_untouched(rig, FAR), SIZE,
				       WR), 0);
	iopasid_iommufd_detach(rig->idev, PASID);
	KUNIT_EXPECT_EQ(test, sva_destroy(rig, sva), 0);
	sva_rig_destroy(rig);
}

static struct kunit_case sva_cases[] = {
	KUNIT_CASE(arguments),
	KUNIT_CASE(provider_refuses),
	KUNIT_CASE(provider_cannot),
	KUNIT_CASE(device_cannot),
	KUNIT_CASE(limits),
	KUNIT_CASE(replaced),
	KUNIT_CASE(replace_refused),
	KUNIT_CASE(not_for),
	KUNIT_CASE(device_goes),
	{}
};

static struct kunit_suite sva_suite = {
	.name = "iopasid-iommufd-sva",
	.test_cases = sva_cases,
};
kunit_test_suite(sva_suite);
