#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect bench: that it measures, and in which form; never how fast.
set -u
deflect=${BUILD:-build}/deflect
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

ok() {
	local st=$?

	n=$((n + 1))
	[ $st = 0 ] && { echo "ok $n - $1"; return; }
	bad=1
	echo "not ok $n - $1"
	sed 's/^/# /' "$tmp/out" "$tmp/err"
}

"$deflect" bench frob >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && [ "$(wc -l <"$tmp/err")" = 1 ]
ok "it takes no argument"
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	"$deflect" bench --quick >"$tmp/out" 2>"$tmp/err"
	[ $? = 3 ] && [ "$(wc -l <"$tmp/err")" = 1 ]
	ok "without KVM it cannot measure: status 3 and one line"
	echo "1..$n"
	exit $bad
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
echo "1..$n"
exit $bad
