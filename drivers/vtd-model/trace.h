/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events of vtd-model.ko. For people; not a stable interface. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vtd_model

#if !defined(_TRACE_VTD_MODEL_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VTD_MODEL_H

#include <linux/tracepoint.h>

#include "vtdm.h"

#define vtd_model_show_event(event) __print_symbolic(event,		\
	{ VTDM_EVENT_FAULT,		"fault" },			\
	{ VTDM_EVENT_COMPLETION,	"completion" },			\
	{ VTDM_EVENT_PAGE_REQUEST,	"page-request" })

#define vtd_model_show_outcome(outcome) __print_symbolic(outcome,	\
	{ VTDM_DONE,		"done" },				\
	{ VTDM_BLOCKED,		"blocked" },				\
	{ VTDM_ABORTED,		"aborted" },				\
	{ VTDM_DENIED,		"denied" },				\
	{ VTDM_NO_PERMISSION,	"no-permission" })

#define vtd_model_show_defect(kind) __print_symbolic(kind,		\
	{ VTDM_DEFECT_STALE,		"stale" },			\
	{ VTDM_DEFECT_NOT_PRESENT,	"not-present" },		\
	{ VTDM_DEFECT_FREED,		"freed" },			\
	{ VTDM_DEFECT_UNMARKED,		"unmarked" })

/* A message to the driver; now: before the register access returns */
TRACE_EVENT(vtd_model_message,
	TP_PROTO(const char *unit, unsigned int event, bool now),
	TP_ARGS(unit, event, now),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(unsigned int, event)
		__field(bool, now)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->event = event;
		__entry->now = now;
	),
	TP_printk("%s %s%s", __get_str(unit),
		  vtd_model_show_event(__entry->event),
		  __entry->now ? " inline" : "")
);

/* One page or less of a DMA */
TRACE_EVENT(vtd_model_dma,
	TP_PROTO(const char *unit, u16 source_id,
		 const struct vtdm_request *request,
		 const struct vtdm_result *result),
	TP_ARGS(unit, source_id, request, result),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(u16, source_id)
		__field(u32, pasid)
		__field(u64, addr)
		__field(size_t, size)
		__field(bool, write)
		__field(int, outcome)
		__field(u8, reason)
		__field(u64, phys)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->source_id = source_id;
		__entry->pasid = request->pasid;
		__entry->addr = request->addr;
		__entry->size = request->size;
		__entry->write = request->write;
		__entry->outcome = result->outcome;
		__entry->reason = result->reason;
		__entry->phys = result->phys;
	),
	TP_printk("%s source %04x pasid %d %s %#llx size %zu: %s reason %#x phys %#llx",
		  __get_str(unit), __entry->source_id, (int)__entry->pasid,
		  __entry->write ? "write" : "read", __entry->addr,
		  __entry->size, vtd_model_show_outcome(__entry->outcome),
		  __entry->reason, __entry->phys)
);

/* A page request group has got its answer */
TRACE_EVENT(vtd_model_answer,
	TP_PROTO(const char *unit, u16 source_id, u32 prg, u8 code),
	TP_ARGS(unit, source_id, prg, code),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(u16, source_id)
		__field(u32, prg)
		__field(u8, code)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->source_id = source_id;
		__entry->prg = prg;
		__entry->code = code;
	),
	TP_printk("%s source %04x group %u code %#x", __get_str(unit),
		  __entry->source_id, __entry->prg, __entry->code)
);

/* A find of the detector */
TRACE_EVENT(vtd_model_defect,
	TP_PROTO(const char *unit, const struct vtdm_defect *defect),
	TP_ARGS(unit, defect),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(int, kind)
		__field(int, cache)
		__field(u16, source_id)
		__field(u32, pasid)
		__field(u16, did)
		__field(u64, addr)
		__field(u64, stale)
		__field(u64, fresh)
		__string(who, defect->who ?: "nobody")
		__string(missing, defect->missing)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->kind = defect->kind;
		__entry->cache = defect->cache;
		__entry->source_id = defect->source_id;
		__entry->pasid = defect->pasid;
		__entry->did = defect->did;
		__entry->addr = defect->addr;
		__entry->stale = defect->stale;
		__entry->fresh = defect->fresh;
		__assign_str(who);
		__assign_str(missing);
	),
	TP_printk("%s %s cache %d source %04x pasid %d did %u addr %#llx stale %#llx fresh %#llx by \"%s\" missing \"%s\"",
		  __get_str(unit), vtd_model_show_defect(__entry->kind),
		  __entry->cache, __entry->source_id, (int)__entry->pasid,
		  __entry->did, __entry->addr, __entry->stale, __entry->fresh,
		  __get_str(who), __get_str(missing))
);

#endif /* _TRACE_VTD_MODEL_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
