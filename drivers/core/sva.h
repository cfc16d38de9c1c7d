/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces of processes: between sva.c, sva-root.c and sva-fault.c. */
#ifndef _IOPASID_SVA_PRIVATE_H
#define _IOPASID_SVA_PRIVATE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <iopasid/domain.h>
#include <iopasid/fault.h>

struct iopasid_unit;

/**
 * enum iopasid_sva_state - what a unit may use of a process
 * @IOPASID_SVA_LIVE: what the process has
 * @IOPASID_SVA_CUT: nothing: the unit did not confirm that it has forgotten
 *	something, and may use it still
 * @IOPASID_SVA_GONE: nothing: the process has ended, or executed another program
 *
 * It never goes back.
 */
enum iopasid_sva_state {
	IOPASID_SVA_LIVE,
	IOPASID_SVA_CUT,
	IOPASID_SVA_GONE,
};

/**
 * struct iopasid_sva - a process and a unit
 * @ref: domains and requests under way have one each
 * @node: in the table of all; iopasid_sva_lock
 * @mm: the process's address space; its memory may be gone, the struct is there
 * @unit: for whose devices it was made; a key, not looked into
 * @table: the provider's domain, which all domains of the process there share
 * @notifier: hears what changes in @mm
 * @wq: serves page requests, IOPASID_SVA_WORKERS at a time
 * @free_work: when a worker of @wq is the last to let go
 * @lock: what follows, and every look at the process's top table together with the
 *	store to @table's root. A leaf; taken under page-table locks, never in an
 *	interrupt
 * @nr_attached: members at PASIDs, up to sva_attach_max
 * @state: enum iopasid_sva_state
 * @unconfirmed: (CUT) the unit has not confirmed either that it has forgotten all
 * @retry: (@unconfirmed) in jiffies: when it is asked again
 * @requests_lock: @requests; a leaf
 * @requests: groups that wait for a worker, struct iopasid_sva_request
 */
struct iopasid_sva {
	struct kref ref;
	struct hlist_node node;
	struct mm_struct *mm;
	const struct iopasid_unit *unit;
	struct iopasid_domain *table;
	struct mmu_notifier notifier;
	struct workqueue_struct *wq;
	struct work_struct free_work;

	spinlock_t lock;
	unsigned int nr_attached;
	enum iopasid_sva_state state;
	bool unconfirmed;
	unsigned long retry;

	spinlock_t requests_lock;
	struct list_head requests;
};

/* Requests of one process that may wait for memory at the same time */
#define IOPASID_SVA_WORKERS	16

/**
 * struct iopasid_sva_domain - the address space of a process, as one owner has it
 * @domain: the core's part
 * @sva: shared with others
 */
struct iopasid_sva_domain {
	struct iopasid_domain domain;
	struct iopasid_sva *sva;
};

static inline struct iopasid_sva *
to_iopasid_sva(const struct iopasid_domain *domain)
{
	return container_of(domain, struct iopasid_sva_domain, domain)->sva;
}

/* sva.c */
extern unsigned int iopasid_sva_process_max;
extern unsigned int iopasid_sva_attach_max;
void iopasid_sva_put_by_worker(struct iopasid_sva *sva);

/* sva-root.c */
extern const struct mmu_notifier_ops iopasid_sva_notifier_ops;
int iopasid_sva_copy(struct iopasid_sva *sva, u64 first, u64 last);
int iopasid_sva_error(struct iopasid_sva *sva);

/* sva-fault.c */
void iopasid_sva_handle(struct iopasid_fault_group *group, void *data);
void iopasid_sva_withdraw(struct iopasid_fault_group *group, void *data);

#endif /* _IOPASID_SVA_PRIVATE_H */
