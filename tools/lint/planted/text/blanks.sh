# SPDX-License-Identifier: GPL-2.0-only
# planted-as: tools/blanks.sh
# expect: white space
echo planted@BLANKS@
