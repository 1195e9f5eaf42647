#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The fuzzer: its corpora once more, what it refuses, some seconds of each engine,
# and triage of a program that the rules of another kernel line do not fit.
. "${0%/*}/lib.sh"
guard=${BUILD:-build}/fuzz/fuzz-guard

refuse() {	# STATUS TEXT COMMAND...
	"${@:3}" >"$tmp/out" 2>"$tmp/err"
	[ $? = "$1" ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q "$2" "$tmp/err"
	ok "refused in a line: $2"
}
refuse 2 "TARGET=frob" env TARGET=frob fuzz/campaign.sh
refuse 2 "ENGINE=frob" env ENGINE=frob fuzz/campaign.sh
refuse 2 "MACHINE=frob" env MACHINE=frob fuzz/campaign.sh
refuse 3 "fuzz-guard is missing" env PROGRAMS="$tmp" fuzz/campaign.sh
refuse 2 "usage" "$guard" frob

mkdir "$tmp/seeds"
"$guard" seeds reply "$tmp/seeds" && [ "$(ls "$tmp/seeds" | wc -l)" -gt 100 ]
ok "the suites' cases are seeds"

if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	finish
fi
for target in filter reply sequence race; do
	DEFLECT_MACHINE=host "$guard" replay $target fuzz/corpus/$target.txt \
		>"$tmp/out" 2>&1 && grep -q '^# [1-9][0-9]* inputs.* 0 findings' "$tmp/out"
	ok "the corpus of $target shows nothing that is not known"
done

# Each engine changes inputs and runs them, many in a process.
mkdir "$tmp/few"
ls "$tmp/seeds" | head -n 20 | while read -r f; do
	cp "$tmp/seeds/$f" "$tmp/few"
done
for engine in libfuzzer afl; do
	TARGET=reply ENGINE=$engine MACHINE=host TIME=8 RESULTS=$tmp/$engine \
		CORPUS=$tmp/few PROGRAMS=${BUILD:-build}/fuzz fuzz/campaign.sh \
		>"$tmp/out" 2>"$tmp/err"
	[ $? -lt 2 ] && sed 's/[^0-9]\+/ /g' "$tmp/$engine/status" |
		awk '{ exit !($2 > 60 && 4 * $8 < $2 && $5 > 0) }'
	ok "a campaign by $engine: $(cat "$tmp/$engine/status")"
done

# a rule that 5.10 does not have, with steps and values that do not matter
mkdir -p "$tmp/results/findings"
cat >"$tmp/results/findings/made-up.prog" <<'END2'
vm1: cap 0x3
cap 0x7 pad=0xff
wrmsr 0xdeadbe00 0x1122334455667788 error=7
rdmsr 0x1c4 rcx_high=0x10 junk=0x5
rdmsr 0xdeadbe01
END2
DEFLECT_ERA=5.10 RESULTS=$tmp/results PROGRAMS=${BUILD:-build}/fuzz MACHINE=host \
	TIMES=2 fuzz/triage.sh >"$tmp/out" 2>"$tmp/err"
grep -q '^verdict made-up.prog bug failed=2 of=2' "$tmp/out"
ok "triage: a bug that always shows"
bug=$(echo "$tmp"/results/bugs/rsn_xfd_absent*)
[ "$(grep -v '^#' "$bug/program.prog" | tail -n +3)" = $'cap 0x7\nrdmsr 0x1c4' ]
ok "shrunk to what shows it"
grep -q 'int main' "$bug/repro.c" && grep -q 'rdmsr 0x1c4' "$bug/mail.txt" &&
	! grep -q 'NOT FOR A LIST' "$bug/mail.txt"
ok "with a reproducer, and a mail for the list"
finish
