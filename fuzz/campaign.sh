#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# campaign.sh: fuzz KVM for TIME seconds. From the environment:
#   TARGET    filter, reply, sequence (the default) or race
#   ENGINE    libfuzzer (the default) or afl
#   MACHINE   host (the default), amd, amd2 or intel
#   TIME      seconds (600)
#   JOBS      processes of the engine, and CPUs of an emulated machine (1)
#   KERNEL    of the machine: as for kernel.sh (6.1); its KVM is rebuilt with
#             coverage where its source is to be had, NOCOVER=1 leaves it
#   CORPUS    folder of inputs (results/fuzz/corpus/TARGET): several campaigns,
#             also of several machines or hosts, may share one
#   EMPTY     set: begin without the suites' own cases
#   ROUND     seconds of a boot (300); each begins with what all have found
#   SET       "NAME=VALUE ..." for fuzz-guard and the engines
#   RESULTS   where to (results/fuzz/TARGET-MACHINE)
# What is found is on the disk as soon as it is told. Started again it goes on
# with that. A machine that dies is booted again; its console is kept.
# Exit: 0, 1 there are findings that are not known, 2 usage, 3 it cannot run.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
cd "$here/.." || exit 3
boot=harness/boot
. $boot/say.sh || exit 3
programs=${PROGRAMS:-build/fuzz}
target=${TARGET:-sequence} engine=${ENGINE:-libfuzzer} machine=${MACHINE:-host}
time=${TIME:-600} jobs=${JOBS:-1} kernel=${KERNEL:-6.1} round=${ROUND:-300}
results=${RESULTS:-results/fuzz/$target-$machine}
corpus=${CORPUS:-results/fuzz/corpus/$target}

case $target in filter|reply|sequence|race) ;;
*) say "TARGET=$target is none of filter, reply, sequence, race"; exit 2 ;; esac
case $engine in libfuzzer|afl) ;;
*) say "ENGINE=$engine is neither libfuzzer nor afl"; exit 2 ;; esac
case $machine in host|amd|amd2|intel) ;;
*) say "MACHINE=$machine is none of host, amd, amd2, intel"; exit 2 ;; esac
case $time$jobs$round in *[!0-9]*) say "TIME, JOBS and ROUND are numbers"
	exit 2 ;; esac
[ -x "$programs/fuzz-guard" ] || die "$programs/fuzz-guard is missing: make fuzzers"
mkdir -p "$results"/{findings,buckets} "$corpus" || die "cannot write $results"

tmp=$(mktemp -d) || exit 3
child=
end() {
	# of a pipeline both ends
	[ -z "$child" ] || kill $(jobs -p) "$child" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What has no corpus yet begins with the suites' own cases.
if [ -z "${EMPTY-}" ] && ! compgen -G "$corpus/*" >/dev/null; then
	"$programs/fuzz-guard" seeds "$target" "$corpus" || exit 3
fi

# A round on an emulated machine is short, and first runs what it is given, AFL++
# even several times: there each round has others of them.
choose() {
	if [ "$machine" = host ]; then
		sort -rn | head -n 4000		# the newest
	elif [ "$engine" = afl ]; then
		shuf | head -n "$round"
	else
		shuf | head -n $((2 * round))
	fi
}

bundle() {	# the corpus as lines of the stream
	perl -e 'for (@ARGV) { open F, "<", $_ or next; binmode F; local $/;
		($n = $_) =~ s{.*/}{}; print "input $n ", unpack("H*", <F> // ""), "\n" }' \
		$(find "$corpus" -type f -name '[0-9a-f]*' -size -3k -printf '%T@ %p\n' |
			choose | cut -d' ' -f2) </dev/null
}

# AFL++'s own program and what it is linked with.
afl_files() {
	local lib

	printf -- '-f\n%s=/afl-fuzz\n' "$(command -v afl-fuzz)"
	ldd "$(command -v afl-fuzz)" | grep -o '/[^ ]*' | while read -r lib; do
		printf -- '-f\n%s=%s\n' "$(realpath "$lib")" "$lib"
	done
	printf -- '-f\n%s/fuzz-afl=/fuzz-afl\n-f\n%s/mutator.so=/mutator.so\n' \
		"$programs" "$programs"
}

collect() { perl "$here/collect.pl" "$corpus" "$results"; }

on_host() {	# SECONDS
	rm -rf "$tmp/work"
	mkdir -p "$tmp/work" && bundle >"$tmp/work/bundle" || exit 3
	"$programs/fuzz-guard" DEFLECT_MACHINE=host ${SET-} "$engine" "$target" "$1" \
		"$jobs" "$tmp/work" 2>&1 | collect &
	child=$!
	wait $child
}

on_machine() {	# SECONDS
	local files=() args vendor=amd status

	[ "$machine" != intel ] || vendor=intel
	mkdir -p "$tmp/w" && bundle >"$tmp/w/bundle" || exit 3
	[ "$engine" = libfuzzer ] || mapfile -t files < <(afl_files)
	[ "$engine" = afl ] || files=(-f "$programs/fuzz-libfuzzer=/fuzz-libfuzzer")
	args=("DEFLECT_MACHINE=$machine" "DEFLECT_EMULATOR=$emulator"
		${SET-} "$engine" "$target" "$1" "$jobs" /w)
	$boot/initrd.sh -o "$tmp/initrd" -k "$kerneldir" -v $vendor \
		-d build/deflect -f "$programs/fuzz-guard=/fuzz-guard" \
		-f "$tmp/w/bundle=/w/bundle" "${files[@]}" \
		-- exec /fuzz-guard "${args[@]}" || exit 3
	# a guest's second can be several of ours: then this ends the round
	$boot/machine.sh -m "$machine" -t $(($1 + 180)) -n "$jobs" \
		-a "kvm.force_emulation_prefix=1 ${CMDLINE-}" \
		-c "$results/console.log" "$kerneldir" "$tmp/initrd" \
		2>"$tmp/machine.err" | collect &
	child=$!
	wait $child
	status=$?
	[ $status != 1 ] || ! grep -q 'still running after' "$tmp/machine.err" ||
		status=0
	return $status
}

if [ "$machine" != host ]; then
	if [ -z "${NOCOVER-}" ]; then
		kerneldir=$(fuzz/kmod/modules.sh -c "$kernel") || exit 3
	else
		kerneldir=$($boot/kernel.sh "$kernel") || exit 3
	fi
	emulator=$($boot/machine.sh -V "$machine" "$kerneldir") || exit 3
fi

left=$time deaths=0
while [ "$left" -gt 0 ]; do
	n=$((left < round ? left : round))
	if [ "$machine" = host ]; then
		on_host $n
	else
		on_machine $n
	fi
	status=$?
	child=
	[ $status != 3 ] || { cat "$tmp/machine.err" >&2 2>/dev/null
		die "the fuzzer does not run on $machine"; }
	if [ $status != 0 ]; then
		cat "$tmp/machine.err" >&2
		cp "$results/console.log" "$results/console-died-$(date +%s).log"
		[ $((++deaths)) -lt 20 ] || die "the machine died $deaths times"
	fi
	left=$((left - n))
	case ${SET-} in *DEFLECT_FIRST*)
		! grep -q 'findings [1-9]' "$results/status" || left=0 ;;
	esac
done
if command -v afl-plot >/dev/null && command -v gnuplot >/dev/null; then
	afl-plot "$results" "$results/plot" >/dev/null 2>&1 &&
		say "plots: $results/plot/index.html"
fi
find "$results/findings" -name '*.prog' ! -name 'known-*' | grep -q . || exit 0
say "findings: $results/findings; make triage TARGET=$target MACHINE=$machine"
exit 1
