// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: endpoints that come and go while their unit stays
 *
 * A unit has a slot for each endpoint that was described. As hot-plug does, an
 * endpoint can leave its slot and another one of the same kind, with the same
 * source id, be put there: the device is deleted, which unbinds its driver; what
 * is put back is a device of its own that any driver may bind. What the unit has
 * cached for the source id is the business of the unit's driver.
 *
 * Locking: unit->plug_lock protects what is in the slots; outside of all that the
 * driver core and drivers take.
 */
#include <kunit/visibility.h>
#include <linux/err.h>

#include "model.h"

/* NULL: nothing with that source id was described. */
static struct vtd_model_slot *vtd_model_slot_of(struct vtd_model_unit *unit,
						u16 source_id)
{
	unsigned int n;

	lockdep_assert_held(&unit->plug_lock);

	for (n = 0; n < unit->nr_slots; n++)
		if (unit->slots[n].identity.source_id == source_id)
			return &unit->slots[n];
	return NULL;
}

/**
 * vtd_model_plug() - put an endpoint back into its slot
 * @unit: the unit
 * @source_id: of the endpoint
 *
 * Context: may sleep; a driver may bind.
 * Return: 0; -ENODEV: none was described; -EBUSY: it is there; -ENOMEM, or what
 * the driver core says.
 */
int vtd_model_plug(struct vtd_model_unit *unit, u16 source_id)
{
	struct vtd_model_endpoint *ep;
	struct vtd_model_slot *slot;
	int ret;

	guard(mutex)(&unit->plug_lock);
	slot = vtd_model_slot_of(unit, source_id);
	if (!slot)
		return -ENODEV;
	if (slot->ep)
		return -EBUSY;
	ep = vtd_model_endpoint_create(unit, &slot->identity);
	if (IS_ERR(ep))
		return PTR_ERR(ep);
	ret = vtd_model_endpoint_add(ep);
	if (ret) {
		vtd_model_endpoint_del(ep);
		vtd_model_endpoint_destroy(ep);
		return ret;
	}
	slot->ep = ep;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_plug);

/**
 * vtd_model_unplug() - take an endpoint out of its slot
 * @unit: the unit
 * @source_id: of the endpoint
 *
 * Context: may sleep, waits for the driver to be unbound.
 * Return: 0; -ENODEV: there is none.
 */
int vtd_model_unplug(struct vtd_model_unit *unit, u16 source_id)
{
	struct vtd_model_slot *slot;

	guard(mutex)(&unit->plug_lock);
	slot = vtd_model_slot_of(unit, source_id);
	if (!slot || !slot->ep)
		return -ENODEV;
	vtd_model_endpoint_del(slot->ep);
	vtd_model_endpoint_destroy(slot->ep);
	slot->ep = NULL;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_unplug);
