// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fault groups
 *
 * The page requests of a device with one PASID and one group index, up to the
 * one that says it is the last, are a group, which gets one answer:
 *
 *	open		waits for its last request
 *	pending		complete; handed to the handler of its domain, or about
 *			to be answered by the core
 *	disowned	answered by the core, and in a handler's hands still
 *
 * Who answers: the handler, at any time; the core, when nobody did for
 * page_request_timeout seconds, when the PASID is detached or replaced, or when
 * the device goes. They claim the group under the queue's lock, and only the
 * first gets it; a handler's answer that comes second does nothing. A claimed
 * group stays pending until the answer is out, so who waits for the pending
 * groups to go waits for answers on their way, and for nothing that a user
 * decides.
 *
 * A group that the core has answered is withdrawn from its handler, which lets go
 * of it: a user who reads no page request must not use up what the device may have.
 * Whoever ends the last hold tells the handler, so its call with the group is over
 * by then, and who waits for the group waits for that, too. The handler may answer
 * at the same time, and have let go; the group is there until it has been told::
 *
 *   handler's answer                  core's answer
 *
 *   handler's lock; unlink; unlock    queue's lock; claim; unlock
 *   queue's lock; too late; unlock    tell the device; last hold
 *   let go                            call withdraw:
 *                                       handler's lock; unlinked: return, else
 *                                       unlink; unlock; let go
 *
 * A group that waits for its last request that long is given up likewise, or a
 * device could keep others of its PASIDs from having groups of more than one.
 *
 * A unit whose queue was full has dropped requests, and answered itself for those
 * that were the last of their group. So an open group may wait for a request that
 * never comes, and meet one of another group with its index instead: open groups
 * are dropped, without an answer, before anything is reported that came later.
 *
 * A unit that goes to sleep answers nobody until it is awake, and a device may
 * have forgotten by then what it asked. So all groups end before: the core answers
 * them. From there to the first request after the sleep there is no group that a
 * handler or the timeout could answer.
 *
 * The timeout is longer than a page takes from the slowest disk, and less than
 * the 120 seconds after which the kernel calls the task hung that waits for the
 * device.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "core.h"
#include "page-request.h"
#include "trace.h"

#define IOPASID_PAGE_TIMEOUT_MAX	3600

static unsigned int page_request_timeout = 30;
module_param(page_request_timeout, uint, 0444);
MODULE_PARM_DESC(page_request_timeout,
		 "Seconds after which a page request that nobody answers is refused, 1 to 3600 (30)");

/**
 * iopasid_page_timeout_check() - look at the parameter
 *
 * Context: module load.
 * Return: 0, -EINVAL when it means nothing.
 */
int iopasid_page_timeout_check(void)
{
	if (page_request_timeout &&
	    page_request_timeout <= IOPASID_PAGE_TIMEOUT_MAX)
		return 0;
	pr_err("page_request_timeout=%u: must be 1 to %u\n",
	       page_request_timeout, IOPASID_PAGE_TIMEOUT_MAX);
	return -EINVAL;
}

static void iopasid_page_queue_release(struct kref *ref)
{
	kfree(container_of(ref, struct iopasid_page_queue, ref));
}

/**
 * iopasid_page_queue_put() - give a queue back
 * @queue: the queue
 */
void iopasid_page_queue_put(struct iopasid_page_queue *queue)
{
	kref_put(&queue->ref, iopasid_page_queue_release);
}

/**
 * iopasid_fault_group_alloc() - a group of one request
 * @queue: the device's
 * @request: copied
 *
 * Context: may sleep.
 * Return: the group with one reference; NULL when there is no memory, or the
 * device has too much of it already.
 */
struct iopasid_fault_group *
iopasid_fault_group_alloc(struct iopasid_page_queue *queue,
			  const struct iopasid_page_request *request)
{
	struct iopasid_page_request *copy;
	struct iopasid_fault_group *group;

	if (atomic_inc_return(&queue->nr_held) > IOPASID_PAGE_HELD_MAX)
		goto uncount;
	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		goto uncount;
	copy = kmemdup(request, sizeof(*request), GFP_KERNEL);
	if (!copy)
		goto free_group;

	kref_get(&queue->ref);
	group->queue = queue;
	group->dev = queue->idev->dev;
	group->pasid = request->pasid;
	group->index = request->index;
	group->deadline = jiffies + page_request_timeout * HZ;
	group->nr_requests = 1;
	INIT_LIST_HEAD(&group->requests);
	list_add_tail(&copy->node, &group->requests);
	kref_init(&group->ref);
	return group;

free_group:
	kfree(group);
uncount:
	atomic_dec(&queue->nr_held);
	return NULL;
}

static void iopasid_fault_group_release(struct kref *ref)
{
	struct iopasid_fault_group *group =
		container_of(ref, struct iopasid_fault_group, ref);
	struct iopasid_page_request *request, *next;

	list_for_each_entry_safe(request, next, &group->requests, node)
		kfree(request);
	atomic_sub(group->nr_requests, &group->queue->nr_held);
	iopasid_page_queue_put(group->queue);
	kfree(group);
}

/**
 * iopasid_fault_group_get() - another reference
 * @group: the group
 */
void iopasid_fault_group_get(struct iopasid_fault_group *group)
{
	kref_get(&group->ref);
}

/**
 * iopasid_fault_group_put() - give a reference back
 * @group: the group, or NULL
 *
 * Context: any.
 */
void iopasid_fault_group_put(struct iopasid_fault_group *group)
{
	if (group)
		kref_put(&group->ref, iopasid_fault_group_release);
}

/* The last hold is to end: the handler is to let go, if it has not. */
static void iopasid_fault_group_withdraw(struct iopasid_fault_group *group)
{
	struct iopasid_domain *domain = group->domain;

	if (group->withdrawn && domain->fault_withdraw)
		domain->fault_withdraw(group, domain->fault_data);
}

/* One of its holds has ended; the last takes it off the pending groups. */
static void iopasid_fault_group_unhold(struct iopasid_fault_group *group)
{
	struct iopasid_page_queue *queue = group->queue;
	bool last;

	spin_lock(&queue->lock);
	last = group->holds == 1;
	if (!last)
		group->holds--;
	spin_unlock(&queue->lock);
	if (!last)
		return;

	/* Nobody else has a hold, nor claims it. */
	iopasid_fault_group_withdraw(group);
	spin_lock(&queue->lock);
	list_del(&group->node);
	wake_up_all(&queue->settled);
	spin_unlock(&queue->lock);
	iopasid_fault_group_put(group);
}

static void iopasid_page_queue_count_locked(struct iopasid_page_queue *queue,
					    enum iopasid_page_code code)
{
	lockdep_assert_held(&queue->lock);

	switch (code) {
	case IOPASID_PAGE_SUCCESS:
		queue->counts.success++;
		break;
	case IOPASID_PAGE_INVALID:
		queue->counts.invalid++;
		break;
	case IOPASID_PAGE_FAILURE:
		queue->counts.failure++;
		break;
	}
}

/**
 * iopasid_page_queue_answer() - tell the device
 * @queue: its queue
 * @pasid: as in its requests
 * @index: as in its requests
 * @code: the answer
 *
 * Context: process, may sleep.
 */
void iopasid_page_queue_answer(struct iopasid_page_queue *queue, u32 pasid,
			       u16 index, enum iopasid_page_code code)
{
	struct iopasid_device *idev = queue->idev;

	spin_lock(&queue->lock);
	iopasid_page_queue_count_locked(queue, code);
	spin_unlock(&queue->lock);
	trace_iopasid_page_response(idev->dev, pasid, index, code);
	idev->unit->provider->ops->page_response(idev, pasid, index, code);
}

/**
 * iopasid_fault_group_answer() - tell the device about a whole group
 * @group: a pending group that the caller has claimed; may be gone afterwards
 * @code: the answer
 *
 * Context: process, may sleep.
 */
void iopasid_fault_group_answer(struct iopasid_fault_group *group,
				enum iopasid_page_code code)
{
	iopasid_page_queue_answer(group->queue, group->pasid, group->index,
				  code);
	iopasid_fault_group_unhold(group);
}

/**
 * iopasid_page_queue_arm() - see to it that groups are given up in time
 * @queue: the queue, with a new group
 *
 * Context: any. With the lock that the group was added under: who waits for the
 * groups to go cancels the work after it.
 */
void iopasid_page_queue_arm(struct iopasid_page_queue *queue)
{
	/* Without effect while it is armed: all groups have the same time. */
	queue_delayed_work(system_unbound_wq, &queue->timeout_work,
			   page_request_timeout * HZ);
}

/**
 * iopasid_fault_group_pend_locked() - a group waits for its answer now
 * @group: an open group
 * @domain: its handler answers; NULL: the caller has claimed it
 *
 * Context: queue lock held.
 */
void iopasid_fault_group_pend_locked(struct iopasid_fault_group *group,
				     struct iopasid_domain *domain)
{
	struct iopasid_page_queue *queue = group->queue;

	lockdep_assert_held(&queue->lock);

	list_move_tail(&group->node, &queue->pending);
	queue->nr_open -= group->nr_requests;
	group->domain = domain;
	group->claimed = !domain;
	group->holds = domain ? 2 : 1;
	group->deadline = jiffies + page_request_timeout * HZ;
	if (domain) {
		iopasid_fault_group_get(group);
		iopasid_page_queue_arm(queue);
	}
}

/**
 * iopasid_fault_group_hand() - call the handler
 * @group: pending; its domain outlives the call, which the detach waits for
 *
 * Context: process, may sleep.
 */
void iopasid_fault_group_hand(struct iopasid_fault_group *group)
{
	struct iopasid_domain *domain = group->domain;

	domain->fault_handler(group, domain->fault_data);
	iopasid_fault_group_unhold(group);
}

/**
 * iopasid_fault_group_respond() - the answer of a handler
 * @group: what its handler got; not to be touched afterwards
 * @code: the answer; without effect if the core has answered, because of the
 *	timeout, or because the PASID or the device went
 *
 * Context: process, may sleep; also from within the handler.
 */
void iopasid_fault_group_respond(struct iopasid_fault_group *group,
				 enum iopasid_page_code code)
{
	struct iopasid_page_queue *queue = group->queue;
	bool late;

	might_sleep();
	spin_lock(&queue->lock);
	late = group->claimed;
	group->claimed = true;
	queue->counts.late += late;
	spin_unlock(&queue->lock);
	if (!late)
		iopasid_fault_group_answer(group,
					   iopasid_sva_settle(group->domain,
							      code));
	iopasid_fault_group_put(group);
}
EXPORT_SYMBOL_GPL(iopasid_fault_group_respond);

/* The oldest of a list that nobody has claimed */
static struct iopasid_fault_group *
iopasid_fault_group_first(struct list_head *list,
			  iopasid_fault_group_match match, u32 pasid)
{
	struct iopasid_fault_group *group;

	list_for_each_entry(group, list, node)
		if (!group->claimed && match(group, pasid))
			return group;
	return NULL;
}

/* Take one of the groups that nobody has answered, open ones first. */
static struct iopasid_fault_group *
iopasid_page_queue_claim(struct iopasid_page_queue *queue,
			 iopasid_fault_group_match match, u32 pasid)
{
	struct iopasid_fault_group *group;

	spin_lock(&queue->lock);
	group = iopasid_fault_group_first(&queue->open, match, pasid);
	if (group) {
		iopasid_fault_group_pend_locked(group, NULL);
	} else {
		group = iopasid_fault_group_first(&queue->pending, match,
						  pasid);
		if (group) {
			group->claimed = true;
			group->withdrawn = true;
		}
	}
	spin_unlock(&queue->lock);
	return group;
}

static bool iopasid_page_queue_is_settled(struct iopasid_page_queue *queue,
					  iopasid_fault_group_match match,
					  u32 pasid)
{
	struct iopasid_fault_group *group;
	bool settled = true;

	spin_lock(&queue->lock);
	list_for_each_entry(group, &queue->pending, node)
		if (match(group, pasid))
			settled = false;
	spin_unlock(&queue->lock);
	return settled;
}

/**
 * iopasid_page_queue_settle() - answer groups, and wait for those who do
 * @queue: the queue
 * @match: which groups; no more of them are handed to handlers
 * @pasid: for @match
 *
 * Context: process, may sleep. Waits for calls of handlers and of the provider.
 */
void iopasid_page_queue_settle(struct iopasid_page_queue *queue,
			       iopasid_fault_group_match match, u32 pasid)
{
	struct iopasid_fault_group *group;

	while ((group = iopasid_page_queue_claim(queue, match, pasid)))
		iopasid_fault_group_answer(group, IOPASID_PAGE_INVALID);
	wait_event(queue->settled,
		   iopasid_page_queue_is_settled(queue, match, pasid));
}

/**
 * iopasid_fault_group_any() - an iopasid_fault_group_match: every group
 * @group: the group
 * @unused: no PASID
 *
 * Return: true.
 */
bool iopasid_fault_group_any(const struct iopasid_fault_group *group,
			     u32 unused)
{
	return true;
}

static bool iopasid_fault_group_is_late(const struct iopasid_fault_group *group,
					u32 unused)
{
	return time_after_eq(jiffies, group->deadline);
}

/* When the next group is given up: false: there is none. */
static bool iopasid_page_queue_next(struct iopasid_page_queue *queue,
				    unsigned long *deadline)
{
	struct iopasid_fault_group *open, *pending;

	spin_lock(&queue->lock);
	open = iopasid_fault_group_first(&queue->open, iopasid_fault_group_any,
					 0);
	pending = iopasid_fault_group_first(&queue->pending,
					    iopasid_fault_group_any, 0);
	if (open && (!pending || time_before(open->deadline, pending->deadline)))
		*deadline = open->deadline;
	else if (pending)
		*deadline = pending->deadline;
	spin_unlock(&queue->lock);
	return open || pending;
}

/**
 * iopasid_page_queue_timeout() - give up what nobody answered
 * @work: the queue's
 */
void iopasid_page_queue_timeout(struct work_struct *work)
{
	struct iopasid_page_queue *queue =
		container_of(to_delayed_work(work), struct iopasid_page_queue,
			     timeout_work);
	struct iopasid_fault_group *group;
	unsigned long deadline;

	while ((group = iopasid_page_queue_claim(queue,
						 iopasid_fault_group_is_late,
						 0))) {
		spin_lock(&queue->lock);
		queue->counts.timeouts++;
		spin_unlock(&queue->lock);
		iopasid_fault_group_answer(group, IOPASID_PAGE_INVALID);
	}
	/* A group that came meanwhile has armed it, for later than these. */
	if (iopasid_page_queue_next(queue, &deadline))
		mod_delayed_work(system_unbound_wq, &queue->timeout_work,
				 time_after(deadline, jiffies) ?
				 deadline - jiffies : 0);
}
