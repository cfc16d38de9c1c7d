// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: missing-prototype.c */
/* expect: no previous prototype */
#include <linux/module.h>

int planted(void)
{
	return 0;
}

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
