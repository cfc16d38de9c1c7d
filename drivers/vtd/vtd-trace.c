// SPDX-License-Identifier: GPL-2.0-only
/* The trace events' code, once. Built with -I of this folder. */
#define CREATE_TRACE_POINTS
#include "trace-vtd.h"
