/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to drivers/dma.
 *
 * Locks: the group's lock (the caller's) for everything that changes a
 * struct iopasid_dma; map and unmap take none of ours, only the IOVA
 * allocator's own, so they work in any context.
 */
#ifndef _IOPASID_DMA_H
#define _IOPASID_DMA_H

#include <linux/atomic.h>
#include <linux/dma-map-ops.h>
#include <linux/iova.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <iopasid/domain.h>

/* Ranges up to here are served by iova.c's per-CPU caches, by size alone. */
#define IOPASID_IOVA_CACHED	SZ_128K

struct device;
struct iopasid_device;
struct scatterlist;
struct sg_table;
struct vm_area_struct;

/**
 * struct iopasid_dma_stats - what one CPU has mapped and unmapped
 * @nr_maps: IOVA ranges mapped
 * @nr_unmaps: IOVA ranges unmapped
 * @map_bytes: IOVA bytes of @nr_maps
 * @unmap_bytes: IOVA bytes of @nr_unmaps
 *
 * A range is mapped on one CPU and unmapped on another: only sums mean
 * something.
 */
struct iopasid_dma_stats {
	u64 nr_maps;
	u64 nr_unmaps;
	u64 map_bytes;
	u64 unmap_bytes;
};

/**
 * struct iopasid_dma - the DMA API's address space of a group
 * @domain: its page table
 * @iovad: who has which IOVA; replaced by a reset, when nobody maps
 * @used: a driver may have addresses of @iovad, or has left some; group lock
 * @group_id: for messages
 * @reserved: ranges that are never handed out, struct iopasid_dma_range,
 *	ascending, disjoint; group lock
 * @directs: ranges that are identity-mapped, as @reserved; group lock
 * @stats: counters of map and unmap
 * @nr_failed_flushes: unmaps whose end the hardware did not confirm
 * @quarantined_bytes: IOVAs that stay taken because of that
 * @leaked_bytes: IOVAs that drivers left mapped; group lock
 * @nr_leaked: ranges of @leaked_bytes; group lock
 */
struct iopasid_dma {
	struct iopasid_domain *domain;
	struct iova_domain *iovad;
	bool used;
	int group_id;
	struct list_head reserved;
	struct list_head directs;
	struct iopasid_dma_stats __percpu *stats;
	atomic64_t nr_failed_flushes;
	atomic64_t quarantined_bytes;
	u64 leaked_bytes;
	u64 nr_leaked;
};

/**
 * struct iopasid_dma_range - a range that is reserved or identity-mapped
 * @node: in iopasid_dma.reserved or iopasid_dma.directs
 * @first: first address, on a page boundary
 * @last: last address, inclusive, the end of a page
 */
struct iopasid_dma_range {
	struct list_head node;
	u64 first;
	u64 last;
};

/**
 * struct iopasid_dma_device - a device whose DMA ops are ours
 * @ops: dev->dma_ops points here, which leads back to this record
 * @saved_ops: what dev->dma_ops was before
 * @dma: the address space; NULL while every mapping is refused
 * @beyond_4g: the IOVAs below 4 GiB ran out once
 */
struct iopasid_dma_device {
	const struct dma_map_ops ops;
	const struct dma_map_ops *saved_ops;
	struct iopasid_dma *dma;
	bool beyond_4g;
};

/**
 * iopasid_dma_device_of() - the record of a device that called our ops
 * @dev: the device
 *
 * Return: the record; it lives until the group's last driver is gone.
 */
static inline struct iopasid_dma_device *iopasid_dma_device_of(struct device *dev)
{
	return container_of(dev->dma_ops, struct iopasid_dma_device, ops);
}

/**
 * iopasid_dma_prot() - what a transfer's direction lets the device do
 * @dir: the direction
 *
 * Return: IOPASID_READ and IOPASID_WRITE as needed.
 */
static inline unsigned int iopasid_dma_prot(enum dma_data_direction dir)
{
	switch (dir) {
	case DMA_TO_DEVICE:
		return IOPASID_READ;
	case DMA_FROM_DEVICE:
		return IOPASID_WRITE;
	case DMA_BIDIRECTIONAL:
		return IOPASID_READ | IOPASID_WRITE;
	default:
		return 0;
	}
}

/* params.c */
u32 iopasid_dma_pasid_min(void);

/* attach.c */
int iopasid_dma_pasid_destroy(struct device *dev);
int iopasid_dma_pasid_destroy_locked(struct iopasid_device *idev);

/* iova.c */
struct iova_domain *iopasid_iova_create(void);
void iopasid_iova_destroy(struct iova_domain *iovad);
int iopasid_iova_reserve(struct iova_domain *iovad, u64 first, u64 last);
u64 iopasid_iova_limit(const struct iopasid_dma *dma, struct device *dev,
		       u64 mask);
dma_addr_t iopasid_iova_alloc(struct device *dev, u64 size, u64 mask);
bool iopasid_iova_free(struct iopasid_dma *dma, dma_addr_t iova, size_t size);

/* range.c */
bool iopasid_range_gap(const struct list_head *ranges, u64 *first, u64 last,
		       u64 *gap_last);
int iopasid_range_reserve(struct iopasid_dma *dma, struct iopasid_device *idev);
void iopasid_range_free(struct list_head *ranges);

/* mapping.c */

/**
 * struct iopasid_dma_run - physically contiguous pages on their way into the
 *	page table
 * @phys: first byte
 * @iova: where it goes
 * @size: bytes so far
 */
struct iopasid_dma_run {
	phys_addr_t phys;
	u64 iova;
	size_t size;
};

int iopasid_run_add(struct iopasid_dma *dma, struct iopasid_dma_run *run,
		    struct iopasid_dma_run next, unsigned int prot, gfp_t gfp);
int iopasid_run_end(struct iopasid_dma *dma, const struct iopasid_dma_run *run,
		    unsigned int prot, gfp_t gfp);
void iopasid_dma_account_map(struct iopasid_dma *dma, size_t size);
dma_addr_t iopasid_dma_map_phys(struct device *dev, phys_addr_t phys,
				size_t size, unsigned int prot, u64 mask,
				gfp_t gfp);
void iopasid_dma_map_failed(struct iopasid_dma *dma, dma_addr_t iova,
			    size_t size, size_t mapped, int err);
int iopasid_dma_unmap_holes(struct device *dev, dma_addr_t addr, size_t size,
			    size_t holes);
int iopasid_dma_unmap(struct device *dev, dma_addr_t addr, size_t size);
dma_addr_t iopasid_dma_map_page(struct device *dev, struct page *page,
				unsigned long offset, size_t size,
				enum dma_data_direction dir,
				unsigned long attrs);
void iopasid_dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size,
			    enum dma_data_direction dir, unsigned long attrs);
dma_addr_t iopasid_dma_map_resource(struct device *dev, phys_addr_t phys,
				    size_t size, enum dma_data_direction dir,
				    unsigned long attrs);
void iopasid_dma_unmap_resource(struct device *dev, dma_addr_t addr,
				size_t size, enum dma_data_direction dir,
				unsigned long attrs);

/* sg.c */
int iopasid_dma_map_sg(struct device *dev, struct scatterlist *sg, int nents,
		       enum dma_data_direction dir, unsigned long attrs);
void iopasid_dma_unmap_sg(struct device *dev, struct scatterlist *sg,
			  int nents, enum dma_data_direction dir,
			  unsigned long attrs);

/* coherent.c */
void *iopasid_dma_alloc(struct device *dev, size_t size, dma_addr_t *handle,
			gfp_t gfp, unsigned long attrs);
void iopasid_dma_free(struct device *dev, size_t size, void *vaddr,
		      dma_addr_t handle, unsigned long attrs);
struct page *iopasid_dma_alloc_pages(struct device *dev, size_t size,
				     dma_addr_t *handle,
				     enum dma_data_direction dir, gfp_t gfp);
void iopasid_dma_free_pages(struct device *dev, size_t size, struct page *page,
			    dma_addr_t handle, enum dma_data_direction dir);
int iopasid_dma_mmap(struct device *dev, struct vm_area_struct *vma,
		     void *vaddr, dma_addr_t handle, size_t size,
		     unsigned long attrs);
int iopasid_dma_get_sgtable(struct device *dev, struct sg_table *sgt,
			    void *vaddr, dma_addr_t handle, size_t size,
			    unsigned long attrs);

#endif /* _IOPASID_DMA_H */
