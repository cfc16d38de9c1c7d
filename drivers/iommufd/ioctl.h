/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOFD_IOCTL_H
#define _IOFD_IOCTL_H

struct iofd_ctx;

long iofd_ioctl(struct iofd_ctx *ctx, unsigned int cmd, unsigned long arg);

#endif /* _IOFD_IOCTL_H */
