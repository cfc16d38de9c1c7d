// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page table in a world where every page and every cache line is accounted
 * for.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/io.h>

#include "vtd-pt-fake.h"

#define LINE_SIZE	64
/* What memory holds of a page that nobody has flushed. */
#define GARBAGE		0x6b

/* We hold a reference of each page: one that is alone was freed by the table. */
struct fake_page {
	struct page *page;
	u8 memory[PAGE_SIZE];
};

static struct fake *to_fake(struct vtd_pt *pt)
{
	return container_of(pt, struct fake, pt);
}

static struct page *fake_alloc_table(struct vtd_pt *pt, gfp_t gfp)
{
	struct fake *fake = to_fake(pt);
	void (*on_alloc)(struct fake *fake);
	struct fake_page *fp;

	WRITE_ONCE(fake->gfp, gfp);
	if (atomic_inc_return(&fake->nr_allocs) == fake->fail_at)
		return NULL;
	on_alloc = xchg(&fake->on_alloc, NULL);
	if (on_alloc)
		on_alloc(fake);
	fp = kmalloc(sizeof(*fp), gfp & ~__GFP_ZERO);
	if (!fp)
		return NULL;
	fp->page = alloc_page(gfp);
	if (!fp->page) {
		kfree(fp);
		return NULL;
	}
	get_page(fp->page);
	memset(fp->memory, GARBAGE, sizeof(fp->memory));
	if (xa_err(xa_store(&fake->pages, page_to_pfn(fp->page), fp,
			    gfp & ~__GFP_ZERO))) {
		__free_page(fp->page);
		__free_page(fp->page);
		kfree(fp);
		return NULL;
	}
	return fp->page;
}

static void fake_flush_cpu(struct vtd_pt *pt, void *addr, size_t size)
{
	struct fake *fake = to_fake(pt);
	struct fake_page *fp = xa_load(&fake->pages,
				       PHYS_PFN(virt_to_phys(addr)));
	size_t first = ALIGN_DOWN(offset_in_page(addr), LINE_SIZE);
	size_t end = ALIGN(offset_in_page(addr) + size, LINE_SIZE);
	void (*on_flush)(struct fake *fake) = fake->on_flush;

	atomic_inc(&fake->nr_flushes);
	if (on_flush && *(u64 *)addr & VTD_PTE_UNSYNCED) {
		fake->on_flush = NULL;
		on_flush(fake);
	}
	/* The last of two CPUs to flush a line takes the other's words along. */
	spin_lock(&fake->flush_lock);
	memcpy(fp->memory + first, page_address(fp->page) + first, end - first);
	spin_unlock(&fake->flush_lock);
}

const struct vtd_pt_ops fake_ops = {
	.alloc_table = fake_alloc_table,
	.flush_cpu = fake_flush_cpu,
};

const struct vtd_pt_format *fake_format(struct kunit *test)
{
	return *(const struct vtd_pt_format * const *)test->param_value;
}

struct fake *fake_create_with(struct kunit *test,
			      const struct vtd_pt_config *config)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	struct vtd_pt_config own = *config;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	if (!own.format)
		own.format = fake_format(test);
	fake->test = test;
	xa_init(&fake->pages);
	spin_lock_init(&fake->flush_lock);
	KUNIT_ASSERT_EQ(test, vtd_pt_init(&fake->pt, &own, GFP_KERNEL),
			0);
	KUNIT_ASSERT_EQ(test, vtd_pt_nr_tables(&fake->pt), 1);
	return fake;
}

struct fake *fake_create(struct kunit *test)
{
	const struct vtd_pt_config config = {
		.levels = 4,
		.pgsizes = FAKE_ALL_SIZES,
		.node = NUMA_NO_NODE,
		.ops = &fake_ops,
	};

	return fake_create_with(test, &config);
}

unsigned long fake_reap(struct fake *fake)
{
	struct fake_page *fp;
	unsigned long held = 0;
	unsigned long pfn;

	xa_for_each(&fake->pages, pfn, fp) {
		if (page_count(fp->page) > 1) {
			held++;
			continue;
		}
		xa_erase(&fake->pages, pfn);
		__free_page(fp->page);
		kfree(fp);
	}
	return held;
}

void fake_destroy(struct fake *fake)
{
	vtd_pt_destroy(&fake->pt);
	KUNIT_EXPECT_EQ(fake->test, vtd_pt_nr_tables(&fake->pt), 0);
	KUNIT_EXPECT_EQ(fake->test, fake_reap(fake), 0);
	xa_destroy(&fake->pages);
}

/* One read of the unit: from memory, or from the cache if it snoops. */
static u64 unit_read(struct fake *fake, u64 table, unsigned int index)
{
	struct fake_page *fp = xa_load(&fake->pages, PHYS_PFN(table));
	const void *bytes;

	/* A unit would read whatever is there now. */
	KUNIT_EXPECT_NOT_NULL(fake->test, fp);
	if (!fp)
		return 0;
	bytes = fake->pt.config.coherent ? page_address(fp->page) :
					     fp->memory;
	return READ_ONCE(((const u64 *)bytes)[index]);
}

/* 9.8: neither Read nor Write is absent; tables must let the access through. */
static bool second_stage_present(struct fake *fake, u64 entry)
{
	if (!(entry & 3))
		return false;
	KUNIT_EXPECT_EQ(fake->test, entry & 3, 3);
	return true;
}

/*
 * 9.7: Present, Read/Write and User at each level. Nobody writes Accessed and
 * Dirty for the fake: they must be there, but for Dirty where a test writes it.
 */
static bool first_stage_present(struct fake *fake, u64 entry, bool leaf)
{
	u64 dirty = leaf && !fake->pt.config.dirty ? BIT(6) : 0;

	if (!(entry & 1))
		return false;
	KUNIT_EXPECT_EQ(fake->test, entry & (0x27 | dirty), 0x27 | dirty);
	KUNIT_EXPECT_FALSE(fake->test, entry & BIT_ULL(63));
	return true;
}

/* In the specification's words, not with the driver's helpers. */
phys_addr_t fake_translate(struct fake *fake, u64 iova)
{
	unsigned int level = fake->pt.config.levels;
	u64 table = virt_to_phys(fake->pt.root);
	bool first = fake->pt.config.format == &vtd_pt_first;
	u64 entry, rest;
	bool leaf;

	/* 3.6: canonical; nobody maps the upper half. */
	if (first && iova >> (9 * level + 11))
		return PHYS_ADDR_MAX;
	for (;; level--) {
		entry = unit_read(fake, table, (iova >> (9 * level + 3)) & 511);
		leaf = level == 1 || entry & BIT(7);
		if (!(first ? first_stage_present(fake, entry, leaf) :
			      second_stage_present(fake, entry)))
			return PHYS_ADDR_MAX;
		table = entry & GENMASK_ULL(51, 12);
		if (leaf)
			break;
	}
	rest = iova & (BIT_ULL(9 * level + 3) - 1);
	KUNIT_EXPECT_EQ(fake->test, table & (BIT_ULL(9 * level + 3) - 1), 0);
	return table | rest;
}

int fake_map(struct fake *fake, u64 iova, phys_addr_t phys, size_t size)
{
	return vtd_pt_map(&fake->pt, iova, phys, size, FAKE_RW, GFP_KERNEL);
}

size_t fake_unmap(struct fake *fake, u64 iova, size_t size)
{
	struct iopasid_gather gather;
	size_t bytes;

	iopasid_gather_init(&gather);
	bytes = vtd_pt_unmap(&fake->pt, iova, size, &gather);
	if (bytes || !list_empty(&gather.pages))
		KUNIT_EXPECT_FALSE(fake->test, iopasid_gather_empty(&gather));
	vtd_pt_free_pages(&fake->pt, &gather.pages);
	KUNIT_EXPECT_TRUE(fake->test, list_empty(&gather.pages));
	return bytes;
}

size_t fake_unmap_all(struct fake *fake)
{
	return fake_unmap(fake, 0, vtd_pt_last(&fake->pt) + 1);
}

static void note_level(unsigned int level, unsigned int index, u64 entry,
		       void *data)
{
	*(unsigned int *)data = entry ? level : 0;
}

unsigned int fake_leaf_level(struct fake *fake, u64 iova)
{
	unsigned int level = 0;

	vtd_pt_walk(&fake->pt, iova, note_level, &level);
	return level;
}

bool fake_maps(struct fake *fake, u64 iova, phys_addr_t phys)
{
	return vtd_pt_iova_to_phys(&fake->pt, iova) == phys &&
	       fake_translate(fake, iova) == phys;
}
