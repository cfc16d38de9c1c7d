/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging entries of both stages, and the arithmetic of levels.
 *
 * Level 1 is the table of 4K leaves, level n + 1 holds pointers to tables of
 * level n. The specification's names (9.7 first, 9.8 second stage): level 1
 * FS-PTE and SS-PTE, 2 PDE, 3 PDPE, 4 PML4E, 5 PML5E.
 */
#ifndef _VTD_PT_BITS_H
#define _VTD_PT_BITS_H

#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <asm/io.h>

#define VTD_PT_ENTRIES_LG2	9
#define VTD_PT_ENTRIES		BIT(VTD_PT_ENTRIES_LG2)
#define VTD_PT_PAGE_LG2		12
#define VTD_PT_MIN_LEVELS	3
#define VTD_PT_MAX_LEVELS	5
/* Entries of level 4 and 5 have no leaf form. */
#define VTD_PT_MAX_LEAF_LEVEL	3

/* Of both stages. Page Size: a leaf at level 2 or 3. */
#define VTD_PTE_PS		BIT_ULL(7)
#define VTD_PTE_ADDR		GENMASK_ULL(51, 12)

/* 9.7 First stage. Accessed and Dirty are set by the unit, too. */
#define VTD_FSPTE_P		BIT_ULL(0)
#define VTD_FSPTE_RW		BIT_ULL(1)
#define VTD_FSPTE_US		BIT_ULL(2)
#define VTD_FSPTE_A		BIT_ULL(5)
#define VTD_FSPTE_D		BIT_ULL(6)
#define VTD_FSPTE_XD		BIT_ULL(63)

/*
 * 9.8 Second stage. Snoop is for leaves only, reserved unless ECAP.SC. Accessed
 * and Dirty are ignored unless SSADE is set, and then set by the unit, too.
 */
#define VTD_SSPTE_R		BIT_ULL(0)
#define VTD_SSPTE_W		BIT_ULL(1)
#define VTD_SSPTE_A		BIT_ULL(8)
#define VTD_SSPTE_D		BIT_ULL(9)
#define VTD_SSPTE_SNP		BIT_ULL(11)

/*
 * The unit ignores 61:52, 58:52 in first stage. Entries that point to a table
 * keep two notes there:
 *
 * UNSYNCED: the entry may be in a CPU cache only; whoever relies on it before
 * the CPU that stored it has flushed it, flushes it himself.
 *
 * FULL: every entry of the table below is a leaf.
 */
#define VTD_PTE_UNSYNCED	BIT_ULL(52)
#define VTD_PTE_FULL		BIT_ULL(53)

/* log2 of the bytes that one entry of a level covers. */
static inline unsigned int vtd_pt_entry_lg2(unsigned int level)
{
	return VTD_PT_PAGE_LG2 + VTD_PT_ENTRIES_LG2 * (level - 1);
}

/* log2 of the bytes that one table of a level covers. */
static inline unsigned int vtd_pt_table_lg2(unsigned int level)
{
	return vtd_pt_entry_lg2(level + 1);
}

/* Index of the entry for an address in its table of a level. */
static inline unsigned int vtd_pt_index(u64 iova, unsigned int level)
{
	return (iova >> vtd_pt_entry_lg2(level)) & (VTD_PT_ENTRIES - 1);
}

/* An empty entry is all zero: not P, neither R nor W, no note. */
static inline bool vtd_pte_empty(u64 entry)
{
	return !entry;
}

/* The entry maps memory; else, when not empty, it points to a table. */
static inline bool vtd_pte_leaf(u64 entry, unsigned int level)
{
	return level == 1 ? !vtd_pte_empty(entry) : entry & VTD_PTE_PS;
}

/* The table that an entry points to. */
static inline u64 *vtd_pte_table(u64 entry)
{
	return phys_to_virt(entry & VTD_PTE_ADDR);
}

/**
 * struct vtd_pt_format - the entries of one stage
 * @name: for people
 * @min_levels: the fewest levels of a table
 * @sign_bits: of an input address, at its top, that must be 0
 * @table: bits of an entry that points to a table
 * @read: bits of a leaf that may be read
 * @write: bits of a leaf that may be written
 * @snoop: bits of a leaf whose accesses snoop the CPU cache
 * @accessed: set by the unit in entries that it uses
 * @dirty: set by the unit in leaves through which it writes
 */
struct vtd_pt_format {
	const char *name;
	unsigned int min_levels;
	unsigned int sign_bits;
	u64 table;
	u64 read;
	u64 write;
	u64 snoop;
	u64 accessed;
	u64 dirty;
};

extern const struct vtd_pt_format vtd_pt_first;
extern const struct vtd_pt_format vtd_pt_second;

#endif /* _VTD_PT_BITS_H */
