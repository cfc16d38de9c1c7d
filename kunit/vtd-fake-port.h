/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A unit in name only: registers, and a queue whose descriptors are noted.
 */
#ifndef _VTD_FAKE_PORT_H
#define _VTD_FAKE_PORT_H

#include <kunit/test.h>
#include <linux/irq_work.h>

#include "../drivers/vtd/vtd.h"

#define FAKE_FRO		0x20
#define FAKE_REG_WORDS		128
#define FAKE_LOG		4096
/* Of the page request queue, in bytes */
#define FAKE_PRQ_SIZE		16384

/**
 * struct fake_unit - a unit and the port that its driver sees
 * @unit: the driver's
 * @port: the driver's way to @regs
 * @test: who uses it
 * @regs: registers, by offset
 * @frozen: descriptors wait in the queue
 * @deaf: commands have no effect
 * @refuse_at: the doorbell whose first descriptor is refused, 0: none
 * @silent: the source id of a device that does not answer to the next
 *	invalidation of its TLB, 0: all answer
 * @mute: nor to any later one
 * @tells: the unit says who did not answer
 * @prefetch: descriptors that were fetched by then: waits among them are lost
 * @head: slot that is executed next
 * @nr_doorbells: writes of the tail
 * @nr_commands: writes of GCMD
 * @nr_log: descriptors executed
 * @log: word 0 and 1 of each, waits with a status address included
 * @handler: of the event that was requested last
 * @irq_error: what irq_request returns
 * @nr_programmed: calls of irq_program
 * @hook: called before a register of 32 bits is read or written; NULL
 * @listens: it wants promises
 * @nr_promises: that it got
 * @changing: flushes of what somebody else has changed, begun and not over
 * @promised: called for each; NULL
 * @interrupt: comes as soon as interrupts are on
 * @stretch: doorbells and promises since the last one
 * @longest: the longest such stretch
 * @data: the test's
 */
struct fake_unit {
	struct vtd_unit unit;
	struct vtd_port port;
	struct kunit *test;
	u64 regs[FAKE_REG_WORDS];
	bool frozen;
	bool deaf;
	unsigned int refuse_at;
	u16 silent;
	bool mute;
	bool tells;
	unsigned int prefetch;
	unsigned int head;
	unsigned int nr_doorbells;
	unsigned int nr_commands;
	unsigned int nr_log;
	struct vtd_desc log[FAKE_LOG];
	irq_handler_t handler;
	int irq_error;
	unsigned int nr_programmed;
	void (*hook)(struct fake_unit *fake, u32 reg, bool write);
	bool listens;
	unsigned int nr_promises;
	int changing;
	void (*promised)(struct fake_unit *fake, u16 source_id, u32 pasid,
			 enum vtd_promise_kind kind, const char *who);
	struct irq_work interrupt;
	atomic_t stretch;
	int longest;
	void *data;
};

struct fake_unit *fake_unit_create(struct kunit *test, u64 cap);
void fake_unit_use_first(struct fake_unit *fake);
void fake_unit_thaw(struct fake_unit *fake);
void fake_unit_fault(struct fake_unit *fake, unsigned int record, u16 source_id);
void fake_unit_page_request(struct fake_unit *fake, u64 word0, u64 word1);
void fake_unit_page_event(struct fake_unit *fake);
u32 fake_read32(struct fake_unit *fake, u32 reg);
void fake_write32(struct fake_unit *fake, u32 reg, u32 value);

#endif /* _VTD_FAKE_PORT_H */
