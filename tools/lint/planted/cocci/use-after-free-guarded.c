// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/use-after-free-guarded.c */
/* expect: reference preceded by free */
int planted(struct planted *p)
{
	scoped_guard(mutex, &p->lock) {
		kfree(p->next);
		p->next->count++;
	}
	return 0;
}
