// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bus mastering of an endpoint, which nobody switches on again when its driver goes.
 */
#include <linux/cleanup.h>
#include <linux/errno.h>

#include <vtd-model/endpoint.h>

#include "endpoint.h"

/**
 * endpoint_master_init() - before anybody else has it
 * @master: zeroed memory
 * @dev: the endpoint
 */
void endpoint_master_init(struct endpoint_master *master, struct device *dev)
{
	master->dev = dev;
	mutex_init(&master->lock);
}

/**
 * endpoint_master_set() - let the device send DMA, or not
 * @master: the device's
 * @on: whether
 *
 * Context: sleeps.
 * Return: 0, -ENODEV: the driver goes.
 */
int endpoint_master_set(struct endpoint_master *master, bool on)
{
	guard(mutex)(&master->lock);
	if (master->leaving)
		return -ENODEV;
	return vtd_model_set_master(master->dev, on);
}

/**
 * endpoint_master_leave() - the driver goes
 * @master: the device's
 *
 * No DMA is under way afterwards, and none comes.
 *
 * Context: sleeps.
 */
void endpoint_master_leave(struct endpoint_master *master)
{
	guard(mutex)(&master->lock);
	master->leaving = true;
	vtd_model_set_master(master->dev, false);
}
