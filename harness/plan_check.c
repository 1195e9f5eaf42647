// SPDX-License-Identifier: GPL-2.0-only
/* `deflect plan --check`: what is odd about the filters of a program. */
#include <stdarg.h>

#include "plan_cli.h"
#include "x86/abi.h"

struct finder {
	const char *path;
	int line;		/* of the step looked at */
	int found;
};

__attribute__((format(printf, 2, 3)))
static void say(struct finder *f, const char *fmt, ...)
{
	va_list ap;

	printf("%s:%d: ", f->path, f->line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	f->found++;
}

static u64 end_of(const struct range *r)
{
	return (u64)r->base + r->nmsrs;
}

static bool covers(const struct range *r, u64 index, u32 flag)
{
	return r->flags & flag && index >= r->base && index < end_of(r);
}

/* Whether one of the ranges before the @at'th has decided @index. */
static bool decided_before(const struct step_filter *f, int at, u64 index,
			   u32 flag)
{
	for (int i = 0; i < at; i++)
		if (covers(&f->range[i], index, flag))
			return true;
	return false;
}

/* How much of a range is left for it to decide. */
static void check_overlap(struct finder *fi, const struct step_filter *f,
			  int at)
{
	const struct range *r = &f->range[at];
	u64 all = 0, taken = 0, first = 0;

	for (u64 i = r->base; i < end_of(r); i++)
		for (u32 flag = RANGE_READ; flag <= RANGE_WRITE; flag <<= 1) {
			if (!(r->flags & flag))
				continue;
			all++;
			if (!decided_before(f, at, i, flag))
				continue;
			if (!taken++)
				first = i;
		}
	if (taken && taken == all)
		say(fi, "range %d (0x%x+%u) never decides: ranges before it "
		    "cover all of it", at, r->base, r->nmsrs);
	else if (taken)
		say(fi, "range %d (0x%x+%u) overlaps earlier ranges from 0x%llx "
		    "on: the first range that covers an MSR decides", at,
		    r->base, r->nmsrs, (unsigned long long)first);
}

static void check_range(struct finder *fi, const struct step_filter *f, int at)
{
	const struct range *r = &f->range[at];
	const u64 need = bitmap_bytes(r->nmsrs);

	if (!r->nmsrs) {
		if (r->flags || r->base)
			say(fi, "range %d has no MSRs: the slot is not used",
			    at);
		return;
	}
	if (r->flags & ~(RANGE_READ | RANGE_WRITE))
		say(fi, "range %d has unknown flags 0x%x: EINVAL", at,
		    r->flags);
	if (!(r->flags & (RANGE_READ | RANGE_WRITE)))
		say(fi, "range %d is for no direction: it covers nothing or "
		    "is refused, by kernel", at);
	if (r->nmsrs > MAX_RANGE_MSRS) {
		say(fi, "range %d has %u MSRs of at most %d: EINVAL", at,
		    r->nmsrs, MAX_RANGE_MSRS);
		return;
	}
	if (r->bits.at.kind == PLACE_READABLE && r->bits.at.readable < need)
		say(fi, "range %d has a short bitmap: the kernel reads %llu "
		    "bytes, %u are there: EFAULT", at,
		    (unsigned long long)need, r->bits.at.readable);
	if (end_of(r) > UINT32_MAX)
		say(fi, "range %d reaches 2^32: kernels so far take it for one "
		    "without MSRs", at);
	if (r->base <= X2APIC_LAST && end_of(r) > X2APIC_FIRST) {
		u64 from = r->base > X2APIC_FIRST ? r->base : X2APIC_FIRST;
		u64 to = end_of(r) <= X2APIC_LAST ? end_of(r) - 1 : X2APIC_LAST;

		for (u64 i = from; i <= to; i++)
			if (!bitmap_bit(&r->bits, i - r->base)) {
				say(fi, "range %d denies x2APIC MSR 0x%llx: "
				    "ignored, 0x800..0x8ff are never filtered",
				    at, (unsigned long long)i);
				break;
			}
	}
	check_overlap(fi, f, at);
}

static void check_filter(struct finder *fi, const struct step_filter *f)
{
	bool empty = true;

	for (int i = 0; i < MAX_RANGES; i++) {
		check_range(fi, f, i);
		empty &= !f->range[i].nmsrs;
	}
	if (f->flags & ~FILTER_DEFAULT_DENY)
		say(fi, "unknown filter flags 0x%x: EINVAL", f->flags);
	else if (empty && f->flags & FILTER_DEFAULT_DENY)
		say(fi, "default deny without ranges: EINVAL");
	else if (!empty && f->flags & FILTER_DEFAULT_DENY)
		say(fi, "default deny: the x2APIC MSRs 0x800..0x8ff stay "
		    "allowed all the same");
}

int plan_check(const char *path, const struct program *p)
{
	struct finder fi = { .path = path };
	u64 mask[MAX_VMS] = { 0 };
	int filter_line[MAX_VMS] = { 0 };

	for (int i = 0; i < p->nsteps; i++) {
		const struct step *s = &p->step[i];

		fi.line = s->line;
		if (s->kind == STEP_CAP &&
		    s->cap.nr == CAP_X86_USER_SPACE_MSR) {
			if (filter_line[s->vm] &&
			    !(mask[s->vm] & REASON_FILTER) &&
			    s->cap.arg & REASON_FILTER)
				say(&fi, "the filter of line %d is in force "
				    "before this: until here its denials are "
				    "#GP, not exits", filter_line[s->vm]);
			mask[s->vm] = s->cap.arg;
		} else if (s->kind == STEP_FILTER) {
			check_filter(&fi, &s->filter);
			filter_line[s->vm] = s->line;
		} else if (s->kind == STEP_CLOSE) {
			mask[s->vm] = filter_line[s->vm] = 0;
		}
	}
	for (int v = 0; v < MAX_VMS; v++)
		if (filter_line[v] && !(mask[v] & REASON_FILTER)) {
			fi.line = filter_line[v];
			say(&fi, "no capability with KVM_MSR_EXIT_REASON_FILTER "
			    "(0x4): denials are #GP, not exits");
		}
	return fi.found;
}
