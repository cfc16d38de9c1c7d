// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: replace
 *
 * All members that joined move to the new domain, or none: whichever of their
 * driver calls fails, hardware and records are as before.
 */
#include <kunit/test.h>

#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

#define NR_MEMBERS	4
#define PASID		7

/* A group with members attached at PASID, and one member that is not */
struct replace_setup {
	struct fake *fake;
	struct fake_device *members[NR_MEMBERS];
	struct fake_device *outside;
	struct iopasid_domain *old;
	struct iopasid_domain *new;
};

static void replace_begin(struct kunit *test, struct replace_setup *s)
{
	unsigned int i;

	s->fake = fake_create(test);
	for (i = 0; i < NR_MEMBERS; i++)
		s->members[i] = core_device(s->fake, 1);
	s->outside = core_device(s->fake, 1);
	s->old = core_domain(s->members[0]);
	s->new = core_domain(s->members[0]);
	for (i = 0; i < NR_MEMBERS; i++)
		KUNIT_ASSERT_EQ(test,
				iopasid_attach_dev_pasid(s->old,
							 &s->members[i]->dev,
							 PASID), 0);
	fake_forget_calls(s->fake);
}

static void replace_end(struct kunit *test, struct replace_setup *s)
{
	unsigned int i;

	for (i = 0; i < NR_MEMBERS; i++)
		KUNIT_EXPECT_EQ(test,
				iopasid_detach_dev_pasid(&s->members[i]->dev,
							 PASID), 0);
	iopasid_domain_free(s->old);
	iopasid_domain_free(s->new);
}

static void all_members_move(struct kunit *test)
{
	struct iopasid_attachment *att;
	struct replace_setup s;
	unsigned int i;

	replace_begin(test, &s);
	att = xa_load(&s.outside->group->pasids, PASID);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[2]->dev,
							PASID), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(s.fake, FAKE_ATTACH_PASID),
			NR_MEMBERS);
	/* A replace is one call a member: no moment without translation */
	KUNIT_EXPECT_EQ(test, fake_calls(s.fake, FAKE_DETACH_PASID), 0);
	for (i = 0; i < NR_MEMBERS; i++) {
		KUNIT_EXPECT_PTR_EQ(test, fake_reaches(s.members[i], PASID),
				    s.new);
		KUNIT_EXPECT_PTR_EQ(test, s.fake->calls[i].old, s.old);
	}
	KUNIT_EXPECT_NULL(test, fake_reaches(s.outside, PASID));
	KUNIT_EXPECT_PTR_EQ(test, xa_load(&s.outside->group->pasids, PASID),
			    (void *)att);
	KUNIT_EXPECT_PTR_EQ(test, att->domain, s.new);

	/* The old domain is free for its owner, the new one can be joined. */
	KUNIT_EXPECT_FALSE(test, fake_is_attached(s.fake, s.old));
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(s.old, &s.outside->dev,
						       PASID), -EBUSY);
	KUNIT_EXPECT_EQ(test, iopasid_attach_dev_pasid(s.new, &s.outside->dev,
						       PASID), 0);
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(&s.outside->dev, PASID),
			0);
	replace_end(test, &s);
}

static const unsigned int nth_cases[] = { 1, 2, 3, 4 };

static void nth_to_text(const unsigned int *nth, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "member %u of 4", *nth);
}

KUNIT_ARRAY_PARAM(nth, nth_cases, nth_to_text);

static void nth_member_fails(struct kunit *test)
{
	unsigned int nth = *(const unsigned int *)test->param_value;
	struct replace_setup s;
	const char *before;
	unsigned int i;

	replace_begin(test, &s);
	before = core_state(s.fake);
	fake_fail_nth(s.fake, FAKE_ATTACH_PASID, nth, -ENOSPC);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[0]->dev,
							PASID), -ENOSPC);
	KUNIT_EXPECT_STREQ(test, core_state(s.fake), before);
	/* nth tried, the ones before it moved back, nobody else touched */
	KUNIT_EXPECT_EQ(test, fake_calls(s.fake, FAKE_ATTACH_PASID),
			2 * nth - 1);
	for (i = nth; i < 2 * nth - 1; i++) {
		KUNIT_EXPECT_PTR_EQ(test, s.fake->calls[i].domain, s.old);
		KUNIT_EXPECT_PTR_EQ(test, s.fake->calls[i].old, s.new);
	}
	KUNIT_EXPECT_EQ(test, fake_calls(s.fake, FAKE_DETACH_PASID), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(s.fake, s.new));

	/* And it works the next time. */
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[0]->dev,
							PASID), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_attached(s.fake, s.old));
	replace_end(test, &s);
}

static void same_domain_is_no_change(struct kunit *test)
{
	struct replace_setup s;
	const char *before;

	replace_begin(test, &s);
	before = core_state(s.fake);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.old,
							&s.members[0]->dev,
							PASID), 0);
	KUNIT_EXPECT_STREQ(test, core_state(s.fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(s.fake));
	replace_end(test, &s);
}

static void to_a_static_domain_and_back(struct kunit *test)
{
	struct replace_setup s;

	replace_begin(test, &s);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(&s.fake->identity,
							&s.members[0]->dev,
							PASID), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(s.members[3], PASID),
			    &s.fake->identity);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.old,
							&s.members[3]->dev,
							PASID), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(s.members[0], PASID), s.old);
	replace_end(test, &s);
}

/* Nothing to replace, or not allowed: -EINVAL and nothing changes */
static void refusals(struct kunit *test)
{
	struct iopasid_domain *foreign_domain;
	struct fake_device *narrow, *none;
	struct replace_setup s;
	struct fake *other;
	const char *before;

	replace_begin(test, &s);
	other = fake_create(test);
	foreign_domain = core_domain(core_device(other, 0));
	narrow = fake_device_create(s.fake, &(struct fake_device_config){
		.max_pasids = 1 << 5,
	});
	none = fake_device_create(s.fake, &(struct fake_device_config){});
	KUNIT_ASSERT_EQ(test, iopasid_pasid_reserve(&s.outside->dev, 9), 0);
	before = core_state(s.fake);
	fake_forget_calls(s.fake);

	/* No attachment at all; a number without one; a sibling's */
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[0]->dev, 8),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[0]->dev, 9),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new, &s.outside->dev,
							PASID), -EINVAL);
	/* The limits and the provider, as for attach */
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[0]->dev, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new, &narrow->dev,
							32), -EINVAL);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new, &none->dev, 1),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(foreign_domain,
							&s.members[0]->dev,
							PASID), -EINVAL);
	KUNIT_EXPECT_STREQ(test, core_state(s.fake), before);
	KUNIT_EXPECT_TRUE(test, core_hardware_untouched(s.fake));

	iopasid_pasid_free(&s.outside->dev, 9);
	iopasid_domain_free(foreign_domain);
	replace_end(test, &s);
}

/* After a failed move the members leave one by one as if nothing had been. */
static void leave_after_failure(struct kunit *test)
{
	struct replace_setup s;
	unsigned int i;

	replace_begin(test, &s);
	fake_fail_nth(s.fake, FAKE_ATTACH_PASID, NR_MEMBERS, -ENOMEM);
	KUNIT_EXPECT_EQ(test, iopasid_replace_dev_pasid(s.new,
							&s.members[0]->dev,
							PASID), -ENOMEM);
	fake_forget_calls(s.fake);
	for (i = 0; i < NR_MEMBERS; i++) {
		KUNIT_EXPECT_EQ(test,
				iopasid_detach_dev_pasid(&s.members[i]->dev,
							 PASID), 0);
		KUNIT_EXPECT_PTR_EQ(test, s.fake->calls[i].domain, s.old);
	}
	KUNIT_EXPECT_NULL(test, xa_load(&s.outside->group->pasids, PASID));
	iopasid_domain_free(s.old);
	iopasid_domain_free(s.new);
}

static struct kunit_case replace_cases[] = {
	KUNIT_CASE(all_members_move),
	KUNIT_CASE_PARAM(nth_member_fails, nth_gen_params),
	KUNIT_CASE(same_domain_is_no_change),
	KUNIT_CASE(to_a_static_domain_and_back),
	KUNIT_CASE(refusals),
	KUNIT_CASE(leave_after_failure),
	{}
};

static struct kunit_suite replace_suite = {
	.name = "iopasid-core-replace",
	.test_cases = replace_cases,
};
kunit_test_suite(replace_suite);
