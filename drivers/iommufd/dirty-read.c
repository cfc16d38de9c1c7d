// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: which pages devices have written
 *
 * A page table that was made for it marks them. A program reads the marks of a
 * range as a bitmap with one bit for each of its pages of any size, and by default
 * takes them away: the next answer tells what was written since. Bits are added to
 * those that are set in its bitmap already.
 *
 * The unit reports ranges in ascending order; the bits go to the user through a
 * window that is moved along, so that memory of ours does not depend on the size
 * of the range.
 *
 * Unhappy path: the bitmap cannot be written. The marks are gone by then, so the
 * answer is lost; that is the program's loss alone.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>

#include <iopasid/domain.h>

#include "area.h"
#include "ioas.h"
#include "map.h"

#define IOFD_WINDOW_BYTES	512
#define IOFD_WINDOW_BITS	(IOFD_WINDOW_BYTES * BITS_PER_BYTE)

/**
 * struct iofd_dirty_window - the part of a bitmap that is being filled
 * @user: the bitmap
 * @iova: what its first bit stands for
 * @page_lg2: the size of a bit's page
 * @nr_bits: of the bitmap
 * @first: first bit of the window, a multiple of IOFD_WINDOW_BITS
 * @used: a bit is set
 * @ret: -EFAULT when it could not be written
 * @bits: the new bits
 * @bytes: for the user's
 */
struct iofd_dirty_window {
	u8 __user *user;
	u64 iova;
	unsigned int page_lg2;
	u64 nr_bits;
	u64 first;
	bool used;
	int ret;
	DECLARE_BITMAP(bits, IOFD_WINDOW_BITS);
	u8 bytes[IOFD_WINDOW_BYTES];
};

/* Add the window's bits to the user's. */
static void iofd_window_flush(struct iofd_dirty_window *window)
{
	u8 __user *user = window->user + window->first / BITS_PER_BYTE;
	u64 nr_bits = min_t(u64, window->nr_bits - window->first,
			    IOFD_WINDOW_BITS);
	size_t nr = DIV_ROUND_UP(nr_bits, BITS_PER_BYTE);
	size_t i;

	if (!window->used)
		return;
	if (copy_from_user(window->bytes, user, nr)) {
		window->ret = -EFAULT;
		return;
	}
	for (i = 0; i < nr; i++)
		window->bytes[i] |= bitmap_get_value8(window->bits,
						      i * BITS_PER_BYTE);
	if (copy_to_user(user, window->bytes, nr))
		window->ret = -EFAULT;
	bitmap_zero(window->bits, IOFD_WINDOW_BITS);
	window->used = false;
}

/* An iopasid_dirty_fn */
static void iofd_window_record(u64 iova, size_t size, void *data)
{
	struct iofd_dirty_window *window = data;
	u64 bit = (iova - window->iova) >> window->page_lg2;
	u64 last = (iova - window->iova + size - 1) >> window->page_lg2;

	while (bit <= last && !window->ret) {
		u64 first = round_down(bit, IOFD_WINDOW_BITS);
		u64 stop = min(last, first + IOFD_WINDOW_BITS - 1);

		if (first != window->first) {
			iofd_window_flush(window);
			window->first = first;
		}
		bitmap_set(window->bits, bit - first, stop - bit + 1);
		window->used = true;
		bit = stop + 1;
	}
}

/* Nothing of what is not busy is being unmapped. */
static int iofd_dirty_read(struct iofd_ioas *ioas,
			   struct iopasid_domain *domain, unsigned long first,
			   unsigned long last, const struct iopasid_dirty *dirty)
{
	struct iofd_area *area;
	int ret = 0;

	lockdep_assert_held(&ioas->dirty_lock);
	lockdep_assert_held_read(&ioas->iova_rwsem);

	iofd_for_each_area(area, &ioas->space.areas, first, last) {
		unsigned long begin = max(area->iova.start, first);
		unsigned long end = min(area->iova.last, last);

		if (area->busy || area->lost)
			continue;
		ret = iopasid_domain_read_and_clear_dirty(domain, begin,
							  end - begin + 1,
							  dirty);
		if (ret)
			break;
	}
	return ret;
}

/* From now on each write sets a mark. */
static int iofd_dirty_clear_all(struct iofd_ioas *ioas,
				struct iopasid_domain *domain)
{
	struct iopasid_gather gather;
	struct iopasid_dirty dirty = { .gather = &gather };
	int ret, err;

	iopasid_gather_init(&gather);
	down_read(&ioas->iova_rwsem);
	ret = iofd_dirty_read(ioas, domain, 0, ULONG_MAX, &dirty);
	err = iofd_domain_flush(domain, &gather);
	up_read(&ioas->iova_rwsem);
	return ret ?: err;
}

/**
 * iofd_ioas_set_dirty() - mark the pages that devices write to, or stop
 * @ioas: the address space
 * @domain: a page table of it
 * @enable: begin, with no page marked
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP when the page table was not made for it; -ENOMEM;
 * -ETIMEDOUT or -EIO when the unit does not confirm: then nothing is marked.
 */
int iofd_ioas_set_dirty(struct iofd_ioas *ioas, struct iopasid_domain *domain,
			bool enable)
{
	int ret;

	mutex_lock(&ioas->dirty_lock);
	ret = iopasid_domain_set_dirty_tracking(domain, enable);
	if (!ret && enable) {
		ret = iofd_dirty_clear_all(ioas, domain);
		if (ret)
			iopasid_domain_set_dirty_tracking(domain, false);
	}
	mutex_unlock(&ioas->dirty_lock);
	return ret;
}

static int iofd_dirty_check(struct iofd_ioas *ioas, u64 iova, u64 length,
			    u64 page_size)
{
	unsigned long alignment = READ_ONCE(ioas->space.alignment);
	unsigned long last;

	if (!length || !is_power_of_2(page_size))
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	if ((iova | length) & (alignment - 1) ||
	    (iova | length) & (page_size - 1))
		return -EINVAL;
	return 0;
}

/**
 * iofd_ioas_read_dirty() - which pages devices have written to
 * @ioas: the address space
 * @domain: a page table of it
 * @iova: first address
 * @length: bytes; what is not mapped is skipped
 * @page_size: what a bit stands for, a power of two
 * @bitmap: of the user; bits are set, none is cleared
 * @flags: IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR, or 0: marks are taken away
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP when the page table was not made for it; -EINVAL when
 * nothing is marked, for no bytes and on alignment; -EOVERFLOW; -ENOMEM; -EFAULT;
 * -ETIMEDOUT or -EIO when the unit does not confirm: then any page may be written
 * to and have no mark.
 */
int iofd_ioas_read_dirty(struct iofd_ioas *ioas, struct iopasid_domain *domain,
			 u64 iova, u64 length, u64 page_size, void __user *bitmap,
			 u64 flags)
{
	bool clear = !(flags & IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR);
	struct iofd_dirty_window *window;
	struct iopasid_gather gather;
	struct iopasid_dirty dirty = {
		.record = iofd_window_record,
		.flags = clear ? 0 : IOPASID_DIRTY_NO_CLEAR,
		.gather = clear ? &gather : NULL,
	};
	int ret, err;

	ret = iofd_dirty_check(ioas, iova, length, page_size);
	if (ret)
		return ret;
	window = kzalloc(sizeof(*window), GFP_KERNEL);
	if (!window)
		return -ENOMEM;
	window->user = bitmap;
	window->iova = iova;
	window->page_lg2 = ilog2(page_size);
	window->nr_bits = length >> window->page_lg2;
	dirty.data = window;

	iopasid_gather_init(&gather);
	mutex_lock(&ioas->dirty_lock);
	down_read(&ioas->iova_rwsem);
	ret = iofd_dirty_read(ioas, domain, iova, iova + length - 1, &dirty);
	err = iofd_domain_flush(domain, &gather);
	up_read(&ioas->iova_rwsem);
	mutex_unlock(&ioas->dirty_lock);
	iofd_window_flush(window);
	ret = ret ?: err ?: window->ret;
	kfree(window);
	return ret;
}
