// SPDX-License-Identifier: GPL-2.0-only
/* Making arm64 VMs and vCPUs: memory slots, registers, stage 1. */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guest.h"

extern const uint8_t guest_arm64[], guest_arm64_end[];
extern const u32 insn_words[];

asm(".pushsection .rodata\n\t.balign 4\n\t.arch armv8-a+lse\ninsn_words:\n\t"
#define INSN(name, text, ...) text "\n\t"
#include "../../suites/arm64/insns.def"
#undef INSN
    ".popsection");

#define VBAR_EL1	SYS_REG(3, 0, 12, 0, 0)
#define CPACR_EL1	SYS_REG(3, 0, 1, 0, 2)
#define SCTLR_EL1	SYS_REG(3, 0, 1, 0, 0)
#define TTBR0_EL1	SYS_REG(3, 0, 2, 0, 0)
#define TCR_EL1		SYS_REG(3, 0, 2, 0, 2)
#define MAIR_EL1	SYS_REG(3, 0, 10, 2, 0)

_Static_assert(A64_RAM_SIZE + A64_ROM_SIZE <= ARCH_MEM_USED, "guest memory");
_Static_assert(MAX_VCPUS * A64_WINDOW <= GUEST_OBJECTS, "windows");
_Static_assert(A64_CODE + MAX_STEPS * A64_SLOT <= A64_DATA, "code");

u64 guest_reg_id(unsigned reg)
{
	size_t at = reg == REG_PC ? offsetof(struct kvm_regs, regs.pc) :
		    reg == REG_PSTATE ? offsetof(struct kvm_regs, regs.pstate) :
		    offsetof(struct kvm_regs, regs.regs) + reg * sizeof(u64);

	return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | at / 4;
}

u64 guest_get(struct vcpu *v, u64 id)
{
	u64 value = 0;
	struct kvm_one_reg r = { .id = id, .addr = (uintptr_t)&value };

	must(ioctl(v->fd, KVM_GET_ONE_REG, &r));
	return value;
}

void guest_set(struct vcpu *v, u64 id, u64 value)
{
	struct kvm_one_reg r = { .id = id, .addr = (uintptr_t)&value };

	must(ioctl(v->fd, KVM_SET_ONE_REG, &r));
}

static void put(struct vm *vm, u64 address, u64 value)
{
	memcpy(vm->mem + (address - A64_RAM), &value, sizeof(value));
}

/* What may be read, by its address; the rest of the slots is zero. */
static void fill(struct vm *vm)
{
	u64 end = A64_RAM + A64_RAM_SIZE, *rom = (u64 *)(vm->mem + A64_RAM_SIZE);

	for (int i = 0; i < MAX_VCPUS; i++)
		for (u64 a = arm64_window(i) + A64_DATA;
		     a < arm64_window(i) + A64_TABLE; a += 8)
			put(vm, a, arm64_memory(a));
	for (u64 a = end - 0x1000; a < end; a += 8)
		put(vm, a, arm64_memory(a));
	for (u64 a = A64_ROM; a < A64_ROM + A64_ROM_SIZE; a += 8)
		*rom++ = arm64_memory(a);
}

void arch_vm_init(struct vm *vm)
{
	fill(vm);
}

static void add_slot(struct vm *vm, u32 slot, u32 flags, u64 address, u64 size,
		     void *memory)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = address,
		.memory_size = size, .userspace_addr = (uintptr_t)memory,
	};

	env_grace(vm);
	must(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &r));
	env_grace_end(vm);
}

void arch_slot(struct vm *vm)
{
	const struct program *p = vm->env->prog;
	bool rom = false;

	if (vm->slot)
		return;
	for (int i = 0; i < p->nsteps; i++)
		rom |= p->step[i].kind == STEP_INSN && p->step[i].insn.at == AT_ROM;
	add_slot(vm, 0, 0, A64_RAM, A64_RAM_SIZE, vm->mem);
	if (rom)
		add_slot(vm, 1, KVM_MEM_READONLY, A64_ROM, A64_ROM_SIZE,
			 vm->mem + A64_RAM_SIZE);
	vm->slot = true;
}

/* The slot of step @i: the instruction, and a way back behind it. */
static void put_code(struct vcpu *v, int i)
{
	const struct program *p = v->vm->env->prog;
	u32 code[A64_SLOT / 4], back;

	for (unsigned k = 0; k < ARRAY_SIZE(code); k++) {
		back = (A64_CODE + i * A64_SLOT + k * 4 - A64_PAYLOAD) / 4;
		code[k] = 0x14000000 | (-back & 0x3ffffff);	/* b */
	}
	if (p->step[i].kind == STEP_INSN)
		code[0] = insn_words[p->step[i].insn.op];
	memcpy(v->window + A64_CODE + i * A64_SLOT, code, sizeof(code));
}

void arch_vcpu_init(struct vcpu *v)
{
	struct kvm_vcpu_init init;
	u64 at = arm64_window(v->id);

	v->window = v->vm->mem + (at - A64_RAM);
	memcpy(v->window + A64_PAYLOAD, guest_arm64,
	       guest_arm64_end - guest_arm64);
	for (int i = 0; i < v->vm->env->prog->nsteps; i++)
		put_code(v, i);
	__builtin___clear_cache((char *)v->window,
				(char *)v->window + A64_WINDOW);
	must(ioctl(v->vm->fd, KVM_ARM_PREFERRED_TARGET, &init));
	must(ioctl(v->fd, KVM_ARM_VCPU_INIT, &init));
	guest_set(v, VBAR_EL1, at + A64_VECTORS);
	guest_set(v, CPACR_EL1, 3 << 20);	/* SIMD does not trap */
}

/*
 * One level of 1 GiB blocks: device memory below, the slots with their
 * addresses, and a table that is not there.
 */
void guest_mmu(struct vcpu *v)
{
	enum { BLOCK = 1, TABLE = 3, AF = 1 << 10, INNER = 3 << 8, NORMAL = 1 << 2,
		GIB_SHIFT = 30, NO_PAGE_TABLES = 25 };
	u64 table = arm64_window(v->id) + A64_TABLE;
	u64 ram = A64_RAM >> GIB_SHIFT;

	put(v->vm, table, AF | BLOCK);
	put(v->vm, table + ram * 8,
	    ram << GIB_SHIFT | AF | INNER | NORMAL | BLOCK);
	put(v->vm, table + (A64_WALK >> GIB_SHIFT) * 8, A64_NOWHERE | TABLE);
	guest_set(v, MAIR_EL1, 0xff00);		/* 0: device, 1: normal */
	/* 39 bits by 4 KiB, cached as normal memory is; no upper half */
	guest_set(v, TCR_EL1, NO_PAGE_TABLES | 1 << 8 | 1 << 10 | 3 << 12 |
		  1 << 23 | 2ULL << 32);
	guest_set(v, TTBR0_EL1, table);
	guest_set(v, SCTLR_EL1, guest_get(v, SCTLR_EL1) | 1 | 1 << 2 | 1 << 12);
}
