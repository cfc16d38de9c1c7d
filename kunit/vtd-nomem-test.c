// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: every allocation of the VT-d provider fails once
 *
 * Each operation is run on a new device and domain again and again; in the n-th
 * run its n-th allocation fails (the kernel's fault injection, for this task
 * only), until a run gets through. A run that fails must leave every entry and
 * every record as it was. Going back to a domain must not allocate at all.
 */
#include <linux/sched.h>
#include <linux/sizes.h>

#include "fault-knob.h"
#include "vtd-attach-rig.h"

/* Far more than any of the operations allocates */
#define MAX_ALLOCATIONS	50
/* Its table is in another page than that of PASID 0 */
#define PASID		100

struct nomem {
	struct rig *rig;
	struct iopasid_domain *a;
	struct iopasid_domain *b;
};

/* What the driver knows and the unit sees. */
struct nomem_state {
	struct iopasid_domain *rid;
	struct iopasid_domain *pasid;
	struct vtd_entry entry[NR_SOURCES];
};

struct nomem_case {
	const char *name;
	/* The fewest runs that must fail, or the test tests nothing */
	unsigned int failures;
	int (*prepare)(struct nomem *n);
	int (*run)(struct nomem *n);
};

static int run_domain(struct nomem *n)
{
	struct iopasid_domain *domain = vtd_domain_alloc_paging(&n->rig->idev);

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	domain->ops->free(domain);
	return 0;
}

static int run_sva(struct nomem *n)
{
	enum iopasid_sva_why why;
	struct iopasid_domain *domain = vtd_sva_alloc(n->rig->unit, false, &why);

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	domain->ops->free(domain);
	return 0;
}

static int run_map(struct nomem *n)
{
	return map(n->a, SZ_2M);
}

static int run_rid(struct nomem *n)
{
	return vtd_attach_dev(n->a, &n->rig->idev, &vtd_blocked_domain);
}

static int run_attach(struct nomem *n)
{
	return vtd_attach_dev_pasid(n->a, &n->rig->idev, PASID, NULL);
}

static int run_replace(struct nomem *n)
{
	return vtd_attach_dev_pasid(n->b, &n->rig->idev, PASID, n->a);
}

/* As the core does when another device of the group could not follow. */
static int prepare_back(struct nomem *n)
{
	return run_attach(n) ?: run_replace(n);
}

static int run_back(struct nomem *n)
{
	return vtd_attach_dev_pasid(n->a, &n->rig->idev, PASID, n->b);
}

static int run_identity(struct nomem *n)
{
	return vtd_attach_dev_pasid(&vtd_identity_domain, &n->rig->idev, PASID,
				    n->a);
}

static const struct nomem_case nomem_cases[] = {
	{ "domain",	2, NULL, run_domain },
	{ "map",	3, NULL, run_map },
	{ "RID",	2, NULL, run_rid },
	{ "PASID",	5, NULL, run_attach },
	{ "replace",	2, run_attach, run_replace },
	{ "back",	0, prepare_back, run_back },
	{ "identity",	0, run_attach, run_identity },
};

static const struct nomem_case sva_cases[] = {
	{ "domain",	2, NULL, run_sva },
	{ "PASID",	5, NULL, run_attach },
	{ "replace",	2, run_attach, run_replace },
	{ "back",	0, prepare_back, run_back },
	{ "identity",	0, run_attach, run_identity },
};

KUNIT_ARRAY_PARAM_DESC(nomem, nomem_cases, name);
KUNIT_ARRAY_PARAM_DESC(sva, sva_cases, name);

static struct iopasid_domain *domain_at(struct nomem *n, u32 pasid)
{
	struct vtd_attachment *att = vtd_device_attachment(&n->rig->vdev,
							   pasid);

	return att ? att->domain : NULL;
}

static void look(struct nomem *n, struct nomem_state *state)
{
	unsigned int i;

	memset(state, 0, sizeof(*state));
	state->rid = domain_at(n, 0);
	state->pasid = domain_at(n, PASID);
	for (i = 0; i < NR_SOURCES; i++)
		if (entry(n->rig, i, PASID))
			state->entry[i] = *entry(n->rig, i, PASID);
}

static void clean(struct nomem *n)
{
	vtd_attach_dev(&vtd_blocked_domain, &n->rig->idev, domain_at(n, 0));
	if (domain_at(n, PASID))
		vtd_detach_dev_pasid(domain_at(n, PASID), &n->rig->idev, PASID);
	n->a->ops->free(n->a);
	n->b->ops->free(n->b);
}

/* What devices and domains are like */
struct nomem_kind {
	struct rig *(*rig)(struct kunit *test, u64 cap);
	struct iopasid_domain *(*domain)(struct kunit *test, struct rig *rig);
};

/* With the n-th allocation failing: was there an n-th? */
static bool fail_nth(struct kunit *test, const struct nomem_case *c,
		     const struct nomem_kind *kind, unsigned int nth)
{
	struct rig *rig = kind->rig(test, 0);
	struct nomem n = {
		.rig = rig,
		.a = kind->domain(test, rig),
		.b = kind->domain(test, rig),
	};
	struct nomem_state before, after;
	bool failed;
	int ret;

	if (c->prepare)
		KUNIT_ASSERT_EQ(test, c->prepare(&n), 0);
	look(&n, &before);

	current->fail_nth = nth;
	ret = c->run(&n);
	failed = !current->fail_nth;
	current->fail_nth = 0;

	/* The slab may have helped itself where a page failed. */
	KUNIT_EXPECT_TRUE(test, !ret || (failed && ret == -ENOMEM));
	look(&n, &after);
	if (ret)
		KUNIT_EXPECT_EQ(test, memcmp(&before, &after, sizeof(after)), 0);
	/* And it works when there is memory. */
	if (ret)
		KUNIT_EXPECT_EQ(test, c->run(&n), 0);
	clean(&n);
	KUNIT_EXPECT_EQ(test, leaked(rig), 0);
	return failed;
}

static void fail_each(struct kunit *test, const struct nomem_case *c,
		      const struct nomem_kind *kind)
{
	unsigned int nth = 1;

	while (nth < MAX_ALLOCATIONS &&
	       fail_nth(test, c, kind, nth))
		nth++;
	KUNIT_EXPECT_LT(test, nth, MAX_ALLOCATIONS);
	KUNIT_EXPECT_GE(test, nth - 1, c->failures);
	if (!c->failures)
		KUNIT_EXPECT_EQ(test, nth, 1);
}

static void nomem(struct kunit *test)
{
	static const struct nomem_kind kinds[] = {
		{ rig_create, domain_create },
		{ rig_create_first, domain_create },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		fail_each(test, test->param_value, &kinds[i]);
}

static struct rig *snooping(struct kunit *test, u64 cap)
{
	return rig_create_sva(test, cap, VTD_ECAP_FSTS | VTD_ECAP_SMPWC);
}

/* Address spaces of processes */
static void nomem_sva(struct kunit *test)
{
	static const struct nomem_kind kind = { snooping, sva_create };

	fail_each(test, test->param_value, &kind);
}

/* Fault injection passes over what may sleep, and over single pages. */
static bool *ignore_wait[2], saved_wait[2];
static unsigned long *verbose[2], saved_verbose[2];
static u32 *min_order, saved_min_order;

static int nomem_init(struct kunit *test)
{
	static const char * const folders[] = { "failslab", "fail_page_alloc" };
	unsigned int i;

	min_order = fault_knob("fail_page_alloc", "min-order");
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		ignore_wait[i] = fault_knob(folders[i], "ignore-gfp-wait");
		verbose[i] = fault_knob(folders[i], "verbose");
		if (!min_order || !ignore_wait[i] || !verbose[i])
			kunit_skip(test, "this kernel has no %s", folders[i]);
	}
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		saved_wait[i] = *ignore_wait[i];
		saved_verbose[i] = *verbose[i];
		*ignore_wait[i] = false;
		*verbose[i] = 0;
	}
	saved_min_order = *min_order;
	*min_order = 0;
	test->priv = min_order;
	return 0;
}

static void nomem_exit(struct kunit *test)
{
	unsigned int i;

	if (!test->priv)
		return;
	for (i = 0; i < ARRAY_SIZE(ignore_wait); i++) {
		*ignore_wait[i] = saved_wait[i];
		*verbose[i] = saved_verbose[i];
	}
	*min_order = saved_min_order;
}

static struct kunit_case vtd_nomem_cases[] = {
	KUNIT_CASE_PARAM(nomem, nomem_gen_params),
	KUNIT_CASE_PARAM(nomem_sva, sva_gen_params),
	{}
};

static struct kunit_suite vtd_nomem_suite = {
	.name = "vtd-nomem",
	.init = nomem_init,
	.exit = nomem_exit,
	.test_cases = vtd_nomem_cases,
};

kunit_test_suite(vtd_nomem_suite);
