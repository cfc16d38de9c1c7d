/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the pure part of the software unit: what its files show to each
 * other.
 */
#ifndef _VTDM_PRIVATE_H
#define _VTDM_PRIVATE_H

#include "vtdm.h"

#include "vtdm-cache.h"
#include "vtdm-regs.h"

/**
 * struct vtdm - a unit
 * @config: what it is
 * @ops: the machine
 * @host: what @ops want
 * @knobs: how it misbehaves
 * @stats: what it counts
 * @detector: what the detector does
 * @regs: registers, queues, what they latched
 * @caches: context, PASID, paging-structure, IOTLB
 * @filled: entries that were made, in all caches and device TLBs
 * @changing: flushes of what somebody else has changed that are under way
 * @changing_since: @filled when the first of these began
 * @endpoints: the first device, linked
 */
struct vtdm {
	struct vtdm_config config;
	const struct vtdm_host_ops *ops;
	void *host;
	struct vtdm_knobs knobs;
	struct vtdm_stats stats;
	enum vtdm_detector detector;
	struct vtdm_regs regs;
	struct vtdm_caches caches;
	u64 filled;
	unsigned int changing;
	u64 changing_since;
	struct vtdm_endpoint *endpoints;
};

/* ---- vtdm-endpoint.c ---- */

/**
 * struct vtdm_endpoint - a device
 * @unit: in front of it
 * @next: in unit->endpoints
 * @config: what it is
 * @on: bit map of enum vtdm_ability
 * @tlb: its device TLB
 */
struct vtdm_endpoint {
	struct vtdm *unit;
	struct vtdm_endpoint *next;
	struct vtdm_endpoint_config config;
	unsigned int on;
	struct vtdm_device_tlb tlb;
};

struct vtdm_endpoint *vtdm_endpoint_find(struct vtdm *unit, u16 source_id);

/* ---- vtdm-fault.c: fault records ---- */

/**
 * struct vtdm_fault - a DMA that is blocked
 * @source_id: of the request
 * @pasid: of the request, VTDM_NO_PASID for none
 * @addr: of the request
 * @reason: specification 7.2.3
 * @write: a write request
 * @exec: execute was requested
 * @priv: privileged mode was requested
 * @address_type: AT field of the request: 0 untranslated, 1 translation
 *	request, 2 translated
 */
struct vtdm_fault {
	u16 source_id;
	u32 pasid;
	u64 addr;
	u8 reason;
	bool write;
	bool exec;
	bool priv;
	u8 address_type;
};

void vtdm_fault_record(struct vtdm *unit, const struct vtdm_fault *fault);

/* ---- vtdm-context.c: may a device send page requests (PRE)? ---- */

/*
 * Records the fault when not. When it may, what the unit has cached for that
 * page goes: the device must see what software makes of the request.
 */
bool vtdm_page_request_allowed(struct vtdm_endpoint *ep,
			       const struct vtdm_request *request);

/* ---- vtdm-regs.c: what is latched ---- */

bool vtdm_translating(const struct vtdm *unit);
/* RTADDR as SRTP latched it */
u64 vtdm_root(const struct vtdm *unit);

/* ---- vtdm-cache.c: what descriptors do to the unit's caches ---- */

bool vtdm_caches_init(struct vtdm *unit);
void vtdm_caches_destroy(struct vtdm *unit);
/* As at power-up */
void vtdm_caches_reset(struct vtdm *unit);

void vtdm_flush_context_global(struct vtdm *unit);
void vtdm_flush_context_domain(struct vtdm *unit, u16 did);
/* @function_mask: the FM field: how many high bits of the function do not count */
void vtdm_flush_context_device(struct vtdm *unit, u16 did, u16 source_id,
			       unsigned int function_mask);
void vtdm_flush_pasid_global(struct vtdm *unit);
void vtdm_flush_pasid_domain(struct vtdm *unit, u16 did);
void vtdm_flush_pasid_selective(struct vtdm *unit, u16 did, u32 pasid);
void vtdm_flush_iotlb_global(struct vtdm *unit);
void vtdm_flush_iotlb_domain(struct vtdm *unit, u16 did);
/* @am: log2 of pages of 4 KiB; @leaves_only: the hint IH */
void vtdm_flush_iotlb_page(struct vtdm *unit, u16 did, u64 addr,
			   unsigned int am, bool leaves_only);
void vtdm_flush_pasid_iotlb_pasid(struct vtdm *unit, u16 did, u32 pasid);
void vtdm_flush_pasid_iotlb_page(struct vtdm *unit, u16 did, u32 pasid,
				 u64 addr, unsigned int am, bool leaves_only);

/* ---- vtdm-ats.c: device TLBs ---- */

/* Words 1 of the descriptors: address and S; false: nobody answers */
bool vtdm_flush_device_tlb(struct vtdm *unit, u16 source_id, u64 addr_s);
bool vtdm_flush_pasid_device_tlb(struct vtdm *unit, u16 source_id, u32 pasid,
				 u64 addr_s, bool global);
void vtdm_device_tlb_reset(struct vtdm_endpoint *ep);

#endif /* _VTDM_PRIVATE_H */
