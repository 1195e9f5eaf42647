// SPDX-License-Identifier: GPL-2.0-only
/* What can be said of a program without running it. */
#include <string.h>

#include "arm64/abi.h"
#include "race.h"

bool bitmap_bit(const struct bitmap *b, u32 pos)
{
	bool bit = b->fill >> (pos % 8) & 1;

	for (int i = 0; i < b->nflips; i++)
		if (b->flip[i] == pos)
			bit = !bit;
	return bit;
}

void bitmap_fill(const struct bitmap *b, u8 *buf, size_t bytes)
{
	memset(buf, b->fill, bytes);
	for (int i = 0; i < b->nflips; i++)
		if (b->flip[i] / 8 < bytes)
			buf[b->flip[i] / 8] ^= 1 << b->flip[i] % 8;
}

bool step_is_late(const struct step *s)
{
	if (s->kind == STEP_MSRS)
		return s->msrs.at.kind == PLACE_LATE;
	for (int i = 0; i < MAX_RANGES && s->kind == STEP_FILTER; i++)
		if (s->filter.range[i].bits.at.kind == PLACE_LATE)
			return true;
	return false;
}

u32 program_needs(const struct program *p)
{
	u32 needs = p->needs;

	for (int i = 0; i < p->nsteps; i++) {
		const struct step *s = &p->step[i];

		if (s->int80)
			needs |= NEED_INT80;
		if (step_is_late(s))
			needs |= NEED_USERFAULT;
		if (step_is_arm64(s))
			needs |= NEED_ARM64;
		if (s->kind == STEP_INSN)
			needs |= insn_needs(s->insn.op);
		if (s->kind == STEP_XEN_PAGE)
			needs |= NEED_XEN;
		if (s->kind == STEP_VCPU)
			needs |= NEED_MODE << s->mode;
		if ((s->kind == STEP_RDMSR || s->kind == STEP_WRMSR) &&
		    s->access.forced && mode_is_real(program_mode(p, i)))
			needs |= NEED_REAL_CPU;
		if (s->kind != STEP_NESTED)
			continue;
		needs |= NEED_NESTED;
		for (int k = 0; k < s->nested.n; k++)
			if (s->nested.item[k].what >= NESTED_LOAD)
				needs |= NEED_NESTED_VMX;
	}
	return needs & NEED_ARM64 ? needs : needs | NEED_X86;
}

enum cpu_mode program_mode(const struct program *p, int step)
{
	unsigned vm = p->step[step].vm, vcpu = p->step[step].vcpu;

	for (int i = step - 1; i >= 0; i--) {
		const struct step *s = &p->step[i];

		if (s->kind == STEP_COPY && s->count == vm && s->vcpu == vcpu)
			return program_mode(p, i);
		if (s->vm != vm)
			continue;
		if (s->kind == STEP_CLOSE)
			break;
		if (s->kind == STEP_VCPU && s->vcpu == vcpu)
			return s->mode;
	}
	return MODE_LONG;
}

int program_nested(const struct program *p, int step)
{
	unsigned vm = p->step[step].vm, vcpu = p->step[step].vcpu;

	for (int i = step - 1; i >= 0; i--) {
		const struct step *s = &p->step[i];

		if (s->kind == STEP_COPY && s->count == vm && s->vcpu == vcpu)
			return program_nested(p, i);
		if (s->vm != vm)
			continue;
		if (s->kind == STEP_CLOSE)
			break;
		if (s->kind == STEP_NESTED && s->vcpu == vcpu)
			return i;
	}
	return -1;
}

/* What does not go together with nested guests. */
static const char *nested_unfit(const struct program *p, int step)
{
	const struct step *s = &p->step[step];

	if ((s->l2 || s->kind == STEP_NESTED) &&
	    program_mode(p, step) != MODE_LONG)
		return "nested guests are for 64-bit mode";
	if (s->l2 && !step_is_guest(s))
		return "l2 is for rdmsr, wrmsr, code and spin";
	if (s->kind == STEP_NESTED && program_nested(p, step) >= 0 &&
	    p->step[program_nested(p, step)].nested.enlightened)
		return "an enlightened L1 does not change its bitmaps";
	if (program_nested(p, step) < 0)
		return s->l2 ? "l2 without a nested step before it" : NULL;
	if (s->kind == STEP_INIT || s->kind == STEP_SWEEP ||
	    s->kind == STEP_EACH || s->kind == STEP_NATIVE ||
	    (s->kind == STEP_VCPU && s->mode != MODE_LONG))
		return "no such step once the vCPU has a nested guest";
	return NULL;
}

static bool step_can_int80(enum step_kind kind)
{
	return kind == STEP_CAP || kind == STEP_CHECK_CAP ||
	       kind == STEP_FILTER || kind == STEP_RDMSR || kind == STEP_WRMSR;
}

int race_end(const struct program *p, int i)
{
	while (++i < p->nsteps)
		if (p->step[i].kind == STEP_END)
			return i;
	return -1;
}

int race_of(const struct program *p, int i)
{
	for (i--; i >= 0; i--) {
		if (p->step[i].kind == STEP_RACE)
			return i;
		if (p->step[i].kind == STEP_END)
			return -1;
	}
	return -1;
}

/* What is between `race` and `end`. */
static const char *race_unfit(const struct program *p, int race, int step)
{
	const struct step *s = &p->step[step];
	bool access = s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;

	if (s->kind == STEP_RACE)
		return "a race within a race";
	if (!access && !race_writes(s))
		return "a race has cap, filter, rdmsr and wrmsr steps only";
	if (!actor_is_thread(s->actor))
		return "a race's steps are those of threads (t1 to t8)";
	if (s->async || (access && (s->access.hold || s->access.tf)))
		return "no &, hold or tf within a race";
	for (int i = race + 1; i < step; i++) {
		const struct step *b = &p->step[i];

		if (race_writes(s) && race_writes(b) && s->vm != b->vm)
			return "the changes of a race are to one VM";
		if (race_writes(s) && !race_writes(b))
			return "a race has its changes before its accesses";
		if (b->actor == s->actor && race_writes(b) != race_writes(s))
			return "an actor of a race changes or accesses, not both";
		if (access && step_is_guest(b) && b->actor != s->actor &&
		    b->vm == s->vm && b->vcpu == s->vcpu)
			return "a vCPU has one actor in a race";
	}
	return NULL;
}

u32 program_late(const struct program *p, int step)
{
	u32 waiting = 0;

	for (int i = 0; i < step; i++) {
		const struct step *s = &p->step[i];

		if (s->kind == STEP_WAIT)
			waiting &= ~(1u << s->wait);
		else if (step_is_late(s))
			waiting |= 1u << s->actor;
	}
	return waiting;
}

bool program_reads(const struct program *p, int step, unsigned vm)
{
	u32 waiting = program_late(p, step);

	for (int i = 0; i < step; i++)
		if (p->step[i].kind == STEP_MSRS && step_is_late(&p->step[i]) &&
		    p->step[i].vm == vm && waiting >> p->step[i].actor & 1)
			return true;
	return false;
}

bool program_blocks(const struct program *p, int step)
{
	const struct step *s = &p->step[step];

	return s->kind == STEP_FILTER && program_reads(p, step, s->vm);
}

static bool vcpu_named(const struct program *p, int step)
{
	const struct step *s = &p->step[step];

	for (int i = 0; i < step; i++)
		if (step_is_guest(&p->step[i]) && p->step[i].vm == s->vm &&
		    p->step[i].vcpu == s->vcpu)
			return true;
	return false;
}

/*
 * While KVM_GET_MSRS waits for its array it is a reader of the VM's SRCU: what
 * waits for those, or for the lock that they hold, would wait for ever.
 */
static const char *reader_unfit(const struct program *p, int step)
{
	const struct step *s = &p->step[step];

	if (step && s[-1].kind == STEP_MSRS && step_is_late(s - 1) &&
	    (s[-1].msrs.set || s[-1].msrs.fd != FD_VCPU))
		return "at=late is for msrs get";
	if (!program_reads(p, step, s->vm))
		return NULL;
	switch (s->kind) {
	case STEP_FILTER:
		return step_is_late(s) ? "a reader and a late bitmap" : NULL;
	case STEP_WAIT:
		return program_late(p, step) >> s->wait & 1 ? NULL :
		       "the reader has to be waited for first";
	case STEP_RDMSR:
	case STEP_WRMSR:
		for (int i = 0; i < step; i++)
			if (step_is_late(&p->step[i]) &&
			    p->step[i].vcpu == s->vcpu)
				return "its vCPU is in the reader's call";
		return vcpu_named(p, step) ? NULL :
		       "its vCPU has to be there before a reader";
	default:
		return "while KVM reads an array: filter, rdmsr, wrmsr, wait";
	}
}

/* What does not go together with a call that KVM waits in. */
static const char *late_unfit(const struct program *p, int step)
{
	const struct step *s = &p->step[step];
	const struct step *b = s - 1;
	u32 waiting = program_late(p, step);

	/* its & is at the end of its last line */
	if (step && !b->async && (step_is_late(b) || program_blocks(p, step - 1)))
		return "at=late, and what waits for it, is for a thread with &";
	if (waiting >> s->actor & 1)
		return "its thread has to be waited for first";
	if (waiting && s->kind == STEP_CLOSE)
		return "no close while KVM reads a filter";
	return reader_unfit(p, step);
}

static bool step_is_neutral(const struct step *s)
{
	switch (s->kind) {
	case STEP_CHECK_CAP:
	case STEP_CAP:
	case STEP_IOCTL:
	case STEP_CLOSE:
	case STEP_RESUME:
		return s->actor == ACTOR_MAIN && !s->int80 && !s->l2;
	default:
		return false;
	}
}

/* Every step is of the one architecture. */
static const char *arch_unfit(const struct program *p, int step)
{
	bool arm64 = p->needs & NEED_ARM64;

	for (int i = 0; i <= step; i++)
		arm64 |= step_is_arm64(&p->step[i]);
	for (int i = 0; arm64 && i <= step; i++)
		if (!step_is_arm64(&p->step[i]) && !step_is_neutral(&p->step[i]))
			return "not a step of a program for arm64";
	return NULL;
}

const char *program_unfit(const struct program *p, int step)
{
	const struct step *s = &p->step[step];
	enum cpu_mode mode = program_mode(p, step);

	if (arch_unfit(p, step))
		return arch_unfit(p, step);

	if (nested_unfit(p, step))
		return nested_unfit(p, step);
	if (s->int80 && !step_can_int80(s->kind))
		return "int80 is for cap, check_cap, filter, rdmsr and wrmsr";
	if (late_unfit(p, step))
		return late_unfit(p, step);
	if (s->kind == STEP_END)
		return race_of(p, step) < 0 ? "end without a race" : NULL;
	if (s->kind == STEP_RACE)
		for (int i = 0; i < step; i++)
			if (p->step[i].kind == STEP_RACE)
				return "more than one race";
	if (race_of(p, step) >= 0 && race_unfit(p, race_of(p, step), step))
		return race_unfit(p, race_of(p, step), step);
	if (s->kind == STEP_VCPU && s->mode == MODE_SMM && s->vcpu)
		return "only vCPU 0 can be in SMM";
	if (s->kind == STEP_IDT && mode != MODE_LONG)
		return "idt is for 64-bit mode";
	if (s->kind == STEP_SPIN && mode != MODE_LONG)
		return "spin is 64-bit code";
	if (s->kind != STEP_RDMSR && s->kind != STEP_WRMSR)
		return NULL;
	if (s->access.cpl == 3 && mode_is_real(mode))
		return "no CPL 3 in this mode";
	if (s->access.wraps && mode != MODE_COMPAT && mode != MODE_PROT32 &&
	    mode != MODE_PAE)
		return "wrap needs a 32-bit code segment";
	if (s->access.wraps && s->access.cpl == 3)
		return "wrap and cpl=3 exclude each other";
	return NULL;
}

bool step_is_guest(const struct step *s)
{
	return s->kind == STEP_RDMSR || s->kind == STEP_WRMSR ||
	       s->kind == STEP_CODE || s->kind == STEP_SPIN ||
	       s->kind == STEP_INSN;
}

bool step_is_arm64(const struct step *s)
{
	return s->kind >= STEP_INSN && s->kind < NR_STEP_KINDS;
}

bool step_runs(const struct step *s)
{
	return step_is_guest(s) || s->kind == STEP_RESUME ||
	       s->kind == STEP_NATIVE || s->kind == STEP_SWEEP;
}

bool step_holds(const struct step *s)
{
	if (s->kind == STEP_INSN)
		return s->insn.hold;
	return (s->kind == STEP_RDMSR || s->kind == STEP_WRMSR) &&
	       s->access.hold;
}
