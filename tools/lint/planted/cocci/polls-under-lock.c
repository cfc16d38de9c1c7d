// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/polls-under-lock.c */
/* expect: polls */
int planted(struct planted *p)
{
	unsigned long flags;
	u32 value;
	int ret;

	spin_lock_irqsave(&p->lock, flags);
	ret = readl_poll_timeout_atomic(p->base, value, value & 1, 1, 1000);
	spin_unlock_irqrestore(&p->lock, flags);
	return ret;
}
