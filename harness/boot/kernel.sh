#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh [-a arm64] LINE    a stock Debian cloud kernel, or the debug kernel
# kernel.sh [-a arm64] PATH    a kernel of your own: a build tree, a bzImage (an
#                   Image), a .deb, the root directory of an installed or
#                   unpacked one
#
# Prints the directory of the prepared kernel on stdout, all else on stderr:
#   vmlinuz release package [config]  image, uname -r, what was used
#   modules/*.ko                      KVM and what it depends on, decompressed
#   load.amd load.intel load.arm64    their file names in load order, nothing if
#                                     KVM is built in; one is missing where the
#                                     kernel lacks that vendor's half
# A PATH may be such a directory. LINE is one of archive.sh's table. It is
# fetched once, as said there, into ${DEFLECT_CACHE:-build/cache}/kernels/LINE
# (LINE-arm64); remove that directory to get the newest again. With it in place there is no
# network access. One's own kernels stand beside them, by content, the last
# eight. Safe to run twice at once and to kill. Exit: 0, 2 usage, 3 it cannot
# be had.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
. "$root/harness/boot/say.sh" || exit 3
. "$root/harness/boot/archive.sh" || exit 3
. "$root/harness/boot/image.sh" || exit 3
. "$root/harness/boot/own.sh" || exit 3

usage() {
	say "${1:+$1 is neither a file nor a known kernel; }want one of" \
		$(archive_kernels) "debug, or the path of a kernel of your own"
	exit 2
}

is_prepared() {
	[ -s "$1/vmlinuz" ] && [ -s "$1/release" ] && [ -d "$1/modules" ] &&
		compgen -G "$1/load.*" >/dev/null
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

# The files to load for module $2, dependencies first, by the modules.dep $3 of
# the kernel's modules in $1; nothing when it is built in, status 1 when it is
# not there at all.
load_order() {
	grep -qs "/$2\.ko\$" "$1/modules.builtin" && return
	awk -F: -v m="/$2.ko" 'index($1, m) {
		n = split($2, dep, " ")
		for (i = n; i; i--) print dep[i]
		print $1; found = 1
	} END { exit !found }' "$3"
}

# Fill OUT, which holds the config if it is known. MODULES is the kernel's
# lib/modules/RELEASE; without it, KVM can only be built in.
prepare() {	# OUT IMAGE MODULES
	local out=$1 dir=$3 release vendor state file name

	image_check_$arch "$2"
	release=$(image_release_$arch "$2")
	[ "${dir##*/}" = "$release" ] || [ -z "$dir" ] ||
		die "$2 is $release, its modules are of ${dir##*/}: build both"
	mkdir -p "$out/modules" && cp "$2" "$out/vmlinuz" &&
		echo "$release" >"$out/release" || die "cannot write $out"
	if [ -n "$dir" ]; then
		need depmod kmod
		depmod -n -b "${dir%/lib/modules/*}" "$release" >"$out/dep" \
			2>"$out/log" || die "depmod failed on $dir: $(tail -n 1 "$out/log")"
	fi
	for vendor in $vendors; do
		# m: the modules tell; y: there is nothing to load
		state=${dir:+m}
		if [ -f "$out/config" ]; then
			state=$(own_kvm "$out/config" $vendor)
			[ -n "$state" ] || continue
		fi
		: >"$out/list"
		[ "$state" != m ] ||
			load_order "$dir" kvm-$vendor "$out/dep" >"$out/list" ||
			continue
		while read -r file; do
			name=${file##*/}
			name=${name%.ko*}.ko
			decompress "$dir/$file" "$out/modules/$name" ||
				die "cannot decompress $dir/$file"
			if [ -f "$out/config" ] && [ -z "$(own_config \
					"$out/config" MODULE_SIG_FORCE)" ]; then
				unsign "$out/modules/$name"
				# a debugger's sections are ten times the rest
				! grep -qa '\.debug_info' "$out/modules/$name" ||
					strip --strip-debug "$out/modules/$name"
			fi
			echo "$name"
		done <"$out/list" >"$out/load.$vendor" || exit 3
	done
	compgen -G "$out/load.*" >/dev/null ||
		die "$2 has no KVM in it: no kvm-amd or kvm-intel among its modules"
	rm -f "$out/list" "$out/dep" "$out/log"
}

fetch() {	# KERNEL SUITE OUT TMP: download, unpack, prepare OUT
	local kernel=$1 suite=$2 out=$3 apt=$4/apt tree=$4/tree
	local image packages

	say "$kernel: looking for the cloud kernel of $suite"
	archive_open "$suite" "$apt"
	image=$(archive_depends "linux-image-cloud-$archive_arch" | grep '^linux-image-')
	[ -n "$image" ] || die "$suite has no linux-image-cloud-$archive_arch"
	packages="$image $(archive_depends "$image" |
		grep -E "^linux-(base|binary|modules)-.*-cloud-$archive_arch\$")"
	say "$kernel: fetching" $packages
	# shellcheck disable=SC2086	# a list
	archive_unpack "$tree" $packages
	own_root "$tree" "$out" "$image"
	apt-cache show "$image" | awk '/^Package:/ { p = $2 }
		/^Version:/ { print p, $2; exit }' >"$out/package"
	case $(cat "$out/release") in
	"$kernel"[.-]*) ;;
	*) [ "$kernel" = rc ] ||
		say "$kernel: $suite now has $(cat "$out/release")" ;;
	esac
}

arch=x86 vendors='amd intel' suffix=
if [ "${1-}" = -a ]; then
	[ "${2-}" = arm64 ] || usage "$2"
	arch=arm64 vendors=arm64 suffix=-arm64 archive_arch=arm64
	shift 2
fi
[ $# = 1 ] || usage
suite=$(archive_suite "$1")
[ -n "$suite" ] || [ "$1" = debug ] || [ -e "$1" ] || usage "$1"
if [ -d "$1" ] && is_prepared "$1"; then
	cd "$1" && pwd
	exit
fi
cache=${DEFLECT_CACHE:-$root/build/cache}/kernels
mkdir -p "$cache" || die "cannot create $cache: set DEFLECT_CACHE"
cache=$(cd "$cache" && pwd)
if is_prepared "$cache/$1$suffix" && [[ $1 != */* ]]; then
	echo "$cache/$1$suffix"
	exit
fi
[ "$1" != debug ] || die "the debug kernel is not built: make debug-kernel"

need flock util-linux
name=${suite:+$1$suffix}
name=${name:-own}
exec 9>"$cache/.lock.$name"
flock 9
if [ $name != own ] && is_prepared "$cache/$name"; then
	echo "$cache/$name"	# somebody else made it
	exit
fi
rm -rf "$cache/.new.$name".*	# what a killed caller left
tmp=$(mktemp -d "$cache/.new.$name.XXXXXX") || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 3' INT TERM HUP
mkdir "$tmp/kernel"
if [ $name = own ]; then
	own_prepare "$1" "$tmp/kernel" "$tmp" >&2
	echo "own kernel $(realpath "$1")" >"$tmp/kernel/package"
	name=own.$(cd "$tmp/kernel" && find . -type f -exec sha256sum {} + | sort |
		sha256sum | cut -c1-12)
	# shellcheck disable=SC2012	# names of our own making
	(cd "$cache" && ls -dt own.* 2>/dev/null | tail -n +8 | xargs -r rm -r)
else
	fetch "$1" "$suite" "$tmp/kernel" "$tmp" >&2
fi
is_prepared "$tmp/kernel" || die "$1: incomplete, nothing kept"
if is_prepared "$cache/$name"; then
	touch "$cache/$name"
else
	rm -rf "${cache:?}/$name"
	mv "$tmp/kernel" "$cache/$name" || exit 3
fi
echo "$cache/$name"
