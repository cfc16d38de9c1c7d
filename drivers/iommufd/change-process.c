// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: another process pays
 *
 * A program that replaces itself (exec) or hands its context to another one wants
 * what is pinned to be charged there. Memory of files belongs to no process: who
 * pays for it can change. All or nothing: whoever has moved goes back when one
 * cannot.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include <uapi/iopasid/iommufd.h>

#include "area.h"
#include "ioas.h"
#include "iofd.h"

/**
 * struct iofd_handover - pages that get a new payer
 * @item: in a list of handovers
 * @pages: the pages, with a reference
 * @old: who paid, once @moved
 * @moved: the current process pays
 */
struct iofd_handover {
	struct list_head item;
	struct iofd_pages *pages;
	struct iofd_payer old;
	bool moved;
};

/* Each address space of a context, with a reference for the time of the loop */
static struct iofd_ioas *iofd_ioas_next(struct iofd_ctx *ctx, unsigned long *id)
{
	struct iofd_ioas *ioas = NULL;
	struct iofd_object *obj;

	xa_lock(&ctx->objects);
	for (obj = xa_find(&ctx->objects, id, ULONG_MAX, XA_PRESENT); obj;
	     obj = xa_find_after(&ctx->objects, id, ULONG_MAX, XA_PRESENT)) {
		if (obj->type != &iofd_ioas_type || !iofd_object_try_get(obj))
			continue;
		ioas = container_of(obj, struct iofd_ioas, obj);
		break;
	}
	xa_unlock(&ctx->objects);
	return ioas;
}

static int iofd_handover_add(struct iofd_pages *pages,
			     struct list_head *handovers)
{
	struct iofd_handover *handover;

	if (!pages->file)
		return -EINVAL;
	/* The parts of what was one mapping are neighbours. */
	if (!list_empty(handovers) &&
	    list_last_entry(handovers, struct iofd_handover, item)->pages ==
	    pages)
		return 0;
	handover = kzalloc(sizeof(*handover), GFP_KERNEL_ACCOUNT);
	if (!handover)
		return -ENOMEM;
	iofd_pages_get(pages);
	handover->pages = pages;
	list_add_tail(&handover->item, handovers);
	return 0;
}

/* All pages of an address space; those of several areas more than once */
static int iofd_handover_add_ioas(struct iofd_ioas *ioas,
				  struct list_head *handovers)
{
	struct iofd_area *area;
	int ret;

	ret = down_read_killable(&ioas->iova_rwsem);
	if (ret)
		return ret;
	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX) {
		ret = iofd_handover_add(area->pages, handovers);
		if (ret)
			break;
	}
	up_read(&ioas->iova_rwsem);
	return ret;
}

/* Charge the current process, unless it pays already. */
static int iofd_handover_charge_locked(struct iofd_handover *handover)
{
	struct iofd_pages *pages = handover->pages;
	struct iofd_payer payer;
	int ret;

	lockdep_assert_held(&pages->lock);

	if (iofd_payer_is_current(&pages->payer))
		return 0;
	iofd_payer_init(&payer, pages->payer.mode);
	ret = iofd_payer_move(&pages->payer, &payer, pages->nr_charged);
	if (ret) {
		iofd_payer_release(&payer);
		return ret;
	}
	handover->old = pages->payer;
	handover->moved = true;
	pages->payer = payer;
	return 0;
}

/* May wait for memory of users, and for a process: with no lock of an IOAS held. */
static int iofd_handover_charge(struct list_head *handovers)
{
	struct iofd_handover *handover;
	int ret;

	list_for_each_entry(handover, handovers, item) {
		ret = mutex_lock_killable(&handover->pages->lock);
		if (ret)
			return ret;
		ret = iofd_handover_charge_locked(handover);
		mutex_unlock(&handover->pages->lock);
		if (ret)
			return ret;
	}
	return 0;
}

static void iofd_handover_back(struct iofd_handover *handover)
{
	struct iofd_pages *pages = handover->pages;

	mutex_lock(&pages->lock);
	iofd_payer_move_back(&pages->payer, &handover->old, pages->nr_charged);
	swap(handover->old, pages->payer);
	mutex_unlock(&pages->lock);
}

static void iofd_handover_end(struct list_head *handovers, bool back)
{
	struct iofd_handover *handover, *next;

	list_for_each_entry_safe_reverse(handover, next, handovers, item) {
		if (handover->moved && back)
			iofd_handover_back(handover);
		if (handover->moved)
			iofd_payer_release(&handover->old);
		iofd_pages_put(handover->pages);
		kfree(handover);
	}
}

/**
 * iofd_ioas_change_process() - IOPASID_IOAS_CHANGE_PROCESS
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP when a field is not 0 that must be; -EINVAL when a
 * mapping is not one of a file; -ENOMEM, also over the limit of locked memory;
 * -EINTR when the caller is killed.
 */
int iofd_ioas_change_process(struct iofd_call *call)
{
	struct iopasid_ioas_change_process *cmd = call->cmd;
	struct iofd_ioas *ioas;
	unsigned long id = 0;
	LIST_HEAD(handovers);
	int ret = 0;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	for (; !ret && (ioas = iofd_ioas_next(call->ctx, &id)); id++) {
		ret = iofd_handover_add_ioas(ioas, &handovers);
		iofd_object_put(&ioas->obj);
	}
	ret = ret ?: iofd_handover_charge(&handovers);
	iofd_handover_end(&handovers, ret);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_change_process);
