/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOFD_CHANGE_H
#define _IOFD_CHANGE_H

#include <linux/types.h>

#include "attach.h"

struct iofd_ctx;
struct iofd_object;
struct iopasid_domain;

/* iofd_attach_locked() or iofd_replace_locked() */
typedef int (*iofd_change_fn)(struct iofd_device *idev, u32 pasid,
			      struct iofd_hwpt *hwpt, struct iofd_left *left);

/**
 * struct iofd_change - an attach or a replace on its way
 * @ctx: whose; referred to
 * @target: what user space has named; looked at
 * @domain: an empty page table that fits the device, to be filled
 * @made: a filled one, not published
 * @left: what the change leaves to be given up
 * @settle: some of it was left to the context's work
 * @pt_id: the HWPT that the device reaches, when it is done
 */
struct iofd_change {
	struct iofd_ctx *ctx;
	struct iofd_object *target;
	struct iopasid_domain *domain;
	struct iofd_hwpt *made;
	struct iofd_left left;
	bool settle;
	u32 pt_id;
};

int iofd_change_begin(struct iofd_change *change, struct iofd_ctx *ctx,
		      u32 pt_id);
int iofd_change_try(struct iofd_change *change, struct iofd_device *idev,
		    u32 pasid, iofd_change_fn fn);
int iofd_change_fill(struct iofd_change *change);
void iofd_change_end(struct iofd_change *change);

#endif /* _IOFD_CHANGE_H */
