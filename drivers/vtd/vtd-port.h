/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How to reach the registers of a unit, and its events.
 */
#ifndef _VTD_PORT_H
#define _VTD_PORT_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct fwnode_handle;
struct irq_domain;
struct vtd_drhd;
struct vtd_port;

/**
 * enum vtd_event - what a unit interrupts for
 * @VTD_EVENT_FAULT: fault records, errors of the queue
 * @VTD_EVENT_PAGE_REQUEST: the page request queue
 */
enum vtd_event {
	VTD_EVENT_FAULT,
	VTD_EVENT_PAGE_REQUEST,
};

/** struct vtd_port_ops - driver to hardware */
struct vtd_port_ops {
	/** @read32: a 32-bit register. Context: any. */
	u32 (*read32)(struct vtd_port *port, u32 reg);
	/** @read64: a 64-bit register. Context: any. */
	u64 (*read64)(struct vtd_port *port, u32 reg);
	/** @write32: after all earlier stores to memory. Context: any. */
	void (*write32)(struct vtd_port *port, u32 reg, u32 value);
	/** @write64: after all earlier stores to memory. Context: any. */
	void (*write64)(struct vtd_port *port, u32 reg, u64 value);
	/**
	 * @irq_request: call @handler at each event of a kind, from now on.
	 *
	 * Context: may sleep.
	 * Returns: 0 or an errno: then there are no such events; -EOPNOTSUPP:
	 * never on this kind of port.
	 */
	int (*irq_request)(struct vtd_port *port, enum vtd_event event,
			   const char *name, irq_handler_t handler, void *data);
	/** @irq_program: write an event's message again, after a resume. */
	void (*irq_program)(struct vtd_port *port, enum vtd_event event);
	/** @irq_free: undo irq_request. Context: may sleep. */
	void (*irq_free)(struct vtd_port *port, enum vtd_event event);
	/**
	 * @promises_wanted: optional; do @mapped and the reports below want to
	 * know anything now? Context: any.
	 */
	bool (*promises_wanted)(struct vtd_port *port);
	/**
	 * @mapped: present if @promises_wanted is; DMA of @source_id with @pasid (0: without) to
	 * [@first, @last] has been promised to arrive. Context: any.
	 */
	void (*mapped)(struct vtd_port *port, u16 source_id, u32 pasid,
		       u64 first, u64 last);
	/**
	 * @reported_gone: present if @promises_wanted is; the driver is about to tell
	 * its caller that such DMA does not arrive any more. @who says what
	 * told so. Context: any.
	 */
	void (*reported_gone)(struct vtd_port *port, u16 source_id, u32 pasid,
			      u64 first, u64 last, const char *who);
	/**
	 * @reported_clean: present if @promises_wanted is; the driver is about
	 * to tell its caller that pages of the range whose Dirty mark it has
	 * cleared get it again when such DMA writes to them. @who says what
	 * told so. Context: any.
	 */
	void (*reported_clean)(struct vtd_port *port, u16 source_id, u32 pasid,
			       u64 first, u64 last, const char *who);
	/**
	 * @changing: present if @promises_wanted is; the driver begins to flush
	 * what somebody else has changed in page tables, or is done, and has
	 * reported. Each begin has its end. Context: any.
	 */
	void (*changing)(struct vtd_port *port, bool begin);
	/**
	 * @reported_changed: present if @promises_wanted is; the driver is about
	 * to tell its caller that such DMA to the range uses nothing any more
	 * that the unit or the device has read from the page tables before. It
	 * may arrive as they are now. @who says what told so. Context: any.
	 */
	void (*reported_changed)(struct vtd_port *port, u16 source_id,
				 u32 pasid, u64 first, u64 last,
				 const char *who);
	/** @destroy: give the port back. Context: may sleep. */
	void (*destroy)(struct vtd_port *port);
};

/**
 * struct vtd_port - the way to one unit's registers; embedded in its maker's
 * @ops: the table above
 * @where: for people: "0xfed90000"
 */
struct vtd_port {
	const struct vtd_port_ops *ops;
	char where[24];
};

struct vtd_model_platform_data;

struct vtd_port *vtd_port_model_create(const struct vtd_model_platform_data *soft);
struct vtd_port *vtd_port_mmio_create(const struct vtd_drhd *drhd,
				      const char *name);

static inline u32 vtd_read32(struct vtd_port *port, u32 reg)
{
	return port->ops->read32(port, reg);
}

static inline u64 vtd_read64(struct vtd_port *port, u32 reg)
{
	return port->ops->read64(port, reg);
}

static inline void vtd_write32(struct vtd_port *port, u32 reg, u32 value)
{
	port->ops->write32(port, reg, value);
}

static inline void vtd_write64(struct vtd_port *port, u32 reg, u64 value)
{
	port->ops->write64(port, reg, value);
}

/**
 * struct vtd_irq - a message of a unit as an interrupt of x86's vector domain
 * @port: where the message registers are
 * @fwnode: names the irq domain
 * @domain: with this one interrupt
 * @virq: its number, 0 while there is none
 * @data: what irq_request got
 */
struct vtd_irq {
	struct vtd_port *port;
	struct fwnode_handle *fwnode;
	struct irq_domain *domain;
	unsigned int virq;
	void *data;
};

int vtd_irq_request(struct vtd_irq *irq, struct vtd_port *port,
		    const char *name, irq_handler_t handler, void *data);
void vtd_irq_program(struct vtd_irq *irq);
void vtd_irq_free(struct vtd_irq *irq);

#endif /* _VTD_PORT_H */
