// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: set-but-unused.c */
/* expect: set but not used */
#include <linux/module.h>

static int __init planted(void)
{
	int value;

	value = 1;
	return 0;
}
module_init(planted);

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
