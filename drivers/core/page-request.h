/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page requests of one device: where they go, and what is not answered yet.
 * Between fault-group.c and page-request.c, and those who attach.
 */
#ifndef _IOPASID_PAGE_REQUEST_H
#define _IOPASID_PAGE_REQUEST_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <iopasid/fault.h>

struct iopasid_device;
struct iopasid_domain;

/*
 * Requests of one device that take memory: in groups that wait for their last
 * request, and in all groups together. A device has far fewer in flight: what
 * it may have is less than a unit's queue holds, and the groups are at most
 * IOPASID_PAGE_GROUPS.
 */
#define IOPASID_PAGE_OPEN_MAX	256
#define IOPASID_PAGE_HELD_MAX	1024

/**
 * struct iopasid_page_route - requests with a PASID go to a domain
 * @node: in the queue's routes
 * @pasid: the PASID; 0: requests without one
 * @domain: the domain
 */
struct iopasid_page_route {
	struct rb_node node;
	u32 pasid;
	struct iopasid_domain *domain;
};

/**
 * struct iopasid_page_counts - what a device asked, and what it was told
 * @requests: requests
 * @success: groups answered with IOPASID_PAGE_SUCCESS
 * @invalid: with IOPASID_PAGE_INVALID
 * @failure: with IOPASID_PAGE_FAILURE
 * @timeouts: groups given up, part of @invalid
 * @dropped: groups without answer, because the unit had lost requests
 * @late: groups that handlers let go of after the core's answer
 */
struct iopasid_page_counts {
	u64 requests;
	u64 success;
	u64 invalid;
	u64 failure;
	u64 timeouts;
	u64 dropped;
	u64 late;
};

/**
 * struct iopasid_page_queue - page requests of one device
 * @ref: the device's record and every group have one
 * @idev: the device; as long as it can report or a group is pending
 * @nr_held: requests in all groups, those that handlers have not let go of
 *	included; up to IOPASID_PAGE_HELD_MAX
 * @timeout_work: gives up groups
 * @settled: somebody waits for pending groups to go
 * @lock: everything below
 * @routes: struct iopasid_page_route by PASID
 * @rid: the route of requests without PASID
 * @open: groups that wait for their last request, oldest first
 * @nr_open: requests in @open
 * @pending: groups that wait for their answer, oldest first
 * @broken: by group index: a request was lost, and no group remembers it
 * @counts: for people
 */
struct iopasid_page_queue {
	struct kref ref;
	struct iopasid_device *idev;
	atomic_t nr_held;
	struct delayed_work timeout_work;
	wait_queue_head_t settled;

	spinlock_t lock;
	struct rb_root routes;
	struct iopasid_page_route rid;
	struct list_head open;
	unsigned int nr_open;
	struct list_head pending;
	DECLARE_BITMAP(broken, IOPASID_PAGE_GROUPS);
	struct iopasid_page_counts counts;
};

/* Which groups are meant */
typedef bool (*iopasid_fault_group_match)(const struct iopasid_fault_group *group,
					  u32 pasid);

/* fault-group.c */
struct iopasid_fault_group *
iopasid_fault_group_alloc(struct iopasid_page_queue *queue,
			  const struct iopasid_page_request *request);
void iopasid_fault_group_get(struct iopasid_fault_group *group);
void iopasid_fault_group_put(struct iopasid_fault_group *group);
void iopasid_fault_group_pend_locked(struct iopasid_fault_group *group,
				     struct iopasid_domain *domain);
void iopasid_fault_group_hand(struct iopasid_fault_group *group);
void iopasid_fault_group_answer(struct iopasid_fault_group *group,
				enum iopasid_page_code code);
void iopasid_page_queue_answer(struct iopasid_page_queue *queue, u32 pasid,
			       u16 index, enum iopasid_page_code code);
bool iopasid_fault_group_any(const struct iopasid_fault_group *group,
			     u32 unused);
void iopasid_page_queue_settle(struct iopasid_page_queue *queue,
			       iopasid_fault_group_match match, u32 pasid);
void iopasid_page_queue_arm(struct iopasid_page_queue *queue);
void iopasid_page_queue_timeout(struct work_struct *work);
void iopasid_page_queue_put(struct iopasid_page_queue *queue);
int iopasid_page_timeout_check(void);

/* page-request.c */
struct iopasid_page_queue *
iopasid_page_queue_create(struct iopasid_device *idev);
void iopasid_page_queue_close(struct iopasid_device *idev);
void iopasid_page_route_publish(struct iopasid_device *idev,
				struct iopasid_page_route *route, u32 pasid,
				struct iopasid_domain *domain);
void iopasid_page_route_unpublish(struct iopasid_device *idev,
				  struct iopasid_page_route *route);
bool iopasid_page_route_is_gone(struct iopasid_device *idev, u32 pasid);
void iopasid_page_requests_drain(struct iopasid_device *idev, u32 pasid);

#endif /* _IOPASID_PAGE_REQUEST_H */
