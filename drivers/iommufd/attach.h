/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOFD_ATTACH_H
#define _IOFD_ATTACH_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue_types.h>

struct iofd_ctx;
struct iofd_device;
struct iofd_hwpt;

/**
 * struct iofd_left - what a call leaves to be done without the lock
 * @hwpt: a HWPT that has lost attachments, or did not get them; NULL: none
 * @nr: how many: uses of it that are to be given up
 */
struct iofd_left {
	struct iofd_hwpt *hwpt;
	unsigned int nr;
};

int iofd_attach_locked(struct iofd_device *idev, u32 pasid,
		       struct iofd_hwpt *hwpt, struct iofd_left *left);
int iofd_replace_locked(struct iofd_device *idev, u32 pasid,
			struct iofd_hwpt *hwpt, struct iofd_left *left);
void iofd_detach_locked(struct iofd_device *idev, u32 pasid,
			struct iofd_left *left);
void iofd_left_unuse(struct iofd_left *left);
void iofd_left_release(struct iofd_left *left);
bool iofd_left_defer_locked(struct iofd_ctx *ctx, struct iofd_left *left);
void iofd_left_work(struct work_struct *work);
void iofd_ctx_settle(struct iofd_ctx *ctx);

#endif /* _IOFD_ATTACH_H */
