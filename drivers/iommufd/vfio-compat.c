// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: VFIO's calls
 *
 * Programs that know VFIO's containers (type 1) find their calls here: they work
 * on one address space of the context, which IOMMU_VFIO_IOAS chooses. Type 1 of
 * the first version may unmap parts of a mapping; for that large pages are given
 * up, and mappings are cut where they are unmapped. As with IOMMU_IOAS_UNMAP, the
 * caller learns what is unmapped also when the rest stays for good (-EIO).
 *
 * Not here: containers without an IOMMU, bitmaps of dirty pages (the HWPT has
 * them), and changing the addresses of a process under a mapping.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/iommufd.h>
#include <uapi/linux/vfio.h>

#include <iopasid/domain.h>

#include "area.h"
#include "ioas.h"
#include "iofd.h"

/* For the time of a call; ERR_PTR(-ENODEV): none was chosen */
static struct iofd_ioas *iofd_vfio_ioas_get(struct iofd_ctx *ctx)
{
	struct iofd_ioas *ioas;

	xa_lock(&ctx->objects);
	ioas = ctx->vfio_ioas;
	if (!ioas || !iofd_object_try_get(&ioas->obj))
		ioas = ERR_PTR(-ENODEV);
	xa_unlock(&ctx->objects);
	return ioas;
}

static void iofd_vfio_ioas_choose(struct iofd_ctx *ctx, struct iofd_ioas *ioas)
{
	xa_lock(&ctx->objects);
	ctx->vfio_ioas = ioas;
	xa_unlock(&ctx->objects);
}

static int iofd_vfio_ioas_set(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_ioas *ioas = iofd_ioas_get(ctx, id);

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	iofd_vfio_ioas_choose(ctx, ioas);
	iofd_object_put(&ioas->obj);
	return 0;
}

/**
 * iofd_vfio_ioas() - IOMMU_VFIO_IOAS
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP for an unknown operation, and when a field is not 0 that
 * must be; -ENOENT when there is no such address space; -ENODEV when none is
 * chosen; -EFAULT.
 */
int iofd_vfio_ioas(struct iofd_call *call)
{
	struct iommu_vfio_ioas *cmd = call->cmd;
	struct iofd_ioas *ioas;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	switch (cmd->op) {
	case IOMMU_VFIO_IOAS_GET:
		ioas = iofd_vfio_ioas_get(call->ctx);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		cmd->ioas_id = ioas->obj.id;
		iofd_object_put(&ioas->obj);
		return iofd_call_respond(call, sizeof(*cmd));
	case IOMMU_VFIO_IOAS_SET:
		return iofd_vfio_ioas_set(call->ctx, cmd->ioas_id);
	case IOMMU_VFIO_IOAS_CLEAR:
		iofd_vfio_ioas_choose(call->ctx, NULL);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static long iofd_vfio_map_dma(struct iofd_ctx *ctx, void __user *arg)
{
	const u32 access = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	struct vfio_iommu_type1_dma_map map;
	unsigned long iova;
	struct iofd_pages *pages;
	struct iofd_ioas *ioas;
	int ret;

	if (copy_from_user(&map, arg, sizeof(map)))
		return -EFAULT;
	if (map.argsz < sizeof(map) || map.flags & ~access ||
	    !(map.flags & access))
		return -EINVAL;
	ioas = iofd_vfio_ioas_get(ctx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	iova = map.iova;
	pages = iofd_pages_create_user(ctx->account, map.vaddr, map.size,
				       map.flags & VFIO_DMA_MAP_FLAG_WRITE);
	ret = iofd_ioas_map_pages(ioas, pages, offset_in_page(map.vaddr),
				  map.size,
				  iofd_prot(map.flags & VFIO_DMA_MAP_FLAG_READ,
					    map.flags & VFIO_DMA_MAP_FLAG_WRITE),
				  &iova, true);
	iofd_object_put(&ioas->obj);
	return ret;
}

/* The range may be a part of mappings, if there are no large pages. */
static int iofd_vfio_unmap_range(struct iofd_ioas *ioas, unsigned long iova,
				 unsigned long size, unsigned long *unmapped)
{
	int ret = 0;

	*unmapped = 0;
	if (!READ_ONCE(ioas->huge_pages) && size) {
		ret = iofd_ioas_cut(ioas, iova);
		/* Wraps around only with a range that is refused next. */
		if (!ret && iova + size)
			ret = iofd_ioas_cut(ioas, iova + size);
	}
	return ret ?: iofd_ioas_unmap_range(ioas, iova, size, unmapped);
}

static long iofd_vfio_unmap_dma(struct iofd_ctx *ctx, void __user *arg)
{
	const size_t min_size =
		offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_iommu_type1_dma_unmap unmap;
	unsigned long unmapped = 0;
	struct iofd_ioas *ioas;
	int ret;

	if (copy_from_user(&unmap, arg, min_size))
		return -EFAULT;
	if (unmap.argsz < min_size || unmap.flags & ~VFIO_DMA_UNMAP_FLAG_ALL)
		return -EINVAL;
	ioas = iofd_vfio_ioas_get(ctx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	if (!(unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL))
		ret = iofd_vfio_unmap_range(ioas, unmap.iova, unmap.size,
					    &unmapped);
	else if (unmap.iova || unmap.size)
		ret = -EINVAL;
	else
		ret = iofd_ioas_remove(ioas, 0, ULONG_MAX, &unmapped);
	iofd_object_put(&ioas->obj);
	unmap.size = unmapped;
	if ((!ret || ret == -EIO) && copy_to_user(arg, &unmap, min_size))
		ret = -EFAULT;
	return ret;
}

/* Nothing goes past the CPU caches, whatever devices ask for. */
static long iofd_vfio_is_coherent(struct iofd_ctx *ctx)
{
	struct iofd_ioas *ioas = iofd_vfio_ioas_get(ctx);
	struct iofd_ioas_domain *iod;
	long ret;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	ret = down_read_killable(&ioas->domains_rwsem);
	if (!ret) {
		ret = 1;
		list_for_each_entry(iod, &ioas->domains, item)
			if (!iod->domain->coherent)
				ret = 0;
		up_read(&ioas->domains_rwsem);
	}
	iofd_object_put(&ioas->obj);
	return ret;
}

static long iofd_vfio_check_extension(struct iofd_ctx *ctx, unsigned long type)
{
	switch (type) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		return iofd_vfio_is_coherent(ctx);
	default:
		return 0;
	}
}

static long iofd_vfio_set_iommu(struct iofd_ctx *ctx, unsigned long type)
{
	struct iofd_ioas *ioas;
	int ret = 0;

	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return -EINVAL;
	ioas = iofd_vfio_ioas_get(ctx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	if (type == VFIO_TYPE1_IOMMU)
		ret = iofd_ioas_set_huge_pages(ioas, false);
	iofd_object_put(&ioas->obj);
	return ret;
}

/* What all page tables have; below the CPU's smallest page that one is meant. */
static int iofd_vfio_pgsizes(struct iofd_ioas *ioas, u64 *pgsizes)
{
	struct iofd_ioas_domain *iod;
	u64 all = U64_MAX;
	int ret;

	ret = down_read_killable(&ioas->domains_rwsem);
	if (ret)
		return ret;
	list_for_each_entry(iod, &ioas->domains, item)
		all &= iod->domain->pgsizes;
	up_read(&ioas->domains_rwsem);
	if (all & ~PAGE_MASK)
		all = (all & PAGE_MASK) | PAGE_SIZE;
	*pgsizes = all;
	return 0;
}

/**
 * struct iofd_vfio_info - the answer to VFIO_IOMMU_GET_INFO, with all there is
 * @info: for every version of the caller
 * @avail: how many mappings there may be
 * @iova: which addresses can be used
 */
struct iofd_vfio_info {
	struct vfio_iommu_type1_info info;
	struct vfio_iommu_type1_info_dma_avail avail __aligned(8);
	struct vfio_iommu_type1_info_cap_iova_range iova __aligned(8);
};

static struct iofd_vfio_info *
iofd_vfio_info_create(const struct iommu_iova_range *ranges, u32 nr)
{
	struct iofd_vfio_info *all;
	u32 i;

	all = kvzalloc(struct_size(all, iova.iova_ranges, nr),
		       GFP_KERNEL_ACCOUNT);
	if (!all)
		return NULL;
	all->info.argsz = struct_size(all, iova.iova_ranges, nr);
	all->info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	all->info.cap_offset = offsetof(struct iofd_vfio_info, avail);
	all->avail.header.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL;
	all->avail.header.version = 1;
	all->avail.header.next = offsetof(struct iofd_vfio_info, iova);
	all->avail.avail = U32_MAX;
	all->iova.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
	all->iova.header.version = 1;
	all->iova.nr_iovas = nr;
	for (i = 0; i < nr; i++) {
		all->iova.iova_ranges[i].start = ranges[i].start;
		all->iova.iova_ranges[i].end = ranges[i].last;
	}
	return all;
}

/* All that there is to tell; for kvfree() */
static struct iofd_vfio_info *iofd_vfio_info_get(struct iofd_ioas *ioas)
{
	struct iommu_iova_range *ranges;
	struct iofd_vfio_info *all;
	u64 pgsizes;
	u32 nr;

	if (iofd_vfio_pgsizes(ioas, &pgsizes) ||
	    down_read_killable(&ioas->iova_rwsem))
		return ERR_PTR(-EINTR);
	ranges = iofd_ioas_ranges(ioas, &nr);
	up_read(&ioas->iova_rwsem);
	if (IS_ERR(ranges))
		return ERR_CAST(ranges);
	all = iofd_vfio_info_create(ranges, nr);
	kvfree(ranges);
	if (!all)
		return ERR_PTR(-ENOMEM);
	all->info.iova_pgsizes = pgsizes;
	return all;
}

/* All of it, or the beginning that the caller has room for, and the full size */
static int iofd_vfio_info_copy(struct iofd_vfio_info *all, void __user *arg,
			       u32 room)
{
	size_t size = all->info.argsz;

	if (room < size) {
		all->info.cap_offset = 0;
		size = min_t(size_t, room, sizeof(all->info));
	}
	return copy_to_user(arg, all, size) ? -EFAULT : 0;
}

static long iofd_vfio_get_info(struct iofd_ctx *ctx, void __user *arg)
{
	struct iofd_vfio_info *all;
	struct iofd_ioas *ioas;
	u32 room;
	int ret;

	if (get_user(room, (u32 __user *)arg))
		return -EFAULT;
	if (room < offsetofend(struct vfio_iommu_type1_info, iova_pgsizes))
		return -EINVAL;
	ioas = iofd_vfio_ioas_get(ctx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	all = iofd_vfio_info_get(ioas);
	iofd_object_put(&ioas->obj);
	if (IS_ERR(all))
		return PTR_ERR(all);
	ret = iofd_vfio_info_copy(all, arg, room);
	kvfree(all);
	return ret;
}

/**
 * iofd_vfio_ioctl() - a call of VFIO's
 * @ctx: the context
 * @cmd: its number
 * @arg: a pointer, or a value
 *
 * Context: may sleep.
 * Return: the call's; -ENODEV when no address space is chosen; -ENOIOCTLCMD when
 * there is no such call.
 */
long iofd_vfio_ioctl(struct iofd_ctx *ctx, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return iofd_vfio_check_extension(ctx, arg);
	case VFIO_SET_IOMMU:
		return iofd_vfio_set_iommu(ctx, arg);
	case VFIO_IOMMU_GET_INFO:
		return iofd_vfio_get_info(ctx, user);
	case VFIO_IOMMU_MAP_DMA:
		return iofd_vfio_map_dma(ctx, user);
	case VFIO_IOMMU_UNMAP_DMA:
		return iofd_vfio_unmap_dma(ctx, user);
	default:
		return -ENOIOCTLCMD;
	}
}
