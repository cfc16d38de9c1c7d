/* SPDX-License-Identifier: GPL-2.0-only */
/* An address space: what is mapped where, and the page tables that have it. */
#ifndef _IOFD_IOAS_H
#define _IOFD_IOAS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "object.h"
#include "space.h"

struct iofd_access;
struct iofd_ctx;
struct iofd_pages;
struct iommu_iova_range;
struct iopasid_domain;

/**
 * struct iofd_ioas - an address space
 * @obj: the object
 * @domains_rwsem: held for reading by who maps and unmaps, for writing by who
 *	adds and removes page tables and accesses. Protects @domains and which
 *	accesses there are
 * @domains: struct iofd_ioas_domain, the page tables
 * @iova_rwsem: protects @space and what iofd_area says; held for reading by
 *	accesses while they use an area
 * @space: what is mapped where. Areas come and go only while @domains_rwsem is
 *	held for reading, too: who holds it for writing may look at them
 * @huge_pages: page tables may have pages larger than PAGE_SIZE. Without,
 *	areas can be cut. Changes with both locks held for writing
 * @accesses: struct iofd_access. An entry is not freed while its lock is held
 * @dirty_lock: one reader of dirty pages at a time; outside of the others
 *
 * Order: dirty_lock -> domains_rwsem -> iova_rwsem -> pages->lock.
 */
struct iofd_ioas {
	struct iofd_object obj;
	struct rw_semaphore domains_rwsem;
	struct list_head domains;
	struct rw_semaphore iova_rwsem;
	struct iofd_space space;
	bool huge_pages;
	struct xarray accesses;
	struct mutex dirty_lock;
};

/**
 * struct iofd_ioas_domain - a page table that has all that is mapped
 * @item: in ioas->domains
 * @domain: the page table
 */
struct iofd_ioas_domain {
	struct list_head item;
	struct iopasid_domain *domain;
};

extern const struct iofd_object_type iofd_ioas_type;

/* ioas.c */
struct iofd_ioas *iofd_ioas_create(struct iofd_ctx *ctx);
struct iofd_ioas *iofd_ioas_get(struct iofd_ctx *ctx, u32 id);
struct iommu_iova_range *iofd_ioas_ranges(struct iofd_ioas *ioas, u32 *nr);
int iofd_ioas_set_huge_pages(struct iofd_ioas *ioas, bool huge_pages);

/* ioas-domain.c: page tables come and go */
int iofd_ioas_add_domain(struct iofd_ioas *ioas, struct iopasid_domain *domain);
void iofd_ioas_remove_domain(struct iofd_ioas *ioas,
			     struct iopasid_domain *domain);
int iofd_ioas_reserve(struct iofd_ioas *ioas, struct list_head *resv,
		      const void *owner);
void iofd_ioas_unreserve(struct iofd_ioas *ioas, const void *owner);
int iofd_ioas_update_alignment(struct iofd_ioas *ioas);

/* ioas-map.c */
int iofd_ioas_map_pages(struct iofd_ioas *ioas, struct iofd_pages *pages,
			unsigned long skip, unsigned long length,
			unsigned int prot, unsigned long *iova, bool fixed);
int iofd_ioas_unmap_range(struct iofd_ioas *ioas, unsigned long iova,
			  unsigned long length, unsigned long *unmapped);

/* map.c, unmap.c */
int iofd_ioas_place(struct iofd_ioas *ioas, struct list_head *areas,
		    unsigned long length, unsigned long *iova, bool fixed);
int iofd_ioas_collect(struct iofd_ioas *ioas, unsigned long iova,
		      unsigned long length, unsigned int prot,
		      struct list_head *areas);
int iofd_ioas_remove(struct iofd_ioas *ioas, unsigned long first,
		     unsigned long last, unsigned long *unmapped);
int iofd_ioas_cut(struct iofd_ioas *ioas, unsigned long iova);

/* access.c */
unsigned long iofd_access_alignment(struct iofd_ioas *ioas);
void iofd_access_notify(struct iofd_ioas *ioas, unsigned long first,
			unsigned long last);

/* dirty-read.c */
int iofd_ioas_set_dirty(struct iofd_ioas *ioas, struct iopasid_domain *domain,
			bool enable);
int iofd_ioas_read_dirty(struct iofd_ioas *ioas, struct iopasid_domain *domain,
			 u64 iova, u64 length, u64 page_size, void __user *bitmap,
			 u64 flags);

#endif /* _IOFD_IOAS_H */
