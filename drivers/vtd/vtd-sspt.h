/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Second-stage page tables.
 */
#ifndef _VTD_SSPT_H
#define _VTD_SSPT_H

#include <linux/atomic.h>
#include <linux/gfp_types.h>
#include <linux/list.h>
#include <linux/types.h>

#include "vtd-sspt-bits.h"

struct iopasid_gather;
struct page;
struct vtd_sspt;

/** struct vtd_sspt_ops - what tests put in the place of the kernel's */
struct vtd_sspt_ops {
	/** @alloc_table: a zeroed page, NULL when there is none. */
	struct page *(*alloc_table)(struct vtd_sspt *sspt, gfp_t gfp);

	/** @flush_cpu: write @size bytes at @addr back from the CPU caches. */
	void (*flush_cpu)(struct vtd_sspt *sspt, void *addr, size_t size);
};

/**
 * struct vtd_sspt_config - what kind of table the unit wants
 * @levels: 3 (39 bits), 4 (48 bits) or 5 (57 bits): CAP.SAGAW
 * @pgsizes: SZ_4K, with SZ_2M and SZ_1G as CAP.SLLPS has them
 * @coherent: the unit snoops the CPU cache when it walks (ECAP.SMPWC)
 * @snoop: set SNP on leaves that map RAM (ECAP.SC)
 * @node: NUMA node for table pages, or NUMA_NO_NODE
 * @ops: NULL, but for tests
 */
struct vtd_sspt_config {
	unsigned int levels;
	unsigned long pgsizes;
	bool coherent;
	bool snoop;
	int node;
	const struct vtd_sspt_ops *ops;
};

/**
 * struct vtd_sspt - a second-stage page table
 * @config: as given at init
 * @root: the top table; its physical address goes into the PASID entry
 * @nr_tables: table pages, the root and those in a gather included
 * @nr_readers: walks in progress that hold back the freeing of table pages
 *
 * No lock: ranges that do not overlap may be mapped and unmapped at the same
 * time. The DOC: block of vtd-sspt.c says why that works. What reads the table is in
 * vtd-sspt-walk.c.
 */
struct vtd_sspt {
	struct vtd_sspt_config config;
	u64 *root;
	atomic_long_t nr_tables;
	atomic_t nr_readers;
};

/**
 * vtd_sspt_aperture_last() - the highest address that a table can map
 * @levels: its number of levels
 *
 * Return: the address, inclusive.
 */
static inline u64 vtd_sspt_aperture_last(unsigned int levels)
{
	return BIT_ULL(vtd_sspt_table_lg2(levels)) - 1;
}

/**
 * vtd_sspt_nr_tables() - how many table pages a page table has
 * @sspt: the page table
 *
 * Return: 1 when there is the root only.
 */
static inline long vtd_sspt_nr_tables(const struct vtd_sspt *sspt)
{
	return atomic_long_read(&sspt->nr_tables);
}

/**
 * typedef vtd_sspt_walk_fn - called for each level of a walk, root first
 * @level: the level, 1 is the table of 4K leaves
 * @index: of the entry in its table
 * @entry: the entry, notes of the driver included
 * @data: the caller's
 */
typedef void (*vtd_sspt_walk_fn)(unsigned int level, unsigned int index,
				 u64 entry, void *data);

int vtd_sspt_init(struct vtd_sspt *sspt, const struct vtd_sspt_config *config,
		  gfp_t gfp);
void vtd_sspt_destroy(struct vtd_sspt *sspt);
int vtd_sspt_map(struct vtd_sspt *sspt, u64 iova, phys_addr_t phys,
		 size_t size, unsigned int prot, gfp_t gfp);
size_t vtd_sspt_unmap(struct vtd_sspt *sspt, u64 iova, size_t size,
		      struct iopasid_gather *gather);
void vtd_sspt_free_pages(struct vtd_sspt *sspt, struct list_head *pages);
unsigned long vtd_sspt_leak_pages(struct vtd_sspt *sspt,
				  struct list_head *pages);
phys_addr_t vtd_sspt_iova_to_phys(struct vtd_sspt *sspt, u64 iova);
void vtd_sspt_walk(struct vtd_sspt *sspt, u64 iova, vtd_sspt_walk_fn fn,
		   void *data);

#endif /* _VTD_SSPT_H */
