// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "vtdm-private.h"
#include "vtdm-desc.h"

/**
 * DOC: invalidation queue
 *
 * A ring in memory: software writes descriptors up to the tail (IQT), the unit
 * fetches from the head (IQH) on (specification 6.5.2). IQA is latched when the
 * queue is switched on, with its head at 0; the tail stays what it was. What is
 * fetched is done before the next is fetched, so that a wait has nothing to
 * wait for, unless knobs say otherwise:
 *
 * - slow: each descriptor costs some register reads of whoever polls;
 * - held: descriptors run only in vtdm_advance();
 * - lost: descriptors of some types are fetched and have no effect;
 * - reordered: up to VTDM_REORDER_MAX descriptors are fetched before the first is
 *   done, the invalidations last to first, then the waits, which promise all
 *   that came before them. A fence (a wait with FN) is the last that is fetched.
 *
 * Unhappy paths (specification 6.5.2.10):
 *
 * 1. A descriptor cannot be read, is refused, or the knob wants it refused:
 *    FSTS.IQE, IQERCD.IQEI says why, and the head stays at its slot. Those
 *    before it are done, none behind it runs until software clears IQE. Then the
 *    unit fetches that slot again; writing the tail again does no harm.
 * 2. The tail is outside the queue or within a descriptor, or IQA does not go
 *    with the mode of the root table: IQE as well, but once for each write of
 *    the tail. Clearing IQE and writing a good tail may come in any order.
 * 3. A device does not answer an invalidation of its TLB. The next wait cannot
 *    be done: it is aborted, with nothing stored and no interrupt, and FSTS.ITE
 *    is set, with the source id in IQERCD. So are the waits that have been
 *    fetched with it. With no wait to come, the end of the queue brings it to
 *    light. Nothing is fetched until software clears ITE; the aborted wait is
 *    not done again.
 * 4. A status cannot be stored: it is lost, as a write to no memory is.
 *
 * While the queue is off nothing runs; what was in it is forgotten.
 */

static unsigned int slot_size(const struct vtdm *unit)
{
	return unit->regs.iqa & VTDM_IQA_DW ? 32 : 16;
}

static unsigned int queue_size(const struct vtdm *unit)
{
	return SZ_4K << FIELD_GET(VTDM_IQA_QS, unit->regs.iqa);
}

static u32 tail(const struct vtdm *unit)
{
	return vtdm_reg64(&unit->regs, VTDM_IQT);
}

static u32 head(const struct vtdm *unit)
{
	return vtdm_reg64(&unit->regs, VTDM_IQH);
}

static bool frozen(const struct vtdm *unit)
{
	return !(vtdm_reg32(&unit->regs, VTDM_GSTS) & VTDM_G_QIE) ||
	       vtdm_reg32(&unit->regs, VTDM_FSTS) & (VTDM_FSTS_IQE |
						     VTDM_FSTS_ITE);
}

/* Is there a descriptor to fetch? */
static bool ready(const struct vtdm *unit)
{
	return !frozen(unit) && !unit->regs.refused && head(unit) != tail(unit);
}

static void iqercd_set(struct vtdm *unit, u64 mask, u64 field)
{
	u64 iqercd = vtdm_reg64(&unit->regs, VTDM_IQERCD);

	vtdm_reg64_set(&unit->regs, VTDM_IQERCD, (iqercd & ~mask) | field);
}

static void queue_error(struct vtdm *unit, enum vtdm_iqei info)
{
	iqercd_set(unit, VTDM_IQERCD_IQEI, FIELD_PREP(VTDM_IQERCD_IQEI, info));
	vtdm_event_raise(unit, VTDM_EVENT_FAULT, VTDM_FSTS_IQE);
}

/* A device that has not answered comes to light. */
static void time_out(struct vtdm *unit)
{
	if (!unit->regs.timed_out)
		return;
	unit->regs.timed_out = false;
	iqercd_set(unit, VTDM_IQERCD_ITESID,
		   FIELD_PREP(VTDM_IQERCD_ITESID, unit->regs.silent_device));
	vtdm_event_raise(unit, VTDM_EVENT_FAULT, VTDM_FSTS_ITE);
}

/* ---- fetching ---- */

/* Does a knob that counts down reach its mark? */
static bool count_down(unsigned int *knob)
{
	return *knob && !--*knob;
}

static enum vtdm_iqei read_slot(struct vtdm *unit, struct vtdm_desc *desc)
{
	u64 at = (unit->regs.iqa & VTDM_IQA_IQA) + head(unit);
	u64 words[VTDM_DESC_WORDS] = {};
	unsigned int i;

	if (count_down(&unit->knobs.error_at))
		return VTDM_IQEI_NONE;
	for (i = 0; i < slot_size(unit) / sizeof(u64); i++)
		if (!unit->ops->load64(unit->host, at + i * sizeof(u64),
				       &words[i]))
			return VTDM_IQEI_FETCH;
	return vtdm_desc_decode(&unit->config, unit->regs.iqa & VTDM_IQA_DW,
				words, desc);
}

/* Take the descriptor at the head; false: there is none, or it is refused. */
static bool fetch(struct vtdm *unit, struct vtdm_desc *desc)
{
	enum vtdm_iqei info;

	if (!ready(unit))
		return false;
	desc->type = 0;
	info = read_slot(unit, desc);
	if (info || !desc->type) {
		queue_error(unit, info);
		return false;
	}
	vtdm_reg64_set(&unit->regs, VTDM_IQH,
		       (head(unit) + slot_size(unit)) % queue_size(unit));
	unit->stats.descriptors[desc->type]++;
	return true;
}

/* ---- doing ---- */

static void flush_context(struct vtdm *unit, const struct vtdm_desc *desc)
{
	switch (desc->granularity) {
	case VTDM_DESC_CONTEXT_GLOBAL:
		vtdm_flush_context_global(unit);
		break;
	case VTDM_DESC_CONTEXT_DOMAIN:
		vtdm_flush_context_domain(unit, desc->did);
		break;
	case VTDM_DESC_CONTEXT_DEVICE:
		vtdm_flush_context_device(unit, desc->did, desc->source_id,
					  desc->function_mask);
		break;
	}
}

static void flush_pasid(struct vtdm *unit, const struct vtdm_desc *desc)
{
	switch (desc->granularity) {
	case VTDM_DESC_PASID_GLOBAL:
		vtdm_flush_pasid_global(unit);
		break;
	case VTDM_DESC_PASID_DOMAIN:
		vtdm_flush_pasid_domain(unit, desc->did);
		break;
	case VTDM_DESC_PASID_SELECTIVE:
		vtdm_flush_pasid_selective(unit, desc->did, desc->pasid);
		break;
	}
}

static void flush_iotlb(struct vtdm *unit, const struct vtdm_desc *desc)
{
	switch (desc->granularity) {
	case VTDM_DESC_IOTLB_GLOBAL:
		vtdm_flush_iotlb_global(unit);
		break;
	case VTDM_DESC_IOTLB_DOMAIN:
		vtdm_flush_iotlb_domain(unit, desc->did);
		break;
	case VTDM_DESC_IOTLB_PAGE:
		vtdm_flush_iotlb_page(unit, desc->did, desc->addr, desc->am,
				      desc->leaves_only);
		break;
	}
}

static void flush_pasid_iotlb(struct vtdm *unit, const struct vtdm_desc *desc)
{
	switch (desc->granularity) {
	case VTDM_DESC_PIOTLB_PASID:
		vtdm_flush_pasid_iotlb_pasid(unit, desc->did, desc->pasid);
		break;
	case VTDM_DESC_PIOTLB_PAGE:
		vtdm_flush_pasid_iotlb_page(unit, desc->did, desc->pasid,
					    desc->addr, desc->am,
					    desc->leaves_only);
		break;
	}
}

static void flush_device(struct vtdm *unit, const struct vtdm_desc *desc)
{
	bool answered = !count_down(&unit->knobs.ite_at);

	if (answered && desc->type == VTDM_DESC_DEVICE_TLB)
		answered = vtdm_flush_device_tlb(unit, desc->source_id,
						 desc->addr);
	else if (answered)
		answered = vtdm_flush_pasid_device_tlb(unit, desc->source_id,
						       desc->pasid, desc->addr,
						       desc->all_pasids);
	if (answered || unit->regs.timed_out)
		return;
	unit->regs.timed_out = true;
	unit->regs.silent_device = desc->source_id;
}

/* 6.5.2.8: the status is stored before the interrupt is sent. */
static void wait_done(struct vtdm *unit, const struct vtdm_desc *desc)
{
	time_out(unit);
	if (vtdm_reg32(&unit->regs, VTDM_FSTS) & VTDM_FSTS_ITE)
		return;
	if (desc->store)
		unit->ops->store32(unit->host, desc->addr, desc->data);
	if (desc->interrupt)
		vtdm_event_raise(unit, VTDM_EVENT_COMPLETION, VTDM_ICS_IWC);
}

static void run(struct vtdm *unit, const struct vtdm_desc *desc)
{
	if (unit->knobs.lost_descriptors & BIT(desc->type))
		return;
	switch (desc->type) {
	case VTDM_DESC_CONTEXT:
		flush_context(unit, desc);
		break;
	case VTDM_DESC_PASID:
		flush_pasid(unit, desc);
		break;
	case VTDM_DESC_IOTLB:
		flush_iotlb(unit, desc);
		break;
	case VTDM_DESC_PASID_IOTLB:
		flush_pasid_iotlb(unit, desc);
		break;
	case VTDM_DESC_DEVICE_TLB:
	case VTDM_DESC_PASID_DEVICE_TLB:
		flush_device(unit, desc);
		break;
	case VTDM_DESC_PAGE_GROUP:
		vtdm_page_group_response(unit, desc->source_id, desc->pasid,
					 desc->group, desc->code);
		break;
	case VTDM_DESC_WAIT:
		wait_done(unit, desc);
		break;
	default:
		break;
	}
}

/* Up to a fence, last to first, the waits at the end. */
static bool run_reordered(struct vtdm *unit)
{
	struct vtdm_desc *group = unit->regs.group;
	unsigned int nr = 0, i;

	while (nr < VTDM_REORDER_MAX && fetch(unit, &group[nr]))
		if (group[nr++].fence)
			break;
	for (i = nr; i-- > 0;)
		if (group[i].type != VTDM_DESC_WAIT)
			run(unit, &group[i]);
	for (i = 0; i < nr; i++)
		if (group[i].type == VTDM_DESC_WAIT)
			run(unit, &group[i]);
	return nr;
}

/* One descriptor, or what is reordered at once; false: nothing was done. */
static bool step(struct vtdm *unit)
{
	struct vtdm_desc desc;
	bool done;

	if (unit->knobs.reorder) {
		done = run_reordered(unit);
	} else {
		done = fetch(unit, &desc);
		if (done)
			run(unit, &desc);
	}
	if (head(unit) == tail(unit))
		time_out(unit);
	return done;
}

/* As far as it goes, unless a knob makes it slow. */
static void run_all(struct vtdm *unit)
{
	while (!unit->knobs.completion_held &&
	       !unit->knobs.completion_reads && step(unit))
		;
}

/* Is what software has set up wrong before any descriptor is looked at? */
static enum vtdm_iqei setup_error(const struct vtdm *unit)
{
	unsigned int ttm = FIELD_GET(VTDM_RTADDR_TTM, vtdm_root(unit));
	bool wide = unit->regs.iqa & VTDM_IQA_DW;

	if (ttm == VTDM_TTM_RESERVED)
		return VTDM_IQEI_TTM;
	if (wide ? !(unit->config.ecap & VTDM_ECAP_SMTS) :
		   ttm == VTDM_TTM_SCALABLE)
		return VTDM_IQEI_WIDTH;
	if (tail(unit) >= queue_size(unit))
		return VTDM_IQEI_TAIL;
	if (wide && tail(unit) & VTDM_IQ_HALF_SLOT)
		return VTDM_IQEI_MISALIGNED;
	return VTDM_IQEI_NONE;
}

static void doorbell(struct vtdm *unit)
{
	enum vtdm_iqei info;

	if (frozen(unit) || unit->regs.refused)
		return;
	info = setup_error(unit);
	if (info) {
		unit->regs.refused = true;
		queue_error(unit, info);
		return;
	}
	run_all(unit);
}

/**
 * vtdm_queue_switch() - GCMD.QIE has changed
 * @unit: the unit
 * @on: to what
 *
 * Origin: specification 11.4.4, 11.4.9.
 *
 * Context: any; all host ops but alloc() and free() may be called.
 */
void vtdm_queue_switch(struct vtdm *unit, bool on)
{
	struct vtdm_regs *regs = &unit->regs;

	vtdm_reg64_set(regs, VTDM_IQH, 0);
	regs->iqa = vtdm_reg64(regs, VTDM_IQA);
	regs->refused = false;
	regs->timed_out = false;
	regs->reads = 0;
	if (on)
		doorbell(unit);
}

/**
 * vtdm_queue_tail_written() - software has written IQT
 * @unit: the unit
 *
 * Context: any; all host ops but alloc() and free() may be called.
 */
void vtdm_queue_tail_written(struct vtdm *unit)
{
	unit->regs.refused = false;
	doorbell(unit);
}

/**
 * vtdm_queue_error_cleared() - software has cleared FSTS.IQE or ITE
 * @unit: the unit
 *
 * Context: any; all host ops but alloc() and free() may be called.
 */
void vtdm_queue_error_cleared(struct vtdm *unit)
{
	doorbell(unit);
}

/**
 * vtdm_queue_polled() - software is about to read a register
 * @unit: the unit
 *
 * Each read of a poller lets a slow queue advance. One that is not slow any
 * more goes on.
 *
 * Context: any; all host ops but alloc() and free() may be called.
 */
void vtdm_queue_polled(struct vtdm *unit)
{
	if (unit->knobs.completion_held || !ready(unit))
		return;
	if (unit->knobs.completion_reads &&
	    ++unit->regs.reads < unit->knobs.completion_reads)
		return;
	unit->regs.reads = 0;
	step(unit);
	run_all(unit);
}

/**
 * vtdm_advance() - let the queue do its next step whatever the knobs say
 * @unit: the unit
 *
 * Context: any; all host ops but alloc() and free() may be called.
 * Return: true when there is more to do.
 */
bool vtdm_advance(struct vtdm *unit)
{
	step(unit);
	return ready(unit);
}
