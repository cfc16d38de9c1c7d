// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which PCI devices are behind a unit.
 */
#include <linux/pci.h>

#include "vtd.h"

/**
 * DOC: scopes
 *
 * The DMAR table names devices by the way from a root bus down. Here a PCI
 * device of Linux becomes such a way; vtd-dmar.c compares. A virtual function
 * (SR-IOV) is behind the unit of its physical function.
 *
 * A unit starts with a pass-through context entry for every source id in its
 * scope, bridges and devices without a driver included: when translation goes
 * on, nothing changes for anyone. Once the core has taken its devices, those
 * that it did not take follow the module parameter "unmanaged", devices of the
 * ACPI name space among them. So do bridges that come later; another device that
 * the core refuses then stays blocked. A source id is blocked when its last
 * device has gone.
 *
 * Firmware may demand that a device keeps reaching some memory (RMRR). Such a
 * device is never blocked here, and the core does not attach it to the blocked
 * domain or to a user's.
 */

/* Deep enough for any real machine; deeper devices are not found */
#define VTD_PATH_MAX	16

/* Fill @hop from its end; the first hop that is used, NULL: too deep. */
static struct vtd_pci_hop *vtd_scope_hops(struct pci_dev *pdev,
					  struct vtd_pci_hop *hop)
{
	unsigned int i = VTD_PATH_MAX;

	for (; pdev; pdev = pdev->bus->self) {
		if (!i)
			return NULL;
		i--;
		hop[i].bus = pdev->bus->number;
		hop[i].devfn = pdev->devfn;
	}
	return &hop[i];
}

static bool vtd_scope_path(struct pci_dev *pdev, struct vtd_pci_hop *hop,
			   struct vtd_pci_path *path)
{
	/* VMD makes up segments that no table knows. */
	if (pci_domain_nr(pdev->bus) > U16_MAX)
		return false;
	path->hop = vtd_scope_hops(pdev, hop);
	if (!path->hop)
		return false;
	path->segment = pci_domain_nr(pdev->bus);
	path->nr = hop + VTD_PATH_MAX - path->hop;
	return true;
}

/**
 * vtd_scope_covers() - is a PCI device behind a unit?
 * @unit: the unit
 * @pdev: the device
 *
 * Context: any.
 * Return: whether it is.
 */
bool vtd_scope_covers(const struct vtd_unit *unit, struct pci_dev *pdev)
{
	struct vtd_pci_hop hop[VTD_PATH_MAX];
	struct vtd_pci_path path;

	return vtd_scope_path(pci_physfn(pdev), hop, &path) &&
	       vtd_dmar_find_drhd(unit->dmar, &path) == unit->drhd;
}

/**
 * vtd_scope_rmrr() - does firmware want a device to reach a range?
 * @rmrr: the range
 * @pdev: the device
 *
 * Context: any.
 * Return: whether it does.
 */
bool vtd_scope_rmrr(const struct vtd_rmrr *rmrr, struct pci_dev *pdev)
{
	struct vtd_pci_hop hop[VTD_PATH_MAX];
	struct vtd_pci_path path;

	/* There were no virtual functions when firmware wrote the table. */
	return !pdev->is_virtfn && vtd_scope_path(pdev, hop, &path) &&
	       vtd_scopes_match(&rmrr->scopes, &path);
}

/**
 * vtd_scope_has_rmrr() - does firmware want a device to reach anything?
 * @dmar: the table
 * @pdev: the device
 *
 * Context: any.
 * Return: whether it does.
 */
bool vtd_scope_has_rmrr(const struct vtd_dmar *dmar, struct pci_dev *pdev)
{
	const struct vtd_rmrr *rmrr;

	list_for_each_entry(rmrr, &dmar->rmrrs, node)
		if (vtd_scope_rmrr(rmrr, pdev))
			return true;
	return false;
}

/* Source ids of devices with an RMRR, while others are blocked */
#define VTD_REQUESTER_NEEDED	XA_MARK_0

/**
 * vtd_scope_for_each_source() - call a function for every source id of a device
 * @pdev: the device
 * @fn: the function; its own source id comes first, and may come again
 * @data: for @fn
 *
 * Context: may sleep.
 * Return: 0, or what @fn returned to end the walk.
 */
int vtd_scope_for_each_source(struct pci_dev *pdev, iopasid_alias_fn fn,
			      void *data)
{
	return fn(pci_dev_id(pdev), data) ?:
	       iopasid_pci_for_each_alias(pdev, fn, data);
}

/* Devices that ACPI names, and PCI does not show: the table has the source id */
static int vtd_scope_present_namespace(struct vtd_unit *unit)
{
	const struct vtd_scopes *scopes = &unit->drhd->scopes;
	unsigned int i;
	int ret;

	for (i = 0; i < scopes->nr; i++) {
		const struct vtd_scope *scope = &scopes->scope[i];
		const struct acpi_dmar_pci_path *path = scope->path;

		if (scope->type != ACPI_DMAR_SCOPE_TYPE_NAMESPACE ||
		    !scope->nr_path)
			continue;
		ret = vtd_context_pass(PCI_DEVID(scope->start_bus,
						 PCI_DEVFN(path->device,
							   path->function)),
				       unit);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * vtd_scope_present() - pass-through for every PCI function in scope
 * @unit: the unit, not translating yet
 *
 * Context: PCI rescan lock; may sleep.
 * Return: 0, -ENOMEM.
 */
int vtd_scope_present(struct vtd_unit *unit)
{
	struct pci_dev *pdev = NULL;
	int ret;

	lockdep_assert_not_held(&unit->table_lock);

	for_each_pci_dev(pdev) {
		if (!vtd_scope_covers(unit, pdev))
			continue;
		ret = vtd_scope_for_each_source(pdev, vtd_context_pass, unit);
		if (ret) {
			pci_dev_put(pdev);
			return ret;
		}
	}
	return vtd_scope_present_namespace(unit);
}

static int vtd_scope_mark_source(u16 source_id, void *data)
{
	struct vtd_unit *unit = data;

	xa_set_mark(&unit->requesters, source_id, VTD_REQUESTER_NEEDED);
	return 0;
}

static void vtd_scope_block(struct vtd_requester *req)
{
	/* A failed flush has said so; the entry is blocked all the same */
	if (vtd_context_state(req) == VTD_CONTEXT_PASS)
		vtd_context_set(req, VTD_CONTEXT_BLOCKED, 0);
}

/**
 * vtd_scope_unmanaged() - apply the module parameter "unmanaged"
 * @unit: the unit, registered with the core
 *
 * Blocks source ids that no managed device uses, nor one that firmware needs.
 *
 * Context: PCI rescan lock; may sleep.
 */
void vtd_scope_unmanaged(struct vtd_unit *unit)
{
	struct pci_dev *pdev = NULL;
	struct vtd_requester *req;
	unsigned long source_id;

	if (!vtd_unmanaged_blocked)
		return;
	for_each_pci_dev(pdev)
		if (vtd_scope_covers(unit, pdev) &&
		    vtd_scope_has_rmrr(unit->dmar, pdev))
			vtd_scope_for_each_source(pdev, vtd_scope_mark_source, unit);
	xa_for_each(&unit->requesters, source_id, req)
		if (!xa_get_mark(&unit->requesters, source_id,
				 VTD_REQUESTER_NEEDED))
			vtd_scope_block(req);
}

/* Another device that the core refused stays blocked. */
static bool vtd_scope_may_pass(struct vtd_unit *unit, struct pci_dev *pdev)
{
	return vtd_scope_has_rmrr(unit->dmar, pdev) ||
	       (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL &&
		!vtd_unmanaged_blocked);
}

/* The core has looked at the device before. */
static void vtd_scope_came(struct vtd_unit *unit, struct pci_dev *pdev)
{
	int ret;

	if (!vtd_scope_covers(unit, pdev) || !vtd_scope_may_pass(unit, pdev))
		return;
	ret = vtd_scope_for_each_source(pdev, vtd_context_pass, unit);
	if (ret)
		pci_err(pdev, "iopasid-vtd: its DMA stays blocked by %s: %pe\n",
			unit->name, ERR_PTR(ret));
}

/**
 * struct vtd_departure - a device that goes
 * @unit: its unit
 * @pdev: the device
 */
struct vtd_departure {
	struct vtd_unit *unit;
	struct pci_dev *pdev;
};

static int vtd_scope_is_source(u16 source_id, void *data)
{
	return source_id == *(u16 *)data;
}

/* Does a device that stays use a source id of the one that goes? */
static bool vtd_scope_stays(const struct vtd_departure *departure,
			    u16 source_id)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (pdev != departure->pdev &&
		    vtd_scope_covers(departure->unit, pdev) &&
		    vtd_scope_for_each_source(pdev, vtd_scope_is_source, &source_id)) {
			pci_dev_put(pdev);
			return true;
		}
	}
	return false;
}

static int vtd_scope_block_source(u16 source_id, void *data)
{
	const struct vtd_departure *departure = data;
	struct vtd_requester *req;

	req = vtd_requester_find(departure->unit, source_id);
	if (req && !vtd_scope_stays(departure, source_id))
		vtd_scope_block(req);
	return 0;
}

static void vtd_scope_went(struct vtd_unit *unit, struct pci_dev *pdev)
{
	struct vtd_departure departure = { .unit = unit, .pdev = pdev };

	if (vtd_scope_covers(unit, pdev))
		vtd_scope_for_each_source(pdev, vtd_scope_block_source, &departure);
}

static int vtd_scope_notify(struct notifier_block *nb, unsigned long event,
			    void *data)
{
	struct vtd_unit *unit = container_of(nb, struct vtd_unit, bus_nb);
	struct device *dev = data;

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		vtd_scope_came(unit, to_pci_dev(dev));
		return NOTIFY_OK;
	case BUS_NOTIFY_REMOVED_DEVICE:
		vtd_scope_went(unit, to_pci_dev(dev));
		return NOTIFY_OK;
	}
	return NOTIFY_DONE;
}

/**
 * vtd_scope_watch() - see PCI devices come and go
 * @unit: the unit
 *
 * Context: may sleep.
 * Return: 0, errno of the bus.
 */
int vtd_scope_watch(struct vtd_unit *unit)
{
	int ret;

	unit->bus_nb.notifier_call = vtd_scope_notify;
	/* Behind the core's */
	unit->bus_nb.priority = -1;
	ret = bus_register_notifier(&pci_bus_type, &unit->bus_nb);
	if (ret)
		unit->bus_nb.notifier_call = NULL;
	return ret;
}

/**
 * vtd_scope_unwatch() - undo vtd_scope_watch()
 * @unit: the unit; nothing happens if it does not watch
 *
 * Context: may sleep. No device is looked at any more when it returns.
 */
void vtd_scope_unwatch(struct vtd_unit *unit)
{
	if (unit->bus_nb.notifier_call)
		bus_unregister_notifier(&pci_bus_type, &unit->bus_nb);
	unit->bus_nb.notifier_call = NULL;
}
