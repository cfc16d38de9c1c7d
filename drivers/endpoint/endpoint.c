// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the driver of test endpoints
 *
 * The devices behind a software VT-d unit can do nothing but DMA: to any address,
 * with or without a PASID, at once. This driver lets people and tests drive them
 * by files below debugfs (endpoint-debugfs.c), and programs by PASIDs of their own
 * (endpoint-file.c). Devices that belong to programs have another driver, in
 * endpoint-user.c.
 *
 * 1. probe() does what any driver does that uses the DMA API and a PASID: masks,
 *    memory, bus mastering, the attach API. Without a PASID it goes on.
 * 2. remove() stops the device's DMA first, for good; then the files, which waits
 *    for those inside, whose DMA fails from then on; then nothing is left that
 *    could map, and all goes back.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <iopasid/dma-pasid.h>
#include <vtd-model/endpoint.h>

#include "endpoint.h"

static unsigned int dma_bits = 64;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "address bits of the devices (default 64)");

/**
 * endpoint_pasid_attach() - get a PASID for the DMA API
 * @ep: the device
 *
 * Context: sleeps; ep->lock held, or nobody else has @ep.
 * Return: as iommu_attach_dma_api_pasid(); -EBUSY when there is one.
 */
int endpoint_pasid_attach(struct endpoint *ep)
{
	if (ep->pasid != IOMMU_PASID_INVALID)
		return -EBUSY;
	return iommu_attach_dma_api_pasid(ep->dev, &ep->pasid);
}

/**
 * endpoint_pasid_destroy() - give it back, if there is one
 * @ep: the device
 *
 * Context: as endpoint_pasid_attach().
 */
void endpoint_pasid_destroy(struct endpoint *ep)
{
	if (ep->pasid == IOMMU_PASID_INVALID)
		return;
	iommu_destroy_dma_api_pasid(ep->dev);
	ep->pasid = IOMMU_PASID_INVALID;
}

static int endpoint_probe(struct device *dev)
{
	struct endpoint *ep = devm_kzalloc(dev, sizeof(*ep), GFP_KERNEL);
	int ret;

	if (!ep)
		return -ENOMEM;
	ep->dev = dev;
	ep->pasid = IOMMU_PASID_INVALID;
	endpoint_master_init(&ep->master, dev);
	init_rwsem(&ep->use);
	mutex_init(&ep->lock);
	endpoint_slots_init(ep);
	dev_set_drvdata(dev, ep);

	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(dma_bits));
	if (ret)
		return dev_err_probe(dev, ret, "no DMA with %u bits\n",
				     dma_bits);
	ep->buffer = dmam_alloc_coherent(dev, ENDPOINT_BUFFER_SIZE,
					 &ep->buffer_addr, GFP_KERNEL);
	if (!ep->buffer)
		return -ENOMEM;
	ret = endpoint_master_set(&ep->master, true);
	if (ret)
		return ret;

	ret = endpoint_pasid_attach(ep);
	if (ret)
		dev_info(dev, "no PASID for DMA (%pe), going on without\n",
			 ERR_PTR(ret));
	ret = endpoint_file_add(ep);
	if (ret)
		goto destroy_pasid;
	endpoint_debugfs_add(ep);
	return 0;

destroy_pasid:
	vtd_model_set_master(dev, false);
	endpoint_pasid_destroy(ep);
	return ret;
}

static int endpoint_remove(struct device *dev)
{
	struct endpoint *ep = dev_get_drvdata(dev);

	endpoint_master_leave(&ep->master);
	endpoint_debugfs_remove(ep);
	endpoint_file_remove(ep);
	endpoint_domain_detach(ep);
	endpoint_slots_free(ep);
	endpoint_pasids_detach_all(ep);
	endpoint_pasid_destroy(ep);
	return 0;
}

static struct device_driver endpoint_driver = {
	.name	= ENDPOINT_NAME,
	.owner	= THIS_MODULE,
	.bus	= &vtd_model_bus,
	.probe	= endpoint_probe,
	.remove	= endpoint_remove,
};

static int __init endpoint_init(void)
{
	int ret;

	if (!dma_bits || dma_bits > 64) {
		pr_err(ENDPOINT_NAME ": dma_bits=%u: must be 1 to 64\n",
		       dma_bits);
		return -EINVAL;
	}
	endpoint_debugfs_init();
	ret = driver_register(&endpoint_driver);
	if (ret)
		goto remove_files;
	ret = endpoint_user_init();
	if (ret)
		goto unregister;
	return 0;

unregister:
	driver_unregister(&endpoint_driver);
remove_files:
	endpoint_debugfs_exit();
	return ret;
}
module_init(endpoint_init);

static void __exit endpoint_exit(void)
{
	endpoint_user_exit();
	driver_unregister(&endpoint_driver);
	endpoint_debugfs_exit();
}
module_exit(endpoint_exit);

/* The unit's driver first: a device that is bound before stays pass-through. */
MODULE_SOFTDEP("pre: iopasid-vtd");
MODULE_ALIAS("vtd-model:endpoint");
MODULE_DESCRIPTION("Test endpoints behind a software VT-d unit");
MODULE_LICENSE("GPL");
