/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What models of devices, and drivers of test endpoints, use of the software
 * VT-d unit: DMA from (source id, PASID) to an address.
 */
#ifndef _VTD_MODEL_ENDPOINT_H
#define _VTD_MODEL_ENDPOINT_H

#include <linux/bits.h>
#include <linux/device.h>
#include <linux/types.h>

/* The bus of devices behind software units */
extern const struct bus_type vtd_model_bus;

/* DMA without a PASID; 0 is a PASID like others */
#define VTD_MODEL_NO_PASID	(~0U)

/**
 * enum vtd_model_dma_flags - what a DMA is like
 * @VTD_MODEL_WRITE: device to memory; else memory to device
 * @VTD_MODEL_EXEC: the device wants to execute what it reads
 * @VTD_MODEL_PRIV: privileged mode requested
 * @VTD_MODEL_NO_ATS: untranslated even when ATS is on
 * @VTD_MODEL_NO_WAIT: do not send a page request and wait for it
 */
enum vtd_model_dma_flags {
	VTD_MODEL_WRITE		= BIT(0),
	VTD_MODEL_EXEC		= BIT(1),
	VTD_MODEL_PRIV		= BIT(2),
	VTD_MODEL_NO_ATS	= BIT(3),
	VTD_MODEL_NO_WAIT	= BIT(4),
};

/**
 * vtd_model_dma() - an endpoint reads or writes memory
 * @dev: the endpoint, on vtd_model_bus
 * @pasid: its PASID, or VTD_MODEL_NO_PASID
 * @addr: first address
 * @buf: in the device
 * @size: bytes
 * @flags: enum vtd_model_dma_flags
 *
 * What is blocked after some pages has moved the pages before.
 *
 * Context: may sleep when ATS and PRI are on, unless VTD_MODEL_NO_WAIT; else any.
 * Return: 0; -EFAULT: blocked by the unit; -EIO: there is no memory at the
 * translated address; -EPERM: not allowed to the device (bus mastering off, a
 * PASID that is off or too wide); -ETIMEDOUT: no answer to a page request;
 * -EINTR: the caller is killed, between two pages or while it waits;
 * -EINVAL: @addr and @size wrap round; -ENODEV: not such a device.
 */
int vtd_model_dma(struct device *dev, u32 pasid, u64 addr, void *buf,
		  size_t size, unsigned int flags);

/**
 * vtd_model_set_master() - let an endpoint send DMA, or not
 * @dev: the endpoint
 * @on: whether
 *
 * Off at first; switched off when its driver is unbound. When it is off on
 * return, no DMA is under way.
 *
 * Context: any.
 * Return: 0, -ENODEV.
 */
int vtd_model_set_master(struct device *dev, bool on);

#endif /* _VTD_MODEL_ENDPOINT_H */
