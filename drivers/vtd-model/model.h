/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the Linux side of vtd-model.ko: units, the bus of endpoints, what
 * describes them, and the controls.
 */
#ifndef _VTD_MODEL_H
#define _VTD_MODEL_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include <vtd-model/endpoint.h>
#include <vtd-model/unit.h>

#include "vtdm.h"

struct dentry;
struct platform_device;
struct task_struct;

/* ---- model-config.c: a unit as described, before there is one ---- */

#define VTD_MODEL_ENDPOINTS_MAX		256
#define VTD_MODEL_PASID_WIDTH_MAX	20
/* Five bits, and 0 is 32 */
#define VTD_MODEL_ATS_DEPTH_MAX		31
#define VTD_MODEL_ENTRIES_MAX		65536
/* Of all device TLBs of a unit together: some 40 MiB */
#define VTD_MODEL_DEVICE_ENTRIES_MAX	(4 * VTD_MODEL_ENTRIES_MAX)
#define VTD_MODEL_NAME_SIZE		32

/**
 * enum vtd_model_detector - what a find of the detector means
 * @VTD_MODEL_DETECTOR_OFF: it does not look
 * @VTD_MODEL_DETECTOR_COUNT: one more in the count, and a line in the log
 * @VTD_MODEL_DETECTOR_FAIL: a test run must fail: the line has the word DEFECT
 */
enum vtd_model_detector {
	VTD_MODEL_DETECTOR_OFF,
	VTD_MODEL_DETECTOR_COUNT,
	VTD_MODEL_DETECTOR_FAIL,
};

/**
 * struct vtd_model_endpoint_config - a device to make
 * @node: in vtd_model_config.endpoints
 * @name: what refusals call it
 * @source_id: bus 15:8, device-function 7:0; wider, so that a wrong one shows
 * @group: devices with the same number cannot be kept apart
 * @pasid_width: bits, 0: it cannot tag its DMA
 * @ats: it has a device TLB
 * @ats_queue_depth: as in its ATS capability, 0: 32
 * @pri: it can send page requests
 */
struct vtd_model_endpoint_config {
	struct list_head node;
	char name[VTD_MODEL_NAME_SIZE];
	unsigned int source_id;
	unsigned int group;
	unsigned int pasid_width;
	bool ats;
	unsigned int ats_queue_depth;
	bool pri;
};

/**
 * struct vtd_model_config - a unit to make
 * @unit: registers and cache sizes
 * @detector: at first
 * @endpoints: struct vtd_model_endpoint_config
 */
struct vtd_model_config {
	struct vtdm_config unit;
	enum vtd_model_detector detector;
	struct list_head endpoints;
};

/**
 * struct vtd_model_refusal - why a description is refused
 * @text: names the field and the rule, without a line's end
 */
struct vtd_model_refusal {
	char text[448];
};

/**
 * struct vtd_model_shape - endpoints that are all alike
 * @nr_endpoints: how many
 * @pasid_width: of each
 * @ats: of each
 * @pri: of each
 */
struct vtd_model_shape {
	unsigned int nr_endpoints;
	unsigned int pasid_width;
	bool ats;
	bool pri;
};

void vtd_model_config_init(struct vtd_model_config *config);
int vtd_model_config_fill(struct vtd_model_config *config,
			  const struct vtd_model_shape *shape,
			  struct vtd_model_refusal *why);
void vtd_model_config_destroy(struct vtd_model_config *config);
int vtd_model_config_set_caps(struct vtd_model_config *config, const char *text,
			      struct vtd_model_refusal *why);
int vtd_model_config_set_caches(struct vtd_model_config *config,
				const char *text,
				struct vtd_model_refusal *why);
int vtd_model_config_set_detector(struct vtd_model_config *config,
				  const char *text,
				  struct vtd_model_refusal *why);
int vtd_model_config_check(const struct vtd_model_config *config,
			   struct vtd_model_refusal *why);

unsigned int vtd_model_config_nr_endpoints(const struct vtd_model_config *config);

extern const char * const vtd_model_cache_names[VTDM_CACHES];
int vtd_model_detector_parse(const char *text);
const char *vtd_model_detector_name(enum vtd_model_detector detector);

/* ---- model-unit.c: a unit ---- */

/**
 * struct vtd_model_line - where one kind of message goes
 * @unit: whose
 * @work: calls the handler
 * @handler: the driver's, NULL: nobody listens. Protected by unit->lock
 * @data: for @handler; likewise
 */
struct vtd_model_line {
	struct vtd_model_unit *unit;
	struct irq_work work;
	void (*handler)(void *data);
	void *data;
};

/**
 * struct vtd_model_slot - where an endpoint is plugged in
 * @identity: what it is
 * @ep: NULL: it is unplugged
 */
struct vtd_model_slot {
	struct vtd_model_identity identity;
	struct vtd_model_endpoint *ep;
};

/**
 * struct vtd_model_unit - one software unit
 * @ref: one of vtd_model_unit_create(), one of each endpoint's device
 * @id: the number in its name
 * @name: "vtdm0"
 * @pdev: what drivers of units see
 * @dir: its folder below debugfs
 * @pm_nb: the machine goes to sleep
 * @nr_slots: entries of @slots
 * @slots: where the endpoints are; made and removed with the unit
 * @kernel_half: pages of the kernel's own tables, by page frame number; as long as
 *	the unit
 * @plug_lock: endpoints in @slots, once the unit is made; outside of all others
 * @thread: runs descriptors by and by, NULL: nobody does. Protected by
 *	@thread_lock
 * @thread_lock: starting and stopping @thread
 * @thread_wait: where @thread sleeps
 * @lock: everything below and all calls of vtdm_*(); irq-safe, the innermost
 *	lock of whoever drives the unit
 * @vtdm: registers, queue, walks, caches; NULL once the unit is removed
 * @lines: where messages go
 * @raised: bit map of messages to send when @lock is dropped
 * @kicked: @thread has something to do
 * @irq_inline: messages arrive before the register access that causes them
 *	returns, if interrupts are on
 * @detector: what a find means
 * @nr_defects: finds so far
 * @nr_wrong_answers: to page requests, with another PASID than was asked with
 */
struct vtd_model_unit {
	struct kref ref;
	int id;
	char name[16];
	struct platform_device *pdev;
	struct dentry *dir;
	struct notifier_block pm_nb;
	unsigned int nr_slots;
	struct vtd_model_slot *slots;
	struct xarray kernel_half;
	struct mutex plug_lock;
	struct task_struct *thread;
	struct mutex thread_lock;
	wait_queue_head_t thread_wait;

	spinlock_t lock;
	struct vtdm *vtdm;
	struct vtd_model_line lines[VTD_MODEL_EVENTS];
	unsigned long raised;
	bool kicked;
	bool irq_inline;
	enum vtd_model_detector detector;
	u64 nr_defects;
	u64 nr_wrong_answers;
};

struct vtd_model_unit *vtd_model_unit_create(const struct vtd_model_config *config);
void vtd_model_unit_remove(struct vtd_model_unit *unit);
void vtd_model_unit_get(struct vtd_model_unit *unit);
void vtd_model_unit_put(struct vtd_model_unit *unit);
void vtd_model_units_gone(void);
unsigned long vtd_model_unit_lock(struct vtd_model_unit *unit);
void vtd_model_unit_unlock(struct vtd_model_unit *unit, unsigned long flags);
void vtd_model_detector_set(struct vtd_model_unit *unit,
			    enum vtd_model_detector detector);

/* ---- model-message.c: messages on their way to the driver ---- */

void vtd_model_lines_init(struct vtd_model_unit *unit);
void vtd_model_lines_stop(struct vtd_model_unit *unit);
void vtd_model_send(struct vtd_model_unit *unit, unsigned long raised,
		    bool now);
void vtd_model_set_handler(struct vtd_model_unit *unit,
			   enum vtd_model_event event,
			   void (*handler)(void *data), void *data);

/* ---- model-thread.c ---- */

int vtd_model_thread_start(struct vtd_model_unit *unit);
void vtd_model_thread_stop(struct vtd_model_unit *unit);
void vtd_model_thread_kick(struct vtd_model_unit *unit);

/* ---- model-ops.c: what the driver of units calls ---- */

extern const struct vtd_model_unit_ops vtd_model_unit_ops;

/* ---- model-host.c: the machine as the unit sees it ---- */

extern const struct vtdm_host_ops vtd_model_host_ops;

/* ---- model-kernel-half.c: page tables that no device may walk ---- */

int vtd_model_kernel_half_init(struct vtd_model_unit *unit);
void vtd_model_kernel_half_destroy(struct vtd_model_unit *unit);
bool vtd_model_is_kernel(void *host, u64 phys);

/* ---- model-bus.c: devices behind units ---- */

/* Page request group index: 9 bits on the bus */
#define VTD_MODEL_PRGS		512

/**
 * struct vtd_model_endpoint - a device behind a unit
 * @dev: on vtd_model_bus; its release frees all this
 * @unit: in front of it, referenced
 * @identity: what it is
 * @dma_mask: storage of dev->dma_mask
 * @dma_parms: storage of dev->dma_parms
 * @vtdm: what the unit knows of it
 * @live: @vtdm may be used. This and all below: unit->lock
 * @master: it may send DMA
 * @prgs: page request group indexes without an answer
 * @prg_pasids: the PASID that each of these was asked with, or VTDM_NO_PASID
 * @waits: struct vtd_model_wait
 */
struct vtd_model_endpoint {
	struct device dev;
	struct vtd_model_unit *unit;
	struct vtd_model_identity identity;
	u64 dma_mask;
	struct device_dma_parameters dma_parms;
	struct vtdm_endpoint *vtdm;
	bool live;
	bool master;
	DECLARE_BITMAP(prgs, VTD_MODEL_PRGS);
	u32 prg_pasids[VTD_MODEL_PRGS];
	struct list_head waits;
};

static inline struct vtd_model_endpoint *vtd_model_endpoint_of(struct device *dev)
{
	return dev->bus == &vtd_model_bus ?
	       container_of(dev, struct vtd_model_endpoint, dev) : NULL;
}

int vtd_model_bus_init(void);
void vtd_model_bus_exit(void);
struct vtd_model_endpoint *
vtd_model_endpoint_create(struct vtd_model_unit *unit,
			  const struct vtd_model_identity *identity);
int vtd_model_endpoint_add(struct vtd_model_endpoint *ep);
void vtd_model_endpoint_del(struct vtd_model_endpoint *ep);
void vtd_model_endpoint_destroy(struct vtd_model_endpoint *ep);

/* ---- model-plug.c: endpoints that come and go ---- */

int vtd_model_plug(struct vtd_model_unit *unit, u16 source_id);
int vtd_model_unplug(struct vtd_model_unit *unit, u16 source_id);

/* ---- model-dma.c ---- */

/**
 * struct vtd_model_wait - a DMA that waits for the answer to its page request
 * @node: in ep->waits
 * @prg: page request group index
 * @code: the answer: VTD_MODEL_PRG_*
 * @done: there is one
 */
struct vtd_model_wait {
	struct list_head node;
	u32 prg;
	u8 code;
	struct completion done;
};

/* Response codes: specification 7.7.1. The last is ours: the device was stopped. */
enum {
	VTD_MODEL_PRG_SUCCESS	= 0x0,
	VTD_MODEL_PRG_INVALID	= 0x1,
	VTD_MODEL_PRG_FAILURE	= 0xf,
	VTD_MODEL_PRG_STOPPED	= 0xff,
};

void vtd_model_answer_locked(struct vtd_model_endpoint *ep, u32 pasid, u32 prg,
			     u8 code);
void vtd_model_waits_stop_locked(struct vtd_model_endpoint *ep);

/* ---- model-defect.c: what the detector finds ---- */

void vtd_model_defect_locked(struct vtd_model_unit *unit,
			     const struct vtdm_defect *defect);

/* ---- model-configfs.c ---- */

int vtd_model_configfs_init(void);
void vtd_model_configfs_exit(void);

/* ---- model-knobs.c, model-debugfs.c ---- */

void vtd_model_debugfs_init(void);
void vtd_model_debugfs_exit(void);
void vtd_model_debugfs_add(struct vtd_model_unit *unit);
void vtd_model_debugfs_remove(struct vtd_model_unit *unit);
void vtd_model_knobs_add(struct vtd_model_unit *unit, struct dentry *dir);

#endif /* _VTD_MODEL_H */
