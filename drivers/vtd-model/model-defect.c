// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what the detector finds
 *
 * A find is a defect of the driver of the unit. It is counted, goes to the trace
 * event vtd_model_defect, and to the log as one line. In mode "fail" that line is
 * an error with the word DEFECT, which fails a test run wherever it appears; in
 * mode "count" it is a notice, for tests that plant defects and look for it.
 */
#include <linux/kernel.h>
#include <linux/ratelimit.h>

#include "model.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* What happened, in words of its own for each kind. */
static const char *vtd_model_defect_what(const struct vtdm_defect *defect)
{
	switch (defect->kind) {
	case VTDM_DEFECT_STALE:
		return "DMA reached memory that was reported as gone";
	case VTDM_DEFECT_NOT_PRESENT:
		return "DMA was blocked where memory was reported as mapped";
	case VTDM_DEFECT_FREED:
		return "a table was freed while the unit had it cached";
	case VTDM_DEFECT_UNMARKED:
		return "DMA wrote without a mark to memory that was reported as clean";
	case VTDM_DEFECTS:
		break;
	}
	return "unknown";
}

static void vtd_model_defect_text(char *text, size_t size,
				  const struct vtd_model_unit *unit,
				  const struct vtdm_defect *defect)
{
	char pasid[12] = "none", fresh[24] = "nothing";

	if (defect->pasid != VTDM_NO_PASID)
		snprintf(pasid, sizeof(pasid), "%#x", defect->pasid);
	if (defect->fresh != ~0ULL)
		snprintf(fresh, sizeof(fresh), "%#llx", defect->fresh);
	snprintf(text, size,
		 "%s: %s: source 0x%04x PASID %s address %#llx, %s cache, DID %u: leads to %#llx, a fresh walk to %s; reported by %s; missing: %s",
		 unit->name, vtd_model_defect_what(defect), defect->source_id,
		 pasid, defect->addr, vtd_model_cache_names[defect->cache],
		 defect->did, defect->stale, fresh, defect->who ?: "nobody",
		 defect->missing);
}

/**
 * vtd_model_defect_locked() - report one find
 * @unit: where
 * @defect: what
 *
 * Context: unit->lock held.
 */
void vtd_model_defect_locked(struct vtd_model_unit *unit,
			     const struct vtdm_defect *defect)
{
	char text[448];

	lockdep_assert_held(&unit->lock);

	unit->nr_defects++;
	trace_vtd_model_defect(unit->name, defect);
	vtd_model_defect_text(text, sizeof(text), unit, defect);
	if (unit->detector == VTD_MODEL_DETECTOR_FAIL)
		pr_err_ratelimited("vtd-model: DEFECT %s\n", text);
	else
		pr_notice_ratelimited("vtd-model: defect: %s\n", text);
}
