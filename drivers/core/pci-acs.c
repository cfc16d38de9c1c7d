// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Access Control Services
 *
 * ACS makes a port send a request upstream, through the unit, instead of
 * straight to a neighbour. The kernel switches it on only when its own IOMMU
 * drivers are in use, so with intel_iommu=off nobody has: we set source
 * validation, request redirect, completion redirect and upstream forwarding
 * wherever they are supported, before a device is grouped, and take back what we
 * set when the last unit goes.
 *
 * A reset or a sleep loses the controls, and the kernel restores only what it
 * set itself: they are set again after a sleep and before each probe. A reset of
 * a port under running drivers leaves a gap until then.
 *
 * All of it runs under the topology lock.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "core.h"

#define IOPASID_ACS_FLAGS \
	(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

/**
 * struct iopasid_acs - a control register that we changed
 * @node: in iopasid_acs_changed
 * @pdev: whose; holds a reference
 * @pos: where the capability is
 * @added: the bits that we set
 */
struct iopasid_acs {
	struct list_head node;
	struct pci_dev *pdev;
	u16 pos;
	u16 added;
};

static LIST_HEAD(iopasid_acs_changed);

/**
 * iopasid_acs_enable() - switch isolation on where a function has it
 * @pdev: the function
 *
 * Without memory for the record the register stays as it is: the device is
 * then grouped as not isolated, which is safe.
 *
 * Context: topology lock held, may sleep.
 */
void iopasid_acs_enable(struct pci_dev *pdev)
{
	struct iopasid_acs *acs;
	u16 cap, ctrl, want;
	int pos;

	lockdep_assert_held(&iopasid_topology_lock);

	pos = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ACS);
	if (!pos)
		return;
	pci_read_config_word(pdev, pos + PCI_ACS_CAP, &cap);
	pci_read_config_word(pdev, pos + PCI_ACS_CTRL, &ctrl);
	want = ctrl | (cap & IOPASID_ACS_FLAGS);
	if (want == ctrl)
		return;
	acs = kzalloc(sizeof(*acs), GFP_KERNEL);
	if (!acs) {
		pci_warn(pdev, "iopasid: no memory to switch ACS on: not isolated\n");
		return;
	}
	acs->pdev = pci_dev_get(pdev);
	acs->pos = pos;
	acs->added = want & ~ctrl;
	list_add_tail(&acs->node, &iopasid_acs_changed);
	pci_write_config_word(pdev, pos + PCI_ACS_CTRL, want);
}

/* Set or clear our bits, whatever others did to the rest. */
static void iopasid_acs_write(struct iopasid_acs *acs, bool on)
{
	u16 ctrl, want;

	pci_read_config_word(acs->pdev, acs->pos + PCI_ACS_CTRL, &ctrl);
	want = on ? ctrl | acs->added : ctrl & ~acs->added;
	if (want != ctrl)
		pci_write_config_word(acs->pdev, acs->pos + PCI_ACS_CTRL, want);
}

/**
 * iopasid_acs_reapply() - set again what a sleep or a reset has lost
 *
 * Context: topology lock held.
 */
void iopasid_acs_reapply(void)
{
	struct iopasid_acs *acs;

	lockdep_assert_held(&iopasid_topology_lock);

	list_for_each_entry(acs, &iopasid_acs_changed, node)
		iopasid_acs_write(acs, true);
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_acs_reapply);

static void iopasid_acs_free(struct iopasid_acs *acs)
{
	list_del(&acs->node);
	pci_dev_put(acs->pdev);
	kfree(acs);
}

/**
 * iopasid_acs_forget() - a function went: there is nothing to put back
 * @pdev: the function
 *
 * Context: topology lock held.
 */
void iopasid_acs_forget(struct pci_dev *pdev)
{
	struct iopasid_acs *acs, *next;

	lockdep_assert_held(&iopasid_topology_lock);

	list_for_each_entry_safe(acs, next, &iopasid_acs_changed, node)
		if (acs->pdev == pdev)
			iopasid_acs_free(acs);
}

/**
 * iopasid_acs_restore() - the last unit went: take back what we set
 *
 * Context: topology lock held.
 */
void iopasid_acs_restore(void)
{
	struct iopasid_acs *acs, *next;

	lockdep_assert_held(&iopasid_topology_lock);

	list_for_each_entry_safe_reverse(acs, next, &iopasid_acs_changed, node) {
		iopasid_acs_write(acs, false);
		iopasid_acs_free(acs);
	}
}

/**
 * iopasid_acs_isolates() - are requests kept from a function's neighbours?
 * @pdev: a port, or one function of a multi-function device
 *
 * Evidence is the live control register. A control that the function does not
 * implement cannot be needed: the specification makes it mandatory where the
 * request could pass.
 *
 * Context: any that allows config reads.
 * Return: true with evidence, false without.
 */
bool iopasid_acs_isolates(struct pci_dev *pdev)
{
	int pos = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ACS);
	u16 cap, ctrl;

	if (!pos)
		return false;
	pci_read_config_word(pdev, pos + PCI_ACS_CAP, &cap);
	pci_read_config_word(pdev, pos + PCI_ACS_CTRL, &ctrl);
	return (ctrl & cap & IOPASID_ACS_FLAGS) == (cap & IOPASID_ACS_FLAGS);
}
