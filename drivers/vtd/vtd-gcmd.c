// SPDX-License-Identifier: GPL-2.0-only
/*
 * The global command register.
 */
#include <kunit/visibility.h>
#include <linux/delay.h>
#include <linux/ktime.h>

#include "vtd.h"

/**
 * DOC: global commands
 *
 * GCMD is written as a whole: bits that are levels (translation, queue, ...)
 * must be repeated or they switch off, bits that are commands (set root
 * pointer) must not be. GSTS shows when a command is done; only one may be
 * under way. All callers run at start, stop, suspend or resume of the unit,
 * one at a time, so there is no lock here.
 *
 * Unhappy path: a unit that does not answer within VTD_TIMEOUT_MS gives
 * -ETIMEDOUT; the callers go on towards "off" as far as they can. It may still
 * carry the command out one day, so from then on it counts as stuck: what it
 * reads is never freed.
 */

/* Wait until (register & mask) == want. */
static int vtd_reg_poll(struct vtd_unit *unit, u32 reg, u32 mask, u32 want)
{
	ktime_t deadline = ktime_add_ms(ktime_get_mono_fast_ns(),
					VTD_TIMEOUT_MS);
	bool late;

	/* The look comes after the clock: we may have slept in between. */
	do {
		late = ktime_after(ktime_get_mono_fast_ns(), deadline);
		if ((vtd_read32(unit->port, reg) & mask) == want)
			return 0;
		udelay(1);
	} while (!late);
	unit->stuck = true;
	return -ETIMEDOUT;
}

/**
 * vtd_gcmd_set() - switch one level on or off
 * @unit: the unit
 * @bit: VTD_G_TE or VTD_G_QIE
 * @on: which way
 *
 * Context: any; polls.
 * Return: 0, -ETIMEDOUT.
 */
int vtd_gcmd_set(struct vtd_unit *unit, u32 bit, bool on)
{
	u32 levels = vtd_read32(unit->port, VTD_REG_GSTS) & VTD_G_LEVELS;

	/* A stuck unit may have a command on the way that says otherwise. */
	if (!!(levels & bit) == on && !unit->stuck)
		return 0;
	levels = on ? levels | bit : levels & ~bit;
	vtd_write32(unit->port, VTD_REG_GCMD, levels);
	return vtd_reg_poll(unit, VTD_REG_GSTS, bit, on ? bit : 0);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_gcmd_set);

/**
 * vtd_gcmd_root() - make the unit use a root table
 * @unit: the unit
 * @rtaddr: address and translation mode, as the register wants them
 *
 * Context: any; polls.
 * Return: 0, -ETIMEDOUT.
 */
int vtd_gcmd_root(struct vtd_unit *unit, u64 rtaddr)
{
	u32 levels = vtd_read32(unit->port, VTD_REG_GSTS) & VTD_G_LEVELS;

	vtd_write64(unit->port, VTD_REG_RTADDR, rtaddr);
	vtd_write32(unit->port, VTD_REG_GCMD, levels | VTD_G_SRTP);
	return vtd_reg_poll(unit, VTD_REG_GSTS, VTD_G_SRTP, VTD_G_SRTP);
}

/**
 * vtd_gcmd_pmr_off() - open the memory that firmware protected from DMA
 * @unit: the unit
 *
 * Firmware may protect memory with plain ranges until an OS translates.
 *
 * Context: any; polls.
 * Return: 0, -ETIMEDOUT.
 */
int vtd_gcmd_pmr_off(struct vtd_unit *unit)
{
	u32 pmen;

	if (!(unit->cap & (VTD_CAP_PLMR | VTD_CAP_PHMR)))
		return 0;
	pmen = vtd_read32(unit->port, VTD_REG_PMEN);
	if (!(pmen & VTD_PMEN_EPM))
		return 0;
	vtd_write32(unit->port, VTD_REG_PMEN, pmen & ~VTD_PMEN_EPM);
	return vtd_reg_poll(unit, VTD_REG_PMEN, VTD_PMEN_PRS, 0);
}
