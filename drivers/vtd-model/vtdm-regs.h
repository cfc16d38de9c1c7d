/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers, and what the unit has latched of them. Private to the files that
 * implement them; others see vtdm_translating() and the like.
 */
#ifndef _VTDM_REGS_H
#define _VTDM_REGS_H

#include <linux/types.h>

#include "vtdm.h"
#include "vtdm-desc.h"

/* As many descriptors are fetched before the first is done */
#define VTDM_REORDER_MAX	32

/**
 * struct vtdm_regs - the register page
 * @word: what software reads
 * @root: RTADDR as GCMD.SRTP latched it
 * @iqa: IQA as GCMD.QIE latched it
 * @reads: register reads since the last descriptor, for the knob
 * @next_fault: record that is filled next
 * @refused: software has been told that the tail, or IQA, is wrong
 * @timed_out: a device has not answered, which the next wait finds out
 * @silent_device: which one
 * @group: fetched descriptors that the knob reorders
 */
struct vtdm_regs {
	u32 word[VTDM_REG_SIZE / sizeof(u32)];
	u64 root;
	u64 iqa;
	unsigned int reads;
	unsigned int next_fault;
	bool refused;
	bool timed_out;
	u16 silent_device;
	struct vtdm_desc group[VTDM_REORDER_MAX];
};

static inline u32 vtdm_reg32(const struct vtdm_regs *regs, unsigned int reg)
{
	return regs->word[reg / sizeof(u32)];
}

static inline void vtdm_reg32_set(struct vtdm_regs *regs, unsigned int reg,
				  u32 value)
{
	regs->word[reg / sizeof(u32)] = value;
}

static inline u64 vtdm_reg64(const struct vtdm_regs *regs, unsigned int reg)
{
	return vtdm_reg32(regs, reg) |
	       (u64)vtdm_reg32(regs, reg + sizeof(u32)) << 32;
}

static inline void vtdm_reg64_set(struct vtdm_regs *regs, unsigned int reg,
				  u64 value)
{
	vtdm_reg32_set(regs, reg, value);
	vtdm_reg32_set(regs, reg + sizeof(u32), value >> 32);
}

/* vtdm-regs.c */
void vtdm_regs_reset(struct vtdm *unit);

/* vtdm-reg-flush.c: invalidation by registers */
void vtdm_reg_flush_context(struct vtdm *unit);
void vtdm_reg_flush_iotlb(struct vtdm *unit);

/* vtdm-event.c */
void vtdm_event_raise(struct vtdm *unit, enum vtdm_event event, u32 status);
void vtdm_event_update(struct vtdm *unit, enum vtdm_event event);

/* vtdm-fault.c */
unsigned int vtdm_fault_reg(const struct vtdm *unit, unsigned int index);
unsigned int vtdm_nr_faults(const struct vtdm *unit);
void vtdm_fault_serviced(struct vtdm *unit);

/* vtdm-queue.c */
void vtdm_queue_switch(struct vtdm *unit, bool on);
void vtdm_queue_tail_written(struct vtdm *unit);
void vtdm_queue_error_cleared(struct vtdm *unit);
void vtdm_queue_polled(struct vtdm *unit);

/* vtdm-prq.c */
void vtdm_page_group_response(struct vtdm *unit, u16 source_id, u32 pasid,
			      u32 group, u8 code);

#endif /* _VTDM_REGS_H */
