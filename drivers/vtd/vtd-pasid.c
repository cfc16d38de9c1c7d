// SPDX-License-Identifier: GPL-2.0-only
/*
 * PASID directories and PASID tables.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/barrier.h>
#include <asm/cacheflush.h>

#include "vtd.h"

/**
 * DOC: PASID directories
 *
 * A context entry points to a PASID directory, whose entries point to PASID
 * tables of one page, 64 PASIDs each. The directory has the size that the
 * PASIDs of its device need, up to 2^14 entries (20-bit PASIDs); tables come
 * when a PASID of theirs is attached and go when none of theirs is any more. The
 * one with the entry of DMA without PASID stays with the directory.
 *
 * Lifecycle: vtd_pasid_dir_alloc() -> vtd_pasid_prepare() for each PASID that
 * is to be used (may fail) -> vtd_pasid_entry() (cannot) -> vtd_pasid_trim() ->
 * the context entry points elsewhere and was flushed -> vtd_pasid_dir_free().
 *
 * Unhappy path: a table stays, for the next time or until the directory goes,
 * while an entry of it has a flush to make up for. One that was taken out goes
 * back when the unit does not confirm that it has forgotten it: the next entry
 * there must be in the table that the unit may still use.
 *
 * Locking: tables come and go under the group mutex, so who holds it may use
 * what vtd_pasid_entry() returns. Others hold dir->lock meanwhile: a table that
 * they can see is freed later.
 */

/**
 * vtd_table_sync() - the unit sees what was stored
 * @unit: the unit
 * @addr: part of a root, context or PASID table or of a directory
 * @size: in bytes
 *
 * All stores to the range before this reach the unit before any store after
 * it. Partner: the unit's table walk.
 */
void vtd_table_sync(struct vtd_unit *unit, void *addr, size_t size)
{
	if (unit->coherent)
		dma_wmb();
	else
		clflush_cache_range(addr, size);
}

static size_t vtd_pasid_dir_size(const struct vtd_pasid_dir *dir)
{
	return PAGE_SIZE << dir->order;
}

/**
 * vtd_pasid_dir_alloc() - an empty directory, with the table of PASID 0
 * @unit: who walks it
 * @max_pasids: it must hold PASIDs below this
 *
 * Context: may sleep.
 * Return: the directory, NULL when there is no memory.
 */
struct vtd_pasid_dir *vtd_pasid_dir_alloc(struct vtd_unit *unit,
					  u32 max_pasids)
{
	unsigned int nr = DIV_ROUND_UP(max_pasids, VTD_PASID_TABLE_ENTRIES);
	struct vtd_pasid_dir *dir;
	struct page *page;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return NULL;
	dir->unit = unit;
	mutex_init(&dir->lock);
	/* At least a page: smaller ones exist but save nothing */
	nr = max_t(unsigned int, nr, PAGE_SIZE / sizeof(u64));
	dir->nr_lg2 = order_base_2(nr);
	dir->order = get_order(BIT(dir->nr_lg2) * sizeof(u64));

	/* Compound: who looks at any page of it sees that it is in use. */
	page = alloc_pages_node(dev_to_node(unit->iounit.dev),
				GFP_KERNEL | __GFP_ZERO | __GFP_COMP,
				dir->order);
	if (!page)
		goto err_free;
	dir->words = page_address(page);
	vtd_table_sync(unit, dir->words, vtd_pasid_dir_size(dir));

	if (vtd_pasid_prepare(dir, 0))
		goto err_pages;
	return dir;

err_pages:
	free_pages((unsigned long)dir->words, dir->order);
err_free:
	kfree(dir);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pasid_dir_alloc);

/**
 * vtd_pasid_dir_free() - free a directory that no context entry names
 * @dir: the directory or NULL
 *
 * Context: may sleep.
 */
void vtd_pasid_dir_free(struct vtd_pasid_dir *dir)
{
	unsigned int i;

	if (!dir)
		return;
	for (i = 0; i < BIT(dir->nr_lg2); i++) {
		u64 word = dir->words[i];

		if (!(word & VTD_PASID_DIR_P))
			continue;
		free_page((unsigned long)phys_to_virt(word & VTD_PASID_DIR_TABLE));
		atomic_long_dec(&dir->unit->nr_pasid_tables);
	}
	free_pages((unsigned long)dir->words, dir->order);
	kfree(dir);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pasid_dir_free);

/**
 * vtd_pasid_dir_limit() - how many PASIDs a directory has room for
 * @dir: the directory
 *
 * Return: the number; PASIDs below it have a slot.
 */
u32 vtd_pasid_dir_limit(const struct vtd_pasid_dir *dir)
{
	return VTD_PASID_TABLE_ENTRIES << dir->nr_lg2;
}

/**
 * vtd_pasid_entry() - the live entry of a PASID
 * @dir: the directory
 * @pasid: the PASID
 *
 * Context: group mutex or dir->lock held while the entry is used, unless nobody
 * else knows the directory.
 * Return: the entry, NULL when its table does not exist.
 */
struct vtd_entry *vtd_pasid_entry(struct vtd_pasid_dir *dir, u32 pasid)
{
	struct vtd_entry *table;
	u64 word;

	if (pasid >= vtd_pasid_dir_limit(dir))
		return NULL;
	word = READ_ONCE(dir->words[FIELD_GET(VTD_PASID_DIR_INDEX, pasid)]);
	if (!(word & VTD_PASID_DIR_P))
		return NULL;
	table = phys_to_virt(word & VTD_PASID_DIR_TABLE);
	return &table[FIELD_GET(VTD_PASID_TABLE_INDEX, pasid)];
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pasid_entry);

static u64 *vtd_pasid_slot(struct vtd_pasid_dir *dir, u32 pasid)
{
	return &dir->words[FIELD_GET(VTD_PASID_DIR_INDEX, pasid)];
}

static void vtd_pasid_slot_write(struct vtd_pasid_dir *dir, u32 pasid, u64 word)
{
	u64 *slot = vtd_pasid_slot(dir, pasid);

	WRITE_ONCE(*slot, word);
	vtd_table_sync(dir->unit, slot, sizeof(*slot));
}

/**
 * vtd_pasid_prepare() - make sure that a PASID has an entry
 * @dir: the directory
 * @pasid: the PASID
 *
 * Context: group mutex held, unless nobody else knows the directory; may sleep.
 * Return: 0, -ENOMEM, -EINVAL when the directory has no room for the PASID.
 */
int vtd_pasid_prepare(struct vtd_pasid_dir *dir, u32 pasid)
{
	struct page *page;

	if (pasid >= vtd_pasid_dir_limit(dir))
		return -EINVAL;
	if (vtd_pasid_entry(dir, pasid))
		return 0;

	page = alloc_pages_node(dev_to_node(dir->unit->iounit.dev),
				GFP_KERNEL | __GFP_ZERO, 0);
	if (!page)
		return -ENOMEM;
	vtd_table_sync(dir->unit, page_address(page), PAGE_SIZE);
	vtd_pasid_slot_write(dir, pasid, page_to_phys(page) | VTD_PASID_DIR_P);
	atomic_long_inc(&dir->unit->nr_pasid_tables);
	return 0;
}

static bool vtd_pasid_table_idle(const struct vtd_entry *table)
{
	unsigned int i;

	for (i = 0; i < VTD_PASID_TABLE_ENTRIES; i++)
		if (!vtd_entry_idle(&table[i]))
			return false;
	return true;
}

/**
 * vtd_pasid_trim() - free the table of a PASID if nobody needs it any more
 * @dir: the directory
 * @pasid: the PASID
 * @did: the domain id that its entry had
 *
 * Context: group mutex held, polls and sleeps.
 */
void vtd_pasid_trim(struct vtd_pasid_dir *dir, u32 pasid, u16 did)
{
	u32 first = round_down(pasid, VTD_PASID_TABLE_ENTRIES);
	struct vtd_entry *table = vtd_pasid_entry(dir, first);
	u64 word;

	if (!first || !table || !vtd_pasid_table_idle(table))
		return;
	word = *vtd_pasid_slot(dir, pasid);
	scoped_guard(mutex, &dir->lock)
		vtd_pasid_slot_write(dir, pasid, 0);
	if (vtd_flush_directory(dir->unit, did)) {
		vtd_pasid_slot_write(dir, pasid, word);
		return;
	}
	atomic_long_dec(&dir->unit->nr_pasid_tables);
	free_page((unsigned long)table);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_pasid_trim);

/**
 * vtd_pasid_make_pass() - pass-through at PASID 0 of a new directory
 * @dir: a directory that no context entry names yet
 */
void vtd_pasid_make_pass(struct vtd_pasid_dir *dir)
{
	struct vtd_entry *entry = vtd_pasid_entry(dir, 0);

	vtd_entry_pass(dir->unit, entry);
	vtd_table_sync(dir->unit, entry, sizeof(*entry));
}
