// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: framework-is-off.c */
/* expect: the framework is configured out */
#include <linux/module.h>
#include <iopasid/dma-pasid.h>

#if !IS_ENABLED(CONFIG_IOPASID)
#warning the framework is configured out
#endif

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
