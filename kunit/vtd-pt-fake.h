/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page table in a world where every page and every cache line is accounted
 * for.
 */
#ifndef _VTD_PT_FAKE_H
#define _VTD_PT_FAKE_H

#include <kunit/test.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <iopasid/domain.h>

#include "../drivers/vtd/vtd-pt.h"

/**
 * struct fake - a page table, its allocator, and what the unit reads
 * @pt: the page table under test
 * @test: the test
 * @pages: struct fake_page by page frame number
 * @flush_lock: one flush at a time reaches memory
 * @nr_allocs: pages asked for
 * @fail_at: the request that gets none, counted from 1; 0: none fails
 * @nr_flushes: CPU cache flushes
 * @gfp: of the last request
 * @on_alloc: called before a page is handed out, once
 * @on_flush: called before an entry that points to a table is flushed, once
 * @data: for @on_alloc and @on_flush
 *
 * Memory is what was flushed: a page that nobody flushed reads as garbage.
 */
struct fake {
	struct vtd_pt pt;
	struct kunit *test;
	struct xarray pages;
	spinlock_t flush_lock;
	atomic_t nr_allocs;
	int fail_at;
	atomic_t nr_flushes;
	gfp_t gfp;
	void (*on_alloc)(struct fake *fake);
	void (*on_flush)(struct fake *fake);
	void *data;
};

#define FAKE_ALL_SIZES	(SZ_4K | SZ_2M | SZ_1G)
#define FAKE_RW		(IOPASID_READ | IOPASID_WRITE)

extern const struct vtd_pt_ops fake_ops;

/* The format that the test runs for (vtd-pt-formats.h). */
const struct vtd_pt_format *fake_format(struct kunit *test);
/* A 4-level table with all page sizes for a unit that does not snoop. */
struct fake *fake_create(struct kunit *test);
/* The same with another config; without a format there it is the test's. */
struct fake *fake_create_with(struct kunit *test,
			      const struct vtd_pt_config *config);
/* Ends with the checks that all pages are back. */
void fake_destroy(struct fake *fake);
/* Give back pages that the page table has freed; how many it holds. */
unsigned long fake_reap(struct fake *fake);

/* What a write by a device gets to see, PHYS_ADDR_MAX when it faults. */
phys_addr_t fake_translate(struct fake *fake, u64 iova);

int fake_map(struct fake *fake, u64 iova, phys_addr_t phys, size_t size);
/* Unmap and free at once; returns what unmap did. */
size_t fake_unmap(struct fake *fake, u64 iova, size_t size);
size_t fake_unmap_all(struct fake *fake);
/* The level of the leaf that maps an address, 0 when nothing does. */
unsigned int fake_leaf_level(struct fake *fake, u64 iova);
/* Whether page table and memory both map @iova to @phys. */
bool fake_maps(struct fake *fake, u64 iova, phys_addr_t phys);

#endif /* _VTD_PT_FAKE_H */
