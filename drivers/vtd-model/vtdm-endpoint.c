// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices behind a software VT-d unit.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "vtdm-walk.h"

/**
 * DOC: endpoints
 *
 * A device has a source id, a width of PASIDs, and a device TLB if it knows
 * ATS. Its abilities are off at first. They are switched as PCI Express wants
 * it: PRI needs ATS (10.4.1), and PASID must not change while ATS is on
 * (6.20). Off forgets: without ATS there is no device TLB.
 *
 * Devices of a unit are in a list; there are few of them. One that goes takes its
 * TLB along; the unit knows nothing of it, and keeps what it has cached.
 */

/* The PASID field of a request has 20 bits */
#define VTDM_PASID_BITS		20

/**
 * vtdm_endpoint_find() - the device with a source id
 * @unit: the unit
 * @source_id: bus 15:8, device-function 7:0
 *
 * Return: the device, NULL.
 */
struct vtdm_endpoint *vtdm_endpoint_find(struct vtdm *unit, u16 source_id)
{
	struct vtdm_endpoint *ep = unit->endpoints;

	while (ep && ep->config.source_id != source_id)
		ep = ep->next;
	return ep;
}

/**
 * vtdm_endpoint_make() - a device that is not plugged in
 * @unit: the unit
 * @config: what it is
 *
 * Context: as the host's alloc(); other calls for the unit may run.
 * Return: the device; NULL: no memory, a PASID too wide, PRI without ATS.
 */
struct vtdm_endpoint *vtdm_endpoint_make(struct vtdm *unit,
					 const struct vtdm_endpoint_config *config)
{
	struct vtdm_endpoint *ep;

	if (config->pasid_width > VTDM_PASID_BITS || (config->pri && !config->ats))
		return NULL;
	ep = unit->ops->alloc(unit->host, sizeof(*ep));
	if (!ep)
		return NULL;
	if (!vtdm_store_init(unit, &ep->tlb.store, VTDM_CACHE_DEVICE)) {
		unit->ops->free(unit->host, ep);
		return NULL;
	}
	ep->unit = unit;
	ep->config = *config;
	return ep;
}

/**
 * vtdm_endpoint_free() - the end of a device
 * @ep: the device, not plugged in
 *
 * Context: as the host's free(); other calls for the unit may run.
 */
void vtdm_endpoint_free(struct vtdm_endpoint *ep)
{
	vtdm_store_destroy(ep->unit, &ep->tlb.store);
	ep->unit->ops->free(ep->unit->host, ep);
}

/**
 * vtdm_endpoint_plug() - put a device behind its unit
 * @ep: the device
 *
 * Return: false: there is one with its source id.
 */
bool vtdm_endpoint_plug(struct vtdm_endpoint *ep)
{
	struct vtdm *unit = ep->unit;

	if (vtdm_endpoint_find(unit, ep->config.source_id))
		return false;
	ep->next = unit->endpoints;
	unit->endpoints = ep;
	return true;
}

/**
 * vtdm_endpoint_unplug() - take a device away: it does not answer any more
 * @ep: the device; what the unit has cached for its source id stays
 */
void vtdm_endpoint_unplug(struct vtdm_endpoint *ep)
{
	struct vtdm_endpoint **link = &ep->unit->endpoints;

	while (*link != ep)
		link = &(*link)->next;
	*link = ep->next;
}

/**
 * vtdm_endpoint_add() - make a device and plug it in
 * @unit: the unit
 * @config: what it is
 *
 * Context: as the host's alloc().
 * Return: the device; NULL: as vtdm_endpoint_make(), or a source id that is taken.
 */
struct vtdm_endpoint *vtdm_endpoint_add(struct vtdm *unit,
					const struct vtdm_endpoint_config *config)
{
	struct vtdm_endpoint *ep = vtdm_endpoint_make(unit, config);

	if (ep && !vtdm_endpoint_plug(ep)) {
		vtdm_endpoint_free(ep);
		return NULL;
	}
	return ep;
}

/**
 * vtdm_endpoint_remove() - unplug a device and free it
 * @ep: the device
 *
 * Context: as the host's free().
 */
void vtdm_endpoint_remove(struct vtdm_endpoint *ep)
{
	vtdm_endpoint_unplug(ep);
	vtdm_endpoint_free(ep);
}

/**
 * vtdm_endpoint_data() - what the caller has put in the configuration
 * @ep: the device
 *
 * Return: that.
 */
void *vtdm_endpoint_data(struct vtdm_endpoint *ep)
{
	return ep->config.data;
}

static bool vtdm_endpoint_has(const struct vtdm_endpoint *ep, enum vtdm_ability ability)
{
	switch (ability) {
	case VTDM_PASID:
		return ep->config.pasid_width;
	case VTDM_ATS:
		return ep->config.ats;
	case VTDM_PRI:
		return ep->config.pri;
	default:
		return false;
	}
}

/**
 * vtdm_endpoint_enabled() - is an ability on?
 * @ep: the device
 * @ability: which
 *
 * Return: whether.
 */
bool vtdm_endpoint_enabled(const struct vtdm_endpoint *ep, enum vtdm_ability ability)
{
	return ep->on & BIT(ability);
}

/* Does the order of switching forbid it? */
static bool vtdm_endpoint_forbids(const struct vtdm_endpoint *ep,
				  enum vtdm_ability ability, bool on)
{
	switch (ability) {
	case VTDM_PASID:
		return vtdm_endpoint_enabled(ep, VTDM_ATS);
	case VTDM_ATS:
		return !on && vtdm_endpoint_enabled(ep, VTDM_PRI);
	default:
		return on && !vtdm_endpoint_enabled(ep, VTDM_ATS);
	}
}

/**
 * vtdm_endpoint_enable() - switch an ability
 * @ep: the device
 * @ability: which
 * @on: whether
 *
 * Return: 0, also when it was so before; -EOPNOTSUPP: the device lacks it;
 * -EINVAL: PRI without ATS, ATS off under PRI, PASID changed under ATS.
 */
int vtdm_endpoint_enable(struct vtdm_endpoint *ep, enum vtdm_ability ability, bool on)
{
	if (!vtdm_endpoint_has(ep, ability))
		return -EOPNOTSUPP;
	if (vtdm_endpoint_enabled(ep, ability) == on)
		return 0;
	if (vtdm_endpoint_forbids(ep, ability, on))
		return -EINVAL;
	if (on)
		ep->on |= BIT(ability);
	else
		ep->on &= ~BIT(ability);
	if (ability == VTDM_ATS)
		vtdm_device_tlb_reset(ep);
	return 0;
}
