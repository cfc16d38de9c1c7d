# SPDX-License-Identifier: GPL-2.0-only
# planted-as: tools/host.sh
# expect: where the user
wget http://@HOST@/debian/dists/
