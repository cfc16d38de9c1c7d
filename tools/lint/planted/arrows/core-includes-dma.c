// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/core-includes-dma.c */
/* expect: may not include drivers/dma/ */
#include <linux/slab.h>
#include "../dma/dma.h"
