// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: which pages devices have written, from the core down to the software
 * unit: marks of RID and PASIDs, of all devices, of both stages, with device TLBs
 * and without. Each test has a unit of its own.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include <iopasid/pasid.h>

#include "../drivers/core/core.h"
#include "../drivers/vtd/vtd.h"
#include "../drivers/vtd-model/model.h"

#define IOVA		(3ULL * SZ_1G)
#define ORDER		5
#define NR_PAGES	BIT(ORDER)
#define RW		(IOPASID_READ | IOPASID_WRITE)
#define DIRTY		IOPASID_ALLOC_DIRTY_TRACKING

/**
 * struct shape - what the unit and its devices are like
 * @name: for people
 * @caps: of the unit, where they are not the default
 * @ats: the devices have TLBs
 * @format: of the table that must result
 */
struct shape {
	const char *name;
	const char *caps;
	bool ats;
	const struct vtd_pt_format *format;
};

static const struct shape shapes[] = {
	{ "second stage", NULL, false, &vtd_pt_second },
	{ "second stage, device TLBs", NULL, true, &vtd_pt_second },
	{ "first stage", "ssads=0", false, &vtd_pt_first },
	{ "first stage, device TLBs", "ssads=0", true, &vtd_pt_first },
};

KUNIT_ARRAY_PARAM_DESC(shape, shapes, name);

/* How DMA comes in: device, PASID */
static const struct {
	unsigned int ep;
	u32 pasid;
} ways[] = {
	{ 0, VTD_MODEL_NO_PASID }, { 0, 1 }, { 0, 77 }, { 1, 5 },
};

/**
 * struct rig - a unit with devices, and memory that they reach each way
 * @test: the test
 * @unit: the software unit
 * @domain: with dirty tracking, at all of @ways
 * @idev: the core's record of the first device
 * @rid_domain: what its RID reached before
 * @memory: NR_PAGES, mapped at IOVA
 */
struct rig {
	struct kunit *test;
	struct vtd_model_unit *unit;
	struct iopasid_domain *domain;
	struct iopasid_device *idev;
	struct iopasid_domain *rid_domain;
	u8 *memory;
};

static struct device *rig_device(struct rig *rig, unsigned int ep)
{
	return &rig->unit->endpoints[ep]->dev;
}

static struct vtd_model_unit *unit_create(struct kunit *test, const char *caps,
					  bool ats)
{
	const struct vtd_model_shape shape = {
		.nr_endpoints	= 2,
		.pasid_width	= 10,
		.ats		= ats,
	};
	struct vtd_model_unit *unit = NULL;
	struct vtd_model_config config;
	struct vtd_model_refusal why;

	vtd_model_config_init(&config);
	if (!vtd_model_config_fill(&config, &shape, &why) &&
	    !vtd_model_config_set_detector(&config, "count", &why) &&
	    (!caps || !vtd_model_config_set_caps(&config, caps, &why)))
		unit = vtd_model_unit_create(&config);
	vtd_model_config_destroy(&config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, unit);
	return unit;
}

/* As a user context that owns the group would have it. */
static int attach_rid(struct rig *rig, struct iopasid_domain *domain,
		      struct iopasid_domain *old)
{
	int ret;

	mutex_lock(&rig->idev->group->lock);
	ret = domain->ops->attach_dev(domain, rig->idev, old);
	mutex_unlock(&rig->idev->group->lock);
	return ret;
}

static void rig_attach(struct rig *rig)
{
	struct kunit *test = rig->test;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, attach_rid(rig, rig->domain, rig->rid_domain), 0);
	for (i = 1; i < ARRAY_SIZE(ways); i++)
		KUNIT_ASSERT_EQ(test,
				iopasid_attach_dev_pasid(rig->domain,
							 rig_device(rig, ways[i].ep),
							 ways[i].pasid), 0);
}

static struct rig *rig_create(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->test = test;
	rig->memory = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	KUNIT_ASSERT_NOT_NULL(test, rig->memory);
	rig->unit = unit_create(test, shape->caps, shape->ats);
	for (i = 0; i < 2; i++)
		vtd_model_set_master(rig_device(rig, i), true);
	rig->idev = iopasid_device_get(rig_device(rig, 0));
	KUNIT_ASSERT_NOT_NULL(test, rig->idev);
	KUNIT_ASSERT_PTR_EQ(test, rig->idev->unit->provider->ops,
			    &vtd_unit_ops);
	rig->rid_domain = rig->idev->group->rid_domain;
	rig->domain = iopasid_domain_alloc_user(rig_device(rig, 0), DIRTY,
						NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rig->domain);
	KUNIT_ASSERT_PTR_EQ(test,
			    to_vtd_domain(rig->domain)->pt.config.format,
			    shape->format);
	rig_attach(rig);
	KUNIT_ASSERT_EQ(test, iopasid_domain_map(rig->domain, IOVA,
						 virt_to_phys(rig->memory),
						 NR_PAGES * SZ_4K, RW,
						 GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, iopasid_domain_set_dirty_tracking(rig->domain,
								true), 0);
	return rig;
}

static void rig_destroy(struct rig *rig)
{
	struct kunit *test = rig->test;
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(ways); i++)
		KUNIT_EXPECT_EQ(test,
				iopasid_detach_dev_pasid(rig_device(rig, ways[i].ep),
							 ways[i].pasid), 0);
	KUNIT_EXPECT_EQ(test, attach_rid(rig, rig->rid_domain, rig->domain), 0);
	KUNIT_EXPECT_EQ(test, iopasid_domain_unmap(rig->domain, IOVA,
						   NR_PAGES * SZ_4K), 0);
	iopasid_domain_free(rig->domain);
	iopasid_device_put(rig->idev);
	vtd_model_unit_remove(rig->unit);
	free_pages((unsigned long)rig->memory, ORDER);
}

static int dma(struct rig *rig, unsigned int way, unsigned int page, u64 *value,
	       unsigned int flags)
{
	return vtd_model_dma(rig_device(rig, ways[way].ep), ways[way].pasid,
			     IOVA + page * SZ_4K + 8, value, sizeof(*value),
			     flags | VTD_MODEL_NO_WAIT);
}

static void write_page(struct rig *rig, unsigned int way, unsigned int page)
{
	u64 value = 0x1000 * way + page;

	KUNIT_EXPECT_EQ(rig->test, dma(rig, way, page, &value, VTD_MODEL_WRITE),
			0);
	KUNIT_EXPECT_EQ(rig->test, *(u64 *)(rig->memory + page * SZ_4K + 8),
			value);
}

static void note(u64 iova, size_t size, void *data)
{
	bitmap_set(data, (iova - IOVA) / SZ_4K, size / SZ_4K);
}

/* Into @gather, not flushed; one bit a page. */
static u32 look(struct rig *rig, struct iopasid_gather *gather)
{
	DECLARE_BITMAP(found, NR_PAGES) = { };
	struct iopasid_dirty dirty = {
		.record	= note,
		.data	= found,
		.gather	= gather,
	};

	iopasid_gather_init(gather);
	KUNIT_EXPECT_EQ(rig->test,
			iopasid_domain_read_and_clear_dirty(rig->domain, IOVA,
							    NR_PAGES * SZ_4K,
							    &dirty), 0);
	return found[0];
}

static u32 look_and_flush(struct rig *rig)
{
	struct iopasid_gather gather;
	u32 found = look(rig, &gather);

	KUNIT_EXPECT_EQ(rig->test, rig->domain->ops->flush(rig->domain, &gather),
			0);
	return found;
}

/* Each way marks, each time; who reads does not. */
static void marks(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	unsigned int way, round;
	u64 value;

	KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0);
	for (round = 0; round < 3; round++) {
		for (way = 0; way < ARRAY_SIZE(ways); way++) {
			KUNIT_EXPECT_EQ(test, dma(rig, way, 20 + way, &value, 0),
					0);
			write_page(rig, way, 2 * way);
			write_page(rig, way, 2 * way);
		}
		KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0x55);
		KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0);
	}
	/* Read before, then written; and all in one page */
	for (way = 0; way < ARRAY_SIZE(ways); way++)
		write_page(rig, way, 20);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), BIT(20));
	KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, 0);
	rig_destroy(rig);
}

/* Until the flush what was written is not marked again: hardware may cache. */
static void before_flush(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct iopasid_gather gather;
	unsigned int way;

	for (way = 0; way < ARRAY_SIZE(ways); way++)
		write_page(rig, way, way);
	KUNIT_EXPECT_EQ(test, look(rig, &gather), 0xf);
	for (way = 0; way < ARRAY_SIZE(ways); way++)
		write_page(rig, way, way);
	/* Nobody was told that they would be: no defect. */
	KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, 0);
	KUNIT_EXPECT_EQ(test, rig->domain->ops->flush(rig->domain, &gather), 0);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0);
	for (way = 0; way < ARRAY_SIZE(ways); way++)
		write_page(rig, way, way);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0xf);
	KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, 0);
	rig_destroy(rig);
}

/* The flush is left out, and said to be done: writes are lost, and found. */
static void missed_flush(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	struct vtd_unit *vtd = to_vtd_unit(rig->idev->unit);
	unsigned int way;

	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		write_page(rig, way, way);
		WRITE_ONCE(vtd->suppress_flush, true);
		KUNIT_EXPECT_EQ(test, look_and_flush(rig), BIT(way));
		WRITE_ONCE(vtd->suppress_flush, false);
		KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, way);
		write_page(rig, way, way);
		KUNIT_EXPECT_EQ(test, look(rig, &(struct iopasid_gather){}), 0);
		KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, way + 1);
	}
	rig_destroy(rig);
}

/* An unmap takes the mark along; what is mapped next is clean. */
static void mapped_again(struct kunit *test)
{
	struct rig *rig = rig_create(test);

	write_page(rig, 1, 3);
	KUNIT_ASSERT_EQ(test, iopasid_domain_unmap(rig->domain, IOVA,
						   NR_PAGES * SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0);
	KUNIT_ASSERT_EQ(test, iopasid_domain_map(rig->domain, IOVA,
						 virt_to_phys(rig->memory),
						 NR_PAGES * SZ_4K, RW,
						 GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0);
	write_page(rig, 2, 4);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), BIT(4));
	KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, 0);
	rig_destroy(rig);
}

/* A write that is blocked is none. */
static void read_only(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	u64 value = 0;

	KUNIT_ASSERT_EQ(test, iopasid_domain_unmap(rig->domain, IOVA, SZ_4K), 0);
	KUNIT_ASSERT_EQ(test, iopasid_domain_map(rig->domain, IOVA,
						 virt_to_phys(rig->memory),
						 SZ_4K, IOPASID_READ,
						 GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, dma(rig, 1, 0, &value, 0), 0);
	KUNIT_EXPECT_EQ(test, dma(rig, 1, 0, &value, VTD_MODEL_WRITE), -EFAULT);
	KUNIT_EXPECT_EQ(test, look_and_flush(rig), 0);
	rig_destroy(rig);
}

#define RACE_ROUNDS	5000

/**
 * struct race - devices write while somebody copies what they have written
 * @rig: the devices
 * @done: they have written
 * @nr_failed: DMAs that did not arrive
 */
struct race {
	struct rig *rig;
	struct completion done;
	unsigned int nr_failed;
};

static int race_thread(void *data)
{
	struct race *race = data;
	u64 round;

	for (round = 1; round <= RACE_ROUNDS; round++) {
		race->nr_failed += !!dma(race->rig, round % ARRAY_SIZE(ways),
					 (round * 7) % NR_PAGES, &round,
					 VTD_MODEL_WRITE);
		cond_resched();
	}
	kthread_complete_and_exit(&race->done, 0);
}

static void race_copy(struct rig *rig, u8 *copy)
{
	unsigned long found = look_and_flush(rig);
	unsigned int page;

	for_each_set_bit(page, &found, NR_PAGES)
		memcpy(copy + page * SZ_4K, rig->memory + page * SZ_4K, SZ_4K);
}

/* In the end the copy is the memory: no write was lost. */
static void race(struct kunit *test)
{
	struct rig *rig = rig_create(test);
	u8 *copy = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	struct race race = { .rig = rig };
	struct task_struct *task;
	unsigned int looks = 0;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	init_completion(&race.done);
	task = kthread_run(race_thread, &race, "dirty-race");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (!completion_done(&race.done)) {
		race_copy(rig, copy);
		looks++;
		cond_resched();
	}
	race_copy(rig, copy);
	KUNIT_EXPECT_EQ(test, race.nr_failed, 0);
	KUNIT_EXPECT_GT(test, looks, 10);
	KUNIT_EXPECT_EQ(test, memcmp(copy, rig->memory, NR_PAGES * SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, rig->unit->nr_defects, 0);
	kunit_info(test, "%u looks\n", looks);
	free_pages((unsigned long)copy, ORDER);
	rig_destroy(rig);
}

struct ability {
	const char *name;
	const char *caps;
	u32 want;
};

#define COHERENT	IOPASID_CAP_COHERENT
#define ENFORCE		IOPASID_CAP_ENFORCE_COHERENCY
#define TRACKING	IOPASID_CAP_DIRTY_TRACKING

static const struct ability abilities[] = {
	{ "all", "sc=1", COHERENT | ENFORCE | TRACKING },
	{ "no snoop control", "sc=0", COHERENT | TRACKING },
	{ "first stage alone", "ssads=0,sc=1", COHERENT | ENFORCE | TRACKING },
	{ "no snooped walks", "smpwc=0,sc=1", COHERENT | ENFORCE },
};

KUNIT_ARRAY_PARAM_DESC(ability, abilities, name);

/* What a device may do is what its unit says, and its tables keep to it. */
static void capabilities(struct kunit *test)
{
	const struct ability *row = test->param_value;
	struct vtd_model_unit *unit = unit_create(test, row->caps, false);
	struct device *dev = &unit->endpoints[0]->dev;
	struct iopasid_hw_info info;
	struct iopasid_domain *domain;

	KUNIT_EXPECT_EQ(test, iopasid_capabilities(dev), row->want);
	KUNIT_ASSERT_EQ(test, iopasid_hw_info(dev, &info), 0);
	KUNIT_EXPECT_EQ(test, info.caps, row->want);
	KUNIT_EXPECT_EQ(test, info.max_pasids_lg2, 10);
	kfree(info.data);
	domain = iopasid_domain_alloc_user(dev, DIRTY, NULL);
	if (row->want & TRACKING) {
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
		KUNIT_EXPECT_EQ(test, domain->coherent,
				!!(row->want & ENFORCE));
		iopasid_domain_free(domain);
	} else {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -EOPNOTSUPP);
	}
	vtd_model_unit_remove(unit);
}

static struct kunit_case vtd_dirty_cases[] = {
	KUNIT_CASE_PARAM(marks, shape_gen_params),
	KUNIT_CASE_PARAM(before_flush, shape_gen_params),
	KUNIT_CASE_PARAM(missed_flush, shape_gen_params),
	KUNIT_CASE_PARAM(mapped_again, shape_gen_params),
	KUNIT_CASE_PARAM(read_only, shape_gen_params),
	KUNIT_CASE_PARAM_ATTR(race, shape_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(capabilities, ability_gen_params),
	{}
};

static struct kunit_suite vtd_dirty_suite = {
	.name = "vtd-dirty",
	.test_cases = vtd_dirty_cases,
};

kunit_test_suite(vtd_dirty_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of dirty pages, driver against software unit");
MODULE_LICENSE("GPL");
