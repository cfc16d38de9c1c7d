/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of a VT-d unit, chapter 11.4 of the specification (revision 4), in
 * its order. "32" and "64" is the width of a register. With them what units
 * write by themselves: page requests (7.4.1).
 *
 * Written from the specification for the model alone: nothing is shared with
 * the driver that the model is to test.
 */
#ifndef _VTDM_REG_BITS_H
#define _VTDM_REG_BITS_H

#include <linux/bits.h>

/* 11.4.1 Version register (32) */
#define VTDM_VER			0x00
#define VTDM_VER_MAJOR			GENMASK(7, 4)
#define VTDM_VER_MINOR			GENMASK(3, 0)

/* 11.4.2 Capability register (64) */
#define VTDM_CAP			0x08
#define VTDM_CAP_ND			GENMASK_ULL(2, 0)
#define VTDM_CAP_AFL			BIT_ULL(3)
#define VTDM_CAP_RWBF			BIT_ULL(4)
#define VTDM_CAP_PLMR			BIT_ULL(5)
#define VTDM_CAP_PHMR			BIT_ULL(6)
#define VTDM_CAP_CM			BIT_ULL(7)
#define VTDM_CAP_SAGAW			GENMASK_ULL(12, 8)
#define VTDM_CAP_MGAW			GENMASK_ULL(21, 16)
#define VTDM_CAP_ZLR			BIT_ULL(22)
#define VTDM_CAP_FRO			GENMASK_ULL(33, 24)
#define VTDM_CAP_SSLPS			GENMASK_ULL(37, 34)
#define VTDM_CAP_PSI			BIT_ULL(39)
#define VTDM_CAP_NFR			GENMASK_ULL(47, 40)
#define VTDM_CAP_MAMV			GENMASK_ULL(53, 48)
#define VTDM_CAP_DWD			BIT_ULL(54)
#define VTDM_CAP_DRD			BIT_ULL(55)
#define VTDM_CAP_FS1GP			BIT_ULL(56)
#define VTDM_CAP_PI			BIT_ULL(59)
#define VTDM_CAP_FS5LP			BIT_ULL(60)
#define VTDM_CAP_ECMDS			BIT_ULL(61)
#define VTDM_CAP_ESIRTPS		BIT_ULL(62)
#define VTDM_CAP_ESRTPS			BIT_ULL(63)

/* SAGAW: bit n is a second stage of n + 2 levels */
#define VTDM_SAGAW_3_LEVEL		BIT(1)
#define VTDM_SAGAW_4_LEVEL		BIT(2)
#define VTDM_SAGAW_5_LEVEL		BIT(3)
/* SSLPS */
#define VTDM_SSLPS_2M			BIT(0)
#define VTDM_SSLPS_1G			BIT(1)
/* Domain ids have 4 + 2 * ND bits */
#define VTDM_ND_BASE			4
#define VTDM_ND_STEP			2
/* FRO and IRO count in 16 bytes */
#define VTDM_OFFSET_UNIT		16

/* 11.4.3 Extended capability register (64) */
#define VTDM_ECAP			0x10
#define VTDM_ECAP_C			BIT_ULL(0)
#define VTDM_ECAP_QI			BIT_ULL(1)
#define VTDM_ECAP_DT			BIT_ULL(2)
#define VTDM_ECAP_IR			BIT_ULL(3)
#define VTDM_ECAP_EIM			BIT_ULL(4)
#define VTDM_ECAP_PT			BIT_ULL(6)
#define VTDM_ECAP_SC			BIT_ULL(7)
#define VTDM_ECAP_IRO			GENMASK_ULL(17, 8)
#define VTDM_ECAP_MHMV			GENMASK_ULL(23, 20)
#define VTDM_ECAP_MTS			BIT_ULL(25)
#define VTDM_ECAP_NEST			BIT_ULL(26)
#define VTDM_ECAP_PRS			BIT_ULL(29)
#define VTDM_ECAP_ERS			BIT_ULL(30)
#define VTDM_ECAP_SRS			BIT_ULL(31)
#define VTDM_ECAP_NWFS			BIT_ULL(33)
#define VTDM_ECAP_EAFS			BIT_ULL(34)
#define VTDM_ECAP_PSS			GENMASK_ULL(39, 35)
#define VTDM_ECAP_PASID			BIT_ULL(40)
#define VTDM_ECAP_DIT			BIT_ULL(41)
#define VTDM_ECAP_PDS			BIT_ULL(42)
#define VTDM_ECAP_SMTS			BIT_ULL(43)
#define VTDM_ECAP_VCS			BIT_ULL(44)
#define VTDM_ECAP_SSADS			BIT_ULL(45)
#define VTDM_ECAP_SSTS			BIT_ULL(46)
#define VTDM_ECAP_FSTS			BIT_ULL(47)
#define VTDM_ECAP_SMPWC			BIT_ULL(48)
#define VTDM_ECAP_RPS			BIT_ULL(49)
#define VTDM_ECAP_PMS			BIT_ULL(51)
#define VTDM_ECAP_ADMS			BIT_ULL(52)
#define VTDM_ECAP_RPRIVS		BIT_ULL(53)

/* 11.4.4 Global command (32, write only) and status (32, read only) */
#define VTDM_GCMD			0x18
#define VTDM_GSTS			0x1c
#define VTDM_G_TE			BIT(31)
#define VTDM_G_SRTP			BIT(30)
#define VTDM_G_QIE			BIT(26)

/* 11.4.5 Root table address register (64) */
#define VTDM_RTADDR			0x20
#define VTDM_RTADDR_RTA			GENMASK_ULL(63, 12)
#define VTDM_RTADDR_TTM			GENMASK_ULL(11, 10)
enum vtdm_ttm {
	VTDM_TTM_LEGACY			= 0,
	VTDM_TTM_SCALABLE		= 1,
	VTDM_TTM_RESERVED		= 2,
	VTDM_TTM_ABORT			= 3,
};

/* 11.4.6 Context command register (64) */
#define VTDM_CCMD			0x28
#define VTDM_CCMD_ICC			BIT_ULL(63)
#define VTDM_CCMD_CIRG			GENMASK_ULL(62, 61)
#define VTDM_CCMD_CAIG			GENMASK_ULL(60, 59)
#define VTDM_CCMD_FM			GENMASK_ULL(33, 32)
#define VTDM_CCMD_SID			GENMASK_ULL(31, 16)
#define VTDM_CCMD_DID			GENMASK_ULL(15, 0)

/* 11.4.6 Invalidate address (64, write only) and IOTLB (64), at ECAP.IRO */
#define VTDM_IVA			0
#define VTDM_IVA_ADDR			GENMASK_ULL(63, 12)
#define VTDM_IVA_IH			BIT_ULL(6)
#define VTDM_IVA_AM			GENMASK_ULL(5, 0)
#define VTDM_IOTLB			8
#define VTDM_IOTLB_IVT			BIT_ULL(63)
#define VTDM_IOTLB_IIRG			GENMASK_ULL(61, 60)
#define VTDM_IOTLB_IAIG			GENMASK_ULL(58, 57)
#define VTDM_IOTLB_DR			BIT_ULL(49)
#define VTDM_IOTLB_DW			BIT_ULL(48)
#define VTDM_IOTLB_DID			GENMASK_ULL(47, 32)
/* how far from ECAP.IRO they reach */
#define VTDM_IOTLB_REGS			16

/* 11.4.7 Fault status register (32) */
#define VTDM_FSTS			0x34
#define VTDM_FSTS_PFO			BIT(0)
#define VTDM_FSTS_PPF			BIT(1)
#define VTDM_FSTS_IQE			BIT(4)
#define VTDM_FSTS_ICE			BIT(5)
#define VTDM_FSTS_ITE			BIT(6)
#define VTDM_FSTS_FRI			GENMASK(15, 8)

/*
 * 11.4.7, 11.4.9, 11.4.11 Event control (32): of faults, completions and page
 * requests alike. Data, address and upper address (32) follow it.
 */
#define VTDM_FECTL			0x38
#define VTDM_IECTL			0xa0
#define VTDM_PECTL			0xe0
#define VTDM_EVENT_IM			BIT(31)
#define VTDM_EVENT_IP			BIT(30)
#define VTDM_EVENT_DATA			4
#define VTDM_EVENT_ADDR			8
#define VTDM_EVENT_UADDR		12

/* 11.4.7 Fault recording registers (2 x 64) at CAP.FRO: low word */
#define VTDM_FRCD_SIZE			16
#define VTDM_FRCD_ADDR			GENMASK_ULL(63, 12)
/* high word */
#define VTDM_FRCD_HIGH			8
#define VTDM_FRCD_F			BIT_ULL(63)
#define VTDM_FRCD_T1			BIT_ULL(62)
#define VTDM_FRCD_AT			GENMASK_ULL(61, 60)
#define VTDM_FRCD_PASID			GENMASK_ULL(59, 40)
#define VTDM_FRCD_REASON		GENMASK_ULL(39, 32)
#define VTDM_FRCD_PP			BIT_ULL(31)
#define VTDM_FRCD_EXE			BIT_ULL(30)
#define VTDM_FRCD_PRIV			BIT_ULL(29)
#define VTDM_FRCD_SID			GENMASK_ULL(15, 0)

/* 11.4.9 Invalidation queue head, tail (64): offsets in bytes */
#define VTDM_IQH			0x80
#define VTDM_IQT			0x88
#define VTDM_IQ_OFFSET			GENMASK_ULL(18, 4)
/* reserved with descriptors of 256 bits */
#define VTDM_IQ_HALF_SLOT		BIT_ULL(4)

/* 11.4.9 Invalidation queue address register (64) */
#define VTDM_IQA			0x90
#define VTDM_IQA_IQA			GENMASK_ULL(63, 12)
#define VTDM_IQA_DW			BIT_ULL(11)
#define VTDM_IQA_QS			GENMASK_ULL(2, 0)

/* 11.4.9 Invalidation completion status register (32) */
#define VTDM_ICS			0x9c
#define VTDM_ICS_IWC			BIT(0)

/* 11.4.9 Invalidation queue error record register (64) */
#define VTDM_IQERCD			0xb0
#define VTDM_IQERCD_ICESID		GENMASK_ULL(63, 48)
#define VTDM_IQERCD_ITESID		GENMASK_ULL(47, 32)
#define VTDM_IQERCD_IQEI		GENMASK_ULL(3, 0)
enum vtdm_iqei {
	VTDM_IQEI_NONE			= 0,	/* no information */
	VTDM_IQEI_TAIL			= 1,	/* invalid tail */
	VTDM_IQEI_FETCH			= 2,	/* descriptor cannot be read */
	VTDM_IQEI_TYPE			= 3,	/* invalid type */
	VTDM_IQEI_RESERVED		= 4,	/* reserved field or value */
	VTDM_IQEI_WIDTH			= 5,	/* IQA.DW does not fit the mode */
	VTDM_IQEI_MISALIGNED		= 6,	/* tail within a descriptor */
	VTDM_IQEI_TTM			= 7,	/* reserved translation mode */
};

/* 11.4.11 Page request queue head, tail (64): offsets in bytes */
#define VTDM_PQH			0xc0
#define VTDM_PQT			0xc8
#define VTDM_PQ_OFFSET			GENMASK_ULL(18, 5)

/* 11.4.11.3 Page request queue address register (64) */
#define VTDM_PQA			0xd0
#define VTDM_PQA_PQA			GENMASK_ULL(63, 12)
#define VTDM_PQA_PQS			GENMASK_ULL(2, 0)

/* 11.4.11 Page request status register (32) */
#define VTDM_PRS			0xdc
#define VTDM_PRS_PPR			BIT(0)
#define VTDM_PRS_PRO			BIT(1)

/* Behind the last register that is at a fixed place */
#define VTDM_FIXED_REGS			0xf0

/* 7.4.1.1 Page request descriptor: four words, of which 2 and 3 are zero */
#define VTDM_PAGE_REQ_SIZE		32
/* word 0 */
#define VTDM_PAGE_REQ_TYPE		GENMASK_ULL(7, 0)
#define VTDM_PAGE_REQ			1
#define VTDM_PAGE_REQ_PP		BIT_ULL(8)
#define VTDM_PAGE_REQ_RID		GENMASK_ULL(31, 16)
#define VTDM_PAGE_REQ_PASID		GENMASK_ULL(51, 32)
#define VTDM_PAGE_REQ_EXR		BIT_ULL(52)
#define VTDM_PAGE_REQ_PMR		BIT_ULL(53)
/* word 1 */
#define VTDM_PAGE_REQ_RDR		BIT_ULL(0)
#define VTDM_PAGE_REQ_WRR		BIT_ULL(1)
#define VTDM_PAGE_REQ_LPIG		BIT_ULL(2)
#define VTDM_PAGE_REQ_PRGI		GENMASK_ULL(11, 3)
#define VTDM_PAGE_REQ_ADDR		GENMASK_ULL(63, 12)

#endif /* _VTDM_REG_BITS_H */
