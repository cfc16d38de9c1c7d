// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what a unit that does not confirm leaves behind: domains, PASID table
 * entries, context entries.
 */
#include <linux/sizes.h>

#include "vtd-attach-rig.h"

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

/* What a silent device keeps of a domain that goes leads nowhere. */
static void detach_of_silent(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	struct vtd_unit *unit = rig->unit;
	const struct vtd_desc *last;
	u64 *words[NR_SOURCES];
	unsigned int i;

	unit->root = (u64 *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, unit->root);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vtd_requester_get(unit, 0));
	rig->vdev.ats = true;
	for (i = 0; i < NR_SOURCES; i++) {
		rig->req[i].ats = true;
		words[i] = vtd_context_words(unit, rig->req[i].source_id);
		words[i][0] = VTD_CONTEXT_P | VTD_CONTEXT_DTE | VTD_CONTEXT_PRE |
			      VTD_CONTEXT_PASIDE;
	}
	KUNIT_ASSERT_EQ(test, vtd_attach_dev(domain, &rig->idev, NULL), 0);

	rig->fake->silent = rig->req[1].source_id;
	rig->fake->tells = true;
	KUNIT_EXPECT_EQ(test, vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
					     domain), 0);
	for (i = 0; i < NR_SOURCES; i++)
		KUNIT_EXPECT_EQ(test, words[i][0],
				VTD_CONTEXT_P | VTD_CONTEXT_PASIDE);
	/* Everything, the IOTLB last; then the wait */
	last = &rig->fake->log[rig->fake->nr_log - 2];
	KUNIT_EXPECT_EQ(test, last->qw[0], 0x12);
	domain->ops->free(domain);
	KUNIT_EXPECT_GT(test, leaked(rig), 0);
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

#define PASID		100

static int attach(struct rig *rig, struct iopasid_domain *domain, u32 pasid)
{
	return vtd_attach_dev_pasid(domain, &rig->idev, pasid, NULL);
}

static void detach(struct rig *rig, u32 pasid)
{
	struct vtd_attachment *att = vtd_device_attachment(&rig->vdev, pasid);

	vtd_detach_dev_pasid(att->domain, &rig->idev, pasid);
}

/* A table goes with its last PASID, and only the one of PASID 0 never does. */
static void table_goes(struct kunit *test)
{
	/*
	 * PASID cache and IOTLB of the domain id that was detached last, here of
	 * pass-through, with a fence between; the queue's own wait
	 */
	static const u64 forget[] = { 0x10007, 0x45, 0x10022, 0x05 };
	struct rig *rig = rig_create(test, 0);
	const struct vtd_desc *desc;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID), 0);
	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID + 1), 0);
	detach(rig, PASID);
	for (i = 0; i < NR_SOURCES; i++)
		KUNIT_EXPECT_NOT_NULL(test, entry(rig, i, PASID));

	detach(rig, PASID + 1);
	for (i = 0; i < NR_SOURCES; i++)
		KUNIT_EXPECT_NULL(test, entry(rig, i, PASID));
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
	desc = &rig->fake->log[rig->fake->nr_log - ARRAY_SIZE(forget)];
	KUNIT_EXPECT_EQ(test, desc[0].qw[0], forget[0]);
	for (i = 1; i < ARRAY_SIZE(forget); i++)
		/* Where a status is written is the queue's matter */
		KUNIT_EXPECT_EQ(test, desc[i].qw[0] & 0xffff005f,
				forget[i] & 0xffff005f);

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, 63), 0);
	detach(rig, 63);
	KUNIT_EXPECT_NOT_NULL(test, entry(rig, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, entry(rig, 0, 63));
}

/* What an unconfirmed flush left of an entry, the next attach makes up for. */
static void table_stays_unconfirmed(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID), 0);
	rig->fake->refuse_at = rig->fake->nr_doorbells + 1;
	detach(rig, PASID);
	KUNIT_EXPECT_NOT_NULL(test, entry(rig, 0, PASID));
	KUNIT_EXPECT_NULL(test, entry(rig, 1, PASID));
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID + 1), 0);
	detach(rig, PASID + 1);
	KUNIT_EXPECT_NOT_NULL(test, entry(rig, 0, PASID));
	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID), 0);
	detach(rig, PASID);
	KUNIT_EXPECT_NULL(test, entry(rig, 0, PASID));
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
}

/* The unit may still use a table that left the directory: it goes back there. */
static void table_kept(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct vtd_entry *kept;

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID), 0);
	kept = entry(rig, 0, PASID);
	/* Two entries, then the first directory */
	rig->fake->refuse_at = rig->fake->nr_doorbells + 3;
	detach(rig, PASID);
	KUNIT_EXPECT_PTR_EQ(test, entry(rig, 0, PASID), kept);
	KUNIT_EXPECT_NULL(test, entry(rig, 1, PASID));
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
	/* PASID 0 of both source ids, and that one */
	KUNIT_EXPECT_EQ(test, 3,
			atomic_long_read(&rig->unit->nr_pasid_tables));

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID), 0);
	KUNIT_EXPECT_PTR_EQ(test, entry(rig, 0, PASID), kept);
	detach(rig, PASID);
	KUNIT_EXPECT_NULL(test, entry(rig, 0, PASID));
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
}

/* Who attaches and detaches for ever pays by his own domain id. */
static void table_costs_its_user(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	struct iopasid_domain *domain = domain_create(test, rig);
	u16 did = VTD_DID_PASS + 1;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, attach(rig, domain, PASID), 0);
	KUNIT_ASSERT_EQ(test, did,
			vtd_device_attachment(&rig->vdev, PASID)->tag->did);
	rig->fake->nr_log = 0;
	detach(rig, PASID);
	for (i = 0; i < rig->fake->nr_log; i++) {
		u64 word0 = rig->fake->log[i].qw[0];
		u64 type = FIELD_GET(VTD_DESC_TYPE, word0);

		if (type == VTD_DESC_WAIT)
			continue;
		KUNIT_EXPECT_TRUE(test, type == VTD_DESC_PASID ||
				  type == VTD_DESC_IOTLB);
		KUNIT_EXPECT_EQ(test, did, word0 >> 16 & U16_MAX);
	}
	KUNIT_EXPECT_NULL(test, entry(rig, 0, PASID));
	domain->ops->free(domain);
}

/* The software unit asks of each page of a directory whether it is in use. */
static void directory_in_use(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);
	const struct vtd_pasid_dir *dir = rig->req[0].dir;
	unsigned int i;

	KUNIT_ASSERT_GT(test, dir->order, 0);
	for (i = 0; i < 1U << dir->order; i++)
		KUNIT_EXPECT_GT(test,
				page_count(virt_to_page((void *)dir->words +
							i * PAGE_SIZE)), 0);
}

/* A blocked PASID needs no table, so another's detach takes it away. */
static void table_of_blocked(struct kunit *test)
{
	struct rig *rig = rig_create(test, 0);

	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_blocked_domain, PASID), 0);
	KUNIT_ASSERT_EQ(test, attach(rig, &vtd_identity_domain, PASID + 1), 0);
	detach(rig, PASID + 1);
	KUNIT_EXPECT_NULL(test, entry(rig, 0, PASID));
	KUNIT_EXPECT_EQ(test, vtd_attach_dev_pasid(&vtd_identity_domain,
						   &rig->idev, PASID,
						   &vtd_blocked_domain), 0);
	KUNIT_EXPECT_TRUE(test, vtd_entry_present(entry(rig, 1, PASID)));
	detach(rig, PASID);
	KUNIT_EXPECT_NULL(test, entry(rig, 1, PASID));
}

/* An attach that the unit does not confirm leaves no table behind. */
static void table_of_failure(struct kunit *test)
{
	struct rig *rig = rig_create(test, VTD_CAP_CM);

	rig->fake->refuse_at = rig->fake->nr_doorbells + 1;
	KUNIT_EXPECT_EQ(test, attach(rig, &vtd_identity_domain, PASID), -EIO);
	KUNIT_EXPECT_NULL(test, entry(rig, 0, PASID));
	KUNIT_EXPECT_NULL(test, entry(rig, 1, PASID));
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
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

/*
 * A detach that was not confirmed, and the device goes, and with the directory
 * what its entries remember: the unit forgets all, or the next device there gets
 * into the memory of this one's.
 */
static void context_makes_up(struct kunit *test)
{
	static const struct {
		u32 pasid;
		bool fails;
	} rows[] = { { PASID, false }, { PASID, true }, { 0, true } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig *rig = rig_create(test, 0);
		struct fake_unit *fake = rig->fake;
		struct vtd_requester *req = &rig->req[0];

		context_create(test, fake);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vtd_requester_get(rig->unit, 0));
		KUNIT_ASSERT_EQ(test, vtd_context_set(req, VTD_CONTEXT_OWN, 0), 0);
		KUNIT_ASSERT_EQ(test, 0,
				vtd_attach_dev(&vtd_identity_domain, &rig->idev,
					       NULL));
		if (rows[i].pasid)
			KUNIT_ASSERT_EQ(test, 0,
					attach(rig, &vtd_identity_domain, PASID));
		if (rows[i].fails)
			fake->refuse_at = fake->nr_doorbells + 1;
		if (rows[i].pasid)
			detach(rig, PASID);
		else
			vtd_attach_dev(&vtd_blocked_domain, &rig->idev,
				       &vtd_identity_domain);
		first_of(fake);
		KUNIT_EXPECT_EQ(test, 0,
				vtd_context_set(req, VTD_CONTEXT_BLOCKED, 0));
		KUNIT_EXPECT_EQ_MSG(test, first_of(fake),
				    rows[i].fails ? ALL : 0x31, "row %u", i);
		/* Once is enough. */
		KUNIT_EXPECT_EQ(test, vtd_context_set(req, VTD_CONTEXT_PASS, 0), 0);
		KUNIT_EXPECT_EQ(test, first_of(fake), 0);
	}
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
	KUNIT_CASE(detach_of_silent),
	KUNIT_CASE(replace_unconfirmed),
	KUNIT_CASE(table_goes),
	KUNIT_CASE(table_stays_unconfirmed),
	KUNIT_CASE(table_kept),
	KUNIT_CASE(table_costs_its_user),
	KUNIT_CASE(directory_in_use),
	KUNIT_CASE(table_of_blocked),
	KUNIT_CASE(table_of_failure),
	KUNIT_CASE(context_unconfirmed),
	KUNIT_CASE(context_makes_up),
	KUNIT_CASE(context_in_caching_mode),
	KUNIT_CASE_PARAM(pass_width, width_gen_params),
	{}
};

static struct kunit_suite vtd_attach_suite = {
	.name = "vtd-attach",
	.test_cases = vtd_attach_cases,
};

kunit_test_suite(vtd_attach_suite);
