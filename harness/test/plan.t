#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect plan: lists that cannot be had and what is printed for the others.
. "${0%/*}/lib.sh"

refused 2 "plan takes a list" plan
refused 2 "'x' is no MSR" plan x
refused 2 "'0x100000000' is no MSR" plan 0x100000000
refused 2 "'0x10..' has no last index" plan 0x10..
refused 2 "'0x10+0' has no count" plan 0x10+0
refused 2 "'0x20..0x10' ends before it begins" plan 0x20..0x10
refused 2 "'0x10-0x20' goes on after its end" plan 0x10-0x20
refused 2 "longer than 1048576 MSRs" plan 0..0xffffffff
refused 1 "the list is empty" plan -
refused 1 "x2APIC MSRs (0x800..0x8ff) are never filtered" plan 0x10 0x830
refused 1 "the rest without 0x830 0xffffffff" plan 0x10 0x830 0xffffffff
refused 1 "the list needs 17 ranges" plan $(seq 0 65536 1048576)
refused 1 "the rest without 0x100000" plan $(seq 0 65536 1048576)
refused 2 "plan --check takes one program" plan --check

plan() {	# DESCRIPTION WANTED-LINE ARGS...
	local what=$1 want=$2

	shift 2
	"$deflect" plan "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &&
		grep -qxF -- "$want" "$tmp/out"
	ok "$what"
}

plan "one MSR" "filter allow range rw 0x10+1 = 0" 0x10
plan "a name, reads only" "filter allow range r 0xc0000082+1 = 0" \
	--reads LSTAR
plan "writes only" "filter allow range w 0x10+2 = 0" --writes 0x10..0x11
plan "a range spans what is not listed" \
	"filter allow range rw 0x10+3 = 0^1" 0x10 0x12
plan "17 clusters, less one" \
	"# 16 MSRs exit, 16 on reads and 16 on writes: 16 of 16 ranges, the fewest there can be." \
	--nearest $(seq 0 65536 1048576)
"$deflect" plan 0x10 0x10 >"$tmp/out" 2>"$tmp/err" &&
	grep -qF "1 MSR is listed more than once" "$tmp/err"
ok "duplicates are mentioned"
printf '0x10, 0x11 # two\nr:0x12\n' | "$deflect" plan - >"$tmp/out" &&
	grep -q '^# 3 MSRs exit, 3 on reads and 2 on writes' "$tmp/out"
ok "a list on stdin"
"$deflect" plan --format json 0x10 w:0x12 0xc0000082 >"$tmp/out" 2>"$tmp/err" &&
	perl -MJSON::PP -0777 -ne '$p = decode_json($_);
		exit !($p->{mask} == 4 && @{$p->{ranges}} == 3)' "$tmp/out"
ok "JSON parses"

# the C form does what it says: its filter is accepted where there is a KVM
{
	"$deflect" plan --format c 0x10 w:0x12 0xc0000082
	cat <<'C'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR), vm;

	if (kvm < 0)
		return 0;
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	return vm < 0 || set_exit_msrs(vm);
}
C
} >"$tmp/plan.c"
${CC:-gcc} -Wall -Wextra -Werror -o "$tmp/plan" "$tmp/plan.c" >"$tmp/out" 2>&1 &&
	"$tmp/plan"
ok "C compiles without a warning, and KVM takes its filter"

# checked TEXT-OR-NOTHING PROGRAM-LINE...
checked() {
	local want=$1 st

	shift
	printf '%s\n' "$@" >"$tmp/prog"
	"$deflect" plan --check "$tmp/prog" >"$tmp/out" 2>"$tmp/err"
	st=$?
	if [ -z "$want" ]; then
		[ $st = 0 ] && [ ! -s "$tmp/out" ]
	else
		[ $st = 1 ] && [ "$(wc -l <"$tmp/out")" = 1 ] &&
			grep -qF -- "$want" "$tmp/out"
	fi
	ok "check: ${want:-nothing odd}: $*"
}

checked "" 'cap 4' 'filter allow range rw 0x10+1 = 0'
checked "no capability" 'filter allow range rw 0x10+1 = 0'
checked "no capability" 'cap 3' 'filter allow range rw 0x10+1 = 0'
checked "the filter of line 1 is in force before this" \
	'filter allow range r 0x10+1 = 0' 'cap 4'
checked "range 1 (0x11+1) never decides" \
	'cap 4' 'filter allow range rw 0x10+4 = 0 range r 0x11+1 = 0'
checked "range 1 (0x12+4) overlaps earlier ranges from 0x12" \
	'cap 4' 'filter allow range rw 0x10+4 = 0 range r 0x12+4 = 0'
checked "" 'cap 4' 'filter allow range r 0x10+4 = 0 range w 0x12+4 = 0'
checked "short bitmap: the kernel reads 16 bytes, 9 are there" \
	'cap 4' 'filter allow range rw 0x10+65 = 0 at=readable:9'
checked "range 0 denies x2APIC MSR 0x801" \
	'cap 4' 'filter allow range rw 0x7ff+4 = 0xff^2'
checked "range 0 reaches 2^32" 'cap 4' \
	'filter allow range rw 0xffffffff+1 = 0'
checked "has 12289 MSRs of at most 12288" 'cap 4' \
	'filter allow range rw 0+12289 = 0xff'
checked "is for no direction" 'cap 4' 'filter allow range 0 0x10+1 = 0'
checked "default deny without ranges" 'cap 4' 'filter deny'
checked "unknown filter flags 0x2" 'cap 4' \
	'filter flags=2 range rw 0x10+1 = 0'

# random lists on real KVM: exactly what is listed exits
random() {	# SEED COUNT
	awk -v seed="$1" -v n="$2" 'BEGIN {
		srand(seed)
		for (c = 0; c < 5; c++)
			base[c] = 65536 + int(rand() * 4200000000)
		for (i = 0; i < n; i++) {
			d = int(rand() * 3)
			printf "%s%u\n", d == 0 ? "" : d == 1 ? "r:" : "w:",
			       base[int(rand() * 5)] + int(rand() * 12288)
		}
	}'
}
if [ -w /dev/kvm ]; then
	for count in 1 2 7 50 300 1000 2000; do
		random $count $count |
			"$deflect" plan --verify - >"$tmp/out" 2>"$tmp/err" &&
			grep -q '^# verified on .* 0 wrong$' "$tmp/out"
		ok "a random list of $count on /dev/kvm"
	done
	"$deflect" plan --verify 0x10 r:0x174..0x176 w:LSTAR 0x4b564d00+8 \
		>"$tmp/out" 2>"$tmp/err" &&
		grep -q ' 22 FILTER exits, 0 wrong$' "$tmp/out"
	ok "MSRs that KVM knows"
fi

finish
