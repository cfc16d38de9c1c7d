/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that knows kernel versions. The code is written for the kernel
 * named here; other versions are refused instead of half supported.
 */
#ifndef _IOPASID_COMPAT_H
#define _IOPASID_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#error "iopasid builds against Linux 6.12 (Debian's linux-headers-6.12)"
#endif

#endif /* _IOPASID_COMPAT_H */
