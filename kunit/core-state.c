// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the state of the core, as text
 *
 * "Nothing changes" is half of what the tests of the core have to say, so it
 * must be cheap to say: core_state() writes down where the hardware leads each
 * RID and PASID and what the core's records say about the same groups. Two
 * texts are equal when nothing changed.
 */
#include <linux/dma-mapping.h>
#include <linux/sizes.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "core-state.h"

#include "../drivers/core/core.h"

#define TEXT_SIZE	8192

struct text {
	char *buf;
	size_t len;
};

static __printf(2, 3) void add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text->len += vscnprintf(text->buf + text->len, TEXT_SIZE - text->len,
				format, args);
	va_end(args);
}

static void add_domain(struct text *text, const struct iopasid_domain *domain)
{
	if (domain)
		add(text, "%s-%px", iopasid_domain_type_name(domain->type),
		    domain);
	else
		add(text, "nothing");
}

static void add_hardware(struct text *text, struct fake_device *fdev)
{
	struct iopasid_domain *domain;
	unsigned long pasid;

	add(text, "%s RID ", dev_name(&fdev->dev));
	add_domain(text, fdev->rid);
	xa_for_each(&fdev->pasids, pasid, domain) {
		add(text, " %lu ", pasid);
		add_domain(text, domain);
	}
	if (fdev->idev)
		add(text, " PASIDs %u bound %d foreign %d without %d dma_ops %d claims %zu",
		    fdev->idev->max_pasids, fdev->idev->bound,
		    fdev->idev->foreign, fdev->idev->no_dma,
		    !!fdev->dev.dma_ops,
		    list_count_nodes(&fdev->idev->users));
	add(text, "\n");
}

static void add_number(struct text *text, unsigned long pasid,
		       struct iopasid_attachment *att)
{
	struct iopasid_join *join;

	add(text, "  %lu", pasid);
	if (xa_is_zero(att)) {
		add(text, " reserved\n");
		return;
	}
	add(text, " (%u) owns %d ctx %px ", att->pasid, att->owns_number,
	    att->ctx);
	add_domain(text, att->domain);
	list_for_each_entry(join, &att->joined, node)
		add(text, " %s", dev_name(join->idev->dev));
	add(text, "\n");
}

static void add_group(struct text *text, struct iopasid_group *group)
{
	/* Index 0 holds a mark of the xarray's own, now and then. */
	XA_STATE(xas, &group->pasids, 1);
	struct iopasid_device *idev;
	void *entry;

	mutex_lock(&group->lock);
	add(text, " group %d type %d owner %d claims %u, %u of the RID fence %d",
	    group->id, group->type, group->owner, group->nr_users,
	    group->nr_rid_users, !!group->fence);
	add(text, " bound %u foreign %u dma %px PASID %u users %u RID ",
	    group->nr_bound, group->nr_foreign, group->dma,
	    group->dma_pasid_users ? group->dma_pasid : 0,
	    group->dma_pasid_users);
	add_domain(text, group->rid_domain);
	list_for_each_entry(idev, &group->devices, group_node)
		add(text, " %s", dev_name(idev->dev));
	add(text, "\n");

	/* The group's lock keeps the entries; xa_for_each() hides reserved ones. */
	rcu_read_lock();
	xas_for_each(&xas, entry, ULONG_MAX)
		add_number(text, xas.xa_index, entry);
	rcu_read_unlock();
	mutex_unlock(&group->lock);
}

static struct fake_device *first_of_group(struct fake *fake,
					  struct iopasid_group *group)
{
	struct fake_device *fdev;

	list_for_each_entry(fdev, &fake->devices, node)
		if (fdev->group == group)
			return fdev;
	return NULL;
}

/**
 * core_state() - where everything leads, in hardware and in the core's records
 * @fake: a provider
 *
 * Return: text, good until the test ends.
 */
const char *core_state(struct fake *fake)
{
	struct text text = {
		.buf = kunit_kzalloc(fake->test, TEXT_SIZE, GFP_KERNEL),
	};
	struct fake_device *fdev;

	KUNIT_ASSERT_NOT_NULL(fake->test, text.buf);
	list_for_each_entry(fdev, &fake->devices, node)
		add_hardware(&text, fdev);
	/* Once a group: at its first device */
	list_for_each_entry(fdev, &fake->devices, node)
		if (fdev->group && first_of_group(fake, fdev->group) == fdev)
			add_group(&text, fdev->group);
	KUNIT_ASSERT_LT(fake->test, text.len, TEXT_SIZE - 1);
	return text.buf;
}

/**
 * core_number_taken() - the core has a PASID number as taken
 * @fdev: a device of the group
 * @pasid: the number
 *
 * Context: the group does not change: its lock is held, or nobody is there.
 * Return: true with and without an attachment.
 */
bool core_number_taken(struct fake_device *fdev, u32 pasid)
{
	XA_STATE(xas, &fdev->group->pasids, pasid);
	bool taken;

	rcu_read_lock();
	taken = xas_load(&xas);
	rcu_read_unlock();
	return taken;
}

/**
 * core_can_map() - the driver of a device can map memory for DMA
 * @fdev: the device
 *
 * Return: true if it can; and then the device reaches it.
 */
bool core_can_map(struct fake_device *fdev)
{
	struct kunit *test = fdev->fake->test;
	void *buf = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);
	dma_addr_t addr;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	addr = dma_map_single(&fdev->dev, buf, SZ_4K, DMA_TO_DEVICE);
	if (dma_mapping_error(&fdev->dev, addr))
		return false;
	KUNIT_EXPECT_EQ(test, virt_to_phys(buf),
			fake_translate(fdev, 0, addr, IOPASID_READ));
	dma_unmap_single(&fdev->dev, addr, SZ_4K, DMA_TO_DEVICE);
	return true;
}
