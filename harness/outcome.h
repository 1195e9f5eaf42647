/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a step did, or may do: named 64-bit fields with a mask of known bits.
 * Predictions and observations share the type, so that comparing, printing
 * and explaining a difference need no code per kind of step.
 */
#ifndef DEFLECT_OUTCOME_H
#define DEFLECT_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { NR_RUNS = 8 };

enum field {
	/* host steps */
	F_RET,		/* return value, -1 on error */
	F_ERRNO,	/* 0 on success */
	F_WROTE,	/* 1: the kernel changed the caller's objects */
	F_VALUE,	/* MSR value read through an ioctl */
	F_VALUE_2, F_VALUE_3,	/* of the next entries */
	F_LIST,		/* 1: not the list there was, or twice the same in it */
	F_WAITS,	/* `filter &`: 1 if it had to wait for a reader, for as
			 * long as that was in its call */
	F_KEPT,		/* `leak`: 1 if kernel memory stayed behind */

	/* guest steps, the exit to userspace if there was one */
	F_EXITS,	/* number of MSR exits for this one instruction */
	F_EXIT,		/* exit_reason: 29, 30; arm64: 28, 6; 0 if none */
	F_X_REASON,
	F_X_INDEX,
	F_X_DATA,
	F_X_ERROR,
	F_X_PAD,	/* pad[0..6], little endian */
	F_X_TAIL,	/* 1: union bytes past kvm_run.msr were changed */
	F_X_RIP,	/* relative to the instruction */
	F_X_REGS,	/* bit n: general register n changed */
	F_X_RFLAGS,
	F_X_EVENTS,	/* 1 exception injected, 2 pending */
	F_X_SHADOW,	/* interrupt.shadow: 1 MOV SS, 2 STI */
	F_X_POST,	/* bit per post-run field that is not as it should */
	F_X_ISS,	/* arm64: arm_nisv.esr_iss, */
	F_X_IPA,	/* and its fault_ipa; mmio.phys_addr, */
	F_X_LEN,	/* mmio.len, */
	F_X_WRITE,	/* and is_write */
	F_X_SYNC,	/* 1: sync regs and KVM_GET_REGS disagreed */

	/* guest steps, how the instruction ended */
	F_END,		/* enum end */
	F_VECTOR,	/* END_FAULT; arm64: class of the exception + 0x100,
			 * as it is without a change of level */
	F_HAS_CODE,	/* END_FAULT: an error code was pushed */
	F_CODE,
	F_RIP,		/* or PC, relative to the instruction */
	F_RFLAGS,
	F_CR2,
	F_RAX,
	F_RDX,
	F_REGS,		/* bit n: general register n, not RAX/RDX, changed */
	F_DR6,		/* END_FAULT by #DB */
	F_NMI,		/* enum nmi_at: where an NMI was taken */
	F_RUN_ERRNO,	/* END_ERRNO */
	F_OTHER_EXIT,	/* END_OTHER, END_ERRNO: exit_reason */
	F_L1,		/* END_L1: enum l1_exit */
	F_L1_CODE,	/* EXITCODE of SVM, exit reason of VMX */
	F_L1_INFO,	/* EXITINFO1, exit qualification */
	F_L1_EVENT,	/* VMX: interruption information */
	F_L1_STORED,	/* VMX: the last MSR of the VM-exit store list */

	/* arm64, END_FAULT: as the guest sees it */
	F_ESR,		/* the lower half */
	F_FAR,
	F_PSTATE,	/* as saved */
	F_HANDLER,	/* offset of the vector taken */
	F_X0, F_X1, F_X2, F_X3,	/* at the end, whatever it is */

	F_NATIVE,	/* `native`: 1 if the accesses made no exits to KVM */

	/* `each`: how many accesses came to what, see each.h */
	F_E_DONE,
	F_E_FAULT,	/* #GP(0), no exit */
	F_E_FILTER,	/* exit with that reason, exactly as exits are */
	F_E_UNKNOWN,
	F_E_INVAL,
	F_E_ODD,	/* anything else */
	F_E_CHANGED,	/* of those that came to another result than the last
			 * time, the number */
	F_E_FEWEST,	/* the first index of the smallest class, if several */
	F_E_CHANGED_AT,	/* the first index that changed */
	/* a sweep: runs of indices whose accesses all did the same */
	F_RUN,		/* the first run: first index << 32 | enum sweep_class */
	F_LAST_RUN = F_RUN + NR_RUNS - 1,
	F_RUNS,		/* how many there were, also of those not kept */
	F_SWEPT,	/* accesses that were executed */
	F_VALUES,	/* hash of what reads without an exit gave */

	/* vCPU events */
	F_EV_INJECTED,
	F_EV_PENDING,
	F_EV_VECTOR,
	F_EV_HAS_CODE,
	F_EV_CODE,
	F_EV_DABT,	/* arm64: exception.ext_dabt_pending */
	F_EV_SERROR,
	NR_FIELDS,
};

enum end {
	END_DONE,	/* executed, the next instruction was reached */
	END_FAULT,	/* took an exception in the guest */
	END_HELD,	/* still at the exit */
	END_SHUTDOWN,	/* KVM_EXIT_SHUTDOWN: triple fault */
	END_ERRNO,	/* KVM_RUN failed */
	END_OTHER,	/* another exit */
	END_HANG,	/* KVM_RUN did not come back in time */
	END_L1,		/* of L2: exited to L1 */
	END_SKIPPED,	/* not executed: an earlier step lost the vCPU */
	NR_ENDS,
};

/* Why L2 exited to L1. */
enum l1_exit {
	L1_RDMSR,
	L1_WRMSR,
	L1_GP,
	L1_ENTRY_FAILED,	/* it never got to run */
	L1_OTHER,
	NR_L1_EXITS,
};

enum nmi_at {
	NMI_NONE,
	NMI_AT_INSN,	/* before the instruction */
	NMI_AFTER_INSN,
	NMI_IN_HANDLER,	/* after a fault was delivered */
};

/* What one access of a sweep did, in 32 bits. */
enum sweep_class {
	CLASS_END = 0xff,	/* vector of its fault, or CLASS_DONE */
	CLASS_DONE = 0x20,
	CLASS_LOST = 0xff,	/* neither: nothing else is known */
	CLASS_EXITS = 0xff00,	/* how many */
	CLASS_REASON = 0xff0000,
	/* what was not as the access and the reply say; see sweep.c */
	CLASS_BAD_EXIT = 1 << 24,	/* exit_reason of the other kind, or a
					 * reason that does not exist */
	CLASS_BAD_INDEX = 1 << 25,
	CLASS_BAD_DATA = 1 << 26,
	CLASS_BAD_ERROR = 1 << 27,	/* error or pad not 0 */
	CLASS_BAD_REGS = 1 << 28,
	CLASS_BAD_RIP = 1 << 29,
	CLASS_BAD_CODE = 1 << 30,
};

struct outcome {
	uint64_t val[NR_FIELDS];
	uint64_t mask[NR_FIELDS];	/* 1: this bit is known */
};

static inline void outcome_set(struct outcome *o, enum field f, uint64_t v)
{
	o->val[f] = v;
	o->mask[f] = ~0ULL;
}

static inline void outcome_forget(struct outcome *o, enum field f)
{
	o->val[f] = 0;
	o->mask[f] = 0;
}

static inline bool outcome_has(const struct outcome *o, enum field f)
{
	return o->mask[f] != 0;
}

static inline uint32_t sweep_class(unsigned exits, unsigned reason,
				   unsigned end)
{
	return (exits > 255 ? 255 : exits) << 8 | reason << 16 | end;
}

/* The access to @index, the next of a sweep, was of this class. */
static inline void outcome_run(struct outcome *o, uint32_t index,
			       uint32_t class)
{
	uint64_t n = o->val[F_RUNS];

	if (n && n <= NR_RUNS && (uint32_t)o->val[F_RUN + n - 1] == class)
		return;
	if (n < NR_RUNS)
		outcome_set(o, F_RUN + n, (uint64_t)index << 32 | class);
	outcome_set(o, F_RUNS, n + 1);
}

/* The first field of @want that @got does not show; NR_FIELDS if it fits. */
enum field outcome_differs(const struct outcome *want,
			   const struct outcome *got);

/* Can one observation fit both?  False: the two predictions exclude
 * each other. */
bool outcome_overlap(const struct outcome *a, const struct outcome *b);

/*
 * One line of text in the ABI's words.  Fields without a known bit are left
 * out; @only, if given, leaves out what it does not know either, so that a
 * want/got pair lines up.  Returns what snprintf() would.
 */
int outcome_print(char *buf, size_t size, const struct outcome *o,
		  const struct outcome *only);

const char *field_name(enum field f);
const char *end_name(enum end e);
const char *l1_name(enum l1_exit e);	/* "rdmsr" */
const char *errno_name(int err);	/* "EINVAL"; never NULL */
int errno_by_name(const char *name);	/* -1 if unknown */

/* printf to the end of a bounded string. */
int append(char *buf, size_t size, int at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
