#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# initrd.sh -o OUT -k KERNELDIR -v amd|intel -d DEFLECT
#           [-p 'MODULE PARAM=VALUE...']... [-f HOSTFILE=/PATH]... -- ARGS...
#
# Builds the initramfs (uncompressed newc cpio) that a machine boots:
#   /init           DEFLECT, a static program
#   /modules/*.ko   KVM for one vendor and what it needs, from KERNELDIR
#   /modules.list   one module a line, in load order: FILE.ko PARAM=VALUE ...
#   /args           what deflect shall do there, one argument a line
#   /PATH           each file added with -f
# OUT is replaced in one step. Exit: 0, 2 usage, 3 it cannot be built.
set -u

say() { echo "initrd.sh: $*" >&2; }
die() { say "$*"; exit 3; }
usage() {
	say "usage: -o OUT -k KERNELDIR -v amd|intel -d DEFLECT" \
		"[-p 'MODULE PARAM=VALUE'] [-f HOSTFILE=/PATH] -- ARGS"
	exit 2
}

out='' kernel='' vendor='' deflect='' params=() files=()
while getopts o:k:v:d:p:f: opt; do
	case $opt in
	o) out=$OPTARG ;;
	k) kernel=$OPTARG ;;
	v) vendor=$OPTARG ;;
	d) deflect=$OPTARG ;;
	p) params+=("$OPTARG") ;;
	f) files+=("$OPTARG") ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
case $vendor in amd|intel) ;; *) usage ;; esac
[ -n "$out" ] && [ -n "$kernel" ] && [ -n "$deflect" ] || usage
[ -f "$kernel/load.$vendor" ] ||
	die "$kernel is not a prepared kernel: make one with kernel.sh"
[ -f "$deflect" ] || die "$deflect is missing: build it"
command -v cpio >/dev/null || die "cpio is missing: install cpio"

tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 3' INT TERM HUP
tree=$tmp/tree

# A directory for every mount point; /dev/console is made by the kernel.
mkdir -p "$tree"/{proc,sys,dev,tmp,modules} &&
	install -m 755 "$deflect" "$tree/init" || exit 3

declare -A param=()
for p in "${params[@]}"; do
	read -r name values <<<"$p"
	name=${name//-/_}
	param[$name]="${param[$name]-} $values"
done
while read -r ko; do
	cp "$kernel/modules/$ko" "$tree/modules/" || exit 3
	name=${ko%.ko}
	name=${name//-/_}
	echo "$ko${param[$name]-}"
	unset "param[$name]"
done <"$kernel/load.$vendor" >"$tree/modules.list" || exit 3
[ ${#param[@]} = 0 ] || die "no module ${!param[*]} in $kernel/load.$vendor:" \
	"if it is built in, give machine.sh -a '${!param[*]}.PARAM=VALUE'"

for arg; do
	case $arg in *$'\n'*) die "an argument holds a newline: $arg" ;; esac
	echo "$arg"
done >"$tree/args"

for f in "${files[@]}"; do
	case $f in *=/*) ;; *) usage ;; esac
	install -D -m 644 "${f%%=/*}" "$tree/${f#*=/}" ||
		die "cannot add ${f%%=/*}"
done

(cd "$tree" && find . -mindepth 1 | sort |
	cpio --quiet -o -H newc -R 0:0) >"$tmp/initrd" || die "cpio failed"
# Beside OUT first, so that it appears in one step.
cp "$tmp/initrd" "$out.$$" && mv "$out.$$" "$out" || die "cannot write $out"
