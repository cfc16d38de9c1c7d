/* SPDX-License-Identifier: GPL-2.0-only */
/* The core's events; not an ABI. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iopasid

#if !defined(_IOPASID_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IOPASID_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

#include <iopasid/domain.h>
#include <iopasid/fault.h>

TRACE_DEFINE_ENUM(IOPASID_DOMAIN_BLOCKED);
TRACE_DEFINE_ENUM(IOPASID_DOMAIN_IDENTITY);
TRACE_DEFINE_ENUM(IOPASID_DOMAIN_PAGING);
TRACE_DEFINE_ENUM(IOPASID_DOMAIN_SVA);
TRACE_DEFINE_ENUM(IOPASID_PAGE_READ);
TRACE_DEFINE_ENUM(IOPASID_PAGE_WRITE);
TRACE_DEFINE_ENUM(IOPASID_PAGE_EXEC);
TRACE_DEFINE_ENUM(IOPASID_PAGE_PRIV);
TRACE_DEFINE_ENUM(IOPASID_PAGE_SUCCESS);
TRACE_DEFINE_ENUM(IOPASID_PAGE_INVALID);
TRACE_DEFINE_ENUM(IOPASID_PAGE_FAILURE);

#define show_iopasid_domain_type(type)				\
	__print_symbolic(type,					\
		{ IOPASID_DOMAIN_BLOCKED,	"blocked" },	\
		{ IOPASID_DOMAIN_IDENTITY,	"identity" },	\
		{ IOPASID_DOMAIN_PAGING,	"translated" },		\
		{ IOPASID_DOMAIN_SVA,		"process" })

#define show_iopasid_page_access(access)			\
	__print_flags(access, "|",				\
		{ IOPASID_PAGE_READ,	"read" },		\
		{ IOPASID_PAGE_WRITE,	"write" },		\
		{ IOPASID_PAGE_EXEC,	"exec" },		\
		{ IOPASID_PAGE_PRIV,	"priv" })

#define show_iopasid_page_code(code)				\
	__print_symbolic(code,					\
		{ IOPASID_PAGE_SUCCESS,	"success" },		\
		{ IOPASID_PAGE_INVALID,	"invalid" },		\
		{ IOPASID_PAGE_FAILURE,	"failure" })

DECLARE_EVENT_CLASS(iopasid_attachment,
	TP_PROTO(struct device *dev, int group, u32 pasid,
		 enum iopasid_domain_type type),
	TP_ARGS(dev, group, pasid, type),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(int, group)
		__field(u32, pasid)
		__field(int, type)
	),
	TP_fast_assign(
		__assign_str(dev);
		__entry->group = group;
		__entry->pasid = pasid;
		__entry->type = type;
	),
	TP_printk("%s group %d PASID %#x %s", __get_str(dev), __entry->group,
		  __entry->pasid, show_iopasid_domain_type(__entry->type))
);

DEFINE_EVENT(iopasid_attachment, iopasid_attach,
	TP_PROTO(struct device *dev, int group, u32 pasid,
		 enum iopasid_domain_type type),
	TP_ARGS(dev, group, pasid, type)
);

DEFINE_EVENT(iopasid_attachment, iopasid_detach,
	TP_PROTO(struct device *dev, int group, u32 pasid,
		 enum iopasid_domain_type type),
	TP_ARGS(dev, group, pasid, type)
);

TRACE_EVENT(iopasid_fault,
	TP_PROTO(const char *unit, const struct iopasid_fault *fault),
	TP_ARGS(unit, fault),
	TP_STRUCT__entry(
		__string(unit, unit)
		__field(u16, source_id)
		__field(u32, pasid)
		__field(u64, addr)
		__field(bool, write)
		__field(u8, reason)
	),
	TP_fast_assign(
		__assign_str(unit);
		__entry->source_id = fault->source_id;
		__entry->pasid = fault->pasid;
		__entry->addr = fault->addr;
		__entry->write = fault->write;
		__entry->reason = fault->reason;
	),
	TP_printk("%s source id %#06x PASID %#x %s %#llx reason %#04x",
		  __get_str(unit), __entry->source_id, __entry->pasid,
		  __entry->write ? "write" : "read", __entry->addr,
		  __entry->reason)
);

TRACE_EVENT(iopasid_page_request,
	TP_PROTO(struct device *dev,
		 const struct iopasid_page_request *request),
	TP_ARGS(dev, request),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u32, pasid)
		__field(u16, index)
		__field(u8, access)
		__field(bool, last)
		__field(u64, addr)
	),
	TP_fast_assign(
		__assign_str(dev);
		__entry->pasid = request->pasid;
		__entry->index = request->index;
		__entry->access = request->access;
		__entry->last = request->last;
		__entry->addr = request->addr;
	),
	TP_printk("%s PASID %#x group %u %s %#llx%s", __get_str(dev),
		  __entry->pasid, __entry->index,
		  show_iopasid_page_access(__entry->access), __entry->addr,
		  __entry->last ? " last" : "")
);

TRACE_EVENT(iopasid_page_response,
	TP_PROTO(struct device *dev, u32 pasid, u16 index,
		 enum iopasid_page_code code),
	TP_ARGS(dev, pasid, index, code),
	TP_STRUCT__entry(
		__string(dev, dev_name(dev))
		__field(u32, pasid)
		__field(u16, index)
		__field(int, code)
	),
	TP_fast_assign(
		__assign_str(dev);
		__entry->pasid = pasid;
		__entry->index = index;
		__entry->code = code;
	),
	TP_printk("%s PASID %#x group %u %s", __get_str(dev), __entry->pasid,
		  __entry->index, show_iopasid_page_code(__entry->code))
);

#endif /* _IOPASID_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
