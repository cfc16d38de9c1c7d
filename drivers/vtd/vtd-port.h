/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How to reach the registers of a unit, and its fault event.
 */
#ifndef _VTD_PORT_H
#define _VTD_PORT_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct fwnode_handle;
struct irq_domain;
struct vtd_drhd;
struct vtd_port;

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
	 * @irq_request: call @handler at each fault event, from now on.
	 *
	 * Context: may sleep.
	 * Returns: 0 or an errno: then there are no fault events.
	 */
	int (*irq_request)(struct vtd_port *port, const char *name,
			   irq_handler_t handler, void *data);
	/** @irq_program: write the event's message again, after a resume. */
	void (*irq_program)(struct vtd_port *port);
	/** @irq_free: undo irq_request. Context: may sleep. */
	void (*irq_free)(struct vtd_port *port);
	/** @destroy: give the port back. Context: may sleep. */
	void (*destroy)(struct vtd_port *port);
};

/**
 * struct vtd_port - the way to one unit's registers; embedded in its maker's
 * @ops: the table above
 */
struct vtd_port {
	const struct vtd_port_ops *ops;
};

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
