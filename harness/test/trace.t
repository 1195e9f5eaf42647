#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tracepoints of a failed case: there with tracefs, absent without, gone
# afterwards. Both in a mount namespace of the test's own.
. "${0%/*}/lib.sh"

if [ ! -w /dev/kvm ] || [ "$(id -u)" != 0 ] || ! grep -qw tracefs /proc/filesystems ||
	! unshare -m true 2>/dev/null; then
	echo "1..0 # SKIP needs root, /dev/kvm, tracefs and mount namespaces"
	exit
fi
# a guest that never ends fails on any KVM
printf 'cap 0x4\nfilter deny range rw 0x10+1 = 0\nrdmsr 0x10\nspin\n' >"$tmp/p"

# and so does a race that reads a clock: too many different outcomes
printf '%s\n' 'cap 0x4' 'race 50 seed=1' 't1: filter allow range rw 0x174+1 = 0' \
	't2.vcpu0: rdmsr 0x10' end >"$tmp/race"

# in_namespace COMMANDS: without tracefs, until they mount it
in_namespace() {
	unshare -m sh -c "umount -l /sys/kernel/tracing 2>/dev/null
		umount -lR /sys/kernel/debug 2>/dev/null
		$1" >"$tmp/out" 2>&1
}

run="$deflect --timeout 2 replay $tmp/p"
in_namespace "$run"
grep -q '^not ok' "$tmp/out" && ! grep -q 'kvm trace' "$tmp/out"
ok "without tracefs there is no trace and nothing else changes"
# instances are the machine's, other runs may have theirs: look for this run's
in_namespace "mount -t tracefs tracefs /sys/kernel/tracing || exit
	$run & pid=\$!; wait
	echo instances: \$(ls /sys/kernel/tracing/instances | grep -x deflect-\$pid)"
grep -q '^# kvm trace of a second run, [0-9]* of [0-9]* events:$' "$tmp/out" &&
	grep -qE '^# +[0-9]+ us kvm_[a-z_]+: ' "$tmp/out"
ok "with tracefs a failure shows what KVM did"
lines=$(grep -cE '^# (kvm trace| +[0-9]+ us )' "$tmp/out")
[ "$lines" -gt 1 ] && [ "$lines" -le 40 ]
ok "in 40 lines at most"
grep -q '^instances:$' "$tmp/out"
ok "its instance is gone"
in_namespace "mount -t tracefs tracefs /sys/kernel/tracing || exit
	$deflect --timeout 2 replay $tmp/race"
grep -qE '^# +[0-9]+ us ([0-9]+ )?kvm_(exit|msr|userspace_exit):' "$tmp/out"
ok "what the threads of a race did is in it"
finish
