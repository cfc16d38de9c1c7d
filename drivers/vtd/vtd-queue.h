/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invalidation queue of a unit.
 */
#ifndef _VTD_QUEUE_H
#define _VTD_QUEUE_H

#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "vtd-bits.h"

struct vtd_unit;

/* How long a unit may take for a command, a batch, or room in the queue */
#define VTD_TIMEOUT_MS		1000

/* Two pages */
#define VTD_QUEUE_ORDER		1
#define VTD_QUEUE_SLOTS		((PAGE_SIZE << VTD_QUEUE_ORDER) / VTD_DESC_SIZE)
/* The most descriptors of one batch, the wait at its end not included */
#define VTD_BATCH_MAX		16

/*
 * What a batch reports in its status word: its sequence number, and one of
 * these when it failed in part, or must run again.
 */
#define VTD_STATUS_FAILED	BIT(31)
#define VTD_STATUS_AGAIN	BIT(30)
#define VTD_SEQ_MASK		GENMASK(29, 0)
/* A ticket with nothing to wait for */
#define VTD_SEQ_NONE		0

/* Where waits report that nobody looks at: behind the slots' words */
#define VTD_STATUS_SCRATCH	VTD_QUEUE_SLOTS
#define VTD_STATUS_WORDS	(VTD_QUEUE_SLOTS + 1)

/**
 * struct vtd_desc - a descriptor; words 2 and 3 of the hardware's are zero
 * @qw: words 0 and 1
 */
struct vtd_desc {
	u64 qw[2];
};

/**
 * struct vtd_batch - descriptors that go to a unit with one doorbell
 * @nr: how many
 * @desc: the descriptors
 */
struct vtd_batch {
	unsigned int nr;
	struct vtd_desc desc[VTD_BATCH_MAX];
};

/**
 * struct vtd_ticket - a batch on its way
 * @seq: what its wait descriptor reports, 0: nothing is under way
 * @first: the slot of its first descriptor
 * @slot: the slot of its wait descriptor
 * @silent: after -EIO: the source id of a device that did not answer to the
 *	invalidation of its TLB; 0: none, or the unit does not tell
 */
struct vtd_ticket {
	u32 seq;
	u16 first;
	u16 slot;
	u16 silent;
};

/**
 * struct vtd_slot - what the driver knows of a slot
 * @seq: where a batch's wait is: the batch; queue lock to write
 * @end: where a batch starts: the slot of its wait; queue lock
 * @waited: where a batch's wait is: somebody polls for it; a failed batch
 *	keeps its slots until he has seen the result
 * @silent: where a batch's wait is, and it failed: as in the ticket
 */
struct vtd_slot {
	u32 seq;
	u16 end;
	u16 silent;
	bool waited;
};

/**
 * struct vtd_queue - the invalidation queue of a unit
 * @lock: everything below but @on, and @status, which the unit writes;
 *	irq-safe
 * @ring: VTD_QUEUE_SLOTS descriptors of four words
 * @status: per slot, the target of a wait in that slot; one more for waits
 *	that nobody looks at
 * @status_phys: physical address of @status
 * @slots: per slot
 * @oldest: first slot in use
 * @next: first free slot; equal to @oldest when empty: one slot stays free
 * @seq: of the last batch
 * @on: batches go to the unit; no lock, changes while nobody submits
 */
struct vtd_queue {
	spinlock_t lock;
	u64 *ring;
	u32 *status;
	phys_addr_t status_phys;
	struct vtd_slot *slots;
	unsigned int oldest;
	unsigned int next;
	u32 seq;
	bool on;
};

static inline unsigned int vtd_slot_next(unsigned int slot)
{
	return (slot + 1) % VTD_QUEUE_SLOTS;
}

/* How many slots @slot is behind @first. */
static inline unsigned int vtd_slot_distance(unsigned int first,
					     unsigned int slot)
{
	return (slot + VTD_QUEUE_SLOTS - first) % VTD_QUEUE_SLOTS;
}

static inline u64 *vtd_queue_slot(struct vtd_queue *queue, unsigned int slot)
{
	return queue->ring + slot * (VTD_DESC_SIZE / sizeof(u64));
}

static inline void vtd_slot_write(struct vtd_queue *queue, unsigned int slot,
				  u64 qw0, u64 qw1)
{
	u64 *words = vtd_queue_slot(queue, slot);

	words[0] = qw0;
	words[1] = qw1;
	words[2] = 0;
	words[3] = 0;
}

/* A wait in @slot that stores @data in status word @word. */
static inline void vtd_slot_write_wait(struct vtd_queue *queue,
				       unsigned int slot, unsigned int word,
				       u32 data, u64 flags)
{
	phys_addr_t target = queue->status_phys + word * sizeof(u32);

	vtd_slot_write(queue, slot,
		       FIELD_PREP(VTD_DESC_TYPE, VTD_DESC_WAIT) |
		       FIELD_PREP(VTD_DESC_WAIT_DATA, data) |
		       VTD_DESC_WAIT_SW | flags, target & VTD_DESC_WAIT_ADDR);
}

/* vtd-queue-error.c */
bool vtd_queue_stopped(struct vtd_unit *unit);
bool vtd_queue_recover(struct vtd_unit *unit);
void vtd_queue_check(struct vtd_unit *unit);

/* vtd-queue.c */
int vtd_queue_init(struct vtd_unit *unit);
void vtd_queue_destroy(struct vtd_unit *unit);
int vtd_queue_start(struct vtd_unit *unit);
void vtd_queue_stop(struct vtd_unit *unit);
int vtd_queue_submit(struct vtd_unit *unit, const struct vtd_desc *descs,
		     unsigned int nr, struct vtd_ticket *ticket);
int vtd_queue_wait(struct vtd_unit *unit, struct vtd_ticket *ticket);
int vtd_queue_run(struct vtd_unit *unit, const struct vtd_batch *batch);
struct vtd_desc *vtd_batch_add(struct vtd_batch *batch);

#endif /* _VTD_QUEUE_H */
