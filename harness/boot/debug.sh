#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debug.sh: builds the kernel `debug` from the archive's source of 6.12 and
# debug.config: KVM of both vendors built in, with KASAN, lockdep, kmemleak,
# KVM's own assertions and KCOV of KVM alone, and little else. Prints its
# directory in the cache, where it stays until this or debug.config changes;
# remove it to have it built from the newest source. Exit: 0, 3 it cannot be
# built, with one line that says why.
set -u
export LC_ALL=C

line=6.12
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
boot=$root/harness/boot
. "$boot/say.sh" || exit 3
. "$boot/archive.sh" || exit 3

# The options of debug.config that the source does not know or refuses.
refused() {	# CONFIG
	grep '^CONFIG_\|^# CONFIG_' "$boot/debug.config" | grep -vxFf "$1" |
		sed 's/[# ]*CONFIG_\([A-Z0-9_]*\).*/\1/' | tr '\n' ' '
}

build() {	# TMP: leaves a built tree in TMP/tree
	local source=linux-source-$line version options log=$1/log

	archive_open "$(archive_suite $line)" "$1/apt"
	version=$(apt-cache show $source | sed -n 's/^Version: //p' | sort -V |
		tail -n 1)
	say "fetching $source $version"
	archive_unpack "$1/packages" "$source=$version"
	say "unpacking"
	mkdir "$1/tree" && tar -C "$1/tree" --strip-components=1 --wildcards \
		--exclude='*/Documentation/*/*' --exclude='*/drivers/gpu/drm/*.[ch]' \
		-xf "$1/packages/usr/src/$source.tar.xz" || die "cannot unpack $source"
	echo 'KCOV_INSTRUMENT := y' >>"$1/tree/arch/x86/kvm/Makefile" || exit 3
	say "building, some minutes"
	make -s -C "$1/tree" KCONFIG_ALLCONFIG="$boot/debug.config" allnoconfig \
		>"$log" 2>&1 || die "allnoconfig failed: $(tail -n 1 "$log")"
	options=$(refused "$1/tree/.config")
	[ -z "$options" ] || die "$source $version does not take ${options}as" \
		"debug.config has them"
	nice make -s -C "$1/tree" -j"$(nproc)" bzImage >"$log" 2>&1 </dev/null ||
		die "it does not build: $(grep -m1 -i 'error' "$log")"
	echo "$source $version with debug.config" >"$1/package"
}

for tool in gcc make flex bison bc xz tar; do
	need $tool "$tool, or run make packages-kmod"
done
need flock util-linux
cache=${DEFLECT_CACHE:-$root/build/cache}/kernels
mkdir -p "$cache" || die "cannot create $cache: set DEFLECT_CACHE"
cache=$(cd "$cache" && pwd)
exec 9>"$cache/.lock.debug"
flock 9
key=$(cat "$boot/debug.config" "$boot/debug.sh" | sha256sum)
if [ "$(cat "$cache/debug/key" 2>/dev/null)" != "$key" ]; then
	rm -rf "$cache"/.new.debug.*	# what a killed one left
	tmp=$(mktemp -d "$cache/.new.debug.XXXXXX") || exit 3
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 3' INT TERM HUP
	free=$(df --output=avail -k "$tmp" | tail -n 1)
	[ "$free" -ge 4000000 ] || die "no space: it needs 4 GB in $cache, there" \
		"are $((free / 1000)) MB; set DEFLECT_CACHE"
	build "$tmp" >&2
	kernel=$("$boot/kernel.sh" "$tmp/tree") || exit 3
	cp "$tmp/package" "$kernel/package" && echo "$key" >"$kernel/key" || exit 3
	rm -rf "$cache/debug"
	mv "$kernel" "$cache/debug" || exit 3
fi
echo "$cache/debug"
