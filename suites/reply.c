// SPDX-License-Identifier: GPL-2.0-only
/*
 * RPLY: what KVM_RUN makes of userspace's answer to an MSR exit.  It completes
 * the access first, once, from `data` and `error` alone, whatever else has
 * changed or is waiting; then it goes on, fails with EINTR or meets what came
 * meanwhile.  `hold` leaves a vCPU at its exit, and a later `resume` is the
 * KVM_RUN that completes.  Source: sections 5 and 7.21 of api.rst,
 * kvm_arch_vcpu_ioctl_run(), complete_userspace_rdmsr() and its neighbours.
 */
#include <stdbool.h>

#include "suite.h"

/* Enough for each of the three reasons. */
#define MASK "cap 0x7 -> 0\n"
#define DENY "filter allow range rw 0x174+1 = 0 range rw 0xc0000100+3 = 0 -> 0\n"

static const char *const cases[] = {

/* ---- data of a read ---- */

"case reply/read-loads-rax-and-rdx\n"
"rules rply_rdmsr_loads_data rply_rdmsr_other_regs_kept "
"rply_rip_past_instruction\n"
MASK DENY
"rdmsr 0x174 data=0x1122334455667788 -> exit filter then ok "
"0x1122334455667788\n"
"rdmsr 0xdeadbeef data=0x8877665544332211 -> exit unknown then ok "
"0x8877665544332211\n"
"rdmsr 0x9e data=0xfedcba9876543210 -> exit inval then ok "
"0xfedcba9876543210\n"
"rdmsr 0xc0000100 data=0x00000000ffffffff -> exit filter then ok "
"0x00000000ffffffff\n"
"rdmsr 0xc0000101 data=0xffffffff00000000 -> exit filter then ok "
"0xffffffff00000000\n"
"rdmsr 0xc0000102 data=0x0000000080000000 -> exit filter then ok "
"0x0000000080000000\n"
"rdmsr 0x174 data=0x8000000000000000 -> exit filter then ok "
"0x8000000000000000\n"
"rdmsr 0x174 data=0x7fffffff7fffffff -> exit filter then ok "
"0x7fffffff7fffffff\n"
"rdmsr 0x174 data=0xffffffffffffffff -> exit filter then ok "
"0xffffffffffffffff\n"
"rdmsr 0x174 data=0x0 -> exit filter then ok 0x0\n"
"rdmsr 0x174 data=0x1 rcx_high=0xfffffffc -> exit filter then ok 0x1\n",

/* The answer is what the guest gets, not what the MSR holds. */
"case reply/read-loads-what-the-msr-does-not-hold\n"
"rules rply_rdmsr_loads_data\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
DENY
"rdmsr 0x174 data=0x18 -> exit filter then ok 0x18\n"
"get_msr 0x174 -> 1 0x10\n"
"rdmsr 0xc0000100 data=0xdead000000000000 -> exit filter then ok "
"0xdead000000000000\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"rdmsr 0x174 data=0x20 -> exit filter then ok 0x20\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n",

"case reply/read-untouched-gives-zero\n"
"rules rply_rdmsr_untouched_reads_zero exit_rdmsr_data_zero\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
DENY
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"rdmsr 0xdeadbeef -> exit unknown then ok 0x0\n"
"rdmsr 0x9e -> exit inval then ok 0x0\n"
"rdmsr 0x174 data=0xffffffffffffffff -> exit filter then ok "
"0xffffffffffffffff\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"wrmsr 0x174 0xffffffff -> exit filter then ok\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume -> ok 0x0\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"peek -> 0\n"
"resume -> ok 0x0\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x0\n",

/* ---- a write ---- */

"case reply/write-untouched-is-dropped\n"
"rules rply_wrmsr_untouched_drops rply_wrmsr_only_skips "
"rply_rip_past_instruction "
"exit_denied_write_no_effect\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
DENY
"wrmsr 0x174 0x18 rax_high=0x1 -> exit filter then ok\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0xc0000100 0x4008 rdx_high=0x1 -> exit filter then ok\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"wrmsr 0xdeadbeef 0xffffffffffffffff -> exit unknown then ok\n"
"wrmsr 0x9e 0xa5a5a5a55a5a5a5a -> exit inval then ok\n"
"wrmsr 0x174 0x20 hold -> exit filter then held\n"
"resume -> ok\n"
"get_msr 0x174 -> 1 0x10\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0xc0000100 -> ok 0x4000\n",

"case reply/write-changes-no-register\n"
"rules rply_wrmsr_only_skips\n"
MASK DENY
"wrmsr 0x174 0x0 rax_high=0xffffffff rdx_high=0xffffffff -> "
"exit filter then ok\n"
"wrmsr 0x174 0x1122334455667788 rax_high=0x1 rdx_high=0x80000000 "
"rcx_high=0xfffffffc -> exit filter then ok\n"
"wrmsr 0xdeadbeef 0xffffffffffffffff rax_high=0x5a5a5a5a -> "
"exit unknown then ok\n"
"wrmsr 0xdeadbeef 0x8000000080000000 rdx_high=0xa5a5a5a5 -> "
"exit unknown then ok\n"
"wrmsr 0x9e 0x7fffffff80000000 rax_high=0xffffffff rdx_high=0x1 -> "
"exit inval then ok\n"
"wrmsr 0xc0000102 0x6000 rax_high=0xdeadbeef rdx_high=0xdeadbeef -> "
"exit filter then ok\n",

"case reply/data-of-a-write-is-ignored\n"
"rules rply_wrmsr_data_ignored exit_denied_write_no_effect\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
DENY
"wrmsr 0x174 0x18 data=0x20 -> exit filter then ok\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0x174 0x18 data=0x0 -> exit filter then ok\n"
"wrmsr 0x174 0x0 data=0xffffffffffffffff -> exit filter then ok\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0xdeadbeef 0x1 data=0x8000000000000000 rax_high=0x1 -> "
"exit unknown then ok\n"
"wrmsr 0x9e 0x1 data=0x100000001 rdx_high=0x1 -> exit inval then ok\n"
"wrmsr 0x174 0x18 data=0x20 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"resume data=0x28 -> ok\n"
"get_msr 0x174 -> 1 0x10\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n",

/* What the documentation calls letting the write through. */
"case reply/write-done-by-userspace\n"
"rules rply_wrmsr_only_skips rply_set_msrs_no_completion\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
DENY
"wrmsr 0x174 0x18 rax_high=0x1 hold -> exit filter then held\n"
"set_msr 0x174 0x18 -> 1\n"
"regs\n"
"events\n"
"resume -> ok\n"
"get_msr 0x174 -> 1 0x18\n"
"wrmsr 0xc0000100 0x4008 hold -> exit filter then held\n"
"set_msr 0xc0000100 0x4008 -> 1\n"
"resume -> ok\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x18\n"
"rdmsr 0xc0000100 -> ok 0x4008\n",

/* What KVM_GET_SREGS gives out and KVM_SET_SREGS puts back is not the old base. */
"case reply/write-done-by-userspace-between-sregs\n"
"rules host_not_filtered\n"
"cap 0x4 -> 0\n"
"filter allow range rw 0xc0000100+2 = 0 -> 0\n"
"wrmsr 0xc0000100 0x6000 hold -> exit filter then held\n"
"sregs -> 0\n"
"set_msr 0xc0000100 0x6000 -> 1\n"
"sregs -> 0\n"
"get_msr 0xc0000100 -> 1 0x6000\n"
"resume -> ok\n"
"wrmsr 0xc0000101 0x7000 hold -> exit filter then held\n"
"sregs -> 0\n"
"set_msr 0xc0000101 0x7000 -> 1\n"
"sregs -> 0\n"
"resume -> ok\n"
"get_msr 0xc0000101 -> 1 0x7000\n"
"filter allow -> 0\n"
"rdmsr 0xc0000100 -> ok 0x6000\n",

"case reply/read-done-by-userspace\n"
"rules rply_rdmsr_loads_data rply_set_msrs_no_completion\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"get_msr 0x174 -> 1 0x10\n"
"resume data=0x10 -> ok 0x10\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"set_msr 0x174 0x18 -> 1\n"
"get_msr 0x174 -> 1 0x18\n"
"regs\n"
"resume -> ok 0x0\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"set_msr 0x174 0x20 -> 1\n"
"resume error=1 -> #GP\n"
"get_msr 0x174 -> 1 0x20\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_msr 0xdeadbeef 0x1 -> 0\n"
"get_msr 0xdeadbeef -> 0\n"
"set_msr 0xc0000102 0x6000 -> 1\n"
"regs\n"
"resume data=0x1 -> ok 0x1\n",

/* ---- error ---- */

"case reply/error-injects-gp\n"
"rules rply_error_injects_gp gp_error_code_zero gp_saved_rip_at_instruction "
"gp_registers_unchanged gp_saved_flags_rf gp_cr2_unchanged\n"
MASK DENY
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef error=1 -> exit unknown then #GP\n"
"wrmsr 0xdeadbeef 0x1 error=1 -> exit unknown then #GP\n"
"rdmsr 0x9e error=1 -> exit inval then #GP\n"
"wrmsr 0x9e 0x1 error=1 -> exit inval then #GP\n"
"rdmsr 0xc0000102 error=1 -> exit filter then #GP\n"
"wrmsr 0xc0000102 0x1 error=1 rax_high=0xffffffff rdx_high=0xffffffff "
"rcx_high=0xffffffff -> exit filter then #GP\n",

"case reply/error-makes-data-void\n"
"rules rply_error_injects_gp\n"
MASK DENY
"rdmsr 0x174 data=0x1122334455667788 error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef data=0xffffffffffffffff error=255 -> "
"exit unknown then #GP\n"
"rdmsr 0x9e data=0x1 error=2 -> exit inval then #GP\n"
"wrmsr 0x174 0x1 data=0xffffffffffffffff error=1 -> "
"exit filter then #GP\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x1 error=1 -> #GP\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x1 error=1 immediate_exit -> EINTR\n"
"regs\n"
"resume -> #GP\n",

"case reply/error-is-one-byte\n"
"rules rply_error_is_one_byte rply_other_fields_ignored\n"
MASK DENY
"rdmsr 0x174 junk=0x1 data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x174 junk=0xff data=0x6 -> exit filter then ok 0x6\n"
"wrmsr 0x174 0x1 junk=0x1 -> exit filter then ok\n"
"wrmsr 0x174 0x1 junk=0xff -> exit filter then ok\n"
"rdmsr 0xdeadbeef junk=0x80 data=0x7 -> exit unknown then ok 0x7\n"
"wrmsr 0xdeadbeef 0x1 junk=0x80 -> exit unknown then ok\n"
"rdmsr 0x9e junk=0x1 -> exit inval then ok 0x0\n"
"wrmsr 0x9e 0x1 junk=0xfe -> exit inval then ok\n"
"rdmsr 0x174 junk=0x1 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 junk=0xff error=255 -> exit filter then #GP\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume junk=0xff data=0x8 -> ok 0x8\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume junk=0x7f error=128 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume junk=0x1 -> ok\n",

/* exit_reason 29 or 30 swapped, shutdown, nothing at all: all the same. */
"case reply/exit-reason-is-ignored\n"
"rules rply_other_fields_ignored\n"
MASK DENY
"rdmsr 0x174 junk=0x1e data=0x5 -> exit filter then ok 0x5\n"
"wrmsr 0x174 0x1 junk=0x1d data=0x6 -> exit filter then ok\n"
"rdmsr 0x174 junk=0x8 data=0x5 -> exit filter then ok 0x5\n"
"wrmsr 0x174 0x1 junk=0x2 -> exit filter then ok\n"
"rdmsr 0x174 junk=0x6 data=0x5 -> exit filter then ok 0x5\n"
"wrmsr 0x174 0x1 junk=0xa -> exit filter then ok\n"
"rdmsr 0x174 junk=0x1e error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 junk=0x1d error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef junk=0x1e data=0x7 -> exit unknown then ok 0x7\n"
"wrmsr 0x9e 0x1 junk=0x1d -> exit inval then ok\n",

/* ---- once ---- */

"case reply/read-completes-once\n"
"rules rply_completes_once rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"resume data=0x6 immediate_exit -> EINTR\n"
"regs\n"
"resume immediate_exit -> EINTR\n"
"resume signal -> EINTR\n"
"regs\n"
"resume -> ok 0x5\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume data=0x7 signal -> EINTR\n"
"resume signal -> EINTR\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x7\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"resume data=0x8 immediate_exit -> EINTR\n"
"resume immediate_exit -> EINTR\n"
"resume -> ok 0x8\n",

"case reply/write-completes-once\n"
"rules rply_completes_once rply_immediate_exit_completes\n"
MASK DENY
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"resume signal -> EINTR\n"
"regs\n"
"resume signal -> EINTR\n"
"regs\n"
"resume -> ok\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"resume signal -> EINTR\n"
"resume immediate_exit -> EINTR\n"
"resume -> ok\n",

"case reply/error-injects-once\n"
"rules rply_completes_once gp_delivered_on_next_entry gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"resume immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume immediate_exit -> EINTR\n"
"resume -> #GP\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"resume error=255 signal -> EINTR\n"
"events\n"
"resume immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume -> #GP\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

/* ---- immediate_exit and signals ---- */

"case reply/immediate-exit-completes-first\n"
"rules rply_immediate_exit_completes rply_immediate_exit_stale_reason\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x1122334455667788 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> ok 0x1122334455667788\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> ok\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n",

"case reply/immediate-exit-completes-first-for-other-reasons\n"
"rules rply_immediate_exit_completes rply_immediate_exit_stale_reason\n"
MASK
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume data=0xffffffff00000001 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0xffffffff00000001\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"resume data=0x8 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x8\n"
"wrmsr 0x277 0x0202020202020202 hold -> exit inval then held\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok\n",

/* Nothing more is executed: the next one would exit at once. */
"case reply/immediate-exit-executes-nothing-more\n"
"rules rply_immediate_exit_completes exit_once_per_execution\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"cap 0 -> 0\n"
"resume -> ok 0x5\n"
"rdmsr 0x174 -> #GP\n"
"cap 0x4 -> 0\n"
"rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n",

"case reply/signal-completes-first\n"
"rules rply_signal_completes_then_intr\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x1122334455667788 signal -> EINTR\n"
"regs\n"
"events\n"
"resume -> ok 0x1122334455667788\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume signal -> EINTR\n"
"regs\n"
"events\n"
"resume -> ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume error=1 signal -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"resume signal -> EINTR\n"
"regs\n"
"resume -> ok\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x7 signal junk=0x55 -> EINTR\n"
"regs\n"
"resume -> ok 0x7\n",

/* ---- KVM_RUN that fails before it: the completion waits ---- */

"case reply/bad-argument-leaves-it-pending\n"
"rules rply_run_argument_pending\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume arg=1 -> EINVAL\n"
"regs\n"
"events\n"
"resume data=0x5 arg=1 -> EINVAL\n"
"regs\n"
"resume arg=0xffffffffffffffff -> EINVAL\n"
"resume arg=0x8000000000000000 -> EINVAL\n"
"resume arg=0x100000000 -> EINVAL\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x7 arg=1 -> EINVAL\n"
"resume -> ok 0x7\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume arg=2 -> EINVAL\n"
"regs\n"
"resume error=1 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"resume error=1 arg=1 -> EINVAL\n"
"regs\n"
"events\n"
"resume -> #GP\n",

"case reply/bad-argument-and-immediate-exit\n"
"rules rply_run_argument_pending rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume arg=1 immediate_exit -> EINVAL\n"
"regs\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"resume arg=1 -> EINVAL\n"
"regs\n"
"resume arg=1 immediate_exit -> EINVAL\n"
"resume -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume arg=1 signal -> EINVAL\n"
"regs\n"
"resume -> ok\n",

"case reply/unknown-valid-regs-leave-it-pending\n"
"rules rply_bad_valid_regs_pending\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume valid_regs=0x8000 -> EINVAL\n"
"regs\n"
"events\n"
"resume valid_regs=0x8 -> EINVAL\n"
"resume valid_regs=0x80000000 -> EINVAL\n"
"resume valid_regs=0x10 immediate_exit -> EINVAL\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume valid_regs=0x8000 -> EINVAL\n"
"regs\n"
"resume -> ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume valid_regs=0x8000 error=1 -> EINVAL\n"
"regs\n"
"events\n"
"resume -> #GP\n",

/* Since 74c1807f6c4f and until its fix KVM looked at 32 of the 64 bits. */
"case reply/unknown-valid-regs-above-bit-31-leave-it-pending\n"
"rules rply_bad_valid_regs_pending\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume valid_regs=0x100000000 -> EINVAL\n"
"regs\n"
"events\n"
"resume valid_regs=0x8000000000000000 -> EINVAL\n"
"regs\n"
"resume valid_regs=0xffffffff00000000 immediate_exit -> EINVAL\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n",

"case reply/unknown-dirty-regs-leave-it-pending\n"
"rules rply_bad_dirty_regs_pending\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume dirty_regs=0x8000 -> EINVAL\n"
"regs\n"
"events\n"
"resume dirty_regs=0x8 -> EINVAL\n"
"resume dirty_regs=0x80000000 -> EINVAL\n"
"resume dirty_regs=0x10 immediate_exit -> EINVAL\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume dirty_regs=0x8000 -> EINVAL\n"
"regs\n"
"resume -> ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume dirty_regs=0x8000 error=1 -> EINVAL\n"
"regs\n"
"events\n"
"resume -> #GP\n",

"case reply/unknown-dirty-regs-above-bit-31-leave-it-pending\n"
"rules rply_bad_dirty_regs_pending\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume dirty_regs=0x100000000 -> EINVAL\n"
"regs\n"
"events\n"
"resume dirty_regs=0x8000000000000000 -> EINVAL\n"
"regs\n"
"resume dirty_regs=0xffffffff00000000 immediate_exit -> EINVAL\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n",

"case reply/all-kinds-of-einval-in-turn\n"
"rules rply_run_argument_pending rply_bad_valid_regs_pending "
"rply_bad_dirty_regs_pending\n"
MASK DENY
"rdmsr 0x9e hold -> exit inval then held\n"
"resume arg=1 -> EINVAL\n"
"resume valid_regs=0x8000 -> EINVAL\n"
"resume dirty_regs=0x8000 -> EINVAL\n"
"resume arg=1 valid_regs=0x8000 dirty_regs=0x8000 -> EINVAL\n"
"regs\n"
"resume data=0x5 arg=1 -> EINVAL\n"
"resume data=0x6 valid_regs=0x8000 -> EINVAL\n"
"regs\n"
"resume data=0x7 dirty_regs=0x8000 -> EINVAL\n"
"regs\n"
"resume -> ok 0x7\n",

/* Put back to reset by userspace, it waits for a SIPI and completes nothing. */
"case reply/uninitialized-keeps-it-pending\n"
"rules rply_uninitialized_keeps_pending rply_rdmsr_loads_data\n"
"needs irqchip\n"
"irqchip full -> 0\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"mp_state 1 -> 0\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"mp_state 0 -> 0\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n"
"rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n",

"case reply/uninitialized-write-keeps-it-pending\n"
"rules rply_uninitialized_keeps_pending\n"
"needs irqchip\n"
"irqchip full -> 0\n"
MASK DENY
"vcpu1: wrmsr 0x174 0x1 hold -> exit filter then held\n"
"vcpu1: mp_state 1 -> 0\n"
"vcpu1: resume immediate_exit -> EINTR\n"
"vcpu1: regs\n"
"vcpu1: events\n"
"vcpu1: mp_state 0 -> 0\n"
"vcpu1: regs\n"
"vcpu1: resume error=1 -> #GP\n",

"case reply/runnable-again-while-pending\n"
"rules rply_rdmsr_loads_data rply_error_injects_gp\n"
"needs irqchip\n"
"irqchip full -> 0\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"mp_state 0 -> 0\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"mp_state 1 -> 0\n"
"mp_state 0 -> 0\n"
"resume data=0x6 -> ok 0x6\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"mp_state 1 -> 0\n"
"regs\n"
"mp_state 0 -> 0\n"
"resume error=1 -> #GP\n",

/* ---- looking ---- */

"case reply/looking-disturbs-nothing\n"
"rules rply_get_ioctls_harmless\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"peek -> 0\n"
"regs\n"
"events\n"
"peek -> 0\n"
"get_msr 0x174 -> 1\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"peek -> 0\n"
"regs\n"
"resume -> ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"peek -> 0\n"
"peek -> 0\n"
"regs\n"
"events\n"
"resume error=1 -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"peek -> 0\n"
"regs\n"
"resume error=1 -> #GP\n",

"case reply/looking-between-completion-and-entry\n"
"rules rply_get_ioctls_harmless rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"peek -> 0\n"
"regs\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"peek -> 0\n"
"regs\n"
"events\n"
"peek -> 0\n"
"resume -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"peek -> 0\n"
"regs\n"
"events\n"
"peek -> 0\n"
"events\n"
"resume -> #GP\n",

/* ---- set_regs ---- */

"case reply/rax-and-rdx-set-then-read\n"
"rules rply_set_rax_rdx\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rax=0xaaaaaaaaaaaaaaaa rdx=0xbbbbbbbbbbbbbbbb -> 0\n"
"regs\n"
"resume data=0x1122334455667788 -> ok 0x1122334455667788\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_regs rax=0x1 -> 0\n"
"resume data=0x0 -> ok 0x0\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"set_regs rdx=0xffffffffffffffff -> 0\n"
"regs\n"
"resume -> ok 0x0\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rax=0x5 rdx=0x6 -> 0\n"
"set_regs rax=0x7 rdx=0x8 -> 0\n"
"resume data=0x900000009 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x900000009\n",

"case reply/rax-and-rdx-set-then-error\n"
"rules rply_error_injects_gp gp_registers_unchanged\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rax=0xaaaaaaaaaaaaaaaa rdx=0xbbbbbbbbbbbbbbbb -> 0\n"
"regs\n"
"resume data=0x5 error=1 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rax=0xcccccccccccccccc rdx=0x1 -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_regs rax=0x1 rdx=0x2 -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"resume -> #GP\n",

/* What a write writes was taken at the exit; the registers stay as set. */
"case reply/rax-and-rdx-set-then-write\n"
"rules rply_wrmsr_only_skips exit_denied_write_no_effect\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
DENY
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"set_regs rax=0x20 rdx=0x0 -> 0\n"
"regs\n"
"resume -> ok\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"set_regs rax=0xaaaaaaaaaaaaaaaa rdx=0xbbbbbbbbbbbbbbbb -> 0\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok\n",

"case reply/rcx-set-stays\n"
"rules rply_set_rcx_kept\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rcx=0xdeadbeef -> 0\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rcx=0xffffffffffffffff -> 0\n"
"regs\n"
"resume -> ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_regs rcx=0x174 -> 0\n"
"resume data=0x6 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x6\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"set_regs rcx=0x10 -> 0\n"
"resume error=1 -> #GP\n",

/* RCX names an MSR that is allowed, then the access does not happen. */
"case reply/rcx-set-to-an-allowed-msr\n"
"rules rply_set_rcx_kept\n"
MASK
"set_msr 0x175 0x2000 -> 1\n"
DENY
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"set_regs rcx=0x175 -> 0\n"
"resume -> ok\n"
"get_msr 0x175 -> 1 0x2000\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rcx=0x175 -> 0\n"
"resume data=0x30 -> ok 0x30\n"
"get_msr 0x175 -> 1 0x2000\n",

"case reply/nothing-set-by-set-regs\n"
"rules rply_rdmsr_loads_data rply_rip_past_instruction\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs -> 0\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"set_regs -> 0\n"
"resume -> ok\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"set_regs -> 0\n"
"set_regs -> 0\n"
"resume error=1 -> #GP\n",

"case reply/rip-set-then-error\n"
"rules rply_set_rip_then_error\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rip=+16 -> 0\n"
"regs\n"
"resume error=1 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rip=+16 -> 0\n"
"resume error=255 -> #GP\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_regs rip=+16 -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"set_regs rip=+16 -> 0\n"
"resume error=1 -> #GP\n",

/* Undefined, and different by vendor: the model knows both. */
"case reply/rip-set-then-read\n"
"rules rply_set_rip_then_success\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rip=+16 -> 0\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_regs rip=+16 -> 0\n"
"resume data=0x6 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x6\n",

"case reply/rip-set-then-write\n"
"rules rply_set_rip_then_success\n"
MASK DENY
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rip=+16 -> 0\n"
"resume -> ok\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"set_regs rip=+16 -> 0\n"
"regs\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok\n",

"case reply/dirty-regs-then-read\n"
"rules rply_dirty_regs_loaded_first rply_set_rax_rdx\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rax=0xaaaaaaaaaaaaaaaa rdx=0xbbbbbbbbbbbbbbbb dirty -> 0\n"
"resume data=0x1122334455667788 -> ok 0x1122334455667788\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"set_regs rax=0x1 dirty -> 0\n"
"resume -> ok 0x0\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"set_regs rax=0x1 rdx=0x2 dirty -> 0\n"
"resume data=0x7 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x7\n",

"case reply/dirty-rcx-then-anything\n"
"rules rply_set_rcx_kept rply_dirty_regs_loaded_first\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rcx=0xdeadbeef dirty -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rcx=0x0 dirty -> 0\n"
"resume -> ok\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rcx=0x175 dirty -> 0\n"
"resume error=1 -> #GP\n",

"case reply/dirty-regs-then-error\n"
"rules rply_error_injects_gp gp_registers_unchanged\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rax=0xaaaaaaaaaaaaaaaa rdx=0xbbbbbbbbbbbbbbbb dirty -> 0\n"
"resume error=1 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rax=0x5 rdx=0x6 dirty -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n",

"case reply/dirty-regs-then-write\n"
"rules rply_wrmsr_only_skips\n"
MASK DENY
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"set_regs rax=0xaaaaaaaaaaaaaaaa rdx=0xbbbbbbbbbbbbbbbb dirty -> 0\n"
"resume -> ok\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"set_regs rax=0x5 dirty -> 0\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok\n",

"case reply/dirty-rip-then-error\n"
"rules rply_set_rip_then_error\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rip=+16 dirty -> 0\n"
"resume error=1 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"set_regs rip=+16 dirty -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"resume -> #GP\n",

"case reply/dirty-rip-then-success\n"
"rules rply_set_rip_then_success\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_regs rip=+16 dirty -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"set_regs rip=+16 dirty -> 0\n"
"resume -> ok\n",

/* After the completion they are the guest's registers like any others. */
"case reply/registers-set-after-the-completion\n"
"rules rply_completes_once rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"resume immediate_exit -> EINTR\n"
"set_regs rax=0x6 rdx=0x7 -> 0\n"
"regs\n"
"resume -> ok 0x700000006\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume immediate_exit -> EINTR\n"
"resume immediate_exit -> EINTR\n"
"set_regs rax=0x8 rdx=0x9 -> 0\n"
"resume -> ok 0x900000008\n",

/* ---- the rest of the machine changes while it is pending ---- */

"case reply/mask-changed-while-pending\n"
"rules rply_independent_of_config cap_mask_change_at_exit\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"cap 0 -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0x174 -> #GP\n"
MASK
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"cap 0x3 -> 0\n"
"resume -> ok\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"cap 0x5 -> 0\n"
"resume data=0x6 -> ok 0x6\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"cap 0x6 -> 0\n"
"resume -> ok\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"cap 0 -> 0\n"
"cap 0x7 -> 0\n"
"resume data=0x7 -> ok 0x7\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"cap 0 -> 0\n"
"resume error=1 -> #GP\n",

"case reply/mask-cleared-then-immediate-exit\n"
"rules rply_independent_of_config cap_mask_change_at_exit\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"cap 0 -> 0\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> ok 0x5\n"
"cap 0x1 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"cap 0x4 -> 0\n"
"resume signal -> EINTR\n"
"regs\n"
"resume -> ok\n",

/* Allowed in the meantime: the access itself is still not done again. */
"case reply/filter-changed-while-pending\n"
"rules rply_independent_of_config cap_mask_change_at_exit "
"exit_denied_write_no_effect\n"
MASK
"set_msr 0x174 0x10 -> 1\n"
DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"filter allow -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0x174 -> ok 0x10\n"
DENY
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"filter allow -> 0\n"
"resume -> ok\n"
"rdmsr 0x174 -> ok 0x10\n"
DENY
"wrmsr 0x174 0x20 hold -> exit filter then held\n"
"filter deny range rw 0x174+1 = 0xff -> 0\n"
"cap 0 -> 0\n"
"resume -> ok\n"
"rdmsr 0x174 -> ok 0x10\n"
"cap 0x7 -> 0\n"
"rdmsr 0x175 hold -> exit filter then held\n"
"filter allow -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0x174 -> ok 0x10\n",

/* Denied in the meantime, after it was unknown or invalid. */
"case reply/denied-while-pending\n"
"rules rply_independent_of_config\n"
MASK
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"filter deny range rw 0x174+1 = 0 -> 0\n"
"cap 0x4 -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0xdeadbeef -> exit filter\n"
"cap 0x7 -> 0\n"
"filter allow -> 0\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"filter deny range rw 0x174+1 = 0 -> 0\n"
"resume error=1 -> #GP\n"
"wrmsr 0x9e 0x1 -> exit filter then ok\n",

"case reply/cpuid-and-sregs-set-while-pending\n"
"rules rply_rdmsr_loads_data rply_error_injects_gp\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"cpuid default -> 0\n"
"sregs -> 0\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"sregs -> 0\n"
"resume -> ok\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"cpuid default -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"sregs -> 0\n"
"resume data=0x6 immediate_exit -> EINTR\n"
"sregs -> 0\n"
"regs\n"
"resume -> ok 0x6\n",

/* Refused calls in between are as harmless as good ones. */
"case reply/refused-calls-while-pending\n"
"rules rply_rdmsr_loads_data rply_error_injects_gp "
"rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"filter flags=0x2 range rw 0x174+1 = 0xff -> EINVAL\n"
"cap 0x8 -> EINVAL\n"
"filter allow at=null -> EFAULT\n"
"check_cap 188 -> 1\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"cap 0xffffffff -> EINVAL\n"
"filter deny -> EINVAL\n"
"resume error=1 -> #GP\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"cap 0 flags=0x1 -> EINVAL\n"
"resume data=0x6 immediate_exit -> EINTR\n"
"cap 0x10 -> EINVAL\n"
"regs\n"
"resume -> ok 0x6\n",

/* A vCPU, and a whole VM, that come into being while another one waits. */
"case reply/others-created-while-pending\n"
"rules rply_rdmsr_loads_data exit_index\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"vcpu1: vcpu\n"
"vm1: " MASK
"vm1: rdmsr 0xdeadbe01 data=0x1 -> exit unknown then ok 0x1\n"
"vcpu1: rdmsr 0xdeadbe02 data=0x2 -> exit unknown then ok 0x2\n"
"vm1: close\n"
"vcpu1: wrmsr 0x174 0x1 error=1 -> exit filter then #GP\n"
"regs\n"
"events\n"
"resume data=0x5 -> ok 0x5\n",

"case reply/msrs-set-while-pending\n"
"rules rply_set_msrs_no_completion host_usable_at_exit\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"set_msr 0x174 0x10 -> 1\n"
"regs\n"
"events\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
"set_msr 0xc0000082 0x3000 -> 1\n"
"get_msr 0x174 -> 1 0x10\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0xc0000100 0x4008 hold -> exit filter then held\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"set_msr 0xc0000100 0x4010 -> 1\n"
"regs\n"
"resume error=1 -> #GP\n"
"get_msr 0xc0000100 -> 1 0x4010\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"set_msr 0x174 0x18 -> 1\n"
"regs\n"
"resume -> ok 0x0\n",

/* ---- exceptions by KVM_SET_VCPU_EVENTS ---- */

/* Skipped, and then the exception at the next instruction. */
"case reply/gp-injected-and-success\n"
"rules rply_events_fault_after_skip\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 13 code=0 -> 0\n"
"resume data=0x5 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"inject 13 code=0 -> 0\n"
"resume -> #GP\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"inject 13 code=0 -> 0\n"
"resume data=0x7 immediate_exit -> EINTR\n"
"regs\n"
"resume -> #GP\n",

"case reply/ud-injected-and-success\n"
"rules rply_events_fault_after_skip\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 6 -> 0\n"
"resume data=0x5 -> #UD\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"inject 6 -> 0\n"
"resume -> #UD\n",

"case reply/gp-injected-and-error\n"
"rules rply_injected_gp_and_error_df\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 13 code=0 -> 0\n"
"resume error=1 -> #DF\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"inject 13 code=0 -> 0\n"
"resume error=255 -> #DF\n"
"rdmsr 0x9e hold -> exit inval then held\n"
"inject 13 code=0 -> 0\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"resume -> #DF\n",

"case reply/ud-injected-and-error\n"
"rules rply_error_injects_gp\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 6 -> 0\n"
"resume error=1 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"inject 6 -> 0\n"
"resume error=1 -> #GP\n",

/* With the code that userspace gave, in the events and in the frame. */
"case reply/gp-injected-with-a-code\n"
"rules rply_events_fault_after_skip\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 13 code=0x1230 -> 0\n"
"events\n"
"regs\n"
"resume data=0x5 -> #GP\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"inject 13 code=0xfff8 -> 0\n"
"events\n"
"resume -> #GP\n",

/* Page faults and the contributory ones make it a #DF, the rest do not. */
"case reply/others-injected-and-error\n"
"rules rply_injected_gp_and_error_df\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 14 code=0 -> 0\n"
"resume error=1 -> #DF\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 10 code=0x10 -> 0\n"
"resume error=1 -> #DF\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 11 code=0x10 -> 0\n"
"resume error=1 -> #DF\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 12 code=0 -> 0\n"
"resume error=1 -> #DF\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 13 code=0xfff8 -> 0\n"
"resume error=1 -> #DF\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 17 code=0 -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 7 -> 0\n"
"resume error=1 -> #GP\n",

"case reply/gp-injected-after-the-completion\n"
"rules rply_events_fault_after_skip rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"inject 13 code=0x1230 -> 0\n"
"events\n"
"resume -> #GP\n",

/* KVM_SET_VCPU_EVENTS sets them all: what was pending is gone. */
"case reply/ud-injected-over-the-pending-gp\n"
"rules gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"inject 6 -> 0\n"
"events\n"
"resume -> #UD\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"inject 13 code=0x1230 -> 0\n"
"events\n"
"resume -> #GP\n",

"case reply/df-injected-and-error\n"
"rules rply_injected_df_and_error\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 8 code=0 -> 0\n"
"resume error=1 -> shutdown\n",

"case reply/df-injected-and-error-of-an-unknown-write\n"
"rules rply_injected_df_and_error\n"
MASK DENY
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"inject 8 code=0 -> 0\n"
"resume error=1 -> shutdown\n",

"case reply/df-injected-and-success\n"
"rules rply_events_fault_after_skip\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"inject 8 code=0 -> 0\n"
"resume data=0x5 -> #DF\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"inject 8 code=0 -> 0\n"
"resume -> #DF\n",

/* ---- elsewhere ---- */

/* The copy knows nothing of the exit: it executes the access again. */
"case reply/copy-of-a-held-vcpu-executes-again\n"
"rules rply_pending_not_migratable exit_once_per_execution\n"
"vm0: " MASK
"vm1: " MASK
"vm0: " DENY
"vm1: " DENY
"vm0: rdmsr 0x174 hold -> exit filter then held\n"
"vm0: copy vm1 -> 0\n"
"vm1: regs\n"
"vm1: events\n"
"vm1: resume data=0x6 -> exit filter then ok 0x6\n"
"vm0: regs\n"
"vm0: resume data=0x5 -> ok 0x5\n"
"vm0: rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n"
"vm1: rdmsr 0x174 data=0x8 -> exit filter then ok 0x8\n",

"case reply/copy-of-a-held-write-executes-again\n"
"rules rply_pending_not_migratable exit_wrmsr_data\n"
"vm0: " MASK
"vm2: " MASK
"vm0: " DENY
"vm2: " DENY
"vm0: wrmsr 0x174 0x1122334455667788 hold -> exit filter then held\n"
"vm0: copy vm2 -> 0\n"
"vm0: resume error=1 -> #GP\n"
"vm2: regs\n"
"vm2: resume -> exit filter then ok\n",

/* There it meets what that VM has: no filter, no mask. */
"case reply/copy-meets-the-other-vm-s-filter\n"
"rules rply_pending_not_migratable gp_no_exit\n"
"vm0: " MASK
"vm0: " DENY
"vm0: rdmsr 0x174 hold -> exit filter then held\n"
"vm0: copy vm1 -> 0\n"
"vm1: resume -> ok\n"
"vm0: resume data=0x5 -> ok 0x5\n"
"vm0: rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"vm0: copy vm1 -> 0\n"
"vm1: resume -> #GP\n"
"vm0: resume data=0x6 -> ok 0x6\n",

"case reply/copy-answered-with-an-error\n"
"rules rply_pending_not_migratable rply_error_injects_gp\n"
"vm0: " MASK
"vm1: " MASK
"vm0: rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"vm0: copy vm1 -> 0\n"
"vm1: resume error=1 -> exit unknown then #GP\n"
"vm0: resume data=0x5 -> ok 0x5\n"
"vm0: wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"vm0: copy vm1 -> 0\n"
"vm1: resume error=255 -> exit inval then #GP\n"
"vm0: resume -> ok\n",

/* Completed first, as the documentation asks: the copy goes on behind it. */
"case reply/copy-after-the-completion\n"
"rules rply_immediate_exit_completes rply_completes_once\n"
"vm0: " MASK
"vm1: " MASK
"vm0: " DENY
"vm1: " DENY
"vm0: rdmsr 0x174 hold -> exit filter then held\n"
"vm0: resume data=0x1122334455667788 immediate_exit -> EINTR\n"
"vm0: resume immediate_exit -> EINTR\n"
"vm0: copy vm1 -> 0\n"
"vm1: regs\n"
"vm1: resume -> ok 0x1122334455667788\n"
"vm0: resume -> ok 0x1122334455667788\n"
"vm0: wrmsr 0x174 0x1 hold -> exit filter then held\n"
"vm0: resume immediate_exit -> EINTR\n"
"vm0: copy vm1 -> 0\n"
"vm1: regs\n"
"vm1: resume -> ok\n"
"vm0: resume -> ok\n",

"case reply/another-thread-completes\n"
"rules rply_other_thread_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"t1: resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"t2: resume -> ok\n"
"t1: rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"t3: resume data=0x6 -> ok 0x6\n"
"t1: rdmsr 0x9e hold -> exit inval then held\n"
"resume data=0x7 -> ok 0x7\n"
"t2: wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"t1: resume -> ok\n"
"rdmsr 0x174 prefix=48 hold -> exit filter then held\n"
"t1: resume data=0x8 -> ok 0x8\n",

"case reply/another-thread-completes-with-an-error\n"
"rules rply_error_injects_gp gp_error_code_zero\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"t1: resume error=1 -> #GP\n"
"t1: wrmsr 0x174 0x1 hold -> exit filter then held\n"
"t2: resume error=1 -> #GP\n"
"t1: rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"resume error=255 -> #GP\n",

"case reply/another-thread-looks-and-completes\n"
"rules rply_get_ioctls_harmless rply_other_thread_completes "
"rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"t1: peek -> 0\n"
"t1: regs\n"
"t2: get_msr 0x174 -> 1\n"
"t3: resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"t1: resume immediate_exit -> EINTR\n"
"regs\n"
"t2: resume -> ok\n"
"t1: rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x6 signal -> EINTR\n"
"t2: regs\n"
"t3: resume -> ok 0x6\n",

/* Each thread answers the vCPU of another. */
"case reply/threads-complete-each-other-s-vcpus\n"
"rules rply_other_thread_completes rply_rdmsr_loads_data\n"
MASK DENY
"t1.vcpu0: rdmsr 0x174 hold -> exit filter then held\n"
"t2.vcpu1: rdmsr 0x174 hold -> exit filter then held\n"
"t3.vcpu2: rdmsr 0x174 hold -> exit filter then held\n"
"t2.vcpu0: resume data=0x5 -> ok 0x5\n"
"t3.vcpu1: resume data=0x6 -> ok 0x6\n"
"t1.vcpu2: resume data=0x7 -> ok 0x7\n",

/* ---- the end of the VM ---- */

"case reply/closed-while-pending\n"
"rules rply_destroy_pending_clean rply_rdmsr_loads_data\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"close\n"
MASK DENY
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"close\n"
MASK DENY
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"vcpu1: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu2: wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"close\n"
MASK
"rdmsr 0xdeadbeef data=0x6 -> exit unknown then ok 0x6\n",

"case reply/closed-with-a-fault-pending\n"
"rules gp_vcpu_events gp_delivered_on_next_entry\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"close\n"
MASK DENY
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x174 hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"close\n"
MASK DENY
"rdmsr 0x174 -> exit filter then ok 0x0\n",

"case reply/closed-while-another-vm-waits\n"
"rules rply_destroy_pending_clean rply_rdmsr_loads_data\n"
"vm0: " MASK
"vm1: " MASK
"vm0: rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"vm1: rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"vm1: close\n"
"vm0: regs\n"
"vm0: resume data=0x5 -> ok 0x5\n",

/* ---- TF and debugging ---- */

"case reply/tf-and-success\n"
"rules rply_tf_success_db\n"
MASK DENY
"rdmsr 0x174 tf data=0x5 -> exit filter then #DB\n"
"wrmsr 0x174 0x1 tf -> exit filter then #DB\n"
"rdmsr 0xdeadbeef tf -> exit unknown then #DB\n"
"wrmsr 0xdeadbeef 0x1 tf data=0x2 -> exit unknown then #DB\n"
"rdmsr 0x9e tf -> exit inval then #DB\n"
"wrmsr 0x9e 0x1 tf -> exit inval then #DB\n"
"rdmsr 0x174 tf prefix=66 data=0x6 -> exit filter then #DB\n"
"rdmsr 0x174 tf hold -> exit filter then held\n"
"resume data=0x7 -> #DB\n"
"rdmsr 0x174 data=0x8 -> exit filter then ok 0x8\n",

"case reply/tf-and-error\n"
"rules rply_tf_error_gp_only\n"
MASK DENY
"rdmsr 0x174 tf error=1 data=0x5 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 tf error=255 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef tf error=1 -> exit unknown then #GP\n"
"wrmsr 0xdeadbeef 0x1 tf error=1 -> exit unknown then #GP\n"
"rdmsr 0x9e tf error=1 -> exit inval then #GP\n"
"wrmsr 0x9e 0x1 tf error=1 -> exit inval then #GP\n"
"rdmsr 0x174 tf hold -> exit filter then held\n"
"regs\n"
"resume error=1 -> #GP\n"
"rdmsr 0x174 data=0x8 -> exit filter then ok 0x8\n",

"case reply/tf-then-immediate-exit\n"
"rules rply_tf_success_db rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 tf hold -> exit filter then held\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"resume -> #DB\n"
"wrmsr 0xdeadbeef 0x1 tf hold -> exit unknown then held\n"
"resume immediate_exit -> EINTR\n"
"regs\n"
"resume -> #DB\n",

"case reply/tf-with-error-then-immediate-exit\n"
"rules rply_tf_error_gp_only gp_vcpu_events\n"
MASK DENY
"rdmsr 0x174 tf hold -> exit filter then held\n"
"resume error=1 immediate_exit -> EINTR\n"
"regs\n"
"events\n"
"resume -> #GP\n"
"wrmsr 0x9e 0x1 tf hold -> exit inval then held\n"
"resume error=1 signal -> EINTR\n"
"events\n"
"resume -> #GP\n",

"case reply/singlestep-stops-behind-a-read\n"
"rules rply_guestdbg_singlestep\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"debug singlestep -> 0\n"
"resume data=0x1122334455667788 -> debug\n"
"regs\n"
"debug off -> 0\n"
"resume -> ok 0x1122334455667788\n"
"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n",

"case reply/singlestep-stops-behind-a-write\n"
"rules rply_guestdbg_singlestep\n"
MASK DENY
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"debug singlestep -> 0\n"
"resume -> debug\n"
"regs\n"
"debug off -> 0\n"
"resume -> ok\n",

"case reply/singlestep-stops-behind-prefixes\n"
"rules rply_guestdbg_singlestep\n"
MASK DENY
"rdmsr 0x9e prefix=662e hold -> exit inval then held\n"
"debug singlestep -> 0\n"
"resume data=0x5 -> debug\n"
"regs\n"
"debug off -> 0\n"
"resume -> ok 0x5\n",

"case reply/debug-switched-on-and-off-again\n"
"rules rply_rdmsr_loads_data\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"debug singlestep -> 0\n"
"debug off -> 0\n"
"regs\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"debug hw_bp -> 0\n"
"debug off -> 0\n"
"resume error=1 -> #GP\n",

/* From 7.2 on the trap is userspace's, before that the guest's. */
"case reply/hardware-breakpoints-and-tf\n"
"rules rply_hw_bp_reports_tf\n"
MASK DENY
"rdmsr 0x174 tf hold -> exit filter then held\n"
"debug hw_bp -> 0\n"
"resume data=0x5\n",

"case reply/hardware-breakpoints-and-tf-of-a-write\n"
"rules rply_hw_bp_reports_tf\n"
MASK DENY
"wrmsr 0xdeadbeef 0x1 tf hold -> exit unknown then held\n"
"debug hw_bp -> 0\n"
"resume\n",

"case reply/hardware-breakpoints-and-tf-with-an-error\n"
"rules rply_tf_error_gp_only\n"
MASK DENY
"rdmsr 0x174 tf hold -> exit filter then held\n"
"debug hw_bp -> 0\n"
"resume error=1 -> #GP\n"
"debug off -> 0\n",

/* A breakpoint register in use but none enabled: nothing to report. */
"case reply/hardware-breakpoints-and-no-tf\n"
"rules rply_rdmsr_loads_data rply_error_injects_gp\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"debug hw_bp -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"wrmsr 0x174 0x1 hold -> exit filter then held\n"
"resume error=1 -> #GP\n"
"debug off -> 0\n",

/* ---- interrupt shadows ---- */

"case reply/sti-shadow-ends-with-the-read\n"
"rules rply_shadow_cleared exit_interrupt_shadow_kept\n"
MASK DENY
"rdmsr 0x174 shadow=sti hold -> exit filter then held\n"
"events\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"events\n"
"regs\n"
"resume -> ok 0x5\n"
"rdmsr 0xdeadbeef shadow=sti hold -> exit unknown then held\n"
"resume data=0x6 immediate_exit -> EINTR\n"
"events\n"
"resume -> ok 0x6\n",

"case reply/sti-shadow-ends-with-the-write\n"
"rules rply_shadow_cleared\n"
MASK DENY
"wrmsr 0x174 0x1 shadow=sti hold -> exit filter then held\n"
"resume signal -> EINTR\n"
"events\n"
"regs\n"
"resume -> ok\n"
"wrmsr 0x9e 0x1 shadow=sti hold -> exit inval then held\n"
"resume immediate_exit -> EINTR\n"
"events\n"
"resume -> ok\n",

"case reply/mov-ss-shadow-ends-with-the-read\n"
"rules rply_shadow_cleared exit_interrupt_shadow_kept\n"
MASK DENY
"rdmsr 0x174 shadow=movss hold -> exit filter then held\n"
"events\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"events\n"
"resume -> ok 0x5\n"
"rdmsr 0x9e shadow=movss hold -> exit inval then held\n"
"resume signal -> EINTR\n"
"events\n"
"resume -> ok 0x0\n",

"case reply/mov-ss-shadow-ends-with-the-write\n"
"rules rply_shadow_cleared\n"
MASK DENY
"wrmsr 0x174 0x1 shadow=movss hold -> exit filter then held\n"
"resume immediate_exit -> EINTR\n"
"events\n"
"resume -> ok\n"
"wrmsr 0xdeadbeef 0x1 shadow=movss hold -> exit unknown then held\n"
"resume immediate_exit -> EINTR\n"
"events\n"
"resume -> ok\n",

/* ---- what waits is served after the completion ---- */

"case reply/nmi-comes-behind-a-read\n"
"rules rply_before_requests\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"nmi -> 0\n"
"resume data=0x5 -> ok 0x5\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"nmi -> 0\n"
"regs\n"
"resume data=0x6 -> ok 0x6\n"
"rdmsr 0x9e data=0x7 -> exit inval then ok 0x7\n",

"case reply/nmi-comes-behind-a-write\n"
"rules rply_before_requests rply_wrmsr_only_skips\n"
MASK DENY
"wrmsr 0x174 0x1 rdx_high=0x1 hold -> exit filter then held\n"
"nmi -> 0\n"
"resume -> ok\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"nmi -> 0\n"
"resume -> ok\n",

"case reply/nmi-and-immediate-exit\n"
"rules rply_before_requests rply_immediate_exit_completes\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"nmi -> 0\n"
"resume data=0x5 immediate_exit -> EINTR\n"
"regs\n"
"resume -> ok 0x5\n"
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"resume immediate_exit -> EINTR\n"
"nmi -> 0\n"
"resume -> ok\n",

"case reply/nmi-on-another-vcpu\n"
"rules rply_before_requests\n"
MASK DENY
"vcpu0: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu1: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu1: nmi -> 0\n"
"vcpu0: resume data=0x5 -> ok 0x5\n"
"vcpu1: resume data=0x6 -> ok 0x6\n",

/* ---- the code changes under it ---- */

/* NOP and INT3: only who decodes again will see them. */
"case reply/code-changed-under-a-read\n"
"rules rply_no_nrips_decodes_again\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"poke 90cc -> 0\n"
"resume data=0x5\n",

"case reply/code-changed-under-a-write\n"
"rules rply_no_nrips_decodes_again\n"
MASK DENY
"wrmsr 0xdeadbeef 0x1 hold -> exit unknown then held\n"
"poke 90cc -> 0\n"
"resume\n",

"case reply/code-changed-and-an-error\n"
"rules rply_error_injects_gp\n"
MASK DENY
"rdmsr 0x174 hold -> exit filter then held\n"
"poke 90cc -> 0\n"
"resume error=1 -> #GP\n"
"wrmsr 0x9e 0x1 hold -> exit inval then held\n"
"poke 0f0b -> 0\n"
"resume error=1 -> #GP\n",

	NULL
};

/* ---- families ---- */

/* The three reasons: how to get there, and an index that shows it. */
static const struct {
	const char *name;
	unsigned index;
} reasons[] = {
	{ "filter", 0xc0000102 },
	{ "unknown", 0xdeadbeef },
	{ "inval", 0x9e },
};

/* Each bit of the data alone, and all but it. */
static void data_bits(struct emitter *e, unsigned r, bool clear)
{
	struct text t = { .at = 0 };

	for (int b = 0; b < 64; b++) {
		unsigned long long d = clear ? ~(1ULL << b) : 1ULL << b;

		SAY(&t, "rdmsr 0x%x data=0x%llx -> exit %s then ok 0x%llx\n",
		    reasons[r].index, d, reasons[r].name, d);
	}
	emit(e, "case reply/%s-read-of-%s-one-bit\n"
	     "rules rply_rdmsr_loads_data rply_rdmsr_other_regs_kept\n"
	     MASK DENY "%s", reasons[r].name, clear ? "all-but" : "of", t.s);
}

/* The same as data that a write must not take. */
static void write_data_bits(struct emitter *e, unsigned r)
{
	struct text t = { .at = 0 };

	for (int b = 0; b < 64; b++)
		SAY(&t, "wrmsr 0x%x 0x%llx data=0x%llx -> exit %s then ok\n",
		    reasons[r].index, ~(1ULL << b), 1ULL << b,
		    reasons[r].name);
	emit(e, "case reply/%s-write-with-data-of-one-bit\n"
	     "rules rply_wrmsr_data_ignored rply_wrmsr_only_skips\n"
	     MASK DENY "%s", reasons[r].name, t.s);
}

/* Every value of the byte, 0 among them. */
static void error_bytes(struct emitter *e, unsigned first, bool write)
{
	struct text t = { .at = 0 };

	for (unsigned v = first; v < first + 64; v++) {
		unsigned r = v % 3;

		SAY(&t, "%s 0x%x %s=0x%x error=%u -> exit %s then %s\n",
		    write ? "wrmsr" : "rdmsr", reasons[r].index,
		    write ? "0x1 data" : "data", v + 0x100, v,
		    reasons[r].name, v ? "#GP" : "ok");
	}
	emit(e, "case reply/%s-errors-%u-to-%u\n"
	     "rules rply_error_any_nonzero rply_error_injects_gp\n"
	     MASK DENY "%s", write ? "write" : "read", first, first + 63,
	     t.s);
}

/* The same bytes everywhere else: success, with error 0. */
static void junk_bytes(struct emitter *e, unsigned first, bool write)
{
	struct text t = { .at = 0 };

	for (unsigned v = first; v < first + 64; v++) {
		unsigned r = v % 3;

		SAY(&t, "%s 0x%x %s=0x%x", write ? "wrmsr" : "rdmsr",
		    reasons[r].index, write ? "0x1 data" : "data", v + 0x100);
		if (v)
			SAY(&t, " junk=0x%x", v);
		SAY(&t, " -> exit %s then ok\n", reasons[r].name);
	}
	emit(e, "case reply/%s-with-junk-0x%x-to-0x%x\n"
	     "rules rply_error_is_one_byte rply_other_fields_ignored\n"
	     MASK DENY "%s", write ? "write" : "read", first, first + 63,
	     t.s);
}

/* One answer for each reason, direction and way to resume. */
static void ways(struct emitter *e, unsigned r, bool write, bool error)
{
	const char *what = write ? "wrmsr" : "rdmsr", *end, *why;
	const char *answer = error ? "error=1" : write ? "data=0x7" :
			     "data=0x700000005";
	const char *value = write ? " 0x8" : "";
	struct text t = { .at = 0 };
	static const char *const before[] = {
		"", "peek -> 0\n", "regs\n", "events\n", "cap 0 -> 0\n",
		"filter allow -> 0\n", "sregs -> 0\n",
		"resume arg=1 -> EINVAL\n",
		"resume dirty_regs=0x8000 -> EINVAL\n",
		"set_msr 0x175 0x2000 -> 1\n",
	};

	end = error ? "#GP" : write ? "ok" : "ok 0x700000005";
	why = error ? "rply_error_injects_gp rply_independent_of_config" :
	      "rply_independent_of_config rply_immediate_exit_completes";
	if (error)
		why = "rply_error_injects_gp gp_vcpu_events";
	for (unsigned i = 0; i < ARRAY_SIZE(before); i++) {
		SAY(&t, "%s 0x%x%s hold -> exit %s then held\n%s", what,
		    reasons[r].index, value, reasons[r].name, before[i]);
		if (i & 1)
			SAY(&t, "resume %s -> %s\n", answer, end);
		else
			SAY(&t, "resume %s immediate_exit -> EINTR\nregs\n"
			    "events\n"
			    "resume -> %s\n", answer, end);
		if (i == 4)
			SAY(&t, MASK);
		if (i == 5)
			SAY(&t, DENY);
	}
	emit(e, "case reply/%s-of-%s-answered-%s-after-all-sorts\n"
	     "rules %s\n" MASK DENY "%s", write ? "write" : "read",
	     reasons[r].name, error ? "with-an-error" : "well", why, t.s);
}

/* Held and answered again and again, each time another way. */
static void again_and_again(struct emitter *e, bool write)
{
	static const char *const how[] = {
		"", " data=0x5", " data=0xffffffffffffffff", " error=1",
		" junk=0xff", " error=255 junk=0x1", " data=0x6 error=2",
	};
	struct text t = { .at = 0 };

	for (unsigned i = 0; i < 33; i++) {
		unsigned r = i % 3, h = i % ARRAY_SIZE(how);

		SAY(&t, "%s 0x%x%s hold -> exit %s then held\n",
		    write ? "wrmsr" : "rdmsr", reasons[r].index,
		    write ? " 0x8 rax_high=0x1 rdx_high=0xffffffff" : "",
		    reasons[r].name);
		SAY(&t, "%sresume%s -> %s\n", i % 5 == 4 ? "t1: " : "",
		    how[h], h == 3 || h > 4 ? "#GP" : "ok");
	}
	emit(e, "case reply/%ss-held-again-and-again\n"
	     "rules rply_error_injects_gp %s exit_once_per_execution "
	     "exit_error_zero\n"
	     MASK DENY "%s", write ? "write" : "read",
	     write ? "rply_wrmsr_only_skips rply_wrmsr_data_ignored" :
	     "rply_rdmsr_loads_data rply_rdmsr_untouched_reads_zero", t.s);
}

static void families(struct emitter *e)
{
	again_and_again(e, false);
	again_and_again(e, true);
	for (unsigned r = 0; r < ARRAY_SIZE(reasons); r++) {
		data_bits(e, r, false);
		data_bits(e, r, true);
		write_data_bits(e, r);
		for (int i = 0; i < 4; i++)
			ways(e, r, i & 1, i & 2);
	}
	for (unsigned first = 0; first < 256; first += 64)
		for (int write = 0; write < 2; write++) {
			error_bytes(e, first, write);
			junk_bytes(e, first, write);
		}
}

SUITE(cases, families);
