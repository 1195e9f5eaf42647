#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [-b] [-a 'KERNEL ARGS'] [-M MODEL] [-o FORMAT] [-j N]
#        MACHINE[:CPUS] KERNEL RESULTS [deflect run arguments...]
#
# Runs cases on an emulated machine and puts their results into the folder
# RESULTS. MACHINE and MODEL as for machine.sh, amd:2 with 2 CPUs: there the
# kernel is preemptible everywhere and its allocator checks what is freed. KERNEL
# as for kernel.sh. The KERNEL ARGS may hold module parameters (kvm.ignore_msrs=1):
# to those of the stock kernel kvm.force_emulation_prefix=1 is added, which
# programs that do not use the prefix cannot tell. -b is deflect's --bisect. With
# -j, N such machines share the cases. A case that takes the machine with it costs
# that case: the machine is booted again, those that were running go on one at a
# time until the culprit is alone, then the rest follows. Prints what `deflect
# collect` prints; exits with its status.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
. "$here/say.sh" || exit 3
deflect=${DEFLECT:-$here/../../build/deflect}
max_deaths=${DEFLECT_MAX_DEATHS:-20}

cmdline='' model='' format=tap bisect='' parts=1
while getopts ba:M:o:j: opt; do
	case $opt in
	b) bisect=--bisect ;;
	a) cmdline=$OPTARG ;;
	M) model=$OPTARG ;;
	o) format=$OPTARG ;;
	j) parts=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] || { sed -n '4,5s/^# //p' "$0" >&2; exit 2; }
machine=$1 results=$3
vendor=amd arch='' forced=kvm.force_emulation_prefix=1 guest=$deflect
kind=${machine%:*} cpus=1 racy=''
case $kind in
intel)	vendor=intel ;;
arm64)	vendor=arm64 arch='-a arm64' forced='' ;;
esac
if [ "$kind" != "$machine" ]; then
	cpus=${machine#*:}
	[[ $cpus =~ ^[1-9][0-9]?$ ]] || {
		say "$machine: $cpus is no number of CPUs"
		exit 2
	}
	# Threads put aside in the middle of things are what races need, and
	# memory that tells when it is freed too early or twice.
	[ "$cpus" = 1 ] || racy='preempt=full slub_debug=FZP,kmalloc-*'
fi
# shellcheck disable=SC2086	# an option, or none
kernel=$("$here/kernel.sh" $arch "$2") || exit 3
shift 3
[ -x "$deflect" ] || die "$deflect is missing: run make"
if [ "$vendor" = arm64 ]; then
	guest=${DEFLECT_ARM64:-$here/../../build/arm64/deflect}
	[ -x "$guest" ] || die "$guest is missing: make ARCH=arm64"
fi
"$deflect" run --names "$@" >/dev/null || exit 2	# before a boot finds out
# The sanitizers of a debug kernel cost its machine four fifths of its speed.
timeout=60 silence=300
if grep -qs '^CONFIG_KASAN=y' "$kernel/config"; then
	timeout=300 silence=900
fi
emulator=$("$here/machine.sh" -V "$kind" ${model:+-M "$model"} "$kernel") ||
	exit 3

tmp=$(mktemp -d) || exit 3
boots=() streams=() share=() machine_pid=''
end() {
	[ ${#boots[@]} = 0 ] || kill "${boots[@]}" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$results" || die "cannot make $results"
rm -f "$results/cover.jsonl"	# with --cover: see harness/cover.h

names() { sed -n "s/^{\"$1\":\"\([^\"]*\)\".*/\1/p" "$2"; }

# boot ARGUMENTS...: one boot; its stream goes to stdout. Sets `alive`, and
# leaves in $tmp/running the cases that were running when it ended.
boot() {
	"$here/initrd.sh" -o "$tmp/initrd" -k "$kernel" -v $vendor \
		-d "$guest" -f "$tmp/done=/done" -f "$tmp/only=/only" -- run \
		--format json --machine "$machine" --emulator "$emulator" \
		--timeout $timeout --skip-from /done "$@" || exit 3
	tee "$tmp/stream" <"$tmp/machine" &
	"$here/machine.sh" -m "$kind" -s $silence -n "$cpus" \
		${model:+-M "$model"} -a "$forced $racy $cmdline" \
		-c "$console" "$kernel" "$tmp/initrd" \
		>"$tmp/machine" 2>"$tmp/machine.err" &
	machine_pid=$!
	wait
	machine_pid=
	names case "$tmp/stream" >>"$tmp/done"
	names asked "$tmp/stream" >"$tmp/asked"
	grep '^{"reached":' "$tmp/stream" >>"$tmp/reached"
	{
		names start "$tmp/stream" | grep -vxFf "$tmp/done"
		names control "$tmp/stream" | grep -vxFf "$tmp/asked"
	} >"$tmp/running"
	# the end of the run, or why there is none
	grep -q '^{"end":\|^{"unfit":' "$tmp/stream" && alive=yes && return
	alive=
	# a case that died with its machine says so, with what the console said
	if [ "$(wc -l <"$tmp/running")" = 1 ]; then
		printf '{"died":"%s","console":"%s"}\n' "$(cat "$tmp/running")" \
			"$(tail -n 12 "$console" | json_lines)"
		cat "$tmp/running" >>"$tmp/done"
		: >"$tmp/running"
	fi
	! began || cat "$tmp/machine.err" >&2
}

# Lines as the inside of a JSON string.
json_lines() { tr -d '\r\\"\000-\011\013-\037' | sed ':a;N;$!ba;s/\n/\\n/g'; }

began() { [ -s "$tmp/done" ] || [ -s "$tmp/running" ]; }

boots() {	# PART ARGUMENTS...
	local deaths=0 console=$results/console.log

	trap - EXIT
	trap '[ -z "$machine_pid" ] || kill "$machine_pid"; wait; exit 143' TERM

	tmp=$tmp/$1
	[ "$1" = 1 ] || console=$results/console-$1.log
	shift
	mkfifo "$tmp/machine" || exit 3
	: >"$tmp/done"
	: >"$tmp/only"
	boot "$@"
	if [ -z "$alive" ] && ! began; then
		echo "run.sh: $machine ended before the first case; once more:" \
			"$(head -n 1 "$tmp/machine.err")" >&2
		boot "$@"
	fi
	[ -n "$alive" ] || began ||
		printf '{"unfit":"%s"}\n' "$(json_lines <"$tmp/machine.err")"
	while [ -z "$alive" ] && [ $((++deaths)) -le "$max_deaths" ]; do
		began || return
		grep -vxFf "$tmp/done" "$tmp/running" >"$tmp/only"
		if [ -s "$tmp/only" ]; then
			boot --jobs 1 --cases-from /only
			[ -n "$alive" ] || continue
		fi
		boot "$@"
	done
}

# In the background, so that a signal is heard at once. Opened here, so that
# nobody waits for a reader that never comes.
for ((part = 1; part <= parts; part++)); do
	mkdir "$tmp/$part" && mkfifo "$tmp/$part/boots" || exit 3
	[ "$parts" = 1 ] || share=(--part "$part/$parts")
	boots "$part" "${share[@]}" "$@" >"$tmp/$part/boots" &
	boots+=($!)
	exec {fd}<"$tmp/$part/boots"
	streams+=($fd)
done
"$deflect" collect --results "$results" --format "$format" $bisect \
	--machine "$machine" --emulator "$emulator" \
	--kernel "$(cat "$kernel/release")" "${streams[@]/#//dev/fd/}" &
for fd in "${streams[@]}"; do
	exec {fd}<&-
done
wait $!
status=$?
wait "${boots[@]}"
boots=()
! cat "$tmp"/*/reached | grep . >"$tmp/reached" ||
	cp "$tmp/reached" "$results/cover.jsonl" || status=3
exit $status
