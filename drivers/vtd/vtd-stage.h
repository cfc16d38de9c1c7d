/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First or second stage: which page tables a unit gets.
 */
#ifndef _VTD_STAGE_H
#define _VTD_STAGE_H

struct vtd_pt_format;
struct vtd_unit;

/**
 * enum vtd_stage - the stage that page tables are to be of
 * @VTD_STAGE_AUTO: second where the unit has it, else first
 * @VTD_STAGE_SECOND: second or none
 * @VTD_STAGE_FIRST: first or none
 */
enum vtd_stage {
	VTD_STAGE_AUTO,
	VTD_STAGE_SECOND,
	VTD_STAGE_FIRST,
};

/**
 * struct vtd_stage_tables - page tables of a stage, as a unit wants them
 * @format: of the stage
 * @levels: of a page table, 0: the unit has no such stage, or must not use it
 * @pgsizes: that a page table may have
 */
struct vtd_stage_tables {
	const struct vtd_pt_format *format;
	unsigned int levels;
	unsigned long pgsizes;
};

int vtd_stage_parse(const char *text, enum vtd_stage *stage);
int vtd_stage_choose(struct vtd_unit *unit, enum vtd_stage stage);
const struct vtd_stage_tables *
vtd_stage_of(const struct vtd_unit *unit, const struct vtd_pt_format *format);
const struct vtd_stage_tables *vtd_stage_dirty(const struct vtd_unit *unit);

#endif /* _VTD_STAGE_H */
