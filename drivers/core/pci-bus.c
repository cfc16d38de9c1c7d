// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: PCI devices come and go
 *
 * Devices that are present are taken by the scan when a unit registers, later
 * ones by the bus notifier. Bridges are not taken: they send no DMA of their
 * own that a driver maps, and their drivers (port services, hot plug) are
 * bound for as long as the machine runs.
 *
 * An untrusted device (behind an external-facing port) is not managed, which
 * iopasid_device_add_locked() says when its unit is known: the kernel bounces its
 * DMA below page size, which dma_map_ops of a module cannot. What its DMA reaches
 * is the unit's choice.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/suspend.h>

#include "core.h"

static bool iopasid_pci_wanted(struct pci_dev *pdev)
{
	return pdev->hdr_type == PCI_HEADER_TYPE_NORMAL;
}

/**
 * iopasid_pci_untrusted() - the kernel would bounce a device's DMA
 * @dev: any device
 *
 * Return: true for a PCI device behind an external-facing port.
 */
bool iopasid_pci_untrusted(struct device *dev)
{
	return dev_is_pci(dev) && to_pci_dev(dev)->untrusted;
}

/**
 * iopasid_pci_scan_locked() - take all PCI devices that a unit is in front of
 * @unit: the unit
 *
 * Two passes: isolation is switched on everywhere before anything is grouped.
 *
 * Context: topology lock held, may sleep.
 */
void iopasid_pci_scan_locked(struct iopasid_unit *unit)
{
	struct pci_dev *pdev = NULL;

	lockdep_assert_held(&iopasid_topology_lock);

	for_each_pci_dev(pdev)
		iopasid_acs_enable(pdev);
	for_each_pci_dev(pdev)
		if (iopasid_pci_wanted(pdev))
			iopasid_device_add_locked(unit, &pdev->dev);
}

static void iopasid_pci_came(struct pci_dev *pdev)
{
	bool units;

	mutex_lock(&iopasid_topology_lock);
	units = iopasid_pci_units_locked();
	if (units)
		iopasid_acs_enable(pdev);
	mutex_unlock(&iopasid_topology_lock);
	/* A unit that registers from here on finds the device by its scan. */
	if (units && iopasid_pci_wanted(pdev))
		iopasid_device_add(&pdev->dev);
}

static void iopasid_pci_went(struct pci_dev *pdev)
{
	iopasid_device_remove(&pdev->dev);
	mutex_lock(&iopasid_topology_lock);
	iopasid_acs_forget(pdev);
	mutex_unlock(&iopasid_topology_lock);
}

static void iopasid_pci_reapply_acs(void)
{
	mutex_lock(&iopasid_topology_lock);
	iopasid_acs_reapply();
	mutex_unlock(&iopasid_topology_lock);
}

static int iopasid_pci_slept(struct notifier_block *nb, unsigned long event,
			     void *data)
{
	if (event != PM_POST_SUSPEND && event != PM_POST_HIBERNATION)
		return NOTIFY_DONE;
	iopasid_pci_reapply_acs();
	return NOTIFY_OK;
}

static int iopasid_pci_notify(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	struct device *dev = data;

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		iopasid_pci_came(to_pci_dev(dev));
		return NOTIFY_OK;
	case BUS_NOTIFY_BIND_DRIVER:
		iopasid_pci_reapply_acs();
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		iopasid_pci_went(to_pci_dev(dev));
		return NOTIFY_OK;
	}
	return iopasid_device_notify(dev, event);
}

static struct notifier_block iopasid_pci_nb = {
	.notifier_call = iopasid_pci_notify,
};

static struct notifier_block iopasid_pci_pm_nb = {
	.notifier_call = iopasid_pci_slept,
};

/**
 * iopasid_pci_init() - watch the bus
 *
 * Return: 0, errno of the bus.
 */
int iopasid_pci_init(void)
{
	int ret;

	ret = bus_register_notifier(&pci_bus_type, &iopasid_pci_nb);
	if (ret)
		return ret;
	ret = register_pm_notifier(&iopasid_pci_pm_nb);
	if (ret)
		bus_unregister_notifier(&pci_bus_type, &iopasid_pci_nb);
	return ret;
}

/**
 * iopasid_pci_exit() - stop watching; no notification runs afterwards
 */
void iopasid_pci_exit(void)
{
	unregister_pm_notifier(&iopasid_pci_pm_nb);
	bus_unregister_notifier(&pci_bus_type, &iopasid_pci_nb);
}
