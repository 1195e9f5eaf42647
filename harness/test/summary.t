#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect summary on made-up results: a table with a row a run, and what
# differs between the kernels of one machine. And collect on a machine that
# never ran, which is such a row.
. "${0%/*}/lib.sh"
cd "$tmp" || exit 1

# results DIR MACHINE KERNEL COVERED CASE...: each case is NAME=VERDICT[/NOTE]
results() {
	local dir=$1 machine=$2 kernel=$3 covered=$4 c v sep='' name

	shift 4
	{
		echo "{\"schema\":1,\"machine\":\"$machine\",\"kernel\":\"$kernel\",\"module\":\"kvm_$machine\",\"vendor\":\"$machine\",\"eras\":[\"6.1\"],\"total\":$#}"
		for c; do
			name=${c%%=*} v=${c#*=}
			case $v in */*) note=${v#*/} ;; *) note= ;; esac
			echo "{\"case\":\"$name\",\"verdict\":\"${v%/*}\",\"note\":\"$note\",\"ms\":1,\"covered\":[${covered:+\"$covered\"}]}"
		done
		echo '{"end":0}'
	} | "$deflect" collect --results "$dir" >/dev/null
}

results a amd 5.10.0-1 '' a/same=pass a/known=fail/known a/skips=skip
results b amd 6.1.0-1 flt_flags_reserved a/same=pass a/known=pass a/skips=pass
results c intel 6.1.0-1 '' a/same=pass
"$deflect" summary a b c >out
ok "green where nothing failed that was not known"
[ "$(grep -c '^amd  *[56]' out)" = 2 ] && grep -q '^intel .*kvm_intel  *1  *1  *0' out
ok "a row a run"
grep -q '^what differs between kernels on amd:$' out && ! grep -q 'on intel' out
ok "what differs, on machines that ran several kernels"
grep -A1 '^  6.1 passes, 5.10 known (1 case)$' out | grep -qx '    a/known'
ok "a case that ends in another way"
grep -A1 '^  6.1 passes, 5.10 skipped (1 case)$' out | grep -qx '    a/skips'
ok "cases that differ otherwise stand apart"
! grep -q 'a/same' out
ok "a case that ends the same way is not named"
grep -A1 '^  6.1 proved, 5.10 not proved (1 rule)$' out | grep -qx '    flt_flags_reserved'
ok "a rule that one kernel was proved to obey"

echo '{"unfit":"amd: it panics\nlast words"}' | "$deflect" collect --results d \
	--machine amd --kernel 7.3-rc7 >out
[ $? = 3 ] && grep -q '^# last words$' out && grep -q '^not ok 1 - machine/begins-to-run$' out
ok "a machine that never ran: an error with its console's last words"
"$deflect" summary a d >out
[ $? = 3 ] && grep -q '^amd  *7.3-rc7  *1  *0  *0  *0  *0  *1 ' out
ok "and a row of the table"
echo '{"unfit":"no /dev/kvm"}' | "$deflect" --bisect collect >out
[ $? = 125 ]
ok "--bisect: what is no verdict is 125"
finish
