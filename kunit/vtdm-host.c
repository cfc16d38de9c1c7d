// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine for the software unit under test.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "vtdm-host.h"

/**
 * DOC: machine for tests
 *
 * Memory is a few pages from 1 MiB on that are given out and never reused, so
 * that a stale pointer is always seen. Everything the unit says is counted. The
 * tables have all rights until a test takes some, and the unit's registers are
 * used as a driver would.
 */

static bool host_has(struct host *host, u64 phys, u64 *index)
{
	*index = (phys - HOST_BASE) >> VTDM_PAGE_LG2;
	return phys >= HOST_BASE && *index < HOST_PAGES && host->page[*index];
}

static bool host_load64(void *data, u64 phys, u64 *value)
{
	struct host *host = data;
	u64 index;

	host->loads++;
	if (phys % sizeof(u64) || !host_has(host, phys, &index))
		return false;
	*value = *host_word(host, phys);
	return true;
}

static bool host_cmpxchg64(void *data, u64 phys, u64 old, u64 new, u64 *seen)
{
	struct host *host = data;
	u64 index, *word;

	host->exchanges++;
	if (phys % sizeof(u64) || !host_has(host, phys, &index))
		return false;
	if (host->race)
		host->race(host, phys);
	word = host_word(host, phys);
	*seen = *word;
	if (*word == old)
		*word = new;
	return true;
}

static bool host_store32(void *data, u64 phys, u32 value)
{
	struct host *host = data;
	u64 index;

	if (phys % sizeof(u32) || !host_has(host, phys, &index))
		return false;
	memcpy(host->page[index] + phys % SZ_4K, &value, sizeof(value));
	return true;
}

static bool host_copy(void *data, u64 phys, void *buf, size_t size, bool write)
{
	struct host *host = data;
	u64 index;

	if (!host_has(host, phys, &index) || phys % SZ_4K + size > SZ_4K)
		return false;
	if (write)
		memcpy(host->page[index] + phys % SZ_4K, buf, size);
	else
		memcpy(buf, host->page[index] + phys % SZ_4K, size);
	return true;
}

static bool host_is_kernel(void *data, u64 phys)
{
	struct host *host = data;
	u64 page = phys & VTDM_PAGE_MASK;

	return page == host->kernel[0] || page == host->kernel[1];
}

static bool host_in_use(void *data, u64 phys)
{
	struct host *host = data;
	u64 index;

	return host_has(host, phys, &index) && host->used[index];
}

static void host_event(void *data, enum vtdm_event event, u64 addr, u32 value)
{
	struct host *host = data;

	host->nr_events[event]++;
}

static void host_response(void *data, struct vtdm_endpoint *ep, u32 pasid, u32 group, u8 code)
{
	struct host *host = data;

	host->nr_responses++;
}

static void host_defect(void *data, const struct vtdm_defect *defect)
{
	struct host *host = data;

	host->nr_defects++;
	host->defect = *defect;
}

static void *host_alloc(void *data, size_t size)
{
	return kzalloc(size, GFP_KERNEL);
}

static void host_free(void *data, void *mem)
{
	kfree(mem);
}

static const struct vtdm_host_ops host_ops = {
	.load64		= host_load64,
	.cmpxchg64	= host_cmpxchg64,
	.store32	= host_store32,
	.copy		= host_copy,
	.is_kernel	= host_is_kernel,
	.in_use		= host_in_use,
	.event		= host_event,
	.response	= host_response,
	.defect		= host_defect,
	.alloc		= host_alloc,
	.free		= host_free,
};

/* The word at an address of memory that is there. */
u64 *host_word(struct host *host, u64 phys)
{
	u64 index = (phys - HOST_BASE) >> VTDM_PAGE_LG2;

	return (u64 *)(host->page[index] + phys % SZ_4K);
}

/* A zeroed page; its address. */
u64 host_page(struct host *host)
{
	unsigned int index = host->nr_pages++;

	KUNIT_ASSERT_LT(host->test, index, HOST_PAGES);
	host->page[index] = kunit_kzalloc(host->test, SZ_4K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(host->test, host->page[index]);
	host->used[index] = true;
	return HOST_BASE + index * SZ_4K;
}

/* The page is free memory; what it has in it stays. */
void host_free_page(struct host *host, u64 phys)
{
	host->used[(phys - HOST_BASE) >> VTDM_PAGE_LG2] = false;
}

/* All that the model can do, but for caching mode. */
void host_config(struct vtdm_config *config)
{
	vtdm_config_default(config);
	config->cap = (config->cap & ~(VTDM_CAP_SAGAW | VTDM_CAP_MGAW)) |
		      FIELD_PREP(VTDM_CAP_SAGAW, VTDM_SAGAW_3_LEVEL | VTDM_SAGAW_4_LEVEL |
				 VTDM_SAGAW_5_LEVEL) |
		      FIELD_PREP(VTDM_CAP_MGAW, 57 - 1) | VTDM_CAP_FS5LP;
	config->ecap |= VTDM_ECAP_ERS | VTDM_ECAP_SRS | VTDM_ECAP_RPRIVS | VTDM_ECAP_EAFS |
			VTDM_ECAP_RPS;
}

/* A device with all its abilities, PASID on and the others off. */
struct vtdm_endpoint *host_add(struct host *host, u16 source_id)
{
	struct vtdm_endpoint_config config = {
		.source_id = source_id,
		.pasid_width = 20,
		.ats = true,
		.pri = true,
		.data = host,
	};
	struct vtdm_endpoint *ep = vtdm_endpoint_add(host->unit, &config);

	KUNIT_ASSERT_NOT_NULL(host->test, ep);
	KUNIT_ASSERT_EQ(host->test, vtdm_endpoint_enable(ep, VTDM_PASID, true), 0);
	return ep;
}

/* Translation is on, with a root table; @config NULL: that of host_config(). */
struct host *host_create(struct kunit *test, const struct vtdm_config *config)
{
	struct host *host = kunit_kzalloc(test, sizeof(*host), GFP_KERNEL);
	struct vtdm_config all;

	KUNIT_ASSERT_NOT_NULL(test, host);
	host_config(&all);
	host->test = test;
	test->priv = host;
	host->unit = vtdm_create(config ? config : &all, &host_ops, host);
	KUNIT_ASSERT_NOT_NULL(test, host->unit);
	host->ep = host_add(host, HOST_SID);
	host->root = host_page(host);
	vtdm_write(host->unit, VTDM_RTADDR, 8,
		   host->root | FIELD_PREP(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
	vtdm_write(host->unit, VTDM_GCMD, 4, VTDM_G_SRTP);
	host_translate(host, true);
	return host;
}

void host_destroy(struct host *host)
{
	if (!host || !host->unit)
		return;
	while (host->unit->endpoints)
		vtdm_endpoint_remove(host->unit->endpoints);
	vtdm_destroy(host->unit);
}

void host_translate(struct host *host, bool on)
{
	vtdm_write(host->unit, VTDM_GCMD, 4, on ? VTDM_G_TE : 0);
	KUNIT_ASSERT_EQ(host->test, vtdm_translating(host->unit), on);
}

/* The page that a word points to, made when it points to none. */
static u64 host_below(struct host *host, u64 phys, unsigned int pages, u64 bits)
{
	u64 *word = host_word(host, phys);
	u64 below;

	if (*word & 1)
		return *word & VTDM_TABLE_ADDR;
	below = host_page(host);
	while (--pages)
		host_page(host);
	*word = below | bits;
	return below;
}

u64 host_context(struct host *host, u16 source_id)
{
	u64 root = host->root + (source_id >> 8) * VTDM_ROOT_SIZE + (source_id & 0x80 ? 8 : 0);
	u64 table = host_below(host, root, 1, VTDM_ROOT_P);
	u64 context = table + (source_id & 0x7f) * VTDM_CONTEXT_SIZE;

	/* PDTS 0 is 128 entries, a quarter of a page; 3 is two pages for 16 bits */
	host_below(host, context, 2,
		   VTDM_CONTEXT_P | VTDM_CONTEXT_DTE | VTDM_CONTEXT_PASIDE | VTDM_CONTEXT_PRE |
		   FIELD_PREP(VTDM_CONTEXT_PDTS, 3));
	return context;
}

u64 host_pasid(struct host *host, u16 source_id, u32 pasid)
{
	u64 context = host_context(host, source_id);
	u64 directory = *host_word(host, context) & VTDM_TABLE_ADDR;
	u64 table = host_below(host, directory + (pasid >> 6) * sizeof(u64), 1,
			       VTDM_DIRECTORY_P);

	return table + (pasid & 63) * VTDM_PASID_SIZE;
}

void host_attach(struct host *host, u16 source_id, u32 pasid, u8 pgtt, u16 did,
		 u64 first, u64 second)
{
	u64 *word = host_word(host, host_pasid(host, source_id, pasid));

	word[2] = first;
	word[1] = did | VTDM_PASID_PWSNP;
	word[0] = second | VTDM_PASID_P | FIELD_PREP(VTDM_PASID_PGTT, pgtt) |
		  FIELD_PREP(VTDM_PASID_AW, 2);
}

u64 host_map(struct host *host, u64 table, unsigned int levels, u64 addr,
	     unsigned int level, u64 entry, u64 link)
{
	u64 phys = vtdm_level_entry(table, addr, levels);

	while (levels > level) {
		table = host_below(host, phys, 1, link);
		phys = vtdm_level_entry(table, addr, --levels);
	}
	*host_word(host, phys) = entry;
	return phys;
}

void host_flush_all(struct host *host)
{
	vtdm_flush_context_global(host->unit);
	vtdm_flush_pasid_global(host->unit);
	vtdm_flush_iotlb_global(host->unit);
}

struct vtdm_result host_dma(struct host *host, u32 pasid, u64 addr, bool write)
{
	struct vtdm_request request = {
		.addr = addr,
		.size = 8,
		.pasid = pasid,
		.write = write,
	};

	return vtdm_translate(host->ep, &request);
}

u8 host_reason(struct host *host, u32 pasid, u64 addr, bool write)
{
	return host_dma(host, pasid, addr, write).reason;
}

/* ~0: it does not arrive. */
u64 host_phys(struct host *host, u32 pasid, u64 addr, bool write)
{
	struct vtdm_result result = host_dma(host, pasid, addr, write);

	return result.outcome == VTDM_DONE ? result.phys : ~0ULL;
}

u8 host_recorded(struct host *host)
{
	unsigned int fro = FIELD_GET(VTDM_CAP_FRO, host->unit->config.cap) * VTDM_OFFSET_UNIT;
	unsigned int nr = FIELD_GET(VTDM_CAP_NFR, host->unit->config.cap) + 1;
	unsigned int i, reg;
	u64 high;

	for (i = 0; i < nr; i++) {
		reg = fro + i * VTDM_FRCD_SIZE + VTDM_FRCD_HIGH;
		high = vtdm_read(host->unit, reg, 8);
		if (!(high & VTDM_FRCD_F))
			continue;
		vtdm_write(host->unit, reg, 8, VTDM_FRCD_F);
		return FIELD_GET(VTDM_FRCD_REASON, high);
	}
	return 0;
}
