/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* planted-as: include/uapi/iopasid/uapi-includes-kernel.h */
/* expect: linux/types.h> only */
#include <linux/types.h>
#include <linux/device.h>
