/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine around a software unit that notes what the unit does to it: one
 * piece of memory, messages, answers. For tests of registers and queues.
 */
#ifndef _VTDM_LOG_HOST_H
#define _VTDM_LOG_HOST_H

#include <kunit/test.h>
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/sizes.h>

#include "../drivers/vtd-model/vtdm-private.h"
#include "../drivers/vtd-model/vtdm-desc.h"

/* Where its memory is, in the order of use, and how large */
#define LOG_QUEUE		0x100000ULL
#define LOG_STATUS		(LOG_QUEUE + (SZ_4K << 7))
#define LOG_REQUESTS		(LOG_STATUS + SZ_4K)
#define LOG_ROOT		(LOG_REQUESTS + 2 * SZ_4K)
#define LOG_CONTEXT		(LOG_ROOT + SZ_4K)
#define LOG_END			(LOG_CONTEXT + SZ_4K)
#define LOG_NOWHERE		0x5000ULL

#define LOG_EVENTS		3
#define LOG_RESPONSES		8

/**
 * struct log_response - an answer to a page request group
 * @ep: whose
 * @pasid: of the group
 * @group: its index
 * @code: the answer
 */
struct log_response {
	struct vtdm_endpoint *ep;
	u32 pasid;
	u32 group;
	u8 code;
};

/**
 * struct log_host - the machine
 * @test: who uses it
 * @unit: the software unit
 * @mem: the memory
 * @no_memory: the unit gets none that it allocates
 * @nr_allocs: pieces of memory that the unit has
 * @nr_events: messages, by event
 * @addr: of the last message, by event
 * @data: of the last message, by event
 * @nr_stores: stores that found memory
 * @nr_lost_stores: stores that did not
 * @stores_at_event: what @nr_stores was at the last completion event
 * @nr_responses: answers
 * @response: the last of them, round and round
 */
struct log_host {
	struct kunit *test;
	struct vtdm *unit;
	u64 *mem;
	bool no_memory;
	unsigned int nr_allocs;
	unsigned int nr_events[LOG_EVENTS];
	u64 addr[LOG_EVENTS];
	u32 data[LOG_EVENTS];
	unsigned int nr_stores;
	unsigned int nr_lost_stores;
	unsigned int stores_at_event;
	unsigned int nr_responses;
	struct log_response response[LOG_RESPONSES];
};

extern const struct vtdm_host_ops log_host_ops;

struct log_host *log_host_create(struct kunit *test,
				 const struct vtdm_config *config);
struct log_host *log_host_default(struct kunit *test);
void log_host_exit(struct kunit *test);

u32 log_read32(struct log_host *host, unsigned int reg);
u64 log_read64(struct log_host *host, unsigned int reg);
void log_write32(struct log_host *host, unsigned int reg, u32 value);
void log_write64(struct log_host *host, unsigned int reg, u64 value);
u64 *log_word(struct log_host *host, u64 phys);
struct vtdm_endpoint *log_endpoint(struct log_host *host, u16 source_id);

void log_translate(struct log_host *host, u16 source_id, u64 flags);
void log_event_on(struct log_host *host, unsigned int control);
void log_queue_on(struct log_host *host, bool wide, unsigned int qs);
void log_desc(struct log_host *host, unsigned int slot, u64 word0, u64 word1);
void log_wait(struct log_host *host, unsigned int slot, u32 data, u64 flags);
void log_tail(struct log_host *host, unsigned int slot);
unsigned int log_head(struct log_host *host);
u32 log_status(struct log_host *host);
u32 log_iqei(struct log_host *host);

/* Descriptors that are valid in every queue, and in none */
#define LOG_CONTEXT_GLOBAL	(FIELD_PREP(VTDM_DESC_TYPE, VTDM_DESC_CONTEXT) | \
				 FIELD_PREP(VTDM_DESC_CONTEXT_G, \
					    VTDM_DESC_CONTEXT_GLOBAL))
#define LOG_BAD_TYPE		VTDM_DESC_TYPE

#endif /* _VTDM_LOG_HOST_H */
