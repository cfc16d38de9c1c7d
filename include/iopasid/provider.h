/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the core and the driver of a kind of unit.
 *
 * Core to provider: struct iopasid_unit_ops here and struct iopasid_domain_ops
 * in domain.h. Provider to core: the functions at the end, and fault.h.
 */
#ifndef _IOPASID_PROVIDER_H
#define _IOPASID_PROVIDER_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <iopasid/capability.h>
#include <iopasid/domain.h>
#include <iopasid/fault.h>
#include <iopasid/group.h>
#include <iopasid/sva.h>

struct bus_type;
struct device;
struct module;
struct pci_dev;
struct iopasid_dma_device;
struct iopasid_group;
struct iopasid_page_queue;
struct iopasid_unit;

/**
 * struct iopasid_device - the record of one struct device behind a unit
 * @dev: the device
 * @unit: the unit it is behind
 * @max_pasids: set by probe_device: PASIDs 1..max_pasids-1 can be attached,
 *	the smaller of what the device and the unit can do; 0: no PASID at all
 * @page_requests: set by probe_device: the device may ask for pages
 * @caps: set by probe_device: enum iopasid_cap
 * @priv: the provider's own record
 */
struct iopasid_device {
	struct device *dev;
	struct iopasid_unit *unit;
	u32 max_pasids;
	bool page_requests;
	u32 caps;
	void *priv;

	/* private: core; group fields under the group's lock */

	/* The group it is a member of, as long as the record lives */
	struct iopasid_group *group;
	/* In the group's members; empty when it has left */
	struct list_head group_node;
	/* What its RID reaches, NULL before the first attach_dev */
	struct iopasid_domain *rid_domain;
	/* In the unit's devices; topology lock */
	struct list_head unit_node;
	/* In the table of all devices */
	struct hlist_node hash_node;
	/* The table has one reference */
	struct kref ref;
	/* Lets go after a failed probe, when the driver core has cleaned up */
	struct work_struct leave_work;
	/* A driver is bound that was bound under our eyes; group lock */
	bool bound;
	/* @bound, but its driver got no DMA; group lock */
	bool refused;
	/* @refused, because it wants none; group lock */
	bool no_dma;
	/* A driver is bound that was there before us; group lock */
	bool foreign;
	/* Claims on it, struct iopasid_user; group lock */
	struct list_head users;
	/* The DMA API's record while bound in translated mode; group lock */
	struct iopasid_dma_device *dma;
	/* Attaches less destroys of the DMA API PASID; group lock */
	unsigned int dma_pasid_users;
	/* Its page requests, as long as the record lives */
	struct iopasid_page_queue *page_queue;
};

/** struct iopasid_unit_ops - core to provider: a unit and its devices */
struct iopasid_unit_ops {
	/**
	 * @probe_device: take a device that is behind @unit: set max_pasids,
	 * page_requests, caps and priv. Its DMA works as before until the first
	 * attach_dev.
	 *
	 * Context: topology lock held, may sleep.
	 * Returns: 0, -ENODEV (not behind this unit, or not a device that this
	 * provider manages), -ENOMEM. On failure nothing is kept.
	 */
	int (*probe_device)(struct iopasid_unit *unit,
			    struct iopasid_device *idev);

	/**
	 * @release_device: forget a device. Its RID is attached to a static
	 * domain (IDENTITY when the unit goes, BLOCKED when the device goes)
	 * and no PASID is attached. When this returns, no call of
	 * iopasid_report_page_request() for it is running or will run.
	 *
	 * Context: topology lock held, may sleep.
	 */
	void (*release_device)(struct iopasid_device *idev);

	/**
	 * @device_group: the group that @idev belongs to, with a reference:
	 * one of those that iopasid_pci_device_group() or
	 * iopasid_generic_device_group() return, or a provider's own choice.
	 *
	 * Context: topology lock held, may sleep.
	 * Returns: the group, ERR_PTR(-ENOMEM), ERR_PTR(-EBUSY).
	 */
	struct iopasid_group *(*device_group)(struct iopasid_device *idev);

	/**
	 * @default_domain_type: optional; the DMA domain type that a device
	 * must have whatever the parameters say, and so its group; always the
	 * same for a device.
	 *
	 * Context: group mutex held.
	 * Returns: an enum iopasid_domain_type, negative for no demand.
	 */
	int (*default_domain_type)(struct iopasid_device *idev);

	/**
	 * @domain_alloc_paging: an empty page table that the unit of @idev can
	 * walk, with type, provider, ops, aperture_last and pgsizes set.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: the domain, ERR_PTR(-ENOMEM), ERR_PTR(-EOPNOTSUPP).
	 */
	struct iopasid_domain *(*domain_alloc_paging)(struct iopasid_device *idev);

	/**
	 * @domain_alloc_user: optional; as @domain_alloc_paging, for memory of
	 * a program: with IOPASID_CAP_ENFORCE_COHERENCY no DMA through it goes
	 * past the CPU caches. @flags has what the core knows of
	 * enum iopasid_alloc_flags; IOPASID_ALLOC_DIRTY_TRACKING only if the
	 * device has IOPASID_CAP_DIRTY_TRACKING. @data may be NULL.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: the domain, ERR_PTR(-ENOMEM), ERR_PTR(-EOPNOTSUPP) (flags,
	 * or type of @data), ERR_PTR(-EINVAL) or ERR_PTR(-E2BIG) (@data).
	 */
	struct iopasid_domain *
	(*domain_alloc_user)(struct iopasid_device *idev, u32 flags,
			     const struct iopasid_alloc_data *data);

	/**
	 * @domain_alloc_sva: optional; a domain that walks page tables of a
	 * process as the CPU does, in the format of its 48-bit mode, with type,
	 * provider, ops, coherent, aperture_last and root set: an empty top
	 * table, which the core fills with entries that lead to the process's
	 * own tables. The domain has a reference to its unit's memory, so that
	 * no other unit is taken for it. A root that the unit may walk for ever
	 * is emptied and kept by ops->free.
	 *
	 * The kernel does not write page tables back from the CPU caches, nor
	 * say what it maps: the unit must snoop its walks, know all page sizes
	 * that the CPU uses, and not cache what is not present.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: the domain, ERR_PTR(-ENOMEM), ERR_PTR(-EOPNOTSUPP) with @why
	 * set.
	 */
	struct iopasid_domain *
	(*domain_alloc_sva)(struct iopasid_device *idev,
			    enum iopasid_sva_why *why);

	/**
	 * @hw_info: optional; set type, length and data of @info, which the
	 * caller has cleared.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: 0, -ENOMEM.
	 */
	int (*hw_info)(struct iopasid_device *idev,
		       struct iopasid_hw_info *info);

	/**
	 * @resv_regions: append the reserved ranges that the unit and its
	 * firmware impose on @idev to @list. PCI windows are the core's task.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: 0, -ENOMEM; what was appended stays, the caller frees.
	 */
	int (*resv_regions)(struct iopasid_device *idev,
			    struct list_head *list);

	/**
	 * @pasid_alloc: optional; PASID numbers come from elsewhere (a guest
	 * whose host hands them out): get one in [min, max].
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: 0, -ENOSPC.
	 */
	int (*pasid_alloc)(struct iopasid_unit *unit, u32 min, u32 max,
			   u32 *pasid);

	/**
	 * @pasid_free: present if @pasid_alloc is: give a number back.
	 *
	 * Context: group mutex held, may sleep.
	 */
	void (*pasid_free)(struct iopasid_unit *unit, u32 pasid);

	/**
	 * @page_response: present if page requests are reported: answer a
	 * group of them. @pasid is that of the requests: IOMMU_PASID_INVALID
	 * when they had none. One call for each group whose last request was
	 * reported, and for those that a detach or iopasid_end_page_requests()
	 * cuts off before it; none from the latter's return to the next report.
	 *
	 * Context: process, may sleep; with the group mutex held or without.
	 * Does not wait for reports of page requests: it is called from them.
	 * Cannot fail: an answer that does not reach the device leaves it
	 * waiting, which a reset ends.
	 */
	void (*page_response)(struct iopasid_device *idev, u32 pasid, u16 index,
			      enum iopasid_page_code code);

	/**
	 * @drain_page_requests: optional: what the device has sent with @pasid
	 * (IOMMU_PASID_INVALID or 0: without one) before this call has been
	 * reported when this returns, and those reports have returned. The
	 * entry is cleared and flushed already. Left out by a provider whose
	 * attach and detach ops see to that.
	 *
	 * Context: group mutex held, may sleep.
	 */
	void (*drain_page_requests)(struct iopasid_device *idev, u32 pasid);
};

/**
 * struct iopasid_provider - a kind of unit and the module that drives it
 * @name: as it stands in messages, "iopasid-vtd"
 * @owner: held while a driver is bound to a device behind one of its units, or
 *	a user context owns a group there
 * @ops: the table above
 * @identity: the one pass-through domain, static
 * @blocked: the one blocked domain, static
 */
struct iopasid_provider {
	const char *name;
	struct module *owner;
	const struct iopasid_unit_ops *ops;
	struct iopasid_domain *identity;
	struct iopasid_domain *blocked;
};

/**
 * struct iopasid_unit - one IOMMU; embedded in the provider's own
 * @name: "dmar0"
 * @dev: its struct device: supplier of the links of all devices behind it
 * @provider: who drives it
 * @bus: the bus of the devices behind it; NULL: PCI
 */
struct iopasid_unit {
	const char *name;
	struct device *dev;
	const struct iopasid_provider *provider;
	const struct bus_type *bus;

	/* private: core */

	/* On @bus, unless that is NULL */
	struct notifier_block bus_nb;

	/* In the list of units; topology lock */
	struct list_head node;
	/* The devices behind it; topology lock */
	struct list_head devices;
	/* DMAs that it blocked and reported */
	atomic64_t nr_faults;
};

int iopasid_unit_register(struct iopasid_unit *unit);
void iopasid_unit_unregister(struct iopasid_unit *unit);

struct iopasid_group *iopasid_group_alloc(void);
struct iopasid_group *iopasid_group_get(struct iopasid_group *group);
void iopasid_group_put(struct iopasid_group *group);
struct iopasid_group *iopasid_generic_device_group(struct iopasid_device *idev);
struct iopasid_group *iopasid_pci_device_group(struct iopasid_device *idev);

/**
 * typedef iopasid_alias_fn - called for each source id of a device
 * @source_id: bus 15:8, device-function 7:0
 * @data: the caller's
 *
 * Returns: 0 to go on, anything else ends the walk.
 */
typedef int (*iopasid_alias_fn)(u16 source_id, void *data);

int iopasid_pci_for_each_alias(struct pci_dev *pdev, iopasid_alias_fn fn,
			       void *data);

struct dentry *iopasid_debugfs_root(void);

#endif /* _IOPASID_PROVIDER_H */
