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
 * @slot: the slot of its wait descriptor
 */
struct vtd_ticket {
	u32 seq;
	u16 slot;
};

/**
 * struct vtd_slot - what the driver knows of a slot
 * @seq: where a batch's wait is: the batch; queue lock to write
 * @end: where a batch starts: the slot of its wait; queue lock
 * @waited: where a batch's wait is: somebody polls for it; a failed batch
 *	keeps its slots until he has seen the result
 */
struct vtd_slot {
	u32 seq;
	u16 end;
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

int vtd_queue_init(struct vtd_unit *unit);
void vtd_queue_destroy(struct vtd_unit *unit);
int vtd_queue_start(struct vtd_unit *unit);
void vtd_queue_stop(struct vtd_unit *unit);
int vtd_queue_submit(struct vtd_unit *unit, const struct vtd_desc *descs,
		     unsigned int nr, struct vtd_ticket *ticket);
int vtd_queue_wait(struct vtd_unit *unit, const struct vtd_ticket *ticket);
int vtd_queue_run(struct vtd_unit *unit, const struct vtd_batch *batch);
struct vtd_desc *vtd_batch_add(struct vtd_batch *batch);

#endif /* _VTD_QUEUE_H */
