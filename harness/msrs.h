/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR catalogue, suites/msrs.def, as code sees it. */
#ifndef DEFLECT_MSRS_H
#define DEFLECT_MSRS_H

#include "program.h"

enum verdict {
	VERDICT_ASK,		/* depends: the control VM knows */
	VERDICT_OK,
	VERDICT_UNKNOWN,
	VERDICT_INVAL,
	VERDICT_FAULT,		/* the CPU itself refuses: no exit */
};

enum msr_trait {
	PASS_VMX = 1 << 0,
	PASS_SVM = 1 << 1,
	MOVES = 1 << 2,
	READS_ONLY = 1 << 3,	/* PASS_*: writes are intercepted */
	NEVER_VMX = 1 << 4,	/* not PASS_VMX: never, whatever the CPU */
	PASS_IF = 1 << 5,	/* under conditions of CPU, CPUID or use */
	KEEPS = 1 << 6,		/* reads give all bits that were written last */
	KEEPS_LOW = 1 << 7,	/* the lower 32, if there were no others */
	NEVER_SVM = 1 << 8,	/* as NEVER_VMX, for guests without SEV-ES */
	KEEPS_HOST = 1 << 9,	/* KEEPS of what userspace wrote, not the guest */
};

struct msr_info {
	const char *name;
	u32 first, count;
	enum verdict read, write;
	u64 refused;		/* INVAL on write; 0: none */
	unsigned traits;
};

extern const struct msr_info msr_info[];	/* ends with name NULL */

/* The entry that covers @index, or NULL. */
const struct msr_info *msr_find(u32 index);

/* What the catalogue says of an allowed access; VERDICT_ASK if nothing. */
enum verdict msr_verdict(u32 index, bool write, u64 value);

/* With 48 bits, as KVM has it without LA57. */
static inline bool is_canonical(u64 address)
{
	u64 top = address >> 47;

	return !top || top == 0x1ffff;
}

/* "LSTAR (0xc0000082)" or "0x12345". */
const char *msr_label(char *buf, size_t size, u32 index);

#endif
