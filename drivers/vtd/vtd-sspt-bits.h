/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Second-stage paging entries, and the arithmetic of levels.
 *
 * Level 1 is the table of 4K leaves, level n + 1 holds pointers to tables of
 * level n. The specification's names: level 1 SS-PTE, 2 SS-PDE, 3 SS-PDPE,
 * 4 SS-PML4E, 5 SS-PML5E.
 */
#ifndef _VTD_SSPT_BITS_H
#define _VTD_SSPT_BITS_H

#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <asm/io.h>

#define VTD_SSPT_ENTRIES_LG2	9
#define VTD_SSPT_ENTRIES	BIT(VTD_SSPT_ENTRIES_LG2)
#define VTD_SSPT_PAGE_LG2	12
#define VTD_SSPT_MIN_LEVELS	3
#define VTD_SSPT_MAX_LEVELS	5
/* Entries of level 4 and 5 have no leaf form. */
#define VTD_SSPT_MAX_LEAF_LEVEL	3

#define VTD_SSPTE_R		BIT_ULL(0)
#define VTD_SSPTE_W		BIT_ULL(1)
/* Page Size: a leaf at level 2 or 3. */
#define VTD_SSPTE_PS		BIT_ULL(7)
/* Snoop, leaves only; reserved unless ECAP.SC. */
#define VTD_SSPTE_SNP		BIT_ULL(11)
#define VTD_SSPTE_ADDR		GENMASK_ULL(51, 12)
/*
 * The unit ignores 61:52. Entries that point to a table keep two notes there:
 *
 * UNSYNCED: the entry may be in a CPU cache only; whoever relies on it before
 * the CPU that stored it has flushed it, flushes it himself.
 *
 * FULL: every entry of the table below is a leaf.
 */
#define VTD_SSPTE_UNSYNCED	BIT_ULL(52)
#define VTD_SSPTE_FULL		BIT_ULL(53)

/* log2 of the bytes that one entry of a level covers. */
static inline unsigned int vtd_sspt_entry_lg2(unsigned int level)
{
	return VTD_SSPT_PAGE_LG2 + VTD_SSPT_ENTRIES_LG2 * (level - 1);
}

/* log2 of the bytes that one table of a level covers. */
static inline unsigned int vtd_sspt_table_lg2(unsigned int level)
{
	return vtd_sspt_entry_lg2(level + 1);
}

/* Index of the entry for an address in its table of a level. */
static inline unsigned int vtd_sspt_index(u64 iova, unsigned int level)
{
	return (iova >> vtd_sspt_entry_lg2(level)) & (VTD_SSPT_ENTRIES - 1);
}

/* An empty entry is all zero: neither R nor W, no note. */
static inline bool vtd_sspte_empty(u64 entry)
{
	return !entry;
}

/* The entry maps memory; else, when not empty, it points to a table. */
static inline bool vtd_sspte_leaf(u64 entry, unsigned int level)
{
	return level == 1 ? !vtd_sspte_empty(entry) : entry & VTD_SSPTE_PS;
}

/* The table that an entry points to. */
static inline u64 *vtd_sspte_table(u64 entry)
{
	return phys_to_virt(entry & VTD_SSPTE_ADDR);
}

#endif /* _VTD_SSPT_BITS_H */
