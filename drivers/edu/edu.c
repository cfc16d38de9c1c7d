// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: edu, the example of the attach API
 *
 * QEMU's edu device (1234:11e8) has 4 KiB of memory of its own and an engine
 * that copies between it and the machine's memory. This driver is what the
 * author of a driver reads to see a PASID of the DMA API in use:
 *
 * 1. probe() sets the DMA mask and maps memory as any driver does, then asks
 *    for the PASID. Without one the driver works as it always did: no IOMMU, no
 *    PASID ability or a kernel without the framework are no reason to fail.
 * 2. Each address that dma_alloc_coherent() or dma_map_single() returns is good
 *    for DMA with the PASID and without it. Nothing else changes in a driver.
 * 3. remove() first stops the device's DMA, then gives the PASID back, and only
 *    then may memory be unmapped and freed.
 *
 * The engine cannot put a PASID on the bus; a real device's driver would write
 * edu->pasid into its descriptors. A transfer takes 100 ms, and one that the
 * IOMMU blocks is no error for the device: it reads zeroes, and what it writes
 * is dropped.
 *
 * edu-user.c is another example: a device for programs. The other files of this
 * folder are controls for people and tests.
 */

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <iopasid/dma-pasid.h>

#include "edu.h"

/* Registers, offsets in BAR 0 */
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98
#define   EDU_DMA_RUN			BIT_ULL(0)
#define   EDU_DMA_FROM_DEVICE		BIT_ULL(1)

/* Where the engine sees the device's own memory */
#define EDU_MEMORY		0x40000

#define EDU_POLL_US		2000
#define EDU_TIMEOUT_US		(5 * USEC_PER_SEC)

static unsigned int dma_bits = 28;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "address bits of the DMA engine, QEMU's dma_mask (default 28)");

/**
 * edu_copy_part() - one transfer between an address and the device's memory
 * @edu: the device
 * @offset: in the device's memory
 * @addr: the address that the device puts on the bus
 * @len: bytes, from 1 on, to the end of the device's memory at most
 * @dir: DMA_TO_DEVICE or DMA_FROM_DEVICE
 *
 * Context: sleeps.
 * Return: 0, -EINVAL, -ETIMEDOUT: then the device's DMA is off for good.
 */
int edu_copy_part(struct edu *edu, size_t offset, dma_addr_t addr, size_t len,
		  enum dma_data_direction dir)
{
	dma_addr_t memory = EDU_MEMORY + offset;
	bool from_device = dir == DMA_FROM_DEVICE;
	u64 command = EDU_DMA_RUN | (from_device ? EDU_DMA_FROM_DEVICE : 0);
	int ret;

	if (!len || len > EDU_MEMORY_SIZE || offset > EDU_MEMORY_SIZE - len)
		return -EINVAL;

	guard(mutex)(&edu->lock);
	writeq(from_device ? memory : addr, edu->regs + EDU_DMA_SRC);
	writeq(from_device ? addr : memory, edu->regs + EDU_DMA_DST);
	writeq(len, edu->regs + EDU_DMA_COUNT);
	writeq(command, edu->regs + EDU_DMA_COMMAND);

	ret = readq_poll_timeout(edu->regs + EDU_DMA_COMMAND, command,
				 !(command & EDU_DMA_RUN), EDU_POLL_US,
				 EDU_TIMEOUT_US);
	if (ret) {
		pci_clear_master(edu->pdev);
		dev_err(&edu->pdev->dev, "DMA did not end, bus mastering is off\n");
	}
	return ret;
}

/**
 * edu_copy() - the same from the start of the device's memory
 * @edu: the device
 * @addr: the address that the device puts on the bus
 * @len: bytes, 1 to EDU_MEMORY_SIZE
 * @dir: DMA_TO_DEVICE or DMA_FROM_DEVICE
 *
 * Context: sleeps.
 * Return: as edu_copy_part().
 */
int edu_copy(struct edu *edu, dma_addr_t addr, size_t len,
	     enum dma_data_direction dir)
{
	return edu_copy_part(edu, 0, addr, len, dir);
}

/**
 * edu_copy_streaming() - the same with memory that is mapped for this transfer
 * @edu: the device
 * @data: memory from kmalloc or the page allocator
 * @len: bytes, 1 to EDU_MEMORY_SIZE
 * @dir: DMA_TO_DEVICE or DMA_FROM_DEVICE
 *
 * Context: sleeps.
 * Return: 0, -ENOMEM when no address was left, or what edu_copy() returns.
 */
int edu_copy_streaming(struct edu *edu, void *data, size_t len,
		       enum dma_data_direction dir)
{
	struct device *dev = &edu->pdev->dev;
	dma_addr_t addr;
	int ret;

	addr = dma_map_single(dev, data, len, dir);
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;
	ret = edu_copy(edu, addr, len, dir);
	dma_unmap_single(dev, addr, len, dir);
	return ret;
}

static void edu_attach_pasid(struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	int ret;

	ret = iommu_attach_dma_api_pasid(dev, &edu->pasid);
	if (ret)
		dev_info(dev, "no PASID for DMA (%pe), going on without\n",
			 ERR_PTR(ret));
	else
		dev_info(dev, "DMA has PASID %#x\n", edu->pasid);
}

static void edu_destroy_pasid(struct edu *edu)
{
	if (edu->pasid == IOMMU_PASID_INVALID)
		return;
	iommu_destroy_dma_api_pasid(&edu->pdev->dev);
	edu->pasid = IOMMU_PASID_INVALID;
}

/**
 * edu_map() - get at a device's registers
 * @edu: zeroed memory, which gets @pdev, @regs and @lock
 * @pdev: the device
 *
 * Context: probe; undone when the driver is unbound.
 * Return: 0 or an errno.
 */
int edu_map(struct edu *edu, struct pci_dev *pdev)
{
	int ret;

	edu->pdev = pdev;
	mutex_init(&edu->lock);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	edu->regs = pcim_iomap_region(pdev, 0, EDU_NAME);
	return PTR_ERR_OR_ZERO(edu->regs);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct device *dev = &pdev->dev;
	struct edu *edu;
	int ret;

	edu = devm_kzalloc(dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	edu->pasid = IOMMU_PASID_INVALID;
	pci_set_drvdata(pdev, edu);

	ret = edu_map(edu, pdev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(dma_bits));
	if (ret)
		return dev_err_probe(dev, ret, "no DMA with %u bits\n",
				     dma_bits);
	edu->buffer = dmam_alloc_coherent(dev, EDU_MEMORY_SIZE,
					  &edu->buffer_addr, GFP_KERNEL);
	if (!edu->buffer)
		return -ENOMEM;

	pci_set_master(pdev);
	edu_attach_pasid(edu);

	ret = edu_debugfs_add(edu);
	if (ret)
		goto destroy_pasid;
	return 0;

destroy_pasid:
	pci_clear_master(pdev);
	edu_destroy_pasid(edu);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	pci_clear_master(pdev);
	edu_debugfs_remove(edu);
	edu_destroy_pasid(edu);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR_ID, EDU_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = EDU_NAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};

static int __init edu_init(void)
{
	int ret;

	if (!dma_bits || dma_bits > 64) {
		pr_err(EDU_NAME ": dma_bits=%u: must be 1 to 64\n", dma_bits);
		return -EINVAL;
	}
	edu_debugfs_init();
	ret = pci_register_driver(&edu_driver);
	if (ret)
		goto remove_files;
	ret = edu_user_init();
	if (ret)
		goto unregister;
	return 0;

unregister:
	pci_unregister_driver(&edu_driver);
remove_files:
	edu_debugfs_exit();
	return ret;
}
module_init(edu_init);

static void __exit edu_exit(void)
{
	edu_user_exit();
	pci_unregister_driver(&edu_driver);
	edu_debugfs_exit();
}
module_exit(edu_exit);

MODULE_DESCRIPTION("QEMU's edu device, the example of the DMA API PASID");
MODULE_LICENSE("GPL");
