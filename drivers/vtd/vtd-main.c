// SPDX-License-Identifier: GPL-2.0-only
/*
 * Provider for Intel VT-d units in scalable mode: the module.
 */
#include <kunit/visibility.h>
#include <linux/acpi.h>
#include <linux/module.h>
#include <linux/string.h>

#include <vtd-model/unit.h>

#include "vtd.h"

/**
 * DOC: iopasid-vtd
 *
 * Load: parse the DMAR table, make a platform device for each unit, start the
 * units that can be taken, software units among them. At least one must start,
 * else the load fails with the reason; a later load starts from nothing, so
 * trying again is fine.
 *
 * Unload: stop the units. The core holds a reference to the module while a
 * driver is bound to a device behind a unit, so nobody is using them.
 */

bool vtd_rid_pasid;
module_param_named(rid_pasid, vtd_rid_pasid, bool, 0444);
MODULE_PARM_DESC(rid_pasid,
		 "test aid: devices without PASID get PASIDs 1..32767, reached by steering their untagged DMA (debugfs rid_pasid)");

bool vtd_test_knobs;
module_param_named(test_knobs, vtd_test_knobs, bool, 0444);
MODULE_PARM_DESC(test_knobs,
		 "unsafe: debugfs files that make the driver misbehave");

static char *unmanaged = "passthrough";
module_param(unmanaged, charp, 0444);
MODULE_PARM_DESC(unmanaged,
		 "DMA of PCI functions that nobody manages: passthrough (default) or blocked");

bool vtd_unmanaged_blocked;

static char *stage = "auto";
module_param(stage, charp, 0444);
MODULE_PARM_DESC(stage,
		 "page tables: auto (default, second stage where the unit has it, else first), second or first");

enum vtd_stage vtd_stage;

bool vtd_sva_noncoherent;
module_param_named(sva_noncoherent, vtd_sva_noncoherent, bool, 0444);
MODULE_PARM_DESC(sva_noncoherent,
		 "unsafe, for tests: address spaces of processes also for units that do not snoop when they walk: a real one may read stale tables");
EXPORT_SYMBOL_IF_KUNIT(vtd_sva_noncoherent);

const struct iopasid_provider vtd_provider = {
	.name		= "iopasid-vtd",
	.owner		= THIS_MODULE,
	.ops		= &vtd_unit_ops,
	.identity	= &vtd_identity_domain,
	.blocked	= &vtd_blocked_domain,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_provider);

/* The parsed table; from load to unload */
static struct vtd_dmar vtd_dmar;

static int vtd_check_parameters(void)
{
	if (sysfs_streq(unmanaged, "blocked")) {
		vtd_unmanaged_blocked = true;
	} else if (!sysfs_streq(unmanaged, "passthrough")) {
		pr_err("unmanaged=%s: must be passthrough or blocked\n",
		       unmanaged);
		return -EINVAL;
	}
	if (vtd_stage_parse(stage, &vtd_stage)) {
		pr_err("stage=%s: must be auto, second or first\n", stage);
		return -EINVAL;
	}
	if (vtd_rid_pasid)
		pr_notice("rid_pasid=1: devices without PASID can be steered to one; a test aid\n");
	if (vtd_test_knobs)
		pr_warn("test_knobs=1: flushes can be suppressed; unsafe, for tests only\n");
	if (vtd_sva_noncoherent)
		pr_warn("sva_noncoherent=1: unsafe, for tests only: a unit may read stale page tables of processes; QEMU's sets Accessed and Dirty behind the kernel's back, so memory for DMA must have been touched, and not be reclaimed meanwhile\n");
	return 0;
}

/* -ENODEV: there is no table. */
static int vtd_read_dmar(void)
{
	struct acpi_table_header *table;
	acpi_status status;
	int ret;

	status = acpi_get_table(ACPI_SIG_DMAR, 0, &table);
	if (ACPI_FAILURE(status))
		return -ENODEV;
	ret = vtd_dmar_parse(table, table->length, &vtd_dmar);
	if (ret == -EINVAL)
		pr_err("the DMAR table is wrong at offset %zu: %s; a firmware update may help\n",
		       vtd_dmar.offset, vtd_dmar.reason);
	acpi_put_table(table);
	return ret;
}

static int __init vtd_init(void)
{
	bool no_table;
	int ret;

	ret = vtd_check_parameters();
	if (ret)
		return ret;
	vtd_dmar_init(&vtd_dmar);
	ret = vtd_read_dmar();
	no_table = ret == -ENODEV;
	if (ret && !no_table)
		return ret;
	vtd_debugfs_init();
	ret = vtd_platform_add(&vtd_dmar);
	if (ret)
		goto err_debugfs;
	return 0;

err_debugfs:
	if (no_table && ret == -ENODEV)
		pr_err("no DMAR table: this machine has no VT-d unit, or firmware hides it; modprobe vtd-model makes one in software\n");
	vtd_debugfs_exit();
	vtd_dmar_free(&vtd_dmar);
	return ret;
}

static void __exit vtd_exit(void)
{
	vtd_platform_remove();
	vtd_debugfs_exit();
	vtd_dmar_free(&vtd_dmar);
}

module_init(vtd_init);
module_exit(vtd_exit);

MODULE_ALIAS("platform:" VTD_MODEL_UNIT_DEVICE);
MODULE_DESCRIPTION("iopasid provider for Intel VT-d in scalable mode");
MODULE_LICENSE("GPL");
