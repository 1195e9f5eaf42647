// SPDX-License-Identifier: GPL-2.0-only
/*
 * FAST: writes that KVM serves before its normal exit handling, with interrupts
 * off: the x2APIC ICR, which no filter denies, and TSC_DEADLINE, which one
 * does.  By the documentation the path of an access makes no difference: the
 * filter is asked, a denied write arms no timer, and one that works completes
 * as on any other path: RIP, registers, flags and a pending #DB.  Source:
 * section 4.97 of api.rst; x86.c: handle_fastpath_set_msr_irqoff(), in 7.x
 * handle_fastpath_wrmsr().
 */
#include "suite.h"

#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
#define DENY_TIMER "filter allow range w 0x6e0+1 = 0 -> 0\n"

/* x2APIC mode with the timer of the TSC deadline, vector 0x1e, switched on. */
#define TIMER(kind)							\
	"needs irqchip\n"						\
	"irqchip " kind " -> 0\n"					\
	"cpuid default with=tsc_deadline -> 0\n"			\
	"set_msr 0x1b 0xfee00d00 -> 1\n"				\
	"cap 0x7 -> 0\n"						\
	"wrmsr 0x80f 0x1ff -> ok\n"					\
	"wrmsr 0x832 0x4001e -> ok\n"

/* A deadline that never comes, and one that has passed. */
#define FAR "0x7fffffffffffffff"
#define PAST "0x1"

/* Interrupts on for three instructions: none may be pending. */
#define NO_INTERRUPT "code fb909090fa\n"
/* sti; hlt: one must be */
#define INTERRUPT "code fbf4\n"

static const char *const cases[] = {

/* ---- TSC_DEADLINE, allowed ---- */

"case fast/deadline-allowed-completes\n"
"rules match_allowed_never_exits rply_rip_past_instruction\n"
TIMER("full")
"rdmsr 0x6e0 -> ok\n"
"wrmsr 0x6e0 " FAR " -> ok\n"
"rdmsr 0x6e0 -> ok\n"
"get_msr 0x6e0 -> 1\n"
"wrmsr 0x6e0 " FAR " rax_high=0xa5a5a5a5 rdx_high=0x5a5a5a5a -> ok\n"
"rdmsr 0x6e0 -> ok\n"
"filter allow range rw 0xdeadbe20+1 = 0 -> 0\n"
"wrmsr 0x6e0 0x7ffffffffffffff0 -> ok\n"
"rdmsr 0x6e0 -> ok\n"
"filter deny range w 0x6e0+1 = 0xff -> 0\n"
"wrmsr 0x6e0 0x7fffffffffffff00 -> ok\n"
"rdmsr 0x6e0 -> exit filter\n"
"get_msr 0x6e0 -> 1\n"
"wrmsr 0x6e0 0x0 -> ok\n"
"get_msr 0x6e0 -> 1\n"
"wrmsr 0x6e1 0x0 -> exit filter\n"
"wrmsr 0x6df 0x0 -> exit filter\n",

"case fast/deadline-allowed-interrupts\n"
"rules x2a_never_denied\n"
TIMER("full")
"filter deny range w 0x6e0+1 = 0xff -> 0\n"
NO_INTERRUPT
"wrmsr 0x6e0 " PAST " -> ok\n"
INTERRUPT
"wrmsr 0x80b 0x0 -> ok\n"
NO_INTERRUPT
"wrmsr 0x6e0 " FAR " -> ok\n"
NO_INTERRUPT
"wrmsr 0x6e0 " PAST " -> ok\n"
"rdmsr 0x174 -> exit filter\n"
INTERRUPT
"wrmsr 0x80b 0x0 -> ok\n"
NO_INTERRUPT,

/* The skipped instruction must not swallow the single step. */
"case fast/deadline-allowed-single-steps\n"
"rules rply_tf_success_db\n"
TIMER("full")
"wrmsr 0x6e0 " FAR " tf -> #DB\n"
"rdmsr 0x6e0 -> ok\n"
"wrmsr 0x830 0x70000001e tf -> #DB\n"
"rdmsr 0x830 -> ok\n"
"wrmsr 0x838 0x0 tf -> #DB\n",

/* DR6 of the step before, which its handler has touched, is still loaded. */
"case fast/deadline-allowed-single-steps-twice\n"
"rules rply_tf_success_db\n"
TIMER("full")
"wrmsr 0x6e0 " FAR " tf -> #DB\n"
"wrmsr 0x6e0 0x0 tf -> #DB\n",

"case fast/icr-single-steps-twice\n"
"rules rply_tf_success_db\n"
TIMER("full")
DENY_ALL
"wrmsr 0x830 0x70000001e tf -> #DB\n"
"wrmsr 0x830 0x70000001d tf -> #DB\n",

/* What the read finds in EAX and EDX is a command that the fast path sends. */
"case fast/icr-read-sends-nothing\n"
"rules match_allowed_never_exits\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
"set_msr 0x830 0x70000001e -> 1\n"
"rdmsr 0x830 over=0x700000041 -> ok 0x70000001e\n"
"get_msr 0x830 -> 1\n",

"case fast/slow-path-single-steps-twice\n"
"rules rply_tf_success_db\n"
TIMER("full")
DENY_ALL
"wrmsr 0x838 0x0 tf -> #DB\n"
"wrmsr 0x838 0x0 tf -> #DB\n",

"case fast/deadline-allowed-in-an-interrupt-shadow\n"
"rules match_allowed_never_exits\n"
TIMER("full")
"wrmsr 0x6e0 " FAR " shadow=sti -> ok\n"
"wrmsr 0x6e0 " FAR " shadow=movss -> ok\n"
"rdmsr 0x6e0 -> ok\n",

/* ---- TSC_DEADLINE, denied ---- */

"case fast/deadline-denied-arms-no-timer\n"
"rules match_default_decides exit_denied_write_no_effect\n"
TIMER("full")
"get_msr 0x6e0 -> 1\n"
DENY_ALL
"wrmsr 0x6e0 " PAST " -> exit filter\n"
NO_INTERRUPT
"wrmsr 0x6e0 " FAR " -> exit filter\n"
"rdmsr 0x6e0 data=0x33 -> exit filter then ok 0x33\n"
"get_msr 0x6e0 -> 1\n"
"wrmsr 0x6e0 0xffffffffffffffff -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0x6e0 -> ok\n"
NO_INTERRUPT,

/* Without FILTER in the mask, and with a bad answer of userspace. */
"case fast/deadline-denied-faults\n"
"rules gp_reason_not_enabled rply_error_injects_gp "
"exit_denied_write_no_effect\n"
TIMER("split")
"wrmsr 0x6e0 " FAR " -> ok\n"
DENY_TIMER
"wrmsr 0x6e0 " PAST " error=1 -> exit filter then #GP\n"
"rdmsr 0x6e0 -> ok\n"
"cap 0x3 -> 0\n"
"wrmsr 0x6e0 " PAST " -> #GP\n"
"wrmsr 0x6e0 0x0 -> #GP\n"
"rdmsr 0x6e0 -> ok\n"
NO_INTERRUPT,

/* The value is EDX:EAX, whatever the upper halves hold. */
"case fast/deadline-denied-with-garbage-in-registers\n"
"rules match_bit_decides exit_wrmsr_data\n"
TIMER("full")
DENY_TIMER
"wrmsr 0x6e0 0x123456789abcdef rax_high=0x1 rdx_high=0x2 "
"-> exit filter\n"
"wrmsr 0x6e0 " PAST " prefix=48 -> exit filter\n"
"wrmsr 0x6e0 " PAST " shadow=sti -> exit filter\n"
"wrmsr 0x6e0 " PAST " cpl=3 -> #GP\n",

/* Denied and allowed in turn, and on the vCPU that was not there. */
"case fast/deadline-denied-in-turn\n"
"rules match_bit_decides match_no_memory\n"
TIMER("full")
"wrmsr 0x6e0 " FAR " -> ok\n"
DENY_TIMER
"wrmsr 0x6e0 0x0 -> exit filter\n"
"wrmsr 0x6e0 0x0 -> exit filter\n"
"filter allow -> 0\n"
"wrmsr 0x6e0 0x7fffffffffff0000 -> ok\n"
DENY_TIMER
"wrmsr 0x6e0 0x0 -> exit filter\n"
"rdmsr 0x6e0 -> ok\n"
"vcpu1: wrmsr 0x6e0 0x0 -> exit filter\n",

/* In the one-shot mode the deadline is not in use: another way through. */
"case fast/deadline-denied-in-one-shot-mode\n"
"rules match_default_decides\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
"cap 0x7 -> 0\n"
"wrmsr 0x80f 0x1ff -> ok\n"
"wrmsr 0x832 0x1e -> ok\n"
DENY_ALL
"wrmsr 0x6e0 " PAST " -> exit filter\n"
NO_INTERRUPT
"wrmsr 0x838 0x0 -> ok\n"
"wrmsr 0x6df 0x0 -> exit filter\n"
"wrmsr 0x6e1 0x0 -> exit filter\n",

/* ---- the ICR ---- */

"case fast/icr-under-deny-interrupts\n"
"rules fast_icr_exempt x2a_never_denied\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
"vcpu1: set_msr 0x1b 0xfee00c00 -> 1\n"
"cap 0x7 -> 0\n"
"wrmsr 0x80f 0x1ff -> ok\n"
"vcpu1: wrmsr 0x80f 0x1ff -> ok\n"
"filter deny range rw 0x0+8192 = 0 -> 0\n"
/* fixed, physical, no shorthand: the fast path */
"wrmsr 0x830 0x1e -> ok\n"
INTERRUPT
"wrmsr 0x80b 0x0 -> ok\n"
"wrmsr 0x830 0x10000001e -> ok\n"
NO_INTERRUPT
"vcpu1: " INTERRUPT
"vcpu1: wrmsr 0x80b 0x0 -> ok\n"
/* to itself by shorthand: not the fast path */
"wrmsr 0x830 0x4001d -> ok\n"
INTERRUPT
"wrmsr 0x80b 0x0 -> ok\n"
/* nobody there, and a bit that is reserved in some kernels */
"wrmsr 0x830 0x70000001e -> ok\n"
"wrmsr 0x830 0x101e\n"
"rdmsr 0x830 -> ok\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x900 -> exit filter\n",

/* What the fast path leaves: registers, flags, the interrupt shadow. */
"case fast/icr-completes\n"
"rules fast_icr_exempt match_allowed_never_exits\n"
"needs irqchip\n"
"irqchip split -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
"cap 0x7 -> 0\n"
"wrmsr 0x80f 0x1ff -> ok\n"
DENY_ALL
"wrmsr 0x830 0x70000001e rax_high=0x5a5a5a5a rdx_high=0xa5a5a5a5 -> ok\n"
"rdmsr 0x830 -> ok\n"
"wrmsr 0x830 0x70000001d shadow=sti -> ok\n"
"wrmsr 0x830 0x70000001c shadow=movss -> ok\n"
"wrmsr 0x830 0x70000001b prefix=48 -> ok\n"
"rdmsr 0x830 -> ok\n"
"wrmsr 0x830 0x700000019 cpl=3 -> #GP\n"
"rdmsr 0x830 -> ok\n"
"filter allow range w 0x830+1 = 0 -> 0\n"
"wrmsr 0x830 0x700000018 -> ok\n"
"rdmsr 0x830 -> ok\n"
NO_INTERRUPT,

/* The self-IPI and the task priority, next to it. */
"case fast/self-ipi-and-task-priority-under-deny\n"
"rules x2a_interrupts_under_deny\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
"cap 0x7 -> 0\n"
"wrmsr 0x80f 0x1ff -> ok\n"
"filter allow range w 0x800+256 = 0 -> 0\n"
"wrmsr 0x808 0x20 -> ok\n"
"wrmsr 0x83f 0x1e -> ok\n"
NO_INTERRUPT
"wrmsr 0x808 0x0 -> ok\n"
INTERRUPT
"wrmsr 0x80b 0x0 -> ok\n"
NO_INTERRUPT,

	NULL
};

SUITE(cases, NULL);
