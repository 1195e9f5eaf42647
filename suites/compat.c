// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit callers: the CAP and FLT groups again, each case with its ioctls
 * through the 32-bit syscall entry and its pointers between 2 and 4 GiB, and
 * what is particular to that entry. Group COMPAT.
 */
#include <stdio.h>
#include <string.h>

#include "../harness/program.h"
#include "../harness/rules.h"
#include "suite.h"

static const char *const cases[] = {
	"case compat/the-syscall-entry-decides-about-the-number\n"
	"rules compat_syscall_entry_decides compat_set_filter_works\n"
	"cap 0x4 -> 0\n"
	"filter allow request=0x4104aec6 range rw 0x174+1 = 0 -> ENOTTY\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"int80: filter allow request=0x4104aec6 range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n",

	"case compat/the-native-number-is-served\n"
	"rules compat_native_number_served\n"
	"int80: cap 0x4 -> 0\n"
	"int80: filter allow request=0x4188aec6 range rw 0x174+1 = 0 range 15: "
	"w 0x176+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"wrmsr 0x176 0x1000 -> exit filter\n"
	"int80: filter allow request=0x4188aec6 at=readable:391 -> EFAULT\n"
	"int80: filter deny request=0x4188aec6 -> EINVAL\n"
	"wrmsr 0x176 0x1000 -> exit filter\n",

	"case compat/every-byte-of-the-struct-is-read\n"
	"rules compat_struct_unreadable\n"
	"int80: filter allow at=readable:260 -> 0\n"
	"int80: filter allow at=readable:259 -> EFAULT\n"
	"int80: filter allow at=readable:4 -> EFAULT\n"
	"int80: filter deny at=readable:259 -> EFAULT\n"
	"int80: filter allow at=readable:0 -> EFAULT\n"
	"int80: filter allow at=null -> EFAULT\n",

	/* every field of every range, each with a value of its own */
	"case compat/layout-of-sixteen-ranges\n"
	"rules compat_layout\n"
	"cap 0x4 -> 0\n"
	"int80: filter allow range r 0x70000000+1 = 0 range w 0x70000010+2 = 0 "
	"range rw 0x70000020+3 = 0 range r 0x70000030+4 = 0 range w "
	"0x70000040+5 = 0 range rw 0x70000050+6 = 0 range r 0x70000060+7 = 0 "
	"range w 0x70000070+8 = 0 range rw 0x70000080+9 = 0 range r "
	"0x70000090+10 = 0 range w 0x700000a0+11 = 0 range rw 0x700000b0+12 = 0 "
	"range r 0x700000c0+13 = 0 range w 0x700000d0+14 = 0 range rw "
	"0x700000e0+15 = 0 range rw 0x700000f0+16 = 0xff^15 -> 0\n"
	"rdmsr 0x70000000 -> exit filter\n"
	"wrmsr 0x70000000 0x1\n"
	"rdmsr 0x70000001\n"
	"rdmsr 0x70000011\n"
	"wrmsr 0x70000011 0x1 -> exit filter\n"
	"wrmsr 0x70000012 0x1\n"
	"rdmsr 0x70000022 -> exit filter\n"
	"rdmsr 0x70000033 -> exit filter\n"
	"rdmsr 0x70000034\n"
	"wrmsr 0x70000044 0x1 -> exit filter\n"
	"rdmsr 0x70000055 -> exit filter\n"
	"rdmsr 0x70000066 -> exit filter\n"
	"wrmsr 0x70000077 0x1 -> exit filter\n"
	"rdmsr 0x70000088 -> exit filter\n"
	"rdmsr 0x70000099 -> exit filter\n"
	"wrmsr 0x700000aa 0x1 -> exit filter\n"
	"rdmsr 0x700000bb -> exit filter\n"
	"rdmsr 0x700000cc -> exit filter\n"
	"wrmsr 0x700000dd 0x1 -> exit filter\n"
	"rdmsr 0x700000ee -> exit filter\n"
	"rdmsr 0x700000fe\n"
	"rdmsr 0x700000ff -> exit filter\n"
	"rdmsr 0x70000100\n",

	"case compat/exits-are-served-alike\n"
	"rules compat_rest_of_abi_identical\n"
	"int80: check_cap 188 -> 1\n"
	"int80: check_cap 189 -> 1\n"
	"int80: cap 0x6 -> 0\n"
	"int80: filter allow range rw 0x174+1 = 0 -> 0\n"
	"int80: rdmsr 0x174 data=0xfedcba9876543210 -> exit filter then ok "
	"0xfedcba9876543210\n"
	"int80: wrmsr 0x174 0xfedcba9876543210 -> exit filter then ok\n"
	"int80: rdmsr 0x174 data=0x1 error=1 -> exit filter then #GP\n"
	"int80: wrmsr 0x174 0x1 error=255 -> exit filter then #GP\n"
	"int80: rdmsr 0x474f4f00 data=0x42 -> exit unknown then ok 0x42\n"
	"rdmsr 0x174 data=0x8000000080000000 -> exit filter then ok "
	"0x8000000080000000\n"
	"int80: rdmsr 0x176 -> ok 0x0\n",

	"case compat/another-address-space\n"
	"rules compat_eio_first\n"
	"cap 0x4 -> 0\n"
	"int80: filter allow range rw 0x174+1 = 0 -> 0\n"
	"child.int80: filter allow -> EIO\n"
	"child.int80: filter deny -> EIO\n"
	"child.int80: filter allow at=null -> EIO\n"
	"child.int80: cap 0x0 -> EIO\n"
	"rdmsr 0x174 -> exit filter\n",

	"case compat/either-entry-replaces-the-others-filter\n"
	"rules compat_set_filter_works\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"int80: filter allow range rw 0x176+1 = 0 -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x176 -> exit filter\n"
	"filter deny range rw 0x176+1 = 0xff -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"int80: filter allow -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"int80: filter deny range rw 0x174+1 = 0xff -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x176 -> exit filter\n",
	NULL
};

/* A range that reaches 2^32: an affair of the decision, not of the caller. */
static bool reaches_4g(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++)
		if ((u64)f->range[i].base + f->range[i].nmsrs > UINT32_MAX)
			return true;
	return false;
}

/* Is it about the calls and their arguments, and nothing else? */
static bool is_about_calls(const struct program *p)
{
	bool calls = false;

	for (int i = 0; i < p->nsteps; i++)
		switch (p->step[i].kind) {
		case STEP_FILTER:
			if (reaches_4g(&p->step[i].filter))
				return false;
			calls = true;
			break;
		case STEP_CAP:
			calls = true;
			break;
		case STEP_RDMSR:
		case STEP_WRMSR:
			if (p->step[i].access.hold)
				return false;
			break;
		case STEP_CHECK_CAP:
		case STEP_VCPU:
		case STEP_GET_MSR:
			break;
		default:
			return false;
		}
	return calls;
}

/* The rules that stay to be seen when the caller is a 32-bit one. */
static void choose_rules(struct program *p)
{
	bool filters = false;

	for (int i = 0; i < p->nsteps; i++)
		filters |= p->step[i].kind == STEP_FILTER;
	p->nrules = 0;
	p->rules[p->nrules++] = filters ? RULE_compat_same_validation :
				RULE_compat_rest_of_abi_identical;
}

static bool is_cap_or_filter(const char *name)
{
	return !strncmp(name, "cap/", 4) || !strncmp(name, "filter/", 7);
}

static void through_int80(struct emitter *e, const struct program *from)
{
	static struct program p;

	if (!is_about_calls(from))
		return;
	p = *from;
	if (snprintf(p.name, sizeof(p.name), "compat/%s", from->name) >=
	    (int)sizeof(p.name))
		return;
	choose_rules(&p);
	for (int i = 0; i < p.nsteps; i++) {
		struct step *s = &p.step[i];

		s->int80 = s->kind == STEP_FILTER || s->kind == STEP_CAP ||
			   s->kind == STEP_CHECK_CAP;
		/* written for the struct's native size */
		memset(&s->want, 0, sizeof(s->want));
	}
	emit_program(e, &p);
}

SUITE_DERIVED(cases, NULL, is_cap_or_filter, through_int80);
