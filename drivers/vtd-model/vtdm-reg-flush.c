// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidation by registers, as before queues.
 */
#include <linux/bitfield.h>

#include "vtdm-private.h"
#include "vtdm-desc.h"

/**
 * DOC: invalidation by registers
 *
 * CCMD and IOTLB take one request each, in a bit that the unit clears when the
 * request is done; it says there, too, what it has done (specification 6.5.1,
 * 11.4.6). "Nothing" (0) is for a request that makes no sense.
 *
 * While the queue is on they are not served: the bit stays, and a driver that
 * polls it waits for ever. There is no request for the PASID cache.
 */

static bool queue_is_on(const struct vtdm *unit)
{
	return vtdm_reg32(&unit->regs, VTDM_GSTS) & VTDM_G_QIE;
}

/**
 * vtdm_reg_flush_context() - CCMD.ICC was set
 * @unit: the unit
 *
 * Origin: specification 11.4.6, the same granularities as 6.5.2.1.
 *
 * Context: any.
 */
void vtdm_reg_flush_context(struct vtdm *unit)
{
	u64 ccmd = vtdm_reg64(&unit->regs, VTDM_CCMD);
	unsigned int done = FIELD_GET(VTDM_CCMD_CIRG, ccmd);
	u16 did = FIELD_GET(VTDM_CCMD_DID, ccmd);

	if (queue_is_on(unit))
		return;
	switch (done) {
	case VTDM_DESC_CONTEXT_GLOBAL:
		vtdm_flush_context_global(unit);
		break;
	case VTDM_DESC_CONTEXT_DOMAIN:
		vtdm_flush_context_domain(unit, did);
		break;
	case VTDM_DESC_CONTEXT_DEVICE:
		vtdm_flush_context_device(unit, did,
					  FIELD_GET(VTDM_CCMD_SID, ccmd),
					  FIELD_GET(VTDM_CCMD_FM, ccmd));
		break;
	}
	ccmd &= ~(VTDM_CCMD_ICC | VTDM_CCMD_CAIG);
	vtdm_reg64_set(&unit->regs, VTDM_CCMD,
		       ccmd | FIELD_PREP(VTDM_CCMD_CAIG, done));
}

static bool page_is_valid(const struct vtdm *unit, u64 iva)
{
	return unit->config.cap & VTDM_CAP_PSI &&
	       FIELD_GET(VTDM_IVA_AM, iva) <=
	       FIELD_GET(VTDM_CAP_MAMV, unit->config.cap);
}

/**
 * vtdm_reg_flush_iotlb() - IOTLB.IVT was set
 * @unit: the unit
 *
 * Origin: specification 11.4.6, the same granularities as 6.5.2.3.
 *
 * Context: any.
 */
void vtdm_reg_flush_iotlb(struct vtdm *unit)
{
	unsigned int reg = FIELD_GET(VTDM_ECAP_IRO, unit->config.ecap) *
			   VTDM_OFFSET_UNIT;
	u64 iotlb = vtdm_reg64(&unit->regs, reg + VTDM_IOTLB);
	u64 iva = vtdm_reg64(&unit->regs, reg + VTDM_IVA);
	unsigned int done = FIELD_GET(VTDM_IOTLB_IIRG, iotlb);
	u16 did = FIELD_GET(VTDM_IOTLB_DID, iotlb);

	if (queue_is_on(unit))
		return;
	switch (done) {
	case VTDM_DESC_IOTLB_GLOBAL:
		vtdm_flush_iotlb_global(unit);
		break;
	case VTDM_DESC_IOTLB_DOMAIN:
		vtdm_flush_iotlb_domain(unit, did);
		break;
	case VTDM_DESC_IOTLB_PAGE:
		if (page_is_valid(unit, iva))
			vtdm_flush_iotlb_page(unit, did, iva & VTDM_IVA_ADDR,
					      FIELD_GET(VTDM_IVA_AM, iva),
					      iva & VTDM_IVA_IH);
		else
			done = 0;
		break;
	}
	iotlb &= ~(VTDM_IOTLB_IVT | VTDM_IOTLB_IAIG);
	vtdm_reg64_set(&unit->regs, reg + VTDM_IOTLB,
		       iotlb | FIELD_PREP(VTDM_IOTLB_IAIG, done));
}
