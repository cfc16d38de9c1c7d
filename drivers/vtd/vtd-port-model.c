// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a software unit: calls into its model.
 */
#include <linux/slab.h>

#include <vtd-model/unit.h>

#include "vtd.h"

/**
 * DOC: port of a software unit
 *
 * The model's functions come with the platform device, so this module needs no
 * symbol of the model. A message of the unit calls the handler directly, in hard
 * interrupt context; its address and data mean nothing.
 */

/**
 * struct vtd_model_handler - who gets an event
 * @handler: an interrupt handler, NULL: nobody
 * @data: for it
 */
struct vtd_model_handler {
	irq_handler_t handler;
	void *data;
};

#define VTD_MODEL_HANDLERS	(VTD_EVENT_PAGE_REQUEST + 1)

/**
 * struct vtd_port_model - a software unit
 * @port: what the driver sees
 * @soft: the model
 * @handlers: by enum vtd_event
 */
struct vtd_port_model {
	struct vtd_port port;
	const struct vtd_model_platform_data *soft;
	struct vtd_model_handler handlers[VTD_MODEL_HANDLERS];
};

static struct vtd_port_model *to_model(struct vtd_port *port)
{
	return container_of(port, struct vtd_port_model, port);
}

static u32 vtd_model_read32(struct vtd_port *port, u32 reg)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	return soft->ops->read32(soft->unit, reg);
}

static u64 vtd_model_read64(struct vtd_port *port, u32 reg)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	return soft->ops->read64(soft->unit, reg);
}

static void vtd_model_write32(struct vtd_port *port, u32 reg, u32 value)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	/* Pairs with the model's reads of tables and queue on any CPU. */
	wmb();
	soft->ops->write32(soft->unit, reg, value);
}

static void vtd_model_write64(struct vtd_port *port, u32 reg, u64 value)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	/* As in vtd_model_write32() */
	wmb();
	soft->ops->write64(soft->unit, reg, value);
}

static const enum vtd_model_event vtd_model_events[] = {
	[VTD_EVENT_FAULT]		= VTD_MODEL_EVENT_FAULT,
	[VTD_EVENT_PAGE_REQUEST]	= VTD_MODEL_EVENT_PAGE_REQUEST,
};

static const u32 vtd_model_controls[] = {
	[VTD_EVENT_FAULT]		= VTD_REG_FECTL,
	[VTD_EVENT_PAGE_REQUEST]	= VTD_REG_PECTL,
};

static void vtd_model_handle(void *data)
{
	struct vtd_model_handler *handler = data;

	handler->handler(0, handler->data);
}

static void vtd_model_irq_program(struct vtd_port *port, enum vtd_event event)
{
	if (to_model(port)->handlers[event].handler)
		vtd_write32(port, vtd_model_controls[event], 0);
}

static int vtd_model_irq_request(struct vtd_port *port, enum vtd_event event,
				 const char *name, irq_handler_t handler,
				 void *data)
{
	struct vtd_port_model *model = to_model(port);
	struct vtd_model_handler *slot = &model->handlers[event];

	slot->handler = handler;
	slot->data = data;
	model->soft->ops->set_handler(model->soft->unit,
				      vtd_model_events[event],
				      vtd_model_handle, slot);
	vtd_model_irq_program(port, event);
	return 0;
}

static void vtd_model_irq_free(struct vtd_port *port, enum vtd_event event)
{
	struct vtd_port_model *model = to_model(port);

	if (!model->handlers[event].handler)
		return;
	vtd_write32(port, vtd_model_controls[event], VTD_FECTL_IM);
	model->soft->ops->set_handler(model->soft->unit,
				      vtd_model_events[event], NULL, NULL);
	model->handlers[event].handler = NULL;
}

static bool vtd_model_promises_wanted(struct vtd_port *port)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	return soft->ops->checking(soft->unit);
}

static void vtd_model_mapped(struct vtd_port *port, u16 source_id, u32 pasid,
			     u64 first, u64 last)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	soft->ops->mapped(soft->unit, source_id, pasid, first, last);
}

static void vtd_model_reported_gone(struct vtd_port *port, u16 source_id,
				    u32 pasid, u64 first, u64 last,
				    const char *who)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	soft->ops->reported_gone(soft->unit, source_id, pasid, first, last,
				 who);
}

static void vtd_model_reported_clean(struct vtd_port *port, u16 source_id,
				     u32 pasid, u64 first, u64 last,
				     const char *who)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	soft->ops->reported_clean(soft->unit, source_id, pasid, first, last,
				  who);
}

static void vtd_model_changing(struct vtd_port *port, bool begin)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	soft->ops->changing(soft->unit, begin);
}

static void vtd_model_reported_changed(struct vtd_port *port, u16 source_id,
				       u32 pasid, u64 first, u64 last,
				       const char *who)
{
	const struct vtd_model_platform_data *soft = to_model(port)->soft;

	soft->ops->reported_changed(soft->unit, source_id, pasid, first, last,
				    who);
}

static void vtd_model_destroy(struct vtd_port *port)
{
	kfree(to_model(port));
}

static const struct vtd_port_ops vtd_port_model_ops = {
	.read32		= vtd_model_read32,
	.read64		= vtd_model_read64,
	.write32	= vtd_model_write32,
	.write64	= vtd_model_write64,
	.irq_request	= vtd_model_irq_request,
	.irq_program	= vtd_model_irq_program,
	.irq_free	= vtd_model_irq_free,
	.promises_wanted = vtd_model_promises_wanted,
	.mapped		= vtd_model_mapped,
	.reported_gone	= vtd_model_reported_gone,
	.reported_clean	= vtd_model_reported_clean,
	.changing	= vtd_model_changing,
	.reported_changed = vtd_model_reported_changed,
	.destroy	= vtd_model_destroy,
};

/**
 * vtd_port_model_create() - reach a software unit
 * @soft: platform data of its device; outlives the port
 *
 * Context: may sleep.
 * Return: the port, ERR_PTR(-ENOMEM).
 */
struct vtd_port *
vtd_port_model_create(const struct vtd_model_platform_data *soft)
{
	struct vtd_port_model *model = kzalloc(sizeof(*model), GFP_KERNEL);

	if (!model)
		return ERR_PTR(-ENOMEM);
	model->port.ops = &vtd_port_model_ops;
	model->soft = soft;
	strscpy(model->port.where, "no address (software)");
	return &model->port;
}
