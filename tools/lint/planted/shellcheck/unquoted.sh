# SPDX-License-Identifier: GPL-2.0-only
# planted-as: tools/unquoted.sh
# expect: SC2086|SC2164|SC2115
# shellcheck shell=bash
cd "$1"
rm -r "$2/"*
