// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI in every CPU mode that an MSR access can be made in, by the CPU and
 * by KVM's emulator: the same programs for each, and what one mode alone can
 * show.  Groups EXIT, RPLY, GP, MATCH and EMU; EXIT-23, EXIT-40 and EMU-03 say
 * that they bind in all of them.
 */
#include <stdbool.h>
#include <string.h>

#include "suite.h"

struct variant {
	const char *mode;
	const char *rule;	/* that says the mode is like any other */
	bool forced;		/* behind the forced emulation prefix */
	bool real;		/* no error codes */
};

static const struct variant variants[] = {
	{ "compat", "exit_all_modes", false, false },
	{ "prot32", "exit_all_modes", false, false },
	{ "pae", "exit_all_modes", false, false },
	{ "prot16", "exit_all_modes", false, false },
	{ "real", "exit_all_modes emu_without_unrestricted_guest", false, true },
	{ "smm", "exit_in_smm", false, true },
	{ "long", "", true, false },
	{ "compat", "exit_all_modes", true, false },
	{ "prot32", "exit_all_modes", true, false },
	{ "pae", "exit_all_modes", true, false },
	{ "prot16", "exit_all_modes", true, false },
	{ "real", "exit_all_modes", true, true },
	{ "smm", "exit_in_smm", true, true },
};

/*
 * One program as @v has it: each ~ stands for the word that forces emulation.
 * @rules holds for both, @forced_rules for that of the emulator only.
 */
static void put(struct emitter *e, const struct variant *v, const char *name,
		const char *rules, const char *forced_rules, const char *steps)
{
	char text[4096], *out = text;

	for (const char *p = steps; *p; p++)
		if (*p != '~')
			*out++ = *p;
		else if (v->forced)
			out = stpcpy(out, " forced");
	*out = 0;
	emit(e, "case %s/%s-%s\nrules %s %s\n%svcpu mode=%s\n%s",
	     v->forced ? "emu" : "mode", v->mode, name, rules,
	     v->forced ? forced_rules : "",
	     v->forced ? "needs forced_emulation\n" : "", v->mode, text);
}

static void in_each_mode(struct emitter *e, const struct variant *v)
{
	if (*v->rule)
		put(e, v, "exits", v->rule, "", "cap 0x7 -> 0\n"
		    "filter allow range rw 0x174+1 = 0 -> 0\n"
		    "rdmsr 0x174~ -> exit filter\n"
		    "wrmsr 0x174 0xaabbccdd11223344~ -> exit filter\n");
	put(e, v, "exit-content",
	    "exit_rdmsr exit_wrmsr exit_index exit_wrmsr_data "
	    "exit_rdmsr_data_zero exit_one_reason exit_registers_unchanged "
	    "exit_post_run_fields",
	    "emu_same_decision_as_native emu_exit_at_bare_instruction "
	    "exit_rip_after_prefix emu_no_writeback_at_exit",
	    "cap 0x7 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174~ -> exit filter\n"
	    "wrmsr 0x174 0xaabbccdd11223344~ -> exit filter\n"
	    "rdmsr 0xdeadbeef~ -> exit unknown\n"
	    "wrmsr 0xdeadbeef 0xffffffff00000000~ -> exit unknown\n"
	    "rdmsr 0x9e~ -> exit inval\n"
	    "wrmsr 0x277 0x0202020202020202~ -> exit inval\n"
	    "rdmsr 0x175~ -> ok\n");
	put(e, v, "reads-complete",
	    "rply_rdmsr_loads_data rply_rip_past_instruction "
	    "rply_rdmsr_other_regs_kept rply_rdmsr_untouched_reads_zero "
	    "rply_wrmsr_only_skips", "emu_completion_success",
	    "cap 0x7 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 data=0x1122334455667788~ -> exit filter then ok "
	    "0x1122334455667788\n"
	    "rdmsr 0xdeadbeef data=0xffffffff80000000~ -> exit unknown then ok "
	    "0xffffffff80000000\n"
	    "rdmsr 0x9e data=0x80000000ffffffff~ -> exit inval then ok "
	    "0x80000000ffffffff\n"
	    "rdmsr 0x174~ -> exit filter then ok 0x0\n"
	    "wrmsr 0x174 0xaabbccdd11223344 data=0x7~ -> exit filter then ok\n");
	put(e, v, "faults",
	    v->real ? "gp_real_mode_no_error_code gp_saved_rip_at_instruction "
	    "gp_registers_unchanged gp_cr2_unchanged rply_error_injects_gp "
	    "gp_no_exit" :
	    "gp_error_code_zero gp_saved_flags_rf gp_saved_rip_at_instruction "
	    "gp_registers_unchanged gp_cr2_unchanged rply_error_injects_gp "
	    "gp_no_exit", "emu_completion_error emu_reason_not_enabled",
	    "cap 0x6 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 data=0x5 error=1~ -> exit filter then #GP\n"
	    "wrmsr 0x174 0xaabbccdd11223344 error=255~ -> exit filter then "
	    "#GP\n"
	    "rdmsr 0xdeadbeef error=1~ -> exit unknown then #GP\n"
	    "rdmsr 0x9e~ -> #GP\n"
	    "cap 0x0 -> 0\n"
	    "rdmsr 0x174~ -> #GP\n"
	    "wrmsr 0x174 0x1~ -> #GP\n"
	    "rdmsr 0xdeadbeef~ -> #GP\n"
	    "rdmsr 0x175~ -> ok\n");
	put(e, v, "filter-decides",
	    "match_bit_decides match_default_decides "
	    "match_read_range_not_writes match_write_range_not_reads "
	    "match_lowest_slot_decides", "emu_covers_passthrough",
	    "cap 0x4 -> 0\n"
	    "filter deny range r 0x174+2 = 0xff^1 range w 0x176+1 = 0xff "
	    "range rw 0xc0000100+3 = 0x05 range rw 0x174+3 = 0 -> 0\n"
	    "rdmsr 0x174~ -> ok\n"
	    "wrmsr 0x174 0x10~ -> exit filter\n"
	    "rdmsr 0x175~ -> exit filter\n"
	    "wrmsr 0x176 0x1~ -> ok\n"
	    "rdmsr 0x176~ -> exit filter\n"
	    "rdmsr 0xc0000100~ -> ok\n"
	    "rdmsr 0xc0000101~ -> exit filter\n"
	    "wrmsr 0xc0000101 0x1~ -> exit filter\n"
	    "wrmsr 0xc0000102 0x0~ -> ok\n"
	    "rdmsr 0x1a0~ -> exit filter\n"
	    "rdmsr 0xdeadbeef~ -> exit filter\n"
	    "rdmsr 0x9e~ -> exit filter\n"
	    "filter allow -> 0\n"
	    "rdmsr 0xc0000101~ -> ok\n"
	    "rdmsr 0xdeadbeef~ -> #GP\n");
	put(e, v, "held-registers",
	    "rply_set_rax_rdx rply_immediate_exit_completes "
	    "rply_rdmsr_loads_data", "emu_completion_success",
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174~ hold -> exit filter then held\n"
	    "set_regs rax=0xffffffff11111111 rdx=0xffffffff22222222\n"
	    "resume data=0x1122334455667788 immediate_exit -> EINTR\n"
	    "regs\n"
	    "resume -> ok 0x1122334455667788\n"
	    "rdmsr 0x174~ hold -> exit filter then held\n"
	    "set_regs rax=0x11111111 rdx=0x22222222\n"
	    "resume error=1 immediate_exit -> EINTR\n"
	    "regs\n"
	    "events\n"
	    "resume -> #GP\n");
	/* a nonexistent MSR: QEMU's permission map looks at all of RCX */
	put(e, v, "upper-halves",
	    "exit_index exit_wrmsr_data", "",
	    "cap 0x4 -> 0\n"
	    "filter deny range rw 0x10+1 = 0 -> 0\n"
	    "rdmsr 0xdeadbeef~ hold -> exit filter then held\n"
	    "resume error=1 immediate_exit -> EINTR\n"
	    "set_regs rcx=0xffffffffdeadbeef\n"
	    "resume data=0x5 -> exit filter then ok 0x5\n"
	    "wrmsr 0xdeadbeef 0x0~ hold -> exit filter then held\n"
	    "resume error=1 immediate_exit -> EINTR\n"
	    "set_regs rcx=0x1deadbeef rax=0xffffffff12345678 "
	    "rdx=0xffffffff9abcdef0\n"
	    "resume -> exit filter then ok\n");
	put(e, v, "prefixes", "exit_ignorable_prefixes",
	    "emu_completion_success exit_lock_prefix_ud",
	    v->forced ?
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 prefix=66 data=0x5~ -> exit filter then ok 0x5\n"
	    "wrmsr 0x174 0x1 prefix=2e64~ -> exit filter then ok\n"
	    "rdmsr 0x174 prefix=67 error=1~ -> exit filter then #GP\n"
	    "rdmsr 0x174 prefix=f0~ -> #UD\n"
	    "wrmsr 0x174 0x1 prefix=66f0~ -> #UD\n"
	    "rdmsr 0x175 prefix=2666~ -> ok\n" :
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 prefix=66 data=0x5 -> exit filter then ok 0x5\n"
	    "wrmsr 0x174 0x1 prefix=2e64 -> exit filter then ok\n"
	    "rdmsr 0x174 prefix=f2 data=0x6 -> exit filter then ok 0x6\n"
	    "wrmsr 0x174 0x1 prefix=f366 -> exit filter then ok\n"
	    "rdmsr 0x174 prefix=67 error=1 -> exit filter then #GP\n"
	    "rdmsr 0x175 prefix=2666 -> ok\n");
	put(e, v, "sti-shadow", "rply_shadow_cleared exit_interrupt_shadow_kept",
	    "emu_shadow_cleared",
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 shadow=sti~ hold -> exit filter then held\n"
	    "resume data=0x1 immediate_exit -> EINTR\n"
	    "events\n"
	    "resume -> ok 0x1\n");
	put(e, v, "mov-ss-shadow",
	    "rply_shadow_cleared exit_interrupt_shadow_kept "
	    "gp_in_mov_ss_shadow", "emu_shadow_cleared",
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "wrmsr 0x174 0x1 shadow=movss~ hold -> exit filter then held\n"
	    "resume immediate_exit -> EINTR\n"
	    "events\n"
	    "resume -> ok\n"
	    "rdmsr 0x174 shadow=movss error=1~ -> exit filter then #GP\n"
	    "cap 0x0 -> 0\n"
	    "wrmsr 0x174 0x1 shadow=movss~ -> #GP\n");
	put(e, v, "trap-flag", "rply_tf_success_db rply_tf_error_gp_only",
	    "emu_single_step",
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 data=0x5 tf~ -> exit filter then #DB\n"
	    "wrmsr 0x174 0x5 tf~ -> exit filter then #DB\n"
	    "rdmsr 0x174 error=1 tf~ -> exit filter then #GP\n"
	    "rdmsr 0xdeadbeef tf~ -> #GP\n");
	put(e, v, "singlestep", v->forced ? "emu_single_step" :
	    "rply_guestdbg_singlestep", "",
	    "cap 0x4 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174~ hold -> exit filter then held\n"
	    "debug singlestep -> 0\n"
	    "resume data=0x9 -> debug\n"
	    "debug off -> 0\n"
	    "resume -> ok 0x9\n");
}

/* A CPU at CPL 3, virtual-8086 mode among it, does not ask KVM. */
static void at_cpl_3(struct emitter *e, const struct variant *v)
{
	if (v->real)
		return;
	put(e, v, "user-faults", v->forced ? "emu_cpl_checked_first" :
	    "exit_cpl_above_zero_gp", "",
	    "cap 0x7 -> 0\n"
	    "filter allow range rw 0x174+1 = 0 -> 0\n"
	    "rdmsr 0x174 cpl=3~ -> #GP\n"
	    "wrmsr 0x174 0x1 cpl=3~ -> #GP\n"
	    "rdmsr 0xdeadbeef cpl=3~ -> #GP\n"
	    "rdmsr 0x174~ -> exit filter\n"
	    "cap 0x0 -> 0\n"
	    "rdmsr 0x175 cpl=3~ -> #GP\n");
}

static void families(struct emitter *e)
{
	static const struct variant v86[] = {
		{ "v86", "", false, false }, { "v86", "", true, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		const struct variant *v = &variants[i];

		in_each_mode(e, v);
		at_cpl_3(e, v);
		if (strcmp(v->mode, "compat") && strcmp(v->mode, "prot32") &&
		    strcmp(v->mode, "pae"))
			continue;
		put(e, v, "eip-wraps", v->forced ? "emu_eip_wraps" :
		    "rply_eip_wraps", "",
		    "cap 0x4 -> 0\n"
		    "filter allow range rw 0x174+1 = 0 -> 0\n"
		    "rdmsr 0x174 data=0x5 wraps~ -> exit filter then ok 0x5\n"
		    "wrmsr 0x174 0x5 wraps prefix=66~ -> exit filter then ok\n"
		    "rdmsr 0x174 error=1 wraps~ -> exit filter then #GP\n"
		    "rdmsr 0xdeadbeef wraps~ -> #GP\n"
		    "rdmsr 0x174 wraps~ hold -> exit filter then held\n"
		    "resume data=0x6 immediate_exit -> EINTR\n"
		    "regs\n"
		    "resume -> ok 0x6\n");
	}
	for (int i = 0; i < 2; i++)
		put(e, &v86[i], "faults", "exit_v8086_gp", "",
		    "cap 0x7 -> 0\n"
		    "filter allow range rw 0x174+1 = 0 -> 0\n"
		    "rdmsr 0x174~ -> #GP\n"
		    "wrmsr 0x174 0x1~ -> #GP\n"
		    "rdmsr 0xdeadbeef~ -> #GP\n"
		    "rdmsr 0x175~ -> #GP\n"
		    "cap 0x0 -> 0\n"
		    "rdmsr 0x174~ -> #GP\n");
}

static const char *const cases[] = {
	"case mode/one-vcpu-through-all\n"
	"rules exit_all_modes gp_real_mode_no_error_code\n"
	"cap 0x6 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"vcpu mode=real\n"
	"rdmsr 0x174 data=0x1 -> exit filter then ok 0x1\n"
	"rdmsr 0x174 error=1 -> exit filter then #GP\n"
	"vcpu mode=prot16\n"
	"wrmsr 0x174 0x100000002 -> exit filter then ok\n"
	"rdmsr 0x174 error=1 -> exit filter then #GP\n"
	"vcpu mode=prot32\n"
	"rdmsr 0xdeadbeef data=0x3 -> exit unknown then ok 0x3\n"
	"vcpu mode=v86\n"
	"rdmsr 0x174 -> #GP\n"
	"vcpu mode=pae\n"
	"wrmsr 0xdeadbeef 0x400000004 -> exit unknown then ok\n"
	"vcpu mode=compat\n"
	"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
	"vcpu mode=long\n"
	"rdmsr 0x174 data=0x600000006 -> exit filter then ok 0x600000006\n"
	"vcpu mode=real\n"
	"rdmsr 0x9e -> #GP\n"
	"wrmsr 0x174 0x700000007 -> exit filter then ok\n",

	"case mode/two-vcpus-in-two-modes\n"
	"rules exit_all_modes exit_vcpus_independent\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"vcpu mode=real\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"vcpu1: wrmsr 0x174 0x1111222233334444 hold -> exit filter then held\n"
	"resume error=1 -> #GP\n"
	"vcpu1: resume -> ok\n"
	"vcpu1: vcpu mode=real\n"
	"vcpu1: rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
	"rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n",

	"case mode/lock-prefix-in-real-and-protected-mode\n"
	"rules exit_lock_prefix_ud\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"vcpu mode=prot32\n"
	"rdmsr 0x174 prefix=f0 -> #UD\n"
	"vcpu mode=real\n"
	"wrmsr 0x174 0x1 prefix=f0 -> #UD\n"
	"rdmsr 0xdeadbeef prefix=f066 -> #UD\n",
	NULL
};

SUITE(cases, families);
