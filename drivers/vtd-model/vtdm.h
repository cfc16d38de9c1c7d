/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The software VT-d unit itself: registers, queues, walks, caches, device TLBs.
 *
 * Nothing here and in the files that implement it knows Linux: they see the
 * machine through struct vtdm_host_ops and compile in user space too. The
 * caller serialises all calls for one unit. None of them sleeps but those that
 * make and end units and endpoints, if the host's alloc() and free() do.
 */
#ifndef _VTDM_H
#define _VTDM_H

#include <linux/types.h>

struct vtdm;
struct vtdm_endpoint;

/* The registers take one page */
#define VTDM_REG_SIZE		4096

/**
 * enum vtdm_event - the messages that a unit sends
 * @VTDM_EVENT_FAULT: fault event
 * @VTDM_EVENT_COMPLETION: invalidation completion event
 * @VTDM_EVENT_PAGE_REQUEST: page request event
 */
enum vtdm_event {
	VTDM_EVENT_FAULT,
	VTDM_EVENT_COMPLETION,
	VTDM_EVENT_PAGE_REQUEST,
};

/**
 * enum vtdm_cache - where a unit, or a device, keeps what it has read
 * @VTDM_CACHE_CONTEXT: context entries
 * @VTDM_CACHE_PASID: PASID directory and PASID table entries
 * @VTDM_CACHE_PAGING: paging-structure entries that point to tables
 * @VTDM_CACHE_IOTLB: translations
 * @VTDM_CACHE_DEVICE: translations in device TLBs
 * @VTDM_CACHES: how many
 */
enum vtdm_cache {
	VTDM_CACHE_CONTEXT,
	VTDM_CACHE_PASID,
	VTDM_CACHE_PAGING,
	VTDM_CACHE_IOTLB,
	VTDM_CACHE_DEVICE,
	VTDM_CACHES,
};

/**
 * enum vtdm_defect_kind - what the stale-translation detector finds
 * @VTDM_DEFECT_STALE: a DMA went through a cached translation to a range that
 *	the driver had reported as gone or as changed, or was blocked there, and a
 *	fresh walk does not lead there
 * @VTDM_DEFECT_NOT_PRESENT: a DMA was blocked by a cached "not present"
 *	(CAP.CM) in a range that the driver had reported as mapped
 * @VTDM_DEFECT_FREED: a table was freed while the unit had it cached
 * @VTDM_DEFECT_UNMARKED: a DMA wrote through a cached translation, without
 *	setting D, to a page that the driver had reported as clean
 * @VTDM_DEFECTS: how many kinds
 */
enum vtdm_defect_kind {
	VTDM_DEFECT_STALE,
	VTDM_DEFECT_NOT_PRESENT,
	VTDM_DEFECT_FREED,
	VTDM_DEFECT_UNMARKED,
	VTDM_DEFECTS,
};

/**
 * struct vtdm_defect - one find of the detector
 * @kind: which
 * @cache: where the stale entry was
 * @source_id: of the DMA
 * @pasid: of the DMA, VTDM_NO_PASID for none
 * @did: domain id of the stale entry
 * @addr: of the DMA, page aligned
 * @stale: the physical address it reached, ~0: it was blocked; FREED: that of
 *	the table
 * @fresh: what a fresh walk leads to, ~0: nothing
 * @who: the words of vtdm_reported_gone(), _changed() or _clean(), NULL: nobody reported
 * @missing: the descriptor that would have removed the entry, in words:
 *	"IOTLB invalidate, page-selective, DID 2, address 0x1000 AM 0"
 */
struct vtdm_defect {
	enum vtdm_defect_kind kind;
	enum vtdm_cache cache;
	u16 source_id;
	u32 pasid;
	u16 did;
	u64 addr;
	u64 stale;
	u64 fresh;
	const char *who;
	char missing[112];
};

/** struct vtdm_host_ops - unit to machine; called inside calls of the unit */
struct vtdm_host_ops {
	/**
	 * @load64: read a naturally aligned word, at once.
	 * Returns: false when there is no memory.
	 */
	bool (*load64)(void *host, u64 phys, u64 *value);
	/**
	 * @cmpxchg64: replace a naturally aligned word that is @old; what was
	 * there in *@seen.
	 * Returns: false when there is no memory.
	 */
	bool (*cmpxchg64)(void *host, u64 phys, u64 old, u64 new, u64 *seen);
	/** @store32: write an aligned word, after all that came before. */
	bool (*store32)(void *host, u64 phys, u32 value);
	/** @copy: DMA itself; does not cross a page. */
	bool (*copy)(void *host, u64 phys, void *buf, size_t size, bool write);
	/**
	 * @is_kernel: a table of paging entries is one of the kernel's half of
	 * all address spaces. NULL: none is. Called while the detector looks.
	 */
	bool (*is_kernel)(void *host, u64 phys);
	/** @in_use: a page is not free memory (for the detector). */
	bool (*in_use)(void *host, u64 phys);
	/** @event: a message is sent; @addr and @data as the driver set. */
	void (*event)(void *host, enum vtdm_event event, u64 addr, u32 data);
	/** @response: an endpoint's page request group got its answer. */
	void (*response)(void *host, struct vtdm_endpoint *ep, u32 pasid,
			 u32 group, u8 code);
	/** @defect: the detector found something. */
	void (*defect)(void *host, const struct vtdm_defect *defect);
	/** @alloc: zeroed memory; in vtdm_create, vtdm_endpoint_make only. */
	void *(*alloc)(void *host, size_t size);
	/** @free: of @alloc; in vtdm_destroy, vtdm_endpoint_free only. */
	void (*free)(void *host, void *mem);
};

/**
 * struct vtdm_config - a unit to make
 * @cap: capability register
 * @ecap: extended capability register
 * @entries: of each cache, 1 to 65536; a device TLB has its share each
 */
struct vtdm_config {
	u64 cap;
	u64 ecap;
	unsigned int entries[VTDM_CACHES];
};

/**
 * struct vtdm_cap - a capability by name
 * @name: as the specification abbreviates it, lower case: "cm", "pss"
 * @ecap: it is in ECAP, else in CAP
 * @mask: its bits
 * @max: the highest value that the model implements
 */
struct vtdm_cap {
	const char *name;
	bool ecap;
	u64 mask;
	unsigned int max;
};

/**
 * struct vtdm_knobs - how the unit misbehaves; may change between any calls
 * @entries: use no more than so many entries of each cache, 0: all
 * @completion_reads: descriptors run only by and by: so many register reads
 *	before each; 0: at once
 * @completion_held: descriptors run only in vtdm_advance()
 * @error_at: count down with each descriptor; the one that takes it from 1 to
 *	0 is refused (IQE); 0: none
 * @ite_at: the same for device TLB invalidations: the device does not answer
 *	(ITE)
 * @lost_descriptors: bit map of types: descriptors that are done without effect
 * @lost_events: bit map of enum vtdm_event: messages that do not arrive
 * @reorder: descriptors between two fences run in reverse order
 * @pri_deaf: bit 0: page requests get no answer to the device
 */
struct vtdm_knobs {
	unsigned int entries[VTDM_CACHES];
	unsigned int completion_reads;
	bool completion_held;
	unsigned int error_at;
	unsigned int ite_at;
	unsigned int lost_descriptors;
	unsigned int lost_events;
	bool reorder;
	bool pri_deaf;
};

/** enum vtdm_detector - what the detector does: nothing, or look */
enum vtdm_detector {
	VTDM_DETECTOR_OFF,
	VTDM_DETECTOR_ON,
};

/**
 * struct vtdm_stats - what a unit counts
 * @walks: page-table walks
 * @hits: by cache
 * @fills: by cache
 * @evictions: by cache, for want of room
 * @descriptors: by type, 16 types
 * @dmas: requests of devices
 * @blocked: of these, blocked
 * @faults: records written
 * @faults_lost: overflow or collapsed
 * @page_requests: that went into the queue
 * @defects: finds of the detector, by kind
 * @kernel_walks: page-table walks that read a table of the kernel's, seen while
 *	the detector looks
 * @would_be_stale: cached entries that a report as gone, changed or clean found, used or
 *	not
 */
struct vtdm_stats {
	u64 walks;
	u64 hits[VTDM_CACHES];
	u64 fills[VTDM_CACHES];
	u64 evictions[VTDM_CACHES];
	u64 descriptors[16];
	u64 dmas;
	u64 blocked;
	u64 faults;
	u64 faults_lost;
	u64 page_requests;
	u64 defects[VTDM_DEFECTS];
	u64 kernel_walks;
	u64 would_be_stale;
};

#define VTDM_NO_PASID		(~0U)

/**
 * struct vtdm_request - a DMA within one page of 4 KiB
 * @addr: first address
 * @size: bytes
 * @pasid: or VTDM_NO_PASID
 * @write: device to memory
 * @exec: execute is requested
 * @priv: privileged mode is requested
 * @no_ats: untranslated even when ATS is on
 */
struct vtdm_request {
	u64 addr;
	size_t size;
	u32 pasid;
	bool write;
	bool exec;
	bool priv;
	bool no_ats;
};

/**
 * enum vtdm_outcome - of a DMA
 * @VTDM_DONE: it arrived
 * @VTDM_BLOCKED: the unit blocked it; a fault is recorded unless suppressed
 * @VTDM_ABORTED: nothing answers at the translated address
 * @VTDM_DENIED: the device may not send it: ability off, PASID too wide
 * @VTDM_NO_PERMISSION: ATS on, the translation request was answered with too
 *	little permission: the device must send a page request
 */
enum vtdm_outcome {
	VTDM_DONE,
	VTDM_BLOCKED,
	VTDM_ABORTED,
	VTDM_DENIED,
	VTDM_NO_PERMISSION,
};

/**
 * struct vtdm_result - of a DMA
 * @outcome: as above
 * @reason: fault reason when blocked (specification 7.2.3), else 0
 * @phys: where it arrived
 */
struct vtdm_result {
	enum vtdm_outcome outcome;
	u8 reason;
	u64 phys;
};

/**
 * struct vtdm_endpoint_config - a device behind the unit
 * @source_id: bus 15:8, device-function 7:0
 * @pasid_width: 0: cannot tag
 * @ats: has a device TLB
 * @pri: can send page requests
 * @data: the caller's, for host ops
 */
struct vtdm_endpoint_config {
	u16 source_id;
	unsigned int pasid_width;
	bool ats;
	bool pri;
	void *data;
};

/** enum vtdm_ability - as enum vtd_model_ability */
enum vtdm_ability {
	VTDM_PASID,
	VTDM_ATS,
	VTDM_PRI,
};

/* vtdm-caps.c */
extern const struct vtdm_cap vtdm_caps[];
extern const unsigned int vtdm_nr_caps;
void vtdm_config_default(struct vtdm_config *config);
const struct vtdm_cap *vtdm_cap_find(const char *name);
int vtdm_cap_set(struct vtdm_config *config, const struct vtdm_cap *cap,
		 unsigned int value);
const char *vtdm_config_refusal(const struct vtdm_config *config);

/* vtdm-unit.c */
struct vtdm *vtdm_create(const struct vtdm_config *config,
			 const struct vtdm_host_ops *ops, void *host);
void vtdm_destroy(struct vtdm *unit);
void vtdm_reset(struct vtdm *unit);
struct vtdm_knobs *vtdm_knobs(struct vtdm *unit);
const struct vtdm_stats *vtdm_stats(struct vtdm *unit);

/* vtdm-regs.c */
u64 vtdm_read(struct vtdm *unit, unsigned int reg, unsigned int width);
void vtdm_write(struct vtdm *unit, unsigned int reg, unsigned int width,
		u64 value);

/* vtdm-queue.c: true when there is more to do */
bool vtdm_advance(struct vtdm *unit);

/* vtdm-endpoint.c; make and free need not be serialised */
struct vtdm_endpoint *vtdm_endpoint_make(struct vtdm *unit,
					 const struct vtdm_endpoint_config *config);
bool vtdm_endpoint_plug(struct vtdm_endpoint *ep);
void vtdm_endpoint_unplug(struct vtdm_endpoint *ep);
void vtdm_endpoint_free(struct vtdm_endpoint *ep);
struct vtdm_endpoint *vtdm_endpoint_add(struct vtdm *unit,
					const struct vtdm_endpoint_config *config);
void vtdm_endpoint_remove(struct vtdm_endpoint *ep);
void *vtdm_endpoint_data(struct vtdm_endpoint *ep);
int vtdm_endpoint_enable(struct vtdm_endpoint *ep, enum vtdm_ability ability,
			 bool on);
bool vtdm_endpoint_enabled(const struct vtdm_endpoint *ep,
			   enum vtdm_ability ability);

/* vtdm-dma.c */
struct vtdm_result vtdm_dma(struct vtdm_endpoint *ep,
			    const struct vtdm_request *request, void *buf);
struct vtdm_result vtdm_translate(struct vtdm_endpoint *ep,
				  const struct vtdm_request *request);

/* vtdm-prq.c: false when the unit drops it, and answers it itself */
bool vtdm_page_request(struct vtdm_endpoint *ep,
		       const struct vtdm_request *request, u32 group, bool last);

/* vtdm-detect.c */
void vtdm_detector_set(struct vtdm *unit, enum vtdm_detector detector);
void vtdm_mapped(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
		 u64 last);
void vtdm_reported_gone(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
			u64 last, const char *who);
void vtdm_changing(struct vtdm *unit, bool begin);
void vtdm_reported_changed(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
			   u64 last, const char *who);
void vtdm_reported_clean(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
			 u64 last, const char *who);

/* vtdm-fault-text.c: of a fault reason */
const char *vtdm_reason_text(u8 reason);

#endif /* _VTDM_H */
