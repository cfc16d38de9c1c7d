/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_SLAB_H
#define _SHIM_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL		0
#define kzalloc(size, gfp)	calloc(1, size)
#define kcalloc(n, size, gfp)	calloc(n, size)
#define kfree(mem)		free(mem)

#endif /* _SHIM_SLAB_H */
