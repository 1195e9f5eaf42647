#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh KERNEL                    a stock Debian cloud kernel, by its line
# kernel.sh DIRECTORY                 a kernel that is already prepared
# kernel.sh -p OUT VMLINUZ MODULES    prepare a kernel of your own in OUT;
#                                     MODULES is its INSTALL_MOD_PATH
#
# Prints the directory of the prepared kernel on stdout, all else on stderr:
#   vmlinuz release package [config]  image, uname -r, what was used
#   modules/*.ko                      KVM and what it depends on, decompressed
#   load.amd load.intel               their file names in load order
# KERNEL is one of archive.sh's table. It is fetched once, as said there, into
# ${DEFLECT_CACHE:-build/cache}/kernels/KERNEL; remove that directory to get the
# newest again. With it in place there is no network access. Safe to run
# twice at once and to kill. Exit: 0, 2 usage, 3 it cannot be had.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3

say() { echo "kernel.sh: $*" >&2; }
die() { say "$*"; exit 3; }
usage() {
	say "usage: KERNEL|DIRECTORY, or -p OUT VMLINUZ MODULES; KERNEL is" \
		"$(archive_kernels)"
	exit 2
}
need() { command -v "$1" >/dev/null || die "$1 is missing: install $2"; }
. "$root/harness/boot/archive.sh" || exit 3

is_prepared() {
	[ -s "$1/vmlinuz" ] && [ -s "$1/release" ] && [ -d "$1/modules" ] &&
		[ -f "$1/load.amd" ] && [ -f "$1/load.intel" ]
}

decompress() {	# FROM TO
	case $1 in
	*.xz)	xz -dc "$1" >"$2" ;;
	*.zst)	zstd -dcq "$1" >"$2" ;;
	*.gz)	gzip -dc "$1" >"$2" ;;
	*)	cp "$1" "$2" ;;
	esac
}

# Cut off a module's appended signature: the module's end is its length (a
# big-endian word), then a 28-byte magic. Checking signatures costs an
# emulated CPU more than the rest of loading KVM: 8 s a boot under Bochs. The
# code stays the same; the kernel is tainted E.
unsign() {	# FILE
	local length

	tail -c 28 "$1" | grep -qa '^~Module signature appended~$' || return 0
	length=$(tail -c 32 "$1" | head -c 4 | od -An -tx1 | tr -d ' ')
	truncate -s "-$((0x$length + 40))" "$1"
}

# The files to load for module $2, dependencies first, from directory $1 of
# the kernel's modules; nothing when it is built in.
load_order() {
	grep -q "/$2\.ko\$" "$1/modules.builtin" 2>/dev/null && return
	awk -F: -v m="/$2.ko" 'index($1, m) {
		n = split($2, dep, " ")
		for (i = n; i; i--) print dep[i]
		print $1; found = 1
	} END { exit !found }' "$1/modules.dep"
}

prepare() {	# OUT VMLINUZ MODULES: fill OUT, which may hold a config
	local out=$1 dir vendor file name

	set -- "$2" "$3"/lib/modules/*/modules.order
	[ $# = 2 ] && [ -f "$2" ] ||
		die "no lib/modules/RELEASE in the modules given: want exactly one"
	dir=${2%/*}
	need depmod kmod
	mkdir -p "$out/modules" && cp "$1" "$out/vmlinuz" &&
		basename "$dir" >"$out/release" || die "cannot write $out"
	depmod -b "${dir%/lib/modules/*}" "${dir##*/}" ||
		die "depmod failed on $dir"
	for vendor in amd intel; do
		load_order "$dir" kvm-$vendor >"$out/list" ||
			die "no kvm-$vendor module in $dir: enable CONFIG_KVM_${vendor^^}"
		while read -r file; do
			name=${file##*/}
			name=${name%.ko*}.ko
			decompress "$dir/$file" "$out/modules/$name" ||
				die "cannot decompress $dir/$file"
			if grep -qs "^# CONFIG_MODULE_SIG_FORCE is not" \
					"$out/config"; then
				unsign "$out/modules/$name"
			fi
			echo "$name"
		done <"$out/list" >"$out/load.$vendor" || exit 3
	done
	rm "$out/list"
}

fetch() {	# KERNEL SUITE OUT TMP: download, unpack, prepare OUT
	local kernel=$1 suite=$2 out=$3 apt=$4/apt tree=$4/tree
	local image packages

	say "$kernel: looking for the cloud kernel of $suite"
	archive_open "$suite" "$apt"
	image=$(archive_depends linux-image-cloud-amd64 | grep '^linux-image-')
	[ -n "$image" ] || die "$suite has no linux-image-cloud-amd64"
	packages="$image $(archive_depends "$image" |
		grep -E '^linux-(base|binary|modules)-.*-cloud-amd64$')"
	say "$kernel: fetching" $packages
	# shellcheck disable=SC2086	# a list
	archive_unpack "$tree" $packages
	[ -d "$tree/lib" ] || ln -s usr/lib "$tree/lib"

	mkdir "$out"
	cp "$tree"/boot/config-* "$out/config" 2>/dev/null ||
		cp "$tree"/lib/modules/*/config "$out/config" 2>/dev/null
	prepare "$out" "$(ls "$tree"/boot/vmlinuz-* \
		"$tree"/lib/modules/*/vmlinuz 2>/dev/null | head -n 1)" "$tree"
	apt-cache show "$image" | awk '/^Package:/ { p = $2 }
		/^Version:/ { print p, $2; exit }' >"$out/package"
	case $(cat "$out/release") in
	"$kernel"[.-]*) ;;
	*) [ "$kernel" = rc ] ||
		say "$kernel: $suite now has $(cat "$out/release")" ;;
	esac
}

case ${1-} in
''|-h|--help) usage ;;
-p)
	[ $# = 4 ] || usage
	mkdir "$2" || die "$2 must not exist yet"
	(prepare "$2" "$3" "$4") || { rm -r "$2"; exit 3; }
	echo "own kernel" >"$2/package"
	cd "$2" && pwd
	exit ;;
esac
[ $# = 1 ] || usage
if [ -d "$1" ]; then
	is_prepared "$1" || die "$1 is not a prepared kernel: it needs vmlinuz," \
		"release, modules/, load.amd, load.intel (make one with -p)"
	cd "$1" && pwd
	exit
fi
suite=$(archive_suite "$1")
[ -n "$suite" ] || usage

cache=${DEFLECT_CACHE:-$root/build/cache}/kernels
mkdir -p "$cache" || die "cannot create $cache: set DEFLECT_CACHE"
cache=$(cd "$cache" && pwd)
if ! is_prepared "$cache/$1"; then
	need flock util-linux
	exec 9>"$cache/.lock.$1"
	flock 9
fi
if ! is_prepared "$cache/$1"; then
	rm -rf "${cache:?}/$1" "$cache/.new.$1".*	# what a killed caller left
	tmp=$(mktemp -d "$cache/.new.$1.XXXXXX") || exit 3
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 3' INT TERM HUP
	fetch "$1" "$suite" "$tmp/kernel" "$tmp" >&2
	is_prepared "$tmp/kernel" || die "$1: incomplete, nothing kept"
	mv "$tmp/kernel" "$cache/$1" || exit 3
fi
echo "$cache/$1"
