// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: faults
 *
 * A DMA that a unit blocked reaches people in three ways: a line in the log,
 * rate limited, a trace event and a count for each unit.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/device.h>
#include <linux/export.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string_choices.h>

#include "core.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * iopasid_report_fault() - a unit blocked a DMA
 * @unit: the unit
 * @fault: what it said, decoded
 *
 * Context: any, hard interrupts too.
 */
void iopasid_report_fault(struct iopasid_unit *unit,
			  const struct iopasid_fault *fault)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	char nobody[sizeof("source id 0xffff")];
	const char *name;

	atomic64_inc(&unit->nr_faults);
	trace_iopasid_fault(unit->name, fault);
	if (!__ratelimit(&limit))
		return;
	if (fault->dev) {
		name = dev_name(fault->dev);
	} else {
		snprintf(nobody, sizeof(nobody), "source id %#06x",
			 fault->source_id);
		name = nobody;
	}
	pr_err("%s: DMA %s by %s PASID %#x address %#llx blocked: reason %#04x (%s)\n",
	       unit->name, str_write_read(fault->write), name, fault->pasid,
	       fault->addr, fault->reason, fault->text);
}
EXPORT_SYMBOL_GPL(iopasid_report_fault);
