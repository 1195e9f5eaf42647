#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# score.sh: how long until the fuzzer finds a deliberate bug? Each mutant of
# fuzz/mutants.txt, from an empty corpus, on one CPU of the machine amd, by each
# engine; beside it what the same engine finds in as long without the model: by
# what the kernel reports of itself. From the environment: ONLY, a glob of
# mutants; ENGINES (libfuzzer afl); TIME (180), CONTROL (180) seconds, 0 for none;
# TARGETS (filter sequence), in turn each half of the time; KERNEL (6.1); JOBS,
# how many are measured at a time, each on a CPU of its own (all CPUs).
# Prints a table; results/fuzz/score/ keeps what was found. Exit: 0, 1 one was
# not found, 3 it cannot run.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
cd "$here/.." || exit 3
. harness/boot/say.sh || exit 3
time=${TIME:-180} control=${CONTROL:-180} kernel=${KERNEL:-6.1}
jobs=${JOBS:-$(nproc)}
read -ra targets <<<"${TARGETS:-filter sequence}"
missed=0

# run RESULTS TARGET ENGINE SECONDS KERNELDIR SET: seconds to the first finding
run() {
	rm -rf "$1"
	mkdir -p "$1"
	EMPTY=1 NOCOVER=1 RESULTS=$1 CORPUS=$1/corpus TARGET=$2 ENGINE=$3 TIME=$4 \
		ROUND=$4 MACHINE=amd JOBS=1 KERNEL=$5 SET=$6 \
		fuzz/campaign.sh >"$1.log" 2>&1 </dev/null
	[ $? -lt 2 ] || return 3
	find "$1/findings" -name '*.prog' ! -name 'known-*' | grep -q . || return 1
	sed -n 's/^\([0-9]*\) s: .* findings [1-9].*/\1/p' "$1.log" | tail -n 1
}

# Is it the mutant's, so that the kernel as it is does not show it?
real() {	# RESULTS TARGET
	RESULTS=$1 TARGET=$2 MACHINE=amd KERNEL=$kernel TIMES=1 fuzz/triage.sh \
		2>/dev/null </dev/null | grep '^verdict' | grep -v ' known-' |
		grep -q ' gone '
}

measure() {	# MUTANT TUNING ENGINE KERNELDIR: its row
	local out=results/fuzz/score/$1-$3 found='' spent=0 target n rule
	local crashes=-

	n=$((time / ${#targets[@]}))
	for target in "${targets[@]}"; do
		found=$(run "$out-$target" "$target" "$3" $n "$4" DEFLECT_FIRST=1) &&
			real "$out-$target" "$target" && break
		spent=$((spent + n))
		found=
	done
	rule=$(find "$out-$target/findings" -name '*.prog' ! -name 'known-*' \
		-printf '%f\n' | head -n 1)
	if [ "$control" -gt 0 ]; then
		crashes=$(run "$out-control" "${targets[0]}" "$3" "$control" "$4" \
			"DEFLECT_FIRST=1 DEFLECT_CRASHES_ONLY=1") || crashes=nothing
	fi
	printf '%-28s %-9s %-10s %-9s %s\n' "$1" "$3" \
		"${found:+$((spent + found)) s}" "$crashes" "${rule%%.*} ($2)"
}

rows=$(mktemp -d) || exit 3
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$rows"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
list=()
while read -r name tuning; do
	case $name in ''|\#*) continue ;; ${ONLY:-*}) ;; *) continue ;; esac
	dir=$(fuzz/kmod/modules.sh -c -e "suites/mutants/$name.mut" "$kernel" \
		2>/dev/null) || die "$name does not build"
	for engine in ${ENGINES:-libfuzzer afl}; do
		list+=("$name $tuning $engine $dir")
	done
done <fuzz/mutants.txt
for i in "${!list[@]}"; do
	while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	# shellcheck disable=SC2086	# four words
	measure ${list[i]} >"$rows/$i" &
	say "${list[i]% *}"
done
wait
printf '%-28s %-9s %-10s %-9s %s\n' mutant engine found control rule
for i in "${!list[@]}"; do
	cat "$rows/$i"
	grep -q '[0-9] s ' "$rows/$i" || missed=1
done
exit $missed
