// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: selftests/machine/selftest-includes-api.c */
/* expect: may not include include/iopasid/ */
#include <stdio.h>
#include <iopasid/domain.h>
