// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: an attach or a replace, step by step
 *
 * It names a HWPT, or an address space: then an automatic HWPT of it is taken that
 * fits the device, or one is made. Filling that one waits for users' pages, which
 * may take as long as they like:
 *
 *	begin	look at what is named
 *	try	attach; if a HWPT is to be made, only an empty page table for it
 *	fill	it, without the device, whose driver can unbind it meanwhile
 *	try	again; if another thread has made one that fits, take that
 *	end	throw away what was not used
 */
#include <linux/errno.h>
#include <linux/list.h>

#include <iopasid/domain.h>
#include <iopasid/iommufd.h>

#include "change.h"
#include "device.h"
#include "hwpt.h"
#include "ioas.h"
#include "iofd.h"

/**
 * iofd_change_begin() - look at what user space has named
 * @change: to be given to iofd_change_end() when this succeeds
 * @ctx: the context; the caller has a reference
 * @pt_id: a HWPT or an address space
 *
 * Return: 0; -ENOENT when there is no such object, -EINVAL when it is of another
 * kind.
 */
int iofd_change_begin(struct iofd_change *change, struct iofd_ctx *ctx,
		      u32 pt_id)
{
	struct iofd_object *target = iofd_object_get(ctx, pt_id, NULL);

	if (IS_ERR(target))
		return PTR_ERR(target);
	if (target->type != &iofd_ioas_type && target->type != &iofd_hwpt_type) {
		iofd_object_put(target);
		return -EINVAL;
	}
	*change = (struct iofd_change){
		.ctx = ctx,
		.target = target,
		.pt_id = pt_id,
	};
	iopasid_iommufd_ctx_get(ctx);
	return 0;
}

/* To an automatic HWPT that there is; -ENOENT: none fits, and a new one would. */
static int iofd_change_found_locked(struct iofd_change *change,
				    struct iofd_device *idev, u32 pasid,
				    iofd_change_fn fn)
{
	struct iofd_left *left = &change->left;
	struct iofd_hwpt *hwpt;
	int ret;

	lockdep_assert_held(&change->ctx->attach_lock);

	left->hwpt = NULL;
	list_for_each_entry(hwpt, &change->ctx->auto_hwpts, auto_node) {
		if (&hwpt->ioas->obj != change->target)
			continue;
		ret = fn(idev, pasid, hwpt, left);
		if (!ret)
			change->pt_id = hwpt->obj.id;
		if (ret != -EINVAL && ret != -ENOENT)
			return ret;
		/* It does not fit the device. */
		iofd_left_unuse(left);
	}
	ret = fn(idev, pasid, NULL, left);
	return ret ?: -ENOENT;
}

/* To the one that was made for it */
static int iofd_change_made_locked(struct iofd_change *change,
				   struct iofd_device *idev, u32 pasid,
				   iofd_change_fn fn)
{
	struct iofd_hwpt *hwpt = change->made;
	int ret;

	lockdep_assert_held(&change->ctx->attach_lock);

	hwpt->automatic = true;
	ret = fn(idev, pasid, hwpt, &change->left);
	if (ret) {
		iofd_left_unuse(&change->left);
		return ret;
	}
	change->made = NULL;
	change->pt_id = hwpt->obj.id;
	iofd_object_publish(&hwpt->obj);
	return 0;
}

static int iofd_change_locked(struct iofd_change *change,
			      struct iofd_device *idev, u32 pasid,
			      iofd_change_fn fn)
{
	struct iofd_object *target = change->target;
	int ret;

	lockdep_assert_held(&change->ctx->attach_lock);

	if (target->type == &iofd_hwpt_type)
		return fn(idev, pasid,
			  container_of(target, struct iofd_hwpt, obj),
			  &change->left);
	ret = iofd_change_found_locked(change, idev, pasid, fn);
	if (ret == -ENOENT && change->made)
		ret = iofd_change_made_locked(change, idev, pasid, fn);
	return ret;
}

/**
 * iofd_change_try() - attach, or say that a page table is to be filled first
 * @change: the change
 * @idev: the device
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 * @fn: what to do
 *
 * Context: may sleep, but does not wait for users.
 * Return: 0; 1 once: to be called again after iofd_change_fill(); -EINVAL when the
 * device has come to another context meanwhile; as
 * iopasid_domain_alloc_user() and @fn.
 */
int iofd_change_try(struct iofd_change *change, struct iofd_device *idev,
		    u32 pasid, iofd_change_fn fn)
{
	struct iofd_ctx *ctx = change->ctx;
	struct iopasid_domain *domain;
	int ret;

	if (idev->obj.ctx != ctx)
		return -EINVAL;
	mutex_lock(&ctx->attach_lock);
	ret = iofd_change_locked(change, idev, pasid, fn);
	change->settle |= iofd_left_defer_locked(ctx, &change->left);
	mutex_unlock(&ctx->attach_lock);
	if (ret != -ENOENT || change->made ||
	    change->target->type != &iofd_ioas_type)
		return ret;
	domain = iopasid_domain_alloc_user(idev->dev, 0, NULL);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	change->domain = domain;
	return 1;
}

/**
 * iofd_change_fill() - make an automatic HWPT
 * @change: after iofd_change_try() has returned 1
 *
 * Context: may sleep, and wait for memory of users; no lock held.
 * Return: as iofd_hwpt_create().
 */
int iofd_change_fill(struct iofd_change *change)
{
	struct iofd_ioas *ioas = container_of(change->target, struct iofd_ioas,
					      obj);
	struct iofd_hwpt *hwpt = iofd_hwpt_create(change->ctx, ioas,
						  change->domain, 0, NULL);

	/* It is the HWPT's, or gone. */
	change->domain = NULL;
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	change->made = hwpt;
	return 0;
}

/**
 * iofd_change_end() - give up what the change had, and what the device had before
 * @change: done or failed
 *
 * Context: may sleep, and wait for memory of users unless the caller is killed; no
 * lock held.
 */
void iofd_change_end(struct iofd_change *change)
{
	struct iofd_ctx *ctx = change->ctx;

	if (change->domain)
		iopasid_domain_free(change->domain);
	if (change->made)
		iofd_hwpt_abort(change->made);
	/* In this order: what was left waits for calls that look at it. */
	iofd_object_put(change->target);
	iofd_left_release(&change->left);
	if (change->settle)
		iofd_ctx_settle(ctx);
	iopasid_iommufd_ctx_put(ctx);
}
