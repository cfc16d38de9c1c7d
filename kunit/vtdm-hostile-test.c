// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: hostile software and hostile devices, at random.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "vtdm-host.h"
#include "vtdm-random.h"

/**
 * DOC: fuzz test
 *
 * Software writes registers, descriptors and table entries that are right but
 * for some; devices send whatever they like, with abilities and knobs switched
 * in between. What must hold: nothing is read or written but memory (the
 * sanitizers look), every call returns, and no DMA reaches a page of secrets,
 * whose address is never written anywhere. For that all words that software,
 * devices and the unit itself can leave in memory are made of one set of
 * addresses, none of which leads to a secret even as a large page.
 */

#define NR_ROUNDS	40
#define NR_STEPS	400
#define NR_SECRETS	8
#define NR_TABLES	20
#define NR_DEVICES	3
#define SECRET		0x5ec4e75ec4e75ec4ULL

static const u16 device_sids[NR_DEVICES] = { HOST_SID, HOST_SID ^ 0x80, 0x4210 };
static const u32 pasids[] = { 0, 1, 2, 3, VTDM_NO_PASID, 0xfffff };
static const u16 slots[] = { 0, 1, 2, 8, 9, 10, 16, 17, 24, 256, 511 };

struct fuzz {
	struct host *host;
	u64 rnd;
	u64 secret[NR_SECRETS];
	u64 table[NR_TABLES];
	struct vtdm_endpoint *ep[NR_DEVICES];
	u64 queue;
	unsigned int tail;
};

static u64 any_page(struct fuzz *fuzz)
{
	return fuzz->table[random_below(&fuzz->rnd, NR_TABLES)];
}

/* An address that software or a device may name */
static u64 any_addr(struct fuzz *fuzz)
{
	u64 level = random_below(&fuzz->rnd, 5);

	if (random_one_in(&fuzz->rnd, 3))
		return any_page(fuzz);
	return BIT_ULL(39) + ((u64)random_below(&fuzz->rnd, 4) << (12 + 9 * level));
}

/* A word of a table: flags of all kinds, and an address of the set */
static u64 any_word(struct fuzz *fuzz)
{
	u64 flags = random_next(&fuzz->rnd);

	switch (random_below(&fuzz->rnd, 6)) {
	case 0:
		return any_page(fuzz) | (flags & GENMASK_ULL(11, 0));
	case 1:
		return any_page(fuzz) | (flags & (GENMASK_ULL(63, 52) | GENMASK_ULL(11, 0)));
	case 2:
		return 0;
	default:
		return any_page(fuzz) | FIRST_LEAF;
	}
}

static void spoil_memory(struct fuzz *fuzz)
{
	u64 page = random_one_in(&fuzz->rnd, 8) ? fuzz->host->root : any_page(fuzz);
	u16 slot = slots[random_below(&fuzz->rnd, ARRAY_SIZE(slots))];

	*host_word(fuzz->host, page + slot * sizeof(u64)) = any_word(fuzz);
}

static void attach_again(struct fuzz *fuzz)
{
	u16 source_id = device_sids[random_below(&fuzz->rnd, NR_DEVICES)];
	u64 table = any_page(fuzz), low, *word;

	word = host_word(fuzz->host, fuzz->host->root + (source_id >> 8) * VTDM_ROOT_SIZE);
	word[!!(source_id & 0x80)] = fuzz->table[0] | VTDM_ROOT_P;
	word = host_word(fuzz->host, fuzz->table[0] + (source_id & 0x7f) * VTDM_CONTEXT_SIZE);
	memset(word, 0, VTDM_CONTEXT_SIZE);
	word[0] = fuzz->table[1] | VTDM_CONTEXT_P | (random_next(&fuzz->rnd) & 0xe1c);
	word = host_word(fuzz->host, fuzz->table[1]);
	word[0] = fuzz->table[2] | VTDM_DIRECTORY_P;
	low = random_below(&fuzz->rnd, 4);
	word = host_word(fuzz->host, fuzz->table[2] + low * VTDM_PASID_SIZE);
	memset(word, 0, VTDM_PASID_SIZE);
	word[2] = any_page(fuzz) | (random_next(&fuzz->rnd) & 0xfd);
	word[1] = random_below(&fuzz->rnd, 4) | VTDM_PASID_PWSNP;
	word[0] = table | VTDM_PASID_P | (random_next(&fuzz->rnd) & 0x3dc);
}

static void write_register(struct fuzz *fuzz)
{
	static const u16 regs[] = {
		VTDM_GCMD, VTDM_RTADDR, VTDM_CCMD, VTDM_FSTS, VTDM_FECTL, VTDM_IQT, VTDM_IQA,
		VTDM_ICS, VTDM_IECTL, VTDM_PQH, VTDM_PQA, VTDM_PRS, VTDM_PECTL, 0x500, 0x508,
	};
	static const u8 widths[] = { 1, 4, 8, 8, 4, 16 };
	u64 *rnd = &fuzz->rnd;
	unsigned int reg = regs[random_below(rnd, ARRAY_SIZE(regs))];

	if (random_one_in(rnd, 4))
		reg = random_below(rnd, 2 * VTDM_REG_SIZE);
	vtdm_write(fuzz->host->unit, reg, widths[random_below(rnd, ARRAY_SIZE(widths))],
		   any_page(fuzz) | (random_next(rnd) & GENMASK_ULL(11, 0)) |
		   (random_one_in(rnd, 4) ? random_next(rnd) & GENMASK_ULL(63, 52) : 0));
	vtdm_read(fuzz->host->unit, reg, widths[random_below(rnd, ARRAY_SIZE(widths))]);
}

/* Registers as a driver leaves them */
static void restore_registers(struct fuzz *fuzz)
{
	struct host *host = fuzz->host;

	vtdm_write(host->unit, VTDM_GCMD, 4, 0);
	vtdm_write(host->unit, VTDM_RTADDR, 8,
		   host->root | FIELD_PREP(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
	vtdm_write(host->unit, VTDM_GCMD, 4, VTDM_G_SRTP);
	vtdm_write(host->unit, VTDM_IQT, 8, 0);
	vtdm_write(host->unit, VTDM_IQA, 8, fuzz->queue | VTDM_IQA_DW);
	vtdm_write(host->unit, VTDM_PQA, 8, any_page(fuzz));
	vtdm_write(host->unit, VTDM_GCMD, 4, VTDM_G_TE | VTDM_G_QIE);
	vtdm_write(host->unit, VTDM_FSTS, 4, ~0U);
	fuzz->tail = 0;
}

static void queue_descriptor(struct fuzz *fuzz)
{
	u64 *rnd = &fuzz->rnd, *word = host_word(fuzz->host, fuzz->queue + fuzz->tail);

	word[0] = random_below(rnd, 10) | (u64)random_below(rnd, 4) << 4 |
		  (u64)random_below(rnd, 4) << 16;
	/* PASID or source id, or the address that a wait stores as data */
	word[0] |= random_one_in(rnd, 2) ? (u64)random_below(rnd, 4) << 32 :
		   (u64)HOST_SID << 32;
	word[1] = any_addr(fuzz) | (random_next(rnd) & 0x7f);
	if ((word[0] & 0xf) == 5) {
		word[0] = 5 | BIT(5) | (any_page(fuzz) << 32);
		word[1] &= ~3ULL;
	}
	word[2] = random_one_in(rnd, 20);
	word[3] = 0;
	fuzz->tail = (fuzz->tail + 32) % SZ_4K;
	vtdm_write(fuzz->host->unit, VTDM_IQT, 8, fuzz->tail);
	vtdm_advance(fuzz->host->unit);
}

static bool is_secret(struct fuzz *fuzz, u64 phys)
{
	unsigned int i;

	for (i = 0; i < NR_SECRETS; i++)
		if ((phys & VTDM_PAGE_MASK) == fuzz->secret[i])
			return true;
	return false;
}

static void send_dma(struct fuzz *fuzz)
{
	u64 *rnd = &fuzz->rnd, data = any_word(fuzz);
	struct vtdm_request request = {
		.addr = any_addr(fuzz) + 8 * random_below(rnd, 512),
		.size = 8,
		.pasid = pasids[random_below(rnd, ARRAY_SIZE(pasids))],
		.write = random_one_in(rnd, 2),
		.exec = random_one_in(rnd, 4),
		.priv = random_one_in(rnd, 4),
		.no_ats = random_one_in(rnd, 4),
	};
	struct vtdm_endpoint *ep = fuzz->ep[random_below(rnd, NR_DEVICES)];
	struct vtdm_result result = vtdm_dma(ep, &request, &data);

	if (result.outcome == VTDM_DONE)
		KUNIT_EXPECT_FALSE(fuzz->host->test, is_secret(fuzz, result.phys));
	KUNIT_EXPECT_TRUE(fuzz->host->test, data != SECRET);
	if (random_one_in(rnd, 8))
		vtdm_page_request(ep, &request, random_below(rnd, 4), random_one_in(rnd, 2));
}

static void turn_knobs(struct fuzz *fuzz)
{
	struct vtdm *unit = fuzz->host->unit;
	u64 *rnd = &fuzz->rnd;
	struct vtdm_knobs *knobs = vtdm_knobs(unit);

	vtdm_endpoint_enable(fuzz->ep[random_below(rnd, NR_DEVICES)], random_below(rnd, 3),
			     random_one_in(rnd, 2));
	knobs->entries[random_below(rnd, VTDM_CACHES)] = random_below(rnd, 4);
	knobs->completion_held = random_one_in(rnd, 8);
	knobs->completion_reads = random_below(rnd, 3);
	knobs->reorder = random_one_in(rnd, 4);
	knobs->ite_at = random_below(rnd, 8);
	vtdm_detector_set(unit, random_one_in(rnd, 6) ? VTDM_DETECTOR_OFF : VTDM_DETECTOR_ON);
}

static void report(struct fuzz *fuzz)
{
	u16 source_id = device_sids[random_below(&fuzz->rnd, NR_DEVICES)];
	u64 first = random_one_in(&fuzz->rnd, 2) ? 0 : any_addr(fuzz);
	u64 last = random_one_in(&fuzz->rnd, 2) ? ~0ULL : any_addr(fuzz);
	u32 pasid = random_below(&fuzz->rnd, 4);

	switch (random_below(&fuzz->rnd, 4)) {
	case 0:
		if (random_one_in(&fuzz->rnd, 2))
			vtdm_changing(fuzz->host->unit, !fuzz->host->unit->changing);
		return vtdm_reported_changed(fuzz->host->unit, source_id, pasid, first, last,
					     "fuzz");
	case 1:
		return vtdm_reported_gone(fuzz->host->unit, source_id, pasid, first, last,
					  "fuzz");
	case 2:
		return vtdm_reported_clean(fuzz->host->unit, source_id, pasid, first, last,
					   "fuzz");
	default:
		return vtdm_mapped(fuzz->host->unit, source_id, pasid, first, last);
	}
}

static void step(struct fuzz *fuzz)
{
	switch (random_below(&fuzz->rnd, 16)) {
	case 0:
		return write_register(fuzz);
	case 1:
		return restore_registers(fuzz);
	case 2:
		return attach_again(fuzz);
	case 3:
		return turn_knobs(fuzz);
	case 4:
		return report(fuzz);
	case 5:
		/* gone, or back; the unit's own view does not change */
		fuzz->host->used[random_below(&fuzz->rnd, 40)] ^= true;
		return;
	case 6:
	case 7:
		return queue_descriptor(fuzz);
	case 8:
	case 9:
		return spoil_memory(fuzz);
	default:
		return send_dma(fuzz);
	}
}

/* Tables, with secrets between them; none is at a border of large pages. */
static void start(struct kunit *test, struct fuzz *fuzz)
{
	struct vtdm_config config;
	unsigned int i, j;

	host_config(&config);
	config.cap |= random_one_in(&fuzz->rnd, 2) ? VTDM_CAP_CM : 0;
	for (i = 0; i < VTDM_CACHES; i++)
		config.entries[i] = 1 + random_below(&fuzz->rnd, 8);
	fuzz->host = host_create(test, &config);
	for (i = 0; i < NR_TABLES; i++) {
		fuzz->table[i] = host_page(fuzz->host);
		if (i >= NR_SECRETS)
			continue;
		fuzz->secret[i] = host_page(fuzz->host);
		for (j = 0; j < 512; j++)
			*host_word(fuzz->host, fuzz->secret[i] + j * 8) = SECRET;
	}
	fuzz->queue = host_page(fuzz->host);
	fuzz->ep[0] = fuzz->host->ep;
	for (i = 1; i < NR_DEVICES; i++)
		fuzz->ep[i] = host_add(fuzz->host, device_sids[i]);
	restore_registers(fuzz);
	for (i = 0; i < 200; i++)
		spoil_memory(fuzz);
	for (i = 0; i < 8; i++)
		attach_again(fuzz);
}

static void secrets_are_kept(struct fuzz *fuzz)
{
	unsigned int i, j, changed = 0;

	for (i = 0; i < NR_SECRETS; i++)
		for (j = 0; j < 512; j++)
			changed += *host_word(fuzz->host, fuzz->secret[i] + j * 8) != SECRET;
	KUNIT_EXPECT_EQ(fuzz->host->test, changed, 0);
}

static void hostile_software_and_devices(struct kunit *test)
{
	u64 dmas = 0, blocked = 0, walks = 0;
	const struct vtdm_stats *stats;
	struct fuzz fuzz;
	unsigned int i;
	u64 seed;

	for (seed = 1; seed <= NR_ROUNDS; seed++) {
		fuzz = (struct fuzz){ .rnd = seed * 0x9e3779b97f4a7c15ULL };
		start(test, &fuzz);
		for (i = 0; i < NR_STEPS; i++)
			step(&fuzz);
		secrets_are_kept(&fuzz);
		stats = vtdm_stats(fuzz.host->unit);
		dmas += stats->dmas;
		blocked += stats->blocked;
		walks += stats->walks;
		host_destroy(fuzz.host);
		test->priv = NULL;
	}
	/* It was not all stopped at the door */
	KUNIT_EXPECT_GT(test, dmas, NR_ROUNDS * NR_STEPS / 8);
	KUNIT_EXPECT_GT(test, walks, dmas / 50);
	KUNIT_EXPECT_LT(test, blocked, dmas);
}

static void hostile_exit(struct kunit *test)
{
	host_destroy(test->priv);
}

static struct kunit_case hostile_tests[] = {
	KUNIT_CASE_SLOW(hostile_software_and_devices),
	{}
};

static struct kunit_suite hostile_suite = {
	.name = "vtdm-hostile",
	.exit = hostile_exit,
	.test_cases = hostile_tests,
};

kunit_test_suite(hostile_suite);
