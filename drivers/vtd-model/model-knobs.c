// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: how a unit is made to misbehave
 *
 * One file below debugfs for each knob, described in Documentation/vtd-model.rst.
 * The knobs of struct vtdm_knobs are rows of a table: the name of the file finds
 * the row. Values that make no sense are refused.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "model.h"

/**
 * struct vtd_model_knob - one member of struct vtdm_knobs
 * @name: of the file
 * @offset: of the member
 * @is_bool: bool, else unsigned int
 * @max: highest value
 */
struct vtd_model_knob {
	const char *name;
	size_t offset;
	bool is_bool;
	unsigned int max;
};

#define VTD_MODEL_KNOB(member, limit)					\
	{ #member, offsetof(struct vtdm_knobs, member), false, limit }
#define VTD_MODEL_KNOB_ENTRIES(name, cache)				\
	{ "entries_" name, offsetof(struct vtdm_knobs, entries[cache]),	\
	  false, VTD_MODEL_ENTRIES_MAX }
#define VTD_MODEL_KNOB_BOOL(member)					\
	{ #member, offsetof(struct vtdm_knobs, member), true, 1 }

static const struct vtd_model_knob vtd_model_knobs[] = {
	VTD_MODEL_KNOB_ENTRIES("context", VTDM_CACHE_CONTEXT),
	VTD_MODEL_KNOB_ENTRIES("pasid", VTDM_CACHE_PASID),
	VTD_MODEL_KNOB_ENTRIES("paging", VTDM_CACHE_PAGING),
	VTD_MODEL_KNOB_ENTRIES("iotlb", VTDM_CACHE_IOTLB),
	VTD_MODEL_KNOB_ENTRIES("device", VTDM_CACHE_DEVICE),
	VTD_MODEL_KNOB(completion_reads, 1000000),
	VTD_MODEL_KNOB_BOOL(completion_held),
	VTD_MODEL_KNOB(error_at, UINT_MAX),
	VTD_MODEL_KNOB(ite_at, UINT_MAX),
	VTD_MODEL_KNOB(lost_descriptors, U16_MAX),
	VTD_MODEL_KNOB(lost_events, BIT(VTD_MODEL_EVENTS) - 1),
	VTD_MODEL_KNOB_BOOL(reorder),
	VTD_MODEL_KNOB_BOOL(pri_deaf),
};

static const struct vtd_model_knob *vtd_model_knob_of(const struct file *file)
{
	const char *name = file_dentry(file)->d_name.name;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(vtd_model_knobs); n++)
		if (!strcmp(vtd_model_knobs[n].name, name))
			return &vtd_model_knobs[n];
	return NULL;
}

static unsigned int vtd_model_knob_get_locked(struct vtd_model_unit *unit,
					      const struct vtd_model_knob *knob)
{
	void *member;

	lockdep_assert_held(&unit->lock);

	member = (void *)vtdm_knobs(unit->vtdm) + knob->offset;
	return knob->is_bool ? *(bool *)member : *(unsigned int *)member;
}

static void vtd_model_knob_set_locked(struct vtd_model_unit *unit,
				      const struct vtd_model_knob *knob,
				      unsigned int value)
{
	void *member;

	lockdep_assert_held(&unit->lock);

	member = (void *)vtdm_knobs(unit->vtdm) + knob->offset;
	if (knob->is_bool)
		*(bool *)member = value;
	else
		*(unsigned int *)member = value;
}

static ssize_t vtd_model_knob_read(struct file *file, char __user *buf,
				   size_t count, loff_t *pos)
{
	struct vtd_model_unit *unit = file->private_data;
	unsigned long flags = vtd_model_unit_lock(unit);
	unsigned int value = vtd_model_knob_get_locked(unit,
						       vtd_model_knob_of(file));
	char text[16];

	vtd_model_unit_unlock(unit, flags);
	return simple_read_from_buffer(buf, count, pos, text,
				       scnprintf(text, sizeof(text), "%u\n",
						 value));
}

static ssize_t vtd_model_knob_write(struct file *file, const char __user *buf,
				    size_t count, loff_t *pos)
{
	const struct vtd_model_knob *knob = vtd_model_knob_of(file);
	struct vtd_model_unit *unit = file->private_data;
	unsigned long flags;
	unsigned int value;
	int ret;

	ret = kstrtouint_from_user(buf, count, 0, &value);
	if (ret)
		return ret;
	if (value > knob->max)
		return -ERANGE;
	flags = vtd_model_unit_lock(unit);
	vtd_model_knob_set_locked(unit, knob, value);
	vtd_model_unit_unlock(unit, flags);
	return count;
}

static const struct file_operations vtd_model_knob_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= vtd_model_knob_read,
	.write	= vtd_model_knob_write,
	.llseek	= default_llseek,
};

/* Knobs of the Linux side */

static int vtd_model_thread_get(void *data, u64 *value)
{
	struct vtd_model_unit *unit = data;

	guard(mutex)(&unit->thread_lock);
	*value = !!unit->thread;
	return 0;
}

static int vtd_model_thread_set(void *data, u64 value)
{
	if (value > 1)
		return -ERANGE;
	if (value)
		return vtd_model_thread_start(data);
	vtd_model_thread_stop(data);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(vtd_model_thread_fops, vtd_model_thread_get,
			 vtd_model_thread_set, "%llu\n");

static int vtd_model_inline_get(void *data, u64 *value)
{
	struct vtd_model_unit *unit = data;

	*value = READ_ONCE(unit->irq_inline);
	return 0;
}

static int vtd_model_inline_set(void *data, u64 value)
{
	struct vtd_model_unit *unit = data;
	unsigned long flags;

	if (value > 1)
		return -ERANGE;
	flags = vtd_model_unit_lock(unit);
	unit->irq_inline = value;
	vtd_model_unit_unlock(unit, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(vtd_model_inline_fops, vtd_model_inline_get,
			 vtd_model_inline_set, "%llu\n");

/* So many descriptors, for queues that are held. */
static int vtd_model_advance_set(void *data, u64 value)
{
	struct vtd_model_unit *unit = data;
	bool more = true;

	while (value-- && more && !signal_pending(current)) {
		unsigned long flags = vtd_model_unit_lock(unit);

		more = vtdm_advance(unit->vtdm);
		vtd_model_unit_unlock(unit, flags);
		cond_resched();
	}
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(vtd_model_advance_fops, NULL, vtd_model_advance_set,
			 "%llu\n");

/* Endpoints, by source id */

static int vtd_model_plug_set(void *data, u64 value)
{
	return value > U16_MAX ? -ERANGE : vtd_model_plug(data, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(vtd_model_plug_fops, NULL, vtd_model_plug_set, "%llu\n");

static int vtd_model_unplug_set(void *data, u64 value)
{
	return value > U16_MAX ? -ERANGE : vtd_model_unplug(data, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(vtd_model_unplug_fops, NULL, vtd_model_unplug_set,
			 "%llu\n");

static int vtd_model_detector_show(struct seq_file *s, void *unused)
{
	struct vtd_model_unit *unit = s->private;

	seq_printf(s, "%s\n",
		   vtd_model_detector_name(READ_ONCE(unit->detector)));
	return 0;
}

static ssize_t vtd_model_detector_write(struct file *file,
					const char __user *buf, size_t count,
					loff_t *pos)
{
	struct seq_file *s = file->private_data;
	char word[16];
	int detector;

	if (count >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, buf, count))
		return -EFAULT;
	word[count] = '\0';
	detector = vtd_model_detector_parse(word);
	if (detector < 0)
		return detector;
	vtd_model_detector_set(s->private, detector);
	return count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(vtd_model_detector);

/**
 * vtd_model_knobs_add() - make the files
 * @unit: the unit
 * @dir: its folder
 */
void vtd_model_knobs_add(struct vtd_model_unit *unit, struct dentry *dir)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(vtd_model_knobs); n++)
		debugfs_create_file(vtd_model_knobs[n].name, 0600, dir, unit,
				    &vtd_model_knob_fops);
	debugfs_create_file_unsafe("completion_thread", 0600, dir, unit,
				   &vtd_model_thread_fops);
	debugfs_create_file_unsafe("irq_inline", 0600, dir, unit,
				   &vtd_model_inline_fops);
	debugfs_create_file_unsafe("advance", 0200, dir, unit,
				   &vtd_model_advance_fops);
	debugfs_create_file_unsafe("plug", 0200, dir, unit,
				   &vtd_model_plug_fops);
	debugfs_create_file_unsafe("unplug", 0200, dir, unit,
				   &vtd_model_unplug_fops);
	debugfs_create_file("detector", 0600, dir, unit,
			    &vtd_model_detector_fops);
}
