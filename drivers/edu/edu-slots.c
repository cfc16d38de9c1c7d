// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: single steps
 *
 * Sixteen slots, a page each, that a script maps, fills, lets the device reach,
 * checks and unmaps, with the words that the test endpoints of a software unit
 * understand too. A slot keeps its page after the unmap, so that a DMA which
 * gets there nevertheless harms nobody and can be seen; "free" lets go of it.
 * A write to a file returns the errno of what it did:
 *
 * - map "SLOT 4096 [both|to-device|from-device]", unmap "SLOT", free "SLOT".
 * - fill "SLOT OFFSET SIZE SEED": the CPU writes a pattern; check, the same
 *   words: -EBADMSG when other bytes are there.
 * - load "SEED": the device takes a pattern into the first half of its memory.
 * - dma "rid write ADDRESS SIZE": the device writes what was loaded last; "rid
 *   read ADDRESS SIZE": it reads into the second half of its memory. At most
 *   2048 bytes. A DMA that is blocked is no error: the device does not know.
 * - fetched "SIZE SEED": what was read last, -EBADMSG when it is another pattern.
 * - slots: read it for "SLOT ADDRESS SIZE DIRECTION" or "SLOT unmapped SIZE".
 *
 * load and fetched use the coherent buffer: between them and dma a test may
 * steer the device's DMA elsewhere.
 *
 * A pattern is a number: every byte follows from it and from its place.
 */

#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/kstrtox.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "edu.h"

#define EDU_SLOTS		16

/* The halves of the device's memory */
#define EDU_SENT		0
#define EDU_FETCHED		(EDU_MEMORY_SIZE / 2)
#define EDU_HALF		(EDU_MEMORY_SIZE / 2)

/**
 * struct edu_slot - a page that a test maps
 * @page: the memory, NULL: none; stays after the unmap
 * @addr: where the device sees it, DMA_MAPPING_ERROR while not mapped
 * @dir: how it is mapped
 */
struct edu_slot {
	void *page;
	dma_addr_t addr;
	enum dma_data_direction dir;
};

/**
 * struct edu_slots - what the files of one device need
 * @lock: everything below, and the bytes of edu->buffer while a file is used
 * @slot: the slots
 * @fetched: what the device read last, if it @is_back
 * @is_back: whether
 */
struct edu_slots {
	struct mutex lock;
	struct edu_slot slot[EDU_SLOTS];
	u8 fetched[EDU_HALF];
	bool is_back;
};

static const char * const edu_directions[] = {
	[DMA_BIDIRECTIONAL]	= "both",
	[DMA_TO_DEVICE]		= "to-device",
	[DMA_FROM_DEVICE]	= "from-device",
};

static u8 edu_pattern_byte(u32 seed, size_t place)
{
	return hash_32(seed + hash_32(place + 1, 32), 8);
}

static void edu_pattern(u8 *bytes, size_t size, u32 seed)
{
	size_t n;

	for (n = 0; n < size; n++)
		bytes[n] = edu_pattern_byte(seed, n);
}

static int edu_pattern_check(const u8 *bytes, size_t size, u32 seed)
{
	size_t n;

	for (n = 0; n < size; n++)
		if (bytes[n] != edu_pattern_byte(seed, n))
			return -EBADMSG;
	return 0;
}

static bool edu_slot_mapped(const struct edu_slot *slot)
{
	return slot->addr != DMA_MAPPING_ERROR;
}

static struct edu_slot *edu_slot_of(struct edu *edu, unsigned int number)
{
	return number < EDU_SLOTS ? &edu->slots->slot[number] : NULL;
}

static void edu_slot_unmap(struct edu *edu, struct edu_slot *slot)
{
	if (!edu_slot_mapped(slot))
		return;
	dma_unmap_single(&edu->pdev->dev, slot->addr, PAGE_SIZE, slot->dir);
	slot->addr = DMA_MAPPING_ERROR;
}

static void edu_slot_free(struct edu_slot *slot)
{
	free_page((unsigned long)slot->page);
	slot->page = NULL;
}

static int edu_slots_map_locked(struct edu *edu, const char *line)
{
	struct device *dev = &edu->pdev->dev;
	unsigned int number, size;
	struct edu_slot *slot;
	char word[16] = "both";
	int dir;

	lockdep_assert_held(&edu->slots->lock);

	if (sscanf(line, "%u %u %15s", &number, &size, word) < 2)
		return -EINVAL;
	slot = edu_slot_of(edu, number);
	dir = match_string(edu_directions, ARRAY_SIZE(edu_directions), word);
	if (!slot || size != PAGE_SIZE || dir < 0)
		return -EINVAL;
	if (edu_slot_mapped(slot))
		return -EBUSY;
	if (!slot->page)
		slot->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!slot->page)
		return -ENOMEM;
	slot->dir = dir;
	slot->addr = dma_map_single(dev, slot->page, PAGE_SIZE, dir);
	return dma_mapping_error(dev, slot->addr);
}

static int edu_slots_unmap_locked(struct edu *edu, const char *line)
{
	struct edu_slot *slot;
	unsigned int number;

	lockdep_assert_held(&edu->slots->lock);

	if (kstrtouint(line, 0, &number))
		return -EINVAL;
	slot = edu_slot_of(edu, number);
	if (!slot)
		return -EINVAL;
	if (!edu_slot_mapped(slot))
		return -ENOENT;
	edu_slot_unmap(edu, slot);
	return 0;
}

static int edu_slots_free_locked(struct edu *edu, const char *line)
{
	struct edu_slot *slot;
	unsigned int number;

	lockdep_assert_held(&edu->slots->lock);

	if (kstrtouint(line, 0, &number))
		return -EINVAL;
	slot = edu_slot_of(edu, number);
	if (!slot)
		return -EINVAL;
	if (edu_slot_mapped(slot))
		return -EBUSY;
	edu_slot_free(slot);
	return 0;
}

/**
 * struct edu_part - bytes of a slot, and what is or shall be there
 * @slot: whose
 * @offset: in its page
 * @size: bytes
 * @seed: the pattern
 */
struct edu_part {
	struct edu_slot *slot;
	unsigned int offset;
	unsigned int size;
	u32 seed;
};

static int edu_part_parse(struct edu *edu, const char *line,
			  struct edu_part *part)
{
	unsigned int number;

	if (sscanf(line, "%u %u %u %u", &number, &part->offset, &part->size,
		   &part->seed) != 4)
		return -EINVAL;
	part->slot = edu_slot_of(edu, number);
	if (!part->slot || !part->slot->page || part->offset > PAGE_SIZE ||
	    part->size > PAGE_SIZE - part->offset)
		return -EINVAL;
	return 0;
}

static int edu_slots_fill_locked(struct edu *edu, const char *line)
{
	struct edu_part part;
	int ret;

	lockdep_assert_held(&edu->slots->lock);

	ret = edu_part_parse(edu, line, &part);
	if (ret)
		return ret;
	edu_pattern(part.slot->page + part.offset, part.size, part.seed);
	if (edu_slot_mapped(part.slot))
		dma_sync_single_for_device(&edu->pdev->dev, part.slot->addr,
					   PAGE_SIZE, part.slot->dir);
	return 0;
}

static int edu_slots_check_locked(struct edu *edu, const char *line)
{
	struct edu_part part;
	int ret;

	lockdep_assert_held(&edu->slots->lock);

	ret = edu_part_parse(edu, line, &part);
	if (ret)
		return ret;
	if (edu_slot_mapped(part.slot))
		dma_sync_single_for_cpu(&edu->pdev->dev, part.slot->addr,
					PAGE_SIZE, part.slot->dir);
	return edu_pattern_check(part.slot->page + part.offset, part.size,
				 part.seed);
}

static int edu_slots_load_locked(struct edu *edu, const char *line)
{
	u32 seed;

	lockdep_assert_held(&edu->slots->lock);

	if (kstrtou32(line, 0, &seed))
		return -EINVAL;
	edu_pattern(edu->buffer, EDU_HALF, seed);
	return edu_copy_part(edu, EDU_SENT, edu->buffer_addr, EDU_HALF,
			     DMA_TO_DEVICE);
}

static int edu_slots_dma_locked(struct edu *edu, const char *line)
{
	unsigned long long addr;
	char way[8], verb[8];
	unsigned int size;

	lockdep_assert_held(&edu->slots->lock);

	if (sscanf(line, "%7s %7s %llx %u", way, verb, &addr, &size) != 4 ||
	    strcmp(way, "rid") || size > EDU_HALF)
		return -EINVAL;
	if (!strcmp(verb, "write"))
		return edu_copy_part(edu, EDU_SENT, addr, size,
				     DMA_FROM_DEVICE);
	if (strcmp(verb, "read"))
		return -EINVAL;
	edu->slots->is_back = false;
	return edu_copy_part(edu, EDU_FETCHED, addr, size, DMA_TO_DEVICE);
}

/* The device's second half as the CPU sees it. A script asks more than once. */
static int edu_slots_bring_back_locked(struct edu *edu)
{
	struct edu_slots *slots = edu->slots;
	int ret;

	lockdep_assert_held(&slots->lock);

	if (slots->is_back)
		return 0;
	ret = edu_copy_part(edu, EDU_FETCHED, edu->buffer_addr, EDU_HALF,
			    DMA_FROM_DEVICE);
	if (ret)
		return ret;
	memcpy(slots->fetched, edu->buffer, EDU_HALF);
	slots->is_back = true;
	return 0;
}

static int edu_slots_fetched_locked(struct edu *edu, const char *line)
{
	unsigned int size;
	u32 seed;
	int ret;

	lockdep_assert_held(&edu->slots->lock);

	if (sscanf(line, "%u %u", &size, &seed) != 2 || size > EDU_HALF)
		return -EINVAL;
	ret = edu_slots_bring_back_locked(edu);
	return ret ?: edu_pattern_check(edu->slots->fetched, size, seed);
}

static void edu_slots_show_locked(struct edu *edu, struct seq_file *s)
{
	const struct edu_slot *slot;
	unsigned int n;

	lockdep_assert_held(&edu->slots->lock);

	for (n = 0; n < EDU_SLOTS; n++) {
		slot = &edu->slots->slot[n];
		if (edu_slot_mapped(slot))
			seq_printf(s, "%u %pad %lu %s\n", n, &slot->addr,
				   PAGE_SIZE, edu_directions[slot->dir]);
		else if (slot->page)
			seq_printf(s, "%u unmapped %lu\n", n, PAGE_SIZE);
	}
}

/* The files: the name finds the row */

static int edu_slots_show(struct seq_file *s, void *unused)
{
	struct edu *edu = s->private;

	guard(mutex)(&edu->slots->lock);
	edu_slots_show_locked(edu, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(edu_slots);

/** struct edu_verb - one file that is written */
struct edu_verb {
	const char *name;
	int (*run)(struct edu *edu, const char *line);
};

static const struct edu_verb edu_verbs[] = {
	{ "map", edu_slots_map_locked },
	{ "unmap", edu_slots_unmap_locked },
	{ "free", edu_slots_free_locked },
	{ "fill", edu_slots_fill_locked },
	{ "check", edu_slots_check_locked },
	{ "load", edu_slots_load_locked },
	{ "dma", edu_slots_dma_locked },
	{ "fetched", edu_slots_fetched_locked },
};

static ssize_t edu_verb_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	const char *name = file_dentry(file)->d_name.name;
	struct edu *edu = file->private_data;
	const struct edu_verb *verb = edu_verbs;
	char line[EDU_LINE_SIZE];
	int ret;

	ret = edu_get_line(line, buf, count);
	if (ret)
		return ret;
	while (strcmp(verb->name, name))
		verb++;
	guard(mutex)(&edu->slots->lock);
	return verb->run(edu, line) ?: count;
}

static const struct file_operations edu_verb_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = edu_verb_write,
	.llseek = noop_llseek,
};

/**
 * edu_slots_add() - make the files
 * @edu: the device
 * @dir: their folder
 *
 * Return: 0, -ENOMEM.
 */
int edu_slots_add(struct edu *edu, struct dentry *dir)
{
	struct edu_slots *slots;
	unsigned int n;

	slots = devm_kzalloc(&edu->pdev->dev, sizeof(*slots), GFP_KERNEL);
	if (!slots)
		return -ENOMEM;
	mutex_init(&slots->lock);
	for (n = 0; n < EDU_SLOTS; n++)
		slots->slot[n].addr = DMA_MAPPING_ERROR;
	edu->slots = slots;

	for (n = 0; n < ARRAY_SIZE(edu_verbs); n++)
		debugfs_create_file(edu_verbs[n].name, 0200, dir, edu,
				    &edu_verb_fops);
	debugfs_create_file("slots", 0400, dir, edu, &edu_slots_fops);
	return 0;
}

/**
 * edu_slots_remove() - unmap and free all
 * @edu: the device, its files are gone
 */
void edu_slots_remove(struct edu *edu)
{
	unsigned int n;

	for (n = 0; n < EDU_SLOTS; n++) {
		edu_slot_unmap(edu, &edu->slots->slot[n]);
		edu_slot_free(&edu->slots->slot[n]);
	}
}
