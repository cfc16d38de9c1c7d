# SPDX-License-Identifier: GPL-2.0-only
# planted-as: tools/place.sh
# expect: path of one machine
cd @PLACE@/iopasid
