// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of a call fails in turn: a program's own address space. The call
 * says so, nothing has changed, for the device neither, and it works when it is made
 * again. Other kernels skip.
 */
#include "nomem.h"
#include "sva.h"

static int do_sva(struct nomem *n)
{
	return sva_alloc(n->s.iommu, n->s.dev, 0, &n->made);
}

static int prepare_sva(struct nomem *n)
{
	return sva_alloc(n->s.iommu, n->s.dev, 0, &n->sva);
}

static int do_attach_sva(struct nomem *n)
{
	return ep_attach_to(n->s.ep, PASID, n->sva);
}

static int undo_attach_sva(struct nomem *n)
{
	return ep_detach(n->s.ep, PASID);
}

static int do_attach_hwpt(struct nomem *n)
{
	return ep_attach_to(n->s.ep, PASID, n->hwpt);
}

static int prepare_sva_replace(struct nomem *n)
{
	int ret = prepare_sva(n);

	return ret ?: do_attach_hwpt(n);
}

static int end_alloc(struct nomem *n)
{
	return destroy(n->s.iommu, n->sva);
}

static int end_sva(struct nomem *n)
{
	int ret = undo_attach_sva(n);

	return ret ?: end_alloc(n);
}

static int do_populate(struct nomem *n)
{
	return sva_populate(n->s.iommu, n->sva, n->memory, SIZE,
			    IOPASID_SVA_POPULATE_WRITE);
}

static int do_pin(struct nomem *n)
{
	return sva_populate(n->s.iommu, n->sva, n->memory, SIZE,
			    IOPASID_SVA_POPULATE_PIN);
}

static int do_unpin(struct nomem *n)
{
	return sva_populate(n->s.iommu, n->sva, n->memory, SIZE,
			    IOPASID_SVA_POPULATE_UNPIN);
}

static int prepare_pin(struct nomem *n)
{
	int ret = prepare_sva(n);

	return ret ?: do_pin(n);
}

static int end_pin(struct nomem *n)
{
	int ret = do_unpin(n);

	return ret ?: end_alloc(n);
}

FIXTURE(sva_nomem)
{
	struct nomem n;
};

FIXTURE_VARIANT(sva_nomem)
{
	nomem_fn prepare;
	nomem_fn step;
	nomem_fn undo;
	nomem_fn end;		/* takes back what @prepare did */
	bool never_fails;
	bool reached;		/* the memory, at the PASID, afterwards */
};

FIXTURE_VARIANT_ADD(sva_nomem, sva)
{
	.step = do_sva, .undo = undo_made,
};

FIXTURE_VARIANT_ADD(sva_nomem, attach_sva)
{
	.prepare = prepare_sva, .step = do_attach_sva, .undo = undo_attach_sva,
	.end = end_sva, .reached = true,
};

FIXTURE_VARIANT_ADD(sva_nomem, replace_by_sva)
{
	.prepare = prepare_sva_replace, .step = do_attach_sva,
	.undo = do_attach_hwpt, .end = end_sva, .reached = true,
};

FIXTURE_VARIANT_ADD(sva_nomem, populate)
{
	.prepare = prepare_sva, .step = do_populate, .end = end_alloc,
	.never_fails = true,
};

FIXTURE_VARIANT_ADD(sva_nomem, pin)
{
	.prepare = prepare_sva, .step = do_pin, .undo = do_unpin,
	.end = end_alloc,
};

FIXTURE_VARIANT_ADD(sva_nomem, unpin)
{
	.prepare = prepare_pin, .step = do_unpin, .undo = do_pin,
	.end = end_pin, .never_fails = true,
};

FIXTURE_SETUP(sva_nomem)
{
	struct nomem *n = &self->n;

	if (!can_fail())
		SKIP(return, "allocations cannot be made to fail");
	ASSERT_EQ(0, nomem_open(n));
	memset(n->memory, 0, SIZE);
	ASSERT_EQ(0, hwpt_alloc(n->s.iommu, n->s.dev, n->s.ioas,
				IOPASID_HWPT_ALLOC_PASID, &n->hwpt));
}

FIXTURE_TEARDOWN(sva_nomem)
{
	setup_close(&self->n.s);
	EXPECT_EQ(0, charged("VmPin"));
}

TEST_F(sva_nomem, each_allocation)
{
	__u64 addr = (uintptr_t)self->n.memory;
	struct nomem *n = &self->n;
	long pinned;
	int ret;

	if (variant->prepare)
		ASSERT_EQ(0, variant->prepare(n));
	n->iova = variant->reached ? addr : 0;
	n->pasid = PASID;
	n->blocked = is_blocked(n);
	EXPECT_EQ(variant->reached, n->blocked);
	pinned = charged("VmPin");
	ret = fail_each(n, variant->step, variant->undo);
	EXPECT_LE(0, ret);
	EXPECT_EQ(variant->never_fails, !ret);
	if (variant->reached)
		EXPECT_EQ(0, ep_check(n->s.ep, PASID, addr, n->memory, SIZE));
	if (variant->undo)
		EXPECT_EQ(0, variant->undo(n));
	EXPECT_EQ(pinned, charged("VmPin"));
	if (variant->end)
		EXPECT_EQ(0, variant->end(n));
}

TEST_HARNESS_MAIN
