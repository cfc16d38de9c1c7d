// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: data races that must be found
 *
 * Two threads on two processors, until the module is unloaded. What KCSAN must
 * report is in functions named planted_*; a report about one named sound_* is a
 * false one, for example because a barrier of the kernel is not instrumented.
 * Only the KCSAN kernel gets this module (selftests/machine/race.sh).
 *
 * Each message goes from the first thread to the second, which acknowledges it.
 */

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/* The receiver has that long to come while the sender is in its function. */
#define SEND_TRIES		2000

/* The rest is found soon, and reports take time. */
#define MESSAGES_PER_ROUND	200

/* The text is the receiver's while it is sent, else the sender's. */
struct message {
	long text;
	bool sent;
};

static struct task_struct *threads[2];
static struct message with_barrier, without_barrier;
static long under_nothing, under_spinlock, under_mutex;
static DEFINE_SPINLOCK(spinlock);
static DEFINE_MUTEX(mutex);

static noinline __noclone void planted_race(void)
{
	under_nothing++;
}

static __always_inline bool message_sent(struct message *message)
{
	/* Pairs with message_pass(): who may touch the text sees all of it. */
	return smp_load_acquire(&message->sent);
}

static __always_inline void message_pass(struct message *message, bool sent)
{
	/* Pairs with message_sent(). */
	smp_store_release(&message->sent, sent);
}

/* A write can be late only while the function that made it goes on. */
static __always_inline void message_wait(struct message *message)
{
	int tries;

	for (tries = 0; tries < SEND_TRIES && READ_ONCE(message->sent); tries++)
		cpu_relax();
}

static noinline __noclone void planted_send(struct message *message)
{
	if (message_sent(message))
		return;
	message->text++;
	/* message_pass() without the barrier */
	WRITE_ONCE(message->sent, true);
	message_wait(message);
}

static noinline __noclone void sound_send(struct message *message)
{
	if (message_sent(message))
		return;
	message->text++;
	message_pass(message, true);
	message_wait(message);
}

static noinline __noclone void sound_receive(struct message *message)
{
	if (!message_sent(message))
		return;
	message->text++;
	message_pass(message, false);
}

static noinline __noclone void sound_locks(void)
{
	unsigned long flags;

	spin_lock_irqsave(&spinlock, flags);
	under_spinlock++;
	spin_unlock_irqrestore(&spinlock, flags);
	mutex_lock(&mutex);
	under_mutex++;
	mutex_unlock(&mutex);
}

static int planted_thread(void *data)
{
	bool first = !data;
	unsigned int n;

	for (n = 0; !kthread_should_stop(); n++) {
		if (first) {
			planted_send(&without_barrier);
			sound_send(&with_barrier);
		} else {
			sound_receive(&without_barrier);
			sound_receive(&with_barrier);
		}
		sound_locks();
		if (n % MESSAGES_PER_ROUND == 0)
			planted_race();
		cond_resched();
	}
	return 0;
}

static int planted_start(unsigned int number, unsigned int cpu)
{
	struct task_struct *thread;

	thread = kthread_create(planted_thread, number ? &threads : NULL,
				"planted/%u", number);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	kthread_bind(thread, cpu);
	threads[number] = thread;
	wake_up_process(thread);
	return 0;
}

static int __init planted_init(void)
{
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int second = cpumask_next(first, cpu_online_mask);
	int ret;

	if (second >= nr_cpu_ids)
		return -ENODEV;
	ret = planted_start(0, first);
	if (ret)
		return ret;
	ret = planted_start(1, second);
	if (ret)
		kthread_stop(threads[0]);
	return ret;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
	kthread_stop(threads[1]);
	kthread_stop(threads[0]);
}
module_exit(planted_exit);

MODULE_DESCRIPTION("Data races that KCSAN must find");
MODULE_LICENSE("GPL");
