#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tree.sh KERNEL
#
# The kernel source that a prepared kernel was built from, ready for building
# modules: configured as the image is, `make modules_prepare` done. KERNEL is
# - one that kernel.sh knows, or the directory of a stock kernel it prepared:
#   source and headers of the same version come from the archive; another
#   version is refused, since only equal ones have equal structures for sure;
# - a kernel tree of your own, built: .config, Module.symvers, bzImage, modules.
#   It is used where it is and not written to.
# Prints a directory that holds
#   tree      the source, for reading only
#   kernel    the prepared kernel that belongs to it
#   make      the variables every make in it needs, one a line
# and stays in ${DEFLECT_CACHE:-build/cache}/kmod. What only the compiler
# decides may differ from the image's configuration, nothing else may.
# Exit: 0, 2 usage, 3 it cannot be had, with one line that says why.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
boot=$root/harness/boot
. "$boot/say.sh" || exit 3
. "$boot/archive.sh" || exit 3

# Of the source, what modules_prepare, KVM and KVM's selftests read.
unpack() {	# SOURCE.tar.xz DIR
	local dir name=${1##*/} leave_out=()

	name=${name%.tar.xz}
	leave_out=("$name/Documentation/*/*" "$name/arch/*/boot/dts/*")
	for dir in drivers sound fs net; do
		leave_out+=("$name/$dir/*.[chS]")
	done
	mkdir "$2" && tar -C "$2" -xf "$1" --strip-components=1 --anchored \
		--wildcards "${leave_out[@]/#/--exclude=}"
}

# What make needs to build as the image was built. The version of pahole
# decides options that change structures; it itself is never run.
variables() {	# DIR CONFIG
	local version

	version=$(sed -n 's/^CONFIG_PAHOLE_VERSION=\(.\)\(.*\)/v\1.\2/p' "$2")
	printf '#!/bin/sh\necho %s\n' "${version:-v0.0}" >"$1/pahole"
	chmod +x "$1/pahole"
	cat <<-END
	ARCH=x86
	KERNELRELEASE=$(cat "$1/kernel/release")
	END
}

# Options of CONFIG that differ from OTHER's and that no compiler decides.
config_skew() {	# CONFIG OTHER
	diff <(grep '^CONFIG_' "$1" | sort) <(grep '^CONFIG_' "$2" | sort) |
		sed -n 's/^[<>] CONFIG_\([^=]*\)=.*/\1/p' | sort -u |
		grep -Ev '^(CC|G?CC[0-9]*|CLANG|AS|LD|LLD|PAHOLE|RUSTC?|BINDGEN|OPENSSL)(_|$)'
}

stock() {	# KERNEL SUITE IMAGE VERSION DIR: fill DIR
	local kernel=$1 suite=$2 version=$4 dir=$5
	local release source headers skew have tmp=$5/tmp

	release=$(cat "$kernel/release")
	source=linux-source-$(grep -o '^[0-9]*\.[0-9]*' <<<"$release")
	headers=linux-headers-$release
	have=$(df --output=avail -k "$dir" | tail -n 1)
	[ "$have" -ge 2000000 ] || die "no space: $source needs 2 GB in $dir," \
		"there are $((have / 1000)) MB; set DEFLECT_CACHE"
	mkdir "$tmp"
	say "$release: fetching $source and $headers $version"
	archive_open "$suite" "$tmp/apt"
	apt-cache show "$source=$version" "$headers=$version" >/dev/null 2>&1 ||
		die "version skew: the image is $version, the archive has" \
			"$source $(apt-cache show "$source" |
			sed -n 's/^Version: //p' | sort -uV | tail -n 1);" \
			"remove $kernel to fetch the newest image"
	archive_unpack "$tmp/packages" "$source=$version" "$headers=$version"
	headers=$tmp/packages/usr/src/$headers
	say "$release: unpacking and preparing"
	unpack "$tmp/packages/usr/src/$source.tar.xz" "$dir/tree" ||
		die "cannot unpack $source in $dir"
	cp "$headers/.config" "$dir/tree/.config" &&
		grep -v '	arch/x86/kvm/' "$headers/Module.symvers" \
			>"$dir/tree/Module.symvers" || exit 3
	variables "$dir" "$headers/.config" >"$dir/make"
	mapfile -t vars <"$dir/make"
	make -s -C "$dir/tree" -j"$(nproc)" "${vars[@]}" \
		PAHOLE="$dir/pahole" modules_prepare >"$log" 2>&1 </dev/null ||
		die "modules_prepare failed: $(grep -m1 -i error "$log"); see $log"
	skew=$(config_skew "$dir/tree/.config" "$headers/.config")
	[ -z "$skew" ] || die "this compiler cannot configure $release as its" \
		"image is: $(tr '\n' ' ' <<<"$skew")differ"
	rm -rf "$tmp"
}

own() {	# TREE DIR: fill DIR
	local file kernel

	for file in .config Module.symvers arch/x86/boot/bzImage; do
		[ -f "$1/$file" ] || die "$1 is no built kernel tree, it has no" \
			"$file: make it there, without O="
	done
	grep -q '^CONFIG_KVM=m' "$1/.config" ||
		die "$1 has KVM built in: want CONFIG_KVM=m"
	kernel=$("$boot/kernel.sh" "$1") && cp -r "$kernel" "$2/kernel" || exit 3
	ln -s "$1" "$2/tree"
	variables "$2" "$1/.config" >"$2/make"
}

[ $# = 1 ] || { say "usage: KERNEL"; exit 2; }
for tool in gcc make flex bison bc xz; do
	need $tool "$tool, or run make packages-kmod"
done
name='' id=''
if [ -f "$1/Kbuild" ]; then
	# a tree of one's own is what it holds now
	own=$(realpath "$1")
	name=own
	id=$({ echo "$own" && cd "$own" && find .config Module.symvers \
		arch/x86/boot/bzImage -printf '%p %s %T@\n' && find arch/x86/kvm \
		virt/kvm include/linux/kvm* arch/x86/include/asm/kvm* \
		-name '*.[chS]' -printf '%p %s %T@\n' | sort; } 2>/dev/null |
		sha256sum)
	id=$name-${id:0:16}
else
	own=
	kernel=$("$boot/kernel.sh" "$1") || exit $?
	read -r image version <"$kernel/package"
	[[ $image = linux-image-* ]] || die "$1 has no source: give the built" \
		"tree it comes from instead"
	suite=$(archive_suite "$1")
	name=$(grep -o '^[0-9]*\.[0-9]*' "$kernel/release")
	[ -n "$suite" ] || suite=$(archive_suite "$name")
	[ -n "$suite" ] || die "$1: no suite is known for a kernel $name"
	id=$name-$version
fi

cache=${DEFLECT_CACHE:-$root/build/cache}/kmod
mkdir -p "$cache" || die "cannot create $cache: set DEFLECT_CACHE"
cache=$(cd "$cache" && pwd -P)
log=$cache/$id.log
if ! [ -d "$cache/$id" ]; then
	need flock util-linux
	exec 9>"$cache/.lock.$id"
	flock 9
fi
if ! [ -d "$cache/$id" ]; then
	rm -rf "$cache/.new.$id"	# what a killed one left
	new=$cache/.new.$id
	mkdir "$new" || exit 3
	trap 'rm -rf "$new"' EXIT
	trap 'exit 3' INT TERM HUP
	if [ -n "$own" ]; then
		(own "$own" "$new") || exit 3
	else
		cp -rL "$kernel" "$new/kernel" || exit 3
		(stock "$kernel" "$suite" "$image" "$version" "$new") || exit 3
	fi
	mv "$new" "$cache/$id" || exit 3
fi
echo "$cache/$id"
