// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages to software: faults, completions, page requests.
 */
#include <linux/bits.h>

#include "vtdm-private.h"
#include "vtdm-reg-bits.h"

/**
 * DOC: events
 *
 * The three events of a unit are alike (specification 7.3, 6.5.2.10, 7.5): some
 * bits of a status register are conditions. When one is set while all of them
 * are clear, a message becomes pending (IP). It is sent at once, or when
 * software clears the mask (IM); software that clears all conditions meanwhile
 * has seen to it, and nothing is sent.
 *
 * What is set while another condition is still set sends no message. A driver
 * that clears less than it has seen, or looks before it clears, goes deaf.
 */

struct event_regs {
	unsigned int control;
	unsigned int status;
	u32 conditions;
};

static const struct event_regs event_regs[] = {
	[VTDM_EVENT_FAULT] = {
		.control = VTDM_FECTL,
		.status = VTDM_FSTS,
		.conditions = VTDM_FSTS_PFO | VTDM_FSTS_PPF | VTDM_FSTS_IQE |
			      VTDM_FSTS_ICE | VTDM_FSTS_ITE,
	},
	[VTDM_EVENT_COMPLETION] = {
		.control = VTDM_IECTL,
		.status = VTDM_ICS,
		.conditions = VTDM_ICS_IWC,
	},
	[VTDM_EVENT_PAGE_REQUEST] = {
		.control = VTDM_PECTL,
		.status = VTDM_PRS,
		.conditions = VTDM_PRS_PPR | VTDM_PRS_PRO,
	},
};

static void event_send(struct vtdm *unit, enum vtdm_event event)
{
	unsigned int control = event_regs[event].control;
	u64 addr = vtdm_reg32(&unit->regs, control + VTDM_EVENT_ADDR) |
		   (u64)vtdm_reg32(&unit->regs, control + VTDM_EVENT_UADDR) << 32;
	u32 data = vtdm_reg32(&unit->regs, control + VTDM_EVENT_DATA);

	if (!(unit->knobs.lost_events & BIT(event)))
		unit->ops->event(unit->host, event, addr, data);
}

/**
 * vtdm_event_update() - software has written to a status or control register
 * @unit: the unit
 * @event: whose registers
 *
 * Context: any.
 */
void vtdm_event_update(struct vtdm *unit, enum vtdm_event event)
{
	const struct event_regs *at = &event_regs[event];
	u32 control = vtdm_reg32(&unit->regs, at->control);

	if (!(control & VTDM_EVENT_IP))
		return;
	if (!(vtdm_reg32(&unit->regs, at->status) & at->conditions)) {
		vtdm_reg32_set(&unit->regs, at->control, control & ~VTDM_EVENT_IP);
	} else if (!(control & VTDM_EVENT_IM)) {
		vtdm_reg32_set(&unit->regs, at->control, control & ~VTDM_EVENT_IP);
		event_send(unit, event);
	}
}

/**
 * vtdm_event_raise() - something has happened
 * @unit: the unit
 * @event: what kind
 * @status: the bit to set in its status register
 *
 * Origin: specification 7.3, 6.5.2.10, 7.5.
 *
 * Context: any; may call the host's event().
 */
void vtdm_event_raise(struct vtdm *unit, enum vtdm_event event, u32 status)
{
	const struct event_regs *at = &event_regs[event];
	u32 old = vtdm_reg32(&unit->regs, at->status);

	vtdm_reg32_set(&unit->regs, at->status, old | status);
	if (old & at->conditions)
		return;
	vtdm_reg32_set(&unit->regs, at->control,
		       vtdm_reg32(&unit->regs, at->control) | VTDM_EVENT_IP);
	vtdm_event_update(unit, event);
}
