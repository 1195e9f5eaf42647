#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# apply.sh EDIT TREE
#
# Applies an edit script to a kernel source tree and prints the difference it
# makes. EDIT is lines of "# key: text", then one or more sections:
#   file: arch/x86/kvm/x86.c
#   sed -E commands, best restricted to one function: /^int f\(/,/^}/ s/a/b/
# Each section must change its file. A directory of TREE that is a symbolic
# link is made a real one of links, and a file a copy, before it is changed: so
# TREE may share all it does not change.
# Exit: 0, 2 usage or a bad script, 1 it does not apply to this kernel.
set -u
export LC_ALL=C

die() { echo "apply.sh: ${edit##*/}: $2" >&2; exit "$1"; }

edit=${1-}
[ $# = 2 ] && [ -d "$2" ] || { echo "apply.sh: usage: EDIT TREE" >&2; exit 2; }
[ -r "$1" ] || die 2 "cannot be read"
tree=$2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# $tree/$1 becomes a file of its own, its directories too.
own() {
	local path=$1 dir=$tree part target

	while [[ $path == */* ]]; do
		part=${path%%/*}
		path=${path#*/}
		dir=$dir/$part
		[ -L "$dir" ] || continue
		target=$(realpath "$dir")
		rm "$dir" && mkdir "$dir" &&
			find "$target" -mindepth 1 -maxdepth 1 \
				-exec ln -s -t "$dir" {} + || exit 2
	done
}

awk -v dir="$tmp" '
	/^file:/ { n++; sub(/^file:[ \t]*/, ""); sub(/[ \t]+$/, "")
		print >(dir "/names"); next }
	n { print >(dir "/" n ".sed"); next }
	!/^[ \t]*(#|$)/ { print "line " NR ": " $0; exit }
' "$edit" >"$tmp/stray"
[ ! -s "$tmp/stray" ] || die 2 "before the first file: $(cat "$tmp/stray")"
[ -s "$tmp/names" ] || die 2 "it names no file:"

n=0
while read -r name; do
	n=$((n + 1))
	case /$name/ in
	//*|*/../*) die 2 "'$name' is no path inside the tree" ;;
	esac
	[ -s "$tmp/$n.sed" ] || die 2 "no commands for $name"
	[ -f "$tree/$name" ] || die 1 "does not apply to this kernel: no $name"
	sed -E --sandbox -f "$tmp/$n.sed" "$tree/$name" >"$tmp/new" \
		2>"$tmp/err" || die 2 "$(sed "s,^sed: file [^ ]*,$name:," "$tmp/err" |
		head -n 1)"
	diff -u --label "a/$name" --label "b/$name" "$tree/$name" "$tmp/new" &&
		die 1 "does not apply to this kernel: $name stays as it is"
	own "$name"
	rm "$tree/$name" && cat "$tmp/new" >"$tree/$name" || exit 2
done <"$tmp/names"
exit 0
