#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# conform.sh: the main job. Runs the suites on /dev/kvm where it is usable and
# on the emulated machines, and ends with one table. From the environment:
#   MACHINES  "host intel amd", and amd2; host is left out, and said so,
#             without /dev/kvm
#   KERNEL    kernel of the emulated machines (6.1)
#   PATTERN   cases to run (all)
#   RESULTS   where the result folders go (results/)
# Exits with the worst status of the machines.
set -u
export LC_ALL=C

cd "$(dirname "$(realpath "$0")")/../.." || exit 3
boot=harness/boot
deflect=build/deflect
kernel=${KERNEL:-6.1}
machines=${MACHINES:-host intel amd}
stamp=${RESULTS:-results}/$(date +%Y%m%dT%H%M%S)
set -f
# shellcheck disable=SC2086	# a list of patterns
set -- ${PATTERN:-}
set +f

jobs_running=
end() {
	for pid in $jobs_running; do
		kill "$pid" 2>/dev/null
	done
	wait
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A line for people, nothing in a pipe.
progress() {
	local dir line=

	[ -t 2 ] || return 0
	for dir in "${dirs[@]}"; do
		line="$line ${dir##*-}: $(grep -cE '^(not )?ok ' "$dir/out.tap")"
	done
	printf '\r\033[K%s' "$line" >&2
}

dirs=()
for m in $machines; do
	dir=$stamp-$m
	mkdir -p "$dir" || exit 3
	case $m in
	host)
		if ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then
			echo "host: left out: /dev/kvm is missing or not yours" \
				"to read and write; the emulated machines need none"
			rmdir "$dir"
			continue
		fi
		echo "host: running"
		$deflect run --results "$dir" "$@" >"$dir/out.tap"
		;;
	*)
		# two at a time
		while [ "$(jobs -pr | wc -l)" -ge 2 ]; do
			progress
			sleep 1
		done
		echo "$m: booting kernel $kernel in the background"
		$boot/run.sh "$m" "$kernel" "$dir" "$@" \
			>"$dir/out.tap" 2>"$dir/err.log" &
		jobs_running="$jobs_running $!"
		;;
	esac
	dirs+=("$dir")
done

while [ -n "$(jobs -pr)" ]; do
	progress
	sleep 1
done
[ ! -t 2 ] || printf '\r\033[K' >&2
wait
jobs_running=

for dir in "${dirs[@]}"; do
	# the failures with their reports, without what passed
	awk '/^#/ { buf = buf $0 "\n"; next }
	     /^not ok/ && !/# TODO/ { printf "%s%s\n", buf, $0 }
	     { buf = "" }' "$dir/out.tap"
	[ ! -s "$dir/err.log" ] || sed "s/^/${dir##*-}: /" "$dir/err.log"
done
[ ${#dirs[@]} -gt 0 ] || { echo "nothing to run on"; exit 4; }
$deflect summary "${dirs[@]}"
