// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: KUnit: objects of /dev/iommu
 *
 * What user space cannot stage: a destruction that meets a call, in each order,
 * and one whose caller is killed while it waits; births that are half done; and
 * the order in which a context is torn down.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../drivers/iommufd/iofd.h"

#include "fake-provider.h"

/* Long enough for a thread to do what it must not do, or to go to sleep */
#define MOMENT_MS	50

/**
 * struct thing - an object that says when it goes
 * @obj: the object
 * @uses: what it uses, or NULL
 * @log: where it writes its name
 * @name: a letter
 */
struct thing {
	struct iofd_object obj;
	struct thing *uses;
	char *log;
	char name;
};

static void thing_destroy(struct iofd_object *obj)
{
	struct thing *thing = container_of(obj, struct thing, obj);

	thing->log[strlen(thing->log)] = thing->name;
	if (thing->uses)
		iofd_object_unuse(&thing->uses->obj);
	kfree(thing);
}

static const struct iofd_object_type thing_type = {
	.destroy = thing_destroy,
};

static const struct iofd_object_type other_type = {
	.destroy = thing_destroy,
};

/* The context of an open file, which goes with the test */
static struct iofd_ctx *context(struct kunit *test)
{
	struct file *file = filp_open("/dev/iommu", O_RDWR, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	test->priv = file;
	return file->private_data;
}

static void object_exit(struct kunit *test)
{
	if (test->priv)
		filp_close(test->priv, NULL);
}

/* Its log, cleared */
static char *new_log(struct kunit *test)
{
	char *log = kunit_kzalloc(test, 16, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, log);
	return log;
}

static struct thing *reserve(struct kunit *test, struct iofd_ctx *ctx,
			     char *log, char name)
{
	struct thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, thing);
	thing->log = log;
	thing->name = name;
	KUNIT_ASSERT_EQ(test, iofd_object_reserve(ctx, &thing->obj,
						  &thing_type), 0);
	return thing;
}

static struct thing *publish(struct kunit *test, struct iofd_ctx *ctx,
			     char *log, char name, struct thing *uses)
{
	struct thing *thing = reserve(test, ctx, log, name);

	thing->uses = uses;
	if (uses)
		KUNIT_ASSERT_TRUE(test, iofd_object_use(&uses->obj));
	iofd_object_publish(&thing->obj);
	return thing;
}

static bool is_there(struct iofd_ctx *ctx, u32 id)
{
	struct iofd_object *obj = iofd_object_get(ctx, id, &thing_type);

	if (IS_ERR(obj))
		return false;
	iofd_object_put(obj);
	return true;
}

static void birth(struct kunit *test)
{
	struct iofd_ctx *ctx = context(test);
	char *log = new_log(test);
	struct thing *a = reserve(test, ctx, log, 'a'), *b;

	/* Reserved: nobody finds it, nobody else gets the id. */
	KUNIT_EXPECT_EQ(test, a->obj.id, 1);
	KUNIT_EXPECT_FALSE(test, is_there(ctx, 1));
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), -ENOENT);
	b = publish(test, ctx, log, 'b', NULL);
	KUNIT_EXPECT_EQ(test, b->obj.id, 2);
	KUNIT_EXPECT_TRUE(test, is_there(ctx, 2));

	/* Aborted: the id is free, and the memory ours. */
	iofd_object_abort(&a->obj);
	KUNIT_EXPECT_STREQ(test, log, "");
	kfree(a);
	a = publish(test, ctx, log, 'A', NULL);
	KUNIT_EXPECT_EQ(test, a->obj.id, 1);
	KUNIT_EXPECT_TRUE(test, is_there(ctx, 1));

	KUNIT_EXPECT_TRUE(test, IS_ERR(iofd_object_get(ctx, 1, &other_type)));
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), 0);
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, U32_MAX), -ENOENT);
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 2), 0);
	KUNIT_EXPECT_STREQ(test, log, "Ab");
}

static void users(struct kunit *test)
{
	struct iofd_ctx *ctx = context(test);
	char *log = new_log(test);
	struct thing *a = publish(test, ctx, log, 'a', NULL);

	publish(test, ctx, log, 'b', a);
	KUNIT_ASSERT_TRUE(test, iofd_object_use(&a->obj));
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), -EBUSY);
	KUNIT_EXPECT_TRUE(test, is_there(ctx, 1));
	/* Not the last use: it stays. */
	KUNIT_EXPECT_FALSE(test, iofd_object_release(&a->obj));
	KUNIT_EXPECT_TRUE(test, is_there(ctx, 1));
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 2), 0);
	KUNIT_ASSERT_TRUE(test, iofd_object_use(&a->obj));
	KUNIT_EXPECT_STREQ(test, log, "b");
	KUNIT_EXPECT_TRUE(test, iofd_object_release(&a->obj));
	KUNIT_EXPECT_FALSE(test, is_there(ctx, 1));
	KUNIT_EXPECT_STREQ(test, log, "ba");
}

/* The names in the order of birth, with what each uses, and the order of death */
struct teardown {
	const char *names;
	const char *uses;
	const char *order;
};

static const struct teardown teardowns[] = {
	{ "abc", "---", "abc" },
	{ "abc", "-ab", "cba" },
	{ "abcd", "-aab", "cdba" },
};

static void teardown(struct kunit *test)
{
	const struct teardown *param = test->param_value;
	struct iofd_ctx *ctx = context(test);
	char *log = new_log(test);
	struct thing *things[8] = {};
	int i;

	for (i = 0; param->names[i]; i++) {
		char uses = param->uses[i];

		things[i] = publish(test, ctx, log, param->names[i],
				    uses == '-' ? NULL : things[uses - 'a']);
	}
	iofd_object_destroy_all(ctx);
	KUNIT_EXPECT_STREQ(test, log, param->order);
	KUNIT_EXPECT_TRUE(test, xa_empty(&ctx->objects));
}

static void teardown_describe(const struct teardown *param, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s using %s", param->names,
		 param->uses);
}

KUNIT_ARRAY_PARAM(teardown, teardowns, teardown_describe);

/**
 * struct destroyer - a thread that destroys the object with id 1
 * @ctx: its context
 * @release: as its last user, not by id
 * @obj: the object
 * @task: the thread
 * @done: it has
 * @ret: what that returned
 */
struct destroyer {
	struct iofd_ctx *ctx;
	bool release;
	struct iofd_object *obj;
	struct task_struct *task;
	struct completion done;
	int ret;
};

static int destroyer_thread(void *data)
{
	struct destroyer *destroyer = data;

	allow_signal(SIGKILL);
	if (destroyer->release)
		destroyer->ret = !iofd_object_release(destroyer->obj);
	else
		destroyer->ret = iofd_object_destroy(destroyer->ctx, 1);
	complete(&destroyer->done);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static void destroyer_start(struct kunit *test, struct destroyer *destroyer)
{
	init_completion(&destroyer->done);
	destroyer->task = kthread_run(destroyer_thread, destroyer, "destroyer");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, destroyer->task);
	msleep(MOMENT_MS);
}

static int destroyer_finish(struct destroyer *destroyer)
{
	wait_for_completion(&destroyer->done);
	kthread_stop(destroyer->task);
	return destroyer->ret;
}

static void destruction_meets_a_call(struct kunit *test)
{
	struct iofd_ctx *ctx = context(test);
	char *log = new_log(test);
	struct destroyer destroyer = { .ctx = ctx };
	struct iofd_object *obj;

	publish(test, ctx, log, 'a', NULL);
	obj = iofd_object_get(ctx, 1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	destroyer_start(test, &destroyer);

	/* Decided, and not done: the object is the call's still. */
	KUNIT_EXPECT_FALSE(test, completion_done(&destroyer.done));
	KUNIT_EXPECT_STREQ(test, log, "");
	KUNIT_EXPECT_FALSE(test, is_there(ctx, 1));
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), -ENOENT);
	KUNIT_EXPECT_FALSE(test, iofd_object_use(obj));
	xa_lock(&ctx->objects);
	KUNIT_EXPECT_FALSE(test, iofd_object_try_get(obj));
	xa_unlock(&ctx->objects);

	iofd_object_put(obj);
	KUNIT_EXPECT_EQ(test, destroyer_finish(&destroyer), 0);
	KUNIT_EXPECT_STREQ(test, log, "a");
}

static void release_meets_a_call(struct kunit *test)
{
	struct iofd_ctx *ctx = context(test);
	char *log = new_log(test);
	struct thing *a = publish(test, ctx, log, 'a', NULL);
	struct destroyer destroyer = { .release = true, .obj = &a->obj };
	struct iofd_object *obj = iofd_object_get(ctx, 1, NULL);

	KUNIT_ASSERT_TRUE(test, iofd_object_use(obj));
	destroyer_start(test, &destroyer);
	KUNIT_EXPECT_FALSE(test, completion_done(&destroyer.done));
	KUNIT_EXPECT_STREQ(test, log, "");
	KUNIT_EXPECT_FALSE(test, is_there(ctx, 1));
	iofd_object_put(obj);
	KUNIT_EXPECT_EQ(test, destroyer_finish(&destroyer), 0);
	KUNIT_EXPECT_STREQ(test, log, "a");
}

static void killed_destroyer(struct kunit *test)
{
	struct iofd_ctx *ctx = context(test);
	char *log = new_log(test);
	struct destroyer destroyer = { .ctx = ctx };
	struct iofd_object *obj;

	publish(test, ctx, log, 'a', NULL);
	obj = iofd_object_get(ctx, 1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	destroyer_start(test, &destroyer);
	send_sig(SIGKILL, destroyer.task, 1);
	KUNIT_EXPECT_EQ(test, destroyer_finish(&destroyer), -EINTR);

	/* As if nobody had tried */
	KUNIT_EXPECT_STREQ(test, log, "");
	KUNIT_EXPECT_TRUE(test, is_there(ctx, 1));
	KUNIT_ASSERT_TRUE(test, iofd_object_use(obj));
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), -EBUSY);
	iofd_object_unuse(obj);
	iofd_object_put(obj);
	KUNIT_EXPECT_EQ(test, iofd_object_destroy(ctx, 1), 0);
	KUNIT_EXPECT_STREQ(test, log, "a");
}

/* The module has the name iommu already; who comes second says which he has. */
static void name_is_taken(struct kunit *test)
{
	static const struct file_operations fops = { .owner = THIS_MODULE };
	struct miscdevice second = {
		.minor = MISC_DYNAMIC_MINOR,
		.fops = &fops,
	};

	fake_log_mark();
	KUNIT_ASSERT_EQ(test, iofd_register(&second), 0);
	KUNIT_EXPECT_STREQ(test, dev_name(second.this_device), "iopasid");
	KUNIT_EXPECT_EQ(test, fake_log_lines("another driver has /dev/iommu",
					     "/dev/iopasid"), 1);
	KUNIT_EXPECT_EQ(test, fake_log_lines("duplicate", ""), 0);
	misc_deregister(&second);
}

static struct kunit_case object_cases[] = {
	KUNIT_CASE(birth),
	KUNIT_CASE(users),
	KUNIT_CASE_PARAM(teardown, teardown_gen_params),
	KUNIT_CASE(destruction_meets_a_call),
	KUNIT_CASE(release_meets_a_call),
	KUNIT_CASE(killed_destroyer),
	KUNIT_CASE(name_is_taken),
	{}
};

static struct kunit_suite object_suite = {
	.name = "iopasid-iommufd-objects",
	.exit = object_exit,
	.test_cases = object_cases,
};
kunit_test_suite(object_suite);

MODULE_DESCRIPTION("KUnit tests of /dev/iommu");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
