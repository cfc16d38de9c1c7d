// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: user-pointer.c */
/* expect: dereference of noderef */
#include <linux/module.h>
#include <linux/moduleparam.h>

static int planted(int __user *value)
{
	return *value;
}

static int __init planted_init(void)
{
	return planted(NULL);
}
module_init(planted_init);

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
