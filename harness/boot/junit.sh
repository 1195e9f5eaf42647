#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# junit.sh DIR...
#
# The runs in the result folders DIR as one JUnit file on stdout, a suite for
# each, by TAP::Harness and its JUnit formatter. Exit: 0 nothing failed that is
# not known, 1 otherwise, 2 usage, 3 a folder without a run or no formatter.
set -u

die() { echo "junit.sh: $1" >&2; exit "${2:-3}"; }

[ $# -gt 0 ] || die "usage: junit.sh DIR..." 2
perl -MTAP::Formatter::JUnit -e1 2>/dev/null ||
	die "TAP::Formatter::JUnit is missing: install libtap-formatter-junit-perl"
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
for dir; do
	[ -r "$dir/out.tap" ] || die "$dir has no out.tap"
	# the formatter takes what follows a result for its report
	awk '/^#/ { report = report $0 "\n"; next }
	     { print; printf "%s", report; report = "" }
	     END { printf "%s", report }' \
		"$dir/out.tap" >"$tmp/$(basename "$(realpath "$dir")").tap"
done
cd "$tmp" && prove --formatter TAP::Formatter::JUnit ./*.tap
