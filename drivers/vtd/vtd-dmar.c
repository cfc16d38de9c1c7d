// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ACPI DMAR table: which units exist, and which devices are behind them.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "vtd-dmar.h"

/**
 * DOC: The DMAR parser
 *
 * The table is bytes that firmware made: no length in it is believed before it
 * was compared with the room that is left. vtd_dmar_parse() copies the table
 * first, so that nobody changes what was checked, and the paths of the scopes
 * point into that copy.
 *
 * A table has structures (a unit, a reserved memory region, ...), a structure
 * has device scopes after its fixed part, a scope has a path after its fixed
 * part. At each of the three levels a *span* is the part of the table that the
 * level may look at; a smaller span is only ever cut out of a larger one.
 *
 * Structures of a type that is not known here are skipped: the specification
 * adds some in each revision. Scopes of unknown type are kept and match
 * nothing. Everything else that is out of order refuses the whole table, with
 * @reason and @offset for the one line that the user gets: a unit whose
 * description is broken must not be guessed at. The checksum is not looked at,
 * ACPICA has done that.
 *
 * Nothing here touches hardware or global state, and no PCI device: the
 * candidate of a match is a list of (bus, devfn).
 */

/* Size of the register set, in 2^n pages of 4 KiB. */
#define DRHD_SIZE_PAGES_LG2	GENMASK(3, 0)

struct span {
	const void *data;
	size_t offset;
	size_t len;
};

static int bad(struct vtd_dmar *dmar, size_t offset, const char *reason)
{
	dmar->reason = reason;
	dmar->offset = offset;
	return -EINVAL;
}

/* The rest of @outer from @skip on; @skip is at most outer->len. */
static struct span span_after(const struct span *outer, size_t skip)
{
	return (struct span){
		.data = outer->data + skip,
		.offset = outer->offset + skip,
		.len = outer->len - skip,
	};
}

/* Check one scope at the start of @rest. Returns its length or -EINVAL. */
static int scope_length(struct vtd_dmar *dmar, const struct span *rest)
{
	const struct acpi_dmar_device_scope *raw = rest->data;

	if (rest->len < sizeof(*raw))
		return bad(dmar, rest->offset, "device scope is cut off");
	if (raw->length < sizeof(*raw))
		return bad(dmar, rest->offset, "device scope is too short");
	if (raw->length > rest->len)
		return bad(dmar, rest->offset,
			   "device scope reaches beyond its structure");
	if ((raw->length - sizeof(*raw)) % sizeof(struct acpi_dmar_pci_path))
		return bad(dmar, rest->offset,
			   "device scope has half a path entry");
	return raw->length;
}

/* Check all scopes of a structure. Returns how many there are or -EINVAL. */
static int count_scopes(struct vtd_dmar *dmar, struct span rest)
{
	int nr = 0;

	while (rest.len) {
		int len = scope_length(dmar, &rest);

		if (len < 0)
			return len;
		rest = span_after(&rest, len);
		nr++;
	}
	return nr;
}

/* The scopes that fill @rest, the end of a structure. */
static int parse_scopes(struct vtd_dmar *dmar, struct span rest, u16 segment,
			struct vtd_scopes *scopes)
{
	int nr = count_scopes(dmar, rest);
	int i;

	if (nr < 0)
		return nr;
	scopes->segment = segment;
	if (!nr)
		return 0;
	scopes->scope = kcalloc(nr, sizeof(*scopes->scope), GFP_KERNEL);
	if (!scopes->scope)
		return -ENOMEM;
	scopes->nr = nr;
	for (i = 0; i < nr; i++) {
		const struct acpi_dmar_device_scope *raw = rest.data;
		struct vtd_scope *scope = &scopes->scope[i];

		scope->type = raw->entry_type;
		scope->enum_id = raw->enumeration_id;
		scope->start_bus = raw->bus;
		scope->nr_path = (raw->length - sizeof(*raw)) /
				 sizeof(*scope->path);
		scope->path = (const void *)(raw + 1);
		rest = span_after(&rest, raw->length);
	}
	return 0;
}

static int check_reg_base(struct vtd_dmar *dmar, const struct span *span,
			  const struct vtd_drhd *drhd)
{
	const struct vtd_drhd *other;
	u64 last;

	if (!drhd->reg_base)
		return bad(dmar, span->offset, "unit has no register address");
	if (!IS_ALIGNED(drhd->reg_base, SZ_4K))
		return bad(dmar, span->offset,
			   "unit's register address is not page aligned");
	if (check_add_overflow(drhd->reg_base,
			       BIT_ULL(drhd->reg_size_lg2) - 1, &last))
		return bad(dmar, span->offset,
			   "unit's registers reach beyond 64 bits");
	list_for_each_entry(other, &dmar->drhds, node)
		if (other->reg_base == drhd->reg_base)
			return bad(dmar, span->offset,
				   "two units with one register address");
	return 0;
}

static int parse_drhd(struct vtd_dmar *dmar, const struct span *span)
{
	const struct acpi_dmar_hardware_unit *raw = span->data;
	struct vtd_drhd *drhd;
	int ret;

	drhd = kzalloc(sizeof(*drhd), GFP_KERNEL);
	if (!drhd)
		return -ENOMEM;
	drhd->reg_base = raw->address;
	drhd->reg_size_lg2 = ilog2(SZ_4K) + (raw->size & DRHD_SIZE_PAGES_LG2);
	drhd->include_all = raw->flags & ACPI_DMAR_INCLUDE_ALL;
	ret = check_reg_base(dmar, span, drhd);
	/* From here on vtd_dmar_free() finds it. */
	list_add_tail(&drhd->node, &dmar->drhds);
	return ret ?: parse_scopes(dmar, span_after(span, sizeof(*raw)),
				   raw->segment, &drhd->scopes);
}

static int check_rmrr_range(struct vtd_dmar *dmar, const struct span *span,
			    const struct vtd_rmrr *rmrr)
{
	if (rmrr->last < rmrr->first)
		return bad(dmar, span->offset,
			   "reserved memory ends before it begins");
	if (!IS_ALIGNED(rmrr->first, SZ_4K) ||
	    !IS_ALIGNED(rmrr->last + 1, SZ_4K))
		return bad(dmar, span->offset,
			   "reserved memory is not page aligned");
	return 0;
}

static int parse_rmrr(struct vtd_dmar *dmar, const struct span *span)
{
	const struct acpi_dmar_reserved_memory *raw = span->data;
	struct vtd_rmrr *rmrr;
	int ret;

	rmrr = kzalloc(sizeof(*rmrr), GFP_KERNEL);
	if (!rmrr)
		return -ENOMEM;
	rmrr->first = raw->base_address;
	rmrr->last = raw->end_address;
	ret = check_rmrr_range(dmar, span, rmrr);
	list_add_tail(&rmrr->node, &dmar->rmrrs);
	return ret ?: parse_scopes(dmar, span_after(span, sizeof(*raw)),
				   raw->segment, &rmrr->scopes);
}

static int parse_atsr(struct vtd_dmar *dmar, const struct span *span)
{
	const struct acpi_dmar_atsr *raw = span->data;
	struct vtd_atsr *atsr;

	atsr = kzalloc(sizeof(*atsr), GFP_KERNEL);
	if (!atsr)
		return -ENOMEM;
	atsr->all_ports = raw->flags & ACPI_DMAR_ALL_PORTS;
	list_add_tail(&atsr->node, &dmar->atsrs);
	return parse_scopes(dmar, span_after(span, sizeof(*raw)),
			    raw->segment, &atsr->scopes);
}

/* The structures that are known here; @size is that of the fixed part. */
static const struct structure_kind {
	size_t size;
	int (*parse)(struct vtd_dmar *dmar, const struct span *span);
} structure_kinds[] = {
	[ACPI_DMAR_TYPE_HARDWARE_UNIT] = {
		sizeof(struct acpi_dmar_hardware_unit), parse_drhd,
	},
	[ACPI_DMAR_TYPE_RESERVED_MEMORY] = {
		sizeof(struct acpi_dmar_reserved_memory), parse_rmrr,
	},
	[ACPI_DMAR_TYPE_ROOT_ATS] = {
		sizeof(struct acpi_dmar_atsr), parse_atsr,
	},
};

static int parse_structure(struct vtd_dmar *dmar, const struct span *span,
			   u16 type)
{
	const struct structure_kind *kind;

	if (type >= ARRAY_SIZE(structure_kinds))
		return 0;
	kind = &structure_kinds[type];
	if (span->len < kind->size)
		return bad(dmar, span->offset,
			   "structure is too short for its type");
	return kind->parse(dmar, span);
}

static int parse_structures(struct vtd_dmar *dmar, struct span rest)
{
	while (rest.len) {
		const struct acpi_dmar_header *raw = rest.data;
		struct span span = rest;
		int ret;

		if (rest.len < sizeof(*raw))
			return bad(dmar, rest.offset, "structure is cut off");
		if (raw->length < sizeof(*raw))
			return bad(dmar, rest.offset, "structure is too short");
		if (raw->length > rest.len)
			return bad(dmar, rest.offset,
				   "structure reaches beyond the table");
		span.len = raw->length;
		ret = parse_structure(dmar, &span, raw->type);
		if (ret)
			return ret;
		rest = span_after(&rest, span.len);
	}
	return 0;
}

/* Check the table's own header; @span becomes what that header claims. */
static int parse_header(struct vtd_dmar *dmar, struct span *span)
{
	const struct acpi_table_dmar *raw = span->data;

	if (span->len < sizeof(*raw))
		return bad(dmar, 0, "table is shorter than its header");
	if (memcmp(raw->header.signature, ACPI_SIG_DMAR, ACPI_NAMESEG_SIZE))
		return bad(dmar, 0, "table is not a DMAR table");
	if (raw->header.length < sizeof(*raw))
		return bad(dmar, offsetof(typeof(*raw), header.length),
			   "table's length is too small for its header");
	if (raw->header.length > span->len)
		return bad(dmar, offsetof(typeof(*raw), header.length),
			   "table is cut off");
	if (raw->width >= BITS_PER_LONG_LONG)
		return bad(dmar, offsetof(typeof(*raw), width),
			   "host address width is beyond 64 bits");
	span->len = raw->header.length;
	dmar->haw_bits = raw->width + 1;
	dmar->flags = raw->flags;
	return 0;
}

/**
 * vtd_dmar_init() - a table without units
 * @dmar: becomes empty; vtd_dmar_free() may follow
 */
void vtd_dmar_init(struct vtd_dmar *dmar)
{
	*dmar = (struct vtd_dmar){};
	INIT_LIST_HEAD(&dmar->drhds);
	INIT_LIST_HEAD(&dmar->rmrrs);
	INIT_LIST_HEAD(&dmar->atsrs);
}

/**
 * vtd_dmar_parse() - read a DMAR table
 * @table: its first byte, the ACPI header
 * @len: how many bytes there are, whatever the table says
 * @dmar: filled; needs no preparation and keeps no pointer to @table
 *
 * Context: may sleep.
 * Return: 0, then vtd_dmar_free() later. -EINVAL with @dmar->reason and
 * @dmar->offset set, or -ENOMEM; nothing is left to free after an error.
 */
int vtd_dmar_parse(const void *table, size_t len, struct vtd_dmar *dmar)
{
	struct span span = { .len = len };
	int ret;

	vtd_dmar_init(dmar);
	if (!len)
		return bad(dmar, 0, "table is empty");
	dmar->copy = kmemdup(table, len, GFP_KERNEL);
	if (!dmar->copy)
		return -ENOMEM;
	span.data = dmar->copy;
	ret = parse_header(dmar, &span);
	if (!ret)
		ret = parse_structures(dmar,
				       span_after(&span,
						  sizeof(struct acpi_table_dmar)));
	if (ret)
		vtd_dmar_free(dmar);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_dmar_parse);

/**
 * vtd_dmar_free() - give back what vtd_dmar_parse() allocated
 * @dmar: the parsed table; its lists are empty afterwards, reason stays
 */
void vtd_dmar_free(struct vtd_dmar *dmar)
{
	struct vtd_drhd *drhd, *next_drhd;
	struct vtd_rmrr *rmrr, *next_rmrr;
	struct vtd_atsr *atsr, *next_atsr;

	list_for_each_entry_safe(drhd, next_drhd, &dmar->drhds, node) {
		kfree(drhd->scopes.scope);
		kfree(drhd);
	}
	list_for_each_entry_safe(rmrr, next_rmrr, &dmar->rmrrs, node) {
		kfree(rmrr->scopes.scope);
		kfree(rmrr);
	}
	list_for_each_entry_safe(atsr, next_atsr, &dmar->atsrs, node) {
		kfree(atsr->scopes.scope);
		kfree(atsr);
	}
	INIT_LIST_HEAD(&dmar->drhds);
	INIT_LIST_HEAD(&dmar->rmrrs);
	INIT_LIST_HEAD(&dmar->atsrs);
	kfree(dmar->copy);
	dmar->copy = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_dmar_free);

/*
 * The index in @path of the hop that the scope names, path->nr when the scope
 * is not on the way. Buses on one path differ, so at most one hop is on the
 * scope's start bus. That bus need not be a root bus: firmware that names a
 * device by the bus it is on means the same.
 */
static unsigned int find_hop(const struct vtd_scope *scope,
			     const struct vtd_pci_path *path)
{
	unsigned int start = 0;
	unsigned int i;

	while (start < path->nr && path->hop[start].bus != scope->start_bus)
		start++;
	if (!scope->nr_path || scope->nr_path > path->nr - start)
		return path->nr;
	for (i = 0; i < scope->nr_path; i++) {
		u8 devfn = path->hop[start + i].devfn;

		/* Not PCI_DEVFN(): it would cut a device of 32 down to 0. */
		if (scope->path[i].device != PCI_SLOT(devfn) ||
		    scope->path[i].function != PCI_FUNC(devfn))
			return path->nr;
	}
	return start + scope->nr_path - 1;
}

/**
 * vtd_scope_matches() - a device scope covers a PCI device
 * @scope: the scope; its segment is the caller's business
 * @path: the device
 *
 * Return: true when the scope is this endpoint, this bridge, or a bridge that
 * the device is behind, at any distance.
 */
bool vtd_scope_matches(const struct vtd_scope *scope,
		       const struct vtd_pci_path *path)
{
	unsigned int hop = find_hop(scope, path);

	switch (scope->type) {
	case ACPI_DMAR_SCOPE_TYPE_ENDPOINT:
		return hop + 1 == path->nr;
	case ACPI_DMAR_SCOPE_TYPE_BRIDGE:
		return hop < path->nr;
	default:
		return false;
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_scope_matches);

/**
 * vtd_scopes_match() - one of the scopes of a structure covers a PCI device
 * @scopes: the scopes
 * @path: the device
 *
 * Return: true when the segment is the same and a scope matches.
 */
bool vtd_scopes_match(const struct vtd_scopes *scopes,
		      const struct vtd_pci_path *path)
{
	unsigned int i;

	if (scopes->segment != path->segment)
		return false;
	for (i = 0; i < scopes->nr; i++)
		if (vtd_scope_matches(&scopes->scope[i], path))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_scopes_match);

/**
 * vtd_dmar_find_drhd() - the unit that a PCI device is behind
 * @dmar: the parsed table
 * @path: the device
 *
 * A unit that names the device, or a bridge above it, wins over one that takes
 * all that the others leave (INCLUDE_ALL).
 *
 * Return: the unit, NULL when the device is behind none.
 */
const struct vtd_drhd *vtd_dmar_find_drhd(const struct vtd_dmar *dmar,
					  const struct vtd_pci_path *path)
{
	const struct vtd_drhd *drhd;

	list_for_each_entry(drhd, &dmar->drhds, node)
		if (vtd_scopes_match(&drhd->scopes, path))
			return drhd;
	list_for_each_entry(drhd, &dmar->drhds, node)
		if (drhd->include_all && drhd->scopes.segment == path->segment)
			return drhd;
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_dmar_find_drhd);

/**
 * vtd_dmar_ats_allowed() - the root port above a PCI device can do ATS
 * @dmar: the parsed table
 * @path: the device
 *
 * Return: true when an ATSR of the segment has all ports, or this one.
 */
bool vtd_dmar_ats_allowed(const struct vtd_dmar *dmar,
			  const struct vtd_pci_path *path)
{
	const struct vtd_atsr *atsr;

	list_for_each_entry(atsr, &dmar->atsrs, node) {
		if (atsr->scopes.segment != path->segment)
			continue;
		if (atsr->all_ports || vtd_scopes_match(&atsr->scopes, path))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_dmar_ats_allowed);
