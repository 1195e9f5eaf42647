// SPDX-License-Identifier: GPL-2.0-only
/*
 * FLT: which arguments KVM_X86_SET_MSR_FILTER takes, which errno each other
 * one gets and which check comes first, how many bytes it reads, and that a
 * refused call changes nothing while an accepted one replaces everything.
 * Which filter is in force is seen with mask 6 at indexes that no KVM knows
 * (0xdeadbe00 up, 0x7fff0000 up): denied they exit with FILTER, allowed with
 * UNKNOWN.  Source: section 4.97 of api.rst and the code named in
 * suites/rules/flt.def.
 */
#include "suite.h"

/*
 * The filter that refused calls find in force, the opposite of it that they
 * bring along, and what shows that the first still stands.
 */
#define OLD								\
	"filter deny range rw 0xdeadbe00+2 = 0xff^1 "			\
	"range r 0xc0000100+1 = 0xff -> 0\n"
#define OTHER "rw 0xdeadbe00+2 = 0^1"
#define KEPT								\
	"rdmsr 0xdeadbe00 -> exit unknown\n"				\
	"rdmsr 0xdeadbe01 -> exit filter\n"				\
	"rdmsr 0xc0000100 -> ok\n"					\
	"wrmsr 0xc0000102 0x1000 -> exit filter\n"
#define REPLACED							\
	"rdmsr 0xdeadbe00 -> exit filter\n"				\
	"rdmsr 0xdeadbe01 -> exit unknown\n"				\
	"wrmsr 0xc0000102 0x1000 -> ok\n"

#define SLOTS(range)							\
	"range 0: " range "range 1: " range "range 2: " range		\
	"range 3: " range "range 4: " range "range 5: " range		\
	"range 6: " range "range 7: " range "range 8: " range		\
	"range 9: " range "range 10: " range "range 11: " range		\
	"range 12: " range "range 13: " range "range 14: " range	\
	"range 15: " range

static const char *const cases[] = {

/* ---- accepted ---- */

"case filter/valid-is-accepted\n"
"rules flt_valid_accepted flt_success_returns_zero flt_struct_not_written\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+2 = 0^1 range w 0x174+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe02 -> exit unknown\n"
"rdmsr 0x174 -> ok\n"
"wrmsr 0x174 0x10 -> exit filter\n"
"filter deny range rw 0xdeadbe00+2 = 0^1 range r 0x174+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
"rdmsr 0x174 -> ok\n"
"wrmsr 0x174 0x10 -> exit filter\n",

/* 1 to 16, not a number of ranges or bytes. */
"case filter/returns-zero-whatever-it-holds\n"
"rules flt_success_returns_zero\n"
"filter allow -> 0\n"
"filter allow range rw 0xdeadbe00+1 = 0 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0 -> 0\n"
"filter allow range rw 0xdeadbe00+128 = 0 range r 0x174+64 = 0xff -> 0\n"
"filter deny " SLOTS("rw 0x174+8 = 0xff ") "-> 0\n"
"filter allow range 15: rw 0x7fff0000+12288 = 0 -> 0\n"
"filter allow -> 0\n",

"case filter/empty-allow-turns-filtering-off\n"
"rules flt_empty_allow_turns_off\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0x1a0 -> exit filter\n"
"wrmsr 0xc0000102 0x1000 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"wrmsr 0xdeadbe01 0x1 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n"
"wrmsr 0xc0000102 0x1000 -> ok\n"
"rdmsr 0x174 -> ok\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit unknown\n"
"vcpu1: rdmsr 0x1a0 -> ok\n"
"filter allow -> 0\n"
"rdmsr 0x1a0 -> ok\n",

"case filter/empty-allow-as-the-first-filter\n"
"rules flt_empty_allow_turns_off\n"
"cap 0x6 -> 0\n"
"filter allow -> 0\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n"
"rdmsr 0xc0000100 -> ok\n"
"filter allow range rw 0x1a0+1 = 0 -> 0\n"
"rdmsr 0x1a0 -> exit filter\n",

"case filter/empty-deny-is-refused\n"
"rules flt_empty_deny_einval flt_failure_keeps_old\n"
"cap 0x6 -> 0\n"
OLD
"filter deny -> EINVAL\n"
KEPT
"filter deny " SLOTS("rw 0xdeadbe00+0 = 0xff ") "-> EINVAL\n"
KEPT
"filter deny " SLOTS("0xffffffff 0xdeadbe00+0 = 0xff at=null ") "-> EINVAL\n"
KEPT
"filter deny pad=0xff -> EINVAL\n"
KEPT
"filter deny at=guest -> EINVAL\n"
KEPT
"filter allow -> 0\n"
"filter deny -> EINVAL\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n",

"case filter/empty-deny-as-the-first-filter\n"
"rules flt_empty_deny_einval\n"
"cap 0x6 -> 0\n"
"filter deny -> EINVAL\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n"
"wrmsr 0x174 0x10 -> ok\n",

/* Most of what a guest does with MSRs, and all of it that is a write. */
"case filter/deny-with-one-read-range\n"
"rules flt_deny_read_only_range\n"
"cap 0x6 -> 0\n"
"filter deny range r 0xdeadbe00+4 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe03 -> exit unknown\n"
"rdmsr 0xdeadbe04 -> exit filter\n"
"wrmsr 0xdeadbe00 0x1 -> exit filter\n"
"wrmsr 0xdeadbe03 0x1 -> exit filter\n"
"wrmsr 0xdeadbe04 0x1 -> exit filter\n"
"wrmsr 0 0x1 -> exit filter\n"
"wrmsr 0xffffffff 0x1 -> exit filter\n"
"wrmsr 0x7ff 0x1 -> exit filter\n"
"wrmsr 0x900 0x1 -> exit filter\n"
"wrmsr 0x10 0x1 -> exit filter\n"
"wrmsr 0x174 0x10 -> exit filter\n"
"wrmsr 0x2ff 0x6 -> exit filter\n"
"wrmsr 0xc0000080 0x500 -> exit filter\n"
"wrmsr 0xc0000082 0x1000 -> exit filter\n"
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"wrmsr 0xc0000102 0x1000 -> exit filter\n"
"wrmsr 0xc0000103 0x1 -> exit filter\n"
"rdmsr 0xc0000102 -> exit filter\n",

"case filter/deny-with-one-write-range\n"
"rules flt_valid_accepted\n"
"cap 0x6 -> 0\n"
"filter deny range w 0xdeadbe00+4 = 0xff range w 0xc0000102+1 = 0xff -> 0\n"
"wrmsr 0xdeadbe00 0x1 -> exit unknown\n"
"wrmsr 0xdeadbe04 0x1 -> exit filter\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"wrmsr 0xc0000102 0x1000 -> ok\n"
"rdmsr 0xc0000102 -> exit filter\n"
"rdmsr 0 -> exit filter\n"
"rdmsr 0xffffffff -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x1a0 -> exit filter\n",

"case filter/sixteen-full-ranges\n"
"rules flt_all_ranges_full\n"
"cap 0x6 -> 0\n"
"filter allow "
"range rw 0x7fff0000+12288 = 0xff^12287 range rw 0x7fff3000+12288 = 0xff^12287 "
"range rw 0x7fff6000+12288 = 0xff^12287 range rw 0x7fff9000+12288 = 0xff^12287 "
"range rw 0x7fffc000+12288 = 0xff^12287 range rw 0x7ffff000+12288 = 0xff^12287 "
"range rw 0x80002000+12288 = 0xff^12287 range rw 0x80005000+12288 = 0xff^12287 "
"range rw 0xfffe0000+12288 = 0xff^12287 range rw 0xfffe3000+12288 = 0xff^12287 "
"range rw 0xfffe6000+12288 = 0xff^12287 range rw 0xfffe9000+12288 = 0xff^12287 "
"range rw 0xfffec000+12288 = 0xff^12287 range rw 0xfffef000+12288 = 0xff^12287 "
"range rw 0xffff2000+12288 = 0xff^12287 range rw 0xffff5000+12288 = 0xff^12287 "
"-> 0\n"
"rdmsr 0x7fff2ffe -> exit unknown\n"
"rdmsr 0x7fff2fff -> exit filter\n"
"rdmsr 0x7fff3000 -> exit unknown\n"
"rdmsr 0x7fff5fff -> exit filter\n"
"rdmsr 0x7fff8fff -> exit filter\n"
"rdmsr 0x7fffbfff -> exit filter\n"
"rdmsr 0x7fffefff -> exit filter\n"
"rdmsr 0x80001fff -> exit filter\n"
"rdmsr 0x80004fff -> exit filter\n"
"rdmsr 0x80007fff -> exit filter\n"
"rdmsr 0x80008000 -> exit unknown\n"
"rdmsr 0xfffe2fff -> exit filter\n"
"rdmsr 0xfffe5fff -> exit filter\n"
"rdmsr 0xfffe8fff -> exit filter\n"
"rdmsr 0xfffebfff -> exit filter\n"
"rdmsr 0xfffeefff -> exit filter\n"
"rdmsr 0xffff1fff -> exit filter\n"
"rdmsr 0xffff4fff -> exit filter\n"
"rdmsr 0xffff7ffe -> exit unknown\n"
"wrmsr 0xffff7fff 0x1 -> exit filter\n"
"rdmsr 0xffff8000 -> exit unknown\n",

"case filter/base-may-be-any-number\n"
"rules flt_base_any\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0+1 = 0 range rw 0x2000+1 = 0 range rw 0xdeadbe00+1 = 0 "
"range rw 0x40000000+1 = 0 range rw 0x474f4f00+1 = 0 "
"range rw 0x7fffffff+1 = 0 range rw 0x80000000+1 = 0 "
"range rw 0xbfffffff+1 = 0 range rw 0xc0002000+1 = 0 "
"range rw 0xfffffffd+1 = 0 range rw 0xfffffffe+1 = 0 "
"range rw 0x800+1 = 0 range rw 0x8ff+1 = 0 range rw 0xdeadbe00+1 = 0 -> 0\n"
"rdmsr 0 -> exit filter\n"
"rdmsr 0x2000 -> exit filter\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0x40000000 -> exit filter\n"
"rdmsr 0x474f4f00 -> exit filter\n"
"rdmsr 0x474f4f01 -> exit unknown\n"
"rdmsr 0x7fffffff -> exit filter\n"
"rdmsr 0x7ffffffe -> exit unknown\n"
"rdmsr 0x80000000 -> exit filter\n"
"rdmsr 0x80000001 -> exit unknown\n"
"rdmsr 0xbfffffff -> exit filter\n"
"rdmsr 0xc0002000 -> exit filter\n"
"rdmsr 0xfffffffd -> exit filter\n"
"rdmsr 0xfffffffe -> exit filter\n"
"rdmsr 0xfffffffc -> exit unknown\n",

/* What is past the last index is nothing, and not index 0 again. */
"case filter/range-past-the-last-index-accepted\n"
"rules flt_base_past_4g_accepted\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xffffffff+2 = 0 -> 0\n"
"rdmsr 0xfffffffe -> exit unknown\n"
"rdmsr 0 -> ok\n"
"filter allow range rw 0xffffffc0+128 = 0 -> 0\n"
"rdmsr 0xffffffbf -> exit unknown\n"
"rdmsr 0 -> ok\n"
"rdmsr 0x17 -> ok\n"
"filter allow range 15: rw 0xfffff000+12288 = 0 -> 0\n"
"rdmsr 0xffffefff -> exit unknown\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x1a0 -> ok\n"
"filter deny range rw 0xffffffff+12288 = 0xff -> 0\n"
"rdmsr 0xfffffffe -> exit filter\n"
"rdmsr 0 -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x174 0x10 -> exit filter\n"
"rdmsr 0x1a0 -> exit filter\n",

/*
 * base + nmsrs of these is 2^32 or more, which 32 bits do not hold: a kernel
 * that adds in u32 finds an end before the start, and the range no MSR.
 */
"case filter/range-of-the-last-index-alone\n"
"rules match_base_covered\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xffffffff+1 = 0 -> 0\n"
"rdmsr 0xfffffffe -> exit unknown\n"
"rdmsr 0 -> ok\n"
"rdmsr 0xffffffff -> exit filter\n"
"wrmsr 0xffffffff 0x1 -> exit filter\n",

"case filter/range-up-to-the-last-index-denies\n"
"rules match_base_covered\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xffffffc0+64 = 0 -> 0\n"
"rdmsr 0xffffffbf -> exit unknown\n"
"rdmsr 0xffffffc0 -> exit filter\n"
"rdmsr 0xffffffff -> exit filter\n",

"case filter/range-up-to-the-last-index-allows\n"
"rules match_base_covered\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xffffd000+12288 = 0xff -> 0\n"
"rdmsr 0xffffcfff -> exit filter\n"
"rdmsr 0 -> exit filter\n"
"rdmsr 0xffffd000 -> exit unknown\n"
"rdmsr 0xffffffff -> exit unknown\n",

"case filter/range-past-the-last-index-denies\n"
"rules match_base_covered\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xffffffc0+128 = 0 -> 0\n"
"rdmsr 0xffffffc0 -> exit filter\n"
"rdmsr 0xffffffff -> exit filter\n",

"case filter/range-past-the-last-index-allows\n"
"rules match_base_covered\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xfffffffe+12288 = 0xff -> 0\n"
"rdmsr 0xfffffffe -> exit unknown\n"
"rdmsr 0xffffffff -> exit unknown\n"
"rdmsr 0xfffffffd -> exit filter\n",

/* One short of it fits. */
"case filter/range-up-to-the-last-index-but-one\n"
"rules match_base_covered match_end_not_covered\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xffffffbf+64 = 0 -> 0\n"
"rdmsr 0xffffffbe -> exit unknown\n"
"rdmsr 0xffffffbf -> exit filter\n"
"rdmsr 0xfffffffe -> exit filter\n"
"rdmsr 0xffffffff -> exit unknown\n"
"filter deny range rw 0xffffcfff+12288 = 0xff -> 0\n"
"rdmsr 0xffffcffe -> exit filter\n"
"rdmsr 0xffffcfff -> exit unknown\n"
"rdmsr 0xfffffffe -> exit unknown\n"
"rdmsr 0xffffffff -> exit filter\n",

"case filter/overlapping-and-identical-ranges\n"
"rules flt_overlap_accepted\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+8 = 0 range rw 0xdeadbe00+8 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"filter deny range rw 0xdeadbe00+64 = 0xff range rw 0xdeadbe20+64 = 0xff "
"range r 0xdeadbe10+32 = 0 range rw 0xdeadbe00+12288 = 0 -> 0\n"
"rdmsr 0xdeadbe10 -> exit unknown\n"
"rdmsr 0xdeadbe5f -> exit unknown\n"
"rdmsr 0xdeadbe60 -> exit filter\n"
"filter allow " SLOTS(OTHER " ") "-> 0\n"
REPLACED,

/* ---- flags ---- */

/* Each check of one struct hides the later ones. */
"case filter/flags-before-bitmap\n"
"rules flt_flags_before_bitmap flt_flags_reserved\n"
"cap 0x6 -> 0\n"
OLD
"filter flags=0x2 range " OTHER " at=null -> EINVAL\n"
"filter flags=0x3 range " OTHER " at=null -> EINVAL\n"
"filter flags=0x2 range " OTHER " at=hole -> EINVAL\n"
"filter flags=0x80000000 range " OTHER " at=kernel -> EINVAL\n"
"filter flags=0xffffffff range " OTHER " at=readable:7 -> EINVAL\n"
"filter flags=0xfffffffe range 15: " OTHER " at=null -> EINVAL\n"
KEPT,

"case filter/flags-bad-and-no-range\n"
"rules flt_flags_reserved\n"
"cap 0x6 -> 0\n"
OLD
"filter flags=0x2 -> EINVAL\n"
"filter flags=0x3 -> EINVAL\n"
"filter flags=0x80000000 -> EINVAL\n"
"filter flags=0xffffffff -> EINVAL\n"
"filter flags=0x100 -> EINVAL\n"
"filter flags=0x10000 -> EINVAL\n"
KEPT,

"case filter/range-flags-zero\n"
"rules flt_range_flags_zero\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range 0 0xdeadbe00+1 = 0xff -> EINVAL\n"
"filter deny range 0 0xdeadbe00+1 = 0xff -> EINVAL\n"
"filter allow range 0 0xdeadbe00+12288 = 0 -> EINVAL\n"
"filter allow range 15: 0 0x174+1 = 0 -> EINVAL\n"
"filter allow range " OTHER " range 0 0x174+1 = 0 -> EINVAL\n"
"filter allow range 0 0x174+1 = 0 range " OTHER " -> EINVAL\n"
KEPT,

"case filter/range-flags-and-size-both-bad\n"
"rules flt_range_flags_and_size\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range 0x4 0xdeadbe00+12289 = 0 -> EINVAL\n"
"filter allow range 0 0xdeadbe00+12289 = 0 -> EINVAL\n"
"filter allow range 0x7 0xdeadbe00+0xffffffff = 0 -> EINVAL\n"
"filter allow range 0x4 0xdeadbe00+12289 = 0 at=null -> EINVAL\n"
"filter allow range 0 0xdeadbe00+0x80000000 = 0 at=hole -> EINVAL\n"
"filter deny range 15: 0xffffffff 0xdeadbe00+0xffffffff = 0 at=null -> EINVAL\n"
KEPT,

/* 5.10 copies the bitmap first and says EFAULT. */
"case filter/range-flags-and-bitmap-both-bad\n"
"rules flt_range_flags_or_bitmap\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range 0x4 0xdeadbe00+1 = 0 at=null -> EINVAL\n"
"filter allow range 0 0xdeadbe00+1 = 0 at=null -> EINVAL\n"
"filter allow range 0x7 0xdeadbe00+1 = 0 at=hole -> EINVAL\n"
"filter allow range 0x80000003 0xdeadbe00+1 = 0 at=kernel -> EINVAL\n"
"filter deny range 15: 0xffffffff 0xdeadbe00+64 = 0 at=readable:7 -> EINVAL\n"
KEPT,

/* ---- size ---- */

"case filter/nmsrs-above-the-limit\n"
"rules flt_nmsrs_limit\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range rw 0xdeadbe00+12289 = 0 -> EINVAL\n"
"filter deny range r 0xdeadbe00+12289 = 0 -> EINVAL\n"
"filter allow range 15: w 0xdeadbe00+12289 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12290 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12351 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12352 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12353 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12800 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+16384 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+24576 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+32768 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+65535 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+98304 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+98305 = 0 -> EINVAL\n"
KEPT,

/* Cut to 8 or 16 bits each of these would be a good size. */
"case filter/nmsrs-good-only-when-truncated\n"
"rules flt_nmsrs_no_wrap\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range rw 0xdeadbe00+0x10000 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x10001 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x10040 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x13000 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x80001 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x1000001 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x10000001 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x20000001 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x40000001 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x80000001 = 0 -> EINVAL\n"
KEPT,

/* Signs, and a sum of 63 that would leave 32 bits. */
"case filter/nmsrs-that-would-wrap\n"
"rules flt_nmsrs_no_wrap\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range rw 0xdeadbe00+0x7fffffc0 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x7fffffc1 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x7fffffff = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x80000000 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffbf = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffc0 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffc1 = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xfffffffe = 0 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffff = 0 -> EINVAL\n"
"filter deny range rw 0+0xffffffff = 0xff -> EINVAL\n"
"filter deny range 15: rw 0x1+0xffffffff = 0xff -> EINVAL\n"
KEPT,

"case filter/size-before-bitmap\n"
"rules flt_size_before_bitmap\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range rw 0xdeadbe00+12289 = 0 at=null -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12289 = 0 at=hole -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12289 = 0 at=noaccess -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12289 = 0 at=kernel -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12289 = 0 at=noncanonical -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12289 = 0 at=last -> EINVAL\n"
"filter allow range rw 0xdeadbe00+12289 = 0 at=readable:8 -> EINVAL\n"
"filter allow range rw 0xdeadbe00+65536 = 0 at=null -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x7fffffff = 0 at=null -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0x80000000 = 0 at=null -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffc1 = 0 at=null -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffff = 0 at=null -> EINVAL\n"
"filter allow range rw 0xdeadbe00+0xffffffff = 0 at=hole -> EINVAL\n"
"filter allow range 15: rw 0xdeadbe00+12289 = 0 at=null -> EINVAL\n"
KEPT,

/* ---- bitmaps ---- */

"case filter/bitmap-null\n"
"rules flt_bitmap_null_efault\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range " OTHER " at=null -> EFAULT\n"
"filter deny range " OTHER " at=null -> EFAULT\n"
"filter allow range r 0xdeadbe00+1 = 0 at=null -> EFAULT\n"
"filter allow range w 0xdeadbe00+12288 = 0 at=null -> EFAULT\n"
"filter allow range r 0+1 = 0 at=null -> EFAULT\n"
"filter allow range rw 0x800+256 = 0 at=null -> EFAULT\n"
KEPT,

"case filter/bitmap-unreadable\n"
"rules flt_bitmap_unreadable_efault\n"
"cap 0x6 -> 0\n"
OLD
"filter allow range " OTHER " at=hole -> EFAULT\n"
"filter allow range " OTHER " at=noaccess -> EFAULT\n"
"filter allow range " OTHER " at=kernel -> EFAULT\n"
"filter allow range " OTHER " at=noncanonical -> EFAULT\n"
"filter allow range " OTHER " at=last -> EFAULT\n"
"filter deny range w 0xdeadbe00+12288 = 0xff at=hole -> EFAULT\n"
"filter deny range w 0xdeadbe00+12288 = 0xff at=noaccess -> EFAULT\n"
"filter deny range r 0xdeadbe00+12288 = 0xff at=kernel -> EFAULT\n"
"filter deny range r 0xdeadbe00+12288 = 0xff at=noncanonical -> EFAULT\n"
"filter deny range r 0xdeadbe00+12288 = 0xff at=last -> EFAULT\n"
"filter allow range rw 0x800+256 = 0 at=hole -> EFAULT\n"
KEPT,

"case filter/bitmap-wherever-it-can-be-read\n"
"rules flt_bitmap_read_only_enough\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+128 = 0xff^0,127 at=rdonly "
"range rw 0xdeadbe80+128 = 0xff^1,64 at=file "
"range rw 0xdeadbf00+128 = 0xff^63,65 at=guest "
"range rw 0xdeadbf80+127 = 0xff^2,126 at=odd -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe7e -> exit unknown\n"
"rdmsr 0xdeadbe7f -> exit filter\n"
"rdmsr 0xdeadbe80 -> exit unknown\n"
"rdmsr 0xdeadbe81 -> exit filter\n"
"rdmsr 0xdeadbec0 -> exit filter\n"
"rdmsr 0xdeadbec1 -> exit unknown\n"
"rdmsr 0xdeadbf00 -> exit unknown\n"
"rdmsr 0xdeadbf3f -> exit filter\n"
"rdmsr 0xdeadbf40 -> exit unknown\n"
"rdmsr 0xdeadbf41 -> exit filter\n"
"rdmsr 0xdeadbf81 -> exit unknown\n"
"rdmsr 0xdeadbf82 -> exit filter\n"
"rdmsr 0xdeadbf83 -> exit unknown\n"
"rdmsr 0xdeadbffd -> exit unknown\n"
"rdmsr 0xdeadbffe -> exit filter\n"
"rdmsr 0xdeadbfff -> exit unknown\n",

"case filter/bitmap-of-full-size-wherever-it-can-be-read\n"
"rules flt_bitmap_read_only_enough\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0x7fff0000+12288 = 0^12287 at=rdonly "
"range rw 0x7fff3000+12288 = 0^12286 at=file "
"range rw 0x7fff6000+12288 = 0^12224 at=guest "
"range rw 0x7fff9000+12288 = 0^12223 at=odd -> 0\n"
"rdmsr 0x7fff0000 -> exit filter\n"
"rdmsr 0x7fff2fff -> exit unknown\n"
"rdmsr 0x7fff5ffd -> exit filter\n"
"rdmsr 0x7fff5ffe -> exit unknown\n"
"rdmsr 0x7fff5fff -> exit filter\n"
"rdmsr 0x7fff8fbf -> exit filter\n"
"rdmsr 0x7fff8fc0 -> exit unknown\n"
"rdmsr 0x7fff8fc1 -> exit filter\n"
"rdmsr 0x7fffbfbe -> exit filter\n"
"rdmsr 0x7fffbfbf -> exit unknown\n"
"rdmsr 0x7fffbfc0 -> exit filter\n",

"case filter/bitmap-copied-then-changed\n"
"rules flt_bitmap_copied\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+8 = 0x55 range rw 0x174+2 = 0x02 "
"range rw 0xc0000100+2 = 0x01 at=guest -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe06 -> exit unknown\n"
"rdmsr 0xdeadbe07 -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x175 -> ok\n"
"rdmsr 0xc0000100 -> ok\n"
"rdmsr 0xc0000101 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu1: rdmsr 0xc0000101 -> exit filter\n",

"case filter/bitmap-copied-then-unmapped\n"
"rules flt_bitmap_copied\n"
"vcpu\n"
"cap 0x6 -> 0\n"
"filter allow after=unmap range rw 0xdeadbe00+8 = 0x55 "
"range rw 0x174+2 = 0x02 range 15: rw 0x7fff0000+12288 = 0xaa -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x175 -> ok\n"
"rdmsr 0x7fff0000 -> exit filter\n"
"rdmsr 0x7fff0001 -> exit unknown\n"
"rdmsr 0x7fff2ffe -> exit filter\n"
"rdmsr 0x7fff2fff -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0x7fff2ffe -> exit filter\n",

"case filter/bitmap-shared-by-three-ranges\n"
"rules flt_bitmap_shared\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+128 = 0xff^1,64 "
"range rw 0xdeadbf00+128 = 0xff at=first "
"range rw 0x174+2 = 0xff at=first -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe40 -> exit filter\n"
"rdmsr 0xdeadbf00 -> exit unknown\n"
"rdmsr 0xdeadbf01 -> exit filter\n"
"rdmsr 0xdeadbf40 -> exit filter\n"
"rdmsr 0xdeadbf41 -> exit unknown\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x175 -> exit filter\n"
"filter allow -> 0\n"
"rdmsr 0x175 -> ok\n",

/* Freed once for each range when the next filter comes. */
"case filter/bitmap-shared-by-all-sixteen\n"
"rules flt_bitmap_shared\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x7fff0000+12288 = 0xff^0,12287 "
"range rw 0x7fff3000+12288 = 0 at=first range rw 0x7fff6000+12288 = 0 at=first "
"range rw 0x7fff9000+12288 = 0 at=first range rw 0x7fffc000+12288 = 0 at=first "
"range rw 0x7ffff000+12288 = 0 at=first range rw 0x80002000+12288 = 0 at=first "
"range rw 0x80005000+12288 = 0 at=first range rw 0xfffe0000+12288 = 0 at=first "
"range rw 0xfffe3000+12288 = 0 at=first range rw 0xfffe6000+12288 = 0 at=first "
"range rw 0xfffe9000+12288 = 0 at=first range rw 0xfffec000+12288 = 0 at=first "
"range rw 0xfffef000+12288 = 0 at=first range rw 0xffff2000+12288 = 0 at=first "
"range rw 0xffff5000+12288 = 0 at=first -> 0\n"
"rdmsr 0x7fff0000 -> exit filter\n"
"rdmsr 0x7fff2ffe -> exit unknown\n"
"rdmsr 0x7fff2fff -> exit filter\n"
"rdmsr 0x80005000 -> exit filter\n"
"rdmsr 0x80005001 -> exit unknown\n"
"rdmsr 0xffff5000 -> exit filter\n"
"rdmsr 0xffff7ffe -> exit unknown\n"
"rdmsr 0xffff7fff -> exit filter\n"
"filter allow range rw 0x7fff0000+1 = 0 -> 0\n"
"filter allow range rw 0x7fff0000+12288 = 0xff^1 "
"range rw 0x7fff3000+12288 = 0 at=first -> 0\n"
"rdmsr 0x7fff0000 -> exit unknown\n"
"rdmsr 0x7fff0001 -> exit filter\n"
"rdmsr 0x7fff3001 -> exit filter\n"
"rdmsr 0x7fff6001 -> exit unknown\n",

"case filter/padding-is-ignored\n"
"rules flt_padding_ignored\n"
"cap 0x6 -> 0\n"
"filter allow pad=0xff range " OTHER " range 15: rw 0x174+1 = 0 -> 0\n"
REPLACED
"rdmsr 0x174 -> exit filter\n"
"filter deny pad=0x80 range r 0xdeadbe00+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"filter allow pad=0x1 -> 0\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"filter allow pad=0xff " SLOTS("rw 0xdeadbe00+1 = 0 ") "-> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n",

/* ---- unused slots ---- */

"case filter/unused-slots-hold-garbage\n"
"rules flt_unused_range_not_checked\n"
"cap 0x6 -> 0\n"
"filter allow range 0: 0xffffffff 0xdeadbe00+0 = 0xff at=null "
"range 1: 0 0xdeadbe00+0 = 0xff at=hole "
"range 2: 0x4 0xdeadbe00+0 = 0xff at=noaccess "
"range 3: rw 0xdeadbe00+0 = 0xff at=kernel "
"range 4: " OTHER " "
"range 5: 0x80000000 0xdeadbe00+0 = 0xff at=noncanonical "
"range 6: rw 0xffffffff+0 = 0xff at=last "
"range 7: rw 0xdeadbe00+0 = 0xff at=readable:0 "
"range 8: rw 0x174+1 = 0 "
"range 15: 0xfffffffc 0xdeadbe02+0 = 0 at=null -> 0\n"
REPLACED
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x175 -> ok\n",

"case filter/unused-slots-alone-hold-garbage\n"
"rules flt_unused_range_not_checked flt_empty_allow_turns_off\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"filter allow " SLOTS("0xffffffff 0xdeadbe00+0 = 0 at=null ") "-> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x174 -> ok\n",

/* An unused slot covers nothing, not even its base. */
"case filter/unused-slots-do-not-decide\n"
"rules flt_unused_slots_anywhere\n"
"cap 0x6 -> 0\n"
"filter deny range 0: rw 0xdeadbe00+0 = 0xff range 1: rw 0xdeadbe01+1 = 0xff "
"range 2: rw 0xdeadbe02+0 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
"filter allow range 0: rw 0xdeadbe00+0 = 0 range 1: rw 0xdeadbe01+1 = 0 "
"range 2: rw 0xdeadbe02+0 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe02 -> exit unknown\n",

"case filter/unused-slots-keep-the-order-of-others\n"
"rules flt_unused_slots_anywhere match_unused_slots_keep_order\n"
"cap 0x6 -> 0\n"
"filter allow range 1: rw 0xdeadbe00+1 = 0 range 4: rw 0xdeadbe00+2 = 0xff "
"range 9: rw 0xdeadbe00+3 = 0 range 15: rw 0xdeadbe00+4 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
"rdmsr 0xdeadbe03 -> exit unknown\n"
"filter deny range 3: rw 0xdeadbe00+1 = 0xff range 7: rw 0xdeadbe00+2 = 0 "
"range 14: rw 0xdeadbe00+3 = 0xff range 15: rw 0xdeadbe00+4 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe02 -> exit unknown\n"
"rdmsr 0xdeadbe03 -> exit filter\n",

"case filter/every-second-slot-used\n"
"rules flt_unused_slots_anywhere\n"
"cap 0x6 -> 0\n"
"filter allow range 1: rw 0xdeadbe01+1 = 0 range 3: rw 0xdeadbe03+1 = 0 "
"range 5: rw 0xdeadbe05+1 = 0 range 7: rw 0xdeadbe07+1 = 0 "
"range 9: rw 0xdeadbe09+1 = 0 range 11: rw 0xdeadbe0b+1 = 0 "
"range 13: rw 0xdeadbe0d+1 = 0 range 15: rw 0xdeadbe0f+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe02 -> exit unknown\n"
"rdmsr 0xdeadbe03 -> exit filter\n"
"rdmsr 0xdeadbe05 -> exit filter\n"
"rdmsr 0xdeadbe07 -> exit filter\n"
"rdmsr 0xdeadbe09 -> exit filter\n"
"rdmsr 0xdeadbe0b -> exit filter\n"
"rdmsr 0xdeadbe0d -> exit filter\n"
"rdmsr 0xdeadbe0e -> exit unknown\n"
"rdmsr 0xdeadbe0f -> exit filter\n"
"filter deny range 0: rw 0xdeadbe00+1 = 0xff range 2: rw 0xdeadbe02+1 = 0xff "
"range 12: rw 0xdeadbe0c+1 = 0xff range 14: rw 0xdeadbe0e+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xdeadbe02 -> exit unknown\n"
"rdmsr 0xdeadbe0c -> exit unknown\n"
"rdmsr 0xdeadbe0d -> exit filter\n"
"rdmsr 0xdeadbe0e -> exit unknown\n"
"rdmsr 0xdeadbe0f -> exit filter\n",

/* ---- the struct ---- */

"case filter/struct-unreadable\n"
"rules flt_struct_unreadable_efault\n"
"cap 0x6 -> 0\n"
OLD
"filter allow at=null range " OTHER " -> EFAULT\n"
"filter allow at=hole range " OTHER " -> EFAULT\n"
"filter allow at=noaccess range " OTHER " -> EFAULT\n"
"filter allow at=kernel range " OTHER " -> EFAULT\n"
"filter allow at=noncanonical range " OTHER " -> EFAULT\n"
"filter allow at=last range " OTHER " -> EFAULT\n"
"filter allow at=null -> EFAULT\n"
"filter allow at=readable:391 -> EFAULT\n"
"filter allow at=readable:260 -> EFAULT\n"
"filter allow at=readable:32 range " OTHER " -> EFAULT\n"
KEPT,

"case filter/struct-unreadable-before-its-content\n"
"rules flt_struct_efault_first flt_struct_unreadable_efault\n"
"cap 0x6 -> 0\n"
OLD
"filter flags=0x2 at=readable:391 range " OTHER " -> EFAULT\n"
"filter flags=0xffffffff at=readable:4 -> EFAULT\n"
"filter flags=0x3 at=readable:391 -> EFAULT\n"
"filter deny at=readable:391 -> EFAULT\n"
"filter allow at=readable:391 range 0x4 0xdeadbe00+1 = 0 -> EFAULT\n"
"filter allow at=readable:391 range 0 0xdeadbe00+1 = 0 -> EFAULT\n"
"filter allow at=readable:391 range rw 0xdeadbe00+12289 = 0 -> EFAULT\n"
"filter allow at=readable:391 range " OTHER " at=null -> EFAULT\n"
"filter allow at=readable:376 range 15: rw 0xdeadbe00+12289 = 0 -> EFAULT\n"
KEPT,

"case filter/struct-wherever-it-can-be-read\n"
"rules flt_valid_accepted\n"
"cap 0x6 -> 0\n"
OLD
"filter allow at=readable:392 range " OTHER " -> 0\n"
REPLACED
OLD
"filter allow at=rdonly range " OTHER " -> 0\n"
REPLACED
OLD
"filter allow at=file range " OTHER " -> 0\n"
REPLACED
OLD
"filter allow at=guest range " OTHER " -> 0\n"
REPLACED
OLD
"filter allow at=odd range " OTHER " -> 0\n"
REPLACED
OLD
KEPT,

"case filter/struct-not-written\n"
"rules flt_struct_not_written\n"
"cap 0x6 -> 0\n"
"filter allow pad=0xa5 " SLOTS(OTHER " ") "-> 0\n"
"filter deny range 15: rw 0xdeadbe00+64 = 0xff -> 0\n"
"filter allow at=file range " OTHER " -> 0\n"
"filter allow at=guest range " OTHER " -> 0\n"
"filter allow range rw 0xdeadbe00+12288 = 0 at=guest -> 0\n"
"filter deny -> EINVAL\n"
"filter flags=0x2 range " OTHER " -> EINVAL\n"
"filter allow range 0x4 0xdeadbe00+1 = 0 -> EINVAL\n"
"filter allow range " OTHER " range " OTHER " at=null -> EFAULT\n"
"filter allow -> 0\n",

/* ---- which request, which fd, whose process ---- */

"case filter/other-sizes-and-directions\n"
"rules flt_other_request_enotty\n"
"cap 0x6 -> 0\n"
OLD
/* the struct of a 32-bit process */
"filter allow request=0x4104aec6 range " OTHER " -> ENOTTY\n"
/* one byte, one word, one range less or more; none; all bits */
"filter allow request=0x4187aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4189aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4180aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4190aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4170aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x41a0aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4088aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4008aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x4000aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x5188aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x7fffaec6 range " OTHER " -> ENOTTY\n"
/* read, read and write, neither */
"filter allow request=0x8188aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0xc188aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0x0188aec6 range " OTHER " -> ENOTTY\n"
"filter allow request=0xaec6 range " OTHER " -> ENOTTY\n"
KEPT
/* and no argument is looked at */
"filter allow request=0x4104aec6 at=null -> ENOTTY\n"
"filter flags=0x2 request=0xc188aec6 -> ENOTTY\n"
"filter deny request=0x4104aec6 -> ENOTTY\n"
"ioctl 0x4104aec6 at=hole -> ENOTTY\n"
"ioctl 0xc188aec6 at=null -> ENOTTY\n"
KEPT,

"case filter/request-number-spelt-out\n"
"rules flt_valid_accepted\n"
"cap 0x6 -> 0\n"
OLD
"filter allow request=0x4188aec6 range " OTHER " -> 0\n"
REPLACED,

"case filter/not-on-a-vcpu-nor-dev-kvm\n"
"rules flt_wrong_fd_einval\n"
"cap 0x6 -> 0\n"
OLD
"filter allow fd=vcpu range " OTHER " -> EINVAL\n"
"filter allow fd=kvm range " OTHER " -> EINVAL\n"
"filter allow fd=vcpu -> EINVAL\n"
"filter allow fd=kvm -> EINVAL\n"
"filter deny fd=vcpu -> EINVAL\n"
"filter allow fd=vcpu at=null -> EINVAL\n"
"filter allow fd=kvm at=null -> EINVAL\n"
"vcpu1: filter allow fd=vcpu range " OTHER " -> EINVAL\n"
KEPT
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n",

"case filter/other-process-eio\n"
"rules cap_other_mm_eio\n"
"vcpu\n"
"cap 0x6 -> 0\n"
OLD
"child: filter allow range " OTHER " -> EIO\n"
"child: filter allow -> EIO\n"
"child: filter deny -> EIO\n"
"child: filter flags=0x2 range " OTHER " -> EIO\n"
"child: filter allow range " OTHER " at=null -> EIO\n"
"child: filter allow range rw 0xdeadbe00+12289 = 0 -> EIO\n"
"child: filter allow at=null -> EIO\n"
"child: filter allow at=hole range " OTHER " -> EIO\n"
"child: filter allow at=readable:391 range " OTHER " -> EIO\n"
"child: filter allow request=0x4104aec6 range " OTHER " -> EIO\n"
KEPT
"filter allow range " OTHER " -> 0\n"
REPLACED,

"case filter/other-process-and-other-fds\n"
"rules cap_other_mm_eio flt_wrong_fd_einval\n"
"vcpu\n"
"cap 0x6 -> 0\n"
OLD
"child: filter allow fd=vcpu range " OTHER " -> EIO\n"
"child: filter allow fd=kvm range " OTHER " -> EINVAL\n"
KEPT,

"case filter/other-thread-may-set-it\n"
"rules flt_valid_accepted\n"
"cap 0x6 -> 0\n"
"t1: filter deny range rw 0xdeadbe00+2 = 0xff^1 range r 0xc0000100+1 = 0xff "
"-> 0\n"
KEPT
"t2: filter deny -> EINVAL\n"
KEPT
"t2: filter allow range " OTHER " -> 0\n"
REPLACED
"t3: rdmsr 0xdeadbe00 -> exit filter\n"
"t3: rdmsr 0xdeadbe01 -> exit unknown\n",

/* ---- replacing ---- */

"case filter/replaced-never-merged\n"
"rules flt_success_replaces\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+1 = 0 range rw 0x174+1 = 0 "
"range rw 0x1a0+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x1a0 -> exit filter\n"
"filter allow range rw 0xdeadbe01+1 = 0 range rw 0xc0000100+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x1a0 -> ok\n"
"rdmsr 0xc0000100 -> exit filter\n"
"filter allow range w 0xdeadbe01+1 = 0 -> 0\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"wrmsr 0xdeadbe01 0x1 -> exit filter\n"
"rdmsr 0xc0000100 -> ok\n",

"case filter/replaced-default-too\n"
"rules flt_success_replaces\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xdeadbe00+1 = 0xff range rw 0xdeadbe01+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
"filter deny range rw 0xdeadbe00+1 = 0xff -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"filter allow range rw 0xdeadbe00+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe02 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n"
"filter deny range rw 0xdeadbe00+1 = 0 -> 0\n"
"rdmsr 0xdeadbe02 -> exit filter\n"
"rdmsr 0x1a0 -> exit filter\n"
"filter allow range rw 0xdeadbe02+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n",

"case filter/replaced-by-fewer-and-by-more-ranges\n"
"rules flt_success_replaces\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+1 = 0 range rw 0xdeadbe01+1 = 0 "
"range rw 0xdeadbe02+1 = 0 range rw 0xdeadbe03+1 = 0 "
"range rw 0xdeadbe04+1 = 0 range rw 0xdeadbe05+1 = 0 "
"range rw 0xdeadbe06+1 = 0 range rw 0xdeadbe07+1 = 0 "
"range rw 0xdeadbe08+1 = 0 range rw 0xdeadbe09+1 = 0 "
"range rw 0xdeadbe0a+1 = 0 range rw 0xdeadbe0b+1 = 0 "
"range rw 0xdeadbe0c+1 = 0 range rw 0xdeadbe0d+1 = 0 "
"range rw 0xdeadbe0e+1 = 0 range rw 0xdeadbe0f+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe0f -> exit filter\n"
"rdmsr 0xdeadbe10 -> exit unknown\n"
"filter allow range rw 0xdeadbe10+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0xdeadbe08 -> exit unknown\n"
"rdmsr 0xdeadbe0e -> exit unknown\n"
"rdmsr 0xdeadbe0f -> exit unknown\n"
"rdmsr 0xdeadbe10 -> exit filter\n"
"filter allow range rw 0xdeadbe00+1 = 0 range 15: rw 0xdeadbe0f+1 = 0 -> 0\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe0e -> exit unknown\n"
"rdmsr 0xdeadbe0f -> exit filter\n"
"rdmsr 0xdeadbe10 -> exit unknown\n"
"filter allow -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe0f -> exit unknown\n",

"case filter/same-twice\n"
"rules flt_same_twice_harmless\n"
"cap 0x6 -> 0\n"
OLD
KEPT
OLD
KEPT
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
OLD
OLD
OLD
KEPT
"filter allow range " OTHER " -> 0\n"
"filter allow range " OTHER " -> 0\n"
REPLACED,

"case filter/failure-leaves-no-filter-where-none-was\n"
"rules flt_empty_deny_einval flt_bitmap_null_efault flt_flags_reserved\n"
"cap 0x6 -> 0\n"
"filter deny -> EINVAL\n"
"filter deny range rw 0xdeadbe00+1 = 0 at=null -> EFAULT\n"
"filter deny range rw 0xdeadbe00+1 = 0 range rw 0x174+1 = 0 at=null -> EFAULT\n"
"filter flags=0x3 range rw 0xdeadbe00+1 = 0 -> EINVAL\n"
"filter deny range rw 0x174+1 = 0 range 15: 0 0xdeadbe00+1 = 0 -> EINVAL\n"
"filter deny range rw 0x174+1 = 0 range 15: rw 0xdeadbe00+12289 = 0 "
"-> EINVAL\n"
"filter deny at=readable:391 range rw 0xdeadbe00+1 = 0 -> EFAULT\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x1a0 -> ok\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0x174 -> ok\n",

/* An allow filter stays an allow filter, its ranges and no others. */
"case filter/failure-keeps-an-allow-filter\n"
"rules flt_failure_keeps_old\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0xdeadbe00+1 = 0 range rw 0x174+1 = 0 "
"range w 0xc0000102+1 = 0 -> 0\n"
"filter deny -> EINVAL\n"
"filter deny range rw 0xdeadbe00+1 = 0xff at=null -> EFAULT\n"
"filter deny range rw 0xdeadbe00+1 = 0xff range rw 0x174+1 = 0xff "
"range 15: rw 0x1a0+1 = 0 at=hole -> EFAULT\n"
"filter flags=0x80000000 -> EINVAL\n"
"filter deny at=readable:391 range rw 0x1a0+1 = 0 -> EFAULT\n"
"rdmsr 0xdeadbe00 -> exit filter\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x1a0 -> ok\n"
"rdmsr 0xc0000102 -> ok\n"
"wrmsr 0xc0000102 0x1000 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit filter\n"
"vcpu1: rdmsr 0x1a0 -> ok\n"
"vcpu1: wrmsr 0xc0000102 0x1000 -> exit filter\n",

"case filter/failure-keeps-filtering-off\n"
"rules flt_empty_deny_einval flt_bitmap_null_efault\n"
"cap 0x6 -> 0\n"
OLD
"filter allow -> 0\n"
"filter deny -> EINVAL\n"
"filter deny range " OTHER " at=null -> EFAULT\n"
"filter deny range " OTHER " range " OTHER " at=null -> EFAULT\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n"
"wrmsr 0xc0000100 0x1000 -> ok\n",

/* Fifteen bitmaps were copied before the call fails. */
"case filter/failure-many-times\n"
"rules flt_failure_keeps_old\n"
"cap 0x6 -> 0\n"
OLD
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: rw 0x7fff0000+12288 = 0 at=null -> EFAULT\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: rw 0x7fff0000+12289 = 0 -> EINVAL\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: rw 0x7fff0000+12288 = 0 at=readable:1535 -> EFAULT\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: 0x4 0x7fff0000+12288 = 0 -> EINVAL\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: 0 0x7fff0000+12288 = 0 -> EINVAL\n"
KEPT
"rdmsr 0x7fff0000 -> exit filter\n"
"filter allow range " OTHER " -> 0\n"
REPLACED
"rdmsr 0x7fff0000 -> exit unknown\n",

/* ---- order of checks ---- */

"case filter/range-of-slot-0-before-range-of-slot-1\n"
"rules flt_first_bad_range_decides\n"
"filter allow range " OTHER " at=null range 0x4 0x174+1 = 0 -> EFAULT\n"
"filter allow range 0x4 0x174+1 = 0 range " OTHER " at=null -> EINVAL\n"
"filter allow range " OTHER " at=hole range rw 0x174+12289 = 0 -> EFAULT\n"
"filter allow range rw 0x174+12289 = 0 range " OTHER " at=hole -> EINVAL\n"
"filter allow range " OTHER " at=readable:7 range 0 0x174+1 = 0 -> EFAULT\n"
"filter allow range 0 0x174+1 = 0 range " OTHER " at=readable:7 -> EINVAL\n"
"filter deny range " OTHER " range rw 0x174+1 = 0 at=null "
"range rw 0x174+0xffffffff = 0 -> EFAULT\n"
"filter deny range " OTHER " range rw 0x174+0xffffffff = 0 "
"range rw 0x174+1 = 0 at=null -> EINVAL\n",

/* Bad slots behind a good one, and a bad one that is not used. */
"case filter/unused-bad-slot-before-a-bad-one\n"
"rules flt_bitmap_null_efault flt_range_flags_reserved\n"
"filter allow range 0x4 0x174+0 = 0 range " OTHER " at=null -> EFAULT\n"
"filter allow range rw 0x174+0 = 0 at=null range 0x4 0x174+1 = 0 -> EINVAL\n"
"filter allow range 3: 0xffffffff 0x174+0 = 0 at=null "
"range 9: " OTHER " at=null range 10: 0x4 0x174+0 = 0 -> EFAULT\n",

"case filter/deny-of-bad-ranges-only\n"
"rules flt_bitmap_null_efault flt_range_flags_zero\n"
"cap 0x6 -> 0\n"
OLD
"filter deny range rw 0xdeadbe00+1 = 0xff at=null -> EFAULT\n"
"filter deny range 0 0xdeadbe00+1 = 0xff -> EINVAL\n"
"filter deny range 15: rw 0xdeadbe00+1 = 0xff at=null -> EFAULT\n"
KEPT,

/* ---- when ---- */

"case filter/with-mask-zero\n"
"rules flt_mask_zero_accepted\n"
"filter allow range rw 0xdeadbe00+1 = 0 range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"rdmsr 0x1a0 -> ok\n"
"filter deny range rw 0x174+1 = 0xff -> 0\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x1a0 -> #GP\n"
"filter deny -> EINVAL\n"
"rdmsr 0x1a0 -> #GP\n"
"filter allow -> 0\n"
"rdmsr 0x1a0 -> ok\n"
"cap 0x4 -> 0\n"
"cap 0 -> 0\n"
"filter allow range rw 0x1a0+1 = 0 -> 0\n"
"rdmsr 0x1a0 -> #GP\n",

"case filter/with-vcpus-in-any-state\n"
"rules flt_any_vcpu_state\n"
"cap 0x6 -> 0\n"
OLD				/* none yet */
"vcpu\n"
"vcpu1: vcpu\n"
"filter allow range " OTHER " -> 0\n"	/* none has run */
REPLACED
OLD				/* the first has run, the second not */
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
KEPT
"vcpu2: rdmsr 0xdeadbe02 -> exit filter\n"
"filter allow range " OTHER " -> 0\n"	/* all have */
REPLACED
"vcpu1: rdmsr 0xdeadbe00 -> exit filter\n"
"vcpu1: wrmsr 0xc0000102 0x1000 -> ok\n"
"vcpu2: rdmsr 0xdeadbe01 -> exit unknown\n"
"vcpu2: rdmsr 0x174 -> ok\n"
"vcpu3: rdmsr 0xdeadbe00 -> exit filter\n"
"vcpu3: rdmsr 0xdeadbe01 -> exit unknown\n"
OLD				/* the later ones behind the first's back */
"vcpu3: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu3: wrmsr 0xc0000102 0x1000 -> exit filter\n"
"vcpu2: rdmsr 0x174 -> exit filter\n"
"vcpu2: rdmsr 0xc0000100 -> ok\n"
"vcpu1: wrmsr 0xc0000102 0x1000 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
KEPT,

"case filter/with-a-vcpu-held-at-its-exit\n"
"rules flt_any_vcpu_state\n"
"cap 0x6 -> 0\n"
OLD
"rdmsr 0xdeadbe01 hold -> exit filter then held\n"
"filter deny -> EINVAL\n"
"filter allow range " OTHER " -> 0\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit unknown\n"
"resume data=0x1122334455667788 -> ok 0x1122334455667788\n"
REPLACED
"wrmsr 0xdeadbe00 0x1 hold -> exit filter then held\n"
"filter allow -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0xdeadbe00 -> exit unknown\n",

"case filter/with-a-vcpu-spinning\n"
"rules flt_does_not_wait_for_vcpu flt_any_vcpu_state\n"
"cap 0x6 -> 0\n"
OLD
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"t1.vcpu1: spin &\n"
"filter allow range " OTHER " -> 0\n"
"filter deny -> EINVAL\n"
"filter allow range " OTHER " at=null -> EFAULT\n"
REPLACED
"vcpu1: stop -> 0\n"
"wait t1 -> 0\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit unknown\n"
"vcpu1: wrmsr 0xdeadbe02 0x1 -> exit unknown\n"
"vcpu1: wrmsr 0xc0000102 0x1000 -> ok\n"
"t1.vcpu1: spin &\n"
OLD
"vcpu1: stop -> 0\n"
"wait t1 -> 0\n"
"vcpu1: wrmsr 0xc0000102 0x1000 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
KEPT,

/* Each set must come back while both are in the guest. */
"case filter/many-times-with-vcpus-spinning\n"
"rules flt_does_not_wait_for_vcpu\n"
"cap 0x6 -> 0\n"
"t1.vcpu1: spin &\n"
"t2.vcpu2: spin &\n"
OLD
"filter allow range " OTHER " -> 0\n"
"filter allow -> 0\n"
"filter deny " SLOTS("rw 0x7fff0000+12288 = 0xff ") "-> 0\n"
"filter allow range rw 0x174+1 = 0 range rw 0x1a0+1 = 0 -> 0\n"
"t3: filter allow range rw 0x1a0+1 = 0 -> 0\n"
OLD
KEPT
"vcpu1: stop -> 0\n"
"wait t1 -> 0\n"
"vcpu2: stop -> 0\n"
"wait t2 -> 0\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu1: rdmsr 0xc0000100 -> ok\n"
"vcpu1: wrmsr 0xc0000100 0x1000 -> exit filter\n"
"vcpu2: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu2: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu2: wrmsr 0xc0000100 0x1000 -> exit filter\n",

/* ---- what it survives, and when it goes ---- */

"case filter/survives-cpuid\n"
"rules flt_survives_vcpu_state\n"
"cap 0x6 -> 0\n"
OLD
"vcpu\n"
"cpuid default -> 0\n"
KEPT
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"vcpu1: vcpu\n"
"vcpu1: cpuid default -> 0\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu1: rdmsr 0xc0000102 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n",

"case filter/survives-set-msrs\n"
"rules flt_survives_vcpu_state\n"
"cap 0x6 -> 0\n"
OLD
KEPT
"set_msr 0xc0000102 0x123000 -> 1\n"
"set_msr 0x174 0x10 -> 1\n"
"get_msr 0xc0000102 -> 1 0x123000\n"
"get_msr 0x174 -> 1 0x10\n"
"rdmsr 0xc0000102 -> exit filter\n"
"wrmsr 0xc0000102 0x1000 -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x174 0x20 -> exit filter\n"
"get_msr 0xc0000102 -> 1 0x123000\n"
"get_msr 0x174 -> 1 0x10\n"
KEPT,

"case filter/survives-set-sregs\n"
"rules flt_survives_vcpu_state\n"
"cap 0x6 -> 0\n"
OLD
"sregs -> 0\n"
KEPT
"wrmsr 0xc0000100 0x1000 -> exit filter\n"
"rdmsr 0xc0000080 -> exit filter\n"
"sregs -> 0\n"
"rdmsr 0xdeadbe01 -> exit filter\n"
"rdmsr 0xc0000080 -> exit filter\n"
"rdmsr 0xc0000102 -> exit filter\n"
KEPT,

"case filter/survives-init-and-sipi\n"
"rules flt_survives_vcpu_state\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x6 -> 0\n"
OLD
"vcpu\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu1: init -> 0\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit filter\n"
"vcpu1: wrmsr 0xc0000100 0x1000 -> exit filter\n"
"vcpu1: rdmsr 0xc0000102 -> exit filter\n"
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu1: rdmsr 0x1a0 -> exit filter\n"
KEPT
"vcpu1: init -> 0\n"
"filter allow range " OTHER " -> 0\n"
"vcpu1: init -> 0\n"
"vcpu1: rdmsr 0xdeadbe00 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit unknown\n"
"vcpu1: rdmsr 0xc0000102 -> ok\n",

"case filter/belongs-to-one-vm\n"
"rules match_no_filter_allows\n"
"cap 0x6 -> 0\n"
"vm1: cap 0x6 -> 0\n"
"vm2: cap 0x6 -> 0\n"
OLD
"vm1: filter allow range " OTHER " -> 0\n"
KEPT
"vm1: rdmsr 0xdeadbe00 -> exit filter\n"
"vm1: rdmsr 0xdeadbe01 -> exit unknown\n"
"vm1: rdmsr 0x1a0 -> ok\n"
"vm2: rdmsr 0xdeadbe00 -> exit unknown\n"
"vm2: rdmsr 0xdeadbe01 -> exit unknown\n"
"vm2: rdmsr 0x1a0 -> ok\n"
"vm1: close -> 0\n"
KEPT
"vm2: rdmsr 0xdeadbe00 -> exit unknown\n"
"close -> 0\n"
"vm2: rdmsr 0xdeadbe01 -> exit unknown\n",

"case filter/goes-with-its-vm\n"
"rules match_no_filter_allows\n"
"cap 0x6 -> 0\n"
OLD
KEPT
"close -> 0\n"
"cap 0x6 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n"
"rdmsr 0x1a0 -> ok\n"
"wrmsr 0xc0000100 0x1000 -> ok\n"
"filter allow range " OTHER " -> 0\n"
"close -> 0\n"
"cap 0x6 -> 0\n"
"rdmsr 0xdeadbe00 -> exit unknown\n"
"rdmsr 0xdeadbe01 -> exit unknown\n",

"case filter/no-memory-left-behind\n"
"rules flt_freed_with_vm\n"
"needs root slabinfo alone\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ") "-> 0\n"
"leak 500 -> 0\n",

"case filter/no-memory-left-behind-by-an-empty-one\n"
"rules flt_freed_with_vm\n"
"needs root slabinfo alone\n"
"filter allow -> 0\n"
"leak 4000 -> 0\n",

/* What was copied before the bad range was met. */
"case filter/no-memory-left-behind-by-refused-ones\n"
"rules flt_freed_with_vm\n"
"needs root slabinfo alone\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: rw 0x7fff0000+12288 = 0 at=null -> EFAULT\n"
"leak 500 -> 0\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: rw 0x7fff0000+12289 = 0 -> EINVAL\n"
"leak 500 -> 0\n"
"filter allow " SLOTS("rw 0x7fff0000+12288 = 0 ")
"range 15: 0x4 0x7fff0000+12288 = 0 -> EINVAL\n"
"leak 500 -> 0\n",

"case filter/no-memory-left-behind-by-range-flags-refused\n"
"rules flt_freed_with_vm\n"
"needs root slabinfo alone\n"
"filter allow range 0 0x7fff0000+12288 = 0 -> EINVAL\n"
"leak 500 -> 0\n"
"filter flags=0x2 " SLOTS("rw 0x7fff0000+12288 = 0 ") "-> EINVAL\n"
"leak 500 -> 0\n"
"filter deny -> EINVAL\n"
"leak 500 -> 0\n",

NULL
};

/* ---- families ---- */

enum { SLOTS_MAX = 16, STRUCT_BYTES = 392 };

/* A bad range of every kind in one slot, fifteen good ones around it. */
static void bad_slots(struct emitter *e)
{
	static const struct {
		const char *range, *want;
	} bad[] = {
		{ OTHER " at=null", "EFAULT" },
		{ OTHER " at=hole", "EFAULT" },
		{ OTHER " at=noaccess", "EFAULT" },
		{ OTHER " at=kernel", "EFAULT" },
		{ OTHER " at=noncanonical", "EFAULT" },
		{ OTHER " at=last", "EFAULT" },
		{ OTHER " at=readable:7", "EFAULT" },
		{ "0 0xdeadbe00+2 = 0^1", "EINVAL" },
		{ "0x4 0xdeadbe00+2 = 0^1", "EINVAL" },
		{ "0x80000003 0xdeadbe00+2 = 0^1", "EINVAL" },
		{ "rw 0xdeadbe00+12289 = 0^1", "EINVAL" },
		{ "rw 0xdeadbe00+0xffffffff = 0^1", "EINVAL" },
	};

	for (unsigned slot = 0; slot < SLOTS_MAX; slot++) {
		char buf[16384];
		int at = 0;

		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			at = append(buf, sizeof(buf), at, "filter allow");
			for (unsigned j = 0; j < SLOTS_MAX; j++)
				at = append(buf, sizeof(buf), at,
					    " range %u: %s", j,
					    j == slot ? bad[i].range : OTHER);
			at = append(buf, sizeof(buf), at, " -> %s\n" KEPT,
				    bad[i].want);
		}
		emit(e, "case filter/bad-range-in-slot-%u-changes-nothing\n"
		     "rules flt_failure_keeps_old flt_bitmap_null_efault "
		     "flt_bitmap_unreadable_efault flt_range_flags_zero "
		     "flt_range_flags_reserved flt_nmsrs_limit "
		     "flt_nmsrs_no_wrap\n"
		     "cap 0x6 -> 0\n" OLD "%s", slot, buf);
	}
}

/* One used slot is enough for DENY, and works, wherever it is. */
static void only_slot(struct emitter *e)
{
	for (unsigned slot = 0; slot < SLOTS_MAX; slot++)
		emit(e, "case filter/only-slot-%u-used\n"
		     "rules flt_valid_accepted%s%s\n"
		     "cap 0x6 -> 0\n"
		     "filter deny range %u: rw 0xdeadbe00+1 = 0xff -> 0\n"
		     "rdmsr 0xdeadbe00 -> exit unknown\n"
		     "wrmsr 0xdeadbe00 0x1 -> exit unknown\n"
		     "rdmsr 0xdeadbe01 -> exit filter\n"
		     "rdmsr 0xdeadbdff -> exit filter\n"
		     "filter allow range %u: r 0xdeadbe00+70 = 0xff^0,69 -> 0\n"
		     "rdmsr 0xdeadbe00 -> exit filter\n"
		     "wrmsr 0xdeadbe00 0x1 -> exit unknown\n"
		     "rdmsr 0xdeadbe01 -> exit unknown\n"
		     "rdmsr 0xdeadbe45 -> exit filter\n"
		     "rdmsr 0xdeadbe46 -> exit unknown\n"
		     "filter allow range %u: rw 0x174+1 = 0 -> 0\n"
		     "rdmsr 0x174 -> exit filter\n"
		     "wrmsr 0x174 0x10 -> exit filter\n"
		     "rdmsr 0x175 -> ok\n"
		     "filter deny range %u: rw 0x7fff0000+12288 = 0^12287 "
		     "-> 0\n"
		     "rdmsr 0x7fff2ffe -> exit filter\n"
		     "rdmsr 0x7fff2fff -> exit unknown\n"
		     "rdmsr 0x7fff3000 -> exit filter\n"
		     "filter deny -> EINVAL\n"
		     "rdmsr 0x7fff2fff -> exit unknown\n"
		     "rdmsr 0x7fff3000 -> exit filter\n", slot,
		     slot ? " flt_deny_one_range_enough "
			    "flt_unused_slots_anywhere" : "",
		     slot == SLOTS_MAX - 1 ? " match_last_slot" : "",
		     slot, slot, slot, slot);
}

/* Two bad ranges, of either kind first: the lower slot gives the errno. */
static void two_bad_slots(struct emitter *e)
{
	for (unsigned lo = 0; lo < SLOTS_MAX - 1; lo++) {
		char buf[8192];
		int at = 0;

		for (unsigned hi = lo + 1; hi < SLOTS_MAX; hi++) {
			const char *einval = hi % 2 ? "0x4 0x174+1 = 0" :
					     "rw 0x174+12289 = 0";

			at = append(buf, sizeof(buf), at,
				    "filter allow range %u: " OTHER " at=null "
				    "range %u: %s -> EFAULT\n"
				    "filter allow range %u: %s "
				    "range %u: " OTHER " at=null -> EINVAL\n",
				    lo, hi, einval, lo, einval, hi);
		}
		emit(e, "case filter/bad-slot-%u-before-each-later-one\n"
		     "rules flt_first_bad_range_decides\n%s", lo, buf);
	}
}

/* Reserved bits of the filter's flags, without and with DEFAULT_DENY. */
static void flags_bits(struct emitter *e)
{
	for (unsigned first = 0; first < 32; first += 8) {
		unsigned low = first ? first : 1;
		char buf[8192];
		int at = 0;

		for (unsigned bit = low; bit < first + 8; bit++)
			at = append(buf, sizeof(buf), at,
				    "filter flags=0x%x range " OTHER
				    " -> EINVAL\n"
				    "filter flags=0x%x range " OTHER
				    " -> EINVAL\n"
				    "filter flags=0x%x -> EINVAL\n"
				    KEPT,
				    1u << bit, 1u << bit | 1, 1u << bit);
		emit(e, "case filter/flags-bits-%u-to-%u-reserved\n"
		     "rules flt_flags_reserved flt_failure_keeps_old\n"
		     "cap 0x6 -> 0\n" OLD "%s", low, first + 7, buf);
	}
}

/* Reserved bits of a range's flags, alone and with READ and WRITE. */
static void range_flags_bits(struct emitter *e)
{
	for (unsigned first = 0; first < 32; first += 8) {
		unsigned low = first ? first : 2;
		char buf[8192];
		int at = 0;

		for (unsigned bit = low; bit < first + 8; bit++)
			at = append(buf, sizeof(buf), at,
				    "filter allow range 0x%x 0xdeadbe00+2 = "
				    "0^1 -> EINVAL\n"
				    "filter allow range 0x%x 0xdeadbe00+2 = "
				    "0^1 -> EINVAL\n"
				    "filter allow range " OTHER
				    " range %u: 0x%x 0x174+1 = 0 -> EINVAL\n"
				    "filter allow range 0x%x 0x174+0 = 0 "
				    "range 15: 0x%x 0x174+1 = 0 -> EINVAL\n"
				    KEPT,
				    1u << bit, 1u << bit | 3, bit / 2,
				    1u << bit | 1, 1u << bit, 1u << bit | 2);
		emit(e, "case filter/range-flags-bits-%u-to-%u-reserved\n"
		     "rules flt_range_flags_reserved flt_failure_keeps_old\n"
		     "cap 0x6 -> 0\n" OLD "%s", low, first + 7, buf);
	}
}

static const char *read_as(unsigned bit)
{
	return bit ? "exit unknown" : "exit filter";
}

/*
 * Good sizes.  The bits beyond the last MSR, up to the next 64, say the
 * opposite of the default; the bitmap ends where the mapping ends.
 */
static void good_sizes(struct emitter *e)
{
	static const unsigned sizes[] = {
		1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256,
		257, 1535, 1536, 1537, 4095, 4096, 12224, 12225, 12287, 12288,
	};
	enum { BASE = 0x7fff0100 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned n = sizes[i], end = (n + 63) / 64 * 64;
		char buf[4096];
		int at = 0;

		for (unsigned deny = 0; deny < 2; deny++) {
			unsigned by_default = !deny;

			at = append(buf, sizeof(buf), at,
				    "filter %s range rw 0x%x+%u = %s^0 -> 0\n"
				    "rdmsr 0x%x -> %s\n"
				    "rdmsr 0x%x -> %s\n"
				    "wrmsr 0x%x 0x1 -> %s\n",
				    deny ? "deny" : "allow", BASE, n,
				    deny ? "0xff" : "0",
				    BASE - 1, read_as(by_default),
				    BASE, read_as(!deny),
				    BASE, read_as(!deny));
			if (n > 1)
				at = append(buf, sizeof(buf), at,
					    "rdmsr 0x%x -> %s\n"
					    "rdmsr 0x%x -> %s\n",
					    BASE + 1, read_as(deny),
					    BASE + n - 1, read_as(deny));
			at = append(buf, sizeof(buf), at,
				    "rdmsr 0x%x -> %s\n"
				    "rdmsr 0x%x -> %s\n"
				    "rdmsr 0x%x -> %s\n",
				    BASE + n, read_as(by_default),
				    BASE + end - 1,
				    read_as(end > n ? by_default : deny),
				    BASE + end, read_as(by_default));
		}
		emit(e, "case filter/nmsrs-%u-accepted\n"
		     "rules flt_valid_accepted %s\n"
		     "cap 0x6 -> 0\n%s", n,
		     n % 64 ? "flt_bitmap_excess_bits_ignored" :
			      "flt_bitmap_bytes_boundaries", buf);
	}
}

/* Bytes of a bitmap that must be readable, to the byte. */
static void bitmap_cuts(struct emitter *e)
{
	static const unsigned sizes[] = {
		1, 8, 9, 32, 33, 56, 63, 64, 65, 127, 128, 129, 192, 193, 4096,
		4097, 12224, 12225, 12281, 12287, 12288,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned n = sizes[i], need = (n + 63) / 64 * 8;
		unsigned cuts[] = { 0, 1, need / 2, (n + 7) / 8, need - 8,
				    need - 7, need - 4, need - 1 };
		const char *rule =
			n % 64 == 0 ? " flt_bitmap_bytes_boundaries" :
			(n + 7) / 8 < need ? " flt_bitmap_bytes_read" : "";
		char buf[4096];
		int at = 0;

		for (size_t j = 0; j < ARRAY_SIZE(cuts); j++) {
			if (cuts[j] >= need)
				continue;
			at = append(buf, sizeof(buf), at,
				    "filter allow range rw 0xdeadbe00+%u = 0 "
				    "at=readable:%u -> EFAULT\n"
				    "filter deny range 15: r 0xdeadbe00+%u = "
				    "0xff at=readable:%u -> EFAULT\n",
				    n, cuts[j], n, cuts[j]);
		}
		emit(e, "case filter/bitmap-of-%u-takes-%u-bytes\n"
		     "rules flt_bitmap_unreadable_efault "
		     "flt_failure_keeps_old%s\n"
		     "cap 0x6 -> 0\n" OLD "%s" KEPT
		     "filter deny range 15: r 0x7fff0000+%u = 0^%u "
		     "at=readable:%u -> 0\n"
		     "rdmsr 0x%x -> exit unknown\n"
		     "rdmsr 0x%x -> exit filter\n"
		     "filter allow range rw 0x7fff0000+%u = 0xff^%u "
		     "at=readable:%u -> 0\n"
		     "rdmsr 0x%x -> exit filter\n"
		     "rdmsr 0x%x -> exit unknown\n",
		     n, need, rule, buf, n, n - 1, need, 0x7fff0000 + n - 1,
		     0x7fff0000 + n, n, n - 1, need, 0x7fff0000 + n - 1,
		     0x7fff0000 + n);
	}
}

/* The struct of 392 bytes, cut at every byte, good and bad content. */
static void struct_cuts(struct emitter *e)
{
	static const struct {
		const char *before, *after;
	} content[] = {
		{ "flags=0x2", "" },
		{ "allow", " range " OTHER },
		{ "allow", "" },
		{ "deny", " range " OTHER " at=null" },
	};

	for (unsigned first = 0; first < STRUCT_BYTES; first += 56) {
		char buf[8192];
		int at = 0;

		for (unsigned n = first; n < first + 56; n++)
			at = append(buf, sizeof(buf), at,
				    "filter %s at=readable:%u%s -> EFAULT\n",
				    content[n % 4].before, n,
				    content[n % 4].after);
		emit(e, "case filter/struct-cut-to-%u-up-to-%u-bytes\n"
		     "rules flt_struct_unreadable_efault "
		     "flt_struct_efault_first flt_failure_keeps_old\n"
		     "cap 0x6 -> 0\n" OLD "%s" KEPT, first, first + 55, buf);
	}
}

static void families(struct emitter *e)
{
	bad_slots(e);
	only_slot(e);
	two_bad_slots(e);
	flags_bits(e);
	range_flags_bits(e);
	good_sizes(e);
	bitmap_cuts(e);
	struct_cuts(e);
}

SUITE(cases, families);
