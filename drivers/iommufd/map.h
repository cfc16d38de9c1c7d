/* SPDX-License-Identifier: GPL-2.0-only */
/* Areas and page tables. */
#ifndef _IOFD_MAP_H
#define _IOFD_MAP_H

#include <linux/types.h>

#include "area.h"
#include "ioas.h"

struct iopasid_domain;
struct iopasid_gather;

/* map.c */
int iofd_area_map(struct iofd_area *area, struct iopasid_domain *domain,
		  bool huge_pages);
bool iofd_map_is_lost(int ret);

/* unmap.c */
void iofd_area_unmap(struct iofd_area *area, struct iopasid_domain *domain,
		     struct iopasid_gather *gather);
int iofd_domain_flush(struct iopasid_domain *domain,
		      struct iopasid_gather *gather);
void iofd_areas_clear(struct iofd_ioas *ioas, struct list_head *areas);
void iofd_areas_settle(struct iofd_ioas *ioas, struct list_head *areas,
		       bool keep);

#endif /* _IOFD_MAP_H */
