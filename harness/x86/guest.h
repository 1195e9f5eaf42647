/* SPDX-License-Identifier: GPL-2.0-only */
/* x86 vCPUs: what host.c and the model need to know of guest.c. */
#ifndef DEFLECT_X86_GUEST_H
#define DEFLECT_X86_GUEST_H

#include "../program.h"

struct vcpu;

/* Contents of a register and of CR2 when a step's instruction begins. */
uint64_t guest_entry_reg(const struct step *s, int step, int reg);
uint64_t guest_cr2(int step);

/* KVM_SET_CPUID2; returns what the ioctl does. */
int guest_set_cpuid(struct vcpu *v, enum cpuid_kind kind);
/* INIT and SIPI for a vCPU with an in-kernel APIC that is not the BSP. */
void guest_init_sipi(struct vcpu *v, struct outcome *o);
/* The vCPU has entered its `spin` loop. */
bool guest_spins(struct vcpu *v);

#endif
