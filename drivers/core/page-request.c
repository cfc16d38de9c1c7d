// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page requests
 *
 * A device that finds no translation may ask for the page. The provider reads
 * the request and reports it; here it joins those of its group (see fault
 * groups), and the complete group goes to the fault handler of the domain that
 * the PASID leads to. Groups of a device reach handlers in the order of their
 * last requests, because the provider reports one request of a device after the
 * other and the handler is called from the report.
 *
 * The core itself answers, after the last request of a group:
 *
 *	invalid		nothing is attached at the PASID, or nobody handles the
 *			faults of its domain
 *	failure		a request of the group was lost: no memory, or more of
 *			them than a device may have (IOPASID_PAGE_OPEN_MAX and
 *			IOPASID_PAGE_HELD_MAX)
 *
 * The bounds are the device's, not a PASID's, as its right to ask is: a handler
 * that never answers keeps others of the same device from being served, for at
 * most page_request_timeout seconds: then the groups are withdrawn from it.
 *
 * A domain with a handler may be attached to a device that never asks: nothing
 * comes. Whoever needs to know asks iopasid_has_page_requests() before.
 *
 * Each device has the routes of its requests: which PASID goes to which domain.
 * A route is published after the hardware was programmed, and unpublished
 * before it is cleared. It has no memory of its own, so neither can fail. Why
 * no handler is called, and no answer is sent, after a detach::
 *
 *   report                            detach
 *
 *   lock; find the route;             lock; take the route away; unlock
 *     group pending, 2 holds; unlock  clear the hardware's entry, flush
 *   call the handler                  let the provider report what it has
 *   lock; one hold less; unlock       claim what is pending, and answer it
 *                                     wait until nothing of the PASID is pending
 *
 * If the report's lock came first, detach finds the group pending and waits for
 * both holds: the handler's call and the answer. Otherwise the report finds no
 * route and answers for itself; the provider's drain waits for that report.
 * Requests that come without a route are not kept, so a device cannot make
 * detach wait for ever; nor can a user, whose handler has only been called.
 *
 * Locking: the queue's lock, a leaf, never held while a handler or the provider
 * is called. Reports take nothing else: a detach has the group's lock while it
 * waits for them.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "core.h"
#include "page-request.h"
#include "sva.h"
#include "trace.h"

/* Requests without PASID and those with PASID 0 use the entry of the RID. */
static u32 iopasid_page_key(u32 pasid)
{
	return pasid == IOMMU_PASID_INVALID ? 0 : pasid;
}

static int iopasid_page_route_cmp(const void *key, const struct rb_node *node)
{
	const struct iopasid_page_route *route =
		rb_entry(node, struct iopasid_page_route, node);

	u32 pasid = *(const u32 *)key;

	return pasid < route->pasid ? -1 : pasid > route->pasid;
}

static bool iopasid_page_route_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct iopasid_page_route, node)->pasid <
		rb_entry(b, struct iopasid_page_route, node)->pasid;
}

static struct iopasid_page_route *
iopasid_page_route_find_locked(struct iopasid_page_queue *queue, u32 pasid)
{
	u32 key = iopasid_page_key(pasid);
	struct rb_node *node;

	lockdep_assert_held(&queue->lock);

	node = rb_find(&key, &queue->routes, iopasid_page_route_cmp);
	return node ? rb_entry(node, struct iopasid_page_route, node) : NULL;
}

/* The domain that gets the requests, NULL when nobody does */
static struct iopasid_domain *
iopasid_page_handler_find_locked(struct iopasid_page_queue *queue, u32 pasid)
{
	struct iopasid_page_route *route =
		iopasid_page_route_find_locked(queue, pasid);

	lockdep_assert_held(&queue->lock);

	return route && route->domain->fault_handler ? route->domain : NULL;
}

/**
 * iopasid_page_route_publish() - requests with a PASID go to a domain
 * @idev: the device
 * @route: not published; outlives it
 * @pasid: the PASID, 0 for requests without one
 * @domain: the domain; the hardware leads there
 *
 * Context: group lock held.
 */
void iopasid_page_route_publish(struct iopasid_device *idev,
				struct iopasid_page_route *route, u32 pasid,
				struct iopasid_domain *domain)
{
	struct iopasid_page_queue *queue = idev->page_queue;

	route->pasid = pasid;
	route->domain = domain;
	spin_lock(&queue->lock);
	rb_add(&route->node, &queue->routes, iopasid_page_route_less);
	spin_unlock(&queue->lock);
}

/**
 * iopasid_page_route_unpublish() - no new request goes there
 * @idev: the device
 * @route: published or not
 *
 * Context: group lock held. iopasid_page_requests_drain() when the hardware has
 * forgotten, too.
 */
void iopasid_page_route_unpublish(struct iopasid_device *idev,
				  struct iopasid_page_route *route)
{
	struct iopasid_page_queue *queue = idev->page_queue;

	spin_lock(&queue->lock);
	if (!RB_EMPTY_NODE(&route->node))
		rb_erase(&route->node, &queue->routes);
	RB_CLEAR_NODE(&route->node);
	spin_unlock(&queue->lock);
}

/**
 * iopasid_page_route_is_gone() - a PASID leads to a process that is gone
 * @idev: the device
 * @pasid: the PASID, 0 for the RID
 *
 * Context: process.
 * Return: whether it does.
 */
bool iopasid_page_route_is_gone(struct iopasid_device *idev, u32 pasid)
{
	struct iopasid_page_queue *queue = idev->page_queue;
	struct iopasid_page_route *route;
	bool gone;

	/* The lock keeps the route, and so its domain. */
	spin_lock(&queue->lock);
	route = iopasid_page_route_find_locked(queue, pasid);
	gone = route && iopasid_sva_usable(route->domain) == -ESRCH;
	spin_unlock(&queue->lock);
	return gone;
}

static bool iopasid_fault_group_is_of(const struct iopasid_fault_group *group,
				      u32 pasid)
{
	return iopasid_page_key(group->pasid) == pasid;
}

static void iopasid_page_provider_drain(struct iopasid_device *idev, u32 pasid)
{
	const struct iopasid_unit_ops *ops = idev->unit->provider->ops;

	if (ops->drain_page_requests)
		ops->drain_page_requests(idev, pasid);
}

/**
 * iopasid_page_requests_drain() - be done with the requests of a PASID
 * @idev: the device
 * @pasid: the PASID, 0 for requests without one; its route is unpublished
 *
 * Every group of them is answered, and no handler is called, on return.
 *
 * Context: group lock held, may sleep.
 */
void iopasid_page_requests_drain(struct iopasid_device *idev, u32 pasid)
{
	iopasid_page_provider_drain(idev, pasid);
	iopasid_page_queue_settle(idev->page_queue, iopasid_fault_group_is_of,
				  pasid);
}

/**
 * iopasid_page_queue_create() - a device that may ask
 * @idev: its record
 *
 * Context: may sleep.
 * Return: the queue, with one reference; NULL when there is no memory.
 */
struct iopasid_page_queue *
iopasid_page_queue_create(struct iopasid_device *idev)
{
	struct iopasid_page_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);

	if (!queue)
		return NULL;
	kref_init(&queue->ref);
	queue->idev = idev;
	INIT_DELAYED_WORK(&queue->timeout_work, iopasid_page_queue_timeout);
	init_waitqueue_head(&queue->settled);
	spin_lock_init(&queue->lock);
	queue->routes = RB_ROOT;
	RB_CLEAR_NODE(&queue->rid.node);
	INIT_LIST_HEAD(&queue->open);
	INIT_LIST_HEAD(&queue->pending);
	return queue;
}

/**
 * iopasid_page_queue_close() - a device goes
 * @idev: its record; no PASID is attached, and the RID at its last domain
 *
 * What still comes, until release_device returns, is answered as invalid.
 *
 * Context: group lock held, may sleep.
 */
void iopasid_page_queue_close(struct iopasid_device *idev)
{
	struct iopasid_page_queue *queue = idev->page_queue;

	iopasid_page_route_unpublish(idev, &queue->rid);
	iopasid_page_provider_drain(idev, 0);
	iopasid_page_queue_settle(queue, iopasid_fault_group_any, 0);
	cancel_delayed_work_sync(&queue->timeout_work);
}

static struct iopasid_fault_group *
iopasid_page_queue_find_locked(struct iopasid_page_queue *queue,
			       const struct iopasid_page_request *request)
{
	struct iopasid_fault_group *group;

	lockdep_assert_held(&queue->lock);

	list_for_each_entry(group, &queue->open, node)
		if (group->pasid == request->pasid &&
		    group->index == request->index)
			return group;
	return NULL;
}

/*
 * The open group of a request, with the request in it; NULL when it was lost,
 * and the group has no memory to remember that.
 */
static struct iopasid_fault_group *
iopasid_page_queue_collect_locked(struct iopasid_page_queue *queue,
				  const struct iopasid_page_request *request,
				  struct iopasid_fault_group *fresh)
{
	struct iopasid_fault_group *group =
		iopasid_page_queue_find_locked(queue, request);

	lockdep_assert_held(&queue->lock);

	if (!fresh ||
	    (!request->last && queue->nr_open >= IOPASID_PAGE_OPEN_MAX)) {
		if (group)
			group->broken = true;
		else
			__set_bit(request->index, queue->broken);
		return group;
	}
	queue->nr_open++;
	if (group) {
		list_splice_tail_init(&fresh->requests, &group->requests);
		group->nr_requests++;
		fresh->nr_requests = 0;
		return group;
	}
	iopasid_fault_group_get(fresh);
	fresh->broken = __test_and_clear_bit(request->index, queue->broken);
	list_add_tail(&fresh->node, &queue->open);
	iopasid_page_queue_arm(queue);
	return fresh;
}

/* Answer a complete group, or what is left of it. */
static void iopasid_page_queue_refuse(struct iopasid_page_queue *queue,
				      const struct iopasid_page_request *request,
				      struct iopasid_fault_group *group,
				      enum iopasid_page_code code)
{
	if (group)
		iopasid_fault_group_answer(group, code);
	else
		iopasid_page_queue_answer(queue, request->pasid,
					  request->index, code);
}

/**
 * iopasid_report_page_request() - a device asks for a page
 * @idev: the device, between probe_device and release_device
 * @request: what it said, decoded; copied
 *
 * One request of a device after the other, in its order.
 *
 * Context: process, may sleep: a thread or a work item of the provider, with
 * none of the core's locks and nothing that is held around its ops. Calls fault
 * handlers and page_response.
 */
void iopasid_report_page_request(struct iopasid_device *idev,
				 const struct iopasid_page_request *request)
{
	struct iopasid_page_queue *queue = idev->page_queue;
	struct iopasid_fault_group *fresh, *group;
	struct iopasid_domain *domain;
	bool handed;

	if (WARN_ON_ONCE(request->index >= IOPASID_PAGE_GROUPS))
		return;
	trace_iopasid_page_request(idev->dev, request);
	fresh = iopasid_fault_group_alloc(queue, request);

	spin_lock(&queue->lock);
	queue->counts.requests++;
	domain = iopasid_page_handler_find_locked(queue, request->pasid);
	if (domain)
		group = iopasid_page_queue_collect_locked(queue, request,
							  fresh);
	else
		group = iopasid_page_queue_find_locked(queue, request);
	handed = domain && group && !group->broken;
	if (request->last && group)
		iopasid_fault_group_pend_locked(group, handed ? domain : NULL);
	else if (request->last)
		__clear_bit(request->index, queue->broken);
	spin_unlock(&queue->lock);

	iopasid_fault_group_put(fresh);
	if (!request->last)
		return;
	if (handed)
		iopasid_fault_group_hand(group);
	else
		iopasid_page_queue_refuse(queue, request, group, domain ?
					  IOPASID_PAGE_FAILURE :
					  IOPASID_PAGE_INVALID);
}
EXPORT_SYMBOL_GPL(iopasid_report_page_request);

/**
 * iopasid_forget_page_requests() - a unit has lost requests of a device
 * @idev: the device, between probe_device and release_device
 *
 * Which ones, nobody knows, nor which groups the unit has answered itself. So
 * those that wait for their last request are dropped without an answer, and the
 * device's next request is the first of a group. Where only the last request is
 * still to come, the answer to it lets the device try again, and ask for the rest.
 *
 * Context: as iopasid_report_page_request(), before the first request that came
 * after the loss is reported.
 */
void iopasid_forget_page_requests(struct iopasid_device *idev)
{
	struct iopasid_page_queue *queue = idev->page_queue;
	struct iopasid_fault_group *group, *next;
	LIST_HEAD(dropped);

	spin_lock(&queue->lock);
	list_splice_init(&queue->open, &dropped);
	queue->counts.dropped += list_count_nodes(&dropped);
	queue->nr_open = 0;
	bitmap_zero(queue->broken, IOPASID_PAGE_GROUPS);
	spin_unlock(&queue->lock);
	list_for_each_entry_safe(group, next, &dropped, node)
		iopasid_fault_group_put(group);
}
EXPORT_SYMBOL_GPL(iopasid_forget_page_requests);

/**
 * iopasid_end_page_requests() - a device gets no answers for a while
 * @idev: the device, between probe_device and release_device
 *
 * All its groups are answered, as when it goes; no call of page_response is
 * running, and none will before the next report.
 *
 * Context: as iopasid_report_page_request(), and not while it runs for the
 * device. Waits for calls of page_response.
 */
void iopasid_end_page_requests(struct iopasid_device *idev)
{
	struct iopasid_page_queue *queue = idev->page_queue;

	iopasid_page_queue_settle(queue, iopasid_fault_group_any, 0);
	spin_lock(&queue->lock);
	bitmap_zero(queue->broken, IOPASID_PAGE_GROUPS);
	spin_unlock(&queue->lock);
}
EXPORT_SYMBOL_GPL(iopasid_end_page_requests);

/**
 * iopasid_domain_set_fault_handler() - get the page requests of a domain
 * @domain: a paging or SVA domain, not attached since it was allocated; of the
 *	latter the kernel serves the requests otherwise
 * @handler: called for each group of them
 * @withdraw: called for those that the core has answered meanwhile; NULL: @handler
 *	answers before it returns
 * @data: for both; all three outlive the last attachment
 *
 * Context: any; nobody else uses the domain yet.
 * Return: 0; -EINVAL for a domain without page table; -EOPNOTSUPP when the
 * provider reports none; -EBUSY when the domain has a handler.
 */
int iopasid_domain_set_fault_handler(struct iopasid_domain *domain,
				     iopasid_fault_fn handler,
				     iopasid_withdraw_fn withdraw, void *data)
{
	if (domain->type != IOPASID_DOMAIN_PAGING &&
	    domain->type != IOPASID_DOMAIN_SVA)
		return -EINVAL;
	if (!domain->provider->ops->page_response)
		return -EOPNOTSUPP;
	/* In the place of the kernel's own */
	if (domain->fault_handler && domain->fault_handler != iopasid_sva_handle)
		return -EBUSY;
	domain->fault_data = data;
	domain->fault_withdraw = withdraw;
	domain->fault_handler = handler;
	return 0;
}
EXPORT_SYMBOL_GPL(iopasid_domain_set_fault_handler);

/**
 * iopasid_has_page_requests() - a device may ask for pages
 * @dev: any device
 *
 * Context: any.
 * Return: false also when no unit manages @dev.
 */
bool iopasid_has_page_requests(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	bool has = false;

	if (idev) {
		has = idev->page_requests;
		iopasid_device_put(idev);
	}
	return has;
}
EXPORT_SYMBOL_GPL(iopasid_has_page_requests);
