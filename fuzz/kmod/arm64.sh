#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# arm64.sh: what do the arm64 suites miss? KVM is no module there, so each
# mutant of suites/mutants/arm64/ is a kernel: the smallest one with KVM, from
# the source of the stock kernel, built with clang and lld. From the environment:
#   ONLY     a pattern of names
#   RESULTS  where the results go (results/mutants/arm64)
# The kernel as it is must pass. Then a line for each mutant: the cases that
# notice it, or SURVIVES. What is known to this very program and edit is not run
# again. Source and objects stay in ${DEFLECT_CACHE:-build/cache}/kmod.
# Exit: 0 all noticed, 1 some survive, 3 an error.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
boot=$root/harness/boot
. "$boot/say.sh" || exit 3
. "$boot/archive.sh" || exit 3
deflect=$root/build/arm64/deflect
results=$(realpath -m "${RESULTS:-$root/results/mutants/arm64}")
mutants=$root/suites/mutants/arm64

stock=$("$boot/kernel.sh" -a arm64 6.1) || exit 3
version=$(cut -d' ' -f2 "$stock/package")
cache=${DEFLECT_CACHE:-$root/build/cache}/kmod
mkdir -p "$cache" "$results" || exit 3
cache=$(cd "$cache" && pwd)
exec 9>"$cache/lock.arm64"
flock 9

# The source, all of it: what a tiny kernel reads is not known in advance.
src=$cache/arm64-$version
if ! [ -f "$src/Makefile" ]; then
	say "fetching linux-source-6.1 $version"
	rm -rf "$cache/.new.arm64"
	mkdir "$cache/.new.arm64"
	archive_open "$(archive_suite 6.1)" "$cache/.new.arm64/apt" >&2
	archive_unpack "$cache/.new.arm64/deb" "linux-source-6.1=$version" >&2
	mkdir "$cache/.new.arm64/src" &&
		tar -C "$cache/.new.arm64/src" --strip-components=1 \
			-xf "$cache/.new.arm64/deb/usr/src/linux-source-6.1.tar.xz" &&
		mv "$cache/.new.arm64/src" "$src" || die "cannot unpack the source"
	rm -rf "$cache/.new.arm64"
fi

# What an edit changed, as it was; a killed run leaves its copy.
restore() {
	[ -d "$src.orig" ] || return 0
	(cd "$src.orig" && find . -type f) | while read -r file; do
		cmp -s "$src.orig/$file" "$src/$file" ||
			cp "$src.orig/$file" "$src/$file" || exit 3
	done
	rm -rf "$src.orig"
}

keep() {	# EDIT
	sed -n 's/^file: *//p' "$1" | while read -r file; do
		mkdir -p "$src.orig/${file%/*}" &&
			cp "$src/$file" "$src.orig/$file" || exit 3
	done
}

llvm=$(clang --version | sed -n 's/.*clang version \([0-9]*\).*/-\1/p')
make_kernel() { make -s -C "$src" ARCH=arm64 "LLVM=$llvm" "$@"; }

# Image as a directory that run.sh takes.
build() {	# DIR
	make_kernel -j"$(nproc)" Image >"$results/build.log" 2>&1 ||
		die "the kernel does not build: $(grep -m1 'error' "$results/build.log")"
	mkdir -p "$1/modules" && cp "$src/arch/arm64/boot/Image" "$1/vmlinuz" &&
		cp "$src/.config" "$1/config" && : >"$1/load.arm64" &&
		make_kernel kernelrelease >"$1/release" &&
		echo "tiny arm64 $version" >"$1/package" || exit 3
}

# Cases that fail and nobody expected to, in $1/noticed.
run() {	# KERNELDIR DIR
	mkdir -p "$2"
	"$boot/run.sh" arm64 "$1" "$2" >"$2/out.tap" 2>"$2/err.log"
	case $? in
	0|1) ;;
	*) [ -s "$2/results.json" ] || die "$(tail -n 1 "$2/err.log")" ;;
	esac
	sed -n '/# TODO/d; s/^not ok [0-9]* - //p' "$2/out.tap" >"$2/noticed"
}

restore
if ! cmp -s "$root/fuzz/kmod/arm64.config" "$src/.fragment"; then
	make_kernel tinyconfig >/dev/null &&
		"$src/scripts/kconfig/merge_config.sh" -m -O "$src" "$src/.config" \
			"$root/fuzz/kmod/arm64.config" >/dev/null &&
		make_kernel olddefconfig >/dev/null &&
		cp "$root/fuzz/kmod/arm64.config" "$src/.fragment" || exit 3
fi
tmp=$(mktemp -d) || exit 3
trap 'restore; rm -rf "$tmp"' EXIT
trap 'exit 3' INT TERM HUP

build "$tmp/plain"
run "$tmp/plain" "$results/plain"
[ ! -s "$results/plain/noticed" ] ||
	die "the kernel as it is fails $(head -n 1 "$results/plain/noticed")"
grep -q '^# [1-9][0-9]* passed' "$results/plain/out.tap" ||
	die "the kernel as it is: $(tail -n 1 "$results/plain/out.tap")"

survive=0 total=0
for edit in "$mutants"/${ONLY:-*}.mut; do
	name=$(basename "$edit" .mut)
	dir=$results/$name
	if grep -q '^# needs:' "$edit"; then
		echo "$name not run: needs $(sed -n 's/^# needs: //p' "$edit")"
		continue
	fi
	key=$(cat "$deflect" "$edit" | sha256sum)
	if [ "$(cat "$dir/key" 2>/dev/null)" != "$key" ]; then
		keep "$edit"
		"$root/fuzz/kmod/apply.sh" "$edit" "$src" >"$tmp/diff" || exit 3
		build "$tmp/mutant"
		run "$tmp/mutant" "$dir"
		restore
		echo "$key" >"$dir/key"
	fi
	total=$((total + 1))
	n=$(wc -l <"$dir/noticed")
	if [ "$n" = 0 ]; then
		survive=$((survive + 1))
		echo "$name SURVIVES"
	else
		echo "$name $n: $(head -n 3 "$dir/noticed" | tr '\n' ' ')"
	fi
done
echo "# $((total - survive)) of $total noticed"
[ $survive = 0 ]
