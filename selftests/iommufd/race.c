// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four threads do at the same time what they like, to the same objects. A call may
 * fail with what the state of the moment is; nothing may crash, hang or be left
 * over, and what a thread has for itself must work all the time.
 */
#include "race.h"

#define PAGES		16
#define PASID		40

FIXTURE(race)
{
	struct race race;
};

FIXTURE_SETUP(race)
{
	struct race *race = &self->race;
	struct setup *s = &race->s;
	unsigned int n;
	__u32 hwpt;

	ASSERT_EQ(0, setup_open(s, EP_A));
	race->ioas[0] = s->ioas;
	ASSERT_EQ(0, ioas_alloc(s->iommu, &race->ioas[1]));
	for (n = 0; n < ARRAY_SIZE(race->hwpt); n++) {
		ASSERT_EQ(0, hwpt_alloc(s->iommu, s->dev, race->ioas[n % 2],
					IOPASID_HWPT_ALLOC_PASID, &hwpt));
		race->hwpt[n] = hwpt;
	}
	race->memory = anonymous((PAGES + THREADS) * PAGE);
	ASSERT_NE(NULL, race->memory);
}

FIXTURE_TEARDOWN(race)
{
	struct race *race = &self->race;

	race_is_over(_metadata, race);
	setup_close(&race->s);
	EXPECT_EQ(0, charged("VmPin"));
}

/* Results of a DMA while mappings come and go */
static int dma(struct thread *t, __u32 pasid, __u64 iova)
{
	char data[256];
	int ret = ep_dma(t->race->s.ep, pasid, iova, data, sizeof(data),
			 IOPASID_ENDPOINT_NO_WAIT |
			 (draw(t, 2) ? IOPASID_ENDPOINT_WRITE : 0));

	return ret == IOPASID_ENDPOINT_BLOCKED ? 0 : ret;
}

/* One page of the thread's own, at an address of its own, in a busy space */
static int own_page(struct thread *t, __u32 pasid)
{
	struct race *race = t->race;
	/* Behind what the others map: their DMA does not write here. */
	unsigned char *memory = race->memory + (PAGES + t->nr) * PAGE;
	__u64 iova = IOVA + (64 + t->nr) * MEGA;
	int ret;

	ret = ioas_map_at(race->s.iommu, race->s.ioas, memory, PAGE, iova);
	ret = ret ?: ep_check(race->s.ep, pasid, iova, memory, PAGE);
	ret = ret ?: ioas_unmap(race->s.iommu, race->s.ioas, iova, PAGE);
	if (!ret && !ep_is_blocked(race->s.ep, pasid, iova))
		ret = -EBADMSG;
	return ret;
}

static void step_map(struct thread *t)
{
	unsigned int first = draw(t, PAGES), nr = 1 + draw(t, PAGES - first);
	unsigned char *memory = t->race->memory + first * PAGE;
	__u64 iova = IOVA + draw(t, 2 * PAGES) * PAGE;
	__u32 ioas = t->race->ioas[0];
	int fd = t->race->s.iommu;

	switch (draw(t, 8)) {
	case 0:
	case 1:
		EXPECT_ONE_OF(t, ioas_map_at(fd, ioas, memory, nr * PAGE, iova),
			      -EEXIST);
		break;
	case 2:
	case 3:
		EXPECT_ONE_OF(t, ioas_unmap(fd, ioas, iova, nr * PAGE),
			      -ENOENT, -ERANGE, -EBUSY);
		break;
	case 4:
		EXPECT_ONE_OF(t, ioas_copy(fd, ioas, &iova, ioas,
					   IOVA + first * PAGE, nr * PAGE,
					   RW | IOMMU_IOAS_MAP_FIXED_IOVA),
			      -EEXIST, -ENOENT);
		break;
	case 5:
		EXPECT_ONE_OF(t, own_page(t, NO_PASID), 0);
		break;
	case 6:
		if (draw(t, 50))
			break;
		EXPECT_ONE_OF(t, ioas_unmap(fd, ioas, IOVA, 2 * PAGES * PAGE),
			      -ENOENT, -ERANGE, -EBUSY);
		break;
	default:
		EXPECT_ONE_OF(t, dma(t, NO_PASID, iova), 0);
	}
}

TEST_F(race, map_and_unmap)
{
	struct race *race = &self->race;

	ASSERT_EQ(0, ep_attach_to(race->s.ep, NO_PASID, race->hwpt[0]));
	race_run(race, step_map);
}

/* A page table in place of another; who has the old id gets -ENOENT. */
static void renew(struct thread *t, unsigned int n)
{
	struct race *race = t->race;
	__u32 hwpt;

	EXPECT_ONE_OF(t, destroy(race->s.iommu, race->hwpt[n]), -ENOENT,
		      -EBUSY);
	if (hwpt_alloc(race->s.iommu, race->s.dev, race->ioas[n % 2],
		       IOPASID_HWPT_ALLOC_PASID, &hwpt))
		return;
	hwpt = atomic_exchange(&race->hwpt[n], hwpt);
	EXPECT_ONE_OF(t, destroy(race->s.iommu, hwpt), -ENOENT, -EBUSY);
}

static void step_attach(struct thread *t)
{
	__u32 pasid = draw(t, 6) ? PASID + draw(t, 3) : NO_PASID;
	struct race *race = t->race;
	int ep = race->s.ep;

	switch (draw(t, 8)) {
	case 0:
	case 1:
	case 2:
		EXPECT_ONE_OF(t, ep_attach_to(ep, pasid,
					      race->hwpt[draw(t, 4)]),
			      -ENOENT);
		break;
	case 3:
		EXPECT_ONE_OF(t, ep_detach(ep, pasid), 0);
		break;
	case 4:
		renew(t, draw(t, 4));
		break;
	case 5:
		EXPECT_ONE_OF(t, own_page(t, PASID + 10), 0);
		break;
	default:
		EXPECT_ONE_OF(t, dma(t, pasid, IOVA), 0);
	}
}

TEST_F(race, attach_and_destroy)
{
	struct race *race = &self->race;
	__u32 own;

	/* What no thread takes away */
	ASSERT_EQ(0, hwpt_alloc(race->s.iommu, race->s.dev, race->s.ioas,
				IOPASID_HWPT_ALLOC_PASID, &own));
	ASSERT_EQ(0, ep_attach_to(race->s.ep, PASID + 10, own));
	race_run(race, step_attach);
}

/* An address space that lives for a moment, with a page table */
static void short_space(struct thread *t)
{
	struct race *race = t->race;
	int fd = race->s.iommu;
	__u32 id;

	if (ioas_alloc(fd, &id))
		return;
	EXPECT_ONE_OF(t, ioas_map_at(fd, id, race->memory, PAGE, IOVA),
		      -ENOENT, -EEXIST);
	EXPECT_ONE_OF(t, ep_attach_to(race->s.ep, NO_PASID, id), -ENOENT,
		      -EINVAL, -ENODEV);
	EXPECT_ONE_OF(t, destroy(fd, id), -ENOENT, -EBUSY);
}

static void short_queue(struct thread *t)
{
	struct race *race = t->race;
	int fd = race->s.iommu, queue;
	__u32 id, hwpt;

	if (fault_alloc(fd, &id, &queue))
		return;
	if (!hwpt_alloc_fault(fd, race->s.dev, race->ioas[0],
			      IOMMU_HWPT_FAULT_ID_VALID |
			      IOPASID_HWPT_ALLOC_PASID, id, &hwpt)) {
		EXPECT_ONE_OF(t, ep_attach_to(race->s.ep, PASID, hwpt),
			      -ENOENT, -EINVAL, -ENODEV);
		EXPECT_ONE_OF(t, destroy(fd, hwpt), -ENOENT, -EBUSY);
	}
	close(queue);
	EXPECT_ONE_OF(t, destroy(fd, id), -ENOENT, -EBUSY);
}

/* The driver goes and comes; the first thread's business */
static void driver(struct thread *t)
{
	if (t->nr || draw(t, 20))
		return;
	EXPECT_ONE_OF(t, ep_unbind(EP_A), -ENOENT, -ENODEV);
	EXPECT_ONE_OF(t, ep_set_driver(EP_A, EP_FULL), -ENODEV);
}

/* Another open in place of one that may be dead; the second thread's business */
static void reopen(struct thread *t)
{
	struct race *race = t->race;
	int other;

	if (t->nr != 1 || draw(t, 4))
		return;
	other = ep_open(EP_A);
	if (other < 0)
		return;
	dup2(other, race->s.ep);
	close(other);
	ep_bind(race->s.ep, race->s.iommu, &race->s.dev);
}

static void step_all(struct thread *t)
{
	__u32 pasid = draw(t, 2) ? NO_PASID : PASID;
	struct race *race = t->race;
	int fd = race->s.iommu;

	switch (draw(t, 11)) {
	case 0:
		short_space(t);
		break;
	case 1:
		short_queue(t);
		break;
	case 2:
		/* Any id, at random: what others made goes, too. */
		EXPECT_ONE_OF(t, destroy(fd, draw(t, 20)), -ENOENT, -EBUSY);
		break;
	case 3:
		driver(t);
		break;
	case 4:
		reopen(t);
		break;
	case 5:
	case 6:
		ep_attach_to(race->s.ep, pasid, race->hwpt[draw(t, 4)]);
		break;
	case 7:
		ep_detach(race->s.ep, pasid);
		break;
	case 8:
		dma(t, pasid, IOVA);
		break;
	case 9:
		renew(t, draw(t, 4));
		break;
	default:
		ioas_map_at(fd, race->ioas[0], race->memory, PAGE,
			    IOVA + draw(t, 16) * PAGE);
		ioas_unmap(fd, race->ioas[0], IOVA, 16 * PAGE);
	}
	t->calls++;
}

TEST_F(race, everything)
{
	race_run(&self->race, step_all);
}

TEST_HARNESS_MAIN
