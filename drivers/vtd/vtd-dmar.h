/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI DMAR table: which units exist, and which devices are behind them.
 */
#ifndef _VTD_DMAR_H
#define _VTD_DMAR_H

#include <linux/acpi.h>
#include <linux/list.h>
#include <linux/types.h>

/**
 * struct vtd_scope - one device scope: a device, or all behind a bridge
 * @type: ACPI_DMAR_SCOPE_TYPE_*; other values are kept and match nothing
 * @enum_id: enumeration id: the I/O APIC's id, the HPET's number, or the
 *	number of the ACPI name space device
 * @start_bus: the bus that @path starts on
 * @nr_path: how many (device, function) pairs @path has; 0 names no device
 * @path: from @start_bus down: all but the last pair are bridges. Points into
 *	the copy of the table that struct vtd_dmar owns
 */
struct vtd_scope {
	u8 type;
	u8 enum_id;
	u8 start_bus;
	u8 nr_path;
	const struct acpi_dmar_pci_path *path;
};

/**
 * struct vtd_scopes - the device scopes of one structure of the table
 * @segment: PCI segment that they are in
 * @nr: how many
 * @scope: the scopes
 */
struct vtd_scopes {
	u16 segment;
	unsigned int nr;
	struct vtd_scope *scope;
};

/**
 * struct vtd_drhd - a unit
 * @node: in vtd_dmar.drhds, table order
 * @reg_base: physical address of its registers, page aligned, not 0
 * @reg_size_lg2: log2 of the register set's size in bytes, at least 12
 * @include_all: every device of the segment that no other unit names
 * @scopes: the devices that it names; segment is the unit's segment
 */
struct vtd_drhd {
	struct list_head node;
	u64 reg_base;
	u8 reg_size_lg2;
	bool include_all;
	struct vtd_scopes scopes;
};

/**
 * struct vtd_rmrr - memory that firmware has devices read or write
 * @node: in vtd_dmar.rmrrs, table order
 * @first: first address, page aligned
 * @last: last address, inclusive, the last byte of a page
 * @scopes: the devices that need an identity mapping of it
 */
struct vtd_rmrr {
	struct list_head node;
	u64 first;
	u64 last;
	struct vtd_scopes scopes;
};

/**
 * struct vtd_atsr - root ports below which ATS works
 * @node: in vtd_dmar.atsrs, table order
 * @all_ports: every root port of the segment
 * @scopes: else the root ports, as bridges: all behind one matches
 */
struct vtd_atsr {
	struct list_head node;
	bool all_ports;
	struct vtd_scopes scopes;
};

/**
 * struct vtd_dmar - a parsed DMAR table
 * @haw_bits: host address width: physical addresses a device can send
 * @flags: the table's flags (ACPI_DMAR_INTR_REMAP, ...)
 * @drhds: list of struct vtd_drhd
 * @rmrrs: list of struct vtd_rmrr
 * @atsrs: list of struct vtd_atsr
 * @reason: after -EINVAL: what is wrong, for the error line; else NULL
 * @offset: after -EINVAL: where, from the start of the table
 * @copy: the bytes that all paths point into
 */
struct vtd_dmar {
	u8 haw_bits;
	u8 flags;
	struct list_head drhds;
	struct list_head rmrrs;
	struct list_head atsrs;
	const char *reason;
	size_t offset;
	void *copy;
};

/**
 * struct vtd_pci_hop - one function on the way from the root bus to a device
 * @bus: the bus that it is on
 * @devfn: its device and function on that bus
 */
struct vtd_pci_hop {
	u8 bus;
	u8 devfn;
};

/**
 * struct vtd_pci_path - where a PCI device is
 * @segment: its PCI segment (domain number)
 * @nr: how many hops, at least 1
 * @hop: every bridge from the root bus down, then the device itself
 *
 * A virtual function (SR-IOV) is behind the unit of its physical function:
 * callers give the path of the latter.
 */
struct vtd_pci_path {
	u16 segment;
	unsigned int nr;
	const struct vtd_pci_hop *hop;
};

void vtd_dmar_init(struct vtd_dmar *dmar);
int vtd_dmar_parse(const void *table, size_t len, struct vtd_dmar *dmar);
void vtd_dmar_free(struct vtd_dmar *dmar);

bool vtd_scope_matches(const struct vtd_scope *scope,
		       const struct vtd_pci_path *path);
bool vtd_scopes_match(const struct vtd_scopes *scopes,
		      const struct vtd_pci_path *path);
const struct vtd_drhd *vtd_dmar_find_drhd(const struct vtd_dmar *dmar,
					  const struct vtd_pci_path *path);
bool vtd_dmar_ats_allowed(const struct vtd_dmar *dmar,
			  const struct vtd_pci_path *path);

#endif /* _VTD_DMAR_H */
