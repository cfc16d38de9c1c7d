// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the bus of endpoints
 *
 * An endpoint is a device on the bus "vtd-model", a child of its unit's platform
 * device, named by unit and source id as "vtdm0:01:00.0". Any driver of the bus
 * matches it, or only the one that its driver_override names.
 *
 * An endpoint is made, its device added, that is deleted, and the endpoint is
 * destroyed, by the unit (model-unit.c) or by who plugs it (model-plug.c); the
 * struct itself is freed by the device's release and nowhere else. Bus mastering
 * is off until the driver switches it on, and again when the driver is gone or its
 * probe has failed. The bus leaves probe and remove to the driver, so that is by a
 * notifier.
 */
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "model.h"

#define VTD_MODEL_MODALIAS	"vtd-model:endpoint"

/* Attributes */

static ssize_t source_id_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "0x%04x\n",
			  vtd_model_endpoint_of(dev)->identity.source_id);
}
static DEVICE_ATTR_RO(source_id);

static ssize_t group_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  vtd_model_endpoint_of(dev)->identity.group);
}
static DEVICE_ATTR_RO(group);

static ssize_t pasid_width_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  vtd_model_endpoint_of(dev)->identity.pasid_width);
}
static DEVICE_ATTR_RO(pasid_width);

static ssize_t ats_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  vtd_model_endpoint_of(dev)->identity.ats);
}
static DEVICE_ATTR_RO(ats);

static ssize_t pri_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  vtd_model_endpoint_of(dev)->identity.pri);
}
static DEVICE_ATTR_RO(pri);

static ssize_t modalias_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, VTD_MODEL_MODALIAS "\n");
}
static DEVICE_ATTR_RO(modalias);

static struct attribute *vtd_model_endpoint_attrs[] = {
	&dev_attr_source_id.attr,
	&dev_attr_group.attr,
	&dev_attr_pasid_width.attr,
	&dev_attr_ats.attr,
	&dev_attr_pri.attr,
	&dev_attr_modalias.attr,
	NULL
};
ATTRIBUTE_GROUPS(vtd_model_endpoint);

/* The bus */

static int vtd_model_bus_match(struct device *dev,
			       const struct device_driver *driver)
{
	int match = device_match_driver_override(dev, driver);

	/* It has a guard(), whose end sparse does not see. */
	__release(&dev->driver_override.lock);
	/* Less than 0: there is no override. */
	return match != 0;
}

static int vtd_model_bus_uevent(const struct device *dev,
				struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "MODALIAS=" VTD_MODEL_MODALIAS);
}

const struct bus_type vtd_model_bus = {
	.name		= "vtd-model",
	.dev_groups	= vtd_model_endpoint_groups,
	.match		= vtd_model_bus_match,
	.uevent		= vtd_model_bus_uevent,
	.driver_override = true,
};
EXPORT_SYMBOL_GPL(vtd_model_bus);

static int vtd_model_bus_notify(struct notifier_block *nb, unsigned long action,
				void *data)
{
	if (action == BUS_NOTIFY_UNBOUND_DRIVER ||
	    action == BUS_NOTIFY_DRIVER_NOT_BOUND)
		vtd_model_set_master(data, false);
	return NOTIFY_OK;
}

/* Before those who manage the device's memory hear of it */
static struct notifier_block vtd_model_bus_nb = {
	.notifier_call	= vtd_model_bus_notify,
	.priority	= INT_MAX,
};

/**
 * vtd_model_bus_init() - make the bus
 *
 * Return: 0, or what the driver core says.
 */
int vtd_model_bus_init(void)
{
	int ret = bus_register(&vtd_model_bus);

	if (ret)
		return ret;
	ret = bus_register_notifier(&vtd_model_bus, &vtd_model_bus_nb);
	if (ret)
		bus_unregister(&vtd_model_bus);
	return ret;
}

/** vtd_model_bus_exit() - remove it; it has no devices and no drivers */
void vtd_model_bus_exit(void)
{
	bus_unregister_notifier(&vtd_model_bus, &vtd_model_bus_nb);
	bus_unregister(&vtd_model_bus);
}

/* One endpoint */

static void vtd_model_endpoint_release(struct device *dev)
{
	struct vtd_model_endpoint *ep = vtd_model_endpoint_of(dev);
	struct vtd_model_unit *unit = ep->unit;

	kfree(ep);
	/* At the end: the module may go with the last unit. */
	vtd_model_unit_put(unit);
}

static int vtd_model_endpoint_name(struct vtd_model_endpoint *ep)
{
	u16 source_id = ep->identity.source_id;

	return dev_set_name(&ep->dev, "%s:%02x:%02x.%u", ep->unit->name,
			    PCI_BUS_NUM(source_id), PCI_SLOT(source_id & 0xff),
			    PCI_FUNC(source_id));
}

/**
 * vtd_model_endpoint_create() - make an endpoint, without a device yet
 * @unit: in front of it
 * @identity: what it is
 *
 * Context: may sleep; the unit may be at work.
 * Return: the endpoint, or an ERR_PTR.
 */
struct vtd_model_endpoint *
vtd_model_endpoint_create(struct vtd_model_unit *unit,
			  const struct vtd_model_identity *identity)
{
	struct vtd_model_endpoint *ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	struct vtdm_endpoint_config vtdm_config = {
		.source_id	= identity->source_id,
		.pasid_width	= identity->pasid_width,
		.ats		= identity->ats,
		.pri		= identity->pri,
		.data		= ep,
	};
	unsigned long flags;

	if (!ep)
		return ERR_PTR(-ENOMEM);
	device_initialize(&ep->dev);
	ep->dev.bus = &vtd_model_bus;
	ep->dev.release = vtd_model_endpoint_release;
	ep->dma_mask = DMA_BIT_MASK(64);
	ep->dev.dma_mask = &ep->dma_mask;
	ep->dev.coherent_dma_mask = DMA_BIT_MASK(64);
	ep->dev.dma_parms = &ep->dma_parms;
	INIT_LIST_HEAD(&ep->waits);
	ep->identity = *identity;
	vtd_model_unit_get(unit);
	ep->unit = unit;
	if (vtd_model_endpoint_name(ep))
		goto put;
	ep->vtdm = vtdm_endpoint_make(unit->vtdm, &vtdm_config);
	if (!ep->vtdm)
		goto put;
	flags = vtd_model_unit_lock(unit);
	ep->live = vtdm_endpoint_plug(ep->vtdm);
	vtd_model_unit_unlock(unit, flags);
	/* Our bug: source ids of slots differ. */
	if (WARN_ON_ONCE(!ep->live))
		goto free;
	return ep;

free:
	vtdm_endpoint_free(ep->vtdm);
put:
	put_device(&ep->dev);
	return ERR_PTR(-ENOMEM);
}

/**
 * vtd_model_endpoint_add() - show the device of an endpoint
 * @ep: the endpoint
 *
 * Context: may sleep; a driver may bind.
 * Return: 0, or what the driver core says.
 */
int vtd_model_endpoint_add(struct vtd_model_endpoint *ep)
{
	ep->dev.parent = &ep->unit->pdev->dev;
	return device_add(&ep->dev);
}

/**
 * vtd_model_endpoint_del() - take the device away: it sends no DMA any more
 * @ep: the endpoint
 *
 * Context: may sleep, waits for the driver to be unbound.
 */
void vtd_model_endpoint_del(struct vtd_model_endpoint *ep)
{
	unsigned long flags;

	if (device_is_registered(&ep->dev))
		device_del(&ep->dev);
	flags = vtd_model_unit_lock(ep->unit);
	ep->live = false;
	vtd_model_waits_stop_locked(ep);
	vtd_model_unit_unlock(ep->unit, flags);
}

/**
 * vtd_model_endpoint_destroy() - the unit forgets it
 * @ep: deleted
 *
 * Context: may sleep; the unit may be at work.
 */
void vtd_model_endpoint_destroy(struct vtd_model_endpoint *ep)
{
	unsigned long flags = vtd_model_unit_lock(ep->unit);

	vtdm_endpoint_unplug(ep->vtdm);
	vtd_model_unit_unlock(ep->unit, flags);
	vtdm_endpoint_free(ep->vtdm);
	put_device(&ep->dev);
}
