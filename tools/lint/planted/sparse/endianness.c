// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: endianness.c */
/* expect: incorrect type in return expression */
#include <linux/module.h>
#include <linux/types.h>

static u32 planted(__le32 *entry)
{
	return *entry;
}

static int __init planted_init(void)
{
	__le32 entry = cpu_to_le32(1);

	return planted(&entry) ? 0 : -ENODEV;
}
module_init(planted_init);

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
