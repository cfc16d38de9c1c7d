// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device behind a unit in name only.
 */
#include <linux/sizes.h>

#include "vtd-attach-rig.h"

/* Room in its directories: all that there are */
#define RIG_PASIDS	BIT(20)

static void rig_exit(void *data)
{
	struct rig *rig = data;
	unsigned int i;

	for (i = 0; i < NR_SOURCES; i++)
		vtd_pasid_dir_free(rig->req[i].dir);
	xa_destroy(&rig->vdev.pasids);
}

/**
 * rig_create() - a device whose unit has second stage
 * @test: goes with it
 * @cap: the unit's capabilities
 *
 * Return: the rig.
 */
struct rig *rig_create(struct kunit *test, u64 cap)
{
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->fake = fake_unit_create(test, cap);
	rig->unit = &rig->fake->unit;
	rig->idev.unit = &rig->unit->iounit;
	rig->idev.priv = &rig->vdev;
	rig->vdev.idev = &rig->idev;
	rig->vdev.unit = rig->unit;
	rig->vdev.nr_sources = NR_SOURCES;
	xa_init(&rig->vdev.pasids);
	for (i = 0; i < NR_SOURCES; i++) {
		rig->req[i].unit = rig->unit;
		rig->req[i].source_id = i;
		INIT_LIST_HEAD(&rig->req[i].users);
		rig->req[i].dir = vtd_pasid_dir_alloc(rig->unit, RIG_PASIDS);
		KUNIT_ASSERT_NOT_NULL(test, rig->req[i].dir);
		rig->vdev.sources[i].vdev = &rig->vdev;
		rig->vdev.sources[i].req = &rig->req[i];
		list_add(&rig->vdev.sources[i].node, &rig->req[i].users);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, rig_exit, rig), 0);
	return rig;
}

/**
 * rig_create_first() - a device whose unit has first stage
 * @test: goes with it
 * @cap: the unit's capabilities
 *
 * Return: the rig.
 */
struct rig *rig_create_first(struct kunit *test, u64 cap)
{
	struct rig *rig = rig_create(test, cap);

	fake_unit_use_first(rig->fake);
	return rig;
}

/**
 * rig_create_sva() - a device for address spaces of processes
 * @test: goes with it
 * @cap: the unit's capabilities, but for invalidations of pages
 * @ecap: the unit's capabilities
 *
 * Return: the rig.
 */
struct rig *rig_create_sva(struct kunit *test, u64 cap, u64 ecap)
{
	struct rig *rig = rig_create(test, cap | VTD_CAP_PSI |
				     FIELD_PREP(VTD_CAP_MAMV, 18));

	rig->unit->ecap = ecap;
	rig->unit->second.levels = 0;
	rig->unit->stage = NULL;
	KUNIT_ASSERT_EQ(test, vtd_stage_choose(rig->unit, VTD_STAGE_AUTO), 0);
	return rig;
}

/**
 * sva_create() - a root for a process on a CPU without pages of 1 GiB
 * @test: the test
 * @rig: for its unit
 *
 * Return: the domain.
 */
struct iopasid_domain *sva_create(struct kunit *test, struct rig *rig)
{
	enum iopasid_sva_why why = IOPASID_SVA_WHY_NONE;
	struct iopasid_domain *domain = vtd_sva_alloc(rig->unit, false, &why);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

/**
 * sva_attach() - attach the device's PASID
 * @rig: the rig
 * @domain: where
 * @pasid: which
 * @old: the domain that is replaced, NULL: none
 *
 * Return: what the driver says.
 */
int sva_attach(struct rig *rig, struct iopasid_domain *domain, u32 pasid,
	       struct iopasid_domain *old)
{
	return vtd_attach_dev_pasid(domain, &rig->idev, pasid, old);
}

/**
 * domain_create() - an empty paging domain
 * @test: the test
 * @rig: for its unit
 *
 * Return: the domain.
 */
struct iopasid_domain *domain_create(struct kunit *test, struct rig *rig)
{
	struct iopasid_domain *domain = vtd_domain_alloc_paging(&rig->idev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

/**
 * entry() - the live PASID table entry
 * @rig: the rig
 * @source: of which source id
 * @pasid: of which PASID
 *
 * Return: the entry.
 */
struct vtd_entry *entry(struct rig *rig, unsigned int source, u32 pasid)
{
	return vtd_pasid_entry(rig->req[source].dir, pasid);
}

/**
 * map() - map a page, readable and writable
 * @domain: the domain
 * @iova: where
 *
 * Return: what the driver says.
 */
int map(struct iopasid_domain *domain, u64 iova)
{
	return domain->ops->map_pages(domain, iova, SZ_1M, SZ_4K,
				      IOPASID_READ | IOPASID_WRITE, GFP_KERNEL);
}

/**
 * unmap() - unmap a page and flush
 * @domain: the domain
 * @iova: where
 *
 * Return: what the flush says.
 */
int unmap(struct iopasid_domain *domain, u64 iova)
{
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	domain->ops->unmap_pages(domain, iova, SZ_4K, &gather);
	return domain->ops->flush(domain, &gather);
}

/**
 * leaked() - table pages that are kept for good
 * @rig: by its unit
 *
 * Return: how many.
 */
long leaked(const struct rig *rig)
{
	return atomic_long_read(&rig->unit->nr_leaked_pages);
}
