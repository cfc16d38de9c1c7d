// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page tables that no hardware walks
 *
 * An entry for each 2 KiB, which knows how large the page is that it is part of:
 * 2 KiB, 4 KiB, or 1 MiB in tables that the program asked to be like that. A page
 * is dirty as a whole.
 */
#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "mock.h"

/* An entry, as a value of the xarray */
#define MOCK_ENTRY_DIRTY	BIT(0)
#define MOCK_ENTRY_SIZE_LG2	GENMASK(6, 1)
#define MOCK_ENTRY_PHYS		GENMASK(62, 11)

static unsigned long mock_index(u64 iova)
{
	return iova / MOCK_PAGE_SIZE;
}

static size_t mock_entry_size(void *entry)
{
	return BIT(FIELD_GET(MOCK_ENTRY_SIZE_LG2, xa_to_value(entry)));
}

/* The largest page that begins here */
static size_t mock_page_size(const struct iopasid_domain *domain, u64 iova,
			     phys_addr_t phys, size_t size)
{
	unsigned long fitting = domain->pgsizes &
		GENMASK(ilog2(size), 0);

	if (iova | phys)
		fitting &= GENMASK(__ffs64(iova | phys), 0);
	return BIT(__fls(fitting));
}

/**
 * mock_domain_of() - the page table behind a domain
 * @domain: a domain
 *
 * Return: it, NULL when it is not ours.
 */
struct mock_domain *mock_domain_of(struct iopasid_domain *domain)
{
	return domain->type == IOPASID_DOMAIN_PAGING &&
		domain->provider == mock_blocked.provider ?
		container_of(domain, struct mock_domain, domain) : NULL;
}

static void mock_erase(struct mock_domain *mock, u64 iova, size_t size)
{
	u64 end = iova + size;

	for (; iova < end; iova += MOCK_PAGE_SIZE)
		xa_erase(&mock->pages, mock_index(iova));
}

static int mock_map_page(struct mock_domain *mock, u64 iova, phys_addr_t phys,
			 size_t size, gfp_t gfp)
{
	u64 done;
	int ret;

	for (done = 0; done < size; done += MOCK_PAGE_SIZE) {
		void *entry = xa_mk_value((phys + done) |
			FIELD_PREP(MOCK_ENTRY_SIZE_LG2, ilog2(size)));

		ret = xa_insert(&mock->pages, mock_index(iova + done), entry,
				gfp);
		if (ret) {
			mock_erase(mock, iova, done);
			return ret == -EBUSY ? -EEXIST : ret;
		}
	}
	return 0;
}

static int mock_map_pages(struct iopasid_domain *domain, u64 iova,
			  phys_addr_t phys, size_t size, unsigned int prot,
			  gfp_t gfp)
{
	struct mock_domain *mock = mock_domain_of(domain);
	size_t done = 0;

	if (iova > domain->aperture_last ||
	    size - 1 > domain->aperture_last - iova)
		return -ERANGE;
	while (done < size) {
		size_t page = mock_page_size(domain, iova + done, phys + done,
					     size - done);
		int ret = mock_map_page(mock, iova + done, phys + done, page,
					gfp);

		if (ret) {
			mock_erase(mock, iova, done);
			return ret;
		}
		done += page;
	}
	return 0;
}

static size_t mock_unmap_pages(struct iopasid_domain *domain, u64 iova,
			       size_t size, struct iopasid_gather *gather)
{
	struct mock_domain *mock = mock_domain_of(domain);
	u64 end = iova + size;
	size_t unmapped = 0;

	while (iova < end) {
		void *entry = xa_load(&mock->pages, mock_index(iova));
		size_t page = entry ? mock_entry_size(entry) : MOCK_PAGE_SIZE;

		/* A page that reaches out of the range is left alone. */
		if (!entry || !IS_ALIGNED(iova, page) || page > end - iova) {
			iova += MOCK_PAGE_SIZE;
			continue;
		}
		mock_erase(mock, iova, page);
		iopasid_gather_add(gather, iova, iova + page - 1);
		iova += page;
		unmapped += page;
	}
	return unmapped;
}

static int mock_flush(struct iopasid_domain *domain,
		      struct iopasid_gather *gather)
{
	iopasid_gather_init(gather);
	return 0;
}

static int mock_flush_all(struct iopasid_domain *domain)
{
	return 0;
}

static phys_addr_t mock_iova_to_phys(struct iopasid_domain *domain, u64 iova)
{
	struct mock_domain *mock = mock_domain_of(domain);
	void *entry = xa_load(&mock->pages, mock_index(iova));

	return entry ? (xa_to_value(entry) & MOCK_ENTRY_PHYS) +
		iova % MOCK_PAGE_SIZE : PHYS_ADDR_MAX;
}

static void mock_free(struct iopasid_domain *domain)
{
	struct mock_domain *mock = mock_domain_of(domain);

	if (!xa_empty(&mock->pages))
		pr_err("iopasid-iommufd-mock: a page table is freed with pages in it\n");
	xa_destroy(&mock->pages);
	kfree(mock);
}

/* Set or clear the mark of the page that an address is in. */
static void mock_mark_page(struct mock_domain *mock, u64 iova, size_t page,
			   bool dirty)
{
	u64 first = ALIGN_DOWN(iova, page);
	u64 done;

	/* Replaces what is there, which needs no memory. */
	for (done = 0; done < page; done += MOCK_PAGE_SIZE) {
		unsigned long index = mock_index(first + done);
		void *entry = xa_load(&mock->pages, index);
		unsigned long value;

		if (!entry)
			continue;
		value = xa_to_value(entry) & ~MOCK_ENTRY_DIRTY;
		xa_cmpxchg(&mock->pages, index, entry,
			   xa_mk_value(value | (dirty ? MOCK_ENTRY_DIRTY : 0)),
			   GFP_NOWAIT);
	}
}

/**
 * mock_domain_set_dirty() - a device has written
 * @mock: the page table
 * @iova: where
 *
 * Return: false when nothing is mapped there.
 */
bool mock_domain_set_dirty(struct mock_domain *mock, u64 iova)
{
	void *entry = xa_load(&mock->pages, mock_index(iova));

	if (entry)
		mock_mark_page(mock, iova, mock_entry_size(entry), true);
	return entry;
}

static int mock_set_dirty_tracking(struct iopasid_domain *domain, bool enable)
{
	return 0;
}

/* The part of a page from @iova on that is in the range; taken care of */
static u64 mock_read_page(struct mock_domain *mock, u64 iova, u64 end,
			  const struct iopasid_dirty *dirty)
{
	void *entry = xa_load(&mock->pages, mock_index(iova));
	size_t page = entry ? mock_entry_size(entry) : MOCK_PAGE_SIZE;
	u64 first = ALIGN_DOWN(iova, page);
	u64 part = min(end, first + page) - iova;

	if (!entry || !(xa_to_value(entry) & MOCK_ENTRY_DIRTY))
		return part;
	if (dirty->record)
		dirty->record(iova, part, dirty->data);
	if (!(dirty->flags & IOPASID_DIRTY_NO_CLEAR) && part == page) {
		mock_mark_page(mock, iova, page, false);
		iopasid_gather_add(dirty->gather, iova, iova + part - 1);
		dirty->gather->cleaned = true;
	}
	return part;
}

static void mock_read_and_clear_dirty(struct iopasid_domain *domain, u64 iova,
				      size_t size,
				      const struct iopasid_dirty *dirty)
{
	struct mock_domain *mock = mock_domain_of(domain);
	u64 end = iova + size;

	while (iova < end)
		iova += mock_read_page(mock, iova, end, dirty);
}

static const struct iopasid_domain_ops mock_paging_ops = {
	.attach_dev		= mock_attach_dev,
	.attach_dev_pasid	= mock_attach_dev_pasid,
	.detach_dev_pasid	= mock_detach_dev_pasid,
	.map_pages		= mock_map_pages,
	.unmap_pages		= mock_unmap_pages,
	.flush			= mock_flush,
	.flush_all		= mock_flush_all,
	.iova_to_phys		= mock_iova_to_phys,
	.free			= mock_free,
};

static const struct iopasid_domain_ops mock_dirty_ops = {
	.attach_dev		= mock_attach_dev,
	.attach_dev_pasid	= mock_attach_dev_pasid,
	.detach_dev_pasid	= mock_detach_dev_pasid,
	.map_pages		= mock_map_pages,
	.unmap_pages		= mock_unmap_pages,
	.flush			= mock_flush,
	.flush_all		= mock_flush_all,
	.iova_to_phys		= mock_iova_to_phys,
	.set_dirty_tracking	= mock_set_dirty_tracking,
	.read_and_clear_dirty	= mock_read_and_clear_dirty,
	.free			= mock_free,
};

/**
 * mock_domain_tracks() - a page table can say what was written
 * @domain: the page table
 *
 * Return: true if so.
 */
bool mock_domain_tracks(const struct iopasid_domain *domain)
{
	return domain->ops == &mock_dirty_ops;
}

static struct iopasid_domain *mock_domain_alloc(bool huge, bool tracks)
{
	struct mock_domain *mock = kzalloc(sizeof(*mock), GFP_KERNEL_ACCOUNT);

	if (!mock)
		return ERR_PTR(-ENOMEM);
	mock->domain = (struct iopasid_domain){
		.type = IOPASID_DOMAIN_PAGING,
		.provider = mock_blocked.provider,
		.ops = tracks ? &mock_dirty_ops : &mock_paging_ops,
		.aperture_last = MOCK_APERTURE_LAST,
		.pgsizes = MOCK_PAGE_SIZE | PAGE_SIZE |
			   (huge ? MOCK_HUGE_PAGE_SIZE : 0),
		.coherent = true,
	};
	xa_init(&mock->pages);
	return &mock->domain;
}

/* unit_ops.domain_alloc_paging */
struct iopasid_domain *mock_domain_alloc_paging(struct iopasid_device *idev)
{
	return mock_domain_alloc(false, false);
}

/* unit_ops.domain_alloc_user */
struct iopasid_domain *
mock_domain_alloc_user(struct iopasid_device *idev, u32 flags,
		       const struct iopasid_alloc_data *data)
{
	bool tracks = flags & IOPASID_ALLOC_DIRTY_TRACKING;
	const struct mock_hwpt_data *hwpt;

	if (!data)
		return mock_domain_alloc(false, tracks);
	if (data->type != MOCK_HWPT_DATA_TYPE)
		return ERR_PTR(-EOPNOTSUPP);
	if (data->size != sizeof(*hwpt))
		return ERR_PTR(-EINVAL);
	hwpt = data->data;
	if (hwpt->table > MOCK_TABLE_HUGE)
		return ERR_PTR(-EOPNOTSUPP);
	return mock_domain_alloc(hwpt->table == MOCK_TABLE_HUGE, tracks);
}
