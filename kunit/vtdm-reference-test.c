// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: random tables of both stages and nested, against a plain walker.
 */
#include <kunit/test.h>

#include "vtdm-host.h"
#include "vtdm-random.h"

/**
 * DOC: reference walker
 *
 * Recursive, with a flag for each right, straight from chapters 3.6 to 3.8:
 * no cache, no marks, no shared code with the unit but the names of bits. It
 * reads memory just before the unit is asked. The tables have a few entries
 * only, at the ends and in the middle, so that random addresses meet them.
 */

#define PASID		3
#define NR_TABLES	24
#define NR_ROUNDS	60
#define NR_REQUESTS	120
#define NO_MEMORY	0x7f00000000ULL

static const u16 slots[] = { 0, 1, 255, 256, 511 };

struct reference {
	struct host *host;
	u64 rnd;
	u64 table[NR_TABLES];
	u64 first;
	u64 second;
	unsigned int first_levels;
	unsigned int second_levels;
	u8 pgtt;
	bool wpe;
	bool priv;
	bool write;
	u64 addr;
	u8 reason;
};

static u64 fail(struct reference *ref, u8 reason)
{
	ref->reason = reason;
	return ~0ULL;
}

static bool read_word(struct reference *ref, u64 phys, u64 *word)
{
	u64 index = (phys - HOST_BASE) / SZ_4K;

	if (phys < HOST_BASE || index >= HOST_PAGES || !ref->host->page[index])
		return false;
	*word = *host_word(ref->host, phys);
	return true;
}

static u64 ref_second(struct reference *ref, u64 table, unsigned int level, u64 addr,
		      bool write, bool may_read, bool may_write)
{
	unsigned int shift = 12 + 9 * (level - 1);
	u64 low = (1ULL << shift) - 1, word;
	bool large;

	if (level == ref->second_levels && addr >> (shift + 9))
		return fail(ref, VTDM_REASON_BEYOND_SECOND);
	if (!read_word(ref, table + ((addr >> shift) % 512) * 8, &word))
		return fail(ref, level == ref->second_levels ? VTDM_REASON_SECOND_ROOT_ACCESS :
			    VTDM_REASON_SECOND_ACCESS);
	if (!(word & 3))
		return fail(ref, VTDM_REASON_SECOND_P);
	large = level > 1 && word & BIT(7);
	if (word & BIT_ULL(62) || (large && level > 3) ||
	    (large && word & GENMASK_ULL(51, 12) & low))
		return fail(ref, VTDM_REASON_SECOND_RESERVED);
	may_read &= word & 1;
	may_write &= !!(word & 2);
	if (level > 1 && !large)
		return ref_second(ref, word & GENMASK_ULL(51, 12), level - 1, addr, write,
				  may_read, may_write);
	if (write && !may_write)
		return fail(ref, VTDM_REASON_NO_WRITE);
	if (!write && !may_read)
		return fail(ref, VTDM_REASON_NO_READ);
	return (word & GENMASK_ULL(51, 12) & ~low) | (addr & low);
}

/* What the second stage makes of the address of a first-stage table */
static u64 ref_table(struct reference *ref, u64 guest, bool root, bool write)
{
	u64 phys;

	if (ref->pgtt == VTDM_PGTT_FIRST)
		return guest;
	phys = ref_second(ref, ref->second, ref->second_levels, guest, write, true, true);
	if (phys != ~0ULL)
		return phys;
	if (ref->reason == VTDM_REASON_BEYOND_SECOND)
		return fail(ref, VTDM_REASON_NESTED_TABLE_BEYOND);
	if (ref->reason == VTDM_REASON_NO_WRITE)
		return fail(ref, VTDM_REASON_NESTED_TABLE_WRITE);
	if (ref->reason == VTDM_REASON_NO_READ)
		return fail(ref, root ? VTDM_REASON_NESTED_ROOT_READ :
			    VTDM_REASON_NESTED_TABLE_READ);
	return phys;
}

static u64 ref_first(struct reference *ref, u64 guest, unsigned int level, bool user, bool writable)
{
	unsigned int shift = 12 + 9 * (level - 1);
	bool root = level == ref->first_levels, leaf;
	u64 low = (1ULL << shift) - 1, word, table, out;
	u64 marks = VTDM_FIRST_A;

	table = ref_table(ref, guest, root, false);
	if (table == ~0ULL)
		return table;
	if (!read_word(ref, table + ((ref->addr >> shift) % 512) * 8, &word))
		return fail(ref, root ? VTDM_REASON_FIRST_ROOT_ACCESS : VTDM_REASON_FIRST_ACCESS);
	if (!(word & 1))
		return fail(ref, VTDM_REASON_FIRST_P);
	leaf = level == 1 || word & BIT(7);
	if (leaf && level > 1 && (level > 3 || word & low & GENMASK_ULL(51, 13)))
		return fail(ref, VTDM_REASON_FIRST_RESERVED);
	user &= !!(word & 4);
	writable &= !!(word & 2);
	if (leaf && !ref->priv && !user)
		return fail(ref, VTDM_REASON_PRIVILEGE);
	if (leaf && ref->write && !writable && !(ref->priv && !ref->wpe))
		return fail(ref, VTDM_REASON_NO_WRITE);
	out = (word & GENMASK_ULL(51, 12) & ~low) | (ref->addr & low);
	if (leaf && ref->pgtt == VTDM_PGTT_NESTED)
		out = ref_second(ref, ref->second, ref->second_levels, out, ref->write, true, true);
	if (leaf && out == ~0ULL)
		return out;
	if (leaf && ref->write)
		marks |= VTDM_FIRST_D;
	if (marks & ~word && ref_table(ref, guest, root, true) == ~0ULL)
		return ~0ULL;
	return leaf ? out : ref_first(ref, word & GENMASK_ULL(51, 12), level - 1, user, writable);
}

static u64 ref_walk(struct reference *ref)
{
	unsigned int top = 11 + 9 * ref->first_levels;
	u64 phys;

	ref->reason = 0;
	if (ref->pgtt == VTDM_PGTT_SECOND)
		phys = ref_second(ref, ref->second, ref->second_levels, ref->addr, ref->write,
				  true, true);
	else if ((s64)(ref->addr << (63 - top)) >> (63 - top) == (s64)ref->addr)
		phys = ref_first(ref, ref->first, ref->first_levels, true, true);
	else
		phys = fail(ref, VTDM_REASON_NOT_CANONICAL);
	if (phys >= 0xfee00000 && phys < 0xfef00000)
		return fail(ref, VTDM_REASON_INTERRUPT_RANGE);
	return phys;
}

static u64 random_target(struct reference *ref)
{
	u64 *rnd = &ref->rnd;

	switch (random_below(rnd, 24)) {
	case 0:
		return NO_MEMORY;
	case 1:
		return VTDM_INTERRUPT_FIRST;
	case 2:
		return random_next(rnd) & GENMASK_ULL(51, 12);
	case 3:
		return random_next(rnd) & GENMASK_ULL(47, 30);
	default:
		return ref->table[random_below(rnd, NR_TABLES)];
	}
}

/* Mostly a good entry of either stage; at times one bit is wrong. */
static u64 random_entry(struct reference *ref, bool first)
{
	u64 *rnd = &ref->rnd, entry = random_target(ref);

	entry |= first ? FIRST_LINK : SECOND_LINK;
	if (random_one_in(rnd, 3))
		entry &= ~VTDM_FIRST_A;
	if (random_one_in(rnd, 6))
		entry |= BIT(7);
	if (random_one_in(rnd, 8))
		entry ^= BIT(random_below(rnd, 3));
	if (random_one_in(rnd, 20))
		entry |= BIT_ULL(62);
	if (random_one_in(rnd, 20))
		entry = 0;
	return entry;
}

/* The guest's pages are where the host's are, but for some. */
static void random_guest(struct reference *ref)
{
	unsigned int i, levels = ref->second_levels;
	u64 root = host_page(ref->host), entry;

	for (i = 0; i < NR_TABLES; i++) {
		entry = ref->table[i] | SECOND_LINK;
		if (random_one_in(&ref->rnd, 12))
			entry &= ~BIT_ULL(random_below(&ref->rnd, 2));
		host_map(ref->host, root, levels, ref->table[i], 1, entry, SECOND_LINK);
	}
	ref->second = root;
}

static void random_tables(struct reference *ref)
{
	bool first = ref->pgtt != VTDM_PGTT_SECOND;
	unsigned int i, j;

	for (i = 0; i < NR_TABLES; i++)
		for (j = 0; j < ARRAY_SIZE(slots); j++)
			*host_word(ref->host, ref->table[i] + slots[j] * 8) =
				random_entry(ref, first);
	ref->first = ref->table[0];
	ref->second = ref->table[1];
	if (ref->pgtt == VTDM_PGTT_NESTED)
		random_guest(ref);
}

static void attach(struct reference *ref)
{
	struct host *host = ref->host;
	u64 *word;

	host_attach(host, HOST_SID, PASID, ref->pgtt, HOST_DID, ref->first, ref->second);
	word = host_word(host, host_pasid(host, HOST_SID, PASID));
	word[0] &= ~VTDM_PASID_AW;
	word[0] |= FIELD_PREP(VTDM_PASID_AW, ref->second_levels - 2);
	word[2] |= FIELD_PREP(VTDM_PASID_FSPM, ref->first_levels - 4) | VTDM_PASID_SRE;
	if (ref->wpe)
		word[2] |= VTDM_PASID_WPE;
	host_flush_all(host);
}

static u64 random_addr(struct reference *ref)
{
	bool second = ref->pgtt == VTDM_PGTT_SECOND;
	unsigned int level, levels = second ? ref->second_levels : ref->first_levels;
	u64 addr = random_next(&ref->rnd) & 0xff8;

	for (level = 0; level < levels; level++)
		addr |= (u64)slots[random_below(&ref->rnd, ARRAY_SIZE(slots))] <<
			(12 + 9 * level);
	if (!second && addr >> (11 + 9 * levels))
		addr |= ~0ULL << (12 + 9 * levels);
	if (random_one_in(&ref->rnd, 50))
		addr ^= BIT_ULL(60);
	return addr;
}

static bool ask(struct reference *ref)
{
	struct vtdm_request request = { .size = 8, .pasid = PASID };
	struct vtdm_result result;
	u64 phys;

	ref->addr = random_addr(ref);
	ref->write = random_one_in(&ref->rnd, 2);
	ref->priv = random_one_in(&ref->rnd, 4);
	request.addr = ref->addr;
	request.write = ref->write;
	request.priv = ref->priv;
	phys = ref_walk(ref);
	result = vtdm_translate(ref->host->ep, &request);
	if (result.reason == ref->reason && (ref->reason || result.phys == phys))
		return true;
	KUNIT_FAIL(ref->host->test,
		   "type %u, %#llx write %u: %#x to %#llx, expected %#x to %#llx",
		   ref->pgtt, ref->addr, ref->write, result.reason, result.phys,
		   ref->reason, phys);
	return false;
}

static void one_round(struct kunit *test, u8 pgtt, u64 seed, unsigned int *arrived)
{
	struct reference ref = { .rnd = seed, .pgtt = pgtt };
	unsigned int i;

	ref.host = host_create(test, NULL);
	ref.first_levels = 4 + random_below(&ref.rnd, 2);
	ref.second_levels = 3 + random_below(&ref.rnd, 3);
	ref.wpe = random_one_in(&ref.rnd, 2);
	for (i = 0; i < NR_TABLES; i++)
		ref.table[i] = host_page(ref.host);
	random_tables(&ref);
	attach(&ref);
	for (i = 0; i < NR_REQUESTS && ask(&ref); i++)
		*arrived += !ref.reason;
	host_destroy(ref.host);
	test->priv = NULL;
}

static void random_tables_test(struct kunit *test, u8 pgtt)
{
	unsigned int arrived = 0;
	u64 seed;

	for (seed = 1; seed <= NR_ROUNDS; seed++)
		one_round(test, pgtt, seed * 0x9e3779b97f4a7c15ULL, &arrived);
	/* The tables are good enough to lead somewhere */
	KUNIT_EXPECT_GT(test, arrived, NR_ROUNDS * NR_REQUESTS / 50);
}

static void first_stage(struct kunit *test)
{
	random_tables_test(test, VTDM_PGTT_FIRST);
}

static void second_stage(struct kunit *test)
{
	random_tables_test(test, VTDM_PGTT_SECOND);
}

static void nested(struct kunit *test)
{
	random_tables_test(test, VTDM_PGTT_NESTED);
}

static void reference_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case reference_tests[] = {
	KUNIT_CASE_SLOW(first_stage),
	KUNIT_CASE_SLOW(second_stage),
	KUNIT_CASE_SLOW(nested),
	{}
};

static struct kunit_suite reference_suite = {
	.name = "vtdm-reference",
	.exit = reference_exit,
	.test_cases = reference_tests,
};

kunit_test_suite(reference_suite);
