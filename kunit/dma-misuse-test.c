// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: drivers that unmap something else than they mapped, or too late. One
 * line each, and nobody else pays for it.
 *
 * Wrong sizes go to the ops directly: the debug kernel's DMA_API_DEBUG would
 * warn.
 */
#include <linux/cpumask.h>
#include <linux/dma-map-ops.h>
#include <linux/sched.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>

#include "dma-test.h"

#include "../drivers/core/core.h"
#include "../drivers/dma/dma.h"

#define BAD_UNMAP	"no mapping of that size"

/* Map pages from the first on; 0 when that fails. */
static dma_addr_t map(const struct dma_test *t, unsigned int nr_pages)
{
	dma_addr_t addr = t->dev->dma_ops->map_page(t->dev, t->pages, 0,
						    nr_pages * P,
						    DMA_TO_DEVICE, 0);

	return addr == DMA_MAPPING_ERROR ? 0 : addr;
}

static void unmap(const struct dma_test *t, dma_addr_t addr,
		  unsigned int nr_pages)
{
	t->dev->dma_ops->unmap_page(t->dev, addr, nr_pages * P, DMA_TO_DEVICE,
				    0);
}

static void expect_bad_unmap(struct kunit *test, const struct dma_test *t,
			     dma_addr_t addr, unsigned int nr_pages,
			     unsigned int nr_mapped)
{
	char what[64], mapped[64];

	snprintf(what, sizeof(what), "%lu bytes at %#llx, which is "
		 BAD_UNMAP, nr_pages * P, addr);
	snprintf(mapped, sizeof(mapped), "%lu bytes were mapped",
		 nr_mapped * P);
	fake_log_mark();
	unmap(t, addr, nr_pages);
	KUNIT_EXPECT_EQ(test, fake_log_lines(what, mapped), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines(what, dev_name(t->dev)), 1);
}

/* Two pages where one was mapped: the next page may be handed out already. */
static void too_long(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(16));
	dma_addr_t top = map(&t, 1), addr = map(&t, 1), one, two;

	KUNIT_ASSERT_EQ(test, top, addr + P);
	unmap(&t, top, 1);
	expect_bad_unmap(test, &t, addr, 2, 1);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 0);

	/* Not the two pages that were named, one of which is free */
	two = map(&t, 2);
	one = map(&t, 1);
	KUNIT_EXPECT_EQ(test, one, top);
	KUNIT_EXPECT_NE(test, two, 0);
	KUNIT_EXPECT_NE(test, two, addr);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, two + P),
			page_to_phys(t.pages + 1));
	unmap(&t, one, 1);
	unmap(&t, two, 2);
	dma_test_expect_empty(test, &t);
}

/*
 * Two neighbours at once are not seen: the second one's addresses are handed
 * out while it uses them, and its own unmap is the one that is blamed.
 */
static void neighbours_as_one(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(16));
	dma_addr_t top = map(&t, 1), addr = map(&t, 1), two;

	KUNIT_ASSERT_EQ(test, top, addr + P);
	fake_log_mark();
	unmap(&t, addr, 2);
	KUNIT_EXPECT_EQ(test, fake_log_lines(BAD_UNMAP, dev_name(t.dev)), 0);
	two = map(&t, 2);
	KUNIT_EXPECT_EQ(test, two, addr);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, top),
			page_to_phys(t.pages + 1));
	unmap(&t, two, 2);
	expect_bad_unmap(test, &t, top, 1, 0);
	dma_test_expect_empty(test, &t);
}

/*
 * Three pages where four were mapped shows when somebody gets the fourth, which
 * stays what it was.
 */
static void too_short(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr = map(&t, 4), other;
	unsigned int i;

	unmap(&t, addr, 3);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, map(&t, 4), 0);
	KUNIT_EXPECT_EQ(test, fake_log_lines("another size than it mapped",
					     "group"), 1);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, addr + 3 * P),
			page_to_phys(t.pages + 3));
	/* Once, and nobody gets them again. */
	for (i = 0; i < 3; i++) {
		other = map(&t, 4);
		KUNIT_EXPECT_NE(test, other, 0);
		KUNIT_EXPECT_NE(test, other, addr);
		unmap(&t, other, 4);
	}
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 1);
	fake_device_unbind(t.fdev);
	dma_test_expect_empty(test, &t);
}

/* Map four pages; 0 when that fails. */
static dma_addr_t map_some_way(const struct dma_test *t, unsigned int way)
{
	const struct dma_map_ops *ops = t->dev->dma_ops;
	struct scatterlist sg[4];
	dma_addr_t addr = 0;
	unsigned int i;
	void *buf;

	switch (way) {
	case 0:
		return map(t, 4);
	case 1:
		/* No two of them are neighbours. */
		sg_init_table(sg, 4);
		for (i = 0; i < 4; i++)
			sg_set_page(&sg[i], t->pages + 2 * i, P, 0);
		return ops->map_sg(t->dev, sg, 4, DMA_TO_DEVICE, 0) > 0 ?
			sg_dma_address(sg) : 0;
	default:
		buf = ops->alloc(t->dev, 4 * P, &addr, GFP_KERNEL,
				 DMA_ATTR_ALLOC_SINGLE_PAGES);
		return buf ? addr : 0;
	}
}

struct way {
	const char *name;
	unsigned int way;
	unsigned int live;
};

static const struct way ways[] = {
	{ "one piece, the last page",	0, 3 },
	{ "one piece, the first page",	0, 0 },
	{ "a list, the last page",	1, 3 },
	{ "a list, a page within",	1, 2 },
	{ "a list, the first page",	1, 0 },
	{ "scattered, the last page",	2, 3 },
	{ "scattered, the first page",	2, 0 },
};

KUNIT_ARRAY_PARAM_DESC(way, ways, name);

/*
 * After a mapping was unmapped piece by piece, two devices are handed the same
 * address. Who comes second fails, and takes nothing of the first one away.
 */
static void another_device_is_there(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct dma_test t = dma_test_create(test, .group = 1), s = t;
	struct iopasid_domain *domain = &t.fdom->domain;
	dma_addr_t addr = map(&t, 4), page = addr + way->live * P, live;

	s.fdev = fake_device_create(t.fake, &(struct fake_device_config){
		.group = 1,
	});
	s.dev = &s.fdev->dev;
	fake_device_bind(s.fdev);

	/* A page goes back by itself, and again with all four. */
	unmap(&t, page, 1);
	KUNIT_ASSERT_EQ(test, 0, domain->ops->map_pages(domain, page, 0, P,
							IOPASID_READ,
							GFP_KERNEL));
	unmap(&t, addr, 4);
	live = map(&s, 1);
	KUNIT_ASSERT_EQ(test, live, page);
	KUNIT_EXPECT_EQ(test, map_some_way(&t, way->way), 0);
	KUNIT_EXPECT_EQ(test, dma_test_read(&s, live), page_to_phys(t.pages));
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 1);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_stale, 0);
	unmap(&s, live, 1);
	dma_test_expect_empty(test, &t);
}

/* A part that is cached by its size is not seen, and is handed out as such. */
static void small_part_of_a_large_mapping(struct kunit *test)
{
	const unsigned int nr = 2 * IOPASID_IOVA_CACHED / P;
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(24));
	const struct dma_map_ops *ops = t.dev->dma_ops;
	dma_addr_t addr, other;

	addr = ops->map_resource(t.dev, 0xc0000000, nr * P, DMA_TO_DEVICE, 0);
	fake_log_mark();
	unmap(&t, addr, nr / 2);
	KUNIT_EXPECT_EQ(test, fake_log_lines(BAD_UNMAP, dev_name(t.dev)), 0);
	other = ops->map_resource(t.dev, 0xd0000000, nr / 2 * P, DMA_TO_DEVICE,
				  0);
	KUNIT_EXPECT_EQ(test, other, addr);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, addr + nr / 2 * P),
			0xc0000000 + nr / 2 * P);
	unmap(&t, other, nr / 2);
	unmap(&t, addr + nr / 2 * P, nr / 2);
	KUNIT_EXPECT_EQ(test, fake_log_lines(BAD_UNMAP, dev_name(t.dev)), 0);
	dma_test_expect_empty(test, &t);
}

/* Beyond the sizes that are cached any part of a mapping shows at once. */
static void parts_of_a_large_mapping(struct kunit *test)
{
	const unsigned int nr = 2 * IOPASID_IOVA_CACHED / P + 2;
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(24));
	const struct dma_map_ops *ops = t.dev->dma_ops;
	dma_addr_t addr, other;

	addr = ops->map_resource(t.dev, 0xc0000000, nr * P, DMA_TO_DEVICE, 0);
	expect_bad_unmap(test, &t, addr, nr / 2, nr / 2);
	other = ops->map_resource(t.dev, 0xc0000000, nr * P, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_NE(test, other, DMA_MAPPING_ERROR);
	KUNIT_EXPECT_NE(test, other, addr);
	expect_bad_unmap(test, &t, addr + nr / 2 * P, nr / 2, nr / 2);
	fake_log_mark();
	ops->unmap_resource(t.dev, other, nr * P, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, fake_log_lines(BAD_UNMAP, dev_name(t.dev)), 0);
	dma_test_expect_empty(test, &t);
}

/* What is not mapped is not freed: it may belong to someone else. */
static void unmapped_twice(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr = map(&t, 1), next;

	unmap(&t, addr, 1);
	expect_bad_unmap(test, &t, addr, 1, 0);
	/* In the cache once, not twice */
	KUNIT_EXPECT_EQ(test, map(&t, 1), addr);
	next = map(&t, 1);
	KUNIT_EXPECT_NE(test, next, addr);
	unmap(&t, addr, 1);
	unmap(&t, next, 1);
	dma_test_expect_empty(test, &t);
}

/* Nothing is mapped there, but tables are: they go with a flush. */
static void unmapped_twice_with_tables(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr = map(&t, 1);

	unmap(&t, addr, 1);
	t.fake->empty_tables = true;
	fake_forget_calls(t.fake);
	unmap(&t, addr, 1);
	KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_FLUSH), 1);
	dma_test_expect_empty(test, &t);
	t.fake->empty_tables = false;
}

/* Ranges of no byte, and those that go round: nothing is unmapped, or freed. */
static void unmapped_nothing(struct kunit *test)
{
	static const struct fake_resv resv = {
		0xff000000, 0xffffffff, IOPASID_RESV_WINDOW,
	};
	struct dma_test t = dma_test_create(test, .resv = &resv, .nr_resv = 1);
	const struct dma_map_ops *ops = t.dev->dma_ops;
	struct iopasid_dma *dma = t.fdev->group->dma;
	dma_addr_t live = map(&t, 1), next;
	const struct {
		dma_addr_t addr;
		size_t size;
	} rows[] = {
		{ 0, 0 }, { resv.first, 0 }, { live, 0 }, { live + 8, 0 },
		{ live, SIZE_MAX }, { live + 8, SIZE_MAX },
		{ live + 8, SIZE_MAX - 6 }, { resv.first, SIZE_MAX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_forget_calls(t.fake);
		ops->unmap_page(t.dev, rows[i].addr, rows[i].size,
				DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_UNMAP), 0);
		KUNIT_EXPECT_EQ(test, dma_test_read(&t, live),
				page_to_phys(t.pages));
		next = map(&t, 1);
		KUNIT_EXPECT_EQ(test, next, live - P);
		unmap(&t, next, 1);
	}
	unmap(&t, live, 1);
	dma_test_expect_empty(test, &t);
	/* None of them counts as the end of a mapping. */
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma->nr_leaked, 0);
}

/* Memory that is freed with another size is not given back. */
static void coherent_too_long(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	const struct dma_map_ops *ops = t.dev->dma_ops;
	dma_addr_t addr;
	void *buf = ops->alloc(t.dev, P, &addr, GFP_KERNEL, 0);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	fake_log_mark();
	ops->free(t.dev, 2 * P, buf, addr, 0);
	KUNIT_EXPECT_EQ(test, fake_log_lines(BAD_UNMAP, dev_name(t.dev)), 1);
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(buf)), 1);
	free_page((unsigned long)buf);
	dma_test_expect_empty(test, &t);
}

/* A list with a hole is no mistake. */
static void holes_are_right(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	struct scatterlist sg[3];

	dma_set_seg_boundary(t.dev, 2 * P - 1);
	sg_init_table(sg, 3);
	sg_set_page(&sg[0], t.pages, 100, 0);
	sg_set_page(&sg[1], t.pages + 1, 2 * P, 0);
	sg_set_page(&sg[2], t.pages + 3, 7, 50);
	KUNIT_ASSERT_EQ(test, dma_map_sg(t.dev, sg, 3, DMA_TO_DEVICE), 3);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 4);
	KUNIT_EXPECT_EQ(test, sg_dma_address(&sg[1]),
			sg_dma_address(&sg[0]) + 2 * P);
	fake_log_mark();
	dma_unmap_sg(t.dev, sg, 3, DMA_TO_DEVICE);
	KUNIT_EXPECT_EQ(test, fake_log_lines(BAD_UNMAP, dev_name(t.dev)), 0);
	dma_test_expect_empty(test, &t);
}

/*
 * The driver is gone, and frees what it left: without effect. To dma-direct the
 * addresses would be memory.
 */
static void too_late(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr = dma_test_map(&t, 0, P), pages_addr, buf_addr;
	struct page *pages = dma_alloc_pages(t.dev, 3 * P, &pages_addr,
					     DMA_TO_DEVICE, GFP_KERNEL);
	void *buf = dma_alloc_attrs(t.dev, 2 * P, &buf_addr, GFP_KERNEL,
				    DMA_ATTR_ALLOC_SINGLE_PAGES);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(buf));
	fake_log_mark();
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("24576 bytes mapped",
					     dev_name(t.dev)), 1);
	KUNIT_EXPECT_NOT_NULL(test, t.dev->dma_ops);
	dma_test_unmap(&t, addr, P);
	dma_free_pages(t.dev, 3 * P, pages, pages_addr, DMA_TO_DEVICE);
	dma_free_attrs(t.dev, 2 * P, buf, buf_addr,
		       DMA_ATTR_ALLOC_SINGLE_PAGES);
	KUNIT_EXPECT_EQ(test, page_count(pages), 1);
	KUNIT_EXPECT_EQ(test, page_count(vmalloc_to_page(buf)), 1);
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), 0);
	free_pages_exact(page_address(pages), 3 * P);
	vfree(buf);

	/* The next driver works, and leaves all as it was. */
	fake_device_bind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), addr);
	dma_test_unmap(&t, addr, P);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_NULL(test, t.dev->dma_ops);
	dma_test_expect_empty(test, &t);
}

/* As long as a sibling's driver works, a late unmap does as well. */
static void too_late_beside_a_sibling(struct kunit *test)
{
	struct dma_test t = dma_test_create(test, .group = 1);
	struct fake_device *sibling = fake_device_create(t.fake,
		&(struct fake_device_config){ .group = 1 });
	dma_addr_t addr = dma_test_map(&t, 0, P), left = dma_test_map(&t, 1, P);

	fake_device_bind(sibling);
	fake_device_unbind(t.fdev);
	dma_test_unmap(&t, addr, P);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, addr), PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, left),
			page_to_phys(t.pages + 1));
	fake_device_unbind(sibling);
	KUNIT_EXPECT_NOT_NULL(test, t.dev->dma_ops);
	dma_test_unmap(&t, left, P);
	dma_test_expect_empty(test, &t);

	/* The unit goes, and this module may. */
	fake_unit_unregister(fake_first_unit(t.fake));
	KUNIT_EXPECT_NULL(test, t.dev->dma_ops);
	KUNIT_EXPECT_NULL(test, sibling->dev.dma_ops);
}

static struct kunit_case misuse_cases[] = {
	KUNIT_CASE(too_long),
	KUNIT_CASE(neighbours_as_one),
	KUNIT_CASE(too_short),
	KUNIT_CASE_PARAM(another_device_is_there, way_gen_params),
	KUNIT_CASE(small_part_of_a_large_mapping),
	KUNIT_CASE(parts_of_a_large_mapping),
	KUNIT_CASE(unmapped_twice),
	KUNIT_CASE(coherent_too_long),
	KUNIT_CASE(holes_are_right),
	KUNIT_CASE(too_late),
	KUNIT_CASE(too_late_beside_a_sibling),
	/* Last: more lines than the limit of their rate */
	KUNIT_CASE(unmapped_twice_with_tables),
	KUNIT_CASE(unmapped_nothing),
	{}
};

/* The caches of iova.c are the CPUs': what one gives back, another has not. */
static int misuse_init(struct kunit *test)
{
	const struct cpumask *here = cpumask_of(raw_smp_processor_id());

	return set_cpus_allowed_ptr(current, here);
}

static struct kunit_suite misuse_suite = {
	.name = "iopasid-dma-misuse",
	.init = misuse_init,
	.test_cases = misuse_cases,
};

kunit_test_suite(misuse_suite);
