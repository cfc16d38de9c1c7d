/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of address spaces of processes share: a context with a device,
 * and the calls as the test's thread, or another one, makes them.
 */
#ifndef _IOFD_SVA_RIG_H
#define _IOFD_SVA_RIG_H

#include <kunit/test.h>
#include <linux/types.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/iommufd.h>

#include "../drivers/iommufd/device.h"
#include "../drivers/iommufd/iofd.h"

#include "fake-provider.h"

#define PASID		3
#define NO_ID		0xdeadbeef
#define NR_PAGES	8UL
#define SIZE		(NR_PAGES * PAGE_SIZE)
/* Nothing else of the process is in its part of the top table. */
#define FAR		0x300000000000UL

#define WHY(name)	IOPASID_SVA_WHY_##name
#define NO_FAULTS	IOPASID_SVA_NO_FAULTS
#define FAULT_ID	IOPASID_SVA_FAULT_ID_VALID
#define WR		IOPASID_SVA_POPULATE_WRITE
#define PIN		IOPASID_SVA_POPULATE_PIN
#define UNPIN		IOPASID_SVA_POPULATE_UNPIN

/**
 * struct sva_rig - a context with a device
 * @test: the test
 * @fake: the device's provider
 * @file: the context's file
 * @ctx: the context
 * @fdev: the device, with PASIDs and page requests
 * @idev: bound
 */
struct sva_rig {
	struct kunit *test;
	struct fake *fake;
	struct file *file;
	struct iofd_ctx *ctx;
	struct fake_device *fdev;
	struct iofd_device *idev;
};

struct iofd_device *sva_bind(struct sva_rig *rig, struct fake_device *fdev);
struct sva_rig *sva_rig_create(struct kunit *test);
void sva_rig_destroy(struct sva_rig *rig);
int sva_ioctl(struct sva_rig *rig, unsigned int cmd, void *arg, size_t size);
int sva_alloc(struct sva_rig *rig, u32 dev, u32 flags, u32 *hwpt, u32 *why);
u32 sva_new(struct sva_rig *rig);
int sva_populate(struct sva_rig *rig, u32 hwpt, u64 addr, u64 length,
		 u32 flags);
int sva_destroy(struct sva_rig *rig, u32 id);
u32 sva_new_ioas(struct sva_rig *rig);
int sva_hwpt_alloc(struct sva_rig *rig, u32 pt, u32 *hwpt);
unsigned long sva_untouched(struct sva_rig *rig, unsigned long at);
bool sva_reaches(struct sva_rig *rig, unsigned long addr, unsigned int prot);

static inline int populate(struct sva_rig *rig, u32 hwpt, u64 addr, u64 length,
			   u32 flags)
{
	return sva_populate(rig, hwpt, addr, length, flags);
}

static inline int attach(struct iofd_device *idev, u32 pasid, u32 pt_id)
{
	return iopasid_iommufd_attach(idev, pasid, &pt_id);
}

static inline int replace(struct iofd_device *idev, u32 pasid, u32 pt_id)
{
	return iopasid_iommufd_replace(idev, pasid, &pt_id);
}

#endif /* _IOFD_SVA_RIG_H */
