// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/guards.c */
/* expect: nothing */
int planted(struct planted *p)
{
	struct planted *copy __free(kfree) = NULL;

	guard(mutex)(&p->lock);
	scoped_guard(spinlock_irqsave, &p->list_lock)
		p->count++;
	scoped_cond_guard(mutex_intr, return -EINTR, &p->other) {
		copy = p->next;
		kfree(p->old);
	}
	return copy->count;
}
