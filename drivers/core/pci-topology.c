// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: groups of PCI devices
 *
 * From the live state of the bus, by our own walk. Two things make devices
 * one group:
 *
 * Aliases: the unit sees the same source id for them. A PCIe-to-PCI bridge
 * takes over the requests of everything behind it with the source id
 * secondary-bus:00.0, a conventional bridge with its own.
 *
 * No isolation: one can reach the other without crossing the unit. A downstream
 * or root port keeps its neighbours apart only with the ACS controls SV, RR,
 * CR and UF on; so do the functions of a multi-function device. No evidence of
 * isolation means not isolated.
 *
 * Each device has a scope: the widest set of functions, seen from the root
 * downwards, that it is not isolated within. Two devices belong to one group
 * if their scopes are equal or their source ids overlap. Devices that share
 * the bridges above a point share what those bridges widen, so equality of
 * scopes is transitive.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "core.h"

#define IOPASID_SCOPE_ALL	-1

/* Functions of one bus, the width of dma_alias_mask */
#define IOPASID_NR_DEVFNS	256

/**
 * struct iopasid_pci_scope - the functions that a device is not isolated from
 * @bus: the bus
 * @slot: one device number, or IOPASID_SCOPE_ALL: everything from @bus down
 * @func: one function, or IOPASID_SCOPE_ALL
 */
struct iopasid_pci_scope {
	struct pci_bus *bus;
	int slot;
	int func;
};

/* A bridge behind which requests lose their source id */
static bool iopasid_pci_takes_over(struct pci_dev *bridge)
{
	if (!pci_is_pcie(bridge))
		return true;
	return pci_pcie_type(bridge) == PCI_EXP_TYPE_PCI_BRIDGE ||
	       pci_pcie_type(bridge) == PCI_EXP_TYPE_PCIE_BRIDGE;
}

/* The source id that such a bridge puts in their place */
static u16 iopasid_pci_bridge_alias(struct pci_dev *bridge)
{
	bool secondary;

	if (pci_is_pcie(bridge))
		secondary = pci_pcie_type(bridge) == PCI_EXP_TYPE_PCI_BRIDGE;
	else
		secondary = bridge->dev_flags & PCI_DEV_FLAG_PCIE_BRIDGE_ALIAS;
	return secondary ? PCI_DEVID(bridge->subordinate->number, 0) :
			   pci_dev_id(bridge);
}

static int iopasid_pci_own_ids(struct pci_dev *pdev, iopasid_alias_fn fn,
			       void *data)
{
	unsigned int devfn;
	int ret;

	ret = fn(pci_dev_id(pdev), data);
	if (ret || !pdev->dma_alias_mask)
		return ret;
	/* A quirk of this device: it also uses its neighbours' ids. */
	for_each_set_bit(devfn, pdev->dma_alias_mask, IOPASID_NR_DEVFNS) {
		if (devfn == pdev->devfn)
			continue;
		ret = fn(PCI_DEVID(pdev->bus->number, devfn), data);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * iopasid_pci_for_each_alias() - every source id that a device's DMA can have
 * @pdev: the device
 * @fn: called for each; the device's own comes first, an id may come twice
 * @data: for @fn
 *
 * Context: the device and the bridges above it are kept present.
 * Return: 0, or what @fn returned to end the walk.
 */
int iopasid_pci_for_each_alias(struct pci_dev *pdev, iopasid_alias_fn fn,
			       void *data)
{
	struct pci_bus *bus;
	int ret;

	ret = iopasid_pci_own_ids(pdev, fn, data);
	for (bus = pdev->bus; !ret && !pci_is_root_bus(bus); bus = bus->parent) {
		/* The virtual bus of an SR-IOV device has no bridge. */
		if (!bus->self)
			continue;
		if (bus->self->dev_flags & PCI_DEV_FLAGS_BRIDGE_XLATE_ROOT)
			break;
		if (iopasid_pci_takes_over(bus->self))
			ret = fn(iopasid_pci_bridge_alias(bus->self), data);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_pci_for_each_alias);

/*
 * The kernel marks the further functions of a slot as such after it has announced
 * them, and their own header need not say so. A virtual function is none of them.
 */
static bool iopasid_pci_is_one_of_several(const struct pci_dev *pdev)
{
	if (pdev->multifunction)
		return true;
	if (pdev->is_virtfn)
		return false;
	return pci_ari_enabled(pdev->bus) ? pdev->devfn :
					    PCI_FUNC(pdev->devfn);
}

static struct iopasid_pci_scope iopasid_pci_function_scope(struct pci_dev *pdev)
{
	struct iopasid_pci_scope scope = {
		.bus = pdev->bus,
		.slot = PCI_SLOT(pdev->devfn),
		.func = PCI_FUNC(pdev->devfn),
	};

	if (!iopasid_pci_is_one_of_several(pdev) || iopasid_acs_isolates(pdev))
		return scope;
	scope.func = IOPASID_SCOPE_ALL;
	/* With ARI the slot is part of the function's number. */
	if (pci_ari_enabled(pdev->bus))
		scope.slot = IOPASID_SCOPE_ALL;
	return scope;
}

/* What one bridge above the device makes of its scope */
static void iopasid_pci_widen(struct iopasid_pci_scope *scope,
			      struct pci_dev *bridge)
{
	if (iopasid_pci_takes_over(bridge)) {
		scope->bus = bridge->subordinate;
	} else if (pci_pcie_type(bridge) == PCI_EXP_TYPE_UPSTREAM) {
		if (!iopasid_pci_is_one_of_several(bridge) ||
		    iopasid_acs_isolates(bridge))
			return;
		scope->bus = bridge->bus;
	} else {
		/* Neighbouring ports are on the same bus. */
		if (iopasid_acs_isolates(bridge))
			return;
		scope->bus = bridge->bus;
	}
	scope->slot = IOPASID_SCOPE_ALL;
	scope->func = IOPASID_SCOPE_ALL;
}

static struct iopasid_pci_scope iopasid_pci_scope(struct pci_dev *pdev)
{
	struct iopasid_pci_scope scope = iopasid_pci_function_scope(pdev);
	struct pci_bus *bus;

	for (bus = pdev->bus; !pci_is_root_bus(bus); bus = bus->parent)
		if (bus->self)
			iopasid_pci_widen(&scope, bus->self);
	return scope;
}

static bool iopasid_pci_scope_equal(struct iopasid_pci_scope a,
				    struct iopasid_pci_scope b)
{
	return a.bus == b.bus && a.slot == b.slot && a.func == b.func;
}

static int iopasid_pci_same_id(u16 source_id, void *data)
{
	return source_id == *(u16 *)data;
}

static int iopasid_pci_id_of(u16 source_id, void *data)
{
	return iopasid_pci_for_each_alias(data, iopasid_pci_same_id,
					  &source_id);
}

/* Can the unit take a DMA of one for a DMA of the other? */
static bool iopasid_pci_ids_overlap(struct pci_dev *a, struct pci_dev *b)
{
	return pci_domain_nr(a->bus) == pci_domain_nr(b->bus) &&
	       iopasid_pci_for_each_alias(a, iopasid_pci_id_of, b);
}

/**
 * iopasid_pci_device_group() - the group of a PCI device
 * @idev: its record, not yet in a group
 *
 * For a provider's device_group op. The group is that of any device behind the
 * same unit that @idev is not isolated from, or a new one.
 *
 * Context: topology lock held, may sleep.
 * Return: the group with a reference; ERR_PTR(-ENOMEM); ERR_PTR(-EBUSY) when
 * @idev would join two groups that exist already.
 */
struct iopasid_group *iopasid_pci_device_group(struct iopasid_device *idev)
{
	struct pci_dev *pdev = to_pci_dev(idev->dev);
	struct iopasid_pci_scope scope = iopasid_pci_scope(pdev);
	struct iopasid_group *group = NULL;
	struct iopasid_device *other;

	lockdep_assert_held(&iopasid_topology_lock);

	list_for_each_entry(other, &idev->unit->devices, unit_node) {
		struct pci_dev *opdev;

		if (!dev_is_pci(other->dev))
			continue;
		opdev = to_pci_dev(other->dev);
		if (!iopasid_pci_scope_equal(scope, iopasid_pci_scope(opdev)) &&
		    !iopasid_pci_ids_overlap(pdev, opdev))
			continue;
		if (group && group != other->group) {
			dev_err(idev->dev, "iopasid: not isolated from groups %d and %d; remove and rescan their devices\n",
				group->id, other->group->id);
			return ERR_PTR(-EBUSY);
		}
		group = other->group;
	}
	return group ? iopasid_group_get(group) : iopasid_group_alloc();
}
EXPORT_SYMBOL_GPL(iopasid_pci_device_group);

/**
 * iopasid_pci_windows() - where a DMA may meet a peer instead of memory
 * @pdev: the device
 * @list: gets the memory windows of its host bridge
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int iopasid_pci_windows(struct pci_dev *pdev, struct list_head *list)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(pdev->bus);
	struct resource_entry *window;
	struct iopasid_resv *resv;

	resource_list_for_each_entry(window, &bridge->windows) {
		if (resource_type(window->res) != IORESOURCE_MEM)
			continue;
		resv = kzalloc(sizeof(*resv), GFP_KERNEL);
		if (!resv)
			return -ENOMEM;
		resv->first = window->res->start - window->offset;
		resv->last = window->res->end - window->offset;
		resv->type = IOPASID_RESV_WINDOW;
		list_add_tail(&resv->node, list);
	}
	return 0;
}
