// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/dsa/dsa-includes-provider.c */
/* expect: for the core and for drivers of IOMMUs */
#include <iopasid/provider.h>
