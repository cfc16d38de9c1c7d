// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a software unit
 *
 * 1. vtd_model_unit_create() makes registers, caches and what the unit knows of its
 *    endpoints; then it shows the platform device that a driver of units binds to,
 *    and a device on vtd_model_bus for each endpoint.
 * 2. While it lives every access takes unit->lock; messages that came of it leave
 *    when the lock is dropped.
 * 3. vtd_model_unit_remove() goes backwards: controls, endpoints (which unbinds
 *    their drivers), platform device (which unbinds the unit's), thread,
 *    messages, caches. The struct stays until the last endpoint's device is
 *    released: whoever still holds one gets -ENODEV.
 *
 * Lock order: configfs, plug_lock, driver core, thread_lock; unit->lock inside
 * of all. Nothing of a driver is called under it.
 */
#include <kunit/visibility.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/wait_bit.h>

#include "model.h"

static DEFINE_IDA(vtd_model_ids);
/* Structs that are not freed yet */
static atomic_t vtd_model_nr_units = ATOMIC_INIT(0);

/**
 * vtd_model_unit_lock() - begin an access
 * @unit: the unit
 *
 * Context: any.
 * Return: for vtd_model_unit_unlock().
 */
unsigned long vtd_model_unit_lock(struct vtd_model_unit *unit)
	__acquires(&unit->lock)
{
	unsigned long flags;

	spin_lock_irqsave(&unit->lock, flags);
	return flags;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_unit_lock);

/**
 * vtd_model_unit_unlock() - end an access, send the messages that came of it
 * @unit: the unit
 * @flags: of vtd_model_unit_lock()
 */
void vtd_model_unit_unlock(struct vtd_model_unit *unit, unsigned long flags)
	__releases(&unit->lock)
{
	bool now = unit->irq_inline && !irqs_disabled_flags(flags);
	unsigned long raised = unit->raised;

	unit->raised = 0;
	spin_unlock(&unit->lock);
	if (raised)
		vtd_model_send(unit, raised, now);
	local_irq_restore(flags);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_unit_unlock);

/**
 * vtd_model_detector_set() - what a find of the detector means
 * @unit: the unit
 * @detector: from now on
 */
void vtd_model_detector_set(struct vtd_model_unit *unit,
			    enum vtd_model_detector detector)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	WRITE_ONCE(unit->detector, detector);
	vtdm_detector_set(unit->vtdm, detector == VTD_MODEL_DETECTOR_OFF ?
			  VTDM_DETECTOR_OFF : VTDM_DETECTOR_ON);
	vtd_model_unit_unlock(unit, flags);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_detector_set);

static void vtd_model_unit_free(struct kref *ref)
{
	struct vtd_model_unit *unit = container_of(ref, struct vtd_model_unit,
						   ref);

	ida_free(&vtd_model_ids, unit->id);
	kfree(unit);
	if (atomic_dec_and_test(&vtd_model_nr_units))
		wake_up_var(&vtd_model_nr_units);
}

/**
 * vtd_model_units_gone() - wait for those who keep a unit or an endpoint
 *
 * The driver core and others may keep a device for a while after it was taken
 * away; what frees it is code of this module.
 *
 * Context: may sleep; all units were removed.
 */
void vtd_model_units_gone(void)
{
	wait_var_event(&vtd_model_nr_units, !atomic_read(&vtd_model_nr_units));
}

/**
 * vtd_model_unit_get() - keep the struct
 * @unit: the unit
 */
void vtd_model_unit_get(struct vtd_model_unit *unit)
{
	kref_get(&unit->ref);
}

/**
 * vtd_model_unit_put() - do not
 * @unit: the unit
 */
void vtd_model_unit_put(struct vtd_model_unit *unit)
{
	kref_put(&unit->ref, vtd_model_unit_free);
}

static struct vtd_model_unit *vtd_model_unit_alloc(void)
{
	struct vtd_model_unit *unit = kzalloc(sizeof(*unit), GFP_KERNEL);

	if (!unit)
		return ERR_PTR(-ENOMEM);
	unit->id = ida_alloc(&vtd_model_ids, GFP_KERNEL);
	if (unit->id < 0) {
		int ret = unit->id;

		kfree(unit);
		return ERR_PTR(ret);
	}
	atomic_inc(&vtd_model_nr_units);
	snprintf(unit->name, sizeof(unit->name), "vtdm%d", unit->id);
	kref_init(&unit->ref);
	spin_lock_init(&unit->lock);
	mutex_init(&unit->thread_lock);
	mutex_init(&unit->plug_lock);
	init_waitqueue_head(&unit->thread_wait);
	xa_init(&unit->kernel_half);
	vtd_model_lines_init(unit);
	return unit;
}

static int vtd_model_unit_add_platform(struct vtd_model_unit *unit)
{
	struct vtd_model_platform_data data = {
		.ops	= &vtd_model_unit_ops,
		.unit	= unit,
		.owner	= THIS_MODULE,
		.bus	= &vtd_model_bus,
	};
	struct platform_device *pdev;

	pdev = platform_device_register_data(NULL, VTD_MODEL_UNIT_DEVICE,
					     unit->id, &data, sizeof(data));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	unit->pdev = pdev;
	return 0;
}

static void vtd_model_slot_init(struct vtd_model_slot *slot,
				const struct vtd_model_endpoint_config *config)
{
	struct vtd_model_identity *identity = &slot->identity;

	identity->source_id = config->source_id;
	identity->group = config->group;
	identity->pasid_width = config->pasid_width;
	identity->ats = config->ats;
	identity->ats_queue_depth = config->ats_queue_depth;
	identity->pri = config->pri;
}

/* Before anybody sees the unit: no lock. */
static int vtd_model_unit_make_endpoints(struct vtd_model_unit *unit,
					 const struct vtd_model_config *config)
{
	struct vtd_model_endpoint_config *ep_config;
	struct vtd_model_endpoint *ep;
	struct vtd_model_slot *slot;

	unit->slots = kcalloc(vtd_model_config_nr_endpoints(config),
			      sizeof(*unit->slots), GFP_KERNEL);
	if (!unit->slots)
		return -ENOMEM;
	list_for_each_entry(ep_config, &config->endpoints, node) {
		slot = &unit->slots[unit->nr_slots];
		vtd_model_slot_init(slot, ep_config);
		ep = vtd_model_endpoint_create(unit, &slot->identity);
		if (IS_ERR(ep))
			return PTR_ERR(ep);
		slot->ep = ep;
		unit->nr_slots++;
	}
	return 0;
}

/* An endpoint that fails is not left out: the description promised it. */
static int vtd_model_unit_add_devices(struct vtd_model_unit *unit)
{
	unsigned int n;
	int ret;

	ret = vtd_model_unit_add_platform(unit);
	for (n = 0; !ret && n < unit->nr_slots; n++)
		ret = vtd_model_endpoint_add(unit->slots[n].ep);
	return ret;
}

static void vtd_model_unit_del_devices(struct vtd_model_unit *unit)
{
	unsigned int n;

	for (n = unit->nr_slots; n--; )
		if (unit->slots[n].ep)
			vtd_model_endpoint_del(unit->slots[n].ep);
	platform_device_unregister(unit->pdev);
}

/* Nobody can turn the knobs any more; drivers that go need an answer. */
static void vtd_model_unit_behave(struct vtd_model_unit *unit)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		*vtdm_knobs(unit->vtdm) = (struct vtdm_knobs){};
	while (unit->vtdm && vtdm_advance(unit->vtdm))
		;
	vtd_model_unit_unlock(unit, flags);
}

/*
 * While the machine sleeps nobody lets a queue go on that is held, and a driver
 * that does not get its unit back stops the machine.
 */
static int vtd_model_unit_sleep(struct notifier_block *nb, unsigned long event,
				void *unused)
{
	struct vtd_model_unit *unit = container_of(nb, struct vtd_model_unit,
						   pm_nb);

	if (event != PM_SUSPEND_PREPARE && event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	vtd_model_thread_stop(unit);
	vtd_model_unit_behave(unit);
	return NOTIFY_OK;
}

/**
 * vtd_model_unit_remove() - take a unit and its endpoints away
 * @unit: the unit
 *
 * Context: may sleep, waits for drivers to be unbound.
 */
void vtd_model_unit_remove(struct vtd_model_unit *unit)
{
	struct vtdm *vtdm = unit->vtdm;
	unsigned long flags;
	unsigned int n;

	unregister_pm_notifier(&unit->pm_nb);
	vtd_model_debugfs_remove(unit);
	vtd_model_thread_stop(unit);
	vtd_model_unit_behave(unit);
	vtd_model_unit_del_devices(unit);

	flags = vtd_model_unit_lock(unit);
	unit->vtdm = NULL;
	vtd_model_unit_unlock(unit, flags);
	vtd_model_lines_stop(unit);

	/* Nobody reaches the unit any more: no lock, memory may be freed. */
	for (n = unit->nr_slots; n--; )
		if (unit->slots[n].ep)
			vtd_model_endpoint_destroy(unit->slots[n].ep);
	kfree(unit->slots);
	if (vtdm)
		vtdm_destroy(vtdm);
	vtd_model_kernel_half_destroy(unit);
	vtd_model_unit_put(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_unit_remove);

/**
 * vtd_model_unit_create() - make a unit and its endpoints
 * @config: what they are; passed vtd_model_config_check(), not kept
 *
 * Context: may sleep; drivers bind meanwhile.
 * Return: the unit, or an ERR_PTR.
 */
struct vtd_model_unit *vtd_model_unit_create(const struct vtd_model_config *config)
{
	struct vtd_model_unit *unit = vtd_model_unit_alloc();
	int ret = -ENOMEM;

	if (IS_ERR(unit))
		return unit;
	unit->vtdm = vtdm_create(&config->unit, &vtd_model_host_ops, unit);
	if (!unit->vtdm)
		goto remove;
	ret = vtd_model_kernel_half_init(unit);
	if (ret)
		goto remove;
	vtd_model_detector_set(unit, config->detector);
	ret = vtd_model_unit_make_endpoints(unit, config);
	if (ret)
		goto remove;
	ret = vtd_model_unit_add_devices(unit);
	if (ret)
		goto remove;
	unit->pm_nb.notifier_call = vtd_model_unit_sleep;
	ret = register_pm_notifier(&unit->pm_nb);
	if (ret)
		goto remove;
	vtd_model_debugfs_add(unit);
	return unit;

remove:
	vtd_model_unit_remove(unit);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_unit_create);
