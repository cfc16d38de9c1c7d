// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fake PCI functions
 *
 * A host bridge in a PCI domain of its own whose functions are a piece of
 * memory each: one function a slot, PCI Express, with or without the ACS
 * capability. The kernel scans them as any others, and the bus notifier
 * announces them; no driver is ever matched with them. Of all registers only
 * the ACS control can be written.
 */
#include <linux/bitfield.h>
#include <linux/pci.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

#define FAKE_PCI_DOMAIN	0xfa4e
#define FAKE_PCI_CAP	0x40
#define FAKE_PCI_ACS	PCI_CFG_SPACE_SIZE

static int fake_pci_read(struct pci_bus *bus, unsigned int devfn, int where,
			 int size, u32 *val)
{
	struct fake_pci *fpci = container_of(bus->sysdata, struct fake_pci,
					     sysdata);
	unsigned int slot = PCI_SLOT(devfn);

	*val = ~0;
	if (slot >= fpci->nr_functions || PCI_FUNC(devfn))
		return PCIBIOS_DEVICE_NOT_FOUND;
	*val = 0;
	memcpy(val, fpci->config[slot] + where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int fake_pci_write(struct pci_bus *bus, unsigned int devfn, int where,
			  int size, u32 val)
{
	struct fake_pci *fpci = container_of(bus->sysdata, struct fake_pci,
					     sysdata);

	if (where == FAKE_PCI_ACS + PCI_ACS_CTRL && size == 2)
		fake_pci_set_acs(fpci, PCI_SLOT(devfn), val);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops fake_pci_ops = {
	.read = fake_pci_read,
	.write = fake_pci_write,
};

static void put16(u8 *config, unsigned int where, u16 val)
{
	memcpy(config + where, &val, sizeof(val));
}

/* A function that is integrated into the root complex */
static void fake_pci_fill(u8 *config, u16 acs_cap)
{
	put16(config, PCI_VENDOR_ID, 0xfa4e);
	put16(config, PCI_DEVICE_ID, 1);
	put16(config, PCI_STATUS, PCI_STATUS_CAP_LIST);
	put16(config, PCI_CLASS_DEVICE, PCI_CLASS_OTHERS << 8);
	config[PCI_CAPABILITY_LIST] = FAKE_PCI_CAP;
	config[FAKE_PCI_CAP] = PCI_CAP_ID_EXP;
	put16(config, FAKE_PCI_CAP + PCI_EXP_FLAGS,
	      2 | FIELD_PREP(PCI_EXP_FLAGS_TYPE, PCI_EXP_TYPE_RC_END));
	if (!acs_cap)
		return;
	put16(config, FAKE_PCI_ACS, PCI_EXT_CAP_ID_ACS);
	put16(config, FAKE_PCI_ACS + 2, 1);
	put16(config, FAKE_PCI_ACS + PCI_ACS_CAP, acs_cap);
}

/**
 * fake_pci_acs() - an ACS control register
 * @fpci: the functions
 * @slot: which
 *
 * Return: its value.
 */
u16 fake_pci_acs(struct fake_pci *fpci, unsigned int slot)
{
	u16 val;

	memcpy(&val, fpci->config[slot] + FAKE_PCI_ACS + PCI_ACS_CTRL,
	       sizeof(val));
	return val;
}
EXPORT_SYMBOL_IF_KUNIT(fake_pci_acs);

/**
 * fake_pci_set_acs() - change an ACS control register, as firmware or a reset
 * @fpci: the functions
 * @slot: which
 * @val: its value
 */
void fake_pci_set_acs(struct fake_pci *fpci, unsigned int slot, u16 val)
{
	put16(fpci->config[slot], FAKE_PCI_ACS + PCI_ACS_CTRL, val);
}
EXPORT_SYMBOL_IF_KUNIT(fake_pci_set_acs);

static void fake_pci_remove(void *data)
{
	struct fake_pci *fpci = data;

	pci_lock_rescan_remove();
	pci_stop_root_bus(fpci->bridge->bus);
	pci_remove_root_bus(fpci->bridge->bus);
	pci_unlock_rescan_remove();
	pci_free_host_bridge(fpci->bridge);
}

/**
 * fake_pci_create() - functions that the kernel does not know yet
 * @test: the test; its end removes them
 * @acs_caps: the ACS capability of each; 0: none
 * @nr: how many
 *
 * Return: the functions, for fake_pci_scan().
 */
struct fake_pci *fake_pci_create(struct kunit *test, const u16 *acs_caps,
				 unsigned int nr)
{
	struct fake_pci *fpci = kunit_kzalloc(test, sizeof(*fpci), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, fpci);
	KUNIT_ASSERT_LE(test, nr, FAKE_PCI_FUNCTIONS);
	fpci->test = test;
	fpci->nr_functions = nr;
	fpci->sysdata.domain = FAKE_PCI_DOMAIN;
	fpci->sysdata.node = NUMA_NO_NODE;
	for (i = 0; i < nr; i++)
		fake_pci_fill(fpci->config[i], acs_caps[i]);
	return fpci;
}
EXPORT_SYMBOL_IF_KUNIT(fake_pci_create);

/**
 * fake_pci_scan() - the functions come
 * @fpci: from fake_pci_create()
 */
void fake_pci_scan(struct fake_pci *fpci)
{
	struct pci_host_bridge *bridge = pci_alloc_host_bridge(0);
	int ret;

	KUNIT_ASSERT_NOT_NULL(fpci->test, bridge);
	bridge->sysdata = &fpci->sysdata;
	bridge->ops = &fake_pci_ops;
	pci_lock_rescan_remove();
	ret = pci_scan_root_bus_bridge(bridge);
	pci_unlock_rescan_remove();
	if (ret)
		pci_free_host_bridge(bridge);
	KUNIT_ASSERT_EQ(fpci->test, ret, 0);
	fpci->bridge = bridge;
	KUNIT_ASSERT_EQ(fpci->test, 0,
			kunit_add_action_or_reset(fpci->test, fake_pci_remove,
						  fpci));
}
EXPORT_SYMBOL_IF_KUNIT(fake_pci_scan);

/**
 * fake_pci_get() - a function
 * @fpci: the functions, scanned
 * @slot: which
 *
 * Return: the function with a reference; pci_dev_put().
 */
struct pci_dev *fake_pci_get(struct fake_pci *fpci, unsigned int slot)
{
	struct pci_dev *pdev = pci_get_slot(fpci->bridge->bus,
					    PCI_DEVFN(slot, 0));

	KUNIT_ASSERT_NOT_NULL(fpci->test, pdev);
	return pdev;
}
EXPORT_SYMBOL_IF_KUNIT(fake_pci_get);
