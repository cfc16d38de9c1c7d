// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: what devices of a context are attached to
 *
 * Groups, units that refuse, devices that go: what user space cannot arrange. The
 * objects are made with the real calls, so that ids and uses are what they are.
 */
#include <kunit/test.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/capability.h>
#include <iopasid/iommufd.h>

#include "../drivers/iommufd/attach.h"
#include "../drivers/iommufd/device.h"
#include "../drivers/iommufd/hwpt.h"
#include "../drivers/iommufd/iofd.h"

#include "fake-provider.h"

#define PASID	3
#define GROUP	1

/**
 * struct rig - a context, and devices for it
 * @test: the test
 * @fake: their provider
 * @file: the context's file
 * @ctx: the context
 * @user: a page of user memory
 */
struct rig {
	struct kunit *test;
	struct fake *fake;
	struct file *file;
	struct iofd_ctx *ctx;
	void __user *user;
};

static struct rig *rig_create(struct kunit *test)
{
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
	unsigned long user;

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->test = test;
	user = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, user, 0);
	rig->user = (void __user *)user;
	rig->fake = fake_create(test);
	rig->file = filp_open("/dev/iommu", O_RDWR, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rig->file);
	rig->ctx = rig->file->private_data;
	return rig;
}

/* At once: the provider looks at its devices and domains when the test ends. */
static void rig_destroy(struct rig *rig)
{
	__fput_sync(rig->file);
}

static int rig_ioctl(struct rig *rig, unsigned int cmd, void *arg, size_t size)
{
	int ret;

	KUNIT_ASSERT_EQ(rig->test, 0, copy_to_user(rig->user, arg, size));
	ret = rig->file->f_op->unlocked_ioctl(rig->file, cmd,
					      (unsigned long)rig->user);
	KUNIT_ASSERT_EQ(rig->test, 0, copy_from_user(arg, rig->user, size));
	return ret;
}

static u32 new_ioas(struct rig *rig)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };

	KUNIT_ASSERT_EQ(rig->test, 0, rig_ioctl(rig, IOMMU_IOAS_ALLOC, &cmd,
						sizeof(cmd)));
	return cmd.out_ioas_id;
}

static u32 new_hwpt(struct rig *rig, struct iofd_device *idev, u32 ioas_id,
		    u32 flags)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = idev->obj.id,
		.pt_id = ioas_id,
	};

	KUNIT_ASSERT_EQ(rig->test, 0, rig_ioctl(rig, IOMMU_HWPT_ALLOC, &cmd,
						sizeof(cmd)));
	return cmd.out_hwpt_id;
}

static int destroy(struct rig *rig, u32 id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return rig_ioctl(rig, IOMMU_DESTROY, &cmd, sizeof(cmd));
}

static struct fake_device *new_device(struct rig *rig, unsigned int group)
{
	return fake_device_create(rig->fake, &(struct fake_device_config){
		.max_pasids = 1 << 5,
		.group = group,
	});
}

static struct iofd_device *bind(struct rig *rig, struct fake_device *fdev)
{
	struct iofd_device *idev;
	u32 id;

	idev = iopasid_iommufd_bind(rig->ctx, &fdev->dev, IOPASID_IOMMUFD_FULL,
				    &id);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(rig->test, idev);
	KUNIT_EXPECT_EQ(rig->test, idev->obj.id, id);
	return idev;
}

static int attach(struct iofd_device *idev, u32 pasid, u32 pt_id)
{
	return iopasid_iommufd_attach(idev, pasid, &pt_id);
}

static int replace(struct iofd_device *idev, u32 pasid, u32 pt_id)
{
	return iopasid_iommufd_replace(idev, pasid, &pt_id);
}

static bool blocked(struct rig *rig, struct fake_device *fdev)
{
	return fake_reaches(fdev, 0) == &rig->fake->blocked;
}

/* Devices share it, and it goes with the last of them. */
static void automatic(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a = new_device(rig, 0), *b = new_device(rig, 0);
	struct iofd_device *ia = bind(rig, a), *ib = bind(rig, b);
	u32 ioas = new_ioas(rig), first = ioas, second = ioas;
	int domains = atomic_read(&rig->fake->nr_domains);

	KUNIT_EXPECT_TRUE(test, blocked(rig, a));
	KUNIT_EXPECT_EQ(test, iopasid_iommufd_attach(ia, 0, &first), 0);
	KUNIT_EXPECT_NE(test, first, ioas);
	KUNIT_EXPECT_EQ(test, iopasid_iommufd_attach(ib, 0, &second), 0);
	KUNIT_EXPECT_EQ(test, first, second);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->fake->nr_domains), domains + 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
	KUNIT_EXPECT_EQ(test, attach(ia, 0, ioas), -EBUSY);
	KUNIT_EXPECT_EQ(test, attach(ia, 0, first), -EBUSY);
	/* It is there already. */
	KUNIT_EXPECT_EQ(test, replace(ia, 0, ioas), 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, first), -EBUSY);
	KUNIT_EXPECT_EQ(test, destroy(rig, ioas), -EBUSY);

	iopasid_iommufd_detach(ia, 0);
	KUNIT_EXPECT_TRUE(test, blocked(rig, a));
	KUNIT_EXPECT_EQ(test, destroy(rig, first), -EBUSY);
	iopasid_iommufd_detach(ib, 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, first), -ENOENT);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->fake->nr_domains), domains);
	KUNIT_EXPECT_EQ(test, destroy(rig, ioas), 0);
	iopasid_iommufd_unbind(ia);
	iopasid_iommufd_unbind(ib);
	rig_destroy(rig);
}

/* A detach that leaves others gives up its use at once: they may go any time. */
static void leaves_no_use_behind(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct iofd_device *ia = bind(rig, new_device(rig, 0));
	struct iofd_device *ib = bind(rig, new_device(rig, 0));
	u32 ioas = new_ioas(rig);
	struct iofd_left left;

	KUNIT_ASSERT_EQ(test, attach(ia, 0, ioas), 0);
	KUNIT_ASSERT_EQ(test, attach(ib, 0, ioas), 0);
	mutex_lock(&rig->ctx->attach_lock);
	iofd_detach_locked(ia, 0, &left);
	iofd_left_defer_locked(rig->ctx, &left);
	mutex_unlock(&rig->ctx->attach_lock);
	KUNIT_EXPECT_NULL(test, left.hwpt);
	iopasid_iommufd_detach(ib, 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, ioas), 0);
	iofd_left_release(&left);
	iopasid_iommufd_unbind(ia);
	iopasid_iommufd_unbind(ib);
	rig_destroy(rig);
}

/* One that was made by hand is never taken for an automatic one. */
static void by_hand(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a = new_device(rig, 0);
	struct iofd_device *idev = bind(rig, a);
	u32 ioas = new_ioas(rig), pt = ioas;
	u32 hwpt = new_hwpt(rig, idev, ioas, 0);

	KUNIT_EXPECT_EQ(test, attach(idev, 0, hwpt), 0);
	KUNIT_EXPECT_EQ(test, iopasid_iommufd_replace(idev, 0, &pt), 0);
	KUNIT_EXPECT_NE(test, pt, hwpt);
	KUNIT_EXPECT_EQ(test, replace(idev, 0, hwpt), 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, pt), -ENOENT);
	iopasid_iommufd_detach(idev, 0);
	iopasid_iommufd_detach(idev, 0);
	KUNIT_EXPECT_EQ(test, replace(idev, 0, hwpt), -EINVAL);
	KUNIT_EXPECT_EQ(test, destroy(rig, hwpt), 0);
	KUNIT_EXPECT_EQ(test, attach(idev, 0, hwpt), -ENOENT);
	KUNIT_EXPECT_EQ(test, attach(idev, 0, idev->obj.id), -EINVAL);
	iopasid_iommufd_unbind(idev);
	rig_destroy(rig);
}

static void groups(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a = new_device(rig, GROUP);
	struct fake_device *b = new_device(rig, GROUP);
	struct iofd_device *ia = bind(rig, a), *ib = bind(rig, b);
	u32 ioas = new_ioas(rig);
	u32 x = new_hwpt(rig, ia, ioas, IOPASID_HWPT_ALLOC_PASID);
	u32 y = new_hwpt(rig, ia, ioas, IOPASID_HWPT_ALLOC_PASID);
	u32 pasid;

	for (pasid = 0; pasid <= PASID; pasid += PASID) {
		KUNIT_EXPECT_EQ(test, attach(ia, pasid, x), 0);
		KUNIT_EXPECT_EQ(test, attach(ib, pasid, y), -EINVAL);
		KUNIT_EXPECT_EQ(test, replace(ib, pasid, x), -EINVAL);
		KUNIT_EXPECT_EQ(test, attach(ib, pasid, x), 0);
		KUNIT_EXPECT_EQ(test, attach(ib, pasid, x), -EBUSY);
		KUNIT_EXPECT_EQ(test, attach(ib, pasid, y), -EBUSY);
		/* Both go along. */
		KUNIT_EXPECT_EQ(test, replace(ib, pasid, y), 0);
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, pasid),
				    fake_reaches(b, pasid));
		iopasid_iommufd_detach(ia, pasid);
		KUNIT_EXPECT_EQ(test, attach(ia, pasid, x), -EINVAL);
		iopasid_iommufd_detach(ib, pasid);
		KUNIT_EXPECT_EQ(test, attach(ia, pasid, x), 0);
		KUNIT_EXPECT_EQ(test, destroy(rig, x), -EBUSY);
		iopasid_iommufd_detach(ia, pasid);
	}
	KUNIT_EXPECT_EQ(test, destroy(rig, x), 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, y), 0);
	iopasid_iommufd_unbind(ia);
	iopasid_iommufd_unbind(ib);
	rig_destroy(rig);
}

/**
 * struct pasid_rule - may these HWPTs meet at the RID and a PASID?
 * @rid: flags of the RID's
 * @pasid: flags of the PASID's
 * @pasid_first: the PASID is attached before the RID
 * @ret: what the second attach returns
 */
struct pasid_rule {
	u32 rid;
	u32 pasid;
	bool pasid_first;
	int ret;
};

static const struct pasid_rule pasid_rules[] = {
	{ 0, IOPASID_HWPT_ALLOC_PASID, false, -EINVAL },
	{ 0, IOPASID_HWPT_ALLOC_PASID, true, -EINVAL },
	{ IOPASID_HWPT_ALLOC_PASID, 0, false, -EINVAL },
	{ IOPASID_HWPT_ALLOC_PASID, IOPASID_HWPT_ALLOC_PASID, false, 0 },
	{ IOPASID_HWPT_ALLOC_PASID, IOPASID_HWPT_ALLOC_PASID, true, 0 },
};

static void pasids(struct kunit *test)
{
	const struct pasid_rule *rule = test->param_value;
	struct rig *rig = rig_create(test);
	struct iofd_device *idev = bind(rig, new_device(rig, 0));
	u32 ioas = new_ioas(rig);
	u32 rid = new_hwpt(rig, idev, ioas, rule->rid);
	u32 pasid = new_hwpt(rig, idev, ioas, rule->pasid);
	u32 good = new_hwpt(rig, idev, ioas, IOPASID_HWPT_ALLOC_PASID);

	KUNIT_ASSERT_EQ(test, attach(idev, rule->pasid_first ? PASID : 0,
				     rule->pasid_first ? pasid : rid), 0);
	KUNIT_EXPECT_EQ(test, attach(idev, rule->pasid_first ? 0 : PASID,
				     rule->pasid_first ? rid : pasid),
			rule->ret);
	if (!rule->ret || rule->pasid_first) {
		/* A replace is not a way around it, an address space neither. */
		iopasid_iommufd_detach(idev, 0);
		KUNIT_EXPECT_EQ(test, attach(idev, 0, good), 0);
		KUNIT_EXPECT_EQ(test, replace(idev, 0, rid),
				rule->rid ? 0 : -EINVAL);
		KUNIT_EXPECT_EQ(test, replace(idev, 0, ioas), -EINVAL);
		KUNIT_EXPECT_EQ(test, replace(idev, PASID, ioas), -EINVAL);
		KUNIT_EXPECT_EQ(test, attach(idev, PASID + 1, ioas), -EINVAL);
	}
	iopasid_iommufd_unbind(idev);
	KUNIT_EXPECT_EQ(test, destroy(rig, rid), 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, pasid), 0);
	rig_destroy(rig);
}

static void pasids_describe(const struct pasid_rule *rule, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "rid %u, pasid %u%s",
		 rule->rid, rule->pasid,
		 rule->pasid_first ? ", pasid first" : "");
}

KUNIT_ARRAY_PARAM(pasids, pasid_rules, pasids_describe);

/* The unit refuses the first or the second device: nothing changes. */
static void refused(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a = new_device(rig, GROUP);
	struct fake_device *b = new_device(rig, GROUP);
	struct iofd_device *ia = bind(rig, a), *ib = bind(rig, b);
	u32 ioas = new_ioas(rig), other = new_ioas(rig);
	u32 x = new_hwpt(rig, ia, ioas, IOPASID_HWPT_ALLOC_PASID);
	u32 y = new_hwpt(rig, ia, other, IOPASID_HWPT_ALLOC_PASID);
	int domains = atomic_read(&rig->fake->nr_domains);
	u32 pasid;

	for (pasid = 0; pasid <= PASID; pasid += PASID) {
		enum fake_op op = pasid ? FAKE_ATTACH_PASID : FAKE_ATTACH_DEV;
		struct iopasid_domain *before;
		int nth;

		fake_fail_nth(rig->fake, op, 1, -ENOSPC);
		KUNIT_EXPECT_EQ(test, attach(ia, pasid, x), -ENOSPC);
		KUNIT_EXPECT_EQ(test, attach(ia, pasid, x), 0);
		KUNIT_EXPECT_EQ(test, attach(ib, pasid, x), 0);
		before = fake_reaches(a, pasid);
		for (nth = 1; nth <= 2; nth++) {
			fake_fail_nth(rig->fake, op, nth, -ENOMEM);
			KUNIT_EXPECT_EQ(test, replace(ia, pasid, y), -ENOMEM);
			KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, pasid),
					    before);
			KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, pasid),
					    before);
			KUNIT_EXPECT_EQ(test, destroy(rig, x), -EBUSY);
		}
		iopasid_iommufd_detach(ia, pasid);
		iopasid_iommufd_detach(ib, pasid);
	}
	/* An automatic one that could not be used is not left behind. */
	fake_fail_nth(rig->fake, FAKE_ATTACH_DEV, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, attach(ia, 0, ioas), -ENOMEM);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->fake->nr_domains), domains);
	KUNIT_EXPECT_EQ(test, destroy(rig, y), 0);
	KUNIT_EXPECT_EQ(test, destroy(rig, other), 0);
	iopasid_iommufd_unbind(ia);
	iopasid_iommufd_unbind(ib);
	KUNIT_EXPECT_EQ(test, destroy(rig, x), 0);
	rig_destroy(rig);
}

/* A device that cannot use the automatic one that there is gets its own. */
static void incompatible(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a = new_device(rig, 0), *b;
	struct iofd_device *ia = bind(rig, a), *ib;
	u32 ioas = new_ioas(rig), first = ioas, second = ioas, third = ioas;

	KUNIT_EXPECT_EQ(test, iopasid_iommufd_attach(ia, 0, &first), 0);
	b = new_device(rig, 0);
	ib = bind(rig, b);
	/* Before one is made for it, and after that */
	rig->fake->fail[FAKE_ATTACH_DEV] = (struct fake_fail){
		.times = 2, .err = -EINVAL,
	};
	KUNIT_EXPECT_EQ(test, iopasid_iommufd_attach(ib, 0, &second), 0);
	KUNIT_EXPECT_NE(test, first, second);
	iopasid_iommufd_unbind(ia);
	KUNIT_EXPECT_EQ(test, destroy(rig, first), -ENOENT);
	ia = bind(rig, a);
	KUNIT_EXPECT_EQ(test, iopasid_iommufd_attach(ia, 0, &third), 0);
	KUNIT_EXPECT_EQ(test, second, third);
	iopasid_iommufd_unbind(ib);
	KUNIT_EXPECT_EQ(test, destroy(rig, second), -EBUSY);
	iopasid_iommufd_unbind(ia);
	KUNIT_EXPECT_EQ(test, destroy(rig, second), -ENOENT);
	rig_destroy(rig);
}

/* A unit that enforces coherency has it in all page tables of its devices. */
static void coherency(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct iofd_device *loose, *strict;
	struct fake_device *fdev;
	u32 ioas, x, y;

	rig->fake->caps &= ~IOPASID_CAP_ENFORCE_COHERENCY;
	loose = bind(rig, new_device(rig, 0));
	ioas = new_ioas(rig);
	x = new_hwpt(rig, loose, ioas, IOPASID_HWPT_ALLOC_PASID);
	rig->fake->caps |= IOPASID_CAP_ENFORCE_COHERENCY;
	fdev = new_device(rig, 0);
	strict = bind(rig, fdev);
	y = new_hwpt(rig, strict, ioas, IOPASID_HWPT_ALLOC_PASID);
	KUNIT_EXPECT_EQ(test, attach(strict, 0, x), -EINVAL);
	KUNIT_EXPECT_TRUE(test, blocked(rig, fdev));
	KUNIT_EXPECT_EQ(test, attach(strict, PASID, x), -EINVAL);
	KUNIT_EXPECT_EQ(test, attach(strict, 0, y), 0);
	KUNIT_EXPECT_EQ(test, attach(strict, PASID, y), 0);
	KUNIT_EXPECT_EQ(test, replace(strict, PASID, x), -EINVAL);
	/* The other way round it is more than is asked for. */
	KUNIT_EXPECT_EQ(test, attach(loose, 0, y), 0);
	iopasid_iommufd_unbind(loose);
	iopasid_iommufd_unbind(strict);
	rig_destroy(rig);
}

static void device_goes(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a = new_device(rig, 0);
	struct iofd_device *idev = bind(rig, a);
	u32 ioas = new_ioas(rig);
	u32 x = new_hwpt(rig, idev, ioas, IOPASID_HWPT_ALLOC_PASID);

	KUNIT_EXPECT_EQ(test, attach(idev, 0, x), 0);
	KUNIT_EXPECT_EQ(test, attach(idev, PASID, x), 0);
	fake_device_remove(a);
	KUNIT_EXPECT_EQ(test, replace(idev, PASID, x), 0);
	KUNIT_EXPECT_EQ(test, attach(idev, PASID + 1, x), -ENODEV);
	iopasid_iommufd_unbind(idev);
	KUNIT_EXPECT_EQ(test, destroy(rig, x), 0);
	rig_destroy(rig);
}

static void bind_refused(struct kunit *test)
{
	struct rig *rig = rig_create(test), *other = rig_create(test);
	struct fake_device *a = new_device(rig, 0);
	struct iofd_device *idev;
	u32 id;

	idev = bind(rig, a);
	KUNIT_EXPECT_EQ(test, destroy(rig, idev->obj.id), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, iopasid_iommufd_bind(other->ctx, &a->dev,
						       IOPASID_IOMMUFD_FULL,
						       &id),
			    ERR_PTR(-EBUSY));
	iopasid_iommufd_unbind(idev);
	KUNIT_EXPECT_EQ(test, destroy(rig, 1), -ENOENT);

	rig->fake->caps = IOPASID_CAP_COHERENT;
	a = new_device(rig, 0);
	fake_log_mark();
	KUNIT_EXPECT_PTR_EQ(test, iopasid_iommufd_bind(rig->ctx, &a->dev,
						       IOPASID_IOMMUFD_FULL,
						       &id), ERR_PTR(-EPERM));
	KUNIT_EXPECT_EQ(test, fake_log_lines("set allow_unsafe_interrupts=1",
					     dev_name(&a->dev)), 1);
	rig->fake->caps = IOPASID_CAP_ISOLATED_INTERRUPTS;
	a = new_device(rig, 0);
	KUNIT_EXPECT_PTR_EQ(test, iopasid_iommufd_bind(rig->ctx, &a->dev,
						       IOPASID_IOMMUFD_FULL,
						       &id), ERR_PTR(-EINVAL));
	/* And is as it was */
	KUNIT_EXPECT_FALSE(test, blocked(rig, a));
	rig_destroy(other);
	rig_destroy(rig);
}

static void pasids_only(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct fake_device *a;
	struct iofd_device *idev;
	u32 ioas = new_ioas(rig), x, id;

	/* The driver's own DMA: interrupts may be its business. */
	rig->fake->caps = IOPASID_CAP_COHERENT;
	a = new_device(rig, 0);
	fake_device_bind(a);
	idev = iopasid_iommufd_bind(rig->ctx, &a->dev, IOPASID_IOMMUFD_PASIDS,
				    &id);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, idev);
	KUNIT_EXPECT_FALSE(test, blocked(rig, a));
	x = new_hwpt(rig, idev, ioas, IOPASID_HWPT_ALLOC_PASID);
	KUNIT_EXPECT_EQ(test, attach(idev, 0, x), -EPERM);
	KUNIT_EXPECT_EQ(test, attach(idev, 0, ioas), -EPERM);
	KUNIT_EXPECT_EQ(test, attach(idev, PASID, x), 0);
	KUNIT_EXPECT_EQ(test, attach(idev, 1 << 5, x), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, fake_reaches(a, PASID));
	iopasid_iommufd_unbind(idev);
	KUNIT_EXPECT_NULL(test, fake_reaches(a, PASID));
	KUNIT_EXPECT_EQ(test, destroy(rig, x), 0);
	fake_device_unbind(a);
	rig_destroy(rig);
}

static struct kunit_case attach_cases[] = {
	KUNIT_CASE(automatic),
	KUNIT_CASE(leaves_no_use_behind),
	KUNIT_CASE(by_hand),
	KUNIT_CASE(groups),
	KUNIT_CASE_PARAM(pasids, pasids_gen_params),
	KUNIT_CASE(refused),
	KUNIT_CASE(incompatible),
	KUNIT_CASE(coherency),
	KUNIT_CASE(device_goes),
	KUNIT_CASE(bind_refused),
	KUNIT_CASE(pasids_only),
	{}
};

static struct kunit_suite attach_suite = {
	.name = "iopasid-iommufd-attach",
	.test_cases = attach_cases,
};
kunit_test_suite(attach_suite);
