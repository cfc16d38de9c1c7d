// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: descriptors of the invalidation queue, valid and not.
 */
#include "vtdm-log-host.h"

#define DID(did)	((u64)(did) << 16)
#define G(g)		((u64)(g) << 4)
#define HIGH(value)	((u64)(value) << 32)

/**
 * struct valid - a descriptor that means something
 * @name: what
 * @word0: of it
 * @word1: of it
 * @desc: what it means
 * @narrow: it goes with 128 bits, too
 */
struct valid {
	const char *name;
	u64 word0;
	u64 word1;
	struct vtdm_desc desc;
	bool narrow;
};

static const struct valid valids[] = {
	{ .name = "context, global", .narrow = true,
	  .word0 = 1 | G(1),
	  .desc = { .type = VTDM_DESC_CONTEXT, .granularity = 1 } },
	{ .name = "context, domain", .narrow = true,
	  .word0 = 1 | G(2) | DID(0x1234),
	  .desc = { .type = VTDM_DESC_CONTEXT, .granularity = 2, .did = 0x1234 } },
	{ .name = "context, device", .narrow = true,
	  .word0 = 1 | G(3) | DID(0x1234) | HIGH(0x3abcd),
	  .desc = { .type = VTDM_DESC_CONTEXT, .granularity = 3, .did = 0x1234,
		    .source_id = 0xabcd, .function_mask = 3 } },
	{ .name = "IOTLB, global, draining", .narrow = true,
	  .word0 = 2 | G(1) | 0xc0,
	  .desc = { .type = VTDM_DESC_IOTLB, .granularity = 1 } },
	{ .name = "IOTLB, domain", .narrow = true,
	  .word0 = 2 | G(2) | DID(0xffff),
	  .desc = { .type = VTDM_DESC_IOTLB, .granularity = 2, .did = 0xffff } },
	{ .name = "IOTLB, page", .narrow = true,
	  .word0 = 2 | G(3) | DID(7), .word1 = 0x123456789000ULL | 18,
	  .desc = { .type = VTDM_DESC_IOTLB, .granularity = 3, .did = 7,
		    .addr = 0x123456789000ULL, .am = 18 } },
	{ .name = "IOTLB, leaf", .narrow = true,
	  .word0 = 2 | G(3) | DID(7), .word1 = ~0xfffULL | 0x40,
	  .desc = { .type = VTDM_DESC_IOTLB, .granularity = 3, .did = 7,
		    .addr = ~0xfffULL, .leaves_only = true } },
	{ .name = "device TLB", .narrow = true,
	  .word0 = 3 | HIGH(0xabcd) | 0x1f0000, .word1 = 0x7fff001ULL,
	  .desc = { .type = VTDM_DESC_DEVICE_TLB, .source_id = 0xabcd,
		    .addr = 0x7fff001ULL } },
	{ .name = "wait, nothing", .narrow = true,
	  .word0 = 5, .desc = { .type = VTDM_DESC_WAIT } },
	{ .name = "wait, all", .narrow = true,
	  .word0 = 5 | 0xf0 | HIGH(0xdeadbeef), .word1 = 0x123456789abcULL,
	  .desc = { .type = VTDM_DESC_WAIT, .interrupt = true, .store = true,
		    .fence = true, .data = 0xdeadbeef,
		    .addr = 0x123456789abcULL } },
	{ .name = "wait, IF", .narrow = true, .word0 = 5 | 0x10,
	  .desc = { .type = VTDM_DESC_WAIT, .interrupt = true } },
	{ .name = "wait, SW", .narrow = true, .word0 = 5 | 0x20,
	  .desc = { .type = VTDM_DESC_WAIT, .store = true } },
	{ .name = "wait, FN", .narrow = true, .word0 = 5 | 0x40,
	  .desc = { .type = VTDM_DESC_WAIT, .fence = true } },
	{ .name = "wait, PD", .narrow = true, .word0 = 5 | 0x80,
	  .desc = { .type = VTDM_DESC_WAIT } },
	{ .name = "PASID IOTLB, PASID",
	  .word0 = 6 | G(2) | DID(9) | HIGH(0xfffff),
	  .desc = { .type = VTDM_DESC_PASID_IOTLB, .granularity = 2, .did = 9,
		    .pasid = 0xfffff } },
	{ .name = "PASID IOTLB, page",
	  .word0 = 6 | G(3) | DID(9) | HIGH(0x12345), .word1 = 0x8000040 | 51,
	  .desc = { .type = VTDM_DESC_PASID_IOTLB, .granularity = 3, .did = 9,
		    .pasid = 0x12345, .addr = 0x8000000, .am = 51,
		    .leaves_only = true } },
	{ .name = "PASID cache, domain",
	  .word0 = 7 | G(0) | DID(0x8001),
	  .desc = { .type = VTDM_DESC_PASID, .granularity = 0, .did = 0x8001 } },
	{ .name = "PASID cache, PASID",
	  .word0 = 7 | G(1) | DID(0x8001) | HIGH(0x80001),
	  .desc = { .type = VTDM_DESC_PASID, .granularity = 1, .did = 0x8001,
		    .pasid = 0x80001 } },
	{ .name = "PASID cache, global", .word0 = 7 | G(3),
	  .desc = { .type = VTDM_DESC_PASID, .granularity = 3 } },
	{ .name = "PASID device TLB",
	  .word0 = 8 | DID(0xabcd) | HIGH(0x12345) | 0x1f0, .word1 = 0x3fff800,
	  .desc = { .type = VTDM_DESC_PASID_DEVICE_TLB, .source_id = 0xabcd,
		    .pasid = 0x12345, .addr = 0x3fff800 } },
	{ .name = "PASID device TLB, all PASIDs",
	  .word0 = 8 | DID(0xabcd), .word1 = 0x5001,
	  .desc = { .type = VTDM_DESC_PASID_DEVICE_TLB, .source_id = 0xabcd,
		    .all_pasids = true, .addr = 0x5000 } },
	{ .name = "page group response",
	  .word0 = 9 | 0x10 | 0xf000 | DID(0xabcd) | HIGH(0x12345),
	  .word1 = 0xff8,
	  .desc = { .type = VTDM_DESC_PAGE_GROUP, .source_id = 0xabcd,
		    .pasid = 0x12345, .code = 15, .group = 0x1ff } },
	{ .name = "page group response without PASID",
	  .word0 = 9 | 0x1000 | DID(0xabcd) | HIGH(0x12345), .word1 = 8,
	  .desc = { .type = VTDM_DESC_PAGE_GROUP, .source_id = 0xabcd,
		    .pasid = VTDM_NO_PASID, .code = 1, .group = 1 } },
};

static void describe_valid(const struct valid *valid, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", valid->name);
}

KUNIT_ARRAY_PARAM(valid, valids, describe_valid);

static enum vtdm_iqei decode(bool wide, u64 word0, u64 word1,
			     struct vtdm_desc *desc)
{
	const u64 words[VTDM_DESC_WORDS] = { word0, word1 };
	struct vtdm_config config;

	vtdm_config_default(&config);
	return vtdm_desc_decode(&config, wide, words, desc);
}

static void meaning(struct kunit *test)
{
	const struct valid *valid = test->param_value;
	const struct vtdm_desc *want = &valid->desc;
	struct vtdm_desc desc = {};

	KUNIT_ASSERT_EQ(test, decode(true, valid->word0, valid->word1, &desc),
			VTDM_IQEI_NONE);
	KUNIT_EXPECT_EQ(test, desc.type, want->type);
	KUNIT_EXPECT_EQ(test, desc.granularity, want->granularity);
	KUNIT_EXPECT_EQ(test, desc.did, want->did);
	KUNIT_EXPECT_EQ(test, desc.source_id, want->source_id);
	KUNIT_EXPECT_EQ(test, desc.pasid, want->pasid);
	KUNIT_EXPECT_EQ(test, desc.addr, want->addr);
	KUNIT_EXPECT_EQ(test, desc.am, want->am);
	KUNIT_EXPECT_EQ(test, desc.function_mask, want->function_mask);
	KUNIT_EXPECT_EQ(test, desc.leaves_only, want->leaves_only);
	KUNIT_EXPECT_EQ(test, desc.all_pasids, want->all_pasids);
	KUNIT_EXPECT_EQ(test, desc.interrupt, want->interrupt);
	KUNIT_EXPECT_EQ(test, desc.store, want->store);
	KUNIT_EXPECT_EQ(test, desc.fence, want->fence);
	KUNIT_EXPECT_EQ(test, desc.data, want->data);
	KUNIT_EXPECT_EQ(test, desc.group, want->group);
	KUNIT_EXPECT_EQ(test, desc.code, want->code);

	KUNIT_EXPECT_EQ(test, decode(false, valid->word0, valid->word1, &desc),
			valid->narrow ? VTDM_IQEI_NONE : VTDM_IQEI_TYPE);
}

/* Words 2 and 3 count in 256 bits only. */
static void upper_words(struct kunit *test)
{
	const struct valid *valid = test->param_value;
	struct vtdm_config config;
	struct vtdm_desc desc;
	unsigned int i;

	vtdm_config_default(&config);
	for (i = 2; i < VTDM_DESC_WORDS; i++) {
		u64 words[VTDM_DESC_WORDS] = { valid->word0, valid->word1 };

		words[i] = BIT_ULL(63);
		KUNIT_EXPECT_EQ(test, vtdm_desc_decode(&config, true, words, &desc),
				VTDM_IQEI_RESERVED);
		if (valid->narrow)
			KUNIT_EXPECT_EQ(test, vtdm_desc_decode(&config, false,
							       words, &desc),
					VTDM_IQEI_NONE);
	}
}

/* Bits that may be set, by type: word 0 without the type, word 1. */
static const u64 may_be_set[VTDM_DESC_TYPES][2] = {
	[1] = { 0x0003ffffffff0030ULL, 0 },
	[2] = { 0x00000000ffff00f0ULL, 0xfffffffffffff07fULL },
	[3] = { 0x0000ffff001f0000ULL, 0xfffffffffffff001ULL },
	[5] = { 0xffffffff000000f0ULL, 0xfffffffffffffffcULL },
	[6] = { 0x000fffffffff0030ULL, 0xfffffffffffff07fULL },
	[7] = { 0x000fffffffff0030ULL, 0 },
	[8] = { 0x000fffffffff01f0ULL, 0xfffffffffffff801ULL },
	[9] = { 0x000ffffffffff010ULL, 0x0000000000000ff8ULL },
};

/* Every other bit is refused, and the upper bits of the type with its reason. */
static void reserved_bits(struct kunit *test)
{
	const struct valid *valid = test->param_value;
	unsigned int type = valid->word0 & 0xf;
	struct vtdm_desc desc;
	unsigned int bit;

	for (bit = 4; bit < 64; bit++) {
		enum vtdm_iqei want = bit >= 9 && bit <= 11 ?
				      VTDM_IQEI_TYPE : VTDM_IQEI_RESERVED;

		if (!(may_be_set[type][0] >> bit & 1))
			KUNIT_EXPECT_EQ(test, decode(true,
						     valid->word0 | BIT_ULL(bit),
						     valid->word1, &desc), want);
	}
	for (bit = 0; bit < 64; bit++)
		if (!(may_be_set[type][1] >> bit & 1))
			KUNIT_EXPECT_EQ(test, decode(true, valid->word0,
						     valid->word1 | BIT_ULL(bit),
						     &desc),
					VTDM_IQEI_RESERVED);
}

static void types_that_are_not(struct kunit *test)
{
	static const unsigned int types[] = { 0, 4, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf };
	struct vtdm_desc desc;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		KUNIT_EXPECT_EQ(test, decode(true, types[i], 0, &desc),
				VTDM_IQEI_TYPE);
		KUNIT_EXPECT_EQ(test, decode(false, types[i], 0, &desc),
				VTDM_IQEI_TYPE);
	}
}

/**
 * struct invalid - a value that is reserved
 * @name: of what
 * @word0: of the descriptor
 * @word1: of the descriptor
 */
struct invalid {
	const char *name;
	u64 word0;
	u64 word1;
};

static const struct invalid invalids[] = {
	{ "context, granularity", 1 | G(0), 0 },
	{ "IOTLB, granularity", 2 | G(0), 0 },
	{ "IOTLB, AM", 2 | G(3), 19 },
	{ "IOTLB, highest AM", 2 | G(3), 63 },
	{ "PASID IOTLB, granularity 0", 6 | G(0), 0 },
	{ "PASID IOTLB, granularity 1", 6 | G(1), 0 },
	{ "PASID IOTLB, AM", 6 | G(3), 52 },
	{ "PASID cache, granularity", 7 | G(2), 0 },
};

static void describe_invalid(const struct invalid *invalid, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", invalid->name);
}

KUNIT_ARRAY_PARAM(invalid, invalids, describe_invalid);

static void reserved_values(struct kunit *test)
{
	const struct invalid *invalid = test->param_value;
	struct vtdm_desc desc;

	KUNIT_EXPECT_EQ(test, decode(true, invalid->word0, invalid->word1, &desc),
			VTDM_IQEI_RESERVED);
}

/* AM and address have no meaning, so no limit, with other granularities. */
static void unused_fields(struct kunit *test)
{
	struct vtdm_desc desc;

	KUNIT_EXPECT_EQ(test, decode(true, 2 | G(1), 63, &desc), VTDM_IQEI_NONE);
	KUNIT_EXPECT_EQ(test, decode(true, 2 | G(2), 63, &desc), VTDM_IQEI_NONE);
	KUNIT_EXPECT_EQ(test, decode(true, 6 | G(2), 63, &desc), VTDM_IQEI_NONE);
}

static enum vtdm_iqei decode_with(u64 cap_off, u64 ecap_off, u64 ecap_on,
				  u64 word0, u64 word1)
{
	const u64 words[VTDM_DESC_WORDS] = { word0, word1 };
	struct vtdm_config config;
	struct vtdm_desc desc;

	vtdm_config_default(&config);
	config.cap &= ~cap_off;
	config.ecap &= ~ecap_off;
	config.ecap |= ecap_on;
	return vtdm_desc_decode(&config, true, words, &desc);
}

/* A descriptor is as good as the capability that it is about. */
static void capabilities(struct kunit *test)
{
	u64 nd = FIELD_PREP(VTDM_CAP_ND, 4);
	u64 pfsid = 0xfff000000000f000ULL;
	unsigned int type;

	KUNIT_EXPECT_EQ(test, decode_with(0, VTDM_ECAP_DT, 0, 3, 0), VTDM_IQEI_TYPE);
	KUNIT_EXPECT_EQ(test, decode_with(0, VTDM_ECAP_DT, 0, 8, 0), VTDM_IQEI_TYPE);
	KUNIT_EXPECT_EQ(test, decode_with(0, VTDM_ECAP_PRS, 0, 9, 0), VTDM_IQEI_TYPE);
	for (type = 6; type <= 8; type++)
		KUNIT_EXPECT_EQ(test, decode_with(0, VTDM_ECAP_SMTS, 0,
						  type | G(3), 0),
				VTDM_IQEI_TYPE);
	KUNIT_EXPECT_EQ(test, decode_with(0, VTDM_ECAP_PDS, 0, 5 | 0x80, 0),
			VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, decode_with(VTDM_CAP_PSI, 0, 0, 2 | G(3), 0),
			VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, decode_with(0, 0, VTDM_ECAP_DIT, 3 | pfsid, 0),
			VTDM_IQEI_NONE);
	KUNIT_EXPECT_EQ(test, decode_with(0, 0, VTDM_ECAP_DIT, 8 | pfsid, 0),
			VTDM_IQEI_NONE);

	/* ND 2: domain ids of 8 bits, where they count. */
	for (type = 1; type <= 2; type++) {
		KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, type | G(2) | DID(0xff), 0),
				VTDM_IQEI_NONE);
		KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, type | G(2) | DID(0x100), 0),
				VTDM_IQEI_RESERVED);
		KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, type | G(3) | DID(0x100), 0),
				VTDM_IQEI_RESERVED);
		KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, type | G(1) | DID(0x100), 0),
				VTDM_IQEI_NONE);
	}
	KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, 6 | G(2) | DID(0x100), 0),
			VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, 6 | G(3) | DID(0x100), 0),
			VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, 7 | G(0) | DID(0x100), 0),
			VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, 7 | G(1) | DID(0x100), 0),
			VTDM_IQEI_RESERVED);
	KUNIT_EXPECT_EQ(test, decode_with(nd, 0, 0, 7 | G(3) | DID(0x100), 0),
			VTDM_IQEI_NONE);
}

static struct kunit_case vtdm_desc_cases[] = {
	KUNIT_CASE_PARAM(meaning, valid_gen_params),
	KUNIT_CASE_PARAM(upper_words, valid_gen_params),
	KUNIT_CASE_PARAM(reserved_bits, valid_gen_params),
	KUNIT_CASE(types_that_are_not),
	KUNIT_CASE_PARAM(reserved_values, invalid_gen_params),
	KUNIT_CASE(unused_fields),
	KUNIT_CASE(capabilities),
	{}
};

static struct kunit_suite vtdm_desc_suite = {
	.name = "vtdm-desc",
	.exit = log_host_exit,
	.test_cases = vtdm_desc_cases,
};

kunit_test_suite(vtdm_desc_suite);
