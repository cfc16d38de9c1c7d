// SPDX-License-Identifier: GPL-2.0-only
/*
 * First or second stage: which page tables a unit gets.
 */
#include <kunit/visibility.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "vtd.h"

/**
 * DOC: choice of the stage
 *
 * A domain needs one stage, and either will do. The module parameter "stage"
 * says which; by default it is the second, where the unit has it: one
 * descriptor then flushes a domain for all its PASIDs, where the first stage
 * needs one for each. Nested translation is not used.
 *
 * Which pages were written (ECAP.SSADS for second stage; first stage always knows)
 * a unit can tell only if it snoops (ECAP.SMPWC): it would write into memory behind
 * the CPU's cache. A domain that must know gets the first stage where the second
 * cannot, unless the parameter forbids it.
 *
 * Four levels are enough wherever there are four: 48 bits in second stage, 47
 * in first stage, whose upper half stays empty.
 *
 * Unhappy paths: a unit that lacks the stage that was asked for is not started;
 * one line says so. A unit that has neither starts, and its devices stay
 * pass-through.
 */

/**
 * vtd_stage_parse() - read the module parameter
 * @text: its value
 * @stage: filled in
 *
 * Return: 0, -EINVAL.
 */
int vtd_stage_parse(const char *text, enum vtd_stage *stage)
{
	static const char * const words[] = {
		[VTD_STAGE_AUTO]	= "auto",
		[VTD_STAGE_SECOND]	= "second",
		[VTD_STAGE_FIRST]	= "first",
	};
	int found = __sysfs_match_string(words, ARRAY_SIZE(words), text);

	if (found < 0)
		return found;
	*stage = found;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_stage_parse);

/* 0: there is no second stage of a width that is known. */
static unsigned int vtd_stage_second_levels(const struct vtd_unit *unit)
{
	if (!(unit->ecap & VTD_ECAP_SSTS))
		return 0;
	if (unit->cap & VTD_CAP_SAGAW_48)
		return 4;
	if (unit->cap & VTD_CAP_SAGAW_39)
		return 3;
	return unit->cap & VTD_CAP_SAGAW_57 ? 5 : 0;
}

static void vtd_stage_read_second(struct vtd_unit *unit)
{
	struct vtd_stage_tables *tables = &unit->second;

	tables->format = &vtd_pt_second;
	tables->levels = vtd_stage_second_levels(unit);
	tables->pgsizes = SZ_4K;
	if (unit->cap & VTD_CAP_SSLPS_2M)
		tables->pgsizes |= SZ_2M;
	if ((unit->cap & VTD_CAP_SSLPS_2M) && (unit->cap & VTD_CAP_SSLPS_1G))
		tables->pgsizes |= SZ_1G;
}

/* 3.6: four levels and pages of 2M are never missing. */
static void vtd_stage_read_first(struct vtd_unit *unit)
{
	struct vtd_stage_tables *tables = &unit->first;

	tables->format = &vtd_pt_first;
	tables->levels = unit->ecap & VTD_ECAP_FSTS ? 4 : 0;
	tables->pgsizes = SZ_4K | SZ_2M;
	if (unit->cap & VTD_CAP_FS1GP)
		tables->pgsizes |= SZ_1G;
}

/**
 * vtd_stage_choose() - which page tables a unit gets
 * @unit: the unit, its capabilities read; gets second, first and stage
 * @stage: what was asked for
 *
 * Return: 0, also when the unit has neither stage and none was asked for;
 * -EOPNOTSUPP.
 */
int vtd_stage_choose(struct vtd_unit *unit, enum vtd_stage stage)
{
	if (stage != VTD_STAGE_FIRST)
		vtd_stage_read_second(unit);
	if (stage != VTD_STAGE_SECOND)
		vtd_stage_read_first(unit);
	if (unit->second.levels)
		unit->stage = &unit->second;
	else if (unit->first.levels)
		unit->stage = &unit->first;
	if (unit->stage)
		return 0;
	switch (stage) {
	case VTD_STAGE_SECOND:
		pr_err("%s has no second stage (ECAP.SSTS) as stage=second wants: load with stage=auto; with QEMU leave out x-flts=on\n",
		       unit->name);
		return -EOPNOTSUPP;
	case VTD_STAGE_FIRST:
		pr_err("%s has no first stage (ECAP.FSTS) as stage=first wants: load with stage=auto, or add x-flts=on to QEMU's intel-iommu\n",
		       unit->name);
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_stage_choose);

/**
 * vtd_stage_of() - tables of a format
 * @unit: the unit
 * @format: the format
 *
 * Return: how the unit wants them; with levels 0 if it does not.
 */
const struct vtd_stage_tables *
vtd_stage_of(const struct vtd_unit *unit, const struct vtd_pt_format *format)
{
	return format == &vtd_pt_first ? &unit->first : &unit->second;
}

/**
 * vtd_stage_dirty() - tables that show which pages were written
 * @unit: the unit
 *
 * Return: how the unit wants them, NULL: it cannot tell.
 */
const struct vtd_stage_tables *vtd_stage_dirty(const struct vtd_unit *unit)
{
	if (!(unit->ecap & VTD_ECAP_SMPWC))
		return NULL;
	if (unit->second.levels && unit->ecap & VTD_ECAP_SSADS)
		return &unit->second;
	return unit->first.levels ? &unit->first : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_stage_dirty);
