// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/unknown/no-room.c */
/* expect: no room */
