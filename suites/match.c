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
#include "../harness/outcome.h"

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

	NULL
};

/* ---- families ---- */

/* The steps of a case while they are put together. */
struct text {
	char s[16 * 1024];
	int at;
};

#define SAY(t, ...) \
	((t)->at = append((t)->s, sizeof((t)->s), (t)->at, __VA_ARGS__))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

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
	     "rules match_base_covered match_end_not_covered\n"
	     "cap 0x7 -> 0\n%s", base, n - 1, t.s);
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
	     "rules match_bit_decides%s%s\n"
	     "cap 0x6 -> 0\n%s", s,
	     s ? " match_other_type_no_shadow match_write_range_not_reads" : "",
	     slot_rule[s == 15], t.s);
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
		slot_behind_other_type(e, s);
		last_of(e, s + 1);
	}
}

static void families(struct emitter *e)
{
	directions(e);
	bit_positions(e);
	sizes(e);
	base_edges(e);
	slots(e);
}

SUITE(cases, families);
