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

#include <uapi/iopasid/iommufd.h>

#include "area.h"
#include "ioas.h"
#include "iofd.h"

/**
 * struct iofd_handover - pages that have a new payer
 * @item: in a list of handovers
 * @pages: the pages, with a reference
 * @old: who paid
 */
struct iofd_handover {
	struct list_head item;
	struct iofd_pages *pages;
	struct iofd_payer old;
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

/* Charge the current process for pages that another one paid for. */
static int iofd_handover_charge(struct iofd_handover *handover)
{
	struct iofd_pages *pages = handover->pages;
	struct iofd_payer payer;
	int ret;

	lockdep_assert_held(&pages->lock);

	iofd_payer_init(&payer, pages->payer.mode);
	ret = iofd_payer_move(&pages->payer, &payer, pages->nr_charged);
	if (ret) {
		iofd_payer_release(&payer);
		return ret;
	}
	handover->old = pages->payer;
	pages->payer = payer;
	return 0;
}

static int iofd_handover_pages(struct iofd_pages *pages,
			       struct list_head *handovers)
{
	struct iofd_handover *handover;
	int ret = 0;

	if (!pages->file)
		return -EINVAL;
	handover = kzalloc(sizeof(*handover), GFP_KERNEL_ACCOUNT);
	if (!handover)
		return -ENOMEM;
	handover->pages = pages;
	mutex_lock(&pages->lock);
	if (iofd_payer_is_current(&pages->payer)) {
		kfree(handover);
	} else {
		ret = iofd_handover_charge(handover);
		if (ret) {
			kfree(handover);
		} else {
			iofd_pages_get(pages);
			list_add_tail(&handover->item, handovers);
		}
	}
	mutex_unlock(&pages->lock);
	return ret;
}

static void iofd_handover_back(struct iofd_handover *handover)
{
	struct iofd_pages *pages = handover->pages;

	mutex_lock(&pages->lock);
	iofd_payer_move_back(&pages->payer, &handover->old, pages->nr_charged);
	swap(handover->old, pages->payer);
	mutex_unlock(&pages->lock);
}

static int iofd_handover_ioas(struct iofd_ioas *ioas,
			      struct list_head *handovers)
{
	struct iofd_area *area;
	int ret;

	ret = down_read_killable(&ioas->iova_rwsem);
	if (ret)
		return ret;
	iofd_for_each_area(area, &ioas->space.areas, 0, ULONG_MAX) {
		ret = iofd_handover_pages(area->pages, handovers);
		if (ret)
			break;
	}
	up_read(&ioas->iova_rwsem);
	return ret;
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
	struct iofd_handover *handover, *next;
	struct iofd_ioas *ioas;
	unsigned long id = 0;
	LIST_HEAD(handovers);
	int ret = 0;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	for (; !ret && (ioas = iofd_ioas_next(call->ctx, &id)); id++) {
		ret = iofd_handover_ioas(ioas, &handovers);
		iofd_object_put(&ioas->obj);
	}
	list_for_each_entry_safe_reverse(handover, next, &handovers, item) {
		if (ret)
			iofd_handover_back(handover);
		iofd_payer_release(&handover->old);
		iofd_pages_put(handover->pages);
		kfree(handover);
	}
	return ret;
}
