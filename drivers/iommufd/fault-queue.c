// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fault queues
 *
 * A file from which user space reads what the devices ask for that are attached
 * to its HWPTs, and to which it writes the answers. A group of requests goes
 * through
 *
 *	unread	in the file
 *	busy	being copied to a reader
 *	read	waits for an answer, which names its cookie
 *
 * and ends with the answer; with the detach or the replacement of what it came
 * through; with the file; or when the core answers, because its patience ends or the
 * unit goes to sleep: user space never sees what it has not read, and gets -EINVAL.
 *
 * The lock is a leaf, and never held while user memory is copied: a reader that
 * takes its time delays nobody. A group that is dropped under a reader is his to
 * free.
 */
#include <linux/anon_inodes.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include <uapi/linux/iommufd.h>

#include <iopasid/fault.h>
#include <iopasid/iommufd.h>

#include "fault-queue.h"
#include "hwpt.h"
#include "iofd.h"

static_assert((int)IOMMU_PGFAULT_PERM_READ == (int)IOPASID_PAGE_READ);
static_assert((int)IOMMU_PGFAULT_PERM_WRITE == (int)IOPASID_PAGE_WRITE);
static_assert((int)IOMMU_PGFAULT_PERM_EXEC == (int)IOPASID_PAGE_EXEC);
static_assert((int)IOMMU_PGFAULT_PERM_PRIV == (int)IOPASID_PAGE_PRIV);

/**
 * enum iofd_fault_state - what may happen to a group next
 * @IOFD_FAULT_UNREAD: a reader takes it
 * @IOFD_FAULT_BUSY: its reader has it read, or not
 * @IOFD_FAULT_READ: an answer
 * @IOFD_FAULT_DEAD: dropped while it was busy: its reader frees it
 */
enum iofd_fault_state {
	IOFD_FAULT_UNREAD,
	IOFD_FAULT_BUSY,
	IOFD_FAULT_READ,
	IOFD_FAULT_DEAD,
};

/**
 * struct iofd_fault - a group of page requests in a queue
 * @node: in the queue's unread or read
 * @group: the requests; ours until we respond
 * @source: what they came through; to be compared only
 * @dev_id: who asks
 * @pasid: with which PASID, 0 without one
 * @cookie: in the queue's asked
 * @state: where in its life it is
 */
struct iofd_fault {
	struct list_head node;
	struct iopasid_fault_group *group;
	const struct iofd_fault_source *source;
	u32 dev_id;
	u32 pasid;
	u32 cookie;
	enum iofd_fault_state state;
};

static void iofd_fault_end(struct iofd_fault *fault,
			   enum iopasid_page_code code)
{
	iopasid_fault_group_respond(fault->group, code);
	kfree(fault);
}

static int iofd_fault_source_cmp(const void *key, const struct rb_node *node)
{
	const struct iofd_fault_source *a = key;
	const struct iofd_fault_source *b =
		rb_entry(node, struct iofd_fault_source, node);

	if (a->pasid != b->pasid)
		return a->pasid < b->pasid ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->hwpt < b->hwpt ? -1 : a->hwpt > b->hwpt;
}

static bool iofd_fault_source_less(struct rb_node *a, const struct rb_node *b)
{
	return iofd_fault_source_cmp(rb_entry(a, struct iofd_fault_source, node),
				     b) < 0;
}

/* One of those, when a replace stays with the HWPT: both are right. */
static struct iofd_fault_source *
iofd_fault_source_find_locked(struct iofd_hwpt *hwpt, struct device *dev,
			      u32 pasid)
{
	const struct iofd_fault_source key = {
		.hwpt = hwpt, .dev = dev, .pasid = pasid,
	};
	struct rb_node *node;

	lockdep_assert_held(&hwpt->fault->asked.xa_lock);

	node = rb_find(&key, &hwpt->fault->sources, iofd_fault_source_cmp);
	return node ? rb_entry(node, struct iofd_fault_source, node) : NULL;
}

/* Put it where readers find it; false: nobody may ask, or nobody answers. */
static bool iofd_fault_push(struct iofd_hwpt *hwpt, struct iofd_fault *fault)
{
	struct iofd_fault_queue *queue = hwpt->fault;
	struct iofd_fault_source *source;
	bool good;

	xa_lock(&queue->asked);
	source = iofd_fault_source_find_locked(hwpt, fault->group->dev,
					       fault->pasid);
	good = source && !queue->closed;
	if (good) {
		fault->source = source;
		fault->dev_id = source->dev_id;
		list_add_tail(&fault->node, &queue->unread);
	} else {
		__xa_erase(&queue->asked, fault->cookie);
	}
	xa_unlock(&queue->asked);
	return good;
}

/**
 * iofd_fault_queue_handle() - a device asks for pages
 * @group: what it asks for
 * @data: the HWPT that it is attached to
 *
 * Context: process; the core's thread of a unit.
 */
void iofd_fault_queue_handle(struct iopasid_fault_group *group, void *data)
{
	struct iofd_hwpt *hwpt = data;
	struct iofd_fault_queue *queue = hwpt->fault;
	struct iofd_fault *fault = kzalloc(sizeof(*fault), GFP_KERNEL);

	if (!fault)
		goto failure;
	fault->group = group;
	fault->pasid = group->pasid == IOMMU_PASID_INVALID ? IOMMU_NO_PASID :
		group->pasid;
	/* Cyclic: an answer that comes late is for no other group. */
	if (xa_alloc_cyclic(&queue->asked, &fault->cookie, fault, xa_limit_32b,
			    &queue->next_cookie, GFP_KERNEL) < 0)
		goto free_fault;
	group->handler_data = fault->cookie;
	if (iofd_fault_push(hwpt, fault))
		wake_up_interruptible_poll(&queue->wait, EPOLLIN | EPOLLRDNORM);
	else
		iofd_fault_end(fault, IOPASID_PAGE_INVALID);
	return;

free_fault:
	kfree(fault);
failure:
	iopasid_fault_group_respond(group, IOPASID_PAGE_FAILURE);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_fault_queue_handle);

/* Nobody can answer it any more. If it is busy its reader drops it. */
static void iofd_fault_take_locked(struct iofd_fault_queue *queue,
				   struct iofd_fault *fault,
				   struct list_head *taken)
{
	lockdep_assert_held(&queue->asked.xa_lock);

	__xa_erase(&queue->asked, fault->cookie);
	if (fault->state == IOFD_FAULT_BUSY)
		fault->state = IOFD_FAULT_DEAD;
	else
		list_move_tail(&fault->node, taken);
}

/* Take those of @source off a list, or all. */
static void iofd_fault_queue_take_locked(struct iofd_fault_queue *queue,
					 struct list_head *from,
					 const struct iofd_fault_source *source,
					 struct list_head *taken)
{
	struct iofd_fault *fault, *next;

	lockdep_assert_held(&queue->asked.xa_lock);

	list_for_each_entry_safe(fault, next, from, node) {
		if (source && fault->source != source)
			continue;
		if (fault->state != IOFD_FAULT_DEAD)
			iofd_fault_take_locked(queue, fault, taken);
	}
}

static void iofd_fault_end_all(struct list_head *taken)
{
	struct iofd_fault *fault, *next;

	list_for_each_entry_safe(fault, next, taken, node)
		iofd_fault_end(fault, IOPASID_PAGE_INVALID);
}

/**
 * iofd_fault_queue_withdraw() - the core has answered a group
 * @group: the group, which user space may have answered at the same time
 * @data: the HWPT that its device is attached to
 *
 * Context: process.
 */
void iofd_fault_queue_withdraw(struct iopasid_fault_group *group, void *data)
{
	struct iofd_hwpt *hwpt = data;
	struct iofd_fault_queue *queue = hwpt->fault;
	struct iofd_fault *fault;
	LIST_HEAD(taken);

	xa_lock(&queue->asked);
	fault = xa_load(&queue->asked, group->handler_data);
	/* The cookie may have gone to another one. */
	if (fault && fault->group == group)
		iofd_fault_take_locked(queue, fault, &taken);
	xa_unlock(&queue->asked);
	iofd_fault_end_all(&taken);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_fault_queue_withdraw);

/* Answer those of @source, which is gone then, or all, and close. */
static void iofd_fault_queue_drop(struct iofd_fault_queue *queue,
				  struct iofd_fault_source *source)
{
	LIST_HEAD(taken);

	xa_lock(&queue->asked);
	if (source)
		rb_erase(&source->node, &queue->sources);
	else
		queue->closed = true;
	iofd_fault_queue_take_locked(queue, &queue->unread, source, &taken);
	iofd_fault_queue_take_locked(queue, &queue->read, source, &taken);
	xa_unlock(&queue->asked);
	iofd_fault_end_all(&taken);
}

static int iofd_fault_source_check(struct device *dev)
{
	if (!iopasid_has_page_requests(dev))
		return -ENODEV;
	/* PRI is the whole device's; the user of a VF must not stall it. */
	if (dev_is_pci(dev) && to_pci_dev(dev)->is_virtfn)
		return -EINVAL;
	return 0;
}

/**
 * iofd_fault_source_create() - a device may ask from now on
 * @hwpt: what it is about to be attached to
 * @dev: the device
 * @dev_id: its id
 * @pasid: where, 0: the RID
 *
 * Context: process, may sleep.
 * Return: the source, NULL when @hwpt has no fault queue; ERR_PTR(-ENODEV) when
 * @dev sends no page requests; ERR_PTR(-EINVAL) when it is a virtual function
 * that does; ERR_PTR(-ENOMEM).
 */
struct iofd_fault_source *iofd_fault_source_create(struct iofd_hwpt *hwpt,
						   struct device *dev,
						   u32 dev_id, u32 pasid)
{
	struct iofd_fault_queue *queue = hwpt->fault;
	struct iofd_fault_source *source;
	int ret;

	if (!queue)
		return NULL;
	ret = iofd_fault_source_check(dev);
	if (ret)
		return ERR_PTR(ret);
	source = kzalloc(sizeof(*source), GFP_KERNEL_ACCOUNT);
	if (!source)
		return ERR_PTR(-ENOMEM);
	*source = (struct iofd_fault_source){
		.hwpt = hwpt, .dev = dev, .dev_id = dev_id, .pasid = pasid,
	};

	xa_lock(&queue->asked);
	rb_add(&source->node, &queue->sources, iofd_fault_source_less);
	xa_unlock(&queue->asked);
	return source;
}
EXPORT_SYMBOL_IF_KUNIT(iofd_fault_source_create);

/**
 * iofd_fault_source_destroy() - a device asks no more
 * @source: from iofd_fault_source_create(), or NULL
 *
 * After the detach, which waits for calls of iofd_fault_queue_handle(). What user
 * space has not answered is invalid.
 *
 * Context: process, may sleep.
 */
void iofd_fault_source_destroy(struct iofd_fault_source *source)
{
	if (!source)
		return;
	iofd_fault_queue_drop(source->hwpt->fault, source);
	kfree(source);
}
EXPORT_SYMBOL_IF_KUNIT(iofd_fault_source_destroy);

/* The oldest unread group, busy from now on; NULL: none that fits. */
static struct iofd_fault *iofd_fault_read_begin(struct iofd_fault_queue *queue,
						size_t room, bool *fits)
{
	struct iofd_fault *fault;

	xa_lock(&queue->asked);
	fault = list_first_entry_or_null(&queue->unread, struct iofd_fault,
					 node);
	*fits = !fault || fault->group->nr_requests <= room;
	if (fault && *fits) {
		fault->state = IOFD_FAULT_BUSY;
		list_move_tail(&fault->node, &queue->read);
	} else {
		fault = NULL;
	}
	xa_unlock(&queue->asked);
	return fault;
}

static void iofd_fault_read_end(struct iofd_fault_queue *queue,
				struct iofd_fault *fault, bool copied)
{
	bool dead;

	xa_lock(&queue->asked);
	dead = fault->state == IOFD_FAULT_DEAD;
	if (dead)
		list_del(&fault->node);
	else if (!copied)
		list_move(&fault->node, &queue->unread);
	if (!dead)
		fault->state = copied ? IOFD_FAULT_READ : IOFD_FAULT_UNREAD;
	xa_unlock(&queue->asked);
	if (dead)
		iofd_fault_end(fault, IOPASID_PAGE_INVALID);
	else if (!copied) /* Others may have looked meanwhile, in vain. */
		wake_up_interruptible_poll(&queue->wait, EPOLLIN | EPOLLRDNORM);
}

/* All requests of a busy group, to user space */
static int iofd_fault_copy(const struct iofd_fault *fault,
			   struct iommu_hwpt_pgfault __user *to)
{
	struct iopasid_page_request *request;

	list_for_each_entry(request, &fault->group->requests, node) {
		struct iommu_hwpt_pgfault record = {
			.dev_id = fault->dev_id,
			.pasid = fault->pasid,
			.grpid = request->index,
			.perm = request->access,
			.addr = request->addr,
			.cookie = fault->cookie,
		};

		if (request->pasid != IOMMU_PASID_INVALID)
			record.flags |= IOMMU_PGFAULT_FLAGS_PASID_VALID;
		if (request->last)
			record.flags |= IOMMU_PGFAULT_FLAGS_LAST_PAGE;
		if (copy_to_user(to++, &record, sizeof(record)))
			return -EFAULT;
	}
	return 0;
}

static ssize_t iofd_fault_read(struct file *file, char __user *buf,
			       size_t count, loff_t *ppos)
{
	struct iofd_fault_queue *queue = file->private_data;
	struct iommu_hwpt_pgfault __user *to = (void __user *)buf;
	size_t room = count / sizeof(*to);
	struct iofd_fault *fault;
	size_t nr, done = 0;
	bool fits = true;
	int ret = 0;

	if (*ppos || count % sizeof(*to))
		return -ESPIPE;
	while (!ret) {
		fault = iofd_fault_read_begin(queue, room - done, &fits);
		if (!fault)
			break;
		nr = fault->group->nr_requests;
		ret = iofd_fault_copy(fault, to + done);
		iofd_fault_read_end(queue, fault, !ret);
		if (!ret)
			done += nr;
	}
	if (done)
		return done * sizeof(*to);
	return fits || !count ? ret : -EINVAL;
}

/* The group that an answer is for; NULL when user space has not read such. */
static struct iofd_fault *iofd_fault_claim(struct iofd_fault_queue *queue,
					   u32 cookie)
{
	struct iofd_fault *fault;

	xa_lock(&queue->asked);
	fault = xa_load(&queue->asked, cookie);
	if (fault && fault->state == IOFD_FAULT_READ) {
		__xa_erase(&queue->asked, cookie);
		list_del(&fault->node);
	} else {
		fault = NULL;
	}
	xa_unlock(&queue->asked);
	return fault;
}

static int iofd_fault_answer(struct iofd_fault_queue *queue,
			     const struct iommu_hwpt_page_response __user *from)
{
	struct iommu_hwpt_page_response response;
	struct iofd_fault *fault;

	if (copy_from_user(&response, from, sizeof(response)))
		return -EFAULT;
	if (response.code != IOMMUFD_PAGE_RESP_SUCCESS &&
	    response.code != IOMMUFD_PAGE_RESP_INVALID)
		return -EINVAL;
	fault = iofd_fault_claim(queue, response.cookie);
	if (!fault)
		return -EINVAL;
	iofd_fault_end(fault, response.code == IOMMUFD_PAGE_RESP_SUCCESS ?
		       IOPASID_PAGE_SUCCESS : IOPASID_PAGE_INVALID);
	return 0;
}

static ssize_t iofd_fault_write(struct file *file, const char __user *buf,
				size_t count, loff_t *ppos)
{
	struct iofd_fault_queue *queue = file->private_data;
	const struct iommu_hwpt_page_response __user *from =
		(const void __user *)buf;
	size_t nr = count / sizeof(*from);
	size_t done;
	int ret = 0;

	if (*ppos || count % sizeof(*from))
		return -ESPIPE;
	for (done = 0; done < nr; done++) {
		ret = iofd_fault_answer(queue, from + done);
		if (ret)
			break;
	}
	return done ? done * sizeof(*from) : ret;
}

static __poll_t iofd_fault_poll(struct file *file, poll_table *wait)
{
	struct iofd_fault_queue *queue = file->private_data;
	__poll_t events = EPOLLOUT;

	poll_wait(file, &queue->wait, wait);
	xa_lock(&queue->asked);
	if (!list_empty(&queue->unread))
		events |= EPOLLIN | EPOLLRDNORM;
	xa_unlock(&queue->asked);
	return events;
}

static int iofd_fault_release(struct inode *inode, struct file *file)
{
	struct iofd_fault_queue *queue = file->private_data;
	struct iofd_ctx *ctx = queue->obj.ctx;

	iofd_fault_queue_drop(queue, NULL);
	iofd_object_unuse(&queue->obj);
	iopasid_iommufd_ctx_put(ctx);
	return 0;
}

static const struct file_operations iofd_fault_fops = {
	.owner = THIS_MODULE,
	.read = iofd_fault_read,
	.write = iofd_fault_write,
	.poll = iofd_fault_poll,
	.release = iofd_fault_release,
};

static void iofd_fault_queue_destroy(struct iofd_object *obj)
{
	struct iofd_fault_queue *queue =
		container_of(obj, struct iofd_fault_queue, obj);

	xa_destroy(&queue->asked);
	kfree(queue);
}

const struct iofd_object_type iofd_fault_queue_type = {
	.destroy = iofd_fault_queue_destroy,
};
EXPORT_SYMBOL_IF_KUNIT(iofd_fault_queue_type);

/* The file, which user space can name when this has succeeded. */
static int iofd_fault_queue_open(struct iofd_fault_queue *queue, int fd)
{
	struct file *file = anon_inode_getfile("[iommufd-pgfault]",
					       &iofd_fault_fops, queue, O_RDWR);

	if (IS_ERR(file))
		return PTR_ERR(file);
	iofd_object_use(&queue->obj);
	iopasid_iommufd_ctx_get(queue->obj.ctx);
	iofd_object_publish(&queue->obj);
	fd_install(fd, file);
	return 0;
}

static struct iofd_fault_queue *iofd_fault_queue_create(struct iofd_ctx *ctx)
{
	struct iofd_fault_queue *queue = kzalloc(sizeof(*queue),
						 GFP_KERNEL_ACCOUNT);
	int ret;

	if (!queue)
		return ERR_PTR(-ENOMEM);
	init_waitqueue_head(&queue->wait);
	xa_init_flags(&queue->asked, XA_FLAGS_ALLOC1);
	INIT_LIST_HEAD(&queue->unread);
	INIT_LIST_HEAD(&queue->read);
	queue->sources = RB_ROOT;
	ret = iofd_object_reserve(ctx, &queue->obj, &iofd_fault_queue_type);
	if (ret) {
		kfree(queue);
		return ERR_PTR(ret);
	}
	return queue;
}

/**
 * iofd_fault_queue_alloc() - IOMMU_FAULT_QUEUE_ALLOC
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP for unknown flags; -ENOMEM, -ENOSPC, -EMFILE, -ENFILE,
 * -EFAULT.
 */
int iofd_fault_queue_alloc(struct iofd_call *call)
{
	struct iommu_fault_alloc *cmd = call->cmd;
	struct iofd_fault_queue *queue;
	int fd, ret;

	if (cmd->flags)
		return -EOPNOTSUPP;
	queue = iofd_fault_queue_create(call->ctx);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto abort;
	}
	/* The file comes last: it cannot be taken back at once. */
	cmd->out_fault_id = queue->obj.id;
	cmd->out_fault_fd = fd;
	ret = iofd_call_respond(call, sizeof(*cmd));
	if (!ret)
		ret = iofd_fault_queue_open(queue, fd);
	if (!ret)
		return 0;

	put_unused_fd(fd);
abort:
	iofd_object_abort(&queue->obj);
	iofd_fault_queue_destroy(&queue->obj);
	return ret;
}
