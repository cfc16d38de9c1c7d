// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fake page requests
 *
 * A device remembers which of its groups wait for an answer:
 *
 *	idle	-> a request ->	open	-> the last one ->	waiting
 *	idle	<- the answer -	open, waiting
 *
 * An answer that no group waits for, and a group that waits when its device is
 * released, are broken contracts. An open group is answered only when a detach
 * cuts it off; its next request is the first of a new group then.
 *
 * Reports come from the test's threads, one at a time for each device. A drain
 * waits for those that are under way.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

#include "../drivers/core/core.h"

/** enum fake_page_group - a group, as its device sees it */
enum fake_page_group {
	FAKE_PAGE_IDLE,
	FAKE_PAGE_OPEN,
	FAKE_PAGE_WAITING,
};

static u8 *fake_page_group_locked(struct fake_device *fdev, u32 pasid,
				  u16 index)
{
	lockdep_assert_held(&fdev->fake->lock);

	return &fdev->page_groups[min_t(u32, pasid, FAKE_PAGE_PASIDS)][index];
}

/**
 * fake_page_request() - a device asks for a page
 * @fdev: the device; one request at a time
 * @request: what it asks
 *
 * Context: may sleep.
 * Return: false when the core does not have the device: nothing was asked.
 */
bool fake_page_request(struct fake_device *fdev,
		       const struct iopasid_page_request *request)
{
	struct fake *fake = fdev->fake;
	bool known;

	down_read(&fake->page_reports);
	known = fdev->idev;
	if (known) {
		spin_lock_irq(&fake->lock);
		*fake_page_group_locked(fdev, request->pasid, request->index) =
			request->last ? FAKE_PAGE_WAITING : FAKE_PAGE_OPEN;
		spin_unlock_irq(&fake->lock);
		iopasid_report_page_request(fdev->idev, request);
	}
	up_read(&fake->page_reports);
	return known;
}
EXPORT_SYMBOL_IF_KUNIT(fake_page_request);

/**
 * fake_page_is_answered() - a group waits for nothing
 * @fdev: the device
 * @pasid: of the group
 * @index: of the group
 *
 * Return: true also if it never began.
 */
bool fake_page_is_answered(struct fake_device *fdev, u32 pasid, u16 index)
{
	bool answered;

	spin_lock_irq(&fdev->fake->lock);
	answered = *fake_page_group_locked(fdev, pasid, index) ==
		FAKE_PAGE_IDLE;
	spin_unlock_irq(&fdev->fake->lock);
	return answered;
}
EXPORT_SYMBOL_IF_KUNIT(fake_page_is_answered);

/* unit_ops.page_response */
void fake_page_response(struct iopasid_device *idev, u32 pasid, u16 index,
			enum iopasid_page_code code)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct fake *fake = fdev->fake;
	enum fake_page_group group;

	might_sleep();
	if (READ_ONCE(fdev->idev) != idev)
		fake_complain(fake, "page_response of an unknown device");
	fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_PAGE_RESPONSE,
		.fdev = fdev,
		.pasid = pasid,
		.index = index,
		.code = code,
	});
	spin_lock_irq(&fake->lock);
	group = *fake_page_group_locked(fdev, pasid, index);
	*fake_page_group_locked(fdev, pasid, index) = FAKE_PAGE_IDLE;
	spin_unlock_irq(&fake->lock);
	if (group == FAKE_PAGE_IDLE && !fake->cuts_groups)
		fake_complain(fake, "page_response that no group waits for");
}

/* unit_ops.drain_page_requests */
void fake_drain_page_requests(struct iopasid_device *idev, u32 pasid)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct fake *fake = fdev->fake;

	if (!fdev->config.page_requests)
		return;
	if (!fdev->group || (IS_ENABLED(CONFIG_LOCKDEP) &&
			     !lockdep_is_held(&fdev->group->lock)))
		fake_complain(fake, "group lock not held");
	fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_DRAIN_PAGES,
		.fdev = fdev,
		.pasid = pasid,
	});
	down_write(&fake->page_reports);
	up_write(&fake->page_reports);
}

/* The device is released: nothing waits any more. */
void fake_page_check_answers(struct fake_device *fdev)
{
	bool waiting;

	spin_lock_irq(&fdev->fake->lock);
	waiting = memchr(fdev->page_groups, FAKE_PAGE_WAITING,
			 sizeof(fdev->page_groups));
	memset(fdev->page_groups, FAKE_PAGE_IDLE, sizeof(fdev->page_groups));
	spin_unlock_irq(&fdev->fake->lock);
	if (waiting)
		fake_complain(fdev->fake, "a group of page requests was never answered");
}

/**
 * fake_page_time_is_over() - the time of all groups of a device is over
 * @fdev: the device, which stays while the core gives them up
 */
void fake_page_time_is_over(struct fake_device *fdev)
{
	struct iopasid_page_queue *queue = fdev->idev->page_queue;
	struct iopasid_fault_group *group;

	spin_lock(&queue->lock);
	list_for_each_entry(group, &queue->open, node)
		group->deadline = jiffies;
	list_for_each_entry(group, &queue->pending, node)
		group->deadline = jiffies;
	/* Armed, as long as there is anything to expire */
	if (!list_empty(&queue->open) || !list_empty(&queue->pending))
		mod_delayed_work(system_unbound_wq, &queue->timeout_work, 0);
	spin_unlock(&queue->lock);
}
EXPORT_SYMBOL_IF_KUNIT(fake_page_time_is_over);

/**
 * fake_page_expire() - the same, until the core has given them up
 * @fdev: the device
 */
void fake_page_expire(struct fake_device *fdev)
{
	fake_page_time_is_over(fdev);
	flush_delayed_work(&fdev->idev->page_queue->timeout_work);
}
EXPORT_SYMBOL_IF_KUNIT(fake_page_expire);
