// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: address spaces
 *
 * An address space (IOAS) is a list of mappings: at these addresses is that
 * memory. It needs no device. Page tables (HWPT) of any number of devices can be
 * made of it, and drivers that emulate a device use it as well. Several address
 * spaces may share memory, which is pinned and charged once.
 *
 * The calls are here; what they are made of has a file each: addresses, areas,
 * pages, runs, pinning, accounting.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <kunit/visibility.h>

#include <uapi/linux/iommufd.h>

#include "area.h"
#include "hole.h"
#include "ioas.h"
#include "iofd.h"

static void iofd_ioas_destroy(struct iofd_object *obj)
{
	struct iofd_ioas *ioas = container_of(obj, struct iofd_ioas, obj);
	struct iofd_ctx *ctx = obj->ctx;
	struct iofd_area *area;

	xa_lock(&ctx->objects);
	if (ctx->vfio_ioas == ioas)
		ctx->vfio_ioas = NULL;
	xa_unlock(&ctx->objects);

	/* Page tables and accesses were users: nothing but areas is left. */
	while ((area = iofd_area_first(&ioas->space.areas, 0, ULONG_MAX))) {
		iofd_space_remove(&ioas->space, &area->iova);
		iofd_area_free(area);
	}
	iofd_space_destroy(&ioas->space);
	xa_destroy(&ioas->accesses);
	mutex_destroy(&ioas->dirty_lock);
	kfree(ioas);
}

const struct iofd_object_type iofd_ioas_type = {
	.destroy = iofd_ioas_destroy,
};

/**
 * iofd_ioas_get() - an address space by its id, for the time of a call
 * @ctx: the context
 * @id: from the user
 *
 * Return: the address space, for iofd_object_put(); ERR_PTR(-ENOENT).
 */
struct iofd_ioas *iofd_ioas_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj = iofd_object_get(ctx, id, &iofd_ioas_type);

	return IS_ERR(obj) ? ERR_CAST(obj) :
		container_of(obj, struct iofd_ioas, obj);
}

/**
 * iofd_ioas_create() - a new address space
 * @ctx: its context
 *
 * Context: may sleep.
 * Return: the address space, reserved: to be published or aborted and freed;
 * ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC).
 */
struct iofd_ioas *iofd_ioas_create(struct iofd_ctx *ctx)
{
	struct iofd_ioas *ioas = kzalloc(sizeof(*ioas), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!ioas)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&ioas->domains_rwsem);
	INIT_LIST_HEAD(&ioas->domains);
	init_rwsem(&ioas->iova_rwsem);
	iofd_space_init(&ioas->space);
	ioas->huge_pages = true;
	xa_init_flags(&ioas->accesses, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	mutex_init(&ioas->dirty_lock);
	ret = iofd_object_reserve(ctx, &ioas->obj, &iofd_ioas_type);
	if (ret) {
		kfree(ioas);
		return ERR_PTR(ret);
	}
	return ioas;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_create);

/**
 * iofd_ioas_alloc() - IOMMU_IOAS_ALLOC
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP for flags; -ENOMEM, -ENOSPC, -EFAULT.
 */
int iofd_ioas_alloc(struct iofd_call *call)
{
	struct iommu_ioas_alloc *cmd = call->cmd;
	struct iofd_ioas *ioas;
	int ret;

	if (cmd->flags)
		return -EOPNOTSUPP;
	ioas = iofd_ioas_create(call->ctx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	cmd->out_ioas_id = ioas->obj.id;
	ret = iofd_call_respond(call, sizeof(*cmd));
	if (ret) {
		iofd_object_abort(&ioas->obj);
		kfree(ioas);
		return ret;
	}
	iofd_object_publish(&ioas->obj);
	return 0;
}

/**
 * iofd_ioas_ranges() - which addresses can be used
 * @ioas: the address space
 * @nr: gets the number of ranges
 *
 * They go to a user when the lock has been dropped.
 *
 * Context: iova_rwsem held, may sleep.
 * Return: the ranges in ascending order, for kvfree(); ERR_PTR(-ENOMEM).
 */
struct iommu_iova_range *iofd_ioas_ranges(struct iofd_ioas *ioas, u32 *nr)
{
	struct iommu_iova_range *ranges, *range;
	struct iofd_holes holes;
	u32 count = 0;

	lockdep_assert_held(&ioas->iova_rwsem);

	iofd_for_each_hole(&holes, &ioas->space.reserved, 0, ULONG_MAX)
		count++;
	ranges = kvmalloc_array(count, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
	if (!ranges)
		return ERR_PTR(-ENOMEM);
	*nr = count;
	range = ranges;
	iofd_for_each_hole(&holes, &ioas->space.reserved, 0, ULONG_MAX) {
		range->start = holes.first;
		range->last = holes.last;
		range++;
	}
	return ranges;
}

static int iofd_ioas_copy_ranges(struct iofd_ioas *ioas,
				 struct iommu_ioas_iova_ranges *cmd)
{
	struct iommu_iova_range __user *user =
		u64_to_user_ptr(cmd->allowed_iovas);
	struct iommu_iova_range *ranges;
	u32 room = cmd->num_iovas;
	int ret;

	ret = down_read_killable(&ioas->iova_rwsem);
	if (ret)
		return ret;
	cmd->out_iova_alignment = ioas->space.alignment;
	ranges = iofd_ioas_ranges(ioas, &cmd->num_iovas);
	up_read(&ioas->iova_rwsem);
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	if (copy_to_user(user, ranges,
			 array_size(min(room, cmd->num_iovas),
				    sizeof(*ranges))))
		ret = -EFAULT;
	else if (cmd->num_iovas > room)
		ret = -EMSGSIZE;
	kvfree(ranges);
	return ret;
}

/**
 * iofd_ioas_iova_ranges() - IOMMU_IOAS_IOVA_RANGES
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP when a field is not 0 that must be; -ENOENT; -EMSGSIZE
 * when there are more ranges than room: then the user knows how many; -EFAULT;
 * -ENOMEM; -EINTR when the caller is killed.
 */
int iofd_ioas_iova_ranges(struct iofd_call *call)
{
	struct iommu_ioas_iova_ranges *cmd = call->cmd;
	struct iofd_ioas *ioas;
	int ret;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	ioas = iofd_ioas_get(call->ctx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	ret = iofd_ioas_copy_ranges(ioas, cmd);
	if ((!ret || ret == -EMSGSIZE) &&
	    iofd_call_respond(call, sizeof(*cmd)))
		ret = -EFAULT;
	iofd_object_put(&ioas->obj);
	return ret;
}

static int iofd_ioas_load_ranges(struct iommu_ioas_allow_iovas *cmd,
				 struct rb_root_cached *ranges)
{
	struct iommu_iova_range __user *user =
		u64_to_user_ptr(cmd->allowed_iovas);
	u32 i;

	for (i = 0; i < cmd->num_iovas; i++) {
		struct iommu_iova_range range;
		int ret;

		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_from_user(&range, user + i, sizeof(range)))
			return -EFAULT;
		if (range.start >= range.last ||
		    interval_tree_iter_first(ranges, range.start, range.last))
			return -EINVAL;
		ret = iofd_ranges_add(ranges, range.start, range.last, NULL);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * iofd_ioas_allow_iovas() - IOMMU_IOAS_ALLOW_IOVAS
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP when a field is not 0 that must be; -ENOENT; -EINVAL for
 * ranges that are empty or overlap; -EADDRINUSE when some is reserved; -ENOMEM,
 * -EFAULT; -EINTR when the caller is killed. There may be as many as its memory
 * is charged for.
 */
int iofd_ioas_allow_iovas(struct iofd_call *call)
{
	struct iommu_ioas_allow_iovas *cmd = call->cmd;
	struct rb_root_cached ranges = RB_ROOT_CACHED;
	struct iofd_ioas *ioas;
	int ret;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	ioas = iofd_ioas_get(call->ctx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	ret = iofd_ioas_load_ranges(cmd, &ranges) ?:
		down_write_killable(&ioas->iova_rwsem);
	if (!ret) {
		ret = iofd_space_allow(&ioas->space, &ranges);
		up_write(&ioas->iova_rwsem);
	}
	iofd_ranges_free(&ranges);
	iofd_object_put(&ioas->obj);
	return ret;
}

/**
 * iofd_ioas_set_huge_pages() - may page tables have pages larger than PAGE_SIZE?
 * @ioas: the address space
 * @huge_pages: they may
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when they may not, but may have already; -EADDRINUSE when
 * something is mapped that is not aligned to PAGE_SIZE; -EINTR when the caller is
 * killed.
 */
int iofd_ioas_set_huge_pages(struct iofd_ioas *ioas, bool huge_pages)
{
	bool old;
	int ret;

	ret = down_write_killable(&ioas->domains_rwsem);
	if (ret)
		return ret;
	down_write(&ioas->iova_rwsem);
	old = ioas->huge_pages;
	if (old && !huge_pages && !list_empty(&ioas->domains) &&
	    !RB_EMPTY_ROOT(&ioas->space.areas.rb_root)) {
		ret = -EINVAL;
	} else {
		ioas->huge_pages = huge_pages;
		ret = iofd_ioas_update_alignment(ioas);
		if (ret)
			ioas->huge_pages = old;
	}
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_set_huge_pages);

static int iofd_ioas_do_huge_pages(struct iofd_ioas *ioas,
				   struct iommu_option *option)
{
	switch (option->op) {
	case IOMMU_OPTION_OP_GET:
		option->val64 = READ_ONCE(ioas->huge_pages);
		return 0;
	case IOMMU_OPTION_OP_SET:
		if (option->val64 > 1)
			return -EINVAL;
		return iofd_ioas_set_huge_pages(ioas, option->val64);
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * iofd_ioas_option_huge_pages() - IOMMU_OPTION_HUGE_PAGES
 * @ctx: the context
 * @option: of which address space, what to do, and the value
 *
 * Context: may sleep.
 * Return: 0; -ENOENT; -EOPNOTSUPP for an unknown operation; -EINVAL for a value
 * that is none; as iofd_ioas_set_huge_pages().
 */
int iofd_ioas_option_huge_pages(struct iofd_ctx *ctx,
				struct iommu_option *option)
{
	struct iofd_ioas *ioas = iofd_ioas_get(ctx, option->object_id);
	int ret;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	ret = iofd_ioas_do_huge_pages(ioas, option);
	iofd_object_put(&ioas->obj);
	return ret;
}
