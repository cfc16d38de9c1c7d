// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a thread that runs descriptors
 *
 * With the knob completion_thread the queue advances on another CPU, behind the
 * driver's back, as on real hardware: the knob also holds descriptors back from
 * register accesses. One descriptor at a time, so that other CPUs get the
 * unit's lock in between.
 *
 * A driver may poll with interrupts off, so the thread is refused where only one
 * CPU is online. Taking CPUs offline later is on the user.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>

#include "model.h"

static bool vtd_model_advance(struct vtd_model_unit *unit)
{
	unsigned long flags = vtd_model_unit_lock(unit);
	bool more = unit->vtdm && vtdm_advance(unit->vtdm);

	vtd_model_unit_unlock(unit, flags);
	return more;
}

static int vtd_model_thread(void *data)
{
	struct vtd_model_unit *unit = data;

	while (!kthread_should_stop()) {
		wait_event_interruptible(unit->thread_wait,
					 READ_ONCE(unit->kicked) ||
					 kthread_should_stop());
		/* Before the queue is looked at: a later kick is a new one. */
		WRITE_ONCE(unit->kicked, false);
		while (vtd_model_advance(unit))
			cond_resched();
	}
	return 0;
}

/**
 * vtd_model_thread_kick() - a register was written
 * @unit: the unit
 *
 * Context: any, unit->lock not held.
 */
void vtd_model_thread_kick(struct vtd_model_unit *unit)
{
	WRITE_ONCE(unit->kicked, true);
	if (wq_has_sleeper(&unit->thread_wait))
		wake_up(&unit->thread_wait);
}

static void vtd_model_hold(struct vtd_model_unit *unit, bool held)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	vtdm_knobs(unit->vtdm)->completion_held = held;
	vtd_model_unit_unlock(unit, flags);
}

/**
 * vtd_model_thread_start() - descriptors run in a thread from now on
 * @unit: the unit
 *
 * Context: may sleep.
 * Return: 0, also when it runs already; -EINVAL with one CPU, -ENOMEM.
 */
int vtd_model_thread_start(struct vtd_model_unit *unit)
{
	struct task_struct *thread;

	guard(mutex)(&unit->thread_lock);
	if (unit->thread)
		return 0;
	if (num_online_cpus() < 2) {
		pr_info("vtd-model: %s: completion_thread needs two CPUs, one is online\n",
			unit->name);
		return -EINVAL;
	}
	thread = kthread_run(vtd_model_thread, unit, "%s", unit->name);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	unit->thread = thread;
	vtd_model_hold(unit, true);
	vtd_model_thread_kick(unit);
	return 0;
}

/**
 * vtd_model_thread_stop() - descriptors run at once again
 * @unit: the unit
 *
 * Context: may sleep.
 */
void vtd_model_thread_stop(struct vtd_model_unit *unit)
{
	guard(mutex)(&unit->thread_lock);
	if (!unit->thread)
		return;
	vtd_model_hold(unit, false);
	kthread_stop(unit->thread);
	unit->thread = NULL;
	while (vtd_model_advance(unit))
		cond_resched();
}
