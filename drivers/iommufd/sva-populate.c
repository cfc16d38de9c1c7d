// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: memory of a process, before a device needs it
 *
 * IOPASID_SVA_POPULATE touches each page of a range as the program would, and then
 * has the core look whether the top of the device's table must follow. A device that
 * sends no page requests finds it there, for as long as the kernel leaves it there.
 *
 * A pin is for longer: pages that are charged like those of a mapping (account.c) and
 * pinned like them (pages.c), one pages object each. It keeps memory, not mappings,
 * and belongs to the HWPT: UNPIN gives back the oldest of exactly a range, and the
 * end of the HWPT all. That asks nothing of the process, so that the pins of one
 * that is gone can be ended by whoever has the file.
 *
 * What waits for memory of users is done before the lock is taken: under it a pin is
 * only put into the tree, or taken out of it.
 *
 * Unhappy paths: a page of the range cannot be had, or the caller is killed: the pages
 * before it are there, as after a program that stopped half way; nothing is pinned.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include <uapi/iopasid/iommufd.h>

#include <iopasid/sva.h>

#include "hwpt.h"
#include "iofd.h"
#include "pages.h"
#include "pin.h"
#include "sva.h"

/* Touched under one hold of the mmap lock */
#define IOFD_SVA_STEP	512UL

/**
 * struct iofd_sva_pin - a range that stays in memory
 * @node: in the HWPT's pins
 * @addr: first address
 * @length: bytes
 * @pages: the memory; nobody else has it
 * @user: for whom all of @pages is pinned
 */
struct iofd_sva_pin {
	struct rb_node node;
	u64 addr;
	u64 length;
	struct iofd_pages *pages;
	struct iofd_user user;
};

#define to_pin(_node)	rb_entry(_node, struct iofd_sva_pin, node)

static int iofd_sva_pin_cmp(const void *key, const struct rb_node *node)
{
	const struct iofd_sva_pin *a = key;
	const struct iofd_sva_pin *b = to_pin(node);

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return 0;
}

/* Of two that are equal the newer is behind. */
static bool iofd_sva_pin_less(struct rb_node *a, const struct rb_node *b)
{
	return iofd_sva_pin_cmp(to_pin(a), b) < 0;
}

static void iofd_sva_pin_destroy(struct iofd_sva_pin *pin)
{
	mutex_lock(&pin->pages->lock);
	iofd_pages_remove_user(pin->pages, &pin->user);
	mutex_unlock(&pin->pages->lock);
	iofd_pages_put(pin->pages);
	kfree(pin);
}

static struct iofd_sva_pin *
iofd_sva_pin_create(struct iofd_ctx *ctx,
		    const struct iopasid_sva_populate *cmd)
{
	struct iofd_sva_pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!pin)
		return ERR_PTR(-ENOMEM);
	pin->addr = cmd->addr;
	pin->length = cmd->length;
	pin->pages = iofd_pages_create_user(ctx->account, cmd->addr, cmd->length,
					    cmd->flags &
					    IOPASID_SVA_POPULATE_WRITE);
	if (IS_ERR(pin->pages)) {
		ret = PTR_ERR(pin->pages);
		goto free_pin;
	}
	pin->user.node.last = pin->pages->nr_pages - 1;
	mutex_lock(&pin->pages->lock);
	ret = iofd_pages_add_user(pin->pages, &pin->user);
	mutex_unlock(&pin->pages->lock);
	if (ret)
		goto put_pages;
	return pin;

put_pages:
	iofd_pages_put(pin->pages);
free_pin:
	kfree(pin);
	return ERR_PTR(ret);
}

static void iofd_sva_pin_add(struct iofd_hwpt *hwpt, struct iofd_sva_pin *pin)
{
	mutex_lock(&hwpt->pins_lock);
	rb_add(&pin->node, &hwpt->pins, iofd_sva_pin_less);
	mutex_unlock(&hwpt->pins_lock);
}

/**
 * iofd_sva_unpin_all() - end all pins of a HWPT
 * @hwpt: the HWPT, which no call looks at
 *
 * Context: may sleep.
 */
void iofd_sva_unpin_all(struct iofd_hwpt *hwpt)
{
	struct iofd_sva_pin *pin, *next;

	rbtree_postorder_for_each_entry_safe(pin, next, &hwpt->pins, node)
		iofd_sva_pin_destroy(pin);
	hwpt->pins = RB_ROOT;
}

static int iofd_sva_unpin(struct iofd_hwpt *hwpt,
			  const struct iopasid_sva_populate *cmd)
{
	const struct iofd_sva_pin key = {
		.addr = cmd->addr, .length = cmd->length,
	};
	struct rb_node *node;

	if (!cmd->length || !PAGE_ALIGNED(cmd->addr | cmd->length))
		return -EINVAL;
	mutex_lock(&hwpt->pins_lock);
	node = rb_find_first(&key, &hwpt->pins, iofd_sva_pin_cmp);
	if (node)
		rb_erase(node, &hwpt->pins);
	mutex_unlock(&hwpt->pins_lock);
	if (!node)
		return -ENOENT;
	iofd_sva_pin_destroy(to_pin(node));
	return 0;
}

/* As if the program had read, or written, each page */
static int iofd_sva_touch(unsigned long addr, unsigned long nr_pages, bool write)
{
	/* A device faults where NUMA balancing has taken the access away. */
	unsigned int flags = FOLL_HONOR_NUMA_FAULT | (write ? FOLL_WRITE : 0);

	while (nr_pages) {
		int ret = iofd_pin_may_go_on();
		long got;

		if (ret)
			return ret;
		got = get_user_pages_unlocked(addr, min(nr_pages, IOFD_SVA_STEP),
					      NULL, flags);
		/* Killed while it waited for the lock: seen above */
		if (got == -EAGAIN)
			continue;
		if (got <= 0)
			return got ?: -EFAULT;
		addr += got * PAGE_SIZE;
		nr_pages -= got;
	}
	return 0;
}

static int iofd_sva_populate_range(struct iofd_hwpt *hwpt,
				   const struct iopasid_sva_populate *cmd)
{
	struct iofd_sva_pin *pin = NULL;
	int ret;

	ret = iopasid_sva_check(hwpt->domain, cmd->addr, cmd->length);
	if (ret)
		return ret;
	if (cmd->flags & IOPASID_SVA_POPULATE_PIN) {
		pin = iofd_sva_pin_create(hwpt->obj.ctx, cmd);
		if (IS_ERR(pin))
			return PTR_ERR(pin);
	}
	/* Only now: to pin a page may move it. */
	ret = iofd_sva_touch(cmd->addr, cmd->length >> PAGE_SHIFT,
			     cmd->flags & IOPASID_SVA_POPULATE_WRITE);
	if (!ret)
		ret = iopasid_sva_sync(hwpt->domain, cmd->addr,
				       cmd->addr + cmd->length - 1);
	if (pin && ret)
		iofd_sva_pin_destroy(pin);
	else if (pin)
		iofd_sva_pin_add(hwpt, pin);
	return ret;
}

/**
 * iofd_sva_populate() - IOPASID_SVA_POPULATE
 * @call: the call
 *
 * Context: may sleep, and wait for memory of users.
 * Return: 0; -EOPNOTSUPP for unknown flags, and a field that must be 0; -EINVAL for
 * flags that do not go together, a HWPT that is no process's, and a range that is
 * empty or not of whole pages; -ENOENT when there is no such HWPT, or nothing to
 * unpin. Unless it unpins: -EPERM when the HWPT is another process's; -ESRCH when the
 * process is gone; -EIO when its unit has not confirmed that it forgot what had
 * changed; -ERANGE when the range has addresses that no device reaches;
 * -EFAULT when memory is not there, or not for writing; -EINTR when the caller is
 * killed; -ENOMEM, also for pins over RLIMIT_MEMLOCK.
 */
int iofd_sva_populate(struct iofd_call *call)
{
	const u32 known = IOPASID_SVA_POPULATE_WRITE | IOPASID_SVA_POPULATE_PIN |
			  IOPASID_SVA_POPULATE_UNPIN;
	const struct iopasid_sva_populate *cmd = call->cmd;
	bool unpin = cmd->flags & IOPASID_SVA_POPULATE_UNPIN;
	struct iofd_hwpt *hwpt;
	int ret;

	if (cmd->flags & ~known || cmd->__reserved)
		return -EOPNOTSUPP;
	if (unpin && cmd->flags != IOPASID_SVA_POPULATE_UNPIN)
		return -EINVAL;
	hwpt = iofd_hwpt_get(call->ctx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (hwpt->ioas)
		ret = -EINVAL;
	else
		ret = unpin ? iofd_sva_unpin(hwpt, cmd) :
			iofd_sva_populate_range(hwpt, cmd);
	iofd_object_put(&hwpt->obj);
	return ret;
}
