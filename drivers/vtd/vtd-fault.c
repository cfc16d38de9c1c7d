// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA that the unit blocked.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/interrupt.h>

#include <iopasid/fault.h>

#include "vtd.h"

/**
 * DOC: faults
 *
 * A unit has a ring of fault records, which it fills one after the other, and
 * sends one event when FSTS was clear; while the next record is full further
 * faults are lost (FSTS.PFO). So the handler only empties the records, from the
 * oldest (FSTS.FRI) round, into a kfifo, and a work item decodes and reports
 * them to the core, which counts, traces and prints. What happens while any bit
 * of FSTS is set sends no event: the work goes on until it finds nothing, and
 * who clears an error of the queue starts it too.
 *
 * A DMA without a PASID uses the table of its source id's RID_PASID. Units do
 * not always say so in the record, so the handler adds what the
 * context entry says at that moment.
 *
 * Unhappy paths: no interrupt to be had: one line, and faults are counted
 * nowhere. More faults than the kfifo holds: they count as lost.
 *
 * Locking: fault_lock for the records and the kfifo; the work is its only
 * consumer, and takes it one record at a time.
 */

static u32 vtd_fault_reg(const struct vtd_unit *unit, unsigned int index)
{
	return FIELD_GET(VTD_CAP_FRO, unit->cap) * VTD_REG_OFFSET_UNIT +
	       index * VTD_FRCD_SIZE;
}

static u32 vtd_fault_rid_pasid(struct vtd_unit *unit, u64 high)
{
	struct vtd_requester *req;

	req = vtd_requester_find(unit, FIELD_GET(VTD_FRCD_SID, high));
	return req ? READ_ONCE(req->rid_pasid) : 0;
}

/* Empty one record; false: it was empty. */
static bool vtd_fault_take_locked(struct vtd_unit *unit, unsigned int index)
{
	u32 reg = vtd_fault_reg(unit, index);
	struct vtd_fault_record record;

	lockdep_assert_held(&unit->fault_lock);

	if (!(vtd_read32(unit->port, reg + VTD_FRCD_UPPER) & VTD_FRCD_UPPER_F))
		return false;
	record.low = vtd_read64(unit->port, reg);
	record.high = vtd_read64(unit->port, reg + VTD_FRCD_HIGH);
	record.pasid = vtd_fault_rid_pasid(unit, record.high);
	vtd_write32(unit->port, reg + VTD_FRCD_UPPER, VTD_FRCD_UPPER_F);

	vtd_count(unit, VTD_COUNT_FAULT);
	if (!kfifo_put(&unit->faults, record))
		vtd_count(unit, VTD_COUNT_FAULT_LOST);
	return true;
}

/* What nobody else clears, and would keep the next event from being sent */
#define VTD_FSTS_DROPPED	(VTD_FSTS_PFO | VTD_FSTS_ICE)

static unsigned int vtd_fault_drain_locked(struct vtd_unit *unit)
{
	unsigned int nr_records = FIELD_GET(VTD_CAP_NFR, unit->cap) + 1;
	unsigned int nr = 0;
	unsigned int oldest;
	u32 fsts;

	lockdep_assert_held(&unit->fault_lock);

	fsts = vtd_read32(unit->port, VTD_REG_FSTS);
	/* The unit is not there any more. */
	if (fsts == U32_MAX)
		return 0;
	/* Before the records: one that fills when all is clear sends an event. */
	if (fsts & VTD_FSTS_DROPPED)
		vtd_write32(unit->port, VTD_REG_FSTS, fsts & VTD_FSTS_DROPPED);
	if (fsts & VTD_FSTS_PFO)
		vtd_count(unit, VTD_COUNT_FAULT_LOST);
	oldest = FIELD_GET(VTD_FSTS_FRI, fsts);
	while (nr < nr_records &&
	       vtd_fault_take_locked(unit, (oldest + nr) % nr_records))
		nr++;
	return nr;
}

/* Empty all records; how many there were. */
static unsigned int vtd_fault_drain(struct vtd_unit *unit)
{
	unsigned long flags;
	unsigned int nr;

	spin_lock_irqsave(&unit->fault_lock, flags);
	nr = vtd_fault_drain_locked(unit);
	spin_unlock_irqrestore(&unit->fault_lock, flags);
	return nr;
}

static irqreturn_t vtd_fault_handler(int irq, void *data)
{
	struct vtd_unit *unit = data;

	/* An error of the queue uses the same event; maybe nobody polls. */
	if (vtd_fault_drain(unit) || vtd_queue_stopped(unit))
		vtd_fault_kick(unit);
	return IRQ_HANDLED;
}

/* The device that sends with a source id, with a reference; may be NULL. */
static struct device *vtd_fault_device(struct vtd_unit *unit, u16 source_id)
{
	struct vtd_requester *req = vtd_requester_find(unit, source_id);
	struct vtd_requester_user *source;
	struct device *dev = NULL;
	unsigned long flags;

	if (!req)
		return NULL;
	spin_lock_irqsave(&unit->table_lock, flags);
	list_for_each_entry(source, &req->users, node) {
		/* Whose own id it is, rather than whose alias */
		if (dev && source != source->vdev->sources)
			continue;
		dev = source->vdev->dev;
	}
	get_device(dev);
	spin_unlock_irqrestore(&unit->table_lock, flags);
	return dev;
}

static void vtd_fault_report(struct vtd_unit *unit,
			     const struct vtd_fault_record *record)
{
	struct iopasid_fault fault = {
		.source_id	= FIELD_GET(VTD_FRCD_SID, record->high),
		.pasid		= record->pasid,
		.addr		= record->low & VTD_FRCD_ADDR,
		.write		= !(record->high & VTD_FRCD_READ),
		.reason		= FIELD_GET(VTD_FRCD_REASON, record->high),
	};
	unsigned long flags;

	if (record->high & VTD_FRCD_PP)
		fault.pasid = FIELD_GET(VTD_FRCD_PASID, record->high);
	fault.text = vtd_fault_text(fault.reason);
	fault.dev = vtd_fault_device(unit, fault.source_id);
	iopasid_report_fault(&unit->iounit, &fault);
	put_device(fault.dev);

	fault.dev = NULL;
	spin_lock_irqsave(&unit->fault_lock, flags);
	unit->last_fault = fault;
	spin_unlock_irqrestore(&unit->fault_lock, flags);
}

static void vtd_fault_work(struct work_struct *work)
{
	struct vtd_unit *unit = container_of(work, struct vtd_unit, fault_work);
	struct vtd_fault_record record;

	vtd_queue_recover(unit);
	do {
		while (kfifo_out_spinlocked(&unit->faults, &record, 1,
					    &unit->fault_lock))
			vtd_fault_report(unit, &record);
		cond_resched();
	} while (READ_ONCE(unit->has_irq) && vtd_fault_drain(unit));
}

/**
 * vtd_fault_init() - before any other call
 * @unit: the unit
 */
void vtd_fault_init(struct vtd_unit *unit)
{
	spin_lock_init(&unit->fault_lock);
	INIT_KFIFO(unit->faults);
	INIT_WORK(&unit->fault_work, vtd_fault_work);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_fault_init);

/**
 * vtd_fault_kick() - look for faults without an event
 * @unit: the unit
 *
 * Context: any.
 */
void vtd_fault_kick(struct vtd_unit *unit)
{
	if (READ_ONCE(unit->has_irq))
		schedule_work(&unit->fault_work);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_fault_kick);

/**
 * vtd_fault_last() - the last fault
 * @unit: the unit
 * @fault: gets it, without the device; what it was if there was none
 *
 * After all faults of DMA that is over have been reported.
 *
 * Context: may sleep.
 * Return: how many faults have been reported.
 */
u64 vtd_fault_last(struct vtd_unit *unit, struct iopasid_fault *fault)
{
	u64 nr_faults;

	vtd_fault_kick(unit);
	flush_work(&unit->fault_work);

	spin_lock_irq(&unit->fault_lock);
	nr_faults = atomic64_read(&unit->iounit.nr_faults);
	if (nr_faults)
		*fault = unit->last_fault;
	spin_unlock_irq(&unit->fault_lock);
	return nr_faults;
}

/**
 * vtd_fault_start() - report faults from now on
 * @unit: the unit, whose old records are dropped
 *
 * A unit without a fault event works; its faults are not seen.
 *
 * Context: may sleep.
 */
void vtd_fault_start(struct vtd_unit *unit)
{
	int ret;

	vtd_fault_drain(unit);
	kfifo_reset(&unit->faults);
	WRITE_ONCE(unit->has_irq, true);
	ret = unit->port->ops->irq_request(unit->port, VTD_EVENT_FAULT,
					   unit->name, vtd_fault_handler, unit);
	if (!ret)
		return;
	WRITE_ONCE(unit->has_irq, false);
	pr_warn("%s has no fault interrupt (%pe): blocked DMA is not reported\n",
		unit->name, ERR_PTR(ret));
}
EXPORT_SYMBOL_IF_KUNIT(vtd_fault_start);

/**
 * vtd_fault_stop() - undo vtd_fault_start()
 * @unit: the unit
 *
 * Context: may sleep. No fault is reported any more when it returns.
 */
void vtd_fault_stop(struct vtd_unit *unit)
{
	if (!unit->has_irq)
		return;
	unit->port->ops->irq_free(unit->port, VTD_EVENT_FAULT);
	WRITE_ONCE(unit->has_irq, false);
	cancel_work_sync(&unit->fault_work);
	vtd_fault_drain(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_fault_stop);

/**
 * vtd_fault_mask() - no fault event for a while
 * @unit: the unit
 *
 * Context: any.
 */
void vtd_fault_mask(struct vtd_unit *unit)
{
	vtd_write32(unit->port, VTD_REG_FECTL, VTD_FECTL_IM);
}

/**
 * vtd_fault_unmask() - program the fault event after a sleep
 * @unit: the unit
 *
 * Context: any.
 */
void vtd_fault_unmask(struct vtd_unit *unit)
{
	if (!unit->has_irq)
		return;
	unit->port->ops->irq_program(unit->port, VTD_EVENT_FAULT);
	/* A record that filled before keeps the event from being sent. */
	vtd_fault_kick(unit);
}
