// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: where RIDs lead
 *
 * A group has one RID domain, which all members share because the hardware
 * cannot keep them apart. Which one it is follows from the group's state:
 *
 *	owned by a user context		what it has attached, or else blocked
 *	a foreign driver is bound	identity
 *	otherwise			the DMA domain: paging or identity, as
 *					the group's type says
 *
 * A change moves all members or none. It happens only while no driver is
 * bound under our eyes: a bound driver holds addresses of the domain that was
 * there when it was probed.
 *
 * Unhappy path: a change fails at one member, and the unit does not let another
 * go back that had moved. That one must not stay at the domain that was refused,
 * which may be freed. It passes through if firmware needs it (RMRR), or else it
 * is blocked, with a line in the log; the next change, or the next driver that
 * binds, brings it to the group's domain again.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>

#include "core.h"
#include "dma-hooks.h"

/**
 * iopasid_rid_move() - point the RID of one device at a domain
 * @idev: the device, a member or about to be one
 * @domain: the domain
 *
 * Context: group lock held, may sleep.
 * Return: 0, errno of the attach op: then the RID leads where it did before.
 */
int iopasid_rid_move(struct iopasid_device *idev, struct iopasid_domain *domain)
{
	struct iopasid_page_route *route = &idev->page_queue->rid;
	struct iopasid_domain *old = idev->rid_domain;
	int ret;

	if (domain == old)
		return 0;
	iopasid_page_route_unpublish(idev, route);
	ret = domain->ops->attach_dev(domain, idev, old);
	if (!ret) {
		idev->rid_domain = domain;
		if (old)
			iopasid_page_requests_drain(idev, 0);
	}
	if (idev->rid_domain)
		iopasid_page_route_publish(idev, route, 0, idev->rid_domain);
	return ret;
}

/* Firmware needs it; no such device is a user's, even if there is no memory. */
static bool iopasid_rid_must_pass(struct iopasid_device *idev)
{
	return idev->group->owner != IOPASID_OWNER_USER &&
		iopasid_device_direct(idev);
}

/**
 * iopasid_rid_back() - the RID of a device must not stay where it is
 * @idev: the device
 * @domain: where it came from, or a static domain
 *
 * If the unit does not confirm, the RID is blocked, or passes through if
 * firmware needs it and the unit confirms that.
 *
 * Context: group lock held, may sleep.
 */
void iopasid_rid_back(struct iopasid_device *idev,
		      struct iopasid_domain *domain)
{
	const struct iopasid_provider *provider = idev->unit->provider;
	int ret = iopasid_rid_move(idev, domain);

	if (!ret)
		return;
	if (domain == provider->identity || !iopasid_rid_must_pass(idev) ||
	    iopasid_rid_move(idev, provider->identity))
		iopasid_rid_move(idev, provider->blocked);
	dev_err(idev->dev, "iopasid: %s does not confirm (%pe): the device's DMA is %s from now on\n",
		idev->unit->name, ERR_PTR(ret),
		idev->rid_domain == provider->blocked ? "blocked" :
							"passed through");
}

/**
 * iopasid_group_set_rid_locked() - point all RIDs of a group at a domain
 * @group: the group
 * @domain: the domain; if it is the group's already, those that could not go
 *	back to it are brought there
 *
 * Context: group lock held, may sleep.
 * Return: 0, errno of the attach op: then nobody leads to @domain who did not
 * before.
 */
int iopasid_group_set_rid_locked(struct iopasid_group *group,
				 struct iopasid_domain *domain)
{
	struct iopasid_device *idev;
	int ret;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->devices, group_node) {
		ret = iopasid_rid_move(idev, domain);
		if (ret)
			goto revert;
	}
	group->rid_domain = domain;
	return 0;

revert:
	list_for_each_entry_continue_reverse(idev, &group->devices, group_node)
		iopasid_rid_back(idev, group->rid_domain);
	return ret;
}

static int iopasid_group_make_dma_locked(struct iopasid_group *group)
{
	struct iopasid_dma *dma;

	lockdep_assert_held(&group->lock);

	if (group->dma)
		return 0;
	dma = iopasid_dma_create(group);
	if (IS_ERR(dma))
		return PTR_ERR(dma);
	group->dma = dma;
	group->dma_domain = iopasid_dma_get_domain(dma);
	return 0;
}

/**
 * iopasid_group_drop_dma_locked() - nobody's RID leads to the DMA API's domain
 * @group: the group, which may have such a domain
 *
 * Context: group lock held, may sleep.
 */
void iopasid_group_drop_dma_locked(struct iopasid_group *group)
{
	lockdep_assert_held(&group->lock);

	if (!group->dma)
		return;
	iopasid_dma_destroy(group->dma);
	group->dma = NULL;
	group->dma_domain = NULL;
}

/* What the RID should reach, and whether it takes a page table. */
static enum iopasid_domain_type
iopasid_group_target_locked(struct iopasid_group *group)
{
	lockdep_assert_held(&group->lock);

	if (group->owner == IOPASID_OWNER_USER)
		return IOPASID_DOMAIN_BLOCKED;
	if (group->nr_foreign)
		return IOPASID_DOMAIN_IDENTITY;
	return group->type;
}

/* The domain that the group's state wants, made if need be */
static struct iopasid_domain *
iopasid_group_choose_locked(struct iopasid_group *group)
{
	const struct iopasid_provider *provider = group->unit->provider;
	int ret;

	lockdep_assert_held(&group->lock);

	/* A driver under our eyes has addresses of this one; or a user chose it. */
	if (group->nr_bound || group->nr_rid_users)
		return group->rid_domain;
	switch (iopasid_group_target_locked(group)) {
	case IOPASID_DOMAIN_PAGING:
		ret = iopasid_group_make_dma_locked(group);
		return ret ? ERR_PTR(ret) : group->dma_domain;
	case IOPASID_DOMAIN_IDENTITY:
		return provider->identity;
	default:
		return provider->blocked;
	}
}

/**
 * iopasid_group_settle_locked() - let the group's state take effect
 * @group: the group
 *
 * The group's domain does not change while a driver is bound under our eyes.
 *
 * Context: group lock held, may sleep.
 * Return: 0, or the errno of the domain's allocation or attach; then every
 * member is where it was, or where iopasid_rid_back() has taken it.
 */
int iopasid_group_settle_locked(struct iopasid_group *group)
{
	struct iopasid_domain *domain;
	int ret;

	lockdep_assert_held(&group->lock);

	if (list_empty(&group->devices))
		return 0;
	domain = iopasid_group_choose_locked(group);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ret = iopasid_group_set_rid_locked(group, domain);
	if (group->rid_domain != group->dma_domain)
		iopasid_group_drop_dma_locked(group);
	return ret;
}

/**
 * iopasid_group_resettle_locked() - settle, where nobody takes an errno
 * @group: the group
 *
 * Context: group lock held, may sleep.
 */
void iopasid_group_resettle_locked(struct iopasid_group *group)
{
	int ret;

	lockdep_assert_held(&group->lock);

	ret = iopasid_group_settle_locked(group);
	if (ret)
		pr_err("group %d: its devices stay at the %s domain (%pe); tried again when a driver binds\n",
		       group->id,
		       iopasid_domain_type_name(group->rid_domain->type),
		       ERR_PTR(ret));
}

/**
 * iopasid_group_dma_domain_locked() - the domain that dma_map_*() fills
 * @group: the group
 *
 * Context: group lock held.
 * Return: the domain, translated or identity; ERR_PTR(-EBUSY) while a user
 * context owns the group; ERR_PTR(-ENODEV) when no DMA domain could be made.
 */
struct iopasid_domain *
iopasid_group_dma_domain_locked(struct iopasid_group *group)
{
	lockdep_assert_held(&group->lock);

	if (group->owner == IOPASID_OWNER_USER)
		return ERR_PTR(-EBUSY);
	if (!group->rid_domain)
		return ERR_PTR(-ENODEV);
	/* Not what settle could not change: every mapping is refused there. */
	if (!group->nr_bound &&
	    group->rid_domain->type != iopasid_group_target_locked(group))
		return ERR_PTR(-ENODEV);
	return group->rid_domain;
}
