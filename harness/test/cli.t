#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad input: one line with cause and remedy, and the promised exit status.
. "${0%/*}/lib.sh"

refused 2 "no command 'frob'" frob
refused 2 "no case matches 'no/such'" run no/such
refused 2 "--jobs is 1 to 64" --jobs 0 list
refused 2 "--jobs is 1 to 64" --jobs=-1 list
refused 2 "list takes no --jobs; see deflect list --help" list --jobs 3
refused 2 "--part is I/N, as 1/2, not '3/2'" run --part 3/2
refused 2 "--part is I/N" run --part 1/2x
refused 2 "--part is for --format json" run --part 1/2
refused 3 "cannot read $tmp/none" collect "$tmp/none"
refused 2 "no case matches 'no/such'" check no/such
refused 2 "--format is tap, ktap or json" --format xml list
refused 2 "for PID 1 of an emulated machine" --reload kvm.ignore_msrs=1 run
refused 2 "no kernel line '4.4'" --era 4.4 list
refused 2 "no rule and no case 'nonsense'" explain nonsense
refused 3 "cannot read $tmp/none" replay "$tmp/none"
refused 3 "cannot read $tmp" replay "$tmp"
: >"$tmp/empty"
refused 2 "$tmp/empty:1:1: ends before the first step" replay "$tmp/empty"
printf 'cap 0x4\nrdmsr 0xc00' | head -c 14 >"$tmp/cut"
refused 2 "$tmp/cut:2:7: a number is missing" replay "$tmp/cut"
printf 'cap 0x4\nrdmsr 0x10 frob\n' >"$tmp/word"
refused 2 "$tmp/word:2:16: 'frob' was not expected here" replay "$tmp/word"
head -c 300 "$deflect" >"$tmp/binary"
refused 2 "$tmp/binary:1:5: not text: byte 0x02" replay "$tmp/binary"
head -c 5000 /dev/zero | tr '\0' x >"$tmp/long"
refused 2 "$tmp/long:1:1: line of more than" replay "$tmp/long"
head -c 100000 /dev/zero | tr '\0' '\n' >"$tmp/big"
refused 2 "$tmp/big:1:1: longer than" replay "$tmp/big"
refused 3 "the machine sent no results" collect
refused 2 "summary takes result folders" summary

refused 2 "no reproducer for step 1: int80: check_cap 188" \
	repro compat/exits-are-served-alike

"$deflect" --help | grep -q 'deflect run'
ok "--help"
"$deflect" --version | grep -q '^deflect '
ok "--version"
"$deflect" list --rules --json | perl -MJSON::PP -e 'undef $/; decode_json(<STDIN>)'
ok "list --rules --json parses"
"$deflect" list --json | perl -MJSON::PP -e 'undef $/; decode_json(<STDIN>)'
ok "list --json parses"
"$deflect" list --msrs --json | perl -MJSON::PP -e 'undef $/; decode_json(<STDIN>)'
ok "list --msrs --json parses"
"$deflect" list --rules | tail -n 1 | grep -qE '^[0-9]+ rules named'
ok "list --rules ends with its totals"
"$deflect" explain FLT-06 | grep -q 'source:.*commit cf5029d5dd7c'
ok "explain a rule by its id"

[ "$("$deflect" run --names --sample 1 cap fault | wc -l)" -lt \
	"$("$deflect" run --names cap fault | wc -l)" ] &&
	"$deflect" run --names 'cap/found*' | grep -qx cap/found-on-dev-kvm
ok "run --names"

# What needs a KVM of the host's own
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
	refused 3 "cannot write $tmp/no/such/results.json" \
		--results "$tmp/no/such" run cap
	(ulimit -f 8; "$deflect" --results "$tmp/full" run filter \
		>/dev/null 2>"$tmp/err"); [ $? = 3 ] &&
		grep -q 'the results before this one are kept' "$tmp/err" &&
		perl -MJSON::PP -e 'undef $/; decode_json(<STDIN>)' \
		<"$tmp/full/results.json"
	ok "full disk: status 3, earlier results are valid JSON"
	: >"$tmp/out"
	"$deflect" --results "$tmp/int" run filter >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	while ! grep -q '^ok' "$tmp/out"; do sleep 0.01; done
	kill -INT $pid
	wait $pid
	[ $? = 3 ] && grep -q '^# interrupted: [1-9]' "$tmp/out" &&
		! pgrep -P $pid >/dev/null
	ok "SIGINT: a summary of what ran, status 3, no child left"
	: >"$tmp/out"
	"$deflect" --results "$tmp/kill" run filter >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	while ! grep -q '^ok' "$tmp/out"; do sleep 0.01; done
	kill -KILL $pid
	wait $pid 2>/dev/null
	perl -MJSON::PP -e 'undef $/; decode_json(<STDIN>)' \
		<"$tmp/kill/results.json"
	ok "SIGKILL: the results so far are valid JSON"
	printf 'rules race_old_or_new_filter\nrace 3000\nt1: filter allow\nend\n' \
		>"$tmp/long"
	: >"$tmp/out"
	"$deflect" --repeat 3 replay "$tmp/long" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	while ! grep -q '^1\.\.' "$tmp/out"; do sleep 0.01; done
	until child=$(pgrep -P $pid); do sleep 0.01; done
	kill -KILL $child
	wait $pid
	[ $? = 1 ] && grep -q 'flaky: failed in 1 of 3 runs' "$tmp/out"
	ok "--repeat: one bad run of three is flaky, and a failure"
	for times in 1 2; do
		"$deflect" --timeout 2 replay "$tmp/long" >"$tmp/late$times" 2>"$tmp/err" &
		pid=$!
		for ((i = 0; i < times; i++)); do
			until child=$(pgrep -P $pid) && [ "$child" != "${last-}" ]; do
				kill -0 $pid || break 2
				sleep 0.01
			done
			kill -STOP "$child"
			last=$child
		done
		wait $pid
		st[times]=$?
	done
	[ ${st[1]} = 0 ] && grep -q '^ok 1 ' "$tmp/late1"
	ok "a case that is late gets a second chance" "$tmp/late1"
	[ ${st[2]} = 1 ] && grep -q 'did not end within 4000 ms' "$tmp/late2"
	ok "and no third" "$tmp/late2"
	printf 'spin\n' | "$deflect" --timeout 2 replay - >"$tmp/out" 2>"$tmp/err"
	[ $? = 1 ] && grep -q 'KVM_RUN did not return' "$tmp/out"
	ok "a guest that never ends is a verdict"
	printf 'code 0f0b -> #UD\n' | "$deflect" replay - >"$tmp/out" 2>"$tmp/err"
	ok "a fault of the guest is an outcome"
	printf 'filter deny\n' | "$deflect" --era 6.1 replay - >"$tmp/out" 2>&1
	ok "a refused call is an outcome"
	for part in 1/3 2/3 3/3; do
		"$deflect" --format json run --part $part cap fault >"$tmp/${part%/3}"
	done
	"$deflect" collect "$tmp"/[123] 2>"$tmp/err" |
		sed -n 's/.*ok [0-9]* - //p' | sort >"$tmp/parts"
	"$deflect" run cap fault | sed -n 's/.*ok [0-9]* - //p' | sort |
		cmp - "$tmp/parts" && ! [ -s "$tmp/err" ]
	ok "the parts of a run are the run"
	NO_COLOR=1 script -qec "$deflect run cap" /dev/null 2>"$tmp/err" |
		grep -q "$(printf '\033\\[3')"
	[ $? = 1 ]
	ok "NO_COLOR is respected on a terminal"
fi
finish
