// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: messages on their way to the driver
 *
 * A unit sends its three events as messages; there is no interrupt controller
 * in between, so they go to the handler that the driver has set, with interrupts
 * off and never under the unit's lock. An irq_work brings them in hard interrupt
 * context as soon as interrupts are on, also into the middle of a critical section
 * that leaves interrupts on: what real messages do.
 *
 * With the knob irq_inline a message arrives before the register access that
 * raised it returns, provided that interrupts are on there. That is the earliest
 * moment of all, and the same one in every run. Lockdep is told that it is one of
 * an interrupt.
 *
 * A message to nobody is lost, as with a masked vector.
 */
#include <linux/irqflags.h>
#include <linux/rcupdate.h>

#include "model.h"
#include "trace.h"

/* Context: interrupts off, which also is what set_handler() waits for. */
static void vtd_model_deliver(struct vtd_model_line *line)
{
	struct vtd_model_unit *unit = line->unit;
	void (*handler)(void *data);
	void *data;

	lockdep_assert_irqs_disabled();

	spin_lock(&unit->lock);
	handler = line->handler;
	data = line->data;
	spin_unlock(&unit->lock);
	if (handler)
		handler(data);
}

static void vtd_model_line_work(struct irq_work *work)
{
	vtd_model_deliver(container_of(work, struct vtd_model_line, work));
}

/**
 * vtd_model_send() - send messages
 * @unit: the unit
 * @raised: bit map of enum vtd_model_event
 * @now: from here, else by and by
 *
 * Context: interrupts off, unit->lock not held.
 */
void vtd_model_send(struct vtd_model_unit *unit, unsigned long raised, bool now)
{
	unsigned long event;

	for_each_set_bit(event, &raised, VTD_MODEL_EVENTS) {
		trace_vtd_model_message(unit->name, event, now);
		if (!now) {
			irq_work_queue(&unit->lines[event].work);
			continue;
		}
		lockdep_hardirq_enter();
		vtd_model_deliver(&unit->lines[event]);
		lockdep_hardirq_exit();
	}
}

/**
 * vtd_model_set_handler() - who gets a kind of message
 * @unit: the unit
 * @event: which kind
 * @handler: called for each, NULL: nobody
 * @data: for @handler
 *
 * Context: may sleep. The old handler does not run any more on return.
 */
void vtd_model_set_handler(struct vtd_model_unit *unit,
			   enum vtd_model_event event,
			   void (*handler)(void *data), void *data)
{
	struct vtd_model_line *line = &unit->lines[event];

	scoped_guard(spinlock_irqsave, &unit->lock) {
		line->handler = handler;
		line->data = data;
	}
	/*
	 * Inline handlers run with interrupts off, which RCU waits for, and so
	 * are messages on their way to the work.
	 */
	synchronize_rcu();
	irq_work_sync(&line->work);
}

/**
 * vtd_model_lines_init() - nobody listens yet
 * @unit: being made
 */
void vtd_model_lines_init(struct vtd_model_unit *unit)
{
	struct vtd_model_line *line;

	for (line = unit->lines; line < unit->lines + VTD_MODEL_EVENTS; line++) {
		line->unit = unit;
		init_irq_work(&line->work, vtd_model_line_work);
	}
}

/**
 * vtd_model_lines_stop() - no message is on its way any more
 * @unit: nobody else uses it
 *
 * Context: may sleep.
 */
void vtd_model_lines_stop(struct vtd_model_unit *unit)
{
	unsigned int event;

	for (event = 0; event < VTD_MODEL_EVENTS; event++)
		vtd_model_set_handler(unit, event, NULL, NULL);
}
