// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: capabilities of a software unit: names, limits, what does not go
 * together.
 */
#include "vtdm-log-host.h"

static void set(struct kunit *test, struct vtdm_config *config,
		const char *name, unsigned int value)
{
	const struct vtdm_cap *cap = vtdm_cap_find(name);

	KUNIT_ASSERT_NOT_NULL(test, cap);
	KUNIT_ASSERT_EQ(test, vtdm_cap_set(config, cap, value), 0);
}

static void default_is_possible(struct kunit *test)
{
	struct vtdm_config config;

	vtdm_config_default(&config);
	KUNIT_EXPECT_NULL(test, vtdm_config_refusal(&config));
	KUNIT_EXPECT_EQ(test, FIELD_GET(VTDM_CAP_MGAW, config.cap), 47ULL);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VTDM_ECAP_PSS, config.ecap), 19ULL);
	KUNIT_EXPECT_FALSE(test, config.cap & VTDM_CAP_CM);
}

/* No bit has two names, no name is there twice. */
static void names_are_unique(struct kunit *test)
{
	u64 seen[2] = {};
	unsigned int i;

	for (i = 0; i < vtdm_nr_caps; i++) {
		const struct vtdm_cap *cap = &vtdm_caps[i];

		KUNIT_EXPECT_EQ(test, seen[cap->ecap] & cap->mask, 0ULL);
		seen[cap->ecap] |= cap->mask;
		KUNIT_EXPECT_TRUE(test, vtdm_cap_find(cap->name) == cap);
	}
	KUNIT_EXPECT_NULL(test, vtdm_cap_find("none"));
	KUNIT_EXPECT_NULL(test, vtdm_cap_find(""));
}

/* The highest value goes in and comes out, one more does not. */
static void limits(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < vtdm_nr_caps; i++) {
		const struct vtdm_cap *cap = &vtdm_caps[i];
		u64 low = cap->mask & -cap->mask;
		struct vtdm_config config = { .cap = ~0ULL, .ecap = ~0ULL };
		u64 *reg = cap->ecap ? &config.ecap : &config.cap;

		KUNIT_EXPECT_EQ(test, vtdm_cap_set(&config, cap, cap->max), 0);
		KUNIT_EXPECT_EQ(test, *reg, ~cap->mask | cap->max * low);
		KUNIT_EXPECT_EQ(test, vtdm_cap_set(&config, cap, cap->max + 1),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, *reg, ~cap->mask | cap->max * low);
		KUNIT_EXPECT_LE(test, cap->max * low, cap->mask);
	}
}

/**
 * struct change - a capability that is not the default's
 * @name: which
 * @value: its value
 */
struct change {
	const char *name;
	unsigned int value;
};

/**
 * struct refusal - a unit that cannot be
 * @text: a word of why
 * @change: from the default unit
 */
struct refusal {
	const char *text;
	struct change change[8];
};

static const struct refusal refusals[] = {
	{ "queue (QI)", { { "qi", 0 } } },
	{ "SSTS, FSTS and PASID", { { "smts", 0 } } },
	{ "one of SSTS, FSTS and PT", {
		{ "ssts", 0 }, { "fsts", 0 }, { "pt", 0 }, { "nest", 0 },
		{ "sslps", 0 }, { "ssads", 0 }, { "fs1gp", 0 } } },
	{ "(NEST)", { { "ssts", 0 }, { "sslps", 0 }, { "ssads", 0 } } },
	{ "(NEST)", { { "fsts", 0 }, { "fs1gp", 0 } } },
	{ "(PSS)", { { "pasid", 0 } } },
	{ "device TLBs (DT) need", {
		{ "qi", 0 }, { "smts", 0 }, { "ssts", 0 }, { "fsts", 0 },
		{ "pasid", 0 }, { "pss", 0 }, { "nest", 0 } } },
	{ "(PRS)", { { "dt", 0 } } },
	{ "(PDS)", { { "prs", 0 } } },
	{ "DIT and NWFS", {
		{ "dit", 1 }, { "dt", 0 }, { "prs", 0 }, { "pds", 0 } } },
	{ "DIT and NWFS", {
		{ "nwfs", 1 }, { "dt", 0 }, { "prs", 0 }, { "pds", 0 } } },
	{ "RPRIVS", { { "rprivs", 1 }, { "srs", 0 } } },
	{ "FS1GP", { { "fsts", 0 }, { "nest", 0 } } },
	{ "FS1GP", { { "fsts", 0 }, { "nest", 0 }, { "fs1gp", 0 }, { "fs5lp", 1 } } },
	{ "EAFS", { { "fsts", 0 }, { "nest", 0 }, { "fs1gp", 0 }, { "eafs", 1 } } },
	{ "SSLPS and SSADS", { { "ssts", 0 }, { "nest", 0 }, { "ssads", 0 } } },
	{ "SSLPS and SSADS", { { "ssts", 0 }, { "nest", 0 }, { "sslps", 0 } } },
	{ "pages of 1G", { { "sslps", 2 } } },
	{ "SAGAW", { { "sagaw", 0 } } },
	{ "SAGAW", { { "sagaw", 5 } } },
	{ "MGAW", { { "mgaw", 48 } } },
	{ "MGAW", { { "sagaw", 2 }, { "fsts", 0 }, { "fs1gp", 0 }, { "nest", 0 },
		    { "mgaw", 39 } } },
	{ "registers", { { "fro", 0 } } },
	{ "registers", { { "fro", 0xff }, { "nfr", 1 } } },
	{ "registers", { { "nfr", 0x80 } } },
	{ "registers", { { "fro", 0x50 } } },
	{ "registers", { { "fro", 0x49 } } },
	{ "registers", { { "iro", 0xe } } },
	{ "registers", { { "iro", 0x87 } } },
};

static void describe(const struct refusal *refusal, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s: %s",
		  refusal->change[0].name, refusal->text);
}

KUNIT_ARRAY_PARAM(refusal, refusals, describe);

static void impossible(struct kunit *test)
{
	const struct refusal *refusal = test->param_value;
	struct vtdm_config config;
	struct log_host host = { .test = test };
	const char *text;
	unsigned int i;

	vtdm_config_default(&config);
	for (i = 0; i < ARRAY_SIZE(refusal->change) && refusal->change[i].name; i++)
		set(test, &config, refusal->change[i].name,
		    refusal->change[i].value);
	text = vtdm_config_refusal(&config);
	KUNIT_ASSERT_NOT_NULL(test, text);
	if (!strstr(text, refusal->text))
		KUNIT_FAIL(test, "refused because of: %s\n", text);
	KUNIT_EXPECT_NULL(test, vtdm_create(&config, &log_host_ops, &host));
	KUNIT_EXPECT_EQ(test, host.nr_allocs, 0u);
}

/* Neighbours of what is refused. */
static const struct refusal possibles[] = {
	{ "", { { "mgaw", 56 }, { "sagaw", 8 } } },
	{ "", { { "sagaw", 2 }, { "fsts", 0 }, { "fs1gp", 0 }, { "nest", 0 },
		{ "mgaw", 38 } } },
	{ "", { { "fro", 0xff }, { "nfr", 0 } } },
	{ "", { { "nfr", 0x7f } } },
	{ "", { { "fro", 0x48 }, { "nfr", 7 } } },
	{ "", { { "fro", 0x0f }, { "iro", 0x17 } } },
	{ "", { { "iro", 0x88 } } },
	{ "", { { "sslps", 1 } } },
	{ "", { { "ssts", 0 }, { "nest", 0 }, { "sslps", 0 }, { "ssads", 0 },
		{ "sagaw", 0 } } },
	{ "", { { "pss", 0 }, { "pasid", 0 } } },
	{ "", { { "cm", 1 }, { "esrtps", 1 } } },
};

KUNIT_ARRAY_PARAM(possible, possibles, describe);

static void possible(struct kunit *test)
{
	const struct refusal *possible = test->param_value;
	struct vtdm_config config;
	const char *text;
	unsigned int i;

	vtdm_config_default(&config);
	for (i = 0; i < ARRAY_SIZE(possible->change) && possible->change[i].name; i++)
		set(test, &config, possible->change[i].name,
		    possible->change[i].value);
	text = vtdm_config_refusal(&config);
	if (text)
		KUNIT_FAIL(test, "refused because of: %s\n", text);
	/* And the registers say so. */
	log_host_create(test, &config);
	KUNIT_EXPECT_EQ(test, log_read64(test->priv, VTDM_CAP), config.cap);
	KUNIT_EXPECT_EQ(test, log_read64(test->priv, VTDM_ECAP), config.ecap);
}

/* Bits that have no name, and fields beyond what the model can. */
static void raw_registers(struct kunit *test)
{
	struct vtdm_config config;

	vtdm_config_default(&config);
	config.cap |= BIT_ULL(38);
	KUNIT_EXPECT_NOT_NULL(test, vtdm_config_refusal(&config));

	vtdm_config_default(&config);
	config.ecap |= BIT_ULL(63);
	KUNIT_EXPECT_NOT_NULL(test, vtdm_config_refusal(&config));

	vtdm_config_default(&config);
	config.ecap |= VTDM_ECAP_IR;
	KUNIT_EXPECT_NOT_NULL(test, vtdm_config_refusal(&config));

	vtdm_config_default(&config);
	config.cap |= VTDM_CAP_ND;
	KUNIT_EXPECT_NOT_NULL(test, vtdm_config_refusal(&config));
}

static void cache_sizes(struct kunit *test)
{
	struct vtdm_config config;
	unsigned int i;

	for (i = 0; i < VTDM_CACHES; i++) {
		vtdm_config_default(&config);
		config.entries[i] = 0;
		KUNIT_EXPECT_NOT_NULL(test, vtdm_config_refusal(&config));
		config.entries[i] = 65537;
		KUNIT_EXPECT_NOT_NULL(test, vtdm_config_refusal(&config));
		config.entries[i] = 1;
		KUNIT_EXPECT_NULL(test, vtdm_config_refusal(&config));
		config.entries[i] = 65536;
		KUNIT_EXPECT_NULL(test, vtdm_config_refusal(&config));
	}
}

static void no_memory(struct kunit *test)
{
	struct log_host host = { .test = test, .no_memory = true };
	struct vtdm_config config;

	vtdm_config_default(&config);
	KUNIT_EXPECT_NULL(test, vtdm_create(&config, &log_host_ops, &host));
}

static void reason_texts(struct kunit *test)
{
	unsigned int reason;

	for (reason = 0; reason <= 0xff; reason++)
		KUNIT_EXPECT_NOT_NULL(test, vtdm_reason_text(reason));
	KUNIT_EXPECT_STREQ(test, vtdm_reason_text(0), "reserved reason");
	KUNIT_EXPECT_STREQ(test, vtdm_reason_text(0xff), "reserved reason");
	KUNIT_EXPECT_STREQ(test, vtdm_reason_text(0x51),
			   "PASID directory entry not present (SPD.2)");
}

static struct kunit_case vtdm_caps_cases[] = {
	KUNIT_CASE(default_is_possible),
	KUNIT_CASE(names_are_unique),
	KUNIT_CASE(limits),
	KUNIT_CASE_PARAM(impossible, refusal_gen_params),
	KUNIT_CASE_PARAM(possible, possible_gen_params),
	KUNIT_CASE(raw_registers),
	KUNIT_CASE(cache_sizes),
	KUNIT_CASE(no_memory),
	KUNIT_CASE(reason_texts),
	{}
};

static struct kunit_suite vtdm_caps_suite = {
	.name = "vtdm-caps",
	.exit = log_host_exit,
	.test_cases = vtdm_caps_cases,
};

kunit_test_suite(vtdm_caps_suite);
