// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: memory of a file
 *
 * Of a memfd the kernel pins folios, not pages, however large and however little
 * of them is in the range. So do we: a folio has one pin as long as one of its
 * pages is in the tree of runs. A folio lies at one place of its file: its other
 * pages, if they are pinned, are in the neighbourhood and have the same entry.
 *
 * A file that is cut short, or has a hole punched into it, loses the pages; they
 * remain ours until they are unpinned.
 *
 * Holes of the file are filled. Of hugetlbfs only fallocate() does that so that
 * the pages that others have reserved stay theirs; memfd_pin_folios() would take
 * them. So it is kept from finding a hole: of such a file it gets what is there,
 * while nothing can be taken away.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include <uapi/linux/falloc.h>

#include "pin.h"
#include "run.h"

/* Are there pinned pages of the folio that has @pfn at @index, in this range? */
static bool iofd_folio_in(struct iofd_pages *pages, unsigned long pfn,
			  unsigned long index, unsigned long first,
			  unsigned long last)
{
	struct iofd_run_walk walk;

	iofd_for_each_run(&walk, pages, first, last)
		if (walk.run.pfn - walk.run.first == pfn - index)
			return true;
	return false;
}

/* ... anywhere but in [first, last], which @index is in? */
static bool iofd_folio_outside(struct iofd_pages *pages, struct folio *folio,
			       unsigned long pfn, unsigned long index,
			       unsigned long first, unsigned long last)
{
	unsigned long before = pfn - folio_pfn(folio);
	unsigned long after = folio_nr_pages(folio) - 1 - before;
	unsigned long begin = index - min(before, index);
	unsigned long end = min(index + after, pages->nr_pages - 1);

	return (begin < first &&
		iofd_folio_in(pages, pfn, index, begin, first - 1)) ||
	       (end > last &&
		iofd_folio_in(pages, pfn, index, last + 1, end));
}

/*
 * Record @folio, which was pinned for [index, last], from its page @skip on.
 * Returns how many of the pages it has; on failure it is not pinned any more.
 */
static long iofd_pin_folio_record(struct iofd_pages *pages, struct folio *folio,
				  unsigned long skip, unsigned long index,
				  unsigned long last)
{
	unsigned long len = min(folio_nr_pages(folio) - skip, last - index + 1);
	struct iofd_run run = {
		.first = index,
		.last = index + len - 1,
		.pfn = folio_pfn(folio) + skip,
	};
	bool held = iofd_folio_outside(pages, folio, run.pfn, index,
				       run.first, run.last);
	int ret = iofd_run_add(pages, &run);

	if (ret || held)
		unpin_folio(folio);
	return ret ?: len;
}

/* Where in the file an index is */
static loff_t iofd_file_position(const struct iofd_pages *pages,
				 unsigned long index)
{
	return pages->position + ((loff_t)index << PAGE_SHIFT);
}

/* The beginning of the range, as far as the list has room */
static long iofd_pin_folios(struct iofd_pages *pages, unsigned long first,
			    unsigned long last, struct iofd_batch *batch)
{
	struct folio **folios = (struct folio **)batch->list;
	unsigned long index = first;
	pgoff_t offset = 0;
	long nr, i, ret;

	nr = memfd_pin_folios(pages->file, iofd_file_position(pages, first),
			      iofd_file_position(pages, last + 1) - 1, folios,
			      batch->size, &offset);
	if (nr <= 0)
		return nr ?: -EFAULT;
	for (i = 0; i < nr; i++) {
		ret = iofd_pin_folio_record(pages, folios[i],
					    offset >> PAGE_SHIFT, index, last);
		if (ret < 0) {
			unpin_folios(folios + i + 1, nr - i - 1);
			return ret;
		}
		index += ret;
		offset = 0;
	}
	return index - first;
}

/* How many pages the file has, from @first on and without a hole */
static unsigned long iofd_huge_count(struct iofd_pages *pages,
				     unsigned long first, unsigned long last)
{
	unsigned long nr = pages_per_huge_page(hstate_file(pages->file));
	pgoff_t begin = iofd_file_position(pages, first) >> PAGE_SHIFT;
	pgoff_t end = begin + (last - first) + 1;
	pgoff_t pos;

	for (pos = round_down(begin, nr); pos < end; pos += nr) {
		struct folio *folio = filemap_get_folio(pages->file->f_mapping,
							pos);

		if (IS_ERR(folio))
			break;
		folio_put(folio);
	}
	return pos > begin ? min(pos, end) - begin : 0;
}

/* As iofd_pin_folios(), up to the first hole; 0 when there is nothing else */
static long iofd_pin_huge(struct iofd_pages *pages, unsigned long first,
			  unsigned long last, struct iofd_batch *batch)
{
	struct inode *inode = file_inode(pages->file);
	unsigned long nr;
	long ret = 0;

	/* Whoever takes pages away from a file of hugetlbfs holds it. */
	inode_lock_shared(inode);
	nr = iofd_huge_count(pages, first, last);
	if (nr)
		ret = iofd_pin_folios(pages, first, first + nr - 1, batch);
	inode_unlock_shared(inode);
	return ret;
}

/* Fill the holes of a file of hugetlbfs. */
static int iofd_huge_fill(struct iofd_pages *pages, unsigned long first,
			  unsigned long last)
{
	loff_t start = iofd_file_position(pages, first);
	loff_t end = iofd_file_position(pages, last + 1);
	int ret;

	if (!(pages->file->f_mode & FMODE_WRITE))
		return -EFAULT;
	ret = vfs_fallocate(pages->file, FALLOC_FL_KEEP_SIZE, start,
			    end - start);
	/* Any signal ends it; pinning is worth a second attempt. */
	if (ret == -EINTR && !fatal_signal_pending(current))
		return -ERESTARTNOINTR;
	return ret == -ENOSPC ? -ENOMEM : ret;
}

static long iofd_pin_file_step(struct iofd_pages *pages, unsigned long first,
			       unsigned long last, struct iofd_batch *batch)
{
	long got;
	int ret;

	if (!is_file_hugepages(pages->file))
		return iofd_pin_folios(pages, first, last, batch);
	got = iofd_pin_huge(pages, first, last, batch);
	if (got)
		return got;
	ret = iofd_huge_fill(pages, first, last);
	if (ret)
		return ret;
	/* Somebody may have made a hole again. */
	return iofd_pin_huge(pages, first, last, batch) ?: -EFAULT;
}

/* As much as may be done without looking for a signal */
static unsigned long iofd_file_step_last(struct iofd_pages *pages,
					 unsigned long first,
					 unsigned long last,
					 const struct iofd_batch *batch)
{
	unsigned long nr = batch->size;

	if (is_file_hugepages(pages->file))
		nr = max_t(unsigned long, nr,
			   pages_per_huge_page(hstate_file(pages->file)));
	return last - first < nr ? last : first + nr - 1;
}

/**
 * iofd_pin_file() - pin memory of a file
 * @pages: the memory
 * @first: first index
 * @last: last index; nothing of the range is pinned
 *
 * Context: pages->lock held, may sleep.
 * Return: 0; -EINVAL beyond the end of the file; -EFAULT when there is a hole in
 * a file of hugetlbfs that is not open for writing; -EINTR when the caller is
 * killed; -ENOMEM and others. After a failure the beginning of the range is
 * pinned, and to be given back with iofd_unpin_file().
 */
int iofd_pin_file(struct iofd_pages *pages, unsigned long first,
		  unsigned long last)
{
	struct iofd_batch batch;
	int ret = 0;

	lockdep_assert_held(&pages->lock);

	if (iofd_file_position(pages, last + 1) >
	    i_size_read(file_inode(pages->file)))
		return -EINVAL;
	iofd_batch_init(&batch, last - first + 1);
	while (first <= last) {
		unsigned long step_last = iofd_file_step_last(pages, first,
							      last, &batch);
		long got;

		ret = iofd_pin_may_go_on();
		if (ret)
			break;
		got = iofd_pin_file_step(pages, first, step_last, &batch);
		if (got < 0) {
			ret = got;
			break;
		}
		first += got;
	}
	iofd_batch_free(&batch);
	return ret;
}

/* The last of @folio's pages goes. */
static void iofd_unpin_folio(struct iofd_pages *pages, struct folio *folio)
{
	if (pages->writable && !folio_test_dirty(folio)) {
		folio_lock(folio);
		folio_mark_dirty(folio);
		folio_unlock(folio);
	}
	unpin_folio(folio);
}

/* Of a run that goes with all of [first, last]; they may reach out of both. */
static void iofd_unpin_folios(struct iofd_pages *pages,
			      const struct iofd_run *run, unsigned long first,
			      unsigned long last)
{
	unsigned long index = run->first;

	while (index <= run->last) {
		unsigned long pfn = run->pfn + (index - run->first);
		struct folio *folio = page_folio(pfn_to_page(pfn));
		unsigned long next = index + folio_nr_pages(folio) -
			(pfn - folio_pfn(folio));

		if (!iofd_folio_outside(pages, folio, pfn, index, first, last))
			iofd_unpin_folio(pages, folio);
		cond_resched();
		index = next;
	}
}

/**
 * iofd_unpin_file() - give memory of a file back
 * @pages: the memory
 * @first: first index
 * @last: last index; what of the range is not pinned is skipped
 *
 * Context: pages->lock held, may sleep.
 * Return: the number of pages that were pinned.
 */
unsigned long iofd_unpin_file(struct iofd_pages *pages, unsigned long first,
			      unsigned long last)
{
	struct iofd_run_walk walk;
	unsigned long nr = 0;

	iofd_for_each_run(&walk, pages, first, last) {
		iofd_unpin_folios(pages, &walk.run, first, last);
		nr += walk.run.last - walk.run.first + 1;
	}
	if (nr)
		iofd_run_remove(pages, first, last);
	return nr;
}
