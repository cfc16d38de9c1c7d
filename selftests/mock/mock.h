/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to iopasid-iommufd-mock.ko: a unit and devices that do not exist, for
 * mainline's selftest of /dev/iommu. Whoever loads it lets user space make
 * devices and look at physical addresses: never where that matters.
 */
#ifndef _MOCK_H
#define _MOCK_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <iopasid/domain.h>
#include <iopasid/provider.h>

#include "command.h"

struct iofd_ctx;
struct iofd_device;

/**
 * struct mock_domain - a page table
 * @domain: what others see of it
 * @pages: of MOCK_PAGE_SIZE: number to mock-domain.c's entries
 */
struct mock_domain {
	struct iopasid_domain domain;
	struct xarray pages;
};

/**
 * struct mock_device - a device
 * @dev: the device
 * @id: in its name
 * @flags: enum mock_device_flags
 * @idev: the core's record, NULL: it does not have the device; @reports
 * @reports: read by page requests under way, written by who waits for their end
 * @pasids: PASID to domain, and 0 to that of the RID; under the group's lock,
 *	read without
 * @cache: what it has cached of its translations; only a guest's unit, which is
 *	not there, would invalidate it
 * @node: in the list of bound devices
 * @ctx: the context that it is bound to
 * @bound: as bound
 * @bound_id: id of that
 */
struct mock_device {
	struct device dev;
	int id;
	u32 flags;
	struct iopasid_device *idev;
	struct rw_semaphore reports;
	struct xarray pasids;
	u32 cache[MOCK_CACHE_ENTRIES];
	struct list_head node;
	struct iofd_ctx *ctx;
	struct iofd_device *bound;
	u32 bound_id;
};

/**
 * struct mock_call - one command
 * @ctx: of which context
 * @command: a copy of the user's structure
 * @answers: @command goes back to the user
 */
struct mock_call {
	struct iofd_ctx *ctx;
	struct mock_command command;
	bool answers;
};

typedef int (*mock_call_fn)(struct mock_call *call);

/* mock-unit.c */
extern struct iopasid_domain mock_blocked;
int mock_unit_init(void);
void mock_unit_exit(void);

/* mock-device.c */
extern const struct bus_type mock_bus;
struct mock_device *mock_device_of(struct device *dev);
bool mock_is_device(struct device *dev);
int mock_device_create(struct mock_call *call);
int mock_device_replace(struct mock_call *call);
int mock_device_page_request(struct mock_call *call);
int mock_device_check_cache(struct mock_call *call);
int mock_pasid_attach(struct mock_call *call);
int mock_pasid_replace(struct mock_call *call);
int mock_pasid_detach(struct mock_call *call);
int mock_pasid_check(struct mock_call *call);

/* mock-domain.c */
struct iopasid_domain *mock_domain_alloc_paging(struct iopasid_device *idev);
struct iopasid_domain *
mock_domain_alloc_user(struct iopasid_device *idev, u32 flags,
		       const struct iopasid_alloc_data *data);
bool mock_domain_tracks(const struct iopasid_domain *domain);
bool mock_domain_set_dirty(struct mock_domain *mock, u64 iova);
struct mock_domain *mock_domain_of(struct iopasid_domain *domain);

/* mock-attach.c */
int mock_attach_dev(struct iopasid_domain *domain, struct iopasid_device *idev,
		    struct iopasid_domain *old);
int mock_attach_dev_pasid(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid,
			  struct iopasid_domain *old);
void mock_detach_dev_pasid(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid);

/* mock-check.c */
int mock_check_map(struct mock_call *call);
int mock_check_refs(struct mock_call *call);
int mock_set_dirty(struct mock_call *call);

/* mock-access.c */
int mock_access_create(struct mock_call *call);
int mock_access_replace(struct mock_call *call);
int mock_access_pages(struct mock_call *call);
int mock_access_unpin(struct mock_call *call);
int mock_access_rw(struct mock_call *call);

#endif /* _MOCK_H */
