// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: units
 *
 * A provider registers a unit when its translation is on and everything
 * behind it passes through. Registration takes the devices that are present;
 * those that come later are taken by the bus notifier. Unregistration puts
 * every device back to pass-through before it is let go.
 *
 * While a driver is bound to one of its devices, or a user context owns a group
 * of them, the provider's module is held, so a unit that goes has no driver
 * behind it but those that were there before it (foreign: pass-through all
 * along).
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/export.h>
#include <linux/list.h>

#include "core.h"

LIST_HEAD(iopasid_units);

/**
 * iopasid_pci_units_locked() - is any unit in front of PCI devices?
 *
 * Context: topology lock held.
 * Return: whether one is.
 */
bool iopasid_pci_units_locked(void)
{
	struct iopasid_unit *unit;

	lockdep_assert_held(&iopasid_topology_lock);

	list_for_each_entry(unit, &iopasid_units, node)
		if (!unit->bus)
			return true;
	return false;
}

/**
 * iopasid_unit_register() - a unit is ready: take the devices behind it
 * @unit: name, dev and provider are set; every device behind it passes
 *	through
 *
 * Context: process; a provider of PCI units holds the PCI rescan lock.
 * Takes the topology lock. A device that cannot be taken is left as it was, with
 * a line that says why.
 * Return: 0, -EINVAL when the unit's own bus is not registered.
 */
int iopasid_unit_register(struct iopasid_unit *unit)
{
	int ret;

	INIT_LIST_HEAD(&unit->devices);
	atomic64_set(&unit->nr_faults, 0);

	/* First: what comes after the scan must be seen. */
	ret = unit->bus ? iopasid_bus_watch(unit) : 0;
	if (ret)
		return ret;
	mutex_lock(&iopasid_topology_lock);
	list_add_tail(&unit->node, &iopasid_units);
	if (unit->bus)
		iopasid_bus_scan_locked(unit);
	else
		iopasid_pci_scan_locked(unit);
	iopasid_unit_settle_locked(unit);
	mutex_unlock(&iopasid_topology_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(iopasid_unit_register);

/**
 * iopasid_unit_unregister() - the unit goes: let go of its devices
 * @unit: a registered unit
 *
 * Every device's RID is back at the identity domain afterwards, no PASID is
 * attached, and no op of the provider is called any more.
 *
 * Context: process, as iopasid_unit_register().
 */
void iopasid_unit_unregister(struct iopasid_unit *unit)
{
	struct iopasid_device *idev, *next;

	mutex_lock(&iopasid_topology_lock);
	list_for_each_entry_safe(idev, next, &unit->devices, unit_node)
		iopasid_device_remove_locked(idev, false);
	list_del(&unit->node);
	if (!iopasid_pci_units_locked())
		iopasid_acs_restore();
	mutex_unlock(&iopasid_topology_lock);
	if (unit->bus)
		iopasid_bus_unwatch(unit);
}
EXPORT_SYMBOL_GPL(iopasid_unit_unregister);
