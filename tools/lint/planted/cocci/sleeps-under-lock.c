// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/sleeps-under-lock.c */
/* expect: GFP_KERNEL */
static int planted_grow(struct planted *p)
{
	p->next = kzalloc(sizeof(*p->next), GFP_KERNEL);
	return p->next ? 0 : -ENOMEM;
}

int planted(struct planted *p)
{
	int ret;

	spin_lock(&p->lock);
	ret = planted_grow(p);
	spin_unlock(&p->lock);
	return ret;
}
