// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a software unit as Linux sees it: its devices come and go, messages
 * arrive, and no physical address makes it fall over. Each test has a unit of its
 * own beside the module's default one. Translation stays off.
 */
#include <kunit/test.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/suspend.h>

#include "../drivers/vtd-model/model.h"

/* Says that it takes so many invalidations at a time */
#define DEPTH		7

static struct vtd_model_unit *unit_create(struct kunit *test)
{
	const struct vtd_model_shape shape = {
		.nr_endpoints	= 4,
		.pasid_width	= 20,
		.ats		= true,
		.pri		= true,
	};
	struct vtd_model_config config;
	struct vtd_model_refusal why;
	struct vtd_model_unit *unit = NULL;

	vtd_model_config_init(&config);
	if (!vtd_model_config_fill(&config, &shape, &why)) {
		list_last_entry(&config.endpoints,
				struct vtd_model_endpoint_config,
				node)->ats_queue_depth = DEPTH;
		unit = vtd_model_unit_create(&config);
	}
	vtd_model_config_destroy(&config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, unit);
	return unit;
}

/* ---- a driver that takes the endpoints of the test's unit only ---- */

static struct vtd_model_unit *bound_unit;
static int probe_result;
static bool master_in_remove;

static int test_probe(struct device *dev)
{
	if (!bound_unit || dev->parent != &bound_unit->pdev->dev)
		return -ENODEV;
	return vtd_model_set_master(dev, true) ?: probe_result;
}

static int test_remove(struct device *dev)
{
	u8 byte;

	master_in_remove = vtd_model_dma(dev, VTD_MODEL_NO_PASID,
					 __pa(empty_zero_page), &byte, 1,
					 0) != -EPERM;
	return 0;
}

static struct device_driver test_driver = {
	.name	= "vtd-model-kunit",
	.owner	= THIS_MODULE,
	.bus	= &vtd_model_bus,
	.probe	= test_probe,
	.remove	= test_remove,
};

static void bind_all(struct kunit *test, struct vtd_model_unit *unit, int result)
{
	bound_unit = unit;
	probe_result = result;
	KUNIT_ASSERT_EQ(test, 0, driver_register(&test_driver));
}

static void unbind_all(void)
{
	driver_unregister(&test_driver);
	bound_unit = NULL;
}

/* ---- DMA and life ---- */

#define BUFFER_SIZE	(3 * PAGE_SIZE)

/* Both ways, across pages, and nothing beside the range is touched. */
static void vtd_model_unit_dma(struct kunit *test)
{
	u8 *memory = alloc_pages_exact(BUFFER_SIZE, GFP_KERNEL | __GFP_ZERO);
	u8 *inside = kunit_kzalloc(test, BUFFER_SIZE, GFP_KERNEL);
	struct vtd_model_unit *unit = unit_create(test);
	struct device *dev = &unit->slots[0].ep->dev;
	size_t offset = PAGE_SIZE - 100, size = PAGE_SIZE + 200;
	u64 addr = virt_to_phys(memory) + offset;

	memset(inside, 0x5a, size);
	KUNIT_EXPECT_EQ(test, -EPERM,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, addr, inside,
				      size, VTD_MODEL_WRITE));
	vtd_model_set_master(dev, true);
	KUNIT_EXPECT_EQ(test, 0,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, addr, inside,
				      size, VTD_MODEL_WRITE));
	KUNIT_EXPECT_EQ(test, memory[offset - 1], 0);
	KUNIT_EXPECT_EQ(test, memory[offset + size], 0);
	KUNIT_EXPECT_MEMEQ(test, memory + offset, inside, size);

	memset(memory + offset, 0xa5, size);
	KUNIT_EXPECT_EQ(test, 0,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, addr, inside,
				      size, 0));
	KUNIT_EXPECT_MEMEQ(test, memory + offset, inside, size);

	vtd_model_unit_remove(unit);
	free_pages_exact(memory, BUFFER_SIZE);
}

static void vtd_model_unit_bad_dma(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct device *dev = &unit->slots[0].ep->dev;
	u8 buf[16] = { };

	vtd_model_set_master(dev, true);
	/* The last byte of all is still no wrap. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, ~0ULL - 7, buf,
				      16, 0));
	KUNIT_EXPECT_NE(test, -EINVAL,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, ~0ULL - 15, buf,
				      16, VTD_MODEL_NO_WAIT));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, 0, buf, 16,
				      BIT(31)));
	/* PASIDs are off; and a device of another bus is no endpoint. */
	KUNIT_EXPECT_EQ(test, -EPERM,
			vtd_model_dma(dev, 1, 0x1000, buf, 16, 0));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			vtd_model_dma(&unit->pdev->dev, VTD_MODEL_NO_PASID, 0,
				      buf, 16, 0));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			vtd_model_set_master(&unit->pdev->dev, true));
	vtd_model_unit_remove(unit);
}

/* Bus mastering ends with the driver, or with a probe that fails. */
static void vtd_model_unit_master(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct vtd_model_endpoint *ep = unit->slots[1].ep;

	bind_all(test, unit, 0);
	KUNIT_EXPECT_TRUE(test, ep->master);
	master_in_remove = false;
	unbind_all();
	KUNIT_EXPECT_TRUE(test, master_in_remove);
	KUNIT_EXPECT_FALSE(test, ep->master);

	bind_all(test, unit, -ENXIO);
	KUNIT_EXPECT_NULL(test, ep->dev.driver);
	KUNIT_EXPECT_FALSE(test, ep->master);
	unbind_all();
	vtd_model_unit_remove(unit);
}

/* A unit goes away below a driver, and the device below who still holds it. */
static void vtd_model_unit_gone(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct vtd_model_platform_data *data = dev_get_platdata(&unit->pdev->dev);
	const struct vtd_model_unit_ops *ops = data->ops;
	struct device *dev = get_device(&unit->slots[2].ep->dev);
	struct vtd_model_identity identity;
	u8 byte = 0;

	bind_all(test, unit, 0);
	master_in_remove = false;
	vtd_model_unit_remove(unit);
	KUNIT_EXPECT_TRUE(test, master_in_remove);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			vtd_model_dma(dev, VTD_MODEL_NO_PASID, 0x1000, &byte, 1,
				      0));
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_model_set_master(dev, true));
	/* The device keeps the unit's struct: a late driver reads ones. */
	KUNIT_EXPECT_EQ(test, ~0U, ops->read32(unit, 0));
	KUNIT_EXPECT_EQ(test, ~0ULL, ops->read64(unit, 8));
	ops->write32(unit, 0x38, 0);
	KUNIT_EXPECT_EQ(test, 0, ops->identify(unit, dev, &identity));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			ops->enable(unit, dev, VTD_MODEL_PASID, true));
	put_device(dev);
	unbind_all();
}

/* An endpoint leaves, its driver with it, and one like it comes. */
static void vtd_model_unit_plug(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	u16 source_id = unit->slots[3].identity.source_id;
	struct device *dev = get_device(&unit->slots[3].ep->dev);
	struct vtdm_endpoint *other;

	bind_all(test, unit, 0);
	KUNIT_EXPECT_EQ(test, -EBUSY, vtd_model_plug(unit, source_id));
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_model_plug(unit, 0x4711));
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_model_unplug(unit, 0x4711));

	master_in_remove = false;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_unplug(unit, source_id));
	KUNIT_EXPECT_TRUE(test, master_in_remove);
	KUNIT_EXPECT_NULL(test, unit->slots[3].ep);
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_model_set_master(dev, true));
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_model_unplug(unit, source_id));

	KUNIT_ASSERT_EQ(test, 0, vtd_model_plug(unit, source_id));
	KUNIT_EXPECT_PTR_NE(test, dev, &unit->slots[3].ep->dev);
	KUNIT_EXPECT_TRUE(test, unit->slots[3].ep->master);
	KUNIT_EXPECT_STREQ(test, dev_name(dev),
			   dev_name(&unit->slots[3].ep->dev));
	put_device(dev);

	/* The others are where they were; a unit goes without one of them. */
	other = unit->slots[2].ep->vtdm;
	KUNIT_EXPECT_EQ(test, 0, vtd_model_unplug(unit, source_id));
	KUNIT_EXPECT_PTR_EQ(test, other, unit->slots[2].ep->vtdm);
	KUNIT_EXPECT_TRUE(test, unit->slots[2].ep->master);
	vtd_model_unit_remove(unit);
	unbind_all();
}

static void vtd_model_unit_identify(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct vtd_model_unit *other = unit_create(test);
	struct vtd_model_identity identity = { };
	struct device *dev = &unit->slots[3].ep->dev;

	KUNIT_EXPECT_EQ(test, 0,
			vtd_model_unit_ops.identify(unit, dev, &identity));
	KUNIT_EXPECT_EQ(test, identity.source_id, 0x02f9);
	KUNIT_EXPECT_EQ(test, identity.group, 2);
	KUNIT_EXPECT_EQ(test, identity.pasid_width, 20);
	KUNIT_EXPECT_TRUE(test, identity.ats && identity.pri);
	KUNIT_EXPECT_EQ(test, identity.ats_queue_depth, DEPTH);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			vtd_model_unit_ops.identify(other, dev, &identity));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			vtd_model_unit_ops.identify(unit, &unit->pdev->dev,
						    &identity));
	KUNIT_EXPECT_STRNEQ(test, dev_name(dev),
			    dev_name(&other->slots[3].ep->dev));
	vtd_model_unit_remove(other);
	vtd_model_unit_remove(unit);
}

/* ---- page requests ---- */

#define PRG		3
#define ASKED		5

/* An answer with another PASID than the request had, or with none, is not its. */
static void vtd_model_unit_answer(struct kunit *test)
{
	static const u32 wrong[] = { ASKED + 1, 0, VTDM_NO_PASID };
	struct vtd_model_unit *unit = unit_create(test);
	struct vtd_model_endpoint *ep = unit->slots[0].ep;
	struct vtd_model_wait wait = { .prg = PRG };
	unsigned long flags;
	unsigned int i;

	init_completion(&wait.done);
	flags = vtd_model_unit_lock(unit);
	__set_bit(PRG, ep->prgs);
	ep->prg_pasids[PRG] = ASKED;
	list_add(&wait.node, &ep->waits);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		vtd_model_host_ops.response(unit, ep->vtdm, wrong[i], PRG,
					    VTD_MODEL_PRG_SUCCESS);
		KUNIT_EXPECT_FALSE(test, completion_done(&wait.done));
		KUNIT_EXPECT_EQ(test, unit->nr_wrong_answers, i + 1);
	}
	vtd_model_host_ops.response(unit, ep->vtdm, ASKED, PRG,
				    VTD_MODEL_PRG_SUCCESS);
	KUNIT_EXPECT_TRUE(test, completion_done(&wait.done));
	KUNIT_EXPECT_FALSE(test, test_bit(PRG, ep->prgs));
	/* To nobody: late, and no more than that */
	vtd_model_host_ops.response(unit, ep->vtdm, ASKED, PRG,
				    VTD_MODEL_PRG_SUCCESS);
	KUNIT_EXPECT_EQ(test, unit->nr_wrong_answers, ARRAY_SIZE(wrong));
	vtd_model_unit_unlock(unit, flags);
	vtd_model_unit_remove(unit);
}

/* ---- messages ---- */

struct listener {
	struct vtd_model_unit *unit;
	unsigned int calls;
	bool irqs_off;
	bool hardirq;
};

static void listen(void *data)
{
	struct listener *l = data;

	l->irqs_off = irqs_disabled();
	l->hardirq = lockdep_hardirq_context();
	/* Hangs if the unit's lock is held. */
	vtd_model_unit_ops.read32(l->unit, 0);
	WRITE_ONCE(l->calls, l->calls + 1);
}

static void raise(struct vtd_model_unit *unit, enum vtd_model_event event)
{
	unsigned long flags = vtd_model_unit_lock(unit);

	__set_bit(event, &unit->raised);
	vtd_model_unit_unlock(unit, flags);
}

static void vtd_model_unit_message(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct listener l = { .unit = unit };
	const struct vtd_model_unit_ops *ops = &vtd_model_unit_ops;

	ops->set_handler(unit, VTD_MODEL_EVENT_FAULT, listen, &l);
	raise(unit, VTD_MODEL_EVENT_COMPLETION);
	raise(unit, VTD_MODEL_EVENT_FAULT);
	irq_work_sync(&unit->lines[VTD_MODEL_EVENT_FAULT].work);
	KUNIT_EXPECT_EQ(test, READ_ONCE(l.calls), 1);
	KUNIT_EXPECT_TRUE(test, l.irqs_off);

	ops->set_handler(unit, VTD_MODEL_EVENT_FAULT, NULL, NULL);
	raise(unit, VTD_MODEL_EVENT_FAULT);
	irq_work_sync(&unit->lines[VTD_MODEL_EVENT_FAULT].work);
	KUNIT_EXPECT_EQ(test, READ_ONCE(l.calls), 1);
	vtd_model_unit_remove(unit);
}

/* Inline where an interrupt could come, and not before where none could. */
static void vtd_model_unit_inline(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct listener l = { .unit = unit };
	unsigned long flags;

	vtd_model_unit_ops.set_handler(unit, VTD_MODEL_EVENT_PAGE_REQUEST,
				       listen, &l);
	unit->irq_inline = true;
	raise(unit, VTD_MODEL_EVENT_PAGE_REQUEST);
	KUNIT_EXPECT_EQ(test, READ_ONCE(l.calls), 1);
	KUNIT_EXPECT_TRUE(test, l.irqs_off);
	KUNIT_EXPECT_EQ(test, l.hardirq, IS_ENABLED(CONFIG_TRACE_IRQFLAGS));
	KUNIT_EXPECT_FALSE(test, lockdep_hardirq_context());

	local_irq_save(flags);
	raise(unit, VTD_MODEL_EVENT_PAGE_REQUEST);
	KUNIT_EXPECT_EQ(test, READ_ONCE(l.calls), 1);
	local_irq_restore(flags);
	irq_work_sync(&unit->lines[VTD_MODEL_EVENT_PAGE_REQUEST].work);
	KUNIT_EXPECT_EQ(test, READ_ONCE(l.calls), 2);
	vtd_model_unit_remove(unit);
}

/* ---- memory ---- */

/* A call by the member's name would be taken for Linux's macro cmpxchg64(). */
static bool exchange(u64 phys, u64 old, u64 new, u64 *seen)
{
	bool (*fn)(void *host, u64 phys, u64 old, u64 new, u64 *seen) =
		vtd_model_host_ops.cmpxchg64;

	return fn(NULL, phys, old, new, seen);
}

static const struct nowhere {
	const char *name;
	u64 phys;
} nowheres[] = {
	{ "VGA", 0xa0000 },
	{ "local APIC", 0xfee00000 },
	{ "HPET", 0xfed00000 },
	{ "beyond memory", BIT_ULL(45) },
	{ "last page of 52 bits", BIT_ULL(52) - PAGE_SIZE },
	{ "bits that no address has", BIT_ULL(62) },
	{ "all ones", ~0ULL & PAGE_MASK },
};

KUNIT_ARRAY_PARAM_DESC(nowheres, nowheres, name);

static void vtd_model_unit_nowhere(struct kunit *test)
{
	const struct vtdm_host_ops *ops = &vtd_model_host_ops;
	const struct nowhere *n = test->param_value;
	u64 value = 0;

	KUNIT_EXPECT_FALSE(test, ops->load64(NULL, n->phys, &value));
	KUNIT_EXPECT_FALSE(test, exchange(n->phys, 0, 0, &value));
	KUNIT_EXPECT_FALSE(test, ops->store32(NULL, n->phys, 0));
	KUNIT_EXPECT_FALSE(test, ops->copy(NULL, n->phys, &value, 8, false));
	KUNIT_EXPECT_FALSE(test, ops->copy(NULL, n->phys, &value, 8, true));
	KUNIT_EXPECT_FALSE(test, ops->in_use(NULL, n->phys));
}

static void vtd_model_unit_memory(struct kunit *test)
{
	const struct vtdm_host_ops *ops = &vtd_model_host_ops;
	u64 *page = (u64 *)get_zeroed_page(GFP_KERNEL);
	u64 phys = virt_to_phys(page), value = 1;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_TRUE(test, ops->in_use(NULL, phys));
	KUNIT_EXPECT_TRUE(test, ops->load64(NULL, phys + 8, &value));
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_TRUE(test, exchange(phys + 8, 0, 7, &value));
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, page[1], 7);
	KUNIT_EXPECT_TRUE(test, exchange(phys + 8, 0, 9, &value));
	KUNIT_EXPECT_EQ(test, value, 7);
	KUNIT_EXPECT_EQ(test, page[1], 7);
	KUNIT_EXPECT_TRUE(test, ops->store32(NULL, phys + 4092, 0x12345678));
	KUNIT_EXPECT_EQ(test, page[511], 0x12345678ULL << 32);
	free_page((unsigned long)page);
}

/* The kernel's own text is memory, but not for writing: no oops. */
static void vtd_model_unit_read_only(struct kunit *test)
{
	const struct vtdm_host_ops *ops = &vtd_model_host_ops;
	u64 phys = virt_to_phys((void *)schedule) & ~7ULL;
	u64 value = 0, seen = 0;

	if (!IS_ENABLED(CONFIG_STRICT_KERNEL_RWX))
		kunit_skip(test, "the kernel's text can be written");
	KUNIT_ASSERT_TRUE(test, ops->load64(NULL, phys, &value));
	KUNIT_EXPECT_TRUE(test, ops->copy(NULL, phys, &seen, 8, false));
	KUNIT_EXPECT_EQ(test, value, seen);
	/* What is there already: nothing changes even if this fails. */
	KUNIT_EXPECT_FALSE(test, ops->copy(NULL, phys, &value, 8, true));
	KUNIT_EXPECT_FALSE(test, exchange(phys, value, value, &seen));
	KUNIT_EXPECT_FALSE(test, ops->store32(NULL, phys, value));
}

/* Nobody can let a held queue go on while the machine sleeps. */
static void vtd_model_unit_sleep(struct kunit *test)
{
	struct vtd_model_unit *unit = unit_create(test);
	struct vtdm_knobs *knobs = vtdm_knobs(unit->vtdm);

	knobs->completion_held = true;
	knobs->error_at = 3;
	unit->pm_nb.notifier_call(&unit->pm_nb, PM_POST_SUSPEND, NULL);
	KUNIT_EXPECT_TRUE(test, knobs->completion_held);
	KUNIT_EXPECT_EQ(test, knobs->error_at, 3u);
	unit->pm_nb.notifier_call(&unit->pm_nb, PM_SUSPEND_PREPARE, NULL);
	KUNIT_EXPECT_FALSE(test, knobs->completion_held);
	KUNIT_EXPECT_EQ(test, knobs->error_at, 0u);
	vtd_model_unit_remove(unit);
}

static struct kunit_case vtd_model_unit_cases[] = {
	KUNIT_CASE(vtd_model_unit_dma),
	KUNIT_CASE(vtd_model_unit_bad_dma),
	KUNIT_CASE(vtd_model_unit_master),
	KUNIT_CASE(vtd_model_unit_gone),
	KUNIT_CASE(vtd_model_unit_plug),
	KUNIT_CASE(vtd_model_unit_identify),
	KUNIT_CASE(vtd_model_unit_answer),
	KUNIT_CASE(vtd_model_unit_message),
	KUNIT_CASE(vtd_model_unit_inline),
	KUNIT_CASE_PARAM(vtd_model_unit_nowhere, nowheres_gen_params),
	KUNIT_CASE(vtd_model_unit_memory),
	KUNIT_CASE(vtd_model_unit_read_only),
	KUNIT_CASE(vtd_model_unit_sleep),
	{ }
};

static struct kunit_suite vtd_model_unit_suite = {
	.name = "vtd-model-unit",
	.test_cases = vtd_model_unit_cases,
};
kunit_test_suite(vtd_model_unit_suite);
