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

static bool vtd_stage_use_second(struct vtd_unit *unit)
{
	unit->levels = vtd_stage_second_levels(unit);
	if (!unit->levels)
		return false;
	unit->format = &vtd_pt_second;
	unit->pgsizes = SZ_4K;
	if (unit->cap & VTD_CAP_SSLPS_2M)
		unit->pgsizes |= SZ_2M;
	if ((unit->cap & VTD_CAP_SSLPS_2M) && (unit->cap & VTD_CAP_SSLPS_1G))
		unit->pgsizes |= SZ_1G;
	return true;
}

/* 3.6: four levels and pages of 2M are never missing. */
static bool vtd_stage_use_first(struct vtd_unit *unit)
{
	if (!(unit->ecap & VTD_ECAP_FSTS))
		return false;
	unit->format = &vtd_pt_first;
	unit->levels = 4;
	unit->pgsizes = SZ_4K | SZ_2M;
	if (unit->cap & VTD_CAP_FS1GP)
		unit->pgsizes |= SZ_1G;
	return true;
}

/**
 * vtd_stage_choose() - which page tables a unit gets
 * @unit: the unit, its capabilities read; gets format, levels, pgsizes
 * @stage: what was asked for
 *
 * Return: 0, also when the unit has neither stage and none was asked for;
 * -EOPNOTSUPP.
 */
int vtd_stage_choose(struct vtd_unit *unit, enum vtd_stage stage)
{
	if (stage != VTD_STAGE_FIRST && vtd_stage_use_second(unit))
		return 0;
	if (stage != VTD_STAGE_SECOND && vtd_stage_use_first(unit))
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
