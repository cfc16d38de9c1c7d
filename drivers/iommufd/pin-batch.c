// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: batches
 *
 * The kernel pins into a list. The list of a gigabyte would be two megabytes: it
 * is done in steps of 64 KiB of list, or less when memory is short.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/sizes.h>

#include <iopasid/iommufd-test.h>

#include "pin.h"

static size_t iofd_batch_limit = SZ_64K;

/**
 * iofd_batch_init() - prepare to pin
 * @batch: the list
 * @nr_pages: how many there will be, at least 1
 *
 * Cannot fail: a list may be short.
 *
 * Context: may sleep.
 */
void iofd_batch_init(struct iofd_batch *batch, unsigned long nr_pages)
{
	size_t limit = READ_ONCE(iofd_batch_limit) / sizeof(*batch->list);

	batch->size = min(nr_pages, limit);
	batch->list = batch->small;
	if (batch->size <= IOFD_BATCH_SMALL)
		return;
	batch->list = kmalloc_array(batch->size, sizeof(*batch->list),
				    GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (batch->list)
		return;
	batch->list = batch->small;
	batch->size = IOFD_BATCH_SMALL;
}

/**
 * iofd_batch_free() - all is pinned
 * @batch: the list
 */
void iofd_batch_free(struct iofd_batch *batch)
{
	if (batch->list != batch->small)
		kfree(batch->list);
}

/**
 * iopasid_iommufd_test_batch_limit() - pin in smaller steps
 * @bytes: of list, at least one entry; 0: as usual
 *
 * For all contexts, from the next call on.
 *
 * Return: 0, -EINVAL.
 */
int iopasid_iommufd_test_batch_limit(size_t bytes)
{
	if (!bytes)
		bytes = SZ_64K;
	if (bytes < sizeof(void *) || bytes > SZ_64K)
		return -EINVAL;
	WRITE_ONCE(iofd_batch_limit, bytes);
	return 0;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_batch_limit);
