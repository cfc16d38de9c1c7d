/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every case of page tables runs for both formats.
 */
#ifndef _VTD_PT_FORMATS_H
#define _VTD_PT_FORMATS_H

#include <kunit/test.h>

#include "../drivers/vtd/vtd-pt-bits.h"

static const struct vtd_pt_format * const formats[] = {
	&vtd_pt_second, &vtd_pt_first,
};

static void format_describe(const struct vtd_pt_format * const *format,
			    char *text)
{
	strscpy(text, (*format)->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(format, formats, format_describe);

#endif /* _VTD_PT_FORMATS_H */
