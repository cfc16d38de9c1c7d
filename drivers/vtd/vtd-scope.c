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
 * that it did not take follow the module parameter "unmanaged".
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
	pdev = pci_physfn(pdev);
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

	return vtd_scope_path(pdev, hop, &path) &&
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

	return vtd_scope_path(pdev, hop, &path) &&
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

static int vtd_scope_present_source(u16 source_id, void *data)
{
	struct vtd_unit *unit = data;
	struct vtd_requester *req = vtd_requester_get(unit, source_id);

	if (IS_ERR(req))
		return PTR_ERR(req);
	if (vtd_context_state(req) != VTD_CONTEXT_BLOCKED)
		return 0;
	return vtd_context_set(req, VTD_CONTEXT_PASS, false);
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
		ret = vtd_scope_present_source(pci_dev_id(pdev), unit);
		if (!ret)
			ret = iopasid_pci_for_each_alias(pdev,
							 vtd_scope_present_source,
							 unit);
		if (ret) {
			pci_dev_put(pdev);
			return ret;
		}
	}
	return 0;
}

static int vtd_scope_block_source(u16 source_id, void *data)
{
	struct vtd_requester *req = vtd_requester_find(data, source_id);

	if (!req || vtd_context_state(req) != VTD_CONTEXT_PASS)
		return 0;
	/* A failed flush has said so; the entry is blocked all the same */
	vtd_context_set(req, VTD_CONTEXT_BLOCKED, false);
	return 0;
}

/**
 * vtd_scope_unmanaged() - apply the module parameter "unmanaged"
 * @unit: the unit, registered with the core
 *
 * Context: PCI rescan lock; may sleep.
 */
void vtd_scope_unmanaged(struct vtd_unit *unit)
{
	struct pci_dev *pdev = NULL;

	if (!vtd_unmanaged_blocked)
		return;
	for_each_pci_dev(pdev) {
		if (!vtd_scope_covers(unit, pdev) ||
		    vtd_scope_has_rmrr(unit->dmar, pdev))
			continue;
		vtd_scope_block_source(pci_dev_id(pdev), unit);
		iopasid_pci_for_each_alias(pdev, vtd_scope_block_source, unit);
	}
}
