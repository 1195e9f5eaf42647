// SPDX-License-Identifier: GPL-2.0-only
/*
 * PASS: MSRs that KVM passes through to hardware.  The filter binds them like
 * all others, so KVM must intercept what is denied, each direction for itself,
 * on every vCPU, from the next entry on; and it must let go of what is allowed
 * again.  `native` tells whether an access goes by KVM: by the exits that KVM
 * counts.  Which MSRs they are depends on the vendor and on the CPU: each case
 * runs everywhere, and where the MSR is intercepted anyway it is an ordinary
 * one.  Source: section 4.97 of api.rst; vmx.c: vmx_possible_passthrough_msrs,
 * svm.c: direct_access_msrs.
 */
#include <stdio.h>

#include "suite.h"

#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
#define DENY_OTHER "filter allow range rw 0xdeadbe20+1 = 0 -> 0\n"

#define DENIED(index, value)						\
	"rdmsr " index " -> exit filter\n"				\
	"wrmsr " index " " value " -> exit filter\n"
/* Of each part of the bitmaps, of both vendors and of either one alone. */
#define ALL_DENIED							\
	"rdmsr 0x10 -> exit filter\n"					\
	DENIED("0x48", "0x1") DENIED("0x174", "0x30")			\
	DENIED("0x175", "0x30") DENIED("0x176", "0x30")			\
	DENIED("0xc0000081", "0x30") DENIED("0xc0000082", "0x30")	\
	DENIED("0xc0000084", "0x30") DENIED("0xc0000100", "0x30")	\
	DENIED("0xc0000101", "0x30") DENIED("0xc0000102", "0x30")
#define ALL_WORK							\
	"rdmsr 0x10 -> ok\n"						\
	"rdmsr 0x174 -> ok 0x10\n"					\
	"rdmsr 0x175 -> ok 0x20000\n"					\
	"rdmsr 0xc0000081 -> ok 0x10000000000000\n"			\
	"rdmsr 0xc0000082 -> ok 0x30000\n"				\
	"rdmsr 0xc0000084 -> ok 0x200\n"				\
	"rdmsr 0xc0000100 -> ok 0x40000\n"				\
	"rdmsr 0xc0000102 -> ok 0x50000\n"
#define WRITE_ALL							\
	"wrmsr 0x174 0x10 -> ok\n"					\
	"wrmsr 0x175 0x20000 -> ok\n"					\
	"wrmsr 0xc0000081 0x10000000000000 -> ok\n"			\
	"wrmsr 0xc0000082 0x30000 -> ok\n"				\
	"wrmsr 0xc0000084 0x200 -> ok\n"				\
	"wrmsr 0xc0000100 0x40000 -> ok\n"				\
	"wrmsr 0xc0000102 0x50000 -> ok\n"

/*
 * One direction of an MSR whose other one is native, and MSRs of either kind
 * that some CPU, mode or era may pass through and KVM carries out here.
 */
#define INTERCEPTED							\
	"native w 0x10 0x1000\n"					\
	"native r 0x1b\n"						\
	"native r 0x3a\n"						\
	"native r 0x3b\n"						\
	"native r 0x8b\n"						\
	"native r 0x1a0\n"						\
	"native r 0x1d9\n"						\
	"native r 0x277\n"						\
	"native r 0x2ff\n"						\
	"native r 0xc0000080\n"						\
	"native r 0xc0000103\n"						\
	"native r 0xc0010015\n"
#define INTERCEPTED_DENIED						\
	"rdmsr 0x1b -> exit filter\n"					\
	"rdmsr 0xc0000080 -> exit filter\n"				\
	"wrmsr 0x10 0x1000 -> exit filter\n"

#define APIC "needs irqchip\nirqchip full -> 0\n"

static const char *const cases[] = {

/* ---- which MSRs are passed through ---- */

"case pass/native-on-every-vmx\n"
"rules pass_vmx_always_native\n"
"needs stats\n"
"native r 0x10\n"
"native w 0x10 0x1000\n"
"native r 0x174\n"
"native w 0x174 0x10\n"
"native r 0x175\n"
"native w 0x175 0x1000\n"
"native r 0x176\n"
"native w 0x176 0x1000\n"
"native r 0xc0000100\n"
"native w 0xc0000100 0x1000\n"
"native r 0xc0000101\n"
"native w 0xc0000101 0x1000\n"
"native r 0xc0000102\n"
"native w 0xc0000102 0x1000\n",

"case pass/native-on-every-svm\n"
"rules pass_svm_always_native\n"
"needs stats\n"
"native r 0x174\n"
"native w 0x174 0x10\n"
"native r 0xc0000081\n"
"native w 0xc0000081 0x10000000000000\n"
"native r 0xc0000082\n"
"native w 0xc0000082 0x1000\n"
"native r 0xc0000083\n"
"native w 0xc0000083 0x1000\n"
"native r 0xc0000084\n"
"native w 0xc0000084 0x200\n"
"native r 0xc0000100\n"
"native w 0xc0000100 0x1000\n"
"native r 0xc0000101\n"
"native w 0xc0000101 0x1000\n"
"native r 0xc0000102\n"
"native w 0xc0000102 0x1000\n",

"case pass/intercepted-on-every-vmx\n"
"rules pass_vmx_always_intercepted\n"
"needs stats\n"
"native r 0xc0000081\n"
"native r 0xc0000082\n"
"native r 0xc0000083\n"
"native r 0xc0000084\n"
"native w 0xc0000084 0x200\n"
"native r 0xc0000080\n"
"native r 0x277\n"
"native r 0x2ff\n"
"native r 0x200\n"
"native r 0x250\n"
"native r 0x268\n",

/* A filter that comes or goes passes nothing through that was not before. */
"case pass/intercepted-whatever-filters-come\n"
"rules pass_vmx_always_native pass_vmx_always_intercepted "
"pass_svm_always_native\n"
"needs stats\n"
"cap 0x7 -> 0\n"
"vcpu -> 0\n"
"vcpu1: vcpu -> 0\n"
DENY_ALL
INTERCEPTED_DENIED
"filter allow -> 0\n"
INTERCEPTED
"vcpu1: native w 0x10 0x1000\n"
"vcpu1: native r 0x277\n"
DENY_OTHER
INTERCEPTED
"native r 0x174\n"
"vcpu1: native w 0x10 0x1000\n"
"vcpu1: native r 0x277\n",

/* With the filter in force that names none of them. */
"case pass/native-under-a-filter-of-others\n"
"rules pass_vmx_always_native pass_svm_always_native\n"
"needs stats\n"
"cap 0x7 -> 0\n"
DENY_OTHER
"native r 0x174\n"
"native w 0x174 0x10\n"
"native r 0xc0000100\n"
"native w 0xc0000100 0x1000\n"
"native r 0xc0000102\n"
"filter deny range rw 0x174+1 = 0xff range rw 0xc0000100+3 = 0xff -> 0\n"
"native r 0x174\n"
"native w 0x174 0x10\n"
"native r 0xc0000100\n"
"native r 0xc0000101\n"
"native w 0xc0000102 0x1000\n"
"vcpu1: native r 0x174\n"
"vcpu1: native w 0xc0000100 0x1000\n"
"rdmsr 0xc0000103 -> exit filter\n"
"rdmsr 0x175 -> exit filter\n",

/* ---- when the filter is set ---- */

"case pass/filter-before-any-vcpu\n"
"rules pass_filter_before_vcpu pass_denied_read_exits "
"pass_denied_write_exits\n"
"cap 0x4 -> 0\n"
DENY_ALL
ALL_DENIED
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: wrmsr 0xc0000082 0x1 -> exit filter\n"
"vcpu1: wrmsr 0x174 0x8 -> exit filter\n"
"filter allow -> 0\n"
WRITE_ALL
ALL_WORK,

"case pass/filter-before-the-first-run\n"
"rules pass_filter_between_runs pass_denied_read_exits "
"pass_denied_write_exits\n"
"cap 0x4 -> 0\n"
"vcpu -> 0\n"
"vcpu1: vcpu -> 0\n"
DENY_ALL
ALL_DENIED
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: wrmsr 0xc0000082 0x1 -> exit filter\n"
"vcpu1: wrmsr 0x174 0x8 -> exit filter\n"
"filter allow -> 0\n"
WRITE_ALL
ALL_WORK,

"case pass/filter-after-the-first-run\n"
"rules pass_filter_between_runs pass_denied_read_exits "
"pass_denied_write_exits pass_denied_write_no_effect\n"
"cap 0x4 -> 0\n"
WRITE_ALL
DENY_ALL
ALL_DENIED
"filter allow -> 0\n"
ALL_WORK,

/* The vCPU is in the guest, without exits, while it is set. */
"case pass/filter-while-the-vcpu-runs\n"
"rules pass_filter_while_running\n"
"cap 0x4 -> 0\n"
WRITE_ALL
"t1: spin &\n"
DENY_ALL
"stop -> 0\n"
"wait t1 -> 0\n"
ALL_DENIED
"t1: spin &\n"
"filter allow -> 0\n"
"stop -> 0\n"
"wait t1 -> 0\n"
ALL_WORK,

/* Set and dropped while it runs: only the last one counts. */
"case pass/filters-come-and-go-while-the-vcpu-runs\n"
"rules pass_filter_while_running pass_deny_allow_loop\n"
"cap 0x4 -> 0\n"
WRITE_ALL
"t1: spin &\n"
DENY_ALL
"filter allow -> 0\n"
DENY_ALL
DENY_OTHER
"filter allow range r 0x174+3 = 0 range w 0xc0000080+131 = 0 -> 0\n"
"stop -> 0\n"
"wait t1 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x175 -> exit filter\n"
"rdmsr 0x176 -> exit filter\n"
"wrmsr 0x175 0x70000 -> ok\n"
"rdmsr 0xc0000082 -> ok 0x30000\n"
"wrmsr 0xc0000082 0x70000 -> exit filter\n"
"rdmsr 0xc0000100 -> ok 0x40000\n"
"wrmsr 0xc0000100 0x70000 -> exit filter\n"
"wrmsr 0xc0000102 0x70000 -> exit filter\n",

/* No vCPU enters the guest in between. */
"case pass/filters-come-and-go-between-runs\n"
"rules pass_deny_allow_loop\n"
"cap 0x4 -> 0\n"
WRITE_ALL
DENY_ALL
"filter allow -> 0\n"
DENY_ALL
"filter allow -> 0\n"
ALL_WORK
DENY_ALL
DENY_OTHER
DENY_ALL
ALL_DENIED
DENY_ALL
DENY_ALL
"rdmsr 0xc0000100 -> exit filter\n"
DENY_OTHER
DENY_ALL
"filter allow -> 0\n"
ALL_WORK,

/* A filter that is refused changes nothing, whatever is in force. */
"case pass/filter-refused-under-deny\n"
"rules flt_failure_keeps_old pass_denied_read_exits "
"pass_denied_write_exits\n"
"cap 0x4 -> 0\n"
WRITE_ALL
DENY_ALL
"rdmsr 0x174 -> exit filter\n"
"filter flags=0x2 range rw 0x174+1 = 0xff -> EINVAL\n"
"rdmsr 0xc0000100 -> exit filter\n"
"filter allow range rw 0x174+1 = 0xff range rw 0xc0000100+1 = 0xff at=null "
"-> EFAULT\n"
ALL_DENIED
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: wrmsr 0x174 0x8 -> exit filter\n"
"filter deny -> EINVAL\n"
"rdmsr 0xc0000082 -> exit filter\n"
"wrmsr 0x174 0x8 -> exit filter\n",

"case pass/filter-refused-while-allowed\n"
"rules flt_failure_keeps_old\n"
"cap 0x4 -> 0\n"
WRITE_ALL
"filter allow range rw 0x176+1 = 0 -> 0\n"
"filter flags=0x2 range rw 0x174+1 = 0 -> EINVAL\n"
"rdmsr 0x174 -> ok 0x10\n"
"filter deny range rw 0x174+1 = 0 range rw 0xc0000100+1 = 0 at=null "
"-> EFAULT\n"
ALL_WORK
"wrmsr 0xc0000100 0x60000 -> ok\n"
"filter deny -> EINVAL\n"
"rdmsr 0xc0000100 -> ok 0x60000\n"
"rdmsr 0x176 -> exit filter\n"
"vcpu1: rdmsr 0x174 -> ok\n"
"vcpu1: wrmsr 0x176 0x1 -> exit filter\n",

/* ---- what else makes KVM work out its intercepts ---- */

"case pass/cpuid-set-again-keeps-the-filter\n"
"rules pass_cpuid_change_keeps_filter\n"
"cap 0x4 -> 0\n"
WRITE_ALL
DENY_ALL
"rdmsr 0x174 -> exit filter\n"
"cpuid default\n"
ALL_DENIED
"filter allow -> 0\n"
"cpuid default\n"
ALL_WORK
DENY_ALL
"cpuid default\n"
ALL_DENIED,

/* Both requests pending at the first entry, in either order. */
"case pass/cpuid-and-filter-before-the-first-run\n"
"rules pass_cpuid_change_keeps_filter\n"
"cap 0x4 -> 0\n"
"vcpu -> 0\n"
"vcpu1: vcpu -> 0\n"
DENY_ALL
"cpuid default -> 0\n"
ALL_DENIED
"vcpu1: cpuid default -> 0\n"
"filter allow -> 0\n"
DENY_ALL
"vcpu1: cpuid default -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: wrmsr 0xc0000102 0x8 -> exit filter\n"
"vcpu1: rdmsr 0xc0000082 -> exit filter\n"
"vcpu1: wrmsr 0x174 0x8 -> exit filter\n"
"vcpu1: wrmsr 0x175 0x8 -> exit filter\n"
"vcpu1: wrmsr 0x176 0x8 -> exit filter\n",

/* SVM intercepts SYSENTER_ESP and _EIP for a guest that takes it for Intel. */
"case pass/cpuid-vendor-keeps-the-filter\n"
"rules pass_cpuid_change_keeps_filter\n"
"cap 0x4 -> 0\n"
"cpuid default vendor=intel -> 0\n"
"filter allow range rw 0x174+3 = 0 -> 0\n"
"cpuid default vendor=amd -> 0\n"
DENIED("0x174", "0x8") DENIED("0x175", "0x8") DENIED("0x176", "0x8")
"vcpu1: cpuid default vendor=amd -> 0\n"
"filter allow -> 0\n"
"filter allow range r 0x174+3 = 0 -> 0\n"
"vcpu1: cpuid default vendor=intel -> 0\n"
"vcpu1: wrmsr 0x175 0x123400000 -> ok\n"
"vcpu1: rdmsr 0x175 -> exit filter\n"
"vcpu1: rdmsr 0x176 -> exit filter\n"
"vcpu1: get_msr 0x175 -> 1 0x123400000\n"
"filter allow range w 0x174+3 = 0 -> 0\n"
"vcpu1: rdmsr 0x175 -> ok 0x123400000\n"
"vcpu1: wrmsr 0x175 0x8 -> exit filter\n"
"vcpu1: wrmsr 0x176 0x8 -> exit filter\n"
"filter allow -> 0\n"
"wrmsr 0x175 0x8000 -> ok\n"
"rdmsr 0x175 -> ok 0x8000\n",

/* KVM has the upper halves, which SVM's guest of another vendor does not. */
"case pass/cpuid-vendor-intel-both-halves\n"
"rules pass_cpuid_change_keeps_filter\n"
"cap 0x4 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"cpuid default vendor=intel -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x175 0x123400001000 -> ok\n"
"wrmsr 0x176 0x567800002000 -> ok\n"
"rdmsr 0x175 -> ok 0x123400001000\n"
"rdmsr 0x176 -> ok 0x567800002000\n"
"get_msr 0x175 -> 1 0x123400001000\n"
"get_msr 0x176 -> 1 0x567800002000\n"
"set_msr 0x176 0x7abc00003000 -> 1\n"
"rdmsr 0x176 -> ok 0x7abc00003000\n"
"set_msr 0x175 0x1abc00004000 -> 1\n"
"rdmsr 0x175 -> ok 0x1abc00004000\n"
"rdmsr 0x176 -> ok 0x7abc00003000\n",

"case pass/cpuid-vendor-decides-again-when-allowed\n"
"rules pass_allowed_again_native pass_svm_conditional\n"
"needs stats\n"
"cap 0x4 -> 0\n"
"cpuid default vendor=intel -> 0\n"
"vcpu1: cpuid default vendor=amd -> 0\n"
DENY_ALL
"rdmsr 0x175 -> exit filter\n"
"vcpu1: rdmsr 0x175 -> exit filter\n"
"filter allow -> 0\n"
"native r 0x174\n"
"native r 0x175\n"
"native w 0x176 0x8000\n"
"vcpu1: native r 0x174\n"
"vcpu1: native r 0x175\n"
"vcpu1: native w 0x176 0x8000\n",

"case pass/sregs-keep-the-filter\n"
"rules flt_survives_vcpu_state\n"
"cap 0x4 -> 0\n"
WRITE_ALL
DENY_ALL
"rdmsr 0x174 -> exit filter\n"
"sregs -> 0\n"
ALL_DENIED
DENY_ALL
"sregs -> 0\n"
"rdmsr 0xc0000082 -> exit filter\n"
"wrmsr 0x174 0x8 -> exit filter\n"
"filter allow -> 0\n"
"sregs -> 0\n"
ALL_WORK,

/* One that waits is not woken by a filter, and has it when it goes on. */
"case pass/vcpu-that-waits-has-the-filter\n"
"rules pass_denied_read_exits pass_denied_write_exits\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x4 -> 0\n"
WRITE_ALL
"mp_state 3 -> 0\n"			/* halted */
DENY_ALL
"mp_state 0 -> 0\n"
ALL_DENIED
"filter allow -> 0\n"
ALL_WORK
"mp_state 1 -> 0\n"			/* uninitialized */
DENY_ALL
"mp_state 0 -> 0\n"
ALL_DENIED
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu1: mp_state 3 -> 0\n"
"filter allow range rw 0xc0000082+1 = 0 -> 0\n"
"vcpu1: mp_state 0 -> 0\n"
"vcpu1: rdmsr 0xc0000082 -> exit filter\n"
"vcpu1: wrmsr 0xc0000082 0x1000 -> exit filter\n",

"case pass/init-keeps-the-filter\n"
"rules flt_survives_vcpu_state\n"
APIC
"cap 0x4 -> 0\n"
"vcpu -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
DENY_ALL
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: init -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: wrmsr 0xc0000100 0x8 -> exit filter\n"
"vcpu1: rdmsr 0xc0000082 -> exit filter\n"
"vcpu1: wrmsr 0xc0000081 0x8 -> exit filter\n"
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu1: wrmsr 0x175 0x8 -> exit filter\n"
"vcpu1: rdmsr 0x48 -> exit filter\n"
"vcpu0: rdmsr 0xc0000102 -> exit filter\n"
"filter allow -> 0\n"
"vcpu1: init -> 0\n"
"vcpu1: wrmsr 0xc0000082 0x8000 -> ok\n"
"vcpu1: rdmsr 0xc0000082 -> ok 0x8000\n"
"vcpu1: wrmsr 0x174 0x8 -> ok\n"
"vcpu1: rdmsr 0x174 -> ok 0x8\n"
DENY_ALL
"vcpu1: init -> 0\n"
"vcpu1: rdmsr 0xc0000082 -> exit filter\n"
"vcpu1: wrmsr 0x174 0x8 -> exit filter\n",

"case pass/init-lets-go-of-what-is-allowed\n"
"rules pass_vmx_always_native pass_svm_always_native\n"
"needs irqchip stats\n"
"irqchip full -> 0\n"
"cap 0x4 -> 0\n"
DENY_ALL
"vcpu -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"filter allow -> 0\n"
"vcpu1: init -> 0\n"
"vcpu1: native r 0xc0000100\n"
"vcpu1: native w 0xc0000102 0x1000\n"
"vcpu1: native r 0x174\n"
"vcpu1: native w 0x174 0x8\n",

/* The x2APIC part of the bitmap is written as a whole. */
"case pass/x2apic-mode-keeps-the-filter\n"
"rules pass_apicv_toggle_keeps_filter\n"
APIC
"cap 0x4 -> 0\n"
WRITE_ALL
"filter deny range rw 0x1b+1 = 0xff -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x1b 0xfee00d00 -> ok\n"
ALL_DENIED
"rdmsr 0x7ff -> exit filter\n"
"rdmsr 0x802 -> ok\n"
"rdmsr 0x900 -> exit filter\n"
"wrmsr 0x1b 0xfee00100 -> ok\n"
"rdmsr 0xc0000100 -> exit filter\n"
"wrmsr 0x174 0x8 -> exit filter\n"
"set_msr 0x1b 0xfee00900 -> 1\n"
"rdmsr 0xc0000100 -> exit filter\n"
"wrmsr 0x174 0x8 -> exit filter\n"
"filter allow -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
ALL_WORK,

/* The filter comes when the mode is on, and goes in another mode. */
"case pass/filter-set-in-x2apic-mode\n"
"rules pass_apicv_toggle_keeps_filter pass_filter_between_runs\n"
APIC
"cap 0x4 -> 0\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
WRITE_ALL
"rdmsr 0x802 -> ok\n"
DENY_ALL
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xc0000100 -> exit filter\n"
"wrmsr 0x808 0x20 -> ok\n"
"rdmsr 0x808 -> ok 0x20\n"
"set_msr 0x1b 0xfee00000 -> 1\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0xc0000102 0x8 -> exit filter\n"
"set_msr 0x1b 0xfee00900 -> 1\n"
"set_msr 0x1b 0xfee00d00 -> 1\n"
ALL_DENIED
"filter allow -> 0\n"
ALL_WORK,

/* ---- lazily passed through ---- */

"case pass/first-spec-ctrl-write-keeps-reads-denied\n"
"rules pass_first_write_keeps_filter pass_denied_read_exits\n"
"cap 0x7 -> 0\n"
"filter allow range r 0x48+1 = 0 -> 0\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x1\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x0\n"
"rdmsr 0x48 -> exit filter\n"
"vcpu1: rdmsr 0x48 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0x48\n",

"case pass/first-spec-ctrl-write-before-it-is-denied\n"
"rules pass_first_write_keeps_filter pass_denied_write_exits "
"pass_denied_write_no_effect\n"
"cap 0x7 -> 0\n"
"wrmsr 0x48 0x1\n"
"rdmsr 0x48\n"
"filter allow range w 0x48+1 = 0 -> 0\n"
"rdmsr 0x48\n"
"wrmsr 0x48 0x0 -> exit filter\n"
"rdmsr 0x48\n"
"get_msr 0x48\n"
"filter allow range rw 0x48+1 = 0 -> 0\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x0 -> exit filter\n"
"cpuid default\n"
"wrmsr 0x48 0x0 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0x48\n"
"wrmsr 0x48 0x0\n",

"case pass/first-spec-ctrl-write-by-userspace\n"
"rules pass_denied_read_exits pass_denied_write_exits\n"
"cap 0x7 -> 0\n"
DENY_ALL
"set_msr 0x48 0x1\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x0 -> exit filter\n"
"get_msr 0x48\n"
"vcpu1: rdmsr 0x48 -> exit filter\n"
"filter allow range w 0x48+1 = 0 -> 0\n"
"rdmsr 0x48\n"
"wrmsr 0x48 0x0 -> exit filter\n",

"case pass/first-xfd-write-keeps-reads-denied\n"
"rules pass_first_write_keeps_filter\n"
"cap 0x7 -> 0\n"
"filter allow range r 0x1c4+2 = 0 -> 0\n"
"wrmsr 0x1c4 0x40000\n"
"rdmsr 0x1c4 -> exit filter\n"
"rdmsr 0x1c5 -> exit filter\n"
"wrmsr 0x1c4 0x0\n"
"rdmsr 0x1c4 -> exit filter\n"
"filter allow range w 0x1c4+2 = 0 -> 0\n"
"rdmsr 0x1c4\n"
"wrmsr 0x1c4 0x0 -> exit filter\n"
"wrmsr 0x1c5 0x0 -> exit filter\n",

/* Commands: nothing to read, and a write that works changes nothing. */
"case pass/prediction-and-flush-commands\n"
"rules pass_denied_write_exits pass_filter_between_runs "
"pass_cpuid_change_keeps_filter\n"
"cap 0x7 -> 0\n"
"wrmsr 0x49 0x1\n"
"wrmsr 0x10b 0x1\n"
"filter allow range w 0x49+1 = 0 range w 0x10b+1 = 0 -> 0\n"
"wrmsr 0x49 0x1 -> exit filter\n"
"wrmsr 0x10b 0x1 -> exit filter\n"
"cpuid default\n"
"wrmsr 0x49 0x1 -> exit filter\n"
"wrmsr 0x10b 0x1 -> exit filter\n"
"vcpu1: wrmsr 0x49 0x1 -> exit filter\n"
"vcpu1: wrmsr 0x10b 0x1 -> exit filter\n"
"wrmsr 0x48 0x0\n"
"filter allow -> 0\n"
"wrmsr 0x49 0x1\n"
"wrmsr 0x10b 0x1\n",

/* Feature given and taken: the next filter must not open them. */
"case pass/commands-taken-away-stay-so\n"
"rules rsn_pred_cmd_write_absent rsn_flush_cmd_write_absent\n"
"cap 0x7 -> 0\n"
"cpuid default\n"
"cpuid default without=spec_ctrl,amd_ibpb,sbpb,flush_l1d\n"
"filter allow range rw 0xdeadbe20+1 = 0 -> 0\n"
"wrmsr 0x49 0x1 -> exit inval\n"
"wrmsr 0x10b 0x1\n",

/* LBRs are passed through once the guest has switched them on. */
"case pass/last-branch-msrs-denied-before-use\n"
"rules pass_denied_read_exits pass_denied_write_exits\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x1c8+2 = 0 range rw 0x1db+4 = 0 "
"range rw 0x680+32 = 0 range rw 0x6c0+32 = 0 range rw 0xdc0+32 = 0 -> 0\n"
"wrmsr 0x1d9 0x1\n"
DENIED("0x1db", "0x0") DENIED("0x1dc", "0x0") DENIED("0x1dd", "0x0")
DENIED("0x1de", "0x0") DENIED("0x1c8", "0x0") DENIED("0x1c9", "0x0")
DENIED("0x680", "0x0") DENIED("0x69f", "0x0") DENIED("0x6c0", "0x0")
"wrmsr 0x1d9 0x0\n"
"rdmsr 0x1db -> exit filter\n"
"wrmsr 0x1d9 0x1\n"
"rdmsr 0x1db -> exit filter\n"
"rdmsr 0x680 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0x1db\n"
"rdmsr 0x1c9\n"
"rdmsr 0x680\n",

"case pass/last-branch-msrs-denied-in-use\n"
"rules pass_denied_read_exits pass_denied_write_exits "
"pass_filter_between_runs\n"
"cap 0x7 -> 0\n"
"wrmsr 0x1d9 0x1\n"
"rdmsr 0x1db\n"
"rdmsr 0x1de\n"
"rdmsr 0x1c9\n"
"rdmsr 0x680\n"
"rdmsr 0x6c0\n"
"filter allow range rw 0x1c8+2 = 0 range rw 0x1db+4 = 0 "
"range rw 0x680+32 = 0 range rw 0x6c0+32 = 0 range rw 0xdc0+32 = 0 -> 0\n"
DENIED("0x1db", "0x0") DENIED("0x1dc", "0x0") DENIED("0x1dd", "0x0")
DENIED("0x1de", "0x0") DENIED("0x1c8", "0x0") DENIED("0x1c9", "0x0")
DENIED("0x680", "0x0") DENIED("0x69f", "0x0") DENIED("0x6c0", "0x0")
DENIED("0x6df", "0x0")
"wrmsr 0x1d9 0x1\n"
"rdmsr 0x1db -> exit filter\n"
"rdmsr 0x680 -> exit filter\n",

/* Residency counters, where the guest may stop the CPU by itself. */
"case pass/residency-counters\n"
"rules pass_denied_read_exits pass_denied_write_exits pass_vmx_conditional\n"
"cap 0x7 -> 0\n"
"cap 0x8 nr=143\n"
"rdmsr 0x3fc\n"
"rdmsr 0x3fd\n"
"rdmsr 0x3fe\n"
"rdmsr 0x660\n"
"filter allow range rw 0x3fc+3 = 0 range rw 0x660+1 = 0 -> 0\n"
DENIED("0x3fc", "0x0") DENIED("0x3fd", "0x0") DENIED("0x3fe", "0x0")
DENIED("0x660", "0x0")
"rdmsr 0x3fb\n"
"rdmsr 0x661\n"
"filter allow -> 0\n"
"rdmsr 0x3fc\n"
"rdmsr 0x660\n",

"case pass/trace-and-frequency-msrs\n"
"rules pass_denied_read_exits pass_denied_write_exits\n"
"cap 0x7 -> 0\n"
"cap 0x10 nr=143\n"
"rdmsr 0xe7\n"
"rdmsr 0xe8\n"
"rdmsr 0x571\n"
"filter allow range rw 0xe7+2 = 0 range rw 0x560+64 = 0 "
"range rw 0x6a0+9 = 0 -> 0\n"
DENIED("0xe7", "0x0") DENIED("0xe8", "0x0") DENIED("0x560", "0x0")
DENIED("0x561", "0x0") DENIED("0x570", "0x0") DENIED("0x571", "0x0")
DENIED("0x572", "0x0") DENIED("0x580", "0x0") DENIED("0x587", "0x0")
DENIED("0x6a0", "0x0") DENIED("0x6a2", "0x0") DENIED("0x6a4", "0x0")
DENIED("0x6a7", "0x0") DENIED("0x6a8", "0x0"),

/* Of an encrypted guest only; a plain one must not reach it either. */
"case pass/ghcb-msr\n"
"rules pass_denied_read_exits pass_denied_write_exits\n"
"cap 0x7 -> 0\n"
"rdmsr 0xc0010130\n"
"filter allow range rw 0xc0010130+1 = 0 -> 0\n"
DENIED("0xc0010130", "0x0")
"filter allow range w 0xc0010130+1 = 0 -> 0\n"
"rdmsr 0xc0010130\n"
"wrmsr 0xc0010130 0x0 -> exit filter\n"
"vcpu1: rdmsr 0xc0010130\n"
"vcpu1: wrmsr 0xc0010130 0x0 -> exit filter\n",

"case pass/conditions-of-svm\n"
"rules pass_svm_conditional\n"
"needs stats\n"
"native r 0x175\n"
"native w 0x175 0x1000\n"
"native r 0x176\n"
"native w 0x176 0x1000\n"
"native r 0x48\n"
"native w 0x49 0x1\n"
"native w 0x10b 0x1\n"
"native r 0x1db\n"
"wrmsr 0x1d9 0x1\n"
"native r 0x1db\n"
"native r 0xe7\n"
"native r 0xe8\n",

"case pass/conditions-of-vmx\n"
"rules pass_vmx_conditional\n"
"needs stats\n"
"cap 0x8 nr=143\n"
"native r 0x48\n"
"native w 0x48 0x0\n"
"native w 0x48 0x1\n"
"native r 0x48\n"
"native w 0x48 0x0\n"
"native w 0x49 0x1\n"
"native w 0x10b 0x1\n"
"native r 0x1c5\n"
"native r 0x3fc\n"
"native r 0x3fd\n"
"native r 0x3fe\n"
"native r 0x660\n"
"native r 0xe7\n"
"native r 0x6a0\n",

/* HLT that does not exit is no C-state that does not. */
"case pass/residency-counters-need-their-own-bit\n"
"rules rsn_unrecognised_index\n"
"cap 0x7 -> 0\n"
"cap 0x2 nr=143\n"
"rdmsr 0x3fc -> exit unknown\n"
"rdmsr 0x3fd -> exit unknown\n"
"rdmsr 0x3fe -> exit unknown\n"
"rdmsr 0x660 -> exit unknown\n",

/* ---- instructions that use such MSRs without an access to them ---- */

"case pass/tsc-denied-rdtsc-works\n"
"rules pass_tsc_denied_rdtsc_works\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x10+1 = 0 range rw 0xc0000103+1 = 0 -> 0\n"
"rdmsr 0x10 -> exit filter\n"
"code 0f31\n"
"wrmsr 0x10 0x0 -> exit filter\n"
/* two rdtsc in a row must not go back: ud2 if they do */
"code 0f3148c1e2204809d0"	/* rdtsc; shl $32, %rdx; or %rdx, %rax */
"4889c30f3148c1e220"		/* mov %rax, %rbx; rdtsc; shl $32, %rdx */
"4809d04839d873020f0b\n"	/* or %rdx, %rax; cmp %rbx, %rax; jae +2 */
"rdmsr 0x10 -> exit filter\n"
"code 0f01f9\n",

/* mov %ebx, %fs; swapgs twice; with CR4.FSGSBASE: wrfsbase and rdfsbase */
"case pass/bases-denied-their-instructions-work\n"
"rules pass_bases_denied_users_work pass_denied_write_no_effect\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000102 0x1234000 -> ok\n"
"wrmsr 0xc0000101 0x5678000 -> ok\n"
DENY_ALL
"rdmsr 0xc0000100 -> exit filter\n"
"code 8ee3 rbx=0x10\n"
"code 0f01f80f01f8\n"
"code 0f01f8\n"
"wrmsr 0xc0000101 0x8 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0xc0000101 -> ok\n"
"rdmsr 0xc0000102 -> ok\n"
"rdmsr 0xc0000100 -> ok\n"
DENY_ALL
/* mov %cr4, %rax; bts $16, %rax; mov %rax, %cr4; wrfsbase %rbx */
"code 0f20e0480fbae8100f22e0f3480faed3 rbx=0x4000\n"
/* rdfsbase %rax; cmp %rbx, %rax; je +2; ud2 */
"code f3480faec04839d874020f0b rbx=0x4000\n"
"rdmsr 0xc0000100 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0xc0000100 -> ok\n",

/*
 * SYSCALL to 0x3f000, where `jmp *%rcx` leads back.  To kvm_pvm a guest's
 * SYSCALL is a hypercall.
 */
"case pass/syscall-msrs-denied-syscall-works\n"
"rules pass_syscall_msrs_users_work\n"
"needs hardware\n"
"cap 0x7 -> 0\n"
"code c70425" "00f00300" "ffe19090\n"
"wrmsr 0xc0000081 0x0000000800000000 -> ok\n"
"wrmsr 0xc0000082 0x3f000 -> ok\n"
"wrmsr 0xc0000084 0x0 -> ok\n"
DENY_ALL
DENIED("0xc0000081", "0x0")
DENIED("0xc0000082", "0x0")
"code 0f05\n"
DENIED("0xc0000084", "0x0")
"code 0f05\n"
"filter allow -> 0\n"
"rdmsr 0xc0000082 -> ok 0x3f000\n"
"code 0f05\n",

/*
 * SYSENTER to 0x3f008: mov %rcx, %rsp; jmp *%rdx.  In 64-bit mode AMD has
 * none, and KVM gives the vCPU up over the #UD: so it comes last.
 */
"case pass/sysenter-msrs-denied-sysenter-works\n"
"rules pass_syscall_msrs_users_work\n"
"needs hardware\n"
"cap 0x7 -> 0\n"
"code c70425" "08f00300" "4889ccff" "c70425" "0cf00300" "e2909090\n"
"wrmsr 0x174 0x8 -> ok\n"
"wrmsr 0x175 0x1f000 -> ok\n"
"wrmsr 0x176 0x3f008 -> ok\n"
DENY_ALL
DENIED("0x174", "0x0")
DENIED("0x175", "0x0")
DENIED("0x176", "0x0")
/* lea 5(%rip), %rdx; mov %rsp, %rcx; sysenter */
"code 488d15050000004889e10f34\n",

/* ---- MSRs that no bitmap has ---- */

"case pass/outside-the-bitmaps\n"
"rules pass_outside_bitmaps\n"
"cap 0x7 -> 0\n"
DENY_ALL
DENIED("0x2000", "0x1") DENIED("0x3fff", "0x1")
DENIED("0x40000000", "0x1") DENIED("0x40000003", "0x1")
DENIED("0x40000105", "0xffffffffffffffff")
DENIED("0x4b564d00", "0x1") DENIED("0x4b564d04", "0x1")
DENIED("0x80000174", "0x1") DENIED("0xbfffffff", "0x1")
DENIED("0xc0002000", "0x1") DENIED("0xc0002100", "0x1")
DENIED("0xc000ffff", "0x1") DENIED("0xc0012000", "0x1")
DENIED("0xc0020100", "0x1") DENIED("0xdeadbeef", "0x1")
DENIED("0xffffffff", "0x1")
"filter allow -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x4b564d00\n",

/* The ends of the bitmaps' parts. */
"case pass/ends-of-the-bitmaps\n"
"rules match_default_decides match_bit_decides\n"
"cap 0x7 -> 0\n"
DENY_ALL
DENIED("0x0", "0x1") DENIED("0x1", "0x1") DENIED("0x1fff", "0x1")
DENIED("0x2000", "0x1") DENIED("0xbfffffff", "0x1")
DENIED("0xc0000000", "0x1") DENIED("0xc0001fff", "0x1")
DENIED("0xc0002000", "0x1") DENIED("0xc000ffff", "0x1")
DENIED("0xc0010000", "0x1") DENIED("0xc0011fff", "0x1")
DENIED("0xc0012000", "0x1")
"filter deny range rw 0x1fff+2 = 0xff range rw 0xc0001fff+2 = 0xff "
"range rw 0xc0011fff+2 = 0xff -> 0\n"
DENIED("0x1ffe", "0x1") DENIED("0x2001", "0x1")
DENIED("0xc0001ffe", "0x1") DENIED("0xc0002001", "0x1")
"rdmsr 0x1fff\n"
"rdmsr 0x2000\n"
"rdmsr 0xc0001fff\n"
"rdmsr 0xc0002000\n"
"rdmsr 0xc0011fff\n"
"rdmsr 0xc0012000\n",

/* ---- values ---- */

/* What no KVM would accept only hardware does, or refuses with its own #GP. */
"case pass/non-canonical-values-are-the-cpus-again\n"
"rules pass_allowed_again_native exit_not_for_pass_through\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000100 0x8000000000000000\n"
"wrmsr 0xc0000102 0x0000800000000000\n"
DENY_ALL
"wrmsr 0xc0000100 0x8000000000000000 -> exit filter\n"
"wrmsr 0xc0000102 0x0000800000000000 -> exit filter\n"
"filter allow -> 0\n"
"wrmsr 0xc0000100 0x8000000000000000\n"
"wrmsr 0xc0000101 0x7f00000000000000\n"
"wrmsr 0xc0000102 0x0000800000000000\n"
"wrmsr 0x175 0x8000000000000000\n"
"wrmsr 0x176 0x8000000000000000\n"
"filter allow range r 0xc0000100+3 = 0 range r 0x174+3 = 0 -> 0\n"
"wrmsr 0xc0000100 0x8000000000000000\n"
"wrmsr 0xc0000102 0x0000800000000000\n",

"case pass/userspace-sees-what-the-guest-wrote-last\n"
"rules pass_userspace_sees_last_native\n"
"cap 0x4 -> 0\n"
"wrmsr 0xc0000100 0x1111000 -> ok\n"
"wrmsr 0xc0000101 0x2222000 -> ok\n"
"wrmsr 0xc0000102 0x3333000 -> ok\n"
"wrmsr 0x174 0x18 -> ok\n"
"wrmsr 0x175 0x4444000 -> ok\n"
"wrmsr 0xc0000082 0x5555000 -> ok\n"
"get_msr 0xc0000100 -> 1 0x1111000\n"
DENY_ALL
"get_msr 0xc0000100 -> 1 0x1111000\n"
"rdmsr 0xc0000100 -> exit filter\n"
"get_msr 0xc0000100 -> 1 0x1111000\n"
"get_msr 0xc0000101 -> 1 0x2222000\n"
"get_msr 0xc0000102 -> 1 0x3333000\n"
"get_msr 0x174 -> 1 0x18\n"
"get_msr 0x175 -> 1 0x4444000\n"
"get_msr 0xc0000082 -> 1 0x5555000\n"
"wrmsr 0xc0000100 0x7777000 -> exit filter\n"
"get_msr 0xc0000100 -> 1 0x1111000\n"
/* and the guest what userspace wrote */
"set_msr 0xc0000100 0x6666000 -> 1\n"
"set_msr 0x174 0x28 -> 1\n"
"set_msr 0xc0000082 0x8888000 -> 1\n"
"rdmsr 0x174 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0xc0000100 -> ok 0x6666000\n"
"rdmsr 0x174 -> ok 0x28\n"
"rdmsr 0xc0000082 -> ok 0x8888000\n"
"rdmsr 0xc0000101 -> ok 0x2222000\n",

"case pass/values-keep-both-halves\n"
"rules match_allowed_never_exits\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"wrmsr 0x277 0x0007040600070406 -> ok\n"
"rdmsr 0x277 -> ok 0x7040600070406\n"
"wrmsr 0x200 0x100000006 -> ok\n"
"rdmsr 0x200 -> ok 0x100000006\n"
"wrmsr 0x17a 0xfedcba9876543210 -> ok\n"
"rdmsr 0x17a -> ok 0xfedcba9876543210\n"
"wrmsr 0xc0000081 0x123456789abcdef0 -> ok\n"
"rdmsr 0xc0000081 -> ok 0x123456789abcdef0\n"
"wrmsr 0xc0000083 0x7fff87654321 -> ok\n"
"rdmsr 0xc0000083 -> ok 0x7fff87654321\n"
"wrmsr 0xc0000100 0x7ffe12345678 -> ok\n"
"wrmsr 0xc0000101 0x7ffd12345678 -> ok\n"
"wrmsr 0xc0000102 0x7ffc12345678 -> ok\n"
"rdmsr 0xc0000100 -> ok 0x7ffe12345678\n"
"rdmsr 0xc0000101 -> ok 0x7ffd12345678\n"
"rdmsr 0xc0000102 -> ok 0x7ffc12345678\n"
"get_msr 0x277 -> 1 0x7040600070406\n"
"get_msr 0x200 -> 1 0x100000006\n"
"get_msr 0xc0000081 -> 1 0x123456789abcdef0\n"
"get_msr 0xc0000083 -> 1 0x7fff87654321\n"
"get_msr 0xc0000100 -> 1 0x7ffe12345678\n"
"get_msr 0xc0000101 -> 1 0x7ffd12345678\n"
"get_msr 0xc0000102 -> 1 0x7ffc12345678\n",

"case pass/last-branch-msrs-under-a-filter-of-others\n"
"rules pass_svm_conditional\n"
"needs stats\n"
"cap 0x7 -> 0\n"
"wrmsr 0x1d9 0x1\n"
"native r 0x1db\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"native r 0x1db\n"
"native w 0x1dc 0x0\n"
"wrmsr 0x1d9 0x0\n"
"filter allow -> 0\n"
"native r 0x1db\n",

	NULL
};

/* ---- one MSR at a time ---- */

/* Each holds any of its three values, in hardware and in KVM. */
static const struct specimen {
	const char *name;
	unsigned index;
	unsigned long long v[3];
} specimens[] = {
	{ "sysenter-cs", 0x174, { 0x8, 0x10, 0x18 } },
	{ "sysenter-esp", 0x175, { 0x10000, 0x20000, 0x30000 } },
	{ "sysenter-eip", 0x176, { 0x11000, 0x21000, 0x31000 } },
	{ "star", 0xc0000081, { 0x0008000000000000, 0x0010000800000000,
				0x0018001000000000 } },
	{ "lstar", 0xc0000082, { 0x12000, 0x22000, 0x7fff00000000 } },
	{ "cstar", 0xc0000083, { 0x13000, 0x23000, 0x7fff00001000 } },
	{ "syscall-mask", 0xc0000084, { 0x200, 0x100, 0x47700 } },
	{ "fs-base", 0xc0000100, { 0x14000, 0x24000, 0x7fff00002000 } },
	{ "gs-base", 0xc0000101, { 0x15000, 0x25000, 0x7fff00003000 } },
	{ "kernel-gs-base", 0xc0000102, { 0x16000, 0x26000,
					  0xffffffff80000000 } },
};

static void deny_allow_deny(struct emitter *e, const struct specimen *s)
{
	unsigned m = s->index;
	unsigned long long a = s->v[0], b = s->v[1], c = s->v[2];

	emit(e,
	     "case pass/deny-allow-deny-%s\n"
	     "rules pass_denied_read_exits pass_denied_write_exits "
	     "pass_deny_allow_loop pass_denied_write_no_effect "
	     "pass_denied_read_reply_value\n"
	     "cap 0x4 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter allow range rw 0x%x+1 = 0 -> 0\n"
	     "rdmsr 0x%x data=0x7766554433221100 -> exit filter then ok "
	     "0x7766554433221100\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter allow -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter deny range rw 0x%x+1 = 0 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "rdmsr 0x%x error=1 -> exit filter then #GP\n"
	     DENY_OTHER
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     DENY_ALL
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "get_msr 0x%x -> 1 0x%llx\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "cap 0x0 -> 0\n"
	     DENY_ALL
	     "rdmsr 0x%x -> #GP\n"
	     "wrmsr 0x%x 0x%llx -> #GP\n"
	     "filter allow -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n",
	     s->name, m, a, m, a, m, m, m, b, m, a, m, b, m, b, m, m, c, m, m, b,
	     m, m, c, m, b, m, m, b, m, c, m, c, m, m, a, m, c);
}

static void one_direction(struct emitter *e, const struct specimen *s)
{
	unsigned m = s->index;
	unsigned long long a = s->v[0], b = s->v[1], c = s->v[2];

	emit(e,
	     "case pass/one-direction-of-%s\n"
	     "rules pass_denied_read_exits pass_denied_write_exits "
	     "pass_denied_write_no_effect match_read_range_not_writes "
	     "match_write_range_not_reads\n"
	     "cap 0x4 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "filter allow range w 0x%x+1 = 0 -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "vcpu1: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vcpu1: rdmsr 0x%x -> ok\n"
	     "filter allow range r 0x%x+1 = 0 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x data=0x99 -> exit filter then ok 0x99\n"
	     "get_msr 0x%x -> 1 0x%llx\n"
	     "vcpu1: rdmsr 0x%x -> exit filter\n"
	     "vcpu1: wrmsr 0x%x 0x%llx -> ok\n"
	     "filter deny range w 0x%x+1 = 0xff -> 0\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "filter deny range r 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vcpu1: rdmsr 0x%x -> ok 0x%llx\n"
	     "vcpu1: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter allow -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "vcpu1: rdmsr 0x%x -> ok 0x%llx\n",
	     s->name, m, a, m, m, a, m, b, m, a, m, b, m, m, m, b, m, m, b, m,
	     m, a, m, m, c, m, m, m, c, m, b, m, a, m, b, m, c, m, a);
}

static void native_again(struct emitter *e, const struct specimen *s)
{
	unsigned m = s->index;
	unsigned long long a = s->v[0];

	emit(e,
	     "case pass/native-again-%s\n"
	     "rules pass_allowed_again_native pass_directions_independent\n"
	     "needs stats\n"
	     "cap 0x4 -> 0\n"
	     "native r 0x%x\n"
	     "native w 0x%x 0x%llx\n"
	     DENY_ALL
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x1 -> exit filter\n"
	     "filter allow range r 0x%x+1 = 0 -> 0\n"
	     "native w 0x%x 0x%llx\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "filter allow range w 0x%x+1 = 0 -> 0\n"
	     "native r 0x%x\n"
	     "wrmsr 0x%x 0x1 -> exit filter\n"
	     "vcpu1: native r 0x%x\n"
	     "vcpu1: wrmsr 0x%x 0x1 -> exit filter\n"
	     "filter allow -> 0\n"
	     "native r 0x%x\n"
	     "native w 0x%x 0x%llx\n"
	     "vcpu1: native w 0x%x 0x%llx\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "native r 0x%x\n"
	     "native w 0x%x 0x%llx\n"
	     "vcpu1: native r 0x%x\n",
	     s->name, m, m, a, m, m, m, m, a, m, m, m, m, m, m, m, m, a, m, a, m,
	     m, m, a, m);
}

/*
 * Denied alone.  The other specimens share bytes and words of the bitmaps with
 * it and stay native; the indices at its distance in the other parts of the
 * bitmaps, and one bit away, stay what they are.
 */
static void neighbours(struct emitter *e, const struct specimen *s)
{
	static const unsigned parts[] = { 0, 0xc0000000, 0xc0010000 };
	unsigned m = s->index, low = m & 0x1fff;
	char near[1024], others[2048];
	int at = 0, n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		if ((parts[i] | low) != m)
			at += snprintf(near + at, sizeof(near) - at,
				       "rdmsr 0x%x\n", parts[i] | low);
	for (int d = -4; d <= 4; d += d == -1 ? 2 : 1)
		at += snprintf(near + at, sizeof(near) - at,
			       "rdmsr 0x%x\n", m + d);
	for (const struct specimen *o = specimens;
	     o < specimens + ARRAY_SIZE(specimens); o++)
		if (o != s)
			n += snprintf(others + n, sizeof(others) - n,
				      "native r 0x%x\n"
				      "native w 0x%x 0x%llx\n", o->index,
				      o->index, o->v[0]);
	emit(e,
	     "case pass/neighbours-of-%s\n"
	     "rules pass_vmx_always_native pass_svm_always_native "
	     "pass_denied_read_exits pass_denied_write_exits\n"
	     "needs stats\n"
	     "cap 0x7 -> 0\n"
	     "filter allow range rw 0x%x+1 = 0 -> 0\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "%s%s"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "native r 0x%x\n"
	     "native w 0x%x 0x%llx\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x0 -> exit filter\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x0 -> exit filter\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x0 -> exit filter\n",
	     s->name, m, m, m, s->v[1], near, others, m, m, s->v[1],
	     m, m, m, s->v[0], m - 1, m - 1, m + 1, m + 1, m ^ 2, m ^ 2);
}

/* ---- more than one vCPU ---- */

/* Of two vCPUs one enters the guest late, the other not between filters. */
static void vcpu_orders(struct emitter *e, const struct specimen *s)
{
	unsigned m = s->index;
	unsigned long long a = s->v[0], b = s->v[1];

	for (int x = 0; x < 2; x++) {
		int y = !x;

		emit(e,
		     "case pass/vcpu%d-before-vcpu%d-%s\n"
		     "rules pass_filter_between_runs pass_deny_allow_loop "
		     "match_all_vcpus_alike\n"
		     "cap 0x4 -> 0\n"
		     "vcpu%d: wrmsr 0x%x 0x%llx -> ok\n"
		     "vcpu%d: wrmsr 0x%x 0x%llx -> ok\n"
		     DENY_ALL
		     "vcpu%d: rdmsr 0x%x -> exit filter\n"
		     "filter allow -> 0\n"
		     "vcpu%d: rdmsr 0x%x -> ok 0x%llx\n"
		     "vcpu%d: rdmsr 0x%x -> ok 0x%llx\n"
		     DENY_ALL
		     "vcpu%d: wrmsr 0x%x 0x1 -> exit filter\n"
		     "vcpu%d: wrmsr 0x%x 0x1 -> exit filter\n"
		     "filter allow -> 0\n"
		     "vcpu%d: rdmsr 0x%x -> ok 0x%llx\n"
		     DENY_ALL
		     "vcpu%d: rdmsr 0x%x -> exit filter\n"
		     "vcpu%d: rdmsr 0x%x -> exit filter\n"
		     "vcpu2: rdmsr 0x%x -> exit filter\n"
		     "filter allow range w 0x%x+1 = 0 -> 0\n"
		     "vcpu%d: wrmsr 0x%x 0x1 -> exit filter\n"
		     "filter allow range r 0x%x+1 = 0 -> 0\n"
		     "vcpu%d: rdmsr 0x%x -> exit filter\n"
		     "vcpu%d: wrmsr 0x%x 0x%llx -> ok\n"
		     "vcpu%d: rdmsr 0x%x -> exit filter\n"
		     "vcpu2: wrmsr 0x%x 0x%llx -> ok\n"
		     "filter allow -> 0\n"
		     "vcpu2: rdmsr 0x%x -> ok 0x%llx\n"
		     "vcpu%d: rdmsr 0x%x -> ok 0x%llx\n"
		     "vcpu%d: rdmsr 0x%x -> ok 0x%llx\n",
		     x, y, s->name, x, m, a, y, m, b, x, m, y, m, b, x, m, a,
		     y, m, x, m, y, m, b, x, m, y, m, m, m, x, m, m, y, m,
		     x, m, b, x, m, m, a, m, a, x, m, b, y, m, b);
	}
}

static void families(struct emitter *e)
{
	for (const struct specimen *s = specimens;
	     s < specimens + ARRAY_SIZE(specimens); s++) {
		deny_allow_deny(e, s);
		one_direction(e, s);
		native_again(e, s);
		neighbours(e, s);
		if (s->index == 0x174 || s->index == 0xc0000082 ||
		    s->index == 0xc0000100)
			vcpu_orders(e, s);
	}
}

SUITE(cases, families);
