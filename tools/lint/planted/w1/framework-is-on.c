// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: framework-is-on.c */
/* expect: the framework is configured in */
#include <linux/module.h>

#if IS_ENABLED(CONFIG_IOPASID)
#warning the framework is configured in
#endif

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
