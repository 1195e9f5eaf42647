#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect record and diff: what was seen survives as text that stands for the
# run, and what two of them answer in different ways is said in words.
. "${0%/*}/lib.sh"
root=$PWD

# run DIR KERNEL [SED SCRIPT]: made-up observations
run() {
	cat <<-END | sed "${3:-}" | "$deflect" --baseline "$tmp" collect --results "$1" >/dev/null 2>&1
	{"schema":1,"deflect":"v1","machine":"amd","kernel":"$2","version":"#1","module":"kvm_amd","vendor":"amd","cpu":"A CPU","emulator":"QEMU","params":"kvm.x=1","eras":["6.1","6.12"],"total":6}
	{"case":"cap/found-on-vm","verdict":"pass","note":"","ms":1,"covered":["cap_user_space_msr_is_one","cap_msr_filter_is_one"],"seen":"1-2,4: returns 1\n3: EINVAL\n"}
	{"case":"a/access","verdict":"pass","note":"","ms":1,"covered":[],"seen":"1: returns 0\n2,5-7: exit RDMSR reason=FILTER, then done\n3: done rax=0x1 rdx=0x0\n"}
	{"case":"a/twin","verdict":"pass","note":"","ms":1,"covered":[],"seen":"2: exit RDMSR reason=FILTER, then done\n"}
	{"case":"a/twin@no-npt","verdict":"pass","note":"","ms":1,"covered":[],"seen":"2: exit RDMSR reason=FILTER, then done\n"}
	{"case":"a/bad","verdict":"fail","note":"","ms":1,"covered":[],"step":3,"rule":"match_bit_decides","want":"W","got":"G","message":"M","seen":"3: G\n"}
	{"case":"a/skipped","verdict":"skip","note":"","ms":1,"covered":[],"reason":"needs a pony"}
	{"end":1}
	END
}

cd "$tmp" || exit 1
run one 6.1.0-1
"$deflect" record one --output one.txt 2>err && [ "$(head -n 1 one.txt)" = "deflect record: 1" ]
ok "a record"
for line in 'machine: amd' 'kernel: 6.1.0-1' 'module: kvm_amd' 'cpu: A CPU' \
	'emulator: QEMU' 'params: kvm.x=1' 'eras: 6.1,6.12' \
	'proved: cap_user_space_msr_is_one cap_msr_filter_is_one' \
	'a/access: pass' '  2,5-7: exit RDMSR reason=FILTER, then done' \
	'a/bad: fail' '  rule: match_bit_decides' '  want: W' '  got: G' \
	'a/skipped: skip' '  reason: needs a pony'; do
	grep -qxF -e "$line" one.txt || break
done
ok "with its machine, what was proved, verdicts and what was seen"
grep -o '^[a-z][^ ]*/[^:]*' one.txt >names && LC_ALL=C sort -c names
ok "sorted by case"
run second 6.1.0-1
"$deflect" record second | diff one.txt - >out
ok "the same answers make the same record"

# a record stands for its run
"$deflect" summary one | sed 's/ *[0-9.]* QEMU/ QEMU/' >a
"$deflect" summary one.txt | sed 's/ *[0-9.]* QEMU/ QEMU/' >b
cmp -s a b
ok "summary of a record is that of the run" b
"$deflect" gate one.txt one >out 2>err && grep -q 'nothing is worse' out
ok "gate takes it"
"$deflect" report one.txt | grep -o '"got":"G"' >out
ok "so does report"
"$deflect" diff one one.txt >out && grep -qx '5 cases answered alike, 0 in different ways' out
ok "diff: 0 where nothing differs"

# what differs
run two 6.12.0-1 '/access/s/5-7/5-6/; /access/s/rax=0x1/rax=0x5/; /skipped/s/skip",/pass",/; /skipped/s/}$/,"seen":"1: EIO\\n"}/; /found-on-vm/s/EINVAL/returns 1/; s/"total":6/"total":6/'
"$deflect" diff one.txt two >out
[ $? = 1 ] && grep -qx 'A: amd, linux 6.1.0-1, kvm_amd, QEMU (one.txt)' out &&
	grep -qx 'B: amd, linux 6.12.0-1, kvm_amd, QEMU (two)' out &&
	grep -qx '3 cases answered alike, 2 in different ways' out
ok "diff: 1 and both machines"
grep -A3 -x 'another value of rax' out | grep -qx '    A: rax=0x1; B: rax=0x5'
ok "a value that differs"
grep -A2 -x 'A: exit RDMSR reason=FILTER, then done; B: nothing' out | grep -qx '  a/access, step 7'
ok "a step that one did not get to"
grep -A2 -x 'A: EINVAL; B: returns 1' out | grep -q '^  cap/found-on-vm, step 3: .'
ok "what the step was, where the case is known"
grep -qx 'only B answers 1 case; the other: needs a pony' out
ok "what one of them could not run"

# configurations
run three 6.1.0-1 '/no-npt/s/reason=FILTER/reason=UNKNOWN/'
"$deflect" diff three three@no-npt >out
[ $? = 1 ] && grep -qx 'A: reason=FILTER; B: reason=UNKNOWN' out &&
	grep -qx '0 cases answered alike, 1 in different ways' out
ok "a configuration beside the cases it was run on"
run four 6.1.0-1 's,"a/twin","mode/x",;s,"a/twin@no-npt","emu/x",;/emu/s/=FILTER/=UNKNOWN/'
"$deflect" diff four four@forced >out
[ $? = 1 ] && grep -qx 'A: reason=FILTER; B: reason=UNKNOWN' out &&
	grep -qx '0 cases answered alike, 1 in different ways' out &&
	grep -q '^  mode/x, step 2' out
ok "what KVM emulates beside what the CPU does"

# what it says when it cannot
sed -i 's/"seen":"[^"]*"/"x":0/' second/results.json
refused 3 "run with --observe" record second
refused 3 "run with --observe" diff one second
refused 3 "nothing to tell of that configuration" diff one one@none
refused 3 "cannot read" record none
refused 2 "record takes one result folder" record
refused 2 "diff takes two" diff one
sed -i 's/"complete":true/"complete":false/' two/results.json
refused 3 "is incomplete" record two
sed '/^a.access/s/pass/perhaps/' one.txt >odd.txt
refused 3 "odd.txt:14: no line of a record" diff one odd.txt
cd "$root" || exit 1

# the tracked ones
for f in results/records/*.txt; do
	[ -e "$f" ] || continue
	[ "$(stat -c %s "$f")" -lt 1000000 ] && "$deflect" diff "$f" "$f" >"$tmp/out" 2>"$tmp/err"
	ok "$f can be read, and is not large"
done
# a real one twice: nothing in it is chance
if [ -w /dev/kvm ]; then
	for i in 1 2; do
		"$deflect" -q --results "$tmp/real$i" --observe run cap exit reply >/dev/null 2>&1
	done
	"$deflect" diff "$tmp/real1" "$tmp/real2" >"$tmp/out"
	ok "two runs on this host answer alike"
fi
cd "$tmp" || exit 1
# known deviations: the list names a module or a machine, and kernel lines
known() {	# LIST KERNEL [WHERE]: whether a/bad is known
	echo "a/bad | ${3:-kvm_amd} $1 | W | G | R | E" >kernel.txt
	run known "$2"
	grep -q '"case":"a/bad".*"note":"known"' known/results.json
}

for list in 6.1 6.1,6.12 5.10,6.1 5.10,6.1,6.12; do
	known $list 6.1.0-1 && known $list 6.1.0-1 amd
	ok "a deviation of $list is known on 6.1"
done
for list in 6.12 5.10,6.12 6.12,7.2; do
	! known $list 6.1.0-1 && ! known $list 6.1.0-1 amd
	ok "a deviation of $list is not on 6.1"
done
! known 6.1 6.1.0-1 kvm_intel && ! known 6.1 6.1.0-1 amd2
ok "nor that of another module or machine"
known '6.1 kvm.x=1' 6.1.0-1 && ! known '6.1 kvm.x=0' 6.1.0-1 &&
	! known '6.1 kvm.y=1' 6.1.0-1 && known '6.1 kvm.x=Y' 6.1.0-1 &&
	! known '6.1 kvm.x=1 kvm.y=1' 6.1.0-1
ok "a deviation that KVM has with a parameter only"
echo 'a/bad | kvm_amd 6.1 | W | x=0x? y=0x1 | R | E' >kernel.txt
for got in 'x=0xff y=0x1' 'x=0x12ab y=0x1' 'x=0xff y=0x2' 'x=0x y' 'x=7 y=0x1'; do
	run any 6.1.0-1 "s/\"got\":\"G\"/\"got\":\"$got\"/"
	grep -q '"note":"known"' any/results.json && echo "$got"
done >out
[ "$(grep -c . out)" = 2 ] && ! grep -qv 'y=0x1$' out
ok "a number that is another one each time"
for list in '' , 6.1, ,6.1 6.1,,6.12 6.1,6.12.3 6.1-rc1 '6.1 x' '6.1 kvm.x' \
	kvm.x=1; do
	echo "exit/x | kvm_amd $list | W | G | R | E" >kernel.txt
	"$deflect" --baseline . check >out 2>err
	[ $? = 1 ] && grep -q '^kernel.txt:1: not CASE | WHERE' err
	ok "no list of kernel lines: '$list'"
done
finish
