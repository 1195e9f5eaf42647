# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests in shell share: sourced first, run in the project's folder.
# A test leaves what it ran in $tmp/out and $tmp/err, for a failure to show.
set -u
deflect=$(realpath "${BUILD:-build}/deflect")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

ok() {	# DESCRIPTION [FILE to show], of the test that set $?
	local st=$?

	n=$((n + 1))
	[ $st = 0 ] && { echo "ok $n - $1"; return; }
	bad=1
	echo "not ok $n - $1"
	[ $# = 2 ] || set -- "$1" "$tmp/out" "$tmp/err"
	shift
	tail -qn 100 "$@" 2>/dev/null | sed 's/^/# /'
}

skip() {	# DESCRIPTION REASON
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# refused STATUS TEXT ARGS...: status, and a single line on stderr with TEXT
refused() {
	local want=$1 text=$2 st

	shift 2
	"$deflect" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	st=$?
	[ $st = "$want" ] && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		[ ! -s "$tmp/out" ] && grep -qF -- "$text" "$tmp/err"
	ok "$* -> $want, $text"
}

finish() {
	echo "1..$n"
	exit $bad
}
