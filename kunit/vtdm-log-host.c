// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine around a software unit that notes what the unit does to it.
 */
#include <linux/slab.h>

#include "vtdm-log-host.h"

/**
 * log_word() - a word of the memory
 * @host: the machine
 * @phys: its address
 *
 * Context: any.
 * Return: the word, NULL: there is no memory.
 */
u64 *log_word(struct log_host *host, u64 phys)
{
	if (phys < LOG_QUEUE || phys >= LOG_END)
		return NULL;
	return &host->mem[(phys - LOG_QUEUE) / sizeof(u64)];
}

static bool load64(void *data, u64 phys, u64 *value)
{
	u64 *word = log_word(data, phys);

	if (!word)
		return false;
	*value = *word;
	return true;
}

static bool exchange64(void *data, u64 phys, u64 old, u64 new, u64 *seen)
{
	u64 *word = log_word(data, phys);

	if (!word)
		return false;
	*seen = *word;
	if (*word == old)
		*word = new;
	return true;
}

static bool store32(void *data, u64 phys, u32 value)
{
	struct log_host *host = data;
	u64 *word = log_word(host, phys);

	if (!word) {
		host->nr_lost_stores++;
		return false;
	}
	KUNIT_EXPECT_TRUE(host->test, !(phys % sizeof(u32)));
	((u32 *)word)[phys / sizeof(u32) % 2] = value;
	host->nr_stores++;
	return true;
}

static bool copy(void *data, u64 phys, void *buf, size_t size, bool write)
{
	return false;
}

static bool in_use(void *data, u64 phys)
{
	return log_word(data, phys);
}

static void event(void *data, enum vtdm_event event, u64 addr, u32 value)
{
	struct log_host *host = data;

	host->nr_events[event]++;
	host->addr[event] = addr;
	host->data[event] = value;
	if (event == VTDM_EVENT_COMPLETION)
		host->stores_at_event = host->nr_stores;
}

static void response(void *data, struct vtdm_endpoint *ep, u32 pasid,
		     u32 group, u8 code)
{
	struct log_host *host = data;

	host->response[host->nr_responses++ % LOG_RESPONSES] =
		(struct log_response) {
			.ep = ep, .pasid = pasid, .group = group, .code = code,
		};
}

static void defect(void *data, const struct vtdm_defect *defect)
{
}

static void *alloc(void *data, size_t size)
{
	struct log_host *host = data;
	void *mem = host->no_memory ? NULL : kzalloc(size, GFP_KERNEL);

	host->nr_allocs += !!mem;
	return mem;
}

static void free_mem(void *data, void *mem)
{
	struct log_host *host = data;

	host->nr_allocs -= !!mem;
	kfree(mem);
}

const struct vtdm_host_ops log_host_ops = {
	.load64 = load64,
	.cmpxchg64 = exchange64,
	.store32 = store32,
	.copy = copy,
	.in_use = in_use,
	.event = event,
	.response = response,
	.defect = defect,
	.alloc = alloc,
	.free = free_mem,
};

/**
 * log_host_create() - a machine with a unit
 * @test: who uses it; log_host_exit() is its suite's exit
 * @config: of the unit
 *
 * Context: the test.
 * Return: the machine.
 */
struct log_host *log_host_create(struct kunit *test,
				 const struct vtdm_config *config)
{
	struct log_host *host = kunit_kzalloc(test, sizeof(*host), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, host);
	host->test = test;
	host->mem = kunit_kzalloc(test, LOG_END - LOG_QUEUE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, host->mem);
	host->unit = vtdm_create(config, &log_host_ops, host);
	KUNIT_ASSERT_NOT_NULL(test, host->unit);
	test->priv = host;
	return host;
}

/**
 * log_host_default() - a machine with the default unit
 * @test: who uses it
 *
 * Context: the test.
 * Return: the machine.
 */
struct log_host *log_host_default(struct kunit *test)
{
	struct vtdm_config config;

	vtdm_config_default(&config);
	return log_host_create(test, &config);
}

/**
 * log_host_exit() - the end of a test
 * @test: which
 *
 * Context: the test.
 */
void log_host_exit(struct kunit *test)
{
	struct log_host *host = test->priv;

	if (!host)
		return;
	while (host->unit->endpoints)
		vtdm_endpoint_remove(host->unit->endpoints);
	vtdm_destroy(host->unit);
	KUNIT_EXPECT_EQ(test, host->nr_allocs, 0u);
	test->priv = NULL;
}

/**
 * log_read32() - read a 32-bit register
 * @host: the machine
 * @reg: offset
 *
 * Context: the test.
 * Return: the value.
 */
u32 log_read32(struct log_host *host, unsigned int reg)
{
	return vtdm_read(host->unit, reg, sizeof(u32));
}

/**
 * log_read64() - read a 64-bit register
 * @host: the machine
 * @reg: offset
 *
 * Context: the test.
 * Return: the value.
 */
u64 log_read64(struct log_host *host, unsigned int reg)
{
	return vtdm_read(host->unit, reg, sizeof(u64));
}

/**
 * log_write32() - write a 32-bit register
 * @host: the machine
 * @reg: offset
 * @value: what
 *
 * Context: the test.
 */
void log_write32(struct log_host *host, unsigned int reg, u32 value)
{
	vtdm_write(host->unit, reg, sizeof(u32), value);
}

/**
 * log_write64() - write a 64-bit register
 * @host: the machine
 * @reg: offset
 * @value: what
 *
 * Context: the test.
 */
void log_write64(struct log_host *host, unsigned int reg, u64 value)
{
	vtdm_write(host->unit, reg, sizeof(u64), value);
}

/**
 * log_endpoint() - a device that can do everything, all of it on
 * @host: the machine
 * @source_id: of the device
 *
 * Context: the test.
 * Return: the device.
 */
struct vtdm_endpoint *log_endpoint(struct log_host *host, u16 source_id)
{
	const struct vtdm_endpoint_config config = {
		.source_id = source_id, .pasid_width = 20, .ats = true,
		.pri = true,
	};
	struct vtdm_endpoint *ep = vtdm_endpoint_add(host->unit, &config);

	KUNIT_ASSERT_NOT_NULL(host->test, ep);
	KUNIT_ASSERT_EQ(host->test, vtdm_endpoint_enable(ep, VTDM_PASID, true), 0);
	KUNIT_ASSERT_EQ(host->test, vtdm_endpoint_enable(ep, VTDM_ATS, true), 0);
	KUNIT_ASSERT_EQ(host->test, vtdm_endpoint_enable(ep, VTDM_PRI, true), 0);
	return ep;
}

/**
 * log_translate() - switch translation on, with a context entry for a device
 * @host: the machine
 * @source_id: of the device; device-function below 0x80
 * @flags: of the entry (specification 9.4), with an empty PASID directory
 *
 * Context: the test.
 */
void log_translate(struct log_host *host, u16 source_id, u64 flags)
{
	*log_word(host, LOG_ROOT + (source_id >> 8) * 16) = LOG_CONTEXT | 1;
	*log_word(host, LOG_CONTEXT + (source_id & 0x7f) * 32) =
		LOG_STATUS | flags;
	log_write64(host, VTDM_RTADDR, LOG_ROOT |
				       FIELD_PREP(VTDM_RTADDR_TTM,
						  VTDM_TTM_SCALABLE));
	log_write32(host, VTDM_GCMD, VTDM_G_SRTP);
	log_write32(host, VTDM_GCMD, VTDM_G_TE);
}

/**
 * log_event_on() - take the mask from an event
 * @host: the machine
 * @control: its control register
 *
 * Context: the test.
 */
void log_event_on(struct log_host *host, unsigned int control)
{
	log_write32(host, control, 0);
}

/**
 * log_queue_on() - an empty invalidation queue
 * @host: the machine
 * @wide: descriptors of 256 bits
 * @qs: IQA.QS
 *
 * Context: the test.
 */
void log_queue_on(struct log_host *host, bool wide, unsigned int qs)
{
	log_write64(host, VTDM_IQT, 0);
	log_write64(host, VTDM_IQA, LOG_QUEUE | FIELD_PREP(VTDM_IQA_QS, qs) |
				    (wide ? VTDM_IQA_DW : 0));
	log_write32(host, VTDM_GCMD, VTDM_G_QIE);
}

static unsigned int slot_size(struct log_host *host)
{
	return log_read64(host, VTDM_IQA) & VTDM_IQA_DW ? 32 : 16;
}

/**
 * log_desc() - put a descriptor into a slot
 * @host: the machine
 * @slot: which
 * @word0: of the descriptor
 * @word1: of the descriptor
 *
 * Context: the test.
 */
void log_desc(struct log_host *host, unsigned int slot, u64 word0, u64 word1)
{
	unsigned int size = slot_size(host);
	u64 *word = log_word(host, LOG_QUEUE + slot * size);

	memset(word, 0, size);
	word[0] = word0;
	word[1] = word1;
}

/**
 * log_wait() - put a wait into a slot, which stores to the status word
 * @host: the machine
 * @slot: which
 * @data: what it stores
 * @flags: more bits of word 0
 *
 * Context: the test.
 */
void log_wait(struct log_host *host, unsigned int slot, u32 data, u64 flags)
{
	log_desc(host, slot, FIELD_PREP(VTDM_DESC_TYPE, VTDM_DESC_WAIT) |
			     VTDM_DESC_WAIT_SW | flags |
			     FIELD_PREP(VTDM_DESC_WAIT_DATA, data), LOG_STATUS);
}

/**
 * log_tail() - ring the doorbell
 * @host: the machine
 * @slot: that is written next
 *
 * Context: the test.
 */
void log_tail(struct log_host *host, unsigned int slot)
{
	log_write64(host, VTDM_IQT, slot * slot_size(host));
}

/**
 * log_head() - where the unit fetches next
 * @host: the machine
 *
 * Not read as software reads it, which would let the queue advance.
 *
 * Context: the test.
 * Return: the slot.
 */
unsigned int log_head(struct log_host *host)
{
	return vtdm_reg64(&host->unit->regs, VTDM_IQH) /
	       (host->unit->regs.iqa & VTDM_IQA_DW ? 32 : 16);
}

/**
 * log_status() - what the last wait has stored
 * @host: the machine
 *
 * Context: the test.
 * Return: the status word.
 */
u32 log_status(struct log_host *host)
{
	return *log_word(host, LOG_STATUS);
}

/**
 * log_iqei() - why the queue has stopped
 * @host: the machine
 *
 * Context: the test.
 * Return: IQERCD.IQEI.
 */
u32 log_iqei(struct log_host *host)
{
	return FIELD_GET(VTDM_IQERCD_IQEI, log_read64(host, VTDM_IQERCD));
}
