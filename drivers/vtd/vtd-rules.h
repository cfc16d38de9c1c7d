/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of flush rules: see the DOC: block of vtd-flush.c.
 */
#ifndef _VTD_RULES_H
#define _VTD_RULES_H

#include <linux/types.h>

/* How much of a cache a descriptor drops */
enum vtd_reach {
	NONE,
	GLOBAL,
	DOMAIN,		/* of a domain id */
	DEVICE,		/* of a source id */
	PASID,		/* of a domain id and a PASID */
	RANGE,		/* of a device and a PASID */
	TABLES,		/* of a range, with the tables that lead to it */
	LEAVES,		/* of a range, but for those tables */
};

/* Columns of the table, and the order of the descriptors */
struct vtd_rule {
	u8 context;
	u8 pasid;
	u8 iotlb;
	u8 pasid_iotlb;
	u8 dev_tlb;
};

/*
 * Rows of the table. WAS and NEW are in the order of enum vtd_pasid_pgtt, those
 * of first and of second stage in the same order.
 */
enum vtd_change {
	VTD_ALL,
	VTD_CONTEXT_MOVED,
	VTD_CONTEXT_STEERED,
	VTD_DIRECTORY,
	VTD_WAS_FIRST,
	VTD_WAS_SECOND,
	VTD_WAS_NESTED,
	VTD_WAS_PASS,
	VTD_NEW_FIRST,
	VTD_NEW_SECOND,
	VTD_NEW_NESTED,
	VTD_NEW_PASS,
	VTD_FIRST_LEAVES,
	VTD_FIRST_TABLES,
	VTD_FIRST_FAR,
	VTD_FIRST_MANY,
	VTD_SECOND_LEAVES,
	VTD_SECOND_TABLES,
	VTD_SECOND_FAR,
	VTD_NR_CHANGES
};

/* vtd-flush.c */
extern const struct vtd_rule vtd_rules[VTD_NR_CHANGES];

#endif /* _VTD_RULES_H */
