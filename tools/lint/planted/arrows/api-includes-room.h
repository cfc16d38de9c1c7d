/* SPDX-License-Identifier: GPL-2.0-only */
/* planted-as: include/iopasid/api-includes-room.h */
/* expect: may not include drivers/core/ */
#include "../../drivers/core/core.h"
