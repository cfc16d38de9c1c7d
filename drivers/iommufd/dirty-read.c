// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: which pages devices have written
 *
 * A page table that was made for it marks them. A program reads the marks of a
 * range as a bitmap with one bit for each of its pages of any size, and by default
 * takes them away: the next answer tells what was written since. Bits are added to
 * those that are set in its bitmap already.
 *
 * A window is moved over what is mapped of the range, so that memory of ours does
 * not depend on the size of the range. For each window the unit's marks become
 * bits under the lock of the addresses, and these go to the user when it has been
 * dropped: a program whose memory does not come holds up nobody.
 *
 * Unhappy paths: before the marks of a window are taken the program must have
 * memory there that can be written to, else they stay, and the call is -EFAULT.
 * What is in the bitmap by then is right. If the memory goes in between, the
 * window's marks are lost; that is the program's loss alone. So it is when it is
 * killed.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/find.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>

#include <iopasid/domain.h>

#include "area.h"
#include "ioas.h"
#include "map.h"

/* Of a window: 2^18 marks, or what the largest page of the page table needs */
#define IOFD_WINDOW_BITS_LG2	18

/* Of the user's bitmap at a time */
#define IOFD_CHUNK_BYTES	256UL

/**
 * struct iofd_dirty_window - the part of a bitmap that is being filled
 * @user: the bitmap
 * @iova: what its first bit stands for
 * @last: the last address that it has a bit for
 * @page_lg2: what one of @bits stands for: no less than the page table's smallest
 *	page
 * @user_lg2: so many bits of the bitmap are one of @bits; 0 unless they stand for
 *	less than that
 * @span_lg2: no window reaches over a multiple of 2^@span_lg2. Nor does a page of
 *	the page table: the mark of one that is read in parts would stay
 * @begin: first address of the window
 * @end: its last address
 * @bit: number of the first one of @bits, a multiple of 8
 * @bits: the new bits
 */
struct iofd_dirty_window {
	u8 __user *user;
	u64 iova;
	u64 last;
	unsigned int page_lg2;
	unsigned int user_lg2;
	unsigned int span_lg2;
	u64 begin;
	u64 end;
	u64 bit;
	unsigned long *bits;
};

static u64 iofd_window_bit(const struct iofd_dirty_window *window, u64 iova)
{
	return (iova - window->iova) >> window->page_lg2;
}

/* Bits of the window, and up to 7 before it */
static unsigned long iofd_window_nr_bits(const struct iofd_dirty_window *window)
{
	return iofd_window_bit(window, window->end) - window->bit + 1;
}

/* Bytes of the bitmap for that */
static size_t iofd_window_nr_bytes(const struct iofd_dirty_window *window)
{
	return DIV_ROUND_UP(iofd_window_nr_bits(window) << window->user_lg2,
			    BITS_PER_BYTE);
}

static int iofd_window_init(struct iofd_dirty_window *window,
			    struct iopasid_domain *domain, u64 page_size)
{
	unsigned int page_lg2 = ilog2(page_size);
	unsigned int nr_lg2;

	window->page_lg2 = max(page_lg2, __ffs(domain->pgsizes));
	window->user_lg2 = window->page_lg2 - page_lg2;
	window->span_lg2 = max(window->page_lg2 + IOFD_WINDOW_BITS_LG2,
			       __fls(domain->pgsizes));
	window->span_lg2 = min(window->span_lg2, BITS_PER_LONG - 1);
	nr_lg2 = window->span_lg2 - window->page_lg2;
	window->bits = kvmalloc_array(BITS_TO_LONGS(BIT(nr_lg2) +
						    BITS_PER_BYTE),
				      sizeof(*window->bits),
				      GFP_KERNEL_ACCOUNT);
	return window->bits ? 0 : -ENOMEM;
}

/* On to what is mapped from @pos on; -ENOENT when there is no more */
static int iofd_window_move(struct iofd_dirty_window *window,
			    struct iofd_ioas *ioas, u64 pos)
{
	struct iofd_area *area;

	if (down_read_killable(&ioas->iova_rwsem))
		return -EINTR;
	area = iofd_area_first(&ioas->space.areas, pos, window->last);
	if (area)
		window->begin = max_t(u64, area->iova.start, pos);
	up_read(&ioas->iova_rwsem);
	if (!area)
		return -ENOENT;
	window->end = min(window->begin | (BIT(window->span_lg2) - 1),
			  window->last);
	window->bit = round_down(iofd_window_bit(window, window->begin),
				 BITS_PER_BYTE);
	bitmap_zero(window->bits, iofd_window_nr_bits(window));
	return 0;
}

static u8 __user *iofd_window_user(const struct iofd_dirty_window *window)
{
	return window->user + (window->bit << window->user_lg2) / BITS_PER_BYTE;
}

/* An iopasid_dirty_fn */
static void iofd_window_record(u64 iova, size_t size, void *data)
{
	struct iofd_dirty_window *window = data;
	u64 bit = iofd_window_bit(window, iova);
	u64 last = iofd_window_bit(window, iova + size - 1);

	bitmap_set(window->bits, bit - window->bit, last - bit + 1);
}

/* New bits of a byte of the bitmap */
static u8 iofd_window_byte(const struct iofd_dirty_window *window, size_t byte)
{
	unsigned long first = byte * BITS_PER_BYTE;
	unsigned int i;
	u8 bits = 0;

	if (!window->user_lg2)
		return bitmap_get_value8(window->bits, first);
	for (i = 0; i < BITS_PER_BYTE; i++)
		if (test_bit((first + i) >> window->user_lg2, window->bits))
			bits |= BIT(i);
	return bits;
}

/* Add some of them to the user's. */
static int iofd_window_copy_chunk(const struct iofd_dirty_window *window,
				  size_t first, size_t nr)
{
	u8 __user *user = iofd_window_user(window) + first;
	u8 bytes[IOFD_CHUNK_BYTES];
	size_t i;

	if (copy_from_user(bytes, user, nr))
		return -EFAULT;
	for (i = 0; i < nr; i++)
		bytes[i] |= iofd_window_byte(window, first + i);
	return copy_to_user(user, bytes, nr) ? -EFAULT : 0;
}

static int iofd_window_copy(const struct iofd_dirty_window *window)
{
	unsigned long nr_bits = iofd_window_nr_bits(window);
	size_t nr = iofd_window_nr_bytes(window);
	size_t first = 0;

	while (first < nr) {
		unsigned long bit = first * BITS_PER_BYTE >> window->user_lg2;
		size_t bytes;

		bit = find_next_bit(window->bits, nr_bits, bit);
		if (bit == nr_bits)
			break;
		first = max(first, (bit << window->user_lg2) / BITS_PER_BYTE);
		bytes = min(nr - first, IOFD_CHUNK_BYTES);
		if (iofd_window_copy_chunk(window, first, bytes))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		first += bytes;
	}
	return 0;
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
 * -EINTR when the caller is killed; -ETIMEDOUT or -EIO when the unit does not
 * confirm: then nothing is marked.
 */
int iofd_ioas_set_dirty(struct iofd_ioas *ioas, struct iopasid_domain *domain,
			bool enable)
{
	int ret;

	if (mutex_lock_killable(&ioas->dirty_lock))
		return -EINTR;
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

/* The marks of a window become bits. */
static int iofd_dirty_read_window(struct iofd_ioas *ioas,
				  struct iopasid_domain *domain,
				  struct iofd_dirty_window *window, bool clear)
{
	struct iopasid_gather gather;
	struct iopasid_dirty dirty = {
		.record = iofd_window_record,
		.data = window,
		.flags = clear ? 0 : IOPASID_DIRTY_NO_CLEAR,
		.gather = clear ? &gather : NULL,
	};
	int ret, err;

	iopasid_gather_init(&gather);
	if (mutex_lock_killable(&ioas->dirty_lock))
		return -EINTR;
	ret = down_read_killable(&ioas->iova_rwsem);
	if (!ret) {
		ret = iofd_dirty_read(ioas, domain, window->begin, window->end,
				      &dirty);
		err = iofd_domain_flush(domain, &gather);
		up_read(&ioas->iova_rwsem);
		ret = ret ?: err;
	}
	mutex_unlock(&ioas->dirty_lock);
	return ret;
}

static int iofd_dirty_do_window(struct iofd_ioas *ioas,
				struct iopasid_domain *domain,
				struct iofd_dirty_window *window, bool clear)
{
	int ret, err;

	if (fault_in_safe_writeable((char __user *)iofd_window_user(window),
				    iofd_window_nr_bytes(window)))
		return -EFAULT;
	ret = iofd_dirty_read_window(ioas, domain, window, clear);
	err = iofd_window_copy(window);
	return ret ?: err;
}

/**
 * iofd_ioas_read_dirty() - which pages devices have written to
 * @ioas: the address space
 * @domain: a page table of it
 * @iova: first address
 * @length: bytes; what is not mapped is skipped
 * @page_size: what a bit stands for, a power of two; where it is less than what is
 *	marked, all bits of what is marked are set
 * @bitmap: of the user; bits are set, none is cleared
 * @flags: IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR, or 0: marks are taken away
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP when the page table was not made for it; -EINVAL when
 * nothing is marked, for no bytes and on alignment; -EOVERFLOW; -ENOMEM; -EFAULT;
 * -EINTR when the caller is killed; -ETIMEDOUT or -EIO when the unit does not
 * confirm: then any page may be written to and have no mark.
 */
int iofd_ioas_read_dirty(struct iofd_ioas *ioas, struct iopasid_domain *domain,
			 u64 iova, u64 length, u64 page_size, void __user *bitmap,
			 u64 flags)
{
	bool clear = !(flags & IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR);
	struct iofd_dirty_window window = {
		.user = bitmap,
		.iova = iova,
		.last = iova + length - 1,
	};
	u64 pos = iova;
	int ret;

	if (!(domain->flags & IOPASID_ALLOC_DIRTY_TRACKING))
		return -EOPNOTSUPP;
	if (!READ_ONCE(domain->dirty_tracking))
		return -EINVAL;
	ret = iofd_dirty_check(ioas, iova, length, page_size);
	if (ret)
		return ret;
	ret = iofd_window_init(&window, domain, page_size);
	if (ret)
		return ret;
	do {
		ret = iofd_window_move(&window, ioas, pos);
		if (ret)
			break;
		ret = iofd_dirty_do_window(ioas, domain, &window, clear);
		pos = window.end + 1;
	} while (!ret && window.end < window.last);
	kvfree(window.bits);
	return ret == -ENOENT ? 0 : ret;
}
