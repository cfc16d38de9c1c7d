// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one writer of 512-bit PASID table entries.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <kunit/visibility.h>

#include <asm/barrier.h>
#include <asm/cacheflush.h>

#include "vtd-entry.h"

/**
 * DOC: Changing a PASID table entry
 *
 * The unit reads a 512-bit entry in pieces of at least 64 bits, at any moment.
 * What it reads must be the old entry, the new entry, or one without the
 * Present bit; never words of both. So an entry changes only by these
 * sequences of stores, and only here:
 *
 * ==================== ====================================================
 * not present, present words 7 to 1, *sync*, word 0 with P, *sync*
 * present, not present word 0 without P, *sync*, **flush**, the other words
 * present, present     one word differs: that word, *sync*, **flush**. Else
 *                      the second row, then the first
 * ==================== ====================================================
 *
 * *sync* makes the stores so far visible to the unit before any later one; its
 * partner is the unit's read of word 0, whose P says that the other words may
 * be used. **flush** is the caller's: it waits until the unit has dropped what
 * it cached of the old entry. Only then may the other words change: until
 * then, a unit that has seen P may still be reading them.
 *
 * Clearing P leaves all other bits alone, so a flush that fails can be undone
 * with one store: vtd_entry_write() then puts the old word back, and the old
 * entry is whole. vtd_entry_clear() never puts it back, because no device may
 * reach memory that its owner is giving up. It leaves the other words, and the
 * next write or clear flushes before it does anything else.
 *
 * **A cleared entry is not all zero.** Its word 0 keeps the fields that say
 * how to walk (AW, PGTT), without P, without an address. An all-zero entry is
 * reported as an invalid entry by units that look at the type before they look
 * at P (QEMU: reason 0x5b), a cleared one as *not present* (0x59), which is
 * what happened. It also loses FPD, so that the report is made at all. An
 * entry that was never used stays zero. Ask vtd_entry_present(), not memcmp().
 *
 * The caller serialises changes of one entry; the unit never writes to it.
 */

static void step(struct vtd_entry_writer *writer)
{
	if (writer->ops->step)
		writer->ops->step(writer);
}

static void sync(struct vtd_entry_writer *writer)
{
	if (writer->ops->sync)
		writer->ops->sync(writer);
	else if (writer->coherent)
		/* Partner: the unit's read of word 0, see the DOC: block. */
		dma_wmb();
	else
		/* As above; has full barriers on both sides. */
		clflush_cache_range(writer->live, sizeof(*writer->live));
}

/* Words that stay as they are cost nothing. */
static void store(struct vtd_entry_writer *writer, unsigned int i, u64 value)
{
	if (writer->live->word[i] == value)
		return;
	WRITE_ONCE(writer->live->word[i], value);
	step(writer);
}

static unsigned int nr_different(const struct vtd_entry *a,
				 const struct vtd_entry *b)
{
	unsigned int nr = 0;
	unsigned int i;

	for (i = 0; i < VTD_PASID_WORDS; i++)
		nr += a->word[i] != b->word[i];
	return nr;
}

/**
 * vtd_entry_break() - first half of a clear: the entry is not present
 * @writer: the entry
 *
 * The caller flushes next, for this entry or for many at once, and ends with
 * vtd_entry_bury() or vtd_entry_make().
 */
void vtd_entry_break(struct vtd_entry_writer *writer)
{
	store(writer, 0, writer->live->word[0] & ~VTD_PASID_P);
	sync(writer);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_entry_break);

/**
 * vtd_entry_bury() - second half of a clear: forget what the entry said
 * @writer: an entry that is not present and was flushed
 *
 * Word 0 keeps AW and PGTT, the rest is 0: see the DOC: block.
 */
void vtd_entry_bury(struct vtd_entry_writer *writer)
{
	const struct vtd_entry rest = {
		.word[0] = writer->live->word[0] & (VTD_PASID_AW | VTD_PASID_PGTT),
	};

	vtd_entry_make(writer, &rest);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_entry_bury);

/**
 * vtd_entry_make() - fill an entry that is not present
 * @writer: an entry that is not present, and flushed since it was
 * @target: what it becomes
 *
 * Nothing needs to be flushed for it, unless the unit caches what is not
 * present (CAP.CM).
 */
void vtd_entry_make(struct vtd_entry_writer *writer,
		    const struct vtd_entry *target)
{
	unsigned int i;

	/* Our bug; leaving the old entry is what harms nobody else. */
	if (WARN_ON_ONCE(vtd_entry_present(writer->live)))
		return;
	for (i = VTD_PASID_WORDS - 1; i > 0; i--)
		store(writer, i, target->word[i]);
	sync(writer);
	store(writer, 0, target->word[0]);
	sync(writer);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_entry_make);

/* Words other than @i are those of @old: put that one back. */
static int undo(struct vtd_entry_writer *writer, const struct vtd_entry *old,
		unsigned int i, int error)
{
	store(writer, i, old->word[i]);
	sync(writer);
	return error;
}

/* Present to present, in one store if one is enough. */
static int replace(struct vtd_entry_writer *writer,
		   const struct vtd_entry *target)
{
	const struct vtd_entry old = *writer->live;
	unsigned int i = 0;
	int ret;

	if (nr_different(&old, target) == 1) {
		while (old.word[i] == target->word[i])
			i++;
		store(writer, i, target->word[i]);
		sync(writer);
		ret = writer->ops->flush(writer, &old);
		return ret ? undo(writer, &old, i, ret) : 0;
	}
	vtd_entry_break(writer);
	ret = writer->ops->flush(writer, &old);
	if (ret)
		return undo(writer, &old, 0, ret);
	vtd_entry_make(writer, target);
	return 0;
}

/* A flush that failed is owed. */
static int settle(struct vtd_entry_writer *writer)
{
	const struct vtd_entry old = *writer->live;
	int ret;

	if (vtd_entry_idle(&old))
		return 0;
	ret = writer->ops->flush(writer, &old);
	if (!ret)
		vtd_entry_bury(writer);
	return ret;
}

/**
 * vtd_entry_write() - give an entry a new content
 * @writer: the entry
 * @target: the new content, present
 *
 * ops->flush is called once if the entry was present and changes, or if the
 * flush of an earlier clear failed. After that no device uses the old content.
 *
 * Return: 0, or what ops->flush returned: then the entry is as it was.
 */
int vtd_entry_write(struct vtd_entry_writer *writer,
		    const struct vtd_entry *target)
{
	int ret;

	if (!vtd_entry_present(writer->live)) {
		ret = settle(writer);
		if (!ret)
			vtd_entry_make(writer, target);
		return ret;
	}
	if (!nr_different(writer->live, target))
		return 0;
	return replace(writer, target);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_entry_write);

/**
 * vtd_entry_clear() - take an entry out of use
 * @writer: the entry; nothing happens if it is not present, but for a flush
 *	that failed before
 *
 * Return: 0, or what ops->flush returned: then the entry is not present all
 * the same, but the unit may use what it cached of it.
 */
int vtd_entry_clear(struct vtd_entry_writer *writer)
{
	const struct vtd_entry old = *writer->live;
	int ret;

	if (!vtd_entry_present(&old))
		return settle(writer);
	vtd_entry_break(writer);
	ret = writer->ops->flush(writer, &old);
	if (!ret)
		vtd_entry_bury(writer);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_entry_clear);
