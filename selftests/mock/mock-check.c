// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped and pinned, compared with the program's own memory; and writes of
 * devices that did not happen.
 */
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <iopasid/iommufd-test.h>

#include "mock.h"

/* Of one bit map: a bit for each page there can be */
#define MOCK_DIRTY_BITS_MAX	((MOCK_APERTURE_LAST + 1) / MOCK_PAGE_SIZE)

/*
 * The page of the program's memory at @addr; with a reference. For a loop: the
 * program chooses how often, and may have mapped all its addresses to zeroes.
 */
static struct page *mock_user_page(u64 addr)
{
	struct page *page;
	long nr;

	cond_resched();
	if (fatal_signal_pending(current))
		return ERR_PTR(-EINTR);
	nr = get_user_pages_fast(addr & PAGE_MASK, 1, 0, &page);
	if (nr < 0)
		return ERR_PTR(nr);
	return nr ? page : ERR_PTR(-EFAULT);
}

static int mock_check_map_in(struct iopasid_domain *domain, void *data)
{
	const struct mock_command *cmd = data;
	u64 done;

	if (!mock_domain_of(domain))
		return -EINVAL;
	for (done = 0; done < cmd->check_map.length; done += MOCK_PAGE_SIZE) {
		u64 uptr = cmd->check_map.uptr + done;
		struct page *page = mock_user_page(uptr);
		phys_addr_t phys;

		if (IS_ERR(page))
			return PTR_ERR(page);
		phys = page_to_phys(page) + offset_in_page(uptr);
		put_page(page);
		if (domain->ops->iova_to_phys(domain, cmd->check_map.iova +
					      done) != phys)
			return -EINVAL;
	}
	return 0;
}

/**
 * mock_check_map() - MOCK_OP_CHECK_MAP
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when something else is mapped there; -ENOENT; -EFAULT;
 * -EINTR.
 */
int mock_check_map(struct mock_call *call)
{
	struct mock_command *cmd = &call->command;
	u64 end;

	if ((cmd->check_map.iova | cmd->check_map.length |
	     cmd->check_map.uptr) % MOCK_PAGE_SIZE ||
	    check_add_overflow(cmd->check_map.uptr, cmd->check_map.length,
			       &end))
		return -EINVAL;
	return iopasid_iommufd_test_hwpt(call->ctx, cmd->id, mock_check_map_in,
					 cmd);
}

/**
 * mock_check_refs() - MOCK_OP_CHECK_REFS
 * @call: the call
 *
 * A pin counts GUP_PIN_COUNTING_BIAS references of a small page; of large ones
 * pins are counted elsewhere, by the kernel.
 *
 * Context: may sleep.
 * Return: 0; -EIO when a page has another number of pins; -EINVAL; -EFAULT;
 * -EINTR.
 */
int mock_check_refs(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	u64 done, end;

	if ((cmd->check_refs.length | cmd->check_refs.uptr) & ~PAGE_MASK ||
	    check_add_overflow(cmd->check_refs.uptr, cmd->check_refs.length,
			       &end))
		return -EINVAL;
	for (done = 0; done < cmd->check_refs.length; done += PAGE_SIZE) {
		struct page *page = mock_user_page(cmd->check_refs.uptr + done);
		bool wrong;

		if (IS_ERR(page))
			return PTR_ERR(page);
		wrong = !PageCompound(page) &&
			page_ref_count(page) / GUP_PIN_COUNTING_BIAS !=
			cmd->check_refs.refs;
		put_page(page);
		if (wrong)
			return -EIO;
	}
	return 0;
}

/* The bits of a MOCK_OP_DIRTY, and its command */
struct mock_dirty_bits {
	struct mock_command *cmd;
	unsigned long *bits;
	unsigned long nr;
};

static int mock_set_dirty_in(struct iopasid_domain *domain, void *data)
{
	struct mock_dirty_bits *dirty = data;
	struct mock_domain *mock = mock_domain_of(domain);
	u64 count = 0;
	unsigned long bit;

	if (!mock || !domain->dirty_tracking)
		return -EINVAL;
	for_each_set_bit(bit, dirty->bits, dirty->nr)
		count += mock_domain_set_dirty(mock, dirty->cmd->dirty.iova +
					       bit * dirty->cmd->dirty.page_size);
	dirty->cmd->dirty.nr_dirty = count;
	return 0;
}

/**
 * mock_set_dirty() - MOCK_OP_DIRTY
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when the page table does not track, or numbers do not fit;
 * -EOVERFLOW for too many of them; -ENOENT, -ENOMEM, -EFAULT.
 */
int mock_set_dirty(struct mock_call *call)
{
	struct mock_command *cmd = &call->command;
	u64 page_size = cmd->dirty.page_size;
	struct mock_dirty_bits dirty = { .cmd = cmd };
	int ret;

	if (!page_size || page_size % MOCK_PAGE_SIZE ||
	    !cmd->dirty.length || !cmd->dirty.uptr ||
	    cmd->dirty.iova % page_size || cmd->dirty.length % page_size)
		return -EINVAL;
	if (cmd->dirty.length / page_size > MOCK_DIRTY_BITS_MAX)
		return -EOVERFLOW;
	dirty.nr = cmd->dirty.length / page_size;
	dirty.bits = kvcalloc(BITS_TO_LONGS(dirty.nr), sizeof(long),
			      GFP_KERNEL_ACCOUNT);
	if (!dirty.bits)
		return -ENOMEM;
	if (copy_from_user(dirty.bits, u64_to_user_ptr(cmd->dirty.uptr),
			   DIV_ROUND_UP(dirty.nr, BITS_PER_BYTE)))
		ret = -EFAULT;
	else
		ret = iopasid_iommufd_test_hwpt(call->ctx, cmd->id,
						mock_set_dirty_in, &dirty);
	kvfree(dirty.bits);
	call->answers = !ret;
	return ret;
}
