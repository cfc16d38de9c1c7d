// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: every allocation fails once
 *
 * Each operation is run again and again; in the n-th run its n-th allocation
 * fails (the kernel's fault injection, for this task only), until a run comes
 * to its end without a failure. Then the same once more, with all allocations
 * failing from the n-th on, because an xarray tries twice. A run that fails
 * must leave everything as it was; what is lost on the way is kmemleak's to
 * find.
 *
 * Fault injection passes over allocations that may sleep, and shouts, unless
 * told otherwise in debugfs; its knobs are turned here and turned back after.
 *
 * Two places of the kernel do not stand it and are kept out: iova.c crashes in
 * iova_domain_init_rcaches() (6.12: kmem_cache_free() of a magazine that could
 * not be had), and creating its caches shouts; there is always a group that has
 * them created.
 */
#include <kunit/test.h>
#include <linux/iova.h>
#include <linux/kallsyms.h>
#include <linux/sched.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"
#include "../drivers/dma/dma.h"

#include "core-state.h"
#include "core-sva.h"
#include "fault-knob.h"

/* Far more than any of the operations allocates */
#define MAX_ALLOCATIONS	200

/* Whom the operations work on; @fdev is the one that changes */
struct nomem {
	struct fake *fake;
	struct fake_device *fdev;
	struct fake_device *sibling;
	struct iopasid_domain *domain;
	struct iopasid_domain *other;
	struct iopasid_user *user;
	struct sva_process *process;
	u32 pasid;
};

struct nomem_case {
	const char *name;
	/* The fewest runs that must fail, or the test tests nothing */
	unsigned int failures;
	void (*prepare)(struct nomem *n);
	int (*run)(struct nomem *n);
	void (*undo)(struct nomem *n);
	void (*finish)(struct nomem *n);
	/* The driver core shouts when it can take no device link away. */
	bool one_by_one;
};

static int run_attach(struct nomem *n)
{
	return iopasid_attach_dev_pasid(n->domain, &n->fdev->dev, 100);
}

static void undo_attach(struct nomem *n)
{
	iopasid_detach_dev_pasid(&n->fdev->dev, 100);
}

static void prepare_join(struct nomem *n)
{
	KUNIT_ASSERT_EQ(n->fake->test,
			iopasid_attach_dev_pasid(n->domain, &n->sibling->dev,
						 100), 0);
}

static void finish_join(struct nomem *n)
{
	iopasid_detach_dev_pasid(&n->sibling->dev, 100);
}

static void prepare_replace(struct nomem *n)
{
	prepare_join(n);
	KUNIT_ASSERT_EQ(n->fake->test, run_attach(n), 0);
}

static int run_replace(struct nomem *n)
{
	return iopasid_replace_dev_pasid(n->other, &n->fdev->dev, 100);
}

static void undo_replace(struct nomem *n)
{
	KUNIT_EXPECT_EQ(n->fake->test,
			iopasid_replace_dev_pasid(n->domain, &n->fdev->dev,
						  100), 0);
}

static void finish_replace(struct nomem *n)
{
	undo_attach(n);
	finish_join(n);
}

static int run_number(struct nomem *n)
{
	return iopasid_pasid_alloc(&n->fdev->dev, 1000, U32_MAX, &n->pasid);
}

static int run_reserve(struct nomem *n)
{
	n->pasid = 1000;
	return iopasid_pasid_reserve(&n->fdev->dev, n->pasid);
}

static void undo_number(struct nomem *n)
{
	iopasid_pasid_free(&n->fdev->dev, n->pasid);
}

static int run_global(struct nomem *n)
{
	return iopasid_pasid_alloc_global(MAX_PASIDS - 1, &n->pasid);
}

static void undo_global(struct nomem *n)
{
	iopasid_pasid_free_global(n->pasid);
}

static int run_domain(struct nomem *n)
{
	struct iopasid_domain *domain =
		iopasid_domain_alloc_paging(&n->fdev->dev);

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	iopasid_domain_free(domain);
	return 0;
}

static void undo_nothing(struct nomem *n)
{
}

/* The device is unplugged, but its struct device stays for the next run. */
static void undo_add(struct nomem *n)
{
	iopasid_device_remove(&n->fdev->dev);
	n->fdev->rid = NULL;
}

static void prepare_add(struct nomem *n)
{
	undo_add(n);
}

/* A device that was not taken passes through, one way or the other. */
static int run_add(struct nomem *n)
{
	int ret = iopasid_device_add(&n->fdev->dev);

	if (ret && n->fdev->rid == &n->fake->identity)
		n->fdev->rid = NULL;
	return ret;
}

static void finish_add(struct nomem *n)
{
	KUNIT_ASSERT_EQ(n->fake->test, run_add(n), 0);
}

static void prepare_add_alone(struct nomem *n)
{
	undo_add(n);
	n->fdev->config.group = 0;
}

static void prepare_type(struct nomem *n)
{
	KUNIT_ASSERT_EQ(n->fake->test,
			iopasid_group_set_type(n->fdev->group,
					       IOPASID_DOMAIN_IDENTITY), 0);
}

static int run_type(struct nomem *n)
{
	return iopasid_group_set_type(n->fdev->group, IOPASID_DOMAIN_PAGING);
}

static int run_claim(struct nomem *n)
{
	n->user = iopasid_user_claim(&n->fdev->dev, n, IOPASID_USER_ALL);
	return PTR_ERR_OR_ZERO(n->user);
}

/* The DMA domain comes back as another one: not the same text as before. */
static void undo_claim(struct nomem *n)
{
	iopasid_user_release(n->user);
}

static int run_bind(struct nomem *n)
{
	fake_device_bind(n->fdev);
	return 0;
}

static void undo_bind(struct nomem *n)
{
	fake_device_unbind(n->fdev);
}

/*
 * Nobody has memory for a new allocator of addresses: the old one stays, and
 * counts as used. The unbind itself cannot fail; say that it did, and bind
 * again, so that all is as before.
 */
static int run_unbind(struct nomem *n)
{
	struct iopasid_dma *dma = n->fdev->group->dma;
	struct iova_domain *old = dma->iovad;

	fake_device_unbind(n->fdev);
	KUNIT_EXPECT_EQ(n->fake->test, dma->used, dma->iovad == old);
	if (!dma->used)
		return 0;
	current->make_it_fail = 0;
	fake_device_bind(n->fdev);
	return -ENOMEM;
}

static void prepare_unbind(struct nomem *n)
{
	fake_device_bind(n->fdev);
}

/* A driver that got no DMA ops has used no address. */
static int run_refused_bind(struct nomem *n)
{
	struct iopasid_dma *dma = n->fdev->group->dma;
	bool refused;

	fake_device_bind(n->fdev);
	refused = n->fdev->idev->refused;
	KUNIT_EXPECT_NE(n->fake->test, dma->used, refused);
	if (!refused)
		return 0;
	fake_device_unbind(n->fdev);
	return -ENOMEM;
}

static int run_dma_pasid(struct nomem *n)
{
	return iommu_attach_dma_api_pasid(&n->fdev->dev, &n->pasid);
}

static void undo_dma_pasid(struct nomem *n)
{
	iommu_destroy_dma_api_pasid(&n->fdev->dev);
}

/* Of several pages: an answer says if one of them was lost. */
static int run_page_requests(struct nomem *n)
{
	struct iopasid_page_request request = { .pasid = 5, .index = 5 };
	struct iopasid_page_queue *queue = n->fdev->idev->page_queue;
	u64 nr_failed = queue->counts.failure;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		request.last = i == 2;
		fake_page_request(n->fdev, &request);
	}
	KUNIT_EXPECT_TRUE(n->fake->test, fake_page_is_answered(n->fdev, 5, 5));
	KUNIT_EXPECT_EQ(n->fake->test, atomic_read(&queue->nr_held), 0);
	KUNIT_EXPECT_EQ(n->fake->test, queue->nr_open, 0);
	KUNIT_EXPECT_TRUE(n->fake->test, bitmap_empty(queue->broken,
						      IOPASID_PAGE_GROUPS));
	return queue->counts.failure == nr_failed ? 0 : -ENOMEM;
}

static void handle_pages(struct iopasid_fault_group *group, void *data)
{
	iopasid_fault_group_respond(group, IOPASID_PAGE_SUCCESS);
}

static void prepare_page_requests(struct nomem *n)
{
	KUNIT_ASSERT_EQ(n->fake->test, 0,
			iopasid_domain_set_fault_handler(n->domain,
							 handle_pages, NULL, n));
	KUNIT_ASSERT_EQ(n->fake->test, 0,
			iopasid_attach_dev_pasid(n->domain, &n->fdev->dev, 5));
}

static void finish_page_requests(struct nomem *n)
{
	iopasid_detach_dev_pasid(&n->fdev->dev, 5);
}

static void prepare_process(struct nomem *n)
{
	n->process = sva_process_create(n->fake->test);
	sva_map_anon(n->process, 0x20000000, PAGE_SIZE);
	sva_write(n->process, 0x20000000, 1);
}

static int run_process(struct nomem *n)
{
	struct iopasid_domain *domain =
		iopasid_sva_attach(&n->fdev->dev, n->process->mm,
				   IOPASID_SVA_ALLOC_NO_FAULTS, &n->pasid);

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	swap(domain, n->other);
	iopasid_domain_free(domain);
	return 0;
}

static void undo_process(struct nomem *n)
{
	iopasid_sva_detach(&n->fdev->dev, n->other, n->pasid);
	n->other = core_domain(n->sibling);
}

static const struct nomem_case nomem_cases[] = {
	{ "attach",		4, NULL, run_attach, undo_attach, NULL },
	{ "attach, join",	1, prepare_join, run_attach, undo_attach,
	  finish_join },
	{ "replace",		0, prepare_replace, run_replace, undo_replace,
	  finish_replace },
	{ "number, any",	2, NULL, run_number, undo_number, NULL },
	{ "number, chosen",	2, NULL, run_reserve, undo_number, NULL },
	{ "number, global",	1, NULL, run_global, undo_global, NULL },
	{ "domain",		1, NULL, run_domain, undo_nothing, NULL },
	{ "device",		3, prepare_add, run_add, undo_add, finish_add },
	{ "device and group",	4, prepare_add_alone, run_add, undo_add,
	  finish_add },
	{ "type",		3, prepare_type, run_type, prepare_type, NULL },
	{ "claim",		6, NULL, run_claim, undo_claim, NULL, true },
	{ "bind",		0, NULL, run_bind, undo_bind, NULL },
	{ "bind, refused",	2, NULL, run_refused_bind, undo_bind, NULL },
	{ "unbind",		4, prepare_unbind, run_unbind, prepare_unbind,
	  undo_bind },
	{ "DMA API PASID",	4, NULL, run_dma_pasid, undo_dma_pasid, NULL },
	{ "page requests",	12, prepare_page_requests, run_page_requests,
	  undo_nothing, finish_page_requests },
	{ "process",		8, prepare_process, run_process, undo_process,
	  NULL },
};

KUNIT_ARRAY_PARAM_DESC(nomem, nomem_cases, name);

/*
 * Run the operation with its n-th allocation failing, and with @all those after
 * it as well: was there an n-th?
 */
static bool fail_nth(const struct nomem_case *c, struct nomem *n,
		     unsigned int nth, bool all, int *ret)
{
	bool failed;

	current->make_it_fail = all;
	current->fail_nth = nth;
	*ret = c->run(n);
	failed = !current->fail_nth;
	current->fail_nth = 0;
	current->make_it_fail = 0;
	return failed;
}

/* Let each allocation fail in turn: how many runs failed? */
static unsigned int fail_each(struct kunit *test, const struct nomem_case *c,
			      struct nomem *n, bool all)
{
	unsigned int nth, failures = 0;
	const char *before;
	bool failed = true;
	int ret = 0;

	for (nth = 1; failed && nth < MAX_ALLOCATIONS; nth++) {
		before = core_state(n->fake);
		failed = fail_nth(c, n, nth, all, &ret);
		if (!ret) {
			c->undo(n);
			continue;
		}
		failures++;
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_STREQ(test, core_state(n->fake), before);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_EQ(test, ret, 0);
	return failures;
}

static void nomem(struct kunit *test)
{
	static const struct fake_resv resv[] = {
		{ 0xfee00000, 0xfeefffff, IOPASID_RESV_MSI },
		{ 0xff000000, 0xff000fff, IOPASID_RESV_WINDOW },
	};
	const struct fake_device_config config = {
		.max_pasids = MAX_PASIDS, .group = 1,
		.resv = resv, .nr_resv = ARRAY_SIZE(resv),
	};
	const struct nomem_case *c = test->param_value;
	struct nomem n = { .fake = fake_create(test) };
	unsigned int failures;

	/* It keeps the caches of iova.c. */
	core_device(n.fake, 2);
	n.sibling = fake_device_create(n.fake, &config);
	n.fdev = fake_device_create(n.fake, &config);
	n.domain = core_domain(n.sibling);
	n.other = core_domain(n.sibling);
	if (c->prepare)
		c->prepare(&n);

	failures = fail_each(test, c, &n, false);
	if (!c->one_by_one)
		failures += fail_each(test, c, &n, true);
	KUNIT_EXPECT_GE(test, failures, c->failures);

	if (c->finish)
		c->finish(&n);
	iopasid_domain_free(n.other);
	iopasid_domain_free(n.domain);
}

/* The knobs that are turned, in the order of enum */
enum {
	PROBABILITY,
	VERBOSE,
	STACKTRACE_DEPTH,
	REJECT_START,
	REJECT_END,
	NR_KNOBS
};

static const char * const knob_names[NR_KNOBS] = {
	"probability", "verbose", "stacktrace-depth", "reject-start",
	"reject-end",
};

static unsigned long *knobs[NR_KNOBS];
static unsigned long saved_knobs[NR_KNOBS];
static bool *ignore_gfp_wait, *task_filter;
static bool saved_ignore, saved_filter;
static atomic_t *times;
static int saved_times;

static unsigned long size_of_function(unsigned long start)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long size = 0;
	char *slash;

	sprint_symbol(text, start);
	slash = strchr(text, '/');
	if (slash)
		sscanf(slash, "/%lx", &size);
	return size;
}

static int nomem_init(struct kunit *test)
{
	unsigned long rcaches = (unsigned long)iova_domain_init_rcaches;
	unsigned int i;

	ignore_gfp_wait = fault_knob("failslab", "ignore-gfp-wait");
	if (!ignore_gfp_wait)
		kunit_skip(test, "this kernel has no FAILSLAB");
	task_filter = fault_knob("failslab", "task-filter");
	times = fault_knob("failslab", "times");
	KUNIT_ASSERT_NOT_NULL(test, task_filter);
	KUNIT_ASSERT_NOT_NULL(test, times);
	for (i = 0; i < NR_KNOBS; i++) {
		knobs[i] = fault_knob("failslab", knob_names[i]);
		KUNIT_ASSERT_NOT_NULL(test, knobs[i]);
	}
	KUNIT_ASSERT_GT(test, size_of_function(rcaches), 0);

	for (i = 0; i < NR_KNOBS; i++)
		saved_knobs[i] = *knobs[i];
	saved_ignore = *ignore_gfp_wait;
	saved_filter = *task_filter;
	saved_times = atomic_read(times);
	/* Only tasks with make_it_fail set, and those without end */
	*task_filter = true;
	atomic_set(times, -1);
	*knobs[VERBOSE] = 0;
	*knobs[STACKTRACE_DEPTH] = 32;
	*knobs[REJECT_START] = rcaches;
	*knobs[REJECT_END] = rcaches + size_of_function(rcaches);
	*ignore_gfp_wait = false;
	*knobs[PROBABILITY] = 100;
	return 0;
}

static void nomem_exit(struct kunit *test)
{
	unsigned int i;

	if (!ignore_gfp_wait)
		return;
	for (i = 0; i < NR_KNOBS; i++)
		*knobs[i] = saved_knobs[i];
	*ignore_gfp_wait = saved_ignore;
	*task_filter = saved_filter;
	atomic_set(times, saved_times);
}

static struct kunit_case nomem_test_cases[] = {
	KUNIT_CASE_PARAM(nomem, nomem_gen_params),
	{}
};

static struct kunit_suite nomem_suite = {
	.name = "iopasid-core-nomem",
	.init = nomem_init,
	.exit = nomem_exit,
	.test_cases = nomem_test_cases,
};
kunit_test_suite(nomem_suite);
