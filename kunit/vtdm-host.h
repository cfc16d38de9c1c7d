/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the software unit under test: memory, tables in it, a log.
 */
#ifndef _VTDM_HOST_H
#define _VTDM_HOST_H

#include <kunit/test.h>
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "../drivers/vtd-model/vtdm-private.h"
#include "../drivers/vtd-model/vtdm-reg-bits.h"
#include "../drivers/vtd-model/vtdm-table-bits.h"

#define HOST_BASE	0x100000ULL
#define HOST_PAGES	1024

#define HOST_SID	0x0123
#define HOST_DID	7

/* Entries that point to tables, with all rights; A set, so that no walk writes */
#define FIRST_LINK	(VTDM_FIRST_P | VTDM_FIRST_RW | VTDM_FIRST_US | VTDM_FIRST_A)
#define FIRST_LEAF	(FIRST_LINK | VTDM_FIRST_D)
#define SECOND_LINK	(VTDM_SECOND_R | VTDM_SECOND_W)
#define SECOND_LEAF	SECOND_LINK

/**
 * struct host - the machine
 * @test: who uses it
 * @unit: the unit in it
 * @ep: its device, HOST_SID
 * @page: memory, by page from HOST_BASE on; NULL: none there yet
 * @used: the page is not free
 * @nr_pages: pages given out
 * @root: root table
 * @loads: words that the unit has read
 * @exchanges: words that it has tried to set bits in
 * @kernel: pages of tables that are the kernel's
 * @race: called before an exchange, NULL
 * @nr_events: messages, by kind
 * @nr_responses: answers to page requests
 * @nr_defects: finds
 * @defect: the last one
 */
struct host {
	struct kunit *test;
	struct vtdm *unit;
	struct vtdm_endpoint *ep;
	u8 *page[HOST_PAGES];
	bool used[HOST_PAGES];
	unsigned int nr_pages;
	u64 root;
	unsigned int loads;
	unsigned int exchanges;
	u64 kernel[2];
	void (*race)(struct host *host, u64 phys);
	unsigned int nr_events[3];
	unsigned int nr_responses;
	unsigned int nr_defects;
	struct vtdm_defect defect;
};

/* A unit with all that the model can do, and a device with everything on it */
void host_config(struct vtdm_config *config);
struct host *host_create(struct kunit *test, const struct vtdm_config *config);
void host_destroy(struct host *host);
struct vtdm_endpoint *host_add(struct host *host, u16 source_id);

u64 host_page(struct host *host);
void host_free_page(struct host *host, u64 phys);
u64 *host_word(struct host *host, u64 phys);

void host_translate(struct host *host, bool on);
/* The context entry of a device, with a directory; made when it is not there */
u64 host_context(struct host *host, u16 source_id);
/* The PASID table entry; made when it is not there */
u64 host_pasid(struct host *host, u16 source_id, u32 pasid);
void host_attach(struct host *host, u16 source_id, u32 pasid, u8 pgtt, u16 did,
		 u64 first, u64 second);
/* Sets the entry of @level for an address; makes tables above; where it is */
u64 host_map(struct host *host, u64 table, unsigned int levels, u64 addr,
	     unsigned int level, u64 entry, u64 link);
void host_flush_all(struct host *host);

struct vtdm_result host_dma(struct host *host, u32 pasid, u64 addr, bool write);
u8 host_reason(struct host *host, u32 pasid, u64 addr, bool write);
u64 host_phys(struct host *host, u32 pasid, u64 addr, bool write);
/* The reason of the fault record, then emptied; 0: there is none */
u8 host_recorded(struct host *host);

#endif /* _VTDM_HOST_H */
