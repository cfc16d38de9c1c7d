// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the invalidation queue.
 */
#include <linux/mm.h>

#include "vtd.h"
#include "trace-vtd.h"

/**
 * DOC: errors of the invalidation queue
 *
 * Both kinds stop the queue (6.5.2). Whoever polls notices and gets it going
 * again, once, under the queue lock.
 *
 * FSTS.IQE, the unit refuses the descriptor at its head: it is replaced by a
 * wait that reports to a word that nobody reads, and the wait of its batch is
 * changed to report "failed". The other descriptors of the batch still run, its
 * submitter gets -EIO, everybody else never knows.
 *
 * FSTS.ITE, a device does not answer to an invalidation of its TLB: the unit
 * drops the waits that it has fetched already. A batch that was fetched in part
 * and not done is of one of two kinds. It has an invalidation for that device:
 * it failed, as above, its submitter is told which device it was if the unit says
 * so (IQERCD), and whatever that still keeps must not be given to anybody
 * else. Or it only was under way at the same time: it runs again,
 * but for answers to page requests: the device may use their index for others.
 * Where the wait is behind the head, the unit would still execute it and report
 * success, so it is changed before the queue goes on.
 */

/* The slot where the batch ends that @slot is part of; false: of none. */
static bool vtd_queue_batch_locked(struct vtd_queue *queue, unsigned int slot,
				   unsigned int *end)
{
	unsigned int first = queue->oldest;

	lockdep_assert_held(&queue->lock);

	for (; first != queue->next; first = vtd_slot_next(*end)) {
		*end = queue->slots[first].end;
		if (vtd_slot_distance(first, slot) <=
		    vtd_slot_distance(first, *end))
			return true;
	}
	return false;
}

static void vtd_queue_restart_locked(struct vtd_unit *unit, u32 error)
{
	lockdep_assert_held(&unit->queue.lock);

	vtd_count(unit, VTD_COUNT_QUEUE_ERROR);
	vtd_write32(unit->port, VTD_REG_FSTS, error);
	/* Clearing the error does not start every unit, the tail does. */
	vtd_write64(unit->port, VTD_REG_IQT,
		    (u64)unit->queue.next << VTD_DESC_LG2);
}

static unsigned int vtd_queue_head_locked(struct vtd_unit *unit)
{
	lockdep_assert_held(&unit->queue.lock);

	return (vtd_read64(unit->port, VTD_REG_IQH) >> VTD_DESC_LG2) %
	       VTD_QUEUE_SLOTS;
}

/* Step over the descriptor at the head, which is copied to @bad. */
static void vtd_queue_skip_locked(struct vtd_unit *unit, struct vtd_desc *bad)
{
	struct vtd_queue *queue = &unit->queue;
	unsigned int head = vtd_queue_head_locked(unit);
	unsigned int end;

	lockdep_assert_held(&queue->lock);

	bad->qw[0] = vtd_queue_slot(queue, head)[0];
	bad->qw[1] = vtd_queue_slot(queue, head)[1];
	vtd_slot_write_wait(queue, head, VTD_STATUS_SCRATCH, 0, 0);
	if (vtd_queue_batch_locked(queue, head, &end))
		vtd_slot_write_wait(queue, end, end,
				    queue->slots[end].seq | VTD_STATUS_FAILED,
				    0);
	vtd_queue_restart_locked(unit, VTD_FSTS_IQE);
}

/* Is the descriptor in @slot for the TLB of a device (0: of any)? */
static bool vtd_slot_is_for(struct vtd_queue *queue, unsigned int slot,
			    u16 source_id)
{
	u64 qw0 = vtd_queue_slot(queue, slot)[0];

	switch (FIELD_GET(VTD_DESC_TYPE, qw0)) {
	case VTD_DESC_DEV_TLB:
		return !source_id ||
		       FIELD_GET(VTD_DESC_DEV_TLB_SID, qw0) == source_id;
	case VTD_DESC_PASID_DEV_TLB:
		return !source_id ||
		       FIELD_GET(VTD_DESC_PDEV_TLB_SID, qw0) == source_id;
	default:
		return false;
	}
}

/* An answer to page requests: the device may have used its index again. */
static bool vtd_slot_is_answer(struct vtd_queue *queue, unsigned int slot)
{
	u64 qw0 = vtd_queue_slot(queue, slot)[0];

	return FIELD_GET(VTD_DESC_TYPE, qw0) == VTD_DESC_PAGE_GROUP;
}

/* The batch from @first to @end was under way when @source_id fell silent. */
static void vtd_batch_interrupt_locked(struct vtd_queue *queue,
				       unsigned int first, unsigned int end,
				       unsigned int head, u16 source_id)
{
	u32 report = queue->slots[end].seq | VTD_STATUS_AGAIN;
	unsigned int slot;

	lockdep_assert_held(&queue->lock);

	for (slot = first; slot != end && slot != head;
	     slot = vtd_slot_next(slot)) {
		if (vtd_slot_is_for(queue, slot, source_id)) {
			report = queue->slots[end].seq | VTD_STATUS_FAILED;
			WRITE_ONCE(queue->slots[end].silent, source_id);
		}
		if (vtd_slot_is_answer(queue, slot))
			vtd_slot_write_wait(queue, slot, VTD_STATUS_SCRATCH, 0,
					    0);
	}
	/* The report comes after who it is about: the submitter polls for it. */
	smp_wmb();
	if (vtd_slot_distance(first, head) <= vtd_slot_distance(first, end))
		vtd_slot_write_wait(queue, end, end, report, 0);
	else
		WRITE_ONCE(queue->status[end], report);
}

/* A device did not answer; its source id, 0 when the unit does not tell. */
static u16 vtd_queue_interrupt_locked(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;
	unsigned int head = vtd_queue_head_locked(unit);
	u64 record = vtd_read64(unit->port, VTD_REG_IQERCD);
	u16 source_id = FIELD_GET(VTD_IQERCD_ITESID, record);
	unsigned int first, end;

	lockdep_assert_held(&queue->lock);

	for (first = queue->oldest; first != head && first != queue->next;
	     first = vtd_slot_next(end)) {
		end = queue->slots[first].end;
		if (READ_ONCE(queue->status[end]) == 0)
			vtd_batch_interrupt_locked(queue, first, end, head,
						   source_id);
		if (vtd_slot_distance(first, head) <=
		    vtd_slot_distance(first, end))
			break;
	}
	vtd_queue_restart_locked(unit, VTD_FSTS_ITE);
	return source_id;
}

static void vtd_queue_report_refusal(struct vtd_unit *unit,
				     const struct vtd_desc *bad)
{
	trace_vtd_queue_error(unit->name, bad->qw[0], bad->qw[1]);
	pr_err_ratelimited("%s refused descriptor %016llx %016llx, which is skipped\n",
			   unit->name, bad->qw[0], bad->qw[1]);
}

/**
 * vtd_queue_stopped() - has an error stopped the queue?
 * @unit: the unit
 *
 * Context: any.
 * Return: whether one has.
 */
bool vtd_queue_stopped(struct vtd_unit *unit)
{
	u32 fsts = vtd_read32(unit->port, VTD_REG_FSTS);

	/* All ones: the unit is not there any more. */
	return fsts != U32_MAX && fsts & (VTD_FSTS_IQE | VTD_FSTS_ITE);
}

/**
 * vtd_queue_recover() - get a queue that has stopped going again
 * @unit: the unit
 *
 * Context: any; no lock may be held.
 * Return: whether it had.
 */
bool vtd_queue_recover(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;
	struct vtd_desc bad;
	unsigned long flags;
	u16 source_id = 0;
	u32 fsts;

	if (!vtd_queue_stopped(unit))
		return false;

	spin_lock_irqsave(&queue->lock, flags);
	/* Somebody may have been quicker */
	fsts = vtd_read32(unit->port, VTD_REG_FSTS);
	if (fsts & VTD_FSTS_ITE)
		source_id = vtd_queue_interrupt_locked(unit);
	if (fsts & VTD_FSTS_IQE)
		vtd_queue_skip_locked(unit, &bad);
	spin_unlock_irqrestore(&queue->lock, flags);

	if (fsts & VTD_FSTS_ITE)
		pr_err_ratelimited("%s: source id %#06x does not answer to an invalidation of its device TLB\n",
				   unit->name, source_id);
	if (fsts & VTD_FSTS_IQE)
		vtd_queue_report_refusal(unit, &bad);
	return fsts & (VTD_FSTS_ITE | VTD_FSTS_IQE);
}

/**
 * vtd_queue_check() - what pollers of a queue do now and then
 * @unit: the unit
 *
 * Context: any; no lock may be held.
 */
void vtd_queue_check(struct vtd_unit *unit)
{
	/* A fault next to the error has sent no event. */
	if (vtd_queue_recover(unit))
		vtd_fault_kick(unit);
}
