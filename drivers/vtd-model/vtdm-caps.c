// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a unit can do.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "vtdm.h"
#include "vtdm-reg-bits.h"

/**
 * DOC: capabilities
 *
 * A unit is described by the two registers that its driver will read. Each of
 * their fields has a name and the highest value that the model implements; of
 * what it does not implement that is 0. So a configuration can be set field by
 * field, and is checked as a whole before a unit is made of it: what the
 * specification ties together (page requests need device TLBs), and where the
 * registers that a field moves would collide.
 *
 * The default is a capable unit, as stale as hardware may be: it does not
 * invalidate anything by itself when it gets a new root table (ESRTPS). Nor does
 * it cache what is not present (CM).
 */

#define VTDM_MAX_ENTRIES	65536

/* As many bits as the widest second stage translates, from 12 on */
#define VTDM_MAX_AM		45

static const unsigned int default_entries[VTDM_CACHES] = {
	[VTDM_CACHE_CONTEXT]	= 64,
	[VTDM_CACHE_PASID]	= 64,
	[VTDM_CACHE_PAGING]	= 256,
	[VTDM_CACHE_IOTLB]	= 1024,
	[VTDM_CACHE_DEVICE]	= 64,
};

/**
 * vtdm_config_default() - a capable unit
 * @config: is filled in
 *
 * Context: any.
 */
void vtdm_config_default(struct vtdm_config *config)
{
	config->cap = FIELD_PREP(VTDM_CAP_ND, 6) |
		      FIELD_PREP(VTDM_CAP_SAGAW, VTDM_SAGAW_4_LEVEL) |
		      FIELD_PREP(VTDM_CAP_MGAW, 48 - 1) |
		      FIELD_PREP(VTDM_CAP_FRO, 0x800 / VTDM_OFFSET_UNIT) |
		      FIELD_PREP(VTDM_CAP_SSLPS, VTDM_SSLPS_2M | VTDM_SSLPS_1G) |
		      VTDM_CAP_PSI | FIELD_PREP(VTDM_CAP_NFR, 8 - 1) |
		      FIELD_PREP(VTDM_CAP_MAMV, 18) | VTDM_CAP_DWD |
		      VTDM_CAP_DRD | VTDM_CAP_FS1GP;
	config->ecap = VTDM_ECAP_C | VTDM_ECAP_QI | VTDM_ECAP_DT |
		       VTDM_ECAP_PT | VTDM_ECAP_SC |
		       FIELD_PREP(VTDM_ECAP_IRO, 0x500 / VTDM_OFFSET_UNIT) |
		       VTDM_ECAP_NEST | VTDM_ECAP_PRS | VTDM_ECAP_SRS |
		       FIELD_PREP(VTDM_ECAP_PSS, 20 - 1) | VTDM_ECAP_PASID |
		       VTDM_ECAP_PDS | VTDM_ECAP_SMTS | VTDM_ECAP_SSADS |
		       VTDM_ECAP_SSTS | VTDM_ECAP_FSTS | VTDM_ECAP_SMPWC |
		       VTDM_ECAP_RPS;
	memcpy(config->entries, default_entries, sizeof(default_entries));
}

/**
 * vtdm_cap_find() - a capability by its name
 * @name: as in vtdm_caps
 *
 * Context: any.
 * Return: the capability, NULL: there is none of that name.
 */
const struct vtdm_cap *vtdm_cap_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < vtdm_nr_caps; i++)
		if (!strcmp(vtdm_caps[i].name, name))
			return &vtdm_caps[i];
	return NULL;
}

static unsigned int cap_shift(const struct vtdm_cap *cap)
{
	unsigned int shift = 0;

	while (!(cap->mask >> shift & 1))
		shift++;
	return shift;
}

static u64 *cap_register(struct vtdm_config *config, const struct vtdm_cap *cap)
{
	return cap->ecap ? &config->ecap : &config->cap;
}

/**
 * vtdm_cap_set() - change one capability
 * @config: of the unit to be
 * @cap: which
 * @value: of the field
 *
 * Whether it goes with the others vtdm_config_refusal() tells.
 *
 * Context: any.
 * Return: 0; -EINVAL: beyond what the model implements.
 */
int vtdm_cap_set(struct vtdm_config *config, const struct vtdm_cap *cap,
		 unsigned int value)
{
	u64 *reg = cap_register(config, cap);

	if (value > cap->max)
		return -EINVAL;
	*reg = (*reg & ~cap->mask) | (u64)value << cap_shift(cap);
	return 0;
}

/* ---- what does not go together ---- */

static bool unimplemented(const struct vtdm_config *config)
{
	u64 cap = config->cap, ecap = config->ecap;
	unsigned int i;

	for (i = 0; i < vtdm_nr_caps; i++) {
		const struct vtdm_cap *field = &vtdm_caps[i];
		u64 *reg = field->ecap ? &ecap : &cap;

		if ((*reg & field->mask) >> cap_shift(field) > field->max)
			return true;
		*reg &= ~field->mask;
	}
	/* Bits of no field are reserved. */
	return cap || ecap;
}

static bool has(const struct vtdm_config *config, u64 ecap)
{
	return (config->ecap & ecap) == ecap;
}

static bool scalable_without_queue(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_SMTS) && !has(config, VTDM_ECAP_QI);
}

static bool stage_without_scalable(const struct vtdm_config *config)
{
	return config->ecap & (VTDM_ECAP_SSTS | VTDM_ECAP_FSTS |
			       VTDM_ECAP_PASID) &&
	       !has(config, VTDM_ECAP_SMTS);
}

static bool scalable_without_stage(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_SMTS) &&
	       !(config->ecap & (VTDM_ECAP_SSTS | VTDM_ECAP_FSTS | VTDM_ECAP_PT));
}

static bool nest_without_stages(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_NEST) &&
	       !has(config, VTDM_ECAP_SSTS | VTDM_ECAP_FSTS);
}

static bool width_without_pasid(const struct vtdm_config *config)
{
	return config->ecap & VTDM_ECAP_PSS && !has(config, VTDM_ECAP_PASID);
}

static bool device_tlb_without_queue(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_DT) && !has(config, VTDM_ECAP_QI);
}

static bool requests_without_device_tlb(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_PRS) &&
	       !has(config, VTDM_ECAP_DT | VTDM_ECAP_SMTS);
}

static bool drain_without_requests(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_PDS) && !has(config, VTDM_ECAP_PRS);
}

static bool ats_without_device_tlb(const struct vtdm_config *config)
{
	return config->ecap & (VTDM_ECAP_DIT | VTDM_ECAP_NWFS) &&
	       !has(config, VTDM_ECAP_DT);
}

static bool privilege_without_requests(const struct vtdm_config *config)
{
	return has(config, VTDM_ECAP_RPRIVS) && !has(config, VTDM_ECAP_SRS);
}

static bool first_stage_extras(const struct vtdm_config *config)
{
	return (config->cap & (VTDM_CAP_FS1GP | VTDM_CAP_FS5LP) ||
		config->ecap & VTDM_ECAP_EAFS) &&
	       !has(config, VTDM_ECAP_FSTS);
}

static bool second_stage_extras(const struct vtdm_config *config)
{
	return (config->cap & VTDM_CAP_SSLPS ||
		config->ecap & VTDM_ECAP_SSADS) &&
	       !has(config, VTDM_ECAP_SSTS);
}

static bool giant_without_large(const struct vtdm_config *config)
{
	return FIELD_GET(VTDM_CAP_SSLPS, config->cap) == VTDM_SSLPS_1G;
}

static bool wrong_levels(const struct vtdm_config *config)
{
	unsigned int sagaw = FIELD_GET(VTDM_CAP_SAGAW, config->cap);
	unsigned int known = VTDM_SAGAW_3_LEVEL | VTDM_SAGAW_4_LEVEL |
			     VTDM_SAGAW_5_LEVEL;

	return sagaw & ~known || (has(config, VTDM_ECAP_SSTS) && !sagaw);
}

static bool too_wide(const struct vtdm_config *config)
{
	unsigned int sagaw = FIELD_GET(VTDM_CAP_SAGAW, config->cap);
	unsigned int width = FIELD_GET(VTDM_CAP_MGAW, config->cap) + 1;

	if (sagaw & VTDM_SAGAW_5_LEVEL)
		return width > 57;
	if (sagaw & VTDM_SAGAW_4_LEVEL || has(config, VTDM_ECAP_FSTS))
		return width > 48;
	return width > 39;
}

static bool overlap(unsigned int a, unsigned int a_end, unsigned int b,
		    unsigned int b_end)
{
	return a < b_end && b < a_end;
}

static bool registers_collide(const struct vtdm_config *config)
{
	unsigned int faults, faults_end, iotlb, iotlb_end;

	faults = FIELD_GET(VTDM_CAP_FRO, config->cap) * VTDM_OFFSET_UNIT;
	faults_end = faults + (FIELD_GET(VTDM_CAP_NFR, config->cap) + 1) *
			      VTDM_FRCD_SIZE;
	iotlb = FIELD_GET(VTDM_ECAP_IRO, config->ecap) * VTDM_OFFSET_UNIT;
	iotlb_end = iotlb + VTDM_IOTLB_REGS;

	return faults < VTDM_FIXED_REGS || faults_end > VTDM_REG_SIZE ||
	       iotlb < VTDM_FIXED_REGS || iotlb_end > VTDM_REG_SIZE ||
	       overlap(faults, faults_end, iotlb, iotlb_end);
}

static bool wrong_entries(const struct vtdm_config *config)
{
	unsigned int i;

	for (i = 0; i < VTDM_CACHES; i++)
		if (!config->entries[i] || config->entries[i] > VTDM_MAX_ENTRIES)
			return true;
	return false;
}

static const struct vtdm_rule {
	bool (*broken)(const struct vtdm_config *config);
	const char *text;
} rules[] = {
	{ unimplemented, "a capability that the model does not implement" },
	{ scalable_without_queue, "scalable mode (SMTS) needs the invalidation queue (QI)" },
	{ stage_without_scalable, "SSTS, FSTS and PASID need scalable mode (SMTS)" },
	{ scalable_without_stage, "scalable mode (SMTS) needs one of SSTS, FSTS and PT" },
	{ nest_without_stages, "nested translation (NEST) needs SSTS and FSTS" },
	{ width_without_pasid, "a PASID width (PSS) needs PASID" },
	{ device_tlb_without_queue, "device TLBs (DT) need the invalidation queue (QI)" },
	{ requests_without_device_tlb, "page requests (PRS) need DT and SMTS" },
	{ drain_without_requests, "draining of page requests (PDS) needs PRS" },
	{ ats_without_device_tlb, "DIT and NWFS need device TLBs (DT)" },
	{ privilege_without_requests, "RPRIVS needs SRS" },
	{ first_stage_extras, "FS1GP, FS5LP and EAFS need the first stage (FSTS)" },
	{ second_stage_extras, "SSLPS and SSADS need the second stage (SSTS)" },
	{ giant_without_large, "second-stage pages of 1G (SSLPS) need pages of 2M" },
	{ wrong_levels, "SAGAW has bits 1, 2, 3: 3, 4, 5 levels; SSTS needs one" },
	{ too_wide, "MGAW is beyond what the page tables translate" },
	{ registers_collide, "FRO, NFR or IRO put registers on others, or outside" },
	{ wrong_entries, "a cache has 1 to 65536 entries" },
};

/**
 * vtdm_config_refusal() - why no unit can be like this
 * @config: the unit to be
 *
 * Context: any.
 * Return: a static text, NULL: it can.
 */
const char *vtdm_config_refusal(const struct vtdm_config *config)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].broken(config))
			return rules[i].text;
	return NULL;
}

#define CAP_FIELD(_name, _mask, _max) \
	{ .name = _name, .ecap = false, .mask = _mask, .max = _max }
#define ECAP_FIELD(_name, _mask, _max) \
	{ .name = _name, .ecap = true, .mask = _mask, .max = _max }

/* 11.4.2, 11.4.3 */
const struct vtdm_cap vtdm_caps[] = {
	CAP_FIELD("nd",		VTDM_CAP_ND,		6),
	CAP_FIELD("afl",	VTDM_CAP_AFL,		0),
	CAP_FIELD("rwbf",	VTDM_CAP_RWBF,		0),
	CAP_FIELD("plmr",	VTDM_CAP_PLMR,		0),
	CAP_FIELD("phmr",	VTDM_CAP_PHMR,		0),
	CAP_FIELD("cm",		VTDM_CAP_CM,		1),
	CAP_FIELD("sagaw",	VTDM_CAP_SAGAW,		0xe),
	CAP_FIELD("mgaw",	VTDM_CAP_MGAW,		57 - 1),
	CAP_FIELD("zlr",	VTDM_CAP_ZLR,		0),
	CAP_FIELD("fro",	VTDM_CAP_FRO,		0xff),
	CAP_FIELD("sslps",	VTDM_CAP_SSLPS,		3),
	CAP_FIELD("psi",	VTDM_CAP_PSI,		1),
	CAP_FIELD("nfr",	VTDM_CAP_NFR,		0xff),
	CAP_FIELD("mamv",	VTDM_CAP_MAMV,		VTDM_MAX_AM),
	CAP_FIELD("dwd",	VTDM_CAP_DWD,		1),
	CAP_FIELD("drd",	VTDM_CAP_DRD,		1),
	CAP_FIELD("fs1gp",	VTDM_CAP_FS1GP,		1),
	CAP_FIELD("pi",		VTDM_CAP_PI,		0),
	CAP_FIELD("fs5lp",	VTDM_CAP_FS5LP,		1),
	CAP_FIELD("ecmds",	VTDM_CAP_ECMDS,		0),
	CAP_FIELD("esirtps",	VTDM_CAP_ESIRTPS,	0),
	CAP_FIELD("esrtps",	VTDM_CAP_ESRTPS,	1),

	ECAP_FIELD("c",		VTDM_ECAP_C,		1),
	ECAP_FIELD("qi",	VTDM_ECAP_QI,		1),
	ECAP_FIELD("dt",	VTDM_ECAP_DT,		1),
	ECAP_FIELD("ir",	VTDM_ECAP_IR,		0),
	ECAP_FIELD("eim",	VTDM_ECAP_EIM,		0),
	ECAP_FIELD("pt",	VTDM_ECAP_PT,		1),
	ECAP_FIELD("sc",	VTDM_ECAP_SC,		1),
	ECAP_FIELD("iro",	VTDM_ECAP_IRO,		0xff),
	ECAP_FIELD("mhmv",	VTDM_ECAP_MHMV,		0),
	ECAP_FIELD("mts",	VTDM_ECAP_MTS,		0),
	ECAP_FIELD("nest",	VTDM_ECAP_NEST,		1),
	ECAP_FIELD("prs",	VTDM_ECAP_PRS,		1),
	ECAP_FIELD("ers",	VTDM_ECAP_ERS,		1),
	ECAP_FIELD("srs",	VTDM_ECAP_SRS,		1),
	ECAP_FIELD("nwfs",	VTDM_ECAP_NWFS,		1),
	ECAP_FIELD("eafs",	VTDM_ECAP_EAFS,		1),
	ECAP_FIELD("pss",	VTDM_ECAP_PSS,		20 - 1),
	ECAP_FIELD("pasid",	VTDM_ECAP_PASID,	1),
	ECAP_FIELD("dit",	VTDM_ECAP_DIT,		1),
	ECAP_FIELD("pds",	VTDM_ECAP_PDS,		1),
	ECAP_FIELD("smts",	VTDM_ECAP_SMTS,		1),
	ECAP_FIELD("vcs",	VTDM_ECAP_VCS,		0),
	ECAP_FIELD("ssads",	VTDM_ECAP_SSADS,	1),
	ECAP_FIELD("ssts",	VTDM_ECAP_SSTS,		1),
	ECAP_FIELD("fsts",	VTDM_ECAP_FSTS,		1),
	ECAP_FIELD("smpwc",	VTDM_ECAP_SMPWC,	1),
	ECAP_FIELD("rps",	VTDM_ECAP_RPS,		1),
	ECAP_FIELD("pms",	VTDM_ECAP_PMS,		0),
	ECAP_FIELD("adms",	VTDM_ECAP_ADMS,		0),
	ECAP_FIELD("rprivs",	VTDM_ECAP_RPRIVS,	1),
};

const unsigned int vtdm_nr_caps = ARRAY_SIZE(vtdm_caps);
