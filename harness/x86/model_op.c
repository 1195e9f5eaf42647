// SPDX-License-Identifier: GPL-2.0-only
/* What is known of an operation before it executes: registers, length. */
#include <string.h>

#include "../program.h"
#include "guest.h"

uint64_t guest_reg_mask(enum cpu_mode m)
{
	return mode_is_32bit(m) ? 0xffffffff : ~0ULL;
}

/* What every register holds that the step itself does not set. */
uint64_t guest_poison(int step, int reg)
{
	return 0x5a00f00d00000000ULL + (uint64_t)step * 0x10000 + reg * 0x111;
}

uint64_t guest_cr2(const struct program *p, int step)
{
	return (0xc2c2000000000000ULL >> 8 | (unsigned)step << 12) &
	       guest_reg_mask(program_mode(p, step));
}

uint64_t guest_entry_reg(const struct program *p, int step, int reg)
{
	const struct step *s = &p->step[step];
	const struct step_access *a = &s->access;
	uint64_t v = guest_poison(step, reg);

	if (reg == GPR_RCX)
		v = (uint64_t)a->rcx_high << 32 | a->index;
	if (reg == GPR_RAX && s->kind == STEP_RDMSR && a->over)
		v = (v & ~0xffffffffULL) | (u32)a->value;
	if (reg == GPR_RDX && s->kind == STEP_RDMSR && a->over)
		v = (v & ~0xffffffffULL) | a->value >> 32;
	if (reg == GPR_RAX && s->kind == STEP_WRMSR)
		v = (uint64_t)a->rax_high << 32 | (u32)a->value;
	if (reg == GPR_RDX && s->kind == STEP_WRMSR)
		v = (uint64_t)a->rdx_high << 32 | a->value >> 32;
	return v & guest_reg_mask(program_mode(p, step));
}

/* Set the flag, loop until told to stop. */
static const uint8_t spin_code[] = {
	0x48, 0xc7, 0x04, 0x25,				/* movq $1, */
	(GUEST_CTL + CTL_SPINS) & 0xff, (GUEST_CTL + CTL_SPINS) >> 8, 0, 0,
	1, 0, 0, 0,
	0xf3, 0x90,					/* 1: pause */
	0x48, 0x83, 0x3c, 0x25,				/* cmpq $0, */
	(GUEST_CTL + CTL_STOP) & 0xff, (GUEST_CTL + CTL_STOP) >> 8, 0, 0, 0,
	0x74, 0xf3,					/* je 1b */
};

/* 1: rdmsr or wrmsr; dec %ebx; jne 1b */
static const uint8_t native_code[] = { 0x0f, 0x32, 0xff, 0xcb, 0x75, 0xfa };

int guest_insn_len(const struct step *s)
{
	switch (s->kind) {
	case STEP_RDMSR:
	case STEP_WRMSR:
		return s->access.nprefix + 2;
	case STEP_SPIN:
		return sizeof(spin_code);
	case STEP_NATIVE:
		return sizeof(native_code);
	default:
		return s->code.len;
	}
}

int guest_insn_code(const struct step *s, uint8_t *code)
{
	switch (s->kind) {
	case STEP_RDMSR:
	case STEP_WRMSR:
		memcpy(code, s->access.prefix, s->access.nprefix);
		memcpy(code + s->access.nprefix,
		       s->kind == STEP_RDMSR ? "\x0f\x32" : "\x0f\x30", 2);
		break;
	case STEP_SPIN:
		memcpy(code, spin_code, sizeof(spin_code));
		break;
	case STEP_NATIVE:
		memcpy(code, native_code, sizeof(native_code));
		code[1] = s->native.write ? 0x30 : 0x32;
		break;
	default:
		memcpy(code, s->code.bytes, s->code.len);
	}
	return guest_insn_len(s);
}
