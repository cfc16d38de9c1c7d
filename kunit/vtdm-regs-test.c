// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: registers of a software unit, as software sees them.
 */
#include "vtdm-log-host.h"

#define FRO	0x800
#define IRO	0x500

/**
 * struct expected - what is to be known of a register
 * @name: of it
 * @reg: where it is
 * @width: in bytes
 * @reset: after power-up
 * @writable: bits that keep what is written
 */
struct expected {
	const char *name;
	unsigned int reg;
	unsigned int width;
	u64 reset;
	u64 writable;
};

static const struct expected all[] = {
	{ "VER", 0x00, 4, 0x40, 0 },
	{ "GCMD", 0x18, 4, 0, 0 },
	{ "RTADDR", 0x20, 8, 0, ~0x3ffULL },
	{ "CCMD", 0x28, 8, 0, 0x60000003ffffffffULL },
	{ "FECTL", 0x38, 4, 0x80000000, 0x80000000 },
	{ "FEDATA", 0x3c, 4, 0, 0xffffffff },
	{ "FEADDR", 0x40, 4, 0, 0xfffffffc },
	{ "FEUADDR", 0x44, 4, 0, 0xffffffff },
	{ "AFLOG", 0x58, 8, 0, 0 },
	{ "PMEN", 0x64, 4, 0, 0 },
	{ "PLMBASE", 0x68, 4, 0, 0 },
	{ "PHMLIMIT", 0x78, 8, 0, 0 },
	{ "IQH", 0x80, 8, 0, 0 },
	{ "IQT", 0x88, 8, 0, 0x7fff0 },
	{ "IQA", 0x90, 8, 0, ~0xfffULL | 0x807 },
	{ "ICS", 0x9c, 4, 0, 0 },
	{ "IECTL", 0xa0, 4, 0x80000000, 0x80000000 },
	{ "IEDATA", 0xa4, 4, 0, 0xffffffff },
	{ "IEADDR", 0xa8, 4, 0, 0xfffffffc },
	{ "IEUADDR", 0xac, 4, 0, 0xffffffff },
	{ "IQERCD", 0xb0, 8, 0, 0 },
	{ "IRTA", 0xb8, 8, 0, 0 },
	{ "PQH", 0xc0, 8, 0, 0x7ffe0 },
	{ "PQT", 0xc8, 8, 0, 0x7ffe0 },
	{ "PQA", 0xd0, 8, 0, ~0xfffULL | 0x7 },
	{ "PRS", 0xdc, 4, 0, 0 },
	{ "PECTL", 0xe0, 4, 0x80000000, 0x80000000 },
	{ "PEDATA", 0xe4, 4, 0, 0xffffffff },
	{ "PEADDR", 0xe8, 4, 0, 0xfffffffc },
	{ "PEUADDR", 0xec, 4, 0, 0xffffffff },
	{ "MTRRCAP", 0x100, 8, 0, 0 },
	{ "IVA", IRO, 8, 0, ~0xfffULL | 0x7f },
	{ "IOTLB", IRO + 8, 8, 0, 0x3003ffff00000000ULL },
	{ "FRCD low", FRO, 8, 0, 0 },
	{ "FRCD high", FRO + 8, 8, 0, 0 },
	{ "behind FRCD", FRO + 0x80, 8, 0, 0 },
	{ "VCCAP", 0xe30, 8, 0, 0 },
	{ "the last", 0xff8, 8, 0, 0 },
};

static void describe(const struct expected *expected, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", expected->name);
}

KUNIT_ARRAY_PARAM(register, all, describe);

/* The bit that starts something, which other tests look at */
static u64 command(const struct expected *reg)
{
	if (reg->reg == VTDM_CCMD)
		return VTDM_CCMD_ICC;
	return reg->reg == IRO + VTDM_IOTLB ? VTDM_IOTLB_IVT : 0;
}

static void values(struct kunit *test)
{
	const struct expected *reg = test->param_value;
	struct log_host *host = log_host_default(test);
	u64 ones = ~command(reg);
	u64 seen;

	KUNIT_EXPECT_EQ(test, vtdm_read(host->unit, reg->reg, reg->width),
			reg->reset);
	/* Translation and the queue go on, as any other bits. */
	vtdm_write(host->unit, reg->reg, reg->width, ones);
	seen = vtdm_read(host->unit, reg->reg, reg->width);
	KUNIT_EXPECT_EQ(test, seen & reg->writable, ones & reg->writable);
	KUNIT_EXPECT_EQ(test, seen & ~reg->writable,
			reg->reset & ~reg->writable);
	vtdm_write(host->unit, reg->reg, reg->width, 0);
	seen = vtdm_read(host->unit, reg->reg, reg->width);
	KUNIT_EXPECT_EQ(test, seen, reg->reset & ~reg->writable);

	vtdm_write(host->unit, reg->reg, reg->width, ones);
	vtdm_reset(host->unit);
	KUNIT_EXPECT_EQ(test, vtdm_read(host->unit, reg->reg, reg->width),
			reg->reset);
}

/* Each half of a 64-bit register by itself. */
static void halves(struct kunit *test)
{
	const struct expected *reg = test->param_value;
	struct log_host *host = log_host_default(test);

	if (reg->width != 8)
		return;
	log_write32(host, reg->reg, 0x12345678);
	KUNIT_EXPECT_EQ(test, log_read64(host, reg->reg),
			0x12345678 & reg->writable);
	log_write32(host, reg->reg + 4, 0x1abcdef0);
	KUNIT_EXPECT_EQ(test, log_read64(host, reg->reg),
			0x1abcdef012345678ULL & reg->writable);
	KUNIT_EXPECT_EQ(test, log_read32(host, reg->reg + 4),
			0x1abcdef0 & (reg->writable >> 32));
	log_write32(host, reg->reg, 0);
	KUNIT_EXPECT_EQ(test, log_read64(host, reg->reg),
			0x1abcdef000000000ULL & reg->writable);
}

/* A 64-bit access to two 32-bit registers reaches both. */
static void pairs(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_write64(host, VTDM_FECTL + VTDM_EVENT_ADDR, 0x1122334455667788ULL);
	KUNIT_EXPECT_EQ(test, log_read32(host, 0x40), 0x55667788u);
	KUNIT_EXPECT_EQ(test, log_read32(host, 0x44), 0x11223344u);
	KUNIT_EXPECT_EQ(test, log_read64(host, 0x40), 0x1122334455667788ULL);
	/* FECTL and FEDATA */
	log_write64(host, VTDM_FECTL, 0x99ULL << 32);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_FECTL), 0x99ULL << 32);
	/* GCMD and GSTS: one cannot be read, the other not written */
	log_write64(host, VTDM_GCMD, ~0ULL << 32 | VTDM_G_TE);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_GCMD),
			(u64)VTDM_G_TE << 32);
	/* a reserved word, and PMEN */
	log_write64(host, 0x60, ~0ULL);
	KUNIT_EXPECT_EQ(test, log_read64(host, 0x60), 0ULL);
}

static void wrong_accesses(struct kunit *test)
{
	static const struct { unsigned int reg, width; } wrong[] = {
		{ VTDM_IQA, 1 }, { VTDM_IQA, 2 }, { VTDM_IQA, 3 },
		{ VTDM_IQA, 0 }, { VTDM_IQA, 16 }, { VTDM_IQA + 1, 4 },
		{ VTDM_IQA + 2, 4 }, { VTDM_IQA + 4, 8 }, { VTDM_IQA - 4, 8 },
		{ 0xffc, 8 }, { 0x1000, 4 }, { 0x1000, 8 }, { 0x1090, 8 },
		{ 0xfffffffc, 4 }, { 0xfffffff8, 8 },
	};
	struct log_host *host = log_host_default(test);
	unsigned int i;

	log_write64(host, VTDM_IQA, 0xabc000);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		u64 value = vtdm_read(host->unit, wrong[i].reg, wrong[i].width);

		KUNIT_EXPECT_EQ(test, value, wrong[i].width == 4 ?
					     0xffffffffULL : ~0ULL);
		vtdm_write(host->unit, wrong[i].reg, wrong[i].width, 0);
		KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_IQA), 0xabc000ULL);
	}
}

/* Without QI or PRS their registers are reserved. */
static void absent(struct kunit *test)
{
	struct vtdm_config config;
	struct log_host *host;
	unsigned int reg;

	vtdm_config_default(&config);
	config.ecap = FIELD_PREP(VTDM_ECAP_IRO, IRO / 16);
	config.cap &= ~(VTDM_CAP_SSLPS | VTDM_CAP_FS1GP);
	host = log_host_create(test, &config);
	for (reg = VTDM_IQH; reg < VTDM_FIXED_REGS; reg += 4) {
		log_write32(host, reg, 0xffffffff);
		KUNIT_EXPECT_EQ(test, log_read32(host, reg), 0u);
	}
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS), 0u);
}

/* FRO and IRO say where; elsewhere there is nothing. */
static void moved(struct kunit *test)
{
	struct vtdm_config config;
	struct log_host *host;

	vtdm_config_default(&config);
	vtdm_cap_set(&config, vtdm_cap_find("fro"), 0x20);
	vtdm_cap_set(&config, vtdm_cap_find("iro"), 0xf);
	host = log_host_create(test, &config);
	log_write64(host, 0xf0, 0x7000);
	KUNIT_EXPECT_EQ(test, log_read64(host, 0xf0), 0x7000ULL);
	log_write64(host, IRO, 0x7000);
	KUNIT_EXPECT_EQ(test, log_read64(host, IRO), 0ULL);
	vtdm_fault_record(host->unit, &(struct vtdm_fault) {
		.source_id = 0x33, .pasid = VTDM_NO_PASID, .reason = 1 });
	KUNIT_EXPECT_EQ(test, log_read32(host, 0x208), 0x33u);
	KUNIT_EXPECT_EQ(test, log_read32(host, FRO + 8), 0u);
}

static void commands(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	KUNIT_EXPECT_FALSE(test, vtdm_translating(host->unit));
	log_write32(host, VTDM_GCMD, VTDM_G_TE);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS), (u32)VTDM_G_TE);
	KUNIT_EXPECT_TRUE(test, vtdm_translating(host->unit));
	/* A level that is not repeated goes off. */
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS), (u32)VTDM_G_QIE);
	KUNIT_EXPECT_FALSE(test, vtdm_translating(host->unit));
	/* A command that is done says so ever after. */
	log_write32(host, VTDM_GCMD, VTDM_G_QIE | VTDM_G_SRTP);
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS),
			(u32)(VTDM_G_QIE | VTDM_G_SRTP));
	log_write32(host, VTDM_GCMD, 0);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS), (u32)VTDM_G_SRTP);
	/* What the unit has not: write buffers, interrupts, fault log. */
	log_write32(host, VTDM_GCMD, ~(u32)(VTDM_G_TE | VTDM_G_QIE));
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS), (u32)VTDM_G_SRTP);
	vtdm_reset(host->unit);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_GSTS), 0u);
}

/* RTADDR counts from the command on, not from the write. */
static void root_is_latched(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_write64(host, VTDM_RTADDR, 0x5400);
	KUNIT_EXPECT_EQ(test, vtdm_root(host->unit), 0ULL);
	log_write32(host, VTDM_GCMD, VTDM_G_SRTP);
	KUNIT_EXPECT_EQ(test, vtdm_root(host->unit), 0x5400ULL);
	log_write64(host, VTDM_RTADDR, 0x6400);
	log_write32(host, VTDM_GCMD, VTDM_G_TE);
	KUNIT_EXPECT_EQ(test, vtdm_root(host->unit), 0x5400ULL);
	log_write32(host, VTDM_GCMD, VTDM_G_TE | VTDM_G_SRTP);
	KUNIT_EXPECT_EQ(test, vtdm_root(host->unit), 0x6400ULL);
	vtdm_reset(host->unit);
	KUNIT_EXPECT_EQ(test, vtdm_root(host->unit), 0ULL);
}

/* CCMD and IOTLB answer while the queue is off. */
static void flush_by_register(struct kunit *test)
{
	struct log_host *host = log_host_default(test);
	u64 g, value;

	for (g = 0; g < 4; g++) {
		log_write64(host, VTDM_CCMD, VTDM_CCMD_ICC | g << 61);
		value = log_read64(host, VTDM_CCMD);
		KUNIT_EXPECT_EQ(test, value, g << 61 | g << 59);

		log_write64(host, IRO, 0x12000 | 18);
		log_write64(host, IRO + 8, VTDM_IOTLB_IVT | g << 60);
		value = log_read64(host, IRO + 8);
		KUNIT_EXPECT_EQ(test, value, g << 60 | g << 57);
	}
	/* The command in the upper half by itself. */
	log_write32(host, VTDM_CCMD + 4, 0xa0000000);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_CCMD + 4), 0x28000000u);

	/* AM beyond MAMV: nothing is done. */
	log_write64(host, IRO, 0x12000 | 19);
	log_write64(host, IRO + 8, VTDM_IOTLB_IVT | 3ULL << 60);
	KUNIT_EXPECT_EQ(test, log_read64(host, IRO + 8), 3ULL << 60);
}

static void no_flush_beside_the_queue(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	log_queue_on(host, true, 0);
	log_write64(host, VTDM_CCMD, VTDM_CCMD_ICC | 1ULL << 61);
	KUNIT_EXPECT_EQ(test, log_read64(host, VTDM_CCMD),
			VTDM_CCMD_ICC | 1ULL << 61);
	log_write64(host, IRO + 8, VTDM_IOTLB_IVT | 1ULL << 60);
	KUNIT_EXPECT_EQ(test, log_read64(host, IRO + 8),
			VTDM_IOTLB_IVT | 1ULL << 60);
}

/* A tester's things survive a reset. */
static void reset_keeps(struct kunit *test)
{
	struct log_host *host = log_host_default(test);

	vtdm_knobs(host->unit)->completion_reads = 7;
	vtdm_fault_record(host->unit, &(struct vtdm_fault) {
		.source_id = 0x33, .pasid = VTDM_NO_PASID, .reason = 1 });
	vtdm_reset(host->unit);
	KUNIT_EXPECT_EQ(test, vtdm_knobs(host->unit)->completion_reads, 7u);
	KUNIT_EXPECT_EQ(test, vtdm_stats(host->unit)->faults, 1ULL);
	KUNIT_EXPECT_EQ(test, log_read32(host, VTDM_FSTS), 0u);
	KUNIT_EXPECT_EQ(test, log_read64(host, FRO + 8), 0ULL);
}

static struct kunit_case vtdm_regs_cases[] = {
	KUNIT_CASE_PARAM(values, register_gen_params),
	KUNIT_CASE_PARAM(halves, register_gen_params),
	KUNIT_CASE(pairs),
	KUNIT_CASE(wrong_accesses),
	KUNIT_CASE(absent),
	KUNIT_CASE(moved),
	KUNIT_CASE(commands),
	KUNIT_CASE(root_is_latched),
	KUNIT_CASE(flush_by_register),
	KUNIT_CASE(no_flush_beside_the_queue),
	KUNIT_CASE(reset_keeps),
	{}
};

static struct kunit_suite vtdm_regs_suite = {
	.name = "vtdm-regs",
	.exit = log_host_exit,
	.test_cases = vtdm_regs_cases,
};

kunit_test_suite(vtdm_regs_suite);
