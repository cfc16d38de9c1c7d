/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one writer of 512-bit PASID table entries.
 */
#ifndef _VTD_ENTRY_H
#define _VTD_ENTRY_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "vtd-bits.h"

/**
 * struct vtd_entry - a PASID table entry
 * @word: little endian, word 0 has the Present bit
 */
struct vtd_entry {
	u64 word[VTD_PASID_WORDS];
} __aligned(VTD_PASID_WORDS * sizeof(u64));

struct vtd_entry_writer;

/**
 * struct vtd_entry_writer_ops - what the writer needs from its caller
 */
struct vtd_entry_writer_ops {
	/**
	 * @flush: the unit uses nothing of @old any more: PASID cache, then
	 * what the stage of @old has cached, and waits for completion.
	 *
	 * Context: that of vtd_entry_write(); no lock is held by the writer.
	 * Returns: 0, -ETIMEDOUT, -EIO.
	 */
	int (*flush)(struct vtd_entry_writer *writer,
		     const struct vtd_entry *old);

	/**
	 * @sync: optional, tests: all stores so far are visible to the unit
	 * before any later one. NULL: a CPU cache flush where the unit does
	 * not snoop, and a write barrier.
	 */
	void (*sync)(struct vtd_entry_writer *writer);

	/** @step: optional, tests: one word of the live entry was stored. */
	void (*step)(struct vtd_entry_writer *writer);
};

/**
 * struct vtd_entry_writer - one change of one entry
 * @ops: as above
 * @live: the entry in the table that the unit walks
 * @coherent: the unit snoops the CPU cache when it walks (ECAP.SMPWC)
 *
 * On the stack or embedded in the caller's own. The caller serialises writers
 * of the same entry.
 */
struct vtd_entry_writer {
	const struct vtd_entry_writer_ops *ops;
	struct vtd_entry *live;
	bool coherent;
};

/**
 * vtd_entry_present() - the unit uses this entry
 * @entry: live or not
 *
 * Return: whether the Present bit is set.
 */
static inline bool vtd_entry_present(const struct vtd_entry *entry)
{
	return READ_ONCE(entry->word[0]) & VTD_PASID_P;
}

/**
 * vtd_entry_idle() - the unit has no use for this entry, nor had a flush of it
 *	failed
 * @entry: live; only buried entries, and those never used, have no domain id
 *
 * Return: whether its memory may go, once the unit cannot find it.
 */
static inline bool vtd_entry_idle(const struct vtd_entry *entry)
{
	return !vtd_entry_present(entry) && !entry->word[1];
}

int vtd_entry_write(struct vtd_entry_writer *writer,
		    const struct vtd_entry *target);
int vtd_entry_clear(struct vtd_entry_writer *writer);

/* The steps, for callers that flush once for many entries. */
void vtd_entry_break(struct vtd_entry_writer *writer);
void vtd_entry_bury(struct vtd_entry_writer *writer);
void vtd_entry_make(struct vtd_entry_writer *writer,
		    const struct vtd_entry *target);

#endif /* _VTD_ENTRY_H */
