/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What KVM does with an MSR access that no filter denies, where a rule says
 * so: suites/reasons.def as code sees it.  A row holds for accesses of a
 * direction and a class of values, under conditions that the program and the
 * machine show.  It binds before the control is asked, so that the control
 * cannot hide a wrong verdict.
 */
#ifndef DEFLECT_REASONS_H
#define DEFLECT_REASONS_H

#include "machine.h"
#include "msrs.h"

enum { ACCESS_R = 1, ACCESS_W = 2 };

enum value_kind {
	VALUE_ANY,
	VALUE_BITS,		/* one of the bits of `bits` */
	VALUE_IS,		/* exactly `bits` */
	VALUE_NONCANONICAL,	/* with 48 and with 57 bits */
	VALUE_CANONICAL,	/* with 48 bits */
	VALUE_PAT,		/* a byte that is no PAT type */
	VALUE_MTRR_TYPES,	/* a byte that is no MTRR type */
	VALUE_MTRR_TYPE,	/* a low byte that is no MTRR type */
};

/* Facts of the machine that no CPUID bit shows. */
enum fact {
	FACT_HYPERV = 1,	/* KVM_CAP_HYPERV */
	FACT_LBRV = 2,		/* kvm_amd.lbrv, or the CPU's */
	FACT_PMU = 4,		/* kvm.enable_pmu */
	FACT_XEN = 8,		/* KVM_CAP_XEN_HVM */
};

struct reason {
	const char *name;
	enum rule rule;
	enum rule also;		/* another that the row is evidence of, or 0 */
	u32 first, count;
	unsigned shift;			/* every 2^shift-th index */
	unsigned access;		/* ACCESS_R | ACCESS_W */
	enum value_kind value;
	u64 bits;
	u64 base;		/* bits that specimens keep set */
	enum verdict verdict[4];	/* 5.10, 6.1, 6.12, 7.2 */

	/* conditions */
	enum rule_vendor vendor;
	bool hardware;		/* kvm_intel and kvm_amd, no other module */
	enum cpuid_vendor guest;	/* as the vCPU's CPUID has it */
	u64 with, without;	/* features it has, all; and lacks, all */
	unsigned facts, not_facts;
	u32 cap, not_cap;	/* enabled by the program with cap_arg, or not */
	u64 cap_arg;
	u32 after, not_after;	/* ioctl of the program, with after_data */
	u64 after_data;
	enum { APIC_ANY, APIC_NOT_X2, APIC_X2 } apic;
	bool long_mode;
	bool unless_set;	/* by userspace: that opens it to the guest */

	const char *setup;	/* lines that meet the conditions but CPUID */
};

extern const struct reason reasons[];	/* ends with name NULL */

/* The row that binds step @step of @p on @m, or NULL. */
const struct reason *reason_of(const struct machine *m,
			       const struct program *p, int step);

/* Whose CPU the vCPU of step @step is by its CPUID; HOST if that is not known. */
enum cpuid_vendor reason_cpuid_vendor(const struct machine *m,
				      const struct program *p, int step);

/* What @r says on @m; ASK where it says nothing there. */
enum verdict reason_verdict(const struct machine *m, const struct reason *r);

/*
 * What the rows and suites/msrs.def say of the access that is step @step, if no
 * filter denies it; ASK if nothing that binds on @m.
 */
enum verdict access_verdict(const struct machine *m, const struct program *p,
			    int step);

/*
 * The @n-th value of a row's class that a case should try, false after the
 * last; of values without end it is a few.
 */
bool reason_specimen(const struct reason *r, int n, u64 *value);

#endif
