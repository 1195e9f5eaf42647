#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# conform.sh: the main job. Runs the suites on /dev/kvm where it is usable and
# on the emulated machines, and ends with one table. From the environment:
#   MACHINES  "host intel amd2 amd", and arm64; amd:2 is one with 2 CPUs; host
#             is left out, and said so, without /dev/kvm
#   KERNEL    kernel of the emulated machines (6.1), or the path of your own
#             (see kernel.sh), which leaves host out
#   VENDOR    amd or intel: that machine only
#   PATTERN   cases to run (all)
#   PARAMS    parameters of KVM's modules on the emulated machines, such as
#             "kvm.ignore_msrs=1 kvm_amd.nested=0"; leaves host out
#   CMDLINE   more of their kernels' command line; leaves host out
#   JOBS      machines that share the cases of a row (one per CPU, at most 4);
#             those of several CPUs are fewer
#   JUNIT     a file for the same as JUnit XML
#   RESULTS   where the result folders go (results/)
# conform.sh matrix: the rows of matrix.txt instead, into results/matrix/;
# KERNEL and MACHINES choose among them. Rows that this very deflect finished
# on this very kernel are not run again, so a killed matrix goes on.
# Exits with the worst status of the rows.
set -u
export LC_ALL=C

[[ ${KERNEL:-} != */* ]] || KERNEL=$(realpath -m "$KERNEL")
[ -z "${JUNIT:-}" ] || JUNIT=$(realpath -m "$JUNIT")
cd "$(dirname "$(realpath "$0")")/../.." || exit 3
boot=harness/boot
deflect=build/deflect
cmdline="${CMDLINE:-}${PARAMS:+ $PARAMS}"
own=			# the prepared kernel that rows call own
set -f			# patterns are deflect's

die() { echo "conform.sh: $*" >&2; exit 2; }
. $boot/archive.sh || exit 3	# for what kernels there are

running=		# the row that does
end() {
	[ -z "$running" ] || kill "$running" 2>/dev/null
	wait
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A row a line: KERNEL MACHINE MODEL, each may be -, and deflect's arguments.
conform_rows() {
	local kernel=${KERNEL:-6.1} machines=${MACHINES:-host intel amd2 amd} m

	[ -z "$own" ] || kernel=own
	[ -z "${VENDOR:-}" ] || machines=$VENDOR
	for m in $machines; do
		[ "$m" = host ] && [ -n "$own$cmdline" ] && continue
		echo "$kernel $m - ${PATTERN:-}"
	done
}

matrix_rows() {
	local kernel machine rest

	grep -v '^#' $boot/matrix.txt | while read -r kernel machine rest; do
		[[ " ${MACHINES:-$machine} " = *" $machine "* ]] &&
			[[ " ${KERNEL:-$kernel} " = *" $kernel "* ]] &&
			echo "$kernel $machine $rest ${PATTERN:-}"
	done
}

# kernel.sh for a machine
kernel_for() {	# MACHINE KERNEL
	if [ "${1%:*}" = arm64 ]; then
		$boot/kernel.sh -a arm64 "$2"
	else
		$boot/kernel.sh "$2"
	fi
}

# What the result of a row depends on.
row_key() {	# KERNELDIR MACHINE MODEL ARGS...
	sha256sum <$deflect
	[ "${2%:*}" != arm64 ] || sha256sum <build/arm64/deflect
	if [ "$2" = host ]; then
		uname -rv
	else
		cat "$1/package" "$1/release"
		$boot/machine.sh -V "${2%:*}" ${3:+-M "$3"} "$1"
	fi
	echo "$*" "$cmdline"
}

# Runs one row; leaves out.tap, results.json and, when it is finished, key in
# its folder DIR.
row() {	# DIR NAME KERNEL MACHINE MODEL ARGS...
	local dir=$1 name=$2 kernel=$3 asked=$3 machine=$4 model=$5 st
	local cpus=${4#*:} parts

	shift 5
	# its machines have no more CPUs together than JOBS
	[ "$cpus" != "$machine" ] || cpus=1
	parts=$((jobs / cpus))
	[ $parts -gt 0 ] || parts=1
	[ "$kernel" != own ] || kernel=$own
	[ "$machine" = host ] || kernel=$(kernel_for "$machine" "$kernel") || kernel=
	[ -z "$kernel" ] || row_key "$kernel" "$machine" "$model" "$@" >"$dir/key.new"
	if cmp -s "$dir/key.new" "$dir/key"; then
		rm "$dir/key.new"
		echo "$name: finished before"
		exit 0
	fi
	rm -f "$dir/key" "$dir/results.json"
	echo "$name: running" $(cat "$kernel/package" 2>/dev/null)
	trap 'kill $! 2>/dev/null; wait; exit 143' TERM
	if [ "$machine" = host ]; then
		$deflect run --results "$dir" "$@" >"$dir/out.tap" &
	elif [ -n "$kernel" ]; then
		$boot/run.sh -j "$parts" -a "$cmdline" ${model:+-M "$model"} "$machine" \
			"$kernel" "$dir" "$@" >"$dir/out.tap" &
	else
		(exit 3) &
	fi
	wait $!
	st=$?
	if ! [ -f "$dir/results.json" ]; then
		printf '{"unfit":"%s"}\n' "$(tail -n 1 "$dir/err.log" | tr -d '"\\')" |
			$deflect collect --results "$dir" --machine "$machine" \
				--kernel "$asked" >"$dir/out.tap"
	fi
	echo "$name: $(tail -n 1 "$dir/out.tap")"
	# what ended by an error is tried again
	case $st in 0|1|4) mv "$dir/key.new" "$dir/key" ;; *) rm -f "$dir/key.new" ;; esac
	exit "$st"
}

# A line for people, nothing in a pipe.
progress() {
	[ ! -t 2 ] || printf '\r\033[K%s: %s' "$name" \
		"$(grep -cE '^(not )?ok ' "$dir/out.tap" 2>/dev/null)" >&2
}

wait_for_row() {
	while kill -0 "$running" 2>/dev/null; do
		progress
		sleep 1
	done
	wait "$running"
	running=
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# More would boot for longer than they save.
jobs=${JOBS:-$(nproc)}
[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "JOBS is a number of machines, not $jobs"
[ -n "${JOBS-}" ] || [ "$jobs" -le 4 ] || jobs=4
[ "$jobs" -le 16 ] || die "JOBS is 16 at most, not $jobs"
case ${VENDOR:-amd} in amd|intel) ;; *) die "VENDOR is amd or intel, not $VENDOR" ;; esac
for p in ${PARAMS:-}; do
	[[ $p = kvm*.*=* ]] ||
		die "PARAMS is kvm.NAME=VALUE, kvm_amd.NAME=VALUE and so on, not $p"
done
# shellcheck disable=SC2086	# a list
$deflect run --names ${PATTERN:-} >/dev/null || exit 2
case ${1-} in
# a stock kernel that cannot be had costs its rows, one's own costs the run
'')	[ -z "${KERNEL:-}" ] || [ -n "$(archive_suite "$KERNEL")" ] ||
		own=$(kernel_for "${MACHINES:-}" "$KERNEL") || exit
	rows=$(conform_rows)
	prefix=${RESULTS:-results}/$(date +%Y%m%dT%H%M%S)- ;;
matrix)	rows=$(matrix_rows)
	prefix=${RESULTS:-results/matrix}/ ;;
*)	die "usage: conform.sh [matrix]" ;;
esac

dirs=()
while read -r kernel machine model args; do
	model=${model#-}
	name=$machine
	[ "${1-}" != matrix ] || [ "$kernel" = - ] ||
		name=$kernel-$machine${model:+-$model}
	dir=$prefix$name
	if [ "$machine" = host ] && ! { [ -r /dev/kvm ] && [ -w /dev/kvm ]; }; then
		echo "host: left out: /dev/kvm is missing or not yours" \
			"to read and write; the emulated machines need none"
		continue
	fi
	mkdir -p "$dir" || exit 3
	dirs+=("$dir")
	# shellcheck disable=SC2086	# a list
	row "$dir" "$name" "$kernel" "$machine" "$model" $args 2>"$dir/err.log" &
	running=$!
	wait_for_row
done <<<"$rows"

for dir in "${dirs[@]}"; do
	# the failures with their reports, without what passed
	awk '/^#/ { buf = buf $0 "\n"; next }
	     /^not ok/ && !/# TODO/ { printf "%s%s\n", buf, $0 }
	     { buf = "" }' "$dir/out.tap"
	[ ! -s "$dir/err.log" ] || sed "s/^/${dir##*-}: /" "$dir/err.log"
done
[ ${#dirs[@]} -gt 0 ] || { echo "nothing to run on"; exit 4; }
if [ -n "${JUNIT:-}" ]; then
	$boot/junit.sh "${dirs[@]}" >"$JUNIT"
	[ $? -lt 2 ] || exit 3
fi
$deflect summary "${dirs[@]}"
