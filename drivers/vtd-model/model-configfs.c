// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: units by configfs
 *
 * mkdir /sys/kernel/config/vtd-model/<unit> makes a description with default
 * capabilities, mkdir <unit>/endpoints/<name> one of an endpoint. Writing 1 to
 * <unit>/live makes what is described, 0 takes it away.
 *
 * While a unit is live its attributes cannot be written and no endpoint added
 * (EBUSY). configfs cannot refuse an rmdir: that of a live unit takes the unit away
 * first, that of an endpoint of a live unit changes nothing but the description.
 * What is wrong is refused by errno and with one line in the log: a single field
 * when it is written, what does not fit together when the unit goes live.
 *
 * Locking: struct vtd_model_item.lock protects the description and is outside of
 * everything that making a unit takes. configfs holds an item as long as a file
 * of it is in use.
 */
#include <linux/configfs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "model.h"

#define VTD_MODEL_CAPS_SIZE	256

/**
 * struct vtd_model_item - a unit's folder
 * @group: of configfs
 * @endpoints: the folder of endpoints
 * @lock: everything below, and @config of the endpoints
 * @config: what is described
 * @caps: as it was written
 * @unit: the live unit, NULL while there is none
 */
struct vtd_model_item {
	struct config_group group;
	struct config_group endpoints;
	struct mutex lock;
	struct vtd_model_config config;
	char caps[VTD_MODEL_CAPS_SIZE];
	struct vtd_model_unit *unit;
};

/**
 * struct vtd_model_endpoint_item - an endpoint's folder
 * @item: of configfs
 * @parent: the unit's folder, referenced
 * @config: what is described
 */
struct vtd_model_endpoint_item {
	struct config_item item;
	struct vtd_model_item *parent;
	struct vtd_model_endpoint_config config;
};

static struct vtd_model_item *vtd_model_item_of(struct config_item *item)
{
	return container_of(to_config_group(item), struct vtd_model_item, group);
}

static struct vtd_model_endpoint_item *
vtd_model_endpoint_item_of(struct config_item *item)
{
	return container_of(item, struct vtd_model_endpoint_item, item);
}

static void vtd_model_item_log(struct vtd_model_item *unit,
			       const struct vtd_model_refusal *why)
{
	pr_info("vtd-model: %s: %s\n", config_item_name(&unit->group.cg_item),
		why->text);
}

/* Endpoints */

static int vtd_model_parse_number(const char *text, unsigned int *number)
{
	return kstrtouint(text, 0, number);
}

#define VTD_MODEL_SHOW(field, format)					\
static ssize_t vtd_model_endpoint_##field##_show(struct config_item *item, \
						 char *buf)		\
{									\
	struct vtd_model_endpoint_item *ep =				\
		vtd_model_endpoint_item_of(item);			\
									\
	guard(mutex)(&ep->parent->lock);				\
	return sysfs_emit(buf, format "\n", ep->config.field);		\
}

#define VTD_MODEL_STORE(field, parse)					\
static ssize_t vtd_model_endpoint_##field##_store(struct config_item *item, \
						  const char *text,	\
						  size_t count)		\
{									\
	struct vtd_model_endpoint_item *ep =				\
		vtd_model_endpoint_item_of(item);			\
									\
	guard(mutex)(&ep->parent->lock);				\
	if (ep->parent->unit)						\
		return -EBUSY;						\
	return parse(text, &ep->config.field) ?: count;			\
}

VTD_MODEL_SHOW(source_id, "0x%04x")
VTD_MODEL_STORE(source_id, vtd_model_parse_number)
CONFIGFS_ATTR(vtd_model_endpoint_, source_id);

VTD_MODEL_SHOW(group, "%u")
VTD_MODEL_STORE(group, vtd_model_parse_number)
CONFIGFS_ATTR(vtd_model_endpoint_, group);

VTD_MODEL_SHOW(pasid_width, "%u")
VTD_MODEL_STORE(pasid_width, vtd_model_parse_number)
CONFIGFS_ATTR(vtd_model_endpoint_, pasid_width);

VTD_MODEL_SHOW(ats, "%d")
VTD_MODEL_STORE(ats, kstrtobool)
CONFIGFS_ATTR(vtd_model_endpoint_, ats);

VTD_MODEL_SHOW(ats_queue_depth, "%u")
VTD_MODEL_STORE(ats_queue_depth, vtd_model_parse_number)
CONFIGFS_ATTR(vtd_model_endpoint_, ats_queue_depth);

VTD_MODEL_SHOW(pri, "%d")
VTD_MODEL_STORE(pri, kstrtobool)
CONFIGFS_ATTR(vtd_model_endpoint_, pri);

static struct configfs_attribute *vtd_model_endpoint_item_attrs[] = {
	&vtd_model_endpoint_attr_source_id,
	&vtd_model_endpoint_attr_group,
	&vtd_model_endpoint_attr_pasid_width,
	&vtd_model_endpoint_attr_ats,
	&vtd_model_endpoint_attr_ats_queue_depth,
	&vtd_model_endpoint_attr_pri,
	NULL
};

static void vtd_model_endpoint_item_release(struct config_item *item)
{
	struct vtd_model_endpoint_item *ep = vtd_model_endpoint_item_of(item);

	config_item_put(&ep->parent->group.cg_item);
	kfree(ep);
}

static struct configfs_item_operations vtd_model_endpoint_item_ops = {
	.release = vtd_model_endpoint_item_release,
};

static const struct config_item_type vtd_model_endpoint_type = {
	.ct_owner	= THIS_MODULE,
	.ct_item_ops	= &vtd_model_endpoint_item_ops,
	.ct_attrs	= vtd_model_endpoint_item_attrs,
};

static struct config_item *vtd_model_make_endpoint(struct config_group *group,
						   const char *name)
{
	struct vtd_model_item *unit =
		container_of(group, struct vtd_model_item, endpoints);
	struct vtd_model_endpoint_item *ep;

	guard(mutex)(&unit->lock);
	if (unit->unit)
		return ERR_PTR(-EBUSY);
	if (vtd_model_config_nr_endpoints(&unit->config) ==
	    VTD_MODEL_ENDPOINTS_MAX)
		return ERR_PTR(-ENOSPC);
	ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	if (!ep)
		return ERR_PTR(-ENOMEM);
	config_item_get(&unit->group.cg_item);
	ep->parent = unit;
	strscpy(ep->config.name, name);
	list_add_tail(&ep->config.node, &unit->config.endpoints);
	config_item_init_type_name(&ep->item, name, &vtd_model_endpoint_type);
	return &ep->item;
}

static void vtd_model_drop_endpoint(struct config_group *group,
				    struct config_item *item)
{
	struct vtd_model_endpoint_item *ep = vtd_model_endpoint_item_of(item);

	scoped_guard(mutex, &ep->parent->lock)
		list_del(&ep->config.node);
	config_item_put(item);
}

static struct configfs_group_operations vtd_model_endpoints_ops = {
	.make_item	= vtd_model_make_endpoint,
	.drop_item	= vtd_model_drop_endpoint,
};

static const struct config_item_type vtd_model_endpoints_type = {
	.ct_owner	= THIS_MODULE,
	.ct_group_ops	= &vtd_model_endpoints_ops,
};

/* Units */

static ssize_t vtd_model_item_caps_show(struct config_item *item, char *buf)
{
	struct vtd_model_item *unit = vtd_model_item_of(item);

	guard(mutex)(&unit->lock);
	return sysfs_emit(buf, "%s\n", unit->caps);
}

/* What is written counts from the defaults, not from what was written before. */
static ssize_t vtd_model_item_caps_store(struct config_item *item,
					 const char *text, size_t count)
{
	struct vtd_model_item *unit = vtd_model_item_of(item);
	struct vtd_model_config config;
	struct vtd_model_refusal why;
	int ret;

	if (count >= VTD_MODEL_CAPS_SIZE)
		return -E2BIG;
	vtd_model_config_init(&config);
	guard(mutex)(&unit->lock);
	if (unit->unit)
		return -EBUSY;
	ret = vtd_model_config_set_caps(&config, text, &why);
	if (ret) {
		vtd_model_item_log(unit, &why);
		return ret;
	}
	unit->config.unit = config.unit;
	strscpy(unit->caps, text);
	strim(unit->caps);
	return count;
}
CONFIGFS_ATTR(vtd_model_item_, caps);

static int vtd_model_item_start_locked(struct vtd_model_item *item)
{
	struct vtd_model_refusal why;
	struct vtd_model_unit *unit;
	int ret;

	lockdep_assert_held(&item->lock);

	if (item->unit)
		return 0;
	ret = vtd_model_config_check(&item->config, &why);
	if (ret) {
		vtd_model_item_log(item, &why);
		return ret;
	}
	unit = vtd_model_unit_create(&item->config);
	if (IS_ERR(unit))
		return PTR_ERR(unit);
	item->unit = unit;
	return 0;
}

static void vtd_model_item_stop_locked(struct vtd_model_item *item)
{
	lockdep_assert_held(&item->lock);

	if (item->unit)
		vtd_model_unit_remove(item->unit);
	item->unit = NULL;
}

static ssize_t vtd_model_item_live_show(struct config_item *item, char *buf)
{
	struct vtd_model_item *unit = vtd_model_item_of(item);

	guard(mutex)(&unit->lock);
	return sysfs_emit(buf, "%d\n", !!unit->unit);
}

static ssize_t vtd_model_item_live_store(struct config_item *item,
					 const char *text, size_t count)
{
	struct vtd_model_item *unit = vtd_model_item_of(item);
	bool live;
	int ret;

	ret = kstrtobool(text, &live);
	if (ret)
		return ret;
	guard(mutex)(&unit->lock);
	if (live)
		ret = vtd_model_item_start_locked(unit);
	else
		vtd_model_item_stop_locked(unit);
	return ret ?: count;
}
CONFIGFS_ATTR(vtd_model_item_, live);

/* Which of "vtd-model.<id>", "vtdm<id>" it is */
static ssize_t vtd_model_item_unit_show(struct config_item *item, char *buf)
{
	struct vtd_model_item *unit = vtd_model_item_of(item);

	guard(mutex)(&unit->lock);
	return sysfs_emit(buf, "%s\n", unit->unit ? unit->unit->name : "none");
}
CONFIGFS_ATTR_RO(vtd_model_item_, unit);

static struct configfs_attribute *vtd_model_item_attrs[] = {
	&vtd_model_item_attr_caps,
	&vtd_model_item_attr_live,
	&vtd_model_item_attr_unit,
	NULL
};

static void vtd_model_item_release(struct config_item *item)
{
	kfree(vtd_model_item_of(item));
}

static struct configfs_item_operations vtd_model_item_ops = {
	.release = vtd_model_item_release,
};

static const struct config_item_type vtd_model_item_type = {
	.ct_owner	= THIS_MODULE,
	.ct_item_ops	= &vtd_model_item_ops,
	.ct_attrs	= vtd_model_item_attrs,
};

static struct config_group *vtd_model_make_unit(struct config_group *group,
						const char *name)
{
	struct vtd_model_item *unit = kzalloc(sizeof(*unit), GFP_KERNEL);

	if (!unit)
		return ERR_PTR(-ENOMEM);
	mutex_init(&unit->lock);
	vtd_model_config_init(&unit->config);
	config_group_init_type_name(&unit->group, name, &vtd_model_item_type);
	config_group_init_type_name(&unit->endpoints, "endpoints",
				    &vtd_model_endpoints_type);
	configfs_add_default_group(&unit->endpoints, &unit->group);
	return &unit->group;
}

static void vtd_model_drop_unit(struct config_group *group,
				struct config_item *item)
{
	struct vtd_model_item *unit = vtd_model_item_of(item);

	scoped_guard(mutex, &unit->lock)
		vtd_model_item_stop_locked(unit);
	config_item_put(item);
}

static struct configfs_group_operations vtd_model_subsystem_ops = {
	.make_group	= vtd_model_make_unit,
	.drop_item	= vtd_model_drop_unit,
};

static const struct config_item_type vtd_model_subsystem_type = {
	.ct_owner	= THIS_MODULE,
	.ct_group_ops	= &vtd_model_subsystem_ops,
};

static struct configfs_subsystem vtd_model_subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "vtd-model",
			.ci_type	= &vtd_model_subsystem_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(vtd_model_subsystem.su_mutex),
};

/**
 * vtd_model_configfs_init() - make the folder of all units
 *
 * Return: 0, or what configfs says.
 */
int vtd_model_configfs_init(void)
{
	config_group_init(&vtd_model_subsystem.su_group);
	return configfs_register_subsystem(&vtd_model_subsystem);
}

/** vtd_model_configfs_exit() - remove it; the folders hold the module */
void vtd_model_configfs_exit(void)
{
	configfs_unregister_subsystem(&vtd_model_subsystem);
}
