// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page tables
 *
 * A HWPT is one page table that follows an address space: it has everything that
 * is mapped there before its id can be used, and gets and loses mappings with it.
 * User space makes one for a device with IOMMU_HWPT_ALLOC, or leaves that to an
 * attach to the address space itself (change.c), which takes one that fits or
 * makes it. Any device whose unit can walk it may be attached. A HWPT may also be
 * the address space of a process, and follow that (sva.c).
 *
 * While the table is filled, users' pages are pinned, which may take as long as
 * they like: the device is not held then, so that its driver can unbind it.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/domain.h>

#include "device.h"
#include "fault-queue.h"
#include "hwpt.h"
#include "ioas.h"
#include "iofd.h"
#include "sva.h"

/* Undo iofd_hwpt_create(), apart from the id. */
static void iofd_hwpt_free(struct iofd_hwpt *hwpt)
{
	struct iofd_ioas *ioas = hwpt->ioas;

	if (ioas)
		iofd_ioas_remove_domain(ioas, hwpt->domain);
	iopasid_domain_free(hwpt->domain);
	if (hwpt->fault)
		iofd_object_unuse(&hwpt->fault->obj);
	if (ioas)
		iofd_object_unuse(&ioas->obj);
	else
		iofd_sva_release(hwpt);
	mutex_destroy(&hwpt->pins_lock);
	kfree(hwpt);
}

static void iofd_hwpt_destroy(struct iofd_object *obj)
{
	iofd_hwpt_free(container_of(obj, struct iofd_hwpt, obj));
}

const struct iofd_object_type iofd_hwpt_type = {
	.destroy = iofd_hwpt_destroy,
};

/* Become a user of what the page table needs. */
static int iofd_hwpt_use(struct iofd_hwpt *hwpt)
{
	struct iofd_fault_queue *fault = hwpt->fault;
	int ret = -ENOENT;

	if (hwpt->ioas && !iofd_object_use(&hwpt->ioas->obj))
		return -ENOENT;
	if (!fault)
		return 0;
	if (!iofd_object_use(&fault->obj))
		goto unuse_ioas;
	ret = iopasid_domain_set_fault_handler(hwpt->domain,
					       iofd_fault_queue_handle,
					       iofd_fault_queue_withdraw, hwpt);
	if (ret)
		goto unuse_fault;
	return 0;

unuse_fault:
	iofd_object_unuse(&fault->obj);
unuse_ioas:
	if (hwpt->ioas)
		iofd_object_unuse(&hwpt->ioas->obj);
	return ret;
}

/**
 * iofd_hwpt_create() - make a page table follow an address space
 * @ctx: whose it will be
 * @ioas: the address space, which the caller looks at; NULL: the page table is that
 *	of a process, and counted: with the HWPT it is given back (iofd_sva_release())
 * @domain: the page table, empty; freed on failure
 * @flags: IOPASID_HWPT_ALLOC_PASID, or 0
 * @fault: for its page requests, which the caller looks at; or NULL
 *
 * To be published, or given to iofd_hwpt_abort().
 *
 * Context: may sleep, and wait for memory of users; no lock held.
 * Return: the HWPT; ERR_PTR(-ENOENT) when the address space or the queue is
 * being destroyed; ERR_PTR(-EOPNOTSUPP) when the unit reports no page requests;
 * ERR_PTR of iofd_ioas_add_domain()'s errors; ERR_PTR(-ENOMEM),
 * ERR_PTR(-ENOSPC).
 */
struct iofd_hwpt *iofd_hwpt_create(struct iofd_ctx *ctx, struct iofd_ioas *ioas,
				   struct iopasid_domain *domain, u32 flags,
				   struct iofd_fault_queue *fault)
{
	struct iofd_hwpt *hwpt = kzalloc(sizeof(*hwpt), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!hwpt)
		goto free_domain;
	hwpt->ioas = ioas;
	hwpt->domain = domain;
	hwpt->fault = fault;
	hwpt->pasid = flags & IOPASID_HWPT_ALLOC_PASID;
	mutex_init(&hwpt->pins_lock);
	hwpt->pins = RB_ROOT;

	ret = iofd_hwpt_use(hwpt);
	if (ret)
		goto free_hwpt;
	ret = iofd_object_reserve(ctx, &hwpt->obj, &iofd_hwpt_type);
	if (ret)
		goto unuse;
	ret = ioas ? iofd_ioas_add_domain(ioas, domain) : 0;
	if (ret)
		goto abort;
	return hwpt;

abort:
	iofd_object_abort(&hwpt->obj);
unuse:
	if (fault)
		iofd_object_unuse(&fault->obj);
	if (ioas)
		iofd_object_unuse(&ioas->obj);
free_hwpt:
	mutex_destroy(&hwpt->pins_lock);
	kfree(hwpt);
free_domain:
	iopasid_domain_free(domain);
	return ERR_PTR(ret);
}

/**
 * iofd_hwpt_abort() - undo iofd_hwpt_create()
 * @hwpt: not published, attached nowhere
 *
 * Context: may sleep, no lock held.
 */
void iofd_hwpt_abort(struct iofd_hwpt *hwpt)
{
	iofd_object_abort(&hwpt->obj);
	iofd_hwpt_free(hwpt);
}

/* What the kind of unit wants to know, in kernel memory; NULL: nothing. */
static void *iofd_hwpt_copy_data(const struct iommu_hwpt_alloc *cmd)
{
	if (!cmd->data_type != !cmd->data_len)
		return ERR_PTR(-EINVAL);
	if (!cmd->data_len)
		return NULL;
	if (cmd->data_len > PAGE_SIZE)
		return ERR_PTR(-E2BIG);
	return memdup_user(u64_to_user_ptr(cmd->data_uptr), cmd->data_len);
}

/* An empty page table for the device of the call */
static struct iopasid_domain *
iofd_hwpt_alloc_domain(struct iofd_ctx *ctx, const struct iommu_hwpt_alloc *cmd,
		       const void *data)
{
	const struct iopasid_alloc_data alloc_data = {
		.type = cmd->data_type,
		.size = cmd->data_len,
		.data = data,
	};
	struct iofd_device *idev = iofd_device_get(ctx, cmd->dev_id);
	struct iopasid_domain *domain;
	u32 flags = 0;

	if (IS_ERR(idev))
		return ERR_CAST(idev);
	if (cmd->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		flags |= IOPASID_ALLOC_DIRTY_TRACKING;
	if (cmd->flags & IOPASID_HWPT_ALLOC_PASID)
		flags |= IOPASID_ALLOC_PASID;
	domain = iopasid_domain_alloc_user(idev->dev, flags,
					   data ? &alloc_data : NULL);
	iofd_object_put(&idev->obj);
	return domain;
}

static struct iofd_hwpt *
iofd_hwpt_alloc_fault(struct iofd_ioas *ioas, struct iopasid_domain *domain,
		      const struct iommu_hwpt_alloc *cmd)
{
	struct iofd_fault_queue *fault;
	struct iofd_hwpt *hwpt;

	if (!(cmd->flags & IOMMU_HWPT_FAULT_ID_VALID))
		return iofd_hwpt_create(ioas->obj.ctx, ioas, domain,
					cmd->flags, NULL);

	fault = iofd_fault_queue_get(ioas->obj.ctx, cmd->fault_id);
	if (IS_ERR(fault)) {
		iopasid_domain_free(domain);
		return ERR_CAST(fault);
	}
	hwpt = iofd_hwpt_create(ioas->obj.ctx, ioas, domain, cmd->flags, fault);
	iofd_object_put(&fault->obj);
	return hwpt;
}

/* The address space that the call names; its errors are those of mainline. */
static struct iofd_ioas *iofd_hwpt_alloc_ioas(struct iofd_ctx *ctx,
					      const struct iommu_hwpt_alloc *cmd)
{
	struct iofd_ioas *ioas = iofd_ioas_get(ctx, cmd->pt_id);
	struct iofd_hwpt *parent;
	bool nested;

	if (!IS_ERR(ioas))
		return ioas;
	parent = iofd_hwpt_get(ctx, cmd->pt_id);
	if (IS_ERR(parent))
		return ERR_PTR(-EINVAL);
	/* A nested page table: there are none, and no parents for them. */
	nested = parent->ioas && !cmd->data_len;
	iofd_object_put(&parent->obj);
	return ERR_PTR(nested ? -EOPNOTSUPP : -EINVAL);
}

static int iofd_hwpt_alloc_copied(struct iofd_call *call, const void *data)
{
	struct iommu_hwpt_alloc *cmd = call->cmd;
	struct iopasid_domain *domain;
	struct iofd_hwpt *hwpt;
	struct iofd_ioas *ioas;
	int ret;

	domain = iofd_hwpt_alloc_domain(call->ctx, cmd, data);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ioas = iofd_hwpt_alloc_ioas(call->ctx, cmd);
	if (IS_ERR(ioas)) {
		iopasid_domain_free(domain);
		return PTR_ERR(ioas);
	}
	hwpt = iofd_hwpt_alloc_fault(ioas, domain, cmd);
	iofd_object_put(&ioas->obj);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);

	cmd->out_hwpt_id = hwpt->obj.id;
	ret = iofd_call_respond(call, sizeof(*cmd));
	if (ret)
		iofd_hwpt_abort(hwpt);
	else
		iofd_object_publish(&hwpt->obj);
	return ret;
}

/**
 * iofd_hwpt_alloc() - IOMMU_HWPT_ALLOC
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is no such device or fault queue; -EINVAL when
 * pt_id is no address space, or data and its type do not go together;
 * -EOPNOTSUPP for flags and data that the device's unit cannot do, fields that
 * must be 0, and nested page tables; -E2BIG and -EINVAL for data that the unit
 * does not understand; -ENOMEM, -ENOSPC, -EFAULT; what mapping everything gives.
 */
int iofd_hwpt_alloc(struct iofd_call *call)
{
	const u32 known = IOMMU_HWPT_ALLOC_DIRTY_TRACKING |
			  IOMMU_HWPT_FAULT_ID_VALID | IOPASID_HWPT_ALLOC_PASID;
	struct iommu_hwpt_alloc *cmd = call->cmd;
	void *data;
	int ret;

	if (cmd->__reserved || cmd->__reserved2)
		return -EOPNOTSUPP;
	data = iofd_hwpt_copy_data(cmd);
	if (IS_ERR(data))
		return PTR_ERR(data);
	ret = cmd->flags & ~known ? -EOPNOTSUPP :
		iofd_hwpt_alloc_copied(call, data);
	kfree(data);
	return ret;
}
