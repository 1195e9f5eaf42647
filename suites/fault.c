// SPDX-License-Identifier: GPL-2.0-only
/*
 * GP: an access that fails for a reason that is not enabled, or that userspace
 * answers with an error, makes the guest take #GP(0) at the instruction, the
 * same one whatever the cause, with nothing but RIP and the stack to show for
 * it.  The guest's handler records the frame and all registers, and the model
 * compares them at each fault.  Until it is delivered the fault is part of the
 * vCPU's events and moves with them.  Source: section 7.21 of api.rst,
 * kvm_complete_insn_gp(), kvm_inject_gp() and kvm_multiple_exception().
 */
#include <stdbool.h>

#include "suite.h"

#define MASK "cap 0x7 -> 0\n"
#define DENY "filter allow range rw 0x174+1 = 0 range rw 0xc0000100+3 = 0 -> 0\n"

/* What each #GP shows. */
#define FRAME								\
	"gp_error_code_zero gp_saved_rip_at_instruction "		\
	"gp_saved_flags_rf gp_registers_unchanged gp_cr2_unchanged "	\
	"gp_exception_table_pattern "

static const char *const cases[] = {

/* ---- the three causes ---- */

"case fault/reason-not-enabled\n"
"rules exit_needs_capability " FRAME "gp_reason_not_enabled gp_no_exit\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0xdeadbeef 0x1122334455667788 -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x9e 0x8877665544332211 -> #GP\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x1 -> #GP\n",

"case fault/answered-with-an-error\n"
"rules " FRAME
"gp_same_for_all_causes gp_reason_not_enabled rply_error_injects_gp\n"
MASK DENY
"rdmsr 0xdeadbeef error=1 -> exit unknown then #GP\n"
"wrmsr 0xdeadbeef 0x1122334455667788 error=1 -> exit unknown then #GP\n"
"rdmsr 0x9e error=1 -> exit inval then #GP\n"
"wrmsr 0x9e 0x8877665544332211 error=1 -> exit inval then #GP\n"
"wrmsr 0x277 0x0202020202020202 error=1 -> exit inval then #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 error=1 -> exit inval then #GP\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 error=1 -> exit filter then #GP\n",

"case fault/denied-without-filter-in-the-mask\n"
"rules " FRAME "gp_reason_not_enabled gp_no_exit "
"cap_denied_not_relabelled\n"
"cap 0x3 -> 0\n"
"filter deny range rw 0x277+1 = 0xff -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0xdeadbeef 0x1122334455667788 -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x9e 0x8877665544332211 -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x1 -> #GP\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n",

/* The same instruction under each cause in turn: the model wants the same. */
"case fault/same-for-all-causes-of-a-read\n"
"rules " FRAME
"exit_read_never_errno gp_same_for_all_causes gp_reason_not_enabled "
"rply_error_injects_gp\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef error=1 -> exit unknown then #GP\n"
"rdmsr 0xdeadbeef error=255 data=0xffffffffffffffff -> "
"exit unknown then #GP\n"
"filter deny range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x4 -> 0\n"
"rdmsr 0xdeadbeef error=1 -> exit filter then #GP\n"
"cap 0x1 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"filter allow -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0 -> 0\n"
"filter deny range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case fault/same-for-all-causes-of-a-write\n"
"rules " FRAME
"gp_same_for_all_causes gp_reason_not_enabled rply_error_injects_gp\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"cap 0x1 -> 0\n"
"wrmsr 0x277 0x0202020202020202 error=1 -> exit inval then #GP\n"
"wrmsr 0x277 0x0202020202020202 error=128 data=0x1 -> "
"exit inval then #GP\n"
"filter allow range w 0x277+1 = 0 -> 0\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"cap 0x4 -> 0\n"
"wrmsr 0x277 0x0202020202020202 error=1 -> exit filter then #GP\n"
"cap 0x2 -> 0\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"filter allow -> 0\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"cap 0 -> 0\n"
"filter allow range w 0x277+1 = 0 -> 0\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n",

/* With each mask, the reasons that are not in it. */
"case fault/reasons-left-out-of-each-mask\n"
"rules exit_read_never_errno gp_no_exit gp_reason_not_enabled "
"gp_error_code_zero "
"cap_mask_bit_selects_reason\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"cap 0x6 -> 0\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"cap 0x5 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"cap 0x3 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x1 -> #GP\n"
"cap 0x4 -> 0\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"cap 0x2 -> 0\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"cap 0x1 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0x174 0x1 -> #GP\n"
"cap 0 -> 0\n"
"rdmsr 0x9e -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x174 -> #GP\n",

/* ---- what the handler sees ---- */

"case fault/registers-with-everything-set\n"
"rules gp_registers_unchanged gp_cr2_unchanged\n"
"filter allow range rw 0xc0000102+1 = 0 -> 0\n"
"rdmsr 0xdeadbeef rcx_high=0xffffffff -> #GP\n"
"wrmsr 0xdeadbeef 0xffffffffffffffff rcx_high=0xffffffff "
"rax_high=0xffffffff rdx_high=0xffffffff -> #GP\n"
"wrmsr 0xdeadbeef 0x0 rcx_high=0x1 rax_high=0x1 rdx_high=0x1 -> #GP\n"
"rdmsr 0xc0000102 rcx_high=0xffffffff -> #GP\n"
"wrmsr 0xc0000102 0x8000000080000000 rcx_high=0x80000000 "
"rax_high=0x80000000 rdx_high=0x80000000 -> #GP\n"
"cap 0x6 -> 0\n"
"wrmsr 0xc0000102 0x8000000080000000 rcx_high=0x80000000 "
"rax_high=0x7fffffff rdx_high=0x7fffffff error=1 -> "
"exit filter then #GP\n"
"rdmsr 0xdeadbeef rcx_high=0xffffffff data=0xffffffffffffffff error=1 -> "
"exit unknown then #GP\n",

"case fault/denied-writes-that-fault-change-nothing\n"
"rules exit_denied_write_no_effect gp_no_exit\n"
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
"set_msr 0xc0000102 0x6000 -> 1\n"
DENY
"wrmsr 0x174 0x18 -> #GP\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0xc0000100 0x4008 -> #GP\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"cap 0x4 -> 0\n"
"wrmsr 0xc0000102 0x6008 error=1 -> exit filter then #GP\n"
"get_msr 0xc0000102 -> 1 0x6000\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0xc0000100 -> ok 0x4000\n"
"rdmsr 0xc0000102 -> ok 0x6000\n",

"case fault/prefixes-stand-behind-the-saved-rip\n"
"rules gp_saved_rip_at_instruction gp_no_exit\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 prefix=66 -> #GP\n"
"wrmsr 0x174 0x1 prefix=f2 -> #GP\n"
"rdmsr 0xdeadbeef prefix=f3 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 prefix=48 -> #GP\n"
"rdmsr 0x9e prefix=2e -> #GP\n"
"wrmsr 0x9e 0x1 prefix=64 -> #GP\n"
"rdmsr 0x174 prefix=662e48 -> #GP\n"
"wrmsr 0x174 0x1 prefix=66666666 -> #GP\n"
"cap 0x4 -> 0\n"
"rdmsr 0x174 prefix=66672e48 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 prefix=f2f3 error=1 -> exit filter then #GP\n",

/* A guest that tries and goes on, as with rdmsr_safe(). */
"case fault/guest-that-goes-on\n"
"rules gp_exception_table_pattern gp_reason_not_enabled "
"rply_rdmsr_loads_data\n"
"cap 0x4 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"wrmsr 0x174 0x1 -> exit filter then ok\n"
"rdmsr 0x9e -> #GP\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n",

/* KVM's #GP and the CPU's own, one beside the other. */
"case fault/beside-the-cpu-s-own-gp\n"
"rules gp_reason_not_enabled exit_cpl_above_zero_gp gp_no_exit\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0x174 cpl=3 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 cpl=3 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"rdmsr 0x9e cpl=3 -> #GP\n"
"rdmsr 0x9e -> #GP\n",

/* ---- TF and shadows ---- */

"case fault/tf-and-no-exit\n"
"rules rply_tf_error_gp_only gp_no_exit\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 tf -> #GP\n"
"wrmsr 0x174 0x1 tf -> #GP\n"
"rdmsr 0xdeadbeef tf -> #GP\n"
"wrmsr 0xdeadbeef 0x1 tf -> #GP\n"
"rdmsr 0x9e tf -> #GP\n"
"wrmsr 0x277 0x0202020202020202 tf -> #GP\n"
"rdmsr 0x174 tf prefix=6648 -> #GP\n"
"rdmsr 0x174 -> #GP\n",

"case fault/mov-ss-shadow\n"
"rules gp_in_mov_ss_shadow\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 shadow=movss -> #GP\n"
"wrmsr 0x174 0x1 shadow=movss -> #GP\n"
"rdmsr 0xdeadbeef shadow=movss -> #GP\n"
"wrmsr 0x9e 0x1 shadow=movss -> #GP\n"
"cap 0x7 -> 0\n"
"rdmsr 0x174 shadow=movss error=1 -> exit filter then #GP\n"
"wrmsr 0xdeadbeef 0x1 shadow=movss error=1 -> exit unknown then #GP\n"
"rdmsr 0x9e shadow=movss error=255 -> exit inval then #GP\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

"case fault/sti-shadow\n"
"rules gp_in_mov_ss_shadow gp_saved_flags_rf gp_exception_table_pattern\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 shadow=sti -> #GP\n"
"wrmsr 0x174 0x1 shadow=sti -> #GP\n"
"rdmsr 0xdeadbeef shadow=sti -> #GP\n"
"wrmsr 0x9e 0x1 shadow=sti -> #GP\n"
"cap 0x7 -> 0\n"
"rdmsr 0x174 shadow=sti error=1 -> exit filter then #GP\n"
"wrmsr 0xdeadbeef 0x1 shadow=sti error=1 -> exit unknown then #GP\n"
"rdmsr 0x9e shadow=sti error=255 -> exit inval then #GP\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

"case fault/shadow-and-immediate-exit\n"
"rules gp_in_mov_ss_shadow gp_vcpu_events gp_delivered_on_next_entry\n"
MASK DENY
"rdmsr 0x174 shadow=movss hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume -> #GP\n"
"wrmsr 0xdeadbeef 0x1 shadow=sti hold -> exit unknown then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume -> #GP\n",

/* ---- waiting to be delivered ---- */

"case fault/waits-in-the-events\n"
"rules gp_vcpu_events gp_delivered_on_next_entry gp_error_code_zero\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"events\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"events\n"
"resume -> #GP\n"
"events\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"events\n"
"resume error=255 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume -> #GP\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"resume -> #GP\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"events\n"
"resume -> ok 0x5\n",

"case fault/waits-for-a-real-entry\n"
"rules gp_delivered_on_next_entry gp_vcpu_events rply_completes_once\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"resume immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume arg=1 -> EINVAL\n"
"resume valid_regs=0x8000 -> EINVAL\n"
"resume dirty_regs=0x8000 -> EINVAL\n"
"events\n"
"regs\n"
"peek -> 0\n"
"get_msr 0x174 -> 1\n"
"set_msr 0x174 0x10 -> 1\n"
"sregs -> 0\n"
"events\n"
"regs\n"
"resume -> #GP\n",

"case fault/waits-while-the-mask-and-the-filter-change\n"
"rules gp_delivered_on_next_entry gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"filter allow -> 0\n"
"cap 0 -> 0\n"
"events\n"
"regs\n"
"resume -> #GP\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case fault/waits-on-one-vcpu-of-several\n"
"rules gp_delivered_on_next_entry gp_vcpu_events\n"
MASK DENY
"vcpu0: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu1: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu0: resume error=1 immediate_exit -> EINTR\n"
"vcpu1: resume data=0x5 immediate_exit -> EINTR\n"
"vcpu0: events\n"
"vcpu1: events\n"
"vcpu1: regs\n"
"vcpu0: regs\n"
"vcpu1: resume -> ok 0x5\n"
"vcpu0: resume -> #GP\n",

/* KVM_SET_REGS drops it: the access is executed again. */
"case fault/dropped-by-set-regs\n"
"rules rply_set_regs_clears_pending_gp\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"set_regs rax=0x1 -> 0\n"
"events\n"
"regs\n"
"resume data=0x5 -> exit filter then ok 0x5\n",

"case fault/dropped-by-set-regs-that-changes-nothing\n"
"rules rply_set_regs_clears_pending_gp\n"
MASK DENY
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"set_regs -> 0\n"
"events\n"
"resume -> exit filter then ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"set_regs -> 0\n"
"events\n"
"resume error=1 -> exit unknown then #GP\n",

"case fault/write-restarted-with-other-registers\n"
"rules rply_set_regs_clears_pending_gp exit_wrmsr_data\n"
MASK DENY
"wrmsr 0x174 0x1122334455667788 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"set_regs rax=0xffffffff00000001 rdx=0xffffffff80000002 -> 0\n"
"resume -> exit filter then ok\n",

/* Too late: an entry that a signal ended has injected it already. */
"case fault/not-dropped-by-set-regs-after-a-signal\n"
"rules rply_signal_completes_then_intr gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 signal -> EINTR\n"
"events\n"
"regs\n"
"set_regs -> 0\n"
"events\n"
"resume -> #GP\n",

/* Done before the answer it drops nothing. */
"case fault/not-dropped-by-set-regs-before\n"
"rules rply_error_injects_gp gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"set_regs rax=0x5 -> 0\n"
"resume error=1 -> #GP\n",

/* ---- in another VM ---- */

"case fault/delivered-in-another-vm\n"
"rules gp_events_restore_elsewhere gp_vcpu_events\n"
"vm0: " MASK
"vm1: " MASK
"vm0: " DENY
"vm0: rdmsr 0x174 hold -> exit filter then held\n"
"vm0: resume error=1 immediate_exit -> EINTR\n"
"vm0: copy vm1 -> 0\n"
"vm1: events\n"
"vm1: regs\n"
"vm1: resume -> #GP\n"
"vm1: rdmsr 0x174 -> ok\n"
"vm0: events\n"
"vm0: resume -> #GP\n",

"case fault/of-a-write-delivered-in-another-vm\n"
"rules gp_events_restore_elsewhere\n"
"vm0: " MASK
"vm2: " MASK
"vm0: wrmsr 0xdeadbeef 0x1122334455667788 hold -> "
"exit unknown then held\n"
"vm0: resume error=1 immediate_exit -> EINTR\n"
"vm0: copy vm2 -> 0\n"
"vm0: resume -> #GP\n"
"vm2: regs\n"
"vm2: resume immediate_exit -> EINTR\n"
"vm2: events\n"
"vm2: resume -> #GP\n"
"vm2: rdmsr 0xdeadbeef data=0x5 -> exit unknown then ok 0x5\n",

/* Not even a mask is needed there. */
"case fault/delivered-in-a-vm-without-a-mask\n"
"rules gp_events_restore_elsewhere\n"
"vm0: " MASK
"vm0: " DENY
"vm0.vcpu1: rdmsr 0x174 hold -> exit filter then held\n"
"vm0.vcpu1: resume error=1 immediate_exit -> EINTR\n"
"vm0.vcpu1: copy vm1 -> 0\n"
"vm0: close\n"
"vm1.vcpu1: events\n"
"vm1.vcpu1: resume -> #GP\n"
"vm1.vcpu1: rdmsr 0x174 -> ok\n",

/* ---- priorities and escalation ---- */

"case fault/before-a-pending-nmi\n"
"rules gp_before_interrupt\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"nmi -> 0\n"
"resume error=1 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"nmi -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"nmi -> 0\n"
"resume error=255 -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"nmi -> 0\n"
"resume error=1 -> #GP\n",

"case fault/before-an-nmi-that-comes-later\n"
"rules gp_before_interrupt gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"nmi -> 0\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"nmi -> 0\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> #GP\n",

"case fault/without-an-idt-denied\n"
"rules gp_escalates_to_shutdown\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"idt 0 -> 0\n"
"resume error=1 -> shutdown\n",

"case fault/without-an-idt-unknown-write\n"
"rules gp_escalates_to_shutdown\n"
MASK
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"idt 0 -> 0\n"
"resume error=255 -> shutdown\n",

/* Long enough for #DF, too short by one byte for #GP, and then for it. */
"case fault/idt-too-short-by-one-byte\n"
"rules gp_escalates_to_shutdown\n"
MASK DENY
"rdmsr 0x9e hold -> exit inval then held\n"
"idt 0 -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume -> shutdown\n",

"case fault/idt-restored-in-time\n"
"rules gp_delivered_on_next_entry gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"idt 0 -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"idt 4095 -> 0\n"
"resume -> #GP\n",

"case fault/no-idt-needed-for-success\n"
"rules rply_rdmsr_loads_data\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"idt 0 -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"idt 4095 -> 0\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n",

	NULL
};

/* ---- families ---- */

static const struct {
	const char *name;
	unsigned index, mask, other;	/* masks that have it and have not */
} reasons[] = {
	{ "filter", 0xc0000102, 4, 3 },
	{ "unknown", 0xdeadbeef, 2, 5 },
	{ "inval", 0x9e, 1, 6 },
};

/* One instruction, everything that can be set, four causes, one fault. */
static void causes(struct emitter *e, unsigned r, bool write,
		   const char *name, const char *option)
{
	const char *what = write ? "wrmsr" : "rdmsr";
	const char *value = write ? " 0x1122334455667788" : "";
	struct text t = { .at = 0 };
	unsigned m = reasons[r].index;

	SAY(&t, "%s 0x%x%s %s -> #GP\n", what, m, value, option);
	SAY(&t, "cap 0x%x -> 0\n", reasons[r].other);
	SAY(&t, "%s 0x%x%s %s -> #GP\n", what, m, value, option);
	SAY(&t, "cap 0x%x -> 0\n", reasons[r].mask);
	SAY(&t, "%s 0x%x%s %s error=1 -> exit %s then #GP\n", what, m, value,
	    option, reasons[r].name);
	SAY(&t, "%s 0x%x%s %s error=255 data=0xffffffffffffffff junk=0xff -> "
	    "exit %s then #GP\n", what, m, value, option, reasons[r].name);
	SAY(&t, "%s 0x%x%s %s hold -> exit %s then held\n", what, m, value,
	    option, reasons[r].name);
	SAY(&t, "resume error=1 -> #GP\n");
	SAY(&t, "%s 0x%x%s %s hold -> exit %s then held\n", what, m, value,
	    option, reasons[r].name);
	SAY(&t, "resume error=1 immediate_exit -> EINTR\n"
	    "events\nregs\nresume -> #GP\n");
	/* denied, without FILTER in the mask */
	SAY(&t, "filter deny range rw 0x10+1 = 0xff -> 0\n"
	    "cap 0x3 -> 0\n");
	SAY(&t, "%s 0x%x%s %s -> #GP\n", what, m, value, option);
	SAY(&t, "cap 0 -> 0\n");
	SAY(&t, "%s 0x%x%s %s -> #GP\n", what, m, value, option);
	emit(e, "case fault/%s-%s-%s\n"
	     "rules " FRAME "gp_no_exit gp_vcpu_events "
	     "gp_same_for_all_causes "
	     "rply_error_injects_gp\n"
	     DENY "%s", reasons[r].name, write ? "write" : "read", name, t.s);
}

/* Faults in a row: none is lost, none comes twice. */
static void in_a_row(struct emitter *e, unsigned r, bool write)
{
	struct text t = { .at = 0 };

	for (unsigned i = 0; i < 60; i++) {
		unsigned m = r == 1 ? 0xdeadbe00 + i : reasons[r].index;

		SAY(&t, "%s 0x%x", write ? "wrmsr" : "rdmsr", m);
		if (write)
			SAY(&t, " 0x%x", i);
		if (i % 3 == 1)
			SAY(&t, " prefix=66");
		SAY(&t, " -> #GP\n");
	}
	emit(e, "case fault/60-%s-%ss-in-a-row\n"
	     "rules " FRAME "gp_no_exit gp_reason_not_enabled\n"
	     "cap 0x%x -> 0\n" DENY "%s", reasons[r].name,
	     write ? "write" : "read", reasons[r].other, t.s);
}

static void families(struct emitter *e)
{
	static const struct {
		const char *name, *option;
	} how[] = {
		{ "plain", "" },
		{ "with-high-halves", "rcx_high=0xfffffffc" },
		{ "with-prefixes", "prefix=662e48" },
		{ "with-tf", "tf" },
		{ "behind-sti", "shadow=sti" },
		{ "behind-mov-ss", "shadow=movss" },
	};

	for (unsigned r = 0; r < ARRAY_SIZE(reasons); r++)
		for (int write = 0; write < 2; write++) {
			for (unsigned i = 0; i < ARRAY_SIZE(how); i++)
				causes(e, r, write, how[i].name,
				       how[i].option);
			in_a_row(e, r, write);
		}
}

SUITE(cases, families);
