// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a program keeps its page tables when the unit goes that they were made
 * for: they can be filled, emptied and freed, and no register is touched.
 */
#include <linux/delay.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vtd-attach-rig.h"

/* What is known of the port when it is gone */
static unsigned int nr_ports;
static unsigned int nr_late;

static void gone_touch(void)
{
	nr_late += !nr_ports;
}

static u32 gone_read32(struct vtd_port *port, u32 reg)
{
	gone_touch();
	return 0;
}

static u64 gone_read64(struct vtd_port *port, u32 reg)
{
	gone_touch();
	switch (reg) {
	case VTD_REG_CAP:
		return FIELD_PREP(VTD_CAP_MGAW, 47) | VTD_CAP_SAGAW_48 |
		       FIELD_PREP(VTD_CAP_ND, 6);
	case VTD_REG_ECAP:
		return VTD_ECAP_QI | VTD_ECAP_SMTS | VTD_ECAP_PT |
		       VTD_ECAP_SSTS | VTD_ECAP_SMPWC;
	default:
		return 0;
	}
}

static void gone_write32(struct vtd_port *port, u32 reg, u32 value)
{
	gone_touch();
}

static void gone_write64(struct vtd_port *port, u32 reg, u64 value)
{
	gone_touch();
}

static bool gone_promises_wanted(struct vtd_port *port)
{
	gone_touch();
	return true;
}

static void gone_destroy(struct vtd_port *port)
{
	nr_ports--;
	kfree(port);
}

static const struct vtd_port_ops gone_port_ops = {
	.read32			= gone_read32,
	.read64			= gone_read64,
	.write32		= gone_write32,
	.write64		= gone_write64,
	.promises_wanted	= gone_promises_wanted,
	.destroy		= gone_destroy,
};

static struct vtd_unit *gone_unit(struct kunit *test)
{
	struct vtd_unit_config config = { .name = "gone" };
	struct vtd_unit *unit;

	config.port = kzalloc(sizeof(*config.port), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, config.port);
	config.port->ops = &gone_port_ops;
	nr_ports = 1;
	nr_late = 0;
	unit = vtd_unit_create(&config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, unit);
	return unit;
}

/* All that a domain can be asked for. */
static void use_all(struct kunit *test, struct iopasid_domain *domain)
{
	struct iopasid_gather gather;

	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, map(domain, SZ_16M), 0);
	KUNIT_EXPECT_EQ(test, domain->ops->iova_to_phys(domain, SZ_16M), SZ_1M);
	KUNIT_EXPECT_EQ(test, domain->ops->flush_all(domain), 0);
	iopasid_gather_init(&gather);
	gather.first = SZ_16M;
	gather.last = SZ_16M + SZ_4K - 1;
	gather.cleaned = true;
	KUNIT_EXPECT_EQ(test, domain->ops->flush(domain, &gather), 0);
	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_16M), 0);
}

static void domain_stays(struct kunit *test)
{
	struct vtd_unit *unit = gone_unit(test);
	struct iopasid_device idev = { .unit = &unit->iounit };
	struct iopasid_domain *domain = vtd_domain_alloc_user(&idev, 0, NULL);
	struct vtd_tag *tag;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_ASSERT_EQ(test, map(domain, SZ_2M), 0);
	/* It was attached there, and the unit did not forget it. */
	tag = vtd_tag_prepare(to_vtd_domain(domain), unit);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tag);
	tag->lost = true;

	vtd_unit_destroy(unit);
	KUNIT_EXPECT_EQ(test, nr_ports, 0);
	use_all(test, domain);
	domain->ops->free(domain);
	KUNIT_EXPECT_EQ(test, nr_late, 0);
}

/* Where it was only attached, behind a unit that it was not made for */
static void tag_stays(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	struct vtd_unit *unit = gone_unit(test);

	KUNIT_ASSERT_EQ(test, map(domain, SZ_2M), 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test,
				     vtd_tag_prepare(to_vtd_domain(domain),
						     unit));
	KUNIT_ASSERT_EQ(test, vtd_attach_dev(domain, &rig->idev, NULL), 0);
	vtd_unit_destroy(unit);
	use_all(test, domain);
	/* The other unit has it still. */
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     domain), 0);
	domain->ops->free(domain);
	KUNIT_EXPECT_EQ(test, nr_late, 0);
}

/**
 * struct leaver - a unit that goes, on another CPU
 * @work: destroys it
 * @unit: the unit
 */
struct leaver {
	struct work_struct work;
	struct vtd_unit *unit;
};

static void leaver_destroy(struct work_struct *work)
{
	vtd_unit_destroy(container_of(work, struct leaver, work)->unit);
}

/* A flush that is under way has its unit to the end; the next one has none. */
static void goes_when_left(struct kunit *test)
{
	struct leaver *leaver = kunit_kzalloc(test, sizeof(*leaver), GFP_KERNEL);
	struct vtd_unit *unit = gone_unit(test);

	KUNIT_ASSERT_NOT_NULL(test, leaver);
	leaver->unit = vtd_unit_get(unit);
	INIT_WORK(&leaver->work, leaver_destroy);
	KUNIT_ASSERT_TRUE(test, vtd_unit_enter(unit));
	schedule_work(&leaver->work);
	msleep(100);
	KUNIT_EXPECT_EQ(test, nr_ports, 1);
	KUNIT_EXPECT_FALSE(test, vtd_unit_enter(unit));
	KUNIT_EXPECT_EQ(test, nr_ports, 1);
	vtd_unit_leave(unit);
	flush_work(&leaver->work);
	KUNIT_EXPECT_EQ(test, nr_ports, 0);
	vtd_unit_put(unit);
}

static struct kunit_case gone_cases[] = {
	KUNIT_CASE(domain_stays),
	KUNIT_CASE(tag_stays),
	KUNIT_CASE(goes_when_left),
	{}
};

static struct kunit_suite gone_suite = {
	.name = "iopasid-vtd-gone",
	.test_cases = gone_cases,
};

kunit_test_suite(gone_suite);
