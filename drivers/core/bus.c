// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: devices on buses other than PCI
 *
 * A unit may be in front of the devices of a bus of its own kind (software
 * units are). Such a bus has one watcher here for each of its units. A device
 * that comes is shown to all units; whatever else happens to it is the
 * watcher's business whose unit manages it, so nothing is done twice.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/notifier.h>

#include "core.h"

/**
 * iopasid_device_notify() - what happens to a device on any bus
 * @dev: the device
 * @event: BUS_NOTIFY_..., the coming of a device apart
 *
 * Context: of a bus notifier.
 * Return: NOTIFY_OK, NOTIFY_DONE for events that do not matter.
 */
int iopasid_device_notify(struct device *dev, unsigned long event)
{
	switch (event) {
	case BUS_NOTIFY_BIND_DRIVER:
		iopasid_device_bind(dev);
		return NOTIFY_OK;
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		iopasid_device_bind_failed(dev);
		return NOTIFY_OK;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		iopasid_device_unbind(dev);
		return NOTIFY_OK;
	case BUS_NOTIFY_REMOVED_DEVICE:
		iopasid_device_remove(dev);
		return NOTIFY_OK;
	}
	return NOTIFY_DONE;
}

/* A device that is just being taken counts: its driver may bind meanwhile. */
static bool iopasid_unit_manages(const struct iopasid_unit *unit,
				 struct device *dev)
{
	struct iopasid_device *idev;
	bool manages;

	mutex_lock(&iopasid_topology_lock);
	idev = iopasid_device_get(dev);
	manages = idev && idev->unit == unit;
	mutex_unlock(&iopasid_topology_lock);
	if (idev)
		iopasid_device_put(idev);
	return manages;
}

static int iopasid_bus_notify(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	struct iopasid_unit *unit =
		container_of(nb, struct iopasid_unit, bus_nb);
	struct device *dev = data;

	if (event == BUS_NOTIFY_ADD_DEVICE) {
		iopasid_device_add(dev);
		return NOTIFY_OK;
	}
	if (!iopasid_unit_manages(unit, dev))
		return NOTIFY_DONE;
	return iopasid_device_notify(dev, event);
}

static int iopasid_bus_scan_device(struct device *dev, void *data)
{
	iopasid_device_add_locked(data, dev);
	return 0;
}

/**
 * iopasid_bus_scan_locked() - take all devices of a unit's own bus
 * @unit: the unit
 *
 * Context: topology lock held, may sleep.
 */
void iopasid_bus_scan_locked(struct iopasid_unit *unit)
{
	lockdep_assert_held(&iopasid_topology_lock);

	bus_for_each_dev(unit->bus, NULL, unit, iopasid_bus_scan_device);
}

/**
 * iopasid_bus_watch() - see the devices of a unit's own bus come and go
 * @unit: the unit
 *
 * Context: may sleep, topology lock not held: notifications take it.
 * Return: 0, -EINVAL when the bus is not registered.
 */
int iopasid_bus_watch(struct iopasid_unit *unit)
{
	unit->bus_nb.notifier_call = iopasid_bus_notify;
	return bus_register_notifier(unit->bus, &unit->bus_nb);
}

/**
 * iopasid_bus_unwatch() - undo iopasid_bus_watch()
 * @unit: the unit; no notification for it runs afterwards
 *
 * Context: as iopasid_bus_watch().
 */
void iopasid_bus_unwatch(struct iopasid_unit *unit)
{
	bus_unregister_notifier(unit->bus, &unit->bus_nb);
}
