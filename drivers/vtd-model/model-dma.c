// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: DMA of endpoints
 *
 * A DMA is cut at page boundaries; each piece is translated and copied under the
 * unit's lock. So a wait descriptor completes only when no DMA that began before
 * it is under way, and neither does vtd_model_set_master() return earlier. All
 * else that reads tables has that lock, too: page requests, reports to the
 * detector, descriptors. Who clears an entry, flushes and waits may free what the
 * entry led to, tables as well as memory.
 *
 * A device with ATS and PRI that lacks permission sends a page request, a group
 * of one with a free index, and sleeps until the unit hands it the answer; then
 * it tries again. A program that is killed waits for none: others may wait for its
 * locks, and a megabyte has 256 pages.
 *
 * The answer must have the PASID that the request had: others are counted, and
 * that is all. An index without answer stays taken: a late answer must not be
 * taken for that of another request. Answers that never come are forgotten when
 * PRI is switched off, as a device does.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "model.h"
#include "trace.h"

#define VTD_MODEL_PRG_TIMEOUT	(10 * HZ)

/* A driver that says "success" and maps nothing must not keep us for ever. */
#define VTD_MODEL_PRG_TRIES	8

static int vtd_model_errno(enum vtdm_outcome outcome)
{
	static const int errnos[] = {
		[VTDM_DONE]		= 0,
		[VTDM_BLOCKED]		= -EFAULT,
		[VTDM_ABORTED]		= -EIO,
		[VTDM_DENIED]		= -EPERM,
		[VTDM_NO_PERMISSION]	= -EFAULT,
	};

	return errnos[outcome];
}

/* Page requests */

/**
 * vtd_model_answer_locked() - a page request group has got its answer
 * @ep: whose
 * @pasid: in the answer, VTDM_NO_PASID: none
 * @prg: page request group index
 * @code: the answer
 *
 * Context: ep->unit->lock held.
 */
void vtd_model_answer_locked(struct vtd_model_endpoint *ep, u32 pasid, u32 prg,
			     u8 code)
{
	struct vtd_model_wait *wait;

	lockdep_assert_held(&ep->unit->lock);

	trace_vtd_model_answer(ep->unit->name, ep->identity.source_id, prg,
			       code);
	if (prg >= VTD_MODEL_PRGS || !test_bit(prg, ep->prgs))
		return;
	if (ep->prg_pasids[prg] != pasid) {
		ep->unit->nr_wrong_answers++;
		return;
	}
	__clear_bit(prg, ep->prgs);
	list_for_each_entry(wait, &ep->waits, node) {
		if (wait->prg != prg)
			continue;
		list_del_init(&wait->node);
		wait->code = code;
		complete(&wait->done);
		return;
	}
}

/**
 * vtd_model_waits_stop_locked() - who waits for an answer shall look again
 * @ep: whose page requests
 *
 * Context: ep->unit->lock held.
 */
void vtd_model_waits_stop_locked(struct vtd_model_endpoint *ep)
{
	struct vtd_model_wait *wait, *next;

	lockdep_assert_held(&ep->unit->lock);

	list_for_each_entry_safe(wait, next, &ep->waits, node) {
		list_del_init(&wait->node);
		wait->code = VTD_MODEL_PRG_STOPPED;
		complete(&wait->done);
	}
}

/* Returns: false when all indexes are without answer. */
static bool vtd_model_ask_locked(struct vtd_model_endpoint *ep,
				 const struct vtdm_request *request,
				 struct vtd_model_wait *wait)
{
	lockdep_assert_held(&ep->unit->lock);

	wait->prg = find_first_zero_bit(ep->prgs, VTD_MODEL_PRGS);
	if (wait->prg == VTD_MODEL_PRGS)
		return false;
	__set_bit(wait->prg, ep->prgs);
	ep->prg_pasids[wait->prg] = request->pasid;
	list_add_tail(&wait->node, &ep->waits);
	/* A request that the unit drops is answered from within. */
	vtdm_page_request(ep->vtdm, request, wait->prg, true);
	return true;
}

static int vtd_model_await(struct vtd_model_endpoint *ep,
			   struct vtd_model_wait *wait)
{
	unsigned long flags;
	long left;

	left = wait_for_completion_killable_timeout(&wait->done,
						    VTD_MODEL_PRG_TIMEOUT);
	if (left <= 0) {
		flags = vtd_model_unit_lock(ep->unit);
		list_del_init(&wait->node);
		vtd_model_unit_unlock(ep->unit, flags);
		/* The answer may have come before the lock. */
		if (!completion_done(&wait->done))
			return left ? -EINTR : -ETIMEDOUT;
	}
	switch (wait->code) {
	case VTD_MODEL_PRG_SUCCESS:
	/* The next try says why. */
	case VTD_MODEL_PRG_STOPPED:
		return 0;
	default:
		return -EFAULT;
	}
}

/* One piece */

static int vtd_model_try_locked(struct vtd_model_endpoint *ep,
				const struct vtdm_request *request, void *buf,
				enum vtdm_outcome *outcome)
{
	struct vtdm_result result;

	lockdep_assert_held(&ep->unit->lock);

	/* Of this try, also if it does not get to the unit */
	*outcome = VTDM_DENIED;
	if (!ep->live)
		return -ENODEV;
	if (!ep->master)
		return -EPERM;
	result = vtdm_dma(ep->vtdm, request, buf);
	*outcome = result.outcome;
	trace_vtd_model_dma(ep->unit->name, ep->identity.source_id, request,
			    &result);
	return vtd_model_errno(result.outcome);
}

static bool vtd_model_may_ask_locked(struct vtd_model_endpoint *ep,
				     unsigned int flags)
{
	lockdep_assert_held(&ep->unit->lock);

	return !(flags & VTD_MODEL_NO_WAIT) &&
	       vtdm_endpoint_enabled(ep->vtdm, VTDM_PRI);
}

static int vtd_model_dma_piece(struct vtd_model_endpoint *ep,
			       const struct vtdm_request *request, void *buf,
			       unsigned int dma_flags)
{
	unsigned int tries = VTD_MODEL_PRG_TRIES;
	enum vtdm_outcome outcome;
	struct vtd_model_wait wait;
	unsigned long flags;
	bool asked;
	int ret;

	do {
		INIT_LIST_HEAD(&wait.node);
		init_completion(&wait.done);
		flags = vtd_model_unit_lock(ep->unit);
		ret = vtd_model_try_locked(ep, request, buf, &outcome);
		asked = ret && outcome == VTDM_NO_PERMISSION && tries &&
			vtd_model_may_ask_locked(ep, dma_flags);
		if (asked && !vtd_model_ask_locked(ep, request, &wait)) {
			asked = false;
			ret = -ETIMEDOUT;
		}
		vtd_model_unit_unlock(ep->unit, flags);
		if (asked)
			ret = vtd_model_await(ep, &wait);
	} while (asked && !ret && tries--);
	return ret;
}

static const unsigned int vtd_model_dma_known_flags =
	VTD_MODEL_WRITE | VTD_MODEL_EXEC | VTD_MODEL_PRIV | VTD_MODEL_NO_ATS |
	VTD_MODEL_NO_WAIT;

int vtd_model_dma(struct device *dev, u32 pasid, u64 addr, void *buf,
		  size_t size, unsigned int flags)
{
	struct vtd_model_endpoint *ep = vtd_model_endpoint_of(dev);
	struct vtdm_request request = {
		.addr	= addr,
		.pasid	= pasid == VTD_MODEL_NO_PASID ? VTDM_NO_PASID : pasid,
		.write	= flags & VTD_MODEL_WRITE,
		.exec	= flags & VTD_MODEL_EXEC,
		.priv	= flags & VTD_MODEL_PRIV,
		.no_ats	= flags & VTD_MODEL_NO_ATS,
	};
	int ret = 0;

	if (!ep)
		return -ENODEV;
	if (flags & ~vtd_model_dma_known_flags)
		return -EINVAL;
	if (size && addr + (size - 1) < addr)
		return -EINVAL;
	while (size && !ret) {
		request.size = min_t(size_t, size,
				     SZ_4K - (request.addr & (SZ_4K - 1)));
		ret = vtd_model_dma_piece(ep, &request, buf, flags);
		request.addr += request.size;
		buf += request.size;
		size -= request.size;
		if (!ret && size && fatal_signal_pending(current))
			ret = -EINTR;
	}
	return ret;
}
EXPORT_SYMBOL_GPL(vtd_model_dma);

int vtd_model_set_master(struct device *dev, bool on)
{
	struct vtd_model_endpoint *ep = vtd_model_endpoint_of(dev);
	unsigned long flags;
	int ret = 0;

	if (!ep)
		return -ENODEV;
	flags = vtd_model_unit_lock(ep->unit);
	if (!ep->live)
		ret = -ENODEV;
	else
		ep->master = on;
	if (!on)
		vtd_model_waits_stop_locked(ep);
	vtd_model_unit_unlock(ep->unit, flags);
	return ret;
}
EXPORT_SYMBOL_GPL(vtd_model_set_master);
