#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# selftest.sh -b KERNEL                    build it, print where it is
# selftest.sh MACHINE KERNELDIR BINARY     run it, print how it went
#
# The kernel's own selftest of this ABI, userspace_msr_exit_test, built static
# from the source KERNEL was built from (see tree.sh) and run on the machine
# with the kernel in KERNELDIR, with force_emulation_prefix=1, without which it
# leaves half of itself out. Prints one line: pass, skip, or fail and why; a
# machine that ends with it is a failure. Exit: 0, 2 usage, 3 it cannot be
# built or run.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
boot=$here/../../harness/boot
. "$boot/say.sh" || exit 3
deflect=${DEFLECT:-$here/../../build/deflect}
name=userspace_msr_exit_test

build() {	# KERNEL
	local dir source tests vars log

	dir=$("$here/tree.sh" "$1") || exit $?
	exec 9>"$dir/lock.selftest"
	flock 9
	[ -x "$dir/selftest/$name" ] && { echo "$dir/selftest/$name"; return; }
	tests=$dir/tree/tools/testing/selftests/kvm
	log=$dir/log/selftest
	source=$(cd "$tests" 2>/dev/null && find . -name $name.c)
	[ -n "$source" ] || die "$1 has no $name"
	source=${source#./}
	mapfile -t vars <"$dir/make"
	mkdir -p "$dir/log" "$dir/selftest.new"
	[ -L "$dir/tree" ] || make -C "$dir/tree" -j"$(nproc)" "${vars[@]}" headers \
		>"$log" 2>&1 </dev/null || die "make headers failed; see $log"
	[ -f "$dir/tree/usr/include/linux/kvm.h" ] ||
		die "run make headers in $1 first"
	make -C "$tests" -j"$(nproc)" ARCH=x86_64 OUTPUT="$dir/selftest.new" \
		LDFLAGS='-static -pthread -no-pie' \
		KHDR_INCLUDES="-isystem $dir/tree/usr/include" \
		"$dir/selftest.new/${source%.c}" >"$log" 2>&1 </dev/null ||
		die "$name does not build: $(grep -m1 error "$log"); see $log"
	mkdir -p "$dir/selftest" &&
		mv "$dir/selftest.new/${source%.c}" "$dir/selftest/$name" ||
		die "cannot write $dir"
	rm -rf "$dir/selftest.new"
	echo "$dir/selftest/$name"
}

if [ $# = 2 ] && [ "$1" = -b ]; then
	build "$2"
	exit
fi
[ $# = 3 ] || { sed -n '4,5s/^# //p' "$0" >&2; exit 2; }
[ -x "$3" ] || die "$3 is missing: build it with -b"
vendor=amd
[ "$1" != intel ] || vendor=intel
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
"$boot/initrd.sh" -o "$tmp/initrd" -k "$2" -v $vendor -d "$deflect" \
	-f "$3=/$name" -- exec /$name || exit 3
for _ in first second; do
	"$boot/machine.sh" -m "$1" -s 150 -t 300 -a kvm.force_emulation_prefix=1 \
		"$2" "$tmp/initrd" \
		>"$tmp/out" 2>"$tmp/err" </dev/null
	status=$(sed -n 's/^{"exec":.*"status":\([0-9]*\)}$/\1/p' "$tmp/out")
	# a boot that died before the test began is no verdict
	[ -z "$status" ] && ! [ -s "$tmp/out" ] || break
done
case $status in
0)	echo pass ;;
4)	echo skip ;;
'')	[ -s "$tmp/out" ] || die "$1: $(head -n 1 "$tmp/err")"
	echo "fail: $(head -n 1 "$tmp/err")" ;;
*)	why=$(grep -m1 -A3 -iE 'assert|fail' "$tmp/out" | tr -s ' \t\n' ' ')
	echo "fail: status $status ${why:0:200}" ;;
esac
