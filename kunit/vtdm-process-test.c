// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the first stage of the software unit on the tables of a process, as the
 * CPU and the kernel fill them.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-host.h"

#define IOVA		0x40000000ULL
#define PASID		2
#define FIRST_BARE	(VTDM_FIRST_P | VTDM_FIRST_RW | VTDM_FIRST_US)
#define MARKS		(VTDM_FIRST_A | VTDM_FIRST_D)
/* Where large pages are; the unit reads no memory there */
#define FAR		(4ULL * SZ_1G)

struct scene {
	struct host *host;
	u64 root;
	u64 at;
	u64 page;
};

static u64 *pasid_words(struct scene *scene)
{
	return host_word(scene->host, host_pasid(scene->host, HOST_SID, PASID));
}

/* One page of @level, reached through entries with @link, by an entry with @bits. */
static void make_on(struct kunit *test, struct scene *scene, const struct vtdm_config *config,
		    unsigned int level, u64 bits, u64 link)
{
	scene->host = host_create(test, config);
	scene->root = host_page(scene->host);
	scene->page = level > 1 ? FAR : host_page(scene->host);
	scene->at = host_map(scene->host, scene->root, 4, IOVA, level,
			     scene->page | bits | (level > 1 ? VTDM_FIRST_PS : 0), link);
	host_attach(scene->host, HOST_SID, PASID, VTDM_PGTT_FIRST, HOST_DID, scene->root, 0);
	vtdm_detector_set(scene->host->unit, VTDM_DETECTOR_ON);
}

/* On a unit with execute requests, so NXE is needed. */
static void make(struct kunit *test, struct scene *scene, unsigned int level, u64 bits, u64 link)
{
	make_on(test, scene, NULL, level, bits, link);
	pasid_words(scene)[2] |= VTDM_PASID_NXE;
}

static u64 *entry_of(struct scene *scene, unsigned int level)
{
	u64 table = scene->root, phys;
	unsigned int at;

	for (at = 4;; at--) {
		phys = vtdm_level_entry(table, IOVA, at);
		if (at == level)
			return host_word(scene->host, phys);
		table = *host_word(scene->host, phys) & VTDM_TABLE_ADDR;
	}
}

/* ---- what the CPU and the kernel keep in present entries ---- */

static const struct extra {
	const char *name;
	u64 bits;
	bool leaf;
	bool link;
	unsigned int from;
	unsigned int to;
} extras[] = {
	{ "write-through, no cache",	GENMASK_ULL(4, 3),	true, true, 1, 3 },
	{ "PAT of 4 KiB",		BIT_ULL(7),		true, false, 1, 1 },
	{ "PAT of large pages",		BIT_ULL(12),		true, false, 2, 3 },
	{ "global",			BIT_ULL(8),		true, true, 1, 3 },
	{ "software 9",			BIT_ULL(9),		true, true, 1, 3 },
	{ "userfaultfd",		BIT_ULL(10),		true, true, 1, 3 },
	{ "soft dirty",			BIT_ULL(11),		true, true, 1, 3 },
	{ "software 52 to 58",		GENMASK_ULL(58, 52),	true, true, 1, 3 },
	{ "protection key",		GENMASK_ULL(62, 59),	true, true, 1, 3 },
	{ "no execute",			BIT_ULL(63),		true, true, 1, 3 },
	{ "all that links may have",	GENMASK_ULL(63, 52) | GENMASK_ULL(11, 8) |
					GENMASK_ULL(4, 3),	true, true, 1, 3 },
};

static void extra_text(const struct extra *extra, char *text)
{
	strscpy(text, extra->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(extras, extras, extra_text);

static void ignored(struct kunit *test)
{
	const struct extra *extra = test->param_value;
	unsigned int level;
	struct scene scene;
	u64 leaf;

	for (level = extra->from; level <= extra->to; level++) {
		leaf = FIRST_BARE | (extra->leaf ? extra->bits : 0);
		make(test, &scene, level, leaf, FIRST_BARE | (extra->link ? extra->bits : 0));
		if (level > 1)
			leaf |= VTDM_FIRST_PS;
		KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA + 8, false),
				scene.page + 8);
		KUNIT_EXPECT_EQ(test, *host_word(scene.host, scene.at),
				scene.page | leaf | VTDM_FIRST_A);
		KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA + 8, true),
				scene.page + 8);
		KUNIT_EXPECT_EQ(test, *host_word(scene.host, scene.at),
				scene.page | leaf | MARKS);
		host_destroy(scene.host);
		test->priv = NULL;
	}
}

/* PROT_NONE, a swapped page, one that moves: all but P may be set. */
static void not_present(struct kunit *test)
{
	static const u64 absents[] = { 0, BIT_ULL(8), VTDM_FIRST_PS, ~1ULL };
	struct scene scene;
	unsigned int level, i;
	u64 *entry;

	make(test, &scene, 1, FIRST_BARE | MARKS, FIRST_LINK);
	for (level = 1; level <= 4; level++)
		for (i = 0; i < ARRAY_SIZE(absents); i++) {
			u64 was;

			entry = entry_of(&scene, level);
			was = *entry;
			*entry = absents[i];
			KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true),
					VTDM_REASON_FIRST_P);
			KUNIT_EXPECT_EQ(test, *entry, absents[i]);
			*entry = was;
			host_flush_all(scene.host);
		}
	KUNIT_EXPECT_EQ(test, scene.host->exchanges, 0);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.page);
}

/* ---- what a device may do there ---- */

/* A device is a user, so U of all levels counts. */
static void user_at_all_levels(struct kunit *test)
{
	struct scene scene;
	unsigned int level;
	u64 *entry;

	make(test, &scene, 1, FIRST_BARE, FIRST_LINK);
	for (level = 1; level <= 4; level++) {
		entry = entry_of(&scene, level);
		*entry &= ~VTDM_FIRST_US;
		KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true),
				VTDM_REASON_PRIVILEGE);
		KUNIT_EXPECT_FALSE(test, *entry_of(&scene, 1) & MARKS);
		*entry |= VTDM_FIRST_US;
		host_flush_all(scene.host);
	}
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.page);
}

/* Copied on write: reading sets A and leaves D, writing is refused. */
static void read_only(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, 1, FIRST_BARE & ~VTDM_FIRST_RW, FIRST_LINK);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_NO_WRITE);
	KUNIT_EXPECT_FALSE(test, *entry_of(&scene, 1) & MARKS);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.page);
	KUNIT_EXPECT_EQ(test, *entry_of(&scene, 1) & MARKS, VTDM_FIRST_A);
	/* A page of a shadow stack is dirty and read-only */
	*entry_of(&scene, 1) |= VTDM_FIRST_D;
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_NO_WRITE);
}

static u64 race_to;
static u64 race_at;

static void race_once(struct host *host, u64 phys)
{
	if (phys != race_at)
		return;
	*host_word(host, phys) = race_to;
	race_at = 0;
}

/* The kernel takes W while the unit is about to set D. */
static void read_only_meanwhile(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, 1, FIRST_BARE, FIRST_LINK);
	scene.host->race = race_once;
	race_at = scene.at;
	race_to = scene.page | (FIRST_BARE & ~VTDM_FIRST_RW);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_NO_WRITE);
	KUNIT_EXPECT_EQ(test, race_at, 0ULL);
	KUNIT_EXPECT_EQ(test, *entry_of(&scene, 1), race_to);
}

/* The kernel takes a table while the unit is about to set A above it. */
static void table_gone_meanwhile(struct kunit *test)
{
	struct scene scene;

	make(test, &scene, 1, FIRST_BARE, FIRST_BARE);
	scene.host->race = race_once;
	race_at = vtdm_level_entry(*entry_of(&scene, 3) & VTDM_TABLE_ADDR, IOVA, 2);
	race_to = 0;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, true), VTDM_REASON_FIRST_P);
	KUNIT_EXPECT_EQ(test, race_at, 0ULL);
	KUNIT_EXPECT_FALSE(test, *host_word(scene.host, scene.at) & MARKS);
}

static u8 fetch(struct scene *scene)
{
	struct vtdm_request request = {
		.addr = IOVA,
		.size = 8,
		.pasid = PASID,
		.exec = true,
	};

	return vtdm_translate(scene->host->ep, &request).reason;
}

/* XD of any level counts, if the entry of the PASID says so. */
static void no_execute(struct kunit *test)
{
	struct scene scene;
	unsigned int level;
	u64 *entry;

	make(test, &scene, 1, FIRST_BARE | MARKS, FIRST_LINK);
	pasid_words(&scene)[2] |= VTDM_PASID_ERE;
	for (level = 1; level <= 4; level++) {
		entry = entry_of(&scene, level);
		*entry |= VTDM_FIRST_XD;
		KUNIT_EXPECT_EQ(test, fetch(&scene), VTDM_REASON_NO_EXECUTE);
		KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.page);
		*entry &= ~VTDM_FIRST_XD;
		host_flush_all(scene.host);
	}
	KUNIT_EXPECT_EQ(test, fetch(&scene), 0);
}

/* Without NXE, XD of a present entry of any level is reserved. */
static void no_execute_reserved(struct kunit *test)
{
	struct scene scene;
	unsigned int level;
	u64 *entry;

	make_on(test, &scene, NULL, 1, FIRST_BARE | MARKS, FIRST_LINK);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.page);
	for (level = 1; level <= 4; level++) {
		host_flush_all(scene.host);
		entry = entry_of(&scene, level);
		*entry |= VTDM_FIRST_XD;
		KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, false),
				VTDM_REASON_FIRST_RESERVED);
		*entry ^= VTDM_FIRST_XD | VTDM_FIRST_P;
		KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, false),
				VTDM_REASON_FIRST_P);
		*entry |= VTDM_FIRST_P;
	}
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.page);
}

/* A unit without execute requests knows neither NXE nor XD. */
static void no_execute_unknown(struct kunit *test)
{
	struct vtdm_config config;
	struct scene scene;

	host_config(&config);
	config.ecap &= ~VTDM_ECAP_ERS;
	make_on(test, &scene, &config, 1, FIRST_BARE | VTDM_FIRST_XD, FIRST_LINK | VTDM_FIRST_XD);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, true), scene.page);
	host_flush_all(scene.host);
	pasid_words(&scene)[2] |= VTDM_PASID_NXE;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, false),
			VTDM_REASON_PASID_RESERVED);
}

/* ---- the kernel's half ---- */

/* Each walk that reads such a table is counted once, and the others are not. */
static void kernel_walks(struct kunit *test)
{
	const struct vtdm_stats *stats;
	struct scene scene;

	make(test, &scene, 1, FIRST_BARE, FIRST_LINK);
	stats = vtdm_stats(scene.host->unit);
	host_phys(scene.host, PASID, IOVA, false);
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, stats->kernel_walks, 0ULL);
	scene.host->kernel[0] = *entry_of(&scene, 4) & VTDM_TABLE_ADDR;
	scene.host->kernel[1] = *entry_of(&scene, 3) & VTDM_TABLE_ADDR;
	host_phys(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, stats->kernel_walks, 1ULL);
	/* From the IOTLB: nothing is read */
	host_phys(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, stats->kernel_walks, 1ULL);
	/* Nothing is there: the table was read all the same */
	*entry_of(&scene, 3) = 0;
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, false), VTDM_REASON_FIRST_P);
	KUNIT_EXPECT_EQ(test, stats->kernel_walks, 2ULL);
	/* The detector's own do not count, nor does anything when it is off */
	vtdm_reported_changed(scene.host->unit, HOST_SID, PASID, 0, ~0ULL, "notifier");
	vtdm_detector_set(scene.host->unit, VTDM_DETECTOR_OFF);
	host_flush_all(scene.host);
	host_reason(scene.host, PASID, IOVA, false);
	KUNIT_EXPECT_EQ(test, stats->kernel_walks, 2ULL);
}

static void process_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case process_tests[] = {
	KUNIT_CASE_PARAM(ignored, extras_gen_params),
	KUNIT_CASE(not_present),
	KUNIT_CASE(user_at_all_levels),
	KUNIT_CASE(read_only),
	KUNIT_CASE(read_only_meanwhile),
	KUNIT_CASE(table_gone_meanwhile),
	KUNIT_CASE(no_execute),
	KUNIT_CASE(no_execute_reserved),
	KUNIT_CASE(no_execute_unknown),
	KUNIT_CASE(kernel_walks),
	{}
};

static struct kunit_suite process_suite = {
	.name = "vtdm-process",
	.exit = process_exit,
	.test_cases = process_tests,
};

kunit_test_suite(process_suite);
