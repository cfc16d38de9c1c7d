// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: accesses
 *
 * How a driver that emulates a device reaches the memory that a program has
 * mapped: it copies, or pins pages and uses them as long as it likes, until it is
 * asked to stop (unmap). Then the range is on its way out: new pins are refused,
 * and the call that unmaps waits for the driver. No lock is held while the driver
 * is asked.
 *
 * While a driver pins or copies, the addresses are locked for reading, and what is
 * not in memory is brought there: who maps, unmaps, attaches or detaches in that
 * address space waits for it. Pinning without the lock would need a state of areas
 * that an unmapping waits for before it asks the driver.
 *
 * Unhappy path: a driver that does not unpin is asked again and again; then the
 * unmapping fails.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include <iopasid/domain.h>
#include <iopasid/iommufd.h>

#include "area.h"
#include "ioas.h"
#include "iofd.h"

/**
 * struct iofd_access - a driver's way to an address space
 * @obj: the object; the driver is its user
 * @ops: the driver's part
 * @data: for @ops
 * @lock: protects all below; not held while the driver is asked to stop
 * @ioas: the address space, NULL: none, or it is being left
 * @unpin_ioas: the same, but set until it has been left, for unpinning
 * @index: in ioas->accesses
 */
struct iofd_access {
	struct iofd_object obj;
	const struct iopasid_iommufd_access_ops *ops;
	void *data;
	struct mutex lock;
	struct iofd_ioas *ioas;
	struct iofd_ioas *unpin_ioas;
	u32 index;
};

/* The pages of [first, last] that are in one area */
struct iofd_access_part {
	struct iofd_area *area;
	unsigned long first;
	unsigned long last;
};

/**
 * iofd_access_alignment() - what accesses need addresses to be aligned to
 * @ioas: the address space
 *
 * Context: domains_rwsem held.
 * Return: the alignment.
 */
unsigned long iofd_access_alignment(struct iofd_ioas *ioas)
{
	struct iofd_access *access;
	unsigned long index;

	lockdep_assert_held(&ioas->domains_rwsem);

	xa_for_each(&ioas->accesses, index, access)
		if (access->ops->needs_pin)
			return PAGE_SIZE;
	return 1;
}

/* With a reference that keeps the access, from @index on; NULL: no more */
static struct iofd_access *iofd_access_next(struct iofd_ioas *ioas,
					    unsigned long *index)
{
	struct xarray *objects = &ioas->obj.ctx->objects;
	struct iofd_access *access;
	bool found = false;

	/* One lock keeps it in memory, the other one is for the reference. */
	xa_lock(&ioas->accesses);
	xa_lock(objects);
	for (access = xa_find(&ioas->accesses, index, ULONG_MAX, XA_PRESENT);
	     access; access = xa_find_after(&ioas->accesses, index, ULONG_MAX,
					    XA_PRESENT)) {
		found = access->ops->unmap &&
			iofd_object_try_get(&access->obj);
		if (found)
			break;
	}
	xa_unlock(objects);
	xa_unlock(&ioas->accesses);
	return found ? access : NULL;
}

/**
 * iofd_access_notify() - have drivers stop using a range
 * @ioas: the address space
 * @first: first address
 * @last: last address
 *
 * Context: may sleep; no lock held.
 */
void iofd_access_notify(struct iofd_ioas *ioas, unsigned long first,
			unsigned long last)
{
	struct iofd_access *access;
	unsigned long index;

	for (index = 0; (access = iofd_access_next(ioas, &index)); index++) {
		access->ops->unmap(access->data, first, last - first + 1);
		iofd_object_put(&access->obj);
	}
}

static int iofd_access_join(struct iofd_access *access, struct iofd_ioas *ioas,
			    u32 *index)
{
	int ret;

	if (!iofd_object_use(&ioas->obj))
		return -ENOENT;
	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);
	ret = xa_alloc(&ioas->accesses, index, access, xa_limit_31b,
		       GFP_KERNEL_ACCOUNT);
	if (!ret) {
		ret = iofd_ioas_update_alignment(ioas);
		if (ret)
			xa_erase(&ioas->accesses, *index);
	}
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
	if (ret)
		iofd_object_unuse(&ioas->obj);
	return ret;
}

static void iofd_access_leave(struct iofd_ioas *ioas, u32 index)
{
	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);
	xa_erase(&ioas->accesses, index);
	/* Only less is needed. */
	WARN_ON_ONCE(iofd_ioas_update_alignment(ioas));
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
	iofd_object_unuse(&ioas->obj);
}

/* Drops the lock while the driver lets go of the old one; NULL: none */
static int iofd_access_move(struct iofd_access *access, struct iofd_ioas *ioas)
{
	struct iofd_ioas *old = access->ioas;
	u32 index = 0;
	int ret;

	lockdep_assert_held(&access->lock);

	/* Somebody else is at it, and waits for the driver. */
	if (old != access->unpin_ioas)
		return -EBUSY;
	if (old == ioas)
		return 0;
	if (ioas) {
		ret = iofd_access_join(access, ioas, &index);
		if (ret)
			return ret;
	}
	if (old) {
		access->ioas = NULL;
		if (access->ops->unmap) {
			mutex_unlock(&access->lock);
			access->ops->unmap(access->data, 0, ULONG_MAX);
			mutex_lock(&access->lock);
		}
		iofd_access_leave(old, access->index);
	}
	access->index = index;
	access->ioas = ioas;
	access->unpin_ioas = ioas;
	return 0;
}

static void iofd_access_destroy(struct iofd_object *obj)
{
	struct iofd_access *access = container_of(obj, struct iofd_access, obj);
	struct iofd_ctx *ctx = obj->ctx;

	mutex_destroy(&access->lock);
	kfree(access);
	iopasid_iommufd_ctx_put(ctx);
}

static const struct iofd_object_type iofd_access_type = {
	.destroy = iofd_access_destroy,
};

/**
 * iopasid_iommufd_access_create() - become able to reach memory of a user
 * @ctx: the user's context; gets a reference
 * @ops: the driver's part
 * @data: for @ops
 * @id: gets the id of the access
 *
 * Context: may sleep.
 * Return: the access, in no address space yet; ERR_PTR(-EINVAL) when @ops pins,
 * but cannot be asked to stop; ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC).
 */
struct iofd_access *
iopasid_iommufd_access_create(struct iofd_ctx *ctx,
			      const struct iopasid_iommufd_access_ops *ops,
			      void *data, u32 *id)
{
	struct iofd_access *access;
	int ret;

	if (ops->needs_pin && !ops->unmap)
		return ERR_PTR(-EINVAL);
	access = kzalloc(sizeof(*access), GFP_KERNEL_ACCOUNT);
	if (!access)
		return ERR_PTR(-ENOMEM);
	access->ops = ops;
	access->data = data;
	mutex_init(&access->lock);
	ret = iofd_object_reserve(ctx, &access->obj, &iofd_access_type);
	if (ret) {
		kfree(access);
		return ERR_PTR(ret);
	}
	iopasid_iommufd_ctx_get(ctx);
	*id = access->obj.id;
	/* The driver: cannot fail for an object that nobody knows. */
	iofd_object_use(&access->obj);
	iofd_object_publish(&access->obj);
	return access;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_create);

/**
 * iopasid_iommufd_access_destroy() - reach it no more
 * @access: the access; the driver uses it no more, but may be asked to unpin what
 *	it has pinned
 *
 * Context: may sleep.
 */
void iopasid_iommufd_access_destroy(struct iofd_access *access)
{
	/* Who unmaps meanwhile finds it, and asks the driver, until it has left. */
	mutex_lock(&access->lock);
	/* The driver has stopped using it: nobody else moves it. */
	WARN_ON_ONCE(iofd_access_move(access, NULL));
	mutex_unlock(&access->lock);
	iofd_object_release(&access->obj);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_destroy);

static int iofd_access_move_to(struct iofd_access *access, u32 ioas_id)
{
	struct iofd_ioas *ioas = iofd_ioas_get(access->obj.ctx, ioas_id);
	int ret;

	lockdep_assert_held(&access->lock);

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	ret = iofd_access_move(access, ioas);
	iofd_object_put(&ioas->obj);
	return ret;
}

/**
 * iopasid_iommufd_access_attach() - enter an address space
 * @access: an access that is in none
 * @ioas_id: the address space
 *
 * Context: may sleep.
 * Return: 0; -EBUSY when it is in one; -ENOENT when there is none such;
 * -EADDRINUSE when something is mapped there that is not aligned as pins need it;
 * -ENOMEM.
 */
int iopasid_iommufd_access_attach(struct iofd_access *access, u32 ioas_id)
{
	int ret = -EBUSY;

	mutex_lock(&access->lock);
	if (!access->unpin_ioas)
		ret = iofd_access_move_to(access, ioas_id);
	mutex_unlock(&access->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_attach);

/**
 * iopasid_iommufd_access_replace() - go to another address space
 * @access: the access; the driver is asked to unpin all
 * @ioas_id: the address space; the same one changes nothing
 *
 * Context: may sleep, calls ops->unmap.
 * Return: 0; -ENOENT when it is in none, or there is none such; -EBUSY when
 * another thread is at it; -EADDRINUSE and -ENOMEM as
 * iopasid_iommufd_access_attach(). After a failure it is where it was.
 */
int iopasid_iommufd_access_replace(struct iofd_access *access, u32 ioas_id)
{
	int ret = -ENOENT;

	mutex_lock(&access->lock);
	if (access->ioas)
		ret = iofd_access_move_to(access, ioas_id);
	else if (access->unpin_ioas)
		ret = -EBUSY;
	mutex_unlock(&access->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_replace);

/**
 * iopasid_iommufd_access_detach() - leave the address space
 * @access: the access; the driver is asked to unpin all
 *
 * Context: may sleep, calls ops->unmap.
 */
void iopasid_iommufd_access_detach(struct iofd_access *access)
{
	mutex_lock(&access->lock);
	if (access->ioas)
		iofd_access_move(access, NULL);
	mutex_unlock(&access->lock);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_detach);

/* Fills @part with the area at @iova, and what of [@iova, @last] is in it. */
static int iofd_access_find(struct iofd_ioas *ioas, unsigned long iova,
			    unsigned long last, struct iofd_access_part *part)
{
	lockdep_assert_held(&ioas->iova_rwsem);

	part->area = iofd_area_first(&ioas->space.areas, iova, iova);
	if (!part->area)
		return -ENOENT;
	part->first = iova;
	part->last = min(part->area->iova.last, last);
	return 0;
}

static int iofd_access_allowed(struct iofd_area *area, unsigned int flags)
{
	unsigned int prot = flags & IOPASID_IOMMUFD_WRITE ? IOPASID_WRITE :
		IOPASID_READ;

	if (area->busy || area->lost)
		return -ENOENT;
	if (area->leaving)
		return -EINVAL;
	return area->prot & prot ? 0 : -EPERM;
}

/* Pages are pinned whole: the user cannot have two halves of different ones. */
static bool iofd_access_is_aligned(const struct iofd_access_part *part,
				   unsigned long last)
{
	if (offset_in_page(iofd_area_offset(part->area, part->first)))
		return false;
	return part->last == last ||
		!offset_in_page(iofd_area_offset(part->area, part->last) + 1);
}

static void iofd_access_unpin_locked(struct iofd_ioas *ioas,
				     unsigned long iova, unsigned long last)
{
	struct iofd_access_part part;

	lockdep_assert_held(&ioas->iova_rwsem);

	for (;; iova = part.last + 1) {
		/* It cannot have been unmapped: the driver's mistake. */
		if (WARN_ON_ONCE(iofd_access_find(ioas, iova, last, &part)))
			return;
		iofd_pages_unpin(part.area->pages,
				 iofd_area_index(part.area, part.first),
				 iofd_area_index(part.area, part.last));
		atomic_dec(&part.area->nr_pins);
		if (part.last == last)
			return;
	}
}

static int iofd_access_pin_part(struct iofd_access_part *part,
				unsigned long last, struct page **list,
				unsigned int flags)
{
	struct iofd_area *area = part->area;
	int ret = iofd_access_allowed(area, flags);

	if (ret)
		return ret;
	if (!iofd_access_is_aligned(part, last))
		return -EINVAL;
	ret = iofd_pages_pin(area->pages, iofd_area_index(area, part->first),
			     iofd_area_index(area, part->last), list);
	if (!ret)
		atomic_inc(&area->nr_pins);
	return ret;
}

static int iofd_access_pin_locked(struct iofd_ioas *ioas, unsigned long first,
				  unsigned long last, struct page **list,
				  unsigned int flags)
{
	struct iofd_access_part part;
	unsigned long iova = first;
	int ret;

	lockdep_assert_held(&ioas->iova_rwsem);

	for (;; iova = part.last + 1) {
		ret = iofd_access_find(ioas, iova, last, &part);
		if (!ret)
			ret = iofd_access_pin_part(&part, last, list, flags);
		if (ret)
			break;
		if (part.last == last)
			return 0;
		list += iofd_area_index(part.area, part.last) -
			iofd_area_index(part.area, part.first) + 1;
	}
	if (iova > first)
		iofd_access_unpin_locked(ioas, first, iova - 1);
	return ret;
}

/**
 * iopasid_iommufd_access_pin() - use pages for longer
 * @access: the access, of a driver whose ops have needs_pin
 * @iova: first address, at the beginning of a page of memory
 * @length: bytes
 * @pages: gets the pages
 * @flags: IOPASID_IOMMUFD_READ or IOPASID_IOMMUFD_WRITE
 *
 * Context: may sleep; takes no lock that ops->unmap takes.
 * Return: 0; -ENOENT when not all is mapped, or the access is in no address space;
 * -EINVAL for no bytes, when it is being unmapped, or pages are not whole;
 * -EOVERFLOW; -EPERM when it is not mapped for that; -ENOMEM, also over the limit
 * of locked memory; -EFAULT when the memory is not there; -EINTR when the caller
 * is killed.
 */
int iopasid_iommufd_access_pin(struct iofd_access *access, u64 iova, u64 length,
			       struct page **pages, unsigned int flags)
{
	unsigned long last;
	int ret = -ENOENT;

	if (!length || !access->ops->needs_pin)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	mutex_lock(&access->lock);
	if (access->ioas) {
		down_read(&access->ioas->iova_rwsem);
		ret = iofd_access_pin_locked(access->ioas, iova, last, pages,
					     flags);
		up_read(&access->ioas->iova_rwsem);
	}
	mutex_unlock(&access->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_pin);

/**
 * iopasid_iommufd_access_unpin() - use pages no more
 * @access: the access
 * @iova: as they were pinned
 * @length: as they were pinned
 *
 * Context: may sleep.
 */
void iopasid_iommufd_access_unpin(struct iofd_access *access, u64 iova,
				  u64 length)
{
	struct iofd_ioas *ioas;

	mutex_lock(&access->lock);
	ioas = access->unpin_ioas;
	/* A driver that unpins what it has not pinned: nothing changes. */
	if (!WARN_ON_ONCE(!ioas || !length)) {
		down_read(&ioas->iova_rwsem);
		iofd_access_unpin_locked(ioas, iova, iova + length - 1);
		up_read(&ioas->iova_rwsem);
	}
	mutex_unlock(&access->lock);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_unpin);

static int iofd_access_rw_locked(struct iofd_ioas *ioas, unsigned long iova,
				 unsigned long last, void *buf,
				 unsigned int flags)
{
	struct iofd_access_part part;
	int ret;

	lockdep_assert_held(&ioas->iova_rwsem);

	for (;; iova = part.last + 1) {
		ret = iofd_access_find(ioas, iova, last, &part);
		if (!ret)
			ret = iofd_access_allowed(part.area, flags);
		if (!ret)
			ret = iofd_pages_copy(part.area->pages,
					      iofd_area_offset(part.area, iova),
					      buf, part.last - iova + 1, flags);
		if (ret || part.last == last)
			return ret;
		buf += part.last - iova + 1;
	}
}

/**
 * iopasid_iommufd_access_rw() - copy
 * @access: the access
 * @iova: first address
 * @buf: kernel memory
 * @length: bytes
 * @flags: enum iopasid_iommufd_access_flags
 *
 * Context: may sleep; takes no lock that ops->unmap takes.
 * Return: 0; -ENOENT, -EINVAL, -EOVERFLOW and -EPERM as
 * iopasid_iommufd_access_pin(); -EFAULT when the memory is not there; -ENOMEM,
 * -EINTR. After a failure some may have been copied.
 */
int iopasid_iommufd_access_rw(struct iofd_access *access, u64 iova, void *buf,
			      size_t length, unsigned int flags)
{
	unsigned long last;
	int ret = -ENOENT;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	mutex_lock(&access->lock);
	if (access->ioas) {
		down_read(&access->ioas->iova_rwsem);
		ret = iofd_access_rw_locked(access->ioas, iova, last, buf,
					    flags);
		up_read(&access->ioas->iova_rwsem);
	}
	mutex_unlock(&access->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_access_rw);
