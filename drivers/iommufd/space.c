// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: addresses
 *
 * Who maps something either says where, or has an address found. Some addresses
 * cannot be used: those that a page table does not reach, the interrupt window,
 * what firmware claims; each is reserved in the name of the device or page table
 * that is the cause, and given back with it. A program may restrict the search to
 * ranges that it allows; for that they are kept from being reserved later.
 *
 * An address that is found has the same offset in a large page as the memory, if
 * there is one: as far as the memory is one piece, the page table can have large
 * pages. Otherwise it is aligned as the memory is, or as the length if that is
 * less. It is never 0, nor in the first or the last page of all addresses.
 */
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "space.h"

/**
 * iofd_space_init() - everything is free
 * @space: the addresses
 */
void iofd_space_init(struct iofd_space *space)
{
	space->areas = RB_ROOT_CACHED;
	space->reserved = RB_ROOT_CACHED;
	space->allowed = RB_ROOT_CACHED;
	space->alignment = 1;
	space->rover = 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_init);

/**
 * iofd_space_destroy() - nobody is interested in any address
 * @space: the addresses; nothing is mapped
 */
void iofd_space_destroy(struct iofd_space *space)
{
	iofd_ranges_free(&space->reserved);
	iofd_ranges_free(&space->allowed);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_destroy);

/**
 * iofd_space_check() - can something be mapped there?
 * @space: the addresses
 * @iova: first address
 * @length: bytes, not 0
 *
 * Return: 0; -EINVAL when it is not aligned, or reserved; -EOVERFLOW past the end
 * of all addresses; -EEXIST when something is mapped.
 */
int iofd_space_check(struct iofd_space *space, unsigned long iova,
		     unsigned long length)
{
	unsigned long last;

	if ((iova | length) & (space->alignment - 1))
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	if (interval_tree_iter_first(&space->reserved, iova, last))
		return -EINVAL;
	if (interval_tree_iter_first(&space->areas, iova, last))
		return -EEXIST;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_check);

/* The lowest address from @pos on that differs from @memory by n * @align */
static bool iofd_align_up(unsigned long *pos, unsigned long align,
			  unsigned long memory)
{
	return !check_add_overflow(*pos, (memory - *pos) & (align - 1), pos);
}

/* In [first, last], free, and aligned like @memory */
static bool iofd_space_search(struct iofd_space *space, unsigned long first,
			      unsigned long last, unsigned long length,
			      unsigned long align, unsigned long memory,
			      unsigned long *iova)
{
	unsigned long pos = first;

	while (iofd_align_up(&pos, align, memory) && pos <= last &&
	       last - pos >= length - 1) {
		struct interval_tree_node *taken;
		unsigned long pos_last = pos + length - 1;

		taken = interval_tree_iter_first(&space->reserved, pos,
						 pos_last);
		if (!taken)
			taken = interval_tree_iter_first(&space->areas, pos,
							 pos_last);
		if (!taken) {
			*iova = pos;
			return true;
		}
		if (check_add_overflow(taken->last, 1UL, &pos) ||
		    fatal_signal_pending(current))
			return false;
		cond_resched();
	}
	return false;
}

/* From @first on, where it is allowed */
static bool iofd_space_search_allowed(struct iofd_space *space,
				      unsigned long first,
				      unsigned long length,
				      unsigned long align,
				      unsigned long memory,
				      unsigned long *iova)
{
	const unsigned long last = ULONG_MAX - PAGE_SIZE;
	struct interval_tree_node *node;

	first = max(first, PAGE_SIZE);
	if (RB_EMPTY_ROOT(&space->allowed.rb_root))
		return iofd_space_search(space, first, last, length, align,
					 memory, iova);
	for (node = interval_tree_iter_first(&space->allowed, first, last);
	     node; node = interval_tree_iter_next(node, first, last))
		if (iofd_space_search(space, max(node->start, first),
				      min(node->last, last), length, align,
				      memory, iova))
			return true;
	return false;
}

/* No mapping is aligned to less, unless it is shorter. */
static unsigned long iofd_align_least(unsigned long memory)
{
	return memory ? min(PMD_SIZE, 1UL << __ffs(memory)) : PMD_SIZE;
}

/**
 * iofd_space_find() - find addresses for a mapping
 * @space: the addresses
 * @memory: where the memory is, for the offset in a large page: its address in a
 *	process, or in a file
 * @length: bytes, not 0
 * @iova: gets the first address
 *
 * Context: may sleep; takes as long as there are areas.
 * Return: 0; -EINVAL when @memory or @length is not aligned; -EOVERFLOW when no
 * address space is that large; -ENOSPC; -EINTR when the caller is killed.
 */
int iofd_space_find(struct iofd_space *space, unsigned long memory,
		    unsigned long length, unsigned long *iova)
{
	const unsigned long aligns[] = {
		SZ_1G, PMD_SIZE, iofd_align_least(memory),
	};
	unsigned long tried = 0;
	unsigned int i;

	if ((memory | length) & (space->alignment - 1))
		return -EINVAL;
	if (length >= ULONG_MAX / 2)
		return -EOVERFLOW;

	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		unsigned long align = min(roundup_pow_of_two(length),
					  aligns[i]);

		align = max(align, PAGE_SIZE);
		if (align == tried)
			continue;
		tried = align;
		if (iofd_space_search_allowed(space, space->rover, length,
					      align, memory, iova) ||
		    iofd_space_search_allowed(space, 0, length, align, memory,
					      iova)) {
			space->rover = *iova + length;
			return 0;
		}
	}
	return fatal_signal_pending(current) ? -EINTR : -ENOSPC;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_find);

/**
 * iofd_space_insert() - addresses are taken
 * @space: the addresses
 * @node: an area's, with addresses that were checked or found
 */
void iofd_space_insert(struct iofd_space *space,
		       struct interval_tree_node *node)
{
	interval_tree_insert(node, &space->areas);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_insert);

/**
 * iofd_space_remove() - addresses are free again
 * @space: the addresses
 * @node: the area's
 */
void iofd_space_remove(struct iofd_space *space,
		       struct interval_tree_node *node)
{
	interval_tree_remove(node, &space->areas);
	space->rover = min(space->rover, node->start);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_remove);

/**
 * iofd_space_reserve() - nothing may be mapped there
 * @space: the addresses
 * @ranges: struct iofd_range, each with who says so; others may have said the
 *	same. Empty afterwards, but for a failure
 *
 * Return: 0; -EADDRINUSE when some of it is mapped, or allowed: then nothing has
 * changed.
 */
int iofd_space_reserve(struct iofd_space *space, struct rb_root_cached *ranges)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(ranges, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX))
		if (interval_tree_iter_first(&space->areas, node->start,
					     node->last) ||
		    interval_tree_iter_first(&space->allowed, node->start,
					     node->last))
			return -EADDRINUSE;
	while ((node = interval_tree_iter_first(ranges, 0, ULONG_MAX))) {
		interval_tree_remove(node, ranges);
		interval_tree_insert(node, &space->reserved);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_reserve);

/**
 * iofd_space_unreserve() - give back all that somebody reserved
 * @space: the addresses
 * @owner: who
 */
void iofd_space_unreserve(struct iofd_space *space, const void *owner)
{
	struct interval_tree_node *node, *next;

	for (node = interval_tree_iter_first(&space->reserved, 0, ULONG_MAX);
	     node; node = next) {
		struct iofd_range *range = container_of(node,
							struct iofd_range,
							node);

		next = interval_tree_iter_next(node, 0, ULONG_MAX);
		if (range->owner != owner)
			continue;
		interval_tree_remove(node, &space->reserved);
		space->rover = min(space->rover, node->start);
		kfree(range);
	}
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_unreserve);

/**
 * iofd_space_allow() - search only there from now on
 * @space: the addresses
 * @ranges: struct iofd_range that do not overlap; gets those that were allowed
 *	until now
 *
 * Return: 0; -EADDRINUSE when some of it is reserved: then nothing has changed.
 */
int iofd_space_allow(struct iofd_space *space, struct rb_root_cached *ranges)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(ranges, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX))
		if (interval_tree_iter_first(&space->reserved, node->start,
					     node->last))
			return -EADDRINUSE;
	swap(*ranges, space->allowed);
	space->rover = 0;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_space_allow);

/**
 * iofd_ranges_add() - one range more
 * @ranges: the ranges
 * @first: first address
 * @last: last address, inclusive
 * @owner: whose it is
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int iofd_ranges_add(struct rb_root_cached *ranges, unsigned long first,
		    unsigned long last, const void *owner)
{
	struct iofd_range *range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);

	if (!range)
		return -ENOMEM;
	range->node.start = first;
	range->node.last = last;
	range->owner = owner;
	interval_tree_insert(&range->node, ranges);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ranges_add);

/**
 * iofd_ranges_free() - none is left
 * @ranges: the ranges
 *
 * Context: may sleep.
 */
void iofd_ranges_free(struct rb_root_cached *ranges)
{
	struct interval_tree_node *node;

	while ((node = interval_tree_iter_first(ranges, 0, ULONG_MAX))) {
		interval_tree_remove(node, ranges);
		kfree(container_of(node, struct iofd_range, node));
		cond_resched();
	}
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ranges_free);
