// SPDX-License-Identifier: GPL-2.0-only
/*
 * A unit in name only: registers, and a queue whose descriptors are noted.
 */
#include <linux/io.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "vtd-fake-port.h"

static struct fake_unit *to_fake(struct vtd_port *port)
{
	return container_of(port, struct fake_unit, port);
}

/**
 * fake_read32() - a 32-bit register
 * @fake: the unit
 * @reg: its offset
 *
 * Return: the value.
 */
u32 fake_read32(struct fake_unit *fake, u32 reg)
{
	return *(u32 *)((char *)fake->regs + reg);
}

/**
 * fake_write32() - set a 32-bit register, whatever it does when it is written
 * @fake: the unit
 * @reg: its offset
 * @value: the value
 */
void fake_write32(struct fake_unit *fake, u32 reg, u32 value)
{
	*(u32 *)((char *)fake->regs + reg) = value;
}

static void raise_error(struct fake_unit *fake, u32 error)
{
	fake_write32(fake, VTD_REG_FSTS, fake_read32(fake, VTD_REG_FSTS) | error);
}

/* Is it for the device that does not answer? Then the queue stops (6.5.2). */
static bool falls_silent(struct fake_unit *fake, const u64 *words,
			 unsigned int tail)
{
	u64 type = FIELD_GET(VTD_DESC_TYPE, words[0]);
	unsigned int i;

	if (!fake->silent || type != VTD_DESC_DEV_TLB ||
	    FIELD_GET(VTD_DESC_DEV_TLB_SID, words[0]) != fake->silent)
		return false;
	fake->regs[VTD_REG_IQERCD / 8] = fake->tells ?
		FIELD_PREP(VTD_IQERCD_ITESID, fake->silent) : 0;
	if (!fake->mute)
		fake->silent = 0;
	for (i = 0; i <= fake->prefetch && fake->head != tail; i++)
		fake->head = vtd_slot_next(fake->head);
	raise_error(fake, VTD_FSTS_ITE);
	return true;
}

/* 6.5.2: execute until the tail; a type that does not exist stops the queue. */
static void run_queue(struct fake_unit *fake)
{
	u64 iqa = fake->regs[VTD_REG_IQA / 8];
	u64 *ring = phys_to_virt(iqa & VTD_IQA_ADDR);
	unsigned int tail = fake->regs[VTD_REG_IQT / 8] >> VTD_DESC_LG2;

	if (fake->frozen || !(fake_read32(fake, VTD_REG_GSTS) & VTD_G_QIE))
		return;
	while (fake->head != tail &&
	       !(fake_read32(fake, VTD_REG_FSTS) &
		 (VTD_FSTS_IQE | VTD_FSTS_ITE))) {
		const u64 *words = ring + fake->head * (VTD_DESC_SIZE / 8);
		u64 type = FIELD_GET(VTD_DESC_TYPE, words[0]);

		if (!type || type > VTD_DESC_PAGE_GROUP ||
		    fake->refuse_at == fake->nr_doorbells) {
			fake->refuse_at = 0;
			raise_error(fake, VTD_FSTS_IQE);
			break;
		}
		if (falls_silent(fake, words, tail))
			break;
		if (fake->nr_log < FAKE_LOG) {
			fake->log[fake->nr_log].qw[0] = words[0];
			fake->log[fake->nr_log++].qw[1] = words[1];
		}
		if (type == VTD_DESC_WAIT)
			WRITE_ONCE(*(u32 *)phys_to_virt(words[1]),
				   FIELD_GET(VTD_DESC_WAIT_DATA, words[0]));
		fake->head = (fake->head + 1) % VTD_QUEUE_SLOTS;
	}
	fake->regs[VTD_REG_IQH / 8] = (u64)fake->head << VTD_DESC_LG2;
}

/**
 * fake_unit_thaw() - execute what waits in the queue, and what comes
 * @fake: the unit
 */
void fake_unit_thaw(struct fake_unit *fake)
{
	fake->frozen = false;
	run_queue(fake);
}

static void command(struct fake_unit *fake, u32 value)
{
	fake->nr_commands++;
	if (fake->deaf)
		return;
	if (!(value & VTD_G_QIE)) {
		fake->head = 0;
		fake->regs[VTD_REG_IQH / 8] = 0;
	}
	fake_write32(fake, VTD_REG_GSTS, value & (VTD_G_LEVELS | VTD_G_SRTP));
}

/* Both bits clear what is written as 1. */
static void write_prs(struct fake_unit *fake, u32 value)
{
	fake_write32(fake, VTD_REG_PRS, fake_read32(fake, VTD_REG_PRS) & ~value);
}

/* PPF is a summary, the others clear what is written as 1. */
static void write_fsts(struct fake_unit *fake, u32 value)
{
	u32 clear = value & (VTD_FSTS_PFO | VTD_FSTS_IQE | VTD_FSTS_ICE |
			     VTD_FSTS_ITE);

	fake_write32(fake, VTD_REG_FSTS, fake_read32(fake, VTD_REG_FSTS) & ~clear);
}

static void call_hook(struct fake_unit *fake, u32 reg, bool write)
{
	if (fake->hook)
		fake->hook(fake, reg, write);
}

static u32 port_read32(struct vtd_port *port, u32 reg)
{
	call_hook(to_fake(port), reg, false);
	return fake_read32(to_fake(port), reg);
}

static u64 port_read64(struct vtd_port *port, u32 reg)
{
	return to_fake(port)->regs[reg / 8];
}

static void port_write32(struct vtd_port *port, u32 reg, u32 value)
{
	struct fake_unit *fake = to_fake(port);

	call_hook(fake, reg, true);
	if (reg == VTD_REG_GCMD)
		command(fake, value);
	else if (reg == VTD_REG_FSTS)
		write_fsts(fake, value);
	else if (reg == VTD_REG_PRS)
		write_prs(fake, value);
	else if (reg >= FAKE_FRO * VTD_REG_OFFSET_UNIT)
		fake_write32(fake, reg, fake_read32(fake, reg) & ~value);
	else
		fake_write32(fake, reg, value);
}

/* How often is the unit called while interrupts are off? */
static void count_stretch(struct fake_unit *fake)
{
	fake->longest = max(fake->longest, atomic_inc_return(&fake->stretch));
	irq_work_queue(&fake->interrupt);
}

static void interrupt(struct irq_work *work)
{
	struct fake_unit *fake = container_of(work, struct fake_unit, interrupt);

	atomic_set(&fake->stretch, 0);
}

static void port_write64(struct vtd_port *port, u32 reg, u64 value)
{
	struct fake_unit *fake = to_fake(port);

	fake->regs[reg / 8] = value;
	if (reg != VTD_REG_IQT)
		return;
	fake->nr_doorbells++;
	count_stretch(fake);
	run_queue(fake);
}

static bool port_promises_wanted(struct vtd_port *port)
{
	return to_fake(port)->listens;
}

static void port_promised(struct vtd_port *port, u16 source_id, u32 pasid,
			  enum vtd_promise_kind kind, const char *who)
{
	struct fake_unit *fake = to_fake(port);

	fake->nr_promises++;
	count_stretch(fake);
	if (fake->promised)
		fake->promised(fake, source_id, pasid, kind, who);
}

static void port_mapped(struct vtd_port *port, u16 source_id, u32 pasid,
			u64 first, u64 last)
{
	port_promised(port, source_id, pasid, VTD_PROMISE_MAPPED, NULL);
}

static void port_reported_gone(struct vtd_port *port, u16 source_id, u32 pasid,
			       u64 first, u64 last, const char *who)
{
	port_promised(port, source_id, pasid, VTD_PROMISE_GONE, who);
}

static void port_reported_clean(struct vtd_port *port, u16 source_id, u32 pasid,
				u64 first, u64 last, const char *who)
{
	port_promised(port, source_id, pasid, VTD_PROMISE_CLEAN, who);
}

static void port_changing(struct vtd_port *port, bool begin)
{
	to_fake(port)->changing += begin ? 1 : -1;
}

static void port_reported_changed(struct vtd_port *port, u16 source_id,
				  u32 pasid, u64 first, u64 last,
				  const char *who)
{
	port_promised(port, source_id, pasid, VTD_PROMISE_CHANGED, who);
}

static int port_irq_request(struct vtd_port *port, enum vtd_event event,
			    const char *name,
			    irq_handler_t handler, void *data)
{
	to_fake(port)->handler = handler;
	return to_fake(port)->irq_error;
}

static void port_irq_program(struct vtd_port *port, enum vtd_event event)
{
	to_fake(port)->nr_programmed++;
}

static void port_irq_free(struct vtd_port *port, enum vtd_event event)
{
}

static void port_destroy(struct vtd_port *port)
{
}

static const struct vtd_port_ops fake_port_ops = {
	.read32		= port_read32,
	.read64		= port_read64,
	.write32	= port_write32,
	.write64	= port_write64,
	.irq_request	= port_irq_request,
	.irq_program	= port_irq_program,
	.irq_free	= port_irq_free,
	.promises_wanted = port_promises_wanted,
	.mapped		= port_mapped,
	.reported_gone	= port_reported_gone,
	.reported_clean	= port_reported_clean,
	.changing	= port_changing,
	.reported_changed = port_reported_changed,
	.destroy	= port_destroy,
};

/**
 * fake_unit_fault() - fill a fault record
 * @fake: the unit
 * @record: which
 * @source_id: says which fault it is
 */
void fake_unit_fault(struct fake_unit *fake, unsigned int record, u16 source_id)
{
	u64 *words = &fake->regs[(FAKE_FRO + record) * VTD_REG_OFFSET_UNIT / 8];

	words[0] = 0x1000;
	words[1] = VTD_FRCD_F | FIELD_PREP(VTD_FRCD_SID, source_id);
}

/**
 * fake_unit_page_request() - a page request comes, without an event
 * @fake: the unit, with its page request queue on
 * @word0: of the request
 * @word1: of the request
 */
void fake_unit_page_request(struct fake_unit *fake, u64 word0, u64 word1)
{
	u64 *tail = &fake->regs[VTD_REG_PQT / 8];
	u64 *words = fake->unit.prq + *tail / 8;

	words[0] = word0;
	words[1] = word1;
	*tail = (*tail + VTD_PAGE_REQ_SIZE) % FAKE_PRQ_SIZE;
}

/**
 * fake_unit_page_event() - the unit tells of page requests, the driver hears
 * @fake: the unit
 */
void fake_unit_page_event(struct fake_unit *fake)
{
	fake_write32(fake, VTD_REG_PRS,
		     fake_read32(fake, VTD_REG_PRS) | VTD_PRS_PPR);
	fake->handler(0, &fake->unit);
	vtd_prq_settle(&fake->unit);
}

static void fake_unit_exit(void *data)
{
	struct fake_unit *fake = data;

	vtd_fault_stop(&fake->unit);
	vtd_queue_stop(&fake->unit);
	vtd_context_destroy(&fake->unit);
	vtd_pasid_dir_free(fake->unit.pass_dir);
	vtd_queue_destroy(&fake->unit);
	ida_destroy(&fake->unit.dids);
	irq_work_sync(&fake->interrupt);
}

/**
 * fake_unit_create() - a unit with its queue on
 * @test: goes with it
 * @cap: capabilities, CAP.FRO excepted
 *
 * Return: the unit.
 */
struct fake_unit *fake_unit_create(struct kunit *test, u64 cap)
{
	struct fake_unit *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	struct vtd_unit *unit;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->test = test;
	fake->port.ops = &fake_port_ops;
	init_irq_work(&fake->interrupt, interrupt);
	unit = &fake->unit;
	kref_init(&unit->ref);
	unit->port = &fake->port;
	unit->promises = true;
	unit->second = (struct vtd_stage_tables){
		.format = &vtd_pt_second, .levels = 4, .pgsizes = SZ_4K | SZ_2M,
	};
	unit->stage = &unit->second;
	unit->cap = cap | FIELD_PREP(VTD_CAP_FRO, FAKE_FRO) |
		    FIELD_PREP(VTD_CAP_MGAW, 47) | VTD_CAP_SAGAW_48;
	unit->ecap = VTD_ECAP_SSTS;
	unit->iounit.name = unit->name;
	strscpy(unit->name, "fake", sizeof(unit->name));
	unit->did_last = U16_MAX;
	spin_lock_init(&unit->table_lock);
	mutex_init(&unit->domains_lock);
	INIT_LIST_HEAD(&unit->domains);
	xa_init(&unit->requesters);
	ida_init(&unit->dids);
	vtd_fault_init(unit);
	KUNIT_ASSERT_EQ(test, vtd_queue_init(unit), 0);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, fake_unit_exit, fake), 0);
	KUNIT_ASSERT_EQ(test, vtd_queue_start(unit), 0);
	fake->nr_doorbells = 0;
	return fake;
}

/**
 * fake_unit_use_first() - the unit has first stage only
 * @fake: the unit, with no domain yet
 */
void fake_unit_use_first(struct fake_unit *fake)
{
	struct vtd_unit *unit = &fake->unit;

	unit->second.levels = 0;
	unit->first = (struct vtd_stage_tables){
		.format = &vtd_pt_first, .levels = 4, .pgsizes = SZ_4K | SZ_2M,
	};
	unit->stage = &unit->first;
	unit->ecap = VTD_ECAP_FSTS;
}
