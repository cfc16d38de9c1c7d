// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: PASID numbers
 *
 * Two number spaces share 1..2^20-1:
 *
 * global
 *	one number that is good on every device (what an instruction that takes
 *	the PASID from the running task needs), handed out from the top of the
 *	smallest limit;
 * per group
 *	kernel DMA and user contexts, handed out from the bottom or chosen by
 *	the caller. Groups do not see each other's numbers.
 *
 * A number is never both. iopasid_number_uses holds, for each number, either
 * the word that it is global or in how many groups it is taken; a group's own
 * numbers are the entries of group->pasids. Limits of the hardware are
 * parameters everywhere (requirements A3.20).
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/export.h>

#include <kunit/visibility.h>

#include <iopasid/pasid.h>

#include "core.h"

/* In iopasid_number_uses instead of a count of groups */
#define IOPASID_NUMBER_GLOBAL	LONG_MAX

/* Protects iopasid_number_uses; inside a group's lock */
static DEFINE_MUTEX(iopasid_numbers_lock);
static DEFINE_XARRAY(iopasid_number_uses);

static unsigned long iopasid_number_count_locked(u32 pasid)
{
	void *entry;

	lockdep_assert_held(&iopasid_numbers_lock);

	entry = xa_load(&iopasid_number_uses, pasid);
	return entry ? xa_to_value(entry) : 0;
}

static int iopasid_number_set_locked(u32 pasid, unsigned long count)
{
	lockdep_assert_held(&iopasid_numbers_lock);

	if (!count) {
		xa_erase(&iopasid_number_uses, pasid);
		return 0;
	}
	return xa_err(xa_store(&iopasid_number_uses, pasid, xa_mk_value(count),
			       GFP_KERNEL));
}

/* One more group has the number: -EBUSY if it is global. */
static int iopasid_number_get(u32 pasid)
{
	unsigned long count;

	guard(mutex)(&iopasid_numbers_lock);
	count = iopasid_number_count_locked(pasid);
	if (count == IOPASID_NUMBER_GLOBAL)
		return -EBUSY;
	return iopasid_number_set_locked(pasid, count + 1);
}

/* One group less; true when the number is global and was never counted. */
static bool iopasid_number_put(u32 pasid)
{
	unsigned long count;

	guard(mutex)(&iopasid_numbers_lock);
	count = iopasid_number_count_locked(pasid);
	if (count == IOPASID_NUMBER_GLOBAL)
		return true;
	/* 0: a global number was freed while it was still attached. */
	if (!WARN_ON_ONCE(!count))
		iopasid_number_set_locked(pasid, count - 1);
	return false;
}

static bool iopasid_number_is_global(u32 pasid)
{
	guard(mutex)(&iopasid_numbers_lock);
	return iopasid_number_count_locked(pasid) == IOPASID_NUMBER_GLOBAL;
}

/**
 * iopasid_number_reserved_locked() - a group has this number
 * @group: the group
 * @pasid: the number
 *
 * Context: group lock held.
 * Return: true when it is taken, with or without an attachment.
 */
bool iopasid_number_reserved_locked(struct iopasid_group *group, u32 pasid)
{
	XA_STATE(xas, &group->pasids, pasid);
	void *entry;

	lockdep_assert_held(&group->lock);

	rcu_read_lock();
	entry = xas_load(&xas);
	rcu_read_unlock();
	return entry;
}

static int iopasid_number_take_locked(struct iopasid_group *group, u32 pasid)
{
	int ret;

	lockdep_assert_held(&group->lock);

	ret = xa_insert(&group->pasids, pasid, NULL, GFP_KERNEL);
	if (ret)
		return ret;
	ret = iopasid_number_get(pasid);
	if (ret)
		xa_release(&group->pasids, pasid);
	return ret;
}

/**
 * iopasid_number_reserve_locked() - take a number of the caller's choice
 * @group: the group
 * @pasid: the number
 * @allow_global: the number may be global: its owner is the caller
 *
 * Context: group lock held, may sleep.
 * Return: 0; -EBUSY when the group has it, it is global, or numbers come from
 * the provider; -ENOMEM.
 */
int iopasid_number_reserve_locked(struct iopasid_group *group, u32 pasid,
				  bool allow_global)
{
	lockdep_assert_held(&group->lock);

	if (allow_global && iopasid_number_is_global(pasid))
		return xa_insert(&group->pasids, pasid, NULL, GFP_KERNEL);
	if (group->unit->provider->ops->pasid_alloc)
		return -EBUSY;
	return iopasid_number_take_locked(group, pasid);
}

/* The lowest free number of the group in [min, last] that is not global */
static int iopasid_number_find_locked(struct iopasid_group *group, u32 min,
				      u32 last, u32 *pasid)
{
	int ret;

	lockdep_assert_held(&group->lock);

	while (min <= last) {
		ret = xa_alloc(&group->pasids, pasid, NULL,
			       XA_LIMIT(min, last), GFP_KERNEL);
		if (ret)
			return ret == -EBUSY ? -ENOSPC : ret;
		ret = iopasid_number_get(*pasid);
		if (!ret)
			return 0;
		xa_release(&group->pasids, *pasid);
		if (ret != -EBUSY)
			return ret;
		min = *pasid + 1;
	}
	return -ENOSPC;
}

/**
 * iopasid_number_alloc_locked() - a free number for a device's group
 * @idev: the device: its limit and its unit's numbers count
 * @min: smallest number wanted, at least 1
 * @max: largest number wanted, inclusive; the device's limit cuts it
 * @pasid: the number
 *
 * Context: group lock held, may sleep.
 * Return: 0; -EOPNOTSUPP when the device knows no PASID; -ENOSPC; -ENOMEM.
 */
int iopasid_number_alloc_locked(struct iopasid_device *idev, u32 min, u32 max,
				u32 *pasid)
{
	const struct iopasid_unit_ops *ops = idev->unit->provider->ops;
	struct iopasid_group *group = idev->group;
	int ret;

	lockdep_assert_held(&group->lock);

	if (!idev->max_pasids)
		return -EOPNOTSUPP;
	min = max(min, 1U);
	max = min(max, idev->max_pasids - 1);
	if (min > max)
		return -ENOSPC;
	if (!ops->pasid_alloc)
		return iopasid_number_find_locked(group, min, max, pasid);

	ret = ops->pasid_alloc(idev->unit, min, max, pasid);
	if (ret)
		return ret;
	ret = iopasid_number_take_locked(group, *pasid);
	if (ret)
		ops->pasid_free(idev->unit, *pasid);
	return ret == -EBUSY ? -ENOSPC : ret;
}

/**
 * iopasid_number_free_locked() - a group gives a number back
 * @group: the group
 * @pasid: the number, nothing attached at it
 *
 * Context: group lock held, may sleep.
 */
void iopasid_number_free_locked(struct iopasid_group *group, u32 pasid)
{
	const struct iopasid_unit_ops *ops = group->unit->provider->ops;

	lockdep_assert_held(&group->lock);

	xa_erase(&group->pasids, pasid);
	if (!iopasid_number_put(pasid) && ops->pasid_free)
		ops->pasid_free(group->unit, pasid);
}

/**
 * iopasid_number_free_all_locked() - a group ends: its numbers go back
 * @group: the group, nothing attached
 *
 * Context: group lock held, may sleep.
 */
void iopasid_number_free_all_locked(struct iopasid_group *group)
{
	XA_STATE(xas, &group->pasids, 1);

	lockdep_assert_held(&group->lock);

	for (;;) {
		rcu_read_lock();
		/* Index 0 holds a mark of the xarray's own. */
		xas_set(&xas, 1);
		if (!xas_find(&xas, IOPASID_PASID_LAST)) {
			rcu_read_unlock();
			return;
		}
		rcu_read_unlock();
		iopasid_number_free_locked(group, xas.xa_index);
	}
}

/**
 * iopasid_max_pasids() - how many PASIDs a device can be attached at
 * @dev: the device
 *
 * Context: any.
 * Return: 1..n-1 are valid PASIDs; 0: no PASID, or no unit manages @dev.
 */
u32 iopasid_max_pasids(struct device *dev)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	u32 max_pasids = 0;

	if (idev) {
		max_pasids = idev->max_pasids;
		iopasid_device_put(idev);
	}
	return max_pasids;
}
EXPORT_SYMBOL_GPL(iopasid_max_pasids);

/**
 * iopasid_pasid_alloc() - the lowest free PASID of a device's group
 * @dev: the device
 * @min: smallest number wanted; 0 counts as 1
 * @max: largest number wanted, inclusive; the device's limit cuts it
 * @pasid: the number, until iopasid_pasid_free()
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no unit manages @dev; -EOPNOTSUPP when it knows no
 * PASID; -ENOSPC when no number in the range is free; -ENOMEM.
 */
int iopasid_pasid_alloc(struct device *dev, u32 min, u32 max, u32 *pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = list_empty(&idev->group_node) ? -ENODEV :
		iopasid_number_alloc_locked(idev, min, max, pasid);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_pasid_alloc);

/**
 * iopasid_pasid_reserve() - take a PASID of the caller's choice
 * @dev: the device
 * @pasid: the number, until iopasid_pasid_free()
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no unit manages @dev; -EOPNOTSUPP when it knows no
 * PASID; -EINVAL when the number is 0 or not below the device's limit; -EBUSY
 * when the group has it already, it is global, or numbers come from the
 * provider; -ENOMEM.
 */
int iopasid_pasid_reserve(struct device *dev, u32 pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	if (list_empty(&idev->group_node))
		ret = -ENODEV;
	else if (!idev->max_pasids)
		ret = -EOPNOTSUPP;
	else if (!pasid || pasid >= idev->max_pasids)
		ret = -EINVAL;
	else
		ret = iopasid_number_reserve_locked(idev->group, pasid, false);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_pasid_reserve);

/**
 * iopasid_pasid_free() - give a PASID number back
 * @dev: the device whose group it was taken for
 * @pasid: the number; an attached one stays taken, with a warning
 *
 * Context: may sleep.
 */
void iopasid_pasid_free(struct device *dev, u32 pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	struct iopasid_group *group;

	if (!idev)
		return;
	group = idev->group;
	mutex_lock(&group->lock);
	if (iopasid_number_reserved_locked(group, pasid) &&
	    !WARN_ON_ONCE(iopasid_attachment_find_locked(group, pasid)))
		iopasid_number_free_locked(group, pasid);
	mutex_unlock(&group->lock);
	iopasid_device_put(idev);
}
EXPORT_SYMBOL_GPL(iopasid_pasid_free);

/**
 * iopasid_pasid_alloc_global() - a PASID that is good on every device
 * @max: the smallest limit of the devices that shall use it, inclusive
 * @pasid: the highest free number up to @max
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when @max is 0 or beyond 20 bits; -ENOSPC; -ENOMEM.
 */
int iopasid_pasid_alloc_global(u32 max, u32 *pasid)
{
	u32 number;
	int ret;

	if (!max || max > IOPASID_PASID_LAST)
		return -EINVAL;
	guard(mutex)(&iopasid_numbers_lock);
	for (number = max; number; number--) {
		if (iopasid_number_count_locked(number))
			continue;
		ret = iopasid_number_set_locked(number, IOPASID_NUMBER_GLOBAL);
		if (!ret)
			*pasid = number;
		return ret;
	}
	return -ENOSPC;
}
EXPORT_SYMBOL_GPL(iopasid_pasid_alloc_global);

/**
 * iopasid_pasid_free_global() - give a global PASID back
 * @pasid: the number, attached nowhere
 *
 * Context: may sleep.
 */
void iopasid_pasid_free_global(u32 pasid)
{
	guard(mutex)(&iopasid_numbers_lock);
	if (!WARN_ON_ONCE(iopasid_number_count_locked(pasid) !=
			  IOPASID_NUMBER_GLOBAL))
		iopasid_number_set_locked(pasid, 0);
}
EXPORT_SYMBOL_GPL(iopasid_pasid_free_global);

/**
 * iopasid_number_exit() - the module goes: no number is taken any more
 */
void iopasid_number_exit(void)
{
	WARN_ON_ONCE(!xa_empty(&iopasid_number_uses));
	xa_destroy(&iopasid_number_uses);
}
