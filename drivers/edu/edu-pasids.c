// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: more PASIDs for one device
 *
 * A driver may attach as many PASIDs to its DMA domain as it likes, for example
 * one for each of its queues. The file extra_pasids does that:
 *
 * - write "COUNT" or "COUNT FIRST" to attach COUNT more, with the lowest free
 *   numbers from FIRST (by default 1) on; write 0 to detach them all;
 * - read it to list them, one a line.
 *
 * A write that fails part of the way keeps what it attached.
 */

#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <iopasid/group.h>
#include <iopasid/pasid.h>

#include "edu.h"

#define EDU_EXTRA_PASIDS	64

/**
 * struct edu_pasids - the extra PASIDs of one device
 * @lock: everything below
 * @count: entries of @pasid in use
 * @pasid: the numbers
 */
struct edu_pasids {
	struct mutex lock;
	unsigned int count;
	u32 pasid[EDU_EXTRA_PASIDS];
};

static int edu_pasids_attach(struct edu *edu, u32 first)
{
	struct edu_pasids *pasids = edu->pasids;
	struct device *dev = &edu->pdev->dev;
	struct iopasid_domain *domain = iopasid_dma_domain(dev);
	u32 pasid, nr_pasids = iopasid_max_pasids(dev);
	int ret;

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	if (!nr_pasids)
		return -EOPNOTSUPP;
	if (pasids->count == EDU_EXTRA_PASIDS)
		return -ENOSPC;

	ret = iopasid_pasid_alloc(dev, first, nr_pasids - 1, &pasid);
	if (ret)
		return ret;
	ret = iopasid_attach_dev_pasid(domain, dev, pasid);
	if (ret) {
		iopasid_pasid_free(dev, pasid);
		return ret;
	}
	pasids->pasid[pasids->count++] = pasid;
	return 0;
}

static void edu_pasids_detach_all(struct edu *edu)
{
	struct edu_pasids *pasids = edu->pasids;
	struct device *dev = &edu->pdev->dev;

	while (pasids->count) {
		u32 pasid = pasids->pasid[--pasids->count];

		iopasid_detach_dev_pasid(dev, pasid);
		iopasid_pasid_free(dev, pasid);
	}
}

static int edu_extra_pasids_show(struct seq_file *s, void *unused)
{
	struct edu *edu = s->private;
	struct edu_pasids *pasids = edu->pasids;
	unsigned int i;

	guard(mutex)(&pasids->lock);
	for (i = 0; i < pasids->count; i++)
		seq_printf(s, "%u\n", pasids->pasid[i]);
	return 0;
}

static ssize_t edu_extra_pasids_write(struct file *file, const char __user *buf,
				      size_t count, loff_t *pos)
{
	struct seq_file *s = file->private_data;
	struct edu *edu = s->private;
	unsigned int nr, first = 1;
	char line[EDU_LINE_SIZE];
	int ret;

	ret = edu_get_line(line, buf, count);
	if (ret)
		return ret;
	if (sscanf(line, "%u %u", &nr, &first) < 1)
		return -EINVAL;

	guard(mutex)(&edu->pasids->lock);
	if (!nr)
		edu_pasids_detach_all(edu);
	while (nr--) {
		ret = edu_pasids_attach(edu, first);
		if (ret)
			return ret;
	}
	return count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(edu_extra_pasids);

/**
 * edu_pasids_add() - make the file
 * @edu: the device
 * @dir: its folder
 *
 * Return: 0, -ENOMEM.
 */
int edu_pasids_add(struct edu *edu, struct dentry *dir)
{
	struct edu_pasids *pasids;

	pasids = devm_kzalloc(&edu->pdev->dev, sizeof(*pasids), GFP_KERNEL);
	if (!pasids)
		return -ENOMEM;
	mutex_init(&pasids->lock);
	edu->pasids = pasids;
	debugfs_create_file("extra_pasids", 0600, dir, edu,
			    &edu_extra_pasids_fops);
	return 0;
}

/**
 * edu_pasids_remove() - detach what was attached
 * @edu: the device, its file is gone
 */
void edu_pasids_remove(struct edu *edu)
{
	edu_pasids_detach_all(edu);
}
