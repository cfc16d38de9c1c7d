/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver promises about DMA.
 */
#ifndef _VTD_PROMISE_H
#define _VTD_PROMISE_H

#include <linux/types.h>

struct vtd_domain;
struct vtd_requester;
struct vtd_unit;

/* ---- vtd-promise.c: what a software unit is told ---- */

/**
 * enum vtd_promise_kind - what DMA to a range of a domain meets from now on
 * @VTD_PROMISE_MAPPED: something is there
 * @VTD_PROMISE_GONE: what there was does not arrive any more
 * @VTD_PROMISE_CLEAN: it sets Dirty where that is clear
 * @VTD_PROMISE_CHANGED: nothing that was read from the tables before
 */
enum vtd_promise_kind {
	VTD_PROMISE_MAPPED,
	VTD_PROMISE_GONE,
	VTD_PROMISE_CLEAN,
	VTD_PROMISE_CHANGED,
};

void vtd_promise_source(const struct vtd_requester *req, u32 pasid,
			const char *gone);
bool vtd_promise_begin(struct vtd_unit *unit);
void vtd_promise_end(struct vtd_unit *unit);
void vtd_promise_range(struct vtd_domain *vdom, u64 first, u64 last,
		       enum vtd_promise_kind kind, const char *who);

#endif /* _VTD_PROMISE_H */
