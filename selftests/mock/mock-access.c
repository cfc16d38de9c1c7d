// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: accesses of a program
 *
 * An access is a file; pins of it are numbered records. What is unmapped is
 * unpinned by the callback, which the lock keeps apart from a pin that is being
 * made: a pin that is not in the list yet would be missed.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <iopasid/iommufd.h>

#include "mock.h"

/* Of one copy or pin */
#define MOCK_ACCESS_MAX		(16UL << 20)

/**
 * struct mock_access - an access of a program
 * @access: it
 * @pins: it may pin
 * @lock: what follows
 * @list: struct mock_pin
 * @next_id: of the next one
 */
struct mock_access {
	struct iofd_access *access;
	bool pins;
	struct mutex lock;
	struct list_head list;
	u32 next_id;
};

/**
 * struct mock_pin - a range that is pinned
 * @node: in the list
 * @iova: first address
 * @length: bytes
 * @id: its number
 */
struct mock_pin {
	struct list_head node;
	u64 iova;
	u64 length;
	u32 id;
};

static void mock_unpin_locked(struct mock_access *ma, struct mock_pin *pin)
{
	lockdep_assert_held(&ma->lock);

	list_del(&pin->node);
	iopasid_iommufd_access_unpin(ma->access, pin->iova, pin->length);
	kfree(pin);
}

static void mock_access_unmap(void *data, u64 iova, u64 length)
{
	struct mock_access *ma = data;
	u64 last = iova + length - 1;
	struct mock_pin *pin, *next;

	mutex_lock(&ma->lock);
	list_for_each_entry_safe(pin, next, &ma->list, node)
		if (pin->iova <= last && iova <= pin->iova + pin->length - 1)
			mock_unpin_locked(ma, pin);
	mutex_unlock(&ma->lock);
}

static const struct iopasid_iommufd_access_ops mock_pinning_ops = {
	.needs_pin	= true,
	.unmap		= mock_access_unmap,
};

static const struct iopasid_iommufd_access_ops mock_copying_ops = {
	.unmap		= mock_access_unmap,
};

static int mock_access_release(struct inode *inode, struct file *file)
{
	struct mock_access *ma = file->private_data;

	if (ma->access) {
		mock_access_unmap(ma, 0, U64_MAX);
		iopasid_iommufd_access_destroy(ma->access);
	}
	mutex_destroy(&ma->lock);
	kfree(ma);
	return 0;
}

static const struct file_operations mock_access_fops = {
	.owner		= THIS_MODULE,
	.release	= mock_access_release,
};

static struct file *mock_access_file(bool pins)
{
	struct mock_access *ma = kzalloc(sizeof(*ma), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!ma)
		return ERR_PTR(-ENOMEM);
	ma->pins = pins;
	mutex_init(&ma->lock);
	INIT_LIST_HEAD(&ma->list);
	file = anon_inode_getfile("[iommufd-mock-access]", &mock_access_fops,
				  ma, O_RDWR);
	if (IS_ERR(file))
		kfree(ma);
	return file;
}

/* By a file descriptor; with a reference to the file */
static struct mock_access *mock_access_get(u32 fd, struct file **file)
{
	*file = fget(fd);
	if (!*file)
		return ERR_PTR(-EBADFD);
	if ((*file)->f_op != &mock_access_fops) {
		fput(*file);
		return ERR_PTR(-EBADFD);
	}
	return (*file)->private_data;
}

/**
 * mock_access_create() - MOCK_OP_CREATE_ACCESS
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP for flags that are not known; -ENOENT, -ENOMEM, -EMFILE;
 * as iopasid_iommufd_access_attach().
 */
int mock_access_create(struct mock_call *call)
{
	struct mock_command *cmd = &call->command;
	bool pins = cmd->create_access.flags & MOCK_ACCESS_PINS;
	struct iofd_access *access;
	struct mock_access *ma;
	struct file *file;
	int fd, ret;
	u32 id;

	if (cmd->create_access.flags & ~MOCK_ACCESS_PINS)
		return -EOPNOTSUPP;
	file = mock_access_file(pins);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ma = file->private_data;
	access = iopasid_iommufd_access_create(call->ctx,
					       pins ? &mock_pinning_ops :
					       &mock_copying_ops, ma, &id);
	ret = PTR_ERR_OR_ZERO(access);
	if (ret)
		goto put_file;
	/* Goes with the file from here on. */
	ma->access = access;
	ret = iopasid_iommufd_access_attach(access, cmd->id);
	if (ret)
		goto put_file;
	fd = get_unused_fd_flags(O_CLOEXEC);
	ret = fd;
	if (fd < 0)
		goto put_file;
	fd_install(fd, file);
	cmd->create_access.fd = fd;
	call->answers = true;
	return 0;

put_file:
	fput(file);
	return ret;
}

/**
 * mock_access_replace() - MOCK_OP_ACCESS_REPLACE
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EBADFD: no access; as iopasid_iommufd_access_replace().
 */
int mock_access_replace(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	struct file *file;
	struct mock_access *ma = mock_access_get(cmd->id, &file);
	int ret;

	if (IS_ERR(ma))
		return PTR_ERR(ma);
	ret = iopasid_iommufd_access_replace(ma->access,
					     cmd->access_replace.ioas_id);
	fput(file);
	return ret;
}

/* The pages are those of the program's memory. */
static int mock_compare_pages(u64 uptr, struct page **pages, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct page *page;
		long ret = get_user_pages_fast(uptr + i * PAGE_SIZE, 1, 0,
					       &page);

		if (ret != 1)
			return ret < 0 ? ret : -EFAULT;
		put_page(page);
		if (page != pages[i])
			return -EBADE;
	}
	return 0;
}

static int mock_pin_locked(struct mock_access *ma, struct mock_command *cmd,
			   struct page **pages, size_t nr)
{
	u64 iova = cmd->access_pages.iova;
	u64 length = cmd->access_pages.length;
	struct mock_pin *pin;
	int ret;

	lockdep_assert_held(&ma->lock);

	pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	if (!pin)
		return -ENOMEM;
	ret = iopasid_iommufd_access_pin(ma->access, iova, length, pages,
					 cmd->access_pages.flags &
					 MOCK_ACCESS_WRITE ?
					 IOPASID_IOMMUFD_WRITE :
					 IOPASID_IOMMUFD_READ);
	if (ret)
		goto free_pin;
	if (cmd->access_pages.uptr)
		ret = mock_compare_pages(cmd->access_pages.uptr -
					 offset_in_page(iova), pages, nr);
	if (ret) {
		iopasid_iommufd_access_unpin(ma->access, iova, length);
		goto free_pin;
	}
	pin->iova = iova;
	pin->length = length;
	pin->id = ma->next_id++;
	list_add_tail(&pin->node, &ma->list);
	cmd->access_pages.pin_id = pin->id;
	return 0;

free_pin:
	kfree(pin);
	return ret;
}

/**
 * mock_access_pages() - MOCK_OP_ACCESS_PAGES
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EBADE when other pages are there; -EBADFD: no access; -EOPNOTSUPP
 * for one that does not pin, and flags; -EINVAL; as iopasid_iommufd_access_pin().
 */
int mock_access_pages(struct mock_call *call)
{
	struct mock_command *cmd = &call->command;
	size_t nr, length = cmd->access_pages.length;
	struct mock_access *ma;
	struct page **pages;
	struct file *file;
	int ret;

	if (length > MOCK_ACCESS_MAX)
		return -ENOMEM;
	if (cmd->access_pages.flags & ~MOCK_ACCESS_WRITE)
		return -EOPNOTSUPP;
	ma = mock_access_get(cmd->id, &file);
	if (IS_ERR(ma))
		return PTR_ERR(ma);
	ret = -EOPNOTSUPP;
	if (!ma->pins)
		goto put_file;
	nr = DIV_ROUND_UP(offset_in_page(cmd->access_pages.iova) + length,
			  PAGE_SIZE);
	pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	ret = -ENOMEM;
	if (!pages)
		goto put_file;
	mutex_lock(&ma->lock);
	ret = mock_pin_locked(ma, cmd, pages, nr);
	mutex_unlock(&ma->lock);
	kvfree(pages);
	call->answers = !ret;
put_file:
	fput(file);
	return ret;
}

/**
 * mock_access_unpin() - MOCK_OP_DESTROY_ACCESS_PAGES
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -ENOENT: no such pin, or it was unmapped; -EBADFD: no access.
 */
int mock_access_unpin(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	struct file *file;
	struct mock_access *ma = mock_access_get(cmd->id, &file);
	struct mock_pin *pin;
	int ret = -ENOENT;

	if (IS_ERR(ma))
		return PTR_ERR(ma);
	mutex_lock(&ma->lock);
	list_for_each_entry(pin, &ma->list, node) {
		if (pin->id != cmd->destroy_access_pages.pin_id)
			continue;
		mock_unpin_locked(ma, pin);
		ret = 0;
		break;
	}
	mutex_unlock(&ma->lock);
	fput(file);
	return ret;
}

/* Program to @buf, there and back */
static int mock_copy(struct mock_access *ma, const struct mock_command *cmd,
		     void *buf, unsigned int flags)
{
	void __user *uptr = u64_to_user_ptr(cmd->access_rw.uptr);
	size_t length = cmd->access_rw.length;
	bool write = flags & IOPASID_IOMMUFD_WRITE;
	int ret;

	if (write && copy_from_user(buf, uptr, length))
		return -EFAULT;
	ret = iopasid_iommufd_access_rw(ma->access, cmd->access_rw.iova, buf,
					length, flags);
	if (ret)
		return ret;
	return !write && copy_to_user(uptr, buf, length) ? -EFAULT : 0;
}

/**
 * mock_access_rw() - MOCK_OP_ACCESS_RW
 * @call: the call
 *
 * Context: may sleep.
 * Return: 0; -EBADFD: no access; -EOPNOTSUPP for flags; -EFAULT, -ENOMEM; as
 * iopasid_iommufd_access_rw().
 */
int mock_access_rw(struct mock_call *call)
{
	const struct mock_command *cmd = &call->command;
	u32 asked = cmd->access_rw.flags;
	unsigned int flags = 0;
	struct mock_access *ma;
	struct file *file;
	void *buf;
	int ret;

	if (cmd->access_rw.length > MOCK_ACCESS_MAX)
		return -ENOMEM;
	if (asked & ~(MOCK_ACCESS_WRITE | MOCK_ACCESS_SLOW))
		return -EOPNOTSUPP;
	flags |= asked & MOCK_ACCESS_WRITE ? IOPASID_IOMMUFD_WRITE : 0;
	flags |= asked & MOCK_ACCESS_SLOW ? IOPASID_IOMMUFD_FORCE_KTHREAD : 0;
	ma = mock_access_get(cmd->id, &file);
	if (IS_ERR(ma))
		return PTR_ERR(ma);
	buf = kvzalloc(cmd->access_rw.length, GFP_KERNEL_ACCOUNT);
	ret = buf ? mock_copy(ma, cmd, buf, flags) : -ENOMEM;
	kvfree(buf);
	fput(file);
	return ret;
}
