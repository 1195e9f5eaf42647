#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Twenty times SIGKILL at a random moment, each time gone on with: the results
# are valid JSON after each, nothing is lost, and in the end nothing is missing.
. "${0%/*}/lib.sh"
[ -w /dev/kvm ] || { echo "1..0 # SKIP no /dev/kvm"; exit 0; }

# results whose verdict is known, in order; fails if it is not JSON
names() {
	perl -MJSON::PP -0777 -ne 'print "$_->{case}\n"
		for @{decode_json($_)->{cases}}' "$tmp/r/results.json"
}

: >"$tmp/before"
for i in $(seq 20); do
	"$deflect" --results "$tmp/r" --resume --jobs 4 run cap filter \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	sleep "$((RANDOM % 2)).$((RANDOM % 10))"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ -e "$tmp/r/results.json" ] || continue	# killed before it began
	names >"$tmp/now" && [ -z "$(sort "$tmp/now" | uniq -d)" ] &&
		[ -z "$(sort "$tmp/now" | comm -13 - <(sort "$tmp/before"))" ]
	ok "kill $i: valid, $(wc -l <"$tmp/now") results, none lost, none twice"
	cp "$tmp/now" "$tmp/before"
done
"$deflect" --results "$tmp/r" --resume run cap filter >"$tmp/out" 2>"$tmp/err"
[ $? = 0 ] && names | sort >"$tmp/now" &&
	"$deflect" list --cases cap filter | awk '/^[a-z]/ { print $1 }' | sort |
	grep / | cmp -s - "$tmp/now"
ok "gone on with to the end: every case once"
sed -i 's/"kernel":"/"kernel":"other-/' "$tmp/r/results.json"
"$deflect" --results "$tmp/r" --resume run cap >"$tmp/out" 2>"$tmp/err"
[ $? = 3 ] && grep -q "give another folder with --results" "$tmp/err"
ok "results of another kernel are refused"
"$deflect" --resume run cap >"$tmp/out" 2>"$tmp/err"
[ $? = 3 ] && grep -q "give it with --results" "$tmp/err"
ok "--resume without a folder"
finish
