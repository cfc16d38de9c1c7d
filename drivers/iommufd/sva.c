// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: address spaces of processes
 *
 * IOPASID_SVA_ALLOC gives the caller's own address space an id: a HWPT without an
 * IOAS, for PASIDs. It is attached, replaced and destroyed as any other. What is
 * mapped there is what the process maps; the core keeps the table that devices walk
 * (drivers/core/sva.c), and a unit has one of a process, however many HWPTs.
 *
 * Nothing here keeps the process: when it ends, or executes another program, its
 * HWPTs remain, and block. Whoever has the file may destroy them.
 *
 * A process that has one pays with each change of its memory, and the units with it:
 * there may be so many in a context, and so many in all (sva_context_max, sva_max).
 *
 * Unhappy paths: the caller is told what is missing in out_why, with the errno of
 * the call. Nothing counts that has failed.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include <uapi/iopasid/iommufd.h>

#include <iopasid/domain.h>
#include <iopasid/sva.h>

#include "device.h"
#include "fault-queue.h"
#include "hwpt.h"
#include "iofd.h"
#include "sva.h"

static unsigned int sva_context_max = 1024;
module_param(sva_context_max, uint, 0644);
MODULE_PARM_DESC(sva_context_max,
		 "Address spaces of processes in one open file (1024)");

static unsigned int sva_max = 16384;
module_param(sva_max, uint, 0644);
MODULE_PARM_DESC(sva_max, "Address spaces of processes in all files (16384)");

/* Of iofd_nr_sva, and nr_sva of all contexts; a leaf */
static DEFINE_SPINLOCK(iofd_sva_lock);
static unsigned int iofd_nr_sva;

/* One more, before it is there */
static int iofd_sva_count(struct iofd_ctx *ctx, enum iopasid_sva_why *why)
{
	spin_lock(&iofd_sva_lock);
	if (ctx->nr_sva >= READ_ONCE(sva_context_max)) {
		*why = IOPASID_SVA_WHY_CONTEXT_LIMIT;
	} else if (iofd_nr_sva >= READ_ONCE(sva_max)) {
		*why = IOPASID_SVA_WHY_GLOBAL_LIMIT;
	} else {
		*why = IOPASID_SVA_WHY_NONE;
		ctx->nr_sva++;
		iofd_nr_sva++;
	}
	spin_unlock(&iofd_sva_lock);
	return *why ? -ENOSPC : 0;
}

static void iofd_sva_uncount(struct iofd_ctx *ctx)
{
	spin_lock(&iofd_sva_lock);
	ctx->nr_sva--;
	iofd_nr_sva--;
	spin_unlock(&iofd_sva_lock);
}

/**
 * iofd_sva_release() - a HWPT that is a process's goes
 * @hwpt: attached nowhere; its domain is gone
 *
 * Context: may sleep.
 */
void iofd_sva_release(struct iofd_hwpt *hwpt)
{
	iofd_sva_unpin_all(hwpt);
	iofd_sva_uncount(hwpt->obj.ctx);
}

static int iofd_sva_check_flags(const struct iopasid_sva_alloc *cmd)
{
	const u32 known = IOPASID_SVA_NO_FAULTS | IOPASID_SVA_FAULT_ID_VALID;

	if (cmd->flags & ~known)
		return -EOPNOTSUPP;
	/* A queue for requests that there are not to be */
	if (cmd->flags == known)
		return -EINVAL;
	if (cmd->fault_id && !(cmd->flags & IOPASID_SVA_FAULT_ID_VALID))
		return -EINVAL;
	return 0;
}

/*
 * The device of the call, not held: who has the mmap lock can make us wait for it,
 * and the driver could not unbind the device. One that goes meanwhile does no harm.
 */
static struct device *iofd_sva_device_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_device *idev = iofd_device_get(ctx, id);
	struct device *dev;

	if (IS_ERR(idev))
		return ERR_CAST(idev);
	dev = get_device(idev->dev);
	iofd_object_put(&idev->obj);
	return dev;
}

/* The caller's address space, counted, for the device of the call */
static struct iopasid_domain *
iofd_sva_alloc_domain(struct iofd_ctx *ctx, const struct iopasid_sva_alloc *cmd,
		      enum iopasid_sva_why *why)
{
	struct device *dev = iofd_sva_device_get(ctx, cmd->dev_id);
	struct iopasid_domain *domain;
	u32 flags = 0;
	int ret;

	if (IS_ERR(dev))
		return ERR_CAST(dev);
	if (cmd->flags & IOPASID_SVA_NO_FAULTS)
		flags |= IOPASID_SVA_ALLOC_NO_FAULTS;
	ret = iofd_sva_count(ctx, why);
	domain = ret ? ERR_PTR(ret) :
		iopasid_domain_alloc_sva(dev, current->mm, flags, why);
	if (!ret && IS_ERR(domain))
		iofd_sva_uncount(ctx);
	put_device(dev);
	return domain;
}

static struct iofd_hwpt *
iofd_sva_create_fault(struct iofd_ctx *ctx, struct iopasid_domain *domain,
		      const struct iopasid_sva_alloc *cmd)
{
	struct iofd_fault_queue *fault;
	struct iofd_hwpt *hwpt;

	if (!(cmd->flags & IOPASID_SVA_FAULT_ID_VALID))
		return iofd_hwpt_create(ctx, NULL, domain,
					IOPASID_HWPT_ALLOC_PASID, NULL);

	fault = iofd_fault_queue_get(ctx, cmd->fault_id);
	if (IS_ERR(fault)) {
		iopasid_domain_free(domain);
		return ERR_CAST(fault);
	}
	hwpt = iofd_hwpt_create(ctx, NULL, domain, IOPASID_HWPT_ALLOC_PASID,
				fault);
	iofd_object_put(&fault->obj);
	return hwpt;
}

static struct iofd_hwpt *iofd_sva_create(struct iofd_ctx *ctx,
					 struct iopasid_sva_alloc *cmd)
{
	enum iopasid_sva_why why = IOPASID_SVA_WHY_NONE;
	struct iopasid_domain *domain;
	struct iofd_hwpt *hwpt;
	int ret = iofd_sva_check_flags(cmd);

	cmd->out_why = why;
	if (ret)
		return ERR_PTR(ret);
	domain = iofd_sva_alloc_domain(ctx, cmd, &why);
	cmd->out_why = why;
	if (IS_ERR(domain))
		return ERR_CAST(domain);
	hwpt = iofd_sva_create_fault(ctx, domain, cmd);
	if (IS_ERR(hwpt))
		iofd_sva_uncount(ctx);
	return hwpt;
}

/**
 * iofd_sva_alloc() - IOPASID_SVA_ALLOC
 * @call: the call
 *
 * The answer is written when the call fails, too: for the sake of out_why.
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is no such device or fault queue; -EINVAL when a
 * queue is named without its flag, or for a device that is to send no page
 * requests; -EOPNOTSUPP for unknown flags, and for what out_why says; -ENOSPC at
 * the limits that out_why names, or when there is no id left; -ENODEV when the
 * device has left its unit; -EINTR when a signal came; -ENOMEM, -EFAULT.
 */
int iofd_sva_alloc(struct iofd_call *call)
{
	struct iopasid_sva_alloc *cmd = call->cmd;
	struct iofd_hwpt *hwpt = iofd_sva_create(call->ctx, cmd);
	int ret;

	if (!IS_ERR(hwpt))
		cmd->out_hwpt_id = hwpt->obj.id;
	ret = iofd_call_respond(call, sizeof(*cmd));
	if (IS_ERR(hwpt))
		return ret ?: PTR_ERR(hwpt);
	if (ret)
		iofd_hwpt_abort(hwpt);
	else
		iofd_object_publish(&hwpt->obj);
	return ret;
}
