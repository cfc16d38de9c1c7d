/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One I/O address space.
 *
 * A domain knows its page table and nothing of who uses it: which device and
 * PASID reach it is the group's record (an attachment), what must be flushed
 * where is the provider's private list of cache tags.
 */
#ifndef _IOPASID_DOMAIN_H
#define _IOPASID_DOMAIN_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include <iopasid/fault.h>

struct device;
struct iopasid_device;
struct iopasid_provider;

/**
 * enum iopasid_alloc_flags - what a page table for user space must be able to
 * @IOPASID_ALLOC_DIRTY_TRACKING: say which pages devices have written
 * @IOPASID_ALLOC_PASID: be attached to PASIDs, not to the RID only
 */
enum iopasid_alloc_flags {
	IOPASID_ALLOC_DIRTY_TRACKING	= BIT(0),
	IOPASID_ALLOC_PASID		= BIT(1),
};

/**
 * struct iopasid_alloc_data - what else a program says about its page table
 * @type: an enum iommu_hwpt_data_type of linux/iommufd.h; not 0
 * @size: bytes of @data
 * @data: in kernel memory
 */
struct iopasid_alloc_data {
	u32 type;
	size_t size;
	const void *data;
};

/**
 * enum iopasid_domain_type - what a domain does with an address
 * @IOPASID_DOMAIN_BLOCKED: every DMA faults
 * @IOPASID_DOMAIN_IDENTITY: pass-through, the address is physical
 * @IOPASID_DOMAIN_PAGING: a page table that map and unmap fill
 * @IOPASID_DOMAIN_SVA: the address space of a process (sva.h)
 */
enum iopasid_domain_type {
	IOPASID_DOMAIN_BLOCKED,
	IOPASID_DOMAIN_IDENTITY,
	IOPASID_DOMAIN_PAGING,
	IOPASID_DOMAIN_SVA,
};

/**
 * enum iopasid_prot - what a mapping allows the device
 * @IOPASID_READ: the device may read
 * @IOPASID_WRITE: the device may write. Without READ: page tables that have no
 *	write-only pages let it read, too
 * @IOPASID_MMIO: the target is device memory (a peer's BAR), not RAM
 */
enum iopasid_prot {
	IOPASID_READ	= BIT(0),
	IOPASID_WRITE	= BIT(1),
	IOPASID_MMIO	= BIT(2),
};

/**
 * struct iopasid_gather - what one or more calls leave to be flushed
 * @first: lowest IOVA that was unmapped, or cleaned
 * @last: highest such IOVA, inclusive; below @first while empty
 * @cleaned: the range is mapped still; only the marks of written pages were
 *	taken away. A gather of unmaps has nothing of this kind in it
 * @pages: table pages taken out of the tree, linked through page->lru. The
 *	hardware may still walk them: they are freed by the flush, not before.
 */
struct iopasid_gather {
	u64 first;
	u64 last;
	bool cleaned;
	struct list_head pages;
};

/**
 * iopasid_gather_init() - start an empty gather
 * @gather: the gather, usually on the stack
 */
static inline void iopasid_gather_init(struct iopasid_gather *gather)
{
	gather->first = U64_MAX;
	gather->last = 0;
	gather->cleaned = false;
	INIT_LIST_HEAD(&gather->pages);
}

/**
 * iopasid_gather_empty() - nothing was unmapped into this gather
 * @gather: the gather
 *
 * Return: true when there is nothing to flush.
 */
static inline bool iopasid_gather_empty(const struct iopasid_gather *gather)
{
	return gather->first > gather->last;
}

/**
 * iopasid_gather_add() - widen a gather by one range
 * @gather: the gather
 * @first: first IOVA of the range
 * @last: last IOVA of the range, inclusive
 */
static inline void iopasid_gather_add(struct iopasid_gather *gather,
				      u64 first, u64 last)
{
	gather->first = min(first, gather->first);
	gather->last = max(last, gather->last);
}

/**
 * enum iopasid_dirty_flags - how dirty pages are read
 * @IOPASID_DIRTY_NO_CLEAR: leave the marks where they are
 */
enum iopasid_dirty_flags {
	IOPASID_DIRTY_NO_CLEAR	= BIT(0),
};

/**
 * typedef iopasid_dirty_fn - devices may have written to a range
 * @iova: first address
 * @size: bytes; with all of a large page that is in the range that is read
 * @data: the reader's
 *
 * Called in ascending order, never twice for an address. Cannot fail: the mark
 * is gone by then.
 *
 * Context: may sleep.
 */
typedef void (*iopasid_dirty_fn)(u64 iova, size_t size, void *data);

/**
 * struct iopasid_dirty - a reader of dirty pages
 * @record: gets the dirty ranges; NULL: only clear
 * @data: for @record
 * @flags: enum iopasid_dirty_flags
 * @gather: gets what was cleaned, for ops->flush; used for nothing else. NULL
 *	with IOPASID_DIRTY_NO_CLEAR
 *
 * Until that flush a device may write to pages that it has written to before
 * without a new mark. Only after it are the pages to be copied whose marks were
 * cleared.
 */
struct iopasid_dirty {
	iopasid_dirty_fn record;
	void *data;
	unsigned int flags;
	struct iopasid_gather *gather;
};

struct iopasid_domain;

/**
 * struct iopasid_domain_ops - core to provider, one table per domain type
 *
 * Attach is domain-centric (requirements A2.15): the op receives the domain,
 * the device only names the source id. BLOCKED and IDENTITY domains leave out
 * the page-table members and @free. SVA domains have @attach_dev_pasid,
 * @detach_dev_pasid, @invalidate and @free.
 */
struct iopasid_domain_ops {
	/**
	 * @attach_dev: DMA of the device without a PASID goes to @domain.
	 *
	 * @old is the domain it went to before, NULL at the first call after
	 * probe_device. The provider makes the new translation visible and
	 * flushes everything that the old one left in caches before it
	 * returns. Attaching the identity domain, or going back to @old to
	 * revert, needs no memory and fails only if the unit does not answer.
	 * Attaching the blocked domain cannot fail: as @detach_dev_pasid.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: 0, -ENOMEM, -ENOSPC (no domain id left), -EINVAL (the
	 * unit cannot walk this table), -EIO or -ETIMEDOUT (the unit does not
	 * confirm); on failure @old still works.
	 */
	int (*attach_dev)(struct iopasid_domain *domain,
			  struct iopasid_device *idev,
			  struct iopasid_domain *old);

	/**
	 * @attach_dev_pasid: DMA of the device tagged with @pasid goes to
	 * @domain. With @old it is a replace: on success nothing of @old is
	 * reachable through @pasid, on failure @old still works. A revert that
	 * fails is followed by @detach_dev_pasid of the domain that was to be
	 * replaced.
	 *
	 * Context: group mutex held, may sleep.
	 * Returns: as @attach_dev, -EOPNOTSUPP when the device's PASID
	 * ability cannot be switched on.
	 */
	int (*attach_dev_pasid)(struct iopasid_domain *domain,
				struct iopasid_device *idev, u32 pasid,
				struct iopasid_domain *old);

	/**
	 * @detach_dev_pasid: clear the entry of @pasid, then flush the PASID
	 * cache, the IOTLB and the device TLB of it. DMA with @pasid is
	 * blocked when this returns, or, if the unit does not confirm, as much
	 * as the provider can do: then what @domain maps must not be reused.
	 *
	 * Context: group mutex held, may sleep. Cannot fail.
	 */
	void (*detach_dev_pasid)(struct iopasid_domain *domain,
				 struct iopasid_device *idev, u32 pasid);

	/**
	 * @map_pages: map @size bytes of contiguous memory at @iova with the
	 * largest pages that fit. The caller owns [iova, iova + size) and
	 * nothing of it is mapped. Ranges of one domain that do not overlap
	 * may be mapped and unmapped at the same time.
	 *
	 * Context: any, irqs may be off; sleeps only if @gfp allows it.
	 * Returns: 0, -ENOMEM, -ERANGE (beyond the geometry), -EEXIST (the
	 * caller broke the rule above). On failure nothing of the range is
	 * mapped any more. -ETIMEDOUT or -EIO as @flush, from units that must
	 * flush what they map: then the caller must not reuse the addresses.
	 */
	int (*map_pages)(struct iopasid_domain *domain, u64 iova,
			 phys_addr_t phys, size_t size, unsigned int prot,
			 gfp_t gfp);

	/**
	 * @unmap_pages: clear the entries of [iova, iova + size), skipping
	 * holes, and add what was there to @gather. Devices may use the old
	 * translations until @flush. A large page that reaches out of the
	 * range is left alone: map and unmap must use the same boundaries.
	 *
	 * Context: any, irqs may be off. Does not sleep, needs no memory.
	 * Returns: the number of bytes that were mapped.
	 */
	size_t (*unmap_pages)(struct iopasid_domain *domain, u64 iova,
			      size_t size, struct iopasid_gather *gather);

	/**
	 * @flush: no device reaches the gathered ranges through @domain any
	 * more, whatever PASIDs it is attached at (requirements A5.34); then
	 * free the gathered table pages. Of a gather that is @cleaned: each
	 * write from now on sets a mark again. Takes over @gather, whose list
	 * is empty afterwards.
	 *
	 * Context: any, irqs may be off; polls, with no lock held.
	 * Returns: 0, -ETIMEDOUT or -EIO when the hardware did not confirm:
	 * then the table pages are kept for good and the caller must not
	 * reuse the addresses.
	 */
	int (*flush)(struct iopasid_domain *domain,
		     struct iopasid_gather *gather);

	/**
	 * @flush_all: as @flush, for every address.
	 *
	 * Context: any, irqs may be off; polls, with no lock held.
	 * Returns: 0, -ETIMEDOUT, -EIO.
	 */
	int (*flush_all)(struct iopasid_domain *domain);

	/**
	 * @invalidate: (SVA) no device uses anything of [first, last] any more
	 * that it, or the unit, has read from the page table before this call:
	 * neither translations nor the tables that lead to them, whatever
	 * PASIDs the domain is attached at.
	 *
	 * Context: any, irqs may be off, page-table locks of the process held;
	 * polls, with no lock held.
	 * Returns: 0, -ETIMEDOUT or -EIO when the hardware did not confirm:
	 * then the core empties the root, and the next call is for every address.
	 */
	int (*invalidate)(struct iopasid_domain *domain, u64 first, u64 last);

	/**
	 * @iova_to_phys: what the page table says, caches apart.
	 *
	 * Context: any. The caller keeps the range from being unmapped.
	 * Returns: the physical address, PHYS_ADDR_MAX when not mapped.
	 */
	phys_addr_t (*iova_to_phys)(struct iopasid_domain *domain, u64 iova);

	/**
	 * @set_dirty_tracking: optional; of a domain that was made with
	 * IOPASID_ALLOC_DIRTY_TRACKING: begin or end to mark the pages that
	 * devices write to, wherever @domain is or will be attached. Left out
	 * where the unit marks the pages of such a domain from the start. What
	 * is mapped at the beginning may be marked without having been written.
	 *
	 * Context: may sleep; the caller serialises.
	 * Returns: 0, -ENOMEM, -EIO or -ETIMEDOUT; on failure all is as before.
	 */
	int (*set_dirty_tracking)(struct iopasid_domain *domain, bool enable);

	/**
	 * @read_and_clear_dirty: of such a domain: hand the ranges of
	 * [iova, iova + size) that are marked to @dirty->record, and take
	 * their marks away. No mark is lost that a device sets meanwhile.
	 * Holes are skipped. Of a large page that reaches out of the range the
	 * part inside is reported, and the mark stays.
	 *
	 * Context: may sleep, as @dirty->record. The caller keeps the range
	 * from being unmapped, and cleared by somebody else; it may be mapped
	 * meanwhile. Needs no memory.
	 */
	void (*read_and_clear_dirty)(struct iopasid_domain *domain, u64 iova,
				     size_t size,
				     const struct iopasid_dirty *dirty);

	/**
	 * @free: give back a domain that is attached nowhere.
	 *
	 * Context: may sleep.
	 */
	void (*free)(struct iopasid_domain *domain);
};

/**
 * struct iopasid_domain - the part of a domain that core and provider share
 * @type: what it does with an address; fixed for life
 * @provider: whose units can walk it
 * @ops: what can be done with it
 * @aperture_last: highest IOVA that it can map, inclusive (PAGING)
 * @pgsizes: bit map of its page sizes (PAGING)
 * @flags: enum iopasid_alloc_flags, what it was made for
 * @coherent: no DMA through it goes past the CPU caches, whatever the device
 *	asks for (PAGING, SVA)
 * @root: the top table, a page whose lower half the core fills (SVA of a provider)
 *
 * Embedded in the provider's own domain.
 */
struct iopasid_domain {
	enum iopasid_domain_type type;
	const struct iopasid_provider *provider;
	const struct iopasid_domain_ops *ops;
	u64 aperture_last;
	unsigned long pgsizes;
	u32 flags;
	bool coherent;
	u64 *root;

	/* private: core; do not change while it is attached */

	/* Gets the page requests, NULL: nobody does */
	iopasid_fault_fn fault_handler;
	/* Lets go of them, NULL: it keeps none */
	iopasid_withdraw_fn fault_withdraw;
	void *fault_data;
	/* Written pages are marked; changes as set_dirty_tracking says */
	bool dirty_tracking;
};

const char *iopasid_domain_type_name(enum iopasid_domain_type type);
struct iopasid_domain *iopasid_domain_alloc_paging(struct device *dev);
struct iopasid_domain *
iopasid_domain_alloc_user(struct device *dev, u32 flags,
			  const struct iopasid_alloc_data *data);
void iopasid_domain_free(struct iopasid_domain *domain);
int iopasid_domain_map(struct iopasid_domain *domain, u64 iova,
		       phys_addr_t phys, size_t size, unsigned int prot,
		       gfp_t gfp);
int iopasid_domain_unmap(struct iopasid_domain *domain, u64 iova, size_t size);
int iopasid_domain_set_dirty_tracking(struct iopasid_domain *domain,
				      bool enable);
int iopasid_domain_read_and_clear_dirty(struct iopasid_domain *domain,
					u64 iova, size_t size,
					const struct iopasid_dirty *dirty);

#endif /* _IOPASID_DOMAIN_H */
