// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "reasons.h"

#define F(name) (1ULL << FEATURE_##name)
#define R ACCESS_R
#define W ACCESS_W
#define RW (ACCESS_R | ACCESS_W)
#define CLASS(kind) .value = VALUE_##kind
#define BITS(mask) CLASS(BITS), .bits = mask
#define BITS_OVER(kept, mask) BITS(mask), .base = kept
#define IS(v) CLASS(IS), .bits = v

const struct reason reasons[] = {
#define REASON(name_, rule_, first_, count_, access_, value_, a, b, c, d, ...) \
	{ .name = name_, .rule = RULE_##rule_, .first = first_,		\
	  .count = count_, .access = access_, value_,	\
	  .verdict = { VERDICT_##a, VERDICT_##b,	\
		       VERDICT_##c, VERDICT_##d }, __VA_ARGS__ },
#include "../suites/reasons.def"
#undef REASON
	{ 0 },
};

/* ---- values ---- */

static bool mtrr_type(unsigned t)
{
	return t < 8 && t != 2 && t != 3 && t != 7;
}

static bool pat_type(unsigned t)
{
	return t < 8 && t != 2 && t != 3;
}

static bool noncanonical(u64 v)
{
	u64 top = v >> 56;

	return top != 0 && top != 0xff;
}

static bool in_class(const struct reason *r, u64 v)
{
	switch (r->value) {
	case VALUE_ANY:
		return true;
	case VALUE_BITS:
		return v & r->bits;
	case VALUE_IS:
		return v == r->bits;
	case VALUE_NONCANONICAL:
		return noncanonical(v);
	case VALUE_CANONICAL:
		return is_canonical(v);
	case VALUE_PAT:
	case VALUE_MTRR_TYPES:
		for (int i = 0; i < 8; i++) {
			u8 t = v >> 8 * i;

			if (!(r->value == VALUE_PAT ? pat_type(t) :
						      mtrr_type(t)))
				return true;
		}
		return false;
	case VALUE_MTRR_TYPE:
		return !mtrr_type(v & 0xff);
	}
	return false;
}

bool reason_specimen(const struct reason *r, int n, u64 *value)
{
	static const u64 any[] = { 0, 1, ~0ULL };
	static const u64 addresses[] = { 1ULL << 63, ~0ULL >> 1, 1ULL << 56,
					 ~(1ULL << 56) };
	static const u64 good[] = { 0, ~0ULL >> 17, ~0ULL << 47,
				    0xffffffff81000000 };
	static const u8 types[] = { 2, 3, 7, 8, 0x80, 0xff };
	enum { NR_TYPES = sizeof(types) };

	switch (r->value) {
	case VALUE_ANY:
		*value = n < 3 ? any[n] : 0;
		return n < 3;
	case VALUE_BITS:
		for (int bit = 0; bit < 64; bit++)
			if (r->bits >> bit & 1 && !n--) {
				*value = r->base | 1ULL << bit;
				return true;
			}
		*value = r->base | r->bits;
		return n == 0;
	case VALUE_IS:
		*value = r->bits;
		return n == 0;
	case VALUE_NONCANONICAL:
		*value = n < 4 ? addresses[n] : 0;
		return n < 4;
	case VALUE_CANONICAL:
		*value = n < 4 ? good[n] : 0;
		return n < 4;
	case VALUE_PAT:
	case VALUE_MTRR_TYPES:
		/* every bad type somewhere, and every byte */
		if (n >= 8)
			return false;
		*value = (u64)types[n % NR_TYPES] << 8 * n;
		/* 7 is a PAT type and no MTRR type */
		if (!in_class(r, *value))
			*value = 2ULL << 8 * n;
		return true;
	case VALUE_MTRR_TYPE:
		*value = n < NR_TYPES ? types[n] : 0;
		return n < NR_TYPES;
	}
	return false;
}

/* ---- conditions ---- */

/* The CPUID of a step's vCPU as far as the program and the machine tell. */
static void cpuid_of(const struct machine *m, const struct program *p,
		     int step, u64 *has, u64 *lacks, enum cpuid_vendor *vendor)
{
	const struct step *s = &p->step[step];

	*has = m->features;
	*lacks = ~m->features;
	*vendor = m->vendor == VENDOR_INTEL ? CPUID_VENDOR_INTEL :
		  m->vendor == VENDOR_AMD ? CPUID_VENDOR_AMD :
		  CPUID_VENDOR_HOST;
	for (int i = 0; i < step; i++) {
		const struct step *b = &p->step[i];
		const struct step_cpuid *k = &b->cpuid;

		if (b->kind != STEP_CPUID || b->vm != s->vm ||
		    b->vcpu != s->vcpu)
			continue;
		*has = k->kind == CPUID_NONE ? 0 : m->features;
		*lacks = ~*has;
		*has = (*has | k->with) & ~k->without;
		*lacks = (*lacks & ~k->with) | k->without;
		/* from 6.13 on KVM looks at what it supports as well */
		if (m->eras & K72)
			*has &= m->features | ~k->with;
		if (k->vendor)
			*vendor = k->vendor;
		else if (k->kind == CPUID_NONE)
			*vendor = CPUID_VENDOR_HOST;
	}
}

enum cpuid_vendor reason_cpuid_vendor(const struct machine *m,
				      const struct program *p, int step)
{
	enum cpuid_vendor vendor;
	u64 has, lacks;

	cpuid_of(m, p, step, &has, &lacks, &vendor);
	return vendor;
}

enum { DISABLE_QUIRKS = 116, DISABLE_QUIRKS2 = 213 };

/*
 * The program enabled a capability with @arg.  Those of a vCPU that are on or
 * off take any other value than 0 for on; quirks have two capabilities.
 */
static bool capped(const struct machine *m, const struct program *p, int step,
		   u32 nr, u64 arg)
{
	const struct step *s = &p->step[step];
	bool on = false;

	for (int i = 0; i < step; i++) {
		const struct step *b = &p->step[i];
		const struct step_cap *k = &b->cap;

		if (b->kind != STEP_CAP || b->vm != s->vm ||
		    (k->fd != FD_VM && b->vcpu != s->vcpu))
			continue;
		if (k->nr == nr)
			on = arg == 1 && k->fd == FD_VCPU ? k->arg : k->arg == arg;
		else if (nr == DISABLE_QUIRKS && k->nr == DISABLE_QUIRKS2 &&
			 !(m->eras & K510))
			on |= k->arg & arg;
	}
	return on;
}

/* 0: never called; 1: with other data; 2: with @data last. */
static int called(const struct program *p, int step, u32 request, u64 data)
{
	const struct step *s = &p->step[step];
	int how = 0;

	for (int i = 0; i < step; i++) {
		const struct step *b = &p->step[i];

		if (b->kind == STEP_IOCTL && b->vm == s->vm &&
		    b->ioctl.request == request &&
		    (b->ioctl.fd == FD_VM || b->vcpu == s->vcpu))
			how = b->ioctl.ndata && b->ioctl.data[0] == data ? 2 : 1;
	}
	return how;
}

/*
 * The mode of the vCPU's APIC: APIC_ANY where a write by the guest decides,
 * which a filter may have denied.
 */
static int apic_mode(const struct program *p, int step)
{
	const struct step *s = &p->step[step];
	bool irqchip = false, set = false, wrote = false;

	for (int i = 0; i < step; i++) {
		const struct step *b = &p->step[i];

		if (b->vm != s->vm)
			continue;
		irqchip |= b->kind == STEP_IRQCHIP;
		if (b->vcpu != s->vcpu)
			continue;
		if (b->kind == STEP_WRMSR && b->access.index == 0x1b)
			wrote |= b->access.value & 0x400;
		if (b->kind == STEP_SET_MSR && b->msr.index == 0x1b)
			set = b->msr.value & 0x400;
	}
	if (!irqchip || !(set | wrote))
		return APIC_NOT_X2;
	return wrote ? APIC_ANY : APIC_X2;
}

/* Userspace gave the MSR a value. */
static bool set_before(const struct program *p, int step, u32 index)
{
	const struct step *s = &p->step[step];

	for (int i = 0; i < step; i++) {
		const struct step *b = &p->step[i];

		if (b->kind == STEP_SET_MSR && b->msr.index == index &&
		    b->vm == s->vm && b->vcpu == s->vcpu)
			return true;
	}
	return false;
}

static bool holds(const struct machine *m, const struct program *p, int step,
		  const struct reason *r)
{
	enum cpuid_vendor guest;
	u64 has, lacks;

	if ((r->vendor == VMX && m->vendor != VENDOR_INTEL) ||
	    (r->vendor == SVM && m->vendor != VENDOR_AMD) ||
	    (r->hardware && m->vendor == VENDOR_OTHER))
		return false;
	/* what the CPU refuses is KVM's to refuse where KVM emulates */
	if (r->verdict[0] == VERDICT_FAULT &&
	    (p->step[step].access.forced || m->any_address))
		return false;
	if (r->unless_set && set_before(p, step, r->first))
		return false;
	if (r->long_mode && program_mode(p, step) != MODE_LONG &&
	    program_mode(p, step) != MODE_COMPAT)
		return false;
	if ((m->facts & r->facts) != r->facts || m->facts & r->not_facts)
		return false;
	cpuid_of(m, p, step, &has, &lacks, &guest);
	if ((has & r->with) != r->with || (lacks & r->without) != r->without ||
	    (r->guest && guest != r->guest))
		return false;
	if (r->cap && !capped(m, p, step, r->cap, r->cap_arg))
		return false;
	if (r->not_cap && capped(m, p, step, r->not_cap, r->cap_arg))
		return false;
	if (r->after && called(p, step, r->after, r->after_data) != 2)
		return false;
	if (r->not_after && called(p, step, r->not_after, 0))
		return false;
	return r->apic == APIC_ANY || apic_mode(p, step) == (int)r->apic;
}

const struct reason *reason_of(const struct machine *m,
			       const struct program *p, int step)
{
	const struct step_access *a = &p->step[step].access;
	bool write = p->step[step].kind == STEP_WRMSR;

	for (const struct reason *r = reasons; r->name; r++) {
		u32 at = a->index - r->first;

		if (at >> r->shift >= r->count ||
		    at & ((1u << r->shift) - 1) ||
		    !(r->access & (write ? ACCESS_W : ACCESS_R)) ||
		    (write && !in_class(r, a->value)))
			continue;
		if (holds(m, p, step, r))
			return r;
	}
	return NULL;
}

enum verdict reason_verdict(const struct machine *m, const struct reason *r)
{
	static const enum era eras[] = { K510, K61, K612, K72 };
	enum verdict v = VERDICT_ASK;
	bool any = false;

	for (int i = 0; i < 4; i++) {
		if (!(m->eras & eras[i]))
			continue;
		if (any && r->verdict[i] != v)
			return VERDICT_ASK;
		v = r->verdict[i];
		any = true;
	}
	return v;
}

enum verdict access_verdict(const struct machine *m, const struct program *p,
			    int step)
{
	const struct step *s = &p->step[step];
	const struct reason *r = reason_of(m, p, step);
	enum verdict v = r ? reason_verdict(m, r) : VERDICT_ASK;

	if (v != VERDICT_ASK)
		return v;
	v = msr_verdict(s->access.index, s->kind == STEP_WRMSR,
			s->access.value);
	return m->vendor == VENDOR_OTHER && v != VERDICT_UNKNOWN ?
	       VERDICT_ASK : v;
}
