// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: DMA by order of a program
 *
 * Each endpoint has a file /dev/iopasid-endpoint/<device>, root only, with VFIO's
 * device calls and IOPASID_ENDPOINT_DMA (include/uapi/iopasid/endpoint.h). What a
 * program gets depends on the driver that is bound:
 *
 * - iopasid-endpoint, which has DMA of its own: PASIDs only. Any number of programs
 *   may open the file; each has the PASIDs that it attaches.
 * - iopasid-endpoint-user (endpoint-user.c): the device, one program at a time.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/iopasid/endpoint.h>

#include <iopasid/pasid.h>
#include <iopasid/vfio-device.h>
#include <vtd-model/endpoint.h>

#include "endpoint.h"

static unsigned int endpoint_file_flags(u32 flags)
{
	static const struct {
		u32 flag;
		unsigned int dma_flag;
	} known[] = {
		{ IOPASID_ENDPOINT_WRITE, VTD_MODEL_WRITE },
		{ IOPASID_ENDPOINT_EXEC, VTD_MODEL_EXEC },
		{ IOPASID_ENDPOINT_PRIV, VTD_MODEL_PRIV },
		{ IOPASID_ENDPOINT_NO_ATS, VTD_MODEL_NO_ATS },
		{ IOPASID_ENDPOINT_NO_WAIT, VTD_MODEL_NO_WAIT },
	};
	unsigned int n, dma_flags = 0;

	for (n = 0; n < ARRAY_SIZE(known); n++)
		if (flags & known[n].flag)
			dma_flags |= known[n].dma_flag;
	return dma_flags;
}

static bool endpoint_file_valid(const struct iopasid_endpoint_dma *dma)
{
	const u32 known = IOPASID_ENDPOINT_WRITE | IOPASID_ENDPOINT_PASID |
			  IOPASID_ENDPOINT_EXEC | IOPASID_ENDPOINT_PRIV |
			  IOPASID_ENDPOINT_NO_ATS | IOPASID_ENDPOINT_NO_WAIT;

	if (dma->argsz < sizeof(*dma) || dma->flags & ~known)
		return false;
	if (dma->flags & IOPASID_ENDPOINT_PASID &&
	    (dma->pasid == IOMMU_NO_PASID || dma->pasid > IOPASID_PASID_LAST))
		return false;
	return dma->length && dma->length <= IOPASID_ENDPOINT_DMA_MAX;
}

/* Returns: enum iopasid_endpoint_result, or an errno of the call. */
static int endpoint_file_result(int ret)
{
	switch (ret) {
	case 0:
		return IOPASID_ENDPOINT_DONE;
	case -EFAULT:
		return IOPASID_ENDPOINT_BLOCKED;
	case -EIO:
		return IOPASID_ENDPOINT_NO_MEMORY;
	case -EPERM:
		return IOPASID_ENDPOINT_DENIED;
	case -ETIMEDOUT:
		return IOPASID_ENDPOINT_NO_ANSWER;
	}
	return ret;
}

static int endpoint_file_run(struct iofd_file *file,
			     const struct iopasid_endpoint_dma *dma, void *data)
{
	bool tagged = dma->flags & IOPASID_ENDPOINT_PASID;
	u32 pasid = tagged ? dma->pasid : IOMMU_NO_PASID;
	struct device *dev;
	int ret;

	ret = iopasid_iommufd_file_enter(file, pasid, &dev);
	if (ret)
		return ret;
	ret = vtd_model_dma(dev, tagged ? pasid : VTD_MODEL_NO_PASID, dma->addr,
			    data, dma->length, endpoint_file_flags(dma->flags));
	iopasid_iommufd_file_leave(file, pasid);
	return endpoint_file_result(ret);
}

static long endpoint_file_dma(struct iofd_file *file,
			      struct iopasid_endpoint_dma __user *arg)
{
	void *data __free(kvfree) = NULL;
	struct iopasid_endpoint_dma dma;
	void __user *user;
	int ret;

	if (copy_from_user(&dma, arg, sizeof(dma)))
		return -EFAULT;
	if (!endpoint_file_valid(&dma))
		return -EINVAL;
	user = u64_to_user_ptr(dma.data_uptr);
	data = kvzalloc(dma.length, GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;
	if (dma.flags & IOPASID_ENDPOINT_WRITE &&
	    copy_from_user(data, user, dma.length))
		return -EFAULT;
	ret = endpoint_file_run(file, &dma, data);
	if (ret < 0)
		return ret;
	if (!(dma.flags & IOPASID_ENDPOINT_WRITE) &&
	    ret == IOPASID_ENDPOINT_DONE &&
	    copy_to_user(user, data, dma.length))
		return -EFAULT;
	return put_user(ret, &arg->out_result);
}

/**
 * endpoint_file_ioctl() - a call that is not VFIO's
 * @file: the file, of a device that is bound
 * @cmd: which
 * @arg: its structure
 *
 * Context: may sleep.
 * Return: see include/uapi/iopasid/endpoint.h.
 */
long endpoint_file_ioctl(struct iofd_file *file, unsigned int cmd,
			 void __user *arg)
{
	if (cmd == IOPASID_ENDPOINT_DMA)
		return endpoint_file_dma(file, arg);
	return -ENOTTY;
}

static const struct iopasid_iommufd_node_ops endpoint_file_ops = {
	.owner	= THIS_MODULE,
	.mode	= IOPASID_IOMMUFD_PASIDS,
	.ioctl	= endpoint_file_ioctl,
};

/**
 * endpoint_file_add() - make the file of a device; PASIDs only
 * @ep: the device
 *
 * Return: 0, or as iopasid_iommufd_node_add().
 */
int endpoint_file_add(struct endpoint *ep)
{
	ep->node = iopasid_iommufd_node_add(ep->dev, ENDPOINT_NAME,
					    &endpoint_file_ops);
	return PTR_ERR_OR_ZERO(ep->node);
}

/**
 * endpoint_file_remove() - remove it: no program uses the device any more
 * @ep: the device; its DMA is off, so that nobody waits for a page
 */
void endpoint_file_remove(struct endpoint *ep)
{
	iopasid_iommufd_node_remove(ep->node);
}
