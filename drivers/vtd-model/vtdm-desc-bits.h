/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of the invalidation queue, chapters 6.5.2 and 7.7 of the
 * specification (revision 4), in its order. Words 2 and 3, of descriptors of
 * 256 bits, are reserved in all.
 */
#ifndef _VTDM_DESC_BITS_H
#define _VTDM_DESC_BITS_H

#include <linux/bits.h>

#define VTDM_DESC_WORDS			4

enum vtdm_desc_type {
	VTDM_DESC_CONTEXT		= 1,	/* 6.5.2.1 context cache */
	VTDM_DESC_IOTLB			= 2,	/* 6.5.2.3 IOTLB */
	VTDM_DESC_DEVICE_TLB		= 3,	/* 6.5.2.5 device TLB */
	VTDM_DESC_INTERRUPT		= 4,	/* 6.5.2.7 interrupt entry cache */
	VTDM_DESC_WAIT			= 5,	/* 6.5.2.8 invalidation wait */
	VTDM_DESC_PASID_IOTLB		= 6,	/* 6.5.2.4 PASID-based IOTLB */
	VTDM_DESC_PASID			= 7,	/* 6.5.2.2 PASID cache */
	VTDM_DESC_PASID_DEVICE_TLB	= 8,	/* 6.5.2.6 PASID-based device TLB */
	VTDM_DESC_PAGE_GROUP		= 9,	/* 7.7 page group response */
	VTDM_DESC_TYPES			= 16,
};

/* In all: the type is in two parts, of which the upper is zero so far */
#define VTDM_DESC_TYPE			GENMASK_ULL(3, 0)
#define VTDM_DESC_TYPE_UPPER		GENMASK_ULL(11, 9)
#define VTDM_DESC_ANY_TYPE		(VTDM_DESC_TYPE | VTDM_DESC_TYPE_UPPER)

/* 6.5.2.1 Context-cache invalidate descriptor */
#define VTDM_DESC_CONTEXT_G		GENMASK_ULL(5, 4)
enum vtdm_desc_context_g {
	VTDM_DESC_CONTEXT_GLOBAL	= 1,
	VTDM_DESC_CONTEXT_DOMAIN	= 2,
	VTDM_DESC_CONTEXT_DEVICE	= 3,
};

#define VTDM_DESC_CONTEXT_DID		GENMASK_ULL(31, 16)
#define VTDM_DESC_CONTEXT_SID		GENMASK_ULL(47, 32)
#define VTDM_DESC_CONTEXT_FM		GENMASK_ULL(49, 48)

/* 6.5.2.2 PASID-cache invalidate descriptor */
#define VTDM_DESC_PASID_G		GENMASK_ULL(5, 4)
enum vtdm_desc_pasid_g {
	VTDM_DESC_PASID_DOMAIN		= 0,
	VTDM_DESC_PASID_SELECTIVE	= 1,
	VTDM_DESC_PASID_GLOBAL		= 3,
};

#define VTDM_DESC_PASID_DID		GENMASK_ULL(31, 16)
#define VTDM_DESC_PASID_PASID		GENMASK_ULL(51, 32)

/* 6.5.2.3 IOTLB invalidate descriptor */
#define VTDM_DESC_IOTLB_G		GENMASK_ULL(5, 4)
enum vtdm_desc_iotlb_g {
	VTDM_DESC_IOTLB_GLOBAL		= 1,
	VTDM_DESC_IOTLB_DOMAIN		= 2,
	VTDM_DESC_IOTLB_PAGE		= 3,
};

#define VTDM_DESC_IOTLB_DRAIN		GENMASK_ULL(7, 6)
#define VTDM_DESC_IOTLB_DID		GENMASK_ULL(31, 16)
/* word 1, of 6.5.2.4 as well */
#define VTDM_DESC_IOTLB_AM		GENMASK_ULL(5, 0)
#define VTDM_DESC_IOTLB_IH		BIT_ULL(6)
#define VTDM_DESC_IOTLB_ADDR		GENMASK_ULL(63, 12)

/* 6.5.2.4 PASID-based IOTLB invalidate descriptor */
#define VTDM_DESC_PIOTLB_G		GENMASK_ULL(5, 4)
enum vtdm_desc_piotlb_g {
	VTDM_DESC_PIOTLB_PASID		= 2,
	VTDM_DESC_PIOTLB_PAGE		= 3,
};

#define VTDM_DESC_PIOTLB_DID		GENMASK_ULL(31, 16)
#define VTDM_DESC_PIOTLB_PASID_ID	GENMASK_ULL(51, 32)

/* 6.5.2.5 Device-TLB invalidate descriptor */
#define VTDM_DESC_DTLB_PFSID		(GENMASK_ULL(15, 12) | GENMASK_ULL(63, 52))
#define VTDM_DESC_DTLB_MIP		GENMASK_ULL(20, 16)
#define VTDM_DESC_DTLB_SID		GENMASK_ULL(47, 32)
/* word 1 */
#define VTDM_DESC_DTLB_S		BIT_ULL(0)
#define VTDM_DESC_DTLB_ADDR		GENMASK_ULL(63, 12)

/* 6.5.2.6 PASID-based device-TLB invalidate descriptor */
#define VTDM_DESC_PDTLB_MIP		GENMASK_ULL(8, 4)
#define VTDM_DESC_PDTLB_SID		GENMASK_ULL(31, 16)
#define VTDM_DESC_PDTLB_PASID		GENMASK_ULL(51, 32)
/* word 1 */
#define VTDM_DESC_PDTLB_G		BIT_ULL(0)
#define VTDM_DESC_PDTLB_S		BIT_ULL(11)
#define VTDM_DESC_PDTLB_ADDR		GENMASK_ULL(63, 12)

/* 6.5.2.8 Invalidation wait descriptor */
#define VTDM_DESC_WAIT_IF		BIT_ULL(4)
#define VTDM_DESC_WAIT_SW		BIT_ULL(5)
#define VTDM_DESC_WAIT_FN		BIT_ULL(6)
#define VTDM_DESC_WAIT_PD		BIT_ULL(7)
#define VTDM_DESC_WAIT_DATA		GENMASK_ULL(63, 32)
/* word 1 */
#define VTDM_DESC_WAIT_ADDR		GENMASK_ULL(63, 2)

/* 7.7 Page group response descriptor */
#define VTDM_DESC_PAGE_GROUP_PP		BIT_ULL(4)
#define VTDM_DESC_PAGE_GROUP_CODE	GENMASK_ULL(15, 12)
#define VTDM_DESC_PAGE_GROUP_RID	GENMASK_ULL(31, 16)
#define VTDM_DESC_PAGE_GROUP_PASID	GENMASK_ULL(51, 32)
/* word 1 */
#define VTDM_DESC_PAGE_GROUP_PRGI	GENMASK_ULL(11, 3)

/* Response codes, of PCI Express too */
#define VTDM_RESPONSE_SUCCESS		0
#define VTDM_RESPONSE_INVALID		1
#define VTDM_RESPONSE_FAILURE		15

#endif /* _VTDM_DESC_BITS_H */
