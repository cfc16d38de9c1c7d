// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the files of an endpoint
 *
 * For people and tests, root only, in iopasid-endpoint/<device>/ below debugfs. A
 * write returns the errno of what it started, when that is over:
 *
 * - selftest, dma_all, blocked: read them to run a test; see endpoint-selftest.c.
 * - pasid: the DMA API's PASID or "none"; write "attach" or "destroy".
 * - pasids: more PASIDs; see endpoint-pasids.c.
 * - domain: an address space that a script fills; see endpoint-domain.c.
 * - stress: see endpoint-stress.c.
 * - map, unmap, free, fill, check, dma: single steps; slots: what there is; see
 *   endpoint-slots.c.
 * - master: bus mastering, write 1 or 0.
 * - buffer_addr: where the device sees the coherent buffer.
 *
 * All files are rows of one table; the name of the file finds the row.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <vtd-model/endpoint.h>

#include "endpoint.h"

/**
 * struct endpoint_file - one file
 * @name: of it
 * @show: what it reads as, NULL: it is written only. ep->lock held
 * @write: what a line starts, NULL: it is read only. ep->lock held, but for
 *	@parallel
 * @parallel: @write takes no lock of ours but reads ep->use
 * @alone: nobody else maps while @show runs
 */
struct endpoint_file {
	const char *name;
	void (*show)(struct endpoint *ep, struct seq_file *s);
	int (*write)(struct endpoint *ep, const char *line);
	bool parallel;
	bool alone;
};

static struct dentry *endpoint_root;

static void endpoint_pasid_show(struct endpoint *ep, struct seq_file *s)
{
	if (ep->pasid == IOMMU_PASID_INVALID)
		seq_puts(s, "none\n");
	else
		seq_printf(s, "%u\n", ep->pasid);
}

static int endpoint_pasid_write(struct endpoint *ep, const char *line)
{
	if (!strcmp(line, "attach"))
		return endpoint_pasid_attach(ep);
	if (strcmp(line, "destroy"))
		return -EINVAL;
	if (ep->pasid == IOMMU_PASID_INVALID)
		return -ENOENT;
	endpoint_pasid_destroy(ep);
	return 0;
}

static int endpoint_master_write(struct endpoint *ep, const char *line)
{
	bool on;
	int ret = kstrtobool(line, &on);

	return ret ?: endpoint_master_set(&ep->master, on);
}

static void endpoint_buffer_addr_show(struct endpoint *ep, struct seq_file *s)
{
	seq_printf(s, "%pad\n", &ep->buffer_addr);
}

static const struct endpoint_file endpoint_files[] = {
	{ .name = "selftest", .show = endpoint_selftest_locked },
	{ .name = "dma_all", .show = endpoint_dma_all_locked },
	{ .name = "blocked", .show = endpoint_blocked_locked, .alone = true },
	{ .name = "pasid", .show = endpoint_pasid_show,
	  .write = endpoint_pasid_write },
	{ .name = "pasids", .show = endpoint_pasids_show_locked,
	  .write = endpoint_pasids_write_locked },
	{ .name = "domain", .show = endpoint_domain_show_locked,
	  .write = endpoint_domain_write_locked },
	{ .name = "stress", .show = endpoint_stress_show,
	  .write = endpoint_stress, .parallel = true },
	{ .name = "slots", .show = endpoint_slots_show_locked },
	{ .name = "map", .write = endpoint_map_locked },
	{ .name = "unmap", .write = endpoint_unmap_locked },
	{ .name = "free", .write = endpoint_free_locked },
	{ .name = "fill", .write = endpoint_fill_locked },
	{ .name = "check", .write = endpoint_check_locked },
	{ .name = "dma", .write = endpoint_dma_locked },
	{ .name = "demand", .write = endpoint_demand_locked },
	{ .name = "master", .write = endpoint_master_write },
	{ .name = "buffer_addr", .show = endpoint_buffer_addr_show },
};

static const struct endpoint_file *endpoint_file_of(const struct file *file)
{
	const char *name = file_dentry(file)->d_name.name;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(endpoint_files); n++)
		if (!strcmp(endpoint_files[n].name, name))
			return &endpoint_files[n];
	return NULL;
}

static int endpoint_file_show(struct seq_file *s, void *unused)
{
	const struct endpoint_file *row = endpoint_file_of(s->file);
	struct endpoint *ep = s->private;

	if (!row->show)
		return -EACCES;
	if (row->alone)
		down_write(&ep->use);
	scoped_guard(mutex, &ep->lock)
		row->show(ep, s);
	if (row->alone)
		up_write(&ep->use);
	return 0;
}

static int endpoint_file_run(struct endpoint *ep,
			     const struct endpoint_file *row, const char *line)
{
	if (row->parallel) {
		guard(rwsem_read)(&ep->use);
		return row->write(ep, line);
	}
	guard(mutex)(&ep->lock);
	return row->write(ep, line);
}

static ssize_t endpoint_file_write(struct file *file, const char __user *buf,
				   size_t count, loff_t *pos)
{
	const struct endpoint_file *row = endpoint_file_of(file);
	struct seq_file *s = file->private_data;
	char line[ENDPOINT_LINE_SIZE];

	if (!row->write)
		return -EACCES;
	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	line[count] = '\0';
	return endpoint_file_run(s->private, row, strim(line)) ?: count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(endpoint_file);

/**
 * endpoint_debugfs_add() - make the files of a device
 * @ep: the device
 */
void endpoint_debugfs_add(struct endpoint *ep)
{
	const struct endpoint_file *row = endpoint_files;
	umode_t mode;

	ep->dir = debugfs_create_dir(dev_name(ep->dev), endpoint_root);
	for (; row < endpoint_files + ARRAY_SIZE(endpoint_files); row++) {
		mode = (row->show ? 0400 : 0) | (row->write ? 0200 : 0);
		debugfs_create_file(row->name, mode, ep->dir, ep,
				    &endpoint_file_fops);
	}
}

/**
 * endpoint_debugfs_remove() - remove them
 * @ep: the device
 *
 * Context: waits for those who are inside a file.
 */
void endpoint_debugfs_remove(struct endpoint *ep)
{
	debugfs_remove(ep->dir);
}

/** endpoint_debugfs_init() - make the folder of all devices */
void endpoint_debugfs_init(void)
{
	endpoint_root = debugfs_create_dir(ENDPOINT_NAME, NULL);
}

/** endpoint_debugfs_exit() - remove it */
void endpoint_debugfs_exit(void)
{
	debugfs_remove(endpoint_root);
}
