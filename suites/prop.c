// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KVM_SET_EXIT_MSRS, proposed and not merged, was to do, and what the
 * merged ABI does instead; and the concerns of the discussion, each with its
 * answer. Group PROP.
 */
#include <stdio.h>

#include "suite.h"

static const char *const cases[] = {
	/* ---- the proposal, row by row ---- */

	"case prop/the-proposed-ioctl-is-not-there\n"
	"rules prop_ioctl_number\n"
	"ioctl 0x4004aeb4 -> ENOTTY\n"
	"vcpu\n"
	"ioctl 0x4004aeb4 -> ENOTTY\n"
	"filter allow range rw 0x10+1 = 0 -> 0\n"
	"ioctl 0x4004aeb4 -> ENOTTY\n"
	"cap 0x4 -> 0\n"
	"rdmsr 0x10 -> exit filter\n",

	"case prop/a-list-can-be-set-again\n"
	"rules prop_set_once prop_list_changeable\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x474f4f00+1 = 0 -> 0\n"
	"rdmsr 0x474f4f00 -> exit filter\n"
	"filter allow range rw 0x474f4f01+1 = 0 -> 0\n"
	"rdmsr 0x474f4f00 -> #GP\n"
	"rdmsr 0x474f4f01 -> exit filter\n"
	"wrmsr 0x474f4f01 0x1 -> exit filter\n",

	"case prop/a-list-can-be-set-after-vcpu-creation\n"
	"rules prop_after_vcpu_creation\n"
	"cap 0x4 -> 0\n"
	"vcpu0: vcpu\n"
	"vcpu1: vcpu\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"vcpu0: rdmsr 0x174 -> exit filter\n"
	"vcpu1: wrmsr 0x174 0x10 -> exit filter\n",

	"case prop/a-list-can-be-set-after-the-vcpu-ran\n"
	"rules prop_after_vcpu_creation\n"
	"cap 0x4 -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0x174 0x10 -> exit filter\n",

	"case prop/an-unreadable-list-can-be-retried\n"
	"rules prop_header_unreadable prop_failure_allows_retry\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x474f4f00+1 = 0 -> 0\n"
	"filter allow at=readable:391 range rw 0x474f4f01+1 = 0 -> EFAULT\n"
	"rdmsr 0x474f4f00 -> exit filter\n"
	"filter allow range rw 0x474f4f01+1 = 0 -> 0\n"
	"rdmsr 0x474f4f01 -> exit filter\n",

	"case prop/a-list-of-too-many\n"
	"rules prop_too_many_msrs\n"
	"filter allow range rw 0x1000+12288 = 0 -> 0\n"
	"filter allow range rw 0x1000+12289 = 0 -> EINVAL\n",

	"case prop/unreadable-indices\n"
	"rules prop_memory_errors prop_failure_allows_retry\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x474f4f00+1 = 0 -> 0\n"
	"filter allow range rw 0x474f4f01+1 = 0 at=hole -> EFAULT\n"
	"rdmsr 0x474f4f00 -> exit filter\n"
	"rdmsr 0x474f4f01 -> #GP\n",

	"case prop/an-empty-list-is-not-the-last\n"
	"rules prop_empty_list\n"
	"cap 0x4 -> 0\n"
	"filter allow -> 0\n"
	"rdmsr 0x474f4f00 -> #GP\n"
	"filter allow range rw 0x474f4f00+1 = 0 -> 0\n"
	"rdmsr 0x474f4f00 -> exit filter\n"
	"filter allow -> 0\n"
	"rdmsr 0x474f4f00 -> #GP\n",

	"case prop/listed-exits-in-both-directions\n"
	"rules prop_both_directions\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0x174 0x10 -> exit filter\n"
	"filter allow range r 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0x174 0x10 -> ok\n"
	"filter allow range w 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> ok 0x10\n"
	"wrmsr 0x174 0x20 -> exit filter\n",

	"case prop/listed-exits-though-kvm-implements-it\n"
	"rules prop_exits_though_implemented prop_not_intercepted_exits\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+3 = 0 range rw 0x277+1 = 0 range rw "
	"0xc0000100+3 = 0 range rw 0x4b564d00+2 = 0 range rw 0x1b+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0x175 0x1000 -> exit filter\n"
	"rdmsr 0x277 -> exit filter\n"
	"wrmsr 0x277 0x0007040600070406 -> exit filter\n"
	"rdmsr 0xc0000100 -> exit filter\n"
	"wrmsr 0xc0000102 0x1000 -> exit filter\n"
	"rdmsr 0x4b564d01 -> exit filter\n"
	"wrmsr 0x4b564d00 0x0 -> exit filter\n"
	"rdmsr 0x1b -> exit filter\n",

	"case prop/unlisted-is-as-before\n"
	"rules prop_unlisted_as_before\n"
	"cap 0x4 -> 0\n"
	"wrmsr 0x176 0x1234 -> ok\n"
	"filter allow range rw 0x174+2 = 0 -> 0\n"
	"rdmsr 0x176 -> ok 0x1234\n"
	"wrmsr 0x176 0x4321 -> ok\n"
	"rdmsr 0x474f4f00 -> #GP\n"
	"wrmsr 0x474f4f00 0x1 -> #GP\n",

	"case prop/the-list-goes-with-the-vm\n"
	"rules prop_lifetime_and_locking\n"
	"needs root slabinfo alone\n"
	"filter allow range rw 0x1000+12288 = 0 -> 0\n"
	"leak 400 -> 0\n",

	"case prop/a-list-is-cleared-by-an-empty-filter\n"
	"rules prop_no_read_or_clear\n"
	"cap 0x4 -> 0\n"
	"filter deny range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x176 -> exit filter\n"
	"filter allow -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x176 -> ok 0x0\n",

	/* ---- the concerns of the discussion ---- */

	"case prop/told-of-unhandled-msrs-without-a-list\n"
	"rules prop_told_without_listing\n"
	"cap 0x2 -> 0\n"
	"rdmsr 0x474f4f00 data=0x42 -> exit unknown then ok 0x42\n"
	"wrmsr 0x474f4f00 0x1 -> exit unknown\n"
	"cap 0x0 -> 0\n"
	"rdmsr 0x474f4f00 -> #GP\n",

	"case prop/denial-hides-what-the-kernel-handles\n"
	"rules prop_behaviour_pinned\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x174+1 = 0xff -> 0\n"
	"rdmsr 0x474f4f00 -> exit filter\n"
	"rdmsr 0x277 -> exit filter\n"
	"rdmsr 0xc0010117 -> exit filter\n"
	"rdmsr 0x480 -> exit filter\n"
	"wrmsr 0x4b564d02 0x0 -> exit filter\n"
	"rdmsr 0x174 -> ok 0x0\n",

	"case prop/native-use-before-and-after\n"
	"rules prop_hardware_bitmaps_undone\n"
	"cap 0x4 -> 0\n"
	"wrmsr 0x176 0x1000 -> ok\n"
	"filter allow range rw 0x176+1 = 0 -> 0\n"
	"wrmsr 0x176 0x2000 -> exit filter\n"
	"rdmsr 0x176 -> exit filter\n"
	"filter allow -> 0\n"
	"rdmsr 0x176 -> ok 0x1000\n"
	"wrmsr 0x176 0x3000 -> ok\n"
	"filter allow range rw 0x176+1 = 0 -> 0\n"
	"rdmsr 0x176 -> exit filter\n"
	"get_msr 0x176 -> 1 0x3000\n",

	"case prop/one-list-for-all-vcpus\n"
	"rules prop_per_vm_or_vcpu\n"
	"vcpu1: vcpu\n"
	"vcpu0: cap 0x4 fd=vcpu -> EINVAL\n"
	"vcpu0: filter allow fd=vcpu range rw 0x174+1 = 0 -> EINVAL\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"vcpu0: rdmsr 0x174 -> exit filter\n"
	"vcpu1: rdmsr 0x174 -> exit filter\n"
	"vcpu2: rdmsr 0x174 -> exit filter\n",

	"case prop/every-msr-can-exit-but-x2apic\n"
	"rules prop_any_msr_can_exit prop_x2apic_exception\n"
	"irqchip full -> 0\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x700+512 = 0 -> 0\n"
	"rdmsr 0x0 -> exit filter\n"
	"rdmsr 0x10 -> exit filter\n"
	"rdmsr 0x1b -> exit filter\n"
	"rdmsr 0x7ff -> exit filter\n"
	"rdmsr 0x802\n"
	"rdmsr 0x8ff\n"
	"rdmsr 0x900 -> exit filter\n"
	"rdmsr 0xc0000080 -> exit filter\n"
	"rdmsr 0xffffffff -> exit filter\n",

	"case prop/by-inclusion-or-by-exclusion\n"
	"rules prop_deny_or_allow_list prop_small_set_by_inclusion\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+2 = 0 -> 0\n"
	"rdmsr 0x173\n"
	"rdmsr 0x174 -> exit filter\n"
	"rdmsr 0x175 -> exit filter\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"filter deny range rw 0x174+2 = 0xff -> 0\n"
	"rdmsr 0x173 -> exit filter\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x175 -> ok 0x0\n"
	"rdmsr 0x176 -> exit filter\n",

	"case prop/reads-and-writes-treated-differently\n"
	"rules prop_directions_differ\n"
	"cap 0x4 -> 0\n"
	"filter allow range r 0x174+1 = 0 range w 0x174+1 = 0xff range r "
	"0x176+1 = 0xff range w 0x176+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0x174 0x10 -> ok\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"wrmsr 0x176 0x10 -> exit filter\n",

	"case prop/the-msrs-that-were-named\n"
	"rules prop_named_msrs_deniable\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x11+2 = 0 range rw 0x4b564d00+8 = 0 range rw "
	"0x40000000+256 = 0 range rw 0x10a+1 = 0 range rw 0x474f4f00+2 = 0 "
	"-> 0\n"
	"wrmsr 0x11 0x1 -> exit filter\n"
	"wrmsr 0x12 0x1001 -> exit filter\n"
	"wrmsr 0x4b564d01 0x1001 -> exit filter\n"
	"rdmsr 0x4b564d07 data=0x5 -> exit filter then ok 0x5\n"
	"rdmsr 0x40000000 data=0x8100000000000001 -> exit filter then ok "
	"0x8100000000000001\n"
	"wrmsr 0x400000ff 0x1 -> exit filter\n"
	"rdmsr 0x10a data=0x2b -> exit filter then ok 0x2b\n"
	"rdmsr 0x474f4f00 data=0x474f4f -> exit filter then ok 0x474f4f\n"
	"wrmsr 0x474f4f01 0x1 error=1 -> exit filter then #GP\n",

	"case prop/unknown-and-illegal-are-told-apart\n"
	"rules prop_unknown_vs_illegal\n"
	"cap 0x3 -> 0\n"
	"rdmsr 0x474f4f00 -> exit unknown\n"
	"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
	"cap 0x2 -> 0\n"
	"rdmsr 0x474f4f00 -> exit unknown\n"
	"wrmsr 0x277 0x0202020202020202 -> #GP\n"
	"cap 0x1 -> 0\n"
	"rdmsr 0x474f4f00 -> #GP\n"
	"wrmsr 0x277 0x0202020202020202 -> exit inval\n",

	"case prop/ignored-by-one-vm-only\n"
	"rules prop_per_vm_ignore\n"
	"vm0: cap 0x2 -> 0\n"
	"vm0: rdmsr 0x474f4f00 -> exit unknown then ok 0x0\n"
	"vm0: wrmsr 0x474f4f00 0x1 -> exit unknown\n"
	"vm1: rdmsr 0x474f4f00 -> #GP\n"
	"vm1: wrmsr 0x474f4f00 0x1 -> #GP\n",

	"case prop/userspace-forwards-a-write\n"
	"rules prop_emulate_and_forward\n"
	"cap 0x4 -> 0\n"
	"filter allow range w 0x277+1 = 0 -> 0\n"
	"wrmsr 0x277 0x0007040600070406 hold -> exit filter\n"
	"set_msr 0x277 0x0007040600070406 -> 1\n"
	"regs\n"
	"resume -> ok\n"
	"rdmsr 0x277 -> ok 0x7040600070406\n",

	"case prop/userspace-decides-on-the-fault\n"
	"rules prop_userspace_decides_fault\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x277+1 = 0 -> 0\n"
	"rdmsr 0x474f4f00 error=1 -> exit unknown then #GP\n"
	"wrmsr 0x474f4f00 0x1 error=1 -> exit unknown then #GP\n"
	"rdmsr 0x277 data=0x5 error=1 -> exit filter then #GP\n"
	"wrmsr 0x277 0x0 error=1 -> exit filter then #GP\n",

	"case prop/the-list-changes-under-a-running-vcpu\n"
	"rules prop_change_under_running_vcpus\n"
	"cap 0x4 -> 0\n"
	"t1.vcpu0: rdmsr 0x174 -> ok 0x0\n"
	"t1.vcpu0: spin &\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"filter allow range rw 0x176+1 = 0 -> 0\n"
	"vcpu0: stop\n"
	"wait t1\n"
	"t1.vcpu0: rdmsr 0x174 -> ok 0x0\n"
	"t1.vcpu0: rdmsr 0x176 -> exit filter\n",

	"case prop/an-allow-list-needs-more-than-the-index-list\n"
	"rules prop_allow_list_incomplete\n"
	"cap 0x4 -> 0\n"
	"filter deny range rw 0x174+3 = 0xff range rw 0x277+1 = 0xff range rw "
	"0xc0000080+5 = 0xff range rw 0xc0000102+1 = 0xff -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x2ff -> exit filter\n"
	"rdmsr 0x400 -> exit filter\n",
	NULL
};

/* The 16 ranges of a list of the greatest length: both ends of each exit. */
static void greatest_list(struct emitter *e)
{
	char ranges[1024], accesses[4096];
	int r = 0, a = 0;

	for (unsigned base = 0x10000000; base < 0x10100000; base += 0x10000) {
		r += snprintf(ranges + r, sizeof(ranges) - r,
			      " range rw 0x%x+12288 = 0", base);
		a += snprintf(accesses + a, sizeof(accesses) - a,
			      "rdmsr 0x%x -> exit filter\n"
			      "wrmsr 0x%x 0x1 -> exit filter\n"
			      "rdmsr 0x%x\n",
			      base, base + 0x2fff, base + 0x3000);
	}
	emit(e,
	     "case prop/a-list-of-196608\n"
	     "rules prop_how_many_msrs\n"
	     "cap 0x4 -> 0\n"
	     "filter allow%s -> 0\n"
	     "%s",
	     ranges, accesses);
}

SUITE(cases, greatest_list);
