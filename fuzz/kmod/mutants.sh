#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh: how many deliberate mistakes in KVM do the suites notice? Builds
# each mutant of suites/mutants/, runs the suites on the machine of its vendor
# and compares with the same kernel's modules rebuilt as they are. The kernel's
# own selftest of this ABI runs beside them. From the environment:
#   KERNEL    of the machines (6.1)
#   MACHINES  "amd intel"; a mutant for any vendor runs on the first
#   ONLY      a glob of mutant names (all)
#   ASIDE     set: the mutants in suites/mutants/aside/ instead
#   SUBSET    ci: those of suites/mutants/ci.txt, with the cases named there, and
#             without the selftest
#   FULL      set: all cases for every mutant, see below
#   JOBS      machines at a time (one per CPU)
#   RESULTS   where to (results/mutants)
# A mutant is killed by a case that fails on it, or takes the machine with it,
# and does not on the plain rebuild; listed deviations do not count. If three or
# fewer cases kill it they must do so twice. First it meets a sample of the
# groups that its class is about, and all cases only if that does not kill it.
# Mutants of some classes run what the table below says, "# cases:" in a mutant
# overrides it. Those of class race do so on two CPUs and show how often they
# were noticed.
# Killed and started again it goes on where it was: a mutant is done as long as
# program, edit, kernel and cases are the same. Leaves per mutant its results,
# and for all table.txt and results.jsonl.
# Exit: 0, 1 a mutant of SUBSET survived, 2 usage, 3 some could not be run.
set -u
export LC_ALL=C

here=$(dirname "$(realpath "$0")")
cd "$here/../.." || exit 3
boot=harness/boot
. $boot/say.sh || exit 3
mutants=suites/mutants
export DEFLECT=${DEFLECT:-build/deflect}
kernel=${KERNEL:-6.1}
machines=${MACHINES:-amd intel}
selftest=
# class, the groups of which a mutant meets some cases a rule first
first='
bits        filter match compat
bounds      filter match compat
completion  reply emu exit
default     match filter x2apic
direction   match pass
exemption   x2apic match
exit        exit emu reply
fault       fault emu reply
lifetime    filter prop
mask        cap exit
nested      nested
order       exit match filter
passthrough pass
replacement filter cap match
scope       match pass cap
validation  filter cap compat
'
# without those that take long
sample=$'--sample\n3\n!race\n!*@*'
# so that the cases and the half of the selftest that need it run
params=kvm.force_emulation_prefix=1
cpus=			# of a machine, as :2,
repeat=()		# and how often it runs each case
results=${RESULTS:-results/mutants}/${kernel##*/}${ASIDE:+-aside}${SUBSET:+-$SUBSET}

# class, the machine (intel is the slow one), what deflect runs there
groups='
passthrough intel pass exit reply x2apic nested
direction   intel pass match nested
scope       intel pass exit match nested
nested      intel nested
validation  intel reason
race        any   race
'

field() { sed -n "s/^# $1: *//p" "$2" | head -n 1; }

end() {
	for pid in $(jobs -p); do
		kill -- "-$pid" 2>/dev/null
	done
	wait
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

machine_of() {	# FILE: its machine, or nothing
	local vendor machine

	vendor=$(field vendor "$1")
	machine=$(field machine "$1")
	[ "$vendor" = any ] && { echo "${machines%% *}"; return; }
	case " $machines " in *" $vendor "*) echo "${machine:-$vendor}" ;; esac
}

named_of() {	# FILE: the patterns that it or SUBSET names
	local p

	p=$(awk -v m="$(basename "$1" .mut)" '$1 == m { $1 = ""; print }' \
		"${SUBSET:+$mutants/$SUBSET.txt}" /dev/null 2>/dev/null)
	echo "${p:-$(field cases "$1")}"
}

patterns_of() {	# FILE MACHINE: nothing for all cases
	local p

	p=$(named_of "$1")
	[ -n "$p" ] || p=$(awk -v c="$(field class "$1")" -v m="$2" \
		'$1 == c && ($2 == m || $2 == "any") { $1 = $2 = ""; print }' \
		<<<"$groups")
	set -f
	printf '%s\n' $p
}

# What a result depends on, as one word.
key_of() {	# KERNELDIR MACHINE PATTERNS
	{ sha256sum <"$DEFLECT"; echo "${1##*/} $(cat "$1/package") $params" \
		"${@:2}" "${repeat[@]}"; } |
		sha256sum | cut -c1-16
}

run() {	# OUT LIMIT MACHINE KERNELDIR ARGUMENTS...
	DEFLECT_MAX_DEATHS=1 timeout --foreground "$2" "$boot/run.sh" \
		-a "$params" "$3$cpus" "$4" "$1" "${@:5}" "${repeat[@]}" </dev/null
}

# Run the suites into directory OUT, or leave what was there if it is of KEY.
suites() {	# OUT KEY LIMIT MACHINE KERNELDIR ARGUMENTS, one a line
	local out=$1 key=$2 limit=$3 machine=$4 dir=$5 begin=$SECONDS
	local patterns

	[ "$(cat "$out/key" 2>/dev/null)" = "$key" ] && return
	rm -rf "$out"
	mkdir -p "$out" || die "cannot make $out"
	mapfile -t patterns <<<"$6"
	run "$out" "$limit" "$machine" "$dir" ${6:+"${patterns[@]}"} \
		>"$out/out.tap" 2>"$out/err.log"
	[ $? != 124 ] || echo "stopped after $limit s" >"$out/cause"
	grep -o 'the machine ended after.*' "$out/err.log" >>"$out/cause"
	# one that ends its machine at once is dead, not unfit to run
	if ! grep -q '^{"case":' "$out/results.json" 2>/dev/null &&
		! [ -s "$out/cause" ]; then
		tail -n 1 "$out/err.log" >"$out/error"
		return 1
	fi
	echo $((SECONDS - begin)) >"$out/seconds"
	echo "$key" >"$out/key"
}

# The kernel's own test, once per build; "" where it cannot be had.
selftest() {	# OUT MACHINE KERNELDIR
	[ -n "$selftest" ] && ! [ -s "$1/selftest" ] || return 0
	fuzz/kmod/selftest.sh "$2" "$3" "$selftest" >"$1/selftest" \
		2>"$1/selftest.err" </dev/null
}

plain() {	# ARGUMENTS of suites
	suites "$@" && selftest "$1" "$4" "$5"
	grep -q '^{"case":' "$1/results.json" 2>/dev/null || rm -f "$1/key"
}

# What a mutant meets first.
first_of() {	# FILE MACHINE
	local groups=

	[ -n "$(named_of "$1")${FULL-}" ] ||
		groups=$(awk -v c="$(field class "$1")" '$1 == c {
			for (i = 2; i <= NF; i++) print $i }' <<<"$first")
	if [ -n "$groups" ]; then
		printf '%s\n' "$sample" "$groups"
	else
		patterns_of "$@"
	fi
}

# Several mutants in one boot, which is most of the time. What does not end as
# it should is left to one(), which boots for each.
batch() {	# MACHINE FILE...
	local machine=$1 file name dir out key patterns args=() tmp n=0
	local begin=$SECONDS emulator

	shift
	emulator=$($boot/machine.sh -V "$machine" "$stock") || exit 3
	tmp=$(mktemp -d) || exit 3
	for file; do
		name=$(basename "$file" .mut)
		out=$results/$name
		[ "$(field class "$file")" != race ] || continue
		dir=$(fuzz/kmod/modules.sh -e "$file" "$kernel" 2>/dev/null) || continue
		patterns=$(first_of "$file" "$machine")
		key=$(key_of "$dir" "$machine" "$patterns")
		grep -qsxF -e "$key" -e "$(key_of "$dir" "$machine" \
			"$(patterns_of "$file" "$machine")")" "$out/key" && continue
		rm -rf "$out"
		mkdir -p "$out" && echo "$key" >"$tmp/$name.key" || exit 3
		for module in kvm "kvm-${machine%2}"; do
			args+=(-f "$dir/modules/$module.ko=/sets/$name/$module.ko")
		done
		printf '%s\t' "$name" run --format json --machine "$machine" \
			--timeout 60 --emulator "$emulator" ${patterns:+"$patterns"} |
			tr '\n' '\t'
		echo
		[ "$(cat "$results/plain-$machine/selftest" 2>/dev/null)" != pass ] ||
			printf '%s\texec\t/selftest\n' "$name"
		n=$((n + 1))
	done >"$tmp/jobs"
	[ $n -gt 0 ] &&
		$boot/initrd.sh -o "$tmp/initrd" -k "$stock" \
			-v "${machine%2}" -d "$DEFLECT" -f "$tmp/jobs=/jobs" "${args[@]}" \
			${selftest:+-f "$selftest=/selftest"} -- &&
		$boot/machine.sh -m "$machine" -a "$params" -s 300 -t 7200 -c "$tmp/console" \
			"$stock" "$tmp/initrd" \
			>"$tmp/stream" 2>"$tmp/err" </dev/null
	# the lines of each job, by its name
	awk -v dir="$tmp" 'match($0, /^{"job":"[^"]*/) {
		name = substr($0, 9, RLENGTH - 8); next }
		name { print >(dir "/" name ".stream") }' "$tmp/stream" 2>/dev/null
	for file; do
		name=$(basename "$file" .mut)
		out=$results/$name
		grep -q '^{"end":' "$tmp/$name.stream" 2>/dev/null || continue
		"$DEFLECT" collect --results "$out" --machine "$machine" \
			--emulator "$emulator" \
			<"$tmp/$name.stream" >"$out/out.tap" 2>"$out/err.log"
		sed -n 's/^{"exec":.*"status":\([0-9]*\)}$/\1/p' "$tmp/$name.stream" |
			sed 's/^0$/pass/;s/^[1-9].*/fail: status &/' >"$out/selftest"
		echo $(((SECONDS - begin) / n)) >"$out/seconds"
		mv "$tmp/$name.key" "$out/key"
	done
	rm -rf "$tmp"
	for file; do
		one "$file"
	done
}

# Do its few killers do it again? A mutant with more needs no proof.
confirm() {	# OUT LIMIT MACHINE KERNELDIR
	local few

	[ -f "$1/confirmed" ] && return
	"$here/score.pl" few "$results/plain-$3" "$1" >"$1/few"
	mapfile -t few <"$1/few"
	[ ! -s "$1/few" ] ||
		run "$1/again" "${@:2:3}" "${few[@]}" >"$1/again.tap" 2>&1
	: >"$1/confirmed"
}

# Enough of the suites to tell: a mutant that a sample of the cases kills needs
# no more, any other gets them all.
enough() {	# OUT LIMIT MACHINE KERNELDIR PATTERNS FIRST
	local key

	key=$(key_of "$4" "$3" "$5")
	if [ "$5" != "$6" ] && [ "$(cat "$1/key" 2>/dev/null)" != "$key" ]; then
		if suites "$1" "$(key_of "$4" "$3" "$6")" "${@:2:3}" "$6"; then
			: >"$1/sampled"
			confirm "${@:1:4}"
			[ "$("$here/score.pl" count "$results/plain-$3" "$1")" = 0 ] || return 0
		fi
	fi
	suites "$1" "$key" "${@:2:3}" "$5" && confirm "${@:1:4}"
}

one() {	# FILE
	local file=$1 name machine patterns dir out plain limit cpus=
	local repeat=()

	name=$(basename "$1" .mut)
	out=$results/$name
	machine=$(machine_of "$file")
	patterns=$(patterns_of "$file" "$machine")
	[ "$(field class "$file")" != race ] || cpus=:2 repeat=(--repeat 5)
	dir=$(fuzz/kmod/modules.sh -e "$file" "$kernel" 2>"$results/$name.build")
	case $? in
	0)	rm -f "$results/$name.build" ;;
	1)	score_one "$file" "$machine" inapplicable "$results/$name.build"
		return ;;
	*)	score_one "$file" "$machine" error "$results/$name.build"
		return ;;
	esac
	plain=$results/plain-$machine
	# a mutant may be slower, but not that much
	limit=$((4 * $(cat "$plain/seconds") + 180))
	if enough "$out" $limit "$machine" "$dir" "$patterns" \
		"$(first_of "$file" "$machine")"; then
		[ "$(cat "$plain/selftest" 2>/dev/null)" != pass ] ||
			selftest "$out" "$machine" "$dir"
		score_one "$file" "$machine" run "$plain" "$out"
	else
		score_one "$file" "$machine" error "$out/error"
	fi
}

score_one() {	# FILE MACHINE run PLAIN OUT | FILE MACHINE STATUS MESSAGEFILE
	local name

	name=$(basename "$1" .mut)
	"$here/score.pl" one "$@" >"$results/.$name.$$" &&
		mv "$results/.$name.$$" "$results/$name.json"
	"$here/score.pl" line "$results/$name.json" ${ASIDE:+aside} >&2
}

# Run a command in the background, at most JOBS at a time.
spawn() {
	while [ "$(jobs -pr | wc -l)" -ge "${JOBS:-$(nproc)}" ]; do
		wait -n
	done
	set -m		# a process group of its own, to be ended with all it started
	"$@" </dev/null &
	set +m
}

[ -x "$DEFLECT" ] || die "$DEFLECT is missing: run make"
say "the plain rebuild of $kernel first"
stock=$(fuzz/kmod/modules.sh "$kernel") || exit 3
line=$(grep -o '^[0-9]*\.[0-9]*' "$stock/release")
[ -n "${SUBSET-}" ] || selftest=$(fuzz/kmod/selftest.sh -b "$kernel") ||
	say "the kernel's own selftest is left out"
shopt -s nullglob
list=()
for file in "$mutants"/${ASIDE:+aside/}*.mut; do
	name=$(basename "$file" .mut)
	# shellcheck disable=SC2053	# a glob
	[[ $name == ${ONLY:-*} ]] || continue
	[ -z "${SUBSET-}" ] ||
		grep -qs "^$name " "$mutants/$SUBSET.txt" || continue
	[ -n "$(machine_of "$file")" ] || continue
	case " $(field kernels "$file") " in
	*" $line "*) list+=("$file") ;;
	esac
done
[ ${#list[@]} -gt 0 ] || { say "no mutant of $line for $machines" \
	"${ONLY:+matches $ONLY}"; exit 2; }
mkdir -p "$results" || die "cannot make $results"
exec 9>"$results/.lock"
flock -n 9 || die "$results is in use by another run"

say "${#list[@]} mutants of $line; results in $results"
declare -A wanted=()
for file in "${list[@]}"; do
	machine=$(machine_of "$file")
	patterns=$(patterns_of "$file" "$machine")
	wanted[$machine]+=$'\n'${patterns:-*}
done
for machine in "${!wanted[@]}"; do
	patterns=$(sort -u <<<"${wanted[$machine]}" | grep .)
	grep -qxF '*' <<<"$patterns" && patterns=
	spawn plain "$results/plain-$machine" \
		"$(key_of "$stock" "$machine" "$patterns")" 7200 "$machine" "$stock" \
		"$patterns"
done
wait
for machine in "${!wanted[@]}"; do
	[ -f "$results/plain-$machine/key" ] || die "the plain rebuild does not" \
		"run on $machine: $(cat "$results/plain-$machine/error")"
done

# the slow machine's first, so that none of them is last
for machine in $(printf '%s\n' "${!wanted[@]}" | sort -r); do
	together=()
	for file in "${list[@]}"; do
		[ "$(machine_of "$file")" = "$machine" ] || continue
		together+=("$file")
		[ ${#together[@]} = 4 ] || continue
		spawn batch "$machine" "${together[@]}"
		together=()
	done
	[ ${#together[@]} = 0 ] || spawn batch "$machine" "${together[@]}"
done
wait

for file in "${list[@]}"; do
	cat "$results/$(basename "$file" .mut).json"
done >"$results/results.jsonl"
"$here/score.pl" table "$results/results.jsonl" ${ASIDE:+aside} >"$results/table.txt"
status=$?
cat "$results/table.txt"
[ -n "${SUBSET-}" ] || [ $status != 1 ] || status=0
exit $status
