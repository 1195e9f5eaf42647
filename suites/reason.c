// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSN: what an access that no filter denies is answered, UNKNOWN, INVAL, the
 * CPU's own #GP or success.  The rows of suites/reasons.def say it, and each is
 * a case: every specimen of its class of values with all exits enabled, then
 * one of them under every mask, where only the reason's own bit may make a
 * difference; last what is there is read, since a write that was refused
 * changed nothing.  The expectation is the row's, not the control's.  Below them
 * the rules about all reasons.
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "../harness/reasons.h"

static const char *const cases[] = {
	"case reason/unrecognised-indexes-are-unknown\n"
	"rules rsn_unrecognised_index rsn_unsupported_is_unknown\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0xdeadbeef -> exit unknown\n"
	"wrmsr 0xdeadbeef 0x1 -> exit unknown\n"
	"rdmsr 0xffffffff -> exit unknown\n"
	"wrmsr 0xffffffff 0x0 -> exit unknown\n"
	"cap 0x5 -> 0\n"
	"rdmsr 0xdeadbeef -> #GP\n"
	"wrmsr 0xffffffff 0x1 -> #GP\n",

	"case reason/vendor-private-indexes-are-unknown\n"
	"rules rsn_vendor_private_index\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0x474f4f00 -> exit unknown\n"
	"wrmsr 0x474f4f00 0x1 -> exit unknown\n"
	"rdmsr 0x474f4fff -> exit unknown\n"
	"wrmsr 0x474f4fff 0xffffffffffffffff -> exit unknown\n",

	"case reason/refused-values-are-inval\n"
	"rules rsn_refused_value rsn_other_failure_is_inval\n"
	"cap 0x7 -> 0\n"
	"wrmsr 0xc0000080 0x8000000000000d01 -> exit inval\n"
	"wrmsr 0xfe 0x0 -> exit unknown\n"
	"wrmsr 0x2ff 0x2 -> exit inval\n"
	"cap 0x6 -> 0\n"
	"wrmsr 0xc0000080 0x8000000000000d01 -> #GP\n"
	"wrmsr 0x2ff 0x2 -> #GP\n",

	"case reason/denied-is-filter-whatever-kvm-thinks\n"
	"rules rsn_filtered_is_filter\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0xdeadbeef+1 = 0 range rw 0x9e+1 = 0\n"
	"  range rw 0xfe+1 = 0 range rw 0x277+1 = 0 -> 0\n"
	"rdmsr 0xdeadbeef -> exit filter\n"
	"wrmsr 0xdeadbeef 0x1 -> exit filter\n"
	"rdmsr 0x9e -> exit filter\n"
	"wrmsr 0x9e 0x0 -> exit filter\n"
	"rdmsr 0xfe -> exit filter\n"
	"wrmsr 0xfe 0x0 -> exit filter\n"
	"wrmsr 0x277 0x0202020202020202 -> exit filter\n"
	"wrmsr 0x277 0x0007040600070406 -> exit filter\n",

	"case reason/read-and-write-of-one-msr-differ\n"
	"rules rsn_read_write_may_differ\n"
	"cap 0x7 -> 0\n"
	"cpuid default without=spec_ctrl,amd_ibpb,sbpb\n"
	"rdmsr 0x49 -> exit unknown\n"
	"wrmsr 0x49 0x1 -> exit inval\n",

	"case reason/full-mask-leaves-no-gp\n"
	"rules rsn_full_mask_takes_every_gp\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0x174 0x10 -> exit filter\n"
	"rdmsr 0xdeadbeef -> exit unknown\n"
	"wrmsr 0xdeadbeef 0x0 -> exit unknown\n"
	"rdmsr 0x9e -> exit inval\n"
	"wrmsr 0x9e 0x0 -> exit inval\n"
	"wrmsr 0xfe 0x0 -> exit unknown\n"
	"wrmsr 0xce 0x0 -> exit inval\n"
	"wrmsr 0x2ff 0xff -> exit inval\n",
	NULL
};

static const char *const features[NR_FEATURES] = {
#define FEATURE(name, ...) #name,
#include "features.def"
#undef FEATURE
};

static int say_features(char *buf, size_t size, int at, const char *key, u64 set)
{
	const char *sep = key;

	for (int i = 0; i < NR_FEATURES; i++)
		if (set >> i & 1) {
			at = append(buf, size, at, "%s%s", sep, features[i]);
			sep = ",";
		}
	return at;
}

/* The vCPU's CPUID as a row's conditions want it. */
static int say_cpuid(char *buf, size_t size, int at, const struct reason *r)
{
	if (!(r->with | r->without) && !r->guest)
		return at;
	at = append(buf, size, at, "cpuid default");
	at = say_features(buf, size, at, " with=", r->with);
	at = say_features(buf, size, at, " without=", r->without);
	if (r->guest)
		at = append(buf, size, at, " vendor=%s",
			    r->guest == CPUID_VENDOR_AMD ? "amd" : "intel");
	return append(buf, size, at, "\n");
}

static int say_access(char *buf, size_t size, int at, u32 index, bool write,
		      u64 value)
{
	if (write)
		return append(buf, size, at, "wrmsr 0x%x 0x%llx\n", index,
			      (unsigned long long)value);
	return append(buf, size, at, "rdmsr 0x%x\n", index);
}

/* A row of many indexes is tried at its edges and between. */
static bool tried(const struct reason *r, u32 i)
{
	return r->count <= 8 || i < 2 || i >= r->count - 2 ||
	       i % (r->count / 4) == 1;
}

/* The specimens that one index of a row gets: all of them, or in turn. */
static bool specimen(const struct reason *r, u32 i, int n, u64 *value)
{
	int all = 0;

	if (r->count == 1)
		return reason_specimen(r, n, value);
	while (reason_specimen(r, all, value))
		all++;
	return n < 4 && n < all && reason_specimen(r, (4 * i + n) % all, value);
}

enum { MAX_TEXT = 8192, MAX_ACCESSES = 48, MAX_READ_BACK = 4 };

static int say_specimens(char *buf, size_t size, int at, const struct reason *r)
{
	int accesses = 0;
	u64 value;

	for (u32 i = 0; i < r->count; i++) {
		u32 index = r->first + (i << r->shift);

		if (!tried(r, i))
			continue;
		if (r->access & ACCESS_R && accesses++ < MAX_ACCESSES)
			at = say_access(buf, size, at, index, false, 0);
		for (int n = 0; r->access & ACCESS_W &&
				specimen(r, i, n, &value); n++)
			if (accesses++ < MAX_ACCESSES)
				at = say_access(buf, size, at, index, true,
						value);
	}
	return at;
}

/* One specimen under every other mask. */
static int say_masks(char *buf, size_t size, int at, const struct reason *r)
{
	bool write = !(r->access & ACCESS_R);
	u64 value = 0;

	if (write)
		reason_specimen(r, 0, &value);
	for (int mask = 6; mask >= 0; mask--) {
		at = append(buf, size, at, "cap 0x%x\n", mask);
		at = say_access(buf, size, at, r->first, write, value);
	}
	return at;
}

static bool refuses(const struct reason *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->verdict); i++)
		if (r->verdict[i] == VERDICT_INVAL)
			return true;
	return false;
}

/* What was refused is not there: the control does not even write it. */
static void say_unchanged(char *buf, size_t size, int at, const struct reason *r)
{
	int n = 0;

	if (!(r->access & ACCESS_W) || !refuses(r))
		return;
	for (u32 i = 0; i < r->count; i++)
		if (tried(r, i) && n++ < MAX_READ_BACK)
			at = append(buf, size, at, "get_msr 0x%x\n",
				    r->first + (i << r->shift));
}

/* `needs` of a row's setup belongs to the head. */
static const char *after_needs(const struct reason *r)
{
	const char *nl;

	if (!r->setup || strncmp(r->setup, "needs ", 6))
		return r->setup ? r->setup : "";
	nl = strchr(r->setup, '\n');
	return nl + 1;
}

static void row(struct emitter *e, const struct reason *r)
{
	static char buf[MAX_TEXT];
	const char *setup = after_needs(r);
	char cpuid[256] = "";
	int at = 0;

	buf[0] = 0;
	at = say_specimens(buf, sizeof(buf), at, r);
	at = say_masks(buf, sizeof(buf), at, r);
	say_unchanged(buf, sizeof(buf), at, r);
	say_cpuid(cpuid, sizeof(cpuid), 0, r);
	emit(e, "case reason/%s\nrules %s\n%.*scap 0x7\n%s%s%s", r->name,
	     rule_info[r->rule].name,
	     (int)(r->setup ? setup - r->setup : 0), r->setup ? r->setup : "",
	     setup, cpuid, buf);
}

/* Which MSR goes with which bit: one absent, the others there. */
static void pv_features(struct emitter *e)
{
	static const char *const pv[] = {
		"pv_clock", "pv_clock2", "pv_async_pf", "pv_steal_time",
		"pv_eoi", "pv_poll_control", "pv_async_pf_int",
	};

	for (size_t i = 0; i < ARRAY_SIZE(pv); i++)
		emit(e, "case reason/pv-without-%s-alone\n"
		     "rules rsn_pv_enforced_absent\n"
		     "cap 0x7\n"
		     "cap 1 nr=190 fd=vcpu\n"
		     "cpuid default without=%s\n"
		     "rdmsr 0x11\nrdmsr 0x12\nrdmsr 0x4b564d00\n"
		     "rdmsr 0x4b564d01\nrdmsr 0x4b564d02\nrdmsr 0x4b564d03\n"
		     "rdmsr 0x4b564d04\nrdmsr 0x4b564d05\nrdmsr 0x4b564d06\n"
		     "rdmsr 0x4b564d07\n",
		     pv[i] + 3, pv[i]);
}

static void families(struct emitter *e)
{
	for (const struct reason *r = reasons; r->name; r++)
		if (*r->name)
			row(e, r);
	pv_features(e);
}

SUITE(cases, families);
