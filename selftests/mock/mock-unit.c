// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the unit
 *
 * Of the provider contract what mainline's selftest looks at: reserved addresses
 * below the aperture, PASIDs of 20 bits for devices that have them, dirty pages,
 * page requests that a command makes.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "mock.h"

#define MOCK_UNIT_NAME	"iommufd-mock"

static int mock_probe_device(struct iopasid_unit *unit,
			     struct iopasid_device *idev)
{
	struct mock_device *mdev;
	int ret;

	if (!mock_is_device(idev->dev))
		return -ENODEV;
	mdev = mock_device_of(idev->dev);
	ret = xa_reserve(&mdev->pasids, 0, GFP_KERNEL);
	if (ret)
		return ret;
	if (mdev->flags & MOCK_DEVICE_PASID)
		idev->max_pasids = BIT(MOCK_PASID_WIDTH);
	idev->page_requests = true;
	idev->caps = IOPASID_CAP_COHERENT | IOPASID_CAP_ENFORCE_COHERENCY |
		     IOPASID_CAP_ISOLATED_INTERRUPTS;
	if (!(mdev->flags & MOCK_DEVICE_NO_DIRTY))
		idev->caps |= IOPASID_CAP_DIRTY_TRACKING;
	idev->priv = mdev;
	down_write(&mdev->reports);
	mdev->idev = idev;
	up_write(&mdev->reports);
	return 0;
}

static void mock_release_device(struct iopasid_device *idev)
{
	struct mock_device *mdev = idev->priv;

	down_write(&mdev->reports);
	mdev->idev = NULL;
	up_write(&mdev->reports);
	xa_erase(&mdev->pasids, 0);
}

/* No dma_map_*() of theirs is of interest: the RID passes through. */
static int mock_default_domain_type(struct iopasid_device *idev)
{
	return IOPASID_DOMAIN_IDENTITY;
}

static int mock_resv_regions(struct iopasid_device *idev,
			     struct list_head *list)
{
	struct iopasid_resv *resv = kzalloc(sizeof(*resv), GFP_KERNEL);

	if (!resv)
		return -ENOMEM;
	resv->last = MOCK_APERTURE_FIRST - 1;
	resv->type = IOPASID_RESV_MSI;
	list_add_tail(&resv->node, list);
	return 0;
}

static int mock_hw_info(struct iopasid_device *idev,
			struct iopasid_hw_info *info)
{
	struct mock_hw_info *data = kzalloc(sizeof(*data), GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	data->value = MOCK_HW_INFO_VALUE;
	info->type = MOCK_HW_INFO_TYPE;
	info->length = sizeof(*data);
	info->data = data;
	return 0;
}

/* The device waits for nothing. */
static void mock_page_response(struct iopasid_device *idev, u32 pasid,
			       u16 index, enum iopasid_page_code code)
{
}

static void mock_drain_page_requests(struct iopasid_device *idev, u32 pasid)
{
	struct mock_device *mdev = idev->priv;

	down_write(&mdev->reports);
	up_write(&mdev->reports);
}

static const struct iopasid_unit_ops mock_unit_ops = {
	.probe_device		= mock_probe_device,
	.release_device		= mock_release_device,
	.device_group		= iopasid_generic_device_group,
	.default_domain_type	= mock_default_domain_type,
	.domain_alloc_paging	= mock_domain_alloc_paging,
	.domain_alloc_user	= mock_domain_alloc_user,
	.resv_regions		= mock_resv_regions,
	.hw_info		= mock_hw_info,
	.page_response		= mock_page_response,
	.drain_page_requests	= mock_drain_page_requests,
};

static const struct iopasid_domain_ops mock_static_ops = {
	.attach_dev		= mock_attach_dev,
	.attach_dev_pasid	= mock_attach_dev_pasid,
	.detach_dev_pasid	= mock_detach_dev_pasid,
};

static struct iopasid_domain mock_identity;
static const struct iopasid_provider mock_provider = {
	.name		= "iopasid-iommufd-mock",
	.owner		= THIS_MODULE,
	.ops		= &mock_unit_ops,
	.identity	= &mock_identity,
	.blocked	= &mock_blocked,
};

static struct iopasid_domain mock_identity = {
	.type		= IOPASID_DOMAIN_IDENTITY,
	.provider	= &mock_provider,
	.ops		= &mock_static_ops,
};

/* All that is blocked; its provider is that of every domain here. */
struct iopasid_domain mock_blocked = {
	.type		= IOPASID_DOMAIN_BLOCKED,
	.provider	= &mock_provider,
	.ops		= &mock_static_ops,
};

static struct iopasid_unit mock_unit = {
	.name		= MOCK_UNIT_NAME,
	.provider	= &mock_provider,
	.bus		= &mock_bus,
};

/**
 * mock_unit_init() - register the unit
 *
 * Context: may sleep; the bus is there.
 * Return: 0, -errno of the driver core or iopasid.
 */
int mock_unit_init(void)
{
	int ret;

	mock_unit.dev = root_device_register(MOCK_UNIT_NAME);
	if (IS_ERR(mock_unit.dev))
		return PTR_ERR(mock_unit.dev);
	ret = iopasid_unit_register(&mock_unit);
	if (ret)
		root_device_unregister(mock_unit.dev);
	return ret;
}

/** mock_unit_exit() - undo mock_unit_init(); no device is left */
void mock_unit_exit(void)
{
	iopasid_unit_unregister(&mock_unit);
	root_device_unregister(mock_unit.dev);
}
