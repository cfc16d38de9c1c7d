/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables in memory that the unit walks, and the faults of these walks, in
 * the order of the VT-d specification (revision 4.1).
 */
#ifndef _VTDM_TABLE_BITS_H
#define _VTDM_TABLE_BITS_H

#include <linux/bits.h>
#include <linux/types.h>

/* Host physical addresses have 52 bits; higher ones are reserved everywhere */
#define VTDM_HOST_BITS		52
#define VTDM_PAGE_LG2		12
#define VTDM_PAGE_MASK		GENMASK_ULL(63, 12)
#define VTDM_TABLE_ADDR		GENMASK_ULL(51, 12)

/* 3.14 The range of interrupt messages */
#define VTDM_INTERRUPT_FIRST	0xfee00000ULL
#define VTDM_INTERRUPT_LAST	0xfeefffffULL

/* 3.6, 3.7 Paging structures of both stages: 512 entries, levels from 1 up */
#define VTDM_LEVEL_LG2		9
#define VTDM_MAX_LEVELS		5
#define VTDM_MAX_LEAF_LEVEL	3

/* log2 of what an entry of a level covers */
static inline unsigned int vtdm_level_lg2(unsigned int level)
{
	return VTDM_PAGE_LG2 + VTDM_LEVEL_LG2 * (level - 1);
}

/* Where the entry of @addr is in a table of a level */
static inline u64 vtdm_level_entry(u64 table, u64 addr, unsigned int level)
{
	u64 index = (addr >> vtdm_level_lg2(level)) & GENMASK_ULL(8, 0);

	return table + index * sizeof(u64);
}

/*
 * 7.2.3 Fault conditions: the numbers of a fault record. In brackets the
 * specification's name.
 */
enum vtdm_reason {
	/* Root table address [RTA.1, RTA.2, RTA.4] */
	VTDM_REASON_RTADDR		= 0x30,
	VTDM_REASON_RTADDR_PASID	= 0x31,
	VTDM_REASON_RTADDR_ABORT	= 0x33,
	/* Root table [SRT.1 to SRT.3] */
	VTDM_REASON_ROOT_ACCESS		= 0x38,
	VTDM_REASON_ROOT_P		= 0x39,
	VTDM_REASON_ROOT_RESERVED	= 0x3a,
	/* Context table [SCT.1 to SCT.9] */
	VTDM_REASON_CONTEXT_ACCESS	= 0x40,
	VTDM_REASON_CONTEXT_P		= 0x41,
	VTDM_REASON_CONTEXT_RESERVED	= 0x42,
	VTDM_REASON_CONTEXT_INVALID	= 0x43,
	VTDM_REASON_CONTEXT_DTE		= 0x44,
	VTDM_REASON_CONTEXT_PASIDE	= 0x45,
	VTDM_REASON_CONTEXT_PDTS	= 0x46,
	VTDM_REASON_CONTEXT_PRE		= 0x47,
	VTDM_REASON_CONTEXT_RID_PASID	= 0x48,
	/* PASID directory [SPD.1 to SPD.3] */
	VTDM_REASON_DIRECTORY_ACCESS	= 0x50,
	VTDM_REASON_DIRECTORY_P		= 0x51,
	VTDM_REASON_DIRECTORY_RESERVED	= 0x52,
	/* PASID table [SPT.1 to SPT.6] */
	VTDM_REASON_PASID_ACCESS	= 0x58,
	VTDM_REASON_PASID_P		= 0x59,
	VTDM_REASON_PASID_RESERVED	= 0x5a,
	VTDM_REASON_PASID_INVALID	= 0x5b,
	VTDM_REASON_PASID_ERE		= 0x5c,
	VTDM_REASON_PASID_SRE		= 0x5d,
	/* First stage [SFS.1 to SFS.10] */
	VTDM_REASON_FIRST_ACCESS	= 0x70,
	VTDM_REASON_FIRST_P		= 0x71,
	VTDM_REASON_FIRST_RESERVED	= 0x72,
	VTDM_REASON_FIRST_ROOT_ACCESS	= 0x73,
	VTDM_REASON_NESTED_TABLE_BEYOND	= 0x74,
	VTDM_REASON_NESTED_ROOT_READ	= 0x75,
	VTDM_REASON_NESTED_TABLE_READ	= 0x76,
	VTDM_REASON_NESTED_TABLE_WRITE	= 0x77,
	VTDM_REASON_FIRST_NO_SNOOP	= 0x90,
	VTDM_REASON_FIRST_ATOMIC	= 0x91,
	/* Second stage [SSS.1 to SSS.6] */
	VTDM_REASON_SECOND_ACCESS	= 0x78,
	VTDM_REASON_SECOND_P		= 0x79,
	VTDM_REASON_SECOND_RESERVED	= 0x7a,
	VTDM_REASON_SECOND_ROOT_ACCESS	= 0x7b,
	VTDM_REASON_SECOND_NO_SNOOP	= 0x7c,
	VTDM_REASON_SECOND_ATOMIC	= 0x7d,
	/* General [SGN.1 to SGN.8] */
	VTDM_REASON_NOT_CANONICAL	= 0x80,
	VTDM_REASON_PRIVILEGE		= 0x81,
	VTDM_REASON_NO_EXECUTE		= 0x82,
	VTDM_REASON_BEYOND_HOST		= 0x83,
	VTDM_REASON_BEYOND_SECOND	= 0x84,
	VTDM_REASON_NO_WRITE		= 0x85,
	VTDM_REASON_NO_READ		= 0x86,
	VTDM_REASON_INTERRUPT_RANGE	= 0x87,
};

/* 9.2 Scalable-mode root entry: two words, for devices 0-15 and 16-31 */
#define VTDM_ROOT_SIZE		16
#define VTDM_ROOT_P		BIT_ULL(0)
#define VTDM_ROOT_RESERVED	(GENMASK_ULL(63, 52) | GENMASK_ULL(11, 1))

/* 9.4 Scalable-mode context entry: four words, 128 in a table */
#define VTDM_CONTEXT_SIZE	32
#define VTDM_CONTEXT_WORDS	4
/* word 0 */
#define VTDM_CONTEXT_P		BIT_ULL(0)
#define VTDM_CONTEXT_FPD	BIT_ULL(1)
#define VTDM_CONTEXT_DTE	BIT_ULL(2)
#define VTDM_CONTEXT_PASIDE	BIT_ULL(3)
#define VTDM_CONTEXT_PRE	BIT_ULL(4)
#define VTDM_CONTEXT_RESERVED	(GENMASK_ULL(63, 52) | GENMASK_ULL(8, 5))
#define VTDM_CONTEXT_PDTS	GENMASK_ULL(11, 9)
/* word 1 */
#define VTDM_CONTEXT_RID_PASID	GENMASK_ULL(19, 0)
#define VTDM_CONTEXT_RID_PRIV	BIT_ULL(20)
#define VTDM_CONTEXT1_RESERVED	GENMASK_ULL(63, 21)

/* 9.5 PASID directory entry: a PASID's bits above the low 6 */
#define VTDM_DIRECTORY_P	BIT_ULL(0)
#define VTDM_DIRECTORY_FPD	BIT_ULL(1)
#define VTDM_DIRECTORY_RESERVED	(GENMASK_ULL(63, 52) | GENMASK_ULL(11, 2))
/* PDTS 0: 2^7 directory entries, for 2^13 PASIDs */
#define VTDM_DIRECTORY_PASIDS_LG2	13

/* 9.6 PASID table entry: eight words, 64 in a table */
#define VTDM_PASID_SIZE		64
#define VTDM_PASID_WORDS	8
#define VTDM_PASID_LOW_LG2	6
/* word 0 */
#define VTDM_PASID_P		BIT_ULL(0)
#define VTDM_PASID_FPD		BIT_ULL(1)
#define VTDM_PASID_AW		GENMASK_ULL(4, 2)
#define VTDM_PASID_PGTT		GENMASK_ULL(8, 6)
#define VTDM_PASID_SSADE	BIT_ULL(9)
#define VTDM_PASID_RESERVED	(GENMASK_ULL(63, 52) | GENMASK_ULL(11, 10) | BIT_ULL(5))
/* word 1 */
#define VTDM_PASID_DID		GENMASK_ULL(15, 0)
#define VTDM_PASID1_RESERVED	GENMASK_ULL(22, 16)
#define VTDM_PASID_PWSNP	BIT_ULL(23)
#define VTDM_PASID_PGSNP	BIT_ULL(24)
#define VTDM_PASID_MEMORY_TYPE	GENMASK_ULL(63, 25)	/* ECAP.MTS */
/* word 2 */
#define VTDM_PASID_SRE		BIT_ULL(0)
#define VTDM_PASID_ERE		BIT_ULL(1)
#define VTDM_PASID_FSPM		GENMASK_ULL(3, 2)
#define VTDM_PASID_WPE		BIT_ULL(4)
#define VTDM_PASID_NXE		BIT_ULL(5)
#define VTDM_PASID_SMEP		BIT_ULL(6)
#define VTDM_PASID_EAFE		BIT_ULL(7)
#define VTDM_PASID2_RESERVED	(GENMASK_ULL(63, 52) | GENMASK_ULL(11, 8))

/* FSPM */
#define VTDM_FSPM_4_LEVELS	0
#define VTDM_FSPM_5_LEVELS	1

/* PGTT, and what a translation is tagged as (6.2.1) */
enum vtdm_pgtt {
	VTDM_PGTT_FIRST		= 1,
	VTDM_PGTT_SECOND	= 2,
	VTDM_PGTT_NESTED	= 3,
	VTDM_PGTT_PASS		= 4,
};

/* 9.7 First-stage paging entries */
#define VTDM_FIRST_P		BIT_ULL(0)
#define VTDM_FIRST_RW		BIT_ULL(1)
#define VTDM_FIRST_US		BIT_ULL(2)
#define VTDM_FIRST_A		BIT_ULL(5)
#define VTDM_FIRST_D		BIT_ULL(6)
#define VTDM_FIRST_PS		BIT_ULL(7)
#define VTDM_FIRST_EA		BIT_ULL(10)
#define VTDM_FIRST_XD		BIT_ULL(63)
/* Below the address of a large page, above PAT: */
#define VTDM_FIRST_2M_RESERVED	GENMASK_ULL(20, 13)
#define VTDM_FIRST_1G_RESERVED	GENMASK_ULL(29, 13)

/* 9.8 Second-stage paging entries; there is no present bit */
#define VTDM_SECOND_R		BIT_ULL(0)
#define VTDM_SECOND_W		BIT_ULL(1)
#define VTDM_SECOND_PS		BIT_ULL(7)
#define VTDM_SECOND_A		BIT_ULL(8)
#define VTDM_SECOND_D		BIT_ULL(9)
#define VTDM_SECOND_SNP		BIT_ULL(11)	/* ECAP.SC */
#define VTDM_SECOND_RESERVED	BIT_ULL(62)
#define VTDM_SECOND_2M_RESERVED	GENMASK_ULL(20, 12)
#define VTDM_SECOND_1G_RESERVED	GENMASK_ULL(29, 12)

#endif /* _VTDM_TABLE_BITS_H */
