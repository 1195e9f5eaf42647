#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# triage.sh: findings become bugs. Replays each of a campaign's TIMES (5) times on
# fresh VMs of its machine, shrinks what fails, and sorts it by rule and outcome.
# Each bucket has a folder in RESULTS/bugs/: program.prog, repro.c, mail.txt.
# triage.sh promote FOLDER [NAME]: its program becomes a case of suites/regress/.
# From the environment: TARGET, MACHINE, KERNEL, RESULTS as for campaign.sh.
set -u -o pipefail
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
cd "$here/.." || exit 3
boot=harness/boot
. $boot/say.sh || exit 3
programs=${PROGRAMS:-build/fuzz}
target=${TARGET:-sequence} machine=${MACHINE:-host} kernel=${KERNEL:-6.1}
results=${RESULTS:-results/fuzz/$target-$machine}

promote() {	# FOLDER [NAME]
	local name program=$1/program.prog

	[ -f "$program" ] || die "$program is missing: run make triage"
	name=${2-$(sed -n 's,^case regress/,,p' "$program")}
	[[ $name =~ ^[a-z0-9-]+$ ]] ||
		die "'$name' is no name: letters, digits and - between them"
	mkdir -p suites/regress
	[ ! -e "suites/regress/$name.prog" ] ||
		die "suites/regress/$name.prog is there: give another name"
	sed "s,^case .*,case regress/$name," "$program" \
		>"suites/regress/$name.prog" || exit 3
	say "suites/regress/$name.prog: every run has it from now on. A kernel" \
		"that fails it needs a line in results/baseline/kernel.txt."
}

case ${1-} in
promote) [ $# -ge 2 ] || die "promote FOLDER [NAME]"
	promote "${@:2}"
	exit ;;
?*) say "usage: triage.sh, or triage.sh promote FOLDER [NAME]"; exit 2 ;;
esac
compgen -G "$results/findings/*.prog" >/dev/null ||
	{ say "$results/findings has none"; exit 0; }
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$tmp/w" "$results"/{bugs,buckets} || exit 3
perl -e 'for (@ARGV) { open F, "<", $_ or next; binmode F; local $/;
	($n = $_) =~ s{.*/}{}; print "finding $n ", unpack("H*", <F>), "\n" }' \
	"$results"/findings/*.prog >"$tmp/w/bundle" </dev/null
rm -f "$results"/buckets/*

if [ "$machine" = host ]; then
	"$programs/fuzz-guard" DEFLECT_MACHINE=host triage "$tmp/w" \
		"${TIMES:-5}" 2>&1
else
	dir=$($boot/kernel.sh "$kernel") || exit 3
	emulator=$($boot/machine.sh -V "$machine" "$dir") || exit 3
	vendor=amd
	[ "$machine" != intel ] || vendor=intel
	$boot/initrd.sh -o "$tmp/initrd" -k "$dir" -v $vendor -d build/deflect \
		-f "$programs/fuzz-guard=/fuzz-guard" -f "$tmp/w/bundle=/w/bundle" \
		-- exec /fuzz-guard "DEFLECT_MACHINE=$machine" \
		"DEFLECT_EMULATOR=$emulator" triage /w "${TIMES:-5}" || exit 3
	$boot/machine.sh -m "$machine" -s 300 -n "${CPUS:-1}" \
		-a "kvm.force_emulation_prefix=1 ${CMDLINE-}" \
		-c "$results/console.log" "$dir" "$tmp/initrd"
fi | perl "$here/collect.pl" "$tmp" "$results" | tee "$results/verdicts" ||
	die "triage was cut off: see $results/console.log"

# What a mail says, from the comments of the program.
mail() {	# PROGRAM
	local private

	private=$(grep -iE '^# .*(KASAN|BUG:|Oops|general protection|use-after-free|ended with)' "$1")
	if [ -n "$private" ]; then
		echo "NOT FOR A LIST: a guest or an unprivileged process may be able"
		echo "to corrupt the host's memory or to crash it. Write to"
		echo "security@kernel.org and KVM's x86 maintainers only; see"
		echo "README.md, \"a bug that a guest can use\"."
		echo
	fi
	sed -n 's/^# rule \([^ ]*\) (\([^)]*\)): \(.*\)/KVM does not do what it says of its userspace-MSR ABI: \3/p' "$1" | fmt -w 72
	[ -n "$private" ] || grep -q '^# rule' "$1" || echo "The kernel reports:"
	echo
	sed -n 's/^# \(failed\|step\|want:\|got:\|first\|machine:\|kernel log\)/\1/p' "$1" |
		sed 's/^/  /'
	echo
	echo "The whole program, whose first steps are what userspace does:"
	echo
	grep -v '^#\|^case\|^rules' "$1" | sed 's/^/  /'
	echo
	echo "repro.c is the same as a C program that needs nothing else."
}

bugs=0
for program in "$results"/buckets/*.prog; do
	[ -f "$program" ] || continue
	grep -q '^# failed.*listed as' "$program" && continue
	dir=$results/bugs/$(basename "$program" .prog)
	mkdir -p "$dir" && cp "$program" "$dir/program.prog" || exit 3
	build/deflect repro "$program" >"$dir/repro.c" 2>"$tmp/err" || {
		rm -f "$dir/repro.c"
		cat "$tmp/err" >"$dir/no-repro.txt"; }
	mail "$program" >"$dir/mail.txt"
	bugs=$((bugs + 1))
	echo "$dir"
done
say "$(grep -c '^verdict' "$results/verdicts") findings," \
	"$(grep -c ' flaky ' "$results/verdicts") flaky," \
	"$(grep -c ' gone ' "$results/verdicts") gone," \
	"$(grep -c ' known ' "$results/verdicts") known; $bugs bugs nobody knows"
