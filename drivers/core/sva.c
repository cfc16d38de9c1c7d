// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: address spaces of processes
 *
 * A domain can be the address space of a process (SVA): devices that are attached
 * to it at a PASID use the addresses of the process, as the process does. A
 * process has as many of them as it likes, on as many PASIDs; nothing of it is in
 * mm->pasid, which the kernel's own, switched off SVA uses.
 *
 * What the unit walks is the same for all of them: one record for a process and a
 * unit has the private root (sva-root.c), the notifier, and the provider's domain,
 * the table. So a change in the address space is one notification, and one batch
 * of flushes, whatever is attached where. The provider knows the table only.
 *
 * Lifecycle: the first domain makes the record: table, then notifier, then the
 * first copy. The last one to let go, a domain or a page request that is served,
 * ends it: the notifier goes first, and is waited for, then the table. A process
 * that ends before, and whose memory no worker uses any more, leaves an empty root,
 * which stays attached until it is detached: DMA is blocked.
 *
 * A record outlives its domains while a worker waits for a page, so it is records
 * that are limited here (sva_process_max).
 *
 * Kernel memory is not reached, by anybody: there is no domain for it.
 *
 * Locking: iopasid_sva_lock for the table of records, never held while anything
 * is waited for; group lock to ask the provider. The address space is registered
 * for without any, because its owner can make that wait.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/cc_platform.h>
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include <iopasid/pasid.h>
#include <iopasid/sva.h>

#include "core.h"
#include "sva.h"

unsigned int iopasid_sva_process_max = 4096;
module_param_named(sva_process_max, iopasid_sva_process_max, uint, 0644);
MODULE_PARM_DESC(sva_process_max,
		 "Processes whose address spaces devices have, each counted once for a unit (4096)");
EXPORT_SYMBOL_IF_KUNIT(iopasid_sva_process_max);

unsigned int iopasid_sva_attach_max = 256;
module_param_named(sva_attach_max, iopasid_sva_attach_max, uint, 0644);
MODULE_PARM_DESC(sva_attach_max,
		 "Attachments of a process, all of which each change of its memory flushes (256)");
EXPORT_SYMBOL_IF_KUNIT(iopasid_sva_attach_max);

/* Records that there are, or are about to be */
static atomic_t iopasid_nr_sva = ATOMIC_INIT(0);

/* Protects the table */
static DEFINE_MUTEX(iopasid_sva_lock);
static DEFINE_HASHTABLE(iopasid_sva_table, 8);

/* Frees what a worker was the last to use */
static struct workqueue_struct *iopasid_sva_free_wq;

static void iopasid_sva_free(struct iopasid_sva *sva)
{
	const struct iopasid_provider *provider = sva->table->provider;

	/* Waits for notifications that are running, so not under any lock. */
	mmu_notifier_unregister(&sva->notifier, sva->mm);
	destroy_workqueue(sva->wq);
	sva->table->ops->free(sva->table);
	module_put(provider->owner);
	kfree(sva);
	atomic_dec(&iopasid_nr_sva);
}

static void iopasid_sva_free_work(struct work_struct *work)
{
	iopasid_sva_free(container_of(work, struct iopasid_sva, free_work));
}

static void iopasid_sva_unhash(struct kref *ref)
{
	struct iopasid_sva *sva = container_of(ref, struct iopasid_sva, ref);

	hash_del(&sva->node);
	mutex_unlock(&iopasid_sva_lock);
}

static bool iopasid_sva_was_last(struct iopasid_sva *sva)
{
	return kref_put_mutex(&sva->ref, iopasid_sva_unhash,
			      &iopasid_sva_lock);
}

static void iopasid_sva_put(struct iopasid_sva *sva)
{
	if (iopasid_sva_was_last(sva))
		iopasid_sva_free(sva);
}

/**
 * iopasid_sva_put_by_worker() - give a reference back, in a worker of @sva->wq
 * @sva: the process
 *
 * Context: may sleep.
 */
void iopasid_sva_put_by_worker(struct iopasid_sva *sva)
{
	/* A worker cannot wait for itself. */
	if (iopasid_sva_was_last(sva))
		queue_work(iopasid_sva_free_wq, &sva->free_work);
}

/* The provider's domain, and a reference to its module */
static struct iopasid_domain *
iopasid_sva_make_table(struct iopasid_device *idev, enum iopasid_sva_why *why)
{
	const struct iopasid_provider *provider;
	struct iopasid_domain *table;

	guard(mutex)(&idev->group->lock);
	/* The lock keeps the unit: a device that left has no group_node. */
	if (list_empty(&idev->group_node))
		return ERR_PTR(-ENODEV);
	provider = idev->unit->provider;
	if (!try_module_get(provider->owner))
		return ERR_PTR(-ENODEV);
	table = provider->ops->domain_alloc_sva(idev, why);
	if (IS_ERR(table))
		module_put(provider->owner);
	return table;
}

/* Its owner may hold the lock for long, so who waits may be killed. */
static int iopasid_sva_register(struct iopasid_sva *sva)
{
	int ret = mmap_write_lock_killable(sva->mm);

	if (ret)
		return ret;
	ret = __mmu_notifier_register(&sva->notifier, sva->mm);
	mmap_write_unlock(sva->mm);
	return ret;
}

static struct iopasid_sva *iopasid_sva_make(struct iopasid_device *idev,
					    struct mm_struct *mm,
					    enum iopasid_sva_why *why)
{
	struct iopasid_sva *sva = kzalloc(sizeof(*sva), GFP_KERNEL_ACCOUNT);
	const struct iopasid_provider *provider;
	int ret = -ENOMEM;

	if (!sva)
		return ERR_PTR(-ENOMEM);
	kref_init(&sva->ref);
	sva->mm = mm;
	sva->unit = idev->unit;
	sva->notifier.ops = &iopasid_sva_notifier_ops;
	INIT_WORK(&sva->free_work, iopasid_sva_free_work);
	spin_lock_init(&sva->lock);
	spin_lock_init(&sva->requests_lock);
	INIT_LIST_HEAD(&sva->requests);
	sva->wq = alloc_workqueue("iopasid-sva", WQ_UNBOUND,
				  IOPASID_SVA_WORKERS);
	if (!sva->wq)
		goto free_sva;
	sva->table = iopasid_sva_make_table(idev, why);
	if (IS_ERR(sva->table)) {
		ret = PTR_ERR(sva->table);
		goto free_wq;
	}
	ret = iopasid_sva_register(sva);
	if (ret)
		goto free_table;
	/* What has changed before the registration nobody has seen. */
	iopasid_sva_copy(sva, 0, U64_MAX);
	return sva;

free_table:
	provider = sva->table->provider;
	sva->table->ops->free(sva->table);
	module_put(provider->owner);
free_wq:
	destroy_workqueue(sva->wq);
free_sva:
	kfree(sva);
	return ERR_PTR(ret);
}

/* Counted: -ENOSPC beyond sva_process_max */
static struct iopasid_sva *iopasid_sva_create(struct iopasid_device *idev,
					      struct mm_struct *mm,
					      enum iopasid_sva_why *why)
{
	struct iopasid_sva *sva;

	if (atomic_inc_return(&iopasid_nr_sva) >
	    READ_ONCE(iopasid_sva_process_max)) {
		*why = IOPASID_SVA_WHY_PROCESS_LIMIT;
		sva = ERR_PTR(-ENOSPC);
	} else {
		sva = iopasid_sva_make(idev, mm, why);
	}
	if (IS_ERR(sva))
		atomic_dec(&iopasid_nr_sva);
	return sva;
}

/* The record of a process and a unit, with a reference; NULL: there is none. */
static struct iopasid_sva *
iopasid_sva_find_locked(const struct mm_struct *mm,
			const struct iopasid_unit *unit)
{
	struct iopasid_sva *sva;

	lockdep_assert_held(&iopasid_sva_lock);

	hash_for_each_possible(iopasid_sva_table, sva, node,
			       (unsigned long)mm) {
		if (sva->mm == mm && sva->unit == unit) {
			kref_get(&sva->ref);
			return sva;
		}
	}
	return NULL;
}

static struct iopasid_sva *iopasid_sva_find(const struct mm_struct *mm,
					    const struct iopasid_unit *unit)
{
	guard(mutex)(&iopasid_sva_lock);
	return iopasid_sva_find_locked(mm, unit);
}

/* @fresh, or the one of a thread that was quicker */
static struct iopasid_sva *iopasid_sva_enter(struct iopasid_sva *fresh)
{
	struct iopasid_sva *sva;

	guard(mutex)(&iopasid_sva_lock);
	sva = iopasid_sva_find_locked(fresh->mm, fresh->unit);
	if (sva)
		return sva;
	hash_add(iopasid_sva_table, &fresh->node, (unsigned long)fresh->mm);
	return fresh;
}

static struct iopasid_sva *iopasid_sva_get(struct iopasid_device *idev,
					   struct mm_struct *mm,
					   enum iopasid_sva_why *why)
{
	struct iopasid_sva *sva, *fresh;

	sva = iopasid_sva_find(mm, idev->unit);
	if (sva)
		return sva;
	fresh = iopasid_sva_create(idev, mm, why);
	if (IS_ERR(fresh))
		return fresh;
	sva = iopasid_sva_enter(fresh);
	if (sva != fresh)
		iopasid_sva_put(fresh);
	return sva;
}

static void iopasid_sva_domain_free(struct iopasid_domain *domain)
{
	iopasid_sva_put(to_iopasid_sva(domain));
	kfree(container_of(domain, struct iopasid_sva_domain, domain));
}

/* Everything else is done with the table. */
static const struct iopasid_domain_ops iopasid_sva_domain_ops = {
	.free = iopasid_sva_domain_free,
};

static enum iopasid_sva_why
iopasid_sva_lacks_locked(const struct iopasid_device *idev, u32 flags)
{
	lockdep_assert_held(&idev->group->lock);

	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return IOPASID_SVA_WHY_ENCRYPTION;
	if (!idev->max_pasids)
		return IOPASID_SVA_WHY_PASID;
	if (!idev->unit->provider->ops->domain_alloc_sva)
		return IOPASID_SVA_WHY_PROVIDER;
	if (!(flags & IOPASID_SVA_ALLOC_NO_FAULTS) && !idev->page_requests)
		return IOPASID_SVA_WHY_PAGE_REQUESTS;
	return IOPASID_SVA_WHY_NONE;
}

/* Have the device and the machine what is needed? */
static int iopasid_sva_possible(struct iopasid_device *idev, u32 flags,
				enum iopasid_sva_why *why)
{
	guard(mutex)(&idev->group->lock);
	if (list_empty(&idev->group_node))
		return -ENODEV;
	*why = iopasid_sva_lacks_locked(idev, flags);
	return *why ? -EOPNOTSUPP : 0;
}

static struct iopasid_domain *
iopasid_sva_domain_create(struct iopasid_device *idev, struct mm_struct *mm,
			  u32 flags, enum iopasid_sva_why *why)
{
	struct iopasid_sva_domain *sva_domain;
	struct iopasid_sva *sva;
	int ret;

	ret = iopasid_sva_possible(idev, flags, why);
	if (ret)
		return ERR_PTR(ret);
	sva_domain = kzalloc(sizeof(*sva_domain), GFP_KERNEL_ACCOUNT);
	if (!sva_domain)
		return ERR_PTR(-ENOMEM);
	sva = iopasid_sva_get(idev, mm, why);
	if (IS_ERR(sva)) {
		kfree(sva_domain);
		return ERR_CAST(sva);
	}
	/* The record has one, so this is only one more. */
	__module_get(sva->table->provider->owner);
	sva_domain->sva = sva;
	sva_domain->domain = (struct iopasid_domain){
		.type		= IOPASID_DOMAIN_SVA,
		.provider	= sva->table->provider,
		.ops		= &iopasid_sva_domain_ops,
		.aperture_last	= sva->table->aperture_last,
		.coherent	= sva->table->coherent,
	};
	if (!(flags & IOPASID_SVA_ALLOC_NO_FAULTS)) {
		sva_domain->domain.fault_handler = iopasid_sva_handle;
		sva_domain->domain.fault_withdraw = iopasid_sva_withdraw;
		sva_domain->domain.fault_data = sva;
	}
	return &sva_domain->domain;
}

/**
 * iopasid_domain_alloc_sva() - the address space of a process, for devices
 * @dev: the device
 * @mm: the address space; the caller has a reference to its users, or is one
 * @flags: enum iopasid_sva_flags
 * @why: set when it is not possible; IOPASID_SVA_WHY_NONE: the errno says it all
 *
 * Page requests are served by the kernel, unless IOPASID_SVA_ALLOC_NO_FAULTS is
 * set or iopasid_domain_set_fault_handler() names somebody else. The process may
 * end before the domain is given back with iopasid_domain_free().
 *
 * Context: may sleep, and wait for whoever holds @mm's mmap lock; no lock held.
 * Return: the domain; ERR_PTR(-ENODEV) when no unit manages @dev;
 * ERR_PTR(-EOPNOTSUPP) for unknown flags, and as @why says; ERR_PTR(-ENOSPC) beyond
 * sva_process_max, as @why says; ERR_PTR(-EINTR) when a signal came; ERR_PTR(-ENOMEM).
 */
struct iopasid_domain *iopasid_domain_alloc_sva(struct device *dev,
						struct mm_struct *mm, u32 flags,
						enum iopasid_sva_why *why)
{
	struct iopasid_domain *domain;
	struct iopasid_device *idev;

	*why = IOPASID_SVA_WHY_NONE;
	if (flags & ~IOPASID_SVA_ALLOC_NO_FAULTS)
		return ERR_PTR(-EOPNOTSUPP);
	idev = iopasid_device_get(dev);
	if (!idev)
		return ERR_PTR(-ENODEV);
	domain = iopasid_sva_domain_create(idev, mm, flags, why);
	iopasid_device_put(idev);
	return domain;
}
EXPORT_SYMBOL_GPL(iopasid_domain_alloc_sva);

/**
 * iopasid_sva_check() - may the caller have a range of a domain populated?
 * @domain: the domain
 * @addr: first address
 * @length: bytes
 *
 * Context: process.
 * Return: 0; -EINVAL: it is no address space of a process, or the range is empty
 * or not of whole pages; -ERANGE: it reaches beyond what the unit can; -EPERM: it
 * is not the caller's address space; -ESRCH, -EIO: as iopasid_sva_sync().
 */
int iopasid_sva_check(const struct iopasid_domain *domain, u64 addr, u64 length)
{
	if (domain->type != IOPASID_DOMAIN_SVA || !length ||
	    !PAGE_ALIGNED(addr | length))
		return -EINVAL;
	if (addr > domain->aperture_last ||
	    length - 1 > domain->aperture_last - addr)
		return -ERANGE;
	if (to_iopasid_sva(domain)->mm != current->mm)
		return -EPERM;
	return iopasid_sva_error(to_iopasid_sva(domain));
}
EXPORT_SYMBOL_GPL(iopasid_sva_check);

/**
 * iopasid_sva_sync() - let devices see what has appeared in a process
 * @domain: an SVA domain
 * @first: first address
 * @last: last address, inclusive
 *
 * After pages were brought in by somebody else than a page request. What goes, or
 * changes, needs no call.
 *
 * Context: process.
 * Return: 0; -ESRCH: the process is gone; -EIO: its unit did not confirm a flush,
 * and reaches nothing of it any more.
 */
int iopasid_sva_sync(struct iopasid_domain *domain, u64 first, u64 last)
{
	return iopasid_sva_copy(to_iopasid_sva(domain), first, last);
}
EXPORT_SYMBOL_GPL(iopasid_sva_sync);

/**
 * iopasid_sva_settle() - before a device is told that its pages are there
 * @domain: any
 * @code: the answer of whoever has brought them in
 *
 * Context: process.
 * Return: @code; IOPASID_PAGE_INVALID when the process cannot be reached any more.
 */
enum iopasid_page_code iopasid_sva_settle(struct iopasid_domain *domain,
					  enum iopasid_page_code code)
{
	if (domain->type != IOPASID_DOMAIN_SVA || code != IOPASID_PAGE_SUCCESS)
		return code;
	return iopasid_sva_sync(domain, 0, U64_MAX) ? IOPASID_PAGE_INVALID :
						      code;
}

/**
 * iopasid_sva_usable() - can a domain be attached?
 * @domain: any
 *
 * Context: process.
 * Return: as iopasid_sva_sync(); 0 for domains of other types.
 */
int iopasid_sva_usable(const struct iopasid_domain *domain)
{
	return domain->type == IOPASID_DOMAIN_SVA ?
		iopasid_sva_error(to_iopasid_sva(domain)) : 0;
}

/**
 * iopasid_sva_take() - members are to be attached to a domain
 * @domain: any
 * @nr: how many
 *
 * Before the first of them is, so that those who go back find their places.
 *
 * Context: process.
 * Return: 0; -ENOSPC when a process is attached as often as may be.
 */
int iopasid_sva_take(struct iopasid_domain *domain, unsigned int nr)
{
	unsigned int max = READ_ONCE(iopasid_sva_attach_max);
	struct iopasid_sva *sva;
	int ret = -ENOSPC;

	if (domain->type != IOPASID_DOMAIN_SVA)
		return 0;
	sva = to_iopasid_sva(domain);
	spin_lock(&sva->lock);
	if (sva->nr_attached < max && nr <= max - sva->nr_attached) {
		sva->nr_attached += nr;
		ret = 0;
	}
	spin_unlock(&sva->lock);
	return ret;
}

/**
 * iopasid_sva_give() - members are attached to a domain no more
 * @domain: any
 * @nr: how many, taken before
 *
 * Context: process.
 */
void iopasid_sva_give(struct iopasid_domain *domain, unsigned int nr)
{
	struct iopasid_sva *sva;

	if (domain->type != IOPASID_DOMAIN_SVA)
		return;
	sva = to_iopasid_sva(domain);
	spin_lock(&sva->lock);
	sva->nr_attached -= nr;
	spin_unlock(&sva->lock);
}

/**
 * iopasid_domain_table() - the domain that the provider knows
 * @domain: any
 *
 * Context: any.
 * Return: it, or what SVA domains of a process have in common.
 */
struct iopasid_domain *iopasid_domain_table(struct iopasid_domain *domain)
{
	return domain->type == IOPASID_DOMAIN_SVA ?
		to_iopasid_sva(domain)->table : domain;
}

/**
 * iopasid_sva_attach() - a device uses the address space of a process
 * @dev: the device
 * @mm: the address space; the caller has a reference to its users, or is one
 * @flags: enum iopasid_sva_flags
 * @pasid: gets the number, of the device's group
 *
 * For drivers with queues of user space. The process may end before
 * iopasid_sva_detach(): then the PASID leads nowhere.
 *
 * Context: may sleep, and wait for whoever holds @mm's mmap lock; no lock held.
 * Return: what iopasid_sva_detach() wants; ERR_PTR of the errno of
 * iopasid_domain_alloc_sva() or iopasid_attach_dev_pasid(), or of -ENOSPC when no
 * number is left; then *@pasid is IOMMU_PASID_INVALID.
 */
struct iopasid_domain *iopasid_sva_attach(struct device *dev,
					  struct mm_struct *mm, u32 flags,
					  u32 *pasid)
{
	struct iopasid_domain *domain;
	enum iopasid_sva_why why;
	int ret;

	*pasid = IOMMU_PASID_INVALID;
	domain = iopasid_domain_alloc_sva(dev, mm, flags, &why);
	if (IS_ERR(domain))
		return domain;
	ret = iopasid_attach_dev_any_pasid(domain, dev, pasid);
	if (ret) {
		iopasid_domain_free(domain);
		return ERR_PTR(ret);
	}
	return domain;
}
EXPORT_SYMBOL_GPL(iopasid_sva_attach);

/**
 * iopasid_sva_detach() - undo iopasid_sva_attach()
 * @dev: the device; its DMA with @pasid has ended
 * @domain: what iopasid_sva_attach() returned
 * @pasid: the number
 *
 * Context: may sleep, no lock held.
 */
void iopasid_sva_detach(struct device *dev, struct iopasid_domain *domain,
			u32 pasid)
{
	/* If the device has left its unit, it is detached already. */
	iopasid_detach_dev_pasid(dev, pasid);
	iopasid_domain_free(domain);
}
EXPORT_SYMBOL_GPL(iopasid_sva_detach);

/**
 * iopasid_sva_init() - module load
 *
 * Return: 0, -ENOMEM.
 */
int iopasid_sva_init(void)
{
	iopasid_sva_free_wq = alloc_workqueue("iopasid-sva-free", WQ_UNBOUND, 0);
	return iopasid_sva_free_wq ? 0 : -ENOMEM;
}

/** iopasid_sva_exit() - module unload */
void iopasid_sva_exit(void)
{
	destroy_workqueue(iopasid_sva_free_wq);
}
