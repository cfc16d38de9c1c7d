/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One open of /dev/iommu, and its calls.
 *
 * Lock order, outermost first:
 *
 *	ctx->attach_lock
 *	-> the core's (drivers/core/core.h)
 *	-> ioas->domains_rwsem -> ioas->iova_rwsem -> pages->lock
 *	-> the provider's
 *
 * The lock of ctx->objects and the lock of a fault queue are leaves. No memory of
 * users is touched, and nothing is pinned, under attach_lock: what waits for a
 * user there would make a driver wait that unbinds its device. Nor is an answer
 * given under iova_rwsem, which attach_lock is held over; but accesses pin and copy
 * under it (access.c).
 */
#ifndef _IOFD_H
#define _IOFD_H

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue_types.h>
#include <linux/xarray.h>

#include "object.h"

struct file;
struct iofd_ioas;
struct iommu_option;
struct miscdevice;

/**
 * enum iofd_account - what pinned pages are charged to
 * @IOFD_ACCOUNT_USER: the user, against RLIMIT_MEMLOCK of the task
 * @IOFD_ACCOUNT_MM: the process
 */
enum iofd_account {
	IOFD_ACCOUNT_USER,
	IOFD_ACCOUNT_MM,
};

/**
 * struct iofd_ctx - one open of /dev/iommu
 * @file: the open file: references to the context are references to it
 * @objects: id to object; a reserved id has no object yet. Its lock protects
 *	@account and @vfio_ioas, too
 * @account: IOMMU_OPTION_RLIMIT_MODE: changes only while there is no object
 * @vfio_ioas: what the VFIO calls work on, or NULL; no reference: the IOAS takes
 *	itself out when it is destroyed. To be looked at after
 *	iofd_object_try_get()
 * @idle: a destroyer waits here for calls, and calls for @nr_leaving
 * @attach_lock: what devices are attached to: @groups and all below it, and
 *	the lists of HWPTs
 * @groups: struct iofd_group, one for each group with a device bound
 * @auto_hwpts: struct iofd_hwpt that were made by an attach to an IOAS
 * @left_hwpts: struct iofd_hwpt that have lost their last attachment in a call that
 *	must not wait until they have gone; attach_lock
 * @nr_leaving: how many of them are there still; written with attach_lock
 * @left_work: lets them go
 * @closing: no work is queued any more; set when no call is left
 * @nr_sva: its address spaces of processes; the lock of sva.c
 */
struct iofd_ctx {
	struct file *file;
	struct xarray objects;
	enum iofd_account account;
	struct iofd_ioas *vfio_ioas;
	wait_queue_head_t idle;
	struct mutex attach_lock;
	struct list_head groups;
	struct list_head auto_hwpts;
	struct list_head left_hwpts;
	unsigned int nr_leaving;
	struct work_struct left_work;
	bool closing;
	unsigned int nr_sva;
};

/**
 * struct iofd_call - one ioctl of the table
 * @ctx: of which context
 * @ubuffer: the user's structure
 * @user_size: how large the user thinks it is; at least the call's minimum
 * @cmd: a copy of it; what the user left out is 0
 */
struct iofd_call {
	struct iofd_ctx *ctx;
	void __user *ubuffer;
	u32 user_size;
	void *cmd;
};

/**
 * iofd_call_respond() - give the structure back to the user
 * @call: the call
 * @size: of the structure
 *
 * Return: 0, -EFAULT.
 */
static inline int iofd_call_respond(struct iofd_call *call, size_t size)
{
	return copy_to_user(call->ubuffer, call->cmd,
			    min_t(size_t, call->user_size, size)) ? -EFAULT : 0;
}

/* main.c */
int iofd_register(struct miscdevice *misc);

/* Handlers of the table in ioctl.c; cmd is the structure of the call. */

/* object.c, option.c */
int iofd_destroy(struct iofd_call *call);
int iofd_option(struct iofd_call *call);

/* hwpt.c, hw-info.c, dirty.c, fault-queue.c */
int iofd_hwpt_alloc(struct iofd_call *call);
int iofd_get_hw_info(struct iofd_call *call);
int iofd_hwpt_set_dirty_tracking(struct iofd_call *call);
int iofd_hwpt_get_dirty_bitmap(struct iofd_call *call);
int iofd_fault_queue_alloc(struct iofd_call *call);

/* sva.c, sva-populate.c */
int iofd_sva_alloc(struct iofd_call *call);
int iofd_sva_populate(struct iofd_call *call);

/* Address spaces */
int iofd_ioas_alloc(struct iofd_call *call);
int iofd_ioas_allow_iovas(struct iofd_call *call);
int iofd_ioas_copy(struct iofd_call *call);
int iofd_ioas_iova_ranges(struct iofd_call *call);
int iofd_ioas_map(struct iofd_call *call);
int iofd_ioas_map_file(struct iofd_call *call);
int iofd_ioas_unmap(struct iofd_call *call);
int iofd_ioas_change_process(struct iofd_call *call);
int iofd_vfio_ioas(struct iofd_call *call);

/* IOMMU_OPTION_HUGE_PAGES: looks at object_id, then op and val64 of @option. */
int iofd_ioas_option_huge_pages(struct iofd_ctx *ctx,
				struct iommu_option *option);

/* Numbers below the table and past it: the VFIO calls; -ENOIOCTLCMD: none. */
long iofd_vfio_ioctl(struct iofd_ctx *ctx, unsigned int cmd, unsigned long arg);

#endif /* _IOFD_H */
