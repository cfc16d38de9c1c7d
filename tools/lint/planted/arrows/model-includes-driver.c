// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/vtd-model/model-includes-driver.c */
/* expect: may not include drivers/vtd/ */
#include "../vtd/vtd-bits.h"
