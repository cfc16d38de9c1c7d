// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: units and source ids.
 */
#include <linux/debugfs.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/string_choices.h>

#include "vtd.h"
#include "vtd-debugfs.h"

/**
 * DOC: debugfs of VT-d units
 *
 * Below the core's folder::
 *
 *   vtd/<unit>/registers              decoded values, read now
 *   vtd/<unit>/counters               one "name value" a line
 *   vtd/<unit>/requesters             source ids, and what their DMA meets
 *   vtd/<unit>/last_fault             how many faults, and the last one; after
 *                                     all those of DMA that is over
 *   vtd/<unit>/suppress_flush         test_knobs=1: unmaps are not flushed
 *   vtd/<unit>/inject_bad_descriptor  test_knobs=1: the next n batches get one
 *   vtd/devices/<device>/             see vtd-debugfs-device.c
 *
 * For people and tests, not a stable interface. Files that cannot be made are
 * missing, nothing depends on them.
 */

static struct dentry *vtd_debugfs;
struct dentry *vtd_debugfs_devices;

/** struct vtd_register - one register to show */
struct vtd_register {
	const char *name;
	u32 offset;
	bool wide;
};

static const struct vtd_register vtd_registers[] = {
	{ "version",		VTD_REG_VER,		false },
	{ "capability",		VTD_REG_CAP,		true },
	{ "ext_capability",	VTD_REG_ECAP,		true },
	{ "global_status",	VTD_REG_GSTS,		false },
	{ "root_table",		VTD_REG_RTADDR,		true },
	{ "fault_status",	VTD_REG_FSTS,		false },
	{ "fault_control",	VTD_REG_FECTL,		false },
	{ "fault_data",		VTD_REG_FEDATA,		false },
	{ "fault_address",	VTD_REG_FEADDR,		false },
	{ "fault_upper",	VTD_REG_FEUADDR,	false },
	{ "protected_memory",	VTD_REG_PMEN,		false },
	{ "queue_head",		VTD_REG_IQH,		true },
	{ "queue_tail",		VTD_REG_IQT,		true },
	{ "queue_address",	VTD_REG_IQA,		true },
};

static int vtd_registers_show(struct seq_file *s, void *unused)
{
	struct vtd_unit *unit = s->private;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vtd_registers); i++) {
		const struct vtd_register *reg = &vtd_registers[i];

		seq_printf(s, "%03x %-17s ", reg->offset, reg->name);
		if (reg->wide)
			seq_printf(s, "%016llx\n",
				   vtd_read64(unit->port, reg->offset));
		else
			seq_printf(s, "%08x\n",
				   vtd_read32(unit->port, reg->offset));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_registers);

static const char * const vtd_counter_names[VTD_COUNTERS] = {
	[VTD_COUNT_DOORBELL]	 = "doorbells",
	[VTD_COUNT_CONTEXT]	 = "context_cache_descriptors",
	[VTD_COUNT_PASID]	 = "pasid_cache_descriptors",
	[VTD_COUNT_IOTLB]	 = "iotlb_descriptors",
	[VTD_COUNT_PASID_IOTLB]	 = "pasid_iotlb_descriptors",
	[VTD_COUNT_WAIT]	 = "wait_descriptors",
	[VTD_COUNT_OTHER]	 = "other_descriptors",
	[VTD_COUNT_QUEUE_ERROR]	 = "queue_errors",
	[VTD_COUNT_TIMEOUT]	 = "timeouts",
	[VTD_COUNT_SUPPRESSED]	 = "suppressed_flushes",
	[VTD_COUNT_FAULT]	 = "faults",
	[VTD_COUNT_FAULT_LOST]	 = "faults_lost",
	[VTD_COUNT_PAGE_REQUEST] = "page_requests",
	[VTD_COUNT_PAGE_REQUEST_LOST] = "page_request_overflows",
	[VTD_COUNT_ENTRY]	 = "entry_changes",
};

static void vtd_counters_show_domains(struct seq_file *s,
				      struct vtd_unit *unit)
{
	struct vtd_domain *vdom;
	long nr_tables = 0;
	int nr_sva = 0;
	int nr = 0;

	mutex_lock(&unit->domains_lock);
	list_for_each_entry(vdom, &unit->domains, node) {
		nr_tables += vtd_pt_nr_tables(&vdom->pt);
		nr_sva += vdom->domain.type == IOPASID_DOMAIN_SVA;
		nr++;
	}
	mutex_unlock(&unit->domains_lock);
	seq_printf(s, "domains %d\nsva_domains %d\ntable_pages %ld\n", nr,
		   nr_sva, nr_tables);
}

static int vtd_counters_show(struct seq_file *s, void *unused)
{
	struct vtd_unit *unit = s->private;
	unsigned int i;

	for (i = 0; i < VTD_COUNTERS; i++)
		seq_printf(s, "%s %lld\n", vtd_counter_names[i],
			   atomic64_read(&unit->counters[i]));
	vtd_counters_show_domains(s, unit);
	seq_printf(s, "pasid_tables %ld\n",
		   atomic_long_read(&unit->nr_pasid_tables));
	seq_printf(s, "pages_leaked %ld\n",
		   atomic_long_read(&unit->nr_leaked_pages));
	seq_printf(s, "tags %d\n", atomic_read(&unit->nr_tags));
	seq_printf(s, "requesters %d\n", atomic_read(&unit->nr_requesters));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_counters);

static const char * const vtd_context_names[] = {
	[VTD_CONTEXT_BLOCKED]	= "blocked",
	[VTD_CONTEXT_PASS]	= "pass-through",
	[VTD_CONTEXT_OWN]	= "managed",
};

static int vtd_requesters_show(struct seq_file *s, void *unused)
{
	struct vtd_unit *unit = s->private;
	struct vtd_requester *req;
	unsigned long source_id;

	xa_for_each(&unit->requesters, source_id, req)
		seq_printf(s, "%02lx:%02lx.%lu %s\n", PCI_BUS_NUM(source_id),
			   PCI_SLOT(source_id), PCI_FUNC(source_id),
			   vtd_context_names[vtd_context_state(req)]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_requesters);

static int vtd_last_fault_show(struct seq_file *s, void *unused)
{
	struct iopasid_fault fault = {};
	u64 nr_faults = vtd_fault_last(s->private, &fault);

	seq_printf(s, "%llu\n", nr_faults);
	if (nr_faults)
		seq_printf(s, "source %04x PASID %#x %s %#llx reason %#04x\n",
			   fault.source_id, fault.pasid,
			   str_write_read(fault.write), fault.addr,
			   fault.reason);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vtd_last_fault);

/**
 * vtd_debugfs_init() - the folders that all units share
 *
 * Context: may sleep.
 */
void vtd_debugfs_init(void)
{
	vtd_debugfs = debugfs_create_dir("vtd", iopasid_debugfs_root());
	vtd_debugfs_devices = debugfs_create_dir("devices", vtd_debugfs);
}

/**
 * vtd_debugfs_exit() - undo vtd_debugfs_init()
 *
 * Context: may sleep.
 */
void vtd_debugfs_exit(void)
{
	debugfs_remove(vtd_debugfs);
	vtd_debugfs = NULL;
	vtd_debugfs_devices = NULL;
}

/**
 * vtd_debugfs_add_unit() - the files of a unit
 * @unit: the unit
 *
 * Context: may sleep.
 */
void vtd_debugfs_add_unit(struct vtd_unit *unit)
{
	unit->debugfs = debugfs_create_dir(unit->name, vtd_debugfs);
	debugfs_create_file("registers", 0400, unit->debugfs, unit,
			    &vtd_registers_fops);
	debugfs_create_file("counters", 0400, unit->debugfs, unit,
			    &vtd_counters_fops);
	debugfs_create_file("requesters", 0400, unit->debugfs, unit,
			    &vtd_requesters_fops);
	debugfs_create_file("last_fault", 0400, unit->debugfs, unit,
			    &vtd_last_fault_fops);
	if (!vtd_test_knobs)
		return;
	debugfs_create_bool("suppress_flush", 0600, unit->debugfs,
			    &unit->suppress_flush);
	debugfs_create_atomic_t("inject_bad_descriptor", 0600, unit->debugfs,
				&unit->inject_bad);
}

/**
 * vtd_debugfs_remove_unit() - undo vtd_debugfs_add_unit()
 * @unit: the unit
 *
 * Context: may sleep; waits for readers.
 */
void vtd_debugfs_remove_unit(struct vtd_unit *unit)
{
	debugfs_remove(unit->debugfs);
	unit->debugfs = NULL;
}
