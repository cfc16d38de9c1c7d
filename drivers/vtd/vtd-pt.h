/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of both stages.
 */
#ifndef _VTD_PT_H
#define _VTD_PT_H

#include <linux/atomic.h>
#include <linux/gfp_types.h>
#include <linux/list.h>
#include <linux/types.h>

#include "vtd-pt-bits.h"

struct iopasid_dirty;
struct iopasid_gather;
struct page;
struct vtd_pt;

/** struct vtd_pt_ops - what tests put in the place of the kernel's */
struct vtd_pt_ops {
	/** @alloc_table: a zeroed page, NULL when there is none. */
	struct page *(*alloc_table)(struct vtd_pt *pt, gfp_t gfp);

	/** @flush_cpu: write @size bytes at @addr back from the CPU caches. */
	void (*flush_cpu)(struct vtd_pt *pt, void *addr, size_t size);
};

/**
 * struct vtd_pt_config - what kind of table the unit wants
 * @format: first or second stage
 * @levels: 3 (39 bits), 4 (48 bits) or 5 (57 bits): CAP.SAGAW; first stage: 4
 *	or 5, and a bit less
 * @pgsizes: SZ_4K, with SZ_2M and SZ_1G as CAP.SSLPS has them, or with SZ_2M
 *	and, if CAP.FS1GP, SZ_1G
 * @coherent: the unit snoops the CPU cache when it walks (ECAP.SMPWC)
 * @snoop: leaves that map RAM force snooping (ECAP.SC; second stage)
 * @dirty: leaves show whether they were written through, vtd_pt_read_dirty();
 *	needs @coherent; in second stage ECAP.SSADS and SSADE of the PASID entry
 * @node: NUMA node for table pages, or NUMA_NO_NODE
 * @ops: NULL, but for tests
 */
struct vtd_pt_config {
	const struct vtd_pt_format *format;
	unsigned int levels;
	unsigned long pgsizes;
	bool coherent;
	bool snoop;
	bool dirty;
	int node;
	const struct vtd_pt_ops *ops;
};

/**
 * struct vtd_pt - a page table
 * @config: as given at init
 * @root: the top table; its physical address goes into the PASID entry
 * @nr_tables: table pages, the root and those in a gather included
 * @nr_readers: walks in progress that hold back the freeing of table pages
 *
 * No lock: ranges that do not overlap may be mapped and unmapped at the same
 * time. The DOC: block of vtd-pt.c says why that works. What reads the table is in
 * vtd-pt-walk.c and vtd-pt-dirty.c.
 */
struct vtd_pt {
	struct vtd_pt_config config;
	u64 *root;
	atomic_long_t nr_tables;
	atomic_t nr_readers;
};

/**
 * vtd_pt_aperture_last() - the highest address that a table can map
 * @format: its format
 * @levels: its number of levels
 *
 * Return: the address, inclusive.
 */
static inline u64 vtd_pt_aperture_last(const struct vtd_pt_format *format,
				       unsigned int levels)
{
	return BIT_ULL(vtd_pt_table_lg2(levels) - format->sign_bits) - 1;
}

/**
 * vtd_pt_last() - the highest address that a page table can map
 * @pt: the page table
 *
 * Return: the address, inclusive.
 */
static inline u64 vtd_pt_last(const struct vtd_pt *pt)
{
	return vtd_pt_aperture_last(pt->config.format, pt->config.levels);
}

/**
 * vtd_pt_nr_tables() - how many table pages a page table has
 * @pt: the page table
 *
 * Return: 1 when there is the root only.
 */
static inline long vtd_pt_nr_tables(const struct vtd_pt *pt)
{
	return atomic_long_read(&pt->nr_tables);
}

/**
 * typedef vtd_pt_walk_fn - called for each level of a walk, root first
 * @level: the level, 1 is the table of 4K leaves
 * @index: of the entry in its table
 * @entry: the entry, notes of the driver included
 * @data: the caller's
 */
typedef void (*vtd_pt_walk_fn)(unsigned int level, unsigned int index,
			       u64 entry, void *data);

int vtd_pt_init(struct vtd_pt *pt, const struct vtd_pt_config *config,
		gfp_t gfp);
void vtd_pt_destroy(struct vtd_pt *pt);
int vtd_pt_map(struct vtd_pt *pt, u64 iova, phys_addr_t phys,
	       size_t size, unsigned int prot, gfp_t gfp);
size_t vtd_pt_unmap(struct vtd_pt *pt, u64 iova, size_t size,
		    struct iopasid_gather *gather);
void vtd_pt_free_pages(struct vtd_pt *pt, struct list_head *pages);
unsigned long vtd_pt_leak_pages(struct vtd_pt *pt,
				struct list_head *pages);
void vtd_pt_read_dirty(struct vtd_pt *pt, u64 iova, size_t size,
		       const struct iopasid_dirty *dirty);
phys_addr_t vtd_pt_iova_to_phys(struct vtd_pt *pt, u64 iova);
void vtd_pt_walk(struct vtd_pt *pt, u64 iova, vtd_pt_walk_fn fn,
		 void *data);

#endif /* _VTD_PT_H */
