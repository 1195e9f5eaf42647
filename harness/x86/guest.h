/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 vCPUs.  vcpu.c makes them, guest.c has them execute guest steps,
 * state.c looks at and changes the state of one that is held at an exit.
 */
#ifndef DEFLECT_X86_GUEST_H
#define DEFLECT_X86_GUEST_H

#include "../../guest/layout.h"
#include "../program.h"

struct vcpu;
struct kvm_regs;

/* ---- what the model knows of an operation ---- */

/* Contents of a register and of CR2 when a step's instruction begins. */
uint64_t guest_entry_reg(const struct step *s, int step, int reg);
uint64_t guest_cr2(int step);

/* Length of a step's instruction, prefixes included. */
int guest_insn_len(const struct step *s);

/*
 * Where `set_regs rip=` may lead: behind this offset from the instruction lie
 * a two-byte NOP and the way back into the payload.
 */
enum { GUEST_LANDING = 16 };

/* ---- vcpu.c ---- */

/* Long mode, at the start of the payload. */
void guest_enter_payload(struct vcpu *v);

/* KVM_SET_CPUID2; returns what the ioctl does. */
int guest_set_cpuid(struct vcpu *v, enum cpuid_kind kind);

/* INIT and SIPI for a vCPU with an in-kernel APIC that is not the BSP. */
void guest_init_sipi(struct vcpu *v, struct outcome *o);

/* ---- guest.c ---- */

struct guest_ctl *guest_ctl(struct vcpu *v);
struct guest_op *guest_op(struct vcpu *v, int i);

/* Address of the instruction of the operation the vCPU is at. */
uint64_t guest_insn(struct vcpu *v);

/* General registers in encoding order; bit mask of those that differ. */
void guest_regs_array(const struct kvm_regs *k, uint64_t r[NR_GPRS]);
uint64_t guest_regs_changed(const uint64_t *now, const uint64_t *before);

/* The vCPU has entered its `spin` loop. */
bool guest_spins(struct vcpu *v);

/* ---- state.c ---- */

/* A host step that concerns the state of one vCPU; false: none of these. */
bool guest_state_step(struct vcpu *v, const struct step *s,
		      struct outcome *o);

#endif
