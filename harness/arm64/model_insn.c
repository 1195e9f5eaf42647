// SPDX-License-Identifier: GPL-2.0-only
/* What is known of an instruction before it executes. */
#include "abi.h"

const struct insn_info insn_info[NR_INSNS] = {
#define INSN(name_, text, offset_, size_, flags_) \
	[INSN_##name_] = { #name_, offset_, size_, flags_ },
#include "../../suites/arm64/insns.def"
#undef INSN
};

u32 insn_needs(enum insn op)
{
	return insn_info[op].flags & I_ATOMIC ? NEED_LSE :
	       insn_info[op].flags & I_CACHE ? NEED_CACHES : 0;
}

u64 arm64_window(unsigned vcpu)
{
	return A64_RAM + vcpu * A64_WINDOW;
}

u64 arm64_insn_at(const struct program *p, int step)
{
	return arm64_window(p->step[step].vcpu) + A64_CODE + step * A64_SLOT;
}

u64 arm64_base(const struct program *p, int step)
{
	const struct step_insn *s = &p->step[step].insn;
	const u64 places[NR_INSN_PLACES] = {
		[AT_NOWHERE] = A64_NOWHERE,
		[AT_RAM] = arm64_window(p->step[step].vcpu) + A64_DATA,
		[AT_ROM] = A64_ROM,
		[AT_END] = A64_RAM + A64_RAM_SIZE - 8,
		[AT_WALK] = A64_WALK,
	};

	return places[s->at] + s->offset;
}

u64 arm64_target(const struct program *p, int step)
{
	return arm64_base(p, step) + insn_info[p->step[step].insn.op].offset;
}

u64 arm64_entry_reg(const struct program *p, int step, unsigned reg)
{
	switch (reg) {
	case 1:
		return arm64_base(p, step);
	case 13:
		return insn_info[INSN_ldr_reg].offset;
	default:
		return 0xa5f00d0000000080 + (u64)step * 0x10000 + reg * 0x111;
	}
}

u64 arm64_memory(u64 address)
{
	return 0xc0de000000000087 + address * 0x10000;
}
