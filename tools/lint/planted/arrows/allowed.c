// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/dma/allowed.c */
/* expect: nothing */
#include <iopasid/provider.h>
#include "../core/core.h"
#include "dma.h"
/* #include "../vtd/vtd.h" */
