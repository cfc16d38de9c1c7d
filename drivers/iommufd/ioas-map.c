// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the calls that map and unmap
 *
 * What comes from a program is checked here, and becomes a list of areas.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include <kunit/visibility.h>

#include <uapi/linux/iommufd.h>
#include <uapi/iopasid/iommufd.h>

#include <iopasid/domain.h>

#include "area.h"
#include "ioas.h"
#include "iofd.h"

#define IOFD_MAP_ACCESS	(IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE)
#define IOFD_MAP_FLAGS	(IOMMU_IOAS_MAP_FIXED_IOVA | IOFD_MAP_ACCESS)

/* @memory: an address, or what is as large */
static int iofd_map_check(u32 flags, u64 iova, u64 length, u64 memory)
{
	if (flags & ~IOFD_MAP_FLAGS)
		return -EOPNOTSUPP;
	if (iova >= ULONG_MAX || length >= ULONG_MAX || memory > ULONG_MAX)
		return -EOVERFLOW;
	return flags & IOFD_MAP_ACCESS ? 0 : -EINVAL;
}

static unsigned int iofd_map_prot(u32 flags)
{
	return iofd_prot(flags & IOMMU_IOAS_MAP_READABLE,
			 flags & IOMMU_IOAS_MAP_WRITEABLE);
}

/**
 * iofd_ioas_map_pages() - map new memory
 * @ioas: where
 * @pages: the memory, or the error of its creation; the reference is taken over
 * @skip: first byte of it
 * @length: bytes
 * @prot: enum iopasid_prot
 * @iova: first address, or gets it
 * @fixed: it is given
 *
 * Context: may sleep.
 * Return: 0; the error in @pages; -ENOMEM; as iofd_ioas_place().
 */
int iofd_ioas_map_pages(struct iofd_ioas *ioas, struct iofd_pages *pages,
			unsigned long skip, unsigned long length,
			unsigned int prot, unsigned long *iova, bool fixed)
{
	struct iofd_area *area;
	LIST_HEAD(areas);
	int ret;

	if (IS_ERR(pages))
		return PTR_ERR(pages);
	area = iofd_area_create(pages, skip, length, prot);
	iofd_pages_put(pages);
	if (!area)
		return -ENOMEM;
	list_add(&area->item, &areas);
	ret = iofd_ioas_place(ioas, &areas, length, iova, fixed);
	iofd_area_free_list(&areas);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_ioas_map_pages);

/* Map new memory as a call says, and answer; @size is its structure's. */
static int iofd_map_and_respond(struct iofd_call *call, struct iofd_ioas *ioas,
				struct iofd_pages *pages, unsigned long skip,
				unsigned long length, u32 flags, u64 *iova,
				size_t size)
{
	unsigned long first = *iova;
	int ret;

	ret = iofd_ioas_map_pages(ioas, pages, skip, length,
				  iofd_map_prot(flags), &first,
				  flags & IOMMU_IOAS_MAP_FIXED_IOVA);
	if (ret)
		return ret;
	*iova = first;
	return iofd_call_respond(call, size);
}

/**
 * iofd_ioas_map() - IOMMU_IOAS_MAP
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP for unknown flags, and when a field is not 0 that must
 * be; -EINVAL when it is for neither reading nor writing, has no bytes or is not
 * aligned, or the addresses are reserved; -EOVERFLOW; -ENOENT; -EEXIST when
 * something is mapped there; -ENOSPC when no addresses are free; -EFAULT when the
 * memory is not there; -ENOMEM, also over the limit of locked memory; -EINTR when
 * the caller is killed.
 */
int iofd_ioas_map(struct iofd_call *call)
{
	struct iommu_ioas_map *cmd = call->cmd;
	struct iofd_pages *pages;
	struct iofd_ioas *ioas;
	int ret;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	ret = iofd_map_check(cmd->flags, cmd->iova, cmd->length, cmd->user_va);
	if (ret)
		return ret;
	ioas = iofd_ioas_get(call->ctx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	pages = iofd_pages_create_user(call->ctx->account, cmd->user_va,
				       cmd->length,
				       cmd->flags & IOMMU_IOAS_MAP_WRITEABLE);
	ret = iofd_map_and_respond(call, ioas, pages,
				   offset_in_page(cmd->user_va), cmd->length,
				   cmd->flags, &cmd->iova, sizeof(*cmd));
	iofd_object_put(&ioas->obj);
	return ret;
}

/**
 * iofd_ioas_map_file() - IOPASID_IOAS_MAP_FILE
 * @call: the call
 *
 * Context: may sleep.
 * Return: as iofd_ioas_map(); -EBADF without such a file, -EINVAL when it is
 * neither of tmpfs nor of hugetlbfs, as a memfd is, or not that long; -EPERM when it
 * is not open for that, or sealed. Of huge pages -EFAULT when some are not there and
 * the file is not open for writing.
 */
int iofd_ioas_map_file(struct iofd_call *call)
{
	struct iopasid_ioas_map_file *cmd = call->cmd;
	struct iofd_pages *pages;
	struct iofd_ioas *ioas;
	struct file *file;
	int ret;

	ret = iofd_map_check(cmd->flags, cmd->iova, cmd->length, cmd->start);
	if (ret)
		return ret;
	ioas = iofd_ioas_get(call->ctx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	file = fget(cmd->fd);
	if (!file) {
		ret = -EBADF;
		goto put_ioas;
	}

	pages = iofd_pages_create_file(call->ctx->account, file, cmd->start,
				       cmd->length,
				       cmd->flags & IOMMU_IOAS_MAP_WRITEABLE);
	fput(file);
	ret = iofd_map_and_respond(call, ioas, pages,
				   offset_in_page(cmd->start), cmd->length,
				   cmd->flags, &cmd->iova, sizeof(*cmd));
put_ioas:
	iofd_object_put(&ioas->obj);
	return ret;
}

/* What is mapped in another address space, which need not live any longer */
static int iofd_copy_collect(struct iofd_ctx *ctx, struct iommu_ioas_copy *cmd,
			     struct list_head *areas)
{
	struct iofd_ioas *src = iofd_ioas_get(ctx, cmd->src_ioas_id);
	int ret;

	if (IS_ERR(src))
		return PTR_ERR(src);
	ret = iofd_ioas_collect(src, cmd->src_iova, cmd->length,
				iofd_map_prot(cmd->flags), areas);
	iofd_object_put(&src->obj);
	return ret;
}

/**
 * iofd_ioas_copy() - IOMMU_IOAS_COPY
 * @call: the call
 *
 * Context: may sleep.
 * Return: as iofd_ioas_map(); -ENOENT also when not all of the source is mapped;
 * -EPERM when it was not mapped for writing.
 */
int iofd_ioas_copy(struct iofd_call *call)
{
	struct iommu_ioas_copy *cmd = call->cmd;
	unsigned long iova = cmd->dst_iova;
	struct iofd_ioas *dst;
	LIST_HEAD(areas);
	int ret;

	ret = iofd_map_check(cmd->flags, cmd->dst_iova, cmd->length, 0);
	if (ret)
		return ret;
	if (cmd->src_iova >= ULONG_MAX)
		return -EOVERFLOW;
	ret = iofd_copy_collect(call->ctx, cmd, &areas);
	if (ret)
		goto free_areas;
	dst = iofd_ioas_get(call->ctx, cmd->dst_ioas_id);
	if (IS_ERR(dst)) {
		ret = PTR_ERR(dst);
		goto free_areas;
	}

	ret = iofd_ioas_place(dst, &areas, cmd->length, &iova,
			      cmd->flags & IOMMU_IOAS_MAP_FIXED_IOVA);
	if (!ret) {
		cmd->dst_iova = iova;
		ret = iofd_call_respond(call, sizeof(*cmd));
	}
	iofd_object_put(&dst->obj);
free_areas:
	iofd_area_free_list(&areas);
	return ret;
}

/**
 * iofd_ioas_unmap_range() - unmap what is in a range
 * @ioas: where
 * @iova: first address
 * @length: bytes
 * @unmapped: gets how many were mapped
 *
 * Context: may sleep.
 * Return: as iofd_ioas_remove(); -EINVAL for no bytes; -EOVERFLOW.
 */
int iofd_ioas_unmap_range(struct iofd_ioas *ioas, unsigned long iova,
			  unsigned long length, unsigned long *unmapped)
{
	unsigned long last;

	*unmapped = 0;
	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	return iofd_ioas_remove(ioas, iova, last, unmapped);
}

static int iofd_unmap_one(struct iofd_ioas *ioas, struct iommu_ioas_unmap *cmd)
{
	bool all = !cmd->iova && cmd->length == U64_MAX;
	unsigned long unmapped;
	int ret;

	if (!all && (cmd->iova >= ULONG_MAX || cmd->length >= ULONG_MAX))
		return -EOVERFLOW;
	if (all) {
		/* Be it nothing */
		ret = iofd_ioas_remove(ioas, 0, ULONG_MAX, &unmapped);
	} else {
		ret = iofd_ioas_unmap_range(ioas, cmd->iova, cmd->length,
					    &unmapped);
		if (!ret && !unmapped)
			ret = -ENOENT;
	}
	cmd->length = unmapped;
	return ret;
}

/**
 * iofd_ioas_unmap() - IOMMU_IOAS_UNMAP
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is no such address space, when nothing is mapped
 * in the range, unless that is everything, and when a mapping reaches out of it;
 * -EINVAL for no bytes; -EOVERFLOW; -EBUSY when another thread is at it; -EDEADLK
 * as iofd_ioas_remove(); -EFAULT. -EIO when the unit does not confirm: then the
 * user is told, as after success, how many bytes are unmapped; the rest never
 * will be.
 */
int iofd_ioas_unmap(struct iofd_call *call)
{
	struct iommu_ioas_unmap *cmd = call->cmd;
	struct iofd_ioas *ioas = iofd_ioas_get(call->ctx, cmd->ioas_id);
	int ret;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	ret = iofd_unmap_one(ioas, cmd);
	if ((!ret || ret == -EIO) && iofd_call_respond(call, sizeof(*cmd)))
		ret = -EFAULT;
	iofd_object_put(&ioas->obj);
	return ret;
}
