#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# initrd.sh -o OUT -k KERNELDIR -v amd|intel|arm64 -d DEFLECT
#           [-f HOSTFILE=/PATH]... -- ARGS...
#
# Builds the initramfs (uncompressed newc cpio) that a machine boots:
#   /init           DEFLECT, a static program
#   /modules/*.ko   KVM for one vendor and what it needs, from KERNELDIR
#   /modules.list   their files in load order, one a line; their parameters are
#                   those on the kernel's command line, kvm.ignore_msrs=1
#   /args           what deflect shall do there, one argument a line
#   /PATH           each file added with -f
# OUT is replaced in one step. Exit: 0, 2 usage, 3 it cannot be built.
set -u

. "$(dirname "$(realpath "$0")")/say.sh" || exit 3
usage() {
	say "usage: -o OUT -k KERNELDIR -v amd|intel|arm64 -d DEFLECT" \
		"[-f HOSTFILE=/PATH] -- ARGS"
	exit 2
}

out='' kernel='' vendor='' deflect='' files=()
while getopts o:k:v:d:f: opt; do
	case $opt in
	o) out=$OPTARG ;;
	k) kernel=$OPTARG ;;
	v) vendor=$OPTARG ;;
	d) deflect=$OPTARG ;;
	f) files+=("$OPTARG") ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
case $vendor in amd|intel|arm64) ;; *) usage ;; esac
[ -n "$out" ] && [ -n "$kernel" ] && [ -n "$deflect" ] || usage
[ -f "$kernel/vmlinuz" ] ||
	die "$kernel is not a prepared kernel: make one with kernel.sh"
[ -f "$kernel/load.$vendor" ] ||
	die "this kernel has no kvm-$vendor: enable CONFIG_KVM_${vendor^^}, or" \
		"choose the other vendor"
[ -f "$deflect" ] || die "$deflect is missing: build it"
command -v cpio >/dev/null || die "cpio is missing: install cpio"

tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 3' INT TERM HUP
tree=$tmp/tree

# A directory for every mount point; /dev/console is made by the kernel.
mkdir -p "$tree"/{proc,sys,dev,tmp,modules} &&
	install -m 755 "$deflect" "$tree/init" || exit 3

while read -r ko; do
	cp "$kernel/modules/$ko" "$tree/modules/" || exit 3
done <"$kernel/load.$vendor"
cp "$kernel/load.$vendor" "$tree/modules.list" || exit 3

for arg; do
	case $arg in *$'\n'*) die "an argument holds a newline: $arg" ;; esac
	echo "$arg"
done >"$tree/args"

for f in "${files[@]}"; do
	case $f in *=/*) ;; *) usage ;; esac
	install -D -m 755 "${f%%=/*}" "$tree/${f#*=/}" ||
		die "cannot add ${f%%=/*}"
done

(cd "$tree" && find . -mindepth 1 | sort |
	cpio --quiet -o -H newc -R 0:0) >"$tmp/initrd" || die "cpio failed"
# Beside OUT first, so that it appears in one step.
cp "$tmp/initrd" "$out.$$" && mv "$out.$$" "$out" || die "cannot write $out"
