// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: which unit is a device behind, and what does the table say of it.
 *
 * The machine of these tests, segment 0:
 *
 *	00:01.0  endpoint
 *	00:1c.0  root port, bus 01..04
 *	  01:00.0  upstream port of a switch, bus 02..04
 *	    02:03.0  downstream port, bus 03
 *	      03:00.1  endpoint
 *	00:1d.0  root port, bus 05
 *	  05:00.0  endpoint
 */
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/pci.h>

#include "../drivers/vtd/vtd-dmar.h"

#define HOP(bus, device, function) { bus, PCI_DEVFN(device, function) }
#define PATH(segment, ...) {						\
	segment,							\
	ARRAY_SIZE(((struct vtd_pci_hop[]){ __VA_ARGS__ })),		\
	(const struct vtd_pci_hop[]){ __VA_ARGS__ }			\
}

static const struct vtd_pci_path endpoint = PATH(0, HOP(0, 1, 0));
static const struct vtd_pci_path port = PATH(0, HOP(0, 28, 0));
static const struct vtd_pci_path far_port =
	PATH(0, HOP(0, 28, 0), HOP(1, 0, 0), HOP(2, 3, 0));
static const struct vtd_pci_path far_endpoint =
	PATH(0, HOP(0, 28, 0), HOP(1, 0, 0), HOP(2, 3, 0), HOP(3, 0, 1));
static const struct vtd_pci_path near_endpoint =
	PATH(0, HOP(0, 29, 0), HOP(5, 0, 0));
static const struct vtd_pci_path elsewhere = PATH(1, HOP(0, 1, 0));

#define SCOPE(type, bus, ...) {						\
	ACPI_DMAR_SCOPE_TYPE_##type, 0, bus,				\
	ARRAY_SIZE(((struct acpi_dmar_pci_path[]){ __VA_ARGS__ })),	\
	(const struct acpi_dmar_pci_path[]){ __VA_ARGS__ }		\
}

static const struct match {
	const char *name;
	struct vtd_scope scope;
	const struct vtd_pci_path *path;
	bool matches;
} matches[] = {
	{ "endpoint, itself",
	  SCOPE(ENDPOINT, 0, { 1, 0 }), &endpoint, true },
	{ "endpoint, other function",
	  SCOPE(ENDPOINT, 0, { 1, 1 }), &endpoint, false },
	{ "endpoint, other device",
	  SCOPE(ENDPOINT, 0, { 2, 0 }), &endpoint, false },
	{ "endpoint, other bus",
	  SCOPE(ENDPOINT, 1, { 1, 0 }), &endpoint, false },
	{ "endpoint scope of a port covers the port",
	  SCOPE(ENDPOINT, 0, { 28, 0 }), &port, true },
	{ "but nothing behind it",
	  SCOPE(ENDPOINT, 0, { 28, 0 }), &far_endpoint, false },
	{ "bridge, itself",
	  SCOPE(BRIDGE, 0, { 28, 0 }), &port, true },
	{ "bridge, next below",
	  SCOPE(BRIDGE, 0, { 29, 0 }), &near_endpoint, true },
	{ "bridge, far below",
	  SCOPE(BRIDGE, 0, { 28, 0 }), &far_endpoint, true },
	{ "bridge, beside it",
	  SCOPE(BRIDGE, 0, { 28, 0 }), &near_endpoint, false },
	{ "bridge, above it",
	  SCOPE(BRIDGE, 0, { 28, 0 }, { 0, 0 }), &port, false },
	{ "endpoint by a path through bridges",
	  SCOPE(ENDPOINT, 0, { 28, 0 }, { 0, 0 }, { 3, 0 }, { 0, 1 }),
	  &far_endpoint, true },
	{ "path that is wrong in the middle",
	  SCOPE(ENDPOINT, 0, { 28, 0 }, { 0, 0 }, { 4, 0 }, { 0, 1 }),
	  &far_endpoint, false },
	{ "path that is wrong at the end",
	  SCOPE(ENDPOINT, 0, { 28, 0 }, { 0, 0 }, { 3, 0 }, { 0, 0 }),
	  &far_endpoint, false },
	{ "path that is one too long",
	  SCOPE(ENDPOINT, 0, { 28, 0 }, { 0, 0 }, { 3, 0 }, { 0, 1 }, { 0, 0 }),
	  &far_endpoint, false },
	{ "bridge by a path, below it",
	  SCOPE(BRIDGE, 0, { 28, 0 }, { 0, 0 }, { 3, 0 }), &far_endpoint,
	  true },
	{ "bridge by a path, itself",
	  SCOPE(BRIDGE, 0, { 28, 0 }, { 0, 0 }, { 3, 0 }), &far_port, true },
	{ "endpoint by the bus it is on",
	  SCOPE(ENDPOINT, 3, { 0, 1 }), &far_endpoint, true },
	{ "bridge by the bus it is on",
	  SCOPE(BRIDGE, 2, { 3, 0 }), &far_endpoint, true },
	{ "path from the middle runs out",
	  SCOPE(BRIDGE, 2, { 3, 0 }, { 0, 1 }, { 0, 0 }), &far_endpoint,
	  false },
	{ "device 32 is not device 0",
	  SCOPE(BRIDGE, 1, { 32, 0 }), &far_endpoint, false },
	{ "function 8 is not function 0",
	  SCOPE(BRIDGE, 1, { 0, 8 }), &far_endpoint, false },
	{ "I/O APIC with the numbers of an endpoint",
	  SCOPE(IOAPIC, 0, { 1, 0 }), &endpoint, false },
	{ "HPET with the numbers of an endpoint",
	  SCOPE(HPET, 0, { 1, 0 }), &endpoint, false },
	{ "empty path", { ACPI_DMAR_SCOPE_TYPE_BRIDGE }, &endpoint, false },
};

KUNIT_ARRAY_PARAM_DESC(match, matches, name);

static void scope_match(struct kunit *test)
{
	const struct match *match = test->param_value;

	KUNIT_EXPECT_EQ(test, vtd_scope_matches(&match->scope, match->path),
			match->matches);
}

static struct vtd_scope bus0_endpoint = SCOPE(ENDPOINT, 0, { 1, 0 });
static struct vtd_scope port_scope = SCOPE(BRIDGE, 0, { 28, 0 });

/* A table of @dmar with what the caller then adds. */
static void init_dmar(struct vtd_dmar *dmar)
{
	*dmar = (struct vtd_dmar){};
	INIT_LIST_HEAD(&dmar->drhds);
	INIT_LIST_HEAD(&dmar->rmrrs);
	INIT_LIST_HEAD(&dmar->atsrs);
}

static void finds_unit(struct kunit *test)
{
	struct vtd_drhd all = { .include_all = true };
	struct vtd_drhd named = { .scopes = { 0, 1, &bus0_endpoint } };
	struct vtd_drhd below = { .scopes = { 0, 1, &port_scope } };
	struct vtd_dmar dmar;

	init_dmar(&dmar);
	KUNIT_EXPECT_NULL(test, vtd_dmar_find_drhd(&dmar, &endpoint));
	/* INCLUDE_ALL takes what is left, even if firmware lists it first. */
	list_add_tail(&all.node, &dmar.drhds);
	KUNIT_EXPECT_PTR_EQ(test, vtd_dmar_find_drhd(&dmar, &endpoint), &all);
	list_add_tail(&named.node, &dmar.drhds);
	list_add_tail(&below.node, &dmar.drhds);
	KUNIT_EXPECT_PTR_EQ(test, vtd_dmar_find_drhd(&dmar, &endpoint), &named);
	KUNIT_EXPECT_PTR_EQ(test, vtd_dmar_find_drhd(&dmar, &far_endpoint),
			    &below);
	KUNIT_EXPECT_PTR_EQ(test, vtd_dmar_find_drhd(&dmar, &near_endpoint),
			    &all);
	/* The same numbers in another segment are another device. */
	KUNIT_EXPECT_NULL(test, vtd_dmar_find_drhd(&dmar, &elsewhere));
}

static void ats_allowed(struct kunit *test)
{
	struct vtd_atsr one = { .scopes = { 0, 1, &port_scope } };
	struct vtd_atsr all = { .all_ports = true, .scopes = { .segment = 1 } };
	struct vtd_dmar dmar;

	init_dmar(&dmar);
	KUNIT_EXPECT_FALSE(test, vtd_dmar_ats_allowed(&dmar, &far_endpoint));
	list_add_tail(&one.node, &dmar.atsrs);
	list_add_tail(&all.node, &dmar.atsrs);
	KUNIT_EXPECT_TRUE(test, vtd_dmar_ats_allowed(&dmar, &far_endpoint));
	KUNIT_EXPECT_FALSE(test, vtd_dmar_ats_allowed(&dmar, &near_endpoint));
	KUNIT_EXPECT_FALSE(test, vtd_dmar_ats_allowed(&dmar, &endpoint));
	KUNIT_EXPECT_TRUE(test, vtd_dmar_ats_allowed(&dmar, &elsewhere));
}

static struct kunit_case vtd_dmar_match_cases[] = {
	KUNIT_CASE_PARAM(scope_match, match_gen_params),
	KUNIT_CASE(finds_unit),
	KUNIT_CASE(ats_allowed),
	{}
};

static struct kunit_suite vtd_dmar_match_suite = {
	.name = "vtd-dmar-match",
	.test_cases = vtd_dmar_match_cases,
};

kunit_test_suite(vtd_dmar_match_suite);
