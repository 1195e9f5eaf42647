#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cross.sh: what a static arm64 program is linked with and no package installs
# beside an x86 system: libjson-c, its headers and its archive. Fetched once,
# from this system's own suite, into ${DEFLECT_CACHE:-build/cache}/arm64, whose
# path is printed. Exit: 0, 3 it cannot be had.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
. "$root/harness/boot/say.sh" || exit 3
. "$root/harness/boot/archive.sh" || exit 3

cache=${DEFLECT_CACHE:-$root/build/cache}
mkdir -p "$cache" || die "cannot create $cache: set DEFLECT_CACHE"
cache=$(cd "$cache" && pwd)
if ! [ -d "$cache/arm64" ]; then
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	[ -n "$suite" ] || die "/etc/os-release names no suite to take libjson-c from"
	tmp=$(mktemp -d "$cache/.new.arm64.XXXXXX") || exit 3
	trap 'rm -rf "$tmp"' EXIT
	say "fetching libjson-c-dev for arm64 from $suite"
	archive_arch=arm64
	archive_open "$suite" "$tmp/apt" >&2
	archive_unpack "$tmp/tree" libjson-c-dev >&2
	mv -T "$tmp/tree" "$cache/arm64" 2>/dev/null || [ -d "$cache/arm64" ] || exit 3
fi
echo "$cache/arm64"
