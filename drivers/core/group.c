// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: groups
 *
 * Who is a member, and of what type the group is: how the DMA API of its members
 * works. The type is the provider's demand for a member, or else the parameter's
 * or the administrator's choice. Where the RIDs lead then is rid.c's matter.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "core.h"
#include "dma-hooks.h"

static DEFINE_IDA(iopasid_group_ids);

/**
 * iopasid_group_alloc() - an empty group
 *
 * Context: may sleep.
 * Return: the group with one reference, ERR_PTR(-ENOMEM).
 */
struct iopasid_group *iopasid_group_alloc(void)
{
	struct iopasid_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return ERR_PTR(-ENOMEM);
	group->id = ida_alloc(&iopasid_group_ids, GFP_KERNEL);
	if (group->id < 0) {
		kfree(group);
		return ERR_PTR(-ENOMEM);
	}
	mutex_init(&group->lock);
	kref_init(&group->ref);
	INIT_LIST_HEAD(&group->devices);
	xa_init_flags(&group->pasids, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	return group;
}
EXPORT_SYMBOL_GPL(iopasid_group_alloc);

static void iopasid_group_release(struct kref *ref)
{
	struct iopasid_group *group =
		container_of(ref, struct iopasid_group, ref);
	unsigned long pasid;
	void *entry;

	/* Numbers that were allocated and never freed go back to everybody. */
	mutex_lock(&group->lock);
	xa_for_each(&group->pasids, pasid, entry)
		WARN_ON_ONCE(entry);
	iopasid_number_free_all_locked(group);
	mutex_unlock(&group->lock);

	xa_destroy(&group->pasids);
	mutex_destroy(&group->lock);
	ida_free(&iopasid_group_ids, group->id);
	kfree(group);
}

/**
 * iopasid_group_get() - another reference
 * @group: a group that the caller has a reference to
 *
 * Return: @group.
 */
struct iopasid_group *iopasid_group_get(struct iopasid_group *group)
{
	kref_get(&group->ref);
	return group;
}
EXPORT_SYMBOL_GPL(iopasid_group_get);

/**
 * iopasid_group_put() - give a reference back
 * @group: the group; gone if this was the last one
 *
 * Context: may sleep; the group's lock is not held.
 */
void iopasid_group_put(struct iopasid_group *group)
{
	kref_put(&group->ref, iopasid_group_release);
}
EXPORT_SYMBOL_GPL(iopasid_group_put);

/**
 * iopasid_generic_device_group() - a group for a device that is kept apart
 * @idev: the device
 *
 * Return: a new group, ERR_PTR(-ENOMEM).
 */
struct iopasid_group *iopasid_generic_device_group(struct iopasid_device *idev)
{
	return iopasid_group_alloc();
}
EXPORT_SYMBOL_GPL(iopasid_generic_device_group);

/**
 * iopasid_resv_regions() - where a device's mappings must not be
 * @idev: the device
 * @list: gets struct iopasid_resv entries: the unit's and firmware's ranges
 *	and, for a PCI device, the windows of its host bridge
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM. iopasid_resv_free() in both cases.
 */
int iopasid_resv_regions(struct iopasid_device *idev, struct list_head *list)
{
	int ret = idev->unit->provider->ops->resv_regions(idev, list);

	if (!ret && dev_is_pci(idev->dev))
		ret = iopasid_pci_windows(to_pci_dev(idev->dev), list);
	return ret;
}

/**
 * iopasid_resv_free() - free the entries of iopasid_resv_regions()
 * @list: the list, empty afterwards
 */
void iopasid_resv_free(struct list_head *list)
{
	struct iopasid_resv *resv, *next;

	list_for_each_entry_safe(resv, next, list, node) {
		list_del(&resv->node);
		kfree(resv);
	}
}
EXPORT_SYMBOL_GPL(iopasid_resv_free);

/* What the provider demands for a device, negative for nothing */
static int iopasid_demanded_type(struct iopasid_device *idev)
{
	const struct iopasid_unit_ops *ops = idev->unit->provider->ops;

	return ops->default_domain_type ? ops->default_domain_type(idev) : -1;
}

static enum iopasid_domain_type iopasid_wanted_type(struct iopasid_device *idev)
{
	int type = iopasid_demanded_type(idev);

	return type < 0 ? iopasid_dma_default_type() : type;
}

/**
 * iopasid_device_direct() - does firmware demand a fixed mapping (RMRR)?
 * @idev: the device
 *
 * Context: may sleep.
 * Return: 1, 0, -ENOMEM. Who takes the last one for a yes is safe.
 */
int iopasid_device_direct(struct iopasid_device *idev)
{
	struct iopasid_resv *resv;
	LIST_HEAD(list);
	int ret;

	ret = iopasid_resv_regions(idev, &list);
	list_for_each_entry(resv, &list, node)
		if (!ret && resv->type == IOPASID_RESV_DIRECT)
			ret = 1;
	iopasid_resv_free(&list);
	return ret;
}

/* No member demands another type. */
static bool iopasid_group_allows_locked(struct iopasid_group *group,
					enum iopasid_domain_type type)
{
	struct iopasid_device *idev;
	int demanded;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->devices, group_node) {
		demanded = iopasid_demanded_type(idev);
		if (demanded >= 0 && demanded != type)
			return false;
	}
	return true;
}

/* A joiner's demand is the group's type from now on, or it cannot join. */
static int iopasid_group_heed_locked(struct iopasid_group *group,
				     struct iopasid_device *idev)
{
	int type = iopasid_demanded_type(idev);

	lockdep_assert_held(&group->lock);

	if (type < 0 || type == group->type)
		return 0;
	if (group->owner != IOPASID_OWNER_NONE ||
	    iopasid_is_attached_locked(group, group->rid_domain) ||
	    !iopasid_group_allows_locked(group, type)) {
		dev_err(idev->dev, "iopasid: must be %s, but group %d is %s and in use; unbind the drivers of the group, then remove and rescan the device\n",
			iopasid_domain_type_name(type), group->id,
			iopasid_domain_type_name(group->type));
		return -EBUSY;
	}
	group->type = type;
	return 0;
}

static int iopasid_group_admit_locked(struct iopasid_group *group,
				      struct iopasid_device *idev)
{
	int ret;

	lockdep_assert_held(&group->lock);

	if (list_empty(&group->devices)) {
		group->unit = idev->unit;
		group->type = iopasid_wanted_type(idev);
		group->rid_domain = idev->unit->provider->identity;
		return 0;
	}
	if (group->unit != idev->unit) {
		dev_err(idev->dev, "iopasid: group %d is behind %s, the device behind %s\n",
			group->id, group->unit->name, idev->unit->name);
		return -EBUSY;
	}
	if (idev->foreign && group->rid_domain->type != IOPASID_DOMAIN_IDENTITY &&
	    (group->nr_bound || group->owner == IOPASID_OWNER_USER ||
	     iopasid_is_attached_locked(group, group->rid_domain))) {
		dev_err(idev->dev, "iopasid: its driver holds physical addresses, but group %d is in use without pass-through; unbind the driver\n",
			group->id);
		return -EBUSY;
	}
	ret = group->owner == IOPASID_OWNER_USER ? iopasid_device_direct(idev) :
		0;
	if (ret < 0)
		return ret;
	if (ret) {
		dev_err(idev->dev, "iopasid: firmware demands a fixed mapping (RMRR), but a user owns group %d\n",
			group->id);
		return -EBUSY;
	}
	if (group->owner != IOPASID_OWNER_USER &&
	    iopasid_group_has_users_locked(group)) {
		dev_err(idev->dev, "iopasid: users have PASIDs of a device that it is not isolated from (group %d)\n",
			group->id);
		return -EBUSY;
	}
	ret = iopasid_group_heed_locked(group, idev);
	/* No ranges in a page table that the group is about to leave */
	if (ret || !group->dma || group->type == IOPASID_DOMAIN_IDENTITY)
		return ret;
	return iopasid_dma_add_device(group->dma, idev, !group->nr_bound);
}

/**
 * iopasid_group_join() - a device becomes a member
 * @group: its group; the device keeps a reference until its record goes
 * @idev: the device, unit set
 *
 * It gets the group's RID domain at once, and PASIDs only by its own attach.
 *
 * Context: topology lock held, may sleep.
 * Return: 0, -EBUSY (another unit's group; a foreign driver in a translated
 * group that is in use; a demand for another type than such a group's; a
 * firmware range in the way), -ENOMEM, -EIO or -ETIMEDOUT from the unit.
 */
int iopasid_group_join(struct iopasid_group *group, struct iopasid_device *idev)
{
	enum iopasid_domain_type old_type;
	struct iopasid_domain *domain;
	int ret;

	guard(mutex)(&group->lock);
	old_type = group->type;
	ret = iopasid_group_admit_locked(group, idev);
	if (ret)
		return ret;
	domain = group->rid_domain;
	if ((idev->foreign || group->type == IOPASID_DOMAIN_IDENTITY) &&
	    domain == group->dma_domain) {
		/* Nobody is bound: the group goes back to pass-through. */
		domain = idev->unit->provider->identity;
		ret = iopasid_group_set_rid_locked(group, domain);
		if (ret)
			goto restore_type;
	}
	ret = iopasid_rid_move(idev, domain);
	if (ret)
		goto restore_type;
	idev->group = iopasid_group_get(group);
	list_add_tail(&idev->group_node, &group->devices);
	group->nr_foreign += idev->foreign;
	if (group->rid_domain != group->dma_domain)
		iopasid_group_drop_dma_locked(group);
	return 0;

restore_type:
	group->type = old_type;
	iopasid_group_resettle_locked(group);
	return ret;
}

/**
 * iopasid_group_leave() - a device is no member any more
 * @idev: the device
 * @gone: block its RID, but for firmware's sake; otherwise let it pass through
 *
 * In one piece with the end of what its driver left: nothing can be attached
 * in between. The caller settles the group.
 *
 * Context: topology lock held, may sleep.
 */
void iopasid_group_leave(struct iopasid_device *idev, bool gone)
{
	const struct iopasid_provider *provider = idev->unit->provider;
	struct iopasid_group *group = idev->group;
	struct iopasid_domain *domain;

	guard(mutex)(&group->lock);
	iopasid_group_unbind_locked(idev);
	iopasid_users_revoke_locked(idev, true);
	iopasid_dma_unbind(idev);
	domain = gone && !iopasid_device_direct(idev) ?
		provider->blocked : provider->identity;
	iopasid_rid_back(idev, domain);
	iopasid_page_queue_close(idev);
	list_del_init(&idev->group_node);
	if (list_empty(&group->devices)) {
		group->rid_domain = NULL;
		iopasid_group_drop_dma_locked(group);
		iopasid_number_free_all_locked(group);
	}
}

/**
 * iopasid_group_has_driver_locked() - a member has a driver that may DMA
 * @group: the group
 *
 * Context: group lock held.
 * Return: true also when the driver is foreign, or its mappings are refused; but
 * not when it wants no DMA (iopasid_no_kernel_dma()).
 */
bool iopasid_group_has_driver_locked(struct iopasid_group *group)
{
	struct iopasid_device *idev;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->devices, group_node)
		if ((idev->bound && !idev->no_dma) || idev->foreign)
			return true;
	return false;
}

/**
 * iopasid_group_set_type() - choose how the group's DMA API works
 * @group: the group
 * @type: IOPASID_DOMAIN_PAGING or IOPASID_DOMAIN_IDENTITY
 *
 * Context: may sleep.
 * Return: 0, -EBUSY while a driver is bound to a member, the DMA domain is
 * attached at a PASID or a user context owns the group; -EOPNOTSUPP when the
 * provider demands another type for a member; errno of iopasid_dma_create().
 */
int iopasid_group_set_type(struct iopasid_group *group,
			   enum iopasid_domain_type type)
{
	enum iopasid_domain_type old;
	int ret;

	guard(mutex)(&group->lock);
	if (group->owner != IOPASID_OWNER_NONE ||
	    iopasid_group_has_driver_locked(group) ||
	    iopasid_is_attached_locked(group, group->rid_domain))
		return -EBUSY;
	if (!iopasid_group_allows_locked(group, type))
		return -EOPNOTSUPP;
	old = group->type;
	group->type = type;
	ret = iopasid_group_settle_locked(group);
	if (ret)
		group->type = old;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_group_set_type);
