/* SPDX-License-Identifier: GPL-2.0-only */
/* planted-as: drivers/core/version.h */
/* expect: only compat/ knows */
#if LINUX_VERSION_CODE >= 0
#endif
