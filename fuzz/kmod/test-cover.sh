#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test-cover.sh [MACHINE [KERNEL]]: the tracer's own tests, as TAP, in an
# emulated machine (amd) with KVM rebuilt for it (6.1): see test-cover.c. What
# is said to be reached must be places where the compiler put a call. KERNEL
# debug has KCOV instead, with which what the module alone can do is left out.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
boot=$here/../../harness/boot
. "$here/../../harness/boot/say.sh" || exit 3
deflect=${DEFLECT:-$here/../../build/deflect}
machine=${1:-amd}
vendor=amd
[ "$machine" != intel ] || vendor=intel

tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [ "${2-}" = debug ]; then
	kernel=$("$boot/kernel.sh" debug) || exit 3
else
	kernel=$("$here/modules.sh" -c "${2:-6.1}") || exit 3
fi
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread -o "$tmp/test" \
	"$here/test-cover.c" "$here/../../harness/cover.c" || exit 3
"$boot/initrd.sh" -o "$tmp/initrd" -k "$kernel" -v $vendor -d "$deflect" \
	-f "$tmp/test=/test" -- exec /test || exit 3
"$boot/machine.sh" -m "$machine" -s 150 -t 300 -n 2 -c "$tmp/console" \
	"$kernel" "$tmp/initrd" >"$tmp/out" || exit 3
grep -a '^\(not \)\?ok\|^cover:' "$tmp/out"
count=$(sed -n 's/^1\.\.//p' "$tmp/out")
failed=$(grep -c '^not ok' "$tmp/out")

ok() {	# NAME COMMAND...
	local name=$1 not='not '

	shift
	if "$@"; then not=''; else failed=1; fi
	echo "${not}ok $((++count)) - cover/$name"
}

# Of the section of a module: return addresses of calls to the tracer.
calls() {	# MODULE SECTION
	readelf -rW "$kernel/modules/${1/_/-}.ko" | awk -v section="\\047.rela$2\\047" '
		/^Relocation section/ { in_it = $3 == section }
		in_it && $5 == "__sanitizer_cov_trace_pc" { print $1 }' |
		while read -r at; do printf '%x\n' $((16#$at + 4)); done | sort
}

strays() {	# in the records of $tmp/out
	local module section at

	sed -n 's/^{"reached":"\(.*\)","section":"\(.*\)","at":" \(.*\)"}/\1 \2 \3/p' \
		"$tmp/out" | while read -r module section at; do
		tr ' ' '\n' <<<"$at" | sort | comm -23 - <(calls "$module" "$section")
	done
}
reached() { grep -c "^{\"reached\":\"$1\",\"section\":\".text\",\"at\":\" [0-9a-f]* [0-9a-f]* " "$tmp/out"; }

ok the-program-ended grep -q '"exec":"/test","status":[01]}' "$tmp/out"
if [ "${2-}" != debug ]; then
	ok kvm-was-reached-and-told-once [ "$(reached kvm)" = 1 ]
	ok so-was-the-vendor [ "$(reached kvm_$vendor)" = 1 ]
	ok only-at-calls-to-the-tracer [ -z "$(strays)" ]
fi
ok the-kernel-reports-nothing [ -z "$(grep -aE \
	'BUG|WARNING|Oops|general protection' "$tmp/console")" ]
echo "1..$count"
[ "$failed" = 0 ]
