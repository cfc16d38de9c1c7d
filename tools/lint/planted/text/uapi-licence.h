/* SPDX-License-Identifier: GPL-2.0-only */
/* planted-as: include/uapi/iopasid/uapi-licence.h */
/* expect: not GPL-2.0-only WITH */
struct planted;
