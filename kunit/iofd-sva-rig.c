// SPDX-License-Identifier: GPL-2.0-only
/*
 * A context with a device, for tests of address spaces of processes.
 */
#include <kunit/test.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "iofd-sva-rig.h"

struct iofd_device *sva_bind(struct sva_rig *rig, struct fake_device *fdev)
{
	struct iofd_device *idev;
	u32 id;

	idev = iopasid_iommufd_bind(rig->ctx, &fdev->dev, IOPASID_IOMMUFD_FULL,
				    &id);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(rig->test, idev);
	return idev;
}

struct sva_rig *sva_rig_create(struct kunit *test)
{
	struct sva_rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->test = test;
	/* The process is there before its address space is wanted. */
	KUNIT_ASSERT_NE(test, kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0), 0);
	rig->fake = fake_create(test);
	rig->file = filp_open("/dev/iommu", O_RDWR, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rig->file);
	rig->ctx = rig->file->private_data;
	rig->fdev = fake_device_create(rig->fake, &(struct fake_device_config){
		.max_pasids = 1 << 5,
		.page_requests = true,
	});
	rig->idev = sva_bind(rig, rig->fdev);
	return rig;
}

/* At once: the provider looks at its devices and domains when the test ends. */
void sva_rig_destroy(struct sva_rig *rig)
{
	iopasid_iommufd_unbind(rig->idev);
	__fput_sync(rig->file);
}

/* By whatever process runs this, at a place of its own */
int sva_ioctl(struct sva_rig *rig, unsigned int cmd, void *arg, size_t size)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	void __user *user = (void __user *)at;
	int ret;

	if (IS_ERR_VALUE(at))
		return at;
	if (copy_to_user(user, arg, size))
		return -ECHILD;
	ret = rig->file->f_op->unlocked_ioctl(rig->file, cmd, at);
	if (copy_from_user(arg, user, size))
		return -ECHILD;
	vm_munmap(at, PAGE_SIZE);
	return ret;
}

int sva_alloc(struct sva_rig *rig, u32 dev, u32 flags, u32 *hwpt, u32 *why)
{
	struct iopasid_sva_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev,
		.out_hwpt_id = NO_ID,
		.out_why = NO_ID,
	};
	int ret = sva_ioctl(rig, IOPASID_SVA_ALLOC, &cmd, sizeof(cmd));

	*hwpt = cmd.out_hwpt_id;
	*why = cmd.out_why;
	return ret;
}

u32 sva_new(struct sva_rig *rig)
{
	u32 hwpt, why;

	KUNIT_ASSERT_EQ(rig->test, 0, sva_alloc(rig, rig->idev->obj.id, 0,
						&hwpt, &why));
	KUNIT_EXPECT_EQ(rig->test, why, WHY(NONE));
	return hwpt;
}

int sva_populate(struct sva_rig *rig, u32 hwpt, u64 addr, u64 length,
		 u32 flags)
{
	struct iopasid_sva_populate cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.hwpt_id = hwpt,
		.addr = addr,
		.length = length,
	};

	return sva_ioctl(rig, IOPASID_SVA_POPULATE, &cmd, sizeof(cmd));
}

int sva_destroy(struct sva_rig *rig, u32 id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return sva_ioctl(rig, IOMMU_DESTROY, &cmd, sizeof(cmd));
}

u32 sva_new_ioas(struct sva_rig *rig)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };

	KUNIT_ASSERT_EQ(rig->test, 0, sva_ioctl(rig, IOMMU_IOAS_ALLOC, &cmd,
						sizeof(cmd)));
	return cmd.out_ioas_id;
}

int sva_hwpt_alloc(struct sva_rig *rig, u32 pt, u32 *hwpt)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = IOPASID_HWPT_ALLOC_PASID,
		.dev_id = rig->idev->obj.id,
		.pt_id = pt,
	};
	int ret = sva_ioctl(rig, IOMMU_HWPT_ALLOC, &cmd, sizeof(cmd));

	*hwpt = cmd.out_hwpt_id;
	return ret;
}

/* Memory that nothing has touched */
unsigned long sva_untouched(struct sva_rig *rig, unsigned long at)
{
	unsigned long addr = vm_mmap(NULL, at, SIZE, PROT_READ | PROT_WRITE,
				     MAP_ANONYMOUS | MAP_PRIVATE |
				     (at ? MAP_FIXED : 0), 0);

	KUNIT_ASSERT_FALSE(rig->test, IS_ERR_VALUE(addr));
	return addr;
}

bool sva_reaches(struct sva_rig *rig, unsigned long addr, unsigned int prot)
{
	return fake_translate(rig->fdev, PASID, addr, prot) != PHYS_ADDR_MAX;
}
