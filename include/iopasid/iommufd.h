/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/iommu, for drivers that hand a device, or memory that a user has mapped
 * there, to a user context.
 *
 * A driver with a device file takes the context from the file descriptor that
 * user space gives it, binds its device, and attaches the RID or PASIDs of it to
 * the ids that user space names. A driver that has no DMA of its own, because it
 * emulates its device, creates an access instead.
 */
#ifndef _IOPASID_IOMMUFD_H
#define _IOPASID_IOMMUFD_H

#include <linux/bits.h>
#include <linux/types.h>

struct device;
struct iofd_access;
struct iofd_ctx;
struct iofd_device;
struct page;

/**
 * enum iopasid_iommufd_bind_mode - what of a device is the user's
 * @IOPASID_IOMMUFD_FULL: all of it. No kernel driver of its group has DMA
 * @IOPASID_IOMMUFD_PASIDS: PASIDs only: the RID stays with the driver, which
 *	lets the user's DMA have only PASIDs that were attached through the bind
 */
enum iopasid_iommufd_bind_mode {
	IOPASID_IOMMUFD_FULL,
	IOPASID_IOMMUFD_PASIDS,
};

struct iofd_ctx *iopasid_iommufd_ctx_from_fd(int fd);
void iopasid_iommufd_ctx_get(struct iofd_ctx *ctx);
void iopasid_iommufd_ctx_put(struct iofd_ctx *ctx);

struct iofd_device *iopasid_iommufd_bind(struct iofd_ctx *ctx,
					 struct device *dev,
					 enum iopasid_iommufd_bind_mode mode,
					 u32 *id);
void iopasid_iommufd_unbind(struct iofd_device *idev);

int iopasid_iommufd_attach(struct iofd_device *idev, u32 pasid, u32 *pt_id);
int iopasid_iommufd_replace(struct iofd_device *idev, u32 pasid, u32 *pt_id);
void iopasid_iommufd_detach(struct iofd_device *idev, u32 pasid);

/** struct iopasid_iommufd_access_ops - what an access asks of its driver */
struct iopasid_iommufd_access_ops {
	/**
	 * @needs_pin: the driver pins pages with iopasid_iommufd_access_pin(),
	 * not only copies
	 */
	bool needs_pin;

	/**
	 * @unmap: the range goes: stop using what was pinned in it, and unpin
	 * that before this returns. Present if @needs_pin.
	 *
	 * Context: may sleep. Takes no lock that the driver holds while it
	 * destroys, attaches or detaches the access.
	 */
	void (*unmap)(void *data, u64 iova, u64 length);
};

/**
 * enum iopasid_iommufd_access_flags - how an access is made
 * @IOPASID_IOMMUFD_READ: the driver reads the memory
 * @IOPASID_IOMMUFD_WRITE: it writes, where the mapping allows that
 * @IOPASID_IOMMUFD_KTHREAD: a kernel thread calls: the process that mapped the
 *	memory is another one. For copies
 * @IOPASID_IOMMUFD_FORCE_KTHREAD: likewise, whoever calls; for tests
 */
enum iopasid_iommufd_access_flags {
	IOPASID_IOMMUFD_READ		= 0,
	IOPASID_IOMMUFD_WRITE		= BIT(0),
	IOPASID_IOMMUFD_KTHREAD		= BIT(1),
	IOPASID_IOMMUFD_FORCE_KTHREAD	= BIT(2),
};

struct iofd_access *
iopasid_iommufd_access_create(struct iofd_ctx *ctx,
			      const struct iopasid_iommufd_access_ops *ops,
			      void *data, u32 *id);
void iopasid_iommufd_access_destroy(struct iofd_access *access);
int iopasid_iommufd_access_attach(struct iofd_access *access, u32 ioas_id);
int iopasid_iommufd_access_replace(struct iofd_access *access, u32 ioas_id);
void iopasid_iommufd_access_detach(struct iofd_access *access);
int iopasid_iommufd_access_pin(struct iofd_access *access, u64 iova, u64 length,
			       struct page **pages, unsigned int flags);
void iopasid_iommufd_access_unpin(struct iofd_access *access, u64 iova,
				  u64 length);
int iopasid_iommufd_access_rw(struct iofd_access *access, u64 iova, void *buf,
			      size_t length, unsigned int flags);

#endif /* _IOPASID_IOMMUFD_H */
