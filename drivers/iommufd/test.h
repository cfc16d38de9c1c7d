/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOFD_TEST_H
#define _IOFD_TEST_H

#include <linux/ioctl.h>

struct iofd_ctx;

#define IOFD_TEST_CMD	_IO(';', 0xa0)

long iofd_test_command(struct iofd_ctx *ctx, void __user *ubuffer);

#endif /* _IOFD_TEST_H */
