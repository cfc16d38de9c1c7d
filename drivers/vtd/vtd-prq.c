// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page request queue of a unit.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/mm.h>

#include <iopasid/fault.h>

#include "vtd.h"

/**
 * DOC: page requests
 *
 * A device whose translation request was answered with too little permission
 * asks software for the page. The unit writes such requests into a ring in
 * memory (7.4); a work item, which the event starts, hands them to the core in
 * order. The core's answer goes back through the invalidation queue (7.7).
 *
 * Lifecycle: init with the unit's start, when the unit knows page requests and
 * its port has the event; then only devices whose context entry lets them
 * (PRE) are heard. Draining has two halves: a wait descriptor of the drain kind
 * after which all requests of before are in the ring, and the work item run to
 * its end.
 *
 * Unhappy paths:
 *
 * 1. The ring is full (PRS.PRO): the unit drops requests, and answers itself for
 *    the last of a group, until the ring was emptied and the flag cleared. Before
 *    that the core forgets all groups without their last request: some have got
 *    that answer, and no request that comes later belongs to them.
 * 2. A request that is nobody's is answered with failure at its group's end.
 * 3. There is no memory or no event: the unit goes without page requests, so do
 *    its devices, and one line says so.
 * 4. A sleep: the registers are lost, answers do not get out. When the devices
 *    have stopped and translation is off, what they have sent is reported, then
 *    the core answers all groups. Until the unit is awake the work item does not
 *    touch it.
 *
 * Locking: the work item is the only reader of the ring. It finds a device
 * under the table lock and uses it without: a device that goes unlinks its
 * source ids first and then waits for the work item.
 */

/* 512 requests */
#define VTD_PRQ_ORDER		2
#define VTD_PRQ_SIZE		(PAGE_SIZE << VTD_PRQ_ORDER)
#define VTD_PRQ_LAST		(VTD_PRQ_SIZE - VTD_PAGE_REQ_SIZE)

static struct vtd_device *vtd_prq_device(struct vtd_unit *unit, u16 source_id)
{
	struct vtd_requester *req = vtd_requester_find(unit, source_id);
	struct vtd_requester_user *source;
	struct vtd_device *vdev = NULL;
	unsigned long flags;

	if (!req)
		return NULL;
	spin_lock_irqsave(&unit->table_lock, flags);
	/* Page requests carry a device's own source id, never an alias. */
	list_for_each_entry(source, &req->users, node)
		if (source == source->vdev->sources)
			vdev = source->vdev;
	spin_unlock_irqrestore(&unit->table_lock, flags);
	/* Pairs with vtd_probe_device(). */
	return vdev && smp_load_acquire(&vdev->idev->page_requests) ? vdev :
								      NULL;
}

/* From the work item: call @fn for each device that is heard. */
static void vtd_prq_for_each_device(struct vtd_unit *unit,
				    void (*fn)(struct iopasid_device *idev))
{
	struct vtd_requester *req;
	unsigned long source_id;

	xa_for_each(&unit->requesters, source_id, req) {
		struct vtd_device *vdev = vtd_prq_device(unit, source_id);

		if (vdev)
			fn(vdev->idev);
	}
}

static u32 vtd_page_req_pasid(const u64 *words)
{
	if (!(words[0] & VTD_PAGE_REQ_PP))
		return IOMMU_PASID_INVALID;
	return FIELD_GET(VTD_PAGE_REQ_PASID, words[0]);
}

static void vtd_prq_answer(struct vtd_unit *unit, u16 source_id, u32 pasid,
			   u16 index, enum iopasid_page_code code)
{
	struct vtd_batch batch = {};
	struct vtd_desc *desc = vtd_batch_add(&batch);

	desc->qw[0] = FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_PAGE_GROUP) |
		      FIELD_PREP(VTD_DESC_PAGE_GROUP_CODE, code) |
		      FIELD_PREP(VTD_DESC_PAGE_GROUP_RID, source_id);
	if (pasid != IOMMU_PASID_INVALID)
		desc->qw[0] |= VTD_DESC_PAGE_GROUP_PP |
			       FIELD_PREP(VTD_DESC_PAGE_GROUP_PASID, pasid);
	desc->qw[1] = FIELD_PREP(VTD_DESC_PAGE_GROUP_PRGI, index);
	/* A queue that fails has said so; the device waits until its reset. */
	vtd_queue_run(unit, &batch);
}

static void vtd_prq_report(struct vtd_unit *unit, const u64 *words)
{
	u16 source_id = FIELD_GET(VTD_PAGE_REQ_RID, words[0]);
	struct vtd_device *vdev = vtd_prq_device(unit, source_id);
	struct iopasid_page_request request = {
		.pasid	= vtd_page_req_pasid(words),
		.index	= FIELD_GET(VTD_PAGE_REQ_PRGI, words[1]),
		.access	= (words[1] & VTD_PAGE_REQ_READ ?
			   IOPASID_PAGE_READ : 0) |
			  (words[1] & VTD_PAGE_REQ_WRITE ?
			   IOPASID_PAGE_WRITE : 0) |
			  (words[0] & VTD_PAGE_REQ_EXEC ?
			   IOPASID_PAGE_EXEC : 0) |
			  (words[0] & VTD_PAGE_REQ_PRIV ?
			   IOPASID_PAGE_PRIV : 0),
		.last	= words[1] & VTD_PAGE_REQ_LPIG,
		.addr	= words[1] & VTD_PAGE_REQ_ADDR,
	};

	vtd_count(unit, VTD_COUNT_PAGE_REQUEST);
	/* The device says that it stops asking, which gets no answer. */
	if (request.last &&
	    !(request.access & (IOPASID_PAGE_READ | IOPASID_PAGE_WRITE)))
		return;
	if (vdev)
		iopasid_report_page_request(vdev->idev, &request);
	else if (request.last)
		vtd_prq_answer(unit, source_id, request.pasid, request.index,
			       IOPASID_PAGE_FAILURE);
}

/* Everything up to the tail; false: the unit is not there any more. */
static bool vtd_prq_empty(struct vtd_unit *unit)
{
	u64 tail = vtd_read64(unit->port, VTD_REG_PQT);
	u64 head = vtd_read64(unit->port, VTD_REG_PQH);

	if (tail == U64_MAX || head == U64_MAX)
		return false;
	tail &= VTD_PRQ_LAST;
	head &= VTD_PRQ_LAST;
	/* Pairs with the unit's order: a request, then the tail behind it. */
	dma_rmb();
	while (head != tail) {
		vtd_prq_report(unit, unit->prq + head / sizeof(u64));
		head = (head + VTD_PAGE_REQ_SIZE) & VTD_PRQ_LAST;
	}
	vtd_write64(unit->port, VTD_REG_PQH, head);
	return true;
}

/* Nothing is added while the flag is set: then the ring has room. */
static void vtd_prq_overflow(struct vtd_unit *unit)
{
	if (!vtd_prq_empty(unit))
		return;
	vtd_count(unit, VTD_COUNT_PAGE_REQUEST_LOST);
	vtd_prq_for_each_device(unit, iopasid_forget_page_requests);
	vtd_write32(unit->port, VTD_REG_PRS, VTD_PRS_PRO);
}

static void vtd_prq_work(struct work_struct *work)
{
	struct vtd_unit *unit = container_of(work, struct vtd_unit, prq_work);

	if (READ_ONCE(unit->prq_asleep)) {
		vtd_prq_for_each_device(unit, iopasid_end_page_requests);
		return;
	}
	/* First: a request that comes from here on sends another event. */
	vtd_write32(unit->port, VTD_REG_PRS, VTD_PRS_PPR);
	if (vtd_prq_empty(unit) &&
	    vtd_read32(unit->port, VTD_REG_PRS) & VTD_PRS_PRO)
		vtd_prq_overflow(unit);
}

static irqreturn_t vtd_prq_handler(int irq, void *data)
{
	struct vtd_unit *unit = data;

	queue_work(unit->prq_wq, &unit->prq_work);
	return IRQ_HANDLED;
}

/* The ring is empty, wherever the unit was. */
static void vtd_prq_program(struct vtd_unit *unit)
{
	vtd_write64(unit->port, VTD_REG_PQH, 0);
	vtd_write64(unit->port, VTD_REG_PQT, 0);
	vtd_write64(unit->port, VTD_REG_PQA,
		    virt_to_phys(unit->prq) |
		    FIELD_PREP(VTD_PQA_PQS, VTD_PRQ_ORDER));
	vtd_write32(unit->port, VTD_REG_PRS, VTD_PRS_PPR | VTD_PRS_PRO);
}

static int vtd_prq_alloc(struct vtd_unit *unit)
{
	struct page *page;

	INIT_WORK(&unit->prq_work, vtd_prq_work);
	unit->prq_wq = alloc_ordered_workqueue("%s-page-requests", 0,
					       unit->name);
	if (!unit->prq_wq)
		return -ENOMEM;
	page = alloc_pages_node(dev_to_node(unit->iounit.dev),
				GFP_KERNEL | __GFP_ZERO, VTD_PRQ_ORDER);
	if (!page) {
		destroy_workqueue(unit->prq_wq);
		return -ENOMEM;
	}
	unit->prq = page_address(page);
	return 0;
}

static void vtd_prq_free(struct vtd_unit *unit)
{
	destroy_workqueue(unit->prq_wq);
	free_pages((unsigned long)unit->prq, VTD_PRQ_ORDER);
	unit->prq = NULL;
}

/**
 * vtd_prq_start() - hear page requests from now on
 * @unit: the unit; where it cannot, nothing happens
 *
 * Context: may sleep; translation is off.
 */
void vtd_prq_start(struct vtd_unit *unit)
{
	int ret;

	if (!(unit->ecap & VTD_ECAP_PRS) || !(unit->ecap & VTD_ECAP_DT))
		return;
	ret = vtd_prq_alloc(unit);
	if (!ret) {
		vtd_prq_program(unit);
		ret = unit->port->ops->irq_request(unit->port,
						   VTD_EVENT_PAGE_REQUEST,
						   unit->name, vtd_prq_handler,
						   unit);
		if (ret) {
			vtd_write64(unit->port, VTD_REG_PQA, 0);
			vtd_prq_free(unit);
		}
	}
	if (ret == -EOPNOTSUPP)
		pr_info("%s: page requests are not used: a module cannot switch them on in PCI devices\n",
			unit->name);
	else if (ret)
		pr_warn("%s goes without page requests: %pe\n", unit->name,
			ERR_PTR(ret));
}
EXPORT_SYMBOL_IF_KUNIT(vtd_prq_start);

/**
 * vtd_prq_stop() - undo vtd_prq_start()
 * @unit: the unit, which does not translate; nothing happens if it never began
 *
 * Context: may sleep.
 */
void vtd_prq_stop(struct vtd_unit *unit)
{
	if (!unit->prq)
		return;
	unit->port->ops->irq_free(unit->port, VTD_EVENT_PAGE_REQUEST);
	cancel_work_sync(&unit->prq_work);
	/* A unit that stays on may write to it for ever. */
	if (unit->stuck) {
		destroy_workqueue(unit->prq_wq);
		return;
	}
	vtd_write64(unit->port, VTD_REG_PQA, 0);
	vtd_prq_free(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_prq_stop);

/**
 * vtd_prq_settle() - everything that is in the ring has been reported
 * @unit: the unit
 *
 * Context: may sleep; not from a report.
 */
void vtd_prq_settle(struct vtd_unit *unit)
{
	if (!unit->prq)
		return;
	/* Not only if the event came: it may be a while on its way. */
	queue_work(unit->prq_wq, &unit->prq_work);
	flush_work(&unit->prq_work);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_prq_settle);

/* What devices have sent is in the ring, and reported, when this returns. */
static void vtd_prq_drain(struct vtd_unit *unit)
{
	struct vtd_batch batch = {};

	vtd_batch_add(&batch)->qw[0] =
		FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_WAIT) | VTD_DESC_WAIT_FN |
		(unit->ecap & VTD_ECAP_PDS ? VTD_DESC_WAIT_PD : 0);
	/* A unit that does not confirm has said so, and gets no entry back. */
	vtd_queue_run(unit, &batch);
	vtd_prq_settle(unit);
}

/**
 * vtd_prq_quiesce() - hear nothing until vtd_prq_resume()
 * @unit: the unit, whose devices have stopped; its queue is still on
 *
 * No answer to a page request is on its way, or comes, when this returns.
 *
 * Context: may sleep; with interrupts of devices off.
 */
void vtd_prq_quiesce(struct vtd_unit *unit)
{
	if (!unit->prq)
		return;
	vtd_write32(unit->port, VTD_REG_PECTL, VTD_FECTL_IM);
	vtd_prq_drain(unit);
	/* Once more: from here on the work item ends groups, and no more. */
	WRITE_ONCE(unit->prq_asleep, true);
	vtd_prq_settle(unit);
}

/**
 * vtd_prq_resume() - program the queue after a sleep
 * @unit: the unit, which does not translate
 *
 * Context: any.
 */
void vtd_prq_resume(struct vtd_unit *unit)
{
	if (!unit->prq)
		return;
	vtd_prq_program(unit);
	WRITE_ONCE(unit->prq_asleep, false);
	unit->port->ops->irq_program(unit->port, VTD_EVENT_PAGE_REQUEST);
}

/**
 * vtd_drain_page_requests() - what a device has sent has been reported
 * @idev: the device
 * @pasid: with which PASID; all of them are drained, it costs no more
 *
 * Context: group mutex held, may sleep.
 */
void vtd_drain_page_requests(struct iopasid_device *idev, u32 pasid)
{
	struct vtd_device *vdev = idev->priv;

	if (idev->page_requests)
		vtd_prq_drain(vdev->unit);
}

/**
 * vtd_page_response() - answer a group of page requests
 * @idev: the device that asked
 * @pasid: IOMMU_PASID_INVALID for none
 * @index: of the group
 * @code: the answer
 *
 * Context: may sleep; polls.
 */
void vtd_page_response(struct iopasid_device *idev, u32 pasid, u16 index,
		       enum iopasid_page_code code)
{
	struct vtd_device *vdev = idev->priv;

	vtd_prq_answer(vdev->unit, vdev->sources[0].req->source_id, pasid,
		       index, code);
}
