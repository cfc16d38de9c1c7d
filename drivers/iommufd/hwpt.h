/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables as user space sees them. */
#ifndef _IOFD_HWPT_H
#define _IOFD_HWPT_H

#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>

#include "object.h"

struct iofd_fault_queue;
struct iofd_ioas;
struct iopasid_domain;

/**
 * struct iofd_hwpt - a page table that follows an address space, or a process's
 * @obj: the object; each attachment of a device is a user
 * @ioas: the address space; used. NULL: that of the process which made it (sva.c)
 * @domain: the page table, which has all that is mapped there
 * @fault: gets the page requests of its devices; used. NULL: nobody does
 * @pasid: it may be attached at PASIDs, and beside them
 * @automatic: made by an attach to @ioas: goes with the last detach
 * @nr_attached: devices that are attached to it, at a PASID or the RID, each;
 *	attach_lock
 * @auto_node: in the context's auto_hwpts while @automatic and attached;
 *	attach_lock
 * @nr_left: uses that the context's work is to give up; attach_lock
 * @left_node: in the context's left_hwpts while there are such; attach_lock
 * @pins_lock: @pins; a leaf
 * @pins: struct iofd_sva_pin by range, the older first; without @ioas
 */
struct iofd_hwpt {
	struct iofd_object obj;
	struct iofd_ioas *ioas;
	struct iopasid_domain *domain;
	struct iofd_fault_queue *fault;
	bool pasid;
	bool automatic;
	unsigned int nr_attached;
	struct list_head auto_node;
	unsigned int nr_left;
	struct list_head left_node;
	struct mutex pins_lock;
	struct rb_root pins;
};

extern const struct iofd_object_type iofd_hwpt_type;

/* For the time of a call; ERR_PTR(-ENOENT) */
static inline struct iofd_hwpt *iofd_hwpt_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj = iofd_object_get(ctx, id, &iofd_hwpt_type);

	return IS_ERR(obj) ? ERR_CAST(obj) :
		container_of(obj, struct iofd_hwpt, obj);
}

struct iofd_hwpt *iofd_hwpt_create(struct iofd_ctx *ctx, struct iofd_ioas *ioas,
				   struct iopasid_domain *domain, u32 flags,
				   struct iofd_fault_queue *fault);
void iofd_hwpt_abort(struct iofd_hwpt *hwpt);

#endif /* _IOFD_HWPT_H */
