#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The arm64 half without KVM: its cases against the model, its words, and, where
# they can be had, its program by itself.
. "${0%/*}/lib.sh"

replay() {	# PROGRAM
	printf '%b' "$1" >"$tmp/program"
	"$deflect" replay "$tmp/program" >"$tmp/out" 2>"$tmp/err"
}

"$deflect" check nisv >"$tmp/out" 2>&1 &&
	grep -q '^# [1-9][0-9][0-9] passed, 0 failed' "$tmp/out"
ok "the cases fit the model, and each rule's flip is noticed"

"$deflect" explain nisv_fault_ipa >"$tmp/out" 2>&1 &&
	grep -q 'vendor: *arm64' "$tmp/out"
ok "a rule says whose it is"

replay 'cap 6\ninsn ldp\nrdmsr 0x10\n'
[ $? = 2 ] && grep -q 'not a step of a program for arm64' "$tmp/err"
ok "words of two architectures do not mix"
replay 'insn ldpp\n'
[ $? = 2 ] && grep -q "no instruction of suites/arm64/insns.def" "$tmp/err"
ok "an instruction that is not in the list is refused"
replay 'insn ldp at=rom+0x2000\n'
[ $? = 2 ] && grep -q 'more than 0xff8' "$tmp/err"
ok "an offset behind the page is refused"
replay 'set_events junk=9\n'
[ $? = 2 ] && grep -q 'byte 9 is not reserved' "$tmp/err"
ok "a byte that is not reserved is refused"
replay 'insn ldp\nset_reg pc 0x20\n'
[ $? = 2 ]
ok "a PC outside the instruction's slot is refused"

"$deflect" repro nisv/straddling-load >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && [ ! -s "$tmp/out" ] && grep -q 'is for arm64' "$tmp/err"
ok "there is no reproducer, and that is said"

if [ -r /dev/kvm ] && [ -w /dev/kvm ] && [ "$(uname -m)" = x86_64 ]; then
	"$deflect" run nisv/straddling-load >"$tmp/out" 2>"$tmp/err"
	[ $? = 4 ] && grep -q 'SKIP needs an arm64 machine' "$tmp/out"
	ok "on x86 its cases are skipped, with the reason"
else
	skip "on x86 its cases are skipped" "no /dev/kvm"
fi

if harness/boot/packages.sh check arm64 2>/dev/null &&
		harness/boot/cross.sh >/dev/null 2>&1; then
	make -s ARCH=arm64 >"$tmp/out" 2>"$tmp/err"
	ok "the program for arm64 builds"
	machine=$(od -An -tu2 -j18 -N2 build/arm64/deflect)
	[ "${machine// /}" = 183 ]
	ok "it is for AArch64"
	if command -v qemu-aarch64 >/dev/null; then
		qemu-aarch64 build/arm64/deflect check nisv >"$tmp/out" 2>&1 &&
			grep -q ' 0 failed' "$tmp/out"
		ok "its own check agrees"
	else
		skip "its own check agrees" "no qemu-aarch64 (qemu-user)"
	fi
else
	skip "the program for arm64 builds" "clang, lld, libc or libjson-c for arm64 missing"
fi
finish
