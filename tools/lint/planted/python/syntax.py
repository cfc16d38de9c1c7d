# SPDX-License-Identifier: GPL-2.0-only
# planted-as: tools/syntax.py
# expect: invalid syntax|expected
def planted(:
    return 1
