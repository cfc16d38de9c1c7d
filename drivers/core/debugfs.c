// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: debugfs
 *
 * iopasid/groups shows every group: its owner, what its RID reaches, its
 * members, its attachments and what the DMA API has mapped. iopasid/units shows
 * every unit with its counts, iopasid/page_requests what every device asked for
 * and was told. For people and for this project's tests: the format may change.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/seq_file.h>

#include "core.h"
#include "dma-hooks.h"

static struct dentry *iopasid_debugfs_dir;

/**
 * iopasid_debugfs_root() - the folder of all iopasid modules
 *
 * Return: the dentry; an error pointer, which debugfs takes as a parent, where
 * debugfs is off.
 */
struct dentry *iopasid_debugfs_root(void)
{
	return iopasid_debugfs_dir;
}
EXPORT_SYMBOL_GPL(iopasid_debugfs_root);

static const char *iopasid_owner_name(enum iopasid_owner owner)
{
	switch (owner) {
	case IOPASID_OWNER_NONE:
		return "none";
	case IOPASID_OWNER_DMA:
		return "DMA API";
	case IOPASID_OWNER_USER:
		return "user";
	}
	return "unknown";
}

static void iopasid_show_attachments_locked(struct seq_file *s,
					    struct iopasid_group *group)
{
	struct iopasid_attachment *att;
	struct iopasid_join *join;
	unsigned long pasid;

	lockdep_assert_held(&group->lock);

	xa_for_each(&group->pasids, pasid, att) {
		seq_printf(s, "  PASID %#lx %s%s:", pasid,
			   iopasid_domain_type_name(att->domain->type),
			   att->ctx ? " (a user's)" :
			   att->domain == group->rid_domain ?
				" (the DMA domain)" : "");
		list_for_each_entry(join, &att->joined, node)
			seq_printf(s, " %s%s", dev_name(join->idev->dev),
				   join->cleared ? " (blocked)" : "");
		seq_putc(s, '\n');
	}
}

static void iopasid_show_group(struct seq_file *s, struct iopasid_group *group)
{
	struct iopasid_device *idev;

	guard(mutex)(&group->lock);
	seq_printf(s, "group %d unit %s owner %s type %s RID %s\n", group->id,
		   group->unit->name, iopasid_owner_name(group->owner),
		   iopasid_domain_type_name(group->type),
		   iopasid_domain_type_name(group->rid_domain->type));
	list_for_each_entry(idev, &group->devices, group_node)
		seq_printf(s, "  device %s PASIDs %u%s%s%s%s\n",
			   dev_name(idev->dev), idev->max_pasids,
			   idev->bound ? " bound" : "",
			   idev->foreign ? " bound-before" : "",
			   list_empty(&idev->users) ? "" : " claimed",
			   idev->rid_domain == group->rid_domain ?
				"" : " RID-elsewhere");
	iopasid_show_attachments_locked(s, group);
	if (group->dma)
		iopasid_dma_show(s, group->dma);
}

static bool iopasid_is_first_member(struct iopasid_device *idev)
{
	struct iopasid_group *group = idev->group;

	guard(mutex)(&group->lock);
	return list_first_entry(&group->devices, struct iopasid_device,
				group_node) == idev;
}

static int iopasid_groups_show(struct seq_file *s, void *unused)
{
	struct iopasid_device *idev;
	struct iopasid_unit *unit;

	guard(mutex)(&iopasid_topology_lock);
	list_for_each_entry(unit, &iopasid_units, node)
		list_for_each_entry(idev, &unit->devices, unit_node)
			if (iopasid_is_first_member(idev))
				iopasid_show_group(s, idev->group);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(iopasid_groups);

static int iopasid_units_show(struct seq_file *s, void *unused)
{
	struct iopasid_unit *unit;

	guard(mutex)(&iopasid_topology_lock);
	list_for_each_entry(unit, &iopasid_units, node)
		seq_printf(s, "%s provider %s devices %zu faults %lld\n",
			   unit->name, unit->provider->name,
			   list_count_nodes(&unit->devices),
			   atomic64_read(&unit->nr_faults));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(iopasid_units);

static void iopasid_show_page_queue(struct seq_file *s,
				    struct iopasid_device *idev)
{
	struct iopasid_page_queue *queue = idev->page_queue;
	struct iopasid_page_counts counts;
	size_t open, pending;

	spin_lock(&queue->lock);
	counts = queue->counts;
	open = list_count_nodes(&queue->open);
	pending = list_count_nodes(&queue->pending);
	spin_unlock(&queue->lock);
	seq_printf(s, "device %s %s requests %llu open %zu pending %zu success %llu invalid %llu failure %llu timeouts %llu dropped %llu late %llu held %d\n",
		   dev_name(idev->dev), idev->page_requests ? "asks" : "silent",
		   counts.requests, open, pending, counts.success,
		   counts.invalid, counts.failure, counts.timeouts,
		   counts.dropped, counts.late, atomic_read(&queue->nr_held));
}

static int iopasid_page_requests_show(struct seq_file *s, void *unused)
{
	struct iopasid_device *idev;
	struct iopasid_unit *unit;

	guard(mutex)(&iopasid_topology_lock);
	list_for_each_entry(unit, &iopasid_units, node)
		list_for_each_entry(idev, &unit->devices, unit_node)
			iopasid_show_page_queue(s, idev);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(iopasid_page_requests);

/**
 * iopasid_debugfs_init() - make the folder and its files
 */
void iopasid_debugfs_init(void)
{
	iopasid_debugfs_dir = debugfs_create_dir("iopasid", NULL);
	debugfs_create_file("groups", 0400, iopasid_debugfs_dir, NULL,
			    &iopasid_groups_fops);
	debugfs_create_file("units", 0400, iopasid_debugfs_dir, NULL,
			    &iopasid_units_fops);
	debugfs_create_file("page_requests", 0400, iopasid_debugfs_dir, NULL,
			    &iopasid_page_requests_fops);
}

/**
 * iopasid_debugfs_exit() - take the folder away
 */
void iopasid_debugfs_exit(void)
{
	debugfs_remove_recursive(iopasid_debugfs_dir);
}
