// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what the driver of units calls
 *
 * Each call takes the unit's lock, hands on to the unit, and sends the messages
 * that came of it after the lock is dropped. A removed unit reads as all ones, as
 * a device that is not there any more does.
 */
#include <kunit/visibility.h>
#include <linux/bitmap.h>

#include "model.h"

static u64 vtd_model_read(struct vtd_model_unit *unit, u32 reg,
			  unsigned int width)
{
	unsigned long flags = vtd_model_unit_lock(unit);
	u64 value = unit->vtdm ? vtdm_read(unit->vtdm, reg, width) : ~0ULL;

	vtd_model_unit_unlock(unit, flags);
	return value;
}

static void vtd_model_write(struct vtd_model_unit *unit, u32 reg,
			    unsigned int width, u64 value)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		vtdm_write(unit->vtdm, reg, width, value);
	vtd_model_unit_unlock(unit, flags);
	vtd_model_thread_kick(unit);
}

static u32 vtd_model_read32(struct vtd_model_unit *unit, u32 reg)
{
	return vtd_model_read(unit, reg, sizeof(u32));
}

static u64 vtd_model_read64(struct vtd_model_unit *unit, u32 reg)
{
	return vtd_model_read(unit, reg, sizeof(u64));
}

static void vtd_model_write32(struct vtd_model_unit *unit, u32 reg, u32 value)
{
	vtd_model_write(unit, reg, sizeof(u32), value);
}

static void vtd_model_write64(struct vtd_model_unit *unit, u32 reg, u64 value)
{
	vtd_model_write(unit, reg, sizeof(u64), value);
}

static struct vtd_model_endpoint *vtd_model_behind(struct vtd_model_unit *unit,
						   struct device *dev)
{
	struct vtd_model_endpoint *ep = vtd_model_endpoint_of(dev);

	return ep && ep->unit == unit ? ep : NULL;
}

static int vtd_model_identify(struct vtd_model_unit *unit, struct device *dev,
			      struct vtd_model_identity *identity)
{
	struct vtd_model_endpoint *ep = vtd_model_behind(unit, dev);

	if (!ep)
		return -ENODEV;
	*identity = ep->identity;
	return 0;
}

static int vtd_model_enable(struct vtd_model_unit *unit, struct device *dev,
			    enum vtd_model_ability ability, bool on)
{
	static const enum vtdm_ability abilities[] = {
		[VTD_MODEL_PASID]	= VTDM_PASID,
		[VTD_MODEL_ATS]		= VTDM_ATS,
		[VTD_MODEL_PRI]		= VTDM_PRI,
	};
	struct vtd_model_endpoint *ep = vtd_model_behind(unit, dev);
	unsigned long flags;
	int ret = -ENODEV;

	if (!ep)
		return -ENODEV;
	if (ability >= ARRAY_SIZE(abilities))
		return -EOPNOTSUPP;
	flags = vtd_model_unit_lock(unit);
	if (ep->live)
		ret = vtdm_endpoint_enable(ep->vtdm, abilities[ability], on);
	if (!ret && ability == VTD_MODEL_PRI && !on) {
		bitmap_zero(ep->prgs, VTD_MODEL_PRGS);
		vtd_model_waits_stop_locked(ep);
	}
	vtd_model_unit_unlock(unit, flags);
	return ret;
}

static bool vtd_model_checking(struct vtd_model_unit *unit)
{
	return READ_ONCE(unit->detector) != VTD_MODEL_DETECTOR_OFF;
}

static void vtd_model_mapped(struct vtd_model_unit *unit, u16 source_id,
			     u32 pasid, u64 first, u64 last)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		vtdm_mapped(unit->vtdm, source_id, pasid, first, last);
	vtd_model_unit_unlock(unit, flags);
}

static void vtd_model_reported_gone(struct vtd_model_unit *unit, u16 source_id,
				    u32 pasid, u64 first, u64 last,
				    const char *who)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		vtdm_reported_gone(unit->vtdm, source_id, pasid, first, last,
				   who);
	vtd_model_unit_unlock(unit, flags);
}

static void vtd_model_reported_clean(struct vtd_model_unit *unit, u16 source_id,
				     u32 pasid, u64 first, u64 last,
				     const char *who)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		vtdm_reported_clean(unit->vtdm, source_id, pasid, first, last,
				    who);
	vtd_model_unit_unlock(unit, flags);
}

static void vtd_model_changing(struct vtd_model_unit *unit, bool begin)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		vtdm_changing(unit->vtdm, begin);
	vtd_model_unit_unlock(unit, flags);
}

static void vtd_model_reported_changed(struct vtd_model_unit *unit,
				       u16 source_id, u32 pasid, u64 first,
				       u64 last, const char *who)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	if (unit->vtdm)
		vtdm_reported_changed(unit->vtdm, source_id, pasid, first, last,
				      who);
	vtd_model_unit_unlock(unit, flags);
}

const struct vtd_model_unit_ops vtd_model_unit_ops = {
	.read32		= vtd_model_read32,
	.read64		= vtd_model_read64,
	.write32	= vtd_model_write32,
	.write64	= vtd_model_write64,
	.set_handler	= vtd_model_set_handler,
	.identify	= vtd_model_identify,
	.enable		= vtd_model_enable,
	.checking	= vtd_model_checking,
	.mapped		= vtd_model_mapped,
	.reported_gone	= vtd_model_reported_gone,
	.reported_clean	= vtd_model_reported_clean,
	.changing	= vtd_model_changing,
	.reported_changed = vtd_model_reported_changed,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_model_unit_ops);
