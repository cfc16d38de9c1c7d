/* SPDX-License-Identifier: GPL-2.0-only */
/* Page requests for user space to answer. */
#ifndef _IOFD_FAULT_QUEUE_H
#define _IOFD_FAULT_QUEUE_H

#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "object.h"

struct device;
struct iofd_hwpt;
struct iopasid_fault_group;

/**
 * struct iofd_fault_queue - one fault file
 * @obj: the object; the open file and each HWPT that names the queue are users
 * @wait: pollers
 * @asked: cookie to struct iofd_fault: groups without an answer, as long as the
 *	core waits for one from us. Its lock protects all below
 * @next_cookie: of the next group
 * @unread: struct iofd_fault that nobody has read, oldest first
 * @read: struct iofd_fault that are being read or were
 * @sources: struct iofd_fault_source: who may ask, by HWPT, device and PASID
 * @closed: nobody can answer any more
 */
struct iofd_fault_queue {
	struct iofd_object obj;
	wait_queue_head_t wait;
	struct xarray asked;
	u32 next_cookie;
	struct list_head unread;
	struct list_head read;
	struct rb_root sources;
	bool closed;
};

/**
 * struct iofd_fault_source - a device at a PASID that is attached to a HWPT with
 * a fault queue
 * @node: in the queue's sources
 * @hwpt: the HWPT; used by the attachment
 * @dev: the device
 * @dev_id: its id
 * @pasid: 0: the RID
 */
struct iofd_fault_source {
	struct rb_node node;
	struct iofd_hwpt *hwpt;
	struct device *dev;
	u32 dev_id;
	u32 pasid;
};

extern const struct iofd_object_type iofd_fault_queue_type;

/* For the time of a call; ERR_PTR(-ENOENT) */
static inline struct iofd_fault_queue *
iofd_fault_queue_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj =
		iofd_object_get(ctx, id, &iofd_fault_queue_type);

	return IS_ERR(obj) ? ERR_CAST(obj) :
		container_of(obj, struct iofd_fault_queue, obj);
}

struct iofd_fault_source *iofd_fault_source_create(struct iofd_hwpt *hwpt,
						   struct device *dev,
						   u32 dev_id, u32 pasid);
void iofd_fault_source_destroy(struct iofd_fault_source *source);
void iofd_fault_queue_handle(struct iopasid_fault_group *group, void *data);
void iofd_fault_queue_withdraw(struct iopasid_fault_group *group, void *data);

#endif /* _IOFD_FAULT_QUEUE_H */
