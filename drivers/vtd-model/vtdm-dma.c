// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA of devices behind a software VT-d unit.
 */
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "vtdm-ats.h"

/**
 * DOC: DMA
 *
 * A request is within one page. First the device: it may tag with a PASID only
 * what its ability and width allow. Then the unit:
 *
 * - Without translation (GSTS.TES clear) addresses are host addresses. Tagged
 *   requests and those of ATS are not answered then.
 * - The range of interrupt messages is not memory for requests without PASID
 *   (specification 3.14): a write there is an interrupt, which is not of this
 *   model and vanishes; a read is not answered.
 * - Else the request is translated, by ATS if that is on and wanted.
 *
 * Privileged mode and execute are fields of the PASID's prefix: without one
 * they do not exist.
 */

/**
 * vtdm_walk_blocked() - record the fault of a request
 * @walk: the request, with the reason
 *
 * Return: that it is blocked.
 */
struct vtdm_result vtdm_walk_blocked(const struct vtdm_walk *walk)
{
	struct vtdm_fault fault = {
		.source_id = walk->source_id,
		.pasid = walk->request->pasid,
		.addr = walk->request->addr,
		.reason = walk->reason,
		.write = walk->request->write,
		.exec = walk->request->exec,
		.priv = walk->request->priv,
		.address_type = walk->address_type,
	};

	walk->unit->stats.blocked++;
	if (!walk->fpd)
		vtdm_fault_record(walk->unit, &fault);
	return (struct vtdm_result){ .outcome = VTDM_BLOCKED, .reason = walk->reason };
}

static struct vtdm_result vtdm_untranslated(struct vtdm_endpoint *ep,
					    const struct vtdm_request *request)
{
	struct vtdm_walk walk = {
		.unit = ep->unit,
		.request = request,
		.source_id = ep->config.source_id,
	};

	vtdm_walk(&walk);
	vtdm_detect_dma(&walk);
	if (walk.reason)
		return vtdm_walk_blocked(&walk);
	return (struct vtdm_result){ .outcome = VTDM_DONE, .phys = walk.page.phys };
}

static bool vtdm_may_send(const struct vtdm_endpoint *ep, const struct vtdm_request *request)
{
	u64 offset = request->addr & (SZ_4K - 1);

	if (request->size > SZ_4K - offset)
		return false;
	if (request->pasid == VTDM_NO_PASID)
		return true;
	return vtdm_endpoint_enabled(ep, VTDM_PASID) &&
	       !(request->pasid >> ep->config.pasid_width);
}

static struct vtdm_result vtdm_route(struct vtdm_endpoint *ep,
				     const struct vtdm_request *request)
{
	bool tagged = request->pasid != VTDM_NO_PASID;
	bool ats = vtdm_endpoint_enabled(ep, VTDM_ATS) && !request->no_ats;
	struct vtdm_result direct = { .outcome = VTDM_DONE, .phys = request->addr };
	struct vtdm_result aborted = { .outcome = VTDM_ABORTED };

	if (!tagged && vtdm_in_interrupt_range(request->addr))
		return request->write ? direct : aborted;
	if (!vtdm_translating(ep->unit))
		return tagged || ats ? aborted : direct;
	return ats ? vtdm_ats_translate(ep, request) : vtdm_untranslated(ep, request);
}

/**
 * vtdm_translate() - where a request would arrive
 * @ep: the device
 * @request: the request
 *
 * All but the transfer itself: it may set A and D bits, record a fault, fill
 * caches.
 *
 * Return: outcome, reason, address.
 */
struct vtdm_result vtdm_translate(struct vtdm_endpoint *ep,
				  const struct vtdm_request *request)
{
	struct vtdm_request sent = *request;

	if (!vtdm_may_send(ep, request))
		return (struct vtdm_result){ .outcome = VTDM_DENIED };
	if (sent.pasid == VTDM_NO_PASID) {
		sent.exec = false;
		sent.priv = false;
	}
	ep->unit->stats.dmas++;
	return vtdm_route(ep, &sent);
}

/**
 * vtdm_dma() - a device reads or writes memory
 * @ep: the device
 * @request: the request
 * @buf: in the device
 *
 * Return: outcome, reason, address.
 */
struct vtdm_result vtdm_dma(struct vtdm_endpoint *ep,
			    const struct vtdm_request *request, void *buf)
{
	struct vtdm_result result = vtdm_translate(ep, request);
	struct vtdm *unit = ep->unit;

	if (result.outcome != VTDM_DONE || vtdm_in_interrupt_range(result.phys))
		return result;
	if (!unit->ops->copy(unit->host, result.phys, buf, request->size, request->write))
		result.outcome = VTDM_ABORTED;
	return result;
}
