// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/edu/edu-includes-domain.c */
/* expect: may not include include/iopasid/domain.h */
#include <iopasid/dma-pasid.h>
#include <iopasid/domain.h>
