// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fake page tables for user space
 *
 * They are those of the kernel (fake-domain.c), and one switch says whether
 * written pages are marked. As in hardware, a page that was marked is so no more
 * than once until a flush: a reader who forgets the flush misses writes.
 */
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

/* unit_ops.domain_alloc_user */
struct iopasid_domain *
fake_domain_alloc_user(struct iopasid_device *idev, u32 flags,
		       const struct iopasid_alloc_data *data)
{
	struct fake_device *fdev = fake_device_of(idev);
	struct iopasid_domain *domain;
	int ret;

	ret = fake_call_begin(fdev->fake, &(struct fake_call){
		.op = FAKE_DOMAIN_ALLOC_USER,
		.fdev = fdev,
		.flags = flags,
	});
	if (ret)
		return ERR_PTR(ret);
	if (data && data->type != FAKE_DATA_TYPE)
		return ERR_PTR(-EOPNOTSUPP);
	if (data && data->size != sizeof(u32))
		return ERR_PTR(-EINVAL);
	domain = fake_domain_make(fdev->fake);
	if (IS_ERR(domain))
		return domain;
	domain->coherent = idev->caps & IOPASID_CAP_ENFORCE_COHERENCY;
	if (data)
		fake_domain_of(domain)->user_data = *(const u32 *)data->data;
	return domain;
}

/* unit_ops.hw_info */
int fake_hw_info(struct iopasid_device *idev, struct iopasid_hw_info *info)
{
	struct fake_device *fdev = fake_device_of(idev);
	u32 *data;
	int ret;

	ret = fake_call_begin(fdev->fake, &(struct fake_call){
		.op = FAKE_HW_INFO,
		.fdev = fdev,
	});
	if (ret)
		return ret;
	data = kmalloc(sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	*data = FAKE_INFO;
	info->type = FAKE_INFO_TYPE;
	info->length = sizeof(*data);
	info->data = data;
	return 0;
}

/* domain_ops.set_dirty_tracking */
int fake_set_dirty_tracking(struct iopasid_domain *domain, bool enable)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	int ret;

	ret = fake_call_begin(fdom->fake, &(struct fake_call){
		.op = FAKE_SET_DIRTY,
		.domain = domain,
		.flags = enable,
	});
	if (ret)
		return ret;
	if (!(domain->flags & IOPASID_ALLOC_DIRTY_TRACKING))
		fake_complain(fdom->fake, "set_dirty_tracking of a domain that is not for it");
	if (fdom->marks == enable)
		fake_complain(fdom->fake, "set_dirty_tracking to what it is");
	fdom->marks = enable;
	return 0;
}

/* Take @bits from the entry of @iova. Returns what the entry was. */
static u64 fake_entry_clear(struct fake_domain *fdom, u64 iova, u64 bits)
{
	unsigned long flags;
	struct page *table;
	u64 *slot, entry = 0;

	spin_lock_irqsave(&fdom->lock, flags);
	slot = fake_entry_locked(fdom, iova, &table);
	if (slot) {
		entry = *slot;
		*slot &= ~bits;
	}
	spin_unlock_irqrestore(&fdom->lock, flags);
	return entry;
}

/* domain_ops.read_and_clear_dirty */
void fake_read_and_clear_dirty(struct iopasid_domain *domain, u64 iova,
			       size_t size, const struct iopasid_dirty *dirty)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	bool clear = !(dirty->flags & IOPASID_DIRTY_NO_CLEAR);
	size_t done;

	fake_call_begin(fdom->fake, &(struct fake_call){
		.op = FAKE_READ_DIRTY,
		.domain = domain,
		.iova = iova,
		.size = size,
		.flags = dirty->flags,
	});
	if (!(domain->flags & IOPASID_ALLOC_DIRTY_TRACKING))
		fake_complain(fdom->fake, "read_and_clear_dirty of a domain that is not for it");
	if (clear && !(dirty->gather && dirty->gather->cleaned))
		fake_complain(fdom->fake, "read_and_clear_dirty into no gather of that kind");
	for (done = 0; done < size; done += PAGE_SIZE) {
		if (!(fake_entry_clear(fdom, iova + done, clear ? FAKE_DIRTY : 0) &
		      FAKE_DIRTY))
			continue;
		if (clear)
			iopasid_gather_add(dirty->gather, iova + done,
					   iova + done + PAGE_SIZE - 1);
		if (dirty->record)
			dirty->record(iova + done, PAGE_SIZE, dirty->data);
	}
}

/* A flush of [first, last] is done: writes mark again. */
void fake_flush_dirty(struct fake_domain *fdom, u64 first, u64 last)
{
	unsigned long index;
	struct page *table;
	unsigned long flags;

	spin_lock_irqsave(&fdom->lock, flags);
	xa_for_each_range(&fdom->tables, index, table, first >> FAKE_TABLE_LG2,
			  last >> FAKE_TABLE_LG2) {
		u64 addr = (u64)index << FAKE_TABLE_LG2;
		u64 *slot = page_address(table);
		unsigned int i;

		for (i = 0; i < FAKE_ENTRIES; i++, addr += PAGE_SIZE)
			if (addr >= first && addr <= last)
				slot[i] &= ~FAKE_WARM;
	}
	spin_unlock_irqrestore(&fdom->lock, flags);
}

/**
 * fake_write() - a device writes to a page
 * @fdev: the device
 * @pasid: the PASID, 0 for DMA without one
 * @iova: the address
 *
 * Return: false when the DMA is blocked.
 */
bool fake_write(struct fake_device *fdev, u32 pasid, u64 iova)
{
	struct iopasid_domain *domain = fake_reaches(fdev, pasid);
	struct fake_domain *fdom;
	unsigned long flags;
	struct page *table;
	u64 *slot;

	if (fake_translate(fdev, pasid, iova, IOPASID_WRITE) == PHYS_ADDR_MAX)
		return false;
	if (!domain || domain->type != IOPASID_DOMAIN_PAGING)
		return true;
	fdom = fake_domain_of(domain);
	spin_lock_irqsave(&fdom->lock, flags);
	slot = fake_entry_locked(fdom, iova, &table);
	if (slot && fdom->marks && !(*slot & FAKE_WARM))
		*slot |= FAKE_DIRTY | FAKE_WARM;
	spin_unlock_irqrestore(&fdom->lock, flags);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(fake_write);
