/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A DMA that a unit refused, and a page that a device asks for: provider to
 * core, core to whoever fills the page table, and his answer.
 */
#ifndef _IOPASID_FAULT_H
#define _IOPASID_FAULT_H

#include <linux/bits.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>

struct device;
struct iopasid_device;
struct iopasid_domain;
struct iopasid_page_queue;
struct iopasid_unit;

/**
 * struct iopasid_fault - one blocked DMA, decoded by the provider
 * @dev: the device that sent it, NULL when the source id is nobody's
 * @source_id: what the bus stamped on it: bus 15:8, device-function 7:0
 * @pasid: the PASID whose table was used, 0 for a DMA without PASID
 * @addr: page of the address that it asked for
 * @write: it was a write
 * @reason: the hardware's code
 * @text: what the code means, static
 */
struct iopasid_fault {
	struct device *dev;
	u16 source_id;
	u32 pasid;
	u64 addr;
	bool write;
	u8 reason;
	const char *text;
};

void iopasid_report_fault(struct iopasid_unit *unit,
			  const struct iopasid_fault *fault);

/* The group index of a page request has 9 bits */
#define IOPASID_PAGE_GROUPS	512

/**
 * enum iopasid_page_access - what a device wants to do with a page
 * @IOPASID_PAGE_READ: read
 * @IOPASID_PAGE_WRITE: write
 * @IOPASID_PAGE_EXEC: fetch instructions
 * @IOPASID_PAGE_PRIV: as a supervisor
 */
enum iopasid_page_access {
	IOPASID_PAGE_READ	= BIT(0),
	IOPASID_PAGE_WRITE	= BIT(1),
	IOPASID_PAGE_EXEC	= BIT(2),
	IOPASID_PAGE_PRIV	= BIT(3),
};

/**
 * enum iopasid_page_code - the answer to a group; PCIe's response codes
 * @IOPASID_PAGE_SUCCESS: the pages are there: try again
 * @IOPASID_PAGE_INVALID: one of them does not exist, or not for this access
 * @IOPASID_PAGE_FAILURE: the group was lost; the device may stop to ask
 */
enum iopasid_page_code {
	IOPASID_PAGE_SUCCESS	= 0,
	IOPASID_PAGE_INVALID	= 1,
	IOPASID_PAGE_FAILURE	= 15,
};

/**
 * struct iopasid_page_request - one page that a device asks for
 * @pasid: the PASID of the request, IOMMU_PASID_INVALID when it has none
 * @index: the group that it belongs to, below IOPASID_PAGE_GROUPS: requests
 *	with the same PASID and index, up to the one that is the last
 * @access: enum iopasid_page_access
 * @last: the group is complete, and waits for an answer
 * @addr: page of the address
 */
struct iopasid_page_request {
	u32 pasid;
	u16 index;
	u8 access;
	bool last;
	u64 addr;

	/* private: core: in the requests of its group */
	struct list_head node;
};

/**
 * struct iopasid_fault_group - page requests that get one answer
 * @dev: who asks; to be looked into until the answer, a name after it
 * @pasid: as in its requests
 * @index: as in its requests
 * @nr_requests: how many
 * @requests: struct iopasid_page_request, linked by node, oldest first
 * @handler_data: the handler's, by which it finds the group when that is withdrawn
 */
struct iopasid_fault_group {
	struct device *dev;
	u32 pasid;
	u16 index;
	unsigned int nr_requests;
	struct list_head requests;
	unsigned long handler_data;

	/* private: core; under the queue's lock */

	struct iopasid_page_queue *queue;
	/* Whose handler has it, NULL: nobody's; outlives the holds */
	struct iopasid_domain *domain;
	/* The queue's while in a list of it, and the handler's */
	struct kref ref;
	/* In the queue's open or pending groups */
	struct list_head node;
	/* When it is given up */
	unsigned long deadline;
	/* Pending: until the answer is out, and the call of the handler over */
	unsigned int holds;
	/* Somebody has the right to answer it, and nobody else any more */
	bool claimed;
	/* That is the core, and a handler has it */
	bool withdrawn;
	/* A request was lost */
	bool broken;
};

/**
 * typedef iopasid_fault_fn - a device asks for pages of a domain
 * @group: the caller's until it has called iopasid_fault_group_respond() on it,
 *	exactly once, in this call or later from another one
 * @data: from iopasid_domain_set_fault_handler()
 *
 * Context: process; a thread that serves all devices of the unit. Takes nothing
 * that may be held around an attach, a detach or a replace, which wait for this
 * call, and does not wait for anything slow.
 */
typedef void (*iopasid_fault_fn)(struct iopasid_fault_group *group, void *data);

/**
 * typedef iopasid_withdraw_fn - the core has answered a group that a handler has
 * @group: the group. It is there during the call, but may be the handler's no more:
 *	its iopasid_fault_group_respond() may have come in between
 * @data: from iopasid_domain_set_fault_handler()
 *
 * A handler that keeps groups lets go of this one, unless it has done so already,
 * with iopasid_fault_group_respond(), whose code has no effect then: it takes
 * memory of its device, and others may not ask any more when there is too much of
 * that. Called once at most for a group, after the call of the handler with it has
 * returned; and not after the detach.
 *
 * Context: process, as for iopasid_fault_fn.
 */
typedef void (*iopasid_withdraw_fn)(struct iopasid_fault_group *group,
				    void *data);

int iopasid_domain_set_fault_handler(struct iopasid_domain *domain,
				     iopasid_fault_fn handler,
				     iopasid_withdraw_fn withdraw, void *data);
void iopasid_fault_group_respond(struct iopasid_fault_group *group,
				 enum iopasid_page_code code);
bool iopasid_has_page_requests(struct device *dev);

void iopasid_report_page_request(struct iopasid_device *idev,
				 const struct iopasid_page_request *request);
void iopasid_forget_page_requests(struct iopasid_device *idev);
void iopasid_end_page_requests(struct iopasid_device *idev);

#endif /* _IOPASID_FAULT_H */
