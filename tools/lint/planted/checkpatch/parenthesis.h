/* SPDX-License-Identifier: GPL-2.0-only */
/* planted-as: drivers/core/parenthesis.h */
/* expect: MACRO_ARG_PRECEDENCE */
#define planted_twice(value) (value * 2)
