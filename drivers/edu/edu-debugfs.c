// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: edu's controls
 *
 * For people and tests, root only, in iopasid-edu/<device>/ below debugfs:
 *
 * - buffer: the bytes of the coherent buffer; buffer_addr: its DMA address.
 * - page: the bytes of a page of the driver; mapping: write "map" or "unmap",
 *   read its DMA address or "none". The page stays after the unmap, so that one
 *   can see whether DMA still reaches it.
 * - device: the bytes of the device's own memory, through a streaming mapping.
 * - copy: write "to-device ADDRESS LENGTH" or "from-device ADDRESS LENGTH" to
 *   run the engine with any address. Returns when the DMA is over.
 * - pasid: read the number or "none"; write "attach" or "destroy" to call the
 *   API once more, or "forget" to make remove() leave the PASID behind.
 * - extra_pasids: see edu-pasids.c.
 * - map, unmap, free, fill, check, load, dma, fetched, slots: see edu-slots.c.
 * - selftest: read it to run the self-test.
 *
 * and beside them claim: see edu-claim.c.
 *
 * With pass-through DMA, copy reads and writes any memory of the machine.
 */

#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <iopasid/dma-pasid.h>

#include "edu.h"

/**
 * struct edu_controls - what the files of one device need
 * @dir: their folder
 * @buffer: the file "buffer"
 * @lock: everything below
 * @page: the driver's page
 * @page_addr: where the device sees it, DMA_MAPPING_ERROR while not mapped
 */
struct edu_controls {
	struct dentry *dir;
	struct debugfs_blob_wrapper buffer;
	struct mutex lock;
	void *page;
	dma_addr_t page_addr;
};

static struct dentry *edu_root;

/**
 * edu_get_line() - what was written to a control, without the line's end
 * @line: gets it, EDU_LINE_SIZE bytes
 * @buf: the writer's
 * @count: the writer's
 *
 * Return: 0, -EINVAL when it is too long, -EFAULT.
 */
int edu_get_line(char *line, const char __user *buf, size_t count)
{
	if (count >= EDU_LINE_SIZE)
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	line[count] = '\0';
	strim(line);
	return 0;
}

/* The driver's page. A mapped page belongs to the device: sync around looks. */

static bool edu_page_mapped(const struct edu_controls *controls)
{
	return controls->page_addr != DMA_MAPPING_ERROR;
}

static ssize_t edu_page_read(struct file *file, char __user *buf, size_t count,
			     loff_t *pos)
{
	struct edu *edu = file->private_data;
	struct edu_controls *controls = edu->controls;

	guard(mutex)(&controls->lock);
	if (edu_page_mapped(controls))
		dma_sync_single_for_cpu(&edu->pdev->dev, controls->page_addr,
					PAGE_SIZE, DMA_BIDIRECTIONAL);
	return simple_read_from_buffer(buf, count, pos, controls->page,
				       PAGE_SIZE);
}

static ssize_t edu_page_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	struct edu *edu = file->private_data;
	struct edu_controls *controls = edu->controls;
	ssize_t ret;

	guard(mutex)(&controls->lock);
	ret = simple_write_to_buffer(controls->page, PAGE_SIZE, pos, buf,
				     count);
	if (edu_page_mapped(controls))
		dma_sync_single_for_device(&edu->pdev->dev, controls->page_addr,
					   PAGE_SIZE, DMA_BIDIRECTIONAL);
	return ret;
}

static const struct file_operations edu_page_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = edu_page_read,
	.write = edu_page_write,
	.llseek = default_llseek,
};

static int edu_page_map(struct edu *edu)
{
	struct edu_controls *controls = edu->controls;
	struct device *dev = &edu->pdev->dev;
	dma_addr_t addr;

	if (edu_page_mapped(controls))
		return -EBUSY;
	addr = dma_map_single(dev, controls->page, PAGE_SIZE,
			      DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;
	controls->page_addr = addr;
	return 0;
}

static int edu_page_unmap(struct edu *edu)
{
	struct edu_controls *controls = edu->controls;

	if (!edu_page_mapped(controls))
		return -ENOENT;
	dma_unmap_single(&edu->pdev->dev, controls->page_addr, PAGE_SIZE,
			 DMA_BIDIRECTIONAL);
	controls->page_addr = DMA_MAPPING_ERROR;
	return 0;
}

static int edu_mapping_show(struct seq_file *s, void *unused)
{
	struct edu *edu = s->private;

	guard(mutex)(&edu->controls->lock);
	if (edu_page_mapped(edu->controls))
		seq_printf(s, "%pad\n", &edu->controls->page_addr);
	else
		seq_puts(s, "none\n");
	return 0;
}

static ssize_t edu_mapping_write(struct file *file, const char __user *buf,
				 size_t count, loff_t *pos)
{
	struct seq_file *s = file->private_data;
	struct edu *edu = s->private;
	char line[EDU_LINE_SIZE];
	int ret;

	ret = edu_get_line(line, buf, count);
	if (ret)
		return ret;

	guard(mutex)(&edu->controls->lock);
	if (!strcmp(line, "map"))
		ret = edu_page_map(edu);
	else if (!strcmp(line, "unmap"))
		ret = edu_page_unmap(edu);
	else
		ret = -EINVAL;
	return ret ?: count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(edu_mapping);

/* The device's own memory */

static ssize_t edu_device_read(struct file *file, char __user *buf,
			       size_t count, loff_t *pos)
{
	void *data __free(kfree) = kzalloc(EDU_MEMORY_SIZE, GFP_KERNEL);
	int ret;

	if (!data)
		return -ENOMEM;
	if (*pos >= EDU_MEMORY_SIZE)
		return 0;
	ret = edu_copy_streaming(file->private_data, data, EDU_MEMORY_SIZE,
				 DMA_FROM_DEVICE);
	if (ret)
		return ret;
	return simple_read_from_buffer(buf, count, pos, data, EDU_MEMORY_SIZE);
}

/* Always from the start: bytes that are not written become 0. */
static ssize_t edu_device_write(struct file *file, const char __user *buf,
				size_t count, loff_t *pos)
{
	void *data __free(kfree) = kzalloc(EDU_MEMORY_SIZE, GFP_KERNEL);
	int ret;

	if (!data)
		return -ENOMEM;
	if (count > EDU_MEMORY_SIZE)
		return -EFBIG;
	if (copy_from_user(data, buf, count))
		return -EFAULT;
	ret = edu_copy_streaming(file->private_data, data, EDU_MEMORY_SIZE,
				 DMA_TO_DEVICE);
	return ret ?: count;
}

static const struct file_operations edu_device_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = edu_device_read,
	.write = edu_device_write,
	.llseek = default_llseek,
};

/* The engine, with any address */

static ssize_t edu_copy_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	struct edu *edu = file->private_data;
	char line[EDU_LINE_SIZE], word[16];
	enum dma_data_direction dir;
	unsigned long long addr;
	unsigned int len;
	int ret;

	ret = edu_get_line(line, buf, count);
	if (ret)
		return ret;
	if (sscanf(line, "%15s %llx %u", word, &addr, &len) != 3)
		return -EINVAL;
	if (!strcmp(word, "to-device"))
		dir = DMA_TO_DEVICE;
	else if (!strcmp(word, "from-device"))
		dir = DMA_FROM_DEVICE;
	else
		return -EINVAL;

	ret = edu_copy(edu, addr, len, dir);
	return ret ?: count;
}

static const struct file_operations edu_copy_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = edu_copy_write,
	.llseek = noop_llseek,
};

/* The attach API */

static int edu_pasid_show(struct seq_file *s, void *unused)
{
	struct edu *edu = s->private;

	if (edu->pasid == IOMMU_PASID_INVALID)
		seq_puts(s, "none\n");
	else
		seq_printf(s, "%u\n", edu->pasid);
	return 0;
}

static ssize_t edu_pasid_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *pos)
{
	struct seq_file *s = file->private_data;
	struct edu *edu = s->private;
	struct device *dev = &edu->pdev->dev;
	char line[EDU_LINE_SIZE];
	int ret;

	ret = edu_get_line(line, buf, count);
	if (ret)
		return ret;

	guard(mutex)(&edu->controls->lock);
	if (!strcmp(line, "attach")) {
		ret = iommu_attach_dma_api_pasid(dev, &edu->pasid);
	} else if (!strcmp(line, "destroy")) {
		iommu_destroy_dma_api_pasid(dev);
		edu->pasid = IOMMU_PASID_INVALID;
	} else if (!strcmp(line, "forget")) {
		edu->pasid = IOMMU_PASID_INVALID;
	} else {
		ret = -EINVAL;
	}
	return ret ?: count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(edu_pasid);

static int edu_buffer_addr_show(struct seq_file *s, void *unused)
{
	struct edu *edu = s->private;

	seq_printf(s, "%pad\n", &edu->buffer_addr);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(edu_buffer_addr);

static int edu_selftest_show(struct seq_file *s, void *unused)
{
	edu_selftest(s->private, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(edu_selftest);

/**
 * edu_debugfs_add() - make the files of one device
 * @edu: the device
 *
 * A kernel without debugfs is no failure.
 *
 * Return: 0, -ENOMEM.
 */
int edu_debugfs_add(struct edu *edu)
{
	struct edu_controls *controls;
	struct dentry *dir;
	int ret;

	controls = devm_kzalloc(&edu->pdev->dev, sizeof(*controls), GFP_KERNEL);
	if (!controls)
		return -ENOMEM;
	controls->page = (void *)devm_get_free_pages(&edu->pdev->dev,
						     GFP_KERNEL | __GFP_ZERO,
						     0);
	if (!controls->page)
		return -ENOMEM;
	controls->page_addr = DMA_MAPPING_ERROR;
	controls->buffer.data = edu->buffer;
	controls->buffer.size = EDU_MEMORY_SIZE;
	mutex_init(&controls->lock);
	edu->controls = controls;

	dir = debugfs_create_dir(pci_name(edu->pdev), edu_root);
	controls->dir = dir;
	debugfs_create_blob("buffer", 0600, dir, &controls->buffer);
	debugfs_create_file("buffer_addr", 0400, dir, edu,
			    &edu_buffer_addr_fops);
	debugfs_create_file("page", 0600, dir, edu, &edu_page_fops);
	debugfs_create_file("mapping", 0600, dir, edu, &edu_mapping_fops);
	debugfs_create_file("device", 0600, dir, edu, &edu_device_fops);
	debugfs_create_file("copy", 0200, dir, edu, &edu_copy_fops);
	debugfs_create_file("pasid", 0600, dir, edu, &edu_pasid_fops);
	debugfs_create_file("selftest", 0400, dir, edu, &edu_selftest_fops);

	ret = edu_slots_add(edu, dir) ?: edu_pasids_add(edu, dir);
	if (ret)
		debugfs_remove(dir);
	return ret;
}

/**
 * edu_debugfs_remove() - remove the files and undo what was done with them
 * @edu: the device
 *
 * Waits for those who are inside a file.
 */
void edu_debugfs_remove(struct edu *edu)
{
	debugfs_remove(edu->controls->dir);
	if (edu_page_mapped(edu->controls))
		edu_page_unmap(edu);
	edu_slots_remove(edu);
	edu_pasids_remove(edu);
}

/** edu_debugfs_init() - make the folder of all devices */
void edu_debugfs_init(void)
{
	edu_root = debugfs_create_dir(EDU_NAME, NULL);
	edu_claim_init(edu_root);
}

/** edu_debugfs_exit() - remove it */
void edu_debugfs_exit(void)
{
	debugfs_remove(edu_root);
	edu_claim_exit();
}
