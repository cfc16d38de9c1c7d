// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: address spaces of processes: what a change flushes and promises, how
 * many attachments there may be, and what stays of a root.
 */
#include <linux/delay.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include "vtd-attach-rig.h"

#define ABLE		(VTD_ECAP_FSTS | VTD_ECAP_SMPWC)
#define SOURCE		0x0420

struct change {
	const char *name;
	u64 first;
	u64 last;
	/* Of PASID 3; PASID 5 has the same */
	u64 word0;
	u64 word1;
};

/* By hand from 6.5.2.4: IH (bit 6) is 0: tables may go right afterwards. */
static const struct change changes[] = {
	{ "a page", 0x5000, 0x5fff, 0x300020036, 0x5000 },
	{ "two pages that are none", 0x5000, 0x6fff, 0x300020036, 0x4002 },
	{ "2 MiB", SZ_2M, 2 * SZ_2M - 1, 0x300020036, SZ_2M | 9 },
	{ "1 GiB, the largest", SZ_1G, 2UL * SZ_1G - 1, 0x300020036, SZ_1G | 18 },
	{ "larger", 0, 2UL * SZ_1G - 1, 0x300020026, 0 },
	{ "the last page", 0x7ffffffff000, 0x7fffffffffff, 0x300020036,
	  0x7ffffffff000 },
	{ "everything", 0, U64_MAX, 0x300020026, 0 },
};

KUNIT_ARRAY_PARAM_DESC(change, changes, name);

/* All that is attached, in one batch, with one doorbell */
static void change_words(struct kunit *test)
{
	const struct change *row = test->param_value;
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	struct fake_unit *fake = rig->fake;

	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 3, NULL), 0);
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 5, NULL), 0);
	fake->nr_log = 0;
	fake->nr_doorbells = 0;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, row->first,
						      row->last), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_doorbells, 1);
	KUNIT_ASSERT_EQ(test, fake->nr_log, 3);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[0], row->word0);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[1], row->word1);
	KUNIT_EXPECT_EQ(test, fake->log[1].qw[0], row->word0 + (2ULL << 32));
	KUNIT_EXPECT_EQ(test, fake->log[1].qw[1], row->word1);
	KUNIT_EXPECT_EQ(test, fake->log[2].qw[0] & 0xf, 5);
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	vtd_detach_dev_pasid(domain, &rig->idev, 5);
	/* Nobody is left to be told. */
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, row->first,
						      row->last), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 0);
	domain->ops->free(domain);
}

#define MANY	17

/* From 17 PASIDs on: one descriptor for the domain id, which drops them all. */
static void many_pasids(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	struct fake_unit *fake = rig->fake;
	u32 pasid;

	for (pasid = 1; pasid <= MANY; pasid++)
		KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, pasid, NULL), 0);
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, 0x5000, 0x5fff), 0);
	KUNIT_ASSERT_EQ(test, fake->nr_log, 2);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[0], 0x00020022);
	for (pasid = 1; pasid <= MANY; pasid++)
		vtd_detach_dev_pasid(domain, &rig->idev, pasid);
	domain->ops->free(domain);
}

/* The unit's caches first, then those that are filled from them. */
static void device_tlbs(struct kunit *test)
{
	static const u64 want[] = {
		0x0000000300020036, 0x0000000500020036, 0x05,
		0x0000000304200008, 0x0000000504200008, 0x05,
	};
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	struct fake_unit *fake = rig->fake;
	unsigned int i;

	rig->vdev.ats = true;
	rig->req[0].ats = true;
	rig->req[0].source_id = SOURCE;
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 3, NULL), 0);
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 5, NULL), 0);
	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, 0x4000, 0x5fff), 0);
	KUNIT_ASSERT_EQ(test, fake->nr_log, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_EQ(test, fake->log[i].qw[0] &
				(i % 3 == 2 ? 0xf : U64_MAX), want[i]);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[1], 0x4001);
	KUNIT_EXPECT_EQ(test, fake->log[3].qw[1], 0x4800);

	fake->nr_log = 0;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, 0, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, fake->log[4].qw[1], 0x7ffffffffffff800);
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	vtd_detach_dev_pasid(domain, &rig->idev, 5);
	domain->ops->free(domain);
}

/* What the unit was told since nr_promises was reset */
struct told {
	unsigned int nr_changed;
	u32 pasids;
};

static void hear(struct fake_unit *fake, u16 source_id, u32 pasid,
		 enum vtd_promise_kind kind, const char *who)
{
	struct told *told = fake->data;

	KUNIT_EXPECT_EQ(fake->test, kind, VTD_PROMISE_CHANGED);
	KUNIT_EXPECT_EQ(fake->test, fake->changing, 1);
	told->nr_changed += kind == VTD_PROMISE_CHANGED;
	told->pasids |= BIT(pasid);
}

static void change_promise(struct rig *rig, struct iopasid_domain *domain,
			   int ret, unsigned int nr_promises)
{
	struct kunit *test = rig->fake->test;
	struct told told = {};

	rig->fake->data = &told;
	rig->fake->promised = hear;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, 0x5000, 0x5fff),
			ret);
	rig->fake->promised = NULL;
	KUNIT_EXPECT_EQ(test, rig->fake->changing, 0);
	KUNIT_EXPECT_EQ(test, told.nr_changed, nr_promises);
	KUNIT_EXPECT_EQ(test, told.pasids, nr_promises ? BIT(3) | BIT(5) : 0);
}

/* Each source id at each PASID; of a flush that failed nothing. */
static void promises(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	struct vtd_unit *unit = rig->unit;
	u64 *root = domain->root;

	rig->fake->listens = true;
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 3, NULL), 0);
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 5, NULL), 0);
	change_promise(rig, domain, 0, 2 * NR_SOURCES);

	/* The knob: what is not flushed is promised all the same. */
	rig->fake->nr_log = 0;
	unit->suppress_flush = true;
	change_promise(rig, domain, 0, 2 * NR_SOURCES);
	unit->suppress_flush = false;
	KUNIT_EXPECT_EQ(test, rig->fake->nr_log, 0);
	KUNIT_EXPECT_EQ(test, 1,
			atomic64_read(&unit->counters[VTD_COUNT_SUPPRESSED]));

	rig->fake->refuse_at = rig->fake->nr_doorbells + 1;
	change_promise(rig, domain, -EIO, 0);
	change_promise(rig, domain, 0, 2 * NR_SOURCES);
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	vtd_detach_dev_pasid(domain, &rig->idev, 5);
	domain->ops->free(domain);
	/* It was lost, so it is nobody's now. */
	KUNIT_EXPECT_EQ(test, leaked(rig), 1);
	free_page((unsigned long)root);
}

/* Two units: each is told of its own, between the begin and the end. */
static void promises_of_two(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct rig *other = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	struct told told = {};

	rig->fake->listens = true;
	other->fake->listens = true;
	other->fake->data = &told;
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 3, NULL), 0);
	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 5, NULL), 0);
	KUNIT_ASSERT_EQ(test, sva_attach(other, domain, 7, NULL), 0);
	other->fake->promised = hear;
	change_promise(rig, domain, 0, 2 * NR_SOURCES);
	KUNIT_EXPECT_EQ(test, other->fake->changing, 0);
	KUNIT_EXPECT_EQ(test, told.nr_changed, NR_SOURCES);
	KUNIT_EXPECT_EQ(test, told.pasids, BIT(7));

	/* Only the other one listens. */
	rig->fake->listens = false;
	told = (struct told){};
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, 0x5000, 0x5fff), 0);
	KUNIT_EXPECT_EQ(test, other->fake->changing, 0);
	KUNIT_EXPECT_EQ(test, told.nr_changed, NR_SOURCES);
	other->fake->promised = NULL;
	vtd_detach_dev_pasid(domain, &other->idev, 7);
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	vtd_detach_dev_pasid(domain, &rig->idev, 5);
	domain->ops->free(domain);
}

/* ---- the end ---- */

/* A table of a process, which is not the driver's to free */
static u64 *foreign_table(struct kunit *test)
{
	u64 *table = (u64 *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	/* Walked, it would lead on to itself. */
	table[0] = virt_to_phys(table) | 7;
	table[511] = SZ_1M | 0x67;
	return table;
}

static void expect_untouched(struct kunit *test, u64 *table)
{
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(table)), 1);
	KUNIT_EXPECT_EQ(test, table[0], virt_to_phys(table) | 7);
	KUNIT_EXPECT_EQ(test, table[511], SZ_1M | 0x67);
	free_page((unsigned long)table);
}

/* Even of a root that was not emptied nothing below is looked at. */
static void root_goes(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	u64 *table = foreign_table(test);

	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 3, NULL), 0);
	domain->root[0] = virt_to_phys(table) | 7;
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	domain->ops->free(domain);
	expect_untouched(test, table);
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unit->nr_tags), 0);
}

/* The unit may walk the root for ever: it finds nothing, and stays. */
static void root_stays(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct iopasid_domain *domain = sva_create(test, rig);
	u64 *table = foreign_table(test);
	u64 *root = domain->root;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, sva_attach(rig, domain, 3, NULL), 0);
	domain->root[0] = virt_to_phys(table) | 7;
	rig->fake->frozen = true;
	KUNIT_EXPECT_EQ(test, domain->ops->invalidate(domain, 0x5000, 0x5fff),
			-ETIMEDOUT);
	fake_unit_thaw(rig->fake);
	vtd_detach_dev_pasid(domain, &rig->idev, 3);
	rig->fake->nr_log = 0;
	domain->ops->free(domain);
	KUNIT_EXPECT_EQ(test, rig->fake->nr_log, 2);
	KUNIT_EXPECT_EQ(test, rig->fake->log[0].qw[0], 0x00020022);
	KUNIT_EXPECT_EQ(test, leaked(rig), 1);
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(root)), 1);
	for (i = 0; i < 512; i++)
		KUNIT_EXPECT_EQ(test, root[i], 0);
	expect_untouched(test, table);
	free_page((unsigned long)root);
}

/* ---- while the machine goes down ---- */

struct late {
	struct work_struct work;
	struct iopasid_domain *domain;
	int ret;
};

static void late_change(struct work_struct *work)
{
	struct late *late = container_of(work, struct late, work);

	late->ret = late->domain->ops->invalidate(late->domain, 0x5000, 0x5fff);
}

/* Called while the change polls: the unit answers when the queue is to go off. */
static void answer_late(struct fake_unit *fake, u32 reg, bool write)
{
	if (reg == VTD_REG_FSTS && !write && fake->frozen &&
	    !READ_ONCE(fake->unit.queue.on)) {
		/* Time for who does not wait to switch it off */
		mdelay(20);
		fake_unit_thaw(fake);
	}
}

/* A change under way when the queue goes off is confirmed, one behind it too. */
static void queue_off(struct kunit *test)
{
	struct rig *rig = rig_create_sva(test, 0, ABLE);
	struct late late = { .domain = sva_create(test, rig), .ret = -EINVAL };
	struct fake_unit *fake = rig->fake;
	atomic64_t *doorbells = &rig->unit->counters[VTD_COUNT_DOORBELL];

	KUNIT_ASSERT_EQ(test, sva_attach(rig, late.domain, 3, NULL), 0);
	INIT_WORK_ONSTACK(&late.work, late_change);
	fake->nr_log = 0;
	atomic64_set(doorbells, 0);
	fake->hook = answer_late;
	fake->frozen = true;
	schedule_work(&late.work);
	while (!atomic64_read(doorbells))
		usleep_range(20, 100);
	vtd_queue_stop(rig->unit);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	flush_work(&late.work);
	destroy_work_on_stack(&late.work);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, late.ret, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	KUNIT_EXPECT_EQ(test, fake->log[0].qw[0], 0x300020036);

	late_change(&late.work);
	KUNIT_EXPECT_EQ(test, late.ret, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_log, 2);
	KUNIT_ASSERT_EQ(test, vtd_queue_start(rig->unit), 0);
	vtd_detach_dev_pasid(late.domain, &rig->idev, 3);
	late.domain->ops->free(late.domain);
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
}

static struct kunit_case vtd_sva_change_cases[] = {
	KUNIT_CASE_PARAM(change_words, change_gen_params),
	KUNIT_CASE(many_pasids),
	KUNIT_CASE(device_tlbs),
	KUNIT_CASE(promises),
	KUNIT_CASE(promises_of_two),
	KUNIT_CASE(root_goes),
	KUNIT_CASE(root_stays),
	KUNIT_CASE(queue_off),
	{}
};

static struct kunit_suite vtd_sva_change_suite = {
	.name = "vtd-sva-change",
	.test_cases = vtd_sva_change_cases,
};

kunit_test_suite(vtd_sva_change_suite);
