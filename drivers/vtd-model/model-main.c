// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: vtd-model.ko, a VT-d unit in software
 *
 * Loading the module makes one unit with a few test endpoints behind it, as the
 * parameters say; configfs makes more. A driver of VT-d units finds the platform
 * device "vtd-model" and drives the unit through its platform data; drivers of
 * endpoints find devices on the bus "vtd-model". The module uses nothing of
 * either.
 *
 * The layers: vtdm-*.c are the unit itself and know no Linux (vtdm.h); model-*.c
 * give it memory, a lock, messages, devices and controls.
 *
 * A parameter that makes no sense fails the load with one line that names it.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "model.h"

static bool vtd_model_default = true;
module_param_named(default, vtd_model_default, bool, 0444);
MODULE_PARM_DESC(default, "make a unit (default 1)");

static struct vtd_model_shape vtd_model_shape = {
	.nr_endpoints	= 4,
	.pasid_width	= VTD_MODEL_PASID_WIDTH_MAX,
	.ats		= true,
	.pri		= true,
};

module_param_named(endpoints, vtd_model_shape.nr_endpoints, uint, 0444);
MODULE_PARM_DESC(endpoints, "devices behind the unit, 0 to 256 (default 4)");
module_param_named(pasid_width, vtd_model_shape.pasid_width, uint, 0444);
MODULE_PARM_DESC(pasid_width, "bits of their PASIDs, 0 to 20 (default 20)");
module_param_named(ats, vtd_model_shape.ats, bool, 0444);
MODULE_PARM_DESC(ats, "they have a device TLB (default 1)");
module_param_named(pri, vtd_model_shape.pri, bool, 0444);
MODULE_PARM_DESC(pri, "they can send page requests; needs ats (default 1)");

static char *vtd_model_caps = "";
module_param_named(caps, vtd_model_caps, charp, 0444);
MODULE_PARM_DESC(caps, "capabilities that differ from the default, as cm=1,sps=0");

static char *vtd_model_caches = "";
module_param_named(caches, vtd_model_caches, charp, 0444);
MODULE_PARM_DESC(caches, "cache sizes that differ from the default, as iotlb=16,device=4");

static char *vtd_model_detector = "count";
module_param_named(detector, vtd_model_detector, charp, 0444);
MODULE_PARM_DESC(detector, "stale translations: off, count or fail (default count)");

/* The default unit, NULL when there is none */
static struct vtd_model_unit *vtd_model_unit;

static int vtd_model_describe(struct vtd_model_config *config,
			      struct vtd_model_refusal *why)
{
	return vtd_model_config_set_caps(config, vtd_model_caps, why) ?:
	       vtd_model_config_set_caches(config, vtd_model_caches, why) ?:
	       vtd_model_config_set_detector(config, vtd_model_detector, why) ?:
	       vtd_model_config_fill(config, &vtd_model_shape, why) ?:
	       vtd_model_config_check(config, why);
}

static int vtd_model_make_default(void)
{
	struct vtd_model_config config;
	struct vtd_model_refusal why;
	int ret;

	vtd_model_config_init(&config);
	ret = vtd_model_describe(&config, &why);
	if (ret) {
		pr_err("vtd-model: %s\n", why.text);
		goto destroy;
	}
	/* Parameters are checked even if they describe nothing. */
	if (!vtd_model_default)
		goto destroy;
	vtd_model_unit = vtd_model_unit_create(&config);
	if (IS_ERR(vtd_model_unit)) {
		ret = PTR_ERR(vtd_model_unit);
		pr_err("vtd-model: no default unit (%pe)\n", vtd_model_unit);
	}
destroy:
	vtd_model_config_destroy(&config);
	return ret;
}

static int __init vtd_model_init(void)
{
	int ret;

	ret = vtd_model_bus_init();
	if (ret)
		return ret;
	vtd_model_debugfs_init();
	ret = vtd_model_make_default();
	if (ret)
		goto remove_debugfs;
	ret = vtd_model_configfs_init();
	if (ret)
		goto remove_default;
	return 0;

remove_default:
	if (vtd_model_unit)
		vtd_model_unit_remove(vtd_model_unit);
remove_debugfs:
	vtd_model_units_gone();
	vtd_model_debugfs_exit();
	vtd_model_bus_exit();
	return ret;
}
module_init(vtd_model_init);

static void __exit vtd_model_exit(void)
{
	vtd_model_configfs_exit();
	if (vtd_model_unit)
		vtd_model_unit_remove(vtd_model_unit);
	vtd_model_units_gone();
	vtd_model_debugfs_exit();
	vtd_model_bus_exit();
}
module_exit(vtd_model_exit);

MODULE_DESCRIPTION("VT-d unit in software, with test endpoints");
MODULE_LICENSE("GPL");
