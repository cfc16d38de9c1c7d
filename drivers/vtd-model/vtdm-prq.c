// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests and the answers to them.
 */
#include <linux/bitfield.h>
#include <linux/sizes.h>

#include "vtdm-private.h"
#include "vtdm-desc-bits.h"
#include "vtdm-reg-bits.h"

/**
 * DOC: page requests
 *
 * A device that gets too little permission from a translation request may ask
 * software for it: one or more requests with the same group index, the last of
 * them marked. The unit writes each into the queue at PQA, and tells software
 * (PRS.PPR) with the last of a group (specification 7.4, 7.5). Software answers
 * the group by a descriptor of the invalidation queue (7.7).
 *
 * Unhappy paths:
 *
 * 1. The device may not ask (its context entry says so, translation is off, the
 *    unit cannot), or the queue is where there is no memory: the request is
 *    dropped. The unit answers for a last request: response failure, after
 *    which a device asks no more.
 * 2. The queue is full: PRS.PRO. From then on all requests are dropped, even if
 *    there is room, until software clears PRO. The unit answers for a last
 *    request: success, so that the device tries its translation again, and then
 *    asks again. Of its group the first requests may be in the queue, and the
 *    last never comes.
 * 3. An answer to a device that is not there, or to a group that nobody waits
 *    for, is the endpoint's to ignore.
 */

static void respond(struct vtdm_endpoint *ep, u32 pasid, u32 group, u8 code)
{
	struct vtdm *unit = ep->unit;

	if (!unit->knobs.pri_deaf)
		unit->ops->response(unit->host, ep, pasid, group, code);
}

/**
 * vtdm_page_group_response() - software answers a page request group
 * @unit: the unit
 * @source_id: of the device
 * @pasid: of the group, VTDM_NO_PASID for none
 * @group: which
 * @code: the answer
 *
 * Origin: specification 7.7.
 *
 * Context: any; may call the host's response().
 */
void vtdm_page_group_response(struct vtdm *unit, u16 source_id, u32 pasid,
			      u32 group, u8 code)
{
	struct vtdm_endpoint *ep = vtdm_endpoint_find(unit, source_id);

	if (ep)
		respond(ep, pasid, group, code);
}

static bool may_ask(struct vtdm_endpoint *ep, const struct vtdm_request *request)
{
	return ep->unit->config.ecap & VTDM_ECAP_PRS &&
	       vtdm_translating(ep->unit) &&
	       vtdm_page_request_allowed(ep, request);
}

static unsigned int queue_size(const struct vtdm *unit)
{
	return SZ_4K << FIELD_GET(VTDM_PQA_PQS,
				  vtdm_reg64(&unit->regs, VTDM_PQA));
}

/* 7.4.1.1; false: there is no memory. */
static bool write_request(struct vtdm_endpoint *ep,
			  const struct vtdm_request *request, u32 group,
			  bool last, unsigned int offset)
{
	struct vtdm *unit = ep->unit;
	u64 at = (vtdm_reg64(&unit->regs, VTDM_PQA) & VTDM_PQA_PQA) + offset;
	u64 words[VTDM_PAGE_REQ_SIZE / sizeof(u64)] = {
		FIELD_PREP(VTDM_PAGE_REQ_TYPE, VTDM_PAGE_REQ) |
		FIELD_PREP(VTDM_PAGE_REQ_RID, ep->config.source_id),
		FIELD_PREP(VTDM_PAGE_REQ_RDR, !request->write || request->exec) |
		FIELD_PREP(VTDM_PAGE_REQ_WRR, request->write) |
		FIELD_PREP(VTDM_PAGE_REQ_LPIG, last) |
		FIELD_PREP(VTDM_PAGE_REQ_PRGI, group) |
		(request->addr & VTDM_PAGE_REQ_ADDR),
	};
	unsigned int i;

	if (request->pasid != VTDM_NO_PASID)
		words[0] |= VTDM_PAGE_REQ_PP |
			    FIELD_PREP(VTDM_PAGE_REQ_PASID, request->pasid) |
			    FIELD_PREP(VTDM_PAGE_REQ_EXR, request->exec) |
			    FIELD_PREP(VTDM_PAGE_REQ_PMR, request->priv);
	for (i = 0; i < VTDM_PAGE_REQ_SIZE; i += sizeof(u32))
		if (!unit->ops->store32(unit->host, at + i,
					words[i / sizeof(u64)] >> i % 8 * 8))
			return false;
	return true;
}

/**
 * vtdm_page_request() - a device asks for a page
 * @ep: the device; it has page requests switched on
 * @request: the DMA that it wants to do
 * @group: index, 9 bits
 * @last: no more of this group
 *
 * Origin: specification 7.4, 7.5.
 *
 * Context: any; may call all host ops but alloc() and free().
 * Return: true: software has it; false: it was dropped, and answered if @last.
 */
bool vtdm_page_request(struct vtdm_endpoint *ep,
		       const struct vtdm_request *request, u32 group, bool last)
{
	struct vtdm *unit = ep->unit;
	u8 answer = VTDM_RESPONSE_FAILURE;
	unsigned int size, at, next;

	if (!vtdm_endpoint_enabled(ep, VTDM_PRI))
		return false;
	if (!may_ask(ep, request))
		goto drop;

	size = queue_size(unit);
	at = vtdm_reg64(&unit->regs, VTDM_PQT) % size;
	next = (at + VTDM_PAGE_REQ_SIZE) % size;
	if (vtdm_reg32(&unit->regs, VTDM_PRS) & VTDM_PRS_PRO ||
	    next == vtdm_reg64(&unit->regs, VTDM_PQH) % size) {
		vtdm_event_raise(unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PRO);
		answer = VTDM_RESPONSE_SUCCESS;
		goto drop;
	}
	if (!write_request(ep, request, group, last, at))
		goto drop;

	vtdm_reg64_set(&unit->regs, VTDM_PQT, next);
	unit->stats.page_requests++;
	if (last)
		vtdm_event_raise(unit, VTDM_EVENT_PAGE_REQUEST, VTDM_PRS_PPR);
	return true;

drop:
	if (last)
		respond(ep, request->pasid, group, answer);
	return false;
}
