// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: faults
 *
 * A DMA that a unit blocked reaches people in three ways: a line in the log,
 * rate limited, a trace event and a count for each unit.
 *
 * A process may end, or be killed, while a device works for it: what the device
 * still sends is blocked, counted and traced, but no news for the log.
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

/* It is attached to a process that is gone. */
static bool iopasid_fault_is_expected(const struct iopasid_fault *fault)
{
	struct iopasid_device *idev;
	bool expected;

	idev = fault->dev ? iopasid_device_get(fault->dev) : NULL;
	if (!idev)
		return false;
	expected = iopasid_page_route_is_gone(idev, fault->pasid);
	iopasid_device_put(idev);
	return expected;
}

/**
 * iopasid_report_fault() - a unit blocked a DMA
 * @unit: the unit
 * @fault: what it said, decoded
 *
 * Context: process.
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
	if (iopasid_fault_is_expected(fault) || !__ratelimit(&limit))
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
