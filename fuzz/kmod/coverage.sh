#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh: which lines of KVM's MSR ABI the suites reach. KVM is rebuilt with
# coverage (modules.sh -c), the cases run on it, and a table says for each
# function of coverage.txt how many lines each machine reached, and the lines
# that none did, each with its reason from that file.
#   KERNEL     whose KVM (6.1)
#   MACHINES   where (amd); "amd amd2 intel" for all there are
#   PATTERN    which cases (all)
#   JOBS       machines that share them (one per CPU, at most 4)
# Results go to results/coverage/KERNEL/: a folder for each machine, table.txt,
# coverage.json. A machine that has run with this very program, kernel and
# PATTERN is not run again.
# Exit: 0, 1 a line is neither reached nor has a reason, 2 usage, 3 it cannot be
# had.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
here=$root/fuzz/kmod
. "$root/harness/boot/say.sh" || exit 3
export DEFLECT=${DEFLECT:-$root/build/deflect}
kernel=${KERNEL:-6.1}
machines=${MACHINES:-amd}
jobs=${JOBS:-$(($(nproc) < 4 ? $(nproc) : 4))}
list=${LIST:-$here/coverage.txt}

[ $# = 0 ] || { say "it takes no arguments but KERNEL=, MACHINES=, PATTERN="; exit 2; }
for machine in $machines; do
	case $machine in
	amd|amd2|intel) ;;
	*) say "no machine '$machine': amd, amd2, intel"; exit 2 ;;
	esac
done
[ -x "$DEFLECT" ] || die "$DEFLECT is missing: run make"
built=$("$here/modules.sh" -c "$kernel") || exit $?
source=$("$here/tree.sh" "$kernel")/tree || exit $?
out=$root/results/coverage/$(basename "$kernel")
mkdir -p "$out" || die "cannot make $out"
exec 9>"$out/.lock"
flock -n 9 || die "$out is in use by another run"

runs=()
for machine in $machines; do
	dir=$out/$machine
	key=$(sha256sum "$DEFLECT" "$built/modules"/*.ko | sha256sum; echo "${PATTERN-}")
	if [ "$(cat "$dir/key" 2>/dev/null)" != "$key" ]; then
		mkdir -p "$dir" && rm -f "$dir/key" || die "cannot write $dir"
		say "$machine: running the cases"
		# shellcheck disable=SC2086	# patterns
		"$root/harness/boot/run.sh" -j "$jobs" "$machine" "$built" \
			"$dir" --cover ${PATTERN-} >"$dir/out.tap"
		status=$?
		[ $status -lt 2 ] || die "$machine: the run ended with $status"
		[ $status = 0 ] || say "$machine: cases fail; see $dir/out.tap"
		[ -s "$dir/cover.jsonl" ] || die "$machine reached nothing"
		echo "$key" >"$dir/key"
	fi
	runs+=("$machine=$built=$dir/cover.jsonl")
done
"$here/coverage.pl" "$list" "$source" "$out/coverage.json" "${runs[@]}" \
	>"$out/table.txt"
status=$?
cat "$out/table.txt"
exit $status
