// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: domains
 *
 * For those who fill a page table of their own, apart from the DMA API: the
 * page-table ops of the provider with the checks and the flush around them.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/module.h>

#include "core.h"

/**
 * iopasid_domain_type_name() - a domain type in words
 * @type: the type
 *
 * Return: a static string.
 */
const char *iopasid_domain_type_name(enum iopasid_domain_type type)
{
	switch (type) {
	case IOPASID_DOMAIN_BLOCKED:
		return "blocked";
	case IOPASID_DOMAIN_IDENTITY:
		return "identity";
	case IOPASID_DOMAIN_PAGING:
		return "translated";
	case IOPASID_DOMAIN_SVA:
		return "process";
	}
	return "unknown";
}
EXPORT_SYMBOL_GPL(iopasid_domain_type_name);

static struct iopasid_domain *
iopasid_domain_make_locked(struct iopasid_device *idev, bool user, u32 flags,
			   const struct iopasid_alloc_data *data)
{
	const struct iopasid_unit_ops *ops = idev->unit->provider->ops;

	lockdep_assert_held(&idev->group->lock);

	if (!user)
		return ops->domain_alloc_paging(idev);
	if (!ops->domain_alloc_user ||
	    (flags & IOPASID_ALLOC_DIRTY_TRACKING &&
	     !(idev->caps & IOPASID_CAP_DIRTY_TRACKING)))
		return ERR_PTR(-EOPNOTSUPP);
	return ops->domain_alloc_user(idev, flags, data);
}

/* With a reference to the module whose code the domain runs */
static struct iopasid_domain *
iopasid_domain_alloc_locked(struct iopasid_device *idev, bool user, u32 flags,
			    const struct iopasid_alloc_data *data)
{
	const struct iopasid_provider *provider = idev->unit->provider;
	struct iopasid_domain *domain;

	lockdep_assert_held(&idev->group->lock);

	if (!try_module_get(provider->owner))
		return ERR_PTR(-ENODEV);
	domain = iopasid_domain_make_locked(idev, user, flags, data);
	if (IS_ERR(domain))
		module_put(provider->owner);
	else
		domain->flags = flags;
	return domain;
}

static struct iopasid_domain *
iopasid_domain_alloc(struct device *dev, bool user, u32 flags,
		     const struct iopasid_alloc_data *data)
{
	struct iopasid_device *idev = iopasid_device_get(dev);
	struct iopasid_domain *domain;

	if (!idev)
		return ERR_PTR(-ENODEV);
	/* The lock keeps the unit: a device that left has no group_node. */
	mutex_lock(&idev->group->lock);
	if (list_empty(&idev->group_node))
		domain = ERR_PTR(-ENODEV);
	else
		domain = iopasid_domain_alloc_locked(idev, user, flags, data);
	mutex_unlock(&idev->group->lock);
	iopasid_device_put(idev);
	return domain;
}

/**
 * iopasid_domain_alloc_paging() - an empty page table for a device's unit
 * @dev: the device
 *
 * The provider's module cannot be removed until iopasid_domain_free().
 *
 * Context: may sleep.
 * Return: the domain; ERR_PTR(-ENODEV) when no unit manages @dev; ERR_PTR of
 * the provider's -ENOMEM or -EOPNOTSUPP.
 */
struct iopasid_domain *iopasid_domain_alloc_paging(struct device *dev)
{
	return iopasid_domain_alloc(dev, false, 0, NULL);
}
EXPORT_SYMBOL_GPL(iopasid_domain_alloc_paging);

/**
 * iopasid_domain_alloc_user() - an empty page table for memory of a program
 * @dev: the device
 * @flags: enum iopasid_alloc_flags
 * @data: what else the program wants, or NULL
 *
 * As iopasid_domain_alloc_paging(), but no device gets past the CPU caches where
 * the unit can see to that, and with the abilities that @flags asks for.
 *
 * Context: may sleep.
 * Return: the domain; ERR_PTR(-ENODEV) when no unit manages @dev;
 * ERR_PTR(-EOPNOTSUPP) when the unit lacks what @flags or the type of @data ask
 * for; ERR_PTR of the provider's -ENOMEM, or of -EINVAL or -E2BIG about @data.
 */
struct iopasid_domain *
iopasid_domain_alloc_user(struct device *dev, u32 flags,
			  const struct iopasid_alloc_data *data)
{
	if (flags & ~(IOPASID_ALLOC_DIRTY_TRACKING | IOPASID_ALLOC_PASID))
		return ERR_PTR(-EOPNOTSUPP);
	return iopasid_domain_alloc(dev, true, flags, data);
}
EXPORT_SYMBOL_GPL(iopasid_domain_alloc_user);

/**
 * iopasid_domain_free() - give a page table back
 * @domain: from one of the functions above, attached nowhere
 *
 * Context: may sleep.
 */
void iopasid_domain_free(struct iopasid_domain *domain)
{
	const struct iopasid_provider *provider = domain->provider;

	domain->ops->free(domain);
	module_put(provider->owner);
}
EXPORT_SYMBOL_GPL(iopasid_domain_free);

static int iopasid_domain_check(struct iopasid_domain *domain, u64 iova,
				size_t size)
{
	if (domain->type != IOPASID_DOMAIN_PAGING || !size)
		return -EINVAL;
	if ((iova | size) & ((1UL << __ffs(domain->pgsizes)) - 1))
		return -EINVAL;
	if (iova > domain->aperture_last ||
	    size - 1 > domain->aperture_last - iova)
		return -ERANGE;
	return 0;
}

/**
 * iopasid_domain_map() - make memory reachable
 * @domain: a paging domain
 * @iova: where; a multiple of the smallest page size, as @phys and @size
 * @phys: what
 * @size: bytes
 * @prot: enum iopasid_prot
 * @gfp: for table pages
 *
 * Context: any that @gfp allows.
 * Return: 0; -EINVAL on alignment, no access at all, or a domain without page
 * table; -ERANGE beyond the aperture; -EEXIST when some of it is mapped;
 * -ENOMEM. On failure nothing of the range is mapped that was not before.
 */
int iopasid_domain_map(struct iopasid_domain *domain, u64 iova,
		       phys_addr_t phys, size_t size, unsigned int prot,
		       gfp_t gfp)
{
	int ret = iopasid_domain_check(domain, iova, size);

	if (ret)
		return ret;
	if (!(prot & (IOPASID_READ | IOPASID_WRITE)) ||
	    (phys & ((1UL << __ffs(domain->pgsizes)) - 1)))
		return -EINVAL;
	return domain->ops->map_pages(domain, iova, phys, size, prot, gfp);
}
EXPORT_SYMBOL_GPL(iopasid_domain_map);

/**
 * iopasid_domain_unmap() - make memory unreachable, on return
 * @domain: a paging domain
 * @iova: where; the boundaries of earlier maps
 * @size: bytes; holes are skipped
 *
 * Context: any.
 * Return: 0; -EINVAL, -ERANGE as iopasid_domain_map(); -ETIMEDOUT or -EIO when
 * the hardware did not confirm: the memory must not be reused.
 */
int iopasid_domain_unmap(struct iopasid_domain *domain, u64 iova, size_t size)
{
	struct iopasid_gather gather;
	int ret = iopasid_domain_check(domain, iova, size);

	if (ret)
		return ret;
	iopasid_gather_init(&gather);
	domain->ops->unmap_pages(domain, iova, size, &gather);
	return iopasid_gather_empty(&gather) ? 0 :
		domain->ops->flush(domain, &gather);
}
EXPORT_SYMBOL_GPL(iopasid_domain_unmap);

/**
 * iopasid_domain_set_dirty_tracking() - mark what devices write to, or stop
 * @domain: a paging domain
 * @enable: begin; again is no error, as is to stop again
 *
 * What is mapped already may be marked without having been written. To begin
 * with clean pages, clear them next: iopasid_domain_read_and_clear_dirty()
 * without a record, and the flush of its gather.
 *
 * Context: may sleep; the caller keeps calls for one domain apart.
 * Return: 0; -EOPNOTSUPP when it was not made for that; -ENOMEM; -ETIMEDOUT or
 * -EIO when the hardware did not confirm. On failure all is as before.
 */
int iopasid_domain_set_dirty_tracking(struct iopasid_domain *domain,
				      bool enable)
{
	int ret = 0;

	if (!(domain->flags & IOPASID_ALLOC_DIRTY_TRACKING))
		return -EOPNOTSUPP;
	if (domain->dirty_tracking == enable)
		return 0;
	if (domain->ops->set_dirty_tracking)
		ret = domain->ops->set_dirty_tracking(domain, enable);
	if (!ret)
		WRITE_ONCE(domain->dirty_tracking, enable);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_domain_set_dirty_tracking);

/**
 * iopasid_domain_read_and_clear_dirty() - what devices have written to
 * @domain: a paging domain
 * @iova: where; a multiple of the smallest page size, as @size
 * @size: bytes; holes are skipped
 * @dirty: who gets to know; with its gather, which the caller flushes with
 *	@domain->ops->flush, also after several calls at once
 *
 * If that flush fails, devices may write without a mark: then all that they can
 * write to counts as written.
 *
 * Context: may sleep. The caller keeps the range from being unmapped, and from
 * being cleared by somebody else; it may be mapped meanwhile.
 * Return: 0; -EOPNOTSUPP when @domain was not made for that; -EINVAL when the
 * marks are asked for and nobody began to set them, or there is no gather, or
 * on alignment; -ERANGE beyond the aperture.
 */
int iopasid_domain_read_and_clear_dirty(struct iopasid_domain *domain,
					u64 iova, size_t size,
					const struct iopasid_dirty *dirty)
{
	bool clear = !(dirty->flags & IOPASID_DIRTY_NO_CLEAR);
	int ret;

	if (!(domain->flags & IOPASID_ALLOC_DIRTY_TRACKING))
		return -EOPNOTSUPP;
	if (dirty->record && !READ_ONCE(domain->dirty_tracking))
		return -EINVAL;
	if (clear && !dirty->gather)
		return -EINVAL;
	ret = iopasid_domain_check(domain, iova, size);
	if (ret)
		return ret;
	if (clear)
		dirty->gather->cleaned = true;
	domain->ops->read_and_clear_dirty(domain, iova, size, dirty);
	return 0;
}
EXPORT_SYMBOL_GPL(iopasid_domain_read_and_clear_dirty);
