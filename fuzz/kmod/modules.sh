#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# modules.sh [-c] [-e EDIT] KERNEL
#
# Builds kvm, kvm-amd and kvm-intel for KERNEL (see tree.sh) and prints the
# directory of a prepared kernel that has these in place of its own: what
# run.sh and machine.sh take as KERNEL. Image and configuration stay the same.
#   -e EDIT   with this edit script applied (see apply.sh); the difference it
#             makes is printed on stderr
#   -c        with coverage, which kvm-cover.ko collects (see cover.h); the
#             same modules with debug information are in the directory debug/
# The first build of a KERNEL takes minutes; then only what EDIT changed is
# compiled. A build is kept under the hash of what went into it, so asking again
# costs nothing. Any number may run at once. Exit: 0, 1 EDIT does not apply to
# this kernel, 2 usage, 3 it cannot be built, with one line that says why.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
. "$here/../../harness/boot/say.sh" || exit 3
format=1	# of what is kept: count up when a build changes

# Without the others a call to the tracer can become a jump, which returns to no
# block, and blocks of several lines or functions can become one.
instrument="-fsanitize-coverage=trace-pc -fno-optimize-sibling-calls\
 -fno-crossjumping -fno-tree-tail-merge -fno-ipa-icf -fno-ssa-phiopt\
 -fno-tree-switch-conversion"

usage() { say "usage: [-c] [-e EDIT] KERNEL"; exit 2; }

edit='' coverage=''
while getopts ce: opt; do
	case $opt in
	c) coverage=coverage ;;
	e) edit=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 1 ] || usage
name=plain
if [ -n "$edit" ]; then
	[ -r "$edit" ] || { say "$edit cannot be read"; exit 2; }
	name=$(basename "$edit" .mut)
fi
dir=$("$here/tree.sh" "$1") || exit $?

key=$({ echo $format ${coverage:+"$instrument$(cat "$here"/cover.[ch])"} &&
	gcc --version | head -n 1 &&
	sed '/^[ \t]*\(#.*\)\?$/d' "${edit:-/dev/null}"; } | sha256sum)
out=$dir/out/${key:0:16}
if [ -d "$out" ]; then
	cat "$out/diff" >&2
	echo "$out"
	exit
fi

# The first free place to build in; its path is part of what make remembers.
for n in {0..63}; do
	slot=$dir/slot$coverage.$n
	mkdir -p "$slot" "$dir/out" || die "cannot write $dir"
	exec 9>"$slot/lock"
	flock -n 9 && break
done

# A tree that shares all but KVM's own directories, which come from $1.
share() {
	local shadow=$slot/shadow parent kept='' file

	rm -rf "$shadow"
	mkdir -p "$shadow/arch/x86" "$shadow/virt" || exit 3
	for parent in . arch arch/x86 virt; do
		case $parent in
		.) kept='arch virt vmlinux' ;;
		arch) kept=x86 ;;
		*) kept=kvm ;;
		esac
		find "$(realpath "$dir/tree/$parent")" -mindepth 1 -maxdepth 1 \
			${kept:+$(printf '! -name %s ' $kept)} \
			-exec ln -s -t "$shadow/$parent" {} + || exit 3
	done
	for parent in arch/x86 virt; do
		cp -a --reflink=auto "$1/$parent/kvm" "$shadow/$parent/" ||
			die "cannot copy KVM's source in $slot"
	done
	[ -n "$coverage" ] || return 0
	shadow=$shadow/arch/x86/kvm
	for file in cover.c cover.h; do
		cmp -s "$here/$file" "$shadow/kvm-$file" ||
			cp "$here/$file" "$shadow/kvm-$file"
	done
	grep -q kvm-cover "$shadow/Makefile" ||
		sed -i -e '$a obj-m += kvm-cover.o' \
			-e "\$a CFLAGS_REMOVE_kvm-cover.o = $instrument" \
			"$shadow/Makefile"
}

build() {	# FLAGS...
	local log=$dir/log/$name vars begin=$SECONDS

	mkdir -p "$dir/log"
	mapfile -t vars <"$dir/make"
	make -C "$slot/shadow" -j"$(nproc)" "${vars[@]}" "$@" \
		PAHOLE="$dir/pahole" M=arch/x86/kvm modules \
		>"$log" 2>&1 </dev/null ||
		die "$name: the build failed: $(grep -m1 -E \
			'error:|Error|ERROR|No space' "$log"); see $log"
	say "$name: built in $((SECONDS - begin)) s," \
		"$(grep -c '^  *CC ' "$log") files compiled"
}

flags=(KCFLAGS=-g0)
[ -z "$coverage" ] || flags=(KCFLAGS="-g $instrument")
if ! [ -d "$slot/plain" ]; then
	exec 8>"$dir/lock$coverage"	# one of them builds, the others copy
	flock 8
	first=$dir/slot$coverage.0/plain
	[ -d "$first" ] || first=$dir/tree
	share "$first"
	(name=plain; build "${flags[@]}") || exit 3
	rm -rf "$slot/new" && mkdir -p "$slot"/new/{arch/x86,virt} &&
		cp -a --reflink=auto "$slot/shadow/arch/x86/kvm" "$slot/new/arch/x86" &&
		cp -a --reflink=auto "$slot/shadow/virt/kvm" "$slot/new/virt" &&
		mv "$slot/new" "$slot/plain" || die "cannot write $slot"
	flock -u 8
fi
share "$slot/plain"
: >"$slot/diff"
if [ -n "$edit" ]; then
	"$here/apply.sh" "$edit" "$slot/shadow" >"$slot/diff" || exit $?
	cat "$slot/diff" >&2
fi
build "${flags[@]}"

new=$slot/out
rm -rf "$new"
cp -rl "$dir/kernel" "$new" 2>/dev/null || cp -r "$dir/kernel" "$new" ||
	die "cannot write $new"
for module in kvm kvm-amd kvm-intel ${coverage:+kvm-cover}; do
	rm -f "$new/modules/$module.ko"
	cp "$slot/shadow/arch/x86/kvm/$module.ko" "$new/modules/" ||
		die "the build made no $module.ko"
	[ -n "$coverage" ] || continue
	mkdir -p "$new/debug" && mv "$new/modules/$module.ko" "$new/debug/" &&
		objcopy --strip-debug "$new/debug/$module.ko" \
			"$new/modules/$module.ko" || die "cannot write $new"
done
if [ -n "$coverage" ]; then	# what the others need comes first
	for list in "$new"/load.*; do
		{ echo kvm-cover.ko; cat "$list"; } >"$slot/list"
		rm "$list"
		mv "$slot/list" "$list"
	done
fi
rm "$new/package"
echo "$(cat "$dir/kernel/package"), KVM rebuilt${coverage:+ with coverage}:" \
	"$name" >"$new/package"
cp "$slot/diff" "$new/diff"
mv -T "$new" "$out" 2>/dev/null || [ -d "$out" ] || die "cannot write $out"
rm -rf "$slot/shadow"
echo "$out"
