// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a unit as described
 *
 * struct vtd_model_config says what a unit and the devices behind it shall be.
 * Module parameters and configfs fill it; vtd_model_config_check() judges it as
 * a whole; vtd_model_unit_create() makes what it says and keeps nothing of it.
 *
 * Every refusal is one sentence that names the field and the rule, in struct
 * vtd_model_refusal: who asked puts it into the log. Nothing here depends on a
 * unit that exists.
 */
#include <kunit/visibility.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "model.h"

const char * const vtd_model_cache_names[VTDM_CACHES] = {
	[VTDM_CACHE_CONTEXT]	= "context",
	[VTDM_CACHE_PASID]	= "pasid",
	[VTDM_CACHE_PAGING]	= "paging",
	[VTDM_CACHE_IOTLB]	= "iotlb",
	[VTDM_CACHE_DEVICE]	= "device",
};

static const char * const vtd_model_detector_names[] = {
	[VTD_MODEL_DETECTOR_OFF]	= "off",
	[VTD_MODEL_DETECTOR_COUNT]	= "count",
	[VTD_MODEL_DETECTOR_FAIL]	= "fail",
};

static __printf(2, 3) int vtd_model_refuse(struct vtd_model_refusal *why,
					   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return -EINVAL;
}

/**
 * vtd_model_detector_parse() - the word for a mode of the detector
 * @text: "off", "count" or "fail", perhaps with a line's end
 *
 * Return: enum vtd_model_detector, -EINVAL.
 */
int vtd_model_detector_parse(const char *text)
{
	return sysfs_match_string(vtd_model_detector_names, text);
}

/**
 * vtd_model_detector_name() - the other way round
 * @detector: a mode
 *
 * Return: the word.
 */
const char *vtd_model_detector_name(enum vtd_model_detector detector)
{
	return vtd_model_detector_names[detector];
}

/**
 * vtd_model_config_init() - the unit that one gets without asking for more
 * @config: to be filled: default capabilities, no endpoints
 */
void vtd_model_config_init(struct vtd_model_config *config)
{
	vtdm_config_default(&config->unit);
	config->detector = VTD_MODEL_DETECTOR_COUNT;
	INIT_LIST_HEAD(&config->endpoints);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_init);

/**
 * vtd_model_config_destroy() - free the endpoints of vtd_model_config_fill()
 * @config: not used any more
 */
void vtd_model_config_destroy(struct vtd_model_config *config)
{
	struct vtd_model_endpoint_config *ep, *next;

	list_for_each_entry_safe(ep, next, &config->endpoints, node)
		kfree(ep);
	INIT_LIST_HEAD(&config->endpoints);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_destroy);

/* Four in each three buses: two alone, two functions of one slot, far up. */
static unsigned int vtd_model_nth_source_id(unsigned int n)
{
	static const u16 pattern[] = { 0x0008, 0x0100, 0x02f8, 0x02f9 };
	unsigned int nr = ARRAY_SIZE(pattern);

	return pattern[n % nr] + n / nr * 0x0300;
}

/* One group each, but the last two of three or more share one. */
static unsigned int vtd_model_nth_group(unsigned int n, unsigned int nr)
{
	return nr > 2 ? min(n, nr - 2) : n;
}

/**
 * vtd_model_config_fill() - add endpoints that are all alike
 * @config: has none
 * @shape: what they are
 * @why: text when refused
 *
 * Return: 0, -EINVAL, -ENOMEM. vtd_model_config_destroy() in any case.
 */
int vtd_model_config_fill(struct vtd_model_config *config,
			  const struct vtd_model_shape *shape,
			  struct vtd_model_refusal *why)
{
	struct vtd_model_endpoint_config *ep;
	unsigned int n, nr = shape->nr_endpoints;

	if (nr > VTD_MODEL_ENDPOINTS_MAX)
		return vtd_model_refuse(why, "endpoints %u: must be 0..%u", nr,
					VTD_MODEL_ENDPOINTS_MAX);
	for (n = 0; n < nr; n++) {
		ep = kzalloc(sizeof(*ep), GFP_KERNEL);
		if (!ep) {
			vtd_model_refuse(why, "endpoint %u: no memory", n);
			return -ENOMEM;
		}
		snprintf(ep->name, sizeof(ep->name), "%u", n);
		ep->source_id = vtd_model_nth_source_id(n);
		ep->group = vtd_model_nth_group(n, nr);
		ep->pasid_width = shape->pasid_width;
		ep->ats = shape->ats;
		ep->pri = shape->pri;
		list_add_tail(&ep->node, &config->endpoints);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_fill);

/* Lists of NAME=VALUE, separated by commas, blanks or ends of lines */

typedef int (*vtd_model_assign)(struct vtd_model_config *config,
				const char *name, unsigned int value,
				struct vtd_model_refusal *why);

static int vtd_model_set_list(struct vtd_model_config *config,
			      const char *what, const char *text,
			      vtd_model_assign assign,
			      struct vtd_model_refusal *why)
{
	char *copy __free(kfree) = kstrdup(text, GFP_KERNEL);
	struct vtdm_config before = config->unit;
	char *rest = copy, *word, *value;
	unsigned int number;
	int ret = 0;

	if (!copy) {
		vtd_model_refuse(why, "%s: no memory", what);
		return -ENOMEM;
	}
	while (!ret && (word = strsep(&rest, ", \t\n"))) {
		if (!*word)
			continue;
		value = word;
		strsep(&value, "=");
		if (!value || kstrtouint(value, 0, &number))
			ret = vtd_model_refuse(why,
					       "%s: \"%s\": must be NAME=NUMBER",
					       what, word);
		else
			ret = assign(config, word, number, why);
	}
	if (ret)
		config->unit = before;
	return ret;
}

static void vtd_model_list_caps(struct vtd_model_refusal *why)
{
	size_t used = strlen(why->text);
	unsigned int n;

	for (n = 0; n < vtdm_nr_caps; n++)
		used += scnprintf(why->text + used, sizeof(why->text) - used,
				  " %s", vtdm_caps[n].name);
}

static int vtd_model_assign_cap(struct vtd_model_config *config,
				const char *name, unsigned int value,
				struct vtd_model_refusal *why)
{
	const struct vtdm_cap *cap = vtdm_cap_find(name);

	if (!cap) {
		vtd_model_refuse(why, "unknown capability \"%s\"; known:", name);
		vtd_model_list_caps(why);
		return -EINVAL;
	}
	if (value > cap->max || vtdm_cap_set(&config->unit, cap, value))
		return vtd_model_refuse(why, "capability %s %u: must be 0..%u",
					name, value, cap->max);
	return 0;
}

/**
 * vtd_model_config_set_caps() - change capabilities by name
 * @config: to be changed, all or nothing
 * @text: "cm=1,mgaw=38"
 * @why: text when refused
 *
 * Whether the values fit together is for vtd_model_config_check() to say.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int vtd_model_config_set_caps(struct vtd_model_config *config, const char *text,
			      struct vtd_model_refusal *why)
{
	return vtd_model_set_list(config, "caps", text, vtd_model_assign_cap,
				  why);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_set_caps);

static int vtd_model_assign_cache(struct vtd_model_config *config,
				  const char *name, unsigned int value,
				  struct vtd_model_refusal *why)
{
	int cache = match_string(vtd_model_cache_names, VTDM_CACHES, name);

	if (cache < 0)
		return vtd_model_refuse(why,
			"unknown cache \"%s\"; known: context pasid paging iotlb device",
			name);
	if (!value || value > VTD_MODEL_ENTRIES_MAX)
		return vtd_model_refuse(why, "cache %s %u: must be 1..%u", name,
					value, VTD_MODEL_ENTRIES_MAX);
	config->unit.entries[cache] = value;
	return 0;
}

/**
 * vtd_model_config_set_caches() - change sizes of caches by name
 * @config: to be changed, all or nothing
 * @text: "iotlb=16,device=4"
 * @why: text when refused
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int vtd_model_config_set_caches(struct vtd_model_config *config,
				const char *text,
				struct vtd_model_refusal *why)
{
	return vtd_model_set_list(config, "caches", text,
				  vtd_model_assign_cache, why);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_set_caches);

/**
 * vtd_model_config_set_detector() - choose what a find of the detector means
 * @config: to be changed
 * @text: "off", "count" or "fail"
 * @why: text when refused
 *
 * Return: 0, -EINVAL.
 */
int vtd_model_config_set_detector(struct vtd_model_config *config,
				  const char *text,
				  struct vtd_model_refusal *why)
{
	int detector = vtd_model_detector_parse(text);

	if (detector < 0)
		return vtd_model_refuse(why, "detector \"%s\": must be off, count or fail",
					text);
	config->detector = detector;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_set_detector);

/**
 * vtd_model_config_nr_endpoints() - how many there are
 * @config: the description
 *
 * Return: the number.
 */
unsigned int vtd_model_config_nr_endpoints(const struct vtd_model_config *config)
{
	const struct list_head *node;
	unsigned int nr = 0;

	list_for_each(node, &config->endpoints)
		nr++;
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_nr_endpoints);

/* One rule each */

static int vtd_model_check_unit(const struct vtd_model_config *config,
				struct vtd_model_refusal *why)
{
	const char *reason = vtdm_config_refusal(&config->unit);

	return reason ? vtd_model_refuse(why, "caps: %s", reason) : 0;
}

static int vtd_model_check_source_id(const struct vtd_model_endpoint_config *ep,
				     struct vtd_model_refusal *why)
{
	if (ep->source_id <= U16_MAX)
		return 0;
	return vtd_model_refuse(why, "endpoint %s: source_id %#x: must be 0..0xffff",
				ep->name, ep->source_id);
}

/* Against those before it in the list */
static int vtd_model_check_unique(const struct vtd_model_config *config,
				  const struct vtd_model_endpoint_config *ep,
				  struct vtd_model_refusal *why)
{
	const struct vtd_model_endpoint_config *other;

	list_for_each_entry(other, &config->endpoints, node) {
		if (other == ep)
			break;
		if (other->source_id == ep->source_id)
			return vtd_model_refuse(why,
				"endpoint %s: source_id 0x%04x is used by endpoint %s",
				ep->name, ep->source_id, other->name);
	}
	return 0;
}

static int vtd_model_check_pasid_width(const struct vtd_model_endpoint_config *ep,
				       struct vtd_model_refusal *why)
{
	if (ep->pasid_width <= VTD_MODEL_PASID_WIDTH_MAX)
		return 0;
	return vtd_model_refuse(why, "endpoint %s: pasid_width %u: must be 0 or 1..%u",
				ep->name, ep->pasid_width,
				VTD_MODEL_PASID_WIDTH_MAX);
}

static int vtd_model_check_queue_depth(const struct vtd_model_endpoint_config *ep,
				       struct vtd_model_refusal *why)
{
	if (ep->ats_queue_depth <= VTD_MODEL_ATS_DEPTH_MAX)
		return 0;
	return vtd_model_refuse(why, "endpoint %s: ats_queue_depth %u: must be 0..%u",
				ep->name, ep->ats_queue_depth,
				VTD_MODEL_ATS_DEPTH_MAX);
}

static int vtd_model_check_pri(const struct vtd_model_endpoint_config *ep,
			       struct vtd_model_refusal *why)
{
	if (!ep->pri || ep->ats)
		return 0;
	return vtd_model_refuse(why, "endpoint %s: pri 1: needs ats 1", ep->name);
}

/* Each endpoint has a device TLB of that size. */
static int vtd_model_check_device_entries(const struct vtd_model_config *config,
					  unsigned int nr_endpoints,
					  struct vtd_model_refusal *why)
{
	unsigned int entries = config->unit.entries[VTDM_CACHE_DEVICE];
	unsigned int max;

	if (!nr_endpoints)
		return 0;
	max = VTD_MODEL_DEVICE_ENTRIES_MAX / nr_endpoints;
	if (entries <= max)
		return 0;
	return vtd_model_refuse(why, "cache device %u: must be 1..%u with %u endpoints",
				entries, max, nr_endpoints);
}

/**
 * vtd_model_config_check() - could there be such a unit?
 * @config: the description
 * @why: text when not
 *
 * Return: 0, -EINVAL.
 */
int vtd_model_config_check(const struct vtd_model_config *config,
			   struct vtd_model_refusal *why)
{
	unsigned int nr = vtd_model_config_nr_endpoints(config);
	const struct vtd_model_endpoint_config *ep;
	int ret;

	ret = vtd_model_check_unit(config, why);
	if (ret)
		return ret;
	if (nr > VTD_MODEL_ENDPOINTS_MAX)
		return vtd_model_refuse(why, "%u endpoints: must be 0..%u", nr,
					VTD_MODEL_ENDPOINTS_MAX);
	ret = vtd_model_check_device_entries(config, nr, why);
	if (ret)
		return ret;
	list_for_each_entry(ep, &config->endpoints, node) {
		ret = vtd_model_check_source_id(ep, why) ?:
		      vtd_model_check_unique(config, ep, why) ?:
		      vtd_model_check_pasid_width(ep, why) ?:
		      vtd_model_check_queue_depth(ep, why) ?:
		      vtd_model_check_pri(ep, why);
		if (ret)
			return ret;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_config_check);
