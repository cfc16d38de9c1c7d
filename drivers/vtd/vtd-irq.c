// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault event of a unit as a Linux interrupt.
 */
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>

#include <asm/hw_irq.h>
#include <asm/irqdomain.h>

#include "vtd.h"

/**
 * DOC: fault event
 *
 * A unit sends its fault event as a message (MSI) whose address and data are
 * in its own registers FEDATA, FEADDR and FEUADDR. Linux' own allocator for
 * that is not exported, so the driver hangs an irq domain of one interrupt
 * below x86's vector domain. The message goes straight to a CPU: units do not
 * send it through interrupt remapping.
 *
 * The message is composed anew each time the interrupt moves: at activation
 * and at a change of affinity. FECTL is masked from reset until the interrupt
 * starts up in vtd_irq_request(), and again from vtd_irq_free() on.
 */

static void vtd_irq_write_message(struct vtd_irq *irq, struct irq_data *data)
{
	struct irq_data *parent = data->parent_data;
	struct msi_msg msg = {};

	parent->chip->irq_compose_msi_msg(parent, &msg);
	vtd_write32(irq->port, VTD_REG_FEDATA, msg.data);
	vtd_write32(irq->port, VTD_REG_FEADDR, msg.address_lo);
	vtd_write32(irq->port, VTD_REG_FEUADDR, msg.address_hi);
}

static int vtd_irq_set_affinity(struct irq_data *data,
				const struct cpumask *mask, bool force)
{
	int ret = irq_chip_set_affinity_parent(data, mask, force);

	if (ret >= 0 && ret != IRQ_SET_MASK_OK_DONE)
		vtd_irq_write_message(irq_data_get_irq_chip_data(data), data);
	return ret;
}

static void vtd_irq_set_mask(struct irq_data *data, u32 mask)
{
	struct vtd_irq *irq = irq_data_get_irq_chip_data(data);

	vtd_write32(irq->port, VTD_REG_FECTL, mask);
	/* Read back: the write has arrived. */
	vtd_read32(irq->port, VTD_REG_FECTL);
}

static void vtd_irq_mask(struct irq_data *data)
{
	vtd_irq_set_mask(data, VTD_FECTL_IM);
}

static void vtd_irq_unmask(struct irq_data *data)
{
	vtd_irq_set_mask(data, 0);
}

static struct irq_chip vtd_irq_chip = {
	.name			= "iopasid-vtd",
	.irq_mask		= vtd_irq_mask,
	.irq_unmask		= vtd_irq_unmask,
	.irq_ack		= irq_chip_ack_parent,
	.irq_retrigger		= irq_chip_retrigger_hierarchy,
	.irq_set_affinity	= vtd_irq_set_affinity,
	.flags			= IRQCHIP_SKIP_SET_WAKE |
				  IRQCHIP_AFFINITY_PRE_STARTUP,
};

static int vtd_irq_domain_alloc(struct irq_domain *domain, unsigned int virq,
				unsigned int nr_irqs, void *arg)
{
	int ret;

	ret = irq_domain_alloc_irqs_parent(domain, virq, nr_irqs, arg);
	if (ret)
		return ret;
	irq_domain_set_info(domain, virq, 0, &vtd_irq_chip, domain->host_data,
			    handle_edge_irq, NULL, "edge");
	return 0;
}

static int vtd_irq_domain_activate(struct irq_domain *domain,
				   struct irq_data *data, bool reserve)
{
	vtd_irq_write_message(domain->host_data, data);
	return 0;
}

static const struct irq_domain_ops vtd_irq_domain_ops = {
	.alloc		= vtd_irq_domain_alloc,
	.free		= irq_domain_free_irqs_common,
	.activate	= vtd_irq_domain_activate,
};

/**
 * vtd_irq_request() - make the interrupt and take it
 * @irq: to be filled; zeroed by the caller
 * @port: the registers of the message
 * @name: of the irq domain and of the interrupt; must outlive it
 * @handler: called in hard interrupt context
 * @data: for it
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or what the interrupt core says.
 */
int vtd_irq_request(struct vtd_irq *irq, struct vtd_port *port,
		    const char *name, irq_handler_t handler, void *data)
{
	struct irq_alloc_info info = { .type = X86_IRQ_ALLOC_TYPE_DMAR };
	int ret;

	irq->port = port;
	irq->data = data;

	irq->fwnode = irq_domain_alloc_named_fwnode(name);
	if (!irq->fwnode)
		return -ENOMEM;

	ret = -ENOMEM;
	irq->domain = irq_domain_create_hierarchy(x86_vector_domain, 0, 0,
						  irq->fwnode,
						  &vtd_irq_domain_ops, irq);
	if (!irq->domain)
		goto err_fwnode;

	ret = irq_domain_alloc_irqs(irq->domain, 1, NUMA_NO_NODE, &info);
	if (ret < 0)
		goto err_domain;
	irq->virq = ret;

	ret = request_irq(irq->virq, handler, 0, name, data);
	if (ret)
		goto err_virq;
	return 0;

err_virq:
	irq_dispose_mapping(irq->virq);
	irq->virq = 0;
err_domain:
	irq_domain_remove(irq->domain);
err_fwnode:
	irq_domain_free_fwnode(irq->fwnode);
	return ret;
}

/**
 * vtd_irq_program() - write message and mask again after the unit lost power
 * @irq: the interrupt; without one nothing happens
 *
 * Context: any.
 */
void vtd_irq_program(struct vtd_irq *irq)
{
	struct irq_data *data;

	if (!irq->virq)
		return;
	data = irq_domain_get_irq_data(irq->domain, irq->virq);
	vtd_irq_write_message(irq, data);
	vtd_irq_unmask(data);
}

/**
 * vtd_irq_free() - undo vtd_irq_request()
 * @irq: the interrupt; without one nothing happens
 *
 * Context: may sleep. The handler has finished when it returns.
 */
void vtd_irq_free(struct vtd_irq *irq)
{
	if (!irq->virq)
		return;
	free_irq(irq->virq, irq->data);
	irq_dispose_mapping(irq->virq);
	irq->virq = 0;
	irq_domain_remove(irq->domain);
	irq_domain_free_fwnode(irq->fwnode);
}
