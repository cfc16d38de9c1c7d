// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/two-owners.c */
/* expect: put_device */
struct planted *planted_create(void)
{
	struct planted *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	device_initialize(&p->dev);
	if (dev_set_name(&p->dev, "planted")) {
		kfree(p);
		return NULL;
	}
	return p;
}
