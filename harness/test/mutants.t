#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The mutants' files: complete, listed, and each class both seen and set aside.
# Whether they apply and compile is seen when they are built.
set -u
export LC_ALL=C

dir=suites/mutants
n=0
check() {	# NAME COMMAND...: what COMMAND prints is what is wrong
	name=$1
	shift
	n=$((n + 1))
	wrong=$("$@" 2>&1)
	if [ -z "$wrong" ]; then
		echo "ok $n - $name"
	else
		echo "$wrong" | sed 's/^/# /'
		echo "not ok $n - $name"
	fi
}

headers() {	# one line a file with all that a mutant must say, else nothing
	for file in $dir/*.mut $dir/aside/*.mut; do
		awk '
			/^file: arch\/x86\/kvm\/[a-z0-9\/]*\.c$/ && ok == 5 { done = 1 }
			/^# (mistake|class|function): ./ { ok++ }
			/^# vendor: (any|amd|intel)$/ { ok++ }
			/^# kernels:( (6\.1|6\.12))+$/ { ok++ }
			END { exit !done }
		' "$file" || echo "$file lacks a line or has a wrong one"
	done
}

# Of those set aside no more than the name, since they are to stay unread.
lacks() {	# DIRECTORY
	case $1 in
	*/aside) sed -n "s,^< | \\([^ ]*\\) .*,$1/README.md lacks: \\1,p" ;;
	*) sed -n "s,^<,$1/README.md lacks:,p" ;;
	esac
}

listed() {
	for d in $dir $dir/aside; do
		$dir/list.sh $d | diff - $d/README.md | lacks $d
		grep '^| [a-z]' $d/README.md | sed 's/^| \([^ ]*\) .*/\1/' |
			while read -r name; do
				[ "$name" = name ] || [ -f "$d/$name.mut" ] ||
					echo "$d/README.md lists $name, which is not there"
			done
	done
}

halves() {
	for d in $dir $dir/aside; do
		sed -n 's/^# class: //p' $d/*.mut | sort -u
	done | sort | uniq -u | sed 's/$/ is in one half only/'
}

names() {
	ls $dir/*.mut $dir/aside/*.mut | sed 's,.*/,,' | sort | uniq -d
}

check "each mutant says what it is" headers
check "the tables are what list.sh prints" listed
check "each class has mutants in both halves" halves
check "no name is used twice" names
echo "1..$n"
