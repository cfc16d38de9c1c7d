// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the address space of a group's DMA API - what is reserved in it, what
 * is left when drivers go, what happens when hardware does not answer.
 */
#include <linux/dma-map-ops.h>
#include <linux/sizes.h>

#include <iopasid/group.h>

#include "dma-test.h"

#include "../drivers/core/core.h"
#include "../drivers/dma/dma.h"

static const struct fake_resv all_kinds[] = {
	{ 0x100000, 0x17ffff, IOPASID_RESV_DIRECT },
	{ 0x180800, 0x1807ff + P, IOPASID_RESV_DIRECT },
	{ 0x400000, 0x7fffff, IOPASID_RESV_WINDOW },
	{ 0x780000, 0x8fffff, IOPASID_RESV_MSI },
	{ 0x8fff00, 0x9000ff, IOPASID_RESV_WINDOW },
};

/* Pages of all_kinds below 16 MiB: 0x100-0x17f, 0x180-0x181, 0x400-0x900 */
#define RESERVED_PAGES	(0x80 + 2 + 0x501)

static bool is_reserved(u64 addr)
{
	return addr < P || (addr >= 0x100000 && addr < 0x182000) ||
		(addr >= 0x400000 && addr < 0x901000);
}

/* Every address of 24 bits is handed out once; none that is reserved is. */
static void reserved_never_handed_out(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(24),
					    .resv = all_kinds,
					    .nr_resv = ARRAY_SIZE(all_kinds));
	const unsigned int max = SZ_16M / P;
	dma_addr_t *addrs = kunit_kcalloc(test, max, sizeof(*addrs),
					  GFP_KERNEL);
	unsigned int nr = 0, i, round;

	KUNIT_ASSERT_NOT_NULL(test, addrs);
	for (round = 0; round < 2; round++) {
		for (nr = 0; nr < max; nr++) {
			addrs[nr] = dma_test_map(&t, nr % DMA_TEST_NR_PAGES, P);
			if (!addrs[nr])
				break;
			KUNIT_EXPECT_FALSE(test, is_reserved(addrs[nr]));
		}
		KUNIT_EXPECT_EQ(test, nr, max - 1 - RESERVED_PAGES);
		for (i = 0; i < nr; i++)
			dma_test_unmap(&t, addrs[i], P);
	}
	/* Only what firmware uses is left, and it is what it was. */
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 0x82);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x100000), 0x100000);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x181fff), 0x181fff);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x182000), PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x0fffff), PHYS_ADDR_MAX);
}

/* The hardware does not confirm: the address is never seen again. */
static void failed_flush(struct kunit *test)
{
	struct dma_test t = dma_test_create(test,
					    .dma_mask = DMA_BIT_MASK(16));
	struct iopasid_dma *dma = t.fdev->group->dma;
	dma_addr_t addrs[16], lost = dma_test_map(&t, 0, P);
	unsigned int nr;

	KUNIT_ASSERT_NE(test, lost, 0);
	fake_fail_nth(t.fake, FAKE_FLUSH, 1, -ETIMEDOUT);
	dma_test_unmap(&t, lost, P);
	KUNIT_EXPECT_TRUE(test, fake_is_stale(&t.fdom->domain, lost));
	KUNIT_EXPECT_EQ(test, atomic64_read(&dma->nr_failed_flushes), 1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dma->quarantined_bytes), P);

	for (nr = 0; nr < ARRAY_SIZE(addrs); nr++) {
		addrs[nr] = dma_test_map(&t, 0, P);
		if (!addrs[nr])
			break;
		KUNIT_EXPECT_NE(test, addrs[nr], lost);
	}
	/* 16 pages, without page 0 and the lost one */
	KUNIT_EXPECT_EQ(test, nr, 14);
	while (nr--)
		dma_test_unmap(&t, addrs[nr], P);

	/* The reset finds a flush that works. */
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dma->quarantined_bytes), 0);
	dma_test_expect_empty(test, &t);
	fake_device_bind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), lost);
	dma_test_unmap(&t, lost, P);
}

/* A unit that must flush what is mapped does not confirm it: likewise. */
static void failed_map_flush(struct kunit *test)
{
	static const int errors[] = { -ETIMEDOUT, -EIO };
	struct dma_test t = dma_test_create(test);
	struct iopasid_dma *dma = t.fdev->group->dma;
	dma_addr_t next = dma_test_map(&t, 0, P);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		fake_fail_nth(t.fake, FAKE_MAP, 1, errors[i]);
		KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), 0);
		KUNIT_EXPECT_EQ(test, atomic64_read(&dma->quarantined_bytes),
				(i + 1) * P);
	}
	dma_test_unmap(&t, next, P);
	/* Two addresses below it are not given out, what was unmapped is. */
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), next);
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), next - 3 * P);
	dma_test_unmap(&t, next - 3 * P, P);
	dma_test_unmap(&t, next, P);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dma->quarantined_bytes), 0);
	dma_test_expect_empty(test, &t);
}

/* It does not confirm at the reset either: what was lost stays lost. */
static void failed_reset(struct kunit *test)
{
	struct dma_test t = dma_test_create(test);
	struct iopasid_dma *dma = t.fdev->group->dma;
	dma_addr_t lost = dma_test_map(&t, 0, P), addr;

	fake_fail_always(t.fake, FAKE_FLUSH, -EIO);
	fake_device_unbind(t.fdev);
	fake_fail_always(t.fake, FAKE_FLUSH, 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dma->quarantined_bytes), P);
	/* DMA_API_DEBUG forgets it; it has no effect. */
	dma_test_unmap(&t, lost, P);

	fake_device_bind(t.fdev);
	addr = dma_test_map(&t, 0, P);
	KUNIT_EXPECT_NE(test, addr, lost);
	dma_test_unmap(&t, addr, P);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dma->quarantined_bytes), 0);
	dma_test_expect_empty(test, &t);
}

/* A driver leaves mappings behind: they are unmapped, all starts anew. */
static void reset_finds_leak(struct kunit *test)
{
	struct dma_test t = dma_test_create(test, .resv = all_kinds,
					    .nr_resv = ARRAY_SIZE(all_kinds));
	struct iopasid_dma *dma = t.fdev->group->dma;
	dma_addr_t one = dma_test_map(&t, 0, P), three = dma_test_map(&t, 3, 3 * P);

	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma->leaked_bytes, 4 * P);
	KUNIT_EXPECT_EQ(test, dma->nr_leaked, 2);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_mapped, 0x82);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_stale, 0);
	KUNIT_EXPECT_EQ(test, t.fdom->nr_tables, 1);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x100000), 0x100000);
	/* DMA_API_DEBUG forgets them; they have no effect. */
	dma_test_unmap(&t, one, P);
	dma_test_unmap(&t, three, 3 * P);

	fake_device_bind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma_test_map(&t, 0, P), one);
	dma_test_unmap(&t, one, P);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, dma->leaked_bytes, 4 * P);
}

static const struct fake_resv late_resv[] = {
	{ 0x100000, 0x1fffff, IOPASID_RESV_DIRECT },
	{ 0x0ff000, 0x100fff, IOPASID_RESV_WINDOW },
};

static const struct fake_device_config late_config = {
	.group = 1, .resv = late_resv, .nr_resv = ARRAY_SIZE(late_resv),
};

/* Nobody has used the addresses: a late member's ranges are respected. */
static void late_member(struct kunit *test)
{
	struct dma_test t = dma_test_create(test, .group = 1,
					    .dma_mask = DMA_BIT_MASK(21));
	struct fake_device *late;
	dma_addr_t addr, last = 0;
	unsigned int nr;

	/* A driver was there, and has gone. */
	dma_test_unmap(&t, dma_test_map(&t, 0, P), P);
	fake_device_unbind(t.fdev);
	late = fake_device_create(t.fake, &late_config);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(late, 0), &t.fdom->domain);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x1fffff), 0x1fffff);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x0ff000), PHYS_ADDR_MAX);

	fake_device_bind(t.fdev);
	for (nr = 0; nr < 0x200; nr++, last = addr) {
		addr = dma_test_map(&t, 0, P);
		if (!addr)
			break;
		KUNIT_EXPECT_LT(test, addr, 0xff000);
	}
	/* Below the ranges all but page 0 */
	KUNIT_EXPECT_EQ(test, nr, 0xfe);
	KUNIT_EXPECT_EQ(test, last, P);
	for (addr = P; addr < 0xff000; addr += P)
		dma_test_unmap(&t, addr, P);
}

/* Drivers may have addresses there: only what is reserved already. */
static void late_member_of_a_used_space(struct kunit *test)
{
	struct dma_test t = dma_test_create(test, .group = 1);
	dma_addr_t addr = dma_test_map(&t, 0, P);
	struct fake_device *late;

	late = fake_device_create_unannounced(t.fake, &late_config);
	fake_log_mark();
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	KUNIT_EXPECT_NULL(test, late->idev);
	KUNIT_EXPECT_EQ(test, fake_log_lines("reserved 0x100000-0x1fffff; unbind",
					     dev_name(&late->dev)), 1);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x100000), PHYS_ADDR_MAX);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, addr), page_to_phys(t.pages));
	dma_test_unmap(&t, addr, P);

	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), 0);
	fake_device_bind(t.fdev);
	/* The same once more, by another member, changes nothing. */
	fake_forget_calls(t.fake);
	fake_device_create(t.fake, &late_config);
	KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_MAP), 0);
}

/* A reset that failed has left addresses taken: that is used as well. */
static void late_member_after_a_failed_reset(struct kunit *test)
{
	struct dma_test t = dma_test_create(test, .group = 1);
	dma_addr_t lost = dma_test_map(&t, 0, P);
	struct fake_device *late;

	late = fake_device_create_unannounced(t.fake, &late_config);
	fake_fail_always(t.fake, FAKE_FLUSH, -EIO);
	fake_device_unbind(t.fdev);
	fake_fail_always(t.fake, FAKE_FLUSH, 0);
	dma_test_unmap(&t, lost, P);
	/* It is tried again, and fails again; not while a driver is there. */
	fake_fail_always(t.fake, FAKE_FLUSH_ALL, -EIO);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	fake_device_bind(t.fdev);
	fake_forget_calls(t.fake);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_calls(t.fake, FAKE_FLUSH_ALL), 0);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), -EBUSY);
	fake_fail_always(t.fake, FAKE_FLUSH_ALL, 0);
	KUNIT_EXPECT_EQ(test, iopasid_device_add(&late->dev), 0);
	KUNIT_EXPECT_EQ(test, dma_test_read(&t, 0x1fffff), 0x1fffff);
}

static void nonsense_ranges(struct kunit *test)
{
	static const struct fake_resv rows[] = {
		{ 0x2000, 0x1fff, IOPASID_RESV_WINDOW },
		{ BIT_ULL(48) - P, BIT_ULL(48), IOPASID_RESV_DIRECT },
	};
	struct fake *fake = fake_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake_device *fdev;

		fdev = fake_device_create(fake, &(struct fake_device_config){
			.resv = &rows[i], .nr_resv = 1,
		});
		fake_device_bind(fdev);
		KUNIT_EXPECT_PTR_EQ(test, fdev->group->dma, NULL);
		KUNIT_EXPECT_EQ(test, dma_set_mask(&fdev->dev,
						   DMA_BIT_MASK(64)), -EIO);
		fake_device_unbind(fdev);
	}
}

/* A user context owns the group: every call of the driver is refused. */
static void refused(struct kunit *test)
{
	static const struct dma_map_ops before = {};
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = fake_device_create(fake,
		&(struct fake_device_config){ .max_pasids = 32 });
	struct device *dev = &fdev->dev;
	struct page *page = dma_test_pages(test);
	struct iopasid_user *user;
	struct scatterlist sg;
	dma_addr_t addr;

	dev->dma_ops = &before;
	user = fake_claim(fdev, test);
	fake_device_bind(fdev);
	KUNIT_EXPECT_EQ(test, dma_set_mask(dev, DMA_BIT_MASK(64)), -EIO);
	addr = dma_map_page(dev, page, 0, P, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));
	addr = dma_map_resource(dev, 0xc0000000, P, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));
	sg_init_table(&sg, 1);
	sg_set_page(&sg, page, P, 0);
	KUNIT_EXPECT_EQ(test, dma_map_sg(dev, &sg, 1, DMA_TO_DEVICE), 0);
	KUNIT_EXPECT_NULL(test, dma_alloc_coherent(dev, P, &addr, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, dma_alloc_pages(dev, P, &addr, DMA_TO_DEVICE,
						GFP_KERNEL));
	KUNIT_EXPECT_FALSE(test, dma_can_mmap(dev));
	fake_device_unbind(fdev);
	KUNIT_EXPECT_PTR_EQ(test, dev->dma_ops, &before);
	dev->dma_ops = NULL;
	iopasid_user_release(user);
}

/* What the device had before is put back, after a driver that left mappings too. */
static void own_ops_come_back(struct kunit *test)
{
	static const struct dma_map_ops before = {};
	struct dma_test t = dma_test_create(test);
	dma_addr_t addr;

	fake_device_unbind(t.fdev);
	t.dev->dma_ops = &before;
	fake_device_bind(t.fdev);
	KUNIT_EXPECT_PTR_NE(test, t.dev->dma_ops, &before);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_PTR_EQ(test, t.dev->dma_ops, &before);

	fake_device_bind(t.fdev);
	addr = dma_test_map(&t, 0, P);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_PTR_NE(test, t.dev->dma_ops, &before);
	dma_test_unmap(&t, addr, P);
	fake_device_bind(t.fdev);
	KUNIT_EXPECT_PTR_NE(test, t.dev->dma_ops, &before);
	fake_device_unbind(t.fdev);
	KUNIT_EXPECT_PTR_EQ(test, t.dev->dma_ops, &before);

	/* Or when the device goes before the next driver comes */
	fake_device_bind(t.fdev);
	addr = dma_test_map(&t, 0, P);
	fake_device_unbind(t.fdev);
	dma_test_unmap(&t, addr, P);
	iopasid_device_remove(t.dev);
	KUNIT_EXPECT_PTR_EQ(test, t.dev->dma_ops, &before);
	t.dev->dma_ops = NULL;
}

static void identity_keeps_dma_direct(struct kunit *test)
{
	struct fake *fake = fake_create(test);
	struct fake_device *fdev = fake_device_create(fake,
		&(struct fake_device_config){ .type = IOPASID_DOMAIN_IDENTITY });

	fake_device_bind(fdev);
	KUNIT_EXPECT_PTR_EQ(test, fdev->dev.dma_ops, NULL);
	KUNIT_EXPECT_PTR_EQ(test, fake_reaches(fdev, 0), &fake->identity);
	fake_device_unbind(fdev);
}

static struct kunit_case space_cases[] = {
	KUNIT_CASE(reserved_never_handed_out),
	KUNIT_CASE(failed_flush),
	KUNIT_CASE(failed_map_flush),
	KUNIT_CASE(failed_reset),
	KUNIT_CASE(reset_finds_leak),
	KUNIT_CASE(late_member),
	KUNIT_CASE(late_member_of_a_used_space),
	KUNIT_CASE(late_member_after_a_failed_reset),
	KUNIT_CASE(nonsense_ranges),
	KUNIT_CASE(refused),
	KUNIT_CASE(own_ops_come_back),
	KUNIT_CASE(identity_keeps_dma_direct),
	{}
};

static struct kunit_suite space_suite = {
	.name = "iopasid-dma-space",
	.test_cases = space_cases,
};

kunit_test_suite(space_suite);
