// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue of a unit.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vtd.h"
#include "trace-vtd.h"

/**
 * DOC: invalidation queue
 *
 * A ring of 256-bit descriptors. A submission is a batch of descriptors and
 * one wait descriptor, in consecutive slots, with one write of the tail
 * register (the doorbell). When everything before the wait is done, the unit
 * stores the batch's sequence number in the status word of the wait's slot,
 * where the submitter polls for it with no lock held.
 *
 * Slots come back in order: whoever submits first takes back the batches at
 * the old end whose status word says "done", whether their submitter has
 * looked already or sleeps. A submitter that finds its slot given to a later
 * batch knows that its own was done, without an error: failed batches keep
 * their slots until their submitter (or his time-out) has let go.
 *
 * Queue, status words and the unit's fetches of them are always coherent
 * (ECAP.C speaks of tables only), so nothing here is flushed from CPU caches.
 *
 * Unhappy paths:
 *
 * 1. The ring is full: the lock is dropped, the submitter tries again until
 *    VTD_TIMEOUT_MS are over.
 * 2. The unit refuses a descriptor, or a device does not answer to an
 *    invalidation of its TLB: vtd-queue-error.c. Any poller notices.
 * 3. The unit does not answer: -ETIMEDOUT after VTD_TIMEOUT_MS. The slots stay
 *    taken until it does.
 * 4. The queue is off, at shutdown or around a sleep: so is translation, and
 *    everything is flushed before it comes back. Batches count as done. Those
 *    that were under way have been waited for.
 *
 * Never is a wait asked to both store and interrupt: QEMU 10 aborts.
 */

/* Look at FSTS, an uncached register, once in so many looks at the status */
#define VTD_POLLS_PER_FSTS	64

#define VTD_QUEUE_QS		VTD_QUEUE_ORDER

/**
 * vtd_queue_init() - get the memory of a unit's queue
 * @unit: the unit
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int vtd_queue_init(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;
	int node = dev_to_node(unit->iounit.dev);
	struct page *page;

	spin_lock_init(&queue->lock);
	page = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, VTD_QUEUE_ORDER);
	if (!page)
		return -ENOMEM;
	queue->ring = page_address(page);

	/* Page-sized by its size class, so it does not cross a page */
	queue->status = kzalloc_node(roundup_pow_of_two(VTD_STATUS_WORDS *
							sizeof(u32)),
				     GFP_KERNEL, node);
	queue->slots = kcalloc_node(VTD_QUEUE_SLOTS, sizeof(*queue->slots),
				    GFP_KERNEL, node);
	if (!queue->status || !queue->slots) {
		vtd_queue_destroy(unit);
		return -ENOMEM;
	}
	queue->status_phys = virt_to_phys(queue->status);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_init);

/**
 * vtd_queue_destroy() - give the memory of a unit's queue back
 * @unit: the unit; its queue is off
 *
 * Context: may sleep.
 */
void vtd_queue_destroy(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;

	kfree(queue->slots);
	kfree(queue->status);
	free_pages((unsigned long)queue->ring, VTD_QUEUE_ORDER);
	queue->slots = NULL;
	queue->status = NULL;
	queue->ring = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_destroy);

/**
 * vtd_queue_start() - switch the queue on, empty
 * @unit: the unit
 *
 * Context: nobody submits yet.
 * Return: 0, -ETIMEDOUT.
 */
int vtd_queue_start(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;

	queue->oldest = 0;
	queue->next = 0;
	/* The test knob does not reach over a sleep: resume must not fail. */
	atomic_set(&unit->inject_bad, 0);
	/* What an earlier owner left would look like errors of ours. */
	vtd_write32(unit->port, VTD_REG_FSTS, VTD_FSTS_PFO | VTD_FSTS_IQE |
					      VTD_FSTS_ICE | VTD_FSTS_ITE);
	/* The tail survives a switched-off queue: it would be replayed. */
	vtd_write64(unit->port, VTD_REG_IQT, 0);
	vtd_write64(unit->port, VTD_REG_IQA,
		    virt_to_phys(queue->ring) | VTD_IQA_DW |
		    FIELD_PREP(VTD_IQA_QS, VTD_QUEUE_QS));
	WRITE_ONCE(queue->on, true);
	return vtd_gcmd_set(unit, VTD_G_QIE, true);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_start);

/**
 * vtd_queue_stop() - switch the queue off
 * @unit: the unit
 *
 * What is under way is waited for: a process may change its address space while
 * the machine goes down.
 *
 * Context: may sleep; not inside (vtd_unit_enter()).
 */
void vtd_queue_stop(struct vtd_unit *unit)
{
	WRITE_ONCE(unit->queue.on, false);
	vtd_unit_wait_outside(unit);
	/* While it is on, a write of the tail is a doorbell. */
	if (vtd_gcmd_set(unit, VTD_G_QIE, false))
		pr_err("%s: the queue does not switch off\n", unit->name);
	else
		vtd_write64(unit->port, VTD_REG_IQT, 0);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_stop);

/* May the batch that ends at @slot give back its slots? */
static bool vtd_slot_done(struct vtd_queue *queue, unsigned int slot)
{
	u32 status = READ_ONCE(queue->status[slot]);

	if ((status & VTD_SEQ_MASK) != queue->slots[slot].seq)
		return false;
	return !(status & (VTD_STATUS_FAILED | VTD_STATUS_AGAIN)) ||
	       !queue->slots[slot].waited;
}

static unsigned int vtd_queue_used_locked(struct vtd_queue *queue)
{
	lockdep_assert_held(&queue->lock);

	return vtd_slot_distance(queue->oldest, queue->next);
}

/* Take back what is done at the old end; is there room for @nr slots? */
static bool vtd_queue_room_locked(struct vtd_queue *queue, unsigned int nr)
{
	lockdep_assert_held(&queue->lock);

	while (vtd_queue_used_locked(queue) + nr > VTD_QUEUE_SLOTS - 1) {
		unsigned int end = queue->slots[queue->oldest].end;

		if (queue->oldest == queue->next || !vtd_slot_done(queue, end))
			return false;
		queue->oldest = vtd_slot_next(end);
	}
	return true;
}

static void vtd_queue_count(struct vtd_unit *unit, u64 qw0)
{
	switch (FIELD_GET(VTD_DESC_TYPE, qw0)) {
	case VTD_DESC_CONTEXT:
		vtd_count(unit, VTD_COUNT_CONTEXT);
		break;
	case VTD_DESC_PASID:
		vtd_count(unit, VTD_COUNT_PASID);
		break;
	case VTD_DESC_IOTLB:
		vtd_count(unit, VTD_COUNT_IOTLB);
		break;
	case VTD_DESC_PASID_IOTLB:
		vtd_count(unit, VTD_COUNT_PASID_IOTLB);
		break;
	case VTD_DESC_WAIT:
		vtd_count(unit, VTD_COUNT_WAIT);
		break;
	default:
		vtd_count(unit, VTD_COUNT_OTHER);
	}
}

/* Write the batch and its wait into the ring, ring the doorbell. */
static void vtd_queue_put_locked(struct vtd_unit *unit,
				 const struct vtd_desc *descs,
				 unsigned int nr, struct vtd_ticket *ticket)
{
	struct vtd_queue *queue = &unit->queue;
	unsigned int first = queue->next;
	unsigned int slot = first;
	unsigned int i;

	lockdep_assert_held(&queue->lock);

	for (i = 0; i < nr; i++) {
		const struct vtd_desc *desc = &descs[i];

		if (FIELD_GET(VTD_DESC_TYPE, desc->qw[0]) == VTD_DESC_WAIT)
			vtd_slot_write_wait(queue, slot, VTD_STATUS_SCRATCH, 0,
					    desc->qw[0] & VTD_DESC_WAIT_FLAGS);
		else
			vtd_slot_write(queue, slot, desc->qw[0], desc->qw[1]);
		vtd_queue_count(unit, desc->qw[0]);
		slot = vtd_slot_next(slot);
	}

	queue->seq = (queue->seq + 1) & VTD_SEQ_MASK ?: 1;
	ticket->seq = queue->seq;
	ticket->first = first;
	ticket->slot = slot;
	ticket->silent = 0;
	queue->slots[first].end = slot;
	WRITE_ONCE(queue->status[slot], 0);
	queue->slots[slot].waited = true;
	WRITE_ONCE(queue->slots[slot].silent, 0);
	/* Pairs with the read in vtd_ticket_status(). */
	WRITE_ONCE(queue->slots[slot].seq, ticket->seq);
	vtd_slot_write_wait(queue, slot, slot, ticket->seq, 0);
	vtd_count(unit, VTD_COUNT_WAIT);

	queue->next = vtd_slot_next(slot);
	vtd_count(unit, VTD_COUNT_DOORBELL);
	/* The port orders the descriptors before the doorbell. */
	vtd_write64(unit->port, VTD_REG_IQT,
		    (u64)queue->next << VTD_DESC_LG2);
}

/**
 * vtd_batch_add() - one more descriptor
 * @batch: the batch
 *
 * Return: the descriptor to fill in, zeroed.
 */
struct vtd_desc *vtd_batch_add(struct vtd_batch *batch)
{
	struct vtd_desc *desc = &batch->desc[batch->nr++];

	desc->qw[0] = 0;
	desc->qw[1] = 0;
	return desc;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_batch_add);

/* Put a batch into the ring, waiting for room. */
static int vtd_queue_put(struct vtd_unit *unit, const struct vtd_desc *descs,
			 unsigned int nr, struct vtd_ticket *ticket)
{
	struct vtd_queue *queue = &unit->queue;
	unsigned long flags;
	bool late = false;
	u64 deadline = 0;

	spin_lock_irqsave(&queue->lock, flags);
	while (!vtd_queue_room_locked(queue, nr + 1)) {
		spin_unlock_irqrestore(&queue->lock, flags);

		if (!deadline)
			deadline = ktime_get_mono_fast_ns() +
				   VTD_TIMEOUT_MS * NSEC_PER_MSEC;
		if (late) {
			vtd_count(unit, VTD_COUNT_TIMEOUT);
			return -ETIMEDOUT;
		}
		/* One more look comes after the clock. */
		late = ktime_get_mono_fast_ns() > deadline;
		vtd_queue_check(unit);
		cpu_relax();

		spin_lock_irqsave(&queue->lock, flags);
	}
	vtd_queue_put_locked(unit, descs, nr, ticket);
	spin_unlock_irqrestore(&queue->lock, flags);
	return 0;
}

/* The test knob: a descriptor of a type that does not exist goes first. */
static noinline int vtd_queue_put_spoiled(struct vtd_unit *unit,
					  const struct vtd_desc *descs,
					  unsigned int nr,
					  struct vtd_ticket *ticket)
{
	struct vtd_desc spoiled[VTD_BATCH_MAX + 1];

	if (atomic_dec_if_positive(&unit->inject_bad) < 0)
		return vtd_queue_put(unit, descs, nr, ticket);
	spoiled[0].qw[0] = VTD_DESC_TYPE;
	spoiled[0].qw[1] = 0;
	memcpy(&spoiled[1], descs, nr * sizeof(*descs));
	return vtd_queue_put(unit, spoiled, nr + 1, ticket);
}

/**
 * vtd_queue_submit() - start a batch
 * @unit: the unit
 * @descs: the descriptors; a wait among them is a fence: what follows it
 *	starts when all before it is done
 * @nr: how many, at most VTD_BATCH_MAX
 * @ticket: what vtd_queue_wait() wants; every submitted batch must be waited
 *	for
 *
 * Context: any, irqs may be off; polls for room with no lock held.
 * Return: 0, -ETIMEDOUT: the ring stays full.
 */
int vtd_queue_submit(struct vtd_unit *unit, const struct vtd_desc *descs,
		     unsigned int nr, struct vtd_ticket *ticket)
{
	unsigned int i;

	if (unlikely(!READ_ONCE(unit->queue.on))) {
		ticket->seq = VTD_SEQ_NONE;
		ticket->silent = 0;
		return 0;
	}
	if (trace_vtd_invalidate_enabled())
		for (i = 0; i < nr; i++)
			trace_vtd_invalidate(unit->name, descs[i].qw[0],
					     descs[i].qw[1]);
	if (unlikely(atomic_read(&unit->inject_bad) > 0))
		return vtd_queue_put_spoiled(unit, descs, nr, ticket);
	return vtd_queue_put(unit, descs, nr, ticket);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_submit);

/*
 * -EINPROGRESS, 0 when the batch is done, -EIO when a descriptor failed,
 * -EAGAIN when another batch's failure interrupted it.
 */
static int vtd_ticket_status(struct vtd_queue *queue,
			     const struct vtd_ticket *ticket)
{
	u32 status = READ_ONCE(queue->status[ticket->slot]);

	if (status == ticket->seq)
		return 0;
	if (status == (ticket->seq | VTD_STATUS_FAILED))
		return -EIO;
	if (status == (ticket->seq | VTD_STATUS_AGAIN))
		return -EAGAIN;
	/*
	 * The slot may be a later batch's: then this one is done. Its owner
	 * changes the sequence number under the lock, after it saw "done" in
	 * the status word (vtd_queue_put_locked()).
	 */
	if (READ_ONCE(queue->slots[ticket->slot].seq) != ticket->seq)
		return 0;
	return -EINPROGRESS;
}

/* Nobody looks at the result of this batch any more: see vtd_slot_done(). */
static void vtd_ticket_drop(struct vtd_queue *queue,
			    const struct vtd_ticket *ticket)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	if (queue->slots[ticket->slot].seq == ticket->seq)
		queue->slots[ticket->slot].waited = false;
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Submit an interrupted batch again; its slots still have its descriptors. */
static int vtd_ticket_again(struct vtd_unit *unit, struct vtd_ticket *ticket)
{
	struct vtd_queue *queue = &unit->queue;
	struct vtd_desc descs[VTD_BATCH_MAX + 1];
	struct vtd_ticket old = *ticket;
	unsigned int nr = 0;
	unsigned int slot;

	for (slot = old.first; slot != old.slot; slot = vtd_slot_next(slot)) {
		descs[nr].qw[0] = vtd_queue_slot(queue, slot)[0];
		descs[nr++].qw[1] = vtd_queue_slot(queue, slot)[1];
	}
	vtd_ticket_drop(queue, &old);
	return vtd_queue_put(unit, descs, nr, ticket);
}

/**
 * vtd_queue_wait() - wait until a batch is done
 * @unit: the unit
 * @ticket: from vtd_queue_submit()
 *
 * Context: any, irqs may be off; polls, no lock may be held.
 * Return: 0; -EIO: the unit refused a descriptor of the batch, or a device did
 * not answer to the invalidation of its TLB (@ticket says which, if the unit
 * does), the others ran; -ETIMEDOUT.
 */
int vtd_queue_wait(struct vtd_unit *unit, struct vtd_ticket *ticket)
{
	struct vtd_queue *queue = &unit->queue;
	unsigned int polls = 0;
	bool late = false;
	u64 deadline = 0;
	int ret;

	if (unlikely(ticket->seq == VTD_SEQ_NONE))
		return 0;
	for (;;) {
		ret = vtd_ticket_status(queue, ticket);
		if (unlikely(ret == -EAGAIN)) {
			ret = vtd_ticket_again(unit, ticket);
			if (ret)
				return ret;
			ret = -EINPROGRESS;
		}
		if (likely(ret != -EINPROGRESS))
			break;
		cpu_relax();
		if (!late && ++polls % VTD_POLLS_PER_FSTS)
			continue;

		if (late) {
			ret = -ETIMEDOUT;
			vtd_count(unit, VTD_COUNT_TIMEOUT);
			pr_err_ratelimited("%s does not answer to an invalidation within %u ms\n",
					   unit->name, VTD_TIMEOUT_MS);
			break;
		}
		if (!deadline)
			deadline = ktime_get_mono_fast_ns() +
				   VTD_TIMEOUT_MS * NSEC_PER_MSEC;
		/* One more look comes after the clock: we may have slept. */
		late = ktime_get_mono_fast_ns() > deadline;
		vtd_queue_check(unit);
	}
	/* The slot is ours until it is dropped. */
	if (unlikely(ret == -EIO)) {
		/* Pairs with vtd_batch_interrupt_locked(). */
		smp_rmb();
		ticket->silent = READ_ONCE(queue->slots[ticket->slot].silent);
	}
	if (unlikely(ret))
		vtd_ticket_drop(queue, ticket);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_wait);

/**
 * vtd_queue_run() - submit a batch and wait for it
 * @unit: the unit
 * @batch: the descriptors
 *
 * Context: any, irqs may be off; polls, no lock may be held.
 * Return: 0, -EIO, -ETIMEDOUT.
 */
int vtd_queue_run(struct vtd_unit *unit, const struct vtd_batch *batch)
{
	struct vtd_ticket ticket;
	int ret;

	ret = vtd_queue_submit(unit, batch->desc, batch->nr, &ticket);
	if (ret)
		return ret;
	return vtd_queue_wait(unit, &ticket);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_queue_run);
