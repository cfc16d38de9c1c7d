/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events of iopasid-vtd.ko. For people; not a stable interface. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iopasid_vtd

#if !defined(_TRACE_VTD_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VTD_H

#include <linux/tracepoint.h>

#include <iopasid/domain.h>

#include "vtd-bits.h"

#define vtd_show_desc_type(type) __print_symbolic(type,			\
	{ VTD_DESC_CONTEXT,	"context-cache" },			\
	{ VTD_DESC_IOTLB,	"iotlb" },				\
	{ VTD_DESC_DEV_TLB,	"dev-tlb" },				\
	{ VTD_DESC_IEC,		"iec" },				\
	{ VTD_DESC_WAIT,	"wait" },				\
	{ VTD_DESC_PASID_IOTLB,	"pasid-iotlb" },			\
	{ VTD_DESC_PASID,	"pasid-cache" },			\
	{ VTD_DESC_PASID_DEV_TLB, "pasid-dev-tlb" })

DECLARE_EVENT_CLASS(vtd_desc,
	TP_PROTO(const char *unit, u64 qw0, u64 qw1),
	TP_ARGS(unit, qw0, qw1),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(u64, qw0)
		__field(u64, qw1)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->qw0 = qw0;
		__entry->qw1 = qw1;
	),
	TP_printk("%s %s %016llx %016llx", __get_str(unit),
		  vtd_show_desc_type(FIELD_GET(VTD_DESC_TYPE, __entry->qw0)),
		  __entry->qw0, __entry->qw1)
);

/* A descriptor that goes to the queue, but for the wait at the end */
DEFINE_EVENT(vtd_desc, vtd_invalidate,
	TP_PROTO(const char *unit, u64 qw0, u64 qw1),
	TP_ARGS(unit, qw0, qw1));

/* A descriptor that the unit refused */
DEFINE_EVENT(vtd_desc, vtd_queue_error,
	TP_PROTO(const char *unit, u64 qw0, u64 qw1),
	TP_ARGS(unit, qw0, qw1));

/* A PASID table entry of a device now says this */
TRACE_EVENT(vtd_attach,
	TP_PROTO(const char *unit, u16 source_id, u32 pasid, int type, u16 did),
	TP_ARGS(unit, source_id, pasid, type, did),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(u16, source_id)
		__field(u32, pasid)
		__field(int, type)
		__field(u16, did)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->source_id = source_id;
		__entry->pasid = pasid;
		__entry->type = type;
		__entry->did = did;
	),
	TP_printk("%s source %04x pasid %u %s did %u", __get_str(unit),
		  __entry->source_id, __entry->pasid,
		  __print_symbolic(__entry->type,
				   { IOPASID_DOMAIN_BLOCKED, "blocked" },
				   { IOPASID_DOMAIN_IDENTITY, "identity" },
				   { IOPASID_DOMAIN_PAGING, "paging" },
				   { IOPASID_DOMAIN_SVA, "sva" }),
		  __entry->did)
);

#endif /* _TRACE_VTD_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace-vtd
#include <trace/define_trace.h>
