/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to iopasid-vtd.ko.
 *
 * Lock order, outermost first:
 *
 *	group mutex (core) -> unit->table_lock -> domain->tag_lock
 *	-> queue->lock
 *
 * The spinlocks are irq-safe, nothing sleeps, allocates or polls the hardware
 * under them. unit->fault_lock is a leaf.
 *
 * PASID directories, tables and their entries have no spinlock: they belong to
 * the group whose source ids they serve, and the group mutex is held whenever
 * they change. dir->lock, inside of it, is for readers without the group mutex.
 */
#ifndef _VTD_H
#define _VTD_H

#include <linux/atomic.h>
#include <linux/idr.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <iopasid/domain.h>
#include <iopasid/fault.h>
#include <iopasid/provider.h>

#include "vtd-bits.h"
#include "vtd-context.h"
#include "vtd-dmar.h"
#include "vtd-entry.h"
#include "vtd-port.h"
#include "vtd-queue.h"
#include "vtd-pt.h"
#include "vtd-stage.h"

#undef pr_fmt
#define pr_fmt(fmt) "iopasid-vtd: " fmt

struct dentry;
struct pci_dev;
struct vtd_bus_ops;
struct vtd_model_platform_data;
struct platform_device;
struct seq_file;
struct vtd_unit;

/* Domain ids: 0 is never used (CAP.CM caches "not present" under it) */
#define VTD_DID_PASS		1
#define VTD_DID_FIRST		2

/* PASIDs of a device that cannot tag its DMA, with rid_pasid=1 */
#define VTD_STEERED_PASIDS	BIT(15)

/* ---- vtd-unit.c: one DRHD ---- */

/**
 * enum vtd_counter - what a unit counts, for debugfs
 * @VTD_COUNT_DOORBELL: writes of the queue's tail, recovery apart
 * @VTD_COUNT_CONTEXT: context-cache descriptors
 * @VTD_COUNT_PASID: PASID-cache descriptors
 * @VTD_COUNT_IOTLB: IOTLB descriptors
 * @VTD_COUNT_PASID_IOTLB: PASID-based IOTLB descriptors
 * @VTD_COUNT_WAIT: wait descriptors
 * @VTD_COUNT_OTHER: descriptors of other types
 * @VTD_COUNT_QUEUE_ERROR: descriptors that the unit refused
 * @VTD_COUNT_TIMEOUT: batches that the unit did not complete
 * @VTD_COUNT_SUPPRESSED: flushes that suppress_flush dropped
 * @VTD_COUNT_FAULT: fault records
 * @VTD_COUNT_FAULT_LOST: fault records that nobody could read in time
 * @VTD_COUNT_PAGE_REQUEST: page requests
 * @VTD_COUNT_PAGE_REQUEST_LOST: times that their queue was full
 * @VTD_COUNT_ENTRY: changes of PASID table entries
 * @VTD_COUNTERS: how many
 */
enum vtd_counter {
	VTD_COUNT_DOORBELL,
	VTD_COUNT_CONTEXT,
	VTD_COUNT_PASID,
	VTD_COUNT_IOTLB,
	VTD_COUNT_PASID_IOTLB,
	VTD_COUNT_WAIT,
	VTD_COUNT_OTHER,
	VTD_COUNT_QUEUE_ERROR,
	VTD_COUNT_TIMEOUT,
	VTD_COUNT_SUPPRESSED,
	VTD_COUNT_FAULT,
	VTD_COUNT_FAULT_LOST,
	VTD_COUNT_PAGE_REQUEST,
	VTD_COUNT_PAGE_REQUEST_LOST,
	VTD_COUNT_ENTRY,
	VTD_COUNTERS,
};

/**
 * struct vtd_fault_record - a fault record as read, with what may change
 * @low: first word
 * @high: second word
 * @pasid: the table that a DMA without PASID of this source used
 */
struct vtd_fault_record {
	u64 low;
	u64 high;
	u32 pasid;
};

#define VTD_FAULT_BACKLOG	64

/**
 * struct vtd_found - registers as they were before the driver
 * @rtaddr: RTADDR
 * @iqa: IQA
 * @pmen: PMEN
 */
struct vtd_found {
	u64 rtaddr;
	u64 iqa;
	u32 pmen;
};

/**
 * struct vtd_unit - one DRHD
 * @iounit: the core's part
 * @ref: domains, tags, and who created it keep the struct
 * @gone: the hardware is not used any more; see vtd_unit_enter()
 * @nr_inside: who uses it now
 * @port: the way to its registers
 * @promises: the port may want promises
 * @bus_ops: what the devices behind it are like
 * @dmar: the table that it is named in; NULL: a software unit
 * @drhd: its structure in the table; NULL: a software unit
 * @soft: of a software unit
 * @name: "dmar<n>", "vtd-model.<n>"
 * @cap: capability register
 * @ecap: extended capability register
 * @found: what teardown restores
 * @coherent: the unit snoops the CPU cache when it walks tables
 * @second: page tables of second stage
 * @first: page tables of first stage
 * @stage: @second or @first: what a domain gets if either will do; NULL: the unit
 *	has neither
 * @queue: invalidation queue
 * @table_lock: root and context tables, lists of users of the requesters;
 *	irq-safe
 * @root: root table
 * @pass_dir: PASID directory of pass-through for whom nobody manages
 * @requesters: source id to struct vtd_requester; own lock, emptied at teardown
 * @bus_nb: devices of @bus_ops come and go
 * @dids: domain ids; own lock
 * @did_last: the highest, inclusive
 * @registered: the core knows the unit
 * @stuck: it did not confirm a command: what it reads is never freed
 * @has_irq: there are fault events
 * @fault_lock: serialises readers of the fault records; @faults; irq-safe
 * @faults: records from the handler to @fault_work
 * @fault_work: reports them
 * @last_fault: the one it reported last, without its device; fault_lock
 * @prq: page request queue, NULL: the unit does without
 * @prq_wq: runs @prq_work, and nothing else
 * @prq_work: reports page requests
 * @prq_asleep: @prq_work does not touch the unit; written when nobody waits for it
 * @domains_lock: @domains
 * @domains: paging domains made for this unit, struct vtd_domain
 * @nr_pasid_tables: PASID tables in directories
 * @nr_leaked_pages: table pages kept for good because a flush failed
 * @nr_tags: cache tags
 * @nr_requesters: source ids with a context entry
 * @counters: by enum vtd_counter
 * @suppress_flush: test knob: unmaps are not flushed
 * @inject_bad: test knob: batches that get a bad descriptor
 * @debugfs: its folder
 */
struct vtd_unit {
	struct iopasid_unit iounit;
	struct kref ref;
	bool gone;
	atomic_t nr_inside;
	struct vtd_port *port;
	bool promises;
	const struct vtd_bus_ops *bus_ops;
	const struct vtd_dmar *dmar;
	const struct vtd_drhd *drhd;
	const struct vtd_model_platform_data *soft;
	char name[24];
	u64 cap;
	u64 ecap;
	struct vtd_found found;
	bool coherent;
	struct vtd_stage_tables second;
	struct vtd_stage_tables first;
	const struct vtd_stage_tables *stage;

	struct vtd_queue queue;

	spinlock_t table_lock;
	u64 *root;
	struct vtd_pasid_dir *pass_dir;
	struct xarray requesters;
	struct notifier_block bus_nb;

	struct ida dids;
	u32 did_last;

	bool registered;
	bool stuck;
	bool has_irq;
	spinlock_t fault_lock;
	DECLARE_KFIFO(faults, struct vtd_fault_record, VTD_FAULT_BACKLOG);
	struct work_struct fault_work;
	struct iopasid_fault last_fault;

	u64 *prq;
	struct workqueue_struct *prq_wq;
	struct work_struct prq_work;
	bool prq_asleep;

	struct mutex domains_lock;
	struct list_head domains;
	atomic_long_t nr_pasid_tables;
	atomic_long_t nr_leaked_pages;
	atomic_t nr_tags;
	atomic_t nr_requesters;
	atomic64_t counters[VTD_COUNTERS];

	bool suppress_flush;
	atomic_t inject_bad;
	struct dentry *debugfs;
};

static inline struct vtd_unit *to_vtd_unit(struct iopasid_unit *iounit)
{
	return container_of(iounit, struct vtd_unit, iounit);
}

static inline bool vtd_unit_tags(const struct vtd_unit *unit)
{
	return unit->ecap & VTD_ECAP_PASID;
}

static inline void vtd_count(struct vtd_unit *unit, enum vtd_counter which)
{
	atomic64_inc(&unit->counters[which]);
}

/**
 * struct vtd_unit_config - what a unit is made from
 * @name: for people; copied
 * @dev: its device
 * @port: the way to its registers; the unit's from then on
 * @bus_ops: what the devices behind it are like
 * @dmar: the table, which outlives the unit; NULL: a software unit
 * @drhd: the unit's structure there
 * @soft: of a software unit
 */
struct vtd_unit_config {
	const char *name;
	struct device *dev;
	struct vtd_port *port;
	const struct vtd_bus_ops *bus_ops;
	const struct vtd_dmar *dmar;
	const struct vtd_drhd *drhd;
	const struct vtd_model_platform_data *soft;
};

struct vtd_unit *vtd_unit_create(const struct vtd_unit_config *config);
int vtd_unit_start(struct vtd_unit *unit);
void vtd_unit_stop(struct vtd_unit *unit);
void vtd_unit_destroy(struct vtd_unit *unit);
struct vtd_unit *vtd_unit_get(struct vtd_unit *unit);
void vtd_unit_put(struct vtd_unit *unit);
bool vtd_unit_enter(struct vtd_unit *unit);
void vtd_unit_leave(struct vtd_unit *unit);
void vtd_unit_wait_outside(struct vtd_unit *unit);
void vtd_unit_quiesce(struct vtd_unit *unit);
void vtd_unit_resume(struct vtd_unit *unit);

/* ---- vtd-platform.c: units as platform devices ---- */

int vtd_platform_add(const struct vtd_dmar *dmar);
struct vtd_unit *vtd_soft_take(struct platform_device *pdev);
void vtd_platform_remove(void);

/* ---- vtd-gcmd.c: the global command register ---- */

int vtd_gcmd_set(struct vtd_unit *unit, u32 bit, bool on);
int vtd_gcmd_root(struct vtd_unit *unit, u64 rtaddr);
int vtd_gcmd_pmr_off(struct vtd_unit *unit);

/* ---- vtd-scope.c: PCI devices and the DMAR table ---- */

bool vtd_scope_covers(const struct vtd_unit *unit, struct pci_dev *pdev);
bool vtd_scope_rmrr(const struct vtd_rmrr *rmrr, struct pci_dev *pdev);
bool vtd_scope_has_rmrr(const struct vtd_dmar *dmar, struct pci_dev *pdev);
int vtd_scope_for_each_source(struct pci_dev *pdev, iopasid_alias_fn fn,
			      void *data);
int vtd_scope_present(struct vtd_unit *unit);
void vtd_scope_unmanaged(struct vtd_unit *unit);
int vtd_scope_watch(struct vtd_unit *unit);
void vtd_scope_unwatch(struct vtd_unit *unit);

/* ---- vtd-device.c: devices ---- */

struct vtd_device;
struct vtd_tag;

/**
 * struct vtd_requester_user - a device's use of a source id
 * @node: in requester->users; unit->table_lock
 * @vdev: the device
 * @req: the source id
 */
struct vtd_requester_user {
	struct list_head node;
	struct vtd_device *vdev;
	struct vtd_requester *req;
};

/**
 * struct vtd_tag_user - one use of a cache tag
 * @node: in tag->users, by @pasid and source id; tag_lock
 * @vdev: whose use
 * @pasid: by which the translations come into the cache
 */
struct vtd_tag_user {
	struct rb_node node;
	struct vtd_device *vdev;
	u32 pasid;
};

/**
 * struct vtd_tag_cursor - a place among the uses of a cache tag
 * @key: PASID and source id of the next; zero: the first
 */
struct vtd_tag_cursor {
	u64 key;
};

/* How many users are gone through without a chance for interrupts */
#define VTD_TAG_STRIDE		32

typedef bool (*vtd_tag_user_fn)(const struct vtd_tag_user *user, void *data);

/**
 * struct vtd_attachment - a domain that a device reaches
 * @domain: the domain, NULL: none yet
 * @tag: where its translations are cached, NULL for a static domain
 * @user: the use of @tag, if there is one
 */
struct vtd_attachment {
	struct iopasid_domain *domain;
	struct vtd_tag *tag;
	struct vtd_tag_user user;
};

/* A device and its aliases: more than enough for what the core reports */
#define VTD_SOURCES_MAX		4

/**
 * struct vtd_device - a device behind a unit; iopasid_device.priv
 * @idev: the core's record
 * @unit: the unit
 * @dev: the device itself
 * @nr_sources: its source ids
 * @sources: its source ids: its own first, then aliases
 * @steered: no PASID ability; RID DMA is steered with the debugfs knob
 * @pasid_enabled: we switched PASID on in the device
 * @ats: it has a device TLB, which is used
 * @ats_queue_depth: as in its ATS capability: 0: 32
 * @pri: it sends page requests, which are heard
 * @rid: what DMA without PASID reaches; group mutex
 * @pasids: PASID to struct vtd_attachment; group mutex
 * @debugfs: its folder
 * @walk_pasid: what the debugfs file "walk" is about
 * @walk_iova: the same
 */
struct vtd_device {
	struct iopasid_device *idev;
	struct vtd_unit *unit;
	struct device *dev;
	unsigned int nr_sources;
	struct vtd_requester_user sources[VTD_SOURCES_MAX];
	bool steered;
	bool pasid_enabled;
	bool ats;
	u8 ats_queue_depth;
	bool pri;
	struct vtd_attachment rid;
	struct xarray pasids;
	struct dentry *debugfs;
	u32 walk_pasid;
	u64 walk_iova;
};

extern const struct iopasid_unit_ops vtd_unit_ops;
extern const struct iopasid_provider vtd_provider;

int vtd_resv_add(struct list_head *list, u64 first, u64 last,
		 enum iopasid_resv_type type);

struct vtd_attachment *vtd_device_attachment(struct vtd_device *vdev,
					     u32 pasid);
bool vtd_device_shares(struct vtd_requester_user *source, u32 pasid);

/* ---- vtd-tag.c: where translations of a domain can be cached ---- */

/**
 * struct vtd_tag - a unit's caches that may hold translations of a domain
 * @node: in domain->tags; domain->tag_lock
 * @unit: whose caches
 * @did: domain id, the key of the hardware; first stage: with the PASID
 * @users: attachments that feed the caches: RID and PASIDs of all devices,
 *	struct vtd_tag_user; domain->tag_lock
 * @nr_dev_tlbs: of them those that have a device TLB; domain->tag_lock
 * @lost: a flush of it failed: the id is never used again, the domain's
 *	table pages are never freed
 *
 * Made at the first attach on a unit, kept until the domain is freed, so that
 * going back to a domain needs no memory and no id.
 */
struct vtd_tag {
	struct list_head node;
	struct vtd_unit *unit;
	u16 did;
	struct rb_root users;
	unsigned int nr_dev_tlbs;
	bool lost;
};

/* ---- vtd-domain.c: page tables ---- */

/**
 * struct vtd_domain_kind - what a page table is for
 * @type: PAGING or SVA
 * @ops: of that type
 * @user: it is filled by, or for, a program
 * @dirty: it shows which pages were written
 */
struct vtd_domain_kind {
	enum iopasid_domain_type type;
	const struct iopasid_domain_ops *ops;
	bool user;
	bool dirty;
};

/**
 * struct vtd_domain - a domain with a page table
 * @domain: the core's part
 * @unit: the unit that it was made for; others may be able to walk it too
 * @pt: the page table
 * @flush_maps: units that cache "not present" (CAP.CM) may walk it
 * @user: it is filled by, or for, a program
 * @node: in @unit->domains
 * @tag_lock: @tags and their counts; irq-safe, reachable from unmap
 * @tags: struct vtd_tag
 */
struct vtd_domain {
	struct iopasid_domain domain;
	struct vtd_unit *unit;
	struct list_head node;
	struct vtd_pt pt;
	bool flush_maps;
	bool user;
	spinlock_t tag_lock;
	struct list_head tags;
};

static inline struct vtd_domain *to_vtd_domain(struct iopasid_domain *domain)
{
	return container_of(domain, struct vtd_domain, domain);
}

u64 vtd_domain_aperture_last(const struct vtd_unit *unit,
			     const struct vtd_stage_tables *tables);
bool vtd_domain_fits(const struct vtd_domain *vdom,
		     const struct vtd_unit *unit);
struct iopasid_domain *
vtd_domain_alloc(struct vtd_unit *unit, const struct vtd_stage_tables *tables,
		 const struct vtd_domain_kind *kind);
void vtd_domain_free(struct iopasid_domain *domain);
struct iopasid_domain *vtd_domain_alloc_paging(struct iopasid_device *idev);
struct iopasid_domain *
vtd_domain_alloc_user(struct iopasid_device *idev, u32 flags,
		      const struct iopasid_alloc_data *data);

struct vtd_tag *vtd_tag_prepare(struct vtd_domain *vdom,
				struct vtd_unit *unit);
void vtd_tag_use(struct vtd_domain *vdom, struct vtd_tag *tag,
		 struct vtd_tag_user *user, u32 pasid);
void vtd_tag_unuse(struct vtd_domain *vdom, struct vtd_tag *tag,
		   struct vtd_tag_user *user);
void vtd_tag_hand_over(struct vtd_domain *vdom, struct vtd_tag_user *from,
		       struct vtd_tag *tag, struct vtd_tag_user *to);
bool vtd_tag_next_pasid_locked(struct vtd_domain *vdom,
			       const struct vtd_tag *tag, u32 *pasid);
bool vtd_tag_walk(struct vtd_domain *vdom, const struct vtd_tag *tag,
		  struct vtd_tag_cursor *cursor, vtd_tag_user_fn fn,
		  void *data);
bool vtd_tags_lost(struct vtd_domain *vdom);
void vtd_tags_free(struct vtd_domain *vdom);

/* ---- vtd-attach.c: domains on devices ---- */

extern struct iopasid_domain vtd_identity_domain;
extern struct iopasid_domain vtd_blocked_domain;

int vtd_attach_dev(struct iopasid_domain *domain, struct iopasid_device *idev,
		   struct iopasid_domain *old);
int vtd_attach_dev_pasid(struct iopasid_domain *domain,
			 struct iopasid_device *idev, u32 pasid,
			 struct iopasid_domain *old);
void vtd_detach_dev_pasid(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid);
void vtd_entry_pass(const struct vtd_unit *unit, struct vtd_entry *entry);

/* ---- vtd-flush.c: the flush rules, all of them ---- */

int vtd_flush_everything(struct vtd_unit *unit);
int vtd_flush_context(struct vtd_requester *req);
int vtd_flush_directory(struct vtd_unit *unit, u16 did);
int vtd_flush_steering(struct vtd_requester *req);
int vtd_flush_entry(struct vtd_requester *req, u32 pasid,
		    const struct vtd_entry *old);
int vtd_flush_new_entry(struct vtd_requester *req, u32 pasid,
			const struct vtd_entry *new);
int vtd_flush_range(struct vtd_domain *vdom, u64 first, u64 last,
		    bool leaves_only);

/* ---- vtd-dev-tlb.c: device TLBs ---- */

void vtd_add_dev_tlb(struct vtd_batch *batch, const struct vtd_requester *req,
		     u32 pasid, u64 first, u64 last);
int vtd_flush_dev_tlbs(struct vtd_domain *vdom, struct vtd_tag *tag, u64 first,
		       u64 last);

/* ---- vtd-fault.c, vtd-fault-text.c: blocked DMA ---- */

void vtd_fault_init(struct vtd_unit *unit);
void vtd_fault_start(struct vtd_unit *unit);
void vtd_fault_kick(struct vtd_unit *unit);
u64 vtd_fault_last(struct vtd_unit *unit, struct iopasid_fault *fault);
void vtd_fault_stop(struct vtd_unit *unit);
void vtd_fault_unmask(struct vtd_unit *unit);
void vtd_fault_mask(struct vtd_unit *unit);
const char *vtd_fault_text(u8 reason);

/* ---- vtd-prq.c: page requests ---- */

void vtd_prq_start(struct vtd_unit *unit);
void vtd_prq_stop(struct vtd_unit *unit);
void vtd_prq_quiesce(struct vtd_unit *unit);
void vtd_prq_resume(struct vtd_unit *unit);
void vtd_prq_settle(struct vtd_unit *unit);
void vtd_drain_page_requests(struct iopasid_device *idev, u32 pasid);
void vtd_page_response(struct iopasid_device *idev, u32 pasid, u16 index,
		       enum iopasid_page_code code);

/* ---- vtd-debugfs.c, vtd-debugfs-device.c ---- */

void vtd_debugfs_init(void);
void vtd_debugfs_exit(void);
void vtd_debugfs_add_unit(struct vtd_unit *unit);
void vtd_debugfs_remove_unit(struct vtd_unit *unit);
void vtd_debugfs_add_device(struct vtd_device *vdev);
void vtd_debugfs_remove_device(struct vtd_device *vdev);

/* ---- vtd-main.c: module parameters ---- */

extern bool vtd_rid_pasid;
extern bool vtd_test_knobs;
extern bool vtd_unmanaged_blocked;
extern enum vtd_stage vtd_stage;

#include "vtd-bus.h"
#include "vtd-promise.h"
#include "vtd-sva.h"

#endif /* _VTD_H */
