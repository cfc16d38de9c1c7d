// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI devices behind a unit: what firmware and configuration space say.
 */
#include <linux/pci.h>
#include <linux/pci-ats.h>

#include "vtd.h"

/**
 * DOC: PCI devices
 *
 * Which devices are behind a unit is vtd-scope.c's answer, which of them can be
 * kept apart the core's.
 *
 * A device's PASID ability is switched on from probe to release, whether or not
 * a PASID is attached: its virtual functions share it, and without an entry in
 * the PASID table a tagged DMA is blocked anyway.
 *
 * The children of Intel's VMD send DMA with the source id of the VMD and are not
 * managed, so the VMD itself must pass through.
 *
 * Locking: the PCI rescan lock around start and stop of a unit, so that no device
 * comes or goes in between.
 */

static int vtd_pci_start(struct vtd_unit *unit)
{
	return vtd_scope_watch(unit) ?: vtd_scope_present(unit);
}

static bool vtd_pci_covers(struct vtd_unit *unit, struct device *dev)
{
	return dev_is_pci(dev) && vtd_scope_covers(unit, to_pci_dev(dev));
}

/* A virtual function has the ability of its physical one. */
static bool vtd_pci_enable_pasid(struct vtd_device *vdev)
{
	struct pci_dev *pdev = to_pci_dev(vdev->dev);
	int ret;

	if (pci_physfn(pdev)->pasid_enabled)
		return true;
	if (pdev->is_virtfn)
		return false;
	ret = pci_enable_pasid(pdev, 0);
	if (ret) {
		pci_notice(pdev, "iopasid-vtd: PASID cannot be switched on (%pe): a switch above it does not pass it on, or lacks ACS\n",
			   ERR_PTR(ret));
		return false;
	}
	vdev->pasid_enabled = true;
	return true;
}

static u32 vtd_pci_enable(struct vtd_device *vdev)
{
	int max = pci_max_pasids(to_pci_dev(vdev->dev));

	if (max <= 0 || !vtd_unit_tags(vdev->unit) ||
	    !vtd_pci_enable_pasid(vdev))
		return 0;
	return max;
}

static void vtd_pci_disable(struct vtd_device *vdev)
{
	if (vdev->pasid_enabled)
		pci_disable_pasid(to_pci_dev(vdev->dev));
	vdev->pasid_enabled = false;
}

static int vtd_pci_for_each_source(struct vtd_device *vdev, iopasid_alias_fn fn,
				   void *data)
{
	return vtd_scope_for_each_source(to_pci_dev(vdev->dev), fn, data);
}

static struct iopasid_group *vtd_pci_group(struct vtd_device *vdev)
{
	return iopasid_pci_device_group(vdev->idev);
}

/* Intel's RAID controllers; nothing else tells a VMD before its driver binds. */
static bool vtd_pci_may_be_vmd(const struct vtd_device *vdev)
{
	const struct pci_dev *pdev = to_pci_dev(vdev->dev);

	return pdev->vendor == PCI_VENDOR_ID_INTEL &&
	       pdev->class >> 8 == PCI_CLASS_STORAGE_RAID;
}

static int vtd_pci_resv_regions(struct vtd_device *vdev, struct list_head *list)
{
	const struct vtd_rmrr *rmrr;
	int ret;

	list_for_each_entry(rmrr, &vdev->unit->dmar->rmrrs, node) {
		if (!vtd_scope_rmrr(rmrr, to_pci_dev(vdev->dev)))
			continue;
		ret = vtd_resv_add(list, rmrr->first, rmrr->last,
				   IOPASID_RESV_DIRECT);
		if (ret)
			return ret;
	}
	return 0;
}

const struct vtd_bus_ops vtd_pci_ops = {
	.start			= vtd_pci_start,
	.settled		= vtd_scope_unmanaged,
	.stop			= vtd_scope_unwatch,
	.lock			= pci_lock_rescan_remove,
	.unlock			= pci_unlock_rescan_remove,
	.covers			= vtd_pci_covers,
	.enable			= vtd_pci_enable,
	.disable		= vtd_pci_disable,
	.for_each_source	= vtd_pci_for_each_source,
	.group			= vtd_pci_group,
	.must_pass		= vtd_pci_may_be_vmd,
	.resv_regions		= vtd_pci_resv_regions,
};
