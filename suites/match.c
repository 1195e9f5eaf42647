// SPDX-License-Identifier: GPL-2.0-only
/*
 * MATCH: what a filter decides about one access.  The first range in array
 * order with base <= index < base + nmsrs and the access's flag decides by
 * its bit, the default if there is none; nothing else counts.  Most cases use
 * indexes that no KVM knows (0xdeadbe00 up, 0x7fff0000..0x8000ffff, 0xfffe0000
 * up): denied they exit with FILTER, allowed with UNKNOWN, so each access
 * shows one decision.  The same is then asked of MSRs that KVM intercepts and
 * of MSRs that it passes through.  Source: section 4.97 of api.rst and
 * kvm_msr_allowed().
 */
#include <stdbool.h>

#include "suite.h"

/* Both kinds of access to an index that no KVM knows. */
#define DENIED(index)							\
	"rdmsr " index " -> exit filter\n"				\
	"wrmsr " index " 0x1 -> exit filter\n"
#define ALLOWED(index)							\
	"rdmsr " index " -> exit unknown\n"				\
	"wrmsr " index " 0x1 -> exit unknown\n"
/* The same for MSRs that there are. */
#define REAL_DENIED(index, value)					\
	"rdmsr " index " -> exit filter\n"				\
	"wrmsr " index " " value " -> exit filter\n"
#define REAL_ALLOWED(index, value)					\
	"rdmsr " index " -> ok\n"					\
	"wrmsr " index " " value " -> ok\n"

/* What a filter denies and KVM refuses, with and without the mask's bit. */
#define DENIED_GP							\
	"rdmsr 0xdeadbe21 -> #GP\n"					\
	"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"			\
	"rdmsr 0xc0000100 -> #GP\n"
#define DENIED_EXIT							\
	"rdmsr 0xdeadbe21 -> exit filter\n"				\
	"wrmsr 0xc0000080 0x8000000000000000 -> exit filter\n"		\
	"rdmsr 0xc0000100 -> exit filter\n"
#define NEITHER								\
	"rdmsr 0xdeadbe20 -> #GP\n"					\
	"wrmsr 0x277 0x0202020202020202 -> #GP\n"			\
	"rdmsr 0x17a -> ok\n"
#define BOTH								\
	"rdmsr 0xdeadbe20 -> exit unknown\n"				\
	"wrmsr 0x277 0x0202020202020202 -> exit inval\n"		\
	"rdmsr 0x17a -> ok\n"

/* Two filters that say the opposite of each other. */
#define TO								\
	"filter deny range rw 0x17a+1 = 0xff -> 0\n"			\
	"wrmsr 0xc0000100 0x2000 -> exit filter\n"			\
	"rdmsr 0xdeadbe20 -> exit filter\n"				\
	"rdmsr 0x17a -> ok\n"
#define FRO								\
	"filter allow range rw 0x17a+1 = 0 -> 0\n"			\
	"rdmsr 0xc0000100 -> ok 0x1000\n"				\
	"rdmsr 0xdeadbe20 -> exit unknown\n"				\
	"rdmsr 0x17a -> exit filter\n"

/* The same accesses on four vCPUs, behind the filter @set. */
#define ON_ALL(set) set ON("0") ON("1") ON("2") ON("3")
#define ON(n)								\
	"vcpu" n ": rdmsr 0xc0000100 -> exit filter\n"			\
	"vcpu" n ": wrmsr 0xc0000100 0x2000 -> exit filter\n"		\
	"vcpu" n ": wrmsr 0xc0000101 0x1000 -> ok\n"			\
	"vcpu" n ": rdmsr 0xc0000101 -> ok 0x1000\n"			\
	"vcpu" n ": rdmsr 0xdeadbe20 -> exit filter\n"			\
	"vcpu" n ": wrmsr 0xdeadbe21 0x1 -> exit unknown\n"		\
	"vcpu" n ": rdmsr 0x17a -> exit filter\n"			\
	"vcpu" n ": wrmsr 0x17a 0x4 -> ok\n"

/* Pass-through MSRs, and one of no kind, denied and allowed again. */
#define DENY_BASES							\
	"filter allow range rw 0xc0000100+3 = 0x02 "			\
	"range r 0x174+1 = 0 range rw 0xdeadbe20+1 = 0 -> 0\n"
#define BASES_DENIED BASES_DENIED_ON("0")
#define BASES_DENIED_ON(n)						\
	"vcpu" n ": rdmsr 0xc0000100 -> exit filter\n"			\
	"vcpu" n ": wrmsr 0xc0000100 0x2000 -> exit filter\n"		\
	"vcpu" n ": rdmsr 0xc0000101 -> ok\n"				\
	"vcpu" n ": wrmsr 0xc0000102 0x2000 -> exit filter\n"		\
	"vcpu" n ": rdmsr 0x174 -> exit filter\n"			\
	"vcpu" n ": wrmsr 0x174 0x18 -> ok\n"				\
	"vcpu" n ": rdmsr 0xdeadbe20 -> exit filter\n"
#define BASES_ALLOWED_ON(n)						\
	"filter allow -> 0\n"						\
	"vcpu" n ": rdmsr 0xc0000100 -> ok\n"				\
	"vcpu" n ": rdmsr 0xc0000102 -> ok\n"				\
	"vcpu" n ": rdmsr 0x174 -> ok\n"				\
	"vcpu" n ": rdmsr 0xdeadbe20 -> exit unknown\n"

/* Everything but one index that no KVM knows. */
#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"

static const char *const cases[] = {

/* ---- no filter, no range ---- */

"case match/no-filter-allows-everything\n"
"rules match_no_filter_allows match_allowed_never_exits\n"
"cap 0x4 -> 0\n"
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000101", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
REAL_ALLOWED("0x174", "0x10")
REAL_ALLOWED("0x17a", "0x4")
"rdmsr 0x0 -> ok\n"
"rdmsr 0x1b -> ok\n"
"rdmsr 0xfe -> ok\n"
"rdmsr 0x2ff -> ok\n"
"rdmsr 0xc0000080 -> ok\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0xffffffff -> #GP\n",

"case match/no-filter-never-says-filter\n"
"rules match_no_filter_allows match_allowed_may_still_fail\n"
"cap 0x7 -> 0\n"
ALLOWED("0xdeadbeef")
ALLOWED("0x474f4f00")
ALLOWED("0x7fffffff")
ALLOWED("0x80000000")
ALLOWED("0xffffffff")
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"rdmsr 0x7ff\n"
"rdmsr 0x900\n",

"case match/empty-allow-filter-allows-everything\n"
"rules match_empty_allow_allows match_allowed_never_exits\n"
"cap 0x7 -> 0\n"
"filter allow -> 0\n"
ALLOWED("0xdeadbeef")
ALLOWED("0x474f4f00")
ALLOWED("0xffffffff")
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
REAL_ALLOWED("0x174", "0x10")
REAL_ALLOWED("0x17a", "0x4")
"rdmsr 0x0 -> ok\n"
"rdmsr 0x1b -> ok\n"
"rdmsr 0x2ff -> ok\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu1: rdmsr 0x17a -> ok\n",

/* The same, on vCPUs that are there before it. */
"case match/empty-allow-filter-on-running-vcpus\n"
"rules match_empty_allow_allows\n"
"cap 0x7 -> 0\n"
"rdmsr 0xc0000100 -> ok\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"filter allow -> 0\n"
ALLOWED("0xdeadbeef")
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_ALLOWED("0x17a", "0x4")
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu1: wrmsr 0x174 0x10 -> ok\n"
"filter allow -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0xc0000100 -> ok 0x1000\n",

/* ---- default ---- */

"case match/default-allow-decides\n"
"rules match_default_decides match_allowed_never_exits\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe40+1 = 0xff -> 0\n"
ALLOWED("0xdeadbe3f")
ALLOWED("0xdeadbe40")
ALLOWED("0xdeadbe41")
ALLOWED("0x474f4f00")
ALLOWED("0x7fffffff")
ALLOWED("0x80000000")
ALLOWED("0xffffffff")
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
REAL_ALLOWED("0x174", "0x10")
REAL_ALLOWED("0x17a", "0x4")
"rdmsr 0x0 -> ok\n"
"rdmsr 0x1b -> ok\n"
"rdmsr 0x277 -> ok\n"
"rdmsr 0x2ff -> ok\n",

"case match/default-deny-decides\n"
"rules match_default_decides\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0xff -> 0\n"
DENIED("0x0")
DENIED("0x1")
DENIED("0x10")
DENIED("0x1b")
DENIED("0x48")
DENIED("0x174")
DENIED("0x17a")
DENIED("0x1a0")
DENIED("0x277")
DENIED("0x2ff")
DENIED("0x7ff")
DENIED("0x900")
DENIED("0x40000000")
DENIED("0x474f4f00")
DENIED("0x4b564d00")
DENIED("0x7fffffff")
DENIED("0x80000000")
DENIED("0xc0000080")
DENIED("0xc0000082")
DENIED("0xc0000100")
DENIED("0xc0000101")
DENIED("0xc0000102")
DENIED("0xc0000103")
DENIED("0xc0010015")
DENIED("0xdeadbdff")
DENIED("0xdeadbe01")
DENIED("0xfffffffe")
DENIED("0xffffffff"),

/* A range of bits that all deny adds nothing to a deny default. */
"case match/default-deny-with-nothing-allowed\n"
"rules match_default_decides match_x2apic_first\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0 -> 0\n"
DENIED("0xdeadbdff")
DENIED("0xdeadbe00")
DENIED("0xdeadbe01")
DENIED("0xc0000100")
DENIED("0x17a")
"rdmsr 0x802\n"
"wrmsr 0x808 0x0\n",

/* Reads and writes each for themselves. */
"case match/default-deny-with-a-read-range\n"
"rules match_default_decides match_read_range_not_writes\n"
"cap 0x7 -> 0\n"
"filter deny range r 0xdeadbe00+2 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
"wrmsr 0xdeadbe00 0x1 -> exit filter\n"
"wrmsr 0xdeadbe01 0x1 -> exit filter\n"
"wrmsr 0xdeadbe02 0x1 -> exit filter\n"
DENIED("0xc0000100")
DENIED("0x17a"),

"case match/default-deny-with-a-write-range\n"
"rules match_default_decides match_write_range_not_reads\n"
"cap 0x7 -> 0\n"
"filter deny range w 0xdeadbe00+2 = 0xff -> 0\n"
"wrmsr 0xdeadbe00 0x1 -> exit unknown\n"
"wrmsr 0xdeadbe01 0x1 -> exit unknown\n"
"wrmsr 0xdeadbe02 0x1 -> exit filter\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
DENIED("0xc0000100")
DENIED("0x17a"),

/* ---- the bit ---- */

"case match/bit-zero-denies-under-allow\n"
"rules match_bit_decides\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe00+8 = 0 range rw 0x174+3 = 0 "
"range rw 0x17a+1 = 0 range rw 0xc0000100+3 = 0 -> 0\n"
DENIED("0xdeadbe00")
DENIED("0xdeadbe07")
ALLOWED("0xdeadbe08")
REAL_DENIED("0x174", "0x10")
REAL_DENIED("0x176", "0x1000")
REAL_DENIED("0x17a", "0x4")
REAL_DENIED("0xc0000100", "0x1000")
REAL_DENIED("0xc0000102", "0x1000"),

"case match/bit-one-allows-under-deny\n"
"rules match_bit_decides match_allowed_never_exits\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe00+8 = 0xff range rw 0x174+3 = 0xff "
"range rw 0x17a+1 = 0xff range rw 0xc0000100+3 = 0xff -> 0\n"
ALLOWED("0xdeadbe00")
ALLOWED("0xdeadbe07")
DENIED("0xdeadbe08")
REAL_ALLOWED("0x174", "0x10")
REAL_ALLOWED("0x175", "0x1000")
REAL_ALLOWED("0x17a", "0x4")
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0x17a -> ok 0x4\n"
"rdmsr 0xc0000102 -> ok 0x1000\n",

"case match/bit-like-the-default-changes-nothing\n"
"rules match_bit_decides match_default_decides\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe00+8 = 0xff range rw 0xc0000100+3 = 0xff -> 0\n"
ALLOWED("0xdeadbe00")
ALLOWED("0xdeadbe07")
ALLOWED("0xdeadbe08")
REAL_ALLOWED("0xc0000100", "0x1000")
"filter deny range rw 0xdeadbe00+8 = 0 range rw 0xc0000100+3 = 0 -> 0\n"
DENIED("0xdeadbe00")
DENIED("0xdeadbe07")
DENIED("0xdeadbe08")
DENIED("0xc0000100"),

"case match/bits-of-one-range-differ\n"
"rules match_bit_decides match_bit_order\n"
"cap 0x7 -> 0\n"
/* FS_BASE denied, GS_BASE allowed, KERNEL_GS_BASE denied */
"filter allow range rw 0xc0000100+3 = 0x02 range rw 0xdeadbe00+8 = 0x13 -> 0\n"
REAL_DENIED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000101", "0x1000")
REAL_DENIED("0xc0000102", "0x1000")
ALLOWED("0xdeadbe00")
ALLOWED("0xdeadbe01")
DENIED("0xdeadbe02")
DENIED("0xdeadbe03")
ALLOWED("0xdeadbe04")
DENIED("0xdeadbe05")
DENIED("0xdeadbe06")
DENIED("0xdeadbe07")
"filter deny range rw 0xc0000100+3 = 0x05 range rw 0xdeadbe00+8 = 0xec -> 0\n"
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_DENIED("0xc0000101", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
DENIED("0xdeadbe01")
ALLOWED("0xdeadbe02")
ALLOWED("0xdeadbe03")
DENIED("0xdeadbe04")
ALLOWED("0xdeadbe05")
ALLOWED("0xdeadbe07"),

/* Least significant bit of the first byte first, through eight bytes. */
"case match/bits-of-a-byte-in-order\n"
"rules match_bit_order\n"
"cap 0x6 -> 0\n"
"filter allow range r 0xdeadbe00+16 = 0x01 range r 0xdeadbe10+16 = 0x80 "
"range r 0xdeadbe20+16 = 0x0f range r 0xdeadbe30+16 = 0x72 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe07 -> exit filter\n"
"rdmsr 0xdeadbe08 -> exit unknown\n"
"rdmsr 0xdeadbe0f -> exit filter\n"
"rdmsr 0xdeadbe10 -> exit filter\n"
"rdmsr 0xdeadbe16 -> exit filter\n"
"rdmsr 0xdeadbe17 -> exit unknown\n"
"rdmsr 0xdeadbe18 -> exit filter\n"
"rdmsr 0xdeadbe1f -> exit unknown\n"
"rdmsr 0xdeadbe20 -> exit unknown\n"
"rdmsr 0xdeadbe23 -> exit unknown\n"
"rdmsr 0xdeadbe24 -> exit filter\n"
"rdmsr 0xdeadbe27 -> exit filter\n"
"rdmsr 0xdeadbe28 -> exit unknown\n"
"rdmsr 0xdeadbe30 -> exit filter\n"
"rdmsr 0xdeadbe31 -> exit unknown\n"
"rdmsr 0xdeadbe32 -> exit filter\n"
"rdmsr 0xdeadbe33 -> exit filter\n"
"rdmsr 0xdeadbe34 -> exit unknown\n"
"rdmsr 0xdeadbe35 -> exit unknown\n"
"rdmsr 0xdeadbe36 -> exit unknown\n"
"rdmsr 0xdeadbe37 -> exit filter\n",

/* ---- bounds ---- */

"case match/base-is-covered\n"
"rules match_base_covered\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe40+16 = 0 range rw 0xc0000101+2 = 0 "
"range rw 0x17a+1 = 0 -> 0\n"
ALLOWED("0xdeadbe3f")
DENIED("0xdeadbe40")
DENIED("0xdeadbe41")
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_DENIED("0xc0000101", "0x1000")
REAL_DENIED("0x17a", "0x4")
"filter deny range rw 0xdeadbe40+16 = 0xff range rw 0xc0000101+2 = 0xff "
"range rw 0x17a+1 = 0xff -> 0\n"
DENIED("0xdeadbe3f")
ALLOWED("0xdeadbe40")
ALLOWED("0xdeadbe41")
REAL_DENIED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000101", "0x1000")
DENIED("0x179")
REAL_ALLOWED("0x17a", "0x4"),

"case match/base-plus-nmsrs-is-not-covered\n"
"rules match_end_not_covered\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe00+16 = 0 range rw 0xc0000100+2 = 0 "
"range rw 0x173+1 = 0 -> 0\n"
DENIED("0xdeadbe0f")
ALLOWED("0xdeadbe10")
ALLOWED("0xdeadbe11")
REAL_DENIED("0xc0000101", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
DENIED("0x173")
REAL_ALLOWED("0x174", "0x10")
"filter deny range rw 0xdeadbe00+16 = 0xff range rw 0xc0000100+2 = 0xff "
"range rw 0x174+1 = 0xff -> 0\n"
ALLOWED("0xdeadbe0f")
DENIED("0xdeadbe10")
DENIED("0xdeadbe11")
REAL_ALLOWED("0xc0000101", "0x1000")
REAL_DENIED("0xc0000102", "0x1000")
REAL_ALLOWED("0x174", "0x10")
DENIED("0x175"),

"case match/one-msr-and-no-other\n"
"rules match_nmsrs_one match_base_covered match_end_not_covered\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000101+1 = 0 range rw 0xdeadbe40+1 = 0 -> 0\n"
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_DENIED("0xc0000101", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000")
ALLOWED("0xdeadbe3f")
DENIED("0xdeadbe40")
ALLOWED("0xdeadbe41")
ALLOWED("0xdeadbe47")
ALLOWED("0xdeadbe48")
ALLOWED("0xdeadbe7f")
"filter deny range rw 0xc0000101+1 = 0xff range rw 0xdeadbe40+1 = 0xff -> 0\n"
REAL_DENIED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000101", "0x1000")
REAL_DENIED("0xc0000102", "0x1000")
DENIED("0xdeadbe3f")
ALLOWED("0xdeadbe40")
DENIED("0xdeadbe41")
DENIED("0xdeadbe47")
DENIED("0xdeadbe48")
DENIED("0xdeadbe7f"),

/* Every index of a range and of its neighbourhood. */
"case match/sweep-across-a-range\n"
"rules match_base_covered match_end_not_covered match_bit_decides\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xfffe8000+1000 = 0^3,777 -> 0\n"
"sweep r 0xfffe7f80..0xfffe87ff data=0x123456789abcdef0\n"
"sweep w 0xfffe7f80..0xfffe87ff 0x123456789abcdef0\n"
"sweep r 0xfffe8004..0xfffe8308 -> exit filter then ok\n"
"sweep w 0xfffe8004..0xfffe8308 0x1 error=1 -> exit filter then #GP\n"
"sweep w 0xfffe9000..0xfffe97ff 0x0 -> exit unknown\n"
"cap 0x0 -> 0\n"
"sweep r 0xfffe8004..0xfffe8308 -> #GP\n"
"sweep w 0xfffe8004..0xfffe8308 0x1 -> #GP\n",

/* Between accesses that exit some that do not. */
"case match/sweep-with-holes\n"
"rules match_bit_decides match_allowed_never_exits\n"
"cap 0x4 -> 0\n"
"filter deny range rw 0x174+3 = 0x05 -> 0\n"
"sweep r 0x170..0x17f data=0x1122334455667788\n"
"sweep w 0x170..0x17f 0x0\n"
"sweep r 0x174..0x174 -> ok\n"
"sweep w 0x176..0x177 0x10\n"
"rdmsr 0x176 -> ok\n",

/* Two ranges side by side: no gap, no overlap. */
"case match/ranges-that-touch\n"
"rules match_base_covered match_end_not_covered\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe40+3 = 0 range rw 0xdeadbe43+5 = 0xff "
"range rw 0xdeadbe48+1 = 0 -> 0\n"
ALLOWED("0xdeadbe3f")
DENIED("0xdeadbe40")
DENIED("0xdeadbe42")
ALLOWED("0xdeadbe43")
ALLOWED("0xdeadbe47")
DENIED("0xdeadbe48")
ALLOWED("0xdeadbe49")
"filter deny range rw 0xdeadbe48+1 = 0xff range rw 0xdeadbe40+3 = 0xff "
"range rw 0xdeadbe43+5 = 0 -> 0\n"
DENIED("0xdeadbe3f")
ALLOWED("0xdeadbe40")
ALLOWED("0xdeadbe42")
DENIED("0xdeadbe43")
DENIED("0xdeadbe47")
ALLOWED("0xdeadbe48")
DENIED("0xdeadbe49"),

/* MSRs with one MSR between them. */
"case match/every-second-msr\n"
"rules match_nmsrs_one\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0xff range rw 0xdeadbe02+1 = 0xff "
"range rw 0xdeadbe04+1 = 0xff range rw 0xdeadbe06+1 = 0xff -> 0\n"
DENIED("0xdeadbdff")
ALLOWED("0xdeadbe00")
DENIED("0xdeadbe01")
ALLOWED("0xdeadbe02")
DENIED("0xdeadbe03")
ALLOWED("0xdeadbe04")
DENIED("0xdeadbe05")
ALLOWED("0xdeadbe06")
DENIED("0xdeadbe07"),

/* ---- the end of the index space ---- */

/* What lies before 2^32 is covered, also where base + nmsrs is past it. */
"case match/range-that-ends-at-2-to-the-32\n"
"rules match_base_covered match_bit_decides\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xfffff000+4096 = 0 -> 0\n"
ALLOWED("0xffffefff")
DENIED("0xfffff000")
DENIED("0xfffff800")
DENIED("0xffffffff")
"filter deny range rw 0xffffffff+1 = 0xff -> 0\n"
DENIED("0xfffffffe")
ALLOWED("0xffffffff"),

"case match/range-past-2-to-the-32-covers-up-to-there\n"
"rules match_base_covered match_bit_decides\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xfffff000+12288 = 0xff^4095 -> 0\n"
DENIED("0xffffefff")
ALLOWED("0xfffff000")
ALLOWED("0xfffffffe")
DENIED("0xffffffff"),

"case match/range-past-2-to-the-32-covers-no-low-index\n"
"rules match_default_decides\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xfffff000+12288 = 0 -> 0\n"
ALLOWED("0xffffefff")
"rdmsr 0x0 -> ok\n"
"rdmsr 0x1b -> ok\n"
REAL_ALLOWED("0x174", "0x10")
REAL_ALLOWED("0x17a", "0x4")
"rdmsr 0x2ff -> ok\n"
"rdmsr 0x7ff\n"
"rdmsr 0x900\n"
"rdmsr 0xfff\n"
"rdmsr 0x1000\n"
"rdmsr 0x1fff\n"
"filter deny range rw 0xffffffff+12288 = 0xff range rw 0xfffff000+8192 = 0xff "
"-> 0\n"
DENIED("0xffffefff")
DENIED("0x0")
DENIED("0x1b")
DENIED("0x174")
DENIED("0x17a")
DENIED("0x2ff")
DENIED("0xfff")
DENIED("0x1000")
DENIED("0x2ffe"),

"case match/range-next-to-2-to-the-32\n"
"rules match_base_covered match_end_not_covered\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xfffff000+4095 = 0 -> 0\n"
ALLOWED("0xffffefff")
DENIED("0xfffff000")
DENIED("0xfffffffe")
ALLOWED("0xffffffff")
"filter deny range rw 0xffffcfff+12288 = 0xff -> 0\n"
DENIED("0xffffcffe")
ALLOWED("0xffffcfff")
ALLOWED("0xfffffffe")
DENIED("0xffffffff"),

"case match/range-across-2-to-the-31\n"
"rules match_base_covered match_bit_order\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x7fffff00+512 = 0xff^0,255,256,511 -> 0\n"
ALLOWED("0x7ffffeff")
DENIED("0x7fffff00")
ALLOWED("0x7fffff01")
ALLOWED("0x7ffffffe")
DENIED("0x7fffffff")
DENIED("0x80000000")
ALLOWED("0x80000001")
ALLOWED("0x800000fe")
DENIED("0x800000ff")
ALLOWED("0x80000100")
"filter deny range rw 0x7fffff00+512 = 0^0,255,256,511 -> 0\n"
DENIED("0x7ffffeff")
ALLOWED("0x7fffff00")
DENIED("0x7fffff01")
DENIED("0x7ffffffe")
ALLOWED("0x7fffffff")
ALLOWED("0x80000000")
DENIED("0x80000001")
DENIED("0x800000fe")
ALLOWED("0x800000ff")
DENIED("0x80000100"),

/* ---- reads and writes ---- */

"case match/read-and-write-opposite-by-two-ranges\n"
"rules match_read_write_opposite match_other_type_no_shadow\n"
"cap 0x7 -> 0\n"
"filter allow range r 0xdeadbe20+1 = 0xff range w 0xdeadbe20+1 = 0 "
"range r 0xc0000100+1 = 0xff range w 0xc0000100+1 = 0 "
"range w 0x17a+1 = 0 range r 0x17a+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe20 -> exit unknown\n"
"wrmsr 0xdeadbe20 0x1 -> exit filter\n"
"rdmsr 0xc0000100 -> ok\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"rdmsr 0xc0000100 -> ok\n"
"rdmsr 0x17a -> ok\n"
"wrmsr 0x17a 0x4 -> exit filter\n"
"filter deny range r 0xdeadbe20+1 = 0 range w 0xdeadbe20+1 = 0xff "
"range r 0xc0000100+1 = 0 range w 0xc0000100+1 = 0xff "
"range w 0x17a+1 = 0xff range r 0x17a+1 = 0 -> 0\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"wrmsr 0xdeadbe20 0x1 -> exit unknown\n"
"rdmsr 0xc0000100 -> exit filter\n"
"wrmsr 0xc0000100 0x1000 -> ok\n"
"rdmsr 0xc0000100 -> exit filter\n"
"rdmsr 0x17a -> exit filter\n"
"wrmsr 0x17a 0x4 -> ok\n",

"case match/read-and-write-opposite-by-range-and-default\n"
"rules match_read_write_opposite match_read_range_not_writes "
"match_write_range_not_reads\n"
"cap 0x7 -> 0\n"
"filter allow range r 0xdeadbe20+1 = 0 range w 0xdeadbe30+1 = 0 "
"range r 0xc0000100+1 = 0 range w 0xc0000101+1 = 0 -> 0\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"wrmsr 0xdeadbe20 0x1 -> exit unknown\n"
"rdmsr 0xdeadbe30 -> exit unknown\n"
"wrmsr 0xdeadbe30 0x1 -> exit filter\n"
"rdmsr 0xc0000100 -> exit filter\n"
"wrmsr 0xc0000100 0x1000 -> ok\n"
"rdmsr 0xc0000101 -> ok\n"
"wrmsr 0xc0000101 0x1000 -> exit filter\n"
"filter deny range r 0xdeadbe20+1 = 0xff range w 0xdeadbe30+1 = 0xff "
"range r 0xc0000100+1 = 0xff range w 0xc0000101+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe20 -> exit unknown\n"
"wrmsr 0xdeadbe20 0x1 -> exit filter\n"
"rdmsr 0xdeadbe30 -> exit filter\n"
"wrmsr 0xdeadbe30 0x1 -> exit unknown\n"
"rdmsr 0xc0000100 -> ok 0x1000\n"
"wrmsr 0xc0000100 0x2000 -> exit filter\n"
"rdmsr 0xc0000101 -> exit filter\n"
"wrmsr 0xc0000101 0x2000 -> ok\n",

"case match/one-bit-for-both-directions\n"
"rules match_read_write_one_bit match_bit_order\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe20+8 = 0x5a range rw 0xc0000100+3 = 0x05 -> 0\n"
DENIED("0xdeadbe20")
ALLOWED("0xdeadbe21")
DENIED("0xdeadbe22")
ALLOWED("0xdeadbe23")
ALLOWED("0xdeadbe24")
DENIED("0xdeadbe25")
ALLOWED("0xdeadbe26")
DENIED("0xdeadbe27")
REAL_ALLOWED("0xc0000100", "0x1000")
REAL_DENIED("0xc0000101", "0x1000")
REAL_ALLOWED("0xc0000102", "0x1000"),

/* The list of readable and the list of writable MSRs of a real monitor. */
"case match/read-list-and-write-list\n"
"rules match_read_range_not_writes match_read_write_opposite\n"
"cap 0x7 -> 0\n"
"filter deny range r 0x174+3 = 0x07 range w 0x174+3 = 0x01 "
"range r 0xc0000080+5 = 0x1f range w 0xc0000080+5 = 0x1e "
"range r 0xc0000100+4 = 0x07 range w 0xc0000100+4 = 0x06 -> 0\n"
"rdmsr 0x174 -> ok\n"
"wrmsr 0x174 0x10 -> ok\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0x175 -> ok\n"
"wrmsr 0x175 0x1000 -> exit filter\n"
"rdmsr 0x176 -> ok\n"
"wrmsr 0x176 0x1000 -> exit filter\n"
"rdmsr 0xc0000080 -> ok\n"
"wrmsr 0xc0000080 0xd01 -> exit filter\n"
"rdmsr 0xc0000082 -> ok\n"
"wrmsr 0xc0000082 0x1000 -> ok\n"
"rdmsr 0xc0000082 -> ok 0x1000\n"
"rdmsr 0xc0000100 -> ok\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"wrmsr 0xc0000101 0x1000 -> ok\n"
"rdmsr 0xc0000101 -> ok 0x1000\n"
"wrmsr 0xc0000102 0x2000 -> ok\n"
"rdmsr 0xc0000103 -> exit filter\n"
"wrmsr 0xc0000103 0x1 -> exit filter\n"
"rdmsr 0x173 -> exit filter\n"
"rdmsr 0x177 -> exit filter\n",

/* ---- order ---- */

"case match/swapping-two-ranges-swaps-the-result\n"
"rules match_array_order_not_base match_lowest_slot_decides "
"match_first_match_denies\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe20+8 = 0 range rw 0xdeadbe24+8 = 0xff -> 0\n"
DENIED("0xdeadbe23")
DENIED("0xdeadbe24")
DENIED("0xdeadbe27")
ALLOWED("0xdeadbe28")
"filter allow range rw 0xdeadbe24+8 = 0xff range rw 0xdeadbe20+8 = 0 -> 0\n"
DENIED("0xdeadbe23")
ALLOWED("0xdeadbe24")
ALLOWED("0xdeadbe27")
ALLOWED("0xdeadbe28"),

/* A hole in a wide range, made by a narrow one before it; not behind it. */
"case match/narrow-range-before-and-behind-a-wide-one\n"
"rules match_lowest_slot_decides match_array_order_not_base\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000101+1 = 0xff range rw 0xc0000080+256 = 0 "
"range rw 0xc0000102+1 = 0xff -> 0\n"
REAL_DENIED("0xc0000080", "0xd01")
REAL_DENIED("0xc0000082", "0x1000")
REAL_DENIED("0xc0000100", "0x1000")
REAL_ALLOWED("0xc0000101", "0x1000")
REAL_DENIED("0xc0000102", "0x1000")
REAL_DENIED("0xc0000103", "0x1")
"rdmsr 0x174 -> ok\n",

/* Ranges with falling bases, none overlapping: each still found. */
"case match/falling-bases\n"
"rules match_bit_decides match_default_decides\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xfffe0000+1 = 0xff range rw 0xdeadbe20+1 = 0xff "
"range rw 0xc0000102+1 = 0xff range rw 0x80000000+1 = 0xff "
"range rw 0x7fff0000+1 = 0xff range rw 0x474f4f00+1 = 0xff "
"range rw 0x17a+1 = 0xff range rw 0x174+1 = 0xff -> 0\n"
ALLOWED("0xfffe0000")
ALLOWED("0xdeadbe20")
REAL_ALLOWED("0xc0000102", "0x1000")
ALLOWED("0x80000000")
ALLOWED("0x7fff0000")
ALLOWED("0x474f4f00")
REAL_ALLOWED("0x17a", "0x4")
REAL_ALLOWED("0x174", "0x10")
DENIED("0xfffe0001")
DENIED("0xdeadbe1f")
DENIED("0xc0000101")
DENIED("0x7fffffff")
DENIED("0x474f4f01")
DENIED("0x173"),

"case match/unused-slots-between-overlapping-ranges\n"
"rules match_unused_slots_keep_order match_lowest_slot_decides\n"
"cap 0x7 -> 0\n"
"filter allow range 3: rw 0xdeadbe20+4 = 0 range 9: rw 0xdeadbe20+8 = 0xff "
"range 15: rw 0xdeadbe20+12 = 0 -> 0\n"
DENIED("0xdeadbe20")
DENIED("0xdeadbe23")
ALLOWED("0xdeadbe24")
ALLOWED("0xdeadbe27")
DENIED("0xdeadbe28")
DENIED("0xdeadbe2b")
ALLOWED("0xdeadbe2c")
"filter deny range 0: rw 0xdeadbe20+4 = 0xff range 14: rw 0xdeadbe20+8 = 0 "
"range 15: rw 0xdeadbe20+12 = 0xff -> 0\n"
ALLOWED("0xdeadbe20")
DENIED("0xdeadbe24")
ALLOWED("0xdeadbe28")
DENIED("0xdeadbe2c"),

"case match/only-slot-15-is-used\n"
"rules match_last_slot\n"
"cap 0x7 -> 0\n"
"filter allow range 15: rw 0xdeadbe20+1 = 0 -> 0\n"
DENIED("0xdeadbe20")
ALLOWED("0xdeadbe21")
"filter deny range 15: rw 0xdeadbe20+1 = 0xff -> 0\n"
ALLOWED("0xdeadbe20")
DENIED("0xdeadbe21")
"filter allow range 15: w 0xc0000100+1 = 0 -> 0\n"
"rdmsr 0xc0000100 -> ok\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n",

"case match/slots-0-and-15-overlap\n"
"rules match_last_slot match_unused_slots_keep_order "
"match_first_match_denies\n"
"cap 0x7 -> 0\n"
"filter allow range 0: rw 0xdeadbe20+1 = 0 range 15: rw 0xdeadbe20+2 = 0xff "
"-> 0\n"
DENIED("0xdeadbe20")
ALLOWED("0xdeadbe21")
"filter deny range 0: rw 0xdeadbe20+1 = 0 range 15: rw 0xdeadbe20+2 = 0xff "
"-> 0\n"
DENIED("0xdeadbe20")
ALLOWED("0xdeadbe21")
DENIED("0xdeadbe22"),

/* The other kind of access goes on, by fifteen ranges if need be. */
"case match/other-type-goes-on-to-the-default\n"
"rules match_other_type_no_shadow match_read_range_not_writes\n"
"cap 0x7 -> 0\n"
"filter allow range r 0xdeadbe20+1 = 0 range r 0xdeadbe20+2 = 0xff "
"range w 0xdeadbe21+1 = 0 -> 0\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"wrmsr 0xdeadbe20 0x1 -> exit unknown\n"
"rdmsr 0xdeadbe21 -> exit unknown\n"
"wrmsr 0xdeadbe21 0x1 -> exit filter\n"
"filter deny range r 0xdeadbe20+1 = 0xff range r 0xdeadbe20+2 = 0 "
"range w 0xdeadbe21+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe20 -> exit unknown\n"
"wrmsr 0xdeadbe20 0x1 -> exit filter\n"
"rdmsr 0xdeadbe21 -> exit filter\n"
"wrmsr 0xdeadbe21 0x1 -> exit unknown\n",

/* ---- the low half of RCX ---- */

/* Outside every MSR bitmap, so that KVM gets to see all of it. */
"case match/upper-half-of-rcx-does-not-rescue\n"
"rules match_low_32_bits_of_rcx\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe20+1 = 0 range rw 0x80000802+1 = 0 -> 0\n"
"rdmsr 0xdeadbe20 rcx_high=0x1 -> exit filter\n"
"rdmsr 0xdeadbe20 rcx_high=0x100 -> exit filter\n"
"rdmsr 0xdeadbe20 rcx_high=0x80000000 -> exit filter\n"
"rdmsr 0xdeadbe20 rcx_high=0xffffffff -> exit filter\n"
"wrmsr 0xdeadbe20 0x1 rcx_high=0x1 -> exit filter\n"
"wrmsr 0xdeadbe20 0x1 rcx_high=0xffffffff -> exit filter\n"
/* an x2APIC index in the upper half is none */
"rdmsr 0xdeadbe20 rcx_high=0x802 -> exit filter\n"
"wrmsr 0x80000802 0x1 rcx_high=0x808 -> exit filter\n"
/* the same garbage where nothing is denied */
"rdmsr 0xdeadbe21 rcx_high=0x1 -> exit unknown\n"
"wrmsr 0xdeadbe21 0x1 rcx_high=0xdeadbe20 -> exit unknown\n"
"rdmsr 0xdeadbe1f rcx_high=0xffffffff -> exit unknown\n",

"case match/upper-half-of-rcx-does-not-deny\n"
"rules match_low_32_bits_of_rcx match_bit_decides\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe20 rcx_high=0x1 -> exit unknown\n"
"rdmsr 0xdeadbe20 rcx_high=0x80000000 -> exit unknown\n"
"wrmsr 0xdeadbe20 0x1 rcx_high=0xffffffff -> exit unknown\n"
"wrmsr 0xdeadbe20 0x1 rcx_high=0xdeadbe21 -> exit unknown\n"
"rdmsr 0xdeadbe21 rcx_high=0x1 -> exit filter\n"
"rdmsr 0xdeadbe21 rcx_high=0xdeadbe20 -> exit filter\n"
"wrmsr 0xdeadbe21 0x1 rcx_high=0xffffffff -> exit filter\n",

/* Inside the bitmaps: what hardware does with RCX counts as well. */
"case match/upper-half-of-rcx-and-denied-real-msrs\n"
"rules match_low_32_bits_of_rcx\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x174+1 = 0 range rw 0x17a+1 = 0 "
"range rw 0xc0000100+3 = 0 -> 0\n"
"rdmsr 0x174 rcx_high=0x1 -> exit filter\n"
"wrmsr 0x174 0x10 rcx_high=0xffffffff -> exit filter\n"
"rdmsr 0x17a rcx_high=0x100 -> exit filter\n"
"wrmsr 0x17a 0x4 rcx_high=0x80000000 -> exit filter\n"
"rdmsr 0xc0000100 rcx_high=0xffffffff -> exit filter\n"
"wrmsr 0xc0000100 0x1000 rcx_high=0x1 -> exit filter\n"
"rdmsr 0xc0000102 rcx_high=0x802 -> exit filter\n"
"rdmsr 0x175 rcx_high=0x174 -> ok\n"
"rdmsr 0x1a0 rcx_high=0xc0000100 -> ok\n",

"case match/upper-half-of-rcx-and-allowed-real-msrs\n"
"rules match_low_32_bits_of_rcx match_bit_decides\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0x174+1 = 0xff range rw 0x17a+1 = 0xff "
"range rw 0xc0000100+3 = 0xff -> 0\n"
"wrmsr 0x174 0x10 rcx_high=0x1 -> ok\n"
"rdmsr 0x174 rcx_high=0x80000000 -> ok 0x10\n"
"wrmsr 0x17a 0x4 rcx_high=0xffffffff -> ok\n"
"rdmsr 0x17a rcx_high=0x1 -> ok 0x4\n"
"wrmsr 0xc0000100 0x1000 rcx_high=0xdead -> ok\n"
"rdmsr 0xc0000100 rcx_high=0xffffffff -> ok 0x1000\n"
"rdmsr 0x802 rcx_high=0x1\n"
"rdmsr 0x802 rcx_high=0xffffffff\n"
"wrmsr 0x808 0x0 rcx_high=0xc0000100\n"
"rdmsr 0x175 rcx_high=0x174 -> exit filter\n"
"rdmsr 0x1a0 rcx_high=0xffffffff -> exit filter\n",

/* ---- before anything that KVM itself would say ---- */

"case match/denied-before-unknown\n"
"rules match_denied_before_unknown match_subject_accesses\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x474f4f00+256 = 0 range rw 0xdeadbe00+256 = 0 "
"range rw 0x7fffffff+2 = 0 range rw 0xfffe0000+1 = 0 "
"range rw 0x0+1 = 0 range w 0xfe+1 = 0 range w 0x179+1 = 0 -> 0\n"
DENIED("0x474f4f00")
DENIED("0x474f4fff")
DENIED("0xdeadbe00")
DENIED("0xdeadbeef")
DENIED("0x7fffffff")
DENIED("0x80000000")
DENIED("0xfffe0000")
"wrmsr 0x0 0x1 -> exit filter\n"
"wrmsr 0xfe 0x1 -> exit filter\n"
"wrmsr 0x179 0x1 -> exit filter\n"
ALLOWED("0xdeadbf00")
"rdmsr 0xfe -> ok\n"
"rdmsr 0x179 -> ok\n"
"wrmsr 0x17 0x1 -> exit unknown\n",

"case match/denied-before-invalid\n"
"rules match_denied_before_invalid match_subject_accesses\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000080+1 = 0 range rw 0x277+1 = 0 "
"range rw 0x2ff+1 = 0 range rw 0x9e+1 = 0 range rw 0xce+1 = 0 "
"range rw 0xc0000100+3 = 0 range rw 0x1b+1 = 0 -> 0\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit filter\n"
"wrmsr 0x277 0x0202020202020202 -> exit filter\n"
"wrmsr 0x2ff 0x2 -> exit filter\n"
"rdmsr 0x9e -> exit filter\n"
"wrmsr 0x9e 0x1 -> exit filter\n"
"wrmsr 0xce 0x1 -> exit filter\n"
"wrmsr 0x1b 0xffffffffffffffff -> exit filter\n"
"wrmsr 0xc0000100 0x8000000000000000 -> exit filter\n"
"wrmsr 0xc0000101 0x0000800000000000 -> exit filter\n"
"wrmsr 0xc0000102 0xdeadbeefdeadbeef -> exit filter\n"
/* and none of them has gone through */
"filter allow -> 0\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"wrmsr 0x2ff 0x2 -> exit inval\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xce 0x1 -> exit inval\n"
"rdmsr 0x1b -> ok\n"
"rdmsr 0x277 -> ok\n"
"rdmsr 0xc0000080 -> ok\n"
"rdmsr 0xc0000100 -> ok\n",

"case match/denied-though-it-would-work\n"
"rules match_subject_accesses match_bit_decides\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x0+64 = 0 range rw 0x174+7 = 0 range rw 0x1a0+1 = 0 "
"range rw 0x200+256 = 0 range rw 0xc0000080+5 = 0 range rw 0xc0000100+4 = 0 "
"range rw 0x40000000+2 = 0 range rw 0x4b564d00+8 = 0 range rw 0x8b+1 = 0 "
"-> 0\n"
REAL_DENIED("0x0", "0x1")
REAL_DENIED("0x10", "0x1000")
REAL_DENIED("0x17", "0x0")
REAL_DENIED("0x1b", "0xfee00900")
REAL_DENIED("0x3b", "0x0")
REAL_DENIED("0x174", "0x10")
REAL_DENIED("0x175", "0x1000")
REAL_DENIED("0x176", "0x1000")
REAL_DENIED("0x17a", "0x4")
REAL_DENIED("0x1a0", "0x1")
REAL_DENIED("0x200", "0x6")
REAL_DENIED("0x277", "0x0007040600070406")
REAL_DENIED("0x2ff", "0xc06")
REAL_DENIED("0x8b", "0x0")
REAL_DENIED("0x40000000", "0x1")
REAL_DENIED("0x4b564d01", "0x0")
REAL_DENIED("0xc0000080", "0xd01")
REAL_DENIED("0xc0000081", "0x1000")
REAL_DENIED("0xc0000082", "0x1000")
REAL_DENIED("0xc0000083", "0x1000")
REAL_DENIED("0xc0000084", "0x200")
REAL_DENIED("0xc0000100", "0x1000")
REAL_DENIED("0xc0000101", "0x1000")
REAL_DENIED("0xc0000102", "0x1000")
REAL_DENIED("0xc0000103", "0x1"),

"case match/allowed-by-bit-may-still-fail\n"
"rules match_allowed_may_still_fail\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe00+512 = 0xff range rw 0xc0000080+1 = 0xff "
"range rw 0x277+1 = 0xff range rw 0x9e+1 = 0xff range rw 0xfe+1 = 0xff -> 0\n"
ALLOWED("0xdeadbe00")
ALLOWED("0xdeadbfff")
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0x9e 0x1 -> exit inval\n"
"wrmsr 0xfe 0x1 -> exit unknown\n"
"rdmsr 0xfe -> ok\n"
"rdmsr 0x277 -> ok\n"
"rdmsr 0x474f4f00 -> exit filter\n",

"case match/allowed-by-default-may-still-fail\n"
"rules match_allowed_may_still_fail\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
ALLOWED("0xdeadbeef")
ALLOWED("0x474f4f00")
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xce 0x1 -> exit inval\n",

/* With every mask the decision is the same; what becomes of it is not. */
"case match/decision-under-every-mask\n"
"rules match_bit_decides match_denied_before_unknown "
"match_denied_before_invalid match_allowed_may_still_fail\n"
"filter deny range rw 0xdeadbe20+1 = 0xff range w 0x277+1 = 0xff "
"range rw 0x17a+1 = 0xff -> 0\n"
"cap 0x0 -> 0\n"
DENIED_GP NEITHER
"cap 0x1 -> 0\n"
DENIED_GP
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"rdmsr 0xdeadbe20 -> #GP\n"
"cap 0x2 -> 0\n"
DENIED_GP
"rdmsr 0xdeadbe20 -> exit unknown\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"cap 0x3 -> 0\n"
DENIED_GP BOTH
"cap 0x4 -> 0\n"
DENIED_EXIT NEITHER
"cap 0x7 -> 0\n"
DENIED_EXIT BOTH,

/* For a machine with ignore_msrs=1; elsewhere it shows nothing new. */
"case match/ignore-msrs-rescues-no-denied-access\n"
"rules match_ignore_msrs_no_rescue\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xc0000102+1 = 0xff -> 0\n"
DENIED("0xdeadbeef")
DENIED("0x474f4f00")
DENIED("0xffffffff")
"cap 0x3 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"filter allow range rw 0xdeadbe00+256 = 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x4 -> 0\n"
DENIED("0xdeadbe00")
"cap 0x0 -> 0\n"
"rdmsr 0xdeadbe00 -> #GP\n"
"wrmsr 0xdeadbe00 0x1 -> #GP\n",

/* ---- no memory ---- */

"case match/the-same-access-ten-times\n"
"rules match_no_memory\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe20+1 = 0 range rw 0xc0000100+1 = 0 "
"range rw 0x17a+1 = 0 -> 0\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit filter\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"wrmsr 0xc0000100 0x2000 -> exit filter\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"wrmsr 0xc0000100 0x2000 -> exit filter\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"rdmsr 0xc0000100 data=0x77 -> exit filter then ok 0x77\n"
"rdmsr 0xc0000100 data=0x78 -> exit filter then ok 0x78\n"
"rdmsr 0xc0000100 -> exit filter then ok 0x0\n"
"rdmsr 0x17a -> exit filter\n"
"rdmsr 0x17a -> exit filter\n"
"rdmsr 0x17a -> exit filter\n",

/* Whatever userspace answers, the next access is asked about again. */
"case match/whatever-the-answer-was\n"
"rules match_no_memory\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
"rdmsr 0xc0000100 data=0x1000 -> exit filter then ok 0x1000\n"
"rdmsr 0xc0000100 error=1 -> exit filter then #GP\n"
"rdmsr 0xc0000100 data=0x2000 -> exit filter then ok 0x2000\n"
"rdmsr 0xc0000100 error=255 -> exit filter then #GP\n"
"rdmsr 0xc0000100 -> exit filter then ok 0x0\n"
"wrmsr 0xc0000100 0x1000 error=1 -> exit filter then #GP\n"
"wrmsr 0xc0000100 0x1000 -> exit filter then ok\n"
"wrmsr 0xc0000100 0x1000 error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbe20 data=0x1 -> exit unknown then ok 0x1\n"
"rdmsr 0xdeadbe21 data=0x1 -> exit filter then ok 0x1\n"
"rdmsr 0xdeadbe20 error=1 -> exit unknown then #GP\n"
"rdmsr 0xdeadbe21 error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbe20 data=0x1 -> exit unknown then ok 0x1\n",

"case match/denied-and-allowed-in-turn\n"
"rules match_no_memory match_bit_decides match_allowed_never_exits\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000100+3 = 0x02 range rw 0xdeadbe20+2 = 0x01 "
"range w 0x17a+1 = 0 -> 0\n"
"rdmsr 0xc0000100 -> exit filter\n"
"wrmsr 0xc0000101 0x1000 -> ok\n"
"wrmsr 0xc0000100 0x2000 -> exit filter\n"
"rdmsr 0xc0000101 -> ok 0x1000\n"
"rdmsr 0xc0000100 data=0x55 -> exit filter then ok 0x55\n"
"rdmsr 0xc0000101 -> ok 0x1000\n"
"rdmsr 0xdeadbe20 -> exit unknown\n"
"rdmsr 0xdeadbe21 -> exit filter\n"
"rdmsr 0xdeadbe20 -> exit unknown\n"
"rdmsr 0xdeadbe21 -> exit filter\n"
"rdmsr 0x17a -> ok\n"
"wrmsr 0x17a 0x4 -> exit filter\n"
"rdmsr 0x17a -> ok\n"
"wrmsr 0x17a 0x4 -> exit filter\n"
"rdmsr 0xc0000102 -> exit filter\n"
"rdmsr 0xc0000101 -> ok 0x1000\n"
"wrmsr 0xc0000101 0x3000 -> ok\n"
"rdmsr 0xc0000102 -> exit filter\n"
"rdmsr 0xc0000101 -> ok 0x3000\n",

"case match/filter-to-and-fro\n"
"rules match_default_decides match_bit_decides\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000100 0x1000 -> ok\n"
TO FRO TO FRO TO FRO TO FRO TO FRO TO FRO TO FRO TO FRO,

/* ---- every vCPU, and only those of the VM ---- */

"case match/four-vcpus-created-before-the-filter\n"
"rules match_all_vcpus_alike\n"
"cap 0x7 -> 0\n"
"vcpu0: rdmsr 0xc0000100 -> ok\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu2: rdmsr 0xc0000100 -> ok\n"
"vcpu3: vcpu -> 0\n"
ON_ALL("filter allow range rw 0xc0000100+2 = 0x02 range rw 0xdeadbe20+2 = "
       "0x02 range r 0x17a+1 = 0 -> 0\n")
/* and again, so that the last filter's order is not the vCPUs' order */
"filter deny range rw 0xc0000102+1 = 0xff -> 0\n"
"vcpu3: rdmsr 0xc0000100 -> exit filter\n"
"vcpu3: wrmsr 0xc0000102 0x3000 -> ok\n"
"vcpu2: rdmsr 0xc0000101 -> exit filter\n"
"vcpu2: rdmsr 0xc0000102 -> ok\n"
"vcpu1: wrmsr 0xc0000101 0x1000 -> exit filter\n"
"vcpu0: rdmsr 0xdeadbe21 -> exit filter\n"
"filter allow -> 0\n"
"vcpu3: rdmsr 0xc0000100 -> ok\n"
"vcpu2: wrmsr 0xc0000100 0x2000 -> ok\n"
"vcpu1: rdmsr 0xc0000101 -> ok 0x1000\n"
"vcpu0: rdmsr 0xdeadbe20 -> exit unknown\n"
"vcpu3: rdmsr 0xc0000102 -> ok 0x3000\n",

"case match/four-vcpus-created-after-the-filter\n"
"rules match_all_vcpus_alike match_bit_decides\n"
"cap 0x7 -> 0\n"
ON_ALL("filter allow range rw 0xc0000100+2 = 0x02 range rw 0xdeadbe20+2 = "
       "0x02 range r 0x17a+1 = 0 -> 0\n"),

"case match/four-vcpus-created-before-and-after\n"
"rules match_all_vcpus_alike\n"
"cap 0x7 -> 0\n"
"vcpu2: wrmsr 0xc0000100 0x1000 -> ok\n"
"vcpu0: wrmsr 0xc0000100 0x1000 -> ok\n"
ON_ALL("filter allow range rw 0xc0000100+2 = 0x02 range rw 0xdeadbe20+2 = "
       "0x02 range r 0x17a+1 = 0 -> 0\n")
"filter allow range w 0xc0000101+1 = 0 -> 0\n"
"vcpu1: wrmsr 0xc0000101 0x2000 -> exit filter\n"
"vcpu3: wrmsr 0xc0000101 0x2000 -> exit filter\n"
"vcpu3: rdmsr 0xc0000101 -> ok 0x1000\n"
"vcpu2: rdmsr 0xc0000100 -> ok 0x1000\n",

/* Only vCPU 3 runs, and it is the last to be told. */
"case match/last-vcpu-alone-runs\n"
"rules match_all_vcpus_alike\n"
"cap 0x7 -> 0\n"
"vcpu0: vcpu -> 0\n"
"vcpu1: vcpu -> 0\n"
"vcpu2: vcpu -> 0\n"
"vcpu3: wrmsr 0xc0000102 0x1000 -> ok\n"
"filter allow range w 0xc0000102+1 = 0 -> 0\n"
"vcpu3: wrmsr 0xc0000102 0x2000 -> exit filter\n"
"vcpu3: rdmsr 0xc0000102 -> ok 0x1000\n"
"filter allow range r 0xc0000102+1 = 0 -> 0\n"
"vcpu3: rdmsr 0xc0000102 data=0x5 -> exit filter then ok 0x5\n"
"vcpu3: wrmsr 0xc0000102 0x2000 -> ok\n"
"filter allow -> 0\n"
"vcpu3: rdmsr 0xc0000102 -> ok 0x2000\n",

/* A vCPU that sleeps through several filters finds the last one. */
"case match/vcpu-that-missed-filters\n"
"rules match_all_vcpus_alike match_bit_decides\n"
"cap 0x7 -> 0\n"
"vcpu1: wrmsr 0xc0000100 0x1000 -> ok\n"
"vcpu0: wrmsr 0xc0000100 0x1000 -> ok\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
"vcpu0: rdmsr 0xc0000100 -> exit filter\n"
"filter allow range rw 0xc0000101+1 = 0 -> 0\n"
"vcpu0: rdmsr 0xc0000100 -> ok 0x1000\n"
"filter allow range w 0xc0000100+1 = 0 -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> ok 0x1000\n"
"vcpu1: wrmsr 0xc0000100 0x2000 -> exit filter\n"
"vcpu1: rdmsr 0xc0000101 -> ok\n"
"filter allow range rw 0xc0000100+2 = 0 -> 0\n"
"filter allow -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> ok 0x1000\n"
"filter allow range rw 0xc0000102+1 = 0 -> 0\n"
"filter allow range rw 0xc0000100+1 = 0 -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vcpu1: rdmsr 0xc0000102 -> ok\n"
"vcpu0: wrmsr 0xc0000100 0x2000 -> exit filter\n",

/* Denied to one vCPU is denied to all, whatever the others did before. */
"case match/vcpus-take-turns\n"
"rules match_all_vcpus_alike match_no_memory\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xdeadbe20+1 = 0 range rw 0x17a+1 = 0 -> 0\n"
"vcpu0: rdmsr 0xdeadbe20 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe20 -> exit filter\n"
"vcpu2: rdmsr 0xdeadbe20 -> exit filter\n"
"vcpu1: wrmsr 0x17a 0x4 -> exit filter\n"
"vcpu0: wrmsr 0x17a 0x4 -> exit filter\n"
"vcpu2: rdmsr 0xdeadbe21 -> exit unknown\n"
"vcpu2: rdmsr 0xdeadbe20 -> exit filter\n"
"vcpu0: rdmsr 0xdeadbe21 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe20 -> exit filter\n"
"vcpu0: rdmsr 0xdeadbe20 -> exit filter\n",

"case match/two-vms-two-filters\n"
"rules match_no_filter_allows match_bit_decides match_default_decides\n"
"vm0: cap 0x7 -> 0\n"
"vm1: cap 0x7 -> 0\n"
"vm2: cap 0x7 -> 0\n"
"vm0: filter allow range rw 0xc0000100+1 = 0 range rw 0xdeadbe20+1 = 0 -> 0\n"
"vm1: filter deny range rw 0xc0000100+1 = 0xff range rw 0xdeadbe20+1 = 0xff "
"-> 0\n"
"vm0: wrmsr 0xc0000100 0x1000 -> exit filter\n"
"vm1: wrmsr 0xc0000100 0x1000 -> ok\n"
"vm2: wrmsr 0xc0000100 0x2000 -> ok\n"
"vm0: rdmsr 0xc0000101 -> ok\n"
"vm1: rdmsr 0xc0000101 -> exit filter\n"
"vm2: rdmsr 0xc0000101 -> ok\n"
"vm0: rdmsr 0xdeadbe20 -> exit filter\n"
"vm1: rdmsr 0xdeadbe20 -> exit unknown\n"
"vm2: rdmsr 0xdeadbe20 -> exit unknown\n"
"vm0: rdmsr 0x17a -> ok\n"
"vm1: rdmsr 0x17a -> exit filter\n"
"vm2: rdmsr 0x17a -> ok\n"
/* a change in one is none in the others */
"vm0: filter allow -> 0\n"
"vm0: rdmsr 0xc0000100 -> ok\n"
"vm1: rdmsr 0xc0000101 -> exit filter\n"
"vm1: rdmsr 0xc0000100 -> ok 0x1000\n"
"vm2: filter allow range rw 0xc0000102+1 = 0 -> 0\n"
"vm0: rdmsr 0xc0000102 -> ok\n"
"vm1: rdmsr 0xdeadbe20 -> exit unknown\n"
"vm1: rdmsr 0xc0000102 -> exit filter\n"
"vm2: rdmsr 0xc0000102 -> exit filter\n"
"vm2: rdmsr 0xc0000100 -> ok 0x2000\n",

"case match/two-vms-running-before-their-filters\n"
"rules match_no_filter_allows match_bit_decides\n"
"vm0: cap 0x7 -> 0\n"
"vm1: cap 0x7 -> 0\n"
"vm0: wrmsr 0xc0000100 0x1000 -> ok\n"
"vm1: wrmsr 0xc0000100 0x2000 -> ok\n"
"vm0: filter allow range rw 0xc0000100+1 = 0 -> 0\n"
"vm1: rdmsr 0xc0000100 -> ok 0x2000\n"
"vm0: rdmsr 0xc0000100 -> exit filter\n"
"vm1.vcpu1: rdmsr 0xc0000100 -> ok\n"
"vm0.vcpu1: rdmsr 0xc0000100 -> exit filter\n"
"vm1: filter allow range w 0xc0000100+1 = 0 -> 0\n"
"vm1: rdmsr 0xc0000100 -> ok 0x2000\n"
"vm1: wrmsr 0xc0000100 0x3000 -> exit filter\n"
"vm0: wrmsr 0xc0000100 0x3000 -> exit filter\n"
"vm0: filter allow -> 0\n"
"vm0: rdmsr 0xc0000100 -> ok 0x1000\n"
"vm1: wrmsr 0xc0000100 0x3000 -> exit filter\n",

"case match/new-vm-starts-without-filter\n"
"rules match_no_filter_allows\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
"rdmsr 0xc0000100 -> exit filter\n"
"rdmsr 0xdeadbe21 -> exit filter\n"
"close -> 0\n"
"cap 0x7 -> 0\n"
"rdmsr 0xc0000100 -> ok\n"
"rdmsr 0xdeadbe21 -> exit unknown\n"
"filter allow range rw 0xc0000100+1 = 0 -> 0\n"
"rdmsr 0xc0000100 -> exit filter\n"
"rdmsr 0xdeadbe21 -> exit unknown\n",

/* ---- CPUID ---- */

"case match/without-cpuid-denied-is-denied\n"
"rules match_cpuid_no_influence match_denied_before_unknown\n"
"cpuid none -> 0\n"
"cap 0x7 -> 0\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
DENIED("0x3a")
DENIED("0x3b")
DENIED("0x48")
DENIED("0x49")
DENIED("0xc1")
DENIED("0x10a")
DENIED("0x10b")
DENIED("0x122")
DENIED("0x140")
DENIED("0x1c4")
DENIED("0x1d9")
DENIED("0x345")
DENIED("0x38f")
DENIED("0x480")
DENIED("0x560")
DENIED("0x600")
DENIED("0x6a0")
DENIED("0xda0")
DENIED("0xd90")
DENIED("0x40000000")
DENIED("0x4b564d00")
DENIED("0xc0000103")
DENIED("0xc0010015")
DENIED("0xc0010114")
DENIED("0xc0010140")
DENIED("0xdeadbeef"),

"case match/with-and-without-cpuid-alike\n"
"rules match_cpuid_no_influence match_all_vcpus_alike\n"
"cap 0x7 -> 0\n"
"vcpu1: cpuid none -> 0\n"
"filter allow range rw 0x48+2 = 0 range rw 0x10a+1 = 0 range rw 0xda0+1 = 0 "
"range rw 0xc0000103+1 = 0 range r 0x174+1 = 0 -> 0\n"
"vcpu0: rdmsr 0x48 -> exit filter\n"
"vcpu1: rdmsr 0x48 -> exit filter\n"
"vcpu0: wrmsr 0x49 0x1 -> exit filter\n"
"vcpu1: wrmsr 0x49 0x1 -> exit filter\n"
"vcpu0: rdmsr 0x10a -> exit filter\n"
"vcpu1: rdmsr 0x10a -> exit filter\n"
"vcpu0: wrmsr 0xda0 0x0 -> exit filter\n"
"vcpu1: wrmsr 0xda0 0x0 -> exit filter\n"
"vcpu0: rdmsr 0xc0000103 -> exit filter\n"
"vcpu1: rdmsr 0xc0000103 -> exit filter\n"
"vcpu0: rdmsr 0x174 -> exit filter\n"
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu0: wrmsr 0x174 0x10 -> ok\n"
"vcpu1: wrmsr 0x174 0x10 -> ok\n"
"vcpu0: rdmsr 0xdeadbeef -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n",

/* ---- what else touches intercepts must not open or close any ---- */

"case match/filter-outlasts-init\n"
"rules match_no_memory match_all_vcpus_alike\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x7 -> 0\n"
"vcpu0: vcpu -> 0\n"
DENY_BASES BASES_DENIED_ON("1")
"vcpu1: init -> 0\n"
BASES_DENIED_ON("1")
"vcpu1: init -> 0\n"
BASES_ALLOWED_ON("1"),

"case match/filter-before-and-after-init\n"
"rules match_bit_decides match_all_vcpus_alike\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x7 -> 0\n"
"vcpu0: vcpu -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu1: init -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
DENY_BASES
"vcpu1: init -> 0\n"
BASES_DENIED_ON("1")
"filter allow -> 0\n"
"vcpu1: init -> 0\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu1: rdmsr 0xc0000102 -> ok\n",

"case match/filter-outlasts-set-sregs-and-set-cpuid\n"
"rules match_no_memory\n"
"cap 0x7 -> 0\n"
"vcpu -> 0\n"
DENY_BASES
"cpuid default -> 0\n"
BASES_DENIED
"sregs -> 0\n"
BASES_DENIED
"sregs -> 0\n"
BASES_ALLOWED_ON("0"),

/* KVM passes SPEC_CTRL through once a value was written, if it may. */
"case match/denied-read-outlasts-the-first-write-of-spec-ctrl\n"
"rules match_read_range_not_writes match_write_range_not_reads\n"
"cap 0x7 -> 0\n"
"filter allow range r 0x48+1 = 0 range rw 0xdeadbe20+1 = 0 -> 0\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x1 -> ok\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x0 -> ok\n"
"rdmsr 0x48 -> exit filter\n"
"filter allow range w 0x48+1 = 0 -> 0\n"
"rdmsr 0x48 -> ok 0x0\n"
"wrmsr 0x48 0x1 -> exit filter\n"
"wrmsr 0x48 0x1 -> exit filter\n"
"rdmsr 0x48 -> ok 0x0\n"
"filter allow -> 0\n"
"wrmsr 0x48 0x1 -> ok\n"
"rdmsr 0x48 -> ok 0x1\n"
"wrmsr 0x48 0x0 -> ok\n"
"filter allow range rw 0x48+1 = 0 -> 0\n"
"rdmsr 0x48 -> exit filter\n"
"wrmsr 0x48 0x1 -> exit filter\n",

/* Measured in all respects: a CPUID bit decides whether it is there. */
"case match/tsc-aux-denied-and-allowed-by-turns\n"
"rules match_allowed_never_exits match_default_decides match_no_memory\n"
"cap 0x6 -> 0\n"
"wrmsr 0xc0000103 0x5 -> ok\n"
"rdmsr 0xc0000103 -> ok 0x5\n"
"filter allow range w 0xc0000103+1 = 0 -> 0\n"
"wrmsr 0xc0000103 0x12345678 -> exit filter\n"
"rdmsr 0xc0000103 -> ok 0x5\n"
"filter allow range r 0xc0000103+1 = 0 -> 0\n"
"rdmsr 0xc0000103 data=0x77 -> exit filter then ok 0x77\n"
"wrmsr 0xc0000103 0x12345678 -> ok\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
"rdmsr 0xc0000103 data=0x78 -> exit filter then ok 0x78\n"
"wrmsr 0xc0000103 0x6 -> exit filter\n"
"rdmsr 0xc0000103 data=0x79 -> exit filter then ok 0x79\n"
DENIED("0xdeadbe21")
DENIED("0xdeadbe21")
"filter deny range rw 0xc0000103+1 = 0xff -> 0\n"
"rdmsr 0xc0000103 -> ok 0x12345678\n"
"wrmsr 0xc0000103 0x6 -> ok\n"
"filter allow -> 0\n"
"rdmsr 0xc0000103 -> ok 0x6\n",

/* Userspace's own writes do not re-open it either. */
"case match/denied-outlasts-set-msrs\n"
"rules match_no_memory match_bit_decides\n"
"cap 0x7 -> 0\n"
DENY_BASES
"set_msr 0xc0000100 0x3000 -> 1\n"
"set_msr 0x174 0x8 -> 1\n"
"set_msr 0x48 0x1\n"
"rdmsr 0xc0000100 data=0x5 -> exit filter then ok 0x5\n"
"rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n"
"get_msr 0xc0000100 -> 1 0x3000\n"
"get_msr 0x174 -> 1 0x8\n"
"rdmsr 0xc0000100 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0xc0000100 -> ok 0x3000\n"
"rdmsr 0x174 -> ok 0x8\n",

/* ---- what is no RDMSR and no WRMSR ---- */

/*
 * The code of each case runs as the first of its batch, behind a host step
 * that the control VM makes too: some of it knows its own address, 0x13000.
 */

"case match/rdtsc-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"rdmsr 0x10 -> ok\n"
DENY_ALL
"rdmsr 0x10 -> exit filter\n"
"code 0f31 -> ok\n"
"wrmsr 0x10 0x1000 -> exit filter\n"
"code 0f31 -> ok\n"
"filter allow range rw 0x10+1 = 0 -> 0\n"
"rdmsr 0x10 -> exit filter\n"
"code 0f31 -> ok\n"
"filter allow range w 0x10+1 = 0 -> 0\n"
"rdmsr 0x10 -> ok\n"
"code 0f31 -> ok\n",

/* Last in their case, for a KVM that cannot go on behind them. */
"case match/rdtscp-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x10+1 = 0 range rw 0xc0000103+1 = 0 -> 0\n"
"rdmsr 0x10 -> exit filter\n"
"rdmsr 0xc0000103 -> exit filter\n"
"code 0f01f9\n",

"case match/rdpid-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xc0000103 -> exit filter\n"
"code f30fc7f8\n",

"case match/rdpmc-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xc1 -> exit filter\n"
"rdmsr 0xc0010004 -> exit filter\n"
"code 0f33 rcx=0x0\n"
"code 0f33 rcx=0x1\n"
"code 0f33 rcx=0x40000000\n"
"rdmsr 0xc1 -> exit filter\n",

"case match/swapgs-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000101 0x1000 -> ok\n"
"wrmsr 0xc0000102 0x2000 -> ok\n"
"filter allow range rw 0xc0000101+2 = 0 -> 0\n"
"rdmsr 0xc0000101 -> exit filter\n"
"code 0f01f80f01f8 -> ok\n"
"filter allow -> 0\n"
"rdmsr 0xc0000101 -> ok 0x1000\n"
"rdmsr 0xc0000102 -> ok 0x2000\n"
DENY_ALL
"code 0f01f8 -> ok\n"
"rdmsr 0xc0000102 -> exit filter\n"
/* the two have changed places; the stand-in of `check` cannot know */
"filter allow -> 0\n"
"rdmsr 0xc0000101 -> ok\n"
"rdmsr 0xc0000102 -> ok\n",

"case match/segment-loads-are-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000100 0x1000 -> ok\n"
"wrmsr 0xc0000101 0x2000 -> ok\n"
"filter allow range rw 0xc0000100+3 = 0 -> 0\n"
/* mov %eax, %fs; mov %eax, %gs */
"code 8ee0 rax=0x10 -> ok\n"
"code 8ee8 rax=0x10 -> ok\n"
"wrmsr 0xc0000100 0x3000 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0xc0000100 -> ok\n"
"rdmsr 0xc0000101 -> ok\n",

/* With CR4.FSGSBASE on for as long: #GP and #UD without the feature. */
"case match/wrfsbase-and-rdgsbase-are-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000100 0x1000 -> ok\n"
"filter allow range rw 0xc0000100+3 = 0 -> 0\n"
"code 0f20e00d000001000f22e0\n"
/* wrfsbase, rdfsbase, wrgsbase, rdgsbase */
"code f3480faed3f3480faec1 rbx=0x4000\n"
"code f3480faedbf3480faec9 rbx=0x5000\n"
"rdmsr 0xc0000100 -> exit filter\n"
"rdmsr 0xc0000101 -> exit filter\n"
"code 0f20e025fffffeff0f22e0\n"
"filter allow -> 0\n"
"rdmsr 0xc0000100 -> ok\n"
"rdmsr 0xc0000101 -> ok\n",

/* syscall to the instruction behind it */
"case match/syscall-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000081 0x0000000800000000 -> ok\n"
"wrmsr 0xc0000082 0x13002 -> ok\n"
"wrmsr 0xc0000084 0x0 -> ok\n"
"filter allow range rw 0xc0000080+5 = 0 -> 0\n"
"rdmsr 0xc0000081 -> exit filter\n"
"wrmsr 0xc0000082 0x1000 -> exit filter\n"
"rdmsr 0xc0000080 -> exit filter\n"
"get_msr 0xc0000082 -> 1 0x13002\n"
"code 0f05 -> ok\n"
"rdmsr 0xc0000082 -> exit filter\n"
DENY_ALL
"get_msr 0xc0000082 -> 1 0x13002\n"
"code 0f05 -> ok\n"
"filter allow -> 0\n"
"rdmsr 0xc0000082 -> ok 0x13002\n",

/* sysenter to the instruction behind it; #UD in AMD's long mode */
"case match/sysenter-is-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
"wrmsr 0x174 0x8 -> ok\n"
"wrmsr 0x175 0x1f000 -> ok\n"
"wrmsr 0x176 0x13002 -> ok\n"
"filter allow range rw 0x174+3 = 0 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x175 -> exit filter\n"
"wrmsr 0x176 0x1000 -> exit filter\n"
"get_msr 0x176 -> 1 0x13002\n"
"code 0f34\n",

/* Entering and leaving the guest moves MSRs; so do CR0 and CR4. */
"case match/control-registers-are-exempt\n"
"rules match_side_effects_exempt\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xc0000080 -> exit filter\n"
/* CR0 and CR4 to a register and back; CR3 the same */
"code 0f20c00f22c0 -> ok\n"
"code 0f20e00f22e0 -> ok\n"
"code 0f20d80f22d8 -> ok\n"
/* CR0.TS on and off, invlpg, cpuid */
"code 0f20c083c8080f22c00f06 -> ok\n"
"code 0f0138 rax=0x0 -> ok\n"
"code 0fa2 rax=0x0 rcx=0x0\n"
"rdmsr 0xc0000080 -> exit filter\n",

	NULL
};

/* ---- families ---- */

static const char *bits(bool one)
{
	return one ? "0xff" : "0";
}

/* Accesses to indexes that no KVM knows. */
static void say_read(struct text *t, unsigned index, bool allowed)
{
	SAY(t, "rdmsr 0x%x -> exit %s\n", index,
	    allowed ? "unknown" : "filter");
}

static void say_write(struct text *t, unsigned index, bool allowed)
{
	SAY(t, "wrmsr 0x%x 0x1 -> exit %s\n", index,
	    allowed ? "unknown" : "filter");
}

static void say_both(struct text *t, unsigned index, bool allowed)
{
	say_read(t, index, allowed);
	say_write(t, index, allowed);
}

/* ---- direction x bit x default ---- */

/* One of each kind: unknown to KVM, passed through, intercepted. */
static const struct {
	unsigned covered, other, value;
	const char *allowed;
} kinds[] = {
	{ 0xdeadbe10, 0xdeadbe11, 0x1, "exit unknown" },
	{ 0xc0000101, 0xc0000102, 0x1000, "ok" },
	{ 0x174, 0x175, 0x10, "ok" },
	{ 0x17a, 0x8b, 0x4, "ok" },
};

static void direction(struct emitter *e, unsigned type, bool deny, bool bit)
{
	static const char *const names[] = { "", "read", "write",
					     "read-write" };
	static const char *const flags[] = { "", "r", "w", "rw" };
	static const char *const rule[] = {
		"", "match_read_range_not_writes",
		"match_write_range_not_reads", "match_read_write_one_bit",
	};
	struct text t = { .at = 0 };

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		bool rd = type & 1 ? bit : !deny, wr = type & 2 ? bit : !deny;
		const char *yes = kinds[i].allowed, *no = "exit filter";

		SAY(&t, "rdmsr 0x%x -> %s\n", kinds[i].covered, rd ? yes : no);
		SAY(&t, "wrmsr 0x%x 0x%x -> %s\n", kinds[i].covered,
		    kinds[i].value, wr ? yes : no);
		SAY(&t, "rdmsr 0x%x -> %s\n", kinds[i].other,
		    deny ? no : yes);
		SAY(&t, "wrmsr 0x%x 0x%x -> %s\n", kinds[i].other,
		    kinds[i].value, deny ? no : yes);
	}
	emit(e, "case match/%s-range-bit-%d-default-%s\n"
	     "rules match_bit_decides match_default_decides %s\n"
	     "cap 0x7 -> 0\n"
	     "filter %s range %s 0xdeadbe10+1 = %s range %s 0xc0000101+1 = %s "
	     "range %s 0x174+1 = %s range %s 0x17a+1 = %s -> 0\n%s",
	     names[type], bit, deny ? "deny" : "allow",
	     /* a bit like the default shows nothing of the direction */
	     bit == deny ? rule[type] : "",
	     deny ? "deny" : "allow", flags[type], bits(bit), flags[type],
	     bits(bit), flags[type], bits(bit), flags[type], bits(bit), t.s);
}

static void directions(struct emitter *e)
{
	for (unsigned type = 1; type <= 3; type++)
		for (int deny = 0; deny < 2; deny++)
			for (int bit = 0; bit < 2; bit++)
				direction(e, type, deny, bit);
}

/* ---- one bit among 12288 ---- */

/*
 * A base that is no multiple of anything, so that a bit found by the index
 * and not by its distance from the base is another bit.
 */
enum { FULL = 12288, FULL_BASE = 0x7fff0105 };

static const unsigned positions[] = {
	0, 1, 6, 7, 8, 9, 15, 16, 30, 31, 32, 33, 62, 63, 64, 65, 127, 128,
	129, 255, 256, 511, 512, 1023, 1024, 2047, 2048, 4095, 4096, 8191,
	8192, 12223, 12224, 12286, 12287,
};

/* Where a wrong word, byte or bit order would look for bit @p. */
static int aliases(unsigned p, long at[24])
{
	const long all[] = {
		p - 1L, p + 1L, p ^ 7, p ^ 8, p ^ 24, p ^ 31, p ^ 32, p ^ 56,
		p ^ 63, p ^ 64, p - 8L, p + 8L, p - 64L, p + 64L, p % 8,
		p % 32, p % 64, p % 256, p / 8, p * 8L, FULL - 1L - p, 0,
		FULL - 1L,
	};
	int n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		bool twin = all[i] == p || all[i] < -1 || all[i] > FULL;

		for (int j = 0; j < n; j++)
			twin |= at[j] == all[i];
		if (!twin)
			at[n++] = all[i];
	}
	return n;
}

/* Bit @p alone is @bit, every other one is not. */
static void one_bit(struct emitter *e, unsigned p, bool bit)
{
	struct text t = { .at = 0 };
	long at[24];
	int n = aliases(p, at);

	for (int deny = 0; deny < 2; deny++) {
		SAY(&t, "filter %s range rw 0x%x+%d = %s^%u -> 0\n",
		    deny ? "deny" : "allow", FULL_BASE, FULL, bits(!bit), p);
		say_both(&t, FULL_BASE + p, bit);
		for (int i = 0; i < n; i++) {
			bool in = at[i] >= 0 && at[i] < FULL;

			say_read(&t, FULL_BASE + at[i], in ? !bit : !deny);
			if (i < 2)
				say_write(&t, FULL_BASE + at[i],
					  in ? !bit : !deny);
		}
	}
	emit(e, "case match/bit-%u-alone-%s\n"
	     "rules match_bit_order match_bit_decides\n"
	     "cap 0x6 -> 0\n%s",
	     p, bit ? "set" : "clear", t.s);
}

static void bit_positions(struct emitter *e)
{
	for (unsigned i = 0; i < ARRAY_SIZE(positions); i++) {
		one_bit(e, positions[i], true);
		one_bit(e, positions[i], false);
	}
}

/* ---- sizes ---- */

enum { SIZE_BASE = 0x7fff1003 };

static void say_size(struct text *t, unsigned n, bool bit)
{
	unsigned rounded = (n + 63) / 64 * 64;

	SAY(t, "filter %s range rw 0x%x+%u = %s -> 0\n",
	    bit ? "deny" : "allow", SIZE_BASE, n, bits(bit));
	say_both(t, SIZE_BASE - 1, !bit);
	say_both(t, SIZE_BASE, bit);
	say_read(t, SIZE_BASE + n / 2, bit);
	say_both(t, SIZE_BASE + n - 1, bit);
	say_both(t, SIZE_BASE + n, !bit);
	/* what the last byte, word and page of the bitmap have left */
	say_read(t, SIZE_BASE + (n + 7) / 8 * 8, !bit);
	if (rounded > n)
		say_read(t, SIZE_BASE + rounded - 1, !bit);
	say_read(t, SIZE_BASE + rounded, !bit);
	say_read(t, SIZE_BASE + FULL + 64, !bit);
}

static void size(struct emitter *e, unsigned n)
{
	struct text t = { .at = 0 };

	say_size(&t, n, false);
	say_size(&t, n, true);
	/* the last bit for itself */
	SAY(&t, "filter allow range rw 0x%x+%u = 0^%u -> 0\n", SIZE_BASE, n,
	    n - 1);
	say_both(&t, SIZE_BASE + n - 1, true);
	if (n > 1) {
		say_both(&t, SIZE_BASE + n - 2, false);
		say_read(&t, SIZE_BASE, false);
	}
	SAY(&t, "filter deny range rw 0x%x+%u = 0xff^%u -> 0\n", SIZE_BASE, n,
	    n - 1);
	say_both(&t, SIZE_BASE + n - 1, false);
	if (n > 1) {
		say_both(&t, SIZE_BASE + n - 2, true);
		say_read(&t, SIZE_BASE, true);
	}
	emit(e, "case match/range-of-%u-msrs\n"
	     "rules match_base_covered match_end_not_covered "
	     "match_bit_decides%s\n"
	     "cap 0x6 -> 0\n%s",
	     n, n == 1 ? " match_nmsrs_one" : "", t.s);
}

static void sizes(struct emitter *e)
{
	static const unsigned n[] = {
		1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128,
		129, 191, 192, 193, 255, 256, 257, 511, 512, 513, 1023, 1024,
		1025, 4095, 4096, 4097, 8192, 12224, 12225, 12287, 12288,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(n); i++)
		size(e, n[i]);
}

/* ---- bases at the edges of the index space ---- */

static bool x2apic(unsigned index)
{
	return index >= 0x800 && index <= 0x8ff;
}

/* Nothing is said of what KVM answers where the filter allows. */
static void say_edge(struct text *t, unsigned index, bool allowed)
{
	if (x2apic(index) || allowed) {
		SAY(t, "rdmsr 0x%x\n", index);
		return;
	}
	SAY(t, "rdmsr 0x%x -> exit filter\n", index);
	SAY(t, "wrmsr 0x%x 0x1 -> exit filter\n", index);
}

static void say_edges(struct text *t, unsigned base, unsigned n, bool bit)
{
	/* where an index of fewer bits, or with a sign, would be */
	const unsigned far[] = {
		base - 1, base + n, base ^ 0x80000000, base & 0xffff,
		base & 0x7fff, base & 0xff, base ^ 0x10000, ~base,
		base - 0x1000, base + 0x10000,
	};

	SAY(t, "filter %s range rw 0x%x+%u = %s -> 0\n",
	    bit ? "deny" : "allow", base, n, bits(bit));
	say_edge(t, base, bit);
	say_edge(t, base + n - 1, bit);
	for (unsigned i = 0; i < ARRAY_SIZE(far); i++)
		if (far[i] - base >= n)
			say_edge(t, far[i], !bit);
}

static void base_edge(struct emitter *e, unsigned base, unsigned n)
{
	struct text t = { .at = 0 };

	say_edges(&t, base, n, false);
	say_edges(&t, base, n, true);
	emit(e, "case match/base-0x%x-and-%u-more\n"
	     "rules match_base_covered%s\n"
	     "cap 0x7 -> 0\n%s", base, n - 1,
	     x2apic(base + n) ? "" : " match_end_not_covered", t.s);
}

static void base_edges(struct emitter *e)
{
	static const unsigned base[] = {
		0, 1, 0x3f, 0x40, 0x7ff, 0x900, 0x1fff, 0x2000, 0xffff,
		0x10000, 0x10800, 0x3fffffff, 0x40000000, 0x7ffffffe,
		0x7fffffff, 0x80000000, 0x80000001, 0x80000800, 0xbfffffff,
		0xc0000000, 0xc0000800, 0xc0001fff, 0xc0002000, 0xc000ffff,
		0xc0010000, 0xc0011fff, 0xc0012000, 0xfffeffff, 0xfffffeff,
		0xfffffffe,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(base); i++) {
		base_edge(e, base[i], 1);
		if (base[i] != 0x7ff && base[i] < 0xffffff00)
			base_edge(e, base[i], 65);
	}
}

/* ---- slots ---- */

static const char *const slot_rule[] = { "", " match_last_slot" };

/* The one range in use is in slot @s. */
static void slot_alone(struct emitter *e, unsigned s)
{
	emit(e, "case match/slot-%u-alone\n"
	     "rules match_bit_decides match_bit_order%s\n"
	     "cap 0x7 -> 0\n"
	     "filter allow range %u: rw 0xc0000100+2 = 0x02 -> 0\n"
	     "rdmsr 0xc0000100 -> exit filter\n"
	     "wrmsr 0xc0000100 0x1000 -> exit filter\n"
	     "wrmsr 0xc0000101 0x1000 -> ok\n"
	     "rdmsr 0xc0000101 -> ok 0x1000\n"
	     "rdmsr 0xc0000102 -> ok\n"
	     "filter deny range %u: rw 0xdeadbe20+2 = 0x02 -> 0\n"
	     "rdmsr 0xc0000101 -> exit filter\n"
	     DENIED("0xdeadbe1f") DENIED("0xdeadbe20") ALLOWED("0xdeadbe21")
	     DENIED("0xdeadbe22")
	     "filter allow range %u: r 0x17a+1 = 0 -> 0\n"
	     "rdmsr 0x17a -> exit filter\n"
	     "wrmsr 0x17a 0x4 -> ok\n",
	     s, slot_rule[s == 15], s, s, s);
}

/* All sixteen in use, each for four MSRs; slot @s has the other bit. */
static void slot_among(struct emitter *e, unsigned s)
{
	struct text t = { .at = 0 };

	for (int deny = 0; deny < 2; deny++) {
		SAY(&t, "filter %s", deny ? "deny" : "allow");
		for (unsigned j = 0; j < 16; j++)
			SAY(&t, "%srange rw 0x%x+4 = %s", j % 3 ? " " : "\n",
			    0xdeadbe20 + 16 * j, bits(deny == (j == s)));
		SAY(&t, " -> 0\n");
		for (unsigned j = 0; j < 16; j++)
			say_read(&t, 0xdeadbe20 + 16 * j, deny == (j == s));
		say_write(&t, 0xdeadbe20 + 16 * s, deny);
		say_read(&t, 0xdeadbe20 + 16 * s - 1, !deny);
		say_both(&t, 0xdeadbe20 + 16 * s + 3, deny);
		say_read(&t, 0xdeadbe20 + 16 * s + 4, !deny);
	}
	emit(e, "case match/slot-%u-unlike-the-fifteen-others\n"
	     "rules match_bit_decides%s\n"
	     "cap 0x6 -> 0\n%s", s, slot_rule[s == 15], t.s);
}

/* Slots below @s are for other MSRs, those above for the same one. */
static void slot_first(struct emitter *e, unsigned s)
{
	struct text t = { .at = 0 };

	for (int bit = 0; bit < 2; bit++) {
		SAY(&t, "filter %s", bit ? "deny" : "allow");
		for (unsigned j = 0; j < 16; j++)
			SAY(&t, "%srange rw 0x%x+2 = %s", j % 3 ? " " : "\n",
			    j < s ? 0xdeadbe22 + 2 * j : 0xdeadbe20,
			    bits(j == s ? bit : !bit));
		SAY(&t, " -> 0\n");
		say_both(&t, 0xdeadbe20, bit);
		say_both(&t, 0xdeadbe21, bit);
		say_both(&t, 0xdeadbe1f, !bit);
		if (s)
			say_both(&t, 0xdeadbe22, !bit);
	}
	emit(e, "case match/slot-%u-is-the-first-to-cover\n"
	     "rules match_bit_decides%s%s\n"
	     "cap 0x6 -> 0\n%s", s,
	     s < 15 ? " match_lowest_slot_decides match_first_match_denies" :
	     "", slot_rule[s == 15], t.s);
}

/* Slots below @s cover the MSR for the other kind of access only. */
static void slot_behind_other_type(struct emitter *e, unsigned s)
{
	struct text t = { .at = 0 };

	for (int write = 0; write < 2; write++)
		for (int bit = 0; bit < 2; bit++) {
			SAY(&t, "filter %s", bit ? "deny" : "allow");
			for (unsigned j = 0; j < 16; j++)
				SAY(&t, "%srange %s 0xdeadbe20+2 = %s",
				    j % 3 ? " " : "\n",
				    (j < s) == write ? "r" : "w",
				    bits(j < s || j == s ? bit : !bit));
			SAY(&t, " -> 0\n");
			say_both(&t, 0xdeadbe20, bit);
			say_both(&t, 0xdeadbe21, bit);
		}
	/* those below say the opposite of what @s says */
	for (int bit = 0; bit < 2; bit++) {
		SAY(&t, "filter %s", bit ? "deny" : "allow");
		for (unsigned j = 0; j <= s; j++)
			SAY(&t, " range %s 0xdeadbe20+2 = %s",
			    j == s ? "r" : "w", bits(j == s ? bit : !bit));
		SAY(&t, " -> 0\n");
		say_read(&t, 0xdeadbe20, bit);
		say_write(&t, 0xdeadbe20, !bit);
	}
	emit(e, "case match/slot-%u-behind-the-other-type\n"
	     "rules match_bit_decides match_other_type_no_shadow "
	     "match_write_range_not_reads%s\n"
	     "cap 0x6 -> 0\n%s", s, slot_rule[s == 15], t.s);
}

/* Ranges in slots 0 to @n - 1: the last of them counts, what is behind not. */
static void last_of(struct emitter *e, unsigned n)
{
	struct text t = { .at = 0 };

	for (int deny = 0; deny < 2; deny++) {
		SAY(&t, "filter %s", deny ? "deny" : "allow");
		for (unsigned j = 0; j < n; j++)
			SAY(&t, " range rw 0x%x+1 = %s", 0xdeadbe20 + j,
			    bits(deny));
		SAY(&t, " -> 0\n");
		say_read(&t, 0xdeadbe1f, !deny);
		for (unsigned j = 0; j < n; j++)
			say_read(&t, 0xdeadbe20 + j, deny);
		say_write(&t, 0xdeadbe20 + n - 1, deny);
		say_both(&t, 0xdeadbe20 + n, !deny);
	}
	emit(e, "case match/%u-ranges-all-used\n"
	     "rules match_nmsrs_one%s\n"
	     "cap 0x6 -> 0\n%s", n, slot_rule[n == 16], t.s);
}

static void slots(struct emitter *e)
{
	for (unsigned s = 0; s < 16; s++) {
		slot_alone(e, s);
		slot_among(e, s);
		slot_first(e, s);
		if (s)
			slot_behind_other_type(e, s);
		last_of(e, s + 1);
	}
}

/* ---- overlaps ---- */

enum { LAP = 0xdeadbe40, LAP_POINTS = 24 };

struct span {
	unsigned from, to;	/* above LAP; `to` is not covered */
};

static void say_ranges(struct text *t, const struct span *v,
		       const bool *bit, int n, bool deny)
{
	SAY(t, "filter %s", deny ? "deny" : "allow");
	for (int i = 0; i < n; i++)
		SAY(t, " range rw 0x%x+%u = %s", LAP + v[i].from,
		    v[i].to - v[i].from, bits(bit[i]));
	SAY(t, " -> 0\n");
}

/* At every bound of every span, and on both sides of it. */
static void say_points(struct text *t, const struct span *v, const bool *bit,
		       int n, bool deny)
{
	for (unsigned p = 0; p < LAP_POINTS; p++) {
		bool ask = false, allowed = !deny;

		for (int i = n - 1; i >= 0; i--) {
			ask |= p + 1 == v[i].from || p == v[i].from ||
			       p + 1 == v[i].to || p == v[i].to;
			if (p >= v[i].from && p < v[i].to)
				allowed = bit[i];
		}
		if (ask)
			say_both(t, LAP + p, allowed);
	}
}

static const struct {
	const char *name;
	struct span low, high;
} laps[] = {
	{ "equal", { 2, 10 }, { 2, 10 } },
	{ "same-base", { 2, 6 }, { 2, 10 } },
	{ "same-end", { 2, 10 }, { 7, 10 } },
	{ "nested", { 2, 20 }, { 6, 12 } },
	{ "staggered", { 2, 12 }, { 6, 18 } },
	{ "one-msr-shared", { 2, 10 }, { 9, 18 } },
	{ "one-msr-nested", { 2, 10 }, { 5, 6 } },
};

/* Two ranges, in either order; the first has bit @bit, the other has not. */
static void two_ranges(struct emitter *e, int lap, bool swap, bool bit)
{
	const struct span v[2] = {
		swap ? laps[lap].high : laps[lap].low,
		swap ? laps[lap].low : laps[lap].high,
	};
	const bool b[2] = { bit, !bit };
	struct text t = { .at = 0 };

	for (int deny = 0; deny < 2; deny++) {
		say_ranges(&t, v, b, 2, deny);
		say_points(&t, v, b, 2, deny);
	}
	emit(e, "case match/overlap-%s-%s-first-bit-%d\n"
	     "rules match_lowest_slot_decides%s%s\n"
	     "cap 0x6 -> 0\n%s",
	     laps[lap].name, swap ? "second" : "first", bit,
	     bit ? "" : " match_first_match_denies",
	     v[0].from > v[1].from ? " match_array_order_not_base" : "", t.s);
}

static const unsigned orders[6][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
	{ 2, 1, 0 },
};

/* Three ranges in all orders; in each filter one differs from the others. */
static void three_ranges(struct emitter *e, const char *name,
			 const struct span *span, int order, int odd)
{
	const unsigned *o = orders[order];
	const struct span v[3] = { span[o[0]], span[o[1]], span[o[2]] };
	struct text t = { .at = 0 };

	for (int deny = 0; deny < 2; deny++) {
		const bool b[3] = { deny ^ (odd == 0), deny ^ (odd == 1),
				    deny ^ (odd == 2) };

		say_ranges(&t, v, b, 3, deny);
		say_points(&t, v, b, 3, deny);
	}
	emit(e, "case match/three-%s-order-%u-%u-%u-odd-%s\n"
	     "rules match_first_match_denies%s%s\n"
	     "cap 0x6 -> 0\n%s",
	     name, o[0] + 1, o[1] + 1, o[2] + 1, odd ? "second" : "first",
	     odd ? "" : " match_lowest_slot_decides",
	     /* by base they would come in the order 0, 1, 2 */
	     odd || !o[0] ? "" : " match_array_order_not_base", t.s);
}

static void overlaps(struct emitter *e)
{
	static const struct span nested[3] = {
		{ 1, 22 }, { 4, 18 }, { 8, 14 },
	};
	static const struct span chain[3] = {
		{ 1, 12 }, { 6, 17 }, { 10, 22 },
	};

	for (unsigned lap = 0; lap < ARRAY_SIZE(laps); lap++)
		for (int swap = !lap ? 1 : 0; swap < 2; swap++)
			for (int bit = 0; bit < 2; bit++)
				two_ranges(e, lap, swap, bit);
	for (int order = 0; order < 6; order++)
		for (int odd = 0; odd < 2; odd++) {
			three_ranges(e, "nested", nested, order, odd);
			three_ranges(e, "chained", chain, order, odd);
		}
}

/* ---- types of overlapping ranges ---- */

/* A read, a write and a read-write range for one MSR, in all orders. */
static void types(struct emitter *e, int order)
{
	static const char *const flags[] = { "r", "w", "rw" };
	static const char *const names[] = { "read", "write", "both" };
	const unsigned *o = orders[order];
	struct text t = { .at = 0 };

	for (int set = 0; set < 8; set++) {
		bool rd = false, wr = false;

		for (int i = 2; i >= 0; i--) {
			bool bit = set >> o[i] & 1;

			rd = o[i] != 1 ? bit : rd;
			wr = o[i] != 0 ? bit : wr;
		}
		SAY(&t, "filter %s", set & 1 ? "deny" : "allow");
		for (int i = 0; i < 3; i++)
			SAY(&t, " range %s 0xdeadbe20+3 = %s range %s "
			    "0xc0000100+2 = %s", flags[o[i]],
			    bits(set >> o[i] & 1), flags[o[i]],
			    bits(set >> o[i] & 1));
		SAY(&t, " -> 0\n");
		say_both(&t, 0xdeadbe1f, !(set & 1));
		say_read(&t, 0xdeadbe20, rd);
		say_write(&t, 0xdeadbe22, wr);
		SAY(&t, "rdmsr 0xc0000101 -> %s\n", rd ? "ok" : "exit filter");
		SAY(&t, "wrmsr 0xc0000100 0x1000 -> %s\n",
		    wr ? "ok" : "exit filter");
	}
	emit(e, "case match/types-%s-then-%s-then-%s\n"
	     "rules match_lowest_slot_decides%s%s%s\n"
	     "cap 0x6 -> 0\n%s",
	     names[o[0]], names[o[1]], names[o[2]],
	     o[0] == 2 ? "" : " match_other_type_no_shadow",
	     o[0] == 2 ? "" : " match_read_write_opposite",
	     o[0] == 2 ? " match_read_write_one_bit" : "", t.s);
}

static void all_types(struct emitter *e)
{
	for (int order = 0; order < 6; order++)
		types(e, order);
}

/* ---- MSRs that are passed through, in the course of changing filters ---- */

/*
 * Passed through by one vendor or the other, some by none; the same must be
 * seen of all.  Two values that are fine everywhere.
 */
static const struct {
	const char *name;
	unsigned index;
	unsigned long long a, b;
} natives[] = {
	{ "fs-base", 0xc0000100, 0x1000, 0x7fff12345000 },
	{ "gs-base", 0xc0000101, 0x2000, 0x7fff12346000 },
	{ "kernel-gs-base", 0xc0000102, 0x3000, 0xffff800000001000 },
	{ "sysenter-cs", 0x174, 0x8, 0x10 },
	{ "sysenter-esp", 0x175, 0x4000, 0x7fff12347000 },
	{ "sysenter-eip", 0x176, 0x5000, 0x7fff12348000 },
	{ "star", 0xc0000081, 0x0023001000000000, 0x0033002000001000 },
	{ "lstar", 0xc0000082, 0x6000, 0xffffffff80001000 },
	{ "cstar", 0xc0000083, 0x7000, 0xffffffff80002000 },
	{ "syscall-mask", 0xc0000084, 0x200, 0x47700 },
	{ "mcg-status", 0x17a, 0x4, 0x1 },
	{ "pat", 0x277, 0x0007040600070406, 0x0007010600070106 },
};

enum { NOBODY = 0xdeadbe20 };

static void native(struct emitter *e, int i)
{
	unsigned m = natives[i].index;
	unsigned long long a = natives[i].a, b = natives[i].b;

	emit(e, "case match/%s-denied-and-allowed-by-turns\n"
	     "rules match_bit_decides match_default_decides "
	     "match_read_range_not_writes match_write_range_not_reads "
	     "match_allowed_never_exits\n"
	     "cap 0x6 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter allow range w 0x%x+1 = 0 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter allow range r 0x%x+1 = 0 -> 0\n"
	     "rdmsr 0x%x data=0x77 -> exit filter then ok 0x77\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x data=0x78 -> exit filter then ok 0x78\n",
	     natives[i].name, m, a, m, a, m, m, b, m, a, m, m, m, b, m);
	emit(e, "case match/%s-opened-and-closed\n"
	     "rules match_bit_decides match_default_decides "
	     "match_write_range_not_reads match_allowed_never_exits "
	     "match_empty_allow_allows\n"
	     "cap 0x6 -> 0\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "filter allow -> 0\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter allow range rw 0x%x+1 = 0 -> 0\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "rdmsr 0x%x data=0x79 -> exit filter then ok 0x79\n"
	     "get_msr 0x%x -> 1 0x%llx\n"
	     "filter deny range r 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter deny range w 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x data=0x7a -> exit filter then ok 0x7a\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "wrmsr 0x%x 0x%llx -> ok\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter allow range rw 0x%x+1 = 0 -> 0\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter allow range rw 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter allow -> 0\n"
	     "rdmsr 0x%x -> ok 0x%llx\n",
	     natives[i].name, NOBODY, m, b, m, m, a, m, a, m, m, b, m, m, a,
	     m, m, a, m, b, m, m, m, b, m, m, b, m, a, m, a, m, m, m, b, m, m,
	     a, NOBODY, m, m, b, m, a);
}

/* Reads, writes and both denied before there is a vCPU: one VM for each. */
static void native_from_the_start(struct emitter *e, int i)
{
	unsigned m = natives[i].index;
	unsigned long long a = natives[i].a, b = natives[i].b;

	emit(e, "case match/%s-denied-from-the-start\n"
	     "rules match_bit_decides match_read_range_not_writes "
	     "match_write_range_not_reads match_allowed_never_exits\n"
	     "vm0: cap 0x6 -> 0\n"
	     "vm1: cap 0x6 -> 0\n"
	     "vm2: cap 0x6 -> 0\n"
	     "vm0: filter allow range r 0x%x+1 = 0 -> 0\n"
	     "vm1: filter allow range w 0x%x+1 = 0 -> 0\n"
	     "vm2: filter allow range rw 0x%x+1 = 0 -> 0\n"
	     "vm0: rdmsr 0x%x -> exit filter\n"
	     "vm0: wrmsr 0x%x 0x%llx -> ok\n"
	     "vm0: rdmsr 0x%x data=0x71 -> exit filter then ok 0x71\n"
	     "vm1: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vm1: rdmsr 0x%x -> ok\n"
	     "vm1: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vm2: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vm2: rdmsr 0x%x data=0x72 -> exit filter then ok 0x72\n"
	     "vm0: filter allow -> 0\n"
	     "vm1: filter allow -> 0\n"
	     "vm2: filter allow -> 0\n"
	     "vm0: rdmsr 0x%x -> ok 0x%llx\n"
	     "vm1: wrmsr 0x%x 0x%llx -> ok\n"
	     "vm1: rdmsr 0x%x -> ok 0x%llx\n"
	     "vm2: wrmsr 0x%x 0x%llx -> ok\n"
	     "vm2: rdmsr 0x%x -> ok 0x%llx\n",
	     natives[i].name, m, m, m, m, m, a, m, m, b, m, m, b, m, b, m,
	     m, a, m, b, m, b, m, a, m, a);
}

/* Another vCPU than the one that the ioctl is likely to begin with. */
static void native_elsewhere(struct emitter *e, int i)
{
	unsigned m = natives[i].index;
	unsigned long long a = natives[i].a, b = natives[i].b;

	emit(e, "case match/%s-on-the-third-vcpu\n"
	     "rules match_all_vcpus_alike\n"
	     "cap 0x6 -> 0\n"
	     "vcpu0: rdmsr 0x%x -> ok\n"
	     "vcpu1: rdmsr 0x%x -> ok\n"
	     "vcpu2: wrmsr 0x%x 0x%llx -> ok\n"
	     "filter allow range w 0x%x+1 = 0 -> 0\n"
	     "vcpu2: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vcpu2: rdmsr 0x%x -> ok 0x%llx\n"
	     "filter allow range r 0x%x+1 = 0 -> 0\n"
	     "vcpu2: rdmsr 0x%x data=0x73 -> exit filter then ok 0x73\n"
	     "vcpu2: wrmsr 0x%x 0x%llx -> ok\n"
	     "filter deny range rw 0x%x+1 = 0xff -> 0\n"
	     "vcpu2: rdmsr 0x%x -> exit filter\n"
	     "vcpu2: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "vcpu1: wrmsr 0x%x 0x%llx -> exit filter\n"
	     "filter allow -> 0\n"
	     "vcpu2: rdmsr 0x%x -> ok 0x%llx\n"
	     "vcpu1: wrmsr 0x%x 0x%llx -> ok\n"
	     "vcpu1: rdmsr 0x%x -> ok 0x%llx\n",
	     natives[i].name, m, m, m, a, m, m, b, m, a, m, m, m, b, NOBODY,
	     m, m, a, m, a, m, b, m, a, m, a);
}

/* Every member of one range, and its neighbours, by a walking bit. */
static void walking_bit(struct emitter *e, unsigned base, unsigned n,
			const char *name)
{
	struct text t = { .at = 0 };

	for (int clear = 0; clear < 2; clear++)
		for (unsigned i = 0; i < n; i++) {
			SAY(&t, "filter %s range rw 0x%x+%u = %s^%u -> 0\n",
			    clear ? "allow" : "deny", base, n, bits(clear), i);
			for (unsigned j = 0; j < n; j++)
				SAY(&t, "rdmsr 0x%x -> %s\n", base + j,
				    (i == j) != clear ? "ok" : "exit filter");
		}
	emit(e, "case match/walking-bit-over-%s\n"
	     "rules match_bit_decides match_bit_order\n"
	     "cap 0x6 -> 0\n%s", name, t.s);
}

static void all_natives(struct emitter *e)
{
	for (unsigned i = 0; i < ARRAY_SIZE(natives); i++) {
		native(e, i);
		native_from_the_start(e, i);
		native_elsewhere(e, i);
	}
	walking_bit(e, 0xc0000100, 4, "the-bases");
	walking_bit(e, 0xc0000080, 5, "the-syscall-msrs");
	walking_bit(e, 0x174, 3, "the-sysenter-msrs");
}

static void families(struct emitter *e)
{
	directions(e);
	bit_positions(e);
	sizes(e);
	base_edges(e);
	slots(e);
	overlaps(e);
	all_types(e);
	all_natives(e);
}

SUITE(cases, families);
