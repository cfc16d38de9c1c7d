/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_BITFIELD_H
#define _SHIM_BITFIELD_H

#include <linux/bits.h>
#include <linux/types.h>

#define SHIM_SHIFT(mask)	__builtin_ctzll(mask)
#define FIELD_GET(mask, reg)	\
	((__typeof__(mask))(((reg) & (mask)) >> SHIM_SHIFT(mask)))
#define FIELD_PREP(mask, value)	\
	(((__typeof__(mask))(value) << SHIM_SHIFT(mask)) & (mask))
#define FIELD_FIT(mask, value)	\
	(!(((__typeof__(mask))(value) << SHIM_SHIFT(mask)) & ~(mask)))
#define FIELD_MAX(mask)		((mask) >> SHIM_SHIFT(mask))

#endif /* _SHIM_BITFIELD_H */
