// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/vtd/vtd-includes-core.c */
/* expect: may not include drivers/core/ */
#include "../core/core.h"
