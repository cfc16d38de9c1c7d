/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library takes its error numbers from a header of this name, too. */
#include <asm/errno.h>
