// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: lock-kept.c */
/* expect: context imbalance */
#include <linux/module.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(planted_lock);

static int __init planted(void)
{
	spin_lock(&planted_lock);
	if (jiffies)
		return 0;
	spin_unlock(&planted_lock);
	return 0;
}
module_init(planted);

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
