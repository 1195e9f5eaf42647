// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's emulator where it differs from the CPU: the forced emulation prefix
 * switched off, encodings it does not have, MSRs that the CPU would serve,
 * what userspace does to a completion of its.  Groups EMU and IMM; what must
 * be the same in the emulator is in modes.c.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "../harness/program.h"
#include "../harness/rules.h"
#include "suite.h"

static const char *const cases[] = {
	"case emu/prefix-is-an-invalid-opcode-when-off\n"
	"rules emu_prefix_disabled_ud param_force_emulation_prefix\n"
	"needs no_forced_emulation\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced -> #UD\n"
	"wrmsr 0x174 0x1 forced -> #UD\n"
	"rdmsr 0xdeadbeef forced -> #UD\n"
	"rdmsr 0x175 forced -> #UD\n"
	"rdmsr 0x174 -> exit filter\n"
	"cap 0x0 -> 0\n"
	"rdmsr 0x174 forced -> #UD\n",

	"case emu/prefix-is-an-invalid-opcode-when-off-in-real-mode\n"
	"rules emu_prefix_disabled_ud\n"
	"needs no_forced_emulation\n"
	"vcpu mode=real\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced -> #UD\n"
	"wrmsr 0xdeadbeef 0x1 forced -> #UD\n",

	"case emu/new-rip-is-lost-on-success\n"
	"rules emu_set_regs_rip_ignored\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"set_regs rip=+16\n"
	"resume data=0x5 -> ok 0x5\n"
	"wrmsr 0x174 0x1 forced hold -> exit filter then held\n"
	"set_regs rip=+16\n"
	"resume -> ok\n",

	"case emu/new-rip-is-the-faults\n"
	"rules rply_set_rip_then_error\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"set_regs rip=+16\n"
	"resume error=1 -> #GP\n",

	"case emu/registers-set-at-the-exit\n"
	"rules rply_set_rax_rdx rply_set_rcx_kept\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"set_regs rax=0x1 rcx=0x2 rdx=0x3\n"
	"resume data=0x400000005 -> ok 0x400000005\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"set_regs rax=0x1 rcx=0x2 rdx=0x3\n"
	"resume error=1 -> #GP\n",

	"case emu/registers-read-at-the-exit\n"
	"rules rply_get_ioctls_harmless emu_no_writeback_at_exit\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"regs\n"
	"peek\n"
	"events\n"
	"resume data=0x5 -> ok 0x5\n"
	"wrmsr 0x174 0x600000007 forced hold -> exit filter then held\n"
	"peek\n"
	"resume -> ok\n",

	"case emu/second-run-completes-nothing\n"
	"rules rply_completes_once rply_immediate_exit_completes\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"resume data=0x5 immediate_exit -> EINTR\n"
	"regs\n"
	"resume immediate_exit -> EINTR\n"
	"regs\n"
	"resume -> ok 0x5\n",

	"case emu/native-and-forced-by-turns\n"
	"rules emu_same_decision_as_native emu_covers_passthrough "
	"exit_consecutive_in_order\n"
	"needs forced_emulation\n"
	"cap 0x7 -> 0\n"
	"filter allow range r 0xc0000100+3 = 0x02 range w 0xc0000100+3 = 0x04 "
	"-> 0\n"
	"rdmsr 0xc0000100 -> exit filter\n"
	"rdmsr 0xc0000100 forced -> exit filter\n"
	"rdmsr 0xc0000101 -> ok\n"
	"rdmsr 0xc0000101 forced -> ok\n"
	"wrmsr 0xc0000102 0x7000 -> ok\n"
	"rdmsr 0xc0000102 data=0x1 forced -> exit filter then ok 0x1\n"
	"wrmsr 0xc0000102 0x8000 forced -> ok\n"
	"wrmsr 0xc0000101 0x1 forced -> exit filter\n"
	"rdmsr 0xdeadbeef -> exit unknown\n"
	"rdmsr 0xdeadbeef forced -> exit unknown\n"
	"rdmsr 0x9e forced -> exit inval\n"
	"get_msr 0xc0000102 -> 1 0x8000\n",

	"case emu/each-reason-alone\n"
	"rules emu_same_decision_as_native emu_reason_not_enabled "
	"cap_mask_bit_selects_reason\n"
	"needs forced_emulation\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"cap 0x1 -> 0\n"
	"rdmsr 0x9e forced -> exit inval\n"
	"rdmsr 0xdeadbeef forced -> #GP\n"
	"rdmsr 0x174 forced -> #GP\n"
	"cap 0x2 -> 0\n"
	"wrmsr 0xdeadbeef 0x1 forced -> exit unknown\n"
	"rdmsr 0x9e forced -> #GP\n"
	"wrmsr 0x174 0x1 forced -> #GP\n"
	"cap 0x4 -> 0\n"
	"rdmsr 0x174 forced -> exit filter\n"
	"rdmsr 0xdeadbeef forced -> #GP\n"
	"rdmsr 0x9e forced -> #GP\n",

	"case emu/denied-non-canonical-base\n"
	"rules emu_covers_passthrough exit_wrmsr_data\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range w 0xc0000100+3 = 0 -> 0\n"
	"wrmsr 0xc0000100 0x8000000000000000 forced -> exit filter\n"
	"wrmsr 0xc0000102 0x0000800000000000 error=1 forced -> exit filter "
	"then #GP\n"
	"rdmsr 0xc0000100 forced -> ok 0x0\n",

	"case emu/denied-write-has-no-effect\n"
	"rules exit_denied_write_no_effect\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"wrmsr 0x174 0x5 forced -> ok\n"
	"filter allow range w 0x174+1 = 0 -> 0\n"
	"wrmsr 0x174 0x6 data=0x7 forced -> exit filter\n"
	"rdmsr 0x174 forced -> ok 0x5\n"
	"wrmsr 0x174 0x6 error=1 forced -> exit filter then #GP\n"
	"get_msr 0x174 -> 1 0x5\n"
	"rdmsr 0x174 -> ok 0x5\n",

	"case emu/x2apic-is-exempt\n"
	"rules x2a_never_reason_filter match_x2apic_first\n"
	"needs forced_emulation irqchip\n"
	"irqchip full -> 0\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x10+1 = 0 -> 0\n"
	"rdmsr 0x802 forced -> exit inval\n"
	"rdmsr 0x8ff forced -> exit inval\n"
	"rdmsr 0x7ff forced -> exit filter\n"
	"rdmsr 0x900 forced -> exit filter\n",

	"case emu/another-vcpu-in-another-thread\n"
	"rules exit_vcpus_independent rply_other_thread_completes\n"
	"needs forced_emulation\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 forced hold -> exit filter then held\n"
	"t1.vcpu1: wrmsr 0x174 0x1 forced -> exit filter\n"
	"t1: resume data=0x9 -> ok 0x9\n",

	"case emu/wrmsrns-is-unknown\n"
	"rules emu_wrmsrns_ud\n"
	"needs forced_emulation\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x10+1 = 0 -> 0\n"
	"rdmsr 0x174 forced -> exit filter\n"
	"code 0f0b6b766d0f01c6 rcx=0x174\n",

	/* rdmsr $0x174, %rax; wrmsrns %rax, $0x174 */
	"case emu/immediate-forms-are-unknown\n"
	"rules emu_immediate_form_ud\n"
	"needs forced_emulation\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x10+1 = 0 -> 0\n"
	"rdmsr 0x174 forced -> exit filter\n"
	"code 0f0b6b766dc4e77bf6c074010000\n"
	"code 0f0b6b766dc4e77af6c074010000\n",

	"case imm/no-exit-without-cpuid\n"
	"rules imm_needs_cpuid\n"
	"needs no_msr_imm\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x10+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"code c4e77bf6c074010000\n"
	"code c4e77af6c074010000\n"
	"code c4e77bf6c1efbeadde\n"
	"cap 0x0 -> 0\n"
	"code c4e77bf6c074010000\n",

	"case imm/no-exit-in-compatibility-mode\n"
	"rules imm_needs_cpuid\n"
	"needs no_msr_imm\n"
	"vcpu mode=compat\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x10+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"code c4e77bf6c074010000\n"
	"code c4e77af6c074010000\n",
	"case emu/upper-halves-where-kvm-carries-it-out\n"
	"rules emu_completion_success emu_same_decision_as_native\n"
	"needs forced_emulation\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"wrmsr 0xc0000082 0x7ffedcba9876 rax_high=0xffffffff forced -> ok\n"
	"rdmsr 0xc0000082 rcx_high=0xffffffff forced -> ok 0x7ffedcba9876\n"
	"rdmsr 0xc0000082 -> ok 0x7ffedcba9876\n"
	"wrmsr 0xc0000082 0x123489abcdef rdx_high=0xffffffff rcx_high=0x1 "
	"forced -> ok\n"
	"rdmsr 0xc0000082 forced -> ok 0x123489abcdef\n"
	"wrmsr 0x174 0x5 rax_high=0x1 rdx_high=0x1 rcx_high=0x1 data=0x6 "
	"forced -> exit filter then ok\n"
	"rdmsr 0x174 rcx_high=0x80000000 data=0xffffffff80000000 forced -> "
	"exit filter then ok 0xffffffff80000000\n"
	"rdmsr 0xc0000102 rcx_high=0x1 forced -> ok 0x0\n",

"case emu/exception-injected-while-held\n"
"rules rply_events_fault_after_skip\n"
"needs forced_emulation\n"
"cap 0x4 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 forced hold -> exit filter then held\n"
"inject 6 -> 0\n"
"resume data=0x5 -> #UD\n"
"wrmsr 0x174 0x1 forced hold -> exit filter then held\n"
"inject 13 code=0 -> 0\n"
"resume -> #GP\n",

	NULL
};

/* What is about each bit of the registers and of a reply. */
static bool is_about_bits(const char *name)
{
	static const char *const globs[] = {
		"exit/*-of-one-bit", "exit/*-all-but-one-bit",
		"exit/*-with-one-bit-above-*", "exit/data-ignores-the-upper-*",
		"reply/error-is-one-byte", "reply/*-of-one-bit",
		"reply/*-of-all-but-one-bit", "reply/*-errors-*",
		"reply/*-with-junk-*",
	};

	for (size_t i = 0; i < ARRAY_SIZE(globs); i++)
		if (!fnmatch(globs[i], name, 0))
			return true;
	return false;
}

/* The emulator has instructions and a completion of its own. */
static void forced(struct emitter *e, const struct program *from)
{
	static struct program p;

	p = *from;
	if (snprintf(p.name, sizeof(p.name), "emu/%s",
		     strchr(from->name, '/') + 1) >= (int)sizeof(p.name))
		return;
	p.needs |= NEED_FORCED;
	p.nrules = 0;
	p.rules[p.nrules++] = RULE_emu_same_decision_as_native;
	for (int i = 0; i < p.nsteps; i++)
		if (p.step[i].kind == STEP_RDMSR ||
		    p.step[i].kind == STEP_WRMSR)
			p.step[i].access.forced = true;
	emit_program(e, &p);
}

SUITE_DERIVED(cases, NULL, is_about_bits, forced);
