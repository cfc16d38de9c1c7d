// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of a call fails in turn. Then the call says so, nothing has
 * changed, and it works when it is made again. What gives something back never
 * fails. On a kernel that can make allocations fail; others skip.
 */
#include <linux/vfio.h>

#include "nomem.h"

/* The calls, and what takes back what they do */

static int do_open(struct nomem *n)
{
	n->opened = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	return n->opened < 0 ? -errno : 0;
}

static int undo_open(struct nomem *n)
{
	return close(n->opened);
}

static int do_ioas(struct nomem *n)
{
	return ioas_alloc(n->s.iommu, &n->made);
}

static int do_bind(struct nomem *n)
{
	return ep_bind(n->s.ep, n->s.iommu, &n->s.dev);
}

/* A file is bound once. */
static int undo_bind(struct nomem *n)
{
	close(n->s.ep);
	n->s.ep = ep_open(EP_A);
	return n->s.ep < 0 ? n->s.ep : 0;
}

static int do_hw_info(struct nomem *n)
{
	struct iommu_hw_info info = {};

	return hw_info(n->s.iommu, n->s.dev, &info);
}

static int do_hwpt(struct nomem *n)
{
	return hwpt_alloc(n->s.iommu, n->s.dev, n->s.ioas,
			  IOMMU_HWPT_ALLOC_DIRTY_TRACKING |
			  IOPASID_HWPT_ALLOC_PASID, &n->made);
}

static int do_fault_queue(struct nomem *n)
{
	return fault_alloc(n->s.iommu, &n->made, &n->opened);
}

static int undo_fault_queue(struct nomem *n)
{
	close(n->opened);
	return undo_made(n);
}

static int do_fault_hwpt(struct nomem *n)
{
	return hwpt_alloc_fault(n->s.iommu, n->s.dev, n->s.ioas, 0, n->fault,
				&n->made);
}

static int do_attach(struct nomem *n)
{
	return ep_attach_to(n->s.ep, NO_PASID, n->hwpt);
}

static int do_attach_ioas(struct nomem *n)
{
	return ep_attach_to(n->s.ep, NO_PASID, n->s.ioas);
}

static int do_attach_fault(struct nomem *n)
{
	return ep_attach_to(n->s.ep, NO_PASID, n->fault_hwpt);
}

static int do_attach_second(struct nomem *n)
{
	return ep_attach_to(n->s.ep, NO_PASID, n->second);
}

static int do_detach(struct nomem *n)
{
	return ep_detach(n->s.ep, NO_PASID);
}

static int do_attach_pasid(struct nomem *n)
{
	return ep_attach_to(n->s.ep, PASID, n->hwpt);
}

static int do_attach_pasid_second(struct nomem *n)
{
	return ep_attach_to(n->s.ep, PASID, n->second);
}

static int do_detach_pasid(struct nomem *n)
{
	return ep_detach(n->s.ep, PASID);
}

static int do_map(struct nomem *n)
{
	return ioas_map_at(n->s.iommu, n->s.ioas, n->memory, SIZE, IOVA_2);
}

static int do_map_file(struct nomem *n)
{
	__u64 iova = IOVA_2;

	return ioas_map_file(n->s.iommu, n->s.ioas, n->file, 0, SIZE, &iova,
			     RW | IOMMU_IOAS_MAP_FIXED_IOVA);
}

static int do_copy(struct nomem *n)
{
	__u64 iova = IOVA_2;

	return ioas_copy(n->s.iommu, n->s.ioas, &iova, n->s.ioas, IOVA, SIZE,
			 RW | IOMMU_IOAS_MAP_FIXED_IOVA);
}

static int do_unmap(struct nomem *n)
{
	return ioas_unmap(n->s.iommu, n->s.ioas, IOVA_2, SIZE);
}

static int do_ranges(struct nomem *n)
{
	struct iommu_iova_range ranges[8];
	__u32 nr = ARRAY_SIZE(ranges);
	__u64 alignment;

	return ioas_ranges(n->s.iommu, n->s.ioas, ranges, &nr, &alignment);
}

static int do_allow(struct nomem *n)
{
	const struct iommu_iova_range ranges[] = {
		{ IOVA, IOVA + SIZE - 1 },
		{ IOVA_2, IOVA_2 + SIZE - 1 },
	};

	return ioas_allow(n->s.iommu, n->s.ioas, ranges, ARRAY_SIZE(ranges));
}

/* Only memory of files can be paid for by another one. */
static int only_files(struct nomem *n)
{
	int ret = ioas_unmap(n->s.iommu, n->s.ioas, IOVA, SIZE);

	return ret ?: do_map_file(n);
}

static int do_change_process(struct nomem *n)
{
	return change_process(n->s.iommu);
}

static int do_dirty(struct nomem *n)
{
	return dirty_set(n->s.iommu, n->hwpt, true);
}

static int undo_dirty(struct nomem *n)
{
	return dirty_set(n->s.iommu, n->hwpt, false);
}

static int do_bitmap(struct nomem *n)
{
	return dirty_get(n->s.iommu, n->hwpt, IOVA, SIZE, PAGE, &n->bitmap, 0);
}

static int do_vfio_map(struct nomem *n)
{
	struct vfio_iommu_type1_dma_map cmd = {
		.argsz = sizeof(cmd),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (unsigned long)n->memory,
		.iova = IOVA_2,
		.size = SIZE,
	};

	return call(n->s.iommu, VFIO_IOMMU_MAP_DMA, &cmd);
}

static int do_vfio_unmap(struct nomem *n)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.iova = IOVA_2,
		.size = SIZE,
	};

	return call(n->s.iommu, VFIO_IOMMU_UNMAP_DMA, &cmd);
}

static int vfio_ioas(struct nomem *n)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd),
		.ioas_id = n->s.ioas,
		.op = IOMMU_VFIO_IOAS_SET,
	};

	return call(n->s.iommu, IOMMU_VFIO_IOAS, &cmd);
}

FIXTURE(nomem)
{
	struct nomem n;
};

FIXTURE_VARIANT(nomem)
{
	nomem_fn prepare;
	nomem_fn step;
	nomem_fn undo;
	nomem_fn end;		/* takes back what @prepare did */
	bool never_fails;
	__u64 iova;		/* reached by @pasid afterwards, if not 0 */
	__u32 pasid;
};

FIXTURE_VARIANT_ADD(nomem, open)
{
	.step = do_open, .undo = undo_open,
};

FIXTURE_VARIANT_ADD(nomem, ioas)
{
	.step = do_ioas, .undo = undo_made,
};

FIXTURE_VARIANT_ADD(nomem, bind)
{
	.prepare = undo_bind, .step = do_bind, .undo = undo_bind,
};

FIXTURE_VARIANT_ADD(nomem, hw_info)
{
	.step = do_hw_info,
};

FIXTURE_VARIANT_ADD(nomem, hwpt)
{
	.step = do_hwpt, .undo = undo_made,
};

FIXTURE_VARIANT_ADD(nomem, fault_queue)
{
	.step = do_fault_queue, .undo = undo_fault_queue,
};

FIXTURE_VARIANT_ADD(nomem, fault_hwpt)
{
	.step = do_fault_hwpt, .undo = undo_made,
};

FIXTURE_VARIANT_ADD(nomem, attach)
{
	.step = do_attach, .undo = do_detach, .iova = IOVA,
};

FIXTURE_VARIANT_ADD(nomem, attach_ioas)
{
	.step = do_attach_ioas, .undo = do_detach, .iova = IOVA,
};

FIXTURE_VARIANT_ADD(nomem, attach_fault)
{
	.step = do_attach_fault, .undo = do_detach, .iova = IOVA,
};

FIXTURE_VARIANT_ADD(nomem, replace)
{
	.prepare = do_attach, .step = do_attach_second, .undo = do_attach,
	.end = do_detach, .iova = IOVA,
};

FIXTURE_VARIANT_ADD(nomem, replace_by_ioas)
{
	.prepare = do_attach, .step = do_attach_ioas, .undo = do_attach,
	.end = do_detach, .iova = IOVA,
};

FIXTURE_VARIANT_ADD(nomem, detach)
{
	.prepare = do_attach, .step = do_detach, .undo = do_attach,
	.end = do_detach, .never_fails = true,
};

FIXTURE_VARIANT_ADD(nomem, attach_pasid)
{
	.step = do_attach_pasid, .undo = do_detach_pasid, .iova = IOVA,
	.pasid = PASID,
};

FIXTURE_VARIANT_ADD(nomem, replace_pasid)
{
	.prepare = do_attach_pasid, .step = do_attach_pasid_second,
	.undo = do_attach_pasid, .end = do_detach_pasid, .iova = IOVA,
	.pasid = PASID,
};

FIXTURE_VARIANT_ADD(nomem, detach_pasid)
{
	.prepare = do_attach_pasid, .step = do_detach_pasid,
	.undo = do_attach_pasid, .end = do_detach_pasid,
	.never_fails = true,
};

FIXTURE_VARIANT_ADD(nomem, map)
{
	.prepare = do_attach, .step = do_map, .undo = do_unmap,
	.end = do_detach, .iova = IOVA_2,
};

FIXTURE_VARIANT_ADD(nomem, map_file)
{
	.prepare = do_attach, .step = do_map_file, .undo = do_unmap,
	.end = do_detach,
};

FIXTURE_VARIANT_ADD(nomem, copy)
{
	.prepare = do_attach, .step = do_copy, .undo = do_unmap,
	.end = do_detach, .iova = IOVA_2,
};

FIXTURE_VARIANT_ADD(nomem, unmap)
{
	.prepare = do_map, .step = do_unmap, .undo = do_map,
	.end = do_unmap, .never_fails = true,
};

FIXTURE_VARIANT_ADD(nomem, ranges)
{
	.step = do_ranges,
};

FIXTURE_VARIANT_ADD(nomem, allow)
{
	.step = do_allow,
};

FIXTURE_VARIANT_ADD(nomem, dirty)
{
	.prepare = do_attach, .step = do_dirty, .undo = undo_dirty,
	.end = do_detach, .never_fails = true,
};

FIXTURE_VARIANT_ADD(nomem, bitmap)
{
	.prepare = do_dirty, .step = do_bitmap, .end = undo_dirty,
	.never_fails = true,
};

FIXTURE_VARIANT_ADD(nomem, change_process)
{
	.prepare = only_files, .step = do_change_process,
};

FIXTURE_VARIANT_ADD(nomem, vfio_map)
{
	.prepare = vfio_ioas, .step = do_vfio_map, .undo = do_vfio_unmap,
};

FIXTURE_SETUP(nomem)
{
	struct nomem *n = &self->n;
	struct setup *s = &n->s;
	__u32 flags = IOMMU_HWPT_ALLOC_DIRTY_TRACKING | IOPASID_HWPT_ALLOC_PASID;

	if (!can_fail())
		SKIP(return, "allocations cannot be made to fail");
	ASSERT_EQ(0, nomem_open(n));
	n->file = memfd(SIZE);
	ASSERT_LE(0, n->file);
	ASSERT_EQ(0, ioas_map_at(s->iommu, s->ioas, n->memory, SIZE, IOVA));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas, flags, &n->hwpt));
	ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, s->ioas, flags, &n->second));
	ASSERT_EQ(0, fault_alloc(s->iommu, &n->fault, &n->fault_file));
	ASSERT_EQ(0, hwpt_alloc_fault(s->iommu, s->dev, s->ioas, 0, n->fault,
				      &n->fault_hwpt));
}

FIXTURE_TEARDOWN(nomem)
{
	close(self->n.fault_file);
	setup_close(&self->n.s);
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(nomem, each_allocation)
{
	struct nomem *n = &self->n;
	long pinned;
	int ret;

	if (variant->prepare)
		ASSERT_EQ(0, variant->prepare(n));
	n->iova = variant->iova;
	n->pasid = variant->pasid;
	n->blocked = is_blocked(n);
	pinned = charged("VmPin");
	ret = fail_each(n, variant->step, variant->undo);
	EXPECT_LE(0, ret);
	EXPECT_EQ(variant->never_fails, !ret);
	if (variant->iova)
		EXPECT_EQ(0, ep_check(n->s.ep, variant->pasid, variant->iova,
				      n->memory, SIZE));
	if (variant->undo)
		EXPECT_EQ(0, variant->undo(n));
	EXPECT_EQ(pinned, charged("VmPin"));
	if (variant->end)
		EXPECT_EQ(0, variant->end(n));
}

TEST_HARNESS_MAIN
