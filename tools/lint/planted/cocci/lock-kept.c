// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/lock-kept.c */
/* expect: preceding lock */
int planted(struct planted *p)
{
	int ret;

	mutex_lock(&p->lock);
	ret = planted_work(p);
	if (ret)
		return ret;
	mutex_unlock(&p->lock);
	return 0;
}
