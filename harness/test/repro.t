#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Reproducers: for a sample of cases, every known deviation of this machine
# among them, the C program that `deflect repro` prints compiles without a
# warning and ends as deflect's own run of the case does, in the same words.
. "${0%/*}/lib.sh"
export LC_ALL=C
chmod 755 "$tmp"
export deflect tmp

refused 2 'repro takes the name of a case or a file' repro
refused 2 "no case and no file 'no/such'" repro no/such
refused 3 "cannot read $tmp" repro "$tmp"
refused 2 '-:1:1: ends before the first step' repro -
printf 'cap 0x4\nrdmsr 0x10 frob\n' >"$tmp/word"
refused 2 "$tmp/word:2:16: 'frob' was not expected here" repro "$tmp/word"
printf 'filter allow\nleak 500\n' >"$tmp/leak"
refused 2 'no reproducer for step 2: leak 500' repro "$tmp/leak"

# ---- what a reproducer carries ----

printf 'cap 0x4\nfilter deny range rw 0x174+1 = 0xff\n' >"$tmp/small"
"$deflect" repro "$tmp/small" >"$tmp/small.c" 2>"$tmp/err" &&
	! grep -qE 'vcpu|KVM_RUN|guest' "$tmp/small.c" &&
	[ "$(wc -l <"$tmp/small.c")" -lt 180 ]
ok 'caps and a filter: no guest code, under 180 lines' "$tmp/small.c"

printf 'rdmsr 0x174\n' >"$tmp/one"
"$deflect" repro "$tmp/one" >"$tmp/one.c" 2>"$tmp/err" &&
	! grep -qE 'pthread|fork|filter|object|IRETQ' "$tmp/one.c"
ok 'one access: nothing of threads, objects, NMIs' "$tmp/one.c"

! expand "$tmp/small.c" "$tmp/one.c" | grep '.\{81\}' >"$tmp/err"
ok 'no line is longer than 80 columns'

if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	gcc -Wall -Werror -static -o "$tmp/one" "$tmp/one.c" 2>"$tmp/err" && {
		"$tmp/one" 2>"$tmp/err"
		[ $? = 3 ]
	}
	ok 'without /dev/kvm a reproducer says so with status 3'
	skip 'reproducers and deflect agree' 'no usable /dev/kvm'
	finish
fi

# ---- all kinds of steps ----

mkdir "$tmp/prog"
cat >"$tmp/prog/held" <<'END_OF'
cap 0x7
filter allow range rw 0x174+3 = 0
rdmsr 0x174 hold
peek
events
regs
get_msr 0x174
set_msr 0x174 0x10
rdmsr 0x175
set_regs rax=0x1 rcx=0x2 rdx=0x3
resume data=0x1122334455667788 junk=0x5a
wrmsr 0x175 0x5 hold tf
resume arg=0x1
resume valid_regs=0x8000000000000000
resume dirty_regs=0x8000000000000000
resume error=3 immediate_exit
events
regs
resume
rdmsr 0x176 hold
set_regs rax=0x5 dirty
resume signal
nmi
resume
rdmsr 0x176 hold
inject 6
resume
rdmsr 0xdeadbeef hold
debug singlestep
resume data=0x1
debug off
resume
rdmsr 0x174 hold
poke 0f30
mp_state 0
copy vm1
resume
vm1: resume
rdmsr 0x174 hold
idt 0
resume error=1
END_OF
cat >"$tmp/prog/actors" <<'END_OF'
needs irqchip
irqchip full
vcpu1: init
cap 0x7
t1.vcpu2: spin &
t2: filter allow range rw 0x174+1 = 0
t3: rdmsr 0x174 hold
child: cap 0x7
child: filter allow
vcpu2: stop
wait t1
t1: resume data=0x7
vcpu3: cpuid default
vcpu1: sregs
vcpu1: code 0fa2 rax=0x0
vcpu1: code 0f0b
vcpu1: rdmsr 0x174 cpl=3
vcpu2: rdmsr 0x174 shadow=sti prefix=f266
vcpu2: wrmsr 0x174 0x1 shadow=movss rcx_high=0x1 rax_high=0x2 rdx_high=0x3
close
check_cap 188
vm1.vcpu3: cpuid none
vm1.vcpu3: rdmsr 0x174
vm2: irqchip split
END_OF
cat >"$tmp/prog/places" <<'END_OF'
case */places
cap 0x7 at=guest
cap 0x7 at=file pad=0x33
cap 0x7 at=odd args=0x1
cap 0x7 at=noaccess
cap 0x7 at=readable:103
cap 0x7 nr=189 fd=vcpu
filter allow at=guest range rw 0x174+9 = 0xff^0,8 at=guest range rw 0x10+5 = 0 at=first
filter allow at=odd pad=0x5a after=unmap range rw 0x174+100 = 0xff^3,77 at=odd range 5: w 0x10+64 = 0 at=file
filter deny at=rdonly range 0x4 0x174+12289 = 0x55 at=rdonly range w 0x10+64 = 0 at=noaccess
filter flags=0x6 at=readable:391
filter deny at=hole
filter deny at=kernel
filter deny at=noncanonical
filter deny at=last
filter deny at=null
filter allow request=0x4104aec6 fd=kvm
filter allow range 3: rw 0x10+1 = 0 at=null range r 0x174+0 = 0 at=hole
ioctl 0x4104aec6 at=file
ioctl 0xae03 arg=0xbc
check_cap 189 fd=kvm
rdmsr 0x174
END_OF

# ---- the sample ----

# those of nisv/ are for arm64
"$deflect" list | grep -v ' ' | grep -v '^nisv/' >"$tmp/names"
module=$(cd /sys/module && ls -d kvm_* | tail -n 1)
awk -F/ -v all="$(wc -l <"$tmp/names")" '
	# every k-th, and the first of each group
	$1 != last || NR % int(all / 105) == 0 { print }
	{ last = $1 }' "$tmp/names" >"$tmp/sample"
sed -n "s/^\([^ |]*\) | $module .*/\1/p" results/baseline/kernel.txt |
	grep -xFf "$tmp/names" >>"$tmp/sample"
sort -u -o "$tmp/sample" "$tmp/sample"
[ "$(wc -l <"$tmp/sample")" -ge 100 ]
ok "a sample of $(wc -l <"$tmp/sample") of $(wc -l <"$tmp/names") cases" "$tmp/sample"

"$deflect" --format json --cases-from "$tmp/sample" run >"$tmp/json" 2>"$tmp/err"
for p in "$tmp"/prog/*; do
	"$deflect" --format json replay "$p" 2>"$tmp/err" |
		sed "s|{\"case\":\"[^\"]*\"|{\"case\":\"$p\"|" >>"$tmp/json"
	echo "$p" >>"$tmp/sample"
done
# CASE VERDICT, and what a failing one wanted
perl -MJSON::PP -ne '
	my $r = decode_json($_);
	next unless $r->{case};
	print "$r->{case} $r->{verdict}\t", $r->{want} // "", "\n"' \
	"$tmp/json" >"$tmp/verdicts"

# reproduce NAME|FILE: prints it, its status, or what else became of it, and
# the last thing it wanted
reproduce() {
	local f

	f=$(mktemp "$tmp/r.XXXXXX")
	"$deflect" repro "$1" >"$f.c" 2>"$f.err" ||
		{ echo "$1 refused	$(cat "$f.err")"; return; }
	gcc -Wall -Werror -static -o "$f" "$f.c" 2>"$f.err" ||
		{ echo "$1 uncompiled	$(grep -m 1 error "$f.err")"; return; }
	timeout 60 "$f" >"$f.out" 2>&1
	echo "$1 $?	$(sed -n 's/^  want: //p' "$f.out" | tail -n 1)"
	rm -f "$f"
}
export -f reproduce
xargs -P 4 -I{} bash -c 'reproduce {}' <"$tmp/sample" >"$tmp/results"

failing=0
while IFS=$'\t' read -r line want; do
	name=${line% *} verdict=${line##* }
	IFS=$'\t' read -r got last < <(grep -F "$name " "$tmp/results")
	got=${got##* }
	printf '%s\n' "deflect: $verdict" "reproducer: $got" "want: $want" \
		"last: $last" >"$tmp/err"
	[[ ! $got$last =~ 'no reproducer for step '[0-9]+': '.*(leak|native|each|sweep|mode=|xen_page|int80|msrs|index_list|one_reg) ]] ||
		{ skip "$name" "${BASH_REMATCH[1]} is refused"; continue; }
	case $verdict in
	pass) [ "$got" = 0 ] ;;
	fail) failing=$((failing + 1))
		[ "$got" = 1 ] && [ "$last" = "$want" ] ;;
	skip) skip "$name" 'deflect skips it'; continue ;;
	*) false ;;
	esac
	ok "${name#"$tmp/prog/"}: $verdict"
done <"$tmp/verdicts"

[ "$(wc -l <"$tmp/verdicts")" = "$(wc -l <"$tmp/sample")" ]
ok 'every one of the sample was compared' "$tmp/verdicts"
if grep -q "| $module " results/baseline/kernel.txt; then
	[ $failing -gt 0 ]
	ok "reproducers of known deviations fail ($failing)" "$tmp/verdicts"
fi

# The text of a failing case, as it would come by mail, does the same.
name=$(sed -n 's/ fail	.*//p' "$tmp/verdicts" | head -n 1)
if [ -n "$name" ]; then
	"$deflect" explain "$name" | sed -n '/^rules /,/^$/p' |
		"$deflect" repro - >"$tmp/mail.c" 2>"$tmp/err" &&
		gcc -static -o "$tmp/mail" "$tmp/mail.c" 2>"$tmp/err" &&
		"$tmp/mail" >"$tmp/err"
	[ $? = 1 ] && grep -q '^FAIL$' "$tmp/err"
	ok "$name from stdin fails, too"
fi

# Printed where there is no KVM: what only KVM could answer is not checked.
nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
if $nobody test -x "$deflect" 2>"$tmp/err" && ! $nobody test -r /dev/kvm; then
	$nobody "$deflect" repro cap/found-on-vm >"$tmp/n.c" 2>"$tmp/err" &&
		grep -q 'without /dev/kvm' "$tmp/n.c" &&
		printf 'cap 0x7\nrdmsr 0x17a hold\nresume\nrdmsr 0x17a\n' |
		$nobody "$deflect" repro - >"$tmp/n.c" 2>"$tmp/err" &&
		gcc -Wall -Werror -static -o "$tmp/n" "$tmp/n.c" 2>"$tmp/err" &&
		"$tmp/n" >"$tmp/err" && grep -q '^PASS$' "$tmp/err"
	ok 'printed without /dev/kvm'
else
	skip 'printed without /dev/kvm' 'nobody may use it here, or not deflect'
fi
finish
