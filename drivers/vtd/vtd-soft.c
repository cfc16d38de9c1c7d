// SPDX-License-Identifier: GPL-2.0-only
/*
 * Software units, and the devices behind them.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>

#include <vtd-model/unit.h>

#include "vtd.h"

/**
 * DOC: software units
 *
 * A platform device "vtd-model" is a unit in software (drivers/vtd-model). The
 * devices behind it are on a bus of their own and are what the model says,
 * where PCI devices are what firmware and configuration space say. From here on
 * the driver treats them alike.
 *
 * The model tells which devices cannot be kept apart by the number of a group.
 *
 * Nothing keeps devices from coming while a unit starts. Until the core has the
 * bus in view each gets a pass-through context entry at once: those that are
 * there by a scan, those that come by a notifier, which is there first. A device
 * may be shown by both, and be the core's already: it keeps what it has.
 */

static int vtd_soft_identify(struct vtd_unit *unit, struct device *dev,
			     struct vtd_model_identity *identity)
{
	if (dev->bus != unit->soft->bus)
		return -ENODEV;
	return unit->soft->ops->identify(unit->soft->unit, dev, identity);
}

static bool vtd_soft_covers(struct vtd_unit *unit, struct device *dev)
{
	struct vtd_model_identity identity;

	return !vtd_soft_identify(unit, dev, &identity);
}

static int vtd_soft_present(struct device *dev, void *data)
{
	struct vtd_model_identity identity;
	struct vtd_unit *unit = data;

	if (vtd_soft_identify(unit, dev, &identity))
		return 0;
	return vtd_context_pass(identity.source_id, unit);
}

static int vtd_soft_notify(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	struct vtd_unit *unit = container_of(nb, struct vtd_unit, bus_nb);
	struct device *dev = data;
	int ret;

	if (event != BUS_NOTIFY_ADD_DEVICE)
		return NOTIFY_DONE;
	ret = vtd_soft_present(dev, unit);
	if (ret)
		dev_err(dev, "iopasid-vtd: its DMA stays blocked by %s: %pe\n",
			unit->name, ERR_PTR(ret));
	return NOTIFY_OK;
}

static void vtd_soft_unwatch(struct vtd_unit *unit)
{
	if (unit->bus_nb.notifier_call)
		bus_unregister_notifier(unit->soft->bus, &unit->bus_nb);
	unit->bus_nb.notifier_call = NULL;
}

static int vtd_soft_start(struct vtd_unit *unit)
{
	int ret;

	unit->bus_nb.notifier_call = vtd_soft_notify;
	ret = bus_register_notifier(unit->soft->bus, &unit->bus_nb);
	if (ret) {
		unit->bus_nb.notifier_call = NULL;
		return ret;
	}
	return bus_for_each_dev(unit->soft->bus, NULL, unit, vtd_soft_present);
}

static int vtd_soft_switch(struct vtd_device *vdev,
			   enum vtd_model_ability ability, bool on)
{
	const struct vtd_model_platform_data *soft = vdev->unit->soft;

	return soft->ops->enable(soft->unit, vdev->dev, ability, on);
}

static u32 vtd_soft_enable(struct vtd_device *vdev)
{
	struct vtd_model_identity identity;

	if (vtd_soft_identify(vdev->unit, vdev->dev, &identity))
		return 0;
	vdev->ats = identity.ats && vdev->unit->ecap & VTD_ECAP_DT;
	vdev->pri = vdev->ats && identity.pri && vdev->unit->prq;
	if (!identity.pasid_width || !vtd_unit_tags(vdev->unit))
		return 0;
	if (vtd_soft_switch(vdev, VTD_MODEL_PASID, true))
		return 0;
	vdev->pasid_enabled = true;
	return BIT(identity.pasid_width);
}

static void vtd_soft_disable(struct vtd_device *vdev)
{
	if (vdev->pasid_enabled)
		vtd_soft_switch(vdev, VTD_MODEL_PASID, false);
	vdev->pasid_enabled = false;
}

static void vtd_soft_enable_tlb(struct vtd_device *vdev)
{
	if (vdev->ats && vtd_soft_switch(vdev, VTD_MODEL_ATS, true))
		vdev->ats = false;
	if (!vdev->ats || (vdev->pri && vtd_soft_switch(vdev, VTD_MODEL_PRI,
							true)))
		vdev->pri = false;
}

static void vtd_soft_disable_tlb(struct vtd_device *vdev)
{
	if (vdev->pri)
		vtd_soft_switch(vdev, VTD_MODEL_PRI, false);
	if (vdev->ats)
		vtd_soft_switch(vdev, VTD_MODEL_ATS, false);
}

static int vtd_soft_for_each_source(struct vtd_device *vdev,
				    iopasid_alias_fn fn, void *data)
{
	struct vtd_model_identity identity;
	int ret;

	ret = vtd_soft_identify(vdev->unit, vdev->dev, &identity);
	return ret ?: fn(identity.source_id, data);
}

/* Another device that cannot be kept apart from @vdev; NULL: the first. */
static struct vtd_device *vtd_soft_mate(struct vtd_device *vdev,
					unsigned int group)
{
	struct vtd_model_identity identity;
	struct vtd_requester_user *source;
	struct vtd_requester *req;
	unsigned long source_id;

	/* Stable: devices come and go under the topology lock only */
	xa_for_each(&vdev->unit->requesters, source_id, req) {
		list_for_each_entry(source, &req->users, node) {
			struct vtd_device *other = source->vdev;

			if (other != vdev && other->idev->group &&
			    !vtd_soft_identify(vdev->unit, other->dev,
					       &identity) &&
			    identity.group == group)
				return other;
		}
	}
	return NULL;
}

static struct iopasid_group *vtd_soft_group(struct vtd_device *vdev)
{
	struct vtd_model_identity identity;
	struct vtd_device *mate;

	if (vtd_soft_identify(vdev->unit, vdev->dev, &identity))
		return ERR_PTR(-EBUSY);
	mate = vtd_soft_mate(vdev, identity.group);
	if (mate)
		return iopasid_group_get(mate->idev->group);
	return iopasid_generic_device_group(vdev->idev);
}

const struct vtd_bus_ops vtd_soft_ops = {
	.start			= vtd_soft_start,
	.settled		= vtd_soft_unwatch,
	.stop			= vtd_soft_unwatch,
	.covers			= vtd_soft_covers,
	.enable			= vtd_soft_enable,
	.disable		= vtd_soft_disable,
	.enable_tlb		= vtd_soft_enable_tlb,
	.disable_tlb		= vtd_soft_disable_tlb,
	.for_each_source	= vtd_soft_for_each_source,
	.group			= vtd_soft_group,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_soft_ops);

/**
 * vtd_soft_take() - take a software unit
 * @pdev: its device
 *
 * Context: may sleep.
 * Return: the unit; ERR_PTR(-EINVAL): not a model's device; otherwise as
 * vtd_unit_create().
 */
struct vtd_unit *vtd_soft_take(struct platform_device *pdev)
{
	const struct vtd_model_platform_data *soft =
		dev_get_platdata(&pdev->dev);
	struct vtd_unit_config config = {
		.name		= dev_name(&pdev->dev),
		.dev		= &pdev->dev,
		.bus_ops	= &vtd_soft_ops,
		.soft		= soft,
	};

	if (!soft)
		return ERR_PTR(-EINVAL);
	config.port = vtd_port_model_create(soft);
	if (IS_ERR(config.port))
		return ERR_CAST(config.port);
	return vtd_unit_create(&config);
}
