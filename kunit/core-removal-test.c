// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: an attach meets the removal of its device
 *
 * The two are held where a test wants them: inside an op of the provider, or
 * at the group's lock. Whoever is first, nothing is attached in the end, and
 * nothing is left.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include <iopasid/dma-pasid.h>
#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"
#include "../drivers/dma/dma.h"

#include "core-state.h"

#define OWN_PASID	7

/**
 * struct meeting - an attach and a removal
 * @fdev: the device that both are about
 * @idev: the core's record of it; the attach keeps it
 * @domain: to attach at OWN_PASID; NULL: the attach is the DMA API's
 * @unit_goes: the removal is that of the whole unit
 * @ret: what the attach returned
 * @op: the op that waits for @go, after it has said @inside
 * @stopped: it has done so, once
 * @inside: somebody is in @op
 * @go: let him go
 * @attached: the attach has returned
 * @removed: the removal has
 * @attacher: who attaches
 * @remover: who removes
 */
struct meeting {
	struct fake_device *fdev;
	struct iopasid_device *idev;
	struct iopasid_domain *domain;
	bool unit_goes;
	int ret;
	enum fake_op op;
	bool stopped;
	struct completion inside;
	struct completion go;
	struct completion attached;
	struct completion removed;
	struct task_struct *attacher;
	struct task_struct *remover;
};

static void stop_inside(struct fake *fake, const struct fake_call *call)
{
	struct meeting *m = fake->hook_data;

	if (call->op != m->op || call->fdev != m->fdev || m->stopped)
		return;
	m->stopped = true;
	complete(&m->inside);
	wait_for_completion(&m->go);
}

static int attach(struct meeting *m)
{
	struct device *dev = &m->fdev->dev;
	u32 pasid;

	return m->domain ? iopasid_attach_dev_pasid(m->domain, dev, OWN_PASID) :
		iommu_attach_dma_api_pasid(dev, &pasid);
}

static int attach_thread(void *data)
{
	struct meeting *m = data;

	m->ret = attach(m);
	kthread_complete_and_exit(&m->attached, 0);
}

static int removal_thread(void *data)
{
	struct meeting *m = data;

	if (m->unit_goes)
		fake_unit_unregister(m->fdev->config.unit);
	else
		iopasid_device_remove(&m->fdev->dev);
	kthread_complete_and_exit(&m->removed, 0);
}

/* Both or none: one that runs needs what the test would leave behind. */
static void prepare(struct kunit *test, struct meeting *m)
{
	m->attacher = kthread_create(attach_thread, m, "iopasid-attach");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m->attacher);
	m->remover = kthread_create(removal_thread, m, "iopasid-remove");
	if (IS_ERR(m->remover))
		kthread_stop(m->attacher);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m->remover);
}

/* The removal has begun: the device is not found any more. */
static void wait_for_removal(struct meeting *m)
{
	while (!hlist_unhashed_lockless(&m->idev->hash_node))
		cond_resched();
}

/* Somebody waits for the group's lock, which is held. */
static void wait_for_waiter(struct iopasid_group *group)
{
	while (list_empty_careful(&group->lock.wait_list))
		cond_resched();
}

struct meeting_case {
	const char *name;
	bool dma_api;
	bool unit_goes;
};

static const struct meeting_case meeting_cases[] = {
	{ "DMA API, device",	true,	false },
	{ "own, device",	false,	false },
	{ "DMA API, unit",	true,	true },
	{ "own, unit",		false,	true },
};

KUNIT_ARRAY_PARAM_DESC(meeting, meeting_cases, name);

static struct fake *meeting_begin(struct kunit *test, struct meeting *m)
{
	const struct meeting_case *c = test->param_value;
	struct fake *fake = fake_create(test);

	*m = (struct meeting){
		.fdev = core_device(fake, 1),
		.unit_goes = c->unit_goes,
		.op = FAKE_NR_OPS,
	};
	m->idev = m->fdev->idev;
	m->domain = c->dma_api ? NULL : core_domain(m->fdev);
	init_completion(&m->inside);
	init_completion(&m->go);
	init_completion(&m->attached);
	init_completion(&m->removed);
	fake_log_mark();
	fake->hook_data = m;
	fake->hook = stop_inside;
	return fake;
}

/* Nothing is attached; when the device comes again all is as at first. */
static void meeting_end(struct kunit *test, struct fake *fake,
			struct meeting *m)
{
	struct device *dev = &m->fdev->dev;

	fake->hook = NULL;
	KUNIT_EXPECT_NULL(test, m->fdev->idev);
	KUNIT_EXPECT_TRUE(test, xa_empty(&m->fdev->pasids));
	KUNIT_EXPECT_EQ(test, attach(m), -ENODEV);
	KUNIT_EXPECT_EQ(test, fake_log_lines("PASID(s) attached",
					     dev_name(dev)), !m->ret);
	if (m->unit_goes)
		fake_unit_reregister(m->fdev->config.unit);
	KUNIT_ASSERT_EQ(test, iopasid_device_add(dev), 0);
	KUNIT_EXPECT_FALSE(test, core_number_taken(m->fdev, OWN_PASID));
	KUNIT_EXPECT_EQ(test, attach(m), 0);
	if (!m->domain) {
		iommu_destroy_dma_api_pasid(dev);
		return;
	}
	KUNIT_EXPECT_EQ(test, iopasid_detach_dev_pasid(dev, OWN_PASID), 0);
	iopasid_domain_free(m->domain);
}

/* The hardware is being programmed: the removal waits, and takes it back. */
static void removal_during_attach(struct kunit *test)
{
	struct meeting m;
	struct fake *fake = meeting_begin(test, &m);
	struct iopasid_group *group = m.fdev->group;

	m.op = FAKE_ATTACH_PASID;
	prepare(test, &m);
	wake_up_process(m.attacher);
	wait_for_completion(&m.inside);
	wake_up_process(m.remover);
	wait_for_removal(&m);
	wait_for_waiter(group);
	KUNIT_EXPECT_FALSE(test, completion_done(&m.removed));
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_RELEASE_DEVICE), 0);
	complete(&m.go);
	wait_for_completion(&m.attached);
	wait_for_completion(&m.removed);
	KUNIT_EXPECT_EQ(test, m.ret, 0);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_DETACH_PASID), 1);
	meeting_end(test, fake, &m);
}

/* The device is on its way out: an attach does not wait, and fails. */
static void attach_during_removal(struct kunit *test)
{
	struct meeting m;
	struct fake *fake = meeting_begin(test, &m);

	/* Its RID goes to a static domain. */
	m.op = FAKE_ATTACH_DEV;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kthread_run(removal_thread, &m,
						       "iopasid-remove"));
	wait_for_completion(&m.inside);
	m.ret = attach(&m);
	KUNIT_EXPECT_EQ(test, m.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy(&m.fdev->dev), -ENODEV);
	complete(&m.go);
	wait_for_completion(&m.removed);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_PASID), 0);
	meeting_end(test, fake, &m);
}

/* The attach has found the device; then both wait for the group's lock. */
static void attach_and_removal_at_the_lock(struct kunit *test)
{
	struct meeting m;
	struct fake *fake = meeting_begin(test, &m);
	struct iopasid_group *group = m.fdev->group;

	prepare(test, &m);
	mutex_lock(&group->lock);
	wake_up_process(m.attacher);
	while (kref_read(&m.idev->ref) < 2)
		cond_resched();
	wake_up_process(m.remover);
	wait_for_removal(&m);
	mutex_unlock(&group->lock);
	wait_for_completion(&m.attached);
	wait_for_completion(&m.removed);
	KUNIT_EXPECT_TRUE(test, !m.ret || m.ret == -ENODEV);
	KUNIT_EXPECT_EQ(test, fake_calls(fake, FAKE_ATTACH_PASID),
			fake_calls(fake, FAKE_DETACH_PASID));
	meeting_end(test, fake, &m);
}

/* The destroy has found the device; then the removal gets the lock first. */
static void removal_before_destroy(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = core_device(fake, 1);
	struct iopasid_device *idev;
	u32 pasid;

	KUNIT_ASSERT_EQ(test, iommu_attach_dma_api_pasid(&fdev->dev, &pasid),
			0);
	idev = iopasid_device_get(&fdev->dev);
	iopasid_device_remove(&fdev->dev);
	mutex_lock(&idev->group->lock);
	KUNIT_EXPECT_EQ(test, iopasid_dma_pasid_destroy_locked(idev), -ENODEV);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
}

static struct kunit_case removal_cases[] = {
	KUNIT_CASE_PARAM(removal_during_attach, meeting_gen_params),
	KUNIT_CASE_PARAM(attach_during_removal, meeting_gen_params),
	KUNIT_CASE_PARAM(attach_and_removal_at_the_lock, meeting_gen_params),
	KUNIT_CASE(removal_before_destroy),
	{}
};

static struct kunit_suite removal_suite = {
	.name = "iopasid-core-removal",
	.test_cases = removal_cases,
};
kunit_test_suite(removal_suite);
