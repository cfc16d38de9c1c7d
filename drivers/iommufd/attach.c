// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what devices are attached to
 *
 * Inside one group a PASID, and likewise the RID, leads to one HWPT, and each
 * device joins by an attach of its own. What is allowed:
 *
 *	device attached there already	-EBUSY
 *	group attached there		the same HWPT joins, another is -EINVAL
 *	RID of a PASIDs-only bind	-EPERM
 *	PASID				the HWPT must be made for PASIDs, and that
 *					of the RID, if there is one, too
 *	RID beside PASIDs		the HWPT must be made for PASIDs
 *	RID				the address space of a process is -EINVAL:
 *					it is for PASIDs
 *	PASID, process gone		its address space is -ESRCH (the core)
 *	unit enforces coherency		the HWPT must be coherent
 *	HWPT with a fault queue		a device without page requests is -ENODEV,
 *					a virtual function with them -EINVAL
 *	replace				only what the device is attached to; moves
 *					all devices of the group that are
 *	detach				of nothing is nothing
 *
 * The RID, and it alone, brings the reserved regions of its device into the
 * address space: a DMA with a PASID cannot be taken for an interrupt message.
 *
 * Order of an attach: all that can fail, then hardware. Of a detach: hardware,
 * then what faults and mappings need. Giving up the use of a HWPT may destroy it,
 * and wait for users' pages: that is left to the caller, without the lock, or to
 * the context's work when the caller must not wait.
 */
#include <linux/errno.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <kunit/visibility.h>

#include <iopasid/capability.h>
#include <iopasid/domain.h>
#include <iopasid/group.h>

#include "attach.h"
#include "device.h"
#include "fault-queue.h"
#include "hwpt.h"
#include "ioas.h"
#include "iofd.h"

static struct iofd_member *iofd_member_find(struct iofd_attachment *att,
					    const struct iofd_device *idev)
{
	struct iofd_member *member;

	list_for_each_entry(member, &att->members, node)
		if (member->idev == idev)
			return member;
	return NULL;
}

/* The rules of the table above that the HWPT decides; NULL: an automatic one */
static int iofd_attach_check(struct iofd_device *idev, u32 pasid,
			     const struct iofd_hwpt *hwpt)
{
	struct xarray *attachments = &idev->group->attachments;
	struct iofd_attachment *rid = xa_load(attachments, IOMMU_NO_PASID);
	bool for_pasids = hwpt && hwpt->pasid;
	unsigned long other = IOMMU_NO_PASID;

	/* So the RID's has an address space to keep reserved regions in. */
	if (pasid == IOMMU_NO_PASID && hwpt && !hwpt->ioas)
		return -EINVAL;
	if (pasid == IOMMU_NO_PASID && !for_pasids &&
	    xa_find_after(attachments, &other, ULONG_MAX, XA_PRESENT))
		return -EINVAL;
	if (pasid != IOMMU_NO_PASID &&
	    (!for_pasids || (rid && !rid->hwpt->pasid)))
		return -EINVAL;
	if (hwpt &&
	    iopasid_capabilities(idev->dev) & IOPASID_CAP_ENFORCE_COHERENCY &&
	    !hwpt->domain->coherent)
		return -EINVAL;
	return 0;
}

static struct iofd_attachment *
iofd_attachment_create(struct iofd_device *idev, u32 pasid,
		       struct iofd_hwpt *hwpt)
{
	struct iofd_attachment *att;
	int ret;

	lockdep_assert_held(&idev->obj.ctx->attach_lock);

	att = kzalloc(sizeof(*att), GFP_KERNEL_ACCOUNT);
	if (!att)
		return ERR_PTR(-ENOMEM);
	att->hwpt = hwpt;
	att->pasid = pasid;
	INIT_LIST_HEAD(&att->members);
	ret = xa_insert(&idev->group->attachments, pasid, att,
			GFP_KERNEL_ACCOUNT);
	if (ret) {
		kfree(att);
		return ERR_PTR(ret);
	}
	return att;
}

static void iofd_attachment_put(struct iofd_group *group,
				struct iofd_attachment *att)
{
	if (!list_empty(&att->members))
		return;
	xa_erase(&group->attachments, att->pasid);
	kfree(att);
}

/* The device's reserved regions, for the time of the RID's attachment */
static int iofd_attach_reserve(struct iofd_device *idev, u32 pasid,
			       struct iofd_ioas *ioas)
{
	LIST_HEAD(resv);
	int ret;

	if (pasid != IOMMU_NO_PASID)
		return 0;
	ret = iopasid_user_resv_regions(idev->user, &resv);
	if (!ret)
		ret = iofd_ioas_reserve(ioas, &resv, idev);
	iopasid_resv_free(&resv);
	return ret;
}

static void iofd_attach_unreserve(struct iofd_device *idev, u32 pasid,
				  struct iofd_ioas *ioas)
{
	if (pasid == IOMMU_NO_PASID)
		iofd_ioas_unreserve(ioas, idev);
}

/*
 * Attachments come and go. An automatic HWPT is found by attaches to its address
 * space as long as it has one: the last detach destroys it.
 */
static void iofd_hwpt_count_locked(struct iofd_hwpt *hwpt, int by)
{
	struct iofd_ctx *ctx = hwpt->obj.ctx;
	bool was_attached = hwpt->nr_attached;

	lockdep_assert_held(&ctx->attach_lock);

	hwpt->nr_attached += by;
	if (!hwpt->automatic || was_attached == !!hwpt->nr_attached)
		return;
	if (was_attached)
		list_del(&hwpt->auto_node);
	else
		list_add_tail(&hwpt->auto_node, &ctx->auto_hwpts);
}

/* All that a device needs to be attached; then hardware. */
static int iofd_member_join(struct iofd_member *member,
			    struct iofd_attachment *att)
{
	struct iofd_device *idev = member->idev;
	struct iofd_hwpt *hwpt = att->hwpt;
	int ret;

	ret = iofd_attach_reserve(idev, att->pasid, hwpt->ioas);
	if (ret)
		return ret;
	member->source = iofd_fault_source_create(hwpt, idev->dev,
						  idev->obj.id, att->pasid);
	if (IS_ERR(member->source)) {
		ret = PTR_ERR(member->source);
		goto unreserve;
	}
	ret = iopasid_user_attach(idev->user, hwpt->domain, att->pasid);
	if (ret)
		goto destroy_source;
	list_add_tail(&member->node, &att->members);
	iofd_hwpt_count_locked(hwpt, 1);
	return 0;

destroy_source:
	iofd_fault_source_destroy(member->source);
unreserve:
	iofd_attach_unreserve(idev, att->pasid, hwpt->ioas);
	return ret;
}

/* Where the device and its group are, against where the device is to go */
static int iofd_attach_allowed(struct iofd_device *idev, u32 pasid,
			       struct iofd_hwpt *hwpt)
{
	struct iofd_attachment *att = xa_load(&idev->group->attachments, pasid);

	if (pasid == IOMMU_NO_PASID && idev->mode != IOPASID_IOMMUFD_FULL)
		return -EPERM;
	if (att && iofd_member_find(att, idev))
		return -EBUSY;
	if (att)
		return att->hwpt == hwpt ? 0 : -EINVAL;
	return iofd_attach_check(idev, pasid, hwpt);
}

static int iofd_attach_use(struct iofd_hwpt *hwpt, struct iofd_left *left)
{
	if (!iofd_object_use(&hwpt->obj))
		return -ENOENT;
	*left = (struct iofd_left){ .hwpt = hwpt, .nr = 1 };
	return 0;
}

/**
 * iofd_attach_locked() - attach a device, at a PASID or its RID, to a HWPT
 * @idev: the device
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 * @hwpt: the HWPT, which the caller looks at or has created; NULL: only see
 *	whether a new automatic one would do
 * @left: on failure perhaps @hwpt
 *
 * Context: attach_lock held, may sleep.
 * Return: 0; -EBUSY, -EINVAL, -ENODEV and -EPERM as the table above says; -ENOENT when
 * @hwpt is being destroyed; -EADDRINUSE when something is mapped, or promised,
 * where the device has a reserved region; -ENOMEM; errors of the core's attach.
 */
int iofd_attach_locked(struct iofd_device *idev, u32 pasid,
		       struct iofd_hwpt *hwpt, struct iofd_left *left)
{
	struct iofd_group *group = idev->group;
	struct iofd_attachment *att = xa_load(&group->attachments, pasid);
	struct iofd_member *member;
	int ret;

	lockdep_assert_held(&idev->obj.ctx->attach_lock);

	left->hwpt = NULL;
	ret = iofd_attach_allowed(idev, pasid, hwpt);
	if (ret || !hwpt)
		return ret;
	ret = iofd_attach_use(hwpt, left);
	if (ret)
		return ret;
	member = kzalloc(sizeof(*member), GFP_KERNEL_ACCOUNT);
	if (!member)
		return -ENOMEM;
	member->idev = idev;
	if (!att)
		att = iofd_attachment_create(idev, pasid, hwpt);
	if (IS_ERR(att)) {
		ret = PTR_ERR(att);
		goto free_member;
	}
	ret = iofd_member_join(member, att);
	if (ret)
		goto put_att;
	left->hwpt = NULL;
	return 0;

put_att:
	iofd_attachment_put(group, att);
free_member:
	kfree(member);
	return ret;
}

/**
 * iofd_detach_locked() - detach a device at a PASID, or its RID
 * @idev: the device
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 * @left: the HWPT, if there was one
 *
 * Context: attach_lock held, may sleep.
 */
void iofd_detach_locked(struct iofd_device *idev, u32 pasid,
			struct iofd_left *left)
{
	struct iofd_group *group = idev->group;
	struct iofd_attachment *att = xa_load(&group->attachments, pasid);
	struct iofd_member *member;

	lockdep_assert_held(&idev->obj.ctx->attach_lock);

	left->hwpt = NULL;
	member = att ? iofd_member_find(att, idev) : NULL;
	if (!member)
		return;
	list_del(&member->node);
	/* It is detached already when the device has left its unit. */
	iopasid_user_detach(idev->user, pasid);
	iofd_fault_source_destroy(member->source);
	iofd_attach_unreserve(idev, pasid, att->hwpt->ioas);
	iofd_hwpt_count_locked(att->hwpt, -1);
	*left = (struct iofd_left){ .hwpt = att->hwpt, .nr = 1 };
	iofd_attachment_put(group, att);
	kfree(member);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_detach_locked);

/**
 * struct iofd_move - one member on its way to another HWPT
 * @node: in the replace
 * @member: who
 * @source: its way to the other HWPT's fault queue
 */
struct iofd_move {
	struct list_head node;
	struct iofd_member *member;
	struct iofd_fault_source *source;
};

/* All that a member needs at the other HWPT */
static int iofd_move_prepare(struct iofd_attachment *att,
			     struct iofd_member *member,
			     struct iofd_hwpt *hwpt, struct list_head *moves)
{
	struct iofd_device *idev = member->idev;
	struct iofd_move *move = kzalloc(sizeof(*move), GFP_KERNEL_ACCOUNT);
	int ret = 0;

	if (!move)
		return -ENOMEM;
	move->member = member;
	move->source = iofd_fault_source_create(hwpt, idev->dev, idev->obj.id,
						att->pasid);
	if (IS_ERR(move->source)) {
		ret = PTR_ERR(move->source);
		goto free_move;
	}
	if (hwpt->ioas != att->hwpt->ioas)
		ret = iofd_attach_reserve(idev, att->pasid, hwpt->ioas);
	if (ret)
		goto destroy_source;
	list_add_tail(&move->node, moves);
	return 0;

destroy_source:
	iofd_fault_source_destroy(move->source);
free_move:
	kfree(move);
	return ret;
}

/* Leave the HWPT where no member is: the old one, or, on failure, the new one. */
static void iofd_move_finish(struct iofd_attachment *att,
			     struct iofd_hwpt *from, struct list_head *moves)
{
	struct iofd_move *move, *next;

	list_for_each_entry_safe(move, next, moves, node) {
		iofd_fault_source_destroy(move->source);
		if (from->ioas != att->hwpt->ioas)
			iofd_attach_unreserve(move->member->idev, att->pasid,
					      from->ioas);
		kfree(move);
	}
}

/* Move all members, or none. */
static int iofd_attachment_move_locked(struct iofd_device *idev,
				       struct iofd_attachment *att,
				       struct iofd_hwpt *hwpt)
{
	struct iofd_hwpt *from = hwpt;
	struct iofd_member *member;
	struct iofd_move *move;
	LIST_HEAD(moves);
	int ret = 0;

	lockdep_assert_held(&hwpt->obj.ctx->attach_lock);

	list_for_each_entry(member, &att->members, node) {
		ret = iofd_move_prepare(att, member, hwpt, &moves);
		if (ret)
			goto finish;
	}
	ret = iopasid_user_replace(idev->user, hwpt->domain, att->pasid);
	if (ret)
		goto finish;
	list_for_each_entry(move, &moves, node)
		swap(move->member->source, move->source);
	from = att->hwpt;
	att->hwpt = hwpt;
finish:
	iofd_move_finish(att, from, &moves);
	return ret;
}

/**
 * iofd_replace_locked() - lead a PASID, or the RID, to another HWPT
 * @idev: a device that is attached there; the others of its group go along
 * @pasid: the PASID, IOMMU_NO_PASID for the RID
 * @hwpt: as for iofd_attach_locked()
 * @left: the old HWPT, if it is another; on failure perhaps @hwpt
 *
 * Context: attach_lock held, may sleep.
 * Return: 0; -EINVAL and -ENODEV as the table above says; -ENOENT, -EADDRINUSE, -ENOMEM as
 * iofd_attach_locked(); errors of the core's replace. On failure all is as
 * before.
 */
int iofd_replace_locked(struct iofd_device *idev, u32 pasid,
			struct iofd_hwpt *hwpt, struct iofd_left *left)
{
	struct iofd_attachment *att = xa_load(&idev->group->attachments, pasid);
	struct iofd_hwpt *old;
	int nr, ret;

	lockdep_assert_held(&idev->obj.ctx->attach_lock);

	left->hwpt = NULL;
	if (!att || !iofd_member_find(att, idev))
		return -EINVAL;
	old = att->hwpt;
	if (hwpt == old)
		return 0;
	ret = iofd_attach_check(idev, pasid, hwpt);
	if (ret || !hwpt)
		return ret;
	ret = iofd_attach_use(hwpt, left);
	if (!ret)
		ret = iofd_attachment_move_locked(idev, att, hwpt);
	if (ret)
		return ret;

	nr = list_count_nodes(&att->members);
	refcount_add(nr - 1, &hwpt->obj.users);
	iofd_hwpt_count_locked(hwpt, nr);
	iofd_hwpt_count_locked(old, -nr);
	*left = (struct iofd_left){ .hwpt = old, .nr = nr };
	return 0;
}

/**
 * iofd_left_unuse() - give up uses that are not the last ones
 * @left: from the calls above
 *
 * Context: attach_lock held, and the HWPT attached somewhere or not published.
 */
void iofd_left_unuse(struct iofd_left *left)
{
	for (; left->hwpt && left->nr; left->nr--)
		iofd_object_unuse(&left->hwpt->obj);
	left->hwpt = NULL;
}

/**
 * iofd_left_release() - give up uses
 * @left: from the calls above, also from those that failed
 *
 * An automatic HWPT goes with the last of them.
 *
 * Context: may sleep, no lock held.
 */
void iofd_left_release(struct iofd_left *left)
{
	for (; left->hwpt && left->nr; left->nr--)
		if (!left->hwpt->automatic)
			iofd_object_unuse(&left->hwpt->obj);
		else if (iofd_object_release(&left->hwpt->obj))
			break;
	left->hwpt = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_left_release);

/**
 * iofd_left_defer_locked() - leave it to the context's work to give up the last uses
 * @ctx: the context
 * @left: from the calls above; what is not the work's is still to be given to
 *	iofd_left_release(), which does not wait then
 *
 * Uses of an automatic HWPT that are not the last are given up here: they cannot
 * become the last one behind the caller's back. Nobody but the one who closes the
 * context would be there to wait for: he does the work himself.
 *
 * Context: attach_lock held.
 * Return: true when there is something to iofd_ctx_settle() for.
 */
bool iofd_left_defer_locked(struct iofd_ctx *ctx, struct iofd_left *left)
{
	struct iofd_hwpt *hwpt = left->hwpt;

	lockdep_assert_held(&ctx->attach_lock);

	if (!hwpt || !hwpt->automatic)
		return false;
	if (hwpt->nr_attached) {
		iofd_left_unuse(left);
		return false;
	}
	if (ctx->closing)
		return false;
	if (!hwpt->nr_left) {
		list_add_tail(&hwpt->left_node, &ctx->left_hwpts);
		WRITE_ONCE(ctx->nr_leaving, ctx->nr_leaving + 1);
	}
	hwpt->nr_left += left->nr;
	left->hwpt = NULL;
	queue_work(system_unbound_wq, &ctx->left_work);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_left_defer_locked);

static void iofd_left_work_locked(struct iofd_ctx *ctx, struct iofd_hwpt *hwpt)
{
	struct iofd_left left = { .hwpt = hwpt, .nr = hwpt->nr_left };

	lockdep_assert_held(&ctx->attach_lock);

	list_del(&hwpt->left_node);
	hwpt->nr_left = 0;
	mutex_unlock(&ctx->attach_lock);
	iofd_left_release(&left);
	mutex_lock(&ctx->attach_lock);
	/* Pairs with iofd_ctx_settle(): who sees it sees the HWPT gone. */
	smp_store_release(&ctx->nr_leaving, ctx->nr_leaving - 1);
	wake_up_all(&ctx->idle);
}

/**
 * iofd_left_work() - do what calls that must not wait have left
 * @work: of a context, which waits for it before it goes
 */
void iofd_left_work(struct work_struct *work)
{
	struct iofd_ctx *ctx = container_of(work, struct iofd_ctx, left_work);
	struct iofd_hwpt *hwpt;

	mutex_lock(&ctx->attach_lock);
	while ((hwpt = list_first_entry_or_null(&ctx->left_hwpts,
						struct iofd_hwpt, left_node)))
		iofd_left_work_locked(ctx, hwpt);
	mutex_unlock(&ctx->attach_lock);
}

/**
 * iofd_ctx_settle() - wait for what iofd_left_defer_locked() has left
 * @ctx: the context
 *
 * So that user space finds all of a detach done. A caller who is killed does not
 * wait.
 *
 * Context: may sleep, and wait for memory of users; no lock held.
 */
void iofd_ctx_settle(struct iofd_ctx *ctx)
{
	/* Who is killed has nobody to tell. Pairs with iofd_left_work_locked(). */
	if (wait_event_killable(ctx->idle, !smp_load_acquire(&ctx->nr_leaving)))
		return;
}
