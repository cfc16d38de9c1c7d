/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to iopasid.ko: the core's rooms and drivers/dma.
 *
 * Lock order, outermost first:
 *
 *	pci rescan lock, device_lock (the callers'; of members it is tried
 *	below group->lock as well)
 *	-> iopasid_topology_lock
 *	-> group->lock
 *	-> iopasid_numbers_lock
 *	-> the provider's table lock -> domain's tag lock -> queue lock
 *
 * Of address spaces of processes: iopasid_sva_lock is held with none of these;
 * sva->lock and sva->requests_lock are leaves, the former below the page-table
 * locks of the process, and below the lock of a device's page requests.
 *
 * iopasid_devices_lock and the lock of a device's page requests are leaves; the
 * latter is not irq-safe. Nothing here is taken by map or unmap. A report of a
 * page request takes that leaf only: the group's lock is held while a detach
 * waits for reports, for fault handlers that they call, and for answers that are
 * under way.
 */
#ifndef _IOPASID_CORE_H
#define _IOPASID_CORE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <iopasid/domain.h>
#include <iopasid/group.h>
#include <iopasid/provider.h>

#include "page-request.h"

struct dentry;
struct iopasid_dma;
struct seq_file;

/**
 * enum iopasid_owner - whose the RID of a group is
 * @IOPASID_OWNER_NONE: no driver bound, no user
 * @IOPASID_OWNER_DMA: drivers through the DMA API
 * @IOPASID_OWNER_USER: one user context
 */
enum iopasid_owner {
	IOPASID_OWNER_NONE,
	IOPASID_OWNER_DMA,
	IOPASID_OWNER_USER,
};

/**
 * struct iopasid_group - what the hardware cannot tell or keep apart
 * @lock: everything below, the members' fields that name it, and every change
 *	of what the members' RIDs and PASIDs reach
 * @ref: members and whoever looks at it
 * @id: for people
 * @devices: members
 * @unit: the unit that all members are behind
 * @type: the DMA domain type that is wanted: PAGING or IDENTITY
 * @rid_domain: what the RID of every member reaches now, but of those that could
 *	not go back to it (rid.c)
 * @dma: the DMA API's page table and IOVAs; NULL unless PAGING is in effect
 * @dma_domain: the domain of @dma
 * @owner: whose the RID is
 * @owner_ctx: the user context, while @owner is USER
 * @nr_users: its claims
 * @fence: keeps drivers away from members meanwhile
 * @nr_rid_users: those of them through which the RIDs are attached to @rid_domain
 * @nr_bound: members with a driver that was bound under our eyes and got DMA
 * @nr_foreign: members with a driver from before us, which holds physical
 *	addresses: the group stays pass-through until they are gone
 * @pasids: PASID to attachment; XA_ZERO_ENTRY: the number is taken, nothing is
 *	attached. Charged to who takes the number: users choose far apart ones
 * @dma_pasid: the DMA API PASID, while @dma_pasid_users is not 0
 * @dma_pasid_users: sum of the members' attaches
 */
struct iopasid_group {
	struct mutex lock;
	struct kref ref;
	int id;
	struct list_head devices;
	struct iopasid_unit *unit;
	enum iopasid_domain_type type;
	struct iopasid_domain *rid_domain;
	struct iopasid_dma *dma;
	struct iopasid_domain *dma_domain;
	enum iopasid_owner owner;
	void *owner_ctx;
	unsigned int nr_users;
	struct device *fence;
	unsigned int nr_rid_users;
	unsigned int nr_bound;
	unsigned int nr_foreign;
	struct xarray pasids;
	u32 dma_pasid;
	unsigned int dma_pasid_users;
};

/**
 * struct iopasid_attachment - "PASID P means domain D" of one group
 * @domain: D; group lock
 * @pasid: P
 * @ctx: the user context whose it is, NULL: the kernel's
 * @joined: the members on which it is programmed, struct iopasid_join
 * @owns_number: the number goes with the attachment
 */
struct iopasid_attachment {
	struct iopasid_domain *domain;
	u32 pasid;
	void *ctx;
	struct list_head joined;
	bool owns_number;
};

/**
 * struct iopasid_join - one member on which an attachment is programmed
 * @node: in the attachment
 * @idev: the member
 * @user: the claim through which it joined, NULL: the kernel
 * @route: its page requests with the PASID
 * @cleared: its entry is cleared: it could not go back after a replace failed
 */
struct iopasid_join {
	struct list_head node;
	struct iopasid_device *idev;
	struct iopasid_user *user;
	struct iopasid_page_route route;
	bool cleared;
};

/**
 * struct iopasid_user - a user context has a device
 * @idev: the device; keeps the record
 * @ctx: the context
 * @scope: how much of the device
 * @node: in the device's users; group lock
 * @by_driver: the device's driver made it, and it goes with it
 * @revoked: it has no effect any more; group lock
 * @rid: the RID is attached through it; group lock
 */
struct iopasid_user {
	struct iopasid_device *idev;
	void *ctx;
	enum iopasid_user_scope scope;
	struct list_head node;
	bool by_driver;
	bool revoked;
	bool rid;
};

/* device.c */
extern struct mutex iopasid_topology_lock;
struct iopasid_device *iopasid_device_get(struct device *dev);
void iopasid_device_put(struct iopasid_device *idev);
bool iopasid_modules_get(const struct iopasid_provider *provider);
void iopasid_modules_put(const struct iopasid_provider *provider);
int iopasid_device_add(struct device *dev);
void iopasid_device_remove(struct device *dev);
void iopasid_device_bind(struct device *dev);
void iopasid_device_unbind(struct device *dev);
void iopasid_device_bind_failed(struct device *dev);
void iopasid_device_recheck(struct iopasid_device *idev);
int iopasid_device_add_locked(struct iopasid_unit *unit, struct device *dev);
void iopasid_device_remove_locked(struct iopasid_device *idev, bool gone);
void iopasid_unit_settle_locked(struct iopasid_unit *unit);
int iopasid_device_init(void);
void iopasid_device_exit(void);

/* unit.c */
extern struct list_head iopasid_units;
bool iopasid_pci_units_locked(void);

/* group.c */
int iopasid_group_join(struct iopasid_group *group,
		       struct iopasid_device *idev);
void iopasid_group_leave(struct iopasid_device *idev, bool gone);
int iopasid_device_direct(struct iopasid_device *idev);
bool iopasid_group_has_driver_locked(struct iopasid_group *group);
int iopasid_group_set_type(struct iopasid_group *group,
			   enum iopasid_domain_type type);
int iopasid_resv_regions(struct iopasid_device *idev, struct list_head *list);

/* rid.c */
int iopasid_rid_move(struct iopasid_device *idev,
		     struct iopasid_domain *domain);
void iopasid_rid_back(struct iopasid_device *idev,
		      struct iopasid_domain *domain);
int iopasid_group_set_rid_locked(struct iopasid_group *group,
				 struct iopasid_domain *domain);
void iopasid_group_drop_dma_locked(struct iopasid_group *group);
int iopasid_group_settle_locked(struct iopasid_group *group);
void iopasid_group_resettle_locked(struct iopasid_group *group);
struct iopasid_domain *
iopasid_group_dma_domain_locked(struct iopasid_group *group);

/* owner.c */
void iopasid_group_bind_locked(struct iopasid_device *idev);
void iopasid_group_pass_locked(struct iopasid_device *idev);
void iopasid_group_unbind_locked(struct iopasid_device *idev);

/* user.c */
bool iopasid_group_has_users_locked(struct iopasid_group *group);
unsigned int iopasid_users_revoke_locked(struct iopasid_device *idev, bool all);

/* sva.c */
enum iopasid_page_code iopasid_sva_settle(struct iopasid_domain *domain,
					  enum iopasid_page_code code);
int iopasid_sva_usable(const struct iopasid_domain *domain);
int iopasid_sva_take(struct iopasid_domain *domain, unsigned int nr);
void iopasid_sva_give(struct iopasid_domain *domain, unsigned int nr);
struct iopasid_domain *iopasid_domain_table(struct iopasid_domain *domain);
int iopasid_sva_init(void);
void iopasid_sva_exit(void);

/* fence.c */
int iopasid_fence_add_locked(struct iopasid_device *idev);
int iopasid_fence_member_locked(struct iopasid_device *idev);
int iopasid_fence_raise_locked(struct iopasid_group *group);
void iopasid_fence_drop_locked(struct iopasid_group *group);
int iopasid_fence_init(void);
void iopasid_fence_exit(void);

/* attachment.c */
int iopasid_attach_locked(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid,
			  struct iopasid_user *user);
int iopasid_attach_dev_any_pasid(struct iopasid_domain *domain,
				 struct device *dev, u32 *pasid);
int iopasid_replace_locked(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid,
			   struct iopasid_user *user);
int iopasid_detach_locked(struct iopasid_device *idev, u32 pasid,
			  struct iopasid_user *user);
unsigned int iopasid_detach_all_locked(struct iopasid_device *idev,
				       struct iopasid_user *user);
bool iopasid_device_is_attached_locked(struct iopasid_device *idev);
bool iopasid_is_attached_locked(struct iopasid_group *group,
				const struct iopasid_domain *domain);
struct iopasid_attachment *
iopasid_attachment_find_locked(struct iopasid_group *group, u32 pasid);

/* pasid.c */
int iopasid_number_alloc_locked(struct iopasid_device *idev, u32 min, u32 max,
				u32 *pasid);
bool iopasid_number_reserved_locked(struct iopasid_group *group, u32 pasid);
int iopasid_number_reserve_locked(struct iopasid_group *group, u32 pasid,
				  bool allow_global);
void iopasid_number_free_all_locked(struct iopasid_group *group);
void iopasid_number_free_locked(struct iopasid_group *group, u32 pasid);
void iopasid_number_exit(void);

/* bus.c */
int iopasid_device_notify(struct device *dev, unsigned long event);
void iopasid_bus_scan_locked(struct iopasid_unit *unit);
int iopasid_bus_watch(struct iopasid_unit *unit);
void iopasid_bus_unwatch(struct iopasid_unit *unit);

/* pci-topology.c, pci-bus.c, pci-acs.c */
struct pci_dev;
int iopasid_pci_windows(struct pci_dev *pdev, struct list_head *list);
int iopasid_pci_init(void);
void iopasid_pci_exit(void);
void iopasid_pci_scan_locked(struct iopasid_unit *unit);
bool iopasid_pci_untrusted(struct device *dev);
void iopasid_acs_enable(struct pci_dev *pdev);
void iopasid_acs_reapply(void);
void iopasid_acs_forget(struct pci_dev *pdev);
void iopasid_acs_restore(void);
bool iopasid_acs_isolates(struct pci_dev *pdev);

/* sysfs.c, debugfs.c */
int iopasid_sysfs_add(struct iopasid_device *idev);
void iopasid_sysfs_remove(struct iopasid_device *idev);
void iopasid_debugfs_init(void);
void iopasid_debugfs_exit(void);

#endif /* _IOPASID_CORE_H */
