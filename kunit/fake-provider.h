/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A provider whose units and devices are software, for tests of the rooms
 * above the provider contract (drivers/core, drivers/dma).
 *
 * It keeps what hardware would keep (where each RID and PASID leads), records
 * every call, fails the call that a test chooses, and complains by itself when
 * the core breaks the contract.
 */
#ifndef _FAKE_PROVIDER_H
#define _FAKE_PROVIDER_H

#include <kunit/test.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <iopasid/domain.h>
#include <iopasid/group.h>
#include <iopasid/provider.h>

/* Calls beyond these are counted, not recorded */
#define FAKE_MAX_CALLS	512

/* struct fake_pci holds so many */
#define FAKE_PCI_FUNCTIONS	4

/* The one type of user data, a u32, and what hw_info tells, a u32 */
#define FAKE_DATA_TYPE	0xfa4e
#define FAKE_INFO_TYPE	0xfa4f
#define FAKE_INFO	0x12345678

/* Page requests come with PASIDs below this, or without one */
#define FAKE_PAGE_PASIDS	8
#define FAKE_PAGE_ROWS		(FAKE_PAGE_PASIDS + 1)

/** enum fake_op - an op of the contract */
enum fake_op {
	FAKE_PROBE_DEVICE,
	FAKE_RELEASE_DEVICE,
	FAKE_DEVICE_GROUP,
	FAKE_DOMAIN_ALLOC,
	FAKE_DOMAIN_ALLOC_USER,
	FAKE_DOMAIN_ALLOC_SVA,
	FAKE_HW_INFO,
	FAKE_RESV_REGIONS,
	FAKE_PASID_ALLOC,
	FAKE_PASID_FREE,
	FAKE_ATTACH_DEV,
	FAKE_ATTACH_PASID,
	FAKE_DETACH_PASID,
	FAKE_MAP,
	FAKE_UNMAP,
	FAKE_FLUSH,
	FAKE_FLUSH_ALL,
	FAKE_INVALIDATE,
	FAKE_SET_DIRTY,
	FAKE_READ_DIRTY,
	FAKE_DOMAIN_FREE,
	FAKE_PAGE_RESPONSE,
	FAKE_DRAIN_PAGES,
	FAKE_NR_OPS
};

struct fake;
struct fake_device;

/**
 * struct fake_call - one call of an op
 * @op: which
 * @domain: the domain that it was made on, or that it returned
 * @old: attach ops: the domain to replace
 * @fdev: the device; NULL for calls that name none
 * @pasid: 0 for calls that name none
 * @iova: map, unmap, flush, invalidate: first address
 * @size: map, unmap, flush: bytes
 * @last: invalidate: last address
 * @flags: of an alloc for user space, of a read of dirty pages; set_dirty: enable
 * @index: page_response: group index
 * @code: page_response: the answer
 * @ret: what it returned
 */
struct fake_call {
	enum fake_op op;
	struct iopasid_domain *domain;
	struct iopasid_domain *old;
	struct fake_device *fdev;
	u32 pasid;
	u64 iova;
	size_t size;
	u64 last;
	u32 flags;
	u16 index;
	enum iopasid_page_code code;
	int ret;
};

/**
 * typedef fake_hook_fn - sees each call before it takes effect
 * @fake: the provider
 * @call: the call; @call->ret is 0 and not decided yet
 *
 * Runs in the caller's context, which for map, unmap, flush and invalidate may be
 * atomic.
 */
typedef void (*fake_hook_fn)(struct fake *fake, const struct fake_call *call);

/**
 * struct fake_fail - which calls of an op fail
 * @skip: calls that still succeed
 * @times: calls after those that fail; 0: none
 * @err: with this errno, negative
 */
struct fake_fail {
	unsigned int skip;
	unsigned int times;
	int err;
};

/**
 * struct fake_unit - one unit
 * @node: in fake.units
 * @fake: its provider
 * @unit: what the core sees
 * @name: of @unit
 * @registered: the core knows it
 */
struct fake_unit {
	struct list_head node;
	struct fake *fake;
	struct iopasid_unit unit;
	char name[20];
	bool registered;
};

/**
 * struct fake - a provider with its units, devices and domains
 * @test: who complains
 * @provider: what the core sees
 * @ops: of @provider; a test may change it before the first device comes
 * @identity: the static pass-through domain
 * @blocked: the static blocked domain
 * @pgsizes: of paging domains that are allocated from now on
 * @aperture_last: likewise
 * @caps: of devices that come from now on
 * @sva_why: what domain_alloc_sva says when it fails with -EOPNOTSUPP
 * @empty_tables: an unmap of holes finds a table to unlink, one for each
 * @hook: called for every op, or NULL
 * @hook_data: for @hook
 * @units: all units; the first is made by fake_create()
 * @devices: all devices; @lock
 * @nr_devices: devices that are not freed
 * @nr_domains: paging and SVA domains that are not freed
 * @nr_complaints: broken contracts
 * @expect_complaints: they are what the test is about: count, do not fail
 * @page_reports: held by reports of page requests; a drain, and a change of a
 *	device's record, waits for them
 * @cuts_groups: detaches may answer groups that are not complete
 * @lock: everything below
 * @fail: for each op
 * @nr_calls: of each op, failed ones included
 * @calls: the first FAKE_MAX_CALLS calls since fake_forget_calls()
 * @nr_recorded: how many of @calls are filled
 * @numbers: PASIDs that pasid_alloc handed out, to UNIT
 */
struct fake {
	struct kunit *test;
	struct iopasid_provider provider;
	struct iopasid_unit_ops ops;
	struct iopasid_domain identity;
	struct iopasid_domain blocked;
	unsigned long pgsizes;
	u64 aperture_last;
	u32 caps;
	enum iopasid_sva_why sva_why;
	bool empty_tables;
	fake_hook_fn hook;
	void *hook_data;
	struct list_head units;
	struct list_head devices;
	atomic_t nr_devices;
	atomic_t nr_domains;
	atomic_t nr_complaints;
	bool expect_complaints;
	struct rw_semaphore page_reports;
	bool cuts_groups;

	spinlock_t lock;
	struct fake_fail fail[FAKE_NR_OPS];
	unsigned int nr_calls[FAKE_NR_OPS];
	struct fake_call calls[FAKE_MAX_CALLS];
	unsigned int nr_recorded;
	struct xarray numbers;
};

/**
 * struct fake_resv - one reserved range of a device
 * @first: first address
 * @last: last address, inclusive
 * @type: why
 */
struct fake_resv {
	u64 first;
	u64 last;
	enum iopasid_resv_type type;
};

/**
 * struct fake_device_config - what a device is like
 * @name: its name, or NULL for "fake%d"
 * @unit: the unit it is behind, or NULL for the first
 * @max_pasids: as the provider reports it: 0, 1 << 5, 1 << 20 ...
 * @group: devices of one provider with the same key share a group; 0: alone
 * @type: what the provider demands: IOPASID_DOMAIN_PAGING or
 *	IOPASID_DOMAIN_IDENTITY; 0: nothing
 * @foreign: a driver is bound before the core sees it
 * @page_requests: it asks for pages
 * @bus: the bus that it is on, or NULL
 * @dma_mask: 0: 64 bits
 * @resv: reserved ranges
 * @nr_resv: of @resv
 */
struct fake_device_config {
	const char *name;
	struct fake_unit *unit;
	u32 max_pasids;
	unsigned int group;
	int type;
	bool foreign;
	bool page_requests;
	const struct bus_type *bus;
	u64 dma_mask;
	const struct fake_resv *resv;
	unsigned int nr_resv;
};

/**
 * struct fake_device - one device
 * @node: in fake.devices
 * @fake: its provider
 * @config: what it is like
 * @dev: what drivers see; for iopasid_attach_dev_pasid(), dma_map_page() ...
 * @dma_parms: of @dev
 * @devres: what the driver's managed resources are in
 * @idev: the core's record, while the core has it
 * @group: what device_group returned for it, while the core has it
 * @rid: where its RID leads; NULL before the first attach
 * @pasids: where its PASIDs lead: PASID to struct iopasid_domain
 * @page_groups: groups of page requests by PASID, the last for those without
 *	one, and index: enum fake_page_group; fake.lock
 */
struct fake_device {
	struct list_head node;
	struct fake *fake;
	struct fake_device_config config;
	struct device dev;
	struct device_dma_parameters dma_parms;
	void *devres;
	struct iopasid_device *idev;
	struct iopasid_group *group;
	struct iopasid_domain *rid;
	struct xarray pasids;
	u8 page_groups[FAKE_PAGE_ROWS][IOPASID_PAGE_GROUPS];
};

/**
 * struct fake_domain - a paging domain: a plain reference table of 4K entries; or
 *	an SVA domain, which has only a root
 * @domain: what the core sees
 * @fake: its provider
 * @lock: everything below; irq-safe
 * @tables: IOVA >> 21 to struct page: 512 entries of u64
 * @nr_tables: pages in @tables; a page goes at the flush that empties it.
 *	And pages in gathers, until their flush
 * @nr_mapped: entries that are mapped
 * @nr_stale: entries that were unmapped and not flushed since
 * @nr_failed_flushes: entries may stay stale for good
 * @user_data: what it was made with, 0: nothing
 * @marks: written pages are marked
 */
struct fake_domain {
	struct iopasid_domain domain;
	struct fake *fake;
	spinlock_t lock;
	struct xarray tables;
	unsigned long nr_tables;
	unsigned long nr_mapped;
	unsigned long nr_stale;
	unsigned long nr_failed_flushes;
	u32 user_data;
	bool marks;
};

static inline struct fake_domain *fake_domain_of(struct iopasid_domain *domain)
{
	return container_of(domain, struct fake_domain, domain);
}

/* fake-provider.c: the provider and its units; all is undone at test exit */
struct fake *fake_create(struct kunit *test);
struct fake_unit *fake_unit_create(struct fake *fake);
struct fake_unit *fake_first_unit(struct fake *fake);
void fake_unit_unregister(struct fake_unit *funit);
void fake_unit_reregister(struct fake_unit *funit);
void fake_use_own_numbers(struct fake *fake);
void fake_fail_nth(struct fake *fake, enum fake_op op, unsigned int nth,
		   int err);
void fake_fail_always(struct fake *fake, enum fake_op op, int err);
void fake_forget_calls(struct fake *fake);
unsigned int fake_calls(struct fake *fake, enum fake_op op);

/* fake-device.c: devices, and the bus that announces them to the core */
struct fake_device *fake_device_create(struct fake *fake,
				       const struct fake_device_config *config);
struct fake_device *
fake_device_create_unannounced(struct fake *fake,
			       const struct fake_device_config *config);
void fake_device_remove(struct fake_device *fdev);
void fake_device_bind(struct fake_device *fdev);
void fake_device_unbind(struct fake_device *fdev);
void fake_device_fail_probe_begin(struct fake_device *fdev);
void fake_device_fail_probe_end(struct fake_device *fdev);
void fake_device_probe_next(struct fake_device *fdev);
bool fake_device_wait_unbound(struct fake_device *fdev);
struct iopasid_domain *fake_reaches(struct fake_device *fdev, u32 pasid);
bool fake_is_attached(struct fake *fake, struct iopasid_domain *domain);

/* A user takes all of a device. */
static inline struct iopasid_user *fake_claim(struct fake_device *fdev,
					      void *ctx)
{
	struct iopasid_user *user = iopasid_user_claim(&fdev->dev, ctx,
						       IOPASID_USER_ALL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(fdev->fake->test, user);
	return user;
}

/* What he gets instead; 0: he got it, and has given it back. */
static inline int fake_claim_error(struct fake_device *fdev, void *ctx)
{
	struct iopasid_user *user = iopasid_user_claim(&fdev->dev, ctx,
						       IOPASID_USER_ALL);

	if (IS_ERR(user))
		return PTR_ERR(user);
	iopasid_user_release(user);
	return 0;
}

/* fake-page.c: page requests */
bool fake_page_request(struct fake_device *fdev,
		       const struct iopasid_page_request *request);
bool fake_page_is_answered(struct fake_device *fdev, u32 pasid, u16 index);
void fake_page_time_is_over(struct fake_device *fdev);
void fake_page_expire(struct fake_device *fdev);

/* fake-domain.c: the domain ops, and what a DMA would hit */
phys_addr_t fake_translate(struct fake_device *fdev, u32 pasid, u64 iova,
			   unsigned int prot);
bool fake_is_stale(struct iopasid_domain *domain, u64 iova);

/* fake-dirty.c: page tables for user space, and what devices write to them */
bool fake_write(struct fake_device *fdev, u32 pasid, u64 iova);

/* fake-sva.c: page tables of a process */
phys_addr_t fake_sva_walk(struct iopasid_domain *domain, u64 addr,
			  unsigned int prot);
void fake_fail_sva(struct fake *fake, enum iopasid_sva_why why);
unsigned int fake_invalidations_of(struct fake *fake, u64 addr);

/**
 * struct fake_pci - PCI functions in software, behind a host bridge of their own
 * @test: who made them
 * @bridge: the host bridge, once they are scanned
 * @sysdata: of @bridge
 * @nr_functions: of @config
 * @config: the configuration space of each, by slot
 */
struct fake_pci {
	struct kunit *test;
	struct pci_host_bridge *bridge;
	struct pci_sysdata sysdata;
	unsigned int nr_functions;
	u8 config[FAKE_PCI_FUNCTIONS][PCI_CFG_SPACE_EXP_SIZE];
};

/* fake-pci.c: functions for the kernel's own PCI bus */
struct fake_pci *fake_pci_create(struct kunit *test, const u16 *acs_caps,
				 unsigned int nr);
void fake_pci_scan(struct fake_pci *fpci);
struct pci_dev *fake_pci_get(struct fake_pci *fpci, unsigned int slot);
u16 fake_pci_acs(struct fake_pci *fpci, unsigned int slot);
void fake_pci_set_acs(struct fake_pci *fpci, unsigned int slot, u16 val);

/* fake-log.c: what the kernel's log got */
void fake_log_mark(void);
void fake_log_mark_oldest(void);
unsigned int fake_log_lines(const char *first, const char *second);

/* Between the files */

/* Of a table */
#define FAKE_ENTRIES	(PAGE_SIZE / sizeof(u64))
#define FAKE_TABLE_LG2	(PAGE_SHIFT + 9)

/* Flags in an entry, below the address; the lowest three are the access */
#define FAKE_PROT	(IOPASID_READ | IOPASID_WRITE | IOPASID_MMIO)
#define FAKE_MAPPED	BIT_ULL(8)
#define FAKE_STALE	BIT_ULL(9)
/* Written to; and a write does not mark it again until a flush */
#define FAKE_DIRTY	BIT_ULL(10)
#define FAKE_WARM	BIT_ULL(11)

extern const struct iopasid_domain_ops fake_static_ops;
int fake_call_begin(struct fake *fake, const struct fake_call *call);
void fake_complain(struct fake *fake, const char *what);
struct fake_device *fake_device_of(struct iopasid_device *idev);
void fake_check_group_lock(struct fake_device *fdev);
int fake_attach_dev_pasid(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid,
			  struct iopasid_domain *old);
void fake_detach_dev_pasid(struct iopasid_domain *domain,
			   struct iopasid_device *idev, u32 pasid);
struct iopasid_domain *fake_domain_alloc_sva(struct iopasid_device *idev,
					     enum iopasid_sva_why *why);
struct iopasid_domain *fake_domain_alloc_paging(struct iopasid_device *idev);
struct iopasid_domain *fake_domain_make(struct fake *fake);
u64 *fake_entry_locked(struct fake_domain *fdom, u64 iova, struct page **table);
struct iopasid_domain *
fake_domain_alloc_user(struct iopasid_device *idev, u32 flags,
		       const struct iopasid_alloc_data *data);
int fake_hw_info(struct iopasid_device *idev, struct iopasid_hw_info *info);
int fake_set_dirty_tracking(struct iopasid_domain *domain, bool enable);
void fake_read_and_clear_dirty(struct iopasid_domain *domain, u64 iova,
			       size_t size, const struct iopasid_dirty *dirty);
void fake_flush_dirty(struct fake_domain *fdom, u64 first, u64 last);
int fake_probe_device(struct iopasid_unit *unit, struct iopasid_device *idev);
void fake_release_device(struct iopasid_device *idev);
struct iopasid_group *fake_device_group(struct iopasid_device *idev);
int fake_default_domain_type(struct iopasid_device *idev);
int fake_resv_regions(struct iopasid_device *idev, struct list_head *list);
void fake_page_response(struct iopasid_device *idev, u32 pasid, u16 index,
			enum iopasid_page_code code);
void fake_drain_page_requests(struct iopasid_device *idev, u32 pasid);
void fake_page_check_answers(struct fake_device *fdev);

#endif /* _FAKE_PROVIDER_H */
