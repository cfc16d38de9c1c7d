// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: parameters of the DMA API
 *
 * dma_mode chooses what the DMA domain of a group is when neither its
 * provider nor its sysfs attribute says otherwise; dma_pasid_min is where the
 * search for a DMA API PASID starts. Both are fixed at load. A value that
 * means nothing stops the load instead of being replaced by a guess.
 */
#define pr_fmt(fmt) "iopasid: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include <iopasid/pasid.h>

#include "../core/core.h"
#include "../core/dma-hooks.h"
#include "dma.h"

static char *dma_mode = "translated";
module_param(dma_mode, charp, 0444);
MODULE_PARM_DESC(dma_mode,
		 "How the DMA API of a group works by default: translated or identity");

static unsigned int dma_pasid_min = 1;
module_param(dma_pasid_min, uint, 0444);
MODULE_PARM_DESC(dma_pasid_min,
		 "Smallest number for a DMA API PASID, 1 to 1048575 (1)");

/**
 * iopasid_dma_init() - check the parameters
 *
 * Context: module load.
 * Return: 0; -EINVAL when a parameter's value means nothing.
 */
int iopasid_dma_init(void)
{
	if (strcmp(dma_mode, "translated") && strcmp(dma_mode, "identity")) {
		pr_err("dma_mode=%s: must be translated or identity\n",
		       dma_mode);
		return -EINVAL;
	}
	if (!dma_pasid_min || dma_pasid_min > IOPASID_PASID_LAST) {
		pr_err("dma_pasid_min=%u: must be 1 to %u\n", dma_pasid_min,
		       IOPASID_PASID_LAST);
		return -EINVAL;
	}
	return 0;
}

/**
 * iopasid_dma_default_type() - what a DMA domain is unless someone says
 *
 * Context: any.
 * Return: IOPASID_DOMAIN_PAGING or IOPASID_DOMAIN_IDENTITY.
 */
enum iopasid_domain_type iopasid_dma_default_type(void)
{
	return strcmp(dma_mode, "identity") ? IOPASID_DOMAIN_PAGING :
					      IOPASID_DOMAIN_IDENTITY;
}

/**
 * iopasid_dma_pasid_min() - where the search for a DMA API PASID starts
 *
 * Context: any.
 * Return: a number from 1 to IOPASID_PASID_LAST.
 */
u32 iopasid_dma_pasid_min(void)
{
	return dma_pasid_min;
}
EXPORT_SYMBOL_IF_KUNIT(iopasid_dma_pasid_min);
