/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel Virtualization Technology for Directed I/O, as far as scalable mode
 * with first stage, second stage and pass-through needs it.
 *
 * In the order of the specification (revision 4 numbers its chapters as below;
 * revision 3 has the registers in chapter 10). Layouts of page tables (9.7, 9.8)
 * are in vtd-pt-bits.h, the ACPI table (8) in vtd-dmar.c.
 */
#ifndef _VTD_BITS_H
#define _VTD_BITS_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

/* A unit works in pages of 4 KiB whatever the CPU's page size is */
#define VTD_PAGE_LG2			12
#define VTD_PAGE_MASK			GENMASK_ULL(63, VTD_PAGE_LG2)

/* 3.14 Requests to this range are interrupts: they are never translated */
#define VTD_MSI_FIRST			0xfee00000ULL
#define VTD_MSI_LAST			0xfeefffffULL

/*
 * 6.5.2 Queued invalidation: descriptors of 256 bits, of which all that are
 * used here leave words 2 and 3 zero.
 */
#define VTD_DESC_SIZE			32
#define VTD_DESC_LG2			5

enum vtd_desc_type {
	VTD_DESC_CONTEXT	= 1,	/* 6.5.2.1 context cache */
	VTD_DESC_IOTLB		= 2,	/* 6.5.2.3 IOTLB */
	VTD_DESC_DEV_TLB	= 3,	/* 6.5.2.5 device TLB */
	VTD_DESC_IEC		= 4,	/* 6.5.2.7 interrupt entry cache */
	VTD_DESC_WAIT		= 5,	/* 6.5.2.8 invalidation wait */
	VTD_DESC_PASID_IOTLB	= 6,	/* 6.5.2.4 PASID-based IOTLB */
	VTD_DESC_PASID		= 7,	/* 6.5.2.2 PASID cache */
	VTD_DESC_PASID_DEV_TLB	= 8,	/* 6.5.2.6 PASID-based device TLB */
	VTD_DESC_PAGE_GROUP	= 9,	/* 7.7 page group response */
};

#define VTD_DESC_TYPE			GENMASK_ULL(3, 0)

/* 6.5.2.1 Context-cache invalidate descriptor */
#define VTD_DESC_CONTEXT_G		GENMASK_ULL(5, 4)
enum vtd_context_granularity {
	VTD_CONTEXT_GLOBAL	= 1,
	VTD_CONTEXT_DOMAIN	= 2,
	VTD_CONTEXT_DEVICE	= 3,
};

#define VTD_DESC_CONTEXT_DID		GENMASK_ULL(31, 16)
#define VTD_DESC_CONTEXT_SID		GENMASK_ULL(47, 32)
#define VTD_DESC_CONTEXT_FM		GENMASK_ULL(49, 48)

/* 6.5.2.2 PASID-cache invalidate descriptor */
#define VTD_DESC_PASID_G		GENMASK_ULL(5, 4)
enum vtd_pasid_granularity {
	VTD_PASID_DOMAIN	= 0,
	VTD_PASID_SELECTIVE	= 1,
	VTD_PASID_GLOBAL	= 3,
};

#define VTD_DESC_PASID_DID		GENMASK_ULL(31, 16)
#define VTD_DESC_PASID_PASID		GENMASK_ULL(51, 32)

/* 6.5.2.3 IOTLB invalidate descriptor */
#define VTD_DESC_IOTLB_G		GENMASK_ULL(5, 4)
enum vtd_iotlb_granularity {
	VTD_IOTLB_GLOBAL	= 1,
	VTD_IOTLB_DOMAIN	= 2,
	VTD_IOTLB_PAGE		= 3,
};

#define VTD_DESC_IOTLB_DW		BIT_ULL(6)
#define VTD_DESC_IOTLB_DR		BIT_ULL(7)
#define VTD_DESC_IOTLB_DID		GENMASK_ULL(31, 16)
/* word 1 */
#define VTD_DESC_IOTLB_AM		GENMASK_ULL(5, 0)
#define VTD_DESC_IOTLB_IH		BIT_ULL(6)
#define VTD_DESC_IOTLB_ADDR		VTD_PAGE_MASK

/* 6.5.2.4 PASID-based IOTLB invalidate descriptor */
#define VTD_DESC_PIOTLB_G		GENMASK_ULL(5, 4)
enum vtd_piotlb_granularity {
	VTD_PIOTLB_PASID	= 2,
	VTD_PIOTLB_PAGE		= 3,
};

#define VTD_DESC_PIOTLB_DID		GENMASK_ULL(31, 16)
#define VTD_DESC_PIOTLB_PASID		GENMASK_ULL(51, 32)
/* word 1: as that of 6.5.2.3 */

/* 6.5.2.5 Device-TLB invalidate descriptor */
#define VTD_DESC_DEV_TLB_MIP		GENMASK_ULL(20, 16)
#define VTD_DESC_DEV_TLB_SID		GENMASK_ULL(47, 32)
/* word 1 */
#define VTD_DESC_DEV_TLB_S		BIT_ULL(0)
#define VTD_DESC_DEV_TLB_ADDR		VTD_PAGE_MASK

/* 6.5.2.6 PASID-based device-TLB invalidate descriptor */
#define VTD_DESC_PDEV_TLB_MIP		GENMASK_ULL(8, 4)
#define VTD_DESC_PDEV_TLB_SID		GENMASK_ULL(31, 16)
#define VTD_DESC_PDEV_TLB_PASID		GENMASK_ULL(51, 32)
/* word 1 */
#define VTD_DESC_PDEV_TLB_S		BIT_ULL(11)
#define VTD_DESC_PDEV_TLB_ADDR		VTD_PAGE_MASK

/* 6.5.2.8 Invalidation wait descriptor */
#define VTD_DESC_WAIT_IF		BIT_ULL(4)
#define VTD_DESC_WAIT_SW		BIT_ULL(5)
#define VTD_DESC_WAIT_FN		BIT_ULL(6)
#define VTD_DESC_WAIT_PD		BIT_ULL(7)
/* What a batch may ask of a wait in its middle */
#define VTD_DESC_WAIT_FLAGS		(VTD_DESC_WAIT_FN | VTD_DESC_WAIT_PD)
#define VTD_DESC_WAIT_DATA		GENMASK_ULL(63, 32)
/* word 1 */
#define VTD_DESC_WAIT_ADDR		GENMASK_ULL(63, 2)

/* 7.4.1 Page request descriptor: four words; 2 and 3 are the device's */
#define VTD_PAGE_REQ_SIZE		32
#define VTD_PAGE_REQ_PP			BIT_ULL(8)
#define VTD_PAGE_REQ_RID		GENMASK_ULL(31, 16)
#define VTD_PAGE_REQ_PASID		GENMASK_ULL(51, 32)
#define VTD_PAGE_REQ_EXEC		BIT_ULL(52)
#define VTD_PAGE_REQ_PRIV		BIT_ULL(53)
/* word 1 */
#define VTD_PAGE_REQ_READ		BIT_ULL(0)
#define VTD_PAGE_REQ_WRITE		BIT_ULL(1)
#define VTD_PAGE_REQ_LPIG		BIT_ULL(2)
#define VTD_PAGE_REQ_PRGI		GENMASK_ULL(11, 3)
#define VTD_PAGE_REQ_ADDR		VTD_PAGE_MASK

/* 7.7 Page group response descriptor */
#define VTD_DESC_PAGE_GROUP_PP		BIT_ULL(4)
#define VTD_DESC_PAGE_GROUP_CODE	GENMASK_ULL(15, 12)
#define VTD_DESC_PAGE_GROUP_RID		GENMASK_ULL(31, 16)
#define VTD_DESC_PAGE_GROUP_PASID	GENMASK_ULL(51, 32)
/* word 1 */
#define VTD_DESC_PAGE_GROUP_PRGI	GENMASK_ULL(11, 3)

/* 9.2 Scalable-mode root entry: one for each bus, two words */
#define VTD_NR_BUSES			256
#define VTD_ROOT_WORDS			2
#define VTD_ROOT_P			BIT_ULL(0)
#define VTD_ROOT_TABLE			VTD_PAGE_MASK

/*
 * 9.4 Scalable-mode context entry: four words, of which 2 and 3 are reserved.
 * The lower table of a bus has device-functions 0x00-0x7f, the upper the rest.
 */
#define VTD_SOURCE_BUS			GENMASK(15, 8)
#define VTD_SOURCE_DEVFN		GENMASK(7, 0)
#define VTD_SOURCE_UPPER		BIT(7)
#define VTD_SOURCE_INDEX		GENMASK(6, 0)

#define VTD_CONTEXT_WORDS		4
/* word 0 */
#define VTD_CONTEXT_P			BIT_ULL(0)
#define VTD_CONTEXT_FPD			BIT_ULL(1)
#define VTD_CONTEXT_DTE			BIT_ULL(2)
#define VTD_CONTEXT_PASIDE		BIT_ULL(3)
#define VTD_CONTEXT_PRE			BIT_ULL(4)
#define VTD_CONTEXT_PDTS		GENMASK_ULL(11, 9)
#define VTD_CONTEXT_DIR			VTD_PAGE_MASK
/* word 1 */
#define VTD_CONTEXT_RID_PASID		GENMASK_ULL(19, 0)
#define VTD_CONTEXT_RID_PRIV		BIT_ULL(20)

/* PDTS counts from 2^7 directory entries */
#define VTD_PDTS_BASE_LG2		7

/* 9.5 Scalable-mode PASID directory entry: one word for 64 PASIDs */
#define VTD_PASID_LG2			20
#define VTD_PASID_DIR_INDEX		GENMASK(19, 6)
#define VTD_PASID_TABLE_INDEX		GENMASK(5, 0)
#define VTD_PASID_TABLE_ENTRIES		64
#define VTD_PASID_DIR_P			BIT_ULL(0)
#define VTD_PASID_DIR_FPD		BIT_ULL(1)
#define VTD_PASID_DIR_TABLE		VTD_PAGE_MASK

/* 9.6 Scalable-mode PASID table entry: eight words, 3-7 reserved here */
#define VTD_PASID_WORDS			8
/* word 0 */
#define VTD_PASID_P			BIT_ULL(0)
#define VTD_PASID_FPD			BIT_ULL(1)
#define VTD_PASID_AW			GENMASK_ULL(4, 2)
enum vtd_pasid_aw {
	VTD_AW_39		= 1,
	VTD_AW_48		= 2,
	VTD_AW_57		= 3,
};

#define VTD_PASID_PGTT			GENMASK_ULL(8, 6)
enum vtd_pasid_pgtt {
	VTD_PGTT_FIRST		= 1,
	VTD_PGTT_SECOND		= 2,
	VTD_PGTT_NESTED		= 3,
	VTD_PGTT_PASS		= 4,
};

#define VTD_PASID_SSADE			BIT_ULL(9)
#define VTD_PASID_SSPTPTR		VTD_PAGE_MASK
/* word 1 */
#define VTD_PASID_DID			GENMASK_ULL(15, 0)
#define VTD_PASID_PWSNP			BIT_ULL(23)
#define VTD_PASID_PGSNP			BIT_ULL(24)
/* word 2 */
#define VTD_PASID_SRE			BIT_ULL(0)
#define VTD_PASID_FSPM			GENMASK_ULL(3, 2)
enum vtd_pasid_fspm {
	VTD_FSPM_4_LEVEL	= 0,
	VTD_FSPM_5_LEVEL	= 1,
};

#define VTD_PASID_WPE			BIT_ULL(4)
#define VTD_PASID_NXE			BIT_ULL(5)
#define VTD_PASID_EAFE			BIT_ULL(7)
#define VTD_PASID_FSPTPTR		VTD_PAGE_MASK

/* 11.4 Registers. "32" and "64" is the width that must be used. */

/* Version register (32) */
#define VTD_REG_VER			0x00
#define VTD_VER_MIN			GENMASK(3, 0)
#define VTD_VER_MAX			GENMASK(7, 4)

/* Capability register (64) */
#define VTD_REG_CAP			0x08
#define VTD_CAP_ND			GENMASK_ULL(2, 0)
#define VTD_CAP_RWBF			BIT_ULL(4)
#define VTD_CAP_PLMR			BIT_ULL(5)
#define VTD_CAP_PHMR			BIT_ULL(6)
#define VTD_CAP_CM			BIT_ULL(7)
#define VTD_CAP_SAGAW			GENMASK_ULL(12, 8)
#define VTD_CAP_SAGAW_39		BIT_ULL(9)
#define VTD_CAP_SAGAW_48		BIT_ULL(10)
#define VTD_CAP_SAGAW_57		BIT_ULL(11)
#define VTD_CAP_MGAW			GENMASK_ULL(21, 16)
#define VTD_CAP_FRO			GENMASK_ULL(33, 24)
#define VTD_CAP_SSLPS_2M		BIT_ULL(34)
#define VTD_CAP_SSLPS_1G		BIT_ULL(35)
#define VTD_CAP_PSI			BIT_ULL(39)
#define VTD_CAP_NFR			GENMASK_ULL(47, 40)
#define VTD_CAP_MAMV			GENMASK_ULL(53, 48)
#define VTD_CAP_DWD			BIT_ULL(54)
#define VTD_CAP_DRD			BIT_ULL(55)
#define VTD_CAP_FS1GP			BIT_ULL(56)
#define VTD_CAP_FS5LP			BIT_ULL(60)

/* The domain ids of a unit: 2^(4 + 2 * ND) */
#define VTD_CAP_ND_BASE_LG2		4
#define VTD_CAP_ND_STEP_LG2		2
/* FRO and IRO count in 16 bytes */
#define VTD_REG_OFFSET_UNIT		16

/* Extended capability register (64) */
#define VTD_REG_ECAP			0x10
#define VTD_ECAP_C			BIT_ULL(0)
#define VTD_ECAP_QI			BIT_ULL(1)
#define VTD_ECAP_DT			BIT_ULL(2)
#define VTD_ECAP_PT			BIT_ULL(6)
#define VTD_ECAP_SC			BIT_ULL(7)
#define VTD_ECAP_IRO			GENMASK_ULL(17, 8)
#define VTD_ECAP_NEST			BIT_ULL(26)
#define VTD_ECAP_PRS			BIT_ULL(29)
#define VTD_ECAP_ERS			BIT_ULL(30)
#define VTD_ECAP_SRS			BIT_ULL(31)
#define VTD_ECAP_PSS			GENMASK_ULL(39, 35)
#define VTD_ECAP_PASID			BIT_ULL(40)
#define VTD_ECAP_PDS			BIT_ULL(42)
#define VTD_ECAP_SMTS			BIT_ULL(43)
#define VTD_ECAP_SSADS			BIT_ULL(45)
#define VTD_ECAP_SSTS			BIT_ULL(46)
#define VTD_ECAP_FSTS			BIT_ULL(47)
#define VTD_ECAP_SMPWC			BIT_ULL(48)
#define VTD_ECAP_RPS			BIT_ULL(49)

/* Global command and global status register (32): same bits */
#define VTD_REG_GCMD			0x18
#define VTD_REG_GSTS			0x1c
#define VTD_G_TE			BIT(31)
#define VTD_G_SRTP			BIT(30)
#define VTD_G_QIE			BIT(26)
#define VTD_G_IRE			BIT(25)
#define VTD_G_SIRTP			BIT(24)
#define VTD_G_CFI			BIT(23)
/* What a write of GCMD must repeat to keep; the others are one-shot */
#define VTD_G_LEVELS			(VTD_G_TE | VTD_G_QIE | VTD_G_IRE | \
					 VTD_G_CFI)

/* Root table address register (64), latched by GCMD.SRTP */
#define VTD_REG_RTADDR			0x20
#define VTD_RTADDR_TTM			GENMASK_ULL(11, 10)
#define VTD_RTADDR_TTM_SCALABLE		1
#define VTD_RTADDR_ADDR			VTD_PAGE_MASK

/* Fault status register (32) */
#define VTD_REG_FSTS			0x34
#define VTD_FSTS_PFO			BIT(0)	/* write 1 to clear */
#define VTD_FSTS_PPF			BIT(1)
#define VTD_FSTS_IQE			BIT(4)	/* write 1 to clear */
#define VTD_FSTS_ICE			BIT(5)	/* write 1 to clear */
#define VTD_FSTS_ITE			BIT(6)	/* write 1 to clear */
#define VTD_FSTS_FRI			GENMASK(15, 8)

/* Fault event control, data, address, upper address registers (32) */
#define VTD_REG_FECTL			0x38
#define VTD_FECTL_IP			BIT(30)
#define VTD_FECTL_IM			BIT(31)
#define VTD_REG_FEDATA			0x3c
#define VTD_REG_FEADDR			0x40
#define VTD_REG_FEUADDR			0x44

/* Protected memory enable register (32) */
#define VTD_REG_PMEN			0x64
#define VTD_PMEN_PRS			BIT(0)
#define VTD_PMEN_EPM			BIT(31)

/* Invalidation queue head, tail (64): slot number times its size */
#define VTD_REG_IQH			0x80
#define VTD_REG_IQT			0x88

/* Invalidation queue address register (64) */
#define VTD_REG_IQA			0x90
#define VTD_IQA_QS			GENMASK_ULL(2, 0)
#define VTD_IQA_DW			BIT_ULL(11)
#define VTD_IQA_ADDR			VTD_PAGE_MASK

/* Invalidation queue error record register (64) */
#define VTD_REG_IQERCD			0xb0
#define VTD_IQERCD_IQEI			GENMASK_ULL(3, 0)
#define VTD_IQERCD_ITESID		GENMASK_ULL(47, 32)
#define VTD_IQERCD_ICESID		GENMASK_ULL(63, 48)

/* Page request queue head, tail (64): offsets in bytes */
#define VTD_REG_PQH			0xc0
#define VTD_REG_PQT			0xc8

/* Page request queue address register (64) */
#define VTD_REG_PQA			0xd0
#define VTD_PQA_PQS			GENMASK_ULL(2, 0)

/* Page request status register (32) */
#define VTD_REG_PRS			0xdc
#define VTD_PRS_PPR			BIT(0)	/* write 1 to clear */
#define VTD_PRS_PRO			BIT(1)	/* write 1 to clear */

/* Page request event control register (32); data and address follow */
#define VTD_REG_PECTL			0xe0

/* Fault recording registers (2 x 64) at CAP.FRO: low word */
#define VTD_FRCD_SIZE			16
#define VTD_FRCD_ADDR			VTD_PAGE_MASK
/* high word, 8 bytes further */
#define VTD_FRCD_HIGH			8
#define VTD_FRCD_SID			GENMASK_ULL(15, 0)
#define VTD_FRCD_PP			BIT_ULL(31)
#define VTD_FRCD_REASON			GENMASK_ULL(39, 32)
#define VTD_FRCD_PASID			GENMASK_ULL(59, 40)
#define VTD_FRCD_READ			BIT_ULL(62)
#define VTD_FRCD_F			BIT_ULL(63)
/* upper half of the high word, where a 32-bit write of F clears it */
#define VTD_FRCD_UPPER			12
#define VTD_FRCD_UPPER_F		BIT(31)

#endif /* _VTD_BITS_H */
