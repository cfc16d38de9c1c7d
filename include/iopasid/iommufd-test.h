/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/iommu, for a module that tests it with devices that do not exist: it
 * answers IOMMU_TEST_CMD (0xA0), which nobody else does. Never loaded where
 * somebody relies on isolation.
 */
#ifndef _IOPASID_IOMMUFD_TEST_H
#define _IOPASID_IOMMUFD_TEST_H

#include <linux/types.h>

struct iofd_ctx;
struct iofd_test_object;
struct iopasid_domain;
struct module;

/**
 * struct iofd_test_ops - the module's part
 * @owner: the module; held while a call runs and while it has objects
 * @command: the call, with the structure of the user, unchecked, and its size as
 *	the user has written it there. Returns what the ioctl does.
 */
struct iofd_test_ops {
	struct module *owner;
	long (*command)(struct iofd_ctx *ctx, void __user *ubuffer,
			u32 user_size);
};

int iopasid_iommufd_test_register(const struct iofd_test_ops *ops);
void iopasid_iommufd_test_unregister(const struct iofd_test_ops *ops);

/* Objects of the module's, which IOMMU_DESTROY and close() destroy */
int iopasid_iommufd_test_object_add(struct iofd_ctx *ctx, void *data,
				    void (*destroy)(void *data), u32 *id);
struct iofd_test_object *
iopasid_iommufd_test_object_get(struct iofd_ctx *ctx, u32 id);
void *iopasid_iommufd_test_object_data(struct iofd_test_object *tobj);
void iopasid_iommufd_test_object_put(struct iofd_test_object *tobj);

/* A look at ours */
int iopasid_iommufd_test_hwpt(struct iofd_ctx *ctx, u32 hwpt_id,
			      int (*fn)(struct iopasid_domain *domain,
					void *data),
			      void *data);
int iopasid_iommufd_test_batch_limit(size_t bytes);
int iopasid_iommufd_test_reserve(struct iofd_ctx *ctx, u32 ioas_id, u64 first,
				 u64 last);

#endif /* _IOPASID_IOMMUFD_TEST_H */
