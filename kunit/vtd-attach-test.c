// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what a unit that does not confirm leaves behind: domains, PASID table
 * entries, context entries.
 */
#include <linux/sizes.h>

#include "vtd-fake-port.h"

#define NR_SOURCES	2

/* A device with two source ids, as the core would hand it to the provider. */
struct rig {
	struct fake_unit *fake;
	struct vtd_unit *unit;
	struct iopasid_device idev;
	struct vtd_device vdev;
	struct vtd_requester req[NR_SOURCES];
};

static void rig_exit(void *data)
{
	struct rig *rig = data;
	unsigned int i;

	for (i = 0; i < NR_SOURCES; i++)
		vtd_pasid_dir_free(rig->req[i].dir);
	xa_destroy(&rig->vdev.pasids);
}

static struct rig *rig_create(struct kunit *test, u64 cap)
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
		rig->req[i].dir = vtd_pasid_dir_alloc(rig->unit, 64);
		KUNIT_ASSERT_NOT_NULL(test, rig->req[i].dir);
		rig->vdev.sources[i].vdev = &rig->vdev;
		rig->vdev.sources[i].req = &rig->req[i];
		list_add(&rig->vdev.sources[i].node, &rig->req[i].users);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, rig_exit, rig), 0);
	return rig;
}

static struct iopasid_domain *domain_create(struct kunit *test, struct rig *rig)
{
	struct iopasid_domain *domain = vtd_domain_alloc_paging(&rig->idev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

static struct vtd_entry *entry(struct rig *rig, unsigned int source, u32 pasid)
{
	return vtd_pasid_entry(rig->req[source].dir, pasid);
}

static int map(struct iopasid_domain *domain, u64 iova)
{
	return domain->ops->map_pages(domain, iova, SZ_1M, SZ_4K,
				      IOPASID_READ | IOPASID_WRITE, GFP_KERNEL);
}

static int unmap(struct iopasid_domain *domain, u64 iova)
{
	struct iopasid_gather gather;

	iopasid_gather_init(&gather);
	domain->ops->unmap_pages(domain, iova, SZ_4K, &gather);
	return domain->ops->flush(domain, &gather);
}

static long leaked(const struct rig *rig)
{
	return atomic_long_read(&rig->unit->nr_leaked_pages);
}

/* A unit that must flush what is mapped does not: nothing is mapped then. */
static void map_unconfirmed(struct kunit *test)
{
	struct rig *rig = rig_create(test, VTD_CAP_CM);
	struct iopasid_domain *domain = domain_create(test, rig);

	KUNIT_ASSERT_EQ(test, vtd_attach_dev(domain, &rig->idev, NULL), 0);
	KUNIT_ASSERT_EQ(test, map(domain, SZ_16M), 0);
	rig->fake->refuse_at = rig->fake->nr_doorbells + 1;
	KUNIT_EXPECT_EQ(test, map(domain, SZ_2M), -EIO);
	KUNIT_EXPECT_EQ(test, domain->ops->iova_to_phys(domain, SZ_2M),
			PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, domain->ops->iova_to_phys(domain, SZ_16M), SZ_1M);
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
	KUNIT_ASSERT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     domain), 0);
	KUNIT_ASSERT_EQ(test, unmap(domain, SZ_16M), 0);
	domain->ops->free(domain);
	/* The unit may have seen the page for a moment, by tables that stay. */
	KUNIT_EXPECT_GT(test, leaked(rig), 0);
}

/* A unit in caching mode cannot use a domain that does not flush maps. */
static void caching_mode_fits(struct kunit *test)
{
	struct rig *plain = rig_create(test, 0);
	struct rig *caching = rig_create(test, VTD_CAP_CM);
	struct iopasid_domain *domain = domain_create(test, plain);

	KUNIT_EXPECT_EQ(test, vtd_attach_dev(domain, &caching->idev, NULL),
			-EINVAL);
	domain->ops->free(domain);
	domain = domain_create(test, caching);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(domain, &plain->idev, NULL), 0);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &plain->idev,
					     domain), 0);
	domain->ops->free(domain);
}

/*
 * A detach that was not confirmed: unmaps of the domain still flush, the next
 * attach flushes before it writes, and the domain's tables outlive it.
 */
static void detach_unconfirmed(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	unsigned int nr;

	KUNIT_ASSERT_EQ(test, vtd_attach_dev(domain, &rig->idev, NULL), 0);
	KUNIT_ASSERT_EQ(test, map(domain, SZ_2M), 0);
	rig->fake->refuse_at = rig->fake->nr_doorbells + 1;
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     domain), 0);
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(entry(rig, 0, 0)));
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(entry(rig, 1, 0)));

	nr = rig->fake->nr_doorbells;
	KUNIT_EXPECT_EQ(test, unmap(domain, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, rig->fake->nr_doorbells, nr + 1);

	/* One source id has a flush to make up for, the other has not. */
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_identity_domain, &rig->idev,
					     &vtd_blocked_domain), 0);
	KUNIT_EXPECT_EQ(test, rig->fake->nr_doorbells, nr + 2);

	KUNIT_ASSERT_EQ(test, map(domain, SZ_2M), 0);
	nr = rig->fake->nr_doorbells;
	domain->ops->free(domain);
	KUNIT_EXPECT_EQ(test, rig->fake->nr_doorbells, nr + 1);
	KUNIT_EXPECT_GT(test, leaked(rig), 0);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     &vtd_identity_domain), 0);
}

/* The second source id cannot be moved: the first one goes back. */
static void replace_unconfirmed(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	struct vtd_entry before[NR_SOURCES];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vtd_attach_dev(&vtd_identity_domain, &rig->idev,
					     NULL), 0);
	for (i = 0; i < NR_SOURCES; i++)
		before[i] = *entry(rig, i, 0);
	rig->fake->refuse_at = rig->fake->nr_doorbells + 2;
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(domain, &rig->idev,
					     &vtd_identity_domain), -EIO);
	for (i = 0; i < NR_SOURCES; i++)
		KUNIT_EXPECT_EQ(test, memcmp(entry(rig, i, 0), &before[i],
					     sizeof(before[i])), 0);
	KUNIT_EXPECT_PTR_EQ(test, rig->vdev.rid.domain, &vtd_identity_domain);
	domain->ops->free(domain);
	/* The unit may have seen the new entry of the first. */
	KUNIT_EXPECT_GT(test, leaked(rig), 0);
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     &vtd_identity_domain), 0);
}

static struct vtd_requester *context_create(struct kunit *test,
					    struct fake_unit *fake)
{
	struct vtd_unit *unit = &fake->unit;
	struct vtd_requester *req;

	unit->root = (u64 *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, unit->root);
	unit->pass_dir = vtd_pasid_dir_alloc(unit, 1);
	KUNIT_ASSERT_NOT_NULL(test, unit->pass_dir);
	req = vtd_requester_get(unit, 0x0123);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	KUNIT_EXPECT_PTR_EQ(test, vtd_requester_get(unit, 0x0123), req);
	return req;
}

/* The first descriptor of the last batch, 0: there was none. */
static u64 first_of(struct fake_unit *fake)
{
	u64 first = fake->nr_log ? fake->log[0].qw[0] : 0;

	fake->nr_log = 0;
	return first;
}

#define ALL		0x11
#define ONE_DEVICE	0x0000012300000031

static void context_unconfirmed(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_requester *req = context_create(test, fake);

	KUNIT_EXPECT_EQ(test, vtd_context_set(req, VTD_CONTEXT_PASS, false), 0);
	KUNIT_EXPECT_EQ(test, first_of(fake), 0);
	KUNIT_EXPECT_EQ(test, vtd_context_state(req), VTD_CONTEXT_PASS);
	fake->refuse_at = fake->nr_doorbells + 1;
	KUNIT_EXPECT_EQ(test, vtd_context_set(req, VTD_CONTEXT_BLOCKED, false),
			-EIO);
	KUNIT_EXPECT_EQ(test, vtd_context_state(req), VTD_CONTEXT_BLOCKED);
	/* Nothing was present, yet the unit may think so. */
	first_of(fake);
	KUNIT_EXPECT_EQ(test, vtd_context_set(req, VTD_CONTEXT_PASS, false), 0);
	KUNIT_EXPECT_EQ(test, first_of(fake), ALL);
	KUNIT_EXPECT_EQ(test, vtd_context_set(req, VTD_CONTEXT_BLOCKED, false),
			0);
	KUNIT_EXPECT_EQ(test, first_of(fake), ONE_DEVICE);
}

static void context_in_caching_mode(struct kunit *test)
{
	struct fake_unit *fake = fake_unit_create(test, VTD_CAP_CM);
	struct vtd_requester *req = context_create(test, fake);

	KUNIT_EXPECT_EQ(test, vtd_context_set(req, VTD_CONTEXT_PASS, false), 0);
	KUNIT_EXPECT_EQ(test, first_of(fake), ALL);
	KUNIT_EXPECT_FALSE(test, vtd_context_tags(req));
}

struct width_case {
	const char *name;
	u64 cap;
	u64 ecap;
	enum vtd_pasid_aw aw;
};

static const struct width_case width_cases[] = {
	{ "39", VTD_CAP_SAGAW_39, VTD_ECAP_SSTS, VTD_AW_39 },
	{ "48", VTD_CAP_SAGAW_39 | VTD_CAP_SAGAW_48, VTD_ECAP_SSTS, VTD_AW_48 },
	{ "57", VTD_CAP_SAGAW_48 | VTD_CAP_SAGAW_57, VTD_ECAP_SSTS, VTD_AW_57 },
	{ "first stage", 0, 0, VTD_AW_48 },
	{ "first stage, 5 levels", VTD_CAP_FS5LP, 0, VTD_AW_57 },
};

static void width_describe(const struct width_case *width, char *text)
{
	strscpy(text, width->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(width, width_cases, width_describe);

/* Pass-through wants the largest width that the unit knows. */
static void pass_width(struct kunit *test)
{
	const struct width_case *width = test->param_value;
	struct fake_unit *fake = fake_unit_create(test, 0);
	struct vtd_entry entry;

	fake->unit.cap = width->cap;
	fake->unit.ecap = width->ecap;
	vtd_entry_pass(&fake->unit, &entry);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VTD_PASID_AW, entry.word[0]), width->aw);
}

static struct kunit_case vtd_attach_cases[] = {
	KUNIT_CASE(map_unconfirmed),
	KUNIT_CASE(caching_mode_fits),
	KUNIT_CASE(detach_unconfirmed),
	KUNIT_CASE(replace_unconfirmed),
	KUNIT_CASE(context_unconfirmed),
	KUNIT_CASE(context_in_caching_mode),
	KUNIT_CASE_PARAM(pass_width, width_gen_params),
	{}
};

static struct kunit_suite vtd_attach_suite = {
	.name = "vtd-attach",
	.test_cases = vtd_attach_cases,
};

kunit_test_suite(vtd_attach_suite);
