/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of KVM_CAP_ARM_NISV_TO_USER in our own words, and what is known
 * of an instruction before a vCPU executes it. Pure, for any host;
 * arm64/guest.c pins the numbers against <linux/kvm.h>.
 */
#ifndef DEFLECT_ARM64_ABI_H
#define DEFLECT_ARM64_ABI_H

#include "../../guest/arm64.h"
#include "../program.h"

enum {
	CAP_ARM_NISV_TO_USER = 177,
	CAP_ARM_INJECT_EXT_DABT = 178,

	EXIT_MMIO = 6,
	EXIT_ARM_NISV = 28,

	/* syndromes: ESR_ELx */
	ISS_WNR = 0x40,
	FSC_TRANSLATION = 0x04,	/* and the level in the low two bits */
	FSC_EXTERNAL = 0x10,
	FSC_EXTERNAL_WALK = 0x14,	/* and the level */
	EC_PABT = 0x21,		/* without a change of level; from EL0 */
	EC_DABT = 0x25,		/* they are one less */

	PSTATE_EL1H = 0x3c5,	/* all exceptions masked, */
	PSTATE_EL0T = 0x3c0,	/* as here */
	PSTATE_BTYPE = 0xc00,	/* a CPU with FEAT_BTI notes a branch there */

	/* what the reply `emulate` leaves in X2 and X3 */
	EMULATED_X2 = 0x2222,
	EMULATED_X3 = 0x3333,
};

/* struct kvm_vcpu_events: the bytes that must be 0. */
enum { EVENTS_SIZE = 64, EVENTS_ESR = 8 };

static inline bool events_reserved(u64 offset)
{
	return offset > 2 && (offset < EVENTS_ESR || offset >= EVENTS_ESR + 8);
}

enum insn_flag {
	I_LOAD = 1 << 0,
	I_STORE = 1 << 1,
	I_ISV = 1 << 2,		/* its abort has a valid syndrome */
	I_SIGNED = 1 << 3,	/* X0 is sign-extended, */
	I_W = 1 << 4,		/* to 32 bits */
	I_ZR = 1 << 5,		/* the zero register for X0 */
	I_PAIR = 1 << 6,	/* X2 and X3, not X0 */
	I_WBACK = 1 << 7,	/* X1 += 8 */
	I_SIMD = 1 << 8,	/* no general register is loaded */
	I_ATOMIC = 1 << 9,
	I_NORMAL = 1 << 10,	/* what it does to device memory is not said */
	I_CACHE = 1 << 11,	/* maintenance by address */
	I_FETCH = 1 << 12,	/* branches there */
};

struct insn_info {
	const char *name;
	u64 offset;
	unsigned size, flags;
};

extern const struct insn_info insn_info[NR_INSNS];

/* enum need of an instruction. */
u32 insn_needs(enum insn op);

/* Physical address of a vCPU's window, and of the instruction of a step. */
u64 arm64_window(unsigned vcpu);
u64 arm64_insn_at(const struct program *p, int step);

/* The address in X1; that of the access. */
u64 arm64_base(const struct program *p, int step);
u64 arm64_target(const struct program *p, int step);

/* Content of general register @reg when the instruction of a step begins. */
u64 arm64_entry_reg(const struct program *p, int step, unsigned reg);

/* The aligned eight bytes of guest memory at @address that are not the
 * payload's. */
u64 arm64_memory(u64 address);

#endif
