#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deflect sweep: what it prints, its state file, its errors.
. "${0%/*}/lib.sh"

sweep() { "$deflect" sweep "$@" >"$tmp/out" 2>"$tmp/err"; }

refused 2 "--to is 0 to 0xffffffff, not '0x100000000'" sweep --to 0x100000000
refused 2 "--from is behind --to" sweep --from 2 --to 1
refused 2 "--mask is 0 to 7" sweep --mask 8
refused 2 "sweep takes --reads or --writes" sweep --reads --writes
refused 2 "sweep takes no 'frob'" sweep frob
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	finish
fi

sweep --from 0xfffff000 --state "$tmp/state" &&
	grep -q '^# 4096 indices, 0 mismatches' "$tmp/out"
ok "denied reads, up to the last index"
sweep --from 0xfffff000 --state "$tmp/state" &&
	grep -q '^# 4096 indices, 0 mismatches, 0.0 s' "$tmp/out"
ok "a sweep that is done stays done"
sed -i 's/next 0x[0-9a-f]*/next 0xffffff00/' "$tmp/state"
sweep --from 0xfffff000 --state "$tmp/state" &&
	grep -q '^next 0x100000000 ' "$tmp/state"
ok "it goes on from its state file"
refused 2 "is not the state of this sweep" sweep --from 0xffffff00 --state "$tmp/state"
sweep --from 0xffffff00 --state "$tmp/no/state"
[ $? = 3 ] && grep -qF "cannot write $tmp/no/state" "$tmp/err"
ok "a state that cannot be written: status 3"
sweep --writes --value 0x123456789 --mask 0 --from 0x7ff --to 0x900
ok "denied writes at mask 0, across the x2APIC range"
sweep --allow --from 0x0 --to 0x3ff
ok "allowed reads are what they are without filter"
sweep --allow --writes --mask 4 --from 0xdeadbd00 --to 0xdeadbeff
ok "allowed writes"
"$deflect" --jobs 2 sweep >"$tmp/out" 2>"$tmp/err" &
pid=$!
until grep -q "^# sweep" "$tmp/out"; do sleep 0.1; done
kill -INT $pid
wait $pid
[ $? = 3 ] && grep -q '^# interrupted: ' "$tmp/out" && ! pgrep -P $pid >/dev/null
ok "SIGINT: a summary, status 3, no child left"
printf 'sweep r 0x0..0x10 &\n' | "$deflect" replay - >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ]
ok "only a thread sweeps in the background"
printf 't1: sweep r 0xdeadbe00..0xdeadbe0f & -> #GP\nwait t1\nvm1: vcpu mode=real\n' >"$tmp/p"
printf 'vm1: sweep r 0xdeadbe00..0xdeadbe0f\n' >>"$tmp/p"
"$deflect" replay "$tmp/p" >"$tmp/out" 2>"$tmp/err"
ok "a thread sweeps; in another mode nobody does"
finish
