// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: attachments
 *
 * Inside one group a PASID means at most one domain, because the hardware
 * cannot keep the members apart. It is programmed only on the members that
 * joined, and only those get device-TLB flushes.
 *
 *	attach	first member	reserve the number, program, publish
 *		further members	same domain: program, join; else -EBUSY
 *	detach			leave the record, clear the hardware and flush;
 *				the last leaver takes the record away
 *	replace			program all joined members; if the n-th fails,
 *				the earlier ones go back
 *
 * A member that cannot go back, because its unit does not confirm, must not stay
 * at the domain that was refused, whose owner may free it: its entry is cleared.
 * It stays joined; the next replace programs it anew.
 *
 * A fault never finds half an attachment: the record, and the route of its page
 * requests, are published after the hardware was programmed and unpublished
 * before it is cleared. After it was, page requests are drained.
 *
 * The DMA API's own PASID comes and goes with its own calls only.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>
#include <linux/slab.h>

#include <iopasid/pasid.h>

#include "core.h"
#include "trace.h"

/**
 * iopasid_attachment_find_locked() - what a PASID of a group means
 * @group: the group
 * @pasid: the PASID
 *
 * Context: group lock held.
 * Return: the attachment, NULL when there is none.
 */
struct iopasid_attachment *
iopasid_attachment_find_locked(struct iopasid_group *group, u32 pasid)
{
	lockdep_assert_held(&group->lock);

	return xa_load(&group->pasids, pasid);
}

static struct iopasid_join *
iopasid_join_find(struct iopasid_attachment *att, struct iopasid_device *idev)
{
	struct iopasid_join *join;

	list_for_each_entry(join, &att->joined, node)
		if (join->idev == idev)
			return join;
	return NULL;
}

/* What a user attaches is charged to whom the claim's memory is. */
static gfp_t iopasid_attach_gfp(const struct iopasid_user *user)
{
	return user ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;
}

/* The limits of design section 3, in the order in which they are reported */
static int iopasid_attach_check(struct iopasid_domain *domain,
				struct iopasid_device *idev, u32 pasid)
{
	if (list_empty(&idev->group_node))
		return -ENODEV;
	if (domain->provider != idev->unit->provider)
		return -EINVAL;
	if (!idev->max_pasids)
		return -EOPNOTSUPP;
	if (!pasid || pasid >= idev->max_pasids)
		return -EINVAL;
	return iopasid_sva_usable(domain);
}

static int iopasid_program(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid,
			   struct iopasid_domain *old)
{
	struct iopasid_domain *table = iopasid_domain_table(domain);
	struct iopasid_domain *old_table = old ? iopasid_domain_table(old) : NULL;

	/* SVA domains of one process: who serves page requests may differ. */
	if (table == old_table)
		return 0;
	return table->ops->attach_dev_pasid(table, idev, pasid, old_table);
}

static void iopasid_unprogram(struct iopasid_domain *domain,
			      struct iopasid_device *idev, u32 pasid)
{
	struct iopasid_domain *table = iopasid_domain_table(domain);

	table->ops->detach_dev_pasid(table, idev, pasid);
}

static struct iopasid_attachment *
iopasid_attachment_create_locked(struct iopasid_group *group,
				 struct iopasid_domain *domain, u32 pasid,
				 struct iopasid_user *user)
{
	struct iopasid_attachment *att = kzalloc(sizeof(*att),
						 iopasid_attach_gfp(user));
	int ret;

	lockdep_assert_held(&group->lock);

	if (!att)
		return ERR_PTR(-ENOMEM);
	/* A number that is reserved, or global, is some kernel driver's. */
	if (user || !iopasid_number_reserved_locked(group, pasid)) {
		ret = iopasid_number_reserve_locked(group, pasid, !user);
		if (ret) {
			kfree(att);
			return ERR_PTR(ret);
		}
		att->owns_number = true;
	}
	att->domain = domain;
	att->pasid = pasid;
	att->ctx = user ? user->ctx : NULL;
	INIT_LIST_HEAD(&att->joined);
	return att;
}

static void iopasid_attachment_free_locked(struct iopasid_group *group,
					   struct iopasid_attachment *att)
{
	lockdep_assert_held(&group->lock);

	if (att->owns_number)
		iopasid_number_free_locked(group, att->pasid);
	kfree(att);
}

/**
 * iopasid_attach_locked() - DMA of a device with a PASID reaches a domain
 * @domain: the domain
 * @idev: the device
 * @pasid: the PASID
 * @user: through this claim; NULL: by the kernel
 *
 * Context: group lock held, may sleep.
 * Return: as iopasid_attach_dev_pasid().
 */
int iopasid_attach_locked(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid,
			  struct iopasid_user *user)
{
	struct iopasid_group *group = idev->group;
	struct iopasid_attachment *att;
	struct iopasid_join *join;
	bool first;
	int ret;

	lockdep_assert_held(&group->lock);

	ret = iopasid_attach_check(domain, idev, pasid);
	if (ret)
		return ret;
	att = iopasid_attachment_find_locked(group, pasid);
	if (att && (att->domain != domain || iopasid_join_find(att, idev) ||
		    att->ctx != (user ? user->ctx : NULL)))
		return -EBUSY;

	ret = iopasid_sva_take(domain, 1);
	if (ret)
		return ret;
	join = kzalloc(sizeof(*join), iopasid_attach_gfp(user));
	if (!join) {
		ret = -ENOMEM;
		goto give;
	}
	join->idev = idev;
	join->user = user;

	first = !att;
	if (first) {
		att = iopasid_attachment_create_locked(group, domain, pasid,
						       user);
		if (IS_ERR(att)) {
			ret = PTR_ERR(att);
			goto free_join;
		}
	}
	ret = iopasid_program(domain, idev, pasid, NULL);
	if (ret)
		goto free_att;
	list_add_tail(&join->node, &att->joined);
	/* The slot is there, reserved: this store needs no memory. */
	if (first)
		xa_store(&group->pasids, pasid, att, GFP_KERNEL);
	iopasid_page_route_publish(idev, &join->route, pasid, domain);
	trace_iopasid_attach(idev->dev, group->id, pasid, domain->type);
	return 0;

free_att:
	if (first)
		iopasid_attachment_free_locked(group, att);
free_join:
	kfree(join);
give:
	iopasid_sva_give(domain, 1);
	return ret;
}

/* Block the PASID of a member that leads to @domain. */
static void iopasid_join_clear(struct iopasid_join *join, u32 pasid,
			       struct iopasid_domain *domain)
{
	struct iopasid_device *idev = join->idev;

	iopasid_page_route_unpublish(idev, &join->route);
	iopasid_unprogram(domain, idev, pasid);
	iopasid_page_requests_drain(idev, pasid);
	join->cleared = true;
}

/**
 * iopasid_detach_locked() - DMA of a device with a PASID is blocked
 * @idev: the device
 * @pasid: the PASID
 * @user: the claim through which it is attached; NULL: the kernel
 *
 * Context: group lock held, may sleep.
 * Return: 0, -ENOENT when it is not attached, or by somebody else; then nothing
 * changes.
 */
int iopasid_detach_locked(struct iopasid_device *idev, u32 pasid,
			  struct iopasid_user *user)
{
	struct iopasid_group *group = idev->group;
	struct iopasid_attachment *att;
	struct iopasid_join *join;
	bool last;

	lockdep_assert_held(&group->lock);

	att = iopasid_attachment_find_locked(group, pasid);
	join = att ? iopasid_join_find(att, idev) : NULL;
	if (!join || join->user != user)
		return -ENOENT;

	list_del(&join->node);
	last = list_empty(&att->joined);
	if (last)
		xa_store(&group->pasids, pasid, XA_ZERO_ENTRY, GFP_KERNEL);
	if (!join->cleared)
		iopasid_join_clear(join, pasid, att->domain);
	trace_iopasid_detach(idev->dev, group->id, pasid, att->domain->type);
	iopasid_sva_give(att->domain, 1);
	if (last)
		iopasid_attachment_free_locked(group, att);
	kfree(join);
	return 0;
}

/**
 * iopasid_detach_all_locked() - take somebody's attachments off a device
 * @idev: the device
 * @user: those of this claim; NULL: the kernel's
 *
 * Context: group lock held, may sleep.
 * Return: how many PASIDs it was attached at.
 */
unsigned int iopasid_detach_all_locked(struct iopasid_device *idev,
				       struct iopasid_user *user)
{
	struct iopasid_attachment *att;
	unsigned long pasid;
	unsigned int nr = 0;

	lockdep_assert_held(&idev->group->lock);

	xa_for_each(&idev->group->pasids, pasid, att)
		nr += !iopasid_detach_locked(idev, pasid, user);
	return nr;
}

/**
 * iopasid_is_attached_locked() - a PASID of a group leads to a domain
 * @group: the group
 * @domain: the domain, NULL for any
 *
 * Context: group lock held.
 * Return: true if there is one.
 */
bool iopasid_is_attached_locked(struct iopasid_group *group,
				const struct iopasid_domain *domain)
{
	struct iopasid_attachment *att;
	unsigned long pasid;

	lockdep_assert_held(&group->lock);

	xa_for_each(&group->pasids, pasid, att)
		if (!domain || att->domain == domain)
			return true;
	return false;
}

/**
 * iopasid_device_is_attached_locked() - a device is attached at a PASID
 * @idev: the device
 *
 * Context: group lock held.
 * Return: true if it is, by whomever.
 */
bool iopasid_device_is_attached_locked(struct iopasid_device *idev)
{
	struct iopasid_attachment *att;
	unsigned long pasid;

	lockdep_assert_held(&idev->group->lock);

	xa_for_each(&idev->group->pasids, pasid, att)
		if (iopasid_join_find(att, idev))
			return true;
	return false;
}

/* One member; on failure it is where it was: at @old, or cleared. */
static int iopasid_join_move(struct iopasid_join *join, u32 pasid,
			     struct iopasid_domain *domain,
			     struct iopasid_domain *old)
{
	struct iopasid_device *idev = join->idev;
	int ret;

	if (join->cleared)
		old = NULL;
	if (domain == old)
		return 0;
	iopasid_page_route_unpublish(idev, &join->route);
	ret = iopasid_program(domain, idev, pasid, old);
	if (!ret) {
		join->cleared = false;
		if (old)
			iopasid_page_requests_drain(idev, pasid);
		old = domain;
	}
	if (old)
		iopasid_page_route_publish(idev, &join->route, pasid, old);
	return ret;
}

/* From @domain, which is refused, to @old, or to nowhere */
static void iopasid_join_back(struct iopasid_join *join, u32 pasid,
			      struct iopasid_domain *old,
			      struct iopasid_domain *domain)
{
	struct iopasid_device *idev = join->idev;
	int ret = iopasid_join_move(join, pasid, old, domain);

	if (!ret)
		return;
	iopasid_join_clear(join, pasid, domain);
	dev_err(idev->dev, "iopasid: %s does not confirm (%pe): PASID %#x is blocked until it is replaced\n",
		idev->unit->name, ERR_PTR(ret), pasid);
}

/* Places at @domain for all members; domains of one process share theirs. */
static int iopasid_attachment_take(struct iopasid_attachment *att,
				   struct iopasid_domain *domain)
{
	if (iopasid_domain_table(domain) == iopasid_domain_table(att->domain))
		return 0;
	return iopasid_sva_take(domain, list_count_nodes(&att->joined));
}

/* And back: of @domain, where the members are not */
static void iopasid_attachment_give(struct iopasid_attachment *att,
				    struct iopasid_domain *domain)
{
	if (iopasid_domain_table(domain) != iopasid_domain_table(att->domain))
		iopasid_sva_give(domain, list_count_nodes(&att->joined));
}

/* All members or none; on success the old domain's places are given back. */
static int iopasid_attachment_move_locked(struct iopasid_group *group,
					  struct iopasid_attachment *att,
					  struct iopasid_domain *domain)
{
	struct iopasid_domain *old = att->domain;
	struct iopasid_join *join;
	int ret;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(join, &att->joined, node) {
		ret = iopasid_join_move(join, att->pasid, domain, old);
		if (ret)
			goto revert;
	}
	att->domain = domain;
	iopasid_attachment_give(att, old);
	return 0;

revert:
	list_for_each_entry_continue_reverse(join, &att->joined, node)
		iopasid_join_back(join, att->pasid, old, domain);
	return ret;
}

/**
 * iopasid_replace_locked() - a PASID means another domain from now on
 * @domain: the new domain
 * @idev: a device that is attached there
 * @pasid: the PASID
 * @user: the claim through which it is; NULL: the kernel
 *
 * Context: group lock held, may sleep.
 * Return: as iopasid_replace_dev_pasid().
 */
int iopasid_replace_locked(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid,
			   struct iopasid_user *user)
{
	struct iopasid_group *group = idev->group;
	struct iopasid_attachment *att;
	struct iopasid_join *join;
	int ret;

	lockdep_assert_held(&group->lock);

	ret = iopasid_attach_check(domain, idev, pasid);
	if (ret)
		return ret;
	att = iopasid_attachment_find_locked(group, pasid);
	join = att ? iopasid_join_find(att, idev) : NULL;
	if (!join || join->user != user)
		return -EINVAL;
	if (group->dma_pasid_users && pasid == group->dma_pasid)
		return -EBUSY;
	ret = iopasid_attachment_take(att, domain);
	if (ret)
		return ret;
	ret = iopasid_attachment_move_locked(group, att, domain);
	if (ret)
		iopasid_attachment_give(att, domain);
	else
		trace_iopasid_attach(idev->dev, group->id, pasid, domain->type);
	return ret;
}

/**
 * iopasid_attach_dev_pasid() - DMA of a device with a PASID reaches a domain
 * @domain: the domain; outlives the attachment
 * @dev: the device: only names the source id (requirements A2.15)
 * @pasid: the PASID: allocated, chosen by the caller, or global
 *
 * A number that nobody has reserved is reserved by this call, and goes with
 * the last detach. Members of one group attach the same domain one by one.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no unit manages @dev; -EOPNOTSUPP when it cannot tag
 * its DMA with a PASID; -EINVAL when the PASID is 0 or not below the device's
 * limit, or the domain is of another provider; -EBUSY when the PASID means
 * another domain in this group or is a user's, @dev is attached at it already, or
 * the group belongs to a user context; -ESRCH when the domain's process is gone;
 * -ENOMEM; -ENOSPC when the unit has no domain id left, or a process is attached
 * there as often as may be; -EIO or -ETIMEDOUT when it does not confirm.
 */
int iopasid_attach_dev_pasid(struct iopasid_domain *domain, struct device *dev,
			     u32 pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = idev->group->owner == IOPASID_OWNER_USER ? -EBUSY :
		iopasid_attach_locked(domain, idev, pasid, NULL);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_attach_dev_pasid);

static int iopasid_attach_any_locked(struct iopasid_domain *domain,
				     struct iopasid_device *idev, u32 *pasid)
{
	struct iopasid_group *group = idev->group;
	u32 number;
	int ret;

	lockdep_assert_held(&group->lock);

	if (list_empty(&idev->group_node))
		return -ENODEV;
	ret = iopasid_number_alloc_locked(idev, 1, IOPASID_PASID_LAST,
					  &number);
	if (ret)
		return ret;
	ret = iopasid_attach_locked(domain, idev, number, NULL);
	if (ret) {
		iopasid_number_free_locked(group, number);
		return ret;
	}
	/* Also when the device leaves, and nobody is there to give it back */
	iopasid_attachment_find_locked(group, number)->owns_number = true;
	*pasid = number;
	return 0;
}

/**
 * iopasid_attach_dev_any_pasid() - as iopasid_attach_dev_pasid(), at a free number
 * @domain: the domain
 * @dev: the device
 * @pasid: gets the number, the lowest of its group's that is free; it goes with the
 *	detach. Not written on failure
 *
 * Context: may sleep.
 * Return: as iopasid_attach_dev_pasid(), and -ENOSPC when no number is left.
 */
int iopasid_attach_dev_any_pasid(struct iopasid_domain *domain,
				 struct device *dev, u32 *pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = idev->group->owner == IOPASID_OWNER_USER ? -EBUSY :
		iopasid_attach_any_locked(domain, idev, pasid);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}

/**
 * iopasid_detach_dev_pasid() - DMA of a device with a PASID is blocked
 * @dev: the device; its DMA with @pasid has ended (requirements A2.13)
 * @pasid: the PASID
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no unit manages @dev; -ENOENT when it is not
 * attached at @pasid, -EBUSY when that is its DMA API PASID: then nothing
 * changes.
 */
int iopasid_detach_dev_pasid(struct device *dev, u32 pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = idev->dma_pasid_users && pasid == idev->group->dma_pasid ?
		-EBUSY : iopasid_detach_locked(idev, pasid, NULL);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_detach_dev_pasid);

/**
 * iopasid_replace_dev_pasid() - a PASID means another domain from now on
 * @domain: the new domain
 * @dev: a device that is attached at @pasid
 * @pasid: the PASID
 *
 * All members that are attached at @pasid move, or none. A unit that cannot
 * change its entry in one store blocks the PASID for the time of the change.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV, -EOPNOTSUPP, -EINVAL and -ESRCH as
 * iopasid_attach_dev_pasid(), -EINVAL also when @dev is not attached at @pasid;
 * -EBUSY when that is the DMA API's PASID or a user context owns the group;
 * -ENOMEM, -ENOSPC, -EIO, -ETIMEDOUT: then the old domain is still attached, and
 * no member reaches @domain; a member that the unit did not let go back reaches
 * nothing.
 */
int iopasid_replace_dev_pasid(struct iopasid_domain *domain,
			      struct device *dev, u32 pasid)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	int ret;

	if (!idev)
		return -ENODEV;
	mutex_lock(&idev->group->lock);
	ret = idev->group->owner == IOPASID_OWNER_USER ? -EBUSY :
		iopasid_replace_locked(domain, idev, pasid, NULL);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_replace_dev_pasid);
