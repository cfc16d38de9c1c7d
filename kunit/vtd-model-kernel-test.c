// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a software unit knows which page tables are the kernel's, and counts the
 * walks that get there. The roots that lead there are planted.
 */
#include <kunit/test.h>
#include <linux/bitfield.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/sched.h>

#include <asm/pgtable.h>

#include "../drivers/vtd-model/model.h"
#include "../drivers/vtd-model/vtdm-reg-bits.h"
#include "../drivers/vtd-model/vtdm-table-bits.h"

#define PASID	3
#define DID	7

/* Of one endpoint with one PASID */
struct tables {
	u64 *root;
	u64 *context;
	u64 *directory;
	u64 *pasid;
	u64 *top;
};

struct scene {
	struct vtd_model_unit *unit;
	struct vtd_model_endpoint *ep;
	struct tables tables;
};

static void free_table(void *table)
{
	free_page((unsigned long)table);
}

static u64 *table_make(struct kunit *test)
{
	u64 *table = (u64 *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_table, table));
	return table;
}

static void unit_remove(void *unit)
{
	vtd_model_unit_remove(unit);
}

static void unit_make(struct kunit *test, struct scene *scene)
{
	const struct vtd_model_shape shape = { .nr_endpoints = 1, .pasid_width = 20 };
	struct vtd_model_unit *unit = NULL;
	struct vtd_model_config config;
	struct vtd_model_refusal why;

	vtd_model_config_init(&config);
	if (!vtd_model_config_fill(&config, &shape, &why))
		unit = vtd_model_unit_create(&config);
	vtd_model_config_destroy(&config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, unit);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unit_remove, unit));
	scene->unit = unit;
	scene->ep = unit->slots[0].ep;
	/* The registers are this test's, whatever drivers there are. */
	device_release_driver(&scene->ep->dev);
	device_release_driver(&unit->pdev->dev);
}

static void tables_fill(struct scene *scene)
{
	u16 source_id = scene->ep->identity.source_id;
	struct tables *t = &scene->tables;
	u64 *context = t->context + (source_id & 0x7f) * VTDM_CONTEXT_WORDS;
	u64 *entry = t->pasid + PASID * VTDM_PASID_WORDS;

	t->root[(source_id >> 8) * 2 + !!(source_id & 0x80)] =
		virt_to_phys(t->context) | VTDM_ROOT_P;
	context[0] = virt_to_phys(t->directory) | VTDM_CONTEXT_P | VTDM_CONTEXT_PASIDE;
	t->directory[0] = virt_to_phys(t->pasid) | VTDM_DIRECTORY_P;
	entry[2] = virt_to_phys(t->top);
	entry[1] = DID | VTDM_PASID_PWSNP;
	entry[0] = VTDM_PASID_P | FIELD_PREP(VTDM_PASID_PGTT, VTDM_PGTT_FIRST) |
		   FIELD_PREP(VTDM_PASID_AW, 2);
}

/* A unit that translates, with an empty first stage at PASID. */
static void make(struct kunit *test, struct scene *scene)
{
	const struct vtd_model_unit_ops *ops = &vtd_model_unit_ops;
	struct tables *t = &scene->tables;

	t->root = table_make(test);
	t->context = table_make(test);
	t->directory = table_make(test);
	t->pasid = table_make(test);
	t->top = table_make(test);
	unit_make(test, scene);
	tables_fill(scene);
	vtd_model_detector_set(scene->unit, VTD_MODEL_DETECTOR_COUNT);
	KUNIT_ASSERT_EQ(test, 0, ops->enable(scene->unit, &scene->ep->dev, VTD_MODEL_PASID, true));
	KUNIT_ASSERT_EQ(test, 0, vtd_model_set_master(&scene->ep->dev, true));
	ops->write64(scene->unit, VTDM_RTADDR,
		     virt_to_phys(t->root) | FIELD_PREP(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
	ops->write32(scene->unit, VTDM_GCMD, VTDM_G_SRTP);
	ops->write32(scene->unit, VTDM_GCMD, VTDM_G_TE);
}

static int dma(struct scene *scene, u64 addr)
{
	u64 word;

	return vtd_model_dma(&scene->ep->dev, PASID, addr, &word, sizeof(word), 0);
}

static u64 kernel_walks(struct scene *scene)
{
	return vtdm_stats(scene->unit->vtdm)->kernel_walks;
}

/* Of a top-level table: that of the thread, or of whoever ran before it */
static u64 kernel_entry(unsigned int n)
{
	u64 entry;

	preempt_disable();
	entry = READ_ONCE(((u64 *)current->active_mm->pgd)[n]);
	preempt_enable();
	return entry;
}

/* A user address below such an entry in a root's first place, where nothing is */
static u64 empty_addr(struct kunit *test, u64 entry)
{
	const u64 *table = __va(entry & PTE_PFN_MASK);
	unsigned int n;

	for (n = 0; n < PTRS_PER_PUD; n++)
		if (!(READ_ONCE(table[n]) & _PAGE_PRESENT))
			break;
	KUNIT_ASSERT_LT(test, n, PTRS_PER_PUD);
	return (u64)n << PUD_SHIFT;
}

/* The root has an entry of the kernel's half: the unit reads what is below. */
static void vtd_model_kernel_planted(struct kunit *test)
{
	struct scene scene = {};
	/* The kernel's image: it is there in every address space */
	u64 entry = kernel_entry(PTRS_PER_PGD - 1), addr = empty_addr(test, entry);

	make(test, &scene);
	scene.tables.top[0] = entry;
	KUNIT_EXPECT_EQ(test, -EFAULT, dma(&scene, addr));
	KUNIT_EXPECT_EQ(test, 1, kernel_walks(&scene));
	KUNIT_EXPECT_EQ(test, -EFAULT, dma(&scene, addr));
	KUNIT_EXPECT_EQ(test, 2, kernel_walks(&scene));

	vtd_model_detector_set(scene.unit, VTD_MODEL_DETECTOR_OFF);
	KUNIT_EXPECT_EQ(test, -EFAULT, dma(&scene, addr));
	KUNIT_EXPECT_EQ(test, 2, kernel_walks(&scene));
}

/* Nothing, or tables that are not the kernel's */
static void vtd_model_kernel_user_half(struct kunit *test)
{
	struct scene scene = {};
	u64 *below = table_make(test);

	make(test, &scene);
	KUNIT_EXPECT_EQ(test, -EFAULT, dma(&scene, 0));
	scene.tables.top[0] = virt_to_phys(below) | VTDM_FIRST_P | VTDM_FIRST_RW | VTDM_FIRST_US;
	KUNIT_EXPECT_EQ(test, -EFAULT, dma(&scene, 0));
	/* It was read */
	KUNIT_EXPECT_TRUE(test, scene.tables.top[0] & VTDM_FIRST_A);
	KUNIT_EXPECT_EQ(test, 0, kernel_walks(&scene));
}

/* What all upper entries lead to, and nothing else */
static void vtd_model_kernel_known(struct kunit *test)
{
	const unsigned int private = LDT_PGD_ENTRY & (PTRS_PER_PGD - 1);
	unsigned int n, nr = 0;
	struct scene scene = {};
	u64 entry;

	unit_make(test, &scene);
	for (n = PTRS_PER_PGD / 2; n < PTRS_PER_PGD; n++) {
		entry = kernel_entry(n);
		if (!(entry & _PAGE_PRESENT) || n == private)
			continue;
		nr++;
		KUNIT_EXPECT_TRUE(test, vtd_model_is_kernel(scene.unit, entry & PTE_PFN_MASK));
		KUNIT_EXPECT_TRUE(test, vtd_model_is_kernel(scene.unit,
							    (entry & PTE_PFN_MASK) + 4088));
	}
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_EXPECT_FALSE(test, vtd_model_is_kernel(scene.unit, virt_to_phys(table_make(test))));
}

static struct kunit_case vtd_model_kernel_cases[] = {
	KUNIT_CASE(vtd_model_kernel_planted),
	KUNIT_CASE(vtd_model_kernel_user_half),
	KUNIT_CASE(vtd_model_kernel_known),
	{ }
};

static struct kunit_suite vtd_model_kernel_suite = {
	.name = "vtd-model-kernel",
	.test_cases = vtd_model_kernel_cases,
};
kunit_test_suite(vtd_model_kernel_suite);
