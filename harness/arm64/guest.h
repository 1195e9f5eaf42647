/* SPDX-License-Identifier: GPL-2.0-only */
/* arm64 vCPUs: vm.c makes them, guest.c has them execute instructions. */
#ifndef DEFLECT_ARM64_GUEST_H
#define DEFLECT_ARM64_GUEST_H

#include "../env.h"
#include "abi.h"

/* A system register by its encoding, as KVM_GET_ONE_REG names it. */
#define SYS_REG(op0, op1, crn, crm, op2)				\
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG |	\
	 (op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* General registers, REG_PC, PSTATE. */
enum { REG_PSTATE = 32 };
u64 guest_reg_id(unsigned reg);

u64 guest_get(struct vcpu *v, u64 id);
void guest_set(struct vcpu *v, u64 id, u64 value);

/* Stage 1 on, with a table that maps what there is to itself. */
void guest_mmu(struct vcpu *v);

#endif
