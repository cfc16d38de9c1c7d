// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what a device must be like
 *
 * The core gives a context what nobody else has (see user-contexts.rst). Two
 * things are asked of the hardware beside that. DMA must be coherent: user space
 * has no means to flush caches. And in a full bind, where the device may write
 * anywhere that it can reach, a DMA must not be taken for an interrupt of somebody
 * else: the unit must remap interrupts, or the administrator take the risk with
 * allow_unsafe_interrupts=1. A line says so, of the refusal and of the risk; not more
 * of them than a log takes, as a program may bind as often as it likes.
 */
#define pr_fmt(fmt) "iopasid-iommufd: " fmt

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>

#include <iopasid/capability.h>
#include <iopasid/group.h>

#include "claim.h"
#include "iofd.h"

static bool allow_unsafe_interrupts;
module_param(allow_unsafe_interrupts, bool, 0644);
MODULE_PARM_DESC(allow_unsafe_interrupts,
		 "Bind devices whose DMA can be taken for an interrupt: a user of one can disturb the machine (0)");

static int iofd_claim_check(struct device *dev,
			    enum iopasid_iommufd_bind_mode mode)
{
	u32 caps = iopasid_capabilities(dev);

	if (!(caps & IOPASID_CAP_COHERENT))
		return -EINVAL;
	if (mode != IOPASID_IOMMUFD_FULL ||
	    caps & IOPASID_CAP_ISOLATED_INTERRUPTS)
		return 0;
	if (!READ_ONCE(allow_unsafe_interrupts)) {
		dev_warn_ratelimited(dev, "iopasid-iommufd: interrupts are not isolated: not for users; if its user may send any, set allow_unsafe_interrupts=1\n");
		return -EPERM;
	}
	dev_warn_ratelimited(dev, "iopasid-iommufd: interrupts are not isolated: its user can send any\n");
	return 0;
}

/**
 * iofd_claim() - get a device for a context
 * @ctx: the context
 * @dev: the device
 * @mode: what of it
 *
 * Context: may sleep.
 * Return: the claim, for iopasid_user_release(); the errors of
 * iopasid_iommufd_bind().
 */
struct iopasid_user *iofd_claim(struct iofd_ctx *ctx, struct device *dev,
				enum iopasid_iommufd_bind_mode mode)
{
	struct iopasid_user *user;
	int ret;

	user = iopasid_user_claim(dev, ctx, mode == IOPASID_IOMMUFD_FULL ?
				  IOPASID_USER_ALL : IOPASID_USER_PASIDS);
	if (IS_ERR(user))
		return user;
	ret = iofd_claim_check(dev, mode);
	if (ret) {
		iopasid_user_release(user);
		return ERR_PTR(ret);
	}
	return user;
}
