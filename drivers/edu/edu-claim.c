// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: a group in the hands of a user
 *
 * The file claim, beside the devices' folders, plays a user context that owns a
 * group: write a PCI address to claim the group of that device, "none" to give
 * it back; read it for the address. One claim at a time; unloading the module
 * ends it.
 */

#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <iopasid/group.h>

#include "edu.h"

/* Protects the two below */
static DEFINE_MUTEX(edu_claim_lock);
static struct pci_dev *edu_claimed;
static struct iopasid_user *edu_user;

static int edu_claim_locked(const char *address)
{
	unsigned int domain, bus, slot, function;
	struct iopasid_user *user;
	struct pci_dev *pdev;

	lockdep_assert_held(&edu_claim_lock);

	if (edu_claimed)
		return -EBUSY;
	if (sscanf(address, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus,
					   PCI_DEVFN(slot, function));
	if (!pdev)
		return -ENODEV;
	user = iopasid_user_claim(&pdev->dev, &edu_claimed, IOPASID_USER_ALL);
	if (IS_ERR(user)) {
		pci_dev_put(pdev);
		return PTR_ERR(user);
	}
	edu_user = user;
	edu_claimed = pdev;
	return 0;
}

static void edu_release_locked(void)
{
	lockdep_assert_held(&edu_claim_lock);

	if (!edu_claimed)
		return;
	iopasid_user_release(edu_user);
	pci_dev_put(edu_claimed);
	edu_claimed = NULL;
}

static int edu_claim_show(struct seq_file *s, void *unused)
{
	guard(mutex)(&edu_claim_lock);
	seq_printf(s, "%s\n", edu_claimed ? pci_name(edu_claimed) : "none");
	return 0;
}

static ssize_t edu_claim_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *pos)
{
	char line[EDU_LINE_SIZE];
	int ret;

	ret = edu_get_line(line, buf, count);
	if (ret)
		return ret;

	guard(mutex)(&edu_claim_lock);
	if (strcmp(line, "none"))
		ret = edu_claim_locked(line);
	else
		edu_release_locked();
	return ret ?: count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(edu_claim);

/**
 * edu_claim_init() - make the file
 * @dir: the folder of all devices
 */
void edu_claim_init(struct dentry *dir)
{
	debugfs_create_file("claim", 0600, dir, NULL, &edu_claim_fops);
}

/** edu_claim_exit() - give back what is claimed; the file is gone */
void edu_claim_exit(void)
{
	guard(mutex)(&edu_claim_lock);
	edu_release_locked();
}
