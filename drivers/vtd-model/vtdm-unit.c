// SPDX-License-Identifier: GPL-2.0-only
/*
 * A unit from power-up to its end.
 */
#include "vtdm-private.h"

/**
 * DOC: life of a unit
 *
 * A unit is made of a configuration that was checked. It begins, and begins
 * again at a reset, as after power-up: all registers at their defaults, nothing
 * cached, the queue empty. Knobs and counters are the tester's, so that a reset
 * keeps them; what the detector has been told is about what is cached, and goes
 * with it.
 *
 * Locking: none; the caller serialises all calls for one unit.
 */

/**
 * vtdm_create() - make a unit
 * @config: what it can do
 * @ops: the machine around it
 * @host: what @ops want
 *
 * Context: as @ops->alloc.
 * Return: the unit; NULL: no memory, or vtdm_config_refusal() has a reason.
 */
struct vtdm *vtdm_create(const struct vtdm_config *config,
			 const struct vtdm_host_ops *ops, void *host)
{
	struct vtdm *unit;

	if (vtdm_config_refusal(config))
		return NULL;
	unit = ops->alloc(host, sizeof(*unit));
	if (!unit)
		return NULL;
	unit->config = *config;
	unit->ops = ops;
	unit->host = host;
	if (!vtdm_caches_init(unit)) {
		ops->free(host, unit);
		return NULL;
	}
	vtdm_regs_reset(unit);
	return unit;
}

/**
 * vtdm_destroy() - the end of a unit
 * @unit: the unit; its devices have been removed
 *
 * Context: as the host's free().
 */
void vtdm_destroy(struct vtdm *unit)
{
	vtdm_caches_destroy(unit);
	unit->ops->free(unit->host, unit);
}

/**
 * vtdm_reset() - power off and on again
 * @unit: the unit
 *
 * Its devices lose what they keep of it, their abilities stay as they are.
 *
 * Context: any.
 */
void vtdm_reset(struct vtdm *unit)
{
	struct vtdm_endpoint *ep;

	vtdm_regs_reset(unit);
	vtdm_caches_reset(unit);
	for (ep = unit->endpoints; ep; ep = ep->next)
		vtdm_device_tlb_reset(ep);
}

/**
 * vtdm_knobs() - how a unit misbehaves
 * @unit: the unit
 *
 * Context: any.
 * Return: the knobs, to be read and changed.
 */
struct vtdm_knobs *vtdm_knobs(struct vtdm *unit)
{
	return &unit->knobs;
}

/**
 * vtdm_stats() - what a unit has counted
 * @unit: the unit
 *
 * Context: any.
 * Return: the counters, live.
 */
const struct vtdm_stats *vtdm_stats(struct vtdm *unit)
{
	return &unit->stats;
}
