#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test-mutants.sh: the mutant runner's own tests, as TAP, with a made-up
# workshop and a made-up machine: what counts as killed, what is run again, what
# is shown. No network, no kernel, seconds.
here=$(dirname "$(realpath "$0")")
. "$here/../../harness/boot/tap.sh" mutants 21 || exit 1

root=$tmp/root
mkdir -p "$root"/{fuzz/kmod,harness/boot,suites/mutants/aside,build/plain}
cp "$here"/{mutants.sh,score.pl} "$root/fuzz/kmod"
cp "$here/../../harness/boot/say.sh" "$root/harness/boot"
cd "$root" || exit 1
echo 6.1.0 >build/plain/release
echo plain >build/plain/package

mutant() {	# NAME VENDOR [HEADER]: in $dir
	printf '%s\n' '# mistake: secret of '"$1" '# class: bounds' "# vendor: $2" \
		'# kernels: 6.1' ${3:+"$3"} 'file: x' 's/a/b/' >"$dir/$1.mut"
}
dir=suites/mutants
mutant many any
mutant single any
mutant flaky any
mutant listed any
mutant quiet any
mutant same any '# equivalent: nobody looks'
mutant other any
mutant deadly intel '# cases: a/*'
sed -i 's/6.1/6.12/' $dir/other.mut
mutant stale any
mutant unfit any
dir=suites/mutants/aside
mutant hidden any

cat >build/deflect <<'END'
#!/bin/sh
exit 0
END
cat >fuzz/kmod/modules.sh <<'END'
#!/bin/sh
[ "$1" = -e ] || { echo build/plain; exit; }
name=$(basename "$2" .mut)
[ $name != stale ] || { echo "apply.sh: stale.mut: does not apply" >&2; exit 1; }
mkdir -p build/$name
echo $name >build/$name/package
echo build/$name
END
cat >fuzz/kmod/selftest.sh <<'END'
#!/bin/sh
[ "$1" = -b ] && { echo /test; exit; }
case $2 in */many) echo "fail: status 254" ;; *) echo pass ;; esac
END
printf '#!/bin/sh\necho emulator\n' >harness/boot/machine.sh
cat >harness/boot/run.sh <<'END'
#!/bin/bash
shift 2
machine=$1 name=${2##*/} out=$3
shift 3
echo "$machine $name $*" >>ran
mkdir -p "$out"
row() { echo "{\"case\":\"$1\",\"verdict\":\"$2\",\"note\":\"$3\",\"rule\":\"${4-}\",\"got\":\"${5-}\"}"; }
{
	echo '{"machine":{},"cases":['
	for c in a/one a/two a/three b/known b/bad; do
		[ $# = 0 ] || [ "$1" = --sample ] || [[ " $* " == *" $c "* ]] || [ "$*" = 'a/*' ] || continue
		row $c $(case $name:$c in
		many:*)		echo fail - rule_$c ;;
		single:a/one)	echo fail - rule_one ;;
		flaky:a/two)	[ $# = 1 ] && echo pass || echo fail - rule_two ;;
		listed:b/known)	echo fail known rule_k ;;
		deadly:a/three)	echo fail - - "the_machine_died" ;;
		*:b/known)	echo fail known rule_k ;;
		*:b/bad)	echo fail - rule_b ;;
		*)		echo pass ;;
		esac) | sed 's/"-"/""/g;s/the_machine/the machine/;s/_died/ died/'
	done | paste -sd, | sed 's/},{/},\n{/g'
	[ $name != unfit ] || row machine/begins-to-run error ''
	echo ']}'
} | sed '/^\(.*\)}$/{N;s/}\n{/},\n{/}' >"$out/results.json"
END
chmod +x build/deflect fuzz/kmod/*.sh harness/boot/*.sh

run() { "$@" >"$tmp/out" 2>"$tmp/err"; rc=$?; echo "status $rc" >>"$tmp/err"; }
row() { grep -E "^ *$1 .* $2" "$tmp/out"; }

KERNEL=6.1 JOBS=4 run fuzz/kmod/mutants.sh
ok survivors-are-no-error [ $rc = 0 ]
ok many-killers row many '4.: a/one a/three a/two ...'
ok their-rules grep -q 'rule_a/one rule_a/three rule_a/two' "$tmp/out"
ok sample-is-enough-for-many [ "$(grep many ran)" = 'amd many --sample 3 !race !*@* filter match compat' ]
ok all-cases-for-a-survivor grep -qx 'amd quiet ' ran
ok more-may-kill-than-a-sample-does row single '1[+]: a/one'
ok single-killer-is-marked row deadly '1!: a/three'
ok single-killer-ran-again grep -qx 'amd single a/one' ran
ok failure-that-does-not-repeat row flaky 'secret of flaky .failed once: a/two.'
ok listed-deviation-kills-nothing row listed 'secret of listed'
ok what-fails-on-plain-too-kills-nothing row quiet 'secret of quiet'
ok died-with-its-machine row deadly '1!: a/three .the machine died in a/three.'
ok cases-chosen-by-the-mutant grep -qx 'intel deadly a/\*' ran
ok does-not-even-begin row unfit '1[+]: machine/begins-to-run'
ok equivalent-with-its-proof grep -q 'same: nobody looks' "$tmp/out"
ok inapplicable-is-said grep -q 'stale: .*does not apply' "$tmp/out"
ok both-scores grep -zq 'suites: 4 of 7 (57%), 3 of them.*selftest: 1 of 7 (14%)' "$tmp/out"

mv ran before
rm results/mutants/6.1/quiet/key
KERNEL=6.1 run fuzz/kmod/mutants.sh
ok goes-on-where-it-was [ "$(cat ran)" = 'amd quiet --sample 3 !race !*@* filter match compat
amd quiet ' ]
echo 'quiet a/one' >suites/mutants/ci.txt
KERNEL=6.1 SUBSET=ci run fuzz/kmod/mutants.sh
ok survivor-of-a-subset-is-a-failure [ $rc = 1 ]
KERNEL=6.1 ASIDE=1 run fuzz/kmod/mutants.sh
ok aside-stays-unread [ "$(grep -c hidden "$tmp/out")$(grep -c secret "$tmp/out")" = 10 ]

# Nothing outlives it, and what was running is not taken for done.
printf '#!/bin/sh\necho $$ >>pids\nexec sleep 1000\n' >harness/boot/run.sh
KERNEL=6.1 RESULTS=again fuzz/kmod/mutants.sh >"$tmp/out" 2>"$tmp/err" &
pid=$!
for _ in {1..50}; do
	[ -s pids ] && break
	sleep 0.1
done
kill $pid
wait $pid
gone() { sleep 0.3; ! kill -0 $(cat pids) && ! [ -e again/6.1/plain-amd/key ]; }
ok nothing-outlives-it gone

finish
