/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces of processes: what a unit needs for them.
 */
#ifndef _VTD_SVA_H
#define _VTD_SVA_H

#include <linux/types.h>

#include <iopasid/sva.h>

struct iopasid_device;
struct iopasid_domain;
struct vtd_domain;
struct vtd_unit;

/* ---- vtd-sva.c ---- */

enum iopasid_sva_why vtd_sva_refusal(const struct vtd_unit *unit, bool cpu_1g);
struct iopasid_domain *vtd_sva_alloc(struct vtd_unit *unit, bool cpu_1g,
				     enum iopasid_sva_why *why);
struct iopasid_domain *vtd_domain_alloc_sva(struct iopasid_device *idev,
					    enum iopasid_sva_why *why);
void vtd_sva_root_free(struct vtd_domain *vdom, bool lost);

/* ---- vtd-main.c: module parameters ---- */

extern bool vtd_sva_noncoherent;

#endif /* _VTD_SVA_H */
