// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four threads populate, pin, unpin, unmap, attach, detach and destroy what they
 * share: page tables of their address space, and memory. A call may fail with what
 * the state of the moment is. What a thread has for itself works all the time, and
 * nothing stays pinned.
 */
#include "race.h"
#include "sva.h"

#define PAGES		16
#define PASID		60
/* Of a page table that no thread destroys */
#define PASID_SAFE	(PASID + 10)

#define WRITE		IOPASID_SVA_POPULATE_WRITE
#define PIN		IOPASID_SVA_POPULATE_PIN
#define UNPIN		IOPASID_SVA_POPULATE_UNPIN

FIXTURE(sva_race)
{
	struct race race;
	long pinned;
};

FIXTURE_SETUP(sva_race)
{
	struct race *race = &self->race;
	struct setup *s = &race->s;
	unsigned int n;
	__u32 hwpt;

	self->pinned = pages_pinned();
	ASSERT_LE(0, self->pinned);
	ASSERT_EQ(0, setup_open(s, EP_A));
	for (n = 0; n < ARRAY_SIZE(race->hwpt); n++) {
		ASSERT_EQ(0, sva_alloc(s->iommu, s->dev, 0, &hwpt));
		race->hwpt[n] = hwpt;
	}
	ASSERT_EQ(0, sva_alloc(s->iommu, s->dev, 0, &hwpt));
	ASSERT_EQ(0, ep_attach_to(s->ep, PASID_SAFE, hwpt));
	race->memory = anonymous((PAGES + THREADS) * PAGE);
	ASSERT_NE(NULL, race->memory);
}

FIXTURE_TEARDOWN(sva_race)
{
	race_is_over(_metadata, &self->race);
	setup_close(&self->race.s);
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_EQ(self->pinned, pages_pinned());
}

/* Few ranges, so that a pin is found again, by whatever thread */
struct range {
	unsigned char *at;
	size_t size;
};

static struct range draw_range(struct thread *t)
{
	return (struct range){
		t->race->memory + draw(t, 4) * (PAGES / 4) * PAGE,
		(1 + draw(t, 2)) * PAGE,
	};
}

static int populate(struct thread *t, __u32 flags)
{
	struct race *race = t->race;
	struct range r = draw_range(t);

	return sva_populate(race->s.iommu, race->hwpt[draw(t, 4)], r.at, r.size,
			    flags);
}

/* Gone for a moment, or for a while, or another page at once */
static int change(struct thread *t)
{
	struct range r = draw_range(t);

	if (draw(t, 2) && munmap(r.at, r.size))
		return -errno;
	if (draw(t, 4) && mmap(r.at, r.size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
			  r.at)
		return -errno;
	return 0;
}

/* Another page table in place of one that nobody uses */
static int renew(struct thread *t)
{
	unsigned int n = draw(t, 4);
	struct race *race = t->race;
	int ret = destroy(race->s.iommu, race->hwpt[n]);
	__u32 hwpt;

	if (ret)
		return ret;
	ret = sva_alloc(race->s.iommu, race->s.dev, 0, &hwpt);
	if (!ret)
		race->hwpt[n] = hwpt;
	return ret;
}

static int dma(struct thread *t)
{
	char data[256] = "";
	int ret = ep_dma(t->race->s.ep, PASID + draw(t, 3),
			 (uintptr_t)draw_range(t).at, data, sizeof(data),
			 (draw(t, 2) ? IOPASID_ENDPOINT_NO_WAIT : 0) |
			 (draw(t, 2) ? IOPASID_ENDPOINT_WRITE : 0));

	return ret == IOPASID_ENDPOINT_BLOCKED ? 0 : ret;
}

/* Memory of the thread's own, behind that of all */
static int own_page(struct thread *t)
{
	unsigned char *page = t->race->memory + (PAGES + t->nr) * PAGE;

	return ep_check(t->race->s.ep, PASID_SAFE, (uintptr_t)page, page, PAGE);
}

static void step(struct thread *t)
{
	struct race *race = t->race;
	int ep = race->s.ep;

	switch (draw(t, 12)) {
	case 0:
		EXPECT_ONE_OF(t, populate(t, draw(t, 2) ? WRITE : 0), -ENOENT,
			      -EFAULT);
		break;
	case 1:
		EXPECT_ONE_OF(t, populate(t, PIN | (draw(t, 2) ? WRITE : 0)),
			      -ENOENT, -EFAULT);
		break;
	case 2:
	case 3:
		EXPECT_ONE_OF(t, populate(t, UNPIN), -ENOENT);
		break;
	case 4:
		EXPECT_ONE_OF(t, renew(t), -ENOENT, -EBUSY);
		break;
	case 5:
	case 6:
		EXPECT_ONE_OF(t, ep_attach_to(ep, PASID + draw(t, 3),
					      race->hwpt[draw(t, 4)]),
			      -ENOENT);
		break;
	case 7:
		EXPECT_ONE_OF(t, ep_detach(ep, PASID + draw(t, 3)), 0);
		break;
	case 8:
		EXPECT_ONE_OF(t, own_page(t), 0);
		break;
	case 9:
		EXPECT_ONE_OF(t, dma(t), 0);
		break;
	default:
		EXPECT_ONE_OF(t, change(t), 0);
	}
}

TEST_F(sva_race, everything)
{
	race_run(&self->race, step);
}

TEST_HARNESS_MAIN
