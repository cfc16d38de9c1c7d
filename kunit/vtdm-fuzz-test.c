// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a software unit under a driver that does anything: registers, tails,
 * descriptors and knobs at random, devices that fault and ask. What must hold
 * holds after every step.
 */
#include "vtdm-log-host.h"

#define SID		0x0108
#define STEPS		20000
#define FRO		0x800
#define NR_RECORDS	8

/**
 * struct fuzz - a run
 * @host: the machine
 * @ep: its device
 * @seed: state of the generator
 */
struct fuzz {
	struct log_host *host;
	struct vtdm_endpoint *ep;
	u64 seed;
};

/* xorshift64*: the same everywhere */
static u64 random64(struct fuzz *fuzz)
{
	fuzz->seed ^= fuzz->seed >> 12;
	fuzz->seed ^= fuzz->seed << 25;
	fuzz->seed ^= fuzz->seed >> 27;
	return fuzz->seed * 0x2545f4914f6cdd1dULL;
}

static unsigned int below(struct fuzz *fuzz, unsigned int end)
{
	return (random64(fuzz) >> 33) % end;
}

/* Few bits, many bits, addresses that mean something. */
static u64 value(struct fuzz *fuzz)
{
	u64 any = random64(fuzz);

	switch (below(fuzz, 5)) {
	case 0:
		return any;
	case 1:
		any &= random64(fuzz);
		return any & random64(fuzz);
	case 2:
		return BIT_ULL(any % 64);
	case 3:
		return LOG_QUEUE + (any & 0xfff);
	default:
		return any & 0xfff;
	}
}

static void any_access(struct fuzz *fuzz)
{
	unsigned int width = below(fuzz, 8) ? 4U << below(fuzz, 2) :
					      below(fuzz, 17);
	unsigned int reg = below(fuzz, 4) ? below(fuzz, 0x100 / 4) * 4 :
					    below(fuzz, 0x1100);

	if (below(fuzz, 8) == 0)
		reg = FRO + below(fuzz, NR_RECORDS * 4) * 4;
	if (reg / 8 == VTDM_GCMD / 8 && below(fuzz, 32))
		reg = VTDM_VER;
	if (below(fuzz, 3))
		vtdm_write(fuzz->host->unit, reg, width, value(fuzz));
	else
		vtdm_read(fuzz->host->unit, reg, width);
}

/* A queue as a driver would set it up, mostly. */
static void set_up(struct fuzz *fuzz)
{
	log_write32(fuzz->host, VTDM_GCMD, VTDM_G_TE);
	log_write64(fuzz->host, VTDM_RTADDR, LOG_ROOT |
		    FIELD_PREP(VTDM_RTADDR_TTM, below(fuzz, 8) ? 1 :
					       below(fuzz, 4)));
	log_write32(fuzz->host, VTDM_GCMD, VTDM_G_TE | VTDM_G_SRTP);
	log_write64(fuzz->host, VTDM_PQA, LOG_REQUESTS);
	log_queue_on(fuzz->host, below(fuzz, 8), below(fuzz, 8));
	log_write32(fuzz->host, VTDM_GCMD, VTDM_G_TE | VTDM_G_QIE);
}

/* Bits that may be set in word 0 of each type; granularities may be reserved. */
static const u64 fields[] = {
	[1] = 0x0003ffffffff0030ULL, [2] = 0x00000000ffff00f0ULL,
	[3] = 0x0000ffff001f0000ULL, [5] = 0xffffffff000000f0ULL,
	[6] = 0x000fffffffff0030ULL, [7] = 0x000fffffffff0030ULL,
	[8] = 0x000fffffffff01f0ULL, [9] = 0x000ffffffffff010ULL,
	[12] = 0,
};

static void any_descriptor(struct fuzz *fuzz, u64 offset)
{
	u64 *word = log_word(fuzz->host, LOG_QUEUE + offset);
	unsigned int type = below(fuzz, ARRAY_SIZE(fields));

	word[0] = type | (random64(fuzz) & fields[type]);
	word[1] = 0;
	if (type == VTDM_DESC_WAIT)
		word[1] = LOG_STATUS + below(fuzz, 1024) * 4;
	if (!below(fuzz, 16))
		word[below(fuzz, 2)] ^= value(fuzz);
}

/* As a driver does: descriptors behind the tail, then the doorbell. */
static void any_batch(struct fuzz *fuzz)
{
	const struct vtdm_regs *regs = &fuzz->host->unit->regs;
	unsigned int size = regs->iqa & VTDM_IQA_DW ? 32 : 16;
	unsigned int tail = vtdm_reg64(regs, VTDM_IQT) & 0xfff & ~(size - 1);
	unsigned int nr = below(fuzz, 10);

	while (nr--) {
		any_descriptor(fuzz, tail);
		if (size == 32)
			*log_word(fuzz->host, LOG_QUEUE + tail + 16) =
				below(fuzz, 64) ? 0 : value(fuzz);
		tail = (tail + size) % SZ_4K;
	}
	log_write64(fuzz->host, VTDM_IQT, below(fuzz, 32) ? tail : value(fuzz));
}

/* As a driver does: a wait instead of what the unit refuses. */
static void repair(struct fuzz *fuzz)
{
	u64 head = vtdm_reg64(&fuzz->host->unit->regs, VTDM_IQH);

	log_word(fuzz->host, LOG_QUEUE + head)[0] = VTDM_DESC_WAIT;
	log_word(fuzz->host, LOG_QUEUE + head)[1] = 0;
	log_write32(fuzz->host, VTDM_FSTS, ~0U);
}

static void any_knob(struct fuzz *fuzz)
{
	struct vtdm_knobs *knobs = vtdm_knobs(fuzz->host->unit);

	knobs->completion_reads = below(fuzz, 4) ? 0 : below(fuzz, 5);
	knobs->completion_held = !below(fuzz, 8);
	knobs->error_at = below(fuzz, 4) ? 0 : below(fuzz, 50);
	knobs->ite_at = below(fuzz, 4) ? 0 : below(fuzz, 50);
	knobs->lost_events = below(fuzz, 8);
	knobs->reorder = below(fuzz, 2);
	knobs->pri_deaf = !below(fuzz, 4);
}

static void any_device(struct fuzz *fuzz)
{
	u32 pasid = below(fuzz, 2) ? VTDM_NO_PASID : below(fuzz, 1 << 20);

	if (below(fuzz, 2)) {
		vtdm_fault_record(fuzz->host->unit, &(struct vtdm_fault) {
			.source_id = below(fuzz, 20), .pasid = pasid,
			.reason = below(fuzz, 256), .addr = value(fuzz) });
		return;
	}
	vtdm_page_request(fuzz->ep, &(struct vtdm_request) {
		.addr = value(fuzz), .size = 1, .pasid = pasid,
		.write = below(fuzz, 2) }, below(fuzz, 512), below(fuzz, 2));
}

static void any_step(struct fuzz *fuzz)
{
	switch (below(fuzz, 24)) {
	case 0:
		set_up(fuzz);
		break;
	case 1 ... 8:
		any_access(fuzz);
		break;
	case 9 ... 16:
		any_batch(fuzz);
		break;
	case 17:
		log_write32(fuzz->host, VTDM_FSTS, ~0U);
		break;
	case 18:
		any_knob(fuzz);
		break;
	case 19 ... 20:
		any_device(fuzz);
		break;
	case 21:
		vtdm_advance(fuzz->host->unit);
		break;
	default:
		repair(fuzz);
		break;
	}
	if (below(fuzz, 2000) == 0)
		vtdm_reset(fuzz->host->unit);
}

/* ---- what must hold ---- */

static void check_queue(struct kunit *test, const struct vtdm_regs *regs)
{
	unsigned int slot = regs->iqa & VTDM_IQA_DW ? 32 : 16;
	u64 head = vtdm_reg64(regs, VTDM_IQH);

	KUNIT_ASSERT_EQ(test, head % slot, 0ULL);
	KUNIT_ASSERT_LT(test, head,
			(u64)SZ_4K << FIELD_GET(VTDM_IQA_QS, regs->iqa));
	if (!(vtdm_reg32(regs, VTDM_GSTS) & VTDM_G_QIE))
		KUNIT_ASSERT_EQ(test, head, 0ULL);
}

static void check_records(struct kunit *test, const struct vtdm_regs *regs)
{
	u32 fsts = vtdm_reg32(regs, VTDM_FSTS);
	bool pending = false;
	unsigned int i;

	for (i = 0; i < NR_RECORDS; i++)
		pending |= !!(vtdm_reg64(regs, FRO + 8 + i * 16) & VTDM_FRCD_F);
	KUNIT_ASSERT_EQ(test, pending, !!(fsts & VTDM_FSTS_PPF));
	KUNIT_ASSERT_LT(test, regs->next_fault, (unsigned int)NR_RECORDS);
}

/* A message is pending only while it is masked, and what for is still there. */
static void check_event(struct kunit *test, const struct vtdm_regs *regs,
			unsigned int control, u32 conditions)
{
	u32 value = vtdm_reg32(regs, control);

	KUNIT_ASSERT_EQ(test, value & ~(u32)(VTDM_EVENT_IM | VTDM_EVENT_IP), 0u);
	if (value & VTDM_EVENT_IP) {
		KUNIT_ASSERT_TRUE(test, value & VTDM_EVENT_IM);
		KUNIT_ASSERT_NE(test, conditions, 0u);
	}
}

/* Bits that nothing may ever set. */
static void check_reserved(struct kunit *test, const struct vtdm_regs *regs)
{
	KUNIT_ASSERT_EQ(test, vtdm_reg32(regs, VTDM_GCMD), 0u);
	KUNIT_ASSERT_EQ(test, vtdm_reg32(regs, VTDM_GSTS) & 0x3bffffff, 0u);
	KUNIT_ASSERT_EQ(test, vtdm_reg32(regs, VTDM_FSTS) & 0xffff00ac, 0u);
	KUNIT_ASSERT_EQ(test, vtdm_reg32(regs, VTDM_ICS) & 0xfffffffe, 0u);
	KUNIT_ASSERT_EQ(test, vtdm_reg32(regs, VTDM_PRS) & 0xfffffffc, 0u);
	KUNIT_ASSERT_EQ(test, vtdm_reg64(regs, VTDM_IQT) & ~0x7fff0ULL, 0ULL);
	KUNIT_ASSERT_EQ(test, vtdm_reg64(regs, VTDM_PQT) & ~0x7ffe0ULL, 0ULL);
	KUNIT_ASSERT_EQ(test, vtdm_reg32(regs, VTDM_VER), 0x40u);
}

static void check(struct kunit *test, struct fuzz *fuzz)
{
	const struct vtdm_regs *regs = &fuzz->host->unit->regs;

	check_queue(test, regs);
	check_records(test, regs);
	check_event(test, regs, VTDM_FECTL, vtdm_reg32(regs, VTDM_FSTS) & 0x73);
	check_event(test, regs, VTDM_IECTL, vtdm_reg32(regs, VTDM_ICS));
	check_event(test, regs, VTDM_PECTL, vtdm_reg32(regs, VTDM_PRS));
	check_reserved(test, regs);
}

static const u64 seeds[] = { 1, 0x5eed, 0xc0ffee, 0xdecade, 0xfeedface };

static void describe(const u64 *seed, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %#llx",
		  (unsigned long long)*seed);
}

KUNIT_ARRAY_PARAM(seed, seeds, describe);

static void anything(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	struct fuzz fuzz = {
		.host = host,
		.ep = log_endpoint(host, SID),
		.seed = *(const u64 *)test->param_value,
	};
	const struct vtdm_stats *stats = vtdm_stats(host->unit);
	unsigned int i;

	log_translate(host, SID, 0xe1d);
	for (i = 0; i < STEPS; i++) {
		any_step(&fuzz);
		check(test, &fuzz);
	}
	/* It was not all refused at the first look. */
	for (i = VTDM_DESC_CONTEXT; i <= VTDM_DESC_PAGE_GROUP; i++)
		if (i != VTDM_DESC_INTERRUPT)
			KUNIT_EXPECT_GT(test, stats->descriptors[i], 0ULL);
	KUNIT_EXPECT_GT(test, stats->faults, 0ULL);
	KUNIT_EXPECT_GT(test, stats->faults_lost, 0ULL);
	KUNIT_EXPECT_GT(test, stats->page_requests, 0ULL);
	KUNIT_EXPECT_GT(test, host->nr_stores, 0u);
	for (i = 0; i < LOG_EVENTS; i++)
		KUNIT_EXPECT_GT(test, host->nr_events[i], 0u);
}

static struct kunit_case vtdm_fuzz_cases[] = {
	KUNIT_CASE_PARAM(anything, seed_gen_params),
	{}
};

static struct kunit_suite vtdm_fuzz_suite = {
	.name = "vtdm-fuzz",
	.exit = log_host_exit,
	.test_cases = vtdm_fuzz_cases,
};

kunit_test_suite(vtdm_fuzz_suite);
