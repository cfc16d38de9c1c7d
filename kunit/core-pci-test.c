// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: PCI functions as the core sees them
 *
 * On the kernel's own PCI bus, with functions in software: the ACS controls
 * that are switched on and put back, and the devices that are refused.
 */
#include <kunit/test.h>
#include <linux/pci.h>

#include "../drivers/core/core.h"

#include "core-state.h"

#define OURS	(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

/* Everything; two of ours and one that is not; no ACS */
static const u16 acs_caps[] = {
	OURS | PCI_ACS_TB | PCI_ACS_EC | PCI_ACS_DT,
	PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_DT,
	0,
};

static void expect_acs(struct kunit *test, struct fake_pci *fpci, u16 first,
		       u16 second)
{
	KUNIT_EXPECT_EQ(test, fake_pci_acs(fpci, 0), first);
	KUNIT_EXPECT_EQ(test, fake_pci_acs(fpci, 1), second);
	KUNIT_EXPECT_EQ(test, fake_pci_acs(fpci, 2), 0);
}

static struct fake_pci *scanned(struct kunit *test)
{
	struct fake_pci *fpci = fake_pci_create(test, acs_caps,
						ARRAY_SIZE(acs_caps));

	/* Firmware's choice, which stays */
	fake_pci_set_acs(fpci, 0, PCI_ACS_SV | PCI_ACS_TB);
	fake_pci_scan(fpci);
	expect_acs(test, fpci, PCI_ACS_SV | PCI_ACS_TB, 0);
	return fpci;
}

/* On with the first unit, off with the last, and only what we set */
static void acs_set_and_restored(struct kunit *test)
{
	struct fake_pci *fpci = scanned(test);
	struct fake *fake = fake_create(test);
	struct fake_unit *second;

	expect_acs(test, fpci, OURS | PCI_ACS_TB, PCI_ACS_RR | PCI_ACS_CR);
	second = fake_unit_create(fake);
	fake_unit_unregister(fake_first_unit(fake));
	expect_acs(test, fpci, OURS | PCI_ACS_TB, PCI_ACS_RR | PCI_ACS_CR);
	/* Somebody else's doing in the meantime */
	fake_pci_set_acs(fpci, 0, OURS | PCI_ACS_EC);
	fake_unit_unregister(second);
	expect_acs(test, fpci, PCI_ACS_SV | PCI_ACS_EC, 0);

	fake_unit_reregister(second);
	expect_acs(test, fpci, OURS | PCI_ACS_EC, PCI_ACS_RR | PCI_ACS_CR);
	fake_unit_unregister(second);
	expect_acs(test, fpci, PCI_ACS_SV | PCI_ACS_EC, 0);
}

/* A sleep has lost all; the kernel has put back what firmware chose. */
static void acs_set_again(struct kunit *test)
{
	struct fake_pci *fpci = scanned(test);
	struct fake *fake = fake_create(test);

	fake_pci_set_acs(fpci, 0, PCI_ACS_SV | PCI_ACS_TB);
	fake_pci_set_acs(fpci, 1, 0);
	mutex_lock(&iopasid_topology_lock);
	iopasid_acs_reapply();
	mutex_unlock(&iopasid_topology_lock);
	expect_acs(test, fpci, OURS | PCI_ACS_TB, PCI_ACS_RR | PCI_ACS_CR);
	fake_unit_unregister(fake_first_unit(fake));
	expect_acs(test, fpci, PCI_ACS_SV | PCI_ACS_TB, 0);
}

/* A function that comes late is isolated; one that goes is left alone. */
static void acs_of_late_functions(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_pci *fpci = fake_pci_create(test, acs_caps,
						ARRAY_SIZE(acs_caps));
	struct pci_dev *pdev;

	fake_pci_scan(fpci);
	expect_acs(test, fpci, OURS, PCI_ACS_RR | PCI_ACS_CR);
	pdev = fake_pci_get(fpci, 0);
	pci_stop_and_remove_bus_device_locked(pdev);
	pci_dev_put(pdev);
	fake_unit_unregister(fake_first_unit(fake));
	expect_acs(test, fpci, OURS, 0);
}

static struct iopasid_unit *pci_unit;

static int probe_pci(struct iopasid_unit *unit, struct iopasid_device *idev)
{
	return unit == pci_unit && dev_is_pci(idev->dev) &&
		to_pci_dev(idev->dev)->untrusted ? 0 : -ENODEV;
}

static void release_pci(struct iopasid_device *idev)
{
}

/* By its own unit, with one line, however many units there are */
static void untrusted_not_managed(struct kunit *test)
{
	struct fake_pci *fpci = scanned(test);
	struct fake *fake = fake_create(test);
	struct pci_dev *pdev = fake_pci_get(fpci, 0);

	pdev->untrusted = true;
	fake->ops.probe_device = probe_pci;
	fake->ops.release_device = release_pci;
	/* Before its unit comes, nobody has anything to say about it. */
	fake_log_mark();
	fake_unit_create(fake);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid", pci_name(pdev)), 0);
	pci_unit = &fake_first_unit(fake)->unit;
	fake_unit_unregister(fake_first_unit(fake));
	fake_unit_reregister(fake_first_unit(fake));
	fake_unit_create(fake);
	fake_unit_create(fake);
	KUNIT_EXPECT_EQ(test, fake_log_lines("untrusted device not managed",
					     pci_name(pdev)), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("iopasid", pci_name(pdev)), 1);
	KUNIT_EXPECT_TRUE(test, list_empty(&pci_unit->devices));
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&pdev->dev), -EPERM);
	pci_dev_put(pdev);
}

static struct kunit_case pci_cases[] = {
	KUNIT_CASE(acs_set_and_restored),
	KUNIT_CASE(acs_set_again),
	KUNIT_CASE(acs_of_late_functions),
	KUNIT_CASE(untrusted_not_managed),
	{}
};

static struct kunit_suite pci_suite = {
	.name = "iopasid-core-pci",
	.test_cases = pci_cases,
};
kunit_test_suite(pci_suite);
