// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units as platform devices.
 */
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/slab.h>

#include <vtd-model/unit.h>

#include "vtd.h"

/**
 * DOC: a struct device for each unit
 *
 * The DMAR table names units, Linux has no device for them. The module makes a
 * platform device "iopasid-vtd-unit" for each and binds its own driver to it.
 * That gives a unit its place in the order of things: every endpoint behind it
 * is a consumer (device_link), so it suspends and shuts down after them and
 * resumes before them.
 *
 * Shutdown and reboot switch translation off: the next kernel finds a unit
 * that lets every DMA pass. A crashed kernel cannot; see the documentation on
 * kdump.
 *
 * A software unit brings its own platform device (vtd-soft.c), which may come
 * and go at any time.
 *
 * Unhappy path: a unit that cannot be taken leaves its device unbound with the
 * reason in its record; the module stays loaded if any unit works, else the
 * load fails with the first reason. A second try starts from nothing.
 */

#define VTD_UNIT_DEVICE		"iopasid-vtd-unit"

/**
 * struct vtd_unit_data - what the platform device is about
 * @dmar: the table
 * @drhd: the unit
 * @result: of the probe
 */
struct vtd_unit_data {
	const struct vtd_dmar *dmar;
	const struct vtd_drhd *drhd;
	int result;
};

/**
 * struct vtd_unit_node - one platform device of ours
 * @node: in the list of all
 * @pdev: the device
 */
struct vtd_unit_node {
	struct list_head node;
	struct platform_device *pdev;
};

/* Written at module load and unload only */
static LIST_HEAD(vtd_unit_nodes);

/* The two below; outside of all other locks of this module and the core's */
static DEFINE_MUTEX(vtd_units_lock);
/* Started and not stopped */
static unsigned int vtd_nr_units;
/* The module does not load: a unit that comes now must not be taken */
static bool vtd_no_units;

typedef struct vtd_unit *(*vtd_take_fn)(struct platform_device *pdev);

static struct vtd_unit *vtd_platform_take(struct platform_device *pdev)
{
	const struct vtd_unit_data *data = dev_get_platdata(&pdev->dev);
	const struct vtd_drhd *drhd = data->drhd;
	struct vtd_unit_config config = {
		.dev		= &pdev->dev,
		.bus_ops	= &vtd_pci_ops,
		.dmar		= data->dmar,
		.drhd		= drhd,
	};
	struct vtd_port *port;
	char name[16];

	port = vtd_port_mmio_create(drhd, dev_name(&pdev->dev));
	if (port == ERR_PTR(-EBUSY))
		pr_err("dmar%d in use by the kernel's IOMMU driver (registers at 0x%llx are claimed); boot with intel_iommu=off intremap=off\n",
		       pdev->id, drhd->reg_base);
	else if (IS_ERR(port))
		pr_err("dmar%d: no registers at 0x%llx (%pe): the DMAR table is wrong\n",
		       pdev->id, drhd->reg_base, port);
	if (IS_ERR(port))
		return ERR_CAST(port);
	snprintf(name, sizeof(name), "dmar%d", pdev->id);
	config.name = name;
	config.port = port;
	return vtd_unit_create(&config);
}

static int vtd_platform_start(struct platform_device *pdev)
{
	const struct platform_device_id *id = platform_get_device_id(pdev);
	vtd_take_fn take = (vtd_take_fn)id->driver_data;
	struct vtd_unit *unit;
	int ret;

	unit = take(pdev);
	if (IS_ERR(unit))
		return PTR_ERR(unit);
	platform_set_drvdata(pdev, unit);
	mutex_lock(&vtd_units_lock);
	ret = vtd_no_units ? -ENODEV : vtd_unit_start(unit);
	if (!ret)
		vtd_nr_units++;
	mutex_unlock(&vtd_units_lock);
	if (ret)
		vtd_unit_destroy(unit);
	return ret;
}

static int vtd_platform_probe(struct platform_device *pdev)
{
	int ret = vtd_platform_start(pdev);

	if (!strcmp(pdev->name, VTD_UNIT_DEVICE)) {
		struct vtd_unit_data *data = dev_get_platdata(&pdev->dev);

		data->result = ret;
	}
	return ret;
}

static void vtd_platform_remove_unit(struct platform_device *pdev)
{
	struct vtd_unit *unit = platform_get_drvdata(pdev);

	mutex_lock(&vtd_units_lock);
	vtd_nr_units--;
	vtd_unit_stop(unit);
	mutex_unlock(&vtd_units_lock);
	vtd_unit_destroy(unit);
}

static void vtd_platform_shutdown(struct platform_device *pdev)
{
	vtd_unit_quiesce(platform_get_drvdata(pdev));
}

static int vtd_platform_suspend(struct device *dev)
{
	vtd_unit_quiesce(dev_get_drvdata(dev));
	return 0;
}

static int vtd_platform_resume(struct device *dev)
{
	vtd_unit_resume(dev_get_drvdata(dev));
	return 0;
}

static const struct dev_pm_ops vtd_platform_pm_ops = {
	NOIRQ_SYSTEM_SLEEP_PM_OPS(vtd_platform_suspend, vtd_platform_resume)
};

static const struct platform_device_id vtd_platform_ids[] = {
	{ VTD_UNIT_DEVICE, (kernel_ulong_t)vtd_platform_take },
	{ VTD_MODEL_UNIT_DEVICE, (kernel_ulong_t)vtd_soft_take },
	{}
};

static struct platform_driver vtd_platform_driver = {
	.probe		= vtd_platform_probe,
	.remove_new	= vtd_platform_remove_unit,
	.shutdown	= vtd_platform_shutdown,
	.id_table	= vtd_platform_ids,
	.driver		= {
		.name			= VTD_UNIT_DEVICE,
		.pm			= pm_sleep_ptr(&vtd_platform_pm_ops),
		.probe_type		= PROBE_FORCE_SYNCHRONOUS,
		.suppress_bind_attrs	= true,
	},
};

/* Make the device of one unit, which probes it; the result of the probe. */
static int vtd_platform_add_unit(const struct vtd_dmar *dmar,
				 const struct vtd_drhd *drhd, int index)
{
	struct vtd_unit_data data = {
		.dmar	= dmar,
		.drhd	= drhd,
		.result	= -ENXIO,
	};
	struct vtd_unit_data *copy;
	struct vtd_unit_node *node;
	int ret;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	node->pdev = platform_device_register_data(NULL, VTD_UNIT_DEVICE, index,
						   &data, sizeof(data));
	if (IS_ERR(node->pdev)) {
		ret = PTR_ERR(node->pdev);
		kfree(node);
		return ret;
	}
	list_add_tail(&node->node, &vtd_unit_nodes);
	copy = dev_get_platdata(&node->pdev->dev);
	return copy->result;
}

/**
 * vtd_platform_add() - make and start all units of a DMAR table
 * @dmar: the table; must stay until vtd_platform_remove()
 *
 * Software units are started, too, those that are there and those that come.
 *
 * Context: may sleep.
 * Return: 0 when at least one unit works, else the first unit's errno, -ENODEV
 * when there is none. On failure nothing is left.
 */
int vtd_platform_add(const struct vtd_dmar *dmar)
{
	const struct vtd_drhd *drhd;
	int first_error = -ENODEV;
	int index = 0;
	int ret;

	ret = platform_driver_register(&vtd_platform_driver);
	if (ret)
		return ret;
	list_for_each_entry(drhd, &dmar->drhds, node) {
		ret = vtd_platform_add_unit(dmar, drhd, index);
		if (ret && !index)
			first_error = ret;
		index++;
	}
	mutex_lock(&vtd_units_lock);
	vtd_no_units = !vtd_nr_units;
	mutex_unlock(&vtd_units_lock);
	if (!vtd_no_units)
		return 0;
	vtd_platform_remove();
	return first_error;
}

/**
 * vtd_platform_remove() - stop all units, undo vtd_platform_add()
 *
 * Context: may sleep.
 */
void vtd_platform_remove(void)
{
	struct vtd_unit_node *node, *next;

	list_for_each_entry_safe_reverse(node, next, &vtd_unit_nodes, node) {
		list_del(&node->node);
		platform_device_unregister(node->pdev);
		kfree(node);
	}
	platform_driver_unregister(&vtd_platform_driver);
}
