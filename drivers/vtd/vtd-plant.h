/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Defects on purpose, for tests of who should find them.
 */
#ifndef _VTD_PLANT_H
#define _VTD_PLANT_H

#include <linux/types.h>

#include "vtd-queue.h"
#include "vtd-rules.h"

/* What else than a missing cell of the table of rules */
enum vtd_plant {
	VTD_PLANT_NONE,
	VTD_PLANT_RANGE_DEV_TLB,	/* a range: no device TLB */
	VTD_PLANT_HINT,			/* "leaves only" when tables go */
	VTD_PLANT_FREE_EARLY,		/* table pages before the flush */
	VTD_PLANT_DEV_TLB_EARLY,	/* device TLBs before the IOTLB */
	VTD_PLANT_WRONG_DID,		/* of another domain */
	VTD_PLANT_ONE_PASID,		/* of many, the first */
	VTD_PLANT_ONE_PAGE,		/* of a range, the first */
	VTD_PLANT_CELLS			/* the first cell of the table */
};

#ifdef CONFIG_IOPASID_VTD_PLANT

bool vtd_planted(enum vtd_plant plant);
void vtd_plant_row(enum vtd_change change, struct vtd_batch *batch,
		   unsigned int from);

#else

static inline bool vtd_planted(enum vtd_plant plant)
{
	return false;
}

static inline void vtd_plant_row(enum vtd_change change,
				 struct vtd_batch *batch, unsigned int from)
{
}

#endif

#endif /* _VTD_PLANT_H */
