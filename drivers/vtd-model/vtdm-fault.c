// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault records.
 */
#include <linux/bitfield.h>

#include "vtdm-private.h"
#include "vtdm-reg-bits.h"

/**
 * DOC: fault records
 *
 * A unit has CAP.NFR + 1 records in its registers, at CAP.FRO, and fills them
 * one after the other, round and round (specification 7.2.1). A record is full
 * while its bit F is set, which only software clears.
 *
 * Unhappy paths:
 *
 * 1. A source id that has a full record gets no second one: the faults are
 *    collapsed, as the specification allows.
 * 2. The next record is full: FSTS.PFO. Until software clears that, nothing is
 *    recorded, even if records are free.
 *
 * FSTS.FRI is where the first record was written when all were empty. It stays
 * while any is full, so a driver that empties some of them only must remember
 * where to go on.
 */

/**
 * vtdm_nr_faults() - how many fault records a unit has
 * @unit: the unit
 *
 * Context: any.
 * Return: the number.
 */
unsigned int vtdm_nr_faults(const struct vtdm *unit)
{
	return FIELD_GET(VTDM_CAP_NFR, unit->config.cap) + 1;
}

/**
 * vtdm_fault_reg() - where a fault record is
 * @unit: the unit
 * @index: of the record; that behind the last one is where they end
 *
 * Context: any.
 * Return: offset of its low word in the register page.
 */
unsigned int vtdm_fault_reg(const struct vtdm *unit, unsigned int index)
{
	return FIELD_GET(VTDM_CAP_FRO, unit->config.cap) * VTDM_OFFSET_UNIT +
	       index * VTDM_FRCD_SIZE;
}

static u64 fault_high(const struct vtdm *unit, unsigned int index)
{
	return vtdm_reg64(&unit->regs,
			  vtdm_fault_reg(unit, index) + VTDM_FRCD_HIGH);
}

/* Is there a full record that a fault of @source_id collapses into? */
static bool fault_collapses(const struct vtdm *unit, u16 source_id)
{
	unsigned int i;
	u64 high;

	for (i = 0; i < vtdm_nr_faults(unit); i++) {
		high = fault_high(unit, i);
		if (high & VTDM_FRCD_F &&
		    FIELD_GET(VTDM_FRCD_SID, high) == source_id)
			return true;
	}
	return false;
}

static void fault_write(struct vtdm *unit, unsigned int index,
			const struct vtdm_fault *fault)
{
	unsigned int reg = vtdm_fault_reg(unit, index);
	u64 high = VTDM_FRCD_F |
		   FIELD_PREP(VTDM_FRCD_AT, fault->address_type) |
		   FIELD_PREP(VTDM_FRCD_REASON, fault->reason) |
		   FIELD_PREP(VTDM_FRCD_SID, fault->source_id);

	if (!fault->write)
		high |= VTDM_FRCD_T1;
	if (fault->pasid != VTDM_NO_PASID) {
		high |= VTDM_FRCD_PP | FIELD_PREP(VTDM_FRCD_PASID, fault->pasid);
		if (fault->exec)
			high |= VTDM_FRCD_EXE;
		if (fault->priv)
			high |= VTDM_FRCD_PRIV;
	}
	vtdm_reg64_set(&unit->regs, reg, fault->addr & VTDM_FRCD_ADDR);
	vtdm_reg64_set(&unit->regs, reg + VTDM_FRCD_HIGH, high);
}

/**
 * vtdm_fault_record() - a DMA was blocked, and its fault is not suppressed
 * @unit: the unit
 * @fault: of the DMA
 *
 * Origin: specification 7.2.1, 11.4.7.
 *
 * Context: any; may call the host's event().
 */
void vtdm_fault_record(struct vtdm *unit, const struct vtdm_fault *fault)
{
	unsigned int index = unit->regs.next_fault;
	u32 fsts = vtdm_reg32(&unit->regs, VTDM_FSTS);

	if (fsts & VTDM_FSTS_PFO || fault_collapses(unit, fault->source_id)) {
		unit->stats.faults_lost++;
		return;
	}
	if (fault_high(unit, index) & VTDM_FRCD_F) {
		unit->stats.faults_lost++;
		vtdm_event_raise(unit, VTDM_EVENT_FAULT, VTDM_FSTS_PFO);
		return;
	}

	fault_write(unit, index, fault);
	unit->stats.faults++;
	unit->regs.next_fault = (index + 1) % vtdm_nr_faults(unit);
	if (!(fsts & VTDM_FSTS_PPF))
		vtdm_reg32_set(&unit->regs, VTDM_FSTS,
			       (fsts & ~VTDM_FSTS_FRI) |
			       FIELD_PREP(VTDM_FSTS_FRI, index));
	vtdm_event_raise(unit, VTDM_EVENT_FAULT, VTDM_FSTS_PPF);
}

/**
 * vtdm_fault_serviced() - software has emptied a record
 * @unit: the unit
 *
 * FSTS.PPF is whether any is full.
 *
 * Context: any.
 */
void vtdm_fault_serviced(struct vtdm *unit)
{
	unsigned int i;

	for (i = 0; i < vtdm_nr_faults(unit); i++)
		if (fault_high(unit, i) & VTDM_FRCD_F)
			return;
	vtdm_reg32_set(&unit->regs, VTDM_FSTS,
		       vtdm_reg32(&unit->regs, VTDM_FSTS) & ~VTDM_FSTS_PPF);
	vtdm_event_update(unit, VTDM_EVENT_FAULT);
}
