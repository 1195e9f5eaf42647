#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# list.sh DIRECTORY...: the mutants in them as a table, by class and name
set -u
export LC_ALL=C

[ $# -gt 0 ] || { echo "list.sh: usage: DIRECTORY..." >&2; exit 2; }
echo '| name | class | vendor | function | mistake |'
echo '| --- | --- | --- | --- | --- |'
for dir; do
	for file in "$dir"/*.mut; do
		[ -r "$file" ] || { echo "list.sh: no mutants in $dir" >&2; exit 2; }
		awk -v name="$(basename "$file" .mut)" '
			/^file:/ { exit }
			/^# [a-z]+: / { key = $2; sub(/^# [a-z]+: /, ""); v[key] = $0 }
			END { print "| " name " | " v["class:"] " | " v["vendor:"] \
				" | " v["function:"] " | " v["mistake:"] " |" }
		' "$file"
	done
done | sort -t'|' -k3,3 -k2,2
