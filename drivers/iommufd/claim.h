/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOFD_CLAIM_H
#define _IOFD_CLAIM_H

#include <iopasid/iommufd.h>

struct device;
struct iofd_ctx;
struct iopasid_user;

struct iopasid_user *iofd_claim(struct iofd_ctx *ctx, struct device *dev,
				enum iopasid_iommufd_bind_mode mode);

#endif /* _IOFD_CLAIM_H */
