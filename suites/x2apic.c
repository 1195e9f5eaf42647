// SPDX-License-Identifier: GPL-2.0-only
/*
 * X2A: no filter denies the x2APIC indexes 0x800..0x8ff, whatever its default
 * and its ranges say, while their neighbours and APIC_BASE are MSRs like all
 * others.  An access there may still fail, with INVAL and never with FILTER:
 * always so without an APIC in the kernel and outside x2APIC mode, which is
 * what the cases without an irqchip rest on.  What an APIC in the kernel
 * answers in x2APIC mode is measured without a filter and must be the same
 * with one.  Source: section 4.97 of api.rst, kvm_msr_allowed() and lapic.c.
 */
#include <stdbool.h>

#include "suite.h"

/* An APIC in the kernel, and vCPU 0 in x2APIC mode. */
#define APIC(kind)							\
	"needs irqchip\n"						\
	"irqchip " kind " -> 0\n"
#define X2APIC_MODE "set_msr 0x1b 0xfee00d00 -> 1\n"

/* Filters that deny everything they can. */
#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
#define DENY_SPAN "filter allow range rw 0x800+256 = 0 -> 0\n"
#define DENY_WIDE "filter deny range rw 0x0+8192 = 0 -> 0\n"

/* What an index is that a filter denies, and what one of the span is. */
#define DENIED(index)							\
	"rdmsr " index " -> exit filter\n"				\
	"wrmsr " index " 0x0 -> exit filter\n"
#define EXEMPT(index)							\
	"rdmsr " index " -> exit inval\n"				\
	"wrmsr " index " 0x0 -> exit inval\n"
/* The same where the answer is the APIC's. */
#define ANSWERED(index)							\
	"rdmsr " index "\n"						\
	"wrmsr " index " 0x0\n"

/* Registers at both ends of the span and of what is defined in it. */
#define EXEMPT_ALL							\
	EXEMPT("0x800") EXEMPT("0x802") EXEMPT("0x808") EXEMPT("0x80b")	\
	EXEMPT("0x830") EXEMPT("0x83f") EXEMPT("0x840") EXEMPT("0x87f")	\
	EXEMPT("0x880") EXEMPT("0x8fe") EXEMPT("0x8ff")
/* In x2APIC mode: registers that work, one to be written only, and none. */
#define WORKING								\
	"rdmsr 0x802 -> ok\n"						\
	"rdmsr 0x803 -> ok\n"						\
	"wrmsr 0x808 0x20 -> ok\n"					\
	"rdmsr 0x808 -> ok\n"						\
	"wrmsr 0x808 0x0 -> ok\n"					\
	"rdmsr 0x80a -> ok\n"						\
	"wrmsr 0x80b 0x0 -> ok\n"					\
	"wrmsr 0x80f 0x1ff -> ok\n"					\
	"rdmsr 0x80f -> ok\n"						\
	"rdmsr 0x810 -> ok\n"						\
	"wrmsr 0x828 0x0 -> ok\n"					\
	"rdmsr 0x832 -> ok\n"						\
	"wrmsr 0x838 0x0 -> ok\n"					\
	"rdmsr 0x839 -> ok\n"						\
	"rdmsr 0x83e -> ok\n"						\
	"wrmsr 0x83f 0x1f -> ok\n"
#define NOT_WORKING							\
	"rdmsr 0x800\n"							\
	"wrmsr 0x800 0x0\n"						\
	"wrmsr 0x803 0x0\n"						\
	"rdmsr 0x80b\n"							\
	"rdmsr 0x83f\n"							\
	"rdmsr 0x8fe\n"							\
	"wrmsr 0x8fe 0x0 -> exit inval\n"				\
	"rdmsr 0x8ff\n"							\
	"wrmsr 0x8ff 0x0 -> exit inval\n"

/* sti; nop; mov $0x8.., %ecx; mov $.., %eax; xor %edx, %edx; wrmsr; hlt */
#define INTERRUPT_BY(reg, value)					\
	"code fb90b9" reg "080000b8" value "00000031d20f30f4\n"
#define NO_INTERRUPT "code fb909090fa\n"

static const char *const cases[] = {

/* ---- without an APIC in the kernel ---- */

"case x2apic/no-apic-no-filter\n"
"rules x2a_inval_possible x2a_undefined_inval x2a_never_reason_filter\n"
"cap 0x7 -> 0\n"
EXEMPT_ALL
"filter allow -> 0\n"
EXEMPT("0x800")
EXEMPT("0x808")
EXEMPT("0x8ff"),

"case x2apic/no-apic-denied-by-default\n"
"rules x2a_never_denied x2a_inval_possible x2a_undefined_inval "
"x2a_never_reason_filter match_x2apic_first match_x2apic_bounds\n"
"cap 0x7 -> 0\n"
DENY_ALL
DENIED("0x7fe")
DENIED("0x7ff")
EXEMPT_ALL
DENIED("0x900")
DENIED("0x901"),

"case x2apic/no-apic-denied-by-a-range-of-their-own\n"
"rules x2a_never_denied x2a_range_accepted x2a_never_reason_filter "
"match_x2apic_first\n"
"cap 0x7 -> 0\n"
DENY_SPAN
EXEMPT_ALL
"rdmsr 0x7ff\n"
"rdmsr 0x900\n"
"filter deny range rw 0x800+256 = 0 -> 0\n"
DENIED("0x7ff")
EXEMPT_ALL
DENIED("0x900"),

"case x2apic/no-apic-denied-by-default-and-range\n"
"rules x2a_never_denied x2a_range_accepted match_x2apic_bounds "
"match_range_across_x2apic\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0x800+256 = 0 range rw 0x700+768 = 0xff^255,512 -> 0\n"
DENIED("0x6ff")
"rdmsr 0x700\n"
"rdmsr 0x7fe\n"
DENIED("0x7ff")
EXEMPT_ALL
DENIED("0x900")
"rdmsr 0x901\n"
"rdmsr 0x9ff\n"
DENIED("0xa00"),

/* Bits that allow are needed as little as bits that deny. */
"case x2apic/no-apic-allowed-by-bit\n"
"rules x2a_range_accepted x2a_inval_possible\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0x800+256 = 0xff -> 0\n"
DENIED("0x7ff")
EXEMPT_ALL
DENIED("0x900"),

"case x2apic/no-apic-one-direction-denied\n"
"rules x2a_never_denied x2a_never_reason_filter\n"
"cap 0x7 -> 0\n"
"filter allow range r 0x800+256 = 0 -> 0\n"
EXEMPT("0x800")
EXEMPT("0x808")
EXEMPT("0x8ff")
"filter allow range w 0x800+256 = 0 -> 0\n"
EXEMPT("0x800")
EXEMPT("0x808")
EXEMPT("0x8ff")
"filter deny range r 0xdeadbe20+1 = 0xff -> 0\n"
EXEMPT("0x800")
EXEMPT("0x808")
EXEMPT("0x8ff")
"filter deny range w 0xdeadbe20+1 = 0xff -> 0\n"
EXEMPT("0x800")
EXEMPT("0x808")
EXEMPT("0x8ff"),

/* With FILTER alone in the mask their failures are faults: no FILTER. */
"case x2apic/no-apic-mask-of-filter-alone\n"
"rules x2a_never_denied x2a_never_reason_filter\n"
"cap 0x4 -> 0\n"
DENY_ALL
"rdmsr 0x7ff -> exit filter\n"
"rdmsr 0x800 -> #GP\n"
"wrmsr 0x800 0x0 -> #GP\n"
"rdmsr 0x808 -> #GP\n"
"wrmsr 0x808 0x0 -> #GP\n"
"wrmsr 0x80b 0x0 -> #GP\n"
"wrmsr 0x83f 0x0 -> #GP\n"
"rdmsr 0x8fe -> #GP\n"
"rdmsr 0x8ff -> #GP\n"
"wrmsr 0x8ff 0x0 -> #GP\n"
"rdmsr 0x900 -> exit filter\n",

"case x2apic/no-apic-mask-without-filter\n"
"rules x2a_never_denied x2a_inval_possible\n"
"cap 0x3 -> 0\n"
DENY_ALL
"rdmsr 0x7ff -> #GP\n"
EXEMPT_ALL
"rdmsr 0x900 -> #GP\n"
"cap 0x2 -> 0\n"
"rdmsr 0x808 -> #GP\n"
"rdmsr 0x8fe -> #GP\n"
"cap 0x1 -> 0\n"
EXEMPT("0x808")
EXEMPT("0x8fe"),

/* Each index for itself, by a range of one MSR. */
"case x2apic/no-apic-ranges-of-one\n"
"rules x2a_never_denied x2a_range_accepted match_x2apic_bounds\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x7ff+1 = 0 range rw 0x800+1 = 0 range rw 0x801+1 = 0 "
"range rw 0x802+1 = 0 range rw 0x808+1 = 0 range rw 0x80b+1 = 0 "
"range rw 0x830+1 = 0 range rw 0x83f+1 = 0 range rw 0x840+1 = 0 "
"range rw 0x87f+1 = 0 range rw 0x880+1 = 0 range rw 0x8c0+1 = 0 "
"range rw 0x8fe+1 = 0 range rw 0x8ff+1 = 0 range rw 0x900+1 = 0 -> 0\n"
DENIED("0x7ff")
EXEMPT_ALL
EXEMPT("0x801")
EXEMPT("0x8c0")
DENIED("0x900"),

/* Indexes that only some of their bits make x2APIC ones. */
"case x2apic/look-alikes-are-filtered\n"
"rules match_default_decides match_x2apic_bounds\n"
"cap 0x7 -> 0\n"
DENY_ALL
DENIED("0x0")
DENIED("0x8")
DENIED("0x80")
DENIED("0x400")
DENIED("0x700")
DENIED("0x7ff")
DENIED("0x900")
DENIED("0x9ff")
DENIED("0xbff")
DENIED("0xa00")
DENIED("0xc00")
DENIED("0x1800")
DENIED("0x18ff")
DENIED("0x2808")
DENIED("0x8000")
DENIED("0x10800")
DENIED("0x10808")
DENIED("0x20808")
DENIED("0x80000")
DENIED("0x800800")
DENIED("0x8000000")
DENIED("0x40000808")
DENIED("0x80000800")
DENIED("0x80000808")
DENIED("0x800008ff")
DENIED("0xc0000808")
DENIED("0xc0010808")
DENIED("0xfffff808")
DENIED("0xfffff8ff")
EXEMPT("0x800")
EXEMPT("0x8ff"),

"case x2apic/no-apic-every-vcpu-and-vm\n"
"rules x2a_never_denied match_x2apic_first\n"
"vm0: cap 0x7 -> 0\n"
"vm1: cap 0x7 -> 0\n"
"vm0: rdmsr 0x808 -> exit inval\n"
"vm0: " DENY_ALL
"vm1: " DENY_SPAN
"vm0.vcpu0: rdmsr 0x808 -> exit inval\n"
"vm0.vcpu1: rdmsr 0x808 -> exit inval\n"
"vm0.vcpu2: wrmsr 0x80b 0x0 -> exit inval\n"
"vm1.vcpu0: rdmsr 0x808 -> exit inval\n"
"vm1.vcpu1: wrmsr 0x83f 0x0 -> exit inval\n"
"vm0.vcpu1: rdmsr 0x7ff -> exit filter\n"
"vm0.vcpu2: rdmsr 0x900 -> exit filter\n"
"vm0: filter allow -> 0\n"
"vm1: filter allow -> 0\n"
"vm0.vcpu1: rdmsr 0x808 -> exit inval\n"
"vm1.vcpu0: rdmsr 0x808 -> exit inval\n",

/* ---- ranges that straddle the ends of the span ---- */

"case x2apic/range-across-the-lower-end\n"
"rules match_range_across_x2apic match_x2apic_bounds x2a_range_accepted\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x7f0+32 = 0 -> 0\n"
"rdmsr 0x7ef\n"
DENIED("0x7f0")
DENIED("0x7fe")
DENIED("0x7ff")
ANSWERED("0x800")
ANSWERED("0x808")
ANSWERED("0x80f")
ANSWERED("0x810")
/* the bits keep their places */
"filter deny range rw 0x7f0+32 = 0^0,15 -> 0\n"
DENIED("0x7ef")
"rdmsr 0x7f0\n"
DENIED("0x7f1")
DENIED("0x7fe")
"rdmsr 0x7ff\n"
ANSWERED("0x800")
ANSWERED("0x8ff")
DENIED("0x900"),

"case x2apic/range-across-the-upper-end\n"
"rules match_range_across_x2apic match_x2apic_bounds x2a_range_accepted\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x8f0+32 = 0 -> 0\n"
"rdmsr 0x7ff\n"
ANSWERED("0x8ef")
ANSWERED("0x8f0")
ANSWERED("0x8fe")
ANSWERED("0x8ff")
DENIED("0x900")
DENIED("0x90f")
"rdmsr 0x910\n"
"filter allow range rw 0x8f0+32 = 0xff^16,31 -> 0\n"
ANSWERED("0x8ff")
DENIED("0x900")
"rdmsr 0x901\n"
"rdmsr 0x90e\n"
DENIED("0x90f")
"rdmsr 0x910\n"
"filter deny range rw 0x8f0+32 = 0xff^16,31 -> 0\n"
ANSWERED("0x8ff")
DENIED("0x900")
"rdmsr 0x901\n"
"rdmsr 0x90e\n"
DENIED("0x90f")
DENIED("0x910"),

"case x2apic/range-across-all-of-the-span\n"
"rules match_range_across_x2apic match_x2apic_bounds x2a_range_accepted\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x7c0+384 = 0 -> 0\n"
"rdmsr 0x7bf\n"
DENIED("0x7c0")
DENIED("0x7ff")
ANSWERED("0x800")
ANSWERED("0x83f")
ANSWERED("0x8ff")
DENIED("0x900")
DENIED("0x93f")
"rdmsr 0x940\n"
"filter deny range rw 0x7c0+384 = 0^63,320 -> 0\n"
DENIED("0x7c0")
DENIED("0x7fe")
"rdmsr 0x7ff\n"
ANSWERED("0x800")
ANSWERED("0x8ff")
"rdmsr 0x900\n"
DENIED("0x901")
DENIED("0x940"),

/* From index 0 up: the span lies in the middle of the bitmap. */
"case x2apic/range-from-index-0-across-the-span\n"
"rules match_range_across_x2apic x2a_range_accepted\n"
"cap 0x7 -> 0\n"
DENY_WIDE
DENIED("0x0")
DENIED("0x1b")
DENIED("0x174")
DENIED("0x17a")
DENIED("0x7ff")
ANSWERED("0x800")
ANSWERED("0x808")
ANSWERED("0x8ff")
DENIED("0x900")
DENIED("0x1fff")
"filter allow range rw 0x0+8192 = 0 -> 0\n"
DENIED("0x174")
DENIED("0x7ff")
ANSWERED("0x800")
ANSWERED("0x8ff")
DENIED("0x900")
"filter deny range rw 0x0+8192 = 0xff^2047,2304 -> 0\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x7fe\n"
DENIED("0x7ff")
ANSWERED("0x800")
ANSWERED("0x8ff")
DENIED("0x900")
"rdmsr 0x901\n",

/* A range in the span must not end the search of the ranges. */
"case x2apic/ranges-behind-one-in-the-span\n"
"rules x2a_range_accepted match_bit_decides\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x800+256 = 0 range rw 0x174+1 = 0 "
"range rw 0x808+1 = 0xff range rw 0xdeadbe20+1 = 0 -> 0\n"
DENIED("0x174")
ANSWERED("0x808")
DENIED("0xdeadbe20")
"rdmsr 0x175 -> ok\n"
"rdmsr 0xdeadbe21 -> exit unknown\n"
"filter deny range rw 0x174+1 = 0xff range rw 0x8ff+1 = 0 "
"range rw 0xdeadbe20+1 = 0xff -> 0\n"
"rdmsr 0x174 -> ok\n"
ANSWERED("0x8ff")
"rdmsr 0xdeadbe20 -> exit unknown\n"
DENIED("0xdeadbe21"),

/* All sixteen ranges spent on it. */
"case x2apic/sixteen-ranges-in-the-span\n"
"rules x2a_range_accepted x2a_never_denied\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0x800+16 = 0 range rw 0x810+16 = 0 "
"range rw 0x820+16 = 0 range rw 0x830+16 = 0 range rw 0x840+16 = 0 "
"range rw 0x850+16 = 0 range rw 0x860+16 = 0 range rw 0x870+16 = 0 "
"range rw 0x880+16 = 0 range rw 0x890+16 = 0 range rw 0x8a0+16 = 0 "
"range rw 0x8b0+16 = 0 range rw 0x8c0+16 = 0 range rw 0x8d0+16 = 0 "
"range rw 0x8e0+16 = 0 range rw 0x8f0+16 = 0 -> 0\n"
DENIED("0x7ff")
EXEMPT("0x800")
EXEMPT("0x80f")
EXEMPT("0x810")
EXEMPT("0x83f")
EXEMPT("0x87f")
EXEMPT("0x8f0")
EXEMPT("0x8ff")
DENIED("0x900")
DENIED("0x174"),

/* ---- an APIC in the kernel, in xAPIC mode ---- */

"case x2apic/xapic-mode-denied-by-default\n"
"rules x2a_never_denied x2a_inval_possible x2a_undefined_inval "
"x2a_never_reason_filter match_x2apic_bounds\n"
APIC("full")
"cap 0x7 -> 0\n"
DENY_ALL
DENIED("0x7ff")
EXEMPT_ALL
DENIED("0x900"),

"case x2apic/xapic-mode-denied-by-range\n"
"rules x2a_never_denied x2a_range_accepted x2a_never_reason_filter\n"
APIC("full")
"cap 0x7 -> 0\n"
DENY_SPAN
EXEMPT_ALL
DENY_WIDE
DENIED("0x7ff")
EXEMPT_ALL
DENIED("0x900"),

"case x2apic/xapic-mode-split-irqchip\n"
"rules x2a_never_denied x2a_inval_possible x2a_never_reason_filter\n"
APIC("split")
"cap 0x7 -> 0\n"
DENY_WIDE
EXEMPT_ALL
DENY_SPAN
EXEMPT_ALL,

/* ---- in x2APIC mode: the same registers work as without a filter ---- */

"case x2apic/x2apic-mode-no-filter\n"
"rules x2a_undefined_inval match_allowed_never_exits\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
WORKING NOT_WORKING,

"case x2apic/x2apic-mode-denied-by-default\n"
"rules x2a_never_denied x2a_pass_through_unaffected match_x2apic_first "
"match_x2apic_bounds x2a_undefined_inval x2a_never_reason_filter\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_ALL
DENIED("0x7ff")
WORKING NOT_WORKING
DENIED("0x900"),

"case x2apic/x2apic-mode-denied-by-range\n"
"rules x2a_never_denied x2a_pass_through_unaffected x2a_range_accepted\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_SPAN
WORKING NOT_WORKING
DENY_WIDE
WORKING,

"case x2apic/x2apic-mode-split-irqchip\n"
"rules x2a_never_denied x2a_pass_through_unaffected\n"
APIC("split")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_WIDE
WORKING NOT_WORKING
DENY_SPAN
WORKING,

/* The mode is entered under the filter, or the filter set in the mode. */
"case x2apic/filter-before-x2apic-mode\n"
"rules x2a_never_denied x2a_pass_through_unaffected\n"
APIC("full")
"cap 0x7 -> 0\n"
DENY_WIDE
"rdmsr 0x808 -> exit inval\n"
X2APIC_MODE
WORKING
DENIED("0x7ff")
DENIED("0x900")
"filter allow -> 0\n"
WORKING,

"case x2apic/filters-come-and-go-in-x2apic-mode\n"
"rules x2a_never_denied x2a_pass_through_unaffected\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
"wrmsr 0x808 0x20 -> ok\n"
DENY_ALL
"rdmsr 0x808 -> ok\n"
"wrmsr 0x80b 0x0 -> ok\n"
DENY_SPAN
"rdmsr 0x808 -> ok\n"
"rdmsr 0x900\n"
"filter allow -> 0\n"
"rdmsr 0x808 -> ok\n"
"wrmsr 0x808 0x30 -> ok\n"
DENY_WIDE
"rdmsr 0x808 -> ok\n"
DENIED("0x900")
"filter allow range r 0x800+256 = 0 -> 0\n"
"rdmsr 0x808 -> ok\n"
"wrmsr 0x808 0x40 -> ok\n"
"filter allow range w 0x800+256 = 0 -> 0\n"
"wrmsr 0x808 0x0 -> ok\n"
"rdmsr 0x808 -> ok\n"
DENY_ALL
DENY_SPAN
"rdmsr 0x802 -> ok\n"
"wrmsr 0x80b 0x0 -> ok\n",

"case x2apic/x2apic-mode-on-two-vcpus\n"
"rules x2a_never_denied x2a_pass_through_unaffected\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
"vcpu1: set_msr 0x1b 0xfee00c00 -> 1\n"
DENY_WIDE
"vcpu1: rdmsr 0x802 -> ok\n"
"vcpu1: wrmsr 0x808 0x20 -> ok\n"
"vcpu1: rdmsr 0x808 -> ok\n"
"vcpu1: rdmsr 0x7ff -> exit filter\n"
"vcpu0: rdmsr 0x802 -> ok\n"
"vcpu0: wrmsr 0x80b 0x0 -> ok\n"
DENY_SPAN
"vcpu1: rdmsr 0x802 -> ok\n"
"vcpu1: wrmsr 0x83f 0x1f -> ok\n"
"vcpu0: rdmsr 0x808 -> ok\n",

/* One vCPU in each mode under one filter. */
"case x2apic/one-vcpu-in-each-mode\n"
"rules x2a_never_denied x2a_inval_possible\n"
APIC("full")
"cap 0x7 -> 0\n"
"vcpu0: vcpu -> 0\n"
"vcpu1: set_msr 0x1b 0xfee00c00 -> 1\n"
DENY_ALL
"vcpu0: rdmsr 0x802 -> exit inval\n"
"vcpu1: rdmsr 0x802 -> ok\n"
"vcpu0: wrmsr 0x808 0x0 -> exit inval\n"
"vcpu1: wrmsr 0x808 0x0 -> ok\n"
"vcpu0: wrmsr 0x80b 0x0 -> exit inval\n"
"vcpu1: wrmsr 0x80b 0x0 -> ok\n",

/* ---- interrupts ---- */

/*
 * A vector that is delivered is recorded as a fault is.  Where one must come
 * the WRMSR that lets it through is made with interrupts on and followed by
 * HLT; where none must come there is `sti; nop; nop; nop; cli`.
 */
"case x2apic/self-ipi-and-eoi-under-deny\n"
"rules x2a_interrupts_under_deny x2a_never_denied\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_WIDE
"wrmsr 0x80f 0x1ff -> ok\n"
NO_INTERRUPT
INTERRUPT_BY("3f", "1f")
"wrmsr 0x83f 0x1e -> ok\n"
/* the first one is in service */
NO_INTERRUPT
INTERRUPT_BY("0b", "00")
"wrmsr 0x80b 0x0 -> ok\n"
NO_INTERRUPT
INTERRUPT_BY("3f", "1d")
"wrmsr 0x80b 0x0 -> ok\n"
NO_INTERRUPT
DENIED("0x7ff"),

"case x2apic/self-ipi-and-eoi-under-zero-bits\n"
"rules x2a_interrupts_under_deny x2a_never_denied\n"
APIC("split")
"cap 0x7 -> 0\n"
X2APIC_MODE
"wrmsr 0x80f 0x1ff -> ok\n"
"filter allow range rw 0x808+1 = 0 range rw 0x80b+1 = 0 range rw 0x83f+1 = 0 "
"-> 0\n"
INTERRUPT_BY("3f", "1f")
"wrmsr 0x83f 0x1e -> ok\n"
NO_INTERRUPT
INTERRUPT_BY("0b", "00")
"wrmsr 0x80b 0x0 -> ok\n",

/* The task priority holds an interrupt back and lets it go. */
"case x2apic/tpr-under-deny\n"
"rules x2a_interrupts_under_deny\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_WIDE
"wrmsr 0x80f 0x1ff -> ok\n"
"wrmsr 0x808 0x20 -> ok\n"
"wrmsr 0x83f 0x1f -> ok\n"
NO_INTERRUPT
"rdmsr 0x808 -> ok\n"
INTERRUPT_BY("08", "00")
"wrmsr 0x80b 0x0 -> ok\n"
NO_INTERRUPT,

/* The interrupt command register, to the other vCPU and to itself. */
"case x2apic/ipi-to-another-vcpu-under-deny\n"
"rules x2a_never_denied x2a_interrupts_under_deny\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
"vcpu1: set_msr 0x1b 0xfee00c00 -> 1\n"
DENY_WIDE
"vcpu0: wrmsr 0x80f 0x1ff -> ok\n"
"vcpu1: wrmsr 0x80f 0x1ff -> ok\n"
"vcpu1: wrmsr 0x808 0x20 -> ok\n"
"vcpu0: wrmsr 0x830 0x000000010000001f -> ok\n"
"vcpu1: " INTERRUPT_BY("08", "00")
"vcpu1: wrmsr 0x80b 0x0 -> ok\n"
"vcpu0: wrmsr 0x808 0x20 -> ok\n"
"vcpu1: wrmsr 0x830 0x1e -> ok\n"
"vcpu0: " INTERRUPT_BY("08", "00")
"vcpu0: wrmsr 0x80b 0x0 -> ok\n"
"vcpu0: " INTERRUPT_BY("30", "1d")
"vcpu0: wrmsr 0x80b 0x0 -> ok\n"
"vcpu0: " NO_INTERRUPT,

/* ---- APIC_BASE and what else is near it ---- */

"case x2apic/apic-base-is-filtered\n"
"rules x2a_apic_base_not_exempt\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x1b+1 = 0 -> 0\n"
"rdmsr 0x1b -> exit filter\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n"
"rdmsr 0x1b data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x808 -> exit inval\n"
DENY_ALL
"rdmsr 0x1b -> exit filter\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n"
"filter allow range r 0x1b+1 = 0 -> 0\n"
"rdmsr 0x1b -> exit filter\n"
"filter allow range w 0x1b+1 = 0 -> 0\n"
"rdmsr 0x1b -> ok\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n"
"filter deny range r 0x1b+1 = 0xff -> 0\n"
"rdmsr 0x1b -> ok\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n",

"case x2apic/apic-base-is-filtered-with-an-apic\n"
"rules x2a_apic_base_not_exempt\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_WIDE
"rdmsr 0x1b -> exit filter\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n"
"rdmsr 0x802 -> ok\n"
"filter deny range r 0x1b+1 = 0xff -> 0\n"
"rdmsr 0x1b -> ok 0xfee00d00\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n"
"rdmsr 0x802 -> ok\n",

/* Denied, the guest stays in xAPIC mode; allowed, it gets there. */
"case x2apic/switch-to-x2apic-mode-denied\n"
"rules x2a_mode_switch_needs_apic_base x2a_apic_base_not_exempt "
"x2a_inval_possible\n"
APIC("full")
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0x1b -> exit filter\n"
"rdmsr 0x802 -> exit inval\n"
"wrmsr 0x1b 0xfee00d00 -> exit filter\n"
"rdmsr 0x802 -> exit inval\n"
"wrmsr 0x808 0x0 -> exit inval\n"
"get_msr 0x1b -> 1\n"
"filter allow range w 0x1b+1 = 0 -> 0\n"
"wrmsr 0x1b 0xfee00d00 -> exit filter\n"
"rdmsr 0x802 -> exit inval\n"
"rdmsr 0x1b -> ok\n",

"case x2apic/switch-to-x2apic-mode-allowed\n"
"rules x2a_never_denied x2a_pass_through_unaffected\n"
APIC("full")
"cap 0x7 -> 0\n"
"filter deny range w 0x1b+1 = 0xff -> 0\n"
"rdmsr 0x802 -> exit inval\n"
"rdmsr 0x1b -> exit filter\n"
"wrmsr 0x1b 0xfee00d00 -> ok\n"
WORKING
"get_msr 0x1b -> 1 0xfee00d00\n"
"rdmsr 0x1b -> exit filter\n"
DENIED("0x7ff"),

"case x2apic/switch-to-x2apic-mode-denied-then-allowed\n"
"rules x2a_mode_switch_needs_apic_base\n"
APIC("split")
"cap 0x7 -> 0\n"
DENY_WIDE
"wrmsr 0x1b 0xfee00d00 -> exit filter\n"
"rdmsr 0x802 -> exit inval\n"
"filter deny range rw 0x1b+1 = 0xff -> 0\n"
"wrmsr 0x1b 0xfee00d00 -> ok\n"
"rdmsr 0x802 -> ok\n"
"rdmsr 0x1b -> ok 0xfee00d00\n"
DENY_WIDE
"wrmsr 0x1b 0xfee00000 -> exit filter\n"
"rdmsr 0x802 -> ok\n",

/*
 * The timer's deadline is the APIC's and lies outside the span.  KVM may have
 * a fast path for writing it; the filter comes before that as well.
 */
"case x2apic/tsc-deadline-read-is-filtered\n"
"rules match_default_decides match_bit_decides match_x2apic_bounds\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_ALL
"rdmsr 0x6e0 -> exit filter\n"
DENIED("0x7ff")
DENIED("0x174")
"rdmsr 0x832 -> ok\n"
"wrmsr 0x838 0x0 -> ok\n"
"rdmsr 0x8ff\n"
"wrmsr 0x8ff 0x0 -> exit inval\n"
"filter allow range rw 0x6e0+1 = 0 range rw 0x17a+1 = 0xff -> 0\n"
"rdmsr 0x6e0 -> exit filter\n"
"rdmsr 0x17a -> ok\n"
"rdmsr 0x174 -> ok\n",

"case x2apic/tsc-deadline-is-filtered-without-apic\n"
"rules match_default_decides match_subject_accesses\n"
"cap 0x7 -> 0\n"
DENY_ALL
DENIED("0x6e0")
DENIED("0x174")
"filter allow range rw 0x6e0+1 = 0 range rw 0x174+1 = 0 -> 0\n"
DENIED("0x6e0")
DENIED("0x174")
"filter allow range w 0x6e0+1 = 0 -> 0\n"
"wrmsr 0x6e0 0x0 -> exit filter\n"
"wrmsr 0x6e0 0x1000 -> exit filter\n",

"case x2apic/tsc-deadline-write-is-filtered-in-xapic-mode\n"
"rules match_default_decides match_subject_accesses\n"
APIC("full")
"cap 0x7 -> 0\n"
DENY_ALL
"wrmsr 0x6e0 0x0 -> exit filter\n"
"wrmsr 0x174 0x0 -> exit filter\n"
"wrmsr 0x6e0 0x1000 -> exit filter\n",

"case x2apic/tsc-deadline-write-is-filtered-in-x2apic-mode\n"
"rules match_default_decides match_subject_accesses\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
DENY_ALL
"wrmsr 0x6e0 0x0 -> exit filter\n"
"wrmsr 0x174 0x0 -> exit filter\n"
"wrmsr 0x6e0 0x1000 -> exit filter\n",

"case x2apic/tsc-deadline-write-is-filtered-by-bit\n"
"rules match_bit_decides match_subject_accesses\n"
APIC("split")
"cap 0x7 -> 0\n"
X2APIC_MODE
"filter allow range w 0x6e0+1 = 0 range w 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 -> ok\n"
"wrmsr 0x174 0x8 -> exit filter\n"
"wrmsr 0x6e0 0x0 -> exit filter\n"
"wrmsr 0x6e0 0x1000 -> exit filter\n",

/* The interrupt command register has a fast path, too: one that is exempt. */
"case x2apic/icr-under-every-filter\n"
"rules x2a_never_denied x2a_pass_through_unaffected\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
"wrmsr 0x80f 0x1ff -> ok\n"
DENY_ALL
"wrmsr 0x830 0x1f -> ok\n"
"rdmsr 0x830 -> ok\n"
DENY_SPAN
"wrmsr 0x830 0x1e -> ok\n"
"rdmsr 0x830 -> ok\n"
"filter allow range rw 0x830+1 = 0 -> 0\n"
"wrmsr 0x830 0x1d -> ok\n"
"rdmsr 0x830 -> ok\n"
DENY_WIDE
"wrmsr 0x830 0x1c -> ok\n"
DENIED("0x900"),

"case x2apic/back-from-x2apic-mode\n"
"rules x2a_inval_possible x2a_never_denied\n"
APIC("full")
"cap 0x7 -> 0\n"
X2APIC_MODE
"wrmsr 0x808 0x20 -> ok\n"
"set_msr 0x1b 0xfee00000 -> 1\n"
"rdmsr 0x808 -> exit inval\n"
"wrmsr 0x808 0x0 -> exit inval\n"
"set_msr 0x1b 0xfee00900 -> 1\n"
DENY_WIDE
"rdmsr 0x808 -> exit inval\n",

	NULL
};

/* ---- every index from 0x7f8 to 0x907, read and written ---- */

enum { SWEEP_FROM = 0x7f8, SWEEP_TO = 0x908, SWEEP_STEP = 34 };

static const struct {
	const char *name, *set_up, *filter;
	bool works;	/* in x2APIC mode: the answers are the APIC's */
} sweeps[] = {
	{ "no-apic", "cap 0x7 -> 0\n", DENY_ALL, false },
	{ "xapic-mode", APIC("full") "cap 0x7 -> 0\n",
	  "filter allow range rw 0x7f8+272 = 0 -> 0\n", false },
	{ "x2apic-mode", APIC("full") "cap 0x7 -> 0\n" X2APIC_MODE, DENY_WIDE,
	  true },
	{ "x2apic-mode-split", APIC("split") "cap 0x7 -> 0\n" X2APIC_MODE,
	  "filter allow range rw 0x7f8+272 = 0 -> 0\n", true },
};

static void sweep(struct emitter *e, int mode, unsigned from, unsigned to)
{
	char steps[8192];
	int at = 0;

	for (unsigned i = from; i < to; i++) {
		const char *want = i < 0x800 || i > 0x8ff ? " -> exit filter" :
				   sweeps[mode].works ? "" : " -> exit inval";

		at = append(steps, sizeof(steps), at,
			    "rdmsr 0x%x%s\nwrmsr 0x%x 0x0%s\n", i, want, i,
			    want);
	}
	emit(e, "case x2apic/sweep-%s-0x%x-to-0x%x\n"
	     "rules x2a_never_denied%s\n%s%s%s",
	     sweeps[mode].name, from, to - 1,
	     sweeps[mode].works ? "" : " x2a_never_reason_filter",
	     sweeps[mode].set_up, sweeps[mode].filter, steps);
}

static void families(struct emitter *e)
{
	for (unsigned mode = 0; mode < ARRAY_SIZE(sweeps); mode++)
		for (unsigned i = SWEEP_FROM; i < SWEEP_TO; i += SWEEP_STEP)
			sweep(e, mode, i, i + SWEEP_STEP);
}

SUITE(cases, families);
