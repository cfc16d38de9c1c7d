/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that are the same in the kernel and in user space.
 */
#ifndef _VTDM_RANDOM_H
#define _VTDM_RANDOM_H

#include <linux/types.h>

/* xorshift64; the seed is not 0 */
static inline u64 random_next(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline u32 random_below(u64 *state, u32 end)
{
	return (u32)(random_next(state) >> 32) % end;
}

static inline bool random_one_in(u64 *state, u32 n)
{
	return !random_below(state, n);
}

#endif /* _VTDM_RANDOM_H */
