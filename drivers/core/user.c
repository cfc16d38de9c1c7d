// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: devices in the hands of users
 *
 * A user context gets a device from the device's driver, or from whoever stands
 * in for one, in one of two ways:
 *
 * all of it
 *	RID and PASIDs. The whole group is the context's: no member has a driver
 *	that DMAs, none of its PASIDs is the kernel's, firmware needs no mapping
 *	there. Its RIDs are blocked until the context attaches a domain. The same
 *	context may claim other members, too: RIDs and PASIDs of members that
 *	cannot be kept apart lead to the same domains.
 * PASIDs
 *	beside a driver that goes on with the DMA API. The device must be alone
 *	in its group: a DMA with a PASID must not reach a neighbour without
 *	crossing the unit. Any number of contexts, each with PASIDs that nobody
 *	else has. The driver lets a context issue only PASIDs that are attached
 *	through its claim.
 *
 * A claim is a struct iopasid_user. What is attached through it goes with it: at
 * iopasid_user_release(), or before that when it is revoked, because the driver
 * that has made it is unbound (which should have released it: one line says so),
 * or the device or its unit goes. A revoked claim has no effect any more, and is
 * still to be released.
 *
 * A claim holds the modules as a driver does: without a unit the device would
 * reach all memory.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>
#include <linux/slab.h>

#include <iopasid/group.h>

#include "core.h"

/**
 * iopasid_group_has_users_locked() - somebody has a claim on a member
 * @group: the group
 *
 * Context: group lock held.
 * Return: true if so.
 */
bool iopasid_group_has_users_locked(struct iopasid_group *group)
{
	struct iopasid_device *idev;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->devices, group_node)
		if (!list_empty(&idev->users))
			return true;
	return false;
}

/* One more claim of the group's owner: on a member whose driver stands by */
static int iopasid_group_share_locked(struct iopasid_device *idev, void *ctx)
{
	struct iopasid_group *group = idev->group;

	lockdep_assert_held(&group->lock);

	if (group->owner_ctx != ctx || (idev->bound && !idev->no_dma))
		return -EBUSY;
	group->nr_users++;
	return 0;
}

/* No member has memory of firmware that its DMA must reach. */
static int iopasid_group_check_direct_locked(struct iopasid_group *group)
{
	struct iopasid_device *idev;
	int ret;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->devices, group_node) {
		ret = iopasid_device_direct(idev);
		if (ret < 0)
			return ret;
		if (!ret)
			continue;
		dev_warn_ratelimited(idev->dev, "iopasid: firmware demands a fixed mapping (RMRR): group %d is not for users; see if the firmware's setup can do without\n",
				     group->id);
		return -EPERM;
	}
	return 0;
}

static int iopasid_group_own_locked(struct iopasid_group *group, void *ctx)
{
	int ret;

	lockdep_assert_held(&group->lock);

	if (group->owner != IOPASID_OWNER_NONE ||
	    iopasid_group_has_driver_locked(group) ||
	    iopasid_group_has_users_locked(group) ||
	    iopasid_is_attached_locked(group, NULL))
		return -EBUSY;
	ret = iopasid_group_check_direct_locked(group);
	if (ret)
		return ret;
	ret = iopasid_fence_raise_locked(group);
	if (ret)
		return ret;
	group->owner = IOPASID_OWNER_USER;
	group->owner_ctx = ctx;
	group->nr_users = 1;
	/* To the blocked domain: cannot fail. */
	iopasid_group_resettle_locked(group);
	return 0;
}

static void iopasid_group_disown_locked(struct iopasid_group *group)
{
	lockdep_assert_held(&group->lock);

	if (--group->nr_users)
		return;
	group->owner = IOPASID_OWNER_NONE;
	group->owner_ctx = NULL;
	iopasid_fence_drop_locked(group);
}

/* Beside the driver of a device that nobody can be reached from */
static int iopasid_user_check_pasids_locked(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;

	lockdep_assert_held(&group->lock);

	if (!idev->bound)
		return -ENODEV;
	if (!idev->max_pasids)
		return -EOPNOTSUPP;
	if (group->owner == IOPASID_OWNER_USER)
		return -EBUSY;
	return list_is_singular(&group->devices) ? 0 : -EPERM;
}

static int iopasid_user_claim_locked(struct iopasid_user *user)
{
	struct iopasid_device *idev = user->idev;
	struct iopasid_group *group = idev->group;
	int ret;

	lockdep_assert_held(&group->lock);

	if (list_empty(&idev->group_node) ||
	    !iopasid_modules_get(idev->unit->provider))
		return -ENODEV;
	if (user->scope == IOPASID_USER_PASIDS)
		ret = iopasid_user_check_pasids_locked(idev);
	else if (group->owner == IOPASID_OWNER_USER)
		ret = iopasid_group_share_locked(idev, user->ctx);
	else
		ret = iopasid_group_own_locked(group, user->ctx);
	if (ret) {
		iopasid_modules_put(idev->unit->provider);
		return ret;
	}
	user->by_driver = idev->bound;
	list_add_tail(&user->node, &idev->users);
	return 0;
}

/**
 * iopasid_user_claim() - a user context takes a device
 * @dev: the device
 * @ctx: the context: a name, and not looked into
 * @scope: all of it, or PASIDs beside its driver
 *
 * All of it: for a device without a driver, or by its driver after
 * iopasid_no_kernel_dma(). Its RID, and those of all members of its group, are
 * blocked from now on, until the context attaches a domain; members without a
 * driver get none.
 *
 * PASIDs: by the driver that is bound to it.
 *
 * Context: process, may sleep.
 * Return: the claim, for iopasid_user_release(). ERR_PTR(-EINVAL): no context or
 * an unknown scope; -ENODEV: no unit manages @dev, its provider's module is on
 * its way out, or, for PASIDs, no driver is bound to it that was bound since the
 * unit came; -EBUSY: another context has it, or, for all of it, a member of the
 * group has a driver that may DMA, or the kernel or a context PASIDs; -EPERM: for
 * all of it, firmware demands a fixed mapping (RMRR) for a member; for PASIDs,
 * the device is not alone in its group; -EOPNOTSUPP: for PASIDs, the device
 * cannot tag its DMA; -ENOMEM.
 */
struct iopasid_user *iopasid_user_claim(struct device *dev, void *ctx,
					enum iopasid_user_scope scope)
{
	struct iopasid_user *user;
	int ret = -ENODEV;

	if (!ctx || scope > IOPASID_USER_PASIDS)
		return ERR_PTR(-EINVAL);
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return ERR_PTR(-ENOMEM);
	user->ctx = ctx;
	user->scope = scope;
	user->idev = iopasid_device_get(dev);
	if (!user->idev)
		goto free;
	mutex_lock(&user->idev->group->lock);
	ret = iopasid_user_claim_locked(user);
	mutex_unlock(&user->idev->group->lock);
	if (ret)
		goto put;
	return user;

put:
	iopasid_device_put(user->idev);
free:
	kfree(user);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(iopasid_user_claim);

/**
 * iopasid_user_group_id() - which group a claimed device is in
 * @user: the claim
 *
 * Context: any.
 * Return: its number, which is no other group's as long as there is the claim.
 */
int iopasid_user_group_id(struct iopasid_user *user)
{
	return user->idev->group->id;
}
EXPORT_SYMBOL_GPL(iopasid_user_group_id);

static int iopasid_user_attach_rid_locked(struct iopasid_user *user,
					  struct iopasid_domain *domain)
{
	struct iopasid_group *group = user->idev->group;
	int ret;

	lockdep_assert_held(&group->lock);

	if (user->rid || (group->nr_rid_users && group->rid_domain != domain))
		return -EBUSY;
	ret = iopasid_group_set_rid_locked(group, domain);
	if (ret)
		return ret;
	user->rid = true;
	group->nr_rid_users++;
	return 0;
}

static int iopasid_user_replace_rid_locked(struct iopasid_user *user,
					   struct iopasid_domain *domain)
{
	lockdep_assert_held(&user->idev->group->lock);

	if (!user->rid)
		return -EINVAL;
	return iopasid_group_set_rid_locked(user->idev->group, domain);
}

static int iopasid_user_detach_rid_locked(struct iopasid_user *user)
{
	struct iopasid_group *group = user->idev->group;

	lockdep_assert_held(&group->lock);

	if (!user->rid)
		return -ENOENT;
	user->rid = false;
	group->nr_rid_users--;
	/* The last one: to the blocked domain, which cannot fail. */
	iopasid_group_resettle_locked(group);
	return 0;
}

/* May this claim attach this domain there? */
static int iopasid_user_allows_locked(struct iopasid_user *user,
				      struct iopasid_domain *domain, u32 pasid)
{
	struct iopasid_device *idev = user->idev;

	lockdep_assert_held(&idev->group->lock);

	if (user->revoked)
		return -ENODEV;
	if (!pasid && user->scope != IOPASID_USER_ALL)
		return -EPERM;
	if (domain->provider != idev->unit->provider ||
	    domain->type == IOPASID_DOMAIN_IDENTITY ||
	    domain->type == IOPASID_DOMAIN_BLOCKED ||
	    (!pasid && domain->type == IOPASID_DOMAIN_SVA))
		return -EINVAL;
	return 0;
}

/**
 * iopasid_user_attach() - DMA of a claimed device reaches a domain
 * @user: the claim
 * @domain: a domain with a page table; outlives the attachment
 * @pasid: the PASID; 0: DMA without one, of all members of the group
 *
 * The number of a PASID is the context's choice, among those that nobody has,
 * and goes with the last detach. Further claims of the same context in the group
 * join with the same domain.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV: the claim is revoked; -EPERM: it is about PASIDs only;
 * -EINVAL: the domain is of another provider, has no page table, or the unit
 * cannot walk it; or it is a process's, and @pasid 0; or the PASID is not below the
 * device's limit; -ESRCH: the process is gone; -EOPNOTSUPP: the device cannot tag
 * its DMA; -EBUSY: something is attached there, another domain
 * by the group's other members, or the number is somebody else's; -ENOMEM;
 * -ENOSPC: the unit has no domain id left, or a process is attached there as often
 * as may be; -EIO or -ETIMEDOUT: it does not
 * confirm.
 */
int iopasid_user_attach(struct iopasid_user *user,
			struct iopasid_domain *domain, u32 pasid)
{
	int ret;

	guard(mutex)(&user->idev->group->lock);
	ret = iopasid_user_allows_locked(user, domain, pasid);
	if (ret)
		return ret;
	return pasid ? iopasid_attach_locked(domain, user->idev, pasid, user) :
		       iopasid_user_attach_rid_locked(user, domain);
}
EXPORT_SYMBOL_GPL(iopasid_user_attach);

/**
 * iopasid_user_replace() - DMA of a claimed device reaches another domain
 * @user: the claim through which something is attached there
 * @domain: as for iopasid_user_attach()
 * @pasid: the PASID; 0: DMA without one
 *
 * All members that are attached there move, or none.
 *
 * Context: process, may sleep.
 * Return: as iopasid_user_attach(), and -EINVAL when nothing is attached there
 * through @user; on failure the old domain is still attached, and nobody reaches
 * @domain.
 */
int iopasid_user_replace(struct iopasid_user *user,
			 struct iopasid_domain *domain, u32 pasid)
{
	int ret;

	guard(mutex)(&user->idev->group->lock);
	ret = iopasid_user_allows_locked(user, domain, pasid);
	if (ret)
		return ret;
	return pasid ? iopasid_replace_locked(domain, user->idev, pasid, user) :
		       iopasid_user_replace_rid_locked(user, domain);
}
EXPORT_SYMBOL_GPL(iopasid_user_replace);

/**
 * iopasid_user_detach() - DMA of a claimed device is blocked
 * @user: the claim through which something is attached there
 * @pasid: the PASID; 0: DMA without one, which is blocked when the last claim
 *	has left that is attached there
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV: the claim is revoked, nothing is attached any more;
 * -ENOENT: nothing is attached there through @user.
 */
int iopasid_user_detach(struct iopasid_user *user, u32 pasid)
{
	guard(mutex)(&user->idev->group->lock);
	if (user->revoked)
		return -ENODEV;
	return pasid ? iopasid_detach_locked(user->idev, pasid, user) :
		       iopasid_user_detach_rid_locked(user);
}
EXPORT_SYMBOL_GPL(iopasid_user_detach);

/**
 * iopasid_user_resv_regions() - where the mappings of a context must not be
 * @user: the claim
 * @list: gets struct iopasid_resv entries, for iopasid_resv_free() in any case
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV: the claim is revoked; -ENOMEM.
 */
int iopasid_user_resv_regions(struct iopasid_user *user, struct list_head *list)
{
	guard(mutex)(&user->idev->group->lock);
	return user->revoked ? -ENODEV : iopasid_resv_regions(user->idev, list);
}
EXPORT_SYMBOL_GPL(iopasid_user_resv_regions);

/* Undo a claim and all that was attached through it; the caller settles. */
static void iopasid_user_revoke_locked(struct iopasid_user *user)
{
	struct iopasid_device *idev = user->idev;

	lockdep_assert_held(&idev->group->lock);

	iopasid_detach_all_locked(idev, user);
	iopasid_user_detach_rid_locked(user);
	list_del(&user->node);
	user->revoked = true;
	if (user->scope == IOPASID_USER_ALL)
		iopasid_group_disown_locked(idev->group);
	/* The provider's exit waits for the lock. */
	iopasid_modules_put(idev->unit->provider);
}

/**
 * iopasid_users_revoke_locked() - take the claims on a device away
 * @idev: the device; the caller settles its group
 * @all: otherwise those of its driver, which is gone
 *
 * Context: group lock held, may sleep.
 * Return: how many.
 */
unsigned int iopasid_users_revoke_locked(struct iopasid_device *idev, bool all)
{
	struct iopasid_user *user, *next;
	unsigned int nr = 0;

	lockdep_assert_held(&idev->group->lock);

	list_for_each_entry_safe(user, next, &idev->users, node) {
		if (!all && !user->by_driver)
			continue;
		iopasid_user_revoke_locked(user);
		nr++;
	}
	return nr;
}

/**
 * iopasid_user_release() - a context gives a device back
 * @user: the claim; gone afterwards, with everything attached through it
 *
 * Context: process, may sleep.
 */
void iopasid_user_release(struct iopasid_user *user)
{
	struct iopasid_group *group = user->idev->group;

	mutex_lock(&group->lock);
	if (!user->revoked) {
		iopasid_user_revoke_locked(user);
		iopasid_group_resettle_locked(group);
	}
	mutex_unlock(&group->lock);
	iopasid_device_put(user->idev);
	kfree(user);
}
EXPORT_SYMBOL_GPL(iopasid_user_release);
