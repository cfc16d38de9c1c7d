// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: devices.
 */
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "vtd.h"
#include "vtd-debugfs.h"

/**
 * DOC: debugfs of devices behind VT-d units
 *
 * In vtd/devices/<device>/::
 *
 *   pasid_table      the present entries, decoded
 *   pasid_table_raw  the same as eight words
 *   walk             write "IOVA" or "PASID IOVA", then read: the way of the
 *                    address through the page table
 *   rid_pasid        rid_pasid=1: the PASID whose table DMA without a PASID
 *                    uses
 *
 * What is read is what the unit reads: the live tables. The files go before
 * the device's directory does, and dir->lock keeps its tables. A walk holds the
 * unit's list of domains, so that the page table that the entry points to is not
 * freed meanwhile. Below the root of an address space of a process nothing keeps
 * the tables: there is no walk of it.
 */

#define VTD_WALK_INPUT_MAX	64

typedef void (*vtd_entry_fn)(struct seq_file *s, u32 pasid,
			     const struct vtd_entry *entry);

static void vtd_table_show(struct seq_file *s, struct vtd_pasid_dir *dir,
			   u32 first, vtd_entry_fn fn)
{
	struct vtd_entry *entries;
	u32 i;

	guard(mutex)(&dir->lock);
	entries = vtd_pasid_entry(dir, first);
	if (!entries)
		return;
	for (i = 0; i < VTD_PASID_TABLE_ENTRIES; i++)
		if (vtd_entry_present(&entries[i]))
			fn(s, first + i, &entries[i]);
}

/* All present entries of the device's own source id. */
static void vtd_dir_show(struct seq_file *s, vtd_entry_fn fn)
{
	struct vtd_device *vdev = s->private;
	struct vtd_pasid_dir *dir = vdev->sources[0].req->dir;
	u32 first;

	for (first = 0; first < vtd_pasid_dir_limit(dir);
	     first += VTD_PASID_TABLE_ENTRIES)
		vtd_table_show(s, dir, first, fn);
}

static const char *vtd_pgtt_name(u64 word0)
{
	static const char * const names[] = {
		[VTD_PGTT_FIRST]	= "first-stage",
		[VTD_PGTT_SECOND]	= "second-stage",
		[VTD_PGTT_NESTED]	= "nested",
		[VTD_PGTT_PASS]		= "pass-through",
	};
	u64 pgtt = FIELD_GET(VTD_PASID_PGTT, word0);

	return pgtt < ARRAY_SIZE(names) && names[pgtt] ? names[pgtt] : "?";
}

/* The page table of a paging entry, 0: it has none. */
static u64 vtd_entry_root(const struct vtd_entry *entry)
{
	switch (FIELD_GET(VTD_PASID_PGTT, READ_ONCE(entry->word[0]))) {
	case VTD_PGTT_FIRST:
		return READ_ONCE(entry->word[2]) & VTD_PASID_FSPTPTR;
	case VTD_PGTT_SECOND:
		return READ_ONCE(entry->word[0]) & VTD_PASID_SSPTPTR;
	default:
		return 0;
	}
}

static unsigned int vtd_aw_bits(u64 word0)
{
	return vtd_pt_table_lg2(FIELD_GET(VTD_PASID_AW, word0) -
				VTD_AW_39 + VTD_PT_MIN_LEVELS);
}

static struct vtd_domain *vtd_walk_domain_locked(struct vtd_unit *unit,
						 u64 root)
{
	struct vtd_domain *vdom;

	lockdep_assert_held(&unit->domains_lock);

	list_for_each_entry(vdom, &unit->domains, node)
		if (virt_to_phys(vdom->pt.root) == root)
			return vdom;
	return NULL;
}

/* The unit does not tell whose the tables are. */
static const char *vtd_entry_name(struct vtd_unit *unit,
				  const struct vtd_entry *entry)
{
	u64 root = vtd_entry_root(entry);
	const struct vtd_domain *vdom;

	guard(mutex)(&unit->domains_lock);
	vdom = root ? vtd_walk_domain_locked(unit, root) : NULL;
	return vdom && vdom->domain.type == IOPASID_DOMAIN_SVA ?
	       "sva" : vtd_pgtt_name(READ_ONCE(entry->word[0]));
}

static void vtd_entry_show(struct seq_file *s, u32 pasid,
			   const struct vtd_entry *entry)
{
	struct vtd_device *vdev = s->private;
	u64 word0 = READ_ONCE(entry->word[0]);
	u64 word1 = READ_ONCE(entry->word[1]);
	u64 root = vtd_entry_root(entry);

	seq_printf(s, "%-7u %-12s %5llu %2u-bit  ", pasid,
		   vtd_entry_name(vdev->unit, entry),
		   FIELD_GET(VTD_PASID_DID, word1),
		   vtd_aw_bits(word0));
	if (root)
		seq_printf(s, "0x%016llx\n", root);
	else
		seq_puts(s, "-\n");
}

static int vtd_pasid_table_show(struct seq_file *s, void *unused)
{
	seq_puts(s, "PASID   type           DID address page table\n");
	vtd_dir_show(s, vtd_entry_show);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_pasid_table);

static void vtd_entry_show_raw(struct seq_file *s, u32 pasid,
			       const struct vtd_entry *entry)
{
	unsigned int i;

	seq_printf(s, "%05x", pasid);
	for (i = 0; i < VTD_PASID_WORDS; i++)
		seq_printf(s, " %016llx", READ_ONCE(entry->word[i]));
	seq_putc(s, '\n');
}

static int vtd_pasid_table_raw_show(struct seq_file *s, void *unused)
{
	vtd_dir_show(s, vtd_entry_show_raw);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_pasid_table_raw);

/*
 * Deeper levels stand further to the right. Present and Read/Write of the first
 * stage are where Read and Write of the second are.
 */
static void vtd_walk_level(unsigned int level, unsigned int index, u64 entry,
			   void *data)
{
	struct seq_file *s = data;
	unsigned int indent = 2 * (VTD_PT_MAX_LEVELS - level);

	seq_printf(s, "%*slevel %u [%03x] %016llx ", indent, "", level, index,
		   entry);
	if (vtd_pte_empty(entry))
		seq_puts(s, "empty\n");
	else
		seq_printf(s, "%s %s%s%s -> 0x%llx\n",
			   vtd_pte_leaf(entry, level) ? "leaf" : "table",
			   entry & VTD_SSPTE_R ? "R" : "-",
			   entry & VTD_SSPTE_W ? "W" : "-",
			   entry & VTD_SSPTE_SNP ? " SNP" : "",
			   entry & VTD_PTE_ADDR);
}

static void vtd_walk_paging(struct seq_file *s, struct vtd_unit *unit,
			    u64 root, u64 iova)
{
	struct vtd_domain *vdom;

	mutex_lock(&unit->domains_lock);
	vdom = vtd_walk_domain_locked(unit, root);
	if (vdom && vdom->domain.type == IOPASID_DOMAIN_SVA)
		seq_puts(s, "the tables are a process's, which frees them at any time: not walked\n");
	else if (vdom)
		vtd_pt_walk(&vdom->pt, iova, vtd_walk_level, s);
	else
		seq_puts(s, "the page table has just gone\n");
	mutex_unlock(&unit->domains_lock);
}

/* An entry as it was at some moment, not present: all zero. */
static void vtd_entry_copy(struct vtd_pasid_dir *dir, u32 pasid,
			   struct vtd_entry *copy)
{
	struct vtd_entry *live;
	unsigned int i;

	memset(copy, 0, sizeof(*copy));
	guard(mutex)(&dir->lock);
	live = vtd_pasid_entry(dir, pasid);
	for (i = 0; live && i < VTD_PASID_WORDS; i++)
		copy->word[i] = READ_ONCE(live->word[i]);
}

static int vtd_walk_show(struct seq_file *s, void *unused)
{
	struct vtd_device *vdev = s->private;
	u32 pasid = READ_ONCE(vdev->walk_pasid);
	u64 iova = READ_ONCE(vdev->walk_iova);
	struct vtd_entry entry;
	u64 root;

	vtd_entry_copy(vdev->sources[0].req->dir, pasid, &entry);
	seq_printf(s, "PASID %u IOVA 0x%llx: ", pasid, iova);
	if (!vtd_entry_present(&entry)) {
		seq_puts(s, "PASID table entry not present\n");
		return 0;
	}
	seq_printf(s, "%s\n", vtd_entry_name(vdev->unit, &entry));
	root = vtd_entry_root(&entry);
	if (root)
		vtd_walk_paging(s, vdev->unit, root, iova);
	return 0;
}

/* "IOVA" or "PASID IOVA" */
static int vtd_walk_parse(struct vtd_device *vdev, char *text)
{
	char *rest = strim(text);
	char *first = strsep(&rest, " ");
	u32 pasid = 0;
	u64 iova;
	int ret;

	if (rest) {
		ret = kstrtou32(first, 0, &pasid);
		if (ret)
			return ret;
		first = skip_spaces(rest);
	}
	ret = kstrtou64(first, 0, &iova);
	if (ret)
		return ret;
	WRITE_ONCE(vdev->walk_pasid, pasid);
	WRITE_ONCE(vdev->walk_iova, iova);
	return 0;
}

static ssize_t vtd_walk_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct vtd_device *vdev = file_inode(file)->i_private;
	char *text;
	int ret;

	if (count > VTD_WALK_INPUT_MAX)
		return -EINVAL;
	text = memdup_user_nul(buf, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = vtd_walk_parse(vdev, text);
	kfree(text);
	return ret ?: count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(vtd_walk);

static int vtd_rid_pasid_get(void *data, u64 *value)
{
	struct vtd_device *vdev = data;

	*value = READ_ONCE(vdev->sources[0].req->rid_pasid);
	return 0;
}

static int vtd_rid_pasid_set(void *data, u64 value)
{
	struct vtd_device *vdev = data;
	unsigned int i;
	int ret = 0;

	if (value >= vdev->idev->max_pasids)
		return -EINVAL;
	for (i = 0; i < vdev->nr_sources; i++)
		ret = vtd_context_steer(vdev->sources[i].req, value) ?: ret;
	return ret;
}
DEFINE_DEBUGFS_ATTRIBUTE(vtd_rid_pasid_fops, vtd_rid_pasid_get,
			 vtd_rid_pasid_set, "%llu\n");

/**
 * vtd_debugfs_add_device() - the files of a device
 * @vdev: the device, its source ids taken
 *
 * Context: may sleep.
 */
void vtd_debugfs_add_device(struct vtd_device *vdev)
{
	vdev->debugfs = debugfs_create_dir(dev_name(vdev->dev),
					   vtd_debugfs_devices);
	debugfs_create_file("pasid_table", 0400, vdev->debugfs, vdev,
			    &vtd_pasid_table_fops);
	debugfs_create_file("pasid_table_raw", 0400, vdev->debugfs, vdev,
			    &vtd_pasid_table_raw_fops);
	debugfs_create_file("walk", 0600, vdev->debugfs, vdev, &vtd_walk_fops);
	if (vdev->steered)
		debugfs_create_file_unsafe("rid_pasid", 0600, vdev->debugfs,
					   vdev, &vtd_rid_pasid_fops);
}

/**
 * vtd_debugfs_remove_device() - undo vtd_debugfs_add_device()
 * @vdev: the device
 *
 * Context: may sleep; waits for readers.
 */
void vtd_debugfs_remove_device(struct vtd_device *vdev)
{
	debugfs_remove(vdev->debugfs);
	vdev->debugfs = NULL;
}
