// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what a unit shows
 *
 * vtd-model/<unit>/ below debugfs: counters, registers, endpoints. The knobs are
 * in model-knobs.c. The folder goes before the unit does, and its removal waits
 * for those who are inside a file.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "model.h"

static struct dentry *vtd_model_root;

/* Counters: a copy, so that they belong together */

static void vtd_model_show_caches(struct seq_file *s, const char *what,
				  const u64 *counters)
{
	unsigned int n;

	for (n = 0; n < VTDM_CACHES; n++)
		seq_printf(s, "%s_%s %llu\n", what, vtd_model_cache_names[n],
			   counters[n]);
}

static int vtd_model_stats_show(struct seq_file *s, void *unused)
{
	struct vtd_model_unit *unit = s->private;
	struct vtdm_stats stats;
	u64 nr_wrong_answers;
	unsigned long flags;
	unsigned int n;

	flags = vtd_model_unit_lock(unit);
	stats = *vtdm_stats(unit->vtdm);
	nr_wrong_answers = unit->nr_wrong_answers;
	vtd_model_unit_unlock(unit, flags);

	seq_printf(s, "walks %llu\n", stats.walks);
	vtd_model_show_caches(s, "hits", stats.hits);
	vtd_model_show_caches(s, "fills", stats.fills);
	vtd_model_show_caches(s, "evictions", stats.evictions);
	for (n = 0; n < ARRAY_SIZE(stats.descriptors); n++)
		seq_printf(s, "descriptors_%u %llu\n", n, stats.descriptors[n]);
	seq_printf(s, "dmas %llu\n", stats.dmas);
	seq_printf(s, "blocked %llu\n", stats.blocked);
	seq_printf(s, "faults %llu\n", stats.faults);
	seq_printf(s, "faults_lost %llu\n", stats.faults_lost);
	seq_printf(s, "page_requests %llu\n", stats.page_requests);
	seq_printf(s, "wrong_answers %llu\n", nr_wrong_answers);
	seq_printf(s, "defects_stale %llu\n", stats.defects[VTDM_DEFECT_STALE]);
	seq_printf(s, "defects_not_present %llu\n",
		   stats.defects[VTDM_DEFECT_NOT_PRESENT]);
	seq_printf(s, "defects_freed %llu\n", stats.defects[VTDM_DEFECT_FREED]);
	seq_printf(s, "defects_unmarked %llu\n",
		   stats.defects[VTDM_DEFECT_UNMARKED]);
	seq_printf(s, "would_be_stale %llu\n", stats.would_be_stale);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_model_stats);

static int vtd_model_defects_show(struct seq_file *s, void *unused)
{
	struct vtd_model_unit *unit = s->private;
	unsigned long flags = vtd_model_unit_lock(unit);
	u64 nr_defects = unit->nr_defects;

	vtd_model_unit_unlock(unit, flags);
	seq_printf(s, "%llu\n", nr_defects);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_model_defects);

static int vtd_model_kernel_walks_show(struct seq_file *s, void *unused)
{
	struct vtd_model_unit *unit = s->private;
	unsigned long flags = vtd_model_unit_lock(unit);
	u64 kernel_walks = vtdm_stats(unit->vtdm)->kernel_walks;

	vtd_model_unit_unlock(unit, flags);
	seq_printf(s, "%llu\n", kernel_walks);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_model_kernel_walks);

/* Registers: specification 11.4, in its order; fault records are in the log */

#define VTD_MODEL_REG(name, offset, width) { name, offset, (width) / 8 }

static const struct vtd_model_reg {
	const char *name;
	unsigned int offset;
	unsigned int width;
} vtd_model_regs[] = {
	VTD_MODEL_REG("VER",	0x000, 32),
	VTD_MODEL_REG("CAP",	0x008, 64),
	VTD_MODEL_REG("ECAP",	0x010, 64),
	VTD_MODEL_REG("GSTS",	0x01c, 32),
	VTD_MODEL_REG("RTADDR",	0x020, 64),
	VTD_MODEL_REG("FSTS",	0x034, 32),
	VTD_MODEL_REG("FECTL",	0x038, 32),
	VTD_MODEL_REG("FEDATA",	0x03c, 32),
	VTD_MODEL_REG("FEADDR",	0x040, 32),
	VTD_MODEL_REG("IQH",	0x080, 64),
	VTD_MODEL_REG("IQT",	0x088, 64),
	VTD_MODEL_REG("IQA",	0x090, 64),
	VTD_MODEL_REG("ICS",	0x09c, 32),
	VTD_MODEL_REG("IECTL",	0x0a0, 32),
	VTD_MODEL_REG("IQERCD",	0x0b0, 64),
	VTD_MODEL_REG("PQH",	0x0c0, 64),
	VTD_MODEL_REG("PQT",	0x0c8, 64),
	VTD_MODEL_REG("PQA",	0x0d0, 64),
	VTD_MODEL_REG("PRS",	0x0dc, 32),
	VTD_MODEL_REG("PECTL",	0x0e0, 32),
};

/*
 * These are reads as the driver's are: with completion_reads they let the queue
 * advance.
 */
static int vtd_model_registers_show(struct seq_file *s, void *unused)
{
	struct vtd_model_unit *unit = s->private;
	const struct vtd_model_reg *reg = vtd_model_regs;

	for (; reg < vtd_model_regs + ARRAY_SIZE(vtd_model_regs); reg++) {
		unsigned long flags = vtd_model_unit_lock(unit);
		u64 value = vtdm_read(unit->vtdm, reg->offset, reg->width);

		vtd_model_unit_unlock(unit, flags);
		seq_printf(s, "%-6s %03x %0*llx\n", reg->name, reg->offset,
			   reg->width * 2, value);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_model_registers);

static void vtd_model_show_endpoint(struct seq_file *s,
				    struct vtd_model_endpoint *ep)
{
	const struct vtd_model_identity *id = &ep->identity;
	bool master, pasid, ats, pri;
	unsigned int waiting;
	unsigned long flags;

	flags = vtd_model_unit_lock(ep->unit);
	master = ep->master;
	pasid = vtdm_endpoint_enabled(ep->vtdm, VTDM_PASID);
	ats = vtdm_endpoint_enabled(ep->vtdm, VTDM_ATS);
	pri = vtdm_endpoint_enabled(ep->vtdm, VTDM_PRI);
	waiting = bitmap_weight(ep->prgs, VTD_MODEL_PRGS);
	vtd_model_unit_unlock(ep->unit, flags);

	seq_printf(s, "%s group %u pasid_width %u master %d pasid %d ats %d/%d pri %d/%d waiting %u\n",
		   dev_name(&ep->dev), id->group, id->pasid_width, master,
		   pasid, ats, id->ats, pri, id->pri, waiting);
}

static int vtd_model_endpoints_show(struct seq_file *s, void *unused)
{
	struct vtd_model_unit *unit = s->private;
	unsigned int n;

	guard(mutex)(&unit->plug_lock);
	for (n = 0; n < unit->nr_slots; n++)
		if (unit->slots[n].ep)
			vtd_model_show_endpoint(s, unit->slots[n].ep);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_model_endpoints);

/**
 * vtd_model_debugfs_add() - make the folder of a unit
 * @unit: the unit
 */
void vtd_model_debugfs_add(struct vtd_model_unit *unit)
{
	struct dentry *dir = debugfs_create_dir(unit->name, vtd_model_root);

	unit->dir = dir;
	debugfs_create_file("stats", 0400, dir, unit, &vtd_model_stats_fops);
	debugfs_create_file("defects", 0400, dir, unit,
			    &vtd_model_defects_fops);
	debugfs_create_file("kernel_walks", 0400, dir, unit,
			    &vtd_model_kernel_walks_fops);
	debugfs_create_file("registers", 0400, dir, unit,
			    &vtd_model_registers_fops);
	debugfs_create_file("endpoints", 0400, dir, unit,
			    &vtd_model_endpoints_fops);
	vtd_model_knobs_add(unit, dir);
}

/**
 * vtd_model_debugfs_remove() - remove it
 * @unit: the unit, with or without a folder
 *
 * Context: may sleep.
 */
void vtd_model_debugfs_remove(struct vtd_model_unit *unit)
{
	debugfs_remove(unit->dir);
	unit->dir = NULL;
}

/** vtd_model_debugfs_init() - make the folder of all units */
void vtd_model_debugfs_init(void)
{
	vtd_model_root = debugfs_create_dir("vtd-model", NULL);
}

/** vtd_model_debugfs_exit() - remove it */
void vtd_model_debugfs_exit(void)
{
	debugfs_remove(vtd_model_root);
}
