/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a driver of VT-d units gets to see of a software unit: the platform data
 * of a device "vtd-model". No function here is a symbol of the model, so that a
 * driver of real units does not need it.
 */
#ifndef _VTD_MODEL_UNIT_H
#define _VTD_MODEL_UNIT_H

#include <linux/types.h>

struct bus_type;
struct device;
struct module;
struct vtd_model_unit;

/* The name of the platform device, and of its module alias */
#define VTD_MODEL_UNIT_DEVICE	"vtd-model"

/**
 * enum vtd_model_event - the messages that a unit sends
 * @VTD_MODEL_EVENT_FAULT: fault event: FECTL, FEDATA, FEADDR
 * @VTD_MODEL_EVENT_COMPLETION: invalidation completion event: IECTL, ...
 * @VTD_MODEL_EVENT_PAGE_REQUEST: page request event: PECTL, ...
 * @VTD_MODEL_EVENTS: how many
 */
enum vtd_model_event {
	VTD_MODEL_EVENT_FAULT,
	VTD_MODEL_EVENT_COMPLETION,
	VTD_MODEL_EVENT_PAGE_REQUEST,
	VTD_MODEL_EVENTS,
};

/**
 * struct vtd_model_identity - what a device on the model's bus is, as
 * firmware tables and PCI configuration space would tell
 * @source_id: bus 15:8, device-function 7:0
 * @group: devices with the same number cannot be kept apart
 * @pasid_width: bits of its PASIDs, 0: it cannot tag its DMA
 * @ats: it has a device TLB
 * @ats_queue_depth: how many invalidations it takes at a time, as in an ATS
 *	capability: 1 to 31; 0: 32
 * @pri: it can send page requests; only with @ats
 */
struct vtd_model_identity {
	u16 source_id;
	unsigned int group;
	unsigned int pasid_width;
	bool ats;
	u8 ats_queue_depth;
	bool pri;
};

/**
 * enum vtd_model_ability - what is switched on in a device, off at first
 * @VTD_MODEL_PASID: it may tag its DMA
 * @VTD_MODEL_ATS: it may ask for translations and keep them
 * @VTD_MODEL_PRI: it may send page requests; only with ATS
 */
enum vtd_model_ability {
	VTD_MODEL_PASID,
	VTD_MODEL_ATS,
	VTD_MODEL_PRI,
};

/** struct vtd_model_unit_ops - driver to software unit */
struct vtd_model_unit_ops {
	/** @read32: a 32-bit register. Context: any. */
	u32 (*read32)(struct vtd_model_unit *unit, u32 reg);
	/** @read64: a 64-bit register. Context: any. */
	u64 (*read64)(struct vtd_model_unit *unit, u32 reg);
	/** @write32: a 32-bit register. Context: any. */
	void (*write32)(struct vtd_model_unit *unit, u32 reg, u32 value);
	/** @write64: a 64-bit register. Context: any. */
	void (*write64)(struct vtd_model_unit *unit, u32 reg, u64 value);

	/**
	 * @set_handler: who gets a message instead of an interrupt controller,
	 * NULL: nobody, and none runs any more when this returns. @handler is
	 * called with hard interrupts off.
	 *
	 * Context: may sleep.
	 */
	void (*set_handler)(struct vtd_model_unit *unit,
			    enum vtd_model_event event,
			    void (*handler)(void *data), void *data);

	/**
	 * @identify: is a device behind this unit, and what is it?
	 *
	 * Context: any, @dev cannot go.
	 * Returns: 0, -ENODEV.
	 */
	int (*identify)(struct vtd_model_unit *unit, struct device *dev,
			struct vtd_model_identity *identity);

	/**
	 * @enable: switch an ability of a device on or off. Off drops what the
	 * device keeps for it.
	 *
	 * Context: any, @dev cannot go.
	 * Returns: 0, -ENODEV, -EOPNOTSUPP (the device lacks it), -EINVAL
	 * (PRI without ATS, ATS off under PRI, PASID on or off under ATS).
	 */
	int (*enable)(struct vtd_model_unit *unit, struct device *dev,
		      enum vtd_model_ability ability, bool on);

	/**
	 * @checking: do @mapped and the ops behind it do anything now? They may
	 * be called all the same. Context: any.
	 */
	bool (*checking)(struct vtd_model_unit *unit);

	/**
	 * @mapped: the driver tells that DMA of @source_id with @pasid (0: DMA
	 * without PASID) to [@first, @last] may arrive from now on. After all
	 * flushes that the unit needs for it.
	 *
	 * Context: any, irqs may be off.
	 */
	void (*mapped)(struct vtd_model_unit *unit, u16 source_id, u32 pasid,
		       u64 first, u64 last);

	/**
	 * @reported_gone: the driver has told somebody that DMA of @source_id
	 * with @pasid (0: DMA without PASID) to [@first, @last] does not arrive
	 * any more. After all flushes. @who says what told so, as "unmap" or
	 * "detach": a string that stays.
	 *
	 * Context: any, irqs may be off.
	 */
	void (*reported_gone)(struct vtd_model_unit *unit, u16 source_id,
			      u32 pasid, u64 first, u64 last, const char *who);

	/**
	 * @reported_clean: the driver has told somebody that of the pages in
	 * [@first, @last] those without D get it when DMA of @source_id with
	 * @pasid (0: DMA without PASID) writes to them. After all flushes.
	 * @who says what told so.
	 *
	 * Context: any, irqs may be off.
	 */
	void (*reported_clean)(struct vtd_model_unit *unit, u16 source_id,
			       u32 pasid, u64 first, u64 last,
			       const char *who);

	/**
	 * @changing: the driver begins to flush what somebody else has changed
	 * in tables, or is done and has reported. Each begin has its end, from
	 * any thread. It tells @reported_changed which entries could not have
	 * stayed; a driver that never calls it is held to all that there are.
	 *
	 * Context: any, irqs may be off.
	 */
	void (*changing)(struct vtd_model_unit *unit, bool begin);

	/**
	 * @reported_changed: the driver has told somebody that DMA of
	 * @source_id with @pasid to [@first, @last] uses nothing any more that
	 * the unit or the device has read from the tables before: neither
	 * translations nor the tables that lead to them. After all flushes, and
	 * before those who change the tables may free any. @who says what told
	 * so.
	 *
	 * Context: any, irqs may be off.
	 */
	void (*reported_changed)(struct vtd_model_unit *unit, u16 source_id,
				 u32 pasid, u64 first, u64 last,
				 const char *who);
};

/**
 * struct vtd_model_platform_data - of the platform device of a software unit
 * @ops: the table above
 * @unit: what they want
 * @owner: the model's module
 * @bus: the devices behind the unit are on it
 *
 * The unit outlives the platform device's driver.
 */
struct vtd_model_platform_data {
	const struct vtd_model_unit_ops *ops;
	struct vtd_model_unit *unit;
	struct module *owner;
	const struct bus_type *bus;
};

#endif /* _VTD_MODEL_UNIT_H */
