// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver has promised about DMA, for ports that hold it to its word.
 */
#include <kunit/visibility.h>

#include "vtd.h"

/**
 * DOC: promises
 *
 * A software unit compares what a DMA meets with what the driver has said
 * about it: after a map that DMA arrives, after an unmap or a detach that it
 * does not, after written pages were asked for that it marks them again, after
 * a process's tables have changed that it meets them as they are. The
 * driver says it when it is done with its flushes, for each source
 * id and PASID by which a domain is reached, and not at all when a flush has
 * failed. Other ports have no ear for it.
 *
 * Locking: the tag lock while some users of a domain are gone through, so none
 * goes while it is spoken of. It is given back now and then: interrupts are off
 * under it. Who comes meanwhile is told by the attach, and never of a range whose
 * map or unmap has not returned: nobody else has it then.
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

/**
 * struct vtd_promise - what is said of a range
 * @first: first address
 * @last: last address, inclusive
 * @kind: what DMA meets there
 * @who: who says so
 */
struct vtd_promise {
	u64 first;
	u64 last;
	enum vtd_promise_kind kind;
	const char *who;
};

/* A vtd_tag_user_fn */
static bool vtd_promise_user(const struct vtd_tag_user *user, void *data)
{
	const struct vtd_promise *promise = data;
	const struct vtd_device *vdev = user->vdev;
	struct vtd_port *port = vdev->unit->port;
	unsigned int i;

	for (i = 0; i < vdev->nr_sources; i++) {
		u16 source_id = vdev->sources[i].req->source_id;

		switch (promise->kind) {
		case VTD_PROMISE_MAPPED:
			port->ops->mapped(port, source_id, user->pasid,
					  promise->first, promise->last);
			break;
		case VTD_PROMISE_GONE:
			port->ops->reported_gone(port, source_id, user->pasid,
						 promise->first, promise->last,
						 promise->who);
			break;
		case VTD_PROMISE_CLEAN:
			port->ops->reported_clean(port, source_id, user->pasid,
						  promise->first, promise->last,
						  promise->who);
			break;
		case VTD_PROMISE_CHANGED:
			port->ops->reported_changed(port, source_id,
						    user->pasid, promise->first,
						    promise->last,
						    promise->who);
			break;
		}
	}
	return true;
}

/* The tag behind @tag; tags stay as long as their domain. NULL: the first. */
static struct vtd_tag *vtd_promise_next(struct vtd_domain *vdom,
					struct vtd_tag *tag)
{
	unsigned long flags;

	spin_lock_irqsave(&vdom->tag_lock, flags);
	tag = list_prepare_entry(tag, &vdom->tags, node);
	tag = list_is_last(&tag->node, &vdom->tags) ? NULL :
						      list_next_entry(tag, node);
	spin_unlock_irqrestore(&vdom->tag_lock, flags);
	return tag;
}

/* All users of @tag, whose unit stays meanwhile */
static void vtd_promise_tag(struct vtd_domain *vdom, struct vtd_tag *tag,
			    struct vtd_promise *promise)
{
	struct vtd_tag_cursor cursor = {};

	while (vtd_promise_wanted(tag->unit) &&
	       vtd_tag_walk(vdom, tag, &cursor, vtd_promise_user,
			    promise))
		;
}

/**
 * vtd_promise_range() - what DMA to a range of a domain meets
 * @vdom: the domain
 * @first: first address
 * @last: last address, inclusive
 * @kind: what it meets, but for VTD_PROMISE_CHANGED
 * @who: who says so
 *
 * Context: any, irqs may be off.
 */
void vtd_promise_range(struct vtd_domain *vdom, u64 first, u64 last,
		       enum vtd_promise_kind kind, const char *who)
{
	struct vtd_promise promise = {
		.first	= first,
		.last	= last,
		.kind	= kind,
		.who	= who,
	};
	struct vtd_tag *tag = NULL;

	if (!vdom->unit->promises)
		return;
	while ((tag = vtd_promise_next(vdom, tag))) {
		if (!vtd_unit_enter(tag->unit))
			continue;
		vtd_promise_tag(vdom, tag, &promise);
		vtd_unit_leave(tag->unit);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_promise_range);

/**
 * vtd_promise_begin() - a flush of what somebody else has changed begins
 * @vdom: the domain
 * @ears: gets who listens
 *
 * What a unit reads from the tables from now on may change once more before the
 * promise: it is not held against it.
 *
 * Context: any, irqs may be off. Until vtd_promise_end() the caller polls, but does
 * not sleep.
 */
void vtd_promise_begin(struct vtd_domain *vdom, struct vtd_promise_ears *ears)
{
	struct vtd_tag *tag = NULL;

	ears->nr = 0;
	if (!vdom->unit->promises)
		return;
	while (ears->nr < VTD_PROMISE_EARS &&
	       (tag = vtd_promise_next(vdom, tag))) {
		if (!vtd_unit_enter(tag->unit))
			continue;
		if (vtd_promise_wanted(tag->unit)) {
			tag->unit->port->ops->changing(tag->unit->port, true);
			ears->tags[ears->nr++] = tag;
		} else {
			vtd_unit_leave(tag->unit);
		}
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_promise_begin);

/**
 * vtd_promise_changed() - DMA to a range uses nothing that was read before
 * @vdom: the domain
 * @ears: who was told that the flush begins
 * @first: first address
 * @last: last address, inclusive
 * @who: who says so
 *
 * Who began to listen since is not told: nobody knows what he read before the
 * flush, and what after. A unit to which the domain came since has read nothing
 * before.
 *
 * Context: any, irqs may be off.
 */
void vtd_promise_changed(struct vtd_domain *vdom,
			 const struct vtd_promise_ears *ears, u64 first,
			 u64 last, const char *who)
{
	struct vtd_promise promise = {
		.first	= first,
		.last	= last,
		.kind	= VTD_PROMISE_CHANGED,
		.who	= who,
	};
	unsigned int i;

	for (i = 0; i < ears->nr; i++)
		vtd_promise_tag(vdom, ears->tags[i], &promise);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_promise_changed);

/**
 * vtd_promise_end() - the flush is over and the promise made, if it could be
 * @ears: who was told that it began
 *
 * Context: any, irqs may be off.
 */
void vtd_promise_end(const struct vtd_promise_ears *ears)
{
	unsigned int i;

	for (i = 0; i < ears->nr; i++) {
		struct vtd_unit *unit = ears->tags[i]->unit;

		unit->port->ops->changing(unit->port, false);
		vtd_unit_leave(unit);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_promise_end);
