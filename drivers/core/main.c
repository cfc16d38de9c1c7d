// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: iopasid.ko
 *
 * The words of this module, as every file uses them:
 *
 * source id (RID)
 *	What the bus stamps on a DMA: bus 15:8, device-function 7:0.
 * PASID
 *	A 20-bit tag that picks one of many address spaces of a source id.
 *	0 stands for a DMA without a PASID.
 * unit, provider
 *	One IOMMU, and the driver of its kind.
 * device
 *	Our record of one struct device behind a unit.
 * group
 *	Devices that the hardware cannot tell apart or keep apart: the smallest
 *	thing that has an address space of its own.
 * domain
 *	One I/O address space. It knows its page table and nothing of who uses
 *	it.
 * attachment
 *	The group's record "PASID P means domain D", with the members on which
 *	it is programmed.
 * DMA domain
 *	The domain that dma_map_*() of a group's drivers fills.
 * page request, fault group
 *	A device asks for a page; those that get one answer.
 *
 * A provider registers units; the core finds the devices behind them, puts
 * them into groups and decides what their RIDs and PASIDs reach. The core
 * holds policy and no register.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/module.h>

#include "core.h"
#include "dma-hooks.h"

static int __init iopasid_init(void)
{
	int ret;

	ret = iopasid_dma_init();
	if (ret)
		return ret;
	ret = iopasid_page_timeout_check();
	if (ret)
		return ret;
	ret = iopasid_sva_init();
	if (ret)
		return ret;
	ret = iopasid_fence_init();
	if (ret)
		goto undo_sva;
	ret = iopasid_device_init();
	if (ret)
		goto undo_fence;
	iopasid_debugfs_init();
	ret = iopasid_pci_init();
	if (ret)
		goto undo;
	return 0;

undo:
	iopasid_debugfs_exit();
	iopasid_device_exit();
undo_fence:
	iopasid_fence_exit();
undo_sva:
	iopasid_sva_exit();
	return ret;
}

static void __exit iopasid_exit(void)
{
	iopasid_pci_exit();
	iopasid_debugfs_exit();
	iopasid_device_exit();
	iopasid_fence_exit();
	iopasid_sva_exit();
	iopasid_number_exit();
}

module_init(iopasid_init);
module_exit(iopasid_exit);

MODULE_DESCRIPTION("PASIDs for users of the DMA API");
MODULE_LICENSE("GPL");
