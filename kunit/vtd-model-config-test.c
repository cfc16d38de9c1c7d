// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: descriptions of software units: what is made of the parameters, and the
 * words of each refusal.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "../drivers/vtd-model/model.h"

/* ---- lists of names and numbers ---- */

typedef int (*set_fn)(struct vtd_model_config *config, const char *text,
		      struct vtd_model_refusal *why);

static const struct words {
	const char *name;
	set_fn set;
	const char *text;
	const char *refusal;	/* how it begins, NULL: none */
} words[] = {
	{ "no caps", vtd_model_config_set_caps, "", NULL },
	{ "one cap", vtd_model_config_set_caps, "cm=1", NULL },
	{ "hexadecimal, line's end", vtd_model_config_set_caps, "cm=0x1\n",
	  NULL },
	{ "two caps", vtd_model_config_set_caps, "cm=1,mgaw=38", NULL },
	{ "blanks", vtd_model_config_set_caps, " cm=1 , mgaw=38 ", NULL },
	{ "unknown cap", vtd_model_config_set_caps, "foo=1",
	  "unknown capability \"foo\"; known: " },
	{ "cap too large", vtd_model_config_set_caps, "cm=2",
	  "capability cm 2: must be 0..1" },
	{ "cap without number", vtd_model_config_set_caps, "cm",
	  "caps: \"cm\": must be NAME=NUMBER" },
	{ "cap with no number", vtd_model_config_set_caps, "cm=yes",
	  "caps: \"cm\": must be NAME=NUMBER" },
	{ "negative cap", vtd_model_config_set_caps, "cm=-1",
	  "caps: \"cm\": must be NAME=NUMBER" },
	{ "cap beyond 32 bits", vtd_model_config_set_caps, "cm=4294967296",
	  "caps: \"cm\": must be NAME=NUMBER" },
	{ "cap without name", vtd_model_config_set_caps, "=1",
	  "unknown capability \"\"; known: " },
	{ "second cap is wrong", vtd_model_config_set_caps, "cm=1,bar=2",
	  "unknown capability \"bar\"; known: " },
	{ "one cache", vtd_model_config_set_caches, "iotlb=1", NULL },
	{ "largest cache", vtd_model_config_set_caches, "iotlb=65536", NULL },
	{ "all caches", vtd_model_config_set_caches,
	  "context=1,pasid=2,paging=3,iotlb=4,device=5", NULL },
	{ "empty cache", vtd_model_config_set_caches, "iotlb=0",
	  "cache iotlb 0: must be 1..65536" },
	{ "cache too large", vtd_model_config_set_caches, "device=65537",
	  "cache device 65537: must be 1..65536" },
	{ "unknown cache", vtd_model_config_set_caches, "l2=1",
	  "unknown cache \"l2\"; known: context pasid paging iotlb device" },
	{ "detector off", vtd_model_config_set_detector, "off", NULL },
	{ "detector fail", vtd_model_config_set_detector, "fail", NULL },
	{ "unknown detector", vtd_model_config_set_detector, "loud",
	  "detector \"loud\": must be off, count or fail" },
};

KUNIT_ARRAY_PARAM_DESC(words, words, name);

/* What is refused changes nothing, and says why. */
static void vtd_model_config_words(struct kunit *test)
{
	const struct words *w = test->param_value;
	struct vtd_model_config config, before;
	struct vtd_model_refusal why = { };
	int ret;

	vtd_model_config_init(&config);
	before = config;
	ret = w->set(&config, w->text, &why);
	if (!w->refusal) {
		KUNIT_EXPECT_EQ(test, ret, 0);
		return;
	}
	KUNIT_EXPECT_EQ(test, ret, -EINVAL);
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(why.text, w->refusal),
			      "it says \"%s\"", why.text);
	KUNIT_EXPECT_MEMEQ(test, &config.unit, &before.unit,
			   sizeof(config.unit));
	KUNIT_EXPECT_EQ(test, config.detector, before.detector);
}

/* A list that is too long for the refusal is cut, not overrun. */
static void vtd_model_config_long(struct kunit *test)
{
	struct vtd_model_config config;
	struct vtd_model_refusal why;
	char *text = kunit_kzalloc(test, 4096, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'x', 4000);
	vtd_model_config_init(&config);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vtd_model_config_set_caps(&config, text, &why));
	KUNIT_EXPECT_LT(test, strnlen(why.text, sizeof(why.text)),
			sizeof(why.text));
}

static void vtd_model_config_caches(struct kunit *test)
{
	struct vtd_model_config config;
	struct vtd_model_refusal why;
	unsigned int n;

	vtd_model_config_init(&config);
	KUNIT_ASSERT_EQ(test, 0,
			vtd_model_config_set_caches(&config,
						    "device=5 context=1,pasid=2\npaging=3,iotlb=4",
						    &why));
	for (n = 0; n < VTDM_CACHES; n++)
		KUNIT_EXPECT_EQ(test, config.unit.entries[n], n + 1);
}

/* ---- endpoints that are all alike ---- */

static const struct fill {
	const char *name;
	struct vtd_model_shape shape;
	unsigned int nr_groups;
	const char *refusal;
} fills[] = {
	{ "default", { 4, 20, true, true }, 3 },
	{ "none", { 0, 20, true, true }, 0 },
	{ "one", { 1, 20, true, true }, 1 },
	{ "two", { 2, 20, true, true }, 2 },
	{ "three", { 3, 20, true, true }, 2 },
	{ "as many as there may be", { 256, 20, true, true }, 255 },
	{ "one too many", { 257, 20, true, true }, 0,
	  "endpoints 257: must be 0..256" },
	{ "no number at all", { UINT_MAX, 20, true, true }, 0,
	  "endpoints 4294967295: must be 0..256" },
	{ "no PASID", { 4, 0, true, true }, 3 },
	{ "one bit of PASID", { 4, 1, false, false }, 3 },
	{ "too many bits of PASID", { 4, 21, false, false }, 0,
	  "endpoint 0: pasid_width 21: must be 0 or 1..20" },
	{ "ATS alone", { 4, 20, true, false }, 3 },
	{ "PRI alone", { 4, 20, false, true }, 0,
	  "endpoint 0: pri 1: needs ats 1" },
};

KUNIT_ARRAY_PARAM_DESC(fills, fills, name);

static unsigned int nr_groups(const struct vtd_model_config *config)
{
	const struct vtd_model_endpoint_config *ep;
	unsigned int nr = 0;

	/* They count up from 0. */
	list_for_each_entry(ep, &config->endpoints, node)
		nr = max(nr, ep->group + 1);
	return nr;
}

static void vtd_model_config_fills(struct kunit *test)
{
	const struct fill *f = test->param_value;
	struct vtd_model_refusal why = { };
	struct vtd_model_config config;
	int ret;

	vtd_model_config_init(&config);
	ret = vtd_model_config_fill(&config, &f->shape, &why) ?:
	      vtd_model_config_check(&config, &why);
	if (f->refusal) {
		KUNIT_EXPECT_EQ(test, ret, -EINVAL);
		KUNIT_EXPECT_STREQ(test, why.text, f->refusal);
	} else {
		KUNIT_EXPECT_EQ_MSG(test, ret, 0, "%s", why.text);
		KUNIT_EXPECT_EQ(test, vtd_model_config_nr_endpoints(&config),
				f->shape.nr_endpoints);
		KUNIT_EXPECT_EQ(test, nr_groups(&config), f->nr_groups);
	}
	vtd_model_config_destroy(&config);
}

/* Device TLBs: the largest for four, a share of as much for more. */
static void vtd_model_config_device_entries(struct kunit *test)
{
	struct vtd_model_shape shape = { .nr_endpoints = 4 };
	struct vtd_model_config config;
	struct vtd_model_refusal why;

	vtd_model_config_init(&config);
	config.unit.entries[VTDM_CACHE_DEVICE] = 65536;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_fill(&config, &shape, &why));
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));
	vtd_model_config_destroy(&config);

	shape.nr_endpoints = 256;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_fill(&config, &shape, &why));
	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_model_config_check(&config, &why));
	KUNIT_EXPECT_STREQ(test, why.text,
			   "cache device 65536: must be 1..1024 with 256 endpoints");
	config.unit.entries[VTDM_CACHE_DEVICE] = 1024;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));
	vtd_model_config_destroy(&config);
}

/* Device-functions above and below 0x7f, more than one bus */
static void vtd_model_config_source_ids(struct kunit *test)
{
	const struct vtd_model_shape shape = { .nr_endpoints = 5 };
	static const u16 wanted[] = { 0x0008, 0x0100, 0x02f8, 0x02f9, 0x0308 };
	const struct vtd_model_endpoint_config *ep;
	struct vtd_model_config config;
	struct vtd_model_refusal why;
	unsigned int n = 0;

	vtd_model_config_init(&config);
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_fill(&config, &shape, &why));
	list_for_each_entry(ep, &config.endpoints, node)
		KUNIT_EXPECT_EQ(test, ep->source_id, wanted[n++]);
	KUNIT_EXPECT_EQ(test, n, ARRAY_SIZE(wanted));
	vtd_model_config_destroy(&config);
}

/* ---- endpoints that do not go together ---- */

static void vtd_model_config_pairs(struct kunit *test)
{
	struct vtd_model_endpoint_config a = {
		.name = "a", .source_id = 0x0108, .pasid_width = 20,
	}, b = {
		.name = "b", .source_id = 0x0109, .pasid_width = 20,
	};
	struct vtd_model_config config;
	struct vtd_model_refusal why;

	vtd_model_config_init(&config);
	list_add_tail(&a.node, &config.endpoints);
	list_add_tail(&b.node, &config.endpoints);
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));

	b.source_id = a.source_id;
	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_model_config_check(&config, &why));
	KUNIT_EXPECT_STREQ(test, why.text,
			   "endpoint b: source_id 0x0108 is used by endpoint a");

	b.source_id = 0xffff;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));
	b.source_id = 0x10000;
	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_model_config_check(&config, &why));
	KUNIT_EXPECT_STREQ(test, why.text,
			   "endpoint b: source_id 0x10000: must be 0..0xffff");

	b.source_id = 0x0109;
	b.ats_queue_depth = 31;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));
	b.ats_queue_depth = 32;
	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_model_config_check(&config, &why));
	KUNIT_EXPECT_STREQ(test, why.text,
			   "endpoint b: ats_queue_depth 32: must be 0..31");
}

/* What the unit itself refuses is told in its words. */
static void vtd_model_config_unit(struct kunit *test)
{
	struct vtd_model_config config;
	struct vtd_model_refusal why;

	vtd_model_config_init(&config);
	KUNIT_EXPECT_EQ(test, 0, vtd_model_config_check(&config, &why));
	KUNIT_ASSERT_EQ(test, 0,
			vtd_model_config_set_caps(&config, "qi=0", &why));
	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_model_config_check(&config, &why));
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(why.text, "caps: ") &&
			      strstr(why.text, "QI"), "it says \"%s\"",
			      why.text);
}

static struct kunit_case vtd_model_config_cases[] = {
	KUNIT_CASE_PARAM(vtd_model_config_words, words_gen_params),
	KUNIT_CASE(vtd_model_config_long),
	KUNIT_CASE(vtd_model_config_caches),
	KUNIT_CASE_PARAM(vtd_model_config_fills, fills_gen_params),
	KUNIT_CASE(vtd_model_config_device_entries),
	KUNIT_CASE(vtd_model_config_source_ids),
	KUNIT_CASE(vtd_model_config_pairs),
	KUNIT_CASE(vtd_model_config_unit),
	{ }
};

static struct kunit_suite vtd_model_config_suite = {
	.name = "vtd-model-config",
	.test_cases = vtd_model_config_cases,
};
kunit_test_suite(vtd_model_config_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of software VT-d units as Linux sees them");
MODULE_LICENSE("GPL");
