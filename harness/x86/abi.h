/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of the ABI, in our own words so that the model and the parser
 * need no kernel header and a header of any age will do for the rest.
 * host.c pins them against <linux/kvm.h>.
 */
#ifndef DEFLECT_X86_ABI_H
#define DEFLECT_X86_ABI_H

#include "../program.h"

enum {
	CAP_X86_USER_SPACE_MSR = 188,
	CAP_X86_MSR_FILTER = 189,

	CAP_ARM64_NISV_TO_USER = 177,	/* which x86 has not */

	EXIT_X86_RDMSR = 29,
	EXIT_X86_WRMSR = 30,

	REASON_INVAL = 1,
	REASON_UNKNOWN = 2,
	REASON_FILTER = 4,
	REASON_ALL = 7,

	FILTER_DEFAULT_DENY = 1,
	RANGE_READ = 1,
	RANGE_WRITE = 2,

	X2APIC_FIRST = 0x800,
	X2APIC_LAST = 0x8ff,
};

#define SET_MSR_FILTER		0x4188aec6u	/* 392-byte struct */
#define SET_EXIT_MSRS		0x4004aeb4u	/* proposed, never merged */
#define GET_REG_LIST		0xc008aeb0u
#define SET_MSR_FILTER_COMPAT	0x4104aec6u	/* 260-byte struct */

/*
 * The request of a `filter` step: where it names none, the one that fits its
 * syscall entry.  The request decides about the layout, not the entry.
 */
static inline u32 filter_request(const struct step *s)
{
	if (s->filter.request)
		return s->filter.request;
	return s->int80 ? SET_MSR_FILTER_COMPAT : SET_MSR_FILTER;
}

/* MSRs that no filter concerns: x2a_never_denied. */
static inline bool is_x2apic(u32 index)
{
	return index >= X2APIC_FIRST && index <= X2APIC_LAST;
}

#endif
