// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: objects
 *
 * Everything that user space names by an id. Birth has three steps, so that
 * nobody ever sees half an object:
 *
 *	reserve		the id is taken, and leads nowhere
 *	prepare		everything that can fail, the answer to the user included
 *	publish		the id leads to the object: cannot fail
 *
 * or, after a failure, abort. Two counts keep an object:
 *
 *	users	objects, files and drivers that need it. IOMMU_DESTROY is -EBUSY
 *	calls	calls that look at it. Destruction waits for them
 *
 * Destruction is decided in one step: the last user, the table of ids, lets go.
 * From then on the id leads nowhere and nobody becomes a user: a call that found
 * the object before and wants to use it gets -ENOENT. Then calls are waited for.
 *
 * When the context closes no call is left. Objects without users go first, and
 * with them what they use, until none is left.
 */
#include <linux/bug.h>
#include <linux/errno.h>

#include <kunit/visibility.h>

#include <uapi/linux/iommufd.h>

#include "attach.h"
#include "iofd.h"

/**
 * iofd_object_reserve() - take an id
 * @ctx: the context
 * @obj: the object, zeroed memory of the caller
 * @type: its type
 *
 * To be followed by iofd_object_publish() or iofd_object_abort().
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -ENOSPC (2^31 objects: no id is left).
 */
int iofd_object_reserve(struct iofd_ctx *ctx, struct iofd_object *obj,
			const struct iofd_object_type *type)
{
	int ret;

	obj->type = type;
	obj->ctx = ctx;
	refcount_set(&obj->users, 1);
	refcount_set(&obj->calls, 1);
	ret = xa_alloc(&ctx->objects, &obj->id, XA_ZERO_ENTRY, xa_limit_31b,
		       GFP_KERNEL_ACCOUNT);
	return ret == -EBUSY ? -ENOSPC : ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_reserve);

/**
 * iofd_object_publish() - the id leads to the object from now on
 * @obj: the object; another thread may destroy it before this returns
 */
void iofd_object_publish(struct iofd_object *obj)
{
	/* In place of the reserved entry: needs no memory. */
	xa_store(&obj->ctx->objects, obj->id, obj, GFP_KERNEL);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_publish);

/**
 * iofd_object_abort() - give the id back
 * @obj: an object that was not published; its memory stays the caller's
 */
void iofd_object_abort(struct iofd_object *obj)
{
	xa_erase(&obj->ctx->objects, obj->id);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_abort);

/**
 * iofd_object_try_get() - look at an object that was found without its id
 * @obj: the object; it cannot be freed while the lock is held
 *
 * Context: lock of the context's objects held.
 * Return: true with a reference for iofd_object_put(), false when it is being
 * destroyed.
 */
bool iofd_object_try_get(struct iofd_object *obj)
{
	lockdep_assert_held(&obj->ctx->objects.xa_lock);

	if (!refcount_read(&obj->users))
		return false;
	refcount_inc(&obj->calls);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_try_get);

/**
 * iofd_object_get() - look at an object, for the time of a call
 * @ctx: the context
 * @id: from the user
 * @type: what it must be, NULL: anything
 *
 * Return: the object, ERR_PTR(-ENOENT) when there is none of that type.
 */
struct iofd_object *iofd_object_get(struct iofd_ctx *ctx, u32 id,
				    const struct iofd_object_type *type)
{
	struct iofd_object *obj;

	xa_lock(&ctx->objects);
	obj = xa_load(&ctx->objects, id);
	if (!obj || (type && obj->type != type) || !iofd_object_try_get(obj))
		obj = ERR_PTR(-ENOENT);
	xa_unlock(&ctx->objects);
	return obj;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_get);

/**
 * iofd_object_put() - the call has seen enough
 * @obj: from iofd_object_get() or iofd_object_try_get(); may be gone afterwards
 */
void iofd_object_put(struct iofd_object *obj)
{
	struct iofd_ctx *ctx = obj->ctx;

	if (refcount_dec_and_test(&obj->calls))
		wake_up_all(&ctx->idle);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_put);

/**
 * iofd_object_use() - need an object for longer than a call
 * @obj: an object that the caller looks at, or has reserved
 *
 * Return: true; it stays until iofd_object_unuse(). False when it is being
 * destroyed: for the caller it does not exist.
 */
bool iofd_object_use(struct iofd_object *obj)
{
	return refcount_inc_not_zero(&obj->users);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_use);

/**
 * iofd_object_unuse() - it is needed no more
 * @obj: the object; may be gone afterwards
 */
void iofd_object_unuse(struct iofd_object *obj)
{
	refcount_dec(&obj->users);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_unuse);

static bool iofd_object_is_idle(struct iofd_object *obj)
{
	if (refcount_read(&obj->calls))
		return false;
	/* Pairs with the release of refcount_dec_and_test() in the last put. */
	smp_acquire__after_ctrl_dep();
	return true;
}

/* Undo a destruction that waited for a call and was killed. */
static bool iofd_object_revive(struct iofd_object *obj)
{
	if (!refcount_inc_not_zero(&obj->calls))
		return false;
	refcount_set(&obj->users, 1);
	iofd_object_publish(obj);
	return true;
}

/**
 * iofd_object_destroy() - destroy what an id leads to
 * @ctx: the context
 * @id: from the user
 *
 * Waits for calls that look at the object. A signal that kills the caller ends
 * the wait, because such a call may wait for user space.
 *
 * Context: may sleep.
 * Return: 0, -ENOENT, -EBUSY when it has users, -EINTR when the caller is
 * killed: then it still exists.
 */
int iofd_object_destroy(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj;
	int ret = 0;

	xa_lock(&ctx->objects);
	obj = xa_load(&ctx->objects, id);
	if (!obj)
		ret = -ENOENT;
	else if (!refcount_dec_if_one(&obj->users))
		ret = -EBUSY;
	else
		__xa_store(&ctx->objects, id, XA_ZERO_ENTRY, GFP_KERNEL);
	xa_unlock(&ctx->objects);
	if (ret)
		return ret;

	if (!refcount_dec_and_test(&obj->calls) &&
	    wait_event_killable(ctx->idle, iofd_object_is_idle(obj)) &&
	    iofd_object_revive(obj))
		return -EINTR;
	xa_erase(&ctx->objects, id);
	obj->type->destroy(obj);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_destroy);

/**
 * iofd_object_release() - need an object no more, and destroy it with its last use
 * @obj: an object that the caller uses; may be gone afterwards
 *
 * Waits for calls that look at it.
 *
 * Context: may sleep.
 * Return: true if that was the last use.
 */
bool iofd_object_release(struct iofd_object *obj)
{
	struct iofd_ctx *ctx = obj->ctx;
	bool last;

	xa_lock(&ctx->objects);
	refcount_dec(&obj->users);
	last = refcount_dec_if_one(&obj->users);
	if (last)
		__xa_erase(&ctx->objects, obj->id);
	xa_unlock(&ctx->objects);
	if (!last)
		return false;

	if (!refcount_dec_and_test(&obj->calls))
		wait_event(ctx->idle, iofd_object_is_idle(obj));
	obj->type->destroy(obj);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_release);

/**
 * iofd_object_destroy_all() - the context closes
 * @ctx: the context; no call of it is left
 *
 * Context: may sleep.
 */
void iofd_object_destroy_all(struct iofd_ctx *ctx)
{
	struct iofd_object *obj;
	unsigned long id;
	bool again;

	do {
		again = false;
		xa_for_each(&ctx->objects, id, obj) {
			if (!refcount_dec_if_one(&obj->users))
				continue;
			xa_erase(&ctx->objects, id);
			obj->type->destroy(obj);
			again = true;
		}
	} while (again);
	/* A reference was lost: better leaked than freed under its user. */
	WARN_ON_ONCE(!xa_empty(&ctx->objects));
}
EXPORT_SYMBOL_IF_KUNIT(iofd_object_destroy_all);

/**
 * iofd_destroy() - IOMMU_DESTROY
 * @call: the call
 *
 * Context: may sleep.
 * Return: as iofd_object_destroy().
 */
int iofd_destroy(struct iofd_call *call)
{
	struct iommu_destroy *cmd = call->cmd;

	/* A device that was taken away may have left a user of the object. */
	iofd_ctx_settle(call->ctx);
	return iofd_object_destroy(call->ctx, cmd->id);
}
