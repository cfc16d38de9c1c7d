// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: where the RIDs of a group lead
 *
 * All members lead to the same domain, which follows from the group's state;
 * a change moves all of them or none; who comes late gets it at once; who
 * holds physical addresses keeps the group pass-through.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

#define NR_MEMBERS	4

static const struct fake_device_config foreign_config = {
	.max_pasids = MAX_PASIDS, .group = 1, .foreign = true,
};

/* What the RID of a device leads to, by type; -1: as before us */
static int rid_type(struct fake_device *fdev)
{
	struct iopasid_domain *domain = fake_reaches(fdev, 0);

	return domain ? (int)domain->type : -1;
}

static void first_domain(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *paging, *identity, *foreign;

	paging = core_device(fake, 0);
	identity = fake_device_create(fake, &(struct fake_device_config){
		.type = IOPASID_DOMAIN_IDENTITY,
	});
	foreign = fake_device_create(fake, &foreign_config);
	KUNIT_EXPECT_EQ(test, rid_type(paging), IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_EQ(test, rid_type(identity), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(foreign), IOPASID_DOMAIN_IDENTITY);
	/* Domains of different groups are different domains. */
	KUNIT_EXPECT_PTR_NE(test, fake_reaches(core_device(fake, 0), 0),
			    fake_reaches(paging, 0));
}

/* A foreign driver: identity, and the DMA domain once it is gone */
static void foreign_driver_leaves(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a, *b, *quiet;

	a = fake_device_create(fake, &foreign_config);
	b = fake_device_create(fake, &foreign_config);
	quiet = core_device(fake, 1);
	KUNIT_EXPECT_EQ(test, rid_type(quiet), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, a->group->nr_foreign, 2);
	fake_device_unbind(a);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(b), IOPASID_DOMAIN_IDENTITY);
	fake_device_unbind(b);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(quiet, 0));
	KUNIT_EXPECT_EQ(test, a->group->nr_foreign, 0);
}

/* A driver of a sibling of a foreign one runs pass-through, to its end. */
static void sibling_of_a_foreign_driver(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *foreign, *fdev;

	foreign = fake_device_create(fake, &foreign_config);
	fdev = core_device(fake, 1);
	fake_device_bind(fdev);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
	KUNIT_EXPECT_EQ(test, fdev->group->owner, IOPASID_OWNER_DMA);
	fake_device_unbind(foreign);
	KUNIT_EXPECT_EQ(test, rid_type(fdev), IOPASID_DOMAIN_IDENTITY);
	/* Bound again under our eyes, still beside the other */
	fake_device_bind(foreign);
	KUNIT_EXPECT_NULL(test, foreign->dev.dma_ops);
	fake_device_unbind(fdev);
	KUNIT_EXPECT_EQ(test, rid_type(fdev), IOPASID_DOMAIN_IDENTITY);
	fake_device_unbind(foreign);
	KUNIT_EXPECT_EQ(test, rid_type(fdev), IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_EQ(test, rid_type(foreign), IOPASID_DOMAIN_PAGING);
	fake_device_bind(fdev);
	KUNIT_EXPECT_NOT_NULL(test, fdev->dev.dma_ops);
	fake_device_unbind(fdev);
	KUNIT_EXPECT_NULL(test, fdev->dev.dma_ops);
}

static void late_joiner(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *b, *c;

	b = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(b, 0), fake_reaches(a, 0));
	fake_device_bind(a);
	fake_forget_calls(fake);
	c = core_device(fake, 1);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(c, 0), fake_reaches(a, 0));
	/* At once: the one call that it takes */
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_DEV), 1);
	KUNIT_EXPECT_NULL(test, c->dev.dma_ops);
	fake_device_remove(b);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(c, 0), fake_reaches(a, 0));
}

static void watch_identity(struct fake *fake, const struct fake_call *call)
{
	unsigned int *early = fake->hook_data;
	struct fake_device *fdev;

	if (call->op != FAKE_ATTACH_DEV || !call->fdev->config.foreign)
		return;
	/* Nobody else is translated when the foreign driver's device comes. */
	list_for_each_entry(fdev, &fake->devices, node)
		*early += fdev->idev && rid_type(fdev) == IOPASID_DOMAIN_PAGING;
}

static void late_foreign_joiner(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1), *foreign;
	unsigned int early = 0;

	fake->hook_data = &early;
	fake->hook = watch_identity;
	foreign = fake_device_create(fake, &foreign_config);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, early, 0);
	KUNIT_EXPECT_EQ(test, rid_type(foreign), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(b), IOPASID_DOMAIN_IDENTITY);
	/* The page table that nobody uses is gone. */
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);
	fake_device_unbind(foreign);
	KUNIT_EXPECT_EQ(test, rid_type(b), IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_EQ(test, rid_type(foreign), IOPASID_DOMAIN_PAGING);
}

/* A foreign driver's device cannot join where its addresses mean nothing. */
static void late_foreign_joiner_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *foreign;
	const char *before;

	foreign = fake_device_create_unannounced(fake, &foreign_config);
	fake_device_bind(a);
	before = core_state(fake);
	fake_forget_calls(fake);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&foreign->dev), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	KUNIT_EXPECT_EQ(test, rid_type(foreign), -1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("unbind the driver",
					     dev_name(&foreign->dev)), 1);
	fake_device_unbind(a);

	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&foreign->dev), -EBUSY);
	KUNIT_EXPECT_EQ(test, rid_type(foreign), -1);
	iopasid_group_release_user(&a->dev, test);

	/* A page table that is attached elsewhere cannot be given up either. */
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(a->group->dma_domain,
						       &a->dev, 7), 0);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&foreign->dev), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);

	/* Later, when the group has nobody, or is pass-through anyway */
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&foreign->dev), 0);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_IDENTITY);
	fake_device_bind(a);
	KUNIT_EXPECT_EQ(test, rid_type(fake_device_create(fake,
							  &foreign_config)),
			IOPASID_DOMAIN_IDENTITY);
}

/* The foreign one comes into a translated group, and its attach fails. */
static void late_foreign_joiner_fails(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *foreign;
	unsigned int nth;

	core_device(fake, 1);
	for (nth = 1; nth <= 3; nth++) {
		const char *before = core_state(fake);

		foreign = fake_device_create_unannounced(fake, &foreign_config);
		fake_fail_nth(fake, FAKE_ATTACH_DEV, nth, -ENOMEM);
		KUNIT_EXPECT_EQ(test, iopasid_device_add(&foreign->dev),
				-ENOMEM);
		KUNIT_EXPECT_EQ(test, rid_type(foreign), -1);
		fake_device_remove(foreign);
		KUNIT_EXPECT_STREQ(test, core_state(fake), before);
		KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_PAGING);
	}
}

static void type_change(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1);

	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(b), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);
	fake_device_bind(a);
	KUNIT_EXPECT_NULL(test, a->dev.dma_ops);
	KUNIT_EXPECT_PTR_EQ(test, iopasid_dma_domain(&a->dev), &fake->identity);
	fake_device_unbind(a);
	fake_forget_calls(fake);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(fake));
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_PAGING), 0);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_PAGING);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(a, 0), fake_reaches(b, 0));
}

static void expect_type_busy(struct kunit *test, struct fake_device *fdev)
{
	const char *before = core_state(fdev->fake);

	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(fdev->group,
						     IOPASID_DOMAIN_IDENTITY),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(fdev->group,
						     IOPASID_DOMAIN_PAGING),
			-EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fdev->fake), before);
}

static void type_change_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);
	struct fake_device *b = core_device(fake, 1), *foreign;

	fake_device_bind(b);
	expect_type_busy(test, a);
	fake_device_unbind(b);

	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&b->dev, test), 0);
	expect_type_busy(test, a);
	iopasid_group_release_user(&b->dev, test);

	/* The DMA domain at a PASID, without a driver */
	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(b->group->dma_domain,
						       &b->dev, 7), 0);
	expect_type_busy(test, a);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&b->dev, 7), 0);

	foreign = fake_device_create(fake, &foreign_config);
	expect_type_busy(test, a);
	fake_device_unbind(foreign);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
}

/* What the provider demands is no matter of choice. */
static void type_demanded(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a, *b;
	const char *before;

	a = core_device(fake, 1);
	b = fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .type = IOPASID_DOMAIN_PAGING,
	});
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			-EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_PAGING), 0);
	fake_device_remove(b);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
}

static const struct fake_device_config identity_config = {
	.max_pasids = MAX_PASIDS, .group = 1, .type = IOPASID_DOMAIN_IDENTITY,
};

static void watch_demander(struct fake *fake, const struct fake_call *call)
{
	unsigned int *translated = fake->hook_data;

	*translated += call->op == FAKE_ATTACH_DEV &&
		call->fdev->config.type == IOPASID_DOMAIN_IDENTITY &&
		call->domain->type == IOPASID_DOMAIN_PAGING;
}

/* A demand counts whoever of the group has it, and from its first moment. */
static void demander_joins_late(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *b, *c;
	unsigned int translated = 0;

	KUNIT_ASSERT_EQ(test, rid_type(a), IOPASID_DOMAIN_PAGING);
	fake->hook_data = &translated;
	fake->hook = watch_demander;
	b = fake_device_create(fake, &identity_config);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, translated, 0);
	KUNIT_EXPECT_EQ(test, a->group->type, IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, rid_type(b), IOPASID_DOMAIN_IDENTITY);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);
	fake_device_bind(a);
	KUNIT_EXPECT_NULL(test, a->dev.dma_ops);

	/* One more of the kind is welcome, one that contradicts is not. */
	fake_device_create(fake, &identity_config);
	fake_device_unbind(a);
	c = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1, .type = IOPASID_DOMAIN_PAGING,
	});
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&c->dev), -EBUSY);
	KUNIT_EXPECT_EQ(test, a->group->type, IOPASID_DOMAIN_IDENTITY);
}

/* The other way: what was chosen gives way to what is demanded. */
static void paging_demander_joins_late(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1);

	KUNIT_ASSERT_EQ(test, iopasid_group_set_type(a->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	fake_device_create(fake, &(struct fake_device_config){
		.group = 1, .type = IOPASID_DOMAIN_PAGING,
	});
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_PAGING);
}

static void expect_demander_refused(struct kunit *test, struct fake *fake,
				    struct fake_device *demander, int err)
{
	const char *before = core_state(fake);

	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&demander->dev), err);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, rid_type(demander), -1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("must be identity",
					     dev_name(&demander->dev)),
			err == -EBUSY);
}

static void late_demander_refused(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *a = core_device(fake, 1), *demander;
	unsigned int nth;

	core_device(fake, 1);
	demander = fake_device_create_unannounced(fake, &identity_config);
	fake_device_bind(a);
	expect_demander_refused(test, fake, demander, -EBUSY);
	fake_device_unbind(a);

	KUNIT_ASSERT_EQ(test, iopasid_group_claim_user(&a->dev, test), 0);
	expect_demander_refused(test, fake, demander, -EBUSY);
	iopasid_group_release_user(&a->dev, test);

	KUNIT_ASSERT_EQ(test, iopasid_attach_dev_pasid(a->group->dma_domain,
						       &a->dev, 7), 0);
	expect_demander_refused(test, fake, demander, -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&a->dev, 7), 0);

	/* Two members go pass-through, then it is attached itself. */
	for (nth = 1; nth <= 3; nth++) {
		fake_fail_nth(fake, FAKE_ATTACH_DEV, nth, -ETIMEDOUT);
		expect_demander_refused(test, fake, demander, -ETIMEDOUT);
	}
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&demander->dev), 0);
	KUNIT_EXPECT_EQ(test, rid_type(a), IOPASID_DOMAIN_IDENTITY);
}

static const unsigned int nth_cases[] = { 1, 2, 3, 4 };

static void nth_to_text(const unsigned int *nth, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "member %u of 4", *nth);
}

KUNIT_ARRAY_PARAM(nth, nth_cases, nth_to_text);

/* A change that fails at the n-th member leaves all where they were. */
static void nth_member_fails(struct kunit *test)
{
	unsigned int nth = *(const unsigned int *)test->param_value;
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = NULL;
	const char *before;
	unsigned int i;

	for (i = 0; i < NR_MEMBERS; i++)
		fdev = core_device(fake, 1);

	before = core_state(fake);
	fake_fail_nth(fake, FAKE_ATTACH_DEV, nth, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(fdev->group,
						     IOPASID_DOMAIN_IDENTITY),
			-ENOMEM);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);

	/* The other way: the page table that was made for it is gone as well. */
	KUNIT_ASSERT_EQ(test, iopasid_group_set_type(fdev->group,
						     IOPASID_DOMAIN_IDENTITY),
			0);
	before = core_state(fake);
	fake_fail_nth(fake, FAKE_ATTACH_DEV, nth, -ENOSPC);
	KUNIT_EXPECT_EQ(test, iopasid_group_set_type(fdev->group,
						     IOPASID_DOMAIN_PAGING),
			-ENOSPC);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->nr_domains), 0);
}

static void members_behind_two_units(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_unit *second = fake_unit_create(fake);
	struct fake_device *fdev;
	const char *before;

	core_device(fake, 1);
	fdev = fake_device_create_unannounced(fake, &(struct fake_device_config){
		.group = 1, .unit = second,
	});
	before = core_state(fake);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&fdev->dev), -EBUSY);
	KUNIT_EXPECT_STREQ(test, core_state(fake), before);
	KUNIT_EXPECT_NULL(test, fdev->idev);
}

static void watch_direct(struct fake *fake, const struct fake_call *call)
{
	unsigned int *unmapped = fake->hook_data;

	if (call->op != FAKE_ATTACH_DEV ||
	    call->domain->type != IOPASID_DOMAIN_PAGING)
		return;
	*unmapped += call->domain->ops->iova_to_phys(call->domain, SZ_16M) !=
		SZ_16M;
}

/* What firmware does there goes on: mapped before the domain is visible */
static void direct_ranges_come_first(struct kunit *test)
{
	static const struct fake_resv resv = {
		.first = SZ_16M, .last = SZ_16M + SZ_64K - 1,
		.type = IOPASID_RESV_DIRECT,
	};
	static const struct fake_device_config config = {
		.group = 1, .resv = &resv, .nr_resv = 1,
	};
	struct fake *fake = fake_create(test);
	struct fake_device *first, *late;
	unsigned int unmapped = 0;

	fake->hook_data = &unmapped;
	fake->hook = watch_direct;
	first = fake_device_create(fake, &config);
	KUNIT_EXPECT_EQ(test, rid_type(first), IOPASID_DOMAIN_PAGING);
	fake_device_remove(first);
	core_device(fake, 1);
	KUNIT_EXPECT_EQ(test, unmapped, 1);
	unmapped = 0;
	late = fake_device_create(fake, &config);
	KUNIT_EXPECT_EQ(test, rid_type(late), IOPASID_DOMAIN_PAGING);
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, unmapped, 0);
	KUNIT_EXPECT_EQ(test, fake_translate(late, 0, SZ_16M + 5,
					     IOPASID_READ | IOPASID_WRITE),
			SZ_16M + 5);
}

static struct kunit_case group_cases[] = {
	KUNIT_CASE(first_domain),
	KUNIT_CASE(foreign_driver_leaves),
	KUNIT_CASE(sibling_of_a_foreign_driver),
	KUNIT_CASE(late_joiner),
	KUNIT_CASE(late_foreign_joiner),
	KUNIT_CASE(late_foreign_joiner_refused),
	KUNIT_CASE(late_foreign_joiner_fails),
	KUNIT_CASE(type_change),
	KUNIT_CASE(type_change_refused),
	KUNIT_CASE(type_demanded),
	KUNIT_CASE(demander_joins_late),
	KUNIT_CASE(paging_demander_joins_late),
	KUNIT_CASE(late_demander_refused),
	KUNIT_CASE_PARAM(nth_member_fails, nth_gen_params),
	KUNIT_CASE(members_behind_two_units),
	KUNIT_CASE(direct_ranges_come_first),
	{}
};

static struct kunit_suite group_suite = {
	.name = "iopasid-core-groups",
	.test_cases = group_cases,
};
kunit_test_suite(group_suite);
