// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: every fault reason of a walk, raised and recorded once.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-host.h"

#define PASID		5
#define IOVA		0x40001000ULL
#define BEYOND_MEMORY	0x40000000ULL

/* The machine after setup() */
struct scene {
	struct host *host;
	u64 first;
	u64 second;
	u64 data;
	u64 first_leaf;
	u64 second_leaf;
	u64 *context;
	u64 *directory;
	u64 *entry;
	u64 *root;
};

/**
 * struct reason_case - one fault
 * @name: for humans
 * @reason: expected
 * @pgtt: of the PASID table entry
 * @breaks: what is wrong
 * @pasid: of the request, 0: PASID
 * @addr: of the request, 0: IOVA
 * @write: a write
 * @exec: execute
 * @priv: privileged
 * @ats: a translation request
 * @cap_clear: bits of CAP that the unit lacks
 * @ecap_clear: bits of ECAP that the unit lacks
 */
struct reason_case {
	const char *name;
	u8 reason;
	u8 pgtt;
	void (*breaks)(struct scene *scene);
	u32 pasid;
	u64 addr;
	bool write;
	bool exec;
	bool priv;
	bool ats;
	u64 cap_clear;
	u64 ecap_clear;
};

/* Identity from guest to host, for the tables of the first stage and the page */
static void map_guest(struct scene *scene)
{
	struct host *host = scene->host;
	unsigned int i;

	for (i = 0; i < HOST_PAGES; i++)
		host_map(host, scene->second, 4, HOST_BASE + i * SZ_4K, 1,
			 (HOST_BASE + i * SZ_4K) | SECOND_LEAF, SECOND_LINK);
}

static void setup(struct scene *scene, const struct reason_case *what)
{
	struct host *host = scene->host;
	u64 context;

	scene->first = host_page(host);
	scene->second = host_page(host);
	scene->data = host_page(host);
	scene->first_leaf = host_map(host, scene->first, 4, IOVA, 1,
				     scene->data | FIRST_LEAF, FIRST_LINK);
	if (what->pgtt == VTDM_PGTT_NESTED)
		map_guest(scene);
	scene->second_leaf = host_map(host, scene->second, 4,
				      what->pgtt == VTDM_PGTT_NESTED ? scene->data : IOVA, 1,
				      scene->data | SECOND_LEAF, SECOND_LINK);
	host_attach(host, HOST_SID, PASID, what->pgtt, HOST_DID, scene->first, scene->second);
	host_attach(host, HOST_SID, 0, what->pgtt, HOST_DID, scene->first, scene->second);
	context = host_context(host, HOST_SID);
	scene->root = host_word(host, host->root + (HOST_SID >> 8) * VTDM_ROOT_SIZE);
	scene->context = host_word(host, context);
	scene->directory = host_word(host, scene->context[0] & VTDM_TABLE_ADDR);
	scene->entry = host_word(host, host_pasid(host, HOST_SID, PASID));
}

#define BREAK(name, statement)						\
	static void break_##name(struct scene *scene) { statement; }

static void set_root(struct scene *scene, u64 value)
{
	host_translate(scene->host, false);
	vtdm_write(scene->host->unit, VTDM_RTADDR, 8, value);
	vtdm_write(scene->host->unit, VTDM_GCMD, 4, VTDM_G_SRTP);
	host_translate(scene->host, true);
}

#define TTM(ttm)	FIELD_PREP(VTDM_RTADDR_TTM, ttm)

static void no_race(struct host *host, u64 phys)
{
}

/* Software changes the entry each time before the unit can mark it. */
static void flip_race(struct host *host, u64 phys)
{
	*host_word(host, phys) ^= BIT_ULL(55);
}

static void break_first_atomic(struct scene *scene)
{
	*host_word(scene->host, scene->first_leaf) &= ~VTDM_FIRST_A;
	scene->host->race = flip_race;
}

static void break_second_atomic(struct scene *scene)
{
	scene->entry[0] |= VTDM_PASID_SSADE;
	scene->host->race = flip_race;
}

static void break_second_snoop(struct scene *scene)
{
	scene->entry[0] |= VTDM_PASID_SSADE;
	scene->entry[1] &= ~VTDM_PASID_PWSNP;
}

static void break_first_snoop(struct scene *scene)
{
	*host_word(scene->host, scene->first_leaf) &= ~VTDM_FIRST_A;
	scene->entry[1] &= ~VTDM_PASID_PWSNP;
}

static void guest_leaf(struct scene *scene, u64 guest, u64 entry)
{
	host_map(scene->host, scene->second, 4, guest, 1, entry, SECOND_LINK);
}

static u64 first_table(struct scene *scene)
{
	return *host_word(scene->host, vtdm_level_entry(scene->first, IOVA, 4)) &
	       VTDM_TABLE_ADDR;
}

static void break_table_write(struct scene *scene)
{
	u64 table = scene->first_leaf & VTDM_PAGE_MASK;

	*host_word(scene->host, scene->first_leaf) &= ~VTDM_FIRST_A;
	guest_leaf(scene, table, table | VTDM_SECOND_R);
}

BREAK(nothing, no_race(scene->host, 0))
BREAK(legacy, set_root(scene, scene->host->root | TTM(VTDM_TTM_LEGACY)))
BREAK(ttm, set_root(scene, scene->host->root | TTM(VTDM_TTM_RESERVED)))
BREAK(abort, set_root(scene, scene->host->root | TTM(VTDM_TTM_ABORT)))
BREAK(root_access, set_root(scene, BEYOND_MEMORY | TTM(VTDM_TTM_SCALABLE)))
BREAK(root_p, scene->root[0] = 0)
BREAK(root_reserved, scene->root[0] |= BIT(5))
BREAK(context_access, scene->root[0] = BEYOND_MEMORY | VTDM_ROOT_P)
BREAK(context_p, scene->context[0] &= ~VTDM_CONTEXT_P)
BREAK(context_reserved, scene->context[0] |= BIT(6))
BREAK(context_word1, scene->context[1] |= BIT(21))
BREAK(context_word3, scene->context[3] = 1)
BREAK(dte, scene->context[0] &= ~VTDM_CONTEXT_DTE)
BREAK(paside, scene->context[0] &= ~VTDM_CONTEXT_PASIDE)
BREAK(pdts, scene->context[0] &= ~VTDM_CONTEXT_PDTS)
BREAK(rid_pasid, scene->context[0] &= ~VTDM_CONTEXT_PDTS; scene->context[1] = BIT(13))
BREAK(directory_access, scene->context[0] &= ~VTDM_TABLE_ADDR;
	scene->context[0] |= BEYOND_MEMORY)
BREAK(directory_p, scene->directory[0] = 0)
BREAK(directory_reserved, scene->directory[0] |= BIT(4))
BREAK(pasid_access, scene->directory[0] = BEYOND_MEMORY | VTDM_DIRECTORY_P)
BREAK(pasid_p, scene->entry[0] &= ~VTDM_PASID_P)
BREAK(pasid_zero, memset(scene->entry, 0, VTDM_PASID_SIZE))
BREAK(pasid_reserved, scene->entry[0] |= BIT(11))
BREAK(pasid_word1, scene->entry[1] |= BIT(20))
BREAK(pasid_word2, scene->entry[2] |= BIT(9))
BREAK(pasid_word5, scene->entry[5] = 1)
BREAK(pasid_pgtt, scene->entry[0] |= VTDM_PASID_PGTT)
BREAK(pasid_aw, scene->entry[0] &= ~VTDM_PASID_AW)
BREAK(pasid_fspm, scene->entry[2] |= VTDM_PASID_FSPM)
BREAK(pasid_5_level, scene->entry[2] |= FIELD_PREP(VTDM_PASID_FSPM, VTDM_FSPM_5_LEVELS))
BREAK(first_access, *host_word(scene->host, vtdm_level_entry(scene->first, IOVA, 4)) =
	BEYOND_MEMORY | FIRST_LINK)
BREAK(first_p, *host_word(scene->host, scene->first_leaf) = 0)
BREAK(first_reserved, *host_word(scene->host, vtdm_level_entry(scene->first, IOVA, 4)) |=
	VTDM_FIRST_PS)
BREAK(first_root, scene->entry[2] = BEYOND_MEMORY)
BREAK(first_user, *host_word(scene->host, scene->first_leaf) &= ~VTDM_FIRST_US)
BREAK(first_read_only, *host_word(scene->host, scene->first_leaf) &= ~VTDM_FIRST_RW)
BREAK(first_wpe, *host_word(scene->host, scene->first_leaf) &= ~VTDM_FIRST_RW;
	scene->entry[2] |= VTDM_PASID_SRE | VTDM_PASID_WPE)
BREAK(first_xd, *host_word(scene->host, scene->first_leaf) |= VTDM_FIRST_XD;
	scene->entry[2] |= VTDM_PASID_ERE | VTDM_PASID_NXE)
BREAK(first_msi, *host_word(scene->host, scene->first_leaf) =
	VTDM_INTERRUPT_FIRST | FIRST_LEAF)
BREAK(table_beyond, *host_word(scene->host, vtdm_level_entry(scene->first, IOVA, 4)) =
	BIT_ULL(50) | FIRST_LINK)
BREAK(page_beyond, *host_word(scene->host, scene->first_leaf) = BIT_ULL(50) | FIRST_LEAF)
BREAK(root_read, guest_leaf(scene, scene->first, scene->first | VTDM_SECOND_W))
BREAK(table_read, guest_leaf(scene, first_table(scene),
			     first_table(scene) | VTDM_SECOND_W))
BREAK(guest_p, guest_leaf(scene, first_table(scene), 0))
BREAK(second_access, *host_word(scene->host, vtdm_level_entry(scene->second, IOVA, 4)) =
	BEYOND_MEMORY | SECOND_LINK)
BREAK(second_p, *host_word(scene->host, scene->second_leaf) = 0)
BREAK(second_reserved, *host_word(scene->host, scene->second_leaf) |= BIT_ULL(62))
BREAK(second_snp, *host_word(scene->host, scene->second_leaf) |= VTDM_SECOND_SNP)
BREAK(second_ps, *host_word(scene->host, vtdm_level_entry(scene->second, IOVA, 4)) |=
	VTDM_SECOND_PS)
BREAK(second_root, scene->entry[0] = (scene->entry[0] & ~VTDM_TABLE_ADDR) | BEYOND_MEMORY)
BREAK(second_read_only, *host_word(scene->host, scene->second_leaf) =
	scene->data | VTDM_SECOND_R)
BREAK(second_write_only, *host_word(scene->host, scene->second_leaf) =
	scene->data | VTDM_SECOND_W)
BREAK(second_msi, *host_word(scene->host, scene->second_leaf) =
	VTDM_INTERRUPT_FIRST | SECOND_LEAF)

#define CASE(_reason, _pgtt, _breaks, ...)				\
	{ .name = #_breaks, .reason = VTDM_REASON_##_reason,		\
	  .pgtt = VTDM_PGTT_##_pgtt, .breaks = break_##_breaks,		\
	  ##__VA_ARGS__ }

static const struct reason_case reason_cases[] = {
	CASE(RTADDR, SECOND, legacy, .pasid = VTDM_NO_PASID),
	CASE(RTADDR_PASID, SECOND, legacy),
	CASE(RTADDR, SECOND, ttm),
	CASE(RTADDR, SECOND, abort),
	CASE(ROOT_ACCESS, SECOND, root_access),
	CASE(ROOT_P, SECOND, root_p),
	CASE(ROOT_RESERVED, SECOND, root_reserved),
	CASE(CONTEXT_ACCESS, SECOND, context_access),
	CASE(CONTEXT_P, SECOND, context_p),
	CASE(CONTEXT_RESERVED, SECOND, context_reserved),
	CASE(CONTEXT_RESERVED, SECOND, context_word1),
	CASE(CONTEXT_RESERVED, SECOND, context_word3),
	CASE(CONTEXT_RESERVED, SECOND, nothing, .ecap_clear = VTDM_ECAP_PRS | VTDM_ECAP_PDS),
	CASE(CONTEXT_DTE, SECOND, dte, .ats = true),
	CASE(CONTEXT_PASIDE, SECOND, paside),
	CASE(CONTEXT_PDTS, SECOND, pdts, .pasid = BIT(13)),
	CASE(CONTEXT_PDTS, SECOND, nothing, .pasid = BIT(16)),
	CASE(CONTEXT_PDTS, SECOND, nothing, .ecap_clear = VTDM_ECAP_PSS),
	CASE(CONTEXT_RID_PASID, SECOND, rid_pasid, .pasid = VTDM_NO_PASID),
	CASE(DIRECTORY_ACCESS, SECOND, directory_access),
	CASE(DIRECTORY_P, SECOND, directory_p),
	CASE(DIRECTORY_RESERVED, SECOND, directory_reserved),
	CASE(PASID_ACCESS, SECOND, pasid_access),
	CASE(PASID_P, SECOND, pasid_p),
	CASE(PASID_P, SECOND, pasid_zero),
	CASE(PASID_RESERVED, SECOND, pasid_reserved),
	CASE(PASID_RESERVED, SECOND, pasid_word1),
	CASE(PASID_RESERVED, SECOND, pasid_word2),
	CASE(PASID_RESERVED, SECOND, pasid_word5),
	CASE(PASID_RESERVED, SECOND, nothing, .ecap_clear = VTDM_ECAP_SMPWC),
	CASE(PASID_RESERVED, SECOND, second_snoop, .ecap_clear = VTDM_ECAP_SSADS),
	CASE(PASID_RESERVED, FIRST, first_xd, .ecap_clear = VTDM_ECAP_ERS),
	CASE(PASID_INVALID, SECOND, pasid_pgtt),
	CASE(PASID_INVALID, SECOND, pasid_aw),
	CASE(PASID_INVALID, FIRST, pasid_fspm),
	CASE(PASID_INVALID, FIRST, pasid_5_level, .cap_clear = VTDM_CAP_FS5LP),
	CASE(PASID_INVALID, PASS, nothing, .ecap_clear = VTDM_ECAP_PT),
	CASE(PASID_INVALID, NESTED, nothing, .ecap_clear = VTDM_ECAP_NEST),
	CASE(PASID_ERE, FIRST, nothing, .exec = true),
	CASE(PASID_SRE, FIRST, nothing, .priv = true),
	CASE(FIRST_ACCESS, FIRST, first_access),
	CASE(FIRST_P, FIRST, first_p),
	CASE(FIRST_P, FIRST, first_p, .write = true),
	CASE(FIRST_RESERVED, FIRST, first_reserved),
	CASE(FIRST_ROOT_ACCESS, FIRST, first_root),
	CASE(FIRST_NO_SNOOP, FIRST, first_snoop),
	CASE(FIRST_ATOMIC, FIRST, first_atomic),
	CASE(NESTED_TABLE_BEYOND, NESTED, table_beyond),
	CASE(NESTED_ROOT_READ, NESTED, root_read),
	CASE(NESTED_TABLE_READ, NESTED, table_read),
	CASE(NESTED_TABLE_WRITE, NESTED, table_write),
	CASE(SECOND_P, NESTED, guest_p),
	CASE(BEYOND_SECOND, NESTED, page_beyond),
	CASE(NO_WRITE, NESTED, second_read_only, .write = true),
	CASE(INTERRUPT_RANGE, NESTED, second_msi),
	CASE(SECOND_ACCESS, SECOND, second_access),
	CASE(SECOND_P, SECOND, second_p),
	CASE(SECOND_RESERVED, SECOND, second_reserved),
	CASE(SECOND_RESERVED, SECOND, second_ps),
	CASE(SECOND_RESERVED, SECOND, second_snp, .ecap_clear = VTDM_ECAP_SC),
	CASE(SECOND_ROOT_ACCESS, SECOND, second_root),
	CASE(SECOND_NO_SNOOP, SECOND, second_snoop),
	CASE(SECOND_ATOMIC, SECOND, second_atomic),
	CASE(NOT_CANONICAL, FIRST, nothing, .addr = BIT_ULL(47)),
	CASE(NOT_CANONICAL, FIRST, nothing, .addr = GENMASK_ULL(63, 48)),
	CASE(PRIVILEGE, FIRST, first_user),
	CASE(NO_EXECUTE, FIRST, first_xd, .exec = true),
	CASE(BEYOND_HOST, PASS, nothing, .addr = BIT_ULL(52)),
	CASE(BEYOND_SECOND, SECOND, nothing, .addr = BIT_ULL(48)),
	CASE(NO_WRITE, FIRST, first_read_only, .write = true),
	CASE(NO_WRITE, FIRST, first_wpe, .write = true, .priv = true),
	CASE(NO_WRITE, SECOND, second_read_only, .write = true),
	CASE(NO_READ, SECOND, second_write_only),
	CASE(INTERRUPT_RANGE, FIRST, first_msi),
	CASE(INTERRUPT_RANGE, SECOND, second_msi),
	CASE(INTERRUPT_RANGE, PASS, nothing, .addr = VTDM_INTERRUPT_LAST - 7),
};

static void reason_describe(const struct reason_case *what, char *text)
{
	scnprintf(text, KUNIT_PARAM_DESC_SIZE, "0x%x %s, type %u", what->reason, what->name,
		  what->pgtt);
}

KUNIT_ARRAY_PARAM(reason, reason_cases, reason_describe);

static void make(struct kunit *test, struct scene *scene, const struct reason_case *what)
{
	struct vtdm_config config;

	host_config(&config);
	config.cap &= ~what->cap_clear;
	config.ecap &= ~what->ecap_clear;
	scene->host = host_create(test, &config);
	setup(scene, what);
}

static struct vtdm_result send(struct scene *scene, const struct reason_case *what)
{
	struct vtdm_request request = {
		.addr = what->addr ? what->addr : IOVA,
		.size = 8,
		.pasid = what->pasid ? what->pasid : PASID,
		.write = what->write,
		.exec = what->exec,
		.priv = what->priv,
	};

	return vtdm_translate(scene->host->ep, &request);
}

static void every_reason(struct kunit *test)
{
	const struct reason_case *what = test->param_value;
	struct vtdm_result result;
	struct scene scene;

	make(test, &scene, what);
	what->breaks(&scene);
	if (what->ats)
		KUNIT_ASSERT_EQ(test, vtdm_endpoint_enable(scene.host->ep, VTDM_ATS, true), 0);
	result = send(&scene, what);
	KUNIT_EXPECT_EQ(test, result.outcome, VTDM_BLOCKED);
	KUNIT_EXPECT_EQ(test, result.reason, what->reason);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), what->reason);
	KUNIT_EXPECT_EQ(test, vtdm_stats(scene.host->unit)->blocked, 1);
}

/* FPD of context, directory and PASID table entry: blocked without a record. */
static void fault_processing_disabled(struct kunit *test)
{
	static const struct reason_case what = CASE(SECOND_P, SECOND, second_p);
	struct scene scene;
	unsigned int i;

	make(test, &scene, &what);
	break_second_p(&scene);
	for (i = 0; i < 3; i++) {
		scene.context[0] &= ~VTDM_CONTEXT_FPD;
		scene.directory[0] &= ~VTDM_DIRECTORY_FPD;
		scene.entry[0] &= ~VTDM_PASID_FPD;
		scene.context[0] |= i == 0 ? VTDM_CONTEXT_FPD : 0;
		scene.directory[0] |= i == 1 ? VTDM_DIRECTORY_FPD : 0;
		scene.entry[0] |= i == 2 ? VTDM_PASID_FPD : 0;
		host_flush_all(scene.host);
		KUNIT_EXPECT_EQ(test, send(&scene, &what).reason, VTDM_REASON_SECOND_P);
		KUNIT_EXPECT_EQ(test, host_recorded(scene.host), 0);
		/* and from the caches */
		KUNIT_EXPECT_EQ(test, send(&scene, &what).reason, VTDM_REASON_SECOND_P);
		KUNIT_EXPECT_EQ(test, host_recorded(scene.host), 0);
	}
	scene.entry[0] &= ~VTDM_PASID_FPD;
	host_flush_all(scene.host);
	send(&scene, &what);
	KUNIT_EXPECT_EQ(test, host_recorded(scene.host), VTDM_REASON_SECOND_P);
}

/* RPS: the context entry's RID_PASID; without RPS it is 0. */
static void rid_pasid(struct kunit *test)
{
	static const struct reason_case with = CASE(SECOND_P, SECOND, nothing);
	static const struct reason_case without = CASE(SECOND_P, SECOND, nothing,
						       .ecap_clear = VTDM_ECAP_RPS);
	struct scene scene;

	make(test, &scene, &with);
	scene.context[1] = PASID + 1;
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, VTDM_NO_PASID, IOVA, false),
			VTDM_REASON_PASID_P);
	host_destroy(scene.host);
	make(test, &scene, &without);
	scene.context[1] = PASID + 1;
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, false), scene.data);
}

/* Privileged requests, and RID_PRIV: supervisor pages, read-only without WPE. */
static void privileged(struct kunit *test)
{
	static const struct reason_case what = CASE(SECOND_P, FIRST, nothing, .priv = true,
						    .write = true);
	struct scene scene;

	make(test, &scene, &what);
	*host_word(scene.host, scene.first_leaf) &= ~(VTDM_FIRST_US | VTDM_FIRST_RW);
	scene.entry[2] |= VTDM_PASID_SRE;
	KUNIT_EXPECT_EQ(test, send(&scene, &what).phys, scene.data);
	/* from the IOTLB a user does not get through */
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, IOVA, false),
			VTDM_REASON_PRIVILEGE);
	scene.context[1] = VTDM_CONTEXT_RID_PRIV | PASID;
	host_flush_all(scene.host);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, true), scene.data);
}

static void interrupt_range(struct kunit *test)
{
	static const struct reason_case what = CASE(SECOND_P, SECOND, nothing);
	struct vtdm_result result;
	struct scene scene;

	make(test, &scene, &what);
	result = host_dma(scene.host, VTDM_NO_PASID, VTDM_INTERRUPT_FIRST, true);
	KUNIT_EXPECT_EQ(test, result.outcome, VTDM_DONE);
	result = host_dma(scene.host, VTDM_NO_PASID, VTDM_INTERRUPT_FIRST, false);
	KUNIT_EXPECT_EQ(test, result.outcome, VTDM_ABORTED);
	/* with a PASID it is an address like others */
	KUNIT_EXPECT_EQ(test, host_reason(scene.host, PASID, VTDM_INTERRUPT_FIRST, true),
			VTDM_REASON_SECOND_P);
}

static void translation_off(struct kunit *test)
{
	static const struct reason_case what = CASE(SECOND_P, SECOND, nothing);
	struct scene scene;

	make(test, &scene, &what);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.data);
	host_translate(scene.host, false);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, VTDM_NO_PASID, IOVA, false), IOVA);
	KUNIT_EXPECT_EQ(test, host_dma(scene.host, PASID, IOVA, false).outcome, VTDM_ABORTED);
	/* what was cached before is still there: software has to flush */
	*host_word(scene.host, scene.second_leaf) = 0;
	host_translate(scene.host, true);
	KUNIT_EXPECT_EQ(test, host_phys(scene.host, PASID, IOVA, false), scene.data);
}

static void reason_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case reason_tests[] = {
	KUNIT_CASE_PARAM(every_reason, reason_gen_params),
	KUNIT_CASE(fault_processing_disabled),
	KUNIT_CASE(rid_pasid),
	KUNIT_CASE(privileged),
	KUNIT_CASE(interrupt_range),
	KUNIT_CASE(translation_off),
	{}
};

static struct kunit_suite reason_suite = {
	.name = "vtdm-reason",
	.exit = reason_exit,
	.test_cases = reason_tests,
};

kunit_test_suite(reason_suite);

MODULE_DESCRIPTION("KUnit: the software VT-d unit");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_LICENSE("GPL");
