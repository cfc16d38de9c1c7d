/* SPDX-License-Identifier: GPL-2.0-only */
/* What an id of a context leads to. */
#ifndef _IOFD_OBJECT_H
#define _IOFD_OBJECT_H

#include <linux/refcount.h>
#include <linux/types.h>

struct iofd_ctx;
struct iofd_object;

/** struct iofd_object_type - a kind of object, one const table each */
struct iofd_object_type {
	/**
	 * @destroy: undo what the creation did and free the memory: no id leads
	 * to the object, nothing uses it, no call looks at it any more.
	 *
	 * Context: may sleep, no lock held. Cannot fail.
	 */
	void (*destroy)(struct iofd_object *obj);
};

/**
 * struct iofd_object - embedded in everything that has an id
 * @type: what it is
 * @ctx: whose it is
 * @id: by which user space names it
 * @users: 1 for the table of ids, and 1 for each object, file or driver that
 *	needs it: while there is one, IOMMU_DESTROY is -EBUSY. 0: being destroyed
 * @calls: 1 for the table of ids, and 1 for each call that looks at it:
 *	destruction waits for them
 */
struct iofd_object {
	const struct iofd_object_type *type;
	struct iofd_ctx *ctx;
	u32 id;
	refcount_t users;
	refcount_t calls;
};

/* Birth: reserve, prepare, then publish or abort. */
int iofd_object_reserve(struct iofd_ctx *ctx, struct iofd_object *obj,
			const struct iofd_object_type *type);
void iofd_object_publish(struct iofd_object *obj);
void iofd_object_abort(struct iofd_object *obj);

/* For the time of a call */
struct iofd_object *iofd_object_get(struct iofd_ctx *ctx, u32 id,
				    const struct iofd_object_type *type);
bool iofd_object_try_get(struct iofd_object *obj);
void iofd_object_put(struct iofd_object *obj);

/* For longer */
bool iofd_object_use(struct iofd_object *obj);
void iofd_object_unuse(struct iofd_object *obj);

/* Death: by id, with the last use, or all with the context */
int iofd_object_destroy(struct iofd_ctx *ctx, u32 id);
bool iofd_object_release(struct iofd_object *obj);
void iofd_object_destroy_all(struct iofd_ctx *ctx);

#endif /* _IOFD_OBJECT_H */
