/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver promises about DMA.
 */
#ifndef _VTD_PROMISE_H
#define _VTD_PROMISE_H

#include <linux/types.h>

struct vtd_domain;
struct vtd_requester;
struct vtd_tag;

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

/* How many units of a domain listen to a flush; more are not told */
#define VTD_PROMISE_EARS	8

/**
 * struct vtd_promise_ears - who listens to a flush that somebody's change needs
 * @nr: how many
 * @tags: of the domain, one a unit; that stays (vtd_unit_enter())
 */
struct vtd_promise_ears {
	unsigned int nr;
	struct vtd_tag *tags[VTD_PROMISE_EARS];
};

void vtd_promise_source(const struct vtd_requester *req, u32 pasid,
			const char *gone);
void vtd_promise_begin(struct vtd_domain *vdom, struct vtd_promise_ears *ears);
void vtd_promise_changed(struct vtd_domain *vdom,
			 const struct vtd_promise_ears *ears, u64 first,
			 u64 last, const char *who);
void vtd_promise_end(const struct vtd_promise_ears *ears);
void vtd_promise_range(struct vtd_domain *vdom, u64 first, u64 last,
		       enum vtd_promise_kind kind, const char *who);

#endif /* _VTD_PROMISE_H */
