// SPDX-License-Identifier: GPL-2.0-only
/*
 * The register page.
 */
#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "vtdm-private.h"
#include "vtdm-reg-bits.h"

/**
 * DOC: registers
 *
 * The page is kept as software reads it. One table says of each register how
 * wide it is, which bits software writes, which bits it clears by writing 1,
 * which capability it needs to exist, and what a write makes the unit do. All
 * other bits and all other places in the page read as they are, mostly 0, and
 * ignore writes.
 *
 * Accesses have 32 or 64 bits and are aligned. A 64-bit access to two 32-bit
 * registers is two accesses, the lower one first; a 32-bit access to a 64-bit
 * register reaches that half, and what the register makes the unit do happens
 * with each half. Whatever is not aligned, of another width or outside the page
 * reads all ones and writes nothing.
 *
 * GCMD has one command for a write, says the specification. When software gives
 * more, the order is: root table, queue, translation.
 *
 * A command is done when its write returns. Turning translation or the queue on
 * or off invalidates nothing.
 */

/* Architecture version 4.0 */
#define VTDM_VERSION	FIELD_PREP(VTDM_VER_MAJOR, 4)

/**
 * struct reg - a register
 * @offset: in the page, or from where a capability puts it
 * @width: in bytes
 * @writable: bits that software writes
 * @clear: bits that software clears by writing 1
 * @ecap: capabilities that it needs to exist
 * @written: what the unit does then; @value is what software wrote, 0 in what
 *	the access did not reach
 */
struct reg {
	unsigned int offset;
	unsigned int width;
	u64 writable;
	u64 clear;
	u64 ecap;
	void (*written)(struct vtdm *unit, u64 value);
};

static bool ecap_has(const struct vtdm *unit, u64 ecap)
{
	return (unit->config.ecap & ecap) == ecap;
}

/* 11.4.4: latch RTADDR, and with ESRTPS forget what came from the old tables */
static void root_set(struct vtdm *unit)
{
	unit->regs.root = vtdm_reg64(&unit->regs, VTDM_RTADDR);
	if (!(unit->config.cap & VTDM_CAP_ESRTPS))
		return;
	vtdm_flush_context_global(unit);
	vtdm_flush_pasid_global(unit);
	vtdm_flush_iotlb_global(unit);
}

static void gcmd_written(struct vtdm *unit, u64 value)
{
	u32 gsts = vtdm_reg32(&unit->regs, VTDM_GSTS);
	u32 levels = value & VTDM_G_TE;

	if (ecap_has(unit, VTDM_ECAP_QI))
		levels |= value & VTDM_G_QIE;
	if (value & VTDM_G_SRTP) {
		root_set(unit);
		gsts |= VTDM_G_SRTP;
	}
	vtdm_reg32_set(&unit->regs, VTDM_GSTS, (gsts & VTDM_G_SRTP) | levels);
	if ((gsts ^ levels) & VTDM_G_QIE)
		vtdm_queue_switch(unit, levels & VTDM_G_QIE);
}

static void fault_event_written(struct vtdm *unit, u64 value)
{
	vtdm_event_update(unit, VTDM_EVENT_FAULT);
}

static void completion_event_written(struct vtdm *unit, u64 value)
{
	vtdm_event_update(unit, VTDM_EVENT_COMPLETION);
}

static void page_request_event_written(struct vtdm *unit, u64 value)
{
	vtdm_event_update(unit, VTDM_EVENT_PAGE_REQUEST);
}

static void fsts_written(struct vtdm *unit, u64 value)
{
	vtdm_event_update(unit, VTDM_EVENT_FAULT);
	if (value & (VTDM_FSTS_IQE | VTDM_FSTS_ITE))
		vtdm_queue_error_cleared(unit);
}

static void ccmd_written(struct vtdm *unit, u64 value)
{
	if (value & VTDM_CCMD_ICC)
		vtdm_reg_flush_context(unit);
}

static void iotlb_written(struct vtdm *unit, u64 value)
{
	if (value & VTDM_IOTLB_IVT)
		vtdm_reg_flush_iotlb(unit);
}

static void iqt_written(struct vtdm *unit, u64 value)
{
	vtdm_queue_tail_written(unit);
}

static void record_written(struct vtdm *unit, u64 value)
{
	if (value & VTDM_FRCD_F)
		vtdm_fault_serviced(unit);
}

/* A register of an event: control, data, address or upper address */
#define EVENT_REG(_offset, _writable, _ecap, _written) \
	{ .offset = _offset, .width = 4, .writable = _writable, \
	  .ecap = _ecap, .written = _written }

/* 11.4, but for what only reads */
static const struct reg fixed_regs[] = {
	{ .offset = VTDM_GCMD, .width = 4, .written = gcmd_written },
	{ .offset = VTDM_RTADDR, .width = 8,
	  .writable = VTDM_RTADDR_RTA | VTDM_RTADDR_TTM },
	{ .offset = VTDM_CCMD, .width = 8,
	  .writable = VTDM_CCMD_ICC | VTDM_CCMD_CIRG | VTDM_CCMD_FM |
		      VTDM_CCMD_SID | VTDM_CCMD_DID,
	  .written = ccmd_written },
	{ .offset = VTDM_FSTS, .width = 4,
	  .clear = VTDM_FSTS_PFO | VTDM_FSTS_IQE | VTDM_FSTS_ICE | VTDM_FSTS_ITE,
	  .written = fsts_written },
	EVENT_REG(VTDM_FECTL, VTDM_EVENT_IM, 0,
		  fault_event_written),
	EVENT_REG(VTDM_FECTL + VTDM_EVENT_DATA, GENMASK(31, 0), 0, NULL),
	EVENT_REG(VTDM_FECTL + VTDM_EVENT_ADDR, GENMASK(31, 2), 0, NULL),
	EVENT_REG(VTDM_FECTL + VTDM_EVENT_UADDR, GENMASK(31, 0), 0, NULL),
	{ .offset = VTDM_IQT, .width = 8, .writable = VTDM_IQ_OFFSET,
	  .ecap = VTDM_ECAP_QI, .written = iqt_written },
	{ .offset = VTDM_IQA, .width = 8,
	  .writable = VTDM_IQA_IQA | VTDM_IQA_DW | VTDM_IQA_QS,
	  .ecap = VTDM_ECAP_QI },
	{ .offset = VTDM_ICS, .width = 4, .clear = VTDM_ICS_IWC,
	  .ecap = VTDM_ECAP_QI, .written = completion_event_written },
	EVENT_REG(VTDM_IECTL, VTDM_EVENT_IM, VTDM_ECAP_QI,
		  completion_event_written),
	EVENT_REG(VTDM_IECTL + VTDM_EVENT_DATA, GENMASK(31, 0), VTDM_ECAP_QI, NULL),
	EVENT_REG(VTDM_IECTL + VTDM_EVENT_ADDR, GENMASK(31, 2), VTDM_ECAP_QI, NULL),
	EVENT_REG(VTDM_IECTL + VTDM_EVENT_UADDR, GENMASK(31, 0), VTDM_ECAP_QI, NULL),
	{ .offset = VTDM_PQH, .width = 8, .writable = VTDM_PQ_OFFSET,
	  .ecap = VTDM_ECAP_PRS },
	{ .offset = VTDM_PQT, .width = 8, .writable = VTDM_PQ_OFFSET,
	  .ecap = VTDM_ECAP_PRS },
	{ .offset = VTDM_PQA, .width = 8,
	  .writable = VTDM_PQA_PQA | VTDM_PQA_PQS, .ecap = VTDM_ECAP_PRS },
	{ .offset = VTDM_PRS, .width = 4, .clear = VTDM_PRS_PPR | VTDM_PRS_PRO,
	  .ecap = VTDM_ECAP_PRS, .written = page_request_event_written },
	EVENT_REG(VTDM_PECTL, VTDM_EVENT_IM, VTDM_ECAP_PRS,
		  page_request_event_written),
	EVENT_REG(VTDM_PECTL + VTDM_EVENT_DATA, GENMASK(31, 0), VTDM_ECAP_PRS, NULL),
	EVENT_REG(VTDM_PECTL + VTDM_EVENT_ADDR, GENMASK(31, 2), VTDM_ECAP_PRS, NULL),
	EVENT_REG(VTDM_PECTL + VTDM_EVENT_UADDR, GENMASK(31, 0), VTDM_ECAP_PRS, NULL),
};

/* At ECAP.IRO */
static const struct reg iotlb_regs[] = {
	{ .offset = VTDM_IVA, .width = 8,
	  .writable = VTDM_IVA_ADDR | VTDM_IVA_IH | VTDM_IVA_AM },
	{ .offset = VTDM_IOTLB, .width = 8,
	  .writable = VTDM_IOTLB_IVT | VTDM_IOTLB_IIRG | VTDM_IOTLB_DR |
		      VTDM_IOTLB_DW | VTDM_IOTLB_DID,
	  .written = iotlb_written },
};

/* At CAP.FRO and every 16 bytes after */
static const struct reg record_regs[] = {
	{ .offset = VTDM_FRCD_HIGH, .width = 8, .clear = VTDM_FRCD_F,
	  .written = record_written },
};

static const struct reg *reg_in(const struct reg *table, unsigned int nr,
				unsigned int offset)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (offset - table[i].offset < table[i].width)
			return &table[i];
	return NULL;
}

/* The register that has the byte at @at, and in @start where it begins. */
static const struct reg *reg_at(const struct vtdm *unit, unsigned int at,
				unsigned int *start)
{
	unsigned int iotlb = FIELD_GET(VTDM_ECAP_IRO, unit->config.ecap) *
			     VTDM_OFFSET_UNIT;
	unsigned int records = vtdm_fault_reg(unit, 0);
	const struct reg *reg;

	if (at >= records && at < vtdm_fault_reg(unit, vtdm_nr_faults(unit))) {
		*start = ALIGN_DOWN(at, VTDM_FRCD_SIZE);
		reg = reg_in(record_regs, ARRAY_SIZE(record_regs), at - *start);
	} else if (at >= iotlb && at < iotlb + VTDM_IOTLB_REGS) {
		*start = iotlb;
		reg = reg_in(iotlb_regs, ARRAY_SIZE(iotlb_regs), at - *start);
	} else {
		*start = 0;
		reg = reg_in(fixed_regs, ARRAY_SIZE(fixed_regs), at);
	}
	if (!reg || !ecap_has(unit, reg->ecap))
		return NULL;
	*start += reg->offset;
	return reg;
}

static bool access_is_valid(unsigned int at, unsigned int width)
{
	return (width == sizeof(u32) || width == sizeof(u64)) &&
	       IS_ALIGNED(at, width) && at < VTDM_REG_SIZE;
}

/**
 * vtdm_read() - software reads a register
 * @unit: the unit
 * @reg: offset in the page
 * @width: 4 or 8 bytes
 *
 * Origin: specification 11.2, 11.4.
 *
 * Context: any; the queue may go on, so all host ops may be called.
 * Return: the value; all ones where nothing answers.
 */
u64 vtdm_read(struct vtdm *unit, unsigned int reg, unsigned int width)
{
	if (!access_is_valid(reg, width))
		return width == sizeof(u32) ? U32_MAX : U64_MAX;
	vtdm_queue_polled(unit);
	if (width == sizeof(u64))
		return vtdm_reg64(&unit->regs, reg);
	return vtdm_reg32(&unit->regs, reg);
}

/* Write the bits @mask of a register. */
static void reg_write(struct vtdm *unit, const struct reg *reg,
		      unsigned int start, u64 mask, u64 value)
{
	u64 writable = reg->writable & mask;
	u64 old;

	value &= mask;
	if (reg->width == sizeof(u64)) {
		old = vtdm_reg64(&unit->regs, start);
		vtdm_reg64_set(&unit->regs, start,
			       ((old & ~writable) | (value & writable)) &
			       ~(value & reg->clear));
	} else {
		old = vtdm_reg32(&unit->regs, start);
		vtdm_reg32_set(&unit->regs, start,
			       ((old & ~writable) | (value & writable)) &
			       ~(value & reg->clear));
	}
	if (reg->written)
		reg->written(unit, value);
}

static void word_write(struct vtdm *unit, unsigned int at, u32 value)
{
	unsigned int start, shift;
	const struct reg *reg = reg_at(unit, at, &start);

	if (!reg)
		return;
	shift = (at - start) * 8;
	reg_write(unit, reg, start, (u64)U32_MAX << shift, (u64)value << shift);
}

/**
 * vtdm_write() - software writes a register
 * @unit: the unit
 * @reg: offset in the page
 * @width: 4 or 8 bytes
 * @value: what
 *
 * Origin: specification 11.2, 11.4.
 *
 * Context: any; all host ops but alloc() and free() may be called.
 */
void vtdm_write(struct vtdm *unit, unsigned int reg, unsigned int width,
		u64 value)
{
	const struct reg *found;
	unsigned int start;

	if (!access_is_valid(reg, width))
		return;
	if (width == sizeof(u32)) {
		word_write(unit, reg, value);
		return;
	}
	found = reg_at(unit, reg, &start);
	if (found && found->width == sizeof(u64)) {
		reg_write(unit, found, start, U64_MAX, value);
		return;
	}
	word_write(unit, reg, value);
	word_write(unit, reg + sizeof(u32), value >> 32);
}

/**
 * vtdm_regs_reset() - all registers as after power-up
 * @unit: the unit
 *
 * Context: any.
 */
void vtdm_regs_reset(struct vtdm *unit)
{
	struct vtdm_regs *regs = &unit->regs;

	*regs = (struct vtdm_regs) {};
	vtdm_reg32_set(regs, VTDM_VER, VTDM_VERSION);
	vtdm_reg64_set(regs, VTDM_CAP, unit->config.cap);
	vtdm_reg64_set(regs, VTDM_ECAP, unit->config.ecap);
	vtdm_reg32_set(regs, VTDM_FECTL, VTDM_EVENT_IM);
	if (ecap_has(unit, VTDM_ECAP_QI))
		vtdm_reg32_set(regs, VTDM_IECTL, VTDM_EVENT_IM);
	if (ecap_has(unit, VTDM_ECAP_PRS))
		vtdm_reg32_set(regs, VTDM_PECTL, VTDM_EVENT_IM);
}

/**
 * vtdm_translating() - does the unit translate?
 * @unit: the unit
 *
 * Context: any.
 * Return: GSTS.TES.
 */
bool vtdm_translating(const struct vtdm *unit)
{
	return vtdm_reg32(&unit->regs, VTDM_GSTS) & VTDM_G_TE;
}

/**
 * vtdm_root() - the root table in use
 * @unit: the unit
 *
 * Context: any.
 * Return: RTADDR as GCMD.SRTP latched it, with the translation table mode; 0:
 * never yet.
 */
u64 vtdm_root(const struct vtdm *unit)
{
	return unit->regs.root;
}
