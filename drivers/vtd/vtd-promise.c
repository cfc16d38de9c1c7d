// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver has promised about DMA, for ports that hold it to its word.
 */
#include "vtd.h"

/**
 * DOC: promises
 *
 * A software unit compares what a DMA meets with what the driver has said
 * about it: after a map that DMA arrives, after an unmap or a detach that it
 * does not, after written pages were asked for that it marks them again. The
 * driver says it when it is done with its flushes, for each source
 * id and PASID by which a domain is reached, and not at all when a flush has
 * failed. Other ports have no ear for it.
 *
 * Locking: the tag lock while the users of a domain are gone through.
 */

/* Does anybody listen? */
static bool vtd_promise_wanted(const struct vtd_unit *unit)
{
	const struct vtd_port_ops *ops = unit->port->ops;

	return ops->promises_wanted && ops->promises_wanted(unit->port);
}

/**
 * vtd_promise_source() - what DMA of one source id with one PASID meets
 * @req: the source id
 * @pasid: the PASID, 0 for DMA without
 * @gone: what there was does not arrive any more; NULL: something is there. Who
 *	says so.
 *
 * Context: any.
 */
void vtd_promise_source(const struct vtd_requester *req, u32 pasid,
			const char *gone)
{
	struct vtd_port *port = req->unit->port;

	if (!vtd_promise_wanted(req->unit))
		return;
	if (gone)
		port->ops->reported_gone(port, req->source_id, pasid, 0,
					 U64_MAX, gone);
	else
		port->ops->mapped(port, req->source_id, pasid, 0, U64_MAX);
}

static void vtd_promise_user(const struct vtd_tag_user *user, u64 first,
			     u64 last, enum vtd_promise promise,
			     const char *who)
{
	const struct vtd_device *vdev = user->vdev;
	struct vtd_port *port = vdev->unit->port;
	unsigned int i;

	for (i = 0; i < vdev->nr_sources; i++) {
		u16 source_id = vdev->sources[i].req->source_id;

		switch (promise) {
		case VTD_PROMISE_MAPPED:
			port->ops->mapped(port, source_id, user->pasid, first,
					  last);
			break;
		case VTD_PROMISE_GONE:
			port->ops->reported_gone(port, source_id, user->pasid,
						 first, last, who);
			break;
		case VTD_PROMISE_CLEAN:
			port->ops->reported_clean(port, source_id, user->pasid,
						  first, last, who);
			break;
		}
	}
}

/**
 * vtd_promise_range() - what DMA to a range of a domain meets
 * @vdom: the domain
 * @first: first address
 * @last: last address, inclusive
 * @promise: what it meets
 * @who: who says so
 *
 * Context: any, irqs may be off.
 */
void vtd_promise_range(struct vtd_domain *vdom, u64 first, u64 last,
		       enum vtd_promise promise, const char *who)
{
	const struct vtd_tag_user *user;
	struct vtd_tag *tag;
	unsigned long flags;

	if (!vtd_promise_wanted(vdom->unit))
		return;
	spin_lock_irqsave(&vdom->tag_lock, flags);
	list_for_each_entry(tag, &vdom->tags, node) {
		struct vtd_tag_cursor cursor = {};

		if (!vtd_promise_wanted(tag->unit))
			continue;
		while ((user = vtd_tag_next_user_locked(vdom, tag, &cursor)))
			vtd_promise_user(user, first, last, promise, who);
	}
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
}
