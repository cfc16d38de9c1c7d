#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Usage: initramfs.sh OUTPUT STAGE KERNEL MODULES-FOLDER
#
# Called by tools/vm/run: completes the folder STAGE (which already holds the
# tests and /etc) to a root file system and packs it into the cpio OUTPUT.
# KERNEL is a folder of CACHE/kernels; every .ko below MODULES-FOLDER goes in, and
# of the kernel's own modules those named below with what they depend on.
set -euo pipefail
# shellcheck source=tools/common.sh
. "$(dirname "$0")/../common.sh"

STOCK='nvme ahci sd_mod e1000e virtio_pci virtio_blk virtio_net configfs zram'

output=$1 stage=$2 kernel=$KERNELS/$3 ours=$4
release=$(<"$kernel/release")
modules=$stage/lib/modules/$release

# The path of a module in modules.dep and those of all that it depends on.
paths_of() {
	sed -nE "s,^((.*/)?${1//[_-]/[_-]}\.ko(\.[a-z]+)?): *(.*)\$,\1 \4,p" "$kernel/modules/modules.dep"
}

copy_module() {
	local from=$kernel/modules/$1 to=$modules/$1
	mkdir -p "${to%/*}"
	case $from in
	*.xz) xz -dc "$from" >"${to%.xz}" ;;
	*.zst) zstd -qdc "$from" >"${to%.zst}" ;;
	*) cp "$from" "$to" ;;
	esac
}

# depmod reads these; without them it warns about every module.
stock_modules() {
	local name path
	mkdir -p "$modules"
	cp "$kernel"/modules/modules.{order,builtin,builtin.modinfo} "$modules/"
	for name in $STOCK; do
		for path in $(paths_of "$name"); do
			copy_module "$path"
		done
	done
}

our_modules() {
	local file
	mkdir -p "$modules/extra"
	[ "$ours" = none ] && return
	find -L "$ours" -name '*.ko' -not -path '*/.*' | while read -r file; do
		[ ! -e "$modules/extra/${file##*/}" ] || die "two modules are called ${file##*/} below $ours"
		# Megabytes of it, which the guest would copy each time it loads one
		strip --strip-debug -o "$modules/extra/${file##*/}" "$file"
		case $file in
		*/kunit/*-kunit.ko) echo "${file##*/}" ;;
		esac
	done | sort >"$stage/etc/kunit-modules"
}

mkdir -p "$stage"/{bin,dev,proc,sys,tmp,root,etc,tests}
# It becomes the guest's root folder, where not everybody is root.
chmod 755 "$stage"
cp "$CACHE/guest/busybox" "$stage/bin/busybox"
cp "$CACHE/guest/insmod" "$stage/bin/insmod"
install -m 755 "$ROOT/tools/vm/guest-modprobe" "$stage/bin/modprobe"
install -m 755 "$ROOT/tools/vm/guest-ticks" "$stage/bin/ticks"
install -m 755 "$ROOT/tools/vm/init" "$stage/init"
cp "$ROOT/tools/vm/guest-lib.sh" "$stage/lib.sh"
stock_modules
our_modules
depmod -b "$stage" "$release"
(cd "$stage" && find . -print0 | cpio --quiet -0 -o -H newc -R 0:0) >"$output"
