# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tap.sh GROUP TESTS: sourced by a test of shell scripts, with its group and how
# many tests there will be. Makes $tmp, removed at the end, where a test leaves
# what it ran in out, err and log.

set -u
export LC_ALL=C
group=$1 planned=$2 count=0 failed=0
echo "1..$planned"

tmp=$(mktemp -d) || exit 1
export TMPDIR=$tmp	# what a killed script leaves goes with it
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

ok() {	# NAME COMMAND...: the command says whether it is ok
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >>"$tmp/log" 2>&1; then
		echo "ok $count $group/$name"
		return
	fi
	failed=1
	echo "not ok $count $group/$name"
	tail -qn 60 "$tmp/err" "$tmp/out" 2>/dev/null | sed 's/^/# /'
}

finish() {	# as the last command
	[ $count = "$planned" ] && [ $failed = 0 ]
}
