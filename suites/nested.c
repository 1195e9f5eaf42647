// SPDX-License-Identifier: GPL-2.0-only
/*
 * NEST: MSR accesses of a nested guest (L2), whose hypervisor (L1) is ours, too:
 * guest/nested_svm.S, guest/nested_vmx.S.  L1 comes first: what it intercepts
 * exits to it, whatever the filter says.  For the rest L2 is like any guest.
 * L2 is entered by the first `l2:` step after a `nested` step, an L1 step or an
 * exit to L1, and stays active until one of these; so it can be said whether a
 * filter changes before an entry, between entries or while L2 is active.
 * Source: section 4.97 of api.rst; nested.c of VMX and SVM.
 */
#include <stdio.h>

#include "suite.h"

#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
#define DENY(index) "filter allow range rw " index "+1 = 0 -> 0\n"
#define NOP "code 90\n"		/* of L1: L2 is left */
#define L2_NOP "l2: code 90\n"	/* L2 is entered */

static const char *const cases[] = {

/* ---- L1 comes first ---- */

"case nested/l1-takes-what-it-intercepts\n"
"rules nest_l1_intercepts_first\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested intercept=all -> 0\n"
"l2: rdmsr 0x174 -> l1 rdmsr\n"
"l2: wrmsr 0x174 0x10 -> l1 wrmsr\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000082 0x30000 -> l1 wrmsr\n"
"l2: rdmsr 0xc0000082 -> l1 rdmsr\n"
"wrmsr 0xc0000082 0x30000 -> exit filter then ok\n"
"l2: rdmsr 0x48 -> l1 rdmsr\n"
"l2: rdmsr 0xdeadbe20 -> l1 rdmsr\n",

"case nested/l1-takes-it-whatever-the-mask\n"
"rules nest_l1_intercepts_first\n"
DENY("0x174")
"nested intercept=r:0x174 intercept=w:0x174 -> 0\n"
"l2: rdmsr 0x174 -> l1 rdmsr\n"
"cap 0x7 -> 0\n"
"l2: wrmsr 0x174 0x10 -> l1 wrmsr\n"
"l2: rdmsr 0x175 -> ok\n",

"case nested/l1-takes-what-kvm-does-not-know\n"
"rules nest_l1_intercepts_first\n"
"cap 0x3 -> 0\n"
"nested intercept=r:0x49 intercept=w:0xce -> 0\n"
"l2: rdmsr 0x49 -> l1 rdmsr\n"
"l2: wrmsr 0xce 0x1 -> l1 wrmsr\n"
"rdmsr 0x49 -> exit unknown then ok\n",

"case nested/l1-intercepts-reads-only\n"
"rules nest_l1_intercepts_first nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
DENY("0xc0000082")
"nested intercept=r:0xc0000082 -> 0\n"
"l2: wrmsr 0xc0000082 0x30000 -> exit filter then ok\n"
"l2: rdmsr 0xc0000082 -> l1 rdmsr\n"
"l2: wrmsr 0xc0000082 0x30000 error=1 -> exit filter then #GP\n"
"l2: rdmsr 0xc0000082 -> l1 rdmsr\n",

"case nested/l1-intercepts-writes-only\n"
"rules nest_l1_intercepts_first nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
DENY("0xc0000082")
"nested intercept=w:0xc0000082 -> 0\n"
"l2: rdmsr 0xc0000082 data=0x7 -> exit filter then ok 0x7\n"
"l2: wrmsr 0xc0000082 0x30000 -> l1 wrmsr\n"
"l2: rdmsr 0xc0000082 error=1 -> exit filter then #GP\n"
"l2: wrmsr 0xc0000082 0x30000 -> l1 wrmsr\n",

"case nested/l1-intercepts-one-direction-of-a-passed-msr\n"
"rules nest_l1_intercepts_first\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"nested intercept=r:0xc0000102 -> 0\n"
"l2: wrmsr 0xc0000102 0x2000 -> ok\n"
"l2: rdmsr 0xc0000102 -> l1 rdmsr\n"
"nested intercept=w:0xc0000102 -> 0\n"
"l2: wrmsr 0xc0000102 0x3000 -> l1 wrmsr\n"
"l2: rdmsr 0xc0000102\n",

"case nested/outside-the-bitmaps-is-l1s\n"
"rules nest_l1_intercepts_first\n"
"cap 0x7 -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0x2000 -> l1 rdmsr\n"
"l2: wrmsr 0x2000 0x1 -> l1 wrmsr\n"
"l2: rdmsr 0x40000000 -> l1 rdmsr\n"
"l2: rdmsr 0x4b564d00 -> l1 rdmsr\n"
"l2: wrmsr 0x4b564d01 0x0 -> l1 wrmsr\n"
"l2: rdmsr 0xbfffffff -> l1 rdmsr\n"
"l2: rdmsr 0xc0002000 -> l1 rdmsr\n"
"l2: wrmsr 0xc0002000 0x1 -> l1 wrmsr\n"
"l2: rdmsr 0xc000ffff -> l1 rdmsr\n"
"l2: rdmsr 0xc0012000 -> l1 rdmsr\n"
"l2: rdmsr 0xffffffff -> l1 rdmsr\n"
"l2: wrmsr 0xffffffff 0x1 -> l1 wrmsr\n",

/* a third part of the map that VMX has not */
"case nested/outside-the-bitmaps-of-one-vendor\n"
"rules nest_l1_intercepts_first\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0xc0010000\n"
"l2: wrmsr 0xc0010000 0x1\n"
"l2: rdmsr 0xc0011fff\n"
"l2: wrmsr 0xc0011fff 0x1\n",

"case nested/x2apic-indexes-are-l1s-if-it-wants\n"
"rules nest_l1_intercepts_first\n"
"cap 0x5 -> 0\n"
DENY_ALL
"nested intercept=r:0x802 intercept=w:0x80b -> 0\n"
"l2: rdmsr 0x802 -> l1 rdmsr\n"
"l2: wrmsr 0x80b 0x0 -> l1 wrmsr\n"
"l2: rdmsr 0x803 -> exit inval then ok\n"
"l2: wrmsr 0x802 0x0 -> exit inval then ok\n",

/* KVM has a fast path for these writes, for L1 only */
"case nested/writes-with-a-fast-path\n"
"rules nest_l1_intercepts_first nest_l0_handles_the_rest\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x7 -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
"nested intercept=w:0x830 intercept=w:0x6e0 -> 0\n"
"l2: wrmsr 0x830 0x10000fd -> l1 wrmsr\n"
"l2: wrmsr 0x830 0x10000000fd -> l1 wrmsr\n"
"l2: wrmsr 0x6e0 0x0 -> l1 wrmsr\n"
DENY("0x6e0")
"l2: wrmsr 0x6e0 0x0 -> l1 wrmsr\n"
"nested -> 0\n"
"l2: wrmsr 0x830 0x10000000fd -> ok\n"
"l2: wrmsr 0x6e0 0x0 -> exit filter then ok\n",

"case nested/allowed-again-with-a-high-half\n"
"rules nest_late_merge_is_safe\n"
"cap 0x7 -> 0\n"
"filter allow range r 0xc0000102+1 = 0 -> 0\n"
"nested -> 0\n"
"l2: wrmsr 0xc0000102 0x7fff12345678 -> ok\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"filter allow -> 0\n"
"l2: rdmsr 0xc0000102 -> ok 0x7fff12345678\n",

"case nested/l1-is-asked-about-ecx\n"
"rules nest_l0_handles_the_rest nest_l1_intercepts_first\n"
"needs vmx\n"
"cap 0x4 -> 0\n"
DENY("0xc0000082")
"nested intercept=r:0xc0000102 -> 0\n"
"l2: rdmsr 0xc0000082 rcx_high=0x1 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000082 0x1 rcx_high=0xffffffff -> exit filter then ok\n"
"l2: rdmsr 0xc0000102 rcx_high=0x80000000 -> l1 rdmsr\n",

"case nested/bitmaps-taken-away-again\n"
"rules nest_vmx_without_bitmaps\n"
"needs vmx\n"
"cap 0x7 -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
"nested no_bitmap -> 0\n"
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x10\n",

"case nested/store-list-of-two\n"
"rules nest_msr_lists_filtered nest_exit_list_denied\n"
"needs vmx\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000082 0x1234 -> 1\n"
"set_msr 0xc0000083 0x5678 -> 1\n"
"nested intercept=r:0x174 store=0xc0000082 store=0xc0000083 -> 0\n"
"l2: rdmsr 0x174\n"
DENY("0xc0000083")
"l2: rdmsr 0x174\n",

"case nested/store-list-of-the-tsc\n"
"rules nest_msr_lists_filtered nest_exit_list_denied\n"
"needs vmx\n"
"cap 0x7 -> 0\n"
DENY("0x10")
"nested intercept=r:0x174 store=0x10 -> 0\n"
L2_NOP
"l2: rdmsr 0x174\n",

"case nested/without-bitmaps-all-is-l1s\n"
"rules nest_vmx_without_bitmaps\n"
"needs vmx\n"
"cap 0x7 -> 0\n"
DENY("0x174")
"nested no_bitmap -> 0\n"
"l2: rdmsr 0x174\n"
"l2: wrmsr 0x174 0x10\n"
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x10\n"
"l2: rdmsr 0x277\n"
"filter allow -> 0\n"
"l2: rdmsr 0x174\n"
"l2: rdmsr 0xdeadbe20\n"
"nested -> 0\n"
"l2: rdmsr 0x174\n",

"case nested/without-the-map-none-is-l1s\n"
"rules nest_svm_without_msr_prot nest_l0_handles_the_rest\n"
"needs svm\n"
"cap 0x7 -> 0\n"
DENY("0x174")
"nested no_bitmap -> 0\n"
"l2: rdmsr 0x174 data=0x5\n"
"l2: wrmsr 0xc0000102 0x1000\n"
"l2: rdmsr 0xdeadbe20\n"
"l2: wrmsr 0xffffffff 0x1\n"
DENY("0xc0000102")
"l2: rdmsr 0x174\n"
"l2: rdmsr 0xc0000102 data=0x6\n"
"l2: wrmsr 0xc0000102 0x1000\n"
"filter allow -> 0\n"
"l2: rdmsr 0xc0000102\n",

/* Neither those of an entry before, nor none. */
"case nested/bitmaps-in-no-memory\n"
"rules nest_unreadable_bitmap\n"
"cap 0x7 -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
"nested lost_bitmap -> 0\n"
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x1000\n"
DENY("0x174")
"l2: rdmsr 0x174\n"
"l2: rdmsr 0xdeadbe20\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
"l2: rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

/* ---- what L1 does not intercept ---- */

"case nested/denied-in-l2-exits-as-in-l1\n"
"rules nest_l0_handles_the_rest exit_nested_looks_alike "
"nest_completion_in_l2\n"
"cap 0x4 -> 0\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0x174 data=0x123456789 -> exit filter then ok 0x123456789\n"
"l2: wrmsr 0x174 0x1122334455667788 -> exit filter then ok\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"wrmsr 0x174 0x10 -> exit filter then ok\n"
"l2: rdmsr 0xc0000080 -> exit filter then ok 0x0\n"
"l2: wrmsr 0xc0000080 0xd01 -> exit filter then ok\n"
"l2: rdmsr 0x10 data=0xffffffffffffffff -> exit filter then ok "
"0xffffffffffffffff\n"
"l2: rdmsr 0x1b -> exit filter then ok 0x0\n"
"l2: wrmsr 0x277 0x0 -> exit filter then ok\n",

"case nested/directions-of-a-denial-in-l2\n"
"rules nest_l0_handles_the_rest nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"filter allow range r 0xc0000102+1 = 0 -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000102 0x2000 -> ok\n"
"filter allow range w 0xc0000102+1 = 0 -> 0\n"
NOP
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x3000 -> exit filter then ok\n"
"l2: rdmsr 0xc0000102\n",

"case nested/reasons-in-l2\n"
"rules nest_completion_in_l2 exit_nested_looks_alike\n"
"cap 0x7 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x49 data=0x6 -> exit unknown then ok 0x6\n"
"l2: wrmsr 0xce 0x1 -> exit inval then ok\n"
"l2: rdmsr 0x174 -> exit filter then ok 0x0\n"
"cap 0x3 -> 0\n"
"l2: rdmsr 0x174 -> #GP\n"
"l2: rdmsr 0x49 -> exit unknown then ok 0x0\n"
"cap 0x4 -> 0\n"
"l2: rdmsr 0x49 -> #GP\n"
"l2: wrmsr 0xce 0x1 -> #GP\n"
"l2: rdmsr 0x174 -> exit filter then ok 0x0\n"
"cap 0x0 -> 0\n"
"l2: rdmsr 0x174 -> #GP\n"
"rdmsr 0x174 -> #GP\n",

"case nested/denied-in-l2-with-mask-zero\n"
"rules nest_l0_handles_the_rest\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0x174 -> #GP\n"
"l2: wrmsr 0xc0000102 0x1000 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"l2: rdmsr 0xc0000082 -> #GP\n",

"case nested/allowed-by-a-range-in-l2\n"
"rules nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
"set_msr 0x174 0x10 -> 1\n"
"filter deny range r 0x174+2 = 0xff range w 0x175+1 = 0xff -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0x174 -> ok\n"
"l2: wrmsr 0x174 0x20 -> exit filter then ok\n"
"l2: wrmsr 0x175 0x30000 -> ok\n"
"l2: rdmsr 0x175 -> ok 0x30000\n"
"l2: rdmsr 0x176 -> exit filter then ok\n",

"case nested/entry-registers-of-l2\n"
"rules nest_completion_in_l2\n"
"cap 0x4 -> 0\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0x174 prefix=66 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0x174 0x1 rax_high=0xffffffff rdx_high=0x1 -> exit filter then ok\n"
"l2: rdmsr 0x174 shadow=sti data=0x6 -> exit filter then ok 0x6\n"
"l2: rdmsr 0x174 cpl=3 -> #GP\n"
"l2: rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n",

"case nested/users-of-denied-msrs-in-l2\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested -> 0\n"
"l2: code 0f31\n"
"l2: code 0f01f8\n"
"l2: code 0f01f8\n"
"l2: code 0fa2 rax=0x1\n"
"l2: rdmsr 0x10 data=0x5 -> exit filter then ok 0x5\n",

/* ---- completions ---- */

"case nested/error-in-l2\n"
"rules nest_completion_in_l2\n"
"cap 0x4 -> 0\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0x174 error=1 -> exit filter then #GP\n"
"l2: wrmsr 0x174 0x10 error=255 -> exit filter then #GP\n"
"l2: rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"l2: wrmsr 0xc0000102 0x1000 error=1 -> exit filter then #GP\n",

"case nested/error-in-l2-with-gp-intercepted\n"
"rules nest_completion_in_l2 gp_l2_fault_to_l1\n"
"cap 0x4 -> 0\n"
DENY_ALL
"nested gp -> 0\n"
"l2: rdmsr 0x174 error=1 -> exit filter then l1 #GP\n"
"l2: wrmsr 0x174 0x10 error=255 -> exit filter then l1 #GP\n"
"l2: rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"l2: wrmsr 0xc0000102 0x1000 error=1 -> exit filter then l1 #GP\n",

"case nested/no-reason-enabled-with-gp-intercepted\n"
"rules gp_l2_fault_to_l1\n"
"nested gp -> 0\n"
DENY("0x174")
"l2: rdmsr 0x174 -> l1 #GP\n"
"l2: wrmsr 0x174 0x10 -> l1 #GP\n"
"l2: rdmsr 0x49 -> l1 #GP\n"
"l2: wrmsr 0xce 0x1 -> l1 #GP\n"
"rdmsr 0x174 -> #GP\n"
"l2: rdmsr 0x175 -> ok\n"
"l2: rdmsr 0x175 cpl=3 -> l1 #GP\n"
"l2: rdmsr 0x174 -> l1 #GP\n",

"case nested/gp-intercepted-from-the-next-entry-on\n"
"rules gp_l2_fault_to_l1\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 error=1 -> exit filter then #GP\n"
"nested gp -> 0\n"
"l2: rdmsr 0x174 error=1 -> exit filter then l1 #GP\n"
"nested -> 0\n"
"l2: rdmsr 0x174 error=1 -> exit filter then #GP\n",

"case nested/held-in-l2\n"
"rules nest_completion_in_l2\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"regs\n"
"events\n"
"peek -> 0\n"
"nested -> EBUSY\n"
"set_msr 0x174 0x10 -> 1\n"
"get_msr 0x174 -> 1 0x10\n"
"resume data=0x5 -> ok 0x5\n"
"l2: wrmsr 0x174 0x10 hold -> exit filter then held\n"
"resume error=1 -> #GP\n"
"l2: rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n",

"case nested/held-in-l2-then-immediate-exit\n"
"rules nest_completion_in_l2\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> ok 0x5\n"
"l2: wrmsr 0x174 0x10 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"resume -> #GP\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x7 signal -> EINTR\n"
"resume -> ok 0x7\n",

"case nested/held-in-l2-then-immediate-exit-and-gp-to-l1\n"
"rules gp_l2_fault_to_l1\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested gp -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"resume -> l1 #GP\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

"case nested/triple-fault-of-l2-is-l1s\n"
"rules gp_escalates_to_shutdown\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"idt 16 -> 0\n"
"resume error=1 -> l1 other\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n",

"case nested/registers-set-while-held-in-l2\n"
"rules rply_set_rax_rdx\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rax=0x11 rdx=0x22 -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"l2: rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n",

"case nested/filter-and-mask-set-while-held-in-l2\n"
"rules nest_completion_in_l2\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"filter deny -> EINVAL\n"
"filter allow -> 0\n"
"cap 0x0 -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"l2: rdmsr 0x174 -> ok\n",

/* KVM's emulator asks of L1's intercepts, too; on VMX it gives up instead. */
"case nested/emulated-in-l2\n"
"rules emu_l1_intercept_checked_once nest_l1_intercepts_first\n"
"needs svm forced_emulation\n"
"cap 0x4 -> 0\n"
DENY_ALL
"nested intercept=r:0x175 intercept=w:0x174 -> 0\n"
"l2: rdmsr 0x174 forced data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0x175 0x30000 forced -> exit filter then ok\n"
"l2: rdmsr 0x174 forced error=1 -> exit filter then #GP\n"
"l2: rdmsr 0x175 forced -> l1 rdmsr\n"
"l2: wrmsr 0x174 0x10 forced -> l1 wrmsr\n"
"l2: rdmsr 0x174 forced data=0x6 -> exit filter then ok 0x6\n",

/* ---- filters and masks that change ---- */

"case nested/filter-before-the-first-entry\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"nested -> 0\n"
DENY_ALL
"l2: rdmsr 0x174 -> exit filter\n"
"l2: rdmsr 0xc0000102 -> exit filter\n"
"l2: wrmsr 0xc0000102 0x1000 -> exit filter\n"
"l2: rdmsr 0xc0000081 -> exit filter\n"
"l2: wrmsr 0xc0000100 0x1000 -> exit filter\n",

"case nested/filter-before-the-vcpu\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
DENY_ALL
"vcpu -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0x174 -> exit filter\n"
"l2: rdmsr 0xc0000102 -> exit filter\n"
"l2: wrmsr 0xc0000102 0x1000 -> exit filter\n",

"case nested/filter-between-entries\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102\n"
NOP
DENY("0xc0000102")
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000102 0x2000 -> exit filter then ok\n"
NOP
"filter allow -> 0\n"
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x3000 -> ok\n"
NOP
DENY("0xc0000102")
"l2: rdmsr 0xc0000102 -> exit filter\n"
"l2: rdmsr 0xc0000101 -> ok\n",

"case nested/filter-between-entries-by-an-exit\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"nested intercept=r:0x175 -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
"l2: rdmsr 0x175 -> l1 rdmsr\n"
DENY("0xc0000102")
"l2: rdmsr 0xc0000102 -> exit filter\n"
"l2: rdmsr 0x175 -> l1 rdmsr\n"
"filter allow -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n",

"case nested/filter-of-an-intercepted-msr-while-l2-is-active\n"
"rules nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0x277 -> ok\n"
DENY("0x277")
"l2: rdmsr 0x277 data=0x5 -> exit filter then ok 0x5\n"
"filter allow -> 0\n"
"l2: rdmsr 0x277 -> ok\n"
DENY("0x277")
"l2: wrmsr 0x277 0x0 -> exit filter then ok\n"
"filter allow range w 0x277+1 = 0 -> 0\n"
"l2: rdmsr 0x277 -> ok\n"
"l2: wrmsr 0x277 0x0 -> exit filter then ok\n",

/* KVM merges the bitmaps at entries only */
"case nested/denied-while-l2-is-active\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
DENY("0xc0000102")
"l2: rdmsr 0xc0000102 -> exit filter\n",

/* L1 says that it changed nothing, and KVM merges only what it changed itself. */
"case nested/denied-for-an-enlightened-l1\n"
"rules nest_merged_bitmap_never_opens\n"
"needs svm\n"
"cap 0x7 -> 0\n"
"cpuid default with=hyperv -> 0\n"
"wrmsr 0x40000000 0x1 -> ok\n"
"nested intercept=r:0x174 enlightened -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
"l2: rdmsr 0x174 -> l1 rdmsr\n"
DENY("0xc0000102")
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000102 0x1000 -> exit filter\n"
NOP
DENY("0xc0000101")
"l2: rdmsr 0xc0000102 -> ok\n"
"l2: wrmsr 0xc0000101 0x1000 -> exit filter\n"
"l2: rdmsr 0x174 -> l1 rdmsr\n",

"case nested/write-denied-while-l2-is-active\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"nested -> 0\n"
L2_NOP
DENY_ALL
"l2: wrmsr 0xc0000102 0x1000 -> exit filter\n",

"case nested/denied-while-held-in-l2\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
DENY("0x277")
"nested -> 0\n"
"l2: rdmsr 0x277 hold -> exit filter then held\n"
DENY("0xc0000102")
"resume data=0x5 -> ok 0x5\n"
"l2: rdmsr 0xc0000102 -> exit filter\n",

"case nested/allowed-again-while-l2-is-active\n"
"rules nest_late_merge_is_safe\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"filter allow -> 0\n"
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x2000 -> ok\n"
"l2: rdmsr 0xc0000102 -> ok 0x2000\n"
"l2: rdmsr 0x174 -> ok\n"
"l2: rdmsr 0xc0000081 -> ok\n",

/* Each of these has a place of its own, in one of two VMCBs. */
"case nested/allowed-again-each-msr-while-l2-is-active\n"
"rules nest_late_merge_is_safe\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested -> 0\n"
L2_NOP
"filter allow -> 0\n"
"l2: wrmsr 0xc0000081 0x10000000000000 -> ok\n"
"l2: wrmsr 0xc0000082 0x30000 -> ok\n"
"l2: wrmsr 0xc0000083 0x31000 -> ok\n"
"l2: wrmsr 0xc0000084 0x200 -> ok\n"
"l2: wrmsr 0xc0000100 0x40000 -> ok\n"
"l2: wrmsr 0xc0000101 0x41000 -> ok\n"
"l2: wrmsr 0x174 0x20 -> ok\n"
"l2: wrmsr 0x175 0x42000 -> ok\n"
"l2: wrmsr 0x176 0x43000 -> ok\n"
"l2: rdmsr 0xc0000081\n"
"l2: rdmsr 0xc0000082\n"
"l2: rdmsr 0xc0000083\n"
"l2: rdmsr 0xc0000084\n"
"l2: rdmsr 0xc0000100\n"
"l2: rdmsr 0xc0000101\n"
"l2: rdmsr 0x174\n"
"l2: rdmsr 0x175\n"
"l2: rdmsr 0x176\n",

/* By KVM where the control's is the CPU's own: ud2 if they are not the same. */
"case nested/kernel-gs-base-behind-swapgs\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
DENY_ALL
"nested -> 0\n"
L2_NOP
"filter allow -> 0\n"
"l2: code b9010100c00f3289c3"	/* rdmsr GS_BASE; mov %eax, %ebx */
"0f01f8b9020100c00f32"		/* swapgs; rdmsr KERNEL_GS_BASE */
"0f01f839d874020f0b\n",		/* swapgs; cmp %ebx, %eax; je 1f; ud2; 1: */

/* A value that the CPU refuses is its own #GP once more, and no exit. */
"case nested/allowed-again-is-the-cpus-in-l2\n"
"rules exit_not_for_pass_through\n"
"cap 0x7 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
"l2: wrmsr 0xc0000102 0x0000800000000000 -> exit filter\n"
NOP
"filter allow -> 0\n"
"l2: wrmsr 0xc0000102 0x0000800000000000\n"
"nested intercept=w:0xc0000100 -> 0\n"
"l2: wrmsr 0xc0000100 0x0000800000000000 -> l1 wrmsr\n"
"nested -> 0\n"
"l2: wrmsr 0xc0000100 0x0000800000000000\n",

"case nested/allowed-again-while-held-in-l2\n"
"rules nest_late_merge_is_safe nest_completion_in_l2\n"
"cap 0x7 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
"l2: rdmsr 0xc0000102 hold -> exit filter then held\n"
"filter allow -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"l2: rdmsr 0xc0000102\n"
"l2: wrmsr 0xc0000102 0x2000 -> ok\n"
"l2: rdmsr 0xc0000102 -> ok 0x2000\n",

"case nested/mask-changes-while-l2-is-active\n"
"rules cap_mask_change_at_exit\n"
DENY("0xc0000102")
"nested -> 0\n"
"l2: rdmsr 0xc0000102 -> #GP\n"
"cap 0x4 -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"l2: rdmsr 0xc0000102 hold -> exit filter then held\n"
"cap 0x0 -> 0\n"
"resume data=0x6 -> ok 0x6\n"
"l2: wrmsr 0xc0000102 0x1 -> #GP\n",

"case nested/l1-changes-its-bitmaps\n"
"rules nest_l1_intercepts_first\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000081 0x10000000000000 -> 1\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000081 -> ok\n"
"l2: wrmsr 0xc0000102 0x1000 -> ok\n"
"nested intercept=r:0xc0000081 intercept=w:0xc0000102 -> 0\n"
"l2: rdmsr 0xc0000081 -> l1 rdmsr\n"
"l2: wrmsr 0xc0000102 0x2000 -> l1 wrmsr\n"
"l2: wrmsr 0xc0000081 0x0 -> ok\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000081 -> ok\n"
"l2: wrmsr 0xc0000102 0x3000 -> ok\n"
"nested intercept=w:0xc0000081 -> 0\n"
"l2: wrmsr 0xc0000081 0x0 -> l1 wrmsr\n"
"l2: rdmsr 0xc0000102\n",

"case nested/denied-in-l1-and-l2-by-turns\n"
"rules nest_l0_handles_the_rest nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
"l2: rdmsr 0xc0000102 data=0x1 -> exit filter then ok 0x1\n"
"rdmsr 0xc0000102 data=0x2 -> exit filter then ok 0x2\n"
"l2: wrmsr 0xc0000102 0x10 -> exit filter then ok\n"
"wrmsr 0xc0000102 0x20 -> exit filter then ok\n"
"l2: rdmsr 0xc0000101 -> ok\n"
"rdmsr 0xc0000101 -> ok\n"
"l2: rdmsr 0xc0000102 data=0x3 -> exit filter then ok 0x3\n"
"get_msr 0xc0000102 -> 1 0x0\n",

/* ---- several vCPUs and VMs, and their ends ---- */

"case nested/two-vcpus\n"
"rules nest_l1_intercepts_first nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
"vcpu1: nested intercept=r:0xc0000102 -> 0\n"
"l2: rdmsr 0xc0000102 data=0x1 -> exit filter then ok 0x1\n"
"vcpu1.l2: rdmsr 0xc0000102 -> l1 rdmsr\n"
"vcpu1.l2: wrmsr 0xc0000102 0x1 -> exit filter then ok\n"
"l2: rdmsr 0xc0000102 hold -> exit filter then held\n"
"vcpu1.l2: wrmsr 0xc0000102 0x2 hold -> exit filter then held\n"
"resume data=0x5 -> ok 0x5\n"
"vcpu1: resume error=1 -> #GP\n"
"vcpu2: rdmsr 0xc0000102 data=0x6 -> exit filter then ok 0x6\n",

"case nested/filter-for-all-vcpus-between-entries\n"
"rules nest_merged_bitmap_never_opens\n"
"cap 0x4 -> 0\n"
"nested -> 0\n"
"vcpu1: nested -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
"vcpu1.l2: rdmsr 0xc0000102 -> ok\n"
NOP
"vcpu1: " NOP
DENY("0xc0000102")
"vcpu1.l2: rdmsr 0xc0000102 -> exit filter\n"
"l2: rdmsr 0xc0000102 -> exit filter\n"
"vcpu2: nested -> 0\n"
"vcpu2.l2: wrmsr 0xc0000102 0x1 -> exit filter\n",

"case nested/filters-of-two-vms\n"
"rules nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
"vm1: nested -> 0\n"
"vm1.l2: rdmsr 0xc0000102 -> ok\n"
"l2: rdmsr 0xc0000102 -> exit filter\n"
"vm1: cap 0x4 -> 0\n"
"vm1: " DENY("0x277")
"vm1.l2: rdmsr 0x277 -> exit filter\n"
"l2: rdmsr 0x277 -> ok\n",

"case nested/closed-in-every-state\n"
"rules nest_l0_handles_the_rest\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
"close -> 0\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested -> 0\n"
L2_NOP
"close -> 0\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested gp -> 0\n"
"l2: rdmsr 0xc0000102 hold -> exit filter then held\n"
"vcpu1: nested -> 0\n"
"vcpu1.l2: wrmsr 0xc0000102 0x1 hold -> exit filter then held\n"
"close -> 0\n"
"cap 0x4 -> 0\n"
DENY("0xc0000102")
"nested gp -> 0\n"
"l2: rdmsr 0xc0000102 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"close -> 0\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n",

"case nested/filter-of-other-threads\n"
"rules race_old_or_new_filter\n"
"cap 0x4 -> 0\n"
"nested -> 0\n"
L2_NOP
"race 100 seed=1\n"
"t1: filter allow range rw 0x277+1 = 0\n"
"t1: filter allow range rw 0x1b+1 = 0\n"
"t2.l2: rdmsr 0x277 data=0x5\n"
"t2.l2: rdmsr 0x1b data=0x6\n"
"end\n",

/* ---- the MSR lists of VMX ---- */

"case nested/load-list\n"
"rules nest_list_no_rollback\n"
"set_msr 0x277 0x0 -> 1\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"set_msr 0xc0000082 0x1000 -> 1\n"
"nested load=0xc0000102:0x7fff00002000 load=0xc0000082:0x7ffe00003000 -> 0\n"
"l2: rdmsr 0xc0000102\n"
"l2: rdmsr 0xc0000082\n"
"get_msr 0xc0000102 -> 1\n"
"nested load=0xc0000102:0x4000 load=0xc0000100:0x0 load=0xc0000082:0x5000 "
"-> 0\n"
L2_NOP
"get_msr 0xc0000102\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102\n"
"l2: rdmsr 0xc0000082\n",

"case nested/load-list-denied\n"
"rules nest_msr_lists_filtered nest_entry_load_denied nest_lists_never_exit\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
DENY("0xc0000102")
"nested load=0xc0000102:0x2000 -> 0\n"
L2_NOP
"get_msr 0xc0000102\n"
"nested -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5\n",

"case nested/load-list-denied-and-loaded\n"
"rules nest_msr_lists_filtered nest_lists_once_unfiltered\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"set_msr 0xc0000082 0x1000 -> 1\n"
DENY_ALL
"nested load=0xc0000102:0x2000 load=0xc0000082:0x3000 -> 0\n"
L2_NOP
"get_msr 0xc0000102\n"
"get_msr 0xc0000082\n",

"case nested/load-list-denied-in-the-middle\n"
"rules nest_entry_load_denied nest_list_no_rollback\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"set_msr 0xc0000082 0x1000 -> 1\n"
"set_msr 0xc0000083 0x1000 -> 1\n"
DENY("0xc0000082")
"nested load=0xc0000102:0x2000 load=0xc0000082:0x3000 load=0xc0000083:0x4000 "
"-> 0\n"
L2_NOP
"get_msr 0xc0000102\n"
"get_msr 0xc0000082\n"
"get_msr 0xc0000083\n"
"filter allow -> 0\n"
L2_NOP
"get_msr 0xc0000082\n"
"get_msr 0xc0000083\n",

"case nested/load-list-is-a-write\n"
"rules nest_entry_load_denied\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"filter allow range r 0xc0000102+1 = 0 -> 0\n"
"nested load=0xc0000102:0x2000 -> 0\n"
L2_NOP
"get_msr 0xc0000102\n"
NOP
"filter allow range w 0xc0000102+1 = 0 -> 0\n"
L2_NOP
"get_msr 0xc0000102\n",

"case nested/lists-with-mask-zero\n"
"rules nest_entry_load_denied\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"nested load=0xc0000102:0x2000 -> 0\n"
DENY_ALL
L2_NOP
"get_msr 0xc0000102\n"
"filter deny range rw 0xc0000102+1 = 0xff -> 0\n"
L2_NOP
"get_msr 0xc0000102\n",

"case nested/store-list\n"
"rules nest_msr_lists_filtered\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000082 0x7fff00001234 -> 1\n"
"filter allow range w 0xc0000082+1 = 0 -> 0\n"
"nested intercept=r:0x174 store=0xc0000082 -> 0\n"
"l2: rdmsr 0x174\n"
"filter allow range r 0xc0000082+1 = 0 -> 0\n"
"l2: rdmsr 0x174\n",

"case nested/store-list-denied\n"
"rules nest_exit_list_denied nest_lists_once_unfiltered "
"nest_lists_never_exit\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000082 0x1234 -> 1\n"
DENY("0xc0000082")
"nested intercept=r:0x174 store=0xc0000082 -> 0\n"
L2_NOP
"l2: rdmsr 0x174\n",

"case nested/store-list-denied-when-l2-is-left\n"
"rules nest_exit_list_denied\n"
"cap 0x7 -> 0\n"
"nested store=0xc0000082 -> 0\n"
L2_NOP
NOP
DENY_ALL
L2_NOP
NOP,

"case nested/store-list-denied-at-an-exception\n"
"rules nest_exit_list_denied\n"
"cap 0x7 -> 0\n"
DENY("0xc0000082")
"nested gp store=0xc0000082 -> 0\n"
"l2: wrmsr 0xc0000082 0x1 error=1\n",

"case nested/exit-load-list\n"
"rules nest_msr_lists_filtered\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
"nested intercept=r:0x174 load=0xc0000102:0x2000 "
"exit_load=0xc0000102:0x3000 -> 0\n"
L2_NOP
"get_msr 0xc0000102\n"
"l2: rdmsr 0x174\n"
"get_msr 0xc0000102\n"
L2_NOP
"get_msr 0xc0000102\n"
"filter allow range w 0xc0000102+1 = 0 -> 0\n"
"l2: rdmsr 0x174\n",

"case nested/exit-load-list-denied\n"
"rules nest_exit_list_denied nest_lists_once_unfiltered "
"nest_lists_never_exit\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000102 0x1000 -> 1\n"
DENY("0xc0000102")
"nested intercept=r:0x174 exit_load=0xc0000102:0x3000 -> 0\n"
L2_NOP
"l2: rdmsr 0x174\n"
"get_msr 0xc0000102\n",

"case nested/exit-load-list-denied-after-the-entry\n"
"rules nest_exit_list_denied\n"
"cap 0x7 -> 0\n"
"nested intercept=r:0x174 exit_load=0xc0000102:0x3000 -> 0\n"
"l2: rdmsr 0x174\n"
L2_NOP
DENY_ALL
"l2: rdmsr 0x174\n",

"case nested/closed-after-an-abort\n"
"rules nest_exit_list_denied\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested store=0xc0000082 -> 0\n"
L2_NOP
NOP
"close -> 0\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested -> 0\n"
"l2: rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

/* ---- state that has MSRs in it ---- */

"case nested/vmcs-fields\n"
"rules nest_vmcs_fields_not_filtered\n"
"needs vmx\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested state=0x174:0x1234 state=0x175:0x5000 state=0x277:0x106 "
"state=0xc0000100:0x6000 state=0xc0000101:0x7000 state=0xc0000080:0xd00 "
"-> 0\n"
L2_NOP
"get_msr 0x174 -> 1\n"
"get_msr 0x175 -> 1\n"
"get_msr 0x277 -> 1\n"
"get_msr 0xc0000100 -> 1\n"
"get_msr 0xc0000101 -> 1\n"
"get_msr 0xc0000080 -> 1\n"
NOP
"get_msr 0x174 -> 1\n"
"get_msr 0x277 -> 1\n"
"get_msr 0xc0000080 -> 1\n",

"case nested/vmcb-state\n"
"rules nest_svm_state_not_filtered\n"
"needs svm\n"
"cap 0x7 -> 0\n"
DENY_ALL
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0xc0000082 0x1000 -> 1\n"
"nested state=0x174:0x1234 state=0x175:0x5000 state=0xc0000081:0x106 "
"state=0xc0000082:0x6000 state=0xc0000100:0x7000 state=0xc0000102:0x8000 "
"state=0xc0000083:0x9000 state=0xc0000084:0x300 state=0xc0000101:0xa000 "
"state=0x176:0xb000 state=0xc0000080:0x1d00 -> 0\n"
L2_NOP
"get_msr 0x174 -> 1\n"
"get_msr 0x175 -> 1\n"
"get_msr 0x176 -> 1\n"
"get_msr 0xc0000081 -> 1\n"
"get_msr 0xc0000082 -> 1\n"
"get_msr 0xc0000083 -> 1\n"
"get_msr 0xc0000084 -> 1\n"
"get_msr 0xc0000100 -> 1\n"
"get_msr 0xc0000101 -> 1\n"
"get_msr 0xc0000102 -> 1\n"
"get_msr 0xc0000080 -> 1\n"
NOP
"get_msr 0x174 -> 1\n"
"get_msr 0xc0000082 -> 1\n"
"get_msr 0xc0000080 -> 1\n",

"case nested/capability-msrs-of-vmx\n"
"rules nest_vmx_cap_msrs_filtered\n"
"needs vmx\n"
"cap 0x4 -> 0\n"
"filter allow range r 0x480+18 = 0 -> 0\n"
"rdmsr 0x480 data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x481 -> exit filter\n"
"rdmsr 0x486 -> exit filter\n"
"rdmsr 0x48b -> exit filter\n"
"rdmsr 0x491 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0x480\n",

/* RSM goes back to where the SMI came: at the start of the payload */
"case nested/rsm-with-efer-denied\n"
"rules nest_rsm_efer\n"
"vcpu mode=smm -> 0\n"
DENY("0xc0000080")
"code 0faa\n",

"case nested/nested-state-in-l1\n"
"rules nest_nested_state_unaffected\n"
"cap 0x7 -> 0\n"
DENY_ALL
"nested -> 0\n"
"nested_state -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
NOP
"nested_state -> 0\n"
"l2: rdmsr 0xc0000102 data=0x6 -> exit filter then ok 0x6\n",

"case nested/nested-state-in-l2\n"
"rules nest_nested_state_unaffected nest_merged_bitmap_never_opens\n"
"cap 0x7 -> 0\n"
"nested intercept=r:0x174 -> 0\n"
DENY_ALL
L2_NOP
"nested_state -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000102 0x1000 -> exit filter then ok\n"
"l2: rdmsr 0x174 -> l1 rdmsr\n",

"case nested/nested-state-set-after-a-filter\n"
"rules nest_nested_state_unaffected nest_merged_bitmap_never_opens\n"
"cap 0x7 -> 0\n"
"nested -> 0\n"
L2_NOP
DENY_ALL
L2_NOP
"nested_state -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n",

"case nested/nested-state-set-right-after-a-filter\n"
"rules nest_nested_state_unaffected nest_merged_bitmap_never_opens\n"
"cap 0x7 -> 0\n"
"nested intercept=r:0x174 -> 0\n"
"l2: rdmsr 0xc0000102 -> ok\n"
DENY_ALL
"nested_state -> 0\n"
"l2: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"l2: wrmsr 0xc0000102 0x1000 -> exit filter then ok\n"
"l2: rdmsr 0x174 -> l1 rdmsr\n",

"case nested/nested-state-keeps-what-l2-wrote\n"
"rules nest_nested_state_unaffected\n"
"cap 0x7 -> 0\n"
"nested -> 0\n"
"l2: wrmsr 0x174 0x20 -> ok\n"
"l2: wrmsr 0x175 0x5000 -> ok\n"
"l2: wrmsr 0x176 0x6000 -> ok\n"
"l2: wrmsr 0xc0000102 0x7000 -> ok\n"
"nested_state -> 0\n"
"l2: rdmsr 0x174\n"
"l2: rdmsr 0x175\n"
"l2: rdmsr 0x176\n"
"l2: rdmsr 0xc0000102\n",

"case nested/nested-state-keeps-l1s-intercepts\n"
"rules nest_nested_state_unaffected nest_l1_intercepts_first\n"
"cap 0x7 -> 0\n"
"nested intercept=r:0xc0000102 intercept=w:0x174 -> 0\n"
L2_NOP
"nested_state -> 0\n"
"l2: rdmsr 0xc0000102 -> l1 rdmsr\n"
L2_NOP
"nested_state -> 0\n"
"l2: wrmsr 0x174 0x10 -> l1 wrmsr\n",

"case nested/copied-while-held-in-l2\n"
"rules nest_pending_not_in_nested_state\n"
"cap 0x4 -> 0\n"
DENY("0x174")
"vm1: cap 0x4 -> 0\n"
"vm1: " DENY("0x174")
"nested -> 0\n"
"l2: rdmsr 0x174 hold -> exit filter then held\n"
"copy vm1 -> 0\n"
"vm1: resume data=0x5 -> exit filter then ok 0x5\n"
"resume data=0x6 -> ok 0x6\n",
NULL
};

/* ---- families ---- */

/* Pass-through MSRs of either vendor, from each word of the bitmaps. */
static const struct specimen {
	const char *name;
	unsigned index;
} specimens[] = {
	{ "sysenter-cs", 0x174 },
	{ "spec-ctrl", 0x48 },
	{ "pred-cmd", 0x49 },
	{ "flush-cmd", 0x10b },
	{ "star", 0xc0000081 },
	{ "syscall-mask", 0xc0000084 },
	{ "fs-base", 0xc0000100 },
	{ "gs-base", 0xc0000101 },
	{ "kernel-gs-base", 0xc0000102 },
};

/* Every pair of what L1 intercepts and what the filter denies: bit 0 reads. */
static void merge(struct emitter *e, const struct specimen *s)
{
	static const char *const what[] = { "", "r", "w", "rw" };
	unsigned m = s->index;
	char text[2048];
	int at = 0;

	for (int l1 = 0; l1 < 4; l1++) {
		at = append(text, sizeof(text), at, "nested");
		if (l1 & 1)
			at = append(text, sizeof(text), at,
				    " intercept=r:0x%x", m);
		if (l1 & 2)
			at = append(text, sizeof(text), at,
				    " intercept=w:0x%x", m);
		at = append(text, sizeof(text), at, " -> 0\n");
		for (int l0 = 1; l0 < 4; l0++)
			at = append(text, sizeof(text), at,
				    "filter allow range %s 0x%x+1 = 0 -> 0\n"
				    NOP
				    "l2: rdmsr 0x%x%s\n"
				    "l2: wrmsr 0x%x 0x0%s\n",
				    what[l0], m, m,
				    l1 & 1 ? " -> l1 rdmsr" :
				    l0 & 1 ? " data=0x5 -> exit filter then ok "
					     "0x5" : "",
				    m, l1 & 2 ? " -> l1 wrmsr" :
				    l0 & 2 ? " -> exit filter then ok" : "");
	}
	emit(e, "case nested/merged-%s\n"
	     "rules nest_l1_intercepts_first nest_merged_bitmap_never_opens\n"
	     "cap 0x7 -> 0\n%s", s->name, text);
}

/* The bit of each direction, at the ends of the bitmaps and by its side. */
static void bitmap_ends(struct emitter *e)
{
	static const unsigned index[] = { 0, 0x1fff, 0xc0000000, 0xc0001fff };
	static const char *const name[] = { "first-low", "last-low",
					    "first-high", "last-high" };

	for (unsigned i = 0; i < ARRAY_SIZE(index); i++) {
		unsigned m = index[i], by = i % 2 ? m - 1 : m + 1;

		emit(e,
		     "case nested/l1-intercepts-%s\n"
		     "rules nest_l1_intercepts_first\n"
		     "cap 0x7 -> 0\n"
		     DENY_ALL
		     "nested intercept=r:0x%x -> 0\n"
		     "l2: rdmsr 0x%x -> l1 rdmsr\n"
		     "l2: wrmsr 0x%x 0x1 -> exit filter\n"
		     "l2: rdmsr 0x%x -> exit filter\n"
		     "nested intercept=w:0x%x -> 0\n"
		     "l2: rdmsr 0x%x -> exit filter\n"
		     "l2: wrmsr 0x%x 0x1 -> l1 wrmsr\n"
		     "l2: wrmsr 0x%x 0x1 -> exit filter\n",
		     name[i], m, m, m, by, m, m, m, by);
	}
	for (unsigned m = 0xc0010000; m <= 0xc0011fff; m += 0x1fff)
		emit(e,
		     "case nested/l1-intercepts-0x%x\n"
		     "rules nest_l1_intercepts_first\n"
		     "needs svm\n"
		     "cap 0x7 -> 0\n"
		     DENY_ALL
		     "nested intercept=r:0x%x -> 0\n"
		     "l2: rdmsr 0x%x\n"
		     "l2: wrmsr 0x%x 0x1\n"
		     "nested intercept=w:0x%x -> 0\n"
		     "l2: rdmsr 0x%x\n"
		     "l2: wrmsr 0x%x 0x1\n", m, m, m, m, m, m, m);
}

static void families(struct emitter *e)
{
	bitmap_ends(e);
	for (unsigned i = 0; i < ARRAY_SIZE(specimens); i++)
		merge(e, &specimens[i]);
}

SUITE(cases, families);
