#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect bench: that it measures, and in which form; never how fast.
. "${0%/*}/lib.sh"

refused 2 "bench" bench frob
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	refused 3 "/dev/kvm" bench --quick
	finish
fi
"$deflect" bench --quick >"$tmp/out" 2>"$tmp/err" && [ ! -s "$tmp/err" ]
ok "status 0, whatever was measured"
number='[0-9]+\.[0-9]+'
sed -n '2,/median/p' "$tmp/out" | sed '1d;$d' >"$tmp/ratios"
[ -s "$tmp/ratios" ] &&
	! grep -qvE "^ *$number +$number  .+ / .+" "$tmp/ratios"
ok "the ratios first, each with its limit"
sed '1,/^#  *median/d' "$tmp/out" >"$tmp/raw"
[ "$(wc -l <"$tmp/raw")" = $((2 * $(wc -l <"$tmp/ratios"))) ] &&
	! grep -qvE "^ *$number +$number +$number +[0-9]+  .+: .+" "$tmp/raw"
ok "then both sides of each: median, least, most, samples"
awk '$1 > $2 && !/OVER ITS LIMIT/ || $1 < $2 && /OVER/ { exit 1 }' "$tmp/ratios"
ok "a ratio over its limit says so"
finish
