// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the door for tests
 *
 * IOMMU_TEST_CMD (0xA0) is answered by a module for tests, when there is one:
 * nothing of it is here but what it cannot do itself. It brings objects of its
 * own, which live and die as ours.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <iopasid/iommufd-test.h>
#include <iopasid/resv.h>

#include "hwpt.h"
#include "ioas.h"
#include "iofd.h"
#include "test.h"

/* Protects iofd_test_ops. */
static DEFINE_MUTEX(iofd_test_lock);
static const struct iofd_test_ops *iofd_test_ops;

/**
 * struct iofd_test_object - an object of the test module
 * @obj: the object
 * @data: the module's
 * @destroy: what it does with it
 * @owner: the module
 */
struct iofd_test_object {
	struct iofd_object obj;
	void *data;
	void (*destroy)(void *data);
	struct module *owner;
};

/* The module's table, with a reference to the module; NULL: there is none. */
static const struct iofd_test_ops *iofd_test_get(void)
{
	const struct iofd_test_ops *ops;

	mutex_lock(&iofd_test_lock);
	ops = iofd_test_ops;
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&iofd_test_lock);
	return ops;
}

/**
 * iopasid_iommufd_test_register() - answer IOMMU_TEST_CMD
 * @ops: the module's table
 *
 * Context: may sleep.
 * Return: 0, -EBUSY when somebody answers it.
 */
int iopasid_iommufd_test_register(const struct iofd_test_ops *ops)
{
	int ret = 0;

	mutex_lock(&iofd_test_lock);
	if (iofd_test_ops)
		ret = -EBUSY;
	else
		iofd_test_ops = ops;
	mutex_unlock(&iofd_test_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_register);

/**
 * iopasid_iommufd_test_unregister() - answer it no more
 * @ops: as registered; called when the module exits
 *
 * Context: may sleep.
 */
void iopasid_iommufd_test_unregister(const struct iofd_test_ops *ops)
{
	mutex_lock(&iofd_test_lock);
	if (iofd_test_ops == ops)
		iofd_test_ops = NULL;
	mutex_unlock(&iofd_test_lock);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_unregister);

/**
 * iofd_test_command() - IOMMU_TEST_CMD
 * @ctx: the context
 * @ubuffer: the user's structure
 *
 * Context: may sleep.
 * Return: the module's answer; -ENOIOCTLCMD without one; -EFAULT.
 */
long iofd_test_command(struct iofd_ctx *ctx, void __user *ubuffer)
{
	const struct iofd_test_ops *ops = iofd_test_get();
	u32 user_size;
	long ret;

	if (!ops)
		return -ENOIOCTLCMD;
	ret = get_user(user_size, (u32 __user *)ubuffer);
	if (!ret)
		ret = ops->command(ctx, ubuffer, user_size);
	module_put(ops->owner);
	return ret;
}

static void iofd_test_object_destroy(struct iofd_object *obj)
{
	struct iofd_test_object *tobj =
		container_of(obj, struct iofd_test_object, obj);
	struct module *owner = tobj->owner;

	tobj->destroy(tobj->data);
	kfree(tobj);
	module_put(owner);
}

static const struct iofd_object_type iofd_test_type = {
	.destroy = iofd_test_object_destroy,
};

/**
 * iopasid_iommufd_test_object_add() - give something an id
 * @ctx: the context
 * @data: the something
 * @destroy: called once, when its id is destroyed or the context closes
 * @id: the id
 *
 * Context: may sleep; from the module's command.
 * Return: 0, -ENOMEM, -ENOSPC, -ENODEV when the module is on its way out.
 */
int iopasid_iommufd_test_object_add(struct iofd_ctx *ctx, void *data,
				    void (*destroy)(void *data), u32 *id)
{
	const struct iofd_test_ops *ops = iofd_test_get();
	struct iofd_test_object *tobj;
	int ret = -ENOMEM;

	if (!ops)
		return -ENODEV;
	tobj = kzalloc(sizeof(*tobj), GFP_KERNEL_ACCOUNT);
	if (!tobj)
		goto put_module;
	tobj->data = data;
	tobj->destroy = destroy;
	tobj->owner = ops->owner;
	ret = iofd_object_reserve(ctx, &tobj->obj, &iofd_test_type);
	if (ret)
		goto free_tobj;
	*id = tobj->obj.id;
	iofd_object_publish(&tobj->obj);
	return 0;

free_tobj:
	kfree(tobj);
put_module:
	module_put(ops->owner);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_object_add);

/**
 * iopasid_iommufd_test_object_get() - find it again, for the time of a call
 * @ctx: the context
 * @id: the id
 *
 * Return: the object, for iopasid_iommufd_test_object_put();
 * ERR_PTR(-ENOENT).
 */
struct iofd_test_object *
iopasid_iommufd_test_object_get(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj = iofd_object_get(ctx, id, &iofd_test_type);

	return IS_ERR(obj) ? ERR_CAST(obj) :
		container_of(obj, struct iofd_test_object, obj);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_object_get);

/**
 * iopasid_iommufd_test_object_data() - what was given the id
 * @tobj: the object
 *
 * Return: it.
 */
void *iopasid_iommufd_test_object_data(struct iofd_test_object *tobj)
{
	return tobj->data;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_object_data);

/**
 * iopasid_iommufd_test_object_put() - the call has seen enough
 * @tobj: the object
 */
void iopasid_iommufd_test_object_put(struct iofd_test_object *tobj)
{
	iofd_object_put(&tobj->obj);
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_object_put);

/**
 * iopasid_iommufd_test_hwpt() - look at the page table of an HWPT
 * @ctx: the context
 * @hwpt_id: the HWPT
 * @fn: gets it
 * @data: for @fn
 *
 * Context: may sleep; from the module's command.
 * Return: what @fn returns, -ENOENT.
 */
int iopasid_iommufd_test_hwpt(struct iofd_ctx *ctx, u32 hwpt_id,
			      int (*fn)(struct iopasid_domain *domain,
					void *data),
			      void *data)
{
	struct iofd_hwpt *hwpt = iofd_hwpt_get(ctx, hwpt_id);
	int ret;

	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	ret = fn(hwpt->domain, data);
	iofd_object_put(&hwpt->obj);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_hwpt);

/**
 * iopasid_iommufd_test_reserve() - take addresses out of an address space
 * @ctx: the context
 * @ioas_id: the address space
 * @first: first address
 * @last: last address, inclusive
 *
 * For good: nobody gives them back.
 *
 * Context: may sleep; from the module's command.
 * Return: 0, -ENOENT, -EADDRINUSE when some of it is mapped or promised,
 * -ENOMEM.
 */
int iopasid_iommufd_test_reserve(struct iofd_ctx *ctx, u32 ioas_id, u64 first,
				 u64 last)
{
	struct iopasid_resv resv = {
		.first = first,
		.last = last,
		.type = IOPASID_RESV_MSI,
	};
	struct iofd_ioas *ioas = iofd_ioas_get(ctx, ioas_id);
	LIST_HEAD(list);
	int ret;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	list_add(&resv.node, &list);
	ret = iofd_ioas_reserve(ioas, &list, &iofd_test_ops);
	iofd_object_put(&ioas->obj);
	return ret;
}
EXPORT_SYMBOL_GPL(iopasid_iommufd_test_reserve);
