// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: holes
 *
 * The kernel's interval trees find ranges; what we ask for as often is what
 * lies between them: addresses that are not reserved, pages that nobody uses. The
 * ranges may overlap.
 */
#include "hole.h"

/**
 * iofd_holes_next() - the next gap
 * @holes: from iofd_holes_begin()
 *
 * Context: the tree does not change meanwhile.
 * Return: true with the gap in @holes, false when there is none left.
 */
bool iofd_holes_next(struct iofd_holes *holes)
{
	while (holes->more) {
		struct interval_tree_node *node;
		unsigned long pos = holes->pos;

		/* Of all that reach into the rest the one that begins first */
		node = interval_tree_iter_first(holes->tree, pos, holes->end);
		holes->first = pos;
		if (!node) {
			holes->last = holes->end;
			holes->more = false;
			return true;
		}
		holes->more = node->last < holes->end;
		holes->pos = node->last + 1;
		if (node->start > pos) {
			holes->last = node->start - 1;
			return true;
		}
	}
	return false;
}
